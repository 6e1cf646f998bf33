"""Asks cvc5 about scripts in SMT-LIB.

    cvc5-check.py LIMIT AGAIN [FILE...]

LIMIT is cvc5's own count of resources for one script, so that answers do not depend on the machine. What is unknown then
is asked once more within AGAIN, with intersections of expressions computed as one; not if that is 0. Without files,
their names are read from standard input, one a line. Prints a line for each script, in order: `sat`, `unsat`,
`unknown`, or `error` and why.
"""

import sys

import cvc5


def answer(name, limit, again):
    with open(name, encoding="ascii") as file:
        script = file.read()
    said = ask(script, name, {"rlimit-per": limit})
    if said == "unknown" and again != "0":
        said = ask(script, name, {"rlimit-per": again, "re-inter-mode": "all"})
    return said


def ask(script, name, options):
    solver = cvc5.Solver(cvc5.TermManager())
    for option, value in options.items():
        solver.setOption(option, value)
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, name)
    symbols = parser.getSymbolManager()
    said = []
    try:
        while not (command := parser.nextCommand()).isNull():
            said.append(command.invoke(solver, symbols).strip())
    except RuntimeError as error:
        return "error " + " ".join(str(error).split())
    said = " ".join(filter(None, said))
    # The script expects another answer.
    said = "sat" if said == '(error "Expected result unsat but got sat")' else said
    # With the reason in brackets.
    said = "unknown" if said.startswith("unknown") else said
    return said if said in ("sat", "unsat", "unknown") else f"error {said}"


def main():
    limit, again, *names = sys.argv[1:]
    for name in names or sys.stdin.read().splitlines():
        print(answer(name, limit, again), flush=True)


main()

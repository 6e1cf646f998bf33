//! RECHECK.md: how somebody who did not make evidence checks it, in plain words.

use ringfence_solver::certificate::Level;

use super::told::Told;
use crate::output::escape::{markdown, visible};

/// The name of the text.
pub(crate) const FILE: &str = "RECHECK.md";

/// What the text tells of.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    /// What the evidence is about.
    pub(crate) told: &'a Told,
    /// Proofs for the kernel.
    pub(crate) proofs: usize,
    /// How much of it others can check.
    pub(crate) level: Level,
}

/// What the evidence is about, as a list.
fn about(told: &Told) -> String {
    let text = |text: &str| markdown(&visible(text));
    let mut lines = vec![format!("run: {}", text(&told.run)), format!("day: {}", told.today)];
    lines.extend(told.as_of.iter().map(|as_of| format!("requests at {as_of} or later")));
    lines.extend(told.tables.iter().map(|table| format!("table: {}", text(table))));
    lines.extend(
        told.outcomes.iter().map(|(question, outcome)| format!("{}: {}", text(question), outcome.word())),
    );
    format!("- {}", lines.join("\n- "))
}

/// The text.
pub(crate) fn text(facts: &Facts<'_>) -> String {
    let Facts { told, proofs, level } = facts;
    let [proved, refuted, undecided] = told.verdicts;
    let single = match told.single_requests {
        0 => String::new(),
        count => format!(" ({count} of them for single requests alone)"),
    };
    let about = about(told);
    let version = env!("CARGO_PKG_VERSION");
    let level = match level {
        Level::Checked => "checked: the kernel accepted a proof of every claim",
        Level::TwoSolvers => {
            "two solvers: of some claims there is no proof, and two solvers agree (unproved.json)"
        }
        Level::OneSolver => "one solver: of some claims there is no proof (unproved.json)",
    };
    format!(
        "# How to check this evidence

It was made by Ringfence {version}: {proved} verdicts are proofs{single}, {refuted} are refutations with a request or a path, {undecided} are
neither. Level: {level}.

{about}

## With Ringfence

    ringfence verify EVIDENCE
    ringfence verify EVIDENCE --inputs WORLD

The first command checks the package by itself, without a network and without a solver. The second also compares the inputs with your
own files, byte by byte: without it you know what holds of the files in here, and not whether they are those of your organisation.

1. Every file has the digest that manifest.json says, and there are no others.
2. The kernel, a small program that knows nothing of policies, checks the {proofs} files in proofs/. Each says that a list of clauses cannot
   be true together, and shows it step by step.
3. The run is made again from inputs/. For each question the claim is made anew from the policies, and believed if step 2 accepted
   a proof of that very claim. Each request that shows a violation is decided again by the evaluator. Nothing is searched.
   Claims that are small are compared with the evaluator as well, on a request for each combination of what they hang on.
4. What that gives must be equal to report.json and to all files in certificates/, refutations/ and undecided/, byte by byte.

## What is in here

- basis.json: what was asked, the version, the day, the tables about AWS; inputs.json: what was read, with digests; inputs/: copies.
- certificates/: one file for all principals of whom the same is proved for the same reasons: what it rests on (file, line, Sid), the
  claims, what is taken for granted and what is not covered.
- refutations/: the requests that AWS would allow, with everything that decides them.
- undecided/: what was neither shown nor excluded, with the reason.
- answers.json: what was found for each question. Hints: nothing in it is believed.
- proofs/: for the kernel; docs/proofs.md describes the form.

## What is told and not shown

Why something is open; that nothing more could be proved or refuted; that the statements on which a proof rests are as few as can be: they suffice; and that
whoever is not called an administrator is none.

## Without Ringfence

The clauses and lemmas of a proof have a form that is simple on purpose, so that a checker of your own can read it. With --scripts
there are scripts in SMT-LIB 2.6 too, for any solver of strings: of each CLAIM its lemmas one by one (CLAIM.lemma-N.smt2), clauses and lemmas together
(CLAIM.skeleton.smt2) and the claim without lemmas (CLAIM.direct.smt2, on which a solver may not finish). Each must be `unsat`. CLAIM.weaker.smt2 is a claim
without lemmas of which the script says less than the claim does: `sat` contradicts nothing there. A refutation can be held
against AWS's own policy simulator: the request and the policies are there.

## What you have to trust

Of a proof: the reader of policies, the catalogue of AWS's actions and keys, the world (which policies decide for whom), the encoder, and
the kernel. Of a refutation: the evaluator in place of encoder and kernel. Of neither: Z3 or any other solver. Each certificate says
so as well.
"
    )
}

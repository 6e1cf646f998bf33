//! Solvers that share nothing with this program, each in a process of its own.

use std::fs::{File, write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::proofs::say;

/// What a solver says of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Sat,
    Unsat,
    Unknown,
    Error(String),
}

/// The solvers, in the order of answers.
pub(super) const SOLVERS: [&str; 2] = ["z3", "cvc5"];

/// How much a solver may do for one script, in its own count: no clock, so that answers do not depend on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// What nearly all lemmas take.
    Short,
    /// What all lemmas of the corpus take.
    Long,
    /// What most claims take.
    Direct,
}

/// The programs.
#[derive(Clone, Debug)]
pub(super) struct Tools {
    z3: PathBuf,
    python: PathBuf,
    check: PathBuf,
}

impl Tools {
    /// The programs that `make setup-tests` sets up. Without them a suite is skipped, which is printed; with
    /// `RINGFENCE_TOOLS_REQUIRED`, as in `make test`, it fails.
    pub(super) fn find() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let own = root.join(".z3/bin/z3");
        // A system's Z3 has its program elsewhere.
        let z3 = if own.exists() { own } else { PathBuf::from("z3") };
        let tools = Self {
            z3,
            python: root.join(".tools/venv/bin/python"),
            check: root.join("scripts/cvc5-check.py"),
        };
        let runs = |program: &Path| Command::new(program).arg("--version").output().is_ok();
        let missing: Vec<&PathBuf> =
            [&tools.z3, &tools.python].into_iter().filter(|tool| !runs(tool)).collect();
        if missing.is_empty() {
            return Some(tools);
        }
        assert!(
            std::env::var_os("RINGFENCE_TOOLS_REQUIRED").is_none(),
            "missing: {missing:?}; make setup-tests"
        );
        say(&format!("1 suite skipped: {missing:?} is missing; make setup-tests"));
        None
    }

    /// What both solvers say of each script.
    pub(super) fn ask(&self, scripts: &[String], limit: Limit) -> [Vec<Answer>; 2] {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            let z3 = scope.spawn(|| self.z3(folder.path(), scripts, limit));
            let cvc5 = self.cvc5(folder.path(), scripts, limit);
            let answers = [z3.join().unwrap(), cvc5];
            assert!(answers.iter().all(|answers| answers.len() == scripts.len()), "an answer is missing");
            answers
        })
    }

    fn z3(&self, folder: &Path, scripts: &[String], limit: Limit) -> Vec<Answer> {
        let limit = match limit {
            Limit::Short | Limit::Long => 20_000_000,
            Limit::Direct => 3_000_000,
        };
        let bundle = folder.join("bundle");
        let parts = scripts.iter().map(|script| format!("{script}(echo \"--\")\n(reset)\n"));
        write(&bundle, parts.collect::<String>()).unwrap();
        let output = Command::new(&self.z3)
            .args([format!("rlimit={limit}"), "-in".to_owned()])
            .stdin(File::open(bundle).unwrap())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut answers: Vec<Answer> = text.split("--\n").map(|answer| parse(answer.trim())).collect();
        answers.pop();
        answers
    }

    fn cvc5(&self, folder: &Path, scripts: &[String], limit: Limit) -> Vec<Answer> {
        let limits = match limit {
            Limit::Short => ["50000", "0"],
            Limit::Long => ["50000", "1000000"],
            Limit::Direct => ["100000", "0"],
        };
        let mut names = Vec::new();
        for (number, script) in scripts.iter().enumerate() {
            let path = folder.join(format!("{number}.smt2"));
            write(&path, script).unwrap();
            names.push(path.display().to_string());
        }
        let list = folder.join("list");
        write(&list, names.join("\n")).unwrap();
        let output = Command::new(&self.python)
            .arg(&self.check)
            .args(limits)
            .stdin(File::open(list).unwrap())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(parse).collect()
    }
}

fn parse(answer: &str) -> Answer {
    // z3 complains of answers that the script does not expect.
    let expected =
        answer.split_once('\n').filter(|(_, rest)| rest.ends_with("check annotation that says unsat\")"));
    match expected.map_or(answer, |(answer, _)| answer) {
        "sat" => Answer::Sat,
        "unsat" => Answer::Unsat,
        "unknown" => Answer::Unknown,
        other => Answer::Error(other.to_owned()),
    }
}

/// The script without what names the claim.
pub(super) fn without_source(script: &str) -> String {
    let lines = script.lines().filter(|line| !line.starts_with("(set-info :source"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The script with more assertions.
pub(super) fn with(script: &str, terms: &[String]) -> String {
    let mut text = script.strip_suffix("(check-sat)\n").unwrap().to_owned();
    for term in terms {
        text.extend(["(assert ", term, ")\n"]);
    }
    text + "(check-sat)\n"
}

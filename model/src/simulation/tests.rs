//! The corpus of simulation cases, and the reader of cases.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Answer, Case};
use crate::evaluate::EvaluationError;
use crate::evaluate::tests::DocumentedFacts;
use crate::evaluate::{Pins, Robustness, robust};
use crate::json::{Json, Member};

/// Fewer cases than are committed would mean that some are not read.
const COMMITTED_CASES: usize = 310;
const NOT_COVERED_CASES: usize = 93;

struct CorpusCase {
    case: Case,
    open: BTreeSet<String>,
    covered: bool,
}

fn member<'a>(others: &'a [Member], key: &str) -> Option<&'a Json> {
    others.iter().find(|member| member.key == key).map(|member| &member.value)
}

fn corpus() -> Vec<CorpusCase> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus/simulate");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the corpus").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let file: Arc<str> = Arc::from(path.file_name().expect("a name").to_string_lossy().as_ref());
        let text = std::fs::read_to_string(&path).expect("a readable file");
        for (index, line) in text.lines().enumerate() {
            let first_line = u32::try_from(index + 1).expect("a line number");
            let case = Case::read(line, &file, first_line).unwrap_or_else(|error| panic!("{error:?}"));
            let open = member(&case.others, "open").map(Json::one_or_many).unwrap_or_default();
            let open = open.iter().map(|point| point.as_str().expect("a point").to_owned()).collect();
            let covered = member(&case.others, "covered").and_then(Json::as_bool).unwrap_or(true);
            cases.push(CorpusCase { case, open, covered });
        }
    }
    cases
}

#[test]
fn every_case_of_the_corpus_is_decided_as_it_expects() {
    let cases = corpus();
    assert_eq!(cases.len(), COMMITTED_CASES);
    let mut wrong = Vec::new();
    for CorpusCase { case, open, covered } in &cases {
        let expected = case.expected.expect("an expected decision");
        match case.decide(&DocumentedFacts, &Pins::new()) {
            Ok(decided) => {
                let uncertain: BTreeSet<String> = decided.uncertain.iter().map(ToString::to_string).collect();
                let decision = decided.evaluation.decision;
                if decision != expected || uncertain != *open || !covered {
                    wrong.push(format!(
                        "{}: {decision} {uncertain:?}, expected {expected} {open:?}; {:#?}",
                        case.name, decided.evaluation.touched
                    ));
                }
            }
            Err(error) if *covered => wrong.push(format!("{}: {error}", case.name)),
            Err(error) => assert!(matches!(error, EvaluationError::NotCovered { .. }), "{error}"),
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(cases.iter().filter(|case| !case.covered).count(), NOT_COVERED_CASES);
}

//! The corpus of simulation cases, and the reader of cases.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Answer, Case};
use crate::catalogue::Catalogue;
use crate::evaluate::tests::DocumentedFacts;
use crate::evaluate::{Pins, Robustness, robust};
use crate::json::{Json, Member};

/// Fewer cases than are committed would mean that some are not read.
const COMMITTED_CASES: usize = 320;

struct CorpusCase {
    case: Case,
    open: BTreeSet<String>,
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
            cases.push(CorpusCase { case, open });
        }
    }
    cases
}

#[test]
fn every_case_of_the_corpus_is_decided_as_it_expects() {
    let cases = corpus();
    assert_eq!(cases.len(), COMMITTED_CASES);
    let mut wrong = Vec::new();
    for CorpusCase { case, open } in &cases {
        let expected = case.expected.expect("an expected decision");
        let catalogue = Catalogue::embedded().expect("the embedded catalogue");
        assert_eq!(
            case.decide(catalogue, &Pins::new()),
            case.decide(&DocumentedFacts, &Pins::new()),
            "{}",
            case.name
        );
        match case.decide(catalogue, &Pins::new()) {
            Ok(decided) => {
                let uncertain: BTreeSet<String> = decided.uncertain.iter().map(ToString::to_string).collect();
                let decision = decided.evaluation.decision;
                if decision != expected || uncertain != *open {
                    wrong.push(format!(
                        "{}: {decision} {uncertain:?}, expected {expected} {open:?}; {:#?}",
                        case.name, decided.evaluation.touched
                    ));
                }
            }
            Err(error) => wrong.push(format!("{}: {error}", case.name)),
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_case_without_open_points_is_robust() {
    for CorpusCase { case, open } in corpus() {
        let robustness =
            robust(&case.request, &case.policies, &DocumentedFacts, &Pins::new()).expect("a decision");
        if open.is_empty() {
            assert_eq!(Some(robustness), case.expected.map(Robustness::Robust), "{}", case.name);
        } else {
            let assumed = ["F24", "F27", "F29"].iter().any(|point| open.contains(*point));
            assert_eq!(matches!(robustness, Robustness::Robust(_)), assumed, "{}: {robustness:?}", case.name);
        }
    }
}

fn file() -> Arc<str> {
    Arc::from("cases.jsonl")
}

#[test]
fn an_answer_names_the_deciding_statements() {
    let text = r#"{"name": "x", "note": 1, "request": {"principal": "arn:aws:iam::111122223333:user/alice",
        "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "context": {"s3:n": 5, "aws:TagKeys": ["a"]}},
        "policies": {"identity": [{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}],
        "serviceControl": [{"target": "r-1", "policies": ["%7B%22Statement%22%3A%5B%7B%22Sid%22%3A%22All%22%2C%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"]}]},
        "settings": {"s3BlockPublicAccess": true, "vpcEndpointType": "gateway"}}"#;
    let case = Case::read(text, &file(), 1).expect("a case");
    assert_eq!(case.others[0].key, "note");
    assert!(case.policies.settings.s3_block_public_access);
    assert_eq!(case.policies.settings.interface_endpoint, Some(false));
    let answer = Answer::new(&case.name, &case.decide(&DocumentedFacts, &Pins::new()));
    assert_eq!(
        serde_json::to_string(&answer).expect("JSON"),
        r#"{"name":"x","decision":"Allow","deciding":[{"policy":"identity[0]","statement":0,"sid":null},{"policy":"serviceControl[0].policies[0]","statement":0,"sid":"All"}],"uncertain":[]}"#
    );
}

#[test]
fn a_case_that_cannot_be_read_says_all_that_is_wrong() {
    let text = r#"{"name": "x", "expected": "Yes",
        "request": {"principal": "arn:aws:iam::111122223333:role/app", "action": "s3:*", "resource": "b",
                    "resourceAccount": "1", "context": {"aws:TagKeys": [[]], "a:b": "1", "A:B": "2"}},
        "policies": {"identity": [{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}],
                     "boundary": [], "serviceControl": [{}]},
        "settings": {"vpcEndpointType": "none"}}"#;
    let error = Case::read(text, &file(), 7).expect_err("an error");
    assert_eq!(error.name.as_deref(), Some("x"));
    let lines: Vec<u32> = error.errors.iter().map(|error| error.location.line).collect();
    assert_eq!(error.errors.len(), 11, "{:#?}", error.errors);
    assert!(lines.iter().all(|line| (7..=12).contains(line)), "{lines:?}");
    let answer = serde_json::to_string(&Answer::from(&error)).expect("JSON");
    assert!(answer.starts_with(r#"{"name":"x","error":"cases.jsonl:"#), "{answer}");
    for text in ["", "{", "[]", "{}", r#"{"request": {}}"#, r#"{"request": []}"#, r#"{"name": 1}"#] {
        assert!(!Case::read(text, &file(), 1).expect_err("an error").errors.is_empty(), "{text}");
    }
}

#[test]
fn missing_members_mean_no_such_policy() {
    let request = r#""request": {"principal": "arn:aws:iam::111122223333:root", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}"#;
    let case = Case::read(&format!("{{{request}}}"), &file(), 1).expect("a case");
    assert_eq!(case.policies, crate::policy_set::PolicySet::default());
    assert!(case.expected.is_none() && case.name.is_empty());
    let empty = format!(r#"{{{request}, "policies": {{"session": [], "permissionsBoundary": []}}}}"#);
    assert_eq!(Case::read(&empty, &file(), 1).expect("a case").policies, case.policies);
}

//! What a run ends with, by what its report says.

use ringfence_model::arn::AccountId;
use ringfence_solver::certificate::Certificate;
use ringfence_solver::guardrail::GuardrailKind;
use ringfence_solver::report::{Group, GuardrailResult, Missing, PrincipalResult, Report, Scope};
use ringfence_solver::verdict::{Reason, Verdict};

use super::status;
use crate::args::{ExitArguments, FailOn};
use crate::exit::ExitStatus;

fn proved() -> Verdict {
    Verdict::Proved(Box::new(Certificate {
        claims: std::collections::BTreeSet::new(),
        formula: String::new(),
        core: Vec::new(),
        used_strings: false,
        shown: None,
        closed: None,
    }))
}

fn guardrail(verdicts: Vec<Verdict>) -> GuardrailResult {
    let results = verdicts.into_iter().map(|verdict| PrincipalResult {
        principal: "arn:aws:iam::111122223333:role/app".to_owned(),
        account: AccountId::parse("111122223333").unwrap(),
        group: Group::Finding,
        verdict,
        accepted: None,
        boundary: None,
    });
    GuardrailResult {
        id: "g".to_owned(),
        kind: GuardrailKind::CannotEscapeBoundary,
        scope: Scope::OneRequest,
        results: results.collect(),
        not_covered: Vec::new(),
        assumptions: Vec::new(),
        missing: Vec::new(),
    }
}

fn report(guardrails: Vec<GuardrailResult>) -> Report {
    Report {
        guardrails,
        principals: 1,
        administrators: Vec::new(),
        service_linked: 0,
        roots: 1,
        shard: None,
        as_of: None,
        today: "2026-11-22".to_owned(),
        digests: Vec::new(),
        classes: 1,
        steps: None,
        defects: Vec::new(),
    }
}

fn code(guardrails: Vec<GuardrailResult>) -> ExitStatus {
    status(&report(guardrails), ExitArguments { fail_on: FailOn::Inconclusive, exit_zero: false }).unwrap()
}

#[test]
fn one_open_guardrail_is_enough_for_three() {
    let open = || guardrail(vec![proved(), Verdict::Inconclusive(Reason::Limit("states".to_owned()))]);
    assert_eq!(code(vec![guardrail(vec![proved()])]), ExitStatus::AsExpected);
    assert_eq!(code(vec![guardrail(vec![proved()]), open()]), ExitStatus::Inconclusive);
    assert_eq!(code(vec![guardrail(vec![Verdict::NotApplicable])]), ExitStatus::Inconclusive);
    assert_eq!(code(vec![guardrail(Vec::new())]), ExitStatus::Inconclusive);
    assert_eq!(code(vec![guardrail(vec![proved(), Verdict::NotApplicable])]), ExitStatus::AsExpected);
    let lenient =
        status(&report(vec![open()]), ExitArguments { fail_on: FailOn::Refuted, exit_zero: false }).unwrap();
    assert_eq!(lenient, ExitStatus::AsExpected);
}

#[test]
fn a_missing_grant_makes_a_proof_inconclusive_and_a_missing_restriction_does_not() {
    let lacking = |effect| {
        let missing = Missing { input: "x".to_owned(), effect, text: "y".to_owned() };
        GuardrailResult { missing: vec![missing], ..guardrail(vec![proved()]) }
    };
    assert_eq!(code(vec![lacking("inconclusive")]), ExitStatus::Inconclusive);
    assert_eq!(code(vec![lacking("conditional")]), ExitStatus::AsExpected);
}

#[test]
fn a_contradiction_of_the_engines_is_an_error_that_nothing_hides() {
    let broken = Verdict::Inconclusive(Reason::Disagreement("decisions differ".to_owned()));
    let report = report(vec![guardrail(vec![proved(), broken])]);
    assert_eq!(
        status(&report, ExitArguments { fail_on: FailOn::Refuted, exit_zero: true }).unwrap(),
        ExitStatus::Error
    );
}

#[test]
fn a_report_without_guardrails_or_principals_is_no_success() {
    assert!(
        status(&report(Vec::new()), ExitArguments { fail_on: FailOn::Refuted, exit_zero: true }).is_err()
    );
    let nobody = Report { principals: 0, ..report(vec![guardrail(vec![proved()])]) };
    assert!(status(&nobody, ExitArguments { fail_on: FailOn::Refuted, exit_zero: true }).is_err());
}

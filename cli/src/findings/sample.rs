//! Findings of any size, for tests of formats.

use ringfence_solver::certificate::Level;
use ringfence_solver::report::{Group, Scope};
use ringfence_solver::verdict::VerdictWord;

use super::{Finding, Findings, Member, Rule};
use crate::exit::ExitStatus;

/// So many guardrails with so many violations by so many principals each, all named with `name`.
pub(crate) fn sample(rules: usize, findings: usize, members: usize, name: &str) -> Findings {
    let lines = vec![format!("a note about {name}"); 50];
    Findings {
        command: "check",
        subject: name.to_owned(),
        rules: (0..rules).map(|number| rule(&format!("{name}-{number}"), findings, members)).collect(),
        assumptions: lines.clone(),
        not_covered: lines.clone(),
        missing: lines.clone(),
        notes: lines,
        part: None,
        indicators: Vec::new(),
        suppressions: Vec::new(),
        level: Level::OneSolver,
        evidence: None,
        today: "2026-11-26".to_owned(),
        status: ExitStatus::Refuted,
        world: None,
    }
}

fn rule(id: &str, findings: usize, members: usize) -> Rule {
    Rule {
        id: id.to_owned(),
        kind: "forbid".to_owned(),
        summary: "Nobody does it.".to_owned(),
        help: "Nobody does it.".to_owned(),
        verdict: VerdictWord::Refuted,
        scope: Scope::OneRequest,
        lacking: false,
        all_accepted: false,
        findings: (0..findings).map(|number| finding(&format!("{id}-{number}"), members)).collect(),
    }
}

fn finding(name: &str, members: usize) -> Finding {
    let member = |number: usize| Member {
        principal: format!("arn:aws:iam::111122223333:role/{name}-{number}"),
        account: Some("111122223333".to_owned()),
        fingerprint: number.to_string(),
        request: None,
    };
    Finding {
        verdict: VerdictWord::Refuted,
        group: Some(Group::Finding),
        fingerprint: name.to_owned(),
        title: name.to_owned(),
        route: "s3:DeleteBucket".to_owned(),
        text: "evidence\n".repeat(100),
        members: (0..members).map(member).collect(),
        acceptance: None,
        statements: Vec::new(),
        fallback: "world.json".to_owned(),
        flow: Vec::new(),
    }
}

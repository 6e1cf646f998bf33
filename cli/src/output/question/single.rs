//! The answer of `can` for people.

use ringfence_solver::inquiry::answer::{Answer, Denial};
use ringfence_solver::inquiry::ground::Ground;
use ringfence_solver::inquiry::run::Candidate;
use ringfence_solver::verdict::VerdictWord;

use super::{TOGETHER, candidate_kind, ground_words, grounds, mismatch, pins, question_words};
use crate::command::question::Answered;
use crate::output::human::{Page, Scene, policy_name, statement_words, witness};

/// Statements of a layer that are shown.
const STATEMENTS: usize = 5;

pub(super) fn render(answered: &Answered<'_>, page: &mut Page) {
    for (candidate, answer) in &answered.results {
        head(answered, candidate, answer, page);
        body(answered, candidate, answer, page);
    }
    mismatch(answered, page);
    page.line(&format!(
        "     One request at a time; see `Not covered`. This answer ends with exit code {}.",
        answered.status.code()
    ));
    page.blank();
    grounds(answered, page);
}

fn head(answered: &Answered<'_>, candidate: &Candidate, answer: &Answer, page: &mut Page) {
    if let Some(name) = answered.name.filter(|name| !name.is_empty()) {
        page.add(&format!("{name}: "));
    }
    page.verdict(word(answer), answer_words(answer));
    page.end();
    let linked = if candidate.service_linked { ", a service-linked role: only AWS can use it" } else { "" };
    page.line(&format!("  {} {}{linked}", candidate_kind(candidate), candidate.subject.arn));
    page.line(&format!("  asked for {}", question_words(answered.question)));
    pins(answered.question, page);
    page.blank();
}

fn body(answered: &Answered<'_>, candidate: &Candidate, answer: &Answer, page: &mut Page) {
    let world = &answered.setting.world;
    match answer {
        Answer::Allowed(found) => {
            let scene = Scene { world, tables: &answered.setting.tables };
            witness(scene, &candidate.subject.arn, found, page);
        }
        Answer::Denied(Denial { grounds: found, .. }) => {
            let alone = found.len() == 1;
            if !alone {
                page.line(&format!("     because     {TOGETHER}"));
            }
            for ground in found {
                let label = if alone { "because" } else { "" };
                page.line(&format!("     {label:<10}  {}", ground_words(ground, Some(world), alone)));
                let Ground::Layer { statements, .. } = ground else { continue };
                for statement in statements.iter().take(STATEMENTS) {
                    let name = policy_name(&statement.policy, world);
                    page.line(&format!("       Allow       {}", statement_words(statement, &name)));
                }
                if statements.len() > STATEMENTS {
                    let more = statements.len().saturating_sub(STATEMENTS);
                    page.line(&format!("       Allow       and {more} more; `-o json` names all"));
                }
            }
        }
        Answer::NoSuchRequest(text) => page.line(&format!("     because     {text}")),
        Answer::Unknown(reason) => {
            page.line(&format!("     because     {} [{}]", reason.text(), reason.code()));
        }
    }
}

/// The answer in words: never a bare "denied", as others than a single request are not asked about.
fn answer_words(answer: &Answer) -> &'static str {
    match answer {
        Answer::Allowed(_) => "allowed",
        Answer::Denied(_) => "denied for single requests",
        Answer::NoSuchRequest(_) => "not applicable: there is no such request",
        Answer::Unknown(_) => "unknown",
    }
}

fn word(answer: &Answer) -> VerdictWord {
    match answer {
        Answer::Allowed(_) => VerdictWord::Refuted,
        Answer::Denied(_) => VerdictWord::Proved,
        Answer::NoSuchRequest(_) => VerdictWord::NotApplicable,
        Answer::Unknown(_) => VerdictWord::Inconclusive,
    }
}

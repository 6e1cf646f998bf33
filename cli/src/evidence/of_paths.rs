//! What `ringfence paths` gives for evidence: the goals of each principal, and not what others let everybody use.

use std::collections::BTreeSet;

use ringfence_solver::check::paths::PrincipalPaths;
use ringfence_solver::report::Scope;
use ringfence_solver::steps::verdict::{Goal, GoalVerdict};
use ringfence_solver::verdict::VerdictWord;

use super::certificate::{Finding, Grounds};
use super::material::Material;
use super::of_check::{missing_of, outcomes, tables, value};
use crate::command::paths::Answer;
use crate::findings::verdict_words;
use crate::output;
use crate::output::json::ReasonObject;
use crate::output::paths::{closed_object, path_object};

impl Material {
    /// What was found of paths.
    pub(crate) fn of_paths(answer: &Answer<'_>) -> Self {
        let of_goals = Answer {
            found: answer.found,
            to_one: answer.to_one,
            world: answer.world,
            notes: answer.notes.clone(),
            as_of: answer.as_of.clone(),
            public: answer.public.iter().map(|(public, _)| (public.clone(), None)).collect(),
            files: answer.files.clone(),
            directory: answer.directory.clone(),
            tables: answer.tables,
            level: answer.level,
            evidence: None,
            today: answer.today.clone(),
            status: answer.status,
        };
        let goals = answer.found.principals.iter().flat_map(|principal| {
            principal.goals.iter().map(move |(goal, verdict)| (principal, *goal, verdict))
        });
        let goals = goals.filter(|(_, _, verdict)| verdict.word() != VerdictWord::NotApplicable);
        let findings: Vec<Finding> =
            goals.map(|(principal, goal, verdict)| finding(principal, goal, verdict, answer)).collect();
        let asked = answer.found.principals.iter().flat_map(|principal| &principal.goals);
        let mut asked: Vec<String> = asked.map(|(goal, _)| goal.name().to_owned()).collect();
        let mut seen = BTreeSet::new();
        asked.retain(|goal| seen.insert(goal.clone()));
        let outcomes = outcomes(&findings, asked.iter());
        Self {
            report: output::paths::json(&of_goals),
            as_of: answer.as_of.clone(),
            tables: tables(answer.tables),
            findings,
            outcomes,
        }
    }
}

fn finding(principal: &PrincipalPaths, goal: Goal, verdict: &GoalVerdict, answer: &Answer<'_>) -> Finding {
    let mut found = Finding {
        question: goal.name().to_owned(),
        kind: "paths".to_owned(),
        asked: format!("Asks whether the principal {}, in any number of steps.", goal.in_words()),
        principal: principal.principal.clone(),
        verdict: verdict.word(),
        says: verdict_words(verdict.word(), Scope::Steps).to_owned(),
        scope: Scope::Steps.name(),
        assumptions: answer.notes.clone(),
        not_covered: Vec::new(),
        missing: missing_of(answer.world),
        grounds: Grounds::default(),
    };
    let grounds = &mut found.grounds;
    match verdict {
        GoalVerdict::Proved => {
            grounds.closed = Some(value(&closed_object(&principal.closed)));
            grounds.shown = principal.shown.get(&goal).cloned();
        }
        GoalVerdict::Refuted(path) => grounds.witness = Some(value(&path_object(path))),
        GoalVerdict::Inconclusive(reason, path) => {
            grounds.reason = Some(value(&ReasonObject::of(reason)));
            grounds.witness = path.as_ref().map(|path| value(&path_object(path)));
        }
        GoalVerdict::NotApplicable => {}
    }
    found
}

//! What a change of worlds adds to what each principal may do, and what it takes away.
//!
//! For each principal of both worlds two questions are asked: is there a request that is allowed in one world and not in the other, and
//! the other way round. What neither can hang on is not asked: statements, boundaries, levels and resources that say the same in both
//! (docs/compare.md).

mod change;
mod policies;
mod relation;

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;

use super::workers::in_threads;
use super::{Attached, CheckOptions, Shared, check_with, subjects};
use crate::between::{between, verdict_of_both};
use crate::encode::Assumptions;
use crate::guardrail::Configuration;
use crate::report::{Progress, Report, Scope};
use crate::subject::Subject;
use crate::text::parse_instant;
use crate::theorem::SharingProver;
use crate::verdict::{Verdict, VerdictWord};

use change::Asking;

pub use policies::{Attachment, Policies, compare_policies};
pub use relation::{Answer, Relation};

/// In which of the two worlds a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// In both.
    Both,
    /// In the new one alone.
    Added,
    /// In the old one alone.
    Removed,
}

/// What changes for one principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// ARN of the user, role or root user.
    pub principal: String,
    /// Its account.
    pub account: AccountId,
    /// Where it is.
    pub presence: Presence,
    /// Refuted by a request that is allowed in the new world and not in the old one; proved if there is none.
    pub gained: Verdict,
    /// Refuted by a request that is allowed in the old world and not in the new one; proved if there is none.
    pub lost: Verdict,
}

impl Compared {
    /// How what it may do in the new world relates to what it might in the old one.
    pub fn relation(&self) -> Relation {
        Relation::new(Answer::of(&self.gained), Answer::of(&self.lost))
    }
}

/// A guardrail whose verdict on a principal is another in the new world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardrailChange {
    /// The guardrail.
    pub guardrail: String,
    /// How far its verdicts reach.
    pub scope: Scope,
    /// ARN of the principal.
    pub principal: String,
    /// The verdict in the old world; none where the principal is not in it, or not in the scope of the guardrail.
    pub before: Option<Verdict>,
    /// The same of the new world.
    pub after: Option<Verdict>,
}

/// What a change adds and takes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Everybody who is in either world, but service-linked roles, by account and ARN.
    pub principals: Vec<Compared>,
    /// The guardrails that were judged, each with its verdicts in both worlds, by how many principals get which.
    pub guardrails: Vec<GuardrailVerdicts>,
    /// Every principal on which a guardrail says something else, by guardrail and ARN.
    pub changes: Vec<GuardrailChange>,
    /// Internal defects that were noticed.
    pub defects: Vec<String>,
}

/// The verdicts of one guardrail in the two worlds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardrailVerdicts {
    /// The guardrail.
    pub id: String,
    /// How far they reach.
    pub scope: Scope,
    /// In the old world, the worst first in the order of words: how many principals get each.
    pub before: BTreeMap<VerdictWord, usize>,
    /// In the new world.
    pub after: BTreeMap<VerdictWord, usize>,
}

impl Comparison {
    /// The relation of all principals together.
    pub fn relation(&self) -> Relation {
        let worst = |answers: &mut dyn Iterator<Item = Answer>| answers.max().unwrap_or(Answer::No);
        let gained = worst(&mut self.principals.iter().map(|one| Answer::of(&one.gained)));
        let lost = worst(&mut self.principals.iter().map(|one| Answer::of(&one.lost)));
        Relation::new(gained, lost)
    }
}

/// Two worlds, and what they are compared by.
#[derive(Clone, Copy, Debug)]
pub struct Worlds<'a> {
    /// Before the change.
    pub old: &'a World,
    /// After it.
    pub new: &'a World,
    /// Actions and keys.
    pub catalogue: &'a Catalogue,
    /// Prices.
    pub models: &'a ModelTable,
    /// The guardrails and all that is configured besides, for both.
    pub configuration: &'a Configuration,
}

/// Compares the worlds: nothing in the result depends on the number of threads.
pub fn compare(
    worlds: Worlds<'_>,
    options: &CheckOptions,
    progress: &(dyn Fn(Progress) + Sync),
    attached: Attached<'_>,
) -> Comparison {
    let (principals, mut defects) = all_compared(worlds, options, progress, attached);
    let (before, after) = (
        judged(worlds, worlds.old, options, progress, attached),
        judged(worlds, worlds.new, options, progress, attached),
    );
    defects.extend(before.defects.iter().chain(&after.defects).cloned());
    concluded(principals, (&before, &after), defects)
}

/// Compares the old world with all between the new one, which allows the most, and `narrowest`, which allows the least: what is said holds of all of
/// them, and what hangs on which of them it is, is undecided.
///
/// # Errors
/// When the two do not have the same principals, and so bound nothing.
pub fn compare_between(
    worlds: Worlds<'_>,
    narrowest: &World,
    options: &CheckOptions,
    progress: &(dyn Fn(Progress) + Sync),
    attached: Attached<'_>,
) -> Result<Comparison, String> {
    let (wide, mut defects) = all_compared(worlds, options, progress, attached);
    let (narrow, more) = all_compared(Worlds { new: narrowest, ..worlds }, options, progress, attached);
    defects.extend(more);
    if wide.len() != narrow.len()
        || wide.iter().zip(&narrow).any(|(wide, narrow)| wide.principal != narrow.principal)
    {
        return Err("the two worlds that bound what is unknown do not have the same principals".to_owned());
    }
    let of_both = wide.into_iter().zip(narrow).map(|(wide, narrow)| Compared {
        gained: verdict_of_both(&wide.gained, &narrow.gained).0,
        lost: verdict_of_both(&narrow.lost, &wide.lost).0,
        ..wide
    });
    let before = judged(worlds, worlds.old, options, progress, attached);
    let widest = judged(worlds, worlds.new, options, progress, attached);
    let (after, _) = between(widest, judged(worlds, narrowest, options, progress, attached))?;
    defects.extend(before.defects.iter().chain(&after.defects).cloned());
    Ok(concluded(of_both.collect(), (&before, &after), defects))
}

/// The verdicts of all guardrails in one of the worlds.
fn judged(
    worlds: Worlds<'_>,
    world: &World,
    options: &CheckOptions,
    progress: &(dyn Fn(Progress) + Sync),
    attached: Attached<'_>,
) -> Report {
    check_with(world, worlds.catalogue, worlds.models, worlds.configuration, options, progress, attached)
}

/// Everybody of both worlds, and the defects that were noticed.
fn all_compared(
    worlds: Worlds<'_>,
    options: &CheckOptions,
    progress: &(dyn Fn(Progress) + Sync),
    attached: Attached<'_>,
) -> (Vec<Compared>, Vec<String>) {
    let Worlds { old, new, catalogue, configuration, .. } = worlds;
    let assumptions: Assumptions =
        configuration.assumptions.iter().map(|(point, (reading, _))| (*point, *reading)).collect();
    let as_of = options.as_of.as_deref().and_then(parse_instant);
    let pairs = pairs(old, new);
    let asking = Asking::new(catalogue, as_of.as_ref());
    let shared = Shared::default();
    let around = (catalogue, &assumptions);
    let principals = in_threads(&pairs, around, options, attached, progress, |prover, pair| {
        pair.compared(&mut SharingProver { prover, solutions: &shared }, &asking)
    });
    (principals, shared.defects())
}

fn concluded(
    principals: Vec<Compared>,
    (before, after): (&Report, &Report),
    mut defects: Vec<String>,
) -> Comparison {
    let (guardrails, changes) = guardrails(before, after);
    defects.sort();
    defects.dedup();
    Comparison { principals, guardrails, changes, defects }
}

/// A principal in one or both worlds.
enum Pair {
    Both { old: Box<Subject>, new: Box<Subject> },
    Added(Box<Subject>),
    Removed(Box<Subject>),
}

/// Everybody of both worlds. Where nothing is different on the resource's side, the two have one in common.
fn pairs(old: &World, new: &World) -> Vec<Pair> {
    let (before, mut after) = (subjects(old), subjects(new));
    if let (Some(first), Some(second)) = (before.first(), after.first())
        && first.resources.says_the_same(&second.resources)
    {
        let resources = Arc::clone(&first.resources);
        for subject in &mut after {
            subject.resources = Arc::clone(&resources);
        }
    }
    let mut pairs: BTreeMap<(AccountId, String), Pair> = BTreeMap::new();
    let key = |subject: &Subject| (subject.account, subject.arn.clone());
    for old in before {
        pairs.insert(key(&old), Pair::Removed(Box::new(old)));
    }
    for new in after {
        let (key, new) = (key(&new), Box::new(new));
        let pair = match pairs.remove(&key) {
            Some(Pair::Removed(old)) => Pair::Both { old, new },
            Some(Pair::Both { .. } | Pair::Added(_)) | None => Pair::Added(new),
        };
        pairs.insert(key, pair);
    }
    pairs.into_values().collect()
}

/// The verdicts of each guardrail, and where they differ.
fn guardrails(before: &Report, after: &Report) -> (Vec<GuardrailVerdicts>, Vec<GuardrailChange>) {
    let (mut verdicts, mut changes) = (Vec::new(), Vec::new());
    for (old, new) in before.guardrails.iter().zip(&after.guardrails) {
        let count = |results: &[crate::report::PrincipalResult]| {
            let mut counts = BTreeMap::new();
            for result in results {
                *counts.entry(result.verdict.word()).or_insert(0) += 1;
            }
            counts
        };
        verdicts.push(GuardrailVerdicts {
            id: new.id.clone(),
            scope: new.scope,
            before: count(&old.results),
            after: count(&new.results),
        });
        let mut both: BTreeMap<&str, (Option<&Verdict>, Option<&Verdict>)> = BTreeMap::new();
        for result in &old.results {
            both.entry(&result.principal).or_default().0 = Some(&result.verdict);
        }
        for result in &new.results {
            both.entry(&result.principal).or_default().1 = Some(&result.verdict);
        }
        let other = both
            .into_iter()
            .filter(|(_, (before, after))| before.map(Verdict::word) != after.map(Verdict::word));
        changes.extend(other.map(|(principal, (before, after))| GuardrailChange {
            guardrail: new.id.clone(),
            scope: new.scope,
            principal: principal.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        }));
    }
    (verdicts, changes)
}

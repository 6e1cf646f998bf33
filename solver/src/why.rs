//! What a proof rests on: all minimal sets of statements that suffice for it, and what comes of it without them.
//!
//! The guardrail is judged anew with statements taken away, as a check judges it, so that each request that is shown is one that was
//! replayed, and each set that is said to suffice was seen to suffice with every other statement taken away (docs/why.md).

mod core_book;
mod everybody;
mod part;
mod sets;

use std::collections::BTreeSet;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::policy::{Effect, StatementReference};
use ringfence_model::world::World;

use crate::certificate::Certificate;
use crate::check::{Attached, CheckOptions, check_with, shard_of};
use crate::formula::{Layer, Restriction};
use crate::guardrail::{Configuration, Guardrail, GuardrailKind};
use crate::report::{Missing, Report, Scope};
use crate::steps::closure::Hindrance;
use crate::theorem::known_models::named_models;
use crate::verdict::Verdict;
use core_book::CoreBook;
use part::Parts;
use sets::{Judged, sets};

pub use everybody::{Everybody, everybody};
pub use part::{EVERYTHING, Part};
pub use sets::{Depth, Sets};

/// What the verdict on one principal under one guardrail rests on.
#[derive(Clone, Debug)]
pub struct Why {
    /// ARN of the user, role or root user.
    pub principal: String,
    /// The verdict.
    pub verdict: Verdict,
    /// How far it reaches.
    pub scope: Scope,
    /// Where it is proved, the sets: with the verdict that takes the place of the proof.
    pub sets: Option<Sets<Part, Verdict>>,
    /// What else the proof rests on, and what nobody takes away: layers of which no part of the policies makes what they are.
    pub fixed: BTreeSet<Layer>,
    /// How many parts could be taken away together.
    pub parts: usize,
    /// How many others were taken away by themselves alone: the statements of the boundary, where the guardrail asks what is outside it.
    /// They are in no set, but for those of one.
    pub aside: usize,
    /// What a check tells beside the verdict.
    pub told: Told,
}

/// What a check tells beside the verdicts of a guardrail.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// What it does not cover, in words.
    pub not_covered: Vec<String>,
    /// Named assumptions, in words.
    pub assumptions: Vec<String>,
    /// Missing inputs that matter to it.
    pub missing: Vec<Missing>,
    /// Internal defects that were noticed, in any judgement.
    pub defects: BTreeSet<String>,
}

impl Told {
    fn of(report: &Report) -> Self {
        let guardrail = report.guardrails.first();
        Self {
            not_covered: guardrail.map(|of| of.not_covered.clone()).unwrap_or_default(),
            assumptions: guardrail.map(|of| of.assumptions.clone()).unwrap_or_default(),
            missing: guardrail.map(|of| of.missing.clone()).unwrap_or_default(),
            defects: report.defects.iter().cloned().collect(),
        }
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The world.
    pub world: &'a World,
    /// Actions and keys.
    pub catalogue: &'a Catalogue,
    /// Prices.
    pub models: &'a ModelTable,
    /// All that is configured besides the guardrail.
    pub configuration: &'a Configuration,
    /// The guardrail.
    pub guardrail: &'a Guardrail,
    /// How it is judged.
    pub options: &'a CheckOptions,
}

/// What the verdict on `principal`, a user, role or root user, rests on, found in at most `limit` judgements, at each of which `progress` is
/// called with how many there were; none if the principal is not checked in this world, or not in the scope of the guardrail.
pub fn why(
    asked: Asked<'_>,
    principal: &str,
    (limit, depth): (usize, Depth),
    progress: &mut dyn FnMut(usize),
) -> Option<Why> {
    let judge = Judge::new(asked, principal)?;
    let mut first = Some(judge.judged(asked.world)?);
    let (verdict, scope, mut told) =
        first.as_ref().map(|first| (first.verdict.clone(), first.scope, first.told.clone()))?;
    let parts = parts(asked, principal, scope);
    let all = parts.all();
    let mut fixed = BTreeSet::new();
    let mut count = 0;
    let mut lost = false;
    let found = sets(&all, (limit, depth), |taken| {
        count += 1;
        progress(count);
        let before = first.take().filter(|_| taken.is_empty());
        let judged = before.or_else(|| judge.judged(&parts.without(asked.world, taken, principal)));
        let Some(judged) = judged else {
            lost = true;
            return Judged::Fails(Verdict::NotApplicable);
        };
        told.defects.extend(judged.told.defects);
        if !matches!(judged.verdict, Verdict::Proved(_)) {
            return Judged::Fails(judged.verdict);
        }
        if taken.is_empty() {
            fixed.extend(judged.core.iter().filter(|one| parts.of(one).is_none()).filter_map(layer).cloned());
        }
        let statements = allowing(&judged.verdict).filter_map(|statement| parts.of_statement(statement));
        Judged::Holds(judged.core.iter().filter_map(|one| parts.of(one)).chain(statements).collect())
    });
    let proved = matches!(verdict, Verdict::Proved(_)) && !lost;
    let mut sets = found.filter(|_| proved);
    let aside = parts.aside();
    if let Some(sets) = &mut sets {
        for part in &aside {
            if sets.judged >= limit {
                sets.alone = false;
                break;
            }
            let without = BTreeSet::from([part.clone()]);
            sets.judged += 1;
            progress(sets.judged);
            let judged = judge.judged(&parts.without(asked.world, &without, principal));
            let verdict = judged.map_or(Verdict::NotApplicable, |judged| {
                told.defects.extend(judged.told.defects);
                judged.verdict
            });
            if !matches!(verdict, Verdict::Proved(_)) {
                sets.breaking.push((without, verdict));
            }
        }
        sets.breaking.sort_by(|(left, _), (right, _)| (left.len(), left).cmp(&(right.len(), right)));
    }
    let aside = aside.len();
    Some(Why { principal: principal.to_owned(), verdict, scope, sets, fixed, parts: all.len(), aside, told })
}

/// What may be taken away.
fn parts(asked: Asked<'_>, principal: &str, scope: Scope) -> Parts {
    let able = matches!(asked.guardrail.kind, GuardrailKind::MustBeAble { .. });
    // That something is possible rests on what allows it, all else on what denies.
    let parts = Parts::statements(asked.world, if able { Effect::Allow } else { Effect::Deny }, principal);
    let account = Arn::parse(principal).and_then(|arn| AccountId::parse(arn.account));
    match account {
        Some(account) if scope == Scope::OneRequest && !able => {
            parts.with_layers(asked.world, (principal, account))
        }
        Some(_) | None if scope == Scope::Steps => {
            let parts = parts.with_versions(asked.world);
            // What is outside the boundary is asked of its document: with less in it, less would be asked.
            if asked.guardrail.kind == GuardrailKind::CannotEscapeBoundary {
                parts.with_boundary_aside(asked.world, principal)
            } else {
                parts
            }
        }
        Some(_) | None => parts,
    }
}

fn layer(restriction: &Restriction) -> Option<&Layer> {
    match restriction {
        Restriction::Layer(layer) => Some(layer),
        Restriction::Statement(_) => None,
    }
}

/// The statements that allow what a proof shows to be possible.
fn allowing(verdict: &Verdict) -> impl Iterator<Item = &StatementReference> {
    let certificate = match verdict {
        Verdict::Proved(certificate) => Some(certificate),
        Verdict::Refuted(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable => None,
    };
    let shown = certificate.and_then(|certificate| certificate.shown.as_ref());
    shown.into_iter().flat_map(|witness| witness.requests()).flat_map(|replayed| &replayed.deciding)
}

/// Judges one principal under one guardrail.
struct Judge<'a> {
    asked: Asked<'a>,
    principal: &'a str,
    configuration: Configuration,
    options: CheckOptions,
}

/// One judgement.
struct Found {
    verdict: Verdict,
    scope: Scope,
    /// What a proof rests on.
    core: BTreeSet<Restriction>,
    told: Told,
}

impl<'a> Judge<'a> {
    /// None if the principal is not checked in the world.
    fn new(asked: Asked<'a>, principal: &'a str) -> Option<Self> {
        let shard = shard_of(asked.world, principal)?;
        // A model that only a statement names is asked about without the statement too: what is asked stays.
        let further_models = named_models(asked.world);
        let options = CheckOptions { shard: Some(shard), further_models, ..asked.options.clone() };
        Some(Self { asked, principal, configuration: alone(asked), options })
    }

    /// The verdict in `world`; none if the principal is not in scope.
    fn judged(&self, world: &World) -> Option<Found> {
        let Asked { catalogue, models, .. } = self.asked;
        let book = CoreBook::default();
        let attached = Attached { ledger: Some(&book), ..Attached::default() };
        let report =
            check_with(world, catalogue, models, &self.configuration, &self.options, &|_| {}, attached);
        let told = Told::of(&report);
        let of_guardrail = report.guardrails.into_iter().next()?;
        let scope = of_guardrail.scope;
        let found = of_guardrail.results.into_iter().find(|result| result.principal == self.principal)?;
        let core = match &found.verdict {
            Verdict::Proved(certificate) => core(certificate, &book),
            Verdict::Refuted(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable => BTreeSet::new(),
        };
        Some(Found { verdict: found.verdict, scope, core, told })
    }
}

/// What is configured, with the guardrail alone.
fn alone(asked: Asked<'_>) -> Configuration {
    Configuration { guardrails: vec![asked.guardrail.clone()], ..asked.configuration.clone() }
}

/// What a proof rests on, that of its closed set included.
fn core(certificate: &Certificate, book: &CoreBook) -> BTreeSet<Restriction> {
    let mut core: BTreeSet<Restriction> = certificate.core.iter().cloned().collect();
    let shown = certificate.closed.as_ref().and_then(|closed| closed.shown.as_ref());
    let halted = shown.into_iter().flat_map(|shown| shown.trace.stopped.iter().chain(&shown.goals));
    for claim in halted.flat_map(|stopped| stopped.by.keys()).flat_map(Hindrance::claims) {
        core.extend(book.core(claim));
    }
    core
}

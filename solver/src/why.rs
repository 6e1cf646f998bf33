//! What a proof rests on: all minimal sets of statements that suffice for it, and what comes of it without them.
//!
//! The guardrail is judged anew with statements taken away, as a check judges it, so that each request that is shown is one that was
//! replayed, and each set that is said to suffice was seen to suffice with every other statement taken away (docs/why.md).

mod core_book;
mod part;
mod sets;

use std::collections::BTreeSet;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::policy::Effect;
use ringfence_model::world::World;

use crate::certificate::Certificate;
use crate::check::{Attached, CheckOptions, check_with, shard_of};
use crate::formula::{Layer, Restriction};
use crate::guardrail::{Configuration, Guardrail, GuardrailKind};
use crate::report::Scope;
use crate::steps::closure::Hindrance;
use crate::verdict::Verdict;
use core_book::CoreBook;
use part::{Parts, without};
use sets::{Judged, sets};

pub use part::{EVERYTHING, Part};
pub use sets::Sets;

/// What the verdict on one principal under one guardrail rests on.
#[derive(Clone, Debug)]
pub struct Why {
    /// The verdict.
    pub verdict: Verdict,
    /// How far it reaches.
    pub scope: Scope,
    /// Where it is proved, the sets: with the verdict that takes the place of the proof.
    pub sets: Option<Sets<Part, Verdict>>,
    /// What else the proof rests on, and what nobody takes away: layers of which no part of the policies makes what they are.
    pub fixed: BTreeSet<Layer>,
    /// How many parts could be taken away in all.
    pub parts: usize,
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
    /// ARN of a user, role or root user.
    pub principal: &'a str,
}

/// What the verdict rests on, found in at most `limit` judgements, at each of which `progress` is called with how many there were; none if the
/// principal is not in the world, or not in the scope of the guardrail.
pub fn why(asked: Asked<'_>, limit: usize, progress: &mut dyn FnMut(usize)) -> Option<Why> {
    let account = Arn::parse(asked.principal).and_then(|arn| AccountId::parse(arn.account))?;
    let judge = Judge::new(asked)?;
    let (verdict, scope, _) = judge.verdict(asked.world)?;
    let able = matches!(asked.guardrail.kind, GuardrailKind::MustBeAble { .. });
    // That something is possible rests on what allows it, all else on what denies.
    let supporting = if able { Effect::Allow } else { Effect::Deny };
    let mut parts = Parts::statements(asked.world, supporting);
    if scope == Scope::OneRequest && !able {
        parts = parts.with_layers(asked.world, (asked.principal, account));
    }
    let all = parts.all();
    let mut fixed = BTreeSet::new();
    let mut count = 0;
    let mut lost = false;
    let found = sets(&all, limit, |taken| {
        count += 1;
        progress(count);
        let Some((verdict, _, core)) = judge.verdict(&without(asked.world, taken, asked.principal)) else {
            lost = true;
            return Judged::Fails(Verdict::NotApplicable);
        };
        if !matches!(verdict, Verdict::Proved(_)) {
            return Judged::Fails(verdict);
        }
        if taken.is_empty() {
            fixed.extend(core.iter().filter(|one| parts.of(one).is_none()).filter_map(|one| match one {
                Restriction::Layer(layer) => Some(layer.clone()),
                Restriction::Statement(_) => None,
            }));
        }
        let statements = allowing(&verdict).filter_map(|statement| parts.of_statement(statement));
        Judged::Holds(core.iter().filter_map(|one| parts.of(one)).chain(statements).collect())
    });
    let proved = matches!(verdict, Verdict::Proved(_)) && !lost;
    Some(Why { verdict, scope, sets: found.filter(|_| proved), fixed, parts: all.len() })
}

/// The statements that allow what a proof shows to be possible.
fn allowing(verdict: &Verdict) -> impl Iterator<Item = &ringfence_model::policy::StatementReference> {
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
    configuration: Configuration,
    options: CheckOptions,
}

impl<'a> Judge<'a> {
    /// None if the world does not have the principal.
    fn new(asked: Asked<'a>) -> Option<Self> {
        let configuration =
            Configuration { guardrails: vec![asked.guardrail.clone()], ..asked.configuration.clone() };
        let shard = shard_of(asked.world, asked.principal)?;
        let options = CheckOptions { shard: Some(shard), ..asked.options.clone() };
        Some(Self { asked, configuration, options })
    }

    /// The verdict in `world`, and what a proof rests on; none if the principal is not in scope.
    fn verdict(&self, world: &World) -> Option<(Verdict, Scope, BTreeSet<Restriction>)> {
        let Asked { catalogue, models, principal, .. } = self.asked;
        let book = CoreBook::default();
        let attached = Attached { ledger: Some(&book), ..Attached::default() };
        let report =
            check_with(world, catalogue, models, &self.configuration, &self.options, &|_| {}, attached);
        let of_guardrail = report.guardrails.into_iter().next()?;
        let scope = of_guardrail.scope;
        let found = of_guardrail.results.into_iter().find(|result| result.principal == principal)?;
        let core = match &found.verdict {
            Verdict::Proved(certificate) => core(certificate, &book),
            Verdict::Refuted(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable => BTreeSet::new(),
        };
        Some((found.verdict, scope, core))
    }
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

//! What a design leaves to principals that may do everything else, whatever their names and tags are: models, services, and the
//! actions that matter.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::models::ModelTable;

use super::ask::Asked;
use super::design::Judge;
use super::design_scope::DesignScope;
use crate::guardrail::{Calls, Commitment, PrincipalKind, PrincipalScope, Tier};
use crate::prove::Prover;
use crate::search::Limits;
use crate::subject::Subject;
use crate::theorem::calls::CallQuestion;
use crate::theorem::invocation;
use crate::theorem::invoke;
use crate::theorem::models::ModelIds;
use crate::theorem::reach::{Reach, outside, reach};
use crate::theorem::roles_by_set::RolesBySet;
use crate::theorem::{commitments, duties};
use crate::verdict::{Reason, Verdict};
use crate::wildcard::Theory;

/// So many principals that were found by one question are asked about by name.
const NAMES: usize = 3;

/// An action of one of the tables of what matters, as the design leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensitiveAction {
    /// `service:Name`.
    pub action: String,
    /// Which table: `commits to spending`, `changes a model`.
    pub what: &'static str,
    /// Some request of it is allowed, under every reading; false where that is not decided.
    pub certain: bool,
}

/// What a design leaves to principals that may do everything else: to some of them at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaves {
    /// The models that they run. What is proved to be out of reach is so for all of them.
    pub reach: Reach,
    /// Whether one of them runs a model that nobody knows yet is not decided.
    pub unknown_models_open: bool,
    /// Services of which some action is allowed.
    pub services: Vec<String>,
    /// Services of which that is not decided.
    pub open_services: Vec<String>,
    /// All services of the catalogue.
    pub all_services: usize,
    /// What it leaves of the actions that commit to spending or change models.
    pub sensitive: Vec<SensitiveAction>,
    /// Of the actions that were asked about by name those that are allowed, or perhaps.
    pub named: Vec<(String, bool)>,
}

/// What is known so far of what is left.
#[derive(Debug, Default)]
pub(super) struct Left {
    reach: Reach,
    open: BTreeSet<String>,
    reason: Option<Reason>,
    /// Somebody perhaps runs a model that nobody knows yet.
    unknown_open: bool,
    /// Actions, or `service:*`, that are allowed to somebody, or perhaps.
    allowed: BTreeMap<String, bool>,
}

impl Left {
    /// The answer, where `enough` accounts were judged to know all.
    pub(super) fn finish(self, judge: &Judge<'_>, named: &[String], enough: bool) -> Leaves {
        let Self { mut reach, open, mut reason, unknown_open, allowed } = self;
        let is_reached = |id: &String| reach.models.iter().any(|model| model.id == *id);
        let known = &judge.plan.models;
        let open: Vec<String> =
            known.iter().filter(|id| (!enough || open.contains(*id)) && !is_reached(id)).cloned().collect();
        if !enough {
            reason.get_or_insert_with(|| {
                let text = "it hangs on the account in more ways than were looked at".to_owned();
                Reason::NotCovered { code: "accounts", text }
            });
        }
        reach.proved = known.len().saturating_sub(open.len()).saturating_sub(reach.models.len());
        reach.open = reason.filter(|_| !open.is_empty()).map(|reason| (open, reason));
        // Others may call a model in more Regions than those who were asked by name.
        let all_regions = judge.plan.catalogue.regions(&judge.design.partition);
        if reach.open.is_some() || judge.names_somebody() && reach.regions.len() < all_regions.len() {
            let reason = reach.open.as_ref().map_or_else(who, |(_, reason)| reason.clone());
            reach.regions_open.get_or_insert(reason);
        }
        let unknown_models_open = !reach.unknown_models && (unknown_open || !enough);
        reach.models.sort_by(|left, right| left.id.cmp(&right.id));
        let state = |action: &str| allowed.get(action).copied().or_else(|| (!enough).then_some(false));
        let catalogue = judge.plan.catalogue;
        let (mut services, mut open_services) = (Vec::new(), Vec::new());
        for service in catalogue.services() {
            match state(&format!("{service}:*")) {
                Some(true) => services.push(service.to_string()),
                Some(false) => open_services.push(service.to_string()),
                None => {}
            }
        }
        let sensitive = tables()
            .into_iter()
            .filter_map(|(action, what)| {
                let certain = state(&action)?;
                Some(SensitiveAction { action, what, certain })
            })
            .collect();
        let named = named.iter().filter_map(|action| Some((action.clone(), state(action)?))).collect();
        Leaves {
            reach,
            unknown_models_open,
            services,
            open_services,
            all_services: catalogue.services().len(),
            sensitive,
            named,
        }
    }

    /// Nothing is known yet of whether somebody runs the model.
    fn is_unknown(&self, id: &str) -> bool {
        !self.open.contains(id) && !self.reach.models.iter().any(|model| model.id == id)
    }

    fn leave_open(&mut self, ids: &BTreeSet<String>, reason: Reason) {
        self.open.extend(ids.iter().cloned());
        self.reason.get_or_insert(reason);
    }

    /// What one more principal reaches.
    fn add(&mut self, other: Reach) {
        for model in other.models {
            if !self.reach.models.iter().any(|known| known.id == model.id) {
                self.reach.models.push(model);
            }
        }
        if let Some((ids, reason)) = other.open {
            self.open.extend(ids);
            self.reason.get_or_insert(reason);
        }
        let mine = &mut self.reach;
        mine.unknown_models |= other.unknown_models;
        mine.regions.extend(other.regions);
        mine.regions_open = mine.regions_open.take().or(other.regions_open);
        mine.other_accounts.extend(other.other_accounts);
        mine.accounts_open = mine.accounts_open.take().or(other.accounts_open);
        let price = |way: &Option<crate::theorem::reach::Way>| way.as_ref().map(|way| way.price);
        if price(&other.dearest) > price(&mine.dearest) {
            mine.dearest = other.dearest;
        }
        mine.easiest = mine.easiest.take().or(other.easiest);
    }
}

/// The actions that commit to spending or change models, with the table that has them.
fn tables() -> Vec<(String, &'static str)> {
    let spending = commitments::actions(&Commitment::ALL);
    let changing = duties::actions(&Tier::ALL);
    spending
        .into_iter()
        .map(|action| (action, "commits to spending"))
        .chain(changing.into_iter().map(|change| (change.action.to_owned(), "changes a model")))
        .collect()
}

impl Judge<'_> {
    /// Adds what is left to somebody in this account.
    pub(super) fn add_leaves(
        &self,
        prover: &mut Prover<'_>,
        table: &ModelTable,
        named: &[String],
        left: &mut Left,
    ) {
        for kind in self.kinds_of(&PrincipalScope::default()) {
            self.add_models(prover, table, kind, left);
            self.add_actions(prover, table, kind, named, left);
        }
    }

    fn add_models(&self, prover: &mut Prover<'_>, table: &ModelTable, kind: PrincipalKind, left: &mut Left) {
        let plan = self.plan;
        let (catalogue, partition) = (plan.catalogue, &self.design.partition);
        let roles = RolesBySet::default();
        let anybody = self.with_federation(prover, self.anybody(kind));
        let asked =
            Asked { plan, surroundings: &plan.surroundings, subject: &anybody, service_roles: &roles };
        let Ok(around) = asked.around(None) else {
            left.leave_open(&plan.models, who());
            return;
        };
        prover.take_found();
        // Any model at all: those that nobody knows yet, and those that others run, which decide the Regions.
        let any = invoke::targets_of_any_model(catalogue, table, &plan.models, partition);
        if let Verdict::Proved(_) = invocation::verdict(prover, &anybody, &any, around) {
            return;
        }
        let mut subjects = vec![self.subject(kind, None, BTreeMap::new())];
        subjects.extend(self.found(prover, kind));
        for subject in subjects {
            let subject = self.with_federation(prover, subject);
            let asked =
                Asked { plan, surroundings: &plan.surroundings, subject: &subject, service_roles: &roles };
            if let Ok(around) = asked.around(None) {
                left.add(reach(prover, &subject, table, &plan.models, &ModelIds::any(), around));
            }
        }
        // What was not found is out of reach only if it is so for everybody.
        let ids: Vec<String> = plan.models.iter().filter(|id| left.is_unknown(id)).cloned().collect();
        if !ids.is_empty() {
            let targets = invoke::targets(catalogue, &ModelIds::these(ids.clone()), partition);
            match invocation::verdict(prover, &anybody, &targets, around) {
                Verdict::Proved(_) | Verdict::NotApplicable => {}
                Verdict::Inconclusive(Reason::Disagreement(_)) | Verdict::Refuted(_) => {
                    left.leave_open(&ids.into_iter().collect(), who());
                }
                Verdict::Inconclusive(reason) => left.leave_open(&ids.into_iter().collect(), reason),
            }
        }
        if !left.reach.unknown_models
            && !matches!(outside(prover, &anybody, &any, &plan.models, around), Verdict::Proved(_))
        {
            left.unknown_open = true;
        }
        prover.take_found();
    }

    fn add_actions(
        &self,
        prover: &mut Prover<'_>,
        table: &ModelTable,
        kind: PrincipalKind,
        named: &[String],
        left: &mut Left,
    ) {
        let plain = self.subject(kind, None, BTreeMap::new());
        let plain = self.with_federation(prover, plain);
        let anybody = self.with_federation(prover, self.anybody(kind));
        let mut theory = Theory::new(Limits::default().states);
        let services = self.plan.catalogue.services().iter().map(|service| format!("{service}:*"));
        let all: Vec<String> = services
            .chain(tables().into_iter().map(|(action, _)| action))
            .chain(named.iter().cloned())
            .collect();
        for action in all {
            if left.allowed.get(&action) == Some(&true) {
                continue;
            }
            let mut ask = |prover: &mut Prover<'_>, subject: &Subject| {
                self.allowed(prover, table, &mut theory, subject, &action)
            };
            prover.take_found();
            let plainly = ask(prover, &plain);
            let state = if plainly == Some(true) {
                plainly
            } else if plainly.or_else(|| ask(prover, &anybody)).is_none() {
                None
            } else {
                let found = self.found(prover, kind);
                Some(found.iter().any(|subject| ask(prover, subject) == Some(true)))
            };
            if let Some(state) = state {
                left.allowed.insert(action, state);
            }
        }
        prover.take_found();
    }

    /// Some request of the action, which may be `service:*`, is allowed; false where that is not decided, none where none is.
    fn allowed(
        &self,
        prover: &mut Prover<'_>,
        table: &ModelTable,
        theory: &mut Theory,
        subject: &Subject,
        action: &str,
    ) -> Option<bool> {
        let catalogue = self.plan.catalogue;
        let calls = Calls { actions: vec![action.to_owned()], ..Default::default() };
        let question = CallQuestion::new(&calls, &[], catalogue, theory).ok()?;
        let place = (self.design.partition.as_str(), self.design.account);
        let mut targets = question.targets(catalogue, table, place, theory);
        commitments::with_roles(&mut targets, catalogue);
        let all: Vec<_> = targets.direct.into_iter().chain(targets.routed).collect();
        let roles = RolesBySet::default();
        let asked =
            Asked { plan: self.plan, surroundings: &self.plan.surroundings, subject, service_roles: &roles };
        match asked.asking(None).ask(prover, subject, all) {
            Verdict::Refuted(_) => Some(true),
            Verdict::Inconclusive(_) => Some(false),
            Verdict::Proved(_) | Verdict::NotApplicable => None,
        }
    }

    /// Everybody of the kind; the root user itself.
    fn anybody(&self, kind: PrincipalKind) -> Subject {
        let plain = self.subject(kind, None, BTreeMap::new());
        if kind == PrincipalKind::Root {
            return plain;
        }
        let scope = PrincipalScope::default();
        let names = DesignScope::new(&scope, self.design, kind).anybody();
        Subject { any_name: Some(names), ..plain }
    }

    /// Principals that the last questions about everybody named.
    fn found(&self, prover: &mut Prover<'_>, kind: PrincipalKind) -> Vec<Subject> {
        if kind == PrincipalKind::Root {
            return Vec::new();
        }
        let scope = PrincipalScope::default();
        let scope = DesignScope::new(&scope, self.design, kind);
        let found = prover.take_found();
        let subjects = found.into_iter().map(|(arn, tags)| self.subject(kind, arn.as_deref(), tags));
        let admitted: Vec<Subject> = subjects.filter(|subject| scope.admits(subject)).take(NAMES).collect();
        admitted.into_iter().map(|subject| self.with_federation(prover, subject)).collect()
    }
}

fn who() -> Reason {
    let text = "somebody of another name, or with other tags, may run them".to_owned();
    Reason::NotCovered { code: "names", text }
}

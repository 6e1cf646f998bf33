//! The blast radius of a principal: which models it can run, by which routes, in which Regions, at what price.
//!
//! A model is reached by a replayed request, not reached by a proof, and open otherwise. One request that is found stands for
//! many: those that differ from it in the model or the Region alone are replayed, and only what no replay confirms is asked
//! again.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::models::{ModelTable, Price};
use ringfence_model::request::Request;

use super::asking::Asking;
use super::invocation::{self, Around};
use super::invoke::{self, InvokeTargets, invoked_model, route_of};
use super::models::{ModelIds, bare_id, without_length};
use super::request_variants::{checked_at_the_source, requested_region, with_model, with_region};
use super::route::Route;
use super::{Answers, accounts, allowed};
use crate::constraint::Constraint;
use crate::prove::optimum::Wish;
use crate::query::{KeyDemand, Target};
use crate::subject::Subject;
use crate::verdict::{Reason, Verdict};
use crate::wildcard::Language;
use crate::witness::Witness;

/// So often a set of open models is divided though both halves are open.
const HALVES: usize = 2;
const CLAUDE_PROVIDER: &str = "anthropic.";

/// A model that is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachedModel {
    /// Its bare id.
    pub id: String,
    /// What a million output tokens cost at most, in USD; none where that is not known.
    pub price: Option<Price>,
    /// By which route.
    pub route: Route,
}

/// A way to a model, with what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The model, where the requests tell which.
    pub model: Option<String>,
    /// What a million of its output tokens cost at most.
    pub price: Option<Price>,
    /// The route.
    pub route: Route,
    /// The requests, all of which are allowed.
    pub witness: Witness,
}

/// What a principal reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Known models that it runs, by id.
    pub models: Vec<ReachedModel>,
    /// Known models of which it is proved that it cannot run them.
    pub proved: usize,
    /// Known models of which neither is known, with the reason; none if there are none.
    pub open: Option<(Vec<String>, Reason)>,
    /// A model that nobody knows yet may be run as well.
    pub unknown_models: bool,
    /// The Regions in which one of the models can be called.
    pub regions: BTreeSet<String>,
    /// Why Regions may be missing from these; none if none is.
    pub regions_open: Option<Reason>,
    /// Other accounts whose models, deployments and endpoints it can call.
    pub other_accounts: BTreeSet<AccountId>,
    /// Why accounts may be missing from these; none if none is.
    pub accounts_open: Option<Reason>,
    /// The dearest model that it runs of those whose price is known, by the least unusual requests.
    pub dearest: Option<Way>,
    /// The way to a model of the set that takes the least: the fewest requests, then the fewest assumptions and keys.
    pub easiest: Option<Way>,
}

impl Reach {
    /// The models that it runs whose price is not known: any of them may be the dearest.
    pub fn without_price(&self) -> impl Iterator<Item = &ReachedModel> {
        self.models.iter().filter(|model| model.price.is_none())
    }
}

/// Finds the reach of `subject`: `known` are the ids of all models, ascending; `set` those to which the easiest way is sought.
pub fn reach(
    answers: &mut impl Answers,
    subject: &Subject,
    table: &ModelTable,
    known: &BTreeSet<String>,
    set: &ModelIds,
    around: Around<'_>,
) -> Reach {
    let any = invoke::targets_of_any_model(around.catalogue, table, known, &subject.partition);
    let mut finder = Finder {
        answers,
        subject,
        table,
        around,
        remaining: known.clone(),
        reach: Reach::default(),
        direct: Vec::new(),
        others: Vec::new(),
    };
    if let Verdict::Proved(_) = invocation::verdict(finder.answers, subject, &any, around) {
        finder.reach.proved = known.len();
        return finder.reach;
    }
    finder.directly();
    finder.by_other_routes();
    finder.regions(&any);
    finder.accounts(&any);
    let unknown = outside(finder.answers, subject, &any, known, around);
    finder.reach.unknown_models = matches!(unknown, Verdict::Refuted(_));
    finder.dearest();
    finder.easiest(set);
    finder.reach.models.sort_by(|left, right| left.id.cmp(&right.id));
    finder.reach
}

/// Whether a model that is none of `known` may be called directly, by its ARN or by bedrock-mantle.
pub(crate) fn outside(
    answers: &mut impl Answers,
    subject: &Subject,
    any: &InvokeTargets,
    known: &BTreeSet<String>,
    around: Around<'_>,
) -> Verdict {
    let ids: Vec<String> = known.iter().cloned().collect();
    let constraint = Constraint::outside_models(&ids);
    let asking = Asking { constraint: Some(&constraint), ..around.asking() };
    let catalogue = around.catalogue;
    let binding = any.direct.iter().filter(|target| constraint.binds(target, catalogue));
    asking.ask(answers, subject, binding.cloned().collect())
}

struct Finder<'q, A> {
    answers: &'q mut A,
    subject: &'q Subject,
    table: &'q ModelTable,
    around: Around<'q>,
    /// Models of which nothing is known yet.
    remaining: BTreeSet<String>,
    reach: Reach,
    /// Witnesses of direct calls that were found.
    direct: Vec<Witness>,
    /// Ways of other routes that were found.
    others: Vec<Way>,
}

impl<A: Answers> Finder<'_, A> {
    fn targets(&self, ids: Vec<String>) -> InvokeTargets {
        invoke::targets(self.around.catalogue, &ModelIds::these(ids), &self.subject.partition)
    }

    fn ask(&mut self, targets: Vec<Target>) -> Verdict {
        self.around.asking().ask(self.answers, self.subject, targets)
    }

    fn reached(&mut self, id: &str, route: Route) {
        if self.remaining.remove(id) {
            let price = self.table.output_price(id);
            self.reach.models.push(ReachedModel { id: id.to_owned(), price, route });
        }
    }

    /// Models by calls that are whole by themselves.
    fn directly(&mut self) {
        while !self.remaining.is_empty() {
            let targets = self.targets(self.remaining.iter().cloned().collect());
            let Verdict::Refuted(witness) = self.ask(targets.direct) else { return };
            let Some(request) = witness.requests().first().map(|replayed| replayed.request.clone()) else {
                return;
            };
            let route = route_of(&request);
            if let Some(id) = invoked_model(&request).map(str::to_owned) {
                self.reached(&id, route);
                for other in self.remaining.clone() {
                    let changed = with_model(&request, &id, &other);
                    if self.answers.allows_alike(&[changed], self.subject) {
                        self.reached(&other, route);
                    }
                }
            } else {
                // On the Claude platform the call names the model, which no policy sees.
                let is_claude = |id: &&String| id.starts_with(CLAUDE_PROVIDER);
                let all: Vec<String> = self.remaining.iter().filter(is_claude).cloned().collect();
                if all.is_empty() {
                    return;
                }
                for id in all {
                    self.reached(&id, route);
                }
            }
            self.direct.push(*witness);
        }
    }

    /// Models by routes of several checks.
    fn by_other_routes(&mut self) {
        // INVARIANT: each round ends the search or takes a model out of those that remain.
        while !self.remaining.is_empty() {
            let targets = self.targets(self.remaining.iter().cloned().collect());
            match invocation::verdict(self.answers, self.subject, &targets, self.around) {
                Verdict::Proved(_) | Verdict::NotApplicable => {
                    self.reach.proved = self.remaining.len();
                    return;
                }
                Verdict::Inconclusive(reason) => {
                    let ids: Vec<String> = self.remaining.iter().cloned().collect();
                    let open = self.open_among(&ids, 0);
                    self.reach.proved = ids.len().saturating_sub(open.len());
                    self.reach.open = Some((open, reason));
                    return;
                }
                Verdict::Refuted(witness) => {
                    let route = witness.route().unwrap_or(Route::Direct);
                    let id = self.model_of(&witness).and_then(|id| self.remaining_of(&id));
                    let Some(id) = id else {
                        let reason = Reason::NotCovered {
                            code: "which-model",
                            text: "a model is reached, and the requests do not say which".to_owned(),
                        };
                        self.reach.open = Some((self.remaining.iter().cloned().collect(), reason));
                        self.others.push(Way { model: None, price: None, route, witness: *witness });
                        return;
                    };
                    self.reached(&id, route);
                    self.alike_through_profiles(&witness, &id, route);
                    self.alike_by_jobs(&witness, &id, route);
                    let price = self.table.output_price(&id);
                    self.others.push(Way { model: Some(id), price, route, witness: *witness });
                }
            }
        }
    }

    /// Those of `ids`, of which one at least is open, of which it is not proved that they are out of reach. Where halves of halves are
    /// all open, so are all.
    fn open_among(&mut self, ids: &[String], depth: usize) -> Vec<String> {
        let Some((first, second)) =
            ids.split_at_checked(ids.len() / 2).filter(|(first, _)| !first.is_empty())
        else {
            return ids.to_vec();
        };
        let is_proved = [first, second].map(|half| {
            let targets = self.targets(half.to_vec());
            let verdict = invocation::verdict(self.answers, self.subject, &targets, self.around);
            matches!(verdict, Verdict::Proved(_))
        });
        match is_proved {
            [true, true] => ids.to_vec(),
            [true, false] => self.open_among(second, depth),
            [false, true] => self.open_among(first, depth),
            [false, false] if depth >= HALVES => ids.to_vec(),
            [false, false] => {
                let mut open = self.open_among(first, depth + 1);
                open.extend(self.open_among(second, depth + 1));
                open
            }
        }
    }

    /// Models whose profile of the same geography is called in the same way.
    fn alike_through_profiles(&mut self, witness: &Witness, id: &str, route: Route) {
        let Some(account) = self.around.account.filter(|_| route == Route::InferenceProfile) else { return };
        let requests: Vec<Request> =
            witness.requests().iter().map(|replayed| replayed.request.clone()).collect();
        let Some(profile) = requests.first().map(|request| request.resource.clone()) else { return };
        let (table, catalogue) = (self.around.profiles, self.around.catalogue);
        let destinations = |model: &str, arn: &str| {
            let all = account.profiles_of(model, table, catalogue);
            all.into_iter().find(|one| one.arn == arn).map(|one| (one.destinations, one.global))
        };
        let own = destinations(id, &profile);
        let others: Vec<String> = self.remaining.iter().cloned().collect();
        for other in others {
            if self.is_dearer(&other, id)
                || own.is_none()
                || destinations(&other, &profile.replace(id, &other)) != own
            {
                continue;
            }
            let changed: Vec<Request> =
                requests.iter().map(|request| with_model(request, id, &other)).collect();
            let by_source = checked_at_the_source(&changed);
            if self.answers.allows_alike(&changed, self.subject)
                && self.answers.allows_alike(&by_source, self.subject)
            {
                self.reached(&other, route);
            }
        }
    }

    /// Models that a job runs in the same way, with the same role.
    fn alike_by_jobs(&mut self, witness: &Witness, id: &str, route: Route) {
        let Some(account) = self.around.account.filter(|_| route == Route::Job) else { return };
        let requests = witness.requests().iter().map(|replayed| &replayed.request);
        let passed = requests.clone().find(|request| request.action.eq_ignore_ascii_case("iam:PassRole"));
        let role = passed.and_then(|passed| {
            account.service_roles.iter().find(|role| role.arn.eq_ignore_ascii_case(&passed.resource))
        });
        let (Some(role), Some(first)) = (role, requests.clone().next()) else { return };
        let (own, of_role): (Vec<&Request>, Vec<&Request>) =
            requests.partition(|request| request.principal == first.principal);
        for other in self.remaining.iter().cloned().collect::<Vec<_>>() {
            if self.is_dearer(&other, id) {
                continue;
            }
            let mut alike = |requests: &[&Request], subject: &Subject| {
                let changed: Vec<Request> =
                    requests.iter().map(|request| with_model(request, id, &other)).collect();
                self.answers.allows_alike(&changed, subject)
            };
            if alike(&own, self.subject) && alike(&of_role, role) {
                self.reached(&other, route);
            }
        }
    }

    /// The dearest model is shown by requests of its own: `other` has a higher price than `id` and all that were found so.
    fn is_dearer(&self, other: &str, id: &str) -> bool {
        let price = self.table.output_price(other);
        price > self.table.output_price(id) && self.others.iter().all(|way| way.price < price)
    }

    /// The model that the requests run: by its own ARN, else by what the inventory says of a resource.
    fn model_of(&self, witness: &Witness) -> Option<String> {
        let requests = witness.requests().iter().map(|replayed| &replayed.request);
        let named = requests.clone().find_map(|request| bare_id(&request.resource));
        if let Some(id) = named {
            return Some(id.to_owned());
        }
        let inventory = self.around.account?.inventory.as_ref()?;
        requests
            .filter_map(|request| {
                inventory.iter().find(|known| known.arn.eq_ignore_ascii_case(&request.resource))
            })
            .find_map(|known| known.model.as_deref().and_then(bare_id))
            .map(str::to_owned)
    }

    /// The model that remains with this id, or without the length of a context behind it.
    fn remaining_of(&self, id: &str) -> Option<String> {
        let all = [Some(id), without_length(id)].into_iter().flatten();
        all.into_iter().find(|id| self.remaining.contains(*id)).map(str::to_owned)
    }

    /// The Regions of direct calls, and of the requests of other routes.
    fn regions(&mut self, any: &InvokeTargets) {
        let requests: Vec<Request> = self
            .direct
            .iter()
            .chain(self.others.iter().map(|way| &way.witness))
            .flat_map(Witness::requests)
            .map(|replayed| replayed.request.clone())
            .collect();
        let mut found: BTreeSet<String> = requests
            .iter()
            .filter_map(|request| Arn::parse(&request.resource).map(|arn| arn.region.to_owned()))
            .filter(|region| !region.is_empty())
            .collect();
        let mut left: BTreeSet<String> = self
            .around
            .catalogue
            .regions(&self.subject.partition)
            .iter()
            .filter(|region| !found.contains(*region))
            .cloned()
            .collect();
        let alone: Vec<Request> =
            self.direct.iter().flat_map(Witness::requests).map(|replayed| replayed.request.clone()).collect();
        for request in &alone {
            let candidates: Vec<String> = left.iter().cloned().collect();
            for region in candidates {
                let changed = with_region(request, &region);
                if changed.is_some_and(|changed| self.answers.allows_alike(&[changed], self.subject)) {
                    left.remove(&region);
                    found.insert(region);
                }
            }
        }
        while !left.is_empty() {
            let targets = Self::models_in(any, &left);
            match self.ask(targets) {
                Verdict::Proved(_) | Verdict::NotApplicable => break,
                Verdict::Inconclusive(reason) => {
                    self.reach.regions_open = Some(reason);
                    break;
                }
                Verdict::Refuted(witness) => {
                    let region = witness
                        .requests()
                        .first()
                        .and_then(|replayed| replayed.request.context.get(&requested_region()))
                        .and_then(|value| value.values().first().cloned());
                    let Some(region) = region.filter(|region| left.remove(region)) else { break };
                    found.insert(region);
                }
            }
        }
        if !self.others.is_empty() && self.reach.regions_open.is_none() && !left.is_empty() {
            let text =
                "of other routes than direct calls only the Regions of the requests that were found are told";
            self.reach.regions_open =
                Some(Reason::NotCovered { code: "regions-of-routes", text: text.to_owned() });
        }
        if let Some((_, reason)) = &self.reach.open {
            // What stays open may run elsewhere.
            self.reach.regions_open.get_or_insert_with(|| reason.clone());
        }
        self.reach.regions = found;
    }

    /// Direct calls on any model in these Regions.
    fn models_in(any: &InvokeTargets, regions: &BTreeSet<String>) -> Vec<Target> {
        let demand = KeyDemand::Value(Language::one_of(regions.iter().cloned()));
        let mut targets = any.direct.clone();
        for target in &mut targets {
            target.keys.push((requested_region(), demand.clone()));
        }
        targets
    }

    /// Accounts whose resources it calls.
    fn accounts(&mut self, any: &InvokeTargets) {
        let mut approved: Vec<AccountId> = Vec::new();
        let mut targets = any.hidden.clone();
        targets.extend(
            [&any.agents, &any.flows, &any.knowledge_bases, &any.agent_core, &any.endpoints]
                .into_iter()
                .flatten()
                .cloned(),
        );
        loop {
            let asking = self.around.asking();
            let verdict = accounts::verdict(self.answers, self.subject, &targets, &approved, asking);
            let witness = match verdict {
                Verdict::Refuted(witness) => witness,
                Verdict::Inconclusive(reason) => {
                    self.reach.accounts_open = Some(reason);
                    break;
                }
                Verdict::Proved(_) | Verdict::NotApplicable => break,
            };
            let owner = witness.requests().first().and_then(|replayed| replayed.request.resource_account);
            let Some(owner) = owner.filter(|owner| !approved.contains(owner)) else { break };
            approved.push(owner);
        }
        self.reach.other_accounts = approved.into_iter().collect();
    }

    /// The dearest of all models by Z3's optimiser for direct calls, and the dearest that other routes were found to.
    fn dearest(&mut self) {
        let other = self.others.iter().max_by_key(|way| way.price).cloned();
        let direct = self.dearest_direct();
        self.reach.dearest = match (direct, other) {
            (Some(direct), Some(other)) if other.price > direct.price => Some(other),
            (Some(direct), _) => Some(direct),
            (None, other) => other.filter(|way| way.price.is_some()),
        };
    }

    fn dearest_direct(&mut self) -> Option<Way> {
        let mut by_price: BTreeMap<Price, Vec<String>> = BTreeMap::new();
        // What is proved to be out of reach is left out.
        let open = self.reach.open.iter().flat_map(|(ids, _)| ids);
        for id in self.reach.models.iter().map(|model| &model.id).chain(open) {
            if let Some(price) = self.table.output_price(id) {
                by_price.entry(price).or_default().push(id.clone());
            }
        }
        for ids in by_price.values_mut() {
            ids.sort_unstable();
        }
        let mut targets = Vec::new();
        let mut gains: Vec<(Target, u64)> = Vec::new();
        for (price, ids) in by_price.iter().rev() {
            for target in self.targets(ids.clone()).direct {
                // The Claude platform is one target for all its models: it counts as the dearest of them, which is met first.
                if !gains.iter().any(|(known, _)| *known == target) {
                    gains.push((target.clone(), price.millionths()));
                    targets.push(target);
                }
            }
        }
        let query = allowed(targets, self.around.as_of);
        let (open, _) = self.answers.unrefused(&query, self.subject);
        let gain =
            |target: &Target| gains.iter().find(|(known, _)| known == target).map_or(0, |(_, price)| *price);
        let query = allowed(open, self.around.as_of);
        let best = self.answers.best(&query, self.subject, Wish::Gain(&gain))?;
        let request = best.witness.requests().first()?.request.clone();
        let route = route_of(&request);
        let dearest_claude = || {
            let claude =
                by_price.iter().rev().flat_map(|(price, ids)| ids.iter().map(move |id| (id, *price)));
            claude.into_iter().find(|(id, _)| id.starts_with(CLAUDE_PROVIDER)).map(|(id, _)| id.clone())
        };
        let model = invoked_model(&request).map(str::to_owned).or_else(dearest_claude)?;
        let price = self.table.output_price(&model);
        // The same model by the least unusual request.
        let alike = by_price.get(&price?)?.clone();
        let plainest = allowed(self.targets(alike).direct, self.around.as_of);
        let (open, _) = self.answers.unrefused(&plainest, self.subject);
        let plainest = allowed(open, self.around.as_of);
        let plain = self.answers.best(&plainest, self.subject, Wish::PlainContext);
        let witness = plain.map_or(best.witness, |plain| plain.witness);
        let shown = witness.requests().first().map(|replayed| replayed.request.clone());
        let route = shown.as_ref().map_or(route, route_of);
        let model = shown.as_ref().and_then(invoked_model).map_or(model, str::to_owned);
        Some(Way { model: Some(model), price, route, witness: witness.by(route) })
    }

    /// The way to a model of `set` that takes the least.
    fn easiest(&mut self, set: &ModelIds) {
        let ids: Vec<String> = self
            .reach
            .models
            .iter()
            .filter(|model| set.contains(&model.id))
            .map(|model| model.id.clone())
            .collect();
        if ids.is_empty() {
            return;
        }
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        let query = allowed(self.targets(sorted).direct, self.around.as_of);
        let (open, _) = self.answers.unrefused(&query, self.subject);
        let query = allowed(open, self.around.as_of);
        let direct = self.answers.best(&query, self.subject, Wish::PlainContext).and_then(|best| {
            let request = &best.witness.requests().first()?.request;
            let route = route_of(request);
            let model = invoked_model(request).map(str::to_owned);
            let price = model.as_deref().and_then(|id| self.table.output_price(id));
            Some(Way { model, price, route, witness: best.witness.by(route) })
        });
        let others =
            self.others.iter().filter(|way| way.model.as_deref().is_some_and(|id| set.contains(id))).cloned();
        let direct = direct.into_iter().chain(self.direct.iter().filter_map(|witness| {
            let request = &witness.requests().first()?.request;
            let model = invoked_model(request).map(str::to_owned);
            // A call that names no model is one of the Claude platform.
            let in_set = match model.as_deref() {
                Some(id) => set.contains(id),
                None => ids.iter().any(|id| id.starts_with(CLAUDE_PROVIDER)),
            };
            let price = model.as_deref().and_then(|id| self.table.output_price(id));
            let route = route_of(request);
            in_set.then(|| Way { model, price, route, witness: witness.clone().by(route) })
        }));
        self.reach.easiest = direct.chain(others).min_by_key(Way::effort);
    }
}

impl Way {
    /// What it takes: requests, assumptions, and keys of the context.
    pub fn effort(&self) -> (usize, usize, usize) {
        let requests = self.witness.requests();
        let assumptions: BTreeSet<&String> =
            requests.iter().flat_map(|request| &request.assumptions).collect();
        let keys = requests.iter().map(|request| request.request.context.iter().count()).max().unwrap_or(0);
        (requests.len(), assumptions.len(), keys)
    }
}

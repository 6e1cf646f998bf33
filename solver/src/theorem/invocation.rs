//! T1 for one principal: by which routes it can run a model of a set (semantics:D1, D4).
//!
//! Proved if no route leads to one; refuted by the first route all of whose checks are replayed; else inconclusive, with what
//! stays open.

mod agent_core;
mod jobs;
mod runners;

use std::collections::BTreeSet;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ProfileTable;
use ringfence_model::open_point::OpenPoint;

use super::asking::Asking;
use super::invoke::{InvokeTargets, route_of};
use super::models::ModelIds;
use super::roles_by_set::{RolesBySet, ServiceRoles};
use super::route::Route;
use super::service_routes::RunnerKind;
use super::service_session::as_begun_by_bedrock;
use super::{Answers, allowed, profiles, service_routes};
use crate::account_pattern::with_wildcards;
use crate::certificate::Certificate;
use crate::constraint::Constraint;
use crate::decimal::Decimal;
use crate::encode::Memory;
use crate::encode::owner::with_other_owners;
use crate::formula::Openness;
use crate::query::{Target, TargetResource};
use crate::search::Limits;
use crate::subject::Subject;
use crate::surroundings::AccountSurroundings;
use crate::verdict::{Reason, Verdict};
use crate::wildcard::{Language, Theory};

/// Of so many models jobs are tried.
const MODELS_TRIED: usize = 12;
/// So many tries of calls through profiles, of a model each, and each call of which it does not come out whether it passes; then the answer is
/// left open.
const TRIES: usize = 24;
/// The same for somebody of any name, of whom nothing is refuted: only names are found.
const TRIES_FOR_A_NAME: usize = 4;

/// What a question about routes needs beside the principal.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The inference profiles that AWS offers.
    pub profiles: &'a ProfileTable,
    /// What stands around the principal; none where that is not known.
    pub account: Option<&'a AccountSurroundings>,
    /// The roles that Bedrock may take on and that may run a model of the set, once they are asked.
    pub service_roles: &'a RolesBySet,
    /// What a request must be like to count.
    pub constraint: Option<&'a Constraint>,
    /// The earliest instant of a request.
    pub as_of: Option<&'a Decimal>,
    /// Checks that AWS makes besides with each call of the principal's, by service.
    pub besides: &'a [Target],
}

impl<'a> Around<'a> {
    /// What all its questions have in common.
    pub fn asking(&self) -> Asking<'a> {
        Asking {
            catalogue: self.catalogue,
            constraint: self.constraint,
            as_of: self.as_of,
            besides: self.besides,
        }
    }
}

/// T1 for `subject`.
pub fn verdict(
    answers: &mut impl Answers,
    subject: &Subject,
    targets: &InvokeTargets,
    around: Around<'_>,
) -> Verdict {
    let mut inquiry =
        Inquiry { answers, subject, targets, around, beyond: None, proofs: Vec::new(), open: None };
    // A direct call is what most have who can, and one question; the others are asked about everything at once.
    if let Some(refuted) = inquiry.by_itself() {
        return refuted;
    }
    // No call of nobody in particular is replayed: where one may be allowed, others do not say more.
    if inquiry.is_by_nobody()
        && let Some(reason) = inquiry.open
    {
        return Verdict::Inconclusive(reason);
    }
    let others = inquiry.ask(everything(targets));
    if matches!(others, Verdict::Proved(_) | Verdict::NotApplicable) && inquiry.open.is_none() {
        return others;
    }
    if around.account.is_none() {
        // Without its roles and profiles nothing can be said of the routes that need them.
        inquiry.leave_open(
            "surroundings",
            "the account is not of the world, so that its roles and profiles are not known",
        );
    }
    let refuted = inquiry
        .through_profiles()
        .or_else(|| inquiry.on_deployments())
        .or_else(|| inquiry.by_jobs())
        .or_else(|| inquiry.by_runners(RunnerKind::Agent))
        .or_else(|| inquiry.by_runners(RunnerKind::Flow))
        .or_else(|| inquiry.by_runners(RunnerKind::KnowledgeBase))
        .or_else(|| inquiry.on_endpoints());
    // Neither is shown by a request: they leave open, or are proved closed.
    if refuted.is_none() {
        inquiry.by_agent_core();
        inquiry.for_caller();
    }
    match (refuted, inquiry.open) {
        (Some(refuted), _) => refuted,
        (None, Some(reason)) => Verdict::Inconclusive(reason),
        (None, None) => Verdict::Proved(Box::new(Certificate::joined(inquiry.proofs))),
    }
}

/// A call through an inference profile of which a destination is not among `regions`, all of whose checks are allowed; none if none
/// was found.
pub(super) fn through_profiles_beyond(
    answers: &mut impl Answers,
    subject: &Subject,
    targets: &InvokeTargets,
    regions: &BTreeSet<&str>,
    around: Around<'_>,
) -> Option<Verdict> {
    let mut inquiry =
        Inquiry { answers, subject, targets, around, beyond: Some(regions), proofs: Vec::new(), open: None };
    inquiry.through_profiles()
}

/// The calls through each profile whose ARN is in `pattern` and that runs one of `models`, under either reading of F30: both must be
/// allowed.
pub(crate) fn calls_through(
    pattern: &Language,
    models: &BTreeSet<String>,
    around: Around<'_>,
) -> Vec<[Target; 2]> {
    let Some(account) = around.account else { return Vec::new() };
    let named = |target: &Target| matches!(&target.resource, TargetResource::Exactly { arn, .. } if pattern.accepts(arn));
    models
        .iter()
        .flat_map(|model| profiles::calls(around.catalogue, around.profiles, account, model))
        .map(|call| call.readings)
        .filter(|[shown, _]| named(shown))
        .collect()
}

/// Every call that may be part of a route.
fn everything(targets: &InvokeTargets) -> Vec<Target> {
    let mut all: Vec<Target> = targets.any_route.clone();
    all.extend(others(targets));
    for more in [
        &targets.hidden,
        &targets.jobs,
        &targets.agents,
        &targets.flows,
        &targets.knowledge_bases,
        &targets.agent_core,
        &targets.for_caller,
        &targets.endpoints,
    ] {
        all.extend(more.iter().cloned());
    }
    all
}

/// The direct calls that no call on a model's ARN in any context includes.
fn others(targets: &InvokeTargets) -> Vec<Target> {
    let included = |target: &&Target| {
        targets.any_route.iter().any(|other| {
            other.action == target.action && other.resource.resource_type() == target.resource.resource_type()
        })
    };
    targets.direct.iter().filter(|target| !included(target)).cloned().collect()
}

struct Inquiry<'q, A> {
    answers: &'q mut A,
    subject: &'q Subject,
    targets: &'q InvokeTargets,
    around: Around<'q>,
    /// Only profiles count that send calls to other Regions than these.
    beyond: Option<&'q BTreeSet<&'q str>>,
    proofs: Vec<Certificate>,
    open: Option<Reason>,
}

impl<A: Answers> Inquiry<'_, A> {
    fn ask(&mut self, targets: Vec<Target>) -> Verdict {
        self.around.asking().ask(self.answers, self.subject, targets)
    }

    /// As [`Self::ask`], of a role that a route runs with.
    fn ask_role(&mut self, role: &Subject, targets: Vec<Target>) -> Verdict {
        let constraint = self.around.constraint.filter(|constraint| constraint.binds_roles());
        let asking = Asking { constraint, besides: &[], ..self.around.asking() };
        asking.ask(self.answers, role, targets)
    }

    /// The principal stands for all of some kind: requests of it are proved impossible, or not.
    fn is_by_nobody(&self) -> bool {
        self.subject.any_name.as_ref().is_some_and(|anybody| anybody.silent)
    }

    /// Keeps the proof that none of the targets is allowed; false if there is none.
    fn none_of(&mut self, targets: Vec<Target>) -> bool {
        match self.ask(targets) {
            Verdict::Proved(certificate) => {
                self.proofs.push(*certificate);
                true
            }
            Verdict::NotApplicable => true,
            Verdict::Refuted(_) | Verdict::Inconclusive(_) => false,
        }
    }

    fn leave_open(&mut self, code: &'static str, text: &str) {
        self.open.get_or_insert_with(|| Reason::NotCovered { code, text: text.to_owned() });
    }

    /// Calls that are whole by themselves.
    fn by_itself(&mut self) -> Option<Verdict> {
        // Any model at all may be one that nobody knows yet; one that exists says more.
        let mut direct = self.targets.direct.clone();
        if self.targets.any_model && self.around.account.is_none_or(|account| account.inventory.is_none()) {
            // Whatever a deployment or an endpoint runs is a model.
            direct.extend(self.targets.hidden_as_direct());
        }
        for targets in [self.targets.known.clone(), direct] {
            match self.ask(targets) {
                Verdict::Refuted(witness) => {
                    let route = witness.requests().first().map(|replayed| route_of(&replayed.request));
                    return Some(Verdict::Refuted(Box::new(witness.by(route.unwrap_or(Route::Direct)))));
                }
                Verdict::Inconclusive(reason) => {
                    self.open.get_or_insert(reason);
                }
                Verdict::Proved(certificate) => self.proofs.push(*certificate),
                Verdict::NotApplicable => {}
            }
        }
        None
    }

    /// Calls through inference profiles and prompt routers.
    fn through_profiles(&mut self) -> Option<Verdict> {
        if self.none_of(self.targets.any_route.clone()) {
            return None;
        }
        let account = self.around.account;
        let listed = account.map(|all| profiles::listed(self.around.catalogue, all, &self.targets.ids));
        let through: Vec<Target> =
            self.targets.through.iter().cloned().chain(listed.into_iter().flatten()).collect();
        if self.none_of(through) {
            return None;
        }
        let account = account?;
        // A model without a profile leaves nothing to try.
        let models: Vec<String> = self
            .targets
            .models
            .iter()
            .filter(|model| {
                let profiles = account.profiles_of(model, self.around.profiles, self.around.catalogue);
                profiles.iter().any(|profile| self.leaves(&profile.destinations, profile.global))
            })
            .cloned()
            .collect();
        let mut left = match &self.subject.any_name {
            Some(anybody) if anybody.silent => 0,
            // What is found is a name, which is then asked about itself.
            Some(_) => TRIES_FOR_A_NAME,
            None => TRIES,
        };
        if let Some(refuted) = self.through_profiles_of(&models, account, &mut left) {
            return Some(refuted);
        }
        self.leave_open(
            "through-a-profile",
            "no direct call is allowed, and of no inference profile all checks are, but some are: a call through another profile \
             or a prompt router may pass",
        );
        None
    }

    /// Calls through profiles of these models, as long as some tries are `left`: halves of which none may be called are passed over as
    /// one.
    fn through_profiles_of(
        &mut self,
        models: &[String],
        account: &AccountSurroundings,
        left: &mut usize,
    ) -> Option<Verdict> {
        if models.is_empty() || *left == 0 {
            return None;
        }
        let ids = ModelIds::these(models.to_vec());
        if matches!(self.ask(profiles::possible(self.around.catalogue, &ids)), Verdict::Proved(_)) {
            return None;
        }
        if let [model] = models {
            *left -= 1;
            for call in profiles::calls(self.around.catalogue, self.around.profiles, account, model) {
                if !self.leaves(&call.destinations, call.global) {
                    continue;
                }
                let [shown, other] = call.readings;
                match self.ask(vec![shown]) {
                    Verdict::Refuted(witness) => {
                        if matches!(self.ask(vec![other]), Verdict::Refuted(_)) {
                            return Some(Verdict::Refuted(Box::new(witness.by(call.route))));
                        }
                    }
                    Verdict::Proved(_) | Verdict::NotApplicable => continue,
                    Verdict::Inconclusive(_) => {}
                }
                if *left == 0 {
                    break;
                }
                *left -= 1;
            }
            return None;
        }
        let (first, second) = models.split_at_checked(models.len() / 2)?;
        self.through_profiles_of(first, account, left)
            .or_else(|| self.through_profiles_of(second, account, left))
    }

    /// A profile with these destinations is one of those that count.
    fn leaves(&self, destinations: &[String], global: bool) -> bool {
        self.beyond.is_none_or(|approved| {
            global || destinations.iter().any(|region| !approved.contains(region.as_str()))
        })
    }

    /// Calls on ARNs that do not say which model runs.
    fn on_deployments(&mut self) -> Option<Verdict> {
        let targets = &self.targets.hidden;
        self.on_hidden(targets, Route::Deployment, "other-resource-type", "no foundation model of the set can be invoked, but a \
               provisioned, custom, imported or marketplace model may be, or one of the Claude platform, and neither the request nor resources.json says which model runs")
    }

    /// Calls on endpoints of SageMaker.
    fn on_endpoints(&mut self) -> Option<Verdict> {
        let targets = &self.targets.endpoints;
        self.on_hidden(
            targets,
            Route::Endpoint,
            "through-an-endpoint",
            "a SageMaker endpoint may be called, and neither its ARN \
               nor resources.json says which model runs there",
        )
    }

    fn on_hidden(
        &mut self,
        targets: &[Target],
        route: Route,
        code: &'static str,
        text: &str,
    ) -> Option<Verdict> {
        if self.none_of(targets.to_vec()) {
            return None;
        }
        let told = service_routes::told_apart(
            self.around.catalogue,
            targets,
            &self.targets.ids,
            self.around.account,
        );
        let (mut certain, mut untold) = (told.certain, told.vague);
        let more = if self.targets.any_model { &mut certain } else { &mut untold };
        // What the inventory lists runs some model, whichever it is; what other accounts have it does not list.
        more.extend(told.listed);
        more.extend(self.of_other_accounts(self.subject, targets));
        match self.ask(certain) {
            Verdict::Refuted(witness) => return Some(Verdict::Refuted(Box::new(witness.by(route)))),
            Verdict::Proved(certificate) => self.proofs.push(*certificate),
            Verdict::Inconclusive(reason) => {
                self.open.get_or_insert(reason);
            }
            Verdict::NotApplicable => {}
        }
        if !self.none_of(untold.clone()) && self.open.is_none() {
            let mut arns = BTreeSet::new();
            for target in untold {
                let patterns = self.arns_of(&target);
                // What is already named needs no question.
                if !patterns.is_subset(&arns) && !matches!(self.ask(vec![target]), Verdict::Proved(_)) {
                    arns.extend(patterns);
                }
            }
            let arns: Vec<String> = arns.into_iter().collect();
            self.leave_open(code, &format!("{text}: {}", arns.join(", ")));
        }
        None
    }

    /// Those of the calls that are on resources of other accounts, whose policies may let the principal in.
    fn of_other_accounts(&self, subject: &Subject, targets: &[Target]) -> Vec<Target> {
        let query = allowed(targets.to_vec(), self.around.as_of);
        let mut theory = Theory::new(Limits::default().states);
        let expanded = with_other_owners(
            &query,
            &[&subject.policies],
            (subject, &[subject.resources.as_ref()]),
            self.around.catalogue,
            (&mut theory, &mut Memory::default()),
        );
        let is_other = |target: &Target| target.owner.is_some_and(|owner| owner != subject.account);
        expanded.into_iter().filter(is_other).collect()
    }

    /// The ARNs that the target is about, as patterns.
    fn arns_of(&self, target: &Target) -> BTreeSet<String> {
        if let TargetResource::OneOf { arns, .. } = &target.resource {
            return arns.iter().cloned().collect();
        }
        let known = target.resource.resource_type().and_then(|id| self.around.catalogue.resource_type(id));
        let formats = known.map(|known| known.arn_formats.iter().map(|format| with_wildcards(format)));
        formats.into_iter().flatten().collect()
    }

    /// The roles that Bedrock may take on, asked once for all principals of the account and each set of models.
    fn service_roles(&mut self) -> ServiceRoles {
        self.roles_of(false)
    }

    /// The same; of AgentCore where that is asked for.
    fn roles_of(&mut self, agent_core: bool) -> ServiceRoles {
        let calls = everything(self.targets);
        let key = (self.targets.ids.clone(), calls.clone(), agent_core);
        if let Some(known) = self.around.service_roles.find(&key) {
            return known;
        }
        // What is found counts for every principal of the account, and which request shows it matters to some: no verdict that would be
        // made again without the store may hang on what the store once said.
        let before = self.answers.pause_store(true);
        let mut found = ServiceRoles::default();
        let of = |account: &'_ AccountSurroundings| {
            if agent_core { account.agent_core_roles.clone() } else { account.service_roles.clone() }
        };
        let roles = self.around.account.map(of).unwrap_or_default();
        for role in &roles {
            // A role may also run the model by what it calls in its turn: a flow's an agent, a supervisor's another.
            match self.ask_role(role, calls.clone()) {
                Verdict::Proved(certificate) => found.unable.push(*certificate),
                Verdict::NotApplicable => {}
                Verdict::Refuted(_) | Verdict::Inconclusive(_) => {
                    let session = as_begun_by_bedrock(role);
                    let mut direct = self.ask_role(&session, self.targets.known.clone());
                    if !matches!(direct, Verdict::Refuted(_)) {
                        direct = self.ask_role(&session, self.targets.direct.clone());
                    }
                    found.able.push((role.clone(), direct));
                }
            }
        }
        self.answers.pause_store(before);
        self.around.service_roles.keep(key, &found);
        found
    }

    /// Nothing is known of the roles of the account, unless all of them are bound so that none can run a model of the set: then
    /// none can by another of them either.
    fn may_be_any_role(&mut self) -> bool {
        let Some(account) = self.around.account.filter(|account| account.any_roles) else { return false };
        let Some(role) = &account.any_role else { return true };
        let mut calls = self.targets.any_route.clone();
        calls.extend(others(self.targets));
        for more in [&self.targets.hidden, &self.targets.for_caller, &self.targets.endpoints] {
            calls.extend(more.iter().cloned());
        }
        let runners = [
            &self.targets.agents,
            &self.targets.flows,
            &self.targets.knowledge_bases,
            &self.targets.agent_core,
        ];
        let of_others: Vec<Target> = runners.into_iter().flatten().cloned().collect();
        calls.extend(self.of_other_accounts(role, &of_others));
        match self.ask_role(role, calls) {
            Verdict::Proved(certificate) => {
                self.proofs.push(*certificate);
                false
            }
            Verdict::NotApplicable => false,
            Verdict::Refuted(_) | Verdict::Inconclusive(_) => true,
        }
    }

    /// Calls behind which the model runs with the caller's rights, or without any (F29).
    fn for_caller(&mut self) {
        if !self.none_of(self.targets.for_caller.clone()) {
            self.open.get_or_insert(Reason::OpenMatters(vec![Openness::Point(OpenPoint(29))]));
        }
    }
}

//! Targets for which one policy set cannot allow more than another, seen from their statements alone.
//!
//! A request is allowed if each layer allows it and no statement denies it. So if, for some action, every Allow
//! statement of the first set that may match it is also in the same layer of the second, and every Deny statement and
//! every layer of the second is also in the first, then whatever the first allows the second allows as well. Equal
//! statements of equal type are one term with one reading of every open point, so this holds under each of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::policy::{Effect, NamedPolicy, PolicyType, Statement, StatementReference};
use ringfence_model::policy_set::{ControlLevel, PolicySet};

use crate::encode::action::{concerns, may_match_call};
use crate::encode::check::Check;
use crate::encode::elsewhere::differs;
use crate::encode::resource_policy::policy_service;
use crate::encode::statement::{all_statements, keys_of};
use crate::formula::{Layer, Restriction};
use crate::query::{Target, TargetAction};
use crate::resource_side::{ResourcePolicy, ResourceSides};
use crate::subject::Subject;
use crate::wildcard::Language;

/// By what a policy set may allow more than another, whatever the request.
#[derive(Debug)]
pub(crate) struct Surplus<'p> {
    /// The second set has a layer that the first lacks, or something else is different on which any request may hang.
    another_layer: bool,
    /// Allow statements of the first set that the same layer of the second lacks, and Deny statements of the second
    /// that the same layer of the first lacks; and, of two worlds, statements that look at what the worlds say differently.
    statements: Vec<&'p Statement>,
    /// Policies of resources that differ, by what [`policy_service`] calls their services.
    policies: BTreeMap<&'p str, Vec<&'p ResourcePolicy>>,
    /// The principal's account, of two worlds.
    account: Option<AccountId>,
    /// The layers that both have.
    layers: Vec<Layer>,
    /// The Deny statements of the first set that the second has too.
    shared_denies: Vec<(StatementReference, &'p Statement)>,
}

impl<'p> Surplus<'p> {
    /// Compares what `first` allows with what `second` allows to the same principal.
    pub(crate) fn new(first: &'p PolicySet, second: &'p PolicySet) -> Self {
        let mut surplus = Self {
            another_layer: false,
            statements: Vec::new(),
            policies: BTreeMap::new(),
            account: None,
            layers: Vec::new(),
            shared_denies: Vec::new(),
        };
        surplus.compare(Layer::Identity, PolicyType::Identity, &first.identity, &second.identity);
        let boundary = (&first.permissions_boundary, &second.permissions_boundary);
        surplus.compare_optional(Layer::PermissionsBoundary, PolicyType::PermissionsBoundary, boundary);
        surplus.compare_optional(Layer::Session, PolicyType::Session, (&first.session, &second.session));
        for level in &second.service_control {
            let same = first.service_control.iter().find(|other| other.target == level.target);
            let layer = Layer::ServiceControl(level.target.to_string());
            match same {
                Some(same) => {
                    surplus.compare(layer, PolicyType::ServiceControl, &same.policies, &level.policies);
                }
                None => surplus.compare_further_level(&first.service_control, &level.policies),
            }
        }
        // Policies of the resource's side are not compared statement by statement.
        surplus.another_layer |= first.demanded != second.demanded
            || first.resource_control != second.resource_control
            || first.resource != second.resource
            || first.vpc_endpoint != second.vpc_endpoint
            || first.settings != second.settings;
        surplus
    }

    /// Compares what is allowed to `first` with what is allowed to `second`, the same principal in another world.
    pub(crate) fn between(first: &'p Subject, second: &'p Subject) -> Self {
        let mut surplus = Self::new(&first.policies, &second.policies);
        surplus.account = Some(first.account);
        let sides = (&*first.resources, &*second.resources);
        let facts_differ = first.tags != second.tags
            || first.organization != second.organization
            || !sides.0.same_organizations(sides.1);
        if !Arc::ptr_eq(&first.resources, &second.resources) {
            surplus.another_layer |= !sides.0.knows_as_much(sides.1);
            for policy in sides.0.policies_that_differ(sides.1) {
                surplus.policies.entry(policy.asked_service()).or_default().push(policy);
            }
            let levels =
                |side: &'p ResourceSides| side.all_resource_control().flat_map(|level| &level.policies);
            let (here, there): (Vec<&NamedPolicy>, Vec<&NamedPolicy>) =
                (levels(sides.0).collect(), levels(sides.1).collect());
            // Where an RCP binds may differ, not only what it says.
            if !sides.0.same_resource_control(sides.1) {
                let all = here.iter().chain(&there).flat_map(|policy| &policy.document.statements);
                surplus.statements.extend(all.filter(|statement| statement.effect == Effect::Deny));
            }
        }
        if facts_differ {
            let looks = |statement: &&Statement| {
                keys_of(statement).into_iter().any(|key| differs(key, first, second))
            };
            for subject in [first, second] {
                let of_resources = subject.resources.all_statements();
                surplus
                    .statements
                    .extend(all_statements(&subject.policies).chain(of_resources).filter(looks));
            }
        }
        surplus
    }

    /// What the proof rests on that the first allows the target only where the second does: the layers and the Deny statements that
    /// both have. None if the statements do not show it.
    pub(super) fn excludes(&self, target: &Target, catalogue: &Catalogue) -> Option<Vec<Restriction>> {
        let action = catalogue.action(target.action.id()?)?;
        let (service, name) = (action.service.to_ascii_lowercase(), action.name.to_ascii_lowercase());
        if self.may_tell_apart(&service, &name) || !self.policies_on(target, catalogue).is_empty() {
            return None;
        }
        let layers = self.layers.iter().cloned().map(Restriction::Layer);
        let denies =
            self.shared_denies.iter().filter(|(_, statement)| may_match_call(statement, &service, &name));
        Some(layers.chain(denies.map(|(reference, _)| Restriction::Statement(reference.clone()))).collect())
    }

    /// Some statement that may match the action `service:name`, in lower case, is in one of the two alone.
    fn may_tell_apart(&self, service: &str, name: &str) -> bool {
        self.another_layer || self.statements.iter().any(|statement| may_match_call(statement, service, name))
    }

    /// The policies that differ of resources that the target may be about.
    fn policies_on(&self, target: &Target, catalogue: &Catalogue) -> &[&'p ResourcePolicy] {
        if self.policies.is_empty() {
            return &[];
        }
        let check = Check::new(target, catalogue);
        policy_service(&check).and_then(|asked| self.policies.get(asked)).map_or(&[], Vec::as_slice)
    }

    /// The targets that stand for all requests of `target` that the first may allow and the second may not: itself, or where nothing but
    /// policies of resources differ, the same on those resources. A target that is about an account or some resources stays as it is.
    pub(crate) fn narrowed(&self, target: &Target, catalogue: &Catalogue) -> Vec<Target> {
        let differs = match &target.action {
            TargetAction::Catalogued(id) => catalogue.action(*id).is_none_or(|action| {
                self.may_tell_apart(&action.service.to_ascii_lowercase(), &action.name.to_ascii_lowercase())
            }),
            TargetAction::FutureOf(service) => {
                self.another_layer
                    || self.statements.iter().any(|one| concerns(&one.action, &[service.as_str()]))
            }
            TargetAction::Named(_) | TargetAction::FutureElsewhere => {
                self.another_layer || !self.statements.is_empty()
            }
        };
        let policies = self.policies_on(target, catalogue);
        if differs || (!policies.is_empty() && (target.owner.is_some() || !target.covered.is_empty())) {
            return vec![target.clone()];
        }
        // What has a policy of another account in one world may be the principal's own in the other, where no ARN tells.
        let own =
            self.account.filter(|_| !policies.is_empty() && !Check::new(target, catalogue).arn_names_account);
        let mut by_owner: BTreeMap<AccountId, Vec<Language>> = BTreeMap::new();
        for policy in policies {
            for owner in own.into_iter().chain([policy.owner]) {
                let covered = by_owner.entry(owner).or_default();
                for language in policy.covered() {
                    if !covered.contains(&language) {
                        covered.push(language);
                    }
                }
            }
        }
        let on = |(owner, covered)| Target { owner: Some(owner), covered, ..target.clone() };
        by_owner.into_iter().map(on).collect()
    }

    /// Nothing is different on which a request may hang.
    pub(crate) fn is_nothing(&self) -> bool {
        !self.another_layer && self.statements.is_empty() && self.policies.is_empty()
    }

    /// A level of the second set that is none of the first: it withholds what it denies, unless the first denies that too.
    fn compare_further_level(&mut self, first: &'p [ControlLevel], policies: &'p [NamedPolicy]) {
        self.another_layer |= !statements(policies).any(|statement| statement.allows_all(&["*"]));
        for statement in statements(policies).filter(|statement| statement.effect == Effect::Deny) {
            let mut levels = first.iter();
            match levels.find_map(|level| place_of(&level.policies, PolicyType::ServiceControl, statement)) {
                Some(reference) => self.shared_denies.push((reference, statement)),
                None => self.statements.push(statement),
            }
        }
    }

    fn compare_optional(
        &mut self,
        layer: Layer,
        policy_type: PolicyType,
        sets: (&'p Option<Vec<NamedPolicy>>, &'p Option<Vec<NamedPolicy>>),
    ) {
        match sets {
            (Some(first), Some(second)) => self.compare(layer, policy_type, first, second),
            (None, Some(_)) => self.another_layer = true,
            // A layer that only the first set has makes it allow less. Its statements change nothing.
            (Some(_) | None, None) => {}
        }
    }

    fn compare(
        &mut self,
        layer: Layer,
        policy_type: PolicyType,
        first: &'p [NamedPolicy],
        second: &'p [NamedPolicy],
    ) {
        self.layers.push(layer);
        for statement in statements(first).filter(|statement| statement.effect == Effect::Allow) {
            if !statements(second).any(|other| other.says_the_same(statement)) {
                self.statements.push(statement);
            }
        }
        for statement in statements(second).filter(|statement| statement.effect == Effect::Deny) {
            match place_of(first, policy_type, statement) {
                Some(reference) => self.shared_denies.push((reference, statement)),
                None => self.statements.push(statement),
            }
        }
    }
}

fn statements(policies: &[NamedPolicy]) -> impl Iterator<Item = &Statement> {
    policies.iter().flat_map(|policy| &policy.document.statements)
}

/// The statement of `policies` that says what `statement` says.
fn place_of(
    policies: &[NamedPolicy],
    policy_type: PolicyType,
    statement: &Statement,
) -> Option<StatementReference> {
    policies.iter().find_map(|policy| {
        let same = |other: &&Statement| other.says_the_same(statement);
        let found = policy.document.statements.iter().find(same)?;
        Some(StatementReference::new(policy, policy_type, found))
    })
}

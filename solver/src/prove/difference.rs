//! Targets for which one policy set cannot allow more than another, seen from their statements alone.
//!
//! A request is allowed if each layer allows it and no statement denies it. So if, for some action, every Allow
//! statement of the first set that may match it is also in the same layer of the second, and every Deny statement and
//! every layer of the second is also in the first, then whatever the first allows the second allows as well. Equal
//! statements of equal type are one term with one reading of every open point, so this holds under each of them.

use ringfence_model::policy::{Effect, NamedPolicy, PolicyType, Statement, StatementReference};
use ringfence_model::policy_set::PolicySet;

use crate::encode::action::may_match;
use crate::formula::{Layer, Restriction};

/// By what a policy set may allow more than another, whatever the request.
#[derive(Debug)]
pub(super) struct Surplus<'p> {
    /// The second set has a layer that the first lacks: anything may be a difference.
    another_layer: bool,
    /// Allow statements of the first set that the same layer of the second lacks, and Deny statements of the second
    /// that the same layer of the first lacks.
    statements: Vec<&'p Statement>,
    /// The layers that both have.
    layers: Vec<Layer>,
    /// The Deny statements of the first set that the second has too.
    shared_denies: Vec<(StatementReference, &'p Statement)>,
}

impl<'p> Surplus<'p> {
    /// Compares what `first` allows with what `second` allows.
    pub(super) fn new(first: &'p PolicySet, second: &'p PolicySet) -> Self {
        let mut surplus = Self {
            another_layer: false,
            statements: Vec::new(),
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
                None => surplus.another_layer = true,
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

    /// What the proof rests on that the first set allows the action `service:name`, in lower case, only where the
    /// second does: the layers and the Deny statements that both have. None if the statements do not show it.
    pub(super) fn excludes(&self, service: &str, name: &str) -> Option<Vec<Restriction>> {
        if self.another_layer || self.statements.iter().any(|statement| may_match(statement, service, name)) {
            return None;
        }
        let layers = self.layers.iter().cloned().map(Restriction::Layer);
        let denies = self.shared_denies.iter().filter(|(_, statement)| may_match(statement, service, name));
        Some(layers.chain(denies.map(|(reference, _)| Restriction::Statement(reference.clone()))).collect())
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

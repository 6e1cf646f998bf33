//! Unique ids in policies, put back to the ARNs of those who have them (semantics:C4).
//!
//! AWS shows an id in place of an ARN where a policy names what was deleted. An id that a principal of the world has was
//! written by hand, and names that principal; every other one names nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::policy::{NamedPolicy, PrincipalPattern};
use ringfence_model::world::World;

/// Which principals of a world have the unique ids that some policies name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UniqueIds(BTreeMap<String, Vec<String>>);

impl UniqueIds {
    /// The owners of the ids in `policies`, by ARN.
    pub fn of<'p>(world: &World, policies: impl Iterator<Item = &'p NamedPolicy>) -> Self {
        let named: BTreeSet<&str> = policies.flat_map(patterns).filter_map(unique_id).collect();
        let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
        if !named.is_empty() {
            for (_, principal) in world.principals().filter(|(_, principal)| named.contains(principal.id())) {
                owners.entry(principal.id().to_owned()).or_default().push(principal.arn().to_string());
            }
        }
        Self(owners)
    }

    /// `policy`, in which each id that has an owner is the owner's ARN.
    pub fn resolve(&self, policy: &NamedPolicy) -> NamedPolicy {
        let known = |pattern: &PrincipalPattern| unique_id(pattern).and_then(|id| self.0.get(id));
        if !patterns(policy).any(|pattern| known(pattern).is_some()) {
            return policy.clone();
        }
        let mut document = policy.document.as_ref().clone();
        for element in document.statements.iter_mut().filter_map(|statement| statement.principal.as_mut()) {
            element.values = element
                .values
                .iter()
                .flat_map(|pattern| match known(pattern) {
                    Some(arns) => arns.iter().cloned().map(PrincipalPattern::Aws).collect(),
                    None => vec![pattern.clone()],
                })
                .collect();
        }
        NamedPolicy { name: Arc::clone(&policy.name), document: Arc::new(document) }
    }
}

fn patterns(policy: &NamedPolicy) -> impl Iterator<Item = &PrincipalPattern> {
    policy
        .document
        .statements
        .iter()
        .filter_map(|statement| statement.principal.as_ref())
        .flat_map(|element| &element.values)
}

/// The unique id that a value is, if it is one.
fn unique_id(pattern: &PrincipalPattern) -> Option<&str> {
    match pattern {
        PrincipalPattern::Aws(text) => Some(text.as_str())
            .filter(|text| *text != "*" && AccountId::parse(text).is_none() && Arn::parse(text).is_none()),
        PrincipalPattern::Everyone
        | PrincipalPattern::Service(_)
        | PrincipalPattern::Federated(_)
        | PrincipalPattern::CanonicalUser(_) => None,
    }
}

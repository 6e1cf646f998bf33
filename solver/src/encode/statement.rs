//! Whether a statement matches (semantics:B1, C), and what statements mention.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;
use ringfence_model::policy::{Effect, NamedPolicy, PolicyType, Statement};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::template::{Piece, Template};

use super::Encoder;
use super::action::concerns;
use super::check::Check;
use super::resource_policy::policy_service;
use crate::query::{KeyDemand, Target};
use crate::resource_side::ResourceSides;
use crate::subject::Subject;
use crate::term::{Term, Terms};

impl Encoder<'_> {
    /// True exactly where `statement` matches: the conjunction of its elements and conditions. What can be seen not
    /// to match by its action alone is not encoded further.
    pub(super) fn statement(&mut self, statement: &Statement, policy_type: PolicyType) -> Term {
        let action = self.action_element(&statement.action);
        if action == Terms::FALSE {
            return self.or_ignored_restrictions(Terms::FALSE, statement, policy_type);
        }
        let resource = self.resource_element(statement.resource.as_ref(), policy_type);
        let mut parts = vec![action, resource];
        if resource == Terms::FALSE {
            return self.or_ignored_restrictions(Terms::FALSE, statement, policy_type);
        }
        let mut false_condition = false;
        for condition in &statement.conditions {
            let holds = self.condition(condition);
            false_condition |= holds == Terms::FALSE;
            parts.push(holds);
            if false_condition {
                break;
            }
        }
        let full = self.formula.terms.and(parts);
        self.or_ignored_restrictions(full, statement, policy_type)
    }

    /// F24: an SCP that allows under a condition, or on some resources only, is read in full, or as an older page has it
    /// by its actions alone. A stated assumption: only questions in a pinned context name it.
    fn or_ignored_restrictions(
        &mut self,
        full: Term,
        statement: &Statement,
        policy_type: PolicyType,
    ) -> Term {
        let any_resource = statement
            .resource
            .as_ref()
            .is_none_or(|element| !element.negated && element.values.iter().any(|value| value.raw == "*"));
        let plain = any_resource && !statement.action.negated && statement.conditions.is_empty();
        let without_effect = statement.action.values.is_empty()
            || statement.resource.as_ref().is_some_and(|element| element.values.is_empty());
        let concerned = policy_type == PolicyType::ServiceControl && statement.effect == Effect::Allow;
        if self.query.context.is_none() || !concerned || plain || without_effect {
            return full;
        }
        let actions =
            if statement.action.negated { Terms::TRUE } else { self.action_element(&statement.action) };
        let ignored = self.choice(24, Terms::FALSE);
        let by_actions = self.formula.terms.and([ignored, actions]);
        self.formula.terms.or([full, by_actions])
    }
}

/// All policies of a set that the encoder reads.
fn all_policies(set: &PolicySet) -> impl Iterator<Item = &NamedPolicy> {
    let levels = set.service_control.iter().chain(&set.demanded).flat_map(|level| level.policies.iter());
    let boundary = set.permissions_boundary.iter().flatten();
    let session = set.session.iter().flatten();
    let resource_levels = set.resource_control.iter().flat_map(|level| level.policies.iter());
    let (resource, endpoint) = (set.resource.iter(), set.vpc_endpoint.iter().flatten());
    let own = set.identity.iter().chain(boundary).chain(session).chain(levels);
    own.chain(resource).chain(resource_levels).chain(endpoint)
}

/// All statements of a set.
pub(crate) fn all_statements(set: &PolicySet) -> impl Iterator<Item = &Statement> {
    all_policies(set).flat_map(|policy| policy.document.statements.iter())
}

/// Every statement that a question looks at: those of the policy sets, and of the resources that its targets may be, by each of `sides`.
pub(super) fn statements_in_question<'s>(
    sets: &[&'s PolicySet],
    (subject, sides): (&Subject, &[&'s ResourceSides]),
    targets: &[Target],
    catalogue: &Catalogue,
) -> Vec<&'s Statement> {
    let further = targets.iter().flat_map(|target| &target.further);
    let checks: Vec<Check> =
        targets.iter().chain(further).map(|target| Check::new(target, catalogue)).collect();
    let mut services: Vec<&str> = checks.iter().filter_map(policy_service).collect();
    services.sort_unstable();
    services.dedup();
    let mut owners: Vec<AccountId> =
        targets.iter().map(|target| target.owner.unwrap_or(subject.account)).collect();
    owners.sort_unstable();
    owners.dedup();
    let mut of_resources = Vec::new();
    for side in sides {
        let policies = services
            .iter()
            .flat_map(|service| owners.iter().flat_map(move |owner| side.policies_of(*owner, service)));
        let levels = owners.iter().flat_map(|owner| side.resource_control(*owner));
        let levels = levels.flat_map(|level| &level.policies);
        let both = policies.map(|policy| &policy.policy).chain(levels);
        of_resources.extend(both.flat_map(|policy| &policy.document.statements));
    }
    let all = sets.iter().flat_map(|set| all_statements(set)).chain(of_resources);
    if checks.iter().any(|check| check.target.action.id().is_none()) {
        return all.collect();
    }
    // What is about other services cannot matter.
    let mut asked: Vec<&str> = checks.iter().map(|check| check.service.as_str()).collect();
    asked.sort_unstable();
    asked.dedup();
    all.filter(|statement| concerns(&statement.action, &asked)).collect()
}

/// The keys that a statement looks at, in conditions and variables.
pub(crate) fn keys_of(statement: &Statement) -> Vec<&ContextKey> {
    let mut keys = Vec::new();
    for condition in &statement.conditions {
        keys.push(&condition.key);
        for value in &condition.values {
            keys.extend(variables_of(value));
        }
    }
    for value in statement.resource.iter().flat_map(|element| element.values.iter()) {
        keys.extend(variables_of(value));
    }
    keys
}

fn variables_of(template: &Template) -> impl Iterator<Item = &ContextKey> {
    template.pieces.iter().filter_map(|piece| match piece {
        Piece::Variable { key, .. } => Some(key),
        Piece::Text(_) | Piece::Literal(_) => None,
    })
}

/// How many conditions there are on each key, of any form; none for a key that only variables name.
pub(super) fn count_conditions<'s>(
    statements: impl Iterator<Item = &'s Statement>,
) -> BTreeMap<ContextKey, usize> {
    let mut counts = BTreeMap::new();
    for statement in statements {
        for key in keys_of(statement) {
            counts.entry(key.clone()).or_insert(0);
        }
        for condition in &statement.conditions {
            *counts.entry(condition.key.clone()).or_insert(0) += 1;
        }
    }
    counts
}

impl Encoder<'_> {
    /// How many slots a multivalued key gets: one more than the conditions on it, one more for each RequestTag key
    /// that a condition or a variable names (for TagKeys), two more for the first and last of CalledVia
    /// (semantics:C11).
    pub(super) fn slot_count(&self, key: &ContextKey) -> usize {
        let count_family = |family: &str| {
            self.conditions_on
                .keys()
                .filter(|other| other.family().is_some_and(|(name, _)| name == family))
                .count()
        };
        let named = |name: &str| self.conditions_on.keys().any(|other| other.canonical() == name);
        let demands = || self.query.targets.iter().flat_map(|target| &target.keys);
        // Keys that a target asks for are tied like those that a condition names.
        let asked: BTreeSet<&ContextKey> = demands().map(|(asked, _)| asked).collect();
        let asked_family = |family: &str| {
            asked.iter().filter(|asked| asked.family().is_some_and(|(name, _)| name == family)).count()
        };
        // The tags that begin a session are those that the principal then has.
        let of_session = if self.in_beginning {
            count_family("aws:principaltag") + asked_family("aws:principaltag")
        } else {
            0
        };
        let asked_end =
            asked.iter().any(|asked| matches!(asked.canonical(), "aws:calledviafirst" | "aws:calledvialast"));
        let tied = match key.canonical() {
            "aws:tagkeys" => count_family("aws:requesttag") + asked_family("aws:requesttag") + of_session,
            "aws:calledvia" if named("aws:calledviafirst") || named("aws:calledvialast") || asked_end => 2,
            _ => 0,
        };
        let demanded = demands().filter(|(demanded, _)| demanded == key).map(|(_, demand)| match demand {
            KeyDemand::List(values) => values.len(),
            // One besides what the conditions tell apart.
            KeyDemand::Listing(_) => 2 + self.conditions_on.get(key).copied().unwrap_or(0) + tied,
            KeyDemand::Absent
            | KeyDemand::Reading(_)
            | KeyDemand::Value(_)
            | KeyDemand::ValueOutside(..)
            | KeyDemand::AbsentOrOutside(..) => 0,
        });
        let least = demanded.max().unwrap_or(0);
        (1 + self.conditions_on.get(key).copied().unwrap_or(0) + tied).max(least)
    }
}

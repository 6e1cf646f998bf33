//! What would have stopped a request that is allowed: Deny statements that miss it by one element, and layers that
//! are not there.
//!
//! A Deny statement is tried on the concrete evaluator with one element made to match everything. If it denies then,
//! that element is why it did not. Nothing here decides a verdict.

use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::condition::Condition;
use ringfence_model::evaluate::{EvaluatorReadings, evaluate};
use ringfence_model::location::Location;
use ringfence_model::policy::{
    ActionPattern, Effect, Element, NamedPolicy, PolicyDocument, PolicyType, Statement, StatementReference,
};
use ringfence_model::policy_set::{ControlLevel, PolicySet};
use ringfence_model::request::{Decision, Request};
use ringfence_model::template::Template;
use ringfence_model::world::World;
use ringfence_solver::principals;

/// A Deny statement that misses a request by one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NearMiss {
    /// The statement.
    pub(crate) statement: StatementReference,
    /// Why it does not match.
    pub(crate) element: MissedElement,
}

/// The element of a statement that does not match, the most telling first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MissedElement {
    /// This condition, in words, whose key is absent from the request.
    AbsentKey(String),
    /// The resource, with what the statement names.
    Resource(String),
    /// The action, with what the statement names.
    Action(String),
    /// This condition, in words, whose key has another value.
    Condition(String),
    /// The action is one of those that NotAction names.
    Exempted(String),
}

impl MissedElement {
    /// Statements of this kind are often meant not to match.
    fn is_weak(&self) -> bool {
        matches!(self, Self::Condition(_) | Self::Exempted(_))
    }
}

/// Keys that say who the principal is: a Deny for other principals is no near miss.
const IDENTITY_KEYS: [&str; 6] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalorgid",
    "aws:userid",
    "aws:username",
];

/// The policies that limit `principal`, a user, role or root user of `world`; none if it is not there.
pub(crate) fn policies(world: &World, principal: &str) -> Option<PolicySet> {
    if let Some((account, found)) = world.principal(principal) {
        return Some(world.policy_set(account, found));
    }
    let account = world.accounts.values().find(|account| account.root_arn() == principal)?;
    Some(principals::root(world, &Arc::default(), account).policies)
}

/// The Deny statements of `policies` that miss `request` by one element, the most telling first. Those that are
/// probably meant not to match are left out where there are others.
pub(crate) fn near_misses(request: &Request, policies: &PolicySet, catalogue: &Catalogue) -> Vec<NearMiss> {
    let boundary = policies.permissions_boundary.iter().flatten();
    let control = policies.service_control.iter().flat_map(|level| &level.policies);
    let all = policies
        .identity
        .iter()
        .map(|policy| (PolicyType::Identity, policy))
        .chain(boundary.map(|policy| (PolicyType::PermissionsBoundary, policy)))
        .chain(control.map(|policy| (PolicyType::ServiceControl, policy)));
    let mut misses = Vec::new();
    for (policy_type, policy) in all {
        for statement in &policy.document.statements {
            if statement.effect == Effect::Deny
                && let Some(element) = missed_element(statement, policy, request, catalogue)
            {
                let statement = StatementReference::new(policy, policy_type, statement);
                misses.push(NearMiss { statement, element });
            }
        }
    }
    if misses.iter().any(|miss| !miss.element.is_weak()) {
        misses.retain(|miss| !miss.element.is_weak());
    }
    // A boundary stands nearer to its principal than an SCP: its type sorts first.
    misses.sort_by(|left, right| {
        let key = |miss: &NearMiss| (miss.statement.policy_type, miss.element.clone());
        key(left).cmp(&key(right))
    });
    misses.dedup();
    misses
}

fn missed_element(
    statement: &Statement,
    policy: &NamedPolicy,
    request: &Request,
    catalogue: &Catalogue,
) -> Option<MissedElement> {
    let denies = |statement: Statement| denies(statement, policy, request, catalogue);
    for (index, condition) in statement.conditions.iter().enumerate() {
        let mut relaxed = statement.clone();
        relaxed.conditions.remove(index);
        if denies(relaxed) {
            let operator = condition.operator.to_string();
            let for_others = IDENTITY_KEYS.contains(&condition.key.canonical()) && !operator.contains("Not");
            if for_others {
                return None;
            }
            let absent = request.context.get(&condition.key).is_none();
            let text = condition_words(condition);
            return Some(if absent {
                MissedElement::AbsentKey(text)
            } else {
                MissedElement::Condition(text)
            });
        }
    }
    let everything = Element { negated: false, values: vec![Template::text("*")] };
    if let Some(resource) = &statement.resource
        && denies(Statement { resource: Some(everything), ..statement.clone() })
    {
        return Some(MissedElement::Resource(resource_words(resource)));
    }
    let service = request.action.split(':').next().unwrap_or_default();
    let related: Vec<&str> = statement
        .action
        .values
        .iter()
        .map(|pattern| pattern.0.as_str())
        .filter(|pattern| {
            pattern.split(':').next().is_some_and(|prefix| prefix.eq_ignore_ascii_case(service))
        })
        .collect();
    let anything = Element { negated: false, values: vec![ActionPattern("*".to_owned())] };
    if !related.is_empty() && denies(Statement { action: anything, ..statement.clone() }) {
        let text = listed(&related);
        return Some(if statement.action.negated {
            MissedElement::Exempted(format!("NotAction {text}"))
        } else {
            MissedElement::Action(format!("Action {text}"))
        });
    }
    None
}

/// Whether `statement` alone denies `request`.
fn denies(statement: Statement, policy: &NamedPolicy, request: &Request, catalogue: &Catalogue) -> bool {
    let document = PolicyDocument { version: policy.document.version, id: None, statements: vec![statement] };
    let policy = NamedPolicy { name: Arc::clone(&policy.name), document: Arc::new(document) };
    // As an SCP it counts for every kind of principal.
    let level = ControlLevel { target: Arc::from("r-none"), policies: vec![policy] };
    let policies = PolicySet { service_control: vec![level], ..PolicySet::default() };
    evaluate(request, &policies, catalogue, &EvaluatorReadings)
        .is_ok_and(|evaluation| evaluation.decision == Decision::ExplicitDeny)
}

/// The statement that `reference` cites, among `policies`, in short: actions, resources, conditions.
pub(crate) fn quoted(reference: &StatementReference, policies: &PolicySet) -> Option<String> {
    let boundary = policies.permissions_boundary.iter().flatten();
    let policy = policies.identity.iter().chain(boundary).find(|policy| policy.name == reference.policy)?;
    let statement =
        policy.document.statements.iter().find(|statement| statement.place == reference.statement)?;
    let actions: Vec<&str> = statement.action.values.iter().map(|pattern| pattern.0.as_str()).collect();
    let name = if statement.action.negated { "NotAction" } else { "Action" };
    let mut text = format!("{name} {}", listed(&actions));
    if let Some(resource) = &statement.resource {
        text.push_str("; ");
        text.push_str(&resource_words(resource));
    }
    for condition in &statement.conditions {
        text.push_str("; if ");
        text.push_str(&condition_words(condition));
    }
    Some(text)
}

fn condition_words(condition: &Condition) -> String {
    let values: Vec<&str> = condition.values.iter().map(|value| value.raw.as_str()).collect();
    format!("{} {} {}", condition.operator, condition.key, listed(&values))
}

fn resource_words(resource: &Element<Template>) -> String {
    let values: Vec<&str> = resource.values.iter().map(|value| value.raw.as_str()).collect();
    let name = if resource.negated { "NotResource" } else { "Resource" };
    format!("{name} {}", listed(&values))
}

/// Up to three values.
fn listed(values: &[&str]) -> String {
    let shown: Vec<&str> = values.iter().take(3).copied().collect();
    let more = values.len().saturating_sub(shown.len());
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

/// The layers that could limit `principal` and do not exist, in words.
pub(crate) fn missing_layers(world: &World, principal: &str, policies: &PolicySet) -> Vec<String> {
    let account = ringfence_model::arn::Arn::parse(principal)
        .and_then(|arn| ringfence_model::arn::AccountId::parse(arn.account));
    let root = principal.ends_with(":root");
    let mut missing = Vec::new();
    if policies.permissions_boundary.is_none() && !root {
        missing.push("it has no permissions boundary".to_owned());
    }
    if policies.service_control.is_empty() {
        missing.push(match (&world.organization, account) {
            (None, _) => "service control policies are not known: no organization.json was given".to_owned(),
            (Some(organization), Some(account)) if organization.is_management(account) => {
                "service control policies do not limit the management account".to_owned()
            }
            (Some(_), _) => "no service control policy applies to the account".to_owned(),
        });
    }
    missing
}

/// Where a statement stands, as `file:line`.
pub(crate) fn place(location: &Location) -> String {
    format!("{}:{}", location.file, location.line)
}

//! What would have stopped a request that is allowed: Deny statements that miss it by one element, and layers that
//! are not there.
//!
//! A Deny statement is tried on the concrete evaluator with one element made to match everything. If it denies then,
//! that element is why it did not. Nothing here decides a verdict.

use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
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

/// The element of a statement that does not match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MissedElement {
    /// This condition, in words, and whether its key is absent from the request.
    Condition(String, bool),
    /// The resource, with what the statement names.
    Resource(String),
    /// The action, with what the statement names.
    Action(String),
}

/// The policies that limit `principal`, a user, role or root user of `world`; none if it is not there.
pub(crate) fn policies(world: &World, principal: &str) -> Option<PolicySet> {
    if let Some((account, found)) = world.principal(principal) {
        return Some(principals::subject(world, account, found).policies);
    }
    let account = world.accounts.values().find(|account| account.root_arn() == principal)?;
    Some(principals::root(world, account).policies)
}

/// The Deny statements of `policies` that miss `request` by one element: by a condition first, then by the resource,
/// then by an action of the same service.
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
        for (index, statement) in policy.document.statements.iter().enumerate() {
            if statement.effect == Effect::Deny
                && let Some(element) = missed_element(statement, policy, request, catalogue)
            {
                let statement = StatementReference {
                    policy: Arc::clone(&policy.name),
                    policy_type,
                    statement: index,
                    sid: statement.sid.clone(),
                    location: statement.location.clone(),
                };
                misses.push(NearMiss { statement, element });
            }
        }
    }
    misses.sort_by(|left, right| left.element.cmp(&right.element));
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
            let values: Vec<&str> = condition.values.iter().map(|value| value.raw.as_str()).collect();
            let text = format!("{} {} {}", condition.operator, condition.key, listed(&values));
            return Some(MissedElement::Condition(text, request.context.get(&condition.key).is_none()));
        }
    }
    let everything = Element { negated: false, values: vec![Template::text("*")] };
    if let Some(resource) = &statement.resource
        && denies(Statement { resource: Some(everything), ..statement.clone() })
    {
        let values: Vec<&str> = resource.values.iter().map(|value| value.raw.as_str()).collect();
        let name = if resource.negated { "NotResource" } else { "Resource" };
        return Some(MissedElement::Resource(format!("{name} {}", listed(&values))));
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
        let name = if statement.action.negated { "NotAction" } else { "Action" };
        return Some(MissedElement::Action(format!("{name} {}", listed(&related))));
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

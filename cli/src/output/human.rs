//! The report of a check for people: a first screen of 24 lines, then the details.
//!
//! Colour only underlines what the words say already.

mod details;
mod page;
mod request;
mod summary;

pub(crate) use details::{assumptions, missing, section};
pub(crate) use page::{Page, counted, grouped};
pub(crate) use request::{witness, witness_in_short};
pub(crate) use summary::{SCREEN, title};

use std::fmt::Write as _;

use ringfence_model::policy::{PolicyType, StatementReference};
use ringfence_model::world::World;
use ringfence_solver::why::EVERYTHING;

use crate::command::check::Answer;
use crate::command::check::cause::findings;
use crate::command::check::obstacle::place;
use crate::input::Tables;

/// Keys that follow from the principal and are not worth a line.
pub(crate) const DETERMINED: [&str; 5] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:userid",
];

/// What a witness is shown against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    /// The world that it is from.
    pub(crate) world: &'a World,
    /// The tables that were used.
    pub(crate) tables: &'a Tables,
}

/// The whole report.
pub(crate) fn report(answer: &Answer<'_>) -> String {
    let causes: Vec<_> = answer.report.guardrails.iter().flat_map(findings).collect();
    let mut page = Page::default();
    summary::first_screen(answer, &causes, &mut page);
    details::findings(answer, &causes, &mut page);
    details::groups(answer, &mut page);
    details::accepted(answer, &mut page);
    details::inconclusive(answer, &mut page);
    details::grounds(answer, &mut page);
    page.into_text()
}

/// A policy by a short name: the name of a managed policy, SCP or RCP, `X (inline)`, `of <ARN>` for a resource's
/// or a role's trust policy.
pub(crate) fn policy_name(policy: &str, world: &World) -> String {
    let control = world.organization.iter().find_map(|organization| {
        let service = organization.service_control_policies.iter();
        let resource = organization.resource_control_policies.iter();
        let service = service.map(|control| (&control.policy.name, &control.display_name));
        let resource = resource.map(|control| (&control.policy.name, &control.display_name));
        service.chain(resource).find(|(name, _)| name.as_ref() == policy).map(|(_, shown)| shown.clone())
    });
    if let Some(control) = control {
        return control;
    }
    if let Some(arn) = policy.strip_prefix("resource policy of ") {
        return format!("of {arn}");
    }
    if let Some(arn) = policy.strip_suffix(" (trust policy)") {
        return format!("of {arn}");
    }
    if let Some((owner, name)) = policy.rsplit_once('#') {
        // A group's policy counts for its members, who do not find it among their own.
        let group = owner.split_once(":group/").map(|(_, group)| format!(", group {group}"));
        return format!("{name} (inline{})", group.unwrap_or_default());
    }
    policy.rsplit(['/', ':']).next().unwrap_or(policy).to_owned()
}

/// A type of policy in words.
pub(crate) fn layer_name(policy_type: PolicyType) -> &'static str {
    match policy_type {
        PolicyType::Identity => "identity policy",
        PolicyType::PermissionsBoundary => "permissions boundary",
        PolicyType::Session => "session policy",
        PolicyType::ServiceControl => "service control policy",
        PolicyType::ResourceControl => "resource control policy",
        PolicyType::Resource => "resource policy",
        PolicyType::Trust => "trust policy",
        PolicyType::VpcEndpoint => "endpoint policy",
    }
}

/// `DenyOpus, statement 0 (Sid DenyOpus), at organization.json:120`.
pub(crate) fn statement_words(statement: &StatementReference, name: &str) -> String {
    if &*statement.location.file == EVERYTHING {
        return "that allows everything, put in its place".to_owned();
    }
    let mut text = format!("{name}, statement {}", statement.statement);
    if let Some(sid) = &statement.sid {
        // Writing to a String cannot fail.
        let _ = write!(text, " (Sid {sid})");
    }
    let _ = write!(text, ", at {}", place(&statement.location));
    text
}

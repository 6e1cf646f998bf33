//! Answers to questions: the words that all forms share, and the text for people.

pub(crate) mod json;
mod list;
mod single;

use ringfence_model::policy::StatementReference;
use ringfence_model::world::{MissingEffect, World};
use ringfence_solver::formula::Layer;
use ringfence_solver::inquiry::answer::Answer;
use ringfence_solver::inquiry::cover::NOT_COVERED;
use ringfence_solver::inquiry::ground::Ground;
use ringfence_solver::inquiry::run::Candidate;
use ringfence_solver::inquiry::{Pin, Prepared};
use ringfence_solver::subject::SubjectKind;

use super::human::{Page, counted, layer_name, policy_name, section, statement_words};
use crate::args::reading_name;
use crate::command::question::{Answered, Outcome, Setting};

/// One answer for people.
pub(crate) fn text(outcome: &Outcome<'_>) -> String {
    let mut page = Page::default();
    match outcome {
        Outcome::Refused { name, error } => {
            let name = name.as_deref().filter(|name| !name.is_empty()).unwrap_or("question");
            page.heading(&format!("{name}: error: {error}"));
        }
        Outcome::Answered(answered) if answered.to_one => single::render(answered, &mut page),
        Outcome::Answered(answered) => list::render(answered, &mut page),
    }
    page.into_text()
}

/// `user`, `role`, `root`, `service-linked-role`.
fn candidate_kind(candidate: &Candidate) -> &'static str {
    match candidate.subject.kind {
        SubjectKind::Root => "root",
        SubjectKind::User { .. } => "user",
        SubjectKind::Service { .. } => "service",
        SubjectKind::Provider { .. } => "provider",
        SubjectKind::Anonymous => "anonymous",
        SubjectKind::Role { .. } if candidate.service_linked => "service-linked-role",
        SubjectKind::Role { .. } => "role",
    }
}

/// A layer as JSON calls it.
pub(crate) fn layer_word(layer: &Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity",
        Layer::PermissionsBoundary => "permissionsBoundary",
        Layer::Session => "session",
        Layer::ServiceControl(_) => "serviceControl",
        Layer::Demanded(_) => "demanded",
        Layer::Resource => "resource",
        Layer::VpcEndpoint => "vpcEndpoint",
        Layer::CredentialLimits => "credentialLimits",
        Layer::Refusals => "refusals",
        Layer::Trust => "trust",
    }
}

/// The root, OU or account to which the policies of a layer are attached.
pub(crate) fn layer_target(layer: &Layer) -> Option<&str> {
    match layer {
        Layer::ServiceControl(target) | Layer::Demanded(target) => Some(target),
        Layer::Identity
        | Layer::PermissionsBoundary
        | Layer::Session
        | Layer::Resource
        | Layer::VpcEndpoint
        | Layer::CredentialLimits
        | Layer::Refusals
        | Layer::Trust => None,
    }
}

/// The policies of a layer, `alone` with what they do not do.
pub(crate) fn layer_words(layer: &Layer, names_action: bool, alone: bool) -> String {
    let (policies, several) = match layer {
        Layer::Identity => ("the identity policies".to_owned(), true),
        Layer::PermissionsBoundary => ("the permissions boundary".to_owned(), false),
        Layer::Session => ("the session policy".to_owned(), false),
        Layer::ServiceControl(target) => (format!("the service control policies at {target}"), true),
        Layer::Demanded(what) => return format!("no request meets the {what}"),
        Layer::Resource => return "no policy of the resource lets the principal in".to_owned(),
        Layer::VpcEndpoint => ("the endpoint's policy".to_owned(), false),
        Layer::CredentialLimits => return "no credentials of the principal may do it".to_owned(),
        Layer::Refusals => return "AWS refuses it whatever the policies say".to_owned(),
        Layer::Trust if names_action => {
            return "the trust policy lets no session begin that it needs".to_owned();
        }
        Layer::Trust => return "the trust policy lets nobody in, so that no session begins".to_owned(),
    };
    match (names_action, alone) {
        (false, _) => format!("no statement of {policies} allows it"),
        (true, true) if several => format!("{policies} allow no such request"),
        (true, true) => format!("{policies} allows no such request"),
        (true, false) => policies,
    }
}

/// Why the answer is not `allowed`, in one sentence.
pub(crate) fn reason_words(answer: &Answer) -> String {
    match answer {
        Answer::Allowed(_) => String::new(),
        Answer::Denied(denial) => grounds_words(&denial.grounds, None),
        Answer::NoSuchRequest(text) => (*text).to_owned(),
        Answer::Unknown(reason) => reason.text(),
    }
}

/// All grounds in one sentence; policies by their short names where the world is given.
fn grounds_words(grounds: &[Ground], world: Option<&World>) -> String {
    match grounds {
        [only] => ground_words(only, world, true),
        several => {
            let parts: Vec<String> =
                several.iter().map(|ground| ground_words(ground, world, false)).collect();
            format!("{TOGETHER} {}", parts.join("; "))
        }
    }
}

/// What several grounds do.
const TOGETHER: &str = "no request gets past all of:";

/// One ground, `alone` or as one of several.
fn ground_words(ground: &Ground, world: Option<&World>, alone: bool) -> String {
    match ground {
        Ground::Deny(statement) => {
            let denied = if alone { "denied by" } else { "the Deny of" };
            format!("{denied} {}", cited_words(statement, world))
        }
        Ground::Layer { layer, statements } => layer_words(layer, !statements.is_empty(), alone),
        Ground::NoSession { call, because } => {
            format!("the principal cannot make a session by {call}: {}", grounds_words(because, world))
        }
    }
}

/// A statement with the type of its policy, which some policies have in their names already.
fn cited_words(statement: &StatementReference, world: Option<&World>) -> String {
    let name = match world {
        Some(world) => policy_name(&statement.policy, world),
        None => statement.policy.to_string(),
    };
    let layer = layer_name(statement.policy_type);
    let words = statement_words(statement, &name);
    let named = name.starts_with(&format!("{layer} of ")) || name.ends_with(&format!("({layer})"));
    if named { words } else { format!("{layer} {words}") }
}

/// The question in words: the action, the resource, the pinned keys.
fn question_words(question: &Prepared) -> String {
    let inquiry = &question.inquiry;
    let mut text = inquiry.action.clone();
    if let Some(resource) = inquiry.resource.as_deref().filter(|resource| *resource != "*") {
        text.push_str(" on ");
        text.push_str(resource);
    }
    text
}

/// The pinned keys, one line each.
fn pins(question: &Prepared, page: &mut Page) {
    for (key, pin) in &question.inquiry.context {
        match pin {
            Pin::Absent => page.line(&format!("  where {key} is absent")),
            Pin::Values(values) => match values.as_slice() {
                [only] => page.line(&format!("  where {key} = {only}")),
                several => page.line(&format!("  where {key} = [{}]", several.join(", "))),
            },
        }
    }
    if question.matching > question.actions.len() {
        page.line(&format!(
            "  {} of the {} take no such resource",
            question.matching.saturating_sub(question.actions.len()),
            counted(question.matching, "action"),
        ));
    }
}

/// What every answer takes for granted.
pub(crate) fn assumptions(setting: &Setting) -> Vec<String> {
    let mut lines = vec!["temporary credentials live at most 36 hours".to_owned()];
    for (point, (reading, reason)) in &setting.configuration.assumptions {
        lines.push(format!("{point} is read as {}: {reason}", reading_name(*reading)));
    }
    lines
}

/// What differs from what is expected.
fn mismatch(answered: &Answered<'_>, page: &mut Page) {
    let Some(found) = &answered.mismatch else { return };
    if found.is_empty() {
        return;
    }
    for principal in &found.unexpected {
        page.line(&format!("  not expected to be allowed: {principal}"));
    }
    for principal in &found.lacking {
        page.line(&format!("  expected to be allowed: {principal}"));
    }
}

/// What the answers rest on and what they leave out.
fn grounds(answered: &Answered<'_>, page: &mut Page) {
    let setting = answered.setting;
    let indented = |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| format!("  {text}")).collect() };
    section("Not covered", &indented(&NOT_COVERED), page);
    let missing: Vec<String> = answered
        .missing
        .iter()
        .map(|missing| {
            let effect = match missing.effect {
                MissingEffect::Conditional => "what is allowed holds only if it would not stop the request",
                MissingEffect::Inconclusive | MissingEffect::Counted => {
                    "what is denied may be allowed by it, or to others"
                }
            };
            let accounts: Vec<String> = missing.accounts.iter().map(ToString::to_string).collect();
            let accounts = if accounts.is_empty() {
                String::new()
            } else {
                format!(" (accounts {})", accounts.join(", "))
            };
            format!("  {}: {}{accounts}; {effect}", missing.input, missing.reason)
        })
        .collect();
    section("Missing input", &missing, page);
    let mut lines = vec![match setting.options.as_of.as_deref() {
        Some(as_of) => format!("  requests are made at {as_of} or later"),
        None => "  requests are made at any time: the world holds no date".to_owned(),
    }];
    lines.extend(assumptions(setting).iter().map(|text| format!("  {text}")));
    lines.push(format!(
        "  actions and keys of {}; proofs: {}",
        setting.tables.catalogue.get().source().date,
        setting.level.name()
    ));
    lines.extend(setting.old.iter().map(|text| format!("  {text}")));
    section("Assumptions", &lines, page);
}

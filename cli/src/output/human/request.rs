//! A witness for people: the request, the statements that allow it, and what would have stopped it.

use ringfence_model::context::ContextValue;
use ringfence_solver::witness::{ReplayedRequest, Witness};

use super::page::Page;
use super::{layer_name, policy_name, statement_words};
use crate::command::check::Answer;
use crate::command::check::obstacle::{MissedElement, missing_layers, near_misses, policies};

/// Near misses that are shown for one request.
const NEAR_MISSES: usize = 4;
/// Keys that follow from the principal and are not worth a line.
const DETERMINED: [&str; 5] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:userid",
];

pub(super) fn witness(answer: &Answer<'_>, principal: &str, witness: &Witness, page: &mut Page) {
    let several = witness.requests().len() > 1;
    for (index, replayed) in witness.requests().iter().enumerate() {
        if several {
            page.line(&format!("   request {} of {}", index.saturating_add(1), witness.requests().len()));
        }
        request(replayed, page);
        for statement in &replayed.deciding {
            let name = policy_name(&statement.policy, answer.world);
            page.line(&format!(
                "     allowed by  {} {}",
                layer_name(statement.policy_type),
                statement_words(statement, &name),
            ));
        }
        obstacles(answer, principal, replayed, page);
    }
    let mut assumptions: Vec<&str> = Vec::new();
    for text in witness.requests().iter().flat_map(|request| &request.assumptions) {
        if !assumptions.contains(&text.as_str()) {
            assumptions.push(text);
            page.line(&format!("     given       {text}"));
        }
    }
}

fn request(replayed: &ReplayedRequest, page: &mut Page) {
    let request = &replayed.request;
    page.line(&format!("     request     {}", request.action));
    page.line(&format!("     on          {}", request.resource));
    page.line(&format!("     by          {}", request.principal));
    for (key, value) in request.context.iter().filter(|(key, _)| !DETERMINED.contains(&key.canonical())) {
        let value = match value {
            ContextValue::Single(text) => text.clone(),
            ContextValue::List(texts) => format!("[{}]", texts.join(", ")),
        };
        page.line(&format!("     with        {key} = {value}"));
    }
}

fn obstacles(answer: &Answer<'_>, principal: &str, replayed: &ReplayedRequest, page: &mut Page) {
    let Some(policies) = policies(answer.world, principal) else { return };
    let misses = near_misses(&replayed.request, &policies, answer.tables.catalogue.get());
    for miss in misses.iter().take(NEAR_MISSES) {
        let name = policy_name(&miss.statement.policy, answer.world);
        page.line(&format!(
            "     no stop     {} {}",
            layer_name(miss.statement.policy_type),
            statement_words(&miss.statement, &name),
        ));
        page.line(&format!("                 {}", missed(&miss.element, replayed)));
    }
    if misses.len() > NEAR_MISSES {
        let more = misses.len().saturating_sub(NEAR_MISSES);
        page.line(&format!("     no stop     {more} more Deny statements miss it by one element"));
    }
    for layer in missing_layers(answer.world, principal, &policies) {
        page.line(&format!("     no stop     {layer}"));
    }
    if misses.is_empty() {
        page.line(&format!(
            "     would stop  a Deny of {} on this resource, in a boundary or service control policy",
            replayed.request.action,
        ));
    }
}

fn missed(element: &MissedElement, replayed: &ReplayedRequest) -> String {
    match element {
        MissedElement::Condition(text, true) => {
            format!("would deny it, but for its condition {text}: the key is absent")
        }
        MissedElement::Condition(text, false) => format!("would deny it, but for its condition {text}"),
        MissedElement::Resource(text) => format!("would deny it, but for its {text}"),
        MissedElement::Action(text) => {
            format!("would deny it, but for its {text}, which leaves {} out", replayed.request.action)
        }
    }
}

//! A witness for people: the request, the statements that allow it, and what would have stopped it.

use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::policy::StatementReference;
use ringfence_model::policy_set::PolicySet;
use ringfence_solver::formula::Restriction;
use ringfence_solver::theorem::invoke::invoked_model;
use ringfence_solver::theorem::known_models::is_known_model;
use ringfence_solver::theorem::route::Route;
use ringfence_solver::witness::{ReplayedRequest, Witness};

use super::page::{Page, counted};
use super::{DETERMINED, Scene, layer_name, policy_name, statement_words};
use crate::command::check::obstacle::{MissedElement, missing_layers, near_misses, policies, quoted};
use crate::output::json::NO_SUCH_MODEL;
use crate::output::paths::way;
use crate::output::question::layer_words;

/// Near misses that are shown for one request.
const NEAR_MISSES: usize = 3;

/// The witness, with what did not stop it.
pub(crate) fn witness(scene: Scene<'_>, principal: &str, witness: &Witness, page: &mut Page) {
    render(scene, principal, (witness, true), page);
}

/// The witness alone: that of another world than that of the scene, in which more is allowed.
pub(crate) fn witness_in_short(scene: Scene<'_>, principal: &str, witness: &Witness, page: &mut Page) {
    render(scene, principal, (witness, false), page);
}

fn render(scene: Scene<'_>, principal: &str, (witness, whole): (&Witness, bool), page: &mut Page) {
    if let Some(path) = witness.path() {
        page.line(&format!("     path        {}", path.status.name()));
        way(scene.world, path, "  ", page);
        return;
    }
    let several = witness.requests().len() > 1;
    if let Some(route) = witness.route().filter(|route| several || *route != Route::Direct) {
        page.line(&format!("     route       {}", route.words()));
    }
    for (index, replayed) in witness.requests().iter().enumerate() {
        // On some routes a role of the account makes a request.
        let maker = maker(replayed).filter(|maker| policies(scene.world, maker).is_some());
        let principal = maker.unwrap_or(principal);
        let known = policies(scene.world, principal);
        let is_known = known.is_some();
        let policies = known.unwrap_or_default();
        if several {
            page.line(&format!("   request {} of {}", index.saturating_add(1), witness.requests().len()));
        }
        request(scene, replayed, page);
        allowed_by(scene, &policies, replayed, page);
        if is_known && whole {
            obstacles(scene, principal, &policies, replayed, page);
        }
    }
    for fact in witness.facts() {
        page.line(&format!("     fact        {fact}"));
    }
    for restriction in witness.restrictions() {
        match restriction {
            Restriction::Statement(statement) => cited("stopped by", scene, statement, "", page),
            Restriction::Layer(layer) => {
                page.line(&format!("     stopped by  {}", layer_words(layer, true, true)));
            }
        }
    }
    let mut assumptions: Vec<&str> = Vec::new();
    for text in witness.requests().iter().flat_map(|request| &request.assumptions) {
        if !assumptions.contains(&text.as_str()) {
            assumptions.push(text);
            page.line(&format!("     given       {text}"));
        }
    }
}

/// The user, role or root user that makes the request, by its ARN.
fn maker(replayed: &ReplayedRequest) -> Option<&str> {
    let value = replayed.request.context.get(&ContextKey::new("aws:PrincipalArn"))?;
    value.values().first().map(String::as_str)
}

fn request(scene: Scene<'_>, replayed: &ReplayedRequest, page: &mut Page) {
    let request = &replayed.request;
    page.line(&format!("     request     {}", request.action));
    page.line(&format!("     on          {}", request.resource));
    if let Some(model) = invoked_model(request) {
        let table = scene.tables.models.get();
        let price = if is_known_model(model, table, scene.world) {
            let price = table.output_price(model);
            price.map_or("not known".to_owned(), |price| format!("{price} USD per million tokens"))
        } else {
            format!("not known: {NO_SUCH_MODEL}")
        };
        page.line(&format!("     output      {price}"));
    }
    page.line(&format!("     by          {}", request.principal));
    for (key, value) in request.context.iter().filter(|(key, _)| !DETERMINED.contains(&key.canonical())) {
        let value = match value {
            ContextValue::Single(text) => text.clone(),
            ContextValue::List(texts) => format!("[{}]", texts.join(", ")),
        };
        page.line(&format!("     with        {key} = {value}"));
    }
}

/// The statements that allow, each once: the same SCP is often attached at several levels.
fn allowed_by(scene: Scene<'_>, policies: &PolicySet, replayed: &ReplayedRequest, page: &mut Page) {
    let mut shown: Vec<&StatementReference> = Vec::new();
    for statement in &replayed.deciding {
        if shown.contains(&statement) {
            continue;
        }
        shown.push(statement);
        let levels = replayed.deciding.iter().filter(|other| *other == statement).count();
        let levels = if levels > 1 { format!(", at {levels} levels") } else { String::new() };
        cited("allowed by", scene, statement, &levels, page);
        if let Some(text) = quoted(statement, policies) {
            page.line(&format!("                 {text}"));
        }
    }
}

fn cited(label: &str, scene: Scene<'_>, statement: &StatementReference, addition: &str, page: &mut Page) {
    let name = policy_name(&statement.policy, scene.world);
    page.line(&format!(
        "     {label:<10}  {} {}{addition}",
        layer_name(statement.policy_type),
        statement_words(statement, &name),
    ));
}

fn obstacles(
    scene: Scene<'_>,
    principal: &str,
    policies: &PolicySet,
    replayed: &ReplayedRequest,
    page: &mut Page,
) {
    let misses = near_misses(&replayed.request, policies, scene.tables.catalogue.get());
    for miss in misses.iter().take(NEAR_MISSES) {
        cited("no stop", scene, &miss.statement, "", page);
        page.line(&format!("                 {}", missed(&miss.element, replayed)));
    }
    if misses.len() > NEAR_MISSES {
        let more = counted(misses.len().saturating_sub(NEAR_MISSES), "more Deny statement");
        page.line(&format!("     no stop     {more} that would deny it but for one element"));
    }
    for layer in missing_layers(scene.world, principal, policies) {
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
        MissedElement::AbsentKey(text) => {
            format!("would deny it, but for its condition {text}: the key is absent")
        }
        MissedElement::Condition(text) => format!("would deny it, but for its condition {text}"),
        MissedElement::Action(text) => {
            format!("would deny it, but for its {text}, which leaves {} out", replayed.request.action)
        }
        MissedElement::Resource(text) | MissedElement::Exempted(text) => {
            format!("would deny it, but for its {text}")
        }
    }
}

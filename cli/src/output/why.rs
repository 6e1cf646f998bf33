//! What a proof rests on: the words that all forms share.

mod everybody;
pub(crate) mod json;
mod one;

pub(crate) use json::json;

use std::collections::BTreeSet;

use ringfence_model::world::World;
use ringfence_solver::certificate::Level;
use ringfence_solver::formula::Layer;
use ringfence_solver::report::Scope;
use ringfence_solver::why::Part;

use super::human::{Page, counted, layer_name, policy_name, section, statement_words};
use super::question::layer_words;
use crate::args::reading_name;
use crate::command::why::{Answer, Found};

/// The answer for people.
pub(crate) fn text(answer: &Answer<'_>) -> String {
    let mut page = Page::default();
    match &answer.found {
        Found::One(one) => one::render(answer, one, &mut page),
        Found::Everybody(all) => everybody::render(answer, all, &mut page),
    }
    foot(answer, &mut page);
    page.into_text()
}

/// The layer that a part is; none for a statement.
fn layer_of(part: &Part) -> Option<Layer> {
    match part {
        Part::Statement(_) | Part::InVersion(..) => None,
        Part::ServiceControl(target) => Some(Layer::ServiceControl(target.to_string())),
        Part::PermissionsBoundary => Some(Layer::PermissionsBoundary),
        Part::Identity => Some(Layer::Identity),
    }
}

/// A part in words: a statement, or what a layer does not do. Whose an inline policy is, unless `principal` has it.
fn part_words(part: &Part, principal: Option<&str>, world: &World) -> String {
    match part {
        Part::Statement(statement) => {
            let mut name = policy_name(&statement.policy, world);
            let holder = statement.policy.rsplit_once('#').map(|(holder, _)| holder);
            let is_told = |holder: &&str| Some(*holder) == principal || holder.contains(":group/");
            if let Some(holder) = holder.filter(|holder| !is_told(holder)) {
                name = format!("{name} of {holder}");
            }
            format!("{} {}", layer_name(statement.policy_type), statement_words(statement, &name))
        }
        Part::InVersion(version, statement) => {
            let name = format!("{} {version}", policy_name(&statement.policy, world));
            format!("version not in force, {}", statement_words(statement, &name))
        }
        Part::ServiceControl(_) | Part::PermissionsBoundary | Part::Identity => {
            layer_of(part).map(|layer| fixed_words(&layer, world)).unwrap_or_default()
        }
    }
}

/// What a layer does not do, in words.
fn fixed_words(layer: &Layer, world: &World) -> String {
    let words = layer_words(layer, true, true);
    let Layer::ServiceControl(target) = layer else { return words };
    match target_name(target, world) {
        Some(name) => words.replacen(target.as_str(), &format!("{target} ({name})"), 1),
        None => words,
    }
}

/// The name of a root, an OU or an account.
fn target_name<'w>(target: &str, world: &'w World) -> Option<&'w str> {
    let organization = world.organization.as_ref()?;
    let account = || {
        organization.accounts.iter().find(|(id, _)| id.to_string() == target).map(|(_, found)| &found.name)
    };
    let node = organization.nodes.get(target).map(|node| &node.name);
    node.or_else(account).map(String::as_str)
}

/// How far parts of these kinds can be taken away, for a heading.
fn kinds_words(scope: Scope) -> &'static str {
    match scope {
        Scope::OneRequest => "statements and layers",
        Scope::Steps => "statements",
    }
}

/// Each of `layers`, which nobody takes away, in words and once.
fn fixed_lines(layers: &BTreeSet<Layer>, world: &World) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for layer in layers {
        let line = format!("  {}", fixed_words(layer, world));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// What the answer leaves out, and what it takes for granted.
fn foot(answer: &Answer<'_>, page: &mut Page) {
    let told = answer.found.told();
    let indented =
        |texts: &[String]| -> Vec<String> { texts.iter().map(|text| format!("  {text}")).collect() };
    let (proofs, code) = (Level::OneSolver.name(), answer.status.code());
    page.line(&format!("Proofs: {proofs}. This answer ends with exit code {code}."));
    page.blank();
    section("Not covered", &indented(&told.not_covered), page);
    let missing = told.missing.iter().map(|missing| {
        let effect = if missing.hinders_proofs() { "proofs become inconclusive" } else { missing.effect };
        format!("  {}: {}; {effect}", missing.input, missing.text)
    });
    section("Missing input", &missing.collect::<Vec<_>>(), page);
    section("Assumptions", &assumptions(answer), page);
    section("Notes", &indented(&answer.notes), page);
    if !answer.warnings.is_empty() {
        let warnings = counted(answer.warnings.len(), "warning");
        page.line(&format!("{warnings} about the input: `ringfence check` and `-o json` show them."));
    }
}

/// So much of an assumption is shown.
const LENGTH: usize = 200;

/// The text, or its beginning where it is long: lists of hundreds of actions are for machines.
fn beginning(text: &str) -> String {
    if text.chars().count() <= LENGTH {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(LENGTH).collect();
    format!("{beginning}…; `-o json` has all of it")
}

fn assumptions(answer: &Answer<'_>) -> Vec<String> {
    let mut lines = vec![match answer.as_of.as_deref() {
        Some(as_of) => format!("  requests are made at {as_of} or later"),
        None => "  requests are made at any time: the world holds no date".to_owned(),
    }];
    lines.push(format!("  today is {}, for expiry dates", answer.today));
    for (point, (reading, reason)) in &answer.configuration.assumptions {
        lines.push(format!("  {point} is read as {}: {reason}", reading_name(*reading)));
    }
    for text in &answer.found.told().assumptions {
        // Pinned points are listed above, with their reading.
        let is_pinned =
            answer.configuration.assumptions.keys().any(|point| text.starts_with(&format!("{point} ")));
        if !is_pinned {
            lines.push(format!("  {}", beginning(text)));
        }
    }
    lines
}

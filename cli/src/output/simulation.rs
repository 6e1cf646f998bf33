//! Answers to simulation cases.

pub(crate) mod trace;

use ringfence_model::evaluate::{
    Explanation, LayerExplanation, Mismatch, Replaced, Shown, StatementExplanation,
};
use ringfence_model::policy::{Effect, PolicyType};
use ringfence_model::simulation::Answer;

use super::human::{Page, layer_name, statement_words};
use super::json;
use crate::command::simulate::Simulated;

/// More values than these are counted, not shown.
const SHOWN_VALUES: usize = 4;

/// One answer on one line of JSON.
pub(crate) fn line(answer: &Answer) -> String {
    json::line(answer)
}

/// The same with the member `trace`.
pub(crate) fn traced_line(answer: &Answer, simulated: &Simulated) -> String {
    json::line(&trace::Traced::new(answer, simulated))
}

/// One answer for people: the decision, what each layer said, and for each statement that does not match the reason.
pub(crate) fn text(simulated: &Simulated) -> String {
    let mut page = Page::default();
    let name = if simulated.name.is_empty() { "case" } else { &simulated.name };
    let decided = match &simulated.result {
        Ok(decided) => decided,
        Err(problem) => {
            page.heading(&format!("{name}: error: {problem}"));
            explanation_lines(simulated, &mut page);
            return page.into_text();
        }
    };
    let evaluation = &decided.evaluation;
    page.heading(&format!("{name}: {}", evaluation.decision));
    page.line(&format!("  request   {} on {}", simulated.action, simulated.resource));
    page.line(&format!("  by        {}", simulated.principal));
    for rule in &evaluation.trace.rules {
        page.line(&format!("  rule      {rule}"));
    }
    explanation_lines(simulated, &mut page);
    for (action, decision) in &simulated.further {
        let decision = match decision {
            Ok(decision) => decision.to_string(),
            Err(problem) => format!("no decision: {problem}"),
        };
        page.line(&format!(
            "  also      {action} on the same resource, a check of the same call: {decision}"
        ));
    }
    if !decided.uncertain.is_empty() {
        let points: Vec<String> = decided.uncertain.iter().map(ToString::to_string).collect();
        page.line(&format!(
            "  uncertain {}: AWS leaves it undocumented, and the other reading decides otherwise",
            points.join(", "),
        ));
    }
    if let Some(expected) = simulated.expected.filter(|expected| *expected != evaluation.decision) {
        page.line(&format!("  expected  {expected}"));
    }
    page.into_text()
}

/// What each layer and statement said to the evaluator.
fn explanation_lines(simulated: &Simulated, page: &mut Page) {
    let Some(explanation) = &simulated.explanation else { return };
    for layer in &explanation.layers {
        page.line(&format!("  {}", layer_words(layer, explanation)));
        for statement in &layer.statements {
            statement_lines(statement, simulated, page);
        }
    }
}

/// `service control policy at r-ab12: does not allow, so nothing else can`.
fn layer_words(layer: &LayerExplanation, explanation: &Explanation) -> String {
    let past_it = explanation
        .layers
        .iter()
        .any(|other| matches!(other.policy_type, PolicyType::Resource | PolicyType::Trust));
    let verdict = match (layer.denies, layer.allows, layer.policy_type) {
        (true, _, _) => "denies",
        (false, _, PolicyType::ResourceControl) => "does not deny",
        (false, true, _) => "allows",
        (false, false, PolicyType::Identity | PolicyType::Resource | PolicyType::Trust) => "does not allow",
        // A policy of the resource may let a caller past these two.
        (false, false, PolicyType::PermissionsBoundary | PolicyType::Session) if past_it => "does not allow",
        (
            false,
            false,
            PolicyType::PermissionsBoundary
            | PolicyType::Session
            | PolicyType::ServiceControl
            | PolicyType::VpcEndpoint,
        ) => "does not allow, so nothing else can",
    };
    let target = layer.target.as_ref().map(|target| format!(" at {target}")).unwrap_or_default();
    format!("{}{target}: {verdict}", layer_name(layer.policy_type))
}

fn statement_lines(statement: &StatementExplanation, simulated: &Simulated, page: &mut Page) {
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let words = statement_words(&statement.reference, &statement.reference.policy);
    let form = statement.form.map(|form| format!(", by {form}")).unwrap_or_default();
    if statement.matches {
        page.line(&format!("    {effect:<5} {words}{form}"));
        return;
    }
    page.line(&format!("    {effect:<5} {words}: does not match"));
    for mismatch in &statement.mismatches {
        page.line(&format!("            {}", mismatch_words(mismatch, simulated)));
    }
}

fn mismatch_words(mismatch: &Mismatch, simulated: &Simulated) -> String {
    match mismatch {
        Mismatch::Element { name, values } if values.is_empty() => {
            format!("{name} is empty, so the statement has no effect")
        }
        Mismatch::Element { name, values } => {
            let asked = match *name {
                "Principal" | "NotPrincipal" => &simulated.principal,
                "Action" | "NotAction" => &simulated.action,
                _ => &simulated.resource,
            };
            let verb = if name.starts_with("Not") { "excludes" } else { "does not match" };
            format!("{name} {} {verb} {asked}", value_words(values))
        }
        Mismatch::Condition { operator, key, values, request } => {
            let given = match request.as_deref() {
                None => "the request lacks the key".to_owned(),
                Some([]) => "the request has the key without a value".to_owned(),
                Some([value]) => format!("the request has {value}"),
                Some(values) => format!("the request has {}", values.join(", ")),
            };
            format!("{operator} {key} {}: {given}", value_words(values))
        }
    }
}

fn value_words(values: &[Shown]) -> String {
    let mut words: Vec<String> = values.iter().take(SHOWN_VALUES).map(one_value).collect();
    let more = values.len().saturating_sub(SHOWN_VALUES);
    if more > 0 {
        words.push(format!("{more} more"));
    }
    words.join(", ")
}

fn one_value(value: &Shown) -> String {
    match &value.replaced {
        Replaced::NoVariable => value.raw.clone(),
        Replaced::Text(replaced) => format!("{} (= {replaced})", value.raw),
        Replaced::NoValue => format!("{} (a variable in it has no value)", value.raw),
    }
}

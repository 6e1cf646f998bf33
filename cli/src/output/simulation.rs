//! Answers to simulation cases.

use ringfence_model::policy::PolicyType;
use ringfence_model::simulation::Answer;

use super::human::{Page, layer_name};
use super::json;
use crate::command::simulate::Simulated;

/// One answer on one line of JSON.
pub(crate) fn line(answer: &Answer) -> String {
    json::line(answer)
}

/// One answer for people: the decision, what decided, and what each layer said.
pub(crate) fn text(simulated: &Simulated) -> String {
    let mut page = Page::default();
    let name = if simulated.name.is_empty() { "case" } else { &simulated.name };
    let decided = match &simulated.result {
        Ok(decided) => decided,
        Err(problem) => {
            page.heading(&format!("{name}: error: {problem}"));
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
    for layer in &evaluation.trace.layers {
        let verdict = match (layer.denies, layer.allows) {
            (true, _) => "denies",
            (false, true) => "allows",
            (false, false) if layer.policy_type == PolicyType::Identity => "does not allow",
            (false, false) => "does not allow, so nothing else can",
        };
        let target = layer.target.as_ref().map(|target| format!(" at {target}")).unwrap_or_default();
        page.line(&format!("  {}{target}: {verdict}", layer_name(layer.policy_type)));
        let denying = layer.denying.iter().map(|statement| ("Deny", statement));
        let allowing = layer.allowing.iter().map(|statement| ("Allow", statement));
        for (effect, statement) in denying.chain(allowing) {
            let words = super::human::statement_words(statement, &statement.policy);
            page.line(&format!("    {effect:<5} {words}"));
        }
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

//! The requests of a path in order.

use ringfence_model::steps::Decided;
use ringfence_solver::steps::verdict::Path;

use super::FlowStep;
use crate::output::paths::{about, change_words};

/// The requests of `path`, with what each step leads to.
pub(crate) fn of(path: &Path) -> Vec<FlowStep> {
    let mut flow = Vec::new();
    for (index, step) in path.steps.iter().enumerate() {
        let number = Some(index.saturating_add(1));
        let mut effects: Vec<String> = step.changes.iter().map(change_words).collect();
        let last = step.requests.len().saturating_sub(1);
        for (place, decided) in step.requests.iter().enumerate() {
            let effects = if place == last { std::mem::take(&mut effects) } else { Vec::new() };
            flow.push(FlowStep {
                from: step.actors.clone(),
                to: step.changes.iter().map(about).collect(),
                ..flow_step(number, &step.summary, decided, effects)
            });
        }
        if !effects.is_empty() {
            // A step without a request of its own: time passes, or a service acts.
            flow.push(FlowStep {
                number,
                summary: step.summary.clone(),
                actor: step.actors.join(", "),
                action: String::new(),
                resource: String::new(),
                allowed_by: Vec::new(),
                effects,
                from: step.actors.clone(),
                to: step.changes.iter().map(about).collect(),
            });
        }
    }
    for decided in &path.reached_by {
        flow.push(FlowStep {
            from: decided.request.principal.principal_arn().into_iter().collect(),
            to: vec![format!("{} on {}", decided.request.action, decided.request.resource)],
            ..flow_step(None, path.goal.in_words(), decided, Vec::new())
        });
    }
    flow
}

fn flow_step(number: Option<usize>, summary: &str, decided: &Decided, effects: Vec<String>) -> FlowStep {
    let mut allowed_by = Vec::new();
    for statement in &decided.allowed_by {
        if !allowed_by.contains(statement) {
            allowed_by.push(statement.clone());
        }
    }
    FlowStep {
        number,
        summary: summary.to_owned(),
        actor: decided.request.principal.to_string(),
        action: decided.request.action.clone(),
        resource: decided.request.resource.clone(),
        allowed_by,
        effects,
        from: Vec::new(),
        to: Vec::new(),
    }
}

impl FlowStep {
    /// One line: what is done, on what, by whom.
    pub(crate) fn words(&self) -> String {
        let number = self.number.map_or("then".to_owned(), |number| format!("step {number}"));
        if self.action.is_empty() {
            return format!("{number}: {}", self.summary);
        }
        format!("{number}: {}: {} on {} by {}", self.summary, self.action, self.resource, self.actor)
    }
}

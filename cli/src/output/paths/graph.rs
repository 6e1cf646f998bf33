//! Paths as graphs: principals are nodes, steps are edges.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ringfence_model::steps::{Change, OrganizationChange};
use ringfence_model::world::ControlType;
use ringfence_solver::steps::verdict::{GoalVerdict, Path};

use crate::command::paths::Answer;
use crate::output::escape::{dot_string, mermaid_string};

/// Nodes and edges of all paths, each once.
#[derive(Default)]
struct Graph {
    nodes: BTreeMap<String, usize>,
    edges: BTreeSet<(usize, usize, String)>,
    goals: BTreeSet<(usize, String)>,
}

impl Graph {
    fn of(answer: &Answer<'_>) -> Self {
        let mut graph = Self::default();
        for principal in &answer.found.principals {
            for (_, verdict) in &principal.goals {
                if let GoalVerdict::Refuted(path) | GoalVerdict::Inconclusive(_, Some(path)) = verdict {
                    graph.add(&principal.principal, path);
                }
            }
        }
        graph
    }

    fn node(&mut self, name: &str) -> usize {
        let next = self.nodes.len();
        *self.nodes.entry(name.to_owned()).or_insert(next)
    }

    fn add(&mut self, start: &str, path: &Path) {
        let mut last = self.node(start);
        for step in &path.steps {
            let actors: Vec<usize> = step.actors.iter().map(|actor| self.node(actor)).collect();
            let label = format!("{} ({})", step.primitive, step.catalogue);
            for change in &step.changes {
                let target = about(change);
                let target = self.node(&target);
                for actor in &actors {
                    self.edges.insert((*actor, target, label.clone()));
                }
                last = target;
            }
        }
        let reached = path.reached_by.first().and_then(|decided| decided.request.principal.principal_arn());
        let end = reached.map_or(last, |arn| self.node(&arn));
        self.goals.insert((end, format!("{} ({})", path.goal.name(), path.status.name())));
    }
}

/// What a change is about.
pub(crate) fn about(change: &Change) -> String {
    match change {
        Change::PutPolicy { holder, .. }
        | Change::DeletePolicy { holder, .. }
        | Change::Attach { holder, .. }
        | Change::Detach { holder, .. } => holder.to_string(),
        Change::Join { user, .. } | Change::Leave { user, .. } => user.to_string(),
        Change::Rewrite { policy, .. }
        | Change::ChooseVersion { policy, .. }
        | Change::Author { policy, .. } => policy.to_string(),
        Change::SetBoundary { principal, .. }
        | Change::DeleteBoundary { principal }
        | Change::Create { principal, .. }
        | Change::Delete { principal }
        | Change::Tag { principal, .. }
        | Change::Obtain { principal, .. } => principal.to_string(),
        Change::CreateGroup { group } => group.to_string(),
        Change::Rename { to, .. } => to.to_string(),
        Change::TagResource { resource, .. } | Change::SetResourcePolicy { resource, .. } => {
            resource.to_string()
        }
        Change::SetTrust { role, .. } => role.to_string(),
        Change::OpenProvider { provider } => provider.to_string(),
        Change::Provision { capacity, .. } => capacity.to_string(),
        Change::Organization(change) => of_organization(change),
    }
}

fn of_organization(change: &OrganizationChange) -> String {
    match change {
        OrganizationChange::Detach { target, .. } | OrganizationChange::Allow { target } => {
            target.to_string()
        }
        OrganizationChange::Rewrite { policy } => policy.to_string(),
        OrganizationChange::Disable { controls: ControlType::ServiceControl } => "SCPs".to_owned(),
        OrganizationChange::Disable { controls: ControlType::ResourceControl } => "RCPs".to_owned(),
        OrganizationChange::Move { account, .. }
        | OrganizationChange::Leave { account }
        | OrganizationChange::CreateAccount { account } => account.to_string(),
    }
}

/// The graph in the language of Graphviz.
pub(crate) fn dot(answer: &Answer<'_>) -> String {
    let graph = Graph::of(answer);
    let proofs = format!("  // Proofs that there are no other paths: {}.\n", answer.level.name());
    let mut text = format!("digraph paths {{\n{proofs}  rankdir=LR;\n  node [shape=box];\n");
    // Writing to a String cannot fail.
    for (name, place) in &graph.nodes {
        let _ = writeln!(text, "  n{place} [label=\"{}\"];", dot_string(name));
    }
    for (from, to, label) in &graph.edges {
        let _ = writeln!(text, "  n{from} -> n{to} [label=\"{}\"];", dot_string(label));
    }
    for (index, (from, goal)) in graph.goals.iter().enumerate() {
        let _ = writeln!(text, "  g{index} [label=\"{}\", shape=octagon, color=red];", dot_string(goal));
        let _ = writeln!(text, "  n{from} -> g{index} [color=red];");
    }
    text.push_str("}\n");
    text
}

/// The graph in the language of Mermaid.
pub(crate) fn mermaid(answer: &Answer<'_>) -> String {
    let graph = Graph::of(answer);
    let proofs = format!("  %% Proofs that there are no other paths: {}.\n", answer.level.name());
    let mut text = format!("flowchart LR\n{proofs}");
    // Writing to a String cannot fail.
    for (name, place) in &graph.nodes {
        let _ = writeln!(text, "  n{place}[\"{}\"]", mermaid_string(name));
    }
    for (from, to, label) in &graph.edges {
        let _ = writeln!(text, "  n{from} -->|\"{}\"| n{to}", mermaid_string(label));
    }
    for (index, (from, goal)) in graph.goals.iter().enumerate() {
        let _ = writeln!(text, "  n{from} ==> g{index}{{{{\"{}\"}}}}", mermaid_string(goal));
    }
    text
}

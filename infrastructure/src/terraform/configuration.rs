//! What the configuration in a plan says of where values come from: references, through modules, to resources.
//!
//! A plan tells which names an expression mentions, and not what it does with them: `x.arn` and `replace(x.arn, "a", "b")` look alike. So a
//! reference is a guess at a value, and whoever goes by one states it as an assumption.

use serde_json::Value;

use super::address::{Step, steps};
use super::plan::{Plan, Resource};

/// The one attribute of a resource that an expression mentions.
#[derive(Clone, Debug)]
pub(super) struct Source<'p> {
    /// The resource.
    pub(super) resource: &'p Resource,
    /// `arn`; none where the plan does not say, as behind `[count.index]`.
    pub(super) attribute: Option<String>,
}

impl Plan {
    /// The configuration of a resource.
    pub(super) fn configured(&self, resource: &Resource) -> Option<&Value> {
        let module = self.module(&resource.module)?;
        let mode = if resource.is_data { "data" } else { "managed" };
        module.get("resources")?.as_array()?.iter().find(|known| {
            let is = |name: &str, wanted: &str| known.get(name).and_then(Value::as_str) == Some(wanted);
            is("mode", mode) && is("type", &resource.kind) && is("name", &resource.name)
        })
    }

    /// True if the configuration gives the attribute or block a value.
    pub(super) fn is_configured(&self, resource: &Resource, attribute: &str) -> bool {
        let expression =
            self.configured(resource).and_then(|known| known.get("expressions")?.get(attribute).cloned());
        expression.is_some_and(|expression| !expression.is_null())
    }

    /// The key of the provider block that a resource belongs to.
    pub(super) fn provider(&self, resource: &Resource) -> Option<&str> {
        self.configured(resource)?.get("provider_config_key")?.as_str()
    }

    fn module(&self, path: &[Step]) -> Option<&Value> {
        let mut module = self.configuration.get("root_module")?;
        for step in path {
            module = module.get("module_calls")?.get(&step.name)?.get("module")?;
        }
        Some(module)
    }

    /// The one resource that the expression of the attribute mentions; none if it mentions several, or what the plan does not follow.
    pub(super) fn source(&self, resource: &Resource, attribute: &str) -> Option<Source<'_>> {
        let expression = self.configured(resource)?.get("expressions")?.get(attribute)?;
        self.source_of(&resource.module, expression, resource, 0)
    }

    fn source_of(
        &self,
        module: &[Step],
        expression: &Value,
        from: &Resource,
        depth: usize,
    ) -> Option<Source<'_>> {
        let names = mentioned(expression);
        let mut names = names.iter().filter(|name| **name != "each.key" && **name != "count.index");
        let (Some(name), None, true) = (names.next(), names.next(), depth < 20) else { return None };
        let steps = steps(name);
        match steps.first().map(|step| step.name.as_str())? {
            "var" => {
                let (call, above) = module.split_last()?;
                let calls = self.module(above)?.get("module_calls")?.get(&call.name)?;
                let expression = calls.get("expressions")?.get(&steps.get(1)?.name)?;
                self.source_of(above, expression, from, depth + 1)
            }
            "module" => {
                let mut below = module.to_vec();
                below.push(steps.get(1)?.clone());
                let outputs = self.module(&below)?.get("outputs")?;
                let expression = outputs.get(&steps.get(2)?.name)?.get("expression")?;
                self.source_of(&below, expression, from, depth + 1)
            }
            "local" | "each" | "count" | "path" | "terraform" | "self" => None,
            "data" => self.instance(module, true, steps.get(1..)?, from),
            _ => self.instance(module, false, &steps, from),
        }
    }

    /// The instance of a resource that is meant: the one with the index, or with that of whoever mentions it, or the only one.
    fn instance(
        &self,
        module: &[Step],
        is_data: bool,
        steps: &[Step],
        from: &Resource,
    ) -> Option<Source<'_>> {
        let (kind, named) = (steps.first()?, steps.get(1)?);
        let same_place = |known: &&Resource| {
            known.is_data == is_data
                && known.kind == kind.name
                && known.name == named.name
                && known.module.len() == module.len()
                && known.module.iter().zip(module).all(|(known, wanted)| {
                    // An index that the expression does not tell is that of whoever mentions it, in the same module.
                    known.name == wanted.name && (wanted.index.is_none() || known.index == wanted.index)
                })
        };
        let all = self.resources.iter().chain(&self.prior).filter(same_place).collect::<Vec<_>>();
        let mut candidates: Vec<&Resource> = Vec::new();
        for found in all {
            // What a plan changes stands in the prior state too.
            if !candidates.iter().any(|known| known.address == found.address) {
                candidates.push(found);
            }
        }
        if candidates.len() > 1 {
            let wanted = named.index.as_ref().or(from.index.as_ref());
            candidates.retain(|known| known.index.as_ref() == wanted);
            if candidates.len() > 1 {
                candidates.retain(|known| known.module == from.module);
            }
        }
        let [resource] = candidates.as_slice() else { return None };
        let attribute = steps.get(2).map(|step| step.name.clone());
        Some(Source { resource, attribute })
    }
}

/// What an expression mentions, the longest form of each.
fn mentioned(expression: &Value) -> Vec<&str> {
    let references = expression.get("references").and_then(Value::as_array);
    let names: Vec<&str> = references.into_iter().flatten().filter_map(Value::as_str).collect();
    let mut longest: Vec<&str> = Vec::new();
    for name in &names {
        let goes_on = |other: &&&str| {
            other.strip_prefix(name).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
        };
        if !names.iter().any(|other| goes_on(&other)) && !longest.contains(name) {
            longest.push(name);
        }
    }
    longest
}

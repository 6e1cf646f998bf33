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
    /// It is one of several, told by the index of the block in which it is mentioned: `x[count.index]` looks like `x[1 - count.index]`.
    pub(super) by_index: bool,
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

    /// The provider of the resource may give tags to whatever it makes: its block says so, or is not found.
    pub(super) fn gives_tags(&self, resource: &Resource) -> bool {
        self.provider_says(resource, "default_tags")
    }

    /// The provider of the resource may leave tags that it does not know: its block says so, or is not found.
    pub(super) fn ignores_tags(&self, resource: &Resource) -> bool {
        self.provider_says(resource, "ignore_tags")
    }

    /// A state does not show blocks.
    fn provider_says(&self, resource: &Resource, what: &str) -> bool {
        let blocks = self.configuration.get("provider_config");
        let block = self.provider(resource).and_then(|key| blocks?.get(key));
        block.is_none_or(|block| block.get("expressions").is_some_and(|given| given.get(what).is_some()))
    }

    /// The configuration says that the resource is made after what it stands on: `other` is mentioned, or `depends_on` names it.
    pub(super) fn depends_on(&self, resource: &Resource, other: &Resource) -> bool {
        let Some(configured) = self.configured(resource) else { return false };
        let attributes = configured.get("expressions").and_then(Value::as_object);
        let mentioned = attributes.into_iter().flatten().any(|(attribute, _)| {
            let sources = self.sources(resource, attribute).unwrap_or_default();
            sources.iter().any(|source| source.resource.address == other.address)
        });
        let block = format!("{}.{}", other.kind, other.name);
        let named = configured.get("depends_on").and_then(Value::as_array);
        let is_named = |name: &Value| name.as_str().is_some_and(|name| name == block);
        mentioned || (resource.module == other.module && named.into_iter().flatten().any(is_named))
    }

    /// The resource runs commands when it is made, besides what its type does.
    pub(super) fn runs_commands(&self, resource: &Resource) -> bool {
        let provisioners = self.configured(resource).and_then(|known| known.get("provisioners"));
        provisioners.and_then(Value::as_array).is_some_and(|all| !all.is_empty())
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
        let mut sources = self.sources(resource, attribute)?.into_iter();
        sources.next().filter(|_| sources.next().is_none())
    }

    /// All resources that the expression of the attribute mentions; none if it mentions what the plan does not follow.
    pub(super) fn sources(&self, resource: &Resource, attribute: &str) -> Option<Vec<Source<'_>>> {
        let expression = self.configured(resource)?.get("expressions")?.get(attribute)?;
        self.sources_of(&resource.module, expression, resource.index.as_ref(), 0)
    }

    /// What an expression in `module` mentions. `index` is that of the block in which it stands: of a resource, or of a call of a module.
    fn sources_of(
        &self,
        module: &[Step],
        expression: &Value,
        index: Option<&Value>,
        depth: usize,
    ) -> Option<Vec<Source<'_>>> {
        const DEPTH: usize = 20;
        let of_block = ["each.key", "each.value", "count.index"];
        let names = mentioned(expression);
        // Without one of these whatever has no index is all of a list.
        let index = index.filter(|_| names.iter().any(|name| of_block.contains(name)));
        let mut found: Vec<Source<'_>> = Vec::new();
        for name in names.iter().filter(|name| !of_block.contains(name)) {
            let steps = steps(name);
            let kind = steps.first().map(|step| step.name.as_str())?;
            let more = match kind {
                _ if depth > DEPTH => return None,
                "var" => {
                    let (call, above) = module.split_last()?;
                    let calls = self.module(above)?.get("module_calls")?.get(&call.name)?;
                    let expression = calls.get("expressions")?.get(&steps.get(1)?.name)?;
                    self.sources_of(above, expression, call.index.as_ref(), depth + 1)?
                }
                "module" => {
                    let mut call = steps.get(1)?.clone();
                    call.index = call.index.or_else(|| index.cloned());
                    let mut below = module.to_vec();
                    below.push(call);
                    let outputs = self.module(&below)?.get("outputs")?;
                    let expression = outputs.get(&steps.get(2)?.name)?.get("expression")?;
                    self.sources_of(&below, expression, None, depth + 1)?
                }
                "local" | "each" | "count" | "path" | "terraform" | "self" => return None,
                "data" => vec![self.instance(module, true, steps.get(1..)?, index)?],
                _ => vec![self.instance(module, false, &steps, index)?],
            };
            found.extend(more);
        }
        (!found.is_empty()).then_some(found)
    }

    /// The instance of a resource that is meant: the one with the index that is named, or with that of the block in which it is mentioned, or
    /// the only one.
    fn instance(
        &self,
        module: &[Step],
        is_data: bool,
        steps: &[Step],
        index: Option<&Value>,
    ) -> Option<Source<'_>> {
        let (kind, named) = (steps.first()?, steps.get(1)?);
        let same_place = |known: &&Resource| {
            known.is_data == is_data
                && !known.is_deposed
                && known.kind == kind.name
                && known.name == named.name
                && known.module.len() == module.len()
                && known.module.iter().zip(module).all(|(known, wanted)| {
                    known.name == wanted.name && (wanted.index.is_none() || known.index == wanted.index)
                })
        };
        let mut candidates: Vec<&Resource> = Vec::new();
        for found in self.resources.iter().chain(&self.prior).filter(same_place) {
            // What a plan changes stands in the prior state too.
            if !candidates.iter().any(|known| known.address == found.address) {
                candidates.push(found);
            }
        }
        let by_index = named.index.is_none() && candidates.len() > 1;
        let wanted = if by_index { index } else { named.index.as_ref() };
        if let Some(wanted) = wanted {
            candidates.retain(|known| known.index.as_ref() == Some(wanted));
        }
        let [resource] = candidates.as_slice() else { return None };
        let attribute = steps.get(2).map(|step| step.name.clone());
        Some(Source { resource, attribute, by_index })
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

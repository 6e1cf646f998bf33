//! T1: invocation of a model of a set, one request at a time.
//!
//! Every profile route also needs the foundation model's ARN, so that ARN is what is asked for, under both invoke
//! actions, and `bedrock-mantle:CreateInference` with the model as a key. Only a direct call refutes.

use ringfence_model::catalogue::{Catalogue, ResourceTypeId};
use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::models::{ModelTable, Price, split_geography};
use ringfence_model::request::Request;
use ringfence_model::world::World;

use std::collections::BTreeSet;

use super::{Answers, allowed, find};
use crate::decimal::Decimal;
use crate::guardrail::ModelSet;
use crate::query::{KeyDemand, Target, TargetResource};
use crate::subject::Subject;
use crate::verdict::{Reason, Verdict};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// The two actions that run a model through its ARN.
pub const INVOKE_ACTIONS: [&str; 2] = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
/// The action that names its model in a key.
pub const MANTLE_ACTION: &str = "bedrock-mantle:CreateInference";

/// Resource types of the invoke actions that need the foundation model's ARN as well, or run no model by themselves.
const BACKED_BY_MODEL: [&str; 9] = [
    "foundation-model",
    "inference-profile",
    "application-inference-profile",
    "prompt-router",
    "default-prompt-router",
    "async-invoke",
    "project",
    "system-tool",
    "guardrail",
];

/// The model ids of a set: those that are known, and patterns for those that are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelIds {
    /// Ids of the price table and of the inventory that are in the set, ascending.
    pub known: Vec<String>,
    /// Languages of ids, known or not.
    pub patterns: Vec<Language>,
}

/// `[a-z0-9.:-]`, of which model ids are made.
fn id_characters() -> CharacterSet {
    CharacterSet::from_ranges(vec![('a', 'z'), ('0', '9'), ('.', '.'), (':', ':'), ('-', '-')])
}

/// Any text but the empty one.
fn any_text() -> Language {
    let mut builder = LanguageBuilder::new();
    builder.some(CharacterSet::any());
    builder.build()
}

/// The ids of `table` and those of `inventory` besides, ascending.
fn all_known<'i>(table: &'i ModelTable, inventory: &'i BTreeSet<String>) -> impl Iterator<Item = &'i str> {
    let mut all: BTreeSet<&str> = table.rows.iter().map(|row| row.id.as_str()).collect();
    all.extend(inventory.iter().map(String::as_str));
    all.into_iter()
}

impl ModelIds {
    /// Any model.
    pub fn any() -> Self {
        let mut builder = LanguageBuilder::new();
        builder.some(id_characters());
        Self { known: Vec::new(), patterns: vec![builder.build()] }
    }

    /// As [`Self::among`], where nothing but the table is known.
    pub fn of(set: &ModelSet, table: &ModelTable) -> Self {
        Self::among(set, table, &BTreeSet::new())
    }

    /// The ids of `set` by `table` and by `inventory`, whose models have no known price: a model is in the set if an id pattern matches it, if its output price is above
    /// the limit, or if it has no known price and those count. A limit that is no number admits every model.
    pub fn among(set: &ModelSet, table: &ModelTable, inventory: &BTreeSet<String>) -> Self {
        let patterns: Vec<Language> = set
            .ids
            .iter()
            .map(|id| {
                let mut builder = LanguageBuilder::new();
                builder.glob(id, &id_characters());
                builder.build()
            })
            .collect();
        let limit = set.output_price_above.as_ref().map(|text| Price::parse(text));
        let known = all_known(table, inventory)
            .filter(|id| {
                let by_price = match (&limit, table.output_price(id)) {
                    (Some(Ok(limit)), Some(price)) => price > *limit,
                    (Some(Ok(_)), None) => set.unknown_price,
                    (Some(Err(_)), _) => true,
                    (None, price) => set.unknown_price && price.is_none(),
                };
                by_price || patterns.iter().any(|pattern| pattern.accepts(id))
            })
            .map(str::to_owned)
            .collect();
        Self { known, patterns }
    }

    /// All models of `table` and of `inventory`.
    fn listed(table: &ModelTable, inventory: &BTreeSet<String>) -> Self {
        Self { known: all_known(table, inventory).map(str::to_owned).collect(), patterns: Vec::new() }
    }

    /// The known ids as one language, if there are any, and then the patterns: a witness is the first target that is
    /// allowed, so it names a model that exists where one is allowed.
    fn languages(&self) -> Vec<Language> {
        let mut languages = Vec::new();
        if !self.known.is_empty() {
            languages.push(Language::one_of(self.known.iter().cloned()));
        }
        languages.extend(self.patterns.iter().cloned());
        languages
    }
}

/// The targets of T1 for one set of models.
#[derive(Clone, Debug)]
pub struct InvokeTargets {
    /// Direct calls: neither through a profile nor through a router.
    pub direct: Vec<Target>,
    /// Calls on the model's ARN in any context, a global profile's included.
    pub any_route: Vec<Target>,
    /// Calls on resources that hide their model.
    pub hidden: Vec<Target>,
    /// Direct calls on models of the price table and the inventory, where `direct` are those on any model at all; else none. A witness
    /// is sought among them first.
    pub known: Vec<Target>,
}

/// Neither through a profile nor through a router.
fn not_routed() -> Vec<(ContextKey, KeyDemand)> {
    let absent = |key: &str| (ContextKey::new(key), KeyDemand::Absent);
    vec![absent("bedrock:InferenceProfileArn"), absent("bedrock:PromptRouterArn")]
}

impl InvokeTargets {
    /// Direct calls on resources that hide their model count as direct too: for questions about any model at all.
    fn with_hidden_as_direct(mut self) -> Self {
        for target in &self.hidden {
            let mut direct = target.clone();
            if direct.keys.is_empty() {
                direct.keys = not_routed();
            }
            self.direct.push(direct);
        }
        self
    }
}

/// The targets for `ids`. A set without any model has none.
pub fn targets(catalogue: &Catalogue, ids: &ModelIds, partition: &str) -> InvokeTargets {
    let not_routed = not_routed();
    let mut targets =
        InvokeTargets { direct: Vec::new(), any_route: Vec::new(), hidden: Vec::new(), known: Vec::new() };
    let model = catalogue.find_resource_type("bedrock", "foundation-model");
    for language in ids.languages() {
        for action in find(catalogue, &INVOKE_ACTIONS) {
            let Some(resource_type) = model else { continue };
            let resource = TargetResource::Type { resource_type, names: vec![language.clone()] };
            targets.direct.push(Target::new(action, resource.clone(), not_routed.clone()));
            let resource = TargetResource::AnyRegion { resource_type, names: vec![language.clone()] };
            targets.any_route.push(Target::new(action, resource, Vec::new()));
            let mut global = LanguageBuilder::new();
            global.text(&format!("arn:{partition}:bedrock:::foundation-model/")).append(&language);
            let resource = TargetResource::GlobalModel { resource_type, language: global.build() };
            targets.any_route.push(Target::new(action, resource, Vec::new()));
        }
        for action in find(catalogue, &[MANTLE_ACTION]) {
            let Some(resource_type) = mantle_project(catalogue) else { continue };
            // Any model at all may also be named by an ARN, as a customised one.
            let named = if *ids == ModelIds::any() { any_text() } else { language.clone() };
            let key = (ContextKey::new("bedrock-mantle:Model"), KeyDemand::Value(named));
            let resource = TargetResource::Type { resource_type, names: Vec::new() };
            targets.direct.push(Target::new(action, resource, vec![key]));
        }
    }
    // A customised model is named by an ARN that does not say which model it was made from.
    for action in find(catalogue, &[MANTLE_ACTION]) {
        let Some(resource_type) = mantle_project(catalogue) else { continue };
        let language = Language::glob("arn:*:customized-model/*");
        let key = (ContextKey::new("bedrock-mantle:Model"), KeyDemand::Value(language));
        let resource = TargetResource::Type { resource_type, names: Vec::new() };
        targets.hidden.push(Target::new(action, resource, vec![key]));
    }
    for action in find(catalogue, &INVOKE_ACTIONS) {
        let Some(row) = catalogue.action(action) else { continue };
        for taken in &row.resource_types {
            let Some(known) = catalogue.resource_type(taken.resource_type) else { continue };
            if !BACKED_BY_MODEL.contains(&known.name.as_str()) {
                let resource = TargetResource::Type { resource_type: taken.resource_type, names: Vec::new() };
                targets.hidden.push(Target::new(action, resource, Vec::new()));
            }
        }
    }
    targets
}

/// The targets for any model, those whose ARN hides which included.
pub fn targets_of_any_model(
    catalogue: &Catalogue,
    table: &ModelTable,
    inventory: &BTreeSet<String>,
    partition: &str,
) -> InvokeTargets {
    let mut any = targets(catalogue, &ModelIds::any(), partition).with_hidden_as_direct();
    any.known = targets(catalogue, &ModelIds::listed(table, inventory), partition).direct;
    any
}

fn mantle_project(catalogue: &Catalogue) -> Option<ResourceTypeId> {
    let action = catalogue.action(catalogue.find_action(MANTLE_ACTION)?)?;
    action.resource_types.first().map(|taken| taken.resource_type)
}

/// The id of the model that `request` runs; none where it runs none directly, or by an ARN that hides which.
pub fn invoked_model(request: &Request) -> Option<&str> {
    if request.action.eq_ignore_ascii_case(MANTLE_ACTION) {
        let value = request.context.get(&ContextKey::new("bedrock-mantle:Model"))?;
        let ContextValue::Single(id) = value else { return None };
        return Some(id.as_str()).filter(|id| !id.starts_with("arn:"));
    }
    let invokes = INVOKE_ACTIONS.iter().any(|action| request.action.eq_ignore_ascii_case(action));
    let (_, id) = request.resource.split_once(":foundation-model/").filter(|_| invokes)?;
    Some(id)
}

/// True when the price table has the model `id`, or the inventory of an account of `world` names it.
pub fn is_known_model(id: &str, table: &ModelTable, world: &World) -> bool {
    table.row(id).is_some() || inventory_ids(world).any(|known| known == id)
}

/// The bare ids of the models that the inventories of `world` name: by their own ARN, or by that of an inference profile
/// of AWS, whose id is a geography and the model's.
pub fn inventory_models(world: &World) -> BTreeSet<String> {
    inventory_ids(world).map(str::to_owned).collect()
}

fn inventory_ids(world: &World) -> impl Iterator<Item = &str> {
    world
        .model_arns()
        .filter_map(|arn| {
            let (_, id) =
                arn.split_once(":foundation-model/").or_else(|| arn.split_once(":inference-profile/"))?;
            Some(split_geography(id).1)
        })
        .filter(|id| !id.is_empty())
}

/// T1 for one subject: proved if no request on a model of the set is allowed by any route, nor on a resource that
/// hides its model; refuted by a direct call; otherwise inconclusive.
pub fn verdict(
    answers: &mut impl Answers,
    subject: &Subject,
    targets: &InvokeTargets,
    as_of: Option<&Decimal>,
) -> Verdict {
    // A call on the model's ARN in any context includes the direct one; all other direct calls are asked too.
    let included = |target: &&Target| {
        targets.any_route.iter().any(|other| {
            other.action == target.action && other.resource.resource_type() == target.resource.resource_type()
        })
    };
    let others = targets.direct.iter().filter(|target| !included(target));
    let everything: Vec<Target> =
        targets.any_route.iter().chain(&targets.hidden).chain(others).cloned().collect();
    let all = answers.answer(&allowed(everything, as_of), subject);
    if matches!(all, Verdict::Proved(_)) {
        return all;
    }
    // Any model at all may be one that nobody knows yet; one that exists says more.
    if !targets.known.is_empty() {
        let known = answers.answer(&allowed(targets.known.clone(), as_of), subject);
        if matches!(known, Verdict::Refuted(_)) {
            return known;
        }
    }
    let direct = answers.answer(&allowed(targets.direct.clone(), as_of), subject);
    if !matches!(direct, Verdict::Proved(_)) {
        return direct;
    }
    let routed = answers.answer(&allowed(targets.any_route.clone(), as_of), subject);
    if !matches!(routed, Verdict::Proved(_)) {
        return Verdict::Inconclusive(Reason::NotCovered {
            code: "through-a-profile",
            text: "no direct call is allowed, but the model may be reached through an inference profile or a prompt router, \
                   which is not covered yet"
                .to_owned(),
        });
    }
    Verdict::Inconclusive(Reason::NotCovered {
        code: "other-resource-type",
        text: "no foundation model of the set can be invoked, but a provisioned, custom, imported or marketplace model \
               may be, and its ARN does not say which model runs"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{ModelIds, invoked_model, is_known_model};
    use crate::guardrail::ModelSet;
    use ringfence_model::context::{ContextKey, ContextValue, RequestContext};
    use ringfence_model::models::ModelTable;
    use ringfence_model::principal::Principal;
    use ringfence_model::request::Request;
    use ringfence_model::world::World;

    fn request(action: &str, resource: &str, model: Option<&str>) -> Request {
        let mut context = RequestContext::default();
        if let Some(model) = model {
            context.insert(ContextKey::new("bedrock-mantle:Model"), ContextValue::Single(model.to_owned()));
        }
        Request {
            principal: Principal::Anonymous,
            action: action.to_owned(),
            resource: resource.to_owned(),
            resource_account: None,
            context,
        }
    }

    #[test]
    fn a_request_names_its_model_or_hides_it() {
        let model = "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v1";
        let profile = "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.anthropic.claude-v1";
        let project = "arn:aws:bedrock-mantle:eu-west-1:111122223333:project/p";
        let create = "bedrock-mantle:CreateInference";
        for (action, resource, key, expected) in [
            ("bedrock:InvokeModel", model, None, Some("anthropic.claude-v1")),
            ("bedrock:invokemodelwithresponsestream", model, None, Some("anthropic.claude-v1")),
            ("bedrock:GetFoundationModel", model, None, None),
            ("bedrock:InvokeModel", profile, None, None),
            (create, project, Some("zai.glm-5"), Some("zai.glm-5")),
            (create, project, Some("arn:aws:bedrock:eu-west-1:111122223333:customized-model/c"), None),
            (create, project, None, None),
        ] {
            assert_eq!(invoked_model(&request(action, resource, key)), expected, "{action} {resource}");
        }
    }

    #[test]
    fn a_model_is_known_by_the_table() {
        let (table, world) = (ModelTable::embedded().unwrap(), World::default());
        assert!(is_known_model("anthropic.claude-v1", table, &world));
        assert!(is_known_model("eu.anthropic.claude-v1", table, &world));
        assert!(!is_known_model("anthropic.claude-v", table, &world));
        assert!(!is_known_model("", table, &world));
    }

    #[test]
    fn a_model_of_the_inventory_is_known_and_has_no_price() {
        let table = ModelTable::embedded().unwrap();
        let cheap = "amazon.nova-micro-v1:0";
        let inventory = ["acme.next-v1:0", cheap].map(str::to_owned).into_iter().collect();
        let set = |ids: &[&str], above: Option<&str>, unknown_price| ModelSet {
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            output_price_above: above.map(str::to_owned),
            unknown_price,
        };
        for (set, expected) in [
            (set(&[], Some("10"), true), [true, false]),
            (set(&[], Some("10"), false), [false, false]),
            (set(&[], None, true), [true, false]),
            (set(&["acme.*"], Some("10"), false), [true, false]),
            (set(&["amazon.*"], None, false), [false, true]),
        ] {
            let ids = ModelIds::among(&set, table, &inventory);
            let found = ["acme.next-v1:0", cheap].map(|id| ids.known.iter().any(|known| known == id));
            assert_eq!(found, expected, "{set:?}");
            assert!(ids.known.is_sorted());
        }
    }
}

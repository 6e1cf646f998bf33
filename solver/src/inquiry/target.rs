//! From a question to the targets of a query: the only place that makes them.

use std::collections::BTreeMap;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::{Action, ActionId, Catalogue, ResourceTypeId};
use ringfence_model::context::ContextKey;
use ringfence_model::models::ModelTable;

use super::format::{arns_of, may_have, unknown_region};
use super::{Inquiry, InquiryError, Prepared, PreparedAction, Wildcards};
use crate::encode::format::{Owner, has_resources_of_aws, is_of_aws};
use crate::encode::owner::named_owner;
use crate::encode::unlisted::{may_be_left_out, of_no_type};
use crate::query::{KeyDemand, Target, TargetResource};
use crate::theorem::invoke::INVOKE_ACTIONS;
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder, Theory};

/// Formats that an error names.
const FORMATS: usize = 12;
/// The keys of a call on a model through a profile or a router.
const ROUTES: [&str; 2] = ["bedrock:InferenceProfileArn", "bedrock:PromptRouterArn"];

/// What a question asks of the principals of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// Requests that are whole by themselves.
    pub direct: Vec<Target>,
    /// Checks of foundation models in any context: those of calls through an inference profile or a prompt router too,
    /// which make another check besides.
    pub routed: Vec<Target>,
    /// Requests about resources that only other accounts can have, which the question does not name: of those the world
    /// holds some, and nothing tells whether all. Where none is allowed, the question is not answered.
    pub foreign: Vec<Target>,
}

impl Targets {
    /// Nothing can be asked.
    pub fn is_empty(&self) -> bool {
        self.direct.is_empty() && self.routed.is_empty() && self.foreign.is_empty()
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Target> {
        self.direct.iter().chain(&self.routed).chain(&self.foreign)
    }
}

impl Prepared {
    /// The targets for principals of `account` in `partition`, foundation models first, and of these the ids of
    /// `models`, so that a witness names one that there is. None if no resource of the question can be in the partition.
    pub fn targets(
        &self,
        catalogue: &Catalogue,
        models: &ModelTable,
        partition: &str,
        account: AccountId,
        theory: &mut Theory,
    ) -> Targets {
        let mut maker = Maker {
            pattern: self.inquiry.resource_pattern().map(Pattern::new),
            partition,
            account,
            owner: pinned_owner(&self.demands),
            demands: &self.demands,
            catalogue,
            models,
            here: BTreeMap::new(),
        };
        let mut targets = Targets::default();
        for action in &self.actions {
            let unnamed = maker.pattern.is_none();
            let on_none_too = unnamed && is_on_none_too(action.id, catalogue);
            if action.resource_types.is_empty() {
                let row = catalogue.action(action.id);
                let resources = row.into_iter().flat_map(of_no_type);
                targets.direct.extend(resources.map(|resource| maker.target(action.id, resource)));
            } else if on_none_too {
                targets.direct.push(maker.target(action.id, TargetResource::Wildcard));
            }
            let mut types = action.resource_types.clone();
            types.sort_by_key(|resource_type| !maker.is_model(*resource_type));
            for resource_type in &types {
                match maker.whose(*resource_type, theory) {
                    Whose::Own | Whose::Named => maker.add(action.id, *resource_type, &mut targets),
                    Whose::Others => targets.foreign.extend(maker.plain(action.id, *resource_type)),
                    Whose::Nobodys => {}
                }
            }
            if unnamed && !on_none_too && catalogue.action(action.id).is_some_and(may_be_left_out) {
                targets.direct.push(maker.target(action.id, TargetResource::LeftOut));
            }
        }
        targets
    }
}

/// Actions that take resources, and may also be asked without one of them: a text message goes to a telephone number.
const ON_NONE_TOO: [&str; 1] = ["sns:Publish"];

fn is_on_none_too(action: ActionId, catalogue: &Catalogue) -> bool {
    ON_NONE_TOO.iter().any(|name| catalogue.find_action(name) == Some(action))
}

/// The account that the pinned context says the resource belongs to.
fn pinned_owner(demands: &[(ContextKey, KeyDemand)]) -> Option<AccountId> {
    let key = ContextKey::new("aws:ResourceAccount");
    demands.iter().filter(|(pinned, _)| *pinned == key).find_map(|(_, demand)| {
        let KeyDemand::Reading(text) = demand else { return None };
        AccountId::parse(text)
    })
}

/// A resource as asked about.
struct Pattern {
    text: String,
    language: Language,
    /// It has no wildcard.
    exact: bool,
}

impl Pattern {
    fn new((text, wildcards): (&str, Wildcards)) -> Self {
        let exact = !text.contains(['*', '?']);
        let language = match wildcards {
            _ if exact => Language::exactly(text),
            Wildcards::CrossEverything => Language::glob(text),
            Wildcards::WithinParts => Language::arn_pattern(text),
        };
        Self { text: text.to_owned(), language, exact }
    }

    /// The account that it names where ARNs name the one that owns the resource; a wildcard before it may match more, so
    /// that resources of other accounts may fit too.
    fn owner(&self) -> Option<AccountId> {
        let account = self.text.split(':').nth(4)?;
        let of_organizations = self.text.split(':').nth(2) == Some("organizations");
        AccountId::parse(account).filter(|_| !of_organizations)
    }
}

/// Whose resources of a type a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Those of the principal's account, of AWS, or of nobody in particular.
    Own,
    /// Those of the one other account that the question names.
    Named,
    /// Those of other accounts alone.
    Others,
    /// None of this partition.
    Nobodys,
}

struct Maker<'a> {
    pattern: Option<Pattern>,
    partition: &'a str,
    account: AccountId,
    /// The owner that the context is pinned to.
    owner: Option<AccountId>,
    demands: &'a [(ContextKey, KeyDemand)],
    catalogue: &'a Catalogue,
    models: &'a ModelTable,
    here: BTreeMap<ResourceTypeId, Whose>,
}

impl Maker<'_> {
    fn target(&self, action: ActionId, resource: TargetResource) -> Target {
        Target::new(action, resource, self.demands.to_vec())
    }

    fn whose(&mut self, resource_type: ResourceTypeId, theory: &mut Theory) -> Whose {
        let Some(pattern) = &self.pattern else { return Whose::Own };
        if let Some(known) = self.here.get(&resource_type) {
            return *known;
        }
        let may = |owner, theory: &mut Theory| {
            may_have(resource_type, &pattern.language, &[], self.partition, owner, self.catalogue, theory)
        };
        let beside = |named: AccountId, theory: &mut Theory| {
            let named = [arns_of(named)];
            let any = Owner::AnyAccount;
            may_have(resource_type, &pattern.language, &named, self.partition, any, self.catalogue, theory)
        };
        let account = self.account.to_string();
        // What belongs to AWS is nobody else's.
        let owner = if may(Owner::Account(&account), theory)
            || (self.is_model(resource_type) && global_model(self.partition, pattern, theory))
            || may(Owner::Aws, theory)
        {
            Whose::Own
        } else if !may(Owner::AnyAccount, theory) {
            Whose::Nobodys
        } else if pattern.exact
            || self.owner.is_some()
            || pattern.owner().is_some_and(|named| !beside(named, theory))
        {
            Whose::Named
        } else {
            Whose::Others
        };
        self.here.insert(resource_type, owner);
        owner
    }

    fn is_model(&self, resource_type: ResourceTypeId) -> bool {
        self.catalogue.find_resource_type("bedrock", "foundation-model") == Some(resource_type)
    }

    /// The resources of the type that the question is about.
    fn resource(&self, resource_type: ResourceTypeId) -> TargetResource {
        match &self.pattern {
            None => TargetResource::Type { resource_type, names: Vec::new() },
            Some(pattern) if pattern.exact => {
                TargetResource::Exactly { resource_type, arn: pattern.text.clone() }
            }
            Some(pattern) => TargetResource::Within {
                resource_type,
                language: pattern.language.clone(),
                excluded: Vec::new(),
            },
        }
    }

    /// Requests for `action` on resources of the type: those of the account that the context is pinned to; else those of the
    /// principal's account, those that the world shows, and those of another account that the pattern names.
    fn plain(&self, action: ActionId, resource_type: ResourceTypeId) -> Vec<Target> {
        let known = self.catalogue.resource_type(resource_type);
        let resource = self.resource(resource_type);
        let of_aws = matches!(&resource, TargetResource::Exactly { arn, .. }
            if known.is_some_and(|known| is_of_aws(arn, known)));
        let target = Target { of_aws, ..self.target(action, resource) };
        // What belongs to AWS is nobody else's, and one ARN that names its owner is no other's.
        if of_aws || self.is_model(resource_type) || named_owner(&target).is_some() {
            return vec![target];
        }
        let owned = |owner| Target { owner: Some(owner), ..target.clone() };
        if let Some(owner) = self.owner {
            // Some account is that of AWS.
            let of_aws = owner != self.account && known.is_some_and(has_resources_of_aws);
            let of_aws = of_aws.then(|| Target { of_aws, ..target.clone() });
            return [owned(owner)].into_iter().chain(of_aws).collect();
        }
        let named = self.pattern.as_ref().and_then(Pattern::owner).filter(|owner| *owner != self.account);
        let named = named.map(owned);
        [target].into_iter().chain(named).collect()
    }

    /// Adds the targets of `action` on resources of the type.
    fn add(&self, action: ActionId, resource_type: ResourceTypeId, targets: &mut Targets) {
        let name = self.catalogue.action(action).map(Action::full_name).unwrap_or_default();
        if !self.is_model(resource_type) || !INVOKE_ACTIONS.contains(&name.as_str()) {
            targets.direct.extend(self.plain(action, resource_type));
            return;
        }
        let pinned = |key: &str| self.demands.iter().find(|(pinned, _)| *pinned == ContextKey::new(key));
        let through =
            ROUTES.iter().any(|key| pinned(key).is_some_and(|(_, demand)| *demand != KeyDemand::Absent));
        let mut checks = self.routed(action, resource_type);
        if through {
            // Asked about calls through a profile or a router.
            targets.direct.append(&mut checks);
            return;
        }
        if !ROUTES.iter().all(|key| pinned(key).is_some()) {
            targets.routed.append(&mut checks);
        }
        let names_no_region = |arn: Arn<'_>| arn.region.is_empty();
        if self
            .pattern
            .as_ref()
            .is_some_and(|pattern| pattern.exact && Arn::parse(&pattern.text).is_some_and(names_no_region))
        {
            // Only a global profile asks for the model so.
            return;
        }
        for resource in self.known_models(resource_type).into_iter().chain([self.resource(resource_type)]) {
            let mut direct = self.target(action, resource);
            for key in ROUTES.iter().filter(|key| pinned(key).is_none()) {
                direct.keys.push((ContextKey::new(key), KeyDemand::Absent));
            }
            targets.direct.push(direct);
        }
    }

    /// The models of the question that have a price row, where there are any and they are not all of the question.
    fn known_models(&self, resource_type: ResourceTypeId) -> Option<TargetResource> {
        let ids = self.models.rows.iter().map(|row| row.id.clone());
        let Some(pattern) = &self.pattern else {
            let names = vec![Language::one_of(ids)];
            return (!self.models.rows.is_empty()).then_some(TargetResource::Type { resource_type, names });
        };
        let (before, id) = pattern.text.split_once(":foundation-model/")?;
        if pattern.exact || id.contains(":foundation-model/") {
            return None;
        }
        let wanted = Language::glob(id);
        let ids: Vec<String> = ids.filter(|known| wanted.accepts(known)).collect();
        let mut builder = LanguageBuilder::new();
        builder.glob(before, &CharacterSet::any()).text(":foundation-model/");
        let some = !ids.is_empty();
        builder.alternatives(ids);
        let language = builder.build();
        some.then(|| TargetResource::Within { resource_type, language, excluded: Vec::new() })
    }

    /// The model's ARN under any Region asked for, and the ARN without a Region that a global profile asks for.
    fn routed(&self, action: ActionId, resource_type: ResourceTypeId) -> Vec<Target> {
        let front = format!("arn:{}:bedrock:::foundation-model/", self.partition);
        let any = match &self.pattern {
            None => TargetResource::AnyRegion { resource_type, names: Vec::new() },
            Some(pattern) => {
                TargetResource::AnyRegionWithin { resource_type, language: pattern.language.clone() }
            }
        };
        let mut targets = vec![self.target(action, any)];
        let ids = CharacterSet::from_ranges(vec![('a', 'z'), ('0', '9'), ('.', '.'), (':', ':'), ('-', '-')]);
        let global = match &self.pattern {
            None => {
                let mut builder = LanguageBuilder::new();
                builder.text(&front).some(ids);
                Some(builder.build())
            }
            Some(pattern) => global_part(&front, pattern, &ids),
        };
        if let Some(language) = global {
            targets.push(self.target(action, TargetResource::GlobalModel { resource_type, language }));
        }
        targets
    }
}

/// The ARNs of `pattern` that start with `front`, which names no Region: exactly those where the wildcards before
/// the model's id can be told; all models otherwise, which keeps proofs sound.
fn global_part(front: &str, pattern: &Pattern, ids: &CharacterSet) -> Option<Language> {
    if pattern.exact {
        return pattern.text.starts_with(front).then(|| pattern.language.clone());
    }
    let mut builder = LanguageBuilder::new();
    builder.text(front);
    match pattern.text.split_once(":foundation-model/") {
        Some((before, id)) if !id.contains(":foundation-model/") => {
            let whole = front.strip_suffix(":foundation-model/").unwrap_or(front);
            if !Language::glob(before).accepts(whole) {
                return None;
            }
            builder.glob(id, ids);
        }
        Some(_) | None => {
            builder.some(ids.clone());
        }
    }
    Some(builder.build())
}

/// Whether `pattern` may hold the ARN of a model without a Region.
fn global_model(partition: &str, pattern: &Pattern, theory: &mut Theory) -> bool {
    let mut builder = LanguageBuilder::new();
    builder.text(&format!("arn:{partition}:bedrock:::foundation-model/")).some(CharacterSet::any());
    let language = builder.build();
    !theory.are_disjoint(&language, &pattern.language)
}

/// Those of `ids` on which a resource of the question can be, with the types.
///
/// # Errors
/// When there is none: the formats that the actions take, or that they take none.
pub(super) fn applicable(
    inquiry: &Inquiry,
    ids: Vec<ActionId>,
    catalogue: &Catalogue,
    theory: &mut Theory,
) -> Result<Vec<PreparedAction>, InquiryError> {
    let types_of = |id: ActionId| {
        catalogue
            .action(id)
            .map(|row| row.resource_types.iter().map(|taken| taken.resource_type).collect::<Vec<_>>())
            .unwrap_or_default()
    };
    let Some((text, wildcards)) = inquiry.resource_pattern() else {
        return Ok(ids.into_iter().map(|id| PreparedAction { id, resource_types: types_of(id) }).collect());
    };
    let pattern = Pattern::new((text, wildcards));
    let partitions: Vec<&str> = match Arn::parse(text).map(|arn| arn.partition) {
        Some(named) if !named.contains(['*', '?']) => {
            catalogue.partitions().filter(|known| *known == named).collect()
        }
        Some(_) | None => catalogue.partitions().collect(),
    };
    let model = catalogue.find_resource_type("bedrock", "foundation-model");
    let mut known: BTreeMap<ResourceTypeId, bool> = BTreeMap::new();
    let mut found = Vec::new();
    for id in &ids {
        let fits = |resource_type: &ResourceTypeId| {
            *known.entry(*resource_type).or_insert_with(|| {
                partitions.iter().any(|partition| {
                    let mut may = |owner| {
                        may_have(*resource_type, &pattern.language, &[], partition, owner, catalogue, theory)
                    };
                    may(Owner::AnyAccount)
                        || may(Owner::Aws)
                        || (model == Some(*resource_type) && global_model(partition, &pattern, theory))
                })
            })
        };
        let resource_types: Vec<ResourceTypeId> = types_of(*id).into_iter().filter(fits).collect();
        if !resource_types.is_empty() {
            found.push(PreparedAction { id: *id, resource_types });
        }
    }
    if found.is_empty() { Err(no_resource(text, &ids, catalogue)) } else { Ok(found) }
}

fn no_resource(resource: &str, ids: &[ActionId], catalogue: &Catalogue) -> InquiryError {
    let rows: Vec<&Action> = ids.iter().filter_map(|id| catalogue.action(*id)).collect();
    let actions = match rows.as_slice() {
        [only] => only.full_name(),
        several => format!("the {} actions", several.len()),
    };
    let resource = resource.to_owned();
    if rows.iter().all(|row| row.is_wildcard_only()) {
        return InquiryError::TakesNoResource { actions, resource };
    }
    let mut formats: Vec<String> = Vec::new();
    let types = rows.iter().flat_map(|row| &row.resource_types);
    for format in types
        .filter_map(|taken| catalogue.resource_type(taken.resource_type))
        .flat_map(|known| &known.arn_formats)
    {
        if !formats.contains(format) {
            formats.push(format.clone());
        }
    }
    if formats.len() > FORMATS {
        let more = formats.len() - FORMATS;
        formats.truncate(FORMATS);
        formats.push(format!("and {more} more formats"));
    }
    let unknown_region = unknown_region(&resource, catalogue);
    InquiryError::NoSuchResource { actions, resource, formats, unknown_region }
}

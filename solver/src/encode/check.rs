//! The checks that a query is about: its targets, those that no policy tells apart taken together (design: actions).

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::{ActionId, Catalogue, ResourceTypeId};
use ringfence_model::context::ContextKey;
use ringfence_model::policy::{ActionPattern, Element, Statement};
use ringfence_model::service_rules::stays_in_account;
use serde::Serialize;

use super::Encoder;
use super::action::{ActionMatch, action_match, may_match_call};
use super::format::{ArnForm, Owner};
use super::memory::Memory;
use crate::formula::Openness;
use crate::query::{KeyDemand, Target, TargetAction, TargetResource};
use crate::resource_side::ResourceSides;
use crate::subject::Subject;
use crate::term::{Attribute, Term, Terms};
use crate::wildcard::Language;

/// A target with the actions for which it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The target; its action is the first of the class.
    pub target: Target,
    /// Every action of the class.
    pub actions: Vec<ActionId>,
    /// The action's service prefix in lower case.
    pub service: String,
    /// The action's name in lower case; empty for an action to come.
    pub name: String,
    /// The text `service:name` of an action to come, in lower case.
    pub future_name: Option<Attribute>,
    /// The service segment of the resource's ARN; empty where there is none.
    pub arn_service: String,
    /// The resource's ARN names the account that owns it.
    pub arn_names_account: bool,
    /// The name of the resource's type in the catalogue; empty where there is none.
    pub resource_type: String,
    /// The resource is a Bedrock foundation model.
    pub is_foundation_model: bool,
    /// The resource never has tags, as AWS documents (semantics:D3).
    pub is_untaggable_model: bool,
    /// Whether something may tell one resource of the target from another by its ARN.
    pub resources: Resources,
}

/// The resources of a target as the policies in question see them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Resources {
    /// Some may be told from others by their ARNs.
    Different,
    /// One stands for all.
    Alike,
}

impl Check {
    pub(crate) fn new(target: &Target, catalogue: &Catalogue) -> Self {
        let (service, name) = match &target.action {
            TargetAction::Catalogued(id) => catalogue
                .action(*id)
                .map(|action| (action.service.to_ascii_lowercase(), action.name.to_ascii_lowercase()))
                .unwrap_or_default(),
            TargetAction::Named(action) => {
                let lower = action.to_ascii_lowercase();
                let (service, name) = lower.split_once(':').unwrap_or((&lower, ""));
                (service.to_owned(), name.to_owned())
            }
            TargetAction::FutureOf(service) => (service.to_ascii_lowercase(), String::new()),
            TargetAction::FutureElsewhere => (String::new(), String::new()),
        };
        let arn_service = target
            .resource
            .resource_type()
            .and_then(|id| catalogue.resource_type(id))
            .and_then(|known| known.arn_formats.first())
            .and_then(|format| Arn::parse(format))
            .map_or_else(String::new, |arn| arn.service.to_owned());
        let arn_service =
            if target.resource == TargetResource::Unlisted { service.clone() } else { arn_service };
        let arn_names_account = match &target.resource {
            TargetResource::Exactly { arn, .. } => names_account(arn),
            TargetResource::OneOf { arns, .. } => arns.name_accounts(),
            TargetResource::AnyOwner { .. } => false,
            TargetResource::Type { .. }
            | TargetResource::AnyRegion { .. }
            | TargetResource::AnyRegionWithin { .. }
            | TargetResource::Within { .. }
            | TargetResource::GlobalModel { .. }
            | TargetResource::Wildcard
            | TargetResource::LeftOut
            | TargetResource::Unlisted
            | TargetResource::Anything => target
                .resource
                .resource_type()
                .and_then(|id| catalogue.resource_type(id))
                .is_some_and(|known| known.arn_formats.iter().all(|format| format.contains("${Account}"))),
        } && arn_service != "organizations"
            && !target.of_aws;
        let known = target.resource.resource_type().and_then(|id| catalogue.resource_type(id));
        let resource_type = known.map_or("", |known| known.name.as_str());
        let type_name = if service == "bedrock" { resource_type } else { "" };
        Self {
            target: target.clone(),
            actions: target.action.id().into_iter().collect(),
            future_name: None,
            arn_names_account,
            resource_type: resource_type.to_owned(),
            is_foundation_model: type_name == "foundation-model",
            is_untaggable_model: matches!(
                type_name,
                "foundation-model" | "inference-profile" | "default-prompt-router" | "guardrail-profile"
            ),
            resources: Resources::Different,
            service,
            name,
            arn_service,
        }
    }

    /// `service:name` in lower case.
    pub fn full_name(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }
}

/// Everything by which a query can tell two targets apart.
type Signature = (
    TargetResource,
    Vec<(ContextKey, KeyDemand)>,
    Vec<ActionMatch>,
    Vec<bool>,
    SpecialRules,
    Vec<Target>,
    (Option<AccountId>, Vec<Language>, bool),
);

/// What semantics.md says of single actions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SpecialRules {
    /// Of a global service; of a foundation model; bound by RCPs; of a service with gateway endpoints; about resources of
    /// other Regions too; within an account alone; exempt from SCPs, perhaps, for a root user, and for others.
    kinds: [bool; 8],
    resource_policy: super::special::PolicyRule,
    named: Option<TargetAction>,
}

/// The targets in order, those with equal signatures joined.
pub(super) fn classes(targets: &[Target], statements: &[&Statement], catalogue: &Catalogue) -> Vec<Check> {
    if targets.len() == 1 {
        return targets.iter().map(|target| Check::new(target, catalogue)).collect();
    }
    let mut elements: Vec<&Element<ActionPattern>> = Vec::new();
    let mut keys: BTreeSet<&ContextKey> = BTreeSet::new();
    for statement in statements {
        elements.push(&statement.action);
        keys.extend(super::statement::keys_of(statement));
    }
    let mut known: Vec<(Signature, usize)> = Vec::new();
    let mut checks: Vec<Check> = Vec::new();
    let mut index: BTreeMap<(Vec<ActionMatch>, Vec<bool>, SpecialRules), Vec<usize>> = BTreeMap::new();
    for target in targets {
        let check = Check::new(target, catalogue);
        let matches: Vec<ActionMatch> = elements
            .iter()
            .flat_map(|element| element.values.iter())
            .map(|pattern| action_match(pattern, &check.service, &check.name))
            .collect();
        let offered: Vec<bool> = keys
            .iter()
            .map(|key| {
                let resource_type = target.resource.resource_type();
                target.action.id().is_none_or(|action| catalogue.offers(action, resource_type, key))
            })
            .collect();
        let by_pattern = crate::wrong::is_on(crate::wrong::WrongEncoder::ClassesByPattern);
        let offered = if by_pattern { Vec::new() } else { offered };
        let special = special_rules(&check, &target.action, by_pattern, catalogue);
        let candidates = index.entry((matches.clone(), offered.clone(), special.clone())).or_default();
        let same = candidates.iter().copied().find(|place| {
            known.get(*place).is_some_and(|(signature, _)| {
                signature.0 == target.resource
                    && signature.1 == target.keys
                    && signature.5 == target.further
                    && signature.6.0 == target.owner
                    && signature.6.1 == target.covered
                    && signature.6.2 == target.of_aws
            })
        });
        if let Some((_, class)) = same.and_then(|place| known.get(place)) {
            if let Some(class) = checks.get_mut(*class) {
                class.actions.extend(target.action.id());
            }
        } else {
            candidates.push(known.len());
            known.push((
                (
                    target.resource.clone(),
                    target.keys.clone(),
                    matches,
                    offered,
                    special,
                    target.further.clone(),
                    (target.owner, target.covered.clone(), target.of_aws),
                ),
                checks.len(),
            ));
            checks.push(check);
        }
    }
    checks
}

/// The statements whose action may match some check, or one that its call makes besides; all others cannot matter.
pub(super) fn relevant_statements<'p>(statements: &[&'p Statement], checks: &[Check]) -> Vec<&'p Statement> {
    statements
        .iter()
        .copied()
        .filter(|statement| {
            checks.iter().any(|check| {
                check.target.action.id().is_none() || may_match_call(statement, &check.service, &check.name)
            })
        })
        .collect()
}

/// Notes of which checks the resources differ: some statement that may match names some, or a policy of a resource is asked.
pub(super) fn note_whose_resources_differ(
    checks: &mut [Check],
    statements: &[&Statement],
    sides: &[&ResourceSides],
) {
    for check in checks {
        let names = |statement: &&Statement| {
            let values = statement.resource.iter().flat_map(|element| &element.values);
            values.into_iter().any(|value| value.raw != "*")
                && may_match_call(statement, &check.service, &check.name)
        };
        let is_pattern = match check.target.resource {
            TargetResource::Within { .. }
            | TargetResource::AnyRegionWithin { .. }
            | TargetResource::AnyOwner { .. } => true,
            TargetResource::Type { .. }
            | TargetResource::Exactly { .. }
            | TargetResource::OneOf { .. }
            | TargetResource::AnyRegion { .. }
            | TargetResource::GlobalModel { .. }
            | TargetResource::Wildcard
            | TargetResource::LeftOut
            | TargetResource::Unlisted
            | TargetResource::Anything => false,
        };
        let service = super::resource_policy::policy_service(check);
        let asks = |side: &&ResourceSides| {
            service.is_some_and(|service| side.policies_for(service).next().is_some())
        };
        let different = is_pattern
            || sides.iter().any(asks)
            || check.target.action.id().is_none()
            || !check.target.covered.is_empty()
            || statements.iter().any(names);
        check.resources = if different { Resources::Different } else { Resources::Alike };
    }
}

/// The ARN names an account by its id; `aws` is none.
fn names_account(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| ringfence_model::arn::AccountId::parse(arn.account).is_some())
}

fn special_rules(
    check: &Check,
    action: &TargetAction,
    by_pattern: bool,
    catalogue: &Catalogue,
) -> SpecialRules {
    let sts = check.service == "sts" && !by_pattern;
    let iam = check.service == "iam" && !by_pattern;
    SpecialRules {
        kinds: [
            super::assumptions::GLOBAL_SERVICES.contains(&check.service.as_str()),
            check.is_foundation_model,
            super::resource_control::is_bound(check, catalogue),
            super::principal::passes_gateways(check),
            super::assumptions::is_across_regions(check),
            stays_in_account(&check.service, &check.name),
            super::policy_type::may_be_exempt(&check.service, &check.name, true),
            super::policy_type::may_be_exempt(&check.service, &check.name, false),
        ],
        resource_policy: super::special::policy_rule(check),
        // Rules that name single actions of these two services are too many to list: keep them apart.
        named: (sts
            || iam
            || action.id().is_none()
            || check.target.resource == TargetResource::Unlisted
            || super::policy_type::is_alias_change(check)
            || super::special::edits_bucket_policy(check))
        .then(|| action.clone()),
    }
}

impl Encoder<'_> {
    /// Asserts that the resource and the keys are as the chosen target asks.
    pub(super) fn assert_checks(&mut self) {
        if self.part.checks.is_empty() {
            self.formula.assert(Terms::FALSE);
            return;
        }
        for (index, check) in (0..).zip(self.part.checks.clone()) {
            let chosen = self.formula.chosen(self.part.check, index);
            let resource = self.part.resource;
            let mut demands = vec![self.has_form_of(&check)];
            demands.extend(self.ownership(&check));
            if let TargetResource::AnyRegionWithin { language, .. } = &check.target.resource {
                demands.push(self.formula.matches(resource, language.clone()));
            }
            if let TargetResource::Within { language, excluded, .. } = &check.target.resource {
                demands.push(self.formula.matches(resource, language.clone()));
                for language in excluded {
                    let inside = self.formula.matches(resource, language.clone());
                    demands.push(self.formula.terms.not(inside));
                }
            }
            for (key, demand) in &check.target.keys {
                demands.push(self.demand(key, demand));
            }
            let all = self.formula.terms.and(demands);
            let rule = self.formula.terms.implies(chosen, all);
            self.formula.assert(rule);
        }
    }

    /// The languages of [`check_forms`].
    pub(super) fn resource_languages(&mut self, check: &Check, region: Option<&str>) -> Vec<Language> {
        let forms = check_forms(check, region, self.subject, self.catalogue, self.memory);
        forms.into_iter().map(|form| form.arns).collect()
    }

    /// Where the resource is one that the target may be about; by a form that AWS does not document, only while that is
    /// open.
    fn has_form_of(&mut self, check: &Check) -> Term {
        let resource = self.part.resource;
        let mut fits = Vec::new();
        for form in check_forms(check, None, self.subject, self.catalogue, self.memory) {
            let inside = self.formula.matches(resource, form.arns);
            let Some(openness) = form.open else {
                fits.push(inside);
                continue;
            };
            let pinned = self.formula.pin(openness);
            let documented = match form.documented {
                None => Terms::FALSE,
                Some(language) => self.formula.matches(resource, language),
            };
            let rule = self.formula.terms.implies(pinned, documented);
            fits.push(self.formula.terms.and([rule, inside]));
        }
        self.formula.terms.or(fits)
    }
}

/// The forms of the check's target; of those that nothing tells apart the documented ones, if there are some.
pub(super) fn check_forms(
    check: &Check,
    region: Option<&str>,
    subject: &Subject,
    catalogue: &Catalogue,
    memory: &mut Memory,
) -> Vec<ArnForm> {
    let forms = target_forms(&check.target, region, subject, catalogue, memory);
    let is_known = |form: &ArnForm| form.open.is_none() || form.documented.is_some();
    if check.resources == Resources::Different || !forms.iter().any(is_known) {
        return forms;
    }
    let known = forms.into_iter().filter(is_known);
    let arns = known.map(|form| form.documented.unwrap_or(form.arns));
    arns.map(|arns| ArnForm { arns, open: None, documented: None }).collect()
}

/// The forms whose union holds the ARNs that a target may have, all in `region` if one is given and the ARN names one.
pub(super) fn target_forms(
    target: &Target,
    region: Option<&str>,
    subject: &Subject,
    catalogue: &Catalogue,
    memory: &mut Memory,
) -> Vec<ArnForm> {
    let documented = |arns| ArnForm { arns, open: None, documented: None };
    match &target.resource {
        TargetResource::Wildcard => vec![documented(Language::exactly("*"))],
        TargetResource::LeftOut => {
            vec![ArnForm {
                arns: Language::exactly("*"),
                open: Some(Openness::UnlistedResource),
                documented: None,
            }]
        }
        TargetResource::Unlisted => {
            let action = target.action.id().and_then(|id| catalogue.action(id));
            let account = subject.account.to_string();
            let place = (subject.partition.as_str(), region);
            action.map_or_else(Vec::new, |action| super::unlisted::forms(action, &account, place, catalogue))
        }
        TargetResource::Anything => {
            vec![documented(super::form::arns()), documented(Language::exactly("*"))]
        }
        TargetResource::Exactly { arn, .. } => match (region, Arn::parse(arn)) {
            (Some(region), Some(parts)) if !parts.region.is_empty() && parts.region != region => Vec::new(),
            _ => vec![documented(Language::exactly(arn))],
        },
        TargetResource::OneOf { arns, .. } => {
            let fitting = match region {
                Some(region) => arns.in_region(region),
                None => (!arns.is_empty()).then(|| arns.language().clone()),
            };
            fitting.into_iter().map(documented).collect()
        }
        TargetResource::GlobalModel { language, .. } | TargetResource::AnyOwner { language, .. } => {
            vec![documented(language.clone())]
        }
        TargetResource::Within { resource_type, .. }
        | TargetResource::AnyRegionWithin { resource_type, .. } => {
            forms_of_type((*resource_type, &[]), target, region, subject, catalogue, memory)
        }
        TargetResource::Type { resource_type, names }
        | TargetResource::AnyRegion { resource_type, names } => {
            forms_of_type((*resource_type, names), target, region, subject, catalogue, memory)
        }
    }
}

fn forms_of_type(
    (resource_type, names): (ResourceTypeId, &[Language]),
    target: &Target,
    region: Option<&str>,
    subject: &Subject,
    catalogue: &Catalogue,
    memory: &mut Memory,
) -> Vec<ArnForm> {
    let Some(known) = catalogue.resource_type(resource_type) else { return Vec::new() };
    let account = (!target.of_aws).then(|| target.owner.unwrap_or(subject.account));
    let forms = memory.forms(resource_type, account, (&subject.partition, region, names), || {
        let account = account.map(|account| account.to_string());
        let owner = account.as_deref().map_or(Owner::Aws, Owner::Account);
        super::format::arn_forms(known, names, owner, (&subject.partition, region), catalogue)
    });
    forms.to_vec()
}

//! Resources of other accounts and of AWS: which of a query's targets they may also be, and what cannot be the caller's own.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;
use ringfence_model::policy::{Effect, Statement};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::resource_policy_types::can_carry_policy;
use ringfence_model::template::{Piece, Template};

use super::action::{may_match, may_match_call};
use super::check::Check;
use super::format::{has_resources_of_aws, shapes_of_aws};
use super::resource_policy::policy_service;
use super::statement::{all_statements, keys_of};
use super::{Encoder, Memory};
use crate::account_pattern::{is_partial, some_of};
use crate::query::{Goal, Query, Target, TargetResource};
use crate::resource_side::{ResourcePolicy, ResourceSides};
use crate::subject::{Subject, SubjectKind};
use crate::term::Term;
use crate::wildcard::{Language, Theory};

/// The targets of `query`, and for each account whose resource policies the world shows those of its resources that the
/// target may also be: across accounts nothing is allowed without such a policy (semantics:B4). And what AWS owns, which
/// counts as the caller's own (semantics:A1), where `sets` or the policies of resources, by any of `sides`, can tell it from the caller's.
pub(crate) fn with_other_owners(
    query: &Query,
    sets: &[&PolicySet],
    (subject, sides): (&Subject, &[&ResourceSides]),
    catalogue: &Catalogue,
    (theory, memory): (&mut Theory, &mut Memory),
) -> Vec<Target> {
    if query.context.is_some() || !subject.kind.is_identity() {
        return query.targets.clone();
    }
    let naming = Naming::of(subject);
    let mut targets = Vec::new();
    for target in &query.targets {
        if target.owner.is_some() {
            targets.push(target.clone());
            continue;
        }
        if let Some(owner) = named_owner(target).filter(|owner| *owner != subject.account) {
            targets.push(Target { owner: Some(owner), ..target.clone() });
            continue;
        }
        targets.push(target.clone());
        if target.resource.is_none() || named_owner(target).is_some() {
            continue;
        }
        let check = Check::new(target, catalogue);
        if check.full_name() == "sts:assumeroot" {
            // It asks no policy of the account whose root user it makes a session of (semantics:B5).
            let mut others: BTreeSet<AccountId> = subject.resources.accounts().collect();
            others.extend(naming.accounts(&check));
            others.remove(&subject.account);
            targets.extend(others.into_iter().map(|owner| Target { owner: Some(owner), ..target.clone() }));
            continue;
        }
        let mut owners = naming.accounts(&check);
        if check.arn_service == "bedrock" {
            // What runs models is asked about wherever it is: no other remark is made where the policies of the others are missing.
            owners.extend(subject.resources.unknown(&check.arn_service));
            owners.remove(&subject.account);
        }
        for owner in owners {
            if may_have_unknown_policies(&check, owner, &subject.resources, catalogue) {
                targets.push(Target { owner: Some(owner), ..target.clone() });
            }
        }
        let mut by_owner: BTreeMap<AccountId, Vec<Language>> = BTreeMap::new();
        let asked = policy_service(&check).into_iter();
        for policy in asked.flat_map(|service| subject.resources.policies_for(service)) {
            if policy.owner != subject.account {
                by_owner.entry(policy.owner).or_default().extend(policy.covered());
            }
        }
        for (owner, covered) in by_owner {
            let owned = Target { owner: Some(owner), covered, ..target.clone() };
            let forms = super::check::target_forms(&owned, None, subject, catalogue, memory);
            let mut meets =
                |covered: &Language| forms.iter().any(|form| !theory.are_disjoint(&form.arns, covered));
            let covered: Vec<Language> = owned.covered.iter().filter(|one| meets(one)).cloned().collect();
            if !covered.is_empty() {
                targets.push(Target { covered, ..owned });
            }
        }
        if may_be_of_aws(target, &check, (query, sets), (subject, sides), catalogue, (theory, memory)) {
            targets.push(Target { of_aws: true, ..target.clone() });
        }
    }
    targets
}

/// Statements of a subject's policies that name other accounts, in the ARNs of their resources or as owners, in full or by a tag
/// that the subject has. Of all others that the world does not show nothing is asked.
pub(crate) struct Naming<'s>(Vec<(&'s Statement, BTreeSet<AccountId>)>);

impl<'s> Naming<'s> {
    /// All accounts that they name.
    pub(crate) fn all(&self) -> BTreeSet<AccountId> {
        self.0.iter().flat_map(|(_, accounts)| accounts).copied().collect()
    }

    pub(crate) fn of(subject: &'s Subject) -> Self {
        let policies = &subject.policies;
        let limits = policies.permissions_boundary.iter().chain(&policies.session).flatten();
        let statements =
            policies.identity.iter().chain(limits).flat_map(|policy| &policy.document.statements);
        let naming = statements.filter_map(|statement| {
            let mut accounts = accounts_in(statement, subject);
            accounts.remove(&subject.account);
            (!accounts.is_empty()).then_some((statement, accounts))
        });
        Self(naming.collect())
    }

    /// Whether some of them may match the action `service:name`, in lower case.
    pub(crate) fn is_for(&self, service: &str, name: &str) -> bool {
        self.0.iter().any(|(statement, _)| may_match_call(statement, service, name))
    }

    /// The accounts that those name which may match the check's action.
    fn accounts(&self, check: &Check) -> BTreeSet<AccountId> {
        let of_action = self.0.iter().filter(|(statement, _)| {
            check.target.action.id().is_none() || may_match_call(statement, &check.service, &check.name)
        });
        of_action.flat_map(|(_, accounts)| accounts).copied().collect()
    }
}

fn accounts_in(statement: &Statement, subject: &Subject) -> BTreeSet<AccountId> {
    let resources = statement.resource.iter().flat_map(|element| &element.values);
    // A wildcard before it may stand for several segments (F4).
    let in_arns = resources.flat_map(|value| {
        let text = with_own_values(value, subject);
        let mut found: Vec<AccountId> = text.split(':').filter_map(AccountId::parse).collect();
        // A pattern stands for accounts too; some of them are asked about.
        let pattern = text.split(':').nth(4).filter(|part| is_partial(part));
        found.extend(pattern.into_iter().flat_map(some_of));
        found
    });
    let keys = statement.conditions.iter();
    let owners = keys.filter(|condition| condition.key.canonical().ends_with(":resourceaccount"));
    let owners = owners.flat_map(|condition| &condition.values);
    in_arns.chain(owners.filter_map(|value| AccountId::parse(&with_own_values(value, subject)))).collect()
}

/// The value with the subject's own tags in the place of the variables that stand for them.
pub(crate) fn with_own_values(value: &Template, subject: &Subject) -> String {
    let mut text = String::new();
    for piece in &value.pieces {
        match piece {
            Piece::Text(fixed) | Piece::Literal(fixed) => text.push_str(fixed),
            Piece::Variable { key, .. } => {
                let tag =
                    key.family().filter(|(family, _)| *family == "aws:principaltag").map(|(_, tag)| tag);
                let own = |tag: &str| {
                    subject
                        .tags
                        .iter()
                        .find(|(name, _)| name.eq_ignore_ascii_case(tag))
                        .map(|(_, value)| value)
                };
                text.push_str(tag.and_then(own).map_or("*", String::as_str));
            }
        }
    }
    text
}

/// Whether of the resources of a target, which are of accounts that nothing names, some may let the subject in without the
/// world showing it.
pub(crate) fn may_be_hidden(target: &Target, subject: &Subject, catalogue: &Catalogue) -> bool {
    let check = Check::new(target, catalogue);
    match check.service.as_str() {
        // Of an organisation that is known all accounts are.
        "sts" if check.full_name() == "sts:assumeroot" => {
            subject.resources.organization(subject.account).is_none()
        }
        "sts" => check.resource_type == "role",
        _ => {
            let known = target.resource.resource_type().and_then(|id| catalogue.resource_type(id));
            known.is_some_and(|known| can_carry_policy(&check.arn_service, Some(&known.name)))
        }
    }
}

/// Whether resources of `owner` that the check may be about can carry a policy that the world does not show.
fn may_have_unknown_policies(
    check: &Check,
    owner: AccountId,
    side: &ResourceSides,
    catalogue: &Catalogue,
) -> bool {
    if check.service == "sts" {
        return check.resource_type == "role" && !side.knows_trust(owner);
    }
    let known = check.target.resource.resource_type().and_then(|id| catalogue.resource_type(id));
    // A key of KMS that the file does not name has a policy all the same.
    known.is_some_and(|known| can_carry_policy(&check.arn_service, Some(&known.name)))
        && (!side.knows(owner, &check.arn_service)
            || check.service == "kms"
            || side.covers_in_its_own_way(owner, &check.arn_service))
}

/// Whether the target may also be about resources of AWS that are not as good as the caller's own: some policy may tell
/// them apart, by the ARN, by who owns the resource, or since it is attached to it or to its account.
fn may_be_of_aws(
    target: &Target,
    check: &Check,
    (query, sets): (&Query, &[&PolicySet]),
    (subject, sides): (&Subject, &[&ResourceSides]),
    catalogue: &Catalogue,
    (theory, memory): (&mut Theory, &mut Memory),
) -> bool {
    let named = match &target.resource {
        TargetResource::Type { names, .. } => !names.is_empty(),
        TargetResource::Within { .. } => false,
        TargetResource::Exactly { .. }
        | TargetResource::OneOf { .. }
        | TargetResource::AnyRegion { .. }
        | TargetResource::AnyRegionWithin { .. }
        | TargetResource::GlobalModel { .. }
        | TargetResource::AnyOwner { .. }
        | TargetResource::Wildcard
        | TargetResource::LeftOut
        | TargetResource::Unlisted
        | TargetResource::Anything => true,
    };
    let known = target.resource.resource_type().and_then(|id| catalogue.resource_type(id));
    if named || target.of_aws || !known.is_some_and(has_resources_of_aws) {
        return false;
    }
    let asked = match query.goal {
        Goal::Allowed | Goal::AllowedBeyond(_) | Goal::AllowedUnlike(_) => true,
        Goal::NotGranted => false,
    };
    if asked && !may_allow_of_aws(target, check, subject, catalogue, (theory, memory)) {
        return false;
    }
    if matches!(target.resource, TargetResource::Within { .. })
        || target.keys.iter().any(|(key, _)| says_whose(key))
        || policy_service(check).is_some_and(|service| {
            sides.iter().any(|side| side.policies_of(subject.account, service).next().is_some())
        })
        || sides.iter().any(|side| !side.resource_control(subject.account).is_empty())
    {
        return true;
    }
    let tells = |statement: &Statement| {
        let resource = statement.resource.iter().flat_map(|element| &element.values);
        let by_resource = resource.into_iter().any(|value| value.raw != "*");
        let by_owner = keys_of(statement).into_iter().any(says_whose);
        (by_resource || by_owner) && may_match_call(statement, &check.service, &check.name)
    };
    sets.iter().flat_map(|set| all_statements(set)).any(tells)
}

/// Whether the subject's own policies may allow the target on what AWS owns: nothing else does.
fn may_allow_of_aws(
    target: &Target,
    check: &Check,
    subject: &Subject,
    catalogue: &Catalogue,
    (theory, memory): (&mut Theory, &mut Memory),
) -> bool {
    if subject.kind == SubjectKind::Root {
        return true;
    }
    let shapes = target.resource.resource_type().map(|id| {
        let known = || catalogue.resource_type(id).map(|known| shapes_of_aws(known, &subject.partition));
        memory.shapes(id, &subject.partition, || known().unwrap_or_default())
    });
    let shapes = shapes.as_deref().unwrap_or_default();
    let of_aws = Target { of_aws: true, ..target.clone() };
    let mut all_forms = || -> Vec<Language> {
        let forms = super::check::target_forms(&of_aws, None, subject, catalogue, memory);
        forms.into_iter().map(|form| form.arns.in_lower_case()).collect()
    };
    let mut forms = None;
    let mut reaches = |value: &Template| {
        // A value of fewer than six parts may be padded (F7).
        if value.raw.contains("${") || value.raw.split(':').count() < 6 {
            return true;
        }
        // In lower case, since some readings take the front of an ARN in any letter case.
        let pattern = Language::glob(&value.raw.to_ascii_lowercase());
        let mut meets = |arns: &Language| !theory.are_disjoint(arns, &pattern);
        shapes.iter().any(&mut meets) && forms.get_or_insert_with(&mut all_forms).iter().any(meets)
    };
    let statements = subject.policies.identity.iter().flat_map(|policy| &policy.document.statements);
    statements
        .filter(|statement| {
            statement.effect == Effect::Allow && may_match(statement, &check.service, &check.name)
        })
        .any(|statement| match &statement.resource {
            Some(element) if !element.negated => element.values.iter().any(&mut reaches),
            Some(_) | None => true,
        })
}

/// The key says who owns the resource.
fn says_whose(key: &ContextKey) -> bool {
    matches!(key.canonical(), "aws:resourceaccount" | "aws:resourceorgid" | "aws:resourceorgpaths")
}

/// The resources by whose policies the checks can be told apart: each policy is asked about those that it covers.
pub(super) fn covered(checks: &[Check], sides: &[&ResourceSides]) -> Vec<Language> {
    let mut services: Vec<&str> = checks.iter().filter_map(policy_service).collect();
    services.sort_unstable();
    services.dedup();
    let policies = services
        .into_iter()
        .flat_map(|service| sides.iter().flat_map(move |side| side.policies_for(service)));
    let known = policies.flat_map(|policy| policy.covered().into_iter().chain(policy.excepted()));
    known.chain(checks.iter().flat_map(|check| check.target.covered.iter().cloned())).collect()
}

/// The account that the target's only ARN names, and that owns it: ARNs of Organizations name the management account,
/// whoever may call.
pub(crate) fn named_owner(target: &Target) -> Option<AccountId> {
    match &target.resource {
        TargetResource::Exactly { arn, .. } => {
            let arn = Arn::parse(arn).filter(|arn| arn.service != "organizations")?;
            AccountId::parse(arn.account)
        }
        TargetResource::OneOf { .. }
        | TargetResource::Type { .. }
        | TargetResource::Within { .. }
        | TargetResource::AnyRegion { .. }
        | TargetResource::AnyRegionWithin { .. }
        | TargetResource::GlobalModel { .. }
        | TargetResource::AnyOwner { .. }
        | TargetResource::Wildcard
        | TargetResource::LeftOut
        | TargetResource::Unlisted
        | TargetResource::Anything => None,
    }
}

impl Encoder<'_> {
    /// What follows from who owns the resource of a target: it is one that the owner's policies cover; and where the
    /// ARN names no account, as a bucket's, it is not one that another account has a policy for.
    pub(super) fn ownership(&mut self, check: &Check) -> Vec<Term> {
        let resource = self.part.resource;
        let mut rules = Vec::new();
        if !check.target.covered.is_empty() {
            let inside: Vec<Term> = check
                .target
                .covered
                .iter()
                .map(|language| self.formula.matches(resource, language.clone()))
                .collect();
            rules.push(self.formula.terms.or(inside));
        }
        let own = check.target.owner.unwrap_or(self.subject.account);
        let pinned = self.query.context.is_some();
        if pinned || check.target.of_aws || check.arn_names_account || check.target.resource.is_none() {
            return rules;
        }
        let resources = std::sync::Arc::clone(&self.subject.resources);
        let asked = policy_service(check).into_iter();
        let known = asked.flat_map(|service| resources.policies_for(service));
        for policy in known.filter(|policy| policy.owner != own) {
            for language in policy.covered() {
                let inside = self.formula.matches(resource, language);
                rules.push(self.formula.terms.not(inside));
            }
        }
        rules
    }

    /// The resource, whose ARN names no account, has a policy of another owner than the target's in the world of the subject.
    pub(super) fn has_another_owner(&mut self) -> Term {
        let resources = std::sync::Arc::clone(&self.subject.resources);
        let mut others = Vec::new();
        for (index, check) in (0..).zip(self.part.checks.clone()) {
            let own = check.target.owner.unwrap_or(self.subject.account);
            if check.target.of_aws || check.arn_names_account || check.target.resource.is_none() {
                continue;
            }
            let chosen = self.formula.chosen(self.part.check, index);
            let asked = policy_service(&check).into_iter();
            let known = asked.flat_map(|service| resources.policies_for(service));
            for language in known.filter(|policy| policy.owner != own).flat_map(ResourcePolicy::covered) {
                let inside = self.formula.matches(self.part.resource, language);
                others.push(self.formula.terms.and([chosen, inside]));
            }
        }
        self.formula.terms.or(others)
    }
}

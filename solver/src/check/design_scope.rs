//! Whom of the principals of a design a guardrail is about, where no principal is known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::policy::{Effect, Statement};
use ringfence_model::policy_set::ControlLevel;
use ringfence_model::world::{Organization, World};

use super::design::Design;
use crate::encode::form::session_name_characters;
use crate::guardrail::{PrincipalKind, PrincipalScope, above};
use crate::subject::{AnyName, Subject};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder, Theory};

/// Stands for a part of a name or path that a wildcard leaves open.
const ANY_PART: &str = "anybody";
/// Stands for a value of a tag that a wildcard leaves open.
const ANY_VALUE: &str = "any";

/// Whether the account of a design is one of those that a guardrail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    /// It is, or any account may be.
    Yes,
    /// It may be further down, where SCPs bind it that are no part of the design.
    FurtherDown,
    /// It is not.
    No,
}

/// The scope of a guardrail for the principals of one kind in the account of a design.
#[derive(Debug)]
pub(super) struct DesignScope<'s> {
    scope: &'s PrincipalScope,
    design: &'s Design,
    kind: PrincipalKind,
}

/// Whether the account of `design` is in the scope, and all that binds it in the design. OUs count as far as `world` shows where the
/// account is.
pub(super) fn inside(scope: &PrincipalScope, design: &Design, world: &World) -> Inside {
    if !scope.accounts.is_empty() && !scope.accounts.contains(&design.account) {
        return Inside::No;
    }
    let Some(organization) = &world.organization else { return Inside::Yes };
    let units = || scope.organizational_units.iter().map(String::as_str);
    let holds = |above: &BTreeSet<Arc<str>>| {
        scope.organizational_units.is_empty() || units().any(|unit| above.contains(unit))
    };
    if organization.accounts.contains_key(&design.account) {
        let place = if holds(&above(world, design.account)) { Inside::Yes } else { Inside::No };
        let bound = bound_below(organization, design);
        return if place == Inside::Yes { bound } else { place };
    }
    // An account that need not exist yet: somewhere below the node of the design.
    let Some(node) = &design.under else { return Inside::Yes };
    if holds(&organization.path_of_node(node).into_iter().collect()) {
        return Inside::Yes;
    }
    let below = |unit: &str| organization.path_of_node(unit).iter().any(|one| one.as_ref() == node.as_str());
    if units().any(below) { Inside::FurtherDown } else { Inside::No }
}

/// Some account or OU below the node of `design` may be in the scope, and more SCPs bind it there.
pub(super) fn more_binds_below(scope: &PrincipalScope, design: &Design, world: &World) -> bool {
    let (Some(organization), Some(node)) = (&world.organization, &design.under) else { return false };
    let is_below = |path: &[Arc<str>]| path.iter().any(|one| one.as_ref() == node.as_str());
    let in_units = |path: &[Arc<str>]| {
        scope.organizational_units.is_empty()
            || scope.organizational_units.iter().any(|unit| path.iter().any(|one| **one == **unit))
    };
    let of_account = organization.accounts.keys().any(|account| {
        let path = organization.path(*account);
        let is_meant = scope.accounts.is_empty() || scope.accounts.contains(account);
        let here = Design { account: *account, ..design.clone() };
        is_meant
            && is_below(&path)
            && in_units(&path)
            && bound_below(organization, &here) == Inside::FurtherDown
    });
    let of_unit = scope.accounts.is_empty()
        && organization.nodes.keys().any(|unit| {
            let path = organization.path_of_node(unit);
            **unit != **node
                && is_below(&path)
                && in_units(&path)
                && !adds_nothing(&organization.level(Arc::clone(unit)))
        });
    of_account || of_unit
}

/// Whether the account of `design`, which the organisation has, is below its node, and more SCPs bind it there.
fn bound_below(organization: &Organization, design: &Design) -> Inside {
    let account = design.account.to_string();
    let Some(node) = design.under.as_ref().filter(|node| **node != account) else { return Inside::Yes };
    let mut below =
        organization.path(design.account).into_iter().skip_while(|one| one.as_ref() != node.as_str());
    if below.next().is_none() {
        return Inside::No;
    }
    let levels = below.chain([Arc::from(account)]).map(|target| organization.level(target));
    if levels.into_iter().all(|level| adds_nothing(&level)) { Inside::Yes } else { Inside::FurtherDown }
}

/// The level lets everything through.
fn adds_nothing(level: &ControlLevel) -> bool {
    let mut statements = level.policies.iter().flat_map(|policy| &policy.document.statements);
    let allows_all = |statement: &Statement| {
        let resources = statement.resource.as_ref();
        statement.effect == Effect::Allow
            && statement.conditions.is_empty()
            && !statement.action.negated
            && statement.action.values.iter().any(|action| action.0 == "*")
            && resources.is_some_and(|element| {
                !element.negated && element.values.iter().any(|value| value.raw == "*")
            })
    };
    statements.clone().all(|statement| statement.effect == Effect::Allow) && statements.any(allows_all)
}

impl<'s> DesignScope<'s> {
    pub(super) fn new(scope: &'s PrincipalScope, design: &'s Design, kind: PrincipalKind) -> Self {
        Self { scope, design, kind }
    }

    /// The subject is in the scope, as far as names, paths and tags tell.
    pub(super) fn admits(&self, subject: &Subject) -> bool {
        let scope = PrincipalScope {
            accounts: Vec::new(),
            organizational_units: Vec::new(),
            kinds: Vec::new(),
            ..self.scope.clone()
        };
        // Only AWS uses these.
        let of_service = Language::arn_pattern("arn:*:iam::*:role/aws-service-role/*");
        scope.holds(subject, &BTreeSet::new()) && !of_service.accepts(&subject.arn)
    }

    /// At least the names and tags that principals of the scope have.
    pub(super) fn anybody(&self) -> AnyName {
        let languages = |patterns: &[String]| patterns.iter().map(|one| named(one)).collect::<Vec<_>>();
        let mut names = AnyName::default();
        if !self.scope.include.is_empty() {
            names.include.push(languages(&self.scope.include));
        }
        if !self.scope.paths.is_empty() {
            names.include.push(self.scope.paths.iter().map(|path| self.on_path(path)).collect());
        }
        names.exclude = languages(&self.scope.exclude);
        names.exclude.push(Language::arn_pattern("arn:*:iam::*:role/aws-service-role/*"));
        names.tags = self
            .scope
            .tags
            .iter()
            .map(|(key, values)| (key.clone(), values.iter().map(|value| Language::glob(value)).collect()))
            .collect();
        names
    }

    /// ARNs that the patterns of the scope admit, made from them: some of many.
    pub(super) fn candidates(&self) -> Vec<String> {
        let account = format!("::{}:", self.design.account);
        let partition = format!("arn:{}:", self.design.partition);
        let of_patterns = self.scope.include.iter().map(|pattern| {
            let arn = pattern.replacen("::*:", &account, 1).replacen("arn:*:", &partition, 1);
            arn.replace('*', ANY_PART).replace('?', "x")
        });
        let of_paths = self.scope.paths.iter().map(|path| {
            let path = path.replace('*', "").replace('?', "x");
            let (before, behind) =
                (if path.starts_with('/') { "" } else { "/" }, if path.ends_with('/') { "" } else { "/" });
            format!("{}{before}{path}{behind}{ANY_PART}", self.prefix()).replace("//", "/")
        });
        let prefix = format!("{}/", self.prefix());
        of_patterns.chain(of_paths).filter(|arn| arn.starts_with(&prefix)).collect()
    }

    /// The tags of the scope, each with a value that it admits: of `found` where that does.
    pub(super) fn tags(&self, found: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut tags = found;
        for (key, patterns) in &self.scope.tags {
            let admits = |value: &str| patterns.iter().any(|one| Language::glob(one).accepts(value));
            let of_found = tags.iter().find(|(own, _)| own.eq_ignore_ascii_case(key));
            if of_found.is_some_and(|(_, value)| admits(value)) {
                continue;
            }
            tags.retain(|own, _| !own.eq_ignore_ascii_case(key));
            if let Some(pattern) = patterns.first() {
                tags.insert(key.clone(), pattern.replace('*', ANY_VALUE).replace('?', "x"));
            }
        }
        tags
    }

    /// No principal of the kind can have a name that the scope admits.
    pub(super) fn is_nobody(&self, theory: &mut Theory) -> bool {
        let mut own = LanguageBuilder::new();
        own.text(&self.prefix()).star(CharacterSet::any()).text("/").some(session_name_characters());
        let own = own.build();
        let names = self.anybody();
        let excluded: Vec<&Language> = names.exclude.iter().collect();
        let mut choices: Vec<Vec<&Language>> = vec![Vec::new()];
        for languages in &names.include {
            choices = choices
                .iter()
                .flat_map(|chosen| languages.iter().map(|one| chosen.iter().copied().chain([one]).collect()))
                .collect();
        }
        choices.iter().all(|chosen| theory.is_covered(&own, chosen, &excluded))
    }

    /// Names, paths and tags of those that the scope means are written out: it leaves none of them open.
    pub(super) fn is_exact(&self) -> bool {
        let exact = |pattern: &String| !pattern.contains(['*', '?']) && pattern.contains(':');
        !self.scope.include.is_empty() && self.scope.include.iter().all(exact)
    }

    /// The scope tells the value of the tag `key`.
    pub(super) fn tells(&self, key: &str) -> bool {
        let of_key = self.scope.tags.iter().filter(|(own, _)| own.eq_ignore_ascii_case(key));
        let exact = |patterns: &[String]| matches!(patterns, [one] if !one.contains(['*', '?']));
        let mut told = of_key.map(|(_, patterns)| exact(patterns));
        told.next().is_some_and(|first| first && told.all(|more| more))
    }

    /// Where the ARN of every principal of the kind begins.
    fn prefix(&self) -> String {
        let word = if self.kind == PrincipalKind::User { "user" } else { "role" };
        format!("arn:{}:iam::{}:{word}", self.design.partition, self.design.account)
    }

    /// At least the ARNs with such a path.
    fn on_path(&self, path: &str) -> Language {
        let mut builder = LanguageBuilder::new();
        builder.text(&self.prefix()).glob(path, &CharacterSet::any()).some(session_name_characters());
        builder.build()
    }
}

/// The ARNs that an entry of `include` or `exclude` names: a pattern, or an account with everybody in it.
fn named(pattern: &str) -> Language {
    match AccountId::parse(pattern) {
        Some(account) => Language::arn_pattern(&format!("arn:*:iam::{account}:*")),
        None => Language::arn_pattern(pattern),
    }
}

//! What the conditions and resources of a world's policies name: policies, tags, and principals that are not there yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::Arn;
use ringfence_model::condition::Condition;
use ringfence_model::context::ContextKey;
use ringfence_model::managed;
use ringfence_model::policy::Statement;
use ringfence_model::template::Piece;
use ringfence_model::world::{Account, World};

use crate::encode::action::glob_ignoring_case;

/// All statements of the world's policies that decide about calls to IAM.
fn statements(world: &World) -> impl Iterator<Item = &Statement> {
    let controls = world
        .organization
        .iter()
        .flat_map(|organization| &organization.service_control_policies)
        .flat_map(|policy| &policy.policy.document.statements);
    let own = world.principals().flat_map(|(_, principal)| {
        principal.identity().iter().chain(principal.boundary()).flat_map(|policy| &policy.document.statements)
    });
    controls.chain(own)
}

/// A text that the pattern matches.
pub(super) fn filled(pattern: &str) -> String {
    pattern.replace('*', "ringfence").replace('?', "x")
}

/// The one variable of a template that begins with text, with what stands before and behind it.
fn around_variable(pieces: &[Piece]) -> Option<(&str, &ContextKey, &str)> {
    match pieces {
        [Piece::Text(front), Piece::Variable { key, .. }] => Some((front, key, "")),
        [Piece::Text(front), Piece::Variable { key, .. }, Piece::Text(back)] => Some((front, key, back)),
        _ => None,
    }
}

/// Patterns of policies with which conditions compare iam:PermissionsBoundary.
pub(super) fn boundaries_in_conditions(world: &World) -> BTreeSet<String> {
    let about = |condition: &&Condition| {
        ["iam:permissionsboundary", "iam:policyarn"].contains(&condition.key.canonical())
    };
    statements(world)
        .flat_map(|statement| &statement.conditions)
        .filter(about)
        .flat_map(|condition| &condition.values)
        .map(|value| crate::account_pattern::with_wildcards(&value.raw))
        .collect()
}

/// A pattern that matches more of the policies of AWS names none of them in particular.
const FEW: usize = 40;

/// The managed policies of AWS that patterns of conditions name.
pub(super) fn of_aws_in_conditions(named: &BTreeSet<String>) -> BTreeSet<Arc<str>> {
    let Ok(all) = managed::all() else { return BTreeSet::new() };
    let all: Vec<&str> = all.map(|record| record.arn.as_str()).collect();
    let mut found = BTreeSet::new();
    for pattern in
        named.iter().filter(|pattern| pattern.contains(['*', '?']) || pattern.contains(":iam::aws:"))
    {
        let fitting: Vec<&&str> = all.iter().filter(|arn| glob_ignoring_case(pattern, arn)).collect();
        if fitting.len() <= FEW {
            found.extend(fitting.into_iter().map(|arn| Arc::from(*arn)));
        }
    }
    found
}

pub(super) fn is_of_partition(arn: &str, partition: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.partition == partition)
}

/// Tags of callers and of what they ask about that conditions name, with the values.
pub(super) fn wanted_tags(world: &World) -> BTreeMap<String, BTreeSet<String>> {
    const FAMILIES: [&str; 5] =
        ["aws:principaltag", "aws:resourcetag", "iam:resourcetag", "ec2:resourcetag", "ssm:resourcetag"];
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let trusts = world.accounts.values().flat_map(|account| &account.roles).map(|role| &role.trust);
    let all = trusts.flat_map(|trust| &trust.document.statements).chain(statements(world));
    for condition in all.flat_map(|statement| &statement.conditions) {
        let Some((family, _)) = condition.key.family() else { continue };
        let Some((_, tag)) = condition.key.as_written().split_once('/') else { continue };
        if !FAMILIES.contains(&family) {
            continue;
        }
        let values = wanted.entry(tag.to_owned()).or_default();
        let plain = condition.values.iter().filter(|value| !value.has_variable());
        values.extend(plain.map(|value| value.raw.replace(['*', '?'], "x")));
    }
    let names: Vec<&str> = world.principals().map(|(_, principal)| principal.arn().as_ref()).collect();
    for template in
        statements(world).flat_map(|statement| &statement.resource).flat_map(|element| &element.values)
    {
        let Some((front, key, back)) = around_variable(&template.pieces) else { continue };
        let (Some(("aws:principaltag", _)), Some((_, tag))) =
            (key.family(), key.as_written().split_once('/'))
        else {
            continue;
        };
        // With which values of the tag the pattern is that of somebody.
        let values = wanted.entry(tag.to_owned()).or_default();
        let fitting = names.iter().filter_map(|arn| arn.strip_prefix(front)?.strip_suffix(back));
        values.extend(fitting.map(str::to_owned));
    }
    wanted
}

/// ARNs that a run may give to users and roles that it creates in the account: one for each pattern of such ARNs in a policy, and one
/// that none is about.
pub(super) fn new_names(account: &Account) -> Vec<String> {
    let mut all = BTreeSet::new();
    let front = format!("arn:{}:iam::{}:", account.partition, account.id);
    for word in ["role", "user"] {
        all.insert(format!("{front}{word}/ringfence"));
    }
    let of_account = account.principals().flat_map(|principal| {
        let policies = principal.identity().iter().chain(principal.boundary());
        policies.flat_map(|policy| &policy.document.statements)
    });
    for value in
        of_account.flat_map(|statement| statement.resource.iter()).flat_map(|element| &element.values)
    {
        let pattern = crate::account_pattern::with_wildcards(&value.raw);
        let Some(arn) = Arn::parse(&pattern) else { continue };
        if arn.service != "iam" || !glob_ignoring_case(arn.account, &account.id.to_string()) {
            continue;
        }
        let reserved = ["role/aws-service-role/", "role/aws-reserved/"];
        if !["role/", "user/"].into_iter().any(|word| arn.resource.starts_with(word))
            || reserved.into_iter().any(|path| arn.resource.starts_with(path))
        {
            continue;
        }
        all.insert(format!("{front}{}", filled(arn.resource)));
    }
    all.into_iter().collect()
}

/// So many names are tried at most in an account.
const NAMES: usize = 24;

/// ARNs that a path may give to users and groups of the account and that none has: one for each pattern of such ARNs in a policy, in its
/// resources and conditions, the names with which a pattern that holds the caller's becomes that of somebody, and one that none is about.
pub(super) fn names_to_get(account: &Account) -> BTreeSet<Arc<str>> {
    let front = format!("arn:{}:iam::{}:", account.partition, account.id);
    let mut all: BTreeSet<Arc<str>> =
        ["user", "group"].map(|word| Arc::from(format!("{front}{word}/ringfence"))).into();
    let of_account = account.principals().flat_map(|principal| {
        let policies = principal.identity().iter().chain(principal.boundary());
        policies.flat_map(|policy| &policy.document.statements)
    });
    // What policies of roles and resources ask their callers to be called.
    let trust = account.roles.iter().map(|role| &role.trust);
    let of_resources = account.resource_policies.iter().flat_map(std::collections::BTreeMap::values);
    let of_resources = trust.chain(of_resources).flat_map(|policy| &policy.document.statements);
    let id = account.id.to_string();
    for statement in of_account.chain(of_resources) {
        if all.len() >= NAMES {
            break;
        }
        let compared = statement
            .conditions
            .iter()
            .filter(|condition| ["aws:principalarn", "aws:username"].contains(&condition.key.canonical()));
        let compared = compared.flat_map(|condition| &condition.values);
        for value in statement.resource.iter().flat_map(|element| &element.values).chain(compared) {
            all.extend(names_of_somebody(account, &value.pieces));
            let pattern = crate::account_pattern::with_wildcards(&value.raw);
            let Some(arn) = Arn::parse(&pattern) else { continue };
            let of_kind = ["user/", "group/"].iter().any(|word| arn.resource.starts_with(word));
            if arn.service == "iam" && glob_ignoring_case(arn.account, &id) && of_kind {
                all.insert(Arc::from(format!("{front}{}", filled(arn.resource))));
            }
        }
        let of_name = statement.conditions.iter().filter(|known| known.key.canonical() == "aws:username");
        for value in of_name.flat_map(|known| &known.values).filter(|value| !value.has_variable()) {
            all.insert(Arc::from(format!("{front}user/{}", filled(&value.raw))));
        }
    }
    let groups = account.groups.iter().map(|group| &group.arn);
    let there: BTreeSet<&Arc<str>> = account.users.iter().map(|user| &user.arn).chain(groups).collect();
    all.retain(|name| !there.contains(name));
    all
}

/// With which names of the caller the text is the ARN of a user or role of the account.
fn names_of_somebody(account: &Account, pieces: &[Piece]) -> Vec<Arc<str>> {
    let Some((front, key, back)) = around_variable(pieces) else { return Vec::new() };
    if key.canonical() != "aws:username" {
        return Vec::new();
    }
    let names = account.principals().map(|principal| Arc::clone(principal.arn()));
    let fitting = names.filter_map(|arn| Some(arn.strip_prefix(front)?.strip_suffix(back)?.to_owned()));
    let own = format!("arn:{}:iam::{}:user/", account.partition, account.id);
    fitting
        .filter(|name| !name.is_empty() && !name.contains('/'))
        .map(|name| Arc::from(format!("{own}{name}")))
        .collect()
}

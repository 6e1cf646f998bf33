//! Who can become a principal: whom the trust policy of each role admits, as it is written; and what resource policies open to the public.
//!
//! Nothing is decided here: conditions are shown, and those that narrow who is meant are told apart from those that do not.

use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::condition::Condition;
use ringfence_model::policy::{Effect, PolicyType, PrincipalPattern, Statement, StatementReference};
use ringfence_model::world::{Account, IamPrincipal, Role, World};

use crate::encode::action::may_match;

/// Whom a statement admits, the widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdmittedKind {
    /// Every principal of every account.
    Everybody,
    /// Whoever an identity provider vouches for.
    Provider,
    /// An account, or a principal of one, that neither the world nor its organisation has.
    ForeignAccount,
    /// Another account of the world or of its organisation, or a principal of one.
    OtherAccount,
    /// A service of AWS.
    Service,
    /// The account that the role is in.
    OwnAccount,
    /// A principal of the account.
    Principal,
    /// A principal of an account of the world that is not there: whoever makes it again is admitted.
    AbsentPrincipal,
}

impl AdmittedKind {
    /// A word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Provider => "provider",
            Self::ForeignAccount => "foreign-account",
            Self::OtherAccount => "other-account",
            Self::Service => "service",
            Self::OwnAccount => "own-account",
            Self::Principal => "principal",
            Self::AbsentPrincipal => "absent-principal",
        }
    }

    /// The same for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Provider => "identity provider",
            Self::ForeignAccount => "foreign account",
            Self::OtherAccount => "other account",
            Self::Service => "service",
            Self::OwnAccount => "own account",
            Self::Principal => "principal",
            Self::AbsentPrincipal => "principal that is not there",
        }
    }
}

/// One whom a trust policy admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// What it is.
    pub kind: AdmittedKind,
    /// As the statement names it.
    pub name: String,
    /// The calls of STS by which it begins a session.
    pub calls: Vec<&'static str>,
    /// The conditions of the statement, in words.
    pub conditions: Vec<String>,
    /// The statement names everybody, or all of a provider, and no condition says who is meant.
    pub is_wildcard: bool,
    /// The statement.
    pub statement: StatementReference,
}

/// What a trust policy says of who begins sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Whom it admits: wildcards first, then the widest first.
    pub admitted: Vec<Admitted>,
    /// What it denies besides: each statement with its conditions in words.
    pub denied: Vec<(StatementReference, Vec<String>)>,
}

/// A resource whose policy lets everybody use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// Its ARN.
    pub resource: Arc<str>,
    /// The actions that everybody may ask for, as written.
    pub actions: Vec<String>,
    /// The conditions of the statement, in words.
    pub conditions: Vec<String>,
    /// No condition says who is meant, or from where.
    pub is_open: bool,
    /// The ARN of the role that it runs with, if resources.json says so.
    pub role: Option<String>,
    /// The statement.
    pub statement: StatementReference,
}

/// The calls that begin a session of a role, and who makes them.
const BEGINS: [(&str, &str); 3] = [
    ("sts:AssumeRole", "assumerole"),
    ("sts:AssumeRoleWithSAML", "assumerolewithsaml"),
    ("sts:AssumeRoleWithWebIdentity", "assumerolewithwebidentity"),
];

/// Keys that say who calls, whatever the caller does.
const WHO: [&str; 6] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:userid",
    "aws:username",
];

/// Keys that say for whom a service acts, or from where a request comes.
const WHENCE: [&str; 8] = [
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceip",
    "aws:vpcsourceip",
];

/// Providers of which the audience is the application: whoever trusts all audiences trusts everybody's.
const BY_AUDIENCE: [&str; 4] =
    ["cognito-identity.amazonaws.com", "accounts.google.com", "graph.facebook.com", "www.amazon.com"];

/// Services whose resources run with a role and can carry a policy, with the actions by which they are used.
const USES: [(&str, &[&str]); 2] = [
    (
        "lambda",
        &[
            "invokefunction",
            "invokefunctionurl",
            "updatefunctioncode",
            "updatefunctionconfiguration",
            "addpermission",
        ],
    ),
    (
        "bedrock-agentcore",
        &[
            "invokeagentruntime",
            "invokeagentruntimeforuser",
            "invokeagentruntimecommand",
            "invokeagentruntimecommandshell",
            "invokeagentruntimewithwebsocketstream",
            "invokeagentruntimewithwebsocketstreamforuser",
            "invokeharness",
            "updateagentruntime",
            "updateharness",
            "invokegateway",
            "updategatewaytarget",
            "creategatewaytarget",
        ],
    ),
];

/// Whom the trust policy of `role` admits.
pub fn of_role(world: &World, account: &Account, role: &Role) -> Provenance {
    let mut provenance = Provenance::default();
    for statement in &role.trust.document.statements {
        let calls: Vec<(&'static str, &str)> =
            BEGINS.into_iter().filter(|(_, name)| may_match(statement, "sts", name)).collect();
        if calls.is_empty() {
            continue;
        }
        let reference = StatementReference::new(&role.trust, PolicyType::Trust, statement);
        let conditions: Vec<String> = statement.conditions.iter().map(words).collect();
        if statement.effect == Effect::Deny {
            provenance.denied.push((reference, conditions));
            continue;
        }
        let Some(principal) = &statement.principal else { continue };
        let mut add = |kind: AdmittedKind, name: String, is_wildcard: bool| {
            let calls: Vec<&'static str> = calls
                .iter()
                .filter(|(_, name)| match kind {
                    AdmittedKind::Everybody => true,
                    AdmittedKind::Provider => *name != "assumerole",
                    AdmittedKind::ForeignAccount
                    | AdmittedKind::OtherAccount
                    | AdmittedKind::Service
                    | AdmittedKind::OwnAccount
                    | AdmittedKind::Principal
                    | AdmittedKind::AbsentPrincipal => *name == "assumerole",
                })
                .map(|(call, _)| *call)
                .collect();
            if !calls.is_empty() {
                let (conditions, statement) = (conditions.clone(), reference.clone());
                provenance.admitted.push(Admitted { kind, name, calls, conditions, is_wildcard, statement });
            }
        };
        if principal.negated {
            let but: Vec<String> = principal.values.iter().map(text).collect();
            let name = format!("everybody but {}", but.join(", "));
            add(AdmittedKind::Everybody, name, !says_who(statement, &WHO));
            continue;
        }
        for value in &principal.values {
            match value {
                PrincipalPattern::Everyone => {
                    add(AdmittedKind::Everybody, "*".to_owned(), !says_who(statement, &WHO));
                }
                PrincipalPattern::Federated(name) => {
                    add(AdmittedKind::Provider, name.clone(), !says_whom_it_vouches_for(statement, name));
                }
                PrincipalPattern::Service(name) => add(AdmittedKind::Service, name.clone(), false),
                PrincipalPattern::Aws(name) => add(kind_of(world, account, name), name.clone(), false),
                PrincipalPattern::CanonicalUser(name) => {
                    add(AdmittedKind::ForeignAccount, name.clone(), false);
                }
            }
        }
    }
    provenance.admitted.sort_by(|left, right| {
        let key = |one: &Admitted| (!one.is_wildcard, one.kind);
        (key(left), &left.name).cmp(&(key(right), &right.name))
    });
    provenance
}

/// What resource policies of `world` let everybody use, by ARN: what is open first.
pub fn public(world: &World) -> Vec<Public> {
    let mut all = Vec::new();
    for found in world.resource_policies() {
        let Some(arn) = Arn::parse(&found.covered.arn) else { continue };
        let Some((service, uses)) = USES.iter().find(|(service, _)| *service == arn.service) else {
            continue;
        };
        for statement in &found.policy.document.statements {
            let everybody = statement.principal.as_ref().is_some_and(|principal| {
                principal.negated || principal.values.contains(&PrincipalPattern::Everyone)
            });
            let used = uses.iter().any(|name| may_match(statement, service, name));
            if statement.effect != Effect::Allow || !everybody || !used {
                continue;
            }
            let narrows = says_who(statement, &WHO) || says_who(statement, &WHENCE);
            let listed = found.account.resources.iter().flatten();
            let mut listed = listed.filter(|resource| is_part_of(&found.covered.arn, &resource.arn));
            all.push(Public {
                resource: Arc::clone(&found.covered.arn),
                actions: statement.action.values.iter().map(|action| action.0.clone()).collect(),
                conditions: statement.conditions.iter().map(words).collect(),
                is_open: !narrows,
                role: listed.find_map(|resource| resource.role.clone()),
                statement: StatementReference::new(found.policy, PolicyType::Resource, statement),
            });
        }
    }
    all.sort_by(|left, right| (!left.is_open, &left.resource).cmp(&(!right.is_open, &right.resource)));
    all
}

/// The policy is of the resource itself, or of a version or alias of it.
fn is_part_of(policy: &str, resource: &str) -> bool {
    policy == resource || policy.strip_prefix(resource).is_some_and(|rest| rest.starts_with([':', '/']))
}

/// Some condition limits who is meant by a key of these, with values that are not everything.
fn says_who(statement: &Statement, keys: &[&str]) -> bool {
    statement.conditions.iter().any(|condition| {
        limits(condition) && keys.contains(&condition.key.canonical()) && names_account(condition)
    })
}

/// False if the condition compares who calls, or from where, with values that principals of every account may have: the name alone, an
/// organisation of any id, the whole address space, the key itself.
fn names_account(condition: &Condition) -> bool {
    let says = |text: &str| text.chars().any(|character| !"*?".contains(character));
    let key = condition.key.canonical();
    !condition.values.iter().any(|value| is_itself(&value.raw, key))
        && condition.values.iter().all(|value| match key {
            "aws:principalorgid" | "aws:principalorgpaths" | "aws:sourceorgid" | "aws:sourceorgpaths" => {
                let id = value.raw.split('/').next().unwrap_or_default();
                says(id.strip_prefix("o-").unwrap_or(id))
            }
            "aws:sourceip" | "aws:vpcsourceip" => !is_nearly_everywhere(&value.raw),
            "aws:sourcearn" => match value.raw.splitn(6, ':').collect::<Vec<_>>().as_slice() {
                ["arn", _, _, _, account, rest] => says(account) || account.is_empty() && says(rest),
                _ => !value.raw.contains(['*', '?']),
            },
            "aws:principalarn" => match value.raw.splitn(6, ':').collect::<Vec<_>>().as_slice() {
                ["arn", _, _, _, account, _] => says(account),
                _ => !value.raw.contains(['*', '?']),
            },
            "aws:userid" => value.raw.split(':').next().is_some_and(says),
            _ => true,
        })
}

/// The value is a policy variable of the key that it is compared with.
fn is_itself(value: &str, key: &str) -> bool {
    value.to_ascii_lowercase().contains(&format!("${{{key}"))
}

/// Addresses of so few bits in common are everybody's: several such ranges are all there are.
fn is_nearly_everywhere(range: &str) -> bool {
    range.split_once('/').is_some_and(|(_, bits)| bits.parse::<u8>().is_ok_and(|bits| bits < 8))
}

/// Some condition says for whom of the provider's identities the statement is.
fn says_whom_it_vouches_for(statement: &Statement, provider: &str) -> bool {
    // Whom a company's own SAML provider vouches for are its people.
    if provider.contains(":saml-provider/") {
        return true;
    }
    let host = provider.split_once(":oidc-provider/").map_or(provider, |(_, host)| host).to_ascii_lowercase();
    let by_audience = BY_AUDIENCE.contains(&host.as_str());
    statement.conditions.iter().any(|condition| {
        let key = condition.key.canonical();
        let Some(claim) = key.strip_prefix(host.as_str()).and_then(|rest| rest.strip_prefix(':')) else {
            return false;
        };
        let says = match claim {
            "aud" | "app_id" | "oaud" => by_audience,
            "iss" | "amr" => false,
            "sub" => !condition.values.iter().any(|value| is_of_any_repository(&value.raw)),
            _ => true,
        };
        says && limits(condition) && !condition.values.iter().any(|value| is_itself(&value.raw, key))
    })
}

/// The subject of a pipeline of whatever repository, as GitHub and GitLab write it.
fn is_of_any_repository(subject: &str) -> bool {
    let front = ["repo:", "repository:", "project_path:"];
    let rest = front.iter().find_map(|front| subject.strip_prefix(front));
    // Whoever names a part of an owner's name alone admits everybody who takes such a name.
    rest.is_some_and(|rest| rest.split('/').next().is_some_and(|owner| owner.contains(['*', '?'])))
}

/// The condition is one that an absent key fails, and that some value fails.
fn limits(condition: &Condition) -> bool {
    condition.fails_by_absence()
        && (!takes_wildcards(condition)
            || condition
                .values
                .iter()
                .all(|value| value.raw.chars().any(|character| !"*?".contains(character))))
}

/// The operator takes its values for patterns.
fn takes_wildcards(condition: &Condition) -> bool {
    condition.operator.base.name().contains("Like") || condition.operator.base.name().starts_with("Arn")
}

fn kind_of(world: &World, account: &Account, name: &str) -> AdmittedKind {
    let arn = Arn::parse(name);
    let Some(owner) = AccountId::parse(arn.map_or(name, |arn| arn.account)) else {
        // The unique id of a principal: AWS writes it in the place of one that was deleted.
        let lives = world.principals().any(|(_, principal)| principal.id() == name);
        return if lives { AdmittedKind::Principal } else { AdmittedKind::AbsentPrincipal };
    };
    let is_whole = arn.is_none_or(|arn| arn.resource == "root");
    let listed = world.organization.iter().any(|known| known.accounts.contains_key(&owner));
    if owner != account.id {
        let known = listed || world.accounts.contains_key(&owner);
        return if known { AdmittedKind::OtherAccount } else { AdmittedKind::ForeignAccount };
    }
    if is_whole {
        return AdmittedKind::OwnAccount;
    }
    let lives = arn.is_some_and(|arn| match arn.resource.split('/').collect::<Vec<_>>().as_slice() {
        ["assumed-role", role, _] => account.roles.iter().any(|known| known.name == *role),
        ["federated-user", _] => true,
        _ => account.principals().map(IamPrincipal::arn).any(|known| known.as_ref() == name),
    });
    if lives { AdmittedKind::Principal } else { AdmittedKind::AbsentPrincipal }
}

fn text(value: &PrincipalPattern) -> String {
    match value {
        PrincipalPattern::Everyone => "*".to_owned(),
        PrincipalPattern::Aws(text)
        | PrincipalPattern::Service(text)
        | PrincipalPattern::Federated(text)
        | PrincipalPattern::CanonicalUser(text) => text.clone(),
    }
}

fn words(condition: &Condition) -> String {
    let values: Vec<&str> = condition.values.iter().map(|value| value.raw.as_str()).collect();
    format!("{} {} {}", condition.operator, condition.key, values.join(", "))
}

//! The call that began a role's session as concrete requests, so that it is replayed as well.
//!
//! Who made it is not in the formula: each Principal value of the trust policy that may name such a maker is one way to try.

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::context::{ContextKey, ContextValue, RequestContext};
use ringfence_model::evaluate::further_checks;
use ringfence_model::policy::{Effect, NamedPolicy, PrincipalPattern};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::principal::Principal;
use ringfence_model::request::Request;

use crate::encode::session::Maker;
use crate::subject::Subject;
use crate::witness::full_session_policy;

/// What someone who begins sessions is called where the trust policy names an account only.
const SOMEBODY: &str = "somebody";

/// Keys that the caller alone determines.
const OF_MAKER: [&str; 5] =
    ["aws:PrincipalAccount", "aws:PrincipalType", "aws:PrincipalIsAWSService", "aws:username", "aws:userid"];

/// The key says who began the session.
pub(super) fn tells_maker(key: &ContextKey) -> bool {
    OF_MAKER.iter().chain(&["aws:PrincipalArn"]).any(|name| *key == ContextKey::new(name))
}

/// The ways in which the session may have begun, each the checks of one call that must all be allowed.
///
/// `of_call` are the keys of that call as far as the formula says, `of_session` those of the session that it began, `passed` the names in lower
/// case of the tags that were passed with it, though the role has the same.
pub(super) fn beginnings(
    maker: Maker,
    trust: &NamedPolicy,
    subject: &Subject,
    of_call: &RequestContext,
    of_session: &RequestContext,
    session: &str,
    passed: &[&str],
) -> Vec<Vec<(Request, PolicySet)>> {
    let context = call_context(subject, of_call, of_session, session, passed);
    let mut principals: Vec<Principal> = Vec::new();
    let named = context.get(&ContextKey::new("aws:PrincipalArn")).map(ContextValue::values);
    if let (Maker::Identity, Some([arn])) = (maker, named) {
        principals.extend(Principal::of_arn(arn, SOMEBODY));
    }
    // A trust policy may ask that sessions are called like the user.
    let called = of_call.get(&ContextKey::new("aws:username")).map(ContextValue::values);
    let somebody = match called {
        Some([name]) => name,
        Some(_) | None => SOMEBODY,
    };
    let allows = trust.document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    for pattern in allows.filter_map(|statement| statement.principal.as_ref()).flat_map(|all| &all.values) {
        let found = if maker.may_be(pattern) { principal(maker, pattern, subject, somebody) } else { None };
        principals.extend(found.filter(|found| !principals.contains(found)));
    }
    let policies = PolicySet {
        identity: vec![full_session_policy()],
        resource: Some(trust.clone()),
        ..PolicySet::default()
    };
    principals
        .into_iter()
        .map(|principal| {
            let key = ContextKey::new("aws:PrincipalArn");
            let mut context = context.clone();
            let told = context.get(&key).and_then(|value| value.values().first().cloned());
            if told.is_some_and(|arn| !may_be(&principal, &arn)) {
                context.remove(&key);
            }
            let request = Request {
                principal,
                action: maker.action().to_owned(),
                resource: subject.arn.clone(),
                resource_account: Some(subject.account),
                context,
            };
            let further = further_checks(&request);
            std::iter::once(request).chain(further).map(|request| (request, policies.clone())).collect()
        })
        .collect()
}

/// The keys of the call: those that the formula says, and what the session carries on.
fn call_context(
    subject: &Subject,
    of_call: &RequestContext,
    of_session: &RequestContext,
    session: &str,
    also_passed: &[&str],
) -> RequestContext {
    let mut context = of_call.clone();
    // Whoever is tried has values of its own.
    for key in OF_MAKER {
        context.remove(&ContextKey::new(key));
    }
    context.set_default("sts:RoleSessionName", session);
    if let Some(ContextValue::Single(value)) = of_session.get(&ContextKey::new("aws:SourceIdentity")) {
        context.set_default("sts:SourceIdentity", value);
    }
    let mut passed = Vec::new();
    for (key, value) in of_session.iter() {
        let (Some(("aws:principaltag", tag)), [value]) = (key.family(), value.values()) else { continue };
        let own = subject.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(tag)).map(|entry| entry.1);
        if own != Some(value) || also_passed.contains(&tag) {
            context.set_default(&format!("aws:RequestTag/{tag}"), value);
            passed.push(tag.to_owned());
        }
    }
    let keys = ContextKey::new("aws:TagKeys");
    if !passed.is_empty() && context.get(&keys).is_none() {
        context.insert(keys, ContextValue::List(passed));
    }
    context
}

/// A principal that `pattern` names; where it names an account only, the user `called` so.
fn principal(maker: Maker, pattern: &PrincipalPattern, subject: &Subject, called: &str) -> Option<Principal> {
    match (maker, pattern) {
        (Maker::Identity, PrincipalPattern::Everyone) => Some(user(subject, subject.account, called)),
        (Maker::Identity, PrincipalPattern::Aws(text)) => {
            let account = AccountId::parse(text).or_else(|| {
                Arn::parse(text)
                    .filter(|arn| arn.resource == "root")
                    .and_then(|arn| AccountId::parse(arn.account))
            });
            match account {
                Some(account) => Some(user(subject, account, called)),
                None if text == "*" => Some(user(subject, subject.account, called)),
                None => Principal::of_arn(text, SOMEBODY),
            }
        }
        (Maker::Service, PrincipalPattern::Service(name)) => Some(Principal::Service(name.clone())),
        (Maker::Saml | Maker::WebIdentity, PrincipalPattern::Federated(name)) => {
            Some(Principal::FederatedProvider(name.clone()))
        }
        (
            Maker::Identity | Maker::Service | Maker::Saml | Maker::WebIdentity,
            PrincipalPattern::Everyone
            | PrincipalPattern::Aws(_)
            | PrincipalPattern::Service(_)
            | PrincipalPattern::Federated(_)
            | PrincipalPattern::CanonicalUser(_),
        ) => None,
    }
}

/// The principal may have this ARN: its own, and of a role that is known by the name of its session alone that with any path.
fn may_be(principal: &Principal, arn: &str) -> bool {
    match principal {
        Principal::RoleSession { partition, account, path: None, role, .. } => {
            let front = format!("arn:{partition}:iam::{account}:role/");
            arn.strip_prefix(&front).and_then(|rest| rest.rsplit('/').next()) == Some(role)
        }
        Principal::Root { .. }
        | Principal::User { .. }
        | Principal::RoleSession { .. }
        | Principal::FederatedUser { .. }
        | Principal::Service(_)
        | Principal::FederatedProvider(_)
        | Principal::Anonymous => principal.principal_arn().as_deref() == Some(arn),
    }
}

fn user(subject: &Subject, account: AccountId, name: &str) -> Principal {
    Principal::User {
        partition: subject.partition.clone(),
        account,
        path: "/".to_owned(),
        name: name.to_owned(),
    }
}

//! From an interpretation to concrete requests with real actions and well-formed resources.

mod beginning;
pub(crate) mod limit;
mod organization;
mod requests;

use std::collections::BTreeMap;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::{ContextKey, ContextValue, RequestContext};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::principal::Principal;
use ringfence_model::request::Request;

use crate::encode::Encoded;
use crate::encode::check::Check;
use crate::encode::key::{Credential, KeyValue, Text};
use crate::interpretation::Interpretation;
use crate::query::{Goal, Query};
use crate::subject::{Subject, SubjectKind};
use crate::term::Flag;
use crate::witness::full_session_policy;
use requests::Call;

/// The checks of one call with the policies that decide them and what the call takes for granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The checks of the call: the one that is asked about, then those that it makes besides. Each with the policies
    /// that decide it: the subject's, with the session policy of the session it uses, and the resource's.
    pub checks: Vec<(Request, PolicySet)>,
    /// The ways in which the session may have begun, where that is part of the question: the checks of one of them must
    /// be allowed. None where it is not.
    pub beginnings: Option<Vec<Vec<(Request, PolicySet)>>>,
    /// What the formula says of whoever began the session, by the keys that tell it: the value, or none where it has none. The ways are tried
    /// by others too.
    pub maker: Vec<(ContextKey, Option<ContextValue>)>,
    /// How the session comes about, in words.
    pub assumptions: Vec<String>,
    /// The same call as if the account were in an organisation, where that is not known and may matter: all must be
    /// allowed.
    pub organizations: Vec<Vec<(Request, PolicySet)>>,
    /// The same call in the other world that the question is about; none where it is about none.
    pub elsewhere: Option<Elsewhere>,
    /// The limit of AWS that keeps the call from being made, in words; none where there is none.
    pub beyond_limits: Option<String>,
}

/// A call as another world decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// As [`Decoded::checks`], in the same order: each with the policies of the other world, and the keys that it determines.
    pub checks: Vec<(Request, PolicySet)>,
    /// As [`Decoded::organizations`].
    pub organizations: Vec<Vec<(Request, PolicySet)>>,
}

/// Keys that the principal alone determines: the evaluator adds them itself.
const IMPLIED: [&str; 5] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:username",
];

/// Who makes the request, where the subject stands for anybody: the ARN, or a user's name alone, if the formula asks for it, and the tags that it asks for and
/// that are there.
pub fn who(encoded: &Encoded, interpretation: &Interpretation) -> (Option<String>, BTreeMap<String, String>) {
    let mut context = RequestContext::default();
    add_keys(&mut context, encoded, interpretation, &encoded.symbols.keys);
    let single = |value: &ContextValue| value.values().first().cloned();
    let arn = context.get(&ContextKey::new("aws:PrincipalArn")).and_then(single);
    let name = context.get(&ContextKey::new("aws:username")).and_then(single);
    let arn = match (arn, name) {
        // The name is the last part of the ARN, of which nothing else may matter.
        (Some(arn), Some(name)) => {
            arn.rsplit_once('/').map_or(Some(arn.clone()), |(front, _)| Some(format!("{front}/{name}")))
        }
        (arn, name) => arn.or(name),
    };
    let tags = context.iter().filter_map(|(key, value)| {
        let (family, tag) = key.family()?;
        (family == "aws:principaltag").then(|| Some((tag.to_owned(), single(value)?)))?
    });
    (arn, tags.collect())
}

/// Reads the call out of `interpretation`.
pub fn decode(
    encoded: &Encoded,
    interpretation: &Interpretation,
    subject: &Subject,
    catalogue: &Catalogue,
    query: &Query,
) -> Decoded {
    let pinned = query.context.as_ref();
    let symbols = &encoded.symbols;
    let choice = |index: u32| interpretation.choices.get(index as usize).copied().unwrap_or(0) as usize;
    let credential = symbols.credentials.get(choice(symbols.credential.0)).copied();
    let mut context = pinned.cloned().unwrap_or_default();
    add_keys(&mut context, encoded, interpretation, &symbols.keys);
    let mut assumptions = Vec::new();
    let principal = principal(subject, credential, &context);
    for (key, _) in context.clone().iter() {
        let implied = IMPLIED.contains(&key.canonical());
        let pinned_here = pinned.is_some_and(|pinned| pinned.get(key).is_some());
        // Of whoever stands for anybody they say more than its name does.
        if implied
            && !pinned_here
            && subject.any_name.is_none()
            && credential != Some(Credential::FederatedUser)
        {
            context.remove(key);
        }
    }
    let mut policies = subject.policies.clone();
    match credential {
        Some(Credential::FederatedUser) => {
            policies.session.get_or_insert_with(|| vec![full_session_policy()]);
            assumptions.push(
                "a session that the user makes with sts:GetFederationToken and a full session policy"
                    .to_owned(),
            );
        }
        Some(Credential::SessionToken | Credential::ConsoleSession) => {
            if context.get(&ContextKey::new("aws:MultiFactorAuthPresent")).is_none() {
                context.set_default("aws:TokenIssueTime", "2026-01-01T00:00:00Z");
            }
        }
        Some(Credential::AssumedRoot) => context.set_default("aws:AssumedRoot", "true"),
        Some(
            Credential::LongTerm | Credential::RootSession | Credential::RoleSession | Credential::NoIdentity,
        )
        | None => {}
    }
    assumptions.extend(
        session_tags(subject, &context)
            .map(|(tag, value)| format!("a session tag {tag}={value}, which the trust policy admits")),
    );
    // A pinned context is as it is.
    let beyond_limits =
        if pinned.is_none() { limit::beyond_limits(subject, &principal, &context) } else { None };
    if context.get(&ContextKey::new("aws:ViaAWSService")).is_some_and(|value| value.values() == ["true"]) {
        assumptions.push("a service that makes the call on the principal's behalf".to_owned());
    }
    let elsewhere = match &query.goal {
        Goal::AllowedUnlike(other) => Some(other.as_ref()),
        Goal::Allowed | Goal::NotGranted | Goal::AllowedBeyond(_) => None,
    };
    let call = Call {
        encoded,
        interpretation,
        subject,
        elsewhere,
        catalogue,
        is_pinned: pinned.is_some(),
        principal: &principal,
        policies: &policies,
        context: &context,
    };
    let checks = call.checks();
    // Both worlds are asked about each organisation that either tells apart.
    let both: Vec<(Request, PolicySet)> = checks.here.iter().chain(&checks.elsewhere).cloned().collect();
    let mut organizations = if pinned.is_none() {
        let asked: Vec<Option<&Check>> = checks.asked.iter().cycle().take(both.len()).copied().collect();
        organization::in_organizations(subject, &both, &asked, catalogue)
    } else {
        Vec::new()
    };
    let in_others = organizations.iter_mut().map(|both| both.split_off(checks.here.len())).collect();
    let elsewhere = elsewhere.map(|_| Elsewhere { checks: checks.elsewhere, organizations: in_others });
    let beginnings = beginnings(encoded, interpretation, subject, &principal, &context);
    let maker = maker(encoded, interpretation);
    Decoded { checks: checks.here, beginnings, maker, assumptions, organizations, elsewhere, beyond_limits }
}

/// See [`Decoded::maker`].
fn maker(encoded: &Encoded, interpretation: &Interpretation) -> Vec<(ContextKey, Option<ContextValue>)> {
    let keys = encoded.symbols.beginning.iter().flat_map(|symbols| &symbols.keys);
    let telling = keys.filter(|(key, _)| beginning::tells_maker(key));
    telling.map(|(key, value)| (key.clone(), context_value(encoded, interpretation, value))).collect()
}

/// The ways in which the session may have begun, where that is part of the question.
fn beginnings(
    encoded: &Encoded,
    interpretation: &Interpretation,
    subject: &Subject,
    principal: &Principal,
    context: &RequestContext,
) -> Option<Vec<Vec<(Request, PolicySet)>>> {
    let symbols = encoded.symbols.beginning.as_ref()?;
    let SubjectKind::Role { trust: Some(trust), .. } = &subject.kind else { return None };
    let place = interpretation.choices.get(symbols.check.0 as usize).copied().unwrap_or(0) as usize;
    let mut of_call = RequestContext::default();
    add_keys(&mut of_call, encoded, interpretation, &symbols.keys);
    let session = match principal {
        Principal::RoleSession { session, .. } => session.as_str(),
        Principal::Root { .. }
        | Principal::User { .. }
        | Principal::FederatedUser { .. }
        | Principal::Service(_)
        | Principal::FederatedProvider(_)
        | Principal::Anonymous => "",
    };
    let is_set = |flag: &Flag| interpretation.flags.get(flag.0 as usize).copied().unwrap_or(false);
    let passed = symbols.passed.iter().filter(|(_, flag)| is_set(flag));
    let passed: Vec<&str> = passed.map(|(tag, _)| tag.as_str()).collect();
    let ways = symbols
        .makers
        .get(place)
        .map(|maker| beginning::beginnings(*maker, trust, subject, &of_call, context, session, &passed));
    Some(ways.unwrap_or_default())
}

/// The action of a check.
fn action(check: Option<&Check>, interpretation: &Interpretation, catalogue: &Catalogue) -> String {
    match check.map(|check| (check.target.action.id(), check.future_name)) {
        Some((Some(id), _)) => {
            catalogue.action(id).map_or_else(String::new, ringfence_model::catalogue::Action::full_name)
        }
        Some((None, Some(name))) => interpretation.text(name).to_owned(),
        Some((None, None)) | None => String::new(),
    }
}

/// Adds the values of `keys` that are present and not there yet.
fn add_keys(
    context: &mut RequestContext,
    encoded: &Encoded,
    interpretation: &Interpretation,
    keys: &BTreeMap<ContextKey, KeyValue>,
) {
    for (key, value) in keys {
        if let Some(value) = context_value(encoded, interpretation, value)
            && context.get(key).is_none()
        {
            context.insert(key.clone(), value);
        }
    }
}

/// Session tags that differ from the principal's own, with their values.
fn session_tags<'c>(
    subject: &Subject,
    context: &'c RequestContext,
) -> impl Iterator<Item = (&'c str, &'c str)> {
    context.iter().filter_map(|(key, value)| {
        let ("aws:principaltag", tag) = key.family()? else { return None };
        let own = subject.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(tag)).map(|entry| entry.1);
        let value = value.values().first()?;
        (own != Some(value)).then_some((tag, value.as_str()))
    })
}

fn context_value(
    encoded: &Encoded,
    interpretation: &Interpretation,
    value: &KeyValue,
) -> Option<ContextValue> {
    let text = |text: &Text| match text {
        Text::Constant(text) => text.clone(),
        Text::Attribute(attribute) => interpretation.text(*attribute).to_owned(),
        Text::Behind { prefix, attribute } => {
            let whole = interpretation.text(*attribute);
            whole.strip_prefix(prefix.as_str()).unwrap_or(whole).to_owned()
        }
    };
    match value {
        KeyValue::Absent => None,
        KeyValue::Single(single) => Some(ContextValue::Single(text(single))),
        KeyValue::List(slots) => Some(ContextValue::List(
            slots
                .iter()
                .filter(|slot| interpretation.term(&encoded.formula, slot.used))
                .map(|slot| text(&slot.value))
                .collect(),
        )),
        KeyValue::Cases(cases) => cases
            .iter()
            .find(|(guard, _)| interpretation.term(&encoded.formula, *guard))
            .and_then(|(_, inner)| context_value(encoded, interpretation, inner)),
    }
}

/// The principal of the request; the names of sessions come from the keys that hold them.
fn principal(subject: &Subject, credential: Option<Credential>, context: &RequestContext) -> Principal {
    let (partition, account) = (subject.partition.clone(), subject.account);
    let user_id = context.get(&ContextKey::new("aws:userid")).and_then(|value| value.values().first());
    let after_colon = user_id.and_then(|id| id.split_once(':')).map(|(_, name)| name.to_owned());
    let after_colon = subject.session_name.clone().or(after_colon);
    match &subject.kind {
        SubjectKind::Root => Principal::Root { partition, account },
        SubjectKind::User { name: user, .. } if credential == Some(Credential::FederatedUser) => {
            let arn =
                context.get(&ContextKey::new("aws:PrincipalArn")).and_then(|value| value.values().first());
            let from_arn = arn.and_then(|arn| arn.rsplit_once('/')).map(|(_, name)| name.to_owned());
            let name = subject
                .session_name
                .clone()
                .or(from_arn)
                .or(after_colon)
                .unwrap_or_else(|| "session".to_owned());
            Principal::FederatedUser { partition, account, name, user: Some(user.clone()) }
        }
        SubjectKind::User { path, name } => {
            Principal::User { partition, account, path: path.clone(), name: name.clone() }
        }
        SubjectKind::Role { path, name, .. } => Principal::RoleSession {
            partition,
            account,
            path: Some(path.clone()),
            role: name.clone(),
            session: after_colon.unwrap_or_else(|| "session".to_owned()),
        },
        SubjectKind::Service { name } => Principal::Service(name.clone()),
        SubjectKind::Provider { name } => Principal::FederatedProvider(name.clone()),
        SubjectKind::Anonymous => Principal::Anonymous,
    }
}

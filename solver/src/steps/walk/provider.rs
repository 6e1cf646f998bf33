//! Sign-ins to a role through an identity provider that the run has opened: whoever opens it says what it tells of him.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::condition::{BaseOperator, Condition};
use ringfence_model::context::{ContextKey, ContextValue, RequestContext};
use ringfence_model::policy::{Effect, PrincipalPattern, Statement};
use ringfence_model::principal::Principal;
use ringfence_model::request::Request;
use ringfence_model::steps::{Change, Means, SESSION, Step};
use ringfence_model::world::IamPrincipal;

use super::super::guard::Binding;
use super::{Evidence, Walk, Walker, make};
use crate::theorem::Answers;

/// The row of the table.
const SIGN_IN: &str = "provider-sign-in";

impl<A: Answers> Walker<'_, '_, '_, A> {
    /// Signs in to the role of the binding through its provider, as one of the statements asks that let it in.
    ///
    /// # Errors
    /// Why none of them lets in whom it asks for, as far as that can be told.
    pub(super) fn sign_in(&self, binding: &Binding, walk: &mut Walk<'_>) -> Result<(), String> {
        let role = binding.member.map(|id| self.arn(id)).ok_or("nobody is let in")?;
        let provider = binding.arn.clone().ok_or("no provider is named")?;
        let primitive = self.primitives.find(SIGN_IN).ok_or("the table has no such row")?;
        let statements = match walk.run.world().principal(&role) {
            Some((_, IamPrincipal::Role(found))) => found.trust.document.statements.clone(),
            Some((_, IamPrincipal::User(_))) | None => Vec::new(),
        };
        let mut failed = format!("no statement lets {provider} in");
        for statement in statements.iter().filter(|statement| lets_in(statement, &provider)) {
            let Some(context) = as_asked_for(statement, &provider) else { continue };
            let assumed = told_by_issuer(&provider, &context);
            let requests = vec![request(&provider, &role, context)];
            let obtained =
                Change::Obtain { principal: Arc::from(role.as_str()), means: Means::Assume, limits: None };
            let step = Step { requests, changes: vec![obtained] };
            match make(walk, primitive, step, BTreeSet::from([provider.to_string()]), assumed) {
                Ok(()) => return Ok(()),
                Err(reason) => failed = reason,
            }
        }
        Err(failed)
    }
}

fn lets_in(statement: &Statement, provider: &str) -> bool {
    let named = statement.principal.as_ref().is_some_and(|element| {
        let is_it =
            |value: &PrincipalPattern| matches!(value, PrincipalPattern::Federated(name) if name == provider);
        !element.negated && element.values.iter().any(is_it)
    });
    named && statement.effect == Effect::Allow
}

fn request(provider: &str, role: &str, mut context: RequestContext) -> Request {
    let action = if provider.contains(":saml-provider/") {
        "sts:AssumeRoleWithSAML"
    } else {
        "sts:AssumeRoleWithWebIdentity"
    };
    let name = ContextKey::new("sts:RoleSessionName");
    if context.get(&name).is_none() {
        context.insert(name, ContextValue::Single(SESSION.to_owned()));
    }
    Request {
        principal: Principal::FederatedProvider(provider.to_owned()),
        action: action.to_owned(),
        resource: role.to_owned(),
        resource_account: None,
        context,
    }
}

/// What a sign-in is like that the conditions of the statement hold for, as far as they ask for values; none where that is not told.
fn as_asked_for(statement: &Statement, provider: &str) -> Option<RequestContext> {
    let mut context = RequestContext::new();
    for condition in &statement.conditions {
        if condition.operator.base.is_negated() || asks_for_none(condition) {
            continue;
        }
        if !is_of_sign_in(condition.key.canonical(), provider) {
            return None;
        }
        let value = value_for(condition)?;
        let value = match condition.operator.set {
            Some(_) => ContextValue::List(vec![value]),
            None => ContextValue::Single(value),
        };
        context.insert(condition.key.clone(), value);
    }
    Some(context)
}

/// A sign-in through the provider may have the key, in small letters: what the provider tells, and what whoever signs in chooses.
fn is_of_sign_in(key: &str, provider: &str) -> bool {
    let told = match provider.split_once(":oidc-provider/") {
        Some((_, issuer)) => {
            key.strip_prefix(&issuer.to_ascii_lowercase()).is_some_and(|rest| rest.starts_with(':'))
        }
        None => key.starts_with("saml:"),
    };
    told || ["aws:sourceip", "sts:rolesessionname"].contains(&key)
}

/// The key is to be absent.
fn asks_for_none(condition: &Condition) -> bool {
    condition.operator.base == BaseOperator::Null && condition.values.iter().any(|value| value.raw == "true")
}

/// A value for which the condition holds; none where it is not told.
fn value_for(condition: &Condition) -> Option<String> {
    let first = condition.values.first()?;
    if first.has_variable() {
        return None;
    }
    let text = first.raw.as_str();
    match condition.operator.base {
        BaseOperator::StringEquals
        | BaseOperator::StringEqualsIgnoreCase
        | BaseOperator::ArnEquals
        | BaseOperator::NumericEquals
        | BaseOperator::NumericLessThanEquals
        | BaseOperator::NumericGreaterThanEquals
        | BaseOperator::DateEquals
        | BaseOperator::DateLessThanEquals
        | BaseOperator::DateGreaterThanEquals
        | BaseOperator::Bool
        | BaseOperator::BinaryEquals => Some(text.to_owned()),
        BaseOperator::StringLike | BaseOperator::ArnLike => Some(text.replace(['*', '?'], "x")),
        BaseOperator::IpAddress => text.split('/').next().map(str::to_owned),
        BaseOperator::Null
        | BaseOperator::NumericLessThan
        | BaseOperator::NumericGreaterThan
        | BaseOperator::DateLessThan
        | BaseOperator::DateGreaterThan
        | BaseOperator::StringNotEquals
        | BaseOperator::StringNotEqualsIgnoreCase
        | BaseOperator::StringNotLike
        | BaseOperator::NumericNotEquals
        | BaseOperator::DateNotEquals
        | BaseOperator::NotIpAddress
        | BaseOperator::ArnNotEquals
        | BaseOperator::ArnNotLike => None,
    }
}

/// Whoever holds the signing key of a SAML provider says what he wants; what a token of OIDC says its issuer has to say.
fn told_by_issuer(provider: &str, context: &RequestContext) -> Vec<Evidence> {
    let Some((_, issuer)) = provider.split_once(":oidc-provider/") else { return Vec::new() };
    let told = context.iter().filter(|(key, _)| {
        key.as_written().get(..issuer.len()).is_some_and(|front| front.eq_ignore_ascii_case(issuer))
    });
    told.map(|(key, value)| {
        let text =
            format!("a token of {issuer} says that {} is {}", key.as_written(), value.values().join(", "));
        Evidence::Assumed(text)
    })
    .collect()
}

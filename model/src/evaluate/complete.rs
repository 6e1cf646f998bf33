//! The condition keys that the principal determines (semantics:A2, A4).

use std::borrow::Cow;

use super::known_key::{
    PRINCIPAL_ACCOUNT, PRINCIPAL_ARN, PRINCIPAL_IS_AWS_SERVICE, PRINCIPAL_SERVICE_NAME, PRINCIPAL_TYPE,
    USER_ID, USER_NAME,
};
use crate::context::{ContextKey, ContextValue, RequestContext};
use crate::principal::Principal;
use crate::request::Request;

/// `request` with the keys that its principal determines, each unless the context gives it: `aws:PrincipalArn`,
/// `aws:PrincipalAccount`, `aws:PrincipalType`, `aws:PrincipalIsAWSService`, `aws:PrincipalServiceName`,
/// `aws:username`, and `aws:userid` for root users, federated-user sessions and anonymous callers (for the others it holds a
/// unique id, which a request does not tell).
pub fn complete_context(request: &Request) -> Request {
    Request { context: completed(&request.principal, &request.context).into_owned(), ..request.clone() }
}

/// `context` with the keys that `principal` determines; the very same where none is missing.
pub(super) fn completed<'a>(principal: &Principal, context: &'a RequestContext) -> Cow<'a, RequestContext> {
    let mut context = Cow::Borrowed(context);
    let mut add = |key: &ContextKey, value: Option<Cow<'_, str>>| {
        if let Some(value) = value
            && context.get(key).is_none()
        {
            context.to_mut().insert(key.clone(), ContextValue::Single(value.into_owned()));
        }
    };
    add(&PRINCIPAL_ARN, principal.principal_arn().map(Cow::Owned));
    add(&PRINCIPAL_TYPE, principal_type(principal).map(Cow::Borrowed));
    let account = principal.account().map(|account| Cow::Owned(account.to_string()));
    let is_service = match principal {
        Principal::Root { .. } => {
            add(&USER_ID, account.clone());
            Some("false")
        }
        Principal::User { name, .. } => {
            add(&USER_NAME, Some(Cow::Borrowed(name)));
            Some("false")
        }
        Principal::FederatedUser { account, name, .. } => {
            add(&USER_ID, Some(Cow::Owned(format!("{account}:{name}"))));
            Some("false")
        }
        Principal::RoleSession { .. } => Some("false"),
        Principal::Service(name) => {
            add(&PRINCIPAL_SERVICE_NAME, Some(Cow::Borrowed(name)));
            Some("true")
        }
        Principal::Anonymous => {
            add(&USER_ID, Some(Cow::Borrowed("anonymous")));
            None
        }
        Principal::FederatedProvider(_) => None,
    };
    add(&PRINCIPAL_IS_AWS_SERVICE, is_service.map(Cow::Borrowed));
    let anonymous = matches!(principal, Principal::Anonymous).then_some(Cow::Borrowed("anonymous"));
    add(&PRINCIPAL_ACCOUNT, account.or(anonymous));
    context
}

/// `aws:PrincipalType`. What services carry is undocumented (F31); providers' users have none.
fn principal_type(principal: &Principal) -> Option<&'static str> {
    match principal {
        Principal::Root { .. } => Some("Account"),
        Principal::User { .. } => Some("User"),
        Principal::RoleSession { .. } => Some("AssumedRole"),
        Principal::FederatedUser { .. } => Some("FederatedUser"),
        Principal::Anonymous => Some("Anonymous"),
        Principal::Service(_) | Principal::FederatedProvider(_) => None,
    }
}

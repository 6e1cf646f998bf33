//! The roles that a service may be given.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::context::ContextKey;
use ringfence_model::request::Request;
use ringfence_model::world::Account;

use crate::encode::action::glob_ignoring_case;
use crate::steps::cast::services_of;

/// The roles of an account with the services that their trust policies may let in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passable(BTreeMap<String, BTreeSet<String>>);

impl Passable {
    /// Those of `account`.
    pub fn of(account: &Account) -> Self {
        let role = |role: &ringfence_model::world::Role| {
            (role.arn.to_string(), services_of(&role.trust.document.statements))
        };
        Self(account.roles.iter().map(role).collect())
    }

    /// This role alone, as if it let every service in.
    pub fn to_any_service(role: &str) -> Self {
        Self(BTreeMap::from([(role.to_owned(), BTreeSet::from(["*".to_owned()]))]))
    }

    /// The ARNs of the roles that one of `services`, with bars between them, may be given. A call that passes another fails, since the
    /// service tries to assume it (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>).
    pub fn to(&self, services: &str) -> Vec<String> {
        let lets_in = |trusted: &BTreeSet<String>| {
            trusted.iter().any(|named| services.split('|').any(|service| glob_ignoring_case(named, service)))
        };
        self.0.iter().filter(|(_, trusted)| lets_in(trusted)).map(|(arn, _)| arn.clone()).collect()
    }

    /// False only if the request passes a role that is not there, or not to the service that is named.
    pub(super) fn admits(&self, request: &Request, services: &str) -> bool {
        if !request.action.eq_ignore_ascii_case("iam:PassRole") {
            return true;
        }
        let named = request.context.get(&ContextKey::new("iam:PassedToService"));
        let named = named.and_then(|value| value.values().first()).map_or(services, String::as_str);
        self.to(named).contains(&request.resource)
    }
}

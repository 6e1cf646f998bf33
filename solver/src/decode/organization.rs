//! The same call by an account of some organisation, where the world does not show whether it is in one.
//!
//! At the evaluator's choice an account without organization.json is in none. Where policies ask for the organisation, a call
//! that is allowed then may be denied in one, so it is replayed as if the account were in each that they tell apart: those
//! that they name, and one that nobody names. Patterns are tried by one text each, so this finds what is wrong with a
//! refutation, and proves nothing.

use std::collections::BTreeSet;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::policy::NamedPolicy;
use ringfence_model::policy_set::PolicySet;
use ringfence_model::request::Request;
use ringfence_model::template::{Piece, Template};

use crate::encode::check::Check;
use crate::subject::{OrganizationFacts, Subject};

const PRINCIPAL: [&str; 2] = ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"];
const RESOURCE: [&str; 2] = ["aws:ResourceOrgID", "aws:ResourceOrgPaths"];
/// An organisation that no policy names: its id, and the path of an account at its root.
const NOBODYS: (&str, &str) = ("o-zzzzzzzzzz", "o-zzzzzzzzzz/r-zzzz/");

/// The call that `checks` make, each with what was asked of it, once for each organisation that the account may be in.
/// Empty where that is known, where no policy asks for it, or where the question names it.
pub(super) fn in_organizations(
    subject: &Subject,
    checks: &[(Request, PolicySet)],
    asked: &[Option<&Check>],
    catalogue: &Catalogue,
) -> Vec<Vec<(Request, PolicySet)>> {
    let named = |key: &ContextKey| is_of_organization(key);
    let pinned = asked.iter().flatten().flat_map(|check| &check.target.keys).any(|(key, _)| named(key));
    if subject.organization != OrganizationFacts::Unknown || !subject.kind.is_identity() || pinned {
        return Vec::new();
    }
    let mut asks = false;
    let mut organizations = BTreeSet::from([(NOBODYS.0.to_owned(), NOBODYS.1.to_owned())]);
    for policy in checks.iter().flat_map(|(_, policies)| all_policies(policies)) {
        for statement in &policy.document.statements {
            let resources = statement.resource.iter().flat_map(|element| &element.values);
            asks |= resources.clone().any(has_organization);
            for condition in &statement.conditions {
                asks |= condition.values.iter().any(has_organization);
                if named(&condition.key) {
                    asks = true;
                    let plain = condition.values.iter().filter(|value| !value.has_variable());
                    organizations.extend(plain.map(|value| organization(&value.raw)));
                }
            }
        }
    }
    if !asks {
        return Vec::new();
    }
    organizations
        .iter()
        .map(|organization| {
            let of_each = checks.iter().enumerate().map(|(index, (request, policies))| {
                let check = asked.get(index).copied().flatten();
                (member(request, check, organization, subject, catalogue), policies.clone())
            });
            of_each.collect()
        })
        .collect()
}

/// The request as one of an account of the organisation. A resource of the same account is in it too.
fn member(
    request: &Request,
    check: Option<&Check>,
    (id, path): &(String, String),
    subject: &Subject,
    catalogue: &Catalogue,
) -> Request {
    let mut request = request.clone();
    let own = request.resource_account.is_none_or(|owner| owner == subject.account);
    let offered = |key: &str| {
        let Some(check) = check.filter(|check| own && !check.is_foundation_model) else { return false };
        let Some(action) = check.target.action.id() else { return false };
        catalogue.offers(action, check.target.resource.resource_type(), &ContextKey::new(key))
    };
    let mut keys = PRINCIPAL.to_vec();
    keys.extend(RESOURCE.into_iter().filter(|key| offered(key)));
    for key in keys {
        let value = if key.ends_with("ID") {
            ContextValue::Single(id.clone())
        } else {
            ContextValue::List(vec![path.clone()])
        };
        if request.context.get(&ContextKey::new(key)).is_none() {
            request.context.insert(ContextKey::new(key), value);
        }
    }
    request
}

/// An organisation that the value of a condition may mean, and a path in it: the shortest text that a pattern matches.
fn organization(value: &str) -> (String, String) {
    let text = value.replace('*', "").replace('?', "a");
    let id = text.split('/').next().unwrap_or_default().to_owned();
    if id.is_empty() {
        return (NOBODYS.0.to_owned(), NOBODYS.1.to_owned());
    }
    let path = match text.split_once('/') {
        None => format!("{id}/r-zzzz/"),
        Some(_) if text.ends_with('/') => text,
        Some(_) => format!("{text}/"),
    };
    (id, path)
}

fn is_of_organization(key: &ContextKey) -> bool {
    PRINCIPAL.iter().chain(&RESOURCE).any(|name| name.eq_ignore_ascii_case(key.canonical()))
}

fn has_organization(value: &Template) -> bool {
    value.pieces.iter().any(|piece| matches!(piece, Piece::Variable { key, .. } if is_of_organization(key)))
}

fn all_policies(policies: &PolicySet) -> impl Iterator<Item = &NamedPolicy> {
    let levels = policies.service_control.iter().chain(&policies.resource_control).chain(&policies.demanded);
    policies
        .identity
        .iter()
        .chain(policies.permissions_boundary.iter().flatten())
        .chain(policies.session.iter().flatten())
        .chain(levels.flat_map(|level| &level.policies))
        .chain(&policies.resource)
        .chain(policies.vpc_endpoint.iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::organization;

    #[test]
    fn a_value_means_an_organization_and_a_path() {
        for (value, id, path) in [
            ("o-abc", "o-abc", "o-abc/r-zzzz/"),
            ("o-ab?*", "o-aba", "o-aba/r-zzzz/"),
            ("o-abc/*", "o-abc", "o-abc/"),
            ("o-abc/r-ab12/ou-x/*", "o-abc", "o-abc/r-ab12/ou-x/"),
            ("*", "o-zzzzzzzzzz", "o-zzzzzzzzzz/r-zzzz/"),
            ("o-abc/r-ab12", "o-abc", "o-abc/r-ab12/"),
        ] {
            assert_eq!(organization(value), (id.to_owned(), path.to_owned()), "{value}");
        }
    }
}

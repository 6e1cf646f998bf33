//! The subjects of a world.

use std::sync::Arc;

use ringfence_model::policy::{Effect, Statement};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::world::{Account, IamPrincipal, World};

use crate::encode::action::{may_match, surely_matches};
use crate::resource_side::ResourceSides;
use crate::subject::{Federation, OpenTags, OrganizationFacts, SessionTags, Subject, SubjectKind};
use crate::wrong::{WrongEncoder, is_on};

/// The subject that `principal` of `account` is. Whether a user can make federated-user sessions is left
/// [`Federation::Unknown`].
pub fn subject(
    world: &World,
    resources: &Arc<ResourceSides>,
    account: &Account,
    principal: IamPrincipal<'_>,
) -> Subject {
    let kind = match principal {
        IamPrincipal::User(user) => SubjectKind::User { path: user.path.clone(), name: user.name.clone() },
        IamPrincipal::Role(role) => {
            let statements = &role.trust.document.statements;
            SubjectKind::Role {
                path: role.path.clone(),
                name: role.name.clone(),
                session_tags: session_tags(statements),
                federated: statements.iter().any(admits_provider),
                trust: Some(resources.with_names(&role.trust)),
            }
        }
    };
    let federation =
        if matches!(kind, SubjectKind::User { .. }) { Federation::Unknown } else { Federation::Never };
    Subject {
        kind,
        arn: principal.arn().to_string(),
        partition: account.partition.clone(),
        account: account.id,
        unique_id: Some(principal.id().to_owned()).filter(|id| !id.is_empty()),
        tags: principal.tags().clone(),
        organization: organization_facts(world, account),
        policies: with_siblings(world.policy_set(account, principal), world, account),
        federation,
        session_name: None,
        resources: Arc::clone(resources),
        any_name: None,
        open_tags: OpenTags::default(),
        given_tags: None,
    }
}

/// The root user of `account`.
pub fn root(world: &World, resources: &Arc<ResourceSides>, account: &Account) -> Subject {
    let service_control = world
        .organization
        .as_ref()
        .map(|organization| organization.service_control_levels(account.id))
        .unwrap_or_default();
    Subject {
        kind: SubjectKind::Root,
        arn: account.root_arn(),
        partition: account.partition.clone(),
        account: account.id,
        unique_id: None,
        tags: std::collections::BTreeMap::new(),
        organization: organization_facts(world, account),
        policies: with_siblings(PolicySet { service_control, ..PolicySet::default() }, world, account),
        federation: Federation::Never,
        session_name: None,
        resources: Arc::clone(resources),
        any_name: None,
        open_tags: OpenTags::default(),
        given_tags: None,
    }
}

/// `policies`, which a wrong encoder takes together with the SCPs of sibling OUs.
fn with_siblings(mut policies: PolicySet, world: &World, account: &Account) -> PolicySet {
    if let Some(organization) =
        world.organization.as_ref().filter(|_| is_on(WrongEncoder::SiblingLevelApplied))
        && !policies.service_control.is_empty()
    {
        let path = organization.path(account.id);
        let beside = organization.nodes.iter().filter(|(id, node)| {
            !path.contains(id) && node.parent.as_ref().is_some_and(|parent| path.contains(parent))
        });
        policies.service_control.extend(beside.map(|(id, _)| organization.level(Arc::clone(id))));
    }
    policies
}

fn organization_facts(world: &World, account: &Account) -> OrganizationFacts {
    let organization = world.organization.as_ref();
    // An account that the file does not list may be in another organisation, or in none.
    match organization.and_then(|organization| Some((organization, organization.org_path(account.id)?))) {
        Some((organization, path)) => {
            OrganizationFacts::Member { id: organization.principal_org_id().to_owned(), path }
        }
        None => OrganizationFacts::Unknown,
    }
}

/// Which session tags a trust policy may admit: those whose callers some Allow statement lets use sts:TagSession.
/// Conditions, and Deny statements, are not examined.
fn session_tags(statements: &[Statement]) -> SessionTags {
    let tagging: Vec<&Statement> = statements.iter().filter(|statement| may_tag(statement)).collect();
    let allows = |statement: &&&Statement| statement.effect == Effect::Allow;
    if !tagging.iter().any(|statement| allows(&statement)) {
        return SessionTags::Never;
    }
    let denied = tagging.iter().any(|statement| statement.effect == Effect::Deny);
    let free = tagging
        .iter()
        .filter(allows)
        .any(|statement| statement.conditions.is_empty() && surely_matches(statement, "sts", "tagsession"));
    if free && !denied { SessionTags::Free } else { SessionTags::Conditional }
}

/// Whether a statement's actions may include sts:TagSession, under some reading.
fn may_tag(statement: &Statement) -> bool {
    may_match(statement, "sts", "tagsession")
}

/// Whether a statement lets a SAML or OIDC provider's users in.
fn admits_provider(statement: &Statement) -> bool {
    use ringfence_model::policy::PrincipalPattern;
    let names_provider = |pattern: &PrincipalPattern| {
        matches!(pattern, PrincipalPattern::Federated(_) | PrincipalPattern::Everyone)
    };
    statement.effect == Effect::Allow
        && statement
            .principal
            .as_ref()
            .is_none_or(|element| element.negated || element.values.iter().any(names_provider))
}

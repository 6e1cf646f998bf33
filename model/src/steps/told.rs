//! What the world itself says of the keys of a request: tags, boundaries, sessions. It counts over what a search proposed.

use std::collections::BTreeSet;

use crate::arn::{AccountId, Arn, fits_format};
use crate::catalogue::Catalogue;
use crate::context::{ContextKey, ContextValue, RequestContext};
use crate::principal::Principal;
use crate::request::Request;
use crate::world::{IamPrincipal, World};

use super::replay::Session;

/// Actions of which iam:PermissionsBoundary is the boundary in the request.
const REQUESTED: [&str; 4] =
    ["iam:CreateUser", "iam:CreateRole", "iam:PutUserPermissionsBoundary", "iam:PutRolePermissionsBoundary"];

/// Actions on what is not there yet, and so has no tags: whoever had the name before is gone by then.
const CREATE: [&str; 2] = ["iam:CreateUser", "iam:CreateRole"];

/// `request`, made in `session`, with the keys that the world determines as they are there; those of the organisation if they are to be told.
pub(super) fn as_told(
    request: &Request,
    session: Option<&Session>,
    world: &World,
    (catalogue, tells_organization): (&Catalogue, bool),
) -> Request {
    let mut request = request.clone();
    of_principal(&mut request, session, world);
    if tells_organization {
        of_organization(&mut request, world);
    }
    of_target(&mut request, world, catalogue);
    of_resource(&mut request, world, catalogue);
    request
}

/// Tags and id of whoever asks, and what its session carries.
fn of_principal(request: &mut Request, session: Option<&Session>, world: &World) {
    let Some(arn) = request.principal.principal_arn() else { return };
    let Some((_, principal)) = world.principal(&arn) else { return };
    let mut context = without(&request.context, |key| {
        matches!(key.family(), Some(("aws:principaltag", _))) || key.canonical() == "aws:sourceidentity"
    });
    for (key, value) in principal.tags() {
        context.set(&format!("aws:PrincipalTag/{key}"), value);
    }
    if let Some(session) = session {
        for (key, value) in &session.tags {
            context.set(&format!("aws:PrincipalTag/{key}"), value);
        }
        if let Some(identity) = &session.source_identity {
            context.set("aws:SourceIdentity", identity);
        }
    }
    let id = principal.id();
    if !id.is_empty() {
        let user_id = match &request.principal {
            Principal::RoleSession { session, .. } => Some(format!("{id}:{session}")),
            Principal::User { .. } => Some(id.to_owned()),
            Principal::Root { .. }
            | Principal::FederatedUser { .. }
            | Principal::Service(_)
            | Principal::FederatedProvider(_)
            | Principal::Anonymous => None,
        };
        if let Some(user_id) = user_id {
            context.set("aws:userid", &user_id);
        }
    }
    request.context = context;
}

/// In which organisation, and under which units, whoever asks and what is asked about are now: all accounts of the organisation are listed.
fn of_organization(request: &mut Request, world: &World) {
    let Some(organization) = &world.organization else { return };
    let own = organization.principal_org_id().to_owned();
    let caller = request.principal.principal_arn();
    let account = |arn: &str| AccountId::parse(Arn::parse(arn)?.account);
    let places = [
        (caller.as_deref().and_then(account), ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"]),
        (account(&request.resource), ["aws:ResourceOrgID", "aws:ResourceOrgPaths"]),
    ];
    for (account, [id, paths]) in places {
        let Some(account) = account else { continue };
        let (id_key, paths_key) = (ContextKey::new(id), ContextKey::new(paths));
        let said = request.context.get(&id_key).is_some() || request.context.get(&paths_key).is_some();
        match organization.org_path(account) {
            // A resource of which nobody asks is not told about.
            Some(path) if said || id == "aws:PrincipalOrgID" => {
                request.context.set(id, &own);
                request.context.insert(paths_key, ContextValue::List(vec![path]));
            }
            Some(_) => {}
            None => {
                let is_own =
                    |value: &ContextValue| value.values().iter().any(|value| value.starts_with(&own));
                for key in [id_key, paths_key] {
                    if request.context.get(&key).is_some_and(is_own) {
                        request.context.remove(&key);
                    }
                }
            }
        }
    }
}

/// Boundary and tags of the user or role that is asked about, as far as AWS lists the keys for the action.
fn of_target(request: &mut Request, world: &World, catalogue: &Catalogue) {
    let has = |name: &str| is_offered(request, name, catalogue);
    let creates = CREATE.iter().any(|action| request.action.eq_ignore_ascii_case(action));
    let known = world.principal(&request.resource).map(|(_, principal)| principal).filter(|_| !creates);
    let requested = REQUESTED.iter().any(|action| request.action.eq_ignore_ascii_case(action));
    let of_iam = Arn::parse(&request.resource).is_some_and(|arn| arn.service == "iam");
    if !of_iam {
        return;
    }
    let mut context = request.context.clone();
    if !requested {
        context.remove(&ContextKey::new("iam:PermissionsBoundary"));
        if let Some(boundary) =
            known.and_then(IamPrincipal::boundary).filter(|_| has("iam:PermissionsBoundary"))
        {
            context.set("iam:PermissionsBoundary", &boundary.name);
        }
    }
    if known.is_some() || creates {
        context =
            without(&context, |key| matches!(key.family(), Some(("aws:resourcetag" | "iam:resourcetag", _))));
    }
    if let Some(principal) = known {
        for (key, value) in principal.tags() {
            for family in ["aws:ResourceTag", "iam:ResourceTag"] {
                if has(&format!("{family}/{key}")) {
                    context.set(&format!("{family}/{key}"), value);
                }
            }
        }
    }
    request.context = context;
}

/// Tags of the resource that is asked about, where an inventory shows them, as far as AWS lists the keys for the action.
fn of_resource(request: &mut Request, world: &World, catalogue: &Catalogue) {
    let Some(tags) = world.resource_tags(&request.resource) else { return };
    let is_tag = |key: &ContextKey| key.family().is_some_and(|(family, _)| family.ends_with(":resourcetag"));
    let mut context = without(&request.context, is_tag);
    let Some(action) = catalogue.find_action(&request.action) else { return };
    let types = catalogue.action(action).into_iter().flat_map(|row| &row.resource_types);
    let types: Vec<_> = types
        .map(|taken| taken.resource_type)
        .filter(|id| {
            let formats =
                catalogue.resource_type(*id).map(|known| known.arn_formats.as_slice()).unwrap_or_default();
            formats.iter().any(|format| fits_format(format, &request.resource))
        })
        .collect();
    let service = Arn::parse(&request.resource).map_or("", |arn| arn.service).to_owned();
    let own = request.action.split(':').next().unwrap_or_default().to_owned();
    let families: BTreeSet<String> = ["aws".to_owned(), service, own].into_iter().collect();
    for (key, value) in tags {
        for family in &families {
            let name = format!("{family}:ResourceTag/{key}");
            let offered = types.iter().any(|id| catalogue.offers(action, Some(*id), &ContextKey::new(&name)));
            if offered {
                context.set(&name, value);
            }
        }
    }
    request.context = context;
}

/// AWS lists the key for the action on such a resource.
fn is_offered(request: &Request, key: &str, catalogue: &Catalogue) -> bool {
    let Some(action) = catalogue.find_action(&request.action) else { return false };
    let kind = Arn::parse(&request.resource).and_then(|arn| arn.resource.split('/').next());
    let resource_type = kind.and_then(|kind| catalogue.find_resource_type("iam", kind));
    catalogue.offers(action, resource_type, &ContextKey::new(key))
}

pub(super) fn without(context: &RequestContext, leave_out: impl Fn(&ContextKey) -> bool) -> RequestContext {
    let mut kept = RequestContext::new();
    for (key, value) in context.iter().filter(|(key, _)| !leave_out(key)) {
        let value: ContextValue = value.clone();
        kept.insert(key.clone(), value);
    }
    kept
}

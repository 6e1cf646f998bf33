//! What the requests at the end of a path take to be there.

use std::collections::BTreeSet;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::request::Request;
use ringfence_model::steps::{Decided, Run, Step};
use ringfence_model::world::{IamPrincipal, World};

use crate::steps::cast::aws_policy;
use crate::theorem::approved_boundaries::ApprovedBoundaries;

/// Calls of IAM that are about somebody who is not there yet.
const MAKE: [&str; 5] = [
    "iam:CreateGroup",
    "iam:CreatePolicy",
    "iam:CreateRole",
    "iam:CreateServiceLinkedRole",
    "iam:CreateUser",
];

/// Users, roles, groups and policies, in words, that requests to IAM are about or name as a boundary, and that the world does not have now:
/// IAM answers that they are not there, whoever asks.
///
/// # Errors
/// One that was there before the run, and that the run took away or renamed.
pub(super) fn taken_to_be_there(
    before: &World,
    now: &World,
    requests: &[Decided],
) -> Result<BTreeSet<String>, String> {
    let mut taken = BTreeSet::new();
    for request in requests.iter().map(|decided| &decided.request) {
        for arn in not_there(now, request) {
            if is_there(before, arn) == Some(true) {
                return Err(format!("{arn} is not there any more"));
            }
            taken.insert(format!("{arn} is there, as the request has it"));
        }
    }
    Ok(taken)
}

/// The ARNs that the request is about, or names as a boundary, and that the world does not have.
fn not_there<'r>(world: &World, request: &'r Request) -> impl Iterator<Item = &'r String> {
    let of_iam = request.action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("iam:"));
    let makes = MAKE.iter().any(|call| call.eq_ignore_ascii_case(&request.action));
    let boundary = request.context.get(&ContextKey::new(BOUNDARY));
    let boundary = boundary.into_iter().flat_map(|value| value.values().iter());
    let about = std::iter::once(&request.resource).filter(move |_| !makes);
    about.chain(boundary).filter(move |arn| of_iam && is_there(world, arn) == Some(false))
}

/// A request that the evaluator allows as well, about somebody who is there, with a boundary that is there and is none of `approved`; none if all are
/// there already, or none of the first does.
pub(super) fn with_those_there(
    run: &mut Run<'_>,
    request: &Request,
    approved: &ApprovedBoundaries,
) -> Option<Decided> {
    let world = run.world();
    let absent: Vec<String> = not_there(world, request).cloned().collect();
    if absent.is_empty() {
        return None;
    }
    let mut tried = vec![request.clone()];
    for arn in absent {
        let kind = |arn: &str| Arn::parse(arn)?.resource.split('/').next().map(str::to_owned);
        let account = world.accounts.get(&AccountId::parse(Arn::parse(&arn)?.account)?)?;
        let principals = account.principals().map(IamPrincipal::arn);
        let policies = account.managed_policies.keys().filter(|policy| !approved.contains(policy));
        let others = principals.chain(policies).filter(|known| kind(known) == kind(&arn)).take(MOST_TRIED);
        // A policy of AWS is there for everybody.
        let of_aws = Some(aws_policy(&account.partition, "AdministratorAccess"));
        let of_aws = of_aws.filter(|policy| kind(&arn) == kind(policy) && !approved.contains(policy));
        let others: Vec<String> = others.map(ToString::to_string).chain(of_aws).collect();
        tried = tried
            .iter()
            .flat_map(|request| others.iter().map(|other| instead(request, &arn, other)))
            .collect();
    }
    tried.into_iter().find_map(|request| {
        let step = Step { requests: vec![request], changes: Vec::new() };
        run.make(&step).ok()?.into_iter().next()
    })
}

/// So many who are there are tried for each who is not.
const MOST_TRIED: usize = 6;

/// The request about another, or with another boundary.
fn instead(request: &Request, arn: &str, other: &str) -> Request {
    let mut request = request.clone();
    if request.resource == arn {
        other.clone_into(&mut request.resource);
    } else {
        request.context.insert(ContextKey::new(BOUNDARY), ContextValue::Single(other.to_owned()));
    }
    request
}

/// What a call names as the boundary of somebody.
const BOUNDARY: &str = "iam:PermissionsBoundary";

/// None for what is of no account of the world, or of another type.
fn is_there(world: &World, arn: &str) -> Option<bool> {
    let parts = Arn::parse(arn).filter(|parts| parts.service == "iam")?;
    let account = world.accounts.get(&AccountId::parse(parts.account)?)?;
    let (kind, _) = parts.resource.split_once('/')?;
    match kind {
        "user" | "role" => Some(world.principal(arn).is_some()),
        "group" => Some(account.groups.iter().any(|group| *group.arn == *arn)),
        "policy" => Some(account.managed_policies.contains_key(arn)),
        _ => None,
    }
}

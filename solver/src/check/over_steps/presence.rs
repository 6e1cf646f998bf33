//! What the requests at the end of a path take to be there.

use std::collections::BTreeSet;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::context::ContextKey;
use ringfence_model::steps::Decided;
use ringfence_model::world::World;

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
        let of_iam = request.action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("iam:"));
        let makes = MAKE.iter().any(|call| call.eq_ignore_ascii_case(&request.action));
        let boundary = request.context.get(&ContextKey::new("iam:PermissionsBoundary"));
        let boundary = boundary.into_iter().flat_map(|value| value.values().iter());
        let about = std::iter::once(&request.resource).filter(|_| !makes);
        for arn in about.chain(boundary).filter(|_| of_iam) {
            if is_there(now, arn) != Some(false) {
                continue;
            }
            if is_there(before, arn) == Some(true) {
                return Err(format!("{arn} is not there any more"));
            }
            taken.insert(format!("{arn} is there, as the request has it"));
        }
    }
    Ok(taken)
}

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

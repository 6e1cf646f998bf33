//! In which order the requests of a step are made, and what each takes to be there.

use ringfence_model::arn::{Arn, kind_of};
use ringfence_model::request::Request;
use ringfence_model::world::World;

use super::super::cast::listed_in;
use super::super::primitive::Primitive;
use super::Evidence;

/// How the names of calls begin that come before all others of their step, or take something off.
const FIRST: [&str; 4] = ["Stop", "Detach", "Delete", "Remove"];
/// Calls that change what is there, or what the calls before them made.
const THEN: [&str; 2] = ["Update", "Modify"];
/// Calls that make a draft count.
const AFTER: [&str; 1] = ["Prepare"];
/// Calls that run it.
const LAST: [&str; 8] = ["Start", "Run", "Invoke", "Execute", "Submit", "Send", "Connect", "Schedule"];

/// How the names of calls begin that are about what is there already.
const ABOUT_WHAT_IS_THERE: [&str; 6] = ["Update", "Modify", "Rollback", "ContinueUpdate", "Enable", "Retry"];
/// How the names of calls begin that make something.
const MAKE: [&str; 10] =
    ["Create", "Register", "Import", "Publish", "Run", "Put", "Add", "Request", "Restore", "Copy"];

/// Services of whose resources no inventory tells.
const OF_PRINCIPALS: [&str; 6] = ["iam", "sts", "organizations", "sso", "identitystore", "account"];

/// The requests in the order in which they can be made: nothing is started before it was made, nor changed before it was stopped.
pub(super) fn in_order(mut requests: Vec<Request>) -> Vec<Request> {
    requests.sort_by_key(|request| {
        let name = name_of(request);
        let begins = |fronts: &[&str]| fronts.iter().any(|front| name.starts_with(front));
        if begins(&FIRST) {
            0
        } else if begins(&THEN) {
            2
        } else if begins(&AFTER) {
            3
        } else if begins(&LAST) {
            4
        } else {
            1
        }
    });
    requests
}

/// What the requests of a primitive that tells nothing of it take to be there: the resources that they change and do not make.
///
/// # Errors
/// When an inventory shows that there is none.
pub(super) fn there_already(
    primitive: &Primitive,
    requests: &[Request],
    world: &World,
) -> Result<Vec<Evidence>, String> {
    let mut all = Vec::new();
    if !primitive.resources.is_empty() || primitive.evidence.is_some() {
        return Ok(all);
    }
    let service_of = |request: &Request| request.action.split(':').next().unwrap_or_default().to_owned();
    let begins = |request: &Request, fronts: &[&str]| {
        let name = name_of(request);
        // A URL that is signed is of what is there.
        fronts.iter().any(|front| name.starts_with(front)) && !name.contains("Presigned")
    };
    for request in requests.iter().filter(|request| begins(request, &ABOUT_WHAT_IS_THERE)) {
        let service = service_of(request);
        let makes = |other: &Request| service_of(other) == service && begins(other, &MAKE);
        if OF_PRINCIPALS.contains(&service.as_str()) || requests.iter().any(makes) {
            continue;
        }
        if let Some((_, file)) = listed_in(world, &request.resource) {
            all.push(Evidence::Shown(format!("{file}: {}", request.resource)));
            continue;
        }
        let owner = request.principal.account().and_then(|account| world.accounts.get(&account));
        let listed = owner.and_then(|account| account.resources.as_ref());
        let kind = kind_of(&request.resource);
        let is_whole =
            listed.is_some_and(|all| all.is_empty() || all.iter().any(|one| kind_of(&one.arn) == kind));
        if is_whole && Arn::parse(&request.resource).is_some() {
            return Err(format!(
                "resources.json lists no {}, which {} is about",
                request.resource, request.action
            ));
        }
        all.push(Evidence::Assumed(format!(
            "{} is there, which {} is about",
            request.resource, request.action
        )));
    }
    Ok(all)
}

fn name_of(request: &Request) -> &str {
    request.action.split_once(':').map_or("", |(_, name)| name)
}

//! What an answer leaves out, and what the world lacks that could change it.

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::world::{MissingEffect, MissingInput, MissingScope, World};

use super::Prepared;

/// What no answer covers, in words.
pub const NOT_COVERED: [&str; 4] = [
    "several steps: assuming a role, passing one to a service, changing a policy first",
    "resource policies, resource control policies and VPC endpoint policies",
    "resources of other accounts, and those of AWS that their ARN does not name wholly",
    "the other checks of a call that makes several",
];

/// The inputs that the world lacks and that may change answers: to every question; to questions about buckets; and
/// those that hold principals, if the question is put to all of them.
pub fn missing(world: &World, catalogue: &Catalogue, question: &Prepared, to_all: bool) -> Vec<MissingInput> {
    let buckets = asks_for_buckets(catalogue, question);
    world
        .missing()
        .into_iter()
        .filter(|missing| match missing.scope {
            MissingScope::Every => true,
            MissingScope::AllPrincipals => to_all,
            MissingScope::Buckets => buckets,
            MissingScope::Steps => false,
        })
        .collect()
}

/// Principals are missing from the world, so that a list of those who can is not whole.
pub fn lacks_principals(missing: &[MissingInput]) -> bool {
    missing.iter().any(|missing| {
        missing.scope == MissingScope::AllPrincipals && missing.effect == MissingEffect::Inconclusive
    })
}

fn asks_for_buckets(catalogue: &Catalogue, question: &Prepared) -> bool {
    question
        .actions
        .iter()
        .flat_map(|action| &action.resource_types)
        .filter_map(|id| catalogue.resource_type(*id))
        .flat_map(|known| &known.arn_formats)
        .any(|format| Arn::parse(format).is_some_and(|arn| arn.service == "s3"))
}

//! What an answer leaves out, and what the world lacks that could change it.

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::resource_policy_types::can_carry_policy;
use ringfence_model::world::{MissingEffect, MissingInput, MissingScope, World};

use super::Prepared;

/// What no answer covers, in words.
pub const NOT_COVERED: [&str; 6] = [
    "several steps: assuming a role, passing one to a service, changing a policy first",
    "VPC endpoint policies",
    "resources of other accounts whose policies the world does not show, unless the question or a statement names the account",
    "grants outside policies: KMS grants, S3 access control lists, shared resources",
    "S3 Block Public Access, which may stop what the public policy of a bucket grants to other accounts",
    "the other checks of a call that makes several",
];

/// The inputs that the world lacks and that may change answers: to every question; to questions about resources that can
/// carry a policy; and those that hold principals, if the question is put to all of them.
pub fn missing(world: &World, catalogue: &Catalogue, question: &Prepared, to_all: bool) -> Vec<MissingInput> {
    let can_carry = asks_for_carriers(catalogue, question);
    world
        .missing()
        .into_iter()
        .filter(|missing| match missing.scope {
            MissingScope::Every => true,
            MissingScope::AllPrincipals => to_all,
            MissingScope::ResourcePolicies => can_carry,
            MissingScope::Steps | MissingScope::OutsideBoundary | MissingScope::StandingKeys => false,
        })
        .collect()
}

/// Principals are missing from the world, so that a list of those who can is not whole.
pub fn lacks_principals(missing: &[MissingInput]) -> bool {
    missing.iter().any(|missing| {
        missing.scope == MissingScope::AllPrincipals && missing.effect == MissingEffect::Inconclusive
    })
}

fn asks_for_carriers(catalogue: &Catalogue, question: &Prepared) -> bool {
    let mut types = question.actions.iter().flat_map(|action| &action.resource_types);
    types.any(|id| {
        catalogue.resource_type(*id).is_some_and(|known| {
            let arn = known.arn_formats.first().and_then(|format| Arn::parse(format));
            arn.is_some_and(|arn| can_carry_policy(arn.service, Some(&known.name)))
        })
    })
}

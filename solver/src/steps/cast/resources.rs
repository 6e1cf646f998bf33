//! Policies of resources that a run writes: what they make of the resource's side, and which resources a path tries.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::policy::NamedPolicy;
use ringfence_model::resource_policy_types::is_known_carrier;
use ringfence_model::steps::letting_in;
use ringfence_model::world::{Account, ControlType, World};

use super::conditions::filled;
use super::{Cast, MemberId};
use crate::encode::action::glob_ignoring_case;
use crate::resource_side::ResourceSides;
use crate::steps::lift::{self, Lift};
use crate::steps::state::Opened;

/// So many resources that policies name are tried at most in an account.
const TRIED: usize = 32;
/// The Region of a resource where a pattern leaves it open.
pub const SOME_REGION: &str = "us-east-1";

impl Cast<'_> {
    /// The resource's side after the lifts, where the run has written these policies of resources, and the user is called so.
    pub fn resources_after(
        &self,
        lifts: &BTreeSet<Lift>,
        opened: &BTreeSet<Opened>,
        called: Option<(MemberId, &Arc<str>)>,
    ) -> Arc<ResourceSides> {
        let after_lifts = |organization| {
            let elsewhere = lifts.iter().filter_map(|lift| match lift {
                Lift::Moved(account, _) | Lift::Left(account) => Some(*account),
                Lift::Detached(..) | Lift::Allowed(_) | Lift::Rewritten(_) | Lift::Disabled(_) => None,
            });
            let levels = |account| lift::controls(organization, account, lifts, ControlType::ResourceControl);
            Arc::new(self.resources.bound_by(levels, &elsewhere.collect()))
        };
        let after = || {
            let organization = self.world.organization.as_ref().filter(|_| !lifts.is_empty());
            let lifted = organization.map_or_else(|| Arc::clone(&self.resources), after_lifts);
            opened.iter().fold(lifted, |sides, (resource, owner, whom)| {
                let whom = whom.and_then(|id| self.member(id));
                let policy = whom.map(|member| NamedPolicy {
                    name: Arc::from(format!("resource policy of {resource}")),
                    document: letting_in(resource, vec![member.in_policies()]),
                });
                Arc::new(sides.rewritten(*owner, resource, policy))
            })
        };
        let after = || {
            let user = called.and_then(|(id, name)| Some((self.member(id)?, name)));
            user.map_or_else(after, |(user, name)| Arc::new(after().calling(user.arn(), name)))
        };
        let called = called.map(|(id, name)| (id, Arc::clone(name)));
        let mut known = self.sides.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry((lifts.clone(), opened.clone(), called)).or_insert_with(after))
    }
}

/// The account whose input lists the resource, and the file; none where no input of the world does.
pub fn listed_in(world: &World, resource: &str) -> Option<(AccountId, &'static str)> {
    world.accounts.values().find_map(|account| {
        let has_policy = account.resource_policies.iter().any(|all| all.contains_key(resource));
        let is_listed = || account.resources.iter().flatten().any(|one| *one.arn == *resource);
        let file = if has_policy { Some("resource-policies.json") } else { None };
        Some((account.id, file.or_else(|| is_listed().then_some("resources.json"))?))
    })
}

/// Resources of the account whose policies a path may write: those that have one or that an inventory lists, and of those that its
/// policies name some, with a name for what a pattern leaves open.
pub(super) fn openable(account: &Account) -> BTreeSet<Arc<str>> {
    let with_policy = account.resource_policies.iter().flat_map(|all| all.keys().cloned());
    let listed = account.resources.iter().flatten().map(|resource| Arc::clone(&resource.arn));
    let mut all: BTreeSet<Arc<str>> = with_policy.chain(listed).filter(|arn| carries_policy(arn)).collect();
    let policies =
        account.principals().flat_map(|principal| principal.identity().iter().chain(principal.boundary()));
    let statements = policies.flat_map(|policy| &policy.document.statements);
    let values = statements.filter_map(|statement| statement.resource.as_ref());
    let mut named = BTreeSet::new();
    for value in values.filter(|element| !element.negated).flat_map(|element| &element.values) {
        if named.len() == TRIED {
            break;
        }
        named.extend(some_resource(account, &crate::account_pattern::with_wildcards(&value.raw)));
    }
    all.extend(named);
    all
}

fn carries_policy(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.service != "iam" && is_known_carrier(&arn))
}

/// A resource of the account that fits the pattern; of what lies inside a bucket, the bucket.
fn some_resource(account: &Account, pattern: &str) -> Option<Arc<str>> {
    let arn = Arn::parse(pattern)?;
    let id = account.id.to_string();
    if arn.service.contains(['*', '?']) || !glob_ignoring_case(arn.partition, &account.partition) {
        return None;
    }
    let of_bucket = arn.service == "s3" && arn.account.is_empty();
    if !of_bucket && !glob_ignoring_case(arn.account, &id) {
        return None;
    }
    let region = if arn.region.contains(['*', '?']) { SOME_REGION } else { arn.region };
    let owner = if of_bucket { "" } else { &id };
    let resource = if of_bucket { arn.resource.split('/').next().unwrap_or_default() } else { arn.resource };
    // What is of any kind is of none.
    if resource.starts_with('*') && !of_bucket || resource.is_empty() {
        return None;
    }
    let found = format!("arn:{}:{}:{region}:{owner}:{}", account.partition, arn.service, filled(resource));
    carries_policy(&found).then(|| Arc::from(found))
}

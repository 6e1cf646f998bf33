//! Whether a principal may call on resources of accounts that are not approved (semantics:B4).
//!
//! Whose a resource is, the request does not always say (F42, F47): so it is asked by the owner, not by the key
//! aws:ResourceAccount. The owners are those that a policy of the principal names or whose resource policies the world shows,
//! and one account that stands for all others.

use std::collections::BTreeSet;

use ringfence_model::arn::AccountId;

use super::Answers;
use super::asking::{Asking, joined};
use crate::encode::owner::with_other_owners;
use crate::query::Target;
use crate::search::Limits;
use crate::subject::Subject;
use crate::theorem::allowed;
use crate::verdict::Verdict;
use crate::wildcard::Theory;

/// Where the id of the account that stands for all that nobody names is looked for, downwards.
const NOBODYS: u64 = 739_154_820_637;

/// The verdict on these calls on resources of other accounts than the principal's and `approved`.
pub fn verdict(
    answers: &mut impl Answers,
    subject: &Subject,
    targets: &[Target],
    approved: &[AccountId],
    asking: Asking<'_>,
) -> Verdict {
    let model = asking.catalogue.find_resource_type("bedrock", "foundation-model");
    let owned: Vec<Target> = targets
        .iter()
        .filter(|target| !target.resource.is_none() && target.resource.resource_type() != model)
        .cloned()
        .collect();
    let query = allowed(owned.clone(), asking.as_of);
    let mut theory = Theory::new(Limits::default().states);
    let expanded = with_other_owners(&query, &[&subject.policies], subject, asking.catalogue, &mut theory);
    let is_other = |owner: AccountId| owner != subject.account && !approved.contains(&owner);
    let mut others: Vec<Target> =
        expanded.into_iter().filter(|target| target.owner.is_some_and(is_other)).collect();
    let nobodys = nobodys(subject, approved);
    others.extend(
        owned
            .into_iter()
            .filter(|target| target.owner.is_none())
            .map(|target| Target { owner: nobodys, ..target }),
    );
    joined(vec![asking.ask(answers, subject, others)])
}

/// An account that the guardrail does not name, and that the world does not show unless it shows the resources of all.
fn nobodys(subject: &Subject, approved: &[AccountId]) -> Option<AccountId> {
    let shown: BTreeSet<AccountId> = subject.resources.accounts().collect();
    (0..=NOBODYS)
        .rev()
        .filter_map(|number| AccountId::parse(&format!("{number:012}")))
        .find(|id| *id != subject.account && !approved.contains(id) && !shown.contains(id))
}

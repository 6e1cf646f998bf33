//! Whether a principal may call on resources of accounts that are not approved (semantics:B4).
//!
//! Whose a resource is, the request does not always say (F42, F47): so it is asked by the owner, not by the key
//! aws:ResourceAccount. The owners are those that a policy of the principal names or whose resource policies the world shows,
//! and one account that stands for all others. Where a policy of the principal has a pattern of accounts, such as `1111*`, some that it
//! matches are asked about too, and what is not found with these is left open.

use std::collections::BTreeSet;

use ringfence_model::arn::AccountId;

use super::Answers;
use super::asking::{Asking, joined};
use crate::account_pattern::AccountPatterns;
use crate::encode::Memory;
use crate::encode::owner::with_other_owners;
use crate::query::Target;
use crate::search::Limits;
use crate::subject::Subject;
use crate::theorem::allowed;
use crate::verdict::{Reason, Verdict};
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
    let expanded = with_other_owners(
        &query,
        &[&subject.policies],
        (subject, &[subject.resources.as_ref()]),
        asking.catalogue,
        (&mut theory, &mut Memory::default()),
    );
    let is_other = |owner: AccountId| owner != subject.account && !approved.contains(&owner);
    let mut others: Vec<Target> =
        expanded.into_iter().filter(|target| target.owner.is_some_and(is_other)).collect();
    let patterns = AccountPatterns::of(subject);
    let matched = patterns.instances().into_iter().filter(|owner| is_other(*owner));
    let without_name: BTreeSet<AccountId> =
        nobodys(subject, approved, patterns.named()).into_iter().chain(matched).collect();
    for owner in without_name {
        let unowned = owned.iter().filter(|target| target.owner.is_none());
        others.extend(unowned.map(|target| Target { owner: Some(owner), ..target.clone() }));
    }
    match joined(vec![asking.ask(answers, subject, others)]) {
        Verdict::Proved(_) if !patterns.is_empty() => Verdict::Inconclusive(Reason::NotCovered {
            code: "accounts",
            text: "a policy has a pattern of accounts, puts one together, or compares them as numbers: not every account that it may mean was asked about"
                .to_owned(),
        }),
        verdict @ (Verdict::Proved(_)
        | Verdict::Refuted(_)
        | Verdict::Inconclusive(_)
        | Verdict::NotApplicable) => verdict,
    }
}

/// An account that neither the guardrail nor a policy names, and that the world does not show unless it shows the resources of all.
fn nobodys(subject: &Subject, approved: &[AccountId], named: &BTreeSet<AccountId>) -> Option<AccountId> {
    let shown: BTreeSet<AccountId> = subject.resources.accounts().collect();
    (0..=NOBODYS).rev().filter_map(|number| AccountId::parse(&format!("{number:012}"))).find(|id| {
        *id != subject.account && !approved.contains(id) && !shown.contains(id) && !named.contains(id)
    })
}

//! Policies of resources that a path may write, and whom they let in then.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::steps::{takes_policy_off, writes_policy};

use super::{Bound, Maker};
use crate::steps::cast::{CastAccount, MemberId, SOME_REGION, listed_in};
use crate::steps::guard::{Binding, Chosen};
use crate::steps::state::Fact;

/// So many of those who are held in an account are let in at most where whoever began is of another.
const LET_IN: usize = 4;

impl Maker<'_> {
    /// Each resource of the primitive's kind lets in whoever began, or has no policy any more.
    pub(super) fn opened(&self) -> Vec<Bound> {
        let mut all = Vec::new();
        let began = self.facts.start.and_then(|id| self.cast.member(id));
        let is_bounded = began.is_none_or(|member| member.boundary.is_some());
        let is_written = self.is_written_by(writes_policy) && (is_bounded || self.is_of_data());
        let is_deleted = self.is_written_by(takes_policy_off);
        for (owner, account) in self.accounts().filter(|(owner, _)| self.is_worth_it(*owner)) {
            let known =
                self.cast.world.accounts.get(&owner).and_then(|known| known.resource_policies.as_ref());
            // Where no policies are known, none can be written in their place.
            let Some(known) = known else { continue };
            let whom = if is_written { self.let_in(owner) } else { Vec::new() };
            if whom.is_empty() && (!is_deleted || known.is_empty()) {
                continue;
            }
            for resource in self.candidates(owner, account) {
                // No two accounts own one resource.
                if listed_in(self.cast.world, &resource).is_some_and(|(other, _)| other != owner) {
                    continue;
                }
                let base = Binding {
                    resource: Some(Arc::clone(&resource)),
                    owner: Some(owner),
                    ..Binding::default()
                };
                for member in whom.iter().filter(|_| is_bounded || holds_data(&resource)) {
                    let gain = Fact::ResourceSays(Arc::clone(&resource), owner, Some(*member));
                    all.push((Binding { member: Some(*member), ..base.clone() }, Vec::new(), vec![gain]));
                }
                if is_deleted && known.contains_key(&resource) {
                    let gain = Fact::ResourceSays(Arc::clone(&resource), owner, None);
                    all.push((Binding { requested: Some(Chosen::None), ..base }, Vec::new(), vec![gain]));
                }
            }
        }
        all
    }

    fn is_written_by(&self, is_such: impl Fn(&str) -> bool) -> bool {
        self.primitive.all_requests().any(|asked| is_such(&asked.action))
    }

    /// Its resources may hold training data.
    fn is_of_data(&self) -> bool {
        self.primitive.all_requests().any(|asked| asked.action == "s3:PutBucketPolicy")
    }

    /// Whoever began, where it is of the account, or else some who are held there.
    fn let_in(&self, owner: AccountId) -> Vec<MemberId> {
        let is_of = |id: &MemberId| self.cast.member(*id).is_some_and(|member| member.account() == owner);
        let is_held = |id: &MemberId| self.is_held(*id);
        match self.facts.start.filter(is_of) {
            Some(start) => vec![start],
            None => self.facts.held.keys().copied().filter(is_of).filter(is_held).take(LET_IN).collect(),
        }
    }

    /// Resources of a kind that the primitive's calls take: known ones, and one that no input names.
    fn candidates(&self, owner: AccountId, account: &CastAccount) -> BTreeSet<Arc<str>> {
        let partition = self.cast.world.accounts.get(&owner).map_or("aws", |known| known.partition.as_str());
        let inventory = self.cast.world.accounts.get(&owner).and_then(|known| known.resources.as_ref());
        let (mut all, mut new) = (BTreeSet::new(), BTreeSet::new());
        let calls = self
            .primitive
            .all_requests()
            .filter(|asked| writes_policy(&asked.action) || takes_policy_off(&asked.action));
        let rows =
            calls.filter_map(|asked| self.catalogue.action(self.catalogue.find_action(&asked.action)?));
        let types = rows.flat_map(|row| &row.resource_types);
        for known in types.filter_map(|taken| self.catalogue.resource_type(taken.resource_type)) {
            let kind = format!("{}:{}", known.service, known.name);
            let fitting = account.openable.iter().filter(|arn| self.is_of_type(arn, &kind));
            let made_up = known.arn_formats.iter().filter_map(|format| of_format(format, partition, owner));
            let whole = inventory.is_some_and(|listed| {
                LISTED.contains(&known.service.as_ref())
                    && (listed.is_empty()
                        || known.service.as_ref() == "bedrock"
                        || listed.iter().any(|resource| self.is_of_type(&resource.arn, &kind)))
            });
            let is_there = |arn: &Arc<str>| {
                !whole || inventory.is_some_and(|listed| listed.iter().any(|one| one.arn == *arn))
            };
            all.extend(fitting.filter(|arn| is_there(arn)).cloned());
            new.extend(made_up.filter(is_there));
        }
        if all.is_empty() { new } else { all }
    }
}

/// Whoever has no boundary to leave gains by nothing else: training data lies there.
fn holds_data(resource: &str) -> bool {
    Arn::parse(resource).is_some_and(|arn| arn.service == "s3" && arn.account.is_empty())
}

/// Services of whose resources an inventory lists all, or all of a type.
const LISTED: [&str; 4] = ["bedrock", "bedrock-agentcore", "lambda", "sagemaker"];

/// An ARN of the format that no input names.
fn of_format(format: &str, partition: &str, owner: AccountId) -> Option<Arc<str>> {
    let mut text = format
        .replace("${Partition}", partition)
        .replace("${Region}", SOME_REGION)
        .replace("${Account}", &owner.to_string());
    while let Some((front, (_, back))) =
        text.split_once("${").and_then(|(front, rest)| Some((front, rest.split_once('}')?)))
    {
        text = format!("{front}ringfence{back}");
    }
    Arn::parse(&text).is_some().then(|| Arc::from(text))
}

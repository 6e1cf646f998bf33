//! The requests that the checks of a call are, each with the policies that decide it: here, and in another world that the question is about.

use std::collections::BTreeMap;

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::{ContextKey, RequestContext};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::principal::Principal;
use ringfence_model::request::Request;

use super::{action, add_keys, context_value};
use crate::encode::Encoded;
use crate::encode::check::Check;
use crate::encode::key::{KeyValue, is_shared};
use crate::interpretation::Interpretation;
use crate::query::TargetAction;
use crate::resource_side::ResourcePolicy;
use crate::subject::Subject;
use crate::term::Attribute;

/// A request with the policies that decide it.
type WithPolicies = (Request, PolicySet);

/// A call of which everything is read out but its checks.
pub(super) struct Call<'c> {
    pub(super) encoded: &'c Encoded,
    pub(super) interpretation: &'c Interpretation,
    pub(super) subject: &'c Subject,
    /// The same principal in another world, if the question is about one.
    pub(super) elsewhere: Option<&'c Subject>,
    pub(super) catalogue: &'c Catalogue,
    /// The question pins the context.
    pub(super) is_pinned: bool,
    pub(super) principal: &'c Principal,
    /// The subject's policies, with those of the session.
    pub(super) policies: &'c PolicySet,
    /// The context of the check that is asked about.
    pub(super) context: &'c RequestContext,
}

/// The checks of a call: the one that is asked about, then those that it makes besides.
pub(super) struct Checks<'c> {
    pub(super) asked: Vec<Option<&'c Check>>,
    pub(super) here: Vec<WithPolicies>,
    /// As the other world decides them; empty where the question is about none.
    pub(super) elsewhere: Vec<WithPolicies>,
}

impl<'c> Call<'c> {
    pub(super) fn checks(&self) -> Checks<'c> {
        let symbols = &self.encoded.symbols;
        let choice =
            |index: u32| self.interpretation.choices.get(index as usize).copied().unwrap_or(0) as usize;
        let check = symbols.checks.get(choice(symbols.check.0));
        let mut checks = Checks { asked: Vec::new(), here: Vec::new(), elsewhere: Vec::new() };
        let context = self.context.clone();
        self.add((check, symbols.resource), context, &symbols.keys_elsewhere, &mut checks);
        let made = check.map_or(0, |check| check.target.further.len());
        for part in symbols.further.iter().take(made) {
            let mut context = self.context.clone();
            for key in symbols.keys.keys().filter(|key| !is_shared(key)) {
                context.remove(key);
            }
            add_keys(&mut context, self.encoded, self.interpretation, &part.keys);
            let shared = symbols.keys_elsewhere.iter().filter(|(key, _)| is_shared(key));
            let mut keys_elsewhere = part.keys_elsewhere.clone();
            keys_elsewhere.extend(shared.map(|(key, value)| (key.clone(), value.clone())));
            let check = part.checks.get(choice(part.check.0));
            self.add((check, part.resource), context, &keys_elsewhere, &mut checks);
        }
        checks
    }

    /// Adds one check.
    fn add(
        &self,
        (check, resource): (Option<&'c Check>, Attribute),
        mut context: RequestContext,
        keys_elsewhere: &BTreeMap<ContextKey, KeyValue>,
        checks: &mut Checks<'c>,
    ) {
        let resource = self.interpretation.text(resource).to_owned();
        let asked = check.filter(|_| !self.is_pinned);
        let mut owner = check.and_then(|check| check.target.owner);
        if let Some(check) = asked {
            owner = owner.or_else(|| policy_of(self.subject, check, &resource).map(|own| own.owner));
            // ARNs of Organizations name the management account.
            owner = owner.or_else(|| (check.arn_service == "organizations").then_some(self.subject.account));
        }
        if !self.is_pinned
            && let Some(arn) = Arn::parse(&resource)
            && !arn.region.is_empty()
        {
            context.set_default("aws:RequestedRegion", arn.region);
        }
        let action = action(check, self.interpretation, self.catalogue);
        let principal = self.principal.clone();
        let request = Request { principal, action, resource, resource_account: owner, context };
        if let Some(other) = self.elsewhere {
            let mut there = self.elsewhere(&request, keys_elsewhere);
            // Whose a bucket is, each world says for itself.
            let listed = asked.and_then(|check| policy_of(other, check, &there.resource));
            there.resource_account = listed.map(|own| own.owner).or(there.resource_account);
            let session = self.policies.session.clone();
            let policies = PolicySet { session, ..other.policies.clone() };
            let policies = with_sides(policies, other, asked, &there);
            checks.elsewhere.push((there, policies));
        }
        let policies = with_sides(self.policies.clone(), self.subject, asked, &request);
        checks.here.push((request, policies));
        checks.asked.push(check);
    }

    /// The request with the keys that the other world determines.
    fn elsewhere(&self, request: &Request, keys: &BTreeMap<ContextKey, KeyValue>) -> Request {
        let mut request = request.clone();
        for (key, value) in keys {
            request.context.remove(key);
            if let Some(value) = context_value(self.encoded, self.interpretation, value) {
                request.context.insert(key.clone(), value);
            }
        }
        request
    }
}

/// `policies` with those of the resource's side in the subject's world.
fn with_sides(
    mut policies: PolicySet,
    subject: &Subject,
    asked: Option<&Check>,
    request: &Request,
) -> PolicySet {
    let Some(check) = asked else { return policies };
    let own = policy_of(subject, check, &request.resource).map(|own| own.policy.clone());
    policies.resource = policies.resource.or(own);
    if policies.resource_control.is_empty() && !check.target.of_aws {
        let owner = request.resource_account.unwrap_or(subject.account);
        policies.resource_control = subject.resources.resource_control(owner).to_vec();
    }
    policies
}

/// The policy that is asked about the resource of a check, as the subject's world has it.
fn policy_of<'s>(subject: &'s Subject, check: &Check, resource: &str) -> Option<&'s ResourcePolicy> {
    // Of an action to come the formula asks policies of its own service alone, whatever its resource may be.
    let to_come = matches!(check.target.action, TargetAction::FutureOf(_) | TargetAction::FutureElsewhere);
    let is_asked = |own: &&ResourcePolicy| !to_come || own.asked_service() == check.arn_service;
    // What lists resources is about none of them, whatever ARN AWS checks it on (semantics:D3).
    if check.target.resource.is_none() {
        return None;
    }
    subject.resources.policy_of(resource, &check.service).filter(|_| !check.target.of_aws).filter(is_asked)
}

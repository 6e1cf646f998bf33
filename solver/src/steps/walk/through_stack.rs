//! Calls that CloudFormation makes for whoever has it make a stack, where only those are allowed.

use ringfence_model::condition::BaseOperator;
use ringfence_model::request::Request;

use super::super::cast::Member;
use super::super::state::Actor;
use super::together::{Together, requests_of};
use super::{Walk, Walker, demanding};
use crate::constraint::condition;
use crate::encode::statement::{all_statements, keys_of};
use crate::query::Target;
use crate::theorem::asking::unbound;
use crate::theorem::{Answers, allowed, targets_of};
use crate::verdict::Verdict;

/// The name by which CloudFormation calls on for somebody (escalation: row F9).
const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";

/// Calls by which somebody has CloudFormation do what a template of his says, with his own rights.
const CALLS: [&str; 2] = ["cloudformation:CreateStack", "cloudformation:UpdateStack"];

impl<'w: 'c, 'c, A: Answers> Walker<'_, 'w, 'c, A> {
    /// The call that makes a stack, and what CloudFormation asks for then; none if policies do not ask who calls on, or do not allow it.
    pub(super) fn through_a_stack(
        &mut self,
        member: &Member,
        actor: &Actor,
        targets: &[Target],
        together: &mut Together,
        walk: &Walk<'c>,
    ) -> Option<Vec<Request>> {
        let start = actor.member == self.start;
        let direct = walk.subject(member, start)?;
        let asked = all_statements(&direct.policies).flat_map(keys_of).any(|key| {
            key.canonical().starts_with("aws:calledvia") || key.canonical() == "aws:viaawsservice"
        });
        if !asked {
            return None;
        }
        let calls = CALLS.iter().flat_map(|call| targets_of(self.catalogue, call, &[])).collect();
        let Verdict::Refuted(stack) =
            unbound(self.answers, &direct, allowed(calls, walk.as_of(self.guards).as_ref()))
        else {
            return None;
        };
        let mut called = walk.subject_through(member, start)?;
        let by = |base, key: &str, value: &str| condition(base, key, &[value.to_owned()]);
        let conditions = vec![
            by(BaseOperator::StringEquals, "aws:CalledViaFirst", CLOUDFORMATION),
            by(BaseOperator::StringEquals, "aws:CalledViaLast", CLOUDFORMATION),
            by(BaseOperator::Bool, "aws:ViaAWSService", "true"),
        ];
        called.policies.demanded.push(demanding("a call of CloudFormation's for somebody", conditions));
        let query = allowed(targets.to_vec(), walk.as_of(self.guards).as_ref());
        let Verdict::Refuted(made) = unbound(self.answers, &called, query) else { return None };
        let mut requests = requests_of(&stack);
        let made = requests_of(&made);
        let action = made.first().map(|request| request.action.clone()).unwrap_or_default();
        together.assumed.push(format!("a resource of a stack makes CloudFormation call {action}"));
        requests.extend(made);
        Some(requests)
    }
}

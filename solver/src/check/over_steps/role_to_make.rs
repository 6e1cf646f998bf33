//! A role that no step makes, and that somebody held may make, for a call that changes a model and passes one.

use std::collections::BTreeSet;

use super::Stepping;
use crate::query::{Target, TargetResource};
use crate::steps::cast::MemberId;
use crate::steps::closure::Closure;
use crate::steps::walk::Walk;
use crate::subject::Subject;
use crate::theorem::asking::unbound;
use crate::theorem::duties::{self, ModifyTargets};
use crate::theorem::passable::Passable;
use crate::theorem::{Answers, allowed, targets_of};
use crate::verdict::Verdict;

/// Makes a role that is not there.
const CREATE: &str = "iam:CreateRole";
/// Lets a service in to one that is.
const OPEN: &str = "iam:UpdateAssumeRolePolicy";

impl Stepping<'_, '_> {
    /// How the subject changes a model with a role that somebody held may make, or let the service in to, in the world as the path left it;
    /// with what that takes for granted. None if no such role was found, or the call passes none.
    pub(super) fn modifies_with_a_role<A: Answers>(
        &self,
        answers: &mut A,
        (subject, modify): (&Subject, &ModifyTargets),
        (closed, walk): (&Closure, &Walk<'_>),
        start: MemberId,
    ) -> Option<(Verdict, String)> {
        let as_of = self.plan.as_of.as_ref();
        let held: BTreeSet<MemberId> = closed.actors.iter().map(|(_, actor)| actor.member).collect();
        let subjects = held.into_iter().filter_map(|id| {
            let member = self.member(id).filter(|member| member.account() == subject.account)?;
            walk.subject(member, id == start)
        });
        let makers: Vec<Subject> = subjects.collect();
        // A role that the call passes, or one that they may make.
        let passed = passed(&duties::modifies(answers, subject, modify, as_of, None));
        let roles: Vec<String> = passed
            .into_iter()
            .chain([CREATE, OPEN].into_iter().filter_map(|call| self.role_made(answers, &makers, call, None)))
            .collect();
        roles.into_iter().find_map(|role| {
            let is_there = walk.run.world().principal(&role).is_some();
            let call = if is_there { OPEN } else { CREATE };
            self.role_made(answers, &makers, call, Some(&role))?;
            let found =
                duties::modifies(answers, subject, modify, as_of, Some(&Passable::to_any_service(&role)));
            let assumed = if is_there {
                format!("{role} lets the service in: somebody held may write whom it trusts")
            } else {
                format!("{role} is there and lets the service in: somebody held may make it")
            };
            matches!(found, Verdict::Refuted(_)).then_some((found, assumed))
        })
    }

    /// The role of a request of the call that one of them may make, on this role if one is named.
    fn role_made<A: Answers>(
        &self,
        answers: &mut A,
        makers: &[Subject],
        call: &str,
        role: Option<&str>,
    ) -> Option<String> {
        let mut targets: Vec<Target> = targets_of(self.plan.catalogue, call, &[]);
        for target in &mut targets {
            if let (Some(role), Some(resource_type)) = (role, target.resource.resource_type()) {
                target.resource = TargetResource::Exactly { resource_type, arn: role.to_owned() };
            }
        }
        makers.iter().find_map(|maker| {
            let query = allowed(targets.clone(), self.plan.as_of.as_ref());
            let Verdict::Refuted(witness) = unbound(answers, maker, query) else { return None };
            Some(witness.requests().first()?.request.resource.clone())
        })
    }
}

/// The role that the requests pass.
fn passed(modifies: &Verdict) -> Option<String> {
    let Verdict::Refuted(witness) = modifies else { return None };
    let mut requests = witness.requests().iter().map(|replayed| &replayed.request);
    let passed = requests.find(|request| request.action.eq_ignore_ascii_case("iam:PassRole"))?;
    Some(passed.resource.clone())
}

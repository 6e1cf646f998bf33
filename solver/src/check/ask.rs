//! The verdict on one principal under one guardrail.

use std::sync::Arc;

use super::Plan;
use super::question::{CallsAsked, Question};
use crate::constraint::Constraint;
use crate::query::Target;
use crate::subject::Subject;
use crate::surroundings::Surroundings;
use crate::theorem::asking::{Asking, joined};
use crate::theorem::calls::CallTargets;
use crate::theorem::invocation::Around;
use crate::theorem::invoke::InvokeTargets;
use crate::theorem::roles_by_set::RolesBySet;
use crate::theorem::{
    Answers, accounts, boundary_rules, calls, duties, escape, invocation, invoke, regions, through_profile,
};
use crate::verdict::{Reason, Verdict};

/// One principal under one guardrail.
pub(super) struct Asked<'q> {
    pub(super) plan: &'q Plan<'q>,
    pub(super) subject: &'q Subject,
    /// What stands around it.
    pub(super) surroundings: &'q Surroundings,
    /// The roles of its account that Bedrock may take on, once they are asked.
    pub(super) service_roles: &'q RolesBySet,
}

impl Asked<'_> {
    /// The verdict.
    pub(super) fn verdict(&self, answers: &mut impl Answers, question: &Question) -> Verdict {
        let (plan, subject) = (self.plan, self.subject);
        let as_of = plan.as_of.as_ref();
        match question {
            Question::Routes { targets, constraint } => self.routes(answers, targets, constraint.as_ref()),
            Question::RoutesAndCalls { targets, constraint, calls } => {
                joined(vec![self.routes(answers, targets, constraint.as_ref()), self.calls(answers, calls)])
            }
            Question::Escape => {
                let verdict = escape::verdict(answers, plan.catalogue, subject, &plan.approved, as_of);
                let around = self.surroundings.account(subject.account);
                escape::unless_it_exists(verdict, |arn| {
                    around.is_some_and(|around| around.has_principal(arn) || around.has_policy_called(arn))
                })
            }
            Question::Duties(modify, invoke) => match self.around(None) {
                Ok(around) => duties::verdict(answers, subject, modify, invoke, around),
                Err(open) => open,
            },
            Question::Calls(asked) => self.calls(answers, asked),
            Question::Regions { calls, targets, regions } => {
                // Calls through profiles are asked about by where they are sent.
                let direct = self.whole_calls(answers, calls, Vec::new());
                if matches!(direct, Verdict::Refuted(_)) {
                    return direct;
                }
                let around = match self.around(None) {
                    Ok(around) => around,
                    Err(open) => return open,
                };
                joined(vec![direct, regions::verdict(answers, subject, targets, regions, around)])
            }
            Question::Accounts { calls, accounts: approved } => match calls.targets(subject.account) {
                Some(targets) => {
                    accounts::verdict(answers, subject, &targets.direct, approved, self.asking(None))
                }
                None => Verdict::NotApplicable,
            },
            Question::Bounded(asked) => self.bounded(answers, asked),
            Question::Creation => {
                boundary_rules::creation(answers, subject, &plan.approved, self.asking(None))
            }
            Question::Protection => {
                boundary_rules::protection(answers, subject, &plan.approved, self.asking(None))
            }
            Question::Standing { targets, constraint, bearers } => {
                self.standing(answers, targets, constraint, bearers)
            }
            Question::Owned { targets, tags, account_tags } => {
                self.owned(answers, targets, tags, account_tags)
            }
            Question::Unused { targets, days } => self.unused(answers, targets, *days),
            Question::Able { calls, resource } => self.able(answers, calls, resource.as_deref()),
            Question::Unanswerable(reason) => Verdict::Inconclusive(reason.clone()),
        }
    }

    pub(super) fn around<'a>(&'a self, constraint: Option<&'a Constraint>) -> Result<Around<'a>, Verdict> {
        let plan = self.plan;
        let Some(profiles) = plan.profiles else {
            return Err(Verdict::Inconclusive(Reason::NotCovered {
                code: "catalogue",
                text: "the table of inference profiles cannot be read".to_owned(),
            }));
        };
        Ok(Around {
            catalogue: plan.catalogue,
            profiles,
            account: self.surroundings.account(self.subject.account).map(Arc::as_ref),
            service_roles: self.service_roles,
            constraint,
            as_of: plan.as_of.as_ref(),
            besides: &[],
        })
    }

    pub(super) fn asking<'a>(&'a self, constraint: Option<&'a Constraint>) -> Asking<'a> {
        Asking { catalogue: self.plan.catalogue, constraint, as_of: self.plan.as_of.as_ref(), besides: &[] }
    }

    pub(super) fn routes(
        &self,
        answers: &mut impl Answers,
        targets: &InvokeTargets,
        constraint: Option<&Constraint>,
    ) -> Verdict {
        match self.around(constraint) {
            Ok(around) => invocation::verdict(answers, self.subject, targets, around),
            Err(open) => open,
        }
    }

    pub(super) fn calls(&self, answers: &mut impl Answers, asked: &CallsAsked) -> Verdict {
        let Some(targets) = asked.targets(self.subject.account) else { return Verdict::NotApplicable };
        let is_part = |target: &&Target| invoke::is_part_of_a_call(target, self.plan.catalogue);
        let parts: Vec<Target> = targets.direct.iter().filter(is_part).cloned().collect();
        let whole = self.whole_calls(answers, asked, targets.routed.clone());
        if parts.is_empty() || matches!(whole, Verdict::Refuted(_)) {
            return whole;
        }
        let around = match self.around(asked.constraint.as_ref()) {
            Ok(around) => around,
            Err(open) => return open,
        };
        let through = through_profile::verdict(
            answers,
            self.subject,
            (&parts, asked.question.resources()),
            &self.plan.models,
            around,
        );
        if matches!(whole, Verdict::NotApplicable) { through } else { joined(vec![whole, through]) }
    }

    /// The verdict on the calls that are whole by themselves, and those that are `routed`.
    fn whole_calls(&self, answers: &mut impl Answers, asked: &CallsAsked, routed: Vec<Target>) -> Verdict {
        let Some(targets) = asked.targets(self.subject.account) else { return Verdict::NotApplicable };
        let mut targets = CallTargets { routed, ..targets.clone() };
        targets.direct.retain(|target| !invoke::is_part_of_a_call(target, self.plan.catalogue));
        let asking = self.asking(asked.constraint.as_ref());
        calls::verdict(answers, self.subject, &asked.question, &targets, asking)
    }

    /// As [`Self::calls`], without what only a call through an inference profile may be.
    pub(super) fn calls_but_routed(&self, answers: &mut impl Answers, asked: &CallsAsked) -> Verdict {
        let asking = self.asking(asked.constraint.as_ref());
        let Some(targets) = asked.targets(self.subject.account) else { return Verdict::NotApplicable };
        let targets = CallTargets { routed: Vec::new(), ..targets.clone() };
        calls::verdict(answers, self.subject, &asked.question, &targets, asking)
    }
}

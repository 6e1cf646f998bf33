//! Calls that must be possible: the other way round, a request is what is wanted.

use std::sync::Arc;

use ringfence_model::policy_set::PolicySet;

use super::ask::Asked;
use super::question::CallsAsked;
use crate::certificate::Certificate;
use crate::constraint::allows_everything;
use crate::formula::Restriction;
use crate::query::Target;
use crate::resource_side::ResourceSides;
use crate::subject::Subject;
use crate::surroundings::AccountSurroundings;
use crate::theorem::calls::CallTargets;
use crate::theorem::through_profile::as_demanded;
use crate::theorem::{Answers, invocation, invoke};
use crate::verdict::{Reason, Verdict};
use crate::wildcard::Language;
use crate::witness::Witness;

/// So many calls through profiles are tried where a pattern names more.
const CALLS_TRIED: usize = 300;

impl Asked<'_> {
    /// The other way round: a request is what is wanted, and that there is none refutes.
    pub(super) fn able(
        &self,
        answers: &mut impl Answers,
        asked: &CallsAsked,
        resource: Option<&str>,
    ) -> Verdict {
        let asking = self.asking(None);
        let Some(targets) = asked.targets(self.subject.account) else { return Verdict::NotApplicable };
        let mut direct: Vec<Target> = targets.direct.iter().chain(&targets.foreign).cloned().collect();
        // The check of a profile or a router alone runs no model.
        direct.retain(|target| !invoke::is_part_of_a_call(target, self.plan.catalogue));
        let through = resource.and_then(|resource| self.through_profile(answers, targets, resource));
        if let Some(shown @ Verdict::Proved(_)) = through {
            return shown;
        }
        if direct.is_empty() && targets.routed.is_empty() {
            return through.unwrap_or(Verdict::NotApplicable);
        }
        let whole = match asking.ask(answers, self.subject, direct) {
            Verdict::Refuted(witness) => return Verdict::Proved(Box::new(Certificate::shown_by(*witness))),
            Verdict::Proved(certificate) => {
                // What no direct call may do, one through an inference profile may.
                let routed = asking.ask(answers, self.subject, targets.routed.clone());
                let Verdict::Proved(routed) = routed else {
                    return Verdict::Inconclusive(Reason::NotCovered {
                        code: "through-a-profile",
                        text: "no direct call is allowed, but one through an inference profile or a prompt router may be"
                            .to_owned(),
                    });
                };
                Certificate::joined(vec![*certificate, *routed])
            }
            other @ (Verdict::Inconclusive(_) | Verdict::NotApplicable) => return other,
        };
        match through {
            // Neither way is open.
            None | Some(Verdict::Refuted(_) | Verdict::Proved(_) | Verdict::NotApplicable) => {}
            Some(open @ Verdict::Inconclusive(_)) => return open,
        }
        if whole.core.is_empty() || self.nobody_could(answers, targets) {
            return Verdict::NotApplicable;
        }
        let fact = "no such request is allowed".to_owned();
        let witness = Witness::new(Vec::new(), vec![fact]).stopped_by(whole.core);
        Verdict::Refuted(Box::new(witness))
    }

    /// No principal of the kind can make such a request, whatever its policies, the organisation's and the resources' say.
    fn nobody_could(&self, answers: &mut impl Answers, targets: &CallTargets) -> bool {
        let free = Subject {
            policies: PolicySet {
                identity: vec![allows_everything("identity policy that allows everything")],
                settings: self.subject.policies.settings,
                ..PolicySet::default()
            },
            resources: Arc::new(ResourceSides::none_of(self.subject.account)),
            ..self.subject.clone()
        };
        let all = targets.direct.iter().chain(&targets.foreign).chain(&targets.routed).cloned().collect();
        matches!(self.asking(None).ask(answers, &free, all), Verdict::Proved(_))
    }

    /// A call of which `resource` names a check that runs no model by itself, such as that of an inference profile: proved by a request of
    /// all checks of a call through one, refuted where that check is never allowed. None if the guardrail names no such check.
    fn through_profile(
        &self,
        answers: &mut impl Answers,
        targets: &CallTargets,
        resource: &str,
    ) -> Option<Verdict> {
        let pattern = Language::arn_pattern(resource);
        let named: Vec<Target> = targets
            .direct
            .iter()
            .filter(|target| invoke::is_part_of_a_call(target, self.plan.catalogue))
            .cloned()
            .collect();
        if named.is_empty() {
            return None;
        }
        let around = match self.around(None) {
            Ok(around) => around,
            Err(open) => return Some(open),
        };
        let asking = self.asking(None);
        let stopped = |core: Vec<Restriction>| {
            let fact = "no such request is allowed".to_owned();
            let witness = Witness::new(Vec::new(), vec![fact]).stopped_by(core);
            Some(Verdict::Refuted(Box::new(witness)))
        };
        // Of a profile that is named as it is the models are known; of a pattern there may be others.
        let mut impossible = (!resource.contains(['*', '?'])).then(Vec::new);
        // To which Regions a profile sends calls only the account's own list tells for certain.
        if !around.account.is_some_and(AccountSurroundings::lists_profiles) {
            impossible = None;
        }
        let alone = asking.ask(answers, self.subject, named.clone());
        if let Verdict::Proved(certificate) = alone
            && !certificate.core.is_empty()
        {
            return stopped(certificate.core);
        }
        let calls = invocation::calls_through(&pattern, &self.plan.models, around);
        let mut calls: Vec<[Target; 2]> =
            calls.into_iter().flat_map(|readings| as_demanded(&readings, &named)).collect();
        if calls.len() > CALLS_TRIED {
            calls.truncate(CALLS_TRIED);
            impossible = None;
        }
        for readings in calls {
            let [shown, other] = readings.map(|call| asking.ask(answers, self.subject, vec![call]));
            match (shown, other) {
                (Verdict::Refuted(witness), Verdict::Refuted(_)) => {
                    return Some(Verdict::Proved(Box::new(Certificate::shown_by(*witness))));
                }
                (Verdict::Proved(shown), Verdict::Proved(other)) => {
                    if let Some(all) = &mut impossible {
                        all.extend([*shown, *other]);
                    }
                }
                _ => impossible = None,
            }
        }
        if let Some(certificates) = impossible.filter(|all| !all.is_empty()) {
            return stopped(Certificate::joined(certificates).core);
        }
        Some(Verdict::Inconclusive(Reason::NotCovered {
            code: "through-a-profile",
            text: "the check that is named may be allowed, but no call was found of which all checks are: for a profile its own and the \
                   model's in each of its Regions"
                .to_owned(),
        }))
    }
}

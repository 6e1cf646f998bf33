//! Calls that must be possible: the other way round, a request is what is wanted.

use super::ask::Asked;
use super::question::CallsAsked;
use crate::certificate::Certificate;
use crate::formula::Restriction;
use crate::query::Target;
use crate::surroundings::AccountSurroundings;
use crate::theorem::calls::CallTargets;
use crate::theorem::through_profile::as_demanded;
use crate::theorem::{Answers, invocation, invoke};
use crate::verdict::{Reason, Verdict};
use crate::wildcard::Language;
use crate::witness::Witness;

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
        let through = self.through_profile(answers, targets, resource);
        if let Some(shown @ Verdict::Proved(_)) = through {
            return shown;
        }
        if let (true, Some(verdict)) = (direct.is_empty() && targets.routed.is_empty(), through) {
            return verdict;
        }
        if direct.is_empty() && targets.routed.is_empty() {
            return Verdict::NotApplicable;
        }
        match asking.ask(answers, self.subject, direct) {
            Verdict::Refuted(witness) => Verdict::Proved(Box::new(Certificate::shown_by(*witness))),
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
                let whole = Certificate::joined(vec![*certificate, *routed]);
                if whole.core.is_empty() {
                    // No principal can make such a request, whatever its policies say.
                    return Verdict::NotApplicable;
                }
                let fact = "no such request is allowed".to_owned();
                let witness = Witness::new(Vec::new(), vec![fact]).stopped_by(whole.core);
                Verdict::Refuted(Box::new(witness))
            }
            other @ (Verdict::Inconclusive(_) | Verdict::NotApplicable) => other,
        }
    }

    /// A call through an inference profile that `resource` names: proved by a request of all its checks, refuted where the profile's
    /// own check is never allowed. None if the guardrail names no profile.
    fn through_profile(
        &self,
        answers: &mut impl Answers,
        targets: &CallTargets,
        resource: Option<&str>,
    ) -> Option<Verdict> {
        let pattern =
            resource.filter(|text| text.contains("inference-profile/")).map(Language::arn_pattern)?;
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
        let mut impossible = resource.is_some_and(|text| !text.contains(['*', '?'])).then(Vec::new);
        // To which Regions a profile sends calls only the account's own list tells for certain.
        if !around.account.is_some_and(AccountSurroundings::lists_profiles) {
            impossible = None;
        }
        let calls = invocation::calls_through(&pattern, &self.plan.models, around);
        for readings in calls.into_iter().flat_map(|readings| as_demanded(&readings, &named)) {
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
        Some(match asking.ask(answers, self.subject, named) {
            Verdict::Proved(certificate) if !certificate.core.is_empty() => return stopped(certificate.core),
            Verdict::Proved(_) | Verdict::Refuted(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable => Verdict::Inconclusive(Reason::NotCovered {
                code: "through-a-profile",
                text: "the profile may be called, but no call was found of which all checks are allowed: the profile's and the model's in \
                       each of its Regions".to_owned(),
            }),
        })
    }
}

//! The answer of one principal to one question.

use std::collections::BTreeSet;

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::Catalogue;

use super::Targets;
use super::ground::{Ground, grounds};
use crate::check::{Shared, federation};
use crate::decimal::Decimal;
use crate::formula::{Layer, Restriction};
use crate::prove::Prover;
use crate::prove::many::TARGETS_TOGETHER;
use crate::query::{Goal, Query, Target};
use crate::subject::{Federation, Subject, SubjectKind};
use crate::theorem::{Answers, SharingProver, allowed};
use crate::verdict::{Reason, Verdict};
use crate::witness::Witness;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This request is allowed, whatever AWS does at the open points.
    Allowed(Box<Witness>),
    /// No single request is allowed, under any reading; what that rests on, never empty.
    Denied(Vec<Ground>),
    /// There is no such request to allow or deny, whatever the policies say; why, in words.
    NoSuchRequest(&'static str),
    /// Neither, with the reason.
    Unknown(Reason),
}

const NO_CONTEXT: &str = "no request of this principal can have the context that is asked about";
const NO_RESOURCE: &str = "no resource of this partition can be what is asked about";

/// One principal, asked one question after the other.
pub(super) struct Respondent<'r, 'a> {
    pub(super) prover: &'r mut Prover<'a>,
    pub(super) solutions: &'r Shared,
    pub(super) catalogue: &'a Catalogue,
    pub(super) as_of: Option<&'r Decimal>,
    /// Bucket policies of its account are not known.
    pub(super) bucket_policies_missing: bool,
    pub(super) subject: Subject,
    /// What the subject says of federated-user sessions is found out.
    pub(super) federation_known: bool,
}

impl Respondent<'_, '_> {
    /// The answer to the question with these targets.
    pub(super) fn answer(&mut self, targets: &Targets) -> Answer {
        if targets.is_empty() {
            return Answer::NoSuchRequest(NO_RESOURCE);
        }
        let everything: Vec<Target> = targets.direct.iter().chain(&targets.routed).cloned().collect();
        let (refused, open) = self.refused(&everything);
        if open.is_empty() {
            return self.denied(&refused.into_iter().collect::<Vec<_>>(), &everything);
        }
        if targets.elsewhere {
            return Answer::Unknown(Reason::NotCovered {
                code: "another-account",
                text: "resources of other accounts, whose own policies decide too, are not covered yet"
                    .to_owned(),
            });
        }
        let direct: Vec<Target> =
            targets.direct.iter().filter(|target| open.contains(target)).cloned().collect();
        let verdict = self.ask(direct);
        if targets.routed.is_empty() {
            return self.concluded(verdict, refused, &everything);
        }
        match verdict {
            Verdict::Refuted(witness) => Answer::Allowed(witness),
            Verdict::Inconclusive(reason) => Answer::Unknown(reason),
            Verdict::Proved(_) | Verdict::NotApplicable => {
                match self.ask(open) {
                    proved @ (Verdict::Proved(_) | Verdict::NotApplicable) => {
                        self.concluded(proved, refused, &everything)
                    }
                    Verdict::Refuted(_) | Verdict::Inconclusive(_) => Answer::Unknown(Reason::NotCovered {
                        code: "through-a-profile",
                        text: "no direct call is allowed, but the model may be reached through an inference profile or a \
                               prompt router, which is not covered yet"
                            .to_owned(),
                    }),
                }
            }
        }
    }

    /// The layers that refuse targets without being encoded, and the targets that are left.
    fn refused(&self, targets: &[Target]) -> (BTreeSet<Restriction>, Vec<Target>) {
        let query = allowed(Vec::new(), self.as_of);
        let mut layers = BTreeSet::new();
        let mut open = Vec::new();
        let mut last: Option<(&Target, Option<Layer>)> = None;
        for target in targets {
            // Targets of one action follow each other.
            let layer = match &last {
                Some((before, layer)) if before.action == target.action => layer.clone(),
                Some(_) | None => self.prover.refusing_layer(target, &query, &self.subject),
            };
            last = Some((target, layer.clone()));
            match layer {
                Some(layer) => {
                    layers.insert(Restriction::Layer(layer));
                }
                None => open.push(target.clone()),
            }
        }
        (layers, open)
    }

    fn ask(&mut self, targets: Vec<Target>) -> Verdict {
        if !self.federation_known {
            self.federation_known = true;
            if matches!(self.subject.kind, SubjectKind::User { .. }) {
                let mut answers = SharingProver { prover: &mut *self.prover, solutions: self.solutions };
                self.subject.federation = federation(&mut answers, self.catalogue, self.as_of, &self.subject);
            } else {
                self.subject.federation = Federation::Never;
            }
        }
        let query = allowed(targets, self.as_of);
        if query.targets.len() > TARGETS_TOGETHER {
            return self.prover.answer(&query, &self.subject);
        }
        SharingProver { prover: &mut *self.prover, solutions: self.solutions }.answer(&query, &self.subject)
    }

    fn concluded(&mut self, verdict: Verdict, refused: BTreeSet<Restriction>, targets: &[Target]) -> Answer {
        match verdict {
            Verdict::Refuted(witness) => Answer::Allowed(witness),
            Verdict::Inconclusive(reason) => Answer::Unknown(reason),
            Verdict::NotApplicable => Answer::NoSuchRequest(NO_CONTEXT),
            Verdict::Proved(certificate) => {
                let core: BTreeSet<Restriction> = refused.into_iter().chain(certificate.core).collect();
                if core.is_empty() {
                    return Answer::NoSuchRequest(NO_CONTEXT);
                }
                self.denied(&core.into_iter().collect::<Vec<_>>(), targets)
            }
        }
    }

    /// Denied by what the world shows; unknown where a bucket policy that it does not show may allow it.
    fn denied(&mut self, core: &[Restriction], targets: &[Target]) -> Answer {
        if self.bucket_policies_missing && self.bucket_policy_may_allow(targets) {
            return Answer::Unknown(Reason::NotCovered {
                code: "resource-policies",
                text: "no identity policy allows it, but a bucket policy, which is not read yet, may"
                    .to_owned(),
            });
        }
        Answer::Denied(grounds(core, targets, &self.subject, self.catalogue))
    }

    /// Whether nothing stops a request to a bucket or an object but that no policy of the principal allows it.
    fn bucket_policy_may_allow(&mut self, targets: &[Target]) -> bool {
        let catalogue = self.catalogue;
        let in_bucket = |target: &&Target| {
            target
                .resource
                .resource_type()
                .and_then(|id| catalogue.resource_type(id))
                .and_then(|known| known.arn_formats.first())
                .and_then(|format| Arn::parse(format))
                .is_some_and(|arn| arn.service == "s3")
        };
        let targets: Vec<Target> = targets.iter().filter(in_bucket).cloned().collect();
        if targets.is_empty() {
            return false;
        }
        let query = Query { targets, goal: Goal::NotStopped, context: None, as_of: self.as_of.cloned() };
        !self.prover.is_impossible(&query, &self.subject)
    }
}

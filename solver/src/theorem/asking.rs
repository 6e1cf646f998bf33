//! Asks whether calls are allowed, within the constraint of a guardrail.

use std::collections::BTreeSet;

use ringfence_model::catalogue::Catalogue;

use super::{Answers, allowed};
use crate::certificate::Certificate;
use crate::constraint::{Constraint, without_levels};
use crate::decimal::Decimal;
use crate::formula::Restriction;
use crate::query::{Query, Target};
use crate::subject::Subject;
use crate::verdict::Verdict;

/// So many targets are one question at most; of more each is asked alone.
const TOGETHER: usize = 96;

/// What questions about one guardrail have in common.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'q> {
    /// The catalogue.
    pub catalogue: &'q Catalogue,
    /// What a request must be like to count.
    pub constraint: Option<&'q Constraint>,
    /// The earliest instant of a request.
    pub as_of: Option<&'q Decimal>,
    /// Checks that AWS makes besides with each call of their service, as of the key that it is made with.
    pub besides: &'q [Target],
}

impl Asking<'_> {
    /// Whether `subject` may make one of these calls, as far as the constraint lets it count: refuted by the first that is
    /// replayed, proved if none is possible.
    pub fn ask(&self, answers: &mut impl Answers, subject: &Subject, mut targets: Vec<Target>) -> Verdict {
        for target in &mut targets {
            let service = service_of(target, self.catalogue);
            let besides = self.besides.iter().filter(|one| service_of(one, self.catalogue) == service);
            target.further.extend(besides.cloned());
        }
        let Some(constraint) = self.constraint else {
            return unbound(answers, subject, allowed(targets, self.as_of));
        };
        let (bound, free): (Vec<Target>, Vec<Target>) =
            targets.into_iter().partition(|target| constraint.binds(target, self.catalogue));
        let mut verdicts = Vec::new();
        if !bound.is_empty() {
            let subject = constraint.subject(subject);
            let query = Query { goal: constraint.goal(&subject), ..allowed(bound, self.as_of) };
            verdicts.push(without_levels(unbound(answers, &subject, query)));
        }
        if !free.is_empty() || verdicts.is_empty() {
            verdicts.push(unbound(answers, subject, allowed(free, self.as_of)));
        }
        joined(verdicts)
    }
}

fn service_of<'c>(target: &Target, catalogue: &'c Catalogue) -> Option<&'c str> {
    target.action.id().and_then(|id| catalogue.action(id)).map(|action| action.service.as_ref())
}

/// The verdict on a query, no constraint binding it.
pub(crate) fn unbound(answers: &mut impl Answers, subject: &Subject, query: Query) -> Verdict {
    // Most principals have no right to most of the actions, which takes no formula to see.
    let (open, layers) = answers.unrefused(&query, subject);
    if open.is_empty() {
        let core = layers.into_iter().collect();
        return Verdict::Proved(Box::new(Certificate { core, ..Certificate::joined(Vec::new()) }));
    }
    let many = open.len() > TOGETHER;
    let query = Query { targets: open, ..query };
    let answer =
        if many { answers.answer_one_by_one(&query, subject) } else { answers.answer(&query, subject) };
    match answer {
        Verdict::Proved(mut certificate) => {
            let core: BTreeSet<Restriction> = layers.into_iter().chain(certificate.core).collect();
            certificate.core = core.into_iter().collect();
            Verdict::Proved(certificate)
        }
        other @ (Verdict::Refuted(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable) => other,
    }
}

/// The verdict on several questions, each of which must be proved: the first refutation, else the first that is not decided.
pub(crate) fn joined(verdicts: Vec<Verdict>) -> Verdict {
    let mut proofs = Vec::new();
    let mut open = None;
    for verdict in verdicts {
        match verdict {
            Verdict::Refuted(witness) => return Verdict::Refuted(witness),
            Verdict::Inconclusive(reason) => {
                open.get_or_insert(reason);
            }
            Verdict::Proved(certificate) => proofs.push(*certificate),
            Verdict::NotApplicable => {}
        }
    }
    match open {
        Some(reason) => Verdict::Inconclusive(reason),
        None if proofs.len() == 1 => {
            Verdict::Proved(Box::new(proofs.pop().unwrap_or_else(|| Certificate::joined(Vec::new()))))
        }
        None => Verdict::Proved(Box::new(Certificate::joined(proofs))),
    }
}

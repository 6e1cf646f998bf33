//! The three theorems over any number of steps, after they were judged for single requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use ringfence_model::world::World;

use super::over_steps::{GoalQuestion, Stepping};
use super::paths::pieces;
use super::workers::in_threads_with;
use super::{Answered, Attached, CheckOptions, Plan, Shared};
use crate::encode::Assumptions;
use crate::guardrail::GuardrailKind;
use crate::report::{Progress, Scope, StepsSearch};
use crate::steps::cast::{Cast, MemberId};
use crate::steps::primitive::Primitives;
use crate::steps::verdict::Goal;
use crate::subject::Subject;
use crate::theorem::SharingProver;
use crate::verdict::{Reason, Verdict};

/// The goals that a guardrail is about; none for those that are about single requests alone.
pub(super) fn goals(kind: &GuardrailKind) -> &'static [Goal] {
    match kind {
        GuardrailKind::CannotInvoke { .. } => &[Goal::ExpensiveModel],
        GuardrailKind::CannotEscapeBoundary => &[Goal::Integrity, Goal::Outside],
        GuardrailKind::SeparationOfDuties { .. } => &[Goal::ModifyAndInvoke],
        GuardrailKind::Forbid(_)
        | GuardrailKind::ApprovedRegions { .. }
        | GuardrailKind::ApprovedAccounts { .. }
        | GuardrailKind::NetworkRequired { .. }
        | GuardrailKind::GuardrailRequired { .. }
        | GuardrailKind::MustBeBounded
        | GuardrailKind::BoundaryRequiredOnCreate
        | GuardrailKind::BoundaryProtected
        | GuardrailKind::CannotCommitSpend { .. }
        | GuardrailKind::NoStandingAccess { .. }
        | GuardrailKind::Owned { .. }
        | GuardrailKind::Unused { .. }
        | GuardrailKind::MustBeAble { .. } => &[],
    }
}

/// How far verdicts on guardrails of this kind reach.
pub(super) fn scope(kind: &GuardrailKind, options: &CheckOptions) -> Scope {
    if options.steps && !goals(kind).is_empty() { Scope::Steps } else { Scope::OneRequest }
}

/// What was found out over steps.
#[derive(Default)]
pub(super) struct Found {
    /// Of the search; none where nobody had to be asked.
    pub(super) search: Option<StepsSearch>,
    /// For each guardrail the actions that its proofs take for harmless.
    pub(super) unclassified: BTreeMap<usize, BTreeSet<String>>,
    /// For each guardrail the accounts that the world lacks, of which somebody held in its proofs may assume a role.
    pub(super) beyond: BTreeMap<usize, BTreeSet<String>>,
    /// Internal defects that were noticed.
    pub(super) defects: Vec<String>,
}

/// Judges over steps whoever is not refuted by a single request: `answered` of `part`, among `all` subjects of `world`. What is kept of
/// earlier runs has no part in it.
pub(super) fn judge(
    plan: &Plan<'_>,
    (world, all): (&World, &[Subject]),
    (part, answered): (&[Subject], &mut [Answered]),
    (options, assumptions): (&CheckOptions, &Assumptions),
    attached: Attached<'_>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Found {
    let mut found = Found::default();
    let kinds = plan.configuration.guardrails.iter().map(|guardrail| goals(&guardrail.kind));
    let primitives = match Primitives::embedded() {
        Ok(primitives) => primitives,
        Err(error) => {
            for (place, _) in kinds.enumerate().filter(|(_, goals)| !goals.is_empty()) {
                for answered in answered.iter_mut() {
                    answered.leave_open(place, &error.to_string());
                }
            }
            return found;
        }
    };
    let asked: Vec<(usize, &'static [Goal])> =
        kinds.enumerate().filter(|(_, goals)| !goals.is_empty()).collect();
    let cast = Cast::of(world, all);
    let mut starts: Vec<Start<'_>> = Vec::new();
    for (index, (subject, answered)) in part.iter().zip(answered.iter_mut()).enumerate() {
        let open = asked.iter().filter(|(place, _)| {
            let verdict = answered.verdicts.get(*place).and_then(Option::as_ref);
            verdict.is_some_and(|verdict| matches!(verdict, Verdict::Proved(_) | Verdict::Inconclusive(_)))
        });
        let open: Vec<(usize, &'static [Goal])> = open.copied().collect();
        match cast.find(&subject.arn) {
            Some(member) if !open.is_empty() => starts.push(Start { index, subject, member, open }),
            Some(_) => {}
            None => {
                for (place, _) in &open {
                    answered.leave_open(*place, "nobody of this name acts");
                }
            }
        }
    }
    if starts.is_empty() {
        return found;
    }
    // What a file kept of single requests must not show in how many questions there are.
    let shared = Shared::default();
    let pieces: Vec<&[Start<'_>]> = pieces(&starts);
    let stepping = || Stepping::new(plan, primitives, &cast, assumptions);
    let attached = Attached { observer: attached.observer, ledger: attached.ledger, ..Attached::default() };
    let judged = in_threads_with(
        &pieces,
        (plan.catalogue, assumptions),
        options,
        attached,
        progress,
        stepping,
        |prover, stepping, piece| {
            let mut answers = SharingProver { prover, solutions: &shared };
            stepping.next_piece();
            let judged = piece.iter().map(|start| {
                stepping.next_start();
                (start.index, start.judged(&mut answers, stepping, plan))
            });
            judged.collect::<Vec<_>>()
        },
    );
    let mut rounds = 0;
    for (index, judged) in judged.into_iter().flatten() {
        rounds = rounds.max(judged.rounds);
        for (place, verdict) in judged.verdicts {
            let before = answered.get_mut(index).and_then(|answered| answered.verdicts.get_mut(place));
            let Some(Some(before)) = before else { continue };
            let single = std::mem::replace(before, Verdict::NotApplicable);
            *before = combined(single, verdict);
            if let Verdict::Proved(certificate) = before
                && let Some(closed) = &certificate.closed
            {
                let harmless: &mut BTreeSet<String> = found.unclassified.entry(place).or_default();
                harmless.extend(closed.unclassified.iter().cloned());
                let beyond = found.beyond.entry(place).or_default();
                beyond.extend(closed.beyond.iter().map(|(_, account)| account.clone()));
            }
        }
    }
    let solved = shared.solved.lock().unwrap_or_else(PoisonError::into_inner).len();
    found.search = Some(StepsSearch { table: primitives.date.clone(), rounds, solved });
    found.defects = shared.defects();
    found
}

impl Answered {
    /// A proof by single requests is none over steps where those cannot be searched.
    fn leave_open(&mut self, place: usize, why: &str) {
        if let Some(Some(verdict @ Verdict::Proved(_))) = self.verdicts.get_mut(place) {
            *verdict = Verdict::Inconclusive(Reason::Disagreement(why.to_owned()));
        }
    }
}

/// A principal that is asked over steps, by the guardrails that no single request refutes.
struct Start<'s> {
    index: usize,
    subject: &'s Subject,
    member: MemberId,
    open: Vec<(usize, &'static [Goal])>,
}

struct Judged {
    verdicts: Vec<(usize, Verdict)>,
    rounds: usize,
}

impl Start<'_> {
    fn judged(
        &self,
        answers: &mut SharingProver<'_, '_, Shared>,
        stepping: &mut Stepping<'_, '_>,
        plan: &Plan<'_>,
    ) -> Judged {
        let none = BTreeMap::new();
        let mut judged = Judged { verdicts: Vec::new(), rounds: 0 };
        for (place, goals) in &self.open {
            let questions = plan.questions.get(*place);
            let Some(question) = questions.and_then(|questions| questions.get(&self.subject.partition))
            else {
                continue;
            };
            let service_roles = plan.service_roles.get(*place).unwrap_or(&none);
            let asked = |goal| GoalQuestion { goal, question, place: *place, service_roles };
            let worst = stepping.worst(answers, self.member, goals, asked);
            if let Verdict::Proved(certificate) = &worst
                && let Some(closed) = &certificate.closed
            {
                judged.rounds = judged.rounds.max(closed.rounds);
            }
            judged.verdicts.push((*place, worst));
        }
        judged
    }
}

/// The verdict over steps, of which a single request is one: a proof needs both.
pub(super) fn combined(single: Verdict, steps: Verdict) -> Verdict {
    match (single, steps) {
        (_, refuted @ Verdict::Refuted(_)) => refuted,
        (Verdict::Proved(one), Verdict::Proved(steps)) => {
            let closed = steps.closed.map(|closed| *closed).unwrap_or_default();
            Verdict::Proved(Box::new(one.over_steps(closed)))
        }
        (Verdict::Proved(_), steps) => steps,
        (single, _) => single,
    }
}

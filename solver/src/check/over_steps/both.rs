//! Who modifies models, who invokes one, and who of them does so in one account.

use std::collections::BTreeMap;

use ringfence_model::arn::AccountId;

use super::super::question::Question;
use super::goals::{joined_witness, of_anybody};
use super::{Around, GoalQuestion, Stepping, possible, possible_steps};
use crate::steps::cast::Member;
use crate::steps::closure::Closure;
use crate::steps::state::Actor;
use crate::steps::verdict::Goal;
use crate::subject::Subject;
use crate::theorem::{Answers, duties};
use crate::verdict::{Reason, Verdict};

/// Who writes training data.
enum Writing {
    Nobody,
    Somebody,
    Unclear(Reason),
}

impl Stepping<'_, '_> {
    /// Whoever modifies a model and whoever invokes one in the same account: one session if it can. Training data are of no account: models of any
    /// may be trained from a bucket.
    pub(super) fn both<A: Answers>(
        &mut self,
        answers: &mut A,
        actors: Vec<Actor>,
        asked: GoalQuestion<'_>,
    ) -> Option<(Vec<Actor>, Verdict)> {
        let mut modifies: Vec<(Actor, Verdict)> = Vec::new();
        let mut others = Vec::new();
        for actor in actors {
            let modify = self.modifies(answers, &actor, asked)?;
            if !matches!(modify, Verdict::Refuted(_)) {
                others.push(actor);
                continue;
            }
            let invoke = self.invokes(answers, &actor, asked)?;
            if matches!(invoke, Verdict::Refuted(_)) {
                return Some((vec![actor], joined_witness(modify, invoke)));
            }
            modifies.push((actor, modify));
        }
        // Where nobody modifies, who invokes does not matter.
        for second in others {
            let account = self.member(second.member).map(Member::account);
            let of_account = |actor: &Actor| self.member(actor.member).map(Member::account) == account;
            let here = modifies.iter().find(|(first, _)| of_account(first)).cloned();
            let first = here.or_else(|| {
                let mut all = modifies.iter().map(|(first, _)| first);
                all.find_map(|first| match self.writes_training_data(answers, first, asked) {
                    Some(writes @ Verdict::Refuted(_)) => Some((first.clone(), writes)),
                    Some(Verdict::Proved(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable) | None => {
                        None
                    }
                })
            });
            let Some((first, modify)) = first else { continue };
            let invoke = self.invokes(answers, &second, asked)?;
            if matches!(invoke, Verdict::Refuted(_)) {
                return Some((vec![first, second], joined_witness(modify, invoke)));
            }
        }
        None
    }

    /// Whether the actor modifies a model; none if nothing is known of it.
    pub(super) fn modifies<A: Answers>(
        &mut self,
        answers: &mut A,
        actor: &Actor,
        asked: GoalQuestion<'_>,
    ) -> Option<Verdict> {
        let Question::Duties(modify, _) = asked.question else { return None };
        let modify = modify.by(self.may_replicate(actor));
        self.duty(actor, asked, 0, |this, subject| {
            let account = this.plan.surroundings.account(subject.account);
            let passable = account.filter(|account| !this.around.any_role && !account.any_roles);
            let passable = passable.map(|account| &account.passable);
            duties::modifies(answers, subject, &modify, this.plan.as_of.as_ref(), passable)
        })
    }

    /// Whether the actor writes training data; none if nothing is known of it, or no bucket is declared.
    fn writes_training_data<A: Answers>(
        &mut self,
        answers: &mut A,
        actor: &Actor,
        asked: GoalQuestion<'_>,
    ) -> Option<Verdict> {
        let Question::Duties(modify, _) = asked.question else { return None };
        if modify.training_data.is_empty() {
            return None;
        }
        let data = modify.by(self.may_replicate(actor)).of_training_data();
        self.duty(actor, asked, 2, |this, subject| {
            duties::modifies(answers, subject, &data, this.plan.as_of.as_ref(), None)
        })
    }

    /// Whether the actor invokes a model; none if nothing is known of it.
    pub(super) fn invokes<A: Answers>(
        &mut self,
        answers: &mut A,
        actor: &Actor,
        asked: GoalQuestion<'_>,
    ) -> Option<Verdict> {
        let Question::Duties(_, invoke) = asked.question else { return None };
        self.duty(actor, asked, 1, |this, subject| {
            this.routes(answers, subject, asked, |asked, answers| asked.routes(answers, invoke, None))
        })
    }

    fn duty(
        &mut self,
        actor: &Actor,
        asked: GoalQuestion<'_>,
        part: usize,
        decide: impl FnOnce(&Self, &Subject) -> Verdict,
    ) -> Option<Verdict> {
        let place = self.guards.place(actor)?;
        // Which roles there are counts for what is modified alone.
        let (any_role, served) = (self.around.any_role && part == 0, self.around.served && part != 1);
        let around = Around { any_role, served, ..self.around.clone() };
        let key = (Goal::ModifyAndInvoke, asked.place * 3 + part, place, around);
        if let Some(known) = self.known.get(&key) {
            return Some(known.clone());
        }
        let subject = self.among_opened(self.guards.subject(place)?);
        let found = of_anybody(&subject, decide(self, &subject));
        self.known.insert(key, found.clone());
        Some(found)
    }

    /// True if nobody in the closure modifies a model where somebody invokes one.
    ///
    /// # Errors
    /// Why somebody may.
    pub(super) fn not_both<A: Answers>(
        &mut self,
        answers: &mut A,
        actors: &[Actor],
        asked: GoalQuestion<'_>,
        closed: &Closure,
    ) -> Result<(), Reason> {
        let both = "modify a model and invoke one";
        let mut may_modify: BTreeMap<AccountId, Option<Reason>> = BTreeMap::new();
        let mut others = Vec::new();
        let mut open = None;
        // Whoever modifies is asked at once whether it invokes: mostly it does, and the rest need not be asked.
        for actor in actors {
            let Some(account) = self.member(actor.member).map(Member::account) else { continue };
            let unclear = match self.modifies(answers, actor, asked) {
                None => return Err(possible_steps(both)),
                Some(Verdict::Proved(_) | Verdict::NotApplicable) => {
                    others.push((actor, account));
                    continue;
                }
                Some(Verdict::Refuted(_)) => None,
                Some(Verdict::Inconclusive(reason)) => Some(reason),
            };
            let known = may_modify.entry(account).or_insert_with(|| unclear.clone());
            if unclear.is_none() {
                *known = None;
            }
            self.invokes_too(answers, actor, asked, (closed, unclear), &mut open)?;
        }
        let mut anywhere: Option<Writing> = None;
        for (actor, account) in others {
            // Where nobody modifies, who invokes does not matter.
            let unclear = match may_modify.get(&account) {
                Some(unclear) => Some(unclear.clone()),
                None if may_modify.is_empty() => None,
                None => {
                    let known = anywhere
                        .get_or_insert_with(|| self.somebody_writes_training_data(answers, actors, asked));
                    match known {
                        Writing::Nobody => None,
                        Writing::Somebody => Some(None),
                        Writing::Unclear(reason) => Some(Some(reason.clone())),
                    }
                }
            };
            if let Some(unclear) = unclear {
                self.invokes_too(answers, actor, asked, (closed, unclear), &mut open)?;
            }
        }
        match open {
            None => Ok(()),
            Some(reason) => Err(reason),
        }
    }

    /// Whether somebody may write training data.
    fn somebody_writes_training_data<A: Answers>(
        &mut self,
        answers: &mut A,
        actors: &[Actor],
        asked: GoalQuestion<'_>,
    ) -> Writing {
        let mut writing = Writing::Nobody;
        for actor in actors {
            match self.writes_training_data(answers, actor, asked) {
                None | Some(Verdict::Proved(_) | Verdict::NotApplicable) => {}
                Some(Verdict::Refuted(_)) => return Writing::Somebody,
                Some(Verdict::Inconclusive(reason)) => writing = Writing::Unclear(reason),
            }
        }
        writing
    }

    /// An error if the actor may invoke a model where somebody of its account modifies one; where one of the two is unclear, why, in
    /// `open`.
    fn invokes_too<A: Answers>(
        &mut self,
        answers: &mut A,
        actor: &Actor,
        asked: GoalQuestion<'_>,
        (closed, unclear): (&Closure, Option<Reason>),
        open: &mut Option<Reason>,
    ) -> Result<(), Reason> {
        let both = "modify a model and invoke one";
        let reason = match (self.invokes(answers, actor, asked), unclear) {
            (None, _) => return Err(possible_steps(both)),
            (Some(Verdict::Proved(_) | Verdict::NotApplicable), _) => return Ok(()),
            (Some(Verdict::Refuted(_)), None) => return Err(possible(closed, &actor.facts(), both)),
            (Some(Verdict::Refuted(_) | Verdict::Inconclusive(_)), Some(reason))
            | (Some(Verdict::Inconclusive(reason)), None) => reason,
        };
        open.get_or_insert(reason);
        Ok(())
    }
}

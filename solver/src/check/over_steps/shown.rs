//! What shows a proof over steps to others: the closure with what stops each step, and who does not reach the goal.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{GoalQuestion, Stepping};
use crate::steps::cast::MemberId;
use crate::steps::closure::{Closure, Hindrance, Stopped, Trace};
use crate::steps::state::{Actor, Facts};
use crate::steps::verdict::{Goal, Shown};
use crate::theorem::Answers;
use crate::verdict::{Reason, Verdict};

/// The goal takes two who act in one account, or one bucket.
const BOTH: &str =
    "the principal does one half, and nobody who can act does the other half in its account or on its data";
/// Nobody is asked that of such a principal.
const NOT_ASKED: &str = "the goal does not apply to the principal";

/// A closure that was looked at once more, with who can act in the order of its trace.
pub(super) type Traced = (Arc<Trace>, Vec<Actor>);

impl Stepping<'_, '_> {
    /// Notes why nobody who can act reaches the goal, which was shown.
    pub(super) fn note_goal<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        closed: &Closure,
        asked: GoalQuestion<'_>,
    ) {
        if !answers.keeps_claims() {
            return;
        }
        let mut told = BTreeMap::new();
        for actor in closed.at_the_end() {
            let hindrance = if asked.goal == Goal::ModifyAndInvoke {
                Some(self.half(answers, &actor, asked))
            } else {
                match self.of_actor(answers, start, &actor, asked) {
                    Verdict::Proved(certificate) => Some(Hindrance::of(&certificate)),
                    Verdict::NotApplicable => Some(Hindrance::Shown(NOT_ASKED)),
                    Verdict::Refuted(_) | Verdict::Inconclusive(_) => None,
                }
            };
            if let Some(hindrance) = hindrance {
                told.insert(actor, hindrance);
            }
        }
        self.told.insert((asked.goal, asked.place), told);
    }

    /// Which half of modifying a model and invoking one the actor does not do.
    fn half<A: Answers>(&mut self, answers: &mut A, actor: &Actor, asked: GoalQuestion<'_>) -> Hindrance {
        let claims = |verdict: Verdict| match verdict {
            Verdict::Proved(certificate) => Some(Hindrance::of(&certificate)),
            Verdict::NotApplicable => Some(Hindrance::Shown(NOT_ASKED)),
            Verdict::Refuted(_) | Verdict::Inconclusive(_) => None,
        };
        if let Some(modifies) = self.modifies(answers, actor, asked).and_then(claims) {
            return modifies;
        }
        let invokes = self.invokes(answers, actor, asked).and_then(claims);
        invokes.unwrap_or(Hindrance::Shown(BOTH))
    }

    /// What shows that `start` reaches none of these goals; none where nothing is written down.
    ///
    /// # Errors
    /// When the closure was not complete after all, or of somebody who can act it is not known why a goal is not reached: then nothing is proved.
    pub(in crate::check) fn shown<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        goals: &[(Goal, usize)],
    ) -> Result<Option<Arc<Shown>>, Reason> {
        if !answers.keeps_claims() {
            return Ok(None);
        }
        let not_shown =
            || Reason::Disagreement("a set of facts is not closed when it is looked at again".to_owned());
        self.told_of(answers, start, goals).map(Some).ok_or_else(not_shown)
    }

    fn told_of<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        goals: &[(Goal, usize)],
    ) -> Option<Arc<Shown>> {
        let first = goals.first()?.0;
        let key = !self.stops(start, first).is_empty();
        if !self.traced.contains_key(&key) {
            let closed = self.closed(answers, start, first);
            let traced = closed.traced(&mut self.guards, answers, self.primitives);
            let traced = traced.map(|(trace, actors)| (Arc::new(trace), actors));
            self.traced.insert(key, traced);
        }
        let (trace, actors) = self.traced.get(&key)?.as_ref()?;
        let goals = goals.iter().map(|(goal, place)| {
            let told = self.told.get(&(*goal, *place))?;
            let mut by: BTreeMap<Hindrance, Vec<usize>> = BTreeMap::new();
            for (index, actor) in actors.iter().enumerate() {
                // Whoever can act and was not asked may reach the goal.
                by.entry(told.get(actor)?.clone()).or_default().push(index);
            }
            Some(Stopped { asked: goal.name().to_owned(), by })
        });
        let goals = goals.collect::<Option<Vec<Stopped>>>()?;
        let begins = Facts::at_start(self.guards.cast, start, false).actors();
        Some(Arc::new(Shown {
            start: (
                self.member(start).map(|member| member.arn().to_owned()).unwrap_or_default(),
                begins.iter().flat_map(Actor::facts).map(|fact| fact.in_words()).collect(),
            ),
            trace: Arc::clone(trace),
            goals,
        }))
    }
}

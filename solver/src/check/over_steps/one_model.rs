//! T3 over steps on one and the same model, where an inventory shows one.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::arn::AccountId;

use super::super::question::Question;
use super::{GoalQuestion, Stepping};
use crate::steps::cast::{Member, MemberId};
use crate::steps::verdict::{Goal, Path};
use crate::theorem::Answers;
use crate::theorem::duties::ModifyTargets;
use crate::theorem::invoke::InvokeTargets;
use crate::theorem::one_model::{self, ShownModel};

/// What tells questions about shown models apart: the guardrail, the account, the first of the models, how many they are.
pub(super) type Key = (usize, AccountId, String, usize);

/// The places of these questions are beyond those of all guardrails.
const FIRST_PLACE: usize = 1 << 24;

impl Stepping<'_, '_> {
    /// The path, or another by which one and the same model is changed and run: without steps where there is such, and never one that takes
    /// for granted what the path does not: conditional where that is confirmed.
    pub(super) fn on_one_model<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        asked: GoalQuestion<'_>,
        path: Path,
    ) -> Path {
        if asked.goal != Goal::ModifyAndInvoke || !self.plan.surroundings.show_models() {
            return path;
        }
        let own = self.member(start).map(Member::account);
        let found = own
            .filter(|_| path.steps.is_empty())
            .and_then(|account| self.found_in(answers, start, asked, account, (&path, false)))
            .or_else(|| {
                let closed = self.closed(answers, start, asked.goal);
                let members = closed.closure.actors.iter().filter_map(|(_, actor)| self.member(actor.member));
                let accounts: BTreeSet<AccountId> = members.map(Member::account).collect();
                accounts
                    .into_iter()
                    .find_map(|account| self.found_in(answers, start, asked, account, (&path, true)))
            });
        found.map_or(path, |found| *found)
    }

    /// Such a path on a model of this account's inventory.
    fn found_in<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        asked: GoalQuestion<'_>,
        account: AccountId,
        (other, over_steps): (&Path, bool),
    ) -> Option<Box<Path>> {
        let Question::Duties(modify, invoke) = asked.question else { return None };
        let surroundings = Arc::clone(self.plan.surroundings.account(account)?);
        let inventory = surroundings.inventory.as_deref()?;
        let catalogue = self.plan.catalogue;
        let mut both = |models: &[ShownModel], modify: ModifyTargets, invoke: InvokeTargets| {
            let question = Question::Duties(Box::new(modify), Box::new(invoke));
            let place = self.place_of(asked.place, account, models);
            let asked = GoalQuestion { question: &question, place, ..asked };
            let path = if over_steps {
                if !self.may_reach(answers, start, asked) {
                    return None;
                }
                if models.len() > 1 {
                    return Some(None);
                }
                self.path(answers, start, asked).ok()?
            } else {
                Box::new(self.at_once(answers, start, asked)?)
            };
            if path.status > other.status {
                return None;
            }
            let told = [path.reached.clone()].into_iter().filter(|text| !text.is_empty());
            let told: Vec<String> = told.chain(one_model::fact(models)).collect();
            Some(Some(Box::new(Path { reached: told.join("; "), ..*path })))
        };
        let kinds = one_model::shown(inventory, catalogue);
        let find = |models: &Vec<ShownModel>| {
            one_model::first_of(models, (modify, invoke), (inventory, catalogue), &mut both).flatten()
        };
        kinds.iter().find_map(find)
    }

    /// Whether somebody of those who may be held at most may do either.
    fn may_reach<A: Answers>(&mut self, answers: &mut A, start: MemberId, asked: GoalQuestion<'_>) -> bool {
        let closed = self.closed(answers, start, asked.goal);
        let actors = closed.closure.actors.iter().map(|(_, actor)| actor.clone()).collect();
        self.around = self.around(&closed.closure);
        let both = self.both(answers, actors, asked);
        self.around = super::Around::default();
        both.is_some()
    }

    /// The place by which the answers to a question about these models are known.
    fn place_of(&mut self, place: usize, account: AccountId, models: &[ShownModel]) -> usize {
        let first = models.first().map(|model| model.name.clone()).unwrap_or_default();
        let next = FIRST_PLACE + self.on_models.len();
        *self.on_models.entry((place, account, first, models.len())).or_insert(next)
    }
}

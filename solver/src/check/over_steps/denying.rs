//! Steps of a path that bring a Deny to somebody: the goal may be reached without them.

use std::sync::Arc;

use ringfence_model::policy::{Effect, PolicyDocument};

use super::Stepping;
use crate::steps::cast::Member;
use crate::steps::closure::{Cause, Closure};
use crate::steps::state::Fact;

impl Stepping<'_, '_> {
    /// The step gives somebody a policy, or what a group has, that denies something.
    pub(super) fn brings_denies(&self, closed: &Closure, place: usize) -> bool {
        closed.events.get(place).is_some_and(|event| {
            matches!(event.cause, Cause::Primitive(_))
                && event.gains.iter().any(|gain| {
                    let Fact::With(id, _, policy, _) = gain else { return false };
                    self.member(*id).is_some_and(|member| self.denies(member, policy))
                })
        })
    }

    /// What is called so, a managed policy or a group of the member's account, denies something.
    fn denies(&self, member: &Member, called: &Arc<str>) -> bool {
        let has_deny = |document: &PolicyDocument| {
            document.statements.iter().any(|statement| statement.effect == Effect::Deny)
        };
        let account = self.guards.cast.accounts.get(&member.account());
        let groups = account.into_iter().flat_map(|known| &known.groups).filter(|group| group.arn == *called);
        groups.flat_map(|group| &group.identity).any(|policy| has_deny(&policy.document))
            || self.guards.cast.document(member.account(), called).is_some_and(|found| has_deny(&found))
    }
}

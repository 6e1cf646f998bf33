//! From what holds at the end back to the steps that it takes, in an order in which they can be made.

use std::collections::BTreeSet;

use super::closure::Closure;
use super::state::Fact;
use crate::theorem::duties::REPLICATE;

/// The places of the events on which `facts` hang, each after those that it hangs on.
pub fn slice(closure: &Closure, facts: &[Fact]) -> Vec<usize> {
    let mut slice = Slice { closure, seen: BTreeSet::new(), order: Vec::new() };
    for fact in facts {
        slice.add(fact);
    }
    slice.order
}

struct Slice<'c> {
    closure: &'c Closure,
    seen: BTreeSet<usize>,
    order: Vec<usize>,
}

impl Slice<'_> {
    fn add(&mut self, fact: &Fact) {
        // What was taken for another fact may make this one as well.
        let made =
            |place: &usize| self.closure.events.get(*place).is_some_and(|event| event.gains.contains(fact));
        if self.order.iter().any(made) {
            return;
        }
        for place in self.origins(fact) {
            if !self.seen.insert(place) {
                continue;
            }
            let Some(event) = self.closure.events.get(place) else { continue };
            for before in event.before() {
                self.add(&before);
            }
            self.order.push(place);
        }
    }

    /// The events by which the fact holds: one, or for somebody who can be used for some actions those that say for which.
    fn origins(&self, fact: &Fact) -> Vec<usize> {
        if let Some(place) = self.closure.origin.get(fact) {
            return vec![*place];
        }
        let Fact::Held(member, limits) = fact else { return Vec::new() };
        let wanted = limits.clone().unwrap_or_default();
        // Whoever is held for everything does not make what S3 alone does.
        let by_others = !wanted.iter().eq([REPLICATE]);
        if let Some(place) = self.closure.origin.get(&Fact::Held(*member, None)).filter(|_| by_others) {
            return vec![*place];
        }
        self.closure
            .origin
            .iter()
            .filter(|(known, _)| {
                matches!(known, Fact::Held(held, Some(limits)) if held == member
                    && (wanted.is_empty() || limits.iter().any(|limit| wanted.contains(limit))))
            })
            .map(|(_, place)| *place)
            .collect()
    }
}

//! What follows from facts without a request.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::cast::{Member, MemberId};
use super::super::guard::Binding;
use super::super::state::{Cap, Edits, Fact, Text};
use super::super::tags::TagCell;
use super::{Cause, Event, Searching, not_let_in};
use crate::theorem::Answers;

impl<A: Answers> Searching<'_, '_, A> {
    /// Everything that follows without a request.
    pub(super) fn consequences(&mut self) {
        loop {
            let mut found = Vec::new();
            self.carry(&mut found);
            self.drop_denies(&mut found);
            self.say(&mut found);
            self.let_in(&mut found);
            self.pass_on_tags(&mut found);
            let before = self.fixpoint.closure.events.len();
            for event in found {
                self.take(event);
            }
            if self.fixpoint.closure.events.len() == before {
                return;
            }
        }
    }

    /// What was edited at one node stays when the boundary changes.
    pub(super) fn carry(&self, found: &mut Vec<Event>) {
        for (member, moves) in &self.fixpoint.closure.facts.moves {
            for (from, to) in moves {
                let nodes = self.fixpoint.closure.facts.nodes.get(member).into_iter().flatten();
                for (node, edits) in
                    nodes.filter(|(node, _)| *node != to && from.as_ref().is_none_or(|from| from == *node))
                {
                    for (before, after) in facts_of(*member, edits, node, to) {
                        if !self.fixpoint.closure.facts.holds(&after) {
                            let moved = Fact::Moved(*member, from.clone(), to.clone());
                            found.push(self.follows(Cause::Carried, *member, vec![before, moved], after));
                        }
                    }
                }
                let dropped = self.fixpoint.closure.facts.dropped.get(member).into_iter().flatten();
                for (node, policy, way) in
                    dropped.filter(|(node, ..)| node != to && from.as_ref().is_none_or(|from| from == node))
                {
                    let at =
                        |cap: &Cap| Fact::WithoutBy(*member, cap.clone(), Arc::clone(policy), way.clone());
                    if !self.fixpoint.closure.facts.holds(&at(to)) {
                        let moved = Fact::Moved(*member, from.clone(), to.clone());
                        found.push(self.follows(Cause::Carried, *member, vec![at(node), moved], at(to)));
                    }
                }
            }
        }
    }

    /// A policy denies nothing any more once it is taken away in all the ways in which somebody has it.
    fn drop_denies(&self, found: &mut Vec<Event>) {
        for (id, dropped) in &self.fixpoint.closure.facts.dropped {
            let Some(member) = self.cast().member(*id) else { continue };
            let places: BTreeSet<(&Cap, &Arc<str>)> =
                dropped.iter().map(|(cap, policy, _)| (cap, policy)).collect();
            for (cap, policy) in places {
                let without = Fact::Without(*id, cap.clone(), Arc::clone(policy));
                let ways =
                    member.denies.iter().filter(|(known, _)| known == policy).flat_map(|(_, ways)| ways);
                let needs: Vec<Fact> = ways
                    .map(|way| Fact::WithoutBy(*id, cap.clone(), Arc::clone(policy), way.clone()))
                    .collect();
                let facts = &self.fixpoint.closure.facts;
                if !facts.holds(&without) && needs.iter().all(|need| facts.holds(need)) {
                    found.push(self.follows(Cause::Carried, *id, needs, without));
                }
            }
        }
    }

    /// What a policy says holds for all who have it.
    pub(super) fn say(&self, found: &mut Vec<Event>) {
        for (policy, texts) in &self.fixpoint.closure.facts.says {
            for text in texts {
                for (member, nodes) in &self.fixpoint.closure.facts.nodes {
                    let Some(person) = self.cast().member(*member) else { continue };
                    let has = person.subject.policies.identity.iter().any(|known| known.name == *policy);
                    for (cap, edits) in nodes {
                        let needs = vec![
                            Fact::Says(Arc::clone(policy), text.clone()),
                            Fact::At(*member, cap.clone()),
                        ];
                        let mut gain = |fact: Fact| {
                            if !self.fixpoint.closure.facts.holds(&fact) {
                                found.push(self.follows(Cause::Said, *member, needs.clone(), fact));
                            }
                        };
                        let account = self.cast().accounts.get(&person.account());
                        let in_group = |name: &Arc<str>| {
                            account.into_iter().flat_map(|known| &known.groups).any(|group| {
                                group.arn == *name && group.identity.iter().any(|known| known.name == *policy)
                            })
                        };
                        let given = edits.with.iter().any(|(known, _)| known == policy || in_group(known));
                        if has {
                            gain(Fact::Without(*member, cap.clone(), Arc::clone(policy)));
                        }
                        if has || given {
                            gain(match text {
                                Text::Anything => Fact::Everything(*member, cap.clone()),
                                Text::Initial | Text::Version(_) => {
                                    Fact::With(*member, cap.clone(), Arc::clone(policy), text.clone())
                                }
                            });
                        }
                        if let Cap::Policy(bound, before) = cap
                            && bound == policy
                            && before != text
                        {
                            let next = Cap::Policy(Arc::clone(policy), text.clone());
                            gain(Fact::Moved(*member, Some(cap.clone()), next.clone()));
                            gain(Fact::At(*member, next));
                        }
                    }
                }
            }
        }
    }

    /// Whoever may write a trust policy lets itself in, or somebody outside.
    pub(super) fn let_in(&self, found: &mut Vec<Event>) {
        for member in &self.fixpoint.closure.facts.trusting {
            // In a path it is the one who opened the trust policy that assumes the role, which a replay decides.
            let fact = Fact::Held(*member, None);
            let is_refused =
                || !self.fixpoint.refused.is_empty() && self.fixpoint.refused.contains(&not_let_in(*member));
            if !self.fixpoint.closure.facts.holds(&fact) && !is_refused() {
                found.push(self.follows(Cause::Let, *member, vec![Fact::Trusting(*member)], fact));
            }
        }
    }

    /// Who is held in sessions that others than callers may tag, or whose trust policy may say anything, may have tags to pass on.
    fn pass_on_tags(&self, found: &mut Vec<Event>) {
        let facts = &self.fixpoint.closure.facts;
        let any = Fact::SessionTagged(TagCell::Any);
        if facts.free_sessions || facts.holds(&any) {
            return;
        }
        let passes = |id: &MemberId| {
            let tagged = self.cast().member(*id).is_some_and(Member::has_tagged_sessions);
            facts.trusting.contains(id) || tagged && !self.cast().taggable.contains(id)
        };
        let holder = facts.held.iter().find(|(id, _)| passes(id));
        found.extend(holder.map(|(id, limits)| {
            let limits = limits.as_ref().map(|limits| limits.iter().cloned().collect());
            self.follows(Cause::Carried, *id, vec![Fact::Held(*id, limits)], any)
        }));
    }

    pub(super) fn follows(&self, cause: Cause, member: MemberId, needs: Vec<Fact>, gain: Fact) -> Event {
        let binding = Binding { member: Some(member), ..Binding::default() };
        Event {
            cause,
            binding,
            made: Vec::new(),
            needs,
            gains: vec![gain],
            round: self.fixpoint.closure.rounds,
        }
    }
}

/// What holds at a node, as it is there and at the next.
pub(super) fn facts_of(member: MemberId, edits: &Edits, from: &Cap, to: &Cap) -> Vec<(Fact, Fact)> {
    let mut all = Vec::new();
    if edits.everything {
        all.push((Fact::Everything(member, from.clone()), Fact::Everything(member, to.clone())));
    }
    for policy in &edits.without {
        let at = |cap: &Cap| Fact::Without(member, cap.clone(), Arc::clone(policy));
        all.push((at(from), at(to)));
    }
    for (policy, text) in &edits.with {
        let at = |cap: &Cap| Fact::With(member, cap.clone(), Arc::clone(policy), text.clone());
        all.push((at(from), at(to)));
    }
    all
}

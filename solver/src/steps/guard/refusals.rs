//! What refuses requests of an action to somebody whatever their resources and conditions, for what proofs say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::catalogue::{Action, ActionId};
use ringfence_model::policy::{Effect, NamedPolicy, PolicyType, Statement, StatementReference};
use rustc_hash::FxHashMap;

use super::Guards;
use crate::encode::action::may_match;
use crate::formula::{Layer, Restriction};
use crate::subject::Subject;
use crate::theorem::asking::unbound;
use crate::theorem::{Answers, allowed, targets_of};
use crate::verdict::Verdict;

/// What refuses requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// Deny statements, and layers that do not allow them.
    pub by: BTreeSet<Restriction>,
    /// The Allow statements of those layers that name the action.
    pub near: BTreeSet<StatementReference>,
}

/// Refusals that were asked for so far, each kept once.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    all: Vec<Arc<Refusal>>,
    places: BTreeMap<Arc<Refusal>, usize>,
    /// By actor: for each action of primitives the place of its refusal; none where their statements alone refuse nothing.
    of_actor: FxHashMap<usize, Arc<[Option<usize>]>>,
}

impl Refusals {
    fn kept(&mut self, refusal: Refusal) -> usize {
        if let Some(place) = self.places.get(&refusal) {
            return *place;
        }
        let (place, refusal) = (self.all.len(), Arc::new(refusal));
        self.all.push(Arc::clone(&refusal));
        self.places.insert(refusal, place);
        place
    }
}

impl Guards<'_> {
    /// The places of what refuses to one of `who`, who are given by their places, all requests of the action by their statements alone.
    pub fn refusals(&mut self, answers: &mut impl Answers, who: &[usize], action: &str) -> BTreeSet<usize> {
        let Some(named) = self.named.get(action).copied() else { return BTreeSet::new() };
        let mut found = BTreeSet::new();
        for place in who {
            found.extend(self.refusals_of(answers, *place).get(named).copied().flatten());
        }
        found
    }

    /// All of what is at these places.
    pub fn joined_refusal(&self, places: &BTreeSet<usize>) -> Refusal {
        let mut joined = Refusal::default();
        for refusal in places.iter().filter_map(|place| self.refusals.all.get(*place)) {
            joined.by.extend(refusal.by.iter().cloned());
            joined.near.extend(refusal.near.iter().cloned());
        }
        joined
    }

    /// Those of the actions of which the actor may make some request. Of actions that its own statements name, as far as these tell
    /// without their conditions; of those that policies of resources alone might grant, what is proved.
    pub fn possible_actions(
        &mut self,
        answers: &mut impl Answers,
        place: usize,
        actions: &[ActionId],
    ) -> BTreeSet<ActionId> {
        let mut open = self.open_actions(answers, place, actions);
        let Some(subject) = self.subject(place) else { return open };
        let of_its_own = BTreeSet::from([Restriction::Layer(Layer::Identity)]);
        open.retain(|action| {
            let Some(name) = self.catalogue.action(*action).map(Action::full_name) else { return true };
            if !too_narrow(&subject, &name, &of_its_own).is_empty() {
                return true;
            }
            let query = allowed(targets_of(self.catalogue, &name, &[]), self.as_of.as_ref());
            !matches!(unbound(answers, &subject, query), Verdict::Proved(_))
        });
        open
    }

    fn refusals_of(&mut self, answers: &mut impl Answers, place: usize) -> Arc<[Option<usize>]> {
        if let Some(known) = self.refusals.of_actor.get(&place) {
            return Arc::clone(known);
        }
        let mut found = Vec::new();
        if let Some(subject) = self.subject(place) {
            let openness = self.openness(answers, place);
            for (action, refused) in Arc::clone(&self.actions).iter().zip(openness.iter()) {
                found.push(refused.as_ref().map(|by| {
                    let name = self.catalogue.action(*action).map(Action::full_name).unwrap_or_default();
                    let near = too_narrow(&subject, &name, by);
                    self.refusals.kept(Refusal { by: by.as_ref().clone(), near })
                }));
            }
        }
        let found: Arc<[Option<usize>]> = found.into();
        self.refusals.of_actor.insert(place, Arc::clone(&found));
        found
    }
}

/// The Allow statements of the subject's layers among `restrictions` that may match the action.
pub fn too_narrow(
    subject: &Subject,
    action: &str,
    restrictions: &BTreeSet<Restriction>,
) -> BTreeSet<StatementReference> {
    let action = action.to_ascii_lowercase();
    let Some((service, name)) = action.split_once(':') else { return BTreeSet::new() };
    let may =
        |statement: &Statement| statement.effect == Effect::Allow && may_match(statement, service, name);
    let mut found = BTreeSet::new();
    for restriction in restrictions {
        let Restriction::Layer(layer) = restriction else { continue };
        let (policies, policy_type) = policies_of(subject, layer);
        for policy in policies {
            let those = policy.document.statements.iter().filter(|statement| may(statement));
            found.extend(those.map(|statement| StatementReference::new(policy, policy_type, statement)));
        }
    }
    found
}

/// The policies of a layer of the subject itself; none of others.
fn policies_of<'s>(subject: &'s Subject, layer: &Layer) -> (&'s [NamedPolicy], PolicyType) {
    let policies = &subject.policies;
    match layer {
        Layer::Identity => (&policies.identity, PolicyType::Identity),
        Layer::PermissionsBoundary => {
            (policies.permissions_boundary.as_deref().unwrap_or_default(), PolicyType::PermissionsBoundary)
        }
        Layer::Session => (policies.session.as_deref().unwrap_or_default(), PolicyType::Session),
        Layer::ServiceControl(target) => {
            let level = policies.service_control.iter().find(|level| *level.target == **target);
            (level.map(|level| level.policies.as_slice()).unwrap_or_default(), PolicyType::ServiceControl)
        }
        Layer::Demanded(_)
        | Layer::Resource
        | Layer::VpcEndpoint
        | Layer::CredentialLimits
        | Layer::Refusals
        | Layer::Trust => (&[], PolicyType::Resource),
    }
}

//! Paths that provision capacity for a model and run it under the ARN of that: policies which deny the model by its own ARN do not bind.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::arn::Arn;
use ringfence_model::context::ContextKey;
use ringfence_model::request::Request;
use ringfence_model::steps::{Change, Decided};

use super::super::question::Question;
use super::search::End;
use super::{Around, GoalQuestion, Stepping};
use crate::query::Target;
use crate::steps::cast::MemberId;
use crate::steps::closure::Closure;
use crate::steps::state::Actor;
use crate::steps::verdict::Goal;
use crate::steps::walk::{PathStep, Walk, Walker};
use crate::subject::Subject;
use crate::theorem::asking::unbound;
use crate::theorem::{Answers, allowed, service_routes};
use crate::verdict::Verdict;

/// The row of the table that is replayed so.
pub(super) const PROVISION: &str = "alias-throughput";
/// The id that a path gives to what it provisions. AWS chooses twelve letters and digits.
const SOME_ID: &str = "k4x9w2m7q1z8";

impl<'w> Stepping<'_, 'w> {
    /// Somebody who may provision capacity for a model of the goal, and somebody of that account who may run it there.
    pub(super) fn provisioning<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        closed: &Closure,
        asked: GoalQuestion<'_>,
    ) -> Option<End> {
        if asked.goal != Goal::ExpensiveModel {
            return None;
        }
        let actors: Vec<Actor> = closed.actors.iter().map(|(_, actor)| actor.clone()).collect();
        for maker in &actors {
            let Some(subject) = self.guards.place(maker).and_then(|place| self.guards.subject(place)) else {
                continue;
            };
            let Some(made) = self.capacity(answers, &subject, asked) else { continue };
            for user in &actors {
                if !self.is_beside(user, maker) {
                    continue;
                }
                self.around = Around { provisioned: BTreeSet::from([made.clone()]), ..Around::default() };
                let verdict = self.of_actor(answers, start, user, asked);
                self.around = Around::default();
                if matches!(verdict, Verdict::Refuted(_)) {
                    return Some(End::Provisioned(Box::new((maker.clone(), user.clone()))));
                }
            }
        }
        None
    }

    /// Makes the call in the world as the walk left it.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub(super) fn provision<'c, A: Answers>(
        &self,
        walker: &mut Walker<'_, 'w, 'c, A>,
        maker: &Actor,
        asked: GoalQuestion<'_>,
        walk: &mut Walk<'c>,
    ) -> Result<(), String>
    where
        'w: 'c,
    {
        let primitive = self.primitives.find(PROVISION).ok_or("the table has no such row")?;
        let changed = |requests: &[Request], subject: &Subject| {
            let (capacity, model) = provisioned_by(&requests.first()?.resource, subject)?;
            let assumed = format!("Bedrock offers capacity for {model}, and calls it {capacity}");
            Some((vec![Change::Provision { capacity, model }], vec![assumed]))
        };
        walker.step(primitive, maker, self.calls(asked), changed, walk)
    }

    /// Both are of one account.
    fn is_beside(&self, left: &Actor, right: &Actor) -> bool {
        let account = |actor: &Actor| self.member(actor.member).map(crate::steps::cast::Member::account);
        account(left) == account(right)
    }

    /// What the subject may provision of the models that are asked about: under which ARN, and the model.
    fn capacity<A: Answers>(
        &self,
        answers: &mut A,
        subject: &Subject,
        asked: GoalQuestion<'_>,
    ) -> Option<(Arc<str>, Arc<str>)> {
        let Verdict::Refuted(witness) =
            unbound(answers, subject, allowed(self.calls(asked), self.plan.as_of.as_ref()))
        else {
            return None;
        };
        provisioned_by(&witness.requests().first()?.request.resource, subject)
    }

    /// The calls that provision capacity for one of the models that are asked about.
    fn calls(&self, asked: GoalQuestion<'_>) -> Vec<Target> {
        let (Question::Routes { targets, .. } | Question::RoutesAndCalls { targets, .. }) = asked.question
        else {
            return Vec::new();
        };
        service_routes::provisioning(self.plan.catalogue, &targets.ids)
    }
}

/// One of the requests hangs on a tag of what was provisioned, which has none.
pub(super) fn asks_for_tags(requests: &[Decided], provisioned: &BTreeSet<(Arc<str>, Arc<str>)>) -> bool {
    let is_new = |request: &&Request| provisioned.iter().any(|(capacity, _)| request.resource == **capacity);
    let is_tag = |key: &ContextKey| key.family().is_some_and(|(family, _)| family.ends_with(":resourcetag"));
    let requests = requests.iter().map(|decided| &decided.request);
    requests.filter(is_new).any(|request| request.context.iter().any(|(key, _)| is_tag(key)))
}

/// What the steps provision, with the models that run there.
pub(super) fn provisioned_in(steps: &[PathStep]) -> BTreeSet<(Arc<str>, Arc<str>)> {
    let changes = steps.iter().flat_map(|step| &step.changes);
    changes
        .filter_map(|change| {
            let Change::Provision { capacity, model } = change else { return None };
            Some((Arc::clone(capacity), Arc::clone(model)))
        })
        .collect()
}

/// What is provisioned for the model, by somebody of the subject's account.
fn provisioned_by(model: &str, subject: &Subject) -> Option<(Arc<str>, Arc<str>)> {
    let region = Arn::parse(model)?.region;
    let arn =
        format!("arn:{}:bedrock:{region}:{}:provisioned-model/{SOME_ID}", subject.partition, subject.account);
    Some((Arc::from(arn), Arc::from(model)))
}

//! T3: not both modify models and invoke one, in one account; two sessions may be used.

use std::borrow::Cow;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;

use super::asking::unbound;
use super::invocation::{Around, verdict as invoke_verdict};
use super::invoke::InvokeTargets;
use super::one_model::{self, ShownModel};
use super::passable::Passable;
use super::{Answers, allowed, targets_of};
use crate::decimal::Decimal;
use crate::guardrail::Tier;
use crate::query::{KeyDemand, Target, TargetResource};
use crate::subject::Subject;
use crate::verdict::Verdict;
use crate::wildcard::Language;
use crate::witness::Witness;

const TABLE: &str = include_str!("../../data/model-changing-actions.tsv");

/// What writes an object.
const WRITE: &str = "s3:PutObject";
/// What S3 itself writes an object by, when it replicates a bucket with the rights of a role: no caller makes it. Primitives by which S3 does
/// so have it among their limits.
pub const REPLICATE: &str = "s3:ReplicateObject";

/// An action that changes a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelChange {
    /// `service:Name`.
    pub action: &'static str,
    /// The service to which every such call passes a role, so that it needs iam:PassRole as well.
    pub passes_role_to: Option<&'static str>,
}

/// The actions of the tiers, as the table names them.
pub fn actions(tiers: &[Tier]) -> Vec<ModelChange> {
    let mut changes = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let tier = columns.next().unwrap_or_default();
        if let Some(action) = columns.next()
            && tiers.iter().any(|wanted| wanted.name() == tier)
        {
            changes.push(ModelChange { action, passes_role_to: columns.next() });
        }
    }
    changes
}

/// iam:PassRole on any role of the account, to `service`, or to one of several with bars between them. None if the catalogue knows it otherwise: to ask for less is
/// safe.
pub(super) fn pass_role(catalogue: &Catalogue, service: &str) -> Option<Target> {
    let key = (
        ContextKey::new("iam:PassedToService"),
        KeyDemand::Value(Language::one_of(service.split('|').map(str::to_owned))),
    );
    match targets_of(catalogue, "iam:PassRole", &[key]).as_slice() {
        [target] => Some(target.clone()),
        _ => None,
    }
}

/// The requests that modify a model.
#[derive(Clone, Debug)]
pub struct ModifyTargets {
    /// On models, jobs and the like, each with the services, with bars between them, to which it passes a role.
    pub models: Vec<(Target, Option<&'static str>)>,
    /// On objects of the declared training buckets.
    pub training_data: Vec<Target>,
    /// On these as well, where S3 makes the requests with the rights of a role.
    pub replicated: Vec<Target>,
}

/// The targets of the tiers; training buckets count among the weights.
pub fn targets(catalogue: &Catalogue, tiers: &[Tier], training_buckets: &[String]) -> ModifyTargets {
    let mut models = Vec::new();
    for change in actions(tiers) {
        let further: Vec<Target> =
            change.passes_role_to.and_then(|service| pass_role(catalogue, service)).into_iter().collect();
        // AWS checks a training job besides the capacity that it is given, and not instead
        // (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html).
        let own = catalogue.find_resource_type("sagemaker", "training-job");
        let own = own.filter(|_| change.action == "sagemaker:CreateTrainingJob");
        let on_own = |target: &Target| own.is_none() || target.resource.resource_type() == own;
        for mut target in targets_of(catalogue, change.action, &[]).into_iter().filter(on_own) {
            target.further.clone_from(&further);
            models.push((target, change.passes_role_to));
        }
    }
    let writes = |name: &str| {
        let object = catalogue.find_resource_type("s3", "object");
        let (Some(resource_type), Some(action)) = (object, catalogue.find_action(name)) else {
            return Vec::new();
        };
        let buckets = training_buckets.iter().filter(|_| tiers.contains(&Tier::Weights));
        let objects = buckets.map(|bucket| {
            let language = Language::arn_pattern(&format!("{bucket}/*"));
            let resource = TargetResource::Within { resource_type, language, excluded: Vec::new() };
            Target::new(action, resource, Vec::new())
        });
        objects.collect()
    };
    ModifyTargets { models, training_data: writes(WRITE), replicated: writes(REPLICATE) }
}

impl ModifyTargets {
    /// Those on training data alone.
    #[must_use]
    pub fn of_training_data(&self) -> Self {
        Self { models: Vec::new(), ..self.clone() }
    }

    /// The same of somebody with whose rights S3 replicates, or not.
    pub fn by(&self, replicates: bool) -> Cow<'_, Self> {
        if !replicates {
            return Cow::Borrowed(self);
        }
        let mut all = self.clone();
        all.training_data.append(&mut all.replicated);
        Cow::Owned(all)
    }
}

/// Whether the subject can modify a model of the tiers, or its training data. A role that a call passes is one of `passable`; where that is
/// none, it may be any.
pub fn modifies(
    answers: &mut impl Answers,
    subject: &Subject,
    modify: &ModifyTargets,
    as_of: Option<&Decimal>,
    passable: Option<&Passable>,
) -> Verdict {
    let roles = |services: Option<&str>| Some(passable?.to(services?));
    let made: Vec<&(Target, Option<&'static str>)> = modify
        .models
        .iter()
        .filter(|(_, services)| roles(*services).is_none_or(|roles| !roles.is_empty()))
        .collect();
    let ask = |answers: &mut _, models: Vec<Target>| {
        let every = models.into_iter().chain(modify.training_data.iter().cloned()).collect();
        unbound(answers, subject, allowed(every, as_of))
    };
    // Which roles there are is asked only where it counts: the question is the same for many principals without.
    let found = ask(answers, made.iter().map(|(target, _)| target.clone()).collect());
    let (Verdict::Refuted(witness), Some(passable)) = (&found, passable) else { return found };
    let any: Vec<&str> = made.iter().filter_map(|(_, services)| *services).collect();
    let any = any.join("|");
    if witness.requests().iter().all(|replayed| passable.admits(&replayed.request, &any)) {
        return found;
    }
    let of_these = |(target, services): &&(Target, Option<&'static str>)| {
        let mut target = target.clone();
        for further in &mut target.further {
            if let (Some(roles), Some(resource_type)) = (roles(*services), further.resource.resource_type()) {
                let language = Language::one_of(roles);
                further.resource = TargetResource::Within { resource_type, language, excluded: Vec::new() };
            }
        }
        target
    };
    ask(answers, made.iter().map(of_these).collect())
}

/// T3 for one subject. Proved if one of the two is proved impossible; refuted if a request of each is replayed, on one and the same model
/// where the inventory shows one that both may name.
pub fn verdict(
    answers: &mut impl Answers,
    subject: &Subject,
    modify: &ModifyTargets,
    invoke: &InvokeTargets,
    around: Around<'_>,
) -> Verdict {
    let passable = around.account.filter(|account| !account.any_roles).map(|account| &account.passable);
    let modifies = modifies(answers, subject, modify, around.as_of, passable);
    if matches!(modifies, Verdict::Proved(_)) {
        return modifies;
    }
    let invokes = invoke_verdict(answers, subject, invoke, around);
    match (modifies, invokes) {
        (_, proved @ Verdict::Proved(_)) => proved,
        (Verdict::Refuted(first), Verdict::Refuted(second)) => {
            let one = on_one_model(answers, subject, (modify, invoke), around, passable);
            Verdict::Refuted(Box::new(one.unwrap_or_else(|| first.join(*second))))
        }
        (Verdict::Inconclusive(reason), _) | (_, Verdict::Inconclusive(reason)) => {
            Verdict::Inconclusive(reason)
        }
        (other, _) => other,
    }
}

/// How the subject modifies a model that the inventory shows, and runs that one.
fn on_one_model(
    answers: &mut impl Answers,
    subject: &Subject,
    asked: (&ModifyTargets, &InvokeTargets),
    around: Around<'_>,
    passable: Option<&Passable>,
) -> Option<Witness> {
    let inventory = around.account?.inventory.as_deref()?;
    let mut both = |models: &[ShownModel], modify: ModifyTargets, invoke: InvokeTargets| {
        let modified = modifies(answers, subject, &modify, around.as_of, passable);
        let Verdict::Refuted(first) = modified else { return None };
        let Verdict::Refuted(second) = invoke_verdict(answers, subject, &invoke, around) else { return None };
        Some(first.join(*second).with_facts(one_model::fact(models).into_iter().collect()))
    };
    let kinds = one_model::shown(inventory, around.catalogue);
    kinds
        .iter()
        .find_map(|models| one_model::first_of(models, asked, (inventory, around.catalogue), &mut both))
}

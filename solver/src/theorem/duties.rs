//! T3: not both modify models and invoke one, in one account; two sessions may be used.

use ringfence_model::catalogue::Catalogue;

use super::invoke::{InvokeTargets, verdict as invoke_verdict};
use super::{Answers, allowed, targets_of};
use crate::decimal::Decimal;
use crate::guardrail::Tier;
use crate::query::{Goal, Query, Target, TargetResource};
use crate::subject::Subject;
use crate::verdict::{Reason, Verdict};
use crate::wildcard::Language;

const TABLE: &str = include_str!("../../data/model-changing-actions.tsv");

/// The actions of the tiers, as the table names them.
pub fn actions(tiers: &[Tier]) -> Vec<&'static str> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .filter(|(tier, _)| tiers.iter().any(|wanted| wanted.name() == *tier))
        .map(|(_, action)| action)
        .collect()
}

/// The requests that modify a model.
#[derive(Clone, Debug)]
pub struct ModifyTargets {
    /// On models, jobs and the like.
    pub models: Vec<Target>,
    /// On objects of the declared training buckets.
    pub training_data: Vec<Target>,
}

/// The targets of the tiers; training buckets count among the weights.
pub fn targets(catalogue: &Catalogue, tiers: &[Tier], training_buckets: &[String]) -> ModifyTargets {
    let models = actions(tiers).into_iter().flat_map(|name| targets_of(catalogue, name, &[])).collect();
    let mut training_data = Vec::new();
    let object = catalogue.find_resource_type("s3", "object");
    if let (Some(resource_type), Some(action)) = (object, catalogue.find_action("s3:PutObject"))
        && tiers.contains(&Tier::Weights)
    {
        for bucket in training_buckets {
            let language = Language::arn_pattern(&format!("{bucket}/*"));
            let resource = TargetResource::Within { resource_type, language, excluded: Vec::new() };
            training_data.push(Target { action: action.into(), resource, keys: Vec::new() });
        }
    }
    ModifyTargets { models, training_data }
}

/// T3 for one subject. Proved if one of the two is proved impossible; refuted if a request of each is replayed.
pub fn verdict(
    answers: &mut impl Answers,
    subject: &Subject,
    modify: &ModifyTargets,
    invoke: &InvokeTargets,
    as_of: Option<&Decimal>,
) -> Verdict {
    let every: Vec<Target> = modify.models.iter().chain(&modify.training_data).cloned().collect();
    let modifies = answers.answer(&allowed(every, as_of), subject);
    let modifies = match modifies {
        Verdict::Proved(_) if bucket_policy_may_grant(answers, subject, modify, as_of) => {
            Verdict::Inconclusive(Reason::NotCovered {
                code: "resource-policies",
                text: "identity policies do not allow writing to a declared training bucket, but its bucket policy, which is \
                       not read yet, may"
                    .to_owned(),
            })
        }
        other @ (Verdict::Proved(_) | Verdict::Refuted(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable) => other,
    };
    if matches!(modifies, Verdict::Proved(_)) {
        return modifies;
    }
    let invokes = invoke_verdict(answers, subject, invoke, as_of);
    match (modifies, invokes) {
        (_, proved @ Verdict::Proved(_)) => proved,
        (Verdict::Refuted(first), Verdict::Refuted(second)) => {
            Verdict::Refuted(Box::new(first.join(*second)))
        }
        (Verdict::Inconclusive(reason), _) | (_, Verdict::Inconclusive(reason)) => {
            Verdict::Inconclusive(reason)
        }
        (other, _) => other,
    }
}

/// Whether nothing stops a write to a training bucket but the lack of an identity policy that allows it.
fn bucket_policy_may_grant(
    answers: &mut impl Answers,
    subject: &Subject,
    modify: &ModifyTargets,
    as_of: Option<&Decimal>,
) -> bool {
    if modify.training_data.is_empty() {
        return false;
    }
    let query = Query {
        targets: modify.training_data.clone(),
        goal: Goal::NotStopped,
        context: None,
        as_of: as_of.cloned(),
    };
    !answers.is_impossible(&query, subject)
}

//! Questions about calls of which only a check is asked for that runs no model by itself: on an inference profile, a prompt router, a
//! guardrail. Such a call is made only if all of its checks are allowed (semantics:D4).

use std::collections::BTreeSet;

use ringfence_model::context::ContextKey;

use super::asking::joined;
use super::invocation::Around;
use super::models::{ModelIds, any_text, bare_id};
use super::{Answers, profiles};
use crate::constraint::Constraint;
use crate::query::{Target, TargetResource};
use crate::subject::Subject;
use crate::verdict::{Reason, Verdict};
use crate::wildcard::Language;

/// So many models are tried, each with all calls through its profiles.
const MODELS_TRIED: usize = 6;

/// Whether `subject` may make a call of which `parts` are checks, on one of the resources that the patterns name; on any where there are
/// none: refuted by all checks of a call through a profile of one of `models`, and proved where none of the parts is allowed, or of those
/// on profiles none together with a model. What must be so of a request must be so of the part.
pub(crate) fn verdict(
    answers: &mut impl Answers,
    subject: &Subject,
    (parts, patterns): (&[Target], &[String]),
    models: &BTreeSet<String>,
    around: Around<'_>,
) -> Verdict {
    let alone = around.asking().ask(answers, subject, parts.to_vec());
    if let Verdict::Proved(_) | Verdict::NotApplicable = alone {
        return alone;
    }
    let constraint = around.constraint.map(Constraint::but_models);
    let around = Around { constraint: constraint.as_ref(), ..around };
    let asking = around.asking();
    let open = || {
        Verdict::Inconclusive(Reason::NotCovered {
            code: "through-a-profile",
            text: "a check of a call is allowed, such as that of an inference profile or a prompt router, and no call was found of which all \
                   checks are"
                .to_owned(),
        })
    };
    let (of_profiles, others): (Vec<Target>, Vec<Target>) =
        parts.iter().cloned().partition(|part| is_on_profile(part, around));
    let others = asking.ask(answers, subject, others);
    let with_a_model = asking.ask(answers, subject, with_models(&of_profiles, &any_text(), around));
    if let Verdict::Proved(_) | Verdict::NotApplicable = with_a_model {
        return if matches!(others, Verdict::Proved(_) | Verdict::NotApplicable) {
            joined(vec![with_a_model, others])
        } else {
            open()
        };
    }
    let Some(account) = around.account else { return open() };
    let patterns: Vec<Language> = patterns.iter().map(|pattern| Language::arn_pattern(pattern)).collect();
    let is_named = |arn: &str| patterns.is_empty() || patterns.iter().any(|pattern| pattern.accepts(arn));
    let has_profile = |model: &&String| {
        let profiles = account.profiles_of(model, around.profiles, around.catalogue);
        profiles.iter().any(|profile| is_named(&profile.arn))
    };
    let mut left: Vec<String> = models.iter().filter(has_profile).cloned().collect();
    for _ in 0..MODELS_TRIED {
        let [known] = ModelIds::these(left.clone()).languages().try_into().unwrap_or_else(|_| [any_text()]);
        let Verdict::Refuted(found) = asking.ask(answers, subject, with_models(&of_profiles, &known, around))
        else {
            break;
        };
        let ids = found.requests().iter().filter_map(|replayed| bare_id(&replayed.request.resource));
        let mut of_left = ids.filter(|id| left.iter().any(|known| known == id));
        let Some(model) = of_left.next_back().map(str::to_owned) else { break };
        for call in profiles::calls(around.catalogue, around.profiles, account, &model) {
            let TargetResource::Exactly { arn, .. } = &call.readings[0].resource else { continue };
            if !is_named(arn) {
                continue;
            }
            for readings in as_demanded(&call.readings, &of_profiles) {
                let [shown, other] = readings.map(|call| asking.ask(answers, subject, vec![call]));
                if let (Verdict::Refuted(witness), Verdict::Refuted(_)) = (shown, other) {
                    return Verdict::Refuted(Box::new(witness.by(call.route)));
                }
            }
        }
        left.retain(|known| *known != model);
    }
    open()
}

/// The part is the check of a profile or a router, which is made together with that of the foundation model that runs, and of nothing
/// else.
fn is_on_profile(part: &Target, around: Around<'_>) -> bool {
    let known = part.resource.resource_type().and_then(|id| around.catalogue.resource_type(id));
    known.is_some_and(|known| profiles::THROUGH.iter().any(|(name, _)| *name == known.name))
}

/// Each part with the check of a model of these ids besides, wherever it is made.
fn with_models(parts: &[Target], ids: &Language, around: Around<'_>) -> Vec<Target> {
    let Some(resource_type) = around.catalogue.find_resource_type("bedrock", "foundation-model") else {
        return Vec::new();
    };
    let with_one = |part: &Target| {
        let resource = TargetResource::AnyRegion { resource_type, names: vec![ids.clone()] };
        // Which values the other check has is not asked for.
        let check = Target { resource, further: Vec::new(), keys: Vec::new(), ..part.clone() };
        Target { further: vec![check], ..part.clone() }
    };
    parts.iter().map(with_one).collect()
}

/// The call under each reading, once for each way in which the guardrail demands one of its action: with the values that it gives, those
/// that say nothing of the resource on all checks. None where it demands other actions.
pub(crate) fn as_demanded(readings: &[Target; 2], named: &[Target]) -> Vec<[Target; 2]> {
    let mut found: Vec<[Target; 2]> = Vec::new();
    for demanded in named {
        let of_all = |key: &ContextKey| {
            let of_resource = [
                "aws:resourceaccount",
                "aws:resourceorgid",
                "aws:resourceorgpaths",
                "aws:requestedregion",
                "bedrock:inferenceprofilearn",
                "bedrock:promptrouterarn",
            ];
            !of_resource.contains(&key.canonical())
                && key.family().is_none_or(|(family, _)| family != "aws:resourcetag")
        };
        let with_values = readings.clone().map(|mut call| {
            call.keys.extend(demanded.keys.iter().cloned());
            for check in &mut call.further {
                check.keys.extend(demanded.keys.iter().filter(|(key, _)| of_all(key)).cloned());
            }
            call
        });
        if readings.iter().all(|call| call.action == demanded.action) && !found.contains(&with_values) {
            found.push(with_values);
        }
    }
    found
}

//! Whether a principal can have a model run in a Region that is not approved, though it calls an approved one: by an inference
//! profile that sends the call elsewhere (semantics:D4).

use std::collections::BTreeSet;

use ringfence_model::open_point::OpenPoint;

use super::asking::joined;
use super::invocation::{self, Around};
use super::invoke::InvokeTargets;
use super::{Answers, profiles};
use crate::formula::Openness;
use crate::query::{Target, TargetResource};
use crate::subject::Subject;
use crate::verdict::{Reason, Verdict};
use crate::wildcard::LanguageBuilder;
use crate::wildcard::character::CharacterSet;

/// The verdict on calls through inference profiles of which some destination is not among `regions`. Calls that name such a
/// Region themselves are asked about elsewhere.
pub fn verdict(
    answers: &mut impl Answers,
    subject: &Subject,
    targets: &InvokeTargets,
    regions: &[String],
    around: Around<'_>,
) -> Verdict {
    let approved: BTreeSet<&str> = regions.iter().map(String::as_str).collect();
    // A guardrail may have texts evaluated in other Regions by its profile; in which Region that is checked is as open as F30.
    let guardrails = around.asking().ask(answers, subject, guardrail_profiles(subject, &approved, around));
    if !matches!(guardrails, Verdict::Proved(_) | Verdict::NotApplicable) {
        return Verdict::Inconclusive(Reason::NotCovered {
            code: "guardrail-profile",
            text: "a guardrail may be applied by a guardrail profile, which evaluates texts in other Regions"
                .to_owned(),
        });
    }
    let elsewhere = around.asking().ask(answers, subject, calls_elsewhere(subject, &approved, around));
    if let Verdict::Proved(_) | Verdict::NotApplicable = elsewhere {
        // Such a call names a profile that nobody may check.
        let unchecked = around.asking().ask(answers, subject, targets.for_caller.clone());
        return match unchecked {
            Verdict::Proved(_) | Verdict::NotApplicable => joined(vec![elsewhere, unchecked]),
            Verdict::Refuted(_) | Verdict::Inconclusive(_) => {
                Verdict::Inconclusive(Reason::OpenMatters(vec![Openness::Point(OpenPoint(29))]))
            }
        };
    }
    if let Some(refuted) = invocation::through_profiles_beyond(answers, subject, targets, &approved, around) {
        return refuted;
    }
    joined(vec![Verdict::Inconclusive(Reason::NotCovered {
        code: "through-a-profile",
        text: "no call names another Region, but a model may be called there, and an inference profile may send a call on".to_owned(),
    })])
}

/// Checks of guardrail profiles in Regions that are not approved, whichever Region is called.
fn guardrail_profiles(subject: &Subject, approved: &BTreeSet<&str>, around: Around<'_>) -> Vec<Target> {
    let catalogue = around.catalogue;
    let (Some(resource_type), Some(action)) = (
        catalogue.find_resource_type("bedrock", "guardrail-profile"),
        catalogue.find_action("bedrock:ApplyGuardrail"),
    ) else {
        return Vec::new();
    };
    let mut builder = LanguageBuilder::new();
    builder
        .text(&format!("arn:{}:bedrock:", subject.partition))
        .alternatives(others(subject, approved, around))
        .text(":")
        .star(CharacterSet::any());
    let resource = TargetResource::AnyRegionWithin { resource_type, language: builder.build() };
    vec![Target::new(action, resource, Vec::new())]
}

/// The Regions that are not approved.
fn others(subject: &Subject, approved: &BTreeSet<&str>, around: Around<'_>) -> Vec<String> {
    let all = around.catalogue.regions(&subject.partition).iter();
    all.filter(|region| !approved.contains(region.as_str())).cloned().collect()
}

/// Calls through profiles and routers that may send a call to a Region that is not approved, with less than they need: the
/// profile, and a model in such a Region, or one without a Region, as a global profile asks for it.
fn calls_elsewhere(subject: &Subject, approved: &BTreeSet<&str>, around: Around<'_>) -> Vec<Target> {
    let Some(resource_type) = around.catalogue.find_resource_type("bedrock", "foundation-model") else {
        return Vec::new();
    };
    let others = others(subject, approved, around);
    let front = format!("arn:{}:bedrock:", subject.partition);
    let back = "::foundation-model/";
    let mut builder = LanguageBuilder::new();
    builder.text(&front).alternatives(others).text(back).star(CharacterSet::any());
    let elsewhere = TargetResource::AnyRegionWithin { resource_type, language: builder.build() };
    let mut builder = LanguageBuilder::new();
    builder.text(&front).text(back).star(CharacterSet::any());
    let global = TargetResource::GlobalModel { resource_type, language: builder.build() };
    [elsewhere, global]
        .into_iter()
        .flat_map(|model| profiles::possible_with(around.catalogue, &model, None))
        .collect()
}

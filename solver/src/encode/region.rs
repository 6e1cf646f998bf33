//! Which Regions a query can tell apart: one stands for all that it cannot.
//!
//! Two Regions are told apart by a condition on aws:RequestedRegion, or by a resource pattern: if after the ARN up to
//! and including the Region the pattern's automaton is in the same state, no ARN that goes on from there can tell the
//! difference. Resource parts play no role, since five colons come before them and only four were read. The home Regions
//! of global services stand for themselves: a request to such a service can name no other.

use std::collections::BTreeSet;

use ringfence_model::policy::Statement;
use ringfence_model::template::{Piece, Template};

use super::action::glob_ignoring_case;
use super::assumptions::home_regions;
use super::check::Check;
use crate::query::{KeyDemand, TargetResource};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder, Theory};

/// The Regions of `regions` that stand for all, in order, where resources in `covered` are told from others; all of them where a policy puts the Region into a value.
pub(super) fn representatives(
    regions: &[String],
    partition: &str,
    checks: &[Check],
    statements: &[&Statement],
    covered: Vec<Language>,
    theory: &mut Theory,
) -> Vec<String> {
    let mut signatures: Vec<Vec<Option<u32>>> = vec![Vec::new(); regions.len()];
    let mut add = |column: Vec<Option<u32>>| {
        for (signature, entry) in signatures.iter_mut().zip(column) {
            signature.push(entry);
        }
    };
    let homes = home_regions(partition);
    add(regions
        .iter()
        .map(|region| homes.iter().zip(0..).find(|(home, _)| *home == region).map(|(_, place)| place))
        .collect());
    let mut fronts = covered;
    for statement in statements {
        for condition in &statement.conditions {
            let about_region = condition.key.canonical() == "aws:requestedregion";
            if condition.values.iter().any(names_region)
                || (about_region && condition.values.iter().any(has_piece))
            {
                return regions.to_vec();
            }
            if about_region {
                for value in &condition.values {
                    add(regions.iter().map(|region| Some(comparisons(&value.raw, region))).collect());
                }
            }
        }
        for value in statement.resource.iter().flat_map(|element| &element.values) {
            if names_region(value) {
                return regions.to_vec();
            }
            if value.raw != "*" {
                fronts.extend(front_languages(&value.raw));
            }
        }
    }
    for check in checks {
        match &check.target.resource {
            TargetResource::Exactly { arn, .. } => fronts.push(Language::exactly(arn)),
            TargetResource::OneOf { arns, .. } => fronts.push(Language::one_of(arns.iter().cloned())),
            TargetResource::Within { language, .. } | TargetResource::AnyRegionWithin { language, .. } => {
                fronts.push(language.clone());
            }
            TargetResource::Type { .. }
            | TargetResource::AnyRegion { .. }
            | TargetResource::GlobalModel { .. }
            | TargetResource::Wildcard
            | TargetResource::LeftOut
            | TargetResource::Unlisted
            | TargetResource::Anything => {}
        }
        for (key, demand) in &check.target.keys {
            if key.canonical() == "aws:requestedregion" {
                for language in demanded(demand) {
                    add(regions.iter().map(|region| Some(u32::from(language.accepts(region)))).collect());
                }
            }
        }
    }
    if checks.iter().any(|check| check.arn_service.contains("${")) {
        // ARNs of any service: nothing fixed stands before the Region.
        return regions.to_vec();
    }
    fronts.sort_unstable();
    fronts.dedup();
    let mut services: Vec<&str> = checks.iter().map(|check| check.arn_service.as_str()).collect();
    services.sort_unstable();
    services.dedup();
    let ends: Vec<String> = regions.iter().map(|region| format!("{region}:")).collect();
    for service in services {
        let prefix = format!("arn:{partition}:{service}:");
        for front in &fronts {
            add(theory.states_after(front, &prefix, &ends));
        }
    }
    let mut seen: BTreeSet<Vec<Option<u32>>> = BTreeSet::new();
    regions
        .iter()
        .zip(signatures)
        .filter_map(|(region, signature)| seen.insert(signature).then(|| region.clone()))
        .collect()
}

/// The languages that a demand on a key names.
fn demanded(demand: &KeyDemand) -> Vec<Language> {
    match demand {
        KeyDemand::Absent | KeyDemand::List(_) => Vec::new(),
        KeyDemand::Reading(text) => vec![Language::exactly(text)],
        KeyDemand::Value(language) => vec![language.clone()],
        KeyDemand::ValueOutside(language, excluded) | KeyDemand::AbsentOrOutside(language, excluded) => {
            std::iter::once(language).chain(excluded).cloned().collect()
        }
    }
}

/// How an operand compares with a Region under the string operators; under all others every Region compares alike.
fn comparisons(operand: &str, region: &str) -> u32 {
    u32::from(operand == region)
        + 2 * u32::from(operand.eq_ignore_ascii_case(region))
        + 4 * u32::from(Language::glob(operand).accepts(region))
        + 8 * u32::from(glob_ignoring_case(operand, region))
}

fn names_region(value: &Template) -> bool {
    value
        .pieces
        .iter()
        .any(|piece| matches!(piece, Piece::Variable { key, .. } if key.canonical() == "aws:requestedregion"))
}

fn has_piece(value: &Template) -> bool {
    value.pieces.iter().any(|piece| !matches!(piece, Piece::Text(_)))
}

/// The front of a value under every reading of F4 and F10, anything behind it.
fn front_languages(raw: &str) -> Vec<Language> {
    let mut parts = raw.splitn(6, ':');
    let front: Vec<&str> = parts.by_ref().take(5).collect();
    let text = front.join(":");
    let mut languages = Vec::new();
    for wild in [CharacterSet::any(), CharacterSet::except(':')] {
        for fold in [false, true] {
            let mut builder = LanguageBuilder::new();
            if fold {
                builder.glob_ignoring_case(&text, &wild);
            } else {
                builder.glob(&text, &wild);
            }
            builder.star(CharacterSet::any());
            languages.push(builder.build());
        }
    }
    languages
}

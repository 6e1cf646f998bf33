//! Which Regions a query can tell apart: one stands for all that it cannot.
//!
//! Two Regions are told apart by a condition on aws:RequestedRegion, or by a resource pattern: if after the ARN up to
//! and including the Region the pattern's automaton is in the same state, no ARN that goes on from there can tell the
//! difference. Resource parts play no role, since five colons come before them and only four were read. The home Regions
//! of global services stand for themselves: a request to such a service can name no other.

use std::collections::BTreeSet;

use indexmap::IndexSet;
use ringfence_model::policy::Statement;
use ringfence_model::template::{Piece, Template};
use rustc_hash::FxBuildHasher;

use super::action::glob_ignoring_case;
use super::assumptions::home_regions;
use super::check::Check;
use super::memory::Memory;
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
    (theory, memory): (&mut Theory, &mut Memory),
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
    let mut fronts: IndexSet<Language, FxBuildHasher> = covered.into_iter().collect();
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
                let front = front_of(&value.raw);
                fronts.extend(memory.fronts(front, front_languages).iter().cloned());
            }
        }
    }
    let mut named: Vec<&[String]> = Vec::new();
    for check in checks {
        match &check.target.resource {
            TargetResource::Exactly { arn, .. } => named.push(std::slice::from_ref(arn)),
            TargetResource::OneOf { arns, .. } => named.push(&**arns),
            TargetResource::Within { language, .. }
            | TargetResource::AnyRegionWithin { language, .. }
            | TargetResource::AnyOwner { language, .. } => {
                fronts.insert(language.clone());
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
    let mut services: Vec<&str> = checks.iter().map(|check| check.arn_service.as_str()).collect();
    services.sort_unstable();
    services.dedup();
    let ends: Vec<String> = regions.iter().map(|region| format!("{region}:")).collect();
    for service in services {
        let prefix = format!("arn:{partition}:{service}:");
        for front in &fronts {
            add(memory.after(front, &prefix, || theory.states_after(front, &prefix, &ends)).to_vec());
        }
        for arns in &named {
            add(ends.iter().map(|end| those_that_start(arns, &prefix, end)).collect());
        }
    }
    let mut seen: BTreeSet<Vec<Option<u32>>> = BTreeSet::new();
    regions
        .iter()
        .zip(signatures)
        .filter_map(|(region, signature)| seen.insert(signature).then(|| region.clone()))
        .collect()
}

/// The place of the first of `arns` that starts with `prefix` and `end`; none if none does. No ARN starts with the ends of
/// two Regions, so that the places differ where any does.
fn those_that_start(arns: &[String], prefix: &str, end: &str) -> Option<u32> {
    let starts = |arn: &String| arn.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(end));
    arns.iter().position(starts).and_then(|place| u32::try_from(place).ok())
}

/// The languages that a demand on a key names.
fn demanded(demand: &KeyDemand) -> Vec<Language> {
    match demand {
        KeyDemand::Absent | KeyDemand::List(_) | KeyDemand::Listing(_) => Vec::new(),
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

/// What stands before the fifth colon of a value.
fn front_of(raw: &str) -> &str {
    let end = raw.match_indices(':').nth(4).map_or(raw.len(), |(place, _)| place);
    raw.get(..end).unwrap_or(raw)
}

/// The front of a value under every reading of F4 and F10, anything behind it.
fn front_languages(text: &str) -> Vec<Language> {
    let mut languages = Vec::new();
    for wild in [CharacterSet::any(), CharacterSet::except(':')] {
        for fold in [false, true] {
            let mut builder = LanguageBuilder::new();
            if fold {
                builder.glob_ignoring_case(text, &wild);
            } else {
                builder.glob(text, &wild);
            }
            builder.star(CharacterSet::any());
            languages.push(builder.build());
        }
    }
    languages
}

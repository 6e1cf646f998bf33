//! Whether one value of a Resource element matches, under each reading of F4, F6, F7 and F10.

use std::collections::BTreeSet;

use super::super::glob::{PatternPiece, matches};
use super::super::scope::Scope;
use super::super::truth::Truth;
use super::super::variable::substitute_piece;
use crate::open_point::{OpenPoint, Reading, UncertainPredicate};
use crate::policy::PolicyType;
use crate::template::{Piece, Template};

/// How the undocumented points are read.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Leniency {
    /// F4: `*` and `?` before the fifth colon match a colon too.
    crosses: bool,
    /// F6: a wildcard in the service segment or the resource type is a wildcard.
    globs_anywhere: bool,
    /// F7: what a value of fewer than six parts matches.
    short: Short,
    /// F10: what letter case does not count in.
    fold: Fold,
}

/// What a value of fewer than six parts matches (F7).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Short {
    /// Nothing.
    Nothing,
    /// What it matches as it stands, if its wildcards cross colons.
    AsWritten,
    /// That, and what it matches with `*` for each missing part.
    Padded,
}

/// Where letter case does not count (F10).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    Nowhere,
    /// In partition, service, Region and account.
    Segments,
    /// There and in the names of IAM users.
    SegmentsAndUsers,
}

const STRICT: Leniency =
    Leniency { crosses: false, globs_anywhere: false, short: Short::Nothing, fold: Fold::Nowhere };
const LAX: Leniency =
    Leniency { crosses: true, globs_anywhere: true, short: Short::Padded, fold: Fold::SegmentsAndUsers };

/// Whether `value` matches the resource asked for; none if a variable in its resource part has no value.
pub(super) fn resource_value(
    scope: &mut Scope<'_>,
    value: &Template,
    policy_type: PolicyType,
) -> Option<Truth> {
    if value.raw == "*" {
        return Some(Truth::TRUE);
    }
    let (head, rest) = split(scope, value)?;
    if scope.resource == "*" {
        return Some(Truth::FALSE);
    }
    let resource = scope.resource;
    let value_parts = ResourceValue::new(scope, head, rest.as_deref());
    if !value_parts.matches(resource, LAX) {
        return Some(Truth::FALSE);
    }
    if value_parts.matches(resource, STRICT) {
        return Some(Truth::TRUE);
    }
    let (mut strict, mut lax, mut choice) = (STRICT, LAX, evaluator_choice(&value.raw, policy_type));
    let documented = choice;
    for point in POINTS {
        if let Some(reading) = scope.pinned(OpenPoint(point)) {
            let pinned = match reading {
                Reading::Evaluator => documented,
                Reading::Lower => STRICT,
                Reading::Upper => LAX,
            };
            [strict, lax, choice] = [strict, lax, choice].map(|each| with_point(each, point, pinned));
        }
    }
    let [lower, upper, evaluator] = [strict, lax, choice].map(|each| value_parts.matches(resource, each));
    let (facts, readings) = (scope.facts, scope.readings);
    Some(scope.uncertain_by(evaluator, lower, upper, || {
        let name = UncertainPredicate::resource_value(value, policy_type, |service| {
            facts.has_typeless_resource(service)
        });
        let free = |point: &u8| readings.pinned(OpenPoint(*point)).is_none();
        let changed = |leniency| value_parts.matches(resource, leniency) != evaluator;
        (name, deciding_points(choice, free, changed))
    }))
}

/// The documented choice: wildcards cross, misplaced ones match nothing, the segments fold, and a short value is
/// read as its policy type has it.
fn evaluator_choice(raw: &str, policy_type: PolicyType) -> Leniency {
    let padded = match policy_type {
        PolicyType::Identity | PolicyType::PermissionsBoundary | PolicyType::Session => true,
        PolicyType::ServiceControl => raw.ends_with('*'),
        PolicyType::Resource | PolicyType::VpcEndpoint | PolicyType::Trust => raw.contains(['*', '?']),
        PolicyType::ResourceControl => false,
    };
    let short = if padded { Short::Padded } else { Short::Nothing };
    Leniency { crosses: true, globs_anywhere: false, short, fold: Fold::Segments }
}

/// The points that a value can raise.
const POINTS: [u8; 4] = [4, 6, 7, 10];

/// `base` with one point read as `other` reads it.
fn with_point(base: Leniency, point: u8, other: Leniency) -> Leniency {
    match point {
        4 => Leniency { crosses: other.crosses, ..base },
        6 => Leniency { globs_anywhere: other.globs_anywhere, ..base },
        7 => Leniency { short: other.short, ..base },
        10 => Leniency { fold: other.fold, ..base },
        _ => base,
    }
}

/// The points of the smallest sets of free points that, read the other way, change the value. `changed` tells whether
/// the value under a leniency differs from that under `choice`.
fn deciding_points(
    choice: Leniency,
    free: impl Fn(&u8) -> bool,
    changed: impl Fn(Leniency) -> bool,
) -> Vec<OpenPoint> {
    let short = if choice.short == Short::Padded { Short::AsWritten } else { Short::Padded };
    let others = [Fold::Nowhere, Fold::SegmentsAndUsers].map(|fold| Leniency {
        crosses: !choice.crosses,
        globs_anywhere: !choice.globs_anywhere,
        short,
        fold,
    });
    let free: Vec<u8> = POINTS.into_iter().filter(free).collect();
    let subset = |set: u32| {
        (0..).zip(&free).filter(move |(bit, _): &(u32, &u8)| set & (1 << bit) != 0).map(|(_, point)| *point)
    };
    let mut deciding: BTreeSet<u8> = BTreeSet::new();
    for size in 1..=free.len() {
        for set in (0..1_u32 << free.len()).filter(|set| subset(*set).count() == size) {
            let changes = others.iter().any(|other| {
                changed(subset(set).fold(choice, |leniency, point| with_point(leniency, point, *other)))
            });
            if changes {
                deciding.extend(subset(set));
            }
        }
        if !deciding.is_empty() {
            break;
        }
    }
    deciding.into_iter().map(OpenPoint).collect()
}

/// A value cut at its fifth colon, its variables replaced.
struct ResourceValue<'a> {
    /// The text before the fifth colon; all of a shorter value.
    head: &'a str,
    /// What follows it; none for a shorter value.
    rest: Option<&'a [PatternPiece<'a>]>,
    /// It has a wildcard in the service segment or in the resource type (F6).
    misplaced: bool,
    /// It names IAM users.
    users: bool,
}

impl<'a> ResourceValue<'a> {
    fn new(scope: &Scope<'_>, head: &'a str, rest: Option<&'a [PatternPiece<'a>]>) -> Self {
        let service = head.split(':').nth(2).unwrap_or_default();
        let misplaced = service.contains(['*', '?'])
            || rest.is_some_and(|rest| wild_type(rest) && !scope.facts.has_typeless_resource(service));
        let users = service.eq_ignore_ascii_case("iam")
            && rest.and_then(<[_]>::first).is_some_and(|piece| piece.wild && piece.text.starts_with("user/"));
        Self { head, rest, misplaced, users }
    }

    fn matches(&self, resource: &str, leniency: Leniency) -> bool {
        if self.misplaced && !leniency.globs_anywhere {
            return false;
        }
        let fold = leniency.fold != Fold::Nowhere;
        let Some(rest) = self.rest else { return self.matches_short(resource, leniency, fold) };
        let fold_rest = self.users && leniency.fold == Fold::SegmentsAndUsers;
        if leniency.crosses {
            let [first, others] = head_pieces(self.head, fold);
            if rest.len() == 1
                && let Some(piece) = rest.first()
            {
                let piece = PatternPiece { fold: fold_rest, ..*piece };
                return matches(&[first, others, PatternPiece::literal(":"), piece], resource);
            }
            let mut pieces = vec![first, others, PatternPiece::literal(":")];
            pieces.extend(rest.iter().map(|piece| PatternPiece { fold: fold_rest, ..*piece }));
            return matches(&pieces, resource);
        }
        let mut parts = resource.splitn(6, ':');
        if !self.head_matches(&mut parts, fold) {
            return false;
        }
        let Some(resource_part) = parts.next() else { return false };
        let pieces: Vec<_> = rest.iter().map(|piece| PatternPiece { fold: fold_rest, ..*piece }).collect();
        matches(&pieces, resource_part)
    }

    fn matches_short(&self, resource: &str, leniency: Leniency, fold: bool) -> bool {
        let [first, others] = head_pieces(self.head, fold);
        match leniency.short {
            Short::Nothing => false,
            Short::AsWritten => leniency.crosses && matches(&[first, others], resource),
            Short::Padded if leniency.crosses => {
                let missing = 5_usize.saturating_sub(self.head.matches(':').count());
                let padding = ":*:*:*:*:*".get(..2 * missing).unwrap_or_default();
                matches(&[first, others], resource)
                    || matches(&[first, others, PatternPiece::wild(padding)], resource)
            }
            Short::Padded => {
                let mut parts = resource.splitn(6, ':');
                let given = self.head.matches(':').count() + 1;
                self.head_matches(&mut parts, fold) && parts.count() + given == 6
            }
        }
    }

    /// Takes as many of `parts` as the head has segments; whether each matches its own.
    fn head_matches<'r>(&self, parts: &mut impl Iterator<Item = &'r str>, fold: bool) -> bool {
        self.head.split(':').enumerate().all(|(index, segment)| {
            let pattern = PatternPiece { text: segment, wild: true, fold: fold && index > 0 };
            parts.next().is_some_and(|part| matches(&[pattern], part))
        })
    }
}

/// The head as a pattern: the letter case of its first segment, `arn`, always counts.
fn head_pieces(head: &str, fold: bool) -> [PatternPiece<'_>; 2] {
    let end = head.find(':').unwrap_or(head.len());
    let (first, others) = head.split_at_checked(end).unwrap_or((head, ""));
    [PatternPiece::wild(first), PatternPiece { text: others, wild: true, fold }]
}

/// True if the resource type, the resource part up to `/` or `:`, holds a wildcard and the part is not `*` alone.
fn wild_type(rest: &[PatternPiece<'_>]) -> bool {
    if let [PatternPiece { text: "*", wild: true, .. }] = rest {
        return false;
    }
    for piece in rest.iter().filter(|piece| piece.wild) {
        if let Some(index) = piece.text.find(['/', ':', '*', '?']) {
            return piece.text.get(index..).is_some_and(|found| found.starts_with(['*', '?']));
        }
    }
    false
}

/// The text before the fifth colon, and the pattern behind it; the whole text and none for a value of fewer parts.
type Parts<'v> = (&'v str, Option<Vec<PatternPiece<'v>>>);

/// `value` cut at its fifth colon; none if a variable behind it has no value. Variables stand behind the fifth colon
/// only: a value with one before it is plain text throughout.
fn split<'v>(scope: &Scope<'v>, value: &'v Template) -> Option<Parts<'v>> {
    let fifth_colon = |text: &'v str| {
        let (place, _) = text.match_indices(':').nth(4)?;
        Some((text.get(..place)?, text.get(place + 1..)?))
    };
    if let Some((Piece::Text(first), others)) = value.pieces.split_first()
        && let Some((head, tail)) = fifth_colon(first)
    {
        let mut rest = Vec::with_capacity(value.pieces.len());
        rest.push(PatternPiece::wild(tail));
        for piece in others {
            rest.push(substitute_piece(scope, piece, true)?);
        }
        return Some((head, Some(rest)));
    }
    match fifth_colon(&value.raw) {
        Some((head, tail)) => Some((head, Some(vec![PatternPiece::wild(tail)]))),
        None => Some((&value.raw, None)),
    }
}

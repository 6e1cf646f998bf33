//! Whether one value of a Resource element matches, under each reading of F4, F6, F7 and F10.

use super::super::glob::{PatternPiece, matches};
use super::super::scope::Scope;
use super::super::truth::Truth;
use super::super::variable::substitute_piece;
use crate::open_point::{OpenPoint, UncertainPredicate};
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
    let choice = evaluator_choice(value_parts.raw_ends(value), policy_type);
    let evaluator = value_parts.matches(resource, choice);
    let facts = scope.facts;
    Some(scope.uncertain_by(evaluator, false, true, || {
        let name = UncertainPredicate::resource_value(value, policy_type, |service| {
            facts.has_typeless_resource(service)
        });
        (name, deciding_points(choice, |leniency| value_parts.matches(resource, leniency) != evaluator))
    }))
}

/// The documented choice: wildcards cross, misplaced ones match nothing, the segments fold, and a short value is
/// read as its policy type has it.
fn evaluator_choice(ends: Ends, policy_type: PolicyType) -> Leniency {
    let padded = match policy_type {
        PolicyType::Identity | PolicyType::PermissionsBoundary | PolicyType::Session => true,
        PolicyType::ServiceControl => ends.trailing_star,
        PolicyType::Resource | PolicyType::VpcEndpoint | PolicyType::Trust => ends.wildcard,
        PolicyType::ResourceControl => false,
    };
    let short = if padded { Short::Padded } else { Short::Nothing };
    Leniency { crosses: true, globs_anywhere: false, short, fold: Fold::Segments }
}

/// What F7 asks of a short value.
#[derive(Clone, Copy)]
struct Ends {
    wildcard: bool,
    trailing_star: bool,
}

/// The points of the smallest sets of points that, read the other way, change the value. `changed` tells whether the
/// value under a leniency differs from that under `choice`.
fn deciding_points(choice: Leniency, changed: impl Fn(Leniency) -> bool) -> Vec<OpenPoint> {
    let other_short = if choice.short == Short::Padded { Short::AsWritten } else { Short::Padded };
    let mut found = [false; 4];
    for size in 1..=4 {
        for set in 1_u8..16 {
            if set.count_ones() != size {
                continue;
            }
            let [crossing, anywhere, short, fold] = [1, 2, 4, 8].map(|bit| set & bit != 0);
            let mut leniency = choice;
            if crossing {
                leniency.crosses = !choice.crosses;
            }
            if anywhere {
                leniency.globs_anywhere = !choice.globs_anywhere;
            }
            if short {
                leniency.short = other_short;
            }
            let folds: &[Fold] = if fold {
                &[Fold::Nowhere, Fold::SegmentsAndUsers]
            } else {
                std::slice::from_ref(&choice.fold)
            };
            if folds.iter().any(|fold| changed(Leniency { fold: *fold, ..leniency })) {
                found = [found[0] || crossing, found[1] || anywhere, found[2] || short, found[3] || fold];
            }
        }
        if found.contains(&true) {
            break;
        }
    }
    [4, 6, 7, 10]
        .into_iter()
        .zip(found)
        .filter(|(_, found)| *found)
        .map(|(point, _)| OpenPoint(point))
        .collect()
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

    fn raw_ends(&self, value: &Template) -> Ends {
        Ends { wildcard: self.head.contains(['*', '?']), trailing_star: value.raw.ends_with('*') }
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

/// The text of `value` before its fifth colon, where variables are plain text, and the pattern behind it. The
/// outer none: a variable there has no value.
type Split<'v> = Option<(&'v str, Option<Vec<PatternPiece<'v>>>)>;

fn split<'v, 's: 'v>(scope: &Scope<'s>, value: &'v Template) -> Split<'v> {
    let raw = value.raw.as_str();
    let Some((colon, _)) = raw.match_indices(':').nth(4) else { return Some((raw, None)) };
    let (head, tail) = (raw.get(..colon).unwrap_or_default(), raw.get(colon + 1..).unwrap_or_default());
    if let [Piece::Text(_)] = value.pieces.as_slice() {
        return Some((head, Some(vec![PatternPiece::wild(tail)])));
    }
    let mut rest = Vec::with_capacity(value.pieces.len());
    let mut start = 0;
    for piece in &value.pieces {
        let end = start + raw_length(piece, raw.get(start..).unwrap_or_default());
        if start > colon {
            rest.push(scoped_piece(scope, piece)?);
        } else if end > colon {
            // A variable that starts before the fifth colon is text as well.
            rest.push(PatternPiece::wild(raw.get(colon + 1..end).unwrap_or_default()));
        }
        start = end;
    }
    Some((head, Some(rest)))
}

fn scoped_piece<'v, 's: 'v>(scope: &Scope<'s>, piece: &'v Piece) -> Option<PatternPiece<'v>> {
    substitute_piece(scope, piece, true)
}

/// How many bytes `piece`, which starts `raw`, takes there.
fn raw_length(piece: &Piece, raw: &str) -> usize {
    match piece {
        Piece::Text(text) => text.len(),
        Piece::Literal(character) => "${}".len() + character.len_utf8(),
        Piece::Variable { default: None, .. } => raw.find('}').map_or(raw.len(), |end| end + 1),
        Piece::Variable { default: Some(default), .. } => {
            let quote = raw.find('\'').unwrap_or(raw.len());
            let closing = quote + default.len() + "''".len();
            let tail = raw.get(closing..).unwrap_or_default();
            closing + tail.find('}').map_or(tail.len(), |end| end + 1)
        }
    }
}

//! Characters of texts as characters of SMT-LIB, which ends at U+2FFFF where Unicode ends at U+10FFFF.
//!
//! Characters that no language and no literal of the claim tells apart are a class. One renaming of characters, the same
//! for all texts, keeps what a claim says as long as it leads from each class into a class of its own and takes different
//! characters to different ones. So characters past the end are renamed into a stretch that the claim does not look
//! into: each as itself where it is alone in its class, and a class of many as [`ROOM`] characters. Texts with at
//! most so many different characters of one class can all be renamed, and no request has more: it would be
//! longer than AWS takes. Characters of ASCII are never renamed: letter case, numbers, dates and ARNs are written in them.

use std::collections::BTreeSet;

use ringfence_kernel::{Atom, Claim, Language, Part, TemplatePart};

use super::ScriptError;

/// The last character of SMT-LIB's strings.
const END: u32 = 0x2_FFFF;
/// The last character of texts.
const LAST: u32 = 0x10_FFFF;
/// The first character that may be renamed to.
const AFTER_ASCII: u32 = 0x80;
/// Characters that stand for a class with more of them.
const ROOM: u32 = 1_024;

/// How the characters of one claim are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Alphabet {
    /// Classes past the end: first and last character, and the first of those that they are renamed to.
    renamed: Vec<(u32, u32, u32)>,
    /// The stretch that they are renamed to, and up to which character.
    reserved: Option<(u32, u32)>,
}

impl Alphabet {
    /// The alphabet for everything that `claim` says.
    pub(super) fn new(claim: &Claim) -> Result<Self, ScriptError> {
        let cuts = cuts(claim);
        let past_end: Vec<u32> = cuts.range(END + 1..=LAST).copied().collect();
        let last_cut = cuts.range(..=END).next_back().copied().unwrap_or(0);
        // What lies past the end is in one class with enough of what lies before it.
        if past_end.is_empty() && END - last_cut >= ROOM {
            return Ok(Self::default());
        }
        let starts: BTreeSet<u32> = past_end.into_iter().chain([END + 1]).collect();
        let ends = starts.iter().skip(1).map(|start| start - 1).chain([LAST]);
        let classes: Vec<(u32, u32)> = starts.iter().copied().zip(ends).collect();
        let needed: u32 = classes.iter().map(|(first, last)| (last - first + 1).min(ROOM)).sum();
        let low: BTreeSet<u32> =
            cuts.range(AFTER_ASCII..=END).copied().chain([AFTER_ASCII, END + 1]).collect();
        let gaps = low.iter().zip(low.iter().skip(1)).map(|(first, after)| (after - first, *first));
        let (size, first) = gaps.max().unwrap_or((0, AFTER_ASCII));
        if size < needed.saturating_add(ROOM) {
            return Err(ScriptError::Characters);
        }
        let mut next = first;
        let mut renamed = Vec::new();
        for (start, end) in classes {
            renamed.push((start, end, next));
            next += (end - start + 1).min(ROOM);
        }
        Ok(Self { renamed, reserved: Some((first, next - 1)) })
    }

    /// The characters of the ranges, as ascending ranges with others between them.
    pub(super) fn ranges(&self, ranges: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        for (low, high) in ranges {
            let before_end = (*low, (*high).min(END));
            match self.reserved {
                // A range holds all of the stretch or nothing of it.
                Some((first, last)) if before_end.0 <= first && last <= before_end.1 => {
                    found.extend([(before_end.0, first - 1), (last + 1, before_end.1)]);
                }
                Some(_) | None => found.push(before_end),
            }
            let within = self.renamed.iter().filter(|(first, last, _)| low <= first && last <= high);
            found.extend(within.map(|(first, last, to)| (*to, to + (last - first).min(ROOM - 1))));
        }
        found.retain(|(low, high)| low <= high);
        found.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::new();
        for (low, high) in found {
            match merged.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                Some(_) | None => merged.push((low, high)),
            }
        }
        merged
    }

    /// Whether the ranges, as [`Alphabet::ranges`] gives them, are all characters.
    pub(super) fn is_all(ranges: &[(u32, u32)]) -> bool {
        ranges == [(0, END)]
    }

    /// The text in quotes. What is not printable ASCII, and what could be read as an escape, is escaped.
    pub(super) fn quoted(&self, text: &str) -> String {
        let mut quoted = String::from("\"");
        for character in text.chars().map(u32::from) {
            push(&mut quoted, self.character(character));
        }
        quoted.push('"');
        quoted
    }

    fn character(&self, character: u32) -> u32 {
        let class = self.renamed.iter().find(|(first, last, _)| (*first..=*last).contains(&character));
        // A character of a text is alone in its class.
        class.map_or(character, |class| class.2)
    }
}

/// One character of SMT-LIB in quotes.
pub(super) fn quoted_character(character: u32) -> String {
    let mut quoted = String::from("\"");
    push(&mut quoted, character);
    quoted.push('"');
    quoted
}

/// Text for a comment: printable ASCII alone, so that it cannot end.
pub(super) fn remark(text: &str) -> String {
    let mut written = String::new();
    for character in text.chars() {
        match character {
            ' '..='~' => written.push(character),
            _ => written.push_str(&escaped(u32::from(character))),
        }
    }
    written
}

fn push(quoted: &mut String, character: u32) {
    match char::from_u32(character) {
        Some('"') => quoted.push_str("\"\""),
        // A backslash alone is no escape, but what follows may make it one.
        Some(plain @ ' '..='~') if plain != '\\' => quoted.push(plain),
        Some(_) | None => quoted.push_str(&escaped(character)),
    }
}

fn escaped(character: u32) -> String {
    format!("\\u{{{character:x}}}")
}

/// The characters at which some language or literal begins to tell apart.
fn cuts(claim: &Claim) -> BTreeSet<u32> {
    let mut cuts = BTreeSet::new();
    claim.languages.iter().for_each(|language| cut_by(language, &mut cuts));
    for atom in &claim.atoms {
        if let Atom::Template { parts, .. } = atom {
            for part in parts {
                match part {
                    TemplatePart::Pattern(text) | TemplatePart::Literal(text) => cut_at(text, &mut cuts),
                    TemplatePart::Value(_) => {}
                }
            }
        }
    }
    cuts
}

fn cut_by(language: &Language, cuts: &mut BTreeSet<u32>) {
    for part in &language.parts {
        match part {
            Part::Text(text) => cut_at(text, cuts),
            Part::One(ranges) | Part::Star(ranges) => {
                cuts.extend(ranges.iter().flat_map(|(low, high)| [*low, high.saturating_add(1)]));
            }
            Part::Alternatives(texts) => texts.iter().for_each(|text| cut_at(text, cuts)),
            Part::Choice(languages) => languages.iter().for_each(|language| cut_by(language, cuts)),
        }
    }
}

fn cut_at(text: &str, cuts: &mut BTreeSet<u32>) {
    cuts.extend(text.chars().flat_map(|character| [u32::from(character), u32::from(character) + 1]));
}

#[cfg(test)]
mod tests;

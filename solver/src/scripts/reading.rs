//! Texts as numbers, instants and addresses.
//!
//! SMT-LIB cannot say what a text reads as. So whether it does, and as what, are symbols of their own, and facts tie them
//! to the text: what reads so is in a language that the kernel knows (`ringfence_kernel::components`); what compares so, too;
//! a text that a script names reads as our own parsers say; equal texts read alike. All of these hold of every text, and they do
//! not say everything: that nothing fits is right, that something does may be wrong.

use ringfence_kernel::{Atom, Attribute, Claim, Domain, Kind, Language, components};

use super::alphabet::Alphabet;
use super::atom::text;
use super::language::membership;
use super::scope::Scope;
use crate::decimal::Decimal;
use crate::text::{parse_address, parse_instant};

/// Says that the attribute's text reads so.
pub(super) fn reads(attribute: u32, kind: Kind) -> String {
    format!("reads-{}-{attribute}", word(kind))
}

/// What the text reads as; none for addresses.
pub(super) fn value(attribute: u32, kind: Kind) -> Option<String> {
    match kind {
        Kind::Number | Kind::Instant => Some(format!("{}-{attribute}", word(kind))),
        Kind::Address => None,
    }
}

/// The number as a real constant; none if the text is none.
pub(super) fn real(text: &str) -> Option<String> {
    Decimal::parse(text).map(|number| written(&number))
}

/// The symbols of a reading, with their sorts.
pub(super) fn symbols(attribute: u32, kind: Kind) -> Vec<(String, &'static str)> {
    let mut symbols = vec![(reads(attribute, kind), "Bool")];
    match value(attribute, kind) {
        Some(value) => symbols.push((value, "Real")),
        None => symbols.extend([
            (format!("is-v6-{attribute}"), "Bool"),
            (format!("v4-{attribute}"), "(_ BitVec 32)"),
            (format!("v6-{attribute}"), "(_ BitVec 128)"),
        ]),
    }
    symbols
}

/// That the text is an address within the prefix; none if that is no prefix.
pub(super) fn within(attribute: u32, prefix: &str) -> Option<String> {
    let (address, length) = prefix.split_once('/')?;
    let (v6, bits) = parse_address(address)?;
    let (family, width, all) = if v6 { ("v6", 128, u128::MAX) } else { ("v4", 32, u128::from(u32::MAX)) };
    let free = u32::checked_sub(width, length.parse().ok()?)?;
    let mask = all & all.checked_shl(free).unwrap_or(0);
    let same =
        format!("(= (bvand {family}-{attribute} {}) {})", bit_vector(v6, mask), bit_vector(v6, bits & mask));
    Some(format!("(and {} {} {same})", reads(attribute, Kind::Address), of_family(attribute, v6)))
}

/// What is true of all readings in a script.
pub(super) fn facts(scope: &Scope<'_>, alphabet: &Alphabet) -> Vec<String> {
    let mut facts = Vec::new();
    for (attribute, kind) in &scope.readings {
        if scope.readings.contains(&(*attribute, Kind::Instant)) && *kind == Kind::Number {
            let both = [Kind::Number, Kind::Instant].map(|kind| reads(*attribute, kind)).join(" ");
            facts.push(format!("(=> (and {both}) (= number-{attribute} instant-{attribute}))"));
        }
        if !scope.texts.contains(attribute) {
            continue;
        }
        let in_language = |language: &Language| membership(&text(*attribute), language, alphabet);
        let reads_so = Atom::Reads(0, *kind);
        if let Some(language) = language(&[(reads_so.clone(), true)]) {
            facts.push(format!("(=> {} {})", reads(*attribute, *kind), in_language(&language)));
        }
        for only in scope.constants(*attribute) {
            let same = format!("(= {} {})", text(*attribute), alphabet.quoted(&only));
            facts.push(format!("(=> {same} {})", reads_as(*attribute, *kind, &only)));
        }
        for (other, _) in
            scope.readings.range((attribute + 1, Kind::Number)..).filter(|entry| entry.1 == *kind)
        {
            if scope.texts.contains(other) {
                facts.push(alike(*attribute, *other, *kind));
            }
        }
    }
    facts
}

/// What an atom says about the text itself when it is true, and when it is false of a text that reads so.
pub(super) fn fact_of_atom(scope: &Scope<'_>, alphabet: &Alphabet, atom: &Atom, term: &str) -> Vec<String> {
    let (attribute, kind, general) = match atom {
        Atom::Compares(attribute, kind, comparison, constant) => {
            (*attribute, *kind, Atom::Compares(0, *kind, *comparison, constant.clone()))
        }
        Atom::Within(attribute, prefix) => (*attribute, Kind::Address, Atom::Within(0, prefix.clone())),
        Atom::Flag(_)
        | Atom::Chosen(..)
        | Atom::Matches(..)
        | Atom::Template { .. }
        | Atom::Equal(..)
        | Atom::Reads(..)
        | Atom::InstantsWithin(..) => return Vec::new(),
    };
    if !scope.texts.contains(&attribute) {
        return Vec::new();
    }
    let in_language = |language: &Language| membership(&text(attribute), language, alphabet);
    let mut facts = Vec::new();
    if let Some(language) = language(&[(general.clone(), true)]) {
        facts.push(format!("(=> {term} {})", in_language(&language)));
    }
    let otherwise = [(general, false), (Atom::Reads(0, kind), true)];
    if kind != Kind::Address
        && let Some(language) = language(&otherwise)
    {
        let condition = format!("(and {} (not {term}))", reads(attribute, kind));
        facts.push(format!("(=> {condition} {})", in_language(&language)));
    }
    facts
}

/// The kernel's language of the first atom, which is about attribute 0, where all are as said.
fn language(literals: &[(Atom, bool)]) -> Option<Language> {
    let claim = Claim {
        format: Claim::FORMAT.to_owned(),
        languages: Vec::new(),
        attributes: vec![Attribute { name: String::new(), domain: Domain::Any }],
        atoms: literals.iter().map(|(atom, _)| atom.clone()).collect(),
        variables: u32::try_from(literals.len()).ok()?,
        clauses: Vec::new(),
    };
    let clause: Vec<i32> = literals
        .iter()
        .zip(1..)
        .map(|((_, holds), variable)| if *holds { -variable } else { variable })
        .collect();
    let found = components(&claim, &clause, 0, &[0]).ok()?;
    found.into_iter().find(|component| component.inside).map(|component| component.language)
}

/// What the text, which is `only`, reads as.
fn reads_as(attribute: u32, kind: Kind, only: &str) -> String {
    let reads = reads(attribute, kind);
    let no = format!("(not {reads})");
    let number = match kind {
        Kind::Number => Decimal::parse(only),
        Kind::Instant => parse_instant(only),
        Kind::Address => {
            return parse_address(only).map_or(no, |(v6, bits)| {
                let family = if v6 { "v6" } else { "v4" };
                let same = format!("(= {family}-{attribute} {})", bit_vector(v6, bits));
                format!("(and {reads} {} {same})", of_family(attribute, v6))
            });
        }
    };
    number.map_or(no, |number| format!("(and {reads} (= {}-{attribute} {}))", word(kind), written(&number)))
}

/// That two attributes read alike if their texts are equal.
fn alike(left: u32, right: u32, kind: Kind) -> String {
    let pairs = symbols(left, kind).into_iter().zip(symbols(right, kind));
    let same: Vec<String> = pairs.map(|((left, _), (right, _))| format!("(= {left} {right})")).collect();
    format!("(=> (= {} {}) (and {}))", text(left), text(right), same.join(" "))
}

fn of_family(attribute: u32, v6: bool) -> String {
    if v6 { format!("is-v6-{attribute}") } else { format!("(not is-v6-{attribute})") }
}

fn bit_vector(v6: bool, bits: u128) -> String {
    if v6 { format!("#x{bits:032x}") } else { format!("#x{bits:08x}") }
}

fn written(number: &Decimal) -> String {
    let text = number.to_string();
    let (negative, size) = match text.strip_prefix('-') {
        Some(size) => (true, size),
        None => (false, text.as_str()),
    };
    let size = if size.contains('.') { size.to_owned() } else { format!("{size}.0") };
    if negative { format!("(- {size})") } else { size }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "number",
        Kind::Instant => "instant",
        Kind::Address => "address",
    }
}

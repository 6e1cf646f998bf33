//! No address is within some prefixes and outside others.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Prefix, last, prefix};
use crate::claim::{Atom, Domain};
use crate::premises::Premises;
use crate::rejection::LemmaFault;

/// What is known of the address that one text is.
#[derive(Debug, Default)]
struct Known {
    /// The text is an address.
    is_address: bool,
    /// It is said to be none.
    is_none: bool,
    within: Vec<Prefix>,
    outside: Vec<Prefix>,
}

/// Accepts if the premises leave no address for one of the texts.
pub(super) fn contradict(premises: &Premises<'_>) -> Result<(), LemmaFault> {
    let mut texts: BTreeMap<u32, Known> = BTreeMap::new();
    let domains: BTreeSet<u32> = premises
        .attributes
        .iter()
        .filter(|attribute| premises.domain(**attribute) == Some(&Domain::Address))
        .map(|attribute| premises.leader(*attribute))
        .collect();
    for (atom, holds) in &premises.atoms {
        match atom {
            Atom::IsAddress(attribute) => {
                let known = texts.entry(premises.leader(*attribute)).or_default();
                known.is_address |= holds;
                known.is_none |= !holds;
            }
            Atom::Within(attribute, text) => {
                let known = texts.entry(premises.leader(*attribute)).or_default();
                known.is_address |= holds;
                let list = if *holds { &mut known.within } else { &mut known.outside };
                list.push(prefix(text).ok_or(LemmaFault::NoMeaning)?);
            }
            Atom::Flag(_)
            | Atom::Chosen(..)
            | Atom::Matches(..)
            | Atom::Template { .. }
            | Atom::Equal(..)
            | Atom::IsNumber(_)
            | Atom::Number(..)
            | Atom::IsInstant(_)
            | Atom::Instant(..)
            | Atom::InstantsWithin(..) => {}
        }
    }
    let impossible = |(text, known): (&u32, &Known)| {
        let is_address = known.is_address || domains.contains(text);
        is_address && (known.is_none || (is_empty(known, false) && is_empty(known, true)))
    };
    if texts.iter().any(impossible) { Ok(()) } else { Err(LemmaFault::NoConflict) }
}

/// Whether no address of the family is within all of `within` and none of `outside`.
fn is_empty(known: &Known, v6: bool) -> bool {
    if known.within.iter().any(|prefix| prefix.v6 != v6) {
        return true;
    }
    let low = known.within.iter().map(|prefix| prefix.low).max().unwrap_or(0);
    let high = known.within.iter().map(|prefix| prefix.high).min().unwrap_or(last(v6));
    let mut outside: Vec<&Prefix> = known.outside.iter().filter(|prefix| prefix.v6 == v6).collect();
    outside.sort_unstable_by_key(|prefix| prefix.low);
    // The first address that no prefix so far has excluded.
    let mut next = low;
    for prefix in outside {
        if next > high || prefix.low > next {
            break;
        }
        match prefix.high.checked_add(1) {
            Some(after) => next = next.max(after),
            None => return true,
        }
    }
    next > high
}

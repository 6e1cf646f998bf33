//! No address is within some prefixes and outside others.

use crate::address::{Prefix, last, prefix};
use crate::claim::{Atom, Kind};
use crate::premises::Premises;
use crate::rejection::LemmaFault;

/// Accepts if the premises leave no address for one of the texts that are addresses.
pub(super) fn contradict(premises: &Premises<'_>) -> Result<(), LemmaFault> {
    for (text, kind) in &premises.reads {
        let (mut within, mut outside) = (Vec::new(), Vec::new());
        for (atom, holds) in &premises.atoms {
            if let Atom::Within(attribute, written) = atom
                && premises.leader(*attribute) == *text
            {
                let list = if *holds { &mut within } else { &mut outside };
                list.push(prefix(written).ok_or(LemmaFault::NoMeaning)?);
            }
        }
        let is_none = |(atom, holds): &(&Atom, bool)| {
            let Atom::Reads(attribute, Kind::Address) = atom else { return false };
            !holds && premises.leader(*attribute) == *text
        };
        let empty = |v6: bool| is_empty(&within, &mut outside.clone(), v6);
        if *kind == Kind::Address && (premises.atoms.iter().any(is_none) || (empty(false) && empty(true))) {
            return Ok(());
        }
    }
    Err(LemmaFault::NoConflict)
}

/// Whether no address of the family is within all of `within` and none of `outside`.
fn is_empty(within: &[Prefix], outside: &mut Vec<Prefix>, v6: bool) -> bool {
    if within.iter().any(|prefix| prefix.v6 != v6) {
        return true;
    }
    let high = within.iter().map(|prefix| prefix.high).min().unwrap_or(last(v6));
    outside.retain(|prefix| prefix.v6 == v6);
    outside.sort_unstable_by_key(|prefix| prefix.low);
    // The first address that no prefix so far has excluded.
    let mut next = within.iter().map(|prefix| prefix.low).max().unwrap_or(0);
    for prefix in outside {
        if prefix.low > next {
            break;
        }
        match prefix.high.checked_add(1) {
            Some(after) => next = next.max(after),
            None => return true,
        }
    }
    next > high
}

//! Attributes whose texts are also read as numbers, instants or addresses.

use std::collections::{BTreeMap, BTreeSet};

use super::concretise::{Concretiser, Group, Solved};
use super::templates::Instance;
use crate::backend::Literal;
use crate::decimal::Decimal;
use crate::formula::Domain;
use crate::interpretation::Interpretation;
use crate::term::{Atom, Attribute, Comparison, Prefix};
use crate::text::{print_address, print_instant};
use crate::wildcard::reading::Against;
use crate::wildcard::{Language, Reading};

/// What a text may read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Number,
    Instant,
    Address,
}

/// For the kinds that matter whether the text reads so.
pub(super) type Kinds = BTreeMap<Kind, bool>;

impl Kind {
    pub(super) fn of(reading: &Reading) -> Self {
        match reading {
            Reading::Number(_) => Self::Number,
            Reading::Instant(_) => Self::Instant,
            Reading::Address(_) => Self::Address,
        }
    }

    /// All texts that read so.
    pub(super) fn all(self) -> Reading {
        match self {
            Self::Number => Reading::Number(None),
            Self::Instant => Reading::Instant(None),
            Self::Address => Reading::Address(None),
        }
    }
}

pub(super) fn kind_of_domain(domain: Domain) -> Option<Kind> {
    domain.reading().as_ref().map(Kind::of)
}

impl Concretiser<'_> {
    /// An attribute that is also read as number, instant or address: plain texts from the cells that the constants
    /// make, then any text.
    ///
    /// A comparison means something only where the text reads as it needs: Z3 gives it a value in any case. So each
    /// way in which the text may read or not is a case of its own, and a lemma is the union of the conflicts of all
    /// cases: whatever a text reads as, it contradicts one of these literals.
    pub(super) fn solve_mixed(
        &mut self,
        group: &Group,
        literals: &[Literal],
        templates: &[Instance],
    ) -> Solved {
        let mut candidates = Vec::new();
        for member in &group.members {
            candidates.extend(self.proposed(*member));
        }
        candidates.extend(self.cells(literals));
        let fits = |text: &String| {
            literals.iter().all(|literal| self.fulfils(*literal, text))
                && group.members.iter().all(|member| self.in_domain(*member, text))
                && templates.iter().all(|instance| instance.language.accepts(text) == instance.positive)
        };
        if let Some(text) = candidates.into_iter().find(fits) {
            return Solved::Text(text);
        }
        let sure: BTreeSet<Kind> =
            group.members.iter().filter_map(|member| kind_of_domain(self.formula.domain(*member))).collect();
        let comparisons: BTreeMap<Literal, Kind> = literals
            .iter()
            .filter(|literal| literal.positive)
            .filter_map(|literal| Some((literal.negated(), self.reading(*literal)?)))
            .filter(|(_, reading)| !reading.is_all())
            .map(|(literal, reading)| (literal, Kind::of(&reading)))
            .collect();
        let compared: BTreeSet<Kind> = comparisons.values().copied().collect();
        let mut cases = vec![Kinds::new()];
        for kind in compared {
            let unread = if sure.contains(&kind) { Vec::new() } else { cases.clone() };
            for case in &mut cases {
                case.insert(kind, true);
            }
            cases.extend(unread.into_iter().map(|mut case| {
                case.insert(kind, false);
                case
            }));
        }
        let mut clash = BTreeSet::new();
        let mut undecided = false;
        // With the instant that Z3 chose first: others may be so many seconds from it.
        let chosen = group.members.iter().find_map(|member| self.chosen_instant(*member));
        if let (Some(reading), Some(case)) = (&chosen, cases.first())
            && let Solved::Text(text) = self.decide(group, literals, templates, case, Some(reading))
        {
            return Solved::Text(text);
        }
        for case in cases {
            match self.decide(group, literals, templates, &case, None) {
                Solved::Text(text) => return Solved::Text(text),
                // Where nothing was taken for granted and no comparison is among the reasons, all other cases end in
                // the same conflict.
                Solved::Lemma(lemma)
                    if case.values().all(|read| *read)
                        && !lemma.iter().any(|literal| comparisons.contains_key(literal)) =>
                {
                    return Solved::Lemma(lemma);
                }
                Solved::Lemma(lemma) => clash.extend(lemma),
                Solved::Undecided => undecided = true,
            }
        }
        if undecided { Solved::Undecided } else { Solved::Lemma(clash.into_iter().collect()) }
    }

    /// The instant that Z3 gave to an attribute that is always one.
    fn chosen_instant(&self, attribute: Attribute) -> Option<Reading> {
        if self.formula.domain(attribute) != Domain::Instant {
            return None;
        }
        let number = self.assignment.numbers.get(attribute.0 as usize)?.as_ref()?;
        Some(Reading::Instant(Some(Against::new(Comparison::Equal, number))))
    }

    /// What the atom says of its attribute's text, if it is about what the text reads as.
    pub(super) fn reading(&self, literal: Literal) -> Option<Reading> {
        Some(self.formula.terms.atom(literal.atom)?.reading()?.1)
    }

    /// The text that Z3's values for the attribute make, and a plain default of its domain.
    fn proposed(&self, attribute: Attribute) -> Vec<String> {
        let index = attribute.0 as usize;
        let number = self.assignment.numbers.get(index).cloned().flatten();
        let address = self.assignment.addresses.get(index).copied().flatten();
        let mut texts = Vec::new();
        let instant = self.formula.domain(attribute) == Domain::Instant;
        texts.extend(number.map(|number| if instant { print_instant(&number) } else { number.to_string() }));
        texts.extend(address.map(|(v6, bits)| print_address(v6, bits)));
        texts.push(
            match self.formula.domain(attribute) {
                Domain::Text(_) => "x",
                Domain::Number => "0",
                Domain::Instant => "2026-01-01T00:00:00Z",
                Domain::Address => "192.0.2.1",
            }
            .to_owned(),
        );
        texts
    }

    /// Representatives of the cells that the constants of these literals cut; instants last with a fraction too, which
    /// products of their automata rarely reach within the limit.
    fn cells(&self, literals: &[Literal]) -> Vec<String> {
        let mut texts = Vec::new();
        let mut with_fraction = Vec::new();
        for literal in literals {
            match self.formula.terms.atom(literal.atom) {
                Some(Atom::Number(_, _, constant)) => {
                    texts.extend(around(constant).iter().map(ToString::to_string));
                }
                Some(Atom::Instant(_, _, constant)) => {
                    let plain = around(constant).map(|instant| print_instant(&instant));
                    let clocks = plain.iter().filter_map(|text| text.strip_suffix('Z'));
                    with_fraction.extend(clocks.map(|clock| format!("{clock}.0Z")));
                    texts.extend(plain);
                }
                Some(Atom::Within(_, prefix)) => texts.extend(prefix_edges(prefix)),
                _ => {}
            }
        }
        texts.extend(with_fraction);
        texts
    }

    pub(super) fn exact_text(&self, literal: Literal) -> Option<String> {
        match self.formula.terms.atom(literal.atom) {
            Some(Atom::Matches(_, language)) if literal.positive => {
                self.formula.languages.get(*language).and_then(Language::single_text)
            }
            _ => None,
        }
    }

    /// Whether the literal holds when its attribute has this text.
    fn fulfils(&self, literal: Literal, text: &str) -> bool {
        let Some(atom) = self.formula.terms.atom(literal.atom) else { return false };
        let trial = Interpretation {
            texts: vec![text.to_owned(); self.formula.attributes.len()],
            ..Interpretation::default()
        };
        trial.atom(self.formula, atom) == literal.positive
    }

    pub(super) fn in_domain(&self, attribute: Attribute, text: &str) -> bool {
        match self.formula.domain(attribute) {
            Domain::Text(None) => true,
            Domain::Text(Some(language)) => {
                self.formula.languages.get(language).is_some_and(|language| language.accepts(text))
            }
            Domain::Number => Decimal::parse(text).is_some(),
            Domain::Instant => crate::text::parse_instant(text).is_some(),
            Domain::Address => crate::text::parse_address(text).is_some(),
        }
    }
}

/// A constant with a number on either side of it.
pub(super) fn around(constant: &Decimal) -> [Decimal; 3] {
    [constant.clone(), constant.plus(&Decimal::from_integer(1)), constant.plus(&Decimal::from_integer(-1))]
}

/// The first and last address of a prefix, and their neighbours outside.
pub(super) fn prefix_edges(prefix: &Prefix) -> Vec<String> {
    let width: u32 = if prefix.v6 { 128 } else { 32 };
    let free = width.saturating_sub(u32::from(prefix.length));
    let largest: u128 = if prefix.v6 { u128::MAX } else { 0xFFFF_FFFF };
    let span = 1_u128.checked_shl(free).map_or(u128::MAX, |size| size - 1).min(largest);
    let last = prefix.bits.saturating_add(span).min(largest);
    let mut edges = vec![prefix.bits, last];
    edges.extend(last.checked_add(1).filter(|next| *next <= largest));
    edges.extend(prefix.bits.checked_sub(1));
    edges.into_iter().map(|bits| print_address(prefix.v6, bits)).collect()
}

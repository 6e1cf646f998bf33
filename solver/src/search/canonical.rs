//! The canonical interpretation: the first in a fixed order, whatever Z3 found first.

use rustc_hash::FxHashMap;

use super::concretise::Texts;
use super::mixed::{around, prefix_edges};
use super::{Outcome, Search};
use crate::backend::{Assignment, Literal};
use crate::formula::Domain;
use crate::interpretation::Interpretation;
use crate::term::{Atom, AtomId, Attribute, Choice, Comparison, Flag};
use crate::text::parse_address;

impl Search<'_> {
    /// The least interpretation under `assumptions`: first the choices (smallest value), then the flags (false
    /// first), then the matches (false first), then numbers, instants and addresses in the order of the constants
    /// they are compared with, then the shortest texts. `found` is any interpretation under `assumptions`.
    ///
    /// The result depends on the formula alone, except where a check along the way was not decided.
    pub fn canonical(&mut self, assumptions: &[Literal], found: Interpretation) -> Interpretation {
        let mut state = Canonical { fixed: assumptions.to_vec(), current: found };
        for (choice, count) in self.choices() {
            let occurs = |value: u32| self.formula.terms.find_atom(&Atom::Chosen(choice, value)).is_some();
            if !(0..count).any(occurs) {
                // Nothing depends on it: the first value will do.
                continue;
            }
            for value in 0..count {
                if state.prefer(self, Atom::Chosen(choice, value), true) {
                    break;
                }
            }
        }
        let fixed_flags = self.fixed_flags();
        let atoms: Vec<Atom> = self.formula.terms.atoms().map(|(_, atom)| atom.clone()).collect();
        let flags =
            atoms.iter().filter(|atom| matches!(atom, Atom::Flag(flag) if !fixed_flags.contains(flag)));
        let others = atoms.iter().filter(|atom| !matches!(atom, Atom::Flag(_) | Atom::Chosen(..)));
        let in_order: Vec<&Atom> = flags.chain(others).collect();
        state.settle(self, &in_order);
        for index in 0..self.formula.attributes.len() {
            let attribute = Attribute(u32::try_from(index).unwrap_or(u32::MAX));
            self.settle_value(&mut state, attribute, &atoms);
        }
        self.shortest_texts(&state)
    }

    fn choices(&self) -> Vec<(Choice, u32)> {
        self.formula.choices.iter().zip(0..).map(|((_, count), index)| (Choice(index), *count)).collect()
    }

    /// Flags that are assumptions rather than parts of a request.
    fn fixed_flags(&self) -> Vec<Flag> {
        let restrictions = self.formula.restrictions.iter().map(|entry| entry.0);
        let pins = self.formula.pins.iter().map(|entry| entry.1);
        restrictions.chain(pins).chain(self.formula.agreement).collect()
    }

    /// Gives a number, instant or address the first of its candidate values.
    fn settle_value(&mut self, state: &mut Canonical, attribute: Attribute, atoms: &[Atom]) {
        match self.formula.domain(attribute) {
            Domain::Text(_) => {}
            Domain::Number | Domain::Instant => {
                let mut constants = Vec::new();
                for atom in atoms {
                    if let Atom::Number(subject, _, constant) | Atom::Instant(subject, _, constant) = atom
                        && *subject == attribute
                    {
                        constants.extend(around(constant));
                    }
                }
                constants.sort_unstable();
                constants.dedup();
                for constant in constants {
                    let equal = match self.formula.domain(attribute) {
                        Domain::Instant => Atom::Instant(attribute, Comparison::Equal, constant),
                        Domain::Text(_) | Domain::Number | Domain::Address => {
                            Atom::Number(attribute, Comparison::Equal, constant)
                        }
                    };
                    if state.prefer(self, equal, true) {
                        break;
                    }
                }
            }
            Domain::Address => {
                let mut candidates = vec!["192.0.2.1".to_owned(), "2001:db8::1".to_owned()];
                for atom in atoms {
                    if let Atom::Within(subject, prefix) = atom
                        && *subject == attribute
                    {
                        candidates.extend(prefix_edges(prefix));
                    }
                }
                for text in candidates {
                    let Some((v6, bits)) = parse_address(&text) else { continue };
                    let length = if v6 { 128 } else { 32 };
                    let exact = Atom::Within(attribute, crate::term::Prefix { v6, bits, length });
                    if state.prefer(self, exact, true) {
                        break;
                    }
                }
            }
        }
    }

    /// The interpretation whose texts are the shortest under all literals that were settled.
    fn shortest_texts(&mut self, state: &Canonical) -> Interpretation {
        let mut assignment = Assignment::default();
        let mut fixed: FxHashMap<AtomId, bool> = FxHashMap::default();
        for literal in &state.fixed {
            fixed.entry(literal.atom).or_insert(literal.positive);
        }
        for (id, atom) in self.formula.terms.atoms() {
            let settled = fixed.get(&id).copied();
            assignment.atoms.push(settled.unwrap_or_else(|| state.current.atom(self.formula, atom)));
        }
        for index in 0..self.formula.attributes.len() {
            let attribute = Attribute(u32::try_from(index).unwrap_or(u32::MAX));
            let text = state.current.text(attribute);
            let (mut number, mut address) = (None, None);
            match self.formula.domain(attribute) {
                Domain::Text(_) => {}
                Domain::Number => number = crate::decimal::Decimal::parse(text),
                Domain::Instant => number = crate::text::parse_instant(text),
                Domain::Address => address = parse_address(text),
            }
            assignment.numbers.push(number);
            assignment.addresses.push(address);
        }
        let reasons = state.fixed.iter().copied().collect();
        match self.concretise(&assignment, &reasons) {
            Texts::Found(interpretation) if self.holds(&interpretation, &state.fixed) => interpretation,
            Texts::Found(_) | Texts::Lemmas(_) | Texts::LemmasOfStrings(_) | Texts::Undecided => {
                state.current.clone()
            }
        }
    }
}

struct Canonical {
    /// What is settled so far; satisfiable.
    fixed: Vec<Literal>,
    /// An interpretation under `fixed`.
    current: Interpretation,
}

impl Canonical {
    /// Settles each of `atoms` in turn: false if that is possible. Where it was, the next is tried with as many of its
    /// followers as were settled before it, so that thousands of which one must hold take few checks.
    fn settle(&mut self, search: &mut Search<'_>, atoms: &[&Atom]) {
        let mut next = 0;
        let mut together = 1;
        while let Some(atom) = atoms.get(next) {
            let literal = search.literal((*atom).clone(), false);
            if !self.current.atom(search.formula, atom) {
                self.fixed.push(literal);
                next += 1;
                continue;
            }
            let some = atoms.get(next..atoms.len().min(next + together)).unwrap_or_default();
            let before = self.fixed.len();
            for other in some {
                let literal = search.literal((*other).clone(), false);
                self.fixed.push(literal);
            }
            if let Outcome::Sat(interpretation) = search.check(&self.fixed) {
                self.current = interpretation;
                next += some.len();
                together = some.len() * 2;
                continue;
            }
            self.fixed.truncate(before);
            if together > 1 {
                together /= 2;
                continue;
            }
            self.fixed.push(literal.negated());
            next += 1;
        }
    }

    /// Settles that `atom` is `positive`, if that is possible.
    fn prefer(&mut self, search: &mut Search<'_>, atom: Atom, positive: bool) -> bool {
        let already = self.current.atom(search.formula, &atom) == positive;
        let literal = search.literal(atom, positive);
        self.fixed.push(literal);
        if already {
            return true;
        }
        if let Outcome::Sat(interpretation) = search.check(&self.fixed) {
            self.current = interpretation;
            return true;
        }
        self.fixed.pop();
        false
    }
}

//! Attributes that must have the same text, and what makes a text the only one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::backend::Literal;
use crate::formula::{Domain, Formula};
use crate::term::{Atom, Attribute};
use crate::wildcard::Language;

/// Attributes by the smallest with the same text.
#[derive(Debug)]
pub(super) struct Groups {
    leaders: BTreeMap<Attribute, Attribute>,
    /// For each attribute those that a literal says to be equal.
    neighbours: BTreeMap<Attribute, Vec<(Attribute, Literal)>>,
    attributes: BTreeSet<Attribute>,
    /// The only text of a group, with the literal that says so, or the attribute whose domain does.
    constants: BTreeMap<Attribute, Constant>,
}

/// A text that is the only one.
#[derive(Clone, Debug)]
pub(super) struct Constant {
    pub(super) text: String,
    pub(super) literal: Option<Literal>,
    pub(super) attribute: Attribute,
}

impl Groups {
    /// The groups that positive equalities among `literals` make of the attributes of all of them.
    pub(super) fn new(formula: &Formula, literals: &BTreeSet<Literal>) -> Self {
        let mut this = Self {
            leaders: BTreeMap::new(),
            neighbours: BTreeMap::new(),
            attributes: BTreeSet::new(),
            constants: BTreeMap::new(),
        };
        for literal in literals {
            let Some(atom) = formula.terms.atom(literal.atom) else { continue };
            this.attributes.extend(super::attributes_of(atom));
            if let Atom::Equal(left, right) = atom
                && literal.positive
            {
                this.neighbours.entry(*left).or_default().push((*right, *literal));
                this.neighbours.entry(*right).or_default().push((*left, *literal));
                let (left, right) = (this.leader(*left), this.leader(*right));
                if left != right {
                    this.leaders.insert(left.max(right), left.min(right));
                }
            }
        }
        this.find_constants(formula, literals);
        this
    }

    fn find_constants(&mut self, formula: &Formula, literals: &BTreeSet<Literal>) {
        let mut found = Vec::new();
        for attribute in self.attributes.clone() {
            if let Domain::Text(Some(language)) = formula.domain(attribute) {
                let text = formula.languages.get(language).and_then(Language::single_text);
                found.extend(text.map(|text| Constant { text, literal: None, attribute }));
            }
        }
        for literal in literals.iter().filter(|literal| literal.positive) {
            if let Some(Atom::Matches(attribute, language)) = formula.terms.atom(literal.atom) {
                let text = formula.languages.get(*language).and_then(Language::single_text);
                found.extend(text.map(|text| Constant {
                    text,
                    literal: Some(*literal),
                    attribute: *attribute,
                }));
            }
        }
        for constant in found {
            let leader = self.leader(constant.attribute);
            self.constants.entry(leader).or_insert(constant);
        }
    }

    /// The attribute that stands for all with the same text.
    pub(super) fn leader(&self, mut attribute: Attribute) -> Attribute {
        while let Some(next) = self.leaders.get(&attribute) {
            attribute = *next;
        }
        attribute
    }

    /// One attribute of each group, ascending.
    pub(super) fn leaders(&self) -> Vec<Attribute> {
        self.attributes.iter().copied().filter(|attribute| self.leader(*attribute) == *attribute).collect()
    }

    /// The attributes of a group, ascending.
    pub(super) fn members(&self, leader: Attribute) -> Vec<Attribute> {
        self.attributes.iter().copied().filter(|attribute| self.leader(*attribute) == leader).collect()
    }

    /// The only text that the attribute can have.
    pub(super) fn constant(&self, attribute: Attribute) -> Option<&Constant> {
        self.constants.get(&self.leader(attribute))
    }

    /// Equalities from which it follows that those of `attributes` in one group have the same text.
    pub(super) fn links(&self, attributes: &BTreeSet<Attribute>) -> BTreeSet<Literal> {
        let mut links = BTreeSet::new();
        let mut first: BTreeMap<Attribute, Attribute> = BTreeMap::new();
        for attribute in attributes {
            let start = *first.entry(self.leader(*attribute)).or_insert(*attribute);
            links.extend(self.path(start, *attribute));
        }
        links
    }

    /// The equalities on a shortest path.
    fn path(&self, from: Attribute, to: Attribute) -> Vec<Literal> {
        let mut origin: BTreeMap<Attribute, (Attribute, Literal)> = BTreeMap::new();
        let mut open = VecDeque::from([from]);
        while let Some(here) = open.pop_front() {
            if here == to {
                break;
            }
            for (next, literal) in self.neighbours.get(&here).map_or(&[][..], Vec::as_slice) {
                if *next != from && !origin.contains_key(next) {
                    origin.insert(*next, (here, *literal));
                    open.push_back(*next);
                }
            }
        }
        let mut path = Vec::new();
        let mut here = to;
        while let Some((before, literal)) = origin.get(&here).copied() {
            path.push(literal);
            here = before;
        }
        path
    }
}

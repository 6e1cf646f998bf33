//! From a formula to the claim of its proof: a table of atoms and clauses over them.
//!
//! Trusted, as the rest of the encoder is: a proof is one of these clauses (`crate::clauses`).

use std::collections::{BTreeMap, BTreeSet};

use ringfence_kernel as kernel;

use crate::clauses::Clauses;
use crate::decimal::Decimal;
use crate::formula::{Domain, Formula};
use crate::term::{
    Atom, AtomId, Attribute, Comparison, Flag, LanguageId, Node, Prefix, TemplateForm, TemplatePart, Term,
};
use crate::text::print_address;
use crate::wildcard::{Language, Part};

/// A claim, with what its numbers stand for in the formula.
#[derive(Clone, Debug)]
pub(super) struct Skeleton {
    pub(super) claim: kernel::Claim,
    /// The atoms of the formula, by variable from 1.
    pub(super) atoms: Vec<AtomId>,
    /// The attributes, by number.
    pub(super) attributes: Vec<Attribute>,
}

/// The claim that `formula` cannot hold when the restrictions numbered `assumed` are assumed, under any reading of the
/// open points. The same formula and restrictions give the same claim.
pub(super) fn skeleton(formula: &Formula, assumed: &BTreeSet<usize>) -> Skeleton {
    let kept = relevant(formula, assumed);
    let atoms = atoms(formula, &kept, assumed);
    let mut tables = Tables { formula, attributes: BTreeMap::new(), languages: BTreeMap::new() };
    tables.collect(&atoms);
    let table = atoms.iter().filter_map(|id| formula.terms.atom(*id)).map(|atom| tables.atom(atom)).collect();
    let mut clauses = Clauses::new(&atoms);
    for index in assumed {
        if let Some((flag, _)) = formula.restrictions.get(*index)
            && let Some(literal) = clauses.variable(formula, &Atom::Flag(*flag))
        {
            clauses.add(vec![literal]);
        }
    }
    for assertion in kept {
        clauses.assert(formula, assertion);
    }
    clauses.choices(formula);
    let claim = kernel::Claim {
        format: kernel::Claim::FORMAT.to_owned(),
        languages: tables.language_table(),
        attributes: tables.attribute_table(),
        atoms: table,
        variables: clauses.last().unsigned_abs(),
        clauses: clauses.take(),
    };
    Skeleton { claim, atoms, attributes: tables.attributes.into_keys().collect() }
}

/// The assertions without those that a flag nobody assumes makes true: restrictions that are not assumed, pins of
/// points that stay open. Such a flag occurs in no other way, so that leaving it false costs nothing.
pub(super) fn relevant(formula: &Formula, assumed: &BTreeSet<usize>) -> Vec<Term> {
    let restrictions = formula.restrictions.iter().enumerate();
    let mut idle: BTreeSet<Flag> =
        restrictions.filter(|(index, _)| !assumed.contains(index)).map(|(_, entry)| entry.0).collect();
    idle.extend(formula.pins.iter().map(|entry| entry.1).chain(formula.agreement));
    let mut walk = Walk { formula, visited: BTreeSet::new(), positive: BTreeSet::new() };
    for assertion in &formula.assertions {
        walk.visit(*assertion, true);
    }
    idle.retain(|flag| !walk.positive.contains(flag));
    let is_idle = |term: &Term| {
        let Node::Not(inner) = formula.terms.node(*term) else { return false };
        let Node::Atom(id) = formula.terms.node(*inner) else { return false };
        matches!(formula.terms.atom(*id), Some(Atom::Flag(flag)) if idle.contains(flag))
    };
    let is_relevant = |assertion: &Term| match formula.terms.node(*assertion) {
        Node::Or(operands) => !operands.iter().any(is_idle),
        Node::Not(_) => !is_idle(assertion),
        Node::True | Node::False | Node::Atom(_) | Node::And(_) => true,
    };
    formula.assertions.iter().copied().filter(is_relevant).collect()
}

/// Finds the flags that occur positively.
struct Walk<'a> {
    formula: &'a Formula,
    visited: BTreeSet<(Term, bool)>,
    positive: BTreeSet<Flag>,
}

impl Walk<'_> {
    fn visit(&mut self, term: Term, positive: bool) {
        if !self.visited.insert((term, positive)) {
            return;
        }
        let formula = self.formula;
        match formula.terms.node(term) {
            Node::True | Node::False => {}
            Node::Atom(id) => {
                if let Some(Atom::Flag(flag)) = formula.terms.atom(*id)
                    && positive
                {
                    self.positive.insert(*flag);
                }
            }
            Node::Not(inner) => self.visit(*inner, !positive),
            Node::And(operands) | Node::Or(operands) => {
                for operand in operands {
                    self.visit(*operand, positive);
                }
            }
        }
    }
}

/// The atoms that occur, ascending.
pub(super) fn atoms(formula: &Formula, kept: &[Term], assumed: &BTreeSet<usize>) -> Vec<AtomId> {
    let mut visited = vec![false; formula.terms.len()];
    let mut open = kept.to_vec();
    let mut atoms = BTreeSet::new();
    while let Some(term) = open.pop() {
        match visited.get_mut(term.index()) {
            Some(visited) if !*visited => *visited = true,
            Some(_) | None => continue,
        }
        match formula.terms.node(term) {
            Node::True | Node::False => {}
            Node::Atom(id) => {
                atoms.insert(*id);
            }
            Node::Not(inner) => open.push(*inner),
            Node::And(operands) | Node::Or(operands) => open.extend(operands.iter().copied()),
        }
    }
    let flags = assumed.iter().filter_map(|index| formula.restrictions.get(*index));
    atoms.extend(flags.filter_map(|(flag, _)| formula.terms.find_atom(&Atom::Flag(*flag))));
    atoms.into_iter().collect()
}

/// The attributes and languages of the claim with their numbers.
struct Tables<'a> {
    formula: &'a Formula,
    attributes: BTreeMap<Attribute, u32>,
    languages: BTreeMap<LanguageId, u32>,
}

impl Tables<'_> {
    fn collect(&mut self, atoms: &[AtomId]) {
        let mut attributes = BTreeSet::new();
        let mut languages = BTreeSet::new();
        for atom in atoms.iter().filter_map(|id| self.formula.terms.atom(*id)) {
            match atom {
                Atom::Flag(_) | Atom::Chosen(..) => {}
                Atom::Matches(attribute, language) => {
                    attributes.insert(*attribute);
                    languages.insert(*language);
                }
                Atom::MatchesTemplate { attribute, parts, .. } => {
                    attributes.insert(*attribute);
                    attributes.extend(parts.iter().filter_map(|part| match part {
                        TemplatePart::Value(value) => Some(*value),
                        TemplatePart::Pattern(_) | TemplatePart::Literal(_) => None,
                    }));
                }
                Atom::Equal(left, right) | Atom::InstantsWithin(left, right, _) => {
                    attributes.extend([*left, *right]);
                }
                Atom::IsNumber(attribute)
                | Atom::Number(attribute, ..)
                | Atom::IsInstant(attribute)
                | Atom::Instant(attribute, ..)
                | Atom::IsAddress(attribute)
                | Atom::Within(attribute, _) => {
                    attributes.insert(*attribute);
                }
            }
        }
        languages.extend(attributes.iter().filter_map(|attribute| match self.formula.domain(*attribute) {
            Domain::Text(language) => language,
            Domain::Number | Domain::Instant | Domain::Address => None,
        }));
        self.attributes = attributes.into_iter().zip(0..).collect();
        self.languages = languages.into_iter().zip(0..).collect();
    }

    fn attribute(&self, attribute: Attribute) -> u32 {
        self.attributes.get(&attribute).copied().unwrap_or(u32::MAX)
    }

    fn language(&self, language: LanguageId) -> u32 {
        self.languages.get(&language).copied().unwrap_or(u32::MAX)
    }

    fn language_table(&self) -> Vec<kernel::Language> {
        self.languages.keys().filter_map(|id| self.formula.languages.get(*id)).map(language).collect()
    }

    fn attribute_table(&self) -> Vec<kernel::Attribute> {
        let named = |attribute: &Attribute| kernel::Attribute {
            name: self
                .formula
                .attributes
                .get(attribute.0 as usize)
                .map(|info| info.name.clone())
                .unwrap_or_default(),
            domain: match self.formula.domain(*attribute) {
                Domain::Text(None) => kernel::Domain::Any,
                Domain::Text(Some(language)) => kernel::Domain::Language(self.language(language)),
                Domain::Number => kernel::Domain::Reads(kernel::Kind::Number),
                Domain::Instant => kernel::Domain::Reads(kernel::Kind::Instant),
                Domain::Address => kernel::Domain::Reads(kernel::Kind::Address),
            },
        };
        self.attributes.keys().map(named).collect()
    }

    fn atom(&self, atom: &Atom) -> kernel::Atom {
        let reads = |attribute: &Attribute, kind| kernel::Atom::Reads(self.attribute(*attribute), kind);
        let compares = |attribute: &Attribute, kind, comparison, constant: &Decimal| {
            kernel::Atom::Compares(
                self.attribute(*attribute),
                kind,
                compared(comparison),
                constant.to_string(),
            )
        };
        match atom {
            Atom::Flag(flag) => {
                let name = self.formula.flags.get(flag.0 as usize);
                kernel::Atom::Flag(format!("{} {}", flag.0, name.map_or("", String::as_str)))
            }
            Atom::Chosen(choice, value) => {
                let name = self.formula.choices.get(choice.0 as usize).map_or("", |entry| entry.0.as_str());
                kernel::Atom::Chosen(format!("{} {name}", choice.0), *value)
            }
            Atom::Matches(attribute, language) => {
                kernel::Atom::Matches(self.attribute(*attribute), self.language(*language))
            }
            Atom::MatchesTemplate { attribute, parts, ignore_case, form } => kernel::Atom::Template {
                attribute: self.attribute(*attribute),
                parts: parts.iter().map(|part| self.part(part)).collect(),
                ignore_case: *ignore_case,
                form: match form {
                    TemplateForm::Text => kernel::TemplateForm::Text,
                    TemplateForm::Pattern => kernel::TemplateForm::Pattern,
                    TemplateForm::Arn => kernel::TemplateForm::Arn,
                },
            },
            Atom::Equal(left, right) => kernel::Atom::Equal(self.attribute(*left), self.attribute(*right)),
            Atom::IsNumber(attribute) => reads(attribute, kernel::Kind::Number),
            Atom::IsInstant(attribute) => reads(attribute, kernel::Kind::Instant),
            Atom::IsAddress(attribute) => reads(attribute, kernel::Kind::Address),
            Atom::Number(attribute, comparison, constant) => {
                compares(attribute, kernel::Kind::Number, *comparison, constant)
            }
            Atom::Instant(attribute, comparison, constant) => {
                compares(attribute, kernel::Kind::Instant, *comparison, constant)
            }
            Atom::InstantsWithin(early, late, seconds) => kernel::Atom::InstantsWithin(
                self.attribute(*early),
                self.attribute(*late),
                seconds.to_string(),
            ),
            Atom::Within(attribute, prefix) => {
                kernel::Atom::Within(self.attribute(*attribute), printed(prefix))
            }
        }
    }

    fn part(&self, part: &TemplatePart) -> kernel::TemplatePart {
        match part {
            TemplatePart::Pattern(text) => kernel::TemplatePart::Pattern(text.clone()),
            TemplatePart::Literal(text) => kernel::TemplatePart::Literal(text.clone()),
            TemplatePart::Value(attribute) => kernel::TemplatePart::Value(self.attribute(*attribute)),
        }
    }
}

fn compared(comparison: Comparison) -> kernel::Comparison {
    match comparison {
        Comparison::Less => kernel::Comparison::Less,
        Comparison::AtMost => kernel::Comparison::AtMost,
        Comparison::Equal => kernel::Comparison::Equal,
    }
}

fn printed(prefix: &Prefix) -> String {
    format!("{}/{}", print_address(prefix.v6, prefix.bits), prefix.length)
}

fn language(language: &Language) -> kernel::Language {
    let part = |part: &Part| match part {
        Part::Text(text) => kernel::Part::Text(text.clone()),
        Part::One(set) => kernel::Part::One(set.ranges().to_vec()),
        Part::Star(set) => kernel::Part::Star(set.ranges().to_vec()),
        Part::Alternatives(texts) => kernel::Part::Alternatives(texts.clone()),
    };
    kernel::Language { parts: language.parts().iter().map(part).collect() }
}

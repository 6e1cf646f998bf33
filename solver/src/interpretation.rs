//! Interpretations: concrete values for the symbols of a formula, and what a term is under them, without Z3.

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::formula::{Domain, Formula};
use crate::term::{Atom, AtomId, Attribute, Comparison, Node, Prefix, TemplateForm, TemplatePart, Term};
use crate::text::{parse_address, parse_instant};
use crate::wildcard::LanguageBuilder;
use crate::wildcard::character::CharacterSet;

/// Values for all symbols of a formula. Symbols past the end of a list are false, 0 and the empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpretation {
    /// The flags.
    pub flags: Vec<bool>,
    /// The choices.
    pub choices: Vec<u32>,
    /// The attributes' texts.
    pub texts: Vec<String>,
}

impl Interpretation {
    /// The text of `attribute`.
    pub fn text(&self, attribute: Attribute) -> &str {
        self.texts.get(attribute.0 as usize).map_or("", String::as_str)
    }

    /// Whether `atom` holds.
    pub fn atom(&self, formula: &Formula, atom: &Atom) -> bool {
        match atom {
            Atom::Flag(flag) => self.flags.get(flag.0 as usize).copied().unwrap_or(false),
            Atom::Chosen(choice, value) => {
                self.choices.get(choice.0 as usize).copied().unwrap_or(0) == *value
            }
            Atom::Matches(attribute, language) => formula
                .languages
                .get(*language)
                .is_some_and(|language| language.accepts(self.text(*attribute))),
            Atom::MatchesTemplate { attribute, parts, ignore_case, form } => self
                .template(parts, *ignore_case, *form)
                .is_some_and(|builder| builder.build().accepts(self.text(*attribute))),
            Atom::Equal(left, right) => self.text(*left) == self.text(*right),
            Atom::IsNumber(attribute) => Decimal::parse(self.text(*attribute)).is_some(),
            Atom::Number(attribute, comparison, constant) => Decimal::parse(self.text(*attribute))
                .is_some_and(|value| holds(*comparison, &value, constant)),
            Atom::IsInstant(attribute) => parse_instant(self.text(*attribute)).is_some(),
            Atom::Instant(attribute, comparison, constant) => {
                parse_instant(self.text(*attribute)).is_some_and(|value| holds(*comparison, &value, constant))
            }
            Atom::InstantsWithin(early, late, seconds) => {
                match (parse_instant(self.text(*early)), parse_instant(self.text(*late))) {
                    (Some(early), Some(late)) => early <= late.plus(seconds),
                    _ => false,
                }
            }
            Atom::IsAddress(attribute) => parse_address(self.text(*attribute)).is_some(),
            Atom::Within(attribute, prefix) => within(self.text(*attribute), prefix),
        }
    }

    /// The language of a template under these values; none if it matches nothing.
    pub fn template(
        &self,
        parts: &[TemplatePart],
        ignore_case: bool,
        form: TemplateForm,
    ) -> Option<LanguageBuilder> {
        let mut builder = LanguageBuilder::new();
        let any = CharacterSet::any();
        let within = CharacterSet::except(':');
        let mut colons = 0;
        for part in parts {
            let (text, wild) = match part {
                TemplatePart::Pattern(text) => (text.as_str(), form != TemplateForm::Text),
                TemplatePart::Literal(text) => (text.as_str(), false),
                TemplatePart::Value(attribute) => (self.text(*attribute), false),
            };
            if form != TemplateForm::Arn {
                match (wild, ignore_case) {
                    (true, false) => builder.glob(text, &any),
                    (true, true) => builder.glob_ignoring_case(text, &any),
                    (false, false) => builder.text(text),
                    (false, true) => builder.text_ignoring_case(text),
                };
                continue;
            }
            for piece in text.split_inclusive(':') {
                let set = if colons < 5 { &within } else { &any };
                if wild {
                    builder.glob(piece, set);
                } else {
                    builder.text(piece);
                }
                colons += usize::from(piece.ends_with(':'));
            }
        }
        (form != TemplateForm::Arn || colons >= 5).then_some(builder)
    }

    /// Whether every choice has one of its values, and every text is one that its attribute may have.
    pub fn is_within(&self, formula: &Formula) -> bool {
        let chosen = |(index, (_, count)): (usize, &(String, u32))| {
            self.choices.get(index).copied().unwrap_or(0) < (*count).max(1)
        };
        let has_domain = |index: usize, domain: Domain| {
            let text = self.texts.get(index).map_or("", String::as_str);
            match domain {
                Domain::Text(None) => true,
                Domain::Text(Some(id)) => {
                    formula.languages.get(id).is_some_and(|language| language.accepts(text))
                }
                Domain::Number | Domain::Instant | Domain::Address => {
                    domain.reading().is_some_and(|reading| reading.accepts(text))
                }
            }
        };
        formula.choices.iter().enumerate().all(chosen)
            && formula.attributes.iter().enumerate().all(|(index, info)| has_domain(index, info.domain))
    }

    /// Whether all of `terms` hold. Each atom and term is evaluated once, however often it occurs.
    pub fn all(&self, formula: &Formula, terms: &[Term]) -> bool {
        let mut memo = Memo {
            interpretation: self,
            formula,
            terms: vec![None; formula.terms.len()],
            atoms: vec![None; formula.terms.atom_count()],
        };
        terms.iter().all(|term| memo.term(*term))
    }

    /// Whether each of `terms` holds, in their order. Each atom and term is evaluated once, however often it occurs.
    pub fn each(&self, formula: &Formula, terms: &[Term]) -> Vec<bool> {
        let mut memo = Memo {
            interpretation: self,
            formula,
            terms: vec![None; formula.terms.len()],
            atoms: vec![None; formula.terms.atom_count()],
        };
        terms.iter().map(|term| memo.term(*term)).collect()
    }

    /// Whether `term` holds.
    pub fn term(&self, formula: &Formula, term: Term) -> bool {
        match formula.terms.node(term) {
            Node::True => true,
            Node::False => false,
            Node::Atom(id) => formula.terms.atom(*id).is_some_and(|atom| self.atom(formula, atom)),
            Node::Not(inner) => !self.term(formula, *inner),
            Node::And(operands) => operands.iter().all(|operand| self.term(formula, *operand)),
            Node::Or(operands) => operands.iter().any(|operand| self.term(formula, *operand)),
        }
    }
}

struct Memo<'a> {
    interpretation: &'a Interpretation,
    formula: &'a Formula,
    terms: Vec<Option<bool>>,
    atoms: Vec<Option<bool>>,
}

impl Memo<'_> {
    fn term(&mut self, term: Term) -> bool {
        if let Some(Some(known)) = self.terms.get(term.index()) {
            return *known;
        }
        let value = match self.formula.terms.node(term) {
            Node::True => true,
            Node::False => false,
            Node::Atom(id) => self.atom(*id),
            Node::Not(inner) => !self.term(*inner),
            Node::And(operands) => operands.iter().all(|operand| self.term(*operand)),
            Node::Or(operands) => operands.iter().any(|operand| self.term(*operand)),
        };
        if let Some(slot) = self.terms.get_mut(term.index()) {
            *slot = Some(value);
        }
        value
    }

    fn atom(&mut self, id: AtomId) -> bool {
        let index = id.0 as usize;
        if let Some(Some(known)) = self.atoms.get(index) {
            return *known;
        }
        let atom = self.formula.terms.atom(id);
        let value = atom.is_some_and(|atom| self.interpretation.atom(self.formula, atom));
        if let Some(slot) = self.atoms.get_mut(index) {
            *slot = Some(value);
        }
        value
    }
}

/// `value` stands to `constant` as `comparison` says.
pub fn holds(comparison: Comparison, value: &Decimal, constant: &Decimal) -> bool {
    match comparison {
        Comparison::Less => value < constant,
        Comparison::AtMost => value <= constant,
        Comparison::Equal => value == constant,
    }
}

/// Whether `text` is an address within `prefix`.
pub fn within(text: &str, prefix: &Prefix) -> bool {
    parse_address(text).is_some_and(|(v6, bits)| {
        let width: u8 = if v6 { 128 } else { 32 };
        v6 == prefix.v6 && {
            let shift = u32::from(width.saturating_sub(prefix.length));
            bits.checked_shr(shift).unwrap_or(0) == prefix.bits.checked_shr(shift).unwrap_or(0)
        }
    })
}

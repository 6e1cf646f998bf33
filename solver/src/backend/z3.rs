//! Z3. The only file that uses the `z3` crate, with the three that belong to it.
//!
//! Each atom of a formula is a Boolean of Z3: wildcard matches are free ones, numbers and instants are comparisons
//! of reals, addresses are bits of bit-vectors, choices are one-hot over a binary code. Trusted.

mod engine;
mod language;
pub mod strings;

use z3::ast::{BV, Bool, Int, Real, Regexp, String as Text};
use z3::{Params, SatResult as Z3Result, Solver};

use engine::Engine;

use super::{Assignment, Encoding, Literal, SatResult};
use crate::decimal::Decimal;
use crate::formula::Domain;
use crate::formula::Formula;
use crate::term::{
    Atom, AtomId, Attribute, Choice, Comparison, Node, Prefix, TemplateForm, TemplatePart, Term,
};

use language::{literal, regex, unescape};

/// The version of the Z3 library in use: major, minor, patch. `None` if it does not state one in that form.
pub fn version() -> Option<(u32, u32, u32)> {
    // `Z3 5.3.3.0`: the fourth number counts builds of one release.
    let text = z3::full_version().trim_start_matches("Z3 ");
    let mut numbers = text.split(['.', ' ']).map(str::parse);
    match (numbers.next()?, numbers.next()?, numbers.next()?) {
        (Ok(major), Ok(minor), Ok(patch)) => Some((major, minor, patch)),
        (Err(_), _, _) | (_, Err(_), _) | (_, _, Err(_)) => None,
    }
}

/// One Z3 solver that holds one formula and the lemmas added to it.
#[derive(Debug)]
pub struct Backend {
    solver: Engine,
    /// The solver is Z3's for Booleans and bit-vectors alone, which is the fastest for them.
    finite: bool,
    /// So many atoms were looked through for numbers.
    seen: usize,
    /// By atom id, made on first use.
    atoms: Vec<Option<Bool>>,
    /// By term.
    terms: Vec<Option<Bool>>,
    numbers: Vec<Option<Real>>,
    addresses: Vec<Option<(Bool, BV)>>,
    names: u32,
    choices: Vec<Option<Vec<Bool>>>,
    encoding: Encoding,
    texts: Vec<Option<Text>>,
}

/// Z3's resource counter for one check; past it the answer is unknown.
pub const RESOURCE_LIMIT: u32 = 50_000_000;
/// The same with [`Encoding::Strings`], where a step costs more.
pub const STRINGS_RESOURCE_LIMIT: u32 = 1_500_000;
/// The longest that Z3's strings may take for one check. Derivatives of regular expressions can grow without a step of
/// the resource counter; short of that the counter decides, which does not depend on the machine.
pub const STRINGS_MILLISECONDS: u32 = 10_000;

/// No number or instant is among the atoms from this place on.
fn is_finite(formula: &Formula, from: usize) -> bool {
    !formula
        .terms
        .atoms_from(from)
        .any(|atom| matches!(atom, Atom::Number(..) | Atom::Instant(..) | Atom::InstantsWithin(..)))
}

/// Z3 would spend as much time on making its models smaller as on finding them.
static LEAN_MODELS: std::sync::Once = std::sync::Once::new();

impl Backend {
    /// A solver that holds all assertions of `formula`.
    pub fn new(formula: &Formula, encoding: Encoding) -> Self {
        LEAN_MODELS.call_once(|| z3::set_global_param("model.compact", "false"));
        let finite = encoding == Encoding::Theory && is_finite(formula, 0);
        let solver = if finite { Solver::new_for_logic("QF_FD") } else { None };
        let finite = solver.is_some();
        let solver = solver.unwrap_or_else(Solver::new);
        let mut params = Params::new();
        params.set_u32("random_seed", 0);
        let limit = match encoding {
            Encoding::Theory => RESOURCE_LIMIT,
            Encoding::Strings => STRINGS_RESOURCE_LIMIT,
        };
        params.set_u32("rlimit", limit);
        if encoding == Encoding::Strings {
            params.set_u32("timeout", STRINGS_MILLISECONDS);
        }
        solver.set_params(&params);
        Self::holding(formula, Engine::Solver(solver), finite, encoding)
    }

    /// Z3's optimiser with all assertions of `formula`: an answer that it gives makes the literals of `soft` true, but for
    /// those whose weights add up to the least that is possible. The literals are of atoms that the formula has.
    pub fn optimizing(formula: &Formula, soft: &[(Literal, u64)]) -> Self {
        LEAN_MODELS.call_once(|| z3::set_global_param("model.compact", "false"));
        let mut params = Params::new();
        params.set_u32("rlimit", RESOURCE_LIMIT);
        let optimizer = z3::Optimize::new();
        optimizer.set_params(&params);
        let mut this = Self::holding(formula, Engine::Optimizer(optimizer), false, Encoding::Theory);
        for (literal, weight) in soft {
            let literal = this.literal(formula, *literal);
            this.solver.prefer(&literal, *weight);
        }
        this
    }

    fn holding(formula: &Formula, solver: Engine, finite: bool, encoding: Encoding) -> Self {
        let mut this = Self {
            solver,
            finite,
            seen: 0,
            atoms: Vec::new(),
            terms: Vec::new(),
            numbers: Vec::new(),
            addresses: Vec::new(),
            names: 0,
            choices: Vec::new(),
            encoding,
            texts: Vec::new(),
        };
        for assertion in &formula.assertions {
            let term = this.term(formula, *assertion);
            this.solver.assert(&term);
        }
        this
    }

    /// Adds an assertion that the formula was given after this solver was made.
    pub fn assert_term(&mut self, formula: &Formula, term: Term) {
        let term = self.term(formula, term);
        self.solver.assert(&term);
    }

    /// Adds a clause that holds in every request: a disjunction of literals.
    pub fn add_clause(&mut self, formula: &Formula, clause: &[Literal]) {
        let literals: Vec<Bool> = clause.iter().map(|literal| self.literal(formula, *literal)).collect();
        self.solver.assert(Bool::or(&literals));
    }

    /// Decides the formula under `assumptions`.
    pub fn check(&mut self, formula: &Formula, assumptions: &[Literal]) -> SatResult {
        if self.finite {
            if !is_finite(formula, self.seen) {
                return SatResult::Unknown("a number in a formula that began without numbers".to_owned());
            }
            self.seen = formula.terms.atom_count();
        }
        let literals: Vec<Bool> = assumptions.iter().map(|literal| self.literal(formula, *literal)).collect();
        match self.solver.check_assumptions(&literals) {
            Z3Result::Unsat => {
                let core = self.solver.get_unsat_core();
                let named = assumptions.iter().zip(&literals);
                SatResult::Unsat(
                    named.filter(|(_, ast)| core.contains(ast)).map(|(literal, _)| *literal).collect(),
                )
            }
            Z3Result::Unknown => {
                let reason = self.solver.get_reason_unknown().unwrap_or_default();
                SatResult::Unknown(reason)
            }
            Z3Result::Sat => self
                .read(formula)
                .map_or_else(|| SatResult::Unknown("Z3 gave no readable model".to_owned()), SatResult::Sat),
        }
    }

    fn read(&mut self, formula: &Formula) -> Option<Assignment> {
        let model = self.solver.get_model()?;
        let mut assignment = Assignment::default();
        for ast in &self.atoms {
            let value = ast.as_ref().and_then(|ast| model.eval(ast, true)).and_then(|value| value.as_bool());
            assignment.atoms.push(value.unwrap_or(false));
        }
        assignment.atoms.resize(formula.terms.atom_count(), false);
        for values in &self.choices {
            let holds =
                |value: &&Bool| model.eval(*value, true).and_then(|value| value.as_bool()) == Some(true);
            let chosen = values.as_ref().and_then(|values| values.iter().position(|value| holds(&value)));
            assignment.choices.push(chosen.and_then(|value| u32::try_from(value).ok()));
        }
        for real in &self.numbers {
            let value = match real {
                Some(real) => {
                    let (numerator, denominator) = model.eval(real, true)?.as_rational()?;
                    Decimal::from_fraction(numerator, denominator)
                }
                None => None,
            };
            assignment.numbers.push(value);
        }
        for text in &self.texts {
            let value =
                text.as_ref().and_then(|text| model.eval(text, true)).and_then(|text| text.as_string());
            assignment.texts.push(value.map(|text| unescape(&text)));
        }
        for address in &self.addresses {
            let value = match address {
                Some((v6, bits)) => {
                    let v6 = model.eval(v6, true)?.as_bool()?;
                    let high = model.eval(&bits.extract(127, 64), true)?.as_u64()?;
                    let low = model.eval(&bits.extract(63, 0), true)?.as_u64()?;
                    let bits = (u128::from(high) << 64) | u128::from(low);
                    Some((v6, if v6 { bits } else { bits & 0xFFFF_FFFF }))
                }
                None => None,
            };
            assignment.addresses.push(value);
        }
        Some(assignment)
    }

    fn fresh(&mut self) -> u32 {
        self.names += 1;
        self.names
    }

    fn fresh_bool(&mut self) -> Bool {
        let name = self.fresh();
        Bool::new_const(name)
    }

    fn literal(&mut self, formula: &Formula, literal: Literal) -> Bool {
        let atom = self.atom(formula, literal.atom);
        if literal.positive { atom } else { atom.not() }
    }

    fn term(&mut self, formula: &Formula, term: Term) -> Bool {
        let index = term.index();
        if let Some(Some(known)) = self.terms.get(index) {
            return known.clone();
        }
        let built = match formula.terms.node(term) {
            Node::True => Bool::from_bool(true),
            Node::False => Bool::from_bool(false),
            Node::Atom(id) => self.atom(formula, *id),
            Node::Not(inner) => self.term(formula, *inner).not(),
            Node::And(operands) => {
                let operands: Vec<Bool> =
                    operands.iter().map(|operand| self.term(formula, *operand)).collect();
                Bool::and(&operands)
            }
            Node::Or(operands) => {
                let operands: Vec<Bool> =
                    operands.iter().map(|operand| self.term(formula, *operand)).collect();
                Bool::or(&operands)
            }
        };
        if self.terms.len() <= index {
            self.terms.resize(index + 1, None);
        }
        if let Some(slot) = self.terms.get_mut(index) {
            *slot = Some(built.clone());
        }
        built
    }

    /// The Boolean constant of an atom; what defines it is asserted when it is made.
    fn atom(&mut self, formula: &Formula, id: AtomId) -> Bool {
        let index = id.0 as usize;
        if let Some(Some(known)) = self.atoms.get(index) {
            return known.clone();
        }
        if let Some(Atom::Chosen(choice, value)) = formula.terms.atom(id) {
            let ast = self.chosen(formula, *choice, *value);
            self.keep(index, &ast);
            return ast;
        }
        let ast = self.fresh_bool();
        self.keep(index, &ast);
        let definition = match formula.terms.atom(id) {
            None
            | Some(
                Atom::Flag(_)
                | Atom::Chosen(..)
                | Atom::IsNumber(_)
                | Atom::IsInstant(_)
                | Atom::IsAddress(_),
            ) => None,
            Some(about_text @ (Atom::Matches(..) | Atom::MatchesTemplate { .. } | Atom::Equal(..))) => {
                let about_text = about_text.clone();
                self.text_definition(formula, &about_text)
            }
            Some(
                Atom::Number(attribute, comparison, constant)
                | Atom::Instant(attribute, comparison, constant),
            ) => {
                let number = self.number(*attribute);
                compare(&number, *comparison, constant)
            }
            Some(Atom::InstantsWithin(early, late, seconds)) => {
                let (early, late) = (self.number(*early), self.number(*late));
                real(seconds).map(|seconds| early.le(Real::add(&[late, seconds])))
            }
            Some(Atom::Within(attribute, prefix)) => Some(self.within(*attribute, prefix)),
        };
        if let Some(definition) = definition {
            self.solver.assert(ast.iff(&definition));
        }
        ast
    }

    fn keep(&mut self, index: usize, ast: &Bool) {
        if self.atoms.len() <= index {
            self.atoms.resize(index + 1, None);
        }
        if let Some(slot) = self.atoms.get_mut(index) {
            *slot = Some(ast.clone());
        }
    }

    /// All values of a choice are defined at once: value v is the binary code v, and codes past the end are excluded.
    fn chosen(&mut self, formula: &Formula, choice: Choice, value: u32) -> Bool {
        let index = choice.0 as usize;
        if let Some(Some(values)) = self.choices.get(index) {
            return values.get(value as usize).cloned().unwrap_or_else(|| Bool::from_bool(false));
        }
        let count = formula.choices.get(index).map_or(1, |entry| entry.1);
        let width = 32 - count.saturating_sub(1).leading_zeros();
        let bits: Vec<Bool> = (0..width).map(|_| self.fresh_bool()).collect();
        let mut values = Vec::new();
        for code in 0..count {
            let name = self.fresh_bool();
            let digits: Vec<Bool> = bits
                .iter()
                .zip(0..)
                .map(|(bit, place)| if (code >> place) & 1 == 1 { bit.clone() } else { bit.not() })
                .collect();
            self.solver.assert(name.iff(Bool::and(&digits)));
            values.push(name);
        }
        self.solver.assert(Bool::or(&values));
        if self.choices.len() <= index {
            self.choices.resize(index + 1, None);
        }
        let found = values.get(value as usize).cloned().unwrap_or_else(|| Bool::from_bool(false));
        if let Some(slot) = self.choices.get_mut(index) {
            *slot = Some(values);
        }
        found
    }

    fn number(&mut self, attribute: Attribute) -> Real {
        let index = attribute.0 as usize;
        if let Some(Some(known)) = self.numbers.get(index) {
            return known.clone();
        }
        let real = Real::new_const(self.fresh());
        if self.numbers.len() <= index {
            self.numbers.resize(index + 1, None);
        }
        if let Some(slot) = self.numbers.get_mut(index) {
            *slot = Some(real.clone());
        }
        real
    }

    fn within(&mut self, attribute: Attribute, prefix: &Prefix) -> Bool {
        let index = attribute.0 as usize;
        let known = self.addresses.get(index).cloned().flatten();
        let (v6, bits) = known.unwrap_or_else(|| {
            let made = (self.fresh_bool(), BV::new_const(self.fresh(), 128));
            if self.addresses.len() <= index {
                self.addresses.resize(index + 1, None);
            }
            if let Some(slot) = self.addresses.get_mut(index) {
                *slot = Some(made.clone());
            }
            made
        });
        let family = if prefix.v6 { v6 } else { v6.not() };
        let width: u32 = if prefix.v6 { 128 } else { 32 };
        let length = u32::from(prefix.length);
        if length == 0 {
            return family;
        }
        let low = width - length;
        let value = prefix.bits >> low;
        let digits: Vec<bool> = (0..length).map(|place| (value >> place) & 1 == 1).collect();
        match BV::from_bits(&digits) {
            Some(constant) => Bool::and(&[family, bits.extract(width - 1, low).eq(constant)]),
            None => Bool::from_bool(false),
        }
    }
}

impl Backend {
    /// What an atom about texts means in Z3's own theory; none with [`Encoding::Theory`], and for templates with
    /// wildcards around a value, which stay free.
    fn text_definition(&mut self, formula: &Formula, atom: &Atom) -> Option<Bool> {
        if self.encoding == Encoding::Theory {
            return None;
        }
        match atom {
            Atom::Matches(attribute, language) => {
                let regex = regex(formula.languages.get(*language)?)?;
                Some(self.text(formula, *attribute).regex_matches(&regex))
            }
            Atom::Equal(left, right) => {
                let (left, right) = (self.text(formula, *left), self.text(formula, *right));
                Some(left.eq(right))
            }
            Atom::MatchesTemplate {
                attribute,
                parts,
                ignore_case: false,
                form: form @ (TemplateForm::Text | TemplateForm::Pattern),
            } => {
                let mut pieces = Vec::new();
                for part in parts {
                    match part {
                        TemplatePart::Pattern(text)
                            if *form == TemplateForm::Pattern && text.contains(['*', '?']) =>
                        {
                            return None;
                        }
                        TemplatePart::Pattern(text) | TemplatePart::Literal(text) => {
                            pieces.push(literal(text));
                        }
                        TemplatePart::Value(value) => pieces.push(self.text(formula, *value)),
                    }
                }
                let whole = Text::concat(&pieces);
                Some(self.text(formula, *attribute).eq(whole))
            }
            Atom::MatchesTemplate { .. }
            | Atom::Flag(_)
            | Atom::Chosen(..)
            | Atom::IsNumber(_)
            | Atom::Number(..)
            | Atom::IsInstant(_)
            | Atom::Instant(..)
            | Atom::InstantsWithin(..)
            | Atom::IsAddress(_)
            | Atom::Within(..) => None,
        }
    }

    /// The string of an attribute; its domain is asserted when it is made.
    fn text(&mut self, formula: &Formula, attribute: Attribute) -> Text {
        let index = attribute.0 as usize;
        if let Some(Some(known)) = self.texts.get(index) {
            return known.clone();
        }
        let text = Text::new_const(self.fresh());
        if let Domain::Text(Some(language)) = formula.domain(attribute)
            && let Some(regex) = formula.languages.get(language).and_then(regex)
        {
            self.solver.assert(text.regex_matches(&regex));
        }
        if self.texts.len() <= index {
            self.texts.resize(index + 1, None);
        }
        if let Some(slot) = self.texts.get_mut(index) {
            *slot = Some(text.clone());
        }
        text
    }
}

fn real(value: &Decimal) -> Option<Real> {
    let (numerator, denominator) = value.as_fraction();
    Real::from_rational_str(&numerator, &denominator)
}

fn compare(number: &Real, comparison: Comparison, constant: &Decimal) -> Option<Bool> {
    let constant = real(constant)?;
    Some(match comparison {
        Comparison::Less => number.lt(constant),
        Comparison::AtMost => number.le(constant),
        Comparison::Equal => number.eq(constant),
    })
}

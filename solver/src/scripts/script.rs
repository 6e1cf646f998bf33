//! The text of a script: head, declarations, named assertions, one question.

use super::alphabet::remark;

/// A script in the making.
#[derive(Debug, Default)]
pub(super) struct Script {
    remarks: Vec<String>,
    declarations: Vec<String>,
    assertions: Vec<String>,
    theories: Theories,
}

/// What a script needs besides Booleans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Theories {
    strings: bool,
    reals: bool,
    bit_vectors: bool,
}

impl Script {
    /// Adds a line to what is said before the script begins.
    pub(super) fn remark(&mut self, text: &str) {
        self.remarks.push(format!("; {}\n", remark(text)));
    }

    /// Declares a symbol.
    pub(super) fn declare(&mut self, symbol: &str, sort: &str) {
        self.theories.strings |= sort == "String";
        self.theories.reals |= sort == "Real";
        self.theories.bit_vectors |= sort.contains("BitVec");
        self.declarations.push(format!("(declare-const {symbol} {sort})\n"));
    }

    /// Declares a symbol for a term. `sort` is that of its arguments in brackets, and its own.
    pub(super) fn define(&mut self, symbol: &str, sort: &str, term: &str) {
        self.declarations.push(format!("(define-fun {symbol} {sort} {term})\n"));
    }

    /// Asserts a term under a name.
    pub(super) fn assert(&mut self, name: &str, term: &str) {
        self.assertions.push(format!("(assert (! {term} :named {name}))\n"));
    }

    /// The whole script, about the claim with this digest.
    pub(super) fn finish(self, claim: &str) -> String {
        let logic = match self.theories {
            Theories { strings: false, reals: false, bit_vectors: false } => "QF_UF",
            Theories { strings: true, reals: false, bit_vectors: false } => "QF_SLIA",
            Theories { strings: false, reals: true, bit_vectors: false } => "QF_LRA",
            Theories { strings: false, reals: false, bit_vectors: true } => "QF_BV",
            // No logic of the standard has texts beside reals or bit vectors.
            Theories { .. } => "ALL",
        };
        let digest = digits(claim);
        let mut text = format!(
            "(set-info :smt-lib-version 2.6)\n(set-logic {logic})\n\
             (set-info :source |Ringfence, claim {digest}|)\n(set-info :status unsat)\n"
        );
        text.extend(self.remarks.iter().map(String::as_str));
        text.extend(self.declarations.iter().map(String::as_str));
        text.extend(self.assertions.iter().map(String::as_str));
        text.push_str("(check-sat)\n");
        text
    }
}

/// The digest, or as much of it as is one: a script must not be ended by what it says of itself.
fn digits(claim: &str) -> String {
    claim.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// One of the literals must be true.
pub(super) fn clause(literals: &[i32]) -> String {
    let written: Vec<String> = literals.iter().map(|literal| self::literal(*literal)).collect();
    match written.as_slice() {
        [] => "false".to_owned(),
        [only] => only.clone(),
        _ => format!("(or {})", written.join(" ")),
    }
}

/// The symbol of a variable.
pub(super) fn symbol(variable: u32) -> String {
    format!("variable-{variable}")
}

fn literal(literal: i32) -> String {
    let symbol = symbol(literal.unsigned_abs());
    if literal < 0 { format!("(not {symbol})") } else { symbol }
}

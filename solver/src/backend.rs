//! The solver behind the search: it decides the Boolean structure, numbers, instants and addresses.

pub mod z3;

use crate::decimal::Decimal;
use crate::term::AtomId;

/// How texts are decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// Matches are free Booleans, which the wildcard theory checks.
    #[default]
    Theory,
    /// Everything is in Z3's theory of sequences: a cross-check for small queries.
    Strings,
}

/// An atom or its negation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Literal {
    /// The atom.
    pub atom: AtomId,
    /// True for the atom itself.
    pub positive: bool,
}

impl Literal {
    /// `atom` as `positive` says.
    pub fn new(atom: AtomId, positive: bool) -> Self {
        Self { atom, positive }
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { positive: !self.positive, ..self }
    }
}

/// What the backend answers, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SatResult {
    /// An assignment.
    Sat(Assignment),
    /// None exists under the assumptions; these of them already exclude one.
    Unsat(Vec<Literal>),
    /// Not decided, with the reason.
    Unknown(String),
}

/// Values that the backend chose.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Assignment {
    /// By atom id.
    pub atoms: Vec<bool>,
    /// The value of a choice, by choice index, where the solver knows the choice.
    pub choices: Vec<Option<u32>>,
    /// The number or instant of an attribute, by attribute index, where it has one.
    pub numbers: Vec<Option<Decimal>>,
    /// The text of an attribute, by attribute index, where Z3 decides texts itself.
    pub texts: Vec<Option<String>>,
    /// The address of an attribute (IPv6 or not, bits), by attribute index, where it has one.
    pub addresses: Vec<Option<(bool, u128)>>,
}

impl Assignment {
    /// The value of `atom`.
    pub fn atom(&self, atom: AtomId) -> bool {
        self.atoms.get(atom.0 as usize).copied().unwrap_or(false)
    }
}

//! Terms: Boolean structure over atoms, as plain data that can be sent, printed, hashed and interpreted.
//!
//! Terms are made only by the methods of [`Terms`], which simplify as they build: constants fold, nested
//! conjunctions flatten, operands are sorted and unique, so that equal formulas get equal terms.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use serde::{Serialize, Serializer};

use crate::decimal::Decimal;
use crate::wildcard::reading::Against;
use crate::wildcard::{Language, Reading};

/// A term of one [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Term(u32);

impl Term {
    /// Its place among the terms of its formula.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An atom of one [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AtomId(pub u32);

/// A free Boolean of the formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Flag(pub u32);

/// A finite choice of the formula: exactly one of its values holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Choice(pub u32);

/// An attribute of the request: a string, which may also be read as number, instant or address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Attribute(pub u32);

/// A language of the formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LanguageId(pub u32);

/// How a number or instant is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Comparison {
    /// Less than.
    Less,
    /// Less than or equal. All others are written with these two, equality and negation.
    AtMost,
    /// Equal.
    Equal,
}

/// An address prefix: the first `length` bits of `bits`. IPv4 addresses are the low 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Prefix {
    /// IPv6 rather than IPv4.
    pub v6: bool,
    /// The network address; bits past `length` are zero.
    pub bits: u128,
    /// Bits that count: 0–32 or 0–128.
    pub length: u8,
}

/// A piece of a pattern that holds the values of other attributes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum TemplatePart {
    /// Text in which `*` and `?` are wildcards.
    Pattern(String),
    /// Literal text.
    Literal(String),
    /// The value of an attribute, literally.
    Value(Attribute),
}

/// How a pattern that holds the values of attributes is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum TemplateForm {
    /// Everything is literal.
    Text,
    /// `*` and `?` are wildcards in [`TemplatePart::Pattern`].
    Pattern,
    /// As a pattern, the six parts of an ARN each by itself: before the fifth colon wildcards match no colon, and
    /// with fewer than five colons nothing matches (semantics:C8). Letter case always counts.
    Arn,
}

/// What the wildcard, number and address theories and Z3 decide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Atom {
    /// A free Boolean.
    Flag(Flag),
    /// The choice takes this value.
    Chosen(Choice, u32),
    /// The attribute's text is in the language.
    Matches(Attribute, LanguageId),
    /// The attribute's text matches a pattern that holds the values of other attributes.
    MatchesTemplate {
        /// The attribute that is matched.
        attribute: Attribute,
        /// The pattern.
        parts: Vec<TemplatePart>,
        /// Letter case does not count.
        ignore_case: bool,
        /// How the pattern is read.
        form: TemplateForm,
    },
    /// Two attributes have the same text.
    Equal(Attribute, Attribute),
    /// The attribute's text reads as a number.
    IsNumber(Attribute),
    /// The attribute's number against a constant. Meaningless unless it is a number.
    Number(Attribute, Comparison, Decimal),
    /// The attribute's text reads as an instant.
    IsInstant(Attribute),
    /// The attribute's instant, in seconds since 1970, against a constant.
    Instant(Attribute, Comparison, Decimal),
    /// The first attribute's instant is at most that of the second plus this many seconds.
    InstantsWithin(Attribute, Attribute, Decimal),
    /// The attribute's text reads as an address.
    IsAddress(Attribute),
    /// The attribute's address is within the prefix.
    Within(Attribute, Prefix),
}

impl Atom {
    /// The attribute and what the atom says that its text reads as, if it is about that alone.
    pub(crate) fn reading(&self) -> Option<(Attribute, Reading)> {
        match self {
            Self::IsNumber(attribute) => Some((*attribute, Reading::Number(None))),
            Self::Number(attribute, comparison, constant) => {
                Some((*attribute, Reading::Number(Some(Against::new(*comparison, constant)))))
            }
            Self::IsInstant(attribute) => Some((*attribute, Reading::Instant(None))),
            Self::Instant(attribute, comparison, constant) => {
                Some((*attribute, Reading::Instant(Some(Against::new(*comparison, constant)))))
            }
            Self::IsAddress(attribute) => Some((*attribute, Reading::Address(None))),
            Self::Within(attribute, prefix) => Some((*attribute, Reading::Address(Some(*prefix)))),
            Self::Flag(_)
            | Self::Chosen(..)
            | Self::Matches(..)
            | Self::MatchesTemplate { .. }
            | Self::Equal(..)
            | Self::InstantsWithin(..) => None,
        }
    }
}

/// The shape of a term.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Node {
    /// True.
    True,
    /// False.
    False,
    /// An atom.
    Atom(AtomId),
    /// A negation; never of a constant or of a negation.
    Not(Term),
    /// A conjunction of two or more terms, ascending, none of them a conjunction.
    And(Box<[Term]>),
    /// A disjunction of two or more terms, ascending, none of them a disjunction.
    Or(Box<[Term]>),
}

/// All terms of one formula.
#[derive(Clone, Debug)]
pub struct Terms {
    nodes: IndexSet<Node, FxBuildHasher>,
    atoms: IndexSet<Atom, FxBuildHasher>,
}

impl Serialize for Terms {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nodes: Vec<&Node> = self.nodes.iter().collect();
        let atoms: Vec<&Atom> = self.atoms.iter().collect();
        (nodes, atoms).serialize(serializer)
    }
}

impl Default for Terms {
    fn default() -> Self {
        let mut nodes = IndexSet::default();
        nodes.insert(Node::True);
        nodes.insert(Node::False);
        Self { nodes, atoms: IndexSet::default() }
    }
}

impl Terms {
    /// The term that is always true.
    pub const TRUE: Term = Term(0);
    /// The term that is never true.
    pub const FALSE: Term = Term(1);

    /// The shape of `term`.
    pub fn node(&self, term: Term) -> &Node {
        self.nodes.get_index(term.0 as usize).unwrap_or(&Node::False)
    }

    /// The atom `id`; none for an id of another formula.
    pub fn atom(&self, id: AtomId) -> Option<&Atom> {
        self.atoms.get_index(id.0 as usize)
    }

    /// All atoms, ascending by id.
    pub fn atoms(&self) -> impl Iterator<Item = (AtomId, &Atom)> {
        (0..).map(AtomId).zip(self.atoms.iter())
    }

    /// The atoms from the place `first` on.
    pub fn atoms_from(&self, first: usize) -> impl Iterator<Item = &Atom> {
        self.atoms.get_range(first..).into_iter().flatten()
    }

    /// How many atoms there are.
    pub fn atom_count(&self) -> usize {
        self.atoms.len()
    }

    /// How many terms there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: the constants are always there.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn intern(&mut self, node: Node) -> Term {
        Term(u32::try_from(self.nodes.insert_full(node).0).unwrap_or(u32::MAX))
    }

    /// The constant `value`.
    pub fn constant(value: bool) -> Term {
        if value { Self::TRUE } else { Self::FALSE }
    }

    /// The id of `atom`.
    pub fn atom_id(&mut self, atom: Atom) -> AtomId {
        AtomId(u32::try_from(self.atoms.insert_full(atom).0).unwrap_or(u32::MAX))
    }

    /// The id of `atom`, if it occurs already.
    pub fn find_atom(&self, atom: &Atom) -> Option<AtomId> {
        self.atoms.get_index_of(atom).and_then(|index| u32::try_from(index).ok()).map(AtomId)
    }

    /// The term that is `atom`.
    pub fn from_atom(&mut self, atom: Atom) -> Term {
        let id = self.atom_id(atom);
        self.intern(Node::Atom(id))
    }

    /// The negation of `term`.
    pub fn not(&mut self, term: Term) -> Term {
        match self.node(term) {
            Node::True => Self::FALSE,
            Node::False => Self::TRUE,
            Node::Not(inner) => *inner,
            Node::Atom(_) | Node::And(_) | Node::Or(_) => self.intern(Node::Not(term)),
        }
    }

    /// The conjunction of `terms`; true if there are none.
    pub fn and(&mut self, terms: impl IntoIterator<Item = Term>) -> Term {
        self.combine(terms, true)
    }

    /// The disjunction of `terms`; false if there are none.
    pub fn or(&mut self, terms: impl IntoIterator<Item = Term>) -> Term {
        self.combine(terms, false)
    }

    /// `left` implies `right`.
    pub fn implies(&mut self, left: Term, right: Term) -> Term {
        let not_left = self.not(left);
        self.or([not_left, right])
    }

    /// `left` and `right` are both true or both false.
    pub fn iff(&mut self, left: Term, right: Term) -> Term {
        let forth = self.implies(left, right);
        let back = self.implies(right, left);
        self.and([forth, back])
    }

    fn combine(&mut self, terms: impl IntoIterator<Item = Term>, conjunction: bool) -> Term {
        let (neutral, absorbing) =
            if conjunction { (Self::TRUE, Self::FALSE) } else { (Self::FALSE, Self::TRUE) };
        let mut operands: Vec<Term> = Vec::new();
        for term in terms {
            if term == absorbing {
                return absorbing;
            }
            if term == neutral {
                continue;
            }
            match self.node(term) {
                Node::And(inner) if conjunction => operands.extend_from_slice(inner),
                Node::Or(inner) if !conjunction => operands.extend_from_slice(inner),
                Node::True | Node::False | Node::Atom(_) | Node::Not(_) | Node::And(_) | Node::Or(_) => {
                    operands.push(term);
                }
            }
        }
        operands.sort_unstable();
        operands.dedup();
        let clash = operands.iter().any(
            |term| matches!(self.node(*term), Node::Not(inner) if operands.binary_search(inner).is_ok()),
        );
        if clash {
            return absorbing;
        }
        match operands.as_slice() {
            [] => neutral,
            [only] => *only,
            _ if conjunction => self.intern(Node::And(operands.into_boxed_slice())),
            _ => self.intern(Node::Or(operands.into_boxed_slice())),
        }
    }
}

/// Interned languages of one formula.
#[derive(Clone, Debug, Default)]
pub struct Languages(IndexSet<Language, FxBuildHasher>);

impl Serialize for Languages {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl Languages {
    /// The id of `language`.
    pub fn intern(&mut self, language: Language) -> LanguageId {
        LanguageId(u32::try_from(self.0.insert_full(language).0).unwrap_or(u32::MAX))
    }

    /// The language `id`.
    pub fn get(&self, id: LanguageId) -> Option<&Language> {
        self.0.get_index(id.0 as usize)
    }
}

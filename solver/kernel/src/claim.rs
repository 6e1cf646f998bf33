//! The format of proofs: what is claimed, and how it is derived.

use serde::{Deserialize, Serialize};

use crate::language::Language;

/// An atom or auxiliary variable, counted from 1, or its negation.
pub type Literal = i32;

/// No request makes all clauses true, whatever the variables without a meaning are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// [`Claim::FORMAT`].
    pub format: String,
    /// The languages, by number.
    pub languages: Vec<Language>,
    /// The attributes of a request, by number.
    pub attributes: Vec<Attribute>,
    /// What the first variables mean, from variable 1 on.
    pub atoms: Vec<Atom>,
    /// How many variables there are; those past the atoms have no meaning of their own.
    pub variables: u32,
    /// The clauses.
    pub clauses: Vec<Vec<Literal>>,
}

impl Claim {
    /// The format that this version reads.
    pub const FORMAT: &'static str = "ringfence-claim-1";
}

/// A text of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name, for readers.
    pub name: String,
    /// What every such text is.
    pub domain: Domain,
}

/// What every text of an attribute is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    /// Any text.
    Any,
    /// A text of the language.
    Language(u32),
    /// A text that reads so.
    Reads(Kind),
}

/// How a text may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// As a number.
    Number,
    /// As an instant, in seconds since 1970.
    Instant,
    /// As an IP address.
    Address,
}

/// What a variable means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Atom {
    /// A free Boolean, with its name.
    Flag(String),
    /// The choice of this name has this value. That it has exactly one is said by clauses.
    Chosen(String, u32),
    /// The attribute's text is in the language.
    Matches(u32, u32),
    /// The attribute's text matches a pattern with the texts of other attributes in it.
    Template {
        /// The attribute.
        attribute: u32,
        /// The pattern.
        parts: Vec<TemplatePart>,
        /// Whether ASCII letter case does not count.
        ignore_case: bool,
        /// How the pattern is read.
        form: TemplateForm,
    },
    /// Both attributes have the same text.
    Equal(u32, u32),
    /// The text reads so.
    Reads(u32, Kind),
    /// The text reads as a number or an instant, which stands so to the constant.
    Compares(u32, Kind, Comparison, String),
    /// Both texts read as instants, and the first is at most the second plus this many seconds.
    InstantsWithin(u32, u32, String),
    /// The text reads as an address within this prefix, `192.0.2.0/24`.
    Within(u32, String),
}

/// How a value stands to a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// Less than.
    Less,
    /// At most.
    AtMost,
    /// Equal.
    Equal,
}

/// A piece of a pattern that holds the texts of attributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TemplatePart {
    /// Text in which `*` and `?` are wildcards, unless the form is [`TemplateForm::Text`].
    Pattern(String),
    /// Literal text.
    Literal(String),
    /// The text of an attribute, literally.
    Value(u32),
}

/// How a pattern that holds the texts of attributes is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TemplateForm {
    /// Everything is literal.
    Text,
    /// `*` is any text and `?` any character.
    Pattern,
    /// As a pattern, but `*` and `?` before the fifth colon match no colon, letter case counts, and with fewer than
    /// five colons nothing matches.
    Arn,
}

/// How the claim follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derivation {
    /// SHA-256 of the claim's line.
    pub claim: String,
    /// Clauses that are true of every request. They are numbered after the clauses of the claim.
    pub lemmas: Vec<Lemma>,
    /// Clauses that follow from those before them, numbered on; the last one is empty.
    pub steps: Vec<Step>,
}

/// A clause that is true of every request, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lemma {
    /// The clause. Its literals cannot all be false.
    pub clause: Vec<Literal>,
    /// Why.
    pub reason: Reason,
}

/// Why the literals of a lemma cannot all be false.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// No text is in some languages and outside others.
    Text(ClosedSet),
    /// Some attributes have only one text left, and that makes one of the literals true or is not in a domain.
    Constants,
    /// No numbers and instants stand so to each other and to the constants.
    Bounds,
    /// No address is within some prefixes and outside others.
    Address,
}

/// States of a product of automata: the first is the start, every step from one of them leads to one of them, and
/// none of them accepts. So no text is in all inner languages and in no outer one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedSet {
    /// The attribute whose text it is, or one that has the same text.
    pub attribute: u32,
    /// Where the languages come from: `n` from literal number `n` of the clause, negated; `-1 - a` from the domain of
    /// attribute `a`.
    pub components: Vec<i32>,
    /// For each component the states of its automaton that occur, each a set of positions.
    pub states: Vec<Vec<Vec<usize>>>,
    /// The product states one after the other: for each component 1 + the index of its state, or 0 where the text so
    /// far is the start of no text of the language.
    pub product: Vec<usize>,
}

/// A clause that follows by unit propagation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step(
    /// The clause.
    pub Vec<Literal>,
    /// The numbers of earlier clauses: with all literals of the new clause false, each leaves one literal, which is
    /// true then, and the last leaves none.
    pub Vec<usize>,
);

//! Conflicts of one text, and of numbers, instants and addresses.

use std::collections::BTreeSet;

use ringfence_kernel as kernel;

use super::{Refuter, Source, Why};
use crate::backend::Literal;
use crate::formula::Domain;
use crate::interpretation::Interpretation;
use crate::search::templates::relaxed;
use crate::term::{Atom, Attribute, Prefix, TemplatePart};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder, Member, TextDecision, Theory};

/// A language that the text of a group must be in, or must not.
pub(super) struct Fact {
    pub(super) language: Language,
    pub(super) inside: bool,
    pub(super) source: Source,
    /// What else it rests on.
    pub(super) also: Vec<Literal>,
    /// The attributes that it is about.
    pub(super) attributes: Vec<Attribute>,
}

/// What a text must be, or must not be, with what says so.
pub(super) struct Demand<'f> {
    pub(super) member: Member<'f>,
    pub(super) inside: bool,
    pub(super) source: Source,
    /// See [`Fact`].
    pub(super) also: &'f [Literal],
    pub(super) attributes: &'f [Attribute],
}

impl Fact {
    pub(super) fn demand(&self) -> Demand<'_> {
        Demand {
            member: Member::Language(&self.language),
            inside: self.inside,
            source: self.source,
            also: &self.also,
            attributes: &self.attributes,
        }
    }
}

impl Refuter<'_> {
    /// Conflicts about the text of one group.
    pub(super) fn group(&mut self, leader: Attribute, theory: &mut Theory) {
        let literals = self.about(leader);
        if self.contradicts_constant(leader, &literals) {
            return;
        }
        let facts = self.facts(leader, &literals);
        let demands: Vec<Demand<'_>> = facts.iter().map(Fact::demand).collect();
        match self.decide(leader, &demands, theory) {
            TextDecision::Text(_) if self.is_read_in_several_ways(leader, &literals) => {
                self.readings(leader, &literals, &facts, theory);
            }
            TextDecision::Text(_) | TextDecision::Conflict { .. } => {}
            TextDecision::TooLarge => {
                self.found.undecided.insert("a product of automata was too large");
            }
        }
    }

    /// Whether a text fulfils the demands; if none can, the conflict is noted.
    pub(super) fn decide(
        &mut self,
        leader: Attribute,
        demands: &[Demand<'_>],
        theory: &mut Theory,
    ) -> TextDecision {
        let (inner, outer): (Vec<_>, Vec<_>) = demands.iter().partition(|demand| demand.inside);
        let within: Vec<Member<'_>> = inner.iter().map(|demand| demand.member).collect();
        let without: Vec<Member<'_>> = outer.iter().map(|demand| demand.member).collect();
        let decision = theory.decide_members(&within, &without);
        let TextDecision::Conflict { inside, outside } = &decision else { return decision };
        let picked = inside.iter().filter_map(|index| inner.get(*index));
        let picked: Vec<_> = picked.chain(outside.iter().filter_map(|index| outer.get(*index))).collect();
        let mut literals = Vec::new();
        let mut attributes = Vec::new();
        for demand in &picked {
            if let Source::Literal(literal) = demand.source {
                literals.push(literal);
            }
            literals.extend(demand.also);
            attributes.extend(demand.attributes);
        }
        let sources = picked.iter().map(|demand| demand.source).collect();
        let subject = attributes.first().copied().unwrap_or(leader);
        self.conflict(literals, &attributes, Why::Text(subject, sources));
        decision
    }

    /// Where the group has only one text: whether that text makes a literal false or is outside a domain.
    fn contradicts_constant(&mut self, leader: Attribute, literals: &[Literal]) -> bool {
        let Some(constant) = self.groups.constant(leader).cloned() else { return false };
        let trial = Interpretation {
            texts: vec![constant.text.clone(); self.formula.attributes.len()],
            ..Interpretation::default()
        };
        let alone = |atom: &Atom| {
            !matches!(atom, Atom::Equal(..) | Atom::MatchesTemplate { .. } | Atom::InstantsWithin(..))
        };
        for literal in literals {
            let Some(atom) = self.atom(*literal).filter(|atom| alone(atom)) else { continue };
            if trial.atom(self.formula, atom) != literal.positive {
                let clash = constant.literal.into_iter().chain([*literal]).collect();
                if self.conflict(clash, &[constant.attribute], Why::Constants) {
                    return true;
                }
            }
        }
        for member in self.groups.members(leader) {
            let text = &constant.text;
            let fits = match self.formula.domain(member) {
                Domain::Text(None) => true,
                Domain::Text(Some(language)) => {
                    self.formula.languages.get(language).is_some_and(|language| language.accepts(text))
                }
                Domain::Number => crate::decimal::Decimal::parse(text).is_some(),
                Domain::Instant => crate::text::parse_instant(text).is_some(),
                Domain::Address => crate::text::parse_address(text).is_some(),
            };
            if !fits {
                let clash = constant.literal.into_iter().collect();
                if self.conflict(clash, &[constant.attribute, member], Why::Constants) {
                    return true;
                }
            }
        }
        false
    }

    /// The languages of a group.
    fn facts(&mut self, leader: Attribute, literals: &[Literal]) -> Vec<Fact> {
        let formula = self.formula;
        let mut facts: Vec<Fact> = Vec::new();
        for literal in literals {
            facts.extend(self.fact(leader, *literal));
        }
        for member in self.groups.members(leader) {
            let language = match formula.domain(member) {
                Domain::Text(None) => continue,
                Domain::Text(Some(language)) => formula.languages.get(language).cloned(),
                Domain::Number => Some(characters(NUMBER)),
                Domain::Instant => Some(characters(INSTANT)),
                Domain::Address => Some(characters(ADDRESS)),
            };
            facts.extend(language.map(|language| Fact {
                language,
                inside: true,
                source: Source::Domain(member),
                also: Vec::new(),
                attributes: vec![member],
            }));
        }
        facts
    }

    /// Whether the text must fit a pattern and read as a number, an instant or an address, or read so in two ways. Notes
    /// what conflicts are not looked for, if any: bounds and prefixes alone are decided as if some text wrote each value.
    fn is_read_in_several_ways(&mut self, leader: Attribute, literals: &[Literal]) -> bool {
        let members = self.groups.members(leader);
        let mut ways: BTreeSet<Way> =
            members.iter().filter_map(|member| way_of_domain(self.formula.domain(*member))).collect();
        let read: BTreeSet<Way> =
            literals.iter().filter_map(|literal| self.atom(*literal)).filter_map(way_of_atom).collect();
        ways.extend(&read);
        if ways.len() > 1 {
            self.found.undecided.insert("a text is read in several ways");
        } else if read.iter().any(|way| *way != Way::Text) {
            self.found.undecided.insert("a value that no text may write");
        }
        ways.len() > 1
    }

    /// The language that a literal says the text of the group is in, or is not.
    fn fact(&mut self, leader: Attribute, literal: Literal) -> Option<Fact> {
        let inside = literal.positive;
        let source = Source::Literal(literal);
        let alone = |language: Language, attribute: Attribute| {
            Some(Fact { language, inside, source, also: Vec::new(), attributes: vec![attribute] })
        };
        match self.atom(literal)? {
            Atom::Matches(attribute, language) => {
                alone(self.formula.languages.get(*language)?.clone(), *attribute)
            }
            Atom::MatchesTemplate { attribute, parts, ignore_case, form } => {
                let mut texts = vec![String::new(); self.formula.attributes.len()];
                let mut also = Vec::new();
                let mut attributes = vec![*attribute];
                let values = parts.iter().filter_map(|part| match part {
                    TemplatePart::Value(value) => Some(value),
                    TemplatePart::Pattern(_) | TemplatePart::Literal(_) => None,
                });
                for value in values {
                    let Some(constant) = self.groups.constant(*value) else {
                        self.found.undecided.insert("a pattern holds a text that may be several");
                        return self.relaxed(literal);
                    };
                    texts.get_mut(value.0 as usize)?.clone_from(&constant.text);
                    also.extend(constant.literal);
                    attributes.extend([*value, constant.attribute]);
                }
                let known = Interpretation { texts, ..Interpretation::default() };
                let builder = known.template(parts, *ignore_case, *form);
                let language = builder.map_or_else(|| Language::one_of(Vec::new()), LanguageBuilder::build);
                Some(Fact { language, inside, source, also, attributes })
            }
            Atom::Equal(left, right) => {
                // A negative one: the group's text is not that of the other.
                let is_left = self.groups.leader(*left) == leader;
                let (own, other) = if is_left { (*left, *right) } else { (*right, *left) };
                if self.groups.leader(other) == leader {
                    self.conflict(vec![literal], &[], Why::Constants);
                    return None;
                }
                let Some(constant) = self.groups.constant(other) else {
                    self.found.undecided.insert("two texts must differ");
                    return None;
                };
                let language = Language::exactly(&constant.text);
                let also = constant.literal.into_iter().collect();
                Some(Fact {
                    language,
                    inside,
                    source,
                    also,
                    attributes: vec![own, other, constant.attribute],
                })
            }
            Atom::IsNumber(attribute) | Atom::Number(attribute, ..) if inside => {
                alone(characters(NUMBER), *attribute)
            }
            Atom::IsInstant(attribute) | Atom::Instant(attribute, ..) if inside => {
                alone(characters(INSTANT), *attribute)
            }
            Atom::IsAddress(attribute) if inside => alone(characters(ADDRESS), *attribute),
            Atom::Within(attribute, prefix) if inside => alone(texts_within(*prefix), *attribute),
            Atom::Flag(_)
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

    /// As [`Self::fact`] for a template that must match, with values that may be several: a larger language.
    fn relaxed(&self, literal: Literal) -> Option<Fact> {
        let Some(Atom::MatchesTemplate { attribute, parts, ignore_case, form }) = self.atom(literal) else {
            return None;
        };
        let mut also = Vec::new();
        let mut attributes = vec![*attribute];
        let language = relaxed(parts, *ignore_case, *form, |value| {
            attributes.push(value);
            if let Some(constant) = self.groups.constant(value) {
                also.extend(constant.literal);
                attributes.push(constant.attribute);
                return Some(Language::exactly(&constant.text));
            }
            let asked = self.about(self.groups.leader(value)).into_iter().filter(|literal| literal.positive);
            let asked = asked.map(|literal| (literal, self.atom(literal)));
            for (literal, atom) in asked {
                if let Some(Atom::Matches(_, language)) = atom {
                    also.push(literal);
                    return self.formula.languages.get(*language).cloned();
                }
            }
            match self.formula.domain(value) {
                Domain::Text(Some(language)) => self.formula.languages.get(language).cloned(),
                Domain::Text(None) | Domain::Number | Domain::Instant | Domain::Address => None,
            }
        });
        literal.positive.then_some(Fact {
            language,
            inside: true,
            source: Source::Literal(literal),
            also,
            attributes,
        })
    }

    /// Conflicts between numbers and instants, between addresses, and between texts that are the only ones.
    pub(super) fn values(&mut self) {
        let of_kind = |this: &Self, fits: fn(&Atom) -> bool| -> Vec<Literal> {
            this.literals.iter().copied().filter(|literal| this.atom(*literal).is_some_and(fits)).collect()
        };
        let bounded = of_kind(self, |atom| {
            matches!(
                atom,
                Atom::IsNumber(_)
                    | Atom::Number(..)
                    | Atom::IsInstant(_)
                    | Atom::Instant(..)
                    | Atom::InstantsWithin(..)
                    | Atom::Equal(..)
            )
        });
        self.minimal(bounded, &kernel::Reason::Bounds, Why::Bounds);
        let addresses =
            of_kind(self, |atom| matches!(atom, Atom::IsAddress(_) | Atom::Within(..) | Atom::Equal(..)));
        self.minimal(addresses, &kernel::Reason::Address, Why::Address);
    }

    /// A smallest conflict among the literals, in the order from the last, if the kernel sees one.
    fn minimal(&mut self, literals: Vec<Literal>, reason: &kernel::Reason, why: Why) {
        if literals.is_empty() || !self.holds(&literals, reason.clone()) {
            return;
        }
        let mut kept = literals;
        let mut index = kept.len();
        while index > 0 {
            index -= 1;
            let mut fewer = kept.clone();
            fewer.remove(index);
            if self.holds(&fewer, reason.clone()) {
                kept = fewer;
            }
        }
        self.conflict(kept, &[], why);
    }
}

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Text,
    Number,
    Instant,
    Address,
}

fn way_of_domain(domain: Domain) -> Option<Way> {
    match domain {
        Domain::Text(None) => None,
        Domain::Text(Some(_)) => Some(Way::Text),
        Domain::Number => Some(Way::Number),
        Domain::Instant => Some(Way::Instant),
        Domain::Address => Some(Way::Address),
    }
}

fn way_of_atom(atom: &Atom) -> Option<Way> {
    match atom {
        Atom::Flag(_) | Atom::Chosen(..) | Atom::Equal(..) => None,
        Atom::Matches(..) | Atom::MatchesTemplate { .. } => Some(Way::Text),
        Atom::IsNumber(_) | Atom::Number(..) => Some(Way::Number),
        Atom::IsInstant(_) | Atom::Instant(..) | Atom::InstantsWithin(..) => Some(Way::Instant),
        Atom::IsAddress(_) | Atom::Within(..) => Some(Way::Address),
    }
}

/// The characters in which numbers, instants and addresses are written.
const NUMBER: &str = "0123456789+-.eE";
const INSTANT: &str = "0123456789+-:.TZ";
const ADDRESS: &str = "0123456789abcdefABCDEF:.";

/// Texts that hold all that are written as an address of the prefix, as the kernel makes them.
fn texts_within(prefix: Prefix) -> Language {
    if prefix.v6 {
        return characters(ADDRESS);
    }
    let span = u128::from(u32::MAX).checked_shr(u32::from(prefix.length)).unwrap_or(0);
    let octet = |bits: u128, place: u32| bits >> (24 - 8 * place) & 0xFF;
    let mut builder = LanguageBuilder::new();
    for place in 0..4 {
        let (low, high) = (octet(prefix.bits & !span, place), octet(prefix.bits | span, place));
        builder.append(&Language::one_of((low..=high).map(|value| value.to_string()).collect::<Vec<_>>()));
        if place == 3 {
            break;
        }
        builder.text(".");
        if low != high {
            builder.append(&characters("0123456789."));
            break;
        }
    }
    builder.build()
}

/// Any text of these characters.
fn characters(characters: &str) -> Language {
    let mut builder = LanguageBuilder::new();
    builder.star(CharacterSet::from_ranges(
        characters.chars().map(|character| (character, character)).collect(),
    ));
    builder.build()
}

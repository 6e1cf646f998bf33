//! Conflicts of one text that is read in several ways: by patterns, and as a number, an instant or an address.

use super::values::Fact;
use super::{Refuter, Source, Why};
use crate::backend::Literal;
use crate::formula::Domain;
use crate::term::{Atom, Attribute};
use crate::wildcard::reading::Against;
use crate::wildcard::{Member, Reading, TextDecision, Theory};

/// What a text must be, or must not be, with what says so.
struct Demand<'f> {
    member: Member<'f>,
    inside: bool,
    source: Source,
    also: &'f [Literal],
    attributes: &'f [Attribute],
}

impl Refuter<'_> {
    /// A conflict between what the text of a group reads as and its patterns, `facts`. The kernel knows of comparisons
    /// only what digits tell, so that it may not follow.
    pub(super) fn readings(
        &mut self,
        leader: Attribute,
        literals: &[Literal],
        facts: &[Fact],
        theory: &mut Theory,
    ) {
        let members = self.groups.members(leader);
        let mut read: Vec<(Reading, bool, Source, Vec<Attribute>)> = Vec::new();
        for literal in literals {
            if let Some((attribute, reading)) = self.atom(*literal).and_then(reading) {
                read.push((reading, literal.positive, Source::Literal(*literal), vec![attribute]));
            }
        }
        for member in &members {
            let all = match self.formula.domain(*member) {
                Domain::Text(_) => continue,
                Domain::Number => Reading::Number(None),
                Domain::Instant => Reading::Instant(None),
                Domain::Address => Reading::Address(None),
            };
            read.push((all, true, Source::Domain(*member), vec![*member]));
        }
        let is_read = |source: Source| read.iter().any(|entry| entry.2 == source);
        let patterns = facts.iter().filter(|fact| !is_read(fact.source)).map(|fact| Demand {
            member: Member::Language(&fact.language),
            inside: fact.inside,
            source: fact.source,
            also: &fact.also,
            attributes: &fact.attributes,
        });
        let readings = read.iter().map(|(reading, inside, source, attributes)| Demand {
            member: Member::Reading(reading),
            inside: *inside,
            source: *source,
            also: &[],
            attributes,
        });
        let demands: Vec<Demand<'_>> = patterns.chain(readings).collect();
        let (inner, outer): (Vec<_>, Vec<_>) = demands.iter().partition(|demand| demand.inside);
        let within: Vec<Member<'_>> = inner.iter().map(|demand| demand.member).collect();
        let without: Vec<Member<'_>> = outer.iter().map(|demand| demand.member).collect();
        let TextDecision::Conflict { inside, outside } = theory.decide_members(&within, &without) else {
            return;
        };
        let picked = inside.iter().filter_map(|index| inner.get(*index));
        let picked: Vec<_> = picked.chain(outside.iter().filter_map(|index| outer.get(*index))).collect();
        let mut clash = Vec::new();
        let mut attributes = Vec::new();
        for demand in &picked {
            if let Source::Literal(literal) = demand.source {
                clash.push(literal);
            }
            clash.extend(demand.also);
            attributes.extend(demand.attributes);
        }
        let sources = picked.iter().map(|demand| demand.source).collect();
        let subject = attributes.first().copied().unwrap_or(leader);
        self.conflict(clash, &attributes, Why::Text(subject, sources));
    }
}

/// What an atom says that one text reads as.
fn reading(atom: &Atom) -> Option<(Attribute, Reading)> {
    match atom {
        Atom::IsNumber(attribute) => Some((*attribute, Reading::Number(None))),
        Atom::Number(attribute, comparison, constant) => {
            Some((*attribute, Reading::Number(Some(Against::new(*comparison, constant)))))
        }
        Atom::IsInstant(attribute) => Some((*attribute, Reading::Instant(None))),
        Atom::Instant(attribute, comparison, constant) => {
            Some((*attribute, Reading::Instant(Some(Against::new(*comparison, constant)))))
        }
        Atom::IsAddress(attribute) => Some((*attribute, Reading::Address(None))),
        Atom::Within(attribute, prefix) => Some((*attribute, Reading::Address(Some(*prefix)))),
        Atom::Flag(_)
        | Atom::Chosen(..)
        | Atom::Matches(..)
        | Atom::MatchesTemplate { .. }
        | Atom::Equal(..)
        | Atom::InstantsWithin(..) => None,
    }
}

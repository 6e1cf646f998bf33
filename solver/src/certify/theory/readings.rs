//! Conflicts of one text that is read in several ways: by patterns, and as a number, an instant or an address.

use super::values::{Demand, Fact};
use super::{Refuter, Source};
use crate::backend::Literal;
use crate::term::{Atom, Attribute};
use crate::wildcard::{Member, Reading, Theory};

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
        let mut read: Vec<(Reading, bool, Source, Attribute)> = Vec::new();
        for literal in literals {
            if let Some((attribute, reading)) = self.atom(*literal).and_then(Atom::reading) {
                read.push((reading, literal.positive, Source::Literal(*literal), attribute));
            }
        }
        for member in self.groups.members(leader) {
            let reading = self.formula.domain(member).reading();
            read.extend(reading.map(|reading| (reading, true, Source::Domain(member), member)));
        }
        let is_read = |source: Source| read.iter().any(|entry| entry.2 == source);
        let patterns = facts.iter().filter(|fact| !is_read(fact.source)).map(Fact::demand);
        let readings = read.iter().map(|(reading, inside, source, attribute)| Demand {
            member: Member::Reading(reading),
            inside: *inside,
            source: *source,
            also: &[],
            attributes: std::slice::from_ref(attribute),
        });
        let demands: Vec<Demand<'_>> = patterns.chain(readings).collect();
        self.decide(leader, &demands, theory);
    }
}

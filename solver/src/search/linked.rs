//! Texts that are compared with texts put together of others: what the wildcard theory does not find is asked of Z3's
//! strings, attribute by attribute only as far as they are linked.

use std::collections::{BTreeMap, BTreeSet};

use super::concretise::Concretiser;
use crate::backend::Literal;
use crate::backend::z3::strings::{Answer, decide};
use crate::interpretation::Interpretation;
use crate::term::{Atom, Attribute, TemplatePart};

/// Questions to Z3's strings with their answers. Which ones are asked depends on the formula alone.
#[derive(Debug)]
pub(super) struct Strings {
    answers: BTreeMap<Vec<Literal>, Answer>,
    limit: usize,
}

impl Strings {
    /// None asked yet; at most `limit` will be.
    pub(super) fn new(limit: usize) -> Self {
        Self { answers: BTreeMap::new(), limit }
    }

    /// How many were asked.
    pub(super) fn asked(&self) -> usize {
        self.answers.len()
    }
}

impl Concretiser<'_> {
    /// Asks Z3's strings about linked attributes that have no texts, or texts that do not go together. Returns the
    /// lemmas found; otherwise the texts are set, and what stays undecided is left so.
    pub(super) fn ask_strings(&mut self, strings: &mut Strings) -> Vec<Vec<Literal>> {
        let links = self.links();
        if links.is_empty() {
            return Vec::new();
        }
        let mut lemmas = Vec::new();
        for members in components(&links) {
            let undecided = members.iter().any(|member| self.undecided.contains(member));
            let own = |attribute: &Attribute| members.contains(attribute);
            let own_links =
                links.iter().filter(|link| link.attributes.iter().any(own)).map(|link| link.literal);
            let alone = self.by_attribute.iter().filter(|entry| own(entry.0)).flat_map(|entry| entry.1);
            let literals: BTreeSet<Literal> = own_links.chain(alone.copied()).collect();
            if !undecided && self.all_hold(&literals) {
                continue;
            }
            let question: Vec<Literal> = literals.iter().copied().collect();
            if !strings.answers.contains_key(&question) {
                if strings.asked() >= strings.limit {
                    self.undecided.extend(&members);
                    continue;
                }
                strings.answers.insert(question.clone(), decide(self.formula, &question));
            }
            match strings.answers.get(&question) {
                Some(Answer::Conflict(conflict)) => {
                    lemmas.push(conflict.iter().map(|literal| literal.negated()).collect());
                }
                Some(Answer::Texts(texts)) => {
                    for (attribute, text) in texts {
                        if let Some(slot) = self.texts.get_mut(attribute.0 as usize) {
                            *slot = Some(text.clone());
                        }
                    }
                    if self.all_hold(&literals) {
                        self.undecided.retain(|attribute| !members.contains(attribute));
                    } else {
                        self.undecided.extend(&members);
                    }
                }
                Some(Answer::Unknown) | None => self.undecided.extend(&members),
            }
        }
        lemmas
    }

    /// Whether all of these literals are true, each in its domain, under the texts so far.
    fn all_hold(&self, literals: &BTreeSet<Literal>) -> bool {
        let texts = self.texts.iter().map(|text| text.clone().unwrap_or_default()).collect();
        let trial = Interpretation { texts, ..Interpretation::default() };
        literals.iter().all(|literal| {
            let atom = self.formula.terms.atom(literal.atom);
            atom.is_some_and(|atom| trial.atom(self.formula, atom) == literal.positive)
        })
    }

    fn links(&self) -> Vec<Link> {
        let templates = self.templates.iter().map(|(attribute, literal)| {
            let mut attributes = vec![*attribute];
            if let Some(Atom::MatchesTemplate { parts, .. }) = self.formula.terms.atom(literal.atom) {
                attributes.extend(parts.iter().filter_map(|part| match part {
                    TemplatePart::Value(attribute) => Some(*attribute),
                    TemplatePart::Pattern(_) | TemplatePart::Literal(_) => None,
                }));
            }
            Link { attributes, literal: *literal }
        });
        let pairs = self.equal.iter().chain(&self.different);
        let pairs =
            pairs.map(|(left, right, literal)| Link { attributes: vec![*left, *right], literal: *literal });
        templates.chain(pairs).collect()
    }
}

/// A literal about several attributes.
struct Link {
    attributes: Vec<Attribute>,
    literal: Literal,
}

/// The attributes that are linked with each other.
fn components(links: &[Link]) -> Vec<BTreeSet<Attribute>> {
    let mut components: Vec<BTreeSet<Attribute>> = Vec::new();
    for link in links {
        let mut joined: BTreeSet<Attribute> = link.attributes.iter().copied().collect();
        components.retain(|component| {
            let apart = component.is_disjoint(&joined);
            if !apart {
                joined.extend(component);
            }
            apart
        });
        components.push(joined);
    }
    components.sort_unstable();
    components
}

//! Texts that are compared with texts put together of others: what the wildcard theory does not find is asked of Z3's
//! strings, attribute by attribute only as far as they are linked.

use std::collections::{BTreeMap, BTreeSet};

use super::concretise::{Concretiser, Group, Solved};
use super::templates::Instance;
use crate::backend::Literal;
use crate::backend::z3::strings::{Answer, decide};
use crate::interpretation::Interpretation;
use crate::term::{Atom, Attribute, TemplateForm, TemplatePart};
use crate::wildcard::Language;

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
            if !undecided && self.all_hold(&members, &literals) {
                continue;
            }
            if self.try_subject_first(&members, &literals) {
                self.undecided.retain(|attribute| !members.contains(attribute));
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
                    if self.all_hold(&members, &literals) {
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

    /// A text for the attribute that templates are about, and then values that make the templates match it. True if all
    /// `literals` hold under these texts, which are then set.
    fn try_subject_first(&mut self, members: &BTreeSet<Attribute>, literals: &BTreeSet<Literal>) -> bool {
        let before = self.texts.clone();
        let groups: Vec<Group> = self.groups();
        let of = |attribute: &Attribute| groups.iter().find(|group| group.members.contains(attribute));
        let mut subjects: BTreeSet<Attribute> = BTreeSet::new();
        for (attribute, literal) in &self.templates {
            if literal.positive && members.contains(attribute) {
                subjects.insert(*attribute);
            }
        }
        for attribute in subjects.iter().chain(members.difference(&subjects)) {
            let Some(group) = of(attribute) else { continue };
            let mut instances = self.relax(group);
            if !subjects.contains(attribute) {
                instances.extend(group.members.iter().flat_map(|member| self.values_for(*member)));
            }
            if let Solved::Text(text) = self.solve_group(group, &instances) {
                for member in &group.members {
                    if let Some(slot) = self.texts.get_mut(member.0 as usize) {
                        *slot = Some(text.clone());
                    }
                }
            }
        }
        let fits = self.all_hold(members, literals);
        if !fits {
            self.texts = before;
        }
        fits
    }

    /// For each template that must match and holds no value but that of `attribute`: the values with which it matches
    /// the text so far.
    fn values_for(&self, attribute: Attribute) -> Vec<Instance> {
        let texts: Vec<String> = self.texts.iter().map(|text| text.clone().unwrap_or_default()).collect();
        let mut trial = Interpretation { texts, ..Interpretation::default() };
        let mut instances = Vec::new();
        for (subject, literal) in self.templates.iter().filter(|entry| entry.1.positive) {
            let Some(atom @ Atom::MatchesTemplate { parts, form, .. }) =
                self.formula.terms.atom(literal.atom)
            else {
                continue;
            };
            let other =
                |part: &TemplatePart| matches!(part, TemplatePart::Value(value) if *value != attribute);
            if *subject == attribute || parts.iter().any(other) {
                continue;
            }
            let text = trial.text(*subject).to_owned();
            let start = constant_start(parts, *form);
            let places = text.char_indices().map(|(place, _)| place).chain([text.len()]);
            let places: Vec<usize> = places.collect();
            let mut values = Vec::new();
            for first in places.iter().filter(|first| start.is_none_or(|start| **first == start)) {
                for end in places.iter().filter(|end| *end >= first) {
                    let Some(value) = text.get(*first..*end) else { continue };
                    if let Some(slot) = trial.texts.get_mut(attribute.0 as usize) {
                        value.clone_into(slot);
                    }
                    if trial.atom(self.formula, atom) {
                        values.push(value.to_owned());
                    }
                }
            }
            let language = Language::one_of(values);
            instances.push(Instance { language, positive: true, reasons: None });
        }
        instances
    }

    /// Whether the texts so far make all of these literals true, each in its domain.
    fn all_hold(&self, members: &BTreeSet<Attribute>, literals: &BTreeSet<Literal>) -> bool {
        let texts = self.texts.iter().map(|text| text.clone().unwrap_or_default()).collect();
        let trial = Interpretation { texts, ..Interpretation::default() };
        members.iter().all(|member| self.in_domain(*member, trial.text(*member)))
            && literals.iter().all(|literal| {
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

/// Where the first value of a template begins in every text that it matches; none if a wildcard comes before it.
fn constant_start(parts: &[TemplatePart], form: TemplateForm) -> Option<usize> {
    let mut start = 0;
    for part in parts {
        match part {
            TemplatePart::Pattern(text) if form != TemplateForm::Text && text.contains(['*', '?']) => {
                return None;
            }
            TemplatePart::Pattern(text) | TemplatePart::Literal(text) => start += text.len(),
            TemplatePart::Value(_) => return Some(start),
        }
    }
    None
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

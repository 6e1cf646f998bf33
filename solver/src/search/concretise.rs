//! From chosen literals to texts: each attribute gets a text that makes its literals true, or a lemma says why none
//! can.

use std::collections::{BTreeMap, BTreeSet};

use super::linked::Strings;
use super::mixed::{Kind, Kinds};
use super::templates::Instance;
use crate::backend::{Assignment, Literal};
use crate::formula::{Domain, Formula};
use crate::interpretation::Interpretation;
use crate::term::{Atom, Attribute, Flag};
use crate::wildcard::{Language, Member, Reading, TextDecision, Theory};

/// What became of an assignment.
pub(super) enum Texts {
    /// Texts that make the literals about single attributes true. The caller checks the whole formula.
    Found(Interpretation),
    /// Clauses valid for all texts, each false under the assignment.
    Lemmas(Vec<Vec<Literal>>),
    /// The same, found by Z3's strings.
    LemmasOfStrings(Vec<Vec<Literal>>),
    /// Neither: the assignment can only be set aside.
    Undecided,
}

/// Finds texts for all attributes of `formula` that make `reasons` true.
pub(super) fn concretise(
    formula: &Formula,
    theory: &mut Theory,
    strings: &mut Strings,
    assignment: &Assignment,
    reasons: &BTreeSet<Literal>,
) -> Texts {
    concretise_of(formula, theory, strings, assignment, (reasons, None))
}

/// As [`concretise`]; if attributes are named, for these alone, which are all that `reasons` are about.
pub(super) fn concretise_of(
    formula: &Formula,
    theory: &mut Theory,
    strings: &mut Strings,
    assignment: &Assignment,
    (reasons, only): (&BTreeSet<Literal>, Option<&BTreeSet<Attribute>>),
) -> Texts {
    let mut this = Concretiser {
        formula,
        theory,
        assignment,
        only,
        by_attribute: BTreeMap::new(),
        equal: Vec::new(),
        different: Vec::new(),
        templates: Vec::new(),
        texts: vec![None; formula.attributes.len()],
        lemmas: Vec::new(),
        undecided: BTreeSet::new(),
    };
    this.sort_reasons(reasons);
    this.solve();
    if !this.lemmas.is_empty() {
        return Texts::Lemmas(this.lemmas);
    }
    let lemmas = this.ask_strings(strings);
    if !lemmas.is_empty() {
        return Texts::LemmasOfStrings(lemmas);
    }
    if !this.undecided.is_empty() {
        return Texts::Undecided;
    }
    let flags = formula.flags.iter().zip(0..).map(|(_, index)| this.flag(Flag(index))).collect();
    let choices =
        formula.choices.iter().zip(0..).map(|((_, count), index)| this.choice(index, *count)).collect();
    let texts = this.texts.into_iter().map(Option::unwrap_or_default).collect();
    Texts::Found(Interpretation { flags, choices, texts })
}

/// The texts that Z3 itself chose, and plain ones where it chose none.
pub(super) fn read_texts(
    formula: &Formula,
    theory: &mut Theory,
    strings: &mut Strings,
    assignment: &Assignment,
) -> Texts {
    let mut found = concretise(formula, theory, strings, assignment, &BTreeSet::new());
    if let Texts::Found(interpretation) = &mut found {
        for (slot, text) in interpretation.texts.iter_mut().zip(&assignment.texts) {
            if let Some(text) = text {
                slot.clone_from(text);
            }
        }
    }
    found
}

pub(super) struct Concretiser<'a> {
    pub(super) formula: &'a Formula,
    theory: &'a mut Theory,
    pub(super) assignment: &'a Assignment,
    /// The attributes that get texts; all if none are named.
    only: Option<&'a BTreeSet<Attribute>>,
    /// Literals about one attribute alone.
    pub(super) by_attribute: BTreeMap<Attribute, Vec<Literal>>,
    pub(super) equal: Vec<(Attribute, Attribute, Literal)>,
    pub(super) different: Vec<(Attribute, Attribute, Literal)>,
    pub(super) templates: Vec<(Attribute, Literal)>,
    pub(super) texts: Vec<Option<String>>,
    lemmas: Vec<Vec<Literal>>,
    /// Attributes for which no text was found, nor a lemma.
    pub(super) undecided: BTreeSet<Attribute>,
}

/// A text found, a clause valid for all texts, or neither.
pub(super) enum Solved {
    Text(String),
    Lemma(Vec<Literal>),
    Undecided,
}

impl Concretiser<'_> {
    fn flag(&self, flag: Flag) -> bool {
        let atom = self.formula.terms.find_atom(&Atom::Flag(flag));
        atom.is_some_and(|atom| self.assignment.atom(atom))
    }

    fn choice(&self, choice: u32, count: u32) -> u32 {
        // An atom may occur in the formula and not in what the solver was given: its own word counts first.
        if let Some(Some(value)) = self.assignment.choices.get(choice as usize) {
            return *value;
        }
        let chosen = |value: &u32| {
            let atom = self.formula.terms.find_atom(&Atom::Chosen(crate::term::Choice(choice), *value));
            atom.is_some_and(|atom| self.assignment.atom(atom))
        };
        // A value whose atom does not occur is the only one left when none that occur is chosen.
        let unnamed = |value: &u32| {
            self.formula.terms.find_atom(&Atom::Chosen(crate::term::Choice(choice), *value)).is_none()
        };
        (0..count).find(chosen).or_else(|| (0..count).find(unnamed)).unwrap_or(0)
    }

    fn sort_reasons(&mut self, reasons: &BTreeSet<Literal>) {
        for literal in reasons {
            match self.formula.terms.atom(literal.atom) {
                None | Some(Atom::Flag(_) | Atom::Chosen(..) | Atom::InstantsWithin(..)) => {}
                Some(
                    Atom::Matches(attribute, _)
                    | Atom::IsNumber(attribute)
                    | Atom::Number(attribute, ..)
                    | Atom::IsInstant(attribute)
                    | Atom::Instant(attribute, ..)
                    | Atom::IsAddress(attribute)
                    | Atom::Within(attribute, _),
                ) => self.by_attribute.entry(*attribute).or_default().push(*literal),
                Some(Atom::MatchesTemplate { attribute, .. }) => self.templates.push((*attribute, *literal)),
                Some(Atom::Equal(left, right)) if literal.positive => {
                    self.equal.push((*left, *right, *literal));
                }
                Some(Atom::Equal(left, right)) => self.different.push((*left, *right, *literal)),
            }
        }
    }

    fn solve(&mut self) {
        let groups = self.groups();
        let subjects: BTreeSet<Attribute> = self.templates.iter().map(|entry| entry.0).collect();
        let (later, first): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .partition(|group| group.members.iter().any(|attribute| subjects.contains(attribute)));
        for group in first.into_iter().chain(later) {
            if self.only.is_some_and(|only| group.members.iter().all(|member| !only.contains(member))) {
                continue;
            }
            let relaxed = self.relax(&group);
            if !relaxed.is_empty()
                && let Solved::Lemma(lemma) = self.solve_group(&group, &relaxed)
            {
                self.lemmas.push(lemma);
                continue;
            }
            let templates = self.instantiate(&group);
            match self.solve_group(&group, &templates) {
                Solved::Text(text) => {
                    for attribute in &group.members {
                        if let Some(slot) = self.texts.get_mut(attribute.0 as usize) {
                            *slot = Some(text.clone());
                        }
                    }
                }
                Solved::Lemma(lemma) => self.lemmas.push(lemma),
                Solved::Undecided => self.undecided.extend(&group.members),
            }
        }
        if self.lemmas.is_empty() && self.undecided.is_empty() {
            self.tell_apart();
        }
    }

    /// Attributes that must be equal are solved together.
    pub(super) fn groups(&self) -> Vec<Group> {
        let count = u32::try_from(self.formula.attributes.len()).unwrap_or(u32::MAX);
        let mut leader: BTreeMap<Attribute, Attribute> = BTreeMap::new();
        let find = |leader: &BTreeMap<Attribute, Attribute>, mut attribute: Attribute| {
            while let Some(next) = leader.get(&attribute) {
                attribute = *next;
            }
            attribute
        };
        for (left, right, _) in &self.equal {
            let (left, right) = (find(&leader, *left), find(&leader, *right));
            if left != right {
                leader.insert(left.max(right), left.min(right));
            }
        }
        let mut groups: BTreeMap<Attribute, Group> = BTreeMap::new();
        for attribute in (0..count).map(Attribute) {
            let group = groups.entry(find(&leader, attribute)).or_default();
            group.members.push(attribute);
        }
        for (left, _, literal) in &self.equal {
            if let Some(group) = groups.get_mut(&find(&leader, *left)) {
                group.links.push(*literal);
            }
        }
        groups.into_values().collect()
    }

    pub(super) fn solve_group(&mut self, group: &Group, templates: &[Instance]) -> Solved {
        let literals: Vec<Literal> = group
            .members
            .iter()
            .filter_map(|attribute| self.by_attribute.get(attribute))
            .flatten()
            .copied()
            .collect();
        let only_text = literals
            .iter()
            .all(|literal| matches!(self.formula.terms.atom(literal.atom), Some(Atom::Matches(..))));
        let all_text =
            group.members.iter().all(|member| matches!(self.formula.domain(*member), Domain::Text(_)));
        if only_text && all_text {
            return self.decide(group, &literals, templates, &Kinds::new(), None);
        }
        self.solve_mixed(group, &literals, templates)
    }

    /// A text in all sets that the literals, the domains and the templates name. Of the literals that compare what a
    /// text says, those of `kinds` count, and the text must read so where it says; the others are left out. The text
    /// must also be as `proposed`, of which no lemma may speak.
    pub(super) fn decide(
        &mut self,
        group: &Group,
        literals: &[Literal],
        templates: &[Instance],
        kinds: &Kinds,
        proposed: Option<&Reading>,
    ) -> Solved {
        let formula = self.formula;
        let readings: Vec<Option<Reading>> = literals.iter().map(|literal| self.reading(*literal)).collect();
        let domains: Vec<Reading> =
            group.members.iter().filter_map(|member| formula.domain(*member).reading()).collect();
        let unread: Vec<Reading> =
            kinds.iter().filter(|entry| !*entry.1).map(|entry| entry.0.all()).collect();
        let mut inside: Vec<(Member<'_>, Option<Vec<Literal>>)> = Vec::new();
        let mut outside: Vec<(Member<'_>, Option<Vec<Literal>>)> = Vec::new();
        for (literal, reading) in literals.iter().zip(&readings) {
            let member = match (formula.terms.atom(literal.atom), reading) {
                (Some(Atom::Matches(_, language)), _) => {
                    formula.languages.get(*language).map(Member::Language)
                }
                (_, Some(reading)) if kinds.get(&Kind::of(reading)) == Some(&false) && literal.positive => {
                    // A comparison means nothing where the text does not read so; reading so is itself denied.
                    reading.is_all().then_some(Member::Reading(reading))
                }
                (_, Some(reading)) => Some(Member::Reading(reading)),
                (_, None) => None,
            };
            let side = if literal.positive { &mut inside } else { &mut outside };
            side.extend(member.map(|member| (member, Some(vec![*literal]))));
        }
        for member in &group.members {
            if let Domain::Text(Some(language)) = formula.domain(*member)
                && let Some(language) = formula.languages.get(language)
            {
                inside.push((Member::Language(language), Some(Vec::new())));
            }
        }
        inside.extend(domains.iter().map(|reading| (Member::Reading(reading), Some(Vec::new()))));
        inside.extend(proposed.map(|reading| (Member::Reading(reading), None)));
        outside.extend(unread.iter().map(|reading| (Member::Reading(reading), Some(Vec::new()))));
        for instance in templates {
            let side = if instance.positive { &mut inside } else { &mut outside };
            side.push((Member::Language(&instance.language), instance.reasons.clone()));
        }
        let inner: Vec<Member<'_>> = inside.iter().map(|entry| entry.0).collect();
        let outer: Vec<Member<'_>> = outside.iter().map(|entry| entry.0).collect();
        match self.theory.decide_members(&inner, &outer) {
            TextDecision::Text(text) => Solved::Text(text),
            TextDecision::TooLarge => Solved::Undecided,
            TextDecision::Conflict { inside: clash_in, outside: clash_out } => {
                let picked = clash_in.iter().filter_map(|index| inside.get(*index));
                let picked = picked.chain(clash_out.iter().filter_map(|index| outside.get(*index)));
                let mut clash = group.links.clone();
                for (_, reasons) in picked {
                    // A template's language may hold only for the texts chosen just now.
                    let Some(reasons) = reasons else { return Solved::Undecided };
                    clash.extend(reasons);
                }
                clash.sort_unstable();
                clash.dedup();
                Solved::Lemma(clash.into_iter().map(Literal::negated).collect())
            }
        }
    }

    /// Attributes that must differ but got the same text: another text for one of them, if there is one.
    fn tell_apart(&mut self) {
        for (left, right, _) in self.different.clone() {
            let text =
                |this: &Self, attribute: Attribute| this.texts.get(attribute.0 as usize).cloned().flatten();
            let (Some(left_text), Some(right_text)) = (text(self, left), text(self, right)) else { continue };
            if left_text != right_text {
                continue;
            }
            let groups = self.groups();
            let mut done = false;
            for attribute in [left, right] {
                let Some(group) = groups.iter().find(|group| group.members.contains(&attribute)) else {
                    continue;
                };
                let mut excluded = self.instantiate(group);
                let language = Language::exactly(&left_text);
                excluded.push(Instance { language, positive: false, reasons: None });
                if let Solved::Text(other) = self.solve_group(group, &excluded) {
                    for member in &group.members {
                        if let Some(slot) = self.texts.get_mut(member.0 as usize) {
                            *slot = Some(other.clone());
                        }
                    }
                    done = true;
                    break;
                }
            }
            if !done {
                self.undecided.insert(left);
            }
        }
    }
}

/// Attributes that have one text.
#[derive(Default)]
pub(super) struct Group {
    pub(super) members: Vec<Attribute>,
    /// The equalities that join the members.
    pub(super) links: Vec<Literal>,
}

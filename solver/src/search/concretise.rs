//! From chosen literals to texts: each attribute gets a text that makes its literals true, or a lemma says why none
//! can.

use std::collections::{BTreeMap, BTreeSet};

use crate::backend::{Assignment, Literal};
use crate::decimal::Decimal;
use crate::formula::{Domain, Formula};
use crate::interpretation::Interpretation;
use crate::term::{Atom, Attribute, Comparison, Flag, Prefix, TemplatePart};
use crate::text::{print_address, print_instant};

use super::linked::Strings;
use crate::wildcard::reading::Against;
use crate::wildcard::{Language, LanguageBuilder, Member, Reading, TextDecision, Theory};

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
    let mut this = Concretiser {
        formula,
        theory,
        assignment,
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
    assignment: &'a Assignment,
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
enum Solved {
    Text(String),
    Lemma {
        clause: Vec<Literal>,
        /// It holds only for texts that do not read as the case says they do not.
        in_this_case: bool,
    },
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
            let templates = self.instantiate(&group);
            match self.solve_group(&group, &templates) {
                Solved::Text(text) => {
                    for attribute in &group.members {
                        if let Some(slot) = self.texts.get_mut(attribute.0 as usize) {
                            *slot = Some(text.clone());
                        }
                    }
                }
                Solved::Lemma { clause, .. } => self.lemmas.push(clause),
                Solved::Undecided => self.undecided.extend(&group.members),
            }
        }
        if self.lemmas.is_empty() && self.undecided.is_empty() {
            self.tell_apart();
        }
    }

    /// Attributes that must be equal are solved together.
    fn groups(&self) -> Vec<Group> {
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

    /// The languages of the templates about this group, under the texts found so far.
    fn instantiate(&self, group: &Group) -> Vec<Instance> {
        let known = Interpretation {
            texts: self.texts.iter().map(|text| text.clone().unwrap_or_default()).collect(),
            ..Interpretation::default()
        };
        let about = self.templates.iter().filter(|entry| group.members.contains(&entry.0));
        about
            .filter_map(|(_, literal)| match self.formula.terms.atom(literal.atom) {
                Some(Atom::MatchesTemplate { parts, ignore_case, form, .. }) => {
                    let builder = known.template(parts, *ignore_case, *form);
                    let nothing = || Language::one_of(Vec::new());
                    let language = builder.map_or_else(nothing, LanguageBuilder::build);
                    let reasons =
                        self.fixing(parts).map(|fixing| fixing.into_iter().chain([*literal]).collect());
                    Some(Instance { language, positive: literal.positive, reasons })
                }
                _ => None,
            })
            .collect()
    }

    /// The literals that leave the values in `parts` no other text than they have; none if they may have others.
    fn fixing(&self, parts: &[TemplatePart]) -> Option<Vec<Literal>> {
        let values = parts.iter().filter_map(|part| match part {
            TemplatePart::Value(attribute) => Some(attribute),
            TemplatePart::Pattern(_) | TemplatePart::Literal(_) => None,
        });
        values
            .map(|attribute| {
                let text = self.texts.get(attribute.0 as usize)?.as_ref()?;
                let literals = self.by_attribute.get(attribute)?;
                literals.iter().copied().find(|literal| self.exact_text(*literal).as_ref() == Some(text))
            })
            .collect()
    }

    fn solve_group(&mut self, group: &Group, templates: &[Instance]) -> Solved {
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
    fn decide(
        &mut self,
        group: &Group,
        literals: &[Literal],
        templates: &[Instance],
        kinds: &Kinds,
        proposed: Option<&Reading>,
    ) -> Solved {
        let formula = self.formula;
        let readings: Vec<Option<Reading>> = literals.iter().map(|literal| self.reading(*literal)).collect();
        let domains: Vec<Reading> = group
            .members
            .iter()
            .filter_map(|member| kind_of_domain(formula.domain(*member)).map(Kind::all))
            .collect();
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
        let given = outside.len();
        outside.extend(unread.iter().map(|reading| (Member::Reading(reading), Some(Vec::new()))));
        let assumed = given..outside.len();
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
                Solved::Lemma {
                    clause: clash.into_iter().map(Literal::negated).collect(),
                    in_this_case: clash_out.iter().any(|index| assumed.contains(index)),
                }
            }
        }
    }

    /// An attribute that is also read as number, instant or address: plain texts from the cells that the constants
    /// make, then any text.
    ///
    /// A comparison means something only where the text reads as it needs: Z3 gives it a value in any case. So each
    /// way in which the text may read or not is a case of its own, and a lemma is the union of the conflicts of all
    /// cases: whatever a text reads as, it contradicts one of these literals.
    fn solve_mixed(&mut self, group: &Group, literals: &[Literal], templates: &[Instance]) -> Solved {
        let mut candidates = Vec::new();
        for member in &group.members {
            candidates.extend(self.proposed(*member));
        }
        candidates.extend(self.cells(literals));
        let fits = |text: &String| {
            literals.iter().all(|literal| self.fulfils(*literal, text))
                && group.members.iter().all(|member| self.in_domain(*member, text))
                && templates.iter().all(|instance| instance.language.accepts(text) == instance.positive)
        };
        if let Some(text) = candidates.into_iter().find(fits) {
            return Solved::Text(text);
        }
        let sure: BTreeSet<Kind> =
            group.members.iter().filter_map(|member| kind_of_domain(self.formula.domain(*member))).collect();
        let comparisons: BTreeMap<Literal, Kind> = literals
            .iter()
            .filter(|literal| literal.positive)
            .filter_map(|literal| Some((literal.negated(), self.reading(*literal)?)))
            .filter(|(_, reading)| !reading.is_all())
            .map(|(literal, reading)| (literal, Kind::of(&reading)))
            .collect();
        let compared: BTreeSet<Kind> = comparisons.values().copied().collect();
        let mut cases = vec![Kinds::new()];
        for kind in compared {
            let unread = if sure.contains(&kind) { Vec::new() } else { cases.clone() };
            for case in &mut cases {
                case.insert(kind, true);
            }
            cases.extend(unread.into_iter().map(|mut case| {
                case.insert(kind, false);
                case
            }));
        }
        let mut clash = BTreeSet::new();
        let mut undecided = false;
        // With the instant that Z3 chose first: others may be so many seconds from it.
        let chosen = group.members.iter().find_map(|member| self.chosen_instant(*member));
        if let (Some(reading), Some(case)) = (&chosen, cases.first())
            && let Solved::Text(text) = self.decide(group, literals, templates, case, Some(reading))
        {
            return Solved::Text(text);
        }
        for case in cases {
            match self.decide(group, literals, templates, &case, None) {
                Solved::Text(text) => return Solved::Text(text),
                // Where neither a comparison nor the case itself is among the reasons, all cases end in this conflict.
                Solved::Lemma { clause, in_this_case: false }
                    if !clause.iter().any(|literal| comparisons.contains_key(literal)) =>
                {
                    return Solved::Lemma { clause, in_this_case: false };
                }
                Solved::Lemma { clause, .. } => clash.extend(clause),
                Solved::Undecided => undecided = true,
            }
        }
        if undecided {
            return Solved::Undecided;
        }
        Solved::Lemma { clause: clash.into_iter().collect(), in_this_case: false }
    }

    /// The instant that Z3 gave to an attribute that is always one.
    fn chosen_instant(&self, attribute: Attribute) -> Option<Reading> {
        if self.formula.domain(attribute) != Domain::Instant {
            return None;
        }
        let number = self.assignment.numbers.get(attribute.0 as usize)?.as_ref()?;
        Some(Reading::Instant(Some(Against::new(Comparison::Equal, number))))
    }

    /// What the atom says of its attribute's text, if it is about what the text reads as.
    fn reading(&self, literal: Literal) -> Option<Reading> {
        match self.formula.terms.atom(literal.atom)? {
            Atom::IsNumber(_) => Some(Reading::Number(None)),
            Atom::Number(_, comparison, constant) => {
                Some(Reading::Number(Some(Against::new(*comparison, constant))))
            }
            Atom::IsInstant(_) => Some(Reading::Instant(None)),
            Atom::Instant(_, comparison, constant) => {
                Some(Reading::Instant(Some(Against::new(*comparison, constant))))
            }
            Atom::IsAddress(_) => Some(Reading::Address(None)),
            Atom::Within(_, prefix) => Some(Reading::Address(Some(*prefix))),
            Atom::Flag(_)
            | Atom::Chosen(..)
            | Atom::Matches(..)
            | Atom::MatchesTemplate { .. }
            | Atom::Equal(..)
            | Atom::InstantsWithin(..) => None,
        }
    }

    /// The text that Z3's values for the attribute make, and a plain default of its domain.
    fn proposed(&self, attribute: Attribute) -> Vec<String> {
        let index = attribute.0 as usize;
        let number = self.assignment.numbers.get(index).cloned().flatten();
        let address = self.assignment.addresses.get(index).copied().flatten();
        let mut texts = Vec::new();
        let instant = self.formula.domain(attribute) == Domain::Instant;
        texts.extend(number.map(|number| if instant { print_instant(&number) } else { number.to_string() }));
        texts.extend(address.map(|(v6, bits)| print_address(v6, bits)));
        texts.push(
            match self.formula.domain(attribute) {
                Domain::Text(_) => "x",
                Domain::Number => "0",
                Domain::Instant => "2026-01-01T00:00:00Z",
                Domain::Address => "192.0.2.1",
            }
            .to_owned(),
        );
        texts
    }

    /// Representatives of the cells that the constants of these literals cut.
    fn cells(&self, literals: &[Literal]) -> Vec<String> {
        let mut texts = Vec::new();
        for literal in literals {
            match self.formula.terms.atom(literal.atom) {
                Some(Atom::Number(_, _, constant)) => {
                    texts.extend(around(constant).iter().map(ToString::to_string));
                }
                Some(Atom::Instant(_, _, constant)) => {
                    texts.extend(around(constant).iter().map(print_instant));
                }
                Some(Atom::Within(_, prefix)) => texts.extend(prefix_edges(prefix)),
                _ => {}
            }
        }
        texts
    }

    fn exact_text(&self, literal: Literal) -> Option<String> {
        match self.formula.terms.atom(literal.atom) {
            Some(Atom::Matches(_, language)) if literal.positive => {
                self.formula.languages.get(*language).and_then(Language::single_text)
            }
            _ => None,
        }
    }

    /// Whether the literal holds when its attribute has this text.
    fn fulfils(&self, literal: Literal, text: &str) -> bool {
        let Some(atom) = self.formula.terms.atom(literal.atom) else { return false };
        let trial = Interpretation {
            texts: vec![text.to_owned(); self.formula.attributes.len()],
            ..Interpretation::default()
        };
        trial.atom(self.formula, atom) == literal.positive
    }

    fn in_domain(&self, attribute: Attribute, text: &str) -> bool {
        match self.formula.domain(attribute) {
            Domain::Text(None) => true,
            Domain::Text(Some(language)) => {
                self.formula.languages.get(language).is_some_and(|language| language.accepts(text))
            }
            Domain::Number => Decimal::parse(text).is_some(),
            Domain::Instant => crate::text::parse_instant(text).is_some(),
            Domain::Address => crate::text::parse_address(text).is_some(),
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

/// What a text may read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Number,
    Instant,
    Address,
}

/// For the kinds that matter whether the text reads so.
type Kinds = BTreeMap<Kind, bool>;

impl Kind {
    fn of(reading: &Reading) -> Self {
        match reading {
            Reading::Number(_) => Self::Number,
            Reading::Instant(_) => Self::Instant,
            Reading::Address(_) => Self::Address,
        }
    }

    /// All texts that read so.
    fn all(self) -> Reading {
        match self {
            Self::Number => Reading::Number(None),
            Self::Instant => Reading::Instant(None),
            Self::Address => Reading::Address(None),
        }
    }
}

fn kind_of_domain(domain: Domain) -> Option<Kind> {
    match domain {
        Domain::Text(_) => None,
        Domain::Number => Some(Kind::Number),
        Domain::Instant => Some(Kind::Instant),
        Domain::Address => Some(Kind::Address),
    }
}

/// A template under the texts of the attributes in it.
struct Instance {
    language: Language,
    positive: bool,
    /// The literals that together say that the text is in `language`, or is not; none where the attributes may also
    /// have other texts.
    reasons: Option<Vec<Literal>>,
}

#[derive(Default)]
struct Group {
    members: Vec<Attribute>,
    /// The equalities that join the members.
    links: Vec<Literal>,
}

/// A constant with a number on either side of it.
pub(super) fn around(constant: &Decimal) -> [Decimal; 3] {
    [constant.clone(), constant.plus(&Decimal::from_integer(1)), constant.plus(&Decimal::from_integer(-1))]
}

/// The first and last address of a prefix, and their neighbours outside.
pub(super) fn prefix_edges(prefix: &Prefix) -> Vec<String> {
    let width: u32 = if prefix.v6 { 128 } else { 32 };
    let free = width.saturating_sub(u32::from(prefix.length));
    let largest: u128 = if prefix.v6 { u128::MAX } else { 0xFFFF_FFFF };
    let span = 1_u128.checked_shl(free).map_or(u128::MAX, |size| size - 1).min(largest);
    let last = prefix.bits.saturating_add(span).min(largest);
    let mut edges = vec![prefix.bits, last];
    edges.extend(last.checked_add(1).filter(|next| *next <= largest));
    edges.extend(prefix.bits.checked_sub(1));
    edges.into_iter().map(|bits| print_address(prefix.v6, bits)).collect()
}

//! Questions about free texts that are put together of each other, for Z3's theory of sequences.
//!
//! What is asked may be weaker than the literals say, never stronger: a literal that Z3 cannot be told is left out. So
//! "unsatisfiable" holds for all texts, and what is satisfiable has to be checked. Trusted: an error here, or in Z3's
//! theory, makes a proof wrong that says it used strings.
//!
//! Z3's strings end before the last characters of Unicode. That loses nothing: every set of characters that is passed on
//! has all characters behind ASCII or none of them, so that others can stand for those that Z3 does not have.

use std::collections::BTreeMap;

use super::language::{LAST_CHARACTER, literal, regex, unescape};
use super::{
    Bool, Int, Params, Regexp, STRINGS_MILLISECONDS, STRINGS_RESOURCE_LIMIT, Solver, Text, Z3Result,
};
use crate::backend::Literal;
use crate::formula::{Domain, Formula};
use crate::term::{Atom, Attribute, TemplateForm, TemplatePart};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder, Part};

/// What Z3's strings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Texts for the attributes of which the literals speak. To be checked.
    Texts(BTreeMap<Attribute, String>),
    /// These of the literals exclude each other.
    Conflict(Vec<Literal>),
    /// Not decided.
    Unknown,
}

/// Whether texts exist under which all of `literals` are true. A conflict is one from which no literal can be left out,
/// as far as that could be decided, the first to be left out being the last.
pub fn decide(formula: &Formula, literals: &[Literal]) -> Answer {
    let mut question = Question::new(formula);
    let mut asked: Vec<(Literal, Bool)> = Vec::new();
    for literal in literals {
        let Some(meaning) = question.meaning(*literal) else { continue };
        let flag = Bool::new_const(question.fresh());
        question.solver.assert(flag.implies(meaning));
        asked.push((*literal, flag));
    }
    question.tie_lowered(&asked);
    let flags =
        |asked: &[(Literal, Bool)]| -> Vec<Bool> { asked.iter().map(|entry| entry.1.clone()).collect() };
    match question.solver.check_assumptions(&flags(&asked)) {
        Z3Result::Unknown => Answer::Unknown,
        Z3Result::Sat => question.texts(&flags(&asked)).map_or(Answer::Unknown, Answer::Texts),
        Z3Result::Unsat => {
            let core = question.solver.get_unsat_core();
            asked.retain(|entry| core.contains(&entry.1));
            let mut index = asked.len();
            while index > 0 {
                index -= 1;
                let mut fewer = asked.clone();
                fewer.remove(index);
                if question.solver.check_assumptions(&flags(&fewer)) == Z3Result::Unsat {
                    asked = fewer;
                }
            }
            Answer::Conflict(asked.into_iter().map(|entry| entry.0).collect())
        }
    }
}

struct Question<'f> {
    formula: &'f Formula,
    solver: Solver,
    texts: BTreeMap<Attribute, Text>,
    /// The texts of attributes in lower case, where letter case does not count. What ties them to the texts is only what
    /// follows for them from a text's length and its languages.
    lowered: BTreeMap<Attribute, Text>,
    /// For ARNs the text up to its fifth colon, that colon included, and the text behind it.
    halves: BTreeMap<Attribute, (Text, Text)>,
    names: u32,
}

/// A piece of a pattern.
#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Value(Attribute),
    /// The same in lower case.
    Lowered(Attribute),
    /// `?`
    One,
}

impl<'f> Question<'f> {
    fn new(formula: &'f Formula) -> Self {
        let solver = Solver::new();
        let mut params = Params::new();
        params.set_u32("random_seed", 0);
        params.set_u32("rlimit", STRINGS_RESOURCE_LIMIT);
        params.set_u32("timeout", STRINGS_MILLISECONDS);
        solver.set_params(&params);
        Self {
            formula,
            solver,
            texts: BTreeMap::new(),
            lowered: BTreeMap::new(),
            halves: BTreeMap::new(),
            names: 0,
        }
    }

    fn fresh(&mut self) -> u32 {
        self.names += 1;
        self.names
    }

    fn fresh_text(&mut self) -> Text {
        Text::new_const(self.fresh())
    }

    /// The text of an attribute; its domain is asserted when it is made.
    fn text(&mut self, attribute: Attribute) -> Text {
        if let Some(known) = self.texts.get(&attribute) {
            return known.clone();
        }
        let text = self.fresh_text();
        let formula = self.formula;
        if let Domain::Text(Some(language)) = formula.domain(attribute)
            && let Some(regex) = formula.languages.get(language).and_then(|language| faithful(language, true))
        {
            self.solver.assert(text.regex_matches(&regex));
        }
        self.texts.insert(attribute, text.clone());
        text
    }

    /// The text of an attribute in lower case.
    fn lowered(&mut self, attribute: Attribute) -> Text {
        if let Some(known) = self.lowered.get(&attribute) {
            return known.clone();
        }
        let (text, lowered) = (self.text(attribute), self.fresh_text());
        self.solver.assert(text.length().eq(lowered.length()));
        self.lowered.insert(attribute, lowered.clone());
        lowered
    }

    /// What is asked of a text is asked of it in lower case, as far as it can be.
    fn tie_lowered(&mut self, asked: &[(Literal, Bool)]) {
        let formula = self.formula;
        for (attribute, lowered) in &self.lowered {
            let in_lower_case = |language: &Language| faithful(&language.in_lower_case(), true);
            if let Domain::Text(Some(language)) = formula.domain(*attribute)
                && let Some(regex) = formula.languages.get(language).and_then(in_lower_case)
            {
                self.solver.assert(lowered.regex_matches(&regex));
            }
            for (literal, flag) in asked.iter().filter(|entry| entry.0.positive) {
                let tie = match formula.terms.atom(literal.atom) {
                    Some(Atom::Matches(subject, language)) if subject == attribute => {
                        let regex = formula.languages.get(*language).and_then(in_lower_case);
                        regex.map(|regex| lowered.regex_matches(&regex))
                    }
                    Some(Atom::Equal(left, right)) if left == attribute => {
                        self.lowered.get(right).map(|other| lowered.eq(other))
                    }
                    Some(_) | None => None,
                };
                if let Some(tie) = tie {
                    self.solver.assert(flag.implies(tie));
                }
            }
        }
    }

    /// The texts of a model, in readable characters and in lower case where that can be.
    fn texts(&mut self, flags: &[Bool]) -> Option<BTreeMap<Attribute, String>> {
        let read = |question: &Self| {
            let model = question.solver.get_model()?;
            let value = |text: &Text| model.eval(text, true)?.as_string().map(|text| unescape(&text));
            question.texts.iter().map(|(attribute, text)| Some((*attribute, value(text)?))).collect()
        };
        let mut best: Option<BTreeMap<Attribute, String>> = read(self);
        let in_lower_case = self
            .lowered
            .iter()
            .filter_map(|(attribute, lowered)| self.texts.get(attribute).map(|text| text.eq(lowered)));
        let mut wishes: Vec<Vec<Bool>> = vec![in_lower_case.collect()];
        let plain = Regexp::union(&[
            Regexp::range(&'a', &'z'),
            Regexp::range(&'-', &':'),
            Regexp::range(&'A', &'Z'),
            Regexp::literal("_"),
        ]);
        for characters in [Regexp::range(&'!', &'~'), plain] {
            let characters = characters.star();
            wishes.push(self.texts.values().map(|text| text.regex_matches(&characters)).collect());
        }
        let mut wanted = flags.to_vec();
        for wish in wishes {
            if wish.is_empty() {
                continue;
            }
            let flag = Bool::new_const(self.fresh());
            self.solver.assert(flag.implies(Bool::and(&wish)));
            wanted.push(flag);
            match self.solver.check_assumptions(&wanted) {
                Z3Result::Sat => best = read(self).or(best),
                Z3Result::Unsat | Z3Result::Unknown => drop(wanted.pop()),
            }
        }
        best
    }

    /// What the literal says, or less; none if it cannot be said at all.
    fn meaning(&mut self, wanted: Literal) -> Option<Bool> {
        let formula = self.formula;
        let atom = match formula.terms.atom(wanted.atom)? {
            Atom::Matches(attribute, language) => {
                let regex = faithful(formula.languages.get(*language)?, wanted.positive)?;
                self.text(*attribute).regex_matches(&regex)
            }
            Atom::Equal(left, right) => {
                let (left, right) = (self.text(*left), self.text(*right));
                left.eq(right)
            }
            Atom::MatchesTemplate { attribute, parts, ignore_case: false, form } => {
                self.template(*attribute, parts, *form, wanted.positive)?
            }
            Atom::MatchesTemplate { attribute, parts, ignore_case: true, form } => {
                // No formula has ARNs whose letter case does not count.
                if *form == TemplateForm::Arn {
                    return None;
                }
                let segments = lowered(segments(parts, *form)?);
                let subject = self.lowered(*attribute);
                self.pattern(&subject, &segments, wanted.positive)?
            }
            Atom::Flag(_)
            | Atom::Chosen(..)
            | Atom::IsNumber(_)
            | Atom::Number(..)
            | Atom::IsInstant(_)
            | Atom::Instant(..)
            | Atom::InstantsWithin(..)
            | Atom::IsAddress(_)
            | Atom::Within(..) => return None,
        };
        Some(if wanted.positive { atom } else { atom.not() })
    }

    fn template(
        &mut self,
        attribute: Attribute,
        parts: &[TemplatePart],
        form: TemplateForm,
        positive: bool,
    ) -> Option<Bool> {
        let segments = segments(parts, form)?;
        let subject = self.text(attribute);
        if form != TemplateForm::Arn {
            return self.pattern(&subject, &segments, positive);
        }
        let Some((front, rest)) = at_the_fifth_colon(&segments) else {
            // A value may hold some of the five colons. Without the bounds that they set to wildcards more matches.
            return if positive { self.pattern(&subject, &segments, true) } else { None };
        };
        let (before, behind) = self.halves(attribute, &subject);
        let rest = self.pattern(&behind, &rest, positive)?;
        let is_arn = subject.regex_matches(&regex(&front_of_arn("", true))?);
        Some(Bool::and(&[is_arn, before.regex_matches(&regex(&front)?), rest]))
    }

    /// The two halves of an ARN. What the text is when it is none, no one asks.
    fn halves(&mut self, attribute: Attribute, subject: &Text) -> (Text, Text) {
        if let Some(known) = self.halves.get(&attribute) {
            return known.clone();
        }
        let (front, rest) = (self.fresh_text(), self.fresh_text());
        if let (Some(arn), Some(five)) = (regex(&front_of_arn("", true)), regex(&front_of_arn("", false))) {
            let whole = Text::concat(&[front.clone(), rest.clone()]);
            let split = Bool::and(&[subject.eq(whole), front.regex_matches(&five)]);
            self.solver.assert(subject.regex_matches(&arn).implies(split));
        }
        self.halves.insert(attribute, (front.clone(), rest.clone()));
        (front, rest)
    }

    /// `subject` matches the segments with any text between each two of them. Exact, or for a positive literal with a
    /// witness of its own for the text between; none where a negative one would need that.
    fn pattern(&mut self, subject: &Text, segments: &[Vec<Piece>], positive: bool) -> Option<Bool> {
        let (first, others) = segments.split_first()?;
        let zero = Int::from_u64(0);
        let (start, start_length) = self.put_together(subject, first, &zero);
        let length = subject.length();
        let Some((last, middle)) = others.split_last() else {
            let fits = Bool::and(&[subject.eq(&start), length.eq(&start_length)]);
            return Some(fits);
        };
        let (_, end_length) = self.put_together(subject, last, &zero);
        let place = Int::sub(&[&length, &end_length]);
        let (end, _) = self.put_together(subject, last, &place);
        let both = Int::add(&[&start_length, &end_length]);
        let mut all = vec![length.ge(&both), start.prefix(subject), end.suffix(subject)];
        if !middle.is_empty() {
            let between = subject.substr(start_length, Int::sub(&[&length, &both]));
            all.push(self.between(&between, middle, positive)?);
        }
        Some(Bool::and(&all))
    }

    /// `subject` holds the segments one after the other.
    fn between(&mut self, subject: &Text, segments: &[Vec<Piece>], positive: bool) -> Option<Bool> {
        let constant = |segment: &Vec<Piece>| {
            segment.iter().all(|piece| !matches!(piece, Piece::Value(_) | Piece::Lowered(_)))
        };
        if segments.iter().all(constant) {
            let mut builder = LanguageBuilder::new();
            builder.star(CharacterSet::any());
            for piece in segments.iter().flat_map(|segment| segment.iter().map(Some).chain([None])) {
                match piece {
                    Some(Piece::Text(text)) => builder.text(text),
                    Some(Piece::One) => builder.one(CharacterSet::any()),
                    Some(Piece::Value(_) | Piece::Lowered(_)) => &mut builder,
                    None => builder.star(CharacterSet::any()),
                };
            }
            return Some(subject.regex_matches(&regex(&builder.build())?));
        }
        let plain = |segment: &Vec<Piece>| segment.iter().all(|piece| !matches!(piece, Piece::One));
        if let [only] = segments
            && plain(only)
        {
            let (text, _) = self.put_together(subject, only, &Int::from_u64(0));
            return Some(subject.contains(&text));
        }
        if !positive || !segments.iter().all(plain) {
            return None;
        }
        let mut pieces = vec![self.fresh_text()];
        for segment in segments {
            let (text, _) = self.put_together(subject, segment, &Int::from_u64(0));
            pieces.extend([text, self.fresh_text()]);
        }
        Some(subject.eq(Text::concat(&pieces)))
    }

    /// The segment as a text with its length; a `?` in it is the character of `subject` in its place, if the segment
    /// stands at `place`.
    fn put_together(&mut self, subject: &Text, segment: &[Piece], place: &Int) -> (Text, Int) {
        let mut texts = Vec::new();
        let mut lengths = vec![Int::from_u64(0)];
        for piece in segment {
            let text = match piece {
                Piece::Text(text) => literal(text),
                Piece::Value(attribute) => self.text(*attribute),
                Piece::Lowered(attribute) => self.lowered(*attribute),
                Piece::One => {
                    let before = Int::add(&lengths);
                    texts.push(subject.at(Int::add(&[place, &before])));
                    lengths.push(Int::from_u64(1));
                    continue;
                }
            };
            lengths.push(text.length());
            texts.push(text);
        }
        let text = match texts.as_slice() {
            [] => literal(""),
            [only] => only.clone(),
            _ => Text::concat(&texts),
        };
        (text, Int::add(&lengths))
    }
}

/// The template cut at its stars; none if it has a character that Z3's strings do not.
fn segments(parts: &[TemplatePart], form: TemplateForm) -> Option<Vec<Vec<Piece>>> {
    let mut segments = vec![Vec::new()];
    let mut push = |piece: Option<Piece>| match (piece, segments.last_mut()) {
        (Some(piece), Some(last)) => last.push(piece),
        (None, _) | (_, None) => segments.push(Vec::new()),
    };
    for part in parts {
        match part {
            TemplatePart::Value(attribute) => push(Some(Piece::Value(*attribute))),
            TemplatePart::Pattern(text) | TemplatePart::Literal(text) => {
                if !is_sayable(text) {
                    return None;
                }
                let wild = form != TemplateForm::Text && matches!(part, TemplatePart::Pattern(_));
                let mut rest = text.as_str();
                while let Some(place) = rest.find(['*', '?']).filter(|_| wild) {
                    let (before, after) = rest.split_at_checked(place)?;
                    if !before.is_empty() {
                        push(Some(Piece::Text(before.to_owned())));
                    }
                    push(after.starts_with('?').then_some(Piece::One));
                    rest = after.get(1..)?;
                }
                if !rest.is_empty() {
                    push(Some(Piece::Text(rest.to_owned())));
                }
            }
        }
    }
    Some(segments)
}

/// The segments in lower case.
fn lowered(mut segments: Vec<Vec<Piece>>) -> Vec<Vec<Piece>> {
    for piece in segments.iter_mut().flatten() {
        match piece {
            Piece::Text(text) => text.make_ascii_lowercase(),
            Piece::Value(attribute) => *piece = Piece::Lowered(*attribute),
            Piece::Lowered(_) | Piece::One => {}
        }
    }
    segments
}

/// The language of what stands before and at the fifth colon, where no wildcard matches a colon, and the segments behind
/// it. None if a value comes before the fifth colon.
fn at_the_fifth_colon(segments: &[Vec<Piece>]) -> Option<(Language, Vec<Vec<Piece>>)> {
    let mut front = LanguageBuilder::new();
    let within = CharacterSet::except(':');
    let mut colons = 0;
    for (index, segment) in segments.iter().enumerate() {
        if index > 0 {
            front.star(within.clone());
        }
        for (place, piece) in segment.iter().enumerate() {
            let text = match piece {
                Piece::Value(_) | Piece::Lowered(_) => return None,
                Piece::One => {
                    front.one(within.clone());
                    continue;
                }
                Piece::Text(text) => text,
            };
            let fifth = text.match_indices(':').nth(4 - colons).map(|found| found.0 + 1);
            let Some((before, behind)) = fifth.and_then(|fifth| text.split_at_checked(fifth)) else {
                colons += text.matches(':').count();
                front.text(text);
                continue;
            };
            front.text(before);
            let mut first = Vec::new();
            if !behind.is_empty() {
                first.push(Piece::Text(behind.to_owned()));
            }
            first.extend(segment.iter().skip(place + 1).cloned());
            let rest = std::iter::once(first).chain(segments.iter().skip(index + 1).cloned());
            return Some((front.build(), rest.collect()));
        }
    }
    None
}

/// Texts with five colons of which the last ends them, or `whole` ARNs.
fn front_of_arn(start: &str, whole: bool) -> Language {
    let mut builder = LanguageBuilder::new();
    builder.text(start);
    for _ in 0..5 {
        builder.star(CharacterSet::except(':')).text(":");
    }
    if whole {
        builder.star(CharacterSet::any());
    }
    builder.build()
}

fn is_sayable(text: &str) -> bool {
    text.chars().all(|character| u32::from(character) <= LAST_CHARACTER)
}

/// The regular expression of a language: for a positive literal of no fewer texts, for a negative one of no more. None
/// if that cannot be said. The character 0, which the binding does not pass on in ranges, is what differs.
fn faithful(language: &Language, positive: bool) -> Option<Regexp> {
    let says = |part: &Part| match part {
        Part::Text(text) => is_sayable(text),
        Part::Alternatives(texts) => texts.iter().all(|text| is_sayable(text)),
        Part::One(set) | Part::Star(set) => {
            let null = set.contains('\0');
            // Where all other characters behind ASCII are in the set, so is 0 in what Z3 is told.
            null == set.contains('\u{100}') || (positive && !null)
        }
    };
    if language.parts().iter().all(says) { regex(language) } else { None }
}

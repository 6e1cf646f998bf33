//! Random formulas over all kinds of atoms: none is proved to be impossible that some values of its symbols fulfil.
//!
//! The values are tried by `Interpretation`, which shares no code with the kernel: it reads numbers, instants,
//! addresses and patterns by itself, and knows no clauses and no lemmas.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_kernel::{Derivation, Reason, check};
use ringfence_solver::certify::{ProofLimits, certify};
use ringfence_solver::decimal::Decimal;
use ringfence_solver::formula::{Domain, Formula};
use ringfence_solver::interpretation::Interpretation;
use ringfence_solver::term::{Atom, Attribute, Choice, Comparison, Prefix, TemplateForm, TemplatePart, Term};
use ringfence_solver::text::{parse_address, parse_instant};
use ringfence_solver::wildcard::{Language, LanguageBuilder, Theory};
use ringfence_tests::generator::random::Random;

use super::say;

const TEXTS: [&str; 26] = [
    "",
    "a",
    "b",
    "ab",
    "aB",
    "a:b",
    "5",
    "05",
    "7",
    "-1",
    "1.5",
    "5e0",
    "1e30",
    "100",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "2026-01-01T01:00:00+01:00",
    "2026-02",
    "1767225600",
    "10.0.0.1",
    "10.200.0.1",
    "11.0.0.1",
    "::1",
    "2001:db8::1",
    "arn:a:b:c:d:a",
    "arn:a:b:c:d:ab",
];
const PATTERNS: [&str; 12] =
    ["a*", "*b", "?", "*:*", "*0*", "2026-*", "10.*", "arn:*", "arn:*:*:*:*:a", "*.*", "5*", "-*"];
const NUMBERS: [&str; 8] = ["5", "7", "-1", "1.5", "1767225600", "1769904000", "100", "1767225599.5"];
const PREFIXES: [(&str, u8); 8] = [
    ("10.0.0.0", 8),
    ("10.0.0.0", 9),
    ("10.128.0.0", 9),
    ("0.0.0.0", 0),
    ("::", 0),
    ("11.0.0.1", 32),
    ("2001:db8::", 32),
    ("::1", 128),
];

pub(crate) struct Maker {
    pub(crate) random: Random,
    pub(crate) formula: Formula,
    attributes: Vec<Attribute>,
    choice: Choice,
    values: u32,
}

impl Maker {
    pub(crate) fn new(random: Random) -> Self {
        let mut this = Self {
            random,
            formula: Formula::default(),
            attributes: Vec::new(),
            choice: Choice(0),
            values: 0,
        };
        this.values = [2, 3, 9][this.random.below(3)];
        this.choice = this.formula.choice("choice", this.values);
        this.formula.flag("f");
        this.formula.flag("g");
        for index in 0..this.random.between(1, 4) {
            let domain = match this.random.below(8) {
                0 => Domain::Number,
                1 => Domain::Instant,
                2 => Domain::Address,
                3 => {
                    let language = this.language();
                    Domain::Text(Some(this.formula.languages.intern(language)))
                }
                _ => Domain::Text(None),
            };
            let attribute = this.formula.attribute(&format!("attribute {index}"), domain);
            this.attributes.push(attribute);
        }
        this
    }

    fn language(&mut self) -> Language {
        match self.random.below(5) {
            0 | 1 => Language::exactly(self.random.pick(&TEXTS)),
            2 => Language::ignoring_case(self.random.pick(&TEXTS)),
            3 => Language::glob(self.random.pick(&PATTERNS)),
            _ => {
                let count = self.random.below(4);
                let texts = self.random.pick_some(&TEXTS, count);
                let mut builder = LanguageBuilder::new();
                builder.alternatives(texts.into_iter().map(str::to_owned));
                builder.build()
            }
        }
    }

    fn attribute(&mut self) -> Attribute {
        let place = self.random.below(self.attributes.len());
        self.attributes[place]
    }

    fn number(&mut self) -> (Comparison, Decimal) {
        let comparison = [Comparison::Less, Comparison::AtMost, Comparison::Equal][self.random.below(3)];
        (comparison, Decimal::parse(self.random.pick(&NUMBERS)).unwrap())
    }

    fn atom(&mut self) -> Term {
        let (attribute, other) = (self.attribute(), self.attribute());
        let (comparison, constant) = self.number();
        let atom = match self.random.below(16) {
            0..=3 => {
                let language = self.language();
                return self.formula.matches(attribute, language);
            }
            4 if attribute != other => Atom::Equal(attribute.min(other), attribute.max(other)),
            5 => Atom::IsNumber(attribute),
            6 | 7 => Atom::Number(attribute, comparison, constant),
            8 => Atom::IsInstant(attribute),
            9 => Atom::Instant(attribute, comparison, constant),
            10 if attribute != other => Atom::InstantsWithin(attribute, other, constant),
            11 => Atom::IsAddress(attribute),
            12 => {
                let (text, length) = PREFIXES[self.random.below(PREFIXES.len())];
                let (v6, bits) = parse_address(text).unwrap();
                Atom::Within(attribute, Prefix { v6, bits, length })
            }
            13 => {
                let value = self.random.below(self.values as usize);
                return self.formula.chosen(self.choice, u32::try_from(value).unwrap());
            }
            14 if attribute != other => Atom::MatchesTemplate {
                attribute,
                parts: vec![
                    TemplatePart::Pattern(self.random.pick(&["", "a", "*", "arn:*:*:*:*:", "A"]).to_owned()),
                    TemplatePart::Value(other),
                ],
                ignore_case: self.random.chance(30),
                form: [TemplateForm::Text, TemplateForm::Pattern, TemplateForm::Arn][self.random.below(3)],
            },
            _ => Atom::Flag(ringfence_solver::term::Flag(u32::from(self.random.chance(50)))),
        };
        self.formula.terms.from_atom(atom)
    }

    pub(crate) fn term(&mut self, depth: usize) -> Term {
        let term = if depth == 0 || self.random.chance(30) {
            self.atom()
        } else {
            let count = self.random.between(2, 3);
            let operands: Vec<Term> = (0..count).map(|_| self.term(depth - 1)).collect();
            if self.random.chance(50) {
                self.formula.terms.and(operands)
            } else {
                self.formula.terms.or(operands)
            }
        };
        if self.random.chance(40) { self.formula.terms.not(term) } else { term }
    }

    /// Values that are in the domains.
    pub(crate) fn values(&mut self) -> Option<Interpretation> {
        let mut texts: Vec<String> = Vec::new();
        for index in 0..self.attributes.len() {
            let language = match self.formula.domain(self.attributes[index]) {
                Domain::Text(Some(language)) => self.formula.languages.get(language).cloned(),
                _ => None,
            };
            let fits = |text: &&str| match self.formula.domain(self.attributes[index]) {
                Domain::Text(_) => language.as_ref().is_none_or(|language| language.accepts(text)),
                Domain::Number => Decimal::parse(text).is_some(),
                Domain::Instant => parse_instant(text).is_some(),
                Domain::Address => parse_address(text).is_some(),
            };
            let fitting: Vec<&str> = TEXTS.iter().copied().filter(fits).collect();
            if fitting.is_empty() {
                return None;
            }
            texts.push(self.random.pick(&fitting).to_owned());
        }
        let flags = vec![self.random.chance(50), self.random.chance(50)];
        let choices = vec![u32::try_from(self.random.below(self.values as usize)).unwrap()];
        Some(Interpretation { flags, choices, texts })
    }
}

#[test]
fn nothing_is_proved_that_values_fulfil() {
    let times = std::env::var("RINGFENCE_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let seed = std::env::var("RINGFENCE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut proofs, mut fulfilled, mut both) = (0, 0, BTreeSet::new());
    for case in 0..3_000 * times {
        let mut maker = Maker::new(Random::new(seed).part(case));
        let depth = maker.random.pick(&[0, 0, 1, 2, 3]);
        for _ in 0..maker.random.between(2, 7) {
            let term = maker.term(depth);
            maker.formula.assert(term);
        }
        let values: Vec<Interpretation> = (0..150).filter_map(|_| maker.values()).collect();
        let fits = values.iter().find(|values| values.all(&maker.formula, &maker.formula.assertions));
        fulfilled += usize::from(fits.is_some());
        let proof = certify(&maker.formula, &[], &mut Theory::new(10_000), ProofLimits::default());
        let Ok(proof) = proof else { continue };
        check(&proof.bytes).unwrap();
        proofs += 1;
        if let Some(values) = fits {
            panic!("seed {seed}, case {case}: proved, though {values:?} fulfils {:?}", maker.formula);
        }
        let line = proof.bytes.split(|byte| *byte == b'\n').nth(1).unwrap();
        let derivation: Derivation = serde_json::from_slice(line).unwrap();
        for lemma in &derivation.lemmas {
            let reason = match lemma.reason {
                Reason::Text(_) => "text",
                Reason::Constants => "constants",
                Reason::Bounds => "bounds",
                Reason::Address => "address",
            };
            *reasons.entry(reason).or_default() += 1;
        }
        both.insert(derivation.lemmas.len().min(3));
    }
    say(&format!("{proofs} proved, {fulfilled} fulfilled, lemmas {reasons:?}"));
    assert!(proofs >= 500 && fulfilled >= 500, "{proofs} proved, {fulfilled} fulfilled");
    assert!(reasons.len() == 4 && reasons.values().all(|count| *count >= 50), "{reasons:?}");
    assert!(both.len() == 4, "proofs with no, one, two and more lemmas");
}

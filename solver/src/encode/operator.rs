//! One value of a key against one value of a condition (semantics:C8).
//!
//! For a negated operator the comparison includes the negation: the condition holds where all of them come out true.

use ringfence_model::condition::{BaseOperator, Condition};
use ringfence_model::open_point::{OpenPoint, UncertainPredicate};
use ringfence_model::template::{Piece, Template};

use super::Encoder;
use super::key::Text;
use super::variable::Operand;
use crate::decimal::Decimal;
use crate::formula::Domain;
use crate::interpretation::{holds, within};
use crate::term::{Atom, Attribute, Comparison, Prefix, TemplateForm, TemplatePart, Term, Terms};
use crate::text::{parse_address, parse_instant};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// Whether the text reads as the operator needs, and how it compares if so.
struct Reading {
    readable: Term,
    compared: Term,
}

impl Encoder<'_> {
    pub(super) fn compare_value(
        &mut self,
        condition: &Condition,
        text: &Text,
        value: &Template,
        slot: Option<usize>,
    ) -> Term {
        let base = condition.operator.base;
        match base {
            BaseOperator::StringEquals
            | BaseOperator::StringNotEquals
            | BaseOperator::StringEqualsIgnoreCase
            | BaseOperator::StringNotEqualsIgnoreCase
            | BaseOperator::StringLike
            | BaseOperator::StringNotLike => self.string(condition, text, value),
            BaseOperator::ArnEquals
            | BaseOperator::ArnLike
            | BaseOperator::ArnNotEquals
            | BaseOperator::ArnNotLike => self.arn(condition, text, value, slot),
            BaseOperator::Bool => self.boolean(condition, text, value, slot),
            BaseOperator::BinaryEquals => self.binary(text, value),
            BaseOperator::NumericEquals
            | BaseOperator::NumericNotEquals
            | BaseOperator::NumericLessThan
            | BaseOperator::NumericLessThanEquals
            | BaseOperator::NumericGreaterThan
            | BaseOperator::NumericGreaterThanEquals => self.numeric(condition, text, value, slot),
            BaseOperator::DateEquals
            | BaseOperator::DateNotEquals
            | BaseOperator::DateLessThan
            | BaseOperator::DateLessThanEquals
            | BaseOperator::DateGreaterThan
            | BaseOperator::DateGreaterThanEquals => self.date(condition, text, value, slot),
            BaseOperator::IpAddress | BaseOperator::NotIpAddress => {
                self.address(condition, text, value, slot)
            }
            // `Null` never compares values.
            BaseOperator::Null => Terms::FALSE,
        }
    }

    fn value_point(
        &mut self,
        point: u8,
        condition: &Condition,
        value: &Template,
        slot: Option<usize>,
        readings: (Term, Term, Term),
    ) -> Term {
        let point = OpenPoint(point);
        let predicate =
            UncertainPredicate::condition_value(point, &condition.operator, &condition.key, value, slot);
        let (lower, upper, evaluator) = readings;
        self.uncertain(predicate, &[point], lower, upper, evaluator)
    }

    /// A variable without a value: no match for a positive operator; F21 for a negated one.
    fn unresolved(&mut self, condition: &Condition, value: &Template, slot: Option<usize>) -> Term {
        if condition.operator.base.is_negated() {
            self.value_point(21, condition, value, slot, (Terms::FALSE, Terms::TRUE, Terms::TRUE))
        } else {
            Terms::FALSE
        }
    }

    fn string(&mut self, condition: &Condition, text: &Text, value: &Template) -> Term {
        let base = condition.operator.base;
        let fold =
            matches!(base, BaseOperator::StringEqualsIgnoreCase | BaseOperator::StringNotEqualsIgnoreCase);
        let form = if matches!(base, BaseOperator::StringLike | BaseOperator::StringNotLike) {
            TemplateForm::Pattern
        } else {
            TemplateForm::Text
        };
        let mut parts = Vec::new();
        for (guard, operand) in self.resolve_value(value) {
            let term = match operand {
                Operand::Unresolved => self.unresolved(condition, value, None),
                Operand::TooMany => self.abstracted(),
                operand @ (Operand::Known(_) | Operand::Open(_)) => {
                    let matched = self.operand_matches(text, &operand, fold, form);
                    if base.is_negated() { self.formula.terms.not(matched) } else { matched }
                }
            };
            parts.push(self.formula.terms.and([guard, term]));
        }
        self.formula.terms.or(parts)
    }

    /// `text` matches the operand, letter case apart if `fold`.
    fn operand_matches(&mut self, text: &Text, operand: &Operand, fold: bool, form: TemplateForm) -> Term {
        match operand {
            Operand::Unresolved => Terms::FALSE,
            Operand::TooMany => self.abstracted(),
            Operand::Known(parts) => {
                self.text_matches(text, operand_language(parts, fold, form == TemplateForm::Pattern))
            }
            Operand::Open(parts) => match text {
                // The whole is what comes before it, and then what the operand says. The parts of an ARN would be others.
                Text::Behind { .. } if form == TemplateForm::Arn => self.abstracted(),
                Text::Behind { prefix, attribute } => {
                    let before = TemplatePart::Literal(prefix.clone());
                    let whole = std::iter::once(before).chain(parts.iter().cloned()).collect();
                    self.formula.terms.from_atom(Atom::MatchesTemplate {
                        attribute: *attribute,
                        parts: whole,
                        ignore_case: fold,
                        form,
                    })
                }
                Text::Attribute(attribute) => match operand.lone_attribute() {
                    Some(other) if other == *attribute => Terms::TRUE,
                    Some(other) if !fold => self.equal(*attribute, other),
                    Some(_) | None => self.formula.terms.from_atom(Atom::MatchesTemplate {
                        attribute: *attribute,
                        parts: parts.clone(),
                        ignore_case: fold,
                        form,
                    }),
                },
                Text::Constant(constant) => {
                    if let Some(attribute) = operand.lone_attribute() {
                        let language = if fold {
                            Language::ignoring_case(constant)
                        } else {
                            Language::exactly(constant)
                        };
                        return self.formula.matches(attribute, language);
                    }
                    // The constant becomes the only text of an attribute of its own.
                    let name = format!("constant {constant}");
                    let attribute = self.text_attribute(&name, Language::exactly(constant));
                    self.formula.terms.from_atom(Atom::MatchesTemplate {
                        attribute,
                        parts: parts.clone(),
                        ignore_case: fold,
                        form,
                    })
                }
            },
        }
    }

    /// The parts, put together, hold at least `count` colons.
    fn has_colons(&mut self, parts: &[TemplatePart], count: usize) -> Term {
        let colons = |text: &str| text.bytes().filter(|byte| *byte == b':').count();
        let Some((first, others)) = parts.split_first() else { return Terms::constant(count == 0) };
        match first {
            TemplatePart::Pattern(text) | TemplatePart::Literal(text) => {
                self.has_colons(others, count.saturating_sub(colons(text)))
            }
            TemplatePart::Value(attribute) => {
                let mut ways = Vec::new();
                for here in 0..=count {
                    let mut builder = LanguageBuilder::new();
                    builder.star(CharacterSet::any());
                    for _ in 0..here {
                        builder.text(":").star(CharacterSet::any());
                    }
                    let enough = self.formula.matches(*attribute, builder.build());
                    let rest = self.has_colons(others, count - here);
                    ways.push(self.formula.terms.and([enough, rest]));
                }
                self.formula.terms.or(ways)
            }
        }
    }

    fn equal(&mut self, left: Attribute, right: Attribute) -> Term {
        self.formula.terms.from_atom(Atom::Equal(left.min(right), left.max(right)))
    }

    /// Six parts, each matched by itself; text that is no ARN matches neither way (F23).
    fn arn(&mut self, condition: &Condition, text: &Text, value: &Template, slot: Option<usize>) -> Term {
        let negated = condition.operator.base.is_negated();
        let readable = self.text_matches(text, six_parts());
        let mut cases = Vec::new();
        for (guard, operand) in self.resolve_value(value) {
            let term = match operand {
                Operand::Unresolved => self.unresolved(condition, value, slot),
                Operand::TooMany => self.abstracted(),
                Operand::Known(parts) => {
                    let reading = match arn_language(&parts) {
                        Some(language) => Reading { readable, compared: self.text_matches(text, language) },
                        None => Reading { readable: Terms::FALSE, compared: Terms::FALSE },
                    };
                    self.read(condition, value, slot, &reading, negated)
                }
                Operand::Open(parts) => {
                    let operand_is_arn = self.has_colons(&parts, 5);
                    let readable = self.formula.terms.and([readable, operand_is_arn]);
                    let operand = Operand::Open(parts);
                    let compared = self.operand_matches(text, &operand, false, TemplateForm::Arn);
                    let reading = Reading { readable, compared };
                    self.read(condition, value, slot, &reading, negated)
                }
            };
            cases.push(self.formula.terms.and([guard, term]));
        }
        self.formula.terms.or(cases)
    }

    /// A comparison of what reads as the operator needs. What does not compares false; under a negated operator that
    /// is F23.
    fn read(
        &mut self,
        condition: &Condition,
        value: &Template,
        slot: Option<usize>,
        reading: &Reading,
        negated: bool,
    ) -> Term {
        if !negated {
            return self.formula.terms.and([reading.readable, reading.compared]);
        }
        let differs = self.formula.terms.not(reading.compared);
        let lower = self.formula.terms.and([reading.readable, differs]);
        let unreadable = self.formula.terms.not(reading.readable);
        let upper = self.formula.terms.or([unreadable, differs]);
        self.value_point(23, condition, value, slot, (lower, upper, lower))
    }

    /// `true` or `false` in any letter case; other text never matches. A variable counts or is plain text (F11).
    fn boolean(&mut self, condition: &Condition, text: &Text, value: &Template, slot: Option<usize>) -> Term {
        let mut cases = Vec::new();
        for (guard, operand) in self.resolve_value(value) {
            let known = value.pieces.iter().any(|piece| !matches!(piece, Piece::Text(_)));
            let matched = match operand {
                Operand::Unresolved => Terms::FALSE,
                Operand::TooMany => self.abstracted(),
                Operand::Known(parts) => {
                    let operand = plain_text(&parts);
                    let valid = operand.eq_ignore_ascii_case("true") || operand.eq_ignore_ascii_case("false");
                    if valid {
                        self.text_matches(text, Language::ignoring_case(&operand))
                    } else {
                        Terms::FALSE
                    }
                }
                Operand::Open(parts) => {
                    let equal = self.operand_matches(text, &Operand::Open(parts), true, TemplateForm::Text);
                    let yes = self.text_matches(text, Language::ignoring_case("true"));
                    let no = self.text_matches(text, Language::ignoring_case("false"));
                    let boolean = self.formula.terms.or([yes, no]);
                    self.formula.terms.and([equal, boolean])
                }
            };
            let term = if known {
                self.value_point(11, condition, value, slot, (Terms::FALSE, matched, matched))
            } else {
                matched
            };
            cases.push(self.formula.terms.and([guard, term]));
        }
        self.formula.terms.or(cases)
    }

    /// Base64 text of the same bytes. Without variables; malformed text matches nothing.
    fn binary(&mut self, text: &Text, value: &Template) -> Term {
        self.text_matches(text, Language::one_of(same_bytes(&value.raw)))
    }

    fn numeric(&mut self, condition: &Condition, text: &Text, value: &Template, slot: Option<usize>) -> Term {
        let negated = condition.operator.base.is_negated();
        let reading = match Decimal::parse(&value.raw) {
            Some(constant) => self.number_reading(text, condition.operator.base, &constant, false),
            None => Reading { readable: Terms::FALSE, compared: Terms::FALSE },
        };
        self.read(condition, value, slot, &reading, negated)
    }

    /// Instants; a long whole number is seconds or milliseconds (F23).
    fn date(&mut self, condition: &Condition, text: &Text, value: &Template, slot: Option<usize>) -> Term {
        let base = condition.operator.base;
        let negated = base.is_negated();
        let Some(seconds) = parse_instant(&value.raw) else {
            let reading = Reading { readable: Terms::FALSE, compared: Terms::FALSE };
            return self.read(condition, value, slot, &reading, negated);
        };
        let reading = self.number_reading(text, base, &seconds, true);
        let by_seconds = self.plain(&reading, negated);
        let unsigned = value.raw.strip_prefix('-').unwrap_or(&value.raw);
        let digits = unsigned.len() >= 10 && unsigned.bytes().all(|byte| byte.is_ascii_digit());
        let milliseconds = digits.then(|| thousandth(&value.raw)).flatten();
        let (mut lower, mut upper) = (by_seconds, by_seconds);
        if let Some(other) = milliseconds {
            let other = self.number_reading(text, base, &other, true);
            let by_milliseconds = self.plain(&other, negated);
            lower = self.formula.terms.and([by_seconds, by_milliseconds]);
            upper = self.formula.terms.or([by_seconds, by_milliseconds]);
        }
        if negated {
            let unreadable = self.formula.terms.not(reading.readable);
            upper = self.formula.terms.or([upper, unreadable]);
        }
        self.value_point(23, condition, value, slot, (lower, upper, by_seconds))
    }

    /// Readable, and comparing as asked.
    fn plain(&mut self, reading: &Reading, negated: bool) -> Term {
        let compared = if negated { self.formula.terms.not(reading.compared) } else { reading.compared };
        self.formula.terms.and([reading.readable, compared])
    }

    /// `text` as a number or instant against `constant`. The negated operators compare as equality here.
    fn number_reading(
        &mut self,
        text: &Text,
        base: BaseOperator,
        constant: &Decimal,
        instant: bool,
    ) -> Reading {
        let (comparison, swapped) = match base {
            BaseOperator::NumericLessThan | BaseOperator::DateLessThan => (Comparison::Less, false),
            BaseOperator::NumericLessThanEquals | BaseOperator::DateLessThanEquals => {
                (Comparison::AtMost, false)
            }
            // Greater is the opposite of at most, and at least that of less.
            BaseOperator::NumericGreaterThan | BaseOperator::DateGreaterThan => (Comparison::AtMost, true),
            BaseOperator::NumericGreaterThanEquals | BaseOperator::DateGreaterThanEquals => {
                (Comparison::Less, true)
            }
            BaseOperator::NumericEquals
            | BaseOperator::NumericNotEquals
            | BaseOperator::DateEquals
            | BaseOperator::DateNotEquals
            | BaseOperator::StringEquals
            | BaseOperator::StringNotEquals
            | BaseOperator::StringEqualsIgnoreCase
            | BaseOperator::StringNotEqualsIgnoreCase
            | BaseOperator::StringLike
            | BaseOperator::StringNotLike
            | BaseOperator::Bool
            | BaseOperator::BinaryEquals
            | BaseOperator::IpAddress
            | BaseOperator::NotIpAddress
            | BaseOperator::ArnEquals
            | BaseOperator::ArnNotEquals
            | BaseOperator::ArnLike
            | BaseOperator::ArnNotLike
            | BaseOperator::Null => (Comparison::Equal, false),
        };
        match text {
            Text::Constant(text) => {
                let number = if instant { parse_instant(text) } else { Decimal::parse(text) };
                let compared =
                    number.as_ref().is_some_and(|number| holds(comparison, number, constant) != swapped);
                Reading { readable: Terms::constant(number.is_some()), compared: Terms::constant(compared) }
            }
            Text::Behind { .. } => {
                let term = self.abstracted();
                Reading { readable: term, compared: term }
            }
            Text::Attribute(attribute) => {
                let attribute = *attribute;
                let typed = match self.formula.domain(attribute) {
                    Domain::Number => true,
                    Domain::Instant => instant,
                    Domain::Text(_) | Domain::Address => false,
                };
                let readable = if typed {
                    Terms::TRUE
                } else if instant {
                    self.formula.terms.from_atom(Atom::IsInstant(attribute))
                } else {
                    self.formula.terms.from_atom(Atom::IsNumber(attribute))
                };
                let atom = if instant {
                    Atom::Instant(attribute, comparison, constant.clone())
                } else {
                    Atom::Number(attribute, comparison, constant.clone())
                };
                let compared = self.formula.terms.from_atom(atom);
                let compared = if swapped { self.formula.terms.not(compared) } else { compared };
                Reading { readable, compared }
            }
        }
    }

    /// An address within a prefix. A bare IPv6 address is /128 or /32 (F25); the other family is a mere mismatch.
    fn address(&mut self, condition: &Condition, text: &Text, value: &Template, slot: Option<usize>) -> Term {
        let negated = condition.operator.base.is_negated();
        let Some(prefix) = parse_prefix(&value.raw) else {
            let reading = Reading { readable: Terms::FALSE, compared: Terms::FALSE };
            return self.read(condition, value, slot, &reading, negated);
        };
        let reading = self.address_reading(text, &prefix);
        let exact = self.read(condition, value, slot, &reading, negated);
        if !prefix.v6 || value.raw.contains('/') {
            return exact;
        }
        let wide = Prefix { v6: true, bits: prefix.bits & (u128::MAX << 96), length: 32 };
        let reading = self.address_reading(text, &wide);
        let wide = self.read(condition, value, slot, &reading, negated);
        let lower = self.formula.terms.and([exact, wide]);
        let upper = self.formula.terms.or([exact, wide]);
        self.value_point(25, condition, value, slot, (lower, upper, exact))
    }

    fn address_reading(&mut self, text: &Text, prefix: &Prefix) -> Reading {
        match text {
            Text::Constant(text) => Reading {
                readable: Terms::constant(parse_address(text).is_some()),
                compared: Terms::constant(within(text, prefix)),
            },
            Text::Behind { .. } => {
                let term = self.abstracted();
                Reading { readable: term, compared: term }
            }
            Text::Attribute(attribute) => {
                let readable = if self.formula.domain(*attribute) == Domain::Address {
                    Terms::TRUE
                } else {
                    self.formula.terms.from_atom(Atom::IsAddress(*attribute))
                };
                Reading {
                    readable,
                    compared: self.formula.terms.from_atom(Atom::Within(*attribute, *prefix)),
                }
            }
        }
    }
}

/// The language of an operand without free values.
fn operand_language(parts: &[TemplatePart], fold: bool, wild: bool) -> Language {
    let any = CharacterSet::any();
    let mut builder = LanguageBuilder::new();
    for part in parts {
        match (part, fold) {
            (TemplatePart::Pattern(text), false) if wild => builder.glob(text, &any),
            (TemplatePart::Pattern(text), true) if wild => builder.glob_ignoring_case(text, &any),
            (TemplatePart::Pattern(text) | TemplatePart::Literal(text), false) => builder.text(text),
            (TemplatePart::Pattern(text) | TemplatePart::Literal(text), true) => {
                builder.text_ignoring_case(text)
            }
            (TemplatePart::Value(_), _) => &mut builder,
        };
    }
    builder.build()
}

fn plain_text(parts: &[TemplatePart]) -> String {
    parts
        .iter()
        .map(|part| match part {
            TemplatePart::Pattern(text) | TemplatePart::Literal(text) => text.as_str(),
            TemplatePart::Value(_) => "",
        })
        .collect()
}

/// Text of six parts.
fn six_parts() -> Language {
    let mut builder = LanguageBuilder::new();
    for _ in 0..5 {
        builder.star(CharacterSet::except(':')).text(":");
    }
    builder.star(CharacterSet::any());
    builder.build()
}

/// The ARNs that an ARN operator's operand matches; none if the operand is no ARN.
fn arn_language(parts: &[TemplatePart]) -> Option<Language> {
    let mut builder = LanguageBuilder::new();
    let mut colons = 0;
    for part in parts {
        let (text, literal) = match part {
            TemplatePart::Pattern(text) => (text, false),
            TemplatePart::Literal(text) => (text, true),
            TemplatePart::Value(_) => continue,
        };
        for character in text.chars() {
            let wild = if colons < 5 { CharacterSet::except(':') } else { CharacterSet::any() };
            match character {
                ':' if colons < 5 => {
                    colons += 1;
                    builder.text(":");
                }
                '*' if !literal => {
                    builder.star(wild);
                }
                '?' if !literal => {
                    builder.one(wild);
                }
                other => {
                    builder.text(other.encode_utf8(&mut [0; 4]));
                }
            }
        }
    }
    (colons == 5).then(|| builder.build())
}

/// The prefix written `text`: an address with or without `/length`. Bits past the length are cleared.
fn parse_prefix(text: &str) -> Option<Prefix> {
    if let Some((v6, bits)) = parse_address(text) {
        return Some(Prefix { v6, bits, length: if v6 { 128 } else { 32 } });
    }
    let network: ipnet::IpNet = text.parse().ok()?;
    let (v6, bits) = parse_address(&network.network().to_string())?;
    Some(Prefix { v6, bits, length: network.prefix_len() })
}

/// A whole number of milliseconds in seconds.
fn thousandth(digits: &str) -> Option<Decimal> {
    let (whole, fraction) = digits.split_at_checked(digits.len().checked_sub(3)?)?;
    Decimal::parse(&format!("{whole}.{fraction}"))
}

/// The base64 texts of the bytes that `text` writes: the unused bits of the last digit are free. None if malformed.
fn same_bytes(text: &str) -> Vec<String> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = |digit: u8| DIGITS.iter().position(|known| *known == digit);
    let body = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let padding = text.len() - body.len();
    if !text.len().is_multiple_of(4) || !body.bytes().all(|digit| value(digit).is_some()) {
        return Vec::new();
    }
    let Some((last, start)) = body.as_bytes().split_last() else { return vec![String::new()] };
    let unused = 2 * padding;
    let kept = value(*last).unwrap_or(0) >> unused;
    let start = String::from_utf8_lossy(start);
    let variants = DIGITS.iter().filter(|digit| value(**digit).unwrap_or(0) >> unused == kept);
    variants.map(|digit| format!("{start}{}{}", char::from(*digit), "=".repeat(padding))).collect()
}

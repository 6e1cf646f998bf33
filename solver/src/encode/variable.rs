//! Policy variables (semantics:C7): what an operand is once its variables have values.

use ringfence_model::template::{Piece, Template};

use super::Encoder;
use super::key::{KeyValue, Text};
use crate::formula::Domain;
use crate::formula::Openness;
use crate::term::{Attribute, TemplatePart, Term, Terms};

/// Values of variables that are told apart in one policy value.
const MOST_CASES: usize = 128;

/// An operand with its variables replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    /// Some variable has no value and no default.
    Unresolved,
    /// More cases than are told apart.
    TooMany,
    /// Patterns and literal text only.
    Known(Vec<TemplatePart>),
    /// The values of attributes are among the parts.
    Open(Vec<TemplatePart>),
}

impl Operand {
    /// The attribute, if the operand is just its value.
    pub(super) fn lone_attribute(&self) -> Option<Attribute> {
        match self {
            Self::Open(parts) => match parts.as_slice() {
                [TemplatePart::Value(attribute)] => Some(*attribute),
                _ => None,
            },
            Self::Unresolved | Self::TooMany | Self::Known(_) => None,
        }
    }
}

impl Encoder<'_> {
    /// What stands for a comparison with an operand of too many cases: anything, so that proofs do not depend on it;
    /// and nothing is refuted with it.
    pub(super) fn abstracted(&mut self) -> Term {
        let (_, free) = self.formula.flag("a value with many variables");
        let pinned = self.formula.pin(Openness::ManyVariables);
        let never = self.formula.terms.not(pinned);
        self.formula.assert(never);
        free
    }

    /// What `pieces` become, case by case: exactly one guard holds.
    pub(super) fn resolve(&mut self, pieces: &[Piece]) -> Vec<(Term, Operand)> {
        let mut cases: Vec<(Term, Option<Vec<TemplatePart>>)> = vec![(Terms::TRUE, Some(Vec::new()))];
        for piece in pieces {
            let values: Vec<(Term, Option<TemplatePart>)> = match piece {
                Piece::Text(text) => vec![(Terms::TRUE, Some(TemplatePart::Pattern(text.clone())))],
                Piece::Literal(text) => vec![(Terms::TRUE, Some(TemplatePart::Literal(text.clone())))],
                Piece::Variable { key, default } => {
                    let value = self.key(key);
                    let mut found = Vec::new();
                    self.variable_cases(Terms::TRUE, &value, default.as_deref(), &mut found);
                    found
                }
            };
            if cases.len() * values.len() > MOST_CASES {
                return vec![(Terms::TRUE, Operand::TooMany)];
            }
            let mut extended = Vec::new();
            for (guard, parts) in cases {
                for (other, part) in &values {
                    let both = self.formula.terms.and([guard, *other]);
                    if both == Terms::FALSE {
                        continue;
                    }
                    let joined = match (&parts, part) {
                        (Some(parts), Some(part)) => {
                            let mut parts = parts.clone();
                            parts.push(part.clone());
                            Some(parts)
                        }
                        _ => None,
                    };
                    extended.push((both, joined));
                }
            }
            cases = extended;
        }
        cases
            .into_iter()
            .map(|(guard, parts)| {
                let operand = match parts {
                    None => Operand::Unresolved,
                    Some(parts) if parts.iter().any(|part| matches!(part, TemplatePart::Value(_))) => {
                        Operand::Open(parts)
                    }
                    Some(parts) => Operand::Known(parts),
                };
                (guard, operand)
            })
            .collect()
    }

    /// The operand of a condition value.
    pub(super) fn resolve_value(&mut self, value: &Template) -> Vec<(Term, Operand)> {
        self.resolve(&value.pieces)
    }

    /// The value of a variable, case by case: that of a single-valued key, else the default. A multivalued key has
    /// no value.
    fn variable_cases(
        &mut self,
        guard: Term,
        value: &KeyValue,
        default: Option<&str>,
        found: &mut Vec<(Term, Option<TemplatePart>)>,
    ) {
        match value {
            KeyValue::Single(Text::Constant(text)) => {
                found.push((guard, Some(TemplatePart::Literal(text.clone()))));
            }
            KeyValue::Single(Text::Attribute(attribute)) => {
                found.push((guard, Some(TemplatePart::Value(*attribute))));
            }
            KeyValue::Single(Text::Behind { .. }) => {
                // A part of another value: what it makes of this one is left open.
                let free = self.formula.attribute("a part of a value", Domain::Text(None));
                self.abstracted();
                found.push((guard, Some(TemplatePart::Value(free))));
            }
            KeyValue::Absent | KeyValue::List(_) => {
                found.push((guard, default.map(|text| TemplatePart::Literal(text.to_owned()))));
            }
            KeyValue::Cases(cases) => {
                for (inner_guard, inner) in cases {
                    let both = self.formula.terms.and([guard, *inner_guard]);
                    if both != Terms::FALSE {
                        self.variable_cases(both, inner, default, found);
                    }
                }
            }
        }
    }
}

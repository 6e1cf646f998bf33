//! What atoms mean, as terms of SMT-LIB.

use ringfence_kernel::{Atom, Comparison, Kind, TemplateForm, TemplatePart};

use super::ScriptError;
use super::alphabet::Alphabet;
use super::language::{membership, single_text};
use super::reading;
use super::scope::{Scope, values_of};
use super::template::{Piece, Pieces, pieces};

/// When an atom is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing is known of it.
    Free,
    /// Exactly if the term is.
    Exactly(String),
    /// Only if the term is, in which these texts are any.
    OnlyIf { term: String, gaps: Vec<String> },
}

/// Names a text.
pub(super) fn text(attribute: u32) -> String {
    format!("text-{attribute}")
}

/// What an atom means.
pub(super) fn meaning(
    scope: &Scope<'_>,
    alphabet: &Alphabet,
    variable: u32,
    atom: &Atom,
) -> Result<Meaning, ScriptError> {
    Ok(Meaning::Exactly(match atom {
        Atom::Flag(_) | Atom::Chosen(..) => return Ok(Meaning::Free),
        Atom::Matches(attribute, number) => match single_text(scope.language(*number)?) {
            Some(only) => format!("(= {} {})", text(*attribute), alphabet.quoted(&only)),
            None => format!("(language-{number} {})", text(*attribute)),
        },
        Atom::Equal(left, right) => format!("(= {} {})", text(*left), text(*right)),
        Atom::Template { attribute, parts, ignore_case, form } => {
            let pieces = pieces(parts, *ignore_case, *form, |_| None);
            return Ok(of_pieces(alphabet, variable, *attribute, &pieces));
        }
        Atom::Reads(attribute, kind) => reading::reads(*attribute, *kind),
        Atom::Compares(attribute, kind, comparison, constant) => {
            let (Some(value), Some(constant)) = (reading::value(*attribute, *kind), reading::real(constant))
            else {
                return Ok(Meaning::Free);
            };
            let relation = match comparison {
                Comparison::Less => "<",
                Comparison::AtMost => "<=",
                Comparison::Equal => "=",
            };
            format!("(and {} ({relation} {value} {constant}))", reading::reads(*attribute, *kind))
        }
        Atom::InstantsWithin(early, late, seconds) => {
            let Some(seconds) = reading::real(seconds) else { return Ok(Meaning::Free) };
            let reads = |attribute: u32| reading::reads(attribute, Kind::Instant);
            format!(
                "(and {} {} (<= instant-{early} (+ instant-{late} {seconds})))",
                reads(*early),
                reads(*late)
            )
        }
        Atom::Within(attribute, prefix) => match reading::within(*attribute, prefix) {
            Some(term) => term,
            None => return Ok(Meaning::Free),
        },
    }))
}

/// That a text is the pieces, one after the other.
fn of_pieces(alphabet: &Alphabet, variable: u32, attribute: u32, pieces: &Pieces) -> Meaning {
    let own = text(attribute);
    match pieces.pieces.as_slice() {
        [] => return Meaning::Exactly(format!("(= {own} \"\")")),
        [Piece::Language(language)] => return Meaning::Exactly(membership(&own, language, alphabet)),
        _ => {}
    }
    let (mut operands, mut conditions, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
    for piece in &pieces.pieces {
        let gap = format!("gap-{variable}-{}", gaps.len());
        match piece {
            Piece::Value(value) => operands.push(text(*value)),
            Piece::Folded(value) => {
                conditions.push(format!("(= (str.len {gap}) (str.len {}))", text(*value)));
                operands.push(gap.clone());
                gaps.push(gap);
            }
            Piece::Language(language) => {
                if let Some(only) = single_text(language) {
                    operands.push(alphabet.quoted(&only));
                } else {
                    conditions.push(membership(&gap, language, alphabet));
                    operands.push(gap.clone());
                    gaps.push(gap);
                }
            }
        }
    }
    let whole = match operands.as_slice() {
        [only] => format!("(= {own} {only})"),
        _ => format!("(= {own} (str.++ {}))", operands.join(" ")),
    };
    if gaps.is_empty() && pieces.is_exact {
        return Meaning::Exactly(whole);
    }
    let term = if conditions.is_empty() { whole } else { format!("(and {whole} {})", conditions.join(" ")) };
    Meaning::OnlyIf { term, gaps }
}

/// For texts that the values in a pattern may be said to have: that they have them, and then the pattern's meaning.
pub(super) fn with_constants(
    scope: &Scope<'_>,
    alphabet: &Alphabet,
    attribute: u32,
    (parts, ignore_case, form): (&[TemplatePart], bool, TemplateForm),
) -> Vec<(String, String)> {
    let mut cases: Vec<Vec<(u32, String)>> = vec![Vec::new()];
    for value in values_of(parts) {
        let constants = scope.constants(value);
        let with = |case: &Vec<(u32, String)>| {
            let add = |text: &String| case.iter().cloned().chain([(value, text.clone())]).collect();
            constants.iter().map(add).collect::<Vec<_>>()
        };
        cases = cases.iter().flat_map(with).collect();
        if cases.len() > MOST_CASES {
            return Vec::new();
        }
    }
    let mut found = Vec::new();
    for case in cases {
        let known =
            |attribute: u32| case.iter().find(|(other, _)| *other == attribute).map(|(_, text)| text.clone());
        let pieces = pieces(parts, ignore_case, form, known);
        let condition =
            case.iter().map(|(value, only)| format!("(= {} {})", text(*value), alphabet.quoted(only)));
        if let Meaning::Exactly(term) = of_pieces(alphabet, 0, attribute, &pieces) {
            found.push((format!("(and {})", condition.collect::<Vec<_>>().join(" ")), term));
        }
    }
    found
}

/// Combinations of texts that a pattern's meaning is written for.
const MOST_CASES: usize = 64;

//! What evidence is about, in words: for whoever reads nothing else of it.

use jiff::civil::Date;
use serde_json::Value;

use super::material::{Material, TableDigest};
use super::statement::TestOutcome;

/// What evidence is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// The command with its arguments.
    pub(crate) run: String,
    /// The day of the run.
    pub(crate) today: Date,
    /// The earliest instant of a request.
    pub(crate) as_of: Option<String>,
    /// The tables about AWS.
    pub(crate) tables: Vec<String>,
    /// How each question ended.
    pub(crate) outcomes: Vec<(String, TestOutcome)>,
    /// Proofs, refutations, and what is neither.
    pub(crate) verdicts: [usize; 3],
    /// Proofs for single requests alone.
    pub(crate) single_requests: usize,
}

impl Told {
    /// What `material`, found on the day `today` by a run that `written` tells of, is about.
    pub(crate) fn of(written: &Value, today: Date, material: &Material) -> Self {
        Self {
            run: words(written),
            today,
            as_of: material.as_of.clone(),
            tables: material.tables.iter().map(in_words).collect(),
            outcomes: material.outcomes.clone(),
            verdicts: material.verdicts(),
            single_requests: material.single_requests(),
        }
    }
}

/// The table in words.
pub(super) fn in_words(table: &TableDigest) -> String {
    let TableDigest { table, date, file, .. } = table;
    match file {
        Some(file) => format!("{table} of {date} from {file}, in place of the embedded one"),
        None => format!("{table} of {date}"),
    }
}

/// Arguments that change nothing of what is found.
const SILENT: [&str; 8] =
    ["encoding", "output", "quiet", "scripts", "threads", "today", "fail_on", "exit_zero"];

/// The command with its arguments, but for those that change nothing of what is found.
pub(super) fn words(written: &Value) -> String {
    let mut words = vec![written.get("command").and_then(Value::as_str).unwrap_or_default().to_owned()];
    for (name, value) in written.get("arguments").and_then(Value::as_object).into_iter().flatten() {
        let name = name.replace('_', "-");
        match value {
            _ if SILENT.contains(&name.replace('-', "_").as_str()) => {}
            Value::Null | Value::Bool(false) => {}
            Value::Bool(true) => words.push(name),
            Value::Array(list) if list.is_empty() => {}
            // What might be taken for two arguments stands in quotes.
            Value::String(text) if text.contains(|c: char| c.is_whitespace() || ",\"".contains(c)) => {
                words.push(format!("{name} {text:?}"));
            }
            Value::String(text) => words.push(format!("{name} {text}")),
            other @ (Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                words.push(format!("{name} {other}"));
            }
        }
    }
    words.join(", ")
}

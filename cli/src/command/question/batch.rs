//! A file of questions, one JSON object a line.

use std::path::Path;
use std::sync::Arc;

use ringfence_model::files::Files;
use ringfence_model::json::{Json, JsonValue, text_of};
use ringfence_model::location::InputError;
use ringfence_solver::inquiry::{Inquiry, Pin, Wildcards};

use super::Question;
use crate::command::CommandError;
use crate::input;
use crate::output;

const HELP: &str = "a batch holds one question, a JSON object, on each line";
const MEMBERS: [&str; 5] = ["name", "principal", "action", "resource", "context"];

/// A line of a batch.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// A question.
    Question(Question),
    /// It cannot be read.
    Wrong {
        /// The name, if it has one.
        name: Option<String>,
        /// What is wrong, with the place.
        problem: String,
    },
}

/// The lines of `path` that are not empty. `to_one`: each names a principal. Members that say nothing to the question
/// are named on standard error.
///
/// # Errors
/// When the file cannot be read, or holds no question.
pub(super) fn read(path: &Path, to_one: bool, files: &dyn Files) -> Result<Vec<Line>, CommandError> {
    let bytes = input::read_bytes(path, HELP, files).map_err(|error| vec![error])?;
    let file: Arc<str> = Arc::from(input::shown(path));
    let mut remarks: Vec<InputError> = Vec::new();
    let mut lines = Vec::new();
    for (number, line) in (1_u32..).zip(bytes.split(|byte| *byte == b'\n')) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let json = text_of(line, &file)
            .map_err(|mut errors| {
                for error in &mut errors {
                    error.location.line = number;
                }
                errors
            })
            .and_then(|text| Json::parse_line(text, &file, number));
        lines.push(match json {
            Ok(json) => question(&json, &file, to_one, &mut remarks),
            Err(errors) => Line::Wrong { name: None, problem: places(&errors) },
        });
    }
    if lines.is_empty() {
        return Err(CommandError::Input(vec![input::file_error(path, "there is no question in it", HELP)]));
    }
    output::report_warnings(&remarks);
    Ok(lines)
}

fn question(json: &Json, file: &Arc<str>, to_one: bool, remarks: &mut Vec<InputError>) -> Line {
    let mut errors = Vec::new();
    let mut error = |place: &Json, message: String| {
        errors.push(InputError { location: place.location(file), statement: None, message, help: None });
    };
    let Some(members) = json.as_object() else {
        error(json, format!("a question is an object, not {}", json.kind()));
        return Line::Wrong { name: None, problem: places(&errors) };
    };
    let mut text = |key: &str, needed: bool| {
        let value = json.get(key);
        if let Some(value) = value {
            if value.as_str().is_none() {
                error(value, format!("`{key}` is a text, not {}", value.kind()));
            }
        } else if needed {
            error(json, format!("the question has no `{key}`"));
        }
        value.and_then(Json::as_str).map(str::to_owned)
    };
    let name = text("name", false);
    let action = text("action", true);
    let resource = text("resource", false);
    let principal = if to_one { text("principal", true) } else { None };
    let context = context(json.get("context"), &mut error);
    for member in members {
        let known = MEMBERS.contains(&member.key.as_str()) && (to_one || member.key != "principal");
        if !known && !remarks.iter().any(|known| known.message.contains(&format!("`{}`", member.key))) {
            remarks.push(InputError {
                location: member.value.location(file),
                statement: None,
                message: format!("the member `{}` says nothing to a question", member.key),
                help: Some(format!("{} do", MEMBERS.join(", "))),
            });
        }
    }
    match action {
        Some(action) if errors.is_empty() => Line::Question(Question {
            name: Some(name.unwrap_or_default()),
            principal,
            inquiry: Inquiry { action, resource, wildcards: Wildcards::default(), context },
        }),
        Some(_) | None => Line::Wrong { name, problem: places(&errors) },
    }
}

/// The pinned keys: a text, a list of texts, or null for an absent key.
fn context(value: Option<&Json>, error: &mut impl FnMut(&Json, String)) -> Vec<(String, Pin)> {
    let Some(value) = value else { return Vec::new() };
    let Some(members) = value.as_object() else {
        error(value, format!("`context` is an object, not {}", value.kind()));
        return Vec::new();
    };
    let mut pins = Vec::new();
    for member in members {
        let key = &member.key;
        match &member.value.value {
            JsonValue::Null => pins.push((key.clone(), Pin::Absent)),
            JsonValue::Array(elements) => {
                let texts: Vec<String> =
                    elements.iter().filter_map(Json::scalar_text).map(str::to_owned).collect();
                if texts.is_empty() || texts.len() < elements.len() {
                    error(&member.value, format!("{key} is a list of texts, at least one"));
                } else {
                    pins.push((key.clone(), Pin::Values(texts)));
                }
            }
            JsonValue::String(_) | JsonValue::Number(_) | JsonValue::Bool(_) => {
                let text = member.value.scalar_text().unwrap_or_default().to_owned();
                pins.push((key.clone(), Pin::Values(vec![text])));
            }
            JsonValue::Object(_) => {
                error(&member.value, format!("{key} is a text, a list of texts, or null for an absent key"));
            }
        }
    }
    pins
}

/// Problems with what to do about them, on one line.
pub(super) fn joined(problems: &[(String, String)]) -> String {
    let parts = problems
        .iter()
        .map(|(message, help)| if help.is_empty() { message.clone() } else { format!("{message} ({help})") });
    parts.collect::<Vec<_>>().join("; ")
}

fn places(errors: &[InputError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

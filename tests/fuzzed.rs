//! What the fuzz targets assert of arbitrary bytes; the suites assert it of the committed seeds and of their mutations.
#![expect(clippy::panic, reason = "a panic is how a fuzz target says that it found a fault")]

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use ringfence_model::json::Json;
use ringfence_model::location::InputError;
use ringfence_model::parse::{exported_policy, policy_text};
use ringfence_model::policy::{PolicyDocument, PolicyType};
use ringfence_model::world::World;

use crate::naive_wildcards::{Agreement, Pattern, agreement, short_texts};

/// The roles in which a document is read: those with other rules for what it may hold.
const TYPES: [PolicyType; 4] =
    [PolicyType::Identity, PolicyType::ServiceControl, PolicyType::Resource, PolicyType::Trust];

/// Reads `bytes` as a policy document in four roles.
///
/// # Panics
/// A refusal without an error or with an error outside the text; a document that is not JSON to serde_json; another
/// document from the same text with percent escapes.
pub fn policy_reader(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let file: Arc<str> = Arc::from("policy.json");
    for policy_type in TYPES {
        match policy_text(text, policy_type, &file) {
            Ok((document, _)) => {
                let json: Result<serde_json::Value, _> = serde_json::from_str(text);
                assert!(json.is_ok_and(|json| json.is_object()), "a document that is no JSON object");
                let again = in_export(&escaped(text), policy_type, &file).map(|again| again.statements.len());
                assert_eq!(again, Some(document.statements.len()), "percent escapes change a document");
            }
            Err(errors) => assert_places(&errors, |_| Some(text.lines().count())),
        }
    }
}

/// The document in a string of an export.
fn in_export(document: &str, policy_type: PolicyType, file: &Arc<str>) -> Option<PolicyDocument> {
    let text = format!("\"{document}\"");
    let json = Json::parse(&text, file).ok()?;
    exported_policy(&json, &text, policy_type, file).ok().map(|parsed| parsed.0)
}

/// Every byte as a percent escape.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |escaped, byte| format!("{escaped}%{byte:02X}"))
}

/// Errors that say something, in lines that exist; `lines` counts those of a file, if it knows it.
fn assert_places(errors: &[InputError], lines: impl Fn(&str) -> Option<usize>) {
    assert!(!errors.is_empty(), "refused without an error");
    for error in errors {
        assert!(!error.message.is_empty(), "an error that says nothing");
        if let Some(lines) = lines(&error.location.file) {
            let line = usize::try_from(error.location.line).unwrap_or(usize::MAX);
            assert!(line <= lines + 1, "an error at line {line} of {lines}: {}", error.message);
        }
    }
}

/// What begins a line that names the file whose text follows in a seed of [`world_reader`].
const FILE_MARK: &str = "=== ";

/// Reads `bytes` as the files of a world: each begins with a line `=== path`.
///
/// # Panics
/// A world without principals; a refusal without an error, or with an error outside its file; another answer the
/// second time; a directory for the files that cannot be written.
pub fn world_reader(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(files) = files(text) else { return };
    let directory = tempfile::tempdir();
    let Ok(directory) = &directory else { panic!("no directory for the world: {directory:?}") };
    for (path, text) in &files {
        // Two names may be one file, or one the directory of the other: such a world is not what the text says.
        if write(&directory.path().join(path), text).is_none() {
            return;
        }
    }
    let read = World::read_directory(directory.path());
    match &read {
        Ok(world) => assert!(world.principals().next().is_some(), "a world without principals"),
        Err(errors) => assert_places(errors, |file| {
            let of_file = |path: &str| directory.path().join(path).to_str() == Some(file);
            files.iter().find(|(path, _)| of_file(path)).map(|(_, text)| text.lines().count())
        }),
    }
    let again = World::read_directory(directory.path());
    assert_eq!(format!("{read:?}"), format!("{again:?}"), "the same files give another world");
}

/// The files of a seed: none if it has too many or names one outside the world.
fn files(text: &str) -> Option<Vec<(&str, String)>> {
    let mut files: Vec<(&str, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(path) = line.strip_prefix(FILE_MARK) {
            let path = path.trim_end_matches('\n');
            let plain = |part: &str| {
                part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && !part.starts_with('.')
            };
            let names_one = path.split('/').all(|part| !part.is_empty() && part.len() < 64 && plain(part));
            if !names_one || files.len() >= 12 || files.iter().any(|(other, _)| *other == path) {
                return None;
            }
            files.push((path, String::new()));
        } else {
            files.last_mut()?.1.push_str(line);
        }
    }
    (!files.is_empty()).then_some(files)
}

fn write(path: &Path, text: &str) -> Option<()> {
    fs::create_dir_all(path.parent()?).ok()?;
    fs::write(path, text).ok()
}

/// Reads `bytes` as patterns, one a line, of which those after `-` must not match and those after `~` match in any
/// letter case, and asks the wildcard theory about them.
///
/// # Panics
/// The theory's answer is not that of a matcher that tries all short texts.
pub fn wildcard_theory(bytes: &[u8]) {
    static TEXTS: OnceLock<Vec<String>> = OnceLock::new();
    let texts = TEXTS.get_or_init(|| short_texts(5));
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for line in bytes.split(|byte| *byte == b'\n').take(8) {
        let mut pattern = Pattern { text: String::new(), ignore_case: false };
        let mut within = true;
        for byte in line.iter().take(10) {
            match byte {
                b'-' => within = false,
                b'~' => pattern.ignore_case = true,
                b'*' | b'?' | b':' | b'a' | b'b' | b'A' | b'c' => pattern.text.push(char::from(*byte)),
                _ => {}
            }
        }
        if within { &mut inside } else { &mut outside }.push(pattern);
    }
    let mut theory = ringfence_solver::wildcard::Theory::new(60_000);
    match agreement(&mut theory, &inside, &outside, texts) {
        Agreement::Text | Agreement::Conflict => {}
        Agreement::Fault(fault) => panic!("{inside:?} without {outside:?}: {fault}"),
    }
}

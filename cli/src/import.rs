//! Answers of the AWS CLI, as people have saved them, made into a world: each is known by what is in it, and what it is about and does not say
//! by the name of its file.

mod ids;
mod organization;
mod piece;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence_model::json::Json;
use ringfence_model::location::{InputError, Location};
use serde_json::{Value, json};

use crate::input::shown;
use organization::Gathered;
use piece::{Piece, piece};

/// The files of a world, by their paths in it.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// What was made of answers.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    /// The files of the world.
    pub(crate) files: Files,
    /// From how many answers.
    pub(crate) read: usize,
    /// Files that hold none that is known.
    pub(crate) others: Vec<String>,
}

/// The world that the answers in these files make.
///
/// # Errors
/// Everything that is wrong with them: what is no JSON or cut off, two that contradict each other, and of an organisation what is missing without which
/// it would be another one.
pub(crate) fn import(sources: &[(PathBuf, Vec<u8>)]) -> Result<Imported, Vec<InputError>> {
    let mut imported = Imported::default();
    let mut gathered = Gathered::default();
    let mut profiles: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut errors = Vec::new();
    for (path, bytes) in sources {
        let json = match parsed(path, bytes) {
            Ok(json) => json,
            Err(found) => {
                errors.extend(found);
                continue;
            }
        };
        match piece(path, &json) {
            Ok(Some(found)) => {
                imported.read += 1;
                if let Err(error) =
                    take(found, (path, bytes), (&mut imported.files, &mut gathered, &mut profiles))
                {
                    errors.push(error);
                }
            }
            Ok(None) => imported.others.push(shown(path)),
            Err(error) => errors.push(error),
        }
    }
    for (account, found) in profiles {
        let path = Path::new("accounts").join(account).join("inference-profiles.json");
        imported.files.insert(path, text(&json!({ "inferenceProfileSummaries": found })));
    }
    match gathered.organization() {
        Ok(Some(organization)) => {
            imported.files.insert(PathBuf::from("organization.json"), text(&organization));
        }
        Ok(None) => {}
        Err(found) => errors.extend(found),
    }
    if errors.is_empty() { Ok(imported) } else { Err(errors) }
}

fn take(
    found: Piece,
    (path, bytes): (&Path, &[u8]),
    (files, gathered, profiles): (&mut Files, &mut Gathered, &mut BTreeMap<String, Vec<Value>>),
) -> Result<(), InputError> {
    match found {
        Piece::Details(account) => {
            let target = Path::new("accounts").join(&account).join("authorization-details.json");
            // The same answer twice says nothing more.
            if files.get(&target).is_some_and(|known| known != bytes) {
                let message = format!("there are two exports of the account {account}");
                return Err(error(
                    path,
                    &message,
                    "give the newer one alone; the AWS CLI joins pages by itself",
                ));
            }
            // Word for word: what it says is read where every other export is.
            files.insert(target, bytes.to_vec());
        }
        Piece::Profiles(account, found) => {
            let known = profiles.entry(account).or_default();
            for profile in found {
                if !known.contains(&profile) {
                    known.push(profile);
                }
            }
        }
        Piece::OfOrganization(found) => gathered.add(path, found)?,
    }
    Ok(())
}

fn parsed(path: &Path, bytes: &[u8]) -> Result<Value, Vec<InputError>> {
    let file: Arc<str> = Arc::from(shown(path));
    let text = ringfence_model::json::text_of(bytes, &file)?;
    let json = Json::parse(text, &file)?;
    if json.get("NextToken").is_some_and(|token| token.as_str().is_some()) {
        let message = "more pages follow this one";
        return Err(vec![error(
            path,
            message,
            "leave out --no-paginate and --max-items, so that the AWS CLI joins them",
        )]);
    }
    serde_json::from_str(text)
        .map_err(|problem| vec![error(path, &problem.to_string(), "save the answer again")])
}

fn text(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}

fn error(path: &Path, message: &str, help: &str) -> InputError {
    InputError {
        location: Location::new(&Arc::from(shown(path)), 1, 1),
        statement: None,
        message: message.to_owned(),
        help: Some(help.to_owned()),
    }
}

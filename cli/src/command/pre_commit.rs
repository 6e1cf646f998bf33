//! `ringfence pre-commit`: what the files that changed have to do with is checked.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser;
use ringfence_model::files::{FileKind, Files as _};
use ringfence_model::json::Json;
use ringfence_model::location::InputError;
use ringfence_model::parse::policy_text;
use ringfence_model::policy::PolicyType;

use super::{CommandError, check};
use crate::args::{Arguments, Command, PreCommitArguments};
use crate::exit::ExitStatus;
use crate::files::System;
use crate::input;
use crate::output::{self, diagnostic};

/// Checks each world that one of the files lies in, and reads the policy documents among the others. All of them, whatever is wrong with some.
///
/// # Errors
/// Whatever cannot be read or used in any of them.
pub(crate) fn run(arguments: &PreCommitArguments) -> Result<ExitStatus, CommandError> {
    let mut worlds: BTreeSet<PathBuf> = BTreeSet::new();
    let mut others = Vec::new();
    for file in &arguments.files {
        match file.ancestors().skip(1).find(|folder| is_world(folder)) {
            Some(world) => drop(worlds.insert(world.to_owned())),
            None => others.push(file.as_path()),
        }
    }
    let (mut errors, mut documents, mut unknown) = (Vec::new(), 0_usize, Vec::new());
    for file in others {
        match document(file) {
            Ok(true) => documents += 1,
            Ok(false) => unknown.push(file),
            Err(found) => errors.extend(found),
        }
    }
    let mut status = ExitStatus::AsExpected;
    for world in &worlds {
        output::write_stdout(&format!("{}\n\n", shown(world)))?;
        match judged(world, arguments) {
            Ok(found) => status = status.max(found),
            Err(CommandError::Input(found)) => errors.extend(found),
            Err(other) => return Err(other),
        }
        output::write_stdout("\n")?;
    }
    let counts = format!(
        "{} checked, {} read, {} that are neither in a world nor policies\n",
        output::human::counted(worlds.len(), "world"),
        output::human::counted(documents, "policy document"),
        output::human::counted(unknown.len(), "file"),
    );
    output::write_stdout(&counts)?;
    if errors.is_empty() { Ok(status) } else { Err(CommandError::Input(errors)) }
}

/// The folder holds exports of accounts, as `ringfence collect` writes them.
fn is_world(folder: &Path) -> bool {
    let is_account = |entry: &PathBuf| {
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit())
    };
    System.entries(&inside(folder).join("accounts")).is_ok_and(|entries| entries.iter().any(is_account))
}

/// The folder that an empty path means.
fn inside(folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() }
}

fn shown(world: &Path) -> String {
    output::escape::visible(&inside(world).display().to_string())
}

fn judged(world: &Path, arguments: &PreCommitArguments) -> Result<ExitStatus, CommandError> {
    let mut line: Vec<OsString> = ["ringfence", "check", "--quiet"].map(OsString::from).to_vec();
    line.push(inside(world).into_os_string());
    if !arguments.steps {
        line.push("--one-step".into());
    }
    if let Some(cache) = cache(world, arguments)? {
        line.push("--cache".into());
        line.push(cache.into_os_string());
    }
    let parsed =
        Arguments::try_parse_from(line).map_err(|error| CommandError::internal(&error.to_string()))?;
    let Command::Check(check) = &parsed.command else {
        return Err(CommandError::internal("a check is something else"));
    };
    check::run(check)
}

/// The file of answers about a world: one of its own, since answers of others would be taken out of it.
fn cache(world: &Path, arguments: &PreCommitArguments) -> Result<Option<PathBuf>, CommandError> {
    let git = Path::new(".git");
    let folder = match &arguments.cache {
        Some(folder) => folder.clone(),
        None if System.kind(git) == FileKind::Folder => git.join("ringfence"),
        None => return Ok(None),
    };
    fs::create_dir_all(&folder).map_err(|error| CommandError::Output {
        target: folder.display().to_string(),
        problem: error.to_string(),
    })?;
    let depth = if arguments.steps { "steps" } else { "single" };
    let digest = input::digest(inside(world).to_string_lossy().as_bytes());
    let name = digest.get(..16).unwrap_or_default();
    Ok(Some(folder.join(format!("{name}.{depth}"))))
}

/// True if the file is a policy document, which was read. One that is no JSON and speaks of statements is an error.
fn document(file: &Path) -> Result<bool, Vec<InputError>> {
    let is_json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if !is_json {
        return Ok(false);
    }
    let (text, _) = input::read_text(file, "give files that are there", &System)?;
    let name: Arc<str> = Arc::from(input::shown(file));
    let json = match Json::parse(&text, &name) {
        Ok(json) => json,
        // What may be a policy is none of the files that do not matter.
        Err(errors) if text.contains("\"Statement\"") => return Err(errors),
        Err(_) => return Ok(false),
    };
    let Some(statements) = json.get("Statement") else { return Ok(false) };
    let names_somebody =
        |statement: &Json| statement.get("Principal").or_else(|| statement.get("NotPrincipal")).is_some();
    let of_resource = statements
        .as_array()
        .map_or_else(|| names_somebody(statements), |all| all.iter().any(names_somebody));
    let policy_type = if of_resource { PolicyType::Resource } else { PolicyType::Identity };
    let (_, warnings) = policy_text(&text, policy_type, &name)?;
    if !warnings.is_empty() {
        output::write_stderr(&diagnostic::warnings(&warnings));
    }
    Ok(true)
}

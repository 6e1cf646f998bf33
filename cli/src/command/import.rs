//! `ringfence import`: answers of the AWS CLI, as people have saved them, are made into a world directory.

use std::path::{Path, PathBuf};

use ringfence_model::files::{FileKind, Files as _};
use ringfence_model::location::InputError;
use ringfence_model::world::WorldReader;

use super::CommandError;
use super::plan::{must_be_new, write};
use crate::args::ImportArguments;
use crate::exit::ExitStatus;
use crate::files::{Overlay, System};
use crate::import::import;
use crate::input::{file_error, read_bytes, reading_problem};
use crate::output;
use crate::output::escape::visible;
use crate::output::human::counted;

/// Reads the answers and writes the world that they make, which is read as every other command reads it before anything is written.
///
/// # Errors
/// When an answer cannot be read or used, what is missing of an organisation, or the folder holds something.
pub(crate) fn run(arguments: &ImportArguments) -> Result<ExitStatus, CommandError> {
    must_be_new(&arguments.write)?;
    let mut files = Vec::new();
    let mut errors = Vec::new();
    for source in &arguments.sources {
        gather(source, &mut files, &mut errors);
    }
    let mut sources = Vec::new();
    for path in files {
        match read_bytes(&path, "give files that are there", &System) {
            Ok(bytes) => sources.push((path, bytes)),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(CommandError::Input(errors));
    }
    let imported = import(&sources)?;
    if imported.read == 0 {
        return Err(CommandError::usage(
            "none of the files holds an answer that is known",
            "give answers of `aws iam get-account-authorization-details`, and of `aws organizations`, as JSON",
        ));
    }
    let overlay = Overlay { root: arguments.write.clone(), written: imported.files, others: &System };
    WorldReader { managed_policies: None, files: &overlay }.read_directory(&overlay.root)?;
    write(&overlay.root, &overlay.written)?;
    let others: Vec<String> = imported
        .others
        .iter()
        .map(|file| format!("{file} is not read: it is no answer that is known"))
        .collect();
    output::report_remarks(&others);
    let mut text = format!(
        "{} {}\n",
        visible(&arguments.write.display().to_string()),
        format_args!("of {}", counted(imported.read, "answer"))
    );
    for path in overlay.written.keys() {
        text.push_str("  ");
        text.push_str(&visible(&path.display().to_string()));
        text.push('\n');
    }
    output::write_stdout(&text)?;
    Ok(ExitStatus::AsExpected)
}

/// The files at `source`: itself, or those below it that end with `.json`, in the order of their names.
fn gather(source: &Path, files: &mut Vec<PathBuf>, errors: &mut Vec<InputError>) {
    if System.kind(source) != FileKind::Folder {
        files.push(source.to_owned());
        return;
    }
    match System.entries(source) {
        Ok(entries) => {
            for entry in entries {
                let is_json =
                    entry.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
                match System.kind(&entry) {
                    // A link may lead back.
                    FileKind::Folder if !entry.is_symlink() => gather(&entry, files, errors),
                    FileKind::File if is_json => files.push(entry),
                    FileKind::Folder | FileKind::File | FileKind::Absent | FileKind::Other => {}
                }
            }
        }
        Err(error) => {
            errors.push(file_error(source, &reading_problem(&error), "give a folder that may be read"));
        }
    }
}

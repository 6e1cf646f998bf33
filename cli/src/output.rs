//! The only place that writes to standard output or standard error, and answers to files.
//!
//! Answers go to standard output or the files that `-o` names, everything else to standard error. A reader that goes
//! away early (`| head`) is no error: the exit code still says what was found.

pub(crate) mod blast_radius;
pub(crate) mod boundary;
pub(crate) mod collect;
pub(crate) mod compare;
pub(crate) mod data;
pub(crate) mod diagnostic;
pub(crate) mod escape;
pub(crate) mod findings;
pub(crate) mod html;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod paths;
pub(crate) mod plan;
pub(crate) mod policy_checks;
pub(crate) mod progress;
pub(crate) mod question;
#[cfg(test)]
pub(crate) mod schemas;
pub(crate) mod simulation;
pub(crate) mod verify;
pub(crate) mod why;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anstream::AutoStream;
use ringfence_model::location::InputWarning;

use crate::args::OutputTarget;
use crate::command::CommandError;
use crate::files;

/// Writes one answer in each form that is asked for; `default` if none is. `render` makes the text of a form.
///
/// # Errors
/// When two forms go to the same place, or one cannot be written. The others are written all the same.
pub(crate) fn write_answers<F: Copy>(
    targets: &[OutputTarget<F>],
    default: F,
    render: impl Fn(F) -> String,
) -> Result<(), CommandError> {
    let mut result = Ok(());
    for target in resolve(targets, default)? {
        let text = render(target.format);
        let written = match &target.file {
            None => write_stdout(&text),
            Some(path) => unless_read(path).and_then(|()| write_file(path, &text)),
        };
        result = result.and(written);
    }
    result
}

/// The targets, `default` on standard output if there are none.
///
/// # Errors
/// When two go to the same place.
pub(crate) fn resolve<F: Copy>(
    targets: &[OutputTarget<F>],
    default: F,
) -> Result<Vec<OutputTarget<F>>, CommandError> {
    if targets.is_empty() {
        return Ok(vec![OutputTarget { format: default, file: None }]);
    }
    for (index, target) in targets.iter().enumerate() {
        let is_same = |other: &OutputTarget<F>| match (&other.file, &target.file) {
            (None, None) => true,
            (Some(left), Some(right)) => are_one_place(left, right),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if targets.iter().skip(index.saturating_add(1)).any(is_same) {
            let place = target.file.as_deref().map_or("standard output".into(), Path::to_string_lossy);
            return Err(CommandError::usage(
                &format!("two outputs go to {place}"),
                "name a file for one of them, such as `-o text -o json=report.json`",
            ));
        }
    }
    Ok(targets.to_vec())
}

/// Nothing is written to a file that holds something else: `what`.
///
/// # Errors
/// When an output goes to one of `files`.
pub(crate) fn keep_apart<F>(
    targets: &[OutputTarget<F>],
    files: &[&Path],
    what: &str,
) -> Result<(), CommandError> {
    for path in targets.iter().filter_map(|target| target.file.as_deref()) {
        if files.iter().any(|file| are_one_place(file, path)) {
            return Err(CommandError::usage(
                &format!("an output goes to {}, which {what}", path.display()),
                "name another file for one of them",
            ));
        }
    }
    Ok(())
}

/// Whether two paths lead to one file, whether or not it is there yet: by links of either kind as well.
pub(crate) fn are_one_place(left: &Path, right: &Path) -> bool {
    let file = |path: &Path| path.metadata().ok().map(|file| (file.dev(), file.ino()));
    place(left, LINKS) == place(right, LINKS) || file(left).is_some_and(|found| file(right) == Some(found))
}

/// So many links that lead to no file yet are followed.
const LINKS: usize = 40;

fn place(path: &Path, links: usize) -> PathBuf {
    if let Ok(whole) = path.canonicalize() {
        return whole;
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if links > 0
        && let Ok(target) = path.read_link()
    {
        return place(&parent.join(target), links - 1);
    }
    match (parent.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        (Err(_), _) | (_, None) => path.to_owned(),
    }
}

/// Writes to standard output: colours only where they are wanted.
pub(crate) fn write_stdout(text: &str) -> Result<(), CommandError> {
    let mut stdout = AutoStream::auto(io::stdout()).lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    ignore_closed(written).map_err(|error| output_error("standard output", &error))
}

/// What a run is about is never written over by its answer.
///
/// # Errors
/// When the run has read the file at `path`.
pub(crate) fn unless_read(path: &Path) -> Result<(), CommandError> {
    if files::was_read(path) {
        return Err(CommandError::usage(
            &format!("an output goes to {}, which is an input of this run", path.display()),
            "name another file; nothing was written there",
        ));
    }
    Ok(())
}

/// Writes `text` to `path`, without colours.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), CommandError> {
    let write = || {
        let mut file = AutoStream::never(File::create(path)?);
        file.write_all(text.as_bytes())?;
        file.flush()
    };
    write().map_err(|error| output_error(&path.to_string_lossy(), &error))
}

/// A place for answers that come one by one.
pub(crate) struct AnswerStream {
    writer: BufWriter<Box<dyn Write>>,
    name: String,
    closed: bool,
}

impl AnswerStream {
    /// Opens `path`, or standard output.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, CommandError> {
        let (writer, name): (Box<dyn Write>, String) = match path {
            None => (Box::new(AutoStream::auto(io::stdout())), "standard output".to_owned()),
            Some(path) => {
                unless_read(path)?;
                let name = path.to_string_lossy().into_owned();
                let file = File::create(path).map_err(|error| output_error(&name, &error))?;
                (Box::new(AutoStream::never(file)), name)
            }
        };
        Ok(Self { writer: BufWriter::new(writer), name, closed: false })
    }

    /// Writes `text`.
    ///
    /// # Errors
    /// When it cannot be written, and the reader has not just gone away.
    pub(crate) fn write(&mut self, text: &str) -> Result<(), CommandError> {
        let written = self.writer.write_all(text.as_bytes());
        self.note(written)
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    /// As [`AnswerStream::write`].
    pub(crate) fn finish(mut self) -> Result<(), CommandError> {
        let written = self.writer.flush();
        self.note(written)
    }

    fn note(&mut self, written: io::Result<()>) -> Result<(), CommandError> {
        if self.closed {
            return Ok(());
        }
        self.closed = written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        ignore_closed(written).map_err(|error| output_error(&self.name, &error))
    }
}

/// Shows why there is no answer.
pub(crate) fn report_error(error: &CommandError) {
    let text = match error {
        CommandError::Input(errors) => diagnostic::errors(errors),
        CommandError::Usage { message, help } => diagnostic::plain_error(message, Some(help)),
        CommandError::Internal(_) => diagnostic::plain_error(
            &error.to_string(),
            Some("please report it, with the command and its input"),
        ),
        CommandError::Output { .. } => diagnostic::plain_error(&error.to_string(), None),
    };
    write_stderr(&text);
}

/// Shows remarks about input that was accepted.
pub(crate) fn report_warnings(warnings: &[InputWarning]) {
    if !warnings.is_empty() {
        write_stderr(&diagnostic::warnings(warnings));
    }
}

/// Shows remarks about a question.
pub(crate) fn report_remarks(remarks: &[String]) {
    let text: String = remarks.iter().map(|remark| diagnostic::remark(remark)).collect();
    if !text.is_empty() {
        write_stderr(&text);
    }
}

/// Writes to standard error. There is nowhere to report a failure to.
pub(crate) fn write_stderr(text: &str) {
    let mut stderr = AutoStream::auto(io::stderr()).lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn ignore_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn output_error(target: &str, error: &io::Error) -> CommandError {
    CommandError::Output { target: target.to_owned(), problem: error.to_string() }
}

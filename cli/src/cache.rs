//! Answers kept in a file from one run to the next (`--cache`), and files that parts of a run left (`ringfence merge`).
//!
//! What is in a file is not trusted: see [`ringfence_solver::prove::Store`]. A file that cannot be opened is an error all the
//! same, since a run without it may take much longer than whoever asked for it expects.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use redb::backends::InMemoryBackend;
use redb::{
    Builder, Database, DatabaseError, ReadOnlyTable, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    StorageBackend, StorageError, TableDefinition, TableError, TableHandle,
};
use ringfence_solver::prove::{Key, Store};

use crate::command::CommandError;
use crate::expected_panic::caught;

const ANSWERS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("answers-1");

/// With more entries than this many for each one that a run used, those that it did not use are deleted.
const KEPT_FOR_EACH_USED: u64 = 4;
/// Files with fewer entries are left alone: they are small, and may be shared by several worlds.
const FEW: u64 = 50_000;

/// Answers of earlier runs, and what this run makes of them.
pub(crate) struct Cache {
    /// Where what is new is written; none where the files are only read.
    written: Option<(PathBuf, Database)>,
    /// Of each file, without those that are new.
    answers: Vec<Answers>,
    /// What they are read from where nothing is written: a table whose database is gone answers nothing.
    read: Vec<Database>,
    changes: Mutex<Changes>,
}

type Answers = ReadOnlyTable<&'static [u8], &'static [u8]>;

#[derive(Debug, Default)]
struct Changes {
    kept: BTreeMap<Key, Vec<u8>>,
    confirmed: BTreeSet<Key>,
    rejected: BTreeSet<Key>,
}

/// How the answers of a run came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CacheUse {
    /// Different answers that were kept and passed their check.
    pub(crate) confirmed: usize,
    /// Those that did not, and were solved again.
    pub(crate) rejected: usize,
    /// Those that were solved, and that others can check.
    pub(crate) kept: usize,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.written.as_ref().map(|(path, _)| path);
        f.debug_struct("Cache").field("written", &path).finish_non_exhaustive()
    }
}

impl Cache {
    /// The answers of a file, which is made if it is not there. Nobody else can open it until [`Self::finish`].
    ///
    /// # Errors
    /// When it is no cache, damaged, in use by another run, or cannot be made.
    pub(crate) fn open(path: &Path) -> Result<Self, CommandError> {
        let (database, answers) = guarded(path, || {
            let mut database = Database::create(path).map_err(|error| unopened(path, &error))?;
            let answers = answers(&mut database, path)?;
            Ok((database, answers.into_iter().collect()))
        })?;
        let written = Some((path.to_owned(), database));
        Ok(Self { written, answers, read: Vec::new(), changes: Mutex::default() })
    }

    /// The answers of several files, of which none is changed. Where two hold one to the same question the first counts.
    ///
    /// # Errors
    /// When one cannot be read, is no cache, or damaged.
    pub(crate) fn of(paths: &[PathBuf]) -> Result<Self, CommandError> {
        let mut cache =
            Self { written: None, answers: Vec::new(), read: Vec::new(), changes: Mutex::default() };
        for path in paths {
            let bytes = fs::read(path).map_err(|error| {
                CommandError::usage(
                    &format!("{} cannot be read: {error}", path.display()),
                    "name the files that `ringfence check --shard I/N --cache FILE` left",
                )
            })?;
            if bytes.is_empty() {
                let help = "make the part again: a run of `ringfence check --shard I/N --cache FILE` that ends leaves no such file";
                return Err(refused(path, &"it is empty", help));
            }
            let (database, answers) = guarded(path, || {
                let mut database = in_memory(&bytes).map_err(|error| unusable(path, &error))?;
                let answers = answers(&mut database, path)?;
                Ok((database, answers))
            })?;
            cache.answers.extend(answers);
            cache.read.push(database);
        }
        Ok(cache)
    }

    /// How the answers came about, once what changed is written.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn finish(self) -> Result<CacheUse, CommandError> {
        let Self { written, answers, read, changes } = self;
        drop(answers);
        drop(read);
        let changes = changes.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some((path, database)) = written {
            guarded(&path, || {
                let result = write(&database, &changes);
                // It may panic as well.
                drop(database);
                result.map_err(|error| CommandError::Output {
                    target: path.display().to_string(),
                    problem: error.to_string(),
                })
            })?;
        }
        let Changes { kept, confirmed, rejected } = changes;
        Ok(CacheUse { confirmed: confirmed.len(), rejected: rejected.len(), kept: kept.len() })
    }

    fn note(&self, change: impl FnOnce(&mut Changes)) {
        change(&mut self.changes.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn unusable(path: &Path, problem: &dyn fmt::Display) -> CommandError {
    let help = "name another file; if this one is a cache, it may be deleted: it holds nothing that cannot be made again";
    refused(path, problem, help)
}

fn refused(path: &Path, problem: &dyn fmt::Display, help: &str) -> CommandError {
    CommandError::usage(&format!("the cache {} cannot be used: {problem}", path.display()), help)
}

/// Why a file cannot be opened. What is no damage is not to be deleted.
fn unopened(path: &Path, error: &DatabaseError) -> CommandError {
    if matches!(error, DatabaseError::DatabaseAlreadyOpen) {
        return refused(
            path,
            &"another run has it open",
            "wait until that run has ended, or name another file",
        );
    }
    if let DatabaseError::Storage(StorageError::Io(problem)) = error
        && problem.kind() != ErrorKind::InvalidData
    {
        return refused(path, problem, "name a file that can be written, in a folder that is there");
    }
    unusable(path, error)
}

/// What `work` makes of a file. The store checks most of what it reads, and panics over the rest.
fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, CommandError>) -> Result<T, CommandError> {
    caught(work).unwrap_or_else(|| Err(unusable(path, &"it is damaged")))
}

/// The database of a file's bytes: a part of a run may lie where nothing can be written.
fn in_memory(bytes: &[u8]) -> Result<Database, redb::Error> {
    let backend = InMemoryBackend::new();
    backend.set_len(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
    backend.write(0, bytes)?;
    Ok(Builder::new().create_with_backend(backend)?)
}

/// The table of answers; none in a new file. The checksums of the whole file come first, and then each answer is looked up once: what
/// reads the tables does not expect pages that are damaged.
fn answers(database: &mut Database, path: &Path) -> Result<Option<Answers>, CommandError> {
    match database.check_integrity() {
        Ok(true) => {}
        Ok(false) => return Err(unusable(path, &"it is damaged")),
        Err(error) => return Err(unusable(path, &error)),
    }
    let transaction = database.begin_read().map_err(|error| unusable(path, &error))?;
    let tables = transaction.list_tables().map_err(|error| unusable(path, &error))?;
    let others = transaction.list_multimap_tables().map_err(|error| unusable(path, &error))?.count();
    if others > 0 || tables.into_iter().any(|table| table.name() != ANSWERS.name()) {
        let problem = "it is a database of something else, or of another version";
        return Err(refused(path, &problem, "name another file"));
    }
    let table = match transaction.open_table(ANSWERS) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(unusable(path, &error)),
    };
    for entry in table.iter().map_err(|error| unusable(path, &error))? {
        let (key, value) = entry.map_err(|error| unusable(path, &error))?;
        let found = table.get(key.value()).map_err(|error| unusable(path, &error))?;
        if found.is_none_or(|found| found.value() != value.value()) {
            return Err(unusable(path, &"it is damaged"));
        }
    }
    Ok(Some(table))
}

fn write(database: &Database, changes: &Changes) -> Result<(), redb::Error> {
    if changes.kept.is_empty() && changes.rejected.is_empty() {
        return Ok(());
    }
    let transaction = database.begin_write()?;
    {
        let mut answers = transaction.open_table(ANSWERS)?;
        for key in &changes.rejected {
            answers.remove(key.as_slice())?;
        }
        for (key, entry) in &changes.kept {
            answers.insert(key.as_slice(), entry.as_slice())?;
        }
        let used = u64::try_from(changes.kept.len() + changes.confirmed.len()).unwrap_or(u64::MAX);
        if answers.len()? > FEW.max(used.saturating_mul(KEPT_FOR_EACH_USED)) {
            let is_used = |key: &[u8]| {
                Key::try_from(key)
                    .is_ok_and(|key| changes.kept.contains_key(&key) || changes.confirmed.contains(&key))
            };
            answers.retain(|key, _| is_used(key))?;
        }
    }
    transaction.commit()?;
    Ok(())
}

impl Store for Cache {
    fn find(&self, key: &Key) -> Option<Vec<u8>> {
        let find = || self.answers.iter().find_map(|answers| answers.get(key.as_slice()).ok()?);
        Some(caught(find)??.value().to_vec())
    }

    fn keep(&self, key: &Key, entry: Vec<u8>) {
        // Where nothing is written it is counted alone.
        let entry = if self.written.is_some() { entry } else { Vec::new() };
        self.note(|changes| {
            changes.kept.insert(*key, entry);
        });
    }

    fn confirm(&self, key: &Key) {
        self.note(|changes| {
            changes.confirmed.insert(*key);
        });
    }

    fn reject(&self, key: &Key) {
        self.note(|changes| {
            changes.rejected.insert(*key);
        });
    }
}

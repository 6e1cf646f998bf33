//! Answers kept in a file from one run to the next (`--cache`).
//!
//! What is in the file is not trusted: see [`ringfence_solver::prove::Store`]. A file that cannot be opened is an error all the
//! same, since a run without it may take much longer than whoever asked for it expects.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use redb::{Database, ReadOnlyTable, ReadableDatabase, ReadableTableMetadata, TableDefinition, TableError};
use ringfence_solver::prove::{Key, Store};

use crate::command::CommandError;

const ANSWERS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("answers-1");

/// With more entries than this many for each one that a run used, those that it did not use are deleted.
const KEPT_FOR_EACH_USED: u64 = 4;
/// Files with fewer entries are left alone: they are small, and may be shared by several worlds.
const FEW: u64 = 50_000;

/// A cache file that is open. Nobody else can open it until it is dropped.
pub(crate) struct Cache {
    path: PathBuf,
    database: Database,
    /// None in a new file.
    answers: Option<ReadOnlyTable<&'static [u8], &'static [u8]>>,
    changes: Mutex<Changes>,
}

#[derive(Debug, Default)]
struct Changes {
    kept: BTreeMap<Key, Vec<u8>>,
    confirmed: BTreeSet<Key>,
    rejected: BTreeSet<Key>,
}

impl Changes {
    fn used(&self) -> CacheUse {
        CacheUse { confirmed: self.confirmed.len(), rejected: self.rejected.len(), kept: self.kept.len() }
    }
}

/// How the answers of a run came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CacheUse {
    /// Different answers that were kept and passed their check.
    pub(crate) confirmed: usize,
    /// Those that did not, and were solved again.
    pub(crate) rejected: usize,
    /// Those that are kept from now on.
    pub(crate) kept: usize,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Cache {
    /// Opens the file, and makes it if it is not there.
    ///
    /// # Errors
    /// When it is no cache, damaged, in use by another run, or cannot be made.
    pub(crate) fn open(path: &Path) -> Result<Self, CommandError> {
        let unusable = |problem: &dyn fmt::Display| {
            CommandError::usage(
                &format!("the cache {} cannot be used: {problem}", path.display()),
                "delete the file, or name another one with --cache; a cache holds nothing that cannot be made again",
            )
        };
        let database = Database::create(path).map_err(|error| unusable(&error))?;
        let transaction = database.begin_read().map_err(|error| unusable(&error))?;
        let answers = match transaction.open_table(ANSWERS) {
            Ok(table) => Some(table),
            Err(TableError::TableDoesNotExist(_)) => None,
            Err(error) => return Err(unusable(&error)),
        };
        Ok(Self { path: path.to_owned(), database, answers, changes: Mutex::default() })
    }

    /// Opens a file that is there.
    ///
    /// # Errors
    /// As [`Self::open`], and when there is no such file.
    pub(crate) fn existing(path: &Path) -> Result<Self, CommandError> {
        if path.is_file() {
            return Self::open(path);
        }
        Err(CommandError::usage(
            &format!("there is no file {}", path.display()),
            "name the files that `ringfence check --shard I/N --cache FILE` left",
        ))
    }

    /// Writes what changed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn finish(self) -> Result<CacheUse, CommandError> {
        let Self { path, database, answers, changes } = self;
        drop(answers);
        let changes = changes.into_inner().unwrap_or_else(PoisonError::into_inner);
        let used = changes.used();
        write(&database, &changes).map_err(|error| CommandError::Output {
            target: path.display().to_string(),
            problem: error.to_string(),
        })?;
        Ok(used)
    }

    fn note(&self, change: impl FnOnce(&mut Changes)) {
        change(&mut self.changes.lock().unwrap_or_else(PoisonError::into_inner));
    }
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
        let found = self.answers.as_ref()?.get(key.as_slice()).ok()??;
        Some(found.value().to_vec())
    }

    fn keep(&self, key: &Key, entry: Vec<u8>) {
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

/// Several cache files, which are read and not changed.
#[derive(Debug)]
pub(crate) struct Several {
    parts: Vec<Cache>,
    changes: Mutex<Changes>,
}

impl Several {
    /// These. Where two hold an answer to the same question the first counts.
    pub(crate) fn new(parts: Vec<Cache>) -> Self {
        Self { parts, changes: Mutex::default() }
    }

    /// How the answers so far came about.
    pub(crate) fn used(&self) -> CacheUse {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).used()
    }

    fn note(&self, change: impl FnOnce(&mut Changes)) {
        change(&mut self.changes.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Store for Several {
    fn find(&self, key: &Key) -> Option<Vec<u8>> {
        self.parts.iter().find_map(|part| part.find(key))
    }

    fn keep(&self, key: &Key, _: Vec<u8>) {
        // It is counted, and goes nowhere.
        self.note(|changes| {
            changes.kept.insert(*key, Vec::new());
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

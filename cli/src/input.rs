//! All file reading of the command line: worlds, ringfence.toml, tables, cases, policies.
//!
//! Everything that is wrong is returned together, so that a run shows all errors at once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::files::{FileKind, Files};
use ringfence_model::location::{InputError, Location};
use ringfence_model::managed::ManagedPolicies;
use ringfence_model::models::{ModelTable, ProfileTable};
use ringfence_model::world::{InputFile, World, WorldReader};
use ringfence_solver::guardrail::Configuration;

use crate::args::{TableArguments, WorldArguments};
use crate::config::{self, names::Name};

/// The name of the configuration in a world directory.
pub(crate) const CONFIGURATION_FILE: &str = "ringfence.toml";

/// Where the world is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A world directory.
    Directory(PathBuf),
    /// One account's authorization details, and the organisation if it is given.
    Account {
        /// The authorization details.
        details: PathBuf,
        /// organization.json.
        organization: Option<PathBuf>,
    },
}

impl Place {
    /// The place that the arguments name: `directory`, the options, or the current folder.
    pub(crate) fn of(directory: Option<&Path>, arguments: &WorldArguments) -> Self {
        if let Some(details) = &arguments.authorization_details {
            Self::Account { details: details.clone(), organization: arguments.organization.clone() }
        } else {
            let named = directory.or(arguments.world.as_deref());
            Self::Directory(named.unwrap_or(Path::new(".")).to_owned())
        }
    }

    /// Reads the world from `files`, with `managed_policies` in place of the embedded ones.
    ///
    /// # Errors
    /// Everything that is wrong with its files.
    pub(crate) fn read(
        &self,
        managed_policies: Option<&ManagedPolicies>,
        files: &dyn Files,
    ) -> Result<World, Vec<InputError>> {
        let reader = WorldReader { managed_policies, files };
        match self {
            Self::Directory(directory) => reader.read_directory(directory),
            Self::Account { details, organization } => reader.read_files(details, organization.as_deref()),
        }
    }

    /// The world directory; none for one account's export.
    pub(crate) fn directory(&self) -> Option<PathBuf> {
        match self {
            Self::Directory(directory) => Some(directory.clone()),
            Self::Account { .. } => None,
        }
    }

    /// The ringfence.toml of the world, if there is one.
    pub(crate) fn configuration_file(&self, files: &dyn Files) -> Option<PathBuf> {
        match self {
            Self::Directory(directory) => {
                // A link that leads nowhere is a file that cannot be read, not one that is not there.
                Some(directory.join(CONFIGURATION_FILE)).filter(|path| files.kind(path) != FileKind::Absent)
            }
            Self::Account { .. } => None,
        }
    }
}

/// The tables about AWS that a run uses.
#[derive(Debug)]
pub(crate) struct Tables {
    /// Actions, resource types and keys.
    pub(crate) catalogue: Table<Catalogue>,
    /// AWS managed policies.
    pub(crate) managed_policies: Table<ManagedPolicies>,
    /// Models with prices.
    pub(crate) models: Table<ModelTable>,
}

/// An embedded table, or a user's own.
#[derive(Debug)]
pub(crate) enum Table<T: 'static> {
    /// Embedded.
    Embedded(&'static T),
    /// From a file.
    File(Box<T>, String),
}

impl<T> Table<T> {
    /// The table.
    pub(crate) fn get(&self) -> &T {
        match self {
            Self::Embedded(table) => table,
            Self::File(table, _) => table,
        }
    }

    /// The file that it was read from; none if it is embedded.
    pub(crate) fn file(&self) -> Option<&str> {
        match self {
            Self::Embedded(_) => None,
            Self::File(_, file) => Some(file),
        }
    }
}

/// What outputs tell of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableFacts<'a> {
    /// `catalogue`, `managed-policies` or `models`.
    pub(crate) table: &'static str,
    /// Its day.
    pub(crate) date: &'a str,
    /// SHA-256 of its bytes.
    pub(crate) sha256: &'a str,
    /// The file that takes the place of the embedded table.
    pub(crate) file: Option<&'a str>,
}

impl Tables {
    /// What outputs tell of each.
    pub(crate) fn facts(&self) -> [TableFacts<'_>; 3] {
        let (catalogue, managed, models) =
            (self.catalogue.get(), self.managed_policies.get(), self.models.get());
        [
            ("catalogue", &catalogue.source().date, catalogue.digest(), self.catalogue.file()),
            ("managed-policies", &managed.source().date, managed.digest(), self.managed_policies.file()),
            ("models", &models.date, &models.digest, self.models.file()),
        ]
        .map(|(table, date, sha256, file)| TableFacts { table, date, sha256, file })
    }

    /// The tables that the arguments name, and the embedded ones for all others.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(crate) fn read(arguments: &TableArguments, files: &dyn Files) -> Result<Self, Vec<InputError>> {
        let mut errors = Vec::new();
        let catalogue =
            catalogue(arguments.catalogue.as_deref(), files).map_err(|found| errors.extend(found));
        let managed_policies = table(
            (arguments.managed_policies.as_deref(), files),
            || ManagedPolicies::embedded().map_err(|error| error.0.clone()),
            |bytes, file| ManagedPolicies::parse(bytes, file).map_err(|error| error.0),
        )
        .map_err(|found| errors.extend(found));
        let models = table(
            (arguments.models.as_deref(), files),
            || ModelTable::embedded().map_err(|error| error.0.clone()),
            ModelTable::parse_bytes,
        )
        .map_err(|found| errors.extend(found));
        match (catalogue, managed_policies, models) {
            (Ok(catalogue), Ok(managed_policies), Ok(models)) => {
                Ok(Self { catalogue, managed_policies, models })
            }
            _ => Err(errors),
        }
    }
}

/// The catalogue in `file`, or else the embedded one.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn catalogue(file: Option<&Path>, files: &dyn Files) -> Result<Table<Catalogue>, Vec<InputError>> {
    table(
        (file, files),
        || Catalogue::embedded().map_err(|error| error.0.clone()),
        |bytes, file| Catalogue::parse(bytes, file).map_err(|error| error.0),
    )
}

/// The embedded inference profiles.
///
/// # Errors
/// If they are damaged.
pub(crate) fn profiles() -> Result<&'static ProfileTable, Vec<InputError>> {
    ProfileTable::embedded().map_err(|error| error.0.clone())
}

fn table<T>(
    (file, files): (Option<&Path>, &dyn Files),
    embedded: impl Fn() -> Result<&'static T, Vec<InputError>>,
    parse: impl Fn(&[u8], &str) -> Result<T, Vec<InputError>>,
) -> Result<Table<T>, Vec<InputError>> {
    let Some(path) = file else { return embedded().map(Table::Embedded) };
    let file = shown(path);
    let bytes = read_bytes(path, "docs/data.md describes the tables", files).map_err(|error| vec![error])?;
    Ok(Table::File(Box::new(parse(&bytes, &file)?), file))
}

/// The configuration of a run.
#[derive(Debug, Default)]
pub(crate) struct Configured {
    /// What it says.
    pub(crate) configuration: Configuration,
    /// The file that it was read from; none for the default.
    pub(crate) file: Option<InputFile>,
    /// What it names, to be held against the world.
    pub(crate) names: Vec<Name>,
}

/// The tables, the world at `place`, and its configuration: `config`, or that of the world.
///
/// # Errors
/// Everything that is wrong with any of them.
pub(crate) fn everything(
    place: &Place,
    tables: &TableArguments,
    config: Option<&Path>,
    files: &dyn Files,
) -> Result<(Tables, World, Configured), Vec<InputError>> {
    let mut errors: Vec<InputError> = Vec::new();
    let tables = Tables::read(tables, files).map_err(|found| errors.extend(found));
    let managed_policies = tables.as_ref().ok().map(|tables| tables.managed_policies.get());
    let world = place.read(managed_policies, files).map_err(|found| errors.extend(found));
    let configured = configuration(config, place, files).map_err(|found| errors.extend(found));
    match (tables, world, configured) {
        (Ok(tables), Ok(world), Ok(configured)) => Ok((tables, world, configured)),
        _ => Err(errors),
    }
}

/// What whoever made the world takes for granted, one remark each.
pub(crate) fn assumptions(world: &World) -> Vec<String> {
    world.assumptions.iter().map(|text| format!("taken for granted of the world: {text}")).collect()
}

/// The configuration: `file`, or else that of the world, or else the default.
///
/// # Errors
/// Everything that is wrong with the file.
pub(crate) fn configuration(
    file: Option<&Path>,
    place: &Place,
    files: &dyn Files,
) -> Result<Configured, Vec<InputError>> {
    let Some(path) = file.map(Path::to_owned).or_else(|| place.configuration_file(files)) else {
        return Ok(Configured::default());
    };
    let shown = shown(&path);
    let (text, sha256) = read_text(&path, "docs/configuration.md describes ringfence.toml", files)?;
    let (configuration, names) = config::parse(&text, &shown)?;
    Ok(Configured { configuration, file: Some(InputFile { path: shown, sha256 }), names })
}

/// The text of `path`, `-` for standard input, with its SHA-256.
///
/// # Errors
/// When it cannot be read or is not UTF-8; `help` says what to do.
pub(crate) fn read_text(
    path: &Path,
    help: &str,
    files: &dyn Files,
) -> Result<(String, String), Vec<InputError>> {
    let bytes = read_bytes(path, help, files).map_err(|error| vec![error])?;
    let sha256 = digest(&bytes);
    let text = ringfence_model::json::text_of(&bytes, &Arc::from(shown(path)))?.to_owned();
    Ok((text, sha256))
}

/// The bytes of `path`, `-` for standard input.
///
/// # Errors
/// When it cannot be read; `help` says what to do.
pub(crate) fn read_bytes(path: &Path, help: &str, files: &dyn Files) -> Result<Vec<u8>, InputError> {
    files.read(path).map_err(|error| file_error(path, &reading_problem(&error), help))
}

/// The line `number` of each file that is asked for, for error messages.
#[derive(Debug, Default)]
pub(crate) struct Sources(std::collections::BTreeMap<Arc<str>, Option<Source>>);

#[derive(Debug)]
struct Source {
    text: String,
    starts: Vec<usize>,
}

impl Sources {
    /// The line `number`, from 1, of `file`; none if the file or the line is not there, as for embedded data.
    pub(crate) fn line(&mut self, file: &Arc<str>, number: u32) -> Option<&str> {
        let source = self.0.entry(Arc::clone(file)).or_insert_with(|| {
            let text = String::from_utf8(fs::read(file.as_ref()).ok()?).ok()?;
            let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
            Some(Source { text, starts })
        });
        let source = source.as_ref()?;
        let start = *source.starts.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        source.text.get(start..)?.lines().next()
    }
}

/// An error about a whole file.
pub(crate) fn file_error(path: &Path, message: &str, help: &str) -> InputError {
    InputError {
        location: Location::new(&Arc::from(shown(path)), 1, 1),
        statement: None,
        message: message.to_owned(),
        help: Some(help.to_owned()),
    }
}

/// `path` as locations name it.
pub(crate) fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        return "<stdin>".to_owned();
    }
    let text = path.to_string_lossy();
    text.strip_prefix("./").unwrap_or(&text).to_owned()
}

/// What went wrong, in words.
pub(crate) fn reading_problem(error: &io::Error) -> String {
    let kind = error.kind();
    if kind == io::ErrorKind::NotFound {
        "this file does not exist".to_owned()
    } else if kind == io::ErrorKind::PermissionDenied {
        "this file may not be read".to_owned()
    } else if kind == io::ErrorKind::IsADirectory {
        "this is a folder, not a file".to_owned()
    } else {
        format!("it could not be read: {error}")
    }
}

/// SHA-256 of `bytes` in lower-case hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    ringfence_kernel::digest(bytes)
}

/// `bytes` in lower-case hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

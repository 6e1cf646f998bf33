//! Reading a world from files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use sha2::{Digest, Sha256};

use super::authorization_details::read_account;
use super::export::Export;
use super::optional_files::{OptionalFile, Owner, form};
use super::organization_file::read_organization;
use super::recognize::{AUTHORIZATION_DETAILS_COMMAND, ORGANIZATION_COMMAND, nearest, recognize_text};
use super::{Account, InputFile, OptionalInput, World};
use crate::arn::AccountId;
use crate::files::{Disk, FileKind, Files};
use crate::json::{Json, text_of};
use crate::location::{InputError, Location};
use crate::managed::ManagedPolicies;

const ORGANIZATION_FILE: &str = "organization.json";
/// What is taken for granted of the world: a list of sentences, as `ringfence plan` writes it.
pub const ASSUMPTIONS_FILE: &str = "assumptions.json";
/// Read by the command line, not here.
const CONFIGURATION_FILE: &str = "ringfence.toml";
const DETAILS_FILE: &str = "authorization-details.json";
/// The files in the folder of a world.
const OF_WORLD: [&str; 2] = [ORGANIZATION_FILE, CONFIGURATION_FILE];

/// The files in the folder of an account.
fn of_account() -> Vec<&'static str> {
    OptionalInput::ALL.map(OptionalInput::file_name).into_iter().chain([DETAILS_FILE]).collect()
}

/// The file for which one called `name` may be meant, in the folder of an account or that of the world: none if `name` is one that is read, or
/// unlike all of them.
#[must_use]
pub fn meant(name: &str, is_of_account: bool) -> Option<&'static str> {
    if !is_of_account && name == ASSUMPTIONS_FILE {
        return None;
    }
    let known = if is_of_account { of_account() } else { OF_WORLD.to_vec() };
    if known.contains(&name) { None } else { nearest(name, &known) }
}

impl World {
    /// [`WorldReader::read_directory`] with the embedded AWS managed policies.
    ///
    /// # Errors
    /// As there.
    pub fn read_directory(directory: &Path) -> Result<Self, Vec<InputError>> {
        WorldReader::default().read_directory(directory)
    }

    /// [`WorldReader::read_files`] with the embedded AWS managed policies.
    ///
    /// # Errors
    /// As there.
    pub fn read_files(
        authorization_details: &Path,
        organization: Option<&Path>,
    ) -> Result<Self, Vec<InputError>> {
        WorldReader::default().read_files(authorization_details, organization)
    }
}

/// How a world is read.
#[derive(Clone, Copy, Debug)]
pub struct WorldReader<'m> {
    /// AWS managed policies that an export names and does not hold; none for the embedded ones.
    pub managed_policies: Option<&'m ManagedPolicies>,
    /// From where files are read.
    pub files: &'m dyn Files,
}

impl Default for WorldReader<'_> {
    fn default() -> Self {
        Self { managed_policies: None, files: &Disk }
    }
}

impl WorldReader<'_> {
    /// The world in the directory `directory` (its form is in docs/cli.md): `organization.json`, if it is there, and
    /// for each account `accounts/<id>/authorization-details.json` and those of [`OptionalInput`] that are there.
    ///
    /// # Errors
    /// Every error of every file; also when no account, or no user or role at all, was found.
    pub fn read_directory(self, directory: &Path) -> Result<World, Vec<InputError>> {
        let mut builder = Builder::new(true, self);
        if self.files.kind(directory) != FileKind::Folder {
            return Err(vec![file_error(
                &shown(directory),
                "there is no such folder",
                "name the folder that holds `accounts/`, or one export with --authorization-details",
            )]);
        }
        let organization = directory.join(ORGANIZATION_FILE);
        let has_organization = self.files.kind(&organization) != FileKind::Absent;
        if has_organization {
            builder.read_organization_file(&organization);
        }
        let assumptions = directory.join(ASSUMPTIONS_FILE);
        if self.files.kind(&assumptions) != FileKind::Absent {
            builder.read_assumptions(&assumptions);
        }
        builder.note_other_files(directory, &OF_WORLD, !has_organization);
        builder.read_accounts(&directory.join("accounts"));
        builder.finish(&shown(directory))
    }

    /// The world of one account: its authorization details, and organization.json if it is given.
    ///
    /// # Errors
    /// As [`WorldReader::read_directory`].
    pub fn read_files(
        self,
        authorization_details: &Path,
        organization: Option<&Path>,
    ) -> Result<World, Vec<InputError>> {
        let mut builder = Builder::new(false, self);
        if let Some(organization) = organization {
            builder.read_organization_file(organization);
        }
        builder.read_account_file(authorization_details, None);
        builder.finish(&shown(authorization_details))
    }
}

struct Builder<'m> {
    world: World,
    errors: Vec<InputError>,
    reader: WorldReader<'m>,
    /// Keys of resource-policies.json that name no account, with their places.
    ownerless: BTreeMap<Arc<str>, Location>,
}

impl<'m> Builder<'m> {
    fn new(whole_organization: bool, reader: WorldReader<'m>) -> Self {
        Self {
            world: World { whole_organization, ..World::default() },
            errors: Vec::new(),
            reader,
            ownerless: BTreeMap::new(),
        }
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.reader.files.kind(path) == FileKind::Folder
    }

    fn read_organization_file(&mut self, path: &Path) {
        let file: Arc<str> = Arc::from(shown(path));
        let Some((text, json)) = self.load(path, &file, ORGANIZATION_COMMAND) else { return };
        let mut export = Export::new(&file, &text);
        self.world.organization = read_organization(&json, &mut export, &mut self.world.notes);
        self.take_findings(export);
    }

    fn read_assumptions(&mut self, path: &Path) {
        const FORM: &str = "a list of sentences, as `ringfence plan` writes it";
        let file: Arc<str> = Arc::from(shown(path));
        let Some((_, json)) = self.load(path, &file, FORM) else { return };
        let texts: Option<Vec<String>> = json
            .as_array()
            .and_then(|list| list.iter().map(|text| text.as_str().map(str::to_owned)).collect());
        match texts {
            Some(texts) => self.world.assumptions = texts,
            None => self.errors.push(file_error(&file, "this is no list of texts", FORM)),
        }
    }

    fn read_accounts(&mut self, directory: &Path) {
        let file = shown(directory);
        let Some(entries) = self.entries(directory) else { return };
        let mut details = self.read_details_of_all(&entries);
        let mut found = false;
        for entry in entries {
            let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            found = true;
            let Some(account) = AccountId::parse(&name).filter(|_| self.is_folder(&entry)) else {
                self.errors.push(file_error(
                    &shown(&entry),
                    "this is not a folder named by an account id",
                    "`accounts/` holds one folder for each account, named by its twelve digits",
                ));
                continue;
            };
            let errors_before = self.errors.len();
            match details.remove(&account) {
                Some(details) => self.take_details(details),
                None => self.read_account_file(&entry.join(DETAILS_FILE), Some(account)),
            }
            let whole = self.errors.len() == errors_before;
            for input in OptionalInput::ALL {
                let path = entry.join(input.file_name());
                if self.reader.files.kind(&path) != FileKind::Absent {
                    self.read_optional_file(&path, input, account, whole);
                }
            }
            self.note_other_files(&entry, &of_account(), true);
        }
        if !found {
            self.errors.push(file_error(
                &file,
                "the folder holds no account",
                &format!("{AUTHORIZATION_DETAILS_COMMAND} in a folder named by the account's id"),
            ));
        }
    }

    /// The authorization details in these folders of accounts, read by as many threads as there are processors: nearly all
    /// of a world is in them. Nothing of it depends on what else the world holds.
    fn read_details_of_all(&self, folders: &[PathBuf]) -> BTreeMap<AccountId, Self> {
        let account = |folder: &PathBuf| {
            let name = folder.file_name()?.to_string_lossy().into_owned();
            AccountId::parse(&name).filter(|_| self.is_folder(folder))
        };
        let folders: Vec<(AccountId, &PathBuf)> =
            folders.iter().filter_map(|folder| Some((account(folder)?, folder))).collect();
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(folders.len());
        if threads < 2 {
            return BTreeMap::new();
        }
        let next = AtomicUsize::new(0);
        let read = Mutex::new(BTreeMap::new());
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some((account, folder)) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let mut details = Self::new(self.world.whole_organization, self.reader);
                        details.read_account_file(&folder.join(DETAILS_FILE), Some(*account));
                        read.lock().unwrap_or_else(PoisonError::into_inner).insert(*account, details);
                    }
                });
            }
        });
        read.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what was read of one account by itself.
    fn take_details(&mut self, details: Self) {
        let World { accounts, inputs, warnings, notes, newest_timestamp, .. } = details.world;
        for account in accounts.into_values() {
            self.add(account);
        }
        self.world.inputs.extend(inputs);
        self.world.warnings.extend(warnings);
        self.world.notes.extend(notes);
        self.world.newest_timestamp = self.world.newest_timestamp.max(newest_timestamp);
        self.errors.extend(details.errors);
    }

    fn read_account_file(&mut self, path: &Path, folder: Option<AccountId>) {
        let file: Arc<str> = Arc::from(shown(path));
        let Some((text, json)) = self.load(path, &file, AUTHORIZATION_DETAILS_COMMAND) else { return };
        let mut export = Export::new(&file, &text);
        let account = read_account(&json, folder, self.reader.managed_policies, &mut export);
        if let Some(account) = account {
            if account.principals().next().is_none() && export.errors.is_empty() {
                export.warning(
                    &json,
                    "the account has no users and no roles",
                    "check that the export is whole",
                );
            }
            self.add(account);
        }
        self.take_findings(export);
    }

    /// Adds an account. One whose own export tells no partition is in that of its organisation.
    fn add(&mut self, mut account: Account) {
        if let (true, Some(organization)) = (account.partition.is_empty(), &self.world.organization) {
            account.partition = organization.partition.clone().unwrap_or_default();
        }
        self.world.accounts.insert(account.id, account);
    }

    /// A file of the folder of account `id`. `whole` says that the account's details were read without an error.
    fn read_optional_file(&mut self, path: &Path, input: OptionalInput, id: AccountId, whole: bool) {
        let file: Arc<str> = Arc::from(shown(path));
        let Some((text, json)) = self.load(path, &file, form(input)) else { return };
        let mut export = match input {
            OptionalInput::InferenceProfiles => Export::new(&file, &text),
            OptionalInput::ResourcePolicies | OptionalInput::Resources | OptionalInput::Credentials => {
                Export::of_form(&file, &text, form(input))
            }
        };
        let owner = Owner { id, account: self.world.accounts.get(&id).filter(|_| whole) };
        let read = OptionalFile::read(input, &json, owner, &mut self.ownerless, &mut export);
        if let Some(account) = self.world.accounts.get_mut(&id) {
            read.put_into(account);
        }
        // A credential may end in the future; the dates that count are those of the authorization details.
        export.newest_timestamp = None;
        self.take_findings(export);
    }

    fn take_findings(&mut self, export: Export<'_>) {
        self.world.newest_timestamp = self.world.newest_timestamp.max(export.newest_timestamp);
        self.world.warnings.extend(export.warnings);
        self.errors.extend(export.errors);
    }

    /// Text and value of a JSON file; none after an error. `command` is how to make the file.
    fn load(&mut self, path: &Path, file: &Arc<str>, command: &str) -> Option<(String, Json)> {
        let bytes = match self.reader.files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.errors.push(file_error(file, &reading_problem(&error), command));
                return None;
            }
        };
        self.world.inputs.push(InputFile { path: file.to_string(), sha256: sha256(&bytes) });
        if let Err(errors) = text_of(&bytes, file) {
            self.errors.extend(errors);
            return None;
        }
        // Large exports are common: the bytes become the text without a copy.
        let text = String::from_utf8(bytes).unwrap_or_default();
        if text.trim().is_empty() {
            self.errors.push(file_error(file, "the file is empty", command));
            return None;
        }
        match Json::parse(&text, file) {
            Ok(json) => Some((text, json)),
            Err(errors) => {
                let found = recognize_text(&text);
                if found.is_known() {
                    let message = format!("this is not JSON{}", found.in_words());
                    self.errors.push(file_error(file, &message, &found.help(command)));
                } else {
                    self.errors.extend(errors);
                }
                None
            }
        }
    }

    /// The entries of a directory by name; none after an error.
    fn entries(&mut self, directory: &Path) -> Option<Vec<PathBuf>> {
        match self.reader.files.entries(directory) {
            Ok(entries) => Some(entries),
            Err(error) => {
                self.errors.push(file_error(
                    &shown(directory),
                    &reading_problem(&error),
                    "a world holds `accounts/<account id>/authorization-details.json`; for one export alone use \
                     --authorization-details",
                ));
                None
            }
        }
    }

    /// Warns of each entry that is not read and is named nearly like one of `known`: it may be misnamed. With
    /// `every_json`, notes every other JSON file.
    fn note_other_files(&mut self, directory: &Path, known: &[&str], every_json: bool) {
        for entry in self.entries(directory).unwrap_or_default() {
            let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // What is taken for granted decides nothing, so that no other file is missed as that one.
            let is_known = name == ASSUMPTIONS_FILE && *known == OF_WORLD;
            if is_known || known.contains(&name.as_str()) {
                continue;
            }
            let is_json = entry.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
            if let Some(near) = nearest(&name, known) {
                self.world.warnings.push(file_error(
                    &shown(&entry),
                    "this file is not read: no file of this name is known",
                    &format!("if it is meant to be `{near}`, rename it; what is in it counts as missing"),
                ));
            } else if is_json && every_json {
                self.world
                    .notes
                    .push(format!("{} is not read: no file of this name is known", shown(&entry)));
            }
        }
    }

    fn finish(mut self, place: &str) -> Result<World, Vec<InputError>> {
        self.complete_partitions();
        self.check_membership();
        self.check_ids();
        if self.errors.is_empty() && self.world.principals().next().is_none() {
            self.errors.push(file_error(
                place,
                "there is no user and no role in the world, so there is nothing to check",
                AUTHORIZATION_DETAILS_COMMAND,
            ));
        }
        if self.errors.is_empty() { Ok(self.world) } else { Err(self.errors) }
    }

    /// An organisation is in one partition: an account whose own export tells none is in that of the others.
    fn complete_partitions(&mut self) {
        let Some(organization) = &self.world.organization else { return };
        let members = || self.world.accounts.values().filter(|account| !account.partition.is_empty());
        let known = organization.partition.clone();
        let Some(known) = known.or_else(|| members().map(|account| account.partition.clone()).next()) else {
            return;
        };
        for account in members().filter(|account| account.partition != known) {
            self.errors.push(file_error(
                &account.file,
                &format!(
                    "the account {} is in the partition {}, but its organisation is in {known}",
                    account.id, account.partition
                ),
                "an organisation is in one partition; check that these files belong together",
            ));
        }
        for account in self.world.accounts.values_mut().filter(|account| account.partition.is_empty()) {
            account.partition.clone_from(&known);
        }
    }

    /// Every account must be one of the organisation: else its SCPs would be unknown without anyone noticing.
    fn check_membership(&mut self) {
        let Some(organization) = &self.world.organization else { return };
        let outside: BTreeSet<(AccountId, Arc<str>)> = self
            .world
            .accounts
            .values()
            .filter(|account| !organization.accounts.contains_key(&account.id))
            .map(|account| (account.id, Arc::clone(&account.file)))
            .collect();
        for (account, file) in outside {
            self.errors.push(file_error(
                &file,
                &format!("the account {account} is not in {}", organization.file),
                "write organization.json again, or check an account outside the organisation on its own",
            ));
        }
    }

    /// No two principals of the world have one unique id. Within one file that was reported when it was read.
    fn check_ids(&mut self) {
        let mut holders: BTreeMap<&str, (AccountId, &Arc<str>)> = BTreeMap::new();
        for (account, principal) in
            self.world.principals().filter(|(_, principal)| !principal.id().is_empty())
        {
            match holders.get(principal.id()) {
                Some((other, arn)) if *other != account.id => self.errors.push(file_error(
                    &account.file,
                    &format!("`{}` has the same unique id `{}` as `{arn}`", principal.arn(), principal.id()),
                    "AWS gives each its own; each file must be the unchanged answer of the AWS command",
                )),
                Some(_) => {}
                None => {
                    holders.insert(principal.id(), (account.id, principal.arn()));
                }
            }
        }
    }
}

/// `path` as locations and digests name it: `/` between parts, no `./` in front.
fn shown(path: &Path) -> String {
    // Elsewhere a backslash is a letter of a name.
    let text = path.to_string_lossy();
    let text = if std::path::MAIN_SEPARATOR == '\\' { text.replace('\\', "/") } else { text.into_owned() };
    text.strip_prefix("./").unwrap_or(&text).to_owned()
}

/// An error about a whole file.
fn file_error(file: &str, message: &str, help: &str) -> InputError {
    InputError {
        location: Location::new(&Arc::from(file), 1, 1),
        statement: None,
        message: message.to_owned(),
        help: Some(help.to_owned()),
    }
}

fn reading_problem(error: &io::Error) -> String {
    let kind = error.kind();
    if kind == io::ErrorKind::NotFound {
        "this file or folder does not exist".to_owned()
    } else if kind == io::ErrorKind::PermissionDenied {
        "this file or folder may not be read".to_owned()
    } else if kind == io::ErrorKind::IsADirectory {
        "this is a folder, not a file".to_owned()
    } else {
        format!("it could not be read: {error}")
    }
}

fn sha256(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

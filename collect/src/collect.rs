//! What is read in which order, and where a later run goes on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_config::SdkConfig;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::call::Unread;
use crate::record::{FORMAT, Part, RECORD, Record, State};
use crate::session::{self, Caller, Reach};
use crate::write::{WriteError, remove, write};
use crate::{account, organization, profiles};

/// So many accounts are read at once. IAM throttles each account by itself, STS and Bedrock the caller.
const AT_ONCE: usize = 8;
const ORGANIZATION: &str = "organization.json";
const DETAILS: &str = "authorization-details.json";
const PROFILES: &str = "inference-profiles.json";

/// What is to be collected.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The world directory: new, empty, or one that an earlier run began.
    pub world: PathBuf,
    /// The name, with its path, of the role to assume in accounts other than the caller's own; without it only that one is read.
    pub role: Option<String>,
    /// The external id that the trust policies of these roles ask for.
    pub external_id: Option<String>,
    /// Only these accounts; all active ones if it is empty.
    pub accounts: Vec<String>,
    /// Where inference profiles are read; nowhere if it is empty.
    pub regions: Vec<String>,
    /// Read anew what an earlier run has read.
    pub refresh: bool,
    /// A profile of the configuration of the AWS CLI.
    pub profile: Option<String>,
    /// Another server in place of AWS.
    pub endpoint_url: Option<String>,
    /// The version of the program, for the record.
    pub version: String,
}

/// How far a collection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// So many accounts of the organisation are known.
    Organization(usize),
    /// So many of so many accounts were read or could not be.
    Accounts(usize, usize),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    /// The record, as it was written.
    pub record: Record,
    /// Files that an earlier run had read, which were left as they are.
    pub kept: usize,
    /// The caller's account is in no organisation.
    pub alone: bool,
    /// Active accounts that were left out, for no role was named by which to read them.
    pub left_out: Vec<String>,
}

/// Why nothing could be collected.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The directory holds something else.
    #[error("{path} {problem}")]
    Directory {
        /// The directory or the record in it.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// AWS does not say who calls: there are no credentials, or they are not valid.
    #[error("AWS cannot be asked: {0}")]
    Credentials(String),
    /// An account that was named is not there.
    #[error("{0}")]
    Account(String),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A defect of this program.
    #[error("internal error: {0}")]
    Defect(String),
    /// The machine cannot run this.
    #[error("the collection could not be started: {0}")]
    Runtime(std::io::Error),
}

/// Collects what `request` names. Nothing in AWS is changed.
///
/// Each file appears whole or not at all; what could not be read stands in [`RECORD`] with the reason, and its file is not there, so that
/// verdicts which need it are told to lack it. A run that was stopped, or that could not read something, is gone on with by the same request.
pub fn collect(request: &Request, told: impl Fn(Event) + Send + Sync) -> Result<Collected, CollectError> {
    let earlier = earlier(&request.world)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CollectError::Runtime)?;
    runtime.block_on(run(request, earlier, &told))
}

/// The record of an earlier run, if there is one.
fn earlier(world: &Path) -> Result<Option<Record>, CollectError> {
    let path = world.join(RECORD);
    let problem = |path: &Path, problem: String| CollectError::Directory { path: path.to_owned(), problem };
    match std::fs::read_to_string(&path) {
        Ok(text) => match serde_json::from_str::<Record>(&text) {
            Ok(record) if record.format == FORMAT => Ok(Some(record)),
            Ok(record) => Err(problem(
                &path,
                format!("is of the form {:?}, which this version does not know", record.format),
            )),
            Err(error) => Err(problem(&path, format!("cannot be read: {error}"))),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => match std::fs::read_dir(world) {
            Ok(mut entries) => match entries.next() {
                None => Ok(None),
                Some(_) => Err(problem(
                    world,
                    format!(
                        "is not empty and has no {RECORD}: name a new directory, or one that a collection began"
                    ),
                )),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(problem(world, format!("cannot be read: {error}"))),
        },
        Err(error) => Err(problem(&path, format!("cannot be read: {error}"))),
    }
}

/// The record as it grows, written after each part: a run that is stopped is gone on with.
struct Keeper<'r> {
    request: &'r Request,
    record: Record,
    kept: usize,
}

impl Keeper<'_> {
    /// Whether an earlier run has read the file, and it is there.
    fn is_read(&mut self, path: &str) -> bool {
        let read = self.record.parts.get(path).is_some_and(|part| part.state == State::Read);
        let is_read = read && !self.request.refresh && self.request.world.join(path).exists();
        self.kept += usize::from(is_read);
        is_read
    }

    /// Whether the details of the account are there whose file this is.
    fn has_details_beside(&self, path: &str) -> bool {
        self.request.world.join(path).with_file_name(DETAILS).exists()
    }

    /// Keeps what came of reading the file.
    fn keep(&mut self, path: &str, found: Result<&str, &Unread>) -> Result<(), WriteError> {
        let (state, problem) = match found {
            Ok(_) => (State::Read, None),
            Err(unread @ Unread::Denied { .. }) => (State::Denied, Some(unread.to_string())),
            Err(unread @ Unread::Failed { .. }) => (State::Failed, Some(unread.to_string())),
        };
        match found {
            Ok(text) => write(&self.request.world, path, text)?,
            // What an earlier run found there may have changed since.
            Err(_) => remove(&self.request.world, path)?,
        }
        let at = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        self.record.parts.insert(path.to_owned(), Part { state, at, problem });
        write(&self.request.world, RECORD, &text_of(&self.record))
    }
}

fn text_of(record: &Record) -> String {
    serde_json::to_string_pretty(record).map(|text| text + "\n").unwrap_or_default()
}

async fn run(
    request: &Request,
    earlier: Option<Record>,
    told: &(impl Fn(Event) + Send + Sync),
) -> Result<Collected, CollectError> {
    let reach = Reach {
        profile: request.profile.clone(),
        endpoint_url: request.endpoint_url.clone(),
        external_id: request.external_id.clone(),
    };
    let own = session::own(&reach).await;
    let caller = session::caller(&own).await.map_err(|error| CollectError::Credentials(error.to_string()))?;
    let mut record = earlier.unwrap_or_else(|| Record {
        format: FORMAT.to_owned(),
        version: request.version.clone(),
        caller: caller.arn.clone(),
        regions: request.regions.clone(),
        parts: BTreeMap::new(),
    });
    if record.caller.split(':').nth(4) != caller.arn.split(':').nth(4) {
        let problem = format!(
            "was begun by {}, which is of another account than {}: collect into another directory",
            record.caller, caller.arn
        );
        return Err(CollectError::Directory { path: request.world.join(RECORD), problem });
    }
    if record.regions != request.regions {
        // Profiles of other Regions are not what was asked for, and would be taken for all that there are.
        for path in record.parts.keys().filter(|path| path.ends_with(PROFILES)) {
            remove(&request.world, path)?;
        }
        record.parts.retain(|path, _| !path.ends_with(PROFILES));
        record.regions.clone_from(&request.regions);
    }
    let mut keeper = Keeper { request, record, kept: 0 };

    let (active, alone) = match organization::read(&own, &|count| told(Event::Organization(count))).await {
        Ok(found) => {
            keeper.keep(ORGANIZATION, Ok(found.file.as_str()))?;
            (found.active, false)
        }
        Err(unread) => {
            let alone = unread.has_code("AWSOrganizationsNotInUseException");
            keeper.keep(ORGANIZATION, Err(&unread))?;
            (vec![caller.account.clone()], alone)
        }
    };
    let (wanted, left_out) = wanted(request, &caller, active)?;
    accounts(&mut keeper, &own, (&caller, &reach), &wanted, told).await?;
    Ok(Collected { record: keeper.record, kept: keeper.kept, alone, left_out })
}

/// The accounts that are read, and those that are left out.
fn wanted(
    request: &Request,
    caller: &Caller,
    active: Vec<String>,
) -> Result<(Vec<String>, Vec<String>), CollectError> {
    let unknown: Vec<&str> =
        request.accounts.iter().filter(|id| !active.contains(id)).map(String::as_str).collect();
    if !unknown.is_empty() {
        let known = "no active account of the organisation that could be read";
        return Err(CollectError::Account(format!("--accounts names {}: {known}", unknown.join(", "))));
    }
    let named = |id: &String| request.accounts.is_empty() || request.accounts.contains(id);
    let can_be_read = |id: &String| *id == caller.account || request.role.is_some();
    let (read, left_out): (Vec<String>, Vec<String>) =
        active.into_iter().filter(named).partition(can_be_read);
    Ok((read, left_out))
}

async fn accounts(
    keeper: &mut Keeper<'_>,
    own: &SdkConfig,
    (caller, reach): (&Caller, &Reach),
    wanted: &[String],
    told: &(impl Fn(Event) + Send + Sync),
) -> Result<(), CollectError> {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    let mut done = 0;
    for id in wanted {
        let file = format!("accounts/{id}/{DETAILS}");
        let profiles = format!("accounts/{id}/{PROFILES}");
        let read_details = !keeper.is_read(&file);
        let read_profiles = !keeper.request.regions.is_empty() && !keeper.is_read(&profiles);
        if !read_details && !read_profiles {
            done += 1;
            continue;
        }
        let role = keeper.request.role.as_ref().filter(|_| *id != caller.account);
        let role = role.map(|role| format!("arn:{}:iam::{id}:role/{role}", caller.partition));
        let (slots, own, reach) = (Arc::clone(&slots), own.clone(), reach.clone());
        let regions = keeper.request.regions.clone();
        running.spawn(async move {
            // Never closed, so that there is always a slot to wait for.
            let _slot = slots.acquire_owned().await.ok();
            let config = match &role {
                Some(role) => session::assumed(&own, role, &reach).await,
                None => Ok(own),
            };
            let mut found: Vec<(String, Result<String, Unread>)> = Vec::new();
            if read_details {
                found.push((
                    file,
                    match &config {
                        Ok(config) => account::read(config).await,
                        Err(unread) => Err(unread.clone()),
                    },
                ));
            }
            if read_profiles {
                found.push((
                    profiles,
                    match &config {
                        Ok(config) => profiles::read(config, &regions).await,
                        Err(unread) => Err(unread.clone()),
                    },
                ));
            }
            found
        });
    }
    told(Event::Accounts(done, wanted.len()));
    while let Some(ended) = running.join_next().await {
        let found = ended.map_err(|error| CollectError::Defect(error.to_string()))?;
        for (path, found) in found {
            // Other files of an account are nothing without its details, which come first.
            let found = if keeper.has_details_beside(&path) || path.ends_with(DETAILS) {
                found
            } else {
                found.and(Err(Unread::without_details()))
            };
            keeper.keep(&path, found.as_ref().map(String::as_str))?;
        }
        done += 1;
        told(Event::Accounts(done, wanted.len()));
    }
    Ok(())
}

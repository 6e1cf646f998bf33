//! The worlds that a plan makes: one, or two that bound what is unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence_infrastructure::bounds::{Bound, Bounds, Unbounded, Vocabulary};
use ringfence_infrastructure::draft::Draft;
use ringfence_infrastructure::terraform::{Plan, Planned, Told};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::evaluate::Facts as _;
use ringfence_model::files::{FileKind, Files};
use ringfence_model::location::{InputError, Location};
use ringfence_model::open_point::{OpenPoint, Reading};
use ringfence_model::world::{InputFile, OptionalInput, World, WorldReader};
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::steps::primitive::Primitives;

use super::CommandError;
use crate::args::AssumedValue;
use crate::config;
use crate::files::Overlay;
use crate::input::{self, Place, digest, read_bytes};
use crate::output;

/// Files by their paths below a folder.
pub(crate) type Written = BTreeMap<PathBuf, Vec<u8>>;

/// What a plan is asked.
#[derive(Clone, Debug)]
pub(crate) struct Source<'a> {
    /// The plan, as `terraform show -json` prints it.
    pub(crate) plan: &'a Path,
    /// The world before the plan; none where the accounts hold nothing but what the plan manages.
    pub(crate) world: Option<&'a Path>,
    /// The account of resources of which the plan does not tell it.
    pub(crate) account: Option<&'a str>,
    /// Types of which changes do not matter.
    pub(crate) ignored: &'a [String],
    /// Values of what is unknown.
    pub(crate) values: Vec<AssumedValue>,
    /// What was there before is asked for, in place of what the plan makes.
    pub(crate) before: bool,
}

/// What a plan makes.
#[derive(Debug)]
pub(crate) struct Sides {
    /// What allows all that may be allowed; the world itself if nothing is unknown.
    pub(crate) widest: Written,
    /// What allows no more than must be; none if nothing is unknown.
    pub(crate) narrowest: Option<Written>,
    /// What the plan makes, with holes.
    pub(crate) planned: Planned,
    /// Where something is unknown that `--assume` can give a value.
    pub(crate) unknown: BTreeSet<String>,
    /// The plan, and the files of the world before it.
    pub(crate) inputs: Vec<InputFile>,
}

impl Sides {
    /// Points may be read so where something is unknown.
    ///
    /// # Errors
    /// Where a reading takes something for granted of all values.
    pub(crate) fn go_with(&self, configuration: &Configuration) -> Result<(), CommandError> {
        let reading = configuration.assumptions.get(&OpenPoint(4)).map(|(reading, _)| *reading);
        if self.narrowest.is_some() && reading == Some(Reading::Lower) {
            return Err(CommandError::usage(
                "F4 cannot be read as `lower` where a plan leaves something unknown: a value may hold a colon",
                "leave that assumption out, or say what is unknown with --assume ADDRESS=VALUE",
            ));
        }
        Ok(())
    }
}

impl Source<'_> {
    /// The world that was made, seen as a directory that is called like the plan, and in it like the side; and the files that hold it.
    pub(crate) fn world<'f>(
        &self,
        side: Option<Bound>,
        written: Written,
        others: &'f dyn Files,
    ) -> (Place, Overlay<'f>) {
        let root = PathBuf::from(input::shown(self.plan));
        let root = match side {
            Some(Bound::Widest) => root.join("widest"),
            Some(Bound::Narrowest) => root.join("narrowest"),
            None => root,
        };
        (Place::Directory(root.clone()), Overlay { root, written, others })
    }

    /// What a reader of verdicts about `sides` should know.
    pub(crate) fn notes(&self, sides: &Sides) -> Vec<String> {
        let plan = input::shown(self.plan);
        let mut notes = vec![match &sides.narrowest {
            Some(_) => format!(
                "judged is what {plan} makes of the world, for every value of what is unknown in it; `ringfence plan` writes the two worlds that bound it"
            ),
            None => format!("judged is what {plan} makes of the world; `ringfence plan` writes it"),
        }];
        for (title, entries) in output::plan::remarks(&sides.planned) {
            notes.extend(entries.into_iter().map(|entry| format!("{title}: {entry}")));
        }
        notes
    }

    /// What the plan makes of the world. That what is unknown outside of policies is left out or made up is sound only where nothing asks
    /// for it: so it is an error where a policy, or the configuration `config`, if there is one, does.
    ///
    /// # Errors
    /// When the plan or the world cannot be used, and everything for which there is no bound.
    pub(crate) fn read(&self, config: Option<&Path>, files: &dyn Files) -> Result<Sides, CommandError> {
        let bytes = read_bytes(self.plan, "`terraform show -json` writes a plan as JSON", files)
            .map_err(|error| vec![error])?;
        let plan = Plan::read(&bytes, &Arc::from(input::shown(self.plan)), &self.assumed()?);
        let base = match self.world {
            // Its reader finds whatever is wrong with it.
            Some(world) => WorldReader { managed_policies: None, files }
                .read_directory(world)
                .and_then(|read| Ok((Draft::read(files, world)?, read))),
            None => Ok((Draft::default(), World::default())),
        };
        let (plan, (base, before)) = match (plan, base) {
            (Ok(plan), Ok(base)) => (plan, base),
            (plan, base) => {
                let errors = plan.err().into_iter().chain(base.err());
                return Err(CommandError::Input(errors.flatten().collect()));
            }
        };
        let mut inputs = before.inputs;
        inputs.insert(0, InputFile { path: input::shown(self.plan), sha256: digest(&bytes) });
        let plan = if self.before { plan.before() } else { plan };
        let told = Told {
            account: self.account.map(str::to_owned),
            // A state does not say when it was made.
            date: plan.timestamp.clone().unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned()),
            ignored: self.ignored.iter().cloned().collect(),
            is_all: self.world.is_none(),
        };
        let unknown = plan.holes.iter().map(|hole| hole.address.clone()).collect();
        let mut planned = plan.applied(base, &told)?;
        planned.assumptions.extend(before.assumptions);
        self.asked(&planned, config, files)?;
        let vocabulary = vocabulary()?;
        let side = |bound: Bound| {
            let bounds = Bounds { bound, vocabulary: &vocabulary, holes: &planned.holes };
            let made = planned.draft.files(&bounds).map_err(|problems| self.unbounded(&problems))?;
            self.whole(made, &planned, files)
        };
        let widest = side(Bound::Widest)?;
        let narrowest = planned.draft.has_holes().then(|| side(Bound::Narrowest)).transpose()?;
        Ok(Sides { widest, narrowest, planned, unknown, inputs })
    }

    /// Values by address.
    ///
    /// # Errors
    /// Where one place is given two.
    fn assumed(&self) -> Result<BTreeMap<String, String>, CommandError> {
        let mut assumed = BTreeMap::new();
        for AssumedValue { address, value } in &self.values {
            if assumed.insert(address.clone(), value.clone()).is_some() {
                let help = "one value is taken at a time: run the command once for each";
                return Err(CommandError::usage(&format!("--assume says two things of {address}"), help));
            }
        }
        Ok(assumed)
    }

    fn asked(&self, planned: &Planned, config: Option<&Path>, files: &dyn Files) -> Result<(), CommandError> {
        let text = config.and_then(|path| files.read(path).ok()).unwrap_or_default();
        let asked = planned.asked(&config::texts::texts(&String::from_utf8_lossy(&text)));
        let errors: Vec<InputError> =
            asked.into_iter().map(|(message, help)| self.error(message, help)).collect();
        if errors.is_empty() { Ok(()) } else { Err(CommandError::Input(errors)) }
    }

    fn error(&self, message: String, help: &str) -> InputError {
        InputError {
            location: Location::new(&Arc::from(input::shown(self.plan)), 1, 1),
            statement: None,
            message,
            help: Some(help.to_owned()),
        }
    }

    fn unbounded(&self, problems: &[(String, Unbounded)]) -> CommandError {
        let help =
            "write out in the configuration what is unknown there, or say it with --assume ADDRESS=VALUE";
        let errors = problems.iter().map(|(whose, problem)| self.error(format!("{whose}: {problem}"), help));
        CommandError::Input(errors.collect())
    }

    /// The files that were made, and of the world before the plan those that no plan changes.
    ///
    /// # Errors
    /// When one of these cannot be read.
    fn whole(
        &self,
        made: BTreeMap<PathBuf, String>,
        planned: &Planned,
        files: &dyn Files,
    ) -> Result<Written, CommandError> {
        let mut written: Written = made.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
        let Some(before) = self.world else { return Ok(written) };
        let mut others = vec![PathBuf::from(input::CONFIGURATION_FILE)];
        for account in files.entries(&before.join("accounts")).unwrap_or_default() {
            let Ok(account) = account.strip_prefix(before) else { continue };
            let id = account.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_so = |input: &OptionalInput| {
                let outdated = planned.draft.accounts.get(id).map(|account| &account.outdated);
                *input != OptionalInput::ResourcePolicies
                    && outdated.is_none_or(|outdated| !outdated.contains(input))
            };
            let inputs = OptionalInput::ALL.into_iter().filter(is_so);
            others.extend(inputs.map(|input| account.join(input.file_name())));
        }
        for path in others {
            let there = before.join(&path);
            if !written.contains_key(&path) && files.kind(&there) != FileKind::Absent {
                let bytes =
                    read_bytes(&there, "it is a part of the world", files).map_err(|error| vec![error])?;
                written.insert(path, bytes);
            }
        }
        Ok(written)
    }
}

/// What stands for "any" where no wildcard does.
fn vocabulary() -> Result<Vocabulary, CommandError> {
    let catalogue = Catalogue::embedded().map_err(|error| CommandError::Input(error.0.clone()))?;
    let primitives = Primitives::embedded().map_err(|error| CommandError::internal(&error.to_string()))?;
    let controlled =
        catalogue.services().iter().filter(|service| catalogue.supports_resource_control(service));
    Ok(Vocabulary {
        services: primitives.services.keys().cloned().collect(),
        controlled: controlled.map(ToString::to_string).collect(),
    })
}

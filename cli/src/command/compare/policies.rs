//! `ringfence compare` of two policy documents.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ringfence_infrastructure::terraform::is_plan;
use ringfence_model::files::{FileKind, Files as _};
use ringfence_model::json::Json;
use ringfence_model::location::{InputError, InputWarning};
use ringfence_model::parse::{NameCheck, policy_text};
use ringfence_model::policy::{NamedPolicy, PolicyType};
use ringfence_model::world::{InputFile, World};
use ringfence_solver::check::CheckOptions;
use ringfence_solver::check::comparison::{Attachment, Policies, compare_policies};
use ringfence_solver::guardrail::Configuration;

use super::{Answer, Side, of_points, status, written};
use crate::args::{CompareArguments, ComparedType};
use crate::command::CommandError;
use crate::command::check::{as_of, pin, pins};
use crate::data_age;
use crate::exit::ExitStatus;
use crate::files::System;
use crate::input::{self, Tables};

/// A policy document with the world that holds nothing but its file.
struct Read {
    policy: NamedPolicy,
    world: World,
    warnings: Vec<InputWarning>,
}

/// What there is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A policy document: an object with statements.
    Policy,
    /// A directory, or an account's authorization details.
    World,
    /// A plan of Terraform, or a state.
    Plan,
    /// Nothing that can be read, or something else.
    Unknown,
}

/// What there is at `path`.
pub(super) fn kind(path: &Path) -> Kind {
    match System.kind(path) {
        FileKind::Folder => return Kind::World,
        FileKind::File => {}
        // A pipe can be read once only.
        FileKind::Absent | FileKind::Other => return Kind::Unknown,
    }
    let Ok(bytes) = input::read_bytes(path, "", &System) else { return Kind::Unknown };
    if is_plan(&bytes, &Arc::from(input::shown(path))) {
        return Kind::Plan;
    }
    let Ok(text) = String::from_utf8(bytes) else { return Kind::Unknown };
    let Ok(json) = Json::parse(&text, &Arc::from(input::shown(path))) else { return Kind::Unknown };
    let Some(members) = json.as_object() else { return Kind::Unknown };
    let has = |name: &str| members.iter().any(|member| member.key == name);
    match (has("Statement"), has("RoleDetailList") || has("UserDetailList")) {
        (true, _) => Kind::Policy,
        (false, true) => Kind::World,
        (false, false) => Kind::Unknown,
    }
}

/// Compares the policies of `arguments`, and writes the answer.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong with either policy.
pub(super) fn run(arguments: &CompareArguments) -> Result<ExitStatus, CommandError> {
    if arguments.config.is_some() || arguments.organization.is_some() || arguments.one_step {
        return Err(CommandError::usage(
            "OLD and NEW are policy documents, by which no guardrail is judged",
            "leave --config, --organization and --one-step out, or compare worlds",
        ));
    }
    let pins = pins(&of_points(arguments)?)?;
    let attachment = match arguments.policy_type.unwrap_or(ComparedType::Identity) {
        ComparedType::Identity => Attachment::Identity,
        ComparedType::Boundary => Attachment::PermissionsBoundary,
        ComparedType::Scp => Attachment::ServiceControl,
    };
    let mut errors: Vec<InputError> = Vec::new();
    let tables = Tables::read(&arguments.tables, &System).map_err(|found| errors.extend(found));
    let old = read(&arguments.old, attachment).map_err(|found| errors.extend(found));
    let new = read(&arguments.new, attachment).map_err(|found| errors.extend(found));
    let (Ok(tables), Ok(mut old), Ok(mut new)) = (tables, old, new) else {
        return Err(CommandError::Input(errors));
    };
    for side in [&mut old, &mut new] {
        let mut names = NameCheck::new(tables.catalogue.get());
        names.document(&side.policy.document);
        side.warnings.extend(names.into_warnings());
    }
    let mut configuration = Configuration::default();
    pin(&mut configuration, &pins);
    let assumptions =
        configuration.assumptions.iter().map(|(point, (reading, _))| (*point, *reading)).collect();
    let now = Timestamp::now();
    let clock = now.to_zoned(TimeZone::UTC).date();
    let today = arguments.today.unwrap_or(clock);
    // No file tells a day, and what expired before this one grants nothing.
    let instant = arguments.as_of.or_else(|| today.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp()));
    let as_of = as_of(instant, &new.world, now)?;
    let options = CheckOptions { steps: false, ..super::options(arguments, as_of, &today.to_string()) };
    let mut notes = vec![whom(attachment, arguments)];
    notes.extend(data_age::remarks(&tables, (today, clock), arguments.tables.max_data_age)?);
    let policies = Policies {
        old: &old.policy,
        new: &new.policy,
        attachment,
        account: arguments.account,
        catalogue: tables.catalogue.get(),
        models: tables.models.get(),
        assumptions: &assumptions,
    };
    notes.push(format!(
        "in the partitions {}; in Regions and on resource types that are known",
        policies.partitions().join(", ")
    ));
    notes.push(
        "neither policies of resources nor an organisation are known: what hangs on them is undecided"
            .to_owned(),
    );
    let found = compare_policies(policies, &options);
    let answer = Answer {
        status: status(&found),
        found: &found,
        old: Side { path: input::shown(&arguments.old), world: &old.world, warnings: old.warnings },
        new: Side { path: input::shown(&arguments.new), world: &new.world, warnings: new.warnings },
        tables: &tables,
        notes,
        as_of: options.as_of.clone(),
        today: options.today.clone(),
    };
    written(&answer, arguments)
}

/// Of whom the answer speaks.
fn whom(attachment: Attachment, arguments: &CompareArguments) -> String {
    let account = match arguments.account {
        Some(account) => format!("of {account}"),
        None => "of any account".to_owned(),
    };
    match attachment {
        Attachment::Identity => format!(
            "compared for every role and user {account} to whom the policy is attached, by itself or beside others, whatever its name and tags"
        ),
        Attachment::PermissionsBoundary => format!(
            "compared for every role and user {account} who carries it as permissions boundary, whatever its other policies, name and tags"
        ),
        Attachment::ServiceControl => format!(
            "compared for every role, user and root user {account} whom the policy binds, by itself or beside others, whatever its other policies, name and tags"
        ),
    }
}

fn read(path: &Path, attachment: Attachment) -> Result<Read, Vec<InputError>> {
    let (text, sha256) = input::read_text(path, "give a file with a policy document", &System)?;
    let shown = input::shown(path);
    let policy_type = match attachment {
        Attachment::Identity => PolicyType::Identity,
        Attachment::PermissionsBoundary => PolicyType::PermissionsBoundary,
        Attachment::ServiceControl => PolicyType::ServiceControl,
    };
    let name: Arc<str> = Arc::from(shown.as_str());
    let (document, warnings) = policy_text(&text, policy_type, &name)?;
    let inputs = vec![InputFile { path: shown, sha256 }];
    let policy = NamedPolicy { name, document: Arc::new(document) };
    Ok(Read { policy, world: World { inputs, ..World::default() }, warnings })
}

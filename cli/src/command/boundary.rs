//! `ringfence boundary`: a boundary design or a chain of SCPs, for every identity policy.

pub(crate) mod breaks;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::files::{FileKind, Files};
use ringfence_model::first_seen::FirstSeen;
use ringfence_model::location::{InputError, InputWarning};
use ringfence_model::parse::{NameCheck, policy_text};
use ringfence_model::policy::{NamedPolicy, PolicyType};
use ringfence_model::policy_set::ControlLevel;
use ringfence_model::world::World;
use ringfence_solver::certificate::Level;
use ringfence_solver::check::CheckOptions;
use ringfence_solver::check::design::{Design, DesignReport, judge as judge_design};
use ringfence_solver::constraint::allows_everything;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::verdict::VerdictWord;

use self::breaks::Breaks;
use super::CommandError;
use super::check::{as_of, pin, pins, threads};
use crate::args::{BoundaryArguments, DesignFormat, FindingsFormat, OutputTarget};
use crate::basis::Basis;
use crate::config::names::{self, Name, Role};
use crate::data_age;
use crate::evidence::{self, Material};
use crate::exit::ExitStatus;
use crate::findings;
use crate::input::{self, Place, Tables};
use crate::output;

/// The account of designs that name none.
const SOME_ACCOUNT: &str = "739154820637";

/// Everything that the outputs show.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// What was found.
    pub(crate) report: &'a DesignReport,
    /// What was judged, in words.
    pub(crate) subject: String,
    /// The world, for the names of its policies.
    pub(crate) world: &'a World,
    /// The tables that were used.
    pub(crate) tables: &'a Tables,
    /// Actions and models that entered the data since a day, and that day.
    pub(crate) since: Option<Since>,
    /// What it takes away from principals of the world, if that was asked.
    pub(crate) breaks: Option<Breaks>,
    /// Remarks about the policy.
    pub(crate) warnings: Vec<InputWarning>,
    /// What is taken for granted, and what a reader should know, one sentence each.
    pub(crate) notes: Vec<String>,
    /// So many of the notes, the first, are about the guardrails.
    pub(crate) guardrail_notes: usize,
    /// The earliest instant of a request.
    pub(crate) as_of: Option<String>,
    /// How much of its proofs others can check.
    pub(crate) level: Level,
    /// Where evidence of it goes.
    pub(crate) evidence: Option<String>,
    /// The day of the run.
    pub(crate) today: String,
    /// The file of the policy, or the organisation's.
    pub(crate) shown_at: String,
    /// The world directory, if one was named.
    pub(crate) directory: Option<PathBuf>,
    /// What this run ends with.
    pub(crate) status: ExitStatus,
}

/// What entered the data since a day.
#[derive(Debug)]
pub(crate) struct Since {
    /// The day.
    pub(crate) day: Date,
    /// How many actions entered since.
    pub(crate) actions: usize,
    /// How many models did.
    pub(crate) models: Vec<String>,
}

/// Judges the design and writes the answer.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn run(arguments: &BoundaryArguments) -> Result<ExitStatus, CommandError> {
    output::resolve(&arguments.output, DesignFormat::Text)?;
    let Some(target) = &arguments.evidence.evidence else {
        return judge(arguments, Basis::here(), |answer| {
            write(answer, &arguments.output).map(|()| answer.status)
        });
    };
    evidence::record(target, &evidence::Question::Boundary(arguments), |basis| {
        judge(arguments, basis, |answer| {
            write(answer, &arguments.output)?;
            Ok((answer.status, Material::of_boundary(answer)))
        })
    })
}

/// Judges the design; what `then` makes of the answer. What is left and lost is not asked where nothing is to be searched: evidence is of
/// guardrails.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn judge<R>(
    arguments: &BoundaryArguments,
    basis: Basis<'_>,
    then: impl FnOnce(&Answer<'_>) -> Result<R, CommandError>,
) -> Result<R, CommandError> {
    let pins = pins(&arguments.assume)?;
    if arguments.policy.is_none() && arguments.under.is_none() {
        return Err(CommandError::usage(
            "there is nothing to judge",
            "give a policy, `--under` an OU, or both",
        ));
    }
    let place = Place::of(None, &arguments.world);
    let mut errors: Vec<InputError> = Vec::new();
    let tables = Tables::read(&arguments.tables, basis.files).map_err(|found| errors.extend(found));
    let managed = tables.as_ref().ok().map(|tables| tables.managed_policies.get());
    let given = arguments.world.world.is_some() || arguments.world.authorization_details.is_some();
    let world = if given || arguments.under.is_some() {
        place.read(managed, basis.files).map_err(|found| errors.extend(found))
    } else {
        Ok(World::default())
    };
    let configuration = if given || arguments.config.is_some() {
        input::configuration(arguments.config.as_deref(), &place, basis.files)
            .map_err(|found| errors.extend(found))
    } else {
        Ok(input::Configured::default())
    };
    let (Ok(tables), Ok(world), Ok(configured)) = (tables, world, configuration) else {
        return Err(CommandError::Input(errors));
    };
    let ous: Vec<Name> =
        configured.names.into_iter().filter(|name| name.role == Role::OrganizationalUnit).collect();
    if world.organization.is_some() {
        let (errors, _) = names::unmatched(&ous, &world);
        if !errors.is_empty() {
            return Err(CommandError::Input(errors));
        }
    }
    let mut configuration = configured.configuration;
    pin(&mut configuration, &pins);
    let (mut design, subject, warnings) = design(arguments, &world, &tables, &configuration, basis.files)?;
    design.no_resource_policies = arguments.no_resource_policies;
    let today = basis.today(arguments.today);
    let as_of = as_of(arguments.as_of, &world, basis.now)?;
    let options = CheckOptions { steps: !arguments.one_step, ..options(as_of, &today.to_string()) };
    let mut notes = data_age::remarks(&tables, (today, basis.clock(today)), arguments.tables.max_data_age)?;
    notes.extend(input::assumptions(&world));
    if arguments.no_resource_policies {
        notes.push("taken for granted: no policy of a resource grants anything by itself".to_owned());
    }
    if design.organization.is_none() {
        notes.push("the organisation is not known: what hangs on it is inconclusive".to_owned());
    }
    if world.organization.is_none() && !ous.is_empty() {
        notes.push(
            "no organization.json says which accounts the OUs of scopes hold: any may be in them".to_owned(),
        );
    }
    if arguments.arn.is_none() && world.accounts.is_empty() && world.organization.is_none() {
        notes.push(format!("the partition is taken to be {}: --arn names another", design.partition));
    }
    if !design.service_control.is_empty() {
        notes.push("no service control policy binds the management account".to_owned());
    }
    if design.any_account {
        notes.push(
            "judged for any account, and by name for those that the policies and guardrails name".to_owned(),
        );
    }
    let (since, named) = since(arguments.since, &mut notes)?;
    let pair = (tables.catalogue.get(), tables.models.get());
    let searched = basis.ledger.is_none_or(|ledger| !ledger.is_closed());
    let named = (!arguments.guardrails_only && searched).then_some(named.as_slice());
    let report = judge_design(&design, &world, pair, &configuration, named, &options, basis.ledger);
    let mut of_breaks = Vec::new();
    let breaks = if searched {
        let catalogue = tables.catalogue.get();
        breaks::breaks(arguments, &design, &world, catalogue, &configuration, &options, &mut of_breaks)?
    } else {
        None
    };
    let guardrail_notes = notes.len();
    notes.extend(of_breaks);
    let status = arguments.exit.ends(status(&report));
    let answer = Answer {
        report: &report,
        subject,
        world: &world,
        tables: &tables,
        since,
        breaks,
        warnings,
        notes,
        guardrail_notes,
        as_of: options.as_of,
        level: basis.level(),
        evidence: basis.evidence(),
        today: today.to_string(),
        shown_at: shown_at(arguments, &world, basis.files),
        directory: place.directory(),
        status,
    };
    then(&answer)
}

/// Writes the answer in each form that is asked for.
fn write(answer: &Answer<'_>, targets: &[OutputTarget<DesignFormat>]) -> Result<(), CommandError> {
    let made = OnceCell::new();
    let findings = || made.get_or_init(|| findings::design::findings(answer));
    output::write_answers(targets, DesignFormat::Text, |format| match format {
        DesignFormat::Text => output::boundary::text(answer),
        DesignFormat::Json => output::boundary::json(answer),
        DesignFormat::Findings(format) => output::findings::render(findings(), format),
    })?;
    if targets.iter().any(|target| target.format == DesignFormat::Findings(FindingsFormat::Github)) {
        output::findings::write_summary(findings())?;
    }
    Ok(())
}

/// Where what was judged stands: the file of the policy, else organization.json, else the ARN of the policy.
fn shown_at(arguments: &BoundaryArguments, world: &World, files: &dyn Files) -> String {
    let policy = arguments.policy.as_deref().map(Path::new);
    let policy = policy.filter(|path| files.kind(path) == FileKind::File);
    let organization = || world.inputs.iter().find(|file| file.path.ends_with("organization.json"));
    let any = || organization().or(world.inputs.first()).map(|file| file.path.clone());
    let named = || arguments.policy.clone();
    policy.map(input::shown).or_else(any).or_else(named).unwrap_or_default()
}

fn options(as_of: Option<String>, today: &str) -> CheckOptions {
    CheckOptions { share_classes: false, ..CheckOptions::new(threads(None), as_of, today) }
}

/// The actions and models that entered the data since `day`.
fn since(day: Option<Date>, notes: &mut Vec<String>) -> Result<(Option<Since>, Vec<String>), CommandError> {
    let Some(day) = day else { return Ok((None, Vec::new())) };
    let history = FirstSeen::embedded()
        .map_err(|error| CommandError::internal(&format!("the history cannot be read: {error}")))?;
    let day_text = day.to_string();
    for (what, from) in [("actions", &history.actions_from), ("models", &history.models_from)] {
        if day_text <= *from {
            notes.push(format!("the history of {what} begins after {from}: what is older is not told apart"));
        }
    }
    let actions = history.actions_since(&day_text);
    let models: Vec<String> = history.models_since(&day_text);
    Ok((Some(Since { day, actions: actions.len(), models }), actions))
}

/// What is judged, in words besides, with remarks about the policy.
fn design(
    arguments: &BoundaryArguments,
    world: &World,
    tables: &Tables,
    configuration: &Configuration,
    files: &dyn Files,
) -> Result<(Design, String, Vec<InputWarning>), CommandError> {
    let organization = world.organization.as_ref();
    let named = arguments.arn.as_deref().and_then(Arn::parse);
    if arguments.arn.is_some()
        && named.is_none_or(|arn| arn.service != "iam" || !arn.resource.starts_with("policy/"))
    {
        return Err(CommandError::usage(
            "--arn is not the ARN of a policy",
            "write `arn:aws:iam::111122223333:policy/boundary/name`",
        ));
    }
    let partition = named
        .map(|arn| arn.partition.to_owned())
        .or_else(|| organization.and_then(|organization| organization.partition.clone()))
        .or_else(|| {
            world.accounts.values().map(|account| account.partition.clone()).find(|one| !one.is_empty())
        })
        .unwrap_or_else(|| "aws".to_owned());
    let found = match &arguments.policy {
        Some(text) => Some(policy((text, files), arguments.scp, world, tables)?),
        None => None,
    };
    let of_policy = found
        .as_ref()
        .and_then(|(policy, _)| Arn::parse(&policy.name))
        // A service control policy lies in the management account, whatever it is attached to.
        .filter(|arn| arn.service == "iam")
        .and_then(|arn| AccountId::parse(arn.account));
    let alone = match world.accounts.keys().collect::<Vec<_>>().as_slice() {
        [only] if arguments.under.is_none() => Some(**only),
        _ => None,
    };
    let of_under = arguments.under.as_deref().and_then(AccountId::parse);
    let mut never = BTreeSet::new();
    let given = given_account(arguments, named, of_policy)?.or(alone);
    let management = organization.map(|organization| organization.management_account);
    if arguments.scp || arguments.under.is_some() {
        // No service control policy binds it.
        never.extend(management);
    }
    if let Some(account) = given.filter(|account| never.contains(account)) {
        return Err(CommandError::usage(
            &format!("{account} is the management account, which no service control policy binds"),
            "name another account or an OU by --arn or --under",
        ));
    }
    let account = given.or_else(|| AccountId::parse(SOME_ACCOUNT)).unwrap_or(AccountId::NOBODY);
    let (mut chain, mut place, mut words) = (Vec::new(), None, Vec::new());
    if let Some(under) = &arguments.under {
        let elsewhere;
        (chain, place, elsewhere) = levels(under, world)?;
        never.extend(elsewhere);
        words.push(format!("under {under}"));
    }
    let mut boundary = None;
    let mut invented_name = false;
    let mut warnings = Vec::new();
    if let Some((policy, remarks)) = found {
        warnings = remarks;
        let shown = arguments.policy.as_deref().unwrap_or_default();
        if arguments.scp {
            // A policy is attached beside the one that allows everything.
            chain.push(ControlLevel {
                target: Arc::from("the level of the policy"),
                policies: vec![allows_everything("FullAWSAccess"), policy],
            });
            words.insert(0, format!("the service control policy {shown}"));
        } else {
            let arn = arguments.arn.clone().unwrap_or_else(|| {
                if policy.name.starts_with("arn:") {
                    return policy.name.to_string();
                }
                invented_name = true;
                let stem = Path::new(shown)
                    .file_stem()
                    .map_or_else(|| "boundary".into(), |stem| stem.to_string_lossy());
                format!("arn:{partition}:iam::{account}:policy/{stem}")
            });
            boundary = Some(NamedPolicy { name: Arc::from(arn.as_str()), document: policy.document });
            words.insert(0, format!("the permissions boundary {shown}"));
        }
    } else {
        words.insert(0, "the service control policies".to_owned());
    }
    // Accounts in OUs below have longer paths than the OU that is judged.
    let documents = chain.iter().flat_map(|level| &level.policies).chain(&boundary);
    let statements = documents.flat_map(|policy| &policy.document.statements);
    let guardrails = configuration.guardrails.iter().map(|guardrail| format!("{guardrail:?}"));
    let mut texts = statements.map(|one| format!("{one:?}")).chain(guardrails);
    if of_under.is_none() && texts.any(|text| text.to_ascii_lowercase().contains("orgpaths")) {
        place = None;
    }
    let design = Design {
        boundary,
        invented_name,
        service_control: chain,
        account,
        any_account: given.is_none(),
        never,
        partition,
        under: arguments.under.clone(),
        organization: place,
        no_resource_policies: false,
    };
    Ok((design, words.join(" "), warnings))
}

/// The account that the arguments name.
fn given_account(
    arguments: &BoundaryArguments,
    named: Option<Arn<'_>>,
    of_policy: Option<AccountId>,
) -> Result<Option<AccountId>, CommandError> {
    let of_arn = named.and_then(|arn| AccountId::parse(arn.account));
    if arguments.arn.is_some() && of_arn.is_none() {
        return Err(CommandError::usage(
            "the ARN of --arn names no account",
            "write `arn:aws:iam::111122223333:policy/boundary/name`, with the account's twelve digits",
        ));
    }
    let of_under = arguments.under.as_deref().and_then(AccountId::parse);
    if let (Some(from), Some(under)) = (of_arn.or(of_policy), of_under)
        && from != under
    {
        return Err(CommandError::usage(
            &format!("the policy is one of {from}, and --under names {under}"),
            "name one account, or an OU",
        ));
    }
    Ok(of_arn.or(of_policy).or(of_under))
}

/// SCPs from the root down, the id of the organisation with the path there, and the accounts that are not there.
type Levels = (Vec<ControlLevel>, Option<(String, String)>, BTreeSet<AccountId>);

/// What `under` names.
fn levels(under: &str, world: &World) -> Result<Levels, CommandError> {
    let Some(organization) = &world.organization else {
        return Err(CommandError::usage("--under needs organization.json", "give `--world` with one"));
    };
    let account = AccountId::parse(under);
    let node = account
        .and_then(|id| organization.accounts.get(&id))
        .map_or_else(|| under.to_owned(), |member| member.parent.to_string());
    if !organization.nodes.contains_key(node.as_str()) {
        let known: Vec<String> =
            organization.nodes.iter().map(|(id, node)| format!("{id} ({})", node.name)).collect();
        return Err(CommandError::usage(
            &format!("the organisation has no `{under}`"),
            &format!("name the root, an OU or an account: {}", known.join(", ")),
        ));
    }
    let elsewhere = organization.accounts.iter().filter_map(|(id, member)| {
        let below = organization.path_of_node(&member.parent).iter().any(|one| one.as_ref() == node.as_str());
        (!below).then_some(*id)
    });
    let mut chain = organization.service_control_levels_of_node(&node);
    if account.is_some() {
        chain.push(organization.level(Arc::from(under)));
    }
    let path: Vec<String> = organization.path_of_node(&node).iter().map(ToString::to_string).collect();
    let id = organization.principal_org_id().to_owned();
    let place = Some((id.clone(), format!("{id}/{}/", path.join("/"))));
    Ok((chain, place, elsewhere.collect()))
}

/// The policy that `text` means: a file, or a managed policy of the world by its ARN or name.
fn policy(
    (text, files): (&str, &dyn Files),
    scp: bool,
    world: &World,
    tables: &Tables,
) -> Result<(NamedPolicy, Vec<InputWarning>), CommandError> {
    let path = Path::new(text);
    if text == "-" || files.kind(path) == FileKind::File {
        let (content, _) = input::read_text(path, "give a file with a policy document", files)?;
        let policy_type = if scp { PolicyType::ServiceControl } else { PolicyType::PermissionsBoundary };
        let (document, mut warnings) = policy_text(&content, policy_type, &Arc::from(input::shown(path)))?;
        let mut names = NameCheck::new(tables.catalogue.get());
        names.document(&document);
        warnings.extend(names.into_warnings());
        let policy = NamedPolicy { name: Arc::from(input::shown(path)), document: Arc::new(document) };
        return Ok((policy, warnings));
    }
    if scp {
        let organization =
            world.organization.iter().flat_map(|organization| &organization.service_control_policies);
        let found = organization
            .into_iter()
            .find(|policy| policy.policy.name.as_ref() == text || policy.display_name == text);
        if let Some(found) = found {
            return Ok((found.policy.clone(), Vec::new()));
        }
    }
    let all: Vec<_> = world.accounts.values().flat_map(|account| account.managed_policies.values()).collect();
    let exact = all.iter().find(|policy| policy.arn.as_ref() == text);
    let named: Vec<_> = all.iter().filter(|policy| policy.name == text).collect();
    match (exact, named.as_slice()) {
        (Some(found), _) => Ok((found.policy.clone(), Vec::new())),
        (None, [found]) => Ok((found.policy.clone(), Vec::new())),
        (None, []) => of_aws(text, tables)?.map(|policy| (policy, Vec::new())).ok_or_else(|| {
            CommandError::usage(
                &format!("`{text}` is no file, no policy of the world and none of AWS's managed policies"),
                "give a file with a policy document, or a managed policy by its ARN or name, with `--world` if it is yours; those of AWS are known for its first partition",
            )
        }),
        (None, several) => {
            let arns: Vec<&str> = several.iter().map(|policy| policy.arn.as_ref()).collect();
            Err(CommandError::usage(
                &format!("`{text}` is the name of several policies"),
                &format!("name one of {}", arns.join(", ")),
            ))
        }
    }
}

/// AWS's managed policy of this ARN or name.
fn of_aws(text: &str, tables: &Tables) -> Result<Option<NamedPolicy>, CommandError> {
    let found = tables.managed_policies.get().all().find(|policy| policy.arn == text || policy.name == text);
    let Some(found) = found else { return Ok(None) };
    let name: Arc<str> = Arc::from(found.arn.as_str());
    let (document, _) = policy_text(&found.text, PolicyType::PermissionsBoundary, &name)?;
    Ok(Some(NamedPolicy { name, document: Arc::new(document) }))
}

fn status(report: &DesignReport) -> ExitStatus {
    let worst = report.guardrails.iter().map(|guardrail| match guardrail.verdict() {
        VerdictWord::Refuted => ExitStatus::Refuted,
        VerdictWord::Inconclusive | VerdictWord::NotApplicable => ExitStatus::Inconclusive,
        VerdictWord::Proved => ExitStatus::AsExpected,
    });
    worst.max().unwrap_or(ExitStatus::Inconclusive)
}

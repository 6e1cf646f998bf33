//! `ringfence check-no-new-access`: the check of IAM Access Analyzer of this name, with its answers.
//!
//! Source: the page CheckNoNewAccess in the API Reference of IAM Access Analyzer.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ringfence_model::location::{InputError, InputWarning};
use ringfence_model::parse::{NameCheck, policy_text};
use ringfence_model::policy::{NamedPolicy, PolicyType, StatementReference};
use ringfence_model::world::World;
use ringfence_solver::check::CheckOptions;
use ringfence_solver::check::comparison::{Attachment, Policies, compare_policies};
use ringfence_solver::encode::Assumptions;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::verdict::{Reason, Verdict};
use ringfence_solver::witness::Witness;

use super::CommandError;
use super::check::{as_of, pin, pins, threads};
use crate::args::{Format, NoNewAccessArguments, PolicyCheckArguments};
use crate::data_age;
use crate::exit::ExitStatus;
use crate::files::System;
use crate::input::{self, Tables};
use crate::output;

/// What a check found.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// One sentence.
    pub(crate) message: String,
    /// Statements of the policy that grant what is asked about, each with a sentence.
    pub(crate) reasons: Vec<(String, &'a StatementReference)>,
    /// A request that shows it, with the pattern of the principals that make it.
    pub(crate) shown: Option<(&'a str, &'a Witness)>,
    /// The tables that were used.
    pub(crate) tables: &'a Tables,
    /// What a reader should know.
    pub(crate) notes: &'a [String],
    /// What the run ends with: 0 if nobody gets what is asked about, 1 if somebody does, 3 if that is not decided.
    pub(crate) status: ExitStatus,
}

/// How an answer is told.
struct Words {
    passes: &'static str,
    fails: &'static str,
    statement: &'static str,
}

/// Whether the new policy allows what the existing one does not, to whoever may have them, alone or beside others.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn no_new_access(arguments: &NoNewAccessArguments) -> Result<ExitStatus, CommandError> {
    let how = &arguments.how;
    output::resolve(&how.output, Format::Json)?;
    let old = policy(&arguments.existing_policy_document, "--existing-policy-document");
    let new = policy(&arguments.new_policy_document, "--new-policy-document");
    let (old, new) = both(old, new)?;
    let setting = Setting::of(how, &[&old, &new])?;
    let found = compare_policies(setting.policies(&old.policy, &new.policy), &setting.options).principals;
    let found: Vec<(String, Verdict)> = found.into_iter().map(|one| (one.principal, one.gained)).collect();
    let words = Words {
        passes: "the existing policy allows everything that the new one allows",
        fails: "the new policy allows what the existing one does not",
        statement: "new access",
    };
    setting.written(&found, &new.policy, &words)
}

/// A document, and remarks about it.
struct Read {
    policy: NamedPolicy,
    warnings: Vec<InputWarning>,
}

fn both<T>(
    left: Result<T, Vec<InputError>>,
    right: Result<T, Vec<InputError>>,
) -> Result<(T, T), CommandError> {
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (left, right) => {
            Err(CommandError::Input(left.err().into_iter().chain(right.err()).flatten().collect()))
        }
    }
}

/// The text that an option gives, and how its places are called: text that begins like JSON is meant itself, all else is a file.
fn text(given: &str, option: &str) -> Result<(String, Arc<str>), Vec<InputError>> {
    if given.trim_start().starts_with(['{', '[']) {
        return Ok((given.to_owned(), Arc::from(option)));
    }
    let path = Path::new(given.strip_prefix("file://").unwrap_or(given));
    let (text, _) =
        input::read_text(path, "give a file with a JSON document, or the document itself", &System)?;
    Ok((text, Arc::from(input::shown(path))))
}

fn policy(given: &str, option: &str) -> Result<Read, Vec<InputError>> {
    let (text, name) = text(given, option)?;
    let (document, warnings) = policy_text(&text, PolicyType::Identity, &name)?;
    Ok(Read { policy: NamedPolicy { name, document: Arc::new(document) }, warnings })
}

/// By what policies are asked about.
struct Setting<'a> {
    how: &'a PolicyCheckArguments,
    tables: Tables,
    assumptions: Assumptions,
    options: CheckOptions,
    notes: Vec<String>,
}

impl<'a> Setting<'a> {
    fn of(how: &'a PolicyCheckArguments, read: &[&Read]) -> Result<Self, CommandError> {
        let pins = pins(&how.assume)?;
        let tables = Tables::read(&how.tables, &System)?;
        let mut warnings = Vec::new();
        for one in read {
            let mut names = NameCheck::new(tables.catalogue.get());
            names.document(&one.policy.document);
            warnings.extend(one.warnings.iter().cloned().chain(names.into_warnings()));
        }
        output::report_warnings(&warnings);
        let mut configuration = Configuration::default();
        pin(&mut configuration, &pins);
        let assumptions =
            configuration.assumptions.iter().map(|(point, (reading, _))| (*point, *reading)).collect();
        let now = Timestamp::now();
        let clock = now.to_zoned(TimeZone::UTC).date();
        let today = how.today.unwrap_or(clock);
        // What expired before this day grants nothing.
        let instant = how.as_of.or_else(|| today.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp()));
        let as_of = as_of(instant, &World::default(), now)?;
        let notes = data_age::remarks(&tables, (today, clock), how.tables.max_data_age)?;
        let options = CheckOptions::new(threads(how.threads), as_of, &today.to_string());
        Ok(Self { how, tables, assumptions, options, notes })
    }

    fn policies<'p>(&'p self, old: &'p NamedPolicy, new: &'p NamedPolicy) -> Policies<'p> {
        Policies {
            old,
            new,
            attachment: Attachment::Identity,
            account: self.how.account,
            catalogue: self.tables.catalogue.get(),
            models: self.tables.models.get(),
            assumptions: &self.assumptions,
        }
    }

    /// Writes what was found of each pattern of principals, refuted by a request that `policy` grants.
    fn written(
        &self,
        found: &[(String, Verdict)],
        policy: &NamedPolicy,
        words: &Words,
    ) -> Result<ExitStatus, CommandError> {
        let shown = found.iter().find_map(|(principal, verdict)| match verdict {
            Verdict::Refuted(witness) => Some((principal.as_str(), witness.as_ref())),
            Verdict::Proved(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable => None,
        });
        let open = found.iter().find_map(|(_, verdict)| match verdict {
            Verdict::Inconclusive(reason) => Some(reason),
            Verdict::Proved(_) | Verdict::Refuted(_) | Verdict::NotApplicable => None,
        });
        let (message, status) = match (shown, open) {
            (Some(_), _) => (words.fails.to_owned(), ExitStatus::Refuted),
            (None, Some(reason)) => (not_decided(reason), ExitStatus::Inconclusive),
            (None, None) => (words.passes.to_owned(), ExitStatus::AsExpected),
        };
        let requests = shown.iter().flat_map(|(_, witness)| witness.requests());
        let deciding = requests.flat_map(|replayed| &replayed.deciding);
        let mut reasons: Vec<(String, &StatementReference)> = Vec::new();
        for one in deciding.filter(|one| one.policy == policy.name) {
            if !reasons.iter().any(|(_, known)| known.statement == one.statement) {
                let sid = one.sid.as_ref().map(|sid| format!(", {sid}")).unwrap_or_default();
                reasons.push((format!("{} in statement {}{sid}", words.statement, one.statement), one));
            }
        }
        let answer = Answer { message, reasons, shown, tables: &self.tables, notes: &self.notes, status };
        output::write_answers(&self.how.output, Format::Json, |format| match format {
            Format::Text => output::policy_checks::text(&answer),
            Format::Json => output::policy_checks::json(&answer),
        })?;
        Ok(status)
    }
}

/// AWS knows two results. What is not decided is none that passes.
fn not_decided(reason: &Reason) -> String {
    format!("this is not decided: {}", reason.text())
}

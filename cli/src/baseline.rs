//! Baselines: the violations of a day, accepted until another, so that a pipeline fails for new ones alone.
//!
//! An entry accepts one principal's violation of one guardrail by one kind of way, known by a fingerprint of these, of what the guardrail
//! asks, and of the group of the principal. It never accepts another principal, guardrail or way, and never one that comes. Which requests
//! of that kind there are is not told apart.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use ringfence_model::files::Files;
use ringfence_model::json::Json;
use ringfence_model::location::{InputError, Location};
use ringfence_model::world::InputFile;
use ringfence_solver::check::Shard;
use ringfence_solver::guardrail::{Acceptance, Configuration, holds_on};
use ringfence_solver::report::{Accepted, Acceptor, Report};
use ringfence_solver::verdict::Verdict;
use serde::Serialize;

use crate::args::{BaselineArguments, ReportArguments};
use crate::command::CommandError;
use crate::findings::fingerprint;
use crate::input;
use crate::output;
use crate::suppression::{Entry, State};

/// The version of the form of the file.
const SCHEMA_VERSION: u32 = 1;
const MEMBERS: [&str; 9] =
    ["fingerprint", "guardrail", "question", "principal", "group", "route", "reason", "owner", "expires"];
const HELP: &str = "write it with `ringfence check --write-baseline FILE`";

/// A baseline that was read.
#[derive(Debug)]
pub(crate) struct Baseline {
    /// The file.
    pub(crate) file: InputFile,
    entries: BTreeMap<String, Line>,
}

/// An accepted violation, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Line {
    guardrail: String,
    /// A digest of what the guardrail asks.
    question: String,
    principal: String,
    /// `finding`, `administrator` or `root`.
    group: String,
    route: String,
    fingerprint: String,
    reason: String,
    owner: String,
    expires: String,
    #[serde(skip)]
    location: Option<Location>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: u32,
    entries: Vec<Line>,
}

impl Baseline {
    /// The baseline in `path`.
    ///
    /// # Errors
    /// Everything that is wrong with it: an entry that is misread would accept what nobody meant, or nothing.
    pub(crate) fn read(path: &Path, files: &dyn Files) -> Result<Self, Vec<InputError>> {
        let (text, sha256) = input::read_text(path, HELP, files)?;
        let file: Arc<str> = Arc::from(input::shown(path));
        let document = Json::parse(&text, &file)?;
        let mut reader = Reader { file: &file, errors: Vec::new() };
        let entries = reader.document(&document);
        if reader.errors.is_empty() {
            return Ok(Self { file: InputFile { path: file.to_string(), sha256 }, entries });
        }
        reader.errors.sort();
        Err(reader.errors)
    }

    /// Accepts what holds on the day of `report` and nobody accepted yet, and tells what has become of each entry.
    pub(crate) fn apply(&self, report: &mut Report, configuration: &Configuration) -> Vec<Entry> {
        let mut used: BTreeMap<&str, usize> = BTreeMap::new();
        let mut covered: BTreeSet<String> = BTreeSet::new();
        let today = report.today.clone();
        for guardrail in &mut report.guardrails {
            let question = fingerprint::question(&guardrail.kind, configuration);
            for result in &mut guardrail.results {
                let key = fingerprint::violation(&guardrail.id, &question, result);
                if result.accepted.is_some() {
                    covered.extend(key);
                    continue;
                }
                let entry = key.and_then(|key| self.entries.get_key_value(&key));
                if let Some((key, line)) = entry.filter(|(_, line)| holds_on(&line.expires, &today)) {
                    result.accepted = Some(line.accepted());
                    let count = used.entry(key).or_default();
                    *count = count.saturating_add(1);
                }
            }
        }
        let whole = report.shard.is_none();
        let state = |key: &String, line: &Line| match used.get(key.as_str()) {
            Some(count) => State::Accepts(*count),
            None if !holds_on(&line.expires, &today) => State::Expired,
            None if covered.contains(key) => State::Covered,
            None if whole => State::Unused,
            None => State::Accepts(0),
        };
        self.entries.iter().map(|(key, line)| line.entry(state(key, line))).collect()
    }
}

impl Line {
    fn accepted(&self) -> Accepted {
        Accepted {
            by: Acceptor::Baseline,
            acceptance: Acceptance {
                principal: self.principal.clone(),
                reason: self.reason.clone(),
                owner: self.owner.clone(),
            },
            expires: Some(self.expires.clone()),
        }
    }

    fn entry(&self, state: State) -> Entry {
        Entry {
            by: Acceptor::Baseline,
            guardrail: Some(self.guardrail.clone()),
            principal: self.principal.clone(),
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            expires: Some(self.expires.clone()),
            location: self.location.clone(),
            state,
        }
    }
}

/// Writes the violations of `report` that are accepted by nothing but a baseline, if that is asked, and those that the baseline
/// `earlier` accepts still though another entry does so too. Those of an earlier baseline keep their reason, owner and day; others get
/// what `arguments` say.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(
    arguments: &BaselineArguments,
    (report, earlier): (&Report, Option<&Baseline>),
    configuration: &Configuration,
) -> Result<(), CommandError> {
    let (Some(path), Some(reason), Some(owner), Some(expires)) = (
        &arguments.write_baseline,
        &arguments.baseline_reason,
        &arguments.baseline_owner,
        arguments.baseline_expires,
    ) else {
        return Ok(());
    };
    let expires = expires.to_string();
    let mut entries: Vec<Line> = Vec::new();
    for guardrail in &report.guardrails {
        let question = fingerprint::question(&guardrail.kind, configuration);
        for result in &guardrail.results {
            let Verdict::Refuted(witness) = &result.verdict else { continue };
            let accepted = result.accepted.as_ref();
            if accepted.is_some_and(|accepted| accepted.by != Acceptor::Baseline) {
                let key = fingerprint::violation(&guardrail.id, &question, result);
                let known = key.and_then(|key| earlier?.entries.get(&key));
                entries.extend(known.filter(|line| holds_on(&line.expires, &report.today)).cloned());
                continue;
            }
            let (route, group) = (fingerprint::route(witness), output::json::group(result.group));
            let parts = [&guardrail.id, &question, &result.principal, group, &route];
            entries.push(Line {
                fingerprint: fingerprint::of_violation(parts),
                guardrail: guardrail.id.clone(),
                question: question.clone(),
                principal: result.principal.clone(),
                group: group.to_owned(),
                route,
                reason: accepted.map_or(reason, |accepted| &accepted.acceptance.reason).clone(),
                owner: accepted.map_or(owner, |accepted| &accepted.acceptance.owner).clone(),
                expires: accepted.and_then(|accepted| accepted.expires.as_ref()).unwrap_or(&expires).clone(),
                location: None,
            });
        }
    }
    entries.sort();
    // The baseline that was read may be written anew.
    if !arguments.baseline.as_deref().is_some_and(|read| output::are_one_place(read, path)) {
        output::unless_read(path)?;
    }
    output::write_file(path, &output::json::pretty(&Document { schema_version: SCHEMA_VERSION, entries }))
}

/// Nothing else is written where a baseline is, and none is written of a part of the principals.
///
/// # Errors
/// When the arguments say so.
pub(crate) fn check(
    report: &ReportArguments,
    answers: &[&Path],
    shard: Option<Shard>,
) -> Result<(), CommandError> {
    let arguments = &report.baseline;
    let files: Vec<&Path> =
        arguments.baseline.as_deref().into_iter().chain(arguments.write_baseline.as_deref()).collect();
    output::keep_apart(&report.output, &files, "is a baseline")?;
    let Some(path) = arguments.write_baseline.as_deref() else { return Ok(()) };
    if answers.iter().any(|file| output::are_one_place(file, path)) {
        return Err(CommandError::usage(
            &format!("the baseline goes to {}, which holds answers", path.display()),
            "name another file for one of them",
        ));
    }
    if shard.is_some() {
        return Err(CommandError::usage(
            "a baseline of a part of the principals would not accept the violations of the others",
            "write it with `ringfence merge`",
        ));
    }
    Ok(())
}

struct Reader<'f> {
    file: &'f Arc<str>,
    errors: Vec<InputError>,
}

impl Reader<'_> {
    fn error(&mut self, at: &Json, message: String, help: &str) {
        let location = at.location(self.file);
        self.errors.push(InputError { location, statement: None, message, help: Some(help.to_owned()) });
    }

    fn document(&mut self, document: &Json) -> BTreeMap<String, Line> {
        let mut entries = BTreeMap::new();
        self.members(document, &["schemaVersion", "entries"]);
        let version = document.get("schemaVersion");
        if version.and_then(Json::scalar_text) != Some("1") {
            self.error(version.unwrap_or(document), "`schemaVersion` is not 1".to_owned(), HELP);
        }
        let Some(lines) = document.get("entries").and_then(Json::as_array) else {
            self.error(document, "this is no baseline: there is no list `entries`".to_owned(), HELP);
            return entries;
        };
        for found in lines {
            self.members(found, &MEMBERS);
            let Some(line) = self.line(found) else { continue };
            let parts = [&line.guardrail, &line.question, &line.principal, &line.group, &line.route];
            if fingerprint::of_violation(parts.map(String::as_str)) != line.fingerprint {
                let message =
                    "the fingerprint is not that of guardrail, question, principal, group and route"
                        .to_owned();
                self.error(
                    found,
                    message,
                    "an entry accepts what its fingerprint says; write the baseline anew",
                );
            } else if entries.insert(line.fingerprint.clone(), line).is_some() {
                self.error(
                    found,
                    "the same violation is accepted twice".to_owned(),
                    "leave one of the entries out",
                );
            }
        }
        entries
    }

    /// Notes members that nothing reads.
    fn members(&mut self, object: &Json, known: &[&str]) {
        for member in object.as_object().unwrap_or_default() {
            if !known.contains(&member.key.as_str()) {
                let help = format!("the members are {}", known.join(", "));
                self.error(&member.value, format!("unknown member `{}`", member.key), &help);
            }
        }
    }

    fn line(&mut self, found: &Json) -> Option<Line> {
        let [fingerprint, guardrail, question, principal, group, route, reason, owner, expires] =
            MEMBERS.map(|name| self.text(found, name));
        Some(Line {
            guardrail: guardrail?,
            question: question?,
            principal: principal?,
            group: group?,
            route: route?,
            fingerprint: fingerprint?,
            reason: reason?,
            owner: owner?,
            expires: expires?,
            location: Some(found.location(self.file)),
        })
    }

    fn text(&mut self, found: &Json, name: &str) -> Option<String> {
        let text = found.get(name).and_then(Json::as_str).filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.error(found, format!("`{name}` is missing or no text"), HELP);
        }
        text.map(str::to_owned)
    }
}

#[cfg(test)]
pub(crate) fn schema() -> schemars::Schema {
    crate::output::schemas::of::<Document>()
}

//! What `can` and `who-can` have in common: one question or a batch over one loaded world.

mod batch;
mod expectation;

use std::path::Path;

use ringfence_model::world::{MissingInput, World};
use ringfence_solver::backend::Encoding;
use ringfence_solver::certificate::Level;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::inquiry::answer::Answer;
use ringfence_solver::inquiry::cover;
use ringfence_solver::inquiry::run::{AskOptions, Candidate, Posed, answer_all, candidates};
use ringfence_solver::inquiry::{Inquiry, InquiryError, Pin, Prepared};
use ringfence_solver::search::Limits;
use ringfence_solver::wildcard::Theory;

use super::{CommandError, can, check};
use crate::args::{Format, OutputTarget, QuestionArguments};
use crate::basis::Basis;
use crate::data_age;
use crate::exit::ExitStatus;
use crate::input::{self, Place, Tables};
use crate::output::{self, AnswerStream};

pub(crate) use expectation::{Expectation, Mismatch};

/// A question as it is put.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Its name in a batch.
    pub(crate) name: Option<String>,
    /// The principal that it is about; none for all of them.
    pub(crate) principal: Option<String>,
    /// What is asked.
    pub(crate) inquiry: Inquiry,
}

/// What a run is to answer.
#[derive(Debug)]
pub(crate) struct Put<'a> {
    /// The question of the command line.
    pub(crate) single: Option<Question>,
    /// The file of a batch.
    pub(crate) batch: Option<&'a Path>,
    /// Each question is about one principal.
    pub(crate) to_one: bool,
    /// What is expected of each answer.
    pub(crate) expectation: Expectation,
}

/// Everything that the outputs show of one question.
#[derive(Debug)]
pub(crate) struct Answered<'a> {
    /// Its name in a batch.
    pub(crate) name: Option<&'a str>,
    /// The question.
    pub(crate) question: &'a Prepared,
    /// It is about one principal.
    pub(crate) to_one: bool,
    /// The principals with their answers, by account and ARN.
    pub(crate) results: Vec<(&'a Candidate, &'a Answer)>,
    /// How the answers differ from what is expected; none if nothing is.
    pub(crate) mismatch: Option<Mismatch>,
    /// What the world lacks that could change an answer.
    pub(crate) missing: Vec<MissingInput>,
    /// What this question ends with.
    pub(crate) status: ExitStatus,
    /// What was asked about.
    pub(crate) setting: &'a Setting,
}

/// The world and how it is asked.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The tables.
    pub(crate) tables: Tables,
    /// The world.
    pub(crate) world: World,
    /// ringfence.toml, of which only the assumptions count.
    pub(crate) configuration: Configuration,
    /// How questions are asked.
    pub(crate) options: AskOptions,
    /// What is to be said of tables that are old.
    pub(crate) old: Vec<String>,
    /// How much of the proofs others can check.
    pub(crate) level: Level,
}

/// What became of one question.
#[derive(Debug)]
pub(crate) enum Outcome<'a> {
    /// It was answered.
    Answered(Answered<'a>),
    /// It could not be asked.
    Refused {
        /// Its name.
        name: Option<String>,
        /// Why.
        error: String,
    },
}

/// Reads the world, answers every question, and writes the answers in their order.
///
/// # Errors
/// When the world, or a single question, cannot be used, or an answer cannot be written.
pub(crate) fn run(arguments: &QuestionArguments, put: &Put<'_>) -> Result<ExitStatus, CommandError> {
    outputs(arguments, put)?;
    judge(arguments, put, Basis::here(), |outcomes| write(arguments, put, outcomes))
}

/// Where the answers go.
pub(crate) fn outputs(
    arguments: &QuestionArguments,
    put: &Put<'_>,
) -> Result<Vec<OutputTarget>, CommandError> {
    output::resolve(&arguments.output, if put.batch.is_some() { Format::Json } else { Format::Text })
}

/// Answers every question; what `then` makes of the answers.
///
/// # Errors
/// When the world, or a single question, cannot be used.
pub(crate) fn judge<R>(
    arguments: &QuestionArguments,
    put: &Put<'_>,
    basis: Basis<'_>,
    then: impl FnOnce(&[Outcome<'_>]) -> Result<R, CommandError>,
) -> Result<R, CommandError> {
    let pins = pins(arguments);
    let mut setting = setting(arguments, basis)?;
    let mut lines = match (&put.single, put.batch) {
        (_, Some(path)) => batch::read(path, put.to_one, basis.files)?,
        (Some(question), None) => vec![batch::Line::Question(question.clone())],
        (None, None) => Vec::new(),
    };
    for line in &mut lines {
        if let batch::Line::Question(question) = line {
            question.inquiry.context.extend(pins.iter().cloned());
        }
    }
    let candidates = candidates(&setting.world);
    let asked = prepare(&lines, &candidates, &setting);
    if put.batch.is_none()
        && let [Asked::Refused { errors, .. }] = asked.as_slice()
    {
        return Err(refusal(errors));
    }
    let remarks = asked.iter().flat_map(Asked::remarks).cloned();
    let remarks: Vec<String> = remarks.chain(input::assumptions(&setting.world)).collect();
    if !arguments.quiet {
        output::report_remarks(&distinct(remarks));
    }
    let posed: Vec<Posed<'_>> = asked.iter().filter_map(Asked::posed).collect();
    let assumptions: Assumptions =
        setting.configuration.assumptions.iter().map(|(point, (reading, _))| (*point, *reading)).collect();
    let tables = (setting.tables.catalogue.get(), setting.tables.models.get());
    let answers = answer_all(tables, &assumptions, &candidates, &posed, &setting.options, basis.ledger);
    setting.level = basis.level();
    if let Some(defect) = answers.defects.first() {
        output::report_remarks(&[format!("internal defect: {defect}")]);
    }
    let mut next = answers.answers.iter();
    let mut outcomes = Vec::new();
    for asked in &asked {
        outcomes.push(match asked {
            Asked::Refused { name, errors } => {
                Outcome::Refused { name: name.clone(), error: batch::joined(errors) }
            }
            Asked::Ready { name, question, .. } => {
                let answers = next.next().map(Vec::as_slice).unwrap_or_default();
                let results = answers
                    .iter()
                    .filter_map(|(index, answer)| Some((candidates.get(*index)?, answer)))
                    .collect();
                Outcome::Answered(answered(name.as_deref(), question, results, put, &setting))
            }
        });
    }
    then(&outcomes)
}

/// A question that was looked up, or could not be asked.
enum Asked {
    Ready {
        name: Option<String>,
        question: Box<Prepared>,
        to: Option<ringfence_solver::inquiry::principal::Caller>,
    },
    Refused {
        name: Option<String>,
        errors: Vec<(String, String)>,
    },
}

impl Asked {
    fn remarks(&self) -> &[String] {
        match self {
            Self::Ready { question, .. } => &question.remarks,
            Self::Refused { .. } => &[],
        }
    }

    fn posed(&self) -> Option<Posed<'_>> {
        match self {
            Self::Ready { question, to, .. } => Some(Posed { question, to: to.clone() }),
            Self::Refused { .. } => None,
        }
    }
}

impl Outcome<'_> {
    /// What the question ends with.
    pub(crate) fn status(&self) -> ExitStatus {
        match self {
            Self::Answered(answered) => answered.status,
            Self::Refused { .. } => ExitStatus::Error,
        }
    }
}

/// Looks up what each line asks.
fn prepare(lines: &[batch::Line], candidates: &[Candidate], setting: &Setting) -> Vec<Asked> {
    let catalogue = setting.tables.catalogue.get();
    let mut theory = Theory::new(Limits::default().states);
    lines
        .iter()
        .map(|line| {
            let question = match line {
                batch::Line::Question(question) => question,
                batch::Line::Wrong { name, problem } => {
                    return Asked::Refused {
                        name: name.clone(),
                        errors: vec![(problem.clone(), String::new())],
                    };
                }
            };
            let mut errors: Vec<(String, String)> = Vec::new();
            let to = match question.principal.as_deref().map(|text| can::caller(text, candidates)) {
                None => None,
                Some(Ok(caller)) => Some(caller),
                Some(Err(error)) => {
                    errors.push((error.to_string(), error.help()));
                    None
                }
            };
            let prepared = question.inquiry.prepare(catalogue, &mut theory).map_err(|found| {
                errors.extend(found.iter().map(|error: &InquiryError| (error.to_string(), error.help())));
            });
            match prepared {
                Ok(prepared) if errors.is_empty() => {
                    Asked::Ready { name: question.name.clone(), question: Box::new(prepared), to }
                }
                Ok(_) | Err(()) => Asked::Refused { name: question.name.clone(), errors },
            }
        })
        .collect()
}

fn answered<'a>(
    name: Option<&'a str>,
    question: &'a Prepared,
    results: Vec<(&'a Candidate, &'a Answer)>,
    put: &Put<'_>,
    setting: &'a Setting,
) -> Answered<'a> {
    let missing = cover::missing(&setting.world, setting.tables.catalogue.get(), question, !put.to_one);
    let mismatch = put.expectation.compare(&results);
    let status = expectation::status(&results, mismatch.as_ref(), cover::lacks_principals(&missing));
    Answered { name, question, to_one: put.to_one, results, mismatch, missing, status, setting }
}

/// The keys that the command line pins: a key that is given more than once has all of the values.
fn pins(arguments: &QuestionArguments) -> Vec<(String, Pin)> {
    let mut pins: Vec<(String, Pin)> = Vec::new();
    for entry in &arguments.context {
        let known = pins.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(&entry.key));
        match known {
            Some((_, Pin::Values(values))) => values.push(entry.value.clone()),
            Some((_, Pin::Absent)) | None => {
                pins.push((entry.key.clone(), Pin::Values(vec![entry.value.clone()])));
            }
        }
    }
    pins.extend(arguments.context_absent.iter().map(|key| (key.clone(), Pin::Absent)));
    pins
}

/// Reads the world and all that belongs to it.
fn setting(arguments: &QuestionArguments, basis: Basis<'_>) -> Result<Setting, CommandError> {
    let pins = check::pins(&arguments.assume)?;
    let place = Place::of(None, &arguments.world);
    let (tables, world, configured) =
        input::everything(&place, &arguments.tables, arguments.config.as_deref(), basis.files)
            .map_err(CommandError::Input)?;
    let mut configuration = configured.configuration;
    check::pin(&mut configuration, &pins);
    let options = AskOptions {
        threads: check::threads(arguments.threads),
        as_of: check::as_of(arguments.as_of, &world, basis.now)?,
        encoding: Encoding::Theory,
    };
    let today = basis.today(arguments.today);
    let old = data_age::remarks(&tables, (today, basis.clock(today)), arguments.tables.max_data_age)?;
    Ok(Setting { tables, world, configuration, options, old, level: Level::OneSolver })
}

/// The errors of a single question as one.
fn refusal(errors: &[(String, String)]) -> CommandError {
    match errors {
        [(message, help)] => CommandError::usage(message, help),
        several => {
            let lines: Vec<String> =
                several.iter().map(|(message, help)| format!("{message} ({help})")).collect();
            CommandError::usage("the question cannot be asked", &lines.join("; "))
        }
    }
}

fn distinct(texts: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

/// Writes the answers in their order.
///
/// # Errors
/// When one cannot be written.
pub(crate) fn write(
    arguments: &QuestionArguments,
    put: &Put<'_>,
    outcomes: &[Outcome<'_>],
) -> Result<ExitStatus, CommandError> {
    let batch = is_batch(outcomes);
    let mut result = Ok(());
    for target in outputs(arguments, put)? {
        let written = AnswerStream::open(target.file.as_deref()).and_then(|mut stream| {
            for outcome in outcomes {
                stream.write(&match target.format {
                    Format::Json if batch => output::question::json::line(outcome),
                    Format::Json => output::question::json::pretty(outcome),
                    Format::Text => output::question::text(outcome),
                })?;
            }
            stream.finish()
        });
        result = result.and(written);
    }
    result.map(|()| outcomes.iter().map(Outcome::status).max().unwrap_or(ExitStatus::Error))
}

/// The answers as JSON.
pub(crate) fn json(outcomes: &[Outcome<'_>]) -> String {
    let of_one =
        if is_batch(outcomes) { output::question::json::line } else { output::question::json::pretty };
    outcomes.iter().map(of_one).collect()
}

fn is_batch(outcomes: &[Outcome<'_>]) -> bool {
    outcomes.len() != 1 || outcomes.iter().any(Outcome::is_named)
}

impl Outcome<'_> {
    fn is_named(&self) -> bool {
        match self {
            Self::Answered(answered) => answered.name.is_some(),
            Self::Refused { .. } => true,
        }
    }
}

//! `ringfence simulate`: one concrete request, several put together from options, or a batch of cases.

mod engine;
mod options;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use ringfence_model::catalogue::{Action, Catalogue};
use ringfence_model::evaluate::{
    ChosenReadings, Decided, Explanation, Pins, decide, explain, further_checks,
};
use ringfence_model::location::{InputError, InputWarning};
use ringfence_model::request::Decision;
use ringfence_model::simulation::{Answer, Case, CaseError};

use super::{CommandError, check};
use crate::args::{Engine, Format, OutputTarget, SimulateArguments};
use crate::exit::ExitStatus;
use crate::files::{self, System};
use crate::input;
use crate::output::{self, AnswerStream, simulation};

/// A case that was decided, or could not be.
#[derive(Debug)]
pub(crate) struct Simulated {
    /// Its name.
    pub(crate) name: String,
    /// Who asks.
    pub(crate) principal: String,
    /// What for.
    pub(crate) action: String,
    /// On what.
    pub(crate) resource: String,
    /// The decision that the case or the command line expects.
    pub(crate) expected: Option<Decision>,
    /// The decision, or why there is none.
    pub(crate) result: Result<Decided, String>,
    /// What each statement said, where somebody asks for it.
    pub(crate) explanation: Option<Explanation>,
    /// The checks that the same call makes besides, with their decisions.
    pub(crate) further: Vec<(String, Result<Decision, String>)>,
}

/// Decides every case and writes the answers in their order.
///
/// # Errors
/// When the input cannot be read at all, or an answer cannot be written.
pub(crate) fn run(arguments: &SimulateArguments) -> Result<ExitStatus, CommandError> {
    let default = if arguments.batch.is_some() { Format::Json } else { Format::Text };
    let targets = output::resolve(&arguments.output, default)?;
    let catalogue = input::catalogue(arguments.catalogue.as_deref(), &System)?;
    let pins = check::pins(&arguments.assume)?;
    let expected = arguments.expect.map(|expected| expected.0);
    let mut run = Run {
        catalogue: catalogue.get(),
        pins,
        trace: arguments.trace,
        engine: arguments.engine,
        expected,
        status: ExitStatus::AsExpected,
        targets,
        streams: Vec::new(),
        unknown_actions: BTreeSet::new(),
    };
    match (&arguments.case, &arguments.batch) {
        (Some(path), _) => {
            let case = read_case(path)?;
            run.warn_of_action(&case);
            run.open()?;
            run.answer(&Ok(case))?;
        }
        (None, Some(path)) => run.batch(path)?,
        (None, None) => {
            let cases = options::cases(&arguments.request, run.catalogue)?;
            run.open()?;
            for case in &cases {
                run.warn_of_action(case);
            }
            for case in cases {
                run.answer(&Ok(case))?;
            }
        }
    }
    run.finish()
}

/// The one case in `path`.
fn read_case(path: &Path) -> Result<Case, CommandError> {
    let (text, _) = input::read_text(path, "docs/cli.md describes simulation cases", &System)?;
    let file: Arc<str> = Arc::from(input::shown(path));
    let case = Case::read(&text, &file, 1).map_err(|error| {
        let mut errors = error.errors;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        if lines.clone().count() > 1 && lines.clone().all(|line| line.trim_start().starts_with('{')) {
            for error in &mut errors {
                error.help = Some("a file with a case on each line is read with --batch".to_owned());
            }
        }
        errors
    })?;
    let mut remarks: Vec<InputWarning> = case.warnings.clone();
    for member in &case.others {
        remarks.push(InputError {
            location: member.value.location(&file),
            statement: None,
            message: format!("the member `{}` says nothing to the simulation", member.key),
            help: Some("name, request, policies, settings and expected do".to_owned()),
        });
    }
    output::report_warnings(&remarks);
    Ok(case)
}

/// A run over cases.
struct Run<'a> {
    catalogue: &'a Catalogue,
    pins: Pins,
    trace: bool,
    engine: Engine,
    expected: Option<Decision>,
    status: ExitStatus,
    targets: Vec<OutputTarget>,
    streams: Vec<(Format, AnswerStream)>,
    /// Actions that AWS does not have and that were named already.
    unknown_actions: BTreeSet<String>,
}

impl Run<'_> {
    /// Opens the outputs, once the input is known to be there.
    fn open(&mut self) -> Result<(), CommandError> {
        for target in &self.targets {
            self.streams.push((target.format, AnswerStream::open(target.file.as_deref())?));
        }
        Ok(())
    }

    /// Warns where a request is for an action that AWS does not have, once for each: it is decided like any other, and
    /// a misspelt one mostly denied.
    fn warn_of_action(&mut self, case: &Case) {
        let action = &case.request.action;
        if self.catalogue.find_action(action).is_some() || !self.unknown_actions.insert(action.clone()) {
            return;
        }
        let nearest = self.catalogue.nearest_actions(action, 1);
        let nearest = nearest.first().and_then(|id| self.catalogue.action(*id)).map(Action::full_name);
        let message = format!("the catalogue has no action `{action}`");
        let help = nearest.map(|nearest| format!("the nearest is `{nearest}`"));
        match &case.action_location {
            Some(location) => output::report_warnings(&[InputError {
                location: location.clone(),
                statement: None,
                message,
                help,
            }]),
            None => {
                output::report_remarks(&[help.map_or(message.clone(), |help| format!("{message}; {help}"))]);
            }
        }
    }

    /// Answers each line of `path`.
    fn batch(&mut self, path: &Path) -> Result<(), CommandError> {
        let help = "a batch holds one case, a JSON object, on each line";
        let failed = |error: &io::Error| {
            CommandError::Input(vec![input::file_error(path, &input::reading_problem(error), help)])
        };
        let mut reader: Box<dyn BufRead> = if path == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            files::note_read(path);
            Box::new(BufReader::new(File::open(path).map_err(|error| failed(&error))?))
        };
        let file: Arc<str> = Arc::from(input::shown(path));
        let (mut number, mut answered) = (0_u32, 0_usize);
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            if reader.read_until(b'\n', &mut bytes).map_err(|error| failed(&error))? == 0 {
                break;
            }
            number = number.saturating_add(1);
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            if self.streams.is_empty() {
                self.open()?;
            }
            answered = answered.saturating_add(1);
            let case = ringfence_model::json::text_of(&bytes, &file)
                .map_err(|errors| CaseError { name: None, errors: on_line(errors, number) })
                .and_then(|text| Case::read(text, &file, number));
            if let Ok(case) = &case {
                self.warn_of_action(case);
            }
            self.answer(&case)?;
        }
        if answered == 0 {
            return Err(CommandError::Input(vec![input::file_error(path, "there is no case in it", help)]));
        }
        Ok(())
    }

    fn answer(&mut self, case: &Result<Case, CaseError>) -> Result<(), CommandError> {
        let (answer, simulated) = match case {
            Ok(case) => {
                let decided = engine::decide(case, self.engine, self.catalogue, &self.pins);
                let answer = Answer::new(&case.name, &decided);
                let (explanation, further) = self.explain(case);
                let simulated = Simulated {
                    name: case.name.clone(),
                    principal: case.request.principal.to_string(),
                    action: case.request.action.clone(),
                    resource: case.request.resource.clone(),
                    expected: self.expected.or(case.expected),
                    result: decided,
                    explanation,
                    further,
                };
                (answer, simulated)
            }
            Err(error) => {
                let answer = Answer::from(error);
                let problem = error.errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                let simulated = Simulated {
                    name: error.name.clone().unwrap_or_default(),
                    principal: String::new(),
                    action: String::new(),
                    resource: String::new(),
                    expected: None,
                    result: Err(problem),
                    explanation: None,
                    further: Vec::new(),
                };
                (answer, simulated)
            }
        };
        let status = match &simulated.result {
            Err(_) => ExitStatus::Error,
            Ok(decided) if self.expected.is_some_and(|expected| expected != decided.evaluation.decision) => {
                ExitStatus::Refuted
            }
            Ok(_) => ExitStatus::AsExpected,
        };
        self.status = self.status.max(status);
        for (format, stream) in &mut self.streams {
            stream.write(&match format {
                Format::Json if self.trace => simulation::traced_line(&answer, &simulated),
                Format::Json => simulation::line(&answer),
                Format::Text => simulation::text(&simulated),
            })?;
        }
        Ok(())
    }

    /// Why `case` is decided as it is, and the other checks of its call. Nothing where no output shows it: a batch has no
    /// time for it.
    #[expect(clippy::type_complexity, reason = "the two parts of `Simulated`")]
    fn explain(&self, case: &Case) -> (Option<Explanation>, Vec<(String, Result<Decision, String>)>) {
        let shown = self.trace || self.streams.iter().any(|(format, _)| *format == Format::Text);
        if !shown || self.engine == Engine::Smt {
            return (None, Vec::new());
        }
        let readings = ChosenReadings { pins: self.pins.clone(), ..ChosenReadings::default() };
        let explanation = explain(&case.request, &case.policies, self.catalogue, &readings).ok();
        let further = further_checks(&case.request).into_iter().map(|request| {
            let decided = decide(&request, &case.policies, self.catalogue, &self.pins);
            let decision = decided.map(|decided| decided.evaluation.decision);
            (request.action, decision.map_err(|error| error.to_string()))
        });
        (explanation, further.collect())
    }

    fn finish(self) -> Result<ExitStatus, CommandError> {
        for (_, stream) in self.streams {
            stream.finish()?;
        }
        Ok(self.status)
    }
}

/// The errors about one line, moved to where it stands in its file.
fn on_line(mut errors: Vec<InputError>, number: u32) -> Vec<InputError> {
    for error in &mut errors {
        error.location.line = number;
    }
    errors
}

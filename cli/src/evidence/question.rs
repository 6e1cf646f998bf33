//! What a run was asked, as evidence tells it.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use crate::args::{
    BoundaryArguments, CanArguments, CheckArguments, EvidenceArguments, PathsArguments, TableArguments,
    TextEncoding, WorldArguments,
};
use crate::basis::Basis;
use crate::command::{CommandError, boundary, can, check, paths, question};

use super::material::Material;

/// A command that leaves evidence, with its arguments.
#[derive(Debug)]
pub(crate) enum Question<'a> {
    /// `ringfence check`
    Check(&'a CheckArguments),
    /// `ringfence can`
    Can(&'a CanArguments),
    /// `ringfence boundary`
    Boundary(&'a BoundaryArguments),
    /// `ringfence paths`
    Paths(&'a PathsArguments),
}

/// The same, read from evidence.
#[derive(Debug)]
pub(crate) enum Asked {
    /// `ringfence check`
    Check(Box<CheckArguments>),
    /// `ringfence can`
    Can(Box<CanArguments>),
    /// `ringfence boundary`
    Boundary(Box<BoundaryArguments>),
    /// `ringfence paths`
    Paths(Box<PathsArguments>),
}

impl Question<'_> {
    /// The name of the command.
    pub(crate) fn command(&self) -> &'static str {
        match self {
            Self::Check(_) => "check",
            Self::Can(_) => "can",
            Self::Boundary(_) => "boundary",
            Self::Paths(_) => "paths",
        }
    }

    /// The day that was given.
    pub(crate) fn today(&self) -> Option<Date> {
        match self {
            Self::Check(arguments) => arguments.report.today,
            Self::Can(arguments) => arguments.question.today,
            Self::Boundary(arguments) => arguments.today,
            Self::Paths(arguments) => arguments.today,
        }
    }

    /// What evidence is wanted.
    pub(crate) fn evidence(&self) -> &EvidenceArguments {
        match self {
            Self::Check(arguments) => &arguments.evidence,
            Self::Can(arguments) => &arguments.evidence,
            Self::Boundary(arguments) => &arguments.evidence,
            Self::Paths(arguments) => &arguments.evidence,
        }
    }

    /// The directory of the world; none where single files were named.
    pub(crate) fn world_directory(&self) -> Option<PathBuf> {
        let (directory, world) = match self {
            Self::Check(arguments) => (arguments.directory.as_deref(), &arguments.report.world),
            Self::Can(arguments) => (None, &arguments.question.world),
            Self::Boundary(arguments) => (None, &arguments.world),
            Self::Paths(arguments) => (None, &arguments.world),
        };
        let named = directory.or(world.world.as_deref()).unwrap_or(Path::new("."));
        world.authorization_details.is_none().then(|| named.to_owned())
    }

    /// The tables that were named.
    pub(crate) fn tables(&self) -> &TableArguments {
        match self {
            Self::Check(arguments) => &arguments.report.tables,
            Self::Can(arguments) => &arguments.question.tables,
            Self::Boundary(arguments) => &arguments.tables,
            Self::Paths(arguments) => &arguments.tables,
        }
    }

    /// As evidence tells it. `today` is the day of the run, given or not.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub(crate) fn written(&self, today: Date) -> Result<Value, CommandError> {
        let arguments = match self {
            Self::Check(arguments) => value(arguments),
            Self::Can(arguments) => value(arguments),
            Self::Boundary(arguments) => value(arguments),
            Self::Paths(arguments) => value(arguments),
        };
        let mut arguments = arguments?;
        if let Value::Object(object) = &mut arguments {
            object.insert("today".to_owned(), Value::from(today.to_string()));
        }
        Ok(json!({ "command": self.command(), "arguments": arguments }))
    }
}

fn value(arguments: &impl Serialize) -> Result<Value, CommandError> {
    serde_json::to_value(arguments).map_err(|error| {
        CommandError::usage(
            &format!("the arguments cannot be written down: {error}"),
            "evidence names files by their paths, which must be UTF-8",
        )
    })
}

impl Asked {
    /// What evidence says that was asked; none if it is nothing that leaves evidence.
    pub(crate) fn read(written: &Value) -> Option<Self> {
        let arguments = written.get("arguments")?.clone();
        let asked = match written.get("command")?.as_str()? {
            "check" => Self::Check(Box::new(serde_json::from_value(arguments).ok()?)),
            "can" => Self::Can(Box::new(serde_json::from_value(arguments).ok()?)),
            "boundary" => Self::Boundary(Box::new(serde_json::from_value(arguments).ok()?)),
            "paths" => Self::Paths(Box::new(serde_json::from_value(arguments).ok()?)),
            _ => return None,
        };
        asked.is_of_a_command_line().then_some(asked)
    }

    /// The command line takes these arguments together, and leaves evidence: what it refuses would be told and mean nothing.
    fn is_of_a_command_line(&self) -> bool {
        let one_world = |world: &WorldArguments| {
            let of_files = world.authorization_details.is_some();
            !(of_files && world.world.is_some()) && (of_files || world.organization.is_none())
        };
        match self {
            Self::Check(check) => {
                let world = &check.report.world;
                let directory_alone = check.directory.is_none()
                    || (world.world.is_none() && world.authorization_details.is_none());
                let planned = &check.planned;
                let of_plan = match &planned.plan {
                    Some(_) => {
                        let none = check.directory.is_none() && world.world.is_none();
                        world.authorization_details.is_none() && (none || !planned.nothing_else)
                    }
                    None => !planned.nothing_else && planned.account.is_none() && planned.ignore.is_empty(),
                };
                one_world(world) && directory_alone && of_plan && check.encoding == TextEncoding::Theory
            }
            Self::Can(can) => {
                let single = can.principal.is_some() || can.action.is_some() || can.resource.is_some();
                one_world(&can.question.world) && !(single && can.batch.is_some())
            }
            Self::Boundary(boundary) => {
                let carried = !boundary.carriers.is_empty();
                one_world(&boundary.world)
                    && !((boundary.scp || carried) && boundary.policy.is_none())
                    && !(boundary.scp && boundary.arn.is_some())
                    && !(boundary.guardrails_only && (carried || boundary.since.is_some()))
            }
            Self::Paths(paths) => one_world(&paths.world),
        }
    }

    /// The same as a question.
    pub(crate) fn question(&self) -> Question<'_> {
        match self {
            Self::Check(arguments) => Question::Check(arguments),
            Self::Can(arguments) => Question::Can(arguments),
            Self::Boundary(arguments) => Question::Boundary(arguments),
            Self::Paths(arguments) => Question::Paths(arguments),
        }
    }

    /// The same for the day of the run that is made again, quietly, in so many threads.
    #[must_use]
    pub(crate) fn again(mut self, day: Date, threads: Option<NonZeroUsize>) -> Self {
        match &mut self {
            Self::Check(arguments) => {
                arguments.report.today = Some(day);
                arguments.report.threads = threads;
                arguments.report.quiet = true;
            }
            Self::Can(arguments) => {
                arguments.question.today = Some(day);
                arguments.question.threads = threads;
                arguments.question.quiet = true;
            }
            Self::Boundary(arguments) => {
                arguments.today = Some(day);
                arguments.quiet = true;
            }
            Self::Paths(arguments) => {
                arguments.today = Some(day);
                arguments.threads = threads;
                arguments.quiet = true;
            }
        }
        self
    }

    /// What the run gives on `basis`.
    ///
    /// # Errors
    /// Those of the command.
    pub(crate) fn judge(&self, basis: Basis<'_>) -> Result<Material, CommandError> {
        match self {
            Self::Check(arguments) => check::judge(&check::Asked::of(arguments, None, basis), |answer| {
                Ok(Material::of_check(answer))
            }),
            Self::Can(arguments) => {
                question::judge(&arguments.question, &can::put(arguments), basis, |outcomes| {
                    Ok(Material::of_can(outcomes))
                })
            }
            Self::Boundary(arguments) => {
                boundary::judge(arguments, basis, |answer| Ok(Material::of_boundary(answer)))
            }
            Self::Paths(arguments) => paths::judge(arguments, basis, |answer| Ok(Material::of_paths(answer))),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use jiff::civil::date;
    use serde_json::{Value, json};

    use super::{Asked, Question};
    use crate::args::{Arguments, Command};

    /// What evidence of a check of this world tells that was asked.
    fn written() -> Value {
        let arguments = Arguments::try_parse_from(["ringfence", "check", "w"]).unwrap();
        let Command::Check(check) = arguments.command else { panic!("it is a check") };
        Question::Check(&check).written(date(2026, 11, 30)).unwrap()
    }

    #[test]
    fn what_no_command_line_says_is_no_question() {
        assert!(Asked::read(&written()).is_some());
        for (name, value) in [
            ("organization", json!("organization.json")),
            ("world", json!("/srv/production")),
            ("authorization_details", json!("a.json")),
            ("encoding", json!("strings")),
            ("nothing_else", json!(true)),
            ("account", json!("111122223333")),
            ("ignore", json!(["aws_iam_role"])),
        ] {
            let mut forged = written();
            forged["arguments"][name] = value;
            assert!(Asked::read(&forged).is_none(), "{forged}");
        }
        let mut of_files = written();
        of_files["arguments"]["directory"] = Value::Null;
        of_files["arguments"]["authorization_details"] = json!("a.json");
        of_files["arguments"]["organization"] = json!("organization.json");
        assert!(Asked::read(&of_files).is_some());
        of_files["arguments"]["world"] = json!("w");
        assert!(Asked::read(&of_files).is_none());
        let mut of_plan = written();
        of_plan["arguments"]["plan"] = json!("plan.json");
        assert!(Asked::read(&of_plan).is_some());
        of_plan["arguments"]["nothing_else"] = json!(true);
        assert!(Asked::read(&of_plan).is_none());
        of_plan["arguments"]["directory"] = Value::Null;
        assert!(Asked::read(&of_plan).is_some());
    }
}

//! Writes a random world directory: `generate-world DIRECTORY [--principals N] [--accounts N] [--policies N]
//! [--duplicates PERCENT] [--boundaries N] [--ou-depth N] [--shapes NAME=SHARE,…] [--seed N]`; with `--steps` one whose
//! principals can become one another, for which `--principals`, `--accounts` and `--seed` count; with `--varied` a small one
//! with a little of everything and `questions.jsonl`, for which `--seed` counts.

use std::path::PathBuf;
use std::process::ExitCode;

use ringfence_tests::generator::steps::StepsPlan;
use ringfence_tests::generator::varied::VariedWorld;
use ringfence_tests::generator::world::{GeneratedWorld, WorldPlan};

const USAGE: &str = "usage: generate-world DIRECTORY [--principals N] [--accounts N] [--policies N] \
                     [--duplicates PERCENT] [--boundaries N] [--ou-depth N] [--shapes NAME=SHARE,...] [--seed N]\n       generate-world DIRECTORY --steps [--principals N] [--accounts N] [--seed N]\n       \
                     generate-world DIRECTORY --varied [--seed N]";

/// Which generator makes the world.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Broad,
    Steps,
    Varied,
}

impl Shape {
    /// The options that say something about it.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Broad => &[
                "--principals",
                "--accounts",
                "--policies",
                "--duplicates",
                "--boundaries",
                "--ou-depth",
                "--shapes",
                "--seed",
            ],
            Self::Steps => &["--principals", "--accounts", "--seed"],
            Self::Varied => &["--seed"],
        }
    }
}

#[expect(clippy::print_stderr, reason = "the only place where this program writes")]
fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let mut plan = WorldPlan::default();
    let (mut directory, mut given, mut shape) = (None, Vec::new(), Shape::Broad);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--steps" || argument == "--varied" {
            shape = if argument == "--steps" { Shape::Steps } else { Shape::Varied };
            continue;
        }
        given.push(argument.clone());
        let field = match argument.as_str() {
            "--principals" => &mut plan.principals,
            "--accounts" => &mut plan.accounts,
            "--policies" => &mut plan.policies,
            "--duplicates" => &mut plan.duplicates,
            "--boundaries" => &mut plan.boundaries,
            "--ou-depth" => &mut plan.ou_depth,
            "--shapes" => {
                plan.mixture = number(arguments.next())?;
                continue;
            }
            "--seed" => {
                plan.seed = number(arguments.next())?;
                continue;
            }
            _ if directory.is_none() && !argument.starts_with('-') => {
                directory = Some(PathBuf::from(argument));
                continue;
            }
            other => return Err(format!("unexpected `{other}`\n{USAGE}")),
        };
        *field = number(arguments.next())?;
    }
    let directory = directory.ok_or(USAGE)?;
    for (name, value, least, most) in [
        ("--principals", plan.principals, 1, 10_000_000),
        ("--accounts", plan.accounts, 1, 999_999),
        ("--policies", plan.policies, 1, 1_000),
        ("--duplicates", plan.duplicates, 0, 100),
        ("--boundaries", plan.boundaries, 0, 10_000_000),
        // AWS allows five levels of OUs.
        ("--ou-depth", plan.ou_depth, 0, 5),
    ] {
        if !(least..=most).contains(&value) {
            return Err(format!("{name} is from {least} to {most}"));
        }
    }
    if directory.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(format!(
            "{} is not empty: another world's accounts would stay there",
            directory.display()
        ));
    }
    let with = shape.options();
    if let Some(other) = given.iter().find(|name| name.starts_with('-') && !with.contains(&name.as_str())) {
        return Err(format!("{other} does not go with that\n{USAGE}"));
    }
    let world = if shape == Shape::Varied {
        let varied = VariedWorld::new(plan.seed);
        let mut world = varied.world;
        world.files.insert("questions.jsonl".to_owned(), varied.questions);
        world
    } else if shape == Shape::Steps {
        let of_steps = StepsPlan { seed: plan.seed, ..StepsPlan::default() };
        let or = |name: &str, given_as: usize, otherwise: usize| {
            if given.iter().any(|known| known == name) { given_as } else { otherwise }
        };
        GeneratedWorld::of_steps(&StepsPlan {
            principals: or("--principals", plan.principals, of_steps.principals),
            accounts: or("--accounts", plan.accounts, of_steps.accounts),
            ..of_steps
        })
    } else {
        GeneratedWorld::new(&plan)
    };
    world.write(&directory).map_err(|error| format!("{}: {error}", directory.display()))
}

fn number<T: std::str::FromStr>(text: Option<String>) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    let text = text.ok_or_else(|| format!("a value is missing\n{USAGE}"))?;
    text.parse().map_err(|error: T::Err| format!("`{text}`: {error}\n{USAGE}"))
}

//! Writes a random world directory: `generate-world DIRECTORY [--principals N] [--accounts N] [--policies N]
//! [--duplicates PERCENT] [--boundaries N] [--ou-depth N] [--shapes NAME=SHARE,…] [--seed N]`.

use std::path::PathBuf;
use std::process::ExitCode;

use ringfence_tests::generator::world::{GeneratedWorld, WorldPlan};

const USAGE: &str = "usage: generate-world DIRECTORY [--principals N] [--accounts N] [--policies N] \
                     [--duplicates PERCENT] [--boundaries N] [--ou-depth N] [--shapes NAME=SHARE,...] [--seed N]";

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
    let mut directory = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
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
    GeneratedWorld::new(&plan).write(&directory).map_err(|error| format!("{}: {error}", directory.display()))
}

fn number<T: std::str::FromStr>(text: Option<String>) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    let text = text.ok_or_else(|| format!("a value is missing\n{USAGE}"))?;
    text.parse().map_err(|error: T::Err| format!("`{text}`: {error}\n{USAGE}"))
}

//! The tutorials do what they say: each command is run, in order, and what it shows is shown.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::harness::{Folder, corpus, finish, program};

/// Committed: so many commands.
const COMMANDS: usize = 31;

/// A command of a tutorial: the line of the page, how it ends, and lines that its answer holds in this order.
struct Step {
    line: usize,
    command: String,
    code: i32,
    shown: Vec<String>,
}

/// The commands in the blocks of `text` that are of a console. `…` stands for lines that are left out.
fn steps(text: &str) -> Vec<Step> {
    let (mut steps, mut inside): (Vec<Step>, bool) = (Vec::new(), false);
    for (line, text) in text.lines().enumerate() {
        if text.starts_with("```") {
            inside = text == "```console";
        } else if let Some(command) = text.strip_prefix("$ ").filter(|_| inside) {
            let (command, code) = match command.split_once("   # ends with ") {
                Some((command, code)) => (command, code.parse().unwrap()),
                None => (command, 0),
            };
            steps.push(Step { line: line + 1, command: command.to_owned(), code, shown: Vec::new() });
        } else if inside && text != "…" && !text.is_empty() {
            steps.last_mut().unwrap().shown.push(text.to_owned());
        }
    }
    steps
}

fn copied(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-r").args([from, to]).status().unwrap().success());
}

/// Runs a tutorial in a folder of its own; returns how many commands it has.
fn followed(page: &str) -> usize {
    let folder = Folder::new();
    copied(&corpus("organizations/acme"), &folder.path().join("world"));
    copied(&corpus("library"), &folder.path().join("library"));
    copied(&corpus("plans"), &folder.path().join("plans"));
    let bin = Path::new(env!("CARGO_BIN_EXE_ringfence")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let text = std::fs::read_to_string(corpus("..").join("docs/tutorials").join(page)).unwrap();
    let steps = steps(&text);
    for step in &steps {
        let mut command = Command::new("sh");
        // As the program is run elsewhere: without a terminal.
        let environment = program();
        command.args(["-c", &step.command]).current_dir(folder.path());
        for (name, value) in environment.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let run = finish(&command.env("PATH", &path).output().unwrap());
        let place = format!("docs/tutorials/{page}:{}: {}", step.line, step.command);
        assert_eq!(run.code, step.code, "{place}\n{}{}", run.stdout, run.stderr);
        let mut lines = run.stdout.lines();
        for wanted in &step.shown {
            assert!(
                lines.any(|line| line == wanted),
                "{place}: no line `{wanted}` after those before it\n{}",
                run.stdout
            );
        }
    }
    steps.len()
}

#[test]
fn what_tutorials_say_is_so() {
    let pages = ["security-architect.md", "pipelines.md", "auditors-and-finops.md"];
    let there: BTreeSet<String> = std::fs::read_dir(corpus("../docs/tutorials"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(there, pages.map(str::to_owned).into());
    let commands: usize = pages.iter().map(|page| followed(page)).sum();
    assert!(commands >= COMMANDS, "{commands}");
}

/// The book has each page of the documentation, and no other.
#[test]
fn the_book_has_every_page() {
    let docs = corpus("../docs");
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let named: BTreeSet<String> =
        summary.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect();
    let pages = |folder: &str| -> Vec<String> {
        let entries = std::fs::read_dir(docs.join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names
            .filter(|name| Path::new(name).extension().is_some_and(|end| end == "md") && name != "SUMMARY.md")
            .map(|name| format!("{folder}{name}"))
            .collect()
    };
    let there: BTreeSet<String> = pages("").into_iter().chain(pages("tutorials/")).collect();
    assert_eq!(named, there);
}

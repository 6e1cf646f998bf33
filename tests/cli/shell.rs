//! Completions and manual pages: each command is in both, and programs that read them find no fault.

use std::process::{Command, Stdio};

use super::harness::{Folder, Run};

/// The commands as `--help` lists them.
fn commands(help: &Run) -> Vec<String> {
    let lines = help.stdout.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    // What a summary goes on with stands further in.
    let lines = lines.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let names = lines.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_command_has_a_page_and_completes() {
    let folder = Folder::new();
    let commands = commands(&folder.run(&["--help"]));
    assert!(commands.len() >= 16, "{commands:?}");
    let written = folder.run(&["manual", "man/man1"]);
    assert_eq!((written.code, written.stdout.as_str()), (0, ""), "{}", written.stderr);
    for name in &commands {
        let page = folder.read(&format!("man/man1/ringfence-{name}.1"));
        assert!(page.contains(&format!(".TH ringfence-{name} 1")) && page.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(folder.read("man/man1/ringfence.1").contains("Exit codes"));
    let options = ["--one-step", "--evidence", "--authorization-details"];
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.run(&["completions", shell]);
        assert_eq!(script.code, 0, "{}", script.stderr);
        let said = |text: &str| {
            script.stdout.contains(text) || script.stdout.contains(text.trim_start_matches("--"))
        };
        assert!(commands.iter().all(|name| said(name)) && options.iter().all(|name| said(name)), "{shell}");
    }
    folder.run(&["completions", "csh"]).refused(&["csh", "possible values"]);
}

/// bash itself completes a command and an option.
#[test]
fn bash_completes_commands_and_options() {
    let folder = Folder::new();
    folder.write("ringfence.bash", &folder.run(&["completions", "bash"]).stdout);
    let complete = |words: &str, place: usize| {
        let script = format!(
            "source ringfence.bash; COMP_WORDS=({words}); COMP_CWORD={place}; _ringfence ringfence \"${{COMP_WORDS[{place}]}}\" ringfence; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let command = Command::new("bash")
            .args(["--norc", "-c", &script])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output();
        String::from_utf8(command.unwrap().stdout).unwrap()
    };
    assert_eq!(complete("ringfence blast", 1).trim(), "blast-radius");
    assert_eq!(complete("ringfence check --one", 2).trim(), "--one-step");
}

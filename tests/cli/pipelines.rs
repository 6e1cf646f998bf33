//! What runs in pipelines: the hook that takes file names, the step of the action, and the files that others read.

use std::process::Command;

use super::harness::{ACCOUNT, Folder, Run, corpus, details, finish, invoker, program, reader};
use super::outputs::python;

const TOML: &str = "[[guardrail]]\nid = \"models\"\nkind = \"cannot-invoke\"\nmodels = \"all\"\nprincipals = { kinds = [\"role\"] }\n\n[models]\nall = { ids = [\"*\"] }\n";

/// A folder with a world in which nothing is violated, one in which something is, and policies beside them.
fn repository() -> Folder {
    let folder = Folder::new();
    for (world, role) in [("good", reader()), ("bad", invoker())] {
        let account = format!("{world}/accounts/{ACCOUNT}");
        folder.write(&format!("{account}/authorization-details.json"), &details(&[role]).to_string());
        folder.write(&format!("{account}/resource-policies.json"), "{}");
        folder.write(&format!("{account}/resources.json"), "[]");
        folder.write(&format!("{account}/inference-profiles.json"), "{\"inferenceProfileSummaries\": []}");
        folder.write(&format!("{world}/ringfence.toml"), TOML);
    }
    folder.write(
        "policies/good.json",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#,
    );
    folder.write("policies/bucket.json", r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}"#);
    folder.write(
        "policies/bad.json",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps","Action":"s3:*","Resource":"*"}]}"#,
    );
    folder.write("package.json", "{}");
    folder
}

#[test]
fn the_hook_checks_each_world_once_and_reads_policies() {
    let folder = repository();
    let account = |world: &str, file: &str| format!("{world}/accounts/{ACCOUNT}/{file}");
    let hook = |files: &[&str]| folder.run(&[&["pre-commit"], files].concat());
    let details = account("good", "authorization-details.json");
    let run = hook(&[
        &details,
        "good/ringfence.toml",
        "package.json",
        "policies/good.json",
        "policies/bucket.json",
        "README.md",
    ]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("1 world checked, 2 policy documents read, 2 files that are neither"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.starts_with("good\n") && run.stdout.contains("proved for single requests"),
        "{}",
        run.stdout
    );
    let run = hook(&["bad/ringfence.toml", &details]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("2 worlds checked") && run.stdout.contains("refuted"), "{}", run.stdout);
    // What is wrong with one hides no other.
    let run = hook(&["bad/ringfence.toml", "policies/bad.json", "policies/gone.json"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("refuted") && run.stderr.contains("Perhaps"), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("policies/gone.json"), "{}", run.stderr);
    assert_eq!((hook(&[]).code, hook(&["package.json"]).code), (0, 0));
    // A policy that is no JSON is none of the files that do not matter; a configuration with comments is.
    folder.write("policies/cut.json", "{\"Version\":\"2012-10-17\",\"Statement\":[{");
    folder.write("tsconfig.json", "{ // settings\n}");
    assert_eq!((hook(&["policies/cut.json"]).code, hook(&["tsconfig.json"]).code), (2, 0));
}

#[test]
fn the_hook_keeps_answers_in_the_folder_of_git() {
    let folder = repository();
    let kept = || {
        let entries = std::fs::read_dir(folder.path().join(".git/ringfence"));
        entries.map_or(0, Iterator::count)
    };
    folder.run(&["pre-commit", "good/ringfence.toml"]);
    assert!(!folder.path().join(".git").exists());
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    let first = folder.run(&["pre-commit", "good/ringfence.toml", "bad/ringfence.toml"]);
    let second = folder.run(&["pre-commit", "good/ringfence.toml", "bad/ringfence.toml"]);
    assert_eq!((kept(), first.code, first.stdout), (2, second.code, second.stdout));
    folder.run(&["pre-commit", "good/ringfence.toml", "--cache", "elsewhere"]);
    assert_eq!(std::fs::read_dir(folder.path().join("elsewhere")).unwrap().count(), 1);
    // From inside a world, too.
    let mut command = program();
    command.current_dir(folder.path().join("bad")).args(["pre-commit", "ringfence.toml"]);
    assert_eq!(finish(&command.output().unwrap()).code, 1);
}

/// The step of action.yml with an archive in which the program is the one under test.
fn step(folder: &Folder, variables: &[(&str, &str)]) -> Run {
    folder.write(
        "pack/ringfence-0/bin/ringfence",
        &format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_ringfence")),
    );
    let pack = "chmod +x pack/ringfence-0/bin/ringfence && tar -czf archive.tar.gz -C pack ringfence-0";
    assert!(Command::new("sh").args(["-c", pack]).current_dir(folder.path()).status().unwrap().success());
    let mut command = Command::new(corpus("../scripts/github-action.sh"));
    command.current_dir(folder.path()).env("RUNNER_TEMP", folder.path().join("temp"));
    command
        .env("GITHUB_OUTPUT", folder.path().join("output"))
        .env("GITHUB_STEP_SUMMARY", folder.path().join("summary"));
    command.envs(variables.iter().copied());
    finish(&command.output().unwrap())
}

#[test]
fn the_step_of_the_action_checks_and_says_how_it_ended() {
    let folder = repository();
    let bad = [
        ("RINGFENCE_ARCHIVE", "archive.tar.gz"),
        ("RINGFENCE_WORLD", "bad"),
        ("RINGFENCE_SARIF", "r.sarif"),
        ("RINGFENCE_ARGUMENTS", "--one-step --today 2026-11-26"),
        ("RINGFENCE_CACHE", "answers"),
    ];
    let run = step(&folder, &bad);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("::error ") && folder.read("r.sarif").contains("\"runs\""), "{}", run.stdout);
    assert_eq!(folder.read("output"), "exit-code=1\nsarif=r.sarif\n");
    assert!(folder.read("summary").contains("models") && folder.path().join("answers").exists());
    let good = [
        ("RINGFENCE_ARCHIVE", "archive.tar.gz"),
        ("RINGFENCE_WORLD", "good"),
        ("RINGFENCE_ARGUMENTS", "--one-step"),
    ];
    assert_eq!(step(&folder, &good).code, 0);
    // Arguments on several lines count as well.
    let lines = [bad[0], bad[1], ("RINGFENCE_ARGUMENTS", "--one-step\n--exit-zero\n")];
    assert_eq!(step(&folder, &lines).code, 0);
    // Nothing that users say is read by a shell.
    let hostile = [
        ("RINGFENCE_ARCHIVE", "archive.tar.gz"),
        ("RINGFENCE_WORLD", "$(touch hit)"),
        ("RINGFENCE_ARGUMENTS", "; touch hit"),
    ];
    assert_eq!(step(&folder, &hostile).code, 2);
    assert!(!folder.path().join("hit").exists());
    for (name, value, text) in [
        ("RINGFENCE_ARCHIVE", "", "`archive` is empty"),
        ("RINGFENCE_ARCHIVE", "none.tar.gz", "none.tar.gz is no file"),
        ("RINGFENCE_ARCHIVE", "https://example.invalid/a.tar.gz", "`sha256` is empty"),
        ("RINGFENCE_SHA256", "00", "another SHA-256"),
    ] {
        let run = step(&folder, &[&good[..], &[(name, value)]].concat());
        assert!(
            run.code == 2 && run.stdout.contains("::error") && run.stdout.contains(text),
            "{text}: {}",
            run.stdout
        );
    }
    folder.write("text.tar.gz", "no archive");
    let run = step(&folder, &[&good[..], &[("RINGFENCE_ARCHIVE", "text.tar.gz")]].concat());
    assert!(run.code == 2 && run.stdout.contains("is no archive"), "{}", run.stdout);
}

#[test]
fn what_pipelines_read_has_their_form() {
    let root = corpus("..");
    for (schema, file) in [
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-workflows", "docs/ci/github-workflow.yml"),
        ("vendor.gitlab-ci", "docs/ci/gitlab-ci.yml"),
    ] {
        let path = root.join(file);
        let said = python(&["-m", "check_jsonschema", "--builtin-schema", schema, path.to_str().unwrap()]);
        assert!(said.contains("ok"), "{file}: {said}");
    }
    // The hook in the documentation is the one that this repository offers.
    let (page, hooks) = (
        std::fs::read_to_string(root.join("docs/ci.md")).unwrap(),
        std::fs::read_to_string(root.join(".pre-commit-hooks.yaml")).unwrap(),
    );
    for line in hooks.lines().map(|line| line.trim_start_matches("- ").trim()) {
        let is_needed =
            ["entry:", "language:", "files:", "require_serial:"].iter().any(|start| line.starts_with(start));
        assert!(!is_needed || page.contains(line), "{line}");
    }
}

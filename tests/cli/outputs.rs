//! The formats for other programs, each read by a parser or held against a schema that is not ours.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, Run, corpus, finish, policy, program, role};

/// Every format of a check of the sample organisation, made once, by the name of the file.
pub(super) fn acme() -> &'static Folder {
    static FOLDER: OnceLock<Folder> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Folder::new();
        let mut command = program();
        command.current_dir(corpus(".."));
        command.args(["check", "corpus/organizations/acme", "--today", "2026-11-01", "--quiet"]);
        for format in FORMATS {
            command.arg("-o").arg(format!("{format}={}", folder.path().join(format).display()));
        }
        command.env("GITHUB_STEP_SUMMARY", folder.path().join("summary"));
        let run = finish(&command.output().unwrap());
        assert_eq!(run.code, 1, "{}", run.stderr);
        folder
    })
}

const FORMATS: [&str; 8] = ["text", "json", "sarif", "junit", "markdown", "github", "csv", "html"];

/// What `tests/validators/formats.py` reads in a file.
fn read_by_others(format: &str, file: &Path) -> Value {
    let output = python(&["formats.py", format, file.to_str().unwrap()]);
    serde_json::from_str(&output).unwrap()
}

/// A script of `tests/validators`, in the environment that `make setup-tests` makes.
pub(super) fn python(arguments: &[&str]) -> String {
    let root = corpus("..");
    let python = root.join(".tools/venv/bin/python");
    assert!(python.exists(), "{} is missing: run `make setup-tests`", python.display());
    let mut command = Command::new(python);
    command.current_dir(root.join("tests/validators")).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(super) fn list<'v>(value: &'v Value, pointer: &str) -> &'v Vec<Value> {
    value.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("no {pointer}"))
}

pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {value}"))
}

pub(super) fn report(folder: &Folder) -> Value {
    super::schemas::parsed(&folder.read("json"))
}

/// Principals of the JSON report, by list.
fn principals(report: &Value, name: &str) -> usize {
    list(report, "/guardrails").iter().map(|guardrail| list(guardrail, &format!("/{name}")).len()).sum()
}

fn count(report: &Value, name: &str) -> usize {
    let counts = list(report, "/guardrails").iter();
    counts.map(|guardrail| usize::try_from(guardrail.get(name).unwrap().as_u64().unwrap()).unwrap()).sum()
}

fn sarif_schema() -> &'static jsonschema::Validator {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let file = corpus("../tests/schemas/sarif-schema-2.1.0.json");
        let mut schema: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        // Two patterns for languages, which are not written, hold a bracket that only a lenient reader takes.
        for object in ["run", "toolComponent"] {
            let pointer = format!("/definitions/{object}/properties/language");
            let language = schema.pointer_mut(&pointer).and_then(Value::as_object_mut).unwrap();
            assert!(
                language.remove("pattern").is_some_and(|pattern| pattern.as_str().unwrap().ends_with("]?$"))
            );
        }
        jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
    })
}

/// A log that the standard's schema takes.
fn sarif(text: &str) -> Value {
    let log: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> =
        sarif_schema().iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    log
}

#[test]
fn oscal_is_read_by_the_reference_implementation_and_says_nothing_of_what_is_open() {
    let folder = Folder::new();
    let world = corpus("guardrails/forbid").to_str().unwrap().to_owned();
    let check = |more: &[&str]| {
        let outputs = ["-o", "json=json", "-o", "oscal=results.json"];
        folder.run(&[&["check", &world, "--today", "2026-11-26"][..], &outputs, more].concat())
    };
    check(&[]);
    let first = folder.read("results.json");
    let path = folder.path().join("results.json");
    let read = || -> Value { serde_json::from_str(&python(&["oscal.py", path.to_str().unwrap()])).unwrap() };
    let (found, report) = (read(), report(&folder));
    // An objective is satisfied only if its guardrail is proved of everybody: none of these is.
    assert!(list(&report, "/guardrails").iter().all(|guardrail| guardrail["verdict"] != "proved"));
    assert_eq!(found["states"].get("satisfied"), None, "{found}");
    assert!(found["states"]["not-satisfied"].as_u64().unwrap() > 3, "{found}");
    let decided = found["states"].as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>();
    assert!(
        principals(&report, "inconclusive") > 0 && found["observations"].as_u64().unwrap() > decided,
        "{found}"
    );
    check(&["--threads", "1"]);
    assert!(folder.read("results.json") == first, "identifiers are made of what was found");
    check(&["--evidence", "evidence"]);
    assert!(folder.read("results.json").contains("\"href\": \"evidence\""));
    // The reference implementation does read it.
    folder.write("results.json", &first.replace("\"not-satisfied\"", "\"perhaps\""));
    let refused = std::panic::catch_unwind(read);
    assert!(refused.is_err());
    let proved = Folder::world(&[super::harness::reader()]).with_empty_lists();
    proved.write(
        "ringfence.toml",
        "[[guardrail]]\nid = \"g\"\nkind = \"forbid\"\nactions = [\"s3:DeleteBucket\"]\nprincipals = { kinds = [\"role\"] }\n",
    );
    let run = proved.run(&["check", "--today", "2026-11-26", "-o", "oscal=results.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let states = python(&["oscal.py", proved.path().join("results.json").to_str().unwrap()]);
    let states: Value = serde_json::from_str(&states).unwrap();
    assert_eq!(states["states"], json!({ "satisfied": 1 }));
}

#[test]
fn sarif_is_what_the_standard_says_and_has_a_result_a_class() {
    let folder = acme();
    let log = sarif(&folder.read("sarif"));
    let report = report(folder);
    let results = list(&log, "/runs/0/results");
    let rules = list(&log, "/runs/0/tool/driver/rules");
    let mut fingerprints = BTreeSet::new();
    let mut named = 0;
    for result in results {
        let index = usize::try_from(result.get("ruleIndex").unwrap().as_u64().unwrap()).unwrap();
        assert_eq!(rules[index].get("id"), result.get("ruleId"));
        assert_eq!(text(result, "/kind"), "fail");
        let open = text(result, "/ruleId").ends_with("/inconclusive");
        assert_eq!(text(result, "/level"), if open { "warning" } else { "error" });
        let fingerprint = text(result, "/partialFingerprints/ringfence~1v1");
        assert!(fingerprints.insert(fingerprint.to_owned()), "two results are the same: {result}");
        let file = text(result, "/locations/0/physicalLocation/artifactLocation/uri");
        assert!(corpus("..").join(file).is_file(), "{file}");
        assert!(list(result, "/locations").len() <= 1_000);
        named += list(result, "/properties/principals").len();
    }
    let all = principals(&report, "violations")
        + principals(&report, "accepted")
        + principals(&report, "inconclusive");
    assert_eq!(named, all);
    assert!(results.len() < all, "principals with the same cause are one result");
    let suppressed = results.iter().filter(|result| result.get("suppressions").is_some()).collect::<Vec<_>>();
    let of_suppressed: usize =
        suppressed.iter().map(|result| list(result, "/properties/principals").len()).sum();
    assert_eq!(of_suppressed, principals(&report, "accepted"));
    for result in suppressed {
        assert_eq!(text(result, "/suppressions/0/status"), "accepted");
        assert!(text(result, "/suppressions/0/justification").contains("accepted by"));
    }
}

#[test]
fn a_path_is_a_code_flow_whose_steps_stand_at_the_statements() {
    let log = sarif(&acme().read("sarif"));
    let mut flows = 0;
    for result in list(&log, "/runs/0/results").iter().filter(|result| result.get("codeFlows").is_some()) {
        let steps = list(result, "/codeFlows/0/threadFlows/0/locations");
        flows += 1;
        for (index, step) in steps.iter().enumerate() {
            assert_eq!(step.get("executionOrder"), Some(&json!(index + 1)));
            let Some(file) = step.pointer("/location/physicalLocation/artifactLocation/uri") else {
                continue;
            };
            let line = step.pointer("/location/physicalLocation/region/startLine").unwrap().as_u64().unwrap();
            let content = std::fs::read_to_string(corpus("..").join(file.as_str().unwrap())).unwrap();
            let lines: Vec<&str> = content.lines().collect();
            let line = usize::try_from(line).unwrap();
            let near = lines[line - 1..(line + 2).min(lines.len())].join(" ");
            assert!(near.contains('{') || near.contains("%7B"), "{file}:{line} is no statement: {near}");
        }
    }
    assert!(flows >= 20, "{flows} code flows");
}

/// A world whose names break out of every format that does not escape them, with a violation, one that is accepted, and one
/// that has a reason of that kind.
pub(super) fn hostile() -> Folder {
    let name = "x@mention,=+.-";
    let mut found = role(
        name,
        &policy(&[json!({
            "Sid": "<script>alert(2)</script>|@sid=cmd()\u{202e}::error::", "Effect": "Allow",
            "Action": "bedrock:InvokeModel", "Resource": "*"
        })]),
    );
    let path = "/<script>alert(1)</script>|%0A::error::`#1`[x](http://a.b)\"'&lt;/";
    found["Path"] = json!(path);
    found["Arn"] = json!(format!("arn:aws:iam::{ACCOUNT}:role{path}{name}"));
    found["RolePolicyList"][0]["PolicyName"] = json!("=cmd|'/C calc'!A0");
    let mut accepted = found.clone();
    accepted["RoleName"] = json!("accepted");
    accepted["RoleId"] = json!("AROAEXAMPLEACCEPTED");
    accepted["Arn"] = json!(format!("arn:aws:iam::{ACCOUNT}:role{path}accepted"));
    let folder = Folder::world(&[found, accepted]).with_empty_lists();
    folder.write(
        "ringfence.toml",
        "[[guardrail]]\nid = \"=models|<b>@all\"\nkind = \"cannot-invoke\"\nmodels = \"expensive\"\n\
         principals = { include = [\"*role/*\"] }\n\
         [[exception]]\nguardrail = \"=models|<b>@all\"\nprincipal = \"*accepted\"\n\
         reason = \"<img src=x onerror=alert(1)> @team | ::error::x\"\nowner = \"=HYPERLINK(1)\"\nexpires = 2026-12-31\n\
         [[exception]]\nguardrail = \"=models|<b>@all\"\nprincipal = \"*accepted\"\n\
         reason = \"@old\"\nowner = \"</pre><script>\"\nexpires = \"soon\"\n",
    );
    folder
}

pub(super) fn hostile_run(folder: &Folder) -> Run {
    let mut arguments = vec!["check".to_owned(), "--today".to_owned(), "2026-12-31".to_owned()];
    for format in FORMATS {
        arguments.extend(["-o".to_owned(), format!("{format}={format}")]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    folder.run(&arguments)
}

#[test]
fn hostile_names_stay_names_in_every_format() {
    let folder = hostile();
    let run = hostile_run(&folder);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("ringfence.toml:"), "{}", run.stderr);
    assert!(run.stderr.contains("counts as expired, since `soon` is no day"), "{}", run.stderr);
    let log = sarif(&folder.read("sarif"));
    assert_eq!(list(&log, "/runs/0/results").len(), 2);

    let junit = read_by_others("junit", &folder.path().join("junit"));
    assert_eq!(list(&junit, "/cases").len(), 2);
    let arn = format!(
        "arn:aws:iam::{ACCOUNT}:role/<script>alert(1)</script>|%0A::error::`#1`[x](http://a.b)\"'&lt;/x@mention,=+.-"
    );
    assert!(list(&junit, "/cases").iter().any(|case| text(case, "/name") == arn), "{junit}");

    let page = read_by_others("markdown", &folder.path().join("markdown"));
    assert_eq!(page.get("foreign"), Some(&json!([])), "{page}");
    assert_eq!(page.get("attributes"), Some(&json!([])), "{page}");
    assert!(text(&page, "/text").contains(&arn), "{page}");
    // A mention, a reference or a link would be made of the source, outside of code.
    let source = folder.read("markdown");
    assert!(!source.contains("@team") && !source.contains("@old") && !source.contains("](http"), "{source}");

    let table = read_by_others("csv", &folder.path().join("csv"));
    for row in list(&table, "/rows") {
        for (column, cell) in row.as_object().unwrap() {
            let cell = cell.as_str().unwrap();
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{column}: {cell}");
        }
    }
    for line in folder.read("github").lines() {
        let level = line.strip_prefix("::").and_then(|line| line.split_once(' ')).unwrap().0;
        assert!(["error", "warning", "notice"].contains(&level), "{line}");
    }
    assert_eq!(folder.read("github").lines().filter(|line| line.starts_with("::error ")).count(), 1);
}

#[test]
fn the_same_input_gives_the_same_bytes_on_any_number_of_threads() {
    let folder = hostile();
    let run = |threads: &str| {
        let mut arguments = vec!["check".to_owned(), "--today".to_owned(), "2026-12-31".to_owned()];
        arguments.extend(["--threads".to_owned(), threads.to_owned()]);
        arguments.extend(FORMATS.iter().flat_map(|format| ["-o".to_owned(), format!("{format}={format}")]));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        assert_eq!(folder.run(&arguments).code, 1);
        FORMATS.map(|format| folder.read(format))
    };
    let first = run("1");
    for threads in ["1", "2", "8"] {
        for (format, (left, right)) in FORMATS.iter().zip(first.iter().zip(&run(threads))) {
            assert!(left == right, "{format} differs with {threads} threads");
        }
    }
}

#[test]
fn what_is_open_to_everybody_is_told_with_the_paths() {
    let world = corpus("provenance");
    let mut command = program();
    command.args(["paths", "--quiet", "--world", world.to_str().unwrap(), "-o", "sarif"]);
    let run = finish(&command.output().unwrap());
    let log = sarif(&run.stdout);
    let told = list(&log, "/runs/0/invocations/0/toolExecutionNotifications").iter();
    assert!(
        told.map(|note| text(note, "/message/text")).any(|text| text.contains("everybody may call")),
        "{log}"
    );
}

#[test]
fn junit_shows_what_is_not_decided_as_not_passed() {
    let folder = acme();
    let (junit, report) = (read_by_others("junit", &folder.path().join("junit")), report(folder));
    let with = |word: &str| {
        let cases = list(&junit, "/cases").iter();
        cases.filter(|case| case.pointer("/results/0/0").is_some_and(|found| found == word)).count()
    };
    assert_eq!(with("failure"), principals(&report, "violations"));
    assert_eq!(with("error"), principals(&report, "inconclusive"));
    assert_eq!(with("skipped"), principals(&report, "accepted") + count(&report, "notApplicable"));
    let passed = list(&junit, "/cases").iter().filter(|case| list(case, "/results").is_empty()).count();
    assert_eq!(passed, count(&report, "proved"));
    assert_eq!(junit.get("failures"), Some(&json!(with("failure"))));
    assert_eq!(junit.get("errors"), Some(&json!(with("error"))));
}

/// What is written in Base64.
fn base64_text(text: &str) -> String {
    use base64::Engine as _;
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).unwrap()).unwrap()
}

#[test]
fn what_is_proved_while_input_is_missing_does_not_pass() {
    // Nothing tells who is in the management account.
    let folder = Folder::world(&[super::harness::reader()]).with_empty_lists();
    folder.write(
        "organization.json",
        &super::designs::organization(&[super::boundary::allow_all()]).to_string(),
    );
    folder.write(
        "ringfence.toml",
        "[[guardrail]]\nid = \"keep\"\nkind = \"forbid\"\nactions = [\"s3:DeleteBucket\"]\nprincipals = { include = [\"*role/*\"] }\n",
    );
    let outputs = ["-o", "junit=junit", "-o", "sarif=sarif", "-o", "github", "-o", "oscal=oscal.json"];
    let run = folder.run(&[&["check", "--evidence", "evidence"][..], &outputs].concat());
    assert_eq!(run.code, 3, "{}", run.stderr);
    let path = folder.path().join("oscal.json");
    let results: Value = serde_json::from_str(&python(&["oscal.py", path.to_str().unwrap()])).unwrap();
    assert_eq!(results["states"], json!({}), "{results}");
    // A certificate tells what is missing, and the statement about it is no pass.
    let mut certificates = Vec::new();
    super::evidence::files(&folder.path().join("evidence/certificates"), &mut certificates);
    assert_eq!(certificates.len(), 1);
    for file in &certificates {
        let certificate: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let missing = list(&certificate, "/missing").iter();
        assert!(missing.clone().any(|missing| missing["effect"] == "inconclusive"), "{certificate}");
    }
    let envelope: Value = serde_json::from_str(&folder.read("evidence/statement.dsse.json")).unwrap();
    let payload = base64_text(text(&envelope, "/payload"));
    assert!(payload.contains("\"result\":\"WARNED\""), "{payload}");
    let junit = read_by_others("junit", &folder.path().join("junit"));
    assert_eq!(junit.get("errors"), Some(&json!(1)), "{junit}");
    let log = sarif(&folder.read("sarif"));
    assert_eq!(text(&log, "/runs/0/results/0/ruleId"), "keep/inconclusive");
    assert!(run.stdout.contains("::warning "), "{}", run.stdout);
}

#[test]
fn csv_has_a_line_a_guardrail_and_principal() {
    let folder = acme();
    let (table, report) = (read_by_others("csv", &folder.path().join("csv")), report(folder));
    let with = |verdict: &str| {
        list(&table, "/rows")
            .iter()
            .filter(|row| row.get("verdict").is_some_and(|found| found == verdict))
            .count()
    };
    assert_eq!(with("refuted"), principals(&report, "violations") + principals(&report, "accepted"));
    assert_eq!(with("inconclusive"), principals(&report, "inconclusive"));
    assert_eq!(with("proved"), count(&report, "proved"));
    assert_eq!(with("not-applicable"), count(&report, "notApplicable"));
}

#[test]
fn a_comment_fits_and_says_what_it_leaves_out() {
    let folder = acme();
    let page = read_by_others("markdown", &folder.path().join("markdown"));
    assert!(page.get("characters").unwrap().as_u64().unwrap() < 65_536);
    assert_eq!(page.get("foreign"), Some(&json!([])));
    assert_eq!(page.get("rows"), Some(&json!(4)), "a heading and three guardrails");
    assert!(page.get("details").unwrap().as_u64().unwrap() > 10);
    let source = folder.read("markdown");
    assert!(source.starts_with("<!-- ringfence:check -->\n"), "{source}");
    assert!(source.contains("for which a comment has no room"), "the sample organisation has more");
    assert_eq!(folder.read("summary"), source, "the summary of the job is the comment");
}

#[test]
fn annotations_name_files_of_the_repository() {
    let folder = acme();
    let mut errors = 0;
    for line in folder.read("github").lines().filter(|line| line.starts_with("::error ")) {
        let (properties, _) = line.strip_prefix("::error ").unwrap().split_once("::").unwrap();
        let file = properties.split(',').find_map(|one| one.strip_prefix("file=")).unwrap();
        assert!(corpus("..").join(file).is_file(), "{file}");
        errors += 1;
    }
    let log = sarif(&folder.read("sarif"));
    let results = list(&log, "/runs/0/results").iter();
    let open =
        results.filter(|result| text(result, "/level") == "error" && result.get("suppressions").is_none());
    assert_eq!(errors, open.count());
}

#[test]
fn moved_lines_and_new_principals_change_no_fingerprint() {
    let fingerprints = |folder: &Folder| {
        let run = folder.run(&["check", "-o", "sarif"]);
        let log = sarif(&run.stdout);
        let results = list(&log, "/runs/0/results").iter();
        let of = |result: &Value| text(result, "/partialFingerprints/ringfence~1v1").to_owned();
        let places =
            |result: &Value| result.pointer("/locations/0/physicalLocation/region/startLine").cloned();
        results.map(|result| (of(result), places(result))).unzip::<_, _, BTreeSet<_>, Vec<_>>()
    };
    let toml = "[[guardrail]]\nid = \"models\"\nkind = \"cannot-invoke\"\nmodels = \"expensive\"\n\
                principals = { include = [\"*role/*\"] }\n";
    let world = |roles: &[Value], moved: bool| {
        let folder = Folder::new();
        let details = serde_json::to_string_pretty(&super::harness::details(roles)).unwrap();
        let details = if moved { format!("\n\n\n{details}") } else { details };
        folder.write(&format!("accounts/{ACCOUNT}/authorization-details.json"), &details);
        folder.write("ringfence.toml", toml);
        folder.with_empty_lists()
    };
    let (before, lines) = fingerprints(&world(&[super::harness::invoker()], false));
    let (after, moved) = fingerprints(&world(&[super::harness::invoker()], true));
    assert_eq!(before, after);
    assert_ne!(lines, moved, "the lines did move");
    let (more, _) = fingerprints(&world(&[super::harness::reader(), super::harness::invoker()], false));
    assert_eq!(before, more);
    assert_eq!(before.len(), 1);
}

#[test]
fn paths_and_boundary_have_the_same_formats() {
    let folder = Folder::new();
    let world = corpus("organizations/acme");
    let arguments = |command: &[&str]| {
        let mut all: Vec<String> = command.iter().map(|&part| part.to_owned()).collect();
        for format in ["sarif", "junit", "markdown", "github", "csv"] {
            all.extend(["-o".to_owned(), format!("{format}={}", folder.path().join(format).display())]);
        }
        all
    };
    let world = world.to_str().unwrap();
    let paths = ["paths", "arn:aws:iam::100200300433:role/ml/engineer", "--world", world, "--quiet"];
    let policy = corpus("../tests/cli/outputs/boundary.json");
    let boundary = ["boundary", policy.to_str().unwrap(), "--guardrails-only", "--one-step"];
    for (command, rule) in [(&paths[..], "expensive-model"), (&boundary[..], "expensive-models")] {
        let run = finish(&program().args(arguments(command)).output().unwrap());
        assert_eq!(run.code, 1, "{}", run.stderr);
        let log = sarif(&folder.read("sarif"));
        let found = list(&log, "/runs/0/results").iter().any(|result| text(result, "/ruleId") == rule);
        assert!(found, "{log}");
        let junit = read_by_others("junit", &folder.path().join("junit"));
        assert!(junit.get("failures").unwrap().as_u64().unwrap() > 0, "{junit}");
        let page = read_by_others("markdown", &folder.path().join("markdown"));
        assert_eq!(page.get("foreign"), Some(&json!([])));
        let marker = format!("<!-- ringfence:{} -->\n", command[0]);
        assert!(folder.read("markdown").starts_with(&marker));
        assert!(!list(&read_by_others("csv", &folder.path().join("csv")), "/rows").is_empty());
        assert!(folder.read("github").starts_with("::error "));
    }
}

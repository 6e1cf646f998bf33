//! `ringfence check`: exit codes, where the world comes from, and where answers go.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, details, finish, invoker, policy, reader, role};

/// A guardrail that `reader` keeps and `invoker` breaks.
const ONE_GUARDRAIL: &str = "[[guardrail]]\nid = \"models\"\nkind = \"cannot-invoke\"\nmodels = \"expensive\"\n\
     principals = { include = [\"arn:aws:iam::*:role/*\"] }\n";

#[test]
fn proved_is_zero_and_refuted_is_one() {
    let folder = Folder::world(&[reader()]).with_empty_lists();
    folder.write("ringfence.toml", ONE_GUARDRAIL);
    for (arguments, words) in
        [(&["check"][..], "proved over all steps"), (&["check", "--one-step"], "proved for single requests")]
    {
        let run = folder.run(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
        assert!(run.stdout.contains(words), "{}", run.stdout);
        assert_eq!(run.stdout.matches("proved").count(), run.stdout.matches(words).count(), "{}", run.stdout);
    }

    let folder = Folder::world(&[reader(), invoker()]).with_empty_lists();
    folder.write("ringfence.toml", ONE_GUARDRAIL);
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("1 violating, 1 proved over all steps"), "{}", run.stdout);
    assert!(run.stdout.contains("statement 0 (Sid Invoke)"), "{}", run.stdout);
    assert!(run.stdout.contains("it has no permissions boundary"), "{}", run.stdout);
    assert_eq!(folder.run(&["check", "--exit-zero"]).code, 0);
    assert_eq!(folder.run(&["check", "--fail-on", "refuted"]).code, 1);
}

#[test]
fn a_guardrail_that_is_about_nobody_is_three() {
    let folder = Folder::world(&[reader()]);
    folder.write("ringfence.toml", "[[guardrail]]\nid = \"escape\"\nkind = \"cannot-escape-boundary\"\n");
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(run.stdout.contains("escape  not applicable"), "{}", run.stdout);
    assert_eq!(folder.run(&["check", "--fail-on", "refuted"]).code, 0);
    assert_eq!(folder.run(&["check", "--exit-zero"]).code, 0);

    let nobody = ONE_GUARDRAIL.replace("role/*", "role/nobody");
    folder.write("ringfence.toml", &nobody);
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(run.stdout.contains("match nobody"), "{}", run.stdout);
}

#[test]
fn an_accepted_violation_stays_refuted_and_counts_as_zero() {
    let folder = Folder::world(&[reader(), invoker()]).with_empty_lists();
    let exception = format!(
        "{ONE_GUARDRAIL}[[exception]]\nguardrail = \"models\"\nprincipal = \"arn:aws:iam::{ACCOUNT}:role/invoker\"\n\
         reason = \"a trial\"\nowner = \"anna\"\nexpires = 2026-12-31\n"
    );
    folder.write("ringfence.toml", &exception);
    let run = folder.run(&["check", "--today", "2026-12-31", "-o", "json"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let guardrail = run.json().pointer("/guardrails/0").cloned().unwrap();
    assert_eq!(guardrail.get("verdict"), Some(&Value::from("refuted")));
    assert_eq!(guardrail.pointer("/violations"), Some(&json!([])));
    assert_eq!(guardrail.pointer("/accepted/0/owner"), Some(&Value::from("anna")));
    assert_eq!(guardrail.pointer("/accepted/0/expires"), Some(&Value::from("2026-12-31")));
    let run = folder.run(&["check", "--today", "2026-12-31"]);
    assert!(run.stdout.contains("every violation accepted"), "{}", run.stdout);
    assert!(run.stdout.contains("accepted by anna, until 2026-12-31: a trial"), "{}", run.stdout);

    let run = folder.run(&["check", "--today", "2027-01-01"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("expired on 2026-12-31"), "{}", run.stdout);
}

#[test]
fn one_export_alone_is_enough() {
    let folder = Folder::new();
    folder.write("account.json", &details(&[invoker()]).to_string());
    let run = folder.run(&["check", "--authorization-details", "account.json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(
        run.stdout.contains("Missing input: accounts/*/inference-profiles.json, accounts/*/resource-polici"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("at account.json:1"), "{}", run.stdout);
    let run =
        folder.run(&["check", "--authorization-details", "account.json", "--organization", "none.json"]);
    run.refused(&["none.json:1:1", "does not exist", "docs/organization-export.sh"]);
}

#[test]
fn a_session_of_an_administrator_is_listed_once() {
    let everything = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let folder = Folder::world(&[role("admin", &policy(&[everything])), reader()]);
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 1);
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/admin");
    assert_eq!(run.stdout.matches(&format!("  {arn}: refuted under")).count(), 1, "{}", run.stdout);
    assert!(!run.stdout.contains(&format!("principal   {arn}")), "{}", run.stdout);
    let json = folder.run(&["check", "-o", "json"]).json();
    assert_eq!(json.pointer("/summary/administrators"), Some(&json!([arn])));
    assert_eq!(json.pointer("/summary/roots"), Some(&Value::from(1)));
}

#[test]
fn answers_go_where_they_are_sent() {
    let folder = Folder::world(&[reader()]);
    let run = folder.run(&["check", "-o", "json=out.json", "-o", "text=out.txt"]);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    assert!(folder.read("out.json").starts_with("{\n  \"schemaVersion\": 1,"));
    assert!(folder.read("out.txt").starts_with("Ringfence "), "no colour in files");
    folder.run(&["check", "-o", "text", "-o", "json"]).refused(&["two outputs go to standard output"]);
    folder
        .run(&["check", "-o", "json=no/such/folder.json"])
        .refused(&["no/such/folder.json could not be written"]);
    folder.run(&["check", "-o", "yaml"]).refused(&["no output format"]);
}

#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_not() {
    let folder = Folder::world(&[invoker()]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = folder.command(&["check"]).stdout(full).output().unwrap();
    let run = finish(&output);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("standard output could not be written"), "{}", run.stderr);

    let mut child = folder.command(&["check"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    // The reader goes away after at most one line, and perhaps before the first.
    let mut reader = BufReader::with_capacity(16, child.stdout.take().unwrap());
    reader.read_line(&mut line).unwrap();
    drop(reader);
    let run = finish(&child.wait_with_output().unwrap());
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
}

#[test]
fn colour_is_for_terminals_and_no_color_wins() {
    let folder = Folder::world(&[invoker()]);
    assert!(!folder.run(&["check"]).stdout.contains('\u{1b}'));
    let forced = finish(&folder.command(&["check"]).env("CLICOLOR_FORCE", "1").output().unwrap());
    assert!(forced.stdout.contains('\u{1b}'));
    let never = folder.command(&["check"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().unwrap();
    assert!(!finish(&never).stdout.contains('\u{1b}'));
    assert_eq!(anstream_stripped(&forced.stdout), folder.run(&["check"]).stdout);
}

/// `text` without escape sequences of colour.
fn anstream_stripped(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

#[test]
fn the_past_is_checked_and_the_future_refused() {
    let folder = Folder::world(&[reader()]);
    let run = folder.run(&["check", "-o", "json"]);
    assert_eq!(run.json().pointer("/guardrails/0/asOf"), Some(&Value::from("2026-03-01T08:00:00Z")));
    let run = folder.run(&["check", "--as-of", "2026-01-01", "-o", "json"]);
    assert_eq!(run.json().pointer("/guardrails/0/asOf"), Some(&Value::from("2026-01-01T00:00:00Z")));
    folder.run(&["check", "--as-of", "2999-01-01"]).refused(&["later than this machine's clock"]);
    folder.run(&["check", "--as-of", "soon"]).refused(&["--as-of"]);

    let text = details(&[reader()]).to_string().replace("2026-03-01", "2999-03-01");
    folder.write(&format!("accounts/{ACCOUNT}/authorization-details.json"), &text);
    folder.run(&["check"]).refused(&["the newest date in the world", "--as-of"]);
}

#[test]
fn a_pinned_point_is_in_every_output() {
    let folder = Folder::world(&[reader()]);
    let run = folder.run(&["check", "--assume", "F17=lower"]);
    assert!(run.stdout.contains("F17 is read as lower: given on the command line"), "{}", run.stdout);
    let json = folder.run(&["check", "--assume", "F17=lower", "-o", "json"]).json();
    let assumptions = json.pointer("/guardrails/0/assumptions").unwrap().to_string();
    assert!(assumptions.contains("F17"), "{assumptions}");
    folder.run(&["check", "--assume", "F99=lower"]).refused(&["no open point"]);
    folder.run(&["check", "--assume", "F3=lower"]).refused(&["stated assumption"]);
}

#[test]
fn a_point_is_read_in_one_way() {
    let folder = Folder::world(&[reader()]);
    folder.write("case.json", "{}");
    for command in [
        &["check", "--assume", "F7=lower", "--assume", "F7=upper"][..],
        &["can", "role/reader", "s3:GetObject", "--assume", "F7=lower", "--assume", "F7=upper"],
        &["simulate", "case.json", "--assume", "F7=lower", "--assume", "F7=upper"],
    ] {
        folder.run(command).refused(&["--assume reads F7 in two ways", "give each point once"]);
    }
    let run = folder.run(&["check", "--assume", "F7=lower", "--assume", "F7=lower", "--assume", "F9=upper"]);
    assert_ne!(run.code, 2, "{}", run.stderr);
    // The command line wins over the file, and the report says so.
    folder.write("ringfence.toml", "[assumptions]\nF7 = { choice = \"upper\", reason = \"by support\" }\n");
    let run = folder.run(&["check", "--assume", "F7=lower"]);
    assert!(run.stdout.contains("F7 is read as lower: given on the command line"), "{}", run.stdout);
    assert!(!run.stdout.contains("by support"), "{}", run.stdout);
}

#[test]
fn every_error_of_every_file_is_shown() {
    let folder = Folder::world(&[reader()]);
    folder.write("accounts/444455556666/authorization-details.json", "{");
    folder.write("ringfence.toml", "[model]\n[[guardrail]]\nid = 3\n");
    folder.write("mine.tsv", "nothing\n");
    let run = folder.run(&["check", "--models", "mine.tsv"]);
    run.refused(&[
        "444455556666/authorization-details.json:1",
        "ringfence.toml:1:2",
        "ringfence.toml:3:6",
        "mine.tsv:1",
    ]);
    assert!(run.stderr.contains("errors in the input"), "{}", run.stderr);
}

#[test]
fn usage_errors_are_two() {
    let folder = Folder::new();
    for arguments in [
        &["check", "--no-such-flag"][..],
        &["check", "a", "--world", "b"],
        &["check", "--organization", "o.json"],
        &["check", "--threads", "0"],
        &["who-can", "s3:GetObject"],
        &[],
    ] {
        let run = folder.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["--version"], &["check", "--help"], &["simulate", "--help"]] {
        let run = folder.run(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(run.stdout.contains("ringfence"), "{}", run.stdout);
    }
}

#[test]
fn a_table_of_ones_own_decides() {
    let arn = "arn:aws:iam::aws:policy/Newest";
    let mut new = reader();
    new["AttachedManagedPolicies"] = json!([{ "PolicyName": "Newest", "PolicyArn": arn }]);
    let folder = Folder::world(&[new]);
    folder.write("ringfence.toml", ONE_GUARDRAIL);
    folder.run(&["check"]).refused(&[arn, "newer than the embedded list"]);
    let statement = json!({ "Effect": "Allow", "Action": "bedrock:*", "Resource": "*" });
    let table = format!(
        "ringfence-managed-policies\t1\nsource\tmine\t1\t2026-11-20\tMIT\tff\npolicy\t/\tNewest\tv1\t2026-11-20\t{}\n",
        policy(&[statement])
    );
    folder.write("mine.tsv", &table);
    let run = folder.run(&["check", "--managed-policies", "mine.tsv"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("AWS managed policies  2026-11-20, mine.tsv"), "{}", run.stdout);

    // A table in which nothing is expensive leaves the models of AWS's inference profiles without a price, and so expensive, unless told
    // otherwise.
    let models = "id\tprovider\tinput\toutput\tsource\tdate\nacme.small-v1:0\tacme\t1\t2\tmine\t2026-11-01\n";
    folder.write("models.tsv", models);
    let run = folder.run(&["check", "--managed-policies", "mine.tsv", "--models", "models.tsv"]);
    assert!(run.stdout.contains("Prices of 2026-11-01."), "{}", run.stdout);
    assert_eq!(run.code, 1, "{}", run.stdout);
    let known = "[models]\nexpensive = { output_price_above = 10.0, unknown_price = false }\n";
    folder.write("ringfence.toml", &format!("{known}{ONE_GUARDRAIL}"));
    let run = folder.run(&["check", "--managed-policies", "mine.tsv", "--models", "models.tsv"]);
    assert_ne!(run.code, 1, "{}", run.stdout);
}

#[test]
fn findings_with_one_cause_are_one_finding_and_the_largest_comes_first() {
    let arn = "arn:aws:iam::aws:policy/AmazonBedrockFullAccess";
    let shared = |name: &str| {
        let mut role =
            role(name, &policy(&[json!({ "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*" })]));
        role["AttachedManagedPolicies"] =
            json!([{ "PolicyName": "AmazonBedrockFullAccess", "PolicyArn": arn }]);
        role
    };
    let folder = Folder::world(&[invoker(), shared("one"), shared("two"), shared("three")]);
    folder.write("ringfence.toml", ONE_GUARDRAIL);
    let run = folder.run(&["check"]);
    assert!(run.stdout.contains("4 findings by 2 causes"), "{}", run.stdout);
    let first =
        run.stdout.find("1. 3 principals: no boundary, and AmazonBedrockFullAccess allows it").unwrap();
    let second = run.stdout.find("2. 1 principal: no boundary, and inline (inline) allows it").unwrap();
    assert!(first < second);
    assert!(run.stdout.contains("at <managed AmazonBedrockFullAccess>:1"), "{}", run.stdout);
}

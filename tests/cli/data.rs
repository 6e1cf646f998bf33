//! `ringfence data`.

use super::harness::{Folder, corpus, finish, program};

#[test]
fn what_is_embedded_is_named_with_date_and_source() {
    let folder = Folder::new();
    let run = folder.run(&["data"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    for text in [
        "catalogue: 457 services",
        "data of 2026-10-27, embedded",
        "1582 AWS managed policies",
        "MIT",
        "profiles: ",
    ] {
        assert!(run.stdout.contains(text), "{text}: {}", run.stdout);
    }
    let json = folder.run(&["data", "-o", "json"]).json();
    assert_eq!(json.pointer("/tables/0/name").unwrap(), "catalogue");
    assert_eq!(json.pointer("/tables/0/sha256").unwrap().as_str().unwrap().len(), 64);
}

#[test]
fn rows_are_found_by_name() {
    let folder = Folder::new();
    let run = folder.run(&["data", "models", "opus", "-o", "json"]);
    let rows = run.json();
    let rows = rows.pointer("/rows").unwrap().as_array().unwrap();
    assert!(rows.len() > 3 && rows.iter().all(|row| row["model"].as_str().unwrap().contains("opus")));
    let run = folder.run(&["data", "actions", "BEDROCK:InvokeModel"]);
    assert!(run.stdout.contains("bedrock:InvokeModel") && run.stdout.lines().count() == 2, "{}", run.stdout);
    assert!(folder.run(&["data", "keys", "aws:SourceIp"]).stdout.contains("Ip"));
    assert!(folder.run(&["data", "managed-policies", "AdministratorAccess"]).stdout.lines().count() > 1);
    assert!(folder.run(&["data", "profiles", "eu."]).stdout.lines().count() > 1);
}

#[test]
fn an_action_that_does_not_exist_gets_the_nearest_ones() {
    let folder = Folder::new();
    folder
        .run(&["data", "actions", "bedrock:UpdateModel"])
        .refused(&["no such action: `bedrock:UpdateModel`", "the nearest are bedrock:Update"]);
    folder.run(&["data", "models", "no-such-model"]).refused(&["no row"]);
}

#[test]
fn a_table_of_ones_own_takes_the_place() {
    let folder = Folder::new();
    folder.write(
        "models.tsv",
        "id\tprovider\tinput\toutput\tsource\tdate\nacme.large-v1:0\tacme\t1\t99\tmine\t2026-11-01\n",
    );
    let run = folder.run(&["data", "models", "--models", "models.tsv"]);
    assert!(
        run.stdout.contains("acme.large-v1:0") && run.stdout.lines().count() == 2,
        "{}{}",
        run.stdout,
        run.stderr
    );
    folder.write("broken.tsv", "id\nx\n");
    folder
        .run(&["data", "--models", "broken.tsv", "--catalogue", "none.gz"])
        .refused(&["broken.tsv:1", "none.gz:1:1"]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_table() {
    let folder = Folder::new();
    let table = "id\tprovider\tinput\toutput\tsource\tdate\nacme.large-v1:0\tacme\t1\t99\tmine\t2026-11-01\n";
    folder.write("models.tsv", &format!("\u{FEFF}{table}"));
    let run = folder.run(&["data", "models", "--models", "models.tsv"]);
    assert!(run.stdout.contains("acme.large-v1:0"), "{}{}", run.stdout, run.stderr);
    folder.write("models.tsv", &format!("\u{FEFF}\u{FEFF}{table}"));
    folder.run(&["data", "models", "--models", "models.tsv"]).refused(&["models.tsv:1", "unknown column"]);
}

#[test]
fn a_geography_before_a_model_is_taken_off() {
    let folder = Folder::new();
    let rows = |name: &str| folder.run(&["data", "models", name]).stdout;
    let bare = rows("anthropic.claude-opus");
    assert!(bare.lines().count() > 1);
    for name in ["us.anthropic.claude-opus", "GLOBAL.anthropic.claude-opus", "us-gov.anthropic.claude-opus"] {
        assert_eq!(rows(name), bare, "{name}");
    }
    folder.run(&["data", "models", "zz.anthropic.claude-opus"]).refused(&["no row"]);
    folder.run(&["data", "models", "us."]).refused(&["no row"]);
}

#[test]
fn old_tables_are_a_remark_or_refused() {
    let world = corpus("worlds/routes-without-a-role");
    let run = |arguments: &[&str]| {
        finish(&program().arg("check").arg(&world).args(["-q"]).args(arguments).output().unwrap())
    };
    let fresh = run(&["--today", "2026-11-20"]);
    assert!(!fresh.stdout.contains("days old"), "{}", fresh.stdout);
    let later = run(&["--today", "2027-06-01"]);
    assert_eq!(later.code, fresh.code, "a remark changes no exit code");
    assert!(
        later.stdout.contains("the actions of the catalogue are of 2026-10-27, 217 days old"),
        "{}",
        later.stdout
    );
    assert!(later.stdout.contains("the prices are of"), "{}", later.stdout);
    let refused = run(&["--today", "2027-06-01", "--max-data-age", "200"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("217 days old; "), "{}", refused.stderr);
    assert!(refused.stdout.is_empty(), "{}", refused.stdout);
    assert_eq!(run(&["--today", "2027-06-01", "--max-data-age", "100000"]).code, fresh.code);
}

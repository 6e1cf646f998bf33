//! What `ringfence check` costs against principals, different formulas and statements: a table, and the pictures of
//! docs/performance.md.
//!
//! `cargo build --release -p ringfence && cargo bench -p ringfence-tests --bench curves`, about three minutes. The pictures
//! are written to target/tmp/benches; with `-- docs/performance`, from the folder of the project, to that folder.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot start has nothing to measure")]

#[path = "chart.rs"]
mod chart;
#[path = "program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use chart::{Chart, Line};
use program::{Cost, folder, median, parsing_time, run, write};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::check::check;
use ringfence_solver::guardrail::Configuration;
use ringfence_tests::checks::options;
use ringfence_tests::generator::world::{WorldPlan, exports};
use serde_json::{Value, json};

fn main() {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pictures = named.map_or_else(folder, |name| project.join(name));
    fs::create_dir_all(&pictures).expect("a folder for the pictures");
    principals(&pictures);
    formulas(&pictures);
    statements(&pictures);
    one_question(&pictures);
}

fn measure(world: &Path) -> Cost {
    let world = world.to_str().expect("a path of Unicode");
    let output = folder().join("curve.txt");
    median(3, || run(&["check", "--one-step", "--quiet", "--threads", "2", world], &output))
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// No two alike, beside the time to parse the JSON.
fn principals(pictures: &Path) {
    let (mut checks, mut parses, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    println!("principals   seconds  MiB  parsing");
    for principals in [250, 500, 1_000, 2_000, 5_000, 10_000, 20_000] {
        let world = write("curve", &WorldPlan { principals, accounts: 50, ..WorldPlan::default() });
        let cost = measure(&world);
        let parsing = parsing_time(&world).as_secs_f64();
        let seconds = cost.time.as_secs_f64();
        println!("{principals:>10} {seconds:>9.3} {:>4} {parsing:>8.3}", cost.mebibytes);
        checks.push((number(principals), seconds));
        parses.push((number(principals), parsing));
        memory.push((number(principals), number(cost.mebibytes)));
    }
    let time = Chart { title: "Time against principals", x: "principals, no two alike", y: "seconds" };
    let lines = [
        Line { name: "ringfence check, 2 threads", points: checks },
        Line { name: "parsing its JSON, 1 thread", points: parses },
    ];
    time.draw(&pictures.join("principals.svg"), &lines);
    let memory = [Line { name: "ringfence check", points: memory }];
    Chart { title: "Memory against principals", x: "principals, no two alike", y: "MiB" }
        .draw(&pictures.join("memory.svg"), &memory);
}

/// As many principals, of which more and more are duplicates.
fn formulas(pictures: &Path) {
    let mut points = Vec::new();
    println!("duplicates  formulas   seconds  MiB");
    for duplicates in [0, 25, 50, 75, 90, 95, 99] {
        let plan = WorldPlan { principals: 10_000, accounts: 50, duplicates, ..WorldPlan::default() };
        let world = write("curve", &plan);
        let cost = measure(&world);
        let formulas = different_formulas(&world);
        let seconds = cost.time.as_secs_f64();
        println!("{duplicates:>8} % {formulas:>9} {seconds:>9.3} {:>4}", cost.mebibytes);
        points.push((number(formulas), seconds));
    }
    points.reverse();
    let lines = [Line { name: "ringfence check, 10,000 principals", points }];
    Chart { title: "Time against different formulas", x: "different formulas", y: "seconds" }
        .draw(&pictures.join("formulas.svg"), &lines);
}

/// How many formulas a check of the world solves.
fn different_formulas(world: &Path) -> usize {
    let catalogue = Catalogue::embedded().expect("the embedded catalogue");
    let models = ModelTable::embedded().expect("the embedded models");
    let world = World::read_directory(world).expect("a world that reads");
    let options = options(2);
    check(&world, catalogue, models, &Configuration::default(), &options, &|_| {}).classes
}

/// Principals with more and more policies.
fn statements(pictures: &Path) {
    let mut points = Vec::new();
    println!("policies  statements   seconds  MiB");
    for policies in [1, 2, 4, 8, 16, 32] {
        let world = write("curve", &WorldPlan { policies, ..WorldPlan::default() });
        let cost = measure(&world);
        let written: usize = exports(&world)
            .expect("a world")
            .iter()
            .map(|text| statements_in(&serde_json::from_slice(text).expect("JSON")))
            .sum();
        let each = number(written) / 1_000.0;
        let seconds = cost.time.as_secs_f64();
        println!("{policies:>8} {each:>11.1} {seconds:>9.3} {:>4}", cost.mebibytes);
        points.push((each, seconds));
    }
    let lines = [Line { name: "ringfence check, 1,000 principals", points }];
    Chart { title: "Time against statements", x: "statements of each principal", y: "seconds" }
        .draw(&pictures.join("statements.svg"), &lines);
}

/// How many statements there are, of identity policies and boundaries.
fn statements_in(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().map(statements_in).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match (name.as_str(), value) {
                ("AssumeRolePolicyDocument", _) => 0,
                ("Statement", Value::Array(statements)) => statements.len(),
                _ => statements_in(value),
            })
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// One role, all of whose statements bear on one question.
fn one_question(pictures: &Path) {
    let [mut allows, mut denies] = [Vec::new(), Vec::new()];
    println!("one role     Allow   seconds  MiB      Deny   seconds  MiB");
    for count in [100, 300, 1_000, 3_000, 10_000] {
        let [allow, deny] = ["Allow", "Deny"].map(|effect| measure(&one_role(effect, count)));
        let seconds = [allow, deny].map(|cost| cost.time.as_secs_f64());
        println!(
            "{count:>18} {:>9.3} {:>4} {:>19.3} {:>4}",
            seconds[0], allow.mebibytes, seconds[1], deny.mebibytes
        );
        allows.push((number(count), seconds[0]));
        denies.push((number(count), seconds[1]));
    }
    let lines =
        [Line { name: "Allow statements", points: allows }, Line { name: "Deny statements", points: denies }];
    Chart {
        title: "One role whose statements all bear on one question",
        x: "statements for bedrock:InvokeModel, each on other models",
        y: "seconds",
    }
    .draw(&pictures.join("one-question.svg"), &lines);
}

fn one_role(effect: &str, count: usize) -> PathBuf {
    let mut statements: Vec<Value> = (0..count)
        .map(|index| {
            let resource = format!("arn:aws:bedrock:*::foundation-model/vendor{index}.model-{index}-*");
            json!({ "Effect": effect, "Action": "bedrock:InvokeModel", "Resource": resource })
        })
        .collect();
    if effect == "Deny" {
        let all = json!({ "Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*" });
        statements.push(all);
    }
    let role = json!({
        "Path": "/", "RoleName": "one", "RoleId": "AROAEXAMPLEEXAMPLE111", "Arn": "arn:aws:iam::100200300411:role/one",
        "CreateDate": "2026-01-15T09:00:00+00:00", "InstanceProfileList": [], "AttachedManagedPolicies": [],
        "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }
        ]},
        "RolePolicyList": [
            { "PolicyName": "all", "PolicyDocument": { "Version": "2012-10-17", "Statement": statements } }
        ],
    });
    let details =
        json!({ "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": [] });
    let world = folder().join("one-role");
    let account = world.join("accounts/100200300411");
    fs::create_dir_all(&account).expect("a folder for the account");
    fs::write(account.join("authorization-details.json"), format!("{details:#}\n")).expect("an export");
    world
}

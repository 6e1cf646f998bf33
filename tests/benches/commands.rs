//! Whole commands on generated organisations, each with its goal: time by the clock, and peak memory.
//!
//! `cargo build --release -p ringfence && cargo bench -p ringfence-tests --bench commands -- [RUNS]`: the run of the middle
//! of so many, 3 if left out. Takes about four minutes, and 2 GB of disk.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot start has nothing to measure")]

#[path = "program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use program::{Cost, folder, median, parsing_time, run, write};
use ringfence_tests::generator::world::{GeneratedWorld, WorldPlan, exports};
use serde_json::{Value, json};

fn main() {
    let runs = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(3);
    println!("{:<58} {:>9} {:>9}  goal", "command", "seconds", "MiB");
    organization(runs, 10_000);
    duplicates();
    caches(runs);
    questions(runs);
    reading(runs);
}

fn row(what: &str, cost: Cost, goal: &str) {
    println!("{what:<58} {:>9.3} {:>9}  {goal}", cost.time.as_secs_f64(), cost.mebibytes);
}

/// The bytes of all exports of a world.
fn size(world: &Path) -> usize {
    exports(world).expect("a world").iter().map(Vec::len).sum()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of Unicode")
}

/// `check`, with these arguments besides the world, and two threads.
fn check(world: &Path, more: &[&str], output: &Path) -> Cost {
    let mut arguments = vec!["check", "--one-step", "--quiet", "--threads", "2"];
    arguments.extend(more);
    arguments.push(text(world));
    run(&arguments, output)
}

/// No two principals alike, and what the time to parse its JSON is to that.
fn organization(runs: usize, principals: usize) {
    let world = write("no-two-alike", &WorldPlan { principals, accounts: 50, ..WorldPlan::default() });
    let output = folder().join("organization.txt");
    let cost = median(runs, || check(&world, &[], &output));
    row(&format!("check, {principals} principals, no two alike"), cost, "60 s, 1024 MiB");
    let parsing = parsing_time(&world).as_secs_f64();
    let megabytes = size(&world) / 1_000_000;
    println!(
        "    its {megabytes} MB of JSON are parsed by serde_json, one thread, in {parsing:.3} s: the check takes {:.1} times \
         as long",
        cost.time.as_secs_f64() / parsing
    );
}

fn duplicates() {
    let plan = WorldPlan { principals: 100_000, accounts: 50, duplicates: 95, ..WorldPlan::default() };
    let world = write("duplicates", &plan);
    let cost = check(&world, &[], &folder().join("duplicates.txt"));
    row("check, 100000 principals, 95 % of them duplicates", cost, "60 s");
    fs::remove_dir_all(world).expect("the world was ours");
}

fn caches(runs: usize) {
    let plan = WorldPlan::default();
    let world = write("thousand", &plan);
    let changed = changed_world(&plan);
    let at = |name: &str| folder().join(name);
    let (output, other, cache) = (at("thousand.txt"), at("other.txt"), at("thousand.cache"));
    let same = |left: &Path, right: &Path| {
        let read = |path| fs::read(path).expect("a report");
        assert_eq!(read(left), read(right), "the reports are the same bytes");
    };
    let fresh = |name: &str| {
        let path = at(name);
        // It may not be there.
        drop(fs::remove_file(&path));
        path
    };
    row("check, 1000 principals", median(runs, || check(&world, &[], &output)), "");
    let first = median(runs, || check(&world, &["--cache", text(&fresh("thousand.cache"))], &other));
    row("the same with --cache, the first time", first, "");
    same(&output, &other);
    let kept = fs::metadata(&cache).expect("a cache").len();
    row("again", median(runs, || check(&world, &["--cache", text(&cache)], &other)), "1 s");
    same(&output, &other);
    println!("    the cache has {kept} bytes");
    let before = at("before.cache");
    fs::copy(&cache, &before).expect("a copy of the cache");
    check(&changed, &[], &output);
    let again = median(runs, || {
        fs::copy(&before, &cache).expect("a copy of the cache");
        check(&changed, &["--cache", text(&cache)], &other)
    });
    row("again after one policy changed", again, "1 s");
    same(&output, &other);

    check(&world, &[], &output);
    let mut parts = Vec::new();
    for shard in ["1/2", "2/2"] {
        let file = fresh(&format!("part-{}.cache", shard.replace('/', "-")));
        let cost = check(&world, &["--shard", shard, "--cache", text(&file)], &at("part.txt"));
        row(&format!("check --shard {shard}"), cost, "");
        parts.push(file);
    }
    let parts: Vec<&str> = parts.iter().map(|path| text(path)).collect();
    let merged = median(runs, || {
        let mut arguments = vec!["merge", "--quiet", "--threads", "2", "--world", text(&world)];
        arguments.extend(&parts);
        run(&arguments, &other)
    });
    row("merge of both parts", merged, "");
    same(&output, &other);
}

/// The world of the plan, in which one inline policy of one role allows one call more.
fn changed_world(plan: &WorldPlan) -> PathBuf {
    let mut generated = GeneratedWorld::new(plan);
    let (_, text) = generated
        .files
        .iter_mut()
        .filter(|(path, _)| path.ends_with("authorization-details.json"))
        .nth(1)
        .expect("a member account");
    let mut details: Value = serde_json::from_str(text).expect("JSON");
    let statements = details
        .pointer_mut("/RoleDetailList/7/RolePolicyList/0/PolicyDocument/Statement")
        .expect("an eighth role with an inline policy");
    let one = json!({
        "Effect": "Allow", "Action": "bedrock:InvokeModel",
        "Resource": "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0",
    });
    statements.as_array_mut().expect("statements").push(one);
    *text = format!("{details:#}\n");
    let directory = folder().join("thousand-changed");
    generated.write(&directory).expect("a folder for the world");
    directory
}

fn questions(runs: usize) {
    let world =
        write("two-hundred-roles", &WorldPlan { principals: 200, accounts: 4, ..WorldPlan::default() });
    let output = folder().join("who-can.txt");
    let who = |world: &Path, more: &[&str]| {
        let mut arguments = vec!["who-can", "--quiet", "--threads", "2", "--world", text(world)];
        arguments.extend(more);
        run(&arguments, &output)
    };
    let model = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-20250514-v1:0";
    let who_can = median(runs.max(9), || who(&world, &["bedrock:InvokeModel", model]));
    row("who-can bedrock:InvokeModel MODEL, 200 roles, with loading", who_can, "0.1 s and loading");
    // No principal needs a formula for this one: what is left is loading.
    let loading = median(runs.max(9), || who(&world, &["support:DescribeCases"]));
    row("the same for an action that no statement names", loading, "");

    let world = write(
        "fifty-roles",
        &WorldPlan { principals: 50, accounts: 1, boundaries: 10, ..WorldPlan::default() },
    );
    let batch = folder().join("nine.jsonl");
    let lines: Vec<String> = NINE
        .iter()
        .zip(1..)
        .map(|((action, resource), number)| {
            let mut question = serde_json::Map::new();
            question.insert("name".to_owned(), json!(format!("q{number}")));
            question.insert("action".to_owned(), json!(action));
            question.extend(resource.map(|resource| ("resource".to_owned(), json!(resource))));
            format!("{}\n", Value::Object(question))
        })
        .collect();
    fs::write(&batch, lines.concat()).expect("a batch");
    let nine = median(runs.max(9), || who(&world, &["--batch", text(&batch)]));
    row("who-can --batch, nine questions, 50 roles", nine, "0.12 s");
}

/// The nine questions.
const NINE: [(&str, Option<&str>); 9] = [
    (
        "bedrock:InvokeModel",
        Some("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-20250514-v1:0"),
    ),
    ("s3:GetObject", None),
    ("iam:PassRole", None),
    ("iam:CreateRole", None),
    ("iam:DeleteRolePermissionsBoundary", None),
    ("bedrock:CreateModelCustomizationJob", None),
    ("lambda:InvokeFunction", None),
    ("kms:Decrypt", None),
    ("dynamodb:DeleteTable", None),
];

/// 100 MB of exports, loaded for one question about one role.
fn reading(runs: usize) {
    let world =
        write("hundred-megabytes", &WorldPlan { principals: 12_500, accounts: 50, ..WorldPlan::default() });
    let bytes = size(&world);
    let output = folder().join("can.txt");
    let role = "arn:aws:iam::200300400001:role/role-00000";
    let arguments = ["can", "--quiet", "--world", text(&world), role, "s3:GetObject"];
    let cost = median(runs, || run(&arguments, &output));
    row(&format!("can, {} MB of exports", bytes / 1_000_000), cost, "2 s, 3 times the size");
    println!("    its peak is {:.2} times the size of the exports", {
        let peak = f64::from(u32::try_from(cost.mebibytes).unwrap_or(u32::MAX)) * 1_048_576.0;
        peak / f64::from(u32::try_from(bytes).unwrap_or(u32::MAX))
    });
}

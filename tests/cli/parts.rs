//! `--cache`, `--shard` and `merge`: the bytes of a report do not depend on them.

use std::path::{Path, PathBuf};

use super::harness::{Folder, Run, finish, program};

/// Committed: the suite fails if it finds fewer worlds.
const WORLDS: usize = 22;

fn worlds() -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    let mut found: Vec<PathBuf> = std::fs::read_dir(corpus.join("guardrails"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.push(corpus.join("organizations/acme"));
    found.sort();
    found
}

fn run(command: &str, world: &Path, more: &[&str]) -> Run {
    let mut program = program();
    program.args([command, "--world", world.to_str().unwrap(), "--today", "2026-11-26"]);
    program.args(["--as-of", "2026-11-01T00:00:00Z"]).args(more);
    let run = finish(&program.output().unwrap());
    assert!(run.code != 2, "{}: {}", world.display(), run.stderr);
    run
}

/// How many answers a run found and used, and how many it made.
fn answers(run: &Run) -> [usize; 2] {
    let line = run.stderr.lines().find_map(|line| line.strip_prefix("cache: ")).unwrap();
    let numbers: Vec<usize> = line.split(' ').filter_map(|word| word.replace(',', "").parse().ok()).collect();
    [numbers[0], *numbers.last().unwrap()]
}

#[test]
fn caches_threads_and_parts_change_no_byte() {
    let all = worlds();
    assert!(all.len() >= WORLDS, "only {} worlds", all.len());
    let [mut used, mut merged_of_parts] = [0; 2];
    // Each third, but for `make test-all`, and the sample organisation.
    let (step, least) = if std::env::var_os("RINGFENCE_TEST_ALL").is_some() { (1, 1_000) } else { (3, 500) };
    let is_sample = |world: &PathBuf| world.ends_with("acme");
    for world in all
        .iter()
        .filter(|world| !is_sample(world))
        .step_by(step)
        .chain(all.iter().filter(|world| is_sample(world)))
    {
        let folder = Folder::new();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let json = |name: &str| format!("json={}", path(name));
        let plain = run("check", world, &["--threads", "1", "-o", "text", "-o", &json("plain")]);
        let expected = folder.read("plain");
        let cache = path("cache");
        for (threads, name) in [("2", "cold"), ("8", "warm")] {
            let more = ["--threads", threads, "--cache", &cache, "-o", "text", "-o", &json(name)];
            let other = run("check", world, &more);
            assert!(other.stdout == plain.stdout && other.code == plain.code, "{}: {name}", world.display());
            assert!(folder.read(name) == expected, "{}: {name}", world.display());
            if name == "warm" {
                used += answers(&other)[0];
            }
        }
        let parts: Vec<String> = (1..=3).map(|part| path(&format!("part-{part}"))).collect();
        for (index, part) in (1..).zip(&parts) {
            run("check", world, &["--quiet", "--shard", &format!("{index}/3"), "--cache", part]);
        }
        let mut more: Vec<&str> = parts.iter().rev().map(String::as_str).collect();
        let target = json("merged");
        more.extend(["-o", "text", "-o", &target]);
        let before: Vec<Vec<u8>> = parts.iter().map(|part| std::fs::read(part).unwrap()).collect();
        let merged = run("merge", world, &more);
        let after: Vec<Vec<u8>> = parts.iter().map(|part| std::fs::read(part).unwrap()).collect();
        assert!(before == after, "{}: merging changed a part", world.display());
        assert!(merged.stdout == plain.stdout && merged.code == plain.code, "{}: merged", world.display());
        assert!(folder.read("merged") == expected, "{}: merged", world.display());
        let [found, new] = answers(&merged);
        assert!(new == 0, "{}: {new} answers of the parts were made again", world.display());
        merged_of_parts += found;
    }
    assert!(merged_of_parts >= least, "only {merged_of_parts} answers of parts were used");
    assert!(used >= least, "only {used} answers were used again");
}

#[test]
fn a_part_says_that_it_is_one() {
    let acme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/organizations/acme");
    let folder = Folder::new();
    let cache = folder.path().join("part").to_str().unwrap().to_owned();
    let more = ["--quiet", "--shard", "2/3", "--cache", &cache, "-o", "text", "-o", "json=part.json"];
    let mut command = folder.command(&["check", acme.to_str().unwrap()]);
    let run = finish(&command.args(more).output().unwrap());
    assert!(run.stdout.contains("Part 2 of 3: all others are judged elsewhere."), "{}", run.stdout);
    let report: serde_json::Value = super::schemas::parsed(&folder.read("part.json"));
    assert_eq!(report["summary"]["shard"], serde_json::json!({ "index": 2, "of": 3 }));
    // More parts than principals: those without any are as expected.
    let nobody = ["--quiet", "--shard", "1/100000", "--cache", &cache];
    let run = finish(&folder.command(&["check", acme.to_str().unwrap()]).args(nobody).output().unwrap());
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn what_is_no_cache_is_refused_with_what_to_do() {
    let acme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/organizations/acme");
    let acme = acme.to_str().unwrap();
    let folder = Folder::new();
    folder.write("other.txt", "this is no cache");
    folder.write("empty", "");
    std::fs::hard_link(folder.path().join("other.txt"), folder.path().join("hard")).unwrap();
    std::os::unix::fs::symlink("c", folder.path().join("soft")).unwrap();
    let directory = folder.path().to_str().unwrap().to_owned();
    for (arguments, wanted) in [
        (
            vec!["check", acme, "--cache", "other.txt"],
            "name another file; if this one is a cache, it may be deleted",
        ),
        (vec!["check", acme, "--cache", &directory], "the cache"),
        (vec!["check", acme, "--cache", "no/such/folder/cache"], "the cache"),
        (vec!["check", acme, "--shard", "1/2"], "--cache"),
        (vec!["check", acme, "--shard", "0/2", "--cache", "c"], "counted from 1"),
        (vec!["check", acme, "--shard", "3/2", "--cache", "c"], "counted from 1"),
        (vec!["check", acme, "--shard", "two", "--cache", "c"], "write 2/8"),
        (vec!["check", acme, "--shard", "1/", "--cache", "c"], "write 2/8"),
        (vec!["check", acme, "--cache", "c", "--encoding", "strings"], "cannot be used with"),
        (vec!["merge", "missing", "--world", acme], "missing cannot be read"),
        (vec!["merge", "--world", acme], "required"),
        (vec!["merge", "other.txt", "--world", acme], "the cache other.txt cannot be used"),
        (vec!["merge", "empty", "--world", acme], "it is empty"),
        (vec!["merge", "/dev/null", "--world", acme], "it is empty"),
        (vec!["check", acme, "--cache", "c", "-o", "json=./c"], "an output goes to ./c, which holds answers"),
        (vec!["merge", "other.txt", "--world", acme, "-o", "json=other.txt"], "which holds answers"),
        (vec!["merge", "other.txt", "--world", acme, "-o", "json=hard"], "which holds answers"),
        (vec!["check", acme, "--cache", "c", "-o", "json=soft"], "which holds answers"),
        (vec!["check", acme, "--cache", "d", "-o", "text=x", "-o", "json=./x"], "two outputs go to"),
    ] {
        let run = folder.run(&arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(wanted), "{arguments:?}: {}", run.stderr);
        assert!(run.stdout.is_empty(), "{arguments:?}");
    }
    assert!(!folder.path().join("c").exists(), "nothing was written");
    // What is no cache was not changed.
    assert_eq!(folder.read("other.txt"), "this is no cache");
}

/// Databases of other programs are left alone, and one that is in use is not to be deleted.
#[test]
fn other_databases_are_refused_and_not_changed() {
    let folder = Folder::world(&[super::harness::reader()]);
    let other = folder.path().join("other");
    let database = redb::Database::create(&other).unwrap();
    let transaction = database.begin_write().unwrap();
    let table: redb::TableDefinition<'_, u32, u32> = redb::TableDefinition::new("payroll");
    transaction.open_table(table).unwrap().insert(1, 2).unwrap();
    transaction.commit().unwrap();
    let used = folder.run(&["check", "--cache", "other"]);
    assert_eq!(used.code, 2);
    assert!(used.stderr.contains("another run has it open"), "{}", used.stderr);
    assert!(!used.stderr.contains("delete"), "{}", used.stderr);
    drop(database);
    for arguments in [&["check", "--cache", "other"][..], &["merge", "other", "--world", "."]] {
        let run = folder.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.stderr.contains("a database of something else"), "{}", run.stderr);
    }
    let database = redb::Database::open(&other).unwrap();
    let names: Vec<String> = redb::ReadableDatabase::begin_read(&database)
        .unwrap()
        .list_tables()
        .unwrap()
        .map(|table| redb::TableHandle::name(&table).to_owned())
        .collect();
    assert_eq!(names, ["payroll"]);
}

/// That nobody of a part is asked says nothing about the others.
#[test]
fn a_part_in_which_a_guardrail_asks_nobody_ends_as_expected() {
    let mut below = super::harness::reader();
    below["Path"] = "/models/".into();
    below["RoleName"] = "below".into();
    below["RoleId"] = "AROAEXAMPLEBELOW".into();
    below["Arn"] = format!("arn:aws:iam::{}:role/models/below", super::harness::ACCOUNT).into();
    let folder = Folder::world(&[super::harness::reader(), below]);
    folder.write(
        "ringfence.toml",
        "[[guardrail]]\nid = \"models\"\nkind = \"cannot-invoke\"\nmodels = \"expensive\"\nprincipals = { paths = [\"/models/\"] }\n",
    );
    let whole = folder.run(&["check"]);
    assert_eq!(whole.code, 0, "{}", whole.stdout);
    let mut nobody = 0;
    for part in 1..=3 {
        let cache = format!("part-{part}");
        let run = folder.run(&["check", "--shard", &format!("{part}/3"), "--cache", &cache]);
        assert_eq!(run.code, 0, "{part}: {}", run.stdout);
        nobody += usize::from(run.stdout.contains("match nobody in this part"));
    }
    assert_eq!(nobody, 2);
    let merged = folder.run(&["merge", "part-1", "part-2", "part-3", "--world", "."]);
    assert_eq!((merged.code, merged.stdout), (whole.code, whole.stdout));
}

/// A cache of one world serves another: only what differs is solved.
#[test]
fn one_policy_more_is_one_answer_more() {
    let folder = Folder::new();
    let document = |action: &str| serde_json::json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] });
    let role = |name: &str, action: &str| super::harness::role(name, &document(action));
    let write = |folder: &Folder, action: &str| {
        let roles = [role("first", "bedrock:InvokeModel"), role("second", action)];
        let details = super::harness::details(&roles).to_string();
        folder.write(&format!("accounts/{}/authorization-details.json", super::harness::ACCOUNT), &details);
    };
    write(&folder, "s3:GetObject");
    let first = folder.run(&["check", "--cache", "answers"]);
    assert!(first.stderr.contains("cache: 0 answers checked and used"), "{}", first.stderr);
    write(&folder, "bedrock:InvokeModel*");
    let second = folder.run(&["check", "--cache", "answers"]);
    let plain = folder.run(&["check"]);
    assert_eq!(second.stdout, plain.stdout);
    assert!(!second.stderr.contains("cache: 0 answers"), "{}", second.stderr);
    let third = folder.run(&["check", "--cache", "answers"]);
    assert!(third.stderr.contains(" 0 answers new"), "{}", third.stderr);
    assert_eq!(third.stdout, plain.stdout);
}

/// Bits, pages and lengths of a cache that are wrong: the report is the same, or the file is refused; nothing fails.
#[test]
fn damaged_caches_are_refused_or_do_no_harm() {
    let folder = Folder::world(&[super::harness::invoker(), super::harness::reader()]);
    let plain = folder.run(&["check", "--quiet", "--cache", "whole"]);
    let whole = std::fs::read(folder.path().join("whole")).unwrap();
    let [mut refused, mut harmless] = [0; 2];
    for round in 0..60_usize {
        let mut bytes = whole.clone();
        // Places all over the file; the first page says where all others are.
        let place = round * 104_729 % bytes.len();
        match round % 3 {
            0 => bytes.truncate(place),
            1 => bytes[place] ^= 1 << (round % 8),
            _ => bytes[round * 104_729 % 4_096] ^= 1 << (round % 8),
        }
        std::fs::write(folder.path().join("damaged"), &bytes).unwrap();
        for arguments in [
            &["merge", "--quiet", "damaged", "--world", "."][..],
            &["check", "--quiet", "--cache", "damaged"],
        ] {
            let run = folder.run(arguments);
            assert!(!run.stderr.contains("panicked"), "{round}: {}", run.stderr);
            if run.code == 2 {
                assert!(run.stderr.contains("the cache damaged cannot be used"), "{round}: {}", run.stderr);
                refused += 1;
            } else {
                assert!(run.stdout == plain.stdout && run.code == plain.code, "{round}: {arguments:?}");
                harmless += 1;
            }
        }
    }
    assert!(refused >= 20 && harmless >= 20, "{refused} {harmless}");
}

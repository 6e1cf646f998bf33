//! `ringfence why` where there is no proof, not all of an answer, or no question.

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, details, invoker, policy, reader, role};
use super::why::{everything, has, no_users, organization, statement, world};

#[test]
fn what_is_refuted_is_shown_as_check_does() {
    let folder = world(&[everything()], None, &[]);
    let run = folder.run(&["why", "no-users", "role/app"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    has(
        &run.stdout,
        &["refuted", "nothing that a proof rests on", "request     iam:CreateUser", "exit code 1"],
    );
    let answer = folder.run(&["why", "no-users", "role/app", "-o", "json"]).json();
    let result = &answer["results"][0];
    assert_eq!((&result["verdict"], &answer["exitCode"]), (&json!("refuted"), &json!(1)));
    assert_eq!(result["witness"]["requests"][0]["action"], "iam:CreateUser");
    assert_eq!(result.get("rests"), None);
}

#[test]
fn what_is_open_or_does_not_arise_is_told() {
    let folder = Folder::world(&[reader()]);
    folder.write(
        "ringfence.toml",
        "[[guardrail]]\nid = \"objects\"\nkind = \"forbid\"\nactions = [\"s3:PutObject\"]\n",
    );
    let run = folder.run(&["why", "objects", "role/reader"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    has(&run.stdout, &["inconclusive", "undecided", "[resource-policies]", "exit code 3"]);
    let answer = folder.run(&["why", "objects", "role/reader", "-o", "json"]).json();
    assert_eq!(answer["results"][0]["reason"]["code"], "resource-policies");

    let folder = Folder::world(&[reader()]).with_empty_lists();
    let run = folder.run(&["why", "boundary-escape", "role/reader"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    has(&run.stdout, &["not applicable", "The question does not arise"]);
}

/// What takes the place of a proof may be open too: its reason is told.
#[test]
fn a_proof_that_would_become_open_is_told_with_the_reason() {
    let own = [statement("Put", "Allow", "sqs:CreateQueue"), statement("Stop", "Deny", "s3:PutObject")];
    let folder = Folder::world(&[role("app", &policy(&own))]);
    folder.write(
        "ringfence.toml",
        "[[guardrail]]\nid = \"objects\"\nkind = \"forbid\"\nactions = [\"s3:PutObject\"]\n",
    );
    let run = folder.run(&["why", "objects", "role/app"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    has(&run.stdout, &["Single points of failure: 1", "(Sid Stop)", "undecided", "[resource-policies]"]);
    let answer = folder.run(&["why", "objects", "role/app", "-o", "json"]).json();
    let breaking = &answer["results"][0]["rests"]["breaking"][0];
    assert_eq!((&breaking["verdict"], breaking.get("witness")), (&json!("inconclusive"), None));
    assert_eq!(breaking["reason"]["code"], "resource-policies");
}

/// So many statements, each for one action of its own, that stop the same by two policies.
pub(crate) fn many() -> Folder {
    let actions = ["iam:CreateUser", "iam:CreateRole", "iam:CreateGroup", "iam:CreateAccessKey"];
    let denied = |prefix: &str| -> Vec<Value> {
        let one = |(index, action): (usize, &&str)| statement(&format!("{prefix}{index}"), "Deny", action);
        actions.iter().enumerate().map(one).collect()
    };
    let mut boundary = denied("Edge");
    boundary.push(everything());
    let folder = world(&[everything()], Some(&boundary), &[("Makers", denied("Scp"))]);
    let list: Vec<String> = actions.iter().map(|action| format!("\"{action}\"")).collect();
    folder.write(
        "ringfence.toml",
        &format!("[[guardrail]]\nid = \"makers\"\nkind = \"forbid\"\nactions = [{}]\n", list.join(", ")),
    );
    folder
}

#[test]
fn a_limit_is_told_and_what_was_found_is_shown() {
    let folder = many();
    let answer = |limit: &str| {
        let run = folder.run(&["why", "makers", "role/app", "--limit", limit, "-o", "json"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.json()["results"][0]["rests"].clone()
    };
    let whole = answer("200");
    assert_eq!((&whole["complete"], whole["sets"].as_array().unwrap().len()), (&json!(true), 16));
    assert_eq!(
        (whole["singlePoints"].as_array().unwrap().len(), whole["breaking"].as_array().unwrap().len()),
        (0, 4)
    );
    let needed = whole["judged"].as_u64().unwrap();
    let mut alone = 0;
    for limit in [1, 2, 3, needed / 2, needed - 1] {
        let part = answer(&limit.to_string());
        assert_eq!(part["complete"], false, "{limit}");
        assert!(part["judged"].as_u64().unwrap() <= limit);
        for set in part["sets"].as_array().unwrap() {
            assert!(whole["sets"].as_array().unwrap().contains(set), "{limit}: {set}");
        }
        alone += usize::from(part["singlePointsComplete"] == true);
    }
    assert!((1..5).contains(&alone), "{alone}");
    assert_eq!(answer(&needed.to_string()), whole);
    let run = folder.run(&["why", "makers", "role/app", "--limit", "2"]);
    has(&run.stdout, &["Not all sets are known: --limit 2 was reached", "there may be more", "exit code 0"]);
    folder.run(&["why", "makers", "role/app", "--limit", "0"]).refused(&["--limit"]);
}

#[test]
fn a_name_that_nothing_has_is_refused_with_the_nearest() {
    let folder = world(&[everything()], None, &[]);
    folder
        .run(&["why", "no-user", "role/app"])
        .refused(&["there is no guardrail `no-user`", "the nearest is `no-users`"]);
    folder.run(&["why", "no-users", "role/ap"]).refused(&["no principal `role/ap`", "role/app"]);
    let two = Folder::world(&[reader(), invoker()]);
    two.run(&["why", "escape", "role/reader"])
        .refused(&["`boundary-escape`", "expensive-models, boundary-escape, modify-and-invoke"]);
    folder.write("ringfence.toml", &no_users("kinds = [\"user\"]"));
    folder
        .run(&["why", "no-users", "role/app"])
        .refused(&["`no-users` is not checked for", "its `principals` leave it out"]);
}

/// Names of policies, OUs and Sids are anybody's to choose.
#[test]
fn names_cannot_steer_the_terminal() {
    let hostile = "\u{1b}[2J\u{7}\u{202e}";
    let boundary = [statement("Read", "Allow", "s3:*")];
    let folder = world(&[everything()], Some(&boundary), &[]);
    let scp = |sid: &str, effect| statement(&format!("{sid}{hostile}"), effect, "iam:CreateUser");
    let controls = organization(&[(&format!("Name{hostile}"), vec![scp("Sid", "Deny")])], false);
    folder.write("organization.json", &controls.replace("Workloads", &format!("Unit{}", "\\u001b[2J")));
    for more in [&["role/app"][..], &[]] {
        let mut arguments = vec!["why", "no-users", "--one-step"];
        arguments.extend(more);
        let run = folder.run(&arguments);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        assert!(!run.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{}", run.stdout);
        if !more.is_empty() {
            has(&run.stdout, &["(Unit?[2J)", "(Sid Sid?[2J??)", "policy Name?[2J??"]);
        }
    }
}

#[test]
fn everybody_is_told_by_what_alone_protects() {
    let folder =
        world(&[everything()], None, &[("NoUsers", vec![statement("Scp", "Deny", "iam:CreateUser")])]);
    let second = role("second", &policy(&[everything()]));
    let own_deny = [everything(), statement("Own", "Deny", "iam:CreateUser")];
    let roles = [role("app", &policy(&[everything()])), second, role("twice", &policy(&own_deny)), reader()];
    folder.write(&format!("accounts/{ACCOUNT}/authorization-details.json"), &details(&roles).to_string());
    let run = folder.run(&["why", "no-users"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    has(
        &run.stdout,
        &[
            "no-users (forbid): 5 principals proved for single requests",
            "not proved: 0 refuted, 0 inconclusive, 0 not applicable",
            "service control policy NoUsers, statement 0 (Sid Scp)",
            "`ringfence why no-users PRINCIPAL` shows all sets",
        ],
    );
    let answer = folder.run(&["why", "no-users", "-o", "json", "--threads", "1"]).json();
    let points = answer["points"].as_array().unwrap();
    assert_eq!(points[0]["part"]["sid"], "Scp");
    let arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:{name}");
    assert_eq!(points[0]["principals"], json!([arn("role/app"), arn("role/second"), arn("root")]));
    // Of `reader` and `twice` two things protect, each of which suffices.
    assert_eq!(points.len(), 1, "{points:?}");
    assert_eq!(answer["results"].as_array().unwrap().len(), 5);
    assert_eq!(answer, folder.run(&["why", "no-users", "-o", "json", "--threads", "4"]).json());
    let nobody = world(&[everything()], None, &[]);
    let run = nobody.run(&["why", "no-users"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    has(&run.stdout, &["0 principals proved", "Single points of failure: 0"]);
}

//! `ringfence compare`: the relation of each principal in pairs of worlds, with a request for each direction that both worlds decide.

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, Run, details, policy, role};

/// A role that may do this.
fn doing(name: &str, statements: &[Value]) -> Value {
    role(name, &policy(statements))
}

fn allow(action: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": "*" })
}

/// The two worlds in one folder, and the answer.
fn compared(old: &[Value], new: &[Value], further: &[&str]) -> (Folder, Run) {
    let folder = Folder::new();
    for (name, roles) in [("old", old), ("new", new)] {
        let account = format!("{name}/accounts/{ACCOUNT}");
        folder.write(&format!("{account}/authorization-details.json"), &details(roles).to_string());
        folder.write(&format!("{account}/resource-policies.json"), "{}");
    }
    let run = folder.run(&[&["compare", "old", "new", "--one-step", "--quiet"], further].concat());
    (folder, run)
}

fn of<'v>(answer: &'v Value, name: &str) -> &'v Value {
    let wanted = format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let all = answer["principals"].as_array().unwrap();
    all.iter().find(|one| one["principal"] == wanted.as_str()).unwrap()
}

#[test]
fn each_principal_has_its_relation_and_a_request_for_each_direction() {
    let old = [
        doing("same", &[allow("s3:GetObject")]),
        doing("narrower", &[allow("s3:*")]),
        doing("broader", &[allow("s3:GetObject")]),
        doing("incomparable", &[allow("s3:GetObject")]),
        doing("otherwise", &[allow("s3:Get*"), allow("s3:GetObject")]),
        doing("gone", &[allow("s3:GetObject")]),
    ];
    let new = [
        doing("same", &[allow("s3:GetObject")]),
        doing("narrower", &[allow("s3:GetObject")]),
        doing("broader", &[allow("s3:*")]),
        doing("incomparable", &[allow("s3:PutObject")]),
        doing("otherwise", &[allow("s3:Get*")]),
        doing("idle", &[json!({ "Effect": "Deny", "Action": "*", "Resource": "*" })]),
    ];
    let (_folder, run) = compared(&old, &new, &["-o", "json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let answer = run.json();
    assert_eq!(answer["relation"], "incomparable");
    for (name, relation, gained, lost) in [
        ("same", "equivalent", "none", "none"),
        ("narrower", "narrower", "none", "some"),
        ("broader", "broader", "some", "none"),
        ("incomparable", "incomparable", "some", "some"),
        ("otherwise", "equivalent", "none", "none"),
        ("gone", "narrower", "none", "some"),
        ("idle", "equivalent", "none", "none"),
    ] {
        let one = of(&answer, name);
        assert_eq!(one["relation"], relation, "{one}");
        assert_eq!(
            (&one["gained"]["answer"], &one["lost"]["answer"]),
            (&json!(gained), &json!(lost)),
            "{one}"
        );
        for direction in ["gained", "lost"] {
            let found = &one[direction];
            if found["answer"] == "some" {
                assert_eq!(found["witness"]["requests"].as_array().unwrap().len(), 1, "{found}");
                let there = found["elsewhere"].as_array().map_or(0, Vec::len);
                assert_eq!(there, usize::from(one["presence"] == "both"), "{found}");
            }
        }
    }
    let added = of(&answer, "idle");
    assert_eq!(added["presence"], "added");
    assert_eq!(of(&answer, "incomparable")["gained"]["elsewhere"][0]["decision"], "ImplicitDeny");
}

#[test]
fn what_is_only_narrower_ends_with_0_and_says_so() {
    let old = [doing("app", &[allow("bedrock:*")])];
    let deny = json!({ "Sid": "No", "Effect": "Deny", "Action": "bedrock:InvokeModel", "Resource": "*" });
    let new = [doing("app", &[allow("bedrock:*"), deny])];
    let (_folder, run) = compared(&old, &new, &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for text in [
        "narrower: some requests are not allowed any more",
        "Not allowed any more: 1 principal",
        "bedrock:InvokeModel",
        "denied by identity policy inline (inline), statement 1 (Sid No), at new/accounts/",
        "expensive-models: ",
    ] {
        assert!(run.stdout.contains(text), "no {text}: {}", run.stdout);
    }
    let (_folder, run) = compared(&old, &old, &[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.starts_with("equivalent: the same requests are allowed"), "{}", run.stdout);
}

#[test]
fn a_tag_that_changes_is_a_change_of_what_it_opens() {
    let tagged = |team: &str| {
        let mut own = doing(
            "app",
            &[json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
                "Condition": { "StringEquals": { "aws:PrincipalTag/team": "ml" } } })],
        );
        own["Tags"] = json!([{ "Key": "team", "Value": team }]);
        own
    };
    let (_folder, run) = compared(&[tagged("web")], &[tagged("ml")], &["-o", "json"]);
    let answer = run.json();
    assert_eq!((run.code, &of(&answer, "app")["relation"]), (1, &json!("broader")), "{answer}");
    // Another tag opens nothing.
    let (_folder, run) = compared(&[tagged("web")], &[tagged("art")], &["-o", "json"]);
    assert_eq!((run.code, &of(&run.json(), "app")["relation"]), (0, &json!("equivalent")));
}

#[test]
fn errors_of_both_worlds_are_told_together() {
    let folder = Folder::new();
    folder.write("old.json", "{");
    folder.write("new.json", "[");
    folder.run(&["compare", "old.json", "new.json"]).refused(&["old.json:1", "new.json:1"]);
    folder.write("world/accounts/111122223333/authorization-details.json", &details(&[]).to_string());
    folder
        .run(&["compare", "world", "new.json", "--organization", "organization.json"])
        .refused(&["leave --organization out"]);
}

/// What a call needs besides its own check is part of what is compared: only whether tags may be passed differs here.
#[test]
fn a_further_check_of_a_call_tells_worlds_apart() {
    let folder = Folder::new();
    for name in ["old", "new"] {
        let session = "arn:aws:sts::111122223333:federated-user/*";
        let both = ["sts:GetFederationToken", "sts:TagSession"];
        let mut statements = vec![json!({ "Effect": "Allow", "Action": both, "Resource": session })];
        if name == "old" {
            statements.push(json!({ "Effect": "Deny", "Action": "sts:TagSession", "Resource": "*" }));
        }
        let mut world = details(&[]);
        world["UserDetailList"] = json!([{
            "Path": "/", "UserName": "u", "UserId": "AIDAEXAMPLEUSER", "Arn": format!("arn:aws:iam::{ACCOUNT}:user/u"),
            "CreateDate": "2026-03-01T08:00:00Z", "GroupList": [], "AttachedManagedPolicies": [],
            "UserPolicyList": [{ "PolicyName": "inline", "PolicyDocument": policy(&statements) }]
        }]);
        let account = format!("{name}/accounts/{ACCOUNT}");
        folder.write(&format!("{account}/authorization-details.json"), &world.to_string());
        folder.write(&format!("{account}/resource-policies.json"), "{}");
    }
    for (from, to, relation) in [("old", "new", "broader"), ("new", "old", "narrower")] {
        let run = folder.run(&["compare", from, to, "--one-step", "--quiet", "-o", "json"]);
        assert_eq!(run.json()["relation"], relation, "{}", run.stdout);
    }
}

/// Two policy documents: for everybody who may have them, alone or beside others.
#[test]
fn policy_documents_are_compared_for_whoever_has_them() {
    let folder = Folder::new();
    let allow =
        |action: &str, resource: &str| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    let own = allow("s3:GetObject", "arn:aws:s3:::data/${aws:username}/*");
    let anna = allow("s3:GetObject", "arn:aws:s3:::data/anna/*");
    let here = allow("s3:GetObject", "arn:aws:s3:::logs-${aws:PrincipalAccount}/*");
    let there = allow("s3:GetObject", "arn:aws:s3:::logs-444455556666/*");
    let deny = json!({ "Effect": "Deny", "Action": "iam:*", "Resource": "*" });
    let under = |condition: serde_json::Value| json!({ "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*", "Condition": condition });
    let federated = under(json!({ "StringEquals": { "aws:PrincipalType": "FederatedUser" } }));
    let expired = under(json!({ "DateLessThan": { "aws:CurrentTime": "2025-01-01T00:00:00Z" } }));
    for (name, statements) in [
        ("own", vec![own]),
        ("anna", vec![anna]),
        ("here", vec![here]),
        ("there", vec![there]),
        ("data", vec![allow("s3:GetObject", "arn:aws:s3:::data/*")]),
        ("data-without-iam", vec![allow("s3:GetObject", "arn:aws:s3:::data/*"), deny.clone()]),
        ("everything", vec![allow("*", "*")]),
        ("everything-without-iam", vec![allow("*", "*"), deny.clone()]),
        ("no-iam", vec![deny]),
        ("encrypt", vec![allow("kms:Encrypt", "*")]),
        ("decrypt", vec![allow("kms:Decrypt", "*")]),
        ("own-queues", vec![allow("sqs:SendMessage", "arn:aws:sqs:*:111122223333:*")]),
        ("queues", vec![allow("sqs:SendMessage", "*")]),
        ("data-federated", vec![allow("s3:GetObject", "arn:aws:s3:::data/*"), federated]),
        ("data-expired", vec![allow("s3:GetObject", "arn:aws:s3:::data/*"), expired]),
        ("china", vec![allow("s3:GetObject", "arn:aws-cn:s3:::data/*")]),
        ("no-china", vec![allow("s3:GetObject", "arn:aws-c?:s3:::other/*")]),
    ] {
        folder.write(&format!("{name}.json"), &policy(&statements).to_string());
    }
    for (old, new, more, relation, code) in [
        ("data", "data", &[][..], "equivalent", 0),
        ("own", "data", &[], "broader", 1),
        // A user called anna may already; others may not.
        ("own", "anna", &[], "incomparable", 1),
        // The account in which nothing changes is one of many.
        ("there", "here", &[], "incomparable", 1),
        ("there", "here", &["--account", "444455556666"], "equivalent", 0),
        ("here", "there", &["--account", "111122223333"], "incomparable", 1),
        // The policy of a key may leave it to identity policies.
        ("encrypt", "decrypt", &[], "undecided", 3),
        // A queue of another account may let whoever has the policy in.
        ("own-queues", "queues", &["--account", "111122223333"], "undecided", 3),
        // Another policy may allow to make federated-user sessions.
        ("data", "data-federated", &[], "undecided", 3),
        // What expired grants nothing.
        ("data", "data-expired", &[], "equivalent", 0),
        // In the first partition neither allows anything.
        ("china", "no-china", &[], "incomparable", 1),
        // A Deny matters to whoever has another policy, and in a boundary to what policies of resources may grant past it.
        ("data-without-iam", "data", &[], "broader", 1),
        ("data-without-iam", "data", &["--policy-type", "boundary"], "undecided", 3),
        ("everything", "everything-without-iam", &["--policy-type", "boundary"], "narrower", 0),
        ("no-iam", "everything-without-iam", &["--policy-type", "scp"], "broader", 1),
        ("everything", "no-iam", &["--policy-type", "scp"], "narrower", 0),
    ] {
        let files = [format!("{old}.json"), format!("{new}.json")];
        let arguments = ["compare", &files[0], &files[1], "-o", "json", "--today", "2026-11-26"];
        let run = folder.run(&[&arguments[..], more].concat());
        let answer = run.json();
        assert_eq!(answer["relation"], relation, "{old} {new} {more:?}: {}{}", run.stdout, run.stderr);
        assert_eq!((run.code, &answer["exitCode"]), (code, &json!(code)));
        for one in answer["principals"].as_array().unwrap() {
            for side in ["gained", "lost"] {
                if one[side]["answer"] == "some" {
                    assert_eq!(one[side]["witness"]["requests"].as_array().unwrap().len(), 1);
                    assert_ne!(one[side]["elsewhere"][0]["decision"], "Allow");
                }
            }
        }
    }
    // Whatever the name, `own` lets nobody read what `anna` lets everybody read, but anna.
    let run = folder.run(&["compare", "anna.json", "own.json", "--today", "2026-11-26"]);
    for part in
        ["Allowed now, and not before", "Not allowed any more", "arn:aws:iam::*:user/*", "of any account"]
    {
        assert!(run.stdout.contains(part), "{}", run.stdout);
    }
}

#[test]
fn policy_documents_and_worlds_are_told_apart() {
    let folder = Folder::new();
    folder.write("policy.json", &policy(&[]).to_string());
    folder.write("broken.json", "{ \"Statement\": [ { \"Effect\": \"Allow\", \"Action\": 1 } ] }");
    folder.write("ringfence.toml", "");
    folder.write("details.json", &details(&[]).to_string());
    for (arguments, expected) in [
        (
            &["policy.json", "details.json"][..],
            "one of OLD and NEW is a policy document, and the other a world",
        ),
        (&["details.json", "details.json", "--policy-type", "scp"], "are for policy documents"),
        (&["details.json", "details.json", "--account", "111122223333"], "are for policy documents"),
        (
            &["policy.json", "policy.json", "--config", "ringfence.toml"],
            "leave --config, --organization and --one-step out",
        ),
        (&["policy.json", "policy.json", "--account", "1"], "an account id has twelve digits"),
        (&["broken.json", "broken.json"], "broken.json:1:"),
        (&["policy.json", "missing.json"], "missing.json"),
        (&["policy.json", "ringfence.toml"], "ringfence.toml:1:"),
        (&["policy.json", "policy.json", "--one-step"], "no guardrail is judged"),
    ] {
        let arguments = [&["compare"], arguments].concat();
        folder.run(&arguments).refused(&[expected]);
    }
}

/// A key of which no file shows the policy has one, which may leave it to identity policies.
#[test]
fn what_the_policy_of_a_key_may_leave_to_identity_policies_is_undecided() {
    let folder = Folder::new();
    for (name, action) in [("old", "kms:Encrypt"), ("new", "kms:Decrypt")] {
        let mut world = details(&[]);
        let statement = json!({ "Effect": "Allow", "Action": action, "Resource": "*" });
        world["UserDetailList"] = json!([{
            "Path": "/", "UserName": "u", "UserId": "AIDAEXAMPLEUSER", "Arn": format!("arn:aws:iam::{ACCOUNT}:user/u"),
            "CreateDate": "2026-03-01T08:00:00Z", "GroupList": [], "AttachedManagedPolicies": [],
            "UserPolicyList": [{ "PolicyName": "inline", "PolicyDocument": policy(&[statement]) }]
        }]);
        folder.write(&format!("{name}/accounts/{ACCOUNT}/authorization-details.json"), &world.to_string());
    }
    let run = folder.run(&["compare", "old", "new", "--one-step", "--quiet", "-o", "json"]);
    assert_eq!((run.json()["relation"].as_str(), run.code), (Some("undecided"), 3), "{}", run.stdout);
}

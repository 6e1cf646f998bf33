//! `ringfence boundary`: designs for every identity policy, whoever the principal is; the library of reviewed designs.

use std::path::Path;

use serde_json::{Value, json};

use super::harness::{Folder, corpus, finish, policy, program};

/// Committed: the suite fails if it finds less in the library.
const DESIGNS: usize = 7;
const VERDICTS: usize = 40;
const BROKEN: usize = 21;
/// So many mistakes of each design are tried.
const MISTAKES: usize = 3;

/// The account that the library's examples name.
pub(crate) const ARN: &str = "arn:aws:iam::111122223333:policy/boundary/tier";
pub(crate) const DELETE: &str =
    "[[guardrail]]\nid = \"g\"\nkind = \"forbid\"\nactions = [\"ec2:DeleteVpc\"]\n";

/// The verdict on each guardrail of a design.
pub(crate) fn verdicts(policy: &Path, config: &Path, more: &[&str]) -> Value {
    let mut command = program();
    command.args([
        "boundary",
        policy.to_str().unwrap(),
        "--config",
        config.to_str().unwrap(),
        "-o",
        "json",
        "--guardrails-only",
    ]);
    let run = finish(&command.args(more).output().unwrap());
    assert!(run.code != 2, "{}: {}", policy.display(), run.stderr);
    let report = run.json();
    assert_eq!(report.get("exitCode").and_then(Value::as_i64), Some(run.code.into()));
    report
}

pub(crate) fn verdict(statements: &[Value], config: &str, more: &[&str]) -> String {
    let folder = Folder::new();
    let file = folder.write("design.json", &policy(statements).to_string());
    let config = folder.write("guardrails.toml", config);
    let report = verdicts(&file, &config, more);
    report.pointer("/guardrails/0/verdict").and_then(Value::as_str).unwrap().to_owned()
}

pub(crate) fn allow_all() -> Value {
    json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })
}

fn deny(condition: &Value) -> Value {
    json!({ "Effect": "Deny", "Action": "ec2:DeleteVpc", "Resource": "*", "Condition": condition })
}

#[test]
fn accounts_that_are_named_are_judged() {
    let exempt = |account: &str| {
        vec![allow_all(), deny(&json!({ "StringNotEquals": { "aws:PrincipalAccount": account } }))]
    };
    assert_eq!(verdict(&[allow_all(), deny(&json!({}))], DELETE, &[]), "proved");
    assert_eq!(verdict(&exempt("111122223333"), DELETE, &[]), "refuted");
    // The account that stands for all others is one that nothing names, whichever that is.
    let only_there = deny(&json!({ "StringEquals": { "aws:PrincipalAccount": "739154820637" } }));
    assert_eq!(verdict(&[allow_all(), only_there], DELETE, &[]), "refuted");
    // In an account that is given the others do not count.
    assert_eq!(verdict(&exempt("444455556666"), DELETE, &["--arn", ARN]), "proved");
    for condition in [
        json!({ "StringNotLike": { "aws:PrincipalAccount": "1111*" } }),
        json!({ "StringNotEquals": { "aws:PrincipalAccount": "1111${aws:PrincipalTag/rest}" } }),
        json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::1111${aws:PrincipalTag/rest}:role/*" } }),
        json!({ "StringNotLike": { "aws:PrincipalArn": "arn?aws?iam??1111?????????role/app" } }),
        json!({ "DateGreaterThan": { "aws:PrincipalAccount": "9999-01-01T00:00:00Z" } }),
        json!({ "StringLike": { "aws:PrincipalArn": "a*::1111*" } }),
        json!({ "StringLike": { "aws:PrincipalArn": "a*3*" } }),
    ] {
        // Of somebody else in that account it may be refuted; it is never guaranteed.
        let found = verdict(&[allow_all(), deny(&condition)], DELETE, &["--no-resource-policies"]);
        assert_ne!(found, "proved", "{condition}");
    }
    // Only in the account of the scope is there anybody to break it.
    let only = json!({
        "Effect": "Deny", "Action": "ec2:DeleteVpc", "Resource": "*",
        "Condition": { "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/break-glass" } }
    });
    let scope = "principals = { include = [\"arn:aws:iam::111122223333:role/break-glass\"] }\n";
    assert_eq!(verdict(&[allow_all(), only], &format!("{DELETE}{scope}"), &[]), "refuted");
    let folder = Folder::new();
    let file = folder.write("design.json", &policy(&exempt("111122223333")).to_string());
    let mut command = program();
    command.args(["boundary", file.to_str().unwrap(), "--arn", "arn:aws:iam::1111:policy/x"]);
    let run = finish(&command.output().unwrap());
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("names no account"), "{}", run.stderr);
    let of_management = "arn:aws:iam::100200300400:policy/x";
    for more in [vec!["--under", "100200300400"], vec!["--under", "r-acm3", "--arn", of_management]] {
        let mut command = program();
        command.args(["boundary", file.to_str().unwrap(), "--world"]).arg(corpus("organizations/acme"));
        command.args(more);
        let run = finish(&command.output().unwrap());
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains("is the management account"), "{}", run.stderr);
    }
}

#[test]
fn names_tags_and_sessions_are_anybodys() {
    let scoped = |members: &str| format!("{DELETE}principals = {{ {members} }}\n");
    for (condition, config, expected) in [
        (json!({}), DELETE.to_owned(), "proved"),
        // Whom the Deny exempts is somebody.
        (
            json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/break-glass" } }),
            DELETE.to_owned(),
            "refuted",
        ),
        (
            json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/break-glass" } }),
            scoped("exclude = [\"arn:aws:iam::*:role/break-glass\"]"),
            "proved",
        ),
        (
            json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/ops/*" } }),
            scoped("exclude = [\"arn:aws:iam::*:role/ops\"]"),
            "refuted",
        ),
        (json!({ "StringNotEquals": { "aws:PrincipalTag/team": "ops" } }), DELETE.to_owned(), "refuted"),
        (json!({ "StringNotEquals": { "aws:username": "anna" } }), DELETE.to_owned(), "refuted"),
        (json!({ "StringNotEquals": { "aws:username": "anna" } }), scoped("kinds = [\"role\"]"), "proved"),
        (json!({ "StringEquals": { "aws:PrincipalTag/team": "ops" } }), DELETE.to_owned(), "refuted"),
        // A path holds colons and words too.
        (
            json!({ "StringNotLike": { "aws:PrincipalArn": "*:role/app" } }),
            scoped("kinds = [\"user\"]"),
            "refuted",
        ),
        (
            json!({ "StringNotLike": { "aws:PrincipalArn": "*:user/app" } }),
            scoped("kinds = [\"role\"]"),
            "refuted",
        ),
        (
            json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:*" } }),
            scoped("kinds = [\"role\"]"),
            "proved",
        ),
    ] {
        let condition = if condition == json!({}) {
            json!({ "Effect": "Deny", "Action": "ec2:DeleteVpc", "Resource": "*" })
        } else {
            deny(&condition)
        };
        let found = verdict(&[allow_all(), condition.clone()], &config, &["--no-resource-policies"]);
        assert_eq!(found, expected, "{condition} under {config}");
    }
}

#[test]
fn a_scope_is_whom_the_guardrail_is_about() {
    let scoped = |members: &str| format!("{DELETE}principals = {{ {members} }}\n");
    let by_arn = |pattern: &str| deny(&json!({ "ArnNotLike": { "aws:PrincipalArn": pattern } }));
    let by_tag = deny(&json!({ "StringNotEquals": { "aws:PrincipalTag/team": "ops" } }));
    let own = deny(&json!({ "StringEquals": { "aws:PrincipalTag/team": "ml" } }));
    let by_account = deny(&json!({ "StringNotEquals": { "aws:PrincipalAccount": "012345678901" } }));
    for (statement, members, expected) in [
        // Paths.
        (by_arn("arn:aws:iam::*:role/ops/*"), "paths = [\"/app/*\"]", "proved"),
        (by_arn("arn:aws:iam::*:role/ops/*"), "paths = [\"/app/*\", \"/ops/\"]", "refuted"),
        (by_arn("arn:aws:iam::*:role/ops/night/*"), "paths = [\"/ops/*\"], kinds = [\"role\"]", "refuted"),
        (by_arn("arn:aws:iam::*:role/ops/night/*"), "paths = [\"/ops/\"]", "proved"),
        (by_arn("arn:aws:iam::*:*/break-glass"), "paths = [\"/app/*\"]", "refuted"),
        (
            by_arn("arn:aws:iam::*:role/app/x"),
            "include = [\"arn:aws:iam::*:role/*\"], exclude = [\"*/x\"], paths = [\"/app/*\"]",
            "proved",
        ),
        // Tags: of a user they are its own, a session of a role may carry others.
        (by_tag.clone(), "tags = { team = \"ml\" }, kinds = [\"user\"]", "proved"),
        (by_tag.clone(), "tags = { Team = [\"m*\", \"data\"] }, kinds = [\"user\"]", "proved"),
        (by_tag.clone(), "tags = { team = [\"ml\", \"o*\"] }, kinds = [\"user\"]", "refuted"),
        (by_tag.clone(), "tags = { project = \"*\" }, kinds = [\"user\"]", "refuted"),
        (by_tag, "tags = { team = \"ml\" }, kinds = [\"role\"]", "refuted"),
        (own.clone(), "tags = { team = \"ml\" }, kinds = [\"user\"]", "proved"),
        (own, "tags = { team = \"*\" }, kinds = [\"user\"]", "refuted"),
        // Accounts, also one that begins with a zero.
        (by_account.clone(), "accounts = [\"012345678901\"]", "refuted"),
        (by_account.clone(), "accounts = [\"111122223333\"]", "proved"),
        (by_account.clone(), "include = [\"012345678901\"]", "refuted"),
        (by_account.clone(), "include = [\"111122223333\"]", "proved"),
        (by_account, "exclude = [\"012345678901\"]", "proved"),
        // Nobody.
        (
            deny(&json!({ "Bool": { "aws:SecureTransport": "false" } })),
            "kinds = [\"root\"]",
            "not-applicable",
        ),
        (by_arn("*"), "include = [\"arn:aws:iam::*:root\"]", "not-applicable"),
    ] {
        // A federated-user session may carry other tags than its user.
        let no_federation = json!({ "Effect": "Deny", "Action": "sts:GetFederationToken", "Resource": "*" });
        let statements = [allow_all(), statement.clone(), no_federation];
        let found = verdict(&statements, &scoped(members), &["--no-resource-policies"]);
        assert_eq!(found, expected, "{statement} for {members}");
    }
    // Where users can make such sessions nothing tells which tags these have.
    let by_tag = deny(&json!({ "StringNotEquals": { "aws:PrincipalTag/team": "ops" } }));
    let config = scoped("tags = { team = \"ml\" }, kinds = [\"user\"]");
    assert_eq!(verdict(&[allow_all(), by_tag], &config, &["--no-resource-policies"]), "inconclusive");
    // Only those of the account that is given.
    let config = scoped("accounts = [\"444455556666\"]");
    assert_eq!(verdict(&[allow_all()], &config, &["--arn", ARN]), "not-applicable");
}

#[test]
fn organizational_units_are_looked_up() {
    let acme = corpus("organizations/acme");
    let acme = acme.to_str().unwrap();
    let of = |unit: &str, under: &str| {
        let config = format!("{DELETE}principals = {{ ous = [\"{unit}\"] }}\n");
        let deny_vpc = json!({ "Effect": "Deny", "Action": "ec2:*", "Resource": "*" });
        let free = verdict(&[allow_all()], &config, &["--world", acme, "--under", under]);
        let bound = verdict(&[allow_all(), deny_vpc], &config, &["--world", acme, "--under", under]);
        (free, bound)
    };
    let words = |free: &str, bound: &str| (free.to_owned(), bound.to_owned());
    let (ai, platform) = ("ou-acm3-ai00000001", "ou-acm3-aiplatform");
    assert_eq!(of(ai, platform), words("refuted", "proved"));
    assert_eq!(of("r-acm3", platform), words("refuted", "proved"));
    // The SCPs of the OU below are not looked at, and can only deny more.
    assert_eq!(of(platform, ai), words("inconclusive", "proved"));
    assert_eq!(of(ai, "ou-acm3-workloads1"), words("not-applicable", "not-applicable"));
    assert_eq!(of(platform, "100200300433"), words("refuted", "proved"));
    assert_eq!(of("ou-acm3-aisandbox1", "100200300433"), words("not-applicable", "not-applicable"));
    // Nor are those further down that bind an account.
    for (account, expected) in
        [("100200300455", "inconclusive"), ("100200300466", "refuted"), ("100200300433", "not-applicable")]
    {
        for scope in
            [format!("accounts = [\"{account}\"]"), format!("include = [\"arn:aws:iam::{account}:role/x\"]")]
        {
            let config = format!("{DELETE}principals = {{ {scope} }}\n");
            let more = ["--world", acme, "--under", "ou-acm3-workloads1"];
            assert_eq!(verdict(&[allow_all()], &config, &more), expected, "{scope}");
        }
    }
    // Whoever must be able further down may meet one more Deny there.
    for (under, expected) in [("ou-acm3-workloads1", "inconclusive"), ("ou-acm3-workdev001", "proved")] {
        let config = "[[guardrail]]\nid = \"g\"\nkind = \"must-be-able\"\naction = \"s3:ListAllMyBuckets\"\n\
                      principals = { include = [\"arn:aws:iam::111122223333:role/x\"] }\n";
        assert_eq!(
            verdict(&[allow_all()], config, &["--world", acme, "--under", under]),
            expected,
            "{under}"
        );
    }
    let must = format!(
        "[[guardrail]]\nid = \"g\"\nkind = \"must-be-able\"\naction = \"s3:ListAllMyBuckets\"\n\
         principals = {{ ous = [\"{platform}\"], \
         include = [\"arn:aws:iam::111122223333:role/x\"] }}\n"
    );
    // An OU that nothing has would leave somebody out without a word.
    let folder = Folder::new();
    let config = format!("{DELETE}principals = {{ ous = [\"ou-acm3-nowhere001\"] }}\n");
    folder.write("g.toml", &config);
    folder.write("all.json", &policy(&[allow_all()]).to_string());
    let arguments = ["boundary", "all.json", "--config", "g.toml", "--guardrails-only"];
    folder.run(&[&arguments[..], &["--world", acme]].concat()).refused(&["g.toml:5", "matches no OU"]);
    let run = folder.run(&arguments);
    assert!(run.stdout.contains("no organization.json says which accounts"), "{}", run.stdout);
    for (under, expected) in [(platform, "proved"), (ai, "inconclusive")] {
        assert_eq!(verdict(&[allow_all()], &must, &["--world", acme, "--under", under]), expected, "{under}");
    }
}

#[test]
fn whoever_must_be_able_is_named_by_what_the_design_hangs_on() {
    let must = |members: &str| {
        format!(
            "[[guardrail]]\nid = \"g\"\nkind = \"must-be-able\"\naction = \"ec2:DeleteVpc\"\nprincipals = {{ {members} }}\n"
        )
    };
    let by_tag = deny(&json!({ "StringNotEquals": { "aws:PrincipalTag/team": "ops" } }));
    for (members, expected) in [
        ("kinds = [\"user\", \"role\"]", "inconclusive"),
        ("tags = { team = \"ops\" }", "proved"),
        ("tags = { team = [\"ops\"], project = \"*\" }", "proved"),
        ("tags = { team = \"o*\" }", "inconclusive"),
        ("tags = { team = \"ml\" }", "refuted"),
    ] {
        assert_eq!(verdict(&[allow_all(), by_tag.clone()], &must(members), &[]), expected, "{members}");
    }
    let by_arn = deny(&json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/ops/*" } }));
    for (members, expected) in [
        ("paths = [\"/ops/*\"]", "inconclusive"),
        ("include = [\"arn:aws:iam::111122223333:role/ops/anna\"]", "proved"),
        ("include = [\"arn:aws:iam::111122223333:role/ml/anna\"]", "refuted"),
    ] {
        assert_eq!(
            verdict(&[allow_all(), by_arn.clone()], &must(members), &["--arn", ARN]),
            expected,
            "{members}"
        );
    }
    // A pattern of actions hangs on what any of them does.
    let pattern = must("paths = [\"/ops/*\"]").replace("ec2:DeleteVpc", "ec2:DeleteVp?");
    assert_eq!(verdict(&[allow_all(), by_arn], &pattern, &["--arn", ARN]), "inconclusive");
    // A call that passes tags makes a check of its own, which may hang on who calls.
    let by_tag = json!({
        "Effect": "Deny", "Action": "sts:TagSession", "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:PrincipalTag/team": "ops" } }
    });
    for (members, expected) in
        [("kinds = [\"role\"]", "inconclusive"), ("tags = { team = \"ml\" }", "refuted")]
    {
        let must = format!(
            "[[guardrail]]\nid = \"g\"\nkind = \"must-be-able\"\naction = \"sts:AssumeRole\"\n\
             context = {{ \"aws:TagKeys\" = \"project\", \"aws:RequestTag/project\" = \"x\" }}\nprincipals = {{ {members} }}\n"
        );
        assert_eq!(verdict(&[allow_all(), by_tag.clone()], &must, &[]), expected, "{members}");
    }
}

#[test]
fn what_nobody_can_call_is_not_applicable_whatever_the_policies_say() {
    // IAM has one Region.
    let able = |region: &str| {
        format!(
            "[[guardrail]]\nid = \"g\"\nkind = \"must-be-able\"\naction = \"iam:CreatePolicyVersion\"\n\
             context = {{ \"aws:RequestedRegion\" = \"{region}\" }}\nprincipals = {{ kinds = [\"role\"] }}\n"
        )
    };
    let reads = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" });
    for statements in [vec![allow_all()], vec![reads.clone()]] {
        assert_eq!(verdict(&statements, &able("eu-central-1"), &[]), "not-applicable", "{statements:?}");
    }
    assert_eq!(verdict(&[reads], &able("us-east-1"), &[]), "refuted");
}

#[test]
fn accounts_that_policies_put_together_are_judged() {
    let free = |statements: &[Value], config: &str| verdict(statements, config, &["--no-resource-policies"]);
    let forbid = |resource: &str| {
        format!(
            "[[guardrail]]\nid = \"g\"\nkind = \"forbid\"\nactions = [\"s3:DeleteBucket\"]\nresources = [\"{resource}\"]\n"
        )
    };
    let own =
        |resource: &str| json!({ "Effect": "Allow", "Action": "s3:DeleteBucket", "Resource": resource });
    // The account stands in the middle of more digits.
    let inside = own("arn:aws:s3:::x${aws:PrincipalAccount}*");
    assert_eq!(free(std::slice::from_ref(&inside), &forbid("arn:aws:s3:::x1111222233334")), "refuted");
    assert_eq!(free(&[inside], &forbid("arn:aws:s3:::y1111222233334")), "proved");
    // The unique id of a root user is its account.
    let by_id = json!({ "Effect": "Deny", "Action": "s3:DeleteBucket", "NotResource": "arn:aws:s3:::b-${aws:userid}" });
    assert_ne!(verdict(&[by_id], &forbid("arn:aws:s3:::b-1111*"), &["--scp"]), "proved");
    // An ARN that is put into a name holds the account, also where the variable has a default.
    let by_arn = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:PrincipalArn, 'x'}" });
    let objects = "[[guardrail]]\nid = \"g\"\nkind = \"forbid\"\nactions = [\"s3:GetObject\"]\n\
                   resources = [\"arn:aws:s3:::b/arn:aws:iam::1111*\"]\n";
    assert_eq!(free(std::slice::from_ref(&by_arn), objects), "inconclusive");
    assert_eq!(verdict(&[by_arn], objects, &["--no-resource-policies", "--arn", ARN]), "refuted");
    // An SCP that exempts a partner's account.
    let partner = json!({
        "Effect": "Deny", "Action": ["s3:*", "sts:AssumeRole"], "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:ResourceAccount": ["${aws:PrincipalAccount}", "999988887777"] } }
    });
    let accounts = |action: &str| {
        format!(
            "[[guardrail]]\nid = \"g\"\nkind = \"approved-accounts\"\nactions = [\"{action}\"]\naccounts = []\n"
        )
    };
    for action in ["s3:GetObject", "sts:AssumeRole"] {
        assert_eq!(
            verdict(std::slice::from_ref(&partner), &accounts(action), &["--scp"]),
            "inconclusive",
            "{action}"
        );
    }
}

#[test]
fn paths_of_the_organisation_are_those_of_accounts_further_down() {
    let acme = corpus("organizations/acme");
    let acme = acme.to_str().unwrap();
    let path = "o-acm3k7x2p9/r-acm3/ou-acm3-ai00000001/ou-acm3-aiplatform/";
    let config = format!(
        "{DELETE}when = {{ \"ForAnyValue:StringEquals\" = {{ \"aws:PrincipalOrgPaths\" = \"{path}\" }} }}\n"
    );
    let under = |under: &str| verdict(&[allow_all()], &config, &["--world", acme, "--under", under]);
    assert_ne!(under("ou-acm3-ai00000001"), "proved");
    assert_eq!(under("100200300433"), "refuted");
    assert_eq!(under("100200300466"), "proved");
}

#[test]
fn policies_of_resources_that_grant_nothing_alone_still_let_callers_in() {
    let free = |config: &str| verdict(&[allow_all()], config, &["--no-resource-policies"]);
    let assume = "[[guardrail]]\nid = \"g\"\nkind = \"forbid\"\nactions = [\"sts:AssumeRole\"]\n";
    assert_eq!(free(assume), "inconclusive");
    let send = "[[guardrail]]\nid = \"g\"\nkind = \"approved-accounts\"\nactions = [\"sqs:SendMessage\"]\naccounts = []\n";
    assert_eq!(free(send), "inconclusive");
    let narrow = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" });
    assert_eq!(verdict(&[narrow], assume, &["--no-resource-policies"]), "proved");
}

/// Whoever carries the policy that is judged could still rewrite the boundary that others carry.
#[test]
fn boundaries_that_others_carry_are_approved_too() {
    let protected = json!({
        "Effect": "Deny", "Resource": "arn:aws:iam::*:policy/own",
        "Action": ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"]
    });
    let carried = json!({
        "Effect": "Deny", "Resource": "*",
        "Action": ["iam:*PermissionsBoundary", "iam:CreateUser", "iam:CreateRole"]
    });
    let role = json!({
        "Path": "/", "RoleName": "b", "RoleId": "AROAEXAMPLEBOUNDED01", "Arn": "arn:aws:iam::111122223333:role/b",
        "CreateDate": "2026-01-01T00:00:00Z", "RolePolicyList": [], "AttachedManagedPolicies": [], "Tags": [],
        "AssumeRolePolicyDocument": policy(&[json!({
            "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole"
        })]),
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/other"
        }
    });
    let other = json!({
        "PolicyName": "other", "PolicyId": "ANPAEXAMPLEBOUNDED01", "Arn": "arn:aws:iam::111122223333:policy/other",
        "Path": "/", "DefaultVersionId": "v1", "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 1,
        "IsAttachable": true, "CreateDate": "2026-01-01T00:00:00Z", "UpdateDate": "2026-01-01T00:00:00Z",
        "PolicyVersionList": [{
            "VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2026-01-01T00:00:00Z",
            "Document": policy(&[allow_all()])
        }]
    });
    let export = json!({
        "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": [other]
    });
    let folder = Folder::new();
    let world = folder.write("world/accounts/111122223333/authorization-details.json", &export.to_string());
    let world = world.ancestors().nth(3).unwrap().to_str().unwrap().to_owned();
    let config = "[[guardrail]]\nid = \"g\"\nkind = \"boundary-protected\"\n";
    let more = ["--arn", "arn:aws:iam::111122223333:policy/own", "--no-resource-policies"];
    let design = [allow_all(), protected, carried];
    assert_eq!(verdict(&design, config, &more), "proved");
    let with_world = [&more[..], &["--world", &world]].concat();
    assert_eq!(verdict(&design, config, &with_world), "refuted");
}

/// A question about the roles of an account names nobody whom the guardrail is about.
#[test]
fn roles_that_a_chain_leaves_free_are_no_users() {
    let invokes = json!({
        "Effect": "Deny", "Action": ["bedrock:InvokeModel*"], "Resource": "*",
        "Condition": { "ArnNotLike": {
            "aws:PrincipalArn": ["arn:aws:iam::*:role/agent-runtime", "arn:aws:iam::*:user/agent-runtime"]
        } }
    });
    let others = json!({
        "Effect": "Deny", "Resource": "*",
        "NotAction": ["bedrock:InvokeModel*", "bedrock:CreateEvaluationJob", "iam:PassRole"]
    });
    let config = "[[guardrail]]\nid = \"g\"\nkind = \"cannot-invoke\"\nmodels = \"expensive\"\n\
                  principals = { kinds = [\"user\"], exclude = [\"arn:aws:iam::*:user/agent-runtime\"] }\n";
    let more = ["--scp", "--no-resource-policies"];
    assert_eq!(verdict(&[invokes, others], config, &more), "inconclusive");
}

#[test]
fn a_boundary_without_a_known_arn_is_approved() {
    let config = "[boundaries]\napproved = [\"arn:aws:iam::*:policy/boundary/*\"]\n\
                  [[guardrail]]\nid = \"g\"\nkind = \"must-be-bounded\"\n";
    assert_eq!(verdict(&[allow_all()], config, &[]), "proved");
    assert_eq!(verdict(&[allow_all()], config, &["--arn", ARN]), "proved");
    let other = "arn:aws:iam::111122223333:policy/other";
    assert_eq!(verdict(&[allow_all()], config, &["--arn", other]), "refuted");
    let unused = "[[guardrail]]\nid = \"g\"\nkind = \"unused\"\ndays = 90\n";
    assert_eq!(verdict(&[allow_all()], unused, &[]), "inconclusive");
    let reads = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" });
    assert_eq!(verdict(&[reads], unused, &["--no-resource-policies"]), "proved");
}

#[test]
fn a_managed_policy_of_aws_is_a_boundary_too() {
    let folder = Folder::new();
    folder.write("g.toml", "[[guardrail]]\nid = \"g\"\nkind = \"forbid\"\nactions = [\"iam:CreateUser\"]\n");
    for name in ["PowerUserAccess", "arn:aws:iam::aws:policy/PowerUserAccess"] {
        let run = folder.run(&[
            "boundary",
            name,
            "--config",
            "g.toml",
            "--guardrails-only",
            "-o",
            "json",
            "--no-resource-policies",
        ]);
        assert_eq!(run.json()["guardrails"][0]["verdict"], json!("proved"), "{name}");
    }
    folder.run(&["boundary", "PowerUserAcces"]).refused(&["none of AWS's managed policies"]);
}

#[test]
fn a_service_control_policy_binds_the_root_user_too() {
    let statements = [json!({
        "Effect": "Deny", "Action": "ec2:DeleteVpc", "Resource": "*",
        "Condition": { "StringNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:root" } }
    })];
    assert_eq!(verdict(&statements, DELETE, &["--scp"]), "refuted");
    let config = format!("{DELETE}principals = {{ kinds = [\"role\", \"user\"] }}\n");
    assert_eq!(verdict(&statements, &config, &["--scp"]), "proved");
}

#[test]
fn the_chain_of_an_organisation_is_judged_alone_or_with_a_boundary() {
    let acme = corpus("organizations/acme");
    let organization: Value =
        serde_json::from_str(&std::fs::read_to_string(acme.join("organization.json")).unwrap()).unwrap();
    let unit = |name: &str| {
        let all = organization["OrganizationalUnits"].as_array().unwrap();
        let found = all.iter().find(|unit| unit["Name"] == name).unwrap();
        found["Id"].as_str().unwrap().to_owned()
    };
    for (name, guardrail, expected) in [
        ("Sandbox", "modify-and-invoke", "proved"),
        // Roles with which agents and jobs run a model are bound by the chain as well.
        ("Sandbox", "expensive-models", "proved"),
        ("Development", "expensive-models", "refuted"),
    ] {
        let mut command = program();
        let run = command.args([
            "boundary",
            "--world",
            acme.to_str().unwrap(),
            "--under",
            &unit(name),
            "-o",
            "json",
            "--guardrails-only",
        ]);
        let report = finish(&run.output().unwrap()).json();
        let found =
            report["guardrails"].as_array().unwrap().iter().find(|one| one["id"] == guardrail).unwrap();
        assert_eq!(found["verdict"], expected, "{name}: {found}");
        // Without a boundary the root user is judged as well.
        assert!(found["verdicts"].as_array().unwrap().iter().any(|one| one["principal"] == "root"));
    }
}

#[test]
fn the_library_guarantees_what_it_says_and_its_mistakes_do_not() {
    let mut designs = 0;
    let (mut compared, mut broken, mut wrong) = (0, 0, Vec::new());
    let mut folders: Vec<_> = std::fs::read_dir(corpus("library"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    for folder in folders {
        designs += 1;
        let read = |name: &str| -> Value {
            serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
        };
        let expected = read("expected.json");
        let mut more = vec!["--no-resource-policies"];
        if expected["under"] == "service-control" {
            more.push("--scp");
        } else {
            more.extend(["--arn", ARN]);
        }
        let config = folder.join("ringfence.toml");
        let found = |policy: &Path| {
            let report = verdicts(policy, &config, &more);
            let all = report["guardrails"].as_array().unwrap().clone();
            move |id: &Value| {
                let one = all.iter().find(|one| one["id"] == *id).unwrap();
                one["verdict"].as_str().unwrap().to_owned()
            }
        };
        let design = found(&folder.join("policy.json"));
        for entry in expected["verdicts"].as_array().unwrap() {
            compared += 1;
            let verdict = design(&entry["guardrail"]);
            if entry["verdict"] != verdict.as_str() {
                wrong.push(format!("{}: {entry}, not {verdict}", folder.display()));
            }
        }
        let scratch = Folder::new();
        for mistake in read("broken.json").as_array().unwrap().iter().take(MISTAKES) {
            broken += 1;
            let policy = scratch.write("policy.json", &mistake["policy"].to_string());
            let design = found(&policy);
            for entry in mistake["refutes"].as_array().unwrap() {
                compared += 1;
                // Where only a world shows the request, the design is left open; never is it guaranteed.
                let verdict = design(&entry["guardrail"]);
                if verdict == "proved" {
                    wrong.push(format!("{}: {}: {entry} is guaranteed", folder.display(), mistake["name"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(designs >= DESIGNS && compared >= VERDICTS && broken >= BROKEN, "{designs} {compared} {broken}");
}

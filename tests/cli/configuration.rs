//! ringfence.toml: what is refused, and where.

use super::harness::{Folder, reader};

/// Each file with what its error must say; the place is line and column.
const REFUSED: [(&str, &str, &str); 69] = [
    ("[modles]\n", "1:2", "unknown key `modles`"),
    ("[[guardrail]\n", "1:", "unclosed array table"),
    ("defaults = 1\n", "1:12", "`defaults` must be true or false, not an integer"),
    ("defaults = false\n", "1:12", "no guardrail to check"),
    ("guardrail = []\n", "1:13", "no guardrail to check"),
    ("[models]\nexpensive = { ids = [\"a\"], prices = 3 }\n", "2:28", "unknown key `prices`"),
    ("[models]\nexpensive = {}\n", "2:13", "no model can be in the set `expensive`"),
    ("[models]\nx = { ids = [\"eu.amazon.nova-lite-v1:0\"] }\n", "2:14", "write `amazon.nova-lite-v1:0`"),
    ("[models]\nx = { ids = [\"arn:aws:bedrock:::m/a\"] }\n", "2:14", "is an ARN"),
    ("[models]\nx = { ids = [\"Claude\"] }\n", "2:14", "no model id matches"),
    ("[models]\nx = { output_price_above = -1 }\n", "2:28", "not a price"),
    ("[models]\nx = { output_price_above = \"10\" }\n", "2:28", "not a price"),
    ("[models]\ntraining_buckets = [\"my-bucket\"]\n", "2:21", "not the ARN of a bucket"),
    ("[boundaries]\napproved = [\"boundary/*\"]\n", "2:13", "matches no policy"),
    ("[boundaries]\napproved = \"arn:aws:iam::*:policy/*\"\n", "2:12", "must be a list, not a string"),
    (
        "[administrators]\naccepted = [{ principal = \"arn:*\", reason = \"r\" }]\n",
        "2:13",
        "`owner` is missing",
    ),
    ("[[guardrail]]\nid = \"a\"\nkind = \"cannot-fly\"\n", "3:8", "no kind of guardrail `cannot-fly`"),
    ("[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\n", "1:1", "`actions` is missing"),
    ("[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = []\n", "4:11", "`actions` is empty"),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:GetObject\"]\nresources = [\"arn:aws:s3:::b/${aws:username}/*\"]\n",
        "5:14",
        "`resources` holds a policy variable",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"must-be-able\"\naction = \"s3:GetObject\"\ncontext = { \"aws:SourceIp\" = \"${aws:x}\" }\n",
        "5:",
        "holds a policy variable",
    ),
    (
        "[boundaries]\napproved = [\"arn:aws:iam::*:policy/${aws:username}\"]\n",
        "2:13",
        "holds a policy variable",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:GetObject\", \"s3:DeleteBucke\"]\n",
        "4:28",
        "no such action: `s3:DeleteBucke`",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:GetObject\"]\nresources = [\"arn:aws:sqs:eu-west-1:111122223333:q\"]\n",
        "4:12",
        "cannot be asked about",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:GetObject\", \"s3:DeleteBucket\"]\nresources = [\"arn:aws:s3:::b\", \"arn:aws:s3:::b/*\", \"arn:aws:sqs:eu-west-1:111122223333:q\"]\n",
        "5:",
        "cannot be asked about",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:*\"]\nwhen = { StringEqual = { \"aws:SourceIp\" = \"1\" } }\n",
        "5:8",
        "StringEqual",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:*\"]\nwhen = { StringEquals = { \"aws:SourceVcp\" = \"1\" } }\n",
        "5:8",
        "aws:SourceVcp",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:*\"]\nunless = {}\n",
        "5:10",
        "holds no condition",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:*\"]\nunless = { StringEquals = {} }\n",
        "5:27",
        "compares no key",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:*\"]\nunless = []\n",
        "5:10",
        "no block of conditions",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:GetObject\"]\nwhen = { StringEquals = { \"ec2:InstanceType\" = \"t3.nano\" } }\n",
        "5:8",
        "none of the actions carries the key",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"cannot-invoke\"\nmodels = \"expensive\"\nunapproved = \"expensive\"\n",
        "1:1",
        "both there",
    ),
    ("[[guardrail]]\nid = \"a\"\nkind = \"approved-regions\"\n", "1:1", "`regions` is missing"),
    ("[[guardrail]]\nid = \"a\"\nkind = \"approved-regions\"\nregions = []\n", "4:11", "`regions` is empty"),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"approved-regions\"\nregions = [\"eu-west-9\"]\n",
        "4:12",
        "no Region `eu-west-9`",
    ),
    ("[[guardrail]]\nid = \"a\"\nkind = \"approved-accounts\"\n", "1:1", "`accounts` is missing"),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"approved-accounts\"\naccounts = [\"12\"]\n",
        "4:13",
        "is no account",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"guardrail-required\"\nguardrails = [\"abc\"]\n",
        "4:15",
        "matches no ARN",
    ),
    ("[[guardrail]]\nid = \"a\"\nkind = \"network-required\"\n", "1:1", "no network is approved"),
    ("[[guardrail]]\nid = \"a\"\nkind = \"network-required\"\nvpcs = [\"vpce-1\"]\n", "4:9", "is no VPC"),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"network-required\"\nip_ranges = [\"10.0.0.0/33\"]\n",
        "4:14",
        "no range of addresses",
    ),
    ("[[guardrail]]\nid = \"a\"\nkind = \"owned\"\n", "1:1", "no tag is required"),
    ("[[guardrail]]\nid = \"a\"\nkind = \"unused\"\n", "1:1", "`days` is missing"),
    ("[[guardrail]]\nid = \"a\"\nkind = \"unused\"\ndays = 0\n", "4:8", "no whole number from 1 to 400"),
    ("[[guardrail]]\nid = \"a\"\nkind = \"unused\"\ndays = \"90\"\n", "4:8", "no whole number"),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"cannot-commit-spend\"\ncommitments = [\"beer\"]\n",
        "4:16",
        "no kind of commitment `beer`",
    ),
    ("[[guardrail]]\nid = \"a\"\nkind = \"must-be-able\"\n", "1:1", "`action` is missing"),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"must-be-able\"\naction = \"s3:GetObject\"\nabsent = [\"aws:SourceIpp\"]\n",
        "5:10",
        "aws:SourceIpp",
    ),
    ("[[guardrail]]\nkind = \"cannot-escape-boundary\"\n", "1:1", "`id` is missing"),
    ("[[guardrail]]\nid = \"a\"\nkind = \"cannot-invoke\"\n", "1:1", "`models` is missing"),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"cannot-invoke\"\nmodels = \"dear\"\n",
        "4:10",
        "no set of models `dear`",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"cannot-escape-boundary\"\nmodels = \"expensive\"\n",
        "4:1",
        "unknown key `models`",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"separation-of-duties\"\ntiers = [\"servings\"]\n",
        "4:10",
        "no tier `servings`",
    ),
    ("[[guardrail]]\nid = \"a\"\nkind = \"separation-of-duties\"\ntiers = []\n", "4:9", "names no tier"),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"cannot-escape-boundary\"\nprincipals = { include = [\"dev\"] }\n",
        "4:27",
        "matches no principal",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"cannot-escape-boundary\"\nprincipals = { ous = [\"Sandbox\"] }\n",
        "4:23",
        "`Sandbox` is no OU",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"cannot-escape-boundary\"\nprincipals = { kinds = [\"group\"] }\n",
        "4:25",
        "no kind of principal `group`",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"cannot-escape-boundary\"\nprincipals = { paths = [\"app\"] }\n",
        "4:25",
        "no path matches `app`",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"must-be-bounded\"\nprincipals = { paths = [\"/app\"] }\n",
        "4:25",
        "no path matches `/app`",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:GetObject\"]\nwhen = { IpAddress = { \"aws:SourceIp\" = \"10.0.0/8\" } }\n",
        "5:",
        "compares with `10.0.0/8` by `IpAddress`",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:GetObject\"]\nwhen = { DateLessThan = { \"aws:CurrentTime\" = 2027-01-01T00:00:00 } }\n",
        "5:",
        "compares with `2027-01-01T00:00:00` by `DateLessThan`",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:GetObject\"]\nwhen = { Bool = { \"aws:SecureTransport\" = \"yes\" } }\n",
        "5:",
        "compares with `yes` by `Bool`",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"forbid\"\nactions = [\"s3:GetObject\"]\nwhen = { NumericLessThan = { \"aws:MultiFactorAuthAge\" = inf } }\n",
        "5:",
        "compares with `inf` by `NumericLessThan`",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"cannot-escape-boundary\"\nprincipals = { tags = { team = [] } }\n",
        "4:32",
        "the tag `team` has no value",
    ),
    (
        "[[guardrail]]\nid = \"a\"\nkind = \"cannot-escape-boundary\"\nprincipals = { accounts = [] }\n",
        "4:27",
        "`accounts` names nobody",
    ),
    (
        "defaults = true\n[[guardrail]]\nid = \"boundary-escape\"\nkind = \"cannot-escape-boundary\"\n",
        "2:1",
        "two guardrails `boundary-escape`",
    ),
    (
        "[[exception]]\nguardrail = \"x\"\nprincipal = \"arn:*\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2027-01-31\n",
        "2:13",
        "no guardrail `x`",
    ),
    (
        "[[exception]]\nguardrail = \"boundary-escape\"\nprincipal = \"arn:*\"\nreason = \"r\"\nowner = \"o\"\nexpires = [1]\n",
        "6:11",
        "not a day",
    ),
    ("[assumptions]\nF99 = { choice = \"lower\", reason = \"r\" }\n", "2:1", "no open point"),
];

#[test]
fn what_is_wrong_is_refused_at_its_place() {
    let folder = Folder::world(&[reader()]);
    for (text, place, message) in REFUSED {
        folder.write("ringfence.toml", text);
        folder.run(&["check", "--world", "."]).refused(&[
            &format!("ringfence.toml:{place}"),
            message,
            "help:",
        ]);
    }
}

#[test]
fn all_errors_of_the_file_are_shown_in_the_order_of_its_lines() {
    let folder = Folder::world(&[reader()]);
    folder.write("r.toml", "[assumptions]\nF17 = { choice = \"maybe\" }\n[wrong]\n[models]\nx = 3\n");
    let run = folder.run(&["check", "--config", "r.toml"]);
    run.refused(&["4 errors in the input"]);
    let places: Vec<usize> = ["r.toml:2:7", "r.toml:2:18", "r.toml:3:2", "r.toml:5:5"]
        .iter()
        .map(|place| run.stderr.find(place).unwrap())
        .collect();
    assert!(places.is_sorted(), "{}", run.stderr);
}

#[test]
fn an_error_shows_its_line() {
    let folder = Folder::world(&[reader()]);
    folder.write("ringfence.toml", "[boundaries]\napproved = [\"boundary/*\"]\n");
    let expected = "\
error: `boundary/*` matches no policy
 --> ringfence.toml:2:13
  |
2 | approved = [\"boundary/*\"]
  |             ^
  |
  = help: write an ARN such as `arn:aws:iam::*:policy/boundary/*`
";
    assert_eq!(folder.run(&["check", "--config", "ringfence.toml"]).stderr, expected);
}

#[test]
fn a_missing_file_is_an_error_only_if_it_was_named() {
    let folder = Folder::world(&[reader()]);
    assert_ne!(folder.run(&["check"]).code, 2);
    folder.run(&["check", "--config", "none.toml"]).refused(&["none.toml:1:1", "does not exist"]);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_no_missing_file() {
    let folder = Folder::world(&[reader()]);
    let link = folder.path().join("ringfence.toml");
    std::os::unix::fs::symlink("shared.toml", &link).unwrap();
    folder.run(&["check"]).refused(&["ringfence.toml:1:1", "does not exist"]);
    folder.write("shared.toml", "defaults = true\n");
    assert_ne!(folder.run(&["check"]).code, 2);
}

#[test]
fn every_key_that_the_documentation_shows_is_read() {
    let folder = Folder::world(&[reader()]);
    let documentation = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md"),
    )
    .unwrap();
    let example = documentation.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    folder.write("ringfence.toml", example);
    let run = folder.run(&["check", "--today", "2026-11-22"]);
    assert_ne!(run.code, 2, "{}", run.stderr);
    for key in
        ["[models]", "[boundaries]", "[administrators]", "[[guardrail]]", "[[exception]]", "[assumptions]"]
    {
        assert!(example.contains(key), "{key}");
    }
}

//! Conditions: every operator with keys and values that meet each other and the rest of the world.

use serde_json::{Map, Value, json};

use super::super::random::Random;
use super::{FIRST, ORGANIZATION, ROOT, SECOND};

/// Operators that go with a key, and values of which one or two are taken.
type Family = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const TEXT: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIfExists",
    "StringNotEqualsIfExists",
    "StringEqualsIgnoreCase",
    "StringNotLikeIfExists",
];
const EQUAL: &[&str] =
    &["StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringNotEqualsIfExists"];
const SETS: &[&str] = &[
    "ForAllValues:StringEquals",
    "ForAnyValue:StringEquals",
    "ForAllValues:StringLike",
    "ForAnyValue:StringNotEquals",
    "ForAllValues:StringNotLikeIfExists",
    "ForAnyValue:StringLike",
];
const ARNS: &[&str] =
    &["ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEqualsIfExists", "StringLike", "StringNotLike"];

const FAMILIES: &[Family] = &[
    (
        TEXT,
        &["aws:PrincipalTag/team"],
        &["red", "blue", "r*", "${aws:PrincipalTag/cost, 'red'}", "", "b${*}"],
    ),
    (TEXT, &["aws:ResourceTag/team", "aws:RequestTag/team"], &["red", "${aws:PrincipalTag/team}", "b*", ""]),
    (SETS, &["aws:TagKeys"], &["team", "cost", "own*"]),
    (SETS, &["aws:CalledVia"], &["cloudformation.amazonaws.com", "athena.amazonaws.com"]),
    (SETS, &["aws:PrincipalOrgPaths"], &["o-exampleorg/r-ab12/*", "o-exampleorg/r-ab12/ou-ab12-dev00001/"]),
    (EQUAL, &["aws:RequestedRegion"], &["eu-central-1", "us-east-1", "eu-west-1"]),
    (
        EQUAL,
        &["aws:PrincipalOrgID", "aws:ResourceOrgID", "aws:SourceOrgID"],
        &[ORGANIZATION, "o-otherorg00", "${aws:PrincipalOrgID}"],
    ),
    (
        EQUAL,
        &["aws:ResourceAccount", "aws:PrincipalAccount", "aws:SourceAccount"],
        &[FIRST, SECOND, "${aws:PrincipalAccount}"],
    ),
    (EQUAL, &["aws:SourceVpce", "aws:SourceVpc"], &["vpce-1", "vpc-1"]),
    (EQUAL, &["aws:PrincipalType"], &["User", "AssumedRole", "Account", "FederatedUser"]),
    (EQUAL, &["aws:username", "aws:SourceIdentity"], &["u0", "u1", "${aws:PrincipalTag/team}"]),
    (
        TEXT,
        &["aws:userid", "sts:RoleSessionName"],
        &["*:u0", "AROA*:*", "${aws:username}", "*:${aws:SourceIdentity}"],
    ),
    (TEXT, &["s3:prefix", "s3:ExistingObjectTag/team"], &["home/${aws:username}/*", "red", "r*"]),
    (
        TEXT,
        &["iam:PassedToService", "kms:ViaService"],
        &["lambda.amazonaws.com", "s3.eu-central-1.amazonaws.com", "b*"],
    ),
    (
        ARNS,
        &["aws:PrincipalArn"],
        &[
            "arn:aws:iam::*:role/r1",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::*:root",
            "arn:aws:iam::*:user/${aws:username}",
        ],
    ),
    (
        ARNS,
        &["iam:PermissionsBoundary", "iam:PolicyARN"],
        &["arn:aws:iam::*:policy/bd", "arn:aws:iam::aws:policy/*"],
    ),
    (
        ARNS,
        &["aws:SourceArn", "bedrock:InferenceProfileArn", "bedrock:GuardrailIdentifier"],
        &["arn:aws:bedrock:*:111122223333:*", "arn:aws:s3:::data"],
    ),
    (
        &["IpAddress", "NotIpAddress", "IpAddressIfExists", "NotIpAddressIfExists"],
        &["aws:SourceIp", "aws:VpcSourceIp"],
        &["10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32", "203.0.113.7"],
    ),
    (
        &[
            "DateGreaterThan",
            "DateLessThan",
            "DateLessThanEquals",
            "DateEquals",
            "DateNotEquals",
            "DateGreaterThanIfExists",
        ],
        &["aws:CurrentTime", "aws:TokenIssueTime", "aws:EpochTime"],
        &["2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z", "1790000000", "2026-06-01"],
    ),
    (
        &["NumericLessThan", "NumericGreaterThanEquals", "NumericLessThanIfExists", "NumericNotEquals"],
        &["aws:MultiFactorAuthAge", "s3:max-keys"],
        &["3600", "0", "100", "12.5"],
    ),
    (
        &["Bool", "BoolIfExists"],
        &[
            "aws:MultiFactorAuthPresent",
            "aws:SecureTransport",
            "aws:ViaAWSService",
            "aws:PrincipalIsAWSService",
            "aws:AssumedRoot",
        ],
        &["true", "false"],
    ),
    (
        &["Null"],
        &[
            "aws:PrincipalTag/team",
            "aws:RequestTag/team",
            "aws:SourceVpce",
            "aws:MultiFactorAuthAge",
            "aws:TokenIssueTime",
            "aws:TagKeys",
            "aws:SourceIdentity",
            "aws:PrincipalOrgID",
        ],
        &["true", "false"],
    ),
];

/// One operator, key and list of values.
pub(super) fn one(random: &mut Random) -> Value {
    let (operators, keys, values) = random.pick(FAMILIES);
    let operator = random.pick(operators);
    let some = match operator {
        "Null" | "Bool" | "BoolIfExists" => 1,
        // A list under Equals or a comparison is an "or"; one value is what people write.
        _ => random.between(1, 2),
    };
    let values = random.pick_some(values, some);
    let written = match values.as_slice() {
        [value] => json!(value),
        several => json!(several),
    };
    json!({ operator: { random.pick(keys): written } })
}

/// A `Condition` of one or two of them, more often of none.
pub(super) fn some(random: &mut Random) -> Option<Value> {
    if random.chance(45) {
        return None;
    }
    let mut condition = one(random);
    if random.chance(40) {
        merge(&mut condition, one(random));
    }
    Some(condition)
}

/// Both conditions; of a key that both have under one operator the second's values stay.
fn merge(condition: &mut Value, other: Value) {
    let (Some(all), Value::Object(other)) = (condition.as_object_mut(), other) else {
        return;
    };
    for (operator, keys) in other {
        let had = all.entry(operator).or_insert_with(|| Value::Object(Map::new()));
        if let (Some(had), Value::Object(keys)) = (had.as_object_mut(), keys) {
            had.extend(keys);
        }
    }
}

/// A path of OUs or an id that conditions of a trust policy may ask for.
pub(super) fn of_trust(random: &mut Random) -> Value {
    let paths = format!("{ORGANIZATION}/{ROOT}/*");
    match random.below(7) {
        0 => json!({ "StringEquals": { "aws:RequestTag/team": ["red", "blue"] } }),
        1 => json!({ "StringEquals": { "sts:ExternalId": "x" } }),
        2 => json!({ "StringLike": { "sts:RoleSessionName": "${aws:username}" } }),
        3 => json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } }),
        4 => json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": [paths] } }),
        5 => json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
        _ => one(random),
    }
}

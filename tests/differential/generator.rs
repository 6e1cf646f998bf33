//! Random simulation cases as JSON, in the format of `ringfence simulate`, so that a failing one can be kept as it is.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::sample::select;
use proptest::strategy::{Just, Strategy};
use proptest::{bool, prop_oneof};
use serde_json::{Map, Value, json};

use super::pools::{ACTIONS, CUSTOM, KINDS, RESOURCES, TARGETS};
use super::sides;

/// A case without a name.
pub(crate) fn case() -> impl Strategy<Value = Value> {
    let stated = select(vec![Some(sides::ACCOUNT), Some(sides::ACCOUNT), Some(sides::OTHER), None]);
    (sides::caller(), target(), context(), policies(), sides::resource_side(), stated).prop_map(
        |(caller, target, context, policies, (own, has_policy, others, settings), stated)| {
            let (principal, keys) = caller;
            // Users of identity providers can do nothing else than take on roles.
            let takes_on = stated == Some(sides::ACCOUNT) && sides::is_provider(&principal);
            let (action, resource) = if takes_on { sides::provider_call(&principal) } else { target };
            let mut policies = policies;
            let members = policies.as_object_mut().unwrap();
            if principal.ends_with(":root") && !keys.iter().any(|(key, _)| key == "aws:AssumedRoot") {
                // Root users have no session policies but in sessions of sts:AssumeRoot.
                members.remove("session");
            }
            members.extend(others);
            if has_policy || must_have_policy(&action, &resource) {
                let mut own = own;
                if action.to_ascii_lowercase().starts_with("sts:") && resource.contains(":role/") {
                    sides::as_trust_policy(&mut own);
                }
                if takes_on {
                    sides::let_provider_in(&mut own, &principal);
                }
                members.insert("resource".to_owned(), own);
            }
            sides::name_caller(&mut policies, &principal, &resource);
            let mut request = json!({
                "principal": principal, "action": action, "resource": resource,
                "context": distinct(keys.into_iter().chain(context))
            });
            // Where the ARN names the account, nothing else is stated.
            if let Some(account) = named_account(&resource).or(stated) {
                request["resourceAccount"] = json!(account);
            }
            json!({ "request": request, "policies": policies, "settings": settings })
        },
    )
}

/// A case whose resource need not be of a type that the action takes, nor the caller one that can call it; a policy that
/// must be there may be missing, and a key may have its only value in a list.
pub(crate) fn unfitting_case() -> impl Strategy<Value = Value> {
    let others = (weighted(0.7, target()), weighted(0.6, target()), sides::caller());
    let everything = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }]
    });
    (case(), others, proptest::array::uniform5(bool::ANY)).prop_map(
        move |(mut case, (target, resource, caller), [other_caller, missing, full, in_list, permitted])| {
            let request = &mut case["request"];
            if let Some((action, resource)) = target {
                request["action"] = json!(action);
                request["resource"] = json!(resource);
            }
            if let Some((_, resource)) = resource {
                request["resource"] = json!(resource);
            }
            if other_caller {
                request["principal"] = json!(caller.0);
                request["context"].as_object_mut().unwrap().extend(caller.1);
            }
            if in_list {
                for value in request["context"].as_object_mut().unwrap().values_mut() {
                    if value.is_string() {
                        *value = json!([value]);
                    }
                }
            }
            let asked = request["action"].as_str().unwrap().to_ascii_lowercase();
            if let Some(account) = named_account(request["resource"].as_str().unwrap()) {
                request["resourceAccount"] = json!(account);
            }
            let policies = case["policies"].as_object_mut().unwrap();
            if missing {
                policies.remove("resource");
            }
            if let Some(own) = policies.get_mut("resource").filter(|_| asked.starts_with("sts:")) {
                sides::as_trust_policy(own);
            }
            if full {
                policies.insert(
                    "resourceControl".to_owned(),
                    json!([{ "target": "r-1", "policies": [everything] }]),
                );
            }
            if permitted {
                let mut everything = everything.clone();
                everything["Statement"][0].as_object_mut().unwrap().remove("Principal");
                policies.insert("identity".to_owned(), json!([everything]));
            }
            case
        },
    )
}

fn named_account(resource: &str) -> Option<&str> {
    resource.split(':').nth(4).filter(|account| account.len() == 12)
}

/// A role and a key have a policy always; without it there is no decision.
fn must_have_policy(action: &str, resource: &str) -> bool {
    let key = action.starts_with("kms:") && resource != "*";
    key || (action.starts_with("sts:") && resource.contains(":role/"))
}

/// The first of several spellings of a key stays.
fn distinct(context: impl Iterator<Item = (String, Value)>) -> Map<String, Value> {
    let mut keys = Map::new();
    for (key, value) in context {
        if !keys.keys().any(|known| known.eq_ignore_ascii_case(&key)) {
            keys.insert(key, value);
        }
    }
    keys
}

pub(super) type Keys = Vec<(String, Value)>;

pub(super) fn entry(key: &str, value: impl Into<Value>) -> (String, Value) {
    (key.to_owned(), value.into())
}

fn target() -> impl Strategy<Value = (String, String)> {
    let pairs: Vec<(String, String)> = TARGETS
        .iter()
        .chain(&sides::TARGETS)
        .flat_map(|(action, resources)| {
            resources.iter().map(|resource| ((*action).to_owned(), (*resource).to_owned()))
        })
        .collect();
    select(pairs)
}

/// Keys of the request. Most contexts could be those of a request; some could not, and are for constant keys only.
fn context() -> impl Strategy<Value = Keys> {
    let text = |key: &'static str, values: &'static [&'static str]| {
        weighted(0.4, select(values)).prop_map(move |value| value.map(|value| entry(key, value))).boxed()
    };
    let list = |key: &'static str, values: &'static [&'static str]| {
        let many = vec(select(values), 0..3).prop_map(Value::from);
        let value = prop_oneof![3 => many, 1 => select(values).prop_map(Value::from)];
        weighted(0.4, value).prop_map(move |value| value.map(|value| entry(key, value))).boxed()
    };
    let custom = prop_oneof![
        4 => select(&CUSTOM[..]).prop_map(Value::from),
        1 => vec(select(&CUSTOM[..]), 0..3).prop_map(Value::from)
    ];
    let free = vec![
        weighted(0.6, custom).prop_map(|value| value.map(|value| entry("custom:key", value))).boxed(),
        text("aws:PrincipalTag/team", &["blue", "Blue", "", "*", "app"]),
        text("aws:ResourceTag/team", &["blue", "red"]),
        text("s3:prefix", &["blue", "", "data/blue/x"]),
        text("s3:max-keys", &["10", "9", "1e1", "many"]),
        text("aws:UserAgent", &["blue", "cli"]),
        text("iam:PermissionsBoundary", &["arn:aws:iam::111122223333:policy/p", "p"]),
        text("aws:PrincipalOrgID", &["o-1"]),
        text("aws:ResourceOrgID", &["o-1", "o-2"]),
        weighted(0.2, Just(entry("sts:SourceIdentity", "blue"))).boxed(),
        list("aws:PrincipalOrgPaths", &["o-1/r-1/ou-1/", "o-1/"]),
        list("dynamodb:Attributes", &["team", "", "blue"]),
        weighted(0.1, Just(entry("aws:MultiFactorAuthAge", "10"))).boxed(),
    ];
    (free, network(), tags(), clock()).prop_map(|(free, network, tags, clock)| {
        let mut keys: Keys = free.into_iter().flatten().collect();
        keys.extend(network);
        keys.extend(tags);
        keys.extend(clock);
        keys
    })
}

fn network() -> impl Strategy<Value = Keys> {
    let addresses: &[&str] =
        &["192.0.2.1", "192.0.99.1", "198.51.100.7", "2001:db8::1", "2001:db8:2::", "2001:db8::1", "hidden"];
    let public = select(addresses)
        .prop_map(|address| vec![entry("aws:SourceIp", address), entry("aws:ViaAWSService", "false")]);
    let endpoint = select(addresses).prop_map(|address| {
        vec![
            entry("aws:SourceVpce", "blue"),
            entry("aws:SourceVpc", "vpc-1"),
            entry("aws:VpcSourceIp", address),
            entry("aws:ViaAWSService", "false"),
        ]
    });
    let service: &[&str] = &["athena.amazonaws.com", "blue", ""];
    let forwarded = vec(select(service), 1..3).prop_map(|services| {
        vec![
            entry("aws:CalledVia", services.clone()),
            entry("aws:CalledViaFirst", services[0]),
            entry("aws:CalledViaLast", services[services.len() - 1]),
            entry("aws:ViaAWSService", "true"),
        ]
    });
    let mixed = select(addresses).prop_map(|address| {
        vec![
            entry("aws:SourceIp", address),
            entry("aws:VpcSourceIp", address),
            entry("aws:ViaAWSService", "yes"),
        ]
    });
    prop_oneof![6 => public, 3 => endpoint, 3 => forwarded, 1 => mixed, 1 => Just(Vec::new())]
}

fn tags() -> impl Strategy<Value = Keys> {
    let value: &[&str] = &["blue", "Blue", "red", ""];
    let consistent = (select(value), weighted(0.4, Just("owner"))).prop_map(|(value, other)| {
        let mut names = vec!["team"];
        names.extend(other);
        vec![entry("aws:RequestTag/team", value), entry("aws:TagKeys", names)]
    });
    let inconsistent = select(value).prop_map(|value| vec![entry("aws:RequestTag/team", value)]);
    let bare = Just(vec![entry("aws:TagKeys", "TEAM")]);
    prop_oneof![5 => Just(Vec::new()), 4 => consistent, 1 => inconsistent, 1 => bare]
}

fn clock() -> impl Strategy<Value = Keys> {
    let times: &[(&str, &str)] = &[
        ("2026-05-04T10:00:00Z", "1777888800"),
        ("2026-05-04T10:00:01Z", "1777888801"),
        ("2026-05-04T11:59:59+02:00", "1777888799"),
    ];
    let regions: &[&str] = &["us-east-1", "eu-west-1", "us-west-2"];
    let transport: &[&str] = &["true", "false"];
    let usual = (select(times), select(regions), select(transport)).prop_map(
        |((instant, seconds), region, transport)| {
            vec![
                entry("aws:CurrentTime", instant),
                entry("aws:EpochTime", seconds),
                entry("aws:RequestedRegion", region),
                entry("aws:SecureTransport", transport),
            ]
        },
    );
    prop_oneof![12 => usual, 1 => Just(Vec::new())]
}

fn layered() -> impl Strategy<Value = Value> {
    let allow_all = || {
        Just(json!({
            "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }]
        }))
    };
    let documents =
        move |broad: u32| vec(prop_oneof![broad => allow_all(), 3 => document()], 1..3).prop_map(Value::from);
    let level = documents(6).prop_map(|policies| json!({ "target": "ou", "policies": policies }));
    (documents(2), weighted(0.25, documents(3)), weighted(0.3, documents(1)), vec(level, 0..3)).prop_map(
        |(identity, boundary, session, levels)| {
            let mut policies = json!({ "identity": identity });
            if let Some(boundary) = boundary {
                policies["permissionsBoundary"] = boundary;
            }
            if let Some(session) = session {
                policies["session"] = session;
            }
            if !levels.is_empty() {
                policies["serviceControl"] = Value::from(levels);
            }
            policies
        },
    )
}

/// Many layers, or one statement that decides alone.
fn policies() -> impl Strategy<Value = Value> {
    prop_oneof![3 => layered(), 2 => lone_statement()]
}

/// An Allow of all actions with few restrictions, or a Deny of them beside an Allow of everything.
fn lone_statement() -> impl Strategy<Value = Value> {
    let resource = prop_oneof![3 => Just("*"), 1 => select(&RESOURCES[..])];
    let parts = (bool::weighted(0.4), bool::weighted(0.15), resource, vec(condition(), 0..3));
    parts.prop_map(|(deny, negated, resource, conditions)| {
        let mut statement = json!({ "Effect": if deny { "Deny" } else { "Allow" }, "Action": "*" });
        statement[if negated { "NotResource" } else { "Resource" }] = json!(resource);
        add_conditions(&mut statement, conditions);
        let mut statements = vec![statement];
        if deny {
            statements.push(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
        }
        json!({ "identity": [{ "Version": "2012-10-17", "Statement": statements }] })
    })
}

fn document() -> impl Strategy<Value = Value> {
    let version = prop_oneof![
        5 => Just(Some("2012-10-17")), 1 => Just(Some("2008-10-17")), 1 => Just(None)
    ];
    (version, vec(statement(), 1..4)).prop_map(|(version, statements)| {
        let mut document = json!({ "Statement": statements });
        if let Some(version) = version {
            document["Version"] = Value::from(version);
        }
        document
    })
}

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop_oneof![3 => Just("Allow"), 2 => Just("Deny")];
    let actions = prop_oneof![
        3 => Just(vec!["*"]), 6 => vec(select(&ACTIONS[..]), 1..3), 1 => Just(Vec::new())
    ];
    let resources = prop_oneof![
        3 => Just(vec!["*"]), 8 => vec(select(&RESOURCES[..]), 1..3), 1 => Just(Vec::new())
    ];
    let negated = || bool::weighted(0.2);
    (effect, negated(), actions, negated(), resources, vec(condition(), 0..3)).prop_map(
        |(effect, not_action, actions, not_resource, resources, conditions)| {
            let mut statement = json!({ "Effect": effect });
            statement[if not_action { "NotAction" } else { "Action" }] = Value::from(actions);
            statement[if not_resource { "NotResource" } else { "Resource" }] = Value::from(resources);
            add_conditions(&mut statement, conditions);
            statement
        },
    )
}

/// Adds a condition block, the first of several entries for one operator and key.
pub(super) fn add_conditions(statement: &mut Value, conditions: Vec<(String, String, Value)>) {
    let mut block = Map::new();
    for (operator, key, values) in conditions {
        let operands = block.entry(operator).or_insert_with(|| json!({}));
        let operands = operands.as_object_mut().unwrap();
        if !operands.keys().any(|known| known.eq_ignore_ascii_case(&key)) {
            operands.insert(key, values);
        }
    }
    if !block.is_empty() {
        statement["Condition"] = Value::from(block);
    }
}

/// An operator, a key and its values: mostly of one type.
pub(super) fn condition() -> impl Strategy<Value = (String, String, Value)> {
    let kinds = 0..KINDS.len();
    let places = (kinds.clone(), kinds.clone(), bool::weighted(0.85));
    let set = prop_oneof![5 => Just(""), 2 => Just("ForAnyValue:"), 2 => Just("ForAllValues:")];
    let form = (set, bool::weighted(0.2), bool::weighted(0.06), bool::weighted(0.1));
    let picks = (0..1000_usize, 0..1000_usize, vec(0..1000_usize, 0..3), 0..12_usize);
    (places, form, picks).prop_map(|(places, form, picks)| {
        let (kind, other, alike) = places;
        let (set, if_exists, other_case, null) = form;
        let (operator, key, operands, length) = picks;
        let of_key = &KINDS[if alike { kind } else { other }];
        let key = of_key.keys[key % of_key.keys.len()].to_owned();
        if null {
            let values: Value = match length % 4 {
                0 => json!("true"),
                1 => json!(["true", "false"]),
                2 => json!(false),
                _ => json!("True"),
            };
            return (format!("{set}Null"), key, values);
        }
        let kind = &KINDS[kind];
        let mut name = kind.operators[operator % kind.operators.len()].to_owned();
        if other_case {
            name = name.to_ascii_lowercase();
        }
        let suffix = if if_exists { "IfExists" } else { "" };
        let mut values: Vec<&str> =
            operands.iter().map(|place| kind.operands[place % kind.operands.len()]).collect();
        if values.is_empty() && length > 0 {
            values.push(kind.operands[length % kind.operands.len()]);
        }
        (format!("{set}{name}{suffix}"), key, Value::from(values))
    })
}

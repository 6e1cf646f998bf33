//! Symbolic questions: expected answers of the corpus, and what must hold between answers.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::evaluate::{EvaluatorReadings, complete_context, evaluate};
use ringfence_model::models::ModelTable;
use ringfence_model::request::Decision;
use ringfence_model::world::World;
use ringfence_solver::backend::Encoding;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::formula::Layer;
use ringfence_solver::inquiry::answer::{Answer, Denial};
use ringfence_solver::inquiry::ground::Ground;
use ringfence_solver::inquiry::principal::{Caller, PrincipalError, find};
use ringfence_solver::inquiry::run::{AskOptions, Candidate, Posed, answer_all, candidates};
use ringfence_solver::inquiry::{Inquiry, InquiryError, Pin, Prepared, Wildcards};
use ringfence_solver::search::Limits;
use ringfence_solver::subject::SubjectKind;
use ringfence_solver::verdict::Reason;
use ringfence_solver::wildcard::Theory;
use serde_json::Value;

/// Committed: the suite fails if it compares fewer answers.
const WORLD_ANSWERS: usize = 577;
const ACME_QUESTIONS: usize = 9;

fn corpus(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(path)
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn catalogue() -> &'static Catalogue {
    Catalogue::embedded().unwrap()
}

fn acme() -> (World, Vec<Candidate>) {
    let world = World::read_directory(&corpus("organizations/acme")).unwrap();
    let candidates = candidates(&world);
    (world, candidates)
}

fn options(threads: usize) -> AskOptions {
    AskOptions {
        threads: NonZeroUsize::new(threads).unwrap(),
        as_of: Some("2026-11-01T00:00:00Z".to_owned()),
        encoding: Encoding::Theory,
    }
}

fn prepare(inquiry: &Inquiry) -> Result<Prepared, Vec<InquiryError>> {
    inquiry.prepare(catalogue(), &mut Theory::new(Limits::default().states))
}

/// The question of an entry with `action` and perhaps `resource` and `context`.
fn inquiry(entry: &Value) -> Inquiry {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pin = |value: &Value| match value {
        Value::Null => Pin::Absent,
        Value::Array(values) => Pin::Values(values.iter().map(text).collect()),
        other => Pin::Values(vec![text(other)]),
    };
    let context = entry["context"].as_object();
    Inquiry {
        action: text(&entry["action"]),
        resource: entry["resource"].as_str().map(str::to_owned),
        wildcards: Wildcards::default(),
        context: context.into_iter().flatten().map(|(key, value)| (key.clone(), pin(value))).collect(),
    }
}

fn question(action: &str, resource: Option<&str>, context: &[(&str, Pin)]) -> Inquiry {
    Inquiry {
        action: action.to_owned(),
        resource: resource.map(str::to_owned),
        wildcards: Wildcards::default(),
        context: context.iter().map(|(key, pin)| ((*key).to_owned(), pin.clone())).collect(),
    }
}

fn one(value: &str) -> Pin {
    Pin::Values(vec![value.to_owned()])
}

fn ask(candidates: &[Candidate], questions: &[Posed<'_>], threads: usize) -> Vec<Vec<(usize, Answer)>> {
    let models = ModelTable::embedded().unwrap();
    let found = answer_all(
        (catalogue(), models),
        &Assumptions::new(),
        candidates,
        questions,
        &options(threads),
        None,
    );
    assert_eq!(found.defects, Vec::<String>::new());
    for answer in found.answers.iter().flatten() {
        assert!(!matches!(&answer.1, Answer::Unknown(Reason::Disagreement(_))), "{answer:?}");
    }
    found.answers
}

fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Allowed(_) => "allowed",
        Answer::Denied(_) | Answer::NoSuchRequest(_) => "denied",
        Answer::Unknown(_) => "unknown",
    }
}

/// The grounds in short: a layer by its name, a Deny statement by its Sid.
fn grounds(answer: &Answer) -> Vec<String> {
    let Answer::Denied(Denial { grounds, .. }) = answer else { return Vec::new() };
    short(grounds)
}

fn short(grounds: &[Ground]) -> Vec<String> {
    grounds
        .iter()
        .map(|ground| match ground {
            Ground::Deny(statement) => format!("deny {}", statement.sid.as_deref().unwrap_or_default()),
            Ground::Layer { layer: Layer::Identity, .. } => "identity".to_owned(),
            Ground::Layer { layer: Layer::PermissionsBoundary, .. } => "permissionsBoundary".to_owned(),
            Ground::Layer { layer, .. } => format!("{layer:?}"),
            Ground::NoSession { call, because } => format!("{call}: {}", short(because).join(", ")),
        })
        .collect()
}

#[test]
fn small_worlds_have_their_answers() {
    let (compared, wrong) = wrong_answers(usize::MAX);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= WORLD_ANSWERS, "only {compared} answers were compared");
}

/// How many answers were compared, and those that are not as expected, until there are `enough`.
pub(crate) fn wrong_answers(enough: usize) -> (usize, Vec<String>) {
    let mut directories: Vec<_> =
        std::fs::read_dir(corpus("worlds")).unwrap().map(|entry| entry.unwrap().path()).collect();
    directories.sort();
    let (mut compared, mut wrong) = (0, Vec::new());
    for directory in directories {
        let expected = read(&directory.join("expected.json"));
        let Some(entries) = expected["questions"].as_array() else { continue };
        let world = World::read_directory(&directory).unwrap();
        let candidates = candidates(&world);
        for entry in entries {
            let prepared = prepare(&inquiry(entry)).unwrap();
            let caller = find(entry["principal"].as_str().unwrap(), &candidates).unwrap();
            let posed = Posed { question: &prepared, to: Some(caller) };
            let answers = ask(&candidates, &[posed], 1);
            let (_, answer) = &answers[0][0];
            let code = match answer {
                Answer::NoSuchRequest(_) => Some("no-such-request"),
                Answer::Unknown(reason) => Some(reason.code()),
                Answer::Allowed(_) | Answer::Denied(_) => None,
            };
            let same_grounds = entry["grounds"].as_array().is_none_or(|expected| {
                let expected: Vec<&str> = expected.iter().filter_map(Value::as_str).collect();
                expected == grounds(answer)
            });
            compared += 1;
            if entry["answer"] != word(answer) || !same_grounds || entry["code"].as_str() != code {
                wrong.push(format!("{}: {entry}, not {answer:?}", directory.display()));
            }
            if wrong.len() >= enough {
                return (compared, wrong);
            }
        }
    }
    (compared, wrong)
}

#[test]
fn every_global_key_is_pinned_in_a_question() {
    let expected = read(&corpus("worlds/every-key-pinned/expected.json"));
    let questions = expected["questions"].as_array().unwrap();
    let pinned: Vec<ContextKey> = questions
        .iter()
        .flat_map(|entry| entry["context"].as_object().unwrap().keys())
        .map(|key| ContextKey::new(key))
        .collect();
    for info in catalogue().keys().iter().filter(|info| info.global) {
        let family = info.name_pattern.split_once("${").map(|(family, _)| family.to_ascii_lowercase());
        let found = pinned.iter().any(|key| match &family {
            Some(family) => key.canonical().starts_with(family.as_str()),
            None => *key == ContextKey::new(&info.name_pattern),
        });
        assert!(found, "{}", info.name_pattern);
    }
}

/// The questions of the sample organisation, and all answers to them.
struct Acme {
    candidates: Vec<Candidate>,
    entries: Vec<Value>,
    questions: Vec<Prepared>,
    answers: Vec<Vec<(usize, Answer)>>,
}

fn acme_answers() -> Acme {
    let (_, candidates) = acme();
    let entries = read(&corpus("organizations/acme/questions.json"))["questions"].as_array().unwrap().clone();
    let prepared: Vec<Prepared> = entries.iter().map(|entry| prepare(&inquiry(entry)).unwrap()).collect();
    let posed: Vec<Posed<'_>> = prepared.iter().map(|question| Posed { question, to: None }).collect();
    let answers = ask(&candidates, &posed, 2);
    drop(posed);
    Acme { candidates, entries, questions: prepared, answers }
}

#[test]
fn acme_has_the_answers_that_people_worked_out() {
    let Acme { candidates, entries, answers, .. } = acme_answers();
    assert!(entries.len() >= ACME_QUESTIONS);
    for (entry, answers) in entries.iter().zip(&answers) {
        assert_eq!(answers.len(), candidates.len(), "everybody is asked");
        for kind in ["allowed", "unknown"] {
            let found: Vec<&str> = answers
                .iter()
                .filter(|(_, answer)| word(answer) == kind)
                .map(|(index, _)| candidates[*index].subject.arn.as_str())
                .collect();
            let expected: Vec<&str> =
                entry[kind].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            assert_eq!(found, expected, "{} {kind}", entry["name"]);
        }
    }
}

#[test]
fn who_can_is_can_of_each_and_threads_change_nothing() {
    let Acme { candidates, questions: prepared, answers, .. } = acme_answers();
    for threads in [1, 8] {
        let posed: Vec<Posed<'_>> = prepared.iter().map(|question| Posed { question, to: None }).collect();
        assert_eq!(ask(&candidates, &posed, threads), answers, "{threads} threads");
    }
    for (question, answers) in prepared.iter().zip(&answers) {
        for (index, answer) in answers {
            let caller = find(&candidates[*index].subject.arn, &candidates).unwrap();
            assert_eq!(caller, Caller { index: *index, keys: Vec::new() });
            let alone = ask(&candidates, &[Posed { question, to: Some(caller) }], 1);
            assert_eq!(alone, [vec![(*index, answer.clone())]], "{}", candidates[*index].subject.arn);
        }
    }
}

/// What one principal is shown to be allowed is put to all others on the evaluator: whoever it allows is not denied.
#[test]
fn nobody_is_denied_what_the_evaluator_allows() {
    let Acme { candidates, answers, .. } = acme_answers();
    let mut allowed = 0;
    for answers in &answers {
        for (_, answer) in answers {
            let Answer::Allowed(witness) = answer else { continue };
            let [replayed] = witness.requests() else { panic!("{witness:?}") };
            for (index, other) in answers {
                let subject = &candidates[*index].subject;
                if candidates[*index].service_linked || matches!(subject.kind, SubjectKind::User { .. }) {
                    continue;
                }
                let (request, policies) = as_other(&replayed.request, subject);
                let decision = evaluate(&request, &policies, catalogue(), &EvaluatorReadings);
                if decision.is_ok_and(|decision| decision.decision == Decision::Allow) {
                    allowed += 1;
                    assert_ne!(word(other), "denied", "{} {:?}", subject.arn, request);
                }
            }
        }
    }
    assert!(allowed > 500, "{allowed}");
}

/// The request as another role or root user would make it.
fn as_other(
    request: &ringfence_model::request::Request,
    subject: &ringfence_solver::subject::Subject,
) -> (ringfence_model::request::Request, ringfence_model::policy_set::PolicySet) {
    use ringfence_model::principal::Principal;
    let (partition, account) = (subject.partition.clone(), subject.account);
    let principal = match &subject.kind {
        SubjectKind::Role { path, name, .. } => Principal::RoleSession {
            partition,
            account,
            path: Some(path.clone()),
            role: name.clone(),
            session: "session".to_owned(),
        },
        _ => Principal::Root { partition, account },
    };
    let mut other = request.clone();
    other.principal = principal;
    for (key, _) in request.context.iter() {
        let name = key.canonical();
        if name.starts_with("aws:principal") || matches!(name, "aws:userid" | "aws:username") {
            other.context.remove(key);
        }
    }
    for (tag, value) in &subject.tags {
        other.context.set(&format!("aws:PrincipalTag/{tag}"), value);
    }
    // A resource of the first principal's account becomes one of the other's.
    if let (Some(from), to) = (request.principal.account(), account) {
        other.resource = other.resource.replace(&from.to_string(), &to.to_string());
    }
    let mut policies = subject.policies.clone();
    let service = other.action.split(':').next().unwrap_or_default();
    if let Some(own) = subject.resources.policy_of(&other.resource, service) {
        policies.resource = Some(own.policy.clone());
        other.resource_account = Some(own.owner);
    }
    (complete_context(&other), policies)
}

#[test]
fn what_a_witness_shows_is_allowed_in_its_own_context() {
    let Acme { candidates, answers, .. } = acme_answers();
    let mut asked = 0;
    for answers in &answers {
        for (index, answer) in answers {
            let Answer::Allowed(witness) = answer else { continue };
            let request = &witness.requests()[0].request;
            let mut pins: BTreeMap<ContextKey, Pin> = BTreeMap::new();
            for (key, value) in request.context.iter() {
                pins.insert(
                    key.clone(),
                    match value {
                        ContextValue::Single(text) => one(text),
                        ContextValue::List(texts) => Pin::Values(texts.clone()),
                    },
                );
            }
            let again = prepare(&Inquiry {
                action: request.action.clone(),
                resource: Some(request.resource.clone()),
                wildcards: Wildcards::default(),
                context: pins.iter().map(|(key, pin)| (key.to_string(), pin.clone())).collect(),
            })
            .unwrap();
            let to = Some(Caller { index: *index, keys: Vec::new() });
            let found = ask(&candidates, &[Posed { question: &again, to }], 1);
            asked += 1;
            assert_eq!(word(&found[0][0].1), "allowed", "{request:?} {:?}", found[0][0].1);
        }
    }
    assert!(asked > 100, "{asked}");
}

#[test]
fn questions_that_cannot_be_asked_say_what_can() {
    let wrong = |inquiry: &Inquiry| {
        let errors = prepare(inquiry).err().unwrap();
        assert_eq!(errors.len(), 1, "{errors:?}");
        format!("{}; {}", errors[0], errors[0].help())
    };
    let model = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5";
    for (action, resource, context, message) in [
        (
            "bedrock:UpdateModel",
            None,
            vec![],
            "no such action: `bedrock:UpdateModel`; the nearest are bedrock:Update",
        ),
        ("bedrok:*", None, vec![], "no action matches `bedrok:*`; the nearest are bedrock:"),
        ("s3", None, vec![], "no such action: `s3`"),
        ("bedrock:InvokeModel", Some("arn:aws:s3:::x"), vec![], "they take arn:${Partition}:bedrock:"),
        (
            "s3:GetObject",
            Some("arn:aws:s3:::bucket-alone"),
            vec![],
            ", arn:${Partition}:s3:::${BucketName}/${ObjectName}",
        ),
        ("iam:PassRole", Some("role/app"), vec![], "they take arn:${Partition}:iam::${Account}:role/"),
        (
            "iam:PassRole",
            Some("arn:aws:iam::12345:role/app"),
            vec![],
            "they take arn:${Partition}:iam::${Account}:role/",
        ),
        ("s3:ListAllMyBuckets", Some("arn:aws:s3:::x"), vec![], "can be granted on `*` only"),
        (
            "bedrock:InvokeModel",
            Some("arn:aws:bedrock:eu-west-9::foundation-model/x"),
            vec![],
            "knows no Region `eu-west-9`",
        ),
        (
            "bedrock:InvokeModel",
            Some(model),
            vec![("aws:RequestedRegion", one("eu-west-9"))],
            "a Region of the catalogue",
        ),
        ("s3:GetObject", None, vec![("aws:SecureTransport", one("yes"))], "holds `true` or `false`"),
        ("s3:GetObject", None, vec![("aws:SourceIp", one("10.0.0.0/8"))], "holds one IP address"),
        ("s3:GetObject", None, vec![("aws:CurrentTime", one("tomorrow"))], "holds an instant"),
        ("s3:GetObject", None, vec![("aws:MultiFactorAuthAge", one("ten"))], "holds a number"),
        ("s3:GetObject", None, vec![("aws:PrincipalArn", one("anna"))], "holds an ARN"),
        (
            "s3:GetObject",
            None,
            vec![("aws:SourceVpce", Pin::Values(vec!["a".to_owned(), "b".to_owned()]))],
            "holds one value, and 2 are given",
        ),
        (
            "s3:GetObject",
            None,
            vec![("aws:SourceVpce", Pin::Absent), ("AWS:sourcevpce", one("a"))],
            "pinned more than once",
        ),
    ] {
        let found = wrong(&question(action, resource, &context));
        assert!(found.contains(message), "{found}");
    }
    for (action, resource, context) in [
        ("BEDROCK:invokemodel", Some(model), vec![("aws:RequestedRegion", one("us-east-1"))]),
        ("s3:GetObject", Some("arn:aws:s3:::bucket/key"), vec![("aws:SecureTransport", one("TRUE"))]),
        ("s3:GetObject", Some("arn:aws:s3:::bucket*"), vec![("aws:SourceIp", one("10.0.0.1"))]),
        ("iam:PassRole", Some("arn:aws:iam::*:role/app"), vec![("aws:CurrentTime", one("2026-12-01"))]),
        (
            "s3:ListAllMyBuckets",
            Some("*"),
            vec![("aws:CalledVia", Pin::Values(vec!["a".to_owned(), "b".to_owned()]))],
        ),
    ] {
        let found = prepare(&question(action, resource, &context));
        assert!(found.is_ok_and(|prepared| prepared.remarks.is_empty()), "{action}");
    }
    let foreign = prepare(&question("s3:GetObject", None, &[("ec2:InstanceType", one("x"))])).unwrap();
    assert!(foreign.remarks[0].contains("`ec2:InstanceType` for no request"), "{:?}", foreign.remarks);
    let unknown = prepare(&question("s3:GetObject", None, &[("aws:SourceIpp", one("x"))])).unwrap();
    assert!(unknown.remarks[0].contains("nearest are aws:SourceIp,"), "{:?}", unknown.remarks);
}

#[test]
fn a_resource_narrows_the_actions_and_the_types() {
    let bucket = prepare(&question("s3:Get*", Some("arn:aws:s3:::bucket-alone"), &[])).unwrap();
    assert!(bucket.actions.len() < bucket.matching);
    let names: Vec<String> =
        bucket.actions.iter().map(|action| catalogue().action(action.id).unwrap().full_name()).collect();
    assert!(names.contains(&"s3:GetBucketPolicy".to_owned()) && !names.contains(&"s3:GetObject".to_owned()));
    let everything = prepare(&question("*", None, &[])).unwrap();
    assert_eq!(everything.matching, catalogue().actions().len());
    let prefix = prepare(&question("bedrock*:CreateInference", None, &[])).unwrap();
    assert_eq!(prefix.matching, 1);
}

#[test]
fn a_principal_is_found_by_every_name_that_only_it_has() {
    let (_, candidates) = acme();
    let arn = "arn:aws:iam::100200300433:role/ml/chat-assistant";
    for text in [
        arn,
        "role/chat-assistant",
        "role/ml/chat-assistant",
        "arn:aws:sts::100200300433:assumed-role/chat-assistant/max.power",
    ] {
        let caller = find(text, &candidates).unwrap();
        assert_eq!(candidates[caller.index].subject.arn, arn);
        assert_eq!(caller.keys.len(), usize::from(text.contains("sts")));
    }
    let root = find("arn:aws:iam::100200300433:root", &candidates).unwrap();
    assert_eq!(candidates[root.index].subject.kind, SubjectKind::Root);
    assert!(find("user/anna", &candidates).is_ok());
    for (text, message) in [
        ("role/chat-asistant", "the nearest are arn:aws:iam::100200300433:role/ml/chat-assistant"),
        (
            "arn:aws:iam::100200300433:role/chat-assistant",
            "nearest are arn:aws:iam::100200300433:role/ml/chat-assistant",
        ),
        ("role/OrganizationAccountAccessRole", "name one of arn:aws:iam::"),
        ("root", "name one of arn:aws:iam::100200300400:root"),
        ("anna", "the nearest are "),
        ("lambda.amazonaws.com", "the nearest are "),
        ("arn:aws:sts::100200300433:federated-user/anna", "ask about the user"),
        ("arn:aws:sts::100200300433:assumed-role/nobody/max", "the nearest are "),
        ("arn:aws:sts::100200300433:assumed-role/chat-assistant/x", "2 to 64 characters"),
        ("arn:aws:sts::100200300433:assumed-role/chat-assistant/a*b", "2 to 64 characters"),
    ] {
        let error: PrincipalError = find(text, &candidates).err().unwrap();
        assert!(error.help().contains(message), "{error}: {}", error.help());
    }
}

#[test]
fn the_name_of_a_session_and_keys_of_the_principal_are_pinned() {
    let (_, candidates) = acme();
    let named = find("arn:aws:sts::100200300433:assumed-role/chat-assistant/max", &candidates).unwrap();
    let index = named.index;
    let answer = |inquiry: &Inquiry, to: Option<Caller>| {
        let prepared = prepare(inquiry).unwrap();
        ask(&candidates, &[Posed { question: &prepared, to }], 1).remove(0)
    };
    let found = answer(&question("bedrock:InvokeModel", None, &[]), Some(named.clone()));
    let Answer::Allowed(witness) = &found[0].1 else { panic!("{found:?}") };
    assert!(witness.requests()[0].request.principal.to_string().ends_with("assumed-role/chat-assistant/max"));
    let other = question("bedrock:InvokeModel", None, &[("aws:userid", one("AROAEXAMPLE:other"))]);
    assert!(matches!(answer(&other, Some(named))[0].1, Answer::NoSuchRequest(_)));
    // A key that only one principal has asks that one.
    let arn = candidates[index].subject.arn.clone();
    let only = question("bedrock:InvokeModel", None, &[("aws:PrincipalArn", one(&arn))]);
    for (other, found) in answer(&only, None) {
        assert_eq!(word(&found), if other == index { "allowed" } else { "denied" }, "{other}");
    }
    // Another partition has no such resource.
    let china = question("bedrock:InvokeModel", Some("arn:aws-cn:bedrock:*::foundation-model/*"), &[]);
    assert!(answer(&china, None).iter().all(|(_, found)| matches!(found, Answer::NoSuchRequest(_))));
}

#[test]
fn what_is_not_covered_is_unknown_and_not_denied() {
    let (_, candidates) = acme();
    let answer = |principal: &str, inquiry: &Inquiry| {
        let prepared = prepare(inquiry).unwrap();
        let to = Some(find(principal, &candidates).unwrap());
        let (_, found) = ask(&candidates, &[Posed { question: &prepared, to }], 1)[0].remove(0);
        match found {
            Answer::Unknown(reason) => reason.code().to_owned(),
            other => word(&other).to_owned(),
        }
    };
    // A model through a profile; without one; and the check of such a call, asked for by its key.
    let models = Some("arn:aws:bedrock:*::foundation-model/*");
    let profile =
        "arn:aws:bedrock:eu-central-1:100200300455:inference-profile/eu.anthropic.claude-sonnet-4-6";
    let routes = ["bedrock:InferenceProfileArn", "bedrock:PromptRouterArn"];
    let none: Vec<(&str, Pin)> = routes.iter().map(|key| (*key, Pin::Absent)).collect();
    for (context, expected) in [
        (vec![], "through-a-profile"),
        (none, "denied"),
        (vec![("bedrock:InferenceProfileArn", one(profile))], "allowed"),
        (
            vec![(
                "bedrock:InferenceProfileArn",
                one("arn:aws:bedrock:eu-central-1:100200300455:inference-profile/x"),
            )],
            "denied",
        ),
    ] {
        let found = answer("role/invoice-reader", &question("bedrock:InvokeModel", models, &context));
        assert_eq!(found, expected, "{context:?}");
    }
    // A global profile asks for a model without a Region; nobody else does.
    let global =
        question("bedrock:InvokeModel", Some("arn:aws:bedrock:::foundation-model/amazon.nova-pro-v1:0"), &[]);
    assert_eq!(answer("role/organization-formation", &global), "through-a-profile");
    assert_eq!(answer("role/model-trainer", &global), "denied");
    // Resources of another account: roles are passed within their own alone.
    let foreign = question("iam:PassRole", Some("arn:aws:iam::100200300433:role/ml/*"), &[]);
    assert_eq!(answer("role/organization-formation", &foreign), "denied");
    assert_eq!(answer("role/cost-report", &foreign), "denied");
    assert_eq!(answer("role/ml/engineer", &foreign), "allowed");
    let assume = question("sts:AssumeRole", Some("arn:aws:iam::100200300433:role/ml/*"), &[]);
    assert_eq!(answer("role/cost-report", &assume), "denied");
    assert_eq!(answer("role/organization-formation", &assume), "denied");
    // Of accounts that the question does not name nothing tells which there are.
    let assume = question("sts:AssumeRole", Some("arn:aws:iam::10020030043*:role/ml/*"), &[]);
    assert_eq!(answer("role/organization-formation", &assume), "another-account");
    assert_eq!(answer("role/cost-report", &assume), "denied");
    for (owner, expected) in
        [("100200300433", "allowed"), ("100200300400", "denied"), ("999999999999", "resource-policies")]
    {
        let owned = question("s3:GetObject", None, &[("aws:ResourceAccount", one(owner))]);
        assert_eq!(answer("role/model-trainer", &owned), expected);
    }
    // Policies of the resource's side, all of which the world shows.
    for (action, principal, expected) in [
        ("s3:GetObject", "role/model-trainer", "allowed"),
        ("s3:DeleteObject", "role/model-trainer", "denied"),
        ("s3:DeleteObject", "arn:aws:iam::100200300433:root", "denied"),
        ("sts:AssumeRole", "role/cost-report", "denied"),
        ("sqs:SendMessage", "role/cost-report", "denied"),
        // But for those of keys that the files do not name, each of which has one.
        ("kms:Decrypt", "role/cost-report", "resource-policies"),
    ] {
        assert_eq!(answer(principal, &question(action, None, &[])), expected, "{principal} {action}");
    }
}

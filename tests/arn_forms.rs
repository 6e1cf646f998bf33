//! The ARNs that the encoder admits for each resource type of the catalogue.

use ringfence_model::catalogue::{Catalogue, ResourceType};
use ringfence_solver::encode::format::{ArnForm, Owner, arn_forms, shapes_of_aws};
use ringfence_solver::formula::Openness;
use ringfence_solver::wildcard::{Language, TextDecision, Theory};

/// Services of whose ARNs it is known how they look: no name is empty, and none is of AWS but for its policies.
const EXACT: [&str; 8] = ["dynamodb", "iam", "kms", "organizations", "s3", "secretsmanager", "sns", "sqs"];
const ACCOUNT: &str = "111122223333";

/// `format` with its last placeholder filled by `last`, all others plainly.
fn filled(format: &str, account: &str, region: &str, last: &str) -> String {
    let end = format.rfind("${");
    let mut arn = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        let here = format.len() - rest.len() + before.len();
        let (placeholder, after) = after.split_once('}').unwrap();
        arn.push_str(before);
        arn.push_str(match placeholder {
            "Partition" => "aws",
            "Region" => region,
            "Account" => account,
            _ if Some(here) == end => last,
            _ => "a1",
        });
        rest = after;
    }
    arn + rest
}

fn forms(known: &ResourceType, owner: Owner<'_>, catalogue: &Catalogue) -> Vec<ArnForm> {
    arn_forms(known, &[], owner, ("aws", None), catalogue)
}

fn admits(forms: &[ArnForm], arn: &str) -> bool {
    forms.iter().any(|form| form.arns.accepts(arn))
}

#[test]
fn every_type_admits_names_of_awkward_characters() {
    let catalogue = Catalogue::embedded().unwrap();
    let (mut asked, mut wrong) = (0, Vec::new());
    for known in catalogue.resource_types() {
        let own = forms(known, Owner::Account(ACCOUNT), catalogue);
        let of_aws = forms(known, Owner::Aws, catalogue);
        for format in &known.arn_formats {
            let service = format.split(':').nth(2).unwrap();
            let model = format.contains(":foundation-model/");
            let named = !format.ends_with("${Account}") && !format.ends_with("${Region}");
            if !format.contains("${") || !named {
                continue;
            }
            let mut names = vec!["a1"];
            if !model {
                names.extend(["a.b", "a_b", "A-b"]);
            }
            let plain = EXACT.contains(&service)
                && ["Bucket", "Index", "Queue", "Table", "Topic"]
                    .iter()
                    .any(|kind| format.ends_with(&format!("${{{kind}Name}}")));
            if !model && !plain && service != "iam" {
                names.extend(["a:1", "a:1:4k", "a/b", "$default", "a b", "(a)", "a%2F*"]);
                if !service.starts_with("bedrock") {
                    names.push("b\u{fc}cher");
                }
            }
            if !EXACT.contains(&service) && !model {
                names.push("");
            }
            for name in &names {
                let arn = filled(format, ACCOUNT, "us-east-1", name);
                asked += 1;
                if !admits(&own, &arn) {
                    wrong.push(arn);
                }
            }
            if !format.contains(":${Account}:") || EXACT.contains(&service) {
                continue;
            }
            for account in ["aws", "aws-managed", ""] {
                for region in ["us-east-1", ""] {
                    for name in ["a1", "AWS-a_b.c", "a/b", "a:1", ""] {
                        let arn = filled(format, account, region, name);
                        asked += 1;
                        if !admits(&of_aws, &arn) {
                            wrong.push(arn);
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 50_000, "{asked}");
}

/// None if no form admits the ARN; else what it is open for, if anything.
fn openness(forms: &[ArnForm], arn: &str) -> Option<Vec<Openness>> {
    let admitting: Vec<&ArnForm> = forms.iter().filter(|form| form.arns.accepts(arn)).collect();
    let is_documented = |form: &&ArnForm| {
        form.open.is_none() || form.documented.as_ref().is_some_and(|documented| documented.accepts(arn))
    };
    if admitting.iter().any(is_documented) {
        return Some(Vec::new());
    }
    admitting.first().map(|form| form.open.into_iter().collect())
}

/// While nothing is pinned a form is all of its ARNs: the documented ones must be among them.
#[test]
fn forms_hold_the_documented_arns_that_they_stand_for() {
    let catalogue = Catalogue::embedded().unwrap();
    let mut theory = Theory::new(60_000);
    let mut compared = 0;
    for known in catalogue.resource_types() {
        for owner in [Owner::Account(ACCOUNT), Owner::AnyAccount, Owner::Aws] {
            for form in forms(known, owner, catalogue) {
                let Some(documented) = &form.documented else { continue };
                compared += 1;
                let outside = theory.decide(&[documented], &[&form.arns]);
                assert!(matches!(outside, TextDecision::Conflict { .. }), "{known:?}: {outside:?}");
            }
        }
    }
    assert!(compared > 2_000, "{compared}");
}

/// What AWS owns is asked about only where a policy may reach one of these shapes: they hold all its ARNs.
#[test]
fn shapes_hold_the_arns_of_what_aws_owns() {
    let catalogue = Catalogue::embedded().unwrap();
    let mut theory = Theory::new(60_000);
    let mut compared = 0;
    for known in catalogue.resource_types() {
        let shapes = shapes_of_aws(known, "aws");
        let shapes: Vec<&Language> = shapes.iter().collect();
        for form in forms(known, Owner::Aws, catalogue) {
            compared += 1;
            let outside = theory.decide(&[&form.arns.in_lower_case()], &shapes);
            assert!(matches!(outside, TextDecision::Conflict { .. }), "{known:?}: {outside:?}");
        }
    }
    assert!(compared > 2_000, "{compared}");
}

#[test]
fn arns_beside_the_catalogue_are_open_unless_aws_documents_them() {
    let catalogue = Catalogue::embedded().unwrap();
    for (service, kind, arn, expected) in [
        ("sqs", "queue", "arn:aws:sqs:us-east-1:111122223333:q", Some(None)),
        ("sqs", "queue", "arn:aws:sqs:us-east-1:111122223333:", None),
        ("sqs", "queue", "arn:aws:sqs:us-east-1:aws:q", None),
        ("sqs", "queue", "arn:aws:sqs:us-east-1:444455556666:q", None),
        ("iam", "policy", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", Some(None)),
        ("iam", "policy", "arn:aws:iam:::policy/x", None),
        ("iam", "role", "arn:aws:iam::aws:role/x", None),
        ("bedrock", "agent", "arn:aws:bedrock:us-east-1:111122223333:agent/A1", Some(None)),
        (
            "bedrock",
            "agent",
            "arn:aws:bedrock:us-east-1:111122223333:agent/a:b",
            Some(Some(Openness::ArnForms)),
        ),
        ("bedrock", "agent", "arn:aws:bedrock:us-east-1::agent/A1", Some(Some(Openness::OwnedByAws))),
        ("bedrock", "agent", "arn:aws:bedrock:us-east-1::agent/A1::foundation-model/x", None),
        ("bedrock", "blueprint", "arn:aws:bedrock:us-east-1:aws:blueprint/x", Some(None)),
        (
            "bedrock",
            "system-tool",
            "arn:aws:bedrock::111122223333:system-tool/amazon.nova_grounding",
            Some(None),
        ),
        (
            "bedrock",
            "system-tool",
            "arn:aws:bedrock:us-east-1:111122223333:system-tool/amazon.nova_grounding",
            Some(None),
        ),
        ("bedrock", "foundation-model", "arn:aws:bedrock:us-east-1::foundation-model/a", Some(None)),
        ("bedrock", "foundation-model", "arn:aws:bedrock:us-east-1::foundation-model/A", None),
        ("ssm", "document", "arn:aws:ssm:us-east-1::document/AWS-RunShellScript", Some(None)),
        ("ssm", "document", "arn:aws:ssm:us-east-1::document/Other", Some(Some(Openness::OwnedByAws))),
        (
            "cloudformation",
            "stack",
            "arn:aws:cloudformation:us-east-1:aws:transform/Serverless-2016-10-31",
            Some(Some(Openness::OwnedByAws)),
        ),
        (
            "execute-api",
            "execute-api-general",
            "arn:aws:execute-api:us-east-1:111122223333:a/prod/GET/",
            Some(None),
        ),
        (
            "execute-api",
            "execute-api-general",
            "arn:aws:execute-api:us-east-1:111122223333:a/prod/$connect",
            Some(None),
        ),
        ("mediaconnect", "Offering", "arn:aws:mediaconnect:us-east-1:111122223333:offering:x", Some(None)),
        ("backup", "recoveryPoint", "arn:aws:ec2:us-east-1::snapshot/snap-1", Some(None)),
    ] {
        let id = catalogue.find_resource_type(service, kind).unwrap();
        let known = catalogue.resource_type(id).unwrap();
        let mut all = forms(known, Owner::Account(ACCOUNT), catalogue);
        all.extend(forms(known, Owner::Aws, catalogue));
        let found = openness(&all, arn);
        let expected: Option<Vec<Openness>> = expected.map(|open| open.into_iter().collect());
        assert_eq!(found, expected, "{arn}");
    }
}

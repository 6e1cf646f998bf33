//! `ringfence blast-radius` on small worlds: what one request says of another, models without a price, and what stays open.

use serde_json::{Value, json};

use super::designs::{MANAGEMENT, organization};
use super::harness::{ACCOUNT, Folder, policy, role};

const REGIONS: [&str; 8] = [
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
];

fn allow(action: &str, resource: &str, condition: &Value) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition })
}

fn model(region: &str, id: &str) -> String {
    format!("arn:aws:bedrock:{region}::foundation-model/{id}")
}

/// A world of one account and an organisation that denies nothing.
fn world(roles: &[Value]) -> Folder {
    let folder = Folder::world(roles);
    let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    folder.write("organization.json", &organization(&[all]).to_string());
    let nobody = super::harness::details(&[]).to_string();
    folder.write(&format!("accounts/{MANAGEMENT}/authorization-details.json"), &nobody);
    for (file, text) in [("resources.json", "[]"), ("resource-policies.json", "{}")] {
        folder.write(&format!("accounts/{ACCOUNT}/{file}"), text);
    }
    folder.write("ringfence.toml", "[models]\nimages = { ids = [\"amazon.nova-canvas-*\"] }\n");
    folder
}

fn asked(folder: &Folder, name: &str) -> Value {
    let principal = format!("role/{name}");
    let arguments = ["blast-radius", &principal, "--world", ".", "--model-set", "images", "-q", "-o", "json"];
    folder.run(&arguments).json().pointer("/results/0").cloned().unwrap()
}

fn reached(result: &Value) -> Vec<&str> {
    let models = result.get("models").and_then(Value::as_array).unwrap();
    models.iter().filter_map(|one| one.get("id")?.as_str()).collect()
}

#[test]
fn a_model_is_reached_as_another_is_only_under_both_readings_of_where_it_is_checked() {
    let through =
        json!({ "bedrock:InferenceProfileArn": "arn:aws:bedrock:*:111122223333:inference-profile/eu.*" });
    let plain = json!({ "ArnLike": through });
    let mut statements = vec![
        json!({ "Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "arn:aws:bedrock:*:111122223333:inference-profile/eu.*" }),
    ];
    // Each Region as that of its own check: no call passes if the check is made in the Region of the call (F30).
    statements.extend(REGIONS.map(|region| {
        let here = json!({ "ArnLike": through, "StringEquals": { "aws:RequestedRegion": region } });
        allow("bedrock:InvokeModel", &model(region, "amazon.nova-micro-v1:0"), &here)
    }));
    let alone = policy(&statements);
    statements.push(allow("bedrock:InvokeModel", &model("*", "amazon.nova-lite-v1:0"), &plain));
    let folder = world(&[role("alone", &alone), role("both", &policy(&statements))]);
    for (name, models) in [("alone", vec![]), ("both", vec!["amazon.nova-lite-v1:0"])] {
        let result = asked(&folder, name);
        assert_eq!(reached(&result), models, "{name}");
        assert_eq!(result.pointer("/open/models"), Some(&json!(["amazon.nova-micro-v1:0"])), "{name}");
        assert!(result.get("regionsOpen").is_some(), "{name}");
    }
}

#[test]
fn models_without_a_price_count_as_expensive() {
    let canvas = model("us-east-1", "amazon.nova-canvas-v1:0");
    let invoke = |resources: Value| json!({ "Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": resources });
    let micro = model("us-east-1", "amazon.nova-micro-v1:0");
    let platform =
        json!({ "Effect": "Allow", "Action": "aws-external-anthropic:CreateInference", "Resource": "*" });
    // The direct call takes more keys than that on the Claude platform, which runs no model of the set.
    let from = json!({ "StringEquals": {
        "aws:SourceVpce": "vpce-0a1b2c3d4e5f60718", "bedrock:ServiceTier": "default", "aws:RequestedRegion": "us-east-1"
    }});
    let folder = world(&[
        role("priced", &policy(&[invoke(json!([micro]))])),
        role("unpriced", &policy(&[invoke(json!([canvas]))])),
        role("mixed", &policy(&[invoke(json!([canvas, micro]))])),
        role("platform", &policy(&[platform, allow("bedrock:InvokeModel", &canvas, &from)])),
    ]);
    let run = folder.run(&["blast-radius", "--world", ".", "--model-set", "images", "-q"]);
    let place = |name: &str| run.stdout.find(&format!("role/{name}\n")).unwrap();
    assert!(place("mixed") < place("unpriced") && place("unpriced") < place("priced"), "{}", run.stdout);
    let line = |name: &str| run.stdout.lines().find(|line| line.ends_with(&format!("role/{name}"))).unwrap();
    assert!(line("mixed").contains("? "), "{}", line("mixed"));
    assert!(line("unpriced").contains(" ?  amazon.nova-canvas-v1:0, direct"), "{}", line("unpriced"));
    assert!(!line("priced").contains('?'), "{}", line("priced"));
    let easiest = asked(&folder, "platform").pointer("/easiest/route").cloned();
    assert_eq!(easiest, Some(json!("direct")));
}

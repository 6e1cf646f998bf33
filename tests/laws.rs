//! What more policies may change in a decision (semantics:B2, B11), in both engines and under every choice of readings.

use std::cell::Cell;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::request::Decision;
use ringfence_solver::wildcard::Theory;
use serde_json::{Value, json};

use crate::differential::{MODES, case, scenario};
use crate::engines::encoded;
use crate::random;

/// Under each choice of readings whether evaluator and formula allow.
fn allowed(case: &Value, catalogue: &Catalogue) -> Result<Vec<[bool; 2]>, String> {
    let Some(scenario) = scenario(case, catalogue)? else { return Ok(Vec::new()) };
    let formula = encoded(&scenario.pinned_query(), &scenario, catalogue, &mut Theory::new(60_000));
    MODES
        .into_iter()
        .map(|mode| {
            let decision = scenario.evaluated(catalogue, mode).map_err(|error| error.to_string())?;
            Ok([decision == Decision::Allow, scenario.interpreted(&formula, mode)])
        })
        .collect()
}

fn document(statement: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

/// `case` with `added` behind the policies of this name, which may be none.
fn with(case: &Value, name: &str, added: Value) -> Value {
    let mut case = case.clone();
    let list = &mut case["policies"][name];
    if list.is_null() {
        *list = json!([]);
    }
    list.as_array_mut().unwrap().push(added);
    case
}

#[test]
fn more_policies_change_what_they_may() {
    let catalogue = Catalogue::embedded().unwrap();
    let [narrowed, widened]: [Cell<u32>; 2] = Default::default();
    random::run(
        "laws",
        400,
        &(case(), case()),
        |pair| pair.0.to_string(),
        |(mut case, other)| {
            // More statements of a bucket's policy may make it public, which blocking takes access from.
            case["settings"]["s3BlockPublicAccess"] = json!(false);
            let before = allowed(&case, catalogue)?;
            let deny =
                json!({ "Effect": "Deny", "Action": ["s3:*", "sts:*", "iam:*", "kms:*"], "Resource": "*" });
            let mut of_resource = deny.clone();
            of_resource["Principal"] = json!("*");
            let some = json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" });
            let level = |statement: &Value| json!({ "target": "t", "policies": [document(statement)] });
            let mut fewer = vec![
                ("a Deny", with(&case, "identity", document(&deny))),
                ("an SCP", with(&case, "serviceControl", level(&some))),
                ("an RCP", with(&case, "resourceControl", level(&of_resource))),
            ];
            if case["policies"]["permissionsBoundary"].is_null() {
                fewer.push(("a boundary", with(&case, "permissionsBoundary", document(&some))));
            }
            if case["policies"]["session"].is_null()
                && !case["request"]["principal"].as_str().unwrap().contains(":federated-user/")
                && case["request"]["context"]["aws:AssumedRoot"].is_null()
            {
                fewer.push(("a session policy", with(&case, "session", document(&some))));
            }
            for (what, changed) in fewer {
                let after = allowed(&changed, catalogue)?;
                if before.iter().flatten().zip(after.iter().flatten()).any(|(before, after)| !before & after)
                {
                    return Err(format!("{what} adds access: {changed}"));
                }
                narrowed.set(narrowed.get() + u32::from(before != after));
            }
            let mut more = vec![with(
                &case,
                "identity",
                document(&json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })),
            )];
            if !case["policies"]["resource"].is_null() {
                let mut changed = case.clone();
                let trust = changed["request"]["resource"].as_str().unwrap().contains(":role/");
                let mut allow = json!({ "Effect": "Allow", "Principal": "*", "Action": "*" });
                if !trust {
                    allow["Resource"] = json!("*");
                }
                changed["policies"]["resource"]["Statement"].as_array_mut().unwrap().push(allow);
                more.push(changed);
            }
            let mut added = case.clone();
            let documents = other["policies"]["identity"].as_array().unwrap();
            let allows = documents
                .iter()
                .flat_map(|one| one["Statement"].as_array().unwrap())
                .filter(|one| one["Effect"] == "Allow");
            added["policies"]["identity"].as_array_mut().unwrap().extend(allows.map(document));
            more.push(added);
            for changed in more {
                let after = allowed(&changed, catalogue)?;
                if before
                    .iter()
                    .flatten()
                    .zip(after.iter().flatten())
                    .any(|(before, after)| *before && !after)
                {
                    return Err(format!("an Allow removes access: {changed}"));
                }
                widened.set(widened.get() + u32::from(before != after));
            }
            Ok(())
        },
    );
    let (narrowed, widened) = (narrowed.get(), widened.get());
    assert!(
        narrowed >= 100 && widened >= 100,
        "{narrowed} narrowed, {widened} widened: the cases say little"
    );
}

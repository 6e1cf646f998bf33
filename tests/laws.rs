//! What more policies may change in a decision (semantics:B2, B11), in both engines and under every choice of readings.

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::any;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::request::Decision;
use ringfence_solver::wildcard::Theory;

use serde_json::{Value, json};

use crate::differential::{MODES, case, scenario};
use crate::engines::{Mode, encoded};
use crate::random;

/// Under each of these choices of readings whether evaluator and formula allow.
fn allowed(case: &Value, catalogue: &Catalogue, modes: &[Mode]) -> Result<Vec<[bool; 2]>, String> {
    let Some(scenario) = scenario(case, catalogue)? else { return Ok(Vec::new()) };
    let formula = encoded(&scenario.pinned_query(), &scenario, catalogue, &mut Theory::new(60_000));
    modes
        .iter()
        .copied()
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
            let before = allowed(&case, catalogue, &MODES)?;
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
                let after = allowed(&changed, catalogue, &MODES)?;
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
                let after = allowed(&changed, catalogue, &MODES)?;
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

/// Two patterns that begin as `pattern` does: whatever the first matches, the second does, however wildcards are read. The first goes on as `pattern` or in a way of its own, the second in any way.
fn widened(pattern: &str, kept: usize, own: bool) -> Option<[String; 2]> {
    if pattern.contains("${") {
        // A variable without a value may keep a negated element from matching (F13).
        return None;
    }
    // Before its sixth part a wildcard of an ARN may be kept from matching a colon (F4).
    let colons = if pattern.starts_with("arn:") { 5 } else { 1 };
    let (start, _) = pattern.match_indices(':').nth(colons - 1)?;
    // Nor can a wildcard stand for the type of the resource (F6), as it would in a root user's.
    if pattern.ends_with(":root") {
        return None;
    }
    let start = pattern[start + 1..].find(['/', ':']).map_or(start, |place| start + 1 + place);
    let tail = &pattern[start + 1..];
    let end = tail.find(['$', '*', '?', ':']).unwrap_or(tail.len()).min(kept);
    let end = (0..=end).rev().find(|end| tail.is_char_boundary(*end))?;
    let begin = format!("{}{}", &pattern[..=start], &tail[..end]);
    let narrow = if own { format!("{begin}zz") } else { pattern.to_owned() };
    let wide = if kept == 4 { "*".to_owned() } else { format!("{begin}*") };
    Some([narrow, wide])
}

/// The case with the caller's own policies and those of the resource alone, if the caller has any; with `bare` without their conditions.
fn of_identity(mut case: Value, bare: bool) -> Option<Value> {
    let mut identity = case["policies"]["identity"].take();
    if bare {
        for document in identity.as_array_mut()? {
            for statement in document["Statement"].as_array_mut()? {
                statement.as_object_mut()?.remove("Condition");
            }
        }
    }
    identity.as_array()?;
    case["policies"]["identity"] = identity;
    let of_the_decision = |name: &String, _: &mut Value| name == "identity" || name == "resource";
    case["policies"].as_object_mut()?.retain(of_the_decision);
    Some(case)
}

/// The patterns of actions and resources of the caller's policies that give access when they match more, or those that
/// take it, each with what the request asks there.
fn patterns(case: &mut Value, give: bool) -> Vec<(String, &mut String)> {
    let mut patterns = Vec::new();
    let asked = ["action", "resource"].map(|name| case["request"][name].as_str().unwrap().to_owned());
    for (policy_type, documents) in case["policies"].as_object_mut().unwrap() {
        if policy_type != "identity" {
            continue;
        }
        for document in documents.as_array_mut().unwrap() {
            for statement in document["Statement"].as_array_mut().unwrap() {
                let allows = statement["Effect"] == "Allow";
                for (name, element) in statement.as_object_mut().unwrap() {
                    let negated = match name.as_str() {
                        "Action" | "Resource" => false,
                        "NotAction" | "NotResource" => true,
                        _ => continue,
                    };
                    if give != (allows != negated) {
                        continue;
                    }
                    let values = match element {
                        Value::Array(list) => list.iter_mut().collect(),
                        other => vec![other],
                    };
                    patterns.extend(values.into_iter().filter_map(|value| match value {
                        Value::String(pattern) => {
                            Some((asked[usize::from(name.ends_with("Resource"))].clone(), pattern))
                        }
                        _ => None,
                    }));
                }
            }
        }
    }
    patterns
}

#[test]
fn widening_a_pattern_is_monotone() {
    let catalogue = Catalogue::embedded().unwrap();
    // Another pattern is another predicate: mixtures by the names of predicates say nothing about both.
    let modes = [Mode::Evaluator, Mode::Lower, Mode::Upper];
    let [more, less, tried]: [Cell<u32>; 3] = Default::default();
    random::run(
        "widening",
        1_500,
        &(case(), any::<[bool; 2]>(), vec((0..5_usize, any::<bool>(), any::<bool>()), 8)),
        |drawn| drawn.0.to_string(),
        |(case, [widens, bare], kept)| {
            let Some(alone) = of_identity(case, bare) else { return Ok(()) };
            let [mut narrow, mut wide] = [alone.clone(), alone];
            let mut what = Vec::new();
            let pairs = patterns(&mut narrow, widens).into_iter().zip(patterns(&mut wide, widens));
            for (((asked, first), (_, second)), (kept, own, by_request)) in pairs.zip(kept.iter().cycle()) {
                let pattern = if *by_request { &asked } else { &*first };
                if let Some([narrow, wide]) = widened(pattern, *kept, *own)
                    && narrow != wide
                {
                    what.push(format!("{narrow} -> {wide}"));
                    *first = narrow;
                    *second = wide;
                }
            }
            if what.is_empty() {
                return Ok(());
            }
            tried.set(tried.get() + 1);
            let before = allowed(&narrow, catalogue, &modes)?;
            let after = allowed(&wide, catalogue, &modes)?;
            for (before, after) in before.iter().flatten().zip(after.iter().flatten()) {
                if before != after && *after != widens {
                    return Err(format!("{} changes {before} to {after}", what.join(", ")));
                }
            }
            if before != after {
                let counter = if widens { &more } else { &less };
                counter.set(counter.get() + 1);
            }
            Ok(())
        },
    );
    let (more, less, tried) = (more.get(), less.get(), tried.get());
    assert!(more >= 40 && less >= 15 && tried >= 700, "{more} wider, {less} narrower of {tried}");
}

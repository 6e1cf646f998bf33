//! OSCAL assessment results 1.2.1, for the tools of auditors.
//!
//! An observation for each class of principals, and a finding where it was decided: OSCAL has no word for what is open, so that of this there is
//! an observation alone. Identifiers are made of fingerprints: the same findings have the same on every run.

use std::fmt::Write as _;

use ringfence_solver::guardrail::control::of_kind;
use ringfence_solver::verdict::VerdictWord;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::findings::{Finding, Findings, Rule};
use crate::output::escape::markup;
use crate::output::human::counted;
use crate::output::json::pretty;

/// What identifiers are made in.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d7c_86a4_8c38_5b0e_9d0f_31a7_52f1_c0de);
/// The space of names of our properties.
const PROPERTIES: &str = "urn:ringfence:properties";
/// So many principals of a class are named as subjects.
const SUBJECTS: usize = 200;

/// The findings as assessment results.
pub(super) fn oscal(findings: &Findings) -> String {
    let instant = format!("{}T00:00:00Z", findings.today);
    let all = || findings.rules.iter().flat_map(|rule| rule.findings.iter().map(move |found| (rule, found)));
    let observations: Vec<Value> =
        all().map(|(rule, found)| observation(findings, rule, found, &instant)).collect();
    let decided: Vec<Value> = all().filter_map(|(rule, found)| decided(rule, found)).collect();
    let mut seed = vec!["result", findings.command, &findings.subject, &findings.today];
    seed.extend(all().map(|(_, found)| found.fingerprint.as_str()));
    let mut result = json!({
        "uuid": id(&seed),
        "title": format!("ringfence {}", findings.command),
        "description": text(&findings.subject),
        "start": instant,
        "reviewed-controls": { "control-selections": [{ "include-all": {} }] },
        "props": [property("proofs", findings.level.name())],
        "remarks": remarks(findings),
    });
    // Neither list may be there and empty.
    insert(&mut result, "observations", observations);
    insert(&mut result, "findings", decided);
    let document = json!({
        "assessment-results": {
            "uuid": id(&[&["document"], seed.as_slice()].concat()),
            "metadata": {
                "title": "Ringfence assessment results",
                "last-modified": instant,
                "version": env!("CARGO_PKG_VERSION"),
                "oscal-version": "1.2.1",
            },
            "import-ap": { "href": "#", "remarks": "The guardrails in ringfence.toml are the plan." },
            "results": [result],
        }
    });
    pretty(&document)
}

fn insert(object: &mut Value, name: &str, list: Vec<Value>) {
    if let (Value::Object(object), false) = (object, list.is_empty()) {
        object.insert(name.to_owned(), Value::from(list));
    }
}

fn observation(findings: &Findings, rule: &Rule, found: &Finding, instant: &str) -> Value {
    let evidence = findings.evidence.as_ref().map(|place| {
        json!({ "href": place, "description": "Inputs, proofs and certificates; `ringfence verify` checks them." })
    });
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
    put("uuid", Value::from(id(&["observation", &rule.id, &found.fingerprint])));
    put("title", Value::from(text(&format!("{}: {}", rule.id, found.title))));
    put("description", Value::from(description(found)));
    put("methods", json!(["EXAMINE"]));
    put("collected", Value::from(instant));
    put("props", Value::from(properties(rule, found)));
    let subjects: Vec<Value> = found
        .members
        .iter()
        .take(SUBJECTS)
        .map(|member| {
            json!({
                "subject-uuid": id(&["principal", &member.principal]),
                "type": "resource",
                "title": text(&member.principal),
            })
        })
        .collect();
    if !subjects.is_empty() {
        put("subjects", Value::from(subjects));
    }
    if let Some(evidence) = evidence {
        put("relevant-evidence", json!([evidence]));
    }
    Value::from(object)
}

/// A finding; none of what is open, or does not apply. An objective is satisfied only if the guardrail is proved of everybody whom it is about, and no
/// input is missing without which that says less than it seems to.
fn decided(rule: &Rule, found: &Finding) -> Option<Value> {
    let state = match found.verdict {
        VerdictWord::Proved if !rule.lacking && rule.verdict == VerdictWord::Proved => "satisfied",
        VerdictWord::Refuted => "not-satisfied",
        VerdictWord::Proved | VerdictWord::Inconclusive | VerdictWord::NotApplicable => return None,
    };
    let mut status = json!({ "state": state });
    if let (Some(acceptance), Value::Object(status)) = (&found.acceptance, &mut status) {
        status.insert("remarks".to_owned(), Value::from(text(&acceptance.words())));
    }
    Some(json!({
        "uuid": id(&["finding", &rule.id, &found.fingerprint]),
        "title": text(&format!("{}: {}", rule.id, found.title)),
        "description": text(&rule.summary),
        "props": properties(rule, found),
        "target": { "type": "objective-id", "target-id": token(&rule.id), "status": status },
        "related-observations": [{ "observation-uuid": id(&["observation", &rule.id, &found.fingerprint]) }],
    }))
}

fn description(found: &Finding) -> String {
    let who = match found.members.len() {
        0 => String::new(),
        count => format!("{}.\n\n", counted(count, "principal")),
    };
    let shown = if found.text.is_empty() { &found.title } else { &found.text };
    let lines: Vec<String> = shown.lines().map(text).collect();
    format!("{who}{}", lines.join("\n"))
}

/// As text of Markdown, which texts of OSCAL are: no markup, and nothing that steers.
fn text(text: &str) -> String {
    markup(text)
}

fn properties(rule: &Rule, found: &Finding) -> Vec<Value> {
    let verdict = match found.verdict {
        VerdictWord::Proved => rule.scope.proved(),
        VerdictWord::Refuted => "refuted",
        VerdictWord::Inconclusive => "inconclusive",
        VerdictWord::NotApplicable => "not applicable",
    };
    let mut all = vec![property("verdict", verdict), property("fingerprint", &found.fingerprint)];
    for control in of_kind(&rule.kind) {
        all.push(property("control", &format!("{} {}", control.framework, control.id)));
    }
    all
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "ns": PROPERTIES, "value": value })
}

fn remarks(findings: &Findings) -> String {
    let mut lines = Vec::new();
    for (heading, texts) in [
        ("Taken for granted", &findings.assumptions),
        ("Not covered", &findings.not_covered),
        ("Missing input", &findings.missing),
        ("Notes", &findings.notes),
    ] {
        lines.extend(texts.iter().map(|line| format!("{heading}: {}", text(line))));
    }
    for entry in &findings.suppressions {
        lines.push(text(&entry.words()));
    }
    if lines.is_empty() { "Nothing is taken for granted.".to_owned() } else { lines.join("\n") }
}

/// A UUID of version 5, the same for the same parts.
fn id(parts: &[&str]) -> String {
    // With their lengths no two lists read the same.
    let parts: Vec<String> = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    Uuid::new_v5(&NAMESPACE, parts.concat().as_bytes()).to_string()
}

/// `id` as a token of OSCAL: it begins with a letter and holds letters, digits, `.`, `-` and `_` alone. No two ids have the same.
fn token(id: &str) -> String {
    let mut plain = String::from("guardrail-");
    for byte in id.bytes() {
        match byte {
            b'_' => plain.push_str("__"),
            b'.' | b'-' => plain.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => plain.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(plain, "_{byte:02X}")),
        }
    }
    plain
}

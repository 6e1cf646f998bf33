//! What is proved for principals of any name and with any tags holds for each of them by name.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use ringfence_model::catalogue::Catalogue;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::prove::Prover;
use ringfence_solver::subject::{AnyName, OpenTags, SessionTags, Subject, SubjectKind};
use ringfence_solver::verdict::Verdict;
use ringfence_solver::wildcard::character::CharacterSet;
use ringfence_solver::wildcard::{Language, LanguageBuilder};
use serde_json::{Value, json};

use crate::differential::case;
use crate::proofs::Proofs;
use crate::random;
use crate::soundness::{is_proof, reach, scenario};

/// A scope that admits the subject among others: by its path and by its tags.
fn scope(subject: &Subject) -> AnyName {
    let (path, _) = subject.arn.rsplit_once('/').unwrap_or_default();
    let mut of_path = LanguageBuilder::new();
    of_path.text(path).text("/").star(CharacterSet::any());
    let other = Language::exactly("arn:aws:iam::111122223333:role/somebody-else");
    let value = |value: &String| vec![Language::exactly("another value"), Language::exactly(value)];
    AnyName {
        include: vec![vec![other, Language::exactly(&subject.arn)], vec![of_path.build()]],
        tags: subject.tags.iter().map(|(key, own)| (key.to_uppercase(), value(own))).collect(),
        ..AnyName::default()
    }
}

/// Whoever in the scope has the same policies, by another name perhaps; none where it is neither a user nor a role.
fn anybody(subject: &Subject, scope: AnyName) -> Option<Subject> {
    let mut anybody = Subject {
        any_name: Some(scope),
        open_tags: OpenTags::default(),
        given_tags: None,
        tags: BTreeMap::new(),
        unique_id: None,
        session_name: None,
        ..subject.clone()
    };
    match &mut anybody.kind {
        SubjectKind::Role { session_tags, .. } => *session_tags = SessionTags::Free,
        SubjectKind::User { .. } => {}
        _ => return None,
    }
    Some(anybody)
}

/// `case` with a Deny under this condition.
fn with_deny(case: &Value, condition: &Value) -> Option<Value> {
    let mut case = case.clone();
    let deny = json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition });
    let document = json!({ "Version": "2012-10-17", "Statement": [deny] });
    case["policies"]["identity"].as_array_mut()?.push(document);
    Some(case)
}

#[test]
fn what_is_proved_for_anybody_is_proved_by_name() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let proofs = Proofs::default();
    let prover = RefCell::new(Prover::new(catalogue, &assumptions).observed(Some(&proofs)));
    let [proved, spared, only_by_name, only_in_scope]: [Cell<u32>; 4] = Default::default();
    random::run("anybody", 150, &case(), Value::to_string, |case| {
        let Some(first) = scenario(&case, catalogue)? else { return Ok(()) };
        let Some((_, name)) = first.subject.arn.rsplit_once('/') else { return Ok(()) };
        // The first spares this principal alone, the second binds it alone.
        let mut conditions = ["ArnNotLike", "ArnLike"]
            .map(|operator| json!({ operator: { "aws:PrincipalArn": first.subject.arn } }))
            .to_vec();
        if matches!(first.subject.kind, SubjectKind::User { .. }) {
            conditions.push(json!({ "StringNotEquals": { "aws:username": name } }));
        }
        if let Some((tag, value)) = first.subject.tags.first_key_value() {
            let key = format!("aws:PrincipalTag/{tag}");
            conditions.push(json!({ "StringNotEquals": { key: value } }));
        }
        let denied = conditions.iter().filter_map(|condition| with_deny(&case, condition));
        for (index, case) in std::iter::once(case.clone()).chain(denied).enumerate() {
            let Some(scenario) = scenario(&case, catalogue)? else { continue };
            let Some(all) = anybody(&scenario.subject, AnyName::default()) else { continue };
            let Some(of_scope) = anybody(&scenario.subject, scope(&scenario.subject)) else { continue };
            let query = reach(&scenario, catalogue);
            let prover = &mut prover.borrow_mut();
            let of_all = prover.answer(&query, &all);
            let of_scope = prover.answer(&query, &of_scope);
            let by_name = prover.answer(&query, &scenario.subject);
            if [&of_all, &of_scope].iter().any(|verdict| matches!(verdict, Verdict::Refuted(_))) {
                return Err("a request of nobody in particular refutes nothing".to_owned());
            }
            let is_refuted = matches!(by_name, Verdict::Refuted(_));
            if (is_proof(&of_all) || is_proof(&of_scope)) && is_refuted {
                return Err(format!("proved for anybody, and {} may: {case}", scenario.subject.arn));
            }
            proved.set(proved.get() + u32::from(is_proof(&of_all)));
            spared.set(spared.get() + u32::from(index > 0 && is_refuted));
            only_in_scope.set(only_in_scope.get() + u32::from(!is_proof(&of_all) && is_proof(&of_scope)));
            only_by_name.set(only_by_name.get() + u32::from(!is_proof(&of_all) && is_proof(&by_name)));
        }
        Ok(())
    });
    let counts = [proved.get(), spared.get(), only_by_name.get(), only_in_scope.get()];
    assert!(counts.iter().all(|count| *count >= 5), "{counts:?}: the cases say little");
    assert!(proofs.accepted() >= 10, "only {} proofs", proofs.accepted());
}

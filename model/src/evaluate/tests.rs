//! The decision procedure: layers, credentials, special rules, readings.

mod borders;
mod layers;
mod readings;
mod resource_policies;
mod roles_and_keys;
mod special;

use std::sync::Arc;

use super::{Evaluation, EvaluationError, EvaluatorReadings, Facts, Pins, decide, evaluate};
use crate::context::{ContextKey, ContextValue, RequestContext};
use crate::parse::policy_text;
use crate::policy::{NamedPolicy, PolicyType};
use crate::policy_set::{ControlLevel, PolicySet};
use crate::principal::Principal;
use crate::request::{Decision, Request};

/// The multivalued global keys that AWS documents, and services whose ARNs carry no type token.
pub(crate) struct DocumentedFacts;

impl Facts for DocumentedFacts {
    fn is_multivalued(&self, key: &ContextKey) -> bool {
        [
            "aws:tagkeys",
            "aws:calledvia",
            "aws:principalorgpaths",
            "aws:resourceorgpaths",
            "aws:sourceorgpaths",
            "aws:vpceorgpaths",
            "aws:principalservicenameslist",
        ]
        .contains(&key.canonical())
    }

    fn has_typeless_resource(&self, service: &str) -> bool {
        ["s3", "sqs", "sns"].contains(&service)
    }

    fn supports_resource_control(&self, service: &str) -> bool {
        ["kms", "s3", "sqs", "sts"].contains(&service)
    }
}

pub(crate) const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
pub(crate) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/web-1";
pub(crate) const ROOT: &str = "arn:aws:iam::111122223333:root";
pub(crate) const FULL: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;

/// A request without context for a resource of account 111122223333.
pub(crate) fn request(principal: &str, action: &str, resource: &str) -> Request {
    Request {
        principal: Principal::parse(principal).expect("a principal"),
        action: action.to_owned(),
        resource: resource.to_owned(),
        resource_account: None,
        context: RequestContext::new(),
    }
}

/// `request` with single-valued keys added.
pub(crate) fn with(mut request: Request, keys: &[(&str, &str)]) -> Request {
    for (key, value) in keys {
        request.context.set(key, value);
    }
    request
}

/// `request` with a multivalued key added.
pub(crate) fn with_list(mut request: Request, key: &str, values: &[&str]) -> Request {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    request.context.insert(ContextKey::new(key), ContextValue::List(values));
    request
}

/// A policy of Version 2012-10-17 that holds `statements`, separated by commas.
pub(crate) fn policy(policy_type: PolicyType, statements: &str) -> NamedPolicy {
    policy_of_version("2012-10-17", policy_type, statements)
}

pub(crate) fn policy_of_version(version: &str, policy_type: PolicyType, statements: &str) -> NamedPolicy {
    let text = format!(r#"{{"Version": "{version}", "Statement": [{statements}]}}"#);
    let (document, _) = policy_text(&text, policy_type, &Arc::from("test.json")).expect("a policy");
    NamedPolicy { name: Arc::from(format!("{policy_type:?}")), document: Arc::new(document) }
}

/// A policy set with one identity policy.
pub(crate) fn identity(statements: &str) -> PolicySet {
    PolicySet { identity: vec![policy(PolicyType::Identity, statements)], ..PolicySet::default() }
}

/// SCP levels, one policy each.
pub(crate) fn levels(policies: &[&str]) -> Vec<ControlLevel> {
    policies
        .iter()
        .enumerate()
        .map(|(level, statements)| ControlLevel {
            target: Arc::from(format!("level-{level}")),
            policies: vec![policy(PolicyType::ServiceControl, statements)],
        })
        .collect()
}

pub(crate) fn evaluated(request: &Request, policies: &PolicySet) -> Result<Evaluation, EvaluationError> {
    evaluate(request, policies, &DocumentedFacts, &EvaluatorReadings)
}

/// The decision, and the open points that could change it: `Allow F4 F7`.
pub(crate) fn outcome(request: &Request, policies: &PolicySet) -> String {
    let decided = decide(request, policies, &DocumentedFacts, &Pins::new()).expect("a decision");
    let mut text = decided.evaluation.decision.to_string();
    for point in decided.uncertain {
        text.push(' ');
        text.push_str(&point.to_string());
    }
    text
}

pub(crate) fn decision(request: &Request, policies: &PolicySet) -> Decision {
    evaluated(request, policies).expect("a decision").decision
}

fn lacks_a_policy(request: &Request, policies: &PolicySet) -> bool {
    matches!(evaluated(request, policies), Err(EvaluationError::MissingPolicy { .. }))
}

//! Principals that policies name, where a plan renames, deletes or replaces them.
//!
//! AWS keeps the id of whom a policy of a resource or a trust policy names: one who is renamed stays named, and one who is made anew under the
//! same name is somebody else. Source: IAM User Guide, "AWS JSON policy elements: Principal".

use std::collections::BTreeMap;

use serde_json::Value;

use super::Application;
use crate::bounds::Carrier;
use crate::draft::{each_document, elements};

/// What becomes of the ARNs that policies name.
#[derive(Clone, Debug, Default)]
pub(super) struct Renamed {
    /// By the ARN before the plan: the new one of who is renamed, or the id of who is deleted.
    now: BTreeMap<String, String>,
    /// Of those that are deleted, whether they are made anew.
    anew: BTreeMap<String, bool>,
}

impl Application<'_> {
    /// Notes that the entity has another ARN.
    pub(super) fn note_rename(&mut self, old: &str, new: &str) {
        self.renamed.now.insert(old.to_owned(), new.to_owned());
    }

    /// Notes that the entity is deleted: policies show its id from then on.
    pub(super) fn note_deletion(&mut self, arn: &str, id: &str, is_made_anew: bool) {
        self.renamed.now.insert(arn.to_owned(), id.to_owned());
        self.renamed.anew.insert(arn.to_owned(), is_made_anew);
    }

    /// Names in all policies of the world those who are renamed or deleted as AWS does.
    pub(super) fn rename_principals(&mut self) {
        let renamed = &self.renamed;
        if renamed.now.is_empty() {
            return;
        }
        for account in self.planned.draft.accounts.values_mut() {
            each_document(&mut account.details, |document, carrier, _| {
                if carrier == Carrier::Trust {
                    each_principal(document, &mut |text| renamed.now.get(text).cloned());
                }
            });
            for document in account.resource_policies.iter_mut().flat_map(|policies| policies.values_mut()) {
                each_principal(document, &mut |text| renamed.now.get(text).cloned());
            }
        }
    }

    /// The document of a resource of the plan, with those who are deleted named as AWS does. One that is written by the same plan may name
    /// who is made anew: which of both is not known.
    pub(super) fn named(&mut self, mut document: Value, is_written: bool, address: &str) -> Value {
        let (renamed, holes) = (&self.renamed, &mut self.planned.holes);
        each_principal(&mut document, &mut |text| {
            if is_written && renamed.anew.get(text) == Some(&true) {
                return Some(holes.perhaps(address, text));
            }
            renamed.now.get(text).cloned()
        });
        document
    }
}

/// Exchanges what Principal and NotPrincipal elements name.
fn each_principal(document: &mut Value, exchange: &mut impl FnMut(&str) -> Option<String>) {
    if let Some(Value::Object(_)) = document.get("Statement") {
        if let Some(statement) = document.get_mut("Statement") {
            of_statement(statement, exchange);
        }
        return;
    }
    for statement in elements(document, "Statement") {
        of_statement(statement, exchange);
    }
}

fn of_statement(statement: &mut Value, exchange: &mut impl FnMut(&str) -> Option<String>) {
    for name in ["Principal", "NotPrincipal"] {
        if let Some(values) = statement.get_mut(name) {
            of_values(values, exchange);
        }
    }
}

fn of_values(values: &mut Value, exchange: &mut impl FnMut(&str) -> Option<String>) {
    match values {
        Value::String(text) => {
            if let Some(other) = exchange(text) {
                *text = other;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| of_values(value, exchange)),
        Value::Object(kinds) => kinds.values_mut().for_each(|value| of_values(value, exchange)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

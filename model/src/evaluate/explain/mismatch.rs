//! What keeps a statement from matching.

use super::super::action::action_element;
use super::super::condition::condition;
use super::super::resource::resource_element;
use super::super::scope::{KeyValue, Scope};
use super::super::variable::substitute;
use crate::condition::Condition;
use crate::policy::{PolicyType, PrincipalPattern, Statement};
use crate::template::Template;

/// An element or a condition of a statement that does not match the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// An element does not match.
    Element {
        /// `Principal`, `NotAction`, …
        name: &'static str,
        /// Its values. Empty: such a statement has no effect.
        values: Vec<Shown>,
    },
    /// A condition does not hold.
    Condition {
        /// The operator as it stands in the policy, but for the letter case of the name.
        operator: String,
        /// The key as it stands in the policy.
        key: String,
        /// The values of the policy.
        values: Vec<Shown>,
        /// The values of the request; none where it lacks the key.
        request: Option<Vec<String>>,
    },
}

/// A value of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// As it stands there.
    pub raw: String,
    /// What its variables make of it for this request.
    pub replaced: Replaced,
}

/// What the variables of a value make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It has none.
    NoVariable,
    /// This text.
    Text(String),
    /// Nothing: one of them has no value.
    NoValue,
}

impl Shown {
    fn plain(text: &str) -> Self {
        Self { raw: text.to_owned(), replaced: Replaced::NoVariable }
    }

    fn template(scope: &Scope<'_>, template: &Template) -> Self {
        if !template.has_variable() {
            return Self::plain(&template.raw);
        }
        let replaced = match substitute(scope, template, true) {
            Some(pattern) => Replaced::Text(pattern.pieces().iter().map(|piece| piece.text).collect()),
            None => Replaced::NoValue,
        };
        Self { raw: template.raw.clone(), replaced }
    }
}

/// Every element and condition of `statement` that does not match; `named` says whether its Principal does.
pub(super) fn mismatches(
    scope: &mut Scope<'_>,
    statement: &Statement,
    policy_type: PolicyType,
    named: bool,
) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    if let Some(element) = statement.principal.as_ref().filter(|_| !named) {
        let name = if element.negated { "NotPrincipal" } else { "Principal" };
        let values = element.values.iter().map(|pattern| Shown::plain(principal_text(pattern))).collect();
        mismatches.push(Mismatch::Element { name, values });
    }
    if !action_element(scope, &statement.action).value {
        let name = if statement.action.negated { "NotAction" } else { "Action" };
        let values = statement.action.values.iter().map(|pattern| Shown::plain(&pattern.0)).collect();
        mismatches.push(Mismatch::Element { name, values });
    }
    if let Some(element) = &statement.resource
        && !resource_element(scope, Some(element), policy_type).value
    {
        let name = if element.negated { "NotResource" } else { "Resource" };
        let values = element.values.iter().map(|value| Shown::template(scope, value)).collect();
        mismatches.push(Mismatch::Element { name, values });
    }
    for each in &statement.conditions {
        if !condition(scope, each).value {
            mismatches.push(of_condition(scope, each));
        }
    }
    mismatches
}

fn of_condition(scope: &Scope<'_>, condition: &Condition) -> Mismatch {
    let request = match scope.value(&condition.key) {
        KeyValue::Absent => None,
        KeyValue::Single(value) => Some(vec![value.to_owned()]),
        KeyValue::List(values) => Some(values.to_vec()),
    };
    Mismatch::Condition {
        operator: condition.operator.to_string(),
        key: condition.key.as_written().to_owned(),
        values: condition.values.iter().map(|value| Shown::template(scope, value)).collect(),
        request,
    }
}

fn principal_text(pattern: &PrincipalPattern) -> &str {
    match pattern {
        PrincipalPattern::Everyone => "*",
        PrincipalPattern::Aws(text)
        | PrincipalPattern::Service(text)
        | PrincipalPattern::Federated(text)
        | PrincipalPattern::CanonicalUser(text) => text,
    }
}

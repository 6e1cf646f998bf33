//! Whether a statement matches the request (semantics:B1, C).

use super::action::action_element;
use super::condition::condition;
use super::resource::resource_element;
use super::scope::Scope;
use super::truth::Truth;
use crate::open_point::{OpenPoint, UncertainPredicate};
use crate::policy::{Effect, PolicyType, Statement};

/// Whether `statement` of a policy without principals matches: the conjunction of its elements and conditions.
pub(super) fn matches(scope: &mut Scope<'_>, statement: &Statement, policy_type: PolicyType) -> Truth {
    let mark = scope.mark();
    let full = elements(scope, statement, policy_type);
    let full = scope.settle(mark, full);
    if policy_type == PolicyType::ServiceControl && statement.effect == Effect::Allow && !full.lower {
        let truth = without_restrictions(scope, statement, full);
        return scope.settle(mark, truth);
    }
    full
}

fn elements(scope: &mut Scope<'_>, statement: &Statement, policy_type: PolicyType) -> Truth {
    let mut truth = action_element(scope, &statement.action);
    if !truth.upper {
        return truth;
    }
    truth = truth.and(resource_element(scope, statement.resource.as_ref(), policy_type));
    for each in &statement.conditions {
        if !truth.upper {
            return truth;
        }
        truth = truth.and(condition(scope, each));
    }
    truth
}

/// An Allow of an SCP, where the older documentation knows only a list of actions, Resource `*` and no Condition
/// (F24). Documented choice: the statement is what it says, `full`. Other reading: what restricts it beyond a list
/// of actions is ignored.
fn without_restrictions(scope: &mut Scope<'_>, statement: &Statement, full: Truth) -> Truth {
    let any_resource = statement
        .resource
        .as_ref()
        .is_none_or(|element| !element.negated && element.values.iter().any(|value| value.raw == "*"));
    let no_effect = statement.action.values.is_empty()
        || statement.resource.as_ref().is_some_and(|element| element.values.is_empty());
    if no_effect || (any_resource && !statement.action.negated && statement.conditions.is_empty()) {
        return full;
    }
    let actions =
        if statement.action.negated { Truth::TRUE } else { action_element(scope, &statement.action) };
    if !actions.upper {
        return full;
    }
    let ignored = scope.uncertain(false, false, true, || UncertainPredicate::choice(OpenPoint(24)));
    full.or(ignored.and(actions))
}

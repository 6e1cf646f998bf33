//! Whether a Resource or NotResource element matches (semantics:C5).

mod value;

use super::scope::Scope;
use super::truth::Truth;
use crate::open_point::UncertainPredicate;
use crate::policy::{Element, PolicyType};
use crate::template::Template;

use value::resource_value;

/// Whether `element` matches the resource asked for. An absent element matches everything; an empty list matches
/// nothing, negated or not (semantics:C10). A value with a variable that has no value matches nothing; whether
/// NotResource then still matches is F13.
pub(super) fn resource_element(
    scope: &mut Scope<'_>,
    element: Option<&Element<Template>>,
    policy_type: PolicyType,
) -> Truth {
    let Some(element) = element else { return Truth::TRUE };
    if element.values.is_empty() {
        return Truth::FALSE;
    }
    let mark = scope.mark();
    let mut any = Truth::FALSE;
    let mut unresolved = false;
    for value in &element.values {
        match resource_value(scope, value, policy_type) {
            Some(truth) => any = any.or(truth),
            None => unresolved = true,
        }
        if any.lower {
            break;
        }
    }
    let any = scope.settle(mark, any);
    if !element.negated {
        return any;
    }
    let none = any.not();
    if !unresolved || !none.upper {
        return none;
    }
    none.and(scope.uncertain(true, false, true, || UncertainPredicate::not_resource(&element.values)))
}

#[cfg(test)]
mod tests;

//! Whether an Action or NotAction element matches (semantics:C3).

use super::glob::{PatternPiece, matches};
use super::scope::Scope;
use super::truth::Truth;
use crate::open_point::UncertainPredicate;
use crate::policy::{ActionPattern, Element};

/// Whether `element` matches the action asked for. An empty list matches nothing, negated or not (semantics:C10).
pub(super) fn action_element(scope: &mut Scope<'_>, element: &Element<ActionPattern>) -> Truth {
    if element.values.is_empty() {
        return Truth::FALSE;
    }
    let mark = scope.mark();
    let mut any = Truth::FALSE;
    for pattern in &element.values {
        any = any.or(action_value(scope, pattern));
        if any.lower {
            break;
        }
    }
    let any = scope.settle(mark, any);
    if element.negated { any.not() } else { any }
}

/// Whether one pattern matches. A malformed pattern matches nothing, so that in NotAction it exempts nothing.
fn action_value(scope: &mut Scope<'_>, pattern: &ActionPattern) -> Truth {
    let text = pattern.0.as_str();
    if text == "*" || text == "*:*" {
        return Truth::TRUE;
    }
    if text.contains(|character: char| character == ',' || character.is_whitespace()) {
        return Truth::FALSE;
    }
    let (Some((prefix, name)), Some((service, asked))) = (text.split_once(':'), scope.action.split_once(':'))
    else {
        return Truth::FALSE;
    };
    if !glob(name, asked) {
        return Truth::FALSE;
    }
    if prefix.contains(['*', '?']) {
        let lax = glob(prefix, service);
        return scope.uncertain(false, false, lax, || UncertainPredicate::action(pattern));
    }
    Truth::certain(prefix.eq_ignore_ascii_case(service))
}

fn glob(pattern: &str, text: &str) -> bool {
    matches(&[PatternPiece { text: pattern, wild: true, fold: true }], text)
}

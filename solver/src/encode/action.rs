//! Whether an Action or NotAction element matches (semantics:C3).

use std::collections::BTreeSet;

use ringfence_model::open_point::{OpenPoint, UncertainPredicate};
use ringfence_model::policy::{ActionPattern, Element};

use super::Encoder;
use super::check::Check;
use crate::term::{Term, Terms};

/// How a pattern matches one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ActionMatch {
    /// It does not.
    No,
    /// Only if a wildcard in the service prefix counts (F5).
    InPrefix,
    /// It does.
    Yes,
}

/// How `pattern` matches the action `service:name`, both in lower case.
pub(super) fn action_match(pattern: &ActionPattern, service: &str, name: &str) -> ActionMatch {
    let text = pattern.0.as_str();
    if text == "*" || text == "*:*" {
        return ActionMatch::Yes;
    }
    // A malformed pattern matches nothing, so that in NotAction it exempts nothing.
    if text.contains(|character: char| character == ',' || character.is_whitespace()) {
        return ActionMatch::No;
    }
    let Some((prefix, rest)) = text.split_once(':') else { return ActionMatch::No };
    if !glob_ignoring_case(rest, name) {
        return ActionMatch::No;
    }
    if prefix.contains(['*', '?']) {
        return if glob_ignoring_case(prefix, service) { ActionMatch::InPrefix } else { ActionMatch::No };
    }
    if prefix.eq_ignore_ascii_case(service) { ActionMatch::Yes } else { ActionMatch::No }
}

/// Whether the wildcard pattern matches `text`, ASCII letter case apart. Linear in practice: after a failure only the
/// last star moves.
pub fn glob_ignoring_case(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut here) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(here) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, here));
                at += 1;
            }
            Some(wanted) if *wanted == b'?' || wanted.eq_ignore_ascii_case(byte) => {
                at += 1;
                here += 1;
            }
            Some(_) | None => match star {
                Some((after, from)) => {
                    at = after;
                    here = from + 1;
                    star = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

impl Encoder<'_> {
    /// True exactly where `element` matches the action. An empty list matches nothing, negated or not.
    pub(super) fn action_element(&mut self, element: &Element<ActionPattern>) -> Term {
        if element.values.is_empty() {
            return Terms::FALSE;
        }
        let mut certain = BTreeSet::new();
        let mut in_prefix: Vec<Term> = Vec::new();
        for pattern in &element.values {
            let mut with_prefix = BTreeSet::new();
            for (index, check) in (0..).zip(&self.checks) {
                let Check { service, name, .. } = check;
                match action_match(pattern, service, name) {
                    ActionMatch::Yes => {
                        certain.insert(index);
                    }
                    ActionMatch::InPrefix => {
                        with_prefix.insert(index);
                    }
                    ActionMatch::No => {}
                }
            }
            if !with_prefix.is_empty() {
                let upper = self.formula.chosen_among(self.check, &with_prefix);
                let predicate = UncertainPredicate::action(pattern);
                let term = self.uncertain(predicate, &[OpenPoint(5)], Terms::FALSE, upper, Terms::FALSE);
                in_prefix.push(term);
            }
        }
        in_prefix.push(self.formula.chosen_among(self.check, &certain));
        let any = self.formula.terms.or(in_prefix);
        if element.negated { self.formula.terms.not(any) } else { any }
    }
}

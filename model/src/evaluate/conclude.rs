//! The decision, once every layer and rule has spoken (semantics:B11, B12).

use super::Evaluation;
use super::policy_type::Layers;
use super::readings::TouchedPredicate;
use super::trace::{SpecialRule, Trace};
use super::truth::Truth;
use crate::policy::StatementReference;
use crate::request::Decision;

/// A decision that no policy has a part in.
pub(super) fn by_rule(decision: Decision, rule: SpecialRule) -> Evaluation {
    let trace = Trace { layers: Vec::new(), rules: vec![rule] };
    Evaluation { decision, deciding: Vec::new(), touched: Vec::new(), trace }
}

/// The decision, with the predicates that could change it: none where the bounds of `deny` or of both settle it.
pub(super) fn conclude(
    deny: Truth,
    allowed: Truth,
    choices: Vec<TouchedPredicate>,
    layers: Layers,
    rules: Vec<SpecialRule>,
) -> Evaluation {
    let decision = match (deny.value, allowed.value) {
        (true, _) => Decision::ExplicitDeny,
        (false, true) => Decision::Allow,
        (false, false) => Decision::ImplicitDeny,
    };
    let allow_matters = !deny.lower && !allowed.is_certain();
    let mut touched = if allow_matters { choices } else { Vec::new() };
    let mut deciding: Vec<StatementReference> = Vec::new();
    let mut traces = Vec::new();
    for layer in layers.into_iter() {
        if !deny.lower {
            touched.extend(layer.deny_touched);
        }
        if allow_matters {
            touched.extend(layer.allow_touched);
        }
        match decision {
            Decision::ExplicitDeny => deciding.extend(layer.trace.denying.iter().cloned()),
            Decision::Allow => deciding.extend(layer.trace.allowing.iter().cloned()),
            Decision::ImplicitDeny => {}
        }
        traces.push(layer.trace);
    }
    touched.sort_unstable();
    touched.dedup();
    Evaluation { decision, deciding, touched, trace: Trace { layers: traces, rules } }
}

//! One combination: the request that has it, what the claim says of it, and what the evaluator does.

use std::collections::BTreeMap;

use ringfence_model::evaluate::{ChosenReadings, EvaluationError};
use ringfence_model::open_point::{OpenPoint, Reading, UncertainPredicate};
use ringfence_model::policy::{PolicyType, StatementReference};

use super::Claimed;
use super::decided::{By, Decided, call};
use super::parts::{Parts, Values, pinned};
use crate::decode::{Decoded, decode};
use crate::formula::{Formula, Layer, Restriction};
use crate::interpretation::Interpretation;
use crate::query::Goal;
use crate::term::Atom;

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// Both say the same.
    Same,
    /// What is open takes part, which the evaluator does not know: it allows and denies no more than the claim says, and may do less.
    OneSided,
    /// The evaluator does not decide.
    NotSaid,
    /// They contradict each other.
    Differ(String),
}

/// Compares the two on one combination. `parts` are those of the claim.
pub(super) fn judge(claimed: &Claimed<'_>, interpretation: &Interpretation, parts: &Parts) -> Judged {
    let encoded = claimed.question.encoded();
    let formula = &encoded.formula;
    let Ok(readings) = readings(claimed, interpretation, parts) else { return Judged::NotSaid };
    // What is open is free in a claim, and absent where the evaluator decides.
    let free = parts.values(formula, &pinned(formula, interpretation, false));
    let shut = pinned(formula, interpretation, true);
    let closed = if parts.is_open() { parts.values(formula, &shut) } else { free.clone() };
    if claimed.core.iter().all(|index| free.holds(*index)) && free.goal && free.background {
        return Judged::Differ("all parts of the claim hold".to_owned());
    }
    // Which keys are there hangs on what is open too.
    let decoded = decode(encoded, &shut, claimed.subject, claimed.catalogue, claimed.query);
    let is_no_request = has_upper_case_front(formula, &decoded) || makes_no_root_session(claimed, &decoded);
    if is_no_request || is_beyond_control(formula, &readings, &decoded) {
        return Judged::NotSaid;
    }
    let Ok(decided) = call(claimed, &decoded, &readings, By::Own) else { return Judged::NotSaid };
    let differ = |what: String| Judged::Differ(format!("{what}: {}", shown(&decoded)));
    if let Some(what) = parts_differ(formula, &free, &closed, &decided) {
        return differ(what);
    }
    if let Some(what) = whole_differs(claimed, &decoded, &readings, (&free, &closed), &decided) {
        return match what {
            Ok(what) => differ(what),
            Err(_) => Judged::NotSaid,
        };
    }
    if closed.background { Judged::Same } else { Judged::OneSided }
}

/// RCPs are read as not binding the request, in a way that the evaluator does not ask about: the resource as another account's, though nothing
/// says so (F47), of which it asks where a policy of the resource is given; or the action as one without a resource (F15), of which it asks where
/// there is no ARN.
fn is_beyond_control(formula: &Formula, readings: &ChosenReadings, decoded: &Decoded) -> bool {
    let by_control = |(_, restriction): &(_, Restriction)| matches!(restriction, Restriction::Statement(statement) if statement.policy_type == PolicyType::ResourceControl);
    let lower = |point: u8| {
        readings.predicates.get(&UncertainPredicate::choice(OpenPoint(point))) == Some(&Reading::Lower)
    };
    let on_an_arn = || decoded.checks.iter().any(|(request, _)| request.resource != "*");
    (lower(47) || lower(15) && on_an_arn()) && formula.restrictions.iter().any(by_control)
}

/// A resource has an upper-case letter in partition, service, Region or account, as no ARN has, and a value with open variables is about it:
/// where letter case does not count (F10), such values are encoded for fronts as ARNs have them.
fn has_upper_case_front(formula: &Formula, decoded: &Decoded) -> bool {
    let is_upper = |segment: &str| segment.bytes().any(|byte| byte.is_ascii_uppercase());
    let is_template = |atom: &Atom| matches!(atom, Atom::MatchesTemplate { .. });
    decoded.checks.iter().any(|(request, _)| request.resource.splitn(6, ':').take(5).any(is_upper))
        && formula.terms.atoms().any(|(_, atom)| is_template(atom))
}

/// The request asks for a session of a root user that has none: AWS refuses that by the organisation (semantics:B10), of which the evaluator is
/// told nothing.
fn makes_no_root_session(claimed: &Claimed<'_>, decoded: &Decoded) -> bool {
    let (subject, resources) = (claimed.subject, &claimed.subject.resources);
    decoded.checks.iter().any(|(request, _)| {
        let owner = request.resource_account.unwrap_or(subject.account);
        request.action.eq_ignore_ascii_case("sts:AssumeRoot")
            && resources.is_fellow_member(subject.account, owner) != Some(true)
    })
}

/// One predicate is read in two ways, which the evaluator cannot do.
struct TwoReadings;

/// How the combination reads each predicate of which the readings differ.
fn readings(
    claimed: &Claimed<'_>,
    interpretation: &Interpretation,
    parts: &Parts,
) -> Result<ChosenReadings, TwoReadings> {
    let formula = &claimed.question.encoded().formula;
    let mut predicates: BTreeMap<UncertainPredicate, Reading> = BTreeMap::new();
    let bounds = parts.bounds(formula, interpretation);
    for (entry, bounds) in formula.uncertain.iter().zip(bounds.chunks(2)) {
        if matches!(bounds, [lower, upper] if lower == upper) {
            continue;
        }
        let holds = interpretation.flags.get(entry.flag.0 as usize).copied().unwrap_or(false);
        let reading = if holds { Reading::Upper } else { Reading::Lower };
        if predicates.insert(entry.predicate.clone(), reading).is_some_and(|other| other != reading) {
            return Err(TwoReadings);
        }
    }
    Ok(ChosenReadings { pins: claimed.assumptions.clone(), predicates })
}

/// The statements and layers of the caller's side of which the two say different things.
fn parts_differ(formula: &Formula, free: &Values, closed: &Values, decided: &Decided) -> Option<String> {
    if !decided.by_layers {
        return None;
    }
    let mut statements: BTreeMap<&StatementReference, (bool, bool)> = BTreeMap::new();
    let mut layers: BTreeMap<&Layer, bool> = BTreeMap::new();
    for (index, (_, restriction)) in formula.restrictions.iter().enumerate() {
        match restriction {
            Restriction::Statement(statement) => match statement.policy_type {
                PolicyType::Identity
                | PolicyType::PermissionsBoundary
                | PolicyType::Session
                | PolicyType::ServiceControl
                | PolicyType::ResourceControl => {
                    let entry = statements.entry(statement).or_default();
                    // Whatever is open, and where nothing is.
                    entry.0 |= !free.holds(index) && !closed.holds(index);
                    entry.1 |= !closed.holds(index);
                }
                PolicyType::Resource | PolicyType::Trust | PolicyType::VpcEndpoint => {}
            },
            Restriction::Layer(layer) => match layer {
                Layer::Identity | Layer::PermissionsBoundary | Layer::Session | Layer::ServiceControl(_) => {
                    *layers.entry(layer).or_default() |= !free.holds(index) && !closed.holds(index);
                }
                Layer::Demanded(_)
                | Layer::Resource
                | Layer::VpcEndpoint
                | Layer::CredentialLimits
                | Layer::Refusals
                | Layer::Trust => {}
            },
        }
    }
    for (statement, (always, closed_says)) in statements {
        let denies = decided.denying.contains(statement);
        let named = || format!("statement {} of {}", statement.statement + 1, statement.policy);
        if always && !denies {
            return Some(format!("the claim says that {} denies, the evaluator that it does not", named()));
        }
        if denies && !closed_says && closed.background {
            return Some(format!("the evaluator says that {} denies, the claim that it does not", named()));
        }
    }
    let silent = layers.into_iter().find(|(layer, silent)| *silent && !decided.silent.contains(layer));
    silent.map(|(layer, _)| {
        format!("the claim says that the layer {layer:?} does not allow, the evaluator that it does")
    })
}

/// What the two say of the whole call that cannot both be; an error where the evaluator cannot say.
fn whole_differs(
    claimed: &Claimed<'_>,
    decoded: &Decoded,
    readings: &ChosenReadings,
    (free, closed): (&Values, &Values),
    decided: &Decided,
) -> Option<Result<String, EvaluationError>> {
    let denied = |parts: &Values| {
        let stops = parts.held.iter().position(|held| !held);
        let restriction =
            stops.and_then(|index| Some(&claimed.question.encoded().formula.restrictions.get(index)?.1));
        format!("the evaluator allows what the claim says is stopped by {restriction:?}")
    };
    match &claimed.query.goal {
        Goal::Allowed | Goal::AllowedBeyond(_) | Goal::AllowedUnlike(_) => {
            if decided.allowed && !free.allowed() && !closed.allowed() {
                return Some(Ok(denied(free)));
            }
            if !decided.allowed && closed.allowed() && closed.background && !decided.by_rule {
                return Some(Ok("the claim allows what the evaluator denies".to_owned()));
            }
        }
        Goal::NotGranted => {
            if decided.allowed && closed.goal && closed.background {
                return Some(Ok("the evaluator allows what the claim says is not granted".to_owned()));
            }
            if !decided.allowed && !closed.goal && closed.background && !decided.by_rule {
                return Some(Ok("the evaluator denies what the claim says is granted".to_owned()));
            }
        }
    }
    let by = match &claimed.query.goal {
        Goal::AllowedBeyond(other) => By::Others(other),
        Goal::AllowedUnlike(_) => By::Elsewhere,
        Goal::Allowed | Goal::NotGranted => return None,
    };
    let beyond = match call(claimed, decoded, readings, by) {
        Ok(beyond) => beyond,
        Err(why) => return Some(Err(why)),
    };
    if closed.background && beyond.allowed == closed.goal && !beyond.by_rule {
        let says = if beyond.allowed { "allow" } else { "do not allow" };
        return Some(Ok(format!("the evaluator says that the other policies {says} it, the claim does not")));
    }
    None
}

fn shown(decoded: &Decoded) -> String {
    let shown = decoded.checks.iter().map(|(request, _)| {
        let keys: Vec<String> = request
            .context
            .iter()
            .map(|(key, value)| format!("{key}={}", value.values().join(",")))
            .collect();
        format!("{} on {} as {} with {}", request.action, request.resource, request.principal, keys.join(" "))
    });
    shown.collect::<Vec<_>>().join(" and ")
}

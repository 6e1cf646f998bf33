//! Paths as JSON.

use std::collections::BTreeMap;

use ringfence_model::policy::StatementReference;
use ringfence_model::steps::Decided;
use ringfence_model::world::MissingEffect;
use ringfence_solver::check::blast_radius::PrincipalReach;
use ringfence_solver::check::paths::PrincipalPaths;
use ringfence_solver::formula::Restriction;
use ringfence_solver::provenance::Public;
use ringfence_solver::steps::verdict::{ClosedSet, GoalVerdict, Path, Stopped, StoppedBy};
use ringfence_solver::steps::walk::{Evidence, PathStep};
use ringfence_solver::verdict::VerdictWord;
use serde::Serialize;
use serde_json::Value;

use super::{stopped, words};
use crate::command::paths::Answer;
use crate::output::json::{
    ReachedObject, ReasonObject, SCHEMA_VERSION, StatementObject, context_object, group, pretty, statement,
};
use crate::output::question::{layer_target, layer_word};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct PathsObject<'a> {
    schema_version: u32,
    as_of: Option<&'a str>,
    primitives_of: &'a str,
    rounds: usize,
    solver_calls: usize,
    level: &'static str,
    results: Vec<ResultObject<'a>>,
    public: Vec<PublicObject<'a>>,
    missing: Vec<MissingObject>,
    notes: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct MissingObject {
    input: String,
    effect: &'static str,
    text: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct ResultObject<'a> {
    principal: &'a str,
    account: String,
    group: &'static str,
    boundary: Option<&'a str>,
    #[cfg_attr(test, schemars(with = "crate::output::schemas::VerdictWord"))]
    verdict: VerdictWord,
    goals: Vec<GoalObject>,
    paths: Vec<PathObject<'a>>,
    closed: ClosedObject<'a>,
    admitted: Vec<AdmittedObject<'a>>,
    denied: Vec<DeniedObject<'a>>,
}

/// One whom the trust policy admits.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct AdmittedObject<'a> {
    kind: &'static str,
    name: &'a str,
    calls: &'a [&'static str],
    conditions: &'a [String],
    wildcard: bool,
    statement: StatementObject<'a>,
}

/// Whom the trust policy denies.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct DeniedObject<'a> {
    conditions: &'a [String],
    statement: StatementObject<'a>,
}

/// A resource whose policy lets everybody use it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct PublicObject<'a> {
    resource: &'a str,
    actions: &'a [String],
    conditions: &'a [String],
    open: bool,
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reach: Option<ReachObject<'a>>,
    statement: StatementObject<'a>,
}

/// The models that a role runs by requests of its own.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct ReachObject<'a> {
    models: Vec<ReachedObject<'a>>,
    open_models: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonObject>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct GoalObject {
    goal: &'static str,
    #[cfg_attr(test, schemars(with = "crate::output::schemas::VerdictWord"))]
    verdict: VerdictWord,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonObject>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub(crate) struct PathObject<'a> {
    goal: &'static str,
    status: &'static str,
    assumptions: Vec<String>,
    steps: Vec<StepObject<'a>>,
    reached: &'a str,
    reached_by: Vec<RequestObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreplayed: Option<&'a str>,
}

/// One step.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct StepObject<'a> {
    primitive: &'a str,
    catalogue: &'a str,
    summary: &'a str,
    actor: String,
    request: Option<RequestObject<'a>>,
    requests: Vec<RequestObject<'a>>,
    effect: Vec<String>,
    evidence: Vec<EvidenceObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct EvidenceObject<'a> {
    kind: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct RequestObject<'a> {
    principal: String,
    action: &'a str,
    resource: &'a str,
    context: BTreeMap<&'a str, Value>,
    allowed_by: Vec<StatementObject<'a>>,
}

/// What may hold at most after any number of steps, and what stops the rest.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClosedObject<'a> {
    held: &'a [String],
    facts: usize,
    rounds: usize,
    fired: &'a [String],
    stopped: Vec<StoppedObject<'a>>,
    other_accounts: Vec<&'a str>,
    not_known: Vec<&'a str>,
    nothing_there: Vec<&'a str>,
    nothing_gained: Vec<&'a str>,
    not_used: Vec<NotUsedObject<'a>>,
    beyond: Vec<BeyondObject<'a>>,
    unclassified: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct NotUsedObject<'a> {
    role: &'a str,
    service: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct BeyondObject<'a> {
    principal: &'a str,
    account: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct StoppedObject<'a> {
    by: Vec<BlockerObject<'a>>,
    near: Vec<StatementObject<'a>>,
    primitives: BTreeMap<&'a str, String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(untagged)]
enum BlockerObject<'a> {
    Statement(StatementObject<'a>),
    Layer { layer: &'static str, target: Option<&'a str> },
}

/// A word for what a missing input does.
pub(crate) fn effect_word(effect: MissingEffect) -> &'static str {
    match effect {
        MissingEffect::Conditional => "conditional",
        MissingEffect::Inconclusive => "inconclusive",
        MissingEffect::Counted => "counted",
    }
}

/// The answer, indented, with a line feed at the end.
pub(crate) fn json(answer: &Answer<'_>) -> String {
    let found = answer.found;
    pretty(&PathsObject {
        schema_version: SCHEMA_VERSION,
        as_of: answer.as_of.as_deref(),
        primitives_of: &found.table,
        rounds: found.rounds,
        solver_calls: found.solved,
        level: answer.level.name(),
        results: found.principals.iter().map(result).collect(),
        public: answer.public.iter().map(public).collect(),
        missing: answer
            .world
            .missing()
            .into_iter()
            .map(|missing| MissingObject {
                input: missing.input,
                effect: effect_word(missing.effect),
                text: missing.reason,
            })
            .collect(),
        notes: &answer.notes,
    })
}

fn result(principal: &PrincipalPaths) -> ResultObject<'_> {
    let goals = principal.goals.iter().map(|(goal, verdict)| GoalObject {
        goal: goal.name(),
        verdict: verdict.word(),
        reason: match verdict {
            GoalVerdict::Inconclusive(reason, _) => Some(ReasonObject::of(reason)),
            GoalVerdict::Proved | GoalVerdict::Refuted(_) | GoalVerdict::NotApplicable => None,
        },
    });
    let paths = principal.goals.iter().filter_map(|(_, verdict)| match verdict {
        GoalVerdict::Refuted(path) | GoalVerdict::Inconclusive(_, Some(path)) => Some(path_object(path)),
        GoalVerdict::Proved | GoalVerdict::Inconclusive(_, None) | GoalVerdict::NotApplicable => None,
    });
    ResultObject {
        principal: &principal.principal,
        account: principal.account.to_string(),
        group: group(principal.group),
        boundary: principal.boundary.as_deref(),
        verdict: principal.verdict(),
        goals: goals.collect(),
        paths: paths.collect(),
        closed: closed_object(&principal.closed),
        admitted: principal
            .provenance
            .admitted
            .iter()
            .map(|one| AdmittedObject {
                kind: one.kind.name(),
                name: &one.name,
                calls: &one.calls,
                conditions: &one.conditions,
                wildcard: one.is_wildcard,
                statement: statement(&one.statement),
            })
            .collect(),
        denied: principal
            .provenance
            .denied
            .iter()
            .map(|(reference, conditions)| DeniedObject { conditions, statement: statement(reference) })
            .collect(),
    }
}

/// What a proof over steps says.
pub(crate) fn closed_object(closed: &ClosedSet) -> ClosedObject<'_> {
    ClosedObject {
        held: &closed.held,
        facts: closed.facts,
        rounds: closed.rounds,
        fired: &closed.fired,
        stopped: closed.stopped.iter().filter_map(stopped_object).collect(),
        other_accounts: stopped::because(closed, &StoppedBy::Accounts),
        not_known: stopped::because(closed, &StoppedBy::NotKnown),
        nothing_there: stopped::because(closed, &StoppedBy::NothingThere),
        nothing_gained: stopped::because(closed, &StoppedBy::NothingGained),
        not_used: closed.not_used.iter().map(|(role, service)| NotUsedObject { role, service }).collect(),
        beyond: closed
            .beyond
            .iter()
            .map(|(principal, account)| BeyondObject { principal, account })
            .collect(),
        unclassified: &closed.unclassified,
    }
}

fn public((found, reached): &(Public, Option<PrincipalReach>)) -> PublicObject<'_> {
    PublicObject {
        resource: &found.resource,
        actions: &found.actions,
        conditions: &found.conditions,
        open: found.is_open,
        role: found.role.as_deref(),
        reach: reached.as_ref().map(|reached| match &reached.reach {
            Ok(reach) => ReachObject {
                models: reach.models.iter().map(ReachedObject::of).collect(),
                open_models: reach.open.as_ref().map_or(&[], |(models, _)| models),
                reason: reach.open.as_ref().map(|(_, reason)| ReasonObject::of(reason)),
            },
            Err(reason) => {
                ReachObject { models: Vec::new(), open_models: &[], reason: Some(ReasonObject::of(reason)) }
            }
        }),
        statement: statement(&found.statement),
    }
}

/// Of those alone that policies stop.
fn stopped_object(stopped: &Stopped) -> Option<StoppedObject<'_>> {
    let StoppedBy::Policies(refusal) = &stopped.by else { return None };
    let primitives = stopped.primitives.iter();
    Some(StoppedObject {
        by: refusal.by.iter().map(blocker).collect(),
        near: refusal.near.iter().map(statement).collect(),
        primitives: primitives.map(|(id, actions)| (id.as_str(), actions.join("|"))).collect(),
    })
}

fn blocker(restriction: &Restriction) -> BlockerObject<'_> {
    match restriction {
        Restriction::Statement(reference) => BlockerObject::Statement(statement(reference)),
        Restriction::Layer(layer) => {
            BlockerObject::Layer { layer: layer_word(layer), target: layer_target(layer) }
        }
    }
}

/// A path.
pub(crate) fn path_object(path: &Path) -> PathObject<'_> {
    PathObject {
        goal: path.goal.name(),
        status: path.status.name(),
        assumptions: path.assumptions(),
        steps: steps(path),
        reached: &path.reached,
        reached_by: path.reached_by.iter().map(request).collect(),
        unreplayed: path.unreplayed.as_deref(),
    }
}

/// The steps of a path.
pub(crate) fn steps(path: &Path) -> Vec<StepObject<'_>> {
    path.steps.iter().map(step).collect()
}

fn step(step: &PathStep) -> StepObject<'_> {
    StepObject {
        primitive: &step.primitive,
        catalogue: &step.catalogue,
        summary: &step.summary,
        actor: step.actors.join(", "),
        request: step.requests.first().map(request),
        requests: step.requests.iter().map(request).collect(),
        effect: step.changes.iter().map(words::change).collect(),
        evidence: step
            .evidence
            .iter()
            .map(|evidence| match evidence {
                Evidence::Shown(text) => EvidenceObject { kind: "shown", text },
                Evidence::Assumed(text) => EvidenceObject { kind: "assumed", text },
            })
            .collect(),
    }
}

fn request(decided: &Decided) -> RequestObject<'_> {
    let mut seen: Vec<&StatementReference> = Vec::new();
    for statement in &decided.allowed_by {
        if !seen.contains(&statement) {
            seen.push(statement);
        }
    }
    RequestObject {
        principal: decided.request.principal.to_string(),
        action: &decided.request.action,
        resource: &decided.request.resource,
        context: context_object(&decided.request.context),
        allowed_by: seen.into_iter().map(statement).collect(),
    }
}

#[cfg(test)]
pub(crate) fn schema() -> schemars::Schema {
    crate::output::schemas::of::<PathsObject<'_>>()
}

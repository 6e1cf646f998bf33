//! The report of a check as JSON (docs/cli.md has the schema).

mod suppressions;

use std::collections::BTreeMap;

use ringfence_model::context::{ContextValue, RequestContext};
use ringfence_model::location::InputError;
use ringfence_model::policy::StatementReference;
use ringfence_solver::formula::Restriction;
use ringfence_solver::guardrail::GuardrailKind;
use ringfence_solver::guardrail::control::of_kind;
use ringfence_solver::report::{Group, GuardrailResult, Indicator, Missing, PrincipalResult};
use ringfence_solver::steps::verdict::Path;
use ringfence_solver::theorem::invoke::invoked_model;
use ringfence_solver::theorem::known_models::is_known_model;
use ringfence_solver::theorem::reach::ReachedModel;
use ringfence_solver::theorem::route::Route;
use ringfence_solver::verdict::{Reason, Verdict, VerdictWord};
use ringfence_solver::witness::{ReplayedRequest, Witness};
use serde::Serialize;
use serde_json::Value;

use self::suppressions::SuppressionObject;
use crate::command::check::Answer;
use crate::input::TableFacts;
use crate::output::escape;
use crate::output::human::Scene;
use crate::output::paths::{StepObject, steps};
use crate::output::question::{layer_target, layer_word};

/// The version of every JSON answer.
pub(crate) const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct ReportObject<'a> {
    schema_version: u32,
    guardrails: Vec<GuardrailObject<'a>>,
    summary: SummaryObject<'a>,
    exit_code: u8,
    today: &'a str,
    inputs: Vec<InputObject<'a>>,
    tables: Vec<TableObject<'a>>,
    suppressions: Vec<SuppressionObject<'a>>,
    warnings: Vec<WarningObject<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct GuardrailObject<'a> {
    id: &'a str,
    kind: &'a str,
    controls: Vec<ControlObject>,
    #[cfg_attr(test, schemars(with = "crate::output::schemas::VerdictWord"))]
    verdict: VerdictWord,
    scope: &'static str,
    as_of: Option<&'a str>,
    assumptions: &'a [String],
    not_covered: &'a [String],
    missing: Vec<MissingObject<'a>>,
    accepted: Vec<ViolationObject<'a>>,
    violations: Vec<ViolationObject<'a>>,
    inconclusive: Vec<InconclusiveObject<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shown: Vec<ShownObject<'a>>,
    not_applicable: usize,
    proved: usize,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    prices_of: Option<&'a str>,
}

/// A control of a public framework for which the verdict is evidence.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ControlObject {
    framework: &'static str,
    id: &'static str,
}

/// A principal of which it is proved that something is possible.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ShownObject<'a> {
    principal: &'a str,
    group: &'static str,
    witness: WitnessObject<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct MissingObject<'a> {
    input: &'a str,
    effect: &'static str,
    text: &'a str,
}

impl<'a> MissingObject<'a> {
    /// That of `missing`.
    pub(crate) fn of(missing: &'a Missing) -> Self {
        let Missing { input, effect, text } = missing;
        Self { input, effect, text }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct ViolationObject<'a> {
    principal: &'a str,
    group: &'static str,
    witness: WitnessObject<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct WitnessObject<'a> {
    kind: &'static str,
    /// By which way a model is run.
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'static str>,
    /// How far a path was confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// What is done before the requests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<StepObject<'a>>,
    requests: Vec<RequestObject<'a>>,
    assumptions: Vec<String>,
    /// What the inputs themselves show.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    facts: &'a [String],
    /// What stops every request, where that is what is wrong.
    #[serde(rename = "stoppedBy", skip_serializing_if = "Vec::is_empty")]
    stopped_by: Vec<GroundObject<'a>>,
}

/// One of the restrictions that stop a request.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(untagged)]
pub(crate) enum GroundObject<'a> {
    /// A Deny statement.
    Statement(StatementObject<'a>),
    /// A layer that does not allow.
    Layer {
        /// Its name.
        layer: &'static str,
        /// Where its policies are attached.
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<&'a str>,
    },
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestObject<'a> {
    principal: String,
    action: &'a str,
    resource: &'a str,
    context: BTreeMap<&'a str, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<ModelObject<'a>>,
    allowed_by: Vec<StatementObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ModelObject<'a> {
    id: &'a str,
    known: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'static str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct StatementObject<'a> {
    policy: &'a str,
    statement: usize,
    sid: Option<&'a str>,
    file: &'a str,
    line: u32,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct InconclusiveObject<'a> {
    principal: &'a str,
    group: &'static str,
    reason: ReasonObject,
}

/// Why something is inconclusive.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ReasonObject {
    code: &'static str,
    text: String,
    points: Vec<String>,
}

impl ReasonObject {
    /// What `reason` says.
    pub(crate) fn of(reason: &Reason) -> Self {
        Self { code: reason.code(), text: reason.text(), points: reason.points() }
    }
}

/// A model that is reached.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReachedObject<'a> {
    id: &'a str,
    output_price: Option<String>,
    route: &'static str,
}

impl<'a> ReachedObject<'a> {
    /// What is told of `model`.
    pub(crate) fn of(model: &'a ReachedModel) -> Self {
        Self {
            id: &model.id,
            output_price: model.price.as_ref().map(ToString::to_string),
            route: model.route.name(),
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct SummaryObject<'a> {
    principals: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<ShardObject>,
    administrators: &'a [String],
    service_linked: usize,
    roots: usize,
    not_covered: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<SearchObject<'a>>,
    indicators: Vec<IndicatorObject>,
}

/// What the search over steps was like.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct SearchObject<'a> {
    primitives_of: &'a str,
    rounds: usize,
    solver_calls: usize,
}

/// The part of the principals that was judged.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ShardObject {
    index: usize,
    of: usize,
}

/// A number that people track.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct IndicatorObject {
    id: &'static str,
    text: &'static str,
    numerator: usize,
    denominator: usize,
}

impl IndicatorObject {
    /// The same as JSON has it.
    pub(crate) fn of(indicator: &Indicator) -> Self {
        Self {
            id: indicator.id,
            text: indicator.text,
            numerator: indicator.numerator,
            denominator: indicator.denominator,
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct InputObject<'a> {
    file: &'a str,
    sha256: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct TableObject<'a> {
    table: &'static str,
    date: &'a str,
    sha256: &'a str,
    file: Option<&'a str>,
}

impl<'a> TableObject<'a> {
    fn of(table: TableFacts<'a>) -> Self {
        let TableFacts { table, date, sha256, file } = table;
        Self { table, date, sha256, file }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct WarningObject<'a> {
    file: &'a str,
    line: u32,
    message: &'a str,
}

/// Said of a model id that a pattern matches and neither the price table nor an inventory has.
pub(crate) const NO_SUCH_MODEL: &str = "no such model is known; only a pattern of ids allows for it";

/// The report, indented, with a line feed at the end.
pub(crate) fn report(answer: &Answer<'_>) -> String {
    let report = answer.report;
    let further =
        answer.configuration_file.iter().chain(answer.baseline.as_ref().map(|baseline| &baseline.file));
    let further = further.map(|file| (&file.path, &file.sha256));
    let inputs = report.digests.iter().map(|(file, sha256)| (file, sha256)).chain(further);
    let object = ReportObject {
        schema_version: SCHEMA_VERSION,
        guardrails: report.guardrails.iter().map(|guardrail| guardrail_object(guardrail, answer)).collect(),
        summary: SummaryObject {
            principals: report.principals,
            shard: report.shard.map(|shard| ShardObject { index: shard.index(), of: shard.of() }),
            administrators: &report.administrators,
            service_linked: report.service_linked,
            roots: report.roots,
            not_covered: not_covered(answer),
            steps: report.steps.as_ref().map(|search| SearchObject {
                primitives_of: &search.table,
                rounds: search.rounds,
                solver_calls: search.solved,
            }),
            indicators: report.indicators().iter().map(IndicatorObject::of).collect(),
        },
        exit_code: answer.status.code(),
        today: &report.today,
        inputs: inputs.map(|(file, sha256)| InputObject { file, sha256 }).collect(),
        tables: answer.tables.facts().map(TableObject::of).into(),
        suppressions: answer.suppressions.iter().map(SuppressionObject::of).collect(),
        warnings: answer.warnings.iter().map(warning).collect(),
        notes: &answer.notes,
    };
    pretty(&object)
}

/// `value` as indented JSON.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    // Only maps with keys that are no strings could fail, and there are none.
    let mut text = escape::json(&serde_json::to_string_pretty(value).unwrap_or_default());
    text.push('\n');
    text
}

/// `value` as JSON on one line.
pub(crate) fn line(value: &impl Serialize) -> String {
    let mut text = escape::json(&serde_json::to_string(value).unwrap_or_default());
    text.push('\n');
    text
}

/// What any guardrail leaves out, each once.
pub(crate) fn not_covered<'a>(answer: &Answer<'a>) -> Vec<&'a str> {
    let mut texts: Vec<&str> = Vec::new();
    for text in answer.report.guardrails.iter().flat_map(|guardrail| &guardrail.not_covered) {
        if !texts.contains(&text.as_str()) {
            texts.push(text);
        }
    }
    texts
}

fn guardrail_object<'a>(guardrail: &'a GuardrailResult, answer: &Answer<'a>) -> GuardrailObject<'a> {
    let violations = |accepted: bool| {
        guardrail
            .results
            .iter()
            .filter(|result| result.accepted.is_some() == accepted)
            .filter_map(|result| violation(result, answer))
            .collect()
    };
    GuardrailObject {
        id: &guardrail.id,
        kind: guardrail.kind.name(),
        controls: of_kind(guardrail.kind.name())
            .into_iter()
            .map(|control| ControlObject { framework: control.framework, id: control.id })
            .collect(),
        verdict: guardrail.verdict(),
        scope: guardrail.scope.name(),
        as_of: answer.report.as_of.as_deref(),
        assumptions: &guardrail.assumptions,
        not_covered: &guardrail.not_covered,
        missing: guardrail.missing.iter().map(MissingObject::of).collect(),
        accepted: violations(true),
        violations: violations(false),
        inconclusive: guardrail
            .inconclusive()
            .map(|(result, reason)| InconclusiveObject {
                principal: &result.principal,
                group: group(result.group),
                reason: ReasonObject::of(reason),
            })
            .collect(),
        shown: guardrail.results.iter().filter_map(|result| shown(result, answer)).collect(),
        not_applicable: guardrail.count(VerdictWord::NotApplicable),
        proved: guardrail.count(VerdictWord::Proved),
        level: answer.level.name(),
        prices_of: uses_prices(&guardrail.kind).then(|| answer.tables.models.get().date.as_str()),
    }
}

/// True where the verdict depends on prices.
pub(crate) fn uses_prices(kind: &GuardrailKind) -> bool {
    kind.models().is_some()
}

/// The name of `group`.
pub(crate) fn group(group: Group) -> &'static str {
    match group {
        Group::Finding => "finding",
        Group::Administrator => "administrator",
        Group::Root => "root",
    }
}

fn violation<'a>(result: &'a PrincipalResult, answer: &Answer<'_>) -> Option<ViolationObject<'a>> {
    let Verdict::Refuted(witness) = &result.verdict else { return None };
    let accepted = result.accepted.as_ref();
    Some(ViolationObject {
        principal: &result.principal,
        group: group(result.group),
        witness: witness_object(witness, Scene { world: answer.world, tables: answer.tables }),
        by: accepted.map(|accepted| accepted.by.name()),
        reason: accepted.map(|accepted| accepted.acceptance.reason.as_str()),
        owner: accepted.map(|accepted| accepted.acceptance.owner.as_str()),
        expires: accepted.and_then(|accepted| accepted.expires.as_deref()),
    })
}

fn shown<'a>(result: &'a PrincipalResult, answer: &Answer<'_>) -> Option<ShownObject<'a>> {
    let Verdict::Proved(certificate) = &result.verdict else { return None };
    let witness = certificate.shown.as_ref()?;
    let scene = Scene { world: answer.world, tables: answer.tables };
    Some(ShownObject {
        principal: &result.principal,
        group: group(result.group),
        witness: witness_object(witness, scene),
    })
}

pub(crate) fn witness_object<'a>(witness: &'a Witness, scene: Scene<'_>) -> WitnessObject<'a> {
    let mut assumptions: Vec<String> = witness.path().map(Path::assumptions).unwrap_or_default();
    for text in witness.requests().iter().flat_map(|request| &request.assumptions) {
        if !assumptions.contains(text) {
            assumptions.push(text.clone());
        }
    }
    let requests = witness.requests().iter().map(|request| request_object(request, scene)).collect();
    let route = witness.route().map(Route::name);
    let stopped_by = witness.restrictions().iter().map(ground);
    WitnessObject {
        kind: witness.kind(),
        route,
        status: witness.path().map(|path| path.status.name()),
        steps: witness.path().map(steps).unwrap_or_default(),
        requests,
        assumptions,
        facts: witness.facts(),
        stopped_by: stopped_by.collect(),
    }
}

/// A restriction on which something rests.
pub(crate) fn ground(restriction: &Restriction) -> GroundObject<'_> {
    match restriction {
        Restriction::Statement(reference) => GroundObject::Statement(statement(reference)),
        Restriction::Layer(layer) => {
            GroundObject::Layer { layer: layer_word(layer), target: layer_target(layer) }
        }
    }
}

fn request_object<'a>(replayed: &'a ReplayedRequest, scene: Scene<'_>) -> RequestObject<'a> {
    let request = &replayed.request;
    RequestObject {
        principal: request.principal.to_string(),
        action: &request.action,
        resource: &request.resource,
        context: context_object(&request.context),
        model: invoked_model(request).map(|id| {
            let known = is_known_model(id, scene.tables.models.get(), scene.world);
            ModelObject { id, known, text: (!known).then_some(NO_SUCH_MODEL) }
        }),
        allowed_by: replayed.deciding.iter().map(statement).collect(),
    }
}

/// The keys of a request with their values.
pub(crate) fn context_object(context: &RequestContext) -> BTreeMap<&str, Value> {
    let value = |value: &ContextValue| match value {
        ContextValue::Single(text) => Value::from(text.as_str()),
        ContextValue::List(texts) => Value::from(texts.clone()),
    };
    context.iter().map(|(key, found)| (key.as_written(), value(found))).collect()
}

pub(crate) fn statement(reference: &StatementReference) -> StatementObject<'_> {
    StatementObject {
        policy: &reference.policy,
        statement: reference.statement,
        sid: reference.sid.as_deref(),
        file: &reference.location.file,
        line: reference.location.line,
    }
}

pub(super) fn warning(warning: &InputError) -> WarningObject<'_> {
    WarningObject { file: &warning.location.file, line: warning.location.line, message: &warning.message }
}

#[cfg(test)]
pub(crate) fn schema() -> schemars::Schema {
    crate::output::schemas::of::<ReportObject<'_>>()
}

//! The blast radius as JSON.

use ringfence_solver::certificate::Level;
use ringfence_solver::check::blast_radius::PrincipalReach;
use ringfence_solver::theorem::reach::{Reach, Way};
use serde::Serialize;

use crate::command::blast_radius::Answer;
use crate::output::human::Scene;
use crate::output::json::{
    IndicatorObject, MissingObject, ReachedObject, ReasonObject, SCHEMA_VERSION, WitnessObject, group,
    pretty, witness_object,
};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct RadiusObject<'a> {
    schema_version: u32,
    level: &'static str,
    as_of: Option<&'a str>,
    prices_of: &'a str,
    model_set: &'a str,
    known_models: usize,
    results: Vec<ResultObject<'a>>,
    indicators: Vec<IndicatorObject>,
    not_covered: &'a [String],
    missing: Vec<MissingObject<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct ResultObject<'a> {
    principal: &'a str,
    account: String,
    group: &'static str,
    boundary: Option<&'a str>,
    models: Vec<ReachedObject<'a>>,
    unknown_models: bool,
    proved: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<OpenObject<'a>>,
    regions: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regions_open: Option<ReasonObject>,
    accounts: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts_open: Option<ReasonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dearest: Option<WayObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    easiest: Option<WayObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonObject>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct OpenObject<'a> {
    models: &'a [String],
    reason: ReasonObject,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct WayObject<'a> {
    model: Option<&'a str>,
    output_price: Option<String>,
    route: &'static str,
    witness: WitnessObject<'a>,
}

/// The answer, indented, with a line feed at the end.
pub(crate) fn json(answer: &Answer<'_>) -> String {
    let found = answer.found;
    pretty(&RadiusObject {
        schema_version: SCHEMA_VERSION,
        level: Level::OneSolver.name(),
        as_of: answer.as_of.as_deref(),
        prices_of: &answer.tables.models.get().date,
        model_set: answer.model_set,
        known_models: found.known_models,
        results: found.principals.iter().map(|principal| result(principal, answer)).collect(),
        indicators: found.indicators.iter().map(IndicatorObject::of).collect(),
        not_covered: &found.not_covered,
        missing: found.missing.iter().map(MissingObject::of).collect(),
        notes: &answer.notes,
    })
}

fn result<'a>(principal: &'a PrincipalReach, answer: &Answer<'_>) -> ResultObject<'a> {
    static NOTHING: std::sync::LazyLock<Reach> = std::sync::LazyLock::new(Reach::default);
    let reach = principal.reach.as_ref().unwrap_or(&NOTHING);
    let way = |way: &'a Way| WayObject {
        model: way.model.as_deref(),
        output_price: way.price.as_ref().map(ToString::to_string),
        route: way.route.name(),
        witness: witness_object(&way.witness, Scene { world: answer.world, tables: answer.tables }),
    };
    let own = (!reach.models.is_empty()).then_some(principal.account);
    ResultObject {
        principal: &principal.principal,
        account: principal.account.to_string(),
        group: group(principal.group),
        boundary: principal.boundary.as_deref(),
        models: reach.models.iter().map(ReachedObject::of).collect(),
        unknown_models: reach.unknown_models,
        proved: reach.proved,
        open: reach
            .open
            .as_ref()
            .map(|(models, reason)| OpenObject { models, reason: ReasonObject::of(reason) }),
        regions: reach.regions.iter().map(String::as_str).collect(),
        regions_open: reach.regions_open.as_ref().map(ReasonObject::of),
        accounts: own.iter().chain(&reach.other_accounts).map(ToString::to_string).collect(),
        accounts_open: reach.accounts_open.as_ref().map(ReasonObject::of),
        dearest: reach.dearest.as_ref().map(way),
        easiest: reach.easiest.as_ref().map(way),
        reason: principal.reach.as_ref().err().map(ReasonObject::of),
    }
}

#[cfg(test)]
pub(crate) fn schema() -> schemars::Schema {
    crate::output::schemas::of::<RadiusObject<'_>>()
}

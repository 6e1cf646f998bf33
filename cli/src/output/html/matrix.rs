//! Which principals can run which models, with what a million of their output tokens cost.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::models::{ModelTable, Price};
use ringfence_solver::check::blast_radius::{BlastRadius, PrincipalReach};
use ringfence_solver::report::Group;
use ringfence_solver::theorem::reach::Reach;

use crate::output::escape::visible;
use crate::output::json::group;

/// Columns of the table.
const COLUMNS: usize = 40;
/// Classes that have a line.
const CLASSES: usize = 200;
/// Principals that a class names.
const PRINCIPALS: usize = 50;

/// The remark about principals of whom nothing is known.
const NOT_ASKED: &str = "could not be asked";

/// The table.
#[derive(Debug)]
pub(super) struct Matrix {
    pub(super) prices_of: String,
    pub(super) known_models: usize,
    pub(super) columns: Vec<Column>,
    pub(super) more_columns: usize,
    pub(super) classes: Vec<Class>,
    pub(super) more_classes: usize,
}

/// Models that the same classes run.
#[derive(Debug)]
pub(super) struct Column {
    /// The one to be named: without a known price, or the dearest.
    pub(super) name: String,
    /// How many others there are.
    pub(super) others: usize,
    /// What the dearest of them costs, and how many have no known price.
    pub(super) price: String,
    /// All of them with their prices.
    pub(super) models: Vec<(String, String)>,
}

/// Principals that reach the same models by the same routes.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) count: usize,
    pub(super) principals: Vec<String>,
    pub(super) more: usize,
    pub(super) group: &'static str,
    pub(super) cells: Vec<Cell>,
    /// What is to be known beside the cells, in short.
    pub(super) remark: String,
    /// Why something is open.
    pub(super) why: String,
}

/// Whether a class runs a model.
#[derive(Debug)]
pub(super) struct Cell {
    /// `runs`, `open` or `not`; written as it is, but for the last.
    pub(super) kind: &'static str,
    /// The same in words.
    pub(super) words: String,
}

/// What principals of one class have in common: models with routes, open models, the group, remarks.
type Key<'a> = (BTreeMap<&'a str, &'static str>, BTreeSet<&'a str>, Group, (String, String));

/// The matrix of `found`. Models that the same classes run share a column, so that a large catalogue has room.
pub(super) fn matrix(found: &BlastRadius, table: &ModelTable) -> Matrix {
    let mut classes: BTreeMap<Key<'_>, Vec<&str>> = BTreeMap::new();
    for principal in &found.principals {
        classes.entry(key(principal)).or_default().push(&principal.principal);
    }
    let mut classes: Vec<(Key<'_>, Vec<&str>)> = classes.into_iter().collect();
    classes.sort_by_key(|((runs, open, ..), members)| {
        (std::cmp::Reverse(runs.len()), std::cmp::Reverse(open.len()), std::cmp::Reverse(members.len()))
    });
    let mut columns = groups(&classes, table);
    let more_columns = columns.len().saturating_sub(COLUMNS);
    columns.truncate(COLUMNS);
    let more_classes = classes.len().saturating_sub(CLASSES);
    classes.truncate(CLASSES);
    Matrix {
        prices_of: table.date.clone(),
        known_models: found.known_models,
        classes: classes.iter().map(|(key, members)| class(key, members, &columns)).collect(),
        columns: columns.iter().map(|models| column(models)).collect(),
        more_columns,
        more_classes,
    }
}

/// Models of one column with their prices: those without a known one first, since these may be the dearest, then the dearest.
type Models<'a> = Vec<(&'a str, Option<Price>)>;

/// The models that somebody runs or that are open, those together that are the same to every class.
fn groups<'a>(classes: &[(Key<'a>, Vec<&str>)], table: &ModelTable) -> Vec<Models<'a>> {
    let ids: BTreeSet<&str> =
        classes.iter().flat_map(|((runs, open, ..), _)| runs.keys().chain(open)).copied().collect();
    let mut groups: BTreeMap<Vec<&'static str>, Models<'a>> = BTreeMap::new();
    for id in ids {
        let kinds = classes.iter().map(|(key, _)| kind(key, id)).collect();
        groups.entry(kinds).or_default().push((id, table.output_price(id)));
    }
    let mut groups: Vec<Models<'a>> = groups.into_values().collect();
    for models in &mut groups {
        models.sort_by_key(|(id, price)| (std::cmp::Reverse((price.is_none(), *price)), *id));
    }
    let worst = |models: &Models<'_>| models.first().map(|(_, price)| (price.is_none(), *price));
    groups.sort_by(|left, right| worst(right).cmp(&worst(left)).then_with(|| right.len().cmp(&left.len())));
    groups
}

fn column(models: &Models<'_>) -> Column {
    let dearest = models.iter().filter_map(|(_, price)| *price).max();
    let unknown = models.iter().filter(|(_, price)| price.is_none()).count();
    let price = match (dearest, unknown, models.len()) {
        (None, _, _) => "no price known".to_owned(),
        (Some(price), 0, 1) => format!("{price} USD"),
        (Some(price), 0, _) => format!("at most {price} USD"),
        (Some(price), unknown, _) => format!("at most {price} USD; {unknown} with no price known"),
    };
    let words =
        |price: Option<Price>| price.map_or("no price known".to_owned(), |price| format!("{price} USD"));
    Column {
        name: models.first().map(|(id, _)| visible(id)).unwrap_or_default(),
        others: models.len().saturating_sub(1),
        price,
        models: models.iter().map(|(id, price)| (visible(id), words(*price))).collect(),
    }
}

fn key(principal: &PrincipalReach) -> Key<'_> {
    match &principal.reach {
        Ok(reach) => {
            let runs = reach.models.iter().map(|model| (model.id.as_str(), model.route.words())).collect();
            let open = reach.open.iter().flat_map(|(ids, _)| ids).map(String::as_str).collect();
            let why = reach.open.as_ref().map(|(_, reason)| reason.text()).unwrap_or_default();
            (runs, open, principal.group, (remark(reach), why))
        }
        Err(reason) => {
            let remark = (NOT_ASKED.to_owned(), reason.text());
            (BTreeMap::new(), BTreeSet::new(), principal.group, remark)
        }
    }
}

fn remark(reach: &Reach) -> String {
    let mut remarks = Vec::new();
    if reach.unknown_models {
        remarks.push("models that nobody knows yet as well".to_owned());
    }
    if let Some((ids, _)) = &reach.open {
        remarks.push(format!("{} open", ids.len()));
    }
    if reach.models.is_empty() && reach.open.is_none() {
        remarks.push("proved for single requests: no known model".to_owned());
    }
    remarks.join("; ")
}

fn kind((runs, open, _, (remark, _)): &Key<'_>, id: &str) -> &'static str {
    if runs.contains_key(id) {
        "runs"
    } else if open.contains(id) || remark == NOT_ASKED {
        "open"
    } else {
        "not"
    }
}

fn class(key: &Key<'_>, members: &[&str], columns: &[Models<'_>]) -> Class {
    let (runs, _, of, (remark, why)) = key;
    let cell = |models: &Models<'_>| {
        let first = models.first().map_or("", |(id, _)| id);
        let kind = kind(key, first);
        let what = match models.len() {
            1 => first.to_owned(),
            count => format!("{count} models such as {first}"),
        };
        let routes: BTreeSet<&str> = models.iter().filter_map(|(id, _)| runs.get(id).copied()).collect();
        let words = match kind {
            "runs" => format!("runs {what}: {}", Vec::from_iter(routes).join("; ")),
            "open" => format!("{what}: not decided"),
            _ => format!("{what}: not run by single requests"),
        };
        Cell { kind, words: visible(&words) }
    };
    Class {
        count: members.len(),
        principals: members.iter().take(PRINCIPALS).map(|arn| visible(arn)).collect(),
        more: members.len().saturating_sub(PRINCIPALS),
        group: group(*of),
        cells: columns.iter().map(cell).collect(),
        remark: visible(remark),
        why: visible(why),
    }
}

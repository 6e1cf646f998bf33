//! The blast radius for people: a table, dearest first, or everything about one principal.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::models::Price;
use ringfence_solver::certificate::Level;
use ringfence_solver::check::blast_radius::PrincipalReach;
use ringfence_solver::report::Group;
use ringfence_solver::theorem::reach::{Reach, Way};

use crate::command::blast_radius::Answer;
use crate::output::human::{Page, Scene, counted, section, witness};
use crate::output::json::group;

/// Models that the details of one principal name for each route.
const MODELS: usize = 12;

/// The answer.
pub(crate) fn text(answer: &Answer<'_>) -> String {
    let mut page = Page::default();
    match answer.found.principals.as_slice() {
        [only] if answer.to_one => details(answer, only, &mut page),
        all => table(answer, all, &mut page),
    }
    foot(answer, &mut page);
    page.into_text()
}

/// Whether a model without a known price is run, which counts as expensive; then by price of the dearest model, then by the
/// number of models.
fn rank(principal: &PrincipalReach) -> (bool, Option<Price>, usize) {
    principal.reach.as_ref().map_or((false, None, 0), |reach| {
        let price = reach.dearest.as_ref().and_then(|way| way.price);
        (reach.without_price().next().is_some(), price, reach.models.len())
    })
}

fn table(answer: &Answer<'_>, all: &[PrincipalReach], page: &mut Page) {
    let accounts: BTreeSet<_> = all
        .iter()
        .filter(|principal| principal.reach.as_ref().is_ok_and(|reach| !reach.models.is_empty()))
        .map(|principal| principal.account)
        .collect();
    page.heading(&format!(
        "Blast radius: {} asked about {}; prices of {}",
        counted(all.len(), "principal"),
        counted(answer.found.known_models, "known model"),
        answer.tables.models.get().date,
    ));
    page.line(&format!("Models can be run in {}.", counted(accounts.len(), "account")));
    page.blank();
    page.heading("  models  Regions  dearest USD  dearest model, by route                      principal");
    let mut sorted: Vec<&PrincipalReach> = all.iter().collect();
    sorted.sort_by(|left, right| {
        rank(right).cmp(&rank(left)).then_with(|| left.principal.cmp(&right.principal))
    });
    let mut silent = 0_usize;
    for principal in sorted {
        match &principal.reach {
            Ok(reach) if reach.models.is_empty() && reach.open.is_none() => silent += 1,
            Ok(reach) => page.line(&row(principal, reach)),
            Err(reason) => page.line(&format!("       ?  {}: {}", principal.principal, reason.text())),
        }
    }
    if silent > 0 {
        let verb = if silent == 1 { "runs" } else { "run" };
        page.line(&format!(
            "       0  proved for single requests: {} {verb} no known model",
            counted(silent, "principal"),
        ));
    }
    page.blank();
    page.line("`+`: more models stay open. `*`: models that nobody knows yet as well.");
    page.line("`?`: models without a known price as well, which count as expensive and may be dearer.");
    page.line("`ringfence blast-radius PRINCIPAL` shows the requests.");
    page.blank();
}

fn row(principal: &PrincipalReach, reach: &Reach) -> String {
    let open = if reach.open.is_some() { "+" } else { "" };
    let unknown = if reach.unknown_models { "*" } else { "" };
    let models = format!("{}{open}{unknown}", reach.models.len());
    let regions = format!("{}{}", reach.regions.len(), if reach.regions_open.is_some() { "+" } else { "" });
    let (price, model) = match (&reach.dearest, reach.without_price().next()) {
        (Some(way), None) => (price(way.price), model_words(way)),
        (Some(way), Some(_)) => (format!("{}?", price(way.price)), model_words(way)),
        (None, Some(model)) => ("?".to_owned(), format!("{}, {}", model.id, model.route.name())),
        (None, None) => ("-".to_owned(), "-".to_owned()),
    };
    let group = match principal.group {
        Group::Finding => String::new(),
        Group::Administrator | Group::Root => format!(" ({})", group(principal.group)),
    };
    format!("  {models:>6}  {regions:>7}  {price:>11}  {model:<43}  {}{group}", principal.principal)
}

fn model_words(way: &Way) -> String {
    format!("{}, {}", way.model.as_deref().unwrap_or("(not told)"), way.route.name())
}

fn price(price: Option<Price>) -> String {
    price.map_or("not known".to_owned(), |price| price.to_string())
}

fn details(answer: &Answer<'_>, principal: &PrincipalReach, page: &mut Page) {
    page.heading(&format!("Blast radius of {}", principal.principal));
    let boundary = principal.boundary.as_deref().unwrap_or("none");
    page.line(&format!("  boundary   {boundary}"));
    let reach = match &principal.reach {
        Ok(reach) => reach,
        Err(reason) => {
            page.line(&format!("  not asked: {}", reason.text()));
            page.blank();
            return;
        }
    };
    page.line(&format!(
        "  models     {} of {} reached, {} proved out of reach for single requests",
        reach.models.len(),
        answer.found.known_models,
        reach.proved,
    ));
    let without_price = reach.without_price().count();
    if without_price > 0 {
        let models = counted(without_price, "model");
        page.line(&format!("             {models} without a known price, which counts as expensive"));
    }
    if reach.unknown_models {
        page.line("             and models that nobody knows yet");
    }
    if let Some((models, reason)) = &reach.open {
        page.line(&format!("  open       {}: {}", counted(models.len(), "model"), reason.text()));
    }
    let regions: Vec<&str> = reach.regions.iter().map(String::as_str).collect();
    page.line(&format!("  Regions    {}: {}", regions.len(), or_none(&regions.join(", "))));
    if let Some(reason) = &reach.regions_open {
        page.line(&format!("             others stay open: {}", reason.text()));
    }
    let own = (!reach.models.is_empty()).then_some(principal.account);
    let accounts: Vec<String> = own.iter().chain(&reach.other_accounts).map(ToString::to_string).collect();
    page.line(&format!("  accounts   {}", or_none(&accounts.join(", "))));
    if let Some(reason) = &reach.accounts_open {
        page.line(&format!("             others stay open: {}", reason.text()));
    }
    page.blank();
    by_route(reach, page);
    let easiest = format!("The way to a model of `{}` that takes the least", answer.model_set);
    for (heading, way) in [("The dearest model", &reach.dearest), (easiest.as_str(), &reach.easiest)] {
        let Some(way) = way else { continue };
        page.heading(heading);
        page.line(&format!("  {}: {} USD per million output tokens", model_words(way), price(way.price)));
        let (requests, assumptions, keys) = way.effort();
        page.line(&format!(
            "  takes {}, {}, {} in the context",
            counted(requests, "request"),
            counted(assumptions, "assumption"),
            counted(keys, "key"),
        ));
        witness(
            Scene { world: answer.world, tables: answer.tables },
            &principal.principal,
            &way.witness,
            page,
        );
        page.blank();
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

fn by_route(reach: &Reach, page: &mut Page) {
    let mut routes: BTreeMap<&str, Vec<(Option<Price>, &str)>> = BTreeMap::new();
    for model in &reach.models {
        routes.entry(model.route.name()).or_default().push((model.price, &model.id));
    }
    for (route, mut models) in routes {
        // What has no known price counts as the dearest.
        models.sort_by_key(|(price, id)| std::cmp::Reverse((price.is_none(), *price, *id)));
        page.heading(&format!("{} by {route}, dearest first", counted(models.len(), "model")));
        for (cost, id) in models.iter().take(MODELS) {
            page.line(&format!("  {:>10}  {id}", price(*cost)));
        }
        if models.len() > MODELS {
            let more = counted(models.len().saturating_sub(MODELS), "more model");
            page.line(&format!("              and {more}; `-o json` names all"));
        }
        page.blank();
    }
}

fn foot(answer: &Answer<'_>, page: &mut Page) {
    let indicators: Vec<String> = answer
        .found
        .indicators
        .iter()
        .map(|indicator| {
            format!("  {} of {}  {}", indicator.numerator, indicator.denominator, indicator.text)
        })
        .collect();
    if !answer.to_one {
        section("Indicators", &indicators, page);
    }
    page.line(&format!("Proofs that other models cannot be run: {}.", Level::OneSolver.name()));
    page.blank();
    let lines: Vec<String> = answer.found.not_covered.iter().map(|text| format!("  {text}")).collect();
    section("Not covered", &lines, page);
    let lines: Vec<String> =
        answer.found.missing.iter().map(|missing| format!("  {}: {}", missing.input, missing.text)).collect();
    section("Missing input", &lines, page);
    let lines: Vec<String> = answer.notes.iter().map(|note| format!("  {note}")).collect();
    section("Notes", &lines, page);
}

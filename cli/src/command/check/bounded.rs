//! A check of what a plan makes, on both sides of what is unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ringfence_infrastructure::bounds::Bound;
use ringfence_infrastructure::values::{Change, Wanted};
use ringfence_model::files::Files;
use ringfence_model::request::Request;
use ringfence_model::world::World;
use ringfence_solver::between::{Hanging, between};
use ringfence_solver::check::{Shard, shard_of};
use ringfence_solver::guardrail::{Configuration, GuardrailKind, PinnedKey};
use ringfence_solver::report::Report;
use ringfence_solver::verdict::{Reason, Verdict, VerdictWord};
use ringfence_solver::witness::Witness;

use super::{Asked, values};
use crate::args::AssumedValue;
use crate::command::CommandError;
use crate::command::planned::{Sides, Source, Written};
use crate::files::Overlay;
use crate::input::{Place, Tables};

/// Checks of other worlds that one run makes at most to find the values on which verdicts hang.
const CHECKS: usize = 24;

/// What a plan makes, and how it was asked.
#[derive(Debug)]
pub(super) struct Bounded<'a> {
    source: Source<'a>,
    sides: Sides,
    configuration: Option<PathBuf>,
    files: &'a dyn Files,
}

/// Judges everybody, or a part, in a world.
pub(super) type Judge<'j> = &'j dyn Fn(&World, Option<Shard>) -> Report;

impl<'a> Bounded<'a> {
    /// What the plan makes of the world at `place`; none if no plan is asked about.
    ///
    /// # Errors
    /// When the plan or the world cannot be used, and where a value is given for a plan that is none.
    pub(super) fn of(
        asked: &Asked<'a>,
        place: &'a Place,
        files: &'a dyn Files,
    ) -> Result<Option<Self>, CommandError> {
        let values = values(&asked.report.assume);
        let Some((plan, arguments)) =
            asked.planned.and_then(|arguments| Some((arguments.plan.as_deref()?, arguments)))
        else {
            return match values.first() {
                None => Ok(None),
                Some(value) => Err(CommandError::usage(
                    &format!("--assume gives {} a value, and there is no plan that has it", value.address),
                    "name the plan with --plan; open points are read by F17=lower and the like",
                )),
            };
        };
        let (world, configuration) = match place {
            Place::Directory(directory) if !arguments.nothing_else => {
                (Some(directory.as_path()), place.configuration_file(files))
            }
            Place::Directory(_) | Place::Account { .. } => (None, None),
        };
        let configuration = asked.report.config.clone().or(configuration);
        let source = Source {
            plan,
            world,
            account: arguments.account.as_deref(),
            ignored: &arguments.ignore,
            values,
            before: false,
        };
        let sides = source.read(configuration.as_deref(), files)?;
        Ok(Some(Self { source, sides, configuration, files }))
    }

    /// The guardrails by which the run goes.
    pub(super) fn configuration(&self) -> Option<&Path> {
        self.configuration.as_deref()
    }

    /// The world that allows the most, and the files that hold it.
    pub(super) fn widest(&self) -> (Place, Overlay<'a>) {
        let side = self.sides.narrowest.is_some().then_some(Bound::Widest);
        self.world(side, self.sides.widest.clone())
    }

    fn world(&self, side: Option<Bound>, written: Written) -> (Place, Overlay<'a>) {
        self.source.world(side, written, self.files)
    }

    /// What a reader of the verdicts should know.
    pub(super) fn notes(&self) -> Vec<String> {
        self.source.notes(&self.sides)
    }

    /// The report on what the plan makes, whatever the values of what is unknown, of that on the widest world.
    ///
    /// # Errors
    /// Where the bounds do not go with how points are read, and where a world cannot be read, which is a defect.
    pub(super) fn conclude(
        &self,
        widest: Report,
        (tables, configuration): (&Tables, &Configuration),
        judge: Judge<'_>,
    ) -> Result<Report, CommandError> {
        let inputs = self.sides.inputs.iter().map(|input| (input.path.clone(), input.sha256.clone()));
        let inputs: Vec<(String, String)> = inputs.collect();
        let Some(narrowest) = &self.sides.narrowest else {
            return Ok(Report { digests: inputs, ..widest });
        };
        self.sides.go_with(configuration)?;
        let (place, files) = self.world(Some(Bound::Narrowest), narrowest.clone());
        let world = place.read(Some(tables.managed_policies.get()), &files)?;
        let (report, hanging) =
            between(widest, judge(&world, None)).map_err(|problem| CommandError::internal(&problem))?;
        let mut report = Report { digests: inputs, ..report };
        let mut search = Search { bounded: self, tables, judge, checks: CHECKS };
        let told = search.all(&report, &hanging);
        for hanging in &hanging {
            let text = told.get(&place_of(hanging)).cloned().unwrap_or_else(|| untold(hanging));
            let guardrail = report.guardrails.get_mut(hanging.guardrail);
            if let Some(result) = guardrail.and_then(|found| found.results.get_mut(hanging.principal)) {
                result.verdict = Verdict::Inconclusive(Reason::UnknownValues(text));
            }
        }
        Ok(report)
    }

    /// The world that the plan makes with `values` for some of what is unknown: that which allows the least, or the most, of the rest. None where
    /// the plan does not take these values.
    fn with(&self, values: &BTreeMap<String, String>, bound: Bound, tables: &Tables) -> Option<World> {
        let mut source = self.source.clone();
        let new = values.iter().map(|(address, value)| (address.clone(), value.clone()));
        source.values.extend(new.map(|(address, value)| AssumedValue { address, value }));
        let sides = source.read(self.configuration(), self.files).ok()?;
        let written = match (bound, sides.narrowest) {
            (Bound::Narrowest, Some(narrowest)) => narrowest,
            (Bound::Widest, _) | (Bound::Narrowest, None) => sides.widest,
        };
        let (place, files) = self.world(Some(bound), written);
        place.read(Some(tables.managed_policies.get()), &files).ok()
    }
}

/// A guardrail and a principal, by their places in a report.
type Cell = (usize, usize);

fn place_of(hanging: &Hanging) -> Cell {
    (hanging.guardrail, hanging.principal)
}

/// The side on which it would be refuted whatever else is unknown.
fn bound_of(report: &Report, hanging: &Hanging) -> Bound {
    match report.guardrails.get(hanging.guardrail).map(|guardrail| &guardrail.kind) {
        Some(GuardrailKind::MustBeAble { .. }) => Bound::Widest,
        _ => Bound::Narrowest,
    }
}

/// Looks for values with which what hangs on them is refuted, whatever all others are.
struct Search<'s> {
    bounded: &'s Bounded<'s>,
    tables: &'s Tables,
    judge: Judge<'s>,
    checks: usize,
}

impl Search<'_> {
    /// What is to be said of each of `hanging` for which such values were found.
    fn all(&mut self, report: &Report, hanging: &[Hanging]) -> BTreeMap<Cell, String> {
        let mut told = BTreeMap::new();
        let mut tried = BTreeSet::new();
        for one in hanging {
            if told.contains_key(&place_of(one)) {
                continue;
            }
            let Some((values, bound)) = self.values(report, one, &mut tried) else { continue };
            let Some(judged) = self.judged(&values, bound, None) else { continue };
            let given = values.iter().map(|(address, value)| format!("{address} is {value}"));
            let given = given.collect::<Vec<_>>().join(" and ");
            let text = format!(
                "it hangs on what the plan leaves unknown: refuted if {given}, whatever else is unknown"
            );
            // The other side refutes them anyway.
            let same = hanging.iter().filter(|other| bound_of(report, other) == bound);
            for other in same.filter(|other| is_refuted(&judged, report, place_of(other))) {
                told.entry(place_of(other)).or_insert_with(|| text.clone());
            }
        }
        told
    }

    /// Values with which `hanging` is refuted, none of which can be left out; and the side on which it is.
    fn values(
        &mut self,
        report: &Report,
        hanging: &Hanging,
        tried: &mut BTreeSet<(Bound, BTreeMap<String, String>)>,
    ) -> Option<(BTreeMap<String, String>, Bound)> {
        let guardrail = report.guardrails.get(hanging.guardrail)?;
        let principal = &guardrail.results.get(hanging.principal)?.principal;
        let bound = bound_of(report, hanging);
        let (requests, change) = match (&guardrail.kind, &hanging.refuted) {
            (GuardrailKind::MustBeAble { action, resource, context }, _) => {
                (vec![expected(principal, action, resource.as_deref(), context)], Change::Deny)
            }
            (_, Verdict::Refuted(witness)) => (wanted(witness), Change::Allow),
            _ => return None,
        };
        let planned = &self.bounded.sides.planned;
        let mut values = planned.draft.values(&planned.holes, &requests, change);
        values.retain(|address, _| self.bounded.sides.unknown.contains(address));
        if values.is_empty() || !tried.insert((bound, values.clone())) {
            return None;
        }
        let mut refutes = |values: &BTreeMap<String, String>| {
            let judged = self.judged(values, bound, Some(principal));
            judged.is_some_and(|judged| {
                let guardrail = judged.guardrails.get(hanging.guardrail);
                let results = guardrail.map(|found| found.results.as_slice()).unwrap_or_default();
                results.iter().any(|found| {
                    found.principal == *principal && found.verdict.word() == VerdictWord::Refuted
                })
            })
        };
        if !refutes(&values) {
            return None;
        }
        for address in values.keys().cloned().collect::<Vec<_>>() {
            let mut fewer = values.clone();
            fewer.remove(&address);
            if !fewer.is_empty() && refutes(&fewer) {
                values = fewer;
            }
        }
        Some((values, bound))
    }

    /// The report on the world with `values`, about everybody or `principal`; none where there is no such world, or enough was tried.
    fn judged(
        &mut self,
        values: &BTreeMap<String, String>,
        bound: Bound,
        principal: Option<&str>,
    ) -> Option<Report> {
        self.checks = self.checks.checked_sub(1)?;
        let world = self.bounded.with(values, bound, self.tables)?;
        let shard = match principal {
            Some(principal) => Some(shard_of(&world, principal)?),
            None => None,
        };
        Some((self.judge)(&world, shard))
    }
}

/// The same guardrail about the same principal is refuted in `judged`.
fn is_refuted(judged: &Report, report: &Report, (guardrail, principal): Cell) -> bool {
    let result = |of: &Report| {
        let found = of.guardrails.get(guardrail)?.results.get(principal)?;
        Some((found.principal.clone(), found.verdict.word()))
    };
    match (result(judged), result(report)) {
        (Some((found, word)), Some((wanted, _))) => found == wanted && word == VerdictWord::Refuted,
        (_, _) => false,
    }
}

/// What is said where no values were found.
fn untold(hanging: &Hanging) -> String {
    let by = match &hanging.refuted {
        Verdict::Refuted(witness) => wanted(witness).pop(),
        Verdict::Proved(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable => None,
    };
    let by = by.map(|request| format!(", as by {} on {}", request.action, request.resource));
    format!(
        "it hangs on what the plan leaves unknown: refuted where that allows the most{}, proved where it allows the least",
        by.unwrap_or_default()
    )
}

/// All requests of a witness, the last of which is what it is about.
fn wanted(witness: &Witness) -> Vec<Wanted> {
    let path = witness.path();
    let steps = path.into_iter().flat_map(|path| &path.steps);
    let steps = steps.flat_map(|step| step.requests.iter().chain(&step.itself));
    let reached = path.into_iter().flat_map(|path| &path.reached_by);
    let on_the_way = steps.chain(reached).map(|decided| &decided.request);
    on_the_way.chain(witness.requests().iter().map(|replayed| &replayed.request)).map(of_request).collect()
}

fn of_request(request: &Request) -> Wanted {
    let principal = request.principal.principal_arn().unwrap_or_else(|| request.principal.to_string());
    let context = request.context.iter();
    let context = context.map(|(key, value)| (key.canonical().to_owned(), value.values().to_vec()));
    Wanted {
        principal,
        action: request.action.clone(),
        resource: request.resource.clone(),
        context: context.collect(),
    }
}

/// What `must-be-able` asks for.
fn expected(principal: &str, action: &str, resource: Option<&str>, context: &[PinnedKey]) -> Wanted {
    let pinned = |(key, values): &PinnedKey| Some((key.to_lowercase(), values.clone()?));
    let context = context.iter().filter_map(pinned);
    Wanted {
        principal: principal.to_owned(),
        action: action.to_owned(),
        resource: resource.unwrap_or("*").to_owned(),
        context: context.collect(),
    }
}

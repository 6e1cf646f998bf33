//! The main job: every guardrail over every principal of a world.

mod able;
mod accept;
mod answerable;
mod ask;
pub mod blast_radius;
mod by_facts;
pub mod comparison;
pub mod design;
mod design_accounts;
pub mod design_leaves;
pub mod design_losses;
mod design_scope;
mod design_steps;
mod design_subject;
mod facts;
mod over_steps;
pub mod paths;
mod question;
mod summary;
mod theorems_over_steps;
mod watcher;
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::{ModelTable, ProfileTable};
use ringfence_model::world::World;

use self::workers::in_threads;
use crate::backend::Encoding;
use crate::decimal::Decimal;
use crate::encode::Assumptions;
use crate::guardrail::{Configuration, above};
use crate::principals;
use crate::prove::{Ledger, Observer, Solved, Store};
use crate::query::Target;
use crate::report::{Group, GuardrailResult, PrincipalResult, Progress, Report};
use crate::resource_side::ResourceSides;
use crate::search::Limits;
use crate::subject::{Federation, Subject, SubjectKind};
use crate::surroundings::Surroundings;
use crate::text::parse_instant;
use crate::theorem::approved_boundaries::ApprovedBoundaries;
use crate::theorem::asking::unbound;
use crate::theorem::known_models::named_models;
use crate::theorem::roles_by_set::RolesBySet;
use crate::theorem::{Answers, SharingProver, Solutions, administrator, allowed};
use crate::verdict::Verdict;
use ask::Asked;
use facts::Facts;
use question::Question;

pub use watcher::Watcher;

/// A part of the principals: the `index`-th of `of`, from 1. All parts together are all principals, each once, as long as
/// the world is the same; a part has neighbours in the order of accounts, who have much in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    of: usize,
}

impl Shard {
    /// None unless `index` is from 1 to `of`.
    pub fn new(index: usize, of: usize) -> Option<Self> {
        (1..=of).contains(&index).then_some(Self { index, of })
    }

    /// Which part it is, from 1.
    pub fn index(self) -> usize {
        self.index
    }

    /// Of how many.
    pub fn of(self) -> usize {
        self.of
    }

    /// The places of its members among so many.
    fn places(self, count: usize) -> Range<usize> {
        // Where the part before ends: no product is too large for 128 bits.
        let end = |parts: usize| {
            let end = u128::try_from(count).unwrap_or(0) * u128::try_from(parts).unwrap_or(0)
                / u128::try_from(self.of).unwrap_or(1);
            usize::try_from(end).unwrap_or(count)
        };
        end(self.index - 1)..end(self.index)
    }
}

/// How a check is run. None of it changes a verdict but `as_of` and `today`.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// Threads.
    pub threads: NonZeroUsize,
    /// The earliest instant of a request, `YYYY-MM-DDThh:mm:ssZ`; none for no lower bound.
    pub as_of: Option<String>,
    /// The day with which expiry dates are compared, `YYYY-MM-DD`.
    pub today: String,
    /// Only this part of the principals is judged; none for all of them.
    pub shard: Option<Shard>,
    /// Answers are kept for principals with equal formulas.
    pub share_classes: bool,
    /// How texts are decided.
    pub encoding: Encoding,
    /// The three theorems are judged over any number of steps, and not for single requests alone.
    pub steps: bool,
    /// Bare ids of models that are known besides those that the price table and the world name.
    pub further_models: BTreeSet<String>,
}

impl CheckOptions {
    /// A check of everybody by single requests, in which answers are shared and the wildcard theory decides.
    pub fn new(threads: NonZeroUsize, as_of: Option<String>, today: &str) -> Self {
        Self {
            threads,
            as_of,
            today: today.to_owned(),
            shard: None,
            share_classes: true,
            encoding: Encoding::Theory,
            steps: false,
            further_models: BTreeSet::new(),
        }
    }
}

/// What was solved, by digest, for all threads.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    solved: Mutex<BTreeMap<String, Solved>>,
    defects: Mutex<BTreeSet<String>>,
}

impl Shared {
    /// The internal defects that were noticed, in order.
    pub(crate) fn defects(self) -> Vec<String> {
        self.defects.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect()
    }
}

/// Keeps no solution: every question is solved, in the same way as where they are shared.
struct Nothing;

impl Solutions for Nothing {
    fn find(&self, _: &str) -> Option<Solved> {
        None
    }

    fn keep(&self, _: &str, _: &Solved) {}

    fn defect(&self, _: String) {}
}

impl Solutions for Shared {
    fn find(&self, digest: &str) -> Option<Solved> {
        self.solved.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    fn keep(&self, digest: &str, solved: &Solved) {
        self.solved.lock().unwrap_or_else(PoisonError::into_inner).insert(digest.to_owned(), solved.clone());
    }

    fn defect(&self, text: String) {
        self.defects.lock().unwrap_or_else(PoisonError::into_inner).insert(text);
    }
}

/// What all principals are asked.
struct Plan<'a> {
    catalogue: &'a Catalogue,
    configuration: &'a Configuration,
    as_of: Option<Decimal>,
    today: String,
    /// For each guardrail and partition what it asks.
    questions: Vec<BTreeMap<String, Question>>,
    approved: ApprovedBoundaries,
    surroundings: Surroundings,
    profiles: Option<&'a ProfileTable>,
    facts: Facts,
    /// The ids of all models that the price table or an inventory knows.
    models: BTreeSet<String>,
    /// The ids of the OUs and the root above each account.
    above: BTreeMap<AccountId, BTreeSet<Arc<str>>>,
    /// For each guardrail and account the roles that Bedrock may take on, once they are asked.
    service_roles: Vec<BTreeMap<AccountId, RolesBySet>>,
}

/// What was found out about one principal.
struct Answered {
    group: Group,
    verdicts: Vec<Option<Verdict>>,
}

/// Checks every guardrail of `configuration` over every principal of `world`. `progress` is called now and then, from
/// any thread. Principals and guardrails come out in a fixed order, and nothing in the report depends on the number
/// of threads or on which answers were shared.
pub fn check(
    world: &World,
    catalogue: &Catalogue,
    models: &ModelTable,
    configuration: &Configuration,
    options: &CheckOptions,
    progress: &(dyn Fn(Progress) + Sync),
) -> Report {
    check_with(world, catalogue, models, configuration, options, progress, Attached::default())
}

/// What is told of answers, and asked for them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attached<'a> {
    /// Is told of all that is found unsatisfiable.
    pub observer: Option<&'a dyn Observer>,
    /// Answers of earlier runs.
    pub store: Option<&'a dyn Store>,
    /// The book that the run writes, or by which alone it goes.
    pub ledger: Option<&'a dyn Ledger>,
    /// Is told of all that is decided.
    pub watcher: Option<&'a dyn Watcher>,
}

/// As [`check`], with an observer, a store or a watcher. The report is the same, whatever a store holds.
pub fn check_with(
    world: &World,
    catalogue: &Catalogue,
    models: &ModelTable,
    configuration: &Configuration,
    options: &CheckOptions,
    progress: &(dyn Fn(Progress) + Sync),
    attached: Attached<'_>,
) -> Report {
    let assumptions: Assumptions =
        configuration.assumptions.iter().map(|(point, (reading, _))| (*point, *reading)).collect();
    let all = subjects(world);
    let plan = plan(world, (catalogue, models), configuration, options, &all);
    let part = options.shard.map_or(0..all.len(), |shard| shard.places(all.len()));
    let subjects = all.get(part).unwrap_or_default();
    let shared = Shared::default();
    let around = (catalogue, &assumptions);
    let mut answers = in_threads(subjects, around, options, attached, progress, |prover, subject| {
        if options.share_classes {
            ask(&mut SharingProver { prover, solutions: &shared }, &plan, subject, attached.watcher)
        } else {
            ask(&mut SharingProver { prover, solutions: &Nothing }, &plan, subject, attached.watcher)
        }
    });
    let over_steps = if options.steps {
        let around = (options, &assumptions);
        let judged = (subjects, answers.as_mut_slice());
        theorems_over_steps::judge(&plan, (world, &all), judged, around, attached, progress)
    } else {
        theorems_over_steps::Found::default()
    };
    let answers = answers.into_iter().enumerate().collect();
    let classes = shared.solved.into_inner().unwrap_or_else(PoisonError::into_inner).len();
    let defects = shared.defects.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut report = report(world, models, configuration, options, subjects, answers, classes);
    report.defects = defects.into_iter().collect();
    summary::add_steps(&mut report, over_steps);
    report
}

/// Users and roles that are checked, and the root user of each account, by account and ARN.
fn subjects(world: &World) -> Vec<Subject> {
    let resources = Arc::new(ResourceSides::of(world));
    let mut subjects: Vec<Subject> = world
        .principals()
        .filter(|(_, principal)| !principal.is_service_linked())
        .map(|(account, principal)| principals::subject(world, &resources, account, principal))
        .collect();
    subjects.extend(world.accounts.values().map(|account| principals::root(world, &resources, account)));
    subjects.sort_by(|left, right| (left.account, &left.arn).cmp(&(right.account, &right.arn)));
    subjects
}

/// The part of the principals that is this user, role or root user alone; none if it is not checked.
pub fn shard_of(world: &World, principal: &str) -> Option<Shard> {
    let all = subjects(world);
    let place = all.iter().position(|subject| subject.arn == principal)?;
    Shard::new(place + 1, all.len())
}

fn plan<'a>(
    world: &World,
    (catalogue, table): (&'a Catalogue, &ModelTable),
    configuration: &'a Configuration,
    options: &CheckOptions,
    subjects: &[Subject],
) -> Plan<'a> {
    let partitions: BTreeSet<&str> =
        world.accounts.values().map(|account| account.partition.as_str()).collect();
    let states = Limits::default().states;
    let mut maker = question::Maker::new(world, (catalogue, table), configuration, states);
    maker.also_models(options.further_models.clone());
    let buckets = !configuration.training_buckets.is_empty();
    let mut questions = Vec::new();
    for guardrail in &configuration.guardrails {
        let of_partition = |partition: &&str| {
            let question = match answerable::unanswerable(catalogue, &guardrail.kind, buckets, partition) {
                Some(reason) => Question::Unanswerable(reason),
                None => maker.question(&guardrail.kind, partition),
            };
            ((*partition).to_owned(), question)
        };
        questions.push(partitions.iter().map(of_partition).collect());
    }
    Plan {
        catalogue,
        configuration,
        as_of: options.as_of.as_deref().and_then(parse_instant),
        today: options.today.clone(),
        questions,
        approved: summary::approved_boundaries(world, configuration),
        surroundings: Surroundings::of(world, subjects),
        profiles: ProfileTable::embedded().ok(),
        facts: Facts::of(world),
        models: known_models(world, table, options),
        above: world.accounts.keys().map(|account| (*account, above(world, *account))).collect(),
        service_roles: configuration
            .guardrails
            .iter()
            .map(|_| world.accounts.keys().map(|account| (*account, RolesBySet::default())).collect())
            .collect(),
    }
}

/// The ids of all models that the price table or the world names, and of those that are known besides.
fn known_models(world: &World, table: &ModelTable, options: &CheckOptions) -> BTreeSet<String> {
    let mut all = named_models(world);
    all.extend(options.further_models.iter().cloned());
    all.extend(table.rows.iter().map(|row| row.id.clone()));
    all
}

/// Everything about one principal.
fn ask(
    answers: &mut impl Answers,
    plan: &Plan<'_>,
    subject: &Subject,
    watcher: Option<&dyn Watcher>,
) -> Answered {
    let decided = |answers: &_, guardrail: Option<&str>| {
        if let Some(watcher) = watcher {
            watcher.decided(guardrail, Answers::statistics(answers));
        }
    };
    let (subject, group) = grouped(answers, plan.catalogue, subject);
    decided(answers, None);
    let verdicts = plan
        .configuration
        .guardrails
        .iter()
        .zip(&plan.questions)
        .zip(&plan.service_roles)
        .map(|((guardrail, questions), service_roles)| {
            let nothing = BTreeSet::new();
            let above = plan.above.get(&subject.account).unwrap_or(&nothing);
            if !guardrail.principals.holds(&subject, above) {
                return None;
            }
            let none = RolesBySet::default();
            let service_roles = service_roles.get(&subject.account).unwrap_or(&none);
            let asked = Asked { plan, surroundings: &plan.surroundings, subject: &subject, service_roles };
            let question = questions.get(&subject.partition)?;
            let before = answers.kept_used();
            let mut verdict = asked.verdict(answers, question);
            if answers.kept_used() > before && !matches!(verdict, Verdict::Proved(_) | Verdict::Refuted(_)) {
                // Some verdicts hang on which request was found. One that was kept may not be the one that a search finds, and
                // what it leaves open is not left to whoever made the file.
                let before = answers.pause_store(true);
                verdict = asked.verdict(answers, question);
                answers.pause_store(before);
            }
            decided(answers, Some(&guardrail.id));
            Some(verdict)
        })
        .collect();
    Answered { group, verdicts }
}

/// The subject with what its federated sessions may be, and its group.
fn grouped(answers: &mut impl Answers, catalogue: &Catalogue, subject: &Subject) -> (Subject, Group) {
    let mut subject = subject.clone();
    if matches!(subject.kind, SubjectKind::User { .. }) {
        subject.federation = federation(answers, catalogue, &subject);
    }
    let group = if subject.kind == SubjectKind::Root {
        Group::Root
    } else if administrator::is_administrator(answers, catalogue, &subject) {
        Group::Administrator
    } else {
        Group::Finding
    };
    (subject, group)
}

/// Whether the user may call sts:GetFederationToken with its long-term keys.
pub(crate) fn federation(answers: &mut impl Answers, catalogue: &Catalogue, subject: &Subject) -> Federation {
    match federation_verdict(answers, catalogue, subject) {
        Verdict::Proved(_) => Federation::Never,
        Verdict::Refuted(_) => Federation::Possible,
        Verdict::Inconclusive(_) | Verdict::NotApplicable => Federation::Unknown,
    }
}

/// The verdict on that call: proved if the user cannot make it. Not applicable where the catalogue does not know the call.
pub(crate) fn federation_verdict(
    answers: &mut impl Answers,
    catalogue: &Catalogue,
    subject: &Subject,
) -> Verdict {
    let plain = Subject { federation: Federation::Never, ..subject.clone() };
    let targets = federation_targets(catalogue);
    if targets.is_empty() {
        return Verdict::NotApplicable;
    }
    // The session may be older than the world.
    unbound(answers, &plain, allowed(targets, None))
}

/// The call by which users make federated-user sessions.
pub(crate) fn federation_targets(catalogue: &Catalogue) -> Vec<Target> {
    crate::theorem::targets_of(catalogue, FEDERATION, &[])
}

/// The name of that call.
pub(crate) const FEDERATION: &str = "sts:GetFederationToken";

fn report(
    world: &World,
    models: &ModelTable,
    configuration: &Configuration,
    options: &CheckOptions,
    subjects: &[Subject],
    answers: BTreeMap<usize, Answered>,
    classes: usize,
) -> Report {
    let mut guardrails: Vec<GuardrailResult> = configuration
        .guardrails
        .iter()
        .map(|guardrail| {
            let scope = theorems_over_steps::scope(&guardrail.kind, options);
            GuardrailResult {
                id: guardrail.id.clone(),
                kind: guardrail.kind.clone(),
                scope,
                results: Vec::new(),
                not_covered: summary::not_covered(&guardrail.kind, scope),
                assumptions: summary::assumptions(&guardrail.kind, configuration, models),
                missing: summary::missing(world, &guardrail.kind, scope),
            }
        })
        .collect();
    let mut administrators = Vec::new();
    for (index, answered) in answers {
        let Some(subject) = subjects.get(index) else { continue };
        if answered.group == Group::Administrator {
            administrators.push(subject.arn.clone());
        }
        for (result, verdict) in guardrails.iter_mut().zip(answered.verdicts) {
            let Some(verdict) = verdict else { continue };
            let accepted = accept::accepted(
                configuration,
                &result.id,
                subject,
                answered.group,
                &verdict,
                &options.today,
            );
            result.results.push(PrincipalResult {
                principal: subject.arn.clone(),
                account: subject.account,
                group: answered.group,
                verdict,
                accepted,
                boundary: summary::boundary(subject),
            });
        }
    }
    Report {
        guardrails,
        principals: subjects.len(),
        administrators,
        service_linked: world.principals().filter(|(_, principal)| principal.is_service_linked()).count(),
        roots: subjects.iter().filter(|subject| subject.kind == SubjectKind::Root).count(),
        shard: options.shard,
        as_of: options.as_of.clone(),
        today: options.today.clone(),
        digests: world.inputs.iter().map(|input| (input.path.clone(), input.sha256.clone())).collect(),
        classes,
        steps: None,
        defects: Vec::new(),
    }
}

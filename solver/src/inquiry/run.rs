//! Many questions to many principals of one world.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;

use super::answer::{Answer, Respondent};
use super::principal::Caller;
use super::{Prepared, Targets};
use crate::backend::Encoding;
use crate::check::Shared;
use crate::encode::Assumptions;
use crate::principals;
use crate::prove::{Ledger, Prover};
use crate::query::{KeyDemand, Target};
use crate::resource_side::ResourceSides;
use crate::search::Limits;
use crate::subject::Subject;
use crate::text::parse_instant;
use crate::wildcard::Theory;

/// A principal that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The principal.
    pub subject: Subject,
    /// It is a service-linked role: only AWS can use it.
    pub service_linked: bool,
}

/// Users, roles and root users of the world by account and ARN, service-linked roles among them.
pub fn candidates(world: &World) -> Vec<Candidate> {
    let resources = Arc::new(ResourceSides::of(world));
    let mut found: Vec<Candidate> = world
        .principals()
        .map(|(account, principal)| Candidate {
            subject: principals::subject(world, &resources, account, principal),
            service_linked: principal.is_service_linked(),
        })
        .collect();
    found.extend(world.accounts.values().map(|account| Candidate {
        subject: principals::root(world, &resources, account),
        service_linked: false,
    }));
    found.sort_by(|left, right| {
        (left.subject.account, &left.subject.arn).cmp(&(right.subject.account, &right.subject.arn))
    });
    found
}

/// A question, to everybody or to one principal.
#[derive(Clone, Debug)]
pub struct Posed<'q> {
    /// The question.
    pub question: &'q Prepared,
    /// Whom it is put to; none for everybody.
    pub to: Option<Caller>,
}

/// How questions are asked. Nothing but `as_of` can change an answer.
#[derive(Clone, Debug)]
pub struct AskOptions {
    /// Threads.
    pub threads: NonZeroUsize,
    /// The earliest instant of a request, `YYYY-MM-DDThh:mm:ssZ`; none for no lower bound.
    pub as_of: Option<String>,
    /// How texts are decided.
    pub encoding: Encoding,
}

/// The answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// For each question the principals that it was put to, by index, with their answers, in the order of the
    /// principals.
    pub answers: Vec<Vec<(usize, Answer)>>,
    /// Internal defects that were noticed; the answers named there were reached another way.
    pub defects: Vec<String>,
}

/// What one question asks in one account.
type OfAccount = BTreeMap<(String, AccountId), Targets>;

/// Puts every question to whom it is for. A principal answers all of its questions in one thread; answers are shared
/// between principals whose formulas are equal. The `ledger` is the book that the run writes, or by which alone it goes. Nothing in the result depends on the number of threads.
pub fn answer_all(
    tables: (&Catalogue, &ModelTable),
    assumptions: &Assumptions,
    candidates: &[Candidate],
    questions: &[Posed<'_>],
    options: &AskOptions,
    ledger: Option<&dyn Ledger>,
) -> Answers {
    let (catalogue, models) = tables;
    let as_of = options.as_of.as_deref().and_then(parse_instant);
    let limits = Limits { encoding: options.encoding, ..Limits::default() };
    let targets = targets(catalogue, models, candidates, questions, limits);
    let asked: Vec<usize> = if questions.iter().any(|posed| posed.to.is_none()) {
        (0..candidates.len()).collect()
    } else {
        let some: BTreeSet<usize> =
            questions.iter().filter_map(|posed| posed.to.as_ref()).map(|caller| caller.index).collect();
        some.into_iter().collect()
    };
    let solutions = Shared::default();
    let next = AtomicUsize::new(0);
    let found: Mutex<BTreeMap<(usize, usize), Answer>> = Mutex::new(BTreeMap::new());
    let work = || {
        let mut prover = Prover::with_limits(catalogue, assumptions, limits).led_by(ledger);
        while let Some(index) = asked.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(candidate) = candidates.get(*index) else { continue };
            let subject = candidate.subject.clone();
            let place = (subject.partition.clone(), subject.account);
            let mut respondent = Respondent {
                prover: &mut prover,
                solutions: &solutions,
                catalogue,
                as_of: as_of.as_ref(),
                subject,
                federation_known: false,
                no_federation: None,
            };
            for (number, (posed, of_account)) in questions.iter().zip(&targets).enumerate() {
                let Some(targets) = of_account.get(&place) else { continue };
                let answer = match &posed.to {
                    None => respondent.answer(targets),
                    Some(caller) if caller.index != *index => continue,
                    Some(caller) if caller.keys.is_empty() => respondent.answer(targets),
                    Some(caller) => respondent.answer(&with_keys(targets, &caller.keys)),
                };
                found.lock().unwrap_or_else(PoisonError::into_inner).insert((number, *index), answer);
            }
        }
    };
    let threads = options.threads.get().min(asked.len().max(1));
    if threads == 1 {
        work();
    } else {
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
    }
    let mut answers: Vec<Vec<(usize, Answer)>> = questions.iter().map(|_| Vec::new()).collect();
    for ((number, index), answer) in found.into_inner().unwrap_or_else(PoisonError::into_inner) {
        if let Some(list) = answers.get_mut(number) {
            list.push((index, answer));
        }
    }
    Answers { answers, defects: solutions.defects() }
}

/// For each question what it asks in each account that it is put to.
fn targets(
    catalogue: &Catalogue,
    models: &ModelTable,
    candidates: &[Candidate],
    questions: &[Posed<'_>],
    limits: Limits,
) -> Vec<OfAccount> {
    let mut theory = Theory::new(limits.states);
    let everywhere: BTreeSet<(&str, AccountId)> = candidates
        .iter()
        .map(|candidate| (candidate.subject.partition.as_str(), candidate.subject.account))
        .collect();
    questions
        .iter()
        .map(|posed| {
            let only = posed.to.as_ref().and_then(|caller| candidates.get(caller.index));
            let places: Vec<(&str, AccountId)> = match only {
                Some(candidate) => vec![(candidate.subject.partition.as_str(), candidate.subject.account)],
                None => everywhere.iter().copied().collect(),
            };
            places
                .into_iter()
                .map(|(partition, account)| {
                    let targets = posed.question.targets(catalogue, models, partition, account, &mut theory);
                    ((partition.to_owned(), account), targets)
                })
                .collect()
        })
        .collect()
}

fn with_keys(targets: &Targets, keys: &[(ContextKey, KeyDemand)]) -> Targets {
    let add = |targets: &[Target]| {
        let with = |target: &Target| {
            let mut target = target.clone();
            target.keys.extend_from_slice(keys);
            target
        };
        targets.iter().map(with).collect()
    };
    Targets { direct: add(&targets.direct), routed: add(&targets.routed), foreign: add(&targets.foreign) }
}

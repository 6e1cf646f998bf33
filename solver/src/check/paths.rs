//! What every principal may come to by steps: paths to goals, or the proof that there are none (docs/steps.md).

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::{IamPrincipal, World};

use super::over_steps::{GoalQuestion, Stepping};
use super::question::Question;
use super::workers::in_threads_with;
use super::{Attached, CheckOptions, Shared, plan, subjects};
use crate::encode::Assumptions;
use crate::guardrail::{Configuration, default_guardrails};
use crate::prove::Ledger;
use crate::provenance::{Provenance, of_role};
use crate::report::{Group, Progress};
use crate::steps::cast::{Cast, MemberId};
use crate::steps::primitive::{Primitives, PrimitivesError};
use crate::steps::verdict::{ClosedSet, Goal, GoalVerdict, Shown};
use crate::subject::Subject;
use crate::theorem::SharingProver;
use crate::verdict::VerdictWord;

/// What is said of one principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalPaths {
    /// Its ARN.
    pub principal: String,
    /// Its account.
    pub account: AccountId,
    /// Its group.
    pub group: Group,
    /// The ARN of its boundary, if it carries one.
    pub boundary: Option<String>,
    /// Every goal with the verdict on it.
    pub goals: Vec<(Goal, GoalVerdict)>,
    /// What may hold at the end, for proofs.
    pub closed: ClosedSet,
    /// What shows the proofs of goals to others, where a run writes that down.
    pub shown: BTreeMap<Goal, Arc<Shown>>,
    /// Whom its trust policy admits; nobody for users.
    pub provenance: Provenance,
}

impl PrincipalPaths {
    /// The worst of its goals.
    pub fn verdict(&self) -> VerdictWord {
        self.goals.iter().map(|(_, verdict)| verdict.word()).max().unwrap_or(VerdictWord::NotApplicable)
    }
}

/// The answer of `ringfence paths`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathsReport {
    /// The principals that were asked, by account and ARN.
    pub principals: Vec<PrincipalPaths>,
    /// The day of the table of primitives.
    pub table: String,
    /// How many different questions the solver was asked.
    pub solved: usize,
    /// The most rounds that a closure took.
    pub rounds: usize,
    /// Internal defects that were noticed.
    pub defects: Vec<String>,
}

/// So many principals, at least and at most, are one piece of work: they share what may hold at the end. Of how many
/// threads there are it must not depend, since whose closure was shared shows in what a proof says of causes.
const TOGETHER: (usize, usize) = (16, 128);
/// There are about so many pieces.
const PIECES: usize = 8;

/// Asks those principals of `world` for which `wanted` is true, service-linked roles and root users never. The `ledger` is the book that the
/// run writes, or by which alone it goes.
///
/// # Errors
/// When the table of primitives cannot be read, which a test rules out.
pub fn paths(
    world: &World,
    (catalogue, table): (&Catalogue, &ModelTable),
    configuration: &Configuration,
    options: &CheckOptions,
    ledger: Option<&dyn Ledger>,
    wanted: &(dyn Fn(&Subject) -> bool + Sync),
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<PathsReport, &'static PrimitivesError> {
    let primitives = Primitives::embedded()?;
    let configuration = Configuration { guardrails: default_guardrails(), ..configuration.clone() };
    let assumptions: Assumptions =
        configuration.assumptions.iter().map(|(point, (reading, _))| (*point, *reading)).collect();
    let all = subjects(world);
    let plan = plan(world, (catalogue, table), &configuration, options, &all);
    let cast = Cast::of(world, &all);
    let starts: Vec<MemberId> = all
        .iter()
        .filter(|subject| wanted(subject) && subject.kind != crate::subject::SubjectKind::Root)
        .filter_map(|subject| cast.find(&subject.arn))
        .collect();
    let pieces = pieces(&starts);
    let shared = Shared::default();
    let around = (catalogue, &assumptions);
    // What a thread knows of guards it keeps from one piece to the next: whoever is asked, most of it is about the same others.
    let stepping = || Stepping::new(&plan, primitives, &cast, &assumptions);
    let found = in_threads_with(
        &pieces,
        around,
        options,
        Attached { ledger, ..Attached::default() },
        progress,
        stepping,
        |prover, stepping, piece| {
            let mut answers = SharingProver { prover, solutions: &shared };
            let mut found = Vec::new();
            stepping.next_piece();
            for start in *piece {
                stepping.next_start();
                found.extend(one(&mut answers, stepping, &plan, *start));
            }
            found
        },
    );
    let principals: Vec<PrincipalPaths> = found.into_iter().flatten().collect();
    let solved = shared.solved.lock().unwrap_or_else(PoisonError::into_inner).len();
    Ok(PathsReport {
        rounds: principals.iter().map(|found| found.closed.rounds).max().unwrap_or(0),
        principals,
        table: primitives.date.clone(),
        solved,
        defects: shared.defects(),
    })
}

/// The starts in pieces of work.
pub(super) fn pieces<T>(starts: &[T]) -> Vec<&[T]> {
    starts.chunks((starts.len() / PIECES).clamp(TOGETHER.0, TOGETHER.1)).collect()
}

fn one(
    answers: &mut SharingProver<'_, '_, Shared>,
    stepping: &mut Stepping<'_, '_>,
    plan: &super::Plan<'_>,
    start: MemberId,
) -> Option<PrincipalPaths> {
    let member = stepping.guards.cast.member(start)?;
    let (subject, group) = super::grouped(answers, plan.catalogue, &member.subject);
    let boundary = member.boundary.as_ref().map(ToString::to_string);
    let provenance = match stepping.guards.cast.world.principal(&subject.arn) {
        Some((account, IamPrincipal::Role(role))) => of_role(stepping.guards.cast.world, account, role),
        Some((_, IamPrincipal::User(_))) | None => Provenance::default(),
    };
    let none = BTreeMap::new();
    let question_of = |wanted: Goal| -> Option<(usize, &Question)> {
        plan.questions.iter().enumerate().find_map(|(place, questions)| {
            let question = questions.get(&subject.partition)?;
            let fits = match wanted {
                Goal::Integrity | Goal::Outside | Goal::Administrator | Goal::Credentials => {
                    matches!(question, Question::Escape | Question::Unanswerable(_)) && place == 1
                }
                Goal::ExpensiveModel => place == 0,
                Goal::ModifyAndInvoke => place == 2,
            };
            fits.then_some((place, question))
        })
    };
    let (mut goals, mut shown) = (Vec::new(), BTreeMap::new());
    for goal in Goal::ALL {
        let Some((place, question)) = question_of(goal) else { continue };
        let service_roles = plan.service_roles.get(place).unwrap_or(&none);
        let asked = GoalQuestion { goal, question, place, service_roles };
        let mut verdict = stepping.verdict(answers, start, asked);
        if verdict == GoalVerdict::Proved {
            match stepping.shown(answers, start, &[(goal, place)]) {
                Ok(by) => drop(by.map(|by| shown.insert(goal, by))),
                Err(reason) => verdict = GoalVerdict::Inconclusive(reason, None),
            }
        }
        goals.push((goal, verdict));
    }
    let decided_at_once = goals
        .iter()
        .all(|(_, verdict)| matches!(verdict, GoalVerdict::Refuted(_) | GoalVerdict::NotApplicable));
    let closed = if decided_at_once {
        ClosedSet::default()
    } else {
        let closed = stepping.closed_set(answers, start, Goal::ExpensiveModel);
        ClosedSet { stopped: stepping.stopped(answers, start, Goal::ExpensiveModel), ..closed }
    };
    Some(PrincipalPaths {
        principal: subject.arn.clone(),
        account: subject.account,
        group,
        boundary,
        goals,
        closed,
        shown,
        provenance,
    })
}

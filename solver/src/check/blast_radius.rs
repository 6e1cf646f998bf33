//! What every principal of a world can run, and how many carry a boundary (docs/theorems.md).

use std::collections::BTreeSet;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;

use super::ask::Asked;
use super::question::Question;
use super::workers::in_threads;
use super::{Attached, CheckOptions, Plan, Shared, plan, subjects};
use crate::encode::Assumptions;
use crate::guardrail::{Configuration, Guardrail, GuardrailKind, PrincipalScope};
use crate::report::{Group, Indicator, Missing, Progress, Scope};
use crate::subject::{Subject, SubjectKind};
use crate::theorem::SharingProver;
use crate::theorem::models::ModelIds;
use crate::theorem::reach::{Reach, reach};
use crate::theorem::roles_by_set::RolesBySet;
use crate::verdict::{Reason, Verdict};

/// What one principal reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalReach {
    /// Its ARN.
    pub principal: String,
    /// Its account.
    pub account: AccountId,
    /// Its group.
    pub group: Group,
    /// The ARN of its boundary, if it carries one.
    pub boundary: Option<String>,
    /// What it reaches; the reason where that could not be asked.
    pub reach: Result<Reach, Reason>,
    /// It may call Bedrock at all.
    related: bool,
    bounded: bool,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlastRadius {
    /// The principals that were asked, by account and ARN.
    pub principals: Vec<PrincipalReach>,
    /// How many models are known, to the price table or an inventory.
    pub known_models: usize,
    /// What people track.
    pub indicators: Vec<Indicator>,
    /// What the answer does not cover.
    pub not_covered: Vec<String>,
    /// What the world lacks.
    pub missing: Vec<Missing>,
    /// Internal defects that were noticed.
    pub defects: Vec<String>,
}

/// Asks the principals of `world` for which `wanted` is true, service-linked roles never. The easiest way is sought to a model of the set
/// `models` of the configuration.
pub fn blast_radius(
    world: &World,
    (catalogue, table): (&Catalogue, &ModelTable),
    (configuration, models): (&Configuration, &str),
    options: &CheckOptions,
    wanted: &(dyn Fn(&Subject) -> bool + Sync),
    progress: &(dyn Fn(Progress) + Sync),
) -> BlastRadius {
    let guardrail = Guardrail {
        id: "blast-radius".to_owned(),
        kind: GuardrailKind::MustBeBounded,
        principals: PrincipalScope::default(),
        location: None,
    };
    let configuration = Configuration { guardrails: vec![guardrail], ..configuration.clone() };
    let assumptions: Assumptions =
        configuration.assumptions.iter().map(|(point, (reading, _))| (*point, *reading)).collect();
    let all = subjects(world);
    let plan = plan(world, (catalogue, table), &configuration, options, &all);
    let known = super::known_models(world, table, options);
    let set = configuration
        .models
        .get(models)
        .map_or_else(ModelIds::any, |set| ModelIds::among(set, table, &known));
    let asked: Vec<&Subject> = all.iter().filter(|subject| wanted(subject)).collect();
    let shared = Shared::default();
    let models = Models { table, known: &known, set: &set };
    let around = (catalogue, &assumptions);
    let principals = in_threads(&asked, around, options, Attached::default(), progress, |prover, subject| {
        one(&mut SharingProver { prover, solutions: &shared }, &plan, subject, &models)
    });
    let kind = crate::guardrail::cannot_invoke("expensive");
    BlastRadius {
        indicators: indicators(&principals),
        principals,
        known_models: known.len(),
        not_covered: super::summary::not_covered(&kind, Scope::OneRequest),
        missing: super::summary::missing(world, &kind, Scope::OneRequest),
        defects: shared.defects(),
    }
}

struct Models<'a> {
    table: &'a ModelTable,
    known: &'a BTreeSet<String>,
    set: &'a ModelIds,
}

fn one(
    answers: &mut SharingProver<'_, '_, Shared>,
    plan: &Plan<'_>,
    subject: &Subject,
    models: &Models<'_>,
) -> PrincipalReach {
    let (subject, group) = super::grouped(answers, plan.catalogue, subject);
    let none = RolesBySet::default();
    let service_roles =
        plan.service_roles.first().and_then(|roles| roles.get(&subject.account)).unwrap_or(&none);
    let asked = Asked { plan, surroundings: &plan.surroundings, subject: &subject, service_roles };
    let question = plan.questions.first().and_then(|questions| questions.get(&subject.partition));
    let reach = match (question, asked.around(None)) {
        (Some(Question::Unanswerable(reason)), _) => Err(reason.clone()),
        (_, Err(Verdict::Inconclusive(reason))) => Err(reason),
        (_, Ok(around)) => Ok(reach(answers, &subject, models.table, models.known, models.set, around)),
        (_, Err(_)) => Err(Reason::Limit("it could not be asked".to_owned())),
    };
    let related = match question {
        Some(Question::Bounded(calls)) => {
            subject.kind != SubjectKind::Root
                && !matches!(asked.calls_but_routed(answers, calls), Verdict::Proved(_))
        }
        _ => false,
    };
    PrincipalReach {
        principal: subject.arn.clone(),
        account: subject.account,
        group,
        boundary: super::summary::boundary(&subject),
        reach,
        related,
        bounded: asked.is_bounded(),
    }
}

fn indicators(principals: &[PrincipalReach]) -> Vec<Indicator> {
    let count = |holds: &dyn Fn(&&PrincipalReach) -> bool| principals.iter().filter(holds).count();
    let reaches =
        |principal: &&PrincipalReach| principal.reach.as_ref().is_ok_and(|reach| !reach.models.is_empty());
    let decided =
        |principal: &&PrincipalReach| principal.reach.as_ref().is_ok_and(|reach| reach.open.is_none());
    vec![
        Indicator {
            id: "bedrock-related-with-approved-boundary",
            text: "principals that may call Bedrock and carry an approved boundary, of all that may call it",
            numerator: count(&|principal| principal.related && principal.bounded),
            denominator: count(&|principal| principal.related),
        },
        Indicator {
            id: "principals-that-run-a-model",
            text: "principals that can run a model, of all that were asked",
            numerator: count(&reaches),
            denominator: principals.len(),
        },
        Indicator {
            id: "principals-decided",
            text: "principals of which it is known for every known model whether they can run it, of all that were asked",
            numerator: count(&decided),
            denominator: principals.len(),
        },
    ]
}

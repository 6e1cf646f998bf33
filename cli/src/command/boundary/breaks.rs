//! What a design takes away from principals of the world, for `ringfence boundary`.

use std::collections::BTreeSet;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::world::World;
use ringfence_solver::check::CheckOptions;
use ringfence_solver::check::design::Design;
use ringfence_solver::check::design_losses::{Change, Losses, bound_accounts, losses};
use ringfence_solver::guardrail::{Configuration, pattern_matches};
use ringfence_solver::subject::Subject;

use crate::args::BoundaryArguments;
use crate::command::CommandError;
use crate::output::progress::ProgressLine;

/// Who would be bound, and what each would lose.
#[derive(Debug)]
pub(crate) struct Breaks {
    /// The principals that would be bound, by account and ARN, with what they would lose.
    pub(crate) principals: Vec<Losses>,
}

/// What the policy of `arguments` takes away from whoever carries it or would, or whom it would bind; none where nothing was asked of
/// principals. `notes` takes why nobody was asked about.
///
/// # Errors
/// A pattern of `--for` that matches nobody whom the policy could bind.
pub(crate) fn breaks(
    arguments: &BoundaryArguments,
    design: &Design,
    world: &World,
    catalogue: &Catalogue,
    configuration: &Configuration,
    options: &CheckOptions,
    notes: &mut Vec<String>,
) -> Result<Option<Breaks>, CommandError> {
    let change = match (&design.boundary, design.service_control.last()) {
        _ if arguments.policy.is_none() || arguments.guardrails_only || world.accounts.is_empty() => {
            return if arguments.carriers.is_empty() {
                Ok(None)
            } else {
                Err(CommandError::usage(
                    "--for names principals, and no world shows any",
                    "give `--world` or `--authorization-details`",
                ))
            };
        }
        (Some(boundary), _) => Change::Boundary(boundary.clone()),
        (None, Some(level)) => Change::ServiceControl(level.policies.clone()),
        (None, None) => return Ok(None),
    };
    let under = design.under.as_deref();
    let accounts: BTreeSet<_> = match &change {
        Change::Boundary(_) if under.is_none() => world.accounts.keys().copied().collect(),
        Change::Boundary(_) | Change::ServiceControl(_) => bound_accounts(world, under),
    };
    let is_reachable = |subject: &Subject| {
        accounts.contains(&subject.account) && (design.any_account || subject.account == design.account)
    };
    let carries = |subject: &Subject| {
        let own = subject.policies.permissions_boundary.iter().flatten();
        design.boundary.as_ref().is_some_and(|boundary| own.into_iter().any(|one| one.name == boundary.name))
    };
    let named =
        |subject: &Subject| arguments.carriers.iter().any(|pattern| pattern_matches(pattern, &subject.arn));
    let wanted = |subject: &Subject| {
        is_reachable(subject)
            && match &change {
                _ if !arguments.carriers.is_empty() => named(subject),
                Change::Boundary(_) => carries(subject),
                Change::ServiceControl(_) => true,
            }
    };
    let progress = ProgressLine::new(arguments.quiet);
    let (principals, defects) =
        losses(&change, world, catalogue, configuration, options, &wanted, &|now| progress.update(now));
    progress.clear();
    notes.extend(defects.iter().map(|defect| format!("internal defect: {defect}")));
    if let Some(unmatched) = arguments
        .carriers
        .iter()
        .find(|pattern| !principals.iter().any(|one| pattern_matches(pattern, &one.principal)))
    {
        return Err(CommandError::usage(
            &format!("no user or role that the policy could bind matches `{unmatched}` of --for"),
            "name users and roles of the world by ARN or pattern, in an account that the policy is about",
        ));
    }
    if principals.is_empty() {
        notes.push(match &design.boundary {
            Some(boundary) => format!(
                "nobody in the world carries {}: `--for` asks what whoever would carry it loses",
                boundary.name
            ),
            None => "no user or role of the world is bound by it: nobody is asked what is lost".to_owned(),
        });
        return Ok(None);
    }
    Ok(Some(Breaks { principals }))
}

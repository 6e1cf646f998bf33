//! Replays of the calls that a search found, for the goal of the query.

use ringfence_model::catalogue::Catalogue;
use ringfence_model::evaluate::further_checks;
use ringfence_model::open_point::OpenPoint;
use ringfence_model::policy_set::PolicySet;
use ringfence_model::request::Request;

use crate::decode::Decoded;
use crate::encode::Assumptions;
use crate::formula::Openness;
use crate::query::{Goal, Query};
use crate::verdict::Reason;
use crate::witness::{Replay, ReplayedRequest, replay};

/// What became of the requests that no replay confirmed.
#[derive(Debug, Default)]
pub(super) struct Replays {
    /// The points on which each hangs.
    pub(super) fragile: Vec<Vec<OpenPoint>>,
    pub(super) others: Vec<Reason>,
}

impl Replays {
    /// Why the answer is inconclusive: the fewest points on which one of the requests hangs, else the first other
    /// reason.
    pub(super) fn reason(self) -> Option<Reason> {
        let fewest = self.fragile.into_iter().min_by_key(|points| (points.len(), points.clone()));
        let open =
            fewest.map(|points| Reason::OpenMatters(points.into_iter().map(Openness::Point).collect()));
        open.or_else(|| self.others.into_iter().next())
    }
}

/// Replays a decoded call for the query's goal.
pub(super) fn replay_goal(
    decoded: &Decoded,
    query: &Query,
    catalogue: &Catalogue,
    pins: &Assumptions,
) -> Replay {
    // A pinned question is about one check alone.
    let whole = query.context.is_none();
    let run = |other: Option<&PolicySet>, allowed: bool| {
        // The checks of a call share their session: it is described once.
        let mut assumptions = decoded.assumptions.clone();
        let replays = decoded.checks.iter().map(|(request, policies)| {
            let assumptions = std::mem::take(&mut assumptions);
            match other {
                None => call((request, policies), (catalogue, pins), (allowed, whole), assumptions),
                Some(other) => {
                    // The session and what the resource's side says are the same.
                    let other = PolicySet {
                        session: policies.session.clone(),
                        resource: policies.resource.clone(),
                        resource_control: policies.resource_control.clone(),
                        ..other.clone()
                    };
                    call((request, &other), (catalogue, pins), (allowed, whole), assumptions)
                }
            }
        });
        if allowed { all_confirmed(replays) } else { any_confirmed(replays) }
    };
    let granted = match query.goal {
        Goal::Allowed | Goal::AllowedBeyond(_) | Goal::AllowedUnlike(_) => true,
        Goal::NotGranted => false,
    };
    let first = run(None, granted);
    if let (Some(ways), Replay::Confirmed(_)) = (&decoded.beginnings, &first) {
        let mut fewest: Option<Vec<OpenPoint>> = None;
        let mut begins = false;
        for checks in ways {
            let replays = checks
                .iter()
                .map(|(request, policies)| replay(request, policies, catalogue, pins, true, Vec::new()));
            match all_confirmed(replays) {
                Replay::Confirmed(_) => begins = true,
                Replay::Fragile(points) if fewest.as_ref().is_none_or(|few| points.len() < few.len()) => {
                    fewest = Some(points);
                }
                Replay::Fragile(_)
                | Replay::Differs(_)
                | Replay::NotCovered(_)
                | Replay::OrganizationUnknown
                | Replay::BeyondLimits(_) => {}
            }
        }
        let text = "the request is allowed, but it could not be shown how the role's session begins";
        if !begins {
            return fewest.map_or_else(|| Replay::NotCovered(text.to_owned()), Replay::Fragile);
        }
    }
    let last = match (&query.goal, &first) {
        (Goal::AllowedBeyond(policies), Replay::Confirmed(_)) => match run(Some(policies), false) {
            Replay::Confirmed(_) => first,
            other @ (Replay::Fragile(_)
            | Replay::Differs(_)
            | Replay::NotCovered(_)
            | Replay::OrganizationUnknown
            | Replay::BeyondLimits(_)) => other,
        },
        (Goal::AllowedUnlike(_), Replay::Confirmed(_)) => {
            let refused =
                decoded.elsewhere.as_ref().map(|there| refused(&there.checks, catalogue, pins, whole));
            match refused.unwrap_or(Replay::NotCovered("another world".to_owned())) {
                Replay::Confirmed(_) => first,
                other @ (Replay::Fragile(_)
                | Replay::Differs(_)
                | Replay::NotCovered(_)
                | Replay::OrganizationUnknown
                | Replay::BeyondLimits(_)) => other,
            }
        }
        (Goal::Allowed | Goal::NotGranted | Goal::AllowedBeyond(_) | Goal::AllowedUnlike(_), _) => first,
    };
    let refused_there = |checks: &Vec<(Request, PolicySet)>| {
        matches!(refused(checks, catalogue, pins, whole), Replay::Confirmed(_))
    };
    let mut there = decoded.elsewhere.iter().flat_map(|elsewhere| &elsewhere.organizations);
    if matches!(last, Replay::Confirmed(_)) && !there.all(refused_there) {
        return Replay::OrganizationUnknown;
    }
    let holds = |checks: &Vec<(Request, PolicySet)>| {
        let replays = checks.iter().map(|(request, policies)| {
            call((request, policies), (catalogue, pins), (granted, whole), Vec::new())
        });
        let all = if granted { all_confirmed(replays) } else { any_confirmed(replays) };
        matches!(all, Replay::Confirmed(_))
    };
    if matches!(last, Replay::Confirmed(_)) && !decoded.organizations.iter().all(holds) {
        return Replay::OrganizationUnknown;
    }
    match (&last, &decoded.beyond_limits) {
        (Replay::Confirmed(_), Some(limit)) => Replay::BeyondLimits(limit.clone()),
        _ => last,
    }
}

/// What the other world that the query is about decides of each check of the call; empty where it is about none.
pub(super) fn there(decoded: &Decoded, catalogue: &Catalogue, pins: &Assumptions) -> Vec<ReplayedRequest> {
    let checks = decoded.elsewhere.iter().flat_map(|elsewhere| &elsewhere.checks);
    let decided = checks.filter_map(|(request, policies)| {
        // What refuses the call tells more than that its first check is allowed.
        let allowed = [false, true]
            .map(|wanted| call((request, policies), (catalogue, pins), (wanted, true), Vec::new()));
        allowed.into_iter().find_map(|replay| match replay {
            Replay::Confirmed(requests) => requests.into_iter().next(),
            Replay::Fragile(_)
            | Replay::Differs(_)
            | Replay::NotCovered(_)
            | Replay::OrganizationUnknown
            | Replay::BeyondLimits(_) => None,
        })
    });
    decided.collect()
}

/// The replay of one check, and if `whole` of those that the evaluator knows a call to make besides: the call is allowed if all are, and the replay
/// of the first check stands for it; it is not if one is not, and that one's does.
fn call(
    (request, policies): (&Request, &PolicySet),
    (catalogue, pins): (&Catalogue, &Assumptions),
    (allowed, whole): (bool, bool),
    assumptions: Vec<String>,
) -> Replay {
    let first = replay(request, policies, catalogue, pins, allowed, assumptions);
    // With the first check the matter is settled either way.
    if !whole || matches!(first, Replay::Confirmed(_)) != allowed {
        return first;
    }
    let further = further_checks(request);
    let mut further =
        further.iter().map(|further| replay(further, policies, catalogue, pins, allowed, Vec::new()));
    let settles = |replay: &Replay| matches!(replay, Replay::Confirmed(_)) != allowed;
    further.find(settles).unwrap_or(first)
}

/// The call is not allowed: confirmed if one of its checks is not, under every reading.
fn refused(
    checks: &[(Request, PolicySet)],
    catalogue: &Catalogue,
    pins: &Assumptions,
    whole: bool,
) -> Replay {
    let replays = checks
        .iter()
        .map(|(request, policies)| call((request, policies), (catalogue, pins), (false, whole), Vec::new()));
    any_confirmed(replays)
}

/// A call is allowed if all its checks are.
fn all_confirmed(replays: impl Iterator<Item = Replay>) -> Replay {
    let mut confirmed = Vec::new();
    for replay in replays {
        match replay {
            Replay::Confirmed(requests) => confirmed.extend(requests),
            other @ (Replay::Fragile(_)
            | Replay::Differs(_)
            | Replay::NotCovered(_)
            | Replay::OrganizationUnknown
            | Replay::BeyondLimits(_)) => return other,
        }
    }
    Replay::Confirmed(confirmed)
}

/// A call is not allowed if one of its checks is not; what the first that is not confirmed says, if none is.
fn any_confirmed(replays: impl Iterator<Item = Replay>) -> Replay {
    let mut first = None;
    for replay in replays {
        if matches!(replay, Replay::Confirmed(_)) {
            return replay;
        }
        first.get_or_insert(replay);
    }
    first.unwrap_or(Replay::Confirmed(Vec::new()))
}

//! What a design takes away from principals of a world: actions of which they may make some request today, and none under it.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::{Action, Catalogue};
use ringfence_model::condition::Condition;
use ringfence_model::policy::{Effect, NamedPolicy, Statement};
use ringfence_model::policy_set::ControlLevel;
use ringfence_model::template::{Piece, Template};
use ringfence_model::world::World;

use super::workers::in_threads;
use super::{Attached, CheckOptions, Shared, subjects};
use crate::encode::Assumptions;
use crate::encode::action::{may_match, surely_matches};
use crate::guardrail::Configuration;
use crate::report::Progress;
use crate::resource_side::ResourceSides;
use crate::subject::{Federation, Subject, SubjectKind};
use crate::text::parse_instant;
use crate::theorem::asking::Asking;
use crate::theorem::{SharingProver, targets_of};
use crate::verdict::Verdict;

/// Keys that mean the same in every request of a service, whatever the resource is.
const OF_EVERY_REQUEST: [&str; 12] = [
    "aws:requestedregion",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltype",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:multifactorauthpresent",
    "aws:securetransport",
    "aws:currenttime",
];

/// What would change for a principal.
#[derive(Clone, Debug)]
pub enum Change {
    /// This becomes its boundary, in place of the one that it has.
    Boundary(NamedPolicy),
    /// These service control policies are attached above it, on one level more.
    ServiceControl(Vec<NamedPolicy>),
}

/// What one principal would lose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Losses {
    /// Its ARN.
    pub principal: String,
    /// How many actions its identity policies name.
    pub named: usize,
    /// Those of which its policies and SCPs allow some request today and none with the change, in the order of the catalogue.
    pub lost: Vec<String>,
    /// Those of which that is not decided.
    pub open: Vec<String>,
}

/// What the users and roles of `world` for which `wanted` is true would lose, by account and ARN, and internal defects that were
/// noticed. Only what their identity policies allow counts: policies of resources are left out.
pub fn losses(
    change: &Change,
    world: &World,
    catalogue: &Catalogue,
    configuration: &Configuration,
    options: &CheckOptions,
    wanted: &dyn Fn(&Subject) -> bool,
    progress: &(dyn Fn(Progress) + Sync),
) -> (Vec<Losses>, Vec<String>) {
    let assumptions: Assumptions =
        configuration.assumptions.iter().map(|(point, (reading, _))| (*point, *reading)).collect();
    let as_of = options.as_of.as_deref().and_then(parse_instant);
    let all = subjects(world);
    let asked: Vec<Subject> = all
        .into_iter()
        .filter(|subject| subject.kind != SubjectKind::Root && wanted(subject))
        .map(|subject| {
            let resources = Arc::new(ResourceSides::none_of(subject.account));
            Subject { resources, federation: Federation::Never, ..subject }
        })
        .collect();
    let shared = Shared::default();
    let asking = Asking { catalogue, constraint: None, as_of: as_of.as_ref(), besides: &[] };
    let found = in_threads(
        &asked,
        (catalogue, &assumptions),
        options,
        Attached::default(),
        progress,
        |prover, subject| {
            let mut answers = SharingProver { prover, solutions: &shared };
            Comparison::new(change, subject, asking).losses(&mut answers)
        },
    );
    (found, shared.defects())
}

/// Whether some request of an action is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// One is.
    Some,
    /// None is.
    Nothing,
    /// That is not decided.
    Open,
}

/// Actions of a service that differ in nothing that the policies look at: of each layer the statements that bear on them.
type Class = (Arc<str>, Vec<Vec<usize>>);

/// One principal before and after.
struct Comparison<'c> {
    before: &'c Subject,
    after: Subject,
    new: &'c [NamedPolicy],
    asking: Asking<'c>,
    /// Classes of actions of which some request is known to be allowed.
    some: BTreeSet<Class>,
}

impl<'c> Comparison<'c> {
    fn new(change: &'c Change, before: &'c Subject, asking: Asking<'c>) -> Self {
        let mut after = before.clone();
        let new = match change {
            Change::Boundary(boundary) => {
                after.policies.permissions_boundary = Some(vec![boundary.clone()]);
                std::slice::from_ref(boundary)
            }
            Change::ServiceControl(policies) => {
                after.policies.service_control.push(ControlLevel {
                    target: Arc::from("the level of the policy"),
                    policies: policies.clone(),
                });
                policies.as_slice()
            }
        };
        Self { before, after, new, asking, some: BTreeSet::new() }
    }

    fn losses(mut self, answers: &mut SharingProver<'_, '_, Shared>) -> Losses {
        let identity = &self.before.policies.identity;
        let allows = || statements(identity).filter(|statement| statement.effect == Effect::Allow);
        let (mut named, mut lost, mut open) = (0, Vec::new(), Vec::new());
        for action in self.asking.catalogue.actions() {
            let name = action.name.to_ascii_lowercase();
            if !allows().any(|statement| may_match(statement, &action.service, &name)) {
                continue;
            }
            named += 1;
            if allows_all(self.new, &action.service, &name) {
                continue;
            }
            let left = self.left(answers, action, &name);
            if left == Left::Some || !self.is_used(answers, action) {
                continue;
            }
            if left == Left::Nothing {
                lost.push(action.full_name());
            } else {
                open.push((action, name));
            }
        }
        // Another action of the class may have been decided since: of these the policy of a resource was missing.
        open.retain(|(action, name)| {
            let class = self.class(action, name);
            !class.is_some_and(|class| self.some.contains(&class))
        });
        let open = open.into_iter().map(|(action, _)| action.full_name()).collect();
        Losses { principal: self.before.arn.clone(), named, lost, open }
    }

    fn class(&self, action: &Action, name: &str) -> Option<Class> {
        // Of some actions of sts AWS asks no permission, and others nobody with an identity policy may call.
        if action.service.as_ref() == "sts" {
            return None;
        }
        Some((Arc::clone(&action.service), class(&self.after, &action.service, name)?))
    }

    /// Some request is allowed today, or that is not decided.
    fn is_used(&self, answers: &mut SharingProver<'_, '_, Shared>, action: &Action) -> bool {
        self.ask(answers, self.before, action) != Left::Nothing
    }

    /// Whether some request of the action is left.
    fn left(&mut self, answers: &mut SharingProver<'_, '_, Shared>, action: &Action, name: &str) -> Left {
        let class = self.class(action, name);
        if class.as_ref().is_some_and(|class| self.some.contains(class)) {
            return Left::Some;
        }
        let left = self.ask(answers, &self.after, action);
        if left == Left::Some {
            self.some.extend(class);
        }
        left
    }

    fn ask(&self, answers: &mut SharingProver<'_, '_, Shared>, subject: &Subject, action: &Action) -> Left {
        let targets = targets_of(self.asking.catalogue, &action.full_name(), &[]);
        match self.asking.ask(answers, subject, targets) {
            Verdict::Refuted(_) => Left::Some,
            Verdict::Proved(_) => Left::Nothing,
            Verdict::Inconclusive(_) | Verdict::NotApplicable => Left::Open,
        }
    }
}

/// For each layer the statements that bear on the action, where all that they look at is the same for every action of its service:
/// of such actions some request is allowed of all or of none. None for all other actions.
fn class(subject: &Subject, service: &str, name: &str) -> Option<Vec<Vec<usize>>> {
    let simple = |statement: &Statement| {
        takes_everything(statement)
            && surely_matches(statement, service, name)
            && statement.conditions.iter().all(of_every_request)
    };
    let of_layer = |layer: &[NamedPolicy]| {
        if allows_all(layer, service, name) {
            return Some(Vec::new());
        }
        let bearing: Option<Vec<usize>> = statements(layer)
            .enumerate()
            .filter(|(_, statement)| may_match(statement, service, name))
            .map(|(index, statement)| simple(statement).then_some(index))
            .collect();
        // A layer that says nothing of the action denies it: that is another class than one that allows it.
        bearing.filter(|bearing| !bearing.is_empty())
    };
    layers(subject).map(of_layer).collect()
}

/// The layers of policies that decide for the subject.
fn layers(subject: &Subject) -> impl Iterator<Item = &[NamedPolicy]> {
    let policies = &subject.policies;
    let boundary = policies.permissions_boundary.as_deref();
    let levels = policies.service_control.iter().map(|level| level.policies.as_slice());
    std::iter::once(policies.identity.as_slice()).chain(boundary).chain(levels)
}

fn statements(policies: &[NamedPolicy]) -> impl Iterator<Item = &Statement> {
    policies.iter().flat_map(|policy| &policy.document.statements)
}

/// Every request of the action is allowed by the layer.
fn allows_all(layer: &[NamedPolicy], service: &str, name: &str) -> bool {
    let denies =
        |statement: &Statement| statement.effect == Effect::Deny && may_match(statement, service, name);
    let allows = |statement: &Statement| {
        statement.effect == Effect::Allow
            && statement.conditions.is_empty()
            && takes_everything(statement)
            && surely_matches(statement, service, name)
    };
    statements(layer).any(allows) && !statements(layer).any(denies)
}

/// The statement is about every resource.
fn takes_everything(statement: &Statement) -> bool {
    statement
        .resource
        .as_ref()
        .is_none_or(|element| !element.negated && element.values.iter().any(|template| template.raw == "*"))
}

/// What the condition looks at is the same for all requests of a service.
fn of_every_request(condition: &Condition) -> bool {
    let plain = |value: &Template| value.pieces.iter().all(|piece| matches!(piece, Piece::Text(_)));
    OF_EVERY_REQUEST.contains(&condition.key.canonical()) && condition.values.iter().all(plain)
}

/// The accounts of `world` that the SCPs of the node or account `under` bind; all but the management account where it is none.
pub fn bound_accounts(world: &World, under: Option<&str>) -> BTreeSet<AccountId> {
    let Some(organization) = &world.organization else { return world.accounts.keys().copied().collect() };
    let below = |account: AccountId| match under {
        None => true,
        Some(under) => {
            under == account.to_string() || organization.path(account).iter().any(|one| one.as_ref() == under)
        }
    };
    let all = world.accounts.keys().copied();
    all.filter(|account| *account != organization.management_account && below(*account)).collect()
}

//! Parts of the policies of a world that can be taken away, and the world without them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::location::Location;
use ringfence_model::policy::{
    ActionPattern, Effect, Element, NamedPolicy, PolicyDocument, PolicyType, Statement, StatementReference,
    Version,
};
use ringfence_model::template::Template;
use ringfence_model::world::{ServiceControlPolicy, World};

use crate::formula::{Layer, Restriction};

/// What can be taken away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A statement, wherever its policy counts.
    Statement(StatementReference),
    /// A statement of a version of a managed policy, by its id, that is not in force.
    InVersion(String, StatementReference),
    /// That the service control policies at this root, OU or account do not allow it: they would allow everything.
    ServiceControl(Arc<str>),
    /// That the permissions boundary of the principal does not allow it.
    PermissionsBoundary,
    /// That the identity policies of the principal do not allow it.
    Identity,
}

/// The parts that a conclusion about one principal may rest on.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// The effect that supports the conclusion.
    effect: Effect,
    /// Statements of it, by policy and index.
    statements: BTreeMap<(Arc<str>, usize), StatementReference>,
    /// Statements of it in versions that are not in force, by policy and where they are.
    versions: BTreeMap<(Arc<str>, Location, usize), Part>,
    /// The policy of which no statement is taken away together with others.
    aside: Option<Arc<str>>,
    /// Layers that may be made to allow everything.
    layers: BTreeSet<Part>,
}

impl Parts {
    /// All statements of `effect` in the policies of `world`. Where a policy counts in several ways, they are named as it counts for
    /// `principal`.
    pub(super) fn statements(world: &World, effect: Effect, principal: &str) -> Self {
        let mut statements = BTreeMap::new();
        let mut add = |policy: &NamedPolicy, policy_type| {
            for statement in policy.document.statements.iter().filter(|statement| statement.effect == effect)
            {
                let key = (Arc::clone(&policy.name), statement.place);
                statements
                    .entry(key)
                    .or_insert_with(|| StatementReference::new(policy, policy_type, statement));
            }
        };
        if let Some((_, found)) = world.principal(principal) {
            found.boundary().into_iter().for_each(|policy| add(policy, PolicyType::PermissionsBoundary));
            found.identity().iter().for_each(|policy| add(policy, PolicyType::Identity));
        }
        // The copy is only looked at.
        let mut copy = world.clone();
        each_policy(&mut copy, &mut |policy, policy_type| add(policy, policy_type));
        Self { effect, statements, versions: BTreeMap::new(), aside: None, layers: BTreeSet::new() }
    }

    /// The same, and the statements of versions that are not in force: a step may put one in force.
    pub(super) fn with_versions(mut self, world: &World) -> Self {
        for managed in world.accounts.values().flat_map(|account| account.managed_policies.values()) {
            for version in managed.versions.iter().filter(|version| version.id != managed.default_version) {
                let Some(document) = &version.document else { continue };
                let policy =
                    NamedPolicy { name: Arc::clone(&managed.policy.name), document: Arc::clone(document) };
                let of_effect = document.statements.iter().filter(|one| one.effect == self.effect);
                for statement in of_effect {
                    let reference = StatementReference::new(&policy, PolicyType::Identity, statement);
                    let key = (Arc::clone(&policy.name), reference.location.clone(), statement.place);
                    self.versions.insert(key, Part::InVersion(version.id.clone(), reference));
                }
            }
        }
        self
    }

    /// The same, with the boundary of `principal` set aside.
    pub(super) fn with_boundary_aside(mut self, world: &World, principal: &str) -> Self {
        let found = world.principal(principal).and_then(|(_, found)| found.boundary());
        self.aside = found.map(|boundary| Arc::clone(&boundary.name));
        self
    }

    /// The statements in force of the policy that was set aside, each of which can be taken away by itself.
    pub(super) fn aside(&self) -> Vec<Part> {
        let of_it = self.statements.values().filter(|statement| self.is_aside(statement));
        of_it.cloned().map(Part::Statement).collect()
    }

    fn is_aside(&self, statement: &StatementReference) -> bool {
        self.aside.as_ref() == Some(&statement.policy)
    }

    /// The same, and the layers of `principal`, a user, role or root user in `account`.
    pub(super) fn with_layers(mut self, world: &World, (principal, account): (&str, AccountId)) -> Self {
        if let Some((_, found)) = world.principal(principal) {
            self.layers.insert(Part::Identity);
            if found.boundary().is_some() {
                self.layers.insert(Part::PermissionsBoundary);
            }
        }
        let levels = world.organization.iter().flat_map(|known| known.service_control_levels(account));
        self.layers.extend(levels.map(|level| Part::ServiceControl(level.target)));
        self
    }

    /// All that can be taken away together.
    pub(super) fn all(&self) -> BTreeSet<Part> {
        let in_force = self.statements.values().filter(|statement| !self.is_aside(statement));
        let others = self.versions.values().chain(&self.layers);
        in_force.cloned().map(Part::Statement).chain(others.cloned()).collect()
    }

    /// The part that a restriction is; none if it cannot be taken away.
    pub(super) fn of(&self, restriction: &Restriction) -> Option<Part> {
        let part = match restriction {
            Restriction::Statement(statement) => return self.of_statement(statement),
            Restriction::Layer(Layer::Identity) => Part::Identity,
            Restriction::Layer(Layer::PermissionsBoundary) => Part::PermissionsBoundary,
            Restriction::Layer(Layer::ServiceControl(target)) => {
                Part::ServiceControl(Arc::from(target.as_str()))
            }
            Restriction::Layer(
                Layer::Session
                | Layer::Demanded(_)
                | Layer::Resource
                | Layer::VpcEndpoint
                | Layer::CredentialLimits
                | Layer::Refusals
                | Layer::Trust,
            ) => return None,
        };
        self.layers.contains(&part).then_some(part)
    }

    /// The part that a statement is, in whatever role it was applied.
    pub(super) fn of_statement(&self, statement: &StatementReference) -> Option<Part> {
        let key = (Arc::clone(&statement.policy), statement.location.clone(), statement.statement);
        if let Some(found) = self.versions.get(&key) {
            return Some(found.clone());
        }
        let key = (Arc::clone(&statement.policy), statement.statement);
        let found = self.statements.get(&key).filter(|statement| !self.is_aside(statement));
        found.cloned().map(Part::Statement)
    }

    /// `world` without `taken` of what is said of `principal`: statements are not there, and layers allow everything. What is left
    /// keeps the places by which it is cited.
    pub(super) fn without(&self, world: &World, taken: &BTreeSet<Part>, principal: &str) -> World {
        let mut left = world.clone();
        let mut places: BTreeMap<Arc<str>, BTreeSet<usize>> = BTreeMap::new();
        let mut versions: BTreeMap<(&str, &str), BTreeSet<usize>> = BTreeMap::new();
        for part in taken {
            match part {
                Part::Statement(statement) => {
                    places.entry(Arc::clone(&statement.policy)).or_default().insert(statement.statement);
                }
                Part::InVersion(version, statement) => {
                    let key = (&*statement.policy, version.as_str());
                    versions.entry(key).or_default().insert(statement.statement);
                }
                Part::ServiceControl(target) => open_level(&mut left, target),
                Part::PermissionsBoundary => on_principal(&mut left, principal, |_, boundary| {
                    if let Some(boundary) = boundary {
                        let mut document = PolicyDocument::clone(&boundary.document);
                        let place = document.statements.iter().map(|one| one.place + 1).max().unwrap_or(0);
                        document.statements.push(Statement { place, ..allow_all() });
                        boundary.document = Arc::new(document);
                    }
                }),
                Part::Identity => {
                    on_principal(&mut left, principal, |identity, _| identity.push(everything()));
                }
            }
        }
        // Whoever shares a document goes on to share it. Policies of one name may have several: AWS managed ones as exported on several days,
        // and the boundary that was made to allow more. What is kept of a document here keeps its address from being used again.
        let mut edited: BTreeMap<Arc<str>, Vec<Edited>> = BTreeMap::new();
        each_policy(&mut left, &mut |policy, _| {
            let Some(places) = places.get(&policy.name) else { return };
            let known = edited.entry(Arc::clone(&policy.name)).or_default();
            if let Some(same) = known.iter().find(|one| Arc::ptr_eq(&one.before, &policy.document)) {
                policy.document = Arc::clone(&same.after);
                return;
            }
            let after = Arc::new(self.shortened(&policy.document, places));
            let before = std::mem::replace(&mut policy.document, Arc::clone(&after));
            known.push(Edited { before, after });
        });
        for managed in left.accounts.values_mut().flat_map(|account| account.managed_policies.values_mut()) {
            for version in &mut managed.versions {
                // What is in force is among the versions too.
                let places = if version.id == managed.default_version {
                    places.get(&managed.policy.name)
                } else {
                    versions.get(&(&*managed.policy.name, version.id.as_str()))
                };
                if let (Some(places), Some(document)) = (places, &mut version.document) {
                    *document = Arc::new(self.shortened(document, places));
                }
            }
        }
        left
    }

    /// The document without the statements at `places`. One of the other effect stays: another document of the same name has it there.
    fn shortened(&self, document: &PolicyDocument, places: &BTreeSet<usize>) -> PolicyDocument {
        let mut document = document.clone();
        let is_taken =
            |statement: &Statement| statement.effect == self.effect && places.contains(&statement.place);
        document.statements.retain(|statement| !is_taken(statement));
        document
    }
}

/// A document, and the same without some statements.
struct Edited {
    before: Arc<PolicyDocument>,
    after: Arc<PolicyDocument>,
}

/// Every policy of the world, with the role in which it counts there.
fn each_policy(world: &mut World, each: &mut dyn FnMut(&mut NamedPolicy, PolicyType)) {
    for account in world.accounts.values_mut() {
        for user in &mut account.users {
            user.identity.iter_mut().for_each(|policy| each(policy, PolicyType::Identity));
            user.boundary.iter_mut().for_each(|policy| each(policy, PolicyType::PermissionsBoundary));
        }
        for group in &mut account.groups {
            group.identity.iter_mut().for_each(|policy| each(policy, PolicyType::Identity));
        }
        for role in &mut account.roles {
            role.identity.iter_mut().for_each(|policy| each(policy, PolicyType::Identity));
            role.boundary.iter_mut().for_each(|policy| each(policy, PolicyType::PermissionsBoundary));
            each(&mut role.trust, PolicyType::Trust);
        }
        for managed in account.managed_policies.values_mut() {
            each(&mut managed.policy, PolicyType::Identity);
        }
        for policy in account.resource_policies.iter_mut().flat_map(BTreeMap::values_mut) {
            each(policy, PolicyType::Resource);
        }
    }
    let Some(organization) = &mut world.organization else { return };
    for policy in &mut organization.service_control_policies {
        each(&mut policy.policy, PolicyType::ServiceControl);
    }
    for policy in &mut organization.resource_control_policies {
        each(&mut policy.policy, PolicyType::ResourceControl);
    }
}

/// `edit` on the identity policies and the boundary of the user or role.
fn on_principal(
    world: &mut World,
    principal: &str,
    mut edit: impl FnMut(&mut Vec<NamedPolicy>, Option<&mut NamedPolicy>),
) {
    for account in world.accounts.values_mut() {
        for user in account.users.iter_mut().filter(|user| &*user.arn == principal) {
            edit(&mut user.identity, user.boundary.as_mut());
        }
        for role in account.roles.iter_mut().filter(|role| &*role.arn == principal) {
            edit(&mut role.identity, role.boundary.as_mut());
        }
    }
}

fn open_level(world: &mut World, target: &Arc<str>) {
    let Some(organization) = &mut world.organization else { return };
    organization.service_control_policies.push(ServiceControlPolicy {
        id: EVERYTHING.to_owned(),
        display_name: EVERYTHING.to_owned(),
        policy: everything(),
        targets: vec![Arc::clone(target)],
    });
}

/// The name of a policy that allows everything and is in no input.
pub const EVERYTHING: &str = "<a policy that allows everything>";

fn everything() -> NamedPolicy {
    let document = PolicyDocument { version: Version::V2012, id: None, statements: vec![allow_all()] };
    NamedPolicy { name: Arc::from(EVERYTHING), document: Arc::new(document) }
}

fn allow_all() -> Statement {
    Statement {
        sid: Some(EVERYTHING.to_owned()),
        effect: Effect::Allow,
        principal: None,
        action: Element { negated: false, values: vec![ActionPattern("*".to_owned())] },
        resource: Some(Element { negated: false, values: vec![Template::text("*")] }),
        conditions: Vec::new(),
        place: 0,
        location: Location::new(&Arc::from(EVERYTHING), 1, 1),
    }
}

#[cfg(test)]
mod tests;

//! Policy documents as parsed data (semantics:C1). Nothing is interpreted here.

use std::sync::Arc;

use serde::Serialize;

use crate::condition::Condition;
use crate::location::Location;
use crate::template::Template;

/// The role in which a document is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum PolicyType {
    /// Attached to a user, group or role, inline or managed.
    Identity,
    /// A permissions boundary.
    PermissionsBoundary,
    /// Passed when a session was made.
    Session,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// Attached to a resource.
    Resource,
    /// A role's trust policy.
    Trust,
    /// A VPC endpoint's policy.
    VpcEndpoint,
}

/// The `Version` of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `2008-10-17`, also when the element is missing: variables are plain text.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// What a statement does where it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
}

/// An element with its negated twin: `Action`/`NotAction`, `Resource`/`NotResource`, `Principal`/`NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element<T> {
    /// True for the `Not…` form, which matches where no value does.
    pub negated: bool,
    /// The values in document order. May be empty: such a statement has no effect (semantics:C10).
    pub values: Vec<T>,
}

/// A value of a `Principal` element.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalPattern {
    /// `"*"` or `{"AWS": "*"}`.
    Everyone,
    /// A value under `AWS`: account id, ARN or unique id, as written.
    Aws(String),
    /// A value under `Service`.
    Service(String),
    /// A value under `Federated`.
    Federated(String),
    /// A value under `CanonicalUser`.
    CanonicalUser(String),
}

/// A value of an `Action` element as written: `*`, `s3:Get*`. Compared without regard to case (semantics:C3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActionPattern(pub String);

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The `Sid`, if there is one.
    pub sid: Option<String>,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`, where the policy type carries one.
    pub principal: Option<Element<PrincipalPattern>>,
    /// `Action` or `NotAction`.
    pub action: Element<ActionPattern>,
    /// `Resource` or `NotResource`; none matches every resource (semantics:C5).
    pub resource: Option<Element<Template>>,
    /// All conditions; none is true.
    pub conditions: Vec<Condition>,
    /// Its place in the document as that was read, from 0. What is taken out of a document leaves the places of the others.
    pub place: usize,
    /// Where the statement starts.
    pub location: Location,
}

impl Statement {
    /// True only if the statement allows, on every resource and in all circumstances, whatever one of `actions` matches: patterns such as
    /// `*` and `kms:*`, one of which it must name as written here.
    pub fn allows_all(&self, actions: &[&str]) -> bool {
        let is_named =
            |pattern: &ActionPattern| actions.iter().any(|all| pattern.0.eq_ignore_ascii_case(all));
        self.effect == Effect::Allow
            && self.conditions.is_empty()
            && !self.action.negated
            && self.action.values.iter().any(is_named)
            && self
                .resource
                .as_ref()
                .is_none_or(|element| !element.negated && element.values.iter().any(|value| value.raw == "*"))
    }

    /// True if the two statements match the same requests with the same effect because they are written alike: all
    /// elements and conditions are equal, in order. Names and places do not count.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let alike = |(left, right): (&Condition, &Condition)| {
            left.operator == right.operator && left.key == right.key && left.values == right.values
        };
        self.effect == other.effect
            && self.action == other.action
            && self.resource == other.resource
            && self.principal == other.principal
            && self.conditions.len() == other.conditions.len()
            && self.conditions.iter().zip(&other.conditions).all(alike)
    }
}

/// A policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDocument {
    /// `Version`.
    pub version: Version,
    /// `Id`.
    pub id: Option<String>,
    /// The statements in document order.
    pub statements: Vec<Statement>,
}

impl PolicyDocument {
    /// True if the statements of both say the same, one by one: see [`Statement::says_the_same`].
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.statements.len() == other.statements.len()
            && self.statements.iter().zip(&other.statements).all(|(left, right)| left.says_the_same(right))
    }
}

/// A document with the name by which answers refer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPolicy {
    /// In a world the ARN, or `<principal ARN>#<inline policy name>`; in a simulation case `identity[0]` and so on.
    pub name: Arc<str>,
    /// The document, shared by all that attach it.
    pub document: Arc<PolicyDocument>,
}

impl StatementReference {
    /// The `statement` of `policy`, applied as `policy_type`.
    pub fn new(policy: &NamedPolicy, policy_type: PolicyType, statement: &Statement) -> Self {
        Self {
            policy: Arc::clone(&policy.name),
            policy_type,
            statement: statement.place,
            sid: statement.sid.clone(),
            location: statement.location.clone(),
        }
    }
}

/// A statement of a policy that was applied, as answers and certificates cite it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementReference {
    /// The policy's name, as [`NamedPolicy::name`].
    pub policy: Arc<str>,
    /// The role in which it was applied.
    pub policy_type: PolicyType,
    /// The statement's index, from 0.
    pub statement: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// Where it starts.
    pub location: Location,
}

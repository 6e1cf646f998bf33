//! What is known of the service roles of an account, kept for each question that was asked about them.

use std::sync::{Mutex, PoisonError};

use super::models::ModelIds;
use crate::certificate::Certificate;
use crate::query::Target;
use crate::subject::Subject;
use crate::verdict::Verdict;

/// What is known of the roles that Bedrock or AgentCore may take on, for each set of models and calls that was asked about: shared by all
/// principals of an account.
#[derive(Debug, Default)]
pub struct RolesBySet(Mutex<Vec<(RolesKey, ServiceRoles)>>);

/// All that the question about a role hangs on: the set, the calls, of which a principal may have fewer than another, and whether
/// AgentCore takes it on.
pub(super) type RolesKey = (ModelIds, Vec<Target>, bool);

impl RolesBySet {
    pub(super) fn find(&self, key: &RolesKey) -> Option<ServiceRoles> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(of, _)| of == key).map(|(_, roles)| roles.clone())
    }

    pub(super) fn keep(&self, key: RolesKey, roles: &ServiceRoles) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((key, roles.clone()));
    }
}

/// What is known of the roles that Bedrock may take on.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceRoles {
    /// Those that may run a model of the set, each with the verdict on that.
    pub(super) able: Vec<(Subject, Verdict)>,
    /// The proofs that the others cannot.
    pub(super) unable: Vec<Certificate>,
}

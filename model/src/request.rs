//! One authorization check (semantics:A1).

use std::fmt;

use crate::arn::AccountId;
use crate::context::RequestContext;
use crate::principal::Principal;

/// The evaluator's answer to one request, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Allowed.
    Allow,
    /// A Deny statement matched, or a limit of the credentials did.
    ExplicitDeny,
    /// Nothing allowed it in some layer.
    ImplicitDeny,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "Allow",
            Self::ExplicitDeny => "ExplicitDeny",
            Self::ImplicitDeny => "ImplicitDeny",
        })
    }
}

/// One check: principal, action, resource and the context that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// `service:Name`. Compared without regard to case.
    pub action: String,
    /// The resource's ARN, or `*` for an action without resource types.
    pub resource: String,
    /// The account that owns the resource; none means the one in its ARN, else the caller's own.
    pub resource_account: Option<AccountId>,
    /// The keys of this check. The evaluator adds those that the principal determines (see
    /// [`crate::evaluate::complete_context`]).
    pub context: RequestContext,
}

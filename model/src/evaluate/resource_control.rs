//! Which requests resource control policies reach (semantics:B7).

use super::Facts;
use super::special::Target;

/// Whether RCPs apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// They do not.
    Never,
    /// They do.
    Always,
    /// The action has no resource: they do, in the other reading not (F15).
    Open,
}

/// Whether RCPs apply to a request for `target`. They never do to service-linked roles, to services that the
/// catalogue does not list, to kms:RetireGrant, to keys that AWS manages, and to the trust policies of service-linked roles. That
/// resources of the management account are exempt is for the one who makes the policy set.
pub(super) fn reach(target: &Target<'_>, service_linked: bool, facts: &dyn Facts) -> Reach {
    let exempt = service_linked
        || !facts.supports_resource_control(&target.service().to_ascii_lowercase())
        || target.is("kms", &["RetireGrant"])
        || target.is_managed_key()
        || target.is_trust_of_service_linked_role();
    match (exempt, target.has_resource()) {
        (true, _) => Reach::Never,
        (false, true) => Reach::Always,
        (false, false) => Reach::Open,
    }
}

//! What the evaluator asks of the catalogue.

use crate::catalogue::Catalogue;
use crate::context::ContextKey;

/// What the evaluator asks of the catalogue.
pub trait Facts {
    /// True if AWS documents `key` as multivalued (semantics:A3).
    fn is_multivalued(&self, key: &ContextKey) -> bool;
    /// True if `service` has a resource whose ARN carries no type token, as an S3 bucket (semantics:C5).
    fn has_typeless_resource(&self, service: &str) -> bool;
    /// True if resource control policies apply to actions with this service prefix, in lower case (semantics:B7).
    fn supports_resource_control(&self, service: &str) -> bool;
}

impl Facts for Catalogue {
    fn is_multivalued(&self, key: &ContextKey) -> bool {
        self.key(key).is_some_and(|known| known.multivalued)
    }

    fn has_typeless_resource(&self, service: &str) -> bool {
        Catalogue::has_typeless_resource(self, service)
    }

    fn supports_resource_control(&self, service: &str) -> bool {
        self.rcp_services().contains(service)
    }
}

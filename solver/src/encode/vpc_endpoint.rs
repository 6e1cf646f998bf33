//! What the policy of a VPC endpoint says (semantics:B5): a filter for requests that come through it, never a grant.
//!
//! Only questions in a pinned context have one: a world does not show endpoints, which can only take rights away.

use ringfence_model::policy::{Effect, PolicyType, StatementReference};
use ringfence_model::policy_set::PolicySet;

use super::Encoder;
use crate::term::{Term, Terms};

/// What the policies of the endpoint say through which the request comes.
pub(super) struct EndpointTerms {
    /// One of them allows.
    pub(super) allow: Term,
    /// The Deny statements that match.
    pub(super) denies: Vec<(StatementReference, Term)>,
}

impl Encoder<'_> {
    /// What the endpoint's policies say; none if the request comes through no endpoint with a policy.
    pub(super) fn endpoint_terms(&mut self, policies: &PolicySet) -> Option<EndpointTerms> {
        let endpoint = policies.vpc_endpoint.as_ref()?;
        let mut allows = Vec::new();
        let mut denies = Vec::new();
        for policy in endpoint {
            for statement in &policy.document.statements {
                let matched = self.statement(statement, PolicyType::VpcEndpoint);
                let named = self.principal_element(
                    statement.principal.as_ref(),
                    statement.effect,
                    PolicyType::VpcEndpoint,
                );
                let any = named.any(&mut self.formula.terms);
                let matched = self.formula.terms.and([matched, any]);
                match statement.effect {
                    Effect::Allow => {
                        let reference =
                            || StatementReference::new(policy, PolicyType::VpcEndpoint, statement);
                        self.note_allowing(reference, matched);
                        allows.push(matched);
                    }
                    Effect::Deny if matched != Terms::FALSE => denies
                        .push((StatementReference::new(policy, PolicyType::VpcEndpoint, statement), matched)),
                    Effect::Deny => {}
                }
            }
        }
        Some(EndpointTerms { allow: self.formula.terms.or(allows), denies })
    }
}

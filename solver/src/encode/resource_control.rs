//! What RCPs say (semantics:B7): they deny, on resources of the account's organisation, whoever calls.

use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::policy::{Effect, PolicyType, StatementReference};
use ringfence_model::policy_set::{ControlLevel, PolicySet};

use super::Encoder;
use super::check::Check;
use super::policy_type::is_service_linked;
use super::special::{is_one, resources_under, takes_on_role};
use crate::formula::Openness;
use crate::query::TargetResource;
use crate::term::{Term, Terms};
use crate::wildcard::Language;

impl Encoder<'_> {
    /// The Deny statements of RCPs that match. RCPFullAWSAccess is attached everywhere, so no level withholds an
    /// Allow.
    pub(super) fn resource_control_denies(
        &mut self,
        policies: &PolicySet,
    ) -> Vec<(StatementReference, Term)> {
        if is_service_linked(self.subject) {
            return Vec::new();
        }
        let bound = self.bound_by_resource_control();
        if bound == Terms::FALSE {
            return Vec::new();
        }
        let mut denies = Vec::new();
        if self.query.context.is_some() || !policies.resource_control.is_empty() {
            self.level_denies(&policies.resource_control, bound, &mut denies);
            return denies;
        }
        let resources = Arc::clone(&self.subject.resources);
        let own = self.subject.account;
        let mut owners: Vec<AccountId> =
            self.part.checks.iter().map(|check| check.target.owner.unwrap_or(own)).collect();
        owners.sort_unstable();
        owners.dedup();
        for owner in owners {
            let levels = resources.resource_control(owner);
            if levels.is_empty() {
                continue;
            }
            let owned =
                self.check_among(|check| check.target.owner.unwrap_or(own) == owner && !check.target.of_aws);
            let certain = if owner == own { self.is_surely_own() } else { Terms::TRUE };
            let guard = self.formula.terms.and([bound, owned, certain]);
            self.level_denies(levels, guard, &mut denies);
        }
        denies
    }

    /// The resource is one of the subject's account beyond doubt: its ARN names the account, or the account has a policy
    /// for it. A bucket may be anybody's (F47): where nothing tells, a proof must hold without the account's RCPs.
    fn is_surely_own(&mut self) -> Term {
        let named = self.check_among(|check| check.arn_names_account || check.target.resource.is_none());
        if named == Terms::TRUE {
            return named;
        }
        let resources = Arc::clone(&self.subject.resources);
        let own = self.subject.account;
        let mut services: Vec<String> =
            self.part.checks.iter().map(|check| check.arn_service.clone()).collect();
        services.sort_unstable();
        services.dedup();
        let mut certain = vec![named];
        for service in &services {
            for policy in resources.policies_of(own, service) {
                for language in policy.covered() {
                    let resource = self.part.resource;
                    certain.push(self.formula.matches(resource, language));
                }
            }
        }
        certain.push(self.choice(47, Terms::TRUE));
        self.formula.terms.or(certain)
    }

    fn level_denies(
        &mut self,
        levels: &[ControlLevel],
        guard: Term,
        denies: &mut Vec<(StatementReference, Term)>,
    ) {
        for policy in levels.iter().flat_map(|level| &level.policies) {
            for statement in &policy.document.statements {
                if statement.effect == Effect::Allow && self.query.context.is_none() {
                    // It gives nothing that RCPFullAWSAccess does not; only the answer to one request names it.
                    continue;
                }
                let matched = self.statement(statement, PolicyType::ResourceControl);
                let named = self.principal_element(
                    statement.principal.as_ref(),
                    statement.effect,
                    PolicyType::ResourceControl,
                );
                let any = named.any(&mut self.formula.terms);
                let matched = self.formula.terms.and([guard, matched, any]);
                if matched == Terms::FALSE {
                    continue;
                }
                let reference = StatementReference::new(policy, PolicyType::ResourceControl, statement);
                match statement.effect {
                    Effect::Allow => self.note_allowing(|| reference, matched),
                    Effect::Deny => denies.push((reference, matched)),
                }
            }
        }
    }

    /// `bound`, but for keys that AWS manages and the trust policies of service-linked roles.
    fn unless_owned_by_aws(&mut self, bound: Term) -> Term {
        let mut exempt = Vec::new();
        let on_alias =
            self.check_among(|check| check.service == "kms" || is_one(check, "kms", &["alias/aws/"]));
        let on_role = self.check_among(takes_on_role);
        for (concerned, service, path) in
            [(on_alias, "kms", "alias/aws/"), (on_role, "iam", "role/aws-service-role/")]
        {
            if concerned != Terms::FALSE && bound != Terms::FALSE {
                let resource = self.part.resource;
                let owned = self.formula.matches(resource, resources_under(service, "", path));
                exempt.push(self.formula.terms.and([concerned, owned]));
            }
        }
        let on_key = self.check_among(|check| check.service == "kms" && check.resource_type == "key");
        if on_key != Terms::FALSE && bound != Terms::FALSE && self.query.context.is_none() {
            // By its ARN a key that AWS manages is like any other.
            let pinned = self.formula.pin(Openness::OwnedByAws);
            let (_, managed) = self.formula.flag("AWS manages the key");
            let open = self.formula.terms.not(pinned);
            exempt.push(self.formula.terms.and([on_key, open, managed]));
        }
        let exempt = self.formula.terms.or(exempt);
        let rest = self.formula.terms.not(exempt);
        self.formula.terms.and([bound, rest])
    }

    /// The call is one that RCPs bind: of a listed service, and not kms:RetireGrant. Whether they bind a call that
    /// names no resource is undocumented (F15).
    fn bound_by_resource_control(&mut self) -> Term {
        let catalogue = self.catalogue;
        let listed = |check: &Check| is_bound(check, catalogue);
        let on_resource = self.check_among(|check| listed(check) && !check.target.resource.is_none());
        let on_resource = self.unless_owned_by_aws(on_resource);
        let mut on_none = self.check_among(|check| listed(check) && check.target.resource.is_none());
        // An action to come may be on a resource or on none.
        let on_any = self
            .check_among(|check| listed(check) && matches!(check.target.resource, TargetResource::Anything));
        if on_any != Terms::FALSE {
            let none = self.formula.matches(self.part.resource, Language::exactly("*"));
            let on_any = self.formula.terms.and([on_any, none]);
            on_none = self.formula.terms.or([on_none, on_any]);
        }
        if on_none == Terms::FALSE {
            return on_resource;
        }
        let with_one = self.formula.terms.not(on_none);
        let on_resource = self.formula.terms.and([on_resource, with_one]);
        let chosen = self.choice(15, Terms::TRUE);
        let on_none = self.formula.terms.and([on_none, chosen]);
        self.formula.terms.or([on_resource, on_none])
    }
}

/// RCPs bind the action, whatever it is asked on.
pub(super) fn is_bound(check: &Check, catalogue: &Catalogue) -> bool {
    catalogue.rcp_services().contains(&check.service) && check.full_name() != "kms:retiregrant"
}

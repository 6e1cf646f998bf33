//! Who asks, on whose side, and what must allow it (semantics:B3–B7, B10).

use super::Facts;
use super::credential::{Credential, single};
use super::error::EvaluationError;
use super::known_key::{PRINCIPAL_ORG_ID, REQUESTED_REGION, RESOURCE_ORG_ID};
use super::policy_type::{Layers, ResourceSide, Sides};
use super::principal::{AccountReading, Caller, Matched, PrincipalForm};
use super::public_access::is_public;
use super::resource_control::{Reach, reach};
use super::resource_policy::{
    CallerSide, across_accounts, by_resource_alone, of_either_account, within_account,
};
use super::scope::Scope;
use super::special::{ResourcePolicyRule, Target};
use super::trace::SpecialRule;
use super::truth::Truth;
use super::vpc_endpoint::account_reading;
use crate::arn::AccountId;
use crate::context::RequestContext;
use crate::open_point::{OpenPoint, UncertainPredicate};
use crate::policy::{Effect, PolicyType, Statement};
use crate::policy_set::PolicySet;
use crate::principal::Principal;
use crate::request::Request;

/// What is fixed while one request is decided.
#[derive(Clone, Copy)]
pub(super) struct CallerOfRequest<'a> {
    pub(super) principal: &'a Principal,
    /// None for services, identity providers' users and anonymous callers.
    pub(super) credential: Option<Credential>,
    pub(super) policies: &'a PolicySet,
    target: Target<'a>,
    context: &'a RequestContext,
    resource_account: Option<AccountId>,
    facts: &'a dyn Facts,
}

impl<'a> CallerOfRequest<'a> {
    /// The caller of `request`, whose context is complete.
    pub(super) fn new(
        request: &'a Request,
        context: &'a RequestContext,
        target: Target<'a>,
        policies: &'a PolicySet,
        facts: &'a dyn Facts,
    ) -> Self {
        Self {
            principal: &request.principal,
            credential: Credential::of(&request.principal, context),
            policies,
            target,
            context,
            resource_account: request.resource_account,
            facts,
        }
    }

    /// Calls of identity providers' users are unsigned.
    pub(super) fn is_signed(&self) -> bool {
        !matches!(self.principal, Principal::Anonymous | Principal::FederatedProvider(_))
    }

    fn is_service_linked(&self) -> bool {
        self.credential == Some(Credential::AssumedRole { service_linked: true })
    }

    /// The resource is another account's than the caller's. Callers without an account have no such border.
    fn is_foreign(&self) -> bool {
        let owner = self.target.owner(self.resource_account);
        self.principal.account().is_some()
            && owner.is_some_and(|owner| Some(owner) != self.principal.account())
    }

    /// Which policies bear on the request (semantics:B11, step 3). Users, roles and root users are subject to SCPs,
    /// service-linked roles are not; for a management account's principals the policy set holds none (semantics:B6).
    pub(super) fn sides(&self) -> Sides<'a> {
        let caller =
            Caller { principal: self.principal, bounded: false, accounts: AccountReading::WholeAccount };
        Sides {
            has_identity: self.credential.is_some(),
            service_control: self.credential.is_some() && !self.is_service_linked(),
            resource_control: if self.policies.resource_control.is_empty() {
                Reach::Never
            } else {
                reach(&self.target, self.is_service_linked(), self.facts)
            },
            resource: self.resource_side(caller),
            vpc_endpoint: Some(self.at_endpoint()),
            caller,
        }
    }

    /// The caller as the endpoint's policy sees it.
    pub(super) fn at_endpoint(&self) -> Caller<'a> {
        let accounts = account_reading(self.policies.settings, &self.target);
        Caller { principal: self.principal, bounded: false, accounts }
    }

    fn resource_side(&self, caller: Caller<'a>) -> Option<ResourceSide<'a>> {
        let rule = self.target.resource_policy();
        if rule == ResourcePolicyRule::None {
            return None;
        }
        let attachable = self.credential.is_some_and(Credential::takes_boundary);
        let trust = self.target.is_role_assumption();
        let owners_root = matches!(self.principal, Principal::Root { .. }) && !self.is_foreign();
        Some(ResourceSide {
            policy_type: if trust { PolicyType::Trust } else { PolicyType::Resource },
            caller: Caller { bounded: attachable && self.policies.permissions_boundary.is_some(), ..caller },
            without_denies: owners_root && self.target.is_bucket_policy(),
            open: rule == ResourcePolicyRule::OneOrganization,
        })
    }

    /// Whether every layer that must allow does, explicit denies apart.
    pub(super) fn allowed(
        &self,
        scope: &mut Scope<'_>,
        layers: &Layers,
        rules: &mut Vec<SpecialRule>,
    ) -> Truth {
        self.name_exemptions(layers, rules);
        let mut allowed = match self.credential {
            Some(credential) => self.by_identity(scope, credential, layers, rules),
            None => self.without_identity(layers, rules),
        };
        for level in layers.service_control.iter().chain(&layers.resource_control).chain(&layers.vpc_endpoint)
        {
            allowed = allowed.and(level.allow);
        }
        if self.target.is_refused() {
            rules.push(SpecialRule::OwnedByAws);
            return Truth::FALSE;
        }
        if self.target.stays_in_account() && self.is_foreign() {
            rules.push(SpecialRule::OwnAccountOnly);
            return Truth::FALSE;
        }
        if self.target.is_open_on_service_linked_role() && allowed.upper {
            rules.push(SpecialRule::OwnedByAws);
            let admitted = scope.uncertain(false, false, true, || UncertainPredicate::choice(OpenPoint(51)));
            allowed = allowed.and(admitted);
        }
        if self.is_blocked_public_access() {
            rules.push(SpecialRule::PublicAccessBlocked);
            return Truth::FALSE;
        }
        allowed
    }

    /// The rules by which policies that are given do not bear on the request.
    fn name_exemptions(&self, layers: &Layers, rules: &mut Vec<SpecialRule>) {
        if self.is_service_linked() && !self.policies.service_control.is_empty() {
            rules.push(SpecialRule::ServiceLinkedRole);
        }
        if !self.policies.resource_control.is_empty() && layers.resource_control.is_empty() {
            rules.push(SpecialRule::OutsideResourceControl);
        }
        if self.policies.resource.is_some() && layers.resource.is_none() {
            rules.push(SpecialRule::NoResourcePolicy);
        }
        let Some((side, policy)) = self.sides().resource.zip(self.policies.resource.as_ref()) else { return };
        if side.without_denies {
            rules.push(SpecialRule::BucketOwnersRootUser);
        }
        let excepts = |statement: &Statement| {
            statement.effect == Effect::Deny
                && statement.principal.as_ref().is_some_and(|element| element.negated)
        };
        if side.caller.bounded && policy.document.statements.iter().any(excepts) {
            rules.push(SpecialRule::NotPrincipalAndBoundary);
        }
    }

    /// The core for identities of accounts (semantics:B3–B5, B10).
    fn by_identity(
        &self,
        scope: &mut Scope<'_>,
        credential: Credential,
        layers: &Layers,
        rules: &mut Vec<SpecialRule>,
    ) -> Truth {
        let side = caller_side(scope, credential, layers, rules);
        // A session of AssumeRoot has the rights of its task policy alone, whatever else would allow.
        let task = if credential == Credential::AssumedRoot { side.session } else { Truth::TRUE };
        if self.target.is_assumption_by_provider() {
            rules.push(SpecialRule::ProvidersOnly);
            return Truth::FALSE;
        }
        if self.target.is("sts", &["AssumeRoot"]) {
            return side.allows();
        }
        let foreign = self.is_foreign();
        let rule = self.target.resource_policy();
        let must_allow = matches!(rule, ResourcePolicyRule::MustAllow { .. });
        if foreign && layers.resource.is_none() && !must_allow {
            rules.push(SpecialRule::AnotherAccount);
            return Truth::FALSE;
        }
        if must_allow {
            rules.push(SpecialRule::ResourceMustAllow);
        }
        let grants =
            if rule == ResourcePolicyRule::OneOrganization && foreign && !self.is_of_one_organization() {
                &Matched::NONE
            } else {
                &layers.grants
            };
        if foreign {
            rules.push(SpecialRule::AcrossAccounts);
            return across_accounts(scope, side, grants).and(task);
        }
        let mut core = within_account(scope, side, grants, must_allow);
        if self.target.is_own_role(self.principal) && !core.lower && side.allows().upper {
            rules.push(SpecialRule::OwnRole);
            let old = scope.uncertain(false, false, true, || UncertainPredicate::choice(OpenPoint(26)));
            core = core.or(side.allows().and(old));
        }
        if layers.resource.is_some() && self.target.is_ownerless(self.resource_account) && core.upper {
            core = of_either_account(scope, side, grants, core);
        }
        core.and(task)
    }

    /// The core for callers without policies of their own (semantics:B10).
    fn without_identity(&self, layers: &Layers, rules: &mut Vec<SpecialRule>) -> Truth {
        rules.push(SpecialRule::ResourceAlone);
        let trust = self.target.is_role_assumption();
        let form = match self.principal {
            Principal::Service(_) if self.target.is_assumption_by_provider() => return Truth::FALSE,
            Principal::Service(_) => Some(PrincipalForm::Service),
            // Their users can do nothing but take on a role, which is then another principal.
            Principal::FederatedProvider(_) if !trust || self.target.is("sts", &["AssumeRole"]) => {
                return Truth::FALSE;
            }
            Principal::FederatedProvider(_) => Some(PrincipalForm::Provider),
            Principal::Root { .. }
            | Principal::User { .. }
            | Principal::RoleSession { .. }
            | Principal::FederatedUser { .. }
            | Principal::Anonymous => None,
        };
        by_resource_alone(layers, form, trust)
    }

    /// Resource policies of Bedrock reach no further than the organisation (semantics:D8).
    fn is_of_one_organization(&self) -> bool {
        let principal = single(self.context, &PRINCIPAL_ORG_ID);
        let resource = single(self.context, &RESOURCE_ORG_ID);
        principal.is_some() && (resource.is_none() || resource == principal)
    }

    /// S3 Block Public Access keeps other accounts and anonymous callers out of buckets with a public policy
    /// (semantics:B5).
    fn is_blocked_public_access(&self) -> bool {
        let outside = self.is_foreign() || matches!(self.principal, Principal::Anonymous);
        self.policies.settings.s3_block_public_access
            && self.target.service().eq_ignore_ascii_case("s3")
            && outside
            && self.policies.resource.as_ref().is_some_and(|policy| is_public(&policy.document))
    }

    /// F29: an agent, a flow or a knowledge base runs its model with a role of its own; in the other reading the
    /// caller needs bedrock:InvokeModel too, here on a model that no policy names.
    pub(super) fn further_calls(
        &self,
        scope: &mut Scope<'_>,
        allowed: Truth,
        rules: &mut Vec<SpecialRule>,
    ) -> Result<Truth, EvaluationError> {
        if !self.target.may_invoke_for_caller() || !allowed.upper || self.credential.is_none() {
            return Ok(allowed);
        }
        rules.push(SpecialRule::FurtherCalls);
        let model = self.target.some_model(single(self.context, &REQUESTED_REGION));
        let mut inner = scope.with_target("bedrock:InvokeModel", &model);
        let target = Target::new("bedrock:InvokeModel", &model);
        let caller = CallerOfRequest { target, resource_account: None, ..*self };
        // The service calls the model from its own network: no endpoint of the caller is on the way.
        let sides = Sides { resource_control: Reach::Never, vpc_endpoint: None, ..caller.sides() };
        let layers = Layers::evaluate(&mut inner, self.policies, &sides)?;
        let invokes = caller.allowed(&mut inner, &layers, &mut Vec::new()).value && !layers.deny().value;
        let truth = scope.uncertain(true, invokes, true, || UncertainPredicate::choice(OpenPoint(29)));
        Ok(allowed.and(truth))
    }
}

/// What the caller's own policies allow. Those of a root user allow everything (semantics:B10).
fn caller_side(
    scope: &mut Scope<'_>,
    credential: Credential,
    layers: &Layers,
    rules: &mut Vec<SpecialRule>,
) -> CallerSide {
    let session = layers.session.as_ref().map(|layer| layer.allow);
    let (identity, boundary) = match credential {
        Credential::Root | Credential::AssumedRoot => (Truth::TRUE, Truth::TRUE),
        Credential::LongTerm
        | Credential::SessionToken { .. }
        | Credential::AssumedRole { .. }
        | Credential::FederationToken => (
            layers.identity.as_ref().map_or(Truth::FALSE, |layer| layer.allow),
            layers.permissions_boundary.as_ref().map_or(Truth::TRUE, |layer| layer.allow),
        ),
    };
    let session = match (credential, session) {
        (Credential::Root, _) => {
            rules.push(SpecialRule::RootUser);
            Truth::TRUE
        }
        (Credential::AssumedRoot, session) => {
            rules.push(SpecialRule::AssumedRoot);
            session.unwrap_or(Truth::FALSE)
        }
        (Credential::FederationToken, None) => {
            rules.push(SpecialRule::NoSessionPolicy);
            scope.uncertain(false, false, true, || UncertainPredicate::choice(OpenPoint(12)))
        }
        (_, session) => session.unwrap_or(Truth::TRUE),
    };
    CallerSide { identity, boundary, session }
}

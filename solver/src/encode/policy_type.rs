//! What the layers of policies say together (semantics:B2, B3, B6, B8, B9, B10).

use ringfence_model::context::ContextKey;
use ringfence_model::policy::{Effect, NamedPolicy, PolicyType, StatementReference};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::service_rules::stays_in_account;

use super::Encoder;
use super::action::session_checks;
use super::check::Check;
use super::key::Credential;
use super::public_policy::is_public;
use super::resource_policy::Grants;
use super::special::resources_under;
use crate::formula::{Layer, Openness, Restriction};
use crate::subject::{Subject, SubjectKind};
use crate::term::{Term, Terms};
use crate::wrong::{WrongEncoder, is_on};

/// What one layer says.
struct LayerTerms {
    allow: Term,
    denies: Vec<(StatementReference, Term)>,
}

/// Changes to roles that AWS refuses on its own roles (semantics:B5).
const ROLE_CHANGES: [&str; 14] = [
    "iam:createrole",
    "iam:attachrolepolicy",
    "iam:detachrolepolicy",
    "iam:putrolepolicy",
    "iam:deleterolepolicy",
    "iam:putrolepermissionsboundary",
    "iam:deleterolepermissionsboundary",
    "iam:updateassumerolepolicy",
    "iam:updaterole",
    "iam:updateroledescription",
    "iam:tagrole",
    "iam:untagrole",
    "iam:deleterole",
    "iam:passrole",
];

/// Those of them that AWS admits on some service-linked roles: their description, tags, and passing, as to Auto Scaling.
const SERVICE_ROLE_CALLS: [&str; 5] =
    ["iam:updaterole", "iam:updateroledescription", "iam:tagrole", "iam:untagrole", "iam:passrole"];

/// Changes to policies that AWS refuses on its own policies.
const POLICY_CHANGES: [&str; 7] = [
    "iam:createpolicy",
    "iam:createpolicyversion",
    "iam:deletepolicy",
    "iam:deletepolicyversion",
    "iam:setdefaultpolicyversion",
    "iam:tagpolicy",
    "iam:untagpolicy",
];

/// Changes to key aliases that AWS refuses on its own aliases.
const ALIAS_CHANGES: [&str; 3] = ["kms:createalias", "kms:updatealias", "kms:deletealias"];

/// STS calls that a GetSessionToken session may make, checks of other calls included.
const SESSION_TOKEN_CALLS: [&str; 5] =
    ["sts:assumerole", "sts:getcalleridentity", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext"];

impl Encoder<'_> {
    /// Asserts that the request is allowed, one restriction at a time.
    pub(super) fn restrict_to_allowed(&mut self) {
        for (restriction, required) in self.requirements(&self.subject.policies) {
            self.formula.restrict(restriction, required);
        }
    }

    /// The term that is true exactly where the caller's policies allow the request: what credentials and AWS refuse,
    /// and what the resource's own policy must say, does not count.
    pub(super) fn granted(&mut self, policies: &PolicySet) -> Term {
        let required: Vec<Term> = self
            .requirements(policies)
            .into_iter()
            .filter(|(restriction, _)| {
                !matches!(
                    restriction,
                    Restriction::Layer(Layer::CredentialLimits | Layer::Refusals | Layer::Resource)
                )
            })
            .map(|entry| entry.1)
            .collect();
        self.formula.terms.and(required)
    }

    /// The term that is true exactly where the request is allowed under `policies`.
    pub(super) fn allowed(&mut self, policies: &PolicySet) -> Term {
        let required: Vec<Term> = self.requirements(policies).into_iter().map(|entry| entry.1).collect();
        self.formula.terms.and(required)
    }

    /// What must hold for the request to be allowed: each layer allows and no statement denies. Nothing of it holds
    /// back sts:GetCallerIdentity, and only the limits of credentials sts:GetSessionToken (semantics:B5).
    fn requirements(&mut self, policies: &PolicySet) -> Vec<(Restriction, Term)> {
        let mut requirements = self.check_requirements(policies);
        requirements.extend(self.session_requirements(policies));
        for position in 0..self.further.len() {
            let made = self.has_further(position);
            let further = self.in_further(position, |encoder| encoder.check_requirements(policies));
            // F29: in a pinned context the only further check is one that may be made, or not.
            let made = if self.query.context.is_some() {
                let outer_alone = self.choice(29, Terms::TRUE);
                let both = self.formula.terms.not(outer_alone);
                self.formula.terms.and([made, both])
            } else {
                made
            };
            for (restriction, required) in further {
                // A Deny of it is no explicit deny of the call that is asked about: the caller lacks a right.
                let restriction = match restriction {
                    Restriction::Statement(_) if self.query.context.is_some() => {
                        Restriction::Layer(Layer::Identity)
                    }
                    Restriction::Statement(_) | Restriction::Layer(_) => restriction,
                };
                requirements.push((restriction, self.formula.terms.implies(made, required)));
            }
        }
        requirements
    }

    /// What a call that makes a session needs besides where it passes tags, a source identity or a context, of the trust policy and of the
    /// caller (semantics:B5).
    fn session_requirements(&mut self, policies: &PolicySet) -> Vec<(Restriction, Term)> {
        // A pinned question is about one check alone.
        if self.query.context.is_some() {
            return Vec::new();
        }
        let mut requirements = Vec::new();
        let passes: [(&str, &str, &[&str]); 3] = [
            // Which tags stay with later sessions is said of tags that are passed.
            ("tagsession", "aws:requesttag", &["aws:TagKeys", "sts:TransitiveTagKeys"]),
            ("setsourceidentity", "", &["sts:SourceIdentity"]),
            ("setcontext", "sts:requestcontext", &["sts:RequestContextProviders"]),
        ];
        for (name, family, keys) in passes {
            let makes_session = |check: &Check| session_checks(&check.service, &check.name).contains(&name);
            let this_call = self.check_among(makes_session);
            if this_call == Terms::FALSE {
                continue;
            }
            let passed = self.passes(family, keys);
            let guard = self.formula.terms.and([this_call, passed]);
            if guard == Terms::FALSE {
                continue;
            }
            let asked = self.part.checks.clone();
            for check in self.part.checks.iter_mut().filter(|check| makes_session(check)) {
                name.clone_into(&mut check.name);
            }
            let needed = self.check_requirements(policies);
            self.part.checks = asked;
            for (restriction, required) in needed {
                requirements.push((restriction, self.formula.terms.implies(guard, required)));
            }
        }
        requirements
    }

    /// The call passes some of these keys, or one of the family that something asks about.
    fn passes(&mut self, family: &str, keys: &[&str]) -> Term {
        let is_of_family = |key: &&ContextKey| key.family().is_some_and(|(name, _)| name == family);
        let named: Vec<ContextKey> = self.conditions_on.keys().filter(is_of_family).cloned().collect();
        let known = keys.iter().map(|key| ContextKey::new(key));
        self.any_present(&named.into_iter().chain(known).collect::<Vec<_>>())
    }

    fn any_present(&mut self, keys: &[ContextKey]) -> Term {
        let mut present = Vec::new();
        for key in keys {
            let value = self.key(key);
            let absent = self.absent(&value);
            present.push(self.formula.terms.not(absent));
        }
        self.formula.terms.or(present)
    }

    /// As [`Self::requirements`], for the check that is being encoded.
    fn check_requirements(&mut self, policies: &PolicySet) -> Vec<(Restriction, Term)> {
        self.bounded = policies.permissions_boundary.is_some();
        let resource = self.resource_terms(policies);
        let grants = self.grants(&resource, policies.resource.is_some());
        let beaten = if is_on(WrongEncoder::ResourceBeatsDeny) {
            resource.allow.any(&mut self.formula.terms)
        } else {
            Terms::FALSE
        };
        let mut layers = self.caller_layers(policies, &grants);
        layers.push((Some(Layer::Resource), LayerTerms { allow: grants.resource, denies: resource.denies }));
        let denies = self.resource_control_denies(policies);
        layers.push((None, LayerTerms { allow: Terms::TRUE, denies }));
        // A service that calls on for the caller does so from its own network.
        if let Some(endpoint) = self.endpoint_terms(policies).filter(|_| !self.part.is_further) {
            let terms = LayerTerms { allow: endpoint.allow, denies: endpoint.denies };
            layers.push((Some(Layer::VpcEndpoint), terms));
        }
        let mut requirements = Vec::new();
        for (layer, terms) in layers {
            if let Some(layer) = layer {
                requirements.push((Restriction::Layer(layer), terms.allow));
            }
            for (statement, matched) in terms.denies {
                if is_on(WrongEncoder::DenyIgnored) {
                    continue;
                }
                let passed = self.formula.terms.not(matched);
                let passed = self.formula.terms.or([passed, beaten]);
                requirements.push((Restriction::Statement(statement), passed));
            }
        }
        let mut refusals = self.refusals();
        if self.blocks_public_access(policies) {
            refusals = Terms::FALSE;
        }
        requirements.push((Restriction::Layer(Layer::Refusals), refusals));
        let mut session_token = self.check_among(|check| check.full_name() == "sts:getsessiontoken");
        if !self.subject.kind.is_identity() {
            session_token = Terms::FALSE;
        }
        if session_token != Terms::FALSE && self.query.context.is_some() {
            // F27: no policy has an effect on it, or a Deny has.
            let without = self.choice(27, Terms::TRUE);
            for (restriction, required) in &mut requirements {
                let asked =
                    matches!(restriction, Restriction::Statement(_) | Restriction::Layer(Layer::VpcEndpoint));
                let spared =
                    if asked { self.formula.terms.and([session_token, without]) } else { session_token };
                *required = self.formula.terms.or([*required, spared]);
            }
            session_token = Terms::FALSE;
        }
        for (_, required) in &mut requirements {
            *required = self.formula.terms.or([*required, session_token]);
        }
        let limits = self.credential_limits();
        requirements.push((Restriction::Layer(Layer::CredentialLimits), limits));
        self.spare_caller_identity(&mut requirements);
        // Nothing that AWS exempts is exempt from what a question demands.
        for level in &policies.demanded {
            let terms = self.layer(&level.policies, PolicyType::ServiceControl);
            requirements.push((Restriction::Layer(Layer::Demanded(level.target.to_string())), terms.allow));
        }
        requirements
    }

    /// Nothing holds back sts:GetCallerIdentity, if it is signed; in the other reading of F36 the policy of an endpoint
    /// does.
    fn spare_caller_identity(&mut self, requirements: &mut [(Restriction, Term)]) {
        let identity = self.check_among(|check| check.full_name() == "sts:getcalleridentity");
        let signed = match self.subject.kind {
            SubjectKind::Root
            | SubjectKind::User { .. }
            | SubjectKind::Role { .. }
            | SubjectKind::Service { .. } => true,
            SubjectKind::Provider { .. } | SubjectKind::Anonymous => false,
        };
        if identity == Terms::FALSE || !signed {
            return;
        }
        let has_endpoint = self.subject.policies.vpc_endpoint.is_some();
        let beyond_endpoint = if has_endpoint { self.choice(36, Terms::TRUE) } else { Terms::TRUE };
        for (restriction, required) in requirements {
            let of_endpoint = match restriction {
                Restriction::Layer(layer) => *layer == Layer::VpcEndpoint,
                Restriction::Statement(statement) => statement.policy_type == PolicyType::VpcEndpoint,
            };
            let spared =
                if of_endpoint { self.formula.terms.and([identity, beyond_endpoint]) } else { identity };
            *required = self.formula.terms.or([*required, spared]);
        }
    }

    /// The layers on the caller's side, each with what must hold of it: that it allows, or that the resource's policy
    /// goes past it. A caller that is no identity of an account has none.
    fn caller_layers(&mut self, policies: &PolicySet, grants: &Grants) -> Vec<(Option<Layer>, LayerTerms)> {
        let mut layers: Vec<(Option<Layer>, LayerTerms)> = Vec::new();
        if !self.subject.kind.is_identity() {
            return layers;
        }
        let root = self.subject.kind == SubjectKind::Root;
        let mut identity = self.layer(&policies.identity, PolicyType::Identity);
        let by_account = self.granted_by_account();
        identity.allow = self.formula.terms.or([identity.allow, grants.past_identity, by_account]);
        if let Some(boundary) = &policies.permissions_boundary {
            let mut boundary = self.layer(boundary, PolicyType::PermissionsBoundary);
            boundary.allow = self.formula.terms.or([boundary.allow, grants.past_boundary, by_account]);
            if is_on(WrongEncoder::BoundaryGrants) {
                let either = self.formula.terms.or([identity.allow, boundary.allow]);
                (identity.allow, boundary.allow) = (either, Terms::TRUE);
            }
            layers.push(((!root).then_some(Layer::PermissionsBoundary), boundary));
        }
        // The root user is allowed by default (semantics:B10).
        layers.insert(0, ((!root).then_some(Layer::Identity), identity));
        let assumed = self.credential(Credential::AssumedRoot);
        if let Some(session) = policies.session.as_ref() {
            let mut session = self.layer(session, PolicyType::Session);
            let past = self.formula.terms.not(assumed);
            let past = self.formula.terms.and([past, grants.past_session]);
            session.allow = self.formula.terms.or([session.allow, past]);
            layers.push(((!root || assumed != Terms::FALSE).then_some(Layer::Session), session));
        } else if let Some(missing) = self.missing_session_policy(grants) {
            layers.push((Some(Layer::Session), LayerTerms { allow: missing, denies: Vec::new() }));
        } else if let Some(task) = self.within_task() {
            layers.push((Some(Layer::Session), LayerTerms { allow: task, denies: Vec::new() }));
        }
        if !is_service_linked(self.subject) {
            let left_out = usize::from(is_on(WrongEncoder::LevelLeftOut));
            let levels = policies.service_control.len().saturating_sub(left_out);
            let exempt = self.exempt_from_service_control();
            for level in policies.service_control.iter().take(levels) {
                let mut terms = self.layer(&level.policies, PolicyType::ServiceControl);
                terms.allow = self.formula.terms.or([terms.allow, exempt]);
                for (_, denied) in &mut terms.denies {
                    let bound = self.formula.terms.not(exempt);
                    *denied = self.formula.terms.and([*denied, bound]);
                }
                layers.push((Some(Layer::ServiceControl(level.target.to_string())), terms));
            }
        }
        layers
    }

    /// The account's password policy may let its users change their own passwords, whatever their policies: no input shows it.
    fn granted_by_account(&mut self) -> Term {
        let change = self.check_among(|check| may_be_granted_by_account(&check.service, &check.name));
        let user = matches!(self.subject.kind, SubjectKind::User { .. });
        if change == Terms::FALSE || !user || self.query.context.is_some() {
            return Terms::FALSE;
        }
        let pinned = self.formula.pin(Openness::AccountSettings);
        let open = self.formula.terms.not(pinned);
        self.formula.terms.and([change, open])
    }

    /// SCPs may not bind the call (semantics:B6). Which calls belong to the tasks that AWS names is not told, so that it is open.
    fn exempt_from_service_control(&mut self) -> Term {
        let root = self.subject.kind == SubjectKind::Root;
        let exempt = self.check_among(|check| may_be_exempt(&check.service, &check.name, root));
        if exempt == Terms::FALSE || self.query.context.is_some() {
            return Terms::FALSE;
        }
        let pinned = self.formula.pin(Openness::ExemptTasks);
        let open = self.formula.terms.not(pinned);
        self.formula.terms.and([exempt, open])
    }

    /// What must hold where a session that needs a session policy has none: one of sts:AssumeRoot has no rights, and
    /// a federated user's has none or all of the user's (F12). Questions in a free context give federated users one
    /// that allows everything.
    fn missing_session_policy(&mut self, grants: &Grants) -> Option<Term> {
        self.query.context.as_ref()?;
        let assumed_root = self.credential(Credential::AssumedRoot);
        let federated = self.credential(Credential::FederatedUser);
        if assumed_root == Terms::FALSE && federated == Terms::FALSE {
            return None;
        }
        let full = if federated == Terms::FALSE { Terms::FALSE } else { self.choice(12, Terms::FALSE) };
        let past = self.formula.terms.or([full, grants.past_session]);
        let other = self.formula.terms.or([assumed_root, federated]);
        let other = self.formula.terms.not(other);
        let allowed = self.formula.terms.and([federated, past]);
        Some(self.formula.terms.or([other, allowed]))
    }

    /// S3 Block Public Access takes the access of anonymous callers and of other accounts that a public bucket policy
    /// gives (semantics:B5). Settings are known in pinned questions alone.
    fn blocks_public_access(&mut self, policies: &PolicySet) -> bool {
        let on_bucket = self.part.checks.iter().all(|check| check.service == "s3");
        let outsider = match self.subject.kind {
            SubjectKind::Anonymous => true,
            SubjectKind::Service { .. } | SubjectKind::Provider { .. } => false,
            SubjectKind::Root | SubjectKind::User { .. } | SubjectKind::Role { .. } => {
                self.is_foreign() == Terms::TRUE
            }
        };
        policies.settings.s3_block_public_access
            && on_bucket
            && outsider
            && policies.resource.as_ref().is_some_and(|policy| is_public(&policy.document))
    }

    /// A union of policies.
    fn layer(&mut self, policies: &[NamedPolicy], policy_type: PolicyType) -> LayerTerms {
        let mut allows = Vec::new();
        let mut denies = Vec::new();
        for policy in policies {
            for statement in &policy.document.statements {
                let matched = self.statement(statement, policy_type);
                if matched == Terms::FALSE {
                    continue;
                }
                match statement.effect {
                    Effect::Allow => {
                        let reference = || StatementReference::new(policy, policy_type, statement);
                        self.note_allowing(reference, matched);
                        allows.push(matched);
                    }
                    Effect::Deny => {
                        denies.push((StatementReference::new(policy, policy_type, statement), matched));
                    }
                }
            }
        }
        LayerTerms { allow: self.formula.terms.or(allows), denies }
    }

    /// Keeps an Allow statement for the answer to a question in a pinned context.
    pub(super) fn note_allowing(&mut self, reference: impl FnOnce() -> StatementReference, matched: Term) {
        if self.query.context.is_some() && !self.part.is_further {
            self.allowing.push((reference(), matched));
        }
    }

    /// What the credentials may do at all (semantics:A2). iam:PassRole is no call of its own.
    fn credential_limits(&mut self) -> Term {
        let role = self.credential(Credential::RoleSession);
        let token = self.credential(Credential::SessionToken);
        let federated = self.credential(Credential::FederatedUser);
        let iam = self.check_among(|check| check.service == "iam" && check.name != "passrole");
        let sts = self.check_among(|check| check.service == "sts");
        let identity = self.check_among(|check| check.full_name() == "sts:getcalleridentity");
        let token_calls = self.check_among(|check| SESSION_TOKEN_CALLS.contains(&check.full_name().as_str()));
        let issue = self.check_among(|check| {
            matches!(check.full_name().as_str(), "sts:getfederationtoken" | "sts:getsessiontoken")
        });
        let assume_root = self
            .check_among(|check| matches!(check.full_name().as_str(), "sts:assumeroot" | "sts:assumerole"));
        let root = Terms::constant(self.subject.kind == SubjectKind::Root);
        let mut hits =
            vec![self.formula.terms.and([role, issue]), self.formula.terms.and([root, assume_root])];
        let other_sts = {
            let not_identity = self.formula.terms.not(identity);
            self.formula.terms.and([sts, not_identity])
        };
        let federated_limit = if iam == Terms::FALSE || self.query.context.is_some() {
            self.formula.terms.or([iam, other_sts])
        } else {
            // In the console such a session may call IAM, which the evaluator does not tell.
            let pinned = self.formula.pin(Openness::ConsoleSession);
            let iam = self.formula.terms.and([iam, pinned]);
            self.formula.terms.or([iam, other_sts])
        };
        hits.push(self.formula.terms.and([federated, federated_limit]));
        if token != Terms::FALSE && (iam != Terms::FALSE || sts != Terms::FALSE) {
            let other_sts = {
                let not_named = self.formula.terms.not(token_calls);
                self.formula.terms.and([sts, not_named])
            };
            let iam_without_mfa = if iam == Terms::FALSE {
                Terms::FALSE
            } else {
                let mfa = self.has_mfa();
                let without = self.formula.terms.not(mfa);
                self.formula.terms.and([iam, without])
            };
            let limit = self.formula.terms.or([iam_without_mfa, other_sts]);
            hits.push(self.formula.terms.and([token, limit]));
        }
        let hit = self.formula.terms.or(hits);
        self.formula.terms.not(hit)
    }

    /// aws:MultiFactorAuthPresent is present and true.
    fn has_mfa(&mut self) -> Term {
        let value = self.key(&ContextKey::new("aws:MultiFactorAuthPresent"));
        self.is_true(&value)
    }

    /// What AWS refuses on its own roles, policies and key aliases (semantics:B5).
    fn refusals(&mut self) -> Term {
        let role_change = self.check_among(|check| ROLE_CHANGES.contains(&check.full_name().as_str()));
        let policy_change = self.check_among(|check| POLICY_CHANGES.contains(&check.full_name().as_str()));
        let alias_change = self.check_among(is_alias_change);
        let mut refused = Vec::new();
        let may = self.check_among(|check| SERVICE_ROLE_CALLS.contains(&check.full_name().as_str()));
        let on_service_role = if may == Terms::FALSE {
            Terms::TRUE
        } else {
            let admitted = self.choice(51, Terms::FALSE);
            let refused = self.formula.terms.not(admitted);
            self.formula.terms.implies(may, refused)
        };
        let service_role_change = self.formula.terms.and([role_change, on_service_role]);
        for (change, service, account, path) in [
            (role_change, "iam", "", "role/aws-reserved/"),
            (service_role_change, "iam", "", "role/aws-service-role/"),
            (policy_change, "iam", "aws", "policy/"),
            (alias_change, "kms", "", "alias/aws/"),
        ] {
            if change == Terms::FALSE {
                continue;
            }
            let resource = self.part.resource;
            let owned = self.formula.matches(resource, resources_under(service, account, path));
            refused.push(self.formula.terms.and([change, owned]));
        }
        let own_account_only = self.check_among(|check| stays_in_account(&check.service, &check.name));
        if own_account_only != Terms::FALSE {
            let foreign = self.is_foreign();
            refused.push(self.formula.terms.and([own_account_only, foreign]));
        }
        refused.push(self.root_session_refused());
        let refused = self.formula.terms.or(refused);
        self.formula.terms.not(refused)
    }
}

/// No policy needs to allow `service:name`, both in lower case (semantics:B5).
pub fn needs_no_allow(service: &str, name: &str) -> bool {
    service == "sts" && matches!(name, "getcalleridentity" | "getsessiontoken")
}

/// A setting of the account may grant `service:name`, both in lower case, to users beside their policies (IAM User Guide, on
/// password policies).
pub(crate) fn may_be_granted_by_account(service: &str, name: &str) -> bool {
    service == "iam" && name == "changepassword"
}

/// SCPs may not bind `service:name`, both in lower case, for root users or for others (Organizations User Guide, "Tasks and
/// entities not restricted by SCPs"): support plans and reverse DNS as root, and the services that it lists.
pub(crate) fn may_be_exempt(service: &str, name: &str, root: bool) -> bool {
    let as_root = matches!(service, "supportplans" | "support")
        || (service == "ec2" && matches!(name, "modifyaddressattribute" | "resetaddressattribute"));
    service == "mechanicalturk" || (root && as_root)
}

/// The check is of a change to a key alias.
pub(super) fn is_alias_change(check: &Check) -> bool {
    check.service == "kms" && ALIAS_CHANGES.contains(&check.full_name().as_str())
}

/// Service-linked roles are exempt from SCPs (semantics:B6).
pub(super) fn is_service_linked(subject: &Subject) -> bool {
    matches!(&subject.kind, SubjectKind::Role { path, .. } if path.starts_with("/aws-service-role/"))
}

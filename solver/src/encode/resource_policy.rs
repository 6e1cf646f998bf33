//! What the resource's own policy says, and how it goes together with the caller's side (semantics:B3, B4, B5).

use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::open_point::{OpenPoint, UncertainPredicate};
use ringfence_model::policy::{Effect, NamedPolicy, PolicyType, StatementReference};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::resource_policy_types::can_carry_policy;

use super::Encoder;
use super::check::Check;
use super::key::{KeyValue, Text};
use super::principal::Named;
use super::special::{
    PolicyRule, edits_bucket_policy, is_by_provider, is_ownerless, policy_rule, takes_on_role,
};
use crate::formula::Openness;
use crate::query::Goal;
use crate::resource_side::ResourcePolicy;
use crate::subject::SubjectKind;
use crate::term::{Term, Terms};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// What the policies of resources say about the request.
pub(super) struct ResourceTerms {
    /// Where a statement allows, by the form in which it names the caller.
    pub(super) allow: Named,
    /// Where a policy that is not known may allow.
    pub(super) unknown: Unknown,
    /// The Deny statements that match.
    pub(super) denies: Vec<(StatementReference, Term)>,
}

/// Where a policy that is not known may allow, by the form in which it may name the caller.
#[derive(Clone, Copy)]
pub(super) struct Unknown {
    /// By itself.
    pub(super) direct: Term,
    /// By its role, or the user behind its session: within boundary and session policy.
    pub(super) limited: Term,
    /// By its account: identity policies decide.
    pub(super) delegated: Term,
}

impl Unknown {
    /// Nowhere.
    const NOWHERE: Self = Self { direct: Terms::FALSE, limited: Terms::FALSE, delegated: Terms::FALSE };
}

/// By which layers of the caller's side a request is held back where the resource's policy grants it.
pub(super) struct Grants {
    /// No identity policy needs to allow.
    pub(super) past_identity: Term,
    /// The boundary need not allow.
    pub(super) past_boundary: Term,
    /// The session policy need not allow.
    pub(super) past_session: Term,
    /// What must be so on the resource's side: its policy grants, or need not.
    pub(super) resource: Term,
}

/// A policy that may be asked about the resource.
struct Asked {
    /// It is asked about this very resource.
    guard: Term,
    policy: NamedPolicy,
    policy_type: PolicyType,
}

impl Encoder<'_> {
    /// What the policies of resources say.
    pub(super) fn resource_terms(&mut self, policies: &PolicySet) -> ResourceTerms {
        let mut terms = ResourceTerms {
            allow: Named::NOWHERE,
            unknown: self.unknown_policies(policies),
            denies: Vec::new(),
        };
        for asked in self.asked_policies(policies) {
            for statement in &asked.policy.document.statements {
                let matched = self.statement(statement, asked.policy_type);
                let matched = self.formula.terms.and([matched, asked.guard]);
                if matched == Terms::FALSE {
                    continue;
                }
                let named =
                    self.principal_element(statement.principal.as_ref(), statement.effect, asked.policy_type);
                let named = named.within(matched, &mut self.formula.terms);
                match statement.effect {
                    Effect::Allow => {
                        let any = named.any(&mut self.formula.terms);
                        let reference =
                            || StatementReference::new(&asked.policy, asked.policy_type, statement);
                        self.note_allowing(reference, any);
                        terms.allow = terms.allow.or(named, &mut self.formula.terms);
                    }
                    Effect::Deny => {
                        let any = named.any(&mut self.formula.terms);
                        let denied = self.unless_owner_edits_policy(any);
                        if denied != Terms::FALSE {
                            terms.denies.push((
                                StatementReference::new(&asked.policy, asked.policy_type, statement),
                                denied,
                            ));
                        }
                    }
                }
            }
        }
        terms
    }

    /// The policies that may be asked about the resource: the one of the policy set, else those of the world.
    fn asked_policies(&mut self, policies: &PolicySet) -> Vec<Asked> {
        if let Some(policy) = &policies.resource {
            let trust = self.part.checks.iter().all(|check| check.service == "sts");
            let policy_type = if trust { PolicyType::Trust } else { PolicyType::Resource };
            let asked = self.ruled(|rule| rule != PolicyRule::Absent);
            let supported = self.policies_are_supported();
            let guard = self.formula.terms.and([asked, supported]);
            return vec![Asked { guard, policy: policy.clone(), policy_type }];
        }
        if self.query.context.is_some() {
            return Vec::new();
        }
        let resources = Arc::clone(&self.subject.resources);
        let mut services: Vec<&str> = self.part.checks.iter().filter_map(policy_service).collect();
        services.sort_unstable();
        services.dedup();
        let services: Vec<String> = services.into_iter().map(str::to_owned).collect();
        if services.iter().all(|service| resources.policies_for(service).next().is_none()) {
            return Vec::new();
        }
        // A Deny counts only where AWS surely asks the policy.
        let bears = self.ruled(|rule| rule != PolicyRule::Absent);
        let supported = self.policies_are_supported();
        let mut asked = Vec::new();
        for service in services {
            let of_service = self.check_among(|check| policy_service(check) == Some(&*service));
            for policy in resources.policies_for(&service) {
                let owned = self.owned_by(policy.owner);
                let covered: Vec<Term> = policy
                    .covered()
                    .into_iter()
                    .map(|language| {
                        let resource = self.part.resource;
                        self.formula.matches(resource, language)
                    })
                    .collect();
                let mut parts = vec![of_service, owned, bears, supported, self.formula.terms.or(covered)];
                if let Some(except) = policy.excepted() {
                    let resource = self.part.resource;
                    let inside = self.formula.matches(resource, except);
                    parts.push(self.formula.terms.not(inside));
                }
                let guard = self.formula.terms.and(parts);
                if guard != Terms::FALSE {
                    let (policy, policy_type) = (policy.policy.clone(), policy.policy_type);
                    asked.push(Asked { guard, policy, policy_type });
                }
            }
        }
        asked
    }

    /// Where the resource may carry a policy that nobody has shown: free for proofs, absent for refutations. Of one set of policies what grants by
    /// itself allows most; where two are compared, it may also leave it to those in which they differ.
    fn unknown_policies(&mut self, policies: &PolicySet) -> Unknown {
        if policies.resource.is_some()
            || self.query.context.is_some()
            || !self.subject.resources.may_hide_grants()
        {
            return Unknown::NOWHERE;
        }
        let (resources, catalogue, own) =
            (Arc::clone(&self.subject.resources), self.catalogue, self.subject.account);
        let may = self.check_among(|check| {
            let known = check.target.resource.resource_type().and_then(|id| catalogue.resource_type(id));
            let carries = match known {
                Some(known) => can_carry_policy(&check.arn_service, Some(&known.name)),
                None => check.target.action.id().is_none(),
            };
            let owner = check.target.owner.unwrap_or(own);
            if check.target.of_aws {
                return false;
            }
            if check.service == "sts" {
                return check.resource_type == "role" && !resources.knows_trust(owner);
            }
            carries
                && (!resources.knows(owner, &check.arn_service)
                    || resources.covers_in_its_own_way(owner, &check.arn_service))
        });
        let unlisted = self.unlisted_keys();
        let may = self.formula.terms.or([may, unlisted]);
        if may == Terms::FALSE {
            return Unknown::NOWHERE;
        }
        let pinned = self.formula.pin(Openness::ResourcePolicies);
        let open = self.formula.terms.not(pinned);
        let may = self.formula.terms.and([may, open]);
        let known = match self.part.unknown_grant {
            Some(known) => known,
            None => self.unknown_grant(),
        };
        self.part.unknown_grant = Some(known);
        let [direct, limited, delegated] = known.map(|form| self.formula.terms.and([may, form]));
        Unknown { direct, limited, delegated }
    }

    /// How a policy that is not known grants.
    fn unknown_grant(&mut self) -> [Term; 3] {
        let direct = self.formula.flag("a policy of the resource that is not known grants").1;
        match self.query.goal {
            Goal::Allowed | Goal::NotGranted => [direct, Terms::FALSE, Terms::FALSE],
            Goal::AllowedBeyond(_) | Goal::AllowedUnlike(_) => {
                let limited = self.formula.flag("it grants to the role or user of a session").1;
                [direct, limited, self.formula.flag("it grants to the account").1]
            }
        }
    }

    /// The resource is a KMS key of which the world shows no policy. Every key has one (semantics:B5), also where the file
    /// of its account does not name it; all roles of an account come with its export.
    fn unlisted_keys(&mut self) -> Term {
        let needs = self.ruled(|rule| rule == PolicyRule::MustAllow);
        let key = self.check_among(|check| check.service != "sts");
        let keys = self.formula.terms.and([needs, key]);
        if keys == Terms::FALSE {
            return Terms::FALSE;
        }
        let resources = Arc::clone(&self.subject.resources);
        let listed: Vec<Term> = resources
            .policies_for("kms")
            .flat_map(ResourcePolicy::covered)
            .map(|language| {
                let resource = self.part.resource;
                self.formula.matches(resource, language)
            })
            .collect();
        let listed = self.formula.terms.or(listed);
        let unlisted = self.formula.terms.not(listed);
        self.formula.terms.and([keys, unlisted])
    }

    /// The resource belongs to `account`.
    fn owned_by(&mut self, account: AccountId) -> Term {
        let own = self.subject.account;
        self.check_among(|check| check.target.owner.unwrap_or(own) == account)
    }

    /// The owner of the resource is another account than the caller's. A session of sts:AssumeRoot is made on another
    /// account's root user, whose side is not asked (semantics:B5).
    pub(super) fn is_foreign(&mut self) -> Term {
        let own = self.subject.account;
        let identity = self.subject.kind.is_identity();
        self.check_among(|check| {
            identity
                && check.full_name() != "sts:assumeroot"
                && check.target.owner.is_some_and(|owner| owner != own)
        })
    }

    /// The bucket owner's root user may always read, put and delete the bucket's policy (semantics:B5).
    fn unless_owner_edits_policy(&mut self, denied: Term) -> Term {
        if self.subject.kind != SubjectKind::Root {
            return denied;
        }
        let own = self.subject.account;
        let edits = self.check_among(|check| {
            check.target.owner.is_none_or(|owner| owner == own) && edits_bucket_policy(check)
        });
        let other = self.formula.terms.not(edits);
        self.formula.terms.and([denied, other])
    }

    /// How the resource's side goes together with the caller's. Within one account (S), a policy that names the caller
    /// itself or everybody (D) is enough, one that names its role or the user behind its session (L) is enough within
    /// boundary and session policy, one that names its account (A) only lets identity policies decide. Across accounts
    /// (X), for keys and for trust policies (N) some form must be named:
    ///
    /// ```text
    /// S, not N:  (identity ∨ D ∨ L) ∧ (boundary ∨ D) ∧ (session ∨ D)
    /// S, N:      the same ∧ (D ∨ L ∨ A)
    /// X:         identity ∧ boundary ∧ session ∧ (D ∨ L ∨ A)
    /// ```
    pub(super) fn grants(&mut self, resource: &ResourceTerms, has_policy: bool) -> Grants {
        let allow = resource.allow;
        let own_alone = self.is_foreign();
        let foreign = self.or_ownerless(own_alone, has_policy);
        let same = self.formula.terms.not(foreign);
        let direct = self.formula.terms.or([
            allow.everyone,
            allow.session,
            allow.user,
            allow.federated,
            resource.unknown.direct,
        ]);
        let limited = self.formula.terms.or([allow.role, allow.user_of_federated, resource.unknown.limited]);
        let any = {
            let named = allow.any(&mut self.formula.terms);
            let unknown = resource.unknown;
            self.formula.terms.or([named, unknown.direct, unknown.limited, unknown.delegated])
        };
        // F1: a policy that names the session is not limited by the session policy, or is.
        let past_session = if allow.session == Terms::FALSE {
            direct
        } else {
            let past = self.choice(1, Terms::TRUE);
            let by_session = self.formula.terms.and([allow.session, past]);
            self.formula.terms.or([
                allow.everyone,
                allow.user,
                allow.federated,
                resource.unknown.direct,
                by_session,
            ])
        };
        // F2: across accounts nothing goes past boundary and session policy, or what does so within one does.
        let across = if foreign == Terms::FALSE {
            Terms::FALSE
        } else {
            let past = self.choice(2, Terms::FALSE);
            let forms = self.formula.terms.or([
                allow.everyone,
                allow.session,
                allow.federated,
                resource.unknown.direct,
            ]);
            self.formula.terms.and([foreign, past, forms])
        };
        let needs = {
            let needs = self.ruled(|rule| rule == PolicyRule::MustAllow);
            let anybody = Terms::constant(!self.subject.kind.is_identity());
            self.formula.terms.or([foreign, needs, anybody])
        };
        let not_needed = self.formula.terms.not(needs);
        let either = self.formula.terms.or([limited, direct]);
        let any = self.within_organization(any, foreign);
        let granted = self.granted_to_kind(any, allow);
        let granted = self.or_self_assumed(granted);
        let granted = if has_policy { granted } else { self.root_of_a_key(granted, foreign) };
        let past_boundary = self.formula.terms.and([same, direct]);
        let past_session = self.formula.terms.and([same, past_session]);
        Grants {
            past_identity: self.formula.terms.and([same, either]),
            past_boundary: self.formula.terms.or([past_boundary, across]),
            past_session: self.formula.terms.or([past_session, across]),
            resource: self.formula.terms.or([not_needed, granted]),
        }
    }

    /// F32: whether Bedrock asks policies of its resources at all.
    fn policies_are_supported(&mut self) -> Term {
        let one_organization = self.ruled(|rule| rule == PolicyRule::OneOrganization);
        if one_organization == Terms::FALSE {
            return Terms::TRUE;
        }
        let supported = self.choice(32, Terms::TRUE);
        self.formula.terms.implies(one_organization, supported)
    }

    /// `granted`, where policies of Bedrock's resources reach no further than the organisation (semantics:D8). A pinned
    /// context tells which it is; else every account may be of it.
    fn within_organization(&mut self, granted: Term, foreign: Term) -> Term {
        let Some(context) = &self.query.context else {
            return self.within_own_organization(granted, foreign);
        };
        let given = |name: &str| match context.get(&ContextKey::new(name)).map(ContextValue::values) {
            Some([value]) => Some(value.clone()),
            Some(_) | None => None,
        };
        let (principal, resource) = (given("aws:PrincipalOrgID"), given("aws:ResourceOrgID"));
        if principal.is_some() && (resource.is_none() || resource == principal) {
            return granted;
        }
        let concerned = self.check_among(|check| policy_rule(check) == PolicyRule::OneOrganization);
        let outside = self.formula.terms.and([concerned, foreign]);
        let inside = self.formula.terms.not(outside);
        self.formula.terms.and([granted, inside])
    }

    /// The same in a free context, where the caller is of an organisation, and the resource of no other one.
    fn within_own_organization(&mut self, granted: Term, foreign: Term) -> Term {
        let concerned = self.check_among(|check| policy_rule(check) == PolicyRule::OneOrganization);
        let outside = self.formula.terms.and([concerned, foreign]);
        if outside == Terms::FALSE || granted == Terms::FALSE {
            return granted;
        }
        let principal = self.key(&ContextKey::new("aws:PrincipalOrgID"));
        let resource = self.key(&ContextKey::new("aws:ResourceOrgID"));
        let none = self.absent(&principal);
        let mut fits = self.formula.terms.not(none);
        if let KeyValue::Single(Text::Constant(id)) = &principal {
            let unsaid = self.absent(&resource);
            let same = self.one_value(&resource, &Language::exactly(id));
            let of_one = self.formula.terms.or([unsaid, same]);
            fits = self.formula.terms.and([fits, of_one]);
        }
        let inside = self.formula.terms.implies(outside, fits);
        self.formula.terms.and([granted, inside])
    }

    /// F47: a resource that nobody is said to own, and that has a policy, is the caller's own, or another account's.
    fn or_ownerless(&mut self, foreign: Term, has_policy: bool) -> Term {
        if !has_policy || !self.subject.kind.is_identity() {
            return foreign;
        }
        let ownerless =
            self.check_among(|check| is_ownerless(check) && policy_rule(check) != PolicyRule::Absent);
        if ownerless == Terms::FALSE {
            return foreign;
        }
        let own = self.choice(47, Terms::TRUE);
        let other = self.formula.terms.not(own);
        let other = self.formula.terms.and([ownerless, other]);
        self.formula.terms.or([foreign, other])
    }

    /// What of a grant counts for this kind of caller. Users of identity providers take on roles by calls of their own
    /// and do nothing else; a trust policy lets services and providers in by name alone, anonymous callers never
    /// (semantics:B5, B10).
    fn granted_to_kind(&mut self, any: Term, allow: Named) -> Term {
        let by_provider = self.check_among(is_by_provider);
        let others = self.formula.terms.not(by_provider);
        let (named, wanted) = match &self.subject.kind {
            SubjectKind::Root | SubjectKind::User { .. } | SubjectKind::Role { .. } => (any, others),
            SubjectKind::Provider { .. } => {
                let takes =
                    self.check_among(|check| takes_on_role(check) && check.full_name() != "sts:assumerole");
                (allow.service, takes)
            }
            SubjectKind::Service { .. } | SubjectKind::Anonymous => {
                let role = self.check_among(takes_on_role);
                let no_role = self.formula.terms.not(role);
                let everyone = self.formula.terms.and([allow.everyone, no_role]);
                (self.formula.terms.or([everyone, allow.service]), others)
            }
        };
        self.formula.terms.and([named, wanted])
    }

    /// F26: a role that assumes itself needs an entry in its own trust policy, or, for some old roles, none.
    fn or_self_assumed(&mut self, granted: Term) -> Term {
        if !matches!(self.subject.kind, SubjectKind::Role { .. }) || granted == Terms::TRUE {
            return granted;
        }
        let assumes = self.check_among(|check| check.full_name() == "sts:assumerole");
        if assumes == Terms::FALSE {
            return granted;
        }
        let resource = self.part.resource;
        let SubjectKind::Role { name, .. } = &self.subject.kind else { return granted };
        let front = format!("arn:{}:iam::{}:role/", self.subject.partition, self.subject.account);
        let mut bare = LanguageBuilder::new();
        bare.text(&front).text_ignoring_case(name);
        let mut in_path = LanguageBuilder::new();
        in_path.text(&front).star(CharacterSet::any()).text("/").text_ignoring_case(name);
        let itself = [bare.build(), in_path.build()].map(|role| self.formula.matches(resource, role));
        let itself = self.formula.terms.or(itself);
        let old = self.choice(26, Terms::FALSE);
        let spared = self.formula.terms.and([assumes, itself, old]);
        self.formula.terms.or([granted, spared])
    }

    /// F37: the root user needs a statement of the key's or trust policy that names its account, or, where there is
    /// no policy, none.
    fn root_of_a_key(&mut self, granted: Term, foreign: Term) -> Term {
        if self.subject.kind != SubjectKind::Root || self.query.context.is_none() {
            return granted;
        }
        let needs =
            self.check_among(|check| policy_rule(check) == PolicyRule::MustAllow && !is_by_provider(check));
        if needs == Terms::FALSE {
            return granted;
        }
        let without = self.choice(37, Terms::FALSE);
        let same = self.formula.terms.not(foreign);
        let spared = self.formula.terms.and([needs, same, without]);
        self.formula.terms.or([granted, spared])
    }

    /// A choice point: free, `evaluator` while it is pinned.
    pub(super) fn choice(&mut self, point: u8, evaluator: Term) -> Term {
        let point = OpenPoint(point);
        let predicate = UncertainPredicate::choice(point);
        self.uncertain(predicate, &[point], Terms::FALSE, Terms::TRUE, evaluator)
    }
}

/// The service by which policies of resources are looked up for a check: `sts` for calls on roles. None for other calls of
/// sts: no trust policy is asked about them, of which a world has one for each role.
pub(crate) fn policy_service(check: &Check) -> Option<&str> {
    match check.service.as_str() {
        "sts" => takes_on_role(check).then_some("sts"),
        _ => Some(&check.arn_service),
    }
}

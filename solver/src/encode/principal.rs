//! Whether a Principal or NotPrincipal element matches the caller, and by which form (semantics:B3, C4).

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::context::ContextKey;
use ringfence_model::open_point::{OpenPoint, UncertainPredicate};
use ringfence_model::policy::{Effect, Element, PolicyType, PrincipalPattern};
use ringfence_model::service_rules::GATEWAY_ENDPOINT_SERVICES;

use super::Encoder;
use super::check::Check;
use super::key::{Credential, Text};
use crate::formula::Openness;
use crate::subject::SubjectKind;
use crate::term::{Term, Terms};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// Where an element matches, by the form in which it names the caller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    /// `*`.
    pub(super) everyone: Term,
    /// The ARN of the caller's role session.
    pub(super) session: Term,
    /// The ARN of the user that calls.
    pub(super) user: Term,
    /// The ARN of the caller's federated-user session.
    pub(super) federated: Term,
    /// The ARN of the role whose session calls.
    pub(super) role: Term,
    /// The ARN of the user whose federated-user session calls.
    pub(super) user_of_federated: Term,
    /// The calling service, or the provider of the calling user.
    pub(super) service: Term,
    /// The caller's account.
    pub(super) account: Term,
}

impl Named {
    /// It matches nowhere.
    pub(super) const NOWHERE: Self = Self {
        everyone: Terms::FALSE,
        session: Terms::FALSE,
        user: Terms::FALSE,
        federated: Terms::FALSE,
        role: Terms::FALSE,
        user_of_federated: Terms::FALSE,
        service: Terms::FALSE,
        account: Terms::FALSE,
    };

    /// The forms, in the order of the fields.
    fn forms(self) -> [Term; 8] {
        [
            self.everyone,
            self.session,
            self.user,
            self.federated,
            self.role,
            self.user_of_federated,
            self.service,
            self.account,
        ]
    }

    fn from_forms(forms: [Term; 8]) -> Self {
        let [everyone, session, user, federated, role, user_of_federated, service, account] = forms;
        Self { everyone, session, user, federated, role, user_of_federated, service, account }
    }

    /// Where one of the forms matches.
    pub(super) fn any(self, terms: &mut Terms) -> Term {
        terms.or(self.forms())
    }

    /// Where either matches, form by form.
    pub(super) fn or(self, other: Self, terms: &mut Terms) -> Self {
        let mut forms = self.forms();
        for (form, other) in forms.iter_mut().zip(other.forms()) {
            *form = terms.or([*form, other]);
        }
        Self::from_forms(forms)
    }

    /// Where it matches and `guard` holds.
    pub(super) fn within(self, guard: Term, terms: &mut Terms) -> Self {
        let mut forms = self.forms();
        for form in &mut forms {
            *form = terms.and([*form, guard]);
        }
        Self::from_forms(forms)
    }
}

impl Encoder<'_> {
    /// Where `element` of a statement with `effect` matches the caller. An empty list matches nobody, negated or not
    /// (semantics:C10); so does no element, which the reader refuses where one is needed.
    pub(super) fn principal_element(
        &mut self,
        element: Option<&Element<PrincipalPattern>>,
        effect: Effect,
        policy_type: PolicyType,
    ) -> Named {
        let Some(element) = element.filter(|element| !element.values.is_empty()) else {
            return Named::NOWHERE;
        };
        let mut named = Named::NOWHERE;
        for pattern in &element.values {
            let one = self.principal_pattern(pattern, policy_type);
            named = named.or(one, &mut self.formula.terms);
        }
        if !element.negated {
            return named;
        }
        let everyone = self.not_named(element, effect, named, policy_type);
        Named { everyone, ..Named::NOWHERE }
    }

    /// Where a NotPrincipal element matches that lists `named`. Which forms of the caller it must list to exempt it is
    /// undocumented (F8): all of them, or any one.
    fn not_named(
        &mut self,
        element: &Element<PrincipalPattern>,
        effect: Effect,
        named: Named,
        policy_type: PolicyType,
    ) -> Term {
        let of_resource = matches!(policy_type, PolicyType::Resource | PolicyType::Trust);
        let attachable = matches!(self.subject.kind, SubjectKind::User { .. } | SubjectKind::Role { .. });
        if effect == Effect::Deny && self.bounded && attachable && of_resource {
            // Whoever has a boundary is matched, whatever is listed (semantics:B3, exception).
            return Terms::TRUE;
        }
        let any = named.any(&mut self.formula.terms);
        let none = self.formula.terms.not(any);
        let all = self.all_forms(named, policy_type);
        let some_missing = self.formula.terms.not(all);
        let predicate = UncertainPredicate::not_principal(&element.values);
        self.uncertain(predicate, &[OpenPoint(8)], none, some_missing, some_missing)
    }

    /// Where every form of the caller is listed: its account only where that means the whole account.
    fn all_forms(&mut self, mut named: Named, policy_type: PolicyType) -> Term {
        let account = self.account_form(self.subject.account, policy_type);
        let without = self.formula.terms.not(account);
        if self.subject.kind.is_identity() {
            named.account = self.formula.terms.or([named.account, without]);
        }
        let forms = match &self.subject.kind {
            SubjectKind::Root => named.account,
            SubjectKind::User { .. } => {
                let federated = self.credential(Credential::FederatedUser);
                let session = self.formula.terms.and([named.federated, named.account]);
                let own = self.formula.terms.and([named.user, named.account]);
                let not_federated = self.formula.terms.not(federated);
                let own = self.formula.terms.and([not_federated, own]);
                let session = self.formula.terms.and([federated, session]);
                self.formula.terms.or([own, session])
            }
            SubjectKind::Role { .. } => self.formula.terms.and([named.session, named.role, named.account]),
            SubjectKind::Service { .. } | SubjectKind::Provider { .. } => named.service,
            SubjectKind::Anonymous => Terms::FALSE,
        };
        self.formula.terms.or([named.everyone, forms])
    }

    /// Where one value names the caller.
    fn principal_pattern(&mut self, pattern: &PrincipalPattern, policy_type: PolicyType) -> Named {
        let named = |place: fn(&mut Named) -> &mut Term, term: Term| {
            let mut named = Named::NOWHERE;
            *place(&mut named) = term;
            named
        };
        match (pattern, &self.subject.kind) {
            (PrincipalPattern::Everyone, _) => named(|named| &mut named.everyone, Terms::TRUE),
            (PrincipalPattern::Aws(text), kind) if kind.is_identity() => {
                self.aws_principal(pattern, text, policy_type)
            }
            (PrincipalPattern::Service(text), SubjectKind::Service { name })
            | (PrincipalPattern::Federated(text), SubjectKind::Provider { name }) => {
                let same = Terms::constant(text == name);
                named(|named| &mut named.service, same)
            }
            (PrincipalPattern::CanonicalUser(_), kind)
                if kind.is_identity() && self.query.context.is_none() && policy_type != PolicyType::Trust =>
            {
                // The canonical id of some account, perhaps of this one: nothing in the world tells.
                let pinned = self.formula.pin(Openness::ResourcePolicies);
                let open = self.formula.terms.not(pinned);
                let (_, own) = self.formula.flag("a canonical user id is the caller's account");
                let term = self.formula.terms.and([open, own]);
                named(|named| &mut named.account, term)
            }
            (
                PrincipalPattern::Aws(_)
                | PrincipalPattern::Service(_)
                | PrincipalPattern::Federated(_)
                | PrincipalPattern::CanonicalUser(_),
                _,
            ) => Named::NOWHERE,
        }
    }

    /// Where a value under `AWS` names the caller, who is an identity of an account.
    fn aws_principal(&mut self, pattern: &PrincipalPattern, text: &str, policy_type: PolicyType) -> Named {
        let subject = self.subject;
        let nowhere = Named::NOWHERE;
        if text == "*" {
            return Named { everyone: Terms::TRUE, ..nowhere };
        }
        if let Some(account) = AccountId::parse(text) {
            return Named { account: self.account_form(account, policy_type), ..nowhere };
        }
        let Some(arn) = Arn::parse(text) else { return nowhere };
        if arn.partition != subject.partition || AccountId::parse(arn.account) != Some(subject.account) {
            return nowhere;
        }
        let (kind, rest) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
        let last = rest.rsplit('/').next().unwrap_or_default();
        match (arn.service, kind, &subject.kind) {
            ("iam", "root", _) if rest.is_empty() => {
                Named { account: self.account_form(subject.account, policy_type), ..nowhere }
            }
            ("iam", "user", SubjectKind::User { path, name }) => {
                // Of a federated-user session's maker only the name is known.
                let federated = self.credential(Credential::FederatedUser);
                let own = self.formula.terms.not(federated);
                let (same, in_path, maker) = if subject.any_name.is_some() {
                    let (_, maker) = self.formula.flag(&format!("anybody who made the session is {last}"));
                    let now =
                        if self.is_pinned(text) { Terms::FALSE } else { self.is_named(text, last, pattern) };
                    let before = if self.is_as_before(rest, last, path) {
                        self.same_name(last, name, pattern)
                    } else {
                        Terms::FALSE
                    };
                    (self.formula.terms.or([now, before]), Terms::TRUE, maker)
                } else {
                    let in_path = rest.strip_suffix(last) == path.strip_prefix('/');
                    let same = self.same_name(last, name, pattern);
                    (same, Terms::constant(in_path), same)
                };
                Named {
                    user: self.formula.terms.and([same, own, in_path]),
                    user_of_federated: self.formula.terms.and([maker, federated]),
                    ..nowhere
                }
            }
            ("iam", "role", SubjectKind::Role { .. }) if self.is_pinned(text) => nowhere,
            ("iam", "role", SubjectKind::Role { name, .. }) => {
                Named { role: self.same_role(last, name, pattern), ..nowhere }
            }
            ("sts", "assumed-role", SubjectKind::Role { name, .. }) => {
                let Some((role, session)) = rest.split_once('/') else { return nowhere };
                let same = self.same_role(role, name, pattern);
                let session = self.session_is(session);
                Named { session: self.formula.terms.and([same, session]), ..nowhere }
            }
            ("sts", "federated-user", SubjectKind::User { .. }) => {
                let federated = self.credential(Credential::FederatedUser);
                let is_it = self.federated_name_is(rest);
                Named { federated: self.formula.terms.and([federated, is_it]), ..nowhere }
            }
            _ => nowhere,
        }
    }

    /// The account form names the caller if it belongs to the account. The policy of a gateway endpoint reads it as
    /// the root user alone (semantics:B5); where the endpoint's type is not known, its service tells.
    fn account_form(&mut self, account: AccountId, policy_type: PolicyType) -> Term {
        if account != self.subject.account {
            return Terms::FALSE;
        }
        let root = self.subject.kind == SubjectKind::Root;
        if policy_type != PolicyType::VpcEndpoint || root {
            return Terms::TRUE;
        }
        match self.subject.policies.settings.interface_endpoint {
            Some(interface) => Terms::constant(interface),
            None => self.check_among(|check| !passes_gateways(check)),
        }
    }

    /// The names are those of one principal: letter case apart, or not (F9). Names are unique without it.
    fn same_name(&mut self, written: &str, name: &str, pattern: &PrincipalPattern) -> Term {
        if written == name {
            return Terms::TRUE;
        }
        if !written.eq_ignore_ascii_case(name) {
            return Terms::FALSE;
        }
        let predicate = UncertainPredicate::principal(pattern);
        self.uncertain(predicate, &[OpenPoint(9)], Terms::FALSE, Terms::TRUE, Terms::TRUE)
    }

    /// The subject stands for principals whom a Principal element does not mean by this ARN.
    fn is_pinned(&self, arn: &str) -> bool {
        let anybody = self.subject.any_name.as_ref();
        anybody.is_some_and(|anybody| anybody.pinned.contains(&arn.to_ascii_lowercase()))
    }

    /// A user that was renamed was in this path, so that the element may mean it as it was called before.
    fn is_as_before(&self, rest: &str, last: &str, path: &str) -> bool {
        self.subject.any_name.as_ref().is_some_and(|anybody| anybody.renamed)
            && rest.strip_suffix(last) == path.strip_prefix('/')
    }

    /// The caller is the role of this name, in whatever path.
    fn same_role(&mut self, written: &str, name: &str, pattern: &PrincipalPattern) -> Term {
        if self.subject.any_name.is_none() {
            return self.same_name(written, name, pattern);
        }
        let (partition, account) = (self.subject.partition.clone(), self.subject.account);
        self.is_named(&format!("arn:{partition}:iam::{account}:role*/{written}"), written, pattern)
    }

    /// Anybody for whom the subject stands has an ARN of this pattern, which ends with a name: letter case of that apart, or not (F9).
    fn is_named(&mut self, arn: &str, name: &str, pattern: &PrincipalPattern) -> Term {
        let taken = self.subject.any_name.as_ref().map(|anybody| &anybody.taken);
        if taken.is_some_and(|taken| taken.contains(&name.to_ascii_lowercase())) {
            return Terms::FALSE;
        }
        let front = arn.strip_suffix(name).unwrap_or(arn);
        let path = CharacterSet::from_ranges(vec![('!', '~')]);
        let value = self.key(&ContextKey::new("aws:PrincipalArn"));
        let mut exactly = LanguageBuilder::new();
        exactly.glob(front, &path).text(name);
        let mut in_any_case = LanguageBuilder::new();
        in_any_case.glob(front, &path).text_ignoring_case(name);
        let same = self.one_value(&value, &exactly.build());
        let like = self.one_value(&value, &in_any_case.build());
        let predicate = UncertainPredicate::principal(pattern);
        self.uncertain(predicate, &[OpenPoint(9)], same, like, like)
    }

    /// The caller's role session has this name.
    fn session_is(&mut self, name: &str) -> Term {
        if let Some(own) = &self.subject.session_name {
            return Terms::constant(own == name);
        }
        let value = self.key(&ContextKey::new("aws:userid"));
        let super::key::KeyValue::Single(text) = value else { return Terms::FALSE };
        match &text {
            Text::Constant(id) => Terms::constant(id.split_once(':').is_some_and(|(_, own)| own == name)),
            Text::Attribute(_) | Text::Behind { .. } => {
                let prefix = self.subject.unique_id.clone().unwrap_or_else(|| "*".to_owned());
                let mut builder = LanguageBuilder::new();
                builder.glob(&prefix, &CharacterSet::except(':'));
                builder.text(":").text(name);
                self.text_matches(&text, builder.build())
            }
        }
    }

    /// The caller's federated-user session has this name.
    fn federated_name_is(&mut self, name: &str) -> Term {
        if let Some(own) = &self.subject.session_name {
            return Terms::constant(own == name);
        }
        let arn =
            format!("arn:{}:sts::{}:federated-user/{name}", self.subject.partition, self.subject.account);
        let value = self.key(&ContextKey::new("aws:PrincipalArn"));
        self.one_value(&value, &Language::exactly(&arn))
    }
}

/// The service is one that gateway endpoints lead to.
pub(super) fn passes_gateways(check: &Check) -> bool {
    GATEWAY_ENDPOINT_SERVICES.contains(&check.service.as_str())
}

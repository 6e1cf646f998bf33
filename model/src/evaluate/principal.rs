//! Whether a Principal or NotPrincipal element matches the caller, and by which form (semantics:C4).

use std::fmt;

use super::scope::Scope;
use super::truth::Truth;
use crate::arn::{AccountId, Arn};
use crate::open_point::UncertainPredicate;
use crate::policy::{Effect, Element, PrincipalPattern};
use crate::principal::Principal;

/// The form by which an element names the caller. What a resource policy grants depends on it (semantics:B3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalForm {
    /// `*`, or NotPrincipal.
    Everyone,
    /// The ARN of this very role session.
    Session,
    /// The ARN of the user who calls.
    User,
    /// The ARN of this very federated-user session.
    FederatedUser,
    /// The ARN of the role whose session calls.
    Role,
    /// The ARN of the user whose federated-user session calls.
    UserOfFederatedUser,
    /// The service that calls for itself.
    Service,
    /// The identity provider whose user calls.
    Provider,
    /// The caller's account, as its id or the ARN of its root user.
    Account,
}

impl PrincipalForm {
    /// All forms; those that grant past boundary and session policy first, the account last.
    const ALL: [Self; 9] = [
        Self::Everyone,
        Self::Session,
        Self::User,
        Self::FederatedUser,
        Self::Service,
        Self::Provider,
        Self::Role,
        Self::UserOfFederatedUser,
        Self::Account,
    ];
}

impl fmt::Display for PrincipalForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everyone => "everyone",
            Self::Session => "this session",
            Self::User => "this user",
            Self::FederatedUser => "this federated-user session",
            Self::Role => "the role of the session",
            Self::UserOfFederatedUser => "the user of the session",
            Self::Service => "this service",
            Self::Provider => "this identity provider",
            Self::Account => "the account",
        })
    }
}

/// By which forms an element matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Matched([Truth; 9]);

impl Matched {
    /// By none.
    pub(super) const NONE: Self = Self([Truth::FALSE; 9]);

    /// By every form.
    pub(super) const EVERY: Self = Self([Truth::TRUE; 9]);

    /// By one form alone.
    pub(super) fn by(form: PrincipalForm, truth: Truth) -> Self {
        let mut matched = Self::NONE;
        matched.add(form, truth);
        matched
    }

    fn add(&mut self, form: PrincipalForm, truth: Truth) {
        if let Some(known) = self.0.get_mut(form as usize) {
            *known = known.or(truth);
        }
    }

    /// By `form`.
    pub(super) fn form(&self, form: PrincipalForm) -> Truth {
        self.0.get(form as usize).copied().unwrap_or(Truth::FALSE)
    }

    /// By some form.
    pub(super) fn any(&self) -> Truth {
        self.0.iter().fold(Truth::FALSE, |any, truth| any.or(*truth))
    }

    /// The form that grants most of those by which it matches, under the readings in force.
    pub(super) fn strongest(&self) -> Option<PrincipalForm> {
        PrincipalForm::ALL.into_iter().find(|form| self.form(*form).value)
    }

    /// Each form here or there.
    pub(super) fn or(mut self, other: &Self) -> Self {
        for (known, truth) in self.0.iter_mut().zip(&other.0) {
            *known = known.or(*truth);
        }
        self
    }

    /// Each form, if `truth` holds besides.
    pub(super) fn and(mut self, truth: Truth) -> Self {
        for known in &mut self.0 {
            *known = known.and(truth);
        }
        self
    }

    /// True where no reading can change any of it.
    pub(super) fn is_certain(&self) -> bool {
        self.0.iter().all(|truth| truth.is_certain())
    }
}

/// Whom a Principal that names an account means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountReading {
    /// Everybody of the account.
    WholeAccount,
    /// Its root user alone, as gateway endpoints read it (semantics:B5).
    RootUserOnly,
}

/// The caller as Principal elements see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller<'a> {
    pub(super) principal: &'a Principal,
    /// It is a user or role with a permissions boundary, and the policy is one of a resource: a Deny with NotPrincipal
    /// then matches whatever it lists (semantics:B3).
    pub(super) bounded: bool,
    pub(super) accounts: AccountReading,
}

/// Whether `element` of a statement with `effect` matches `caller`. An empty list matches nobody, negated or not
/// (semantics:C10).
pub(super) fn principal_element(
    scope: &mut Scope<'_>,
    element: &Element<PrincipalPattern>,
    effect: Effect,
    caller: Caller<'_>,
) -> Matched {
    if element.values.is_empty() {
        return Matched::NONE;
    }
    if element.negated && effect == Effect::Deny && caller.bounded {
        return Matched::by(PrincipalForm::Everyone, Truth::TRUE);
    }
    let listed = listed(scope, &element.values, caller);
    if !element.negated {
        return listed;
    }
    Matched::by(PrincipalForm::Everyone, not_principal(scope, element, listed, caller))
}

fn listed(scope: &mut Scope<'_>, values: &[PrincipalPattern], caller: Caller<'_>) -> Matched {
    let mut listed = Matched::NONE;
    for pattern in values {
        if let Some((form, truth)) = principal_value(scope, pattern, caller) {
            listed.add(form, truth);
        }
    }
    listed
}

/// NotPrincipal (F8). Documented choice: the caller is exempt only if all its forms are listed, of a role session the
/// session, the role and the account. Other reading: any form exempts.
fn not_principal(
    scope: &mut Scope<'_>,
    element: &Element<PrincipalPattern>,
    listed: Matched,
    caller: Caller<'_>,
) -> Truth {
    let none = listed.any().not();
    let forms = required_forms(caller);
    let all = forms.iter().fold(Truth::certain(!forms.is_empty()), |all, form| all.and(listed.form(*form)));
    let incomplete = all.or(listed.form(PrincipalForm::Everyone)).not();
    if none == incomplete {
        return none;
    }
    let strict = scope.uncertain(true, false, true, || UncertainPredicate::not_principal(&element.values));
    none.or(incomplete.and(strict))
}

/// The forms by which AWS may look a caller up in NotPrincipal.
fn required_forms(caller: Caller<'_>) -> &'static [PrincipalForm] {
    use PrincipalForm::{Account, FederatedUser, Provider, Role, Service, Session, User};
    let with_account = caller.accounts == AccountReading::WholeAccount;
    match caller.principal {
        Principal::Root { .. } => &[Account],
        Principal::User { .. } if with_account => &[User, Account],
        Principal::User { .. } => &[User],
        Principal::RoleSession { .. } if with_account => &[Session, Role, Account],
        Principal::RoleSession { .. } => &[Session, Role],
        Principal::FederatedUser { .. } if with_account => &[FederatedUser, Account],
        Principal::FederatedUser { .. } => &[FederatedUser],
        Principal::Service(_) => &[Service],
        Principal::FederatedProvider(_) => &[Provider],
        Principal::Anonymous => &[],
    }
}

/// The form by which one value names the caller; none if it names others.
fn principal_value(
    scope: &mut Scope<'_>,
    pattern: &PrincipalPattern,
    caller: Caller<'_>,
) -> Option<(PrincipalForm, Truth)> {
    match (pattern, caller.principal) {
        (PrincipalPattern::Everyone, _) => Some((PrincipalForm::Everyone, Truth::TRUE)),
        (PrincipalPattern::Service(name), Principal::Service(service)) => {
            (name == service).then_some((PrincipalForm::Service, Truth::TRUE))
        }
        (PrincipalPattern::Federated(name), Principal::FederatedProvider(provider)) => {
            (name == provider).then_some((PrincipalForm::Provider, Truth::TRUE))
        }
        (PrincipalPattern::Aws(text), _) => aws_value(scope, pattern, text, caller),
        // A canonical user is no caller that a request can name.
        (
            PrincipalPattern::Service(_)
            | PrincipalPattern::Federated(_)
            | PrincipalPattern::CanonicalUser(_),
            _,
        ) => None,
    }
}

/// A value under `AWS`: an account, or the ARN of an account, user, role or session. A unique id stands for a user or
/// role that was deleted, and names nobody.
fn aws_value(
    scope: &mut Scope<'_>,
    pattern: &PrincipalPattern,
    text: &str,
    caller: Caller<'_>,
) -> Option<(PrincipalForm, Truth)> {
    let account = caller.principal.account()?;
    let whole =
        caller.accounts == AccountReading::WholeAccount || matches!(caller.principal, Principal::Root { .. });
    let by_account = |named: Option<AccountId>| {
        (whole && named == Some(account)).then_some((PrincipalForm::Account, Truth::TRUE))
    };
    let Some(arn) = Arn::parse(text) else { return by_account(AccountId::parse(text)) };
    if Some(arn.partition) != caller.principal.partition() || AccountId::parse(arn.account) != Some(account) {
        return None;
    }
    if arn.service == "iam" && arn.resource == "root" {
        return by_account(Some(account));
    }
    let (kind, name) = arn.resource.split_once('/')?;
    let last = name.rsplit('/').next().unwrap_or(name);
    match (arn.service, kind, caller.principal) {
        ("iam", "user", Principal::User { path, name: caller, .. }) => {
            let in_path = name.strip_suffix(last) == path.strip_prefix('/');
            in_path.then(|| (PrincipalForm::User, same_name(scope, pattern, last, caller)))
        }
        ("iam", "user", Principal::FederatedUser { name: session, user, .. }) => {
            let maker = user.as_deref().unwrap_or(session);
            Some((PrincipalForm::UserOfFederatedUser, same_name(scope, pattern, last, maker)))
        }
        ("iam", "role", Principal::RoleSession { role, .. }) => {
            Some((PrincipalForm::Role, same_name(scope, pattern, last, role)))
        }
        ("sts", "assumed-role", Principal::RoleSession { role, session, .. }) => {
            let (named_role, named_session) = name.split_once('/')?;
            if named_session != session {
                return None;
            }
            Some((PrincipalForm::Session, same_name(scope, pattern, named_role, role)))
        }
        ("sts", "federated-user", Principal::FederatedUser { name: caller, .. }) => {
            (name == caller).then_some((PrincipalForm::FederatedUser, Truth::TRUE))
        }
        _ => None,
    }
}

/// Whether the user or role called `named` in a policy is the one called `name`: letter case does not count, or counts
/// (F9).
fn same_name(scope: &mut Scope<'_>, pattern: &PrincipalPattern, named: &str, name: &str) -> Truth {
    let lax = named.eq_ignore_ascii_case(name);
    scope.uncertain(lax, named == name, lax, || UncertainPredicate::principal(pattern))
}

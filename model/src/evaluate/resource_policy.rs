//! What the resource's own policy grants, beside the caller's own policies or together with them (semantics:B3–B5).

use super::policy_type::Layers;
use super::principal::{Matched, PrincipalForm};
use super::scope::Scope;
use super::truth::Truth;
use crate::open_point::{OpenPoint, UncertainPredicate};

/// What the policies on the caller's side allow.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallerSide {
    /// The identity policies. A root user needs none.
    pub(super) identity: Truth,
    /// The permissions boundary, or there is none.
    pub(super) boundary: Truth,
    /// The session policy, or none is needed.
    pub(super) session: Truth,
}

impl CallerSide {
    /// All of them allow.
    pub(super) fn allows(self) -> Truth {
        self.identity.and(self.within())
    }

    /// Boundary and session policy allow.
    fn within(self) -> Truth {
        self.boundary.and(self.session)
    }
}

/// Caller and resource are of one account (semantics:B3). What names the caller itself, or everyone, is not limited by
/// boundary and session policy; what names the role behind a session is; what names the account only delegates to the
/// caller's own policies. If the resource `must_allow`, as roles and KMS keys must, those alone do not suffice
/// (semantics:B5).
pub(super) fn within_account(
    scope: &mut Scope<'_>,
    side: CallerSide,
    grants: &Matched,
    must_allow: bool,
) -> Truth {
    let [everyone, session, user, federated_user, role, user_of_federated_user, account] =
        identity_forms(grants);
    let own = if must_allow { account.and(side.allows()) } else { side.allows() };
    let direct = everyone.or(user).or(federated_user);
    let limited = role.or(user_of_federated_user).and(side.within());
    let sure = own.or(direct).or(limited);
    if sure.lower || !session.upper {
        return sure;
    }
    if side.session.lower {
        return sure.or(session);
    }
    // F1: the policy names the session, and the session policy does not allow.
    let past = scope.uncertain(true, false, true, || UncertainPredicate::choice(OpenPoint(1)));
    sure.or(session.and(side.session.or(past)))
}

/// Caller and resource are of different accounts: both sides must allow (semantics:B4). In the other reading of F2 a
/// policy that names the session, or everyone, passes boundary and session policy here too.
pub(super) fn across_accounts(scope: &mut Scope<'_>, side: CallerSide, grants: &Matched) -> Truth {
    let forms = identity_forms(grants);
    let any = forms.iter().fold(Truth::FALSE, |any, truth| any.or(*truth));
    let sure = any.and(side.allows());
    let [everyone, session, _, federated_user, ..] = forms;
    let past = everyone.or(session).or(federated_user).and(side.identity);
    if sure.lower || !past.upper {
        return sure;
    }
    let passes = scope.uncertain(false, false, true, || UncertainPredicate::choice(OpenPoint(2)));
    sure.or(past.and(passes))
}

/// Nothing says whose resource it is: the caller's own, where `own` is the core, or another account's, whose policy must
/// then allow too (F47). Without a policy of the resource it is taken for the caller's own, as the request says.
pub(super) fn of_either_account(
    scope: &mut Scope<'_>,
    side: CallerSide,
    grants: &Matched,
    own: Truth,
) -> Truth {
    let both = across_accounts(scope, side, grants);
    if both.lower {
        return own;
    }
    let is_own = scope.uncertain(true, false, true, || UncertainPredicate::choice(OpenPoint(47)));
    Truth {
        value: if is_own.value { own.value } else { both.value },
        lower: own.lower && both.lower,
        upper: own.upper || both.upper,
    }
}

/// The forms that name identities of accounts, accounts last.
fn identity_forms(grants: &Matched) -> [Truth; 7] {
    [
        PrincipalForm::Everyone,
        PrincipalForm::Session,
        PrincipalForm::User,
        PrincipalForm::FederatedUser,
        PrincipalForm::Role,
        PrincipalForm::UserOfFederatedUser,
        PrincipalForm::Account,
    ]
    .map(|form| grants.form(form))
}

/// The caller has no policies of its own: a service, an identity provider's user, nobody (semantics:B10). A trust
/// policy lets services and providers in by name alone.
pub(super) fn by_resource_alone(layers: &Layers, form: Option<PrincipalForm>, trust: bool) -> Truth {
    let named = form.map_or(Truth::FALSE, |form| layers.grants.form(form));
    if trust { named } else { named.or(layers.grants.form(PrincipalForm::Everyone)) }
}

//! Roles that identity providers let in.

use std::sync::Arc;

use ringfence_model::arn::Arn;
use ringfence_model::policy::{Effect, PrincipalPattern, Statement};

use super::{Bound, Maker};
use crate::encode::action::may_match;
use crate::steps::cast::{MemberId, MemberKind};
use crate::steps::closure::Mode;
use crate::steps::guard::Binding;
use crate::steps::state::Fact;

/// How trust policies name the identity pools of Cognito.
const COGNITO: &str = "cognito-identity.amazonaws.com";

/// What the issuers of accounts are called, whose tokens STS signs: `https://<id>.tokens.sts.global.api.aws`
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound_getting_started.html>).
const OWN_ISSUER: &str = ".tokens.sts.";

/// Which providers the calls of a primitive let somebody in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Identity pools of Cognito.
    Cognito,
    /// Issuers of accounts.
    Sts,
    /// OIDC and SAML providers that accounts have.
    OfAccount,
}

impl Maker<'_> {
    /// Whoever opens a provider is let in by the roles that trust it.
    pub(super) fn providers(&self) -> Vec<Bound> {
        let mut all = Vec::new();
        let all_of = |front: &str| self.primitive.all_requests().all(|asked| asked.action.starts_with(front));
        let kind = match (all_of("cognito-"), all_of("sts:")) {
            (true, _) => Kind::Cognito,
            (_, true) => Kind::Sts,
            (false, false) => Kind::OfAccount,
        };
        for (id, member) in self.members(MemberKind::Role, |_, _| true) {
            let trust = member.subject.kind.trust().map(|trust| &trust.document.statements);
            for statement in trust.into_iter().flatten().filter(|statement| lets_providers_in(statement)) {
                let values = statement.principal.iter().flat_map(|element| &element.values);
                all.extend(values.filter_map(|value| self.let_in_by(id, value, kind)));
                // Whom a NotPrincipal leaves is everybody else.
                if statement.principal.as_ref().is_some_and(|element| element.negated) {
                    all.extend(self.let_in_by(id, &PrincipalPattern::Everyone, kind));
                }
            }
        }
        all
    }

    fn let_in_by(&self, id: MemberId, value: &PrincipalPattern, kind: Kind) -> Option<Bound> {
        let owner = self.cast.member(id).map(crate::steps::cast::Member::account);
        // The role is not what the calls are about, which may be made in another account.
        let of_any = || Binding { owner, ..Binding::default() };
        let binding = match value {
            PrincipalPattern::Federated(provider) if kind == Kind::Cognito => {
                (provider == COGNITO).then(of_any)?
            }
            PrincipalPattern::Federated(provider) if kind == Kind::Sts => {
                provider.to_ascii_lowercase().contains(OWN_ISSUER).then(of_any)?
            }
            PrincipalPattern::Federated(provider) if Arn::parse(provider).is_some() => {
                Binding { member: Some(id), arn: Some(Arc::from(provider.as_str())), ..Binding::default() }
            }
            // Whether it means users of providers AWS does not say: proofs take it that it does.
            PrincipalPattern::Everyone if self.mode == Mode::May => of_any(),
            PrincipalPattern::Everyone
            | PrincipalPattern::Federated(_)
            | PrincipalPattern::Aws(_)
            | PrincipalPattern::Service(_)
            | PrincipalPattern::CanonicalUser(_) => return None,
        };
        Some((binding, Vec::new(), vec![Fact::Held(id, None)]))
    }
}

/// The statement may let users of a provider make a session.
fn lets_providers_in(statement: &Statement) -> bool {
    statement.effect == Effect::Allow
        && ["assumerolewithsaml", "assumerolewithwebidentity"]
            .iter()
            .any(|call| may_match(statement, "sts", call))
}

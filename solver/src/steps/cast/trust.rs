//! Whom trust policies may let in, as far as their Principal elements tell.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::condition::Condition;
use ringfence_model::policy::{Effect, Element, PrincipalPattern, Statement};

use super::{Cast, Member, MemberId, MemberKind, last_name};
use crate::encode::action::may_match;
use crate::encode::statement::keys_of;

impl Cast<'_> {
    /// Whom the role's trust policy may let make the call of STS that has this name, in small letters, whatever its conditions say; none
    /// where that is not known.
    fn named_by_trust(
        &self,
        role: MemberId,
        call: &str,
    ) -> Option<impl Iterator<Item = &Element<PrincipalPattern>>> {
        let trust = self.member(role)?.subject.kind.trust()?;
        let allows = trust.document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        let about = allows.filter(move |statement| may_match(statement, "sts", call));
        Some(about.filter_map(|statement| statement.principal.as_ref()))
    }

    /// False only if no statement of the role's trust policy may let the caller make the call of STS that has this name, in small
    /// letters, whatever its conditions say.
    pub fn may_trust(&self, role: MemberId, caller: MemberId, call: &str) -> bool {
        let (Some(mut named), Some(caller)) = (self.named_by_trust(role, call), self.member(caller)) else {
            return true;
        };
        named.any(|element| {
            element.negated || element.values.iter().any(|value| Self::may_name(value, caller))
        })
    }

    /// The accounts of all whom [`Self::may_trust`] may be true of; none where that may be any.
    pub fn trusted_accounts(&self, role: MemberId, call: &str) -> Option<BTreeSet<AccountId>> {
        let mut all = BTreeSet::new();
        for element in self.named_by_trust(role, call)? {
            if element.negated {
                return None;
            }
            for value in &element.values {
                match value {
                    PrincipalPattern::Everyone => return None,
                    PrincipalPattern::Aws(text) => {
                        let account = Arn::parse(text).map_or(text.as_str(), |arn| arn.account);
                        all.insert(AccountId::parse(account)?);
                    }
                    PrincipalPattern::Service(_)
                    | PrincipalPattern::Federated(_)
                    | PrincipalPattern::CanonicalUser(_) => {}
                }
            }
        }
        Some(all)
    }

    /// False only if the value of a Principal element names somebody else.
    fn may_name(value: &PrincipalPattern, caller: &Member) -> bool {
        let text = match value {
            PrincipalPattern::Everyone => return true,
            PrincipalPattern::Aws(text) => text,
            PrincipalPattern::Service(_)
            | PrincipalPattern::Federated(_)
            | PrincipalPattern::CanonicalUser(_) => {
                return false;
            }
        };
        let own = caller.account().to_string();
        if text.len() == own.len() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return *text == own;
        }
        let Some(arn) = Arn::parse(text) else { return true };
        if arn.account != own {
            return false;
        }
        let kind = match arn.resource.split_once('/') {
            Some(("role", _)) => MemberKind::Role,
            Some(("user", _)) => MemberKind::User,
            Some(_) | None => return true,
        };
        if arn.service != "iam" {
            return true;
        }
        if let Some(anybody) = &caller.subject.any_name {
            return caller.kind == kind && !anybody.taken.contains(&last_name(text));
        }
        // Whether letter case counts in names is open (semantics:F9); paths may be left out.
        last_name(text) == last_name(caller.arn())
    }

    /// The users whom trust policies name that also ask what callers are called, by role.
    pub(super) fn trusted_by_name(&self) -> BTreeMap<MemberId, BTreeSet<MemberId>> {
        let asks_for_names = |statement: &Statement| {
            let keys = keys_of(statement);
            keys.into_iter().any(|key| ["aws:principalarn", "aws:username"].contains(&key.canonical()))
        };
        // An RCP is asked about who assumes a role, too.
        let controls = self.world.organization.iter().flat_map(|known| &known.resource_control_policies);
        let mut controls = controls.flat_map(|known| &known.policy.document.statements);
        let controlled = controls.any(asks_for_names);
        let mut all = BTreeMap::new();
        for role in self.ids() {
            let trust = self.member(role).and_then(|member| member.subject.kind.trust());
            let statements = || trust.iter().flat_map(|trust| &trust.document.statements);
            if !controlled && !statements().any(asks_for_names) {
                continue;
            }
            let named = statements().filter_map(|statement| statement.principal.as_ref());
            let users = named.flat_map(|element| &element.values).filter_map(|value| match value {
                PrincipalPattern::Aws(arn) if arn.contains(":user/") => self.find(arn),
                PrincipalPattern::Aws(_)
                | PrincipalPattern::Everyone
                | PrincipalPattern::Service(_)
                | PrincipalPattern::Federated(_)
                | PrincipalPattern::CanonicalUser(_) => None,
            });
            all.insert(role, users.collect());
        }
        all
    }

    /// The roles whose sessions may be given tags, by nobody but principals whom AWS knows by an ARN: no service, and no provider.
    pub(super) fn tagged_by_callers(&self) -> BTreeSet<MemberId> {
        let tagged = |id: &MemberId| self.member(*id).is_some_and(Member::has_tagged_sessions);
        self.ids().filter(|id| tagged(id) && self.is_tagged_by_callers(*id)).collect()
    }

    fn is_tagged_by_callers(&self, role: MemberId) -> bool {
        let is_caller = |value: &PrincipalPattern| matches!(value, PrincipalPattern::Aws(_));
        self.named_by_trust(role, "tagsession").is_some_and(|mut named| {
            named.all(|element| !element.negated && element.values.iter().all(is_caller))
        })
    }
}

/// Keys that requests of a service by itself do not have: they say which principal of an account calls.
const OF_PRINCIPALS: [&str; 6] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltype",
    "aws:username",
];

/// The services that the statements may let in, as they write them and without the Region in their names, or `*`.
pub fn services_of(statements: &[Statement]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for statement in statements.iter().filter(|statement| statement.effect == Effect::Allow) {
        let Some(element) = &statement.principal else { continue };
        let of_principals = || statement.conditions.iter().any(asks_for_principal);
        // Whom NotPrincipal lets in is everybody else.
        if element.negated && !of_principals() {
            all.insert("*".to_owned());
        }
        for value in element.values.iter().filter(|_| !element.negated) {
            match value {
                PrincipalPattern::Service(name) | PrincipalPattern::Federated(name) => {
                    all.insert(plain_service(name));
                    all.insert(name.clone());
                }
                // Everybody is said of services too: policies that mean others except those by aws:PrincipalIsAWSService.
                PrincipalPattern::Everyone if !of_principals() => {
                    all.insert("*".to_owned());
                }
                PrincipalPattern::Everyone
                | PrincipalPattern::Aws(_)
                | PrincipalPattern::CanonicalUser(_) => {}
            }
        }
    }
    all
}

/// The condition holds only where the caller is a principal of an account.
fn asks_for_principal(condition: &Condition) -> bool {
    let key = condition.key.canonical();
    condition.fails_by_absence() && (OF_PRINCIPALS.contains(&key) || key.starts_with("aws:principaltag/"))
}

/// The service principal without the Region that it may name, and without the ending of China's: `states.eu-west-1.amazonaws.com` is
/// `states.amazonaws.com` (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>).
fn plain_service(name: &str) -> String {
    let whole = name.strip_suffix(".cn").unwrap_or(name);
    let Some(front) = whole.strip_suffix(".amazonaws.com") else { return name.to_owned() };
    let service = match front.rsplit_once('.') {
        Some((service, last)) if is_region(last) => service,
        Some(_) | None => front,
    };
    format!("{service}.amazonaws.com")
}

/// `eu-west-1`, `us-gov-east-1`, …
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number =
        parts.last().is_some_and(|last| !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()));
    number && parts.len() >= 3 && parts.first().is_some_and(|first| first.len() == 2)
}

#[cfg(test)]
mod tests {
    use super::plain_service;

    #[test]
    fn regions_and_the_ending_of_china_are_left_out() {
        for (name, plain) in [
            ("states.eu-west-1.amazonaws.com", "states.amazonaws.com"),
            ("states.us-gov-east-1.amazonaws.com", "states.amazonaws.com"),
            ("ec2.amazonaws.com.cn", "ec2.amazonaws.com"),
            ("codedeploy.cn-north-1.amazonaws.com.cn", "codedeploy.amazonaws.com"),
            ("resources.cloudformation.amazonaws.com", "resources.cloudformation.amazonaws.com"),
            ("cognito-identity.amazonaws.com", "cognito-identity.amazonaws.com"),
            ("accounts.google.com", "accounts.google.com"),
        ] {
            assert_eq!(plain_service(name), plain);
        }
    }
}

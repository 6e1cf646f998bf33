//! What AWS does not take although the formula says nothing of it: names and values that are too long, and session tags of
//! other characters (semantics:C9).
//!
//! A request beyond a limit cannot be made, so it refutes nothing. Whether another one is within the limits is not searched
//! for, so it proves nothing either.

use ringfence_model::context::{ContextKey, RequestContext};
use ringfence_model::principal::Principal;

use super::session_tags;
use crate::subject::Subject;

/// Characters of a session's name and of a source identity.
const SESSION_NAME: usize = 64;
/// Characters of the name of a federated-user session.
const FEDERATED_NAME: usize = 32;
/// Characters of a tag's key.
pub(crate) const TAG_KEY: usize = 128;
/// Characters of a tag's value.
const TAG_VALUE: usize = 256;
/// Characters of the name of a managed policy.
const POLICY_NAME: usize = 128;
/// Characters of a path of IAM, both slashes included.
const PATH: usize = 512;

/// Which limit of AWS a request of `subject`, made as `principal` in `context`, is beyond, as a sentence without a full
/// stop; none if it is within all of them.
pub(super) fn beyond_limits(
    subject: &Subject,
    principal: &Principal,
    context: &RequestContext,
) -> Option<String> {
    let long = |what: &str, text: &str, most: usize| {
        let length = text.chars().count();
        (length > most).then(|| format!("{what} of {length} characters, and AWS takes at most {most}"))
    };
    let of_principal = match principal {
        Principal::RoleSession { session, .. } => long("a session's name", session, SESSION_NAME),
        Principal::FederatedUser { name, .. } => long("a federated user's name", name, FEDERATED_NAME),
        Principal::Root { .. }
        | Principal::User { .. }
        | Principal::Service(_)
        | Principal::FederatedProvider(_)
        | Principal::Anonymous => None,
    };
    let value = |key: &str| context.get(&ContextKey::new(key)).and_then(|value| value.values().first());
    let of_keys = || {
        [
            ("a source identity", "aws:SourceIdentity"),
            ("a source identity", "sts:SourceIdentity"),
            ("a session's name", "sts:RoleSessionName"),
        ]
        .into_iter()
        .find_map(|(what, key)| long(what, value(key)?, SESSION_NAME))
    };
    let of_boundary = || {
        let (_, name) = value("iam:PermissionsBoundary")?.split_once(":policy/")?;
        let (path, name) = name.rsplit_once('/').unwrap_or(("", name));
        // The slashes around the path are not in it.
        long("a policy's name", name, POLICY_NAME).or_else(|| long("a policy's path", path, PATH - 2))
    };
    let of_tags = || {
        session_tags(subject, context).find_map(|(key, value)| {
            let other = key.chars().chain(value.chars()).find(|character| !is_of_tags(*character));
            let other = other.map(|character| {
                format!("a session tag with the character `{character}`, which AWS does not take")
            });
            long("a session tag's key", key, TAG_KEY)
                .or_else(|| long("a session tag's value", value, TAG_VALUE))
                .or(other)
        })
    };
    let beyond = of_principal.or_else(of_keys).or_else(of_boundary).or_else(of_tags)?;
    Some(format!("the only request that was found has {beyond}"))
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`, as far as ASCII goes; of all other characters those that are no control characters.
fn is_of_tags(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric() || " _.:/=+-@".contains(character);
    }
    !character.is_control()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use ringfence_model::arn::AccountId;
    use ringfence_model::context::{ContextKey, ContextValue, RequestContext};
    use ringfence_model::policy_set::PolicySet;
    use ringfence_model::principal::Principal;

    use super::beyond_limits;
    use crate::subject::{Federation, OpenTags, OrganizationFacts, Subject, SubjectKind};

    fn beyond(session: &str, keys: &[(&str, &str)]) -> Option<String> {
        let account = AccountId::parse("111122223333").unwrap();
        let subject = Subject {
            kind: SubjectKind::Root,
            arn: String::new(),
            partition: "aws".to_owned(),
            account,
            unique_id: None,
            tags: BTreeMap::from([("own".to_owned(), "{own}".to_owned())]),
            organization: OrganizationFacts::Unknown,
            policies: PolicySet::default(),
            federation: Federation::Never,
            session_name: None,
            resources: Arc::default(),
            any_name: None,
            open_tags: OpenTags::default(),
            given_tags: None,
        };
        let principal = Principal::RoleSession {
            partition: "aws".to_owned(),
            account,
            path: None,
            role: "r".to_owned(),
            session: session.to_owned(),
        };
        let mut context = RequestContext::default();
        for (key, value) in keys {
            context.insert(ContextKey::new(key), ContextValue::Single((*value).to_owned()));
        }
        beyond_limits(&subject, &principal, &context)
    }

    #[test]
    fn each_limit_is_met_or_exceeded_by_one() {
        let long = |count: usize| "a".repeat(count);
        assert_eq!(beyond(&long(64), &[]), None);
        assert!(beyond(&long(65), &[]).unwrap().contains("name of 65 characters, and AWS takes at most 64"));
        for (key, most, says) in [
            ("aws:SourceIdentity", 64, "a source identity of 65"),
            ("sts:RoleSessionName", 64, "a session's name of 65"),
            ("aws:PrincipalTag/team", 256, "a session tag's value of 257"),
        ] {
            assert_eq!(beyond("ab", &[(key, &long(most))]), None, "{key}");
            assert!(beyond("ab", &[(key, &long(most + 1))]).unwrap().contains(says), "{key}");
        }
        let key = |count: usize| format!("aws:PrincipalTag/{}", long(count));
        assert_eq!(beyond("ab", &[(&key(128), "x")]), None);
        assert!(beyond("ab", &[(&key(129), "x")]).unwrap().contains("a session tag's key of 129"));
        let boundary = |path: usize, name: usize| {
            format!("arn:aws:iam::111122223333:policy/{}/{}", long(path), long(name))
        };
        assert_eq!(beyond("ab", &[("iam:PermissionsBoundary", &boundary(510, 128))]), None);
        assert!(beyond("ab", &[("iam:PermissionsBoundary", &boundary(510, 129))]).is_some());
        assert!(beyond("ab", &[("iam:PermissionsBoundary", &boundary(511, 128))]).is_some());
    }

    #[test]
    fn session_tags_have_their_characters_and_own_tags_are_as_they_are() {
        assert_eq!(beyond("ab", &[("aws:PrincipalTag/own", "{own}")]), None);
        assert_eq!(beyond("ab", &[("aws:PrincipalTag/team", "\u{e4} _.:/=+-@9")]), None);
        assert!(beyond("ab", &[("aws:PrincipalTag/team", "{x}")]).unwrap().contains("the character `{`"));
        assert!(beyond("ab", &[("aws:PrincipalTag/own", "*")]).unwrap().contains("the character `*`"));
    }
}

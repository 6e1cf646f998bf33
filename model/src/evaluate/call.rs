//! The checks that a call makes besides the one that is asked about (semantics:A1, B5).

use crate::context::{ContextKey, RequestContext};
use crate::request::Request;
use crate::service_rules::ASSUME_ROLE_ACTIONS;

/// The checks that a call which makes a session makes besides `request`: sts:TagSession if it passes tags,
/// sts:SetSourceIdentity if it passes a source identity, sts:SetContext if it passes a context. The call succeeds only if
/// these are allowed too. Empty for all other actions.
pub fn further_checks(request: &Request) -> Vec<Request> {
    let Some((service, name)) = request.action.split_once(':') else { return Vec::new() };
    let is = |other: &&str| name.eq_ignore_ascii_case(other);
    let assumes = ASSUME_ROLE_ACTIONS.iter().any(&is);
    if !service.eq_ignore_ascii_case("sts") || !(assumes || is(&"GetFederationToken")) {
        return Vec::new();
    }
    let context = &request.context;
    let has = |key: &str| context.get(&ContextKey::new(key)).is_some_and(|value| !value.values().is_empty());
    let tags = has("aws:TagKeys") || has("sts:TransitiveTagKeys") || has_family(context, "aws:requesttag");
    [
        (tags, "sts:TagSession"),
        (assumes && has("sts:SourceIdentity"), "sts:SetSourceIdentity"),
        (
            assumes && (has("sts:RequestContextProviders") || has_family(context, "sts:requestcontext")),
            "sts:SetContext",
        ),
    ]
    .into_iter()
    .filter(|(needed, _)| *needed)
    .map(|(_, action)| Request { action: action.to_owned(), ..request.clone() })
    .collect()
}

fn has_family(context: &RequestContext, family: &str) -> bool {
    context.iter().any(|(key, _)| key.family().is_some_and(|(name, _)| name == family))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ALICE, request, with, with_list};
    use super::further_checks;
    use crate::request::Request;

    fn names(request: &Request) -> Vec<String> {
        further_checks(request).into_iter().map(|check| check.action).collect()
    }

    #[test]
    fn sessions_with_tags_and_identities_need_more_checks() {
        let role = "arn:aws:iam::111122223333:role/app";
        let plain = request(ALICE, "sts:AssumeRole", role);
        assert_eq!(names(&plain), [""; 0]);
        assert_eq!(names(&with_list(plain.clone(), "aws:TagKeys", &["team"])), ["sts:TagSession"]);
        assert_eq!(names(&with_list(plain.clone(), "aws:TagKeys", &[])), [""; 0]);
        assert_eq!(names(&with(plain.clone(), &[("AWS:RequestTag/team", "a")])), ["sts:TagSession"]);
        let both = with(plain, &[("sts:SourceIdentity", "anna"), ("aws:RequestTag/team", "a")]);
        assert_eq!(names(&both), ["sts:TagSession", "sts:SetSourceIdentity"]);
        assert!(further_checks(&both).iter().all(|check| check.resource == role));
        let other = with(request(ALICE, "ec2:RunInstances", "*"), &[("aws:RequestTag/team", "a")]);
        assert_eq!(names(&other), [""; 0]);
        let token = request(ALICE, "sts:GetFederationToken", "arn:aws:sts::111122223333:federated-user/b");
        assert_eq!(names(&with(token, &[("aws:RequestTag/team", "a")])), ["sts:TagSession"]);
    }
}

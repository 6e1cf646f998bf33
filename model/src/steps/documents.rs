//! Documents that steps put into place.

use std::sync::Arc;

use crate::arn::Arn;
use crate::location::Location;
use crate::policy::{ActionPattern, Effect, Element, PolicyDocument, PrincipalPattern, Statement, Version};
use crate::template::Template;
use crate::world::CoveredResources;

/// What the policy of a topic may allow.
const OF_TOPICS: [&str; 8] = [
    "sns:AddPermission",
    "sns:DeleteTopic",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:Publish",
    "sns:RemovePermission",
    "sns:SetTopicAttributes",
    "sns:Subscribe",
];

/// An identity policy that allows everything.
pub fn everything_allowed() -> Arc<PolicyDocument> {
    document(None, &["*"], Some(Element { negated: false, values: vec![Template::text("*")] }))
}

/// A trust policy that lets these in to assume the role.
pub fn trusting(principals: Vec<PrincipalPattern>) -> Arc<PolicyDocument> {
    let principal = Element { negated: false, values: principals };
    document(Some(principal), &["sts:AssumeRole"], None)
}

/// A policy of the resource `arn` that lets these do everything with it, and with what lies inside it, that its service has.
pub fn letting_in(arn: &str, principals: Vec<PrincipalPattern>) -> Arc<PolicyDocument> {
    let service = Arn::parse(arn).map_or("*", |arn| arn.service);
    let principal = Element { negated: false, values: principals };
    let inside = CoveredResources::of(arn).patterns().map(|pattern| Template::text(&pattern)).collect();
    // SNS takes no wildcard that stands for actions which no policy of a topic is about.
    let all = format!("{service}:*");
    let actions: &[&str] = if service == "sns" { &OF_TOPICS } else { &[&all] };
    document(Some(principal), actions, Some(Element { negated: false, values: inside }))
}

fn document(
    principal: Option<Element<PrincipalPattern>>,
    actions: &[&str],
    resource: Option<Element<Template>>,
) -> Arc<PolicyDocument> {
    let statement = Statement {
        sid: None,
        effect: Effect::Allow,
        principal,
        action: Element {
            negated: false,
            values: actions.iter().map(|action| ActionPattern((*action).to_owned())).collect(),
        },
        resource,
        conditions: Vec::new(),
        place: 0,
        location: Location::new(&Arc::from("<written in the run>"), 1, 1),
    };
    Arc::new(PolicyDocument { version: Version::V2012, id: None, statements: vec![statement] })
}

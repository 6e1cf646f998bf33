//! Whether the trust policy of a role lets a service take it on.

use crate::arn::{AccountId, Arn};
use crate::catalogue::Catalogue;
use crate::context::{ContextKey, ContextValue, RequestContext};
use crate::evaluate::{Pins, Robustness, complete_context, robust};
use crate::policy_set::PolicySet;
use crate::principal::Principal;
use crate::request::{Decision, Request};
use crate::world::{IamPrincipal, World};

/// True only if the trust policy of `role` lets `service` take it on, under every reading, for something in the role's own account: a service asks
/// for whatever the role was passed for, and a role is passed within its account (semantics:I3).
///
/// With `source` the service tells for which resource it asks, in aws:SourceArn; that must be one of the service and of the account.
pub fn admits(world: &World, role: &str, service: &str, source: Option<&str>) -> bool {
    let Some((account, IamPrincipal::Role(found))) = world.principal(role) else { return false };
    let mut context = RequestContext::new();
    let mut tells = |key: &str, value: ContextValue| context.insert(ContextKey::new(key), value);
    tells("aws:SourceAccount", ContextValue::Single(account.id.to_string()));
    if let Some(source) = source {
        if !is_of(source, service, account.id) {
            return false;
        }
        tells("aws:SourceArn", ContextValue::Single(source.to_owned()));
    }
    let request = Request {
        principal: Principal::Service(service.to_owned()),
        action: "sts:AssumeRole".to_owned(),
        resource: role.to_owned(),
        resource_account: Some(account.id),
        context,
    };
    let policies = PolicySet { resource: Some(found.trust.clone()), ..PolicySet::default() };
    let Ok(catalogue) = Catalogue::embedded() else { return false };
    let decided = robust(&complete_context(&request), &policies, catalogue, &Pins::default());
    decided == Ok(Robustness::Robust(Decision::Allow))
}

/// The ARN is of one resource of the service, in the account or in none, such as that of a bucket. `ecs-tasks.amazonaws.com` is a service of `ecs`.
fn is_of(arn: &str, service: &str, account: AccountId) -> bool {
    let Some(parts) = Arn::parse(arn) else { return false };
    let of_service = service.split('.').any(|label| {
        label.strip_prefix(parts.service).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    });
    let of_account = parts.account.is_empty() || AccountId::parse(parts.account) == Some(account);
    !parts.service.is_empty()
        && of_service
        && of_account
        && !parts.resource.is_empty()
        && !arn.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/target";

    fn admitted(case: &str, service: &str, source: Option<&str>) -> bool {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/escalation/chains");
        let world = World::read_directory(&corpus.join("service-that-tells-its-source").join(case)).unwrap();
        admits(&world, ROLE, service, source)
    }

    #[test]
    fn a_service_that_must_tell_its_resource_tells_one_of_its_own_and_of_the_account() {
        let bedrock = |source| admitted("agents-of-the-account", "bedrock.amazonaws.com", source);
        assert!(bedrock(Some("arn:aws:bedrock:us-east-1:111122223333:agent/ONE")));
        for wrong in [
            "arn:aws:bedrock:us-east-1:111122223333:knowledge-base/ONE",
            "arn:aws:bedrock:eu-central-1:111122223333:agent/ONE",
            "arn:aws:bedrock:us-east-1:444455556666:agent/ONE",
            "arn:aws:bedrock:us-east-1:111122223333:agent/*",
            "agent/ONE",
        ] {
            assert!(!bedrock(Some(wrong)), "{wrong}");
        }
        assert!(!bedrock(None));
        assert!(!admitted("agents-of-the-account", "lambda.amazonaws.com", None));
    }

    #[test]
    fn no_service_takes_a_role_on_for_a_resource_of_another_service_or_account() {
        let queue = "arn:aws:sqs:us-east-1:111122223333:queue";
        let states = |source| admitted("state-machine-that-is-made", "states.amazonaws.com", Some(source));
        assert!(states("arn:aws:states:eu-central-1:111122223333:stateMachine:one"));
        assert!(!states(queue));
        let other = "arn:aws:bedrock:us-east-1:444455556666:agent/ONE";
        assert!(!admitted("agents-of-another-account", "bedrock.amazonaws.com", Some(other)));
        let account = AccountId::parse("111122223333").unwrap();
        assert!(is_of("arn:aws:ecs:eu-central-1:111122223333:task/one", "ecs-tasks.amazonaws.com", account));
        assert!(is_of("arn:aws:s3:::bucket", "batchoperations.s3.amazonaws.com", account));
        assert!(!is_of("arn:aws:s3:::bucket", "bedrock.amazonaws.com", account));
        assert!(!is_of("arn:aws::eu-central-1:111122223333:task/one", "ecs-tasks.amazonaws.com", account));
    }
}

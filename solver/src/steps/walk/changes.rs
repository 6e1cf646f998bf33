//! What a step changes, once its requests are found.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::policy::{PolicyDocument, PrincipalPattern};
use ringfence_model::request::Request;
use ringfence_model::steps::{Change, Means, everything_allowed, letting_in, trusting, writes_policy_anew};
use ringfence_model::world::{IamPrincipal, ResourcePolicyLookup};

use super::super::bindings::WRITTEN;
use super::super::cast::{Member, MemberKind};
use super::super::closure::Event;
use super::super::guard::{Binding, Chosen};
use super::super::lift::Lift;
use super::super::primitive::{Carrier, Effect, Primitive};
use super::{Walk, Walker};
use crate::theorem::Answers;

impl<A: Answers> Walker<'_, '_, '_, A> {
    pub(super) fn changes(
        &self,
        primitive: &Primitive,
        event: &Event,
        requests: &[Request],
        walk: &Walk<'_>,
    ) -> Result<Vec<Change>, String> {
        let binding = &event.binding;
        let x: Option<Arc<str>> = binding.member.map(|member| Arc::from(walk.now(&self.arn(member))));
        let principal = || x.clone().ok_or("the step is about nobody");
        let of_group = primitive.about == super::super::primitive::About::Group;
        let holder = || match &binding.arn {
            Some(group) if of_group => Ok(Arc::from(walk.now(group))),
            Some(_) | None => principal(),
        };
        let policy = || match &binding.policy {
            Some(Chosen::Policy(policy)) => Ok(Arc::clone(policy)),
            Some(Chosen::Authored(_)) => event_policy(requests).ok_or("no policy is named"),
            Some(Chosen::OfAws | Chosen::OfAccount | Chosen::None) | None => Err("no policy is named"),
        };
        let boundary = || match &binding.requested {
            Some(Chosen::Policy(policy)) => Ok(Some(Arc::clone(policy))),
            Some(Chosen::None) => Ok(None),
            Some(Chosen::OfAws | Chosen::OfAccount | Chosen::Authored(_)) | None => {
                Err("no boundary is named")
            }
        };
        let carrier = || binding.name.clone().ok_or("nothing is named");
        let about = || binding.arn.as_deref().map(|arn| Arc::from(walk.now(arn))).ok_or("no policy is named");
        Ok(match primitive.effect {
            Effect::Become => vec![Change::Obtain {
                principal: principal()?,
                means: self.means(primitive, binding, requests, walk),
                limits: primitive.limits.clone(),
            }],
            Effect::Edit | Effect::Attach
                if primitive.all_requests().any(|asked| asked.action == "iam:CreateGroup") =>
            {
                in_new_group(&principal()?, requests)?
            }
            Effect::Edit => vec![Change::PutPolicy {
                holder: holder()?,
                name: "ringfence".to_owned(),
                document: everything_allowed(),
            }],
            Effect::Attach => vec![Change::Attach { holder: holder()?, policy: policy()? }],
            Effect::Rewrite => vec![Change::Rewrite { policy: about()?, document: everything_allowed() }],
            Effect::ChooseVersion => {
                vec![Change::ChooseVersion { policy: about()?, version: carrier()?.to_string() }]
            }
            Effect::Join => vec![Change::Join { user: principal()?, group: about()? }],
            Effect::RemoveDenies => vec![match primitive.carrier {
                Some(Carrier::Inline | Carrier::GroupInline) => {
                    Change::DeletePolicy { holder: holder()?, policy: carrier()? }
                }
                Some(Carrier::Membership) => Change::Leave { user: principal()?, group: about()? },
                Some(Carrier::Attached | Carrier::GroupAttached) | None => {
                    Change::Detach { holder: holder()?, policy: carrier()? }
                }
            }],
            Effect::RemoveBoundary => vec![Change::DeleteBoundary { principal: principal()? }],
            Effect::ReplaceBoundary => {
                let policy = boundary()?.ok_or("no boundary is named")?;
                vec![Change::SetBoundary { principal: principal()?, policy }]
            }
            Effect::Create => {
                vec![self.create(binding, &principal()?, boundary()?, event)]
            }
            Effect::Recreate => {
                let principal = principal()?;
                vec![
                    Change::Delete { principal: Arc::clone(&principal) },
                    self.create(binding, &principal, boundary()?, event),
                ]
            }
            Effect::OpenTrust => {
                vec![Change::SetTrust { role: principal()?, document: trusting(self.let_them_in(event)) }]
            }
            Effect::LiftControl => {
                let change = binding.lift.as_ref().and_then(Lift::change).ok_or("where to is not told")?;
                vec![Change::Organization(change)]
            }
            Effect::Author => {
                let policy = event_policy(requests).ok_or("no policy is named")?;
                vec![Change::Author { policy, document: everything_allowed() }]
            }
            Effect::Tag => vec![tagged(binding, principal)?],
            Effect::OpenResource => vec![self.written_policy(event, requests, walk)?],
            Effect::Rename => {
                let to = binding.new_name.clone().ok_or("no name is told")?;
                vec![Change::Rename { entity: holder()?, to }]
            }
            Effect::OpenProvider => vec![Change::OpenProvider { provider: about()? }],
            Effect::Enable | Effect::Weaken | Effect::Model | Effect::Declared => {
                return Err(format!("{} is not replayed", primitive.id));
            }
        })
    }

    /// The policy of the resource lets X in: in place of what it said, or beside that where the call only adds to it.
    fn written_policy(&self, event: &Event, requests: &[Request], walk: &Walk<'_>) -> Result<Change, String> {
        let binding = &event.binding;
        let resource = binding.resource.clone().ok_or("no resource is named")?;
        let account = binding.owner.ok_or("whose the resource is, is not told")?;
        let document = if binding.requested == Some(Chosen::None) {
            None
        } else {
            let member =
                binding.member.and_then(|id| self.guards.cast.member(id)).ok_or("nobody is let in")?;
            let mut document = letting_in(&resource, vec![member.in_policies()]);
            let adds = requests.iter().all(|request| !writes_policy_anew(&request.action));
            if let ResourcePolicyLookup::Policy(found) = walk.run.world().resource_policy(&resource)
                && adds
                && found.covered.arn == resource
            {
                let kept = found.policy.document.statements.iter();
                let statements = kept.chain(&document.statements).cloned().collect();
                document = Arc::new(PolicyDocument { statements, ..document.as_ref().clone() });
            }
            Some(document)
        };
        Ok(Change::SetResourcePolicy { account, resource, document })
    }

    pub(super) fn create(
        &self,
        binding: &Binding,
        arn: &Arc<str>,
        boundary: Option<Arc<str>>,
        event: &Event,
    ) -> Change {
        let member = binding.member.and_then(|id| self.guards.cast.member(id));
        let role = member.filter(|member| member.kind == MemberKind::Role);
        let trust = role.map(|role| {
            // The role of a permission set trusts the provider of Identity Center, whoever assigns it.
            let provider = format!(
                "arn:{}:iam::{}:saml-provider/AWSSSO_ringfence_DO_NOT_DELETE",
                role.subject.partition,
                role.account()
            );
            trusting(if role.reserved {
                vec![PrincipalPattern::Federated(provider)]
            } else {
                self.let_them_in(event)
            })
        });
        Change::Create { principal: Arc::clone(arn), boundary, trust, tags: BTreeMap::new() }
    }

    /// Those whom whoever writes a trust policy lets in: itself, by what a boundary does not bind.
    pub(super) fn let_them_in(&self, event: &Event) -> Vec<PrincipalPattern> {
        let actors = event.made.iter().filter_map(|made| self.guards.cast.member(made.actor.member));
        let mut named: Vec<PrincipalPattern> = actors.map(Member::in_policies).collect();
        named.sort();
        named.dedup();
        let services = WRITTEN.into_iter().map(|service| PrincipalPattern::Service(service.to_owned()));
        named.into_iter().chain(services).collect()
    }

    pub(super) fn means(
        &self,
        primitive: &Primitive,
        binding: &Binding,
        requests: &[Request],
        walk: &Walk<'_>,
    ) -> Means {
        let member = binding.member.and_then(|id| self.guards.cast.member(id));
        if member.is_some_and(|member| member.kind == MemberKind::User) {
            return Means::Credentials;
        }
        if requests.iter().any(|request| request.action.eq_ignore_ascii_case("sts:AssumeRole")) {
            return Means::Assume;
        }
        let passed = requests.iter().find(|request| request.action.eq_ignore_ascii_case("iam:PassRole"));
        let said = passed.and_then(|request| request.context.get(&ContextKey::new("iam:PassedToService")));
        let said = said.map(ContextValue::values).and_then(<[String]>::first).cloned();
        let trusted =
            member.and_then(|member| walk.run.world().principal(member.arn())).and_then(|(_, found)| {
                match found {
                    IamPrincipal::Role(role) => primitive
                        .services
                        .iter()
                        .find(|service| names_service(&role.trust.document.statements, service))
                        .cloned(),
                    IamPrincipal::User(_) => None,
                }
            });
        // A service that a trust policy names as a provider of identities makes sessions in another way.
        let as_provider = |service: &String| {
            member.is_some_and(|member| {
                member
                    .subject
                    .kind
                    .trust()
                    .is_some_and(|trust| names_provider(&trust.document.statements, service))
            })
        };
        match said.or(trusted).filter(|service| !as_provider(service)) {
            Some(name) => Means::Service { name, source: None },
            // A provider of identities, or what the service does without its trust policy.
            None => Means::Resource,
        }
    }
}

pub(super) fn names_service(statements: &[ringfence_model::policy::Statement], service: &str) -> bool {
    statements.iter().filter_map(|statement| statement.principal.as_ref()).any(|element| {
        !element.negated
            && element
                .values
                .iter()
                .any(|value| matches!(value, PrincipalPattern::Service(name) if name == service))
    })
}

pub(super) fn names_provider(statements: &[ringfence_model::policy::Statement], provider: &str) -> bool {
    statements.iter().filter_map(|statement| statement.principal.as_ref()).any(|element| {
        element
            .values
            .iter()
            .any(|value| matches!(value, PrincipalPattern::Federated(name) if name == provider))
    })
}

/// The group is made, gets a policy that allows everything or the one that is named, and the user is put into it.
fn in_new_group(user: &Arc<str>, requests: &[Request]) -> Result<Vec<Change>, String> {
    let made = requests.iter().find(|request| request.action.eq_ignore_ascii_case("iam:CreateGroup"));
    let group: Arc<str> = Arc::from(made.ok_or("no group is made")?.resource.as_str());
    let holder = Arc::clone(&group);
    let policy = if requests.iter().any(|request| request.action.eq_ignore_ascii_case("iam:PutGroupPolicy")) {
        Change::PutPolicy { holder, name: "ringfence".to_owned(), document: everything_allowed() }
    } else {
        let policy = event_policy(requests).ok_or("which policy the new group gets is not told")?;
        Change::Attach { holder, policy }
    };
    Ok(vec![
        Change::CreateGroup { group: Arc::clone(&group) },
        policy,
        Change::Join { user: Arc::clone(user), group },
    ])
}

/// The tag that the binding names is put on its resource, or on the principal, or taken off.
fn tagged(
    binding: &Binding,
    principal: impl FnOnce() -> Result<Arc<str>, &'static str>,
) -> Result<Change, String> {
    let name = binding.name.as_deref().ok_or("no tag is named")?;
    let (key, value) = match name.split_once('=') {
        Some((key, value)) => (key, Some(value.to_owned())),
        None => (name, None),
    };
    let key = key.to_owned();
    Ok(match &binding.resource {
        Some(resource) => Change::TagResource { resource: Arc::clone(resource), key, value },
        None => Change::Tag { principal: principal()?, key, value },
    })
}

/// The policy that a request is about, or names.
pub(super) fn event_policy(requests: &[Request]) -> Option<Arc<str>> {
    requests.iter().find_map(|request| {
        if request.resource.contains(":policy/") {
            return Some(Arc::from(request.resource.as_str()));
        }
        let named = request.context.get(&ContextKey::new("iam:PolicyARN"))?;
        named.values().first().map(|policy| Arc::from(policy.as_str()))
    })
}

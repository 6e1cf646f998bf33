//! Somebody who acts in a run, as the principal of queries: with the policies that the facts give it.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::policy::{Effect, NamedPolicy, PolicyDocument, Statement};
use ringfence_model::policy_set::{ControlLevel, PolicySet};
use ringfence_model::world::ControlType;

use super::{Cap, Edits, Fact, Opened, Tags, Text, with_tags};
use crate::constraint::allows_everything;
use crate::encode::action::may_match;
use crate::steps::cast::{Cast, Member, MemberId};
use crate::steps::lift::{self, Lift};
use crate::steps::tags::TagCell;
use crate::subject::{AnyName, Federation, OrganizationFacts, SessionTags, Subject, SubjectKind};
use crate::theorem::duties::REPLICATE;
use crate::wrong::{WrongEngine, is_engine_on};

/// How sessions of a role may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Beginning {
    /// As its trust policy says.
    AsTrusted,
    /// A user who was renamed begins them, whatever the trust policy asks of names.
    ByRenamed,
    /// In any way: its trust policy may say anything.
    Anyhow,
}

/// Somebody who is held, at one node: all that its requests hang on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor {
    /// Who.
    pub member: MemberId,
    /// Its boundary.
    pub cap: Cap,
    /// Its edits.
    pub edits: Edits,
    /// What its tags may be besides its own.
    pub tagged: BTreeSet<TagCell>,
    /// What tags its session may carry besides, where it is a role.
    pub session_tagged: BTreeSet<TagCell>,
    /// Its session may carry any tags that its trust policy admits.
    pub free_session: bool,
    /// Its name may be any.
    pub renamed: bool,
    /// What it is called, if not as before.
    pub called: Option<Arc<str>>,
    /// Tags that it was given, or lost.
    pub tags: Tags,
    /// How its sessions may begin, where it is a role.
    pub beginning: Beginning,
    /// By what SCPs bind it less, and RCPs the resources that it asks for.
    pub lifted: Arc<BTreeSet<Lift>>,
    /// What policies of resources the run wrote, or deleted, that count for it.
    pub opened: Arc<BTreeSet<Opened>>,
    /// Whose names others may have, where it may have any.
    pub freed: Arc<BTreeSet<MemberId>>,
    /// What it can be used for; none for everything.
    pub limits: Option<BTreeSet<String>>,
}

impl Actor {
    /// Orders those first who can do most.
    pub fn strength(&self) -> (bool, bool, bool, MemberId) {
        let bound = !matches!(self.cap, Cap::None | Cap::Other);
        (!self.edits.everything, bound, self.limits.is_some(), self.member)
    }

    /// It is S3, which replicates buckets with the rights of the role.
    pub fn replicates(&self) -> bool {
        self.limits.as_ref().is_some_and(|limits| limits.iter().eq([REPLICATE]))
    }

    /// What must hold so that it acts.
    pub fn facts(&self) -> Vec<Fact> {
        let (member, cap) = (self.member, &self.cap);
        let limits = self.limits.as_ref().map(|limits| limits.iter().cloned().collect());
        // What is edited at one node goes along to the next: it comes first, and what it needs before it.
        let mut facts = Vec::new();
        if self.edits.everything {
            facts.push(Fact::Everything(member, cap.clone()));
        }
        facts.extend(
            self.edits.without.iter().map(|policy| Fact::Without(member, cap.clone(), Arc::clone(policy))),
        );
        facts.extend(
            self.edits
                .with
                .iter()
                .map(|(policy, text)| Fact::With(member, cap.clone(), Arc::clone(policy), text.clone())),
        );
        facts.extend([Fact::At(member, cap.clone()), Fact::Held(member, limits)]);
        facts.extend(self.tagged.iter().map(|cell| Fact::Tagged(member, cell.clone())));
        facts.extend(self.session_tagged.iter().map(|cell| Fact::SessionTagged(cell.clone())));
        if self.renamed {
            facts.push(Fact::Renamed(member));
        }
        facts.extend(self.called.iter().map(|name| Fact::Called(member, Arc::clone(name))));
        facts.extend(
            self.tags.iter().map(|(key, value)| Fact::TaggedWith(member, key.clone(), value.clone())),
        );
        if self.beginning == Beginning::Anyhow {
            facts.push(Fact::Trusting(member));
        }
        facts.extend(self.lifted.iter().cloned().map(Fact::Lifted));
        let opened = self.opened.iter().cloned();
        facts.extend(opened.map(|(resource, owner, whom)| Fact::ResourceSays(resource, owner, whom)));
        facts.extend(self.freed.iter().filter(|id| **id != member).copied().map(Fact::Freed));
        facts
    }

    /// The actor, as `subject`, may do everything but what SCPs and RCPs deny.
    pub fn is_unlimited(&self, subject: &Subject) -> bool {
        let policies = &subject.policies;
        let statements = || policies.identity.iter().flat_map(|policy| &policy.document.statements);
        policies.permissions_boundary.is_none()
            && policies.session.is_none()
            && policies.demanded.is_empty()
            && subject.kind != SubjectKind::Root
            && statements().all(|statement| statement.effect == Effect::Allow)
            && statements().any(|statement| statement.allows_all(&["*", "*:*"]))
    }

    /// The actor as the principal of queries.
    pub fn subject(&self, cast: &Cast<'_>) -> Option<Subject> {
        let member = cast.member(self.member)?;
        let mut subject = member.subject.clone();
        identity(&mut subject.policies.identity, member, &self.edits, cast);
        subject.policies.permissions_boundary = boundary(&self.cap, member, cast);
        if let Some(organization) = cast.world.organization.as_ref().filter(|_| !self.lifted.is_empty()) {
            let account = member.account();
            subject.policies.service_control =
                lift::controls(organization, account, &self.lifted, ControlType::ServiceControl);
            let elsewhere =
                |lift: &Lift| matches!(lift, Lift::Moved(of, _) | Lift::Left(of) if *of == account);
            if self.lifted.iter().any(elsewhere) {
                // A path says where it moves the account.
                let moved = self.lifted.iter().find_map(|lift| match lift {
                    Lift::Moved(of, Some(node)) if *of == account => organization.org_path_under(node),
                    Lift::Moved(..)
                    | Lift::Left(_)
                    | Lift::Detached(..)
                    | Lift::Allowed(_)
                    | Lift::Rewritten(_)
                    | Lift::Disabled(_) => None,
                });
                let left = self.lifted.contains(&Lift::Left(account));
                subject.organization = match moved.filter(|_| !left) {
                    Some(path) => {
                        OrganizationFacts::Member { id: organization.principal_org_id().to_owned(), path }
                    }
                    None => OrganizationFacts::Unknown,
                };
            }
        }
        if !self.lifted.is_empty() || !self.opened.is_empty() || self.called.is_some() {
            let called = self.called.as_ref().map(|name| (self.member, name));
            subject.resources = cast.resources_after(&self.lifted, &self.opened, called);
        }
        if let Some(name) = &self.called {
            subject.call(name);
        }
        if self.renamed {
            // Whoever stands for many has no name that policies knew before.
            let renamed = subject.any_name.is_none();
            subject.any_name = Some(AnyName { silent: true, renamed, ..AnyName::default() });
        }
        if let Some(anybody) = &mut subject.any_name {
            anybody.taken = cast.taken(member, &self.freed);
            anybody.pinned = cast.named_before(member);
        }
        with_tags(&mut subject.tags, &self.tags);
        if !self.tagged.is_empty() {
            subject.open_tags = cast.listed_tags.open(&self.tagged);
        }
        if !self.free_session {
            subject.given_tags = Some(cast.listed_tags.open(&self.session_tagged));
        }
        if self.beginning == Beginning::ByRenamed
            && let SubjectKind::Role { trust, .. } = &mut subject.kind
        {
            *trust = None;
        }
        if self.beginning == Beginning::Anyhow
            && let SubjectKind::Role { session_tags, federated, trust, .. } = &mut subject.kind
        {
            *session_tags = SessionTags::Free;
            *federated = true;
            *trust = None;
        }
        let changed = self.cap != Cap::initial(member.boundary.as_ref()) || self.edits != Edits::default();
        if changed
            && member.subject.federation != Federation::Possible
            && matches!(subject.kind, SubjectKind::User { .. })
        {
            subject.federation = Federation::Unknown;
        }
        if let Some(limits) = &self.limits {
            subject.policies.demanded.push(for_these_actions(limits));
        }
        if subject.federation == Federation::Unknown && !may_federate(&subject.policies) {
            subject.federation = Federation::Never;
        }
        Some(subject)
    }
}

/// False only if no identity policy, or no boundary, lets the user make a session of sts:GetFederationToken.
fn may_federate(policies: &PolicySet) -> bool {
    let allows = |policy: &NamedPolicy| {
        policy.document.statements.iter().any(|statement| {
            statement.effect == Effect::Allow && may_match(statement, "sts", "getfederationtoken")
        })
    };
    policies.identity.iter().any(allows)
        && policies.permissions_boundary.as_ref().is_none_or(|boundary| boundary.iter().any(allows))
}

/// The policies that decide a request of the member as far as they are identity policies.
fn identity(policies: &mut Vec<NamedPolicy>, member: &Member, edits: &Edits, cast: &Cast<'_>) {
    for policy in policies.iter_mut().filter(|policy| edits.without.contains(&policy.name)) {
        let kept = policy.document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        let statements: Vec<Statement> = kept.cloned().collect();
        policy.document = Arc::new(PolicyDocument { statements, ..policy.document.as_ref().clone() });
    }
    policies.retain(|policy| !policy.document.statements.is_empty());
    for (arn, text) in &edits.with {
        policies.extend(carried(arn, text, member, cast).into_iter().map(without_denies));
    }
    if edits.everything {
        policies.push(allows_everything("a policy that the run puts there"));
    }
}

/// The documents under the name: of a managed policy, or of a group all of them.
fn carried(arn: &Arc<str>, text: &Text, member: &Member, cast: &Cast<'_>) -> Vec<NamedPolicy> {
    let group = cast
        .accounts
        .get(&member.account())
        .and_then(|account| account.groups.iter().find(|group| group.arn == *arn));
    if let Some(group) = group {
        return group.identity.clone();
    }
    let document = match text {
        Text::Initial => cast.document(member.account(), arn),
        Text::Version(id) => version(arn, id, member, cast),
        Text::Anything => None,
    };
    let anything = || allows_everything(arn);
    vec![document.map_or_else(anything, |document| NamedPolicy { name: Arc::clone(arn), document })]
}

fn version(arn: &Arc<str>, id: &str, member: &Member, cast: &Cast<'_>) -> Option<Arc<PolicyDocument>> {
    let account = cast.world.accounts.get(&member.account())?;
    let versions = &account.managed_policies.get(arn)?.versions;
    versions.iter().find(|version| version.id == id)?.document.clone()
}

/// What is added may also not be there: its denies bind nobody who did not want them.
fn without_denies(policy: NamedPolicy) -> NamedPolicy {
    let allows = policy.document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    let statements = allows.cloned().collect();
    let document = PolicyDocument { statements, ..policy.document.as_ref().clone() };
    NamedPolicy { name: policy.name, document: Arc::new(document) }
}

/// The boundary as policies; none where it caps nothing.
fn boundary(cap: &Cap, member: &Member, cast: &Cast<'_>) -> Option<Vec<NamedPolicy>> {
    if is_engine_on(WrongEngine::BoundariesIgnored) {
        return None;
    }
    match cap {
        Cap::None | Cap::Other | Cap::Policy(_, Text::Anything) => None,
        Cap::Policy(arn, text) => {
            let document = match text {
                Text::Version(id) => version(arn, id, member, cast),
                Text::Initial | Text::Anything => cast.document(member.account(), arn),
            };
            document.map(|document| vec![NamedPolicy { name: Arc::clone(arn), document }])
        }
    }
}

/// Requests count only if a pattern matches their action.
pub fn for_these_actions(patterns: &BTreeSet<String>) -> ControlLevel {
    use ringfence_model::policy::{ActionPattern, Element};
    let name: Arc<str> = Arc::from("what the step makes possible");
    let mut policy = allows_everything(&name);
    let mut document = policy.document.as_ref().clone();
    for statement in &mut document.statements {
        let values = patterns.iter().map(|pattern| ActionPattern(pattern.clone())).collect();
        statement.action = Element { negated: false, values };
    }
    policy.document = Arc::new(document);
    ControlLevel { target: name, policies: vec![policy] }
}

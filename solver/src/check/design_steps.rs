//! A design over any number of steps: by somebody who carries it and may do everything else, in an account where nobody else is yet.
//!
//! What the account has already, such as roles that may be assumed or passed, is not known and not part of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::evaluate::Pins;
use ringfence_model::policy::{Element, NamedPolicy, PolicyDocument, PrincipalPattern, Statement, Version};
use ringfence_model::world::{
    Account, ManagedPolicy, MemberAccount, Organization, OrganizationNode, PolicyVersion, Role,
    ServiceControlPolicy, User, World,
};

use super::design::Design;
use super::over_steps::{GoalQuestion, Stepping};
use super::question::Question;
use super::{CheckOptions, Plan, summary, theorems_over_steps};
use crate::constraint::{allows_everything, where_holds};
use crate::guardrail::GuardrailKind;
use crate::report::Scope;
use crate::steps::cast::Cast;
use crate::steps::primitive::Primitives;
use crate::steps::verdict::Goal;
use crate::subject::{Subject, SubjectKind};
use crate::theorem::Answers;
use crate::verdict::{Reason, Verdict};

/// The file of what was made up.
const FILE: &str = "<judged design>";

/// Who is judged: by name, for paths, and as whoever has any name, for proofs.
pub(super) struct Judged {
    pub(super) named: Subject,
    pub(super) anybody: Subject,
}

/// The verdict on the goals of one guardrail over steps. Refuted by a path that was replayed, of a principal with a name; proved for
/// whoever has any name.
pub(super) fn verdict<A: Answers>(
    answers: &mut A,
    (plan, pins): (&Plan<'_>, &Pins),
    (design, judged, known): (&Design, &Judged, &World),
    (question, place): (&Question, usize),
    goals: &[Goal],
) -> Verdict {
    let primitives = match Primitives::embedded() {
        Ok(primitives) => primitives,
        Err(error) => return Verdict::Inconclusive(Reason::Disagreement(error.to_string())),
    };
    let world = world(design, &judged.named, known);
    let none = BTreeMap::new();
    let asked = |goal: Goal| GoalQuestion { goal, question, place, service_roles: &none };
    let of = |answers: &mut A, subject: &Subject| {
        let mut cast = Cast::of(&world, std::slice::from_ref(subject));
        // Which policies an account has already is not told.
        cast.has_other_policies = true;
        let Some(start) = cast.find(&subject.arn) else {
            return Verdict::Inconclusive(Reason::by_nobody());
        };
        let mut stepping = Stepping::new(plan, primitives, &cast, pins);
        stepping.worst(answers, start, goals, asked)
    };
    let named = of(answers, &judged.named);
    if matches!(named, Verdict::Refuted(_)) || judged.anybody.any_name.is_none() {
        return named;
    }
    let anybody = of(answers, &judged.anybody);
    match anybody {
        // Nobody in particular makes it.
        Verdict::Refuted(_) => Verdict::Inconclusive(Reason::by_nobody()),
        other @ (Verdict::Proved(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable) => other,
    }
}

/// A world of one account with `subject`, its boundary, the managed policies that the account has in the `known` one, and the levels of
/// the design.
fn world(design: &Design, subject: &Subject, known: &World) -> World {
    let boundary = design.boundary.clone().filter(|_| subject.policies.permissions_boundary.is_some());
    let identity = subject.policies.identity.clone();
    let mut policies = known
        .accounts
        .get(&design.account)
        .map(|account| account.managed_policies.clone())
        .unwrap_or_default();
    policies.extend(boundary.iter().map(|policy| (Arc::clone(&policy.name), managed(policy))));
    let mut account = Account {
        id: design.account,
        partition: design.partition.clone(),
        users: Vec::new(),
        groups: Vec::new(),
        roles: Vec::new(),
        managed_policies: policies,
        resource_policies: design.no_resource_policies.then(BTreeMap::new),
        inference_profiles: Some(Vec::new()),
        resources: Some(Vec::new()),
        credentials: None,
        file: Arc::from(FILE),
    };
    let arn: Arc<str> = Arc::from(subject.arn.as_str());
    match &subject.kind {
        SubjectKind::User { path, name } => account.users.push(User {
            arn,
            name: name.clone(),
            path: path.clone(),
            id: String::new(),
            tags: subject.tags.clone(),
            boundary,
            identity,
            groups: Vec::new(),
            attached: BTreeSet::new(),
            created: None,
        }),
        SubjectKind::Role { path, name, .. } => account.roles.push(Role {
            trust: NamedPolicy {
                name: Arc::from(format!("{arn} (trust policy)")),
                document: Arc::new(trusting_everybody()),
            },
            arn,
            name: name.clone(),
            path: path.clone(),
            id: String::new(),
            tags: subject.tags.clone(),
            boundary,
            identity,
            created: None,
            last_used: None,
            use_is_tracked: false,
            instance_profiles: None,
            service_linked: false,
            reserved: false,
        }),
        SubjectKind::Root
        | SubjectKind::Service { .. }
        | SubjectKind::Provider { .. }
        | SubjectKind::Anonymous => {}
    }
    World {
        organization: (!design.service_control.is_empty()).then(|| organization(design)),
        accounts: BTreeMap::from([(design.account, account)]),
        ..World::default()
    }
}

/// For every trust policy too: whoever begins a session may pass tags and a source identity.
fn trusting_everybody() -> PolicyDocument {
    let principal = Element { negated: false, values: vec![PrincipalPattern::Everyone] };
    let statement = Statement { principal: Some(principal), resource: None, ..where_holds(Vec::new()) };
    PolicyDocument { version: Version::V2012, id: None, statements: vec![statement] }
}

fn managed(policy: &NamedPolicy) -> ManagedPolicy {
    ManagedPolicy {
        arn: Arc::clone(&policy.name),
        name: policy.name.rsplit('/').next().unwrap_or_default().to_owned(),
        default_version: "v1".to_owned(),
        versions: vec![PolicyVersion { id: "v1".to_owned(), document: Some(Arc::clone(&policy.document)) }],
        policy: policy.clone(),
        aws_managed: policy.name.contains(":iam::aws:policy/"),
    }
}

/// An organisation whose nodes are the levels of the design, with the account below them.
fn organization(design: &Design) -> Organization {
    let own: Arc<str> = Arc::from(design.account.to_string());
    let levels = design.service_control.iter().filter(|level| level.target != own);
    let mut nodes = BTreeMap::new();
    let mut parent: Option<Arc<str>> = None;
    for level in levels {
        let node = OrganizationNode { name: level.target.to_string(), parent: parent.clone() };
        nodes.insert(Arc::clone(&level.target), node);
        parent = Some(Arc::clone(&level.target));
    }
    let mut attached: Vec<(Arc<str>, NamedPolicy)> = design
        .service_control
        .iter()
        .flat_map(|level| level.policies.iter().map(|policy| (Arc::clone(&level.target), policy.clone())))
        .collect();
    if design.service_control.iter().all(|level| level.target != own) {
        attached.push((Arc::clone(&own), allows_everything("FullAWSAccess")));
    }
    let policies = attached.into_iter().enumerate().map(|(index, (target, policy))| ServiceControlPolicy {
        id: format!("p-{index}"),
        display_name: policy.name.to_string(),
        policy,
        targets: vec![target],
    });
    let root = nodes
        .iter()
        .find(|(_, node)| node.parent.is_none())
        .map_or_else(|| Arc::from("r-0000"), |(id, _)| Arc::clone(id));
    let account = MemberAccount {
        name: String::new(),
        parent: parent.unwrap_or_else(|| Arc::clone(&root)),
        status: None,
        tags: BTreeMap::new(),
        tags_are_known: false,
    };
    Organization {
        id: design.organization.as_ref().map_or_else(|| "o-0000000000".to_owned(), |(id, _)| id.clone()),
        partition: Some(design.partition.clone()),
        management_account: AccountId::NOBODY,
        root,
        service_control_enabled: true,
        nodes,
        accounts: BTreeMap::from([(design.account, account)]),
        service_control_policies: policies.collect(),
        resource_control_enabled: false,
        resource_control_policies: Vec::new(),
        file: Arc::from(FILE),
    }
}

/// What verdicts on designs do not cover.
pub(super) fn not_covered(kind: &GuardrailKind, options: &CheckOptions) -> Vec<String> {
    let scope = theorems_over_steps::scope(kind, options);
    let mut texts = summary::not_covered(kind, scope);
    if scope == Scope::Steps {
        let there = "what the account has already: roles that may be assumed or passed, functions, groups, and without a world policies that the design names (`ringfence check` on a world judges these)";
        texts.push(there.to_owned());
    }
    texts
}

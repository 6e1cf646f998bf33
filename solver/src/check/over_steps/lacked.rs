//! Whether somebody may do what the principal with which a run began may not.

use std::borrow::Cow;
use std::sync::Arc;

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::Action;
use ringfence_model::policy::{Effect, NamedPolicy, PolicyDocument, Statement, Version};
use ringfence_model::policy_set::ControlLevel;
use ringfence_model::steps::Run;
use ringfence_model::world::{CoveredResources, ResourcePolicy};

use super::Stepping;
use super::outside::{beyond, may_name_somebody, targets_of_identity};
use super::partial::{Partial, Side, are_among};
use crate::query::{Goal, Query, Target};
use crate::steps::cast::MemberId;
use crate::steps::state::Opened;
use crate::subject::{Subject, SubjectKind};
use crate::theorem::asking::{joined, unbound};
use crate::theorem::{Answers, allowed, targets_of};
use crate::verdict::{Reason, Verdict};

impl Stepping<'_, '_> {
    /// Whether the subject may make a request that whoever began may not make in the same circumstances: by its own policies, by those of
    /// resources, or because a Deny spares it.
    pub(super) fn lacked<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        subject: &Subject,
        place: Option<usize>,
    ) -> Verdict {
        let Some(began) = self.member(start).map(|member| member.subject.clone()) else {
            return Verdict::NotApplicable;
        };
        let verdicts = if began.account == subject.account {
            self.lacked_in_account(answers, &began, subject)
        } else {
            // Whatever is done in another account is another right.
            let known = place.and_then(|place| self.able_to_anything.get(&place).cloned());
            let verdict = known.unwrap_or_else(|| self.anything(answers, subject));
            if let Some(place) = place {
                self.able_to_anything.insert(place, verdict.clone());
            }
            vec![verdict]
        };
        let run = Run::new(Cow::Borrowed(self.guards.cast.world), &began.arn, self.plan.catalogue, self.pins);
        let own = began.account.to_string();
        let certain = verdicts.into_iter().map(|verdict| {
            let Verdict::Refuted(witness) = &verdict else { return verdict };
            let lacks = witness.requests().iter().any(|replayed| {
                let request = &replayed.request;
                let elsewhere = began.account != subject.account && !request.resource.contains(&own);
                elsewhere || run.is_refused_to(&began.arn, request)
            });
            if lacks {
                return verdict;
            }
            let text =
                format!("whether {} lacks a right that {} has was not decided", began.arn, subject.arn);
            Verdict::Inconclusive(Reason::NotCovered { code: "undecided", text })
        });
        let certain = joined(certain.collect());
        self.unless_unknown(certain)
    }

    /// Whether the subject makes any request at all.
    fn anything<A: Answers>(&mut self, answers: &mut A, subject: &Subject) -> Verdict {
        let (catalogue, as_of) = (self.plan.catalogue, self.plan.as_of.as_ref());
        // Most can make one of the first of most services.
        for target in targets_of_identity(catalogue, subject, true) {
            let verdict = unbound(answers, subject, allowed(vec![target], as_of));
            if matches!(verdict, Verdict::Refuted(_)) {
                return verdict;
            }
        }
        let mut targets = all_targets(catalogue, subject);
        targets.extend(self.grantable().iter().cloned());
        unbound(answers, subject, allowed(targets, as_of))
    }

    fn lacked_in_account<A: Answers>(
        &mut self,
        answers: &mut A,
        began: &Subject,
        subject: &Subject,
    ) -> Vec<Verdict> {
        let (catalogue, as_of) = (self.plan.catalogue, self.plan.as_of.as_ref());
        let before = Partial::of(began, catalogue, self.pins);
        let now = Partial::of(subject, catalogue, self.pins);
        let rights = Rights::of(&before, began);
        if subject.kind == SubjectKind::Root {
            let question =
                Lacking { allows: rights.levels(vec![rights.allows.clone()]), denies: rights.denies };
            return vec![question.ask(answers, subject, all_targets(catalogue, subject), as_of)];
        }
        let mut verdicts =
            vec![beyond(answers, catalogue, subject, before.policy_set(&began.policies), as_of)];
        if matches!(verdicts.first(), Some(Verdict::Refuted(_))) {
            return verdicts;
        }
        // Where a Deny of the actor's own binds it as well, it cannot do more.
        let spared = |denies: Vec<Statement>, own: &[Statement]| {
            denies.into_iter().filter(|deny| !are_among(std::slice::from_ref(deny), own)).collect::<Vec<_>>()
        };
        let own = Rights::certain_denies(&now, subject);
        let spared_by_own = spared(rights.denies.clone(), &own);
        let levels_alike = rights.leave_as_much_as(&now, subject);
        let world = self.guards.cast.world;
        for found in world.resource_policies() {
            let read = Granted::of(&before, &now, &found);
            let denies = spared(read.denies, &read.denies_now);
            let alike = levels_alike && found.account.id == began.account && read.alike;
            if alike && denies.is_empty() && spared_by_own.is_empty() {
                continue;
            }
            let mut targets = self.targets_on(&found, &read.asked);
            let denied: Vec<&Statement> = denies.iter().collect();
            targets.extend(self.targets_on(&found, &denied));
            let identity = rights.allows.iter().filter(|_| read.identity_counts).cloned();
            let levels = if found.account.id == began.account {
                vec![identity.chain(read.allows).collect()]
            } else {
                vec![rights.allows.clone(), read.allows.into_iter().chain(read.delegated).collect()]
            };
            let denies = spared_by_own.iter().cloned().chain(denies).collect();
            let question = Lacking { allows: rights.levels(levels), denies };
            verdicts.push(question.ask(answers, subject, targets, as_of));
        }
        verdicts.extend(self.spared_by_controls(answers, &before, &now, subject));
        verdicts
    }

    /// Whether an RCP spares the subject that binds whoever began.
    fn spared_by_controls<A: Answers>(
        &mut self,
        answers: &mut A,
        before: &Partial<'_>,
        now: &Partial<'_>,
        subject: &Subject,
    ) -> Option<Verdict> {
        let world = self.guards.cast.world;
        let organization = world.organization.as_ref()?;
        let mut denies: Vec<Statement> = Vec::new();
        for level in
            organization.accounts.keys().flat_map(|account| organization.resource_control_levels(*account))
        {
            let certain = now.policies(&level.policies, Effect::Deny, Side::AtMost);
            for deny in before.policies(&level.policies, Effect::Deny, Side::AtLeast) {
                let known = [&certain, &denies].iter().any(|all| are_among(std::slice::from_ref(&deny), all));
                if !known {
                    denies.push(deny);
                }
            }
        }
        if denies.is_empty() {
            return None;
        }
        let mut targets = targets_of_identity(self.plan.catalogue, subject, false);
        targets.extend(self.grantable().iter().cloned());
        targets.retain(|target| {
            let row = target.action.id().and_then(|id| self.plan.catalogue.action(id));
            row.is_none_or(|row| denies.iter().any(|deny| may_match(deny, row)))
        });
        let question = Lacking { allows: Vec::new(), denies };
        Some(question.ask(answers, subject, targets, self.plan.as_of.as_ref()))
    }

    /// Requests on what the policy is asked about, for actions that one of the statements may match.
    fn targets_on(&self, found: &ResourcePolicy<'_>, statements: &[&Statement]) -> Vec<Target> {
        if statements.is_empty() {
            return Vec::new();
        }
        let mut targets = Vec::new();
        // Actions of another service may be asked for on such an ARN.
        for (id, action) in self.plan.catalogue.numbered_actions() {
            if !statements.iter().any(|statement| may_match(statement, action)) {
                continue;
            }
            for pattern in found.covered.patterns() {
                targets.extend(self.guards.on_arns(id, &pattern));
            }
        }
        targets
    }

    /// Requests of the resource's own service on what the run has written policies for.
    pub(super) fn opened_targets(&self, opened: &[&Opened]) -> Vec<Target> {
        let mut targets = Vec::new();
        for (resource, _, whom) in opened {
            let Some(arn) = Arn::parse(resource).filter(|_| whom.is_some()) else { continue };
            let patterns: Vec<String> = CoveredResources::of(resource).patterns().collect();
            // What makes a resource is about one that is not there yet.
            let all = self.plan.catalogue.actions_of(arn.service);
            for (action, _) in all.filter(|(_, action)| !action.name.starts_with("Create")) {
                targets.extend(patterns.iter().flat_map(|pattern| self.guards.on_arns(action, pattern)));
            }
        }
        targets
    }

    /// Requests that the policy of a resource that is known may allow somebody.
    pub(super) fn grantable(&mut self) -> Arc<[Target]> {
        if let Some(known) = &self.grantable {
            return Arc::clone(known);
        }
        let mut targets: Vec<Target> = Vec::new();
        for found in self.guards.cast.world.resource_policies() {
            let all = found.policy.document.statements.iter();
            let allows =
                all.filter(|statement| statement.effect == Effect::Allow && may_name_somebody(statement));
            targets.extend(self.targets_on(&found, &allows.collect::<Vec<_>>()));
        }
        let targets: Arc<[Target]> = targets.into();
        self.grantable = Some(Arc::clone(&targets));
        targets
    }
}

fn may_match(statement: &Statement, action: &Action) -> bool {
    let (service, name) = (action.service.to_ascii_lowercase(), action.name.to_ascii_lowercase());
    crate::encode::action::may_match(statement, &service, &name)
}

/// Requests that the subject may be allowed without the policy of a resource.
fn all_targets(catalogue: &ringfence_model::catalogue::Catalogue, subject: &Subject) -> Vec<Target> {
    if subject.kind == SubjectKind::Root {
        return catalogue
            .actions()
            .iter()
            .flat_map(|action| targets_of(catalogue, &action.full_name(), &[]))
            .collect();
    }
    targets_of_identity(catalogue, subject, false)
}

/// What whoever began may do at most by its own policies and those of its organisation.
struct Rights {
    allows: Vec<Statement>,
    /// What each level of SCPs allows.
    levels: Vec<Vec<Statement>>,
    denies: Vec<Statement>,
}

impl Rights {
    fn of(reader: &Partial<'_>, subject: &Subject) -> Self {
        let set = &subject.policies;
        let allows = reader.policies(&set.identity, Effect::Allow, Side::AtMost);
        let mut denies = reader.policies(&set.identity, Effect::Deny, Side::AtLeast);
        let mut levels = Vec::new();
        for level in &set.service_control {
            denies.extend(reader.policies(&level.policies, Effect::Deny, Side::AtLeast));
            let allows = reader.policies(&level.policies, Effect::Allow, Side::AtMost);
            if !allows.iter().any(|statement| statement.allows_all(&["*"])) {
                levels.push(allows);
            }
        }
        Self { allows, levels, denies }
    }

    /// Whatever the SCPs of the subject allow it, those of whoever began allow as well.
    fn leave_as_much_as(&self, reader: &Partial<'_>, subject: &Subject) -> bool {
        let theirs = subject.policies.service_control.iter();
        let theirs: Vec<Vec<Statement>> =
            theirs.map(|level| reader.policies(&level.policies, Effect::Allow, Side::AtLeast)).collect();
        self.levels.iter().all(|own| theirs.iter().any(|level| are_among(level, own)))
    }

    /// What its own policies and those of its organisation deny the subject for certain.
    fn certain_denies(reader: &Partial<'_>, subject: &Subject) -> Vec<Statement> {
        let levels = subject.policies.service_control.iter().map(|level| &level.policies);
        let all = std::iter::once(&subject.policies.identity).chain(levels);
        all.flat_map(|policies| reader.policies(policies, Effect::Deny, Side::AtMost)).collect()
    }

    fn levels(&self, own: Vec<Vec<Statement>>) -> Vec<Vec<Statement>> {
        own.into_iter().chain(self.levels.iter().cloned()).collect()
    }
}

/// What the policy of a resource says to whoever began, and to the actor.
struct Granted<'w> {
    /// Statements that may let the actor in.
    asked: Vec<&'w Statement>,
    /// What lets whoever began in by itself, as it finds it.
    allows: Vec<Statement>,
    /// What lets it in if its identity policies do.
    delegated: Vec<Statement>,
    /// What may deny it.
    denies: Vec<Statement>,
    /// What denies the actor for certain.
    denies_now: Vec<Statement>,
    /// Whatever lets the actor in lets in whoever began.
    alike: bool,
    /// Identity policies of the resource's own account count by themselves.
    identity_counts: bool,
}

impl<'w> Granted<'w> {
    fn of(before: &Partial<'_>, now: &Partial<'_>, found: &ResourcePolicy<'w>) -> Self {
        let statements = &found.policy.document.statements;
        let of_effect =
            |effect: Effect| statements.iter().filter(move |statement| statement.effect == effect);
        // Whom it lets in by way of the account is a matter of identity policies.
        let allows = |reader: &Partial<'_>, side: Side| -> Vec<Statement> {
            of_effect(Effect::Allow)
                .filter(|statement| reader.is_named_itself(statement.principal.as_ref(), side))
                .filter_map(|statement| reader.statement(statement, side))
                .collect()
        };
        let denies = |reader: &Partial<'_>, side: Side| -> Vec<Statement> {
            of_effect(Effect::Deny)
                .filter(|statement| reader.is_named(statement.principal.as_ref(), side))
                .filter_map(|statement| reader.statement(statement, side))
                .map(|statement| Statement { effect: Effect::Allow, ..statement })
                .collect()
        };
        let by_itself = allows(before, Side::AtMost);
        let delegated: Vec<Statement> = of_effect(Effect::Allow)
            .filter(|statement| before.is_delegated_to(statement.principal.as_ref()))
            .filter_map(|statement| before.statement(statement, Side::AtMost))
            .collect();
        let of_keys = found.covered.arn.split(':').nth(2) == Some("kms");
        let opened: Vec<&Statement> =
            of_effect(Effect::Allow).filter(|statement| may_name_somebody(statement)).collect();
        let to_all = |statement: &Statement| statement.allows_all(&["*", "kms:*"]);
        Self {
            alike: are_among(&allows(now, Side::AtLeast), &by_itself),
            asked: opened,
            identity_counts: !of_keys || delegated.iter().any(to_all),
            allows: by_itself,
            delegated,
            denies: denies(before, Side::AtLeast),
            denies_now: denies(now, Side::AtMost),
        }
    }
}

/// What lets somebody make a request: every level must allow it, and no statement deny it.
pub(super) struct Lacking {
    /// By level, what it allows.
    pub(super) allows: Vec<Vec<Statement>>,
    /// What is denied, as statements that allow.
    pub(super) denies: Vec<Statement>,
}

impl Lacking {
    /// Whether the subject makes one of the requests, and some level does not allow it, or it is denied.
    pub(super) fn ask(
        &self,
        answers: &mut impl Answers,
        subject: &Subject,
        targets: Vec<Target>,
        as_of: Option<&crate::decimal::Decimal>,
    ) -> Verdict {
        let mut verdicts = Vec::new();
        if !self.denies.is_empty() {
            let mut denying = subject.clone();
            denying.policies.demanded.push(level(self.denies.clone()));
            verdicts.push(unbound(answers, &denying, allowed(targets.clone(), as_of)));
        }
        if !self.allows.is_empty() {
            let mut allowing = subject.policies.clone();
            allowing.demanded.extend(self.allows.iter().map(|statements| level(statements.clone())));
            let goal = Goal::AllowedBeyond(Box::new(allowing));
            verdicts.push(unbound(answers, subject, Query { goal, ..allowed(targets, as_of) }));
        }
        joined(verdicts)
    }
}

fn level(statements: Vec<Statement>) -> ControlLevel {
    let document = PolicyDocument { version: Version::V2012, id: None, statements };
    let name = Arc::from("the policies of whoever began");
    let policies = vec![NamedPolicy { name: Arc::clone(&name), document: Arc::new(document) }];
    ControlLevel { target: name, policies }
}

//! What an actor reaches by a request of its own.

use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};

use super::super::ask::Asked;
use super::{Around, GoalQuestion, Stepping};
use crate::steps::cast::{Member, MemberId, MemberKind, Origin};
use crate::steps::closure::Closure;
use crate::steps::guard::of_names;
use crate::steps::state::{Actor, Beginning, Cap, Fact, Text};
use crate::steps::verdict::Goal;
use crate::subject::Subject;
use crate::theorem::asking::Asking;
use crate::theorem::roles_by_set::RolesBySet;
use crate::theorem::{Answers, administrator, escape};
use crate::verdict::{Reason, Verdict};
use crate::wildcard::Language;
use crate::witness::Witness;

impl Stepping<'_, '_> {
    /// The subject where a run has opened the policies of resources.
    pub(super) fn among_opened(&self, subject: Arc<Subject>) -> Arc<Subject> {
        if self.around.opened.is_empty() {
            return subject;
        }
        let resources = Arc::new(subject.resources.opened(&self.around.opened));
        Arc::new(Subject { resources, ..subject.as_ref().clone() })
    }

    pub(super) fn routes<A: Answers>(
        &self,
        answers: &mut A,
        subject: &Subject,
        asked: GoalQuestion<'_>,
        ask: impl FnOnce(&Asked<'_>, &mut A) -> Verdict,
    ) -> Verdict {
        let none = RolesBySet::default();
        let service_roles = asked.service_roles.get(&subject.account).unwrap_or(&none);
        let provisioned;
        let surroundings = if self.around.aliased {
            &self.without_inventory
        } else if self.around.provisioned.is_empty() {
            &self.plan.surroundings
        } else {
            provisioned = self.plan.surroundings.with_capacity(&self.around.provisioned);
            &provisioned
        };
        let asked = Asked { plan: self.plan, subject, surroundings, service_roles };
        ask(&asked, answers)
    }

    /// Whether the actor reaches the goal.
    pub(super) fn of_actor<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        actor: &Actor,
        asked: GoalQuestion<'_>,
    ) -> Verdict {
        let Some(place) = self.guards.place(actor) else { return unknown_actor() };
        // What is outside, or lacked, hangs on who began.
        let by_start = matches!(asked.goal, Goal::Integrity | Goal::Outside | Goal::Credentials);
        let around = Around { any_role: false, served: false, ..self.around.clone() };
        let key = (asked.goal, if by_start { start.0 } else { asked.place }, place, around);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let Some(subject) = self.guards.subject(place) else { return unknown_actor() };
        // Whether a boundary is left through what was opened is asked by itself.
        let subject = if asked.goal == Goal::ExpensiveModel { self.among_opened(subject) } else { subject };
        let verdict =
            of_anybody(&subject, self.decide(answers, start, (actor, Some(place)), &subject, asked));
        self.known.insert(key, verdict.clone());
        verdict
    }

    pub(super) fn decide<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        (actor, place): (&Actor, Option<usize>),
        subject: &Subject,
        asked: GoalQuestion<'_>,
    ) -> Verdict {
        match asked.goal {
            Goal::ExpensiveModel => {
                self.routes(answers, subject, asked, |own, answers| own.verdict(answers, asked.question))
            }
            Goal::Integrity => {
                let Some(began) = self.member(start) else { return Verdict::NotApplicable };
                let Some(boundary) = began.boundary.clone() else { return Verdict::NotApplicable };
                let [users, roles] = self.names_in(subject);
                let called = self.called.clone();
                let called = called.as_deref().unwrap_or(began.arn());
                let kept = escape::Kept {
                    arn: began.subject.any_name.is_none().then_some(called),
                    is_user: began.kind == MemberKind::User,
                    boundary: &boundary,
                    taken: [&users, &roles],
                };
                let asking = Asking {
                    catalogue: self.plan.catalogue,
                    constraint: None,
                    as_of: self.plan.as_of.as_ref(),
                    besides: &[],
                };
                let verdict = escape::integrity(answers, subject, kept, &self.plan.approved, asking);
                self.unless_it_exists(verdict)
            }
            Goal::Outside => self.outside(answers, start, actor, subject),
            Goal::Administrator => {
                // At the end of a path it is the world that tells, and not what was looked for.
                let able = if place.is_none() {
                    administrator::is_administrator(answers, self.plan.catalogue, subject)
                } else if actor.member == start {
                    actor.edits.everything
                } else {
                    self.is_administrator(answers, actor, subject)
                };
                if able && actor.cap == Cap::None && actor.limits.is_none() {
                    let fact = format!("{} can become anybody in its account", subject.arn);
                    return Verdict::Refuted(Box::new(Witness::new(Vec::new(), vec![fact])));
                }
                Verdict::NotApplicable
            }
            Goal::Credentials => {
                if actor.member == start || self.is_act(actor) {
                    return Verdict::NotApplicable;
                }
                self.lacked(answers, start, subject, place)
            }
            Goal::ModifyAndInvoke => Verdict::NotApplicable,
        }
    }

    /// The ARNs of users, then of roles, of the subject's account that policies of it write and that are there.
    fn names_in(&self, subject: &Subject) -> [Vec<Language>; 2] {
        [MemberKind::User, MemberKind::Role].map(|kind| {
            let word = if kind == MemberKind::User { "user" } else { "role" };
            let members = self.guards.cast.ids().filter_map(|id| self.member(id));
            let there = members.filter(|member| {
                member.kind == kind && member.keeps_its_name() && member.account() == subject.account
            });
            let names =
                there.map(|member| member.arn().rsplit('/').next().unwrap_or("").to_ascii_lowercase());
            let front = format!("arn:{}:iam::{}:{word}", subject.partition, subject.account);
            of_names(&front, &names.collect(), subject)
        })
    }

    /// A user, role or policy of a name that exists cannot be created.
    pub(super) fn unless_it_exists(&self, verdict: Verdict) -> Verdict {
        escape::unless_it_exists(verdict, |arn| {
            let account = Arn::parse(arn).and_then(|parts| AccountId::parse(parts.account));
            let around = account.and_then(|account| self.plan.surroundings.account(account));
            self.guards.cast.world.principal(arn).is_some()
                || around.is_some_and(|around| around.has_policy_called(arn))
        })
    }

    /// S3 may do with the actor's rights what no caller does, when it replicates a bucket: of somebody held, as proofs take it, wherever S3 may be let
    /// in.
    pub(super) fn may_replicate(&self, actor: &Actor) -> bool {
        let may_let_in =
            |named: &String| named.to_ascii_lowercase().contains("s3") || named.contains(['*', '?']);
        let role = self.member(actor.member).filter(|member| member.kind == MemberKind::Role);
        let may_be_used = |role: &Member| {
            role.origin != Origin::World
                || actor.beginning == Beginning::Anyhow
                || role.services.iter().any(may_let_in)
        };
        actor.replicates() || self.around.served && role.is_some_and(may_be_used)
    }

    /// What a service does with a role of its own is no request with credentials that are held.
    pub(super) fn is_act(&self, actor: &Actor) -> bool {
        actor.limits.is_some()
            && self.member(actor.member).is_some_and(|member| member.kind == MemberKind::Role)
    }

    pub(super) fn is_administrator<A: Answers>(
        &self,
        answers: &mut A,
        actor: &Actor,
        subject: &Subject,
    ) -> bool {
        actor.edits.everything || administrator::is_administrator(answers, self.plan.catalogue, subject)
    }

    /// What breaks the integrity of boundaries by itself: a principal without an approved boundary is made or edited, or gets a boundary
    /// that is not approved; the principal itself gets another, or none; an approved boundary says something else.
    pub(super) fn broken_integrity(&self, start: MemberId, closed: &Closure) -> Vec<Fact> {
        let unapproved = |cap: &Cap| match cap {
            Cap::None | Cap::Other => true,
            Cap::Policy(arn, text) => *text != Text::Initial || !self.plan.approved.contains(arn),
        };
        let initial = |id: MemberId| self.member(id).map(|member| Cap::initial(member.boundary.as_ref()));
        let is_new = |id: MemberId| self.member(id).is_some_and(|member| member.origin != Origin::World);
        let breaks = |fact: &Fact| match fact {
            Fact::Everything(_, cap)
            | Fact::With(_, cap, ..)
            | Fact::Without(_, cap, _)
            | Fact::WithoutBy(_, cap, ..) => unapproved(cap),
            Fact::At(id, cap) if *id == start => initial(*id).as_ref() != Some(cap),
            Fact::At(id, cap) => unapproved(cap) && (is_new(*id) || *cap != Cap::None),
            Fact::Says(policy, text) => *text != Text::Initial && self.plan.approved.contains(policy),
            Fact::Held(..)
            | Fact::Moved(..)
            | Fact::Trusting(_)
            | Fact::Tagged(..)
            | Fact::SessionTagged(_)
            | Fact::ResourceTagged(..)
            | Fact::ResourceTaggedWith(..)
            | Fact::Renamed(_)
            | Fact::RenamedGroup(_)
            | Fact::Called(..)
            | Fact::GroupCalled(..)
            | Fact::TaggedWith(..)
            | Fact::Authored(..)
            | Fact::Freed(_)
            | Fact::Lifted(_)
            | Fact::ResourceSays(..)
            | Fact::Opened(_)
            | Fact::Aliased(_)
            | Fact::Made(_) => false,
        };
        closed.facts.all().filter(|fact| breaks(fact)).cloned().collect()
    }
}

/// That a request which somebody of any name may make was not found for the name of whoever stands for all is no defect.
pub(super) fn of_anybody(subject: &Subject, verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Inconclusive(Reason::Disagreement(_)) if subject.any_name.is_some() => {
            Verdict::Inconclusive(Reason::by_nobody())
        }
        other @ (Verdict::Proved(_)
        | Verdict::Refuted(_)
        | Verdict::Inconclusive(_)
        | Verdict::NotApplicable) => other,
    }
}

/// Nothing is proved of somebody who is not known.
fn unknown_actor() -> Verdict {
    let text = "somebody who acts in a run is not known".to_owned();
    Verdict::Inconclusive(Reason::NotCovered { code: "undecided", text })
}

/// One refutation of two; what is not refuted where one of them is not.
pub(super) fn joined_witness(first: Verdict, second: Verdict) -> Verdict {
    match (first, second) {
        (Verdict::Refuted(first), Verdict::Refuted(second)) => {
            Verdict::Refuted(Box::new(first.join(*second)))
        }
        (Verdict::Refuted(_), other) | (other, _) => other,
    }
}

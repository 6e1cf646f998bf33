//! Roles that are passed to services.

use std::rc::Rc;
use std::sync::Arc;

use super::super::cast::{MemberId, MemberKind, Origin};
use super::super::guard::{Binding, Guard};
use super::super::primitive::Asked;
use super::super::state::Fact;
use super::requests::ADD_TO_INSTANCE_PROFILE;
use super::trace::{self, Hindrance};
use super::{Cause, Event, Made, Searching, Standing};
use crate::theorem::Answers;
use crate::wrong::takes_shortcuts;

impl<A: Answers> Searching<'_, '_, A> {
    /// Roles that may be passed to a service which they trust, and of which somebody may do something: proofs count no more than that.
    pub(super) fn pass_roles(&mut self, found: &mut Vec<Event>) {
        let roles: Vec<MemberId> = self.cast().ids().collect();
        // Whoever could not in an earlier round cannot now, unless by the tags of a role.
        let newest = self.able("iam:PassRole").newest.max(self.able(ADD_TO_INSTANCE_PROFILE).newest);
        let tagged = !self.fixpoint.closure.facts.tagged.is_empty();
        let is_traced = self.fixpoint.tracing.is_some();
        if newest < self.fixpoint.closure.rounds && !tagged && takes_shortcuts() && !is_traced {
            return;
        }
        let asked = &self.primitives.pass_role;
        for role in roles {
            let Some(member) = self.cast().member(role) else { continue };
            let fact = Fact::Held(role, None);
            if member.kind != MemberKind::Role
                || member.origin != Origin::World
                || self.fixpoint.closure.facts.holds(&fact)
            {
                continue;
            }
            let services: Vec<String> = member.services.iter().cloned().collect();
            let account = member.account();
            for service in services {
                let binding = Binding {
                    member: Some(role),
                    services: Arc::from([service.clone()]),
                    ..Binding::default()
                };
                self.trace_step("pass a role to a service", Some(std::slice::from_ref(&fact)));
                let Some(made) = self.by_role_passer(asked, &binding, &service) else {
                    self.trace_nobody((asked, true), Some(account), false);
                    continue;
                };
                let round = self.fixpoint.closure.rounds;
                let gains = vec![fact.clone()];
                found.push(Event {
                    cause: Cause::Passed,
                    binding,
                    made: vec![made],
                    needs: Vec::new(),
                    gains,
                    round,
                });
                break;
            }
        }
    }

    /// Who may pass the role, where somebody may do anything with the service besides.
    pub(super) fn by_role_passer(&mut self, asked: &Asked, binding: &Binding, service: &str) -> Option<Made> {
        let role = binding.member?;
        let account = self.cast().member(role)?.account();
        let mut known = self.primitives.services.get(service).cloned();
        // EC2 takes a role on through an instance profile alone, which most services do not make.
        if service == "ec2.amazonaws.com"
            && let Some(prefixes) = &mut known
            && !self.may_be_in_instance_profile(binding)
        {
            prefixes.retain(|prefix| !self.primitives.by_instance_profile.contains(prefix));
        }
        let tagged = self.fixpoint.closure.facts.tagged.get(&role).cloned().unwrap_or_default();
        let posed = self.guards.pose(asked, binding, &tagged, self.fixpoint.mode);
        let actors = Rc::clone(&self.fixpoint.actors);
        for index in self.who_may("iam:PassRole").iter() {
            let Some(Standing { actor, place, .. }) =
                actors.get(*index).filter(|standing| standing.account == account)
            else {
                continue;
            };
            let place = *place;
            let guard = self.guards.decide(self.answers, place, posed);
            if let Guard::Blocked(shown) = &guard {
                self.trace_asked(actor, || Hindrance::of(shown));
            } else {
                // Of a service of which it is not known how it is used nothing can be told.
                let uses = known.as_ref().is_none_or(|prefixes| self.may_use(place, prefixes));
                if !uses {
                    let arn =
                        self.cast().member(role).map(|member| member.arn().to_owned()).unwrap_or_default();
                    self.fixpoint.closure.not_used.insert((arn, service.to_owned()));
                    self.trace_asked(actor, || Hindrance::Shown(trace::NOT_USED));
                    continue;
                }
                return Some(Made { actor: actor.clone(), place, asked: asked.clone(), guard });
            }
        }
        None
    }
}

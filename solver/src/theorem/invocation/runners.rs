//! Agents, flows and knowledge bases, which run their model with a role of their own (semantics:D1, D9).

use super::Inquiry;
use crate::subject::Subject;
use crate::theorem::models::bare_id;
use crate::theorem::service_routes::RunnerKind;
use crate::theorem::service_session::as_begun_by_bedrock;
use crate::theorem::{Answers, service_routes};
use crate::verdict::Verdict;

impl<A: Answers> Inquiry<'_, A> {
    /// Agents, flows or knowledge bases, which run the model with their own role.
    pub(super) fn by_runners(&mut self, kind: RunnerKind) -> Option<Verdict> {
        let calls = match kind {
            RunnerKind::Agent => self.targets.agents.clone(),
            RunnerKind::Flow => self.targets.flows.clone(),
            RunnerKind::KnowledgeBase => self.targets.knowledge_bases.clone(),
        };
        if self.none_of(calls.clone()) {
            return None;
        }
        if !self.none_of(self.of_other_accounts(self.subject, &calls)) {
            self.leave_open(
                "through-a-service-role",
                "an agent, a flow or a knowledge base of another account may be called, and nothing is known of the role that it runs with",
            );
        }
        if self.around.account.is_some_and(|account| account.any_roles) {
            if self.may_be_any_role() {
                self.leave_open(
                    "through-a-service-role",
                    "an agent, a flow or a knowledge base may be called, and nothing is known of those of the account, nor of their roles",
                );
            }
            return None;
        }
        let roles = self.service_roles();
        self.proofs.extend(roles.unable);
        let inventory = self.around.account.and_then(|account| account.inventory.as_ref());
        if roles.able.is_empty() && inventory.is_none() {
            return None;
        }
        let Some(inventory) = inventory else {
            self.leave_open(
                "through-a-service-role",
                "an agent, a flow or a knowledge base may be called, and a role that Bedrock may take on can run the model; \
                 resources.json would tell which there are",
            );
            return None;
        };
        for runner in service_routes::runners(self.around.catalogue, inventory) {
            let model = runner.resource.model.as_deref().and_then(bare_id);
            if runner.kind != kind {
                continue;
            }
            let role = runner.resource.role.as_deref();
            // Where no role is listed it may be any.
            let is_its = |able: &&Subject| role.is_none_or(|role| able.arn.eq_ignore_ascii_case(role));
            let able: Vec<&Subject> = roles.able.iter().map(|(able, _)| able).filter(is_its).collect();
            if able.is_empty() {
                // Of a role that the export lacks nothing is known.
                let known = role.is_none_or(|role| self.around.account.is_some_and(|all| all.has_role(role)));
                if !known && !self.none_of(runner.calls.clone()) {
                    self.leave_open(
                        "through-a-service-role",
                        "an agent, a flow or a knowledge base of resources.json may be called, and the export lacks the role that it runs with",
                    );
                }
                continue;
            }
            let of_set = model.is_none_or(|id| self.targets.ids.contains(id));
            if kind == RunnerKind::Agent && !of_set {
                // An agent runs its own model, and what agents it may call in its turn.
                let mut nested = self.targets.agents.clone();
                let others = [
                    &self.targets.flows,
                    &self.targets.knowledge_bases,
                    &self.targets.agent_core,
                    &self.targets.for_caller,
                ];
                nested.extend(others.into_iter().flatten().cloned());
                let calls_none = |role: &&Subject| {
                    matches!(self.ask_role(role, nested.clone()), Verdict::Proved(_) | Verdict::NotApplicable)
                };
                if able.iter().all(calls_none) {
                    continue;
                }
            }
            let called = self.ask(runner.calls.clone());
            let called = match called {
                Verdict::Proved(certificate) => {
                    self.proofs.push(*certificate);
                    continue;
                }
                Verdict::NotApplicable => continue,
                Verdict::Refuted(witness) => Some(witness),
                Verdict::Inconclusive(_) => None,
            };
            let arn = runner.resource.model.as_deref().filter(|arn| arn.contains(":foundation-model/"));
            if let (Some(witness), Some(_), Some(arn), [role]) = (called, role, arn, able.as_slice())
                && of_set
                && service_routes::surely_trusts(role, &runner.resource.arn)
            {
                let model = service_routes::of_model(self.around.catalogue, arn);
                if let Verdict::Refuted(of_role) = self.ask_role(&as_begun_by_bedrock(role), model) {
                    return Some(Verdict::Refuted(Box::new(witness.join(*of_role).by(kind.route()))));
                }
            }
            self.leave_open(
                "through-a-service-role",
                "an agent, a flow or a knowledge base of resources.json may be called, and its role may run the model",
            );
        }
        None
    }
}

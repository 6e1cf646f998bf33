//! What AgentCore runs when it is called: code and settings of whoever made it, with a role of its own.

use super::Inquiry;
use crate::subject::Subject;
use crate::theorem::{Answers, agent_core};

/// Why such a call leaves a verdict open.
const CODE: &str = "through-a-service-role";

impl<A: Answers> Inquiry<'_, A> {
    /// Leaves open what a role of AgentCore may run for whoever calls: which model that is only its code tells, so that no request shows it.
    pub(super) fn by_agent_core(&mut self) {
        let calls = self.targets.agent_core.clone();
        if self.none_of(calls.clone()) {
            return;
        }
        if !self.none_of(self.of_other_accounts(self.subject, &calls)) {
            self.leave_open(
                CODE,
                "something that AgentCore runs in another account may be called, and nothing is known of its role",
            );
        }
        if self.around.account.is_some_and(|account| account.any_roles) {
            if self.may_be_any_role() {
                self.leave_open(
                    CODE,
                    "something that AgentCore runs may be called, and nothing is known of the roles of the account",
                );
            }
            return;
        }
        let roles = self.roles_of(true);
        self.proofs.extend(roles.unable);
        if roles.able.is_empty() {
            return;
        }
        let inventory = self.around.account.and_then(|account| account.inventory.as_ref());
        let Some(inventory) = inventory else {
            self.leave_open(
                CODE,
                "a runtime, harness, gateway, memory or evaluation of AgentCore may be called, and a role that AgentCore may take on can run the \
                 model; resources.json would tell which there are",
            );
            return;
        };
        let told = agent_core::told_apart(self.around.catalogue, inventory);
        for (resource, calls) in told.listed {
            let role = resource.role.as_deref();
            let is_its = |able: &Subject| role.is_none_or(|role| able.arn.eq_ignore_ascii_case(role));
            let known = role.is_none_or(|role| self.around.account.is_some_and(|all| all.has_role(role)));
            let runs = !known || roles.able.iter().any(|(able, _)| is_its(able));
            if runs && !self.none_of(calls) {
                self.leave_open(
                    CODE,
                    "something of resources.json that AgentCore runs may be called, and its role may run the model",
                );
            }
        }
        if !self.none_of(told.untold) {
            self.leave_open(
                CODE,
                "something that AgentCore runs and resources.json does not tell of may be called, and a role that AgentCore may take on can run \
                 the model",
            );
        }
    }
}

//! The policies of organization.json: service and resource control policies and what they are attached to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::export::Export;
use super::organization::{ResourceControlPolicy, ServiceControlPolicy};
use super::organization_ids::OrganizationArns;
use super::organization_policy_types::{OrganizationPolicyType, policy_type, warn_of_unknown};
use super::recognize::ORGANIZATION_COMMAND;
use crate::arn::AccountId;
use crate::json::Json;
use crate::policy::{Effect, NamedPolicy, PolicyDocument, PolicyType};

const SUMMARY_MEMBERS: [&str; 6] = ["Id", "Arn", "Name", "Description", "Type", "AwsManaged"];

/// Reads policies one by one; which targets exist is known already.
pub(super) struct PolicyReader<'a> {
    /// The ids of the root and of the OUs.
    nodes: BTreeSet<Arc<str>>,
    accounts: BTreeSet<AccountId>,
    ids: BTreeSet<&'a str>,
    pub(super) service_control: Vec<ServiceControlPolicy>,
    /// Customers' own.
    pub(super) resource_control: Vec<ResourceControlPolicy>,
    /// Numbers of the policies that decide no request, by type.
    pub(super) others: BTreeMap<&'a str, usize>,
    /// Types that were warned of.
    unknown: BTreeSet<&'a str>,
}

impl<'a> PolicyReader<'a> {
    pub(super) fn new(nodes: BTreeSet<Arc<str>>, accounts: BTreeSet<AccountId>) -> Self {
        Self {
            nodes,
            accounts,
            ids: BTreeSet::new(),
            service_control: Vec::new(),
            resource_control: Vec::new(),
            others: BTreeMap::new(),
            unknown: BTreeSet::new(),
        }
    }

    pub(super) fn read(
        &mut self,
        policy: &'a Json,
        arns: &mut OrganizationArns<'a>,
        export: &mut Export<'a>,
    ) {
        export.refuse_misspelled_members(policy, &["PolicySummary", "Content", "Targets"]);
        let Some(summary) = export.field(policy, "PolicySummary") else {
            export.error(policy, "a policy has no PolicySummary", ORGANIZATION_COMMAND);
            return;
        };
        export.refuse_misspelled_members(summary, &SUMMARY_MEMBERS);
        let (Some(id), Some(kind)) = (export.text(summary, "Id"), export.text(summary, "Type")) else {
            return;
        };
        if !self.ids.insert(id) {
            export.error(policy, &format!("the policy `{id}` is listed twice"), ORGANIZATION_COMMAND);
            return;
        }
        let name = export.optional_text(summary, "Name").unwrap_or(id);
        arns.check_policy(summary, id, export);
        let policy_type = match policy_type(kind, summary, export) {
            Some(OrganizationPolicyType::ServiceControl) => PolicyType::ServiceControl,
            Some(OrganizationPolicyType::ResourceControl) => PolicyType::ResourceControl,
            Some(OrganizationPolicyType::Other) => {
                *self.others.entry(kind).or_default() += 1;
                return;
            }
            Some(OrganizationPolicyType::Unknown) => {
                if self.unknown.insert(kind) {
                    warn_of_unknown(kind, summary, export);
                }
                return;
            }
            None => return,
        };
        let targets = self.read_targets(policy, id, export);
        let Some(content) = export.field(policy, "Content") else {
            export.error(
                policy,
                &format!("the policy `{id}` ({name}) has no Content"),
                "list-policies leaves it out; take it from aws organizations describe-policy",
            );
            return;
        };
        let owner = format!("policy `{name}`");
        let Some(document) = export.policy(content, policy_type, &owner) else { return };
        let arn = export.optional_text(summary, "Arn").unwrap_or(id);
        let named = NamedPolicy { name: Arc::from(arn), document };
        let (id, display_name) = (id.to_owned(), name.to_owned());
        if policy_type == PolicyType::ServiceControl {
            let policy = named;
            self.service_control.push(ServiceControlPolicy { id, display_name, policy, targets });
            return;
        }
        let of_aws = export.optional_flag(summary, "AwsManaged");
        if allows(&named.document) {
            // The parser lets an Allow pass only with the words of RCPFullAWSAccess.
            if of_aws == Some(false) || named.document.statements.len() > 1 {
                export.error(
                    content,
                    &format!("the resource control policy `{id}` ({name}) allows something"),
                    "AWS Organizations stores customers' policies only with Deny; write organization.json again",
                );
            }
            return;
        }
        let policy = named;
        self.resource_control.push(ResourceControlPolicy { id, display_name, policy, targets });
    }

    fn read_targets(&self, policy: &'a Json, id: &str, export: &mut Export<'a>) -> Vec<Arc<str>> {
        let mut targets: Vec<Arc<str>> = Vec::new();
        for target in export.list(policy, "Targets") {
            export.refuse_misspelled_members(target, &["TargetId", "Arn", "Name", "Type"]);
            let Some(name) = export.text(target, "TargetId") else { continue };
            let account = AccountId::parse(name).is_some_and(|account| self.accounts.contains(&account));
            if !account && !self.nodes.contains(name) {
                export.error(
                    target,
                    &format!("the policy `{id}` is attached to `{name}`, which is not in the organisation"),
                    ORGANIZATION_COMMAND,
                );
                continue;
            }
            let name: Arc<str> = Arc::from(name);
            if !targets.contains(&name) {
                targets.push(name);
            }
        }
        targets
    }
}

fn allows(document: &PolicyDocument) -> bool {
    document.statements.iter().any(|statement| statement.effect == Effect::Allow)
}

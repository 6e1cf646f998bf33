//! The identity policies of one user, group or role: inline ones, and managed ones that are attached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::export::Export;
use super::policies::ManagedPolicies;
use crate::json::Json;
use crate::location::Location;
use crate::policy::{NamedPolicy, PolicyType};

/// Inline policies in the order of the list, then managed ones, each of those once.
#[derive(Clone, Debug, Default)]
pub(super) struct IdentityPolicies {
    pub(super) policies: Vec<NamedPolicy>,
    /// The ARNs of the managed ones. An inline policy is never left out for another of its name.
    pub(super) managed: BTreeSet<Arc<str>>,
}

impl IdentityPolicies {
    /// Those of `detail`, the entity `arn`, with the inline ones under `inline_list`. An inline policy without a name
    /// or with the name of another is an error, and so is a list that is not there, but for the inline policies of
    /// users, which AWS leaves out where there are none.
    pub(super) fn read<'a>(
        detail: &'a Json,
        inline_list: &'static str,
        arn: &str,
        managed: &mut ManagedPolicies<'_>,
        export: &mut Export<'a>,
    ) -> Self {
        let mut read = Self::default();
        let mut seen: BTreeMap<&str, Location> = BTreeMap::new();
        let inline = if inline_list == "UserPolicyList" {
            export.optional_list(detail, inline_list)
        } else {
            export.whole_list(detail, inline_list, arn)
        };
        for policy in inline {
            read.read_inline(policy, arn, &mut seen, export);
        }
        for attached in export.whole_list(detail, "AttachedManagedPolicies", arn) {
            export.refuse_misspelled_members(attached, &["PolicyName", "PolicyArn"]);
            let Some(policy_arn) = export.text(attached, "PolicyArn") else { continue };
            if let Some(policy) = managed.find(policy_arn, arn, attached, &format!("`{arn}`"), export) {
                read.attach(policy);
            }
        }
        read
    }

    /// Adds those of a group to those of a member.
    pub(super) fn join(&mut self, group: &Self) {
        for policy in &group.policies {
            if group.managed.contains(&policy.name) {
                self.attach(policy.clone());
            } else {
                self.policies.push(policy.clone());
            }
        }
    }

    fn attach(&mut self, policy: NamedPolicy) {
        if self.managed.insert(Arc::clone(&policy.name)) {
            self.policies.push(policy);
        }
    }

    fn read_inline<'a>(
        &mut self,
        policy: &'a Json,
        arn: &str,
        seen: &mut BTreeMap<&'a str, Location>,
        export: &mut Export<'a>,
    ) {
        export.refuse_misspelled_members(policy, &["PolicyName", "PolicyDocument"]);
        let Some(name) = export.text(policy, "PolicyName") else { return };
        if let Some(first) = seen.get(name) {
            export.error(
                policy,
                &format!("`{arn}` has two inline policies named `{name}`, the first at {first}"),
                "AWS keeps one of each name; the export may be several answers joined: run the AWS command again",
            );
        } else {
            seen.insert(name, policy.location(export.file));
        }
        let name = format!("{arn}#{name}");
        let Some(document) = export.field(policy, "PolicyDocument") else {
            export.error(
                policy,
                &format!("the inline policy `{name}` has no PolicyDocument"),
                "the file must be the unchanged answer of the AWS command",
            );
            return;
        };
        let owner = format!("inline policy `{name}`");
        if let Some(document) = export.policy(document, PolicyType::Identity, &owner) {
            self.policies.push(NamedPolicy { name: Arc::from(name), document });
        }
    }
}

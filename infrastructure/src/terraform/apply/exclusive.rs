//! Resources that take off an entity whatever they do not name.

use serde_json::Value;

use super::Application;
use super::identities::{Kind, kind_of};
use crate::draft::{elements, retain, text_at};
use crate::hole;
use crate::terraform::plan::Resource;

impl Application<'_> {
    /// The managed policies that an entity has, and no others. Where it is not known which one of them is, any may be attached and any of those that
    /// are there taken off: a policy of which nothing is known stands for that.
    pub(super) fn exclusive_attachments(&mut self, resource: &Resource) {
        let kind = kind_of(&resource.kind);
        let Some((account, holder)) = self.exclusive_holder(resource, kind) else { return };
        let arns = self.texts_of(resource, "policy_arns");
        self.keep(resource, (&account, kind, &holder), ("AttachedManagedPolicies", "PolicyArn"), &arns);
        for arn in arns {
            self.attach(&account, (kind, &holder), &arn, resource);
        }
    }

    /// The inline policies that an entity has, and no others; an error where it is not known which.
    pub(super) fn exclusive_inline(&mut self, resource: &Resource) {
        let kind = kind_of(&resource.kind);
        let Some((account, holder)) = self.exclusive_holder(resource, kind) else { return };
        let names = self.texts_of(resource, "policy_names");
        if names.iter().any(|name| hole::has_hole(name)) {
            let help = "write their names, or mention no resource whose name is unknown";
            self.problem(resource, "it is not known which inline policies stay", help);
            return;
        }
        self.keep(resource, (&account, kind, &holder), (kind.inline, "PolicyName"), &names);
    }

    fn exclusive_holder(&mut self, resource: &Resource, kind: Kind) -> Option<(String, String)> {
        let name = self.text_of(resource, &format!("{}_name", kind.word)).unwrap_or_default();
        self.named_holder(resource, kind, &name)
    }

    /// Takes off what is not named; an error if the plan itself puts it there.
    fn keep(
        &mut self,
        resource: &Resource,
        (account, kind, holder): (&str, Kind, &str),
        (what, name): (&str, &str),
        kept: &[String],
    ) {
        let Some(entity) = self.entity(account, kind, holder) else { return };
        let is_kept = |policy: &Value| kept.iter().any(|kept| kept == text_at(policy, name));
        let gone: Vec<String> = elements(entity, what)
            .filter(|policy| !is_kept(policy))
            .map(|policy| text_at(policy, name).to_owned())
            .collect();
        retain(entity, what, is_kept);
        if !gone.is_empty() {
            let text = format!("the {} {holder} has {} no more", kind.word, gone.join(", "));
            self.note_difference(resource, &text);
        }
        // What stands for what is unknown may be one of them.
        if kept.iter().any(|kept| hole::has_hole(kept)) {
            return;
        }
        for gone in gone {
            self.is_placed(account, (kind, holder), &gone, resource);
        }
    }
}

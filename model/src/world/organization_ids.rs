//! Ids and ARNs of AWS Organizations: each has its form, and all name one organisation and one management account.

use super::export::Export;
use super::recognize::ORGANIZATION_COMMAND;
use crate::arn::{AccountId, Arn};
use crate::json::Json;

/// True for the id of an organisation: `o-` and lower-case letters or digits.
pub(super) fn is_organization_id(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(is_plain)
}

/// True for the id of a root: `r-` and lower-case letters or digits.
pub(super) fn is_root_id(text: &str) -> bool {
    text.strip_prefix("r-").is_some_and(is_plain)
}

/// True for the id of an organizational unit below `root`: `ou-`, what follows `r-` in the root's id, `-`, and
/// lower-case letters or digits. None for `root` is any root.
pub(super) fn is_unit_id(text: &str, root: Option<&str>) -> bool {
    let parts = text.strip_prefix("ou-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(of_root, own)| {
        let root = root.and_then(|root| root.strip_prefix("r-"));
        is_plain(of_root) && is_plain(own) && root.is_none_or(|root| root == of_root)
    })
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// What all ARNs of one organisation have in common.
#[derive(Debug)]
pub(super) struct OrganizationArns<'a> {
    /// The organisation's id, if it was read.
    pub(super) id: Option<&'a str>,
    /// The management account, if it was read.
    pub(super) management_account: Option<AccountId>,
    /// The partition of the first ARN.
    pub(super) partition: Option<&'a str>,
}

impl<'a> OrganizationArns<'a> {
    /// Checks the ARN under `key`, if there is one: `arn:…:organizations::<management>:<kind>/<organisation>/<id>`. No
    /// `id` stands for the organisation itself.
    pub(super) fn check(
        &mut self,
        object: &'a Json,
        key: &str,
        kind: &str,
        id: Option<&str>,
        export: &mut Export<'a>,
    ) {
        let Some((arn, parts)) = self.organizations_arn(object, key, export) else { return };
        self.check_account(object, arn, parts.account, export);
        let mut named = parts.resource.split('/');
        let is_kind = named.next() == Some(kind);
        let organization = named.next().unwrap_or_default();
        self.check_organization(object, arn, organization, export);
        if !is_kind || named.next() != id || named.next().is_some() {
            let message = match id {
                Some(id) => format!("`{arn}` is not the ARN of `{id}`"),
                None => format!("`{arn}` is not the ARN of an organisation"),
            };
            export.error(object, &message, ORGANIZATION_COMMAND);
        }
    }

    /// Checks the ARN of the policy `id`, if there is one: `…:<management>:policy/<organisation>/<type>/<id>`, or
    /// `…:aws:policy/<type>/<id>` for one of AWS's own.
    pub(super) fn check_policy(&mut self, summary: &'a Json, id: &str, export: &mut Export<'a>) {
        let Some((arn, parts)) = self.organizations_arn(summary, "Arn", export) else { return };
        let named: Vec<&str> = parts.resource.split('/').collect();
        match named.as_slice() {
            ["policy", organization, _, last] if parts.account != "aws" && *last == id => {
                self.check_account(summary, arn, parts.account, export);
                self.check_organization(summary, arn, organization, export);
            }
            ["policy", _, last] if parts.account == "aws" && *last == id => {}
            _ => {
                let message = format!("`{arn}` is not the ARN of the policy `{id}`");
                export.error(summary, &message, ORGANIZATION_COMMAND);
            }
        }
    }

    /// The ARN under `key` with its parts; none if there is none, or after an error.
    fn organizations_arn(
        &mut self,
        object: &'a Json,
        key: &str,
        export: &mut Export<'a>,
    ) -> Option<(&'a str, Arn<'a>)> {
        let arn = export.optional_text(object, key)?;
        let parts = Arn::parse(arn).filter(|parts| {
            parts.service == "organizations" && parts.region.is_empty() && !parts.partition.is_empty()
        });
        let Some(parts) = parts else {
            let message = format!("`{arn}` is not an ARN of AWS Organizations");
            export.error(object, &message, ORGANIZATION_COMMAND);
            return None;
        };
        let known = *self.partition.get_or_insert(parts.partition);
        if known != parts.partition {
            let message = format!("`{arn}` is not in the partition {known}, as the organisation is");
            export.error(object, &message, ORGANIZATION_COMMAND);
        }
        Some((arn, parts))
    }

    fn check_account(&self, object: &Json, arn: &str, account: &str, export: &mut Export<'_>) {
        if let Some(management) = self.management_account
            && AccountId::parse(account) != Some(management)
        {
            let message = format!("`{arn}` does not name the management account {management}");
            export.error(object, &message, DISAGREE);
        }
    }

    fn check_organization(&self, object: &Json, arn: &str, organization: &str, export: &mut Export<'_>) {
        if let Some(id) = self.id
            && organization != id
        {
            export.error(object, &format!("`{arn}` does not name the organisation {id}"), DISAGREE);
        }
    }
}

const DISAGREE: &str = "all answers must be of one organisation; run docs/organization-export.sh again";

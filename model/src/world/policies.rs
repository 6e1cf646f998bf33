//! The managed policies that one account's export holds, and those that it only names.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::account::{ManagedPolicy, PolicyVersion};
use super::entity::{EntityKind, TakenNames, is_path};
use super::export::Export;
use super::recognize::AUTHORIZATION_DETAILS_COMMAND;
use crate::arn::{AccountId, Arn};
use crate::json::Json;
use crate::location::InputError;
use crate::managed;
use crate::parse::{exported_policy, policy_text};
use crate::policy::{NamedPolicy, PolicyType};

/// The managed policies of one account, by ARN.
#[derive(Debug, Default)]
pub(super) struct ManagedPolicies<'m> {
    /// AWS's own, for those that the export only names; none for the embedded ones.
    of_aws: Option<&'m managed::ManagedPolicies>,
    known: BTreeMap<Arc<str>, ManagedPolicy>,
    /// Policies that are in the export but could not be read: their error was reported already.
    unreadable: Vec<String>,
}

impl<'m> ManagedPolicies<'m> {
    /// Those under `Policies`; `of_aws` in place of the embedded ones. The account's own take their names.
    pub(super) fn read<'a>(
        json: &'a Json,
        of_aws: Option<&'m managed::ManagedPolicies>,
        names: &mut TakenNames,
        export: &mut Export<'a>,
    ) -> Self {
        let mut policies = Self { of_aws, ..Self::default() };
        for policy in export.list(json, "Policies") {
            let Some(arn) = export.text(policy, "Arn") else { continue };
            // The name of a customer's policy may be that of one of AWS's.
            let name = if is_aws_managed(arn) { arn } else { arn.rsplit('/').next().unwrap_or_default() };
            let first = names.take(EntityKind::ManagedPolicy, name, arn, policy, export);
            match read_policy(policy, arn, export) {
                Some(managed) if first => {
                    policies.known.insert(Arc::clone(&managed.arn), managed);
                }
                Some(_) | None => policies.unreadable.push(arn.to_owned()),
            }
        }
        policies
    }

    /// The policy `arn` that `owner` names at `place` as its `role_of_policy` (attached policy, boundary): from the
    /// export, or else of AWS's own table. `holder` is the ARN of the user, group or role. None after an error, which is
    /// reported here or was before.
    pub(super) fn find(
        &mut self,
        arn: &str,
        holder: &str,
        place: &Json,
        owner: &str,
        export: &mut Export<'_>,
    ) -> Option<NamedPolicy> {
        if let Some(managed) = self.known.get(arn) {
            return Some(managed.policy.clone());
        }
        if self.unreadable.iter().any(|unreadable| unreadable == arn) {
            return None;
        }
        if let (Some(policy), Some(holder)) = (Arn::parse(arn), Arn::parse(holder))
            && policy.partition != holder.partition
        {
            export.error(
                place,
                &format!(
                    "{owner} names the policy `{arn}`, which is not in its partition {}",
                    holder.partition
                ),
                "the file must be the unchanged answer of the AWS command",
            );
            return None;
        }
        match of_aws(arn, self.of_aws) {
            Ok(Some(managed)) => {
                let policy = managed.policy.clone();
                self.known.insert(Arc::clone(&managed.arn), managed);
                Some(policy)
            }
            Ok(None) => {
                let (more, help) = self.absence(arn);
                export.error(
                    place,
                    &format!("{owner} names the policy `{arn}`, which is not in the export{more}"),
                    &help,
                );
                None
            }
            Err(errors) => {
                export.errors.extend(errors);
                self.unreadable.push(arn.to_owned());
                None
            }
        }
    }

    /// Why the policy `arn` cannot be taken from elsewhere than the export, and what to do.
    fn absence(&self, arn: &str) -> (String, String) {
        let Some(parts) = Arn::parse(arn).filter(|_| is_aws_managed(arn)) else {
            let help =
                "an attached policy that is not there cannot be judged; export again, without --filter";
            return (String::new(), help.to_owned());
        };
        let table = self.of_aws.or_else(|| managed::ManagedPolicies::embedded().ok());
        match table.map(managed::ManagedPolicies::partition) {
            Some(partition) if partition != parts.partition => (
                format!(
                    "; only the documents of partition {partition} are {}",
                    if partition == managed::COMMERCIAL { "embedded" } else { "in the table given" }
                ),
                format!(
                    "{AUTHORIZATION_DETAILS_COMMAND} without --filter, whose answer holds what is attached; a table of \
                     partition {} can be given with --managed-policies (docs/data.md)",
                    parts.partition
                ),
            ),
            Some(_) | None => (
                String::new(),
                "it is AWS managed but newer than the embedded list; export again with all policies, without --filter"
                    .to_owned(),
            ),
        }
    }

    pub(super) fn into_map(self) -> BTreeMap<Arc<str>, ManagedPolicy> {
        self.known
    }
}

const VERSION_MEMBERS: [&str; 4] = ["Document", "VersionId", "IsDefaultVersion", "CreateDate"];

/// One element of `Policies`; none after an error.
fn read_policy<'a>(policy: &'a Json, arn: &'a str, export: &mut Export<'a>) -> Option<ManagedPolicy> {
    let owner = format!("policy `{arn}`");
    let name = policy_name(policy, arn, export)?;
    export.refuse_misspelled_members(policy, EntityKind::ManagedPolicy.members());
    export.date(policy, "CreateDate");
    export.date(policy, "UpdateDate");
    let named_default = export.optional_text(policy, "DefaultVersionId");
    let mut versions = Vec::new();
    let mut default: Option<(&str, &Json)> = None;
    for version in export.list(policy, "PolicyVersionList") {
        export.refuse_misspelled_members(version, &VERSION_MEMBERS);
        export.date(version, "CreateDate");
        let Some(id) = export.text(version, "VersionId") else { continue };
        let flagged = export.optional_flag(version, "IsDefaultVersion");
        let is_default = named_default.map_or(flagged == Some(true), |named| named == id);
        if flagged.is_some_and(|flag| flag != is_default) || (is_default && default.is_some()) {
            export.error(
                version,
                &format!(
                    "{owner}: IsDefaultVersion of `{id}` contradicts DefaultVersionId or another version"
                ),
                "exactly one version is the default; run the AWS command again",
            );
            return None;
        }
        if is_default {
            default = Some((id, version));
        }
        versions.push((id, version));
    }
    let Some((id, version)) = default else {
        let shown = named_default.unwrap_or("unknown");
        export.error(
            policy,
            &format!("{owner}: its default version (`{shown}`) is not in PolicyVersionList"),
            "without it nothing can be said about who has the policy; run the AWS command again",
        );
        return None;
    };
    let Some(document) = export.field(version, "Document") else {
        export.error(
            version,
            &format!("{owner}: the default version has no Document"),
            "aws iam list-policies leaves documents out; use aws iam get-account-authorization-details",
        );
        return None;
    };
    let document = export.policy(document, PolicyType::Identity, &owner)?;
    // Only AWS chooses the versions of its own. A version that is not in force and cannot be read is taken for any document.
    let other = |version: &'a Json| {
        let document = version.get("Document").filter(|_| !is_aws_managed(arn))?;
        let read = exported_policy(document, export.source, PolicyType::Identity, export.file);
        read.ok().map(|(document, _)| Arc::new(document))
    };
    let versions = versions
        .into_iter()
        .map(|(version_id, version)| PolicyVersion {
            id: version_id.to_owned(),
            document: if version_id == id { Some(Arc::clone(&document)) } else { other(version) },
        })
        .collect();
    let arn: Arc<str> = Arc::from(arn);
    Some(ManagedPolicy {
        aws_managed: is_aws_managed(&arn),
        name: name.to_owned(),
        default_version: id.to_owned(),
        versions,
        policy: NamedPolicy { name: Arc::clone(&arn), document },
        arn,
    })
}

/// The name of the policy `arn`; none after an error: `arn` is no policy's, or name or path contradict it.
fn policy_name<'a>(policy: &'a Json, arn: &'a str, export: &mut Export<'a>) -> Option<&'a str> {
    let unchanged = "the file must be the unchanged answer of the AWS command";
    let parts = Arn::parse(arn).filter(|parts| {
        parts.service == "iam"
            && parts.region.is_empty()
            && (parts.account == "aws" || AccountId::parse(parts.account).is_some())
    });
    let named = parts.and_then(|parts| parts.resource.strip_prefix("policy"));
    let split = named.and_then(|named| named.rfind('/').and_then(|last| named.split_at_checked(last + 1)));
    let Some((path, name)) = split.filter(|(path, name)| is_path(path) && !name.is_empty()) else {
        export.error(policy, &format!("`{arn}` is not the ARN of a policy"), unchanged);
        return None;
    };
    let given_name = export.optional_text(policy, "PolicyName");
    let given_path = export.optional_text(policy, "Path");
    for (member, given, told) in [("PolicyName", given_name, name), ("Path", given_path, path)] {
        if let Some(given) = given.filter(|given| *given != told) {
            let message = format!("{member} is `{given}`, but the ARN `{arn}` says `{told}`");
            export.error(policy, &message, unchanged);
        }
    }
    Some(name)
}

/// True for the ARN of a policy that AWS owns.
pub(super) fn is_aws_managed(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.service == "iam" && arn.account == "aws")
}

/// The AWS managed policy `arn` of `table`, or else of the embedded one; none if it is not there.
fn of_aws(
    arn: &str,
    table: Option<&managed::ManagedPolicies>,
) -> Result<Option<ManagedPolicy>, Vec<InputError>> {
    let record = match table {
        Some(table) => table.document(arn),
        None => managed::document(arn).map_err(|error| error.0.clone())?,
    };
    let Some(record) = record else {
        return Ok(None);
    };
    let file: Arc<str> = Arc::from(format!("<managed {}>", record.name));
    let (document, _) = policy_text(&record.text, PolicyType::Identity, &file)?;
    let arn: Arc<str> = Arc::from(record.arn);
    Ok(Some(ManagedPolicy {
        name: record.name,
        versions: Vec::new(),
        default_version: record.version_id,
        policy: NamedPolicy { name: Arc::clone(&arn), document: Arc::new(document) },
        aws_managed: true,
        arn,
    }))
}

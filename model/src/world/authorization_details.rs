//! One account, from the answer of `aws iam get-account-authorization-details`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::account::{Account, Group, Role, RoleLastUsed, User};
use super::entity::{EntityKind, TakenNames};
use super::export::Export;
use super::policies::ManagedPolicies;
use super::recognize::{AUTHORIZATION_DETAILS_COMMAND, recognize};
use crate::arn::{AccountId, Arn};
use crate::json::Json;
use crate::managed;
use crate::policy::{NamedPolicy, PolicyType};

const LISTS: [&str; 4] = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];

/// The account in `json`; none after an error. `folder` is the account that the file's place stands for, if any.
/// `of_aws` are AWS's managed policies in place of the embedded ones.
pub(super) fn read_account<'a>(
    json: &'a Json,
    folder: Option<AccountId>,
    of_aws: Option<&managed::ManagedPolicies>,
    export: &mut Export<'a>,
) -> Option<Account> {
    if !LISTS.iter().any(|list| *list != "Policies" && json.get(list).is_some()) {
        let found = recognize(json);
        export.error(
            json,
            &format!("this is not the answer of get-account-authorization-details{}", found.in_words()),
            &found.help(AUTHORIZATION_DETAILS_COMMAND),
        );
        return None;
    }
    export.refuse_more_pages(json);
    let mut names = TakenNames::default();
    let policies = ManagedPolicies::read(json, of_aws, &mut names, export);
    let mut reader = AccountReader {
        groups: BTreeMap::new(),
        policies,
        names,
        account: folder.map(|account| (account, String::new())),
    };
    for detail in export.list(json, "GroupDetailList") {
        reader.read_group(detail, export);
    }
    let mut users = Vec::new();
    for detail in export.list(json, "UserDetailList") {
        users.extend(reader.read_user(detail, export));
    }
    let mut roles = Vec::new();
    for detail in export.list(json, "RoleDetailList") {
        roles.extend(reader.read_role(detail, export));
    }
    let (id, partition) = reader.account?;
    users.sort_by(|left, right| left.arn.cmp(&right.arn));
    roles.sort_by(|left, right| left.arn.cmp(&right.arn));
    let mut groups: Vec<Group> = reader.groups.into_values().collect();
    groups.sort_by(|left, right| left.arn.cmp(&right.arn));
    let managed_policies = reader.policies.into_map();
    let of_policies = || {
        let own = managed_policies.keys().filter_map(|arn| Arn::parse(arn));
        own.filter(|arn| AccountId::parse(arn.account) == Some(id)).map(|arn| arn.partition.to_owned()).next()
    };
    let partition = if partition.is_empty() { of_policies().unwrap_or_default() } else { partition };
    Some(Account {
        id,
        partition,
        users,
        groups,
        roles,
        managed_policies,
        resource_policies: None,
        inference_profiles: None,
        resources: None,
        credentials: None,
        file: Arc::clone(export.file),
    })
}

/// What is the same for users, groups and roles.
struct Entity<'a> {
    arn: Arc<str>,
    name: &'a str,
    path: String,
    id: &'a str,
}

struct AccountReader<'m> {
    /// By name in lower case.
    groups: BTreeMap<String, Group>,
    policies: ManagedPolicies<'m>,
    names: TakenNames,
    account: Option<(AccountId, String)>,
}

impl AccountReader<'_> {
    fn read_group<'a>(&mut self, detail: &'a Json, export: &mut Export<'a>) {
        let Some(entity) = self.read_entity(detail, EntityKind::Group, export) else { return };
        export.date(detail, "CreateDate");
        let mut identity = Identity::default();
        self.read_policies(detail, "GroupPolicyList", &entity, &mut identity, export);
        let group = Group {
            name: entity.name.to_owned(),
            arn: entity.arn,
            path: entity.path,
            id: entity.id.to_owned(),
            identity: identity.policies,
        };
        self.groups.insert(group.name.to_ascii_lowercase(), group);
    }

    fn read_user<'a>(&mut self, detail: &'a Json, export: &mut Export<'a>) -> Option<User> {
        let entity = self.read_entity(detail, EntityKind::User, export)?;
        let created = export.date(detail, "CreateDate");
        export.date(detail, "PasswordLastUsed");
        let mut identity = Identity::default();
        self.read_policies(detail, "UserPolicyList", &entity, &mut identity, export);
        let mut groups = Vec::new();
        for name in export.optional_list(detail, "GroupList") {
            // No two groups have names that are equal but for letter case.
            let group = name.as_str().and_then(|name| self.groups.get(&name.to_ascii_lowercase()));
            let Some(group) = group else {
                let shown = name.as_str().unwrap_or_else(|| name.kind());
                export.error(
                    name,
                    &format!("`{}` is in the group `{shown}`, which is not in GroupDetailList", entity.arn),
                    "the group's policies are needed; export again, without --filter",
                );
                continue;
            };
            groups.push(group.name.clone());
            for policy in &group.identity {
                identity.add(policy.clone());
            }
        }
        Some(User {
            tags: export.tags(detail),
            boundary: self.read_boundary(detail, &entity, export),
            identity: identity.policies,
            groups,
            created,
            name: entity.name.to_owned(),
            arn: entity.arn,
            path: entity.path,
            id: entity.id.to_owned(),
        })
    }

    fn read_role<'a>(&mut self, detail: &'a Json, export: &mut Export<'a>) -> Option<Role> {
        let entity = self.read_entity(detail, EntityKind::Role, export)?;
        let created = export.date(detail, "CreateDate");
        let last_used = export.field(detail, "RoleLastUsed").and_then(|used| {
            let date = export.date(used, "LastUsedDate")?;
            Some(RoleLastUsed { date, region: export.optional_text(used, "Region").map(str::to_owned) })
        });
        let mut identity = Identity::default();
        self.read_policies(detail, "RolePolicyList", &entity, &mut identity, export);
        let tags = export.tags(detail);
        let boundary = self.read_boundary(detail, &entity, export);
        let trust = export.field(detail, "AssumeRolePolicyDocument");
        if trust.is_none() {
            export.error(
                detail,
                &format!("`{}` has no AssumeRolePolicyDocument", entity.arn),
                "every role has a trust policy; the file must be the unchanged answer of the AWS command",
            );
        }
        let owner = format!("trust policy of `{}`", entity.arn);
        let document = export.policy(trust?, PolicyType::Trust, &owner)?;
        Some(Role {
            tags,
            boundary,
            identity: identity.policies,
            trust: NamedPolicy { name: Arc::from(format!("{} (trust policy)", entity.arn)), document },
            created,
            last_used,
            service_linked: entity.path.starts_with("/aws-service-role/"),
            reserved: entity.path.starts_with("/aws-reserved/"),
            name: entity.name.to_owned(),
            arn: entity.arn,
            path: entity.path,
            id: entity.id.to_owned(),
        })
    }

    /// ARN, name, path and id of a user, group or role.
    fn read_entity<'a>(
        &mut self,
        detail: &'a Json,
        kind: EntityKind,
        export: &mut Export<'a>,
    ) -> Option<Entity<'a>> {
        let arn = export.text(detail, "Arn")?;
        let name = export.text(detail, kind.name_member())?;
        let id = export.optional_text(detail, kind.id_member()).unwrap_or_default();
        let path = export.optional_text(detail, "Path");
        let parts = Arn::parse(arn).filter(|parts| parts.service == "iam");
        let account = parts.and_then(|parts| AccountId::parse(parts.account));
        let named = parts.and_then(|parts| parts.resource.strip_prefix(kind.word()));
        let stem = named.and_then(|rest| rest.strip_suffix(name)).filter(|stem| is_path(stem));
        let (Some(parts), Some(account), Some(stem)) = (parts, account, stem) else {
            export.error(
                detail,
                &format!("`{arn}` is not the ARN of a {} named `{name}`", kind.word()),
                "the file must be the unchanged answer of the AWS command",
            );
            return None;
        };
        if path.is_some_and(|path| path != stem) {
            export.error(
                detail,
                &format!("Path is `{}`, but the ARN `{arn}` says `{stem}`", path.unwrap_or_default()),
                "the file must be the unchanged answer of the AWS command",
            );
        }
        self.check_account(account, parts.partition, arn, detail, export);
        if !self.names.take(kind, name, arn, detail, export) {
            return None;
        }
        Some(Entity { arn: Arc::from(arn), name, path: stem.to_owned(), id })
    }

    fn check_account(
        &mut self,
        account: AccountId,
        partition: &str,
        arn: &str,
        detail: &Json,
        export: &mut Export<'_>,
    ) {
        let (known, known_partition) = self.account.get_or_insert_with(|| (account, partition.to_owned()));
        if known_partition.is_empty() {
            partition.clone_into(known_partition);
        }
        if *known != account || known_partition != partition {
            let message = format!("`{arn}` is not of account {known} in partition {known_partition}");
            export.error(
                detail,
                &message,
                "each file holds one account, and the name of its folder is that account's id",
            );
        }
    }

    /// Inline policies under `inline` and attached ones.
    fn read_policies<'a>(
        &mut self,
        detail: &'a Json,
        inline: &str,
        entity: &Entity<'a>,
        identity: &mut Identity,
        export: &mut Export<'a>,
    ) {
        for (index, policy) in export.optional_list(detail, inline).iter().enumerate() {
            let name = match export.optional_text(policy, "PolicyName") {
                Some(name) => format!("{}#{name}", entity.arn),
                None => format!("{}#{index}", entity.arn),
            };
            let Some(document) = export.field(policy, "PolicyDocument") else {
                export.error(
                    policy,
                    &format!("the inline policy `{name}` has no PolicyDocument"),
                    "the file must be the unchanged answer of the AWS command",
                );
                continue;
            };
            let owner = format!("inline policy `{name}`");
            if let Some(document) = export.policy(document, PolicyType::Identity, &owner) {
                identity.policies.push(NamedPolicy { name: Arc::from(name), document });
            }
        }
        for attached in export.optional_list(detail, "AttachedManagedPolicies") {
            let Some(arn) = export.text(attached, "PolicyArn") else { continue };
            if let Some(policy) = self.policies.find(arn, attached, &format!("`{}`", entity.arn), export) {
                identity.add(policy);
            }
        }
    }

    fn read_boundary<'a>(
        &mut self,
        detail: &'a Json,
        entity: &Entity<'a>,
        export: &mut Export<'a>,
    ) -> Option<NamedPolicy> {
        let boundary = export.field(detail, "PermissionsBoundary")?;
        let kind = export.optional_text(boundary, "PermissionsBoundaryType");
        if !matches!(kind, None | Some("Policy" | "PermissionsBoundaryPolicy")) {
            export.error(
                boundary,
                &format!("unknown PermissionsBoundaryType `{}`", kind.unwrap_or_default()),
                "`Policy` and `PermissionsBoundaryPolicy` are known",
            );
        }
        let arn = export.text(boundary, "PermissionsBoundaryArn")?;
        self.policies.find(arn, boundary, &format!("the boundary of `{}`", entity.arn), export)
    }
}

/// True for what may stand between `user`, `group` or `role` and the name: a path with both slashes.
fn is_path(text: &str) -> bool {
    text == "/" || (text.len() > 2 && text.starts_with('/') && text.ends_with('/'))
}

/// The identity policies of one principal, a managed policy once.
#[derive(Default)]
struct Identity {
    policies: Vec<NamedPolicy>,
}

impl Identity {
    fn add(&mut self, policy: NamedPolicy) {
        if !self.policies.iter().any(|known| known.name == policy.name) {
            self.policies.push(policy);
        }
    }
}

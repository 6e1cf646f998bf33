//! One account, from the answer of `aws iam get-account-authorization-details`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::account::{Account, Group, Role, RoleLastUsed, User};
use super::entity::{EntityKind, TakenIds, TakenNames, is_path};
use super::export::Export;
use super::identity_policies::IdentityPolicies;
use super::policies::ManagedPolicies;
use super::recognize::{AUTHORIZATION_DETAILS_COMMAND, recognize};
use crate::arn::{AccountId, Arn};
use crate::json::Json;
use crate::managed;
use crate::policy::{NamedPolicy, PolicyDocument, PolicyType, PrincipalPattern};

const LISTS: [&str; 3] = ["UserDetailList", "GroupDetailList", "RoleDetailList"];
const MEMBERS: [&str; 6] =
    ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies", "IsTruncated", "Marker"];
const BOUNDARY_MEMBERS: [&str; 2] = ["PermissionsBoundaryType", "PermissionsBoundaryArn"];

/// The account in `json`; none after an error. `folder` is the account that the file's place stands for, if any.
/// `of_aws` are AWS's managed policies in place of the embedded ones.
pub(super) fn read_account<'a>(
    json: &'a Json,
    folder: Option<AccountId>,
    of_aws: Option<&managed::ManagedPolicies>,
    export: &mut Export<'a>,
) -> Option<Account> {
    if !LISTS.iter().any(|list| json.get(list).is_some()) {
        let found = recognize(json);
        export.error(
            json,
            &format!("this is not the answer of get-account-authorization-details{}", found.in_words()),
            &found.help(AUTHORIZATION_DETAILS_COMMAND),
        );
        return None;
    }
    export.refuse_more_pages(json);
    export.refuse_misspelled_members(json, &MEMBERS);
    let mut names = TakenNames::default();
    let policies = ManagedPolicies::read(json, of_aws, &mut names, export);
    let mut reader = AccountReader {
        groups: BTreeMap::new(),
        policies,
        names,
        ids: TakenIds::default(),
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
    reader.check_policies(json, export);
    let (id, partition) = reader.account?;
    users.sort_by(|left, right| left.arn.cmp(&right.arn));
    roles.sort_by(|left, right| left.arn.cmp(&right.arn));
    let mut groups: Vec<Group> = reader.groups.into_values().map(|(group, _)| group).collect();
    groups.sort_by(|left, right| left.arn.cmp(&right.arn));
    let managed_policies = reader.policies.into_map();
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
    groups: BTreeMap<String, (Group, IdentityPolicies)>,
    policies: ManagedPolicies<'m>,
    names: TakenNames,
    ids: TakenIds,
    account: Option<(AccountId, String)>,
}

impl AccountReader<'_> {
    fn read_group<'a>(&mut self, detail: &'a Json, export: &mut Export<'a>) {
        let Some(entity) = self.read_entity(detail, EntityKind::Group, export) else { return };
        export.date(detail, "CreateDate");
        let identity = self.read_policies(detail, "GroupPolicyList", &entity, export);
        let group = Group {
            name: entity.name.to_owned(),
            arn: entity.arn,
            path: entity.path,
            id: entity.id.to_owned(),
            identity: identity.policies.clone(),
        };
        self.groups.insert(group.name.to_ascii_lowercase(), (group, identity));
    }

    fn read_user<'a>(&mut self, detail: &'a Json, export: &mut Export<'a>) -> Option<User> {
        let entity = self.read_entity(detail, EntityKind::User, export)?;
        let created = export.date(detail, "CreateDate");
        export.date(detail, "PasswordLastUsed");
        let mut identity = self.read_policies(detail, "UserPolicyList", &entity, export);
        let mut groups = Vec::new();
        let attached = identity.managed.clone();
        for name in export.whole_list(detail, "GroupList", &entity.arn) {
            // No two groups have names that are equal but for letter case.
            let group = name.as_str().and_then(|name| self.groups.get(&name.to_ascii_lowercase()));
            let Some((group, policies)) = group else {
                let shown = name.as_str().unwrap_or_else(|| name.kind());
                export.error(
                    name,
                    &format!("`{}` is in the group `{shown}`, which is not in GroupDetailList", entity.arn),
                    "the group's policies are needed; export again, without --filter",
                );
                continue;
            };
            if groups.contains(&group.name) {
                export.error(
                    name,
                    &format!("`{}` is in the group `{}` twice", entity.arn, group.name),
                    "AWS lists each group once; run the AWS command again",
                );
                continue;
            }
            groups.push(group.name.clone());
            identity.join(policies);
        }
        Some(User {
            tags: export.iam_tags(detail),
            boundary: self.read_boundary(detail, &entity, export),
            identity: identity.policies,
            groups,
            attached,
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
        let tracked = export.field(detail, "RoleLastUsed");
        let use_is_tracked = tracked.is_some();
        let last_used = tracked.and_then(|used| {
            let date = export.date(used, "LastUsedDate")?;
            Some(RoleLastUsed { date, region: export.optional_text(used, "Region").map(str::to_owned) })
        });
        let identity = self.read_policies(detail, "RolePolicyList", &entity, export);
        let tags = export.iam_tags(detail);
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
        let instance_profiles = read_instance_profiles(detail, export);
        let service_linked = is_service_linked(&entity, &document, detail, export);
        Some(Role {
            tags,
            boundary,
            identity: identity.policies,
            trust: NamedPolicy { name: Arc::from(format!("{} (trust policy)", entity.arn)), document },
            created,
            last_used,
            use_is_tracked,
            instance_profiles,
            service_linked,
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
        export.refuse_misspelled_members(detail, kind.members());
        let arn = export.text(detail, "Arn")?;
        let name = export.text(detail, kind.name_member())?;
        let id = export.optional_text(detail, kind.id_member()).unwrap_or_default();
        let path = export.optional_text(detail, "Path");
        let parts = Arn::parse(arn).filter(|parts| parts.service == "iam" && parts.region.is_empty());
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
        let arn: Arc<str> = Arc::from(arn);
        if !id.is_empty() {
            self.ids.take(kind, id, &arn, detail, export);
        }
        Some(Entity { arn, name, path: stem.to_owned(), id })
    }

    /// Reports the policies of other accounts and partitions. Users, groups and roles come first: they tell which
    /// account it is.
    fn check_policies<'a>(&mut self, json: &'a Json, export: &mut Export<'a>) {
        for policy in json.get("Policies").and_then(Json::as_array).unwrap_or_default() {
            let Some(arn) = policy.get("Arn").and_then(Json::as_str) else { continue };
            let Some(parts) = Arn::parse(arn) else { continue };
            let known = self.account.as_ref().filter(|(_, partition)| !partition.is_empty());
            if let Some(account) = AccountId::parse(parts.account) {
                self.check_account(account, parts.partition, arn, policy, export);
            } else if let Some((_, partition)) = known.filter(|(_, partition)| partition != parts.partition) {
                export.error(
                    policy,
                    &format!("`{arn}` is not in partition {partition}, as the account is"),
                    "an account has policies of its own partition only; the file must be the unchanged answer of the \
                     AWS command",
                );
            }
        }
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

    fn read_policies<'a>(
        &mut self,
        detail: &'a Json,
        inline_list: &'static str,
        entity: &Entity<'a>,
        export: &mut Export<'a>,
    ) -> IdentityPolicies {
        IdentityPolicies::read(detail, inline_list, &entity.arn, &mut self.policies, export)
    }

    fn read_boundary<'a>(
        &mut self,
        detail: &'a Json,
        entity: &Entity<'a>,
        export: &mut Export<'a>,
    ) -> Option<NamedPolicy> {
        let boundary = export.field(detail, "PermissionsBoundary")?;
        export.refuse_misspelled_members(boundary, &BOUNDARY_MEMBERS);
        let kind = export.optional_text(boundary, "PermissionsBoundaryType");
        if !matches!(kind, None | Some("Policy" | "PermissionsBoundaryPolicy")) {
            export.error(
                boundary,
                &format!("unknown PermissionsBoundaryType `{}`", kind.unwrap_or_default()),
                "`Policy` and `PermissionsBoundaryPolicy` are known",
            );
        }
        let arn = export.text(boundary, "PermissionsBoundaryArn")?;
        let owner = format!("the boundary of `{}`", entity.arn);
        self.policies.find(arn, &entity.arn, boundary, &owner, export)
    }
}

/// True for a role that only AWS can use: by its path, and by a trust policy that names services alone. A warning where
/// the path says so and the trust policy does not.
/// The ARNs in `InstanceProfileList`; none where there is no such member.
fn read_instance_profiles<'a>(detail: &'a Json, export: &mut Export<'a>) -> Option<Vec<Arc<str>>> {
    export.field(detail, "InstanceProfileList")?;
    let all = export.list(detail, "InstanceProfileList");
    let mut found = Vec::new();
    for profile in all {
        found.extend(export.text(profile, "Arn").map(Arc::from));
    }
    Some(found)
}

fn is_service_linked(
    entity: &Entity<'_>,
    trust: &PolicyDocument,
    place: &Json,
    export: &mut Export<'_>,
) -> bool {
    if !entity.path.starts_with("/aws-service-role/") {
        return false;
    }
    let of_services = trust.statements.iter().all(|statement| {
        statement.principal.as_ref().is_some_and(|element| {
            let service = |value: &PrincipalPattern| matches!(value, PrincipalPattern::Service(_));
            !element.negated && element.values.iter().all(service)
        })
    });
    if !of_services {
        export.warning(
            place,
            &format!("`{}` has the path of service-linked roles, but its trust policy names others than services", entity.arn),
            "AWS lets nobody make such a role, so the file may have been edited; the role is checked as any other, but \
             as all roles of this path without SCPs and RCPs",
        );
    }
    of_services
}

//! authorization-details.json: the principals and policies of one account.

use aws_config::SdkConfig;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, InstanceProfile, ManagedPolicyDetail,
    PermissionsBoundaryAttachmentType, PolicyDetail, PolicyVersion, Role, RoleDetail, RoleLastUsed, Tag,
    UserDetail,
};

use crate::answer::Answer;
use crate::call::Unread;

/// Reads every page of the account's details: users, groups, roles, and all policies that are attached, those of AWS too.
pub(crate) async fn read(config: &SdkConfig) -> Result<String, Unread> {
    const ACTION: &str = "iam:GetAccountAuthorizationDetails";
    let mut pages = Client::new(config).get_account_authorization_details().into_paginator().send();
    let (mut users, mut groups, mut roles, mut policies) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut more = false;
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Unread::of(ACTION, &error))?;
        more = page.is_truncated();
        users.extend(page.user_detail_list().iter().map(of_user));
        groups.extend(page.group_detail_list().iter().map(of_group));
        roles.extend(page.role_detail_list().iter().map(of_role));
        policies.extend(page.policies().iter().map(of_managed_policy));
    }
    if more {
        // What is left out would be read as not being there.
        return Err(Unread::lacks(ACTION, "Marker, though it says that more pages follow"));
    }
    let details = Answer::object()
        .list("UserDetailList", users)
        .list("GroupDetailList", groups)
        .list("RoleDetailList", roles)
        .list("Policies", policies)
        .done();
    Ok(details.file())
}

fn of_user(user: &UserDetail) -> Answer {
    Answer::object()
        .text("Path", user.path())
        .text("UserName", user.user_name())
        .text("UserId", user.user_id())
        .text("Arn", user.arn())
        .instant("CreateDate", user.create_date())
        .list_of("UserPolicyList", user.user_policy_list.as_deref(), of_inline_policy)
        .list_of("GroupList", user.group_list.as_deref(), |name| Answer::from(name.as_str()))
        .list_of("AttachedManagedPolicies", user.attached_managed_policies.as_deref(), of_attached_policy)
        .with("PermissionsBoundary", user.permissions_boundary().map(of_boundary))
        .list_of("Tags", user.tags.as_deref(), of_tag)
        .done()
}

fn of_group(group: &GroupDetail) -> Answer {
    Answer::object()
        .text("Path", group.path())
        .text("GroupName", group.group_name())
        .text("GroupId", group.group_id())
        .text("Arn", group.arn())
        .instant("CreateDate", group.create_date())
        .list_of("GroupPolicyList", group.group_policy_list.as_deref(), of_inline_policy)
        .list_of("AttachedManagedPolicies", group.attached_managed_policies.as_deref(), of_attached_policy)
        .done()
}

fn of_role(role: &RoleDetail) -> Answer {
    Answer::object()
        .text("Path", role.path())
        .text("RoleName", role.role_name())
        .text("RoleId", role.role_id())
        .text("Arn", role.arn())
        .instant("CreateDate", role.create_date())
        .document("AssumeRolePolicyDocument", role.assume_role_policy_document())
        .list_of("InstanceProfileList", role.instance_profile_list.as_deref(), of_instance_profile)
        .list_of("RolePolicyList", role.role_policy_list.as_deref(), of_inline_policy)
        .list_of("AttachedManagedPolicies", role.attached_managed_policies.as_deref(), of_attached_policy)
        .with("PermissionsBoundary", role.permissions_boundary().map(of_boundary))
        .list_of("Tags", role.tags.as_deref(), of_tag)
        .with("RoleLastUsed", role.role_last_used().map(of_last_use))
        .done()
}

fn of_instance_profile(profile: &InstanceProfile) -> Answer {
    Answer::object()
        .text("Path", Some(profile.path()))
        .text("InstanceProfileName", Some(profile.instance_profile_name()))
        .text("InstanceProfileId", Some(profile.instance_profile_id()))
        .text("Arn", Some(profile.arn()))
        .instant("CreateDate", Some(profile.create_date()))
        .list("Roles", profile.roles().iter().map(of_profile_role))
        .list_of("Tags", profile.tags.as_deref(), of_tag)
        .done()
}

fn of_profile_role(role: &Role) -> Answer {
    Answer::object()
        .text("Path", Some(role.path()))
        .text("RoleName", Some(role.role_name()))
        .text("RoleId", Some(role.role_id()))
        .text("Arn", Some(role.arn()))
        .instant("CreateDate", Some(role.create_date()))
        .document("AssumeRolePolicyDocument", role.assume_role_policy_document())
        .text("Description", role.description())
        .number("MaxSessionDuration", role.max_session_duration())
        .with("PermissionsBoundary", role.permissions_boundary().map(of_boundary))
        .list_of("Tags", role.tags.as_deref(), of_tag)
        .with("RoleLastUsed", role.role_last_used().map(of_last_use))
        .done()
}

fn of_managed_policy(policy: &ManagedPolicyDetail) -> Answer {
    Answer::object()
        .text("PolicyName", policy.policy_name())
        .text("PolicyId", policy.policy_id())
        .text("Arn", policy.arn())
        .text("Path", policy.path())
        .text("DefaultVersionId", policy.default_version_id())
        .number("AttachmentCount", policy.attachment_count())
        .number("PermissionsBoundaryUsageCount", policy.permissions_boundary_usage_count())
        .truth("IsAttachable", policy.is_attachable())
        .text("Description", policy.description())
        .instant("CreateDate", policy.create_date())
        .instant("UpdateDate", policy.update_date())
        .list_of("PolicyVersionList", policy.policy_version_list.as_deref(), of_version)
        .done()
}

fn of_version(version: &PolicyVersion) -> Answer {
    Answer::object()
        .document("Document", version.document())
        .text("VersionId", version.version_id())
        .truth("IsDefaultVersion", version.is_default_version())
        .instant("CreateDate", version.create_date())
        .done()
}

fn of_inline_policy(policy: &PolicyDetail) -> Answer {
    Answer::object()
        .text("PolicyName", policy.policy_name())
        .document("PolicyDocument", policy.policy_document())
        .done()
}

fn of_attached_policy(policy: &AttachedPolicy) -> Answer {
    Answer::object().text("PolicyName", policy.policy_name()).text("PolicyArn", policy.policy_arn()).done()
}

fn of_boundary(boundary: &AttachedPermissionsBoundary) -> Answer {
    let kind = boundary.permissions_boundary_type().map(PermissionsBoundaryAttachmentType::as_str);
    Answer::object()
        .text("PermissionsBoundaryType", kind)
        .text("PermissionsBoundaryArn", boundary.permissions_boundary_arn())
        .done()
}

fn of_tag(tag: &Tag) -> Answer {
    Answer::object().text("Key", Some(tag.key())).text("Value", Some(tag.value())).done()
}

fn of_last_use(used: &RoleLastUsed) -> Answer {
    Answer::object().instant("LastUsedDate", used.last_used_date()).text("Region", used.region()).done()
}

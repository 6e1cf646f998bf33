//! Which requests change roles of Identity Center: IAM lets nobody change them, but their permission sets are changed.

use std::sync::Arc;

use super::change::Change;
use crate::arn::Arn;
use crate::request::Request;

/// Actions of Identity Center on a permission set, whose roles change once it is provisioned: by what they change.
const PUT_INLINE: [&str; 2] = ["sso:PutInlinePolicyToPermissionSet", "sso:PutPermissionsPolicy"];
const DELETE_INLINE: [&str; 1] = ["sso:DeleteInlinePolicyFromPermissionSet"];
const ATTACH: [&str; 2] =
    ["sso:AttachManagedPolicyToPermissionSet", "sso:AttachCustomerManagedPolicyReferenceToPermissionSet"];
const DETACH: [&str; 2] =
    ["sso:DetachManagedPolicyFromPermissionSet", "sso:DetachCustomerManagedPolicyReferenceFromPermissionSet"];
const PUT_BOUNDARY: [&str; 1] = ["sso:PutPermissionsBoundaryToPermissionSet"];
const DELETE_BOUNDARY: [&str; 1] = ["sso:DeletePermissionsBoundaryFromPermissionSet"];
/// The actions by which there is a role of a new permission set.
const NEW_PERMISSION_SET: [&str; 2] = ["sso:CreatePermissionSet", "sso:CreateAccountAssignment"];

/// Whether `requests` make the change, where it is one of a role of Identity Center; none where it is about something else.
pub(super) fn made_by_identity_center(change: &Change, requests: &[Request]) -> Option<bool> {
    let any = |actions: &[&str]| {
        requests
            .iter()
            .any(|request| actions.iter().any(|action| request.action.eq_ignore_ascii_case(action)))
    };
    let (role, made): (&Arc<str>, bool) = match change {
        Change::PutPolicy { holder, .. } => (holder, any(&PUT_INLINE)),
        Change::DeletePolicy { holder, .. } => (holder, any(&DELETE_INLINE)),
        Change::Attach { holder, .. } => (holder, any(&ATTACH)),
        Change::Detach { holder, .. } => (holder, any(&DETACH)),
        Change::SetBoundary { principal, .. } => (principal, any(&PUT_BOUNDARY)),
        Change::DeleteBoundary { principal } => (principal, any(&DELETE_BOUNDARY)),
        Change::Create { principal, boundary, .. } => {
            (principal, boundary.is_none() && NEW_PERMISSION_SET.iter().all(|action| any(&[action])))
        }
        Change::Delete { principal } | Change::Tag { principal, .. } => (principal, false),
        Change::SetTrust { role, .. } => (role, false),
        Change::Join { .. }
        | Change::Leave { .. }
        | Change::Rewrite { .. }
        | Change::ChooseVersion { .. }
        | Change::Author { .. }
        | Change::CreateGroup { .. }
        | Change::TagResource { .. }
        | Change::Rename { .. }
        | Change::SetResourcePolicy { .. }
        | Change::Provision { .. }
        | Change::OpenProvider { .. }
        | Change::Organization(_)
        | Change::Obtain { .. } => return None,
    };
    is_of_identity_center(role).then_some(made)
}

fn is_of_identity_center(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.resource.starts_with("role/aws-reserved/sso.amazonaws.com/"))
}

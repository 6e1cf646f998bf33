//! Users, groups, roles and managed policies of one account: each has a name of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::export::Export;
use crate::json::Json;
use crate::location::Location;

/// What IAM gives names to. Names of different kinds may be equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EntityKind {
    User,
    Group,
    Role,
    ManagedPolicy,
}

impl EntityKind {
    /// As in ARNs and messages.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::ManagedPolicy => "policy",
        }
    }

    /// The member that holds the name.
    pub(super) fn name_member(self) -> &'static str {
        match self {
            Self::User => "UserName",
            Self::Group => "GroupName",
            Self::Role => "RoleName",
            Self::ManagedPolicy => "PolicyName",
        }
    }

    /// The members that AWS is known to write.
    pub(super) fn members(self) -> &'static [&'static str] {
        match self {
            Self::User => &[
                "Path",
                "UserName",
                "UserId",
                "Arn",
                "CreateDate",
                "PasswordLastUsed",
                "UserPolicyList",
                "GroupList",
                "AttachedManagedPolicies",
                "PermissionsBoundary",
                "Tags",
            ],
            Self::Group => &[
                "Path",
                "GroupName",
                "GroupId",
                "Arn",
                "CreateDate",
                "GroupPolicyList",
                "AttachedManagedPolicies",
            ],
            Self::Role => &[
                "Path",
                "RoleName",
                "RoleId",
                "Arn",
                "CreateDate",
                "AssumeRolePolicyDocument",
                "Description",
                "MaxSessionDuration",
                "InstanceProfileList",
                "RolePolicyList",
                "AttachedManagedPolicies",
                "PermissionsBoundary",
                "Tags",
                "RoleLastUsed",
            ],
            Self::ManagedPolicy => &[
                "PolicyName",
                "PolicyId",
                "Arn",
                "Path",
                "DefaultVersionId",
                "AttachmentCount",
                "PermissionsBoundaryUsageCount",
                "IsAttachable",
                "Description",
                "CreateDate",
                "UpdateDate",
                "PolicyVersionList",
                "Tags",
            ],
        }
    }

    /// What AWS lets unique ids begin with.
    fn id_start(self) -> &'static str {
        match self {
            Self::User => "AIDA",
            Self::Group => "AGPA",
            Self::Role => "AROA",
            Self::ManagedPolicy => "ANPA",
        }
    }

    /// The member that holds the unique id.
    pub(super) fn id_member(self) -> &'static str {
        match self {
            Self::User => "UserId",
            Self::Group => "GroupId",
            Self::Role => "RoleId",
            Self::ManagedPolicy => "PolicyId",
        }
    }
}

/// The names that are taken in one account. IAM keeps them unique over paths and letter case, each kind by itself: of
/// two entities with one name, no policy and no group list can mean the second.
#[derive(Debug, Default)]
pub(super) struct TakenNames {
    /// The ARN that has it, and where it stands, by kind and name in lower case.
    holders: BTreeMap<(EntityKind, String), (Arc<str>, Location)>,
}

impl TakenNames {
    /// Takes `name` for `arn`, which is read at `place`. False after an error: it was taken already.
    pub(super) fn take(
        &mut self,
        kind: EntityKind,
        name: &str,
        arn: &str,
        place: &Json,
        export: &mut Export<'_>,
    ) -> bool {
        let key = (kind, name.to_ascii_lowercase());
        let Some((holder, first)) = self.holders.get(&key) else {
            self.holders.insert(key, (Arc::from(arn), place.location(export.file)));
            return true;
        };
        let (message, help) = if holder.as_ref() == arn {
            (
                format!("`{arn}` is listed twice, first at {first}"),
                "the export may be several answers joined; run the AWS command again",
            )
        } else {
            (
                format!("`{arn}` has the same name as `{holder}` at {first}"),
                "AWS keeps names of a kind unique in an account, whatever the path and the letter case; run the AWS \
                 command again",
            )
        };
        export.error(place, &message, help);
        false
    }
}

/// The unique ids of the users, groups and roles of one account.
#[derive(Debug, Default)]
pub(super) struct TakenIds {
    /// The ARN that has it, and where it stands.
    holders: BTreeMap<String, (Arc<str>, Location)>,
}

impl TakenIds {
    /// Takes `id` for `arn`, which is read at `place`: an error if it was taken already, a warning if it is not of the
    /// form of its kind.
    pub(super) fn take(
        &mut self,
        kind: EntityKind,
        id: &str,
        arn: &Arc<str>,
        place: &Json,
        export: &mut Export<'_>,
    ) {
        if !id.starts_with(kind.id_start()) {
            export.warning(
                place,
                &format!(
                    "the {} `{id}` of `{arn}` does not begin with `{}`, as those of AWS do",
                    kind.id_member(),
                    kind.id_start()
                ),
                "conditions on aws:userid see this id; check that the file is the unchanged answer of the AWS command",
            );
        }
        if let Some((holder, first)) = self.holders.get(id) {
            export.error(
                place,
                &format!("`{arn}` has the same {} `{id}` as `{holder}` at {first}", kind.id_member()),
                "AWS gives each its own; the file must be the unchanged answer of the AWS command",
            );
            return;
        }
        self.holders.insert(id.to_owned(), (Arc::clone(arn), place.location(export.file)));
    }
}

/// True for what may stand between `user`, `group`, `role` or `policy` and the name: a path with both slashes.
pub(super) fn is_path(text: &str) -> bool {
    text == "/" || (text.len() > 2 && text.starts_with('/') && text.ends_with('/'))
}

//! What the world says of principals besides their policies: keys, last use, tags of accounts.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ringfence_model::arn::AccountId;
use ringfence_model::world::{
    Account, CredentialKind, CredentialOwner, CredentialStatus, Role, UserCredential, World,
};

use crate::subject::{Subject, SubjectKind};

/// Long-lived credentials of a user or a root user that can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct StandingKeys {
    /// An active access key.
    pub(super) access_key: bool,
    /// An active long-term API key of Bedrock.
    pub(super) api_key: bool,
}

/// The facts of a world, by principal and account.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// When each role was made and last used; the latter unknown where the export leaves it out.
    roles: BTreeMap<String, (Option<Date>, LastUse)>,
    /// Of each owner the kinds of active keys, with the day on which they end, if they do.
    keys: BTreeMap<String, Vec<(StandingKeys, Option<Date>)>>,
    keys_known: BTreeMap<AccountId, bool>,
    /// None where organization.json does not tell the tags of the account.
    account_tags: BTreeMap<AccountId, BTreeMap<String, String>>,
}

/// When a role was last used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastUse {
    On(Date),
    Never,
    Unknown,
}

/// How a role is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// On this day or later.
    Recent,
    /// Last on this day; none if never as far as AWS tracks it.
    Stale(Option<Date>),
    /// It was made too late to be called unused.
    New,
    /// The export does not tell.
    Unknown,
}

impl Facts {
    pub(super) fn of(world: &World) -> Self {
        let mut facts = Self::default();
        for account in world.accounts.values() {
            facts.roles.extend(account.roles.iter().map(|role| (role.arn.to_string(), days(role))));
            facts.keys_known.insert(account.id, account.credentials.is_some());
            for credential in account.credentials.iter().flatten() {
                facts.add_key(account, credential);
            }
        }
        let members = world.organization.iter().flat_map(|organization| &organization.accounts);
        facts.account_tags = members
            .filter(|(_, member)| member.tags_are_known)
            .map(|(id, member)| (*id, member.tags.clone()))
            .collect();
        facts
    }

    fn add_key(&mut self, account: &Account, credential: &UserCredential) {
        if credential.status != CredentialStatus::Active {
            return;
        }
        let owner = match &credential.owner {
            CredentialOwner::Root => account.root_arn(),
            CredentialOwner::User(name) => {
                let user = account.users.iter().find(|user| user.name == *name);
                user.map_or_else(String::new, |user| user.arn.to_string())
            }
        };
        let mut keys = StandingKeys::default();
        match credential.kind {
            CredentialKind::AccessKey => keys.access_key = true,
            CredentialKind::BedrockApiKey => keys.api_key = true,
            CredentialKind::Password
            | CredentialKind::SigningCertificate
            | CredentialKind::ServiceSpecificCredential
            | CredentialKind::SshPublicKey => return,
        }
        let expires = credential.expires.map(|instant| instant.to_zoned(TimeZone::UTC).date());
        self.keys.entry(owner).or_default().push((keys, expires));
    }

    /// The long-lived credentials of the subject that can be used on the day `today`; none where credentials.json does not tell.
    pub(super) fn standing_keys(&self, subject: &Subject, today: &str) -> Option<StandingKeys> {
        let known = self.keys_known.get(&subject.account).copied().unwrap_or(false);
        let today: Option<Date> = today.parse().ok();
        let all = self.keys.get(&subject.arn).into_iter().flatten();
        let usable = all.filter(|(_, expires)| match (expires, today) {
            (Some(expires), Some(today)) => *expires >= today,
            (Some(_) | None, _) => true,
        });
        known.then(|| {
            usable.fold(StandingKeys::default(), |any, (keys, _)| StandingKeys {
                access_key: any.access_key || keys.access_key,
                api_key: any.api_key || keys.api_key,
            })
        })
    }

    /// How the role was used, seen from `today`, if last used more than `days` days ago counts as not at all; none for other
    /// principals, and where a date cannot be told.
    pub(super) fn use_of(&self, subject: &Subject, today: &str, days: u32) -> Option<Use> {
        let SubjectKind::Role { .. } = subject.kind else { return None };
        let today: Date = today.parse().ok()?;
        let since = today.checked_sub(i64::from(days).days()).ok()?;
        let (created, last) = self.roles.get(&subject.arn)?;
        Some(match (created, last) {
            (_, LastUse::On(last)) if *last >= since => Use::Recent,
            (_, LastUse::On(last)) => Use::Stale(Some(*last)),
            (Some(created), _) if *created >= since => Use::New,
            (_, LastUse::Never) => Use::Stale(None),
            (_, LastUse::Unknown) => Use::Unknown,
        })
    }

    /// Which of `keys` the account of the subject lacks, or has without a value; none where its tags are not known.
    pub(super) fn missing_account_tags(&self, subject: &Subject, keys: &[String]) -> Option<Vec<String>> {
        self.account_tags.get(&subject.account).map(|tags| missing_tags(tags, keys))
    }
}

/// Which of `keys` are not among `tags`, or have no value. Letter case of keys does not count for IAM (semantics:A4); an owner
/// is meant whichever way the key is written.
pub(super) fn missing_tags(tags: &BTreeMap<String, String>, keys: &[String]) -> Vec<String> {
    let carried = |key: &&String| {
        tags.iter().any(|(own, value)| own.eq_ignore_ascii_case(key) && !value.trim().is_empty())
    };
    keys.iter().filter(|key| !carried(key)).cloned().collect()
}

fn days(role: &Role) -> (Option<Date>, LastUse) {
    let day = |instant: jiff::Timestamp| instant.to_zoned(TimeZone::UTC).date();
    let last = match &role.last_used {
        Some(used) => LastUse::On(day(used.date)),
        None if role.use_is_tracked => LastUse::Never,
        None => LastUse::Unknown,
    };
    (role.created.map(day), last)
}

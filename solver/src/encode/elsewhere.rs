//! The same request in another world: what is allowed there, and the keys that are facts of a world and not of the request.
//!
//! The call, its session, the network and the clock are one in both worlds. What each world says itself are the policies, what
//! stands on the resource's side, the tags of the principal, and the places of accounts in the organisation. So the other world is encoded by
//! the same code over the same symbols, with its own subject, and with own values for the keys of which the two say different things.

use ringfence_model::arn::AccountId;
use ringfence_model::context::ContextKey;

use super::Encoder;
use super::assumptions::organization_of;
use super::check::Check;
use super::key::{KeyValue, Slot, Text, is_shared};
use crate::formula::{Domain, Openness};
use crate::subject::{OrganizationFacts, Subject};
use crate::term::{Term, Terms};

/// What the value of a key hangs on that two worlds may say differently.
enum Fact<'k> {
    /// The principal's own tag.
    OwnTag(&'k str),
    /// The organisation of the principal's account.
    PrincipalOrganization,
    /// The organisation of the account that owns the resource.
    ResourceOrganization,
}

fn fact(key: &ContextKey) -> Option<Fact<'_>> {
    if let Some((family, tag)) = key.family() {
        let of_tags = ["aws:principaltag", "aws:resourcetag", "iam:resourcetag"];
        return of_tags.contains(&family).then_some(Fact::OwnTag(tag));
    }
    match key.canonical() {
        "aws:principalorgid" | "aws:principalorgpaths" => Some(Fact::PrincipalOrganization),
        "aws:resourceorgid" | "aws:resourceorgpaths" => Some(Fact::ResourceOrganization),
        _ => None,
    }
}

/// Whether the value of the key hangs on something that the worlds of the two subjects, which are the same principal, say differently.
pub(crate) fn differs(key: &ContextKey, here: &Subject, elsewhere: &Subject) -> bool {
    match fact(key) {
        None => false,
        Some(Fact::OwnTag(tag)) => own_tag(here, tag) != own_tag(elsewhere, tag),
        Some(Fact::PrincipalOrganization) => here.organization != elsewhere.organization,
        Some(Fact::ResourceOrganization) => {
            here.organization != elsewhere.organization
                || !here.resources.same_organizations(&elsewhere.resources)
        }
    }
}

fn own_tag<'s>(subject: &'s Subject, tag: &str) -> Option<&'s String> {
    subject.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(tag)).map(|(_, value)| value)
}

impl<'a> Encoder<'a> {
    /// The term that is true only where the same request is allowed to `other`, the principal in another world. Of resources that belong to
    /// somebody else there it is false: a replay decides with the owner that each world names.
    pub(super) fn allowed_elsewhere(&mut self, other: &'a Subject) -> Term {
        self.here = Some(std::mem::replace(&mut self.subject, other));
        let mut moved = vec![self.has_another_owner()];
        for position in 0..self.further.len() {
            let made = self.has_further(position);
            let of_further = self.in_further(position, Self::has_another_owner);
            moved.push(self.formula.terms.and([made, of_further]));
        }
        let allowed = self.allowed(&other.policies);
        if let Some(here) = self.here.take() {
            self.subject = here;
        }
        let moved = self.formula.terms.or(moved);
        let stayed = self.formula.terms.not(moved);
        self.formula.terms.and([stayed, allowed])
    }

    /// The value of `key` in the other world, where that is being encoded and makes another one.
    pub(super) fn key_elsewhere(&mut self, key: &ContextKey) -> Option<KeyValue> {
        let here = self.here.filter(|here| differs(key, here, self.subject))?;
        if let Some(known) = self.part.keys_elsewhere.get(key).or_else(|| self.shared_keys_elsewhere.get(key))
        {
            return Some(known.clone());
        }
        // The request that is made here has the key as well.
        let elsewhere = std::mem::replace(&mut self.subject, here);
        self.here = None;
        let value_here = self.key(key);
        self.subject = elsewhere;
        self.here = Some(here);
        let value = match fact(key)? {
            Fact::OwnTag(tag) => match key.family() {
                Some(("aws:principaltag", _)) => self.principal_tag(tag),
                // Of others than the principal itself the two say the same.
                Some(_) | None => self.with_own_tag(key, value_here),
            },
            Fact::PrincipalOrganization => match (&here.organization, &elsewhere.organization) {
                (OrganizationFacts::Member { .. }, OrganizationFacts::Member { id, path }) => {
                    organization_value(key, id, path)
                }
                _ => self.unknown_elsewhere(key, Terms::TRUE),
            },
            Fact::ResourceOrganization => self.resource_organization_elsewhere(key, value_here, here),
        };
        let keys =
            if is_shared(key) { &mut self.shared_keys_elsewhere } else { &mut self.part.keys_elsewhere };
        keys.insert(key.clone(), value.clone());
        Some(value)
    }

    /// Any value or none: one world alone says what organisation that is. Where `asked` holds nothing is refuted by it, since neither that
    /// it is in one nor that it is in none can be replayed in both.
    fn unknown_elsewhere(&mut self, key: &ContextKey, asked: Term) -> KeyValue {
        let name = format!("{} in the other world", key.canonical());
        let pinned = self.formula.pin(Openness::Organization);
        let replayed = self.formula.terms.and([pinned, asked]);
        let never = self.formula.terms.not(replayed);
        self.formula.assert(never);
        let (_, present) = self.formula.flag(&format!("{name} is present"));
        let value = Text::Attribute(self.formula.attribute(&name, Domain::Text(None)));
        let value = if key.canonical().ends_with("orgpaths") {
            KeyValue::List(vec![Slot { used: Terms::TRUE, value }])
        } else {
            KeyValue::Single(value)
        };
        self.choose(present, value, KeyValue::Absent)
    }

    /// What the other world says of the account that owns the resource. Whether the request tells it at all is the same in both where
    /// both worlds know it.
    fn resource_organization_elsewhere(
        &mut self,
        key: &ContextKey,
        value_here: KeyValue,
        here: &Subject,
    ) -> KeyValue {
        let own = self.subject.account;
        let of_nobody = |check: &Check| check.is_foundation_model || check.target.of_aws;
        let mut owners: Vec<AccountId> =
            self.part.checks.iter().map(|check| check.target.owner.unwrap_or(own)).collect();
        owners.sort_unstable();
        owners.dedup();
        let absent = self.absent(&value_here);
        let mut value = value_here;
        for owner in owners {
            let owned =
                self.check_among(|check| !of_nobody(check) && check.target.owner.unwrap_or(own) == owner);
            let of_owner = match (organization_of(here, owner), organization_of(self.subject, owner)) {
                (None, None) => continue,
                (Some(_), Some((id, path))) => {
                    let there = organization_value(key, &id, &path);
                    self.choose(absent, KeyValue::Absent, there)
                }
                (Some(_), None) | (None, Some(_)) => self.unknown_elsewhere(key, owned),
            };
            value = self.choose(owned, of_owner, value);
        }
        value
    }
}

fn organization_value(key: &ContextKey, id: &str, path: &str) -> KeyValue {
    if key.canonical().ends_with("orgpaths") {
        KeyValue::List(vec![Slot { used: Terms::TRUE, value: Text::Constant(path.to_owned()) }])
    } else {
        KeyValue::constant(id)
    }
}

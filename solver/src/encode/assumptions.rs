//! What is true of every request that can exist (semantics:A5): ties between keys, time, Regions.
//!
//! Each of these makes proofs stronger and so must be a fact; each is named in docs/encoding.md.

use std::collections::BTreeSet;

use ringfence_model::arn::AccountId;
use ringfence_model::context::ContextKey;
use ringfence_model::open_point::OpenPoint;

use super::Encoder;
use super::check::Check;
use super::format::may_name_region;
use super::key::{KeyValue, Slot, Text};
use crate::decimal::Decimal;
use crate::formula::{Domain, Openness};
use crate::query::{Target, TargetResource};
use crate::subject::{OrganizationFacts, Subject};
use crate::term::{Atom, Comparison, Term, Terms};
use crate::wildcard::Language;

/// Services that have one endpoint for all Regions; the Region asked for is one of the partition's home Regions.
pub(super) const GLOBAL_SERVICES: [&str; 13] = [
    "account",
    "artifact",
    "budgets",
    "ce",
    "cloudfront",
    "globalaccelerator",
    "iam",
    "networkmanager",
    "organizations",
    "route53",
    "route53domains",
    "shield",
    "waf",
];

/// The longest life of a temporary credential (design: a named assumption).
const LONGEST_SESSION: i64 = 36 * 3_600;

/// The organisation of an account, and its path in it, if organization.json of the subject's world lists the account.
pub(super) fn organization_of(subject: &Subject, account: AccountId) -> Option<(String, String)> {
    if let OrganizationFacts::Member { id, path } = &subject.organization
        && account == subject.account
    {
        return Some((id.clone(), path.clone()));
    }
    let known = subject.resources.organization(account);
    known.map(|(id, path)| (id.to_owned(), path.to_owned()))
}

impl Encoder<'_> {
    pub(super) fn assert_assumptions(&mut self) {
        self.assert_time();
        self.assert_network(Terms::TRUE);
        self.assert_chain();
        self.assert_sessions();
        self.assert_tags();
        self.assert_owner();
        for position in 0..self.further.len() {
            self.in_further(position, Self::assert_tags);
            self.in_further(position, Self::assert_owner);
        }
    }

    pub(super) fn known(&self, name: &str) -> Option<KeyValue> {
        let key = ContextKey::new(name);
        let shared = || self.shared_keys.get(&key).filter(|_| !self.in_beginning);
        self.part.keys.get(&key).or_else(shared).cloned()
    }

    pub(super) fn present(&mut self, value: &KeyValue) -> Term {
        let absent = self.absent(value);
        self.formula.terms.not(absent)
    }

    /// The key has the one value `true`.
    pub(super) fn is_true(&mut self, value: &KeyValue) -> Term {
        self.one_value(value, &Language::ignoring_case("true"))
    }

    /// The key has one value, and that is in `language`.
    pub(super) fn one_value(&mut self, value: &KeyValue, language: &Language) -> Term {
        match value {
            KeyValue::List(slots) if self.query.context.is_some() => match slots.as_slice() {
                // A request may give the only value of a key in a list.
                [slot] => self.text_matches(&slot.value, language.clone()),
                _ => Terms::FALSE,
            },
            KeyValue::Absent | KeyValue::List(_) => Terms::FALSE,
            KeyValue::Single(text) => self.text_matches(text, language.clone()),
            KeyValue::Cases(cases) => {
                let mut parts = Vec::new();
                for (guard, inner) in cases {
                    let inner = self.one_value(inner, language);
                    parts.push(self.formula.terms.and([*guard, inner]));
                }
                self.formula.terms.or(parts)
            }
        }
    }

    /// I7: one instant now, not before the as-of; a session was issued at most 36 hours ago.
    fn assert_time(&mut self) {
        let (current, epoch, issued) =
            (self.instants.current, self.instants.epoch, self.instants.token_issue);
        if current.is_none() && epoch.is_none() && issued.is_none() {
            return;
        }
        let now = current.unwrap_or_else(|| self.free_attribute("aws:currenttime", Domain::Instant));
        let zero = Decimal::from_integer(0);
        if let Some(as_of) = &self.query.as_of {
            let before = self.formula.terms.from_atom(Atom::Instant(now, Comparison::Less, as_of.clone()));
            let not_before = self.formula.terms.not(before);
            self.formula.assert(not_before);
        }
        let within = |encoder: &mut Self, early, late, seconds: &Decimal| {
            let term = encoder.formula.terms.from_atom(Atom::InstantsWithin(early, late, seconds.clone()));
            encoder.formula.assert(term);
        };
        if let Some(epoch) = epoch {
            within(self, epoch, now, &zero);
            within(self, now, epoch, &zero);
        }
        if let Some(issued) = issued {
            within(self, issued, now, &zero);
            within(self, now, issued, &Decimal::from_integer(LONGEST_SESSION));
        }
    }

    /// I5: a request tag is present exactly if its key is among the tag keys.
    pub(super) fn assert_tags(&mut self) {
        if self.query.context.is_some() {
            return;
        }
        let tags: Vec<(String, KeyValue)> = self
            .part
            .keys
            .iter()
            .filter_map(|(key, value)| match key.family() {
                Some(("aws:requesttag", tag)) => Some((tag.to_owned(), value.clone())),
                _ => None,
            })
            .collect();
        let Some(tag_keys) = self.known("aws:TagKeys") else { return };
        let tags: Vec<(Term, Language)> =
            tags.iter().map(|(tag, value)| (self.present(value), Language::ignoring_case(tag))).collect();
        if self.order_counts(&ContextKey::new("aws:TagKeys")) {
            for (present, name) in &tags {
                let listed = self.lists(&tag_keys, name);
                let rule = self.formula.terms.iff(*present, listed);
                self.formula.assert(rule);
            }
            return;
        }
        let slots = slots_of(&tag_keys);
        for (index, (present, name)) in tags.iter().enumerate() {
            let Some(own) = slots.get(index) else { continue };
            let same = self.formula.terms.iff(own.used, *present);
            let named = self.text_matches(&own.value, name.clone());
            let listed = self.lists_own(&tag_keys, index, name);
            let rule = self.formula.terms.iff(*present, listed);
            for rule in [same, named, rule] {
                self.formula.assert(rule);
            }
            // In another slot it can only stand once more, in other letters.
            for other in slots.iter().skip(tags.len()) {
                let again = self.text_matches(&other.value, name.clone());
                let again = self.formula.terms.and([other.used, again]);
                let rule = self.formula.terms.implies(again, own.used);
                self.formula.assert(rule);
            }
        }
    }

    /// Whether the tag keys list the one that has the slot `index`, whose texts are `name`.
    fn lists_own(&mut self, value: &KeyValue, index: usize, name: &Language) -> Term {
        match value {
            KeyValue::Absent => Terms::FALSE,
            KeyValue::Single(text) => self.text_matches(text, name.clone()),
            KeyValue::List(slots) => slots.get(index).map_or(Terms::FALSE, |own| own.used),
            KeyValue::Cases(cases) => {
                let mut parts = Vec::new();
                for (guard, inner) in cases {
                    let inner = self.lists_own(inner, index, name);
                    parts.push(self.formula.terms.and([*guard, inner]));
                }
                self.formula.terms.or(parts)
            }
        }
    }

    /// Some value of the key is in `language`.
    pub(super) fn lists(&mut self, value: &KeyValue, language: &Language) -> Term {
        match value {
            KeyValue::Absent => Terms::FALSE,
            KeyValue::Single(text) => self.text_matches(text, language.clone()),
            KeyValue::List(slots) => {
                let mut parts = Vec::new();
                for slot in slots {
                    let inside = self.text_matches(&slot.value, language.clone());
                    parts.push(self.formula.terms.and([slot.used, inside]));
                }
                self.formula.terms.or(parts)
            }
            KeyValue::Cases(cases) => {
                let mut parts = Vec::new();
                for (guard, inner) in cases {
                    let inner = self.lists(inner, language);
                    parts.push(self.formula.terms.and([*guard, inner]));
                }
                self.formula.terms.or(parts)
            }
        }
    }

    /// I2: the first and last of CalledVia.
    fn assert_chain(&mut self) {
        if self.query.context.is_some() {
            return;
        }
        if !["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"]
            .iter()
            .any(|name| self.known(name).is_some())
        {
            return;
        }
        // Whoever has an end has the chain.
        let via = self.key(&ContextKey::new("aws:CalledVia"));
        let via_present = self.present(&via);
        for (name, last) in [("aws:CalledViaFirst", false), ("aws:CalledViaLast", true)] {
            let Some(end) = self.known(name) else { continue };
            let present = self.present(&end);
            let same = self.formula.terms.iff(present, via_present);
            self.formula.assert(same);
            let slots = slots_of(&via);
            for (index, slot) in slots.iter().enumerate() {
                let next_used = slots.get(index + 1).map_or(Terms::FALSE, |next| next.used);
                let is_end = if last {
                    let not_next = self.formula.terms.not(next_used);
                    self.formula.terms.and([slot.used, not_next])
                } else {
                    Terms::constant(index == 0)
                };
                let (Text::Attribute(value), Some(Text::Attribute(end))) = (&slot.value, single_text(&end))
                else {
                    continue;
                };
                let equal = self.formula.terms.from_atom(Atom::Equal((*value).min(end), (*value).max(end)));
                let guard = self.formula.terms.and([via_present, is_end]);
                let rule = self.formula.terms.implies(guard, equal);
                self.formula.assert(rule);
            }
        }
    }

    /// I4 and what is known of sessions: an MFA age only with MFA; a federated-user session only if it can be made.
    fn assert_sessions(&mut self) {
        use super::key::Credential;
        use crate::subject::Federation;
        if let (Some(age), Some(present)) =
            (self.known("aws:MultiFactorAuthAge"), self.known("aws:MultiFactorAuthPresent"))
            && self.query.context.is_none()
        {
            let has_age = self.present(&age);
            let with_mfa = self.is_true(&present);
            let rule = self.formula.terms.implies(has_age, with_mfa);
            self.formula.assert(rule);
        }
        self.assert_root_session();
        let console = self.credential(Credential::ConsoleSession);
        if console != Terms::FALSE && self.query.context.is_none() {
            let pinned = self.formula.pin(Openness::ConsoleSession);
            let both = self.formula.terms.and([console, pinned]);
            let never = self.formula.terms.not(both);
            self.formula.assert(never);
        }
        if self.subject.federation != Federation::Never && self.query.context.is_none() {
            let federated = self.credential(Credential::FederatedUser);
            let pinned = self.formula.pin(Openness::FederatedSession);
            let both = self.formula.terms.and([federated, pinned]);
            let never = self.formula.terms.not(both);
            self.formula.assert(never);
        }
    }

    /// I9 and I6: the owner of a resource is the account in its ARN, or the one that the target is about, in the place of
    /// the organisation where organization.json has it; ids and paths of an organisation go together.
    fn assert_owner(&mut self) {
        if self.query.context.is_some() {
            return;
        }
        self.assert_whose();
        for pair in
            [("aws:PrincipalOrgID", "aws:PrincipalOrgPaths"), ("aws:ResourceOrgID", "aws:ResourceOrgPaths")]
        {
            if let (Some(id), Some(paths)) = (self.known(pair.0), self.known(pair.1)) {
                let (id, paths) = (self.present(&id), self.present(&paths));
                let same = self.formula.terms.iff(id, paths);
                self.formula.assert(same);
            }
        }
    }

    /// The keys that say whose the resource is say who owns the one that is asked about.
    fn assert_whose(&mut self) {
        if ["aws:ResourceAccount", S3_OWNER, "aws:ResourceOrgID", "aws:ResourceOrgPaths"]
            .iter()
            .all(|key| self.known(key).is_none())
        {
            return;
        }
        let own = self.subject.account;
        let mut owners: Vec<AccountId> =
            self.part.checks.iter().map(|check| check.target.owner.unwrap_or(own)).collect();
        owners.sort_unstable();
        owners.dedup();
        for owner in owners {
            let among = |check: &Check| {
                let counts = !check.is_foundation_model && !check.target.of_aws;
                counts && check.target.owner.unwrap_or(own) == owner
            };
            // What is asked about no resource counts as the caller's account's (semantics:A1).
            let is_said = |check: &Check| {
                check.arn_names_account || check.target.owner.is_some() || check.target.resource.is_none()
            };
            let owned = self.check_among(|check| among(check) && is_said(check));
            // Of a bucket that nothing says to be another's a refutation takes the account's own.
            let unsaid = self.check_among(|check| among(check) && !is_said(check));
            let owned = if unsaid == Terms::FALSE {
                owned
            } else {
                let pinned = self.formula.pin(Openness::Point(OpenPoint(47)));
                let unsaid = self.formula.terms.and([unsaid, pinned]);
                self.formula.terms.or([owned, unsaid])
            };
            let mut facts = ["aws:ResourceAccount", S3_OWNER].map(|key| (key, owner.to_string())).to_vec();
            let mut path = None;
            if let Some((id, place)) = organization_of(self.subject, owner) {
                facts.push(("aws:ResourceOrgID", id));
                path = Some(place);
            }
            let facts = facts.into_iter().map(|(name, text)| (name, text, false));
            for (name, text, list) in facts.chain(path.map(|path| ("aws:ResourceOrgPaths", path, true))) {
                let Some(value) = self.known(name) else { continue };
                let present = self.present(&value);
                let fits = if list {
                    self.lists_exactly(&value, &[text])
                } else {
                    self.one_value(&value, &Language::exactly(&text))
                };
                let guard = self.formula.terms.and([owned, present]);
                let rule = self.formula.terms.implies(guard, fits);
                self.formula.assert(rule);
            }
        }
    }

    /// The Regions that stand for all that no check of the part can tell from them.
    fn regions_of_part(&mut self) -> Vec<String> {
        if let Some(known) = &self.part.regions {
            return known.clone();
        }
        let regions = self.catalogue.regions(&self.subject.partition);
        let checks = &self.part.checks;
        let relevant = super::check::relevant_statements(&self.statements, checks);
        let covered = super::owner::covered(checks, &self.sides);
        let known = (&mut *self.theory, &mut *self.memory);
        let found = super::region::representatives(
            regions,
            &self.subject.partition,
            checks,
            &relevant,
            covered,
            known,
        );
        self.part.regions = Some(found.clone());
        found
    }

    /// aws:RequestedRegion: the Region of the resource where its ARN names one; a home Region for global services
    /// (F40); any Region otherwise.
    pub(super) fn requested_region(&mut self) -> KeyValue {
        let mut regions: Vec<String> = self.regions_of_part();
        let real = regions.len();
        let global: BTreeSet<u32> = (0..)
            .zip(&self.part.checks)
            .filter(|(_, check)| matches!(check.target.resource, TargetResource::GlobalModel { .. }))
            .map(|(index, _)| index)
            .collect();
        if !global.is_empty() {
            regions.extend(["unspecified".to_owned(), "global".to_owned()]);
        }
        let count = u32::try_from(regions.len()).unwrap_or(u32::MAX);
        if count == 0 {
            let attribute = self.free_attribute("aws:requestedregion", Domain::Text(None));
            return KeyValue::Single(Text::Attribute(attribute));
        }
        let choice = self.formula.choice("region", count);
        let homes = home_regions(&self.subject.partition);
        let mut cases = Vec::new();
        for (index, region) in (0..).zip(&regions) {
            let chosen = self.formula.chosen(choice, index);
            cases.push((chosen, KeyValue::Single(Text::Constant(region.clone()))));
        }
        if !global.is_empty() {
            // The two words stand for a Region exactly in calls of a global profile.
            let words: BTreeSet<u32> = (0..).zip(&regions).skip(real).map(|(index, _)| index).collect();
            let word = self.formula.chosen_among(choice, &words);
            let global = self.formula.chosen_among(self.part.check, &global);
            let rule = self.formula.terms.iff(word, global);
            self.formula.assert(rule);
        }
        for (check_index, check) in (0..).zip(self.part.checks.clone()) {
            let this_check = self.formula.chosen(self.part.check, check_index);
            if GLOBAL_SERVICES.contains(&check.service.as_str()) {
                let passes_role = check.full_name() == "iam:passrole";
                self.restrict_regions((this_check, passes_role), choice, &regions, &homes);
                continue;
            }
            if is_across_regions(&check) || !self.names_region(&check.target) {
                continue;
            }
            for (index, region) in (0..).zip(regions.iter().take(real)) {
                let chosen = self.formula.chosen(choice, index);
                let languages = self.resource_languages(&check, Some(region));
                let resource = self.part.resource;
                let fits: Vec<Term> =
                    languages.into_iter().map(|language| self.formula.matches(resource, language)).collect();
                let fits = self.formula.terms.or(fits);
                let guard = self.formula.terms.and([this_check, chosen]);
                let rule = self.formula.terms.implies(guard, fits);
                self.formula.assert(rule);
            }
        }
        KeyValue::Cases(cases)
    }

    /// A global service: a home Region, and while F40 is pinned the first of them. Any Region where the home Regions
    /// of the partition are not known.
    fn restrict_regions(
        &mut self,
        (guard, passes_role): (Term, bool),
        choice: crate::term::Choice,
        regions: &[String],
        homes: &[&str],
    ) {
        if homes.is_empty() {
            return;
        }
        let places = |wanted: &[&str]| -> BTreeSet<u32> {
            (0..)
                .zip(regions)
                .filter(|(_, region)| wanted.contains(&region.as_str()))
                .map(|(index, _)| index)
                .collect()
        };
        if !self.part.is_further && !passes_role {
            // iam:PassRole, alone or as a further check, is made by the service that is called, in whichever Region.
            let any_home = self.formula.chosen_among(choice, &places(homes));
            let rule = self.formula.terms.implies(guard, any_home);
            self.formula.assert(rule);
        }
        let first = self.formula.chosen_among(choice, &places(homes.get(..1).unwrap_or(&[])));
        let pinned = self.formula.pin(Openness::Point(OpenPoint(40)));
        let both = self.formula.terms.and([guard, pinned]);
        let rule = self.formula.terms.implies(both, first);
        self.formula.assert(rule);
    }

    /// The target's ARN names the Region.
    fn names_region(&self, target: &Target) -> bool {
        match &target.resource {
            TargetResource::Unlisted => {
                let action = target.action.id().and_then(|id| self.catalogue.action(id));
                action.is_some_and(super::unlisted::names_region)
            }
            TargetResource::Wildcard
            | TargetResource::LeftOut
            | TargetResource::Anything
            | TargetResource::AnyRegion { .. }
            | TargetResource::AnyRegionWithin { .. }
            | TargetResource::AnyOwner { .. }
            | TargetResource::GlobalModel { .. } => false,
            TargetResource::Exactly { arn, .. } => {
                ringfence_model::arn::Arn::parse(arn).is_some_and(|arn| !arn.region.is_empty())
            }
            TargetResource::OneOf { arns, .. } => arns.name_regions(),
            // Where some ARNs of the type name none, those admit every Region.
            TargetResource::Type { resource_type, .. } | TargetResource::Within { resource_type, .. } => {
                target.of_aws || self.catalogue.resource_type(*resource_type).is_some_and(may_name_region)
            }
        }
    }
}

/// The check may be about a resource of another Region than the one that is called.
pub(super) fn is_across_regions(check: &Check) -> bool {
    ACROSS_REGIONS.contains(&check.full_name().as_str())
}

/// The key of S3 that says what aws:ResourceAccount does.
const S3_OWNER: &str = "s3:ResourceAccount";

/// Actions that may be about a resource of another Region than the one that is called: copies, replicas, peers
/// (semantics:A3).
const ACROSS_REGIONS: [&str; 30] = [
    "backup:copyfrombackupvault",
    "backup:copyintobackupvault",
    "backup:startcopyjob",
    "bedrock:createmodelcopyjob",
    "cassandra:createmultiregionresource",
    "dsql:addpeercluster",
    "dsql:createcluster",
    "dsql:putmultiregionproperties",
    "dynamodb:createglobaltable",
    "dynamodb:createtablereplica",
    "dynamodb:deletetablereplica",
    "dynamodb:updateglobaltable",
    "ec2:copyfpgaimage",
    "ec2:copyimage",
    "ec2:copysnapshot",
    "ec2:createtransitgatewaypeeringattachment",
    "ec2:createvpcpeeringconnection",
    "elasticache:createglobalreplicationgroup",
    "elasticfilesystem:createreplicationconfiguration",
    "fsx:copybackup",
    "kms:replicatekey",
    "kms:synchronizemultiregionkey",
    "kms:updateprimaryregion",
    "rds:copydbclustersnapshot",
    "rds:copydbsnapshot",
    "rds:copyoptiongroup",
    "rds:createdbcluster",
    "rds:createdbinstancereadreplica",
    "rds:createglobalcluster",
    "rds:startdbinstanceautomatedbackupsreplication",
];

/// The home Regions of a partition's global services, the usual one first; none where they are not known.
pub(super) fn home_regions(partition: &str) -> Vec<&'static str> {
    match partition {
        "aws" => vec!["us-east-1", "us-west-2"],
        "aws-cn" => vec!["cn-north-1", "cn-northwest-1"],
        "aws-us-gov" => vec!["us-gov-west-1", "us-gov-east-1"],
        _ => Vec::new(),
    }
}

/// The slots of a list, wherever it stands in the cases.
fn slots_of(value: &KeyValue) -> Vec<Slot> {
    match value {
        KeyValue::List(slots) => slots.clone(),
        KeyValue::Cases(cases) => cases.iter().flat_map(|(_, inner)| slots_of(inner)).collect(),
        KeyValue::Absent | KeyValue::Single(_) => Vec::new(),
    }
}

/// The single value, wherever it stands in the cases.
fn single_text(value: &KeyValue) -> Option<Text> {
    match value {
        KeyValue::Single(text) => Some(text.clone()),
        KeyValue::Cases(cases) => cases.iter().find_map(|(_, inner)| single_text(inner)),
        KeyValue::Absent | KeyValue::List(_) => None,
    }
}

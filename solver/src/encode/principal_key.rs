//! The keys that the principal and its credentials determine (semantics:A2, A4).

use std::collections::BTreeSet;

use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::open_point::OpenPoint;
use ringfence_model::template::Template;

use super::Encoder;
use super::form::{session_name_characters, session_names, truth_values, upper_and_digits};
use super::key::{Credential, KeyValue, SESSION_KEYS, Slot, Text};
use super::session::{Maker, SessionTag};
use crate::decode::limit::TAG_KEY;
use crate::formula::{Domain, Openness};
use crate::query::Target;
use crate::subject::{OpenTag, OrganizationFacts, SessionTags, SubjectKind};
use crate::term::{Attribute, Term, Terms};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// A tag that a session may have instead of its principal's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct TagOfSession {
    /// Where it has one.
    given: Term,
    /// Its value.
    value: Attribute,
    /// Where it has none, not even the own one.
    dropped: Term,
}

impl Encoder<'_> {
    /// Keys that the principal and its credentials determine (semantics:A2, A4); none for all others.
    pub(super) fn principal_key(&mut self, key: &ContextKey) -> Option<KeyValue> {
        let subject = self.subject;
        if !subject.kind.is_identity() {
            return None;
        }
        let of_session = SESSION_KEYS.contains(&key.canonical()) || key.canonical().starts_with("saml:");
        if of_session && self.query.context.is_none() && !matches!(subject.kind, SubjectKind::Role { .. }) {
            let source = key.canonical() == "aws:sourceidentity";
            return Some(if source { self.source_identity_of_root() } else { KeyValue::Absent });
        }
        let federated = self.credential(Credential::FederatedUser);
        let name = key.canonical();
        if let Some(("aws:principaltag", tag)) = key.family() {
            return Some(self.principal_tag(tag));
        }
        Some(match name {
            "aws:principalarn" if subject.any_name.is_some() => self.any_arn(),
            "aws:principalarn" => self.unless_federated(&subject.arn, Self::federated_arn),
            "aws:principalaccount" => KeyValue::constant(&subject.account.to_string()),
            "aws:principaltype" => match subject.kind {
                SubjectKind::Root => KeyValue::constant("Account"),
                SubjectKind::User { .. } => {
                    self.unless_federated("User", |_| Text::Constant("FederatedUser".to_owned()))
                }
                SubjectKind::Role { .. } => KeyValue::constant("AssumedRole"),
                SubjectKind::Service { .. } | SubjectKind::Provider { .. } | SubjectKind::Anonymous => {
                    return None;
                }
            },
            "aws:userid" => self.user_id(),
            "aws:username" => match &subject.kind {
                SubjectKind::User { .. } if subject.any_name.is_some() => {
                    let mut name = LanguageBuilder::new();
                    name.some(session_name_characters());
                    let own = self.text_attribute("aws:username of anybody", name.build());
                    for taken in self.taken_names() {
                        self.is_not(own, Language::ignoring_case(&taken));
                    }
                    self.choose(federated, KeyValue::Absent, KeyValue::Single(Text::Attribute(own)))
                }
                SubjectKind::User { name, .. } => {
                    let own = KeyValue::constant(name);
                    self.choose(federated, KeyValue::Absent, own)
                }
                SubjectKind::Root
                | SubjectKind::Role { .. }
                | SubjectKind::Service { .. }
                | SubjectKind::Provider { .. }
                | SubjectKind::Anonymous => KeyValue::Absent,
            },
            "aws:principalorgid" => match &subject.organization {
                OrganizationFacts::Member { id, .. } => KeyValue::constant(id),
                OrganizationFacts::Unknown => return None,
            },
            "aws:principalorgpaths" => match &subject.organization {
                OrganizationFacts::Member { path, .. } => {
                    KeyValue::List(vec![Slot { used: Terms::TRUE, value: Text::Constant(path.clone()) }])
                }
                OrganizationFacts::Unknown => return None,
            },
            "aws:principalisawsservice" => KeyValue::constant("false"),
            "aws:principalservicename"
            | "aws:principalservicenameslist"
            | "aws:sourcearn"
            | "aws:sourceaccount"
            | "aws:sourceorgid"
            | "aws:sourceorgpaths" => KeyValue::Absent,
            // Set by services; whether topics take the caller's own account for it is undocumented (F34).
            "aws:sourceowner" if self.query.context.is_none() => {
                let pinned = self.formula.pin(Openness::Point(OpenPoint(34)));
                let open = self.formula.terms.not(pinned);
                let (_, present) = self.formula.flag("aws:sourceowner is present");
                let present = self.formula.terms.and([open, present]);
                let own = KeyValue::constant(&subject.account.to_string());
                self.choose(present, own, KeyValue::Absent)
            }
            "aws:assumedroot" if self.query.context.is_none() => self.assumed_root(),
            "aws:federatedprovider" | "aws:sourceidentity" => match subject.kind {
                SubjectKind::Role { federated: false, .. } if name == "aws:federatedprovider" => {
                    KeyValue::Absent
                }
                SubjectKind::Role { .. }
                | SubjectKind::Service { .. }
                | SubjectKind::Provider { .. }
                | SubjectKind::Anonymous => return None,
                SubjectKind::Root | SubjectKind::User { .. } => KeyValue::Absent,
            },
            "aws:tokenissuetime" | "aws:multifactorauthpresent" | "aws:multifactorauthage"
                if self.query.context.is_none() =>
            {
                self.session_key(name)
            }
            _ => return None,
        })
    }

    /// The ARN of any user or role for which the subject stands.
    fn any_arn(&mut self) -> KeyValue {
        let kind = if matches!(self.subject.kind, SubjectKind::User { .. }) { "user" } else { "role" };
        let prefix = format!("arn:{}:iam::{}:{kind}", self.subject.partition, self.subject.account);
        let any = || CharacterSet::from_ranges(vec![('!', '~')]);
        // Both at once: a slash behind the kind, and no more than a name behind the last slash.
        let (mut arns, mut named) = (LanguageBuilder::new(), LanguageBuilder::new());
        arns.text(&prefix).text("/").star(any()).some(session_name_characters());
        named.text(&prefix).star(any()).text("/").some(session_name_characters());
        let attribute = self.text_attribute("aws:principalarn of anybody", arns.build());
        let is_named = self.formula.matches(attribute, named.build());
        self.formula.assert(is_named);
        let names = self.subject.any_name.clone().unwrap_or_default();
        for languages in names.include {
            let included: Vec<Term> =
                languages.into_iter().map(|language| self.formula.matches(attribute, language)).collect();
            let included = self.formula.terms.or(included);
            self.formula.assert(included);
        }
        for language in names.exclude {
            self.is_not(attribute, language);
        }
        for taken in self.taken_names() {
            let mut with_path = LanguageBuilder::new();
            with_path.glob(&format!("{prefix}*/"), &any()).text_ignoring_case(&taken);
            self.is_not(attribute, with_path.build());
        }
        let own = KeyValue::Single(Text::Attribute(attribute));
        let federated = self.credential(Credential::FederatedUser);
        if federated == Terms::FALSE {
            return own;
        }
        let other = KeyValue::Single(self.federated_arn());
        self.choose(federated, other, own)
    }

    fn is_not(&mut self, attribute: Attribute, language: Language) {
        let excluded = self.formula.matches(attribute, language);
        let not = self.formula.terms.not(excluded);
        self.formula.assert(not);
    }

    /// Names that the subject, which stands for principals of any name, has not: those that the question writes. Of all others another
    /// name does as well.
    fn taken_names(&self) -> BTreeSet<String> {
        let Some(anybody) = self.subject.any_name.as_ref().filter(|anybody| !anybody.taken.is_empty()) else {
            return BTreeSet::new();
        };
        let asks = |key: &ContextKey| ["aws:principalarn", "aws:username"].contains(&key.canonical());
        let conditions = self.statements.iter().flat_map(|statement| &statement.conditions);
        let values =
            conditions.filter(|condition| asks(&condition.key)).flat_map(|condition| &condition.values);
        let of_targets = self.query.targets.iter().filter_map(Target::exact_arn);
        let written = values.map(|value| value.raw.as_str()).chain(of_targets);
        let names = written.map(|text| text.rsplit('/').next().unwrap_or(text).to_ascii_lowercase());
        let mut all: BTreeSet<String> = names.filter(|name| anybody.taken.contains(name)).collect();
        // A pattern with the caller's name in it is that of a resource where the name is a part of what that is called.
        let resources = self.statements.iter().filter_map(|statement| statement.resource.as_ref());
        if resources.flat_map(|element| &element.values).any(Template::has_variable) {
            let targets = self.query.targets.iter().filter_map(Target::exact_arn);
            let targets: Vec<String> = targets.map(str::to_ascii_lowercase).collect();
            let is_part = |name: &&String| targets.iter().any(|arn| arn.contains(name.as_str()));
            all.extend(anybody.taken.iter().filter(is_part).cloned());
        }
        all
    }

    fn federated_arn(&mut self) -> Text {
        let mut builder = LanguageBuilder::new();
        builder
            .text(&format!("arn:{}:sts::{}:federated-user/", self.subject.partition, self.subject.account));
        match &self.subject.session_name {
            Some(name) => builder.text(name),
            None => builder.append(&session_names()),
        };
        Text::Attribute(self.text_attribute("aws:principalarn", builder.build()))
    }

    /// `own`, or in a federated-user session what `other` makes.
    fn unless_federated(&mut self, own: &str, other: impl FnOnce(&mut Self) -> Text) -> KeyValue {
        let federated = self.credential(Credential::FederatedUser);
        let own = KeyValue::constant(own);
        if federated == Terms::FALSE {
            return own;
        }
        let other = KeyValue::Single(other(self));
        self.choose(federated, other, own)
    }

    fn user_id(&mut self) -> KeyValue {
        let subject = self.subject;
        match &subject.kind {
            SubjectKind::Root => KeyValue::constant(&subject.account.to_string()),
            SubjectKind::User { .. } => {
                let own = if let Some(id) = &subject.unique_id {
                    KeyValue::constant(id)
                } else {
                    let id = LanguageBuilder::new().text("AIDA").some(upper_and_digits()).clone().build();
                    KeyValue::Single(Text::Attribute(self.text_attribute("aws:userid", id)))
                };
                let federated = self.credential(Credential::FederatedUser);
                if federated == Terms::FALSE {
                    return own;
                }
                let mut builder = LanguageBuilder::new();
                builder.text(&format!("{}:", subject.account));
                match &subject.session_name {
                    Some(name) => builder.text(name),
                    None => builder.append(&session_names()),
                };
                let other = self.text_attribute("aws:userid of the federated session", builder.build());
                self.choose(federated, KeyValue::Single(Text::Attribute(other)), own)
            }
            SubjectKind::Role { .. } => {
                let mut builder = LanguageBuilder::new();
                match &subject.unique_id {
                    Some(id) => builder.text(id),
                    None => builder.text("AROA").some(upper_and_digits()),
                };
                builder.text(":");
                match &subject.session_name {
                    Some(name) => builder.text(name),
                    None => builder.append(&session_names()),
                };
                KeyValue::Single(Text::Attribute(self.text_attribute("aws:userid", builder.build())))
            }
            SubjectKind::Service { .. } | SubjectKind::Provider { .. } | SubjectKind::Anonymous => {
                KeyValue::Absent
            }
        }
    }

    /// Keys that hang on the kind of credential.
    fn session_key(&mut self, name: &str) -> KeyValue {
        let temporary = {
            let long_term = self.credential(Credential::LongTerm);
            self.formula.terms.not(long_term)
        };
        match name {
            "aws:tokenissuetime" => {
                let attribute = self.formula.attribute(name, Domain::Instant);
                self.instants.token_issue = Some(attribute);
                self.choose(temporary, KeyValue::Single(Text::Attribute(attribute)), KeyValue::Absent)
            }
            "aws:multifactorauthpresent" => {
                let possible = self.credential_has_mfa();
                let (_, free) = self.formula.flag("aws:MultiFactorAuthPresent is present");
                let session = self.credential(Credential::SessionToken);
                let console = self.credential(Credential::ConsoleSession);
                let shown = self.formula.terms.or([free, session, console]);
                let present = self.formula.terms.and([possible, shown]);
                let attribute = self.text_attribute(name, truth_values());
                self.choose(present, KeyValue::Single(Text::Attribute(attribute)), KeyValue::Absent)
            }
            _ => {
                // An age comes only with MFA, which is told where both keys are known.
                self.key(&ContextKey::new("aws:MultiFactorAuthPresent"));
                let possible = self.credential_has_mfa();
                let (_, free) = self.formula.flag("aws:MultiFactorAuthAge is present");
                let present = self.formula.terms.and([possible, free]);
                let attribute = self.formula.attribute(name, Domain::Number);
                let zero = crate::decimal::Decimal::from_integer(0);
                let below = self.formula.number(attribute, crate::term::Comparison::Less, &zero);
                let at_least = self.formula.terms.not(below);
                self.formula.assert(at_least);
                self.choose(present, KeyValue::Single(Text::Attribute(attribute)), KeyValue::Absent)
            }
        }
    }

    fn credential_has_mfa(&mut self) -> Term {
        let session = self.credential(Credential::SessionToken);
        let role = self.credential(Credential::RoleSession);
        let root = self.credential(Credential::RootSession);
        let console = self.credential(Credential::ConsoleSession);
        // Documented neither way of a session of sts:AssumeRoot.
        let assumed = self.credential(Credential::AssumedRoot);
        self.formula.terms.or([session, role, root, console, assumed])
    }

    /// A tag of anybody: any value or none, but what is known of users. A session of a role may carry another value than the role.
    fn tag_of_anybody(&mut self, tag: &str, known: &[(String, Vec<Language>)]) -> KeyValue {
        let (_, wanted) = self.formula.flag(&format!("tag {tag} of anybody"));
        let attribute = self.free_attribute(&format!("aws:principaltag/{tag}"), Domain::Text(None));
        if matches!(self.subject.kind, SubjectKind::User { .. }) {
            let known = known.iter().filter(|(key, _)| key.eq_ignore_ascii_case(tag));
            for (_, languages) in known {
                let values: Vec<Term> = languages
                    .iter()
                    .map(|language| self.formula.matches(attribute, language.clone()))
                    .collect();
                let value = self.formula.terms.or(values);
                let own = self.formula.terms.and([wanted, value]);
                let federated = self.credential(Credential::FederatedUser);
                let either = self.formula.terms.or([federated, own]);
                self.formula.assert(either);
            }
        }
        self.choose(wanted, KeyValue::Single(Text::Attribute(attribute)), KeyValue::Absent)
    }

    /// The own tag, or one of those that it may have instead.
    fn own_or_set(&mut self, tag: &str, own: KeyValue, open: &OpenTag) -> KeyValue {
        let mut value = own;
        if !open.values.is_empty() {
            let (_, set) = self.formula.flag(&format!("tag {tag} was set"));
            let attribute =
                self.free_attribute(&format!("aws:principaltag/{tag} that was set"), Domain::Text(None));
            self.assert_among(set, attribute, open);
            value = self.choose(set, KeyValue::Single(Text::Attribute(attribute)), value);
        }
        if open.absent {
            let (_, gone) = self.formula.flag(&format!("tag {tag} was taken off"));
            value = self.choose(gone, KeyValue::Absent, value);
        }
        value
    }

    /// Where `guard` holds, the value is one that the tag may be given.
    fn assert_among(&mut self, guard: Term, attribute: Attribute, open: &OpenTag) {
        let mut some = Vec::new();
        for (within, outside) in &open.values {
            let mut all = vec![self.formula.matches(attribute, within.clone())];
            for language in outside {
                let inside = self.formula.matches(attribute, language.clone());
                all.push(self.formula.terms.not(inside));
            }
            some.push(self.formula.terms.and(all));
        }
        let some = self.formula.terms.or(some);
        let rule = self.formula.terms.implies(guard, some);
        self.formula.assert(rule);
    }

    /// Where `given` holds, whoever began the session could give it the tag.
    fn assert_given(&mut self, tag: &str, given: Term, value: Attribute) {
        let subject = self.subject;
        let Some(limits) = &subject.given_tags else { return };
        if limits.is_any(tag) || !matches!(subject.kind, SubjectKind::Role { .. }) {
            return;
        }
        let none = OpenTag::default();
        self.assert_among(given, value, limits.of(tag).unwrap_or(&none));
    }

    /// A tag of the principal: its own, or one that its session was given (design: keys).
    pub(super) fn principal_tag(&mut self, tag: &str) -> KeyValue {
        if let Some(anybody) = &self.subject.any_name {
            return self.tag_of_anybody(tag, &anybody.tags);
        }
        if self.subject.open_tags.is_any(tag) {
            let own = self.tag_of_anybody(tag, &[]);
            // The call that began the session may have passed others, which the trust policy may ask for.
            return if self.beginning.is_some() { self.tag_of_session(tag, own) } else { own };
        }
        let subject = self.subject;
        let own = subject
            .tags
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(tag))
            .map_or(KeyValue::Absent, |(_, value)| KeyValue::constant(value));
        let own = match subject.open_tags.of(tag) {
            Some(open) => self.own_or_set(tag, own, open),
            None => own,
        };
        if let Some(context) = self.query.context.as_ref() {
            // In a pinned context the session tags are those that it names.
            let key = ContextKey::new(&format!("aws:principaltag/{tag}"));
            return match context.get(&key).map(ContextValue::values) {
                Some([value, ..]) => KeyValue::constant(value),
                Some([]) | None => own,
            };
        }
        if tag.chars().count() > TAG_KEY {
            return own;
        }
        if self.beginning.is_some() {
            return self.tag_of_session(tag, own);
        }
        let possible = match self.subject.kind {
            SubjectKind::Root
            | SubjectKind::Role { session_tags: SessionTags::Never, .. }
            | SubjectKind::Service { .. }
            | SubjectKind::Provider { .. }
            | SubjectKind::Anonymous => Terms::FALSE,
            // The federated session is pinned as a whole.
            SubjectKind::User { .. } => self.credential(Credential::FederatedUser),
            SubjectKind::Role { session_tags: SessionTags::Free, .. } => Terms::TRUE,
            SubjectKind::Role { session_tags: SessionTags::Conditional, .. } => {
                let pinned = self.formula.pin(Openness::SessionTags);
                self.formula.terms.not(pinned)
            }
        };
        if possible == Terms::FALSE {
            return own;
        }
        let of_session = match self.tags_of_session.get(&tag.to_ascii_lowercase()) {
            Some(known) => *known,
            None => self.new_tag_of_session(tag, possible),
        };
        let given = KeyValue::Single(Text::Attribute(of_session.value));
        let with_own = self.choose(of_session.given, given, own);
        self.choose(of_session.dropped, KeyValue::Absent, with_own)
    }

    /// Symbols for the tag of this key in a session, which may have been given one where `possible` holds.
    fn new_tag_of_session(&mut self, tag: &str, possible: Term) -> TagOfSession {
        let (_, wanted) = self.formula.flag(&format!("session tag {tag}"));
        let given = self.formula.terms.and([possible, wanted]);
        let value = self.free_attribute(&format!("aws:principaltag/{tag}"), Domain::Text(None));
        self.assert_given(tag, given, value);
        let mut dropped = Terms::FALSE;
        if matches!(self.subject.kind, SubjectKind::User { .. }) {
            // A federated-user session without tags passed: documented neither as the user's tags nor as none.
            let federated = self.credential(Credential::FederatedUser);
            let (_, wanted) = self.formula.flag(&format!("no tag {tag} in the federated session"));
            let not_given = self.formula.terms.not(given);
            dropped = self.formula.terms.and([federated, wanted, not_given]);
        }
        let made = TagOfSession { given, value, dropped };
        self.tags_of_session.insert(tag.to_ascii_lowercase(), made);
        made
    }

    /// A role's tag in a session of which it is known how it may begin: its own, one that was passed, or one that an
    /// identity with session tags of its own has passed on. Which of those are passed on is not in the world: open.
    fn tag_of_session(&mut self, tag: &str, own: KeyValue) -> KeyValue {
        if matches!(self.subject.kind, SubjectKind::Role { session_tags: SessionTags::Never, .. }) {
            return own;
        }
        if let Some(known) = self.tags_of_session.get(&tag.to_ascii_lowercase()).copied() {
            return self.choose(known.given, KeyValue::Single(Text::Attribute(known.value)), own);
        }
        let (flag, passed) = self.formula.flag(&format!("session tag {tag} is passed"));
        let (_, inherited) = self.formula.flag(&format!("session tag {tag} is inherited"));
        let identity = self.begun_by(Maker::Identity);
        let pinned = self.formula.pin(Openness::SessionTags);
        let open = self.formula.terms.not(pinned);
        let inherited = self.formula.terms.and([inherited, identity, open]);
        let given = self.formula.terms.or([passed, inherited]);
        let value = self.free_attribute(&format!("aws:principaltag/{tag}"), Domain::Text(None));
        self.assert_given(tag, given, value);
        self.session_tags.insert(tag.to_ascii_lowercase(), SessionTag { flag, passed, value });
        let of_session = TagOfSession { given, value, dropped: Terms::FALSE };
        self.tags_of_session.insert(tag.to_ascii_lowercase(), of_session);
        self.choose(given, KeyValue::Single(Text::Attribute(value)), own)
    }
}

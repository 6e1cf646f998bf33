//! How a role's session came about: what the trust policy admits of its name, tags, source identity and MFA
//! (semantics:A2, A4, A6, B5, I12).
//!
//! A session begins with a call of its own, AssumeRole or one of its kin. Who makes that call is not known, so its keys are
//! free, but for those that the session carries on: they are one in both. The call is allowed by the trust policy, and
//! whoever is let in is taken to have all rights of its own. So each session that can be is admitted, and what the trust
//! policy rules out is ruled out.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::ActionId;
use ringfence_model::context::ContextKey;
use ringfence_model::open_point::OpenPoint;
use ringfence_model::policy::{
    Effect, NamedPolicy, PolicyDocument, PolicyType, PrincipalPattern, Statement, StatementReference,
};
use ringfence_model::template::{Piece, Template};

use super::Encoder;
use super::action::glob_ignoring_case;
use super::check::Check;
use super::key::{KeyValue, Text};
pub use super::maker::Maker;
use super::maker::{may_let_in, may_name};
use super::part::Part;
use super::statement::keys_of;
use crate::decimal::Decimal;
use crate::formula::{Domain, Layer, Openness, Restriction};
use crate::query::{Target, TargetResource};
use crate::subject::{SessionTags, SubjectKind};
use crate::term::{Atom, Attribute, Choice, Flag, Term, Terms};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// The service that begins sessions for holders of certificates (its User Guide, "Trust model").
const ROLES_ANYWHERE: &str = "rolesanywhere.amazonaws.com";

/// The beginning of the session as symbols.
#[derive(Clone, Debug)]
pub(super) struct Beginning {
    /// The call; its checks are those of `makers`, in order. None while it is being encoded.
    part: Option<Part>,
    check: Choice,
    makers: Vec<Maker>,
    trust: Arc<NamedPolicy>,
    /// A session of the role may have begun it, whom the trust policy need not let in (F26).
    assumes_itself: bool,
}

/// A session tag as symbols.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionTag {
    /// Says `passed`.
    pub(super) flag: Flag,
    /// It was passed with the call that began the session.
    pub(super) passed: Term,
    /// Its value.
    pub(super) value: Attribute,
}

/// What the call that began the session means: enough to read it out of an interpretation.
#[derive(Clone, Debug)]
pub struct BeginningSymbols {
    /// Who made it.
    pub check: Choice,
    /// By value of `check`.
    pub makers: Vec<Maker>,
    /// Its keys.
    pub keys: BTreeMap<ContextKey, KeyValue>,
    /// By name in lower case, whether a session tag was passed with it.
    pub passed: BTreeMap<String, Flag>,
}

impl Beginning {
    /// Its symbols.
    pub(super) fn symbols(self, tags: &BTreeMap<String, SessionTag>) -> BeginningSymbols {
        let keys = self.part.map(|part| part.keys).unwrap_or_default();
        let passed = tags.iter().map(|(tag, symbols)| (tag.clone(), symbols.flag)).collect();
        BeginningSymbols { check: self.check, makers: self.makers, keys, passed }
    }
}

impl Encoder<'_> {
    /// Makes the symbols of the call that began the session, where there is more to say about it than that somebody may
    /// have made it.
    pub(super) fn begin_session(&mut self) {
        let SubjectKind::Role { trust: Some(trust), session_tags, .. } = &self.subject.kind else { return };
        let trust = Arc::new(trust.clone());
        if self.query.context.is_some()
            || (*session_tags != SessionTags::Conditional && is_plain(&trust.document))
        {
            return;
        }
        let mut makers: Vec<Maker> = Maker::ALL
            .into_iter()
            .filter(|maker| trust.document.statements.iter().any(|statement| may_let_in(statement, *maker)))
            .collect();
        let assumes_itself = !makers.is_empty() && self.may_assume_itself();
        if assumes_itself && !makers.contains(&Maker::Identity) {
            makers.insert(0, Maker::Identity);
        }
        let mut checks = Vec::new();
        for maker in &makers {
            let Some(check) = self.beginning_check(*maker) else { return };
            checks.push(check);
        }
        let part = Part::new(&mut self.formula, "beginning of the session: ", checks);
        // Its Region is free.
        let part = Part { regions: Some(Vec::new()), ..part };
        let check = part.check;
        self.beginning = Some(Beginning { part: Some(part), check, makers, trust, assumes_itself });
    }

    /// Whether the role's own policies may let its sessions assume it again, conditions apart: then sessions may begin so
    /// in the other reading of F26, which asks no trust policy.
    fn may_assume_itself(&self) -> bool {
        let arn = self.subject.arn.as_str();
        let may = |value: &Template| {
            let mut pattern = String::new();
            for piece in &value.pieces {
                match piece {
                    Piece::Text(text) | Piece::Literal(text) => pattern.push_str(text),
                    Piece::Variable { .. } => pattern.push('*'),
                }
            }
            value.raw.split(':').count() < 6 || glob_ignoring_case(&pattern, arn)
        };
        let statements = self.subject.policies.identity.iter().flat_map(|policy| &policy.document.statements);
        statements.filter(|statement| statement.effect == Effect::Allow).any(|statement| {
            super::action::may_match(statement, "sts", "assumerole")
                && statement
                    .resource
                    .as_ref()
                    .is_none_or(|element| element.negated || element.values.iter().any(may))
        })
    }

    fn beginning_check(&self, maker: Maker) -> Option<Check> {
        let action: ActionId = self.catalogue.find_action(maker.action())?;
        let resource_type = self.catalogue.find_resource_type("iam", "role")?;
        let resource = TargetResource::Exactly { resource_type, arn: self.subject.arn.clone() };
        Some(Check::new(&Target::new(action, resource, Vec::new()), self.catalogue))
    }

    /// Does `act` within the call that began the session, if there is anything to say about it.
    fn within_beginning(&mut self, act: impl FnOnce(&mut Self, &NamedPolicy)) {
        let Some(beginning) = &mut self.beginning else { return };
        let Some(part) = beginning.part.take() else { return };
        let trust = Arc::clone(&beginning.trust);
        let outside = std::mem::replace(&mut self.part, part);
        self.in_beginning = true;
        act(self, &trust);
        self.in_beginning = false;
        let part = std::mem::replace(&mut self.part, outside);
        if let Some(beginning) = &mut self.beginning {
            beginning.part = Some(part);
        }
    }

    /// The session was begun by `maker`; true where that is not told apart.
    pub(super) fn begun_by(&mut self, maker: Maker) -> Term {
        let Some(beginning) = &self.beginning else { return Terms::TRUE };
        let (check, place) = (beginning.check, beginning.makers.iter().position(|one| *one == maker));
        match place.and_then(|place| u32::try_from(place).ok()) {
            Some(place) => self.formula.chosen(check, place),
            None => Terms::FALSE,
        }
    }

    /// Asserts that the trust policy lets the session begin as it did.
    pub(super) fn assert_beginning(&mut self) {
        let identity_given = self.source_identity_given();
        let mfa = self.shared_keys.get(&ContextKey::new("aws:MultiFactorAuthPresent")).cloned();
        let mfa = mfa.map_or(Terms::FALSE, |value| self.is_true(&value));
        self.within_beginning(|encoder, trust| {
            if encoder.part.checks.is_empty() {
                // Nobody is let in.
                encoder.formula.restrict(Restriction::Layer(Layer::Trust), Terms::FALSE);
                return;
            }
            encoder.trust_must_allow(trust, None, Terms::TRUE);
            if identity_given != Terms::FALSE {
                encoder.trust_must_allow(trust, Some("setsourceidentity"), identity_given);
            }
            if !encoder.session_tags.is_empty() {
                // Conditions of the trust policy may be about further tags.
                let given = encoder.session_tags_given();
                encoder.trust_must_allow(trust, Some("tagsession"), given);
            }
            if mfa != Terms::FALSE {
                // A session has MFA if the call that began it had.
                let value = encoder.key(&ContextKey::new("aws:MultiFactorAuthPresent"));
                let had = encoder.is_true(&value);
                let rule = encoder.formula.terms.implies(mfa, had);
                encoder.formula.assert(rule);
            }
            if encoder.part.keys.contains_key(&ContextKey::new("aws:TagKeys")) {
                let tags: Vec<String> = encoder.session_tags.keys().cloned().collect();
                for tag in tags {
                    encoder.key(&ContextKey::new(&format!("aws:RequestTag/{tag}")));
                }
            }
            encoder.assert_tags();
            // Of what a service's own call carries nothing is documented.
            let identity = encoder.begun_by(Maker::Identity);
            encoder.assert_network(identity);
        });
    }

    /// Some session tag was passed with the call.
    fn session_tags_given(&mut self) -> Term {
        let given: Vec<Term> = self.session_tags.values().map(|tag| tag.passed).collect();
        self.formula.terms.or(given)
    }

    fn source_identity_given(&mut self) -> Term {
        let key = ContextKey::new("aws:SourceIdentity");
        let Some(value) = self.shared_keys.get(&key).cloned() else { return Terms::FALSE };
        let absent = self.absent(&value);
        self.formula.terms.not(absent)
    }

    /// Where `made` holds, the trust policy must allow the call, or the check `name` of `sts` that it makes besides: what a
    /// proof may rest on.
    fn trust_must_allow(&mut self, trust: &NamedPolicy, name: Option<&str>, made: Term) {
        let asked = self.part.checks.clone();
        if let Some(name) = name {
            for check in &mut self.part.checks {
                name.clone_into(&mut check.name);
            }
        }
        let mut allows = Vec::new();
        let mut denies = Vec::new();
        for statement in &trust.document.statements {
            let named = self.lets_in(statement);
            if named == Terms::FALSE {
                continue;
            }
            let matched = self.statement(statement, PolicyType::Trust);
            match statement.effect {
                Effect::Allow => allows.push(self.formula.terms.and([named, matched])),
                // A Deny that names somebody may spare whoever made the call.
                Effect::Deny if names_everyone(statement) => {
                    denies.push((StatementReference::new(trust, PolicyType::Trust, statement), matched));
                }
                Effect::Deny => {}
            }
        }
        self.part.checks = asked;
        if name.is_none() && self.beginning.as_ref().is_some_and(|beginning| beginning.assumes_itself) {
            let identity = self.begun_by(Maker::Identity);
            let old = self.choice(26, Terms::FALSE);
            allows.push(self.formula.terms.and([identity, old]));
        }
        let allowed = self.formula.terms.or(allows);
        let rule = self.formula.terms.implies(made, allowed);
        self.formula.restrict(Restriction::Layer(Layer::Trust), rule);
        for (statement, matched) in denies {
            let passed = self.formula.terms.not(matched);
            let rule = self.formula.terms.implies(made, passed);
            self.formula.restrict(Restriction::Statement(statement), rule);
        }
    }

    /// Where the statement's Principal element may name whoever makes the call.
    fn lets_in(&mut self, statement: &Statement) -> Term {
        let makers = self.beginning.as_ref().map(|beginning| beginning.makers.clone()).unwrap_or_default();
        let places = (0..).zip(&makers).filter(|(_, maker)| may_name(statement, **maker));
        let places: std::collections::BTreeSet<u32> = places.map(|(place, _)| place).collect();
        let named = self.formula.chosen_among(self.part.check, &places);
        let identity = self.begun_by(Maker::Identity);
        let fits = self.fits_principal(statement);
        let rule = self.formula.terms.implies(identity, fits);
        self.formula.terms.and([named, rule])
    }

    /// The keys that say who an identity is, where the trust policy asks for them, fit what the statement's Principal element
    /// names: the account, or the name whatever its path and letter case (F9).
    fn fits_principal(&mut self, statement: &Statement) -> Term {
        let Some(element) = statement.principal.as_ref().filter(|element| !element.negated) else {
            return Terms::TRUE;
        };
        let (mut arns, mut accounts) = (Vec::new(), Vec::new());
        for value in &element.values {
            match value {
                PrincipalPattern::Everyone => return Terms::TRUE,
                PrincipalPattern::Aws(text) => match named_identities(text) {
                    Some((account, of_account)) => {
                        accounts.push(Language::exactly(&account));
                        arns.push(of_account);
                    }
                    None => return Terms::TRUE,
                },
                PrincipalPattern::CanonicalUser(_)
                | PrincipalPattern::Service(_)
                | PrincipalPattern::Federated(_) => {}
            }
        }
        let Some(trust) = self.beginning.as_ref().map(|beginning| Arc::clone(&beginning.trust)) else {
            return Terms::TRUE;
        };
        let mut fits = Vec::new();
        for (name, languages) in [("aws:PrincipalArn", arns), ("aws:PrincipalAccount", accounts)] {
            let key = ContextKey::new(name);
            let statements = &trust.document.statements;
            if !statements.iter().any(|statement| keys_of(statement).contains(&&key)) {
                continue;
            }
            let value = self.key(&key);
            let absent = self.absent(&value);
            let some = languages.iter().map(|language| self.one_value(&value, language));
            let some: Vec<Term> = some.chain([absent]).collect();
            fits.push(self.formula.terms.or(some));
        }
        self.formula.terms.and(fits)
    }

    /// The value of a key in the call that began the session: what the session carries on is one in both.
    pub(super) fn beginning_key(&mut self, key: &ContextKey) -> KeyValue {
        let name = key.canonical();
        if let Some(("aws:requesttag", tag)) = key.family() {
            return self.passed_tag(tag);
        }
        if let Some(("aws:resourcetag" | "iam:resourcetag", tag)) = key.family() {
            // Of the role itself.
            if self.subject.open_tags.is_open(tag) {
                return self.any_value(key);
            }
            let own = self.subject.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(tag));
            let own = own.map(|(_, value)| value.clone());
            return own.map_or(KeyValue::Absent, |value| {
                self.perhaps(key, KeyValue::Single(Text::Constant(value)))
            });
        }
        let of_identity = matches!(
            name,
            "aws:principalorgid"
                | "aws:principalorgpaths"
                | "aws:principalarn"
                | "aws:principaltype"
                | "aws:username"
        ) || key.family().is_some_and(|(family, _)| family == "aws:principaltag");
        if of_identity {
            let identity = self.begun_by(Maker::Identity);
            let service = self.begun_by(Maker::Service);
            let carried = match name {
                // What services carry is undocumented (F31).
                "aws:principalarn" | "aws:principaltype" => {
                    let pinned = self.formula.pin(Openness::Point(OpenPoint(31)));
                    self.formula.terms.not(pinned)
                }
                // Roles Anywhere tells by tags of the principal what the certificate says.
                _ if key.family().is_some() && self.trusts_certificates() => Terms::TRUE,
                _ => Terms::FALSE,
            };
            let by_service = self.formula.terms.and([service, carried]);
            let carried = self.formula.terms.or([identity, by_service]);
            let value = self.any_value(key);
            return self.choose(carried, value, KeyValue::Absent);
        }
        match name {
            // Only services call for a resource (semantics:I3).
            "aws:sourcearn" | "aws:sourceaccount" | "aws:sourceorgid" | "aws:sourceorgpaths" => {
                let service = self.begun_by(Maker::Service);
                let value = self.any_value(key);
                self.choose(service, value, KeyValue::Absent)
            }
            "aws:resourceaccount" => {
                let own = self.subject.account.to_string();
                self.perhaps(key, KeyValue::Single(Text::Constant(own)))
            }
            "sts:rolesessionname" => self.session_name(),
            "sts:sourceidentity" => {
                // An identity that has a source identity already passes it on without naming it.
                let carried = self.shared_key(&ContextKey::new("aws:SourceIdentity"));
                let identity = self.begun_by(Maker::Identity);
                let (_, inherited) = self.formula.flag("the source identity is inherited");
                let inherited = self.formula.terms.and([identity, inherited]);
                self.choose(inherited, KeyValue::Absent, carried)
            }
            "aws:epochtime" => {
                let epoch = self.formula.attribute("aws:epochtime when the session began", Domain::Number);
                let now = self.key(&ContextKey::new("aws:CurrentTime"));
                if let Some(now) = attribute_of(&now) {
                    // One instant, written in two ways (semantics:I7).
                    for (early, late) in [(now, epoch), (epoch, now)] {
                        let zero = Decimal::from_integer(0);
                        let same = self.formula.terms.from_atom(Atom::InstantsWithin(early, late, zero));
                        self.formula.assert(same);
                    }
                }
                KeyValue::Single(Text::Attribute(epoch))
            }
            "aws:currenttime" => {
                let issue = self.shared_key(&ContextKey::new("aws:TokenIssueTime"));
                if matches!(issue, KeyValue::Absent) { self.any_value(key) } else { issue }
            }
            "aws:multifactorauthpresent" | "aws:multifactorauthage" => {
                if key.canonical() == "aws:multifactorauthage" {
                    self.key(&ContextKey::new("aws:MultiFactorAuthPresent"));
                }
                let identity = self.begun_by(Maker::Identity);
                let value = self.any_value(key);
                self.choose(identity, value, KeyValue::Absent)
            }
            _ => self.any_value(key),
        }
    }

    /// The trust policy may let IAM Roles Anywhere in.
    fn trusts_certificates(&self) -> bool {
        let Some(beginning) = &self.beginning else { return false };
        let may = |value: &PrincipalPattern| match value {
            PrincipalPattern::Everyone => true,
            PrincipalPattern::Service(name) => name.eq_ignore_ascii_case(ROLES_ANYWHERE),
            PrincipalPattern::Aws(_)
            | PrincipalPattern::Federated(_)
            | PrincipalPattern::CanonicalUser(_) => false,
        };
        beginning.trust.document.statements.iter().any(|statement| {
            statement
                .principal
                .as_ref()
                .is_none_or(|element| element.negated || element.values.iter().any(may))
        })
    }

    /// `value`, or the key is absent from the call that began the session.
    fn perhaps(&mut self, key: &ContextKey, value: KeyValue) -> KeyValue {
        let (_, present) =
            self.formula.flag(&format!("{} when the session began is present", key.canonical()));
        self.choose(present, value, KeyValue::Absent)
    }

    /// The session's name.
    fn session_name(&mut self) -> KeyValue {
        if let Some(name) = &self.subject.session_name {
            return KeyValue::Single(Text::Constant(name.clone()));
        }
        let prefix = self.subject.unique_id.as_ref().map(|id| format!("{id}:"));
        let whole = self.shared_key(&ContextKey::new("aws:userid"));
        match (prefix, whole) {
            (Some(prefix), KeyValue::Single(Text::Attribute(attribute))) => {
                KeyValue::Single(Text::Behind { prefix, attribute })
            }
            _ => self.any_value(&ContextKey::new("sts:RoleSessionName")),
        }
    }

    /// A tag that the call passes: the session tag.
    fn passed_tag(&mut self, tag: &str) -> KeyValue {
        self.shared_key(&ContextKey::new(&format!("aws:PrincipalTag/{tag}")));
        let known = self.session_tags.get(&tag.to_ascii_lowercase()).copied();
        match known {
            Some(tag) => {
                let value = KeyValue::Single(Text::Attribute(tag.value));
                self.choose(tag.passed, value, KeyValue::Absent)
            }
            None => KeyValue::Absent,
        }
    }

    /// A key that the session carries on, made outside of the call.
    fn shared_key(&mut self, key: &ContextKey) -> KeyValue {
        let outside = std::mem::take(&mut self.in_beginning);
        let value = self.key(key);
        self.in_beginning = outside;
        value
    }

    /// Any value, or none.
    fn any_value(&mut self, key: &ContextKey) -> KeyValue {
        let name = format!("{} when the session began", key.canonical());
        let multivalued = self.catalogue.key(key).is_none_or(|info| info.multivalued);
        let (_, present) = self.formula.flag(&format!("{name} is present"));
        let absent = self.formula.terms.not(present);
        let domain = self.key_domain(key);
        if !multivalued {
            let attribute = self.formula.attribute(&name, domain);
            let value = KeyValue::Single(Text::Attribute(attribute));
            return KeyValue::Cases(vec![(absent, KeyValue::Absent), (present, value)]);
        }
        let (_, is_list) = self.formula.flag(&format!("{name} is a list"));
        let list = self.slots(key, domain);
        let as_list = self.formula.terms.and([present, is_list]);
        let not_list = self.formula.terms.not(is_list);
        let as_single = self.formula.terms.and([present, not_list]);
        let attribute = self.formula.attribute(&name, domain);
        let single = KeyValue::Single(Text::Attribute(attribute));
        KeyValue::Cases(vec![(absent, KeyValue::Absent), (as_list, list), (as_single, single)])
    }
}

/// The account that a value under `AWS` names, and the ARNs of all whom it may name there; none for everybody.
fn named_identities(text: &str) -> Option<(String, Language)> {
    let mut builder = LanguageBuilder::new();
    let any = CharacterSet::any();
    builder.text("arn:").star(CharacterSet::except(':'));
    if let Some(account) = AccountId::parse(text) {
        builder.text(&format!(":iam::{account}:")).star(any);
        return Some((account.to_string(), builder.build()));
    }
    let arn = Arn::parse(text)?;
    builder.text(&format!(":iam::{}:", arn.account)).star(any.clone());
    let mut parts = arn.resource.split('/');
    let name = match parts.next() {
        // The session's own name is not in the key: it holds the role's ARN.
        Some("assumed-role") => parts.next(),
        Some("user" | "role") => parts.next_back(),
        _ => None,
    };
    if let Some(name) = name {
        builder.text("/").text_ignoring_case(name);
    }
    Some((arn.account.to_owned(), builder.build()))
}

fn attribute_of(value: &KeyValue) -> Option<Attribute> {
    match value {
        KeyValue::Single(Text::Attribute(attribute)) => Some(*attribute),
        KeyValue::Cases(cases) => cases.iter().find_map(|(_, inner)| attribute_of(inner)),
        KeyValue::Single(_) | KeyValue::Absent | KeyValue::List(_) => None,
    }
}

/// Somebody with keys of its own may surely begin a session whatever its name and MFA, and no statement denies. Who may set
/// a source identity may begin one.
fn is_plain(trust: &PolicyDocument) -> bool {
    let plain = |statement: &Statement| statement.effect == Effect::Allow && statement.conditions.is_empty();
    trust.statements.iter().all(|statement| statement.effect == Effect::Allow)
        && trust.statements.iter().any(|statement| {
            let surely = super::action::surely_matches(statement, "sts", "assumerole");
            surely && plain(statement) && may_let_in(statement, Maker::Identity)
        })
        && trust.statements.iter().all(|statement| {
            let tags = super::action::may_match(statement, "sts", "tagsession");
            let alone = plain(statement) && may_let_in(statement, Maker::Identity);
            let assumes = super::action::surely_matches(statement, "sts", "assumerole");
            ((alone && assumes) || !may_set_source_identity(statement)) && (alone || !tags)
        })
}

/// Whether a statement's actions may include sts:SetSourceIdentity.
pub(super) fn may_set_source_identity(statement: &Statement) -> bool {
    super::action::may_match(statement, "sts", "setsourceidentity")
}

fn names_everyone(statement: &Statement) -> bool {
    statement.principal.as_ref().is_some_and(|element| {
        !element.negated
            && element.values.iter().any(|value| {
                matches!(value, PrincipalPattern::Everyone)
                    || matches!(value, PrincipalPattern::Aws(text) if text == "*")
            })
    })
}

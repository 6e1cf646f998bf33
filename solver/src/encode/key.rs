//! The values of condition keys as symbols: constants where nobody can change them, attributes where the caller can.

use ringfence_model::catalogue::KeyKind;
use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::open_point::OpenPoint;
use ringfence_model::policy::Effect;
use serde::Serialize;

use super::Encoder;
use super::form::{arns, boundary_arns, session_names, truth_values};
use super::session::{Maker, may_set_source_identity};
use crate::formula::{Domain, Openness};
use crate::query::TargetResource;
use crate::subject::{OrganizationFacts, SubjectKind};
use crate::term::{Attribute, Term, Terms};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// A text that is known or an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// This text.
    Constant(String),
    /// The text of an attribute.
    Attribute(Attribute),
    /// What follows `prefix` in the text of an attribute that always starts with it.
    Behind {
        /// What comes before.
        prefix: String,
        /// The whole.
        attribute: Attribute,
    },
}

/// A value of a multivalued key that may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The value is in the list.
    pub used: Term,
    /// The value.
    pub value: Text,
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyValue {
    /// The key is not in the context.
    Absent,
    /// One value.
    Single(Text),
    /// A list of the slots that are used, in order; at least one is.
    List(Vec<Slot>),
    /// One of these; exactly one guard holds.
    Cases(Vec<(Term, KeyValue)>),
}

impl KeyValue {
    pub(super) fn constant(text: &str) -> Self {
        Self::Single(Text::Constant(text.to_owned()))
    }
}

/// Which credentials a request is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Credential {
    /// Long-term keys of a user or root user.
    LongTerm,
    /// A session of a root user: console sign-in, or GetSessionToken.
    RootSession,
    /// A GetSessionToken session of a user.
    SessionToken,
    /// A console session of a user: as a GetSessionToken session, without its limits.
    ConsoleSession,
    /// A GetFederationToken session of a user, with a session policy that allows everything.
    FederatedUser,
    /// A session of sts:AssumeRoot.
    AssumedRoot,
    /// A session of a role.
    RoleSession,
    /// None that an account gave out: a service's own, a provider's user, or an unsigned request.
    NoIdentity,
}

/// Keys that a session carries whatever the service (semantics:A4, column S).
pub(crate) const SESSION_KEYS: [&str; 11] = [
    "aws:sourceidentity",
    "aws:federatedprovider",
    "aws:chatbotsourcearn",
    "aws:ec2instancesourcevpc",
    "aws:ec2instancesourceprivateipv4",
    "ec2:roledelivery",
    "ec2:sourceinstancearn",
    "lambda:sourcefunctionarn",
    "ssm:sourceinstancearn",
    "glue:roleassumedby",
    "glue:credentialissuingservice",
];

/// The keys, those of sessions apart, that all checks of one call share.
const SHARED_KEYS: [&str; 35] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:userid",
    "aws:username",
    "aws:assumedroot",
    "aws:multifactorauthpresent",
    "aws:multifactorauthage",
    "aws:tokenissuetime",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceip",
    "aws:vpcsourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourcevpcarn",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:currenttime",
    "aws:epochtime",
    "aws:securetransport",
    "aws:useragent",
    "aws:referer",
    "aws:viaawsservice",
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
];

/// Parameters of a call on a model, which is checked on several ARNs.
const CALL_PARAMETERS: [&str; 3] =
    ["bedrock:guardrailidentifier", "bedrock:projectarn", "bedrock:servicetier"];

/// Keys that the catalogue calls single-valued and that name several things of one call.
const MAY_BE_LISTS: [&str; 12] = [
    "autoscaling:instancetypes",
    "cloudformation:importresourcetypes",
    "codecommit:references",
    "glue:lakeformationpermissions",
    "observabilityadmin:targetregions",
    "route53:vpcs",
    "route53profiles:hostedzonedomains",
    "route53profiles:resolverruledomains",
    "route53profiles:resourcearns",
    "route53profiles:resourceids",
    "route53profiles:resourcetypes",
    "s3-outposts:requestobjecttagkeys",
];

/// Keys that the catalogue says hold an ARN, and that hold ids or names too, as the calls of the services do.
const MAY_BE_NO_ARN: [&str; 5] = [
    "ec2:destinationcapacityreservationid",
    "ec2:instanceplatform",
    "sagemaker:outputkmskey",
    "sagemaker:volumekmskey",
    "secretsmanager:secretid",
];

/// Services whose own key for a resource's tags says what the global one does.
const SAME_TAGS: [&str; 3] = ["ec2", "iam", "secretsmanager"];

/// The global key that says the same as `key`, a service's own: the tag of a resource, the account of a bucket, the Region.
fn twin_of(key: &ContextKey) -> Option<ContextKey> {
    if let Some((family, tag)) = key.family() {
        let (service, name) = family.split_once(':')?;
        return (name == "resourcetag" && SAME_TAGS.contains(&service))
            .then(|| ContextKey::new(&format!("aws:ResourceTag/{tag}")));
    }
    let same = match key.canonical() {
        "s3:resourceaccount" => "aws:ResourceAccount",
        "ec2:region" => "aws:RequestedRegion",
        _ => return None,
    };
    Some(ContextKey::new(same))
}

/// `value` with `other` where it is absent.
fn in_place_of_absence(value: KeyValue, other: &KeyValue) -> KeyValue {
    match value {
        KeyValue::Absent => other.clone(),
        KeyValue::Cases(cases) => KeyValue::Cases(
            cases.into_iter().map(|(guard, inner)| (guard, in_place_of_absence(inner, other))).collect(),
        ),
        KeyValue::Single(_) | KeyValue::List(_) => value,
    }
}

impl Encoder<'_> {
    /// The value of `key`, made on first use.
    pub(super) fn key(&mut self, key: &ContextKey) -> KeyValue {
        if self.in_beginning {
            if let Some(known) = self.part.keys.get(key) {
                return known.clone();
            }
            let value = self.beginning_key(key);
            self.part.keys.insert(key.clone(), value.clone());
            return value;
        }
        if let Some(value) = self.key_elsewhere(key) {
            return value;
        }
        if let Some(known) = self.part.keys.get(key).or_else(|| self.shared_keys.get(key)) {
            return known.clone();
        }
        let value = self.make_key(key);
        let value = self.as_in_other_checks(key, value);
        let keys = if is_shared(key) { &mut self.shared_keys } else { &mut self.part.keys };
        keys.insert(key.clone(), value.clone());
        value
    }

    /// `value`, or for a parameter of the call what it is in its other checks: whether each of them carries it is not
    /// documented, so that this is so while F34 is pinned.
    fn as_in_other_checks(&mut self, key: &ContextKey, value: KeyValue) -> KeyValue {
        if self.further.is_empty()
            || self.query.context.is_some()
            || !CALL_PARAMETERS.contains(&key.canonical())
        {
            return value;
        }
        let Some(first) = self.call_parameters.get(key).cloned() else {
            self.call_parameters.insert(key.clone(), value.clone());
            return value;
        };
        let pinned = self.formula.pin(Openness::Point(OpenPoint(34)));
        self.choose(pinned, first, value)
    }

    fn make_key(&mut self, key: &ContextKey) -> KeyValue {
        if let Some(context) = self.query.context.as_ref() {
            let multivalued = self.catalogue.key(key).is_some_and(|info| info.multivalued);
            return match context.get(key) {
                None => self.implied_key(key),
                Some(ContextValue::Single(value)) if !multivalued => KeyValue::constant(value),
                Some(value) => KeyValue::List(
                    value
                        .values()
                        .iter()
                        .map(|value| Slot { used: Terms::TRUE, value: Text::Constant(value.clone()) })
                        .collect(),
                ),
            };
        }
        if let Some(value) = self.principal_key(key) {
            return value;
        }
        let value = self.request_key(key);
        self.with_own_tag(key, value)
    }

    /// The value of a key that a pinned context does not name: what the principal implies (semantics:A2), else none.
    fn implied_key(&mut self, key: &ContextKey) -> KeyValue {
        let name = key.canonical();
        match &self.subject.kind {
            SubjectKind::Service { name: service } => match name {
                "aws:principalisawsservice" => KeyValue::constant("true"),
                "aws:principalservicename" => KeyValue::constant(service),
                _ => KeyValue::Absent,
            },
            SubjectKind::Anonymous => match name {
                "aws:principaltype" => KeyValue::constant("Anonymous"),
                "aws:principalaccount" | "aws:userid" => KeyValue::constant("anonymous"),
                _ => KeyValue::Absent,
            },
            SubjectKind::Provider { .. } => KeyValue::Absent,
            SubjectKind::Root | SubjectKind::User { .. } | SubjectKind::Role { .. } => {
                let federated = self.credentials.contains(&Credential::FederatedUser);
                let root = self.subject.kind == SubjectKind::Root;
                let implied = match name {
                    "aws:principalarn"
                    | "aws:principalaccount"
                    | "aws:principaltype"
                    | "aws:principalisawsservice"
                    | "aws:username" => true,
                    // The others' ids are unique ids, which a request does not tell.
                    "aws:userid" => root || federated,
                    _ => key.family().is_some_and(|(family, _)| family == "aws:principaltag"),
                };
                let value = if implied { self.principal_key(key) } else { None };
                value.unwrap_or(KeyValue::Absent)
            }
        }
    }

    /// `value`, or where the request is about the subject itself the tag that the export shows: whoever asks, a
    /// user's or a role's own tags are known (semantics:A4, iam:ResourceTag and aws:ResourceTag).
    pub(super) fn with_own_tag(&mut self, key: &ContextKey, value: KeyValue) -> KeyValue {
        let Some(("iam:resourcetag" | "aws:resourcetag", tag)) = key.family() else { return value };
        let subject = self.subject;
        if subject.any_name.is_some() || subject.open_tags.is_open(tag) {
            // Nothing is known of the tags of anybody, nor of those that a run may have set.
            return value;
        }
        let is_own = |check: &super::check::Check| {
            check.service == "iam"
                && matches!(&check.target.resource, TargetResource::Exactly { arn, .. } if *arn == subject.arn)
        };
        let named = self.check_among(is_own);
        let own = self.or_is_subject(named);
        let known = subject
            .tags
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(tag))
            .map_or(KeyValue::Absent, |(_, value)| KeyValue::constant(value));
        // AWS says that tags do not reliably bear on iam:PassRole (semantics:E94): the key may be missing.
        let passes = self.check_among(|check| check.service == "iam" && check.name == "passrole");
        let known = if passes == Terms::FALSE || known == KeyValue::Absent {
            known
        } else {
            let pinned = self.formula.pin(Openness::Point(OpenPoint(34)));
            let open = self.formula.terms.not(pinned);
            let (_, missing) = self.formula.flag(&format!("{key} is missing from iam:PassRole"));
            let missing = self.formula.terms.and([passes, open, missing]);
            self.choose(missing, KeyValue::Absent, known)
        };
        self.choose(own, known, value)
    }

    /// `yes` where `guard` holds, else `no`.
    pub(super) fn choose(&mut self, guard: Term, yes: KeyValue, no: KeyValue) -> KeyValue {
        if guard == Terms::FALSE {
            return no;
        }
        if guard == Terms::TRUE {
            return yes;
        }
        let other = self.formula.terms.not(guard);
        KeyValue::Cases(vec![(guard, yes), (other, no)])
    }

    /// `named`, or the resource, of which the target does not say which it is, is the subject itself.
    fn or_is_subject(&mut self, named: Term) -> Term {
        let kind = match self.subject.kind {
            SubjectKind::User { .. } => "user",
            SubjectKind::Role { .. } => "role",
            SubjectKind::Root
            | SubjectKind::Service { .. }
            | SubjectKind::Provider { .. }
            | SubjectKind::Anonymous => return named,
        };
        if self.query.context.is_some() || self.in_beginning {
            return named;
        }
        let own = self.subject.account;
        let among = self.check_among(|check| {
            let several = matches!(
                &check.target.resource,
                TargetResource::Type { .. } | TargetResource::Within { .. } | TargetResource::OneOf { .. }
            );
            several
                && check.service == "iam"
                && check.resource_type == kind
                && check.target.owner.is_none_or(|owner| owner == own)
        });
        if among == Terms::FALSE {
            return named;
        }
        let resource = self.part.resource;
        let itself = self.formula.matches(resource, Language::exactly(&self.subject.arn));
        let itself = self.formula.terms.and([among, itself]);
        self.formula.terms.or([named, itself])
    }

    /// Keys that belong to the request: free where a check may carry them.
    fn request_key(&mut self, key: &ContextKey) -> KeyValue {
        let name = key.canonical().to_owned();
        match name.as_str() {
            "aws:requestedregion" => return self.requested_region(),
            "aws:currenttime" | "aws:epochtime" => {
                let epoch = name == "aws:epochtime";
                let attribute =
                    self.formula.attribute(&name, if epoch { Domain::Number } else { Domain::Instant });
                let slot = if epoch { &mut self.instants.epoch } else { &mut self.instants.current };
                *slot = Some(attribute);
                return KeyValue::Single(Text::Attribute(attribute));
            }
            "aws:securetransport" | "aws:viaawsservice" => {
                return KeyValue::Single(Text::Attribute(self.text_attribute(&name, truth_values())));
            }
            _ => {}
        }
        let (_, wanted) = self.formula.flag(&format!("{name} is present"));
        let offered = self.offered(key, wanted);
        let info = self.catalogue.key(key);
        let claim = name.ends_with(":amr") || info.is_none() || MAY_BE_LISTS.contains(&name.as_str());
        let multivalued = info.is_some_and(|info| info.multivalued);
        let domain = self.key_domain(key);
        let absent = self.formula.terms.not(offered);
        let mut cases = vec![(absent, KeyValue::Absent)];
        if multivalued || claim {
            let list = self.slots(key, domain);
            let is_list = if multivalued {
                Terms::TRUE
            } else {
                // Not known to the catalogue, perhaps wrongly known, or a provider's claim (F35): one value or a list.
                self.formula.flag(&format!("{name} is a list")).1
            };
            let as_list = self.formula.terms.and([offered, is_list]);
            cases.push((as_list, list));
            let not_list = self.formula.terms.not(is_list);
            let as_single = self.formula.terms.and([offered, not_list]);
            if as_single != Terms::FALSE {
                let attribute = self.free_attribute(&name, domain);
                cases.push((as_single, KeyValue::Single(Text::Attribute(attribute))));
            }
        } else {
            let value = self.as_its_twin(key, domain);
            cases.push((offered, value));
        }
        KeyValue::Cases(cases)
    }

    /// The value of a single-valued key that is there: that of its twin if the request has that too, else free.
    fn as_its_twin(&mut self, key: &ContextKey, domain: Domain) -> KeyValue {
        let free = |encoder: &mut Self| {
            KeyValue::Single(Text::Attribute(encoder.free_attribute(key.canonical(), domain)))
        };
        let Some(twin) = twin_of(key) else { return free(self) };
        match self.key(&twin) {
            KeyValue::Absent | KeyValue::List(_) => free(self),
            other @ (KeyValue::Single(_) | KeyValue::Cases(_)) => {
                let free = free(self);
                in_place_of_absence(other, &free)
            }
        }
    }

    /// The key is present: `wanted`, and while F34 is pinned only in checks for which the catalogue lists it.
    fn offered(&mut self, key: &ContextKey, wanted: Term) -> Term {
        let name = key.canonical();
        if name == "aws:sourceidentity" && self.subject.kind.trust().is_some() {
            // Whether the trust policy lets it be set is asked where the session begins; here, whether it ever may.
            let may =
                self.subject.kind.trust().is_some_and(|trust| {
                    trust.document.statements.iter().any(|statement| {
                        statement.effect == Effect::Allow && may_set_source_identity(statement)
                    })
                });
            return if may { wanted } else { Terms::FALSE };
        }
        if SESSION_KEYS.contains(&name) || name.starts_with("saml:") {
            let maker = match name {
                "aws:federatedprovider" => self.begun_by(Maker::WebIdentity),
                "aws:chatbotsourcearn" | "aws:sourceidentity" => Terms::TRUE,
                _ if name.starts_with("saml:") => self.begun_by(Maker::Saml),
                _ => self.begun_by(Maker::Service),
            };
            let wanted = self.formula.terms.and([wanted, maker]);
            // Whether the trust policy admits such a session is not examined yet.
            let pinned = self.formula.pin(Openness::SessionAttributes);
            let open = self.formula.terms.not(pinned);
            return self.formula.terms.and([wanted, open]);
        }
        let mut listed = std::collections::BTreeSet::new();
        let mut never = std::collections::BTreeSet::new();
        for (index, check) in self.part.checks.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let resource_type = check.target.resource.resource_type();
            let offers =
                check.target.action.id().map(|action| self.catalogue.offers(action, resource_type, key));
            // An action to come may carry any key.
            if offers.unwrap_or(true) {
                listed.insert(index);
            } else if key.family().is_some_and(|(family, _)| family == "aws:resourcetag")
                && check.is_untaggable_model
            {
                never.insert(index);
            }
        }
        let unlisted = self.formula.chosen_among(self.part.check, &listed);
        let unlisted = self.formula.terms.not(unlisted);
        let impossible = self.formula.chosen_among(self.part.check, &never);
        let mut conditions = vec![wanted, self.formula.terms.not(impossible)];
        let of_organization = matches!(
            name,
            "aws:principalorgid" | "aws:principalorgpaths" | "aws:resourceorgid" | "aws:resourceorgpaths"
        );
        if of_organization && self.subject.organization == OrganizationFacts::Unknown {
            let pinned = self.formula.pin(Openness::Organization);
            conditions.push(self.formula.terms.not(pinned));
        }
        if unlisted != Terms::FALSE {
            let pinned = self.formula.pin(Openness::Point(OpenPoint(34)));
            let both = self.formula.terms.and([pinned, unlisted]);
            conditions.push(self.formula.terms.not(both));
        }
        if matches!(name, "aws:resourceaccount" | "aws:resourceorgid" | "aws:resourceorgpaths") {
            // Foundation models, and what else AWS owns, have no owner in a customer's organisation (F42).
            let models: std::collections::BTreeSet<u32> = (0..)
                .zip(&self.part.checks)
                .filter(|(_, check)| check.is_foundation_model || check.target.of_aws)
                .map(|(index, _)| index)
                .collect();
            let model = self.formula.chosen_among(self.part.check, &models);
            if model != Terms::FALSE {
                let pinned = self.formula.pin(Openness::Point(OpenPoint(42)));
                let both = self.formula.terms.and([pinned, model]);
                conditions.push(self.formula.terms.not(both));
            }
        }
        self.formula.terms.and(conditions)
    }

    /// The slots of a multivalued key: one more than the conditions on it, and one for each key tied to it
    /// (semantics:C11).
    pub(super) fn slots(&mut self, key: &ContextKey, domain: Domain) -> KeyValue {
        let count = self.slot_count(key);
        let ordered = self.order_counts(key);
        let mut slots = Vec::new();
        let mut before = Terms::TRUE;
        for index in 0..count {
            let name = format!("{}[{index}]", key.canonical());
            let attribute = if key.canonical() == "aws:tagkeys" && self.query.context.is_none() {
                // No tag has an empty key (semantics:C9).
                let mut some = LanguageBuilder::new();
                some.some(CharacterSet::any());
                self.text_attribute(&name, some.build())
            } else {
                self.free_attribute(&name, domain)
            };
            let used = if index == 0 && (ordered || count == 1) {
                Terms::TRUE
            } else {
                self.formula.flag(&format!("{}[{index}] is used", key.canonical())).1
            };
            if ordered {
                let order = self.formula.terms.implies(used, before);
                self.formula.assert(order);
                before = used;
            }
            slots.push(Slot { used, value: Text::Attribute(attribute) });
        }
        if !ordered {
            let some = self.formula.terms.or(slots.iter().map(|slot| slot.used).collect::<Vec<_>>());
            self.formula.assert(some);
        }
        KeyValue::List(slots)
    }

    /// Whether the values of a list stand in its slots in their order, the first slots first. Tag keys do not, unless a
    /// target asks for a list of them: each that a request tag names has a slot of its own, or a solver would try all
    /// orders.
    pub(super) fn order_counts(&self, key: &ContextKey) -> bool {
        let mut demanded = self.query.targets.iter().flat_map(|target| &target.keys);
        key.canonical() != "aws:tagkeys" || demanded.any(|(demanded, _)| demanded == key)
    }

    /// The domain of a key's values: the form that AWS gives them where it is known, else by the type that the catalogue
    /// names.
    pub(super) fn key_domain(&mut self, key: &ContextKey) -> Domain {
        let form = match key.canonical() {
            "iam:permissionsboundary" => Some(boundary_arns(&self.subject.partition)),
            "aws:sourceidentity" | "sts:sourceidentity" | "sts:rolesessionname" => Some(session_names()),
            // The caller's, whoever owns the key.
            "kms:calleraccount" if self.subject.kind.is_identity() => {
                Some(Language::exactly(&self.subject.account.to_string()))
            }
            _ => None,
        };
        if let Some(form) = form {
            return Domain::Text(Some(self.formula.languages.intern(form)));
        }
        match self.catalogue.key(key).map(|info| info.kind) {
            Some(KeyKind::Arn) if MAY_BE_NO_ARN.contains(&key.canonical()) => Domain::Text(None),
            Some(KeyKind::Numeric) => Domain::Number,
            Some(KeyKind::Date) => Domain::Instant,
            Some(KeyKind::Ip) => Domain::Address,
            Some(KeyKind::Bool) => Domain::Text(Some(self.formula.languages.intern(truth_values()))),
            Some(KeyKind::Arn) => Domain::Text(Some(self.formula.languages.intern(arns()))),
            Some(KeyKind::String | KeyKind::Binary) | None => Domain::Text(None),
        }
    }

    pub(super) fn free_attribute(&mut self, name: &str, domain: Domain) -> Attribute {
        self.formula.attribute(name, domain)
    }

    pub(super) fn text_attribute(&mut self, name: &str, language: Language) -> Attribute {
        let language = self.formula.languages.intern(language);
        self.formula.attribute(name, Domain::Text(Some(language)))
    }
}

/// Whether all checks of one call have the same value for the key: what the principal, its session, the network, the
/// clock and the forwarding service determine (semantics:A4, all columns but R and the parameters in C).
pub(crate) fn is_shared(key: &ContextKey) -> bool {
    let name = key.canonical();
    if matches!(key.family(), Some(("aws:principaltag", _))) || name.starts_with("saml:") {
        return true;
    }
    SESSION_KEYS.contains(&name) || SHARED_KEYS.contains(&name)
}

//! Formulas: terms with the table of what their symbols stand for.

use std::collections::BTreeSet;

use ringfence_model::open_point::{OpenPoint, UncertainPredicate};
use ringfence_model::policy::StatementReference;
use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::term::{Atom, Attribute, Choice, Comparison, Flag, LanguageId, Languages, Term, Terms};
use crate::wildcard::{Language, Reading};

/// How the text of an attribute reads, by the type that AWS documents for its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Domain {
    /// Any text of the language, or any text at all.
    Text(Option<LanguageId>),
    /// A decimal number.
    Number,
    /// An instant.
    Instant,
    /// An IP address.
    Address,
}

impl Domain {
    /// What every such text reads as; none where it may read as anything.
    pub(crate) fn reading(self) -> Option<Reading> {
        match self {
            Self::Text(_) => None,
            Self::Number => Some(Reading::Number(None)),
            Self::Instant => Some(Reading::Instant(None)),
            Self::Address => Some(Reading::Address(None)),
        }
    }
}

/// An attribute of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttributeInfo {
    /// Its name in prints: `resource`, `aws:principaltag/team`, `aws:tagkeys[1]`.
    pub name: String,
    /// What its text may be.
    pub domain: Domain,
}

/// What an assumption literal stands for: something a proof may rest on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Restriction {
    /// A Deny statement.
    Statement(StatementReference),
    /// A layer that must allow: the names say which and where.
    Layer(Layer),
}

/// A layer of policies that must contain a matching Allow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The identity policies.
    Identity,
    /// The permissions boundary.
    PermissionsBoundary,
    /// The session policy.
    Session,
    /// The SCPs attached to this root, OU or account.
    ServiceControl(String),
    /// What a question demands besides, under this name.
    Demanded(String),
    /// The resource's own policy.
    Resource,
    /// The policy of the VPC endpoint.
    VpcEndpoint,
    /// What the credentials themselves may never do (semantics:A2).
    CredentialLimits,
    /// What AWS refuses whatever the policies say (semantics:B5).
    Refusals,
    /// The role's trust policy, which must let the session begin as the request needs it.
    Trust,
}

/// Something that a proof must not depend on, and that a refutation may use only when it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Openness {
    /// A point that AWS leaves undocumented.
    Point(OpenPoint),
    /// Session tags that a trust policy may admit under conditions that are not examined yet.
    SessionTags,
    /// A console session of a user, which the evaluator cannot tell from a GetSessionToken session.
    ConsoleSession,
    /// A session of sts:AssumeRoot on the root user of a member account: whether anybody makes one, and with which task policy.
    AssumedRootSession,
    /// A session from GetFederationToken: whether the user may make one under the name and tags that it needs.
    FederatedSession,
    /// What a session carries from the service or provider that made it, which the trust policy may not admit.
    SessionAttributes,
    /// The organisation of the account, which the world does not show.
    Organization,
    /// A resource's own policy, which the world does not show.
    ResourcePolicies,
    /// What AWS owns of a type whose ARNs otherwise name a customer's account, and what it allows on roles and keys of
    /// its own, which nothing in the world tells.
    OwnedByAws,
    /// An ARN of a form that AWS does not document for the type.
    ArnForms,
    /// A resource on which AWS may check an action, though its reference lists it otherwise.
    UnlistedResource,
    /// A setting of the account that grants what no policy does, which the world does not show.
    AccountSettings,
    /// A task that AWS exempts from SCPs.
    ExemptTasks,
    /// A policy value with more combinations of variables than are told apart.
    ManyVariables,
}

impl Openness {
    /// What is not known, to be read after "depends on"; none for a point that AWS leaves undocumented.
    pub fn untold(&self) -> Option<&'static str> {
        Some(match self {
            Self::Point(_) => return None,
            Self::SessionTags => "which session tags the caller who begins the session passes on",
            Self::ConsoleSession => "what the user may do after signing in to the console",
            Self::AssumedRootSession => {
                "whether somebody makes a session of the root user with sts:AssumeRoot"
            }
            Self::FederatedSession => {
                "whether the user can make a session with sts:GetFederationToken under the name and tags that it needs"
            }
            Self::SessionAttributes => "what a session carries from the service or provider that made it",
            Self::Organization => "the organisation of the account, which the world does not show",
            Self::ResourcePolicies => "policies of resources that the world does not show",
            Self::OwnedByAws => "what AWS owns, and what it allows on roles and keys of its own",
            Self::ArnForms => "ARNs of forms that AWS does not document for the type",
            Self::UnlistedResource => {
                "whether AWS checks the action on `*` or on an ARN, which its reference does not tell for certain"
            }
            Self::AccountSettings => {
                "settings of the account that the world does not show, as its password policy"
            }
            Self::ExemptTasks => "whether SCPs bind the call, which is among tasks that AWS exempts",
            Self::ManyVariables => "a policy value with too many combinations of variables",
        })
    }
}

impl std::fmt::Display for Openness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Point(point) => write!(f, "{point}"),
            Self::SessionTags => f.write_str("session tags"),
            Self::ConsoleSession => f.write_str("console sign-in"),
            Self::AssumedRootSession => f.write_str("session of sts:AssumeRoot"),
            Self::FederatedSession => f.write_str("federated-user session"),
            Self::SessionAttributes => f.write_str("session attributes"),
            Self::Organization => f.write_str("organization unknown"),
            Self::ResourcePolicies => f.write_str("resource policy unknown"),
            Self::OwnedByAws => f.write_str("what AWS owns"),
            Self::ArnForms => f.write_str("forms of ARNs"),
            Self::UnlistedResource => f.write_str("resource of the action"),
            Self::AccountSettings => f.write_str("account settings"),
            Self::ExemptTasks => f.write_str("exempt from SCPs"),
            Self::ManyVariables => f.write_str("a value with many variables"),
        }
    }
}

/// An uncertain predicate with its readings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Uncertain {
    /// Its name.
    pub predicate: UncertainPredicate,
    /// Those of its points that matter here, by which an answer names it.
    pub points: Vec<OpenPoint>,
    /// The free Boolean.
    pub flag: Flag,
    /// True under both readings.
    pub lower: Term,
    /// True under one of them.
    pub upper: Term,
    /// The evaluator's choice.
    pub evaluator: Term,
}

/// A formula: all assertions hold, each restriction's flag is assumed, and points are pinned or free as asked.
#[derive(Clone, Debug, Default)]
pub struct Formula {
    /// The terms.
    pub terms: Terms,
    /// The languages.
    pub languages: Languages,
    /// Attributes by index.
    pub attributes: Vec<AttributeInfo>,
    /// For each choice its name and how many values it has.
    pub choices: Vec<(String, u32)>,
    /// The names of the flags.
    pub flags: Vec<String>,
    /// What always holds.
    pub assertions: Vec<Term>,
    /// What the answer may rest on: assumed to hold by their flags.
    pub restrictions: Vec<(Flag, Restriction)>,
    /// The uncertain predicates.
    pub uncertain: Vec<Uncertain>,
    /// For each open matter that occurs the flag that pins it: points to the evaluator's choice, the rest to absent.
    pub pins: Vec<(Openness, Flag)>,
    /// Assumed, it makes both readings of every uncertain predicate agree.
    pub agreement: Option<Flag>,
}

impl Formula {
    /// A new free Boolean.
    pub fn flag(&mut self, name: &str) -> (Flag, Term) {
        let flag = Flag(u32::try_from(self.flags.len()).unwrap_or(u32::MAX));
        self.flags.push(name.to_owned());
        (flag, self.terms.from_atom(Atom::Flag(flag)))
    }

    /// A new choice among `values` values, at least one.
    pub fn choice(&mut self, name: &str, values: u32) -> Choice {
        let choice = Choice(u32::try_from(self.choices.len()).unwrap_or(u32::MAX));
        self.choices.push((name.to_owned(), values));
        choice
    }

    /// The choice takes `value`. A choice of one value is no choice.
    pub fn chosen(&mut self, choice: Choice, value: u32) -> Term {
        match self.choices.get(choice.0 as usize) {
            Some((_, 1)) => Terms::constant(value == 0),
            Some((_, values)) if value < *values => self.terms.from_atom(Atom::Chosen(choice, value)),
            Some(_) | None => Terms::FALSE,
        }
    }

    /// The choice takes one of `values`; true if these are all it has.
    pub fn chosen_among(&mut self, choice: Choice, values: &BTreeSet<u32>) -> Term {
        let count = self.choices.get(choice.0 as usize).map_or(0, |entry| entry.1);
        if u32::try_from(values.len()) == Ok(count) {
            return Terms::TRUE;
        }
        let members: Vec<Term> = values.iter().map(|value| self.chosen(choice, *value)).collect();
        self.terms.or(members)
    }

    /// A new attribute.
    pub fn attribute(&mut self, name: &str, domain: Domain) -> Attribute {
        let attribute = Attribute(u32::try_from(self.attributes.len()).unwrap_or(u32::MAX));
        self.attributes.push(AttributeInfo { name: name.to_owned(), domain });
        attribute
    }

    /// The domain of `attribute`.
    pub fn domain(&self, attribute: Attribute) -> Domain {
        self.attributes.get(attribute.0 as usize).map_or(Domain::Text(None), |info| info.domain)
    }

    /// The text of `attribute` is in `language`.
    pub fn matches(&mut self, attribute: Attribute, language: Language) -> Term {
        if language.is_everything() {
            return Terms::TRUE;
        }
        let language = self.languages.intern(language);
        if self.domain(attribute) == Domain::Text(Some(language)) {
            return Terms::TRUE;
        }
        self.terms.from_atom(Atom::Matches(attribute, language))
    }

    /// The number of `attribute` against `constant`.
    pub fn number(&mut self, attribute: Attribute, comparison: Comparison, constant: &Decimal) -> Term {
        self.terms.from_atom(Atom::Number(attribute, comparison, constant.clone()))
    }

    /// Adds `term` to what always holds.
    pub fn assert(&mut self, term: Term) {
        if term != Terms::TRUE {
            self.assertions.push(term);
        }
    }

    /// The flag that pins `openness`, made on first use.
    pub fn pin(&mut self, openness: Openness) -> Term {
        if let Some((_, flag)) = self.pins.iter().find(|entry| entry.0 == openness) {
            return self.terms.from_atom(Atom::Flag(*flag));
        }
        let (flag, term) = self.flag(&format!("pin {openness}"));
        self.pins.push((openness, flag));
        term
    }

    /// The flag that makes readings agree, made on first use.
    pub fn agreement(&mut self) -> Term {
        if let Some(flag) = self.agreement {
            return self.terms.from_atom(Atom::Flag(flag));
        }
        let (flag, term) = self.flag("readings agree");
        self.agreement = Some(flag);
        term
    }

    /// The uncertain predicate's Boolean: between `lower` and `upper`, shared by occurrences with the same name and
    /// readings, `evaluator` while all of `points`, those of its points that matter here, are pinned.
    pub fn uncertain(
        &mut self,
        predicate: UncertainPredicate,
        points: &[OpenPoint],
        lower: Term,
        upper: Term,
        evaluator: Term,
    ) -> Term {
        if lower == upper {
            return lower;
        }
        let known = self.uncertain.iter().find(|entry| {
            entry.lower == lower
                && entry.upper == upper
                && entry.evaluator == evaluator
                && entry.predicate == predicate
        });
        if let Some(entry) = known {
            return self.terms.from_atom(Atom::Flag(entry.flag));
        }
        let (flag, term) = self.flag(&format!(
            "{:?} {} {} {}",
            predicate.points, predicate.attribute, predicate.operator, predicate.operand
        ));
        let at_least = self.terms.implies(lower, term);
        let at_most = self.terms.implies(term, upper);
        self.assert(at_least);
        self.assert(at_most);
        let pins: Vec<Term> = points.iter().map(|point| self.pin(Openness::Point(*point))).collect();
        let pinned = self.terms.and(pins);
        let choice = self.terms.iff(term, evaluator);
        let rule = self.terms.implies(pinned, choice);
        self.assert(rule);
        let agreement = self.agreement();
        let agree = self.terms.iff(lower, upper);
        let rule = self.terms.implies(agreement, agree);
        self.assert(rule);
        self.uncertain.push(Uncertain { predicate, points: points.to_vec(), flag, lower, upper, evaluator });
        term
    }

    /// Names the uncertain predicate `term` by fewer of its points.
    pub fn name_points(&mut self, term: Term, points: Vec<OpenPoint>) {
        let terms = &mut self.terms;
        let entry = self.uncertain.iter_mut().find(|entry| terms.from_atom(Atom::Flag(entry.flag)) == term);
        if let Some(entry) = entry {
            entry.points = points;
        }
    }

    /// Bounds for an uncertain predicate `term` that several `points` leave open, while only those of `free` are read
    /// otherwise than the evaluator does: so that no point is blamed for what another one does.
    pub fn bound(&mut self, term: Term, points: &[OpenPoint], free: &[OpenPoint], lower: Term, upper: Term) {
        let fixed = points.iter().filter(|point| !free.contains(point));
        let pins: Vec<Term> = fixed.map(|point| self.pin(Openness::Point(*point))).collect();
        let pinned = self.terms.and(pins);
        let at_least = self.terms.implies(lower, term);
        let at_most = self.terms.implies(term, upper);
        let within = self.terms.and([at_least, at_most]);
        let rule = self.terms.implies(pinned, within);
        self.assert(rule);
    }

    /// Adds a restriction: `required` holds while its flag is assumed.
    pub fn restrict(&mut self, restriction: Restriction, required: Term) {
        if required == Terms::TRUE {
            return;
        }
        let (flag, term) = self.flag("restriction");
        let rule = self.terms.implies(term, required);
        self.assert(rule);
        self.restrictions.push((flag, restriction));
    }
}

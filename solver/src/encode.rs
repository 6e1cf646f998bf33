//! From a query and a subject to a formula (docs/encoding.md).
//!
//! The files mirror `ringfence_model::evaluate`: one for each element of the language, citing the same rules. The
//! encoder shares nothing with the evaluator but the parsed policies and the names of uncertain predicates. Trusted.

pub mod action;
pub(crate) mod apart;
pub mod assumptions;
pub mod check;
pub mod condition;
mod demand;
pub(crate) mod elsewhere;
pub(crate) mod form;
pub mod format;
pub mod key;
mod maker;
mod memory;
mod network;
pub mod operator;
pub(crate) mod owner;
mod part;
pub mod policy_type;
mod principal;
mod principal_key;
mod public_policy;
pub mod region;
pub mod resource;
mod resource_control;
pub(crate) mod resource_policy;
mod resource_value;
mod root_session;
pub mod session;
pub(crate) mod special;
pub mod statement;
pub(crate) mod unlisted;
pub mod variable;
mod vpc_endpoint;

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;
use ringfence_model::open_point::{OpenPoint, Reading};
use ringfence_model::policy::{Statement, StatementReference};
use ringfence_model::policy_set::PolicySet;

use crate::formula::Formula;
use crate::query::{Goal, Query};
use crate::resource_side::ResourceSides;
use crate::subject::{Federation, Subject, SubjectKind};
use crate::term::{Attribute, Choice, Term, Terms};
use crate::wildcard::Theory;

pub use memory::Memory;

use check::Check;
use key::{Credential, KeyValue};
use part::Part;
use principal_key::TagOfSession;
use session::{Beginning, BeginningSymbols, SessionTag};

/// Points that the user pinned with a reason.
pub type Assumptions = BTreeMap<OpenPoint, Reading>;

/// The attributes that denote instants related to each other (semantics:A5, I7).
#[derive(Clone, Copy, Debug, Default)]
struct Instants {
    current: Option<Attribute>,
    epoch: Option<Attribute>,
    token_issue: Option<Attribute>,
}

/// The symbols of a further check of the call.
#[derive(Clone, Debug)]
pub struct FurtherSymbols {
    /// As [`Symbols::keys_elsewhere`], of this check alone.
    pub keys_elsewhere: BTreeMap<ContextKey, KeyValue>,
    /// The targets by value of the choice.
    pub checks: Vec<Check>,
    /// Which of them.
    pub check: Choice,
    /// The resource.
    pub resource: Attribute,
    /// The keys that belong to this check alone.
    pub keys: BTreeMap<ContextKey, KeyValue>,
}

/// What the symbols of a formula mean: enough to read a request out of an interpretation.
#[derive(Clone, Debug)]
pub struct Symbols {
    /// Which target the request is of.
    pub check: Choice,
    /// The targets by value of `check`.
    pub checks: Vec<Check>,
    /// The resource.
    pub resource: Attribute,
    /// The call that began the session, where there is something to say about it.
    pub beginning: Option<BeginningSymbols>,
    /// The further checks of the call by position, each made only where the chosen target has one there.
    pub further: Vec<FurtherSymbols>,
    /// For questions in a pinned context each Allow statement that may match, with the term that says where it does.
    pub allowing: Vec<(StatementReference, Term)>,
    /// Which credentials are used.
    pub credential: Choice,
    /// The credentials by value of `credential`.
    pub credentials: Vec<Credential>,
    /// What the goal asserts besides the restrictions: that the policies do not grant the request, or that others do not
    /// allow it.
    pub goal: Option<Term>,
    /// The keys that the formula mentions for the request, those included that all checks of the call share.
    pub keys: BTreeMap<ContextKey, KeyValue>,
    /// The keys of which another world makes other values, with those: of the request that is asked about there.
    pub keys_elsewhere: BTreeMap<ContextKey, KeyValue>,
}

/// A formula with the meaning of its symbols.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The formula.
    pub formula: Formula,
    /// Its symbols.
    pub symbols: Symbols,
}

/// Encodes one query about one subject.
pub(crate) struct Encoder<'a> {
    query: &'a Query,
    subject: &'a Subject,
    /// The subject here, while what is allowed to it in another world is being encoded: `subject` is that of the other world then.
    here: Option<&'a Subject>,
    /// What stands on the resource's side here, and in another world that is asked about.
    sides: Vec<&'a ResourceSides>,
    catalogue: &'a Catalogue,
    assumptions: &'a Assumptions,
    theory: &'a mut Theory,
    memory: &'a mut Memory,
    formula: Formula,
    /// The check that is being encoded.
    part: Part,
    /// The further checks of the call, by position.
    further: Vec<Part>,
    /// The policies that are being encoded have a permissions boundary.
    bounded: bool,
    credential: Choice,
    credentials: Vec<Credential>,
    /// See [`Symbols::allowing`].
    allowing: Vec<(StatementReference, Term)>,
    /// The service prefixes that the policies name.
    named_services: BTreeSet<String>,
    /// The statements that may matter.
    statements: Vec<&'a Statement>,
    /// The keys that all checks of the call share.
    shared_keys: BTreeMap<ContextKey, KeyValue>,
    /// Those of them of which another world makes other values, with those.
    shared_keys_elsewhere: BTreeMap<ContextKey, KeyValue>,
    /// Parameters of the call, as the first of its checks that was asked for them has them.
    call_parameters: BTreeMap<ContextKey, KeyValue>,
    /// How the session began, for roles whose trust policy has more to say about it.
    beginning: Option<Beginning>,
    /// The call that began the session is being encoded.
    in_beginning: bool,
    /// The session tags that may have been passed, by key in lower case.
    session_tags: BTreeMap<String, SessionTag>,
    /// The symbols of principal tags that are not the principal's own, by key in lower case.
    tags_of_session: BTreeMap<String, TagOfSession>,
    /// How many conditions there are on each key, for the number of slots.
    conditions_on: BTreeMap<ContextKey, usize>,
    instants: Instants,
}

/// Encodes `query` about `subject`: satisfiable, with the restrictions assumed, exactly if some request fits one of
/// the targets and the goal under some reading of the open points.
pub fn encode(
    query: &Query,
    subject: &Subject,
    catalogue: &Catalogue,
    assumptions: &Assumptions,
    (theory, memory): (&mut Theory, &mut Memory),
) -> Encoded {
    let mut formula = Formula::default();
    let mut credentials = credentials(query, subject);
    if query.context.is_none() && root_session::is_asked_about(query, subject, catalogue) {
        credentials.push(Credential::AssumedRoot);
    }
    let (beyond, elsewhere) = match &query.goal {
        Goal::AllowedBeyond(policies) => (Some(policies.as_ref()), None),
        Goal::AllowedUnlike(other) => (Some(&other.policies), Some(other.as_ref())),
        Goal::Allowed | Goal::NotGranted => (None, None),
    };
    let policies: Vec<&PolicySet> = std::iter::once(&subject.policies).chain(beyond).collect();
    let sides: Vec<&ResourceSides> =
        std::iter::once(subject).chain(elsewhere).map(|subject| subject.resources.as_ref()).collect();
    let known = (&mut *theory, &mut *memory);
    let targets = owner::with_other_owners(query, &policies, (subject, &sides), catalogue, known);
    let statements = statement::statements_in_question(&policies, (subject, &sides), &targets, catalogue);
    let checks = check::classes(&targets, &statements, catalogue);
    let part = |formula: &mut Formula, name: &str, mut checks: Vec<Check>| {
        check::note_whose_resources_differ(&mut checks, &statements, &sides);
        Part::new(formula, name, checks)
    };
    let further_checks = part::further_checks(&checks, catalogue);
    let main = part(&mut formula, "", checks);
    let credential = formula.choice("credential", u32::try_from(credentials.len()).unwrap_or(u32::MAX));
    let further: Vec<Part> = (1..)
        .zip(further_checks)
        .map(|(position, checks)| part(&mut formula, &format!("further {position} "), checks))
        .collect();
    let mut encoder = Encoder {
        query,
        subject,
        here: None,
        sides,
        catalogue,
        assumptions,
        theory,
        memory,
        formula,
        part: main,
        further,
        bounded: false,
        credential,
        credentials,
        allowing: Vec::new(),
        named_services: action::named_services(statements.iter().copied()),
        shared_keys: BTreeMap::new(),
        shared_keys_elsewhere: BTreeMap::new(),
        call_parameters: BTreeMap::new(),
        beginning: None,
        in_beginning: false,
        session_tags: BTreeMap::new(),
        tags_of_session: BTreeMap::new(),
        conditions_on: statement::count_conditions(
            statements.iter().copied().chain(trust_statements(subject)),
        ),
        statements,
        instants: Instants::default(),
    };
    encoder.begin_session();
    encoder.name_future_actions();
    encoder.assert_checks();
    encoder.assert_further();
    let goal = encoder.assert_goal();
    encoder.assert_beginning();
    encoder.assert_assumptions();
    let mut keys = encoder.shared_keys;
    keys.extend(encoder.part.keys);
    let mut keys_elsewhere = encoder.shared_keys_elsewhere;
    keys_elsewhere.extend(encoder.part.keys_elsewhere);
    let further = encoder.further.into_iter().map(|part| FurtherSymbols {
        keys_elsewhere: part.keys_elsewhere,
        checks: part.checks,
        check: part.check,
        resource: part.resource,
        keys: part.keys,
    });
    Encoded {
        formula: encoder.formula,
        symbols: Symbols {
            check: encoder.part.check,
            checks: encoder.part.checks,
            resource: encoder.part.resource,
            beginning: encoder.beginning.map(|beginning| beginning.symbols(&encoder.session_tags)),
            further: further.collect(),
            allowing: encoder.allowing,
            credential,
            credentials: encoder.credentials,
            goal,
            keys,
            keys_elsewhere,
        },
    }
}

/// The statements that say how a session may begin.
fn trust_statements(subject: &Subject) -> impl Iterator<Item = &Statement> {
    subject.kind.trust().into_iter().flat_map(|policy| &policy.document.statements)
}

/// The credentials with which the subject may act, the plainest first. A pinned context tells which they are.
fn credentials(query: &Query, subject: &Subject) -> Vec<Credential> {
    match subject.kind {
        SubjectKind::Service { .. } | SubjectKind::Provider { .. } | SubjectKind::Anonymous => {
            vec![Credential::NoIdentity]
        }
        SubjectKind::Root if query.context.is_some() => {
            let key = ContextKey::new("aws:AssumedRoot");
            let value = query.context.as_ref().and_then(|context| context.get(&key));
            let assumed = value
                .is_some_and(|value| matches!(value.values(), [text] if text.eq_ignore_ascii_case("true")));
            vec![if assumed { Credential::AssumedRoot } else { Credential::LongTerm }]
        }
        SubjectKind::Root => vec![Credential::LongTerm, Credential::RootSession],
        SubjectKind::Role { .. } => vec![Credential::RoleSession],
        SubjectKind::User { .. } => {
            if let Some(context) = &query.context {
                let present = |name: &str| context.get(&ContextKey::new(name)).is_some();
                let session = present("aws:TokenIssueTime") || present("aws:MultiFactorAuthPresent");
                let federated = subject.federation != Federation::Never;
                return vec![match (federated, session) {
                    (true, _) => Credential::FederatedUser,
                    (false, true) => Credential::SessionToken,
                    (false, false) => Credential::LongTerm,
                }];
            }
            let mut kinds = vec![Credential::LongTerm, Credential::SessionToken, Credential::ConsoleSession];
            if subject.federation != Federation::Never {
                kinds.push(Credential::FederatedUser);
            }
            kinds
        }
    }
}

impl Encoder<'_> {
    /// Asserts what is asked of the decision; see [`Symbols::goal`].
    fn assert_goal(&mut self) -> Option<Term> {
        let (query, subject) = (self.query, self.subject);
        let not_wanted = match &query.goal {
            Goal::Allowed => {
                self.restrict_to_allowed();
                return None;
            }
            Goal::NotGranted => self.granted(&subject.policies),
            Goal::AllowedBeyond(policies) => {
                self.restrict_to_allowed();
                self.allowed(policies)
            }
            Goal::AllowedUnlike(other) => {
                self.restrict_to_allowed();
                self.allowed_elsewhere(other)
            }
        };
        let not = self.formula.terms.not(not_wanted);
        self.formula.assert(not);
        Some(not)
    }

    /// The request is made with `credential`.
    fn credential(&mut self, credential: Credential) -> Term {
        let place = self.credentials.iter().position(|kind| *kind == credential);
        match place.and_then(|place| u32::try_from(place).ok()) {
            Some(value) => self.formula.chosen(self.credential, value),
            None => Terms::FALSE,
        }
    }

    /// The request is of one of the checks for which `fits` is true.
    fn check_among(&mut self, fits: impl Fn(&Check) -> bool) -> Term {
        let fitting: BTreeSet<u32> =
            (0..).zip(&self.part.checks).filter(|(_, check)| fits(check)).map(|(index, _)| index).collect();
        self.formula.chosen_among(self.part.check, &fitting)
    }

    /// How the user pinned all of `points`, if they are pinned alike.
    fn pinned(&self, points: &[OpenPoint]) -> Option<Reading> {
        let mut readings = points.iter().map(|point| self.assumptions.get(point));
        let first = *readings.next()??;
        readings.all(|reading| reading == Some(&first)).then_some(first)
    }

    /// An uncertain predicate about a point, unless the user pinned it.
    fn uncertain(
        &mut self,
        predicate: ringfence_model::open_point::UncertainPredicate,
        points: &[OpenPoint],
        lower: Term,
        upper: Term,
        evaluator: Term,
    ) -> Term {
        match self.pinned(points) {
            Some(Reading::Lower) => lower,
            Some(Reading::Upper) => upper,
            Some(Reading::Evaluator) => evaluator,
            None => self.formula.uncertain(predicate, points, lower, upper, evaluator),
        }
    }
}

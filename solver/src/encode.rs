//! From a query and a subject to a formula (docs/encoding.md).
//!
//! The files mirror `ringfence_model::evaluate`: one for each element of the language, citing the same rules. The
//! encoder shares nothing with the evaluator but the parsed policies and the names of uncertain predicates. Trusted.

pub mod action;
pub mod assumptions;
pub mod check;
pub mod condition;
pub mod key;
pub mod operator;
pub mod policy_type;
pub mod region;
pub mod resource;
pub mod statement;
pub mod variable;

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;
use ringfence_model::open_point::{OpenPoint, Reading};
use ringfence_model::policy_set::PolicySet;

use crate::formula::{Domain, Formula};
use crate::query::{Goal, Query};
use crate::subject::{Federation, Subject, SubjectKind};
use crate::term::{Attribute, Choice, Term, Terms};
use crate::wildcard::{Language, Theory};

use check::Check;
use key::{Credential, KeyValue};

/// Points that the user pinned with a reason.
pub type Assumptions = BTreeMap<OpenPoint, Reading>;

/// The attributes that denote instants related to each other (semantics:A5, I7).
#[derive(Clone, Copy, Debug, Default)]
struct Instants {
    current: Option<Attribute>,
    epoch: Option<Attribute>,
    token_issue: Option<Attribute>,
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
    /// Which credentials are used.
    pub credential: Choice,
    /// The credentials by value of `credential`.
    pub credentials: Vec<Credential>,
    /// The keys that the formula mentions.
    pub keys: BTreeMap<ContextKey, KeyValue>,
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
    catalogue: &'a Catalogue,
    assumptions: &'a Assumptions,
    theory: &'a mut Theory,
    formula: Formula,
    check: Choice,
    checks: Vec<Check>,
    resource: Attribute,
    credential: Choice,
    credentials: Vec<Credential>,
    /// The Regions that stand for all of the partition's.
    all_regions: Vec<String>,
    /// The service prefixes that the policies name.
    named_services: BTreeSet<String>,
    /// The ARN formats of all checks, made on first use.
    formats: Option<Vec<Language>>,
    /// No resource of the checks has an upper-case letter before its fifth colon; found on first use.
    lower_case_fronts: Option<bool>,
    keys: BTreeMap<ContextKey, KeyValue>,
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
    theory: &mut Theory,
) -> Encoded {
    let mut formula = Formula::default();
    let credentials = credentials(query, subject);
    let beyond = match &query.goal {
        Goal::AllowedBeyond(policies) => Some(policies.as_ref()),
        Goal::Allowed | Goal::NotGranted | Goal::NotStopped => None,
    };
    let policies: Vec<&PolicySet> = std::iter::once(&subject.policies).chain(beyond).collect();
    let checks = check::classes(query, &policies, catalogue);
    let relevant = check::relevant_statements(&policies, &checks);
    let regions = catalogue.regions(&subject.partition);
    let all_regions = region::representatives(regions, &subject.partition, &checks, &relevant, theory);
    let check = formula.choice("check", u32::try_from(checks.len()).unwrap_or(u32::MAX));
    let credential = formula.choice("credential", u32::try_from(credentials.len()).unwrap_or(u32::MAX));
    let resource = formula.attribute("resource", Domain::Text(None));
    let mut encoder = Encoder {
        query,
        subject,
        catalogue,
        assumptions,
        theory,
        formula,
        check,
        checks,
        resource,
        credential,
        credentials,
        all_regions,
        named_services: action::named_services(
            policies.iter().flat_map(|set| statement::all_statements(set)),
        ),
        formats: None,
        lower_case_fronts: None,
        keys: BTreeMap::new(),
        conditions_on: statement::count_conditions(&policies),
        instants: Instants::default(),
    };
    encoder.name_future_actions();
    encoder.assert_checks();
    match &query.goal {
        Goal::Allowed => encoder.restrict_to_allowed(),
        Goal::NotGranted => {
            let granted = encoder.granted(&subject.policies);
            let not = encoder.formula.terms.not(granted);
            encoder.formula.assert(not);
        }
        Goal::NotStopped => encoder.restrict_to_not_stopped(),
        Goal::AllowedBeyond(policies) => {
            encoder.restrict_to_allowed();
            let allowed = encoder.allowed(policies);
            let not = encoder.formula.terms.not(allowed);
            encoder.formula.assert(not);
        }
    }
    encoder.assert_assumptions();
    Encoded {
        formula: encoder.formula,
        symbols: Symbols {
            check,
            checks: encoder.checks,
            resource,
            credential,
            credentials: encoder.credentials,
            keys: encoder.keys,
        },
    }
}

/// The credentials with which the subject may act, the plainest first. A pinned context tells which they are.
fn credentials(query: &Query, subject: &Subject) -> Vec<Credential> {
    match subject.kind {
        SubjectKind::Root if query.context.is_some() => vec![Credential::LongTerm],
        SubjectKind::Root => vec![Credential::LongTerm, Credential::RootSession],
        SubjectKind::Role { .. } => vec![Credential::RoleSession],
        SubjectKind::User { .. } => {
            if let Some(context) = &query.context {
                let present = |name: &str| context.get(&ContextKey::new(name)).is_some();
                let session = present("aws:TokenIssueTime") || present("aws:MultiFactorAuthPresent");
                let federated = context
                    .get(&ContextKey::new("aws:PrincipalType"))
                    .is_some_and(|value| value.values().iter().any(|text| text == "FederatedUser"));
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
            (0..).zip(&self.checks).filter(|(_, check)| fits(check)).map(|(index, _)| index).collect();
        self.formula.chosen_among(self.check, &fitting)
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

//! One concrete request through both engines: the evaluator, and the encoder's formula pinned to the request, once
//! interpreted without a solver and once decided by Z3 and the wildcard theory.
//!
//! The readings of uncertain predicates are chosen by name, so that a choice means the same to both engines.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::{ActionId, Catalogue};
use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::evaluate::{EvaluationError, Readings, complete_context, evaluate, further_checks};
use ringfence_model::open_point::{PointKind, Reading, UncertainPredicate};
use ringfence_model::policy::{NamedPolicy, Statement};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::principal::Principal;
use ringfence_model::request::{Decision, Request};
use ringfence_model::template::Piece;
use ringfence_solver::backend::{Encoding, Literal};
use ringfence_solver::encode::key::{Credential, KeyValue, Text};
use ringfence_solver::encode::{Assumptions, Encoded, Memory, encode};
use ringfence_solver::formula::{Domain, Formula, Openness};
use ringfence_solver::interpretation::Interpretation;
use ringfence_solver::query::{Goal, KeyDemand, Query, Target, TargetResource};
use ringfence_solver::search::{Limits, Outcome, Search};
use ringfence_solver::simulation::{PinnedQuestion, fitting_type};
use ringfence_solver::subject::{Federation, OpenTags, OrganizationFacts, SessionTags, Subject, SubjectKind};
use ringfence_solver::term::{Atom, Attribute, Term};
use ringfence_solver::wildcard::{Language, Theory};

use crate::proofs::{certified, has_proof};

/// How the uncertain predicates are read. What is a stated assumption stays at the evaluator's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Evaluator,
    Lower,
    Upper,
    /// Each predicate by its own name and this number.
    Mixed(u64),
}

impl Readings for Mode {
    fn reading(&self, predicate: &UncertainPredicate) -> Reading {
        let is_assumption = predicate.points.iter().all(|point| point.kind() == PointKind::Assumption);
        match self {
            Self::Evaluator => Reading::Evaluator,
            _ if is_assumption => Reading::Evaluator,
            Self::Lower => Reading::Lower,
            Self::Upper => Reading::Upper,
            Self::Mixed(seed) => {
                let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                for byte in format!("{predicate:?}").bytes() {
                    hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
                }
                match (hash >> 33) % 3 {
                    0 => Reading::Lower,
                    1 => Reading::Upper,
                    _ => Reading::Evaluator,
                }
            }
        }
    }
}

/// A request with its policies, as both engines take it.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// With the keys that the principal determines.
    pub(crate) request: Request,
    pub(crate) policies: PolicySet,
    pub(crate) subject: Subject,
    pub(crate) action: ActionId,
    /// The question in which every key is a constant.
    pinned: PinnedQuestion,
    credential: Credential,
}

impl Scenario {
    /// The scenario, or why the solver has no question for it.
    pub(crate) fn new(
        request: &Request,
        policies: &PolicySet,
        catalogue: &Catalogue,
    ) -> Result<Self, &'static str> {
        let request = complete_context(request);
        let action =
            catalogue.find_action(&request.action).ok_or("the catalogue does not know the action")?;
        let pinned = PinnedQuestion::new(&request, policies, catalogue);
        let (subject, credential) =
            subject(&request, policies).unwrap_or_else(|| (pinned.subject.clone(), Credential::NoIdentity));
        Ok(Self { request, policies: policies.clone(), pinned, subject, action, credential })
    }

    /// The evaluator's answer.
    pub(crate) fn evaluated(&self, catalogue: &Catalogue, mode: Mode) -> Result<Decision, EvaluationError> {
        evaluate(&self.request, &self.policies, catalogue, &mode).map(|evaluation| evaluation.decision)
    }

    /// The evaluator's answer to the whole call: all its checks must be allowed.
    pub(crate) fn call_evaluated(
        &self,
        catalogue: &Catalogue,
        mode: Mode,
    ) -> Result<Decision, EvaluationError> {
        let decision = self.evaluated(catalogue, mode)?;
        if decision != Decision::Allow || !self.takes_on_role() {
            return Ok(decision);
        }
        for check in further_checks(&self.request) {
            let further = evaluate(&check, &self.policies, catalogue, &mode)?.decision;
            if further != Decision::Allow {
                return Ok(further);
            }
        }
        Ok(decision)
    }

    fn takes_on_role(&self) -> bool {
        self.request.action.to_ascii_lowercase().starts_with("sts:assumerole")
    }

    /// The query in which every key is a constant.
    pub(crate) fn pinned_query(&self) -> Query {
        self.pinned.query.clone()
    }

    /// The subject of [`Self::pinned_query`].
    pub(crate) fn pinned_subject(&self) -> &Subject {
        &self.pinned.subject
    }

    /// Questions in a free context are about identities of accounts. To a federated user's session they give a policy
    /// that allows everything, where it has none (F12).
    pub(crate) fn is_asked_freely(&self) -> bool {
        let sessionless = self.credential == Credential::FederatedUser && self.policies.session.is_none();
        self.credential != Credential::NoIdentity && !sessionless
    }

    /// The query in which keys are free and the target asks for the values of this request. None if a list of a
    /// multivalued key is present and empty, which the encoder leaves out as equal to absent (semantics:C11).
    pub(crate) fn demanding_query(&self, resource: TargetResource, catalogue: &Catalogue) -> Option<Query> {
        if !self.is_asked_freely() {
            return None;
        }
        // How far the policies of such resources reach hangs on organisations, which such a question leaves open.
        let within_organization = self.request.action.eq_ignore_ascii_case("bedrock:ApplyGuardrail");
        if within_organization && self.policies.resource.is_some() {
            return None;
        }
        let mut keys = Vec::new();
        let mut mentioned = self.mentioned_keys();
        if self.takes_on_role() {
            // What a call that makes a session passes decides which checks it makes.
            let passed = |key: &ContextKey| matches!(key.family(), Some(("aws:requesttag", _)));
            let given = self.request.context.iter().map(|(key, _)| key).filter(|key| passed(key));
            mentioned.extend(given.cloned());
            mentioned.extend(["aws:TagKeys", "sts:SourceIdentity"].map(ContextKey::new));
        }
        // The limits of credentials ask for it too.
        mentioned.insert(ContextKey::new("aws:MultiFactorAuthPresent"));
        for key in mentioned {
            let multivalued = catalogue.key(&key).is_some_and(|info| info.multivalued);
            let demand = match self.request.context.get(&key) {
                None => KeyDemand::Absent,
                Some(ContextValue::List(values)) if values.is_empty() => return None,
                Some(ContextValue::Single(value)) if !multivalued => {
                    KeyDemand::Value(Language::exactly(value))
                }
                Some(value) => KeyDemand::List(value.values().to_vec()),
            };
            keys.push((key, demand));
        }
        let owner = self.pinned.query.targets[0].owner;
        let mut target = Target { owner, ..Target::new(self.action, resource, keys) };
        if owner.is_none() && self.policies.resource.is_some() {
            // Whether anything says whose resource it is hangs on the resource (F47).
            target.covered = vec![Language::exactly(&self.request.resource)];
        }
        Some(Query { targets: vec![target], goal: Goal::Allowed, context: None, as_of: None })
    }

    /// The target of this very resource: of the type of the action whose format it fits, if there is one.
    pub(crate) fn exactly(&self, catalogue: &Catalogue) -> TargetResource {
        if self.request.resource == "*" {
            return TargetResource::Wildcard;
        }
        let arn = self.request.resource.clone();
        match fitting_type(catalogue, self.action, &self.request.resource) {
            Some(resource_type) => TargetResource::Exactly { resource_type, arn },
            None => TargetResource::Anything,
        }
    }

    /// The target of any resource of the type that this resource fits.
    pub(crate) fn of_type(&self, catalogue: &Catalogue) -> TargetResource {
        match fitting_type(catalogue, self.action, &self.request.resource) {
            Some(resource_type) => TargetResource::Type { resource_type, names: Vec::new() },
            None => self.exactly(catalogue),
        }
    }

    fn statements(&self) -> impl Iterator<Item = &Statement> {
        all_policies(&self.policies).flat_map(|policy| policy.document.statements.iter())
    }

    /// The keys that conditions and variables of the policies name.
    pub(crate) fn mentioned_keys(&self) -> BTreeSet<ContextKey> {
        let mut keys = BTreeSet::new();
        for statement in self.statements() {
            let resources = statement.resource.iter().flat_map(|element| element.values.iter());
            let operands = statement.conditions.iter().flat_map(|condition| condition.values.iter());
            for template in resources.chain(operands) {
                for piece in &template.pieces {
                    if let Piece::Variable { key, .. } = piece {
                        keys.insert(key.clone());
                    }
                }
            }
            keys.extend(statement.conditions.iter().map(|condition| condition.key.clone()));
        }
        keys
    }

    /// What the formula of the query with constant keys says under this request and these readings: no solver is
    /// asked. The flags of uncertain predicates get the values of the readings in the order in which they were made,
    /// so that those inside others are known first.
    pub(crate) fn interpreted(&self, encoded: &Encoded, mode: Mode) -> bool {
        let formula = &encoded.formula;
        let mut known = Interpretation {
            flags: vec![false; formula.flags.len()],
            choices: vec![0; formula.choices.len()],
            texts: self.texts(encoded),
        };
        if let Some(place) = encoded.symbols.credentials.iter().position(|kind| *kind == self.credential) {
            known.choices[encoded.symbols.credential.0 as usize] = u32::try_from(place).unwrap();
        }
        for (flag, _) in &formula.restrictions {
            known.flags[flag.0 as usize] = true;
        }
        for entry in &formula.uncertain {
            let term = chosen_term(mode, entry);
            known.flags[entry.flag.0 as usize] = known.term(formula, term);
        }
        formula.assertions.iter().all(|assertion| known.term(formula, *assertion))
    }

    fn texts(&self, encoded: &Encoded) -> Vec<String> {
        let formula = &encoded.formula;
        let mut texts: Vec<String> = formula
            .attributes
            .iter()
            .map(|info| match info.domain {
                // Constants that became the only text of an attribute of their own.
                Domain::Text(Some(language)) => {
                    formula.languages.get(language).and_then(Language::single_text).unwrap_or_default()
                }
                Domain::Text(None) | Domain::Number | Domain::Instant | Domain::Address => String::new(),
            })
            .collect();
        texts[encoded.symbols.resource.0 as usize].clone_from(&self.request.resource);
        for (key, value) in &encoded.symbols.keys {
            let mut attributes = Vec::new();
            single_attributes(value, &mut attributes);
            let given = self.request.context.get(key).and_then(|value| value.values().first());
            for attribute in attributes {
                texts[attribute.0 as usize] = given.cloned().unwrap_or_default();
            }
        }
        texts
    }

    /// What Z3 and the wildcard theory say of the formula of a query, pinned to this resource and credential and to
    /// these readings. What they find unsatisfiable is certified.
    pub(crate) fn solved(&self, encoded: &Encoded, mode: Mode, theory: &mut Theory) -> Solved {
        let mut formula = self.pinned_formula(encoded, mode);
        let restrictions = restrictions(&mut formula);
        let all: Vec<usize> = (0..restrictions.len()).collect();
        let (solved, used_strings) = search(&mut formula, &restrictions, theory, Limits::default());
        match solved {
            Solved::Allowed => {
                assert!(!has_proof(&formula, &all), "a proof against a request that there is");
            }
            Solved::NotAllowed => _ = certified(&formula, &all, used_strings),
            Solved::Impossible => _ = certified(&formula, &[], used_strings),
            Solved::Unknown(_) => {}
        }
        solved
    }

    /// The same by Z3's strings alone.
    pub(crate) fn solved_by_strings(&self, encoded: &Encoded, mode: Mode, theory: &mut Theory) -> Solved {
        let mut formula = self.pinned_formula(encoded, mode);
        let restrictions = restrictions(&mut formula);
        let limits = Limits { encoding: Encoding::Strings, ..Limits::default() };
        search(&mut formula, &restrictions, theory, limits).0
    }

    fn pinned_formula(&self, encoded: &Encoded, mode: Mode) -> Formula {
        let mut formula = encoded.formula.clone();
        let symbols = &encoded.symbols;
        let resource = formula.matches(symbols.resource, Language::exactly(&self.request.resource));
        formula.assert(resource);
        let place = symbols.credentials.iter().position(|kind| *kind == self.credential).unwrap_or(0);
        let credential = formula.chosen(symbols.credential, u32::try_from(place).unwrap());
        formula.assert(credential);
        for entry in formula.uncertain.clone() {
            let flag = formula.terms.from_atom(Atom::Flag(entry.flag));
            let term = chosen_term(mode, &entry);
            let pinned = formula.terms.iff(flag, term);
            formula.assert(pinned);
        }
        // A policy of the resource that nobody has shown is no part of the request, nor what AWS owns or an account sets.
        for (openness, flag) in formula.pins.clone() {
            let known = match openness {
                Openness::ResourcePolicies
                | Openness::OwnedByAws
                | Openness::AccountSettings
                | Openness::ExemptTasks => true,
                // The evaluator does not tell a federated user's session in the console.
                Openness::ConsoleSession => self.credential == Credential::FederatedUser,
                _ => false,
            };
            if known {
                let pinned = formula.terms.from_atom(Atom::Flag(flag));
                formula.assert(pinned);
            }
        }
        formula
    }
}

/// Whether the formula can hold with these restrictions and without them, and whether Z3's strings had a part in it.
fn search(
    formula: &mut Formula,
    restrictions: &[Literal],
    theory: &mut Theory,
    limits: Limits,
) -> (Solved, bool) {
    let mut search = Search::new(formula, theory, limits);
    let solved = match search.check(restrictions) {
        Outcome::Sat(_) => Solved::Allowed,
        Outcome::Unknown(reason) => Solved::Unknown(reason),
        Outcome::Unsat(_) => match search.check(&[]) {
            Outcome::Sat(_) => Solved::NotAllowed,
            Outcome::Unsat(_) => Solved::Impossible,
            Outcome::Unknown(reason) => Solved::Unknown(reason),
        },
    };
    (solved, search.used_strings())
}

/// What the solver says of a formula that is pinned to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Solved {
    /// It is satisfiable.
    Allowed,
    /// It is not, and would be without the restrictions.
    NotAllowed,
    /// There is no such request (semantics:A5): the keys do not go together.
    Impossible,
    /// A limit was reached.
    Unknown(String),
}

/// Encodes without pinned points.
pub(crate) fn encoded(
    query: &Query,
    scenario: &Scenario,
    catalogue: &Catalogue,
    theory: &mut Theory,
) -> Encoded {
    let subject = if query.context.is_some() { &scenario.pinned.subject } else { &scenario.subject };
    encode(query, subject, catalogue, &Assumptions::new(), (theory, &mut Memory::default()))
}

/// Whether texts of several attributes are compared: what the search may leave undecided.
pub(crate) fn compares_attributes(formula: &Formula) -> bool {
    formula.terms.atoms().any(|(_, atom)| matches!(atom, Atom::MatchesTemplate { .. } | Atom::Equal(..)))
}

/// All policies that both engines read.
pub(crate) fn all_policies(policies: &PolicySet) -> impl Iterator<Item = &NamedPolicy> {
    let boundary = policies.permissions_boundary.iter().flatten();
    let session = policies.session.iter().flatten();
    let levels = policies.service_control.iter().chain(&policies.resource_control).chain(&policies.demanded);
    let levels = levels.flat_map(|level| level.policies.iter());
    let (resource, endpoint) = (policies.resource.iter(), policies.vpc_endpoint.iter().flatten());
    let own = policies.identity.iter().chain(boundary).chain(session).chain(levels);
    own.chain(resource).chain(endpoint)
}

fn chosen_term(mode: Mode, entry: &ringfence_solver::formula::Uncertain) -> Term {
    match mode.reading(&entry.predicate) {
        Reading::Evaluator => entry.evaluator,
        Reading::Lower => entry.lower,
        Reading::Upper => entry.upper,
    }
}

fn restrictions(formula: &mut Formula) -> Vec<Literal> {
    let flags: Vec<_> = formula.restrictions.iter().map(|entry| entry.0).collect();
    flags.into_iter().map(|flag| Literal::new(formula.terms.atom_id(Atom::Flag(flag)), true)).collect()
}

fn single_attributes(value: &KeyValue, found: &mut Vec<Attribute>) {
    match value {
        KeyValue::Single(Text::Attribute(attribute)) => found.push(*attribute),
        KeyValue::Cases(cases) => cases.iter().for_each(|(_, inner)| single_attributes(inner, found)),
        KeyValue::Absent | KeyValue::Single(Text::Constant(_) | Text::Behind { .. }) | KeyValue::List(_) => {}
    }
}

/// The subject that makes the request, and its credentials. The principal's tags of the context are a user's own and
/// a role's session tags.
fn subject(request: &Request, policies: &PolicySet) -> Option<(Subject, Credential)> {
    let context = &request.context;
    let single = |name: &str| match context.get(&ContextKey::new(name)).map(ContextValue::values) {
        Some([value]) => Some(value.clone()),
        _ => None,
    };
    let present = |name: &str| context.get(&ContextKey::new(name)).is_some();
    let mut tags = std::collections::BTreeMap::new();
    for (key, value) in context.iter() {
        if let (Some(("aws:principaltag", tag)), [value]) = (key.family(), value.values()) {
            tags.insert(tag.to_owned(), value.clone());
        }
    }
    let mut federation = Federation::Never;
    let session_name = match &request.principal {
        Principal::RoleSession { session, .. } => Some(session.clone()),
        Principal::FederatedUser { name, .. } => Some(name.clone()),
        _ => None,
    };
    let mut arn = single("aws:PrincipalArn")?;
    let (kind, credential, partition, account) = match &request.principal {
        Principal::Root { .. } if single("aws:AssumedRoot").is_some_and(|text| text == "true") => {
            return None;
        }
        Principal::Root { partition, account } => {
            (SubjectKind::Root, Credential::LongTerm, partition, account)
        }
        Principal::User { partition, account, path, name } => {
            let session = present("aws:TokenIssueTime") || present("aws:MultiFactorAuthPresent");
            let credential = if session { Credential::SessionToken } else { Credential::LongTerm };
            let kind = SubjectKind::User { path: path.clone(), name: name.clone() };
            (kind, credential, partition, account)
        }
        Principal::RoleSession { partition, account, role, .. } => {
            tags.clear();
            let with_path = Arn::parse(&arn).and_then(|arn| arn.resource.strip_prefix("role"));
            let path = with_path.and_then(|text| text.strip_suffix(role.as_str())).unwrap_or("/").to_owned();
            let kind = SubjectKind::Role {
                path,
                name: role.clone(),
                session_tags: SessionTags::Free,
                federated: present("aws:FederatedProvider"),
                trust: None,
            };
            (kind, Credential::RoleSession, partition, account)
        }
        Principal::FederatedUser { partition, account, name, user } => {
            federation = Federation::Possible;
            let user = user.as_ref().unwrap_or(name);
            arn = format!("arn:{partition}:iam::{account}:user/{user}");
            let kind = SubjectKind::User { path: "/".to_owned(), name: user.clone() };
            (kind, Credential::FederatedUser, partition, account)
        }
        Principal::Service(_) | Principal::FederatedProvider(_) | Principal::Anonymous => {
            return None;
        }
    };
    let user_id = single("aws:userid").map(|id| id.split(':').next().unwrap_or_default().to_owned());
    let subject = Subject {
        kind,
        arn,
        partition: partition.clone(),
        account: *account,
        unique_id: user_id.filter(|_| credential != Credential::FederatedUser),
        tags,
        organization: OrganizationFacts::Unknown,
        policies: policies.clone(),
        federation,
        session_name,
        resources: Arc::default(),
        any_name: None,
        open_tags: OpenTags::default(),
        given_tags: None,
    };
    Some((subject, credential))
}

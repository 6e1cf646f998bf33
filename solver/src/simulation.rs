//! One concrete request decided by the solver: the encoder's formula with constant keys, asked of Z3.
//!
//! It answers what `ringfence_model::evaluate` answers, from the encoder alone: the decision, the statements that
//! decide, and the points whose other reading would change it. So each engine can be held against the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::{Catalogue, ResourceTypeId};
use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::open_point::{OpenPoint, Reading};
use ringfence_model::parse::policy_text;
use ringfence_model::policy::{NamedPolicy, PolicyType, PrincipalPattern, StatementReference};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::principal::Principal;
use ringfence_model::request::{Decision, Request};

use crate::backend::Literal;
use crate::encode::check::Check;
use crate::encode::policy_type::needs_no_allow;
use crate::encode::special::{needs_resource_policy, takes_on_role};
use crate::encode::{Assumptions, Encoded, Memory, encode};
use crate::formula::{Formula, Layer, Restriction, Uncertain};
use crate::query::{Goal, Query, Target, TargetAction, TargetResource};
use crate::search::{Limits, Outcome, Proposals, Search};
use crate::subject::{Federation, OpenTags, OrganizationFacts, SessionTags, Subject, SubjectKind};
use crate::term::{Atom, Term};
use crate::wildcard::{Language, Theory};

/// The solver's answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// The decision with the pinned points at their readings and all others at the evaluator's choice.
    pub decision: Decision,
    /// For an explicit deny the Deny statements that match, for an Allow the Allow statements; none where a special rule
    /// decides.
    pub deciding: Vec<StatementReference>,
    /// The points not pinned whose other reading alone changes the decision, ascending.
    pub uncertain: Vec<OpenPoint>,
}

/// A concrete request as a question.
#[derive(Clone, Debug)]
pub struct PinnedQuestion {
    /// Who asks.
    pub subject: Subject,
    /// For what, in which context.
    pub query: Query,
}

impl PinnedQuestion {
    /// The question whether `request` is allowed under `policies`, every key being a constant.
    pub fn new(request: &Request, policies: &PolicySet, catalogue: &Catalogue) -> Self {
        let action = match catalogue.find_action(&request.action) {
            Some(id) => TargetAction::Catalogued(id),
            None => TargetAction::Named(request.action.clone()),
        };
        let resource = target_resource(&action, &request.resource, catalogue);
        let target = Target {
            owner: owner(request),
            covered: vec![Language::exactly(&request.resource)],
            ..Target::new(action, resource, Vec::new())
        };
        let query = Query {
            targets: vec![target],
            goal: Goal::Allowed,
            context: Some(request.context.clone()),
            as_of: None,
        };
        Self { subject: subject(request, policies), query }
    }
}

/// Who owns the resource, if that is told: not of what AWS owns and shares with nobody (semantics:A1, B4).
fn owner(request: &Request) -> Option<AccountId> {
    let arn = Arn::parse(&request.resource)?;
    let of_aws = arn.account == "aws"
        || (arn.service == "bedrock"
            && arn.account.is_empty()
            && arn.resource.starts_with("foundation-model/"));
    if of_aws {
        return None;
    }
    request.resource_account.or_else(|| AccountId::parse(arn.account))
}

/// F29: behind these actions a model may run with the caller's own rights too; which one, no policy names.
fn may_invoke_for_caller(request: &Request, catalogue: &Catalogue) -> Option<Target> {
    let outer =
        ["InvokeAgent", "InvokeInlineAgent", "RetrieveAndGenerate", "InvokeFlow", "StartFlowExecution"];
    let concerned = outer.iter().any(|name| request.action.eq_ignore_ascii_case(&format!("bedrock:{name}")));
    let has_rights = request.principal.account().is_some();
    let action = catalogue.find_action("bedrock:InvokeModel").filter(|_| concerned && has_rights)?;
    let resource_type = catalogue.find_resource_type("bedrock", "foundation-model")?;
    let arn = Arn::parse(&request.resource);
    let partition = arn.map_or("aws", |arn| arn.partition);
    let asked_for = request.context.get(&ContextKey::new("aws:RequestedRegion"));
    let asked_for = asked_for.and_then(|value| value.values().first()).map(String::as_str);
    let region =
        arn.map(|arn| arn.region).filter(|region| !region.is_empty()).or(asked_for).unwrap_or("us-east-1");
    let arn = format!("arn:{partition}:bedrock:{region}::foundation-model/a-model-that-no-policy-names");
    Some(Target::new(action, TargetResource::Exactly { resource_type, arn }, Vec::new()))
}

/// The resource as the type of the action whose format it fits, if there is one.
fn target_resource(action: &TargetAction, resource: &str, catalogue: &Catalogue) -> TargetResource {
    if resource == "*" {
        return TargetResource::Wildcard;
    }
    match action.id().and_then(|id| fitting_type(catalogue, id, resource)) {
        Some(resource_type) => TargetResource::Exactly { resource_type, arn: resource.to_owned() },
        None => TargetResource::Anything,
    }
}

/// The first type that the action takes and whose ARN format `resource` fits.
pub fn fitting_type(
    catalogue: &Catalogue,
    action: ringfence_model::catalogue::ActionId,
    resource: &str,
) -> Option<ResourceTypeId> {
    let fits = |format: &String| {
        let mut pattern = String::new();
        let mut rest = format.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            pattern.push_str(before);
            pattern.push('*');
            rest = after.split_once('}').map_or("", |(_, rest)| rest);
        }
        pattern.push_str(rest);
        Language::glob(&pattern).accepts(resource)
    };
    let mut types = catalogue.action(action)?.resource_types.iter().map(|taken| taken.resource_type);
    types.find(|id| catalogue.resource_type(*id).is_some_and(|known| known.arn_formats.iter().any(fits)))
}

/// The subject that makes the request. Its tags and its session are those that the context shows.
fn subject(request: &Request, policies: &PolicySet) -> Subject {
    let given = |name: &str| match request.context.get(&ContextKey::new(name)).map(ContextValue::values) {
        Some([value]) => Some(value.clone()),
        _ => None,
    };
    let given_arn = given("aws:PrincipalArn");
    let mut session_name = None;
    let (kind, arn, partition) = match &request.principal {
        Principal::Root { partition, .. } => {
            (SubjectKind::Root, request.principal.principal_arn(), partition.clone())
        }
        Principal::User { partition, path, name, .. } => {
            let kind = SubjectKind::User { path: path.clone(), name: name.clone() };
            (kind, request.principal.principal_arn(), partition.clone())
        }
        Principal::RoleSession { partition, path, role, session, .. } => {
            session_name = Some(session.clone());
            // The session's ARN leaves out the role's path; aws:PrincipalArn has it.
            let in_key = given_arn
                .as_deref()
                .and_then(Arn::parse)
                .and_then(|arn| arn.resource.strip_prefix("role")?.strip_suffix(role.as_str()))
                .filter(|path| path.starts_with('/') && path.ends_with('/'));
            let path =
                in_key.map(ToOwned::to_owned).or_else(|| path.clone()).unwrap_or_else(|| "/".to_owned());
            let kind = SubjectKind::Role {
                path,
                name: role.clone(),
                session_tags: SessionTags::Free,
                federated: true,
                trust: None,
            };
            (kind, given_arn.clone().or_else(|| request.principal.principal_arn()), partition.clone())
        }
        Principal::FederatedUser { partition, account, name, user } => {
            session_name = Some(name.clone());
            // Where nothing says which user made the session, it is taken to have the session's name (semantics:B3).
            let user = user.as_ref().unwrap_or(name);
            let kind = SubjectKind::User { path: "/".to_owned(), name: user.clone() };
            (kind, Some(format!("arn:{partition}:iam::{account}:user/{user}")), partition.clone())
        }
        Principal::Service(name) => (SubjectKind::Service { name: name.clone() }, None, "aws".to_owned()),
        Principal::FederatedProvider(name) => {
            (SubjectKind::Provider { name: name.clone() }, None, "aws".to_owned())
        }
        Principal::Anonymous => (SubjectKind::Anonymous, None, "aws".to_owned()),
    };
    Subject {
        kind,
        arn: arn.unwrap_or_default(),
        partition,
        account: request.principal.account().or(request.resource_account).unwrap_or(AccountId::NOBODY),
        unique_id: given("aws:userid").map(|id| id.split(':').next().unwrap_or_default().to_owned()),
        tags: BTreeMap::new(),
        organization: OrganizationFacts::Unknown,
        policies: policies.clone(),
        federation: if matches!(request.principal, Principal::FederatedUser { .. }) {
            Federation::Possible
        } else {
            Federation::Never
        },
        session_name,
        resources: Arc::default(),
        any_name: None,
        open_tags: OpenTags::default(),
        given_tags: None,
    }
}

/// Decides `request` under `policies` by the encoder and Z3. `pins` are the points that the user pinned.
///
/// # Errors
/// A sentence that says which limit was reached. Questions with constant keys reach none unless a policy holds patterns
/// that are too large.
pub fn simulate(
    request: &Request,
    policies: &PolicySet,
    catalogue: &Catalogue,
    pins: &Assumptions,
) -> Result<Simulated, String> {
    let mut question = PinnedQuestion::new(request, policies, catalogue);
    for target in &mut question.query.targets {
        target.further.extend(may_invoke_for_caller(request, catalogue));
    }
    let mut theory = Theory::new(Limits::default().states);
    let encoded =
        encode(&question.query, &question.subject, catalogue, pins, (&mut theory, &mut Memory::default()));
    let chosen = |_: &Uncertain| Reading::Evaluator;
    let (decision, deciding) = decide(&encoded, chosen, &mut theory)?;
    let open = policies.resource.is_none() && decision != Decision::ExplicitDeny;
    if open && a_policy_could_help(&encoded, &question, catalogue, &mut theory)? {
        return Err("the decision hangs on a policy that is not given: the role's trust policy or the key's"
            .to_owned());
    }
    let points: BTreeSet<OpenPoint> =
        encoded.formula.uncertain.iter().flat_map(|entry| entry.points.iter().copied()).collect();
    let mut uncertain = Vec::new();
    for point in points.into_iter().filter(|point| !pins.contains_key(point)) {
        for reading in [Reading::Lower, Reading::Upper] {
            let read = |entry: &Uncertain| {
                if entry.points.contains(&point) { reading } else { Reading::Evaluator }
            };
            if decide(&encoded, read, &mut theory)?.0 != decision {
                uncertain.push(point);
                break;
            }
        }
    }
    Ok(Simulated { decision, deciding, uncertain })
}

/// Whether the role's or key's own policy is asked and could let the request pass under some reading: one does that lets
/// in everybody by every name.
fn a_policy_could_help(
    encoded: &Encoded,
    question: &PinnedQuestion,
    catalogue: &Catalogue,
    theory: &mut Theory,
) -> Result<bool, String> {
    let Some(check) = encoded.symbols.checks.first().filter(|check| needs_resource_policy(check)) else {
        return Ok(false);
    };
    let mut subject = question.subject.clone();
    subject.policies.resource = Some(open_policy(check, &subject)?);
    let encoded =
        encode(&question.query, &subject, catalogue, &Assumptions::new(), (theory, &mut Memory::default()));
    let mut formula = encoded.formula;
    let layers: Vec<Literal> = restrictions(&mut formula)
        .into_iter()
        .filter(|(_, restriction)| matches!(restriction, Restriction::Layer(_)))
        .map(|entry| entry.0)
        .collect();
    match Search::new(&mut formula, theory, by_z3()).check(&layers) {
        Outcome::Sat(_) => Ok(true),
        Outcome::Unsat(_) => Ok(false),
        Outcome::Unknown(reason) => Err(reason),
    }
}

/// A policy of the resource of `check` that allows everything to everybody, and to the subject by all its names.
fn open_policy(check: &Check, subject: &Subject) -> Result<NamedPolicy, String> {
    let policy_type = if takes_on_role(check) { PolicyType::Trust } else { PolicyType::Resource };
    let mut names = vec![
        PrincipalPattern::Everyone,
        PrincipalPattern::Aws(subject.account.to_string()),
        PrincipalPattern::Aws(subject.arn.clone()),
    ];
    if let (SubjectKind::Role { name, .. }, Some(session)) = (&subject.kind, &subject.session_name) {
        let (partition, account) = (&subject.partition, subject.account);
        let session = format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}");
        names.push(PrincipalPattern::Aws(session));
    }
    names.extend(match &subject.kind {
        SubjectKind::Service { name } => Some(PrincipalPattern::Service(name.clone())),
        SubjectKind::Provider { name } => Some(PrincipalPattern::Federated(name.clone())),
        SubjectKind::Root | SubjectKind::User { .. } | SubjectKind::Role { .. } | SubjectKind::Anonymous => {
            None
        }
    });
    let resource = if policy_type == PolicyType::Resource { r#", "Resource": "*""# } else { "" };
    let text =
        format!(r#"{{"Statement": {{"Effect": "Allow", "Principal": "*", "Action": "*"{resource}}}}}"#);
    let name: Arc<str> = Arc::from("resource");
    let (mut document, _) = policy_text(&text, policy_type, &name)
        .map_err(|errors| errors.first().map(|error| error.message.clone()).unwrap_or_default())?;
    for element in document.statements.iter_mut().filter_map(|statement| statement.principal.as_mut()) {
        element.values.clone_from(&names);
    }
    Ok(NamedPolicy { name, document: Arc::new(document) })
}

/// The engine is called smt: it is Z3 that decides.
fn by_z3() -> Limits {
    Limits { proposals: Proposals::Z3, ..Limits::default() }
}

/// Asserts these readings.
fn pin(formula: &mut Formula, reading: impl Fn(&Uncertain) -> Reading) {
    for entry in formula.uncertain.clone() {
        let flag = formula.terms.from_atom(Atom::Flag(entry.flag));
        let same = formula.terms.iff(flag, term_of(&entry, reading(&entry)));
        formula.assert(same);
    }
}

fn restrictions(formula: &mut Formula) -> Vec<(Literal, Restriction)> {
    let restrictions = formula.restrictions.clone();
    restrictions
        .into_iter()
        .map(|(flag, restriction)| (literal(formula, Atom::Flag(flag)), restriction))
        .collect()
}

/// The decision under these readings, with the statements that decide.
fn decide(
    encoded: &Encoded,
    reading: impl Fn(&Uncertain) -> Reading,
    theory: &mut Theory,
) -> Result<(Decision, Vec<StatementReference>), String> {
    let mut formula = encoded.formula.clone();
    pin(&mut formula, reading);
    let restrictions = restrictions(&mut formula);
    let allowing: Vec<(StatementReference, Literal)> = encoded
        .symbols
        .allowing
        .iter()
        .map(|(statement, term)| (statement.clone(), named(&mut formula, *term)))
        .collect();
    let mut search = Search::new(&mut formula, theory, by_z3());
    let mut holds = |assumptions: &[Literal]| match search.check(assumptions) {
        Outcome::Sat(_) => Ok(true),
        Outcome::Unsat(_) => Ok(false),
        Outcome::Unknown(reason) => Err(reason),
    };
    let all: Vec<Literal> = restrictions.iter().map(|entry| entry.0).collect();
    if holds(&all)? {
        let mut deciding = Vec::new();
        let by_rule = |check: &Check| needs_no_allow(&check.service, &check.name);
        if encoded.symbols.checks.iter().all(by_rule) {
            return Ok((Decision::Allow, deciding));
        }
        for (statement, literal) in allowing {
            let mut with = all.clone();
            with.push(literal);
            if holds(&with)? {
                deciding.push(statement);
            }
        }
        return Ok((Decision::Allow, deciding));
    }
    let mut deciding = Vec::new();
    let mut limited = false;
    for (literal, restriction) in restrictions {
        match restriction {
            Restriction::Statement(statement) => {
                if !holds(&[literal])? {
                    deciding.push(statement);
                }
            }
            Restriction::Layer(Layer::CredentialLimits) => limited = !holds(&[literal])?,
            Restriction::Layer(_) => {}
        }
    }
    if limited {
        // No policy is asked.
        return Ok((Decision::ExplicitDeny, Vec::new()));
    }
    let denied = !deciding.is_empty();
    Ok((if denied { Decision::ExplicitDeny } else { Decision::ImplicitDeny }, deciding))
}

fn term_of(entry: &Uncertain, reading: Reading) -> Term {
    match reading {
        Reading::Evaluator => entry.evaluator,
        Reading::Lower => entry.lower,
        Reading::Upper => entry.upper,
    }
}

fn literal(formula: &mut Formula, atom: Atom) -> Literal {
    Literal::new(formula.terms.atom_id(atom), true)
}

/// A literal that, assumed, makes `term` true.
fn named(formula: &mut Formula, term: Term) -> Literal {
    let (flag, holds) = formula.flag("a statement allows");
    let rule = formula.terms.implies(holds, term);
    formula.assert(rule);
    literal(formula, Atom::Flag(flag))
}

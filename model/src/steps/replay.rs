//! A run, decided step by step.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::{Change, ChangeError, Means};
use super::circumstances::{Moment, handed_on, impossible, in_time, tagging, transitive_tags};
use super::takes::ASSUME;
use super::told::{as_told, without};
use crate::arn::{AccountId, Arn};
use crate::catalogue::Catalogue;
use crate::context::ContextKey;
use crate::evaluate::{ChosenReadings, Pins, Robustness, complete_context, evaluate, further_checks, robust};
use crate::policy::{NamedPolicy, StatementReference};
use crate::policy_set::PolicySet;
use crate::principal::Principal;
use crate::request::{Decision, Request};
use crate::world::{IamPrincipal, ResourcePolicyLookup, World};

/// Requests, all of which must be allowed, and what they change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The requests, in order. None for what takes none, such as a sign-in from outside.
    pub requests: Vec<Request>,
    /// What they change, in order.
    pub changes: Vec<Change>,
}

/// One request of a run as it was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The request with the keys that the world tells.
    pub request: Request,
    /// The statements that allow it.
    pub allowed_by: Vec<StatementReference>,
}

/// Why a run does not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nobody in the run has credentials of whoever asks, in that session.
    #[error("{principal} asks, and its credentials are not held")]
    NotHeld {
        /// Who asks.
        principal: String,
    },
    /// The credentials are not good for such a request.
    #[error("{principal} can be used for {allowed} only, and asks for {action}")]
    Limited {
        /// Who asks.
        principal: String,
        /// What for.
        action: String,
        /// Patterns of actions.
        allowed: String,
    },
    /// The request is denied, or hangs on what AWS leaves undocumented.
    #[error("{action} on {resource} is not allowed to {principal} under every reading: {decision}")]
    NotAllowed {
        /// Who asks.
        principal: String,
        /// What for.
        action: String,
        /// On what.
        resource: String,
        /// The decision at the documented choice.
        decision: Decision,
    },
    /// The evaluator cannot decide it.
    #[error("{0}")]
    Undecided(String),
    /// No call says what the request says.
    #[error("{action} cannot be made so: {what}")]
    Malformed {
        /// What is asked for.
        action: String,
        /// What is wrong.
        what: String,
    },
    /// The requests of the step do not make the change.
    #[error("no request of the step makes its change")]
    NotMade,
    /// The change cannot be made.
    #[error(transparent)]
    Impossible(#[from] ChangeError),
}

/// A session whose credentials are held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Session {
    /// Its name; none where any will do.
    name: Option<String>,
    /// The tags that it was given.
    pub(super) tags: BTreeMap<String, String>,
    /// The source identity that it was given.
    pub(super) source_identity: Option<String>,
    /// Those of its tags that go along with what begins from it.
    pub(super) transitive: BTreeMap<String, String>,
    /// When it began, if the request that began it says so.
    pub(super) issued: Option<Moment>,
    /// Whoever holds it may say that it has MFA.
    mfa: bool,
    /// Patterns of actions that it is good for; none for all.
    limits: Option<Vec<String>>,
}

/// A world that changes, and the credentials that are held.
#[derive(Clone, Debug)]
pub struct Run<'c> {
    /// As it was given until something in it changes.
    world: Cow<'c, World>,
    catalogue: &'c Catalogue,
    pins: Pins,
    held: BTreeMap<Arc<str>, Vec<Session>>,
    /// See [`Run::telling_organization`].
    tells_organization: bool,
    /// When the last request was made, as far as one says so.
    clock: Option<Moment>,
}

impl<'c> Run<'c> {
    /// The run of somebody who has the credentials of `start`, a user, role or root user, in any session that it can have.
    pub fn new(world: Cow<'c, World>, start: &str, catalogue: &'c Catalogue, pins: &Pins) -> Self {
        let own = Session { mfa: true, ..Session::default() };
        let held = BTreeMap::from([(Arc::from(start), vec![own])]);
        Self { world, catalogue, pins: pins.clone(), held, tells_organization: false, clock: None }
    }

    /// The run, whose requests say in which organisation and under which units accounts are as the world has it, and not as was proposed. So
    /// it is by itself once the run changed that.
    #[must_use]
    pub fn telling_organization(mut self) -> Self {
        self.tells_organization = true;
        self
    }

    /// When the last request of the run was made, as it says; none where none says.
    pub fn now(&self) -> Option<&str> {
        self.clock.as_ref().map(Moment::text)
    }

    /// The world as it is now.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Requests of any kind can be made as the user, role or root user.
    pub fn holds(&self, arn: &str) -> bool {
        self.held.get(arn).is_some_and(|sessions| sessions.iter().any(|session| session.limits.is_none()))
    }

    /// Makes the step: decides its requests in the world as it is, then makes its changes.
    ///
    /// # Errors
    /// The first thing that keeps it from being made. After a step of several changes the run is then of no further use; otherwise it is
    /// as it was.
    pub fn make(&mut self, step: &Step) -> Result<Vec<Decided>, Failure> {
        let decided =
            step.requests.iter().map(|request| self.decide(request)).collect::<Result<Vec<_>, _>>()?;
        let requests: Vec<Request> = decided.iter().map(|decided| decided.request.clone()).collect();
        let latest = requests.iter().map(Moment::of).fold(self.clock.clone(), Moment::later);
        for change in &step.changes {
            if !change.is_made_by(&requests, &self.world) {
                return Err(Failure::NotMade);
            }
            if let Change::Delete { principal } = change {
                self.lose(principal, &requests)?;
            }
            if let Change::OpenProvider { provider } = change {
                let limits = Some(OF_PROVIDERS.map(str::to_owned).to_vec());
                let session = Session { limits, ..Session::default() };
                self.held.entry(Arc::clone(provider)).or_default().push(session);
            } else if let Change::Obtain { principal, means, limits } = change {
                let session = begun(&requests, principal, means, limits.clone());
                self.held.entry(Arc::clone(principal)).or_default().push(session);
            } else {
                change.apply(self.world.to_mut())?;
                self.tells_organization |= matches!(change, Change::Organization(_));
                // Credentials are of the user, whatever it is called.
                if let Change::Rename { entity, to } = change
                    && let Some(sessions) = self.held.remove(entity)
                {
                    self.held.insert(Arc::clone(to), sessions);
                }
            }
        }
        self.clock = latest;
        Ok(decided)
    }

    /// Whoever is deleted makes no requests any more, and whoever is made under its name later has credentials of its own.
    fn lose(&mut self, principal: &Arc<str>, requests: &[Request]) -> Result<(), Failure> {
        let by_itself = |request: &&Request| request.principal.principal_arn().as_deref() == Some(principal);
        let makes =
            |request: &&Request| ["iam:CreateUser", "iam:CreateRole"].contains(&request.action.as_str());
        if requests.iter().filter(by_itself).any(|request| makes(&request)) {
            return Err(Failure::NotHeld { principal: principal.to_string() });
        }
        self.held.remove(principal);
        Ok(())
    }

    /// True only if the user or role `arn`, whose credentials are held, may not make `request`, whoever makes it there: under no reading,
    /// and neither with nor without the keys that a session has.
    pub fn is_refused_to(&self, arn: &str, request: &Request) -> bool {
        let Some(principal) = Principal::of_arn(arn, SESSION) else { return false };
        let of_session = ["aws:tokenissuetime", "aws:multifactorauthpresent", "aws:multifactorauthage"];
        [false, true].iter().all(|plain| {
            let mut asked = Request { principal: principal.clone(), ..request.clone() };
            asked.context = without(&request.context, |key| {
                OF_PRINCIPAL.contains(&key.canonical()) || *plain && of_session.contains(&key.canonical())
            });
            self.is_refused(&asked)
        })
    }

    fn is_refused(&self, request: &Request) -> bool {
        let Ok(session) = self.session_of(request) else { return false };
        let asked = as_told(request, Some(session), &self.world, (self.catalogue, self.tells_organization));
        let refused = |check: &Request| {
            let check = complete_context(check);
            let decided = robust(&check, &self.policies(&check), self.catalogue, &self.pins);
            matches!(decided, Ok(Robustness::Robust(Decision::ImplicitDeny | Decision::ExplicitDeny)))
        };
        refused(&asked) || further_checks(&asked).iter().any(refused)
    }

    /// Decides one request: whoever asks must be held, and it and all checks that the call makes besides must be allowed under every
    /// reading.
    fn decide(&self, request: &Request) -> Result<Decided, Failure> {
        let session = self.session_of(request)?;
        let mut asked =
            as_told(request, Some(session), &self.world, (self.catalogue, self.tells_organization));
        in_time(&mut asked, self.clock.as_ref(), Some(session));
        handed_on(&mut asked, session);
        if let Some(what) = impossible(&asked) {
            return Err(Failure::Malformed { action: asked.action, what });
        }
        let decided = self.allowed(&asked)?;
        for further in further_checks(&asked).into_iter().chain(tagging(&asked)) {
            self.allowed(&further)?;
        }
        Ok(decided)
    }

    /// The session in which the request is made.
    fn session_of(&self, request: &Request) -> Result<&Session, Failure> {
        let principal = &request.principal;
        let not_held = || Failure::NotHeld { principal: principal.to_string() };
        let arn = match principal {
            Principal::FederatedUser { .. } => return Err(not_held()),
            Principal::FederatedProvider(provider) => provider.clone(),
            Principal::Root { .. }
            | Principal::User { .. }
            | Principal::RoleSession { .. }
            | Principal::Service(_)
            | Principal::Anonymous => principal.principal_arn().ok_or_else(not_held)?,
        };
        let named = match principal {
            Principal::RoleSession { session, .. } => Some(session),
            Principal::Root { .. }
            | Principal::User { .. }
            | Principal::FederatedUser { .. }
            | Principal::Service(_)
            | Principal::FederatedProvider(_)
            | Principal::Anonymous => None,
        };
        let mfa = request.context.get(&ContextKey::new("aws:MultiFactorAuthPresent"));
        let says_mfa = mfa.is_some_and(|value| value.values().iter().any(|value| value == "true"));
        let sessions = self.held.get(arn.as_str()).ok_or_else(not_held)?;
        let fits = |session: &&Session| {
            session.name.as_ref().is_none_or(|name| named == Some(name)) && (session.mfa || !says_mfa)
        };
        let mut fitting = sessions.iter().filter(fits).peekable();
        if fitting.peek().is_none() {
            return Err(not_held());
        }
        let good = |session: &&Session| {
            let limits = session.limits.as_ref();
            limits.is_none_or(|patterns| patterns.iter().any(|pattern| is_action(pattern, &request.action)))
        };
        fitting.find(good).ok_or_else(|| Failure::Limited {
            principal: arn.clone(),
            action: request.action.clone(),
            allowed: sessions
                .iter()
                .flat_map(|session| session.limits.iter().flatten())
                .cloned()
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    fn allowed(&self, request: &Request) -> Result<Decided, Failure> {
        let request = complete_context(request);
        let policies = self.policies(&request);
        let readings = ChosenReadings { pins: self.pins.clone(), ..ChosenReadings::default() };
        let undecided = |error: &dyn std::fmt::Display| Failure::Undecided(error.to_string());
        let evaluation =
            evaluate(&request, &policies, self.catalogue, &readings).map_err(|error| undecided(&error))?;
        let robust =
            robust(&request, &policies, self.catalogue, &self.pins).map_err(|error| undecided(&error))?;
        if robust != Robustness::Robust(Decision::Allow) {
            return Err(Failure::NotAllowed {
                principal: request.principal.to_string(),
                action: request.action.clone(),
                resource: request.resource.clone(),
                decision: evaluation.decision,
            });
        }
        Ok(Decided { request, allowed_by: evaluation.deciding })
    }

    /// The policies that decide a request now.
    fn policies(&self, request: &Request) -> PolicySet {
        let mut policies = PolicySet::default();
        let arn = request.principal.principal_arn();
        if let Some((account, principal)) = arn.as_deref().and_then(|arn| self.world.principal(arn)) {
            policies = self.world.policy_set(account, principal);
        } else if let (Principal::Root { account, .. }, Some(organization)) =
            (&request.principal, &self.world.organization)
        {
            policies.service_control = organization.service_control_levels(*account);
        }
        policies.resource = self.resource_policy(request);
        let owner = request
            .resource_account
            .or_else(|| AccountId::parse(Arn::parse(&request.resource)?.account))
            .or_else(|| request.principal.account());
        if let (Some(owner), Some(organization)) = (owner, &self.world.organization) {
            policies.resource_control = organization.resource_control_levels(owner);
        }
        policies
    }

    fn resource_policy(&self, request: &Request) -> Option<NamedPolicy> {
        let of_sts = request.action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("sts:"));
        match self.world.principal(&request.resource) {
            Some((_, IamPrincipal::Role(role))) => of_sts.then(|| role.trust.clone()),
            Some((_, IamPrincipal::User(_))) => None,
            None => match self.world.resource_policy(&request.resource) {
                ResourcePolicyLookup::Policy(found) => Some(found.policy.clone()),
                ResourcePolicyLookup::Absent { .. } | ResourcePolicyLookup::Unknown { .. } => None,
            },
        }
    }
}

/// The session that an allowed request begins, with what the request passes on.
fn begun(requests: &[Request], principal: &Arc<str>, means: &Means, limits: Option<Vec<String>>) -> Session {
    let mut session = Session { limits, ..Session::default() };
    let asked = requests.iter().find(|request| {
        ASSUME.iter().any(|action| request.action.eq_ignore_ascii_case(action))
            && request.resource == principal.as_ref()
    });
    if let (Means::Assume, Some(request)) = (means, asked) {
        let value = |key: &str| {
            request.context.get(&ContextKey::new(key)).and_then(|value| value.values().first()).cloned()
        };
        session.name = Some(value("sts:RoleSessionName").unwrap_or_else(|| SESSION.to_owned()));
        session.source_identity = value("sts:SourceIdentity").or_else(|| value("aws:SourceIdentity"));
        session.mfa = value("aws:MultiFactorAuthPresent").is_some_and(|value| value == "true");
        session.issued = Moment::of(request);
        session.transitive = transitive_tags(request).into_iter().collect();
        for (key, value) in request.context.iter() {
            if let (Some(("aws:requesttag", _)), Some(value)) = (key.family(), value.values().first())
                && let Some((_, tag)) = key.as_written().split_once('/')
            {
                session.tags.insert(tag.to_owned(), value.clone());
            }
        }
    }
    session
}

/// Keys that whoever asks determines, tags apart.
const OF_PRINCIPAL: [&str; 8] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:username",
    "aws:userid",
    "aws:sourceidentity",
    "aws:federatedprovider",
];

/// What whoever signs in through a provider asks for.
const OF_PROVIDERS: [&str; 2] = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

/// The name of sessions for which the call that begins them tells none.
pub const SESSION: &str = "ringfence";

/// Whether a pattern, such as `bedrock:*`, matches the action, letter case apart.
fn is_action(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    match pattern.split_once('*') {
        None => pattern == action,
        Some((front, "")) => action.starts_with(front),
        Some((front, back)) => {
            action.len() >= front.len() + back.len() && action.starts_with(front) && action.ends_with(back)
        }
    }
}

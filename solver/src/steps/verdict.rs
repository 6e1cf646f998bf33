//! What is said of one principal over any number of steps.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::context::ContextKey;
use ringfence_model::request::Request;
use ringfence_model::steps::Decided;

use super::closure::{Stopped as Halted, Trace};
use super::guard::Refusal;
use super::walk::{Evidence, PathStep};
use crate::verdict::{Reason, VerdictWord};

/// What somebody may be after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// T2 (i): a principal under its control has no approved boundary, or an approved boundary changes.
    Integrity,
    /// T2 (ii): a request that the document of its boundary does not allow.
    Outside,
    /// T1: an expensive model runs.
    ExpensiveModel,
    /// T3: a model is changed, and one runs, in one account.
    ModifyAndInvoke,
    /// It can become anybody in an account.
    Administrator,
    /// It has credentials of another principal with a right that it lacks.
    Credentials,
}

impl Goal {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 6] = [
        Self::Integrity,
        Self::Outside,
        Self::ExpensiveModel,
        Self::ModifyAndInvoke,
        Self::Administrator,
        Self::Credentials,
    ];

    /// A word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Outside => "outside",
            Self::ExpensiveModel => "expensive-model",
            Self::ModifyAndInvoke => "modify-and-invoke",
            Self::Administrator => "administrator",
            Self::Credentials => "credentials",
        }
    }

    /// The same for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Integrity => "breaks the integrity of boundaries",
            Self::Outside => "acts outside its boundary",
            Self::ExpensiveModel => "runs an expensive model",
            Self::ModifyAndInvoke => "changes a model and runs one",
            Self::Administrator => "becomes an administrator",
            Self::Credentials => "gets credentials with a right that it lacks",
        }
    }
}

/// How far a path was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathStatus {
    /// It was replayed, and takes nothing for granted.
    Confirmed,
    /// It was replayed, and takes something for granted that no input shows.
    Conditional,
    /// It was not replayed.
    Possible,
}

impl PathStatus {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Conditional => "conditional",
            Self::Possible => "possible",
        }
    }
}

/// A path to a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The goal.
    pub goal: Goal,
    /// How far it was confirmed.
    pub status: PathStatus,
    /// The steps.
    pub steps: Vec<PathStep>,
    /// The requests by which the goal is reached after them; none where the last step itself is what is wrong.
    pub reached_by: Vec<Decided>,
    /// What is reached, in words.
    pub reached: String,
    /// What it takes for granted besides what its steps do.
    pub assumed: Vec<String>,
    /// Why it could not be replayed, where it was not.
    pub unreplayed: Option<String>,
}

impl Path {
    /// What it takes for granted, each once.
    pub fn assumptions(&self) -> Vec<String> {
        let of_steps = self.steps.iter().flat_map(|step| &step.evidence);
        let assumed = of_steps.filter_map(|evidence| match evidence {
            Evidence::Assumed(text) => Some(text.clone()),
            Evidence::Shown(_) => None,
        });
        assumed
            .chain(self.assumed.iter().cloned())
            .chain(self.signed_in_with_devices())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// No input tells who has an MFA device; a path may register one.
    fn signed_in_with_devices(&self) -> impl Iterator<Item = String> {
        let steps = self.steps.iter().flat_map(|step| step.requests.iter().chain(&step.itself));
        let all = || steps.clone().chain(&self.reached_by).map(|decided| &decided.request);
        let with_device = ContextKey::new("aws:MultiFactorAuthPresent");
        let signed_in = |request: &&Request| {
            request
                .context
                .get(&with_device)
                .is_some_and(|value| value.values().iter().any(|said| said == "true"))
        };
        let registered: BTreeSet<String> = all()
            .filter(|request| request.action.eq_ignore_ascii_case("iam:EnableMFADevice"))
            .map(|request| request.resource.clone())
            .collect();
        let who: BTreeSet<String> = all()
            .filter(signed_in)
            .filter_map(|request| request.principal.principal_arn())
            .filter(|arn| !registered.contains(arn))
            .collect();
        who.into_iter().map(|arn| format!("{arn} signs in with an MFA device that it has"))
    }

    /// The same, which takes these for granted as well.
    #[must_use]
    pub fn assuming(mut self, assumed: impl IntoIterator<Item = String>) -> Self {
        self.assumed.extend(assumed);
        if self.status == PathStatus::Possible { self } else { self.replayed() }
    }

    /// Confirmed, or conditional if it takes something for granted.
    #[must_use]
    pub fn replayed(mut self) -> Self {
        let assumed = !self.assumptions().is_empty();
        self.status = if assumed { PathStatus::Conditional } else { PathStatus::Confirmed };
        self
    }
}

/// What a proof says.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ClosedSet {
    /// Who may be held at the end, the principal itself among them: ARNs.
    pub held: Vec<String>,
    /// How many facts there are.
    pub facts: usize,
    /// How many rounds it took.
    pub rounds: usize,
    /// The ids of the primitives that may fire.
    pub fired: Vec<String>,
    /// What stops each other primitive that is searched: Deny statements first.
    pub stopped: Vec<Stopped>,
    /// Roles that somebody held may pass to a service which they trust, of which nobody held may change anything: with the service.
    pub not_used: Vec<(String, String)>,
    /// Principals of whom somebody held may assume roles in accounts that the world lacks, with the account: the proof takes it that nothing
    /// leads back from there.
    pub beyond: Vec<(String, String)>,
    /// Actions that are allowed to somebody held, and that no primitive covers: the proof takes them for harmless.
    pub unclassified: Vec<String>,
    /// The same for others to check, where a run writes that down.
    pub shown: Option<Arc<Shown>>,
}

/// What shows that nobody whom a principal comes to hold reaches some goals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Who begins, and what holds then.
    pub start: (String, Vec<String>),
    /// What may come to hold, and what stops each step that leads further.
    pub trace: Arc<Trace>,
    /// The goals, each with who does not reach it, and why.
    pub goals: Vec<Halted>,
}

/// Primitives that do not fire for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Why.
    pub by: StoppedBy,
    /// Their ids, in the order of the table; where policies stop them, with the actions of the request that they refuse to everybody held:
    /// several where one of them was enough.
    pub primitives: Vec<(String, Vec<String>)>,
}

/// Why a primitive does not fire.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoppedBy {
    /// A request that it needs is allowed to nobody held, by this.
    Policies(Arc<Refusal>),
    /// Who is held is of none of the accounts from which the requests are made: the management account, or that of what it is about.
    Accounts,
    /// It hangs on the policies of resources, which are not known.
    NotKnown,
    /// Nothing that it is about is there.
    NothingThere,
    /// All that it would lead to holds without it.
    NothingGained,
}

/// The verdict on one goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoalVerdict {
    /// No run reaches it.
    Proved,
    /// This path does.
    Refuted(Box<Path>),
    /// Neither was shown, with the reason, and a path that could not be replayed, if there is one.
    Inconclusive(Reason, Option<Box<Path>>),
    /// It does not apply.
    NotApplicable,
}

impl GoalVerdict {
    /// The word.
    pub fn word(&self) -> VerdictWord {
        match self {
            Self::Proved => VerdictWord::Proved,
            Self::Refuted(_) => VerdictWord::Refuted,
            Self::Inconclusive(..) => VerdictWord::Inconclusive,
            Self::NotApplicable => VerdictWord::NotApplicable,
        }
    }
}

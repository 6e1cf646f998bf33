//! Primitives: requests that change what their makers may do, as data (docs/steps.md has the words of the file).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use ringfence_model::catalogue::{ActionId, Catalogue};
use ringfence_model::context::ContextKey;
use ringfence_model::world::CredentialKind;
use serde::Deserialize;

mod classes;
mod error;
mod parameters;
mod request;

pub use self::error::PrimitivesError;
pub use self::parameters::Told;
use self::request::request;

const TABLE: &str = include_str!("../../data/primitives.toml");

/// What X, of which a primitive is about, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// A user.
    User,
    /// A role.
    Role,
    /// A group.
    Group,
    /// A customer-managed policy.
    Policy,
    /// A policy that somebody carries as a boundary.
    Boundary,
    /// A user that the step makes.
    NewUser,
    /// A role that the step makes.
    NewRole,
    /// The root user of a member account.
    Root,
    /// A role of Identity Center.
    SsoRole,
    /// An identity provider.
    Provider,
    /// Another resource.
    Resource,
    /// An account.
    Account,
    /// The organisation.
    Organization,
    /// Nothing in particular.
    Nothing,
}

/// What a primitive does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Whoever makes the requests can make requests as X.
    Become,
    /// X has an inline policy that says anything.
    Edit,
    /// A managed policy is attached to X.
    Attach,
    /// The managed policy X says anything.
    Rewrite,
    /// The managed policy X says what another stored version says.
    ChooseVersion,
    /// The user X is in a group.
    Join,
    /// What identity policies of X deny is not denied.
    RemoveDenies,
    /// The tags of X are others.
    Tag,
    /// X has another name or path.
    Rename,
    /// X has no boundary.
    RemoveBoundary,
    /// X has another boundary.
    ReplaceBoundary,
    /// There is a new user or role.
    Create,
    /// X is made anew.
    Recreate,
    /// The trust policy of X says anything.
    OpenTrust,
    /// The identity provider X lets in whoever the caller wants.
    OpenProvider,
    /// The policy of a resource says anything.
    OpenResource,
    /// SCPs or RCPs bind less.
    LiftControl,
    /// There is a new managed policy that says anything.
    Author,
    /// It only helps other steps.
    Enable,
    /// A limit of costs or a record falls.
    Weaken,
    /// A model is changed, gets another name, or runs.
    Model,
    /// It takes what only the customer can declare, and is not searched.
    Declared,
}

/// How SCPs or RCPs come to bind less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lifting {
    /// One is detached from a root, unit or account.
    Detach,
    /// One says something else.
    Rewrite,
    /// An SCP that allows everything is attached.
    Allow,
    /// SCPs bind nobody.
    DisableServiceControl,
    /// RCPs bind nobody.
    DisableResourceControl,
    /// An account is under another root or unit.
    Move,
    /// An account is in no organisation.
    Leave,
}

/// What carries a Deny that is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// An inline policy of X.
    Inline,
    /// A managed policy that is attached to X.
    Attached,
    /// An inline policy of the group X.
    GroupInline,
    /// A managed policy that is attached to the group X.
    GroupAttached,
    /// The membership in a group.
    Membership,
}

/// The limit in force after the step (docs/steps.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Cap {
    /// The actor's own boundary: it is the target.
    A,
    /// The target's boundary.
    T,
    /// The boundary named in the request.
    B,
    /// No boundary.
    N,
}

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum On {
    /// Any resource that the action takes.
    Any,
    /// X.
    Target,
    /// The resource that runs with X.
    Resource,
    /// A resource that the step makes.
    New,
    /// The policy that is chosen.
    Policy,
    /// The alias under which the draft of an agent runs: of the resource that runs with X, or of any agent.
    TestAlias,
}

/// What a key of a request is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Said {
    /// The boundary that X carries.
    Current,
    /// The boundary that X is to carry.
    Requested,
    /// The policy that is chosen.
    Policy,
    /// The service to which a role is passed.
    Service,
    /// This text.
    Text(String),
    /// This text, of which proofs know nothing.
    InPaths(String),
}

/// A request of a primitive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// `service:Name`.
    pub action: String,
    /// The catalogue is not expected to know the action.
    pub uncatalogued: bool,
    /// On what.
    pub on: On,
    /// The type of the resource, `service:type`, where that is said.
    pub of_type: Option<String>,
    /// Types of further resources that AWS checks the call on.
    pub also: Vec<String>,
    /// Types of further ones on which it checks the call as it is mostly made: a path needs them, a proof does not rest on them.
    pub usually: Vec<String>,
    /// AWS checks the call on what else the step is about, too.
    pub further: bool,
    /// With which keys.
    pub keys: Vec<(ContextKey, Said)>,
    /// Equal for requests of the table that are equal.
    pub number: usize,
}

/// With which roles the resources of a primitive run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunsWith {
    /// The one that an inventory lists with it.
    #[default]
    ListedRole,
    /// Others, such as those of the pods of a cluster: no inventory tells which.
    OtherRoles,
}

/// A primitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Primitive {
    /// Its id, a word such as `delete-role-boundary`.
    pub id: String,
    /// Its row in the catalogue of docs/steps.md: `E2`.
    pub catalogue: String,
    /// What it does, in words.
    pub summary: String,
    /// What X is.
    pub about: About,
    /// The services of which the trust policy of X must let one in; the role is passed to it.
    pub services: Arc<[String]>,
    /// Requests that are needed.
    pub requests: Vec<Asked>,
    /// Of each choice one alternative is needed, which may take several requests.
    pub choices: Vec<Vec<Vec<Asked>>>,
    /// Requests that X itself must be able to make, so that its credentials are good for anything.
    pub as_x: Vec<Asked>,
    /// What it does.
    pub effect: Effect,
    /// What carries a Deny that is removed.
    pub carrier: Option<Carrier>,
    /// How SCPs or RCPs come to bind less.
    pub lifting: Option<Lifting>,
    /// Patterns of actions for which whoever becomes X can act; none for all.
    pub limits: Option<Vec<String>>,
    /// Those of them that single requests ask about where an inventory tells the model of the resource: what it runs is known then.
    pub by_model: Vec<String>,
    /// Types of resources, `service:type`, of which one must run with X; with `|` between those that are names of one thing.
    pub resources: Vec<String>,
    /// Which roles such a resource runs with.
    pub runs_with: RunsWith,
    /// What must be so that exports may not show, in words.
    pub evidence: Option<String>,
    /// A resource that an inventory lists is all that the evidence asks for.
    pub listed: bool,
    /// The role has to be in an instance profile.
    pub in_instance_profile: bool,
    /// A credential that the user must have.
    pub has: Option<CredentialKind>,
    /// A credential that the user must not have.
    pub lacks: Option<CredentialKind>,
    /// Paths take it; false for what proofs alone count.
    pub replayed: bool,
    /// The limit in force afterwards.
    pub cap: Cap,
    /// Ids of public catalogues that this entry covers.
    pub public: Vec<String>,
    /// The page of AWS that says so.
    pub source: String,
    /// What is inferred, or left out.
    pub note: Option<String>,
}

/// Actions that no primitive names and that cannot help to escape.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Harmless {
    /// `service:Name`.
    pub actions: Vec<String>,
    /// Why.
    pub reason: String,
}

/// All primitives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Primitives {
    /// The day of the table.
    pub date: String,
    /// In the order of the table.
    pub primitives: Vec<Primitive>,
    /// The prefixes of actions that belong to a service by its principal.
    pub services: BTreeMap<String, Vec<String>>,
    /// What is harmless.
    pub harmless: Vec<Harmless>,
    /// See [`Primitives::policy_writers`].
    policy_writers: Vec<String>,
    /// What paths say in calls beside what the rows tell, by key.
    pub parameters: BTreeMap<String, Told>,
    /// Types of resources, `service:type`, whose ids AWS chooses.
    pub named_by_aws: BTreeSet<String>,
    /// IAM action prefixes of services that take an instance profile which is there, and not the role.
    pub by_instance_profile: BTreeSet<String>,
    /// That a role is passed to a service.
    pub pass_role: Asked,
}

/// The services of which every action that changes something is to be classified.
pub const CLASSIFIED: [&str; 11] = [
    "account",
    "bedrock",
    "bedrock-agentcore",
    "bedrock-mantle",
    "iam",
    "identitystore",
    "identitystore-auth",
    "organizations",
    "sso",
    "sso-directory",
    "sts",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    date: String,
    primitive: Vec<Row>,
    services: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    harmless: Vec<Harmless>,
    policy_writers: Vec<String>,
    parameters: BTreeMap<String, Told>,
    named_by_aws: BTreeSet<String>,
    by_instance_profile: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    catalogue: String,
    summary: String,
    about: About,
    #[serde(default)]
    service: Vec<String>,
    #[serde(default)]
    requests: Vec<String>,
    #[serde(default)]
    choices: Vec<Vec<Vec<String>>>,
    #[serde(default)]
    as_x: Vec<String>,
    effect: Effect,
    carrier: Option<Carrier>,
    lifting: Option<Lifting>,
    limits: Option<Vec<String>>,
    #[serde(default)]
    by_model: Vec<String>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    runs_with: RunsWith,
    evidence: Option<String>,
    #[serde(default)]
    listed: bool,
    #[serde(default)]
    in_instance_profile: bool,
    has: Option<CredentialKind>,
    lacks: Option<CredentialKind>,
    #[serde(default = "yes")]
    replayed: bool,
    cap: Cap,
    #[serde(default)]
    public: Vec<String>,
    source: String,
    note: Option<String>,
}

impl Primitives {
    /// The embedded table, read once.
    ///
    /// # Errors
    /// When it cannot be read, which a test of this crate rules out.
    pub fn embedded() -> Result<&'static Self, &'static PrimitivesError> {
        static PRIMITIVES: OnceLock<Result<Primitives, PrimitivesError>> = OnceLock::new();
        PRIMITIVES.get_or_init(|| Self::parse(TABLE)).as_ref()
    }

    /// The table in `text`.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PrimitivesError> {
        let table: Table = toml::from_str(text).map_err(|error| PrimitivesError::Table(error.to_string()))?;
        let mut primitives: Vec<Primitive> =
            table.primitive.into_iter().map(Row::primitive).collect::<Result<_, _>>()?;
        let mut pass_role = Asked {
            action: "iam:PassRole".to_owned(),
            uncatalogued: false,
            on: On::Target,
            of_type: None,
            also: Vec::new(),
            usually: Vec::new(),
            further: false,
            keys: vec![(ContextKey::new("iam:PassedToService"), Said::Service)],
            number: 0,
        };
        let mut numbers: BTreeMap<Asked, usize> = BTreeMap::new();
        let requests = primitives.iter_mut().flat_map(|primitive| {
            let choices = primitive.choices.iter_mut().flatten().flatten();
            primitive.requests.iter_mut().chain(choices).chain(&mut primitive.as_x)
        });
        for asked in requests.chain([&mut pass_role]) {
            let next = numbers.len();
            asked.number = *numbers.entry(asked.clone()).or_insert(next);
        }
        let (date, services, harmless) = (table.date, table.services, table.harmless);
        let (policy_writers, parameters) = (table.policy_writers, table.parameters);
        let (named_by_aws, by_instance_profile) = (table.named_by_aws, table.by_instance_profile);
        Ok(Self {
            date,
            primitives,
            services,
            harmless,
            policy_writers,
            parameters,
            named_by_aws,
            by_instance_profile,
            pass_role,
        })
    }

    /// Actions that change IAM, the organisation, Identity Center or Bedrock, and that neither a primitive nor the list of what is
    /// harmless names.
    pub fn unclassified(&self, catalogue: &Catalogue) -> Vec<ActionId> {
        let mut named: BTreeSet<ActionId> = self
            .primitives
            .iter()
            .flat_map(Primitive::all_requests)
            .filter_map(|asked| catalogue.find_action(&asked.action))
            .collect();
        let harmless = self.harmless.iter().flat_map(|entry| &entry.actions);
        named.extend(harmless.filter_map(|name| catalogue.find_action(name)));
        CLASSIFIED
            .iter()
            .flat_map(|service| catalogue.actions_of(service))
            .filter(|(id, action)| super::guard::changes(action) && !named.contains(id))
            .map(|(id, _)| id)
            .collect()
    }

    /// The names of the actions of [`Self::policy_writers`], as the table has them.
    pub fn further_writers(&self) -> impl Iterator<Item = &str> {
        self.policy_writers.iter().map(String::as_str)
    }

    /// Actions that write the policy of a resource, or make one with a policy, and that no primitive has.
    pub fn policy_writers(&self, catalogue: &Catalogue) -> Vec<ActionId> {
        self.policy_writers.iter().filter_map(|name| catalogue.find_action(name)).collect()
    }

    /// The primitive called `id`.
    pub fn find(&self, id: &str) -> Option<&Primitive> {
        self.primitives.iter().find(|primitive| primitive.id == id)
    }
}

impl Row {
    fn primitive(self) -> Result<Primitive, PrimitivesError> {
        let read = |text: &String| {
            request(text)
                .ok_or_else(|| PrimitivesError::Request { id: self.id.clone(), request: text.clone() })
        };
        let list = |texts: &Vec<String>| texts.iter().map(read).collect::<Result<Vec<_>, _>>();
        let requests = list(&self.requests)?;
        let as_x = list(&self.as_x)?;
        let choices = self
            .choices
            .iter()
            .map(|choice| choice.iter().map(list).collect::<Result<Vec<_>, _>>())
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Primitive {
            id: self.id,
            catalogue: self.catalogue,
            summary: self.summary,
            about: self.about,
            services: self.service.into(),
            requests,
            choices,
            as_x,
            effect: self.effect,
            carrier: self.carrier,
            lifting: self.lifting,
            limits: self.limits,
            by_model: self.by_model,
            resources: self.resources,
            runs_with: self.runs_with,
            evidence: self.evidence,
            listed: self.listed,
            in_instance_profile: self.in_instance_profile,
            has: self.has,
            lacks: self.lacks,
            replayed: self.replayed,
            cap: self.cap,
            public: self.public,
            source: self.source,
            note: self.note,
        })
    }
}
/// For what an entry need not say.
fn yes() -> bool {
    true
}

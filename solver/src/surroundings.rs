//! What stands around the principals of an account when they run a model: inference profiles, deployments, agents, and the
//! roles that Bedrock may take on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::Catalogue;

use ringfence_model::models::{Destinations, ProfileTable, split_geography};
use ringfence_model::policy::{Effect, Element, NamedPolicy, PolicyDocument, PrincipalPattern, Statement};
use ringfence_model::world::{
    Account, AccountInferenceProfile, InferenceProfileKind, InventoryResource, World,
};

use crate::subject::{Subject, SubjectKind};
use crate::theorem::passable::Passable;

/// The service that runs jobs, agents and flows with a role of the account.
pub const BEDROCK_SERVICE: &str = "bedrock.amazonaws.com";

/// An inference profile in one Region from which it can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallableProfile {
    /// Its ARN there.
    pub arn: String,
    /// Who made it.
    pub kind: InferenceProfileKind,
    /// The bare id of its model.
    pub model: String,
    /// The Region that is called.
    pub source: String,
    /// The Regions to which it may send the call, the source among them.
    pub destinations: Vec<String>,
    /// It may send it to any Region: the model's ARN without a Region is checked too.
    pub global: bool,
}

/// What stands around the principals of one account.
#[derive(Clone, Debug)]
pub struct AccountSurroundings {
    account: AccountId,
    partition: String,
    profiles: Option<Vec<AccountInferenceProfile>>,
    /// What resources.json lists; none where there is no such file.
    pub inventory: Option<Vec<InventoryResource>>,
    /// The roles that Bedrock may take on, each as a session that it begins.
    pub service_roles: Vec<Subject>,
    /// The roles that AgentCore may take on, likewise.
    pub agent_core_roles: Vec<Subject>,
    /// The ARNs of all roles, in lower case.
    roles: BTreeSet<String>,
    /// The ARNs of all users, in lower case.
    users: BTreeSet<String>,
    /// The names of the account's own managed policies, in lower case.
    policies: BTreeSet<String>,
    /// The roles that services may be given.
    pub passable: Passable,
    /// Which roles there are is not known: any may be one that Bedrock takes on.
    pub any_roles: bool,
    /// Stands for all roles of such an account, where it is known what binds them.
    pub any_role: Option<Subject>,
}

/// What stands around the principals of a world.
#[derive(Clone, Debug, Default)]
pub struct Surroundings(BTreeMap<AccountId, Arc<AccountSurroundings>>);

impl Surroundings {
    /// Those of `world`, whose principals are `subjects`.
    pub fn of(world: &World, subjects: &[Subject]) -> Self {
        let of_account = |account: &Account| AccountSurroundings {
            account: account.id,
            partition: account.partition.clone(),
            profiles: account.inference_profiles.clone(),
            inventory: account.resources.clone(),
            service_roles: subjects
                .iter()
                .filter(|subject| subject.account == account.id)
                .filter_map(|subject| begun_by(subject, "bedrock."))
                .collect(),
            agent_core_roles: subjects
                .iter()
                .filter(|subject| subject.account == account.id)
                .filter_map(|subject| begun_by(subject, "bedrock-agentcore."))
                .collect(),
            roles: account.roles.iter().map(|role| role.arn.to_ascii_lowercase()).collect(),
            users: account.users.iter().map(|user| user.arn.to_ascii_lowercase()).collect(),
            policies: account
                .managed_policies
                .values()
                .filter(|policy| !policy.aws_managed)
                .map(|policy| policy_name(&policy.arn))
                .collect(),
            passable: Passable::of(account),
            any_roles: false,
            any_role: None,
        };
        Self(world.accounts.iter().map(|(id, account)| (*id, Arc::new(of_account(account)))).collect())
    }

    /// Those of an account of which nothing is known but what binds all of its roles, for which `any_role` stands.
    pub fn of_any_account(account: AccountId, partition: &str, any_role: Option<Subject>) -> Self {
        let around = AccountSurroundings {
            account,
            partition: partition.to_owned(),
            profiles: None,
            inventory: None,
            service_roles: Vec::new(),
            agent_core_roles: Vec::new(),
            roles: BTreeSet::new(),
            users: BTreeSet::new(),
            policies: BTreeSet::new(),
            passable: Passable::default(),
            any_roles: true,
            any_role,
        };
        Self(BTreeMap::from([(account, Arc::new(around))]))
    }

    /// The same where more deployments, endpoints and agents may be than the inventories list.
    #[must_use]
    pub fn without_inventory(&self) -> Self {
        let open = |around: &Arc<AccountSurroundings>| {
            Arc::new(AccountSurroundings { inventory: None, ..around.as_ref().clone() })
        };
        Self(self.0.iter().map(|(account, around)| (*account, open(around))).collect())
    }

    /// The same where these models run under these ARNs besides: for what is shown, not for proofs, since the inventory of an account that
    /// has none lists no more than this then.
    #[must_use]
    pub fn with_capacity(&self, provisioned: &BTreeSet<(Arc<str>, Arc<str>)>) -> Self {
        let mut with = self.clone();
        for (arn, model) in provisioned {
            let owner = Arn::parse(arn).and_then(|parts| AccountId::parse(parts.account));
            let Some(around) = owner.and_then(|owner| with.0.get_mut(&owner)) else { continue };
            let around = Arc::make_mut(around);
            around.inventory.get_or_insert_default().push(InventoryResource::provisioned(arn, model));
        }
        with
    }

    /// Whether the inventory of some account lists anything.
    pub fn show_models(&self) -> bool {
        self.0.values().any(|around| around.inventory.as_ref().is_some_and(|all| !all.is_empty()))
    }

    /// Those of `account`, if it is of the world.
    pub fn account(&self, account: AccountId) -> Option<&Arc<AccountSurroundings>> {
        self.0.get(&account)
    }
}

fn policy_name(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
}

impl AccountSurroundings {
    /// The profiles that run the bare model `model`: those that the account lists, else those that AWS is known to offer, by
    /// geography; global ones last. `table` and `catalogue` say what AWS offers.
    pub fn profiles_of(
        &self,
        model: &str,
        table: &ProfileTable,
        catalogue: &Catalogue,
    ) -> Vec<CallableProfile> {
        let mut found = match &self.profiles {
            Some(listed) => listed.iter().filter_map(callable).filter(|one| one.model == model).collect(),
            None => self.offered(model, table, catalogue),
        };
        found.sort_by(|left, right| (left.global, &left.arn).cmp(&(right.global, &right.arn)));
        found
    }

    /// The profiles that the account lists, as they are called; none where it lists none.
    pub fn listed_profiles(&self) -> impl Iterator<Item = CallableProfile> {
        self.profiles.iter().flatten().filter_map(callable)
    }

    /// Its inference profiles are known.
    pub fn lists_profiles(&self) -> bool {
        self.profiles.is_some()
    }

    /// Whether the account has this role. Letter case does not count in names of roles (semantics:F9).
    pub fn has_role(&self, arn: &str) -> bool {
        self.roles.contains(&arn.to_ascii_lowercase())
    }

    /// Whether the account has this user or role.
    pub fn has_principal(&self, arn: &str) -> bool {
        self.has_role(arn) || self.users.contains(&arn.to_ascii_lowercase())
    }

    /// Whether the account has a managed policy of that name, which is unique whatever the path and letter case.
    pub fn has_policy_called(&self, arn: &str) -> bool {
        arn.contains(":policy/") && self.policies.contains(&policy_name(arn))
    }

    fn offered(&self, model: &str, table: &ProfileTable, catalogue: &Catalogue) -> Vec<CallableProfile> {
        let mut found = Vec::new();
        for row in table.of_model(model) {
            let (regions, global) = match &row.destinations {
                // Global profiles are offered in one partition.
                Destinations::AnyRegion if self.partition != "aws" => continue,
                Destinations::AnyRegion => (catalogue.regions(&self.partition).to_vec(), true),
                Destinations::Regions(regions) => (regions.clone(), false),
            };
            // Profiles of one partition are not offered in another.
            let here = catalogue.regions(&self.partition);
            if !regions.iter().all(|region| here.contains(region)) {
                continue;
            }
            for source in &regions {
                found.push(CallableProfile {
                    arn: format!(
                        "arn:{}:bedrock:{source}:{}:inference-profile/{}",
                        self.partition, self.account, row.id
                    ),
                    kind: InferenceProfileKind::SystemDefined,
                    model: row.model.clone(),
                    source: source.clone(),
                    destinations: if global { vec![source.clone()] } else { regions.clone() },
                    global,
                });
            }
        }
        found
    }
}

/// A profile that the account lists, as it is called; none if its ARNs are not those of foundation models.
fn callable(profile: &AccountInferenceProfile) -> Option<CallableProfile> {
    let arn = Arn::parse(&profile.arn)?;
    let models: Vec<Arn<'_>> = profile.models.iter().filter_map(|model| Arn::parse(model)).collect();
    let ids: Vec<&str> =
        models.iter().filter_map(|model| model.resource.strip_prefix("foundation-model/")).collect();
    let id = ids.first()?;
    let alike = ids.len() == profile.models.len() && ids.iter().all(|other| other == id);
    let mut destinations: Vec<String> = models
        .iter()
        .map(|model| model.region)
        .chain([arn.region])
        .filter(|region| !region.is_empty())
        .map(str::to_owned)
        .collect();
    destinations.sort_unstable();
    destinations.dedup();
    alike.then(|| CallableProfile {
        arn: profile.arn.to_string(),
        kind: profile.kind,
        model: split_geography(id).1.to_owned(),
        source: arn.region.to_owned(),
        global: models.iter().any(|model| model.region.is_empty()),
        destinations,
    })
}

/// The role as a session that a service begins whose name begins so, if its trust policy may let it: all that lets others in is left out.
fn begun_by(subject: &Subject, front: &str) -> Option<Subject> {
    let trust = subject.kind.trust()?;
    let statements: Vec<Statement> = trust
        .document
        .statements
        .iter()
        .filter_map(|statement| match statement.effect {
            Effect::Deny => Some(statement.clone()),
            Effect::Allow => for_service(statement, front),
        })
        .collect();
    if !statements.iter().any(|statement| statement.effect == Effect::Allow) {
        return None;
    }
    let document = PolicyDocument { statements, ..trust.document.as_ref().clone() };
    let mut subject = subject.clone();
    if let SubjectKind::Role { trust: kept, .. } = &mut subject.kind {
        *kept = Some(NamedPolicy { name: Arc::clone(&trust.name), document: Arc::new(document) });
    }
    Some(subject)
}

/// The statement names Bedrock, beyond doubt.
pub(crate) fn names_bedrock(statement: &Statement) -> bool {
    statement.principal.as_ref().is_some_and(|element| {
        let is_bedrock = |value: &PrincipalPattern| {
            matches!(value, PrincipalPattern::Service(name) if name == BEDROCK_SERVICE)
        };
        !element.negated && element.values.iter().any(is_bedrock)
    })
}

/// The statement as far as it may let a service in whose name begins so, also by a regional name. `*` lets no service in (semantics:B5); what NotPrincipal means here is left as
/// it stands.
fn for_service(statement: &Statement, front: &str) -> Option<Statement> {
    let element = statement.principal.as_ref()?;
    if element.negated {
        return Some(statement.clone());
    }
    let values: Vec<PrincipalPattern> = element
        .values
        .iter()
        .filter(|value| {
            matches!(value, PrincipalPattern::Service(name)
                if name.contains('*') || name.to_ascii_lowercase().starts_with(front))
        })
        .cloned()
        .collect();
    (!values.is_empty())
        .then(|| Statement { principal: Some(Element { negated: false, values }), ..statement.clone() })
}

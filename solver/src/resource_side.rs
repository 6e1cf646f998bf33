//! The resource's side of requests: which policies are attached to which resources, and what is not known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::policy::{NamedPolicy, PolicyType, PrincipalPattern, Statement};
use ringfence_model::policy_set::ControlLevel;
use ringfence_model::resource_policy_types::can_carry_policy;
use ringfence_model::world::{CoveredResources, World};

use crate::unique_id::UniqueIds;
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// The policy of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePolicy {
    /// [`PolicyType::Resource`], or [`PolicyType::Trust`] for a role's.
    pub policy_type: PolicyType,
    /// The account that owns the resource.
    pub owner: AccountId,
    /// The service segment of the resource's ARN.
    pub service: String,
    /// The document.
    pub policy: NamedPolicy,
    covered: CoveredResources,
    except: Vec<Arc<str>>,
}

impl ResourcePolicy {
    /// True if AWS asks this policy about `arn`.
    pub fn is_asked_about(&self, arn: &str) -> bool {
        self.covered.covers(arn) && !self.except.iter().any(|other| other.as_ref() == arn)
    }

    /// The ARNs about which this policy is asked, but for [`Self::excepted`].
    pub fn covered(&self) -> Vec<Language> {
        let mut languages = vec![Language::exactly(&self.covered.arn)];
        if let Some(below) = &self.covered.below {
            let mut builder = LanguageBuilder::new();
            builder.text(below).star(CharacterSet::any());
            languages.push(builder.build());
        }
        languages
    }

    /// True if both are asked about the same resources of the same owner, and say the same of them, whatever they are called and
    /// wherever they stand.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.policy_type == other.policy_type
            && self.owner == other.owner
            && self.covered == other.covered
            && self.except == other.except
            && self.policy.document.says_the_same(&other.policy.document)
    }

    /// What [`ResourceSides::policies_for`] is asked for to find it.
    pub(crate) fn asked_service(&self) -> &str {
        asked_service(self)
    }

    /// ARNs among them that have a policy of their own.
    pub fn excepted(&self) -> Option<Language> {
        (!self.except.is_empty()).then(|| Language::one_of(self.except.iter().map(ToString::to_string)))
    }
}

/// What stands on the resource's side of the requests of a world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceSides {
    /// The policies that are known, by owner and ARN. No two are asked about one resource.
    policies: Vec<ResourcePolicy>,
    /// Their places, by what [`ResourceSides::policies_for`] is asked for.
    by_service: BTreeMap<String, Places>,
    /// The RCPs that bind the resources of an account, from the root down.
    resource_control: BTreeMap<AccountId, Vec<ControlLevel>>,
    /// The accounts of whose resources every policy is known; none: of all.
    known: Option<BTreeSet<AccountId>>,
    /// The accounts of whose roles every trust policy is known; none: of all.
    trusts: Option<BTreeSet<AccountId>>,
    /// Who has the unique ids that these policies name.
    unique_ids: UniqueIds,
    /// The id of the organisation of accounts that are known to be in one, and their place in it.
    organizations: BTreeMap<AccountId, (String, String)>,
    /// The management account of the organisation, if that is known.
    management: Option<AccountId>,
    /// Services, by the segment of the ARN, of whose resources no policy is known.
    opened: BTreeSet<String>,
    /// What nobody has shown grants nothing: for questions about what is shown alone.
    shown_alone: bool,
}

/// Places of policies, ascending: worlds have a trust policy for each role, and every target is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Places {
    all: Vec<usize>,
    by_owner: BTreeMap<AccountId, Vec<usize>>,
    /// By the ARN that each covers.
    by_arn: BTreeMap<Arc<str>, Vec<usize>>,
    /// Those that cover other ARNs besides.
    wide: Vec<usize>,
}

/// What [`ResourceSides::policies_for`] is asked for to find the policy.
fn asked_service(policy: &ResourcePolicy) -> &str {
    match (policy.policy_type == PolicyType::Trust, policy.service.as_str()) {
        (true, _) => "sts",
        // No action of sts asks another policy.
        (false, "sts") => "",
        (false, service) => service,
    }
}

fn by_service(policies: &[ResourcePolicy]) -> BTreeMap<String, Places> {
    let mut found: BTreeMap<String, Places> = BTreeMap::new();
    for (place, policy) in policies.iter().enumerate() {
        let places = found.entry(asked_service(policy).to_owned()).or_default();
        places.all.push(place);
        places.by_owner.entry(policy.owner).or_default().push(place);
        places.by_arn.entry(Arc::clone(&policy.covered.arn)).or_default().push(place);
        if policy.covered.below.is_some() {
            places.wide.push(place);
        }
    }
    found
}

impl ResourceSides {
    /// No resource has a policy of its own.
    pub fn none() -> Self {
        Self::default()
    }

    /// No resource of `account` has a policy of its own, but for roles and keys, of whose policies nothing is known, as of those of all
    /// other accounts.
    pub fn none_of(account: AccountId) -> Self {
        Self { known: Some(BTreeSet::from([account])), trusts: Some(BTreeSet::new()), ..Self::default() }
    }

    /// Those of `world`: resource-policies.json of each account, the trust policies of its roles, and the RCPs of the
    /// organisation.
    pub fn of(world: &World) -> Self {
        let trusts = world.accounts.values().flat_map(|account| &account.roles).map(|role| &role.trust);
        let of_resources = world.resource_policies().map(|found| found.policy);
        let unique_ids = UniqueIds::of(world, trusts.chain(of_resources));
        let mut policies: Vec<ResourcePolicy> = world
            .resource_policies()
            .map(|found| ResourcePolicy {
                policy_type: PolicyType::Resource,
                owner: found.account.id,
                service: service_of(&found.covered.arn),
                policy: unique_ids.resolve(found.policy),
                covered: found.covered,
                except: found.except,
            })
            .collect();
        for account in world.accounts.values() {
            policies.extend(account.roles.iter().map(|role| ResourcePolicy {
                policy_type: PolicyType::Trust,
                owner: account.id,
                service: "iam".to_owned(),
                policy: unique_ids.resolve(&role.trust),
                covered: CoveredResources { arn: Arc::from(role.arn.to_string()), below: None },
                except: Vec::new(),
            }));
        }
        policies
            .sort_by(|left, right| (left.owner, &left.covered.arn).cmp(&(right.owner, &right.covered.arn)));
        let levels = |account: AccountId| {
            world.organization.as_ref().map(|organization| organization.resource_control_levels(account))
        };
        let management = world.organization.as_ref().map(|known| known.management_account);
        let listed = world.organization.iter().flat_map(|known| known.accounts.keys());
        let accounts: BTreeSet<AccountId> = world.accounts.keys().chain(listed).copied().collect();
        let resource_control = accounts
            .iter()
            .filter_map(|account| Some((*account, levels(*account)?)))
            .filter(|(_, levels)| levels.iter().any(|level| !level.policies.is_empty()))
            .collect();
        let known = world
            .accounts
            .values()
            .filter(|account| account.resource_policies.is_some())
            .map(|account| account.id)
            .collect();
        let trusts = world.accounts.keys().copied().collect();
        let organizations = world
            .organization
            .iter()
            .flat_map(|organization| {
                let id = organization.principal_org_id();
                let accounts = organization.accounts.keys();
                accounts.filter_map(move |account| {
                    Some((*account, (id.to_owned(), organization.org_path(*account)?)))
                })
            })
            .collect();
        Self {
            by_service: by_service(&policies),
            policies,
            resource_control,
            known: Some(known),
            trusts: Some(trusts),
            unique_ids,
            organizations,
            management,
            opened: BTreeSet::new(),
            shown_alone: false,
        }
    }

    /// The same where the resources of each account are bound by these RCPs, and where some accounts are in the organisation is not
    /// known.
    #[must_use]
    pub fn bound_by(
        &self,
        levels: impl Fn(AccountId) -> Vec<ControlLevel>,
        elsewhere: &BTreeSet<AccountId>,
    ) -> Self {
        let resource_control = self.resource_control.keys().map(|account| (*account, levels(*account)));
        let resource_control = resource_control.filter(|(_, levels)| !levels.is_empty()).collect();
        let mut sides = Self { resource_control, ..self.clone() };
        sides.organizations.retain(|account, _| !elsewhere.contains(account));
        sides
    }

    /// The same where policies of resources that nobody has shown grant nothing.
    #[must_use]
    pub fn shown_alone(&self) -> Self {
        Self { shown_alone: true, ..self.clone() }
    }

    /// Whether policies that nobody has shown may grant something.
    pub(crate) fn may_hide_grants(&self) -> bool {
        !self.shown_alone
    }

    /// The same where the policies of the resources of these services, by the segment of the ARN, may say anything, or are gone.
    #[must_use]
    pub fn opened(&self, services: &BTreeSet<String>) -> Self {
        let stays = |policy: &&ResourcePolicy| {
            policy.policy_type == PolicyType::Trust || !services.contains(&policy.service)
        };
        let policies: Vec<ResourcePolicy> = self.policies.iter().filter(stays).cloned().collect();
        let opened = self.opened.union(services).cloned().collect();
        Self { by_service: by_service(&policies), policies, opened, ..self.clone() }
    }

    /// The same where the policy of the resource `arn` of `owner` is this one, or where it has none.
    #[must_use]
    pub fn rewritten(&self, owner: AccountId, arn: &Arc<str>, policy: Option<NamedPolicy>) -> Self {
        let is_it =
            |known: &ResourcePolicy| known.policy_type == PolicyType::Resource && known.covered.arn == *arn;
        let mut policies: Vec<ResourcePolicy> =
            self.policies.iter().filter(|known| !is_it(known)).cloned().collect();
        let of_resources = |known: &&mut ResourcePolicy| known.policy_type == PolicyType::Resource;
        for known in policies.iter_mut().filter(of_resources).filter(|known| known.owner == owner) {
            known.except.retain(|other| other != arn);
            if policy.is_some() && known.covered.covers(arn) {
                known.except.push(Arc::clone(arn));
            }
        }
        if let Some(policy) = policy {
            let covered = CoveredResources::of(arn);
            let inside = policies.iter().filter(|known| {
                known.policy_type == PolicyType::Resource
                    && known.owner == owner
                    && covered.covers(&known.covered.arn)
            });
            let except = inside.map(|known| Arc::clone(&known.covered.arn)).collect();
            policies.push(ResourcePolicy {
                policy_type: PolicyType::Resource,
                owner,
                service: service_of(arn),
                policy,
                covered,
                except,
            });
            policies.sort_by(|left, right| {
                (left.owner, &left.covered.arn).cmp(&(right.owner, &right.covered.arn))
            });
        }
        Self { by_service: by_service(&policies), policies, ..self.clone() }
    }

    /// The same where the user that was called `before` is called `now`: AWS goes on meaning it.
    #[must_use]
    pub fn calling(&self, before: &str, now: &str) -> Self {
        let is_it = |value: &PrincipalPattern| matches!(value, PrincipalPattern::Aws(name) if name == before);
        let mut sides = self.clone();
        for known in &mut sides.policies {
            let elements = known.policy.document.statements.iter().filter_map(|one| one.principal.as_ref());
            if !elements.flat_map(|element| &element.values).any(is_it) {
                continue;
            }
            let mut document = known.policy.document.as_ref().clone();
            let elements = document.statements.iter_mut().filter_map(|one| one.principal.as_mut());
            for value in elements.flat_map(|element| &mut element.values).filter(|value| is_it(value)) {
                *value = PrincipalPattern::Aws(now.to_owned());
            }
            known.policy.document = Arc::new(document);
        }
        sides
    }

    /// The id of the organisation that `account` is in, and its path in it (`o-x/r-y/ou-z/`), if that is known.
    pub fn organization(&self, account: AccountId) -> Option<(&str, &str)> {
        self.organizations.get(&account).map(|(id, path)| (id.as_str(), path.as_str()))
    }

    /// Whether the two say the same of the places of all accounts in an organisation.
    pub fn same_organizations(&self, other: &Self) -> bool {
        self.organizations == other.organizations
    }

    /// Whether the two know of the same accounts what policies their resources have, and who manages the organisation.
    pub(crate) fn knows_as_much(&self, other: &Self) -> bool {
        self.known == other.known
            && self.trusts == other.trusts
            && self.opened == other.opened
            && self.management == other.management
    }

    /// The policies of either that the other has not, or has saying something else of the same resource.
    pub(crate) fn policies_that_differ<'s>(&'s self, other: &'s Self) -> Vec<&'s ResourcePolicy> {
        let key = |policy: &ResourcePolicy| {
            (policy.owner, asked_service(policy).to_owned(), Arc::clone(&policy.covered.arn))
        };
        let there: BTreeMap<_, &ResourcePolicy> =
            other.policies.iter().map(|policy| (key(policy), policy)).collect();
        let mut differ = Vec::new();
        let mut same = BTreeSet::new();
        for policy in &self.policies {
            let key = key(policy);
            if there.get(&key).is_some_and(|other| other.says_the_same(policy)) {
                same.insert(key);
            } else {
                differ.push(policy);
            }
        }
        differ.extend(there.into_iter().filter(|(key, _)| !same.contains(key)).map(|(_, policy)| policy));
        differ
    }

    /// Whether nothing on the resource's side is different, but for where it stands and what it is called.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.knows_as_much(other)
            && self.same_organizations(other)
            && self.same_resource_control(other)
            && self.policies_that_differ(other).is_empty()
    }

    /// Whether the two bind the resources of each account by RCPs that say the same.
    pub(crate) fn same_resource_control(&self, other: &Self) -> bool {
        let alike = |here: &Vec<ControlLevel>, there: &Vec<ControlLevel>| {
            here.len() == there.len() && here.iter().zip(there).all(|(here, there)| here.says_the_same(there))
        };
        self.resource_control.keys().eq(other.resource_control.keys())
            && self.resource_control.values().zip(other.resource_control.values()).all(|(a, b)| alike(a, b))
    }

    /// The RCPs that bind the resources of any account, some several times.
    pub(crate) fn all_resource_control(&self) -> impl Iterator<Item = &ControlLevel> {
        self.resource_control.values().flatten()
    }

    /// All statements of policies of resources, trust policies among them, and of RCPs.
    pub(crate) fn all_statements(&self) -> impl Iterator<Item = &Statement> {
        let levels = self.all_resource_control().flat_map(|level| &level.policies);
        let policies = self.policies.iter().map(|policy| &policy.policy);
        policies.chain(levels).flat_map(|policy| &policy.document.statements)
    }

    /// `policy` with the ARNs of those whose unique ids it names.
    pub fn with_names(&self, policy: &NamedPolicy) -> NamedPolicy {
        self.unique_ids.resolve(policy)
    }

    /// The known policies of resources whose ARN is of `service`; trust policies, and only those, for `sts`.
    pub fn policies_for(&self, service: &str) -> impl Iterator<Item = &ResourcePolicy> {
        self.at(self.by_service.get(service).map_or(&[], |places| &places.all))
    }

    /// Those of them whose resources `owner` owns.
    pub fn policies_of(&self, owner: AccountId, service: &str) -> impl Iterator<Item = &ResourcePolicy> {
        let places = self.by_service.get(service).and_then(|places| places.by_owner.get(&owner));
        self.at(places.map_or(&[], Vec::as_slice))
    }

    fn at<'s>(&'s self, places: &'s [usize]) -> impl Iterator<Item = &'s ResourcePolicy> {
        places.iter().filter_map(|place| self.policies.get(*place))
    }

    /// The policy that AWS asks about `arn` when an action of `service` is asked for.
    pub fn policy_of(&self, arn: &str, service: &str) -> Option<&ResourcePolicy> {
        let service = if service == "sts" { "sts".to_owned() } else { service_of(arn) };
        // Trust policies are asked for by what they are, others by the ARN alone.
        let asked: Vec<&Places> = if service == "sts" {
            self.by_service.get("sts").into_iter().collect()
        } else {
            self.by_service.iter().filter(|(of, _)| *of != "sts").map(|(_, places)| places).collect()
        };
        let candidates = asked
            .iter()
            .flat_map(|places| places.by_arn.get(arn).into_iter().flatten().chain(&places.wide))
            .copied();
        let fits = |place: &usize| self.policies.get(*place).is_some_and(|policy| policy.is_asked_about(arn));
        candidates.filter(fits).min().and_then(|place| self.policies.get(place))
    }

    /// The RCPs that bind resources of `account`.
    pub fn resource_control(&self, account: AccountId) -> &[ControlLevel] {
        self.resource_control.get(&account).map_or(&[], Vec::as_slice)
    }

    /// Whether every policy is known of the resources of `account` whose ARN is of `arn_service`.
    pub fn knows(&self, account: AccountId, arn_service: &str) -> bool {
        !self.opened.contains(arn_service) && self.known.as_ref().is_none_or(|known| known.contains(&account))
    }

    /// The accounts of the world of whose resources not every policy is known, of those whose ARN is of `arn_service`.
    pub fn unknown(&self, arn_service: &str) -> impl Iterator<Item = AccountId> + '_ {
        let of_world = self.trusts.iter().flatten().copied();
        let arn_service = arn_service.to_owned();
        of_world.filter(move |account| !self.knows(*account, &arn_service))
    }

    /// Whether some policy of a resource, whoever owns it, is asked about actions of `service` on ARNs of `arn_service`.
    pub fn has_policies(&self, service: &str, arn_service: &str) -> bool {
        self.policies_for(if service == "sts" { "sts" } else { arn_service }).next().is_some()
    }

    /// The accounts of the world, those included that only organization.json lists.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.trusts.iter().flatten().chain(self.organizations.keys()).copied()
    }

    /// Whether `account` may be a member of an organisation that it does not manage.
    pub fn may_be_member(&self, account: AccountId) -> bool {
        !self.organizations.contains_key(&account) || self.management != Some(account)
    }

    /// Whether `account` is of the organisation of `own` and does not manage it; none where that organisation is not known.
    pub fn is_fellow_member(&self, own: AccountId, account: AccountId) -> Option<bool> {
        let known = self.organizations.contains_key(&own);
        known.then(|| self.organizations.contains_key(&account) && self.management != Some(account))
    }

    /// Whether every trust policy of the roles of `account` is known.
    pub fn knows_trust(&self, account: AccountId) -> bool {
        self.trusts.as_ref().is_none_or(|known| known.contains(&account))
    }

    /// Whether the policies of the resources of `account` that are of `service` are known but for some that carry none
    /// of their own and may be covered by one in a way that is not modelled.
    pub fn covers_in_its_own_way(&self, account: AccountId, service: &str) -> bool {
        !EXACT_SERVICES.contains(&service) && self.has_policies_of(account, service)
    }

    /// Whether some policy of a resource of `account` whose ARN is of `service` is known, trust policies among them.
    fn has_policies_of(&self, account: AccountId, service: &str) -> bool {
        let of = |asked: &str| self.policies_of(account, asked).any(|policy| policy.service == service);
        of(service) || of("sts")
    }

    /// Whether a policy of a resource of `account`, known or not, may grant actions of `service` on resources of
    /// `resource_type` whose ARN is of `arn_service` to principals of the same account whose own policies do not.
    pub fn may_grant(
        &self,
        account: AccountId,
        service: &str,
        arn_service: &str,
        resource_type: Option<&str>,
    ) -> bool {
        let looked_at = if service == "sts" { "sts" } else { arn_service };
        self.policies_of(account, looked_at).next().is_some()
            || (!self.knows(account, arn_service) && can_carry_policy(arn_service, resource_type))
    }
}

/// Services of which it is known what the policy of a resource covers: see [`CoveredResources`].
const EXACT_SERVICES: [&str; 11] =
    ["bedrock", "dynamodb", "ecr", "iam", "kms", "lambda", "s3", "secretsmanager", "sns", "sqs", "kinesis"];

/// The service segment of an ARN.
pub(crate) fn service_of(arn: &str) -> String {
    Arn::parse(arn).map_or_else(String::new, |arn| arn.service.to_owned())
}

#[cfg(test)]
mod tests {
    use ringfence_model::steps::{Change, letting_in};

    use super::*;

    /// What a run makes of policies is what the world that it changes says: also of objects that have a policy besides their bucket.
    #[test]
    fn rewritten_sides_are_those_of_the_changed_world() {
        let account = AccountId::parse("111122223333").unwrap();
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/escalation/primitives");
        let mut world = World::read_directory(&corpus.join("assume-role/fires")).unwrap();
        let mut sides = ResourceSides::of(&world);
        let resources = ["arn:aws:s3:::b/part", "arn:aws:s3:::b", "arn:aws:sqs:eu-central-1:111122223333:q"];
        let steps = [(0, true), (1, true), (2, true), (0, false), (1, true), (0, true), (1, false)];
        for (place, written) in steps {
            let arn: Arc<str> = Arc::from(resources[place]);
            let document = letting_in(&arn, vec![PrincipalPattern::Everyone]);
            let resource = Arc::clone(&arn);
            let change = Change::SetResourcePolicy {
                account,
                resource,
                document: written.then(|| Arc::clone(&document)),
            };
            change.apply(&mut world).unwrap();
            let name = Arc::from(format!("resource policy of {arn}"));
            sides = sides.rewritten(account, &arn, written.then_some(NamedPolicy { name, document }));
            assert_eq!(sides, ResourceSides::of(&world));
        }
    }
}

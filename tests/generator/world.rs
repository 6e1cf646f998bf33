//! Random world directories.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use ringfence_model::location::InputError;
use ringfence_model::world::World;
use serde_json::{Value, json};

use super::organization::{account_id, organization};
use super::policy::{self, Mixture};
use super::random::Random;

/// What a world is to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorldPlan {
    /// Equal seeds give equal bytes.
    pub seed: u64,
    /// Member accounts. The management account has no principals.
    pub accounts: usize,
    /// Principals of all accounts together, nine roles to one user.
    pub principals: usize,
    /// Identity policies of each principal: the first is managed, the others are inline.
    pub policies: usize,
    /// Of 100 principals so many hold the policies and the boundary of another one of their account.
    pub duplicates: usize,
    /// So many boundaries are shared by the principals of an account; 0 gives each its own.
    pub boundaries: usize,
    /// OUs between root and accounts; SCPs stand at `ou_depth + 2` levels.
    pub ou_depth: usize,
    /// Which policies there are.
    pub mixture: Mixture,
}

impl Default for WorldPlan {
    /// A thousand principals, no two alike, each with three policies, a boundary and three levels of SCPs.
    fn default() -> Self {
        Self {
            seed: 2_026,
            accounts: 10,
            principals: 1_000,
            policies: 3,
            duplicates: 0,
            boundaries: 0,
            ou_depth: 1,
            mixture: Mixture::default(),
        }
    }
}

/// A world as the files of its directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedWorld {
    /// Contents by path below the directory, with `/` between the parts.
    pub files: BTreeMap<String, String>,
}

impl GeneratedWorld {
    /// The world of a plan.
    pub fn new(plan: &WorldPlan) -> Self {
        let random = Random::new(plan.seed);
        let accounts = plan.accounts.max(1);
        let mut files = BTreeMap::new();
        let written = organization(&mut random.part(0), accounts, plan.ou_depth);
        files.insert("organization.json".to_owned(), text(&written));
        for index in 0..=accounts {
            let id = account_id(index);
            let principals: Vec<usize> = match index {
                0 => Vec::new(),
                _ => (0..plan.principals).filter(|principal| principal % accounts + 1 == index).collect(),
            };
            let details = details(plan, &random, &id, &principals);
            files.insert(format!("accounts/{id}/authorization-details.json"), text(&details));
            files.insert(format!("accounts/{id}/resource-policies.json"), "{}\n".to_owned());
        }
        Self { files }
    }

    /// Writes the files below `directory`, which is made if it is not there. What else is in it stays.
    ///
    /// # Errors
    /// The first file or folder that cannot be written.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        for (path, text) in &self.files {
            let path = directory.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, text)?;
        }
        Ok(())
    }

    /// The world, read from `directory`, into which it is written first.
    ///
    /// # Errors
    /// The first file that cannot be written.
    pub fn read(&self, directory: &Path) -> io::Result<Result<World, Vec<InputError>>> {
        self.write(directory)?;
        Ok(World::read_directory(directory))
    }
}

/// The authorization details of every account of a world directory, as they are.
///
/// # Errors
/// The first file or folder that cannot be read.
pub fn exports(directory: &Path) -> io::Result<Vec<Vec<u8>>> {
    let accounts = fs::read_dir(directory.join("accounts"))?;
    accounts.map(|entry| fs::read(entry?.path().join("authorization-details.json"))).collect()
}

fn text(json: &Value) -> String {
    format!("{json:#}\n")
}

/// One account's authorization details.
fn details(plan: &WorldPlan, random: &Random, account: &str, principals: &[usize]) -> Value {
    let mut users = Vec::new();
    let mut roles = Vec::new();
    let mut managed: BTreeMap<String, Value> = BTreeMap::new();
    for (place, principal) in principals.iter().enumerate() {
        let number = u64::try_from(*principal).unwrap_or(u64::MAX).saturating_add(1);
        let mut drawn = random.part(number);
        let duplicate = place > 0 && drawn.chance(plan.duplicates);
        let model = if duplicate { principals.first().copied().unwrap_or(*principal) } else { *principal };
        let is_user = principal % 10 == 9;
        let holder = Holder { plan, random, account, model };
        let name = format!("{}-{principal:05}", if is_user { "user" } else { "role" });
        let mut detail = holder.policies(&mut managed, is_user);
        let fields = detail.as_object_mut();
        let kind = if is_user { "User" } else { "Role" };
        if let Some(fields) = fields {
            let id = drawn.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17);
            let prefix = if is_user { "AIDA" } else { "AROA" };
            fields.insert(format!("{kind}Name"), json!(name));
            fields.insert(format!("{kind}Id"), json!(format!("{prefix}{id}")));
            fields.insert("Path".to_owned(), json!("/"));
            let arn = format!("arn:aws:iam::{account}:{}/{name}", kind.to_ascii_lowercase());
            fields.insert("Arn".to_owned(), json!(arn));
            fields.insert("CreateDate".to_owned(), json!("2026-01-15T09:00:00+00:00"));
            fields.insert("Tags".to_owned(), json!([{ "Key": "team", "Value": format!("team-{model:05}") }]));
            if is_user {
                fields.insert("GroupList".to_owned(), json!([]));
            } else {
                fields.insert("AssumeRolePolicyDocument".to_owned(), policy::trust(&mut drawn, account));
                fields.insert("InstanceProfileList".to_owned(), json!([]));
            }
        }
        if is_user { users.push(detail) } else { roles.push(detail) }
    }
    let managed: Vec<Value> = managed.into_values().collect();
    json!({ "UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": managed })
}

/// Whose policies a principal holds: its own, or those of the principal that it duplicates.
struct Holder<'a> {
    plan: &'a WorldPlan,
    random: &'a Random,
    account: &'a str,
    model: usize,
}

impl Holder<'_> {
    /// A detail with the policies and the boundary; managed policies are added to `managed`.
    fn policies(&self, managed: &mut BTreeMap<String, Value>, is_user: bool) -> Value {
        let model = self.model;
        let mut random = self.random.part(u64::try_from(model).unwrap_or(u64::MAX).wrapping_add(1 << 32));
        let team = format!("team-{model:05}");
        let mut attached = Vec::new();
        let mut inline = Vec::new();
        for index in 0..self.plan.policies {
            let shape = self.plan.mixture.draw(&mut random);
            let document = policy::identity(&mut random, shape, self.account, &team);
            if index == 0 {
                let name = format!("access-{model:05}");
                let arn = format!("arn:aws:iam::{}:policy/{team}/{name}", self.account);
                attached.push(json!({ "PolicyName": name, "PolicyArn": arn }));
                managed.insert(arn.clone(), managed_policy(&arn, &name, &format!("/{team}/"), &document));
            } else {
                inline.push(json!({ "PolicyName": format!("inline-{index}"), "PolicyDocument": document }));
            }
        }
        // A shared boundary is drawn by its own number.
        let number = match self.plan.boundaries {
            0 => model,
            shared => model % shared,
        };
        let name = format!("boundary-{number:05}");
        let arn = format!("arn:aws:iam::{}:policy/boundary/{name}", self.account);
        let mut drawn = match self.plan.boundaries {
            0 => random,
            _ => self.random.part(u64::try_from(number).unwrap_or(u64::MAX).wrapping_add(1 << 33)),
        };
        let document = policy::boundary(&mut drawn, self.account, &format!("team-{number:05}"));
        managed.insert(arn.clone(), managed_policy(&arn, &name, "/boundary/", &document));
        let list = if is_user { "UserPolicyList" } else { "RolePolicyList" };
        json!({
            list: inline,
            "AttachedManagedPolicies": attached,
            "PermissionsBoundary": { "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn },
        })
    }
}

fn managed_policy(arn: &str, name: &str, path: &str, document: &Value) -> Value {
    json!({
        "PolicyName": name, "PolicyId": format!("ANPA{:0>17}", name.len()), "Arn": arn, "Path": path,
        "DefaultVersionId": "v1", "AttachmentCount": 1, "IsAttachable": true,
        "CreateDate": "2026-01-10T09:00:00+00:00", "UpdateDate": "2026-01-10T09:00:00+00:00",
        "PolicyVersionList": [
            { "VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2026-01-10T09:00:00+00:00", "Document": document }
        ],
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ringfence_model::world::IamPrincipal;

    use super::{GeneratedWorld, WorldPlan};

    fn directory(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("ringfence-{name}-{}", std::process::id()))
    }

    #[test]
    fn a_plan_gives_the_same_bytes_twice_and_a_world_that_reads() {
        let plan = WorldPlan { principals: 60, accounts: 3, ou_depth: 2, ..WorldPlan::default() };
        let generated = GeneratedWorld::new(&plan);
        assert_eq!(generated, GeneratedWorld::new(&plan));
        assert_ne!(generated, GeneratedWorld::new(&WorldPlan { seed: 1, ..plan }));
        let place = directory("generated");
        let world = generated.read(&place).unwrap().unwrap();
        std::fs::remove_dir_all(&place).unwrap();
        assert_eq!((world.principals().count(), world.accounts.len()), (60, 4));
        let mut policies = BTreeSet::new();
        for (account, principal) in world.principals() {
            let set = world.policy_set(account, principal);
            assert_eq!((set.identity.len(), set.service_control.len()), (3, 4));
            assert!(set.service_control.iter().all(|level| level.policies.len() == 2));
            assert!(set.permissions_boundary.is_some());
            policies.insert(format!("{:?}", set.identity));
        }
        assert_eq!(policies.len(), 60, "no two are alike");
    }

    #[test]
    fn duplicates_share_their_policies() {
        let plan = WorldPlan { principals: 40, accounts: 2, duplicates: 100, ..WorldPlan::default() };
        let place = directory("duplicates");
        let world = GeneratedWorld::new(&plan).read(&place).unwrap().unwrap();
        std::fs::remove_dir_all(&place).unwrap();
        for account in world.accounts.values() {
            let first = account.principals().next().and_then(IamPrincipal::boundary);
            assert!(account.principals().all(|principal| principal.boundary() == first));
        }
    }
}

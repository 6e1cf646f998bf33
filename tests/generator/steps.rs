//! An organisation whose principals can become one another: the shape on which the search for steps is measured.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::organization::{account_id, organization};
use super::policy::{self, Mixture};
use super::random::Random;
use super::world::GeneratedWorld;

/// What the organisation is to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepsPlan {
    /// Equal seeds give equal bytes.
    pub seed: u64,
    /// Member accounts. The management account has no principals.
    pub accounts: usize,
    /// Principals of all accounts together.
    pub principals: usize,
    /// Roles of each account that trust a service and nobody else.
    pub service_roles: usize,
    /// Each principal may assume as many roles on average.
    pub assumable: usize,
    /// Of 100 principals so many may pass every role to a service, and use that service.
    pub passers: usize,
    /// Of 100 roles that may be assumed so many are in another account.
    pub across: usize,
    /// The length of one chain of roles, each of which may assume the next, through the accounts.
    pub chain: usize,
}

impl Default for StepsPlan {
    /// A thousand principals in twenty accounts, of which each has twenty roles of services and one administrator.
    fn default() -> Self {
        Self {
            seed: 2_026,
            accounts: 20,
            principals: 1_000,
            service_roles: 20,
            assumable: 2,
            passers: 10,
            across: 5,
            chain: 8,
        }
    }
}

const SERVICES: [&str; 5] = [
    "lambda.amazonaws.com",
    "ec2.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "glue.amazonaws.com",
    "codebuild.amazonaws.com",
];

/// What starts something with a role of the service at the same place.
const CALLS: [&[&str]; 5] = [
    &["lambda:CreateFunction", "lambda:InvokeFunction"],
    &["ec2:RunInstances"],
    &["ecs:RegisterTaskDefinition", "ecs:RunTask"],
    &["glue:CreateDevEndpoint", "glue:CreateJob", "glue:StartJobRun"],
    &["codebuild:CreateProject", "codebuild:StartBuild"],
];

/// What one principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Administrator,
    OfService(usize),
    User,
    Role,
}

struct Principal {
    number: usize,
    account: usize,
    name: String,
    part: Part,
    /// The numbers of the roles that it may assume.
    assumes: Vec<usize>,
    passes: bool,
}

impl Principal {
    fn arn(&self) -> String {
        let kind = if self.part == Part::User { "user" } else { "role" };
        format!("arn:aws:iam::{}:{kind}/{}", account_id(self.account), self.name)
    }
}

impl GeneratedWorld {
    /// The organisation of a plan.
    pub fn of_steps(plan: &StepsPlan) -> Self {
        let random = Random::new(plan.seed);
        let accounts = plan.accounts.max(1);
        let principals = principals(plan, accounts, &random);
        let mut files = BTreeMap::new();
        let text = |json: &Value| format!("{json:#}\n");
        let written = organization(&mut random.part(0), accounts, 1);
        files.insert("organization.json".to_owned(), text(&written));
        for account in 0..=accounts {
            let id = account_id(account);
            files.insert(
                format!("accounts/{id}/authorization-details.json"),
                text(&details(account, &principals, &random)),
            );
            files.insert(format!("accounts/{id}/resource-policies.json"), "{}\n".to_owned());
        }
        Self { files }
    }
}

/// Everybody, with what each may assume.
fn principals(plan: &StepsPlan, accounts: usize, random: &Random) -> Vec<Principal> {
    let mut all: Vec<Principal> = (0..plan.principals)
        .map(|number| {
            let place = number / accounts;
            let part = match place {
                0 => Part::Administrator,
                _ if place <= plan.service_roles => Part::OfService(place % SERVICES.len()),
                _ if number % 10 == 9 => Part::User,
                _ => Part::Role,
            };
            let word = match part {
                Part::Administrator => "administrator",
                Part::OfService(_) => "service",
                Part::User => "user",
                Part::Role => "role",
            };
            let name = format!("{word}-{number:05}");
            let passes = random.part(part_of(number, 1)).chance(plan.passers);
            Principal { number, account: number % accounts + 1, name, part, assumes: Vec::new(), passes }
        })
        .collect();
    let roles: Vec<(usize, usize)> = all
        .iter()
        .filter(|principal| principal.part == Part::Role)
        .map(|principal| (principal.number, principal.account))
        .collect();
    for principal in &mut all {
        let mut drawn = random.part(part_of(principal.number, 2));
        for _ in 0..drawn.between(0, 2 * plan.assumable) {
            let across = drawn.chance(plan.across);
            let near: Vec<usize> = roles
                .iter()
                .filter(|(number, account)| {
                    (*account != principal.account) == across && *number != principal.number
                })
                .map(|(number, _)| *number)
                .collect();
            if !near.is_empty() {
                principal.assumes.push(drawn.pick(&near));
            }
        }
    }
    // The chain, one role in each account.
    let links: Vec<usize> = (1..=accounts)
        .filter_map(|account| roles.iter().rev().find(|(_, of)| *of == account))
        .map(|(number, _)| *number)
        .take(plan.chain.saturating_add(1))
        .collect();
    for pair in links.windows(2) {
        if let [from, to] = pair
            && let Some(principal) = all.get_mut(*from)
        {
            principal.assumes.push(*to);
        }
    }
    all
}

fn part_of(number: usize, what: u64) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX).wrapping_add(what << 32)
}

/// One account's authorization details.
fn details(account: usize, principals: &[Principal], random: &Random) -> Value {
    let id = account_id(account);
    let (mut users, mut roles) = (Vec::new(), Vec::new());
    for principal in principals.iter().filter(|principal| principal.account == account) {
        let mut drawn = random.part(part_of(principal.number, 3));
        let unique = drawn.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17);
        let is_user = principal.part == Part::User;
        let kind = if is_user { "User" } else { "Role" };
        let list = if is_user { "UserPolicyList" } else { "RolePolicyList" };
        let policies: Vec<Value> = documents(principal, principals, &id, &mut drawn)
            .into_iter()
            .enumerate()
            .map(|(place, document)| {
                json!({ "PolicyName": format!("inline-{place}"), "PolicyDocument": document })
            })
            .collect();
        let mut detail = json!({
            format!("{kind}Name"): principal.name,
            format!("{kind}Id"): format!("{}{unique}", if is_user { "AIDA" } else { "AROA" }),
            "Path": "/",
            "Arn": principal.arn(),
            "CreateDate": "2026-01-15T09:00:00+00:00",
            "Tags": [],
            list: policies,
            "AttachedManagedPolicies": [],
        });
        let Some(fields) = detail.as_object_mut() else { continue };
        // Half of those who work there have a boundary.
        if matches!(principal.part, Part::User | Part::Role) && drawn.chance(50) {
            let arn = boundary_arn(&id);
            let bounded = json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
            fields.insert("PermissionsBoundary".to_owned(), bounded);
        }
        if is_user {
            fields.insert("GroupList".to_owned(), json!([]));
            users.push(detail);
        } else {
            fields.insert("AssumeRolePolicyDocument".to_owned(), trust(principal, principals));
            fields.insert("InstanceProfileList".to_owned(), json!([]));
            roles.push(detail);
        }
    }
    let boundary = json!({
        "PolicyName": "boundary", "PolicyId": "ANPAZZZZZZZZZZZZZZZZZ", "Arn": boundary_arn(&id), "Path": "/boundary/",
        "DefaultVersionId": "v1", "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 1, "IsAttachable": true,
        "CreateDate": "2026-01-15T09:00:00+00:00", "UpdateDate": "2026-01-15T09:00:00+00:00",
        "PolicyVersionList": [{
            "Document": policy::boundary(&mut random.part(part_of(account, 4)), &id, "team"),
            "VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2026-01-15T09:00:00+00:00",
        }],
    });
    json!({ "UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": [boundary] })
}

fn boundary_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:policy/boundary/boundary")
}

/// The identity policies of one principal.
fn documents(principal: &Principal, all: &[Principal], account: &str, drawn: &mut Random) -> Vec<Value> {
    if principal.part == Part::Administrator {
        return vec![document(&[json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })])];
    }
    let shape = Mixture::default().draw(drawn);
    let mut found = vec![policy::identity(drawn, shape, account, &format!("team-{:05}", principal.number))];
    let targets: Vec<String> =
        principal.assumes.iter().filter_map(|number| all.get(*number)).map(Principal::arn).collect();
    if !targets.is_empty() {
        let statement = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": targets });
        found.push(document(&[statement]));
    }
    if principal.passes {
        let calls = CALLS.get(drawn.below(CALLS.len())).copied().unwrap_or_default();
        let pass = json!({ "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*" });
        let call = json!({ "Effect": "Allow", "Action": calls, "Resource": "*" });
        found.push(document(&[pass, call]));
    }
    found
}

/// The trust policy of a role: its service, or those who may assume it, or else the account.
fn trust(role: &Principal, all: &[Principal]) -> Value {
    let principal = match role.part {
        Part::OfService(service) => json!({ "Service": SERVICES.get(service) }),
        Part::Administrator | Part::User | Part::Role => {
            let callers: Vec<String> = all
                .iter()
                .filter(|caller| caller.assumes.contains(&role.number))
                .map(Principal::arn)
                .collect();
            if callers.is_empty() || role.part == Part::Administrator {
                json!({ "AWS": format!("arn:aws:iam::{}:root", account_id(role.account)) })
            } else {
                json!({ "AWS": callers })
            }
        }
    };
    document(&[json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" })])
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

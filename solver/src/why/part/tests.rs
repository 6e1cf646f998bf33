use std::io;
use std::path::{Path, PathBuf};

use ringfence_model::files::{FileKind, Files};
use ringfence_model::world::WorldReader;

use super::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/app";
const SHARED: &str = "arn:aws:iam::111122223333:policy/shared";
const OF_AWS: &str = "arn:aws:iam::aws:policy/Made";
const UNIT: &str = "ou-ab12-workloads";

/// Files that are nowhere but here.
#[derive(Debug)]
struct Texts(BTreeMap<PathBuf, String>);

impl Files for Texts {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = self.0.get(path).map(|text| text.clone().into_bytes());
        found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let below = self.0.keys().filter_map(|file| file.strip_prefix(path).ok());
        let first: BTreeSet<PathBuf> =
            below.filter_map(|rest| rest.iter().next()).map(|part| path.join(part)).collect();
        Ok(first.into_iter().collect())
    }

    fn kind(&self, path: &Path) -> FileKind {
        if self.0.contains_key(path) {
            FileKind::File
        } else if self.0.keys().any(|file| file.starts_with(path)) {
            FileKind::Folder
        } else {
            FileKind::Absent
        }
    }
}

fn document(statements: &[(&str, &str)]) -> String {
    let statements: Vec<String> = statements
        .iter()
        .map(|(effect, action)| format!(r#"{{"Effect": "{effect}", "Action": "{action}", "Resource": "*"}}"#))
        .collect();
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "))
}

fn managed(arn: &str, versions: &[(&str, &[(&str, &str)])]) -> String {
    let name = arn.rsplit('/').next().unwrap();
    let list: Vec<String> = versions
        .iter()
        .enumerate()
        .map(|(index, (id, statements))| {
            format!(
                r#"{{"VersionId": "{id}", "IsDefaultVersion": {}, "CreateDate": "2026-03-01T08:00:00Z", "Document": {}}}"#,
                index == 0,
                document(statements)
            )
        })
        .collect();
    format!(
        r#"{{"PolicyName": "{name}", "PolicyId": "ANPA{name}", "Arn": "{arn}", "Path": "/", "DefaultVersionId": "{}",
        "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0, "IsAttachable": true,
        "CreateDate": "2026-03-01T08:00:00Z", "UpdateDate": "2026-03-01T08:00:00Z", "PolicyVersionList": [{}]}}"#,
        versions[0].0,
        list.join(", ")
    )
}

fn role(account: &str, name: &str, members: &str) -> String {
    format!(
        r#"{{"Path": "/", "RoleName": "{name}", "RoleId": "AROA{account}{name}", "Arn": "arn:aws:iam::{account}:role/{name}",
        "CreateDate": "2026-03-01T08:00:00Z", "AssumeRolePolicyDocument": {{"Version": "2012-10-17", "Statement": [
            {{"Effect": "Allow", "Principal": {{"Service": "lambda.amazonaws.com"}}, "Action": "sts:AssumeRole"}}]}},
        "RolePolicyList": [{{"PolicyName": "own", "PolicyDocument": {}}}], {members}}}"#,
        document(&[("Allow", "s3:*"), ("Deny", "s3:GetObject")])
    )
}

fn attached(arn: &str) -> String {
    let name = arn.rsplit('/').next().unwrap();
    format!(r#""AttachedManagedPolicies": [{{"PolicyName": "{name}", "PolicyArn": "{arn}"}}]"#)
}

fn bounded(arn: &str) -> String {
    format!(
        r#""PermissionsBoundary": {{"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "{arn}"}},
        "AttachedManagedPolicies": []"#
    )
}

/// One managed policy as the boundary of `app` and `other`, attached to `worker` and to a group of `anna`, in two versions; a policy of AWS that two
/// accounts exported as it was on two days; and an organisation.
fn world() -> World {
    let shared: &[(&str, &str)] = &[("Allow", "*"), ("Deny", "iam:*"), ("Deny", "s3:*")];
    let user = format!(
        r#"{{"Path": "/", "UserName": "anna", "UserId": "AIDAEXAMPLEANNA", "Arn": "arn:aws:iam::111122223333:user/anna",
        "CreateDate": "2026-03-01T08:00:00Z", "GroupList": ["team"], {}}}"#,
        attached(OF_AWS)
    );
    let group = format!(
        r#"{{"Path": "/", "GroupName": "team", "GroupId": "AGPAEXAMPLETEAM", "Arn": "arn:aws:iam::111122223333:group/team",
        "CreateDate": "2026-03-01T08:00:00Z", "GroupPolicyList": [], {}}}"#,
        attached(SHARED)
    );
    let first = format!(
        r#"{{"UserDetailList": [{user}], "GroupDetailList": [{group}], "RoleDetailList": [{}, {}, {}], "Policies": [{}, {}]}}"#,
        role("111122223333", "app", &bounded(SHARED)),
        role("111122223333", "other", &bounded(SHARED)),
        role("111122223333", "worker", &attached(SHARED)),
        managed(SHARED, &[("v2", shared), ("v1", &shared[..2])]),
        managed(OF_AWS, &[("v1", &[("Allow", "*"), ("Deny", "iam:*")])]),
    );
    let second = format!(
        r#"{{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [{}], "Policies": [{}]}}"#,
        role("444455556666", "app", &attached(OF_AWS)),
        managed(OF_AWS, &[("v2", &[("Deny", "iam:*"), ("Allow", "*")])]),
    );
    let files = [
        ("world/accounts/111122223333/authorization-details.json", first),
        ("world/accounts/444455556666/authorization-details.json", second),
        ("world/organization.json", organization()),
    ];
    let texts = Texts(files.into_iter().map(|(file, text)| (PathBuf::from(file), text)).collect());
    let reader = WorldReader { managed_policies: None, files: &texts };
    reader.read_directory(Path::new("world")).unwrap()
}

fn organization() -> String {
    let arn = "arn:aws:organizations::999988887777";
    let account = |id: &str, parent: &str| {
        format!(
            r#"{{"Id": "{id}", "Arn": "{arn}:account/o-abcdefghij/{id}", "Email": "{id}@example.com", "Name": "{id}",
            "Status": "ACTIVE", "ParentId": "{parent}", "Tags": []}}"#
        )
    };
    let types = r#"[{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]"#;
    let policy = format!(
        r#"{{"PolicySummary": {{"Id": "p-12345678", "Arn": "{arn}:policy/o-abcdefghij/service_control_policy/p-12345678",
        "Name": "Guard", "Description": "", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false}}, "Content": {:?},
        "Targets": [{{"TargetId": "{UNIT}", "Arn": "{arn}:ou/o-abcdefghij/{UNIT}", "Name": "Workloads",
        "Type": "ORGANIZATIONAL_UNIT"}}]}}"#,
        document(&[("Deny", "ec2:*"), ("Allow", "*")])
    );
    format!(
        r#"{{"Organization": {{"Id": "o-abcdefghij", "Arn": "{arn}:organization/o-abcdefghij", "FeatureSet": "ALL",
        "MasterAccountArn": "{arn}:account/o-abcdefghij/999988887777", "MasterAccountId": "999988887777",
        "AvailablePolicyTypes": {types}}},
        "Roots": [{{"Id": "r-ab12", "Arn": "{arn}:root/o-abcdefghij/r-ab12", "Name": "Root", "PolicyTypes": {types}}}],
        "OrganizationalUnits": [{{"Id": "{UNIT}", "Arn": "{arn}:ou/o-abcdefghij/{UNIT}", "Name": "Workloads",
        "ParentId": "r-ab12"}}],
        "Accounts": [{}, {}, {}], "Policies": [{policy}]}}"#,
        account("999988887777", "r-ab12"),
        account("111122223333", UNIT),
        account("444455556666", UNIT),
    )
}

/// Every document of this name, in every role, the versions in force among them.
fn documents(world: &World, name: &str) -> Vec<Arc<PolicyDocument>> {
    let mut found = Vec::new();
    each_policy(&mut world.clone(), &mut |policy, _| {
        if &*policy.name == name {
            found.push(Arc::clone(&policy.document));
        }
    });
    for managed in world.accounts.values().flat_map(|account| account.managed_policies.values()) {
        let of_name = managed.versions.iter().filter(|_| &*managed.policy.name == name);
        let in_force = of_name.filter(|version| version.id == managed.default_version);
        found.extend(in_force.filter_map(|version| version.document.clone()));
    }
    found
}

fn part(parts: &Parts, name: &str, index: usize) -> Part {
    let found = parts.statements.get(&(Arc::from(name), index)).unwrap();
    Part::Statement(found.clone())
}

/// The places of the statements.
fn places(document: &PolicyDocument) -> Vec<usize> {
    document.statements.iter().map(|statement| statement.place).collect()
}

/// The version `v1` of the shared policy, which is not in force.
fn earlier(world: &World) -> PolicyDocument {
    let account = AccountId::parse("111122223333").unwrap();
    let managed = &world.accounts[&account].managed_policies;
    let shared = managed.values().find(|managed| &*managed.arn == SHARED).unwrap();
    let version = shared.versions.iter().find(|version| version.id == "v1").unwrap();
    PolicyDocument::clone(version.document.as_ref().unwrap())
}

#[test]
fn a_statement_is_taken_out_wherever_its_policy_counts() {
    let world = world();
    let parts = Parts::statements(&world, Effect::Deny, ROLE);
    let taken = BTreeSet::from([part(&parts, SHARED, 1)]);
    let left = parts.without(&world, &taken, ROLE);
    let (before, after) = (documents(&world, SHARED), documents(&left, SHARED));
    // Two boundaries, a role, a user of a group, the group, the policy itself, and its version in force.
    assert_eq!((before.len(), after.len()), (7, 7));
    for (before, after) in before.iter().zip(&after) {
        // Those that are left are cited as they were.
        assert_eq!(places(after), [0, 2]);
        assert_eq!(after.statements, [before.statements[0].clone(), before.statements[2].clone()]);
    }
    // The version that is not in force stays, and all else with it.
    assert_eq!(earlier(&world), earlier(&left));
    let own = format!("{ROLE}#own");
    assert_eq!(documents(&world, &own), documents(&left, &own));
    assert_eq!(world.organization, left.organization);
}

#[test]
fn what_is_not_in_force_is_a_part_of_its_own() {
    let world = world();
    let parts = Parts::statements(&world, Effect::Deny, ROLE).with_versions(&world);
    let all = parts.all();
    let of_version = |part: &&Part| matches!(part, Part::InVersion(version, _) if version == "v1");
    let found: Vec<&Part> = all.iter().filter(of_version).collect();
    let [Part::InVersion(_, statement)] = found[..] else { panic!("{found:?}") };
    assert_eq!((&*statement.policy, statement.statement), (SHARED, 1));
    assert_eq!(parts.of_statement(statement).as_ref(), found.first().copied());
    let left = parts.without(&world, &found.into_iter().cloned().collect(), ROLE);
    assert_eq!((places(&earlier(&world)), places(&earlier(&left))), (vec![0, 1], vec![0]));
    assert_eq!(documents(&world, SHARED), documents(&left, SHARED));
}

#[test]
fn the_boundary_that_is_set_aside_is_in_no_set() {
    let world = world();
    let parts = Parts::statements(&world, Effect::Deny, ROLE);
    let whole = parts.all();
    let aside = parts.clone().with_boundary_aside(&world, ROLE);
    let of_boundary = BTreeSet::from([part(&parts, SHARED, 1), part(&parts, SHARED, 2)]);
    assert_eq!(aside.aside().into_iter().collect::<BTreeSet<_>>(), of_boundary);
    assert_eq!(aside.all(), &whole - &of_boundary);
    let Part::Statement(statement) = part(&parts, SHARED, 1) else { panic!() };
    assert_eq!(aside.of_statement(&statement), None);
    // Each can still be taken away.
    let taken = BTreeSet::from([part(&parts, SHARED, 1)]);
    assert_eq!(aside.without(&world, &taken, ROLE), parts.without(&world, &taken, ROLE));
    assert!(parts.with_boundary_aside(&world, "arn:aws:iam::111122223333:role/worker").aside().is_empty());
}

#[test]
fn nothing_taken_away_leaves_the_world_as_it_is() {
    let world = world();
    let parts = Parts::statements(&world, Effect::Deny, ROLE);
    assert_eq!(parts.without(&world, &BTreeSet::new(), ROLE), world);
}

/// What two accounts exported on two days under one name is one part, and only what denies of it is taken out.
#[test]
fn documents_of_one_name_are_not_taken_for_each_other() {
    let (allow, deny) = (Effect::Allow, Effect::Deny);
    let world = world();
    let parts = Parts::statements(&world, Effect::Deny, ROLE);
    let effects = |world: &World| -> BTreeSet<Vec<Effect>> {
        let all = documents(world, OF_AWS);
        all.iter().map(|document| document.statements.iter().map(|one| one.effect).collect()).collect()
    };
    let (first, second) = (vec![allow, deny], vec![deny, allow]);
    assert_eq!(effects(&world), BTreeSet::from([first.clone(), second.clone()]));
    let taken = BTreeSet::from([part(&parts, OF_AWS, 1)]);
    assert_eq!(effects(&parts.without(&world, &taken, ROLE)), BTreeSet::from([vec![allow], second]));
    let taken = BTreeSet::from([part(&parts, OF_AWS, 0)]);
    assert_eq!(effects(&parts.without(&world, &taken, ROLE)), BTreeSet::from([first, vec![allow]]));
}

#[test]
fn layers_open_for_the_principal_alone() {
    let world = world();
    let account = AccountId::parse("111122223333").unwrap();
    let parts = Parts::statements(&world, Effect::Deny, ROLE).with_layers(&world, (ROLE, account));
    let layers: BTreeSet<Part> =
        parts.all().into_iter().filter(|part| !matches!(part, Part::Statement(_))).collect();
    let level = |target: &str| Part::ServiceControl(Arc::from(target));
    let expected =
        [Part::Identity, Part::PermissionsBoundary, level("r-ab12"), level(UNIT), level("111122223333")];
    assert_eq!(layers, BTreeSet::from(expected));

    let left = parts.without(&world, &BTreeSet::from([Part::Identity]), ROLE);
    let (own, opened) = (world.principal(ROLE).unwrap().1, left.principal(ROLE).unwrap().1);
    assert_eq!(opened.identity().len(), own.identity().len() + 1);
    assert_eq!(opened.identity().last(), Some(&everything()));
    assert_eq!(opened.boundary(), own.boundary());

    // A statement of the boundary that is taken out at the same time, there and where others carry it.
    let taken = BTreeSet::from([Part::PermissionsBoundary, part(&parts, SHARED, 1)]);
    let left = parts.without(&world, &taken, ROLE);
    let boundary = |arn: &str| left.principal(arn).unwrap().1.boundary().unwrap().document.statements.clone();
    let (opened, others) = (boundary(ROLE), boundary("arn:aws:iam::111122223333:role/other"));
    assert_eq!((opened.len(), others.len()), (3, 2));
    assert_eq!(opened[..2], others[..]);
    // It takes the place of no other.
    assert_eq!(opened.last(), Some(&Statement { place: 3, ..allow_all() }));

    let left = parts.without(&world, &BTreeSet::from([level(UNIT)]), ROLE);
    let levels = left.organization.unwrap().service_control_levels(account);
    let names: Vec<Vec<&str>> =
        levels.iter().map(|level| level.policies.iter().map(|policy| &*policy.name).collect()).collect();
    assert_eq!(names[1].last(), Some(&EVERYTHING));
    assert!(names[0].is_empty() && names[1].len() == 2 && names[2].is_empty(), "{names:?}");
}

/// What a policy is called is what it is to the principal that is asked about.
#[test]
fn statements_are_named_as_they_count_for_the_principal() {
    let world = world();
    for (principal, expected) in [
        ("role/app", PolicyType::PermissionsBoundary),
        ("role/worker", PolicyType::Identity),
        ("user/anna", PolicyType::Identity),
    ] {
        let parts =
            Parts::statements(&world, Effect::Deny, &format!("arn:aws:iam::111122223333:{principal}"));
        let Part::Statement(found) = part(&parts, SHARED, 2) else { panic!() };
        assert_eq!(found.policy_type, expected, "{principal}");
        assert_eq!(parts.of_statement(&found), Some(Part::Statement(found)));
    }
}

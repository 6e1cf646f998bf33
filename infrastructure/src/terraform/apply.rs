//! What the resources of a plan make of a world.
//!
//! First whatever the plan takes away is taken away, then whatever is there afterwards is put there, entities before what is attached to
//! them. So resources that the plan leaves as they are count as the plan has them: it is newer than an export.

mod accounts;
mod attachments;
mod conflicts;
mod effects;
mod exclusive;
mod identities;
mod organization;
mod policies;
mod principals;
mod resource_policies;
mod role_lists;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::location::InputError;

use super::plan::{Fate, Plan, Resource};
use crate::draft::Draft;
use crate::hole::Holes;
pub(super) use resource_policies::is_read as has_policy_of_resource;

/// What a plan makes of a world.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The world, with holes.
    pub draft: Draft,
    /// What is unknown in it.
    pub holes: Holes,
    /// What is taken to be so, one sentence each.
    pub assumptions: BTreeSet<String>,
    /// Principals of whose boundary nothing is known, by ARN, with its place in the plan.
    pub unknown_boundaries: BTreeMap<String, String>,
    /// Tags of principals of which the value is unknown, by ARN and key, with the place in the plan. Without a key any tag may be there.
    pub unknown_tags: BTreeMap<(String, Option<String>), String>,
    /// Files that are left out since they say no more what is there, by account and name, with the reason.
    pub outdated: BTreeMap<(String, &'static str), String>,
    /// Names that were made up.
    pub made_up: Vec<MadeUp>,
}

/// A name that AWS or the provider gives at apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeUp {
    /// The resource.
    pub address: String,
    /// The name that was made up.
    pub name: String,
    /// How the name begins.
    pub prefix: String,
    /// The ARN with the name that was made up.
    pub arn: String,
}

/// What a user says besides.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The account of resources whose account the plan does not tell.
    pub account: Option<String>,
    /// An instant for what the plan makes, as AWS writes it.
    pub date: String,
    /// Types of resources of which changes do not matter.
    pub ignored: BTreeSet<String>,
    /// The accounts have nothing but what the plan manages.
    pub is_all: bool,
}

/// The order in which what is there afterwards is put there.
const ORDER: [&[&str]; 6] = [
    &[
        "aws_iam_policy",
        "aws_organizations_organizational_unit",
        "aws_organizations_account",
        "aws_organizations_policy",
    ],
    &["aws_iam_group"],
    &["aws_iam_role", "aws_iam_user"],
    &[
        "aws_iam_role_policy",
        "aws_iam_user_policy",
        "aws_iam_group_policy",
        "aws_iam_user_group_membership",
        "aws_iam_role_policy_attachment",
        "aws_iam_user_policy_attachment",
        "aws_iam_group_policy_attachment",
    ],
    &["aws_iam_group_membership", "aws_iam_policy_attachment"],
    // Those that take off what they do not name, and everything else.
    &[],
];

pub(super) struct Application<'p> {
    plan: &'p Plan,
    told: &'p Told,
    accounts: accounts::Accounts,
    planned: Planned,
    problems: Vec<InputError>,
    renamed: principals::Renamed,
    /// What the plan itself puts somewhere, by the holder's account, kind and name in lower case: the names of inline policies, the ARNs of
    /// managed ones, and groups, with the address that does so.
    placed: BTreeMap<(String, &'static str, String, String), String>,
    /// Resources that were read.
    read: usize,
}

impl Plan {
    /// The world `base` after the plan.
    ///
    /// # Errors
    /// Whatever in the plan cannot be placed in a world: a resource whose account or owner is unknown, a document that is none, what is done in
    /// no known order, what may do anything; and a plan of which nothing was read.
    pub fn applied(&self, base: Draft, told: &Told) -> Result<Planned, Vec<InputError>> {
        let accounts = accounts::Accounts::of(self, told, &base);
        let planned = Planned {
            draft: base,
            holes: self.holes.clone(),
            assumptions: BTreeSet::new(),
            unknown_boundaries: BTreeMap::new(),
            unknown_tags: BTreeMap::new(),
            outdated: BTreeMap::new(),
            made_up: Vec::new(),
        };
        let mut application = Application {
            plan: self,
            told,
            accounts,
            planned,
            problems: Vec::new(),
            renamed: principals::Renamed::default(),
            placed: BTreeMap::new(),
            read: 0,
        };
        for (address, value) in &self.assumed {
            application.assume(format!("{address} is {value}, as --assume says"));
        }
        for action in &self.invoked {
            application.assume(format!("{action}, which is invoked, changes nothing that decides requests"));
        }
        application.find_conflicts();
        let managed = || self.resources.iter().filter(|resource| !resource.is_data);
        for resource in managed() {
            application.take_effect(resource);
        }
        for resource in managed() {
            if matches!(resource.fate, Fate::Delete | Fate::Replace | Fate::Update) {
                application.retract(resource);
            }
        }
        // Only now, since what was taken off was so by the old names.
        for resource in managed().filter(|resource| resource.fate == Fate::Update) {
            if matches!(resource.kind.as_str(), "aws_iam_user" | "aws_iam_group") {
                application.rename(resource);
            }
        }
        application.rename_principals();
        let place = |resource: &Resource| {
            ORDER.iter().position(|kinds| kinds.contains(&resource.kind.as_str())).unwrap_or(ORDER.len())
        };
        let mut there: Vec<&Resource> = managed().filter(|resource| resource.after.is_object()).collect();
        // What a plan for some targets alone leaves out is there as well; a world shows it.
        there.extend(self.left_out().filter(|_| told.is_all));
        // Policies of resources after what was read of the resources themselves.
        there.sort_by_key(|resource| (place(resource), resource.kind.ends_with("_policy")));
        for resource in there {
            application.assert(resource);
        }
        application.finish()
    }
}

impl Application<'_> {
    fn finish(mut self) -> Result<Planned, Vec<InputError>> {
        if self.read == 0 && self.problems.is_empty() {
            self.problems.push(InputError {
                location: ringfence_model::location::Location::new(&self.plan.file, 1, 1),
                statement: None,
                message: "nothing in the plan has to do with permissions: it has no resource of a type that is read".to_owned(),
                help: Some("leave the plan out where it has none".to_owned()),
            });
        }
        self.problems.sort();
        self.problems.dedup();
        if self.problems.is_empty() { Ok(self.planned) } else { Err(self.problems) }
    }

    /// Takes away what the resource was before.
    fn retract(&mut self, resource: &Resource) {
        let before = &resource.before;
        let is_update = resource.fate == Fate::Update;
        match resource.kind.as_str() {
            "aws_iam_role" | "aws_iam_user" | "aws_iam_group" if !is_update => self.retract_entity(resource),
            "aws_iam_policy" if !is_update => self.retract_policy(resource),
            "aws_iam_role_policy" | "aws_iam_user_policy" | "aws_iam_group_policy" => {
                self.retract_inline(resource);
            }
            "aws_iam_role_policy_attachment"
            | "aws_iam_user_policy_attachment"
            | "aws_iam_group_policy_attachment"
            | "aws_iam_policy_attachment" => self.retract_attachment(resource, before),
            "aws_iam_user_group_membership" | "aws_iam_group_membership" => self.retract_membership(resource),
            "aws_iam_instance_profile" => self.retract_profile(resource),
            "aws_organizations_policy" if !is_update => self.retract_control(resource),
            "aws_organizations_policy_attachment" => self.retract_control_attachment(resource),
            "aws_organizations_account" | "aws_organizations_organizational_unit" if !is_update => {
                let message = "what becomes of an account or unit that is deleted is not read";
                self.problem(
                    resource,
                    message,
                    "plan it by itself, and collect the world after it was applied",
                );
            }
            kind if resource_policies::is_read(kind) => self.retract_resource_policy(resource),
            _ => {}
        }
        if !is_update {
            self.retract_policy_of(resource);
        }
    }

    /// Puts what the resource is afterwards.
    fn assert(&mut self, resource: &Resource) {
        match resource.kind.as_str() {
            "aws_iam_role" => self.role(resource),
            "aws_iam_user" => self.user(resource),
            "aws_iam_group" => self.group(resource),
            "aws_iam_policy" => self.policy(resource),
            "aws_iam_role_policy" | "aws_iam_user_policy" | "aws_iam_group_policy" => self.inline(resource),
            "aws_iam_role_policy_attachment"
            | "aws_iam_user_policy_attachment"
            | "aws_iam_group_policy_attachment" => self.attachment(resource),
            "aws_iam_policy_attachment" => self.attachment_of_many(resource),
            "aws_iam_role_policy_attachments_exclusive"
            | "aws_iam_user_policy_attachments_exclusive"
            | "aws_iam_group_policy_attachments_exclusive" => self.exclusive_attachments(resource),
            "aws_iam_role_policies_exclusive"
            | "aws_iam_user_policies_exclusive"
            | "aws_iam_group_policies_exclusive" => self.exclusive_inline(resource),
            "aws_iam_user_group_membership" => self.groups_of_user(resource),
            "aws_iam_group_membership" => self.users_of_group(resource),
            "aws_iam_instance_profile" => self.instance_profile(resource),
            "aws_organizations_policy" => self.control(resource),
            "aws_organizations_policy_attachment" => self.control_attachment(resource),
            "aws_organizations_organizational_unit" => self.unit(resource),
            "aws_organizations_account" => self.member(resource),
            kind if resource_policies::is_read(kind) => self.resource_policy(resource),
            _ => {}
        }
    }

    fn problem(&mut self, resource: &Resource, message: &str, help: &str) {
        self.problems.push(InputError {
            location: resource.location.clone(),
            statement: None,
            message: format!("{}: {message}", resource.address),
            help: Some(help.to_owned()),
        });
    }

    /// What the plan leaves as it is it has read itself: where the world shows something else, it is the plan that counts, and that is told.
    fn note_difference(&mut self, resource: &Resource, what: &str) {
        if matches!(resource.fate, Fate::Keep | Fate::Forget) {
            self.note_older(resource, what);
        }
    }

    /// The same of an attribute that the plan does not change.
    fn note_older(&mut self, resource: &Resource, what: &str) {
        if !self.told.is_all {
            self.assume(format!(
                "{what}, as the plan read of {}: the world shows something else, and is taken to be older",
                resource.address
            ));
        }
    }

    fn assume(&mut self, text: String) {
        self.planned.assumptions.insert(text);
    }
}

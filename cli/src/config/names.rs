//! What ringfence.toml names, held against a world.
//!
//! A scope decides who is checked: a name in it that nothing has would leave somebody out without a word, so it is an
//! error. What is accepted or approved only widens what the report complains about where it names too little: one file
//! may serve several worlds, and a warning is enough there, as it is for every pattern.

use std::collections::BTreeSet;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::distance;
use ringfence_model::location::{InputError, InputWarning, Location};
use ringfence_model::world::World;
use ringfence_solver::wildcard::Language;

/// Where a name stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `principals.include`, `principals.exclude` or `principals.accounts` of a guardrail.
    Scope,
    /// `principals.ous` of a guardrail.
    OrganizationalUnit,
    /// `[[exception]] principal`, `[administrators] accepted`, `[boundaries] exits`.
    Accepted,
    /// `[boundaries] approved`.
    ApprovedBoundary,
}

/// A name or pattern of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// An ARN, a pattern over ARNs, or in a scope an account id.
    pub(crate) text: String,
    /// What it is for.
    pub(crate) role: Role,
    /// Its place.
    pub(crate) location: Location,
}

impl Name {
    fn has_wildcards(&self) -> bool {
        self.text.contains(['*', '?'])
    }

    /// The account that it names, by its id or in an ARN.
    fn account(&self) -> Option<AccountId> {
        let in_arn = || AccountId::parse(Arn::parse(&self.text)?.account);
        AccountId::parse(&self.text).or_else(in_arn)
    }

    fn problem(&self, message: String, help: String) -> InputError {
        InputError { location: self.location.clone(), statement: None, message, help: Some(help) }
    }
}

/// What of `names` matches nothing in `world`: the errors and the warnings, in the order of the file.
pub(crate) fn unmatched(names: &[Name], world: &World) -> (Vec<InputError>, Vec<InputWarning>) {
    let (principals, policies) = (principals(world), policies(world));
    let accounts: BTreeSet<String> = world.accounts.keys().map(ToString::to_string).collect();
    let units: BTreeSet<String> = world
        .organization
        .iter()
        .flat_map(|organization| organization.nodes.keys())
        .map(ToString::to_string)
        .collect();
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    warnings.extend(outside_of_every_unit(names, world));
    for name in names {
        let by_id = AccountId::parse(&name.text).is_some();
        let (known, kind) = match name.role {
            Role::Scope if by_id => (&accounts, "account"),
            Role::Scope | Role::Accepted => (&principals, "principal"),
            Role::ApprovedBoundary => (&policies, "policy"),
            Role::OrganizationalUnit => (&units, "OU"),
        };
        let pattern = Language::arn_pattern(&name.text);
        if known.iter().any(|one| pattern.accepts(one)) {
            continue;
        }
        let message = format!("`{}` matches no {kind} of this world", name.text);
        let nearest = nearest(&name.text, known);
        let without_export = name.account().filter(|id| is_without_export(world, *id));
        if let Some(id) = without_export.filter(|_| !name.has_wildcards()) {
            let why = format!("{message}, which lacks the authorization details of account {id}");
            warnings.push(name.problem(why, "add them".to_owned()));
        } else if matches!(name.role, Role::Scope | Role::OrganizationalUnit) && !name.has_wildcards() {
            errors.push(name.problem(message, format!("{nearest}; correct or remove it")));
        } else {
            // The JSON report shows the message alone.
            warnings.push(name.problem(format!("{message}; {nearest}"), "correct or remove it".to_owned()));
        }
    }
    errors.sort();
    warnings.sort();
    (errors, warnings)
}

/// A scope by OU leaves out accounts that organization.json does not list: they may be below the OU all the same.
fn outside_of_every_unit(names: &[Name], world: &World) -> Option<InputWarning> {
    let first = names.iter().find(|name| name.role == Role::OrganizationalUnit)?;
    let listed = |id: &AccountId| {
        world.organization.as_ref().is_some_and(|organization| organization.accounts.contains_key(id))
    };
    let unlisted: Vec<String> =
        world.accounts.keys().filter(|id| !listed(id)).map(ToString::to_string).collect();
    let message = format!(
        "organization.json does not say where these accounts are, so that no scope by OU takes them in: {}",
        unlisted.join(", ")
    );
    (!unlisted.is_empty()).then(|| first.problem(message, "export the organisation again".to_owned()))
}

/// The account is one of the organisation whose principals the world does not have.
fn is_without_export(world: &World, account: AccountId) -> bool {
    let listed =
        world.organization.as_ref().is_some_and(|organization| organization.accounts.contains_key(&account));
    listed && !world.accounts.contains_key(&account)
}

/// The ARNs of all users, roles and root users.
fn principals(world: &World) -> BTreeSet<String> {
    let roots = world.accounts.values().map(ringfence_model::world::Account::root_arn);
    world.principals().map(|(_, principal)| principal.arn().to_string()).chain(roots).collect()
}

/// The ARNs of all policies that can count as approved boundaries: customer managed ones, and those that are carried.
fn policies(world: &World) -> BTreeSet<String> {
    let managed = world.accounts.values().flat_map(|account| account.managed_policies.values());
    let customer = managed.filter(|policy| !policy.aws_managed).map(|policy| policy.arn.to_string());
    let carried = world.principals().filter_map(|(_, principal)| principal.boundary());
    customer.chain(carried.map(|boundary| boundary.name.to_string())).collect()
}

fn nearest(text: &str, known: &BTreeSet<String>) -> String {
    let found = known.iter().min_by_key(|one| distance(text, one));
    found.map_or_else(|| "there is none at all".to_owned(), |one| format!("the nearest is `{one}`"))
}

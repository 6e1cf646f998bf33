//! What an answer of the AWS CLI is, by its members.

use std::path::Path;

use ringfence_model::location::InputError;
use serde_json::Value;

use super::error;
use super::ids::{ids, is_parent, is_policy};
use crate::input::shown;

/// A part of a world.
#[derive(Debug)]
pub(super) enum Piece {
    /// Authorization details of this account.
    Details(String),
    /// Inference profiles of this account.
    Profiles(String, Vec<Value>),
    /// A part of an organisation.
    OfOrganization(Part),
}

/// A part of an organisation.
#[derive(Debug)]
pub(super) enum Part {
    /// `describe-organization`
    Organization(Value),
    /// `list-roots`
    Roots(Vec<Value>),
    /// `list-organizational-units-for-parent` of this parent; none where each tells its own.
    Units(Option<String>, Vec<Value>),
    /// `list-accounts`
    Accounts(Vec<Value>),
    /// `list-accounts-for-parent`
    AccountsOf(String, Vec<Value>),
    /// `list-parents` of this account or unit
    Parent(String, String),
    /// `list-policies` of these types
    Policies(Option<String>, Vec<Value>),
    /// `list-policies-for-target`
    PoliciesOf(String, Option<String>, Vec<Value>),
    /// `describe-policy`
    Policy(Value),
    /// `list-targets-for-policy`
    Targets(String, Vec<Value>),
    /// `list-tags-for-resource` of this account
    Tags(String, Vec<Value>),
}

/// What the answer in the file at `path` is; none if it is none that is known.
///
/// # Errors
/// Where it is one that does not say what it is about, and the name of its file does not either.
pub(super) fn piece(path: &Path, json: &Value) -> Result<Option<Piece>, InputError> {
    let list = |name: &str| json.get(name).and_then(Value::as_array).cloned();
    let of = |part: Part| Ok(Some(Piece::OfOrganization(part)));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // A folder may be called by what its files are about.
    let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let all: Vec<&str> = ids(&name).into_iter().chain(folder.iter().flat_map(|folder| ids(folder))).collect();
    let about = |is: &dyn Fn(&str) -> bool, what: &str, command: &str| {
        all.iter().find(|id| is(id)).map(|id| (*id).to_owned()).ok_or_else(|| {
            error(
                path,
                &format!("this is an answer of `aws organizations {command}`, which does not say which {what} it is about"),
                &format!("put the id of the {what} into the name of the file"),
            )
        })
    };
    if json.get("RoleDetailList").is_some() || json.get("UserDetailList").is_some() {
        return account_of(path, json).map(|account| Some(Piece::Details(account)));
    }
    if let Some(found) = list("inferenceProfileSummaries") {
        let account = found.iter().find_map(|profile| account_in(profile, "inferenceProfileArn"));
        let account = account.or_else(|| all.iter().find(|id| is_account(id)).map(|id| (*id).to_owned()));
        return match account {
            Some(account) => Ok(Some(Piece::Profiles(account, found))),
            None => Err(error(
                path,
                "nothing says of which account these inference profiles are",
                "put the id of the account into the name of the file",
            )),
        };
    }
    if json.get("Organization").is_some_and(Value::is_object) {
        return of(Part::Organization(json.get("Organization").cloned().unwrap_or_default()));
    }
    if let Some(roots) = list("Roots") {
        return of(Part::Roots(roots));
    }
    if let Some(units) = list("OrganizationalUnits") {
        if units.iter().all(|unit| unit.get("ParentId").is_some() || unit.get("Path").is_some())
            && !units.is_empty()
        {
            return of(Part::Units(None, units));
        }
        let parent = about(&is_parent, "root or unit", "list-organizational-units-for-parent")?;
        return of(Part::Units(Some(parent), units));
    }
    if let Some(accounts) = list("Accounts") {
        return match all.iter().find(|id| is_parent(id)) {
            Some(parent) => of(Part::AccountsOf((*parent).to_owned(), accounts)),
            None => of(Part::Accounts(accounts)),
        };
    }
    if let Some(parents) = list("Parents") {
        let is_child = |id: &str| is_account(id) || id.starts_with("ou-");
        let child = about(&is_child, "account or unit", "list-parents")?;
        let parent = parents.first().and_then(|parent| parent.get("Id")).and_then(Value::as_str);
        return match parent {
            Some(parent) => of(Part::Parent(child, parent.to_owned())),
            None => Err(error(path, "it names no parent", "save the answer again")),
        };
    }
    if let Some(policies) = list("Policies") {
        let of_name = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
            .into_iter()
            .find(|kind| shown(path).to_ascii_uppercase().contains(kind))
            .map(str::to_owned);
        let kind = policies.first().and_then(|policy| policy.get("Type")).and_then(Value::as_str);
        let kind = kind.map(str::to_owned).or(of_name);
        return match all.iter().find(|id| !is_policy(id)) {
            Some(target) => of(Part::PoliciesOf((*target).to_owned(), kind, policies)),
            None => of(Part::Policies(kind, policies)),
        };
    }
    if json.get("Policy").is_some_and(|policy| policy.get("PolicySummary").is_some()) {
        return of(Part::Policy(json.get("Policy").cloned().unwrap_or_default()));
    }
    if let Some(targets) = list("Targets") {
        let policy = about(&is_policy, "policy", "list-targets-for-policy")?;
        return of(Part::Targets(policy, targets));
    }
    if let Some(tags) = list("Tags") {
        // Those of other resources say nothing here.
        return Ok(all
            .iter()
            .find(|id| is_account(id))
            .map(|account| Piece::OfOrganization(Part::Tags((*account).to_owned(), tags))));
    }
    Ok(None)
}

fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account in the ARN at `member`.
fn account_in(value: &Value, member: &str) -> Option<String> {
    let account = value.get(member)?.as_str()?.split(':').nth(4)?;
    is_account(account).then(|| account.to_owned())
}

fn account_of(path: &Path, json: &Value) -> Result<String, InputError> {
    let lists = ["UserDetailList", "RoleDetailList", "GroupDetailList", "Policies"];
    let mut entities = lists.iter().filter_map(|list| json.get(list)?.as_array()).flatten();
    entities.find_map(|entity| account_in(entity, "Arn")).ok_or_else(|| {
        error(
            path,
            "no ARN in it tells which account these authorization details are of",
            "an account without users, roles, groups and policies has nothing to check: leave it out",
        )
    })
}

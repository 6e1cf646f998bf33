//! What a file that is not the wanted one looks like, and which command gives the wanted one.

use crate::catalogue::distance;
use crate::json::{Json, JsonValue};

/// The command whose answer is authorization-details.json.
pub(super) const AUTHORIZATION_DETAILS_COMMAND: &str =
    "run `aws iam get-account-authorization-details > authorization-details.json`";

/// How organization.json is made.
pub(super) const ORGANIZATION_COMMAND: &str =
    "run docs/organization-export.sh, which asks AWS Organizations and writes organization.json";

/// A guess at what a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recognized {
    /// In words, such as `the answer of aws iam list-users`.
    what: Option<&'static str>,
    /// What to do about it, where the command alone is not the answer.
    remedy: Option<&'static str>,
}

impl Recognized {
    /// True when there is a guess at all.
    pub(super) fn is_known(self) -> bool {
        self.what.is_some()
    }

    /// `: it looks like …`, or nothing.
    pub(super) fn in_words(self) -> String {
        self.what.map_or_else(String::new, |what| format!(": it looks like {what}"))
    }

    /// What to do: the special remedy, or else `command`.
    pub(super) fn help(self, command: &str) -> String {
        self.remedy.unwrap_or(command).to_owned()
    }
}

/// Keys that tell an AWS answer, most telling first: all keys of a row must be there.
const KNOWN: [(&[&str], &str); 29] = [
    (&["Organization", "Roots"], "an organization.json"),
    (&["UserDetailList"], "the answer of aws iam get-account-authorization-details"),
    (&["RoleDetailList"], "the answer of aws iam get-account-authorization-details"),
    (&["Organization"], "the answer of aws organizations describe-organization"),
    (&["Roots"], "the answer of aws organizations list-roots"),
    (&["OrganizationalUnits"], "the answer of aws organizations list-organizational-units-for-parent"),
    (&["Accounts"], "the answer of aws organizations list-accounts"),
    (&["Users"], "the answer of aws iam list-users"),
    (&["User"], "the answer of aws iam get-user"),
    (&["Roles"], "the answer of aws iam list-roles"),
    (&["Role"], "the answer of aws iam get-role"),
    (&["Groups"], "the answer of aws iam list-groups"),
    (&["Group"], "the answer of aws iam get-group"),
    (&["PolicyVersion"], "the answer of aws iam get-policy-version"),
    (&["AttachedPolicies"], "the answer of aws iam list-attached-role-policies"),
    (&["PolicyNames"], "the answer of aws iam list-role-policies"),
    (&["PolicyDocument"], "the answer of aws iam get-role-policy"),
    (&["Policies"], "the answer of aws iam list-policies"),
    (&["Policy"], "the answer of a get-policy or describe-policy command"),
    (&["ReportFormat"], "the answer of aws iam get-credential-report"),
    (&["SummaryMap"], "the answer of aws iam get-account-summary"),
    (&["UserId", "Account", "Arn"], "the answer of aws sts get-caller-identity"),
    (&["inferenceProfileSummaries"], "the answer of aws bedrock list-inference-profiles"),
    (&["modelSummaries"], "the answer of aws bedrock list-foundation-models"),
    (&["EvaluationResults"], "the answer of aws iam simulate-principal-policy"),
    (&["Statement"], "a single policy document"),
    (&["planned_values"], "a Terraform plan"),
    (&["terraform_version"], "a Terraform state"),
    (&["Resources"], "a CloudFormation template"),
];

/// What `json` looks like.
pub(super) fn recognize(json: &Json) -> Recognized {
    match &json.value {
        JsonValue::Object(_) => {
            let row = KNOWN.iter().find(|(keys, _)| keys.iter().all(|key| json.get(key).is_some()));
            Recognized { what: row.map(|(_, what)| *what), remedy: None }
        }
        JsonValue::Array(elements) if elements.iter().any(|page| page.get("RoleDetailList").is_some()) => {
            Recognized {
                what: Some("a list of pages of it"),
                remedy: Some(
                    "join the lists of the pages into one object, or let the AWS CLI do so: run \
                     `aws iam get-account-authorization-details > authorization-details.json`",
                ),
            }
        }
        JsonValue::Array(_)
        | JsonValue::Null
        | JsonValue::Bool(_)
        | JsonValue::Number(_)
        | JsonValue::String(_) => Recognized { what: None, remedy: None },
    }
}

/// What `text`, which is not JSON, looks like.
pub(super) fn recognize_text(text: &str) -> Recognized {
    let start = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
    let remedy =
        Some("repeat the command with `--output json`; for all later ones, `aws configure set output json`");
    if start.starts_with("user,arn,") {
        return Recognized { what: Some("a credential report (CSV)"), remedy: None };
    }
    if start.starts_with("UserDetailList:") || start.starts_with("GroupDetailList:") {
        return Recognized { what: Some("the answer of the AWS CLI as YAML"), remedy };
    }
    if start.starts_with("-----")
        || start.starts_with("USERDETAILLIST")
        || start.starts_with("GROUPDETAILLIST")
    {
        return Recognized { what: Some("the answer of the AWS CLI as text or table"), remedy };
    }
    if start.starts_with("An error occurred") || start.starts_with("Unable to locate credentials") {
        return Recognized {
            what: Some("an error message of the AWS CLI"),
            remedy: Some("read the message in the file, and run the command with credentials that may do it"),
        };
    }
    if start.starts_with('<') {
        return Recognized { what: Some("XML or HTML"), remedy: None };
    }
    Recognized { what: None, remedy: None }
}

/// The one of `known` that `name` probably meant; none if nothing is near.
pub(super) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    // Names of files and members are short; a longer one means none of them.
    if name.len() > 64 {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let ranked = known.iter().map(|known| (distance(&name, &known.to_ascii_lowercase()), *known));
    let (distance, near) = ranked.min()?;
    (distance <= near.len() / 3).then_some(near)
}

//! resources.json and credentials.json. Both are forms of Ringfence's own, so an unknown member is an error.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::OptionalInput;
use super::export::Export;
use super::inventory::{
    CredentialKind, CredentialOwner, CredentialStatus, InventoryResource, UserCredential,
};
use super::optional_files::{Owner, form};
use super::recognize::{nearest, recognize};
use crate::arn::{AccountId, Arn};
use crate::json::{Json, JsonValue};

const RESOURCE_MEMBERS: [&str; 5] = ["arn", "type", "roleArn", "modelArn", "tags"];
const CREDENTIAL_MEMBERS: [&str; 6] = ["user", "kind", "id", "status", "created", "expires"];

/// The resources in `json`, the file of `owner`, in the order of their ARNs; none where the file is not of this form.
pub(super) fn read_resources<'a>(
    json: &'a Json,
    owner: Owner<'_>,
    export: &mut Export<'a>,
) -> Option<Vec<InventoryResource>> {
    let mut resources: BTreeMap<Arc<str>, InventoryResource> = BTreeMap::new();
    for element in elements(json, OptionalInput::Resources, export)? {
        let Some(resource) = read_resource(element, owner, export) else { continue };
        if let Some(earlier) = resources.get(&resource.arn) {
            let message = format!("`{}` is listed twice, first at {}", resource.arn, earlier.location);
            export.error(element, &message, "leave one of them");
            continue;
        }
        resources.insert(Arc::clone(&resource.arn), resource);
    }
    Some(resources.into_values().collect())
}

fn read_resource<'a>(
    element: &'a Json,
    owner: Owner<'_>,
    export: &mut Export<'a>,
) -> Option<InventoryResource> {
    let errors_before = export.errors.len();
    if !export.is_object(element, "a resource") {
        return None;
    }
    export.refuse_unknown_members(element, &RESOURCE_MEMBERS);
    let arn = export.text(element, "arn");
    let kind = export.text(element, "type");
    if kind == Some("") {
        export.error(element, "the type is empty", "say what the resource is, such as `agent` or `function`");
    }
    if let Some(arn) = arn
        && !is_own(arn, owner)
    {
        export.error(
            element,
            &format!("`{arn}` is not the ARN of a resource of account {} in its partition", owner.id),
            "each account's folder lists its own resources, by their whole ARNs",
        );
    }
    if let (Some(arn), Some(kind)) = (arn, kind) {
        check_kind(arn, kind, element, export);
    }
    let role = export.optional_text(element, "roleArn");
    if let Some(role) = role {
        check_role(role, element, owner, export);
    }
    let model = export.optional_text(element, "modelArn");
    if let Some(model) = model
        && !Arn::parse(model).is_some_and(|parts| {
            matches!(parts.service, "bedrock" | "sagemaker")
                && owner.is_in_partition(&parts)
                && is_model(parts.resource)
        })
    {
        export.error(
            element,
            &format!("modelArn `{model}` is not the ARN of a model of Amazon Bedrock or SageMaker"),
            "write the whole ARN, such as `arn:aws:bedrock:eu-west-1::foundation-model/…`",
        );
    }
    let tags = read_tags(element, export);
    if export.errors.len() > errors_before {
        return None;
    }
    Some(InventoryResource {
        arn: Arc::from(arn?),
        kind: kind?.to_owned(),
        role: role.map(str::to_owned),
        model: model.map(str::to_owned),
        tags,
        location: element.location(export.file),
    })
}

/// What runs a model, or is made to, as its ARN has it: a check says that there is nothing of these but what the file lists.
const RUN_MODELS: [(&str, &[&str]); 3] = [
    (
        "bedrock",
        &[
            "agent",
            "agent-alias",
            "custom-model",
            "custom-model-deployment",
            "flow",
            "imported-model",
            "knowledge-base",
            "provisioned-model",
        ],
    ),
    ("bedrock-mantle", &["customized-model"]),
    ("sagemaker", &["endpoint", "inference-component", "model"]),
];

/// A resource whose type and ARN differ would be listed as one thing and looked up as another.
fn check_kind<'a>(arn: &str, kind: &str, element: &'a Json, export: &mut Export<'a>) {
    let Some(parts) = Arn::parse(arn) else { return };
    let Some((_, kinds)) = RUN_MODELS.iter().find(|(service, _)| *service == parts.service) else { return };
    let of_arn = parts.resource.split('/').next().unwrap_or_default();
    // An alias of a flow stands below the flow.
    let is_alias = kind == "flow-alias" && parts.resource.contains("/alias/");
    if of_arn != kind && !is_alias && (kinds.contains(&of_arn) || kinds.contains(&kind)) {
        export.error(
            element,
            &format!("the type is `{kind}`, and `{arn}` is the ARN of `{of_arn}`"),
            &format!("write the type as it stands in the ARN, one of {}", kinds.join(", ")),
        );
    }
}

/// The end of a model's ARN: no pattern, and a foundation model by its id, which has no capitals.
fn is_model(resource: &str) -> bool {
    let is_pattern = |c: char| c.is_whitespace() || matches!(c, '*' | '?');
    let has_capitals = |id: &str| id.contains(|c: char| c.is_ascii_uppercase());
    !resource.is_empty()
        && !resource.contains(is_pattern)
        && !resource.strip_prefix("foundation-model/").is_some_and(|id| id.is_empty() || has_capitals(id))
}

/// True for the whole ARN of a resource of `owner`. Buckets and a few others name no account.
fn is_own(arn: &str, owner: Owner<'_>) -> bool {
    Arn::parse(arn).is_some_and(|parts| {
        let account = if parts.account.is_empty() {
            matches!(parts.service, "s3" | "apigateway" | "route53" | "ec2")
        } else {
            AccountId::parse(parts.account) == Some(owner.id)
        };
        account
            && owner.is_in_partition(&parts)
            && !parts.service.is_empty()
            && !parts.resource.is_empty()
            && !arn.contains(|character: char| character.is_whitespace() || matches!(character, '*' | '?'))
    })
}

fn check_role<'a>(role: &str, element: &'a Json, owner: Owner<'_>, export: &mut Export<'a>) {
    let own = Arn::parse(role).is_some_and(|parts| {
        parts.service == "iam"
            && AccountId::parse(parts.account) == Some(owner.id)
            && owner.is_in_partition(&parts)
            && parts.resource.starts_with("role/")
    });
    if !own {
        export.error(
            element,
            &format!("roleArn `{role}` is not the ARN of a role of account {}", owner.id),
            "a resource runs with a role of its own account: `arn:aws:iam::ACCOUNT:role/NAME`",
        );
    } else if owner
        .account
        .is_some_and(|account| account.roles.iter().all(|known| known.arn.as_ref() != role))
    {
        export.warning(
            element,
            &format!("the role `{role}` is not in the account's export"),
            "it may have been deleted since, or a path is missing in the ARN; check both files",
        );
    }
}

/// The tags of a resource: an object of strings, or a list of objects with `Key` and `Value`.
fn read_tags<'a>(element: &'a Json, export: &mut Export<'a>) -> Option<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    let value = export.field(element, "tags")?;
    let tags = match &value.value {
        JsonValue::Array(list) => export.tags_of_list(list),
        JsonValue::Object(members) => {
            for member in members {
                match member.value.as_str() {
                    Some(text) => {
                        tags.insert(member.key.clone(), text.to_owned());
                    }
                    None => export.wrong_type(&member.value, &member.key, "a string"),
                }
            }
            tags
        }
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::String(_) => {
            export.wrong_type(value, "tags", "an object of strings, or a list of Key and Value");
            tags
        }
    };
    Some(tags)
}

/// The credentials in `json`, the file of `owner`, in the order of the file; none where the file is not of this form.
pub(super) fn read_credentials<'a>(
    json: &'a Json,
    owner: Owner<'_>,
    export: &mut Export<'a>,
) -> Option<Vec<UserCredential>> {
    let mut credentials: Vec<UserCredential> = Vec::new();
    let mut first = BTreeMap::new();
    for element in elements(json, OptionalInput::Credentials, export)? {
        let Some(credential) = read_credential(element, owner, export) else { continue };
        let key = (credential.owner.clone(), credential.kind, credential.id.clone());
        if let Some(earlier) = first.get(&key) {
            let message = format!(
                "the {} `{}` is listed twice, first at {earlier}",
                credential.kind.name(),
                credential.id
            );
            export.error(element, &message, "leave one of them");
            continue;
        }
        first.insert(key, credential.location.clone());
        credentials.push(credential);
    }
    Some(credentials)
}

fn read_credential<'a>(
    element: &'a Json,
    owner: Owner<'_>,
    export: &mut Export<'a>,
) -> Option<UserCredential> {
    let errors_before = export.errors.len();
    if !export.is_object(element, "a credential") {
        return None;
    }
    export.refuse_unknown_members(element, &CREDENTIAL_MEMBERS);
    let user = read_user(element, owner, export);
    let kind = choice(element, "kind", &CredentialKind::ALL, CredentialKind::name, export);
    let status = choice(element, "status", &CredentialStatus::ALL, CredentialStatus::name, export);
    let id = export.text(element, "id");
    if id == Some("") {
        export.error(element, "the id is empty", "write the id that AWS shows, such as `AKIA…`");
    }
    let created = export.required_date(element, "created");
    let expires = export.date(element, "expires");
    if let (Some(created), Some(expires)) = (created, expires)
        && expires < created
    {
        let message = format!("the credential expires at {expires}, before it was created at {created}");
        export.error(element, &message, "correct one of the dates");
    }
    if export.errors.len() > errors_before {
        return None;
    }
    Some(UserCredential {
        owner: user?,
        kind: kind?,
        id: id?.to_owned(),
        status: status?,
        created: created?,
        expires,
        location: element.location(export.file),
    })
}

fn read_user<'a>(element: &'a Json, owner: Owner<'_>, export: &mut Export<'a>) -> Option<CredentialOwner> {
    let name = export.text(element, "user")?;
    if name == "<root_account>" {
        return Some(CredentialOwner::Root);
    }
    if owner.account.is_some_and(|account| account.users.iter().all(|user| user.name != name)) {
        export.error(
            element,
            &format!("`{name}` is not the name of a user of account {}", owner.id),
            "write the user's name without path, or `<root_account>`; export both files at the same time",
        );
        return None;
    }
    Some(CredentialOwner::User(name.to_owned()))
}

/// The one of `all` whose name stands under `key`; none after an error.
fn choice<'a, T: Copy>(
    element: &'a Json,
    key: &str,
    all: &[T],
    name: fn(T) -> &'static str,
    export: &mut Export<'a>,
) -> Option<T> {
    let text = export.text(element, key)?;
    let found = all.iter().copied().find(|candidate| name(*candidate) == text);
    if found.is_none() {
        let names: Vec<&str> = all.iter().copied().map(name).collect();
        let known = format!("known are {}", names.join(", "));
        let help = match nearest(text, &names) {
            Some(near) => format!("the nearest is `{near}`; {known}"),
            None => known,
        };
        export.error(element, &format!("unknown {key} `{text}`"), &help);
    }
    found
}

/// The elements of the list that the whole file is; none after an error.
fn elements<'a>(json: &'a Json, input: OptionalInput, export: &mut Export<'a>) -> Option<&'a [Json]> {
    let elements = json.as_array();
    if elements.is_none() {
        let found = recognize(json);
        let message =
            format!("{} must hold a list, not {}{}", input.file_name(), json.kind(), found.in_words());
        export.error(json, &message, form(input));
    }
    elements
}

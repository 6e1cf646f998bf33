//! inference-profiles.json: the answer of `aws bedrock list-inference-profiles`, or the answers of several Regions
//! with their lists joined.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::OptionalInput;
use super::export::Export;
use super::inventory::{AccountInferenceProfile, InferenceProfileKind};
use super::optional_files::{Owner, form};
use super::recognize::recognize;
use crate::arn::{AccountId, Arn};
use crate::json::Json;

const LIST: &str = "inferenceProfileSummaries";
const UNCHANGED: &str = "the file must be the unchanged answer of the AWS command";

/// The inference profiles in `json`, the file of `owner`, in the order of their ARNs; none where the file is not of
/// this form.
pub(super) fn read_inference_profiles<'a>(
    json: &'a Json,
    owner: Owner<'_>,
    export: &mut Export<'a>,
) -> Option<Vec<AccountInferenceProfile>> {
    if json.get(LIST).is_none() {
        let found = recognize(json);
        export.error(
            json,
            &format!("this is not the answer of list-inference-profiles{}", found.in_words()),
            form(OptionalInput::InferenceProfiles),
        );
        return None;
    }
    export.refuse_more_pages(json);
    let mut profiles: BTreeMap<Arc<str>, AccountInferenceProfile> = BTreeMap::new();
    for summary in export.list(json, LIST) {
        let Some(profile) = read_profile(summary, owner, export) else { continue };
        if let Some(earlier) = profiles.get(&profile.arn) {
            let message = format!("`{}` is listed twice, first at {}", profile.arn, earlier.location);
            export.error(summary, &message, "one answer a Region is enough; leave one of them");
            continue;
        }
        profiles.insert(Arc::clone(&profile.arn), profile);
    }
    Some(profiles.into_values().collect())
}

fn read_profile<'a>(
    summary: &'a Json,
    owner: Owner<'_>,
    export: &mut Export<'a>,
) -> Option<AccountInferenceProfile> {
    if !export.is_object(summary, "an inference profile") {
        return None;
    }
    let arn = export.text(summary, "inferenceProfileArn");
    let id = export.text(summary, "inferenceProfileId");
    let status = export.text(summary, "status");
    let kind = read_kind(summary, export);
    let models = read_models(summary, owner, export);
    let (arn, id) = (arn?, id?);
    if let Some(message) = profile_problem(arn, id, kind, owner) {
        export.error(summary, &message, UNCHANGED);
        return None;
    }
    Some(AccountInferenceProfile {
        arn: Arc::from(arn),
        id: id.to_owned(),
        kind: kind?,
        status: status?.to_owned(),
        models: models?,
        location: summary.location(export.file),
    })
}

fn read_kind<'a>(summary: &'a Json, export: &mut Export<'a>) -> Option<InferenceProfileKind> {
    match export.text(summary, "type")? {
        "SYSTEM_DEFINED" => Some(InferenceProfileKind::SystemDefined),
        "APPLICATION" => Some(InferenceProfileKind::Application),
        other => {
            let message = format!("unknown type `{other}` of an inference profile");
            export.error(summary, &message, "`SYSTEM_DEFINED` and `APPLICATION` are known");
            None
        }
    }
}

/// The ARNs under `models`; none after an error.
fn read_models<'a>(summary: &'a Json, owner: Owner<'_>, export: &mut Export<'a>) -> Option<Vec<String>> {
    let errors_before = export.errors.len();
    let mut models = Vec::new();
    for model in export.list(summary, "models") {
        let Some(arn) = export.text(model, "modelArn") else { continue };
        let known = Arn::parse(arn).is_some_and(|parts| {
            parts.service == "bedrock"
                && owner.is_in_partition(&parts)
                && parts.resource.split_once('/').is_some_and(|(kind, id)| !kind.is_empty() && !id.is_empty())
        });
        if !known {
            export.error(model, &format!("`{arn}` is not the ARN of a model of Amazon Bedrock"), UNCHANGED);
        }
        models.push(arn.to_owned());
    }
    if models.is_empty() && export.errors.len() == errors_before {
        export.error(summary, "the inference profile has no models", UNCHANGED);
    }
    (export.errors.len() == errors_before).then_some(models)
}

/// What contradicts itself in ARN, id and type; none if nothing does.
fn profile_problem(
    arn: &str,
    id: &str,
    kind: Option<InferenceProfileKind>,
    owner: Owner<'_>,
) -> Option<String> {
    let parts = Arn::parse(arn).filter(|parts| parts.service == "bedrock");
    let stem = match kind {
        Some(InferenceProfileKind::SystemDefined) => "inference-profile",
        Some(InferenceProfileKind::Application) => "application-inference-profile",
        None => return None,
    };
    let named = parts.and_then(|parts| parts.resource.strip_prefix(stem)?.strip_prefix('/'));
    let (Some(parts), Some(named)) = (parts, named) else {
        return Some(format!("`{arn}` is not the ARN of an inference profile of this type"));
    };
    if named != id || id.is_empty() {
        return Some(format!("`{arn}` is not the ARN of the inference profile `{id}`"));
    }
    let own = AccountId::parse(parts.account) == Some(owner.id) && owner.is_in_partition(&parts);
    (!own).then(|| format!("the inference profile `{arn}` is not of account {} in its partition", owner.id))
}

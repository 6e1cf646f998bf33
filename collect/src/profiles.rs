//! inference-profiles.json: the inference profiles of one account in the Regions that were named.

use aws_config::SdkConfig;
use aws_sdk_bedrock::Client;
use aws_sdk_bedrock::types::{InferenceProfileModel, InferenceProfileSummary, InferenceProfileType};

use crate::answer::Answer;
use crate::call::Unread;
use crate::session::in_region;

/// Reads the profiles of AWS and those of the account, in each of `regions`.
pub(crate) async fn read(config: &SdkConfig, regions: &[String]) -> Result<String, Unread> {
    let mut summaries = Vec::new();
    for region in regions {
        let client = Client::new(&in_region(config, region));
        for kind in [InferenceProfileType::SystemDefined, InferenceProfileType::Application] {
            let mut pages =
                client.list_inference_profiles().type_equals(kind).into_paginator().items().send();
            while let Some(summary) = pages.next().await {
                let summary = summary
                    .map_err(|error| Unread::of("bedrock:ListInferenceProfiles", &error).in_region(region))?;
                summaries.push(of_summary(&summary));
            }
        }
    }
    Ok(Answer::object().list("inferenceProfileSummaries", summaries).done().file())
}

fn of_summary(summary: &InferenceProfileSummary) -> Answer {
    let model = |model: &InferenceProfileModel| Answer::object().text("modelArn", model.model_arn()).done();
    Answer::object()
        .text("inferenceProfileName", Some(summary.inference_profile_name()))
        .text("description", summary.description())
        .instant("createdAt", summary.created_at())
        .instant("updatedAt", summary.updated_at())
        .text("inferenceProfileArn", Some(summary.inference_profile_arn()))
        .list("models", summary.models().iter().map(model))
        .text("inferenceProfileId", Some(summary.inference_profile_id()))
        .text("status", Some(summary.status().as_str()))
        .text("type", Some(summary.r#type().as_str()))
        .done()
}

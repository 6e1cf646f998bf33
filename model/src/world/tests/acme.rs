//! The sample organisation of the corpus.

use std::path::Path;
use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::json::Json;
use crate::world::World;

fn acme() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/organizations/acme")
}

#[test]
fn the_sample_organisation_is_read_without_warnings() {
    let world = World::read_directory(&acme()).expect("the sample organisation");
    assert!(world.warnings.is_empty(), "{:#?}", world.warnings);
    assert_eq!((world.accounts.len(), world.principals().count(), world.inputs.len()), (7, 93, 16));
    let organization = world.organization.as_ref().expect("its organisation");
    let levels: Vec<usize> =
        world.accounts.keys().map(|account| organization.service_control_levels(*account).len()).collect();
    assert_eq!(levels, [0, 3, 3, 4, 4, 4, 4]);
    assert_eq!(world.newest_timestamp.map(|date| date.to_string().starts_with("2026-10")), Some(true));
    let path = acme().join("expected.json");
    let text = std::fs::read_to_string(path).expect("the expected verdicts");
    let expected = Json::parse(&text, &Arc::from("expected.json")).expect("JSON");
    let entries = expected.get("principals").and_then(Json::as_array).expect("a list");
    let mut arns: Vec<&str> = entries.iter().filter_map(|entry| entry.get("principal")?.as_str()).collect();
    let mut known: Vec<&str> = world.principals().map(|(_, principal)| principal.arn().as_ref()).collect();
    arns.sort_unstable();
    known.sort_unstable();
    assert_eq!(arns, known);
}

#[test]
fn names_that_do_not_exist_are_found_in_the_sample_organisation() {
    let world = World::read_directory(&acme()).expect("the sample organisation");
    let warnings = world.check_names(Catalogue::embedded().expect("the embedded catalogue"));
    let messages: Vec<&str> = warnings.iter().map(|warning| warning.message.as_str()).collect();
    let names: Vec<&str> = messages.iter().filter_map(|message| message.split('`').nth(1)).collect();
    assert_eq!(
        names,
        [
            "bedrock:Converse",
            "bedrock:ConverseStream",
            "bedrock:UpdateModel",
            "bedrock:CreateModelCustomization",
            "bedrock:DeleteModelCustomization",
        ],
        "{messages:#?}"
    );
}

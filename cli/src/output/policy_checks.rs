//! What the checks of IAM Access Analyzer answer.

use ringfence_model::world::World;
use serde::Serialize;

use super::human::{Page, Scene, section, witness_in_short};
use super::json::pretty;
use crate::command::policy_checks::Answer;
use crate::exit::ExitStatus;

/// The answer as AWS gives it. There is no other member.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckObject {
    /// `PASS`, or `FAIL`: also where it is not decided, which the message says.
    result: &'static str,
    /// One sentence.
    message: String,
    /// Why it fails.
    reasons: Vec<ReasonObject>,
}

/// A statement by which a check fails.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReasonObject {
    /// One sentence.
    description: String,
    /// Its place, from 0.
    statement_index: usize,
    /// Its Sid.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_id: Option<String>,
}

fn result(answer: &Answer<'_>) -> &'static str {
    if answer.status == ExitStatus::AsExpected { "PASS" } else { "FAIL" }
}

/// As AWS answers.
pub(crate) fn json(answer: &Answer<'_>) -> String {
    let reason =
        |(description, statement): &(String, &ringfence_model::policy::StatementReference)| ReasonObject {
            description: description.clone(),
            statement_index: statement.statement,
            statement_id: statement.sid.as_ref().map(ToString::to_string),
        };
    pretty(&CheckObject {
        result: result(answer),
        message: answer.message.clone(),
        reasons: answer.reasons.iter().map(reason).collect(),
    })
}

/// The same for people, with a request that shows it.
pub(crate) fn text(answer: &Answer<'_>) -> String {
    let mut page = Page::default();
    page.line(&format!("{}: {}", result(answer), answer.message));
    for (description, _) in &answer.reasons {
        page.line(&format!("  {description}"));
    }
    if let Some((principal, witness)) = answer.shown {
        let world = World::default();
        page.line(&format!("  by {principal}"));
        witness_in_short(Scene { world: &world, tables: answer.tables }, principal, witness, &mut page);
    }
    page.blank();
    section("Notes", answer.notes, &mut page);
    page.line(&format!("This answer ends with exit code {}.", answer.status.code()));
    page.into_text()
}

#[cfg(test)]
pub(crate) fn schema() -> schemars::Schema {
    super::schemas::of::<CheckObject>()
}

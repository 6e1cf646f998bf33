//! What `ringfence verify` shows.

use ringfence_solver::verdict::VerdictWord;
use serde::Serialize;

use crate::evidence::{Checked, Told};
use crate::output::escape::visible;
use crate::output::human::{Page, counted};
use crate::output::json::{SCHEMA_VERSION, pretty};

/// So many reasons are shown.
const SHOWN: usize = 20;

/// What was found, for people.
pub(crate) fn text(found: &Checked, with_world: bool) -> String {
    let mut page = Page::default();
    if found.rejections.is_empty() {
        if found.is_whole() {
            page.verdict(VerdictWord::Proved, "accepted");
        } else if found.believed > 0 {
            page.verdict(VerdictWord::Inconclusive, "not all of it can be checked");
        } else {
            page.verdict(VerdictWord::Inconclusive, "not all of its inputs were compared");
        }
        page.end();
        if let Some(told) = &found.told {
            about(told, &mut page);
        }
        let sets = match found.closed_sets {
            0 => String::new(),
            sets => format!(" and {}", counted(sets, "closed set")),
        };
        page.line(&format!("  the kernel accepted {}{sets}", counted(found.proofs, "proof")));
        let kinds: Vec<String> = found.same.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        if !kinds.is_empty() {
            page.line(&format!("  made again from the inputs, and the same: {}", kinds.join(", ")));
        }
        if found.believed > 0 {
            let claims = counted(found.believed, "claim");
            page.line(&format!(
                "  level one solver: {claims} without a proof (unproved.json), which are only believed"
            ));
        } else if found.by_second > 0 {
            let claims = counted(found.by_second, "claim");
            page.line(&format!(
                "  level two solvers: {claims} without a proof, which the second solver calls unsatisfiable"
            ));
        } else {
            page.line("  level checked: no solver was trusted for what is proved or refuted");
        }
        match &found.signatures {
            Some(signatures) if signatures.by_given_key => page.line("  signed by the given key"),
            Some(signatures) if signatures.count > 0 => {
                let count = counted(signatures.count, "signature");
                page.line(&format!("  {count} that nobody checked: give the key with --public-key"));
            }
            Some(_) | None => page.line("  not signed"),
        }
        if with_world {
            page.line(&format!("  {} compared with yours", counted(found.inputs_compared, "input")));
            for path in &found.not_compared {
                page.line(&format!("  not compared: {}; name yours with --inputs", visible(path)));
            }
        } else {
            page.line("  about the inputs in the evidence; --inputs compares them with yours");
        }
    } else {
        page.verdict(VerdictWord::Refuted, "rejected");
        page.end();
        for reason in found.rejections.iter().take(SHOWN) {
            page.line(&format!("  {reason}"));
        }
        let more = found.rejections.len().saturating_sub(SHOWN);
        if more > 0 {
            page.line(&format!("  and {more} more"));
        }
    }
    page.into_text()
}

/// What the evidence is about, and how that ended.
fn about(told: &Told, page: &mut Page) {
    page.line(&format!("  about {}", visible(&told.run)));
    page.line(&format!("  on the day {}", told.today));
    if let Some(as_of) = &told.as_of {
        page.line(&format!("  of requests at {as_of} or later"));
    }
    for table in &told.tables {
        page.line(&format!("  by {}", visible(table)));
    }
    let [proved, refuted, open] = told.verdicts;
    page.line(&format!(
        "  {proved} proved, {refuted} refuted, {open} open (why these are is told and not checked)"
    ));
    for (question, outcome) in told.outcomes.iter().take(SHOWN) {
        page.line(&format!("    {} {}", outcome.word(), visible(question)));
    }
    let more = told.outcomes.len().saturating_sub(SHOWN);
    if more > 0 {
        page.line(&format!("    and {more} more questions"));
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct ToldObject<'a> {
    run: &'a str,
    today: String,
    as_of: Option<&'a str>,
    tables: &'a [String],
    proved: usize,
    refuted: usize,
    /// Neither; the reasons are told and not checked.
    open: usize,
    /// How each question ended: `passed`, `open` or `failed`.
    questions: Vec<QuestionObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct QuestionObject<'a> {
    question: &'a str,
    outcome: &'static str,
}

impl<'a> ToldObject<'a> {
    fn of(told: &'a Told) -> Self {
        let [proved, refuted, open] = told.verdicts;
        Self {
            run: &told.run,
            today: told.today.to_string(),
            as_of: told.as_of.as_deref(),
            tables: &told.tables,
            proved,
            refuted,
            open,
            questions: told
                .outcomes
                .iter()
                .map(|(question, outcome)| QuestionObject { question, outcome: outcome.word() })
                .collect(),
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct CheckedObject<'a> {
    schema_version: u32,
    accepted: bool,
    rejections: &'a [String],
    proofs: usize,
    closed_sets: usize,
    same: &'a std::collections::BTreeMap<&'static str, usize>,
    believed: usize,
    /// Claims without a proof that the second solver calls unsatisfiable.
    by_second_solver: usize,
    inputs_compared: usize,
    not_compared: &'a [String],
    /// Signatures that are there, checked or not.
    signatures: usize,
    by_given_key: bool,
    about: Option<ToldObject<'a>>,
}

/// What was found, for programs.
pub(crate) fn json(found: &Checked) -> String {
    pretty(&CheckedObject {
        schema_version: SCHEMA_VERSION,
        accepted: found.rejections.is_empty() && found.is_whole(),
        rejections: &found.rejections,
        proofs: found.proofs,
        closed_sets: found.closed_sets,
        same: &found.same,
        believed: found.believed,
        by_second_solver: found.by_second,
        inputs_compared: found.inputs_compared,
        not_compared: &found.not_compared,
        signatures: found.signatures.as_ref().map_or(0, |signatures| signatures.count),
        by_given_key: found.signatures.as_ref().is_some_and(|signatures| signatures.by_given_key),
        about: found.told.as_ref().map(ToldObject::of),
    })
}

/// The schema of the answer.
#[cfg(test)]
pub(crate) fn schema() -> schemars::Schema {
    super::schemas::of::<CheckedObject<'_>>()
}

//! What `ringfence verify` shows.

use ringfence_solver::evidence::exhaust::Comparison;
use ringfence_solver::verdict::VerdictWord;
use serde::Serialize;

use crate::evidence::{Checked, TestOutcome, Told};
use crate::output::escape::visible;
use crate::output::human::{Page, counted, grouped};
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
        if let Some(comparison) = &found.comparison {
            compared(&mut page, comparison);
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
    let proved = match told.single_requests {
        0 => format!("{proved} proved"),
        single if single == proved => format!("{proved} proved for single requests"),
        single => format!("{proved} proved, {single} of them for single requests"),
    };
    page.line(&format!("  {proved}, {refuted} refuted, {open} open (why these are is told and not checked)"));
    // The worst first.
    let mut outcomes: Vec<&(String, TestOutcome)> = told.outcomes.iter().collect();
    outcomes.sort_by_key(|(_, outcome)| std::cmp::Reverse(*outcome));
    for (question, outcome) in outcomes.into_iter().take(SHOWN) {
        page.line(&format!("    {} {}", outcome.word(), visible(question)));
    }
    let more = told.outcomes.len().saturating_sub(SHOWN);
    if more > 0 {
        page.line(&format!("    and {more} more questions"));
    }
}

/// What came of comparing claims with the evaluator, and how many were not compared, and why.
fn compared(page: &mut Page, found: &Comparison) {
    page.line(&format!(
        "  the evaluator says the same as {} of {} on each combination of atoms: {}",
        grouped(found.whole),
        counted(found.claims, "claim"),
        counted(found.combinations, "request")
    ));
    let others = [
        (found.without_requests, "no request is what is asked about, whatever policies say"),
        (found.in_part, "not on every combination, since it does not decide some"),
        (found.left_out, "larger ones, left out; --exhaustive compares those of up to 4,096 combinations"),
        (found.too_large, "more than 4,096 combinations"),
        (found.undecided, "how many combinations there are was not decided"),
    ];
    for (count, why) in others.into_iter().filter(|entry| entry.0 > 0) {
        page.line(&format!("    {}: {why}", grouped(count)));
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
    /// Of them those that are proved for single requests alone.
    single_requests: usize,
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
            single_requests: told.single_requests,
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
struct ComparisonObject {
    /// Claims that counted in the run. Each is one of the following.
    claims: usize,
    /// On every combination of its atoms the evaluator says the same.
    whole: usize,
    /// There is no request of the kind asked about, whatever policies say.
    without_requests: usize,
    /// The evaluator does not decide some combinations.
    in_part: usize,
    /// More than 4,096 combinations.
    too_large: usize,
    /// Left out, since all of this size would have been too many combinations.
    left_out: usize,
    /// It was not decided how many combinations there are.
    undecided: usize,
    /// Combinations that were compared, each with a request of its own.
    combinations: usize,
    /// Of them those in which something open takes part, where the evaluator may allow less than the claim.
    one_sided: usize,
}

impl ComparisonObject {
    fn of(found: &Comparison) -> Self {
        Self {
            claims: found.claims,
            whole: found.whole,
            without_requests: found.without_requests,
            in_part: found.in_part,
            too_large: found.too_large,
            left_out: found.left_out,
            undecided: found.undecided,
            combinations: found.combinations,
            one_sided: found.one_sided,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    compared_with_evaluator: Option<ComparisonObject>,
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
        compared_with_evaluator: found.comparison.as_ref().map(ComparisonObject::of),
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

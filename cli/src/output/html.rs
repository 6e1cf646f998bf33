//! The report of a check as one HTML page that needs nothing else: no network, no script, no font.
//!
//! The template escapes whatever it is given; what comes from inputs has lost its control characters before. The page forbids
//! its reader's browser to fetch anything, and to run any script but the one that is in it.

mod matrix;
mod picture;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ringfence_solver::verdict::VerdictWord;
use sha2::{Digest, Sha256};

use self::matrix::{Matrix, matrix};
use self::picture::{Picture, picture};
use crate::command::check::Answer;
use crate::findings::{Finding, Findings, FlowStep, Rule, machine_word, statement_words, verdict_words};
use crate::input::TableFacts;
use crate::output::escape::visible;
use crate::output::human::counted;
use crate::output::json::group;

const STYLE: &str = include_str!("../../templates/report.css");
const SCRIPT: &str = include_str!("../../templates/report.js");
/// Findings that the page shows.
const FINDINGS: usize = 500;
/// Principals that a finding names.
const PRINCIPALS: usize = 200;

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    /// `default-src 'none'; …`.
    policy: String,
    style: &'static str,
    script: &'static str,
    version: &'static str,
    subject: String,
    headline: String,
    /// `refuted`, `inconclusive` or `proved`.
    worst: &'static str,
    rules: Vec<RuleView>,
    assumptions: Vec<LongText>,
    not_covered: Vec<String>,
    missing: Vec<String>,
    notes: Vec<String>,
    indicators: Vec<IndicatorView>,
    suppressions: Vec<SuppressionView>,
    findings: Vec<FindingView>,
    more_findings: usize,
    matrix: Option<Matrix>,
    tables: Vec<[String; 4]>,
    inputs: Vec<(String, String)>,
    level: &'static str,
    exit_code: u8,
    today: String,
}

/// A text, and how it starts if it is long.
struct LongText {
    whole: String,
    start: Option<String>,
}

impl LongText {
    fn of(text: &str) -> Self {
        let whole = visible(text);
        let start = (whole.chars().count() > 200).then(|| {
            let mut start: String = whole.chars().take(140).collect();
            start.push('…');
            start
        });
        Self { whole, start }
    }
}

struct RuleView {
    id: String,
    kind: String,
    summary: String,
    verdict: &'static str,
    words: String,
    violating: usize,
    accepted: usize,
    inconclusive: usize,
    proved: usize,
    /// How far what is proved reaches.
    reaches: &'static str,
    not_applicable: usize,
}

struct IndicatorView {
    text: &'static str,
    numerator: usize,
    denominator: usize,
    percent: String,
}

struct SuppressionView {
    by: &'static str,
    state: &'static str,
    words: String,
}

struct FindingView {
    anchor: String,
    rule: String,
    verdict: &'static str,
    words: String,
    title: String,
    who: String,
    group: &'static str,
    principals: Vec<String>,
    more: usize,
    accepted: Option<String>,
    place: String,
    fingerprint: String,
    evidence: String,
    steps: Vec<StepView>,
    picture: Option<Picture>,
    /// All that a filter looks at.
    searched: String,
}

struct StepView {
    anchor: String,
    words: String,
    statements: Vec<String>,
    effects: Vec<String>,
}

/// The page.
pub(crate) fn html(answer: &Answer<'_>, findings: &Findings) -> String {
    let all = || findings.rules.iter().flat_map(|rule| rule.findings.iter().map(move |found| (rule, found)));
    let shown = || {
        all().filter(|(_, found)| matches!(found.verdict, VerdictWord::Refuted | VerdictWord::Inconclusive))
    };
    let worst = findings.rules.iter().map(|rule| rule.verdict).max().unwrap_or(VerdictWord::NotApplicable);
    let mut indicators = findings.indicators.clone();
    indicators.extend(answer.reach.iter().flat_map(|reach| reach.indicators.clone()));
    let mut not_covered = findings.not_covered.clone();
    for text in answer.reach.iter().flat_map(|reach| &reach.not_covered) {
        if !not_covered.contains(text) {
            not_covered.push(text.clone());
        }
    }
    let further =
        answer.configuration_file.iter().chain(answer.baseline.as_ref().map(|baseline| &baseline.file));
    let page = Page {
        policy: policy(),
        style: STYLE,
        script: SCRIPT,
        version: env!("CARGO_PKG_VERSION"),
        subject: visible(&findings.subject),
        headline: headline(findings),
        worst: machine_word(worst),
        rules: findings.rules.iter().map(rule_view).collect(),
        assumptions: findings.assumptions.iter().map(|text| LongText::of(text)).collect(),
        not_covered: shown_lines(&not_covered),
        missing: shown_lines(&findings.missing),
        notes: shown_lines(&findings.notes),
        indicators: indicators
            .iter()
            .map(|indicator| IndicatorView {
                text: indicator.text,
                numerator: indicator.numerator,
                denominator: indicator.denominator,
                percent: percent(indicator.numerator, indicator.denominator),
            })
            .collect(),
        suppressions: findings
            .suppressions
            .iter()
            .map(|entry| SuppressionView {
                by: entry.by.name(),
                state: entry.state.name(),
                words: visible(&entry.words()),
            })
            .collect(),
        findings: shown()
            .take(FINDINGS)
            .enumerate()
            .map(|(index, (rule, found))| finding_view(rule, found, index.saturating_add(1)))
            .collect(),
        more_findings: shown().count().saturating_sub(FINDINGS),
        matrix: answer.reach.as_ref().map(|reach| matrix(reach, answer.tables.models.get())),
        tables: tables(answer),
        inputs: answer
            .report
            .digests
            .iter()
            .cloned()
            .chain(further.map(|file| (file.path.clone(), file.sha256.clone())))
            .map(|(file, sha256)| (visible(&file), sha256))
            .collect(),
        level: findings.level.name(),
        exit_code: findings.status.code(),
        today: answer.report.today.clone(),
    };
    // The page is in memory, and nothing that is shown can fail to be.
    page.render().unwrap_or_default()
}

/// What the page lets a browser do: show its own style, and run its own script.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn shown_lines(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| visible(line)).collect()
}

/// `2 guardrails refuted, 1 proved over all steps`.
fn headline(findings: &Findings) -> String {
    let mut counts: Vec<(&'static str, VerdictWord, usize)> = Vec::new();
    for rule in &findings.rules {
        match counts.iter_mut().find(|(words, ..)| *words == rule.words()) {
            Some((_, _, count)) => *count = count.saturating_add(1),
            None => counts.push((rule.words(), rule.verdict, 1)),
        }
    }
    counts.sort_by_key(|(_, word, _)| std::cmp::Reverse(*word));
    let parts: Vec<String> = counts.iter().map(|(words, _, count)| format!("{count} {words}")).collect();
    let accepted = findings.rules.iter().filter(|rule| rule.all_accepted).count();
    let accepted =
        if accepted > 0 { format!("; every violation of {accepted} accepted") } else { String::new() };
    format!("{}: {}{accepted}", counted(findings.rules.len(), "guardrail"), parts.join(", "))
}

/// Rounded down, so that only all of them are 100 %.
fn percent(numerator: usize, denominator: usize) -> String {
    numerator
        .saturating_mul(100)
        .checked_div(denominator)
        .map_or("none asked".to_owned(), |share| format!("{share} %"))
}

fn rule_view(rule: &Rule) -> RuleView {
    let accepted = rule.accepted();
    let note = if rule.all_accepted { ", every violation accepted" } else { "" };
    RuleView {
        id: visible(&rule.id),
        kind: visible(&rule.kind),
        summary: visible(&rule.summary.replace('`', "")),
        verdict: machine_word(rule.verdict),
        words: format!("{}{note}", rule.words()),
        violating: rule.count(VerdictWord::Refuted).saturating_sub(accepted),
        accepted,
        inconclusive: rule.count(VerdictWord::Inconclusive),
        proved: rule.count(VerdictWord::Proved),
        reaches: rule.reaches(),
        not_applicable: rule.count(VerdictWord::NotApplicable),
    }
}

fn finding_view(rule: &Rule, found: &Finding, number: usize) -> FindingView {
    let anchor = format!("finding-{number}");
    let (file, line) = found.place();
    let words = verdict_words(found.verdict, rule.scope);
    let principals: Vec<String> =
        found.members.iter().take(PRINCIPALS).map(|member| visible(&member.principal)).collect();
    let lines: Vec<String> = found.text.lines().map(visible).collect();
    let title = visible(&found.title);
    FindingView {
        rule: visible(&rule.id),
        verdict: if found.acceptance.is_some() { "accepted" } else { machine_word(found.verdict) },
        words: if found.acceptance.is_some() { format!("{words}, accepted") } else { words.to_owned() },
        who: if found.members.is_empty() {
            "the whole guardrail".to_owned()
        } else {
            counted(found.members.len(), "principal")
        },
        group: found.group.map_or("", group),
        more: found.members.len().saturating_sub(PRINCIPALS),
        accepted: found.acceptance.as_ref().map(|accepted| visible(&accepted.words())),
        place: visible(&format!("{file}:{line}")),
        fingerprint: found.fingerprint.clone(),
        evidence: lines.join("\n"),
        steps: found.flow.iter().enumerate().map(|(index, step)| step_view(step, &anchor, index)).collect(),
        picture: (!found.flow.is_empty()).then(|| picture(&found.flow, &anchor)),
        searched: visible(&format!("{} {title} {}", rule.id, principals.join(" "))).to_lowercase(),
        title,
        principals,
        anchor,
    }
}

fn step_view(step: &FlowStep, anchor: &str, index: usize) -> StepView {
    let statement = |statement: &ringfence_model::policy::StatementReference| {
        visible(&format!(
            "{}, at {}:{}",
            statement_words(statement),
            statement.location.file,
            statement.location.line
        ))
    };
    StepView {
        anchor: format!("{anchor}-{}", index.saturating_add(1)),
        words: visible(&step.words()),
        statements: step.allowed_by.iter().map(statement).collect(),
        effects: shown_lines(&step.effects),
    }
}

/// The tables about AWS: name, date, file, SHA-256.
fn tables(answer: &Answer<'_>) -> Vec<[String; 4]> {
    let name = |table: &str| {
        match table {
            "catalogue" => "actions, resource types and keys",
            "managed-policies" => "AWS managed policies",
            "models" => "model prices",
            other => other,
        }
        .to_owned()
    };
    let row = |facts: TableFacts<'_>| {
        let from = facts.file.map_or("embedded".to_owned(), visible);
        [name(facts.table), facts.date.to_owned(), from, facts.sha256.to_owned()]
    };
    answer.tables.facts().map(row).into()
}

//! SARIF 2.1.0, for code scanning.
//!
//! One result a finding, since GitHub keeps 5,000 of them. Its `kind` is always `fail`: what is open is a result of a rule of
//! its own at the level of a warning. The standard has the kind `open` for that, but demands the level `none` with it, which
//! readers leave out; what is not decided would look like what is proved. What is proved is no result at all.

mod log;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use ringfence_model::policy::StatementReference;
use ringfence_solver::verdict::VerdictWord;

use self::log::{
    Artifact, ArtifactLocation, CodeFlow, Configuration, Description, Driver, Invocation, Location, Log,
    LogicalLocation, Message, Notification, PhysicalLocation, Region, ReportingDescriptor, ResultObject,
    ResultProperties, RuleProperties, Run, RunProperties, Suppression, ThreadFlow, ThreadFlowLocation, Tool,
};
use super::place::{self, Base, File};
use crate::exit::ExitStatus;
use crate::findings::{
    Finding, Findings, FlowStep, Rule, is_file, machine_word, stands_in_a_file, statement_words,
};
use crate::output::escape::uri_path;
use crate::output::human::counted;
use crate::output::json::{group, pretty};
use crate::suppression::Entry;

/// Principals that a result names; the CSV has all.
const PRINCIPALS: usize = 100;
/// Results; GitHub keeps no more, and refuses five times as many.
const RESULTS: usize = 5_000;
/// Statements beside the first; GitHub refuses more than 1,000.
const RELATED: usize = 100;

struct Writer {
    directory: PathBuf,
    world: Option<PathBuf>,
}

/// The findings as a SARIF log, indented.
pub(super) fn sarif(findings: &Findings) -> String {
    let writer = Writer { directory: place::directory(), world: findings.world.clone() };
    let words = [VerdictWord::Refuted, VerdictWord::Inconclusive];
    let rules = findings.rules.iter().flat_map(|rule| words.map(|word| descriptor(rule, word)));
    let mut shown: Vec<(usize, &Rule, &Finding)> = Vec::new();
    for (index, rule) in findings.rules.iter().enumerate() {
        for found in rule.findings.iter().filter(|found| words.contains(&found.verdict)) {
            let second = usize::from(found.verdict == VerdictWord::Inconclusive);
            shown.push((2 * index + second, rule, found));
        }
    }
    // Stable: what weighs the same stays in the order of the rules.
    shown.sort_by_key(|(_, _, found)| (!found.is_violation(), found.acceptance.is_some()));
    let left_out = shown.len().saturating_sub(RESULTS);
    let idle = findings.suppressions.iter().filter(|entry| entry.is_idle());
    let mut notes: Vec<String> = findings.notes.iter().chain(&findings.missing).cloned().collect();
    notes.extend(idle.map(Entry::words));
    if left_out > 0 {
        notes.push(format!("{} left out, for which code scanning has no room", counted(left_out, "result")));
    }
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "Ringfence",
                semantic_version: env!("CARGO_PKG_VERSION"),
                rules: rules.collect(),
            },
        },
        invocations: vec![Invocation {
            execution_successful: findings.status != ExitStatus::Error,
            exit_code: findings.status.code(),
            properties: BTreeMap::from([("proofs", findings.level.name())]),
            tool_execution_notifications: notes.iter().map(|text| note(text)).collect(),
        }],
        original_uri_base_ids: BTreeMap::from([
            ("%SRCROOT%", base("the directory in which the program was run")),
            ("WORLD", base("the world directory")),
        ]),
        artifacts: writer.artifacts(findings),
        results: shown
            .iter()
            .take(RESULTS)
            .map(|(index, rule, found)| writer.result(rule, *index, found))
            .collect(),
        properties: RunProperties {
            subject: findings.subject.clone(),
            verdicts: findings.rules.iter().map(|rule| (rule.id.clone(), rule.words())).collect(),
            assumptions: findings.assumptions.clone(),
            not_covered: findings.not_covered.clone(),
            suppressions: findings.suppressions.iter().map(Entry::words).collect(),
        },
        column_kind: "unicodeCodePoints",
    };
    pretty(&Log { schema: log::SCHEMA, version: "2.1.0", runs: vec![run] })
}

fn base(text: &str) -> ArtifactLocation {
    ArtifactLocation { uri: None, uri_base_id: None, description: Some(Message::new(text)) }
}

fn note(text: &str) -> Notification {
    Notification { level: "warning", message: Message::new(text) }
}

/// The rule for violations, or that for what is open.
fn descriptor(rule: &Rule, word: VerdictWord) -> ReportingDescriptor {
    let open = word == VerdictWord::Inconclusive;
    let id = rule_id(rule, word);
    let (name, short) = if open {
        (format!("{} (open)", rule.kind), format!("Neither proved nor refuted: {}", rule.summary))
    } else {
        (rule.kind.clone(), rule.summary.clone())
    };
    ReportingDescriptor {
        help: Description { text: plain(&rule.help), markdown: Some(rule.help.clone()) },
        full_description: Message::new(&short),
        short_description: Message::new(&format!("{}: {short}", rule.id)),
        name,
        id,
        default_configuration: Configuration { level: if open { "warning" } else { "error" } },
        properties: RuleProperties {
            tags: vec!["security", "iam", if open { "inconclusive" } else { "violation" }],
            precision: if open { "medium" } else { "very-high" },
            security_severity: if open { "4.0" } else { severity(&rule.kind) },
            verdict: rule.words(),
        },
    }
}

/// `expensive-models`, `expensive-models/inconclusive`. A slash in the id of a guardrail is written out.
fn rule_id(rule: &Rule, word: VerdictWord) -> String {
    let id = rule.id.replace('%', "%25").replace('/', "%2F");
    if word == VerdictWord::Inconclusive { format!("{id}/inconclusive") } else { id }
}

/// How bad a violation is on the scale of CVSS: who leaves a boundary has everything else.
fn severity(kind: &str) -> &'static str {
    match kind {
        "cannot-escape-boundary" | "administrator" | "integrity" | "outside" => "9.0",
        "separation-of-duties" | "modify-and-invoke" | "credentials" | "boundary-protected" => "8.0",
        "owned" | "unused" | "must-be-able" => "5.0",
        _ => "7.0",
    }
}

/// Markdown without its marks, for readers that show text alone.
fn plain(markdown: &str) -> String {
    markdown.replace(['`', '*'], "")
}

impl Writer {
    fn result(&self, rule: &Rule, rule_index: usize, found: &Finding) -> ResultObject {
        let more = found.members.len().saturating_sub(PRINCIPALS);
        let related = found.statements.iter().skip(usize::from(found.in_file().is_some()));
        ResultObject {
            rule_id: rule_id(rule, found.verdict),
            rule_index,
            kind: "fail",
            level: if found.verdict == VerdictWord::Refuted { "error" } else { "warning" },
            message: Message::new(&message(rule, found)),
            locations: vec![self.location(found)],
            related_locations: related
                .filter(|statement| stands_in_a_file(statement))
                .take(RELATED)
                .enumerate()
                .map(|(id, statement)| {
                    let mut location = self.at(statement);
                    location.id = Some(id.saturating_add(1));
                    location
                })
                .collect(),
            code_flows: self.code_flows(found),
            partial_fingerprints: BTreeMap::from([
                // The name under which GitHub tells alerts apart; it would put the hash of a line there.
                ("primaryLocationLineHash", format!("{}:1", found.fingerprint)),
                ("ringfence/v1", found.fingerprint.clone()),
            ]),
            suppressions: found.acceptance.as_ref().map(|accepted| {
                vec![Suppression { kind: "external", status: "accepted", justification: accepted.words() }]
            }),
            properties: ResultProperties {
                verdict: machine_word(found.verdict),
                group: found.group.map(group),
                route: found.route.clone(),
                principals: found
                    .members
                    .iter()
                    .take(PRINCIPALS)
                    .map(|member| member.principal.clone())
                    .collect(),
                more_principals: (more > 0).then_some(more),
            },
        }
    }

    /// Where the result is shown.
    fn location(&self, found: &Finding) -> Location {
        let mut location = match found.in_file() {
            Some(statement) => self.at(statement),
            // What is judged may stand in no file: a managed policy of AWS.
            None if !is_file(&found.fallback) => found
                .statements
                .first()
                .map_or_else(|| named(&found.fallback), |statement| self.at(statement)),
            None => self.physical(&found.fallback, 1, 1),
        };
        location.logical_locations.extend(found.members.iter().take(PRINCIPALS).map(|member| {
            LogicalLocation { fully_qualified_name: member.principal.clone(), kind: "principal" }
        }));
        location
    }

    fn at(&self, statement: &StatementReference) -> Location {
        let place = &statement.location;
        let mut location = if stands_in_a_file(statement) {
            self.physical(&place.file, place.line, place.column)
        } else {
            named(&statement.policy)
        };
        location.message = Some(Message::new(&statement_words(statement)));
        location
            .logical_locations
            .push(LogicalLocation { fully_qualified_name: statement_words(statement), kind: "statement" });
        location
    }

    fn physical(&self, file: &str, line: u32, column: u32) -> Location {
        let artifact_location = self.artifact_location(file);
        let region = Region { start_line: line.max(1), start_column: column.max(1) };
        Location {
            physical_location: Some(PhysicalLocation { artifact_location, region }),
            ..Location::default()
        }
    }

    fn artifact_location(&self, file: &str) -> ArtifactLocation {
        let file = File::of(file, &self.directory, self.world.as_deref());
        ArtifactLocation {
            uri: Some(file.uri()),
            uri_base_id: match file.base {
                Base::Directory => Some("%SRCROOT%"),
                Base::World => Some("WORLD"),
                Base::None => None,
            },
            description: None,
        }
    }

    fn code_flows(&self, found: &Finding) -> Option<Vec<CodeFlow>> {
        if found.flow.is_empty() {
            return None;
        }
        let locations = found.flow.iter().enumerate();
        let locations =
            locations.map(|(index, step)| self.thread_flow_location(found, index, step)).collect();
        Some(vec![CodeFlow { thread_flows: vec![ThreadFlow { locations }] }])
    }

    /// A step at the statement that lets it through: the identity policy's, which sorts first, if it is in a file.
    fn thread_flow_location(&self, found: &Finding, index: usize, step: &FlowStep) -> ThreadFlowLocation {
        let statement = step.allowed_by.iter().find(|statement| stands_in_a_file(statement));
        let mut location = statement
            .or(step.allowed_by.first())
            .map_or_else(|| self.location(found), |statement| self.at(statement));
        let mut words = vec![step.words()];
        words.extend(
            step.allowed_by.iter().map(|statement| format!("allowed by {}", statement_words(statement))),
        );
        words.extend(step.effects.iter().map(|effect| format!("so {effect}")));
        location.message = Some(Message::new(&words.join("; ")));
        if location.physical_location.is_none() {
            // A policy that the path writes: it stands nowhere yet.
            location.physical_location = self.location(found).physical_location;
        }
        ThreadFlowLocation { location, execution_order: index.saturating_add(1), importance: "essential" }
    }

    /// The files that results stand in, each once.
    fn artifacts(&self, findings: &Findings) -> Vec<Artifact> {
        let all = findings.rules.iter().flat_map(|rule| &rule.findings);
        let shown =
            all.filter(|found| matches!(found.verdict, VerdictWord::Refuted | VerdictWord::Inconclusive));
        let files: BTreeSet<&str> = shown.map(|found| found.place().0).filter(|file| is_file(file)).collect();
        files.into_iter().map(|file| Artifact { location: self.artifact_location(file) }).collect()
    }
}

/// The place of a policy that stands in no file: its ARN, which is a URI.
fn named(policy: &str) -> Location {
    if !policy.starts_with("arn:") {
        return Location::default();
    }
    let uri = format!("arn:{}", uri_path(policy.trim_start_matches("arn:")).replace("%3A", ":"));
    let artifact_location = ArtifactLocation { uri: Some(uri), uri_base_id: None, description: None };
    let region = Region { start_line: 1, start_column: 1 };
    Location {
        physical_location: Some(PhysicalLocation { artifact_location, region }),
        ..Location::default()
    }
}

/// `expensive-models is refuted: no boundary, and invoke allows it. 3 principals: …`.
fn message(rule: &Rule, found: &Finding) -> String {
    let words = crate::findings::verdict_words(found.verdict, rule.scope);
    let mut text = format!("{} is {words}: {}.", rule.id, found.title);
    let names: Vec<&str> = found.members.iter().take(3).map(|member| member.principal.as_str()).collect();
    if !names.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(text, " {}: {}", counted(found.members.len(), "principal"), names.join(", "));
        if found.members.len() > names.len() {
            let _ = write!(text, " and {} more", found.members.len().saturating_sub(names.len()));
        }
        text.push('.');
    }
    if let Some(accepted) = &found.acceptance {
        let _ = write!(text, " {}.", accepted.words());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::sarif;
    use crate::findings::sample::sample;

    #[test]
    fn no_more_results_than_code_scanning_keeps_and_the_rest_is_counted() {
        let results = |text: &str| text.matches("\"ruleIndex\"").count();
        assert_eq!(results(&sarif(&sample(2, 2_500, 1, "x"))), 5_000);
        let more = sarif(&sample(3, 2_500, 1, "x"));
        assert_eq!(results(&more), 5_000);
        assert!(more.contains("2,500 results left out"), "what has no room is counted");
    }
}

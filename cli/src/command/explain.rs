//! `ringfence explain`: kinds of guardrails, theorems, rules and open points in words, from the documentation itself.

use ringfence_model::catalogue::distance;
use serde::Serialize;

use super::CommandError;
use crate::args::{ExplainArguments, Format};
use crate::exit::ExitStatus;
use crate::output::{self, json};

const GUARDRAILS: &str = include_str!("../../../docs/guardrails.md");
const THEOREMS: &str = include_str!("../../../docs/theorems.md");
const SEMANTICS: &str = include_str!("../../../docs/semantics.md");

/// Topics that an error offers.
const NEAREST: usize = 3;

/// A topic: its id, its heading, and what there is to say, as Markdown.
#[derive(Debug)]
struct Topic {
    id: String,
    title: String,
    text: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct TopicObject<'a> {
    schema_version: u32,
    id: &'a str,
    title: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct ListObject<'a> {
    schema_version: u32,
    topics: Vec<EntryObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct EntryObject<'a> {
    id: &'a str,
    title: &'a str,
}

/// Prints one topic, or the list of all.
///
/// # Errors
/// When there is no such topic, with the nearest.
pub(crate) fn run(arguments: &ExplainArguments) -> Result<ExitStatus, CommandError> {
    output::resolve(&arguments.output, Format::Text)?;
    let topics = topics();
    let Some(id) = &arguments.topic else {
        output::write_answers(&arguments.output, Format::Text, |format| match format {
            Format::Text => list(&topics),
            Format::Json => json::pretty(&ListObject {
                schema_version: json::SCHEMA_VERSION,
                topics: topics
                    .iter()
                    .map(|topic| EntryObject { id: &topic.id, title: &topic.title })
                    .collect(),
            }),
        })?;
        return Ok(ExitStatus::AsExpected);
    };
    let Some(topic) = topics.iter().find(|topic| topic.id.eq_ignore_ascii_case(id)) else {
        let mut near: Vec<(usize, &str)> = topics
            .iter()
            .map(|topic| {
                (distance(&id.to_ascii_lowercase(), &topic.id.to_ascii_lowercase()), topic.id.as_str())
            })
            .collect();
        near.sort_unstable();
        let near: Vec<&str> = near.into_iter().take(NEAREST).map(|(_, id)| id).collect();
        return Err(CommandError::usage(
            &format!("there is nothing to explain about `{id}`"),
            &format!("the nearest are {}; `ringfence explain` lists everything", near.join(", ")),
        ));
    };
    output::write_answers(&arguments.output, Format::Text, |format| match format {
        Format::Text => format!("{}\n\n{}\n", topic.title, topic.text),
        Format::Json => json::pretty(&TopicObject {
            schema_version: json::SCHEMA_VERSION,
            id: &topic.id,
            title: &topic.title,
            text: &topic.text,
        }),
    })?;
    Ok(ExitStatus::AsExpected)
}

/// What guardrails of `kind` say, in the first paragraph of their explanation; none if there is no such kind.
pub(crate) fn in_short(kind: &str) -> Option<String> {
    let (_, text) = sections(GUARDRAILS).into_iter().find(|(heading, _)| heading == kind)?;
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let line = paragraph.lines().collect::<Vec<_>>().join(" ");
    // A sentence that a list ends is none without it.
    let cut = line.strip_suffix(':').and_then(|front| Some(front.get(..front.rfind(". ")? + 1)?.to_owned()));
    Some(cut.unwrap_or(line))
}

/// Everything that can be explained: kinds of guardrails, theorems, rules of the specification, open points.
fn topics() -> Vec<Topic> {
    let mut topics = Vec::new();
    for (heading, text) in sections(GUARDRAILS) {
        topics.push(Topic { id: heading.clone(), title: heading, text });
    }
    for (heading, text) in sections(THEOREMS).into_iter().chain(sections(SEMANTICS)) {
        let id = heading.split([':', '.']).next().unwrap_or_default();
        let is_id = id.len() <= 3 && id.starts_with(|c: char| c.is_ascii_uppercase());
        if is_id && id.chars().skip(1).all(|c| c.is_ascii_digit()) && id.len() > 1 {
            topics.push(Topic { id: id.to_owned(), title: heading, text });
        }
    }
    topics.extend(open_points());
    topics
}

/// What a kind of guardrail asks for, in one sentence, and all that is documented of it, as Markdown.
pub(crate) fn of_kind(kind: &str) -> (String, String) {
    let text = sections(GUARDRAILS).into_iter().find(|(heading, _)| heading == kind).map(|(_, text)| text);
    let text = text.unwrap_or_else(|| format!("A guardrail of the kind {kind}."));
    let first = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let sentence = first.split_once(". ").map_or(first.clone(), |(sentence, _)| format!("{sentence}."));
    (sentence, text)
}

/// The sections of the second level: heading and text, without blank lines around.
fn sections(document: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in document.lines() {
        let block = found.last().is_some_and(|(_, text)| text.matches("```").count() % 2 == 1);
        match line.strip_prefix("## ").filter(|_| !block) {
            Some(heading) => {
                inside = true;
                let heading = heading.split(" *(").next().unwrap_or(heading);
                found.push((heading.trim().to_owned(), String::new()));
            }
            None if line.starts_with("# ") && !block => inside = false,
            None => {
                if let Some((_, text)) = found.last_mut().filter(|_| inside) {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
    for (_, text) in &mut found {
        *text = text.trim().to_owned();
    }
    found
}

/// The rows of the table of open points, each as a topic.
fn open_points() -> Vec<Topic> {
    let table = SEMANTICS.split_once("\n# F. Open points").map_or("", |(_, table)| table);
    let mut names: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for line in table.lines().filter_map(|line| line.strip_prefix("| ")) {
        let cells: Vec<&str> = line.trim_end_matches('|').split(" | ").map(str::trim).collect();
        let Some(id) = cells.first() else { continue };
        if *id == "id" {
            names = cells;
        } else if id.starts_with('F') && cells.len() == names.len() {
            let title = format!("{id}: {}", cells.get(1).copied().unwrap_or_default());
            let rows = names.iter().zip(&cells).skip(2);
            let text: Vec<String> = rows.map(|(name, cell)| format!("- {name}: {cell}")).collect();
            found.push(Topic { id: (*id).to_owned(), title, text: text.join("\n") });
        }
    }
    found
}

fn list(topics: &[Topic]) -> String {
    let width = topics.iter().map(|topic| topic.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for topic in topics {
        let title =
            topic.title.strip_prefix(&topic.id).map_or("", |rest| rest.trim_start_matches([':', '.', ' ']));
        let line = format!("{:width$}  {title}", topic.id);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
pub(crate) fn schemas() -> [schemars::Schema; 2] {
    [crate::output::schemas::of::<TopicObject<'_>>(), crate::output::schemas::of::<ListObject<'_>>()]
}

#[cfg(test)]
mod tests {
    use ringfence_solver::guardrail::GuardrailKind;
    use ringfence_solver::guardrail::control::of_kind;

    use super::topics;
    use crate::config;

    #[test]
    fn every_kind_is_explained_with_an_example_that_can_be_read_and_its_controls() {
        let topics = topics();
        for kind in GuardrailKind::NAMES {
            let topic = topics.iter().find(|topic| topic.id == kind).unwrap();
            let (_, rest) = topic.text.split_once("```toml\n").unwrap();
            let (example, rest) = rest.split_once("```").unwrap();
            assert!(!rest.contains("```toml"), "{kind}");
            let (configuration, _) = config::parse(example, kind).unwrap();
            assert!(configuration.guardrails.iter().all(|guardrail| guardrail.kind.name() == kind), "{kind}");
            for control in of_kind(kind) {
                assert!(topic.text.contains(control.id), "{kind}: {}", control.id);
            }
        }
    }

    #[test]
    fn theorems_rules_and_open_points_are_explained() {
        let topics = topics();
        for id in ["T1", "T2", "T3", "A1", "B6", "C11", "D4", "F1", "F4", "F51", "scopes", "exceptions"] {
            let topic = topics.iter().find(|topic| topic.id == id);
            assert!(topic.is_some_and(|topic| topic.text.len() > 40), "{id}: {topic:?}");
        }
        let mut ids: Vec<&str> = topics.iter().map(|topic| topic.id.as_str()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}

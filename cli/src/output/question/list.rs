//! The answer of `who-can` for people: a first screen of 24 lines, then the details.

use std::collections::BTreeMap;

use ringfence_model::policy::{PolicyType, StatementReference};
use ringfence_solver::inquiry::answer::Answer;
use ringfence_solver::inquiry::run::Candidate;
use ringfence_solver::witness::Witness;

use super::{candidate_kind, cited_words, grounds, grounds_words, mismatch, pins, question_words};
use crate::command::question::Answered;
use crate::output::human::{Page, SCREEN, Scene, counted, witness};

/// Principals that one group names below the first screen; `-o json` names all.
const PRINCIPALS: usize = 10;
/// Reasons that the first screen names at most.
const REASONS: usize = 3;

/// Principals whose answers have the same cause.
struct Group<'a> {
    /// The cause in words.
    title: String,
    members: Vec<(&'a Candidate, &'a Answer)>,
}

pub(super) fn render(answered: &Answered<'_>, page: &mut Page) {
    let allowed = groups(answered, |answer| match answer {
        Answer::Allowed(witness) => Some(allowed_by(witness, answered)),
        Answer::Denied(_) | Answer::NoSuchRequest(_) | Answer::Unknown(_) => None,
    });
    let denied = groups(answered, |answer| match answer {
        Answer::Denied(denial) => Some(grounds_words(&denial.grounds, Some(&answered.setting.world))),
        Answer::NoSuchRequest(text) => Some(format!("not applicable: {text}")),
        Answer::Allowed(_) | Answer::Unknown(_) => None,
    });
    let unknown = groups(answered, |answer| match answer {
        Answer::Unknown(reason) => Some(format!("{} [{}]", reason.text(), reason.code())),
        Answer::Allowed(_) | Answer::Denied(_) | Answer::NoSuchRequest(_) => None,
    });
    first_screen(answered, [&allowed, &denied, &unknown], page);
    mismatch(answered, page);
    witnesses(answered, &allowed, page);
    details("Unknown", &unknown, page);
    details("Denied", &denied, page);
    grounds(answered, page);
}

fn first_screen(answered: &Answered<'_>, groups: [&Vec<Group<'_>>; 3], page: &mut Page) {
    let [allowed, denied, unknown] = groups;
    let count = |groups: &[Group<'_>]| groups.iter().map(|group| group.members.len()).sum::<usize>();
    if let Some(name) = answered.name.filter(|name| !name.is_empty()) {
        page.add(&format!("{name}: "));
    }
    page.heading(&format!("Who can {}", question_words(answered.question)));
    pins(answered.question, page);
    page.line(&format!(
        "  {}: {} allowed, {} denied for single requests, {} unknown",
        counted(answered.results.len(), "principal"),
        count(allowed),
        count(denied),
        count(unknown),
    ));
    page.blank();
    let foot = counts_lines(denied).saturating_add(counts_lines(unknown)).saturating_add(2);
    let mut room = SCREEN.saturating_sub(page.lines()).saturating_sub(foot);
    let total = count(allowed);
    let mut shown: usize = 0;
    for group in allowed {
        // A title needs a name below it, and what is left out a line.
        if room < 3 {
            break;
        }
        page.line(&format!("  allowed by {}", group.title));
        room = room.saturating_sub(1);
        let fits = group.members.len().min(room.saturating_sub(1));
        for (candidate, _) in group.members.iter().take(fits) {
            page.line(&format!("    {}", named(candidate)));
        }
        room = room.saturating_sub(fits);
        shown = shown.saturating_add(fits);
    }
    if total == 0 {
        page.line("  allowed to nobody");
    } else if shown < total {
        page.line(&format!("    and {} more, below", total.saturating_sub(shown)));
    }
    counts("unknown", unknown, page);
    counts("denied", denied, page);
    page.line(&format!(
        "  One request at a time; see `Not covered`, near the end. Exit code {}.",
        answered.status.code()
    ));
    page.blank();
}

fn counts_lines(groups: &[Group<'_>]) -> usize {
    groups.len().min(REASONS.saturating_add(1))
}

/// How many principals have each cause.
fn counts(word: &str, groups: &[Group<'_>], page: &mut Page) {
    for group in groups.iter().take(REASONS) {
        page.line(&format!("  {word} {:>4}  {}", group.members.len(), group.title));
    }
    let rest: usize = groups.iter().skip(REASONS).map(|group| group.members.len()).sum();
    if rest > 0 {
        page.line(&format!("  {word} {rest:>4}  for other reasons, below"));
    }
}

/// Everybody who is allowed, by cause, with a request of the first of them.
fn witnesses(answered: &Answered<'_>, groups: &[Group<'_>], page: &mut Page) {
    if groups.is_empty() {
        return;
    }
    page.heading("Allowed");
    let scene = Scene { world: &answered.setting.world, tables: &answered.setting.tables };
    for (number, group) in (1_usize..).zip(groups) {
        page.blank();
        page.heading(&format!("{number:>2}. {}: {}", counted(group.members.len(), "principal"), group.title));
        members(group, page);
        if let Some((candidate, Answer::Allowed(found))) = group.members.first() {
            if group.members.len() > 1 {
                page.line("     the first of them:");
            }
            witness(scene, &candidate.subject.arn, found, page);
        }
    }
    page.blank();
}

fn details(heading: &str, groups: &[Group<'_>], page: &mut Page) {
    if groups.is_empty() {
        return;
    }
    page.heading(heading);
    for group in groups {
        page.line(&format!("  {}: {}", counted(group.members.len(), "principal"), group.title));
        members(group, page);
    }
    page.blank();
}

fn members(group: &Group<'_>, page: &mut Page) {
    for (candidate, _) in group.members.iter().take(PRINCIPALS) {
        page.line(&format!("     principal   {}", named(candidate)));
    }
    if group.members.len() > PRINCIPALS {
        let more = group.members.len().saturating_sub(PRINCIPALS);
        page.line(&format!("     principal   and {}; `-o json` names all", counted(more, "more principal")));
    }
}

/// The ARN, with a mark where only AWS can use it.
fn named(candidate: &Candidate) -> String {
    let mark =
        if candidate.service_linked { format!(" ({})", candidate_kind(candidate)) } else { String::new() };
    format!("{}{mark}", candidate.subject.arn)
}

/// The principals with an answer of one kind by their cause, the largest group first, then by cause.
fn groups<'a>(answered: &Answered<'a>, title: impl Fn(&Answer) -> Option<String>) -> Vec<Group<'a>> {
    let mut found: BTreeMap<String, Vec<(&Candidate, &Answer)>> = BTreeMap::new();
    for (candidate, answer) in &answered.results {
        if let Some(title) = title(answer) {
            found.entry(title).or_default().push((candidate, answer));
        }
    }
    let mut groups: Vec<Group<'a>> =
        found.into_iter().map(|(title, members)| Group { title, members }).collect();
    // Stable: equally large groups stay in the order of their titles.
    groups.sort_by_key(|group| std::cmp::Reverse(group.members.len()));
    groups
}

/// The policies that allow, in words: the identity policies, where none does those of the resource.
fn allowed_by(witness: &Witness, answered: &Answered<'_>) -> String {
    let deciding: Vec<&StatementReference> =
        witness.requests().iter().flat_map(|request| &request.deciding).collect();
    let of = |wanted: &[PolicyType]| {
        let mut cited: Vec<&StatementReference> = Vec::new();
        for statement in deciding.iter().filter(|statement| wanted.contains(&statement.policy_type)) {
            if !cited.contains(statement) {
                cited.push(statement);
            }
        }
        cited
    };
    let mut cited = of(&[PolicyType::Identity]);
    if cited.is_empty() {
        cited = of(&[PolicyType::Resource, PolicyType::Trust]);
    }
    let world = &answered.setting.world;
    let words: Vec<String> = cited.iter().map(|statement| cited_words(statement, Some(world))).collect();
    if words.is_empty() { "no policy: none is needed".to_owned() } else { words.join(" and ") }
}

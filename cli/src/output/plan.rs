//! What `ringfence plan` shows.

use std::path::Path;

use ringfence_infrastructure::terraform::Planned;

use super::escape::visible;
use super::human::Page;
use crate::command::plan::Worlds;

/// The worlds, and what a reader of verdicts about them should know.
pub(crate) fn text(written: &Worlds) -> String {
    let mut page = Page::default();
    let planned = &written.planned;
    let shown = |place: &Path| visible(&place.display().to_string());
    match written.places.as_slice() {
        [widest, narrowest] => {
            let (widest, narrowest) = (shown(widest), shown(narrowest));
            page.line("Something in the plan is unknown: two worlds bound what it makes.");
            page.line(&format!(
                "  {widest}  allows all that may be allowed: that nobody can do something holds if it is proved of this one"
            ));
            page.line(&format!(
                "  {narrowest}  allows no more than must be: that somebody can do something holds if it is shown of this one"
            ));
        }
        worlds => {
            for place in worlds {
                page.line(&format!("  {}  the world after the plan", shown(place)));
            }
        }
    }
    for (title, entries) in remarks(planned) {
        page.line(&format!("{title}:"));
        for entry in entries {
            page.line(&format!("  {}", visible(&entry)));
        }
    }
    page.into_text()
}

/// The tags that are unknown.
pub(crate) fn unknown_tags(planned: &Planned) -> Vec<String> {
    let tag = |((arn, key), place): (&(String, Option<String>), &String)| {
        format!(
            "{} of {arn}, by {place}",
            key.as_deref().map_or("any tag".to_owned(), |key| format!("the tag {key}"))
        )
    };
    planned.unknown_tags.iter().map(tag).collect()
}

/// What a reader of verdicts about what a plan makes should know, under the titles of what it is. No list is empty.
pub(crate) fn remarks(planned: &Planned) -> Vec<(&'static str, Vec<String>)> {
    let lists = vec![
        ("Assumed", planned.assumptions.iter().cloned().collect()),
        ("A tag is unknown, for which nothing asks", unknown_tags(planned)),
        ("What is no more known of accounts", planned.outdated.values().cloned().collect::<Vec<String>>()),
    ];
    lists.into_iter().filter(|(_, entries)| !entries.is_empty()).collect()
}

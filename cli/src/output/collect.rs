//! What `ringfence collect` shows.

use std::path::Path;

use ringfence_collect::{Collected, RECORD, State};
use ringfence_solver::verdict::VerdictWord;

use super::escape::visible;
use super::human::{Page, counted};

/// So many files that could not be read are shown; the record has all.
const SHOWN: usize = 15;

/// What was read, what was not, and what to do next.
pub(crate) fn text(collected: &Collected, world: &Path) -> String {
    let mut page = Page::default();
    let parts = &collected.record.parts;
    let read = |suffix: &str| {
        parts.iter().filter(|(path, part)| path.ends_with(suffix) && part.state == State::Read).count()
    };
    let unread: Vec<_> = parts
        .iter()
        .filter(|(path, part)| {
            part.state != State::Read && !(collected.alone && *path == "organization.json")
        })
        .collect();
    let missing = unread.len() + collected.left_out.len();
    if missing == 0 {
        page.verdict(VerdictWord::Proved, "collected");
    } else {
        page.verdict(VerdictWord::Inconclusive, "collected in part");
    }
    page.end();
    page.line(&format!("  as {}", visible(&collected.record.caller)));
    let organization = match (read("organization.json"), collected.alone) {
        (1.., _) => "the organisation",
        (0, true) => "no organisation: the account is in none",
        (0, false) => "no organisation",
    };
    let mut told = vec![organization.to_owned(), counted(read("authorization-details.json"), "account")];
    if !collected.record.regions.is_empty() {
        told.push(format!("inference profiles of {}", counted(read("inference-profiles.json"), "account")));
    }
    page.line(&format!("  read: {}", told.join(", ")));
    if collected.kept > 0 {
        page.line(&format!(
            "  {} of an earlier run kept; --refresh reads them anew",
            counted(collected.kept, "file")
        ));
    }
    for (path, part) in unread.iter().take(SHOWN) {
        let problem = part.problem.as_deref().unwrap_or("not read");
        page.line(&format!("  not read: {}: {}", visible(path), visible(problem)));
    }
    if unread.len() > SHOWN {
        page.line(&format!("  and {} more, in {RECORD}", unread.len() - SHOWN));
    }
    if !collected.left_out.is_empty() {
        let accounts = counted(collected.left_out.len(), "account");
        page.line(&format!("  left out: {accounts}, for --role names no role to read them by"));
    }
    if missing > 0 {
        page.line("  what is missing is named in every report, and verdicts that need it are inconclusive");
    }
    page.line(&format!("  next: ringfence check {}", visible(&world.display().to_string())));
    page.into_text()
}

//! Errors and warnings about input, with the line they are about.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use ringfence_model::location::InputError;

use crate::input::Sources;
use crate::output::escape::is_steering;

/// Characters of a line that are shown before and after the place.
const AROUND: usize = 60;

/// All of `errors`, with their number.
pub(crate) fn errors(errors: &[InputError]) -> String {
    let mut text = all(errors, &Level::ERROR);
    if errors.len() > 1 {
        text.push_str(&plain_error(
            &format!("{} errors in the input; nothing was decided", errors.len()),
            None,
        ));
    }
    text
}

/// All of `warnings`.
pub(crate) fn warnings(warnings: &[InputError]) -> String {
    all(warnings, &Level::WARNING)
}

/// An error that is not about a file.
pub(crate) fn plain_error(message: &str, help: Option<&str>) -> String {
    let mut group = Group::with_title(Level::ERROR.primary_title(message));
    if let Some(help) = help {
        group = group.element(Level::HELP.message(help));
    }
    render(&[group])
}

/// A remark that is not about a file.
pub(crate) fn remark(message: &str) -> String {
    render(&[Group::with_title(Level::WARNING.primary_title(visible(message)))])
}

fn all(problems: &[InputError], level: &Level<'static>) -> String {
    let mut sources = Sources::default();
    problems.iter().map(|problem| one(problem, level, &mut sources)).collect()
}

fn one(problem: &InputError, level: &Level<'static>, sources: &mut Sources) -> String {
    let message = visible(&problem.message);
    let message = match problem.statement {
        Some(statement) => format!("{message} (statement {statement}, counted from 0)"),
        None => message,
    };
    let location = &problem.location;
    let line = usize::try_from(location.line).unwrap_or(usize::MAX);
    let column = usize::try_from(location.column).unwrap_or(usize::MAX);
    let path = location.file.to_string();
    let excerpt = sources.line(&location.file, location.line).map(|line| excerpt(line, column));
    let help = problem.help.as_deref().map(visible);
    let mut group = Group::with_title(level.clone().primary_title(message));
    match &excerpt {
        Some(excerpt) => {
            let annotation = AnnotationKind::Primary.span(excerpt.place.clone());
            let snippet =
                Snippet::source(excerpt.text.as_str()).line_start(line).fold(false).annotation(annotation);
            if excerpt.whole {
                group = group.element(snippet.path(path));
            } else {
                // The column is that of the whole line, not of what is shown of it.
                group = group.element(Origin::path(path).line(line).char_column(column)).element(snippet);
            }
        }
        None => group = group.element(Origin::path(path).line(line).char_column(column)),
    }
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    render(&[group])
}

fn render(groups: &[Group<'_>]) -> String {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii).term_width(160);
    let mut text = renderer.render(groups);
    text.push('\n');
    text
}

/// What is shown of a line.
struct Excerpt {
    text: String,
    /// Where in the text the place is, in bytes.
    place: std::ops::Range<usize>,
    /// The text is the whole line.
    whole: bool,
}

/// The part of `line` around the character `column`, from 1.
fn excerpt(line: &str, column: usize) -> Excerpt {
    let at = column.saturating_sub(1);
    let whole = line.chars().nth(AROUND.saturating_mul(2)).is_none();
    let first = if whole { 0 } else { at.saturating_sub(AROUND) };
    let length = if whole { usize::MAX } else { AROUND };
    let shown = |character: char| if character == '\t' { ' ' } else { plain(character) };
    let before: String = line.chars().skip(first).take(at.saturating_sub(first)).map(shown).collect();
    let after: String = line.chars().skip(at).take(length).map(shown).collect();
    let before = if first > 0 { format!("... {before}") } else { before };
    let more = !whole && line.chars().nth(at.saturating_add(AROUND)).is_some();
    let width = after.chars().next().map_or(0, char::len_utf8);
    let place = before.len()..before.len().saturating_add(width);
    Excerpt { text: format!("{before}{after}{}", if more { " ..." } else { "" }), place, whole }
}

/// A control character as a question mark: text from a file must not steer the terminal.
fn plain(character: char) -> char {
    if is_steering(character) && character != '\t' { '?' } else { character }
}

fn visible(text: &str) -> String {
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}X{}", "é".repeat(500), "b".repeat(500));
        let cut = excerpt(&line, 501);
        assert_eq!(cut.text.get(cut.place.clone()), Some("X"));
        assert!(cut.text.starts_with("... é") && cut.text.ends_with("b ...") && !cut.whole);
        assert!(cut.text.chars().count() < 140);
    }

    #[test]
    fn a_place_past_the_end_is_empty() {
        let cut = excerpt("ab", 9);
        assert_eq!((cut.text.as_str(), cut.place, cut.whole), ("ab", 2..2, true));
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(excerpt("a\u{1b}[31mb", 1).text, "a?[31mb");
    }
}

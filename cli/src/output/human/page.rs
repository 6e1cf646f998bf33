//! Lines of text, some of them coloured, with everything that could steer a terminal taken out of what is shown.

use anstyle::{AnsiColor, Style};
use ringfence_solver::verdict::VerdictWord;

use crate::output::escape::visible;

/// A text that is being written.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
    lines: usize,
}

impl Page {
    /// Adds a line.
    pub(crate) fn line(&mut self, text: &str) {
        self.add(text);
        self.end();
    }

    /// Adds a line that stands out.
    pub(crate) fn heading(&mut self, text: &str) {
        self.styled(Style::new().bold(), text);
        self.end();
    }

    /// Adds an empty line.
    pub(crate) fn blank(&mut self) {
        self.end();
    }

    /// Adds text to the line that is being written.
    pub(crate) fn add(&mut self, text: &str) {
        self.text.push_str(&visible(text));
    }

    /// Adds text in the colour of a verdict.
    pub(crate) fn verdict(&mut self, word: VerdictWord, text: &str) {
        let colour = match word {
            VerdictWord::Refuted => AnsiColor::Red,
            VerdictWord::Inconclusive | VerdictWord::NotApplicable => AnsiColor::Yellow,
            VerdictWord::Proved => AnsiColor::Green,
        };
        self.styled(Style::new().bold().fg_color(Some(colour.into())), text);
    }

    /// Ends the line.
    pub(crate) fn end(&mut self) {
        self.text.push('\n');
        self.lines = self.lines.saturating_add(1);
    }

    /// How many lines there are.
    pub(crate) fn lines(&self) -> usize {
        self.lines
    }

    /// The text.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// The text without colours.
    pub(crate) fn into_plain_text(self) -> String {
        anstream::adapter::strip_str(&self.text).to_string()
    }

    fn styled(&mut self, style: Style, text: &str) {
        self.text.push_str(&style.render().to_string());
        self.add(text);
        self.text.push_str(&style.render_reset().to_string());
    }
}

/// `1 role`, `2 roles`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(count)) }
}

/// `12,345`.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Page, counted};

    #[test]
    fn numbers_are_readable() {
        assert_eq!(counted(1, "role"), "1 role");
        assert_eq!(counted(0, "role"), "0 roles");
        assert_eq!(counted(1_234_567, "role"), "1,234,567 roles");
    }

    #[test]
    fn what_is_shown_cannot_steer_the_terminal() {
        let mut page = Page::default();
        page.line("a\u{1b}[2Jb\rc");
        assert_eq!(page.lines(), 1);
        assert_eq!(page.into_text(), "a?[2Jb?c\n");
    }
}

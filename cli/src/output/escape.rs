//! One function for each place that text of the inputs is written to: role names, paths, Sids, tags and reasons are
//! anybody's to choose.

use std::fmt::Write as _;

/// Without what steers a terminal or changes the direction of the text: each such character is a `?`.
pub(crate) fn visible(text: &str) -> String {
    text.chars().map(|character| if is_steering(character) { '?' } else { character }).collect()
}

/// Control characters, those that turn the direction of what follows, and those that no document may hold.
pub(crate) fn is_steering(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}')
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        // No character of XML.
        || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// JSON with what steers as escapes within its texts: whatever is between the texts of a document is none of it but line feeds.
pub(crate) fn json(document: &str) -> String {
    let mut safe = String::with_capacity(document.len());
    for character in document.chars() {
        if is_steering(character) && character != '\n' {
            // All of them are in the first plane.
            let _ = write!(safe, "\\u{:04x}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    safe
}

/// As text or a quoted attribute of HTML.
pub(crate) fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

/// As running text of Markdown on one line: no markup, no link, and on GitHub no mention and no reference.
///
/// A character reference is never markup. GitHub looks for mentions and references after that, in the text of the page, and
/// a comment ends what it looks at.
pub(crate) fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '@' | '#' => {
                // Writing to a String cannot fail.
                let _ = write!(safe, "&#{};<!-- -->", u32::from(character));
            }
            ' ' | ',' | ';' | '(' | ')' => safe.push(character),
            other if other.is_ascii_punctuation() => {
                let _ = write!(safe, "&#{};", u32::from(other));
            }
            other => safe.push(other),
        }
    }
    safe
}

/// As code within a line of Markdown, where GitHub looks for nothing.
pub(crate) fn markdown_code(text: &str) -> String {
    let mut safe = String::from("<code>");
    for character in visible(text).chars() {
        if character.is_ascii_punctuation() {
            let _ = write!(safe, "&#{};", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    safe.push_str("</code>");
    safe
}

/// As running text of Markdown and HTML for readers of either and of none: marks have a backslash, and what HTML reads is written out.
pub(crate) fn markup(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in html(text).chars() {
        if matches!(character, '\\' | '$' | '`' | '*' | '_' | '[' | ']' | '!' | '~' | '^' | '{' | '}' | '|') {
            safe.push('\\');
        }
        safe.push(character);
    }
    safe
}

/// As the message of a workflow command of GitHub, of these lines.
pub(crate) fn workflow_message<T: AsRef<str>>(lines: &[T]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| visible(line.as_ref()).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// As a property of a workflow command of GitHub.
pub(crate) fn workflow_property(text: &str) -> String {
    visible(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

/// As a cell of a table that a spreadsheet opens: never a formula. The quotes are the writer's to add.
pub(crate) fn cell(text: &str) -> String {
    let text = visible(text);
    // Spreadsheets skip spaces before they look for a formula.
    if text.trim_start().starts_with(['=', '+', '-', '@', '|', '%']) { format!("'{text}") } else { text }
}

/// Within quotes of Graphviz.
pub(crate) fn dot_string(text: &str) -> String {
    visible(text).replace('\\', "\\\\").replace('"', "\\\"")
}

/// Within quotes of Mermaid, which reads `#37;` as a character, and `%%{` as a directive wherever it stands.
pub(crate) fn mermaid_string(text: &str) -> String {
    visible(text)
        .replace('#', "#35;")
        .replace('%', "#37;")
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// As a segment of a URI reference: `/` stays.
pub(crate) fn uri_path(path: &str) -> String {
    let mut safe = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            safe.push(char::from(byte));
        } else {
            let _ = write!(safe, "%{byte:02X}");
        }
    }
    safe
}

#[cfg(test)]
mod tests;

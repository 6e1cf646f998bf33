//! Each sink against names that are chosen to break out of it.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser};

use super::{
    cell, dot_string, html, is_steering, json, markdown, markdown_code, markup, mermaid_string, uri_path,
    visible, workflow_message, workflow_property,
};

/// Pieces that mean something to one of the sinks.
const PIECES: [&str; 34] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "|",
    "@user",
    "::error::",
    "\n",
    "\r",
    "\u{1b}[31m",
    "=cmd()",
    "+1",
    "-1",
    "`",
    "```",
    "**",
    "__",
    "](http://a.b)",
    "[x",
    "#1",
    "&lt;",
    "&#60;",
    "<!--",
    "-->",
    "\"",
    "'",
    "%0A",
    "http://evil.example",
    "www.evil.example",
    "\\",
    "$(x)",
    "\u{202e}",
    "</pre>",
    "~~~",
    "\t",
    "role/a",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// What a reader sees of Markdown, and whether there is anything in it but text and what the escapers themselves write.
fn rendered(source: &str, options: Options) -> (String, Vec<String>) {
    let mut text = String::new();
    let mut other = Vec::new();
    for event in Parser::new_ext(source, options) {
        match event {
            Event::Text(part) => text.push_str(&part),
            Event::Start(pulldown_cmark::Tag::Paragraph) | Event::End(pulldown_cmark::TagEnd::Paragraph) => {}
            Event::InlineHtml(html) if ["<code>", "</code>", "<!-- -->"].contains(&html.as_ref()) => {}
            found @ (Event::Start(_)
            | Event::End(_)
            | Event::Code(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::Html(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Rule
            | Event::TaskListMarker(_)) => other.push(format!("{found:?}")),
        }
    }
    (text, other)
}

proptest! {
    #[test]
    fn nothing_visible_steers(name in hostile()) {
        let shown = visible(&name);
        prop_assert_eq!(shown.chars().count(), name.chars().count());
        let steering = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        prop_assert_eq!(shown.chars().find(|c| steering(*c)), None);
    }

    #[test]
    fn html_holds_no_markup_and_loses_nothing(name in hostile()) {
        let safe = html(&name);
        prop_assert!(!safe.contains(['<', '>', '"', '\'']));
        let back = safe.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
        prop_assert_eq!(back.replace("&amp;", "&"), visible(&name));
    }

    #[test]
    fn markdown_is_read_as_the_text_that_it_was(name in hostile()) {
        let expected = visible(&name);
        // Spaces around a line are none of the text.
        for source in [format!("x{}x", markdown(&name)), format!("x{}x", markdown_code(&name))] {
            let (text, other) = rendered(&source, Options::all());
            prop_assert_eq!(&other, &Vec::<String>::new(), "{}", source);
            prop_assert_eq!(text, format!("x{expected}x"), "{}", source);
            prop_assert!(!source.contains(['\n', '|', '@']));
        }
    }

    #[test]
    fn markup_is_read_as_the_text_that_it_was(name in hostile()) {
        let source = format!("x{}x", markup(&name));
        // OSCAL knows no typographic dashes.
        let (text, other) = rendered(&source, Options::all() - Options::ENABLE_SMART_PUNCTUATION);
        prop_assert_eq!(&other, &Vec::<String>::new(), "{}", source);
        prop_assert_eq!(text, format!("x{}x", visible(&name)), "{}", source);
    }

    #[test]
    fn json_loses_nothing_and_steers_nothing(name in hostile()) {
        let document = json(&serde_json::to_string_pretty(&serde_json::json!({ "name": name })).unwrap());
        prop_assert!(!document.chars().any(|character| is_steering(character) && character != '\n'));
        let back: serde_json::Value = serde_json::from_str(&document).unwrap();
        prop_assert_eq!(back["name"].as_str().unwrap(), name);
    }

    #[test]
    fn a_table_keeps_its_cells(name in hostile()) {
        let source = format!("| a | b |\n| --- | --- |\n| {} | {} |\n", markdown_code(&name), markdown(&name));
        let cells = Parser::new_ext(&source, Options::all())
            .filter(|event| matches!(event, Event::Start(pulldown_cmark::Tag::TableCell)));
        prop_assert_eq!(cells.count(), 4);
    }

    #[test]
    fn one_workflow_command_stays_one(name in hostile()) {
        let line = format!("::error title={}::{}", workflow_property(&name), workflow_message(&[name.as_str(), "second"]));
        prop_assert_eq!(line.find(['\n', '\r', '\u{1b}']), None);
        let (properties, message) = line.strip_prefix("::error ").unwrap().split_once("::").unwrap();
        let title = properties.strip_prefix("title=").unwrap();
        prop_assert!(!title.contains([',', ':']));
        let back = title.replace("%3A", ":").replace("%2C", ",").replace("%25", "%");
        prop_assert_eq!(back, visible(&name));
        // A line feed in a name begins no line.
        let back = message.replace("%0A", "\n").replace("%25", "%");
        prop_assert_eq!(back, format!("{}\nsecond", visible(&name)));
    }

    #[test]
    fn no_cell_is_a_formula(name in hostile()) {
        let shown = cell(&name);
        prop_assert!(!shown.trim_start().starts_with(['=', '+', '-', '@', '|', '%']));
        prop_assert_eq!(shown.strip_prefix('\'').filter(|_| !name.starts_with('\'')).unwrap_or(&shown), visible(&name));
    }

    #[test]
    fn quotes_of_a_graph_are_not_ended(name in hostile()) {
        let safe = dot_string(&name);
        let mut characters = safe.chars();
        let mut back = String::new();
        while let Some(character) = characters.next() {
            prop_assert_ne!(character, '"');
            back.push(if character == '\\' { characters.next().unwrap() } else { character });
        }
        prop_assert_eq!(back, visible(&name));
        let safe = mermaid_string(&name);
        prop_assert_eq!(safe.find(['"', '<', '>', '%', '\n']), None);
    }

    #[test]
    fn a_path_is_a_path(name in hostile()) {
        let safe = uri_path(&name);
        prop_assert!(safe.bytes().all(|byte| byte.is_ascii_graphic()));
        prop_assert!(!safe.contains(['<', '>', '"', ' ', '#', '?', ':']));
    }
}

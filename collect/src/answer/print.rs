//! Answers as JSON for people: four spaces a level, one member a line, so that a statement has a line of its own.

use super::Answer;

const STEP: usize = 4;

impl Answer {
    /// The file of this answer.
    pub(crate) fn file(&self) -> String {
        let mut text = String::new();
        print(self, 0, &mut text);
        text.push('\n');
        text
    }
}

fn print(answer: &Answer, level: usize, to: &mut String) {
    match answer {
        Answer::Text(text) => quote(text, to),
        Answer::Number(number) => to.push_str(&number.to_string()),
        Answer::Truth(truth) => to.push_str(if *truth { "true" } else { "false" }),
        Answer::List(elements) => {
            let elements =
                elements.iter().map(|element| move |to: &mut String| print(element, level + 1, to));
            enclosed(('[', ']'), level, elements, to);
        }
        Answer::Object(members) => {
            let members = members.iter().map(|(name, value)| {
                move |to: &mut String| {
                    quote(name, to);
                    to.push_str(": ");
                    print(value, level + 1, to);
                }
            });
            enclosed(('{', '}'), level, members, to);
        }
        Answer::Document(text) => indent(text, level, to),
    }
}

fn enclosed(
    (open, close): (char, char),
    level: usize,
    parts: impl Iterator<Item = impl FnOnce(&mut String)>,
    to: &mut String,
) {
    to.push(open);
    let mut empty = true;
    for part in parts {
        if !empty {
            to.push(',');
        }
        empty = false;
        line(level + 1, to);
        part(to);
    }
    if !empty {
        line(level, to);
    }
    to.push(close);
}

fn line(level: usize, to: &mut String) {
    to.push('\n');
    to.extend(std::iter::repeat_n(' ', level * STEP));
}

fn quote(text: &str, to: &mut String) {
    to.push_str(&serde_json::Value::from(text).to_string());
}

/// The JSON text with other white space: every token stays as it is.
fn indent(text: &str, mut level: usize, to: &mut String) {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\r' | '\n' => {}
            '"' => {
                to.push('"');
                // A text ends at a quote that no backslash stands before.
                let mut escaped = false;
                for character in characters.by_ref() {
                    to.push(character);
                    match character {
                        '"' if !escaped => break,
                        '\\' => escaped = !escaped,
                        _ => escaped = false,
                    }
                }
            }
            '{' | '[' => {
                to.push(character);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(close) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    to.push(close);
                } else {
                    level += 1;
                    line(level, to);
                }
            }
            '}' | ']' => {
                level = level.saturating_sub(1);
                line(level, to);
                to.push(character);
            }
            ',' => {
                to.push(',');
                line(level, to);
            }
            ':' => to.push_str(": "),
            other => to.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Answer;

    #[test]
    fn a_document_keeps_its_members_in_order_and_number() {
        let text =
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"a \"b\\","Sid":"c","Action":[ ],"Not":{}}]}"#;
        let file = Answer::object().document("PolicyDocument", Some(text)).done().file();
        let expected = r#"{
    "PolicyDocument": {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "a \"b\\",
                "Sid": "c",
                "Action": [],
                "Not": {}
            }
        ]
    }
}
"#;
        assert_eq!(file, expected);
    }

    #[test]
    fn documents_come_percent_encoded_or_not_and_a_plus_is_a_plus() {
        let plain = r#"{"a":"x+y z"}"#;
        let encoded = "%7B%22a%22%3A%22x+y%20z%22%7D";
        assert_eq!(Answer::document(encoded), Answer::Document(plain.to_owned()));
        assert_eq!(Answer::document(plain), Answer::Document(plain.to_owned()));
        // What stands in a text as a percent sign is one.
        let percent = r#"{"a":"%20"}"#;
        assert_eq!(Answer::document(percent), Answer::Document(percent.to_owned()));
        assert_eq!(Answer::document("no policy"), Answer::Text("no policy".to_owned()));
    }

    #[test]
    fn what_is_printed_is_the_same_json() {
        let answer = Answer::object()
            .text("text", Some("a\n\u{7f}\"\\é"))
            .text("nothing", None)
            .number("number", Some(-3))
            .truth("truth", true)
            .list("empty", [])
            .list(
                "list",
                [Answer::from("a"), Answer::object().done(), Answer::Document("[1, 2.50]".to_owned())],
            )
            .done();
        let read: serde_json::Value = serde_json::from_str(&answer.file()).unwrap();
        let expected = serde_json::json!({
            "text": "a\n\u{7f}\"\\é", "number": -3, "truth": true, "empty": [], "list": ["a", {}, [1, 2.5]]
        });
        assert_eq!(read, expected);
        assert!(answer.file().contains("2.50"), "numbers stay as they are written");
    }
}

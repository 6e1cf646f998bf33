//! Tests of the reader.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Json, JsonValue, parse_embedded};

fn file() -> Arc<str> {
    Arc::from("f.json")
}

fn parse(text: &str) -> Json {
    Json::parse(text, &file()).expect("valid JSON")
}

fn first_error(text: &str) -> String {
    Json::parse(text, &file()).expect_err("invalid JSON").first().expect("an error").to_string()
}

#[test]
fn positions_count_lines_and_characters() {
    let json = parse("{\n  \"é\": [1, \"ü\", true]\n}");
    let list = json.get("é").expect("the member");
    assert_eq!((list.line, list.column), (2, 8));
    let columns: Vec<u32> = list.as_array().expect("a list").iter().map(|element| element.column).collect();
    assert_eq!(columns, [9, 12, 17]);
    assert_eq!(json.compact_length(), "{\"é\":[1,\"ü\",true]}".chars().count());
}

#[test]
fn values_are_read_as_written() {
    let json = parse("\u{FEFF}[null, -0.5e+3, \"a\\n\\u00e9\\ud83d\\ude00\\/\", false, {}, []]");
    let values: Vec<&JsonValue> =
        json.as_array().expect("a list").iter().map(|element| &element.value).collect();
    assert_eq!(values[0], &JsonValue::Null);
    assert_eq!(values[1], &JsonValue::Number("-0.5e+3".to_owned()));
    assert_eq!(values[2], &JsonValue::String("a\né😀/".to_owned()));
    assert_eq!(values[3], &JsonValue::Bool(false));
    assert_eq!(values[4], &JsonValue::Object(Vec::new()));
    assert_eq!(values[5], &JsonValue::Array(Vec::new()));
}

#[test]
fn every_prefix_of_a_document_is_an_error() {
    let text = r#"{"a": [1.5e3, "x\u00e9\n", true, null], "b": {"c": false}}"#;
    for end in 0..text.len() {
        let prefix = text.get(..end).expect("ASCII");
        assert!(Json::parse(prefix, &file()).is_err(), "{prefix}");
    }
    assert_eq!(first_error(r#"{"a": [1, 2"#), "f.json:1:12: the text ends in the middle of a JSON value");
}

#[test]
fn wrong_text_is_refused_with_its_place() {
    for (text, place) in [
        ("[1,]", "f.json:1:4"),
        ("{\"a\":1,}", "f.json:1:8"),
        ("[01]", "f.json:1:3"),
        ("[1.]", "f.json:1:4"),
        ("[+1]", "f.json:1:2"),
        ("[NaN]", "f.json:1:2"),
        ("{'a': 1}", "f.json:1:2"),
        ("\"a\nb\"", "f.json:1:3"),
        ("\"\\x\"", "f.json:1:2"),
        ("\"\\ud800\"", "f.json:1:2"),
        ("\"\\ud800\\u0041\"", "f.json:1:2"),
        ("\"\\udc00\"", "f.json:1:2"),
        ("[1] x", "f.json:1:5"),
        ("{}\n{}", "f.json:2:1"),
        ("// no\n{}", "f.json:1:1"),
        ("", "f.json:1:1"),
        (" \n ", "f.json:2:2"),
    ] {
        assert!(first_error(text).starts_with(&format!("{place}: ")), "{text}: {}", first_error(text));
    }
}

#[test]
fn every_duplicate_key_is_reported() {
    let errors =
        Json::parse("{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2},\n \"a\": 3}", &file()).expect_err("duplicates");
    let places: Vec<String> = errors.iter().map(|error| error.location.to_string()).collect();
    assert_eq!(places, ["f.json:1:24", "f.json:2:2"]);
    assert!(Json::parse(r#"{"a": 1, "\u0061": 2}"#, &file()).is_err(), "equal after escapes");
    assert!(Json::parse(r#"{"a": 1, "A": 2}"#, &file()).is_ok());
}

#[test]
fn bytes_that_are_not_utf8_are_refused_with_their_place() {
    let error = Json::parse_bytes(b"{\n \"\xc3\xa9\xff\": 1}", &file()).expect_err("bad UTF-8");
    assert_eq!(error[0].location.to_string(), "f.json:2:4");
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    assert!(first_error(&deep).contains("nested more than 128 deep"));
    assert!(Json::parse(&format!("{}{}", "[".repeat(128), "]".repeat(128)), &file()).is_ok());
}

#[test]
fn ten_megabytes_are_read() {
    let mut text = String::from("[");
    for number in 0..200_000 {
        let _ = write!(text, "{{\"Key\": \"arn:aws:s3:::bucket-{number:06}/*\", \"n\": {number}}},");
    }
    text.push_str("{}]");
    assert_eq!(parse(&text).as_array().map(<[Json]>::len), Some(200_001));
}

#[test]
fn embedded_documents_keep_the_columns_of_the_file() {
    let plain = r#"{"Content": "{\"Version\": [\n true]}"}"#;
    let json = parse(plain);
    let inner = parse_embedded(json.get("Content").expect("the string"), plain, &file()).expect("inner JSON");
    let value = &inner.get("Version").expect("the member").as_array().expect("a list")[0];
    let column = plain.find("true").expect("the value") + 1;
    assert_eq!((value.line, value.column as usize), (1, column));

    let encoded = "{\n\"D\": \"%7B%22a+b%22%3A%20%22%C3%A9%22%7D\"}";
    let json = parse(encoded);
    let inner = parse_embedded(json.get("D").expect("the string"), encoded, &file()).expect("inner JSON");
    let value = inner.get("a+b").expect("the plus sign stays");
    assert_eq!(value.as_str(), Some("é"));
    let line = encoded.lines().nth(1).expect("the line");
    assert_eq!((value.line, value.column as usize), (2, line.find("%22%C3").expect("the value") + 1));
}

#[test]
fn wrong_embedded_documents_are_refused_with_their_place() {
    for (text, column) in
        [("[\"%7B%2\"]", 6), ("[\"%7Bx\"]", 6), ("[\"%FF\"]", 3), ("[\"{]\"]", 4), ("[7]", 2), ("[\"\"]", 3)]
    {
        let json = parse(text);
        let errors =
            parse_embedded(&json.as_array().expect("a list")[0], text, &file()).expect_err("refused");
        assert_eq!(errors[0].location.column, column, "{text}: {errors:?}");
    }
}

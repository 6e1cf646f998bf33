//! JSON with positions: every value and every key knows its line and column.
//!
//! The reader is strict (RFC 8259): duplicate keys, lone surrogates, bad UTF-8, trailing text and truncation are
//! errors. It is used for everything a person may have written or that decides a verdict.
//! Trusted: a value misread here makes a proof wrong.

mod embedded;
mod reader;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::location::{InputError, Location};

pub use embedded::parse_embedded;

/// Arrays and objects may be nested this deep; deeper text is an error.
pub const DEPTH_LIMIT: usize = 128;

/// A value and where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json {
    /// The value.
    pub value: JsonValue,
    /// Line of its first character, from 1.
    pub line: u32,
    /// Column of its first character, from 1.
    pub column: u32,
    /// Byte offset of its first character in the text that was read.
    pub offset: usize,
}

/// The value itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonValue {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A string, its escapes resolved.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, its members in the order of the text. No two keys are equal.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The key.
    pub key: String,
    /// Line of the key's opening quote, from 1.
    pub line: u32,
    /// Column of the key's opening quote, from 1.
    pub column: u32,
    /// The value.
    pub value: Json,
}

impl Json {
    /// The value that `text` holds. Locations name `file`. A byte order mark at the start is skipped.
    ///
    /// # Errors
    /// The first syntax error, and every duplicate key before it.
    pub fn parse(text: &str, file: &Arc<str>) -> Result<Self, Vec<InputError>> {
        Self::parse_line(text, file, 1)
    }

    /// As [`Json::parse`], for a text that starts at line `first_line` of its file.
    ///
    /// # Errors
    /// As [`Json::parse`].
    pub fn parse_line(text: &str, file: &Arc<str>, first_line: u32) -> Result<Self, Vec<InputError>> {
        reader::read(text, file, reader::Origin::File { first_line })
    }

    /// As [`Json::parse`], for bytes.
    ///
    /// # Errors
    /// As [`Json::parse`]; also for bytes that are not UTF-8.
    pub fn parse_bytes(bytes: &[u8], file: &Arc<str>) -> Result<Self, Vec<InputError>> {
        Self::parse(text_of(bytes, file)?, file)
    }

    /// Where the value starts in `file`.
    pub fn location(&self, file: &Arc<str>) -> Location {
        Location::new(file, self.line, self.column)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let JsonValue::String(text) = &self.value { Some(text) } else { None }
    }

    /// The value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        if let JsonValue::Bool(value) = self.value { Some(value) } else { None }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Json]> {
        if let JsonValue::Array(elements) = &self.value { Some(elements) } else { None }
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&[Member]> {
        if let JsonValue::Object(members) = &self.value { Some(members) } else { None }
    }

    /// The value under `key`; none when there is no such key or this is no object.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.as_object()?.iter().find(|member| member.key == key).map(|member| &member.value)
    }

    /// The elements of an array, or any other value as the only element.
    pub fn one_or_many(&self) -> &[Json] {
        self.as_array().unwrap_or_else(|| std::slice::from_ref(self))
    }

    /// True for `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.value, JsonValue::Null)
    }

    /// The text form in which policies compare a value: a string itself, a number as written, `true` or `false`
    /// (semantics:C1); none for the rest.
    pub fn scalar_text(&self) -> Option<&str> {
        match &self.value {
            JsonValue::String(text) | JsonValue::Number(text) => Some(text),
            JsonValue::Bool(true) => Some("true"),
            JsonValue::Bool(false) => Some("false"),
            JsonValue::Null | JsonValue::Array(_) | JsonValue::Object(_) => None,
        }
    }

    /// What kind of value this is, with its article, for messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            JsonValue::Null => "null",
            JsonValue::Bool(_) => "a boolean",
            JsonValue::Number(_) => "a number",
            JsonValue::String(_) => "a string",
            JsonValue::Array(_) => "a list",
            JsonValue::Object(_) => "an object",
        }
    }

    /// The number of characters of the value written without white space and without needless escapes.
    pub fn compact_length(&self) -> usize {
        match &self.value {
            JsonValue::Null => 4,
            JsonValue::Bool(value) => 5 - usize::from(*value),
            JsonValue::Number(text) => text.len(),
            JsonValue::String(text) => quoted_length(text),
            JsonValue::Array(elements) => {
                let inner: usize = elements.iter().map(Json::compact_length).sum();
                inner + elements.len().saturating_sub(1) + 2
            }
            JsonValue::Object(members) => {
                let inner: usize = members
                    .iter()
                    .map(|member| quoted_length(&member.key) + 1 + member.value.compact_length())
                    .sum();
                inner + members.len().saturating_sub(1) + 2
            }
        }
    }
}

fn quoted_length(text: &str) -> usize {
    2 + text.chars().map(|character| if matches!(character, '"' | '\\') { 2 } else { 1 }).sum::<usize>()
}

/// The text that `bytes` hold.
///
/// # Errors
/// The place of the first byte that is not UTF-8.
pub fn text_of<'a>(bytes: &'a [u8], file: &Arc<str>) -> Result<&'a str, Vec<InputError>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = good.split(|byte| *byte == b'\n').count();
        let tail = good.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let column = 1 + tail.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        let help = if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            "the file is UTF-16, as PowerShell writes with `>`; save it as UTF-8"
        } else {
            "save the file as UTF-8"
        };
        vec![InputError {
            location: Location::new(file, saturated(line), saturated(column)),
            statement: None,
            message: "this byte is not UTF-8".to_owned(),
            help: Some(help.to_owned()),
        }]
    })
}

/// `number`, or the largest `u32`.
fn saturated(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

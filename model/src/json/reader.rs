//! The JSON reader: one pass over the bytes, nesting capped.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{DEPTH_LIMIT, Json, JsonValue, Member, saturated};
use crate::location::{InputError, Location};

/// How offsets in the text become lines and columns.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin<'a> {
    /// The text is a file, or the rest of one from this line on.
    File {
        /// The line of its first character.
        first_line: u32,
    },
    /// The text was decoded from a string on one line of a file.
    Embedded {
        /// That line.
        line: u32,
        /// For each byte of the text the column where its encoded form starts, and one more for the end.
        columns: &'a [u32],
    },
}

/// The value that `text` holds.
pub(super) fn read(text: &str, file: &Arc<str>, origin: Origin<'_>) -> Result<Json, Vec<InputError>> {
    let line = match origin {
        Origin::File { first_line } => first_line,
        Origin::Embedded { line, .. } => line,
    };
    let start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        file,
        origin,
        offset: start,
        line,
        line_start: start,
        continuation_bytes: 0,
        depth: 0,
        errors: Vec::new(),
    };
    let result = reader.document();
    let mut errors = reader.errors;
    match result {
        Ok(json) if errors.is_empty() => Ok(json),
        Ok(_) => Err(errors),
        Err(error) => {
            errors.push(error);
            Err(errors)
        }
    }
}

type Read<T> = Result<T, InputError>;

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    file: &'a Arc<str>,
    origin: Origin<'a>,
    offset: usize,
    line: u32,
    line_start: usize,
    /// UTF-8 continuation bytes since `line_start`: they don't count as columns.
    continuation_bytes: usize,
    depth: usize,
    /// Duplicate keys: reading goes on after them.
    errors: Vec<InputError>,
}

impl Reader<'_> {
    fn document(&mut self) -> Read<Json> {
        self.skip_space();
        if self.peek().is_none() {
            return Err(self.fail("the text is empty", "a JSON value is expected here"));
        }
        let json = self.value()?;
        self.skip_space();
        match self.peek() {
            None => Ok(json),
            Some(b'{' | b'[') => Err(self.fail(
                "a second JSON value follows the first",
                "the file must hold exactly one; join the pages of a paged answer, or let the AWS CLI do so by \
                 leaving out --no-paginate and --max-items",
            )),
            Some(_) => Err(self.fail("text follows the JSON value", "remove what stands after it")),
        }
    }

    fn value(&mut self) -> Read<Json> {
        let (line, column, offset) = (self.line, self.column(), self.offset);
        let value = match self.peek() {
            Some(b'"') => JsonValue::String(self.string()?),
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b't') => self.word("true", JsonValue::Bool(true))?,
            Some(b'f') => self.word("false", JsonValue::Bool(false))?,
            Some(b'n') => self.word("null", JsonValue::Null)?,
            Some(b'-' | b'0'..=b'9') => JsonValue::Number(self.number()?),
            Some(b'\'') => return Err(self.fail("strings stand in double quotes", "replace `'` by `\"`")),
            Some(b'}' | b']') => {
                return Err(self.fail("a value is missing here", "remove the comma before, or add the value"));
            }
            Some(_) => return Err(self.unexpected("a JSON value")),
            None => return Err(self.truncated()),
        };
        Ok(Json { value, line, column, offset })
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Read<JsonValue>) -> Read<JsonValue> {
        if self.depth >= DEPTH_LIMIT {
            return Err(self.fail(
                &format!("lists and objects are nested more than {DEPTH_LIMIT} deep"),
                "no policy or AWS answer is; check what wrote this file",
            ));
        }
        self.depth += 1;
        self.offset += 1;
        let value = inner(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn array(&mut self) -> Read<JsonValue> {
        let mut elements = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(JsonValue::Array(elements));
        }
        loop {
            self.skip_space();
            elements.push(self.value()?);
            self.skip_space();
            if self.take(b']') {
                return Ok(JsonValue::Array(elements));
            }
            if !self.take(b',') {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
    }

    fn object(&mut self) -> Read<JsonValue> {
        let mut members: Vec<Member> = Vec::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(JsonValue::Object(members));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let (line, column) = (self.line, self.column());
            let key = self.string()?;
            self.skip_space();
            if !self.take(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.skip_space();
            let value = self.value()?;
            members.push(Member { key, line, column, value });
            self.skip_space();
            if self.take(b'}') {
                self.report_duplicates(&members);
                return Ok(JsonValue::Object(members));
            }
            if !self.take(b',') {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    fn report_duplicates(&mut self, members: &[Member]) {
        let mut first: BTreeMap<&str, &Member> = BTreeMap::new();
        for member in members {
            let Some(earlier) = first.get(member.key.as_str()) else {
                first.insert(&member.key, member);
                continue;
            };
            self.errors.push(InputError {
                location: Location::new(self.file, member.line, member.column),
                statement: None,
                message: format!(
                    "the key `{}` stands twice in one object, first at line {}, column {}",
                    member.key, earlier.line, earlier.column
                ),
                help: Some("readers differ in which one they keep; leave only one".to_owned()),
            });
        }
    }

    fn word(&mut self, word: &str, value: JsonValue) -> Read<JsonValue> {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        if rest.starts_with(word.as_bytes()) {
            self.offset += word.len();
            return Ok(value);
        }
        if word.as_bytes().starts_with(rest) {
            self.offset = self.bytes.len();
            return Err(self.truncated());
        }
        Err(self.unexpected("a JSON value"))
    }

    fn number(&mut self) -> Read<String> {
        let start = self.offset;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        } else if matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.fail("a number must not start with 0", "put it in double quotes if it is an id"));
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        Ok(self.text.get(start..self.offset).unwrap_or_default().to_owned())
    }

    fn digits(&mut self) -> Read<()> {
        let start = self.offset;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.offset += 1;
        }
        if self.offset > start { Ok(()) } else { Err(self.unexpected("a digit")) }
    }

    /// A string; the reader stands at its opening quote.
    fn string(&mut self) -> Read<String> {
        self.offset += 1;
        let mut result = String::new();
        loop {
            let start = self.offset;
            let plain = self.plain_run();
            self.offset += plain;
            let run = self.text.get(start..self.offset).unwrap_or_default();
            match self.peek() {
                Some(b'"') => {
                    self.offset += 1;
                    if result.is_empty() {
                        return Ok(run.to_owned());
                    }
                    result.push_str(run);
                    return Ok(result);
                }
                Some(b'\\') => {
                    result.push_str(run);
                    result.push(self.escape()?);
                }
                Some(_) => {
                    return Err(self.fail(
                        "a control character stands in a string",
                        "write line breaks as `\\n` and tabs as `\\t`; a quote may be missing before",
                    ));
                }
                None => return Err(self.truncated()),
            }
        }
    }

    /// The number of bytes from here to the next quote, backslash or control character.
    fn plain_run(&mut self) -> usize {
        let mut length = 0;
        for byte in self.bytes.get(self.offset..).unwrap_or_default() {
            match byte {
                b'"' | b'\\' | 0..=0x1F => break,
                0x80..=0xBF => self.continuation_bytes += 1,
                _ => {}
            }
            length += 1;
        }
        length
    }

    /// The character of an escape; the reader stands at its backslash.
    fn escape(&mut self) -> Read<char> {
        let start = self.offset;
        self.offset += 1;
        let character = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.offset += 1;
                return self.unicode_escape(start);
            }
            Some(_) => {
                self.offset = start;
                return Err(self.fail("unknown escape", "write a backslash as `\\\\`"));
            }
            None => return Err(self.truncated()),
        };
        self.offset += 1;
        Ok(character)
    }

    /// The character of `\uXXXX` or of a surrogate pair that starts at `start`; the reader stands after the `u`.
    fn unicode_escape(&mut self, start: usize) -> Read<char> {
        let first = self.four_hex_digits()?;
        let mut code = first;
        if (0xD800..0xDC00).contains(&first)
            && self.bytes.get(self.offset..self.offset + 2) == Some(b"\\u".as_slice())
        {
            self.offset += 2;
            let second = self.four_hex_digits()?;
            if (0xDC00..0xE000).contains(&second) {
                code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            }
        }
        char::from_u32(code).ok_or_else(|| {
            self.offset = start;
            self.fail("a lone surrogate is no character", "write the whole pair, or the character itself")
        })
    }

    fn four_hex_digits(&mut self) -> Read<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return Err(self.unexpected("four hexadecimal digits"));
            };
            code = code * 16 + digit;
            self.offset += 1;
        }
        Ok(code)
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => self.offset += 1,
                b'\n' => {
                    self.offset += 1;
                    if let Origin::File { .. } = self.origin {
                        self.line = self.line.saturating_add(1);
                        self.line_start = self.offset;
                        self.continuation_bytes = 0;
                    }
                }
                _ => return,
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.offset).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.offset += 1;
        }
        found
    }

    fn column(&self) -> u32 {
        match self.origin {
            Origin::File { .. } => {
                let bytes = self.offset.saturating_sub(self.line_start);
                saturated(bytes.saturating_sub(self.continuation_bytes) + 1)
            }
            Origin::Embedded { columns, .. } => {
                columns.get(self.offset).or_else(|| columns.last()).copied().unwrap_or(1)
            }
        }
    }

    fn fail(&self, message: &str, help: &str) -> InputError {
        InputError {
            location: Location::new(self.file, self.line, self.column()),
            statement: None,
            message: message.to_owned(),
            help: Some(help.to_owned()),
        }
    }

    fn truncated(&self) -> InputError {
        self.fail("the text ends in the middle of a JSON value", "the file is cut short; write it again")
    }

    fn unexpected(&self, wanted: &str) -> InputError {
        let Some(found) = self.text.get(self.offset..).and_then(|rest| rest.chars().next()) else {
            return self.truncated();
        };
        self.fail(
            &format!("`{}` stands where {wanted} is expected", found.escape_debug()),
            "the text is not JSON from here on",
        )
    }
}

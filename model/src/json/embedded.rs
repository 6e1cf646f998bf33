//! JSON inside a JSON string, plain or percent-encoded: policy documents in the answers of AWS.

use std::sync::Arc;

use super::reader::{self, Origin};
use super::{Json, saturated};
use crate::location::{InputError, Location};

/// The JSON value that the string `json` holds as text. `source` is the text that `json` was read from; locations
/// in the result point into it, so that the columns of an embedded document are those of the file.
///
/// A string whose first character other than white space is `{` or `[` is taken as it stands; any other is
/// percent-decoded first (`+` stays a plus sign).
///
/// # Errors
/// `json` is no string, a percent escape is wrong, or the text is not JSON.
pub fn parse_embedded(json: &Json, source: &str, file: &Arc<str>) -> Result<Json, Vec<InputError>> {
    let Some(text) = json.as_str() else {
        return Err(vec![error(
            json.location(file),
            &format!("a policy document must be an object or a string, not {}", json.kind()),
            "give the document as AWS does",
        )]);
    };
    let (mut bytes, mut columns) = unescape(json, source);
    if bytes != text.as_bytes() {
        // INVARIANT: `source` is what `json` was read from. Kept from being trusted blindly.
        bytes = text.as_bytes().to_vec();
        columns = vec![json.column; bytes.len() + 1];
    }
    let plain = text.trim_start_matches([' ', '\t', '\r', '\n', '\u{FEFF}']).starts_with(['{', '[']);
    if !plain {
        (bytes, columns) = percent_decode(&bytes, &columns).map_err(|column| {
            vec![error(
                Location::new(file, json.line, column),
                "`%` is not followed by two hexadecimal digits",
                "a document is either plain JSON or percent-encoded as a whole, as AWS returns it",
            )]
        })?;
    }
    let decoded = std::str::from_utf8(&bytes).map_err(|problem| {
        let column = columns.get(problem.valid_up_to()).copied().unwrap_or(json.column);
        vec![error(
            Location::new(file, json.line, column),
            "the percent escapes here are not UTF-8",
            "give the document as AWS does",
        )]
    })?;
    reader::read(decoded, file, Origin::Embedded { line: json.line, columns: &columns })
}

fn error(location: Location, message: &str, help: &str) -> InputError {
    InputError { location, statement: None, message: message.to_owned(), help: Some(help.to_owned()) }
}

/// The bytes of the string that stands at `json` in `source`, escapes resolved, with the column where each starts
/// and the column of the closing quote. The string is known to be well-formed.
fn unescape(json: &Json, source: &str) -> (Vec<u8>, Vec<u32>) {
    let raw = source.get(json.offset + 1..).unwrap_or_default();
    let mut bytes = Vec::new();
    let mut columns = Vec::new();
    let mut buffer = [0; 4];
    let mut position = json.column as usize + 1;
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        if character == '"' {
            break;
        }
        let (resolved, width) = if character == '\\' { resolve(&mut characters) } else { (character, 1) };
        for byte in resolved.encode_utf8(&mut buffer).bytes() {
            bytes.push(byte);
            columns.push(saturated(position));
        }
        position += width;
    }
    columns.push(saturated(position));
    (bytes, columns)
}

/// The character of the escape whose backslash was just taken from `characters`, and how many characters of the
/// source it takes, the backslash included.
fn resolve(characters: &mut std::str::Chars<'_>) -> (char, usize) {
    match characters.next() {
        Some('b') => ('\u{8}', 2),
        Some('f') => ('\u{C}', 2),
        Some('n') => ('\n', 2),
        Some('r') => ('\r', 2),
        Some('t') => ('\t', 2),
        Some('u') => {
            let first = hex_digits(characters);
            if let Some(character) = char::from_u32(first) {
                return (character, 6);
            }
            characters.next();
            characters.next();
            let second = hex_digits(characters);
            let code = 0x10000 + ((first & 0x3FF) << 10) + (second & 0x3FF);
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        Some(other) => (other, 2),
        None => (char::REPLACEMENT_CHARACTER, 1),
    }
}

fn hex_digits(characters: &mut std::str::Chars<'_>) -> u32 {
    characters.by_ref().take(4).fold(0, |code, digit| code * 16 + digit.to_digit(16).unwrap_or(0))
}

/// `bytes` percent-decoded, with the columns carried along; the column of the first wrong escape as error.
fn percent_decode(bytes: &[u8], columns: &[u32]) -> Result<(Vec<u8>, Vec<u32>), u32> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut kept = Vec::with_capacity(bytes.len());
    let mut pairs = bytes.iter().copied().zip(columns.iter().copied());
    while let Some((byte, column)) = pairs.next() {
        let byte = if byte == b'%' {
            let mut digit = || pairs.next().and_then(|(byte, _)| char::from(byte).to_digit(16));
            let code = digit().and_then(|high| digit().map(|low| high * 16 + low));
            code.and_then(|code| u8::try_from(code).ok()).ok_or(column)?
        } else {
            byte
        };
        decoded.push(byte);
        kept.push(column);
    }
    kept.push(columns.last().copied().unwrap_or(1));
    Ok((decoded, kept))
}

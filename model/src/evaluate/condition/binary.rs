//! Bytes in base64 (semantics:C8).

/// Whether both texts are base64 for the same bytes. False where one is not base64.
pub(super) fn equal(left: &str, right: &str) -> bool {
    match (decode(left), decode(right)) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

/// The bytes that `text` writes in base64 with padding (RFC 4648); none if it is malformed.
fn decode(text: &str) -> Option<Vec<u8>> {
    let unpadded = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(unpadded.len() * 3 / 4);
    let mut bits: u32 = 0;
    let mut count = 0;
    for digit in unpadded.bytes() {
        let digit = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            let [.., byte] = (bits >> count).to_be_bytes();
            bytes.push(byte);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{decode, equal};

    #[test]
    fn base64_is_decoded() {
        assert_eq!(decode("UmluZw==").as_deref(), Some(&b"Ring"[..]));
        assert_eq!(decode("UmluZ2Y=").as_deref(), Some(&b"Ringf"[..]));
        assert_eq!(decode("UmluZ2Zl").as_deref(), Some(&b"Ringfe"[..]));
        assert_eq!(decode("").as_deref(), Some(&b""[..]));
        assert!(equal("UmluZw==", "UmluZw=="));
        assert!(!equal("UmluZw==", "UmluZ2Y="));
    }

    #[test]
    fn what_is_no_base64_equals_nothing() {
        for text in ["UmluZw", "UmluZw=", "Um=uZw==", "Um u", "====", "é"] {
            assert!(!equal(text, text), "{text}");
        }
    }
}

//! A price, exact.

use std::fmt;

/// Digits kept after the decimal point.
const DIGITS: usize = 6;

/// USD per million tokens, exact to a millionth of a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(u64);

impl Price {
    /// The price written `text`: decimal digits, with at most six after a point.
    ///
    /// # Errors
    /// A sentence on what is wrong, when `text` is anything else or too large.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > DIGITS {
            return Err(format!(
                "`{text}` is not a price: digits, with at most {DIGITS} after a point, or `-`"
            ));
        }
        format!("{whole}{fraction:0<DIGITS$}")
            .parse()
            .map(Self)
            .map_err(|_| format!("the price `{text}` is too large"))
    }

    /// The price written `text`; none for `-` and for an empty field.
    ///
    /// # Errors
    /// As [`Price::parse`].
    pub fn parse_optional(text: &str) -> Result<Option<Self>, String> {
        if matches!(text, "-" | "") { Ok(None) } else { Self::parse(text).map(Some) }
    }

    /// The price in millionths of a dollar per million tokens.
    pub fn millionths(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Price {
    /// At least two digits after the point, more where they are not zero: `22.00`, `0.035`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:06}", self.0 % 1_000_000);
        let short = fraction.trim_end_matches('0');
        write!(f, "{}.{short:0<2}", self.0 / 1_000_000)
    }
}

//! Numbers, exactly: whole multiples of 10⁻¹⁸ of at most 19 digits before the point.

/// Digits after the point.
const PLACES: i32 = 18;

/// How a text reads as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// It is none.
    No,
    /// It is one, with more digits than are counted with here.
    TooLong,
    /// This many times 10⁻¹⁸.
    Value(i128),
}

impl Number {
    /// The number written `text`: an optional sign, digits with an optional point, an optional exponent of at most
    /// ±400.
    pub(crate) fn parse(text: &str) -> Self {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => match exponent.parse::<i32>() {
                Ok(exponent) if exponent.unsigned_abs() <= 400 => (mantissa, exponent),
                Ok(_) | Err(_) => return Self::No,
            },
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Self::No;
        }
        let digits = format!("{whole}{fraction}");
        let shift = i32::try_from(fraction.len()).ok().map(|length| PLACES + exponent - length);
        match shift.and_then(|shift| shifted(&digits, shift)) {
            Some(value) => Self::Value(if negative { -value } else { value }),
            None => Self::TooLong,
        }
    }

    /// A whole number.
    pub(crate) fn whole(value: i64) -> i128 {
        i128::from(value) * 1_000_000_000_000_000_000
    }
}

pub(crate) fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The digits as a number, times ten to the power of `shift`; none if that is not whole or too large to add to.
fn shifted(digits: &str, shift: i32) -> Option<i128> {
    let trimmed = digits.trim_end_matches('0');
    if trimmed.is_empty() {
        return Some(0);
    }
    let shift = shift.checked_add(i32::try_from(digits.len() - trimmed.len()).ok()?)?;
    let value =
        trimmed.parse::<i128>().ok()?.checked_mul(10_i128.checked_pow(u32::try_from(shift).ok()?)?)?;
    (value < Number::whole(i64::MAX)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        let unit = Number::whole(1);
        for (text, value) in [
            ("5", 5 * unit),
            ("-1.5", -3 * unit / 2),
            ("+.25e2", 25 * unit),
            ("5.", 5 * unit),
            ("-0", 0),
            ("1e-18", 1),
            ("00000000000000000000000000000000000000000000000000007.50", 15 * unit / 2),
            ("0.0000000000000000000000000000000000000000000000000075e50", 75 * unit / 100),
            ("0000000000000000000000000000000000000000000000000000.000", 0),
        ] {
            assert_eq!(Number::parse(text), Number::Value(value), "{text}");
        }
        for text in
            ["", "-", ".", "e3", "1e", " 1", "0x1", "1,0", "٣", "1e-+2", "1e401", "1e-2147483648", "--1"]
        {
            assert_eq!(Number::parse(text), Number::No, "{text}");
        }
        // Less than 2⁶³ - 1 is counted with.
        let most = Number::whole(i64::MAX - 1);
        for (text, value) in [
            ("9223372036854775806", most),
            ("-9223372036854775806", -most),
            ("9223372036854775806.999999999999999999", most + unit - 1),
        ] {
            assert_eq!(Number::parse(text), Number::Value(value), "{text}");
        }
        for text in ["9223372036854775807", "-9223372036854775807", "1e-400", "1e+400"] {
            assert_eq!(Number::parse(text), Number::TooLong, "{text}");
        }
        for text in ["1e-401", "1e+401", "1e+", "1e-", "1e1.0", "1ee1", "1e\u{ff11}", "1e99999999999"] {
            assert_eq!(Number::parse(text), Number::No, "{text}");
        }
        for text in ["1e-19", "1e19", "99999999999999999999", "1e400"] {
            assert_eq!(Number::parse(text), Number::TooLong, "{text}");
        }
    }
}

//! Decimal numbers, compared exactly.

use std::cmp::Ordering;

/// A decimal number of any size and precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    /// False for zero.
    negative: bool,
    /// The number is 0.DIGITS × 10^scale; `whole` and `fraction` are DIGITS in two runs, without zeros at either end.
    whole: &'a str,
    fraction: &'a str,
    /// Zero for zero.
    scale: i64,
}

impl<'a> Decimal<'a> {
    /// The number written `text`: an optional sign, digits with an optional point, an optional exponent. None
    /// for anything else, and for exponents past ±400, which no policy means.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |run: &str| run.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
            return None;
        }
        let mut whole = whole.trim_start_matches('0');
        let mut fraction = fraction.trim_end_matches('0');
        let mut scale = exponent.checked_add(i64::try_from(whole.len()).ok()?)?;
        if whole.is_empty() {
            let leading = fraction.len();
            fraction = fraction.trim_start_matches('0');
            scale = scale.checked_sub(i64::try_from(leading - fraction.len()).ok()?)?;
        }
        if fraction.is_empty() {
            whole = whole.trim_end_matches('0');
        }
        if whole.is_empty() && fraction.is_empty() {
            return Some(Self { negative: false, whole, fraction, scale: 0 });
        }
        Some(Self { negative, whole, fraction, scale })
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.bytes().chain(self.fraction.bytes())
    }

    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    pub(super) fn cmp(&self, other: &Decimal<'_>) -> Ordering {
        let sign = |number: &Decimal<'_>| match (number.is_zero(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let magnitude = self.scale.cmp(&other.scale).then_with(|| self.digits().cmp(other.digits()));
        sign(self).cmp(&sign(other)).then(if self.negative { magnitude.reverse() } else { magnitude })
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|exponent: &i64| plain && exponent.unsigned_abs() <= 400)
}

#[cfg(test)]
mod tests {
    use super::Decimal;
    use std::cmp::Ordering;

    fn order(left: &str, right: &str) -> Ordering {
        Decimal::parse(left).expect("a number").cmp(&Decimal::parse(right).expect("a number"))
    }

    #[test]
    fn numbers_compare_exactly() {
        for (left, right) in [
            ("10", "10.0"),
            ("1e3", "1000"),
            ("-0", "0.00"),
            ("0.001", "1E-3"),
            ("+5", "05"),
            ("100", "1e2"),
            (".5", "0.5"),
            ("5.", "5"),
            ("120e-1", "12"),
        ] {
            assert_eq!(order(left, right), Ordering::Equal, "{left} {right}");
        }
        for (less, more) in [
            ("9", "10"),
            ("-10", "-9"),
            ("-1", "0"),
            ("0", "0.0001"),
            ("9007199254740992", "9007199254740993"),
            ("0.09", "0.1"),
            ("-1", "1"),
            ("1.5", "1.50001"),
            ("99", "1e2"),
            ("1e-400", "1e400"),
        ] {
            assert_eq!(order(less, more), Ordering::Less, "{less} {more}");
            assert_eq!(order(more, less), Ordering::Greater, "{more} {less}");
        }
    }

    #[test]
    fn what_is_no_number() {
        for text in [
            "",
            "-",
            ".",
            "1e",
            "1e+",
            "one",
            "1 ",
            "0x1",
            "1_0",
            "1e1.5",
            "--1",
            "1e-9223372036854775808",
            "1e-2147483648",
            "NaN",
            "1e401",
            "1e9999999999999999999",
            "٣",
        ] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }
}

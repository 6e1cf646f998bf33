//! Exact decimal numbers, as policies and requests write them.

use std::cmp::Ordering;
use std::fmt;

use serde::Serialize;

/// A decimal number of any length, in normal form: no leading or trailing zeros, zero is not negative.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Decimal {
    negative: bool,
    /// Digits before the point, without leading zeros.
    whole: String,
    /// Digits after the point, without trailing zeros.
    fraction: String,
}

impl Decimal {
    /// The number written `text`: an optional sign, digits with an optional point, an optional exponent. None for
    /// anything else, and for exponents past ±400, which no policy means.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                (mantissa, exponent.parse::<i32>().ok().filter(|size| size.unsigned_abs() <= 400)?)
            }
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let zeros = "0".repeat(usize::try_from(exponent.unsigned_abs()).ok()?);
        let digits = if exponent < 0 {
            format!("{zeros}{whole}{fraction}")
        } else {
            format!("{whole}{fraction}{zeros}")
        };
        let point = if exponent < 0 { whole.len() } else { whole.len() + zeros.len() };
        let (whole, fraction) = digits.split_at_checked(point)?;
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let negative = negative && !(whole.is_empty() && fraction.is_empty());
        Some(Self { negative, whole, fraction })
    }

    /// The whole number `value`.
    pub fn from_integer(value: i64) -> Self {
        let whole = value.unsigned_abs().to_string().trim_start_matches('0').to_owned();
        Self { negative: value < 0, whole, fraction: String::new() }
    }

    /// The decimal equal to the fraction; none if it has no finite decimal form.
    pub fn from_fraction(numerator: i64, denominator: i64) -> Option<Self> {
        let sign = if denominator < 0 { -1 } else { 1 };
        let (numerator, mut denominator) =
            (i128::from(numerator) * sign, (i128::from(denominator) * sign).unsigned_abs());
        let mut scale = 0_usize;
        let mut factor: i128 = 1;
        // Multiply by ten until the denominator divides, which it does for 2^a·5^b within max(a, b) steps.
        while denominator != 0 && !(numerator * factor).unsigned_abs().is_multiple_of(denominator) {
            scale += 1;
            factor = factor.checked_mul(10).filter(|_| scale <= 18)?;
            numerator.checked_mul(factor)?;
        }
        denominator = denominator.max(1);
        let digits = ((numerator * factor).unsigned_abs() / denominator).to_string();
        let padded = format!("{}{digits}", "0".repeat((scale + 1).saturating_sub(digits.len())));
        let (whole, fraction) = padded.split_at_checked(padded.len() - scale)?;
        let sign = if numerator < 0 { "-" } else { "" };
        if scale == 0 {
            Self::parse(&format!("{sign}{whole}"))
        } else {
            Self::parse(&format!("{sign}{whole}.{fraction}"))
        }
    }

    /// Numerator and denominator as decimal digits, the numerator with its sign: what Z3 reads.
    pub fn as_fraction(&self) -> (String, String) {
        let mut numerator = format!("{}{}", self.whole, self.fraction);
        if numerator.is_empty() {
            numerator.push('0');
        }
        if self.negative {
            numerator.insert(0, '-');
        }
        let mut denominator = String::from("1");
        denominator.extend(std::iter::repeat_n('0', self.fraction.len()));
        (numerator, denominator)
    }

    /// The largest whole number not above it, if that fits.
    pub fn floor(&self) -> Option<i64> {
        let whole: i64 = if self.whole.is_empty() { 0 } else { self.whole.parse().ok()? };
        if !self.negative {
            return Some(whole);
        }
        let below = i64::from(!self.fraction.is_empty());
        whole.checked_neg()?.checked_sub(below)
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let scale = self.fraction.len().max(other.fraction.len());
        let (left, right) = (self.scaled(scale), other.scaled(scale));
        let (negative, digits) = if self.negative == other.negative {
            (self.negative, add(&left, &right))
        } else if self.magnitude(other) == Ordering::Less {
            (other.negative, subtract(&right, &left))
        } else {
            (self.negative, subtract(&left, &right))
        };
        let point = digits.len().saturating_sub(scale);
        let text = |range: &[u8]| -> String { range.iter().map(|digit| char::from(b'0' + digit)).collect() };
        let (whole, fraction) = digits.split_at_checked(point).unwrap_or((&[], &[]));
        let whole = text(whole).trim_start_matches('0').to_owned();
        let fraction = text(fraction).trim_end_matches('0').to_owned();
        let negative = negative && !(whole.is_empty() && fraction.is_empty());
        Self { negative, whole, fraction }
    }

    /// The digits of the magnitude times ten to the power of `scale`, at least `scale` + 1 of them.
    fn scaled(&self, scale: usize) -> Vec<u8> {
        let mut digits = vec![0];
        digits.extend(self.whole.bytes().chain(self.fraction.bytes()).map(|byte| byte - b'0'));
        digits.extend(std::iter::repeat_n(0, scale.saturating_sub(self.fraction.len())));
        digits
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        self.whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| self.fraction.cmp(&other.fraction))
    }
}

/// Pads the shorter with zeros in front.
fn aligned(left: &[u8], right: &[u8]) -> Vec<(u8, u8)> {
    let width = left.len().max(right.len());
    let padded = |digits: &[u8]| -> Vec<u8> {
        std::iter::repeat_n(0, width - digits.len()).chain(digits.iter().copied()).collect()
    };
    padded(left).into_iter().zip(padded(right)).collect()
}

fn add(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut sum: Vec<u8> = Vec::new();
    for (a, b) in aligned(left, right).into_iter().rev() {
        let digit = a + b + carry;
        sum.push(digit % 10);
        carry = digit / 10;
    }
    sum.push(carry);
    sum.reverse();
    sum
}

/// `left` must not be smaller than `right`.
fn subtract(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut difference: Vec<u8> = Vec::new();
    for (a, b) in aligned(left, right).into_iter().rev() {
        let taken = b + borrow;
        borrow = u8::from(a < taken);
        difference.push(a + 10 * borrow - taken);
    }
    difference.reverse();
    difference
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    /// By value.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        f.write_str(if self.whole.is_empty() { "0" } else { &self.whole })?;
        if self.fraction.is_empty() { Ok(()) } else { write!(f, ".{}", self.fraction) }
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn equal_values_are_equal_data_and_order_is_by_value() {
        assert_eq!(number("007.50"), number("7.5"));
        assert_eq!(number("-0"), number("0"));
        assert!(number("-2") < number("-1.9") && number("-1") < number("0") && number("9") < number("10"));
        assert!(number("1.05") < number("1.1") && number("1.1") > number("1.09"));
        assert_eq!(number("-1.25").as_fraction(), ("-125".to_owned(), "100".to_owned()));
        assert_eq!(number("-1.25").floor(), Some(-2));
        assert_eq!(Decimal::from_fraction(-5, 4), Some(number("-1.25")));
        assert_eq!(Decimal::from_fraction(7, -1), Some(number("-7")));
        assert_eq!(Decimal::from_fraction(1, 3), None);
        for (left, right, sum) in
            [("1.5", "2.75", "4.25"), ("-1", "0.25", "-0.75"), ("99", "1", "100"), ("5", "-5", "0")]
        {
            assert_eq!(number(left).plus(&number(right)), number(sum), "{left} + {right}");
        }
        assert_eq!(number("1.5e3"), number("1500"));
        assert_eq!(number("15E-3"), number(".015"));
        assert_eq!(number("5."), number("5"));
        for bad in ["", "-", ".", "e3", "1e", " 1", "0x1", "1,0", "٣", "1e-+2"] {
            assert_eq!(Decimal::parse(bad), None, "{bad}");
        }
    }
}

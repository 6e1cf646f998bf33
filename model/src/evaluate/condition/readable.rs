//! Values of conditions that are not of their operator's type (semantics:C8, F23).

use super::{address, arn, binary, date, number};
use crate::condition::BaseOperator;
use crate::evaluate::glob::PatternPiece;
use crate::template::Template;

/// What the operator compares with, where `wanted` is nothing of that type, so that no value of a request equals it; none
/// where it is of the type, or where that hangs on a variable.
pub(crate) fn wanted_type(operator: BaseOperator, wanted: &Template) -> Option<&'static str> {
    use BaseOperator as Op;
    let text = wanted.raw.as_str();
    let boolean = || ["true", "false"].iter().any(|word| word.eq_ignore_ascii_case(text));
    let (fits, expected) = match operator {
        Op::StringEquals
        | Op::StringNotEquals
        | Op::StringEqualsIgnoreCase
        | Op::StringNotEqualsIgnoreCase
        | Op::StringLike
        | Op::StringNotLike => return None,
        Op::NumericEquals
        | Op::NumericNotEquals
        | Op::NumericLessThan
        | Op::NumericLessThanEquals
        | Op::NumericGreaterThan
        | Op::NumericGreaterThanEquals => (number::Decimal::parse(text).is_some(), "a number: `3600`"),
        Op::DateEquals
        | Op::DateNotEquals
        | Op::DateLessThan
        | Op::DateLessThanEquals
        | Op::DateGreaterThan
        | Op::DateGreaterThanEquals => (
            date::instant(text).is_some(),
            "a date, a date with a time and an offset, or seconds since 1970: `2027-01-01T00:00:00Z`",
        ),
        Op::Bool => (wanted.has_variable() || boolean(), "`true` or `false`"),
        Op::Null => (boolean(), "`true` or `false`"),
        Op::BinaryEquals => (binary::equal(text, text), "bytes in base64: `UmluZw==`"),
        Op::IpAddress | Op::NotIpAddress => {
            (address::Range::parse(text).is_some(), "an address or a range of addresses: `10.0.0.0/8`")
        }
        Op::ArnEquals | Op::ArnNotEquals | Op::ArnLike | Op::ArnNotLike => (
            wanted.has_variable() || arn::like(&[PatternPiece::wild(text)], ":::::").is_some(),
            "an ARN of six parts, with wildcards or without: `arn:aws:iam::*:role/*`",
        ),
    };
    (!fits).then_some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_another_type_are_told() {
        use BaseOperator as Op;
        for (operator, fitting, others) in [
            (Op::NumericLessThan, vec!["3600", "-1.5e2"], vec!["one hour", "inf", "nan", "0x10", ""]),
            (
                Op::DateLessThan,
                vec!["2027-01-01", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00.5+02:00", "1798761600"],
                vec!["2027-01-01T00:00:00", "2027-01-01t00:00:00z", "31.12.2027", "07:32:00"],
            ),
            (Op::Bool, vec!["true", "False"], vec!["yes", "1", ""]),
            (Op::Null, vec!["true", "FALSE"], vec!["maybe", "null"]),
            (
                Op::IpAddress,
                vec!["10.0.0.0/8", "10.0.0.1", "2001:db8::/32"],
                vec!["10.0.0/8", "10.0.0.0/33", "*"],
            ),
            (Op::ArnLike, vec!["arn:aws:iam::*:role/*", "*:*:*:*:*:*"], vec!["role/x", "*", "arn:aws:s3:b"]),
            (Op::BinaryEquals, vec!["UmluZw=="], vec!["Ring!"]),
            (Op::StringEquals, vec!["", "*"], vec![]),
        ] {
            for text in fitting {
                assert_eq!(wanted_type(operator, &Template::text(text)), None, "{operator:?} {text}");
            }
            for text in others {
                assert!(wanted_type(operator, &Template::text(text)).is_some(), "{operator:?} {text}");
            }
        }
    }
}

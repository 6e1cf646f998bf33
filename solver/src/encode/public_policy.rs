//! Which bucket policies S3 calls public, for Block Public Access (semantics:B5).
//!
//! Source: Amazon S3 User Guide, "The meaning of public": an Allow for everybody is not public if a condition holds it to
//! fixed values of one of the keys listed here.

use ringfence_model::condition::{BaseOperator, Condition, SetOperator};
use ringfence_model::policy::{Effect, PolicyDocument, PrincipalPattern, Statement};
use ringfence_model::service_rules::NOT_PUBLIC_KEYS;
use ringfence_model::template::{Piece, Template};

use crate::text::parse_address;

/// True if some statement of the bucket policy lets everybody in.
pub(super) fn is_public(document: &PolicyDocument) -> bool {
    document.statements.iter().any(|statement| {
        statement.effect == Effect::Allow
            && names_everyone(statement)
            && !statement.conditions.iter().any(holds_to_fixed_values)
    })
}

fn names_everyone(statement: &Statement) -> bool {
    let everyone = |pattern: &PrincipalPattern| {
        matches!(pattern, PrincipalPattern::Everyone)
            || matches!(pattern, PrincipalPattern::Aws(text) if text == "*")
    };
    let Some(element) = statement.principal.as_ref() else { return true };
    !element.values.is_empty() && (element.negated || element.values.iter().any(everyone))
}

/// The condition requires the key to be there with one of some values without wildcards or variables.
fn holds_to_fixed_values(condition: &Condition) -> bool {
    let operator = condition.operator;
    let requires =
        !operator.if_exists && !operator.other_case && operator.set != Some(SetOperator::ForAllValues);
    if !requires || condition.values.is_empty() {
        return false;
    }
    let key = condition.key.canonical();
    let positive = matches!(
        operator.base,
        BaseOperator::StringEquals
            | BaseOperator::StringEqualsIgnoreCase
            | BaseOperator::StringLike
            | BaseOperator::ArnEquals
            | BaseOperator::ArnLike
    );
    if operator.base == BaseOperator::IpAddress {
        return key == "aws:sourceip" && condition.values.iter().all(|value| is_narrow(&value.raw));
    }
    positive && NOT_PUBLIC_KEYS.contains(&key) && condition.values.iter().all(|value| is_fixed(key, value))
}

/// The value is a text without wildcards and variables; of an access point's ARN that counts for the account alone.
fn is_fixed(key: &str, value: &Template) -> bool {
    let wild = if key == "s3:dataaccesspointarn" {
        value.raw.split(':').nth(4).is_none_or(|account| account.contains(['*', '?']))
    } else {
        value.raw.contains(['*', '?'])
    };
    !wild && value.pieces.iter().all(|piece| matches!(piece, Piece::Text(_)))
}

/// The range has at least 8 bits of prefix, or 32 for IPv6.
fn is_narrow(range: &str) -> bool {
    let (address, length) =
        range.split_once('/').map_or((range, None), |(address, length)| (address, Some(length)));
    let Some((v6, _)) = parse_address(address) else { return false };
    let least: u8 = if v6 { 32 } else { 8 };
    length.is_none_or(|length| length.parse::<u8>().is_ok_and(|length| length >= least))
}

//! Which bucket policies S3 calls public, for Block Public Access (semantics:B5).
//!
//! Source: Amazon S3 User Guide, "The meaning of public": an Allow for everybody is not public if a condition holds it to
//! fixed values of one of the keys listed here.

use ringfence_model::condition::{BaseOperator, Condition, SetOperator};
use ringfence_model::policy::{Effect, PolicyDocument, PrincipalPattern, Statement};
use ringfence_model::service_rules::NOT_PUBLIC_KEYS;
use ringfence_model::template::Piece;

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
    let requires = !operator.if_exists && operator.set != Some(SetOperator::ForAllValues);
    let compares = matches!(
        operator.base,
        BaseOperator::StringEquals
            | BaseOperator::StringEqualsIgnoreCase
            | BaseOperator::StringLike
            | BaseOperator::ArnEquals
            | BaseOperator::ArnLike
            | BaseOperator::IpAddress
    );
    let fixed = condition.values.iter().all(|value| {
        let wildcard = |piece: &Piece| match piece {
            Piece::Text(text) => text.contains(['*', '?']),
            Piece::Literal(_) => false,
            Piece::Variable { .. } => true,
        };
        !value.pieces.iter().any(wildcard)
    });
    let key = condition.key.canonical();
    let narrow = match key {
        "aws:sourceip" => condition.values.iter().all(|value| is_narrow(&value.raw)),
        _ => NOT_PUBLIC_KEYS.contains(&key),
    };
    requires && compares && fixed && narrow && !condition.values.is_empty()
}

/// The range has at least 8 bits of prefix, or 32 for IPv6.
fn is_narrow(range: &str) -> bool {
    let (address, length) =
        range.split_once('/').map_or((range, None), |(address, length)| (address, Some(length)));
    let Some((v6, _)) = parse_address(address) else { return false };
    let least: u8 = if v6 { 32 } else { 8 };
    length.is_none_or(|length| length.parse::<u8>().is_ok_and(|length| length >= least))
}

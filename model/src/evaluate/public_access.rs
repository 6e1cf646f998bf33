//! Whether S3 takes a bucket policy for public (semantics:B5, Block Public Access).

use std::str::FromStr;

use ipnet::IpNet;

use crate::condition::{BaseOperator, Condition};
use crate::policy::{Effect, PolicyDocument, PrincipalPattern, Statement};
use crate::service_rules::NOT_PUBLIC_KEYS;
use crate::template::{Piece, Template};

/// True if some Allow of `document` lets everyone in without a condition that S3 counts.
pub(super) fn is_public(document: &PolicyDocument) -> bool {
    document.statements.iter().any(|statement| {
        statement.effect == Effect::Allow
            && names_everyone(statement)
            && !statement.conditions.iter().any(fixes)
    })
}

fn names_everyone(statement: &Statement) -> bool {
    statement.principal.as_ref().is_none_or(|element| {
        let negated = element.negated && !element.values.is_empty();
        negated || element.values.contains(&PrincipalPattern::Everyone)
    })
}

/// True if `condition` admits only fixed values of a key that S3 counts.
fn fixes(condition: &Condition) -> bool {
    let operator = condition.operator;
    if operator.if_exists
        || operator.other_case
        || operator.set == Some(crate::condition::SetOperator::ForAllValues)
        || condition.values.is_empty()
    {
        return false;
    }
    let key = condition.key.canonical();
    if operator.base == BaseOperator::IpAddress {
        return key == "aws:sourceip" && condition.values.iter().all(is_narrow_range);
    }
    let positive = matches!(
        operator.base,
        BaseOperator::StringEquals
            | BaseOperator::StringEqualsIgnoreCase
            | BaseOperator::StringLike
            | BaseOperator::ArnEquals
            | BaseOperator::ArnLike
    );
    positive && NOT_PUBLIC_KEYS.contains(&key) && condition.values.iter().all(|value| is_fixed(key, value))
}

/// True for a text without wildcards and variables. The name in an access point's ARN may be a wildcard, the account
/// not.
fn is_fixed(key: &str, value: &Template) -> bool {
    let plain = value.pieces.iter().all(|piece| matches!(piece, Piece::Text(_)));
    let part = match key {
        "s3:dataaccesspointarn" => value.raw.split(':').nth(4).unwrap_or("*"),
        _ => value.raw.as_str(),
    };
    plain && !part.contains(['*', '?'])
}

fn is_narrow_range(value: &Template) -> bool {
    let text = value.raw.as_str();
    let range = IpNet::from_str(text).or_else(|_| std::net::IpAddr::from_str(text).map(IpNet::from));
    match range {
        Ok(IpNet::V4(range)) => range.prefix_len() >= 8,
        Ok(IpNet::V6(range)) => range.prefix_len() >= 32,
        Err(_) => false,
    }
}

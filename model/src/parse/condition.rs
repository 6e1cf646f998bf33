//! Condition blocks: operators, keys and values (semantics:C6, C8).

use std::collections::BTreeMap;

use super::finding::Findings;
use super::template;
use crate::condition::{BaseOperator, Condition, ConditionOperator, SetOperator};
use crate::context::ContextKey;
use crate::evaluate::wanted_type;
use crate::json::{Json, Member};
use crate::policy::Version;
use crate::template::Template;

/// All conditions of a block, in the order of the document.
pub(super) fn parse_conditions(
    block: &Json,
    version: Version,
    findings: &mut Findings<'_>,
) -> Vec<Condition> {
    let Some(operators) = block.as_object() else {
        findings.error(
            block,
            &format!("Condition must be an object, not {}", block.kind()),
            "write `{ \"StringEquals\": { \"aws:…\": \"…\" } }`",
        );
        return Vec::new();
    };
    let mut conditions = Vec::new();
    for member in operators {
        let operator = parse_operator(member, findings);
        let Some(keys) = member.value.as_object() else {
            findings.error(
                &member.value,
                &format!("`{}` takes an object of keys and values, not {}", member.key, member.value.kind()),
                "write `{ \"aws:…\": \"…\" }`",
            );
            continue;
        };
        let mut seen: BTreeMap<ContextKey, u32> = BTreeMap::new();
        for key_member in keys {
            let key = ContextKey::new(&key_member.key);
            if key_member.key.is_empty() {
                findings.error(key_member, "a condition key must not be empty", "name the key");
            }
            if let Some(line) = seen.insert(key.clone(), key_member.line) {
                findings.error(
                    key_member,
                    &format!("the key `{key}` stands twice under `{}`, first at line {line}", member.key),
                    "keys compare without regard to letter case; join the two lists of values",
                );
            }
            let Some(operator) = operator else { continue };
            let values = parse_values(&key_member.value, operator, version, findings);
            conditions.push(Condition { operator, key, values, location: findings.location(key_member) });
        }
    }
    conditions
}

fn parse_operator(member: &Member, findings: &mut Findings<'_>) -> Option<ConditionOperator> {
    let name = member.key.as_str();
    let (set, rest) = match name.split_once(':') {
        None => (None, name),
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
            (Some(SetOperator::ForAllValues), rest)
        }
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => {
            (Some(SetOperator::ForAnyValue), rest)
        }
        Some(_) => {
            findings.error(
                member,
                &format!("unknown set operator in `{name}`"),
                "the set operators are ForAllValues and ForAnyValue",
            );
            return None;
        }
    };
    let exact = BaseOperator::ALL.into_iter().find(|base| base.name().eq_ignore_ascii_case(rest));
    let (base, if_exists) = match exact {
        Some(base) => (base, false),
        None => match without_suffix(rest, "IfExists").and_then(|stem| {
            BaseOperator::ALL.into_iter().find(|base| base.name().eq_ignore_ascii_case(stem))
        }) {
            Some(BaseOperator::Null) => {
                findings.error(
                    member,
                    &format!("`{name}`: Null takes no IfExists"),
                    "Null already asks whether the key exists",
                );
                return None;
            }
            Some(base) => (base, true),
            None => {
                findings.error(
                    member,
                    &format!("unknown condition operator `{name}`"),
                    &format!("the nearest known operator is `{}`", nearest_operator(rest)),
                );
                return None;
            }
        },
    };
    let mut operator = ConditionOperator { set, base, if_exists, other_case: false };
    if operator.to_string() != name {
        operator.other_case = true;
        findings.warning(
            member,
            &format!("`{name}` is not in AWS's letter case"),
            &format!("write `{operator}`; whether AWS accepts other letter case is undocumented (F39)"),
        );
    }
    Some(operator)
}

/// `text` without `suffix`, whose letter case does not count.
fn without_suffix<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (stem, tail) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    tail.eq_ignore_ascii_case(suffix).then_some(stem)
}

fn nearest_operator(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let distance = |base: &BaseOperator| edit_distance(&base.name().to_ascii_lowercase(), &name);
    BaseOperator::ALL.into_iter().min_by_key(distance).map_or("StringEquals", BaseOperator::name)
}

/// The number of characters to insert, remove or replace to make one text of the other.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, character) in left.chars().enumerate() {
        let mut diagonal = index;
        let mut previous = index + 1;
        let mut next = vec![previous];
        for (other, above) in right.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(character != *other);
            previous = replaced.min(previous + 1).min(above + 1);
            diagonal = *above;
            next.push(previous);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

fn parse_values(
    json: &Json,
    operator: ConditionOperator,
    version: Version,
    findings: &mut Findings<'_>,
) -> Vec<Template> {
    let values = json.one_or_many();
    if values.is_empty() {
        findings.warning(
            json,
            &format!("`{operator}` has an empty list of values"),
            "what AWS makes of it is not documented consistently (F20); complete or remove it",
        );
    }
    if operator.base == BaseOperator::Bool && values.len() > 1 {
        findings.warning(json, "a Bool operator has several values", "IAM's validator refuses more than one");
    }
    let mut templates = Vec::with_capacity(values.len());
    for value in values {
        let Some(text) = value.scalar_text() else {
            findings.error(
                value,
                &format!("a condition value must be a string, a number or a boolean, not {}", value.kind()),
                "write one value or a flat list of values",
            );
            continue;
        };
        let told = version == Version::V2012 && text.contains("${");
        let template = if takes_variables(operator.base) {
            template::value_template(text, version, value, findings)
        } else {
            if told {
                findings.warning(
                    value,
                    &format!("`{operator}` does not replace variables, so `{text}` is plain text"),
                    "variables work in string and ARN operators only",
                );
            }
            Template::text(text)
        };
        if let Some(expected) = wanted_type(operator.base, &template).filter(|_| !told) {
            findings.warning(
                value,
                &format!("no value of a request compares with `{text}` by `{operator}`"),
                &format!("it takes {expected}; what AWS makes of other text is undocumented (F23)"),
            );
        }
        templates.push(template);
    }
    templates
}

/// True for the operators in whose values variables are replaced (semantics:C7); for Bool that is point F11.
fn takes_variables(base: BaseOperator) -> bool {
    match base {
        BaseOperator::StringEquals
        | BaseOperator::StringNotEquals
        | BaseOperator::StringEqualsIgnoreCase
        | BaseOperator::StringNotEqualsIgnoreCase
        | BaseOperator::StringLike
        | BaseOperator::StringNotLike
        | BaseOperator::ArnEquals
        | BaseOperator::ArnNotEquals
        | BaseOperator::ArnLike
        | BaseOperator::ArnNotLike
        | BaseOperator::Bool => true,
        BaseOperator::NumericEquals
        | BaseOperator::NumericNotEquals
        | BaseOperator::NumericLessThan
        | BaseOperator::NumericLessThanEquals
        | BaseOperator::NumericGreaterThan
        | BaseOperator::NumericGreaterThanEquals
        | BaseOperator::DateEquals
        | BaseOperator::DateNotEquals
        | BaseOperator::DateLessThan
        | BaseOperator::DateLessThanEquals
        | BaseOperator::DateGreaterThan
        | BaseOperator::DateGreaterThanEquals
        | BaseOperator::BinaryEquals
        | BaseOperator::IpAddress
        | BaseOperator::NotIpAddress
        | BaseOperator::Null => false,
    }
}

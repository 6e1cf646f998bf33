//! Points that AWS leaves undocumented (docs/semantics.md, F1–F51), and the choice between their readings.
//!
//! Both engines name an uncertain predicate by the same [`UncertainPredicate`], so that a choice of readings means
//! the same to both. Nothing else about the points is shared.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::condition::ConditionOperator;
use crate::context::ContextKey;
use crate::policy::{ActionPattern, PolicyType, PrincipalPattern};
use crate::template::{Piece, Template};

/// The number of an open point: `F4` is `OpenPoint(4)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OpenPoint(pub u8);

/// How a point enters a question (docs/encoding.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PointKind {
    /// One free Boolean for each uncertain predicate.
    Atom,
    /// One free Boolean for the whole question.
    Choice,
    /// The value of an attribute is free.
    FreeAttribute,
    /// Stated, not varied.
    Assumption,
    /// An error in the input.
    InputError,
}

impl OpenPoint {
    /// How this point enters a question.
    pub fn kind(self) -> PointKind {
        match self.0 {
            1 | 2 | 12 | 15 | 26 | 30 | 32 | 37 | 38 | 47 | 51 => PointKind::Choice,
            22 | 31 | 34 | 40 | 42 => PointKind::FreeAttribute,
            3 | 14 | 24 | 27..=29 | 36 | 41 | 43..=46 | 48 | 49 => PointKind::Assumption,
            50 => PointKind::InputError,
            _ => PointKind::Atom,
        }
    }
}

impl fmt::Display for OpenPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F{}", self.0)
    }
}

/// One uncertain predicate of one request: a Boolean that lies between `lower` (true under both readings) and
/// `upper` (true under one of them), the same for every occurrence with this same name (design: three-valued by
/// construction).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct UncertainPredicate {
    /// The points that leave it open, ascending.
    pub points: Vec<OpenPoint>,
    /// The element or operator: `Action`, `Resource`, `NotResource`, `ForAnyValue:StringLike`.
    pub operator: String,
    /// The operands as written, several joined by a line feed. A value with `${` that is plain text there (under
    /// Version 2008-10-17) has the mark ` [as text]` behind it, since it means something else than under 2012-10-17.
    pub operand: String,
    /// The policy type, only where the rule depends on it (F7, F24).
    pub policy_type: Option<PolicyType>,
    /// The attribute of the request: `action`, `resource`, or a key's canonical name.
    pub attribute: String,
    /// The index of the value of a multivalued key, where the predicate is about one value.
    pub slot: Option<usize>,
}

/// How a reader of a policy settles an uncertain predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// The evaluator's documented choice.
    Evaluator,
    /// True only where both readings are.
    Lower,
    /// True where one of them is.
    Upper,
}

impl UncertainPredicate {
    /// "`pattern` matches the action", where its service prefix holds a wildcard (F5). Never negated: `NotAction`
    /// uses the same predicate. Lower: no match. Upper: a glob. Evaluator: no match.
    pub fn action(pattern: &ActionPattern) -> Self {
        Self {
            points: vec![OpenPoint(5)],
            operator: "Action".to_owned(),
            operand: pattern.0.clone(),
            policy_type: None,
            attribute: "action".to_owned(),
            slot: None,
        }
    }

    /// "`value` matches the resource", for a value of Resource or NotResource that is not `*` (semantics:C5); the
    /// same predicate for both. Its points are those of F4, F6, F7 and F10 that `value` can raise by its text alone:
    ///
    /// - F4: `*` or `?` before the fifth colon. Strict: it does not match a colon.
    /// - F6: a wildcard in the service segment, or in the resource type (the resource part up to `/` or `:`) unless
    ///   that part is `*` alone or the service has a resource without a type token. Strict: the value matches nothing.
    /// - F7: fewer than six parts. Strict: the value matches nothing. Lax: it is padded with `*` segments.
    /// - F10: a letter in segments one to four, or in an IAM user's name. Strict: the letter case counts. Lax: not.
    ///
    /// Lower: all of them strict. Upper: all of them lax. The policy type is in the name for F7 only.
    pub fn resource_value(
        value: &Template,
        policy_type: PolicyType,
        has_typeless_resource: impl Fn(&str) -> bool,
    ) -> Self {
        let parts: Vec<&str> = value.raw.splitn(6, ':').collect();
        let segments = parts.get(..5).unwrap_or(&parts);
        let service = segments.get(2).copied().unwrap_or_default();
        let rest = parts.get(5).map(|rest| mask_variables(rest, value));
        let mut points = Vec::new();
        if segments.iter().any(|segment| segment.contains(['*', '?'])) {
            points.push(OpenPoint(4));
        }
        let misplaced = rest.as_deref().is_some_and(|rest| {
            let token = rest.split(['/', ':']).next().unwrap_or_default();
            rest != "*" && token.contains(['*', '?']) && !has_typeless_resource(service)
        });
        if service.contains(['*', '?']) || misplaced {
            points.push(OpenPoint(6));
        }
        let short = rest.is_none();
        if short {
            points.push(OpenPoint(7));
        }
        let letter = |text: &str| text.bytes().any(|byte| byte.is_ascii_alphabetic());
        let user = rest.as_deref().and_then(|rest| rest.strip_prefix("user/"));
        if segments.iter().skip(1).any(|segment| letter(segment))
            || (service.eq_ignore_ascii_case("iam") && user.is_some_and(letter))
        {
            points.push(OpenPoint(10));
        }
        Self {
            points,
            operator: "Resource".to_owned(),
            operand: operand(std::slice::from_ref(value)),
            policy_type: short.then_some(policy_type),
            attribute: "resource".to_owned(),
            slot: None,
        }
    }

    /// "The NotResource element matches although one of its `values` cannot be resolved" (F13). Lower: it does not.
    /// Upper and evaluator: it does, unless another value matches.
    pub fn not_resource(values: &[Template]) -> Self {
        Self {
            points: vec![OpenPoint(13)],
            operator: "NotResource".to_owned(),
            operand: operand(values),
            policy_type: None,
            attribute: "resource".to_owned(),
            slot: None,
        }
    }

    /// "`pattern` names the caller's user or role", for the ARN of a user, a role or a session of it (F9). Never negated:
    /// NotPrincipal uses the same predicate. Lower: letter case counts in that name. Upper and evaluator: not.
    pub fn principal(pattern: &PrincipalPattern) -> Self {
        Self {
            points: vec![OpenPoint(9)],
            operator: "Principal".to_owned(),
            operand: principal_text(pattern),
            policy_type: None,
            attribute: "principal".to_owned(),
            slot: None,
        }
    }

    /// "The NotPrincipal element matches although some, not all, forms of the caller are among `values`" (F8). Lower:
    /// it does not. Upper and evaluator: it does.
    pub fn not_principal(values: &[PrincipalPattern]) -> Self {
        let operand: Vec<String> = values.iter().map(principal_text).collect();
        Self {
            points: vec![OpenPoint(8)],
            operator: "NotPrincipal".to_owned(),
            operand: operand.join("\n"),
            policy_type: None,
            attribute: "principal".to_owned(),
            slot: None,
        }
    }

    /// "This condition holds", for the points that concern a condition as a whole (F16–F20, F39).
    pub fn condition(
        point: OpenPoint,
        operator: &ConditionOperator,
        key: &ContextKey,
        values: &[Template],
    ) -> Self {
        Self {
            points: vec![point],
            operator: operator.to_string(),
            operand: operand(values),
            policy_type: None,
            attribute: key.canonical().to_owned(),
            slot: None,
        }
    }

    /// "The comparison with `value` comes out true", for the points that concern one value of a condition (F11,
    /// F21, F23, F25): for a negated operator the comparison includes its negation, so that the condition holds
    /// where the comparison comes out true for every value.
    ///
    /// `slot` is the index of the request's value where the key is multivalued. F21 does not depend on the request's
    /// value: its slot is always none.
    pub fn condition_value(
        point: OpenPoint,
        operator: &ConditionOperator,
        key: &ContextKey,
        value: &Template,
        slot: Option<usize>,
    ) -> Self {
        let slot = if point == OpenPoint(21) { None } else { slot };
        Self { slot, ..Self::condition(point, operator, key, std::slice::from_ref(value)) }
    }

    /// A choice or an assumption that is one for the whole request; see where it is made.
    pub fn choice(point: OpenPoint) -> Self {
        Self {
            points: vec![point],
            operator: "choice".to_owned(),
            operand: String::new(),
            policy_type: None,
            attribute: "request".to_owned(),
            slot: None,
        }
    }
}

fn principal_text(pattern: &PrincipalPattern) -> String {
    let (kind, text) = match pattern {
        PrincipalPattern::Everyone => return "*".to_owned(),
        PrincipalPattern::Aws(text) => ("AWS", text),
        PrincipalPattern::Service(text) => ("Service", text),
        PrincipalPattern::Federated(text) => ("Federated", text),
        PrincipalPattern::CanonicalUser(text) => ("CanonicalUser", text),
    };
    format!("{kind}:{text}")
}

/// The raw values, one a line.
fn operand(values: &[Template]) -> String {
    let mut text = String::new();
    for value in values {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&value.raw);
        if value.raw.contains("${") && value.pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
            text.push_str(" [as text]");
        }
    }
    text
}

/// `text`, a part of `value`, with a `v` in the place of each variable and each escaped character.
fn mask_variables(text: &str, value: &Template) -> String {
    if value.pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
        return text.to_owned();
    }
    let mut masked = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        masked.push_str(before);
        masked.push('v');
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    masked + rest
}

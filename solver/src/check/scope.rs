//! Whether a guardrail is about a principal.

use crate::guardrail::PrincipalScope;
use crate::subject::Subject;

/// True if `scope` includes the subject and does not exclude it.
pub(super) fn applies(scope: &PrincipalScope, subject: &Subject) -> bool {
    let matched = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, subject));
    (scope.include.is_empty() || matched(&scope.include)) && !matched(&scope.exclude)
}

/// An account id stands for the whole account; everything else is a wildcard pattern over the ARN.
fn matches(pattern: &str, subject: &Subject) -> bool {
    pattern == subject.account.to_string() || pattern_matches(pattern, &subject.arn)
}

/// Whether the wildcard pattern matches all of `text`, an ARN, part by part; letter case counts.
pub(super) fn pattern_matches(pattern: &str, text: &str) -> bool {
    crate::wildcard::Language::arn_pattern(pattern).accepts(text)
}

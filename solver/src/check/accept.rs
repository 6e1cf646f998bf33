//! Accepted violations: administrators, root users, and exceptions that have not expired.

use crate::guardrail::{Configuration, pattern_matches};
use crate::report::{Accepted, Acceptor, Group};
use crate::subject::Subject;
use crate::verdict::{Verdict, VerdictWord};

/// Why the violation of `subject` under `guardrail` is accepted; none if there is none, or nobody accepted it. The
/// verdict stays refuted.
pub(super) fn accepted(
    configuration: &Configuration,
    guardrail: &str,
    subject: &Subject,
    group: Group,
    verdict: &Verdict,
    today: &str,
) -> Option<Accepted> {
    if verdict.word() != VerdictWord::Refuted {
        return None;
    }
    let named = |pattern: &str| pattern_matches(pattern, &subject.arn);
    if group != Group::Finding {
        let found = configuration.administrators.iter().find(|entry| named(&entry.principal));
        if let Some(acceptance) = found {
            return Some(Accepted {
                by: Acceptor::Administrator,
                acceptance: acceptance.clone(),
                expires: None,
            });
        }
    }
    // The one that holds longest; of several the first.
    configuration
        .exceptions
        .iter()
        .rev()
        .filter(|exception| {
            exception.guardrail == guardrail
                && named(&exception.acceptance.principal)
                && exception.holds_on(today)
        })
        .max_by_key(|exception| exception.expires.clone())
        .map(|exception| Accepted {
            by: Acceptor::Exception,
            acceptance: exception.acceptance.clone(),
            expires: exception.expires.clone(),
        })
}

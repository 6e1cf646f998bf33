//! What holds of every world between two that bound it: the widest allows whatever one of them may allow, the narrowest only what all of
//! them allow.
//!
//! Every guardrail but `must-be-able` asks whether something is impossible. So a proof about the widest holds of all worlds between, and a
//! request that the narrowest allows is allowed by all. `must-be-able` asks whether something is possible, and it is the other way round.
//! What the widest refutes and the narrowest proves hangs on what is unknown: it is inconclusive, and the request that shows it is told.

use crate::guardrail::GuardrailKind;
use crate::report::{GuardrailResult, PrincipalResult, Report};
use crate::verdict::{Reason, Verdict};

/// A verdict that hangs on what is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hanging {
    /// The place of the guardrail in the report.
    pub guardrail: usize,
    /// The place of the principal among its results.
    pub principal: usize,
    /// What refutes it in the one of the two worlds: in the widest, or for `must-be-able` in the narrowest.
    pub refuted: Verdict,
}

/// The report on all worlds between, with what hangs on what is unknown.
///
/// # Errors
/// When the reports are not of two such worlds: they are about other guardrails or principals.
pub fn between(mut widest: Report, mut narrowest: Report) -> Result<(Report, Vec<Hanging>), String> {
    let different = || "the two worlds of a plan do not have the same principals".to_owned();
    let mut hanging = Vec::new();
    if widest.guardrails.len() != narrowest.guardrails.len() {
        return Err(different());
    }
    let guardrails = widest.guardrails.iter_mut().zip(&mut narrowest.guardrails);
    for (guardrail, (wide, narrow)) in guardrails.enumerate() {
        if wide.id != narrow.id || wide.results.len() != narrow.results.len() {
            return Err(different());
        }
        for (principal, (of_wide, of_narrow)) in wide.results.iter_mut().zip(&narrow.results).enumerate() {
            if of_wide.principal != of_narrow.principal {
                return Err(different());
            }
            let (safe, sure) = if asks_for_something(&wide.kind) {
                (of_narrow.clone(), of_wide.clone())
            } else {
                (of_wide.clone(), of_narrow.clone())
            };
            let refuted = safe.verdict.clone();
            let (result, hangs) = of_both(&safe, sure);
            if hangs {
                hanging.push(Hanging { guardrail, principal, refuted });
            }
            // What somebody may be in some of them alone is no group.
            *of_wide = PrincipalResult { group: of_narrow.group, ..result };
        }
        join(wide, narrow);
    }
    // Only who is one in all of them.
    widest.administrators.retain(|principal| narrowest.administrators.contains(principal));
    widest.classes += narrowest.classes;
    if let (Some(wide), Some(narrow)) = (&mut widest.steps, &narrowest.steps) {
        wide.rounds = wide.rounds.max(narrow.rounds);
        wide.solved += narrow.solved;
    }
    for defect in narrowest.defects {
        if !widest.defects.contains(&defect) {
            widest.defects.push(defect);
        }
    }
    Ok((widest, hanging))
}

/// The guardrail is kept if something is possible.
fn asks_for_something(kind: &GuardrailKind) -> bool {
    matches!(kind, GuardrailKind::MustBeAble { .. })
}

/// The result on all worlds between, and whether it hangs on what is unknown.
fn of_both(safe: &PrincipalResult, sure: PrincipalResult) -> (PrincipalResult, bool) {
    let (verdict, hangs) = verdict_of_both(&safe.verdict, &sure.verdict);
    let accepted = match (&verdict, &sure.verdict) {
        (Verdict::Refuted(_), Verdict::Refuted(_)) => sure.accepted.clone(),
        (_, _) => None,
    };
    (PrincipalResult { verdict, accepted, ..sure }, hangs)
}

/// The verdict on all worlds between, and whether it hangs on what is unknown. What is proved of `safe` holds of all of them, what is
/// refuted of `sure` of none.
pub(crate) fn verdict_of_both(safe: &Verdict, sure: &Verdict) -> (Verdict, bool) {
    let open = |text: &str| Verdict::Inconclusive(Reason::UnknownValues(text.to_owned()));
    match (safe, sure) {
        (Verdict::Proved(_), Verdict::Refuted(_)) => {
            let text = "what bounds the values that are unknown contradicts itself".to_owned();
            (Verdict::Inconclusive(Reason::Disagreement(text)), false)
        }
        (Verdict::Proved(_), _) | (Verdict::NotApplicable, Verdict::NotApplicable) => (safe.clone(), false),
        (_, Verdict::Refuted(_)) => (sure.clone(), false),
        (Verdict::Inconclusive(reason), _) | (Verdict::Refuted(_), Verdict::Inconclusive(reason)) => {
            (Verdict::Inconclusive(reason.clone()), false)
        }
        (Verdict::Refuted(_), Verdict::Proved(_) | Verdict::NotApplicable) => {
            (open("it hangs on what the plan leaves unknown"), true)
        }
        (Verdict::NotApplicable, Verdict::Proved(_) | Verdict::Inconclusive(_)) => {
            (open("whether it is about this principal hangs on what the plan leaves unknown"), false)
        }
    }
}

/// What is said of either is said of both.
fn join(into: &mut GuardrailResult, from: &GuardrailResult) {
    let add = |into: &mut Vec<String>, from: &[String]| {
        for text in from {
            if !into.contains(text) {
                into.push(text.clone());
            }
        }
    };
    add(&mut into.not_covered, &from.not_covered);
    add(&mut into.assumptions, &from.assumptions);
    for missing in &from.missing {
        if !into.missing.contains(missing) {
            into.missing.push(missing.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ringfence_model::arn::AccountId;

    use super::{between, of_both};
    use crate::certificate::Certificate;
    use crate::guardrail::GuardrailKind;
    use crate::report::{Group, GuardrailResult, PrincipalResult, Report, Scope};
    use crate::verdict::{Reason, Verdict, VerdictWord};
    use crate::witness::Witness;

    fn proved() -> Verdict {
        Verdict::Proved(Box::new(Certificate {
            claims: BTreeSet::new(),
            formula: String::new(),
            core: Vec::new(),
            used_strings: false,
            shown: None,
            closed: None,
        }))
    }

    fn refuted() -> Verdict {
        Verdict::Refuted(Box::new(Witness::new(Vec::new(), vec!["a fact".to_owned()])))
    }

    fn open() -> Verdict {
        Verdict::Inconclusive(Reason::Limit("none".to_owned()))
    }

    fn result(verdict: Verdict) -> PrincipalResult {
        PrincipalResult {
            principal: "arn:aws:iam::111122223333:role/app".to_owned(),
            account: AccountId::parse("111122223333").unwrap(),
            group: Group::Finding,
            verdict,
            accepted: None,
            boundary: None,
        }
    }

    fn report(kind: &GuardrailKind, verdict: Verdict) -> Report {
        Report {
            guardrails: vec![GuardrailResult {
                id: "g".to_owned(),
                kind: kind.clone(),
                scope: Scope::OneRequest,
                results: vec![result(verdict)],
                not_covered: Vec::new(),
                assumptions: Vec::new(),
                missing: Vec::new(),
            }],
            principals: 1,
            administrators: Vec::new(),
            service_linked: 0,
            roots: 0,
            shard: None,
            as_of: None,
            today: "2026-12-01".to_owned(),
            digests: Vec::new(),
            classes: 1,
            steps: None,
            defects: Vec::new(),
        }
    }

    /// For each pair what holds of all worlds between, and whether that hangs on what is unknown.
    #[test]
    fn only_what_the_safe_side_proves_or_the_sure_side_refutes_holds_of_all() {
        use VerdictWord::{Inconclusive, NotApplicable, Proved, Refuted};
        let all = [proved, refuted, open, || Verdict::NotApplicable];
        let expected = [
            [(Proved, false), (Inconclusive, false), (Proved, false), (Proved, false)],
            [(Inconclusive, true), (Refuted, false), (Inconclusive, false), (Inconclusive, true)],
            [(Inconclusive, false), (Refuted, false), (Inconclusive, false), (Inconclusive, false)],
            [(Inconclusive, false), (Refuted, false), (Inconclusive, false), (NotApplicable, false)],
        ];
        for (safe, row) in all.iter().zip(expected) {
            for (sure, (word, hangs)) in all.iter().zip(row) {
                let found = of_both(&result(safe()), result(sure()));
                assert_eq!((found.0.verdict.word(), found.1), (word, hangs), "{:?} {:?}", safe(), sure());
            }
        }
        let (contradiction, _) = of_both(&result(proved()), result(refuted()));
        assert!(matches!(contradiction.verdict, Verdict::Inconclusive(Reason::Disagreement(_))));
    }

    #[test]
    fn what_somebody_must_be_able_to_do_is_the_other_way_round() {
        let forbid = GuardrailKind::CannotEscapeBoundary;
        let able = GuardrailKind::MustBeAble {
            action: "sts:GetCallerIdentity".to_owned(),
            resource: None,
            context: Vec::new(),
        };
        let word = |kind: &GuardrailKind, widest: Verdict, narrowest: Verdict| {
            let (report, hanging) = between(report(kind, widest), report(kind, narrowest)).unwrap();
            (report.guardrails[0].results[0].verdict.word(), hanging.len())
        };
        assert_eq!(word(&forbid, proved(), open()), (VerdictWord::Proved, 0));
        assert_eq!(word(&able, proved(), open()), (VerdictWord::Inconclusive, 0));
        assert_eq!(word(&able, open(), proved()), (VerdictWord::Proved, 0));
        assert_eq!(word(&able, refuted(), open()), (VerdictWord::Refuted, 0));
        assert_eq!(word(&able, proved(), refuted()), (VerdictWord::Inconclusive, 1));
        assert_eq!(word(&forbid, refuted(), proved()), (VerdictWord::Inconclusive, 1));
    }

    #[test]
    fn reports_on_others_are_no_bounds() {
        let kind = GuardrailKind::CannotEscapeBoundary;
        let mut other = report(&kind, proved());
        other.guardrails[0].results[0].principal.push('x');
        assert!(between(report(&kind, proved()), other).is_err());
        let mut fewer = report(&kind, proved());
        fewer.guardrails.clear();
        assert!(between(report(&kind, proved()), fewer).is_err());
    }
}

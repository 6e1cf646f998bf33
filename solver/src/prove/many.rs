//! Queries over many targets: one target at a time, since most questions are answered by one of the first.

use std::collections::BTreeSet;

use ringfence_model::policy::{Effect, NamedPolicy, Statement};

use super::Prover;
use crate::certificate::{Certificate, Level};
use crate::encode::action::{ActionMatch, action_match};
use crate::encode::policy_type::needs_no_allow;
use crate::formula::{Layer, Restriction};
use crate::query::{Goal, Query, Target};
use crate::subject::{Subject, SubjectKind};
use crate::verdict::{Reason, Verdict};

/// Queries of at most so many targets are one formula.
pub(super) const TARGETS_TOGETHER: usize = 48;
/// So many different targets are tried alone before the rest goes into one formula.
const TARGETS_ALONE: usize = 24;

impl Prover<'_> {
    /// The verdict on a query over many targets: refuted by the first target, in order, for which a request is
    /// replayed; proved if every target is.
    pub(super) fn answer_one_by_one(&mut self, query: &Query, subject: &Subject) -> Verdict {
        let mut core: BTreeSet<Restriction> = BTreeSet::new();
        let mut formulas: BTreeSet<String> = BTreeSet::new();
        let mut undecided: Option<Reason> = None;
        let mut rest = Vec::new();
        for target in &query.targets {
            if let Some(layer) = self.refusing_layer(target, query, subject) {
                core.insert(Restriction::Layer(layer));
                continue;
            }
            if formulas.len() >= TARGETS_ALONE {
                rest.push(target.clone());
                continue;
            }
            let alone = Query { targets: vec![target.clone()], ..query.clone() };
            let question = self.question(&alone, subject);
            if !formulas.insert(question.digest().to_owned()) {
                continue;
            }
            let solved = self.solve(&question);
            match self.conclude(&question, &solved, &alone, subject) {
                Verdict::Proved(certificate) => core.extend(certificate.core),
                Verdict::Inconclusive(reason) => {
                    undecided.get_or_insert(reason);
                }
                refuted @ (Verdict::Refuted(_) | Verdict::NotApplicable) => return refuted,
            }
        }
        if !rest.is_empty() {
            let together = Query { targets: rest, ..query.clone() };
            match self.answer_together(&together, subject) {
                Verdict::Proved(certificate) => {
                    core.extend(certificate.core);
                    formulas.insert(certificate.formula);
                }
                Verdict::Inconclusive(reason) => {
                    undecided.get_or_insert(reason);
                }
                refuted @ (Verdict::Refuted(_) | Verdict::NotApplicable) => return refuted,
            }
        }
        match undecided {
            Some(reason) => Verdict::Inconclusive(reason),
            None => Verdict::Proved(Box::new(Certificate {
                formula: formulas.into_iter().collect::<Vec<_>>().join(" "),
                core: core.into_iter().collect(),
                level: Level::OneSolver,
            })),
        }
    }

    /// A layer without an Allow statement whose action may match the target, where the goal needs one.
    fn refusing_layer(&self, target: &Target, query: &Query, subject: &Subject) -> Option<Layer> {
        let action = self.catalogue.action(target.action.id()?)?;
        let (service, name) = (action.service.to_ascii_lowercase(), action.name.to_ascii_lowercase());
        if needs_no_allow(&service, &name) {
            return None;
        }
        let may = |statement: &Statement| {
            let patterns = statement.action.values.iter();
            let best = patterns.map(|pattern| action_match(pattern, &service, &name)).max();
            statement.effect == Effect::Allow
                && match best {
                    None => false,
                    Some(best) if statement.action.negated => best != ActionMatch::Yes,
                    Some(best) => best != ActionMatch::No,
                }
        };
        let allows = |policies: &[NamedPolicy]| {
            policies.iter().flat_map(|policy| &policy.document.statements).any(may)
        };
        let (own, control) = match query.goal {
            Goal::Allowed | Goal::AllowedBeyond(_) => (subject.kind != SubjectKind::Root, true),
            Goal::NotStopped => (false, true),
            Goal::NotGranted => (false, false),
        };
        let policies = &subject.policies;
        if own && !allows(&policies.identity) {
            return Some(Layer::Identity);
        }
        if own && policies.permissions_boundary.as_ref().is_some_and(|boundary| !allows(boundary)) {
            return Some(Layer::PermissionsBoundary);
        }
        if own && policies.session.as_ref().is_some_and(|session| !allows(session)) {
            return Some(Layer::Session);
        }
        let exempt =
            matches!(&subject.kind, SubjectKind::Role { path, .. } if path.starts_with("/aws-service-role/"));
        if !control || exempt {
            return None;
        }
        let level = policies.service_control.iter().find(|level| !allows(&level.policies))?;
        Some(Layer::ServiceControl(level.target.to_string()))
    }
}

//! Queries over many targets: one target at a time, since most questions are answered by one of the first.

use std::collections::BTreeSet;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::policy::{Effect, NamedPolicy, PolicyDocument, PrincipalPattern, Statement};

use super::difference::Surplus;
use super::{Prover, Question, Solved, restriction_literals};
use crate::backend::Literal;
use crate::certificate::Certificate;
use crate::encode::action::may_match;
use crate::encode::apart::is_apart;
use crate::encode::check::Check;
use crate::encode::owner::{Naming, named_owner};
use crate::encode::policy_type::{may_be_exempt, may_be_granted_by_account, needs_no_allow};
use crate::encode::special::needs_resource_policy;
use crate::formula::{Layer, Restriction};
use crate::interpretation::Interpretation;
use crate::query::{Goal, Query, Target, TargetResource};
use crate::resource_side::service_of;
use crate::search::{Outcome, Search};
use crate::subject::{Subject, SubjectKind};
use crate::term::Choice;
use crate::verdict::{Reason, Verdict};

/// Queries of at most so many targets are one formula.
pub(crate) const TARGETS_TOGETHER: usize = 48;
/// So many different targets are tried alone before the rest goes into one formula.
const TARGETS_ALONE: usize = 150;
/// So many targets that a layer refuses are one formula for an observer.
const REFUSED_TOGETHER: usize = 2_000;
/// So many targets of the rest are one formula: what a search takes grows faster than they do.
const TARGETS_OF_REST: usize = 500;
/// So many satisfiable targets of one formula are asked alone before the formula is given up.
const TARGETS_AGAIN: usize = 12;
/// After so many formulas that were not decided the rest is given up.
const UNDECIDED_OF_REST: usize = 3;

impl Prover<'_> {
    /// For each target of `query` the layer that refuses it by its actions, and the services of its resources, alone; none if no layer does.
    pub fn refusing(&mut self, query: &Query, subject: &Subject) -> Vec<Option<Layer>> {
        let naming = Naming::of(subject);
        let layer_of = |target| self.refusing_layer(target, query, subject, &naming, false);
        let layers: Vec<Option<Layer>> = query.targets.iter().map(layer_of).collect();
        if self.observer.is_some() {
            let those = query.targets.iter().zip(&layers).filter(|(_, layer)| layer.is_some());
            let refused: Vec<Target> = those.map(|(target, _)| target.clone()).collect();
            self.observe_refused(&refused, query, subject);
        }
        layers
    }

    /// No formula was asked about targets that a layer refuses: an observer is told of them together.
    fn observe_refused(&mut self, refused: &[Target], query: &Query, subject: &Subject) {
        if self.observer.is_none() {
            return;
        }
        for some in refused.chunks(REFUSED_TOGETHER) {
            let encoded = self.encode(&narrowed(query, some.to_vec()), subject);
            self.observe_all(&encoded.formula, false);
        }
    }

    /// The verdict on a query over many targets: refuted by the first target, in order, for which a request is
    /// replayed; proved if every target is.
    pub(super) fn answer_one_by_one(&mut self, query: &Query, subject: &Subject) -> Verdict {
        let mut core: BTreeSet<Restriction> = BTreeSet::new();
        let (mut formulas, mut claims) = (BTreeSet::<String>::new(), BTreeSet::<String>::new());
        let mut used_strings = false;
        let mut undecided: Option<Reason> = None;
        let mut rest = Vec::new();
        let mut proved = Vec::new();
        let surplus = match &query.goal {
            Goal::AllowedBeyond(other) => Some(Surplus::new(&subject.policies, other)),
            Goal::AllowedUnlike(other) => Some(Surplus::between(subject, other)),
            Goal::Allowed | Goal::NotGranted => None,
        };
        let mut refused = Vec::new();
        let naming = Naming::of(subject);
        for target in &query.targets {
            if let Some(layer) = self.refusing_layer(target, query, subject, &naming, false) {
                core.insert(Restriction::Layer(layer));
                if self.observer.is_some() {
                    refused.push(target.clone());
                }
                continue;
            }
            if let Some(restrictions) = self.no_more_than_the_other(target, surplus.as_ref()) {
                core.extend(restrictions);
                if self.observer.is_some() {
                    refused.push(target.clone());
                }
                continue;
            }
            if formulas.len() >= TARGETS_ALONE {
                rest.push(target.clone());
                continue;
            }
            let alone = narrowed(query, vec![target.clone()]);
            let question = self.question(&alone, subject);
            if !formulas.insert(question.digest().to_owned()) {
                continue;
            }
            let kept = self.kept(&question, &alone, subject);
            if kept.is_none() && self.is_unsatisfiable(&question) {
                proved.push((question, alone));
                continue;
            }
            match kept.unwrap_or_else(|| self.decide(&question, &alone, subject)).1 {
                Verdict::Proved(certificate) => {
                    core.extend(certificate.core);
                    claims.extend(certificate.claims);
                    used_strings |= certificate.used_strings;
                }
                Verdict::Inconclusive(reason) => {
                    undecided.get_or_insert(reason);
                }
                refuted @ (Verdict::Refuted(_) | Verdict::NotApplicable) => return refuted,
            }
        }
        self.observe_refused(&refused, query, subject);
        let mut given_up = 0;
        for some in rest.chunks(TARGETS_OF_REST) {
            if given_up == UNDECIDED_OF_REST {
                break;
            }
            match self.answer_rest(&narrowed(query, some.to_vec()), subject) {
                Verdict::Proved(certificate) => {
                    core.extend(certificate.core);
                    claims.extend(certificate.claims);
                    used_strings |= certificate.used_strings;
                    formulas.insert(certificate.formula);
                }
                Verdict::Inconclusive(reason) => {
                    undecided.get_or_insert(reason);
                    given_up += 1;
                }
                refuted @ (Verdict::Refuted(_) | Verdict::NotApplicable) => return refuted,
            }
        }
        if undecided.is_none() {
            // What a proof rests on takes longer to find than the proof, and a later target may refute.
            for (question, alone) in &proved {
                match self.decide(question, alone, subject).1 {
                    Verdict::Proved(certificate) => {
                        core.extend(certificate.core);
                        claims.extend(certificate.claims);
                        used_strings |= certificate.used_strings;
                    }
                    other @ (Verdict::Refuted(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable) => {
                        return other;
                    }
                }
            }
        }
        match undecided {
            Some(reason) => Verdict::Inconclusive(reason),
            None => Verdict::Proved(Box::new(Certificate {
                formula: formulas.into_iter().collect::<Vec<_>>().join(" "),
                claims,
                core: core.into_iter().collect(),
                used_strings,
                ..Certificate::joined(Vec::new())
            })),
        }
    }

    /// As [`Prover::answer`], for targets in one formula: it finds the first target for which it is satisfiable, and
    /// that one is then asked alone. Which were, a book is told: another search may come upon others.
    fn answer_rest(&mut self, query: &Query, subject: &Subject) -> Verdict {
        let question = self.question(query, subject);
        if let Some((_, verdict)) = self.kept(&question, query, subject) {
            return verdict;
        }
        let known = self.ledger.and_then(|ledger| ledger.asked_alone(&question));
        if self.closed_ledger().is_some() || known.is_some() {
            return self.answer_rest_again(&known.unwrap_or_default(), &question, query, subject);
        }
        let mut asked = Vec::new();
        let verdict = self.search_rest(&mut asked, &question, query, subject);
        if let (Some(ledger), false) = (self.ledger, asked.is_empty()) {
            ledger.note_asked_alone(&question, &asked);
        }
        verdict
    }

    /// The search of [`Self::answer_rest`]; the places of the targets that it asks about alone are added to `asked`.
    fn search_rest(
        &mut self,
        asked: &mut Vec<u32>,
        question: &Question,
        query: &Query,
        subject: &Subject,
    ) -> Verdict {
        let check = question.encoded.symbols.check;
        let checks = question.encoded.symbols.checks.clone();
        let mut formula = question.encoded.formula.clone();
        let fixed = restriction_literals(&mut formula);
        let mut undecided: Option<Reason> = None;
        for _ in 0..TARGETS_AGAIN {
            let mut search = Search::new(&mut formula, &mut self.theory, self.limits);
            let found = first_check(&mut search, &fixed, check);
            let statistics = search.statistics();
            self.count(statistics);
            let value = match found {
                Ok(Some(value)) => value,
                Ok(None) => {
                    if let Some(reason) = undecided {
                        return Verdict::Inconclusive(reason);
                    }
                    return self.decide(question, query, subject).1;
                }
                Err(reason) => {
                    return Verdict::Inconclusive(
                        undecided.unwrap_or_else(|| self.gave_up(question, Reason::Limit(reason))),
                    );
                }
            };
            let Some(target) = checks.get(value as usize).map(|check| check.target.clone()) else { break };
            asked.push(value);
            match self.answer_together(&narrowed(query, vec![target]), subject) {
                Verdict::Inconclusive(reason) => {
                    undecided.get_or_insert(reason);
                }
                Verdict::Proved(_) => {}
                refuted @ (Verdict::Refuted(_) | Verdict::NotApplicable) => return refuted,
            }
            let chosen = formula.chosen(check, value);
            let other = formula.terms.not(chosen);
            formula.assert(other);
        }
        let text = "too many targets hang on what AWS leaves undocumented".to_owned();
        Verdict::Inconclusive(undecided.unwrap_or_else(|| self.gave_up(question, Reason::Limit(text))))
    }

    /// Writes down why nothing was found about any target.
    fn gave_up(&mut self, question: &Question, reason: Reason) -> Reason {
        let otherwise = reason.clone();
        let solved = Solved::Satisfiable { candidates: Vec::new(), only_first_phase: false, otherwise };
        self.write_down(question, &solved);
        reason
    }

    /// As [`Self::answer_rest`], where it is known which targets to ask about alone, by their places: no other is looked for.
    fn answer_rest_again(
        &mut self,
        asked: &[u32],
        question: &Question,
        query: &Query,
        subject: &Subject,
    ) -> Verdict {
        let mut undecided = None;
        // No search asks about more, whatever a book says.
        for place in asked.iter().take(TARGETS_AGAIN) {
            let check = question.encoded.symbols.checks.get(*place as usize);
            let Some(target) = check.map(|check| check.target.clone()) else { continue };
            match self.answer_together(&narrowed(query, vec![target]), subject) {
                Verdict::Inconclusive(reason) => {
                    undecided.get_or_insert(reason);
                }
                Verdict::Proved(_) => {}
                refuted @ (Verdict::Refuted(_) | Verdict::NotApplicable) => return refuted,
            }
        }
        match undecided {
            Some(reason) => Verdict::Inconclusive(reason),
            None => self.decide(question, query, subject).1,
        }
    }

    /// What it rests on that the statements alone exclude `target` from a difference.
    fn no_more_than_the_other(
        &self,
        target: &Target,
        surplus: Option<&Surplus<'_>>,
    ) -> Option<Vec<Restriction>> {
        if !target.further.is_empty() {
            // Another check of the call may make the difference.
            return None;
        }
        surplus?.excludes(target, self.catalogue)
    }

    /// A layer without an Allow statement whose action and resource may match the target, where the goal needs one. No layer holds
    /// back sts:GetCallerIdentity and sts:GetSessionToken (semantics:B5). `naming` is of the subject. `elsewhere` says that the resources are of
    /// other accounts.
    pub(crate) fn refusing_layer(
        &self,
        target: &Target,
        query: &Query,
        subject: &Subject,
        naming: &Naming<'_>,
        elsewhere: bool,
    ) -> Option<Layer> {
        let action = self.catalogue.action(target.action.id()?)?;
        let (service, name) = (action.service.to_ascii_lowercase(), action.name.to_ascii_lowercase());
        let root = subject.kind == SubjectKind::Root;
        if needs_no_allow(&service, &name)
            || may_be_granted_by_account(&service, &name)
            || may_be_exempt(&service, &name, root)
        {
            return None;
        }
        let may = |statement: &Statement| {
            statement.effect == Effect::Allow
                && may_match(statement, &service, &name)
                && !is_apart(statement, target, self.catalogue)
        };
        let allows = |policies: &[NamedPolicy]| {
            policies.iter().flat_map(|policy| &policy.document.statements).any(may)
        };
        let policies = &subject.policies;
        let (own, control) = match query.goal {
            Goal::Allowed | Goal::AllowedBeyond(_) | Goal::AllowedUnlike(_) => {
                (subject.kind != SubjectKind::Root, true)
            }
            Goal::NotGranted => (false, false),
        };
        if own {
            let mut sides = None;
            let mut sides = || *sides.get_or_insert_with(|| self.sides(target, subject, &service, elsewhere));
            if !allows(&policies.identity) && !sides().granted {
                return Some(Layer::Identity);
            }
            // Across accounts they limit by one reading alone.
            let mut limits = || sides().limited && !naming.is_for(&service, &name);
            let boundary = policies.permissions_boundary.as_ref();
            if boundary.is_some_and(|boundary| !allows(boundary)) && limits() {
                return Some(Layer::PermissionsBoundary);
            }
            if policies.session.as_ref().is_some_and(|session| !allows(session)) && limits() {
                return Some(Layer::Session);
            }
        }
        let exempt =
            matches!(&subject.kind, SubjectKind::Role { path, .. } if path.starts_with("/aws-service-role/"));
        if !control || exempt {
            return None;
        }
        let level = policies.service_control.iter().find(|level| !allows(&level.policies))?;
        Some(Layer::ServiceControl(level.target.to_string()))
    }

    /// What the resource's side may do for the caller of a target. Within one account the resource's own policy may grant
    /// past the caller's; across accounts, never past identity policies, and past the others by one reading (F2).
    fn sides(&self, target: &Target, subject: &Subject, service: &str, elsewhere: bool) -> Sides {
        let resource = target.resource.resource_type().and_then(|id| self.catalogue.resource_type(id));
        let arn_service = resource
            .and_then(|known| known.arn_formats.first())
            .map_or_else(String::new, |arn| service_of(arn));
        let sides = &subject.resources;
        let foreign =
            elsewhere || named_owner(target).or(target.owner).is_some_and(|owner| owner != subject.account);
        let kind = resource.map(|known| known.name.as_str());
        // Of a key that no file names the policy is unknown: it has one.
        let has_one = service == "kms" && needs_resource_policy(&Check::new(target, self.catalogue));
        // A trust policy that names nobody but accounts grants nothing by itself, and lifts no limit (semantics:B3).
        let delegates = service == "sts"
            && matches!(&target.resource, TargetResource::Exactly { arn, .. }
                if sides.policy_of(arn, service).is_some_and(|trust| names_accounts_alone(&trust.policy.document)));
        let may_grant = has_one || sides.may_grant(subject.account, service, &arn_service, kind);
        let granted = !foreign && !delegates && may_grant;
        let has_policies = !delegates && sides.has_policies(service, &arn_service);
        Sides { granted, limited: !granted && !foreign && !has_policies }
    }
}

/// Of users and roles the document allows something only to those of whole accounts. Services and providers are nobody of an account.
fn names_accounts_alone(document: &PolicyDocument) -> bool {
    let is_account = |text: &str| {
        AccountId::parse(text).is_some()
            || Arn::parse(text).is_some_and(|arn| arn.service == "iam" && arn.resource == "root")
    };
    let allows = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    allows.map(|statement| &statement.principal).all(|principal| {
        principal.as_ref().is_some_and(|element| {
            !element.negated
                && element.values.iter().all(|value| match value {
                    PrincipalPattern::Everyone | PrincipalPattern::CanonicalUser(_) => false,
                    PrincipalPattern::Aws(text) => is_account(text),
                    PrincipalPattern::Service(_) | PrincipalPattern::Federated(_) => true,
                })
        })
    })
}

/// See [`Prover::sides`].
#[derive(Clone, Copy)]
struct Sides {
    /// A policy of the resource may grant what the caller's identity policies do not.
    granted: bool,
    /// None can, nor is there one that would let the caller past the boundary and the session policy.
    limited: bool,
}

/// `query` over these targets. The others, of which there are many, are not copied.
fn narrowed(query: &Query, targets: Vec<Target>) -> Query {
    Query { targets, goal: query.goal.clone(), context: query.context.clone(), as_of: query.as_of.clone() }
}

/// The smallest value of `check` for which the formula is satisfiable under `fixed`; none if there is none. By
/// bisection, so that the answer does not depend on what Z3 finds first.
fn first_check(search: &mut Search<'_>, fixed: &[Literal], check: Choice) -> Result<Option<u32>, String> {
    let value =
        |interpretation: &Interpretation| interpretation.choices.get(check.0 as usize).copied().unwrap_or(0);
    let mut high = match search.check(fixed) {
        Outcome::Sat(found) => value(&found),
        Outcome::Unsat(_) => return Ok(None),
        Outcome::Unknown(reason) => return Err(reason),
    };
    let mut low = 0;
    while low < high {
        let middle = low + (high - low) / 2;
        let terms = (low..=middle).map(|value| search.chosen(check, value)).collect();
        let mut assumptions = fixed.to_vec();
        assumptions.push(search.any_of(terms));
        match search.check(&assumptions) {
            Outcome::Sat(found) => high = value(&found).min(middle),
            Outcome::Unsat(_) | Outcome::Unknown(_) => low = middle + 1,
        }
    }
    Ok(Some(high))
}

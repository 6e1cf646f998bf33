//! Guardrails about calls: whether a principal may make one of some actions on some resources, actions to come included.

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;
use ringfence_model::models::ModelTable;
use ringfence_model::policy::ActionPattern;

use super::Answers;
use super::asking::{Asking, joined};
use crate::encode::action::{ActionMatch, action_match, future_targets};
use crate::encode::owner::may_be_hidden;
use crate::guardrail::{Calls, PinnedKey};
use crate::inquiry::{Inquiry, InquiryError, Pin, Prepared, Wildcards};
use crate::query::{Target, TargetAction, TargetResource};
use crate::subject::Subject;
use crate::verdict::{Reason, Verdict};
use crate::wildcard::{Language, Theory};

/// Patterns of the actions on models and on what runs them.
pub const MODEL_ACTIONS: [&str; 5] = [
    "bedrock:*",
    "bedrock-mantle:*",
    "bedrock-agentcore:*",
    "bedrock-websearch:*",
    "aws-external-anthropic:*",
];

/// What is wrong with the calls of a guardrail: the action or the resource, as written, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallsError {
    /// The action, or the resource that none of the actions takes.
    pub text: String,
    /// Why.
    pub error: InquiryError,
}

/// Calls of which everything is known to the catalogue.
#[derive(Clone, Debug)]
pub struct CallQuestion {
    prepared: Vec<Prepared>,
    /// Patterns of actions, which actions to come may match.
    patterns: Vec<String>,
    resources: Vec<String>,
}

/// What such a question asks of the principals of one account.
#[derive(Clone, Debug, Default)]
pub struct CallTargets {
    /// Requests that are whole by themselves.
    pub direct: Vec<Target>,
    /// Checks of foundation models in any context.
    pub routed: Vec<Target>,
    /// Requests on resources that only other accounts can have.
    pub foreign: Vec<Target>,
}

impl CallQuestion {
    /// Looks up the actions and resources of `calls`, with these keys pinned.
    ///
    /// # Errors
    /// An action that the catalogue lacks, or that takes none of the resources; a resource that none of the actions takes; keys
    /// that cannot be so.
    pub fn new(
        calls: &Calls,
        pinned: &[PinnedKey],
        catalogue: &Catalogue,
        theory: &mut Theory,
    ) -> Result<Self, Vec<CallsError>> {
        let resources: Vec<Option<&String>> =
            if calls.resources.is_empty() { vec![None] } else { calls.resources.iter().map(Some).collect() };
        let context: Vec<(String, Pin)> = pinned
            .iter()
            .map(|(key, values)| (key.clone(), values.clone().map_or(Pin::Absent, Pin::Values)))
            .collect();
        let mut prepared = Vec::new();
        let mut errors: Vec<CallsError> = Vec::new();
        let mut fitting = vec![false; resources.len()];
        let mut misfits: Vec<Option<InquiryError>> = vec![None; resources.len()];
        for action in &calls.actions {
            let mut fits = false;
            let mut first = None;
            for ((resource, fitting), misfit) in resources.iter().zip(&mut fitting).zip(&mut misfits) {
                let inquiry = Inquiry {
                    action: action.clone(),
                    resource: resource.cloned(),
                    wildcards: Wildcards::WithinParts,
                    context: context.clone(),
                };
                match inquiry.prepare(catalogue, theory) {
                    Ok(found) => {
                        prepared.push(found);
                        (fits, *fitting) = (true, true);
                    }
                    Err(problems) => {
                        for error in problems {
                            misfit.get_or_insert_with(|| error.clone());
                            first.get_or_insert(error);
                        }
                    }
                }
            }
            if let Some(error) = first.filter(|_| !fits) {
                errors.push(CallsError { text: action.clone(), error });
            }
        }
        for ((resource, fitting), misfit) in resources.iter().zip(fitting).zip(misfits) {
            if let (Some(resource), Some(error), false, true) = (resource, misfit, fitting, errors.is_empty())
            {
                errors.push(CallsError { text: (*resource).clone(), error });
            }
        }
        if errors.is_empty() {
            let is_pattern = |action: &&String| action.contains(['*', '?']);
            let patterns = calls.actions.iter().filter(is_pattern).cloned().collect();
            Ok(Self { prepared, patterns, resources: calls.resources.clone() })
        } else {
            Err(errors)
        }
    }

    /// Some request of the question can carry the key.
    pub fn carries(&self, key: &ContextKey, catalogue: &Catalogue) -> bool {
        let actions = self.prepared.iter().flat_map(|prepared| &prepared.actions);
        actions.into_iter().any(|action| {
            let types = action.resource_types.iter().copied().map(Some);
            types.chain([None]).any(|resource_type| catalogue.offers(action.id, resource_type, key))
        })
    }

    /// What is odd about the pinned keys: not documented, or carried by none of the actions.
    pub fn remarks(&self) -> Vec<&str> {
        let mut remarks: Vec<&str> = Vec::new();
        for remark in self.prepared.iter().flat_map(|prepared| &prepared.remarks) {
            if !remarks.contains(&remark.as_str()) {
                remarks.push(remark);
            }
        }
        remarks
    }

    /// The patterns of resources that it names.
    pub fn resources(&self) -> &[String] {
        &self.resources
    }

    /// No resource is named, so that the targets are the same for every account.
    pub fn is_the_same_everywhere(&self) -> bool {
        self.resources.is_empty()
    }

    /// What it asks of the principals of `account`.
    pub fn targets(
        &self,
        catalogue: &Catalogue,
        models: &ModelTable,
        (partition, account): (&str, AccountId),
        theory: &mut Theory,
    ) -> CallTargets {
        let mut targets = CallTargets::default();
        for prepared in &self.prepared {
            let found = prepared.targets(catalogue, models, partition, account, theory);
            targets.direct.extend(found.direct);
            targets.routed.extend(found.routed);
            targets.foreign.extend(found.foreign);
        }
        targets
    }
}

/// Whether `subject` may make one of the calls: refuted by a replayed request for an action of today; inconclusive where only an
/// action to come, a call through an inference profile, or the policies of an account that the world lacks may let it.
pub fn verdict(
    answers: &mut impl Answers,
    subject: &Subject,
    question: &CallQuestion,
    targets: &CallTargets,
    asking: Asking<'_>,
) -> Verdict {
    if targets.direct.is_empty() && targets.routed.is_empty() && targets.foreign.is_empty() {
        // No resource of this partition can be what the guardrail names.
        return Verdict::NotApplicable;
    }
    let mut direct = targets.direct.clone();
    direct.extend(targets.foreign.iter().cloned());
    let mut verdicts = vec![asking.ask(answers, subject, direct)];
    if matches!(verdicts.as_slice(), [Verdict::Refuted(_)]) {
        return joined(verdicts);
    }
    if !targets.routed.is_empty() {
        verdicts.push(unless_proved(asking.ask(answers, subject, targets.routed.clone()), || {
            not_covered(
                "through-a-profile",
                "no direct call is allowed, but one through an inference profile or a prompt router may be",
            )
        }));
    }
    if targets.foreign.iter().any(|target| may_be_hidden(target, subject, asking.catalogue)) {
        verdicts.push(not_covered(
            "another-account",
            "the guardrail names resources of accounts that it does not name, whose own policies decide too",
        ));
    }
    if !question.patterns.is_empty() {
        verdicts.push(to_come(answers, subject, question, asking));
    }
    joined(verdicts)
}

/// Whether an action that AWS may add would be allowed.
fn to_come(
    answers: &mut impl Answers,
    subject: &Subject,
    question: &CallQuestion,
    asking: Asking<'_>,
) -> Verdict {
    let mut targets = future_targets(&[&subject.policies]);
    for pattern in &question.patterns {
        let service = pattern.split_once(':').map_or("", |(service, _)| service).to_ascii_lowercase();
        let action = TargetAction::FutureOf(service.clone());
        if !service.is_empty()
            && !service.contains(['*', '?'])
            && !targets.iter().any(|target| target.action == action)
        {
            targets.push(Target::new(action, TargetResource::Anything, Vec::new()));
        }
    }
    // A service whose prefix no pattern of the guardrail matches has no action of it.
    targets.retain(|target| {
        let service = match &target.action {
            TargetAction::FutureOf(service) => service,
            TargetAction::FutureElsewhere => {
                return question.patterns.iter().any(|one| names_any_service(one));
            }
            TargetAction::Catalogued(_) | TargetAction::Named(_) => return true,
        };
        question.patterns.iter().any(|pattern| {
            let front = pattern.split_once(':').map_or(pattern.as_str(), |(service, _)| service);
            let whole = ActionPattern(format!("{front}:*"));
            action_match(&whole, service, "x") != ActionMatch::No
        })
    });
    if targets.is_empty() {
        return joined(Vec::new());
    }
    let constraint = asking.constraint.cloned().unwrap_or_default().of_actions(&question.patterns);
    let covered: Vec<Language> =
        question.resources.iter().map(|pattern| Language::arn_pattern(pattern)).collect();
    for target in &mut targets {
        target.covered.clone_from(&covered);
    }
    let asking = Asking { constraint: Some(&constraint), ..asking };
    unless_proved(asking.ask(answers, subject, targets), || {
        not_covered(
            "action-to-come",
            "no action of today is allowed, but one that AWS may add and a pattern of the guardrail would match is: deny the \
             pattern, not its actions one by one, or name the actions in the guardrail",
        )
    })
}

fn names_any_service(pattern: &str) -> bool {
    pattern.split_once(':').map_or(pattern, |(service, _)| service).contains(['*', '?'])
}

fn unless_proved(verdict: Verdict, otherwise: impl FnOnce() -> Verdict) -> Verdict {
    match verdict {
        proved @ (Verdict::Proved(_) | Verdict::NotApplicable) => proved,
        Verdict::Inconclusive(reason @ Reason::Disagreement(_)) => Verdict::Inconclusive(reason),
        Verdict::Refuted(_) | Verdict::Inconclusive(_) => otherwise(),
    }
}

fn not_covered(code: &'static str, text: &str) -> Verdict {
    Verdict::Inconclusive(Reason::NotCovered { code, text: text.to_owned() })
}

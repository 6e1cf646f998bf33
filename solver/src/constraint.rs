//! What a request must be like to break a guardrail, besides being allowed.
//!
//! A constraint is written as policies: a level that allows only what the constraint admits, demanded besides what AWS itself
//! decides, so that nothing that AWS exempts is exempt from it. Encoder and evaluator read its patterns and conditions as those
//! of any policy. What breaks the guardrail is then what the principal is allowed together with the level `when`, and would not
//! be with the level `unless` besides.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::condition::{BaseOperator, Condition, ConditionOperator};
use ringfence_model::context::ContextKey;
use ringfence_model::location::Location;
use ringfence_model::policy::{
    ActionPattern, Effect, Element, NamedPolicy, PolicyDocument, Statement, Version,
};
use ringfence_model::policy_set::{ControlLevel, PolicySet};
use ringfence_model::template::Template;

use crate::certificate::Certificate;
use crate::formula::{Layer, Restriction};
use crate::guardrail::ConditionBlock;
use crate::query::{Goal, Target};
use crate::subject::Subject;
use crate::verdict::Verdict;

/// The key by which a call of bedrock-mantle names its model.
const MANTLE_MODEL: &str = "bedrock-mantle:Model";

/// What a request must be like to break a guardrail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constraint {
    /// A request counts only if one of these allows it; none admits every request.
    when: Option<Vec<Statement>>,
    /// A request does not count if one of these allows it; none spares no request.
    unless: Option<Vec<Statement>>,
    /// It also binds the roles that a route runs with, not only the principal itself.
    of_roles: bool,
    /// It says nothing of calls that do not name their model.
    of_named_models: bool,
}

impl Constraint {
    /// Requests that meet one of the blocks `when`, if there are any, and none of the blocks `unless`.
    pub fn of_blocks(when: &[ConditionBlock], unless: &[ConditionBlock]) -> Self {
        let statements = |blocks: &[ConditionBlock]| {
            let all: Vec<Statement> = blocks.iter().map(|block| where_holds(block.clone())).collect();
            (!all.is_empty()).then_some(all)
        };
        Self { when: statements(when), unless: statements(unless), ..Self::default() }
    }

    /// Requests that none of these statements allows.
    pub fn unless(statements: Vec<Statement>) -> Self {
        Self { unless: Some(statements), ..Self::default() }
    }

    /// Calls on models whose ids none of `patterns` matches. Of a call that does not name its model it says nothing.
    pub fn outside_models(patterns: &[String]) -> Self {
        let arns: Vec<String> =
            patterns.iter().map(|id| format!("arn:*:bedrock:*::foundation-model/{id}")).collect();
        let any_model = ["arn:*:bedrock:*::foundation-model/*".to_owned()];
        let absent = condition(BaseOperator::Null, MANTLE_MODEL, &["true".to_owned()]);
        // Other checks of a call, such as that of a role that is passed, name no model.
        let others = Element { negated: true, values: vec![ActionPattern("bedrock-mantle:*".to_owned())] };
        let other = Statement { action: others, ..on_resources(&any_model, true, Vec::new()) };
        let mut unless = vec![on_resources(&any_model, true, vec![absent]), other];
        if !patterns.is_empty() {
            unless.push(on_resources(&arns, false, Vec::new()));
            unless.push(where_holds(vec![condition(BaseOperator::StringLike, MANTLE_MODEL, patterns)]));
        }
        Self { of_roles: true, of_named_models: true, ..Self::unless(unless) }
    }

    /// It has something to say of `target`.
    pub fn binds(&self, target: &Target, catalogue: &Catalogue) -> bool {
        let model = catalogue.find_resource_type("bedrock", "foundation-model");
        let names_model = |target: &Target| {
            let key = ContextKey::new(MANTLE_MODEL);
            target.resource.resource_type().is_some_and(|known| model == Some(known))
                || target.keys.iter().any(|(named, _)| *named == key)
        };
        !self.of_named_models || names_model(target) || target.further.iter().any(names_model)
    }

    /// The same, for the roles too that a route runs with.
    #[must_use]
    pub fn of_roles_too(self) -> Self {
        Self { of_roles: true, ..self }
    }

    /// The same of the one check of a call that it is about: not of those of foundation models besides.
    #[must_use]
    pub(crate) fn but_models(&self) -> Self {
        let models = || on_resources(&["arn:*:bedrock:*::foundation-model/*".to_owned()], false, Vec::new());
        let with_models = |statements: &Option<Vec<Statement>>| {
            statements.as_ref().map(|all| all.iter().cloned().chain([models()]).collect())
        };
        Self { when: with_models(&self.when), unless: with_models(&self.unless), ..self.clone() }
    }

    /// It also binds the roles that a route runs with.
    pub fn binds_roles(&self) -> bool {
        self.of_roles
    }

    /// The same, and besides the action is one that one of `patterns` matches, for actions that nobody knows yet.
    #[must_use]
    pub fn of_actions(&self, patterns: &[String]) -> Self {
        let mut unless = self.unless.clone().unwrap_or_default();
        let mut statement = where_holds(Vec::new());
        statement.action = Element {
            negated: true,
            values: patterns.iter().map(|pattern| ActionPattern(pattern.clone())).collect(),
        };
        unless.push(statement);
        Self { unless: Some(unless), ..self.clone() }
    }

    /// The subject as far as its requests count.
    pub fn subject(&self, subject: &Subject) -> Subject {
        let mut subject = subject.clone();
        if let Some(when) = &self.when {
            subject.policies.demanded.push(level("when", when));
        }
        subject
    }

    /// What is asked of the decision about `subject`, as [`Self::subject`] returns it.
    pub fn goal(&self, subject: &Subject) -> Goal {
        let Some(unless) = &self.unless else { return Goal::Allowed };
        let mut policies: PolicySet = subject.policies.clone();
        policies.demanded.push(level("unless", unless));
        Goal::AllowedBeyond(Box::new(policies))
    }
}

/// `verdict` without what only the constraint of its question says: no policy of the world does.
pub(crate) fn without_levels(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Proved(certificate) => {
            let core: BTreeSet<Restriction> = certificate
                .core
                .iter()
                .filter(|restriction| !matches!(restriction, Restriction::Layer(Layer::Demanded(_))))
                .cloned()
                .collect();
            Verdict::Proved(Box::new(Certificate { core: core.into_iter().collect(), ..*certificate }))
        }
        other @ (Verdict::Refuted(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable) => other,
    }
}

/// A policy called `name` that allows everything.
pub fn allows_everything(name: &str) -> NamedPolicy {
    let document =
        PolicyDocument { version: Version::V2012, id: None, statements: vec![where_holds(Vec::new())] };
    NamedPolicy { name: Arc::from(name), document: Arc::new(document) }
}

/// A statement that allows every request for which the block holds.
pub fn where_holds(conditions: ConditionBlock) -> Statement {
    Statement {
        sid: None,
        effect: Effect::Allow,
        principal: None,
        action: Element { negated: false, values: vec![ActionPattern("*".to_owned())] },
        resource: Some(Element { negated: false, values: vec![Template::text("*")] }),
        conditions,
        place: 0,
        location: nowhere(),
    }
}

/// As [`where_holds`], on resources that one of `patterns` matches, or with `negated` none.
pub fn on_resources(patterns: &[String], negated: bool, conditions: ConditionBlock) -> Statement {
    let values = patterns.iter().map(|pattern| Template::text(pattern)).collect();
    Statement { resource: Some(Element { negated, values }), ..where_holds(conditions) }
}

/// The condition that `key` has one of `values` by `operator`.
pub fn condition(operator: BaseOperator, key: &str, values: &[String]) -> Condition {
    Condition {
        operator: ConditionOperator { set: None, base: operator, if_exists: false, other_case: false },
        key: ContextKey::new(key),
        values: values.iter().map(|value| Template::text(value)).collect(),
        location: nowhere(),
    }
}

fn nowhere() -> Location {
    Location::new(&Arc::from("<ringfence>"), 1, 1)
}

fn level(name: &str, statements: &[Statement]) -> ControlLevel {
    let document = PolicyDocument { version: Version::V2012, id: None, statements: statements.to_vec() };
    let target: Arc<str> = Arc::from(format!("`{name}` of the guardrail"));
    let policy = NamedPolicy { name: Arc::clone(&target), document: Arc::new(document) };
    ControlLevel { target, policies: vec![policy] }
}

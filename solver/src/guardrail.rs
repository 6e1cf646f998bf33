//! Guardrails: named properties over principals, as plain data.

use std::collections::BTreeMap;

use ringfence_model::open_point::{OpenPoint, Reading};

/// A named set of models. A model is in it if any member matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSet {
    /// Wildcard patterns over bare model ids, without a geo prefix.
    pub ids: Vec<String>,
    /// Models whose output price in USD per million tokens is above this, as written.
    pub output_price_above: Option<String>,
    /// Known models without a known price are in the set.
    pub unknown_price: bool,
}

/// A principal that is accepted, with who answers for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Wildcard pattern over ARNs.
    pub principal: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
}

/// An exception from one guardrail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The guardrail's id.
    pub guardrail: String,
    /// Principal, reason and owner.
    pub acceptance: Acceptance,
    /// The last day on which it holds, `YYYY-MM-DD`, inclusive, UTC. None that can be read means expired.
    pub expires: Option<String>,
}

/// The tiers of model-changing actions (design: T3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Customisation, custom and imported models, copies, training.
    Weights,
}

impl Tier {
    /// As ringfence.toml names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weights => "weights",
        }
    }
}

/// What a guardrail asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuardrailKind {
    /// T1: no route to a model of this named set.
    CannotInvoke {
        /// The name of the set.
        models: String,
    },
    /// T2.
    CannotEscapeBoundary,
    /// T3: not both modify models of these tiers and invoke a model.
    SeparationOfDuties {
        /// The tiers.
        tiers: Vec<Tier>,
        /// Invocation counts only of models of this set; none means any model.
        models: Option<String>,
    },
}

impl GuardrailKind {
    /// As ringfence.toml names it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CannotInvoke { .. } => "cannot-invoke",
            Self::CannotEscapeBoundary => "cannot-escape-boundary",
            Self::SeparationOfDuties { .. } => "separation-of-duties",
        }
    }
}

/// Which principals a guardrail is about. Empty `include` means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrincipalScope {
    /// Wildcard patterns over ARNs; an account id stands for all principals of the account.
    pub include: Vec<String>,
    /// As `include`, and stronger.
    pub exclude: Vec<String>,
}

/// One guardrail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardrail {
    /// Its id in every output.
    pub id: String,
    /// What it asks.
    pub kind: GuardrailKind,
    /// Whom it is about.
    pub principals: PrincipalScope,
}

/// Everything that ringfence.toml says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Named sets of models; `expensive` always exists.
    pub models: BTreeMap<String, ModelSet>,
    /// Bucket ARNs whose objects are training data (T3, weights).
    pub training_buckets: Vec<String>,
    /// Wildcard patterns of approved boundaries; none means every customer-managed policy that is used as one.
    pub approved_boundaries: Option<Vec<String>>,
    /// Declared exits of T2.
    pub exits: Vec<Acceptance>,
    /// Accepted administrators and root users.
    pub administrators: Vec<Acceptance>,
    /// The guardrails in order.
    pub guardrails: Vec<Guardrail>,
    /// Exceptions.
    pub exceptions: Vec<Exception>,
    /// Pinned points with their reasons.
    pub assumptions: BTreeMap<OpenPoint, (Reading, String)>,
}

impl Default for Configuration {
    /// The three theorems over everybody.
    fn default() -> Self {
        let expensive =
            ModelSet { ids: Vec::new(), output_price_above: Some("10.0".to_owned()), unknown_price: true };
        Self {
            models: BTreeMap::from([("expensive".to_owned(), expensive)]),
            training_buckets: Vec::new(),
            approved_boundaries: None,
            exits: Vec::new(),
            administrators: Vec::new(),
            guardrails: default_guardrails(),
            exceptions: Vec::new(),
            assumptions: BTreeMap::new(),
        }
    }
}

/// The three theorems, under their default ids.
pub fn default_guardrails() -> Vec<Guardrail> {
    [
        ("expensive-models", GuardrailKind::CannotInvoke { models: "expensive".to_owned() }),
        ("boundary-escape", GuardrailKind::CannotEscapeBoundary),
        ("modify-and-invoke", GuardrailKind::SeparationOfDuties { tiers: vec![Tier::Weights], models: None }),
    ]
    .into_iter()
    .map(|(id, kind)| Guardrail { id: id.to_owned(), kind, principals: PrincipalScope::default() })
    .collect()
}

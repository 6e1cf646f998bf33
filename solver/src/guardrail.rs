//! Guardrails: named properties over principals, as plain data.

pub mod control;
mod kind;
mod question;
mod scope;

use std::collections::BTreeMap;

use ringfence_model::location::Location;
use ringfence_model::open_point::{OpenPoint, Reading};

pub use kind::{
    Calls, Commitment, ConditionBlock, Guardrail, GuardrailKind, ModelChoice, Network, PinnedKey, Tier,
};
pub use question::question;
pub use scope::{PrincipalKind, PrincipalScope, above, pattern_matches};

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
    /// Where it stands.
    pub location: Location,
}

impl Exception {
    /// Whether it still holds on the day `today`.
    pub fn holds_on(&self, today: &str) -> bool {
        self.expires.as_deref().is_some_and(|last| holds_on(last, today))
    }
}

/// Whether what expires with the day `last` still holds on the day `today`, both `YYYY-MM-DD`; never if `last` is no day.
pub fn holds_on(last: &str, today: &str) -> bool {
    is_day(last) && last >= today
}

/// `YYYY-MM-DD` of a day that exists; text of that form sorts by date.
pub fn is_day(text: &str) -> bool {
    let has_form = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    has_form && crate::text::parse_instant(text).is_some()
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
        ("expensive-models", cannot_invoke("expensive")),
        ("boundary-escape", GuardrailKind::CannotEscapeBoundary),
        ("modify-and-invoke", GuardrailKind::SeparationOfDuties { tiers: vec![Tier::Weights], models: None }),
    ]
    .into_iter()
    .map(|(id, kind)| Guardrail {
        id: id.to_owned(),
        kind,
        principals: PrincipalScope::default(),
        location: None,
    })
    .collect()
}

/// T1 about the models of the set `models`.
pub fn cannot_invoke(models: &str) -> GuardrailKind {
    GuardrailKind::CannotInvoke { models: Some(ModelChoice::In(models.to_owned())), approved_products: None }
}

#[cfg(test)]
mod tests {
    use super::{holds_on, is_day};

    #[test]
    fn a_day_is_written_as_one() {
        for day in ["2026-11-30", "2028-02-29", "9999-12-31", "0001-01-01"] {
            assert!(is_day(day), "{day}");
        }
        // Ten characters, some of which are read as instants elsewhere.
        for text in [
            "9999999999",
            "2026010100",
            "1798761600",
            "2026-02-30",
            "2027-13-01",
            "20260-1-01",
            "2027-1-311",
            "+202-01-01",
        ] {
            assert!(!is_day(text), "{text}");
            assert!(!holds_on(text, "1970-01-01"), "{text}");
        }
        assert!(holds_on("2026-11-30", "2026-11-30") && !holds_on("2026-11-30", "2026-12-01"));
    }
}

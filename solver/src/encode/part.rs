//! The checks of one call (semantics:A1): each has its own action, resource and resource-dependent keys; they share the
//! principal, its session, the network and the clock.

use std::collections::BTreeMap;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;

use super::Encoder;
use super::check::Check;
use super::key::KeyValue;
use crate::formula::{Domain, Formula};
use crate::query::Target;
use crate::term::{Attribute, Choice, Term, Terms};
use crate::wildcard::Language;

/// One check of the call as symbols.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Which target the check is of.
    pub(super) check: Choice,
    /// The targets by value of `check`.
    pub(super) checks: Vec<Check>,
    /// The resource.
    pub(super) resource: Attribute,
    /// The keys that belong to this check alone.
    pub(super) keys: BTreeMap<ContextKey, KeyValue>,
    /// Those of them of which another world makes other values, with those.
    pub(super) keys_elsewhere: BTreeMap<ContextKey, KeyValue>,
    /// The Regions that stand for all of the partition's, found on first use.
    pub(super) regions: Option<Vec<String>>,
    /// The ARN formats of all targets, made on first use.
    pub(super) formats: Option<Vec<Language>>,
    /// The number by which they are known, once they are made.
    pub(super) formats_number: u32,
    /// No resource of the targets has an upper-case letter before its fifth colon; found on first use.
    pub(super) lower_case_fronts: Option<bool>,
    /// How a policy of the resource that is not known grants: flags that are shared, since each of two sets of policies that are
    /// compared meets the same policy.
    pub(super) unknown_grant: Option<[Term; 3]>,
    /// The check is made besides another one, by the same call.
    pub(super) is_further: bool,
}

impl Part {
    /// A check of one of `checks`; `name` tells its symbols from those of the call's other checks.
    pub(super) fn new(formula: &mut Formula, name: &str, checks: Vec<Check>) -> Self {
        let check = formula.choice(&format!("{name}check"), u32::try_from(checks.len()).unwrap_or(u32::MAX));
        let resource = formula.attribute(&format!("{name}resource"), Domain::Text(None));
        Self {
            check,
            checks,
            resource,
            keys: BTreeMap::new(),
            keys_elsewhere: BTreeMap::new(),
            regions: None,
            formats: None,
            formats_number: 0,
            lower_case_fronts: None,
            unknown_grant: None,
            is_further: !name.is_empty(),
        }
    }
}

/// The further checks that the calls of `checks` make, by position: each target once.
pub(super) fn further_checks(checks: &[Check], catalogue: &Catalogue) -> Vec<Vec<Check>> {
    let count = checks.iter().map(|check| check.target.further.len()).max().unwrap_or(0);
    (0..count)
        .map(|position| {
            let mut targets: Vec<&Target> = Vec::new();
            for target in checks.iter().filter_map(|check| check.target.further.get(position)) {
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
            targets.into_iter().map(|target| Check::new(target, catalogue)).collect()
        })
        .collect()
}

impl Encoder<'_> {
    /// What `act` makes of the further check at `position`.
    pub(super) fn in_further<T>(&mut self, position: usize, act: impl FnOnce(&mut Self) -> T) -> T {
        self.exchange(position);
        let made = act(self);
        self.exchange(position);
        made
    }

    fn exchange(&mut self, position: usize) {
        if let Some(parked) = self.further.get_mut(position) {
            std::mem::swap(&mut self.part, parked);
        }
    }

    /// The call makes a further check at `position`.
    pub(super) fn has_further(&mut self, position: usize) -> Term {
        self.check_among(|check| check.target.further.get(position).is_some())
    }

    /// Asserts that each further check is the one that the chosen call makes.
    pub(super) fn assert_further(&mut self) {
        for position in 0..self.further.len() {
            self.in_further(position, Self::assert_checks);
            for (index, check) in (0..).zip(self.part.checks.clone()) {
                let Some(wanted) = check.target.further.get(position) else { continue };
                let Some(part) = self.further.get(position) else { continue };
                let place = part.checks.iter().position(|check| check.target == *wanted);
                let value = place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX);
                let this_call = self.formula.chosen(self.part.check, index);
                let this_check = match self.further.get(position) {
                    Some(part) => self.formula.chosen(part.check, value),
                    None => Terms::FALSE,
                };
                let rule = self.formula.terms.implies(this_call, this_check);
                self.formula.assert(rule);
            }
        }
    }
}

//! ARNs that a target names one by one.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};
use serde::{Serialize, Serializer};

use crate::wildcard::Language;

/// A list of ARNs with what every question asks of all of them. Copies share it: there may be thousands, and every
/// principal of an account is asked about them.
#[derive(Clone)]
pub struct NamedArns(Arc<Named>);

struct Named {
    arns: Vec<String>,
    language: Language,
    name_accounts: bool,
    /// How many name a Region.
    regional: usize,
    lower_case_fronts: bool,
}

impl NamedArns {
    /// These, in this order.
    pub fn new(arns: Vec<String>) -> Self {
        let account =
            |arn: &String| Arn::parse(arn).is_some_and(|arn| AccountId::parse(arn.account).is_some());
        let region = |arn: &String| Arn::parse(arn).is_some_and(|arn| !arn.region.is_empty());
        Self(Arc::new(Named {
            language: Language::one_of(arns.iter().cloned()),
            name_accounts: arns.iter().all(account),
            regional: arns.iter().filter(|arn| region(arn)).count(),
            lower_case_fronts: arns.iter().all(|arn| has_lower_case_front(arn)),
            arns,
        }))
    }

    /// The language of all of them.
    pub fn language(&self) -> &Language {
        &self.0.language
    }

    /// The language of those that name this Region or none; none where there are none.
    pub fn in_region(&self, region: &str) -> Option<Language> {
        if self.0.regional == 0 {
            return (!self.is_empty()).then(|| self.0.language.clone());
        }
        let fits =
            |arn: &&String| Arn::parse(arn).is_none_or(|arn| arn.region.is_empty() || arn.region == region);
        let fitting: Vec<String> = self.iter().filter(fits).cloned().collect();
        (!fitting.is_empty()).then(|| Language::one_of(fitting))
    }

    /// Each names an account by its id; `aws` is none.
    pub fn name_accounts(&self) -> bool {
        self.0.name_accounts
    }

    /// Each names a Region.
    pub fn name_regions(&self) -> bool {
        self.0.regional == self.len()
    }

    /// None has an upper-case letter before its fifth colon.
    pub fn have_lower_case_fronts(&self) -> bool {
        self.0.lower_case_fronts
    }
}

/// Whether `arn` has no upper-case letter before its fifth colon.
pub(crate) fn has_lower_case_front(arn: &str) -> bool {
    let front: usize = arn.splitn(6, ':').take(5).map(|segment| segment.len() + 1).sum();
    !arn.bytes().take(front).any(|byte| byte.is_ascii_uppercase())
}

impl Deref for NamedArns {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0.arns
    }
}

impl PartialEq for NamedArns {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.arns == other.0.arns
    }
}

impl Eq for NamedArns {}

impl fmt::Debug for NamedArns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0.arns).finish()
    }
}

/// As the set that they are.
impl Serialize for NamedArns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.language.serialize(serializer)
    }
}

//! Managed policies that a run writes under new names, by the patterns of names that conditions tell apart.

use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};

use crate::encode::action::glob_ignoring_case;
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// Which ARN a new policy has. Every ARN is of some kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NewPolicy {
    /// One that the pattern of a condition matches.
    Like(Arc<str>),
    /// One that none matches.
    Other,
}

/// The patterns of policies of an account with which conditions compare.
#[derive(Clone, Debug, Default)]
pub struct PolicyPatterns {
    patterns: Vec<Arc<str>>,
}

/// More patterns are not told apart.
const PATTERNS: usize = 24;

impl PolicyPatterns {
    /// Those among `named` that may match an ARN of a policy that the account does not have yet.
    pub fn of<'n>(
        named: impl Iterator<Item = &'n String>,
        partition: &str,
        account: AccountId,
        exists: impl Fn(&str) -> bool,
    ) -> Self {
        let may_be_new = |pattern: &&String| {
            let arn = Arn::parse(pattern);
            let fits = arn.is_none_or(|arn| {
                glob_ignoring_case(arn.partition, partition)
                    && glob_ignoring_case(arn.account, &account.to_string())
            });
            let named = pattern.contains(['*', '?']) || !exists(pattern);
            fits && named
        };
        let mut patterns: Vec<Arc<str>> =
            named.filter(may_be_new).map(|pattern| Arc::from(pattern.as_str())).collect();
        if patterns.len() > PATTERNS {
            patterns.clear();
        }
        Self { patterns }
    }

    /// All kinds of ARNs.
    pub fn kinds(&self) -> impl Iterator<Item = NewPolicy> {
        self.patterns.iter().cloned().map(NewPolicy::Like).chain([NewPolicy::Other])
    }

    /// The ARNs of a kind: those of the first language that are in none of the others.
    pub fn arns(&self, kind: &NewPolicy, partition: &str, account: AccountId) -> (Language, Vec<Language>) {
        let own = format!("arn:{partition}:iam::{account}:policy/");
        let mut any = LanguageBuilder::new();
        any.text(&own);
        any.some(CharacterSet::from_ranges(vec![('!', '~')]));
        match kind {
            // What a pattern matches beside policies of the account is no new one.
            NewPolicy::Like(pattern) if pattern.starts_with(&own) => (Language::glob(pattern), Vec::new()),
            NewPolicy::Like(pattern) => {
                let whole = glob_ignoring_case(pattern, &own) && pattern.ends_with('*');
                (if whole { any.build() } else { Language::glob(pattern) }, Vec::new())
            }
            NewPolicy::Other => {
                (any.build(), self.patterns.iter().map(|pattern| Language::glob(pattern)).collect())
            }
        }
    }
}

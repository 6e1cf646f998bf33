//! The boundaries that count, made ready once for all principals: questions about them must not cost more the more there are.

use std::collections::BTreeMap;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::managed::ManagedPolicies;

use crate::named_arns::NamedArns;
use crate::wildcard::Language;

/// The boundaries that count.
#[derive(Clone, Debug, Default)]
pub struct ApprovedBoundaries {
    /// By the account in their ARNs, `aws` for managed policies of AWS; ascending.
    by_account: BTreeMap<String, Vec<String>>,
    /// Those that principals of an account can carry, with those of AWS.
    carried: BTreeMap<String, NamedArns>,
    patterns: Vec<Language>,
    existing: Option<Language>,
    any_that_matches: bool,
    /// Managed policies that AWS offers, by partition.
    of_aws: BTreeMap<String, Language>,
}

/// The account segment of managed policies of AWS.
const AWS: &str = "aws";
/// The partitions of which AWS's managed policies are made ready; of others each time anew.
const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];

impl ApprovedBoundaries {
    /// The policies `arns` that exist now. `patterns` are those that approved them, if the configuration has any; a new
    /// policy may match one. `existing` are the ARNs of all customer-managed policies. With `any_that_matches` it is not
    /// known which policies there are: any that a pattern matches may be an approved one.
    pub fn new(
        arns: impl IntoIterator<Item = String>,
        patterns: &[String],
        existing: impl IntoIterator<Item = String>,
        any_that_matches: bool,
    ) -> Self {
        let mut by_account: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for arn in arns {
            let account = Arn::parse(&arn).map_or_else(String::new, |parsed| parsed.account.to_owned());
            by_account.entry(account).or_default().push(arn);
        }
        for arns in by_account.values_mut() {
            arns.sort_unstable();
            arns.dedup();
        }
        let of_aws = by_account.get(AWS).cloned().unwrap_or_default();
        let carried = by_account
            .iter()
            .map(|(account, arns)| {
                let of_aws = of_aws.iter().filter(|_| account != AWS);
                let mut all: Vec<String> = arns.iter().chain(of_aws).cloned().collect();
                all.sort_unstable();
                (account.clone(), NamedArns::new(all))
            })
            .collect();
        Self {
            by_account,
            carried,
            patterns: patterns.iter().map(|pattern| Language::arn_pattern(pattern)).collect(),
            // Only approved patterns ask for it.
            existing: (!patterns.is_empty()).then(|| Language::one_of(existing)),
            any_that_matches,
            of_aws: PARTITIONS
                .iter()
                .map(|partition| ((*partition).to_owned(), offered(partition)))
                .collect(),
        }
    }

    /// Whether `arn` is that of an approved policy.
    pub fn contains(&self, arn: &str) -> bool {
        let account = Arn::parse(arn).map_or("", |parsed| parsed.account);
        self.by_account
            .get(account)
            .is_some_and(|arns| arns.binary_search_by(|known| known.as_str().cmp(arn)).is_ok())
    }

    /// Those that principals of `account` can carry: the account's own and AWS managed ones.
    pub(super) fn in_account(&self, account: AccountId) -> NamedArns {
        let known = self.carried.get(&account.to_string()).or_else(|| self.carried.get(AWS));
        known.cloned().unwrap_or_else(|| NamedArns::new(Vec::new()))
    }

    /// The languages of the approved patterns.
    pub(super) fn patterns(&self) -> &[Language] {
        &self.patterns
    }

    /// The approved patterns where any policy that one matches may be an approved one; else none.
    pub(super) fn unknown_ones(&self) -> &[Language] {
        if self.any_that_matches { &self.patterns } else { &[] }
    }

    /// All customer-managed policies that exist.
    pub(super) fn existing(&self) -> Language {
        self.existing.clone().unwrap_or_else(|| Language::one_of([]))
    }

    /// The managed policies that AWS offers in a partition.
    pub(super) fn of_aws_today(&self, partition: &str) -> Language {
        self.of_aws.get(partition).cloned().unwrap_or_else(|| offered(partition))
    }
}

/// The managed policies that AWS offers in `partition`, from the embedded table.
pub(crate) fn offered(partition: &str) -> Language {
    let front = format!("arn:{partition}:iam::aws:policy");
    let all = ManagedPolicies::embedded().into_iter().flat_map(ManagedPolicies::all);
    Language::one_of(
        all.filter_map(|policy| policy.arn.split_once(":policy")).map(|(_, path)| format!("{front}{path}")),
    )
}

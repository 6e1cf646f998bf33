//! Whether an ARN, or some ARN of a pattern, can be a resource of a type.

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::Catalogue;

use crate::encode::check::placeholder_characters;
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder, TextDecision, Theory};

/// Which accounts the ARNs of a format may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accounts<'a> {
    /// This one.
    Only(&'a str),
    /// Any twelve digits, or `aws`.
    Any,
}

/// Whether some ARN of `pattern` has one of `formats` in `partition`, with an account of `accounts`. Where the theory
/// gives up the answer is yes: the encoder decides.
pub(super) fn may_have(
    formats: &[String],
    pattern: &Language,
    partition: &str,
    accounts: Accounts<'_>,
    catalogue: &Catalogue,
    theory: &mut Theory,
) -> bool {
    formats.iter().any(|format| {
        languages(format, partition, accounts, catalogue).iter().any(|language| {
            !matches!(theory.decide(&[language, pattern], &[]), TextDecision::Conflict { .. })
        })
    })
}

/// The ARNs of a format.
fn languages(format: &str, partition: &str, accounts: Accounts<'_>, catalogue: &Catalogue) -> Vec<Language> {
    let digit = CharacterSet::from_ranges(vec![('0', '9')]);
    let accounts: Vec<Language> = match accounts {
        Accounts::Only(account) => vec![Language::exactly(account)],
        Accounts::Any => {
            let mut digits = LanguageBuilder::new();
            for _ in 0..12 {
                digits.one(digit.clone());
            }
            vec![digits.build(), Language::exactly("aws")]
        }
    };
    let choices = if format.contains("${Account}") { accounts.len() } else { 1 };
    accounts
        .iter()
        .take(choices)
        .map(|account| {
            let mut builder = LanguageBuilder::new();
            let mut rest = format;
            while let Some((before, after)) = rest.split_once("${") {
                builder.glob(before, &CharacterSet::any());
                let (placeholder, after) = after.split_once('}').unwrap_or((after, ""));
                match placeholder {
                    "Partition" => builder.text(partition),
                    "Region" => builder.alternatives(catalogue.regions(partition).iter().cloned()),
                    "Account" => builder.append(account),
                    other => builder.some(placeholder_characters(format, other)),
                };
                rest = after;
            }
            builder.glob(rest, &CharacterSet::any());
            builder.build()
        })
        .collect()
}

/// The Region that an ARN names and its partition does not have.
pub(super) fn unknown_region(resource: &str, catalogue: &Catalogue) -> Option<String> {
    let arn = Arn::parse(resource)?;
    let regions = catalogue.regions(arn.partition);
    let plain = !arn.region.is_empty() && !arn.region.contains(['*', '?']) && !regions.is_empty();
    (plain && !regions.iter().any(|known| known == arn.region)).then(|| arn.region.to_owned())
}

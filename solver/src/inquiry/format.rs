//! Whether an ARN, or some ARN of a pattern, can be a resource of a type.

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::{Catalogue, ResourceTypeId};

use crate::encode::format::{Owner, arn_forms};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder, TextDecision, Theory};

/// Whether some ARN of `pattern`, and of none of `but`, is one that a resource of `owner` of the type can have in
/// `partition`. Where the theory gives up the answer is yes: the encoder decides.
pub(super) fn may_have(
    resource_type: ResourceTypeId,
    pattern: &Language,
    but: &[Language],
    partition: &str,
    owner: Owner<'_>,
    catalogue: &Catalogue,
    theory: &mut Theory,
) -> bool {
    let Some(known) = catalogue.resource_type(resource_type) else { return false };
    arn_forms(known, &[], owner, (partition, None), catalogue).iter().any(|form| {
        !matches!(
            theory.decide(&[&form.arns, pattern], &but.iter().collect::<Vec<_>>()),
            TextDecision::Conflict { .. }
        )
    })
}

/// ARNs that name the account.
pub(super) fn arns_of(account: AccountId) -> Language {
    let segment = CharacterSet::except(':');
    let mut builder = LanguageBuilder::new();
    builder.text("arn:").star(segment.clone()).text(":").star(segment.clone()).text(":").star(segment);
    builder.text(&format!(":{account}:")).star(CharacterSet::any());
    builder.build()
}

/// The Region that an ARN names and its partition does not have.
pub(super) fn unknown_region(resource: &str, catalogue: &Catalogue) -> Option<String> {
    let arn = Arn::parse(resource)?;
    let regions = catalogue.regions(arn.partition);
    let plain = !arn.region.is_empty() && !arn.region.contains(['*', '?']) && !regions.is_empty();
    (plain && !regions.iter().any(|known| known == arn.region)).then(|| arn.region.to_owned())
}

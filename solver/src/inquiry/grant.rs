//! Whose own policy may grant what no policy of the principal does. None of them is evaluated yet, so a denial for lack
//! of an Allow is none where one of them comes into question.

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::Catalogue;

use crate::query::Target;

/// A policy of the resource's side that can grant by itself (semantics:B3, B5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grantor {
    /// A bucket policy.
    Bucket,
    /// The trust policy of a role that is assumed.
    Trust,
    /// A key policy.
    Key,
}

impl Grantor {
    /// What it is, in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Bucket => "a bucket policy",
            Self::Trust => "the role's trust policy",
            Self::Key => "the key's policy",
        }
    }
}

/// The policy that may grant the requests of `target`.
pub(super) fn grantor(target: &Target, catalogue: &Catalogue) -> Option<Grantor> {
    let action = catalogue.action(target.action.id()?)?;
    let format = catalogue.resource_type(target.resource.resource_type()?)?.arn_formats.first()?;
    let arn = Arn::parse(format)?;
    match arn.service {
        "s3" => Some(Grantor::Bucket),
        "kms" if arn.resource.starts_with("key/") => Some(Grantor::Key),
        "iam" if &*action.service == "sts" && arn.resource.starts_with("role/") => Some(Grantor::Trust),
        _ => None,
    }
}

//! Amazon Resource Names.

use std::fmt;

use serde::Serialize;

/// The six parts of an ARN, borrowed from its text. The sixth is everything after the fifth colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// Partition: `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// Service prefix.
    pub service: &'a str,
    /// Region, empty for global services.
    pub region: &'a str,
    /// Account id, empty where the service leaves it out.
    pub account: &'a str,
    /// The rest.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of `text`; none unless it starts with `arn:` and has six parts.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        Some(Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }
}

/// The service and the word that begins the resource, such as `instance` in `instance/i-0`, of an ARN or the format of one; the word is
/// empty where a name begins it.
pub fn kind_of(arn: &str) -> Option<(&str, &str)> {
    let arn = Arn::parse(arn)?;
    Some((arn.service, arn.resource.split(['/', ':', '$']).next().unwrap_or("")))
}

/// Whether the ARN may be of a type whose ARNs have this format, as far as service and type tell.
pub fn fits_format(format: &str, arn: &str) -> bool {
    let (Some(format), Some(arn)) = (kind_of(format), kind_of(arn)) else { return false };
    format.0 == arn.0 && (format.1.is_empty() || format.1 == arn.1)
}

/// The path, with both slashes, and the name that the ARN of a user, role or group ends with.
pub fn path_and_name(arn: &str) -> (String, String) {
    let resource = Arn::parse(arn).map_or("", |arn| arn.resource);
    let (front, name) = resource.rsplit_once('/').unwrap_or((resource, ""));
    let path = front.split_once('/').map_or_else(|| "/".to_owned(), |(_, path)| format!("/{path}/"));
    (path, name.to_owned())
}

/// A twelve-digit AWS account id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AccountId(u64);

impl AccountId {
    /// An id that no account has, for callers that belong to none.
    pub const NOBODY: Self = Self(0);

    /// The id written `text`; none unless it is exactly twelve ASCII digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        text.parse().ok().map(Self)
    }
}

impl fmt::Debug for AccountId {
    /// With all twelve digits: what is searched for accounts finds those that begin with zeros too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({self})")
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

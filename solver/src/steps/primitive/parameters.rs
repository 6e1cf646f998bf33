//! What paths say in calls beside what the rows of the table tell.

use serde::Deserialize;

/// What a key of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// It is not there: with it the call would do something else, or less.
    LeftOut,
    /// The ARN of the role that is passed.
    Role,
    /// The ARN of an instance profile that holds the role.
    InstanceProfile,
}

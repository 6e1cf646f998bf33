//! One call of AWS that failed, in words.

use aws_sdk_iam::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unread {
    /// AWS denied the call, or the credentials for it.
    #[error("{action}: access denied: {message}")]
    Denied {
        /// The action, as policies name it.
        action: &'static str,
        /// What AWS says.
        message: String,
    },
    /// AWS answered with another error, or not at all.
    #[error("{action}: {message}")]
    Failed {
        /// The action.
        action: &'static str,
        /// The code of the error, if AWS gave one.
        code: Option<String>,
        /// What went wrong.
        message: String,
    },
}

impl Unread {
    /// What `error` of a call of `action` says.
    pub(crate) fn of<E, R>(action: &'static str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        let code = error.code();
        let message = error.message().map_or_else(
            // What stopped before AWS answered: no route, no credentials, an answer that cannot be read.
            || DisplayErrorContext(error).to_string(),
            str::to_owned,
        );
        match code {
            Some(
                "AccessDenied"
                | "AccessDeniedException"
                | "UnauthorizedOperation"
                | "AuthorizationError"
                | "UnrecognizedClientException"
                | "InvalidClientTokenId"
                | "ExpiredToken"
                | "ExpiredTokenException",
            ) => Self::Denied { action, message },
            Some(other) => {
                Self::Failed { action, code: Some(other.to_owned()), message: format!("{other}: {message}") }
            }
            None => Self::Failed { action, code: None, message },
        }
    }

    /// A file of an account whose principals could not be read.
    pub(crate) fn without_details() -> Self {
        Self::Failed {
            action: "iam:GetAccountAuthorizationDetails",
            code: None,
            message: "the account's principals could not be read, without which this file says nothing"
                .to_owned(),
        }
    }

    /// The same, told of one Region.
    pub(crate) fn in_region(self, region: &str) -> Self {
        let told = |message: String| format!("in {region}: {message}");
        match self {
            Self::Denied { action, message } => Self::Denied { action, message: told(message) },
            Self::Failed { action, code, message } => Self::Failed { action, code, message: told(message) },
        }
    }

    /// AWS answered with the error of this code.
    pub(crate) fn has_code(&self, wanted: &str) -> bool {
        matches!(self, Self::Failed { code: Some(code), .. } if code == wanted)
    }

    /// An answer lacks what AWS always gives.
    pub(crate) fn lacks(action: &'static str, what: &str) -> Self {
        Self::Failed { action, code: None, message: format!("the answer has no {what}") }
    }
}

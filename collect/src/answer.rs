//! Answers of AWS as the AWS CLI writes them.
//!
//! The values are those that AWS sent: policy documents keep their text, and what AWS did not send is left out.

mod print;

use aws_sdk_iam::primitives::{DateTime, DateTimeFormat};
use percent_encoding::percent_decode_str;
use serde::de::IgnoredAny;

/// A value of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
    /// True or false.
    Truth(bool),
    /// A list.
    List(Vec<Answer>),
    /// Members in the order of the AWS CLI.
    Object(Vec<(&'static str, Answer)>),
    /// A policy document: JSON, printed with its own members in their own order, however often each stands there.
    Document(String),
}

impl Answer {
    /// An object that is put together member by member.
    pub(crate) fn object() -> Members {
        Members(Vec::new())
    }

    /// A policy document of IAM, which comes percent-encoded. What is no JSON stays a text as it came.
    pub(crate) fn document(text: &str) -> Self {
        let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
        if is_json(text) {
            return Self::Document(text.to_owned());
        }
        match percent_decode_str(text).decode_utf8() {
            Ok(decoded) if is_json(&decoded) => Self::Document(decoded.into_owned()),
            Ok(_) | Err(_) => Self::Text(text.to_owned()),
        }
    }
}

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// An object on the way. What AWS did not send is no member.
#[derive(Debug)]
pub(crate) struct Members(Vec<(&'static str, Answer)>);

impl Members {
    /// With a text.
    pub(crate) fn text(self, name: &'static str, text: Option<&str>) -> Self {
        self.with(name, text.map(Answer::from))
    }

    /// With an instant.
    pub(crate) fn instant(self, name: &'static str, instant: Option<&DateTime>) -> Self {
        self.with(name, instant.and_then(in_words).map(Answer::Text))
    }

    /// With a number.
    pub(crate) fn number(self, name: &'static str, number: Option<i32>) -> Self {
        self.with(name, number.map(|number| Answer::Number(number.into())))
    }

    /// With true or false.
    pub(crate) fn truth(self, name: &'static str, truth: bool) -> Self {
        self.with(name, Some(Answer::Truth(truth)))
    }

    /// With a policy document.
    pub(crate) fn document(self, name: &'static str, text: Option<&str>) -> Self {
        self.with(name, text.map(Answer::document))
    }

    /// With a list, which may be empty.
    pub(crate) fn list(self, name: &'static str, elements: impl IntoIterator<Item = Answer>) -> Self {
        self.with(name, Some(Answer::List(elements.into_iter().collect())))
    }

    /// With a list of what `each` makes of the elements, if AWS sent one.
    pub(crate) fn list_of<T>(
        self,
        name: &'static str,
        elements: Option<&[T]>,
        each: impl Fn(&T) -> Answer,
    ) -> Self {
        self.with(name, elements.map(|elements| Answer::List(elements.iter().map(each).collect())))
    }

    /// With any value.
    pub(crate) fn with(mut self, name: &'static str, value: Option<Answer>) -> Self {
        self.0.extend(value.map(|value| (name, value)));
        self
    }

    /// The object.
    pub(crate) fn done(self) -> Answer {
        Answer::Object(self.0)
    }
}

/// As the AWS CLI writes it: `2026-03-02T09:00:00+00:00`.
fn in_words(instant: &DateTime) -> Option<String> {
    let text = instant.fmt(DateTimeFormat::DateTime).ok()?;
    Some(text.strip_suffix('Z').map_or_else(|| text.clone(), |start| format!("{start}+00:00")))
}

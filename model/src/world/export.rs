//! Reading the fields of AWS answers: known fields are checked, unknown ones ignored, since AWS adds fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::recognize::nearest;
use crate::json::{Json, JsonValue, Member};
use crate::location::{InputError, InputWarning, Location};
use crate::parse::exported_policy;
use crate::policy::{PolicyDocument, PolicyType};

/// One file that is being read, and what was found wrong with it so far.
#[derive(Debug)]
pub(super) struct Export<'a> {
    pub(super) file: &'a Arc<str>,
    pub(super) source: &'a str,
    pub(super) errors: Vec<InputError>,
    pub(super) warnings: Vec<InputWarning>,
    pub(super) newest_timestamp: Option<Timestamp>,
    /// What to do about a field that is absent or of the wrong type.
    form: &'static str,
}

const UNCHANGED_ANSWER: &str = "the file must be the unchanged answer of the AWS command";

impl<'a> Export<'a> {
    pub(super) fn new(file: &'a Arc<str>, source: &'a str) -> Self {
        Self {
            file,
            source,
            errors: Vec::new(),
            warnings: Vec::new(),
            newest_timestamp: None,
            form: UNCHANGED_ANSWER,
        }
    }

    /// As [`Export::new`], for a file that is no answer of AWS; `form` says how it is written.
    pub(super) fn of_form(file: &'a Arc<str>, source: &'a str, form: &'static str) -> Self {
        Self { form, ..Self::new(file, source) }
    }

    pub(super) fn error(&mut self, place: &Json, message: &str, help: &str) {
        self.errors.push(InputError {
            location: place.location(self.file),
            statement: None,
            message: message.to_owned(),
            help: Some(help.to_owned()),
        });
    }

    /// As [`Export::error`], at a key.
    pub(super) fn error_at_key(&mut self, member: &Member, message: &str, help: &str) {
        self.errors.push(InputError {
            location: Location::new(self.file, member.line, member.column),
            statement: None,
            message: message.to_owned(),
            help: Some(help.to_owned()),
        });
    }

    pub(super) fn warning(&mut self, place: &Json, message: &str, help: &str) {
        self.warnings.push(InputError {
            location: place.location(self.file),
            statement: None,
            message: message.to_owned(),
            help: Some(help.to_owned()),
        });
    }

    /// As [`Export::warning`], at a key.
    pub(super) fn warning_at_key(&mut self, member: &Member, message: &str, help: &str) {
        self.warnings.push(InputError {
            location: Location::new(self.file, member.line, member.column),
            statement: None,
            message: message.to_owned(),
            help: Some(help.to_owned()),
        });
    }

    /// The value of `key` in `object`; none if it is absent or null. An error if `object` is no object.
    pub(super) fn field(&mut self, object: &'a Json, key: &str) -> Option<&'a Json> {
        if object.as_object().is_none() {
            self.error(
                object,
                &format!("an object with `{key}` is expected here, not {}", object.kind()),
                self.form,
            );
            return None;
        }
        object.get(key).filter(|value| !value.is_null())
    }

    /// The text of `key`; an error if it is something else.
    pub(super) fn optional_text(&mut self, object: &'a Json, key: &str) -> Option<&'a str> {
        let value = self.field(object, key)?;
        if value.as_str().is_none() {
            self.wrong_type(value, key, "a string");
        }
        value.as_str()
    }

    /// The text of `key`; an error if it is absent or something else.
    pub(super) fn text(&mut self, object: &'a Json, key: &str) -> Option<&'a str> {
        if object.as_object().is_some() && object.get(key).is_none_or(Json::is_null) {
            self.absent(object, key);
            return None;
        }
        self.optional_text(object, key)
    }

    /// The elements of the list under `key`, none if it is absent; an error if it is something else.
    pub(super) fn optional_list(&mut self, object: &'a Json, key: &str) -> &'a [Json] {
        let Some(value) = self.field(object, key) else {
            return &[];
        };
        value.as_array().unwrap_or_else(|| {
            self.wrong_type(value, key, "a list");
            &[]
        })
    }

    /// The elements of the list under `key`; an error if it is absent or something else.
    pub(super) fn list(&mut self, object: &'a Json, key: &str) -> &'a [Json] {
        if object.as_object().is_some() && object.get(key).is_none_or(Json::is_null) {
            self.absent(object, key);
            return &[];
        }
        self.optional_list(object, key)
    }

    /// The boolean under `key`; an error if it is something else.
    pub(super) fn optional_flag(&mut self, object: &'a Json, key: &str) -> Option<bool> {
        let value = self.field(object, key)?;
        if value.as_bool().is_none() {
            self.wrong_type(value, key, "a boolean");
        }
        value.as_bool()
    }

    /// The date under `key`, as ISO 8601 text or as seconds since 1970; remembered if it is the newest.
    pub(super) fn date(&mut self, object: &'a Json, key: &str) -> Option<Timestamp> {
        let value = self.field(object, key)?;
        let parsed = match &value.value {
            JsonValue::String(text) => text.parse::<Timestamp>().ok(),
            JsonValue::Number(text) => {
                let seconds = text.split_once('.').map_or(text.as_str(), |(whole, _)| whole);
                seconds.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok())
            }
            JsonValue::Null | JsonValue::Bool(_) | JsonValue::Array(_) | JsonValue::Object(_) => None,
        };
        if parsed.is_none() {
            self.wrong_type(value, key, "a date such as 2026-01-31T12:00:00+00:00");
        }
        self.newest_timestamp = self.newest_timestamp.max(parsed);
        parsed
    }

    /// As [`Export::date`]; an error also if it is absent.
    pub(super) fn required_date(&mut self, object: &'a Json, key: &str) -> Option<Timestamp> {
        if object.get(key).is_none_or(Json::is_null) {
            self.absent(object, key);
        }
        self.date(object, key)
    }

    /// True for an object; else an error that says what is expected.
    pub(super) fn is_object(&mut self, element: &Json, what: &str) -> bool {
        if element.as_object().is_none() {
            self.error(element, &format!("{what} must be an object, not {}", element.kind()), self.form);
        }
        element.as_object().is_some()
    }

    /// The tags under `Tags`: a list of objects with `Key` and `Value`.
    pub(super) fn tags(&mut self, object: &'a Json) -> BTreeMap<String, String> {
        let list = self.optional_list(object, "Tags");
        self.tags_of_list(list)
    }

    /// As [`Export::tags`], of a user or role, whose keys IAM keeps unique without regard to letter case.
    pub(super) fn iam_tags(&mut self, object: &'a Json) -> BTreeMap<String, String> {
        let list = self.optional_list(object, "Tags");
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for tag in list {
            self.refuse_misspelled_members(tag, &["Key", "Value"]);
            let Some(key) = tag.get("Key").and_then(Json::as_str) else { continue };
            match seen.get(&key.to_ascii_lowercase()) {
                Some(first) if *first != key => {
                    self.error(
                        tag,
                        &format!("the tags `{first}` and `{key}` differ in letter case only"),
                        "IAM keeps one tag of a key, whatever its letter case; run the AWS command again",
                    );
                }
                // Two that are equal are reported with the tags of every other kind.
                Some(_) => {}
                None => {
                    seen.insert(key.to_ascii_lowercase(), key);
                }
            }
        }
        self.tags_of_list(list)
    }

    /// The tags of a list of objects with `Key` and `Value`.
    pub(super) fn tags_of_list(&mut self, list: &'a [Json]) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::new();
        for tag in list {
            if let (Some(key), Some(value)) = (self.text(tag, "Key"), self.text(tag, "Value"))
                && tags.insert(key.to_owned(), value.to_owned()).is_some()
            {
                self.error(
                    tag,
                    &format!("the tag `{key}` is there twice"),
                    "AWS keeps each key once; leave one",
                );
            }
        }
        tags
    }

    /// Reports each member of `object` that is not one of `known`.
    pub(super) fn refuse_unknown_members(&mut self, object: &'a Json, known: &[&'static str]) {
        for member in object.as_object().unwrap_or_default() {
            if known.contains(&member.key.as_str()) {
                continue;
            }
            let near = nearest(&member.key, known).map_or_else(
                || format!("the members are {}", known.join(", ")),
                |near| format!("it is spelled `{near}`"),
            );
            self.error_at_key(member, &format!("unknown member `{}`", member.key), &near);
        }
    }

    /// The policy document at `json`. Findings are put down to `owner`.
    pub(super) fn policy(
        &mut self,
        json: &'a Json,
        policy_type: PolicyType,
        owner: &str,
    ) -> Option<Arc<PolicyDocument>> {
        let belongs = |mut finding: InputError| {
            finding.message = format!("{} ({owner})", finding.message);
            finding
        };
        match exported_policy(json, self.source, policy_type, self.file) {
            Ok((document, warnings)) => {
                self.warnings.extend(warnings.into_iter().map(belongs));
                Some(Arc::new(document))
            }
            Err(errors) => {
                self.errors.extend(errors.into_iter().map(belongs));
                None
            }
        }
    }

    fn absent(&mut self, object: &Json, key: &str) {
        self.error(object, &format!("`{key}` is missing here"), self.form);
    }

    pub(super) fn wrong_type(&mut self, value: &Json, key: &str, wanted: &str) {
        let shown = value.scalar_text().map_or_else(|| value.kind().to_owned(), |text| format!("`{text}`"));
        self.error(value, &format!("`{key}` must be {wanted}, not {shown}"), self.form);
    }
}

//! Signs that an answer of AWS is not whole or was edited: more pages that follow, misspelled members, lists that are
//! not there. What such a file does not show would be missing without a word.

use super::export::Export;
use crate::catalogue::distance;
use crate::json::{Json, JsonValue, Member};

/// Members that tell that more pages follow, in lower case.
const PAGES: [&str; 4] = ["nexttoken", "marker", "nextmarker", "istruncated"];

/// Members that hold policy documents, whose members are no part of the answer.
const DOCUMENTS: [&str; 4] = ["PolicyDocument", "AssumeRolePolicyDocument", "Document", "Content"];

impl<'a> Export<'a> {
    /// Reports each list in `json`, at any depth, whose answer says of itself that more pages follow.
    pub(super) fn refuse_more_pages(&mut self, json: &'a Json) {
        match &json.value {
            JsonValue::Array(elements) => {
                for element in elements {
                    self.refuse_more_pages(element);
                }
            }
            JsonValue::Object(members) => {
                for member in members {
                    if PAGES.iter().any(|page| member.key.eq_ignore_ascii_case(page)) {
                        self.refuse_page(member);
                    } else if !DOCUMENTS.contains(&member.key.as_str()) {
                        self.refuse_more_pages(&member.value);
                    }
                }
            }
            JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::String(_) => {}
        }
    }

    fn refuse_page(&mut self, member: &Member) {
        let last = match &member.value.value {
            JsonValue::Null | JsonValue::Bool(false) => true,
            JsonValue::Bool(true) | JsonValue::Number(_) => false,
            JsonValue::String(text) => text.is_empty(),
            JsonValue::Array(elements) => elements.is_empty(),
            JsonValue::Object(members) => members.is_empty(),
        };
        if last {
            return;
        }
        let message = if member.value.as_bool() == Some(true) {
            format!("the export is incomplete: {} is true, so more pages follow", member.key)
        } else {
            format!("the export is incomplete: it ends with `{}`, so more pages follow", member.key)
        };
        self.error_at_key(
            member,
            &message,
            "export again without --max-items and --no-paginate, so that the AWS CLI fetches every page",
        );
    }

    /// Reports each member of `object` that is one of `known` but for its letter case, and warns of those that are
    /// nearly one. AWS adds members, so others are ignored.
    pub(super) fn refuse_misspelled_members(&mut self, object: &'a Json, known: &[&str]) {
        for member in object.as_object().unwrap_or_default() {
            let key = member.key.as_str();
            if known.contains(&key) {
                continue;
            }
            if let Some(meant) = known.iter().find(|name| name.eq_ignore_ascii_case(key)) {
                self.error_at_key(
                    member,
                    &format!("the member `{key}` is spelled `{meant}` by AWS"),
                    "the file must be the unchanged answer of the AWS command; what stands under another name is not read",
                );
            } else if let Some(near) = known.iter().find(|name| is_near(key, name)) {
                self.warning_at_key(
                    member,
                    &format!("the member `{key}` is not read: AWS is not known to write it"),
                    &format!("if `{near}` is meant, the file was edited; run the AWS command again"),
                );
            }
        }
    }

    /// The elements of a list of `owner` that AWS always writes; an error if it is absent or no list.
    pub(super) fn whole_list(&mut self, object: &'a Json, key: &str, owner: &str) -> &'a [Json] {
        if object.as_object().is_some() && object.get(key).is_none_or(Json::is_null) {
            self.error(
                object,
                &format!("`{owner}` has no `{key}`, which AWS always writes"),
                "the export is not whole or was edited, and only `[]` says that there are none; run `aws iam \
                 get-account-authorization-details` again",
            );
            return &[];
        }
        self.optional_list(object, key)
    }
}

/// `key` is probably a slip of `name`. Short names are near to too much.
fn is_near(key: &str, name: &str) -> bool {
    key.len() <= 64 && name.len() >= 8 && distance(key, name) <= 2
}

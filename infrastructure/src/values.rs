//! Values of what a plan leaves unknown, with which policies would decide requests otherwise.
//!
//! They are guesses, made of what is asked for: whoever shows one gives it to the plan (`--assume`) and judges what the plan then makes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bounds::Carrier;
use crate::draft::{Draft, each_document, elements, text_at};
use crate::hole::{self, Holes, Part};

/// A request of which the decision is to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Who asks, as policies name principals: an ARN, or a service.
    pub principal: String,
    /// `service:Name`.
    pub action: String,
    /// Its ARN, or `*`.
    pub resource: String,
    /// Keys in lower case, with their values.
    pub context: BTreeMap<String, Vec<String>>,
}

/// In which way a decision is to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The request is to be allowed.
    Allow,
    /// It is to be denied.
    Deny,
}

impl Draft {
    /// Values for holes, by address, with which what they are in says what `change` wants of the requests; a hole that has to do with
    /// none of them has no value here.
    pub fn values(&self, holes: &Holes, requests: &[Wanted], change: Change) -> BTreeMap<String, String> {
        let mut guess = Guess { holes, requests, change, values: BTreeMap::new() };
        for account in self.accounts.values() {
            each_document(&mut account.details.clone(), |document, carrier, owner| {
                guess.document(document, carrier, owner);
            });
            for (owner, document) in account.resource_policies.iter().flatten() {
                guess.document(document, Carrier::Resource, owner);
            }
        }
        for policy in elements(&mut self.organization.clone().unwrap_or_default(), "Policies") {
            let summary = policy.get("PolicySummary").cloned().unwrap_or_default();
            let controls_resources = text_at(&summary, "Type") == "RESOURCE_CONTROL_POLICY";
            let carrier = if controls_resources { Carrier::ResourceControl } else { Carrier::Identity };
            if let Some(document) = policy.get("Content") {
                guess.document(document, carrier, "");
            }
        }
        guess.values
    }
}

struct Guess<'g> {
    holes: &'g Holes,
    requests: &'g [Wanted],
    change: Change,
    values: BTreeMap<String, String>,
}

impl Guess<'_> {
    fn set(&mut self, number: usize, value: impl FnOnce() -> String) {
        // What is one of two principals is neither.
        if let Some(hole) = self.holes.get(number).filter(|hole| hole.perhaps.is_none()) {
            self.values.entry(hole.address.clone()).or_insert_with(value);
        }
    }

    fn document(&mut self, document: &Value, carrier: Carrier, owner: &str) {
        if hole::numbers(document).is_empty() {
            return;
        }
        let requests = self.requests;
        // A trust policy is about one role, a policy of a resource about what is in that, and an inline policy about who has it.
        let has_one = [":role/", ":user/"].iter().any(|kind| owner.contains(kind));
        let is_about = |request: &&Wanted| match carrier {
            Carrier::Identity if has_one => request.principal == owner,
            Carrier::Trust => request.resource == owner,
            Carrier::Resource => request.resource.starts_with(owner) || request.resource == "*",
            Carrier::Identity | Carrier::ResourceControl => true,
        };
        let requests: Vec<&Wanted> = requests.iter().filter(is_about).collect();
        if let Some(number) = document.as_str().and_then(hole::whole) {
            if !requests.is_empty() {
                let change = self.change;
                self.set(number, || whole(&requests, carrier, change).to_string());
            }
            return;
        }
        let statements = document.get("Statement").map(one_or_more).unwrap_or_default();
        for statement in statements.iter().filter(|statement| !hole::numbers(statement).is_empty()) {
            if let Some(request) = requests.iter().find(|request| may_be_about(statement, request)) {
                self.statement(statement, request);
            }
        }
    }

    /// Fills what is unknown in `statement` so that it is about the request, if its effect is what is wanted, else so that it is not.
    fn statement(&mut self, statement: &Value, request: &Wanted) {
        let effect = match text_at(statement, "Effect") {
            "Deny" => Change::Deny,
            _ => Change::Allow,
        };
        let matches = effect == self.change;
        for (name, value) in statement.as_object().into_iter().flatten() {
            let (positive, matches) = match name.strip_prefix("Not") {
                Some(positive) => (positive, !matches),
                None => (name.as_str(), matches),
            };
            match positive {
                "Action" => self.element(value, &[&request.action], matches),
                "Resource" => self.element(value, &[&request.resource], matches),
                "Principal" => {
                    for names in value.as_object().into_iter().flat_map(serde_json::Map::values) {
                        self.element(names, &[&request.principal], matches);
                    }
                }
                "Condition" => self.condition(value, request, matches),
                _ => {}
            }
        }
    }

    fn condition(&mut self, condition: &Value, request: &Wanted, holds: bool) {
        for (operator, keys) in condition.as_object().into_iter().flatten() {
            let positive = !operator.contains("Not");
            for (key, values) in keys.as_object().into_iter().flatten() {
                let of_request = request.context.get(&key.to_lowercase());
                let texts: Vec<&str> = of_request.into_iter().flatten().map(String::as_str).collect();
                self.element(values, &texts, holds == positive);
            }
        }
    }

    /// Fills what is unknown among `values` so that one of them is one of `texts`, or none is.
    fn element(&mut self, values: &Value, texts: &[&str], matches: bool) {
        let values: Vec<&str> = one_or_more(values).iter().filter_map(Value::as_str).collect();
        if !matches {
            for number in values.iter().flat_map(|value| hole::parts(value)).filter_map(unknown) {
                self.set(number, || OTHER.to_owned());
            }
            return;
        }
        let known = |value: &&str| !hole::has_hole(value) && texts.iter().any(|text| fits(value, text));
        if values.iter().any(known) {
            return;
        }
        let filled = values
            .iter()
            .filter(|value| hole::has_hole(value))
            .flat_map(|value| texts.iter().map(move |text| captured(&hole::parts(value), text)))
            .find_map(|found| found);
        for (number, value) in filled.unwrap_or_default() {
            self.set(number, || value);
        }
    }
}

/// The elements of a list, or the one that stands alone.
fn one_or_more(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

/// What nothing else is called.
const OTHER: &str = "ringfence-another";

fn unknown(part: Part<'_>) -> Option<usize> {
    match part {
        Part::Unknown(number) => Some(number),
        Part::Known(_) => None,
    }
}

/// A document that says what is wanted of the requests and nothing else.
fn whole(requests: &[&Wanted], carrier: Carrier, change: Change) -> Value {
    let effect = match change {
        Change::Allow => "Allow",
        Change::Deny => "Deny",
    };
    let statements: Vec<Value> = requests
        .iter()
        .map(|request| {
            let mut statement = json!({ "Effect": effect, "Action": request.action });
            if let Some(members) = statement.as_object_mut() {
                if carrier != Carrier::Trust {
                    members.insert("Resource".to_owned(), json!(request.resource));
                }
                if carrier != Carrier::Identity {
                    members.insert("Principal".to_owned(), json!({ "AWS": request.principal }));
                }
            }
            statement
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Some action of the statement is that of the request, as far as its actions are known.
fn may_be_about(statement: &Value, request: &Wanted) -> bool {
    let (element, negated) = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(element), _) => (element, false),
        (None, Some(element)) => (element, true),
        (None, None) => return true,
    };
    if !hole::numbers(element).is_empty() {
        return true;
    }
    one_or_more(element).iter().filter_map(Value::as_str).any(|value| fits(value, &request.action)) != negated
}

/// `pattern`, in which `*` and `?` are wildcards, fits `text`, whatever the letter case.
fn fits(pattern: &str, text: &str) -> bool {
    captured(&[Part::Known(pattern)], text).is_some()
}

/// What must stand in the holes so that the text of `parts` fits `text`: the shortest that does, for each from the front. A hole that is
/// there twice must have one value.
fn captured(parts: &[Part<'_>], text: &str) -> Option<BTreeMap<usize, String>> {
    let tokens: Vec<Token> = parts
        .iter()
        .flat_map(|part| match part {
            Part::Known(known) => known.chars().map(Token::Letter).collect(),
            Part::Unknown(number) => vec![Token::Hole(*number)],
        })
        .collect();
    let letters: Vec<char> = text.chars().collect();
    let mut found = BTreeMap::new();
    // A guess need not be found at any price.
    let mut effort = EFFORT;
    matched(&tokens, &letters, &mut found, &mut effort)
        .then(|| found.into_iter().map(|(number, letters)| (number, letters.into_iter().collect())).collect())
}

const EFFORT: usize = 100_000;

#[derive(Clone, Copy)]
enum Token {
    Letter(char),
    Hole(usize),
}

fn matched(
    tokens: &[Token],
    letters: &[char],
    found: &mut BTreeMap<usize, Vec<char>>,
    effort: &mut usize,
) -> bool {
    if *effort == 0 {
        return false;
    }
    *effort -= 1;
    let Some((token, rest)) = tokens.split_first() else { return letters.is_empty() };
    match token {
        Token::Letter('*') => (0..=letters.len())
            .any(|length| matched(rest, letters.get(length..).unwrap_or_default(), found, effort)),
        Token::Letter(wanted) => letters.split_first().is_some_and(|(letter, after)| {
            (*wanted == '?' || wanted.eq_ignore_ascii_case(letter)) && matched(rest, after, found, effort)
        }),
        Token::Hole(number) => {
            if let Some(known) = found.get(number).cloned() {
                return letters
                    .strip_prefix(known.as_slice())
                    .is_some_and(|after| matched(rest, after, found, effort));
            }
            for length in 1..=letters.len() {
                let (value, after) = letters.split_at_checked(length).unwrap_or((letters, &[]));
                found.insert(*number, value.to_vec());
                if matched(rest, after, found, effort) {
                    return true;
                }
                found.remove(number);
            }
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::{Change, Wanted, captured, fits};
    use crate::draft::{AccountDraft, Draft};
    use crate::hole::{Holes, parts};

    #[test]
    fn what_stands_in_holes_follows_from_what_is_to_fit() {
        let mut holes = Holes::default();
        let (first, second) = (holes.text("a"), holes.text("b"));
        let found = |pattern: &str, text: &str| {
            let found = captured(&parts(pattern), text)?;
            Some(found.into_values().collect::<Vec<String>>())
        };
        assert_eq!(found(&format!("arn:aws:s3:::{first}/*"), "arn:aws:s3:::box/key").unwrap(), ["box"]);
        assert_eq!(found(&format!("{first}/{second}"), "a/b/c").unwrap(), ["a", "b/c"]);
        assert_eq!(found(&format!("{first}-{first}"), "ab-ab").unwrap(), ["ab"]);
        assert_eq!(found(&format!("{first}-{first}"), "ab-ac"), None);
        assert_eq!(found(&format!("x{first}"), "x"), None);
        assert!(fits("s3:Get*", "S3:GetObject") && fits("*", "") && !fits("s3:?", "s3:Get"));
        assert_eq!(captured(&parts(&"*a".repeat(60)), &"b".repeat(300)), None);
    }

    fn values(statements: &serde_json::Value, holes: &Holes, change: Change) -> BTreeMap<String, String> {
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        let mut account = AccountDraft::default();
        let policy = json!({ "PolicyName": "p", "PolicyDocument": document });
        account.details["RoleDetailList"] =
            json!([{ "Arn": "arn:aws:iam::1:role/r", "RolePolicyList": [policy] }]);
        let draft = Draft { accounts: BTreeMap::from([("1".to_owned(), account)]), organization: None };
        let request = Wanted {
            principal: "arn:aws:iam::1:role/r".to_owned(),
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::box/key".to_owned(),
            context: BTreeMap::from([("aws:requestedregion".to_owned(), vec!["eu-west-1".to_owned()])]),
        };
        draft.values(holes, &[request], change)
    }

    #[test]
    fn values_make_allows_match_and_denies_not() {
        let mut holes = Holes::default();
        let (bucket, region, denied, unrelated) =
            (holes.text("bucket"), holes.text("region"), holes.text("denied"), holes.text("unrelated"));
        let statements = json!([
            {
                "Effect": "Allow", "Action": "s3:Get*", "Resource": format!("arn:aws:s3:::{bucket}/*"),
                "Condition": { "StringEquals": { "aws:RequestedRegion": [region] } }
            },
            { "Effect": "Deny", "Action": "*", "Resource": denied },
            { "Effect": "Allow", "Action": "sqs:*", "Resource": unrelated }
        ]);
        let found = values(&statements, &holes, Change::Allow);
        let found: Vec<(&str, &str)> =
            found.iter().map(|(address, value)| (address.as_str(), value.as_str())).collect();
        assert_eq!(found, [("bucket", "box"), ("denied", "ringfence-another"), ("region", "eu-west-1")]);
        let found = values(&statements, &holes, Change::Deny);
        assert_eq!(
            (found["denied"].as_str(), found["bucket"].as_str()),
            ("arn:aws:s3:::box/key", "ringfence-another")
        );
    }

    #[test]
    fn a_document_that_is_unknown_says_what_is_wanted_and_no_more() {
        let mut holes = Holes::default();
        let document = holes.text("document");
        let mut account = AccountDraft::default();
        account.details["RoleDetailList"] = json!([
            { "Arn": "arn:aws:iam::1:role/r", "RolePolicyList": [{ "PolicyName": "p", "PolicyDocument": document }] }
        ]);
        let draft = Draft { accounts: BTreeMap::from([("1".to_owned(), account)]), organization: None };
        let request = Wanted {
            principal: "arn:aws:iam::1:role/r".to_owned(),
            action: "sqs:SendMessage".to_owned(),
            resource: "arn:aws:sqs:eu-west-1:1:q".to_owned(),
            ..Wanted::default()
        };
        let found = draft.values(&holes, &[request], Change::Allow);
        let document: serde_json::Value = serde_json::from_str(&found["document"]).unwrap();
        assert_eq!(
            document["Statement"],
            json!([{ "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:1:q" }])
        );
    }
}

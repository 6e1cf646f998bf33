//! What the run so far says of a request besides the world: that time does not go back, and what a session hands on to those that begin
//! from it; and what no request can say.

use crate::arn::Arn;
use crate::context::{ContextKey, ContextValue, RequestContext};
use crate::evaluate::{Instant, instant};
use crate::request::Request;

use super::replay::Session;

/// The key that tells when a request is made, as text; `aws:EpochTime` tells the same as a number.
const NOW: &str = "aws:CurrentTime";
/// The same as a number.
const EPOCH: &str = "aws:EpochTime";
/// The key that tells when the credentials of a session were given out.
const ISSUED: &str = "aws:TokenIssueTime";
/// The tags that sessions which begin from this one have too.
const TRANSITIVE: &str = "sts:TransitiveTagKeys";

/// When something was made: as it was written, with what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    text: String,
    instant: Instant,
}

impl Moment {
    /// When the request is made; none where it does not say.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let said = |key: &str| value(&request.context, key).and_then(|text| Some((instant(&text)?, text)));
        let (instant, text) = said(NOW).or_else(|| said(EPOCH))?;
        Some(Self { text, instant })
    }

    /// The later of the two.
    pub(super) fn later(first: Option<Self>, second: Option<Self>) -> Option<Self> {
        match (first, second) {
            (Some(first), Some(second)) if second.instant > first.instant => Some(second),
            (None, second) => second,
            (first, _) => first,
        }
    }

    /// As it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// The request is not made before what the run has done by then, and the credentials of its session are as old as they are.
pub(super) fn in_time(request: &mut Request, clock: Option<&Moment>, session: Option<&Session>) {
    if let Some(clock) = clock
        && Moment::of(request).is_some_and(|own| own.instant < clock.instant)
    {
        for key in [NOW, EPOCH] {
            if value(&request.context, key).is_some() {
                request.context.set(key, &clock.text);
            }
        }
    }
    let issued = session.and_then(|session| session.issued.as_ref());
    if let Some(issued) = issued.filter(|_| value(&request.context, ISSUED).is_some()) {
        request.context.set(ISSUED, &issued.text);
    }
}

/// A session that begins from another has its source identity and its transitive tags too.
pub(super) fn handed_on(request: &mut Request, session: &Session) {
    if !request.action.eq_ignore_ascii_case("sts:AssumeRole") {
        return;
    }
    if let Some(identity) = &session.source_identity {
        request.context.set("sts:SourceIdentity", identity);
    }
    if session.transitive.is_empty() {
        return;
    }
    let mut keys = values(&request.context, "aws:TagKeys");
    let mut transitive = values(&request.context, TRANSITIVE);
    for (key, tag) in &session.transitive {
        request.context.set(&format!("aws:RequestTag/{key}"), tag);
        for list in [&mut keys, &mut transitive] {
            if !list.contains(key) {
                list.push(key.clone());
            }
        }
    }
    request.context.insert(ContextKey::new("aws:TagKeys"), ContextValue::List(keys));
    request.context.insert(ContextKey::new(TRANSITIVE), ContextValue::List(transitive));
}

/// The tags of the request that go along with whatever begins from the session that it begins.
pub(super) fn transitive_tags(request: &Request) -> Vec<(String, String)> {
    let keys = values(&request.context, TRANSITIVE);
    let tags = tags_of(request);
    tags.filter(|(key, _)| keys.iter().any(|known| known.eq_ignore_ascii_case(key))).collect()
}

/// Calls that make something of IAM which has tags at once, with those that AWS checks besides if it gets any.
const TAG_WHAT_THEY_MAKE: [(&str, &str); 6] = [
    ("iam:CreateUser", "iam:TagUser"),
    ("iam:CreateRole", "iam:TagRole"),
    ("iam:CreatePolicy", "iam:TagPolicy"),
    ("iam:CreateInstanceProfile", "iam:TagInstanceProfile"),
    ("iam:CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider"),
    ("iam:CreateSAMLProvider", "iam:TagSAMLProvider"),
];

/// The call that AWS checks besides where the request tags what it makes in IAM.
pub(super) fn tagging(request: &Request) -> Option<Request> {
    let calls = TAG_WHAT_THEY_MAKE.iter().find(|(makes, _)| request.action.eq_ignore_ascii_case(makes));
    let (_, tags) = calls.filter(|_| tags_of(request).next().is_some())?;
    Some(Request { action: (*tags).to_owned(), ..request.clone() })
}

/// What the request says that no call can say, in words: tags that AWS reserves or that are too long or hold what tags cannot, and transitive
/// tags that the session does not have.
pub(super) fn impossible(request: &Request) -> Option<String> {
    let tags: Vec<(String, String)> = tags_of(request).collect();
    for (key, tag) in &tags {
        if key.get(..4).is_some_and(|front| front.eq_ignore_ascii_case("aws:")) {
            return Some(format!("tags whose keys begin with aws: are of AWS alone: {key}"));
        }
        let fits = |text: &str, most: usize| text.chars().count() <= most && text.chars().all(is_of_tags);
        if key.is_empty() || !fits(key, 128) || !fits(tag, 256) {
            return Some(format!("AWS takes no tag {key}={tag}"));
        }
    }
    let of_sts = request.action.get(..4).is_some_and(|front| front.eq_ignore_ascii_case("sts:"));
    let mut transitive = values(&request.context, TRANSITIVE).into_iter().filter(|_| of_sts);
    transitive
        .find(|key| !tags.iter().any(|(known, _)| known.eq_ignore_ascii_case(key)))
        .map(|key| format!("the session has no tag {key} that could be transitive"))
}

/// Characters that AWS takes in tags: letters, digits, spaces and some signs (IAM and STS, Rules for tagging).
fn is_of_tags(character: char) -> bool {
    character.is_alphanumeric() || character == ' ' || "_.:/=+-@".contains(character)
}

fn tags_of(request: &Request) -> impl Iterator<Item = (String, String)> {
    request.context.iter().filter_map(|(key, value)| {
        let (family, _) = key.family()?;
        let (_, tag) = key.as_written().split_once('/')?;
        (family == "aws:requesttag")
            .then(|| (tag.to_owned(), value.values().first().cloned().unwrap_or_default()))
    })
}

/// Whom the call lets in to a function: none where it does not say.
pub(super) fn let_in_to_function(request: &Request) -> Option<String> {
    value(&request.context, "lambda:Principal")
}

/// Whether `said`, as lambda:AddPermission takes it, means the principal `arn`: everybody, its account, or itself.
pub(super) fn means(said: &str, arn: &str) -> bool {
    let account = Arn::parse(arn).map(|parts| parts.account.to_owned()).unwrap_or_default();
    said == "*" || said == arn || said == account || said.ends_with(&format!("::{account}:root"))
}

fn value(context: &RequestContext, key: &str) -> Option<String> {
    context.get(&ContextKey::new(key)).and_then(|value| value.values().first()).cloned()
}

fn values(context: &RequestContext, key: &str) -> Vec<String> {
    context.get(&ContextKey::new(key)).map(|value| value.values().to_vec()).unwrap_or_default()
}

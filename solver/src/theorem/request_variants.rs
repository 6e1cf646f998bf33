//! Requests that differ from one that was found in the model, the Region, or the reading of what a check asks.

use ringfence_model::arn::Arn;
use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::request::Request;

const MANTLE_KEY: &str = "bedrock-mantle:Model";
const PROFILE_KEY: &str = "bedrock:InferenceProfileArn";

/// The same request about another model: where it names the one, in the resource and in the keys.
pub(super) fn with_model(request: &Request, from: &str, to: &str) -> Request {
    let mut changed = request.clone();
    changed.resource = replaced_end(&request.resource, from, to);
    for key in [MANTLE_KEY, PROFILE_KEY] {
        let key = ContextKey::new(key);
        if let Some(ContextValue::Single(text)) = request.context.get(&key) {
            let text = replaced_end(text, from, to);
            changed.context.insert(key, ContextValue::Single(text));
        }
    }
    changed
}

/// The checks of a call through a profile, the first of which is the profile's own, under the other reading of F30: it carries the
/// key of the profile, and the others the Region of the call.
pub(super) fn checked_at_the_source(requests: &[Request]) -> Vec<Request> {
    let Some(profile) = requests.first().map(|request| request.resource.clone()) else { return Vec::new() };
    let source = Arn::parse(&profile).map_or_else(String::new, |arn| arn.region.to_owned());
    let mut changed = requests.to_vec();
    for request in &mut changed {
        let single = ContextValue::Single;
        if request.resource == profile {
            request.context.insert(ContextKey::new(PROFILE_KEY), single(profile.clone()));
        } else {
            let nowhere = Arn::parse(&request.resource).is_some_and(|arn| arn.region.is_empty());
            let region = if nowhere { "global".to_owned() } else { source.clone() };
            request.context.insert(requested_region(), single(region));
        }
    }
    changed
}

fn replaced_end(text: &str, from: &str, to: &str) -> String {
    text.strip_suffix(from).map_or_else(|| text.to_owned(), |front| format!("{front}{to}"))
}

/// The same request in another Region.
pub(super) fn with_region(request: &Request, region: &str) -> Option<Request> {
    let arn = Arn::parse(&request.resource)?;
    let mut changed = request.clone();
    changed.resource =
        format!("arn:{}:{}:{region}:{}:{}", arn.partition, arn.service, arn.account, arn.resource);
    changed.context.insert(requested_region(), ContextValue::Single(region.to_owned()));
    Some(changed)
}

pub(super) fn requested_region() -> ContextKey {
    ContextKey::new("aws:RequestedRegion")
}

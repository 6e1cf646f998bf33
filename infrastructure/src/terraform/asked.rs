//! What a plan leaves unknown outside of policies, and policies or guardrails of the world ask for: no bound is known of that.

use std::collections::BTreeSet;

use super::apply::{MadeUp, Planned};
use crate::names::tells_apart;

impl Planned {
    /// What is asked for and unknown, each with its place in the plan, and what to do: tags whose value decides, names that a pattern may tell apart,
    /// boundaries. `configuration` are the texts and keys of the guardrails.
    #[must_use]
    pub fn asked(&self, configuration: &[String]) -> Vec<(String, &'static str)> {
        let texts = self.draft.policy_texts();
        let guardrails: BTreeSet<String> = configuration.iter().map(|text| text.to_lowercase()).collect();
        let mut asked = Vec::new();
        for (arn, place) in &self.unknown_boundaries {
            let text = format!("{place}: it is not known which boundary {arn} gets, if any");
            asked.push((text, "say which with --assume ADDRESS=ARN, once for each that it may be"));
        }
        for ((arn, key), place) in &self.unknown_tags {
            let is_asked = match key {
                Some(key) => {
                    let key = key.to_lowercase();
                    let as_key = format!("tag/{key}");
                    texts.all.iter().chain(&guardrails).any(|text| text.contains(&as_key))
                        || guardrails.contains(&key)
                }
                None => {
                    texts.all.iter().chain(&guardrails).any(|text| text.contains("tag/"))
                        || guardrails.contains("tags")
                }
            };
            if is_asked {
                let which =
                    key.as_ref().map_or_else(|| "some tag".to_owned(), |key| format!("the tag `{key}`"));
                let text = format!(
                    "{place}: {which} of {arn} is unknown until it is made, and something asks for it"
                );
                asked.push((
                    text,
                    "write it out in the configuration, or say what it is with --assume ADDRESS=VALUE",
                ));
            }
        }
        for made_up in &self.made_up {
            let mut patterns =
                texts.all.iter().chain(&guardrails).filter(|pattern| made_up.is_told_apart(pattern));
            let mut names = texts.user_names.iter().filter(|name| {
                made_up.is_user() && (name.contains("${") || tells_apart(name, &made_up.prefix))
            });
            // A guardrail that goes by names of users may mean any.
            let mut keys = guardrails.iter().filter(|key| {
                made_up.is_user() && ["aws:username", "aws:userid"].iter().any(|name| key.contains(name))
            });
            if let Some(pattern) = patterns.next().or_else(|| names.next()).or_else(|| keys.next()) {
                let text = format!(
                    "{}: its name is unknown until it is made, and `{pattern}` may or may not be about it",
                    made_up.address
                );
                asked.push((
                    text,
                    "write the name out in the configuration, or say what it is with --assume ADDRESS=VALUE",
                ));
            }
        }
        asked
    }
}

impl MadeUp {
    fn is_user(&self) -> bool {
        self.arn.contains(":user/")
    }

    /// The pattern may match some of the ARNs that it may get, and not all: its own, or that of sessions of a role.
    fn is_told_apart(&self, pattern: &str) -> bool {
        let arn = self.arn.strip_suffix(&self.name).map(|front| format!("{front}{}", self.prefix));
        let session = arn.as_ref().and_then(|arn| {
            let (front, _) = arn.split_once(":role/")?;
            Some(format!("{}:assumed-role/{}", front.replace(":iam:", ":sts:"), self.prefix))
        });
        arn.iter().chain(&session).any(|start| tells_apart(pattern, start))
    }
}

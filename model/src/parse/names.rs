//! Warnings about actions and condition keys that AWS does not know.
//!
//! AWS stores such names and they never match (semantics:C3, C6): harmless in an Allow, a hole in a Deny. They are
//! warnings and not errors because the catalogue is as old as its date (F43).

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::context::ContextKey;
use crate::location::{InputError, InputWarning, Location};
use crate::policy::PolicyDocument;

/// Gathers warnings about the names in policy documents. Each name is looked up once, however often it stands.
#[derive(Debug)]
pub struct NameCheck<'a> {
    catalogue: &'a Catalogue,
    /// What is wrong with an action pattern, by its text; none if nothing is.
    actions: BTreeMap<String, Option<Problem>>,
    warnings: Vec<InputWarning>,
}

#[derive(Clone, Debug)]
struct Problem {
    message: String,
    help: String,
}

impl<'a> NameCheck<'a> {
    /// A check against `catalogue`, without warnings yet.
    pub fn new(catalogue: &'a Catalogue) -> Self {
        Self { catalogue, actions: BTreeMap::new(), warnings: Vec::new() }
    }

    /// Adds a warning, at the statement, for each action pattern in `document` that matches no action of the catalogue,
    /// and for each condition key that the catalogue does not know, at the key. Text that is no action at all was
    /// warned about when the document was read. Keys of identity providers (`<host>:sub`) are the provider's own.
    pub fn document(&mut self, document: &PolicyDocument) {
        for (index, statement) in document.statements.iter().enumerate() {
            let warn = |location: &Location, problem: Problem| InputError {
                location: location.clone(),
                statement: Some(index),
                message: match &statement.sid {
                    Some(sid) => format!("{}, in the statement with Sid `{sid}`", problem.message),
                    None => problem.message,
                },
                help: Some(problem.help),
            };
            for pattern in &statement.action.values {
                if let Some(problem) = self.action(&pattern.0) {
                    self.warnings.push(warn(&statement.location, problem));
                }
            }
            for condition in &statement.conditions {
                if let Some(problem) = self.key(&condition.key) {
                    self.warnings.push(warn(&condition.location, problem));
                }
            }
        }
    }

    /// The warnings in the order in which the documents were given.
    pub fn into_warnings(self) -> Vec<InputWarning> {
        self.warnings
    }

    fn action(&mut self, pattern: &str) -> Option<Problem> {
        if let Some(known) = self.actions.get(pattern) {
            return known.clone();
        }
        let problem = self.action_problem(pattern);
        self.actions.insert(pattern.to_owned(), problem.clone());
        problem
    }

    fn action_problem(&self, pattern: &str) -> Option<Problem> {
        let (service, name) = pattern.split_once(':')?;
        if service == "*" || service.is_empty() || name.is_empty() || pattern.contains([' ', ',']) {
            return None;
        }
        if service.contains(['*', '?']) {
            return Some(Problem {
                message: format!("the service prefix of `{}` holds a wildcard", shortened(pattern)),
                help: "whether AWS matches it is undocumented (F5); name each service".to_owned(),
            });
        }
        let name = name.to_ascii_lowercase();
        let mut actions = self.catalogue.actions_of(service).peekable();
        if actions.peek().is_none() {
            return Some(Problem {
                message: format!(
                    "`{}` names the service `{}`, which is not in the catalogue",
                    shortened(pattern),
                    shortened(service)
                ),
                help: self.nearest(pattern),
            });
        }
        let matched =
            actions.any(|(_, action)| glob(name.as_bytes(), action.name.to_ascii_lowercase().as_bytes()));
        (!matched).then(|| Problem {
            message: format!("`{}` matches no action that AWS has, so it has no effect", shortened(pattern)),
            help: self.nearest(pattern),
        })
    }

    fn nearest(&self, pattern: &str) -> String {
        let plain = pattern.replace(['*', '?'], "");
        let names: Vec<String> = self
            .catalogue
            .nearest_actions(&plain, 3)
            .into_iter()
            .filter_map(|id| self.catalogue.action(id))
            .map(|action| format!("`{}`", action.full_name()))
            .collect();
        if names.is_empty() {
            return "AWS has no action of so long a name".to_owned();
        }
        format!("the nearest are {}", names.join(", "))
    }

    fn key(&self, key: &ContextKey) -> Option<Problem> {
        let prefix = key.canonical().split_once(':').map_or("", |(prefix, _)| prefix);
        // Keys of an identity provider start with its host name, and the catalogue cannot know them all.
        if prefix.contains('.') || self.catalogue.key(key).is_some() {
            return None;
        }
        Some(Problem {
            message: format!("the condition key `{key}` is not one that AWS documents"),
            help: "AWS never sets an unknown key: a condition on it behaves as for an absent key".to_owned(),
        })
    }
}

/// The text, or the beginning of a long one.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 120;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(SHOWN).collect();
    format!("{beginning}…")
}

/// True when `pattern`, with `*` and `?` as wildcards, matches all of `text`.
pub(crate) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at_pattern, mut at_text) = (0, 0);
    // Where to go on when the last `*` takes one byte more.
    let mut retry: Option<(usize, usize)> = None;
    while at_text < text.len() {
        let wanted = pattern.get(at_pattern);
        if wanted == Some(&b'*') {
            retry = Some((at_pattern + 1, at_text));
            at_pattern += 1;
        } else if wanted == Some(&b'?') || (wanted.is_some() && wanted == text.get(at_text)) {
            at_pattern += 1;
            at_text += 1;
        } else if let Some((after_star, start)) = retry {
            retry = Some((after_star, start + 1));
            at_pattern = after_star;
            at_text = start + 1;
        } else {
            return false;
        }
    }
    pattern.get(at_pattern..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{NameCheck, glob};
    use crate::catalogue::Catalogue;
    use crate::parse::policy_text;
    use crate::policy::PolicyType;

    fn warnings(statement: &str) -> Vec<String> {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Sid": "S", "Effect": "Deny", {statement}}}]}}"#
        );
        let (document, _) = policy_text(&text, PolicyType::Identity, &Arc::from("p")).expect("a document");
        let mut check = NameCheck::new(Catalogue::embedded().expect("the embedded catalogue"));
        check.document(&document);
        check
            .into_warnings()
            .iter()
            .map(|warning| format!("{} {:?}", warning.message, warning.help))
            .collect()
    }

    #[test]
    fn names_that_aws_does_not_have_are_warned_about_with_the_nearest() {
        let found = warnings(
            r#""Action": ["bedrock:UpdateModel", "bedrock:Converse*", "bedroc:*", "bed*:InvokeModel"], "Resource": "*""#,
        );
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(
            found[0].contains("`bedrock:UpdateModel` matches no action")
                && found[0].contains("bedrock:Update")
        );
        assert!(found[2].contains("the service `bedroc`"));
        let found = warnings(
            r#""Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVPC": "a", "aws:SourceVpcc": "b", "aws:PrincipalTag/x": "c"}}"#,
        );
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].contains("`aws:SourceVpcc`") && found[0].contains("Sid `S`"));
    }

    #[test]
    fn names_that_aws_has_are_not_warned_about() {
        let found = warnings(
            r#""Action": ["*", "*:*", "BEDROCK:invokemodel", "s3:Get?bject", "s3:*", "s3", "bedrock:*Stream"], "Resource": "*", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*", "SAML:aud": "x"}}"#,
        );
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn wildcards_match_whole_names() {
        assert!(glob(b"get*", b"getobject") && glob(b"*", b"") && glob(b"g?t*ct", b"getobject"));
        assert!(!glob(b"get", b"getobject") && !glob(b"*a*a*a*a*b", &[b'a'; 2000]) && !glob(b"?", b""));
    }
}

//! Policies of which a part is unknown, made into ones that are known and bound them: the widest allows whatever the policy may allow, the
//! narrowest allows nothing but what it must.
//!
//! INVARIANT: let D be a document with holes, D(v) the same with any texts v in their place, and W and N its widest and narrowest. In every
//! set of policies without S3 Block Public Access, whatever the readings of open points, a request that is allowed with N in the place of D(v) is allowed with D(v), and one
//! that is allowed with D(v) is allowed with W. So what is proved of W holds for every v, and what N allows is allowed for every v. Policies
//! are monotone in their statements (an Allow that matches more, or a Deny that matches less, takes nothing away), so each statement is
//! bounded by itself. `tests/bounds.rs` tries it.

mod condition;
mod element;
mod principal;

use serde_json::{Map, Value, json};

use crate::hole::{self, Holes};

/// Which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// Allows whatever the policy may allow.
    Widest,
    /// Allows only what the policy must allow.
    Narrowest,
}

/// What a document is the policy of: which elements it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carrier {
    /// Of an identity, or a boundary, or an SCP: no principal.
    Identity,
    /// Of a resource.
    Resource,
    /// Of a role, that may be assumed.
    Trust,
    /// An RCP, which only denies.
    ResourceControl,
}

/// Names that stand for "any" where no wildcard does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Services that may be the principal of a trust policy, as `lambda.amazonaws.com`.
    pub services: Vec<String>,
    /// Services whose requests RCPs bind, as `s3`.
    pub controlled: Vec<String>,
}

/// Why a document has no bound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unbounded {
    /// The principal of a statement may be an identity provider, for which there is no wildcard.
    #[error("a trust policy may name any identity provider")]
    Provider,
    /// What is unknown is no policy or part of one.
    #[error("it is unknown, and nothing bounds it")]
    NoPolicy,
}

/// Bounds documents on one side.
#[derive(Clone, Copy, Debug)]
pub struct Bounds<'v> {
    /// The side.
    pub bound: Bound,
    /// Names.
    pub vocabulary: &'v Vocabulary,
    /// What is known of the holes.
    pub holes: &'v Holes,
}

impl Bounds<'_> {
    /// The bound of `document`: an object, or a text that is unknown as a whole. One without holes is left as it is.
    ///
    /// # Errors
    /// Where nothing in the policy language is as wide as what may be there.
    pub fn document(&self, document: &Value, carrier: Carrier) -> Result<Value, Unbounded> {
        let Some(members) = document.as_object() else {
            return if hole::numbers(document).is_empty() {
                Ok(document.clone())
            } else {
                self.of_unknown(carrier)
            };
        };
        if hole::numbers(document).is_empty() {
            return Ok(document.clone());
        }
        // The Version says what variables mean; without it nothing is known.
        let unknown_version =
            members.get("Version").is_some_and(|version| !hole::numbers(version).is_empty());
        if unknown_version {
            return self.of_unknown(carrier);
        }
        let statements = match members.get("Statement") {
            Some(Value::Array(statements)) => statements.clone(),
            Some(Value::String(_)) => return self.of_unknown(carrier),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        let mut bounded = Vec::new();
        for statement in &statements {
            if statement.is_string() {
                bounded.extend(self.unknown_statement(carrier)?);
            } else {
                bounded.extend(self.statement(statement, carrier)?);
            }
        }
        let mut result = members.clone();
        if members.get("Id").is_some_and(|id| !hole::numbers(id).is_empty()) {
            result.remove("Id");
        }
        if bounded.is_empty() {
            // A document needs a statement. This one says nothing.
            bounded.push(nothing(carrier));
        }
        result.insert("Statement".to_owned(), Value::Array(bounded));
        Ok(Value::Object(result))
    }

    fn of_unknown(&self, carrier: Carrier) -> Result<Value, Unbounded> {
        let mut statements = self.unknown_statement(carrier)?;
        if statements.is_empty() {
            statements.push(nothing(carrier));
        }
        Ok(json!({ "Version": "2012-10-17", "Statement": statements }))
    }

    /// What any statement is bounded by.
    fn unknown_statement(&self, carrier: Carrier) -> Result<Vec<Value>, Unbounded> {
        let effect = match (self.bound, carrier) {
            (Bound::Widest, Carrier::ResourceControl) => return Ok(Vec::new()),
            (Bound::Widest, Carrier::Identity | Carrier::Resource | Carrier::Trust) => "Allow",
            (Bound::Narrowest, _) => "Deny",
        };
        let mut statement = Map::new();
        statement.insert("Effect".to_owned(), json!(effect));
        if carrier != Carrier::Identity {
            let principal = match (self.bound, carrier) {
                (Bound::Widest, Carrier::Trust) => return Err(Unbounded::Provider),
                _ => json!("*"),
            };
            statement.insert("Principal".to_owned(), principal);
        }
        let actions = match carrier {
            Carrier::ResourceControl => {
                json!(
                    self.vocabulary
                        .controlled
                        .iter()
                        .map(|service| format!("{service}:*"))
                        .collect::<Vec<_>>()
                )
            }
            Carrier::Trust => json!("sts:*"),
            Carrier::Identity | Carrier::Resource => json!("*"),
        };
        statement.insert("Action".to_owned(), actions);
        if carrier != Carrier::Trust {
            statement.insert("Resource".to_owned(), json!("*"));
        }
        Ok(vec![Value::Object(statement)])
    }

    /// The values of Action that match every action that such a policy may be about.
    fn all_actions(&self, carrier: Carrier) -> Vec<String> {
        match carrier {
            // Its actions must name their services.
            Carrier::ResourceControl => {
                self.vocabulary.controlled.iter().map(|service| format!("{service}:*")).collect()
            }
            Carrier::Trust => vec!["sts:*".to_owned()],
            Carrier::Identity | Carrier::Resource => vec!["*".to_owned()],
        }
    }

    /// The bound of one statement; none if it then never matches.
    fn statement(&self, statement: &Value, carrier: Carrier) -> Result<Option<Value>, Unbounded> {
        let Some(members) = statement.as_object() else { return Ok(Some(statement.clone())) };
        if hole::numbers(statement).is_empty() {
            return Ok(Some(statement.clone()));
        }
        let mut bounded = members.clone();
        if members.get("Sid").is_some_and(|sid| !hole::numbers(sid).is_empty()) {
            bounded.remove("Sid");
        }
        let allows = match members.get("Effect").and_then(Value::as_str) {
            Some(effect) if hole::has_hole(effect) => {
                // An Allow is wider than a Deny, whatever else the statement says.
                let effect = if self.bound == Bound::Widest { "Allow" } else { "Deny" };
                if effect == "Allow" && carrier == Carrier::ResourceControl {
                    return Ok(None);
                }
                bounded.insert("Effect".to_owned(), json!(effect));
                effect == "Allow"
            }
            Some(effect) => effect == "Allow",
            None => return Ok(Some(statement.clone())),
        };
        let more = (self.bound == Bound::Widest) == allows;
        // Each element is there once, or with its negation's name.
        for (name, value) in members {
            let kept = match name.as_str() {
                "Action" | "NotAction" => {
                    let all = self.all_actions(carrier);
                    element::bounded(name, value, more, element::Kind::Action(&all))
                }
                "Resource" | "NotResource" => element::bounded(name, value, more, element::Kind::Resource),
                // Such a policy can have none: whatever is unknown there is nothing.
                "Principal" | "NotPrincipal" if carrier == Carrier::Identity => {
                    if hole::numbers(value).is_empty() { element::Kept::Same } else { element::Kept::Always }
                }
                "Principal" | "NotPrincipal" => principal::bounded(name, value, more, carrier, self)?,
                "Condition" => condition::bounded(value, more),
                _ => continue,
            };
            match kept {
                element::Kept::Same => {}
                element::Kept::Always => drop(bounded.remove(name)),
                element::Kept::As(other, value) => {
                    bounded.remove(name);
                    bounded.insert(other, value);
                }
                element::Kept::Never => return Ok(None),
            }
        }
        Ok(Some(Value::Object(bounded)))
    }
}

/// A statement that matches no request.
fn nothing(carrier: Carrier) -> Value {
    // No action of any service has this name.
    let mut statement = json!({ "Effect": "Deny", "Action": "sts:NoSuchAction", "Resource": "*" });
    if let Some(members) = statement.as_object_mut() {
        if carrier != Carrier::Identity {
            members.insert("Principal".to_owned(), json!("*"));
        }
        if carrier == Carrier::Trust {
            members.remove("Resource");
        }
    }
    statement
}

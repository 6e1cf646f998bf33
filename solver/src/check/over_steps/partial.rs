//! Statements read for one principal: what hangs on who asks is decided, the rest is left.

use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::condition::Condition;
use ringfence_model::context::{ContextKey, RequestContext};
use ringfence_model::evaluate::{Pins, condition_holds};
use ringfence_model::policy::{Effect, Element, NamedPolicy, PolicyDocument, PrincipalPattern, Statement};
use ringfence_model::policy_set::{ControlLevel, PolicySet};
use ringfence_model::template::{Piece, Template};

use crate::encode::key::SESSION_KEYS;
use crate::subject::{SessionTags, Subject, SubjectKind};

/// What a statement that is read for somebody may leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// It matches no request of the principal that the statement itself may not match: whatever is open does not hold.
    AtMost,
    /// It matches every request of the principal that the statement may match: whatever is open holds.
    AtLeast,
}

/// One principal, as conditions, variables and `Principal` elements ask for it.
#[derive(Clone, Debug)]
pub(super) struct Partial<'c> {
    catalogue: &'c Catalogue,
    pins: &'c Pins,
    arn: Option<String>,
    unique_id: Option<String>,
    account: AccountId,
    known: RequestContext,
    /// Its tags are the ones in `known`, and no others.
    tags_known: bool,
    /// `aws:username` is the one in `known`, or missing.
    name_known: bool,
}

impl<'c> Partial<'c> {
    /// The principal that is `subject`.
    pub(super) fn of(subject: &Subject, catalogue: &'c Catalogue, pins: &'c Pins) -> Self {
        let mut known = RequestContext::new();
        let named = subject.any_name.is_none();
        if named {
            known.set("aws:PrincipalArn", &subject.arn);
        }
        known.set("aws:PrincipalAccount", &subject.account.to_string());
        let (kind, own_tags) = match &subject.kind {
            SubjectKind::User { name, .. } => {
                if named {
                    known.set("aws:username", name);
                }
                (Some("User"), true)
            }
            SubjectKind::Role { session_tags, .. } => {
                (Some("AssumedRole"), *session_tags == SessionTags::Never)
            }
            SubjectKind::Root => (Some("Account"), true),
            SubjectKind::Service { .. } | SubjectKind::Provider { .. } | SubjectKind::Anonymous => {
                (None, false)
            }
        };
        if let Some(kind) = kind {
            known.set("aws:PrincipalType", kind);
        }
        let open =
            !subject.open_tags.values.is_empty() || subject.open_tags.others || subject.given_tags.is_some();
        let tags_known = own_tags && named && !open;
        if tags_known {
            for (key, value) in &subject.tags {
                known.set(&format!("aws:PrincipalTag/{key}"), value);
            }
        }
        Self {
            catalogue,
            pins,
            arn: named.then(|| subject.arn.clone()),
            unique_id: subject.unique_id.clone(),
            account: subject.account,
            known,
            tags_known,
            name_known: named && kind.is_some(),
        }
    }

    /// The statements of the policies that have this effect, as the principal finds them, all as statements that allow.
    pub(super) fn policies(&self, policies: &[NamedPolicy], effect: Effect, side: Side) -> Vec<Statement> {
        let all = policies.iter().flat_map(|policy| &policy.document.statements);
        all.filter(|statement| statement.effect == effect)
            .filter_map(|statement| self.statement(statement, side))
            .map(|statement| Statement { effect: Effect::Allow, ..statement })
            .collect()
    }

    /// The policies under which the principal may do at most what it may: its identity policies and those of its organisation.
    pub(super) fn policy_set(&self, set: &PolicySet) -> PolicySet {
        let read = |policy: &NamedPolicy| {
            let statements = policy.document.statements.iter().filter_map(|statement| {
                let side = if statement.effect == Effect::Allow { Side::AtMost } else { Side::AtLeast };
                self.statement(statement, side)
            });
            let document =
                PolicyDocument { statements: statements.collect(), ..policy.document.as_ref().clone() };
            NamedPolicy { name: Arc::clone(&policy.name), document: Arc::new(document) }
        };
        let all = |policies: &[NamedPolicy]| policies.iter().map(read).collect();
        let level = |level: &ControlLevel| ControlLevel { policies: all(&level.policies), ..level.clone() };
        PolicySet {
            identity: all(&set.identity),
            service_control: set.service_control.iter().map(level).collect(),
            ..set.clone()
        }
    }

    /// The statement without its `Principal` and whatever else hangs on who asks; none if it does not match the principal. Conditions
    /// on the organisation are left: they are the same for all of an account.
    pub(super) fn statement(&self, statement: &Statement, side: Side) -> Option<Statement> {
        let mut read = Statement { conditions: Vec::new(), principal: None, ..statement.clone() };
        for condition in &statement.conditions {
            match self.condition(condition) {
                Read::Holds => {}
                Read::Left(condition) => read.conditions.push(condition),
                Read::Open if side == Side::AtLeast => {}
                Read::Open | Read::Fails => return None,
            }
        }
        if let Some(element) = &mut read.resource {
            let values: Option<Vec<Template>> =
                element.values.iter().map(|value| self.template(value)).collect();
            match values {
                Some(values) => element.values = values,
                None if side == Side::AtLeast => read.resource = None,
                None => return None,
            }
        }
        Some(read)
    }

    /// Whether the element of a resource's policy means the principal, by its name, its account, or as everybody: [`Side::AtMost`] what is
    /// certain, [`Side::AtLeast`] what is possible.
    pub(super) fn is_named(&self, element: Option<&Element<PrincipalPattern>>, side: Side) -> bool {
        self.is_named_itself(element, side) || side == Side::AtLeast && self.is_delegated_to(element)
    }

    /// The same, but for its account.
    pub(super) fn is_named_itself(&self, element: Option<&Element<PrincipalPattern>>, side: Side) -> bool {
        let Some(element) = element.filter(|element| !element.negated) else { return side == Side::AtLeast };
        element.values.iter().any(|value| match value {
            PrincipalPattern::Everyone => true,
            PrincipalPattern::Aws(text) if side == Side::AtMost => self.arn.as_deref() == Some(text),
            PrincipalPattern::Aws(text) => !self.is_account(text) && self.may_be(text),
            PrincipalPattern::CanonicalUser(_) => side == Side::AtLeast,
            PrincipalPattern::Service(_) | PrincipalPattern::Federated(_) => false,
        })
    }

    /// Whether the element names the account of the principal, so that its identity policies count.
    pub(super) fn is_delegated_to(&self, element: Option<&Element<PrincipalPattern>>) -> bool {
        let Some(element) = element.filter(|element| !element.negated) else { return false };
        element.values.iter().any(|value| match value {
            PrincipalPattern::Aws(text) => self.is_account(text),
            PrincipalPattern::Everyone
            | PrincipalPattern::CanonicalUser(_)
            | PrincipalPattern::Service(_)
            | PrincipalPattern::Federated(_) => false,
        })
    }

    fn is_account(&self, text: &str) -> bool {
        let of_root = Arn::parse(text).filter(|arn| arn.service == "iam" && arn.resource == "root");
        AccountId::parse(of_root.map_or(text, |arn| arn.account)) == Some(self.account)
    }

    fn may_be(&self, text: &str) -> bool {
        let Some(arn) = Arn::parse(text) else {
            // An account, or the unique id of somebody.
            let other = AccountId::parse(text).is_some();
            return !other && self.unique_id.as_deref().is_none_or(|id| id == text);
        };
        let other_account = AccountId::parse(arn.account) != Some(self.account);
        let other_name =
            arn.service == "iam" && self.arn.as_deref().is_some_and(|own| !own.eq_ignore_ascii_case(text));
        !other_account && !other_name
    }

    fn condition(&self, condition: &Condition) -> Read {
        let values: Option<Vec<Template>> =
            condition.values.iter().map(|value| self.template(value)).collect();
        let Some(values) = values else { return Read::Open };
        let own = Condition { values, ..condition.clone() };
        match self.value_of(&condition.key) {
            Value::OfRequest => Read::Left(own),
            Value::Open => Read::Open,
            Value::Known if own.values.iter().any(Template::has_variable) => Read::Open,
            Value::Known => match condition_holds(&own, &self.known, self.catalogue, self.pins) {
                Some(true) => Read::Holds,
                Some(false) => Read::Fails,
                None => Read::Open,
            },
        }
    }

    /// The text with what variables of the principal put in; none where that is not known.
    fn template(&self, template: &Template) -> Option<Template> {
        let mut pieces = Vec::new();
        for piece in &template.pieces {
            let Piece::Variable { key, .. } = piece else {
                pieces.push(piece.clone());
                continue;
            };
            match self.value_of(key) {
                Value::OfRequest => pieces.push(piece.clone()),
                Value::Open => return None,
                // A value that is not there has a default or makes the statement match nothing: left open.
                Value::Known => {
                    let value = self.known.get(key)?.values().first()?;
                    // An empty value leaves nothing.
                    if !value.is_empty() {
                        pieces.push(Piece::Literal(value.clone()));
                    }
                }
            }
        }
        Some(Template { raw: template.raw.clone(), pieces })
    }

    fn value_of(&self, key: &ContextKey) -> Value {
        if let Some((family, _)) = key.family() {
            return match family {
                "aws:principaltag" if self.tags_known => Value::Known,
                "aws:principaltag" => Value::Open,
                _ => Value::OfRequest,
            };
        }
        let known = |known: bool| if known { Value::Known } else { Value::Open };
        match key.canonical() {
            "aws:principalarn" => known(self.arn.is_some()),
            "aws:principalaccount" | "aws:principaltype" => Value::Known,
            "aws:username" => known(self.name_known),
            "aws:userid" | "aws:assumedroot" => Value::Open,
            other if SESSION_KEYS.contains(&other) || other.starts_with("saml:") => Value::Open,
            _ => Value::OfRequest,
        }
    }
}

/// Whose value of a key it is, and whether it is known.
enum Value {
    /// It is the request's, whoever asks.
    OfRequest,
    /// It is among what is known of the principal, or missing there.
    Known,
    /// It is the principal's, and may be anything.
    Open,
}

/// A condition, read for one principal.
enum Read {
    Holds,
    Fails,
    Open,
    Left(Condition),
}

/// Whether each of the statements stands among the others, wherever that is.
pub(super) fn are_among(statements: &[Statement], others: &[Statement]) -> bool {
    statements.iter().all(|one| others.iter().any(|other| one.says_the_same(other)))
}

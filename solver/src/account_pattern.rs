//! Patterns of accounts in policies: which accounts a statement is about may hang on more than the accounts that it names.

use std::collections::BTreeSet;

use ringfence_model::arn::AccountId;
use ringfence_model::condition::{BaseOperator, Condition};
use ringfence_model::template::Piece;

use crate::encode::owner::with_own_values;
use crate::encode::statement::all_statements;
use crate::subject::{Federation, SessionTags, Subject, SubjectKind};

/// Digits in the id of an account.
pub(crate) const DIGITS: usize = 12;

/// What the statements of some policies say about accounts that they do not name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccountPatterns {
    /// Patterns of digits and wildcards, with a wildcard for each variable.
    patterns: BTreeSet<String>,
    /// Accounts that they do name, SCPs too.
    named: BTreeSet<AccountId>,
    /// Numbers with which accounts are compared.
    numbers: BTreeSet<u64>,
    /// Accounts are compared in another way.
    other: bool,
}

impl AccountPatterns {
    /// Those of all statements that decide for the subject.
    pub(crate) fn of(subject: &Subject) -> Self {
        let mut found = Self::default();
        for statement in all_statements(&subject.policies) {
            for template in statement.resource.iter().flat_map(|element| &element.values) {
                // Names that hold the account of the resource tell accounts apart.
                found.other |= template.pieces.iter().any(is_of_resource);
                found.arn(&with_own_values(template, subject));
                found.arn(&with_wildcards(&template.raw));
            }
            for condition in &statement.conditions {
                found.condition(condition, subject);
            }
        }
        found
    }

    fn condition(&mut self, condition: &Condition, subject: &Subject) {
        let key = condition.key.canonical().split('/').next().unwrap_or_default();
        let is_account = key.contains("account") || key.contains("owner");
        let is_text = matches!(
            condition.operator.base,
            BaseOperator::StringEquals
                | BaseOperator::StringNotEquals
                | BaseOperator::StringEqualsIgnoreCase
                | BaseOperator::StringNotEqualsIgnoreCase
                | BaseOperator::StringLike
                | BaseOperator::StringNotLike
                | BaseOperator::ArnEquals
                | BaseOperator::ArnNotEquals
                | BaseOperator::ArnLike
                | BaseOperator::ArnNotLike
                | BaseOperator::Null
        );
        for value in &condition.values {
            // A tag of its own stands for its value; where a session may change it, it may stand for any.
            let (text, own) = (with_wildcards(&value.raw), with_own_values(value, subject));
            let variables = value.pieces.iter().filter(|piece| matches!(piece, Piece::Variable { .. }));
            let [alone, constant] =
                [value.pieces.len() == 1, !variables.clone().any(|one| is_free(one, subject))];
            if variables.clone().any(is_of_resource) {
                // The other side of the comparison says whose resource it is; of the caller's own account that is no matter.
                self.other |= !(alone && key == "aws:principalaccount");
            } else if is_account && !is_text {
                self.numbers.extend(text.parse::<u64>());
                self.other = true;
            } else if is_account {
                self.named.extend(AccountId::parse(&own));
                if is_partial(&text) {
                    self.patterns.insert(text);
                } else if variables.count() > 0 && !(alone && constant) {
                    self.other = true;
                }
            } else {
                self.arn(&own);
                self.arn(&text);
            }
        }
    }

    /// The account in the ARN, and where it is a pattern with some digits. A wildcard may stand for several parts (F4), and for a colon.
    fn arn(&mut self, text: &str) {
        let runs = text.split(|c: char| !c.is_ascii_digit());
        self.named.extend(runs.filter_map(AccountId::parse));
        let parts: Vec<&str> = text.split(':').collect();
        let Some(account) = parts.get(4).filter(|_| parts.len() > 5) else {
            self.other |= may_be_arn(text) && text.contains(|c: char| c.is_ascii_digit());
            return;
        };
        // A Region ends with a digit: an account behind a wildcard begins with one.
        self.other |= parts.iter().take(4).any(|part| goes_on_with_digit(part));
        if is_partial(account) {
            self.patterns.insert((*account).to_owned());
        } else if !account.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '?')) && *account != "aws"
        {
            self.other |= parts.iter().take(4).any(|part| part.contains(['*', '?']));
        }
    }

    /// The accounts that they name.
    pub(crate) fn named(&self) -> &BTreeSet<AccountId> {
        &self.named
    }

    /// There are none: all accounts that are not named are alike.
    pub(crate) fn is_empty(&self) -> bool {
        self.patterns.is_empty() && !self.other
    }

    /// The accounts that they name, some that the patterns match, and some that stand on either side of a number.
    pub(crate) fn instances(&self) -> BTreeSet<AccountId> {
        let of_numbers = self.numbers.iter().flat_map(|number| {
            [number.saturating_sub(1), *number, number.saturating_add(1)].map(|id| format!("{id:012}"))
        });
        let of_patterns = self.patterns.iter().flat_map(|pattern| some_of(pattern));
        let made = of_numbers.filter_map(|id| AccountId::parse(&id)).chain(of_patterns);
        made.chain(self.named.iter().copied()).collect()
    }
}

/// The piece puts in the account of the resource.
fn is_of_resource(piece: &Piece) -> bool {
    let Piece::Variable { key, .. } = piece else { return false };
    // What a tag is called says nothing.
    let name = key.canonical().split('/').next().unwrap_or_default();
    (name.contains("account") || name.contains("owner")) && name != "aws:principalaccount"
}

/// What the piece puts in is not told by the subject alone: all variables but its account, and tags that it carries itself and that
/// no session changes.
fn is_free(piece: &Piece, subject: &Subject) -> bool {
    let Piece::Variable { key, default } = piece else { return false };
    if key.canonical() == "aws:principalaccount" {
        return false;
    }
    let own = |tag: &str| subject.tags.keys().any(|known| known.eq_ignore_ascii_case(tag));
    let fixed = match subject.kind {
        SubjectKind::Role { session_tags, .. } => session_tags == SessionTags::Never,
        SubjectKind::User { .. } => subject.federation == Federation::Never,
        SubjectKind::Root
        | SubjectKind::Service { .. }
        | SubjectKind::Provider { .. }
        | SubjectKind::Anonymous => false,
    };
    let is_own_tag = key.family().is_some_and(|(family, tag)| family == "aws:principaltag" && own(tag));
    !(fixed && is_own_tag && default.is_none())
}

/// The text with a wildcard in place of each variable.
pub(crate) fn with_wildcards(text: &str) -> String {
    let mut pieces = text.split("${");
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        whole.push('*');
        whole.push_str(piece.split_once('}').map_or("", |(_, rest)| rest));
    }
    whole
}

/// An ARN may be like this pattern, which has wildcards that may stand for its colons.
pub(crate) fn may_be_arn(pattern: &str) -> bool {
    let front = pattern.split(['*', '?']).next().unwrap_or_default();
    front.len() < pattern.len() && ("arn:".starts_with(front) || front.starts_with("arn"))
}

/// A digit stands right behind a wildcard.
fn goes_on_with_digit(text: &str) -> bool {
    text.as_bytes().windows(2).any(
        |pair| matches!(pair, [wildcard, digit] if matches!(wildcard, b'*' | b'?') && digit.is_ascii_digit()),
    )
}

/// Digits and wildcards, and nothing else.
pub(crate) fn is_partial(text: &str) -> bool {
    let known = |c: char| c.is_ascii_digit() || matches!(c, '*' | '?');
    text.chars().all(known) && text.contains(['*', '?']) && text.contains(|c: char| c.is_ascii_digit())
}

/// Some accounts that the pattern of digits and wildcards matches.
pub(crate) fn some_of(pattern: &str) -> impl Iterator<Item = AccountId> {
    ['0', '5', '9'].into_iter().filter_map(|digit| AccountId::parse(&filled(pattern, digit)))
}

/// The pattern with `digit` in place of its wildcards, the first star as long as it takes.
fn filled(pattern: &str, digit: char) -> String {
    let fixed = pattern.chars().filter(|c| *c != '*').count();
    let mut missing = DIGITS.saturating_sub(fixed);
    let mut id = String::new();
    for character in pattern.chars() {
        match character {
            '*' => id.extend(std::iter::repeat_n(digit, std::mem::take(&mut missing))),
            '?' => id.push(digit),
            other => id.push(other),
        }
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_filled_to_accounts() {
        for (pattern, id) in [
            ("1111*", "111155555555"),
            ("1111????????", "111155555555"),
            ("*9", "555555555559"),
            ("1*2*", "155555555552"),
            ("1111222233334*", "1111222233334"),
        ] {
            assert_eq!(filled(pattern, '5'), id);
        }
        for (pattern, expected) in
            [("a*::1111*", true), ("*1111*", true), ("arn:aws:iam::*", true), ("b*:1", false), ("arn", false)]
        {
            assert_eq!(may_be_arn(pattern), expected, "{pattern}");
        }
        assert!(goes_on_with_digit("us-east-1?4444") && !goes_on_with_digit("us-east-1*"));
        assert!(is_partial("1111*") && !is_partial("*") && !is_partial("111122223333") && !is_partial("t2*"));
        assert_eq!(with_wildcards("1111${aws:PrincipalTag/rest}2"), "1111*2");
    }
}

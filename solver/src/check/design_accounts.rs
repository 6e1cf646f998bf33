//! The accounts in which a design that names none is judged: what a design says can differ only where its policies or the
//! guardrails write an account down, and in all others it says the same.

use std::collections::BTreeSet;

use ringfence_model::arn::AccountId;

use crate::account_pattern::{DIGITS, is_partial, may_be_arn, with_wildcards};

/// In so many accounts a guardrail is judged; beyond, what is guaranteed in those is left undecided.
const MOST: usize = 12;

/// Names of keys whose value is the account of the principal, or of its own resources.
const OWN_ACCOUNT: [&str; 6] = [
    "principalaccount",
    "resourceaccount",
    "sourceaccount",
    "sourceowner",
    "calleraccount",
    // That of a root user is its account.
    "userid",
];

/// Operators that read the digits of an account as something else than a text, as the debugging output has them.
const NUMBERS: [&str; 6] =
    ["base: Numeric", "base: Date", "base: IpAddress", "base: NotIpAddress", "base: Binary", "base: Bool"];

/// The accounts that some text writes down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// Every run of exactly twelve digits.
    accounts: BTreeSet<AccountId>,
    /// Twelve digits in the middle of more: they matter where the account is put into strings.
    inside: BTreeSet<AccountId>,
    /// Some pattern of accounts has digits and wildcards, or they are compared as numbers.
    pattern: bool,
    /// Some other string has digits beside a wildcard.
    digits: bool,
    /// The account of the principal is put into strings or compared with some.
    used: bool,
}

impl Written {
    /// What `text`, the debugging output of policies or guardrails, writes down, where `is_model` knows patterns of models. Takes too
    /// much for an account rather than too little.
    pub(super) fn of(text: &str, is_model: &dyn Fn(&str) -> bool) -> Self {
        let runs = text.split(|c: char| !c.is_ascii_digit());
        let lower = text.to_ascii_lowercase();
        let used = OWN_ACCOUNT.iter().any(|name| lower.contains(name)) || puts_in_arn(&lower);
        let numbers = NUMBERS.iter().any(|operator| text.contains(operator));
        // What a variable puts in is open like a wildcard.
        let strings: Vec<String> = text.split('"').map(with_wildcards).collect();
        let has_letters = |string: &str| string.contains(|c: char| c.is_ascii_alphabetic());
        let names_model = |string: &str| {
            let of_arn = [":foundation-model/", ":inference-profile/"].iter().any(|kind| {
                string
                    .split_once(kind)
                    .is_some_and(|(front, _)| !front.contains(|c: char| c.is_ascii_digit()))
            });
            of_arn || (has_letters(string) && is_model(string))
        };
        Self {
            accounts: runs.clone().filter_map(AccountId::parse).collect(),
            inside: runs.filter(|run| run.len() > DIGITS).flat_map(windows).collect(),
            pattern: (used && numbers) || strings.iter().any(|string| is_pattern(string)),
            digits: strings.iter().any(|string| has_partial(string) && !names_model(string)),
            used,
        }
    }

    /// What either writes down.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            accounts: self.accounts.union(&other.accounts).copied().collect(),
            inside: self.inside.union(&other.inside).copied().collect(),
            pattern: self.pattern || other.pattern,
            digits: self.digits || other.digits,
            used: self.used || other.used,
        }
    }

    /// An account that nothing writes down, and that none of `never` is: `from`, or one below it.
    pub(super) fn unwritten(&self, from: AccountId, never: &BTreeSet<AccountId>) -> AccountId {
        let from: u64 = from.to_string().parse().unwrap_or(0);
        (0..=from)
            .rev()
            .filter_map(|number| AccountId::parse(&format!("{number:012}")))
            .find(|account| {
                !self.accounts.contains(account) && !self.inside.contains(account) && !never.contains(account)
            })
            .unwrap_or(AccountId::NOBODY)
    }

    /// The accounts to judge besides `first`, without those that cannot be meant, and whether these are enough to know all. Where
    /// only those of `scope` are meant, others do not count.
    pub(super) fn besides(
        &self,
        first: AccountId,
        never: &BTreeSet<AccountId>,
        scope: &[AccountId],
    ) -> (Vec<AccountId>, bool) {
        let patterns = self.pattern || self.used && self.digits;
        let (of, enough): (BTreeSet<AccountId>, bool) = if scope.is_empty() {
            let inside = self.inside.iter().filter(|_| self.used);
            (self.accounts.iter().chain(inside).copied().collect(), !patterns)
        } else {
            (scope.iter().copied().collect(), true)
        };
        let all = of.into_iter().filter(|account| *account != first && !never.contains(account));
        let all: Vec<AccountId> = all.collect();
        let enough = enough && all.len() < MOST;
        (all.into_iter().take(MOST - 1).collect(), enough)
    }
}

/// The accounts in a run of digits.
fn windows(run: &str) -> impl Iterator<Item = AccountId> + '_ {
    (0..=run.len().saturating_sub(DIGITS))
        .filter_map(|start| AccountId::parse(run.get(start..start.saturating_add(DIGITS))?))
}

/// Some variable puts in an ARN, which holds an account: `${aws:PrincipalArn}`, also with a default.
fn puts_in_arn(lower: &str) -> bool {
    let names = lower.split("${").skip(1).filter_map(|rest| rest.split(['}', ',']).next());
    names.map(str::trim).any(|name| !name.contains('/') && name.ends_with("arn"))
}

/// A pattern of accounts: alone, or in an ARN, where the account is the fifth part. Wildcards may stand for the colons of an ARN.
fn is_pattern(string: &str) -> bool {
    if string.split(':').count() > 5 {
        return string.split(':').take(5).any(has_partial);
    }
    is_partial(string) || may_be_arn(string) && has_partial(string) && may_hold_account(string)
}

/// Some digit may be one of an account in an ARN: it follows a colon or a wildcard, or other digits that do.
fn may_hold_account(string: &str) -> bool {
    let mut before = ':';
    let mut of_account = true;
    string.chars().any(|c| {
        of_account = c.is_ascii_digit()
            && (matches!(before, ':' | '*' | '?') || before.is_ascii_digit() && of_account);
        before = c;
        of_account
    })
}

/// Digits stand beside wildcards.
fn has_partial(string: &str) -> bool {
    string
        .split(|c: char| !is_of_pattern(c))
        .any(|run| run.contains(|c: char| c.is_ascii_digit()) && run.contains(['*', '?']))
}

fn is_of_pattern(c: char) -> bool {
    matches!(c, '0'..='9' | '*' | '?')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Written {
        Written::of(text, &|string| string == "anthropic.claude-3*")
    }

    fn besides(text: &str) -> (Vec<String>, bool) {
        let (accounts, enough) = written(text).besides(AccountId::NOBODY, &BTreeSet::new(), &[]);
        (accounts.iter().map(ToString::to_string).collect(), enough)
    }

    #[test]
    fn accounts_are_found_wherever_they_stand() {
        let (accounts, enough) =
            besides(r#"["arn:aws:iam::111122223333:role/x", "logs-444455556666-a", "2012-10-17"]"#);
        assert_eq!(accounts, ["111122223333", "444455556666"]);
        assert!(enough);
    }

    #[test]
    fn an_account_that_is_put_into_strings_stands_in_the_middle_of_digits() {
        let text = r#""arn:aws:s3:::x${aws:PrincipalAccount}*" "arn:aws:s3:::x1111222233334""#;
        assert_eq!(besides(text).0, ["111122223333", "111222233334"]);
        assert_eq!(besides(r#""arn:aws:s3:::x1111222233334""#).0, Vec::<String>::new());
        for name in ["aws:PrincipalArn", "aws:PrincipalArn, 'x'", "lambda:SourceFunctionArn"] {
            let text = format!(r#""arn:aws:s3:::b/${{{name}}}" "arn:aws:s3:::b/arn:aws:iam::1111*""#);
            assert!(!besides(&text).1, "{name}");
        }
        assert!(besides(r#""arn:aws:s3:::b/${aws:username}" "arn:aws:s3:::b/arn:aws:iam::1111*""#).1);
        assert!(!besides(r#""arn:aws:s3:::b/${aws:userid}" "arn:aws:s3:::b/1111*""#).1);
    }

    #[test]
    fn patterns_of_accounts_are_not_enough() {
        for text in [
            r#""arn:aws:iam::1111*:role/x""#,
            r#""arn:aws:iam::1111*""#,
            r#""arn?aws?iam??1111?????????role/app""#,
            r#""*1111????????:role/app""#,
            r#""arn:aws:bedrock:us-east-1:?11122223333:custom-model/x""#,
            r#""1111*""#,
            r#""a*::1111*""#,
            r#""*:1111*:inference-profile/x""#,
            r#""*3*""#,
            r#""a*3*""#,
            r#"base: NumericLessThan "aws:PrincipalAccount" "5""#,
            r#"base: DateLessThan "aws:PrincipalAccount" "9999-01-01T00:00:00Z""#,
            r#""aws:PrincipalAccount" "1111${aws:PrincipalTag/rest}""#,
            r#""arn:aws:iam::1111${aws:PrincipalTag/rest}:role/*""#,
            r#""${aws:PrincipalAccount}.example" "1111*.example""#,
            r#""arn:aws:s3:::${aws:PrincipalAccount}" "arn:aws:s3:::1111*""#,
            r#""arn:aws:s3:::${aws:ResourceAccount}" "arn:aws:s3:::1111*""#,
            r#"base: NumericLessThan "aws:ResourceAccount" "5""#,
        ] {
            assert!(!besides(text).1, "{text}");
        }
        for text in [
            r#""arn:aws:bedrock:*::foundation-model/anthropic.claude-3*""#,
            r#""arn:aws:iam::*:role/x""#,
            r#""arn:aws:iam::????????????:role/x""#,
            r#""t2*""#,
            r#""${aws:PrincipalAccount}" "anthropic.claude-3*""#,
        ] {
            assert!(besides(text).1, "{text}");
        }
    }

    #[test]
    fn what_stands_for_all_others_is_written_nowhere() {
        let from = AccountId::parse("739154820637").unwrap();
        let unwritten = |text: &str| written(text).unwritten(from, &BTreeSet::new()).to_string();
        assert_eq!(unwritten("111122223333"), "739154820637");
        assert_eq!(unwritten("739154820637 and 739154820636"), "739154820635");
    }

    #[test]
    fn too_many_are_not_enough() {
        let text: Vec<String> = (0..12).map(|n| format!("1111222233{n:02}")).collect();
        let (accounts, enough) = besides(&text.join(" "));
        assert_eq!((accounts.len(), enough), (11, false));
        assert!(besides(&text[1..].join(" ")).1);
    }
}

//! The forms that AWS gives to values of keys (semantics:A2, A3, C9), as languages.

use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// `[\w+=,.@-]`, the characters of session names.
pub(crate) fn session_name_characters() -> CharacterSet {
    let single = ['+', '=', ',', '.', '@', '-', '_'];
    let mut ranges = vec![('a', 'z'), ('A', 'Z'), ('0', '9')];
    ranges.extend(single.map(|character| (character, character)));
    CharacterSet::from_ranges(ranges)
}

/// Names of sessions and source identities: two characters or more. That there may be 64 at most is asked when a request
/// is replayed (`decode/limit.rs`).
pub(super) fn session_names() -> Language {
    let names = session_name_characters();
    LanguageBuilder::new().one(names.clone()).some(names).clone().build()
}

/// ARNs of managed policies, which alone can be boundaries: of an account or of AWS, a name of IAM's characters perhaps
/// behind a path of printable ones.
pub(super) fn boundary_arns(partition: &str) -> Language {
    let account = CharacterSet::from_ranges(vec![('0', '9'), ('a', 'a'), ('w', 'w'), ('s', 's')]);
    let mut builder = LanguageBuilder::new();
    builder
        .text(&format!("arn:{partition}:iam::"))
        .some(account)
        .text(":policy")
        .star(CharacterSet::from_ranges(vec![('!', '~')]))
        .text("/")
        .some(session_name_characters());
    builder.build()
}

/// The characters of unique ids.
pub(super) fn upper_and_digits() -> CharacterSet {
    CharacterSet::from_ranges(vec![('A', 'Z'), ('0', '9')])
}

/// The values of Boolean keys.
pub(super) fn truth_values() -> Language {
    Language::one_of(["true".to_owned(), "false".to_owned()])
}

/// ARNs of any kind: six parts.
pub(crate) fn arns() -> Language {
    let mut builder = LanguageBuilder::new();
    builder.text("arn");
    for _ in 0..4 {
        builder.text(":").star(CharacterSet::except(':'));
    }
    builder.text(":").some(CharacterSet::any());
    builder.build()
}

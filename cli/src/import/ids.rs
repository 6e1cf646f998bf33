//! Ids of AWS Organizations in the names of files.

/// The ids of roots, units, accounts and policies that `name` holds, in its order: `r-ab12`, `ou-ab12-12345678`, `111122223333`, `p-12345678`.
///
/// Source: the patterns of `RootId`, `OrganizationalUnitId`, `AccountId` and `PolicyId` in the API Reference of AWS Organizations.
pub(super) fn ids(name: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = name;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let length = if before.is_ascii_alphanumeric() { None } else { length_of_id(rest) };
        let step = length.unwrap_or(first.len_utf8());
        let (taken, after) = rest.split_at_checked(step).unwrap_or((rest, ""));
        if length.is_some() {
            found.push(taken);
        }
        before = taken.chars().next_back().unwrap_or(' ');
        rest = after;
    }
    found
}

/// True if `id` is that of a policy.
pub(super) fn is_policy(id: &str) -> bool {
    id.starts_with("p-")
}

/// True if `id` is that of a root or unit.
pub(super) fn is_parent(id: &str) -> bool {
    id.starts_with("r-") || id.starts_with("ou-")
}

/// How long the id is with which `text` begins.
fn length_of_id(text: &str) -> Option<usize> {
    let lower = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let run = |text: &str, is: &dyn Fn(&u8) -> bool| text.bytes().take_while(is).count();
    let within =
        |length: usize, least: usize, most: usize| (least..=most).contains(&length).then_some(length);
    if let Some(rest) = text.strip_prefix("ou-") {
        let first = within(run(rest, &lower), 4, 32)?;
        let second = rest.get(first..)?.strip_prefix('-')?;
        return Some(3 + first + 1 + within(run(second, &lower), 8, 32)?);
    }
    if let Some(rest) = text.strip_prefix("r-") {
        return Some(2 + within(run(rest, &lower), 4, 32)?);
    }
    if let Some(rest) = text.strip_prefix("p-") {
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        return Some(2 + within(run(rest, &part), 8, 128)?);
    }
    let digits = run(text, &|byte: &u8| byte.is_ascii_digit());
    let ends = text
        .get(digits..)
        .is_none_or(|rest| !rest.starts_with(|letter: char| letter.is_ascii_alphanumeric()));
    (digits == 12 && ends).then_some(12)
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn ids_are_found_in_names() {
        for (name, expected) in [
            ("list-accounts-for-parent-r-ab12.json", vec!["r-ab12"]),
            ("list-organizational-units-for-parent_ou-ab12-1234abcd.json", vec!["ou-ab12-1234abcd"]),
            ("ou-ab12-1234abcd-accounts.json", vec!["ou-ab12-1234abcd"]),
            ("list-targets-for-policy-p-FullAWSAccess.json", vec!["p-FullAWSAccess"]),
            ("tags 111122223333.json", vec!["111122223333"]),
            ("list-policies-for-target-111122223333-SERVICE_CONTROL_POLICY.json", vec!["111122223333"]),
            ("list-policies-for-parent.json", vec![]),
            ("20261201093000-roots.json", vec![]),
            ("1111222233334.json", vec![]),
            ("r-ab12/p-12345678.json", vec!["r-ab12", "p-12345678"]),
        ] {
            assert_eq!(ids(name), expected, "{name}");
        }
    }
}

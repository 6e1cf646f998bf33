//! `principals` of a guardrail: whom it is about.

use ringfence_model::arn::AccountId;
use ringfence_solver::guardrail::{PrincipalKind, PrincipalScope};

use super::acceptance::is_arn_pattern;
use super::names::Role;
use super::reader::{Reader, Value, get};

const KEYS: [&str; 7] = ["include", "exclude", "accounts", "ous", "paths", "tags", "kinds"];

/// The scope that `value` says.
pub(super) fn read<'i>(value: &Value<'i>, reader: &mut Reader<'i>) -> PrincipalScope {
    let Some(table) = reader.table(value, "`principals`", &KEYS) else { return PrincipalScope::default() };
    let mut scope = PrincipalScope::default();
    for key in KEYS.iter().filter(|key| !matches!(**key, "exclude" | "tags")) {
        let empty = |value: &Value<'_>| value.get_ref().as_array().is_some_and(|list| list.is_empty());
        if let Some(value) = get(table, key).filter(|value| empty(value)) {
            let place = value.span();
            reader.error(place, &format!("`{key}` names nobody"), "leave it out to mean everybody");
        }
    }
    for (key, patterns) in [("include", &mut scope.include), ("exclude", &mut scope.exclude)] {
        for (pattern, place) in reader.texts(table, key) {
            if is_arn_pattern(pattern) || AccountId::parse(pattern).is_some() {
                patterns.push(pattern.to_owned());
                reader.name(pattern, Role::Scope, place);
            } else {
                let help = "write an ARN, where wildcards are allowed, or an account id of twelve digits";
                reader.error(place, &format!("`{pattern}` matches no principal"), help);
            }
        }
    }
    for (text, place) in reader.texts(table, "accounts") {
        if let Some(account) = AccountId::parse(text) {
            scope.accounts.push(account);
            reader.name(text, Role::Scope, place);
        } else {
            reader.error(place, &format!("`{text}` is no account"), "write an account id of twelve digits");
        }
    }
    for (text, place) in reader.texts(table, "ous") {
        if text.starts_with("ou-") || text.starts_with("r-") {
            scope.organizational_units.push(text.to_owned());
            reader.name(text, Role::OrganizationalUnit, place);
        } else {
            reader.error(
                place,
                &format!("`{text}` is no OU"),
                "write the id of an OU (`ou-…`), or of the organisation's root (`r-…`)",
            );
        }
    }
    for (text, place) in reader.texts(table, "paths") {
        if text.starts_with(['/', '*', '?']) && text.ends_with(['/', '*', '?']) {
            scope.paths.push(text.to_owned());
        } else {
            let help = "paths begin and end with a slash: write `/app/` or `/app/*`";
            reader.error(place, &format!("no path matches `{text}`"), help);
        }
    }
    for (text, place) in reader.texts(table, "kinds") {
        match PrincipalKind::ALL.iter().find(|kind| kind.name() == text) {
            Some(kind) => scope.kinds.push(*kind),
            None => reader.error(
                place,
                &format!("there is no kind of principal `{text}`"),
                "the kinds are user, role, root",
            ),
        }
    }
    if let Some(value) = get(table, "tags") {
        if value.get_ref().as_table().is_some_and(toml::de::DeTable::is_empty) {
            reader.error(value.span(), "`tags` names nobody", "leave it out to mean everybody");
        }
        scope.tags = tags(value, reader);
    }
    scope
}

fn tags<'i>(value: &Value<'i>, reader: &mut Reader<'i>) -> Vec<(String, Vec<String>)> {
    let Some(table) = reader.any_table(value, "`tags`") else { return Vec::new() };
    let mut tags = Vec::new();
    for (key, value) in table {
        let name = key.get_ref();
        let patterns = reader.one_or_many(value, name);
        if patterns.is_empty() {
            reader.error(
                value.span(),
                &format!("the tag `{name}` has no value"),
                "write a value, or `\"*\"` for any",
            );
        }
        tags.push((name.to_string(), patterns.into_iter().map(|(text, _)| text.to_owned()).collect()));
    }
    tags
}

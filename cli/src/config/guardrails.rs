//! `[[guardrail]]`.

use std::ops::Range;

use ringfence_model::arn::AccountId;
use ringfence_solver::guardrail::{Configuration, Guardrail, GuardrailKind, PrincipalScope, Tier};
use toml::de::DeTable;

use super::acceptance::is_arn_pattern;
use super::names::Role;
use super::reader::{Reader, Value, get};

/// The kinds that can be checked, with the keys of each besides `id`, `kind` and `principals`.
const KINDS: [(&str, &[&str]); 3] = [
    ("cannot-invoke", &["models"]),
    ("cannot-escape-boundary", &[]),
    ("separation-of-duties", &["tiers", "models"]),
];

/// Kinds that have a name and no check yet.
const LATER_KINDS: [&str; 11] = [
    "forbid",
    "approved-regions",
    "approved-accounts",
    "guardrail-required",
    "network-required",
    "must-be-bounded",
    "boundary-required-on-create",
    "boundary-protected",
    "no-standing-access",
    "owned",
    "unused",
];

/// A guardrail and where it stands.
pub(super) type Placed = (Guardrail, Range<usize>);

/// The guardrails of the list `value`. The sets of models are in `configuration` already.
pub(super) fn read<'i>(
    value: &Value<'i>,
    configuration: &Configuration,
    reader: &mut Reader<'i>,
) -> Vec<Placed> {
    let elements = reader.list(value, "`guardrail`");
    if elements.is_empty() {
        reader.error(
            value.span(),
            "there is no guardrail to check",
            "write a `[[guardrail]]`, or leave `guardrail` out",
        );
    }
    elements
        .into_iter()
        .filter_map(|element| {
            let table = reader.any_table(element, "a guardrail")?;
            guardrail(table, element.span(), configuration, reader)
                .map(|guardrail| (guardrail, element.span()))
        })
        .collect()
}

/// `first` and then `own`; an id that stands twice is noted.
pub(super) fn without_places(
    own: Vec<Placed>,
    first: Vec<Guardrail>,
    reader: &mut Reader<'_>,
) -> Vec<Guardrail> {
    let mut all = first;
    for (guardrail, place) in own {
        if all.iter().any(|known| known.id == guardrail.id) {
            let message = format!("there are two guardrails `{}`", guardrail.id);
            reader.error(place, &message, "give each an id of its own; `defaults = true` brings three more");
        }
        all.push(guardrail);
    }
    all
}

fn guardrail<'i>(
    table: &DeTable<'i>,
    place: Range<usize>,
    configuration: &Configuration,
    reader: &mut Reader<'i>,
) -> Option<Guardrail> {
    let kinds: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
    let help = format!("the kinds are {}", kinds.join(", "));
    let id = reader.required_text(table, "id", place.clone(), "give it a name; it is the id in every output");
    let name = reader.required_text(table, "kind", place.clone(), &help)?;
    let Some((_, own_keys)) = KINDS.iter().find(|(known, _)| *known == name) else {
        let place = get(table, "kind").map_or(place, Value::span);
        let message = if LATER_KINDS.contains(&name) {
            format!("the kind `{name}` is not available yet")
        } else {
            format!("there is no kind of guardrail `{name}`")
        };
        reader.error(place, &message, &help);
        return None;
    };
    let keys: Vec<&str> = ["id", "kind", "principals"].into_iter().chain(own_keys.iter().copied()).collect();
    reader.check_keys(table, &format!("a guardrail of kind `{name}`"), &keys);
    let principals = get(table, "principals").map(|value| scope(value, reader)).unwrap_or_default();
    let models = models(table, configuration, reader);
    let kind = match name {
        "cannot-invoke" => {
            if get(table, "models").is_none() {
                reader.error(place, "`models` is missing", "name a set of `[models]`, such as \"expensive\"");
            }
            GuardrailKind::CannotInvoke { models: models? }
        }
        "cannot-escape-boundary" => GuardrailKind::CannotEscapeBoundary,
        _ => GuardrailKind::SeparationOfDuties { tiers: tiers(table, reader), models },
    };
    Some(Guardrail { id: id?.to_owned(), kind, principals })
}

/// The name of the set under `models`; none if it is left out, or noted.
fn models<'i>(table: &DeTable<'i>, configuration: &Configuration, reader: &mut Reader<'i>) -> Option<String> {
    let value = get(table, "models")?;
    let name = reader.text(value, "models")?;
    if !configuration.models.contains_key(name) {
        let known: Vec<&str> = configuration.models.keys().map(String::as_str).collect();
        let help = format!("the sets are {}; add one under `[models]`", known.join(", "));
        reader.error(value.span(), &format!("there is no set of models `{name}`"), &help);
        return None;
    }
    Some(name.to_owned())
}

fn tiers<'i>(table: &DeTable<'i>, reader: &mut Reader<'i>) -> Vec<Tier> {
    let Some(value) = get(table, "tiers") else { return vec![Tier::Weights] };
    let texts = reader.texts(table, "tiers");
    if texts.is_empty() {
        reader.error(value.span(), "`tiers` names no tier", "write `tiers = [\"weights\"]`, or leave it out");
    }
    let mut tiers = Vec::new();
    for (text, place) in texts {
        let message = match text {
            "weights" => {
                if !tiers.contains(&Tier::Weights) {
                    tiers.push(Tier::Weights);
                }
                continue;
            }
            "serving" | "behaviour" => format!("the tier `{text}` is not available yet"),
            _ => format!("there is no tier `{text}`"),
        };
        reader.error(place, &message, "write `tiers = [\"weights\"]`");
    }
    tiers
}

fn scope<'i>(value: &Value<'i>, reader: &mut Reader<'i>) -> PrincipalScope {
    let Some(table) = reader.any_table(value, "`principals`") else { return PrincipalScope::default() };
    let mut known = vec!["include", "exclude"];
    for key in table.keys() {
        let name = key.get_ref().as_ref();
        if ["accounts", "ous", "tags", "kinds", "paths"].contains(&name) {
            let message = format!("a scope by `{name}` is not available yet");
            reader.error(key.span(), &message, "use `include` and `exclude` with ARNs and account ids");
            known.push(name);
        }
    }
    reader.check_keys(table, "`principals`", &known);
    let mut patterns = |key: &str| {
        let mut patterns = Vec::new();
        for (pattern, place) in reader.texts(table, key) {
            if is_arn_pattern(pattern) || AccountId::parse(pattern).is_some() {
                patterns.push(pattern.to_owned());
                reader.name(pattern, Role::Scope, place);
            } else {
                let help = "write an ARN, where wildcards are allowed, or an account id of twelve digits";
                reader.error(place, &format!("`{pattern}` matches no principal"), help);
            }
        }
        patterns
    };
    let (include, exclude) = (patterns("include"), patterns("exclude"));
    if let Some(value) = get(table, "include")
        && value.get_ref().as_array().is_some_and(|list| list.is_empty())
    {
        reader.error(value.span(), "`include` names nobody", "leave it out to mean everybody");
    }
    PrincipalScope { include, exclude }
}

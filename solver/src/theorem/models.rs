//! Sets of models: by id, by price, and what an inventory names.

use std::collections::BTreeSet;

use ringfence_model::models::{ModelTable, Price, split_geography};

use crate::guardrail::ModelSet;
use crate::wildcard::character::CharacterSet;
use crate::wildcard::language::Leading;
use crate::wildcard::{Language, LanguageBuilder};

/// The model ids of a set: those that are known, and patterns for those that are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelIds {
    /// Ids of the price table and of the inventory that are in the set, ascending.
    pub known: Vec<String>,
    /// Languages of ids, known or not.
    pub patterns: Vec<Language>,
    /// Languages of ids that are not in the set all the same.
    pub excluded: Vec<Language>,
}

/// `[a-z0-9.:-]`, of which model ids are made.
pub(super) fn id_characters() -> CharacterSet {
    CharacterSet::from_ranges(vec![('a', 'z'), ('0', '9'), ('.', '.'), (':', ':'), ('-', '-')])
}

/// Any text but the empty one.
pub(super) fn any_text() -> Language {
    let mut builder = LanguageBuilder::new();
    builder.some(CharacterSet::any());
    builder.build()
}

/// The ids of `table` and those of `inventory` besides, ascending.
fn all_known<'i>(table: &'i ModelTable, inventory: &'i BTreeSet<String>) -> impl Iterator<Item = &'i str> {
    let mut all: BTreeSet<&str> = table.rows.iter().map(|row| row.id.as_str()).collect();
    all.extend(inventory.iter().map(String::as_str));
    all.into_iter()
}

impl ModelIds {
    /// Any model.
    pub fn any() -> Self {
        let mut builder = LanguageBuilder::new();
        builder.some(id_characters());
        Self { known: Vec::new(), patterns: vec![builder.build()], excluded: Vec::new() }
    }

    /// As [`Self::among`], where nothing but the table is known.
    pub fn of(set: &ModelSet, table: &ModelTable) -> Self {
        Self::among(set, table, &BTreeSet::new())
    }

    /// The ids of `set` by `table` and by `inventory`, whose models have no known price: a model is in the set if an id pattern matches it, if its output price is above
    /// the limit, or if it has no known price and those count. A limit that is no number admits every model.
    pub fn among(set: &ModelSet, table: &ModelTable, inventory: &BTreeSet<String>) -> Self {
        let patterns: Vec<Language> = set
            .ids
            .iter()
            .map(|id| {
                let mut builder = LanguageBuilder::new();
                builder.glob(id, &id_characters());
                builder.build()
            })
            .collect();
        let limit = set.output_price_above.as_ref().map(|text| Price::parse(text));
        let known = all_known(table, inventory)
            .filter(|id| {
                let by_price = match (&limit, table.output_price(id)) {
                    (Some(Ok(limit)), Some(price)) => price > *limit,
                    (Some(Ok(_)), None) => set.unknown_price,
                    (Some(Err(_)), _) => true,
                    (None, price) => set.unknown_price && price.is_none(),
                };
                by_price || patterns.iter().any(|pattern| pattern.accepts(id))
            })
            .map(str::to_owned)
            .collect();
        Self { known, patterns, excluded: Vec::new() }
    }

    /// Exactly the models with these ids, ascending.
    pub(crate) fn these(known: Vec<String>) -> Self {
        Self { known, patterns: Vec::new(), excluded: Vec::new() }
    }

    /// All models but those of `set`, by `table` and by `inventory`; those included that neither names.
    pub fn outside(set: &ModelSet, table: &ModelTable, inventory: &BTreeSet<String>) -> Self {
        let inside = Self::among(set, table, inventory);
        let known: Vec<String> =
            all_known(table, inventory).filter(|id| !inside.contains(id)).map(str::to_owned).collect();
        let mut excluded = inside.patterns.clone();
        excluded.push(Language::one_of(inside.known));
        Self { known, excluded, ..Self::any() }
    }

    /// All models of `table` and of `inventory`.
    pub(super) fn listed(table: &ModelTable, inventory: &BTreeSet<String>) -> Self {
        Self::these(all_known(table, inventory).map(str::to_owned).collect())
    }

    /// Whether the set holds the model with this bare id.
    pub fn contains(&self, id: &str) -> bool {
        let is_in = |id: &str| {
            self.known.binary_search_by(|known| known.as_str().cmp(id)).is_ok()
                || self.patterns.iter().any(|pattern| pattern.accepts(id))
        };
        let base = without_length(id);
        let is_out = |id: &str| self.excluded.iter().any(|pattern| pattern.accepts(id));
        if is_out(id) || base.is_some_and(is_out) {
            return false;
        }
        is_in(id) || base.is_some_and(is_in)
    }

    /// Some model of the set that is known has an id that begins with `provider`.
    pub(super) fn knows_one_of(&self, provider: &str) -> bool {
        self.known.iter().any(|id| id.starts_with(provider))
    }

    /// Some model whose id begins with `provider`, a text with a dot at its end, may be in the set though nobody knows it yet.
    pub(super) fn may_hold_unknown_of(&self, provider: &str) -> bool {
        let of_provider = |pattern: &Language| {
            let all = |text: &str| {
                let mut builder = LanguageBuilder::new();
                builder.glob(text, &id_characters());
                builder.build()
            };
            *pattern == all(&format!("{provider}*")) || *pattern == all("*")
        };
        let begins = |pattern: &Language| {
            let mut leading = pattern.leading_characters().zip(provider.chars());
            leading.all(|(one, character)| one.meets(&Leading::Exactly(character)))
        };
        self.patterns.iter().any(begins) && !self.excluded.iter().any(of_provider)
    }

    /// The known ids as one language, if there are any, and then the patterns: a witness is the first target that is
    /// allowed, so it names a model that exists where one is allowed.
    pub(super) fn languages(&self) -> Vec<Language> {
        let mut languages = Vec::new();
        if !self.known.is_empty() {
            languages.push(Language::one_of(self.known.iter().cloned()));
        }
        languages.extend(self.patterns.iter().cloned());
        languages
    }
}

/// The id without the length of a context behind it, as provisioned models have: `…-v1:0:200k`. None where there is none.
pub(super) fn without_length(id: &str) -> Option<&str> {
    let is_length = |text: &str| {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
        digits != text && !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    };
    let (base, length) = id.rsplit_once(':')?;
    (base.contains(':') || is_length(length)).then_some(base)
}

/// The bare id of the model that an ARN names: a foundation model's own, or that of an inference profile of AWS, whose
/// geography may be one to come. None of others.
pub(super) fn bare_id(arn: &str) -> Option<&str> {
    if let Some((_, id)) = arn.split_once(":foundation-model/") {
        return Some(split_geography(id).1).filter(|id| !id.is_empty());
    }
    let (_, id) = arn.split_once(":inference-profile/")?;
    id.split_once('.').map(|(_, model)| model).filter(|model| model.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::{ModelIds, bare_id};
    use crate::guardrail::ModelSet;
    use ringfence_model::models::ModelTable;

    #[test]
    fn the_length_of_a_context_and_a_geography_tell_no_models_apart() {
        let ids = ModelIds::these(vec!["a.b-v1:0".to_owned(), "a.c".to_owned()]);
        for (id, expected) in [
            ("a.b-v1:0", true),
            ("a.b-v1:0:200k", true),
            ("a.b-v1:1", false),
            ("a.c:0", false),
            ("a.c:200k", true),
            ("a.c:k", false),
            ("a.b-v1", false),
        ] {
            assert_eq!(ids.contains(id), expected, "{id}");
        }
        let profile = |id: &str| format!("arn:aws:bedrock:eu-west-1:111122223333:inference-profile/{id}");
        for (arn, expected) in [
            (profile("eu.a.c"), Some("a.c")),
            (profile("new-geography.a.c"), Some("a.c")),
            (profile("a.c"), None),
            ("arn:aws:bedrock:eu-west-1::foundation-model/a.c".to_owned(), Some("a.c")),
            ("arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/x.a.c".to_owned(), None),
            ("arn:aws:bedrock:eu-west-1:111122223333:custom-model/a.c".to_owned(), None),
        ] {
            assert_eq!(bare_id(&arn), expected, "{arn}");
        }
    }

    #[test]
    fn a_model_of_the_inventory_is_known_and_has_no_price() {
        let table = ModelTable::embedded().unwrap();
        let cheap = "amazon.nova-micro-v1:0";
        let inventory = ["acme.next-v1:0", cheap].map(str::to_owned).into_iter().collect();
        let set = |ids: &[&str], above: Option<&str>, unknown_price| ModelSet {
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            output_price_above: above.map(str::to_owned),
            unknown_price,
        };
        for (set, expected) in [
            (set(&[], Some("10"), true), [true, false]),
            (set(&[], Some("10"), false), [false, false]),
            (set(&[], None, true), [true, false]),
            (set(&["acme.*"], Some("10"), false), [true, false]),
            (set(&["amazon.*"], None, false), [false, true]),
        ] {
            let ids = ModelIds::among(&set, table, &inventory);
            let found = ["acme.next-v1:0", cheap].map(|id| ids.known.iter().any(|known| known == id));
            assert_eq!(found, expected, "{set:?}");
            assert!(ids.known.is_sorted());
        }
    }
}

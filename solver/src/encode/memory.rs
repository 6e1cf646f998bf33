//! What the encoder found out for one question and the next asks again: which ARNs resources have, what a value of a
//! Resource element comes to on them, and which Regions it tells apart. Policies that many principals share, as SCPs and boundaries are, are read once so.
//!
//! Everything is kept by its whole content: nothing in here can change a formula, only how fast it is made.

use std::rc::Rc;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::ResourceTypeId;
use ringfence_model::open_point::OpenPoint;
use rustc_hash::FxHashMap;

use super::format::ArnForm;
use super::resource_value::Segments;
use crate::term::TemplatePart;
use crate::wildcard::Language;

/// The forms of resources at a place.
type FormsAt = (Place, Rc<[ArnForm]>);
/// The states of an automaton after a prefix and each Region.
type StatesAfter = (String, Rc<[Option<u32>]>);

/// One thread's store.
#[derive(Debug, Default)]
pub struct Memory {
    forms: FxHashMap<(ResourceTypeId, Option<AccountId>), Vec<FormsAt>>,
    kept_forms: usize,
    fronts: FxHashMap<String, Rc<[Language]>>,
    after: FxHashMap<Language, Vec<StatesAfter>>,
    shapes: FxHashMap<(ResourceTypeId, String), Rc<[Language]>>,
    formats: FxHashMap<Vec<Language>, u32>,
    values: FxHashMap<ReadValue, Rc<ValueMeaning>>,
}

/// Where the resources of a type are, and how they are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) partition: String,
    pub(super) region: Option<String>,
    pub(super) names: Vec<Language>,
}

/// A value of a Resource element whose variables have values, with all on which its meaning hangs beside what is the same
/// for all questions of a prover: the catalogue and the points that are pinned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ReadValue {
    pub(super) segments: Segments,
    /// Its resource part with the values of variables.
    pub(super) parts: Vec<TemplatePart>,
    /// It has a wildcard where F6 asks about one.
    pub(super) misplaced: bool,
    /// A value of fewer than six parts is filled up (F7).
    pub(super) padded: bool,
    /// The points that leave it open.
    pub(super) points: Vec<OpenPoint>,
    /// The ARNs that the question is about, by their number here.
    pub(super) formats: u32,
    /// None of them has an upper-case letter before its fifth colon.
    pub(super) lower_case_fronts: bool,
}

/// The resources that a value matches.
#[derive(Clone, Debug)]
pub(super) enum ValueMeaning {
    /// Those in one of these, whatever AWS does.
    Certain(Vec<Language>),
    /// It hangs on what AWS leaves undocumented.
    Uncertain {
        points: Vec<OpenPoint>,
        lower: Vec<Language>,
        upper: Vec<Language>,
        evaluator: Vec<Language>,
        /// The least and the most while only these points are read otherwise than the evaluator does.
        bounds: Vec<(Vec<OpenPoint>, Vec<Language>, Vec<Language>)>,
        /// The points by which an answer names it, where these are others.
        named: Option<Vec<OpenPoint>>,
    },
}

/// Past these sizes the store is emptied between questions, so that memory stays bounded.
const MOST_FORMS: usize = 4_000;
const MOST_VALUES: usize = 8_000;

impl Memory {
    /// Empties what has grown past its bounds. Call between questions.
    pub fn trim(&mut self) {
        if self.kept_forms > MOST_FORMS {
            self.forms.clear();
            self.kept_forms = 0;
        }
        if self.fronts.len().max(self.after.len()) > MOST_FORMS {
            self.fronts.clear();
            self.after.clear();
        }
        if self.values.len().max(self.formats.len()) > MOST_VALUES {
            self.values.clear();
            self.formats.clear();
        }
    }

    /// The forms of resources of a type at a place, made by `make` where they are not known. `account` owns them; none where
    /// that is AWS.
    pub(super) fn forms(
        &mut self,
        resource_type: ResourceTypeId,
        account: Option<AccountId>,
        (partition, region, names): (&str, Option<&str>, &[Language]),
        make: impl FnOnce() -> Vec<ArnForm>,
    ) -> Rc<[ArnForm]> {
        let known = self.forms.entry((resource_type, account)).or_default();
        let here = known.iter().find(|(place, _)| {
            place.partition == partition && place.region.as_deref() == region && place.names == names
        });
        if let Some((_, forms)) = here {
            return Rc::clone(forms);
        }
        let forms: Rc<[ArnForm]> = make().into();
        let place = Place {
            partition: partition.to_owned(),
            region: region.map(str::to_owned),
            names: names.to_vec(),
        };
        known.push((place, Rc::clone(&forms)));
        self.kept_forms += 1;
        forms
    }

    /// The languages that `make` makes of the front of a value.
    pub(super) fn fronts(&mut self, front: &str, make: impl FnOnce(&str) -> Vec<Language>) -> Rc<[Language]> {
        if let Some(known) = self.fronts.get(front) {
            return Rc::clone(known);
        }
        let made: Rc<[Language]> = make(front).into();
        self.fronts.insert(front.to_owned(), Rc::clone(&made));
        made
    }

    /// What `make` says of the ARNs of AWS's own resources of a type in a partition.
    pub(super) fn shapes(
        &mut self,
        resource_type: ResourceTypeId,
        partition: &str,
        make: impl FnOnce() -> Vec<Language>,
    ) -> Rc<[Language]> {
        // There are as many as the catalogue has types.
        let key = (resource_type, partition.to_owned());
        Rc::clone(self.shapes.entry(key).or_insert_with(|| make().into()))
    }

    /// The states of a language after `prefix` and each Region, which `make` finds. Prefixes name the partition.
    pub(super) fn after(
        &mut self,
        language: &Language,
        prefix: &str,
        make: impl FnOnce() -> Vec<Option<u32>>,
    ) -> Rc<[Option<u32>]> {
        let known = self.after.get(language).and_then(|all| all.iter().find(|entry| entry.0 == prefix));
        if let Some((_, states)) = known {
            return Rc::clone(states);
        }
        let states: Rc<[Option<u32>]> = make().into();
        self.after.entry(language.clone()).or_default().push((prefix.to_owned(), Rc::clone(&states)));
        states
    }

    /// A number for these languages: equal numbers, equal languages.
    pub(super) fn number(&mut self, formats: &[Language]) -> u32 {
        let next = u32::try_from(self.formats.len()).unwrap_or(u32::MAX);
        match self.formats.get(formats) {
            Some(known) => *known,
            None => *self.formats.entry(formats.to_vec()).or_insert(next),
        }
    }

    /// What a value was found to mean.
    pub(super) fn value(&self, key: &ReadValue) -> Option<Rc<ValueMeaning>> {
        self.values.get(key).cloned()
    }

    /// Keeps what a value means.
    pub(super) fn keep_value(&mut self, key: ReadValue, meaning: &Rc<ValueMeaning>) {
        self.values.insert(key, Rc::clone(meaning));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was made for one place, prefix or partition is not given for another, and is made once for each.
    #[test]
    fn everything_is_found_by_all_that_it_hangs_on() {
        let mut memory = Memory::default();
        let (kind, language) = (ResourceTypeId(3), Language::glob("arn:*"));
        for round in 0..2 {
            let fresh = |made: &mut usize, value: usize| {
                *made += usize::from(round == 0);
                assert_eq!(round, 0, "{value} was made again");
                value
            };
            let mut made = 0;
            for (value, prefix) in ["arn:aws:s3:", "arn:aws:sqs:", "arn:aws-cn:s3:"].into_iter().enumerate() {
                let states =
                    memory.after(&language, prefix, || vec![u32::try_from(fresh(&mut made, value)).ok()]);
                assert_eq!(*states, [u32::try_from(value).ok()]);
            }
            for (value, partition) in ["aws", "aws-cn"].into_iter().enumerate() {
                let text = value.to_string();
                let shapes = memory.shapes(kind, partition, || {
                    fresh(&mut made, value);
                    vec![Language::exactly(&text)]
                });
                assert_eq!(*shapes, [Language::exactly(&text)]);
            }
            let names = [Language::glob("a*")];
            let places = [
                ("aws", None, &[][..]),
                ("aws-cn", None, &[]),
                ("aws", Some("eu-west-1"), &[]),
                ("aws", None, &names),
            ];
            let owners = [None, Some(AccountId::NOBODY)];
            let all = owners.into_iter().flat_map(|owner| places.map(|place| (owner, place)));
            for (value, (owner, place)) in all.enumerate() {
                let arns = Language::exactly(&value.to_string());
                let forms = memory.forms(kind, owner, place, || {
                    fresh(&mut made, value);
                    vec![ArnForm { arns: arns.clone(), open: None, documented: None }]
                });
                assert_eq!(forms.first().map(|form| &form.arns), Some(&arns));
            }
            assert_eq!(made, if round == 0 { 13 } else { 0 });
        }
    }
}

//! What stopped the primitives that did not fire.

use std::collections::{BTreeMap, BTreeSet};

use crate::formula::Restriction;

/// What stopped requests of an action.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// For those who were asked about and may not make them.
    pub by: BTreeSet<Restriction>,
    /// Somebody else may make one.
    pub made: bool,
}

/// What is known of the primitives that were looked at, by their places in the table.
#[derive(Clone, Debug, Default)]
pub struct Stops {
    /// What stopped their requests, by the action.
    pub blocked: BTreeMap<usize, BTreeMap<String, Stop>>,
    /// Those of which there was something that they are about, with whether all that one of them gains held already.
    pub looked_at: BTreeMap<usize, bool>,
    /// Those of which a request would be made from an account in which nobody acts.
    pub elsewhere: BTreeSet<usize>,
    /// Those that hang on policies of resources which are not known.
    pub not_known: BTreeSet<usize>,
}

impl Stops {
    /// Notes what stopped a request of the primitive at `place`.
    pub(super) fn note(&mut self, place: usize, action: &str, by: impl IntoIterator<Item = Restriction>) {
        let stops = self.blocked.entry(place).or_default();
        match stops.get_mut(action) {
            Some(known) => known.by.extend(by),
            None => drop(stops.insert(action.to_owned(), Stop { by: by.into_iter().collect(), made: false })),
        }
    }

    /// Notes that somebody may make it.
    pub(super) fn note_made(&mut self, place: usize, action: &str) {
        if let Some(stops) = self.blocked.get_mut(&place) {
            stops.entry(action.to_owned()).or_default().made = true;
        }
    }

    /// Notes that there is something that the primitive at `place` is about.
    pub(super) fn note_look(&mut self, place: usize, gained: bool) {
        *self.looked_at.entry(place).or_default() |= gained;
    }

    /// Adds what is known from another closure.
    pub(super) fn join(&mut self, other: &Self) {
        for (place, stops) in &other.blocked {
            let known = self.blocked.entry(*place).or_default();
            for (action, stop) in stops {
                let known = known.entry(action.clone()).or_default();
                known.by.extend(stop.by.iter().cloned());
                known.made |= stop.made;
            }
        }
        for (place, gained) in &other.looked_at {
            self.note_look(*place, *gained);
        }
        self.elsewhere.extend(&other.elsewhere);
        self.not_known.extend(&other.not_known);
    }
}

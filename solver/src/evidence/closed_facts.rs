//! Closures as files that the kernel reads: one for all who begin and all goals of which it says something.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_kernel as kernel;

use crate::steps::closure::{Hindrance, Stopped, Trace};
use crate::steps::verdict::Shown;

/// Closures that were shown, as files.
#[derive(Debug, Default)]
pub struct ClosedFiles {
    /// The files, by SHA-256.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Which file tells of what was shown, in the order in which it was given.
    pub of: Vec<String>,
}

/// A trace, who begins with it, and of which goals it says something.
type Alike<'a> = (&'a Trace, BTreeSet<&'a (String, Vec<String>)>, BTreeSet<&'a Stopped>);

/// The files that tell of all that was shown. What is equal but for who begins and the goals is one file.
pub fn closed_files(shown: &[Arc<Shown>]) -> ClosedFiles {
    let mut alike: BTreeMap<String, Alike<'_>> = BTreeMap::new();
    let mut keys = Vec::new();
    for one in shown {
        let key = kernel::digest(&written(&one.trace, &BTreeSet::new(), &BTreeSet::new()));
        let entry =
            alike.entry(key.clone()).or_insert_with(|| (&one.trace, BTreeSet::new(), BTreeSet::new()));
        entry.1.insert(&one.start);
        entry.2.extend(&one.goals);
        keys.push(key);
    }
    let mut found = ClosedFiles::default();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (key, (trace, starts, goals)) in alike {
        let file = written(trace, &starts, &goals);
        let name = kernel::digest(&file);
        found.files.insert(name.clone(), file);
        names.insert(key, name);
    }
    found.of = keys.iter().filter_map(|key| names.get(key).cloned()).collect();
    found
}

fn written(trace: &Trace, starts: &BTreeSet<&(String, Vec<String>)>, goals: &BTreeSet<&Stopped>) -> Vec<u8> {
    let gained: BTreeSet<&String> =
        trace.steps.iter().flat_map(|step| &step.gains).filter(|fact| !trace.holds.contains(*fact)).collect();
    let mut facts: Vec<String> = trace.holds.iter().chain(gained).cloned().collect();
    // What holds at a beginning, or is hung on, and is not among them shows as a fact outside.
    let named = starts.iter().flat_map(|(_, start)| start).chain(trace.actors.iter().flatten());
    let known: BTreeSet<&String> = facts.iter().collect();
    let others: BTreeSet<String> = named.filter(|fact| !known.contains(*fact)).cloned().collect();
    facts.extend(others);
    let places: BTreeMap<&String, usize> = facts.iter().zip(0..).collect();
    let place = |fact: &String| places.get(fact).copied().unwrap_or(usize::MAX);
    let all: Vec<&Stopped> = trace.stopped.iter().chain(goals.iter().copied()).collect();
    let claims: BTreeSet<&String> = all
        .iter()
        .flat_map(|stopped| stopped.by.keys())
        .filter_map(|hindrance| match hindrance {
            Hindrance::Claims(claims) => Some(claims),
            Hindrance::Shown(_) => None,
        })
        .flatten()
        .collect();
    let said = all.iter().flat_map(|stopped| stopped.by.keys()).filter_map(|hindrance| match hindrance {
        Hindrance::Claims(_) => None,
        Hindrance::Shown(text) => Some(*text),
    });
    let words: BTreeSet<&str> = said
        .chain(all.iter().map(|stopped| stopped.asked.as_str()))
        .chain(trace.steps.iter().map(|step| step.by.as_str()))
        .collect();
    let spoken: BTreeMap<&str, usize> = words.iter().copied().zip(0..).collect();
    let word = |text: &str| spoken.get(text).copied().unwrap_or(usize::MAX);
    let numbers: BTreeMap<&String, usize> = claims.iter().copied().zip(0..).collect();
    let number = |claim: &String| numbers.get(claim).copied().unwrap_or(usize::MAX);
    let refused = |stopped: &Stopped| -> kernel::Refused {
        let by = stopped.by.iter().map(|(hindrance, actors)| {
            let reason = match hindrance {
                Hindrance::Claims(claims) => kernel::Hindrance::Claims(claims.iter().map(number).collect()),
                Hindrance::Shown(text) => kernel::Hindrance::Shown(word(text)),
            };
            (reason, actors.clone())
        });
        (word(&stopped.asked), by.collect())
    };
    let set = kernel::ClosedFacts {
        format: kernel::ClosedFacts::FORMAT.to_owned(),
        holds: trace.holds.len(),
        starts: starts.iter().map(|(who, start)| (who.clone(), start.iter().map(place).collect())).collect(),
        actors: trace.actors.iter().map(|actor| actor.iter().map(place).collect()).collect(),
        names: trace.principals.iter().map(|(number, name)| (*number, name.clone())).collect(),
        words: words.into_iter().map(str::to_owned).collect(),
        claims: claims.iter().map(|claim| (*claim).clone()).collect(),
        requests: all.iter().map(|stopped| refused(stopped)).collect(),
        steps: trace
            .steps
            .iter()
            .map(|step| (word(&step.by), step.gains.iter().map(place).collect(), step.stopped))
            .collect(),
        goals: goals
            .iter()
            .zip(trace.stopped.len()..)
            .map(|(goal, request)| (word(&goal.asked), request))
            .collect(),
        facts,
    };
    // Never an error: it is lists of numbers and texts.
    let mut file = serde_json::to_vec(&set).unwrap_or_default();
    file.push(b'\n');
    file
}

//! Closures as files that the kernel reads: one for all who begin and all goals of which it says something.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_kernel as kernel;

use crate::steps::closure::{Hindrance, Step, Stopped, Trace};
use crate::steps::verdict::Shown;

/// Closures that were shown, as files.
#[derive(Debug, Default)]
pub struct ClosedFiles {
    /// The files, by SHA-256.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Which file tells of what was shown, in the order in which it was given.
    pub of: Vec<String>,
    /// The list of what all files tell of steps, requests and reasons, as JSON: a text a line. Each file names it by its digest.
    pub words: Vec<u8>,
}

/// A trace, who begins with it, and of which goals it says something.
type Alike<'a> = (&'a Trace, BTreeSet<&'a (String, Vec<String>)>, BTreeSet<&'a Stopped>);

/// The files that tell of all that was shown. What is equal but for who begins and the goals is one file.
pub fn closed_files(shown: &[Arc<Shown>]) -> ClosedFiles {
    let words = Words::of(shown);
    let mut alike: BTreeMap<String, Alike<'_>> = BTreeMap::new();
    let mut keys = Vec::new();
    for one in shown {
        let key = kernel::digest(&written(&one.trace, &BTreeSet::new(), &BTreeSet::new(), &words));
        let entry =
            alike.entry(key.clone()).or_insert_with(|| (&one.trace, BTreeSet::new(), BTreeSet::new()));
        entry.1.insert(&one.start);
        entry.2.extend(&one.goals);
        keys.push(key);
    }
    let mut found = ClosedFiles::default();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (key, (trace, starts, goals)) in alike {
        let file = written(trace, &starts, &goals, &words);
        let name = kernel::digest(&file);
        found.files.insert(name.clone(), file);
        names.insert(key, name);
    }
    found.of = keys.iter().filter_map(|key| names.get(key).cloned()).collect();
    found.words = words.file;
    found
}

/// What readers are told, each once, by its place in the list.
struct Words<'a> {
    places: BTreeMap<&'a str, usize>,
    file: Vec<u8>,
    sha256: String,
}

impl<'a> Words<'a> {
    /// All that closures name. Most of it is the table of primitives, which all closures go by: it is written once.
    fn of(shown: &'a [Arc<Shown>]) -> Self {
        let mut words: BTreeSet<&str> = BTreeSet::new();
        for one in shown {
            words.extend(one.trace.steps.iter().map(|step| step.by.as_str()));
            for stopped in one.trace.stopped.iter().chain(&one.goals) {
                words.insert(&stopped.asked);
                words.extend(stopped.by.keys().filter_map(|hindrance| match hindrance {
                    Hindrance::Claims(_) => None,
                    Hindrance::Shown(text) => Some(*text),
                }));
            }
        }
        // Never an error: it is a list of texts.
        let mut file = serde_json::to_vec_pretty(&words).unwrap_or_default();
        file.push(b'\n');
        Self { places: words.into_iter().zip(0..).collect(), sha256: kernel::digest(&file), file }
    }

    /// A place that is in no list, of what it does not have.
    fn place(&self, word: &str) -> usize {
        self.places.get(word).copied().unwrap_or(usize::MAX)
    }
}

fn written(
    trace: &Trace,
    starts: &BTreeSet<&(String, Vec<String>)>,
    goals: &BTreeSet<&Stopped>,
    words: &Words<'_>,
) -> Vec<u8> {
    // What a step would lead to that is not taken says nothing to whoever checks that it is not.
    let taken: Vec<&Step> = trace.steps.iter().filter(|step| step.stopped.is_none()).collect();
    let mut facts: Vec<String> = trace.holds.iter().cloned().collect();
    // What holds at a beginning, is hung on or is led to, and is not among them shows as a fact outside.
    let named = starts.iter().flat_map(|(_, start)| start).chain(trace.actors.iter().flatten());
    let named = named.chain(taken.iter().flat_map(|step| &step.gains));
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
    let numbers: BTreeMap<&String, usize> = claims.iter().copied().zip(0..).collect();
    let number = |claim: &String| numbers.get(claim).copied().unwrap_or(usize::MAX);
    // Requests that nobody makes for the same reasons are one entry.
    let mut asked: BTreeMap<&BTreeMap<Hindrance, Vec<usize>>, BTreeSet<usize>> = BTreeMap::new();
    for stopped in &all {
        asked.entry(&stopped.by).or_default().insert(words.place(&stopped.asked));
    }
    let entries: BTreeMap<&BTreeMap<Hindrance, Vec<usize>>, usize> = asked.keys().copied().zip(0..).collect();
    let entry = |stopped: &Stopped| entries.get(&stopped.by).copied().unwrap_or(usize::MAX);
    let reasons = |by: &BTreeMap<Hindrance, Vec<usize>>| {
        let reason = |hindrance: &Hindrance| match hindrance {
            Hindrance::Claims(claims) => kernel::Hindrance::Claims(claims.iter().map(number).collect()),
            Hindrance::Shown(text) => kernel::Hindrance::Shown(words.place(text)),
        };
        by.iter().map(|(hindrance, actors)| (reason(hindrance), actors.clone())).collect()
    };
    let mut stopped: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for step in &trace.steps {
        let Some(request) = step.stopped else { continue };
        let request = trace.stopped.get(request).map_or(usize::MAX, entry);
        stopped.entry(request).or_default().insert(words.place(&step.by));
    }
    let set = kernel::ClosedFacts {
        format: kernel::ClosedFacts::FORMAT.to_owned(),
        holds: trace.holds.len(),
        starts: starts.iter().map(|(who, start)| (who.clone(), start.iter().map(place).collect())).collect(),
        actors: trace.actors.iter().map(|actor| actor.iter().map(place).collect()).collect(),
        names: names(trace, &facts),
        words: words.sha256.clone(),
        claims: claims.iter().map(|claim| (*claim).clone()).collect(),
        requests: asked.iter().map(|(by, asked)| (asked.iter().copied().collect(), reasons(by))).collect(),
        taken: taken
            .iter()
            .map(|step| (words.place(&step.by), step.gains.iter().map(place).collect()))
            .collect(),
        stopped: stopped.into_iter().map(|(request, steps)| (request, steps.into_iter().collect())).collect(),
        goals: goals.iter().map(|goal| (words.place(&goal.asked), entry(goal))).collect(),
        facts,
    };
    // Never an error: it is lists of numbers and texts.
    let mut file = serde_json::to_vec(&set).unwrap_or_default();
    file.push(b'\n');
    file
}

/// The names of those whom facts name by numbers.
fn names(trace: &Trace, facts: &[String]) -> Vec<(usize, String)> {
    let is_named = |number: usize| {
        let text = format!("MemberId({number})");
        facts.iter().any(|fact| fact.contains(&text))
    };
    let all = trace.principals.iter().filter(|(number, _)| is_named(**number));
    all.map(|(number, name)| (*number, name.clone())).collect()
}

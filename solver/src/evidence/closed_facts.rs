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
    // Requests that nobody makes for the same reasons are one entry.
    let mut asked: BTreeMap<&BTreeMap<Hindrance, Vec<usize>>, BTreeSet<usize>> = BTreeMap::new();
    for stopped in &all {
        asked.entry(&stopped.by).or_default().insert(word(&stopped.asked));
    }
    let entries: BTreeMap<&BTreeMap<Hindrance, Vec<usize>>, usize> = asked.keys().copied().zip(0..).collect();
    let entry = |stopped: &Stopped| entries.get(&stopped.by).copied().unwrap_or(usize::MAX);
    let reasons = |by: &BTreeMap<Hindrance, Vec<usize>>| {
        let reason = |hindrance: &Hindrance| match hindrance {
            Hindrance::Claims(claims) => kernel::Hindrance::Claims(claims.iter().map(number).collect()),
            Hindrance::Shown(text) => kernel::Hindrance::Shown(word(text)),
        };
        by.iter().map(|(hindrance, actors)| (reason(hindrance), actors.clone())).collect()
    };
    let stopped: BTreeSet<(usize, usize)> = trace
        .steps
        .iter()
        .filter_map(|step| {
            let request = trace.stopped.get(step.stopped?);
            Some((word(&step.by), request.map_or(usize::MAX, entry)))
        })
        .collect();
    let set = kernel::ClosedFacts {
        format: kernel::ClosedFacts::FORMAT.to_owned(),
        holds: trace.holds.len(),
        starts: starts.iter().map(|(who, start)| (who.clone(), start.iter().map(place).collect())).collect(),
        actors: trace.actors.iter().map(|actor| actor.iter().map(place).collect()).collect(),
        names: names(trace, &facts),
        words: words.into_iter().map(str::to_owned).collect(),
        claims: claims.iter().map(|claim| (*claim).clone()).collect(),
        requests: asked.iter().map(|(by, asked)| (asked.iter().copied().collect(), reasons(by))).collect(),
        taken: taken.iter().map(|step| (word(&step.by), step.gains.iter().map(place).collect())).collect(),
        stopped: stopped.into_iter().collect(),
        goals: goals.iter().map(|goal| (word(&goal.asked), entry(goal))).collect(),
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

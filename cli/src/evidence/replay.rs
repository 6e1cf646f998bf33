//! Evidence that is checked: digests, the kernel on every proof, and the run made again by the proofs alone.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use ed25519_dalek::VerifyingKey;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use ringfence_kernel as kernel;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::files::Files;
use ringfence_solver::evidence::exhaust::{Bounds, Comparison};
use ringfence_solver::evidence::{Answers, ClosedBook, Written};

use super::archive::Package;
use super::certificate::CLOSED_SETS;
use super::compare::compare_inputs;
use super::inputs::{self, Inputs};
use super::manifest::{BASIS, BasisRead, FORMAT, MANIFEST, Manifest};
use super::package::{ANSWERS, UNPROVED, claim_name, claim_of_name, proof_name, whole};
use super::question::Asked;
use super::statement::{self, STATEMENT, Signatures};
use super::told::Told;
use crate::basis::Basis;
use crate::command::CommandError;
use crate::files::{Recorded, Recorder};
use crate::input::{Tables, digest};

/// Bytes of the file that says what was asked.
const MOST_BASIS: usize = 4 << 20;

/// Bytes of a proof, and of a text in it, for which the kernel takes some two hundred times as much.
const MOST_PROOF: usize = 128 << 20;
const MOST_TEXT: usize = 1 << 20;

/// What a check of evidence found.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// Why it is rejected; empty if it is accepted.
    pub(crate) rejections: Vec<String>,
    /// Proofs that the kernel accepted.
    pub(crate) proofs: usize,
    /// Closed sets of facts that the kernel accepted.
    pub(crate) closed_sets: usize,
    /// Files of each kind that were made again and are the same.
    pub(crate) same: BTreeMap<&'static str, usize>,
    /// Inputs that are the same in the world that was named.
    pub(crate) inputs_compared: usize,
    /// Inputs that were not compared: nothing that was named is the same.
    pub(crate) not_compared: Vec<String>,
    /// What it is about, where the run could be made again.
    pub(crate) told: Option<Told>,
    /// Claims that have no proof, and of which nothing else that was asked says that they hold.
    pub(crate) believed: usize,
    /// Claims that have no proof, as they are written.
    pub(crate) claims: BTreeMap<String, Vec<u8>>,
    /// Those of them that a second solver calls unsatisfiable.
    pub(crate) by_second: usize,
    /// What came of comparing claims with the evaluator, where the run could be made again.
    pub(crate) comparison: Option<Comparison>,
    /// Of what is said about the evidence, where that is there.
    pub(crate) signatures: Option<Signatures>,
}

impl Checked {
    /// Nothing of it is only believed, and nothing was left out where inputs were to be compared.
    pub(crate) fn is_whole(&self) -> bool {
        self.believed == 0 && self.not_compared.is_empty()
    }
}

/// With what evidence is held together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Against<'a> {
    /// From where these are read.
    pub(crate) files: &'a dyn Files,
    /// The directory of a world, or of the exports that were read alone.
    pub(crate) world: Option<&'a Path>,
    /// Inputs that lie elsewhere.
    pub(crate) others: &'a [PathBuf],
}

impl Against<'_> {
    /// Something was named.
    pub(crate) fn is_named(&self) -> bool {
        self.world.is_some() || !self.others.is_empty()
    }
}

/// On how many threads, and how much is compared.
pub(crate) type Effort = (Option<NonZeroUsize>, Bounds);

/// Checks `package` at the instant `now`; against the inputs that are named, and for a signature by `key` if one is given.
pub(crate) fn check(
    package: &Package,
    against: Against<'_>,
    key: Option<&VerifyingKey>,
    effort: Effort,
    now: Timestamp,
) -> Checked {
    let mut checked = Checked::default();
    let manifest = digests(package, &mut checked.rejections);
    // What is not what it is said to be is not looked at: it may be made to take long.
    if manifest.is_none() || !checked.rejections.is_empty() {
        return checked;
    }
    let accepted = proofs(package, &mut checked);
    closed_sets(package, &accepted, &mut checked);
    match again(package, accepted, (effort, now), &mut checked) {
        Ok(statement) => match package.get(STATEMENT) {
            Some(envelope) => match statement::check(envelope, &statement, key) {
                Ok(signatures) => checked.signatures = Some(signatures),
                Err(problem) => checked.rejections.push(problem),
            },
            None => checked.rejections.push(format!("{STATEMENT} is not there")),
        },
        Err(problem) => checked.rejections.push(problem),
    }
    if against.is_named() {
        compare_inputs(package, against, &mut checked);
    }
    checked
}

/// The manifest, if it can be read; `rejections` takes what is not as it says.
pub(super) fn digests(package: &Package, rejections: &mut Vec<String>) -> Option<Manifest> {
    let Some(bytes) = package.get(MANIFEST) else {
        rejections.push(format!("{MANIFEST} is not there: this is no evidence"));
        return None;
    };
    let manifest: Manifest = match serde_json::from_slice(bytes) {
        Ok(manifest) => manifest,
        Err(error) => {
            rejections.push(format!("{MANIFEST} cannot be read: {error}"));
            return None;
        }
    };
    if manifest.format != FORMAT {
        rejections
            .push(format!("the form {:?} is not known; this version checks {FORMAT:?}", manifest.format));
        return None;
    }
    for (name, bytes) in package {
        match manifest.files.get(name) {
            Some(said) if *said == digest(bytes) => {}
            Some(_) => rejections
                .push(format!("{name} is not the file that {MANIFEST} lists: its digest is another")),
            None if name == MANIFEST || name == STATEMENT => {}
            None => rejections.push(format!("{name} is not listed in {MANIFEST}")),
        }
    }
    for name in manifest.files.keys().filter(|name| !package.contains_key(*name)) {
        rejections.push(format!("{name} is listed in {MANIFEST} and not there"));
    }
    Some(manifest)
}

/// The claims of which the kernel accepts the proof.
fn proofs(package: &Package, checked: &mut Checked) -> BTreeSet<String> {
    let mut accepted = BTreeSet::new();
    for (name, bytes) in package {
        let Some(claim) = claim_of_name(name) else { continue };
        if bytes.len() > MOST_PROOF || longest_text(bytes) > MOST_TEXT {
            checked.rejections.push(format!("{name} is longer than any proof that a run writes"));
            continue;
        }
        match kernel::check(bytes) {
            Ok(proof) if proof.claim == claim => {
                accepted.insert(proof.claim);
            }
            Ok(proof) => {
                checked.rejections.push(format!("{name} is the proof of another claim, {}", proof.claim));
            }
            Err(rejection) => checked.rejections.push(format!("{name}: the kernel rejects it: {rejection}")),
        }
    }
    checked.proofs = accepted.len();
    accepted
}

/// The bytes between two quotes of JSON that are furthest apart: of a text, or of what stands between texts that are not escaped.
fn longest_text(bytes: &[u8]) -> usize {
    let (mut longest, mut length, mut inside, mut escaped) = (0, 0_usize, false, false);
    for byte in bytes {
        match (inside, escaped, byte) {
            (true, false, b'\\') => escaped = true,
            (true, false, b'"') => inside = false,
            (false, _, b'"') => (inside, length) = (true, 0),
            (true, ..) => {
                escaped = false;
                length += 1;
                longest = longest.max(length);
            }
            (false, ..) => {}
        }
    }
    longest
}

/// Has the kernel check each closed set of facts.
fn closed_sets(package: &Package, accepted: &BTreeSet<String>, checked: &mut Checked) {
    let believed: BTreeMap<String, String> = json(package, UNPROVED).unwrap_or_default();
    let holds: BTreeSet<String> = accepted.iter().chain(believed.keys()).cloned().collect();
    for (name, bytes) in package {
        let Some(expected) = name.strip_prefix(CLOSED_SETS).and_then(|name| name.strip_suffix(".json"))
        else {
            continue;
        };
        match kernel::closed(bytes, &holds) {
            Ok((found, _)) if found == expected => checked.closed_sets += 1,
            Ok(_) => checked.rejections.push(format!("{name} is another closed set than its name says")),
            Err(rejection) => checked.rejections.push(format!("{name}: the kernel rejects it: {rejection}")),
        }
    }
}

/// Makes the run again and compares all that it gives with what is in `package`. Returns what is to be said about it.
fn again(
    package: &Package,
    accepted: BTreeSet<String>,
    ((threads, bounds), now): (Effort, Timestamp),
    checked: &mut Checked,
) -> Result<Vec<u8>, String> {
    if package.get(BASIS).is_some_and(|bytes| bytes.len() > MOST_BASIS) {
        return Err(format!("{BASIS} is longer than any command line"));
    }
    let basis: BasisRead = json(package, BASIS)?;
    let version = env!("CARGO_PKG_VERSION");
    if basis.tool != env!("CARGO_PKG_NAME") || basis.version != version {
        return Err(format!(
            "it was made by {} {}, and only that version makes the run again as it was; this is {version}",
            basis.tool, basis.version
        ));
    }
    let today: Date = basis.today.parse().map_err(|_| format!("{BASIS} has no day"))?;
    let asked = Asked::read(&basis.question)
        .ok_or_else(|| format!("{BASIS} has no question that is known"))?
        .again(today, threads);
    let inputs: Inputs = json(package, inputs::LIST)?;
    let record = inputs.record(package)?;
    let answers: Answers = json(package, ANSWERS)?;
    let believed: BTreeMap<String, String> =
        if package.contains_key(UNPROVED) { json(package, UNPROVED)? } else { BTreeMap::new() };
    checked.believed = believed.len();
    let book = ClosedBook::new(answers.clone(), accepted, believed.clone()).comparing(bounds);
    // What is about requests of the future alone says nothing of those that can be made. A clock may be a day late.
    let now = now.checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
    let recorded = Recorded(&record);
    let recorder = Recorder::new(&recorded, None);
    let basis = Basis { files: &recorder, now, ledger: Some(&book), evidence: None };
    let material = asked.judge(basis).map_err(|error| {
        format!("the run cannot be made again from the inputs in here: {}", in_words(&error))
    })?;
    // By the tables of the run.
    let tables = Tables::read(asked.question().tables(), &recorded)
        .map_err(|errors| in_words(&CommandError::Input(errors)))?;
    compare_with_evaluator((&book, tables.catalogue.get()), threads, checked);
    let used = book.used();
    let only = |claim: &String| used.claims.contains(claim);
    let written = Written {
        answers: answers.into_iter().filter(|(question, _)| used.questions.contains(question)).collect(),
        proofs: used
            .claims
            .iter()
            .filter_map(|claim| Some((claim.clone(), package.get(&proof_name(claim))?.clone())))
            .collect(),
        claims: believed
            .keys()
            .filter(|claim| only(claim))
            .map(|claim| {
                // Its name is what the run asks for.
                let line = package.get(&claim_name(claim)).filter(|line| digest(line) == *claim);
                Some((claim.clone(), line?.clone()))
            })
            .collect::<Option<_>>()
            .ok_or("a claim without a proof is not there, or another one")?,
        unproved: believed.into_iter().filter(|(claim, _)| only(claim)).collect(),
    };
    let claims = written.claims.clone();
    // What the run looked at this time, and not what the list says: a file that is kept from it, or that it never asks for, is another list.
    let question = asked.question();
    let copies = inputs::written(&recorder.into_record(), question.world_directory().as_deref())
        .map_err(|error| in_words(&error))?;
    let made = whole(&question, today, &copies, &material, &written).map_err(|error| in_words(&error))?;
    same_files(package, &made, checked);
    let asked = question.written(today).map_err(|error| in_words(&error))?;
    checked.told = Some(Told::of(&asked, today, &material));
    checked.claims = claims;
    Ok(statement::statement(&made, &copies.0, &material.outcomes))
}

/// Has the evaluator decide the requests of claims that are small enough: what it says otherwise than they do rejects the evidence.
fn compare_with_evaluator(
    (book, catalogue): (&ClosedBook, &Catalogue),
    threads: Option<NonZeroUsize>,
    checked: &mut Checked,
) {
    let Some(comparison) = book.compared(catalogue, threads) else { return };
    let differing = comparison.differing.iter();
    checked
        .rejections
        .extend(differing.map(|what| format!("a claim is not what the evaluator says: {what}")));
    checked.comparison = Some(comparison);
}

/// Every file that was made again is the same, and there are no others.
fn same_files(package: &Package, made: &Package, checked: &mut Checked) {
    for (name, bytes) in made {
        match package.get(name) {
            Some(there) if there == bytes => {
                let kind = match name.split_once('/').map(|(folder, _)| folder) {
                    Some("certificates") => "certificates",
                    Some("refutations") => "refutations",
                    Some("undecided") => "undecided",
                    Some(_) | None => continue,
                };
                *checked.same.entry(kind).or_default() += 1;
            }
            Some(_) => checked.rejections.push(format!("{name} is not what the inputs and the proofs give")),
            None => checked
                .rejections
                .push(format!("{name} follows from the inputs and the proofs, and is not there")),
        }
    }
    for name in package.keys().filter(|name| !made.contains_key(*name) && *name != STATEMENT) {
        checked.rejections.push(format!("{name} does not follow from the inputs and the proofs"));
    }
}

pub(super) fn json<T: serde::de::DeserializeOwned>(package: &Package, name: &str) -> Result<T, String> {
    let bytes = package.get(name).ok_or_else(|| format!("{name} is not there"))?;
    serde_json::from_slice(bytes).map_err(|error| format!("{name} cannot be read: {error}"))
}

/// An error on one line.
fn in_words(error: &CommandError) -> String {
    match error {
        CommandError::Input(errors) => errors
            .iter()
            .map(|error| format!("{}:{}: {}", error.location.file, error.location.line, error.message))
            .collect::<Vec<_>>()
            .join("; "),
        CommandError::Usage { .. } | CommandError::Internal(_) | CommandError::Output { .. } => {
            error.to_string()
        }
    }
}

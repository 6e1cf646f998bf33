//! A real proof, changed in thousands of ways: the kernel rejects it, or the binding does, or the change left the
//! claim as it was and what is left still derives it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use ringfence_kernel::{Atom, Claim, Derivation, Domain, Part, Reason, check, digest};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::certify::{Binding, ProofLimits, certify};
use ringfence_solver::check::{Attached, check_with};
use ringfence_solver::formula::Formula;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::prove::Observer;
use ringfence_solver::wildcard::Theory;
use ringfence_tests::checks::options;
use ringfence_tests::generator::random::Random;

use super::say;

/// A proof with the formula that it is about.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub(super) formula: Formula,
    pub(super) assumed: Vec<usize>,
    pub(super) bytes: Vec<u8>,
}

/// Keeps all proofs.
#[derive(Debug, Default)]
struct Keeper(Mutex<Vec<Certificate>>);

impl Observer for Keeper {
    fn unsatisfiable(&self, formula: &Formula, assumed: &[usize], _used_strings: bool) {
        let proof = certify(formula, assumed, &mut Theory::new(60_000), ProofLimits::default()).unwrap();
        let certificate =
            Certificate { formula: formula.clone(), assumed: assumed.to_vec(), bytes: proof.bytes };
        self.0.lock().unwrap().push(certificate);
    }
}

/// The proofs of the sample organisation, in order.
pub(super) fn acme() -> Vec<Certificate> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/organizations/acme");
    let world = World::read_directory(&directory).unwrap();
    let options = options(1);
    let (catalogue, models) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
    let keeper = Keeper::default();
    let configuration = Configuration::default();
    check_with(
        &world,
        catalogue,
        models,
        &configuration,
        &options,
        &|_| {},
        Attached { observer: Some(&keeper), ..Attached::default() },
    );
    keeper.0.into_inner().unwrap()
}

fn read(bytes: &[u8]) -> (Claim, Derivation) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let claim = serde_json::from_slice(lines.next().unwrap()).unwrap();
    (claim, serde_json::from_slice(lines.next().unwrap()).unwrap())
}

/// The file of a claim and a derivation, with the digest that belongs to them.
fn written(claim: &Claim, derivation: &Derivation) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(claim).unwrap();
    let derivation = Derivation { claim: digest(&bytes), ..derivation.clone() };
    bytes.push(b'\n');
    bytes.extend(serde_json::to_vec(&derivation).unwrap());
    bytes.push(b'\n');
    bytes
}

/// How many changes of a kind the kernel rejected, and how many it accepted.
#[derive(Debug, Default)]
struct Judged(BTreeMap<&'static str, (usize, usize)>);

impl Judged {
    /// Counts what the kernel says of a changed proof. What it accepts must be about another claim, which the binding
    /// then rejects, or about the very claim of the formula.
    fn judge(&mut self, kind: &'static str, binding: &Binding, bytes: &[u8], changed_claim: bool) {
        let accepted = check(bytes).is_ok();
        let bound = binding.accept(bytes).is_ok();
        assert_eq!(bound, !changed_claim, "{kind}: the binding must know its claim");
        let count = self.0.entry(kind).or_default();
        if accepted { count.1 += 1 } else { count.0 += 1 }
    }

    /// The kernel rejected all changes of this kind, of which there are at least so many.
    fn all_rejected(&self, kind: &str, at_least: usize) {
        let (rejected, accepted) = self.0.get(kind).copied().unwrap_or_default();
        assert!(accepted == 0 && rejected >= at_least, "{kind}: {rejected} rejected, {accepted} accepted");
    }
}

/// A proof with several lemmas about texts and several steps.
fn rich() -> Vec<Certificate> {
    let mut proofs = acme();
    proofs.retain(|proof| {
        let (_, derivation) = read(&proof.bytes);
        let texts = derivation.lemmas.iter().filter(|lemma| matches!(lemma.reason, Reason::Text(_)));
        texts.count() >= 3 && derivation.steps.len() >= 3
    });
    assert!(proofs.len() >= 5, "only {} proofs are rich enough", proofs.len());
    proofs.sort_by_key(|proof| proof.bytes.len());
    proofs.truncate(3);
    proofs
}

impl Certificate {
    fn binding(&self) -> Binding {
        let binding = Binding::new(&self.formula, &self.assumed).unwrap();
        binding.accept(&self.bytes).unwrap();
        binding
    }
}

/// At most `most` of so many places, evenly spread.
fn some(count: usize, most: usize) -> impl Iterator<Item = usize> {
    (0..count).step_by(count.div_ceil(most).max(1))
}

#[test]
fn changed_bytes_are_rejected_or_leave_the_claim_as_it_is() {
    let mut random = Random::new(1);
    let mut judged = Judged::default();
    for certificate in rich() {
        assert!(check(&certificate.bytes).is_ok());
        let binding = certificate.binding();
        let first_line = certificate.bytes.iter().position(|byte| *byte == b'\n').unwrap();
        for _ in 0..1_000 {
            let mut bytes = certificate.bytes.clone();
            let place = random.below(bytes.len());
            bytes[place] = match bytes[place] {
                digit @ b'0'..=b'9' => {
                    b'0' + (digit - b'0' + 1 + u8::try_from(random.below(9)).unwrap()) % 10
                }
                other => other ^ (1 << random.below(8)),
            };
            let in_claim = place <= first_line;
            judged.judge(if in_claim { "claim" } else { "derivation" }, &binding, &bytes, in_claim);
        }
        for _ in 0..110 {
            let cut = random.below(certificate.bytes.len());
            let bytes = &certificate.bytes[..cut];
            judged.judge("cut short", &binding, bytes, cut <= first_line);
        }
    }
    say(&format!("{judged:?}"));
    judged.all_rejected("claim", 500);
    judged.all_rejected("cut short", 300);
    let (rejected, accepted) = judged.0["derivation"];
    assert!(rejected > 500 && accepted * 4 < rejected, "{judged:?}");
}

#[test]
fn a_changed_derivation_derives_the_same_claim_or_nothing() {
    let mut judged = Judged::default();
    for certificate in rich() {
        let (claim, derivation) = read(&certificate.bytes);
        let binding = certificate.binding();
        let mut judge = |kind: &'static str, change: &dyn Fn(&mut Derivation)| {
            let mut changed = derivation.clone();
            change(&mut changed);
            judged.judge(kind, &binding, &written(&claim, &changed), false);
        };
        for index in 0..derivation.lemmas.len() {
            judge("dropped lemma", &|derivation| drop(derivation.lemmas.remove(index)));
            for place in 0..derivation.lemmas[index].clause.len() {
                judge("dropped literal of a lemma", &|derivation| {
                    derivation.lemmas[index].clause.remove(place);
                });
                judge("opposite literal of a lemma", &|derivation| {
                    let literal = &mut derivation.lemmas[index].clause[place];
                    *literal = -*literal;
                });
                judge("other literal of a lemma", &|derivation| {
                    let literal = &mut derivation.lemmas[index].clause[place];
                    *literal = if *literal < 0 { *literal - 1 } else { *literal + 1 };
                });
            }
            judge("other reason", &|derivation| derivation.lemmas[index].reason = Reason::Bounds);
            if let Reason::Text(closed) = &derivation.lemmas[index].reason {
                let width = closed.components.len();
                for row in some(closed.product.len() / width, 12) {
                    judge("dropped product state", &|derivation| {
                        if let Reason::Text(closed) = &mut derivation.lemmas[index].reason {
                            closed.product.drain(row * width..(row + 1) * width);
                        }
                    });
                }
                for (component, states) in closed.states.iter().enumerate() {
                    for state in some(states.len(), 6) {
                        judge("other state of an automaton", &|derivation| {
                            if let Reason::Text(closed) = &mut derivation.lemmas[index].reason {
                                closed.states[component][state].push(usize::MAX);
                            }
                        });
                    }
                }
            }
        }
        for index in 0..derivation.steps.len() {
            judge("dropped step", &|derivation| drop(derivation.steps.remove(index)));
            for hint in 0..derivation.steps[index].1.len() {
                judge("dropped hint", &|derivation| _ = derivation.steps[index].1.remove(hint));
                judge("other hint", &|derivation| derivation.steps[index].1[hint] += 1);
            }
            for place in 0..derivation.steps[index].0.len() {
                judge("opposite literal of a step", &|derivation| {
                    let literal = &mut derivation.steps[index].0[place];
                    *literal = -*literal;
                });
            }
        }
    }
    say(&format!("{judged:?}"));
    judged.all_rejected("dropped lemma", 15);
    judged.all_rejected("opposite literal of a lemma", 30);
    judged.all_rejected("other reason", 15);
    judged.all_rejected("dropped product state", 100);
    judged.all_rejected("other state of an automaton", 100);
    judged.all_rejected("dropped step", 15);
    judged.all_rejected("dropped hint", 50);
    judged.all_rejected("opposite literal of a step", 1);
}

/// The part with more texts in it.
fn widened(part: &Part) -> Part {
    match part {
        Part::Text(text) => {
            let mut texts = vec![text.clone(), format!("{text}x")];
            texts.sort();
            Part::Alternatives(texts)
        }
        Part::One(_) => Part::One(vec![(0, 0x0010_FFFF)]),
        Part::Star(ranges) => {
            let mut ranges = ranges.clone();
            ranges.push((0, 0x0010_FFFF));
            Part::Star(ranges)
        }
        Part::Alternatives(texts) => {
            let mut texts = texts.clone();
            texts.push(String::new());
            Part::Alternatives(texts)
        }
        Part::Choice(_) => panic!("a claim with a choice"),
    }
}

#[test]
fn a_changed_claim_is_another_claim() {
    let mut judged = Judged::default();
    for certificate in rich() {
        let (claim, derivation) = read(&certificate.bytes);
        let binding = certificate.binding();
        let mut judge = |kind: &'static str, change: &dyn Fn(&mut Claim)| {
            let mut changed = claim.clone();
            change(&mut changed);
            judged.judge(kind, &binding, &written(&changed, &derivation), true);
        };
        for index in some(claim.clauses.len(), 60) {
            judge("dropped clause", &|claim| drop(claim.clauses.remove(index)));
            judge("clause that says nothing", &|claim| {
                claim.variables += 1;
                claim.clauses[index] = vec![i32::try_from(claim.variables).unwrap()];
            });
            for place in 0..claim.clauses[index].len() {
                judge("opposite literal of a clause", &|claim| {
                    let literal = &mut claim.clauses[index][place];
                    *literal = -*literal;
                });
                judge("dropped literal of a clause", &|claim| _ = claim.clauses[index].remove(place));
            }
        }
        for index in some(claim.languages.len(), 40) {
            for part in 0..claim.languages[index].parts.len() {
                judge("widened language", &|claim| {
                    let part = &mut claim.languages[index].parts[part];
                    *part = widened(part);
                });
                judge("dropped part of a language", &|claim| drop(claim.languages[index].parts.remove(part)));
            }
        }
        for index in 0..claim.attributes.len() {
            if claim.attributes[index].domain != Domain::Any {
                judge("attribute of any text", &|claim| claim.attributes[index].domain = Domain::Any);
            }
        }
        for index in some(claim.atoms.len(), 40) {
            judge("atom without a meaning", &|claim| claim.atoms[index] = Atom::Flag("x".to_owned()));
        }
    }
    say(&format!("{judged:?}"));
    for (kind, at_least) in [
        ("dropped clause", 50),
        ("clause that says nothing", 15),
        ("opposite literal of a clause", 30),
        ("widened language", 10),
        ("dropped part of a language", 10),
        ("atom without a meaning", 10),
    ] {
        let (rejected, _) = judged.0[kind];
        assert!(rejected >= at_least, "{kind}: the kernel itself rejects only {rejected}");
    }
}

//! The seeds of the fuzz targets, and mutations of them, through what the targets assert.

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::strategy::Strategy;
use ringfence_tests::fuzzed;

use crate::random;

/// The seeds of a target in the order of their names, of which there must be `committed` or more.
fn seeds(target: &str, committed: usize) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= committed, "{} seeds of {target}, {committed} are committed", paths.len());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// One change: where, over how many bytes, and what kind.
type Change = (usize, usize, u8);

/// `seed` with part of it left out, written twice, exchanged for a part of `other`, or with a byte changed.
fn mutated(seed: &[u8], other: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for (place, length, kind) in changes {
        let start = place % (bytes.len() + 1);
        let end = (start + length % 40).min(bytes.len());
        let part = match kind % 4 {
            0 => Vec::new(),
            1 => [&bytes[start..end], &bytes[start..end]].concat(),
            2 => {
                let start = length % (other.len() + 1);
                other[start..(start + place % 60).min(other.len())].to_vec()
            }
            _ => vec![*kind],
        };
        bytes.splice(start..end, part);
    }
    bytes
}

fn hold(target: &str, check: fn(&[u8]), committed: usize, cases: u32) {
    let seeds = seeds(target, committed);
    for seed in &seeds {
        check(seed);
    }
    let changes = vec((any::<usize>(), any::<usize>(), any::<u8>()), 1..5);
    let strategy = (0..seeds.len(), 0..seeds.len(), changes)
        .prop_map(|(seed, other, changes)| mutated(&seeds[seed], &seeds[other], &changes));
    let show = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    random::run(target, cases, &strategy, show, |bytes| {
        check(&bytes);
        Ok(())
    });
}

#[test]
fn the_policy_reader_refuses_or_reads() {
    hold("policy_reader", fuzzed::policy_reader, 20, 4_000);
}

#[test]
fn the_world_reader_refuses_or_reads() {
    hold("world_reader", fuzzed::world_reader, 6, 400);
}

#[test]
fn the_wildcard_theory_is_a_naive_matcher() {
    hold("wildcard_theory", fuzzed::wildcard_theory, 12, 2_000);
}

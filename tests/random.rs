//! Random runs with a printed seed and a fixed number of cases.
//!
//! `RINGFENCE_CASES=20` multiplies the number of cases, `RINGFENCE_SEED=7` starts from another seed. A failure shows
//! the seed and the smallest case found, which belongs into `regression.rs`.

use std::env;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// As [`run`] where a case is cheap: `first` cases, and `further` for each time more that the environment asks for.
pub(crate) fn run_cheap<S: Strategy>(
    name: &str,
    (first, further): (u32, u32),
    strategy: &S,
    show: impl Fn(&S::Value) -> String,
    check: impl Fn(S::Value) -> Result<(), String>,
) {
    run_cases(name, first + further * (number("RINGFENCE_CASES").unwrap_or(1) - 1), strategy, show, check);
}

/// Runs `check` on `cases` values of `strategy`, many more if the environment asks for it.
pub(crate) fn run<S: Strategy>(
    name: &str,
    cases: u32,
    strategy: &S,
    show: impl Fn(&S::Value) -> String,
    check: impl Fn(S::Value) -> Result<(), String>,
) {
    run_cases(name, cases * number("RINGFENCE_CASES").unwrap_or(1), strategy, show, check);
}

fn number(name: &str) -> Option<u32> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

/// What `check` says of the first of `cases` values of `strategy` on which it finds fault, as it was drawn.
pub(crate) fn first_fault<S: Strategy>(
    cases: u32,
    strategy: &S,
    check: impl Fn(S::Value) -> Result<(), String>,
) -> Option<String> {
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[1; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    (0..cases).find_map(|_| check(strategy.new_tree(&mut runner).unwrap().current()).err())
}

fn run_cases<S: Strategy>(
    name: &str,
    cases: u32,
    strategy: &S,
    show: impl Fn(&S::Value) -> String,
    check: impl Fn(S::Value) -> Result<(), String>,
) {
    let seed = number("RINGFENCE_SEED").unwrap_or(1);
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    for (byte, letter) in bytes[4..].iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 3_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner.run(strategy, |value| check(value).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => {}
        Err(TestError::Abort(reason)) => panic!("{name}, seed {seed}: {reason}"),
        Err(TestError::Fail(reason, value)) => {
            panic!("{name}, seed {seed}, {cases} cases:\n{reason}\n{}", show(&value))
        }
    }
}

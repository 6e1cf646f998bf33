//! See `ringfence_tests::fuzzed::wildcard_theory`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ringfence_tests::fuzzed::wildcard_theory(bytes));

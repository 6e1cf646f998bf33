//! See `ringfence_tests::fuzzed::policy_reader`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ringfence_tests::fuzzed::policy_reader(bytes));

//! Searches for steps that are wrong on purpose: the worlds of corpus/escalation must see each of them.
//!
//! The switch is one for the whole process, so this suite has a process of its own.
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "the module is that of another suite; a failed step is a failed test"
)]

mod escalation;

use ringfence_solver::wrong::{WrongEngine, switch_engine};

/// As many verdicts must be seen to be wrong.
const ENOUGH: usize = 2;

fn main() {
    let cases = escalation::cases();
    switch_engine(None);
    let none = escalation::wrong_verdicts(&cases, usize::MAX);
    assert!(none.is_empty(), "the right search: {none:#?}");
    for wrong in WrongEngine::ALL {
        switch_engine(Some(wrong));
        let found = escalation::wrong_verdicts(&cases, ENOUGH);
        switch_engine(None);
        println!("{wrong:?}: seen by {}", found.first().map_or("nobody", String::as_str));
        assert!(found.len() >= ENOUGH, "{wrong:?} is seen by {found:#?}");
    }
}

//! Panics of libraries over bad data, which are no defect of this program and are not shown as one.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// To be called once, before anything may panic: what [`caught`] catches is not printed.
pub(crate) fn install() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        if !EXPECTED.get() {
            print(panicked);
        }
    }));
}

/// What `work` gives; none if it panics. What it has changed until then must not be used any more.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = EXPECTED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    EXPECTED.set(before);
    result.ok()
}

//! The Z3 that is linked is the one that verdicts were tested with.

use ringfence_solver::backend::z3;

#[test]
fn the_pinned_z3_is_linked() {
    let version = z3::version().unwrap();
    if std::env::var("RINGFENCE_SYSTEM_Z3").is_ok_and(|value| value == "1") {
        assert!(version >= (4, 13, 3), "Ringfence needs Z3 4.13.3 or newer; this is {version:?}");
    } else {
        assert_eq!(version, (5, 3, 3), "see scripts/setup-z3.sh");
    }
}

//! Tells the linker where Z3 is, and the program where to find it again. Shared by the packages with a binary or a test.
//!
//! The folder is `Z3_LIBRARY_PATH_OVERRIDE`, which `.cargo/config.toml` sets, or else `.z3/lib` at the root of the
//! workspace. It becomes the run path of what is built, unless `RINGFENCE_RUN_PATH` gives another (`make dist` does).

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let mut directives = io::stdout().lock();
    for variable in ["Z3_LIBRARY_PATH_OVERRIDE", "Z3_SYS_Z3_VERSION", "RINGFENCE_RUN_PATH"] {
        writeln!(directives, "cargo::rerun-if-env-changed={variable}")?;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder =
        env::var_os("Z3_LIBRARY_PATH_OVERRIDE").map_or_else(|| workspace.join(".z3/lib"), PathBuf::from);
    writeln!(directives, "cargo::rerun-if-changed={}", folder.join("libz3.so").display())?;
    let Ok(folder) = folder.canonicalize() else {
        return writeln!(
            directives,
            "cargo::error=Z3 is not set up: run `make setup` (or scripts/setup-z3.sh)"
        );
    };
    // The bindings are compiled for one version; with another library they would misread its answers.
    if let (Ok(found), Ok(expected)) =
        (fs::read_to_string(folder.join("../version")), env::var("Z3_SYS_Z3_VERSION"))
        && found.trim() != expected
    {
        let found = found.trim();
        return writeln!(
            directives,
            "cargo::error=.z3 holds Z3 {found}, not {expected}: run `make setup`, or set Z3_SYS_Z3_VERSION={found}"
        );
    }
    let run_path = env::var("RINGFENCE_RUN_PATH").unwrap_or_else(|_| folder.display().to_string());
    writeln!(directives, "cargo::rustc-link-search=native={}", folder.display())?;
    // Passed as separate arguments, so that a comma in the path is not taken for a separator.
    for argument in ["-Xlinker", "-rpath", "-Xlinker", &run_path] {
        writeln!(directives, "cargo::rustc-link-arg={argument}")?;
    }
    Ok(())
}

//! Every file of the suites is a part of one: a module that nobody names is never run, and nothing fails.

use std::fs;
use std::path::Path;

#[test]
fn every_file_of_a_suite_is_named_by_it() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let read = |file: &str| fs::read_to_string(tests.join(file)).unwrap();
    // Roots of suites and of the package; each names the modules of a folder.
    let roots = ["lib.rs", "main.rs", "cli.rs", "wrong_encoders.rs", "wrong_engines.rs", "generate_world.rs"];
    let mut named = String::new();
    for root in roots {
        named.push_str(&read(root));
    }
    let mut looked_at = 0;
    for folder in ["", "cli"] {
        for entry in fs::read_dir(tests.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let Some(name) = path.file_name().unwrap().to_str().unwrap().strip_suffix(".rs") else {
                continue;
            };
            if folder.is_empty() && (roots.contains(&&*format!("{name}.rs")) || name == "build") {
                continue;
            }
            looked_at += 1;
            let module = format!("mod {name};");
            assert!(named.lines().any(|line| line.trim().trim_start_matches("pub ") == module), "{name}");
        }
    }
    assert!(looked_at >= 50, "only {looked_at} files");
}

//! Another solver asked about claims that have no proof.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ringfence_solver::scripts::direct_of;

use super::replay::Checked;

/// So long it may think about one claim.
const LIMIT: Duration = Duration::from_mins(1);
/// How long to wait before it is looked at again.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks the solver that `command` starts about each claim that is only believed: it gets the name of a script in SMT-LIB 2.6 as its last argument. What it calls
/// unsatisfiable counts as shown by a second solver; what it calls satisfiable, though the script says all that the claim says, is rejected.
pub(crate) fn ask(command: &str, checked: &mut Checked) {
    for (claim, line) in &checked.claims {
        let (script, is_exact) = match direct_of(line) {
            Ok(script) => script,
            Err(error) => {
                checked.rejections.push(format!("claims/{claim}.json: {error}"));
                continue;
            }
        };
        match answer(command, &script) {
            Ok(said) if said == "unsat" => {
                checked.by_second += 1;
                checked.believed = checked.believed.saturating_sub(1);
            }
            Ok(said) if said == "sat" && is_exact => {
                checked
                    .rejections
                    .push(format!("claims/{claim}.json does not hold: {command} finds a request"));
            }
            // It does not know, or of a script that says less than the claim it knows too much.
            Ok(said) if said == "unknown" || said == "sat" => {}
            Ok(said) => checked.rejections.push(format!("{command} says {said:?} of claims/{claim}.json")),
            Err(problem) => checked.rejections.push(format!("{command}: {problem}")),
        }
    }
}

/// The first line that the solver says; `unknown` past the limit.
fn answer(command: &str, script: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("claim.smt2");
    std::fs::write(&path, script).map_err(|error| error.to_string())?;
    let mut words = command.split_whitespace();
    let program = words.next().ok_or("no solver is named")?;
    let mut running = Command::new(program)
        .args(words)
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let started = Instant::now();
    while running.try_wait().map_err(|error| error.to_string())?.is_none() {
        if started.elapsed() > LIMIT {
            running.kill().and_then(|()| running.wait()).map_err(|error| error.to_string())?;
            return Ok("unknown".to_owned());
        }
        std::thread::sleep(PAUSE);
    }
    let mut said = String::new();
    let output = running.stdout.take().ok_or("it says nothing")?;
    output.take(1 << 16).read_to_string(&mut said).map_err(|error| error.to_string())?;
    let first = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    Ok(if first.starts_with("(error \"Expected result unsat but got sat") { "sat" } else { first }.to_owned())
}

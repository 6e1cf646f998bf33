//! All files of evidence, made from what a run read, found and proved. The same run gives the same bytes.

use std::collections::BTreeMap;

use jiff::civil::Date;
use ringfence_solver::certificate::Level;
use ringfence_solver::evidence::Written;
use ringfence_solver::scripts;

use super::archive::Package;
use super::certificate::{self, Around};
use super::inputs::{self, Inputs};
use super::manifest::{BASIS, BasisFile, MANIFEST, Manifest};
use super::material::Material;
use super::question::Question;
use super::recheck;
use super::told::{self, Told};
use crate::command::CommandError;
use crate::input::digest;
use crate::output::json::{line, pretty};

/// What was found for each question.
pub(crate) const ANSWERS: &str = "answers.json";
/// Claims without a proof, with why; not there if there are none.
pub(crate) const UNPROVED: &str = "unproved.json";
/// The report.
pub(crate) const REPORT: &str = "report.json";

/// The files of evidence.
///
/// # Errors
/// When something cannot be written down.
pub(crate) fn whole(
    question: &Question<'_>,
    today: Date,
    (inputs, copies): &(Inputs, Package),
    material: &Material,
    written: &Written,
) -> Result<Package, CommandError> {
    let mut package = copies.clone();
    let list = inputs.file();
    let asked = question.written(today)?;
    let as_of = material.as_of.as_deref();
    let basis = pretty(&BasisFile {
        tool: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        question: &asked,
        today: today.to_string(),
        as_of,
        tables: &material.tables,
        inputs: digest(&list),
    });
    package.insert(inputs::LIST.to_owned(), list);
    let level = if written.unproved.is_empty() { Level::Checked } else { Level::OneSolver };
    let around = Around {
        run: &told::words(&asked),
        tables: &material.tables.iter().map(told::in_words).collect::<Vec<_>>(),
        as_of,
        level,
        basis: &digest(basis.as_bytes()),
    };
    package.extend(certificate::files(&material.findings, around));
    let holds = written.proofs.keys().chain(written.unproved.keys()).cloned().collect();
    for (name, file) in package.iter().filter(|(name, _)| name.starts_with(certificate::CLOSED_SETS)) {
        // Nothing is handed out that others will reject.
        ringfence_kernel::closed(file, &holds).map_err(|rejection| {
            CommandError::internal(&format!("{name}: the kernel rejects it: {rejection}"))
        })?;
    }
    package.insert(BASIS.to_owned(), basis.into_bytes());
    // One line: it is for programs, and long.
    package.insert(ANSWERS.to_owned(), line(&written.answers).into_bytes());
    for (claim, proof) in &written.proofs {
        package.insert(proof_name(claim), proof.clone());
    }
    if question.evidence().scripts {
        package.extend(scripts(&written.proofs));
    }
    for (claim, line) in &written.claims {
        package.insert(claim_name(claim), line.clone());
    }
    if !written.unproved.is_empty() {
        package.insert(UNPROVED.to_owned(), pretty(&written.unproved).into_bytes());
    }
    package.insert(REPORT.to_owned(), material.report.clone().into_bytes());
    let text = recheck::text(&recheck::Facts {
        told: &Told::of(&asked, today, material),
        proofs: written.proofs.len(),
        level,
    });
    package.insert(recheck::FILE.to_owned(), text.into_bytes());
    let manifest = Manifest::of(&package).file();
    package.insert(MANIFEST.to_owned(), manifest);
    Ok(package)
}

/// The scripts of the proofs; of one that has none, why.
fn scripts(proofs: &BTreeMap<String, Vec<u8>>) -> Package {
    let mut package = Package::new();
    for (claim, proof) in proofs {
        let mut add =
            |what: &str, text: String| package.insert(format!("scripts/{claim}.{what}"), text.into_bytes());
        match scripts::of(proof) {
            Ok(scripts) => {
                for (number, lemma) in scripts.lemmas.into_iter().enumerate() {
                    add(&format!("lemma-{number}.smt2"), lemma);
                }
                add("skeleton.smt2", scripts.skeleton);
                add(if scripts.direct_is_exact { "direct.smt2" } else { "weaker.smt2" }, scripts.direct);
            }
            Err(error) => drop(add("none.txt", format!("{error}\n"))),
        }
    }
    package
}

/// Where the proof of `claim` is.
pub(crate) fn proof_name(claim: &str) -> String {
    format!("proofs/{claim}.json")
}

/// Where `claim` is, of which there is no proof.
pub(crate) fn claim_name(claim: &str) -> String {
    format!("claims/{claim}.json")
}

/// The claim of which the file `name` is to be a proof; none if it is none of those.
pub(crate) fn claim_of_name(name: &str) -> Option<&str> {
    name.strip_prefix("proofs/")?.strip_suffix(".json")
}

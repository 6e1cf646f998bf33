//! Certificates: what was found of a class of principals, with all on which that rests.

use std::collections::{BTreeMap, BTreeSet};

use std::sync::Arc;

use ringfence_solver::certificate::Level;
use ringfence_solver::evidence::closed_files;
use ringfence_solver::report::Missing;
use ringfence_solver::steps::verdict::Shown;
use ringfence_solver::verdict::VerdictWord;
use serde::Serialize;
use serde_json::Value;

use crate::input::digest;
use crate::output::json::{MissingObject, pretty};

/// Where closed sets of facts are.
pub(crate) const CLOSED_SETS: &str = "closed-sets/";
/// What closed sets tell readers of steps, requests and reasons.
pub(crate) const WORDS: &str = "words.json";
/// The form of certificates.
const FORMAT: &str = "ringfence-certificate-1";

/// What is found of one principal.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// The guardrail or the question, by a short name.
    pub(crate) question: String,
    /// Its kind.
    pub(crate) kind: String,
    /// What was asked, in words.
    pub(crate) asked: String,
    /// Of whom.
    pub(crate) principal: String,
    /// The verdict.
    pub(crate) verdict: VerdictWord,
    /// What the verdict says, in words.
    pub(crate) says: String,
    /// How far it reaches: `one-request` or `steps`.
    pub(crate) scope: &'static str,
    /// Taken for granted.
    pub(crate) assumptions: Vec<String>,
    /// Not covered.
    pub(crate) not_covered: Vec<String>,
    /// Input that is missing: what is proved of those whom the inputs show says nothing of what it would show.
    pub(crate) missing: Vec<Missing>,
    /// What shows it.
    pub(crate) grounds: Grounds,
}

impl Finding {
    /// A proof, and nothing is missing without which it says less than it seems to.
    pub(crate) fn is_whole(&self) -> bool {
        self.verdict == VerdictWord::Proved && !self.missing.iter().any(Missing::hinders_proofs)
    }
}

/// What shows a verdict.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grounds {
    /// What a proof rests on: statements with file and line, and layers.
    pub(crate) rests_on: Vec<Value>,
    /// The claims whose proofs show it.
    pub(crate) claims: BTreeSet<String>,
    /// What may hold at most after any number of steps.
    pub(crate) closed: Option<Value>,
    /// What shows that to others.
    pub(crate) shown: Option<Arc<Shown>>,
    /// The requests that show it.
    pub(crate) witness: Option<Value>,
    /// Why it was not decided.
    pub(crate) reason: Option<Value>,
    /// By whom and why a violation is accepted.
    pub(crate) accepted: Option<Value>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct CertificateObject<'a> {
    format: &'static str,
    question: &'a str,
    kind: &'a str,
    asked: &'a str,
    #[cfg_attr(test, schemars(with = "crate::output::schemas::VerdictWord"))]
    verdict: VerdictWord,
    says: &'a str,
    scope: &'static str,
    principals: Vec<&'a str>,
    /// The run that found it.
    run: &'a str,
    tables: &'a [String],
    as_of: Option<&'a str>,
    assumptions: &'a [String],
    not_covered: &'a [String],
    missing: Vec<MissingObject<'a>>,
    #[serde(skip_serializing_if = "<[Value]>::is_empty")]
    rests_on: &'a [Value],
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    claims: &'a BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<&'a Value>,
    /// SHA-256 of the closed set of facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_set: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    /// SHA-256 of the list of inputs, tables and the version.
    basis: &'a str,
    trusted_base: &'static [&'static str],
}

/// What whoever relies on a proof has to trust besides the kernel.
const TRUSTED_FOR_PROOFS: &[&str] = &[
    "the reader of policies and exports: that it reads the inputs as AWS does",
    "the catalogue of AWS's actions, resource types and condition keys",
    "the texts of AWS's managed policies, and the models with their prices: those of `tables`",
    "the world: which policies decide for which principal",
    "the encoder: that its claims say what the policies, as semantics.md of the documentation reads AWS's rules, do not allow",
    "the kernel, which checked every proof; of the solvers nothing is trusted",
];

/// The same of a request that shows a violation.
const TRUSTED_FOR_REQUESTS: &[&str] = &[
    "the reader of policies and exports: that it reads the inputs as AWS does",
    "the catalogue of AWS's actions, resource types and condition keys",
    "the texts of AWS's managed policies, and the models with their prices: those of `tables`",
    "the world: which policies decide for which principal",
    "the evaluator, which decided the requests as shown; of the solvers and the encoder nothing is trusted",
];

/// The same of what was neither shown nor excluded.
const TRUSTED_FOR_REASONS: &[&str] = &[
    "whoever made this: that it stays open, and why, is what the search said, and nothing checks that; a proof or a request may exist",
];

/// What stands in all certificates of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    /// The command with its arguments.
    pub(crate) run: &'a str,
    /// The tables about AWS, in words.
    pub(crate) tables: &'a [String],
    /// The earliest instant of a request.
    pub(crate) as_of: Option<&'a str>,
    /// How much of the proofs others can check.
    pub(crate) level: Level,
    /// SHA-256 of what the run went by: inputs, tables and the version.
    pub(crate) basis: &'a str,
}

/// What is found of all principals of a class, with the closed set of facts that shows it, and who they are.
type Class<'a> = (&'a Finding, Option<&'a String>, Vec<&'a str>);

/// The certificates of `findings` by their names, one for all of whom the same holds for the same reasons, and the closed sets of
/// facts with the list of their words.
pub(crate) fn files(findings: &[Finding], around: Around<'_>) -> BTreeMap<String, Vec<u8>> {
    let shown: Vec<Arc<Shown>> =
        findings.iter().filter_map(|finding| finding.grounds.shown.clone()).collect();
    let closed = closed_files(&shown);
    let mut names = closed.of.iter();
    let closed_sets: Vec<Option<&String>> =
        findings.iter().map(|finding| finding.grounds.shown.as_ref().and_then(|_| names.next())).collect();
    let mut classes: BTreeMap<(usize, String), Class<'_>> = BTreeMap::new();
    let mut questions: Vec<&str> = Vec::new();
    for (finding, closed_set) in findings.iter().zip(closed_sets) {
        let place =
            questions.iter().position(|question| *question == finding.question).unwrap_or_else(|| {
                questions.push(&finding.question);
                questions.len() - 1
            });
        let alike = file((finding, closed_set), &[], around);
        let class =
            classes.entry((place, digest(&alike))).or_insert_with(|| (finding, closed_set, Vec::new()));
        class.2.push(&finding.principal);
    }
    let named = classes.into_values().map(|(finding, closed_set, principals)| {
        let bytes = file((finding, closed_set), &principals, around);
        let folder = match finding.verdict {
            VerdictWord::Proved => "certificates",
            VerdictWord::Refuted => "refutations",
            VerdictWord::Inconclusive | VerdictWord::NotApplicable => "undecided",
        };
        let sha256 = digest(&bytes);
        let short = sha256.get(..16).unwrap_or(&sha256);
        (format!("{folder}/{}-{short}.json", plain(&finding.question)), bytes)
    });
    let sets = closed.files.iter().map(|(name, file)| (format!("{CLOSED_SETS}{name}.json"), file.clone()));
    let words = (!closed.files.is_empty()).then_some((WORDS.to_owned(), closed.words));
    named.chain(sets).chain(words).collect()
}

/// A name of a question that can be part of a file's name.
fn plain(question: &str) -> String {
    let kept = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    question.chars().take(60).map(|letter| if kept(letter) { letter } else { '-' }).collect()
}

fn file(
    (finding, closed_set): (&Finding, Option<&String>),
    principals: &[&str],
    around: Around<'_>,
) -> Vec<u8> {
    let Around { run, tables, as_of, level, basis } = around;
    let is_proof = finding.verdict == VerdictWord::Proved;
    pretty(&CertificateObject {
        format: FORMAT,
        question: &finding.question,
        kind: &finding.kind,
        asked: &finding.asked,
        verdict: finding.verdict,
        says: &finding.says,
        scope: finding.scope,
        principals: principals.to_vec(),
        run,
        tables,
        as_of,
        assumptions: &finding.assumptions,
        not_covered: &finding.not_covered,
        missing: finding.missing.iter().map(MissingObject::of).collect(),
        rests_on: &finding.grounds.rests_on,
        claims: &finding.grounds.claims,
        closed: finding.grounds.closed.as_ref(),
        closed_set: closed_set.map(String::as_str),
        witness: finding.grounds.witness.as_ref(),
        reason: finding.grounds.reason.as_ref(),
        accepted: finding.grounds.accepted.as_ref(),
        level: is_proof.then(|| level.name()),
        basis,
        trusted_base: match finding.verdict {
            VerdictWord::Proved => TRUSTED_FOR_PROOFS,
            VerdictWord::Refuted => TRUSTED_FOR_REQUESTS,
            VerdictWord::Inconclusive | VerdictWord::NotApplicable => TRUSTED_FOR_REASONS,
        },
    })
    .into_bytes()
}

/// The schema of certificates.
#[cfg(test)]
pub(crate) fn schema() -> schemars::Schema {
    crate::output::schemas::of::<CertificateObject<'_>>()
}

//! Scripts about a claim as a whole: its clauses as logic of Booleans, and with what the atoms mean.

use ringfence_kernel::{Atom, Claim, Literal};

use super::ScriptError;
use super::alphabet::Alphabet;
use super::atom::{Meaning, meaning, with_constants};
use super::declarations::{assert_all, declare};
use super::reading;
use super::scope::Scope;
use super::script::{Script, clause, symbol};

/// That Booleans make all clauses of the claim and all `lemmas` true.
pub fn skeleton(claim: &Claim, digest: &str, lemmas: &[Vec<Literal>]) -> Result<String, ScriptError> {
    let literals = claim.clauses.iter().chain(lemmas).flatten().copied();
    let scope = Scope::new(claim, literals, [])?;
    let mut script = Script::default();
    script.remark("The clauses of the claim and its lemmas cannot all be true.");
    for (variable, atom) in &scope.variables {
        if let Some(atom) = atom {
            script.remark(&format!("{}: {}", symbol(*variable), in_words(atom)));
        }
        script.declare(&symbol(*variable), "Bool");
    }
    assert_clauses(&mut script, "clause", &claim.clauses);
    assert_clauses(&mut script, "lemma", lemmas);
    Ok(script.finish(digest))
}

/// That a request makes all clauses of `claim` true; and whether everything is said that the claim says.
pub fn direct(claim: &Claim, digest: &str) -> Result<(String, bool), ScriptError> {
    let all = 0..u32::try_from(claim.attributes.len()).unwrap_or(u32::MAX);
    let scope = Scope::new(claim, claim.clauses.iter().flatten().copied(), all)?;
    let alphabet = Alphabet::new(claim)?;
    let mut script = Script::default();
    let mut is_exact = scope.readings.is_empty();
    script.remark("No request makes all clauses of the claim true.");
    declare(&scope, &alphabet, &mut script)?;
    for (variable, atom) in &scope.variables {
        let symbol = symbol(*variable);
        let Some(atom) = atom else {
            script.declare(&symbol, "Bool");
            continue;
        };
        script.remark(&format!("{symbol}: {}", in_words(atom)));
        match meaning(&scope, &alphabet, *variable, atom)? {
            Meaning::Free => script.declare(&symbol, "Bool"),
            Meaning::Exactly(term) => {
                script.define(&symbol, "() Bool", &term);
                let facts = reading::fact_of_atom(&scope, &alphabet, atom, &symbol);
                assert_all(&mut script, &format!("fact-{variable}"), facts);
            }
            Meaning::OnlyIf { term, gaps } => {
                is_exact = false;
                script.declare(&symbol, "Bool");
                for gap in &gaps {
                    script.declare(gap, "String");
                }
                script.assert(&format!("meaning-{variable}"), &format!("(=> {symbol} {term})"));
                let cases = known_cases(&scope, &alphabet, atom);
                let said = cases
                    .into_iter()
                    .map(|(condition, term)| format!("(=> {condition} (= {symbol} {term}))"));
                assert_all(&mut script, &format!("case-{variable}"), said.collect());
            }
        }
    }
    assert_clauses(&mut script, "clause", &claim.clauses);
    Ok((script.finish(digest), is_exact))
}

/// See [`with_constants`].
fn known_cases(scope: &Scope<'_>, alphabet: &Alphabet, atom: &Atom) -> Vec<(String, String)> {
    let Atom::Template { attribute, parts, ignore_case, form } = atom else { return Vec::new() };
    with_constants(scope, alphabet, *attribute, (parts, *ignore_case, *form))
}

fn assert_clauses(script: &mut Script, name: &str, clauses: &[Vec<Literal>]) {
    for (number, literals) in clauses.iter().enumerate() {
        script.assert(&format!("{name}-{number}"), &clause(literals));
    }
}

/// The atom as the proof writes it.
fn in_words(atom: &Atom) -> String {
    serde_json::to_string(atom).unwrap_or_default()
}

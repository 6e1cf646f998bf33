//! The symbols of a script, and what is true of them in every request.

use ringfence_kernel::{Atom, Domain};

use super::ScriptError;
use super::alphabet::Alphabet;
use super::atom::{Meaning, meaning, text};
use super::scope::Scope;
use super::script::Script;
use super::{language, reading};

/// Declares the texts, readings and languages of a scope, and says what is true of all of them.
pub(super) fn declare(
    scope: &Scope<'_>,
    alphabet: &Alphabet,
    script: &mut Script,
) -> Result<(), ScriptError> {
    for (number, attribute) in &scope.attributes {
        script.remark(&format!("{}: {}", text(*number), attribute.name));
    }
    for attribute in &scope.texts {
        script.declare(&text(*attribute), "String");
    }
    for (attribute, kind) in &scope.readings {
        for (symbol, sort) in reading::symbols(*attribute, *kind) {
            script.declare(&symbol, sort);
        }
    }
    for (number, language) in scope.languages() {
        if language::single_text(language).is_none() {
            let body = language::membership("text", language, alphabet);
            script.define(&format!("language-{number}"), "((text String)) Bool", &body);
        }
    }
    for (number, attribute) in &scope.attributes {
        let domain = match attribute.domain {
            Domain::Any => continue,
            Domain::Language(language) => {
                let atom = Atom::Matches(*number, language);
                match meaning(scope, alphabet, 0, &atom)? {
                    Meaning::Exactly(term) => term,
                    Meaning::Free | Meaning::OnlyIf { .. } => continue,
                }
            }
            Domain::Reads(kind) => reading::reads(*number, kind),
        };
        script.assert(&format!("domain-{number}"), &domain);
    }
    assert_all(script, "reading", reading::facts(scope, alphabet));
    Ok(())
}

/// Asserts terms under a name and their number.
pub(super) fn assert_all(script: &mut Script, name: &str, terms: Vec<String>) {
    for (number, term) in terms.into_iter().enumerate() {
        script.assert(&format!("{name}-{number}"), &term);
    }
}

//! Patterns of each form, each with texts that match beside near-copies that do not.

use super::instantiate;
use crate::automaton::Automaton;
use crate::claim::{TemplateForm, TemplatePart};
use crate::language::{Language, Part};

fn pattern(text: &str) -> TemplatePart {
    TemplatePart::Pattern(text.to_owned())
}

fn literal(text: &str) -> TemplatePart {
    TemplatePart::Literal(text.to_owned())
}

/// Attribute 1 is the text `x*`, 2 is `a:b:c`, 3 is `y` or `z`; of others nothing is known.
fn value(attribute: u32) -> Option<Language> {
    match attribute {
        1 => Some(Language::exactly("x*")),
        2 => Some(Language { parts: vec![Part::Alternatives(vec!["a:b:c".to_owned()])] }),
        3 => Some(Language { parts: vec![Part::Alternatives(vec!["y".to_owned(), "z".to_owned()])] }),
        _ => None,
    }
}

fn assert_texts(parts: &[TemplatePart], ignore_case: bool, form: TemplateForm, yes: &[&str], no: &[&str]) {
    let language = instantiate(parts, ignore_case, form, value).unwrap();
    let mut automaton = Automaton::new(&language);
    for (texts, matches) in [(yes, true), (no, false)] {
        for text in texts {
            assert_eq!(automaton.accepts(text), matches, "{text} and {parts:?}, {form:?}");
        }
    }
}

#[test]
fn wildcards_are_wild_in_patterns_alone() {
    let form = TemplateForm::Pattern;
    assert_texts(&[pattern("a*b")], false, form, &["ab", "a*b", "a:/\n:b"], &["a", "b", "abc", "Ab"]);
    assert_texts(&[pattern("a?b")], false, form, &["a?b", "a:b", "aéb"], &["ab", "axyb", "a"]);
    assert_texts(&[pattern("?")], false, form, &["\0", "\u{10FFFF}", "*"], &["", "ab"]);
    assert_texts(&[literal("a*?b")], false, form, &["a*?b"], &["ab", "axb", "axxb", "a*xb"]);
    assert_texts(&[pattern("a*?b")], false, TemplateForm::Text, &["a*?b"], &["ab", "axb", "axxb", "a*xb"]);
    assert_texts(&[], false, form, &[""], &["a"]);
}

#[test]
fn values_are_literal() {
    for form in [TemplateForm::Text, TemplateForm::Pattern] {
        let parts = [literal("/"), TemplatePart::Value(1), literal("/")];
        assert_texts(&parts, false, form, &["/x*/"], &["/x/", "/xy/", "/X*/", "//"]);
        // One of several texts.
        let parts = [literal("/"), TemplatePart::Value(3), literal("/")];
        assert_texts(&parts, false, form, &["/y/", "/z/"], &["/x/", "/Y/", "/yz/", "//"]);
        let unknown = [literal("/"), TemplatePart::Value(9)];
        assert_eq!(instantiate(&unknown, false, form, value), None);
    }
}

#[test]
fn letter_case_counts_unless_it_is_ignored() {
    for form in [TemplateForm::Text, TemplateForm::Pattern] {
        let parts = [literal("Aé1_"), TemplatePart::Value(1)];
        assert_texts(&parts, false, form, &["Aé1_x*"], &["aé1_x*", "Aé1_X*", "AÉ1_x*"]);
        // Of ASCII letters, and of nothing else.
        let both = ["Aé1_x*", "aé1_X*"];
        assert_texts(&parts, true, form, &both, &["AÉ1_x*", "Bé1_x*", "Aé1\u{7f}x*", "Aé\u{11}_x*"]);
        // Of a value that may be several texts nothing is kept, since its own letters have a case.
        let parts = [literal("a"), TemplatePart::Value(3), literal("b")];
        assert_texts(&parts, true, form, &["aYB", "AzB", "AyyB"], &["ay", "bzb"]);
        assert_texts(&parts, false, form, &["ayb", "azb"], &["aYb", "ayyb", "Ayb", "ab"]);
    }
    // An ARN is compared as it is written.
    let parts = [literal("a:b:c:d:e:f"), TemplatePart::Value(1), TemplatePart::Value(3)];
    let no = ["A:b:c:d:e:fx*y", "a:b:c:d:e:Fx*y", "a:b:c:d:e:fX*y", "a:b:c:d:e:fx*Y", "a:b:c:d:e:fx*yy"];
    assert_texts(&parts, true, TemplateForm::Arn, &["a:b:c:d:e:fx*y", "a:b:c:d:e:fx*z"], &no);
}

#[test]
fn wildcards_of_an_arn_pass_no_colon_before_the_fifth() {
    let form = TemplateForm::Arn;
    let no = ["a:b:c:d:f", "a:b:c:x:d:e:f", "a:b:c:d:e", "a:bc:d:e:f"];
    assert_texts(&[pattern("a:*:c:d:e:f")], false, form, &["a:b:c:d:e:f", "a::c:d:e:f", "a:/?:c:d:e:f"], &no);
    assert_texts(&[pattern("a:?:c:d:e:f")], false, form, &["a:b:c:d:e:f"], &["a:::c:d:e:f", "a::c:d:e:f"]);
    assert_texts(&[pattern("a:b:c:d:*:f")], false, form, &["a:b:c:d:9;:f", "a:b:c:d::f"], &["a:b:c:d:e:g:f"]);
    // After it they do.
    let yes = ["a:b:c:d:e:", "a:b:c:d:e:f", "a:b:c:d:e:f:g:h"];
    assert_texts(&[pattern("a:b:c:d:e:*")], false, form, &yes, &["a:b:c:d:e", "a:b:c:d:x:"]);
    assert_texts(
        &[pattern("a:b:c:d:e:?g")],
        false,
        form,
        &["a:b:c:d:e::g", "a:b:c:d:e:fg"],
        &["a:b:c:d:e:g"],
    );
    let yes = ["a:b:c:d:e:f:/", "a:b:c:d:e:f::x/"];
    assert_texts(&[pattern("a:b:c:d:e:f:*/")], false, form, &yes, &["a:b:c:d:e:f/", "a:b:c:d:e:x:f:/"]);
}

#[test]
fn what_has_fewer_than_five_colons_is_no_arn() {
    let form = TemplateForm::Arn;
    assert_texts(&[pattern("*")], false, form, &[], &["", "*", "a:b:c:d:e:f"]);
    assert_texts(&[pattern("a:b:c:d:e")], false, form, &[], &["a:b:c:d:e", "a:b:c:d:e:f"]);
    assert_texts(&[pattern("a:b:c:d:e:f")], false, form, &["a:b:c:d:e:f"], &["a:b:c:d:e"]);
    assert_texts(&[pattern("a:b:c:d:e:f:g")], false, form, &["a:b:c:d:e:f:g"], &["a:b:c:d:e:f"]);
    // The same text is one as a plain pattern.
    assert_texts(&[pattern("a:b:c:d:e")], false, TemplateForm::Pattern, &["a:b:c:d:e"], &["a:b:c:d:e:f"]);
    // Colons count wherever they come from: two of the value, and one before it.
    let parts = |end: &str| [literal("p:"), TemplatePart::Value(2), pattern(end)];
    assert_texts(&parts(":*:*"), false, form, &["p:a:b:c:d:e", "p:a:b:c:d:e:f"], &["p:a:b:c:d"]);
    assert_texts(&parts(":*"), false, form, &[], &["p:a:b:c:d", "p:a:b:c:d:e"]);
    // A value that may be several texts may hold any number of them.
    let parts = [pattern("*:"), TemplatePart::Value(3), pattern("*")];
    assert_texts(&parts, false, form, &["a:y", "a:z:b:c"], &["a:b:y", "a:x", "y"]);
}

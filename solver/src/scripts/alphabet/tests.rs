use ringfence_kernel::Domain;

use super::*;

fn claim(languages: Vec<Language>) -> Claim {
    Claim {
        format: Claim::FORMAT.to_owned(),
        languages,
        attributes: vec![ringfence_kernel::Attribute { name: String::new(), domain: Domain::Any }],
        atoms: Vec::new(),
        variables: 0,
        clauses: Vec::new(),
    }
}

fn text(text: &str) -> Language {
    Language { parts: vec![Part::Text(text.to_owned())] }
}

#[test]
fn texts_are_escaped_where_they_could_be_read_otherwise() {
    let alphabet = Alphabet::new(&claim(Vec::new())).unwrap();
    for (text, quoted) in [
        ("a b", "\"a b\""),
        ("\"", "\"\"\"\""),
        ("\\u{41}", "\"\\u{5c}u{41}\""),
        ("\n\u{e9}\u{2ffff}", "\"\\u{a}\\u{e9}\\u{2ffff}\""),
    ] {
        assert_eq!(alphabet.quoted(text), quoted);
    }
    assert_eq!(remark("a\n(exit)\u{85}"), "a\\u{a}(exit)\\u{85}");
}

#[test]
fn ranges_end_where_the_characters_do() {
    let alphabet = Alphabet::new(&claim(vec![text("a")])).unwrap();
    assert!(Alphabet::is_all(&alphabet.ranges(&[(0, LAST)])));
    assert_eq!(alphabet.ranges(&[(98, LAST), (0, 96)]), [(0, 96), (98, END)]);
}

#[test]
fn characters_past_the_end_are_renamed_apart() {
    let alphabet = Alphabet::new(&claim(vec![text("a\u{e0041}"), text("\u{e0042}")])).unwrap();
    let first = alphabet.ranges(&[(0xE_0041, 0xE_0041)]);
    let second = alphabet.ranges(&[(0xE_0042, 0xE_0042)]);
    let rest = alphabet.ranges(&[(END + 1, 0xE_0040), (0xE_0043, LAST)]);
    let below = alphabet.ranges(&[(0, END)]);
    assert!(first.len() == 1 && second.len() == 1 && first != second);
    // Together they are all characters, each once.
    let mut all: Vec<(u32, u32)> = [first, second, rest, below].concat();
    all.sort_unstable();
    let count: u32 = all.iter().map(|(low, high)| high - low + 1).sum();
    assert_eq!(count, END + 1);
    assert!(Alphabet::is_all(&alphabet.ranges(&[(0, LAST)])));
    let written = alphabet.quoted("\u{e0041}");
    assert!(written.starts_with("\"\\u{") && written.len() == 9, "{written}");
}

#[test]
fn a_claim_that_tells_too_many_apart_has_none() {
    let many: String = (0x3_0000..0x8_0000).step_by(2).filter_map(char::from_u32).collect();
    assert_eq!(Alphabet::new(&claim(vec![text(&many)])).err(), Some(ScriptError::Characters));
}

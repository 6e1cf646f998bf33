//! The HTML report in headless Chromium: it fetches nothing, complains of nothing, works without scripts, and names stay names.

use std::path::Path;

use serde_json::{Value, json};

use super::harness::corpus;
use super::outputs::{acme, hostile, hostile_run, list, python, report, text};

/// What a browser does with the page in `file`, with screenshots beside the program's own files.
fn browse(file: &Path, name: &str) -> Value {
    let folder = corpus("../target/html").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    // A browser goes by the ending.
    let page = folder.join("report.html");
    std::fs::copy(file, &page).unwrap();
    let found = python(&["browser.py", page.to_str().unwrap(), folder.to_str().unwrap()]);
    serde_json::from_str(&found).unwrap()
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// Nothing is fetched, said, raised or asked, and all that the page holds is its own.
fn is_quiet(seen: &Value) {
    for name in ["requests", "console", "errors", "dialogs", "broken"] {
        assert_eq!(seen.get(name), Some(&json!([])), "{name}");
    }
    for name in ["foreign", "handlers", "links"] {
        assert_eq!(number(seen, name), 0, "{name}");
    }
    assert_eq!(number(seen, "scripts"), 1);
}

#[test]
fn the_report_works_offline_in_light_and_dark_and_without_scripts() {
    let folder = acme();
    let looks = browse(&folder.path().join("html"), "acme");
    for name in ["light", "dark", "without"] {
        is_quiet(&looks[name]);
        assert_eq!(looks[name]["opened"], json!(true), "a path is shown where it is opened");
    }
    let light = &looks["light"];
    assert_eq!(light["filter"], json!(true));
    assert!(number(light, "unrefuted") < number(light, "all"), "a click leaves findings out");
    assert_eq!(number(light, "none"), 0);
    assert_eq!(number(light, "again"), number(light, "all"));
    assert_eq!(light["step"], json!(true), "an arrow leads to the statements of its step");
    assert_eq!(looks["without"]["filter"], json!(false), "no control that does nothing");
    assert_eq!(number(&looks["without"], "all"), number(light, "all"));
    let log: Value = serde_json::from_str(&folder.read("sarif")).unwrap();
    let results = list(&log, "/runs/0/results");
    assert_eq!(number(light, "all"), u64::try_from(results.len()).unwrap());
    let paths = results.iter().filter(|result| result.get("codeFlows").is_some()).count();
    assert_eq!(number(light, "pictures"), u64::try_from(paths).unwrap());
}

#[test]
fn hostile_names_do_not_run() {
    let folder = hostile();
    assert_eq!(hostile_run(&folder).code, 1);
    let looks = browse(&folder.path().join("html"), "hostile");
    for name in ["light", "dark", "without"] {
        is_quiet(&looks[name]);
    }
    assert_eq!(number(&looks["light"], "all"), 2);
}

#[test]
fn the_page_says_all_that_the_report_does() {
    let folder = acme();
    let (page, report) = (folder.read("html"), report(folder));
    let shown = |text: &str| {
        let escaped = text
            .replace('&', "&#38;")
            .replace('<', "&#60;")
            .replace('>', "&#62;")
            .replace('"', "&#34;")
            .replace('\'', "&#39;");
        assert!(page.contains(&escaped), "the page does not say: {text}");
    };
    for guardrail in list(&report, "/guardrails") {
        shown(text(guardrail, "/id"));
        for name in ["assumptions", "notCovered"] {
            for said in list(guardrail, &format!("/{name}")) {
                shown(said.as_str().unwrap());
            }
        }
        for violation in list(guardrail, "/violations").iter().chain(list(guardrail, "/accepted")) {
            shown(text(violation, "/principal"));
        }
    }
    for indicator in list(&report, "/summary/indicators") {
        shown(text(indicator, "/text"));
        let of = format!("<strong>{}</strong> of {}", indicator["numerator"], indicator["denominator"]);
        assert!(page.contains(&of), "{of}");
    }
    for suppression in list(&report, "/suppressions") {
        shown(text(suppression, "/principal"));
        shown(text(suppression, "/reason"));
    }
    let models = report.pointer("/tables/2/date").unwrap().as_str().unwrap();
    assert!(page.contains(&format!("as of {models}")), "prices have a date");
    assert!(page.contains("no price known"), "a model without a price is not free");
    assert!(page.contains("What was not modelled"));
    assert!(
        !page.contains("http://")
            || page.matches("http://").count() == page.matches("http://www.w3.org/2000/svg").count()
    );
}

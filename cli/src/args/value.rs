//! Values of options with a form of their own.

use std::path::PathBuf;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use ringfence_model::arn::AccountId;
use ringfence_model::open_point::{OpenPoint, PointKind, Reading};
use ringfence_model::request::Decision;
use ringfence_solver::check::Shard;
use serde::{Deserialize, Serialize};

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A form that each command with findings has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FindingsFormat {
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for pipelines that show tests.
    Junit,
    /// A comment for a pull request.
    Markdown,
    /// Annotations of GitHub Actions.
    Github,
    /// A table.
    Csv,
    /// OSCAL assessment results.
    Oscal,
}

impl FindingsFormat {
    fn named(text: &str) -> Option<Self> {
        match text {
            "sarif" => Some(Self::Sarif),
            "junit" => Some(Self::Junit),
            "markdown" => Some(Self::Markdown),
            "github" => Some(Self::Github),
            "csv" => Some(Self::Csv),
            "oscal" => Some(Self::Oscal),
            _ => None,
        }
    }
}

/// A form of the report of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// A page for a browser.
    Html,
    /// What other programs read.
    Findings(FindingsFormat),
}

/// A form of what `boundary` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DesignFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// What other programs read.
    Findings(FindingsFormat),
}

/// A form of what `paths` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathsFormat {
    /// What other programs read.
    Findings(FindingsFormat),
    /// For people.
    Text,
    /// For programs.
    Json,
    /// A graph for Graphviz.
    Dot,
    /// A graph for Mermaid.
    Mermaid,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("`{text}` is no output format; there are text and json")),
        }
    }
}

impl FromStr for ReportFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "html" => Ok(Self::Html),
            _ => FindingsFormat::named(text).map(Self::Findings).ok_or_else(|| {
                format!("`{text}` is no output format; there are text, json, html, {FINDINGS}")
            }),
        }
    }
}

impl FromStr for DesignFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => FindingsFormat::named(text)
                .map(Self::Findings)
                .ok_or_else(|| format!("`{text}` is no output format; there are text, json, {FINDINGS}")),
        }
    }
}

const FINDINGS: &str = "sarif, junit, markdown, github, csv and oscal";

impl FromStr for PathsFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "dot" => Ok(Self::Dot),
            "mermaid" => Ok(Self::Mermaid),
            _ => FindingsFormat::named(text).map(Self::Findings).ok_or_else(|| {
                format!("`{text}` is no output format; there are text, json, dot, mermaid, {FINDINGS}")
            }),
        }
    }
}

/// `text`, `json=report.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutputTarget<F = Format> {
    /// The form.
    pub(crate) format: F,
    /// The file; none for standard output.
    pub(crate) file: Option<PathBuf>,
}

impl<F: FromStr<Err = String>> FromStr for OutputTarget<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing after `=`".to_owned()),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        Ok(Self { format: format.parse()?, file })
    }
}

/// `F17=lower`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct PinnedPoint {
    /// The point.
    pub(crate) point: OpenPoint,
    /// How it is read.
    pub(crate) reading: Reading,
}

impl FromStr for PinnedPoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (point, reading) = text.split_once('=').ok_or("write POINT=READING, such as F17=lower")?;
        Ok(Self { point: open_point(point)?, reading: self::reading(reading)? })
    }
}

impl TryFrom<String> for PinnedPoint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PinnedPoint> for String {
    fn from(pinned: PinnedPoint) -> Self {
        format!("{}={}", pinned.point, reading_name(pinned.reading))
    }
}

/// How `reading` is written.
pub(crate) fn reading_name(reading: Reading) -> &'static str {
    match reading {
        Reading::Evaluator => "evaluator",
        Reading::Lower => "lower",
        Reading::Upper => "upper",
    }
}

/// The point that `text` names, if it is one that can be read in more than one way.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn open_point(text: &str) -> Result<OpenPoint, String> {
    let point = text
        .strip_prefix('F')
        .filter(|digits| !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .filter(|number| (1..=51).contains(number))
        .map(OpenPoint)
        .ok_or_else(|| format!("`{text}` is no open point; they are F1 to F51"))?;
    match point.kind() {
        PointKind::Atom | PointKind::Choice => Ok(point),
        PointKind::FreeAttribute => {
            Err(format!("{point} leaves the value of a key free, so there are no readings to choose from"))
        }
        PointKind::Assumption => {
            Err(format!("{point} is a stated assumption, so there are no readings to choose from"))
        }
        PointKind::InputError => Err(format!("{point} is an error in the input, whatever is assumed")),
    }
}

/// The reading called `text`.
///
/// # Errors
/// A sentence that names all of them.
pub(crate) fn reading(text: &str) -> Result<Reading, String> {
    match text {
        "evaluator" => Ok(Reading::Evaluator),
        "lower" => Ok(Reading::Lower),
        "upper" => Ok(Reading::Upper),
        _ => Err(format!("`{text}` is no reading; there are evaluator, lower and upper")),
    }
}

/// `KEY=VALUE` of a request's context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContextEntry {
    /// The key.
    pub(crate) key: String,
    /// The value.
    pub(crate) value: String,
}

impl FromStr for ContextEntry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if key.contains(':') => {
                Ok(Self { key: key.to_owned(), value: value.to_owned() })
            }
            _ => Err("write KEY=VALUE, such as aws:RequestedRegion=us-east-1".to_owned()),
        }
    }
}

/// A decision that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExpectedDecision(pub(crate) Decision);

impl FromStr for ExpectedDecision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Decision::Allow, Decision::ExplicitDeny, Decision::ImplicitDeny]
            .into_iter()
            .find(|decision| decision.to_string().eq_ignore_ascii_case(text))
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no decision; there are Allow, ExplicitDeny and ImplicitDeny"))
    }
}

/// An instant, or the start of a day in UTC.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| day().map(|day| day.timestamp()))
        .ok_or_else(|| "write an instant such as 2026-10-31T00:00:00Z, or a day".to_owned())
}

/// An account id.
pub(super) fn account(text: &str) -> Result<AccountId, String> {
    AccountId::parse(text).ok_or_else(|| "an account id has twelve digits".to_owned())
}

/// A line of text that says something.
pub(super) fn line(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.contains(char::is_control) {
        return Err("write one line of text".to_owned());
    }
    Ok(text.to_owned())
}

/// `2/8`: the second of eight parts.
pub(crate) fn shard(text: &str) -> Result<Shard, String> {
    let malformed = || format!("`{text}` names no part: write 2/8 for the second of eight");
    let (index, of) = text.split_once('/').ok_or_else(malformed)?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(index) || !digits(of) {
        return Err(malformed());
    }
    match (index.parse::<usize>(), of.parse::<usize>()) {
        (Ok(index), Ok(of)) => Shard::new(index, of)
            .ok_or_else(|| format!("there is no part {index} of {of}: they are counted from 1")),
        (_, _) => Err(malformed()),
    }
}

#[cfg(test)]
mod tests {
    use super::{OutputTarget, PinnedPoint, instant};

    #[test]
    fn points_that_cannot_be_chosen_are_refused() {
        assert!("F17=lower".parse::<PinnedPoint>().is_ok());
        assert!("F1=evaluator".parse::<PinnedPoint>().is_ok());
        for wrong in [
            "F17",
            "F0=lower",
            "F52=lower",
            "F07=lower",
            "17=lower",
            "F17=maybe",
            "F50=lower",
            "F3=upper",
            "F22=upper",
        ] {
            assert!(wrong.parse::<PinnedPoint>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_output_has_a_known_format_and_perhaps_a_file() {
        assert_eq!("json=a=b".parse::<OutputTarget>().unwrap().file.unwrap().to_str(), Some("a=b"));
        assert!("json=".parse::<OutputTarget>().is_err());
        assert!("yaml".parse::<OutputTarget>().is_err());
    }

    #[test]
    fn an_instant_may_be_a_day() {
        assert_eq!(instant("2026-10-31").unwrap(), instant("2026-10-31T00:00:00Z").unwrap());
        assert!(instant("yesterday").is_err());
    }
}

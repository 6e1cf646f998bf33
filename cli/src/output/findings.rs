//! Findings in the formats that other programs read.

mod csv;
mod github;
mod junit;
mod markdown;
mod oscal;
mod place;
mod sarif;

use crate::args::FindingsFormat;
use crate::findings::Findings;

pub(crate) use github::write_summary;
pub(crate) use markdown::markdown;

/// `findings` in `format`.
pub(crate) fn render(findings: &Findings, format: FindingsFormat) -> String {
    match format {
        FindingsFormat::Sarif => sarif::sarif(findings),
        FindingsFormat::Junit => junit::junit(findings),
        FindingsFormat::Markdown => markdown::markdown(findings),
        FindingsFormat::Github => github::github(findings),
        FindingsFormat::Csv => csv::csv(findings),
        FindingsFormat::Oscal => oscal::oscal(findings),
    }
}

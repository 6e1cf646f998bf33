//! Where the errors and warnings of one document gather.

use std::sync::Arc;

use crate::json::{Json, Member};
use crate::location::{InputError, InputWarning, Location};

/// A line and a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    line: u32,
    column: u32,
}

impl From<&Json> for Place {
    fn from(json: &Json) -> Self {
        Self { line: json.line, column: json.column }
    }
}

impl From<&Member> for Place {
    fn from(member: &Member) -> Self {
        Self { line: member.line, column: member.column }
    }
}

/// The errors and warnings of one document, and the statement that is being read.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    file: &'a Arc<str>,
    statement: Option<usize>,
    sid: Option<String>,
    errors: Vec<InputError>,
    warnings: Vec<InputWarning>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(file: &'a Arc<str>) -> Self {
        Self { file, statement: None, sid: None, errors: Vec::new(), warnings: Vec::new() }
    }

    /// From here on findings belong to this statement.
    pub(super) fn enter_statement(&mut self, index: usize, sid: Option<&str>) {
        self.statement = Some(index);
        self.sid = sid.map(str::to_owned);
    }

    /// From here on findings belong to the document.
    pub(super) fn leave_statement(&mut self) {
        self.statement = None;
        self.sid = None;
    }

    pub(super) fn location(&self, place: impl Into<Place>) -> Location {
        let place = place.into();
        Location::new(self.file, place.line, place.column)
    }

    pub(super) fn error(&mut self, place: impl Into<Place>, message: &str, help: &str) {
        let finding = self.finding(place.into(), message, help);
        self.errors.push(finding);
    }

    pub(super) fn warning(&mut self, place: impl Into<Place>, message: &str, help: &str) {
        let finding = self.finding(place.into(), message, help);
        self.warnings.push(finding);
    }

    pub(super) fn into_parts(self) -> (Vec<InputError>, Vec<InputWarning>) {
        (self.errors, self.warnings)
    }

    fn finding(&self, place: Place, message: &str, help: &str) -> InputError {
        let message = match &self.sid {
            Some(sid) => format!("{message}, in the statement with Sid `{sid}`"),
            None => message.to_owned(),
        };
        InputError {
            location: self.location(place),
            statement: self.statement,
            message,
            help: Some(help.to_owned()),
        }
    }
}

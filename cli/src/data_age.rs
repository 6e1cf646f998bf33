//! How old the tables about AWS are: what AWS added since is not asked about, and prices change in days.

use jiff::civil::Date;
use jiff::{Span, Unit};

use crate::command::CommandError;
use crate::input::Tables;

/// Tables that are older than so many days are warned about.
const DAYS: i64 = 90;

/// One sentence for each table that is older than [`DAYS`] on the day `today`.
///
/// # Errors
/// When one is older than `limit` days on that day or on the day `clock`, whichever is later, and when the date of one cannot be read, or is to come, while there is a limit: all of them.
pub(crate) fn remarks(
    tables: &Tables,
    (today, clock): (Date, Date),
    limit: Option<u32>,
) -> Result<Vec<String>, CommandError> {
    let dates = [
        ("the actions of the catalogue", tables.catalogue.get().source().date.as_str()),
        ("the AWS managed policies", tables.managed_policies.get().source().date.as_str()),
        ("the prices", tables.models.get().date.as_str()),
    ];
    // A day in the past shall not make old tables young.
    let today = if limit.is_some() { today.max(clock) } else { today };
    let mut remarks = Vec::new();
    let mut refused = Vec::new();
    for (name, date) in dates {
        let age = date.parse::<Date>().ok().and_then(|date| days(date, today));
        match (age, limit) {
            (Some(age), Some(limit)) if age > i64::from(limit) => {
                refused.push(format!("{name} are of {date}, {age} days old"));
            }
            // One day more, for clocks of other time zones.
            (Some(age), Some(_)) if age < -1 => refused.push(format!("{name} are of {date}, a day to come")),
            (None, Some(_)) => refused.push(format!("{name} are of `{date}`, which is no date")),
            (Some(age), None) if age > DAYS => remarks.push(format!(
                "{name} are of {date}, {age} days old: what AWS added or changed since is not asked about"
            )),
            (Some(_) | None, _) => {}
        }
    }
    match limit {
        Some(limit) if !refused.is_empty() => Err(CommandError::usage(
            &format!("--max-data-age {limit}: {}", refused.join("; ")),
            "update Ringfence, or give newer tables with --catalogue, --managed-policies and --models",
        )),
        Some(_) | None => Ok(remarks),
    }
}

/// The days from `date` to `today`.
fn days(date: Date, today: Date) -> Option<i64> {
    let span: Span = date.until((Unit::Day, today)).ok()?;
    Some(i64::from(span.get_days()))
}

//! The automaton of instants that compare with a constant (semantics:C8): whole numbers of seconds, dates, and dates
//! with a time and an offset.
//!
//! Until the offset is read, the state holds which offsets would do. What nothing that follows can change is told
//! apart no longer: far from the constant a date is any date.

use std::cmp::Ordering;

use super::step::{Residual, Step};
use super::{Against, Edge, Orders, digit_edges};
use crate::decimal::Decimal;
use crate::text::days_from_civil;

const DAY: i64 = 86_400;
/// The greatest offset, in minutes and in seconds.
const OFFSET: i32 = 23 * 60 + 59;
const OFFSET_SECONDS: i64 = 60 * (23 * 60 + 59);
/// Digits of the longest whole number that is an instant.
const LONGEST: u8 = 18;

/// The constant in parts.
#[derive(Debug)]
pub(in crate::wildcard) struct Automaton {
    orders: Orders,
    /// Whole seconds, rounded down.
    seconds: i64,
    /// The digits of the rest, without zeros at the end.
    fraction: Vec<u8>,
    /// Every instant counts.
    all: bool,
}

/// What was read of an instant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::wildcard) enum State {
    /// A whole number, a date, or still both.
    Front {
        epoch: Option<Epoch>,
        date: Option<Date>,
    },
    /// A date and `T`, and some of hours and minutes.
    Hour(Local),
    HourDigit(Local, u8),
    AfterHour(Local),
    Minute(Local),
    MinuteDigit(Local),
    /// Hours and minutes.
    AfterMinute(Clock),
    Second(Clock),
    SecondDigit(Clock),
    AfterSecond(Clock),
    /// A point behind the seconds.
    Point(Clock),
    FractionDigits(Clock, usize),
    /// The offset: which minutes of it will do.
    Zone(Residual),
    ZoneDigit(Residual, u8),
    AfterZoneHour(Residual),
    ZoneMinute(Residual),
    ZoneMinuteDigit(Residual),
    /// Complete.
    End,
}

/// A whole number so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::wildcard) struct Epoch {
    negative: bool,
    length: u8,
    /// Digits behind leading zeros.
    count: u8,
    /// How they compare with as many of the constant's.
    digits: Ordering,
}

/// A date so far.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::wildcard) struct Date {
    text: String,
    /// The date counts whatever follows; `text` stands for all such dates that the same can follow.
    settled: bool,
}

/// Seconds of the constant that remain when those read so far are taken off; none if nothing that follows matters.
type Local = Option<i64>;

/// What is known when hours and minutes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::wildcard) enum Clock {
    /// Which offsets in minutes will do.
    Known(Residual),
    /// What is read of seconds is as in the constant; with this offset in minutes so is all the rest.
    Matched(i32),
}

impl Automaton {
    pub(in crate::wildcard) fn new(against: Option<&Against>) -> Self {
        let Some(Against { orders, constant }) = against else {
            let orders = Orders { less: true, equal: true, greater: true };
            return Self { orders, seconds: 0, fraction: Vec::new(), all: true };
        };
        let most = 4_000_000_000_000_000_000;
        let zero = Decimal::from_integer(0);
        let (seconds, fraction) = match constant.floor().filter(|seconds| -most < *seconds && *seconds < most)
        {
            Some(seconds) => {
                let rest = constant.plus(&Decimal::from_integer(-seconds)).to_string();
                let digits = rest.split_once('.').map_or("", |parts| parts.1);
                (seconds, digits.bytes().map(|byte| byte - b'0').collect())
            }
            // Past every text that is an instant.
            None => (if *constant < zero { -most } else { most }, Vec::new()),
        };
        Self { orders: *orders, seconds, fraction, all: false }
    }

    fn admits(&self, ordering: Ordering) -> bool {
        self.orders.admits(ordering)
    }

    /// How an instant of whole seconds compares.
    fn compare(&self, seconds: i64) -> Ordering {
        let behind = if self.fraction.is_empty() { Ordering::Equal } else { Ordering::Less };
        seconds.cmp(&self.seconds).then(behind)
    }

    /// Whether all instants from `first` to before `end` count, or none; nothing where they differ.
    fn all_of(&self, first: i64, end: i64) -> Option<bool> {
        if self.all || end <= self.seconds {
            Some(self.all || self.admits(Ordering::Less))
        } else if first > self.seconds {
            Some(self.admits(Ordering::Greater))
        } else {
            None
        }
    }

    pub(in crate::wildcard) fn start() -> State {
        let epoch = Epoch { negative: false, length: 0, count: 0, digits: Ordering::Equal };
        State::Front { epoch: Some(epoch), date: Some(Date { text: String::new(), settled: false }) }
    }

    pub(in crate::wildcard) fn is_accepting(&self, state: &State) -> bool {
        match state {
            State::Front { epoch, date } => {
                epoch.is_some_and(|epoch| self.is_epoch(epoch))
                    || date.as_ref().is_some_and(|date| self.is_date(date))
            }
            State::End => true,
            State::Hour(_)
            | State::HourDigit(..)
            | State::AfterHour(_)
            | State::Minute(_)
            | State::MinuteDigit(_)
            | State::AfterMinute(_)
            | State::Second(_)
            | State::SecondDigit(_)
            | State::AfterSecond(_)
            | State::Point(_)
            | State::FractionDigits(..)
            | State::Zone(_)
            | State::ZoneDigit(..)
            | State::AfterZoneHour(_)
            | State::ZoneMinute(_)
            | State::ZoneMinuteDigit(_) => false,
        }
    }

    pub(in crate::wildcard) fn edges(&self, state: &State) -> Vec<Edge<State>> {
        match state {
            State::Front { epoch, date } => self.front(*epoch, date.as_ref()),
            State::Hour(local) => digit_edges(|digit| {
                let local = self.left(*local, 36_000 * i64::from(digit), 36_000)?;
                (digit <= 2).then_some(State::HourDigit(local, digit))
            }),
            State::HourDigit(local, tens) => digit_edges(|digit| {
                let local = self.left(*local, 3_600 * i64::from(digit), 3_600)?;
                (tens * 10 + digit <= 23).then_some(State::AfterHour(local))
            }),
            State::AfterHour(local) => vec![(':', ':', State::Minute(*local))],
            State::Minute(local) => digit_edges(|digit| {
                let local = self.left(*local, 600 * i64::from(digit), 600)?;
                (digit <= 5).then_some(State::MinuteDigit(local))
            }),
            State::MinuteDigit(local) => digit_edges(|digit| {
                let local = self.left(*local, 60 * i64::from(digit), 60)?;
                Some(State::AfterMinute(local.map_or(Clock::Known(Residual::Always(true)), |seconds| {
                    Clock::Matched(i32::try_from(-seconds.div_euclid(60)).unwrap_or(i32::MAX))
                })))
            }),
            State::AfterMinute(clock) => {
                let mut edges = vec![(':', ':', State::Second(*clock))];
                let zero_seconds = if self.second() == 0 && self.fraction.is_empty() {
                    Ordering::Equal
                } else {
                    Ordering::Less
                };
                edges.extend(zone_edges(self.offsets(*clock, zero_seconds)));
                edges
            }
            State::Second(clock) => digit_edges(|digit| {
                let clock = self.compared(*clock, i64::from(digit).cmp(&(self.second() / 10)))?;
                (digit <= 5).then_some(State::SecondDigit(clock))
            }),
            State::SecondDigit(clock) => digit_edges(|digit| {
                self.compared(*clock, i64::from(digit).cmp(&(self.second() % 10))).map(State::AfterSecond)
            }),
            State::AfterSecond(clock) => {
                let mut edges = vec![('.', '.', State::Point(*clock))];
                let end = if self.fraction.is_empty() { Ordering::Equal } else { Ordering::Less };
                edges.extend(zone_edges(self.offsets(*clock, end)));
                edges
            }
            State::Point(clock) => self.fraction_digit(*clock, 0),
            State::FractionDigits(clock, place) => {
                let mut edges = self.fraction_digit(*clock, *place);
                let end = if *place >= self.fraction.len() { Ordering::Equal } else { Ordering::Less };
                edges.extend(zone_edges(self.offsets(*clock, end)));
                edges
            }
            State::Zone(residual) => digit_edges(|digit| {
                let first = 600 * i32::from(digit);
                let left = residual.within(first, (first + 599).min(OFFSET)).alive()?;
                (digit <= 2).then_some(State::ZoneDigit(left, digit))
            }),
            State::ZoneDigit(residual, tens) => digit_edges(|digit| {
                let hours = i32::from(*tens) * 10 + i32::from(digit);
                let left = residual.shifted(60 * hours).within(0, 59).alive()?;
                (hours <= 23).then_some(State::AfterZoneHour(left))
            }),
            State::AfterZoneHour(residual) => vec![(':', ':', State::ZoneMinute(*residual))],
            State::ZoneMinute(residual) => digit_edges(|digit| {
                let left = residual.shifted(10 * i32::from(digit)).within(0, 9).alive()?;
                (digit <= 5).then_some(State::ZoneMinuteDigit(left))
            }),
            State::ZoneMinuteDigit(residual) => {
                digit_edges(|digit| residual.admits(i32::from(digit)).then_some(State::End))
            }
            State::End => Vec::new(),
        }
    }

    /// The seconds of the constant within its minute.
    fn second(&self) -> i64 {
        self.seconds.rem_euclid(60)
    }

    /// What remains after `taken` seconds of local time, of which fewer than `span` may follow; none if none counts.
    fn left(&self, local: Local, taken: i64, span: i64) -> Option<Local> {
        let Some(before) = local else { return Some(None) };
        let left = before - taken;
        // As instants: those that may still come, if the constant is where `left` says.
        let first = self.seconds - left - OFFSET_SECONDS;
        match self.all_of(first, first + span + 2 * OFFSET_SECONDS) {
            Some(true) => Some(None),
            Some(false) => None,
            None => Some(Some(left)),
        }
    }

    /// Which offsets will do if what was read behind the minutes compares so with the constant's.
    fn offsets(&self, clock: Clock, rest: Ordering) -> Residual {
        match clock {
            Clock::Known(residual) => residual,
            // A greater offset is an earlier instant.
            Clock::Matched(at) => Residual::Step(Step {
                at,
                below: self.admits(Ordering::Greater),
                equal: self.admits(rest),
                above: self.admits(Ordering::Less),
            })
            .within(-OFFSET, OFFSET),
        }
    }

    fn compared(&self, clock: Clock, ordering: Ordering) -> Option<Clock> {
        match (clock, ordering) {
            (Clock::Known(_), _) | (Clock::Matched(_), Ordering::Equal) => Some(clock),
            (Clock::Matched(_), Ordering::Less | Ordering::Greater) => {
                self.offsets(clock, ordering).alive().map(Clock::Known)
            }
        }
    }

    fn fraction_digit(&self, clock: Clock, place: usize) -> Vec<Edge<State>> {
        digit_edges(|digit| {
            let clock = self.compared(clock, digit.cmp(&self.fraction.get(place).copied().unwrap_or(0)))?;
            let place =
                if matches!(clock, Clock::Known(_)) { 0 } else { (place + 1).min(self.fraction.len()) };
            Some(State::FractionDigits(clock, place))
        })
    }

    fn front(&self, epoch: Option<Epoch>, date: Option<&Date>) -> Vec<Edge<State>> {
        let state = |epoch: Option<Epoch>, date: Option<Date>| {
            (epoch.is_some() || date.is_some()).then_some(State::Front { epoch, date })
        };
        let mut edges = digit_edges(|digit| {
            state(
                epoch.and_then(|epoch| self.epoch_digit(epoch, digit)),
                date.and_then(|date| self.date_digit(date, digit)),
            )
        });
        let length = date.map_or(0, |date| date.text.len());
        if matches!(length, 4 | 7)
            && let Some(date) = date
        {
            let date = Date { text: format!("{}-", date.text), settled: date.settled };
            edges.extend(state(None, Some(date)).map(|state| ('-', '-', state)));
        }
        if let Some(epoch) = epoch.filter(|epoch| epoch.length == 0 && !epoch.negative) {
            let epoch = Epoch { negative: true, ..epoch };
            edges.extend(state(Some(epoch), None).map(|state| ('-', '-', state)));
        }
        if let Some(date) = date.filter(|_| length == 10) {
            let local = if date.settled { None } else { day(&date.text).map(|day| self.seconds - day * DAY) };
            edges.push(('T', 'T', State::Hour(local)));
        }
        edges
    }

    fn epoch_digit(&self, epoch: Epoch, digit: u8) -> Option<Epoch> {
        let Epoch { negative, length, count, digits } = epoch;
        if length == LONGEST {
            return None;
        }
        if count == 0 && digit == 0 {
            return Some(Epoch { length: length + 1, ..epoch });
        }
        let constant = self.seconds.unsigned_abs().to_string();
        let other = constant.as_bytes().get(usize::from(count)).map_or(0, |byte| byte - b'0');
        Some(Epoch { negative, length: length + 1, count: count + 1, digits: digits.then(digit.cmp(&other)) })
    }

    fn is_epoch(&self, epoch: Epoch) -> bool {
        let Epoch { negative, length, count, digits } = epoch;
        if length == 0 {
            return false;
        }
        if self.all {
            return true;
        }
        let constant = self.seconds.unsigned_abs();
        let digits_of_constant = if constant == 0 { 0 } else { constant.to_string().len() };
        let magnitude = usize::from(count).cmp(&digits_of_constant).then(digits);
        let whole = if count == 0 {
            0.cmp(&self.seconds)
        } else {
            match (negative, self.seconds < 0) {
                (false, false) => magnitude,
                (true, true) => magnitude.reverse(),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
            }
        };
        let behind = if self.fraction.is_empty() { Ordering::Equal } else { Ordering::Less };
        self.admits(whole.then(behind))
    }

    /// The date after one more digit; none if no date starts so, or none that counts.
    fn date_digit(&self, date: &Date, digit: u8) -> Option<Date> {
        if matches!(date.text.len(), 4 | 7) || date.text.len() >= 10 {
            return None;
        }
        let text = format!("{}{digit}", date.text);
        let (first, days) = days_from(&text)?;
        let settled = date.settled
            || match self.all_of(first * DAY - OFFSET_SECONDS, (first + days) * DAY + OFFSET_SECONDS) {
                Some(false) => return None,
                Some(true) => true,
                None => false,
            };
        Some(Date { text: if settled { stand_in(&text) } else { text }, settled })
    }

    fn is_date(&self, date: &Date) -> bool {
        match date.text.len() {
            7 | 10 => date.settled || day(&date.text).is_some_and(|day| self.admits(self.compare(day * DAY))),
            _ => false,
        }
    }
}

fn zone_edges(residual: Residual) -> Vec<Edge<State>> {
    let mut edges = Vec::new();
    for (sign, side) in [('+', residual), ('-', residual.negated())] {
        let left = side.within(0, OFFSET).alive();
        edges.extend(left.map(|left| (sign, sign, State::Zone(left))));
    }
    if residual.admits(0) {
        edges.push(('Z', 'Z', State::End));
    }
    edges
}

fn number(text: Option<&str>) -> Option<i64> {
    text?.parse().ok()
}

fn length_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day of a whole date, or the first of a whole month, since 1970-01-01.
fn day(text: &str) -> Option<i64> {
    let day = if text.len() == 10 { number(text.get(8..))? } else { 1 };
    Some(days_from_civil(number(text.get(..4))?, number(text.get(5..7))?, day))
}

/// The first day that a date which starts so can have, and how many days from there on may be others. None if no date
/// starts so.
fn days_from(text: &str) -> Option<(i64, i64)> {
    let length = text.len();
    if length < 7 {
        let years = text.get(..length.min(4))?;
        let missing = 4_usize.saturating_sub(years.len());
        let first = number(Some(&format!("{years}{}", "0".repeat(missing))))?;
        let last = number(Some(&format!("{years}{}", "9".repeat(missing))))?;
        if length == 6 && !text.ends_with(['0', '1']) {
            return None;
        }
        let start = days_from_civil(first, 1, 1);
        return Some((start, days_from_civil(last, 12, 31) - start + 1));
    }
    let (year, month) = (number(text.get(..4))?, number(text.get(5..7))?);
    if !(1..=12).contains(&month) {
        return None;
    }
    let most = length_of(year, month);
    match length {
        10 => {
            let number = number(text.get(8..))?;
            (1..=most).contains(&number).then_some((days_from_civil(year, month, number), 1))
        }
        9 if text.ends_with(['4', '5', '6', '7', '8', '9']) => None,
        _ => Some((days_from_civil(year, month, 1), most)),
    }
}

/// One of the texts that the same can follow as `text`, if the date does not matter: years by the place in the
/// leap-year cycle, months by their length, whole dates all alike.
fn stand_in(text: &str) -> String {
    let year = |digits: usize| number(text.get(..digits)).unwrap_or(0);
    match text.len() {
        1 => format!("{}", year(1) % 2),
        2 => format!("{:02}", year(2) % 4),
        3 => format!("{:03}", year(3) % 40),
        10 => "2000-01-01".to_owned(),
        _ => {
            let year = year(4);
            let leap = length_of(year, 2) == 29;
            let front = if leap { "2000" } else { "2001" };
            let rest = text.get(4..).unwrap_or_default();
            let Some(month) = number(text.get(5..7)) else { return format!("{front}{rest}") };
            let month = match (length_of(year, month), month) {
                (30, _) => "04",
                (31, _) => "01",
                _ => "02",
            };
            format!("{front}-{month}{}", text.get(7..).unwrap_or_default())
        }
    }
}

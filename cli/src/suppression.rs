//! What accepts violations, and what has become of each entry: it holds, it has expired, or it matches nothing.
//!
//! An entry that does not hold is told everywhere: who believes a violation to be accepted must learn that it is not.

use ringfence_model::location::Location;
use ringfence_solver::guardrail::{Acceptance, Configuration, is_day, pattern_matches};
use ringfence_solver::report::{Accepted, Acceptor, PrincipalResult, Report};
use ringfence_solver::verdict::VerdictWord;

/// What has become of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// It accepts so many violations.
    Accepts(usize),
    /// Its last day is over, or is no day.
    Expired,
    /// All that it would accept another entry accepts already.
    Covered,
    /// There is no violation that it would accept.
    Unused,
}

impl State {
    /// The word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Accepts(_) => "accepts",
            Self::Expired => "expired",
            Self::Covered => "covered",
            Self::Unused => "unused",
        }
    }
}

/// Something that accepts violations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What it is.
    pub(crate) by: Acceptor,
    /// The guardrail; none for all of them.
    pub(crate) guardrail: Option<String>,
    /// A pattern over ARNs, or an ARN.
    pub(crate) principal: String,
    /// Why.
    pub(crate) reason: String,
    /// Who answers for it.
    pub(crate) owner: String,
    /// The last day as written; none where there is none.
    pub(crate) expires: Option<String>,
    /// Where it stands, if it is known.
    pub(crate) location: Option<Location>,
    /// What has become of it.
    pub(crate) state: State,
}

impl Entry {
    /// Somebody should look at it: it has expired, or there is nothing that it accepts. One list of administrators may serve
    /// several worlds and guardrails, so that it is no news if these do not need it.
    pub(crate) fn is_idle(&self) -> bool {
        match self.state {
            State::Accepts(_) | State::Covered => false,
            State::Expired => true,
            State::Unused => self.by != Acceptor::Administrator,
        }
    }

    /// One line for people.
    pub(crate) fn words(&self) -> String {
        let principal = &self.principal;
        let what = match (self.by, &self.guardrail) {
            (Acceptor::Administrator, _) => format!("accepted administrator {principal}"),
            (Acceptor::Exception, id) => {
                format!("exception of {principal} from {}", id.as_deref().unwrap_or_default())
            }
            (Acceptor::Baseline, id) => {
                format!("baseline of {principal} from {}", id.as_deref().unwrap_or_default())
            }
        };
        let state = match (self.state, &self.expires) {
            (State::Accepts(1), _) => "accepts 1 violation".to_owned(),
            (State::Accepts(count), _) => format!("accepts {count} violations"),
            (State::Expired, Some(day)) if is_day(day) => {
                format!("expired on {day}: it accepts nothing any more")
            }
            (State::Expired, day) => {
                let day = day.as_deref().unwrap_or_default();
                format!("counts as expired, since `{day}` is no day: write one such as 2027-01-31")
            }
            (State::Covered, _) => "accepts nothing that another entry does not accept already".to_owned(),
            (State::Unused, _) => "accepts nothing: there is no such violation; remove it".to_owned(),
        };
        let until = match (self.state, &self.expires) {
            (State::Accepts(_) | State::Covered | State::Unused, Some(day)) => format!(", until {day}"),
            (State::Accepts(_) | State::Covered | State::Unused, None) | (State::Expired, _) => String::new(),
        };
        format!("{what}: {state} ({}; {}{until})", self.reason, self.owner)
    }
}

/// What the entries that accept nothing say on standard error.
pub(crate) fn remarks(entries: &[Entry]) -> Vec<String> {
    let idle = entries.iter().filter(|entry| entry.is_idle());
    let place = |entry: &Entry| {
        entry.location.as_ref().map(|place| format!("{}:{}: ", place.file, place.line)).unwrap_or_default()
    };
    idle.map(|entry| format!("{}{}", place(entry), entry.words())).collect()
}

/// What has become of everything in `configuration` that accepts violations, in the order of the file, then of `baseline`.
pub(crate) fn entries(configuration: &Configuration, report: &Report, baseline: Vec<Entry>) -> Vec<Entry> {
    let accepted = |of: &dyn Fn(&str, &Accepted) -> bool| {
        let results = report.guardrails.iter().flat_map(|guardrail| {
            guardrail
                .results
                .iter()
                .filter_map(|result| Some((guardrail.id.as_str(), result.accepted.as_ref()?)))
        });
        results.filter(|(id, accepted)| of(id, accepted)).count()
    };
    // What no principal of a part needs may be needed in another.
    let whole = report.shard.is_none();
    let state = |count: usize| if count == 0 && whole { State::Unused } else { State::Accepts(count) };
    let entry = |by: Acceptor, acceptance: &Acceptance, state: State| Entry {
        by,
        guardrail: None,
        principal: acceptance.principal.clone(),
        reason: acceptance.reason.clone(),
        owner: acceptance.owner.clone(),
        expires: None,
        location: None,
        state,
    };
    let administrators = configuration.administrators.iter().map(|acceptance| {
        let count =
            accepted(&|_, found| found.by == Acceptor::Administrator && found.acceptance == *acceptance);
        entry(Acceptor::Administrator, acceptance, state(count))
    });
    let exceptions = configuration.exceptions.iter().map(|exception| {
        let count = accepted(&|id, found| {
            found.by == Acceptor::Exception
                && id == exception.guardrail
                && found.acceptance == exception.acceptance
                && found.expires == exception.expires
        });
        let would_accept = |result: &PrincipalResult| {
            result.verdict.word() == VerdictWord::Refuted
                && pattern_matches(&exception.acceptance.principal, &result.principal)
        };
        let of_guardrail = report.guardrails.iter().filter(|guardrail| guardrail.id == exception.guardrail);
        let state = if !exception.holds_on(&report.today) {
            State::Expired
        } else if count == 0 && of_guardrail.flat_map(|found| &found.results).any(would_accept) {
            State::Covered
        } else {
            state(count)
        };
        Entry {
            guardrail: Some(exception.guardrail.clone()),
            expires: exception.expires.clone(),
            location: Some(exception.location.clone()),
            ..entry(Acceptor::Exception, &exception.acceptance, state)
        }
    });
    administrators.chain(exceptions).chain(baseline).collect()
}

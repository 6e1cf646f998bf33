//! A clause-learning solver that says why: each learnt clause with the clauses that it follows from.
//!
//! Two watched literals, learning at the first unique implication point, decisions by a queue to whose front the
//! variables of a conflict move, saved phases, restarts by count. There is no clock and nothing random: the same
//! clauses in the same order give the same answers and proofs. What it derives for a proof the kernel checks.

mod analysis;
mod queue;

use queue::Queue;

/// A clause of the solver, by the order in which clauses came.
pub(crate) type ClauseId = u32;

/// What the solver found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Values for all variables that make all clauses true.
    Model,
    /// There are none; the last clause is empty.
    Contradiction,
    /// There are none while the assumptions hold.
    AgainstAssumptions,
    /// More conflicts than allowed.
    TooManyConflicts,
}

/// A literal as an index: twice the variable from 0, plus one for a negation.
type Code = u32;

fn code(literal: i32) -> Code {
    2 * (literal.unsigned_abs() - 1) + u32::from(literal < 0)
}

fn literal(code: Code) -> i32 {
    let variable = i32::try_from(code / 2 + 1).unwrap_or(i32::MAX);
    if code.is_multiple_of(2) { variable } else { -variable }
}

/// A clause is watched for a literal of it becoming false; while `blocker` is true it need not be looked at.
#[derive(Clone, Copy, Debug)]
struct Watch {
    clause: ClauseId,
    blocker: Code,
}

#[derive(Clone, Copy, Debug)]
struct Variable {
    /// 1 true, -1 false, 0 open.
    value: i8,
    phase: bool,
    level: u32,
    /// Why it has its value, unless it was decided.
    reason: Option<ClauseId>,
    /// Its place on the trail.
    place: u32,
    /// The unit clause that says its value, where it holds without decisions.
    unit: Option<ClauseId>,
    seen: bool,
}

/// The solver.
#[derive(Debug)]
pub(crate) struct Solver {
    /// All literals of all clauses.
    arena: Vec<Code>,
    /// From where to where.
    clauses: Vec<(u32, u32)>,
    /// For each clause what it follows from, in the order of propagation; nothing for those that were given.
    hints: Vec<Box<[ClauseId]>>,
    watches: Vec<Vec<Watch>>,
    variables: Vec<Variable>,
    trail: Vec<Code>,
    /// Where each level of decisions starts on the trail.
    levels: Vec<usize>,
    propagated: usize,
    queue: Queue,
    conflicts: usize,
    /// How often a clause was looked at, and eight more of its literals.
    visits: u64,
    /// More visits than these end a search.
    most_visits: u64,
    contradiction: bool,
}

const OPEN: Variable =
    Variable { value: 0, phase: false, level: 0, reason: None, place: 0, unit: None, seen: false };

/// Conflicts between two restarts, times the numbers of Luby.
const RESTART: usize = 64;

impl Solver {
    /// A solver without clauses.
    pub(crate) fn new(variables: usize) -> Self {
        Self {
            arena: Vec::new(),
            clauses: Vec::new(),
            hints: Vec::new(),
            watches: vec![Vec::new(); 2 * variables],
            variables: vec![OPEN; variables],
            trail: Vec::new(),
            levels: Vec::new(),
            propagated: 0,
            queue: Queue::new(variables),
            conflicts: 0,
            visits: 0,
            most_visits: u64::MAX,
            contradiction: false,
        }
    }

    /// Makes room for variables up to this number; new ones come first.
    pub(crate) fn grow(&mut self, variables: usize) {
        for variable in self.variables.len()..variables {
            self.variables.push(OPEN);
            self.watches.extend([Vec::new(), Vec::new()]);
            self.queue.add(u32::try_from(variable).unwrap_or(u32::MAX));
        }
    }

    /// The literals of a clause.
    pub(crate) fn clause(&self, id: ClauseId) -> Vec<i32> {
        self.codes(id).iter().map(|code| literal(*code)).collect()
    }

    /// What a clause follows from; nothing if it was given.
    pub(crate) fn hints(&self, id: ClauseId) -> &[ClauseId] {
        self.hints.get(id as usize).map_or(&[], |hints| hints)
    }

    /// Lets all searches together look at clauses so often: a measure of time that is the same everywhere.
    pub(crate) fn limit_visits(&mut self, most: u64) {
        self.most_visits = most;
    }

    /// How often a clause was looked at, and eight more of its literals.
    pub(crate) fn visits(&self) -> u64 {
        self.visits
    }

    /// How many clauses there are.
    pub(crate) fn len(&self) -> usize {
        self.clauses.len()
    }

    /// How many conflicts there were.
    pub(crate) fn conflicts(&self) -> usize {
        self.conflicts
    }

    /// Whether the variable, from 1, is true in the model.
    pub(crate) fn is_true(&self, variable: usize) -> bool {
        self.variables.get(variable - 1).is_some_and(|variable| variable.value > 0)
    }

    fn codes(&self, id: ClauseId) -> &[Code] {
        let (from, to) = self.clauses.get(id as usize).copied().unwrap_or((0, 0));
        self.arena.get(from as usize..to as usize).unwrap_or(&[])
    }

    fn value(&self, code: Code) -> i8 {
        let value = self.variables.get((code / 2) as usize).map_or(0, |variable| variable.value);
        if code.is_multiple_of(2) { value } else { -value }
    }

    /// Adds a clause, without repeated or opposite literals. All decisions are taken back.
    pub(crate) fn add(&mut self, clause: &[i32]) -> ClauseId {
        self.backtrack(0);
        let mut codes: Vec<Code> = clause.iter().map(|literal| code(*literal)).collect();
        // The two watched literals come first; false ones are watched only if there are no others.
        codes.sort_by_key(|code| self.value(*code) < 0);
        let id = self.keep(&codes, Box::default());
        match codes.as_slice() {
            [] => self.contradiction = true,
            [only] => {
                self.begin(*only, id);
            }
            [first, second, ..] => {
                self.watch(id, *first, *second);
                if self.value(*second) < 0 {
                    self.begin(*first, id);
                }
            }
        }
        id
    }

    /// Sets a literal whose clause leaves no other, before any decision.
    fn begin(&mut self, code: Code, clause: ClauseId) {
        match self.value(code) {
            1 => {}
            0 => {
                self.assign(code, Some(clause));
                self.name_units();
            }
            _ => self.contradict(clause),
        }
    }

    fn keep(&mut self, codes: &[Code], hints: Box<[ClauseId]>) -> ClauseId {
        let from = u32::try_from(self.arena.len()).unwrap_or(u32::MAX);
        self.arena.extend_from_slice(codes);
        self.clauses.push((from, u32::try_from(self.arena.len()).unwrap_or(u32::MAX)));
        self.hints.push(hints);
        u32::try_from(self.clauses.len() - 1).unwrap_or(u32::MAX)
    }

    fn watch(&mut self, clause: ClauseId, first: Code, second: Code) {
        for (watched, blocker) in [(first, second), (second, first)] {
            if let Some(list) = self.watches.get_mut(watched as usize) {
                list.push(Watch { clause, blocker });
            }
        }
    }

    fn assign(&mut self, code: Code, reason: Option<ClauseId>) {
        let level = u32::try_from(self.levels.len()).unwrap_or(u32::MAX);
        let place = u32::try_from(self.trail.len()).unwrap_or(u32::MAX);
        if let Some(variable) = self.variables.get_mut((code / 2) as usize) {
            variable.value = if code.is_multiple_of(2) { 1 } else { -1 };
            variable.phase = code.is_multiple_of(2);
            variable.level = level;
            variable.reason = reason;
            variable.place = place;
        }
        self.trail.push(code);
    }

    fn backtrack(&mut self, level: usize) {
        let Some(start) = self.levels.get(level).copied() else { return };
        for code in self.trail.drain(start..) {
            if let Some(variable) = self.variables.get_mut((code / 2) as usize) {
                variable.value = 0;
                self.queue.reopen(code / 2);
            }
        }
        self.levels.truncate(level);
        self.propagated = start;
    }

    /// Sets what follows from what is set. The clause that is false then, if there is one.
    fn propagate(&mut self) -> Option<ClauseId> {
        while let Some(code) = self.trail.get(self.propagated).copied() {
            self.propagated += 1;
            let falsified = code ^ 1;
            let mut list = match self.watches.get_mut(falsified as usize) {
                Some(list) => std::mem::take(list),
                None => continue,
            };
            let mut kept = 0;
            let mut conflict = None;
            let mut next = 0;
            while let Some(watch) = list.get(next).copied() {
                next += 1;
                let stays = if conflict.is_some() {
                    Some(watch)
                } else {
                    self.visit(watch, falsified, &mut conflict)
                };
                if let (Some(watch), Some(slot)) = (stays, list.get_mut(kept)) {
                    *slot = watch;
                    kept += 1;
                }
            }
            list.truncate(kept);
            if let Some(slot) = self.watches.get_mut(falsified as usize) {
                *slot = list;
            }
            if conflict.is_some() {
                return conflict;
            }
        }
        if self.levels.is_empty() {
            self.name_units();
        }
        None
    }

    /// Looks at a clause of which the watched literal `falsified` is false now. What is watched in its stead, or none
    /// if the clause is watched for another literal from now on.
    fn visit(&mut self, watch: Watch, falsified: Code, conflict: &mut Option<ClauseId>) -> Option<Watch> {
        self.visits += 1;
        if self.value(watch.blocker) > 0 {
            return Some(watch);
        }
        let (from, to) = self.clauses.get(watch.clause as usize).copied().unwrap_or((0, 0));
        let variables = &self.variables;
        let value = |code: Code| {
            let value = variables.get((code / 2) as usize).map_or(0, |variable| variable.value);
            if code.is_multiple_of(2) { value } else { -value }
        };
        let codes = self.arena.get_mut(from as usize..to as usize)?;
        if codes.first() == Some(&falsified) {
            codes.swap(0, 1);
        }
        let first = codes.first().copied()?;
        let kept = Watch { clause: watch.clause, blocker: first };
        if value(first) > 0 {
            return Some(kept);
        }
        let other = codes.iter().skip(2).position(|code| value(*code) >= 0);
        self.visits += u64::try_from(other.unwrap_or(codes.len())).unwrap_or(u64::MAX) / 8;
        if let Some(place) = other {
            codes.swap(1, place + 2);
            let moved = codes.get(1).copied()?;
            if let Some(list) = self.watches.get_mut(moved as usize) {
                list.push(kept);
            }
            return None;
        }
        if value(first) < 0 {
            *conflict = Some(watch.clause);
        } else {
            self.assign(first, Some(watch.clause));
        }
        Some(kept)
    }

    /// Whether the clauses that were given exclude these literals by propagation alone. Nothing that was learnt is used, nor
    /// anything learnt.
    pub(crate) fn propagation_refutes(&self, assumptions: &[i32]) -> bool {
        let mut values = vec![0_i8; self.variables.len()];
        let value = |values: &[i8], code: Code| {
            let value = values.get((code / 2) as usize).copied().unwrap_or(0);
            if code.is_multiple_of(2) { value } else { -value }
        };
        let set = |values: &mut Vec<i8>, code: Code| {
            if let Some(slot) = values.get_mut((code / 2) as usize) {
                *slot = if code.is_multiple_of(2) { 1 } else { -1 };
            }
        };
        for assumption in assumptions {
            let code = code(*assumption);
            if value(&values, code) < 0 {
                return true;
            }
            set(&mut values, code);
        }
        loop {
            let mut changed = false;
            for (index, (from, to)) in self.clauses.iter().enumerate() {
                if self.hints.get(index).is_none_or(|hints| !hints.is_empty()) {
                    continue;
                }
                let codes = self.arena.get(*from as usize..*to as usize).unwrap_or(&[]);
                let mut open = None;
                let mut more = false;
                for code in codes {
                    match value(&values, *code) {
                        -1 => {}
                        0 if open.is_none() => open = Some(*code),
                        _ => {
                            more = true;
                            break;
                        }
                    }
                }
                match (more, open) {
                    (true, _) => {}
                    (false, None) => return true,
                    (false, Some(code)) => {
                        set(&mut values, code);
                        changed = true;
                    }
                }
            }
            if !changed {
                return false;
            }
        }
    }

    /// Finds values for all variables, or learns the empty clause.
    pub(crate) fn solve(&mut self, most_conflicts: usize) -> Found {
        self.solve_under(&[], most_conflicts)
    }

    /// Finds values for all variables with which these literals are true, or that there are none. What was learnt before
    /// is kept, and counts towards the conflicts allowed.
    pub(crate) fn solve_under(&mut self, assumptions: &[i32], most_conflicts: usize) -> Found {
        self.backtrack(0);
        let mut restarts = 0;
        let mut until = self.conflicts + RESTART;
        loop {
            if self.contradiction {
                return Found::Contradiction;
            }
            if let Some(conflict) = self.propagate() {
                if self.levels.is_empty() {
                    self.contradict(conflict);
                    continue;
                }
                self.conflicts += 1;
                if self.conflicts > most_conflicts || self.visits > self.most_visits {
                    return Found::TooManyConflicts;
                }
                self.learn(conflict);
                continue;
            }
            if self.conflicts >= until {
                restarts += 1;
                until = self.conflicts + RESTART * luby(restarts);
                self.backtrack(0);
                continue;
            }
            if let Some(next) = assumptions.get(self.levels.len()) {
                let next = code(*next);
                match self.value(next) {
                    -1 => return Found::AgainstAssumptions,
                    value => {
                        self.levels.push(self.trail.len());
                        if value == 0 {
                            self.assign(next, None);
                        }
                    }
                }
                continue;
            }
            let variables = &self.variables;
            let is_open =
                |variable: u32| variables.get(variable as usize).is_some_and(|found| found.value == 0);
            let Some(variable) = self.queue.next(is_open) else { return Found::Model };
            if self.visits > self.most_visits {
                return Found::TooManyConflicts;
            }
            let phase = self.variables.get(variable as usize).is_some_and(|found| found.phase);
            self.levels.push(self.trail.len());
            self.assign(2 * variable + u32::from(!phase), None);
        }
    }
}

/// 1 1 2 1 1 2 4 1 1 2 …, from 1.
fn luby(mut index: usize) -> usize {
    loop {
        let width = usize::BITS - index.leading_zeros();
        if index + 1 == 1 << width {
            return 1 << (width - 1);
        }
        index -= (1 << (width - 1)) - 1;
    }
}

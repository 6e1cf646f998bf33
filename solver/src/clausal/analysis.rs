//! What a conflict teaches, and why it follows.

use super::{ClauseId, Code, Solver};

impl Solver {
    /// Gives each variable that is set without decisions a unit clause that says so.
    pub(super) fn name_units(&mut self) {
        let first = self.trail.iter().rev().take_while(|code| self.unit(**code).is_none()).count();
        for index in self.trail.len() - first..self.trail.len() {
            let Some(code) = self.trail.get(index).copied() else { continue };
            let Some(reason) = self.variables.get((code / 2) as usize).and_then(|variable| variable.reason)
            else {
                continue;
            };
            let unit = if self.codes(reason).len() == 1 {
                reason
            } else {
                let others = self.codes(reason).iter().filter(|other| **other != code);
                let mut hints: Vec<ClauseId> = others.filter_map(|other| self.unit(*other)).collect();
                hints.push(reason);
                self.keep(&[code], hints.into())
            };
            if let Some(variable) = self.variables.get_mut((code / 2) as usize) {
                variable.unit = Some(unit);
            }
        }
    }

    fn unit(&self, code: Code) -> Option<ClauseId> {
        self.variables.get((code / 2) as usize)?.unit
    }

    /// A clause is false without any decision: so is the empty clause.
    pub(super) fn contradict(&mut self, conflict: ClauseId) {
        self.name_units();
        let mut hints: Vec<ClauseId> =
            self.codes(conflict).iter().filter_map(|code| self.unit(*code)).collect();
        hints.push(conflict);
        self.keep(&[], hints.into());
        self.contradiction = true;
    }

    /// Learns from a clause that is false, and goes back to where what was learnt sets a literal.
    pub(super) fn learn(&mut self, conflict: ClauseId) {
        let mut analysis = Analysis::default();
        self.resolve(conflict, &mut analysis);
        self.minimise(&mut analysis);
        let seen = std::mem::take(&mut analysis.seen);
        // In the order in which they came to the front so far, so that they keep it among themselves.
        let mut bumped: Vec<u32> = seen.iter().map(|code| code / 2).collect();
        bumped.sort_unstable_by_key(|variable| self.queue.stamp(*variable));
        for variable in bumped {
            self.queue.bump(variable);
            if let Some(variable) = self.variables.get_mut(variable as usize) {
                variable.seen = false;
            }
        }
        let hints = self.reasons(&mut analysis, conflict);
        // The literal of the last level first, then one of the level to go back to.
        let mut learnt = analysis.learnt;
        learnt.get_mut(1..).unwrap_or(&mut []).sort_by_key(|code| std::cmp::Reverse(self.level(*code)));
        let back = learnt.get(1).map_or(0, |code| self.level(*code));
        self.backtrack(back as usize);
        let id = self.keep(&learnt, hints.into());
        if let [first, second, ..] = learnt.as_slice() {
            self.watch(id, *first, *second);
        }
        if let Some(first) = learnt.first() {
            self.assign(*first, Some(id));
        }
    }

    fn level(&self, code: Code) -> u32 {
        self.variables.get((code / 2) as usize).map_or(0, |variable| variable.level)
    }

    fn reason(&self, code: Code) -> Option<ClauseId> {
        self.variables.get((code / 2) as usize)?.reason
    }

    fn is_seen(&self, code: Code) -> bool {
        self.variables.get((code / 2) as usize).is_some_and(|variable| variable.seen)
    }

    /// Resolves backwards until one literal of the last level is left.
    fn resolve(&mut self, conflict: ClauseId, analysis: &mut Analysis) {
        let current = u32::try_from(self.levels.len()).unwrap_or(u32::MAX);
        let mut clause = Some(conflict);
        let mut open = 0_usize;
        let mut index = self.trail.len();
        loop {
            let codes: Vec<Code> = clause.map(|clause| self.codes(clause).to_vec()).unwrap_or_default();
            for code in codes {
                let level = self.level(code);
                let Some(variable) = self.variables.get_mut((code / 2) as usize) else { continue };
                // True literals are the ones that the clause set.
                if variable.seen || (self.trail.get(index) == Some(&code)) {
                    continue;
                }
                if level == 0 {
                    analysis.given.extend(variable.unit);
                    continue;
                }
                variable.seen = true;
                analysis.seen.push(code);
                if level == current {
                    open += 1;
                } else {
                    analysis.learnt.push(code);
                }
            }
            let mut found = None;
            while found.is_none() && index > 0 {
                index -= 1;
                found = self.trail.get(index).copied().filter(|code| self.is_seen(*code));
            }
            let Some(code) = found else { break };
            open -= 1;
            if open == 0 {
                analysis.learnt.insert(0, code ^ 1);
                break;
            }
            analysis.resolved.push(code);
            clause = self.reason(code);
        }
    }

    /// Leaves out literals that the others imply.
    fn minimise(&mut self, analysis: &mut Analysis) {
        let learnt = std::mem::take(&mut analysis.learnt);
        for (index, code) in learnt.into_iter().enumerate() {
            let implied = index > 0
                && self.reason(code).is_some_and(|reason| {
                    let others = self.codes(reason).iter().filter(|other| **other != code ^ 1);
                    others.into_iter().all(|other| self.is_seen(*other) || self.level(*other) == 0)
                });
            if implied {
                analysis.resolved.push(code ^ 1);
                let reason = self.reason(code).map(|reason| self.codes(reason).to_vec());
                let given = reason.into_iter().flatten().filter(|other| self.level(*other) == 0);
                let units: Vec<ClauseId> = given.filter_map(|other| self.unit(other)).collect();
                analysis.given.extend(units);
            } else {
                analysis.learnt.push(code);
            }
        }
    }

    /// The clauses from which the learnt one follows, in the order of propagation.
    fn reasons(&self, analysis: &mut Analysis, conflict: ClauseId) -> Vec<ClauseId> {
        let place =
            |code: &Code| self.variables.get((code / 2) as usize).map_or(0, |variable| variable.place);
        analysis.resolved.sort_unstable_by_key(place);
        analysis.given.sort_unstable();
        analysis.given.dedup();
        let mut hints = std::mem::take(&mut analysis.given);
        hints.extend(analysis.resolved.iter().filter_map(|code| self.reason(*code)));
        hints.push(conflict);
        hints
    }
}

#[derive(Debug, Default)]
struct Analysis {
    /// The literal of the last level first.
    learnt: Vec<Code>,
    seen: Vec<Code>,
    /// Literals, true ones, whose reasons are part of the derivation.
    resolved: Vec<Code>,
    /// Unit clauses that are part of it.
    given: Vec<ClauseId>,
}

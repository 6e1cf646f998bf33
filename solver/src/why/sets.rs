//! Minimal sets of what a conclusion rests on, and minimal sets without which it fails, each found by way of the other.
//!
//! A conclusion is judged with parts taken away. It is monotone: what fails without some parts fails without more of them. The minimal sets that
//! suffice and the minimal sets without which it fails are then each other's minimal transversals (Reiter, 1987; Gunopulos and others, 1997). A judge
//! that says what a conclusion rests on makes the search short and is not believed: sets are listed as complete only once every one
//! that suffices was judged with all else taken away.

use std::collections::{BTreeSet, VecDeque};

use crate::minimal::leave_out;

/// What is left of a conclusion when parts are taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judged<P, V> {
    /// It holds, and rests on these among others that cannot be taken away, as far as the judge can tell.
    Holds(BTreeSet<P>),
    /// It does not hold: what holds instead.
    Fails(V),
}

/// What a conclusion rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sets<P, V> {
    /// Minimal sets without which it fails, the smallest first, with what holds then.
    pub breaking: Vec<(BTreeSet<P>, V)>,
    /// Minimal sets that suffice with all other parts taken away, the smallest first.
    pub resting: Vec<BTreeSet<P>>,
    /// These are all, of both kinds.
    pub complete: bool,
    /// Each part without which alone it fails is among `breaking`, complete or not.
    pub alone: bool,
    /// How often the conclusion was judged.
    pub judged: usize,
}

/// How much of it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Parts without which alone it fails.
    Alone,
    /// All minimal sets.
    All,
}

/// So many sets are kept of each kind.
const SETS: usize = 256;
/// So many sets are looked at without a judgement for each one that takes one.
const LOOKS: usize = 64;

struct Search<'a, P, V, J> {
    all: &'a BTreeSet<P>,
    judge: J,
    left: usize,
    judged: usize,
    /// Sets that were seen to suffice.
    confirmed: Vec<BTreeSet<P>>,
    /// Parts that were away where it was seen to hold: of none of them alone it fails.
    spared: BTreeSet<P>,
    /// Sets that the judge named. Where they do not suffice, sets without which it fails are found later.
    named: Vec<BTreeSet<P>>,
    breaking: Vec<(BTreeSet<P>, V)>,
}

/// The limit was reached, or no more is asked for.
struct Exhausted;

/// What the conclusion that `judge` judges rests on among `all`, in at most `limit` judgements; none if it fails with nothing taken away.
pub(super) fn sets<P: Clone + Ord, V: Clone>(
    all: &BTreeSet<P>,
    (limit, depth): (usize, Depth),
    judge: impl FnMut(&BTreeSet<P>) -> Judged<P, V>,
) -> Option<Sets<P, V>> {
    let mut search = Search {
        all,
        judge,
        left: limit.max(1),
        judged: 0,
        confirmed: Vec::new(),
        spared: BTreeSet::new(),
        named: Vec::new(),
        breaking: Vec::new(),
    };
    let first = match search.judge(&BTreeSet::new()) {
        Ok(Judged::Holds(core)) => core,
        Ok(Judged::Fails(_)) | Err(Exhausted) => return None,
    };
    let mut resting = Vec::new();
    let complete = search.run((first, depth), &mut resting).is_ok();
    let alone = all.iter().all(|part| search.spared.contains(part) || search.fails_without(part));
    let mut breaking = search.breaking;
    breaking.sort_by(|(left, _), (right, _)| (left.len(), left).cmp(&(right.len(), right)));
    resting.sort_by(|left, right| (left.len(), left).cmp(&(right.len(), right)));
    Some(Sets { breaking, resting, complete, alone, judged: search.judged })
}

impl<P: Clone + Ord, V: Clone, J: FnMut(&BTreeSet<P>) -> Judged<P, V>> Search<'_, P, V, J> {
    fn judge(&mut self, without: &BTreeSet<P>) -> Result<Judged<P, V>, Exhausted> {
        self.left = self.left.checked_sub(1).ok_or(Exhausted)?;
        self.judged += 1;
        Ok(match (self.judge)(without) {
            Judged::Holds(core) => {
                self.spared.extend(without.iter().cloned());
                let is_left = |part: &P| self.all.contains(part) && !without.contains(part);
                Judged::Holds(core.into_iter().filter(is_left).collect())
            }
            fails @ Judged::Fails(_) => fails,
        })
    }

    fn all_but(&self, kept: &BTreeSet<P>) -> BTreeSet<P> {
        self.all.difference(kept).cloned().collect()
    }

    fn run(
        &mut self,
        (first, depth): (BTreeSet<P>, Depth),
        resting: &mut Vec<BTreeSet<P>>,
    ) -> Result<(), Exhausted> {
        // What the judge says it rests on, if that suffices; else all of it.
        let others = self.all_but(&first);
        let suffices = others.is_empty() || matches!(self.judge(&others)?, Judged::Holds(_));
        if depth == Depth::Alone && suffices && !first.is_empty() {
            self.each_alone(&first)?;
            return Err(Exhausted);
        }
        let start = if suffices { first } else { self.all.clone() };
        let one = self.smaller(start)?;
        resting.push(one.clone());
        self.confirmed.push(one.clone());
        // These first, so that they are told where the limit is reached later.
        self.each_alone(&one)?;
        if depth == Depth::Alone && !one.is_empty() {
            return Err(Exhausted);
        }
        self.hit_all()?;
        // Now each set that would suffice, were these all without which it fails.
        loop {
            let found: Vec<BTreeSet<P>> = self.breaking.iter().map(|(set, _)| set.clone()).collect();
            let candidates = transversals(&found).ok_or(Exhausted)?;
            let mut advanced = false;
            for kept in candidates {
                if resting.contains(&kept) {
                    continue;
                }
                let without = self.all_but(&kept);
                match self.judge(&without)? {
                    Judged::Holds(_) => {
                        self.confirmed.push(kept.clone());
                        resting.push(kept);
                    }
                    Judged::Fails(verdict) => {
                        self.break_down(without, verdict)?;
                        advanced = true;
                        break;
                    }
                }
            }
            if self.breaking.len() > SETS || resting.len() > SETS {
                return Err(Exhausted);
            }
            if !advanced {
                return Ok(());
            }
        }
    }

    /// Without this part alone it was seen to fail.
    fn fails_without(&self, part: &P) -> bool {
        self.breaking.iter().any(|(set, _)| set.len() == 1 && set.contains(part))
    }

    /// Takes away each of `parts` alone.
    fn each_alone(&mut self, parts: &BTreeSet<P>) -> Result<(), Exhausted> {
        for part in parts.iter().filter(|part| !self.spared.contains(*part)).cloned().collect::<Vec<P>>() {
            let without = BTreeSet::from([part]);
            match self.judge(&without)? {
                Judged::Holds(core) => self.named.push(core),
                Judged::Fails(verdict) => self.breaking.push((without, verdict)),
            }
        }
        Ok(())
    }

    /// A minimal subset of `kept` that suffices, as `kept` does.
    fn smaller(&mut self, kept: BTreeSet<P>) -> Result<BTreeSet<P>, Exhausted> {
        let mut items: Vec<P> = kept.into_iter().collect();
        let mut exhausted = false;
        leave_out(&mut items, |some| {
            let kept: BTreeSet<P> = some.iter().cloned().collect();
            let without = self.all_but(&kept);
            let judged = self.judge(&without);
            exhausted |= judged.is_err();
            matches!(judged, Ok(Judged::Holds(_)))
        });
        if exhausted { Err(Exhausted) } else { Ok(items.into_iter().collect()) }
    }

    /// Without `without` it fails: notes a minimal subset without which it does.
    fn break_down(&mut self, without: BTreeSet<P>, verdict: V) -> Result<(), Exhausted> {
        let mut items: Vec<P> = without.into_iter().collect();
        let mut exhausted = false;
        let mut last = verdict;
        leave_out(&mut items, |some| {
            let without: BTreeSet<P> = some.iter().cloned().collect();
            if self.leaves_enough(&without) {
                return false;
            }
            match self.judge(&without) {
                Ok(Judged::Fails(verdict)) => {
                    last = verdict;
                    true
                }
                Ok(Judged::Holds(_)) => false,
                Err(Exhausted) => {
                    exhausted = true;
                    false
                }
            }
        });
        if exhausted {
            return Err(Exhausted);
        }
        self.breaking.push((items.into_iter().collect(), last));
        Ok(())
    }

    /// It holds without `without`, as something that suffices is left.
    fn leaves_enough(&self, without: &BTreeSet<P>) -> bool {
        self.confirmed.iter().any(|core| core.is_disjoint(without))
    }

    /// Takes away what hits all that is known to suffice, one part more at a time.
    fn hit_all(&mut self) -> Result<(), Exhausted> {
        let mut open = VecDeque::from([BTreeSet::new()]);
        let mut seen: BTreeSet<BTreeSet<P>> = BTreeSet::new();
        let mut looks = self.left.saturating_mul(LOOKS);
        while let Some(without) = open.pop_front() {
            looks = looks.checked_sub(1).ok_or(Exhausted)?;
            if self.breaking.iter().any(|(set, _)| set.is_subset(&without)) {
                continue;
            }
            let missed =
                match self.confirmed.iter().chain(&self.named).find(|core| core.is_disjoint(&without)) {
                    Some(core) => core.clone(),
                    None => match self.judge(&without)? {
                        Judged::Fails(verdict) => {
                            self.break_down(without, verdict)?;
                            continue;
                        }
                        Judged::Holds(core) => {
                            self.named.push(core.clone());
                            core
                        }
                    },
                };
            for part in missed {
                let mut more = without.clone();
                more.insert(part);
                if seen.insert(more.clone()) {
                    open.push_back(more);
                }
            }
        }
        Ok(())
    }
}

/// The minimal sets that have something in common with each of `sets`; none if there are too many on the way.
fn transversals<P: Clone + Ord>(sets: &[BTreeSet<P>]) -> Option<Vec<BTreeSet<P>>> {
    let mut found: Vec<BTreeSet<P>> = vec![BTreeSet::new()];
    for set in sets {
        let mut next: BTreeSet<BTreeSet<P>> = BTreeSet::new();
        for known in &found {
            if known.is_disjoint(set) {
                next.extend(
                    set.iter().map(|part| known.iter().chain([part]).cloned().collect::<BTreeSet<P>>()),
                );
            } else {
                next.insert(known.clone());
            }
            if next.len() > SETS * LOOKS {
                return None;
            }
        }
        let minimal =
            next.iter().filter(|one| !next.iter().any(|other| other != *one && other.is_subset(one)));
        found = minimal.cloned().collect();
        if found.len() > SETS {
            return None;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests;

//! Closed sets of facts: nothing that anybody does who can act once they hold leads to another fact.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::check::{digest, read};
use crate::rejection::{Rejection, faults};

/// A set of facts, and what shows that no step leads out of it. That these are all steps, and everybody who can act, is the binding's to compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedFacts {
    /// [`Self::FORMAT`].
    pub format: String,
    /// Facts, each once. The set is the first [`Self::holds`] of them.
    pub facts: Vec<String>,
    /// How many of them may hold.
    pub holds: usize,
    /// What holds at the beginning, of each who is said to begin.
    pub starts: Vec<(String, Vec<usize>)>,
    /// Everybody who can act: the facts on which that hangs.
    pub actors: Vec<Vec<usize>>,
    /// Names of what facts name by numbers, for readers.
    pub names: Vec<(usize, String)>,
    /// SHA-256 of the list of what readers are told of steps, requests and reasons, which name it by its place there.
    pub words: String,
    /// SHA-256 of claims.
    pub claims: Vec<String>,
    /// Requests that nobody makes.
    pub requests: Vec<Refused>,
    /// Steps that are taken: of what, and which facts they lead to.
    pub taken: Vec<(usize, Vec<usize>)>,
    /// Steps that are not taken, by the request of theirs that nobody makes.
    pub stopped: Vec<(usize, Vec<usize>)>,
    /// What nobody reaches, by the request that it takes.
    pub goals: Vec<(usize, usize)>,
}

/// Requests that nobody makes for the same reasons: what is asked, and why which of the actors do not.
pub type Refused = (Vec<usize>, Vec<(Hindrance, Vec<usize>)>);

/// Why somebody does not make a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hindrance {
    /// The proofs of these claims show it, by their places in [`ClosedFacts::claims`].
    Claims(Vec<usize>),
    /// The inputs show it, as these words say: the binding's to compare.
    Shown(usize),
}

impl ClosedFacts {
    /// The form.
    pub const FORMAT: &'static str = "ringfence-closed-1";
}

/// Accepts exactly if all that holds at a beginning is in the set; each actor hangs on facts in the set alone; each step that is taken leads to facts in
/// the set alone, and each other needs a request that nobody makes, as each goal does; and of such a request each actor is told why it does not make
/// it: by claims, at least one and all of them `accepted`, or by words. Returns SHA-256 of the file.
pub fn closed(file: &[u8], accepted: &BTreeSet<String>) -> Result<(String, ClosedFacts), ClosedRejection> {
    let set: ClosedFacts =
        read(file.strip_suffix(b"\n").unwrap_or_default(), 1).map_err(ClosedRejection::Unread)?;
    if set.format != ClosedFacts::FORMAT {
        return Err(ClosedRejection::Unread(Rejection::UnknownFormat(set.format)));
    }
    set.check(accepted).map_err(ClosedRejection::NotClosed)?;
    Ok((digest(file), set))
}

impl ClosedFacts {
    fn check(&self, accepted: &BTreeSet<String>) -> Result<(), ClosedFault> {
        let all = |facts: &[usize]| facts.iter().all(|fact| *fact < self.holds);
        if self.holds > self.facts.len()
            || self.facts.iter().collect::<BTreeSet<_>>().len() != self.facts.len()
        {
            return Err(ClosedFault::Facts);
        }
        if !self.starts.iter().all(|(_, start)| all(start)) {
            return Err(ClosedFault::Start);
        }
        if !self.actors.iter().all(|actor| all(actor)) {
            return Err(ClosedFault::Actor);
        }
        let shown = |claim: &usize| self.claims.get(*claim).is_some_and(|claim| accepted.contains(claim));
        for (_, by) in &self.requests {
            let told: BTreeSet<usize> = by.iter().flat_map(|(_, actors)| actors.iter().copied()).collect();
            if !told.into_iter().eq(0..self.actors.len()) {
                return Err(ClosedFault::Untold);
            }
            let is_told = |reason: &Hindrance| match reason {
                Hindrance::Claims(claims) => !claims.is_empty() && claims.iter().all(shown),
                Hindrance::Shown(_) => true,
            };
            if !by.iter().all(|(reason, _)| is_told(reason)) {
                return Err(ClosedFault::Claim);
            }
        }
        let refused = |request: &usize| *request < self.requests.len();
        if !self.taken.iter().all(|(_, gains)| all(gains))
            || !self.stopped.iter().all(|(request, _)| refused(request))
        {
            return Err(ClosedFault::Step);
        }
        if !self.goals.iter().all(|(_, request)| refused(request)) {
            return Err(ClosedFault::Goal);
        }
        Ok(())
    }
}

/// Why a file is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClosedRejection {
    /// It cannot be read.
    Unread(Rejection),
    /// The set is not closed, or is not shown to be.
    NotClosed(ClosedFault),
}

impl fmt::Display for ClosedRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(rejection) => rejection.fmt(f),
            Self::NotClosed(fault) => write!(f, "not a closed set: {fault}"),
        }
    }
}

faults! {
    /// Why a set of facts is not accepted.
    ClosedFault {
        Facts = "a fact is there twice, or more hold than there are",
        Start = "something holds at the beginning that is not in the set",
        Actor = "somebody acts by what is not in the set",
        Untold = "of somebody it is not told why it does not make a request",
        Claim = "a request is refused by no claim, or by one that is not accepted",
        Step = "a step leads out of the set, or names no request",
        Goal = "a goal names no request",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ClosedFacts, ClosedFault, ClosedRejection, Hindrance, closed};
    use crate::rejection::Rejection;

    /// One who acts may not make the request of the one step that leads on, since `claim` holds; the other since nothing of its allows it.
    fn set() -> ClosedFacts {
        ClosedFacts {
            format: ClosedFacts::FORMAT.to_owned(),
            facts: ["held by ann", "held by bob", "held by carl"].map(str::to_owned).to_vec(),
            holds: 2,
            starts: vec![("ann".to_owned(), vec![0])],
            actors: vec![vec![0], vec![1]],
            names: vec![(0, "ann".to_owned())],
            words: "assume bob, assume carl, no statement, run a model, sts:AssumeRole".to_owned(),
            claims: vec!["claim".to_owned()],
            requests: vec![(
                vec![4],
                vec![(Hindrance::Claims(vec![0]), vec![0]), (Hindrance::Shown(2), vec![1])],
            )],
            taken: vec![(0, vec![1])],
            stopped: vec![(0, vec![1])],
            goals: vec![(3, 0)],
        }
    }

    fn check(set: &ClosedFacts) -> Result<String, ClosedRejection> {
        let accepted = BTreeSet::from(["claim".to_owned()]);
        let mut file = serde_json::to_vec(set).unwrap();
        file.push(b'\n');
        closed(&file, &accepted).map(|(digest, _)| digest)
    }

    #[test]
    fn a_set_that_no_step_leaves_is_accepted_under_the_digest_of_its_file() {
        let mut file = serde_json::to_vec(&set()).unwrap();
        file.push(b'\n');
        assert_eq!(check(&set()), Ok(crate::digest(&file)));
    }

    #[test]
    fn whatever_leads_out_of_the_set_or_is_not_told_is_refused() {
        type Change = fn(&mut ClosedFacts);
        let changes: [(Change, ClosedFault); 18] = [
            (|set| set.holds = 4, ClosedFault::Facts),
            (|set| set.facts[2] = "held by ann".to_owned(), ClosedFault::Facts),
            (|set| set.starts[0].1.push(2), ClosedFault::Start),
            (|set| set.starts[0].1.push(7), ClosedFault::Start),
            (|set| set.actors[1].push(2), ClosedFault::Actor),
            (|set| set.holds = 1, ClosedFault::Actor),
            (|set| set.actors.push(vec![0]), ClosedFault::Untold),
            (|set| drop(set.requests[0].1.pop()), ClosedFault::Untold),
            (|set| drop(set.requests[0].1.remove(0)), ClosedFault::Untold),
            (|set| set.requests[0].1[1].1.push(2), ClosedFault::Untold),
            (|set| set.requests[0].1[1].1 = vec![2], ClosedFault::Untold),
            (|set| set.claims[0] = "another".to_owned(), ClosedFault::Claim),
            (|set| set.requests[0].1[0].0 = Hindrance::Claims(vec![0, 1]), ClosedFault::Claim),
            (|set| set.requests[0].1[0].0 = Hindrance::Claims(Vec::new()), ClosedFault::Claim),
            (|set| set.taken.push((1, vec![2])), ClosedFault::Step),
            (|set| set.stopped[0].0 = 1, ClosedFault::Step),
            (|set| set.taken[0].1.push(2), ClosedFault::Step),
            (|set| set.goals[0].1 = 1, ClosedFault::Goal),
        ];
        for (index, (change, fault)) in changes.into_iter().enumerate() {
            let mut other = set();
            change(&mut other);
            assert_eq!(check(&other), Err(ClosedRejection::NotClosed(fault)), "change {index}");
        }
    }

    #[test]
    fn all_facts_may_hold() {
        let mut all = set();
        all.holds = 3;
        assert!(check(&all).is_ok());
        all.starts[0].1.push(2);
        assert!(check(&all).is_ok());
        all.facts.pop();
        assert_eq!(check(&all), Err(ClosedRejection::NotClosed(ClosedFault::Facts)));
    }

    #[test]
    fn a_rejection_says_what_is_wrong() {
        for (rejection, text) in [
            (ClosedRejection::NotClosed(ClosedFault::Goal), "not a closed set: a goal names no request"),
            (ClosedRejection::Unread(Rejection::NotCanonical(1)), "line 1 is not in canonical form"),
        ] {
            assert_eq!(rejection.to_string(), text);
        }
    }

    #[test]
    fn only_a_file_as_it_would_be_written_is_read() {
        let accepted = BTreeSet::from(["claim".to_owned()]);
        let text = serde_json::to_string(&set()).unwrap();
        let read = |text: String| closed(text.as_bytes(), &accepted).map(|_| ());
        assert_eq!(read(format!("{text}\n")), Ok(()));
        assert!(matches!(read(text.clone()), Err(ClosedRejection::Unread(Rejection::Unreadable { .. }))));
        assert_eq!(read(format!("{text} \n")), Err(ClosedRejection::Unread(Rejection::NotCanonical(1))));
        let twice = text.replacen("\"holds\":2", "\"holds\":1,\"holds\":2", 1);
        assert!(matches!(
            read(format!("{twice}\n")),
            Err(ClosedRejection::Unread(Rejection::Unreadable { .. }))
        ));
        let unknown = text.replacen("\"holds\":2", "\"holds\":2,\"more\":1", 1);
        assert!(matches!(
            read(format!("{unknown}\n")),
            Err(ClosedRejection::Unread(Rejection::Unreadable { .. }))
        ));
        let other = text.replacen("ringfence-closed-1", "ringfence-closed-2", 1);
        assert_eq!(
            read(format!("{other}\n")),
            Err(ClosedRejection::Unread(Rejection::UnknownFormat("ringfence-closed-2".to_owned())))
        );
    }
}

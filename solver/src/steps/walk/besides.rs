//! Steps that no fact hangs on: those with which a path ends.

use std::collections::BTreeSet;

use ringfence_model::request::Request;
use ringfence_model::steps::{Change, Step};

use super::super::primitive::Primitive;
use super::super::state::Actor;
use super::{Evidence, Walk, Walker, make};
use crate::query::Target;
use crate::subject::Subject;
use crate::theorem::asking::unbound;
use crate::theorem::{Answers, allowed};
use crate::verdict::Verdict;

impl<'w: 'c, 'c, A: Answers> Walker<'_, 'w, 'c, A> {
    /// The actor makes one of the calls, which makes the changes that `changed` tells of its requests, and takes for granted what that says
    /// besides.
    ///
    /// # Errors
    /// Why it cannot be made in the world as the walk left it.
    pub fn step(
        &mut self,
        primitive: &Primitive,
        actor: &Actor,
        calls: Vec<Target>,
        changed: impl Fn(&[Request], &Subject) -> Option<(Vec<Change>, Vec<String>)>,
        walk: &mut Walk<'c>,
    ) -> Result<(), String> {
        let member = self.guards.cast.member(actor.member).ok_or("nobody asks")?;
        let subject = walk
            .subject(member, actor.member == self.start)
            .ok_or_else(|| format!("{} does not exist at this point", member.arn()))?;
        let query = allowed(calls, walk.as_of(self.guards).as_ref());
        let Verdict::Refuted(witness) = unbound(self.answers, &subject, query) else {
            return Err(format!("{} may not {}", member.arn(), primitive.summary));
        };
        let requests: Vec<Request> =
            witness.requests().iter().map(|replayed| replayed.request.clone()).collect();
        let (changes, assumed) = changed(&requests, &subject).ok_or("what the call changes is not told")?;
        let actors = BTreeSet::from([walk.now(member.arn()).to_owned()]);
        let evidence = assumed.into_iter().map(Evidence::Assumed).collect();
        make(walk, primitive, Step { requests, changes }, actors, evidence)
    }
}

//! What IAM asks for before it deletes a user or role: its policies and memberships go first.

use std::sync::Arc;

use ringfence_model::steps::Change;
use ringfence_model::world::{IamPrincipal, World};

use super::super::cast::MemberKind;
use super::super::closure::{Event, Mode};
use super::super::guard::{Binding, Chosen};
use super::super::primitive::{About, Carrier, Effect};
use super::super::tags::NO_TAGS;
use super::{Walk, Walker};
use crate::theorem::Answers;

/// One thing that goes: by what kind of step, what that is about besides, and what it changes.
type Gone = (Carrier, Arc<str>, Change);

impl<'w: 'c, 'c, A: Answers> Walker<'_, 'w, 'c, A> {
    /// Whoever deletes X takes its policies and memberships away first.
    ///
    /// # Errors
    /// What cannot be taken away. Instance profiles are emptied by no row of the table.
    pub(super) fn empty(&mut self, event: &Event, walk: &mut Walk<'c>) -> Result<(), String> {
        let id = event.binding.member.ok_or("nobody is deleted")?;
        let member = self.guards.cast.member(id).ok_or("nobody is deleted")?;
        let actor = event.made.first().map(|made| made.actor.clone()).ok_or("nobody deletes")?;
        let about = if member.kind == MemberKind::User { About::User } else { About::Role };
        for (carrier, what, change) in carried(walk.run.world(), walk.now(member.arn())) {
            let primitive = self.primitives.primitives.iter().find(|known| {
                known.effect == Effect::RemoveDenies && known.carrier == Some(carrier) && known.about == about
            });
            let primitive = primitive.ok_or("no row of the table takes it away")?;
            let asked = primitive.requests.first().ok_or("the row asks for nothing")?;
            let group = Some(Arc::clone(&what)).filter(|_| carrier == Carrier::Membership);
            let binding = Binding {
                arn: group,
                cap: event.binding.cap.clone(),
                policy: Some(Chosen::Policy(Arc::clone(&what))),
                name: Some(what),
                ..Binding::default()
            };
            let binding = self.as_it_is(&Binding { member: Some(id), ..binding }, walk);
            let asker = self.guards.cast.member(actor.member).ok_or("nobody deletes")?;
            let subject = walk.subject(asker, actor.member == self.start).ok_or("whoever deletes is gone")?;
            let calls = self.guards.targets(asked, &binding, &NO_TAGS, &subject, Mode::Exact);
            self.step(primitive, &actor, calls, |_, _| Some((vec![change.clone()], Vec::new())), walk)?;
        }
        Ok(())
    }
}

/// What the principal has that IAM asks to be taken away, memberships first: with them go policies of groups.
fn carried(world: &World, arn: &str) -> Vec<Gone> {
    let Some((account, principal)) = world.principal(arn) else { return Vec::new() };
    let holder: Arc<str> = Arc::from(arn);
    let mut all = Vec::new();
    let own = format!("{arn}#");
    if let IamPrincipal::User(user) = principal {
        for group in account.groups.iter().filter(|group| user.groups.contains(&group.name)) {
            let change = Change::Leave { user: Arc::clone(&holder), group: Arc::clone(&group.arn) };
            all.push((Carrier::Membership, Arc::clone(&group.arn), change));
        }
    }
    for policy in principal.identity().iter().map(|policy| Arc::clone(&policy.name)) {
        let is_attached = match principal {
            IamPrincipal::User(user) => user.attached.contains(&policy),
            IamPrincipal::Role(_) => !policy.starts_with(&own),
        };
        let (holder, name) = (Arc::clone(&holder), Arc::clone(&policy));
        if policy.starts_with(&own) {
            all.push((Carrier::Inline, name, Change::DeletePolicy { holder, policy }));
        } else if is_attached {
            all.push((Carrier::Attached, name, Change::Detach { holder, policy }));
        }
    }
    all
}

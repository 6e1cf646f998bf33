//! What a path may call users and groups.

use std::sync::Arc;

use super::{Bound, Maker};
use crate::steps::cast::{CastAccount, Member, MemberId};
use crate::steps::guard::Binding;
use crate::steps::state::Fact;

impl Maker<'_> {
    /// The user gets each of the names that policies tell apart and that nobody has.
    pub(super) fn called(&self, id: MemberId, member: &Member, base: &Binding, all: &mut Vec<Bound>) {
        let Some(account) = self.cast.accounts.get(&member.account()) else { return };
        for name in names(account, ":user/") {
            let binding = Binding { new_name: Some(Arc::clone(&name)), ..base.clone() };
            all.push((binding, Vec::new(), vec![Fact::Called(id, name)]));
        }
    }

    /// The same for groups.
    pub(super) fn groups_called(&self) -> Vec<Bound> {
        let mut all = Vec::new();
        for (_, account) in self.accounts().filter(|(id, _)| self.is_worth_it(*id)) {
            for group in &account.groups {
                for name in names(account, ":group/") {
                    let binding = Binding {
                        arn: Some(Arc::clone(&group.arn)),
                        new_name: Some(Arc::clone(&name)),
                        ..Binding::default()
                    };
                    all.push((binding, Vec::new(), vec![Fact::GroupCalled(Arc::clone(&group.arn), name)]));
                }
            }
        }
        all
    }
}

/// The names of the kind that the account's policies tell apart. Nobody has one of them.
fn names(account: &CastAccount, kind: &str) -> Vec<Arc<str>> {
    account.names.iter().filter(|name| name.contains(kind)).cloned().collect()
}

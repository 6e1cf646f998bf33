//! What a path must not take again, since a replay refused it.

use std::collections::BTreeSet;

use super::super::cast::MemberId;
use super::super::guard::Binding;

/// Steps that a path must not take, since a replay refused them: a primitive, about what, by whom.
pub type Refused = BTreeSet<(String, Binding, MemberId)>;

/// Stands among what is refused for that nobody assumes the role by a trust policy that the run wrote.
pub fn not_let_in(role: MemberId) -> (String, Binding, MemberId) {
    (NOT_LET_IN.to_owned(), Binding { member: Some(role), ..Binding::default() }, role)
}

/// It was made by [`not_let_in`].
pub fn is_not_let_in(refused: &(String, Binding, MemberId)) -> bool {
    refused.0 == NOT_LET_IN
}

/// No primitive is called so.
const NOT_LET_IN: &str = "not let in";

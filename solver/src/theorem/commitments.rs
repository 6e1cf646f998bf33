//! Calls that commit an account to spending.

use ringfence_model::catalogue::Catalogue;

use super::calls::CallTargets;
use super::duties::{self, pass_role};
use crate::guardrail::{Commitment, Tier};

const TABLE: &str = include_str!("../../data/spend-committing-actions.tsv");

/// The lines of the table for these kinds: the action, and the service to which a call must pass a role.
fn lines(kinds: &[Commitment]) -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split('\t');
        let kind = columns.next()?;
        let action = columns.next()?;
        kinds.iter().any(|wanted| wanted.name() == kind).then(|| (action, columns.next()))
    })
}

/// The actions of these kinds, in the order of the table.
pub fn actions(kinds: &[Commitment]) -> Vec<String> {
    lines(kinds).map(|(action, _)| action.to_owned()).collect()
}

/// Adds iam:PassRole to the targets of those actions of the two tables that always take a role.
pub(crate) fn with_roles(targets: &mut CallTargets, catalogue: &Catalogue) {
    let changing =
        duties::actions(&Tier::ALL).into_iter().map(|change| (change.action, change.passes_role_to));
    for (action, service) in lines(&Commitment::ALL).chain(changing) {
        let Some(further) = service.and_then(|service| pass_role(catalogue, service)) else { continue };
        let id = catalogue.find_action(action);
        for target in &mut targets.direct {
            if target.action.id() == id {
                target.further = vec![further.clone()];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Commitment, TABLE, actions};
    use ringfence_model::catalogue::Catalogue;

    #[test]
    fn every_line_is_of_a_kind_and_an_action_of_the_catalogue() {
        let catalogue = Catalogue::embedded().unwrap();
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        let all = actions(&Commitment::ALL);
        assert_eq!(all.len(), lines);
        for kind in Commitment::ALL {
            assert!(!actions(&[kind]).is_empty(), "{}", kind.name());
        }
        for action in all {
            assert!(catalogue.find_action(&action).is_some(), "{action}");
        }
    }
}

//! Which actions a question is about.

use ringfence_model::catalogue::{Action, ActionId, Catalogue};

use super::InquiryError;
use crate::encode::action::glob_ignoring_case;

/// Names that an error offers.
const NEAREST: usize = 3;

/// The actions of the catalogue that `pattern` matches, letter case apart, in its order. `*` alone is every action. The
/// wildcards of the service prefix do not cross the colon.
///
/// # Errors
/// When there is none, with the nearest.
pub(super) fn matching(pattern: &str, catalogue: &Catalogue) -> Result<Vec<ActionId>, InquiryError> {
    if !pattern.contains(['*', '?']) {
        return catalogue.find_action(pattern).map(|id| vec![id]).ok_or_else(|| InquiryError::NoSuchAction {
            name: pattern.to_owned(),
            nearest: nearest(pattern, catalogue),
        });
    }
    let found: Vec<ActionId> = if pattern == "*" {
        catalogue.numbered_actions().map(|(id, _)| id).collect()
    } else if let Some((service, name)) = pattern.split_once(':') {
        catalogue
            .services()
            .iter()
            .filter(|known| glob_ignoring_case(service, known))
            .flat_map(|known| catalogue.actions_of(known))
            .filter(|(_, action)| glob_ignoring_case(name, &action.name))
            .map(|(id, _)| id)
            .collect()
    } else {
        Vec::new()
    };
    if found.is_empty() {
        let nearest = nearest(&pattern.replace(['*', '?'], ""), catalogue);
        return Err(InquiryError::NoMatchingAction { pattern: pattern.to_owned(), nearest });
    }
    Ok(found)
}

fn nearest(name: &str, catalogue: &Catalogue) -> Vec<String> {
    let ids = catalogue.nearest_actions(name, NEAREST).into_iter();
    ids.filter_map(|id| catalogue.action(id)).map(Action::full_name).collect()
}

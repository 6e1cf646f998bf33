//! What a design leaves to a role that may do everything else: models, services, and the actions that matter.

use std::collections::BTreeMap;

use ringfence_model::models::ModelTable;

use super::ask::Asked;
use super::design::Judge;
use crate::guardrail::{Calls, Commitment, PrincipalKind, Tier};
use crate::prove::Prover;
use crate::search::Limits;
use crate::theorem::asking::Asking;
use crate::theorem::calls::CallQuestion;
use crate::theorem::invocation::RolesBySet;
use crate::theorem::models::ModelIds;
use crate::theorem::reach::{Reach, reach};
use crate::theorem::{commitments, duties};
use crate::verdict::Verdict;
use crate::wildcard::Theory;

/// An action of one of the tables of what matters, as the design leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensitiveAction {
    /// `service:Name`.
    pub action: String,
    /// Which table: `commits to spending`, `changes a model`.
    pub what: &'static str,
    /// Some request of it is allowed, under every reading; false where that is not decided.
    pub certain: bool,
}

/// What a design leaves to a role that may do everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaves {
    /// The models that it runs.
    pub reach: Reach,
    /// Services of which some action is allowed.
    pub services: Vec<String>,
    /// Services of which that is not decided.
    pub open_services: Vec<String>,
    /// All services of the catalogue.
    pub all_services: usize,
    /// What it leaves of the actions that commit to spending or change models.
    pub sensitive: Vec<SensitiveAction>,
    /// Of the actions that were asked about by name those that are allowed, or perhaps.
    pub named: Vec<(String, bool)>,
}

impl Judge<'_> {
    /// What is left to a role of no particular name.
    pub(super) fn leaves(&self, prover: &mut Prover<'_>, table: &ModelTable, named: &[String]) -> Leaves {
        let subject = self.subject(PrincipalKind::Role, None, BTreeMap::new());
        let none = RolesBySet::default();
        let asked = Asked { plan: self.plan, subject: &subject, service_roles: &none };
        let catalogue = self.plan.catalogue;
        let set = ModelIds::any();
        let reach = match asked.around(None) {
            Ok(around) => reach(prover, &subject, table, &self.plan.models, &set, around),
            Err(_) => Reach::default(),
        };
        let asking = Asking { catalogue, constraint: None, as_of: self.plan.as_of.as_ref() };
        let mut theory = Theory::new(Limits::default().states);
        let mut allowed = |prover: &mut Prover<'_>, action: &str| {
            let calls = Calls { actions: vec![action.to_owned()], ..Default::default() };
            let question = CallQuestion::new(&calls, &[], catalogue, &mut theory).ok()?;
            let place = (self.design.partition.as_str(), self.design.account);
            let targets = question.targets(catalogue, table, place, &mut theory);
            let all: Vec<_> = targets.direct.into_iter().chain(targets.routed).collect();
            match asking.ask(prover, &subject, all) {
                Verdict::Refuted(_) => Some(true),
                Verdict::Inconclusive(_) => Some(false),
                Verdict::Proved(_) | Verdict::NotApplicable => None,
            }
        };
        let (mut services, mut open_services) = (Vec::new(), Vec::new());
        for service in catalogue.services() {
            match allowed(prover, &format!("{service}:*")) {
                Some(true) => services.push(service.to_string()),
                Some(false) => open_services.push(service.to_string()),
                None => {}
            }
        }
        let mut sensitive = Vec::new();
        let spending = commitments::actions(&Commitment::ALL);
        let changing = duties::actions(&Tier::ALL);
        let tables = spending
            .into_iter()
            .map(|action| (action, "commits to spending"))
            .chain(changing.into_iter().map(|change| (change.action.to_owned(), "changes a model")));
        for (action, what) in tables {
            if let Some(certain) = allowed(prover, &action) {
                sensitive.push(SensitiveAction { action, what, certain });
            }
        }
        let named =
            named.iter().filter_map(|action| Some((action.clone(), allowed(prover, action)?))).collect();
        Leaves { reach, services, open_services, all_services: catalogue.services().len(), sensitive, named }
    }
}

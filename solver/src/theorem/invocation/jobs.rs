//! Jobs that run a model with a role that the caller passes (semantics:D1, D9).

use ringfence_model::arn::Arn;

use super::{Inquiry, MODELS_TRIED};
use crate::query::{Target, TargetResource};
use crate::search::Limits;
use crate::subject::Subject;
use crate::surroundings::AccountSurroundings;
use crate::theorem::invoke::INVOKE_ACTIONS;
use crate::theorem::models::{ModelIds, bare_id};
use crate::theorem::route::Route;
use crate::theorem::service_session::as_begun_by_bedrock;
use crate::theorem::{Answers, service_routes};
use crate::verdict::Verdict;
use crate::wildcard::Theory;

impl<A: Answers> Inquiry<'_, A> {
    /// Jobs that run a model with a role that is passed.
    pub(super) fn by_jobs(&mut self) -> Option<Verdict> {
        if self.none_of(self.targets.jobs.clone()) {
            return None;
        }
        let Some(account) = self.around.account.filter(|account| !account.any_roles) else {
            let batch = service_routes::batch_jobs(self.around.catalogue, &self.targets.ids, None);
            if !self.none_of(batch) || self.may_be_any_role() {
                self.leave_open(
                    "through-a-job",
                    "a job may be begun with a role that may be passed to Bedrock, and nothing is known of the roles of the account",
                );
            }
            return None;
        };
        let roles = self.service_roles();
        let arns: Vec<String> = roles.able.iter().map(|(role, _)| role.arn.clone()).collect();
        self.proofs.extend(roles.unable);
        let catalogue = self.around.catalogue;
        if !arns.is_empty() && !self.none_of(service_routes::jobs(catalogue, &self.targets.ids, Some(&arns)))
        {
            let direct = roles.able.iter().find_map(|(role, verdict)| self.by_job_with(role, verdict));
            let found = direct.or_else(|| roles.able.iter().find_map(|(role, _)| self.by_jobs_of(role)));
            if found.is_some() {
                return found;
            }
            self.leave_open(
                "through-a-job",
                "a job may run the model with a role that may be passed to Bedrock, of which not every check could be shown",
            );
        }
        self.by_jobs_of_any_role(account);
        None
    }

    /// Batch jobs with a role that Bedrock may take on for one, whatever it may do itself.
    fn by_jobs_of_any_role(&mut self, account: &AccountSurroundings) {
        let mut theory = Theory::new(Limits::default().states);
        let roles: Vec<String> = account
            .service_roles
            .iter()
            .filter(|role| service_routes::may_serve_batch_jobs(role, &mut theory))
            .map(|role| role.arn.clone())
            .collect();
        if roles.is_empty() {
            return;
        }
        let jobs = service_routes::batch_jobs(self.around.catalogue, &self.targets.ids, Some(&roles));
        let of_model = |target: &Target| matches!(target.resource, TargetResource::AnyRegion { .. });
        let (mut open, hidden): (Vec<Target>, Vec<Target>) = jobs.into_iter().partition(of_model);
        let told = service_routes::told_apart(
            self.around.catalogue,
            &hidden,
            &self.targets.ids,
            self.around.account,
        );
        open.extend([told.certain, told.listed, told.vague].into_iter().flatten());
        open.extend(self.of_other_accounts(self.subject, &hidden));
        if !self.none_of(open) {
            self.leave_open(
                "through-a-job",
                "a batch job on the model, or on one that hides which it is, may be begun with a role that may be passed to Bedrock, and AWS \
                 leaves open whether that role must be allowed to invoke the model",
            );
        }
    }

    /// A batch job on the model of the role's own request.
    fn by_job_with(&mut self, role: &Subject, verdict: &Verdict) -> Option<Verdict> {
        let Verdict::Refuted(of_role) = verdict else { return None };
        let request = of_role.requests().first().map(|replayed| &replayed.request)?;
        let region = Arn::parse(&request.resource)?.region;
        // A batch job invokes without streaming.
        if !request.resource.contains(":foundation-model/")
            || request.action != INVOKE_ACTIONS[0]
            || !service_routes::surely_trusts(role, &batch_job_in(role, region))
        {
            return None;
        }
        let job = service_routes::batch_job(self.around.catalogue, &request.resource, role)?;
        let Verdict::Refuted(witness) = self.ask(vec![job]) else { return None };
        let whole = witness.join(of_role.as_ref().clone()).by(Route::Job);
        Some(Verdict::Refuted(Box::new(whole)))
    }

    /// A batch job on a model that the caller may name and `role` may run: sought by what the caller may name.
    fn by_jobs_of(&mut self, role: &Subject) -> Option<Verdict> {
        let catalogue = self.around.catalogue;
        let regions = catalogue.regions(&role.partition).iter();
        let regions: Vec<String> = regions
            .filter(|region| service_routes::surely_trusts(role, &batch_job_in(role, region)))
            .cloned()
            .collect();
        if regions.is_empty() {
            return None;
        }
        let invokes = catalogue.find_action(INVOKE_ACTIONS[0]);
        let mut models = self.targets.models.clone();
        for _ in 0..MODELS_TRIED {
            let ids = ModelIds::these(models.clone());
            let place = (role.partition.as_str(), regions.as_slice());
            let named = service_routes::batch_jobs_in(catalogue, &ids, place, &role.arn);
            let Verdict::Refuted(first) = self.ask(named) else { return None };
            let mut resources = first.requests().iter().map(|replayed| &replayed.request.resource);
            let arn = resources.find(|arn| arn.contains(":foundation-model/"))?.clone();
            let job = service_routes::batch_job(catalogue, &arn, role)?;
            let mut calls = service_routes::of_model(catalogue, &arn);
            calls.retain(|call| call.action.id() == invokes);
            if let Verdict::Refuted(witness) = self.ask(vec![job])
                && let Verdict::Refuted(of_role) = self.ask_role(&as_begun_by_bedrock(role), calls)
            {
                return Some(Verdict::Refuted(Box::new(witness.join(*of_role).by(Route::Job))));
            }
            let tried = bare_id(&arn)?.to_owned();
            models.retain(|model| *model != tried);
        }
        None
    }
}

/// Some batch job in the Region.
fn batch_job_in(role: &Subject, region: &str) -> String {
    format!("{}job", service_routes::batch_jobs_of(role, region))
}

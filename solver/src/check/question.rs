//! What each guardrail asks in a partition, made once for all principals.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::condition::{BaseOperator, SetOperator};
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;

use crate::constraint::{Constraint, condition, where_holds};
use crate::guardrail::{Calls, Configuration, GuardrailKind, ModelChoice, Network};
use crate::theorem::calls::{CallQuestion, CallTargets, MODEL_ACTIONS};
use crate::theorem::commitments;
use crate::theorem::duties::{self, ModifyTargets};
use crate::theorem::invoke::{self, InvokeTargets};
use crate::theorem::known_models::named_models;
use crate::theorem::models::ModelIds;
use crate::verdict::Reason;
use crate::wildcard::Theory;

/// The services that take API keys.
pub(super) const BEARER_SERVICES: [&str; 3] = ["bedrock", "bedrock-mantle", "aws-external-anthropic"];

/// Calls of one guardrail with what a request must be like to count.
#[derive(Debug)]
pub(super) struct CallsAsked {
    pub(super) question: CallQuestion,
    /// By account; one entry for all where the targets do not hang on it.
    pub(super) targets: BTreeMap<Option<AccountId>, CallTargets>,
    pub(super) constraint: Option<Constraint>,
}

impl CallsAsked {
    pub(super) fn targets(&self, account: AccountId) -> Option<&CallTargets> {
        self.targets.get(&None).or_else(|| self.targets.get(&Some(account)))
    }
}

/// What one guardrail asks in one partition.
#[derive(Debug)]
pub(super) enum Question {
    /// Routes to models.
    Routes { targets: Box<InvokeTargets>, constraint: Option<Constraint> },
    /// T1, and subscriptions besides.
    RoutesAndCalls { targets: Box<InvokeTargets>, constraint: Option<Constraint>, calls: Box<CallsAsked> },
    /// T2.
    Escape,
    /// T3.
    Duties(Box<ModifyTargets>, Box<InvokeTargets>),
    /// Calls.
    Calls(Box<CallsAsked>),
    /// Calls, and models in Regions that are not approved.
    Regions { calls: Box<CallsAsked>, targets: Box<InvokeTargets>, regions: Vec<String> },
    /// Calls on resources of other accounts than these.
    Accounts { calls: Box<CallsAsked>, accounts: Vec<AccountId> },
    /// Whoever may make one of the calls carries an approved boundary.
    Bounded(Box<CallsAsked>),
    /// See [`GuardrailKind::BoundaryRequiredOnCreate`].
    Creation,
    /// See [`GuardrailKind::BoundaryProtected`].
    Protection,
    /// Routes with long-lived credentials, and the calls that a long-term API key takes, by the service that it is for.
    Standing { targets: Box<InvokeTargets>, constraint: Constraint, bearers: Vec<(&'static str, CallsAsked)> },
    /// Whoever has a route carries tags.
    Owned { targets: Box<InvokeTargets>, tags: Vec<String>, account_tags: Vec<String> },
    /// Whoever has a route uses it.
    Unused { targets: Box<InvokeTargets>, days: u32 },
    /// A call that must be possible.
    Able { calls: Box<CallsAsked>, resource: Option<String> },
    /// Nothing can be asked there.
    Unanswerable(Reason),
}

impl Question {
    /// Some call that it names is of this service.
    pub(super) fn asks_about(&self, service: &str, catalogue: &Catalogue) -> bool {
        let asked = match self {
            Self::Calls(asked)
            | Self::Accounts { calls: asked, .. }
            | Self::Regions { calls: asked, .. }
            | Self::Bounded(asked)
            | Self::RoutesAndCalls { calls: asked, .. } => asked,
            Self::Routes { .. }
            | Self::Escape
            | Self::Duties(..)
            | Self::Creation
            | Self::Protection
            | Self::Standing { .. }
            | Self::Owned { .. }
            | Self::Unused { .. }
            | Self::Able { .. }
            | Self::Unanswerable(_) => return false,
        };
        asked.targets.values().flat_map(|targets| &targets.direct).any(|target| {
            let action = target.action.id().and_then(|id| catalogue.action(id));
            action.is_some_and(|action| action.service.as_ref() == service)
        })
    }
}

/// Makes questions.
pub(super) struct Maker<'a> {
    pub(super) world: &'a World,
    pub(super) catalogue: &'a Catalogue,
    pub(super) table: &'a ModelTable,
    pub(super) configuration: &'a Configuration,
    inventory: BTreeSet<String>,
    /// Accounts that are asked about though the world does not have them, with their partitions.
    further: Vec<(String, AccountId)>,
    theory: Theory,
}

impl<'a> Maker<'a> {
    pub(super) fn new(
        world: &'a World,
        (catalogue, table): (&'a Catalogue, &'a ModelTable),
        configuration: &'a Configuration,
        states: usize,
    ) -> Self {
        let inventory = named_models(world);
        let theory = Theory::new(states);
        Self { world, catalogue, table, configuration, inventory, further: Vec::new(), theory }
    }

    /// Questions are about this account too, though the world does not have it.
    pub(super) fn also_account(&mut self, partition: &str, account: AccountId) {
        self.further.push((partition.to_owned(), account));
    }

    /// These models are known too.
    pub(super) fn also_models(&mut self, models: BTreeSet<String>) {
        self.inventory.extend(models);
    }

    /// What `kind` asks in `partition`.
    pub(super) fn question(&mut self, kind: &GuardrailKind, partition: &str) -> Question {
        match kind {
            GuardrailKind::CannotInvoke { models, approved_products } => {
                self.cannot_invoke(models.as_ref(), approved_products.as_deref(), partition)
            }
            GuardrailKind::CannotEscapeBoundary => Question::Escape,
            GuardrailKind::SeparationOfDuties { tiers, models } => {
                let modify = duties::targets(self.catalogue, tiers, &self.configuration.training_buckets);
                let invoke = self.routes(models.as_deref(), partition);
                Question::Duties(Box::new(modify), invoke)
            }
            GuardrailKind::Forbid(calls) => {
                let constraint = Constraint::of_blocks(&calls.when, &calls.unless);
                self.calls(calls, partition, Some(constraint), Question::Calls)
            }
            GuardrailKind::ApprovedRegions { regions, actions } => self.regions(regions, actions, partition),
            GuardrailKind::ApprovedAccounts { accounts, actions } => {
                self.accounts(accounts, actions, partition)
            }
            GuardrailKind::GuardrailRequired { guardrails, models } => {
                let key = "bedrock:GuardrailIdentifier";
                let named = where_holds(vec![condition(BaseOperator::StringLike, key, guardrails)]);
                let constraint = Some(Constraint::unless(vec![named]).of_roles_too());
                Question::Routes { targets: self.routes(models.as_deref(), partition), constraint }
            }
            GuardrailKind::NetworkRequired { network, actions } => {
                let constraint = Some(within(network));
                if actions.is_empty() {
                    return Question::Routes { targets: self.routes(None, partition), constraint };
                }
                let calls = Calls { actions: actions.clone(), ..Calls::default() };
                self.calls(&calls, partition, constraint, Question::Calls)
            }
            GuardrailKind::MustBeBounded => {
                let calls = Calls { actions: MODEL_ACTIONS.map(str::to_owned).to_vec(), ..Calls::default() };
                self.calls(&calls, partition, None, Question::Bounded)
            }
            GuardrailKind::BoundaryRequiredOnCreate => Question::Creation,
            GuardrailKind::BoundaryProtected => Question::Protection,
            GuardrailKind::NoStandingAccess { models } => {
                let constraint = temporary();
                let mut bearers = Vec::new();
                for service in BEARER_SERVICES {
                    let actions = vec![format!("{service}:CallWithBearerToken")];
                    let calls = Calls { actions, ..Calls::default() };
                    // What a long-term key says of itself.
                    let long_term =
                        (format!("{service}:BearerTokenType"), Some(vec!["LONG_TERM".to_owned()]));
                    let question = CallQuestion::new(&calls, &[long_term], self.catalogue, &mut self.theory);
                    match self.asked(question, partition, Some(constraint.clone())) {
                        Ok(asked) => bearers.push((service, asked)),
                        Err(reason) => return Question::Unanswerable(reason),
                    }
                }
                let targets = self.routes(models.as_deref(), partition);
                Question::Standing { targets, constraint, bearers }
            }
            GuardrailKind::Owned { tags, account_tags, models } => Question::Owned {
                targets: self.routes(models.as_deref(), partition),
                tags: tags.clone(),
                account_tags: account_tags.clone(),
            },
            GuardrailKind::Unused { days, models } => {
                Question::Unused { targets: self.routes(models.as_deref(), partition), days: *days }
            }
            GuardrailKind::CannotCommitSpend { commitments } => {
                let calls = Calls { actions: commitments::actions(commitments), ..Calls::default() };
                let catalogue = self.catalogue;
                self.calls(&calls, partition, None, |mut asked| {
                    for targets in asked.targets.values_mut() {
                        commitments::with_roles(targets, catalogue);
                    }
                    Question::Calls(asked)
                })
            }
            GuardrailKind::MustBeAble { action, resource, context } => {
                let calls = Calls {
                    actions: vec![action.clone()],
                    resources: resource.iter().cloned().collect(),
                    ..Calls::default()
                };
                let question = CallQuestion::new(&calls, context, self.catalogue, &mut self.theory);
                match self.asked(question, partition, None) {
                    Ok(mut asked) => {
                        for targets in asked.targets.values_mut() {
                            commitments::with_roles(targets, self.catalogue);
                        }
                        Question::Able { calls: Box::new(asked), resource: resource.clone() }
                    }
                    Err(reason) => Question::Unanswerable(reason),
                }
            }
        }
    }

    /// Routes to the models of a set, or of any model.
    fn routes(&self, models: Option<&str>, partition: &str) -> Box<InvokeTargets> {
        let set = models.and_then(|name| self.configuration.models.get(name));
        Box::new(match set {
            Some(set) => {
                let ids = ModelIds::among(set, self.table, &self.inventory);
                invoke::targets(self.catalogue, &ids, partition)
            }
            None => invoke::targets_of_any_model(self.catalogue, self.table, &self.inventory, partition),
        })
    }

    fn cannot_invoke(
        &mut self,
        models: Option<&ModelChoice>,
        products: Option<&[String]>,
        partition: &str,
    ) -> Question {
        let routes = models.map(|choice| match choice {
            ModelChoice::In(name) => (self.routes(Some(name), partition), None),
            ModelChoice::Outside(name) => {
                let Some(set) = self.configuration.models.get(name) else {
                    return (self.routes(None, partition), None);
                };
                let ids = ModelIds::outside(set, self.table, &self.inventory);
                let inside = ModelIds::among(set, self.table, &self.inventory);
                let patterns: Vec<String> = set.ids.iter().cloned().chain(inside.known).collect();
                let targets = Box::new(invoke::targets(self.catalogue, &ids, partition));
                (targets, Some(Constraint::outside_models(&patterns)))
            }
        });
        let Some(products) = products else {
            return match routes {
                Some((targets, constraint)) => Question::Routes { targets, constraint },
                None => Question::Unanswerable(lacking("which models it is about")),
            };
        };
        // The key is a list: all of its products must be approved, and it must be there.
        let key = "aws-marketplace:ProductId";
        let approved = (!products.is_empty()).then(|| {
            let mut all = condition(BaseOperator::StringEquals, key, products);
            all.operator.set = Some(SetOperator::ForAllValues);
            where_holds(vec![all, condition(BaseOperator::Null, key, &["false".to_owned()])])
        });
        let constraint = approved.map(|statement| Constraint::unless(vec![statement]));
        let calls = Calls { actions: vec!["aws-marketplace:Subscribe".to_owned()], ..Calls::default() };
        self.calls(&calls, partition, constraint, |calls| match routes {
            Some((targets, constraint)) => Question::RoutesAndCalls { targets, constraint, calls },
            None => Question::Calls(calls),
        })
    }

    fn regions(&mut self, regions: &[String], actions: &[String], partition: &str) -> Question {
        let patterns =
            if actions.is_empty() { MODEL_ACTIONS.map(str::to_owned).to_vec() } else { actions.to_vec() };
        let approved =
            where_holds(vec![condition(BaseOperator::StringEquals, "aws:RequestedRegion", regions)]);
        let calls = Calls { actions: patterns, ..Calls::default() };
        let routes = actions.is_empty().then(|| self.routes(None, partition));
        let regions = regions.to_vec();
        self.calls(&calls, partition, Some(Constraint::unless(vec![approved])), |calls| match routes {
            Some(targets) => Question::Regions { calls, targets, regions },
            None => Question::Calls(calls),
        })
    }

    fn accounts(&mut self, accounts: &[AccountId], actions: &[String], partition: &str) -> Question {
        let patterns =
            if actions.is_empty() { MODEL_ACTIONS.map(str::to_owned).to_vec() } else { actions.to_vec() };
        let calls = Calls { actions: patterns, ..Calls::default() };
        let accounts = accounts.to_vec();
        self.calls(&calls, partition, None, |calls| Question::Accounts { calls, accounts })
    }

    fn calls(
        &mut self,
        calls: &Calls,
        partition: &str,
        constraint: Option<Constraint>,
        question: impl FnOnce(Box<CallsAsked>) -> Question,
    ) -> Question {
        let asked = CallQuestion::new(calls, &[], self.catalogue, &mut self.theory);
        match self.asked(asked, partition, constraint) {
            Ok(asked) => question(Box::new(asked)),
            Err(reason) => Question::Unanswerable(reason),
        }
    }

    fn asked(
        &mut self,
        question: Result<CallQuestion, Vec<crate::theorem::calls::CallsError>>,
        partition: &str,
        constraint: Option<Constraint>,
    ) -> Result<CallsAsked, Reason> {
        let question = question.map_err(|errors| {
            let first = errors.first().map(|error| error.error.to_string()).unwrap_or_default();
            Reason::NotCovered { code: "catalogue", text: first }
        })?;
        let accounts: Vec<AccountId> = self
            .world
            .accounts
            .values()
            .filter(|account| account.partition == partition)
            .map(|account| account.id)
            .chain(self.further.iter().filter(|(own, _)| own == partition).map(|(_, account)| *account))
            .collect();
        let mut targets = BTreeMap::new();
        for account in accounts {
            let key = (!question.is_the_same_everywhere()).then_some(account);
            if targets.contains_key(&key) {
                continue;
            }
            let found = question.targets(self.catalogue, self.table, (partition, account), &mut self.theory);
            targets.insert(key, found);
        }
        Ok(CallsAsked { question, targets, constraint })
    }
}

fn lacking(what: &str) -> Reason {
    Reason::NotCovered { code: "configuration", text: format!("the guardrail does not say {what}") }
}

/// Requests that do not come from `network`.
fn within(network: &Network) -> Constraint {
    let mut statements = Vec::new();
    for (operator, key, values) in [
        (BaseOperator::StringEquals, "aws:SourceVpce", &network.vpc_endpoints),
        (BaseOperator::StringEquals, "aws:SourceVpc", &network.vpcs),
        (BaseOperator::IpAddress, "aws:SourceIp", &network.ip_ranges),
    ] {
        if !values.is_empty() {
            statements.push(where_holds(vec![condition(operator, key, values)]));
        }
    }
    if network.aws_services {
        let on_behalf = condition(BaseOperator::Bool, "aws:ViaAWSService", &["true".to_owned()]);
        statements.push(where_holds(vec![on_behalf]));
    }
    Constraint::unless(statements)
}

/// Requests with credentials that do not end by themselves.
fn temporary() -> Constraint {
    let present = condition(BaseOperator::Null, "aws:TokenIssueTime", &["false".to_owned()]);
    Constraint::unless(vec![where_holds(vec![present])])
}

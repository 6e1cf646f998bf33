//! A boundary or a chain of SCPs judged for every identity policy: by principals that may do everything else, whatever their names
//! and tags are (docs/theorems.md, designs).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::{ModelTable, ProfileTable};
use ringfence_model::policy::{NamedPolicy, Statement};
use ringfence_model::policy_set::ControlLevel;
use ringfence_model::world::World;

use super::ask::Asked;
use super::design_accounts::Written;
use super::design_leaves::{Leaves, Left};
use super::design_scope::{self, DesignScope, Inside};
use super::design_subject;
use super::facts::Facts;
use super::question::{self, Question};
use super::{
    CheckOptions, Plan, answerable, design_steps, federation, known_models, summary, theorems_over_steps,
};
use crate::encode::Assumptions;
use crate::encode::action::{may_match, may_match_call};
use crate::guardrail::{
    Configuration, Guardrail, GuardrailKind, PrincipalKind, PrincipalScope, pattern_matches,
};
use crate::prove::{Found, Ledger, Prover};
use crate::report::Scope;
use crate::resource_side::ResourceSides;
use crate::search::Limits;
use crate::subject::{SessionTags, Subject, SubjectKind};
use crate::surroundings::Surroundings;
use crate::text::parse_instant;
use crate::theorem::approved_boundaries::ApprovedBoundaries;
use crate::theorem::known_models::add_models_of;
use crate::theorem::roles_by_set::RolesBySet;
use crate::verdict::{Reason, Verdict, VerdictWord};
use crate::wildcard::{Language, Theory};

/// So many principals that were found are asked about by name before a question is left undecided.
const NAMES: usize = 4;

/// What is judged.
#[derive(Clone, Debug)]
pub struct Design {
    /// The boundary that every user and role carries; none where the SCPs are judged alone.
    pub boundary: Option<NamedPolicy>,
    /// The ARN of the boundary was made up: it counts as one that is approved.
    pub invented_name: bool,
    /// The SCPs, from the root down.
    pub service_control: Vec<ControlLevel>,
    /// The account of the principals; of some account where [`Design::any_account`] says so.
    pub account: AccountId,
    /// Any account may be theirs: those that the policies and guardrails write down are judged as well, and the worst counts.
    pub any_account: bool,
    /// Accounts that cannot be theirs.
    pub never: BTreeSet<AccountId>,
    /// Its partition.
    pub partition: String,
    /// The OU, root or account whose SCPs are judged, by its id.
    pub under: Option<String>,
    /// The id of the organisation and the path of the account in it, where that is known.
    pub organization: Option<(String, String)>,
    /// It is taken for granted that no policy of a resource grants anything.
    pub no_resource_policies: bool,
}

impl Design {
    /// The same design in `account`, with the boundary under the ARN that it has there.
    fn in_account(&self, account: AccountId) -> Self {
        let (from, to) = (format!("::{}:", self.account), format!("::{account}:"));
        let boundary = self.boundary.as_ref().map(|boundary| NamedPolicy {
            name: Arc::from(boundary.name.replacen(&from, &to, 1)),
            document: Arc::clone(&boundary.document),
        });
        Self { boundary, account, ..self.clone() }
    }

    /// The accounts that its policies write down, and what all guardrails share.
    fn written(&self, configuration: &Configuration, is_model: &dyn Fn(&str) -> bool) -> Written {
        let policies = self.service_control.iter().flat_map(|level| &level.policies);
        let documents = policies.chain(&self.boundary).map(|policy| {
            // Places in files are no part of what a policy says.
            let statements = policy.document.statements.iter().map(|statement| {
                format!("{:?} {:?} {:?}", statement.action, statement.resource, statement.conditions)
            });
            Written::of(&statements.collect::<Vec<_>>().join(" "), is_model)
        });
        let shared = format!(
            "{:?} {:?} {:?}",
            configuration.models, configuration.training_buckets, configuration.approved_boundaries
        );
        let shared = Written::of(&shared, is_model);
        documents.fold(shared, |all, one| all.and(&one))
    }
}

/// Whom a verdict is about.
pub type Judged = (PrincipalKind, Verdict);

/// What one guardrail is worth under the design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesignResult {
    /// The guardrail's id.
    pub id: String,
    /// Its kind.
    pub kind: GuardrailKind,
    /// How far its verdicts reach.
    pub scope: Scope,
    /// Roles, users, and where no boundary is judged the root user; those of the guardrail's scope.
    pub verdicts: Vec<Judged>,
    /// What it does not cover.
    pub not_covered: Vec<String>,
}

impl DesignResult {
    /// The worst of its verdicts.
    pub fn verdict(&self) -> VerdictWord {
        self.verdicts.iter().map(|(_, verdict)| verdict.word()).max().unwrap_or(VerdictWord::NotApplicable)
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesignReport {
    /// The guardrails in order.
    pub guardrails: Vec<DesignResult>,
    /// What is left, if that was asked.
    pub leaves: Option<Leaves>,
}

/// Judges `design` by the guardrails of `configuration`. Of `world` only the organisation's tags and the resource policies count.
/// `named` are actions that are asked about one by one, as a part of what is left; where it is none that is not asked at all.
pub fn judge(
    design: &Design,
    world: &World,
    (catalogue, table): (&Catalogue, &ModelTable),
    configuration: &Configuration,
    named: Option<&[String]>,
    options: &CheckOptions,
    ledger: Option<&dyn Ledger>,
) -> DesignReport {
    let assumptions: Assumptions =
        configuration.assumptions.iter().map(|(point, (reading, _))| (*point, *reading)).collect();
    let limits = Limits { encoding: options.encoding, ..Limits::default() };
    let mut prover = Prover::with_limits(catalogue, &assumptions, limits).led_by(ledger);
    let mut unled = Prover::with_limits(catalogue, &assumptions, limits);
    let models = models_of(design, world, table, options);
    let is_model = |pattern: &str| {
        let pattern = Language::glob(pattern);
        models.iter().any(|id| pattern.accepts(id))
    };
    let written = design.written(configuration, &is_model);
    let of_guardrails: Vec<Written> = configuration
        .guardrails
        .iter()
        .map(|guardrail| written.and(&Written::of(&format!("{guardrail:?}"), &is_model)))
        .collect();
    let nowhere = of_guardrails.iter().fold(written.clone(), |all, one| all.and(one));
    let first = if design.any_account {
        let known = world.organization.iter().flat_map(|organization| organization.accounts.keys().copied());
        nowhere.unwritten(design.account, &known.chain(design.never.iter().copied()).collect())
    } else {
        design.account
    };
    let of_guardrails: Vec<(Vec<AccountId>, bool)> = of_guardrails
        .iter()
        .zip(&configuration.guardrails)
        .map(|(written, guardrail)| {
            if design.any_account {
                written.besides(first, &design.never, &guardrail.principals.accounts)
            } else {
                (Vec::new(), true)
            }
        })
        .collect();
    let mut guardrails: Vec<DesignResult> = configuration
        .guardrails
        .iter()
        .map(|guardrail| DesignResult {
            id: guardrail.id.clone(),
            kind: guardrail.kind.clone(),
            scope: theorems_over_steps::scope(&guardrail.kind, options),
            verdicts: Vec::new(),
            not_covered: design_steps::not_covered(&guardrail.kind, options),
        })
        .collect();
    // What is left is asked in the accounts that the policies write down.
    let (of_leaves, enough) =
        if design.any_account { written.besides(first, &design.never, &[]) } else { (Vec::new(), true) };
    let others: BTreeSet<AccountId> =
        of_guardrails.iter().flat_map(|(accounts, _)| accounts).chain(&of_leaves).copied().collect();
    let mut left = Left::default();
    let mut leaves = None;
    let accounts: Vec<AccountId> = std::iter::once(first).chain(others).collect();
    for (index, account) in accounts.iter().copied().enumerate() {
        let here = design.in_account(account);
        // A policy of a resource may name whoever it is: those of a world would show only some.
        let sides = if design.no_resource_policies {
            ResourceSides::none_of(account)
        } else {
            ResourceSides::of(&World::default())
        };
        let sides = Arc::new(sides);
        let roles = design_subject::any_role(&here, &sides);
        let plan = plan(&here, roles, world, (catalogue, table), configuration, options);
        let steps = options.steps.then_some(&assumptions);
        let judge = Judge { design: &here, world, plan: &plan, sides, steps };
        let asked = configuration.guardrails.iter().zip(&plan.questions).zip(&of_guardrails);
        for (place, (((guardrail, questions), (accounts, _)), result)) in
            asked.zip(&mut guardrails).enumerate()
        {
            let Some(question) = questions.get(&here.partition) else { continue };
            if account == first || accounts.contains(&account) {
                judge.add(&mut prover, guardrail, (question, place), result);
            }
        }
        if let Some(named) = named {
            if account == first || of_leaves.contains(&account) {
                judge.add_leaves(&mut unled, table, named, &mut left);
            }
            if index + 1 == accounts.len() {
                leaves = Some(std::mem::take(&mut left).finish(&judge, named, enough));
            }
        }
    }
    for (result, (_, enough)) in guardrails.iter_mut().zip(&of_guardrails) {
        for (_, verdict) in &mut result.verdicts {
            if !enough && matches!(verdict, Verdict::Proved(_) | Verdict::NotApplicable) {
                let text = "it hangs on the account in more ways than were looked at: name the account by `--arn` or `--under`";
                *verdict =
                    Verdict::Inconclusive(Reason::NotCovered { code: "accounts", text: text.to_owned() });
            }
        }
    }
    DesignReport { guardrails, leaves }
}

/// The ids of all models that are known, those that the policies of `design` name among them.
fn models_of(design: &Design, world: &World, table: &ModelTable, options: &CheckOptions) -> BTreeSet<String> {
    let mut all = known_models(world, table, options);
    for policy in design.service_control.iter().flat_map(|level| &level.policies).chain(&design.boundary) {
        add_models_of(&policy.document, &mut all);
    }
    all
}

/// What is asked of the principals of `design`, where `any_role` stands for the roles of their account.
fn plan<'a>(
    design: &Design,
    any_role: Option<Subject>,
    world: &World,
    (catalogue, table): (&'a Catalogue, &'a ModelTable),
    configuration: &'a Configuration,
    options: &CheckOptions,
) -> Plan<'a> {
    let mut maker = question::Maker::new(world, (catalogue, table), configuration, Limits::default().states);
    maker.also_account(&design.partition, design.account);
    let models = models_of(design, world, table, options);
    maker.also_models(models.clone());
    let buckets = !configuration.training_buckets.is_empty();
    let mut questions = Vec::new();
    for guardrail in &configuration.guardrails {
        let question = match answerable::unanswerable(catalogue, &guardrail.kind, buckets, &design.partition)
        {
            Some(reason) => Question::Unanswerable(reason),
            None => maker.question(&guardrail.kind, &design.partition),
        };
        questions.push(BTreeMap::from([(design.partition.clone(), question)]));
    }
    // The boundary that is judged counts as approved: where there are patterns, unless its ARN is known and none matches it, and else
    // unless it is one of AWS.
    let patterns = configuration.approved_boundaries.clone().unwrap_or_default();
    let own = design.boundary.iter().map(|boundary| boundary.name.to_string()).filter(|name| {
        if configuration.approved_boundaries.is_none() {
            return !name.contains(":iam::aws:policy/");
        }
        design.invented_name || patterns.iter().any(|pattern| pattern_matches(pattern, name))
    });
    let (known, _) = summary::approved_policies(world, configuration);
    let arns: BTreeSet<String> = known.into_iter().chain(own).collect();
    let approved = ApprovedBoundaries::new(arns.clone(), &patterns, arns, true);
    Plan {
        catalogue,
        configuration,
        as_of: options.as_of.as_deref().and_then(parse_instant),
        today: options.today.clone(),
        questions,
        approved,
        surroundings: Surroundings::of_any_account(design.account, &design.partition, any_role),
        profiles: ProfileTable::embedded().ok(),
        // Nothing is known of the keys and roles of the account.
        facts: Facts::default(),
        models,
        above: BTreeMap::new(),
        service_roles: Vec::new(),
    }
}

/// A design in one account.
pub(super) struct Judge<'j> {
    pub(super) design: &'j Design,
    world: &'j World,
    pub(super) plan: &'j Plan<'j>,
    sides: Arc<ResourceSides>,
    /// Theorems are judged over steps, with these readings.
    steps: Option<&'j Assumptions>,
}

impl Judge<'_> {
    /// The kinds of principals that a guardrail is judged by. Root users carry no boundary.
    pub(super) fn kinds_of(&self, scope: &PrincipalScope) -> Vec<PrincipalKind> {
        let mut kinds = vec![PrincipalKind::Role, PrincipalKind::User];
        if self.design.boundary.is_none() {
            kinds.push(PrincipalKind::Root);
        }
        kinds.retain(|kind| scope.kinds.is_empty() || scope.kinds.contains(kind));
        if !scope.paths.is_empty() || !scope.tags.is_empty() {
            // A root user has neither a path nor tags.
            kinds.retain(|kind| *kind != PrincipalKind::Root);
        }
        kinds
    }

    /// Adds what the guardrail is worth here to what it is worth elsewhere: of each kind of principals the worst counts.
    fn add(
        &self,
        prover: &mut Prover<'_>,
        guardrail: &Guardrail,
        question: (&Question, usize),
        result: &mut DesignResult,
    ) {
        for kind in self.kinds_of(&guardrail.principals) {
            let verdict = self.verdict(prover, guardrail, question, kind);
            match result.verdicts.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, worst)) if verdict.word() > worst.word() => *worst = verdict,
                Some(_) => {}
                None => result.verdicts.push((kind, verdict)),
            }
        }
    }

    /// A principal of the kind that may do everything that the design leaves, by this name and with these tags.
    pub(super) fn subject(
        &self,
        kind: PrincipalKind,
        arn: Option<&str>,
        tags: BTreeMap<String, String>,
    ) -> Subject {
        design_subject::subject(self.design, &self.sides, kind, arn, tags)
    }

    /// The verdict on principals of the kind, as far as the design alone can tell it.
    fn verdict(
        &self,
        prover: &mut Prover<'_>,
        guardrail: &Guardrail,
        (question, place): (&Question, usize),
        kind: PrincipalKind,
    ) -> Verdict {
        let open =
            |code, text: &str| Verdict::Inconclusive(Reason::NotCovered { code, text: text.to_owned() });
        let inside = design_scope::inside(&guardrail.principals, self.design, self.world);
        if inside == Inside::No {
            return Verdict::NotApplicable;
        }
        if let Question::Unused { targets, .. } = question {
            if kind != PrincipalKind::Role {
                return Verdict::NotApplicable;
            }
            let routes = Question::Routes { targets: targets.clone(), constraint: None };
            return match self.of_anybody(prover, guardrail, &routes, kind) {
                closed @ (Verdict::Proved(_) | Verdict::NotApplicable) => closed,
                Verdict::Refuted(_) | Verdict::Inconclusive(_) => {
                    open("last-used", "nothing says when whoever will carry it was last used")
                }
            };
        }
        // What more SCPs further down can change: they only deny more.
        let must_be_able = matches!(guardrail.kind, GuardrailKind::MustBeAble { .. });
        let further = inside == Inside::FurtherDown
            || must_be_able && design_scope::more_binds_below(&guardrail.principals, self.design, self.world);
        let changing = if must_be_able { VerdictWord::Proved } else { VerdictWord::Refuted };
        let mut verdict = self.of_anybody(prover, guardrail, question, kind);
        if matches!(verdict, Verdict::Proved(_) | Verdict::Inconclusive(_))
            && let Some(steps) = self.over_steps(prover, guardrail, (question, place), kind)
        {
            verdict = theorems_over_steps::combined(verdict, steps);
        }
        if further && verdict.word() == changing {
            return open(
                "scope",
                "it is about an account or OU further down, whose own service control policies are not looked at: name it by `--under`",
            );
        }
        match verdict {
            // A trust policy of the account may let a user or session in by its name, whatever its boundary says.
            Verdict::Proved(_)
                if self.design.boundary.is_some()
                    && !self.design.no_resource_policies
                    && question.asks_about("sts", self.plan.catalogue) =>
            {
                open(
                    "trust-policies",
                    "the trust policy of a role, which nothing shows, may let the principal in by its name",
                )
            }
            verdict @ (Verdict::Proved(_)
            | Verdict::Refuted(_)
            | Verdict::Inconclusive(_)
            | Verdict::NotApplicable) => verdict,
        }
    }

    /// The verdict over steps; none where the guardrail is not about steps.
    fn over_steps(
        &self,
        prover: &mut Prover<'_>,
        guardrail: &Guardrail,
        question: (&Question, usize),
        kind: PrincipalKind,
    ) -> Option<Verdict> {
        let goals = theorems_over_steps::goals(&guardrail.kind);
        let pins = self.steps.filter(|_| !goals.is_empty())?;
        let scope = DesignScope::new(&guardrail.principals, self.design, kind);
        let tags = || scope.tags(BTreeMap::new());
        // Not the name of those that a run makes.
        let plain = self.subject(kind, Some("somebody"), tags());
        let of_scope = scope.candidates().into_iter().map(|arn| self.subject(kind, Some(&arn), tags()));
        let admitted = std::iter::once(plain.clone()).chain(of_scope).find(|subject| scope.admits(subject));
        let named = self.with_federation(prover, admitted.unwrap_or_else(|| plain.clone()));
        // Root users have one name.
        let any_name = (kind != PrincipalKind::Root).then(|| scope.anybody());
        let anybody = Subject { any_name, ..named.clone() };
        let judged = design_steps::Judged { named, anybody };
        let verdict = design_steps::verdict(
            prover,
            (self.plan, pins),
            (self.design, &judged, self.world),
            question,
            goals,
        );
        prover.take_found();
        Some(verdict)
    }

    /// What the statements of the design say of `action`, in lower case; all of them where it is a pattern.
    fn text_about(&self, action: &str) -> String {
        let policies = self.design.service_control.iter().flat_map(|level| &level.policies);
        let statements = policies.chain(&self.design.boundary).flat_map(|policy| &policy.document.statements);
        let action = action.to_ascii_lowercase();
        // Calls that pass a role need that right too.
        let exact = action.split_once(':').filter(|_| !action.contains(['*', '?']));
        let about = |statement: &&Statement| match exact {
            Some((service, name)) => {
                may_match_call(statement, service, name) || may_match(statement, "iam", "passrole")
            }
            None => true,
        };
        statements.filter(about).map(|statement| format!("{statement:?}").to_ascii_lowercase()).collect()
    }

    /// Some statement of the design hangs on who the principal is.
    pub(super) fn names_somebody(&self) -> bool {
        let text = self.text_about("*");
        ["aws:principal", "aws:username", "aws:userid"].iter().any(|key| text.contains(key))
    }

    /// Why the principals that the scope names, and that must be able to do `action`, are not known well enough to be asked about.
    fn unknown_names(&self, scope: &DesignScope<'_>, action: &str) -> Option<&'static str> {
        let text = self.text_about(action);
        if text.contains("aws:userid") {
            return Some("the design hangs on the unique id of whoever must be able, which no ARN tells");
        }
        let names = ["aws:principalarn", "aws:username"];
        if names.iter().any(|key| text.contains(key)) && !scope.is_exact() {
            return Some(
                "the design hangs on who the principal is: name those that must be able by their ARNs",
            );
        }
        let tags = text.split("aws:principaltag/").skip(1);
        let mut keys = tags.map(|rest| rest.split(['"', '}', ',']).next().unwrap_or_default());
        (!keys.all(|key| scope.tells(key))).then_some(
            "the design hangs on tags of the principal: give those of whoever must be able under `tags`, each with one value",
        )
    }

    /// Proved if every principal of the kind that the scope names may make the call.
    fn of_named(
        &self,
        prover: &mut Prover<'_>,
        scope: &DesignScope<'_>,
        action: &str,
        question: &Question,
        kind: PrincipalKind,
    ) -> Verdict {
        let names =
            |text: &str| Verdict::Inconclusive(Reason::NotCovered { code: "names", text: text.to_owned() });
        if let Some(reason) = self.unknown_names(scope, action) {
            return names(reason);
        }
        let subject = |arn: Option<&str>| {
            let mut subject = self.subject(kind, arn, scope.tags(BTreeMap::new()));
            if let SubjectKind::Role { session_tags, .. } = &mut subject.kind {
                // Tags that its trust policy may not admit are no help.
                *session_tags = SessionTags::Never;
            }
            subject
        };
        let arns = scope.candidates();
        let mut subjects: Vec<Subject> = arns.iter().map(|arn| subject(Some(arn))).collect();
        subjects.retain(|subject| scope.admits(subject));
        if subjects.is_empty() {
            subjects.extend(Some(subject(None)).filter(|plain| scope.admits(plain)));
        }
        let verdicts = subjects.iter().map(|subject| self.ask(prover, question, subject));
        verdicts.max_by_key(Verdict::word).unwrap_or_else(|| {
            names("nobody's name could be made from the patterns: name those that must be able by their ARNs")
        })
    }

    /// Proved if no principal of the kind breaks the guardrail, whatever its name and tags; refuted by one that does.
    fn of_anybody(
        &self,
        prover: &mut Prover<'_>,
        guardrail: &Guardrail,
        question: &Question,
        kind: PrincipalKind,
    ) -> Verdict {
        let scope = DesignScope::new(&guardrail.principals, self.design, kind);
        let plain = self.subject(kind, None, BTreeMap::new());
        if kind == PrincipalKind::Root {
            return if scope.admits(&plain) {
                self.ask(prover, question, &plain)
            } else {
                Verdict::NotApplicable
            };
        }
        if scope.is_nobody(&mut Theory::new(Limits::default().states)) {
            return Verdict::NotApplicable;
        }
        if let GuardrailKind::MustBeAble { action, .. } = &guardrail.kind {
            return self.of_named(prover, &scope, action, question, kind);
        }
        prover.take_found();
        let anybody = Subject { any_name: Some(scope.anybody()), ..plain };
        let first = self.ask(prover, question, &anybody);
        if matches!(first, Verdict::Proved(_) | Verdict::NotApplicable) {
            return first;
        }
        let mut found: Vec<Found> = vec![(None, BTreeMap::new())];
        found.extend(scope.candidates().into_iter().take(1).map(|arn| (Some(arn), BTreeMap::new())));
        found.extend(prover.take_found());
        let mut open = match first {
            Verdict::Inconclusive(reason) => reason,
            // What needs no request is so for everybody.
            refuted @ (Verdict::Refuted(_) | Verdict::Proved(_) | Verdict::NotApplicable) => return refuted,
        };
        if matches!(open, Reason::Disagreement(_)) {
            let text = "somebody may break it, and nobody was found by name".to_owned();
            open = Reason::NotCovered { code: "names", text };
        }
        for (arn, tags) in found.into_iter().take(NAMES + 2) {
            let subject = self.subject(kind, arn.as_deref(), scope.tags(tags));
            if !scope.admits(&subject) {
                continue;
            }
            match self.ask(prover, question, &subject) {
                refuted @ Verdict::Refuted(_) => return refuted,
                Verdict::Inconclusive(reason) => open = reason,
                Verdict::Proved(_) | Verdict::NotApplicable => {}
            }
        }
        prover.take_found();
        Verdict::Inconclusive(open)
    }

    /// The subject with what its federated-user sessions may be under the design.
    pub(super) fn with_federation(&self, prover: &mut Prover<'_>, mut subject: Subject) -> Subject {
        if matches!(subject.kind, SubjectKind::User { .. }) {
            subject.federation = federation(prover, self.plan.catalogue, &subject);
        }
        subject
    }

    fn ask(&self, prover: &mut Prover<'_>, question: &Question, subject: &Subject) -> Verdict {
        let none = RolesBySet::default();
        let subject = self.with_federation(prover, subject.clone());
        prover.take_found();
        Asked {
            plan: self.plan,
            surroundings: &self.plan.surroundings,
            subject: &subject,
            service_roles: &none,
        }
        .verdict(prover, question)
    }
}

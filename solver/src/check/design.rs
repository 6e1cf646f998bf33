//! A boundary or a chain of SCPs judged for every identity policy: by principals that may do everything else, whatever their names
//! and tags are (docs/theorems.md, designs).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::{ModelTable, ProfileTable};
use ringfence_model::policy::NamedPolicy;
use ringfence_model::policy_set::{ControlLevel, PolicySet};
use ringfence_model::world::World;

use super::ask::Asked;
use super::design_accounts::Written;
use super::facts::Facts;
use super::question::{self, Question};
use super::{CheckOptions, Plan, answerable, known_models, summary};
use crate::constraint::allows_everything;
use crate::encode::Assumptions;
use crate::guardrail::{Configuration, Guardrail, GuardrailKind, PrincipalKind, pattern_matches};
use crate::prove::{Found, Prover};
use crate::resource_side::ResourceSides;
use crate::search::Limits;
use crate::subject::{AnyName, Federation, OrganizationFacts, SessionTags, Subject, SubjectKind};
use crate::surroundings::Surroundings;
use crate::text::parse_instant;
use crate::theorem::asking::Asking;
use crate::theorem::calls::CallQuestion;
use crate::theorem::escape::ApprovedBoundaries;
use crate::theorem::models::ModelIds;
use crate::theorem::reach::{Reach, reach};
use crate::theorem::{commitments, duties};
use crate::verdict::{Reason, Verdict, VerdictWord};
use crate::wildcard::{Language, Theory};

/// So many principals that were found are asked about by name before a question is left undecided.
const NAMES: usize = 4;
/// The name of the principals where no name matters.
const ANYBODY: &str = "anybody";

/// What is judged.
#[derive(Clone, Debug)]
pub struct Design {
    /// The boundary that every user and role carries; none where the SCPs are judged alone.
    pub boundary: Option<NamedPolicy>,
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
    fn written(&self, configuration: &Configuration) -> Written {
        let policies = self.service_control.iter().flat_map(|level| &level.policies);
        let documents = policies.chain(&self.boundary).map(|policy| {
            // Places in files are no part of what a policy says.
            let statements = policy.document.statements.iter().map(|statement| {
                format!("{:?} {:?} {:?}", statement.action, statement.resource, statement.conditions)
            });
            Written::of(&statements.collect::<Vec<_>>().join(" "))
        });
        let shared = Written::of(&format!(
            "{:?} {:?} {:?}",
            configuration.models, configuration.training_buckets, configuration.approved_boundaries
        ));
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
) -> DesignReport {
    let assumptions: Assumptions =
        configuration.assumptions.iter().map(|(point, (reading, _))| (*point, *reading)).collect();
    let limits = Limits { encoding: options.encoding, ..Limits::default() };
    // A policy of a resource may name whoever it is: those of a world would show only some.
    let sides = Arc::new(if design.no_resource_policies {
        ResourceSides::none()
    } else {
        ResourceSides::of(&World::default())
    });
    let mut prover = Prover::with_limits(catalogue, &assumptions, limits);
    let written = design.written(configuration);
    let of_guardrails: Vec<(Vec<AccountId>, bool)> = configuration
        .guardrails
        .iter()
        .map(|guardrail| {
            if !design.any_account {
                return (Vec::new(), true);
            }
            written.and(&Written::of(&format!("{guardrail:?}"))).besides(design.account, &design.never)
        })
        .collect();
    let mut guardrails: Vec<DesignResult> = configuration
        .guardrails
        .iter()
        .map(|guardrail| DesignResult {
            id: guardrail.id.clone(),
            kind: guardrail.kind.clone(),
            verdicts: Vec::new(),
            not_covered: summary::not_covered(&guardrail.kind),
        })
        .collect();
    let others: BTreeSet<AccountId> =
        of_guardrails.iter().flat_map(|(accounts, _)| accounts).copied().collect();
    for account in std::iter::once(design.account).chain(others) {
        let here = design.in_account(account);
        let plan = plan(&here, world, (catalogue, table), configuration, options);
        let judge = Judge { design: &here, plan: &plan, sides: Arc::clone(&sides) };
        for (index, (guardrail, questions)) in
            configuration.guardrails.iter().zip(&plan.questions).enumerate()
        {
            let Some((accounts, _)) = of_guardrails.get(index) else { continue };
            let (Some(question), Some(result)) = (questions.get(&here.partition), guardrails.get_mut(index))
            else {
                continue;
            };
            if account != design.account && !accounts.contains(&account) {
                continue;
            }
            for kind in judge.kinds(guardrail) {
                let verdict = judge.verdict(&mut prover, guardrail, question, kind);
                match result.verdicts.iter_mut().find(|(known, _)| *known == kind) {
                    Some((_, worst)) if verdict.word() > worst.word() => *worst = verdict,
                    Some(_) => {}
                    None => result.verdicts.push((kind, verdict)),
                }
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
    let plan = plan(design, world, (catalogue, table), configuration, options);
    let judge = Judge { design, plan: &plan, sides };
    let leaves = named.map(|named| judge.leaves(&mut prover, table, named));
    DesignReport { guardrails, leaves }
}

fn plan<'a>(
    design: &Design,
    world: &World,
    (catalogue, table): (&'a Catalogue, &'a ModelTable),
    configuration: &'a Configuration,
    options: &CheckOptions,
) -> Plan<'a> {
    let mut maker = question::Maker::new(world, (catalogue, table), configuration, Limits::default().states);
    maker.also_account(&design.partition, design.account);
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
    // The boundary that is judged counts as approved, unless there are patterns and none matches it.
    let patterns = configuration.approved_boundaries.clone().unwrap_or_default();
    let own = design.boundary.iter().map(|boundary| boundary.name.to_string()).filter(|name| {
        configuration.approved_boundaries.is_none()
            || patterns.iter().any(|pattern| pattern_matches(pattern, name))
    });
    let known = summary::approved_boundaries(world, configuration);
    let known = if configuration.approved_boundaries.is_some() { known.arns } else { Vec::new() };
    let arns: BTreeSet<String> = known.into_iter().chain(own).collect();
    let approved = ApprovedBoundaries {
        arns: arns.iter().cloned().collect(),
        patterns,
        existing: arns.into_iter().collect(),
        any_that_matches: true,
    };
    Plan {
        catalogue,
        configuration,
        as_of: options.as_of.as_deref().and_then(parse_instant),
        today: options.today.clone(),
        questions,
        approved,
        surroundings: Surroundings::of_any_account(design.account, &design.partition),
        profiles: ProfileTable::embedded().ok(),
        // Nothing is known of the keys and roles of the account.
        facts: Facts::default(),
        models: known_models(world, table),
        above: BTreeMap::new(),
        service_roles: Vec::new(),
    }
}

struct Judge<'j> {
    design: &'j Design,
    plan: &'j Plan<'j>,
    sides: Arc<ResourceSides>,
}

impl Judge<'_> {
    /// The kinds of principals that a guardrail is judged by. Root users carry no boundary.
    fn kinds(&self, guardrail: &Guardrail) -> Vec<PrincipalKind> {
        let mut kinds = vec![PrincipalKind::Role, PrincipalKind::User];
        if self.design.boundary.is_none() {
            kinds.push(PrincipalKind::Root);
        }
        let wanted = &guardrail.principals.kinds;
        kinds.retain(|kind| wanted.is_empty() || wanted.contains(kind));
        kinds
    }

    /// A principal of the kind that may do everything that the design leaves, by this name and with these tags.
    fn subject(&self, kind: PrincipalKind, arn: Option<&str>, tags: BTreeMap<String, String>) -> Subject {
        let design = self.design;
        let (partition, account) = (&design.partition, design.account);
        let word = if kind == PrincipalKind::User { "user" } else { "role" };
        let arn = match (kind, arn) {
            (PrincipalKind::Root, _) => format!("arn:{partition}:iam::{account}:root"),
            (_, Some(arn)) if arn.starts_with("arn:") => arn.to_owned(),
            (_, Some(name)) => format!("arn:{partition}:iam::{account}:{word}/{name}"),
            (_, None) => format!("arn:{partition}:iam::{account}:{word}/{ANYBODY}"),
        };
        let (path, name) = path_and_name(&arn);
        let kind = match kind {
            PrincipalKind::Root => SubjectKind::Root,
            PrincipalKind::User => SubjectKind::User { path, name },
            PrincipalKind::Role => SubjectKind::Role {
                path,
                name,
                session_tags: SessionTags::Free,
                federated: true,
                trust: None,
            },
        };
        let is_root = kind == SubjectKind::Root;
        Subject {
            federation: if matches!(kind, SubjectKind::User { .. }) {
                Federation::Possible
            } else {
                Federation::Never
            },
            kind,
            arn,
            partition: partition.clone(),
            account,
            unique_id: None,
            tags,
            organization: match &design.organization {
                Some((id, path)) => OrganizationFacts::Member { id: id.clone(), path: path.clone() },
                None => OrganizationFacts::Unknown,
            },
            policies: PolicySet {
                identity: if is_root {
                    Vec::new()
                } else {
                    vec![allows_everything("identity policy that allows everything")]
                },
                permissions_boundary: design
                    .boundary
                    .as_ref()
                    .filter(|_| !is_root)
                    .map(|boundary| vec![boundary.clone()]),
                service_control: design.service_control.clone(),
                ..PolicySet::default()
            },
            session_name: None,
            resources: Arc::clone(&self.sides),
            any_name: None,
        }
    }

    /// The verdict on principals of the kind, as far as the design alone can tell it.
    fn verdict(
        &self,
        prover: &mut Prover<'_>,
        guardrail: &Guardrail,
        question: &Question,
        kind: PrincipalKind,
    ) -> Verdict {
        let open =
            |code, text: &str| Verdict::Inconclusive(Reason::NotCovered { code, text: text.to_owned() });
        let scope = &guardrail.principals;
        let by_account = |pattern: &String| AccountId::parse(pattern).is_some();
        let narrowed = !scope.accounts.is_empty()
            || !scope.organizational_units.is_empty()
            || !scope.paths.is_empty()
            || !scope.tags.is_empty()
            || scope.include.iter().chain(&scope.exclude).any(by_account);
        match self.of_anybody(prover, guardrail, question, kind) {
            Verdict::Refuted(_) if narrowed => open(
                "scope",
                "somebody breaks it who may be outside of the guardrail's scope: only its ARNs and kinds are looked at here",
            ),
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

    /// Some policy of the design hangs on who the principal is.
    fn names_somebody(&self) -> bool {
        let policies = self.design.service_control.iter().flat_map(|level| &level.policies);
        policies.chain(&self.design.boundary).any(|policy| {
            let text = format!("{:?}", policy.document.statements).to_ascii_lowercase();
            let keys = ["aws:principalarn", "aws:principaltag", "aws:username", "aws:userid"];
            keys.iter().any(|key| text.contains(key))
        })
    }

    /// ARNs of the kind that the scope of a guardrail admits, made from its patterns.
    fn admitted(&self, patterns: &[String], kind: PrincipalKind) -> Vec<String> {
        let word = if kind == PrincipalKind::User { ":user/" } else { ":role/" };
        let account = format!("::{}:", self.design.account);
        let partition = format!("arn:{}:", self.design.partition);
        patterns
            .iter()
            .map(|pattern| {
                let arn = pattern.replacen("::*:", &account, 1).replacen("arn:*:", &partition, 1);
                arn.replace('*', ANYBODY).replace('?', "x")
            })
            .filter(|arn| arn.contains(word) && arn.contains(&account))
            .collect()
    }

    /// Proved if no principal of the kind breaks the guardrail, whatever its name and tags; refuted by one that does.
    fn of_anybody(
        &self,
        prover: &mut Prover<'_>,
        guardrail: &Guardrail,
        question: &Question,
        kind: PrincipalKind,
    ) -> Verdict {
        let scope = &guardrail.principals;
        let languages = |patterns: &[String]| -> Vec<Language> {
            let arns = patterns.iter().filter(|pattern| pattern.contains(':') || pattern.starts_with('*'));
            arns.map(|pattern| Language::arn_pattern(pattern)).collect()
        };
        let mut names = AnyName { include: languages(&scope.include), exclude: languages(&scope.exclude) };
        // Only AWS uses these.
        names.exclude.push(Language::arn_pattern("arn:*:iam::*:role/aws-service-role/*"));
        let admits = |arn: &str| {
            (names.include.is_empty() || names.include.iter().any(|one| one.accepts(arn)))
                && !names.exclude.iter().any(|one| one.accepts(arn))
        };
        let plain = self.subject(kind, None, BTreeMap::new());
        if kind == PrincipalKind::Root {
            return if admits(&plain.arn) {
                self.ask(prover, question, &plain)
            } else {
                Verdict::NotApplicable
            };
        }
        let named: Vec<String> =
            self.admitted(&scope.include, kind).into_iter().filter(|arn| admits(arn)).collect();
        if matches!(guardrail.kind, GuardrailKind::MustBeAble { .. }) {
            let exact = scope.include.iter().all(|pattern| !pattern.contains(['*', '?']));
            if self.names_somebody() && (scope.include.is_empty() || !exact) {
                return Verdict::Inconclusive(Reason::NotCovered {
                    code: "names",
                    text:
                        "the design hangs on who the principal is: name those that must be able by their ARNs"
                            .to_owned(),
                });
            }
            if named.is_empty() && !admits(&plain.arn) {
                let told = |pattern: &String| {
                    pattern.starts_with("arn:") && (pattern.contains(":role/") || pattern.contains(":user/"))
                };
                return if scope.include.iter().all(told) {
                    Verdict::NotApplicable
                } else {
                    Verdict::Inconclusive(Reason::NotCovered {
                        code: "names",
                        text: "nobody's name could be made from the patterns: name those that must be able by their ARNs"
                            .to_owned(),
                    })
                };
            }
            let subjects: Vec<Subject> = if named.is_empty() {
                vec![plain]
            } else {
                named.iter().map(|arn| self.subject(kind, Some(arn), BTreeMap::new())).collect()
            };
            let verdicts: Vec<Verdict> =
                subjects.iter().map(|subject| self.ask(prover, question, subject)).collect();
            return verdicts.into_iter().max_by_key(Verdict::word).unwrap_or(Verdict::NotApplicable);
        }
        prover.take_found();
        let anybody = Subject { any_name: Some(names.clone()), ..plain.clone() };
        let first = self.ask(prover, question, &anybody);
        if matches!(first, Verdict::Proved(_) | Verdict::NotApplicable) {
            return first;
        }
        let mut found: Vec<Found> = vec![(None, BTreeMap::new())];
        found.extend(named.into_iter().take(1).map(|arn| (Some(arn), BTreeMap::new())));
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
            let subject = self.subject(kind, arn.as_deref(), tags);
            if !admits(&subject.arn) {
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

    fn ask(&self, prover: &mut Prover<'_>, question: &Question, subject: &Subject) -> Verdict {
        let none = OnceLock::new();
        Asked { plan: self.plan, subject, service_roles: &none }.verdict(prover, question)
    }

    /// What is left to a role of no particular name.
    fn leaves(&self, prover: &mut Prover<'_>, table: &ModelTable, named: &[String]) -> Leaves {
        let subject = self.subject(PrincipalKind::Role, None, BTreeMap::new());
        let none = OnceLock::new();
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
            let calls = crate::guardrail::Calls { actions: vec![action.to_owned()], ..Default::default() };
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
        let spending = commitments::actions(&crate::guardrail::Commitment::ALL);
        let changing = duties::actions(&crate::guardrail::Tier::ALL);
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

/// Path and name in the ARN of a user or role.
fn path_and_name(arn: &str) -> (String, String) {
    let rest = arn.split_once(":role").or_else(|| arn.split_once(":user")).map_or("", |(_, rest)| rest);
    let (path, name) = rest.rsplit_once('/').unwrap_or(("", rest));
    (format!("{path}/"), name.to_owned())
}

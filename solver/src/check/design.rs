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
use super::design_leaves::Leaves;
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
use crate::theorem::escape::ApprovedBoundaries;
use crate::verdict::{Reason, Verdict, VerdictWord};
use crate::wildcard::Language;

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
    let of_guardrails: Vec<Written> = configuration
        .guardrails
        .iter()
        .map(|guardrail| written.and(&Written::of(&format!("{guardrail:?}"))))
        .collect();
    let nowhere = of_guardrails.iter().fold(written, |all, one| all.and(one));
    let first =
        if design.any_account { nowhere.unwritten(design.account, &design.never) } else { design.account };
    let of_guardrails: Vec<(Vec<AccountId>, bool)> = of_guardrails
        .iter()
        .map(
            |written| {
                if design.any_account { written.besides(first, &design.never) } else { (Vec::new(), true) }
            },
        )
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
    let mut leaves = None;
    for account in std::iter::once(first).chain(others) {
        let here = design.in_account(account);
        let plan = plan(&here, world, (catalogue, table), configuration, options);
        let judge = Judge { design: &here, plan: &plan, sides: Arc::clone(&sides) };
        let asked = configuration.guardrails.iter().zip(&plan.questions).zip(&of_guardrails);
        for (((guardrail, questions), (accounts, _)), result) in asked.zip(&mut guardrails) {
            let Some(question) = questions.get(&here.partition) else { continue };
            if account == first || accounts.contains(&account) {
                judge.add(&mut prover, guardrail, question, result);
            }
        }
        if account == first {
            leaves = named.map(|named| judge.leaves(&mut prover, table, named));
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

/// A design in one account.
pub(super) struct Judge<'j> {
    pub(super) design: &'j Design,
    pub(super) plan: &'j Plan<'j>,
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

    /// Adds what the guardrail is worth here to what it is worth elsewhere: of each kind of principals the worst counts.
    fn add(
        &self,
        prover: &mut Prover<'_>,
        guardrail: &Guardrail,
        question: &Question,
        result: &mut DesignResult,
    ) {
        for kind in self.kinds(guardrail) {
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
}

/// Path and name in the ARN of a user or role.
fn path_and_name(arn: &str) -> (String, String) {
    let rest = arn.split_once(":role").or_else(|| arn.split_once(":user")).map_or("", |(_, rest)| rest);
    let (path, name) = rest.rsplit_once('/').unwrap_or(("", rest));
    (format!("{path}/"), name.to_owned())
}

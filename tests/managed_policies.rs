//! What each of AWS's managed policies lets a role invoke: the solver's set against the evaluator's brute force.
//!
//! Requests carry no keys but those that the principal determines. `bedrock-mantle:CreateInference` names its model in
//! a key, which is absent then: it counts as one pair, whatever the model. In free contexts it is asked for without a
//! demand on that key.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::{ActionId, Catalogue};
use ringfence_model::context::RequestContext;
use ringfence_model::evaluate::{EvaluatorReadings, evaluate};
use ringfence_model::managed;
use ringfence_model::models::ModelTable;
use ringfence_model::parse::policy_text;
use ringfence_model::policy::{NamedPolicy, PolicyDocument, PolicyType};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::principal::Principal;
use ringfence_model::request::{Decision, Request};
use ringfence_model::template::{Piece, Template};
use ringfence_solver::encode::Assumptions;
use ringfence_solver::prove::Prover;
use ringfence_solver::query::{Goal, Query, Target, TargetResource};
use ringfence_solver::subject::{Federation, OpenTags, OrganizationFacts, SessionTags, Subject, SubjectKind};
use ringfence_solver::theorem::invoke::{INVOKE_ACTIONS, MANTLE_ACTION};
use ringfence_solver::verdict::Verdict;
use ringfence_solver::wildcard::{Language, LanguageBuilder};

use crate::proofs::{self, Proofs};

const ACCOUNT: &str = "100200300411";
/// Where models are asked for, by both sides.
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];
const SNAPSHOT: &str = "snapshots/managed-policies-that-invoke.txt";

/// An action with the models for which it is allowed; for the action that names its model in a key, all or none.
type Invocable = BTreeMap<&'static str, BTreeSet<String>>;

/// What is the same for all policies.
struct Suite {
    catalogue: &'static Catalogue,
    models: Vec<String>,
    account: AccountId,
}

fn model_arn(region: &str, model: &str) -> String {
    format!("arn:aws:bedrock:{region}::foundation-model/{model}")
}

fn project_arn(region: &str) -> String {
    format!("arn:aws:bedrock-mantle:{region}:{ACCOUNT}:project/default")
}

impl Suite {
    fn new() -> Self {
        let table = ModelTable::embedded().unwrap();
        Self {
            catalogue: Catalogue::embedded().unwrap(),
            models: table.rows.iter().map(|row| row.id.clone()).collect(),
            account: AccountId::parse(ACCOUNT).unwrap(),
        }
    }

    fn subject(&self, policies: &PolicySet) -> Subject {
        Subject {
            kind: SubjectKind::Role {
                path: "/".to_owned(),
                name: "holder".to_owned(),
                session_tags: SessionTags::Never,
                federated: false,
                trust: None,
            },
            arn: format!("arn:aws:iam::{ACCOUNT}:role/holder"),
            partition: "aws".to_owned(),
            account: self.account,
            unique_id: None,
            tags: BTreeMap::new(),
            organization: OrganizationFacts::Unknown,
            policies: policies.clone(),
            federation: Federation::Never,
            session_name: None,
            resources: Arc::default(),
            any_name: None,
            open_tags: OpenTags::default(),
            given_tags: None,
        }
    }

    fn request(&self, action: &str, resource: String) -> Request {
        let principal = Principal::RoleSession {
            partition: "aws".to_owned(),
            account: self.account,
            path: Some("/".to_owned()),
            role: "holder".to_owned(),
            session: "session".to_owned(),
        };
        let action = action.to_owned();
        Request { principal, action, resource, resource_account: None, context: RequestContext::new() }
    }

    fn evaluator_allows(&self, request: &Request, policies: &PolicySet) -> bool {
        let evaluation = evaluate(request, policies, self.catalogue, &EvaluatorReadings).unwrap();
        evaluation.decision == Decision::Allow
    }

    /// Every model, every action, every Region, one request after the other.
    fn brute_force(&self, requests: &[Candidate], policies: &PolicySet) -> Invocable {
        let mut invocable = Invocable::new();
        for candidate in requests {
            let models = invocable.entry(candidate.action).or_default();
            if !models.contains(&candidate.model) && self.evaluator_allows(&candidate.request, policies) {
                models.insert(candidate.model.clone());
            }
        }
        invocable
    }

    fn candidates(&self) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for region in REGIONS {
            for action in INVOKE_ACTIONS {
                candidates.extend(self.models.iter().map(|model| Candidate {
                    action,
                    model: model.clone(),
                    request: self.request(action, model_arn(region, model)),
                }));
            }
            candidates.push(Candidate {
                action: MANTLE_ACTION,
                model: "any".to_owned(),
                request: self.request(MANTLE_ACTION, project_arn(region)),
            });
        }
        candidates
    }

    fn find(&self, action: &str) -> ActionId {
        self.catalogue.find_action(action).unwrap()
    }

    /// `action` on one of `models` in one of the Regions.
    fn model_target(&self, action: &str, models: &[&str]) -> Target {
        let mut arns = LanguageBuilder::new();
        arns.text("arn:aws:bedrock:").alternatives(REGIONS.map(str::to_owned)).text("::foundation-model/");
        arns.append(&Language::one_of(models.iter().map(|model| (*model).to_owned())));
        self.target(action, ("bedrock", "foundation-model"), arns)
    }

    fn mantle_target(&self) -> Target {
        let mut arns = LanguageBuilder::new();
        arns.text("arn:aws:bedrock-mantle:").alternatives(REGIONS.map(str::to_owned));
        arns.text(&format!(":{ACCOUNT}:project/default"));
        self.target(MANTLE_ACTION, ("bedrock-mantle", "project"), arns)
    }

    fn target(&self, action: &str, resource_type: (&str, &str), arns: LanguageBuilder) -> Target {
        let resource_type = self.catalogue.find_resource_type(resource_type.0, resource_type.1).unwrap();
        let resource = TargetResource::Within { resource_type, language: arns.build(), excluded: Vec::new() };
        Target::new(self.find(action), resource, Vec::new())
    }

    /// What the solver lets the subject invoke, one model of each class asked for: proved to be impossible, or
    /// refuted by a replayed request. Anything else fails the test where the context is empty; where it is free, what
    /// hangs on open points counts as possible.
    fn solve(
        &self,
        prover: &mut Prover<'_>,
        subject: &Subject,
        classes: &[Vec<String>],
        free: bool,
    ) -> Invocable {
        let context = (!free).then(RequestContext::new);
        let mut possible = |targets: Vec<Target>| {
            let query = Query { targets, goal: Goal::Allowed, context: context.clone(), as_of: None };
            match prover.answer(&query, subject) {
                Verdict::Proved(_) => false,
                Verdict::Refuted(_) => true,
                Verdict::Inconclusive(ringfence_solver::verdict::Reason::OpenMatters(_)) if free => true,
                other @ (Verdict::Inconclusive(_) | Verdict::NotApplicable) => {
                    panic!("{}: {other:?}", subject.policies.identity[0].name)
                }
            }
        };
        let mut invocable = Invocable::new();
        let all: Vec<&str> = self.models.iter().map(String::as_str).collect();
        let mut everything: Vec<Target> =
            INVOKE_ACTIONS.iter().map(|action| self.model_target(action, &all)).collect();
        everything.push(self.mantle_target());
        if !possible(everything) {
            return invocable;
        }
        for action in INVOKE_ACTIONS {
            for class in classes {
                if possible(vec![self.model_target(action, &[&class[0]])]) {
                    invocable.entry(action).or_default().extend(class.iter().cloned());
                }
            }
        }
        if possible(vec![self.mantle_target()]) {
            invocable.entry(MANTLE_ACTION).or_default().insert("any".to_owned());
        }
        invocable
    }

    /// The models, those together that no resource pattern of the document tells apart in any Region.
    fn classes(&self, document: &PolicyDocument) -> Vec<Vec<String>> {
        let patterns: Vec<&Template> = document
            .statements
            .iter()
            .filter_map(|statement| statement.resource.as_ref())
            .flat_map(|element| &element.values)
            .collect();
        let mut classes: BTreeMap<Vec<bool>, Vec<String>> = BTreeMap::new();
        for model in &self.models {
            let matched = REGIONS.iter().flat_map(|region| {
                let arn = model_arn(region, model);
                patterns.iter().map(move |pattern| may_match(pattern, &arn)).collect::<Vec<bool>>()
            });
            classes.entry(matched.collect()).or_default().push(model.clone());
        }
        classes.into_values().collect()
    }
}

/// A policy's line of the snapshot, if it lets anything be invoked, and what is wrong with it.
type Examined = (Option<String>, Vec<String>);

/// One request of the brute force.
struct Candidate {
    action: &'static str,
    model: String,
    request: Request,
}

/// Whether a pattern matches a text, a variable standing for anything. A pattern with a variable must not tell models
/// apart, since one member of a class stands for all.
fn may_match(pattern: &Template, arn: &str) -> bool {
    let text: String = pattern
        .pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) | Piece::Literal(text) => text.clone(),
            Piece::Variable { .. } => "*".to_owned(),
        })
        .collect();
    let matched =
        text.matches(':').count() < 5 && text.ends_with('*') || glob(text.as_bytes(), arn.as_bytes());
    assert!(!matched || !pattern.has_variable(), "{} may tell models apart", pattern.raw);
    matched
}

/// `*` and `?`, by trying every length.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|length| glob(rest, &text[length..])),
        ([b'?', rest @ ..], [_, after @ ..]) => glob(rest, after),
        ([first, rest @ ..], [character, after @ ..]) => first == character && glob(rest, after),
        ([], [_, ..]) | ([_, ..], []) => false,
    }
}

/// `InvokeModel 45 of 183 (…)` for each action with a model; which models where it is not all of them.
fn shown(invocable: &Invocable, all: usize) -> String {
    let mut text = String::new();
    for (action, models) in invocable.iter().filter(|(_, models)| !models.is_empty()) {
        let name = action.split_once(':').map_or(*action, |(_, name)| name);
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(name);
        if *action == MANTLE_ACTION {
            continue;
        }
        write!(text, " {} of {all}", models.len()).unwrap();
        if models.len() < all {
            write!(text, " ({})", summary(models)).unwrap();
        }
    }
    if text.is_empty() { "nothing".to_owned() } else { text }
}

/// The models where they are few, else how many of each provider.
fn summary(models: &BTreeSet<String>) -> String {
    if models.len() <= 4 {
        return models.iter().cloned().collect::<Vec<_>>().join(" ");
    }
    let mut providers: BTreeMap<&str, usize> = BTreeMap::new();
    for model in models {
        *providers.entry(model.split('.').next().unwrap()).or_default() += 1;
    }
    providers.iter().map(|(provider, count)| format!("{provider} {count}")).collect::<Vec<_>>().join(" ")
}

/// One policy's line of the snapshot, if it lets anything be invoked, and what is wrong with it.
fn examine(
    suite: &Suite,
    prover: &mut Prover<'_>,
    candidates: &[Candidate],
    policy: NamedPolicy,
) -> Examined {
    let name = policy.name.to_string();
    let classes = suite.classes(&policy.document);
    let policies = PolicySet { identity: vec![policy], ..PolicySet::default() };
    let subject = suite.subject(&policies);
    let mut brute = suite.brute_force(candidates, &policies);
    brute.retain(|_, models| !models.is_empty());
    let empty = suite.solve(prover, &subject, &classes, false);
    let free = suite.solve(prover, &subject, &classes, true);
    let mut wrong = Vec::new();
    let all = suite.models.len();
    if brute != empty {
        wrong.push(format!(
            "{name}: the evaluator says {}, the solver {}",
            shown(&brute, all),
            shown(&empty, all)
        ));
    }
    let contained = |action: &&str, models: &BTreeSet<String>| {
        free.get(*action).is_some_and(|possible| models.is_subset(possible))
    };
    if !empty.iter().all(|(action, models)| contained(action, models)) {
        wrong.push(format!(
            "{name}: free contexts give {}, the empty one {}",
            shown(&free, all),
            shown(&empty, all)
        ));
    }
    let invokes = free.values().any(|models| !models.is_empty());
    let line = invokes.then(|| format!("{name}\t{}\t{}", shown(&empty, all), shown(&free, all)));
    (line, wrong)
}

#[test]
fn every_managed_policy_lets_invoke_what_the_evaluator_allows() {
    let suite = Suite::new();
    let candidates = suite.candidates();
    let policies: Vec<NamedPolicy> = managed::all()
        .unwrap()
        .map(|record| {
            let (document, _) =
                policy_text(&record.text, PolicyType::Identity, &Arc::from(record.name.as_str())).unwrap();
            let name = record.arn.strip_prefix("arn:aws:iam::aws:policy/").unwrap();
            NamedPolicy { name: Arc::from(name), document: Arc::new(document) }
        })
        .collect();
    assert_eq!(policies.len(), 1_582);
    let results: Mutex<BTreeMap<String, Examined>> = Mutex::new(BTreeMap::new());
    let assumptions = Assumptions::new();
    let proofs = Proofs::default();
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (suite, candidates, policies, results) = (&suite, &candidates, &policies, &results);
            let (assumptions, proofs) = (&assumptions, &proofs);
            scope.spawn(move || {
                let mut prover = Prover::new(suite.catalogue, assumptions).observed(Some(proofs));
                for policy in policies.iter().skip(half).step_by(2) {
                    let result = examine(suite, &mut prover, candidates, policy.clone());
                    results.lock().unwrap().insert(policy.name.to_string(), result);
                }
            });
        }
    });
    let results = results.into_inner().unwrap();
    assert_eq!(results.len(), policies.len());
    proofs::print();
    assert!(proofs.accepted() >= 1_000, "only {} proofs", proofs.accepted());
    let wrong: Vec<&str> = results.values().flat_map(|result| &result.1).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    let mut text =
        "# policy, what it lets a role invoke in an empty context, and in some context\n".to_owned();
    for line in results.values().filter_map(|result| result.0.as_deref()) {
        writeln!(text, "{line}").unwrap();
    }
    compare_with_snapshot(&text);
}

/// `RINGFENCE_UPDATE_SNAPSHOTS=1` writes the snapshot instead.
fn compare_with_snapshot(text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SNAPSHOT);
    if std::env::var_os("RINGFENCE_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    let new = text.lines().filter(|line| !expected.lines().any(|other| other == *line));
    let gone = expected.lines().filter(|line| !text.lines().any(|other| other == *line));
    let differing: Vec<String> =
        gone.map(|line| format!("- {line}")).chain(new.map(|line| format!("+ {line}"))).collect();
    assert!(text == expected, "{SNAPSHOT} differs; look at each line:\n{}", differing.join("\n"));
}

//! The parts of a check by themselves, each over the principals of one generated organisation: times for one principal.
//!
//! `cargo bench -p ringfence-tests --bench parts -- [FILTER]`
#![expect(clippy::expect_used, reason = "a benchmark that cannot start has nothing to measure")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::certify::{Evidence, ProofLimits, evidence, recheck};
use ringfence_solver::check::{Attached, check_with};
use ringfence_solver::encode::Assumptions;
use ringfence_solver::formula::Formula;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::principals;
use ringfence_solver::prove::{Observer, Prover, Question, Solved};
use ringfence_solver::query::{Goal, Query};
use ringfence_solver::resource_side::ResourceSides;
use ringfence_solver::subject::Subject;
use ringfence_solver::theorem::targets_of;
use ringfence_solver::wildcard::{Language, Theory};
use ringfence_tests::checks::options;
use ringfence_tests::generator::world::{GeneratedWorld, WorldPlan, exports};

const PRINCIPALS: usize = 200;

/// What was proved, for the kernel.
#[derive(Debug, Default)]
struct Proofs(Mutex<Vec<(Formula, Vec<usize>)>>);

impl Observer for Proofs {
    fn unsatisfiable(&self, formula: &Formula, assumed: &[usize], used_strings: bool) {
        if !used_strings {
            self.0.lock().expect("no thread has failed").push((formula.clone(), assumed.to_vec()));
        }
    }
}

fn directory() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("parts");
    let plan = WorldPlan { principals: PRINCIPALS, ..WorldPlan::default() };
    GeneratedWorld::new(&plan).write(&directory).expect("a folder for the world");
    directory
}

/// One question about each: may it invoke any model?
fn questions(world: &World, catalogue: &Catalogue) -> (Query, Vec<Subject>) {
    let targets = targets_of(catalogue, "bedrock:InvokeModel", &[]);
    let query = Query { targets, goal: Goal::Allowed, context: None, as_of: None };
    let resources = Arc::new(ResourceSides::of(world));
    let subjects = world
        .principals()
        .map(|(account, principal)| principals::subject(world, &resources, account, principal))
        .collect();
    (query, subjects)
}

fn reading(criterion: &mut Criterion) {
    let directory = directory();
    let texts = exports(&directory).expect("a world");
    let bytes = texts.iter().map(Vec::len).sum::<usize>();
    let mut group = criterion.benchmark_group("reading");
    group.throughput(Throughput::Bytes(u64::try_from(bytes).expect("a size"))).sample_size(20);
    group.bench_function("JSON alone, by serde_json, one thread", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                black_box(serde_json::from_slice::<serde_json::Value>(text).expect("JSON"));
            }
        });
    });
    group.bench_function("a world directory, all threads", |bencher| {
        bencher.iter(|| black_box(World::read_directory(&directory).expect("a world that reads")));
    });
    group.finish();
}

fn deciding(criterion: &mut Criterion) {
    let world = World::read_directory(&directory()).expect("a world that reads");
    let catalogue = Catalogue::embedded().expect("the embedded catalogue");
    let assumptions = Assumptions::new();
    let (query, subjects) = questions(&world, catalogue);
    let mut group = criterion.benchmark_group("deciding");
    group.throughput(Throughput::Elements(u64::try_from(subjects.len()).expect("a count"))).sample_size(20);
    group.bench_function("formulas, nothing known", |bencher| {
        bencher.iter(|| {
            let mut prover = Prover::new(catalogue, &assumptions);
            for subject in &subjects {
                black_box(prover.encode(&query, subject));
            }
        });
    });
    let mut prover = Prover::new(catalogue, &assumptions);
    group.bench_function("formulas, all but the subject known", |bencher| {
        bencher.iter(|| {
            for subject in &subjects {
                black_box(prover.encode(&query, subject));
            }
        });
    });
    group.bench_function("formulas with their digests", |bencher| {
        bencher.iter(|| {
            for subject in &subjects {
                black_box(prover.question(&query, subject));
            }
        });
    });
    let questions: Vec<Question> = subjects.iter().map(|subject| prover.question(&query, subject)).collect();
    group.bench_function("searches, nothing known", |bencher| {
        bencher.iter_batched(
            || Prover::new(catalogue, &assumptions),
            |mut prover| {
                for question in &questions {
                    black_box(prover.solve(question));
                }
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("searches, languages known", |bencher| {
        bencher.iter(|| {
            for question in &questions {
                black_box(prover.solve(question));
            }
        });
    });
    let solved: Vec<Solved> = questions.iter().map(|question| prover.solve(question)).collect();
    group.bench_function("verdicts of what was solved, replays among them", |bencher| {
        bencher.iter(|| {
            for ((question, solved), subject) in questions.iter().zip(&solved).zip(&subjects) {
                black_box(prover.conclude(question, solved, &query, subject));
            }
        });
    });
    group.finish();
}

fn proving(criterion: &mut Criterion) {
    let world = World::read_directory(&directory()).expect("a world that reads");
    let catalogue = Catalogue::embedded().expect("the embedded catalogue");
    let models = ModelTable::embedded().expect("the embedded models");
    let options = options(1);
    let proofs = Proofs::default();
    let attached = Attached { observer: Some(&proofs), ..Attached::default() };
    check_with(&world, catalogue, models, &Configuration::default(), &options, &|_| {}, attached);
    let proofs = proofs.0.into_inner().expect("no thread has failed");
    let mut theory = Theory::new(60_000);
    let found: Vec<Evidence> = proofs
        .iter()
        .map(|(formula, assumed)| {
            evidence(formula, assumed, &mut theory, ProofLimits::default()).expect("evidence")
        })
        .collect();
    let mut group = criterion.benchmark_group("proving");
    group.throughput(Throughput::Elements(u64::try_from(proofs.len()).expect("a count"))).sample_size(20);
    group.bench_function("evidence for what was proved", |bencher| {
        bencher.iter(|| {
            for (formula, assumed) in &proofs {
                black_box(evidence(formula, assumed, &mut theory, ProofLimits::default())).expect("evidence");
            }
        });
    });
    group.bench_function("the claim made anew, and checked by the kernel", |bencher| {
        bencher.iter(|| {
            for ((formula, assumed), evidence) in proofs.iter().zip(&found) {
                black_box(recheck(formula, assumed, evidence)).expect("evidence that the kernel accepts");
            }
        });
    });
    group.finish();
}

fn wildcards(criterion: &mut Criterion) {
    let families = ["claude", "nova", "titan", "llama3", "mistral", "haiku", "sonnet", "opus"];
    let patterns: Vec<Language> = families
        .iter()
        .flat_map(|family| {
            [
                format!("arn:aws:bedrock:*::foundation-model/*{family}*"),
                format!("arn:aws:bedrock:eu-*::foundation-model/?*.{family}-*-v?:*"),
                format!("arn:*:bedrock:us-east-1:*:*/{family}*"),
            ]
        })
        .map(|pattern| Language::glob(&pattern))
        .collect();
    let pairs = || {
        patterns
            .iter()
            .enumerate()
            .flat_map(|(index, left)| patterns.iter().skip(index + 1).map(move |right| (left, right)))
    };
    let mut group = criterion.benchmark_group("wildcards");
    group.throughput(Throughput::Elements(u64::try_from(pairs().count()).expect("a count")));
    group.bench_function("in one and not in another, nothing known", |bencher| {
        bencher.iter(|| {
            let mut theory = Theory::new(60_000);
            for (left, right) in pairs() {
                black_box(theory.decide(&[left], &[right]));
            }
        });
    });
    let mut theory = Theory::new(60_000);
    group.bench_function("in one and not in another, known", |bencher| {
        bencher.iter(|| {
            for (left, right) in pairs() {
                black_box(theory.decide(&[left], &[right]));
            }
        });
    });
    group.finish();
}

criterion_group!(parts, reading, deciding, proving, wildcards);
criterion_main!(parts);

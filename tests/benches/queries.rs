//! Single queries of 30 statements: all are decided, and how long each takes.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot start has nothing to measure")]

use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use ringfence_model::catalogue::Catalogue;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::prove::Prover;
use ringfence_solver::verdict::{Reason, Verdict};
use ringfence_tests::generator::question::{Kind, RandomQuery, random_query};

const SEED: u64 = 2_026;
const STATEMENTS: usize = 30;

/// Twenty queries for reach, and twenty for differences: unrelated policies, one Allow less, one Deny less.
fn questions(catalogue: &Catalogue) -> Vec<RandomQuery> {
    let kinds = [Kind::Reach, Kind::Unrelated, Kind::Reach, Kind::Wider, Kind::Reach, Kind::Narrower];
    let mut asked = [0; 2];
    let mut questions = Vec::new();
    for (index, kind) in (0..).zip(kinds.into_iter().cycle()) {
        let place = usize::from(kind != Kind::Reach);
        if asked.iter().all(|count| *count >= 20) {
            break;
        }
        if let Some(count) = asked.get_mut(place).filter(|count| **count < 20) {
            *count += 1;
            questions
                .push(random_query(catalogue, SEED, index, STATEMENTS, kind).expect("a policy that parses"));
        }
    }
    questions
}

/// Each query once with a prover of its own: what it answers, and how long that takes.
fn print_table(catalogue: &Catalogue, assumptions: &Assumptions, questions: &[RandomQuery]) {
    let mut times = Vec::new();
    let mut undecided = 0;
    println!("kind        targets  encode ms  total ms  checks  lemmas  verdict");
    for question in questions {
        let mut prover = Prover::new(catalogue, assumptions);
        let start = Instant::now();
        prover.question(&question.query, &question.subject);
        let encoding = start.elapsed();
        let mut prover = Prover::new(catalogue, assumptions);
        let start = Instant::now();
        let verdict = prover.answer(&question.query, &question.subject);
        let elapsed = start.elapsed();
        times.push(elapsed);
        let statistics = prover.statistics();
        let text = match &verdict {
            Verdict::Inconclusive(reason) => {
                let decided = matches!(reason, Reason::OpenMatters(_));
                undecided += usize::from(!decided);
                format!("inconclusive: {}", reason.text())
            }
            other => format!("{:?}", other.word()).to_lowercase(),
        };
        println!(
            "{:<10} {:>8} {:>10.2} {:>9.2} {:>7} {:>7}  {text}",
            format!("{:?}", question.kind),
            question.query.targets.len(),
            encoding.as_secs_f64() * 1e3,
            elapsed.as_secs_f64() * 1e3,
            statistics.checks,
            statistics.lemmas,
        );
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let longest = times.last().copied().unwrap_or_default();
    println!(
        "{} queries, {undecided} undecided, median {:.2} ms, longest {:.2} ms",
        times.len(),
        median.as_secs_f64() * 1e3,
        longest.as_secs_f64() * 1e3
    );
    assert_eq!(undecided, 0, "every query is decided");
}

fn measure(criterion: &mut Criterion) {
    let catalogue = Catalogue::embedded().expect("the embedded catalogue");
    let assumptions = Assumptions::new();
    let questions = questions(catalogue);
    print_table(catalogue, &assumptions, &questions);
    for (name, reach) in [("reach", true), ("difference", false)] {
        let chosen: Vec<&RandomQuery> =
            questions.iter().filter(|question| (question.kind == Kind::Reach) == reach).collect();
        criterion.bench_function(&format!("{name}, twenty queries of thirty statements"), |bencher| {
            bencher.iter(|| {
                for question in &chosen {
                    let mut prover = Prover::new(catalogue, &assumptions);
                    std::hint::black_box(prover.answer(&question.query, &question.subject));
                }
            });
        });
    }
}

criterion_group! {
    name = queries;
    config = Criterion::default().sample_size(10);
    targets = measure
}
criterion_main!(queries);

//! Single queries of 30 statements: all are decided, and how long each takes.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot start has nothing to measure")]

use std::time::{Duration, Instant};

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
    // The first query of a thread makes Z3's context, which takes as long as several queries.
    if let Some(first) = questions.first() {
        Prover::new(catalogue, assumptions).answer(&first.query, &first.subject);
    }
    let mut times = Vec::new();
    let mut undecided = 0;
    println!("kind        targets  clock ms  processor ms  checks  z3 checks  lemmas  verdict");
    for question in questions {
        let mut prover = Prover::new(catalogue, assumptions);
        let (start, before) = (Instant::now(), thread_time());
        let verdict = prover.answer(&question.query, &question.subject);
        let elapsed = start.elapsed();
        let processor = thread_time().saturating_sub(before);
        times.push((elapsed, processor));
        let statistics = prover.statistics();
        let text = match &verdict {
            Verdict::Inconclusive(reason) => {
                undecided += usize::from(!matches!(reason, Reason::OpenMatters(_)));
                format!("inconclusive: {}", reason.text())
            }
            Verdict::Proved(_) => "proved".to_owned(),
            Verdict::Refuted(_) => "refuted".to_owned(),
            Verdict::NotApplicable => "not applicable".to_owned(),
        };
        println!(
            "{:<10} {:>8} {:>9.2} {:>13.2} {:>7} {:>9} {:>7}  {text}",
            format!("{:?}", question.kind),
            question.query.targets.len(),
            elapsed.as_secs_f64() * 1e3,
            processor.as_secs_f64() * 1e3,
            statistics.checks,
            statistics.z3_checks,
            statistics.lemmas,
        );
    }
    println!("{} queries, {undecided} undecided", times.len());
    let is_reach = |kind: Kind| kind == Kind::Reach;
    let is_near = |kind: Kind| matches!(kind, Kind::Wider | Kind::Narrower);
    let groups: [(&str, &dyn Fn(Kind) -> bool); 4] = [
        ("all", &|_| true),
        ("reach", &is_reach),
        ("unrelated", &|kind| kind == Kind::Unrelated),
        ("one apart", &is_near),
    ];
    for (name, belongs) in groups {
        let chosen = questions.iter().zip(&times).filter(|(question, _)| belongs(question.kind));
        let (clock, processor): (Vec<Duration>, Vec<Duration>) = chosen.map(|(_, times)| *times).unzip();
        println!("{name:<10} clock {}, processor {}", spread(clock), spread(processor));
    }
    assert_eq!(undecided, 0, "every query is decided");
}

/// Median and greatest.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |place: usize| times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    format!("median {:.2} ms, longest {:.2} ms", at(times.len() / 2), at(times.len().saturating_sub(1)))
}

/// How long this thread has run on a processor, where the system tells: other work on the machine does not count.
fn thread_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
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

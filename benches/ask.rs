//! The time to answer a question, compared with one forward pass of the encoder and with the alternatives that a user
//! would otherwise choose: a minimal program around Tantivy, and SQLite's FTS5.
//!
//! Criterion gives each contestant's distribution. The table at the end gives the ratios: for the table, the
//! contestants take turns on every question, so that other load on the machine slows all of them equally.
//!
//! ```text
//! cargo bench --bench ask                  everything; the first run encodes MedQuAD, which takes long
//! cargo bench --bench ask -- none          only the table: no contestant has that name
//! VERBATIM_BENCH=ldn cargo bench …         only the bases named here: ldn, medquad
//! VERBATIM_BENCH_ROUNDS=30                 how often to ask each question for the table
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints what it measures")]

mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Result;
use criterion::Criterion;
use support::medquad::{self, Questions};
use support::rivals::{Bare, Fts5, passages};
use support::table::{Table, median, percentile};
use support::{looked_up, wanted, workshop};
use verbatim_core::answer::compose::{self, Page};
use verbatim_core::answer::conflicts::conflict;
use verbatim_core::answer::decide::{Decision, decide};
use verbatim_core::answer::lacking::Asked;
use verbatim_core::answer::pipeline::Tools;
use verbatim_core::answer::reply::{Kind, MOST_RELATED, Reply};
use verbatim_core::answer::score::{self, Candidate};
use verbatim_core::answer::topics;
use verbatim_core::engine::{Engine, Resources};
use verbatim_core::index::snapshot::Snapshot;
use verbatim_core::model::coefficients::QuoteCoefficients;
use verbatim_core::model::encoder::Encoder;
use verbatim_core::question::parts;
use verbatim_core::question::understand::Question;

/// The contestant that the bound on forward passes refers to.
const FORWARD_PASS: &str = "forward pass";

/// Upper bounds for the time to answer.
struct Bounds {
    /// The median time.
    p50: Option<Duration>,
    /// The 99th percentile.
    p99: Duration,
    /// The ratio to the time of one forward pass of the encoder.
    forward_passes: Option<f64>,
}

const LDN: Bounds =
    Bounds { p50: Some(Duration::from_millis(8)), p99: Duration::from_millis(15), forward_passes: Some(1.3) };
const MEDQUAD: Bounds = Bounds { p50: None, p99: Duration::from_millis(40), forward_passes: None };

/// A name and a function to time on a question.
type Contestant<'a> = (&'a str, Box<dyn Fn(&str) + 'a>);

/// A base's questions by question set.
type Sets = Vec<(&'static str, Vec<String>)>;

fn main() -> Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut table = Table::default();
    if wanted("ldn") {
        let sets = vec![("ldn", support::ldn_questions()?)];
        measure(&support::open_ldn()?, &LDN, sets, &mut criterion, &mut table)?;
    }
    if wanted("medquad") {
        let sets = vec![
            ("medquad summaries", medquad::questions(Questions::Summaries)?),
            ("medquad letters", medquad::questions(Questions::Letters)?),
        ];
        measure(&medquad::open_medquad()?, &MEDQUAD, sets, &mut criterion, &mut table)?;
    }
    criterion.final_summary();
    table.print();
    Ok(())
}

fn measure(
    engine: &Engine,
    bounds: &Bounds,
    sets: Sets,
    criterion: &mut Criterion,
    table: &mut Table,
) -> Result<()> {
    let rivals = Rivals::of(engine)?;
    let contestants = contestants(engine, &rivals);
    for (name, questions) in sets {
        let asked = questions.len();
        let questions = looked_up(engine, questions);
        let answered = questions.iter().filter(|question| engine.ask(question).body().kind == Kind::Answer);
        println!(
            "{name}: {} of {asked} questions run a search, {} are answered",
            questions.len(),
            answered.count()
        );
        distributions(criterion, name, &contestants, &questions);
        let warm = take_turns(&contestants[..1], &questions);
        percentiles(table, name, bounds, &warm[0]);
        let medians = take_turns(&contestants, &questions);
        ratios(table, name, bounds, &contestants, &medians);
        stages(table, engine, &questions)?;
    }
    Ok(())
}

/// The engine, followed by the contestants that it is compared with.
fn contestants<'a>(engine: &'a Engine, rivals: &'a Rivals) -> [Contestant<'a>; 4] {
    let encoder = &engine.resources().encoder;
    [
        ("ask", Box::new(|question| drop(black_box(ask_anew(engine, question))))),
        (FORWARD_PASS, Box::new(|question| read_anew(encoder, question))),
        ("tantivy", Box::new(|question| drop(black_box(rivals.bare.ask(question).expect("it searches"))))),
        ("fts5", Box::new(|question| drop(black_box(rivals.fts5.ask(question).expect("it searches"))))),
    ]
}

/// Asks with an empty cache: a recently read question would need no forward pass.
fn ask_anew(engine: &Engine, question: &str) -> Reply {
    engine.resources().encoder.forget();
    engine.ask(question)
}

/// Runs one forward pass, or one per window for a text longer than the encoder's window.
fn read_anew(encoder: &Encoder, question: &str) {
    encoder.forget();
    black_box(encoder.read(question).expect("it reads"));
}

/// The alternatives, ready to search.
struct Rivals {
    bare: Bare,
    fts5: Fts5,
}

impl Rivals {
    fn of(engine: &Engine) -> Result<Self> {
        let passages = passages(&engine.snapshot());
        let folder = workshop().join("bare").join(&engine.place().base);
        Ok(Self { bare: Bare::new(&folder, &passages)?, fts5: Fts5::new(&passages)? })
    }
}

fn distributions(criterion: &mut Criterion, group: &str, contestants: &[Contestant], questions: &[String]) {
    let mut group = criterion.benchmark_group(group);
    for (name, ask) in contestants {
        let mut next = questions.iter().cycle();
        group.bench_function(*name, |bencher| {
            bencher.iter_batched(
                || next.next().expect("a cycle has no end"),
                |question| ask(question),
                criterion::BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// The median time of each contestant on each question. They take turns, and the first one rotates every round.
fn take_turns(contestants: &[Contestant], questions: &[String]) -> Vec<Vec<Duration>> {
    let rounds =
        std::env::var("VERBATIM_BENCH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(15);
    let mut times = vec![vec![Vec::with_capacity(rounds); questions.len()]; contestants.len()];
    for round in 0..rounds + 1 {
        for (number, question) in questions.iter().enumerate() {
            for turn in 0..contestants.len() {
                let contestant = (round + turn) % contestants.len();
                let began = Instant::now();
                contestants[contestant].1(question);
                let took = began.elapsed();
                if round > 0 {
                    times[contestant][number].push(took); // round 0 is the warm-up
                }
            }
        }
    }
    times.iter().map(|questions| questions.iter().map(|times| median(times)).collect()).collect()
}

/// Adds the times of a warm process that only answers.
fn percentiles(table: &mut Table, name: &str, bounds: &Bounds, warm: &[Duration]) {
    let (figure, half) = (format!("{name}: p50"), percentile(warm, 50));
    match bounds.p50 {
        Some(bound) => table.time(figure, half, bound),
        None => table.note(figure, half),
    }
    table.time(format!("{name}: p99"), percentile(warm, 99), bounds.p99);
}

/// Adds the ratios of times taken in turns. The rivals use the CPU caches between two runs of the engine.
fn ratios(
    table: &mut Table,
    name: &str,
    bounds: &Bounds,
    contestants: &[Contestant],
    medians: &[Vec<Duration>],
) {
    for ((other, _), theirs) in contestants.iter().zip(medians).skip(1) {
        let bound = if *other == FORWARD_PASS { bounds.forward_passes } else { None };
        table.ratio(format!("{name}: beside {other}"), &medians[0], theirs, bound);
    }
}

/// The stages of an answer, as named in the table.
const STAGES: [&str; 5] = ["understand and read", "retrieve", "score", "decide", "compose"];

/// Times the stages one by one, called in the same way as in the engine.
fn stages(table: &mut Table, engine: &Engine, questions: &[String]) -> Result<()> {
    let round = || questions.iter().map(|question| stages_of(engine, question)).collect::<Result<Vec<_>>>();
    let rounds = (0..5).map(|_| round()).collect::<Result<Vec<_>>>()?;
    let of = |question: usize, stage: usize| {
        median(&rounds.iter().map(|round| round[question][stage]).collect::<Vec<_>>())
    };
    for (stage, name) in STAGES.iter().enumerate() {
        let total: Duration = (0..questions.len()).map(|question| of(question, stage)).sum();
        let mean = total / questions.len().max(1) as u32;
        table.note(format!("    {name}, on average"), mean);
    }
    Ok(())
}

/// The time of each stage so far.
struct Laps {
    began: Instant,
    stages: [Duration; STAGES.len()],
}

impl Laps {
    fn begin() -> Self {
        Self { began: Instant::now(), stages: Default::default() }
    }

    /// Adds the time since the last lap to a stage.
    fn end(&mut self, stage: usize) {
        self.stages[stage] += std::mem::replace(&mut self.began, Instant::now()).elapsed();
    }
}

/// Runs the stages of a message. Triage reads it first, which costs the only forward pass.
fn stages_of(engine: &Engine, message: &str) -> Result<[Duration; STAGES.len()]> {
    let (snapshot, resources) = (engine.snapshot(), engine.resources());
    resources.encoder.forget();
    let mut laps = Laps::begin();
    black_box(resources.triage(message)?);
    let reading = resources.encoder.read(message)?;
    for question in parts::questions(message, &reading, resources.coefficients.message.asking) {
        stages_of_one(&snapshot, resources, &question, &mut laps)?;
    }
    Ok(laps.stages)
}

/// Runs the stages of one question of a message.
fn stages_of_one(snapshot: &Snapshot, resources: &Resources, question: &str, laps: &mut Laps) -> Result<()> {
    let Tools { encoder, coefficients, threshold } = resources.tools();
    let reading = encoder.read(question)?;
    let question = snapshot.understand(question);
    laps.end(0);
    let hits = score::retrieve(snapshot, &question, &reading);
    laps.end(1);
    let scored = score::score(snapshot, &question, &reading, &hits, encoder.scoring(), &coefficients.unit);
    laps.end(2);
    let asked = Asked { reading: &reading, threshold: coefficients.message.asking };
    let decision = decide(snapshot, &question, asked, &scored, &coefficients.answer, threshold);
    laps.end(3);
    compose_body(snapshot, &question, &scored.candidates, &decision, &coefficients.quotes);
    laps.end(4);
    Ok(())
}

/// Composes the quotes of an answer, or else the closest passages, as the pipeline does for a reply.
fn compose_body(
    snapshot: &Snapshot,
    question: &Question,
    candidates: &[Candidate],
    decision: &Decision,
    by: &QuoteCoefficients,
) {
    let corpus = &snapshot.corpus;
    let quotes = match decision.answers {
        true => compose::quotes(corpus, candidates, by, Page(0)).quotes,
        false => compose::related(corpus, candidates, MOST_RELATED),
    };
    black_box(topics::fitting(corpus, &quotes));
    black_box(decision.answers && conflict(snapshot, question, &quotes));
}

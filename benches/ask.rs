//! How long a question takes, beside what a user would otherwise pick: a program of their own around
//! Tantivy, SQLite's FTS5, and, for questions by meaning, one forward pass of the encoder.
//!
//! Criterion gives each contestant's distribution. The table at the end has the ratios: there the
//! contestants take turns at every question, so that whatever else the machine does slows all of them.
//!
//! ```text
//! cargo bench --bench ask                  everything; encodes MedQuAD when first run, which takes long
//! cargo bench --bench ask -- none          the table alone: no contestant has that name
//! VERBATIM_BENCH=ldn,words cargo bench …   only bases and modes named here: ldn, medquad, words, encoder
//! VERBATIM_BENCH_ROUNDS=30                 how often each question is asked for the table
//! ```

mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Result;
use criterion::Criterion;
use support::medquad::{self, Questions};
use support::rivals::{Bare, Fts5, passages};
use support::table::{Table, median, percentile};
use support::{Mode, looked_up, wanted, workshop};
use verbatim::answer::compose::{self, Page};
use verbatim::answer::decide::decide;
use verbatim::answer::rank::{WEIGHTS, rank};
use verbatim::answer::reply::{Kind, Reply};
use verbatim::answer::rules::Rules;
use verbatim::answer::topics;
use verbatim::engine::Engine;
use verbatim::index::search::by_words;
use verbatim::question::understand::understand;
use verbatim::semantic::vectors::Query;

/// What the lexical ask may take beside the bare program, and beside FTS5.
const OF_BARE: f64 = 4.0;
const OF_FTS5: f64 = 0.1;
/// What an ask may take beside one forward pass of the encoder.
const OF_FORWARD_PASS: f64 = 1.3;
/// The half and all but one in a hundred, without the encoder and with it.
const WORDS: [Duration; 2] = [Duration::from_micros(500), Duration::from_millis(2)];
const MEANING: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(25)];

/// Something that is timed on a question.
type Contestant<'a> = (&'a str, Box<dyn Fn(&str) + 'a>);

/// A base's questions, by the name of their set.
type Sets = Vec<(&'static str, Vec<String>)>;

fn main() -> Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut table = Table::default();
    for mode in Mode::wanted() {
        if wanted("ldn", support::BASES) {
            let sets = vec![("ldn", support::ldn_questions()?)];
            measure(&support::open_ldn(mode)?, mode, sets, &mut criterion, &mut table)?;
        }
        if wanted("medquad", support::BASES) {
            let sets = vec![
                ("medquad summaries", medquad::questions(Questions::Summaries)?),
                ("medquad letters", medquad::questions(Questions::Letters)?),
            ];
            measure(&medquad::open_medquad(mode)?, mode, sets, &mut criterion, &mut table)?;
        }
    }
    criterion.final_summary();
    table.print();
    Ok(())
}

fn measure(
    engine: &Engine,
    mode: Mode,
    sets: Sets,
    criterion: &mut Criterion,
    table: &mut Table,
) -> Result<()> {
    let rivals = match mode {
        Mode::Words => Some(Rivals::of(engine)?),
        Mode::Meaning => None,
    };
    for (name, questions) in sets {
        let asked = questions.len();
        let questions = looked_up(engine, questions);
        let answered = questions.iter().filter(|question| engine.ask(question).body().kind == Kind::Answer);
        println!(
            "{name} ({}): {} of {asked} questions are looked up, {} answered",
            mode.name(),
            questions.len(),
            answered.count()
        );
        let name = format!("{name}, {}", mode.name());
        let contestants = contestants(engine, rivals.as_ref());
        distributions(criterion, &name, &contestants, &questions);
        let warm = take_turns(&contestants[..1], &questions);
        percentiles(table, &name, mode, &warm[0]);
        let medians = take_turns(&contestants, &questions);
        ratios(table, &name, &contestants, &medians);
        stages(table, engine, &questions);
    }
    Ok(())
}

/// The engine first, then those it is held against.
fn contestants<'a>(engine: &'a Engine, rivals: Option<&'a Rivals>) -> Vec<Contestant<'a>> {
    let mut contestants: Vec<Contestant> =
        vec![("ask", Box::new(|question| drop(black_box(ask_anew(engine, question)))))];
    match (rivals, &engine.resources().encoder) {
        (Some(rivals), _) => contestants.extend(rivals.contestants()),
        (None, Some(encoder)) => {
            contestants.push(("forward pass", Box::new(|question| drop(black_box(encoder.encode(question))))))
        }
        (None, None) => {}
    }
    contestants
}

/// Asks as if for the first time: a question that was encoded lately would cost no forward pass.
fn ask_anew(engine: &Engine, question: &str) -> Reply {
    if let Some(encoder) = &engine.resources().encoder {
        encoder.forget();
    }
    engine.ask(question)
}

/// The rivals of the lexical ask, ready to search.
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

    fn contestants(&self) -> [Contestant<'_>; 3] {
        [
            ("tantivy", Box::new(|question| drop(black_box(self.bare.ask(question).expect("it searches"))))),
            (
                "tantivy, nothing loaded",
                Box::new(|question| {
                    black_box(self.bare.search(question).expect("it searches"));
                }),
            ),
            ("fts5", Box::new(|question| drop(black_box(self.fts5.ask(question).expect("it searches"))))),
        ]
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

/// The median time of each contestant on each question. They take turns, and another begins each round.
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
                    times[contestant][number].push(took); // the round before the first warms all of them
                }
            }
        }
    }
    times.iter().map(|questions| questions.iter().map(|times| median(times)).collect()).collect()
}

/// The times of a warm process that does nothing but answer.
fn percentiles(table: &mut Table, name: &str, mode: Mode, warm: &[Duration]) {
    let bounds = if mode == Mode::Words { WORDS } else { MEANING };
    for (percent, bound) in [50, 99].into_iter().zip(bounds) {
        table.time(format!("{name}: p{percent}"), percentile(warm, percent), bound);
    }
}

/// Times taken in turns: between two of ours a rival has had the processor's caches.
fn ratios(table: &mut Table, name: &str, contestants: &[Contestant], medians: &[Vec<Duration>]) {
    for ((other, _), theirs) in contestants.iter().zip(medians).skip(1) {
        let bound = match *other {
            "tantivy" => Some(OF_BARE),
            "fts5" => Some(OF_FTS5),
            "forward pass" => Some(OF_FORWARD_PASS),
            _ => None,
        };
        table.ratio(format!("{name}: beside {other}"), &medians[0], theirs, bound);
    }
    if let [_, bare, _, fts5] = medians {
        table.ratio(format!("{name}: (tantivy beside fts5)"), bare, fts5, None);
    }
}

/// Where the time of an ask goes. The stages are called one by one as the engine calls them.
fn stages(table: &mut Table, engine: &Engine, questions: &[String]) {
    const NAMES: [&str; 8] = [
        "triage",
        "understand",
        "encode",
        "(rank:) by words",
        "(rank:) by meaning",
        "rank",
        "decide",
        "compose",
    ];
    let rounds: Vec<Vec<[Duration; 8]>> =
        (0..5).map(|_| questions.iter().map(|question| stages_of(engine, question)).collect()).collect();
    let of = |question: usize, stage: usize| {
        median(&rounds.iter().map(|round| round[question][stage]).collect::<Vec<_>>())
    };
    for (stage, name) in NAMES.iter().enumerate() {
        let total: Duration = (0..questions.len()).map(|question| of(question, stage)).sum();
        let mean = total / questions.len().max(1) as u32;
        table.note(format!("    {name}, on average"), mean);
    }
}

fn stages_of(engine: &Engine, question: &str) -> [Duration; 8] {
    let (snapshot, resources) = (engine.snapshot(), engine.resources());
    let mut began = Instant::now();
    let mut lap = || std::mem::replace(&mut began, Instant::now()).elapsed();
    black_box(resources.triage.check(question));
    let triage = lap();
    let understood = understand(question, &snapshot.lexicon, &snapshot.subject, &snapshot.speller, true);
    let understanding = lap();
    let vector = resources.encoder.as_ref().and_then(|encoder| encoder.encode(question).ok());
    let query = vector.map(|vector| Query::new(&vector));
    let encoding = lap();
    black_box(by_words(&snapshot, &understood, 24));
    let words = lap();
    black_box(query.as_ref().zip(snapshot.vectors.as_ref()).map(|(query, vectors)| vectors.top(query, 24)));
    let meaning = lap();
    let candidates = rank(&snapshot, &understood, query.as_ref(), &WEIGHTS);
    let ranking = lap();
    black_box(decide(&snapshot, &understood, &candidates, &Rules::default()));
    let deciding = lap();
    let quotes = compose::quotes(&snapshot.library, &candidates, false, Page(0));
    black_box(topics::fitting(&snapshot.library, &quotes.quotes));
    [triage, understanding, encoding, words, meaning, ranking, deciding, lap()]
}

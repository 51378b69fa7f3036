//! The time to build an index, to reindex one changed file, and to start and answer; the memory of a process that
//! answers; and the size of the token vectors.
//!
//! ```text
//! cargo bench --bench build                  everything; the first run encodes MedQuAD, which takes long
//! cargo bench --bench build -- none          without criterion's distributions
//! VERBATIM_BENCH=ldn cargo bench …           only the bases named here: ldn, medquad
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints what it measures")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use criterion::Criterion;
use support::table::{Table, median};
use support::{
    MADE, copy_folder, empty, ldn, ldn_questions, medquad, memory_of, read, resources, root, tell, wanted,
    workshop,
};
use verbatim_core::engine::{Change, Engine, Place, reindex_base};
use verbatim_core::index::build::{Progress, TOKENS};

/// Bounds from the issue.
const START: Duration = Duration::from_millis(250);
const FROM_NOTHING: Duration = Duration::from_secs(10);
const REINDEXED: Duration = Duration::from_secs(2);
/// Memory of a process that answers, in MB.
const MEMORY: u64 = 200;
const DOCUMENTS_A_SECOND: f64 = 20.0;
/// Size of the token vectors, in bytes per sentence.
const TOKEN_BYTES: u64 = 6_000;
/// The smallest number of passages to reindex.
const PASSAGES: usize = 16_000;
/// How often to repeat slow measurements.
const REPEATED: usize = 5;
/// The question for the started process.
const QUESTION: &str = "What are the side effects of LDN?";

fn main() -> Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let mut table = Table::default();
    if wanted("ldn") {
        from_nothing(&mut table)?;
        token_bytes("ldn", &support::open_ldn()?, &mut table)?;
        starting(&mut criterion, &mut table)?;
        memory(&mut table)?;
    }
    if wanted("medquad") {
        building(&mut table)?;
        reindexing(&mut table)?;
    }
    criterion.final_summary();
    table.print();
    Ok(())
}

fn from_nothing(table: &mut Table) -> Result<()> {
    let place = Place { index: workshop().join("ldn-from-nothing"), ..ldn() };
    let resources = resources(&place.knowledge)?;
    let mut times = Vec::new();
    for _ in 0..REPEATED {
        empty(&place.index)?;
        let began = Instant::now();
        reindex_base(&resources, &place, MADE, true, &mut |_| {})?;
        times.push(began.elapsed());
    }
    table.time("ldn: built from nothing".to_owned(), median(&times), FROM_NOTHING);
    Ok(())
}

/// Measures the token vectors of the live generation.
fn token_bytes(base: &str, engine: &Engine, table: &mut Table) -> Result<()> {
    let manifest = &engine.snapshot().manifest;
    let path = engine.generations().generation(&manifest.id).join(TOKENS);
    let bytes = std::fs::metadata(&path).with_context(|| path.display().to_string())?.len();
    table.bytes_each(format!("{base}: {TOKENS}, a sentence"), bytes, manifest.counts.sentences, TOKEN_BYTES);
    Ok(())
}

/// Measures starting the program with an existing index and answering one question.
fn starting(criterion: &mut Criterion, table: &mut Table) -> Result<()> {
    let settings = settings()?;
    let start = || -> Result<()> {
        let output = program(&settings).args(["ask", QUESTION]).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    };
    start()?;
    let name = "ldn: process start to answer";
    criterion.bench_function(name, |bencher| bencher.iter(|| start().expect("it answered before")));
    let times: Result<Vec<Duration>> = (0..4 * REPEATED)
        .map(|_| {
            let began = Instant::now();
            start().map(|()| began.elapsed())
        })
        .collect();
    table.time(name.to_owned(), median(&times?), START);
    Ok(())
}

/// Measures the memory of a process that has answered all questions of the base.
fn memory(table: &mut Table) -> Result<()> {
    let mut child = program(&settings()?)
        .args(["ask", "--batch", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let held = answer_all(&mut child);
    drop(child.stdin.take());
    child.wait()?;
    let (most, now) = held?;
    table.memory("ldn: resident memory at most (VmHWM)".to_owned(), most, Some(MEMORY));
    table.memory("ldn: resident memory after (VmRSS)".to_owned(), now, Some(MEMORY));
    Ok(())
}

/// Asks every question, one after another; returns VmHWM and VmRSS in kibibytes.
fn answer_all(child: &mut Child) -> Result<(u64, u64)> {
    let mut questions = child.stdin.as_ref().context("the child has no input")?;
    let mut replies = BufReader::new(child.stdout.take().context("the child has no output")?);
    let mut reply = String::new();
    for question in ldn_questions()? {
        writeln!(questions, "{question}")?;
        questions.flush()?;
        reply.clear();
        ensure!(replies.read_line(&mut reply)? > 0, "the child stopped answering");
    }
    memory_of(child.id())
}

/// Builds a tenth of the large base from nothing. A tenth is enough: nearly all of the time is encoding, which grows
/// with the number of documents.
fn building(table: &mut Table) -> Result<()> {
    let (place, documents) = medquad::part()?;
    let resources = resources(&place.knowledge)?;
    let began = Instant::now();
    reindex_base(&resources, &place, MADE, true, &mut tell)?;
    let took = began.elapsed();
    let figure = format!("medquad: {documents} documents built from nothing");
    table.rate(figure, documents, took, DOCUMENTS_A_SECOND);
    let engine = Engine::open(resources, place, MADE, &mut |_| {})?.engine;
    token_bytes("medquad", &engine, table)
}

/// Repeatedly reindexes one changed file in a copy of the large base.
fn reindexing(table: &mut Table) -> Result<()> {
    let place = medquad::place()?;
    drop(medquad::open_medquad()?);
    let copy = workshop().join("reindexed");
    empty(&copy)?;
    let copied = Place { knowledge: copy.join("knowledge"), index: copy.join("index"), ..place.clone() };
    copy_folder(&place.knowledge, &copied.knowledge)?;
    copy_folder(&place.index, &copied.index)?;
    let resources = resources(&copied.knowledge)?;
    let engine = Engine::open(resources, copied, MADE, &mut |_| {})?.engine;
    let passages = cut_down(&engine)?;
    let mut rounds = Vec::new();
    for round in 0..REPEATED {
        rounds.push(reindex_changed(&engine, round)?);
    }
    let of = |pick: fn(&Laps) -> Duration| median(&rounds.iter().map(pick).collect::<Vec<_>>());
    table.time(format!("medquad: {passages} passages, one file changed"), of(|laps| laps.whole), REINDEXED);
    for (number, stage) in STAGES.iter().enumerate() {
        let times: Vec<Duration> = rounds.iter().map(|laps| laps.stages[number]).collect();
        table.note(format!("    {stage}"), median(&times));
    }
    empty(&copy)
}

/// Deletes files from the copy until it has just over [`PASSAGES`] passages. Returns how many it has.
fn cut_down(engine: &Engine) -> Result<usize> {
    let folder = engine.place().knowledge.join("medquad");
    let mut left = 0;
    for document in &engine.snapshot().corpus.documents {
        match left < PASSAGES {
            true => left += document.passages().len(),
            false => std::fs::remove_file(folder.join(&document.file))?,
        }
    }
    ensure!(left >= PASSAGES, "MedQuAD has only {left} passages");
    engine.reindex(MADE, true, &mut |_| {})?;
    Ok(engine.snapshot().manifest.counts.passages)
}

/// The stages of a build; each lasts until the next progress report.
const STAGES: [&str; 7] =
    ["open, read", "annotate", "index", "encode", "write", "ask regression questions", "publish, open"];

/// How long a build took.
struct Laps {
    whole: Duration,
    stages: [Duration; STAGES.len()],
}

fn reindex_changed(engine: &Engine, round: usize) -> Result<Laps> {
    let changed = engine.place().knowledge.join("medquad/sources/part-007.md");
    let text = read(&changed)?;
    std::fs::write(
        &changed,
        format!("{text}\nThis is sentence number {round} that was added to be found.\n"),
    )?;
    let (mut stage, mut stages) = (0, [Duration::ZERO; STAGES.len()]);
    let began = Instant::now();
    let mut lap = began;
    let reindexed = engine.reindex(MADE, true, &mut |progress| {
        stages[stage] += lap.elapsed();
        lap = Instant::now();
        stage = number(progress);
    })?;
    stages[stage] += lap.elapsed();
    let whole = began.elapsed();
    let published = matches!(&reindexed.change, Change::Published { changed, .. } if changed.len() == 1);
    ensure!(published, "one file was changed, but the result is {:?}", reindexed.change);
    let passages = reindexed.manifest.counts.passages;
    ensure!(passages >= PASSAGES, "there are {passages} passages, fewer than {PASSAGES}");
    Ok(Laps { whole, stages })
}

fn number(progress: Progress) -> usize {
    match progress {
        Progress::Annotating => 1,
        Progress::Indexing => 2,
        Progress::Encoding { .. } => 3,
        Progress::Writing => 4,
        Progress::Testing => 5,
        Progress::Publishing => 6,
    }
}

/// A command that runs the program with these settings.
fn program(settings: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_verbatim"));
    command.arg("--config").arg(settings);
    command
}

/// Writes settings with which the program opens the place of [`ldn`].
fn settings() -> Result<PathBuf> {
    let place = ldn();
    let path = workshop().join("ldn.toml");
    let text = format!(
        "[paths]\nknowledge = {:?}\nindex = {:?}\nmodels = {:?}\n",
        place.knowledge,
        place.index,
        root().join("models")
    );
    support::write(&path, &text)?;
    Ok(path)
}

//! `verbatim-eval`: tools for fitting and comparing models. `verbatim eval` asks a base's regression questions.

#![forbid(unsafe_code)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use time::OffsetDateTime;
use verbatim_core::engine::collection::Collection;
use verbatim_core::engine::{Engine, EngineError, Place, Resources};
use verbatim_core::fs;
use verbatim_core::index::manifest::made_at;
use verbatim_core::knowledge::collection;
use verbatim_core::knowledge::sandbox::{Sandbox, child};
use verbatim_core::text::controls::visible;
use verbatim_eval::calibration::Calibration;
use verbatim_eval::{cases, evidence, retrieval};

const EXAMPLES: &str = "\
Examples:
  verbatim-eval calibration --set evaluation/ldn
  verbatim-eval evidence --set questions/ --output evidence.jsonl
  verbatim-eval retrieval --collection collection/ --queries collection/queries.jsonl --run verbatim.run";

/// Thresholds whose effect is printed.
const THRESHOLDS: [f32; 8] = [0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7];
/// Subfolder of the index folder for test collections. The name of a base cannot begin with a dot.
const COLLECTIONS: &str = ".collections";
/// How many documents to write for each query.
const DEPTH: usize = 1_000;

/// Measures a model and its coefficients.
#[derive(Parser)]
#[command(name = "verbatim-eval", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(flatten)]
    folders: Folders,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Folders {
    /// Folder of the knowledge bases
    #[arg(long, global = true, value_name = "DIR", default_value = "knowledge")]
    knowledge: PathBuf,
    /// Folder of the indexes; a missing index is built
    #[arg(long, global = true, value_name = "DIR", default_value = "index")]
    index: PathBuf,
    /// Folder of the model
    #[arg(long, global = true, value_name = "DIR", default_value = "models/reader")]
    model: PathBuf,
    /// Knowledge base to ask
    #[arg(long, global = true, value_name = "NAME", default_value = "ldn")]
    base: String,
}

#[derive(Subcommand)]
enum Command {
    /// Show how reliable the confidence is, and what other thresholds would do
    Calibration {
        /// Folder with answerable.jsonl and unanswerable.jsonl
        #[arg(long, value_name = "DIR")]
        set: PathBuf,
    },
    /// Write the evidence for every candidate of every question, one JSON object per line, to fit coefficients to
    Evidence {
        /// Folder with answerable.jsonl and unanswerable.jsonl
        #[arg(long, value_name = "DIR")]
        set: PathBuf,
        /// Output file
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Index a public test collection, run each query, and write the results for a scorer
    Retrieval {
        /// Folder of the collection (corpus.jsonl)
        #[arg(long, value_name = "DIR")]
        collection: PathBuf,
        /// File of queries, one JSON object per line with `_id` and `text`
        #[arg(long, value_name = "FILE")]
        queries: PathBuf,
        /// Output file for the results, in TREC run format
        #[arg(long, value_name = "FILE")]
        run: PathBuf,
    },
    /// Parse source files from standard input (internal)
    #[command(hide = true)]
    ParseSources {
        /// CPU time limit, in seconds
        #[arg(long, value_name = "SECONDS")]
        cpu_seconds: u64,
    },
}

fn main() -> anyhow::Result<()> {
    let Arguments { folders, command } = Arguments::parse();
    match command {
        Command::Calibration { set } => print(&calibration_table(&calibrated(&folders, &set)?)),
        Command::Evidence { set, output } => {
            evidence::write(&folders.open()?, &cases::read_folder(&set)?, &output)
        }
        Command::Retrieval { collection, queries, run } => folders.search(&collection, &queries, &run),
        Command::ParseSources { cpu_seconds } => Ok(child::run(cpu_seconds)?),
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{}", visible(text))?)
}

impl Folders {
    fn resources(&self) -> anyhow::Result<Arc<Resources>> {
        let sandbox = Sandbox::of_this_program()
            .context("the program cannot find its own executable, which it runs to read source files")?;
        let models = self.model.parent().unwrap_or(Path::new("."));
        let name = self.model.file_name().context("--model does not name a folder")?.to_string_lossy();
        Ok(Arc::new(Resources::open(&self.knowledge, models, &name, sandbox)?))
    }

    /// Opens the base, and builds its index if there is none.
    fn open(&self) -> anyhow::Result<Engine> {
        let (knowledge, index) = (self.knowledge.clone(), self.index.clone());
        let place = Place { knowledge, index, base: self.base.clone(), keep: 0 };
        let opened = Engine::open(self.resources()?, place, &now(), &mut |_| {})?;
        for remark in &opened.remarks {
            writeln!(std::io::stderr(), "note: {}", visible(remark))?;
        }
        Ok(opened.engine)
    }

    /// Searches a collection for each query and writes the run.
    fn search(&self, folder: &Path, queries: &Path, run: &Path) -> anyhow::Result<()> {
        let queries = retrieval::queries(queries)?;
        let base = collection::read(folder, &self.knowledge)
            .map_err(|problem| EngineError::Unreadable(vec![problem]))?;
        let (knowledge, index) = (self.knowledge.clone(), self.index.join(COLLECTIONS));
        let place = Place { knowledge, index, base: base.name.clone(), keep: 0 };
        let collection = Collection::open(self.resources()?, &place, &base, &now(), &mut |_| {})?;
        let mut file = std::io::BufWriter::new(fs::create(run)?);
        let began = Instant::now();
        for query in &queries {
            let found = collection.search(&query.text, DEPTH)?;
            file.write_all(retrieval::lines(&query.id, &found).as_bytes())?;
        }
        file.flush()?;
        let each = began.elapsed().as_secs_f64() * 1e3 / queries.len().max(1) as f64;
        let (documents, count) = (base.documents.len(), queries.len());
        print(&format!(
            "{}: {documents} documents, {count} queries, {each:.1} ms each, written to {}",
            base.name,
            run.display()
        ))
    }
}

fn now() -> String {
    made_at(OffsetDateTime::now_utc())
}

/// Collects the confidence of each question of a set.
fn calibrated(folders: &Folders, set: &Path) -> anyhow::Result<Calibration> {
    let engine = folders.open()?;
    let mut calibration = Calibration::default();
    cases::read_folder(set)?.iter().for_each(|case| calibration.add(case, &engine.ask(&case.ask)));
    Ok(calibration)
}

fn calibration_table(calibration: &Calibration) -> String {
    let Some(area) = calibration.area() else {
        return "The confidence cannot be measured without both answerable and unanswerable questions."
            .to_owned();
    };
    let mut lines = vec![format!("area under the curve, answerable against the rest: {area:.3}")];
    lines.push("confidence    questions  mean   answerable".to_owned());
    lines.extend(calibration.bins().iter().map(|bin| {
        let bar = "#".repeat((bin.answerable * 20.0).round() as usize);
        let (from, to) = (bin.from, bin.from + 0.1);
        let line = format!(
            "{from:.1} to {to:.1}    {:>9}  {:.2}   {:.2} {bar}",
            bin.count, bin.confidence, bin.answerable
        );
        line.trim_end().to_owned()
    }));
    lines.push("threshold  answered  refused".to_owned());
    lines.extend(
        calibration
            .trade_offs(&THRESHOLDS)
            .iter()
            .map(|trade| format!("{:<9.2}  {:<8.3}  {:.3}", trade.threshold, trade.answered, trade.refused)),
    );
    lines.join("\n")
}

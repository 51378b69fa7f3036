//! `verbatim eval`: how good the answers are, by the base's own questions or by a question set.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use super::output::Output;
use super::session::{self, BaseArgument};
use super::{Usage, retrieval};
use crate::config::Config;
use crate::engine::Engine;
use crate::eval::calibration::Calibration;
use crate::eval::cases::{self, Case};
use crate::eval::evidence;
use crate::eval::score::Report;
use crate::index::generation::Shelf;
use crate::knowledge::base;

const EXAMPLES: &str = "\
Examples:
  verbatim eval                      (the base's own questions.toml)
  verbatim eval --set questions/ --misses
  verbatim eval --draft              (what a change of the knowledge folder would do, before `index`)
  verbatim eval --set questions/ --calibration
  verbatim eval --retrieval collection/ --queries collection/queries.jsonl --run verbatim.run

Exit code: 1 where one of the base's own questions fails. `hit1` is measured and may fall short: what is expected must be shown, not first.";

/// Thresholds whose effect is told.
const THRESHOLDS: [f32; 8] = [0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7];

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Eval {
    #[command(flatten)]
    base: BaseArgument,
    /// Folder with answerable.jsonl, unanswerable.jsonl and safety.jsonl
    #[arg(long, value_name = "DIR")]
    set: Option<PathBuf>,
    /// Print the figures as one JSON object
    #[arg(long)]
    json: bool,
    /// List the questions that were missed
    #[arg(long)]
    misses: bool,
    /// Answer from the knowledge folder as it is now, without publishing it, and show the published index beside it
    #[arg(long, conflicts_with_all = ["json", "retrieval"])]
    draft: bool,
    /// Write the evidence of every candidate of every question, for fitting coefficients: one JSON object a question
    #[arg(long, value_name = "FILE", requires = "set")]
    evidence: Option<PathBuf>,
    /// Tell how far the confidence can be trusted, and what other thresholds would do
    #[arg(long, conflicts_with = "json")]
    calibration: bool,
    /// Folder of a test collection (corpus.jsonl): index it and search it for each query
    #[arg(long, value_name = "DIR", requires = "queries", requires = "run", conflicts_with_all = ["set", "json", "misses"])]
    retrieval: Option<PathBuf>,
    /// The queries, a line of JSON each with `_id` and `text`
    #[arg(long, value_name = "FILE", requires = "retrieval")]
    queries: Option<PathBuf>,
    /// Where to write what was found, in the format of TREC
    #[arg(long, value_name = "FILE", requires = "retrieval")]
    run: Option<PathBuf>,
}

impl Eval {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        if let (Some(folder), Some(queries), Some(run)) = (&self.retrieval, &self.queries, &self.run) {
            retrieval::run(config, folder, queries, run, output)?;
            return Ok(ExitCode::SUCCESS);
        }
        let engine = match self.draft {
            true => session::draft(config, &self.base)?,
            false => session::open(config, &self.base)?,
        };
        let cases = match &self.set {
            Some(folder) => cases::read_folder(folder)?,
            None => self.own(config, &engine)?,
        };
        if let Some(path) = &self.evidence {
            evidence::write(&engine, &cases, path)?;
            return Ok(ExitCode::SUCCESS);
        }
        let (report, calibration, took) = measure(&engine, &cases);
        match self.json {
            true => output.json(&as_json(&report, &took).to_string())?,
            false => table(&report, &took, output)?,
        }
        if self.draft {
            self.compare(config, &cases, &report, output)?;
        }
        if self.calibration {
            calibration_table(&calibration, output)?;
        }
        if self.misses || (self.set.is_none() && !self.json) {
            report
                .misses
                .iter()
                .try_for_each(|(figure, id, ask)| output.line(&format!("missed {figure}: {id} {ask}")))?;
        }
        // Publishing asks that the answer is shown, wherever; so does the exit code.
        let failed = self.set.is_none() && report.misses.iter().any(|(figure, _, _)| figure != "hit1");
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Which questions a draft answers in another way than what is published.
    fn compare(
        &self,
        config: &Config,
        cases: &[Case],
        draft: &Report,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        let place = self.base.place(config);
        if Shelf::new(&place.index, &place.base).current().is_err() {
            return output.line("Nothing is published yet.");
        }
        let (published, ..) = measure(&session::open(config, &self.base)?, cases);
        let lost =
            draft.misses.iter().filter(|miss| !published.misses.contains(miss)).map(|miss| ("lost", miss));
        let won =
            published.misses.iter().filter(|miss| !draft.misses.contains(miss)).map(|miss| ("won", miss));
        let changed: Vec<_> = lost.chain(won).collect();
        if changed.is_empty() {
            return output.line("No question fares otherwise than with the published index.");
        }
        output.line("Beside the published index:")?;
        changed
            .into_iter()
            .try_for_each(|(how, (figure, id, ask))| output.line(&format!("{how} {figure}: {id} {ask}")))
    }

    fn own(&self, config: &Config, engine: &Engine) -> anyhow::Result<Vec<Case>> {
        let name = &engine.place().base;
        let golden = base::golden(&config.knowledge, name).map_err(|problem| Usage(problem.to_string()))?;
        if golden.is_empty() {
            let path = config.knowledge.join(name).join(base::QUESTIONS);
            return Err(Usage(format!(
                "{} has no questions; write some, or name a set with --set",
                path.display()
            ))
            .into());
        }
        Ok(cases::golden(&golden))
    }
}

/// The report, what confidence each question got, and how long each reply took, in microseconds, sorted.
fn measure(engine: &Engine, cases: &[Case]) -> (Report, Calibration, Vec<u64>) {
    let snapshot = engine.snapshot();
    let mut report = Report::default();
    let mut calibration = Calibration::default();
    let mut took = Vec::with_capacity(cases.len());
    for case in cases {
        let began = Instant::now();
        let reply = engine.ask(&case.ask);
        took.push(began.elapsed().as_micros() as u64);
        report.add(case, &reply, &snapshot.library);
        calibration.add(case, &reply);
    }
    took.sort_unstable();
    (report, calibration, took)
}

fn percentile(took: &[u64], share: f64) -> u64 {
    let at = (took.len() as f64 * share) as usize;
    took.get(at.min(took.len().saturating_sub(1))).copied().unwrap_or_default()
}

fn table(report: &Report, took: &[u64], output: &mut Output) -> anyhow::Result<()> {
    output.line("figure            share    right   95 % interval")?;
    for (name, share) in &report.figures {
        let (low, high) = share.interval();
        let right = format!("{}/{}", share.right, share.of);
        output.line(&format!("{name:<16}  {:.3}  {right:>8}   {low:.2} to {high:.2}", share.value()))?;
    }
    output.line(&format!(
        "took              median {} µs, p99 {} µs",
        percentile(took, 0.5),
        percentile(took, 0.99)
    ))
}

fn calibration_table(calibration: &Calibration, output: &mut Output) -> anyhow::Result<()> {
    let Some(area) = calibration.area() else {
        return output.line("The confidence cannot be judged: it takes questions of both sorts.");
    };
    output.line(&format!("area under the curve, answerable against the rest: {area:.3}"))?;
    output.line("confidence    questions  mean   answerable")?;
    for bin in calibration.bins() {
        let bar = "#".repeat((bin.answerable * 20.0).round() as usize);
        let (from, to) = (bin.from, bin.from + 0.1);
        output.line(
            format!(
                "{from:.1} to {to:.1}    {:>9}  {:.2}   {:.2} {bar}",
                bin.count, bin.confidence, bin.answerable
            )
            .trim_end(),
        )?;
    }
    output.line("threshold  answered  refused")?;
    for trade in calibration.trade_offs(&THRESHOLDS) {
        let (answered, refused) = (trade.answered, trade.refused);
        output.line(&format!("{:<9.2}  {answered:<8.3}  {refused:.3}", trade.threshold))?;
    }
    Ok(())
}

fn as_json(report: &Report, took: &[u64]) -> serde_json::Value {
    let figures: serde_json::Map<String, serde_json::Value> = report
        .figures
        .iter()
        .map(|(name, share)| {
            let (low, high) = share.interval();
            let figure = json!({"share": share.value(), "right": share.right, "of": share.of, "low": low, "high": high});
            (name.clone(), figure)
        })
        .collect();
    json!({"figures": figures, "took_us": {"median": percentile(took, 0.5), "p99": percentile(took, 0.99)}})
}

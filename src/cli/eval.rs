//! `verbatim eval`: measures the answers with the base's regression questions or with a question set.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use super::Usage;
use super::output::Output;
use super::session::{self, BaseArgument};
use crate::config::Config;
use verbatim_core::engine::Engine;
use verbatim_core::index::generation::GenerationStore;
use verbatim_core::knowledge::base;
use verbatim_eval::cases::{self, Case};
use verbatim_eval::score::Report;

const EXAMPLES: &str = "\
Examples:
  verbatim eval                      (the base's questions.toml)
  verbatim eval --set questions/ --misses
  verbatim eval --draft              (the effect of changes in the knowledge folder, before `verbatim index`)

docs/quality.md explains the figures.
Exit code: 1 if a regression question fails. A question that misses only `hit1` does not fail: the expected quote must \
be shown, but it need not be first.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Eval {
    #[command(flatten)]
    base: BaseArgument,
    /// Question set: a folder with answerable.jsonl, unanswerable.jsonl and safety.jsonl
    #[arg(long, value_name = "DIR")]
    set: Option<PathBuf>,
    /// Print the results as one JSON object
    #[arg(long)]
    json: bool,
    /// List the missed questions
    #[arg(long)]
    misses: bool,
    /// Answer from the current knowledge folder without publishing it, and compare with the published index
    #[arg(long, conflicts_with = "json")]
    draft: bool,
}

impl Eval {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let engine = match self.draft {
            true => session::draft(config, &self.base)?,
            false => session::open(config, &self.base)?,
        };
        let cases = match &self.set {
            Some(folder) => cases::read_folder(folder)?,
            None => self.own(config, &engine)?,
        };
        let (report, took) = measure(&engine, &cases);
        match self.json {
            true => output.json(&as_json(&report, &took).to_string())?,
            false => table(&report, &took, output)?,
        }
        if self.draft {
            self.compare(config, &cases, &report, output)?;
        }
        if self.misses || (self.set.is_none() && !self.json) {
            report
                .misses
                .iter()
                .try_for_each(|(figure, id, ask)| output.line(&format!("missed {figure}: {id} {ask}")))?;
        }
        // Publishing requires that the expected quote is shown, at any rank; so does the exit code.
        let failed = self.set.is_none() && report.misses.iter().any(|(figure, _, _)| figure != "hit1");
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Lists the questions whose result differs between a draft and the published index.
    fn compare(
        &self,
        config: &Config,
        cases: &[Case],
        draft: &Report,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        let place = self.base.place(config);
        if GenerationStore::new(&place.index, &place.base).current().is_err() {
            return output.line("No index is published yet.");
        }
        let (published, ..) = measure(&session::open(config, &self.base)?, cases);
        let lost =
            draft.misses.iter().filter(|miss| !published.misses.contains(miss)).map(|miss| ("lost", miss));
        let won =
            published.misses.iter().filter(|miss| !draft.misses.contains(miss)).map(|miss| ("won", miss));
        let changed: Vec<_> = lost.chain(won).collect();
        if changed.is_empty() {
            return output.line("Every question has the same result as with the published index.");
        }
        output.line("Compared with the published index:")?;
        changed
            .into_iter()
            .try_for_each(|(how, (figure, id, ask))| output.line(&format!("{how} {figure}: {id} {ask}")))
    }

    fn own(&self, config: &Config, engine: &Engine) -> anyhow::Result<Vec<Case>> {
        let name = &engine.place().base;
        let regression_questions = base::regression_questions(&config.knowledge, name)
            .map_err(|problem| Usage(problem.to_string()))?;
        if regression_questions.is_empty() {
            let path = config.knowledge.join(name).join(base::QUESTIONS);
            return Err(Usage(format!(
                "{} has no questions; add some, or name a set with --set",
                path.display()
            ))
            .into());
        }
        Ok(cases::regression_questions(&regression_questions))
    }
}

/// Returns the report and the sorted reply times in microseconds.
fn measure(engine: &Engine, cases: &[Case]) -> (Report, Vec<u64>) {
    let snapshot = engine.snapshot();
    let mut report = Report::default();
    let mut took = Vec::with_capacity(cases.len());
    for case in cases {
        let began = Instant::now();
        let reply = engine.ask(&case.ask);
        took.push(began.elapsed().as_micros() as u64);
        report.add(case, &reply, &snapshot.corpus);
    }
    took.sort_unstable();
    (report, took)
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

//! `verbatim index`: rebuilds the index, once or whenever the knowledge folder changes.

use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use notify::{RecursiveMode, Watcher};

use super::output::{self, BuildProgress, Output};
use super::session::{self, BaseArgument};
use crate::config::Config;
use verbatim_core::engine::difference::{Difference, PassageChange, SourceName};
use verbatim_core::engine::{
    Change, EngineError, Place, RegressionOutcome, Reindexed, Resources, reindex_base,
};
use verbatim_core::text::controls::one_line;

/// How long the folder must be unchanged before it is read: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(300);

/// Most changed sources to name, and most changed passages to show.
const MOST_NAMED: usize = 10;
const MOST_EXAMPLES: usize = 5;

const EXAMPLES: &str = "\
Examples:
  verbatim index
  verbatim index --base ldn --watch
  verbatim index --force     (publishes even if regression questions fail or a source reads doubtfully)";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Index {
    #[command(flatten)]
    base: BaseArgument,
    /// Rebuild whenever the knowledge folder changes, until interrupted
    #[arg(long)]
    watch: bool,
    /// Publish even if regression questions fail, or if much of a new source may have been read incorrectly
    #[arg(long)]
    force: bool,
}

impl Index {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let place = self.base.place(config);
        let resources = session::resources(config)?;
        let outcome = self.build(&resources, &place, output);
        if !self.watch {
            return outcome;
        }
        report(outcome);
        self.watch(&resources, &place, output)
    }

    fn watch(&self, resources: &Resources, place: &Place, output: &mut Output) -> anyhow::Result<ExitCode> {
        let (sender, changes) = mpsc::channel();
        let mut watcher = notify::recommended_watcher(sender).context("the folder cannot be watched")?;
        watcher
            .watch(&place.knowledge, RecursiveMode::Recursive)
            .with_context(|| format!("{} cannot be watched", place.knowledge.display()))?;
        output.line(&format!("Watching {}; press Ctrl-C to stop.", place.knowledge.display()))?;
        output.flush()?;
        while let Ok(event) = changes.recv() {
            if event.is_ok_and(|event| event.kind.is_access()) {
                continue;
            }
            while changes.recv_timeout(QUIET).is_ok() {}
            report(self.build(resources, place, output));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn build(&self, resources: &Resources, place: &Place, output: &mut Output) -> anyhow::Result<ExitCode> {
        let mut progress = BuildProgress::new(&place.base);
        let built = reindex_base(resources, place, &session::now(), self.force, &mut |report| {
            progress.report(report)
        });
        drop(progress);
        match built {
            Ok(reindexed) => tell(&reindexed, output)?,
            Err(EngineError::RegressionFailed { failed, asked, outcomes }) => {
                tell_regression(&outcomes, output)?;
                output.flush()?;
                return Err(EngineError::RegressionFailed { failed, asked, outcomes }.into());
            }
            Err(error) => return Err(error.into()),
        }
        output.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn report(outcome: anyhow::Result<ExitCode>) {
    if let Err(error) = outcome {
        output::complain(&super::told(&error));
    }
}

fn tell(reindexed: &Reindexed, output: &mut Output) -> anyhow::Result<()> {
    reindexed.problems.iter().for_each(|problem| output::remark(&problem.to_string()));
    tell_regression(&reindexed.regression_questions, output)?;
    let manifest = &reindexed.manifest;
    let happened = match &reindexed.change {
        Change::Nothing => "Nothing has changed; still live".to_owned(),
        Change::Returned => "This content was indexed before; its generation is live again".to_owned(),
        Change::Published { changed, removed } => {
            changed.iter().take(20).try_for_each(|file| output.line(&format!("  read     {file}")))?;
            removed.iter().take(20).try_for_each(|file| output.line(&format!("  removed  {file}")))?;
            "Published".to_owned()
        }
    };
    for file in &reindexed.confirmed {
        output.line(&format!("  confirmed that {file} was read correctly"))?;
    }
    if let Some(difference) = &reindexed.difference {
        tell_difference(difference, output)?;
    }
    output.line(&format!("{happened}: {} with {}.", manifest.id, manifest.counts))
}

fn tell_difference(difference: &Difference, output: &mut Output) -> anyhow::Result<()> {
    let names = |sources: &[SourceName]| {
        let ids: Vec<&str> = sources.iter().map(|source| source.id.as_str()).take(MOST_NAMED).collect();
        let more = if sources.len() > MOST_NAMED { ", …" } else { "" };
        format!(" ({}{more})", ids.join(", "))
    };
    let Difference { sources_added, sources_changed, sources_removed, .. } = difference;
    let sources = [("added", sources_added), ("changed", sources_changed), ("removed", sources_removed)]
        .map(|(what, sources)| (what, sources.len(), names(sources)));
    let passages = [
        ("added", difference.passages_added, String::new()),
        ("changed", difference.passages_changed, String::new()),
        ("removed", difference.passages_removed, String::new()),
    ];
    for (what, counts) in [("sources ", sources), ("passages", passages)] {
        let told: Vec<String> = counts
            .iter()
            .filter(|(_, count, _)| *count > 0)
            .map(|(happened, count, names)| format!("{count} {happened}{names}"))
            .collect();
        if !told.is_empty() {
            output.line(&format!("  {what} {}", told.join(", ")))?;
        }
    }
    difference.examples.iter().take(MOST_EXAMPLES).try_for_each(|change| output.line(&example(change)))
}

fn example(change: &PassageChange) -> String {
    match change {
        PassageChange::Changed { before, now } => {
            format!("    changed  {} is now {}: {}", before.passage, now.passage, one_line(&now.sentence))
        }
        PassageChange::Added(glimpse) => {
            format!("    added    {}: {}", glimpse.passage, one_line(&glimpse.sentence))
        }
        PassageChange::Removed(glimpse) => {
            format!("    removed  {}: {}", glimpse.passage, one_line(&glimpse.sentence))
        }
    }
}

fn tell_regression(outcomes: &[RegressionOutcome], output: &mut Output) -> anyhow::Result<()> {
    if outcomes.is_empty() {
        return Ok(());
    }
    let failed: Vec<&RegressionOutcome> =
        outcomes.iter().filter(|outcome| outcome.missed.is_some()).collect();
    output.line(&format!(
        "Regression questions: {} of {} pass.",
        outcomes.len() - failed.len(),
        outcomes.len()
    ))?;
    for outcome in failed {
        output.line(&format!(
            "  failed   {}: {}",
            outcome.ask,
            outcome.missed.as_deref().unwrap_or_default()
        ))?;
    }
    Ok(())
}

//! `verbatim generations` and `verbatim rollback`: list the generations of an index, and go back to an earlier one.

use std::process::ExitCode;

use clap::Args;

use super::output::Output;
use super::session::{self, BaseArgument};
use crate::config::Config;
use verbatim_core::engine::check_name;
use verbatim_core::index::generation::GenerationStore;
use verbatim_core::index::manifest::RegressionResult;

#[derive(Args)]
#[command(after_help = "Examples:\n  verbatim generations\n  verbatim generations --base ldn")]
pub struct Generations {
    #[command(flatten)]
    base: BaseArgument,
}

impl Generations {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let place = self.base.place(config);
        let generations = GenerationStore::new(&place.index, &place.base);
        // A wrong base name has no index either; report the name instead.
        let current = generations.current().or_else(|error| {
            check_name(&place)?;
            Err(anyhow::Error::from(error))
        })?;
        for manifest in generations.manifests() {
            let mark = if manifest.id == current { "live" } else { "    " };
            let RegressionResult { asked, passed } = manifest.regression_questions;
            let regression_questions = if asked == 0 {
                "no regression questions".to_owned()
            } else {
                format!("{passed} of {asked} regression questions pass")
            };
            let holds = manifest.counts;
            output.line(&format!(
                "{mark}  {}  {}  {holds}; {regression_questions}",
                manifest.id, manifest.made
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Args)]
#[command(after_help = "Examples:\n  verbatim rollback\n  verbatim rollback g0123456789ab")]
pub struct Rollback {
    /// Generation to go back to [default: the one before the live generation]
    generation: Option<String>,
    #[command(flatten)]
    base: BaseArgument,
}

impl Rollback {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let engine = session::open(config, &self.base)?;
        let manifest = engine.rollback(self.generation.as_deref())?;
        output.line(&format!("Live again: {} from {}.", manifest.id, manifest.made))?;
        output.line("To index the current knowledge folder again, run `verbatim index`.")?;
        Ok(ExitCode::SUCCESS)
    }
}

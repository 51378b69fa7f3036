//! `verbatim sources`: lists the knowledge bases, their sources and their topics.

use std::process::ExitCode;

use clap::Args;

use super::output::{Output, wrapped};
use super::session::{self, BaseArgument};
use crate::config::Config;
use verbatim_core::knowledge::base;
use verbatim_core::knowledge::report::report;

#[derive(Args)]
#[command(after_help = "Examples:\n  verbatim sources\n  verbatim sources --base ldn")]
pub struct Sources {
    #[command(flatten)]
    base: BaseArgument,
}

impl Sources {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let engine = session::open(config, &self.base)?;
        let snapshot = engine.snapshot();
        let corpus = &snapshot.corpus;
        output.line(&format!("{} ({})", corpus.about.title, engine.place().base))?;
        output.line(&wrapped(&corpus.about.description, "  "))?;
        for document in &corpus.documents {
            let metadata = &document.metadata;
            output.line("")?;
            output.line(&format!("{}: {}", document.id, metadata.title))?;
            let known = |value: Option<&str>| value.unwrap_or("unknown").to_owned();
            output.line(&format!("  publisher  {}", known(metadata.publisher.as_deref())))?;
            output.line(&format!("  address    {}", known(metadata.url.as_deref())))?;
            output.line(&format!("  licence    {}", known(metadata.licence.as_deref())))?;
            output.line(&format!("  dated      {}", known(metadata.dated())))?;
            output.line(&format!("  contains   {}", report(document).counts()))?;
        }
        output.line("")?;
        let topics: Vec<&str> = corpus.topics.iter().map(|topic| topic.name.as_str()).collect();
        output.line(&wrapped(&format!("Topics: {}", topics.join(", ")), ""))?;
        if self.base.base.is_none() {
            let bases = base::names(&config.knowledge).unwrap_or_default();
            output.line(&wrapped(&format!("Bases: {}", bases.join(", ")), ""))?;
        }
        output.line(&wrapped(&corpus.about.disclaimer, ""))?;
        Ok(ExitCode::SUCCESS)
    }
}

//! `verbatim topic`: shows what the sources say about a topic, in the order that the base defines.

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;

use super::output::{Output, width};
use super::session::{self, BaseArgument};
use crate::config::Config;
use verbatim_core::render::json;
use verbatim_core::render::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  verbatim topic sideeffects
  verbatim topic            (lists the topics)";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Topic {
    /// Name of the topic [default: list all topics]
    name: Option<String>,
    #[command(flatten)]
    base: BaseArgument,
    /// Print the reply as JSON
    #[arg(long)]
    json: bool,
}

impl Topic {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let engine = session::open(config, &self.base)?;
        let snapshot = engine.snapshot();
        let Some(name) = &self.name else {
            for topic in &snapshot.corpus.topics {
                output.line(&format!("{:<14} {}", topic.name, topic.description))?;
            }
            return Ok(ExitCode::SUCCESS);
        };
        let began = Instant::now();
        let reply = engine.topic(name)?;
        let took = began.elapsed().as_micros() as u64;
        match self.json {
            true => output.json(&json::line(&reply, None, took))?,
            false => output.styled(&Terminal::new(width(), &snapshot.lexicon).reply(&reply))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

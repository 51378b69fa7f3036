//! `verbatim parse-sources`: the child process that parses untrusted files. The program starts it itself.

use std::process::ExitCode;

use clap::Args;

use verbatim_core::knowledge::sandbox::child;

#[derive(Args)]
pub struct ParseSources {
    /// CPU time limit, in seconds
    #[arg(long, value_name = "SECONDS")]
    cpu_seconds: u64,
}

impl ParseSources {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        child::run(self.cpu_seconds)?;
        Ok(ExitCode::SUCCESS)
    }
}

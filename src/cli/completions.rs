//! `verbatim completions`: prints a shell completion script.

use std::process::ExitCode;

use clap::Args;
use clap_complete::Shell;

use super::output::Output;

#[derive(Args)]
#[command(
    after_help = "Example:\n  verbatim completions bash > ~/.local/share/bash-completion/completions/verbatim"
)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn run(self, command: &mut clap::Command, output: &mut Output) -> anyhow::Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, command, "verbatim", &mut script);
        output.print(&String::from_utf8(script)?)?;
        Ok(ExitCode::SUCCESS)
    }
}

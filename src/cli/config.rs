//! `verbatim config`: prints or checks the settings.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::output::Output;
use crate::config::Config;
use crate::discord::connect::{Access, TOKEN, is_token_in_environment};
use verbatim_core::fs;

const EXAMPLES: &str = "\
Examples:
  verbatim config
  verbatim config --check

The output is TOML that can be written to verbatim.toml. Paths are absolute. A value that the settings file does not \
set is marked as default. The token is never printed.

Exit code: 2 if the settings cannot be read.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct ConfigCommand {
    /// Only check the settings
    #[arg(long)]
    check: bool,
}

impl ConfigCommand {
    pub fn run(self, config: &Config, file: Option<&Path>, output: &mut Output) -> anyhow::Result<ExitCode> {
        let place = file
            .map_or("the defaults; there is no settings file".to_owned(), |file| file.display().to_string());
        if self.check {
            output.line(&format!("No problems: {place}."))?;
            return Ok(ExitCode::SUCCESS);
        }
        let written = match file {
            Some(file) => toml::from_str(&fs::read_to_string(file)?)?,
            None => toml::Table::new(),
        };
        output.line(&format!("# {place}"))?;
        output.line(&format!("# {}", token(config)))?;
        let mut current = "";
        for (section, key, value) in config.settings() {
            if section != current {
                output.line(&format!("\n[{section}]"))?;
                current = section;
            }
            let mark = if is_written(&written, section, key) { "" } else { "  # default" };
            match value {
                Some(value) => output.json(&format!("{key} = {value}{mark}"))?,
                None => output.line(&format!("# {key} comes with the model"))?,
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Where the token is set, or why there is none.
fn token(config: &Config) -> String {
    let file = config.discord.token_file.as_deref();
    match (Access::find(file), file) {
        (Err(error), _) => format!("Token: {error}"),
        (Ok(_), Some(file)) if !is_token_in_environment() => format!("Token: set in {}", file.display()),
        (Ok(_), _) => format!("Token: set in {TOKEN}"),
    }
}

fn is_written(written: &toml::Table, section: &str, key: &str) -> bool {
    // The names of the model's setting in earlier versions.
    let sections = [section, if section == "model" { "semantic" } else { section }];
    let keys = [key, if section == "model" { "model" } else { key }];
    let tables = sections.iter().filter_map(|section| written.get(*section)?.as_table());
    tables.into_iter().any(|table| keys.iter().any(|key| table.contains_key(*key)))
}

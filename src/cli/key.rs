//! `verbatim key`: the keys with which programs ask the web service.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Usage;
use super::output::{self, Output};
use crate::config::Config;
use crate::http::{KeyFile, Scope};

const EXAMPLES: &str = "\
Examples:
  verbatim key add ward-app            (may ask and read)
  verbatim key add prometheus --scope metrics
  verbatim key list
  verbatim key remove ward-app         (takes effect at once)";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct KeyCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a key and print it; it cannot be shown again
    Add {
        /// A name for the key, such as the program that will use it
        name: String,
        /// What the key allows; repeat for several [default: ask and read]
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<Scope>,
        /// Requests per minute
        #[arg(long, default_value = "60")]
        per_minute: NonZeroU32,
    },
    /// List the keys
    List,
    /// Remove a key
    Remove {
        /// The key's name
        name: String,
    },
}

impl KeyCommand {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let path = path(config)?;
        let mut file = KeyFile::read(&path)?;
        match self.action {
            Action::Add { name, scopes, per_minute } => {
                let scopes = if scopes.is_empty() { vec![Scope::Ask, Scope::Read] } else { scopes };
                let text = file.add(&name, scopes, per_minute)?;
                file.write(&path)?;
                output.line(&text)?;
                output.flush()?;
                output::remark(&format!(
                    "this is the key `{name}`; keep it safe, for it cannot be shown again."
                ));
            }
            Action::List => {
                for key in &file.keys {
                    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
                    output.line(&format!(
                        "{:<20} {:<20} {} a minute",
                        key.name,
                        scopes.join(", "),
                        key.per_minute
                    ))?;
                }
                if file.keys.is_empty() {
                    output::remark("there are no keys; `verbatim key add NAME` makes one.");
                }
            }
            Action::Remove { name } => {
                file.remove(&name)?;
                file.write(&path)?;
                output::remark(&format!("the key `{name}` is no longer valid."));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn path(config: &Config) -> anyhow::Result<PathBuf> {
    config.http.keys_file.clone().ok_or_else(|| {
        let what =
            "no file of keys is set: write `keys_file = \"keys.toml\"` under `[http]` in verbatim.toml";
        Usage(what.to_owned()).into()
    })
}

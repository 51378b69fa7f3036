//! `verbatim store`: what the bot keeps, handed out or forgotten.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use time::format_description::well_known::Iso8601;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use super::output::Output;
use super::{Usage, session};
use crate::config::Config;
use crate::store::{Forget as What, Store};
use crate::text::count::counted;

const EXAMPLES: &str = "\
Examples:
  verbatim store export > kept.jsonl
  verbatim store forget --before 2026-01-01
  verbatim store forget --guild 123456789012345678
  verbatim store forget --all --yes";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct StoreCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print everything that is kept, one JSON object a row
    Export {
        /// Write to this file instead of standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Delete what is kept
    Forget(Forget),
}

#[derive(Args)]
struct Forget {
    #[command(flatten)]
    chosen: Chosen,
    /// Do not ask, for --all
    #[arg(long)]
    yes: bool,
}

/// Just one of these.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Chosen {
    /// Everything from before this day (YYYY-MM-DD)
    #[arg(long, value_name = "DATE")]
    before: Option<String>,
    /// What was posted and said in a channel
    #[arg(long, value_name = "ID")]
    channel: Option<u64>,
    /// What was posted, said and done in a guild
    #[arg(long, value_name = "ID")]
    guild: Option<u64>,
    /// Who a moderator was: their acts stay, their id goes
    #[arg(long, value_name = "ID")]
    moderator: Option<u64>,
    /// Everything
    #[arg(long)]
    all: bool,
}

impl StoreCommand {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let path = &config.store.path;
            if !path.exists() {
                output.line(&format!("{}: nothing is kept yet.", path.display()))?;
                return Ok(ExitCode::SUCCESS);
            }
            let forgets = match self.command {
                Command::Export { .. } => None,
                Command::Forget(ref forget) => Some(forget.what()?),
            };
            let opened = Store::open(path, &session::now().replace([':', '.'], "-")).await?;
            if let Some(aside) = &opened.set_aside {
                super::output::remark(&format!(
                    "{} was broken and was set aside as {}.",
                    path.display(),
                    aside.display()
                ));
            }
            let outcome = match (self.command, forgets) {
                (Command::Export { output: file }, _) => export(&opened.store, file, output).await,
                (_, Some(what)) => forget(&opened.store, what, output).await,
                _ => Ok(()),
            };
            opened.store.close().await;
            outcome.map(|()| ExitCode::SUCCESS)
        })
    }
}

async fn export(store: &Store, file: Option<PathBuf>, output: &mut Output) -> anyhow::Result<()> {
    let lines = store.export().await?;
    let Some(path) = file else {
        lines.iter().try_for_each(|line| output.line(line))?;
        return output.flush();
    };
    let naming = || format!("{} cannot be written", path.display());
    let mut out = BufWriter::new(File::create(&path).with_context(naming)?);
    lines.iter().try_for_each(|line| writeln!(out, "{line}")).with_context(naming)?;
    out.flush().with_context(naming)?;
    output.line(&format!("{} written to {}.", counted(lines.len(), "row"), path.display()))?;
    output.flush()
}

async fn forget(store: &Store, what: What, output: &mut Output) -> anyhow::Result<()> {
    for (table, rows) in store.forget(what).await? {
        let verb = if matches!(what, What::Moderator(_)) { "made nameless" } else { "deleted" };
        output.line(&format!("{table}: {} {verb}", counted(rows as usize, "row")))?;
    }
    output.flush()
}

impl Forget {
    fn what(&self) -> anyhow::Result<What> {
        let Chosen { before, channel, guild, moderator, .. } = &self.chosen;
        if let Some(day) = before {
            return Ok(What::Before(seconds(day)?));
        }
        let ids = [channel.map(What::Channel), guild.map(What::Guild), moderator.map(What::Moderator)];
        match ids.into_iter().flatten().next() {
            Some(what) => Ok(what),
            None if self.yes || confirmed()? => Ok(What::All),
            None => {
                Err(Usage("nothing was deleted; `--yes` says that everything is meant".to_owned()).into())
            }
        }
    }
}

fn seconds(day: &str) -> anyhow::Result<i64> {
    let date = Date::parse(day, format_description!("[year]-[month]-[day]"))
        .or_else(|_| Date::parse(day, &Iso8601::DEFAULT))
        .map_err(|_| Usage(format!("`{day}` is no day; write it as 2026-01-31")))?;
    Ok(OffsetDateTime::new_utc(date, time::Time::MIDNIGHT).unix_timestamp())
}

/// Asks at a terminal; elsewhere there is nobody to ask.
fn confirmed() -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let mut editor = rustyline::DefaultEditor::new()?;
    let answer = editor.readline("Delete everything that is kept? Type yes: ").unwrap_or_default();
    Ok(answer.trim() == "yes")
}

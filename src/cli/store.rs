//! `verbatim store`: exports or deletes the bot's stored data.

use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use time::OffsetDateTime;

use super::Usage;
use super::output::{self, Output};
use super::session;
use crate::config::Config;
use crate::store::{ForgetScope as What, Forgotten, Store, files};
use verbatim_core::engine::EngineError;
use verbatim_core::engine::curation::{Person, forget_person};
use verbatim_core::knowledge::base;
use verbatim_core::text::count::counted;
use verbatim_core::text::date::PartialDate;

const EXAMPLES: &str = "\
Examples:
  verbatim store export > stored.jsonl
  verbatim store forget --user 123456789012345678
  verbatim store forget --message 123456789012345678
  verbatim store forget --before 2026-01-01
  verbatim store forget --all --yes";

const FORGET_NOTES: &str = "\
Deleted data is removed from every file of the store, even while the bot runs. Broken databases that were set aside \
(<store.path>.broken-…) cannot be searched, so they are deleted whole: move one elsewhere first if you still need it. \
Delete your exports yourself.

Exit code: 1 if some data is left; the message says where and what to do about it.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct StoreCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print all stored data, one JSON object per row
    Export {
        /// Write to this file instead of standard output; only you can read it
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Delete stored data
    Forget(Forget),
}

#[derive(Args)]
#[command(after_help = FORGET_NOTES)]
struct Forget {
    #[command(flatten)]
    chosen: Chosen,
    /// With --user: a name of this person, to find their entries in the lists of withheld passages that the audit log
    /// no longer shows; can be repeated
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// With --all: do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

/// Exactly one of these.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Chosen {
    /// Delete everything from before this day (YYYY-MM-DD)
    #[arg(long, value_name = "DATE")]
    before: Option<String>,
    /// Delete what was posted in a channel, and its settings
    #[arg(long, value_name = "ID")]
    channel: Option<u64>,
    /// Delete what was posted and done in a server, and the settings of its channels
    #[arg(long, value_name = "ID")]
    guild: Option<u64>,
    /// Delete a person's votes, and remove their id and name from their actions as a moderator; the actions stay
    #[arg(long, value_name = "ID", visible_alias = "moderator")]
    user: Option<u64>,
    /// Delete what is stored about one of the bot's messages: what it quotes, and the votes on it. If a passage is
    /// withheld later, the bot can no longer replace it in that message
    #[arg(long, value_name = "ID")]
    message: Option<u64>,
    /// Delete everything
    #[arg(long)]
    all: bool,
}

impl StoreCommand {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            match self.command {
                Command::Export { output: file } => export(config, file, output).await,
                Command::Forget(chosen) => forget(config, chosen, output).await,
            }
        })
    }
}

/// Opens the store; `None` if there is none yet.
async fn open(path: &Path) -> anyhow::Result<Option<Store>> {
    if !path.exists() {
        return Ok(None);
    }
    let opened = Store::open(path, now()).await?;
    opened.tightened.iter().for_each(|file| output::remark(&format!("{file}.")));
    if let Some(aside) = &opened.set_aside {
        output::remark(&format!("{} was broken and was set aside as {}.", path.display(), aside.display()));
    }
    Ok(Some(opened.store))
}

async fn export(config: &Config, file: Option<PathBuf>, output: &mut Output) -> anyhow::Result<ExitCode> {
    let path = &config.store.path;
    let Some(store) = open(path).await? else {
        output.line(&format!("{}: nothing is stored yet.", path.display()))?;
        return Ok(ExitCode::SUCCESS);
    };
    let lines = store.export().await;
    store.close().await;
    let lines = lines?;
    let Some(path) = file else {
        lines.iter().try_for_each(|line| output.json(line))?;
        output.flush()?;
        return Ok(ExitCode::SUCCESS);
    };
    let naming = || format!("{} cannot be written", path.display());
    let mut out = BufWriter::new(files::create_export(&path).with_context(naming)?);
    lines.iter().try_for_each(|line| writeln!(out, "{line}")).with_context(naming)?;
    out.flush().with_context(naming)?;
    output.line(&format!("{} written to {}.", counted(lines.len(), "row"), path.display()))?;
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

async fn forget(config: &Config, chosen: Forget, output: &mut Output) -> anyhow::Result<ExitCode> {
    let what = chosen.what()?;
    let store = open(&config.store.path).await?;
    let outcome = forget_in(config, store.as_ref(), what, &chosen.name, output).await;
    if let Some(store) = store {
        store.close().await;
    }
    outcome
}

async fn forget_in(
    config: &Config,
    store: Option<&Store>,
    what: What,
    names: &[String],
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    if let What::User(id) = what {
        // First, because only the audit log records which passages this person withheld.
        let withheld = match store {
            Some(store) => store.withheld_by(id).await?,
            None => Vec::new(),
        };
        forget_in_lists(config, id, names, &withheld, output)
            .context("nothing was deleted from the store")?;
    }
    let forgotten = match store {
        Some(store) => store.forget(what, now()).await?,
        None => {
            let mut forgotten = Forgotten::default();
            forgotten.delete_files(files::set_aside(&config.store.path)?);
            forgotten
        }
    };
    tell(&forgotten, what, output)?;
    if store.is_none() {
        output.line(&format!("{}: nothing is stored yet.", config.store.path.display()))?;
    }
    output.flush()?;
    forgotten.left.iter().for_each(|left| output::complain(left));
    Ok(if forgotten.left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Removes a person from the lists of withheld passages of all bases.
fn forget_in_lists(
    config: &Config,
    id: u64,
    names: &[String],
    withheld: &[(String, String)],
    output: &mut Output,
) -> anyhow::Result<()> {
    let id = id.to_string();
    let bases = match config.knowledge.exists() {
        true => base::names(&config.knowledge).map_err(|problem| EngineError::Unreadable(vec![problem]))?,
        false => Vec::new(),
    };
    for base in bases {
        let theirs = withheld.iter().filter(|(of, _)| *of == base).map(|(_, passage)| passage.clone());
        let passages: Vec<String> = theirs.collect();
        let place = session::place(config, &base);
        let count = forget_person(&place, Person { id: &id, names, passages: &passages })?;
        if count > 0 {
            output.line(&format!("{base}/{}: {} anonymised", base::WITHHELD, entries(count)))?;
        }
    }
    Ok(())
}

fn entries(count: usize) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

fn tell(forgotten: &Forgotten, what: What, output: &mut Output) -> anyhow::Result<()> {
    for (rows, verb) in [(&forgotten.deleted, "deleted"), (&forgotten.anonymised, "anonymised")] {
        for (table, rows) in rows {
            output.line(&format!("{table}: {} {verb}", counted(*rows as usize, "row")))?;
        }
    }
    for file in &forgotten.files {
        output.line(&format!("{}: deleted, because a broken database cannot be searched", file.display()))?;
    }
    let settings = forgotten.deleted.iter().any(|(table, rows)| *table == "channel" && *rows > 0);
    match what {
        What::All if settings => output::remark(
            "the channel settings are gone, too: the bot answers privately in every server until a moderator there \
             confirms the settings with /<base>-admin confirm-channels.",
        ),
        What::Guild(_) | What::Channel(_) if settings => output::remark(
            "the channel settings are gone, too: after its next start, the bot answers in public in channels where it \
             answered only privately, unless a moderator makes them private again.",
        ),
        _ => {}
    }
    Ok(())
}

impl Forget {
    fn what(&self) -> anyhow::Result<What> {
        let Chosen { before, channel, guild, user, message, .. } = &self.chosen;
        if user.is_none() && !self.name.is_empty() {
            return Err(Usage("`--name` is the name of a person; use it with `--user`".to_owned()).into());
        }
        if let Some(day) = before {
            return Ok(What::Before(seconds(day)?));
        }
        let ids = [
            channel.map(What::Channel),
            guild.map(What::Guild),
            user.map(What::User),
            message.map(What::Message),
        ];
        match ids.into_iter().flatten().next() {
            Some(what) => Ok(what),
            None if self.yes || confirmed()? => Ok(What::All),
            None => Err(Usage("nothing was deleted; add `--yes` to delete everything".to_owned()).into()),
        }
    }
}

fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

fn seconds(day: &str) -> anyhow::Result<i64> {
    let date = PartialDate::parse(day)
        .ok_or_else(|| Usage(format!("`{day}` is not a date; write it as 2026-01-31")))?;
    Ok(OffsetDateTime::new_utc(date.first, time::Time::MIDNIGHT).unix_timestamp())
}

/// Asks for confirmation on a terminal; without a terminal, the answer is no.
fn confirmed() -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let mut editor = rustyline::DefaultEditor::new()?;
    let answer = editor.readline("Delete everything that is stored? Type yes: ").unwrap_or_default();
    Ok(answer.trim() == "yes")
}

//! The program's command line: one file a subcommand. Only here are errors worded for the one who runs
//! the program, and mapped to exit codes: 0 all is right, 1 something is wrong, 2 the call was wrong.

mod ask;
mod chat;
mod check;
mod completions;
mod core_dumps;
mod eval;
mod generations;
mod index;
mod output;
mod parse_sources;
mod read;
mod serve;
mod session;
mod sources;
mod store;
mod topic;
mod triage;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::output::Output;
use crate::config::{Config, ConfigError};
use crate::discord::ServeError;
use verbatim_core::engine::EngineError;
use verbatim_core::text::controls::{visible, visible_line};

const EXAMPLES: &str = "\
Examples:
  verbatim ask \"What are the side effects of LDN?\"
  verbatim topic opioids
  verbatim chat
  verbatim check && verbatim index

The knowledge bases are the folders of knowledge/. The index is built on first use.";

/// Answers questions in the words of a community's own source documents, letter for letter.
#[derive(Parser)]
#[command(name = "verbatim", version, after_help = EXAMPLES, propagate_version = true)]
pub struct Arguments {
    /// Settings file [default: the nearest verbatim.toml, here or above]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer a question with quotes from the sources
    Ask(ask::Ask),
    /// Ask one question after another
    Chat(chat::Chat),
    /// Show what the sources say on a topic
    Topic(topic::Topic),
    /// List the bases, their sources and topics
    Sources(sources::Sources),
    /// Prove every indexed sentence against its source file, letter for letter
    Verify(verify::Verify),
    /// Show a file as it would be indexed
    Read(read::Read),
    /// Report everything that is wrong with the knowledge bases
    Check(check::Check),
    /// Build the index anew
    Index(index::Index),
    /// List the generations of an index
    Generations(generations::Generations),
    /// Go back to an earlier generation of an index
    Rollback(generations::Rollback),
    /// Measure the answers against questions whose answers are known
    Eval(eval::Eval),
    /// Show which safety card messages get
    Triage(triage::Triage),
    /// Answer on Discord
    Serve(serve::Serve),
    /// Print the link that invites the bot into a guild
    Invite(serve::Invite),
    /// Export or delete what the bot stores: votes, acts, gaps, posts
    Store(store::StoreCommand),
    /// Print a completion script for a shell
    Completions(completions::Completions),
    /// Parse source files from standard input, for the program itself
    #[command(hide = true)]
    ParseSources(parse_sources::ParseSources),
}

/// A call that cannot be carried out as written; exit code 2.
#[derive(Debug)]
struct Usage(String);

impl std::fmt::Display for Usage {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Runs the program.
pub fn main() -> ExitCode {
    core_dumps::switch_off();
    let arguments = arguments().unwrap_or_else(|error| error.exit());
    let mut output = Output::new();
    let outcome = run(arguments, &mut output).and_then(|code| output.flush().map(|()| code));
    match outcome {
        Ok(code) => code,
        // Whoever reads us has seen enough: `verbatim sources | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&told(&error));
            if is_usage(&error) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// The arguments. An error repeats what is wrong of them: then everything in it is shown.
fn arguments() -> Result<Arguments, clap::Error> {
    let shown = || std::env::args_os().map(|argument| visible_line(&argument.to_string_lossy()).into_owned());
    Arguments::try_parse().map_err(|error| match Arguments::try_parse_from(shown()) {
        Err(shown) => shown,
        Ok(_) => clap::Error::raw(error.kind(), visible(&error.to_string())),
    })
}

fn run(arguments: Arguments, output: &mut Output) -> anyhow::Result<ExitCode> {
    let config = || -> anyhow::Result<Config> {
        let config = Config::find(arguments.config.as_deref(), &std::env::current_dir()?)?;
        output::start_log(&config);
        Ok(config)
    };
    match arguments.command {
        Command::Ask(command) => command.run(&config()?, output),
        Command::Chat(command) => command.run(&config()?, output),
        Command::Topic(command) => command.run(&config()?, output),
        Command::Sources(command) => command.run(&config()?, output),
        Command::Verify(command) => command.run(&config()?, output),
        Command::Read(command) => command.run(output),
        Command::Check(command) => command.run(&config()?, output),
        Command::Index(command) => command.run(&config()?, output),
        Command::Generations(command) => command.run(&config()?, output),
        Command::Rollback(command) => command.run(&config()?, output),
        Command::Eval(command) => command.run(&config()?, output),
        Command::Triage(command) => command.run(&config()?, output),
        Command::Serve(command) => command.run(&config()?, output),
        Command::Invite(command) => command.run(&config()?, output),
        Command::Store(command) => command.run(&config()?, output),
        Command::Completions(command) => command.run(&mut Arguments::command(), output),
        Command::ParseSources(command) => command.run(),
    }
}

/// The error and what caused it; a cause that the error tells itself is not told twice.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match told.contains(&cause) {
        true => told,
        false if told.is_empty() => cause,
        false => format!("{told}: {cause}"),
    })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn is_usage(error: &anyhow::Error) -> bool {
    let engine = error.downcast_ref::<EngineError>();
    error.is::<Usage>()
        || error.is::<ConfigError>()
        || matches!(error.downcast_ref(), Some(ServeError::NoToken | ServeError::Environment { .. }))
        || matches!(engine, Some(EngineError::UnknownBase { .. } | EngineError::UnknownTopic { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}

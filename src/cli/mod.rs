//! The command line: one file per subcommand. This is the only place that reports errors to the person who runs the
//! program and maps them to exit codes: 0 success, 1 failure, 2 wrong usage.

mod ask;
mod chat;
mod check;
mod completions;
mod config;
mod core_dumps;
mod doctor;
mod eval;
mod generations;
mod index;
mod key;
mod mcp;
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

Each folder in knowledge/ is a knowledge base. The index is built on first use.";

/// Answers questions with letter-for-letter quotes from a community's own source documents.
#[derive(Parser)]
#[command(name = "verbatim", version, after_help = EXAMPLES, propagate_version = true)]
pub struct Arguments {
    /// Settings file [default: the nearest verbatim.toml in this folder or its parents]
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
    /// Show what the sources say about a topic
    Topic(topic::Topic),
    /// List the knowledge bases, their sources and their topics
    Sources(sources::Sources),
    /// Check every indexed sentence against its source file, letter for letter
    Verify(verify::Verify),
    /// Show a file as it would be indexed
    Read(read::Read),
    /// Report all problems in the knowledge bases
    Check(check::Check),
    /// Rebuild the index
    Index(index::Index),
    /// List the generations of an index
    Generations(generations::Generations),
    /// Roll back to an earlier generation of an index
    Rollback(generations::Rollback),
    /// Measure the answers on questions with known answers
    Eval(eval::Eval),
    /// Show which safety card each message gets
    Triage(triage::Triage),
    /// Run the Discord bot, the web service, or both
    Serve(serve::Serve),
    /// Print the link that invites the bot to a guild (server)
    Invite(serve::Invite),
    /// Let an assistant ask, over the Model Context Protocol (MCP)
    Mcp(mcp::Mcp),
    /// Manage the keys of programs that ask over HTTP
    Key(key::KeyCommand),
    /// Export or delete the bot's stored data: votes, audit log, gap counts, posts
    Store(store::StoreCommand),
    /// Print or check the settings
    Config(config::ConfigCommand),
    /// Check the settings, the knowledge bases, the model, the store and the connection to Discord
    Doctor(doctor::Doctor),
    /// Print a shell completion script
    Completions(completions::Completions),
    /// Parse source files from standard input (internal)
    #[command(hide = true)]
    ParseSources(parse_sources::ParseSources),
}

/// A command line that cannot be run as written; exit code 2.
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
        // The program that reads our output has stopped reading, as in `verbatim sources | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&told(&error));
            if is_usage(&error) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// Parses the arguments. An error repeats the invalid argument, so control characters in it are made visible.
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
    let settings = Config::file(arguments.config.as_deref(), &std::env::current_dir()?);
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
        Command::Mcp(command) => command.run(&config()?),
        Command::Key(command) => command.run(&config()?, output),
        Command::Store(command) => command.run(&config()?, output),
        Command::Config(command) => command.run(&config()?, settings.as_deref(), output),
        Command::Doctor(command) => command.run(arguments.config.as_deref(), output),
        Command::Completions(command) => command.run(&mut Arguments::command(), output),
        Command::ParseSources(command) => command.run(),
    }
}

/// The error and its causes. A cause that the error already contains is not repeated.
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

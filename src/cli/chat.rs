//! `verbatim chat`: answers questions interactively, with line editing. Questions are kept in memory only.

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::output::{Output, width};
use super::session::{self, BaseArgument};
use crate::config::Config;
use verbatim_core::answer::followup::REMEMBERED;
use verbatim_core::answer::reply::{Kind, Reply};
use verbatim_core::answer::validate;
use verbatim_core::engine::Engine;
use verbatim_core::engine::followup::Before;
use verbatim_core::render::terminal::{Styled, Terminal};
use verbatim_core::text::nearest::nearest;

const HELP: &str = "\
Ask a question, or:
  :more      the next quotes for the last question
  :context   the whole passages around the last quotes
  :sources   the sources of this base
  :topic X   what the sources say about a topic
  :help      this list
  :quit      leave (or press Ctrl-D)";
const COMMANDS: [&str; 6] = [":more", ":context", ":sources", ":topic", ":help", ":quit"];

#[derive(Args)]
#[command(after_help = "Examples:\n  verbatim chat\n  verbatim chat --base ldn")]
pub struct Chat {
    #[command(flatten)]
    base: BaseArgument,
}

/// The last question and the last page of its answer that was shown.
#[derive(Default)]
struct Last {
    question: String,
    asked: Option<Instant>,
    page: usize,
    reply: Option<Reply>,
}

impl Chat {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let engine = session::open(config, &self.base)?;
        let mut editor = DefaultEditor::new()?;
        let mut last = Last::default();
        output.line(&format!("{}. :help lists the commands.", engine.snapshot().corpus.about.title))?;
        output.flush()?;
        loop {
            let line = match editor.readline("? ") {
                Ok(line) => line,
                Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(ExitCode::SUCCESS),
                // The whole line was read but is not valid text: report it and read the next one.
                Err(ReadlineError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
                    let snapshot = engine.snapshot();
                    let reply = engine.invalid(validate::NOT_TEXT.to_owned());
                    output.styled(&Terminal::new(width(), &snapshot.lexicon).reply(&reply))?;
                    output.flush()?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            if line.trim().is_empty() {
                continue;
            }
            let _ = editor.add_history_entry(&line);
            if line.trim() == ":quit" {
                return Ok(ExitCode::SUCCESS);
            }
            output.styled(&respond(&engine, line.trim(), &mut last))?;
            output.line("")?;
            output.flush()?;
        }
    }
}

fn respond(engine: &Engine, line: &str, last: &mut Last) -> Styled {
    // A moderator may have withheld something since the last question.
    engine.withhold_as_listed();
    let snapshot = engine.snapshot();
    let terminal = Terminal::new(width(), &snapshot.lexicon);
    let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
    match command {
        ":help" => Styled::plain(&format!("{HELP}\n")),
        ":sources" => sources(engine),
        ":context" => context(engine, last, &terminal),
        ":more" => more(engine, last, &terminal),
        ":topic" => match engine.topic(rest.trim()) {
            Ok(reply) => terminal.reply(&reply),
            Err(error) => Styled::plain(&format!("{error}\n")),
        },
        _ if command.starts_with(':') => {
            let near =
                nearest(command, COMMANDS).map_or(String::new(), |near| format!(" Did you mean {near}?"));
            Styled::plain(&format!("There is no command {command}.{near} :help lists them.\n"))
        }
        _ => {
            let before =
                last.asked.filter(|asked| asked.elapsed() < REMEMBERED).map(|_| last.question.as_str());
            let reply =
                before.map_or_else(|| engine.ask(line), |before| engine.ask_after(Before::Own(before), line));
            let question = reply.question().unwrap_or_default().to_owned();
            // A message that gets only a safety card is not remembered.
            let asked = (!question.is_empty()).then(Instant::now);
            *last = Last { question, asked, page: 0, reply: Some(reply) };
            last.reply.as_ref().map(|reply| terminal.reply(reply)).unwrap_or_default()
        }
    }
}

fn more(engine: &Engine, last: &mut Last, terminal: &Terminal<'_>) -> Styled {
    if last.reply.as_ref().is_none_or(|reply| reply.body().kind != Kind::Answer) {
        return Styled::plain("There is no answer to show more of: ask a question first.\n");
    }
    let next = engine.ask_page(&last.question, last.page + 1);
    let text = terminal.reply(&next);
    if !next.body().quotes.is_empty() {
        last.page += 1;
        last.reply = Some(next);
    }
    text
}

fn context(engine: &Engine, last: &Last, terminal: &Terminal<'_>) -> Styled {
    let Some(reply) = last.reply.as_ref().filter(|reply| !reply.body().quotes.is_empty()) else {
        return Styled::plain("There are no quotes to show in context: ask a question first.\n");
    };
    let mut text = Styled::default();
    for passage in reply.body().quotes.iter().filter_map(|cited| engine.context(cited)) {
        terminal.cited(&mut text, "", &passage, &last.question);
    }
    text.and(&terminal.disclaimer(reply))
}

fn sources(engine: &Engine) -> Styled {
    let snapshot = engine.snapshot();
    let line = |document: &verbatim_core::knowledge::document::Document| {
        let metadata = &document.metadata;
        let publisher = metadata.publisher.as_deref().unwrap_or("publisher unknown");
        format!(
            "{}: {} · {publisher} · {}\n",
            document.id,
            metadata.title,
            metadata.dated().unwrap_or("undated")
        )
    };
    Styled::plain(&snapshot.corpus.documents.iter().map(line).collect::<String>())
}

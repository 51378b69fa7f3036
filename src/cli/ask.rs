//! `verbatim ask`: answers one question, or a batch of questions from standard input.

use std::ffi::OsString;
use std::io::BufRead;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use serde_json::Value;

use super::output::{Output, width};
use super::session::{self, BaseArgument};
use crate::config::Config;
use verbatim_core::answer::reply::{Kind, Reply};
use verbatim_core::answer::validate;
use verbatim_core::engine::Engine;
use verbatim_core::render::card::{self, View};
use verbatim_core::render::terminal::{Styled, Terminal};
use verbatim_core::render::{explain, json};

const EXAMPLES: &str = "\
Examples:
  verbatim ask \"Can she stay on codeine with LDN?\"
  verbatim ask --json \"What is the usual dose?\" | jq -r '.quotes[].text'
  verbatim ask --batch --json < questions.jsonl

Each line of a batch is a question or an object {\"id\": …, \"question\": …}.
Exit code: 0 for a reply (even if the sources do not cover the question), 2 for an invalid question.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Ask {
    /// The question
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    question: Vec<OsString>,
    #[command(flatten)]
    base: BaseArgument,
    /// Print each reply as one JSON object per line
    #[arg(long)]
    json: bool,
    /// Read questions from standard input, one per line
    #[arg(long)]
    batch: bool,
    /// Show how the question was understood and how each score was computed
    #[arg(long, conflicts_with_all = ["json", "batch"])]
    explain: bool,
    /// Print each reply as the message that the bot would send to Discord, one JSON object per line
    #[arg(long, conflicts_with_all = ["json", "explain", "context"])]
    card: bool,
    /// Show the whole passage around each quote
    #[arg(long, conflicts_with = "json")]
    context: bool,
}

/// A question and its id, as given on the command line or in a batch.
struct Asked {
    id: Option<Value>,
    question: Result<String, String>,
}

impl Ask {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let engine = session::open(config, &self.base)?;
        if self.batch {
            return self.run_batch(&engine, output);
        }
        let words: Option<Vec<&str>> = self.question.iter().map(|word| word.to_str()).collect();
        let asked = words.map(|words| words.join(" ")).ok_or_else(|| validate::NOT_TEXT.to_owned());
        let reply = self.answer(&engine, Asked { id: None, question: asked.clone() }, output)?;
        if let (true, Ok(question)) =
            (self.explain && !matches!(reply.body().kind, Kind::Invalid | Kind::Notice), &asked)
        {
            output.line("")?;
            output.print(&explain::text(&engine.explain(question)?))?;
        }
        Ok(if reply.body().kind == Kind::Invalid { ExitCode::from(2) } else { ExitCode::SUCCESS })
    }

    fn run_batch(&self, engine: &Engine, output: &mut Output) -> anyhow::Result<ExitCode> {
        let mut lines = std::io::stdin().lock();
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            if !line.trim_ascii().is_empty() || self.json {
                self.answer(engine, read_line(&line), output)?;
                output.flush()?;
            }
            line.clear();
        }
        Ok(ExitCode::SUCCESS)
    }

    fn answer(&self, engine: &Engine, asked: Asked, output: &mut Output) -> anyhow::Result<Reply> {
        let began = Instant::now();
        let reply = match &asked.question {
            Ok(question) => engine.ask(question),
            Err(why) => engine.invalid(why.clone()),
        };
        let took = began.elapsed().as_micros() as u64;
        match (self.json, self.card) {
            (true, _) => output.json(&json::line(&reply, asked.id.as_ref(), took))?,
            (_, true) => output.json(&message(engine, &reply).to_string())?,
            _ => output.styled(&self.text(engine, &reply))?,
        }
        Ok(reply)
    }

    fn text(&self, engine: &Engine, reply: &Reply) -> Styled {
        let snapshot = engine.snapshot();
        let passages =
            reply.body().quotes.iter().filter(|_| self.context).filter_map(|cited| engine.context(cited));
        Terminal::new(width(), &snapshot.lexicon).reply_with(reply, &passages.collect::<Vec<_>>())
    }
}

fn message(engine: &Engine, reply: &Reply) -> Value {
    let snapshot = engine.snapshot();
    let view = View { lexicon: &snapshot.lexicon, topics: &snapshot.corpus.topics, superseded: false };
    card::reply(reply, &view).message()
}

fn read_line(line: &[u8]) -> Asked {
    let Ok(text) = std::str::from_utf8(line) else {
        return Asked { id: None, question: Err(validate::NOT_TEXT.to_owned()) };
    };
    let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']);
    if !text.trim_start().starts_with('{') {
        return Asked { id: None, question: Ok(text.to_owned()) };
    }
    match serde_json::from_str::<Value>(text) {
        Ok(object) => {
            let question = object.get("question").and_then(Value::as_str).map(str::to_owned);
            let missing =
                "The line has no `question` string. Write {\"id\": …, \"question\": \"…\"}.";
            Asked { id: object.get("id").map(as_text), question: question.ok_or_else(|| missing.to_owned()) }
        }
        Err(_) => Asked {
            id: None,
            question: Err(
                "The line starts like a JSON object but is not valid JSON. Write {\"id\": …, \"question\": \"…\"}."
                    .to_owned(),
            ),
        },
    }
}

/// An id is returned as a string or null; other values become strings.
fn as_text(id: &Value) -> Value {
    match id {
        Value::Null | Value::String(_) => id.clone(),
        other => Value::String(other.to_string()),
    }
}

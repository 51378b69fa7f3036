//! `verbatim triage`: shows the result of safety triage for review by a clinician. Opens no knowledge base.

use std::io::BufRead;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::output::Output;
use super::session;
use crate::config::Config;
use verbatim_core::engine::Resources;
use verbatim_core::text::controls::visible_line;

/// The arguments of `verbatim triage`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  verbatim triage \"took two doses by mistake and I can't stay awake\"
  verbatim triage --batch < messages.txt
  verbatim triage --batch --json < messages.jsonl

Each line of a batch is a message; with --json it can also be a JSON string.
The label is the card that the message gets; the numbers are the model's probabilities for the whole message. The bot \
does not treat a number that occurs in the sources as a personal detail. This command opens no sources, so it does \
not know these numbers. docs/safety-cards.md explains how to review the cards.")]
pub struct Triage {
    /// The message
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    message: Vec<String>,
    /// Read messages from standard input, one per line
    #[arg(long)]
    batch: bool,
    /// Print one JSON object per message
    #[arg(long)]
    json: bool,
}

impl Triage {
    /// Prints the card of each message.
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let resources = session::resources(config)?;
        if !self.batch {
            self.tell(&resources, &self.message.join(" "), output)?;
            return Ok(ExitCode::SUCCESS);
        }
        for line in std::io::stdin().lock().split(b'\n') {
            let line = String::from_utf8_lossy(&line?).trim_end_matches('\r').to_owned();
            let message = serde_json::from_str::<String>(&line).ok().filter(|_| self.json).unwrap_or(line);
            self.tell(&resources, &message, output)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn tell(&self, resources: &Resources, message: &str, output: &mut Output) -> anyhow::Result<()> {
        let (category, reading) = resources.triage(message)?;
        let (read, kind) = (reading.triage, reading.message_type);
        let label = category.map_or("none", |category| category.as_str());
        if self.json {
            let line = json!({
                "label": label,
                "none": read.none,
                "emergency": read.emergency,
                "self_harm": read.self_harm,
                "personal_advice": read.personal_advice,
                "question": kind.question,
                "statement": kind.statement,
                "small_talk": kind.small_talk,
                "about_bot": kind.about_bot,
                "other_language": kind.other_language,
            });
            return output.json(&line.to_string());
        }
        output.line(&format!(
            "{label:<16} emergency {:.3}  self-harm {:.3}  personal advice {:.3}  {}",
            read.emergency,
            read.self_harm,
            read.personal_advice,
            visible_line(message)
        ))
    }
}

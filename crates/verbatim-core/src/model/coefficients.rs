//! What turns scores into decisions, fitted by `training/calibrate.py` on documents and messages that the model was not
//! trained on: `decision.toml` in the model's folder.

use std::path::Path;

use serde::Deserialize;

use super::error::EncoderError;
use super::weights::{Folder, unfit};

const FILE: &str = "decision.toml";

/// Everything that was fitted.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficients {
    /// How a unit's evidence becomes its score.
    pub unit: UnitCoefficients,
    /// How likely it is that some unit answers.
    pub answer: AnswerCoefficients,
    /// Which quotes are shown.
    pub quotes: QuoteCoefficients,
    /// From which probability on a card is shown.
    pub triage: TriageThresholds,
    /// From which probability on a message is not looked up.
    pub message: MessageThresholds,
}

/// How a unit's evidence becomes its score, the log-odds that it answers.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitCoefficients {
    /// Added to every unit.
    pub bias: f32,
    /// For the learned score.
    pub late: f32,
    /// For the part of it that matches add.
    pub matched: f32,
    /// For the part that missing matches take away.
    pub unmet: f32,
    /// For what the worst of them takes away.
    pub worst: f32,
    /// For the share of BM25.
    pub lexical: f32,
    /// For the share of the question's numbers that are not there.
    pub numbers_missing: f32,
    /// For the share of the question's concepts that are not there.
    pub concepts_missing: f32,
    /// For an entry of a list of literature.
    pub reference: f32,
    /// For a question or a scrap.
    pub states_nothing: f32,
}

/// How likely it is that some unit answers.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerCoefficients {
    /// Added always.
    pub bias: f32,
    /// For the best unit's score.
    pub best: f32,
    /// For the mean score of the next two.
    pub next: f32,
    /// For what the score loses through word pieces that match nowhere.
    pub unmet_anywhere: f32,
    /// Where the question names a concept that the sources never name.
    pub unknown_concept: f32,
    /// For the share of the question's weight in words that the sources never use.
    pub unsaid: f32,
    /// The probability from which on a question is answered.
    pub threshold: f32,
}

/// Which quotes are shown beside the best one.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteCoefficients {
    /// Added always.
    pub bias: f32,
    /// For the unit's own score.
    pub score: f32,
    /// For how much less it scores than the best.
    pub gap: f32,
    /// Where it is from another source than the best.
    pub other_source: f32,
    /// The probability of answering from which on a further quote is shown.
    pub least: f32,
    /// The same for a neighbour that is shown within a quote.
    pub neighbour: f32,
}

/// From which probability on a card is shown.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriageThresholds {
    /// For emergency and self-harm together.
    pub urgent: f32,
    /// For personal advice.
    pub personal_advice: f32,
}

/// From which probability on a message gets a fixed reply.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageThresholds {
    /// For small talk.
    pub small_talk: f32,
    /// For a message about the bot.
    pub about_bot: f32,
    /// For another language.
    pub other_language: f32,
    /// For a word piece to be part of the clause that asks.
    pub asking: f32,
}

/// The probability that log-odds stand for.
pub fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

impl Coefficients {
    /// Reads the file in a model's folder and checks its digest.
    ///
    /// # Errors
    /// Where it is missing, damaged or does not fit.
    pub fn open(folder: &Path) -> Result<Self, EncoderError> {
        let folder = Folder::open(folder)?;
        let path = folder.path(FILE);
        let text = String::from_utf8(folder.read(FILE)?).map_err(|error| unfit(&path, error))?;
        toml::from_str(&text).map_err(|error| unfit(&path, error))
    }
}

//! The coefficients that turn scores into decisions: `decision.toml` in the model's folder. `training/calibrate.py`
//! fits them on documents and messages that the model was not trained on.

use std::path::Path;

use serde::Deserialize;

use super::error::EncoderError;
use super::weights::{Folder, unfit};

const FILE: &str = "decision.toml";

/// All fitted coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficients {
    /// Turn a unit's evidence into its score.
    pub unit: UnitCoefficients,
    /// Give the probability that some unit answers.
    pub answer: AnswerCoefficients,
    /// Decide which quotes are shown.
    pub quotes: QuoteCoefficients,
    /// The minimum probabilities for showing a safety card.
    pub triage: TriageThresholds,
    /// The minimum probabilities for not looking a message up.
    pub message: MessageThresholds,
}

/// Coefficients that turn a unit's evidence into its score, the log-odds that it answers.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitCoefficients {
    /// Constant term.
    pub bias: f32,
    /// For the learned score of the pair.
    pub late: f32,
    /// For the part of the learned score that matches add.
    pub matched: f32,
    /// For the part that missing matches subtract.
    pub unmet: f32,
    /// For the part that the worst missing match subtracts.
    pub worst: f32,
    /// For the BM25 share.
    pub lexical: f32,
    /// For the share of the question's numbers that are missing.
    pub numbers_missing: f32,
    /// For the share of the question's concepts that are missing.
    pub concepts_missing: f32,
    /// For an entry in a reference list.
    pub reference: f32,
    /// For a question or a fragment.
    pub states_nothing: f32,
}

/// Coefficients of the probability that some unit answers.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerCoefficients {
    /// Added always.
    pub bias: f32,
    /// For the best unit's score.
    pub best: f32,
    /// For the mean score of the next two.
    pub next: f32,
    /// For what the score loses because word pieces match nowhere.
    pub unmet_anywhere: f32,
    /// Applies if the question names a concept that the sources never name.
    pub unknown_concept: f32,
    /// For the share of the question's weight that is in words the sources never use.
    pub unsaid: f32,
    /// The minimum probability for answering a question.
    pub threshold: f32,
}

/// Coefficients that decide which quotes are shown besides the best one.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteCoefficients {
    /// Added always.
    pub bias: f32,
    /// For the unit's own score.
    pub score: f32,
    /// For the difference between its score and the best score.
    pub gap: f32,
    /// Applies if it comes from a different source than the best quote.
    pub other_source: f32,
    /// The minimum probability of answering for showing a further quote.
    pub least: f32,
    /// The same for a neighbouring unit shown within a quote.
    pub neighbour: f32,
}

/// The minimum probabilities for showing a safety card.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriageThresholds {
    /// For emergency and self-harm combined.
    pub urgent: f32,
    /// For personal advice.
    pub personal_advice: f32,
}

/// The minimum probabilities for giving a message a fixed reply.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageThresholds {
    /// For small talk.
    pub small_talk: f32,
    /// For a message about the bot.
    pub about_bot: f32,
    /// For another language.
    pub other_language: f32,
    /// For treating a word piece as part of the clause that asks.
    pub asking: f32,
}

/// Converts log-odds to a probability.
pub fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

impl Coefficients {
    /// Reads the file in a model's folder and checks its digest.
    ///
    /// # Errors
    /// If the file is missing, damaged or does not match this version.
    pub fn open(folder: &Path) -> Result<Self, EncoderError> {
        let folder = Folder::open(folder)?;
        let path = folder.path(FILE);
        let text = String::from_utf8(folder.read(FILE)?).map_err(|error| unfit(&path, error))?;
        toml::from_str(&text).map_err(|error| unfit(&path, error))
    }
}

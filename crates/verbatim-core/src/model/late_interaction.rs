//! Late interaction (ColBERT's MaxSim): each word piece of a question is compared with its best match among the word
//! pieces of a unit. The score is the sum of the matches, weighted by the importance of each word piece; an important
//! word piece without a match lowers the score.

use pulp::Arch;

use super::TOKEN_DIMENSIONS;
use super::error::EncoderError;
use super::token_table::{TokenRow, UnitTokens};
use super::weights::Weights;

/// A cosine below this is not a match, as in `training/model.py`.
const NO_MATCH: f32 = 0.6;

/// A word piece of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionToken {
    /// Its vector.
    pub row: TokenRow,
    /// How much a match adds to the score.
    pub gain: f32,
    /// How much a missing match subtracts from it.
    pub loss: f32,
}

/// The parameters of a pair's score, from the model file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scoring {
    pooled: f32,
    matches: f32,
    missing: f32,
    null: f32,
}

/// How well a question and a unit match.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The learned score: above 0 if the unit is more likely to answer than no unit at all.
    pub score: f32,
    /// What matches add to the score.
    pub matched: f32,
    /// What missing matches subtract from the score.
    pub unmet: f32,
    /// The part of `unmet` that the worst missing match contributes.
    pub worst: f32,
    /// The cosine between each word piece of the question and its best match.
    pub best: Vec<f32>,
}

impl Scoring {
    pub(super) fn load(weights: &Weights<'_>) -> Result<Self, EncoderError> {
        let numbers = weights.vector("scalars", 4)?;
        Ok(Self { pooled: numbers[0], matches: numbers[1], missing: numbers[2], null: numbers[3] })
    }

    /// Compares a question with a unit. `cosine` is the cosine of their pooled vectors.
    pub fn compare(&self, question: &[QuestionToken], unit: UnitTokens<'_>, cosine: f32) -> Match {
        let best = || question.iter().map(|token| unit.best_match(&token.row)).collect();
        let best: Vec<f32> = Arch::new().dispatch(best);
        let gains = question.iter().zip(&best).map(|(token, best)| token.gain * (best - NO_MATCH));
        let (matched, unmet) = (self.matches * gains.sum::<f32>(), self.unmet(question, &best));
        let worst = self.losses(question, &best).fold(0.0, f32::max);
        Match { score: self.pooled * cosine + matched - unmet - self.null, matched, unmet, worst, best }
    }

    /// Returns what missing matches subtract, given the best match of each word piece in `best`.
    pub fn unmet(&self, question: &[QuestionToken], best: &[f32]) -> f32 {
        self.losses(question, best).sum()
    }

    fn losses(&self, question: &[QuestionToken], best: &[f32]) -> impl Iterator<Item = f32> {
        let loss =
            |(token, best): (&QuestionToken, &f32)| token.loss * (self.missing - best).max(0.0).powi(2);
        question.iter().zip(best).map(loss)
    }
}

/// The sum of the products of two rows; see `scan::product`.
#[inline(always)]
pub(super) fn product(a: &[i8; TOKEN_DIMENSIONS], b: &[u8; TOKEN_DIMENSIONS]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b as i8)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::token_table::{TokenTable, encoded};
    use super::*;

    fn token(at: usize, gain: f32, loss: f32) -> QuestionToken {
        let mut vector = [0f32; TOKEN_DIMENSIONS];
        vector[at] = 1.0;
        QuestionToken { row: TokenRow::quantise(&vector), gain, loss }
    }

    #[test]
    fn a_match_adds_and_a_missing_one_takes_away() {
        let scoring = Scoring { pooled: 2.0, matches: 1.0, missing: 0.7, null: 1.0 };
        let bytes = encoded(&[vec![token(0, 0.0, 0.0).row, token(1, 0.0, 0.0).row]]);
        let table = TokenTable::read(bytes).expect("a table");
        let unit = table.unit(0).expect("a unit");
        let found = scoring.compare(&[token(0, 1.0, 0.0)], unit, 0.5);
        assert!((found.score - 0.4).abs() < 0.01, "{found:?}");
        let missed = scoring.compare(&[token(0, 1.0, 0.0), token(7, 0.5, 2.0)], unit, 0.5);
        assert!((missed.score - (0.4 - 0.3 - 0.98)).abs() < 0.02, "{missed:?}");
        assert!(missed.best[0] > 0.99 && missed.best[1].abs() < 0.01);
    }
}

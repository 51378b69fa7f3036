//! The classification heads of the encoder: safety triage, the kind of message, and the clause that asks. They return
//! the model's probabilities; other modules decide what follows from them.

use super::DIMENSIONS;
use super::coefficients::probability;
use super::error::EncoderError;
use super::kernels::softmax;
use super::weights::{Matrix, Weights};

/// The triage of a message, as probabilities. For a message in one window they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TriageProbabilities {
    /// None of the others applies.
    pub none: f32,
    /// Someone may need an ambulance.
    pub emergency: f32,
    /// Someone may harm themselves.
    pub self_harm: f32,
    /// The message asks for a decision about one person.
    pub personal_advice: f32,
}

/// The kind of a message, as probabilities. For a message in one window they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MessageProbabilities {
    /// It asks something that the sources might answer.
    pub question: f32,
    /// It states something and asks nothing.
    pub statement: f32,
    /// It is a greeting, thanks or chat.
    pub small_talk: f32,
    /// It is about the bot itself.
    pub about_bot: f32,
    /// It is not in English.
    pub other_language: f32,
}

/// Linear layers on the states of one pass.
pub(super) struct Heads {
    triage: Linear,
    message_type: Linear,
    asking: Linear,
}

struct Linear {
    weight: Matrix,
    bias: Vec<f32>,
}

impl Heads {
    pub(super) fn load(weights: &Weights<'_>) -> Result<Self, EncoderError> {
        let linear = |name: &str, outputs: usize, inputs: usize| {
            let weight = weights.matrix(&format!("{name}.weight"), outputs, inputs)?;
            Ok::<_, EncoderError>(Linear { weight, bias: weights.vector(&format!("{name}.bias"), outputs)? })
        };
        Ok(Self {
            triage: linear("triage", 4, 2 * DIMENSIONS)?,
            message_type: linear("message_type", 5, 2 * DIMENSIONS)?,
            asking: linear("asking", 1, DIMENSIONS)?,
        })
    }

    /// Returns the triage and the kind, from the mean and the maximum of each number over all word pieces.
    pub(super) fn message(&self, states: &[f32]) -> (TriageProbabilities, MessageProbabilities) {
        let pieces = states.chunks_exact(DIMENSIONS);
        let count = pieces.len().max(1) as f32;
        let mut both = vec![0f32; 2 * DIMENSIONS];
        let (mean, peak) = both.split_at_mut(DIMENSIONS);
        peak.fill(f32::MIN);
        for piece in pieces {
            for ((mean, peak), &x) in mean.iter_mut().zip(peak.iter_mut()).zip(piece) {
                *mean += x / count;
                *peak = peak.max(x);
            }
        }
        let [none, emergency, self_harm, personal_advice] = shares(self.triage.apply(&both));
        let [question, statement, small_talk, about_bot, other_language] =
            shares(self.message_type.apply(&both));
        (
            TriageProbabilities { none, emergency, self_harm, personal_advice },
            MessageProbabilities { question, statement, small_talk, about_bot, other_language },
        )
    }

    /// Returns the probability, 0 to 1, that each word piece is part of the clause that asks.
    pub(super) fn asking(&self, states: &[f32]) -> Vec<f32> {
        let of_piece = |piece: &[f32]| {
            let [logit] = self.asking.apply(piece);
            probability(logit)
        };
        states.chunks_exact(DIMENSIONS).map(of_piece).collect()
    }
}

impl Linear {
    fn apply<const N: usize>(&self, input: &[f32]) -> [f32; N] {
        std::array::from_fn(|row| self.weight.dot_row(row, input) + self.bias[row])
    }
}

/// The probabilities that belong to some logits.
fn shares<const N: usize>(mut logits: [f32; N]) -> [f32; N] {
    softmax(&mut logits);
    logits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_one_however_large_the_logits() {
        let shares = shares([1000.0, 999.0, -1000.0]);
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((shares[0] / shares[1] - std::f32::consts::E).abs() < 1e-4);
    }
}

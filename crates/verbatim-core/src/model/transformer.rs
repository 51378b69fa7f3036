//! The forward pass of the encoder, a BERT of MiniLM's size: returns a state for each word piece.
//!
//! Several texts go through together *packed*: their word pieces follow each other in one matrix, without padding. Only
//! attention, which must not look across texts, runs text by text. There is no mask to get wrong and no work spent on
//! padding, and a text's states do not depend on its neighbours.

use std::ops::Range;

use super::DIMENSIONS;
use super::error::EncoderError;
use super::kernels::{Normalise, add_bias, add_bias_gelu, add_normalise, attend};
use super::product::Product;
use super::weights::{Matrix, Weights};

type Loaded<T> = Result<T, EncoderError>;

const LAYERS: usize = 6;
/// The number of lower layers, which reading and judging a message share.
const SHARED: usize = 3;
const HEADS: usize = 12;
const HEAD: usize = DIMENSIONS / HEADS;
const WIDE: usize = 4 * DIMENSIONS;
const VOCABULARY: usize = 30_522;
const POSITIONS: usize = 512;

/// The model, which turns word pieces into vectors. Above the shared layers it forks: one branch reads for retrieval,
/// the other judges the kind of message. Training one branch does not affect the other.
pub(super) struct Transformer {
    embeddings: Embeddings,
    shared: Vec<Layer>,
    reading: Vec<Layer>,
    judging: Vec<Layer>,
}

/// The states of one message's word pieces, [`DIMENSIONS`] numbers per word piece.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MessageStates {
    /// For retrieval.
    pub(super) reading: Vec<f32>,
    /// For triage, the kind of message and the clause that asks.
    pub(super) judging: Vec<f32>,
}

/// The embedding tables. They stay 8-bit: a lookup reads only a few rows, and as `f32` the table of words alone would
/// take 47 MB.
struct Embeddings {
    words: Matrix,
    positions: Matrix,
    types: Matrix,
    normalise: Normalise,
}

/// One layer.
struct Layer {
    /// Query, key and value in one product. The query's weights are already divided by √32.
    attend: Dense,
    project: Dense,
    project_normalise: Normalise,
    widen: Dense,
    narrow: Dense,
    narrow_normalise: Normalise,
}

/// A product and its bias.
struct Dense {
    product: Product,
    bias: Vec<f32>,
}

impl Transformer {
    pub(super) fn load(weights: &Weights<'_>) -> Loaded<Transformer> {
        let layers = |part: &str, numbers: Range<usize>| {
            numbers
                .map(|number| Layer::load(weights, &format!("{part}.layer.{number}")))
                .collect::<Loaded<_>>()
        };
        Ok(Transformer {
            embeddings: Embeddings::load(weights)?,
            shared: layers("encoder", 0..SHARED)?,
            reading: layers("encoder", SHARED..LAYERS)?,
            judging: layers("judging", SHARED..LAYERS)?,
        })
    }

    /// The number of word pieces that the model knows. Ids are below this.
    pub(super) fn vocabulary(&self) -> usize {
        self.embeddings.words.len()
    }

    /// Returns the states for retrieval of each text, given as the ids of its word pieces: [`DIMENSIONS`] numbers per
    /// word piece. A text must not be empty or longer than the table of positions.
    pub(super) fn states(&self, texts: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let states = through(&self.shared, self.embeddings.look_up(texts), texts);
        let states = through(&self.reading, states, texts);
        by_text(&states, DIMENSIONS, texts).map(<[f32]>::to_vec).collect()
    }

    /// Returns the states of a message for retrieval and for judging it.
    pub(super) fn message_states(&self, message: Vec<u32>) -> MessageStates {
        let texts = [message];
        let shared = through(&self.shared, self.embeddings.look_up(&texts), &texts);
        // A thread of its own rather than one of rayon's pool: those may be busy with an index that is being built.
        std::thread::scope(|scope| {
            let copy = shared.clone();
            let judging = scope.spawn(|| through(&self.judging, copy, &texts));
            let reading = through(&self.reading, shared, &texts);
            let judging = judging.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            MessageStates { reading, judging }
        })
    }
}

fn through(layers: &[Layer], states: Vec<f32>, texts: &[Vec<u32>]) -> Vec<f32> {
    layers.iter().fold(states, |states, layer| layer.forward(&states, texts))
}

/// The rows of each text, with `width` numbers per word piece.
fn by_text<'a>(rows: &'a [f32], width: usize, texts: &'a [Vec<u32>]) -> impl Iterator<Item = &'a [f32]> {
    let mut rest = rows;
    texts.iter().map(move |text| rest.split_off(..text.len() * width).expect("each text has its rows"))
}

impl Embeddings {
    fn load(weights: &Weights<'_>) -> Loaded<Embeddings> {
        let table = |name: &str, rows| {
            weights.matrix(&format!("embeddings.{name}_embeddings.weight"), rows, DIMENSIONS)
        };
        Ok(Embeddings {
            words: table("word", VOCABULARY)?,
            positions: table("position", POSITIONS)?,
            types: table("token_type", 2)?,
            normalise: normalise(weights, "embeddings.LayerNorm")?,
        })
    }

    fn look_up(&self, texts: &[Vec<u32>]) -> Vec<f32> {
        let count = texts.iter().map(Vec::len).sum::<usize>();
        let mut pieces = vec![0f32; count * DIMENSIONS];
        let mut rows = pieces.chunks_exact_mut(DIMENSIONS);
        for text in texts {
            for ((position, &id), row) in text.iter().enumerate().zip(&mut rows) {
                self.words.add_row(id as usize, row);
                self.positions.add_row(position, row);
                self.types.add_row(0, row);
                self.normalise.apply(row);
            }
        }
        pieces
    }
}

impl Layer {
    fn load(weights: &Weights<'_>, layer: &str) -> Loaded<Layer> {
        let normalise = |part: &str| normalise(weights, &format!("{layer}.{part}.LayerNorm"));
        let dense = |part: &str, inputs, outputs| {
            Dense::load(weights, &[(&format!("{layer}.{part}.dense"), 1.0)], inputs, outputs)
        };
        let parts = ["query", "key", "value"].map(|part| format!("{layer}.attention.self.{part}"));
        // Attention divides each score by the square root of the head's width. Dividing the query's weights once has
        // the same effect.
        let factors = [(HEAD as f32).sqrt().recip(), 1.0, 1.0];
        let parts: Vec<(&str, f32)> = parts.iter().map(String::as_str).zip(factors).collect();
        Ok(Layer {
            attend: Dense::load(weights, &parts, DIMENSIONS, DIMENSIONS)?,
            project: dense("attention.output", DIMENSIONS, DIMENSIONS)?,
            project_normalise: normalise("attention.output")?,
            widen: dense("intermediate", DIMENSIONS, WIDE)?,
            narrow: dense("output", WIDE, DIMENSIONS)?,
            narrow_normalise: normalise("output")?,
        })
    }

    fn forward(&self, states: &[f32], texts: &[Vec<u32>]) -> Vec<f32> {
        let mut projected = self.project.product.apply(&self.attention(states, texts));
        add_normalise(&mut projected, &self.project.bias, states, &self.project_normalise);
        let mut wide = self.widen.product.apply(&projected);
        add_bias_gelu(&mut wide, &self.widen.bias);
        let mut narrow = self.narrow.product.apply(&wide);
        add_normalise(&mut narrow, &self.narrow.bias, &projected, &self.narrow_normalise);
        narrow
    }

    /// Computes attention for each word piece over the word pieces of its own text.
    fn attention(&self, states: &[f32], texts: &[Vec<u32>]) -> Vec<f32> {
        let mut all = self.attend.product.apply(states);
        add_bias(&mut all, &self.attend.bias);
        let mut mixed = vec![0.0; states.len()];
        let mut rest = mixed.as_mut_slice();
        for table in by_text(&all, 3 * DIMENSIONS, texts) {
            let own = rest.split_off_mut(..table.len() / 3).expect("each text has its rows");
            for head in (0..DIMENSIONS).step_by(HEAD) {
                let places = [head, DIMENSIONS + head, 2 * DIMENSIONS + head];
                attend(table, 3 * DIMENSIONS, places, HEAD, own);
            }
        }
        mixed
    }
}

impl Dense {
    /// Loads the named layers side by side, each multiplied by a factor.
    fn load(weights: &Weights<'_>, parts: &[(&str, f32)], inputs: usize, outputs: usize) -> Loaded<Self> {
        let mut bias = Vec::new();
        let mut matrices = Vec::new();
        for (name, factor) in parts {
            bias.extend(weights.vector(&format!("{name}.bias"), outputs)?.iter().map(|bias| bias * factor));
            matrices.push(weights.matrix(&format!("{name}.weight"), outputs, inputs)?);
        }
        let parts: Vec<_> = matrices.iter().zip(parts.iter().map(|(_, factor)| *factor)).collect();
        Ok(Self { product: Product::of(&parts), bias })
    }
}

fn normalise(weights: &Weights<'_>, name: &str) -> Loaded<Normalise> {
    Ok(Normalise {
        gain: weights.vector(&format!("{name}.weight"), DIMENSIONS)?,
        shift: weights.vector(&format!("{name}.bias"), DIMENSIONS)?,
    })
}

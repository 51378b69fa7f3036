//! The forward pass of the encoder, a BERT of MiniLM's size: word pieces in, a state for each of them out.
//!
//! Several texts go through together *packed*: their word pieces stand one
//! after the other in one matrix, with no padding. Only attention, which must
//! not look across texts, goes text by text. So there is no mask to get wrong,
//! no work spent on padding, and a text's states do not depend on its
//! neighbours.

use std::ops::Range;

use candle_core::{Device, Result, Tensor};

use super::DIMENSIONS;
use super::error::EncoderError;
use super::kernels::{AddBias, AddBiasGelu, AddNormalise, Normalise, Softmax};
use super::weights::{Matrix, Weights, side_by_side, unfit};

type Loaded<T> = std::result::Result<T, EncoderError>;

const LAYERS: usize = 6;
/// The lower layers, which reading and judging a message have in common.
const SHARED: usize = 3;
const HEADS: usize = 12;
const HEAD: usize = DIMENSIONS / HEADS;
const WIDE: usize = 4 * DIMENSIONS;
const VOCABULARY: usize = 30_522;
const POSITIONS: usize = 512;

/// The model: word pieces to vectors. Above the shared layers it forks: one branch reads for retrieval, the other judges
/// what kind of message it is. Training one does not disturb the other.
pub(super) struct Transformer {
    embeddings: Embeddings,
    shared: Vec<Layer>,
    reading: Vec<Layer>,
    judging: Vec<Layer>,
}

/// The states of one message's word pieces, [`DIMENSIONS`] numbers a piece.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MessageStates {
    /// For retrieval.
    pub(super) reading: Vec<f32>,
    /// For triage, kind of message and asking clause.
    pub(super) judging: Vec<f32>,
}

/// The tables that a word piece is looked up in. They stay 8-bit: a lookup
/// touches a few rows of them, and as `f32` the table of words alone is 47 MB.
struct Embeddings {
    words: Matrix,
    positions: Matrix,
    types: Matrix,
    normalise: Normalise,
}

/// One layer. The products' weights are `f32`, transposed once when opening.
struct Layer {
    /// Query, key and value in one product; the query is already divided by √32.
    attend: Tensor,
    attend_bias: AddBias,
    project: Tensor,
    project_add: AddNormalise,
    widen: Tensor,
    widen_gelu: AddBiasGelu,
    narrow: Tensor,
    narrow_add: AddNormalise,
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

    /// How many word pieces the model knows: ids are below this.
    pub(super) fn vocabulary(&self) -> usize {
        self.embeddings.words.len()
    }

    /// The states of each text for retrieval, given as its word pieces' ids: [`DIMENSIONS`] numbers a piece.
    /// No text may be empty or longer than the table of positions.
    pub(super) fn states(&self, texts: &[Vec<u32>]) -> Result<Vec<Vec<f32>>> {
        let x = through(&self.shared, self.embeddings.look_up(texts)?, texts)?;
        apart(&through(&self.reading, x, texts)?, texts)
    }

    /// The states of each text for retrieval and for judging it.
    pub(super) fn message_states(&self, texts: &[Vec<u32>]) -> Result<Vec<MessageStates>> {
        let x = through(&self.shared, self.embeddings.look_up(texts)?, texts)?;
        let judging = apart(&through(&self.judging, x.clone(), texts)?, texts)?;
        let reading = apart(&through(&self.reading, x, texts)?, texts)?;
        let both = reading.into_iter().zip(judging);
        Ok(both.map(|(reading, judging)| MessageStates { reading, judging }).collect())
    }
}

fn through(layers: &[Layer], x: Tensor, texts: &[Vec<u32>]) -> Result<Tensor> {
    layers.iter().try_fold(x, |x, layer| layer.forward(&x, texts))
}

/// The rows of each text.
fn apart(x: &Tensor, texts: &[Vec<u32>]) -> Result<Vec<Vec<f32>>> {
    let pieces = x.flatten_all()?.to_vec1::<f32>()?;
    let mut rest = pieces.as_slice();
    let mut states = Vec::with_capacity(texts.len());
    for text in texts {
        let (own, others) = rest.split_at(text.len() * DIMENSIONS);
        states.push(own.to_vec());
        rest = others;
    }
    Ok(states)
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

    fn look_up(&self, texts: &[Vec<u32>]) -> Result<Tensor> {
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
        Tensor::from_vec(pieces, (count, DIMENSIONS), &Device::Cpu)
    }
}

impl Layer {
    fn load(weights: &Weights<'_>, layer: &str) -> Loaded<Layer> {
        let (attend, attend_bias) = attention(weights, layer)?;
        let product = |part: &str, from: usize, to: usize| {
            let matrix = weights.matrix(&format!("{layer}.{part}.dense.weight"), to, from)?;
            side_by_side(&[(&matrix, 1.0)]).map_err(|error| unfit(weights.path(), error))
        };
        let bias = |part: &str, length| weights.vector(&format!("{layer}.{part}.dense.bias"), length);
        let add = |part: &str| {
            Ok(AddNormalise {
                bias: bias(part, DIMENSIONS)?,
                normalise: normalise(weights, &format!("{layer}.{part}.LayerNorm"))?,
            })
        };
        Ok(Layer {
            attend,
            attend_bias,
            project: product("attention.output", DIMENSIONS, DIMENSIONS)?,
            project_add: add("attention.output")?,
            widen: product("intermediate", DIMENSIONS, WIDE)?,
            widen_gelu: AddBiasGelu(bias("intermediate", WIDE)?),
            narrow: product("output", WIDE, DIMENSIONS)?,
            narrow_add: add("output")?,
        })
    }

    fn forward(&self, x: &Tensor, texts: &[Vec<u32>]) -> Result<Tensor> {
        let projected = self.attention(x, texts)?.matmul(&self.project)?;
        projected.inplace_op2(x, &self.project_add)?;
        let wide = projected.matmul(&self.widen)?;
        wide.inplace_op1(&self.widen_gelu)?;
        let narrow = wide.matmul(&self.narrow)?;
        narrow.inplace_op2(&projected, &self.narrow_add)?;
        Ok(narrow)
    }

    /// Each word piece's mixture of the others of its own text.
    fn attention(&self, x: &Tensor, texts: &[Vec<u32>]) -> Result<Tensor> {
        let all = x.matmul(&self.attend)?;
        all.inplace_op1(&self.attend_bias)?;
        let mut mixed = Vec::with_capacity(texts.len());
        let mut first = 0;
        for text in texts {
            let own = all.narrow(0, first, text.len())?;
            mixed.push(mix(&own.reshape((text.len(), 3, HEADS, HEAD))?)?);
            first += text.len();
        }
        Tensor::cat(&mixed, 0)
    }
}

/// Attention within one text, from its (word piece, part, head, number) table.
fn mix(table: &Tensor) -> Result<Tensor> {
    let part = |number| table.narrow(1, number, 1)?.squeeze(1)?.transpose(0, 1);
    let (query, key, value) = (part(0)?, part(1)?, part(2)?);
    let scores = query.matmul(&key.transpose(1, 2)?)?;
    scores.inplace_op1(&Softmax { width: table.dim(0)? })?;
    let mixed = scores.matmul(&value)?.transpose(0, 1)?;
    mixed.reshape(((), DIMENSIONS))
}

/// Query, key and value as one product. Attention divides each score by the
/// root of a head's width; dividing the query's weights once comes to the same.
fn attention(weights: &Weights<'_>, layer: &str) -> Loaded<(Tensor, AddBias)> {
    let factors = [("query", (HEAD as f32).sqrt().recip()), ("key", 1.0), ("value", 1.0)];
    let mut matrices = Vec::new();
    let mut bias = Vec::new();
    for (part, factor) in factors {
        let name = format!("{layer}.attention.self.{part}");
        matrices.push((weights.matrix(&format!("{name}.weight"), DIMENSIONS, DIMENSIONS)?, factor));
        let own = weights.vector(&format!("{name}.bias"), DIMENSIONS)?;
        bias.extend(own.iter().map(|b| b * factor));
    }
    let parts: Vec<_> = matrices.iter().map(|(matrix, factor)| (matrix, *factor)).collect();
    let product = side_by_side(&parts).map_err(|error| unfit(weights.path(), error))?;
    Ok((product, AddBias(bias)))
}

fn normalise(weights: &Weights<'_>, name: &str) -> Loaded<Normalise> {
    Ok(Normalise {
        gain: weights.vector(&format!("{name}.weight"), DIMENSIONS)?,
        shift: weights.vector(&format!("{name}.bias"), DIMENSIONS)?,
    })
}

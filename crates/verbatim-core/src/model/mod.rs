//! The learned reader. A text goes through the encoder once, and all predictions come from that pass: the vector of the
//! whole text, a vector for each word piece, safety triage, the kind of message, and the clause that asks.
//!
//! [`encoder`] runs the model, which is part of the checkout; [`vectors`] and [`token_table`] store the vectors of the
//! sources; [`late_interaction`] compares a question with them. This layer does not depend on the types of passages or
//! questions. Only this folder uses pulp, safetensors and tokenizers.

mod cache;
pub mod coefficients;
pub mod encoder;
pub mod error;
pub mod heads;
mod kernels;
pub mod late_interaction;
mod product;
mod scan;
pub mod token_table;
mod transformer;
pub mod vectors;
mod weights;

/// The number of dimensions of a text's vector.
pub const DIMENSIONS: usize = 384;
/// The number of dimensions of a word piece's vector.
pub const TOKEN_DIMENSIONS: usize = 128;

//! The learned reader. A text goes through the encoder once, and everything learned reads that one pass: the vector
//! of the whole, a vector for each word piece, safety triage, the kind of message, and which clause asks.
//!
//! [`encoder`] runs the model that is part of the checkout; [`vectors`] and [`token_table`] store what it makes of the
//! sources; [`late_interaction`] compares a question with them. This layer knows nothing of passages or questions.
//! Only this folder uses pulp, safetensors and tokenizers.

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

/// Numbers in the vector of a text.
pub const DIMENSIONS: usize = 384;
/// Numbers in the vector of a word piece.
pub const TOKEN_DIMENSIONS: usize = 128;

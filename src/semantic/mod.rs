//! Meaning as numbers: sentences become vectors, and near vectors are near in
//! meaning.
//!
//! [`encoder`] turns a text into a vector, with a model that is part of the
//! checkout; [`vectors`] keeps many of them small and finds the nearest. This
//! layer knows nothing of passages or questions, and it is optional: with
//! `[semantic] model = "none"` the program searches by words alone. The fence
//! round candle and tokenizers is this folder.

pub mod encoder;
pub mod error;
mod fused;
mod recent;
mod scan;
mod together;
mod transformer;
pub mod vectors;
mod weights;

/// Numbers in a sentence vector.
pub const DIMENSIONS: usize = 384;

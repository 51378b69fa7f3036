//! Errors of the encoder, worded for the operator.

use std::io;
use std::path::PathBuf;

/// The name of the model that this program runs.
pub(super) const NAME: &str = "reader";

/// An error on opening or running the encoder.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// A file is missing or cannot be read.
    #[error(
        "cannot read {path}: {source}; restore the model's folder from the repository, \
         or name another one with `model.name` in verbatim.toml"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error from the operating system.
        source: io::Error,
    },
    /// A file does not match its digest.
    #[error(
        "{path} is damaged: its SHA-256 is {found}, but SHA256SUMS says {expected}; \
         restore it from the repository"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Its digest.
        found: String,
        /// The digest it should have.
        expected: String,
    },
    /// A file is intact, but does not contain the model that this program runs.
    #[error(
        "{path} does not contain the model that this version runs ({reason}); restore it from the repository"
    )]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What does not match.
        reason: String,
    },
    /// The model failed on a text.
    #[error("cannot encode a text: {0}")]
    Inference(String),
}

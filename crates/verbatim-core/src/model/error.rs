//! What can go wrong with the encoder, told to the one who runs the program.

use std::io;
use std::path::PathBuf;

/// The model that this program runs.
pub(super) const NAME: &str = "reader";

/// Why the encoder did not open, or did not encode.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// A file is missing or cannot be read.
    #[error(
        "cannot read {path}: restore the model's folder from the repository, \
         or name the right one with `[model] name` in verbatim.toml"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not the one that its digest describes.
    #[error(
        "{path} is damaged: its SHA-256 is {found} where SHA256SUMS says {expected}; \
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
    /// A file is whole, but does not hold the model that this program runs.
    #[error(
        "{path} does not hold the model that this version runs ({reason}): restore it from the repository"
    )]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is not as expected.
        reason: String,
    },
    /// The model could not be run.
    #[error("cannot encode a text: {0}")]
    Inference(String),
}

//! Digests as text.

use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes, in lower-case hex.
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

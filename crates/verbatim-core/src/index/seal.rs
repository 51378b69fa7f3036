//! A text that ends in the digest of all lines above, so that a changed byte or a missing end is noticed.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::text::hex::hex;

const SEAL: &str = "# sha256 ";

/// The text with its digest in the last line. It must end with a line feed.
pub fn sealed(body: &str) -> String {
    format!("{body}{SEAL}{}\n", hex(&Sha256::digest(body)))
}

/// The text in a file as it was written, without its seal.
///
/// # Errors
/// Says why it cannot be trusted.
pub fn read_sealed(path: &Path) -> Result<String, String> {
    let mut text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let (body, seal) = text.rsplit_once(SEAL).ok_or("its last line is missing")?;
    if seal.trim_end() != hex(&Sha256::digest(body)) {
        return Err("a byte of it has changed".to_owned());
    }
    let length = body.len();
    text.truncate(length);
    Ok(text)
}

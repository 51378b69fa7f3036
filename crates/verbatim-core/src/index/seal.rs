//! A text that ends with the digest of all lines above it, so that a changed byte or a missing end is noticed.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::text::hex::hex;

const SEAL: &str = "# sha256 ";

/// Returns the text with its digest as the last line. The text must end with a line feed.
pub fn sealed(body: &str) -> String {
    format!("{body}{SEAL}{}\n", hex(&Sha256::digest(body)))
}

/// Returns the text of a file as it was written, without its seal.
///
/// # Errors
/// Says why the file cannot be trusted.
pub fn read_sealed(path: &Path) -> Result<String, String> {
    let mut text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let (body, seal) = text.rsplit_once(SEAL).ok_or("its last line, with the digest, is missing")?;
    if seal.trim_end() != hex(&Sha256::digest(body)) {
        return Err("its digest does not match".to_owned());
    }
    let length = body.len();
    text.truncate(length);
    Ok(text)
}

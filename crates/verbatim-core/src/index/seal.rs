//! A text that ends with the digest of all lines above it, so that a changed byte or a missing end is noticed.

use std::path::Path;

use crate::fs;
use crate::text::digest::sha256;

const SEAL: &str = "# sha256 ";

/// Returns the text with its digest as the last line. The text must end with a line feed.
pub fn sealed(body: &str) -> String {
    format!("{body}{SEAL}{}\n", sha256(body))
}

/// Returns the text of a file as it was written, without its seal.
///
/// # Errors
/// Says why the file cannot be trusted.
pub fn read_sealed(path: &Path) -> Result<String, String> {
    let mut text = fs::read_to_string(path).map_err(|error| error.source.to_string())?;
    let (body, seal) = text.rsplit_once(SEAL).ok_or("its last line, with the digest, is missing")?;
    if seal.trim_end() != sha256(body) {
        return Err("its digest does not match".to_owned());
    }
    let length = body.len();
    text.truncate(length);
    Ok(text)
}

//! Writes and digests the files of a generation.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::{IndexError, Naming};
use crate::text::hex::hex;

/// Writes a whole file and flushes it to disk.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), IndexError> {
    let mut file = File::create(path).naming("write", path)?;
    file.write_all(bytes).naming("write", path)?;
    file.sync_all().naming("write", path)
}

/// Flushes a folder's entries or a file's bytes to disk.
pub fn sync(path: &Path) -> Result<(), IndexError> {
    File::open(path).and_then(|file| file.sync_all()).naming("write", path)
}

/// Returns the SHA-256 of a file, in hex.
pub fn digest(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// Returns the digests of all files below a folder, by relative path, without Tantivy's locks.
pub fn digests(folder: &Path) -> Result<BTreeMap<String, String>, IndexError> {
    let mut digests = BTreeMap::new();
    let mut open = vec![String::new()];
    while let Some(inside) = open.pop() {
        let here = folder.join(&inside);
        for entry in std::fs::read_dir(&here).naming("read", &here)? {
            let entry = entry.naming("read", &here)?;
            let name = format!("{inside}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                open.push(format!("{name}/"));
            } else if !name.ends_with(".lock") {
                sync(&entry.path())?;
                digests.insert(name, digest(&entry.path()).naming("read", &entry.path())?);
            }
        }
    }
    Ok(digests)
}

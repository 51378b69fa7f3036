//! The file that `verbatim backup` writes and `verbatim restore` reads: a zip archive with a manifest.
//!
//! ```text
//! manifest.toml    the format, the program's version, the time, and the digest of every file
//! knowledge/…      the knowledge folder, without hidden files
//! store.db         the bot's stored data, if there is any
//! verbatim.toml    the settings, without comments
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Component, Path};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use verbatim_core::fs;

/// Version of the format. Raise it if an older program would restore a newer archive incorrectly.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.toml";
/// The most bytes of a manifest.
const LONGEST_MANIFEST: u64 = 64 << 20;
/// The folder of the knowledge bases in the archive.
pub const KNOWLEDGE: &str = "knowledge/";
/// The bot's stored data in the archive.
pub const STORE: &str = "store.db";
/// The settings in the archive.
pub const SETTINGS: &str = "verbatim.toml";

/// What an archive says about itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Contents {
    format: u32,
    /// The version of the program that wrote it.
    pub program: String,
    /// When it was written, RFC 3339, UTC.
    pub made: String,
    /// SHA-256 of each file, by its path in the archive.
    pub files: BTreeMap<String, String>,
}

/// An archive that is being written.
pub struct ArchiveWriter {
    zip: ZipWriter<File>,
    contents: Contents,
}

impl ArchiveWriter {
    /// Begins an archive.
    pub fn new(file: File, made: String) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let contents = Contents { format: FORMAT, program, made, files: BTreeMap::new() };
        Self { zip: ZipWriter::new(file), contents }
    }

    /// Adds a file.
    pub fn add(&mut self, name: String, from: impl Read) -> anyhow::Result<()> {
        self.zip.start_file(name.as_str(), SimpleFileOptions::default().large_file(true))?;
        let digest = copy(from, &mut self.zip)?;
        self.contents.files.insert(name, digest);
        Ok(())
    }

    /// Writes the manifest and returns the file, synced to disk, with what it holds.
    pub fn finish(mut self) -> anyhow::Result<Contents> {
        self.zip.start_file(MANIFEST, SimpleFileOptions::default())?;
        self.zip.write_all(toml::to_string(&self.contents)?.as_bytes())?;
        self.zip.finish()?.sync_all()?;
        Ok(self.contents)
    }
}

/// An archive whose names and digests were checked.
pub struct Archive {
    zip: ZipArchive<File>,
    pub contents: Contents,
}

impl Archive {
    /// Opens an archive and checks all of it.
    ///
    /// # Errors
    /// If it is damaged, was written in a newer format, or has a path that leaves its folder.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let checked = Self::read(file).and_then(Self::checked);
        checked.with_context(|| format!("{} cannot be restored", path.display()))
    }

    fn read(file: File) -> anyhow::Result<Self> {
        let mut zip = ZipArchive::new(file).context("it is not a backup, or it is damaged")?;
        let mut text = String::new();
        let manifest =
            zip.by_name(MANIFEST).context("it has no manifest: it is not a backup, or it is damaged")?;
        manifest.take(LONGEST_MANIFEST).read_to_string(&mut text).context("its manifest is damaged")?;
        let table: toml::Table = toml::from_str(&text).context("its manifest is damaged")?;
        let format = table.get("format").and_then(toml::Value::as_integer).unwrap_or(0);
        ensure!(
            format <= i64::from(FORMAT),
            "a newer version of this program wrote it; use that version to restore it"
        );
        Ok(Self { zip, contents: table.try_into().context("its manifest is damaged")? })
    }

    fn checked(mut self) -> anyhow::Result<Self> {
        for name in self.zip.file_names() {
            let name = name.context("the name of a file in it is damaged")?;
            if name == MANIFEST {
                continue;
            }
            ensure!(is_safe(&name), "the path `{name}` in it is not allowed");
            ensure!(self.contents.files.contains_key(name.as_ref()), "its manifest does not name `{name}`");
        }
        for (name, digest) in &self.contents.files {
            let file = self.zip.by_name(name).with_context(|| format!("`{name}` is missing from it"))?;
            let found =
                copy(file, &mut std::io::sink()).with_context(|| format!("`{name}` in it is damaged"))?;
            ensure!(found == *digest, "`{name}` in it is damaged: its digest does not match");
        }
        Ok(self)
    }

    /// Writes a file of the archive to `to`. An existing file keeps its mode.
    pub fn extract(&mut self, name: &str, to: &Path) -> anyhow::Result<()> {
        let naming = || format!("cannot write {}", to.display());
        let mut out = fs::create(to)?;
        copy(self.zip.by_name(name)?, &mut out).with_context(naming)?;
        out.sync_all().with_context(naming)
    }
}

/// Whether a path is one that a backup writes: below the archive's folder, and without hidden files, among which the
/// program keeps its journals.
fn is_safe(name: &str) -> bool {
    let is_plain = |part: Component<'_>| match part {
        Component::Normal(part) => !part.as_encoded_bytes().starts_with(b"."),
        _ => false,
    };
    let is_known = name == STORE || name == SETTINGS || name.starts_with(KNOWLEDGE);
    is_known
        && !name.ends_with('/')
        && !name.contains(['\\', '\0'])
        && Path::new(name).components().all(is_plain)
}

/// Copies everything, and returns its SHA-256 in hex.
fn copy(mut from: impl Read, to: &mut impl Write) -> anyhow::Result<String> {
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => {
                hash.update(&buffer[..read]);
                to.write_all(&buffer[..read])?;
            }
        }
    }
}

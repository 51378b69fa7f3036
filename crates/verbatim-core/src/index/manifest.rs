//! The manifest of a generation: what it was made of, what it holds and the digest of every file. The last line is the
//! digest of the lines above it, so that a changed byte is noticed here too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

use super::error::IndexError;
use super::seal;
use crate::fs;
use crate::text::count::counted;

/// The schema version, raised whenever the layout of a generation, the analyser, the meaning of a term or what a reader
/// makes of a file changes. A reader for a new format does not count.
pub const SCHEMA: u32 = 9;
/// The manifest's file in a generation's folder.
pub const MANIFEST: &str = "manifest.toml";

/// The description of a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The layout's version.
    pub schema: u32,
    /// The generation's name, a digest of everything it was made of.
    pub id: String,
    /// When it was made, RFC 3339, UTC: see [`made_at`].
    pub made: String,
    /// The encoder whose vectors it holds; empty without one.
    pub encoder: String,
    /// How much it holds.
    pub counts: Counts,
    /// The results of the regression questions.
    #[serde(alias = "golden")]
    pub regression_questions: RegressionResult,
    /// The sources that read doubtfully, and whether somebody has confirmed that each was read correctly. `None` if an
    /// earlier version of the program made the generation: it asked about every new source and recorded no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubtful: Option<BTreeMap<String, bool>>,
    /// SHA-256 of the input files.
    pub inputs: BTreeMap<String, String>,
    /// SHA-256 of the generation's own files.
    pub files: BTreeMap<String, String>,
}

/// What a manifest of any schema says about the readings of its sources.
#[derive(Deserialize)]
struct Readings {
    schema: u32,
    doubtful: Option<BTreeMap<String, bool>>,
    inputs: BTreeMap<String, String>,
}

/// How much a generation holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Source documents.
    pub sources: usize,
    /// Passages.
    pub passages: usize,
    /// Sentences.
    pub sentences: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sources, passages, sentences } = *self;
        let parts =
            [counted(sources, "source"), counted(passages, "passage"), counted(sentences, "sentence")];
        out.write_str(&parts.join(", "))
    }
}

/// Formats a time for [`Manifest::made`]: always to the millisecond and in UTC, so that text order is time order.
pub fn made_at(moment: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let utc = moment.to_offset(time::UtcOffset::UTC);
    utc.format(&format).expect("a moment can be written as RFC 3339")
}

/// How many regression questions passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegressionResult {
    /// How many were asked.
    pub asked: usize,
    /// How many passed.
    pub passed: usize,
}

/// Returns the name of a generation: the same knowledge, layout and encoder give the same name.
pub fn generation_id(inputs: &BTreeMap<String, String>, encoder: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(SCHEMA.to_le_bytes());
    hash.update(encoder.as_bytes());
    for (name, digest) in inputs {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(digest.as_bytes());
        hash.update([0]);
    }
    format!("g{}", &hex::encode(hash.finalize())[..12])
}

impl Manifest {
    /// Returns the digests of the files that a generation of another schema was built from; `None` if it has this schema or
    /// cannot be read.
    pub fn inputs_of_another_schema(folder: &Path) -> Option<BTreeMap<String, String>> {
        let table: toml::Table = toml::from_str(&fs::read_to_string(&folder.join(MANIFEST)).ok()?).ok()?;
        if table.get("schema")?.as_integer() == Some(i64::from(SCHEMA)) {
            return None;
        }
        table.get("inputs")?.clone().try_into().ok()
    }

    /// Reads the manifest of the generation in `folder`.
    ///
    /// # Errors
    /// [`IndexError::Broken`] if it is missing, changed, or of another schema.
    pub fn read(folder: &Path) -> Result<Self, IndexError> {
        let path = folder.join(MANIFEST);
        let broken = |what: String| IndexError::Broken { path: path.clone(), what };
        let body = &sealed(folder)?;
        let schema =
            toml::from_str::<toml::Table>(body).ok().and_then(|table| table.get("schema")?.as_integer());
        if schema != Some(i64::from(SCHEMA)) {
            let found = schema.map_or("none".to_owned(), |schema| schema.to_string());
            return Err(broken(format!("it has schema {found}, but this program reads {SCHEMA}")));
        }
        toml::from_str(body).map_err(|error| broken(error.message().to_owned()))
    }

    /// Returns the digest of a file of the generation in `folder`, whatever the generation's schema: files that
    /// describe their own format outlive the rest. `None` if there is no such file or the manifest cannot be trusted.
    pub fn digest_of(folder: &Path, file: &str) -> Option<String> {
        let table = toml::from_str::<toml::Table>(&sealed(folder).ok()?).ok()?;
        Some(table.get("files")?.get(file)?.as_str()?.to_owned())
    }

    /// Returns the digests of the sources in the generation in `folder` that somebody has confirmed, whatever the
    /// generation's schema. Empty if the manifest cannot be trusted.
    pub fn confirmed(folder: &Path) -> BTreeSet<String> {
        let Some(readings) = sealed(folder).ok().and_then(|body| toml::from_str::<Readings>(&body).ok())
        else {
            return BTreeSet::new();
        };
        let Readings { schema, doubtful, inputs } = readings;
        let is_confirmed = |file: &String| match &doubtful {
            Some(doubtful) => doubtful.get(file) == Some(&true),
            // Another schema can come from other readers, whose doubts nobody was asked about.
            None => schema == SCHEMA,
        };
        inputs.into_iter().filter(|(file, _)| is_confirmed(file)).map(|(_, digest)| digest).collect()
    }

    /// Writes the manifest into `folder` and flushes it to disk. One that is there is replaced atomically.
    ///
    /// # Errors
    /// [`IndexError::Io`].
    pub fn write(&self, folder: &Path) -> Result<(), IndexError> {
        let body = toml::to_string(self).expect("a manifest has nothing that TOML lacks");
        Ok(fs::replace(&folder.join(MANIFEST), seal::sealed(&body).as_bytes())?)
    }

    /// Compares every file of the generation in `folder` with its digest.
    ///
    /// # Errors
    /// [`IndexError::Broken`] names the first file that is missing or has changed.
    pub fn verify(&self, folder: &Path) -> Result<(), IndexError> {
        for (name, digest) in &self.files {
            let path = folder.join(name);
            let found = fs::digest(&path)
                .map_err(|error| IndexError::Broken { path: path.clone(), what: error.source.to_string() })?;
            if found != *digest {
                return Err(IndexError::Broken { path, what: "its digest does not match".to_owned() });
            }
        }
        if self.id != generation_id(&self.inputs, &self.encoder) {
            return Err(IndexError::Broken {
                path: folder.to_owned(),
                what: "its name does not match its contents".to_owned(),
            });
        }
        Ok(())
    }
}

/// Returns the manifest in `folder` as it was written, without its seal.
fn sealed(folder: &Path) -> Result<String, IndexError> {
    let path = folder.join(MANIFEST);
    seal::read_sealed(&path).map_err(|what| IndexError::Broken { path, what })
}

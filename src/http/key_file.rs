//! The file of keys. It holds only digests: a key is shown once, when it is made.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use verbatim_core::fs::{self, FsError};

/// What a key allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Asking questions.
    Ask,
    /// Reading topics, sources and passages.
    Read,
    /// Reading the metrics.
    Metrics,
}

impl Scope {
    /// Its name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Read => "read",
            Self::Metrics => "metrics",
        }
    }
}

/// A key, as the file knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The name by which the operator knows it.
    pub name: String,
    /// SHA-256 of the key, in hex.
    pub sha256: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// Requests per minute; at least 1.
    pub per_minute: std::num::NonZeroU32,
}

/// The keys in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// The keys.
    #[serde(default)]
    pub keys: Vec<Key>,
}

/// Why the file of keys cannot be used.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] FsError),
    /// It is not a file of keys.
    #[error("{}: {what}; make it anew with `verbatim key add`", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// There is a key with this name.
    #[error("there is already a key `{0}`; choose another name, or run `verbatim key remove {0}` first")]
    Exists(String),
    /// There is no key with this name.
    #[error("there is no key `{0}`; `verbatim key list` shows all")]
    Unknown(String),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
}

impl KeyFile {
    /// Reads the file. A file that does not exist has no keys.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.is_not_found() => return Ok(Self::default()),
            text => text?,
        };
        let invalid =
            |error: toml::de::Error| KeyFileError::Invalid { path: path.to_owned(), what: error.to_string() };
        toml::from_str(&text).map_err(invalid)
    }

    /// Writes the file. Other users of the machine need not read it, but it holds nothing that they could use.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), KeyFileError> {
        let text = toml::to_string(self).expect("keys can be written as TOML");
        Ok(fs::replace(path, text.as_bytes())?)
    }

    /// Adds a key and returns its text, which nothing can show again.
    ///
    /// # Errors
    /// If the name is taken or the system gives no random numbers.
    pub fn add(
        &mut self,
        name: &str,
        scopes: Vec<Scope>,
        per_minute: std::num::NonZeroU32,
    ) -> Result<String, KeyFileError> {
        if self.keys.iter().any(|key| key.name == name) {
            return Err(KeyFileError::Exists(name.to_owned()));
        }
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| KeyFileError::Random(error.to_string()))?;
        let text = format!("vb_{}", hex::encode(random));
        self.keys.push(Key { name: name.to_owned(), sha256: digest(&text), scopes, per_minute });
        Ok(text)
    }

    /// Removes a key.
    ///
    /// # Errors
    /// If there is none with this name.
    pub fn remove(&mut self, name: &str) -> Result<(), KeyFileError> {
        let before = self.keys.len();
        self.keys.retain(|key| key.name != name);
        if self.keys.len() == before { Err(KeyFileError::Unknown(name.to_owned())) } else { Ok(()) }
    }

    /// The key with this text. Digests are compared, so the time that it takes says nothing about a key.
    pub fn find(&self, text: &str) -> Option<&Key> {
        let wanted = digest(text);
        self.keys.iter().find(|key| key.sha256 == wanted)
    }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

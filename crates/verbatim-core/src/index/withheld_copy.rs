//! The copy of the last list of withheld passages that could be read. It is stored with the index but outside the
//! generations, which never change. If somebody damages `withheld.toml`, the copy still says what is withheld.
//!
//! ```text
//! index/.withheld/<base>.toml
//! ```
//!
//! It contains passage ids and nothing else, in particular no people.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::seal;
use crate::fs::{self, FsError};

/// The folder of the copies, in the folder of indexes. A base's name cannot begin with a dot.
const FOLDER: &str = ".withheld";
const NOTE: &str =
    "# The passages that were withheld when the base's list was last read. Written by the program.\n";

/// The content of the copy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopiedList {
    /// The passages that were on the list.
    pub listed: BTreeSet<String>,
    /// Passages that were withheld while the list could not be read, and have to be added to it.
    pub pending: BTreeSet<String>,
}

impl CopiedList {
    /// Returns all withheld passages.
    pub fn passages(&self) -> BTreeSet<String> {
        self.listed.union(&self.pending).cloned().collect()
    }
}

/// The file of the copy of a base's list.
#[derive(Debug, Clone)]
pub struct WithheldCopy {
    path: PathBuf,
}

impl WithheldCopy {
    /// Returns the copy for `base` in the folder of indexes. Creates nothing on disk.
    pub fn new(index: &Path, base: &str) -> Self {
        Self { path: index.join(FOLDER).join(format!("{base}.toml")) }
    }

    /// Returns its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps other writers out until the lock is dropped. To update the copy from the list, read the list while holding
    /// the lock. Hold it only briefly, never while an index is built.
    ///
    /// # Errors
    /// Fails if the folder cannot be created or locked.
    pub fn lock(&self) -> Result<File, FsError> {
        let folder = self.path.parent().expect("the copy is in a folder");
        fs::create_folder(folder)?;
        fs::lock_folder(folder)
    }

    /// Reads the copy; `None` if there is none.
    ///
    /// # Errors
    /// Says why the copy cannot be trusted.
    pub fn read(&self) -> Result<Option<CopiedList>, String> {
        if !self.path.try_exists().map_err(|error| error.to_string())? {
            return Ok(None);
        }
        let text = seal::read_sealed(&self.path)?;
        toml::from_str(&text).map(Some).map_err(|error| error.message().to_owned())
    }

    /// Replaces the copy atomically.
    ///
    /// # Errors
    /// On failure the copy is unchanged.
    pub fn write(&self, kept: &CopiedList) -> Result<(), FsError> {
        let body = toml::to_string(kept).expect("lists of texts can be written as TOML");
        fs::replace(&self.path, seal::sealed(&format!("{NOTE}{body}")).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn kept() -> CopiedList {
        let passages = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        CopiedList { listed: passages(&["a:2", "a:1"]), pending: passages(&["b c:\"3\"\n"]) }
    }

    #[test]
    fn a_copy_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let copy = WithheldCopy::new(folder.path(), "mel");
        assert_eq!(copy.read(), Ok(None));
        let lock = copy.lock().expect("it can be locked");
        copy.write(&kept()).expect("it can be written");
        drop(lock);
        assert_eq!(copy.read(), Ok(Some(kept())));
        assert_eq!(kept().passages().len(), 3);
        copy.write(&CopiedList::default()).expect("it can be written");
        assert_eq!(copy.read(), Ok(Some(CopiedList::default())), "an empty list is stored too");
    }

    #[test]
    fn a_damaged_copy_is_not_believed() {
        let folder = tempfile::tempdir().expect("a folder");
        let copy = WithheldCopy::new(folder.path(), "mel");
        drop(copy.lock().expect("it can be locked"));
        copy.write(&kept()).expect("it can be written");
        let sound = fs::read(copy.path()).expect("it is there");
        for at in 0..sound.len() - 1 {
            let mut bytes = sound.clone();
            bytes[at] ^= 1;
            fs::write(copy.path(), &bytes).expect("a file");
            assert!(copy.read().is_err(), "byte {at} was changed");
            fs::write(copy.path(), &sound[..at]).expect("a file");
            assert!(copy.read().is_err(), "only {at} bytes are left");
        }
        fs::remove_file(copy.path()).expect("a file");
        fs::create_dir(copy.path()).expect("a folder");
        assert!(copy.read().is_err(), "a folder is not a copy");
    }
}

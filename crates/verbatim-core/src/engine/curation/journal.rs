//! A change of a base's files as data: which files go where, in which order, and how that is taken back. It
//! is written down before the first file moves, so that whoever finds it later can tell how far it came.
//!
//! ```text
//! knowledge/<base>/.change.toml   the change that is under way
//!                  .change/       new files, whole, before they are moved to their place
//!                  removed/       older files, kept
//! ```
//!
//! Each step is one rename, or one list that is written anew, and can be taken again, or taken back again,
//! whatever was done of it.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::recovery::folder_of;
use crate::engine::{Place, withholding};
use crate::knowledge::problem::Problem;
use crate::knowledge::toml_file;
use crate::knowledge::withheld::ListError;
use crate::knowledge::write::{self, WriteError};
use crate::text::hex::hex;

/// The change under way, in the base's folder.
pub const JOURNAL: &str = ".change.toml";
/// Its new files, in the base's folder.
pub const STAGED: &str = ".change";
const NOTE: &str =
    "# The program is changing this base, or was when it ended. Do not edit: its next start sets it right.\n";

/// What happens to a base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A source is new.
    Add,
    /// A source takes the place of an older one.
    Replace,
    /// A source goes.
    Remove,
    /// A withheld passage comes back into circulation.
    Restore,
}

/// A change of a base's files. All paths are relative to the base's folder, with `/` between the parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// What happens.
    pub what: What,
    /// The source's id, or the passage's.
    pub subject: String,
    /// When it began.
    pub at: String,
    /// The generation that was live then; empty where there was none.
    pub live: String,
    /// Inputs that a generation with the change lacks.
    #[serde(default)]
    pub gone: Vec<String>,
    /// For [`What::Restore`], the list of withheld passages as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// Inputs that a generation with the change has, with their digests.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// Files that are moved aside.
    #[serde(default)]
    pub aside: Vec<Aside>,
    /// Files that are put in.
    #[serde(default)]
    pub put: Vec<Put>,
}

/// A file that is moved aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aside {
    /// Where it stood.
    pub from: String,
    /// Where it is kept.
    pub to: String,
}

/// A new file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Where it waits.
    pub from: String,
    /// Its place.
    pub to: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// One step of a change.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// A file is moved aside.
    Aside(&'a Aside),
    /// A new file is moved to its place.
    Put(&'a Put),
    /// A passage is taken off the list of withheld ones.
    Unlist(&'a str),
}

impl What {
    /// The change in words, with its subject behind it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "adding the source",
            Self::Replace => "replacing the source",
            Self::Remove => "removing the source",
            Self::Restore => "restoring the passage",
        }
    }
}

impl Journal {
    /// Reads what is under way in the base's folder; `None` where nothing is.
    ///
    /// # Errors
    /// A problem where it cannot be read, or speaks of files outside the folder.
    pub fn read(folder: &Path) -> Result<Option<Self>, Problem> {
        let path = folder.join(JOURNAL);
        if !path.exists() {
            return Ok(None);
        }
        let remedy = format!(
            "Compare sources/, removed/ and {STAGED}/ by hand, put the files where they belong, then remove this one."
        );
        let journal: Self =
            toml_file::read(&path).map_err(|problem| Problem { remedy: remedy.clone(), ..problem })?;
        let aside = journal.aside.iter().flat_map(|aside| [&aside.from, &aside.to]);
        let put = journal.put.iter().flat_map(|put| [&put.from, &put.to]);
        let wrong = aside.chain(put).find(|inside| !is_inside(inside));
        if let Some(wrong) = wrong {
            return Err(Problem::new(&path, format!("`{wrong}` is no file of the base."), remedy));
        }
        Ok(Some(journal))
    }

    /// Writes down the change, with the new files it is about: from here on it is under way.
    ///
    /// # Errors
    /// Nothing is under way then.
    pub fn begin(&self, folder: &Path, files: &[&[u8]]) -> Result<(), WriteError> {
        let begun = self.stage(folder, files);
        if begun.is_err() {
            let _ = self.end(folder); // what stays is hidden, and swept by the next change
        }
        begun
    }

    fn stage(&self, folder: &Path, files: &[&[u8]]) -> Result<(), WriteError> {
        write::remove_folder(&folder.join(STAGED))?;
        for (put, bytes) in self.put.iter().zip(files) {
            write::make_folder(&folder.join(STAGED))?;
            write::replace(&folder.join(&put.from), bytes)?;
        }
        let text = toml::to_string(self).expect("a journal has nothing that TOML lacks");
        write::replace(&folder.join(JOURNAL), format!("{NOTE}{text}").as_bytes())
    }

    /// Says that nothing is under way any more.
    ///
    /// # Errors
    /// The change then still counts as under way.
    pub fn end(&self, folder: &Path) -> Result<(), WriteError> {
        write::remove_folder(&folder.join(STAGED))?;
        write::remove(&folder.join(JOURNAL))
    }

    /// Its steps, in order.
    pub fn steps(&self) -> Vec<Step<'_>> {
        let unlist = self.list.as_ref().map(|_| Step::Unlist(&self.subject));
        self.aside.iter().map(Step::Aside).chain(self.put.iter().map(Step::Put)).chain(unlist).collect()
    }

    /// Takes a step, unless it was taken.
    ///
    /// # Errors
    /// The files are then as before.
    pub fn take(&self, step: Step<'_>, place: &Place) -> Result<(), ListError> {
        let (from, to) = match step {
            Step::Aside(aside) => (&aside.from, &aside.to),
            Step::Put(put) => (&put.from, &put.to),
            Step::Unlist(passage) => return withholding::unlist(place, passage),
        };
        let folder = folder_of(place);
        let (from, to) = (folder.join(from), folder.join(to));
        let is_taken = match step {
            // What stands at its old place now may be the new file already.
            Step::Aside(_) => to.exists() || !from.exists(),
            _ => !from.exists() && to.exists(),
        };
        if !is_taken {
            write::move_file(&from, &to)?;
        }
        Ok(())
    }

    /// Takes back all of its steps, whichever were taken.
    ///
    /// # Errors
    /// Some of it is still to be taken back.
    pub fn undo(&self, place: &Place) -> Result<(), ListError> {
        let folder = &folder_of(place);
        self.steps().into_iter().rev().try_for_each(|step| match step {
            Step::Aside(aside) => bring_back(&folder.join(&aside.to), &folder.join(&aside.from)),
            Step::Put(put) => self.take_out(put, folder),
            Step::Unlist(passage) => {
                let before = self.list.as_deref().unwrap_or_default();
                withholding::relist(place, before, passage)
            }
        })
    }

    /// Takes a new file out of its place, if it is there. One that somebody has edited since is kept aside.
    fn take_out(&self, put: &Put, folder: &Path) -> Result<(), ListError> {
        let place = folder.join(&put.to);
        let older = self.aside.iter().find(|aside| aside.from == put.to);
        let is_old = older.is_some_and(|aside| !folder.join(&aside.to).exists());
        let Some(bytes) = std::fs::read(&place).ok().filter(|_| !is_old) else { return Ok(()) };
        if sha256(&bytes) == put.sha256 {
            return Ok(write::remove(&place)?);
        }
        let stamp = stamp(&self.at);
        let kept = free_place(folder, &stamp, &put.to, &mut Vec::new());
        Ok(write::move_file(&place, &folder.join(kept))?)
    }

    /// Whether a generation that was made of `inputs` has the change.
    pub fn is_in(&self, inputs: &BTreeMap<String, String>) -> bool {
        self.inputs.iter().all(|(file, digest)| inputs.get(file) == Some(digest))
            && self.gone.iter().all(|file| !inputs.contains_key(file))
    }
}

/// Moves a file back from where it was kept. What stands there now is never written over.
fn bring_back(kept: &Path, place: &Path) -> Result<(), ListError> {
    if !kept.exists() {
        return Ok(());
    }
    if place.exists() {
        let source = std::io::ErrorKind::AlreadyExists.into();
        return Err(
            WriteError { action: "put the older file back to", path: place.to_owned(), source }.into()
        );
    }
    Ok(write::move_file(kept, place)?)
}

/// A path in `removed/` that is free on the disk and not in `taken`, to which it is added.
pub fn free_place(folder: &Path, stamp: &str, file: &str, taken: &mut Vec<String>) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let mut number = 1;
    loop {
        let again = if number == 1 { String::new() } else { format!("-{number}") };
        let place = format!("{}/{stamp}{again}-{name}", super::REMOVED);
        if !taken.contains(&place) && !folder.join(&place).exists() {
            taken.push(place.clone());
            return place;
        }
        number += 1;
    }
}

/// A time as it can stand in a file's name.
pub fn stamp(at: &str) -> String {
    let stamp: String = at.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    if stamp.is_empty() { "undated".to_owned() } else { stamp }
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Whether a path stays in the folder that it is relative to.
fn is_inside(path: &str) -> bool {
    let path = Path::new(path);
    path.components().all(|part| matches!(part, Component::Normal(_))) && path.file_name().is_some()
}

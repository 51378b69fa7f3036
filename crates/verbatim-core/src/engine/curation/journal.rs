//! A change of a base's files as data: which files go where, in which order, and how to undo it. It is written before
//! the first file moves, so that a later start can tell how far the change got.
//!
//! ```text
//! knowledge/<base>/.change.toml   the change in progress
//!                  .change/       complete new files, before they are moved into place
//!                  removed/       older files
//! ```
//!
//! Each step is one rename or one rewrite of a list. Doing or undoing a step again is safe, however much of it was done
//! before.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use super::recovery::folder_of;
use crate::engine::{Place, withholding};
use crate::fs::{self, FsError, Operation};
use crate::knowledge::problem::Problem;
use crate::knowledge::toml_file;
use crate::knowledge::withheld::ListError;
use crate::text::digest::sha256;

/// The file of the change in progress, in the base's folder.
pub const JOURNAL: &str = ".change.toml";
/// The folder of its new files, in the base's folder.
pub const STAGED: &str = ".change";
const NOTE: &str =
    "# The program is changing this base, or was interrupted. Do not edit: its next start repairs this.\n";

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// Adds a source.
    Add,
    /// Replaces a source with a new one.
    Replace,
    /// Removes a source.
    Remove,
    /// Restores a withheld passage.
    Restore,
}

/// A change of a base's files. All paths are relative to the base's folder, with `/` as the separator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// The kind of change.
    pub what: ChangeKind,
    /// The id of the source or passage.
    pub subject: String,
    /// When it began.
    pub at: String,
    /// The generation that was live then; empty if there was none.
    pub live: String,
    /// Inputs that a generation with the change does not have.
    #[serde(default)]
    pub gone: Vec<String>,
    /// For [`ChangeKind::Restore`], the list of withheld passages as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// Inputs that a generation with the change has, with their digests.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// Files to move aside.
    #[serde(default)]
    pub aside: Vec<Aside>,
    /// Files to put in place.
    #[serde(default)]
    pub put: Vec<Put>,
}

/// A file that is moved aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aside {
    /// Its original path.
    pub from: String,
    /// Its path after the move.
    pub to: String,
}

/// A new file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Its temporary path.
    pub from: String,
    /// Its final path.
    pub to: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// One step of a change.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// Move a file aside.
    Aside(&'a Aside),
    /// Move a new file into place.
    Put(&'a Put),
    /// Remove a passage from the list of withheld passages.
    Unlist(&'a str),
}

impl ChangeKind {
    /// Describes the change; its subject follows.
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
    /// Reads the change in progress in the base's folder; `None` if there is none.
    ///
    /// # Errors
    /// A problem if it cannot be read or names files outside the folder.
    pub fn read(folder: &Path) -> Result<Option<Self>, Problem> {
        let path = folder.join(JOURNAL);
        if !path.exists() {
            return Ok(None);
        }
        let remedy = format!(
            "Compare sources/, removed/ and {STAGED}/ by hand, put the files where they belong, then delete this file."
        );
        let journal: Self =
            toml_file::read(&path).map_err(|problem| Problem { remedy: remedy.clone(), ..problem })?;
        let aside = journal.aside.iter().flat_map(|aside| [&aside.from, &aside.to]);
        let put = journal.put.iter().flat_map(|put| [&put.from, &put.to]);
        let wrong = aside.chain(put).find(|inside| !is_inside(inside));
        if let Some(wrong) = wrong {
            return Err(Problem::new(&path, format!("`{wrong}` is not a file of the base."), remedy));
        }
        Ok(Some(journal))
    }

    /// Writes the journal and the new files. From here on, the change is in progress.
    ///
    /// # Errors
    /// On failure no change is in progress.
    pub fn begin(&self, folder: &Path, files: &[&[u8]]) -> Result<(), FsError> {
        let begun = self.stage(folder, files);
        if begun.is_err() {
            let _ = self.end(folder); // leftovers are hidden, and the next change deletes them
        }
        begun
    }

    fn stage(&self, folder: &Path, files: &[&[u8]]) -> Result<(), FsError> {
        fs::remove_folder(&folder.join(STAGED))?;
        for (put, bytes) in self.put.iter().zip(files) {
            fs::create_folder(&folder.join(STAGED))?;
            fs::replace(&folder.join(&put.from), bytes)?;
        }
        let text = toml::to_string(self).expect("a journal has nothing that TOML lacks");
        fs::replace(&folder.join(JOURNAL), format!("{NOTE}{text}").as_bytes())
    }

    /// Deletes the journal: the change is no longer in progress.
    ///
    /// # Errors
    /// On failure the change still counts as in progress.
    pub fn end(&self, folder: &Path) -> Result<(), FsError> {
        fs::remove_folder(&folder.join(STAGED))?;
        fs::remove(&folder.join(JOURNAL))
    }

    /// Returns its steps, in order.
    pub fn steps(&self) -> Vec<Step<'_>> {
        let unlist = self.list.as_ref().map(|_| Step::Unlist(&self.subject));
        self.aside.iter().map(Step::Aside).chain(self.put.iter().map(Step::Put)).chain(unlist).collect()
    }

    /// Does a step, unless it is done already.
    ///
    /// # Errors
    /// On failure the files are unchanged, unless the error [`FsError::is_done`]; undoing is right in either case.
    pub fn take(&self, step: Step<'_>, place: &Place) -> Result<(), ListError> {
        let (from, to) = match step {
            Step::Aside(aside) => (&aside.from, &aside.to),
            Step::Put(put) => (&put.from, &put.to),
            Step::Unlist(passage) => return withholding::unlist(place, passage),
        };
        let folder = folder_of(place);
        let (from, to) = (folder.join(from), folder.join(to));
        let is_taken = match step {
            // The file at the old path can already be the new one.
            Step::Aside(_) => to.exists() || !from.exists(),
            _ => !from.exists() && to.exists(),
        };
        if !is_taken {
            fs::move_file(&from, &to)?;
        }
        Ok(())
    }

    /// Undoes all of its steps, whichever were done.
    ///
    /// # Errors
    /// On failure some steps are not undone yet.
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

    /// Removes a new file from its place, if it is there. If somebody has edited it since, it is moved aside instead.
    fn take_out(&self, put: &Put, folder: &Path) -> Result<(), ListError> {
        let place = folder.join(&put.to);
        let older = self.aside.iter().find(|aside| aside.from == put.to);
        let is_old = older.is_some_and(|aside| !folder.join(&aside.to).exists());
        let Some(bytes) = fs::read(&place).ok().filter(|_| !is_old) else { return Ok(()) };
        if sha256(&bytes) == put.sha256 {
            return Ok(fs::remove(&place)?);
        }
        let stamp = stamp(&self.at);
        let kept = free_place(folder, &stamp, &put.to, &mut Vec::new());
        Ok(fs::move_file(&place, &folder.join(kept))?)
    }

    /// Whether a generation made of `inputs` contains the change.
    pub fn is_in(&self, inputs: &BTreeMap<String, String>) -> bool {
        self.inputs.iter().all(|(file, digest)| inputs.get(file) == Some(digest))
            && self.gone.iter().all(|file| !inputs.contains_key(file))
    }
}

/// Moves a file back from where it was set aside. Never overwrites a file.
fn bring_back(kept: &Path, place: &Path) -> Result<(), ListError> {
    if !kept.exists() {
        return Ok(());
    }
    if place.exists() {
        let source = std::io::ErrorKind::AlreadyExists.into();
        return Err(FsError { operation: Operation::MoveBack, path: place.to_owned(), source }.into());
    }
    Ok(fs::move_file(kept, place)?)
}

/// Returns a path in `removed/` that is free on disk and not in `taken`, and adds it to `taken`.
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

/// Formats a time for use in a file name.
pub fn stamp(at: &str) -> String {
    let stamp: String = at.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    if stamp.is_empty() { "undated".to_owned() } else { stamp }
}

/// Whether a relative path stays inside its folder.
fn is_inside(path: &str) -> bool {
    let path = Path::new(path);
    path.components().all(|part| matches!(part, Component::Normal(_))) && path.file_name().is_some()
}

//! What moderators do to a base: withholding and restoring passages; adding, replacing and removing sources. Each
//! change happens completely or not at all, even if it is refused or the program is killed.
//!
//! Withholding replaces a single file and takes effect at once. The other changes affect files and the index together.
//! Under the base's write lock, the change is recorded in the [`journal`], the files are moved, the index is built and
//! published, and the journal is deleted. If any step fails, the files are moved back. If the program is killed, its
//! next start finds the journal and completes or undoes the change ([`recovery`]).
//!
//! Permissions and the audit log are deliberately not here; they are the caller's task.

pub mod error;
pub mod journal;
pub mod passages;
pub mod recovery;
pub mod sources;

use std::path::PathBuf;

pub use self::error::CurationError;
use self::journal::{JOURNAL, Journal};
use super::{Engine, Place, Reindexed};
use crate::fs;
use crate::index::build::Progress;
use crate::index::generation::{GenerationStore, WriteLock};
use crate::knowledge::withheld::anonymise;
pub use crate::knowledge::withheld::anonymise::Person;

/// The folder for older files of a base, in the base's folder.
pub const REMOVED: &str = "removed";

/// How a change is carried out.
pub struct ChangeOptions<'a> {
    /// The time of the change, RFC 3339, UTC.
    pub made: &'a str,
    /// Whether to publish even if some regression questions fail.
    pub force: bool,
    /// Whether the person confirms all sources that may have been read incorrectly.
    pub confirm: bool,
    /// Receives progress reports.
    pub progress: &'a mut dyn FnMut(Progress),
}

/// Anonymises a person's entries in the base's list of withheld passages. Returns how many entries named the person.
/// Needs no index. A change in progress could put an earlier list back, so this takes the write lock and does not wait
/// for it.
///
/// # Errors
/// On failure nothing was changed. If another change is in progress, try again after it.
pub fn forget_person(place: &Place, person: Person<'_>) -> Result<usize, CurationError> {
    let folder = recovery::folder_of(place);
    let journal = folder.join(JOURNAL);
    let draft = fs::draft_of(&journal);
    if !anonymise::is_needed(&folder, person) && !journal.exists() && !draft.exists() {
        return Ok(0);
    }
    let lock = GenerationStore::new(&place.index, &place.base).lock()?;
    recovery::recover(place, &lock).map_err(CurationError::LeftOver)?;
    fs::remove(&draft)?;
    Ok(anonymise::anonymise(&folder, person)?)
}

impl Engine {
    /// The folder of the base.
    fn folder(&self) -> PathBuf {
        recovery::folder_of(self.place())
    }

    /// Takes the write lock, and completes or undoes an interrupted change.
    fn begin_change(&self) -> Result<WriteLock, CurationError> {
        let lock = self.generations().lock()?;
        recovery::recover(self.place(), &lock).map_err(CurationError::LeftOver)?;
        Ok(lock)
    }

    /// Carries out a change with its new files, and publishes it.
    fn carry_out(
        &self,
        journal: &Journal,
        files: &[&[u8]],
        lock: &WriteLock,
        act: ChangeOptions<'_>,
    ) -> Result<Reindexed, CurationError> {
        let folder = self.folder();
        journal.begin(&folder, files)?;
        let moved = journal.steps().into_iter().try_for_each(|step| journal.take(step, self.place()));
        let built = moved
            .map_err(CurationError::from)
            .and_then(|()| Ok(self.rebuild_and_serve(&journal.inputs, lock, act)?));
        match built {
            Ok(reindexed) => {
                if let Err(error) = journal.end(&folder) {
                    tracing::warn!(%error, "the change is complete, but its journal stays until the next start");
                }
                Ok(reindexed)
            }
            Err(error) => Err(self.take_back(error, lock)),
        }
    }

    fn take_back(&self, error: CurationError, lock: &WriteLock) -> CurationError {
        match recovery::recover(self.place(), lock) {
            Ok(recovered) => {
                // It was published before it failed: serve the live generation.
                if recovered.is_some_and(|recovered| recovered.is_completed) {
                    let _ =
                        self.reload().map_err(|error| tracing::error!(%error, "the index cannot be opened"));
                }
                error
            }
            Err(left) => CurationError::NotUndone { error: Box::new(error), left },
        }
    }

    /// Returns the name of the generation that is live on disk; empty if there is none.
    fn live(&self) -> String {
        self.generations().current().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;

//! What moderators do to a base: taking passages out of circulation and back, adding, replacing and removing
//! sources. Each act happens wholly or not at all, whatever refuses it and whenever the program is killed.
//!
//! Withholding is one file that is replaced, and takes effect at once. The others change files and the
//! index together: under the base's write lock, the change is written down ([`journal`]), the files are
//! moved, the index is built and published, and the note goes. If anything refuses, the files go back; if the
//! program is killed, its next start sees the note and completes the change or takes it back ([`recovery`]).
//!
//! Deliberately absent: who may do this, and keeping a record of who did. That is for the one who calls.

pub mod error;
pub mod journal;
pub mod passages;
pub mod recovery;
pub mod sources;

use std::path::PathBuf;

pub use self::error::CurationError;
use self::journal::{JOURNAL, Journal};
use super::{Engine, Place, Reindexed};
use crate::index::build::Progress;
use crate::index::generation::{GenerationStore, WriteLock};
use crate::knowledge::withheld::anonymise;
pub use crate::knowledge::withheld::anonymise::Person;
use crate::knowledge::write;

/// Where older files of a base are kept, in its folder.
pub const REMOVED: &str = "removed";

/// How an act is carried out.
pub struct ChangeOptions<'a> {
    /// When, RFC 3339, UTC.
    pub made: &'a str,
    /// Whether it is published although some of the base's own questions fail.
    pub force: bool,
    /// Takes reports of how far it is.
    pub progress: &'a mut dyn FnMut(Progress),
}

/// Takes a person's id and names out of the base's list of withheld passages, and says how many entries named them.
/// It needs no index. A change that is under way may put an earlier list back, so this waits for none and needs to be
/// the one writer.
///
/// # Errors
/// Nothing was changed then; while another change is under way, it can be tried again after that.
pub fn forget_person(place: &Place, person: Person<'_>) -> Result<usize, CurationError> {
    let folder = recovery::folder_of(place);
    let journal = folder.join(JOURNAL);
    let draft = write::draft_of(&journal);
    if !anonymise::is_needed(&folder, person) && !journal.exists() && !draft.exists() {
        return Ok(0);
    }
    let lock = GenerationStore::new(&place.index, &place.base).lock()?;
    recovery::recover(place, &lock).map_err(CurationError::LeftOver)?;
    write::remove(&draft)?;
    Ok(anonymise::anonymise(&folder, person)?)
}

impl Engine {
    /// The folder of the base.
    fn folder(&self) -> PathBuf {
        recovery::folder_of(self.place())
    }

    /// Becomes the one writer, and sets right what was left half done.
    fn begin_change(&self) -> Result<WriteLock, CurationError> {
        let lock = self.generations().lock()?;
        recovery::recover(self.place(), &lock).map_err(CurationError::LeftOver)?;
        Ok(lock)
    }

    /// Carries a change out, with the new files it is about, and publishes it.
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
            .and_then(|()| Ok(self.rebuild_and_serve(act.made, act.force, lock, act.progress)?));
        match built {
            Ok(reindexed) => {
                if let Err(error) = journal.end(&folder) {
                    tracing::warn!(%error, "a change is done, and its note stays until the next start");
                }
                Ok(reindexed)
            }
            Err(error) => Err(self.take_back(error, lock)),
        }
    }

    fn take_back(&self, error: CurationError, lock: &WriteLock) -> CurationError {
        match recovery::recover(self.place(), lock) {
            Ok(recovered) => {
                // Published before it failed: what is live is what must be served.
                if recovered.is_some_and(|recovered| recovered.is_completed) {
                    let _ =
                        self.reload().map_err(|error| tracing::error!(%error, "the index cannot be opened"));
                }
                error
            }
            Err(left) => CurationError::NotUndone { error: Box::new(error), left },
        }
    }

    /// The generation that is live on the disk; empty where there is none.
    fn live(&self) -> String {
        self.generations().current().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;

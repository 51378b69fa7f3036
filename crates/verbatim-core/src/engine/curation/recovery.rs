//! Recovery after the program was killed during a change. If the live generation has the change, it is completed;
//! otherwise it is undone. Only the holder of the base's write lock may do this.

use std::fmt;
use std::path::PathBuf;

use super::journal::{ChangeKind, JOURNAL, Journal};
use crate::engine::Place;
use crate::index::error::IndexError;
use crate::index::generation::{GenerationStore, WriteLock};
use crate::index::manifest::Manifest;
use crate::knowledge::problem::Problem;
use crate::knowledge::withheld::ListError;

/// A change that was recovered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The kind of change.
    pub what: ChangeKind,
    /// The id of the source or passage.
    pub subject: String,
    /// Whether it was completed; otherwise it was undone.
    pub is_completed: bool,
}

impl fmt::Display for Recovered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, subject, is_completed } = self;
        let outcome = if *is_completed { "completed" } else { "undone" };
        write!(
            out,
            "The program was interrupted while {} `{subject}`; the change was {outcome}.",
            what.as_str()
        )
    }
}

/// Returns the folder of a base.
pub(in crate::engine) fn folder_of(place: &Place) -> PathBuf {
    place.knowledge.join(&place.base)
}

/// Completes or undoes an interrupted change, if there is one.
///
/// # Errors
/// The change is still half done. Nothing can be indexed or changed until somebody has looked at it.
pub fn recover(place: &Place, _lock: &WriteLock) -> Result<Option<Recovered>, Problem> {
    let folder = folder_of(place);
    let Some(journal) = Journal::read(&folder)? else { return Ok(None) };
    let generations = GenerationStore::new(&place.index, &place.base);
    let live = generations.current().ok().and_then(|id| Manifest::read(&generations.generation(&id)).ok());
    // No other process publishes during a change, so a different live generation comes from this change.
    let is_completed = live.is_some_and(|live| live.id != journal.live && journal.is_in(&live.inputs));
    let set_right = match is_completed {
        true => journal.steps().into_iter().try_for_each(|step| journal.take(step, place)),
        false => journal.undo(place),
    };
    set_right.and_then(|()| Ok(journal.end(&folder)?)).map_err(problem)?;
    Ok(Some(Recovered { what: journal.what, subject: journal.subject, is_completed }))
}

fn problem(error: ListError) -> Problem {
    match error {
        ListError::Unreadable(problem) => problem,
        ListError::Write(error) => error.into(),
    }
}

/// Completes or undoes an interrupted change when a base is opened, and returns a remark about it. Leaves a change
/// alone if another process is working on it at this moment.
pub fn on_opening(place: &Place) -> Option<String> {
    if !folder_of(place).join(JOURNAL).exists() {
        return None;
    }
    let lock = match GenerationStore::new(&place.index, &place.base).lock() {
        Ok(lock) => lock,
        Err(IndexError::Locked { .. }) => return None,
        Err(error) => return Some(format!("{error}.")),
    };
    match recover(place, &lock) {
        Ok(recovered) => recovered.map(|recovered| recovered.to_string()),
        Err(problem) => Some(problem.to_string()),
    }
}

/// Describes a change in progress, or one that was interrupted, to the author of the base.
pub fn left_over(place: &Place) -> Option<Problem> {
    let folder = folder_of(place);
    let journal = match Journal::read(&folder) {
        Ok(journal) => journal?,
        Err(problem) => return Some(problem),
    };
    let what = format!(
        "The program is {} `{}`, or was interrupted while doing so. The change began at {}.",
        journal.what.as_str(),
        journal.subject,
        journal.at
    );
    let remedy =
        "Leave the files as they are: the next `verbatim index` or the next start completes or undoes it.";
    Some(Problem::new(folder.join(JOURNAL), what, remedy))
}

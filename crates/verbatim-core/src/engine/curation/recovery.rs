//! Setting right what a program that was killed left half done: a change that the live generation has is
//! completed, any other is taken back. Only the one writer of the base may do it.

use std::fmt;
use std::path::PathBuf;

use super::journal::{JOURNAL, Journal, What};
use crate::engine::Place;
use crate::index::error::IndexError;
use crate::index::generation::{GenerationStore, WriteLock};
use crate::index::manifest::Manifest;
use crate::knowledge::problem::Problem;
use crate::knowledge::withheld::ListError;

/// A change that was set right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// What it was.
    pub what: What,
    /// What it was about: a source's id, or a passage's.
    pub subject: String,
    /// Whether it was completed; it was taken back otherwise.
    pub is_completed: bool,
}

impl fmt::Display for Recovered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, subject, is_completed } = self;
        let outcome = if *is_completed { "completed" } else { "taken back" };
        write!(
            out,
            "The program had ended in the middle of {} `{subject}`; that was {outcome}.",
            what.as_str()
        )
    }
}

/// The folder of a base.
pub(in crate::engine) fn folder_of(place: &Place) -> PathBuf {
    place.knowledge.join(&place.base)
}

/// Sets right what was left half done, if anything was.
///
/// # Errors
/// The change is still half done. Nothing may be indexed or changed before somebody has looked at it.
pub fn recover(place: &Place, _lock: &WriteLock) -> Result<Option<Recovered>, Problem> {
    let folder = folder_of(place);
    let Some(journal) = Journal::read(&folder)? else { return Ok(None) };
    let generations = GenerationStore::new(&place.index, &place.base);
    let live = generations.current().ok().and_then(|id| Manifest::read(&generations.generation(&id)).ok());
    // Nobody else publishes while a change is under way: another live generation is of this change.
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
        ListError::Write(error) => error.problem(),
    }
}

/// Sets right what was left half done when a base is opened, and says so. What another process is doing at
/// this moment is left to it.
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

/// What a change that is under way, or was when the program ended, means to the author of the base.
pub fn left_over(place: &Place) -> Option<Problem> {
    let folder = folder_of(place);
    let journal = match Journal::read(&folder) {
        Ok(journal) => journal?,
        Err(problem) => return Some(problem),
    };
    let what = format!(
        "The program is {} `{}`, or was when it ended at work begun {}.",
        journal.what.as_str(),
        journal.subject,
        journal.at
    );
    let remedy = "Leave the files as they are: the next `verbatim index`, or the next start, completes it or takes it back.";
    Some(Problem::new(folder.join(JOURNAL), what, remedy))
}

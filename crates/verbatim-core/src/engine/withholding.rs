//! Finds out which passages are withheld, even if the list of withheld passages is damaged or missing.
//!
//! | `withheld.toml` | the copy stored with the index | the withheld passages |
//! | --- | --- | --- |
//! | can be read | | those on the list, and those waiting to be added to it |
//! | is missing or blank | names no passages, or was never made | none |
//! | is missing or blank | names passages | those in the copy; the problem is reported to the operator |
//! | cannot be read | can be read | those in the copy; the problem is reported to the operator |
//! | cannot be read, or is missing or blank | cannot be read | unknown: nothing is served |
//!
//! A missing or empty list does not prove that nothing is withheld: it may be lost, not mounted, or cut off by a full
//! disk. `withheld = []` says so explicitly. Restoring the last passage removes it from both the list and the copy.

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::Arc;

use super::curation::recovery::folder_of;
use super::{EngineError, Place};
use crate::fs::FsError;
use crate::index::generation::GenerationStore;
use crate::index::manifest::Manifest;
use crate::index::snapshot::Snapshot;
use crate::index::withheld_copy::{CopiedList, WithheldCopy};
use crate::knowledge::base::{Base, WITHHELD, Withheld};
use crate::knowledge::problem::Problem;
use crate::knowledge::withheld::{self, ListError, WithheldFile};
use crate::text::case::capitalised;
use crate::text::count::counted;

/// The passages that are withheld now, according to the list or its copy. Only [`known`] makes one.
pub struct WithheldList {
    passages: BTreeSet<String>,
    trouble: Option<Problem>,
    warnings: Vec<String>,
}

/// A generation without its withheld passages: the only thing that an engine answers from.
#[derive(Clone)]
pub struct ServedSnapshot {
    snapshot: Arc<Snapshot>,
    withheld: Arc<BTreeSet<String>>,
}

/// The result of adding a passage to the list.
pub(super) struct Added {
    /// The earlier entry, if the passage was already withheld.
    pub earlier: Option<Withheld>,
    /// Whether it is on the list now. Otherwise it waits to be added.
    pub is_listed: bool,
    /// A warning for the moderator: the passage is withheld, but not as safely as it should be.
    pub warning: Option<String>,
}

impl WithheldList {
    /// Why the list in the base's folder cannot be used; `None` if it can.
    pub fn trouble(&self) -> Option<&Problem> {
        self.trouble.as_ref()
    }

    /// The passages.
    pub fn passages(&self) -> &BTreeSet<String> {
        &self.passages
    }

    /// Remarks for the operator about the list and its copy, in whole sentences.
    pub fn remarks(&self) -> Vec<String> {
        let trouble =
            self.trouble.iter().map(|problem| format!("{problem} Withheld passages stay withheld."));
        trouble.chain(self.warnings.iter().cloned()).collect()
    }
}

impl ServedSnapshot {
    /// Makes a generation without the passages on the list.
    pub fn new(snapshot: Snapshot, list: &WithheldList) -> Self {
        Self::made(snapshot, list.passages.clone())
    }

    fn made(mut snapshot: Snapshot, withheld: BTreeSet<String>) -> Self {
        snapshot.withhold(&withheld);
        Self { snapshot: Arc::new(snapshot), withheld: Arc::new(withheld) }
    }

    /// The generation.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The withheld passages, including those that this generation does not have.
    pub fn withheld(&self) -> &BTreeSet<String> {
        &self.withheld
    }

    /// Returns the same generation with more passages removed; `None` if all of them are removed already.
    pub fn without(&self, passages: &BTreeSet<String>) -> Option<Self> {
        if passages.is_subset(&self.withheld) {
            return None;
        }
        let all = self.withheld.union(passages).cloned().collect();
        Some(Self::made(Snapshot::clone(&self.snapshot), all))
    }
}

/// Returns the passages that are withheld now. Updates the copy to match the list, and adds waiting entries to the
/// list: `waiting` holds those that this process knows; for others, the copy has only the passage.
///
/// # Errors
/// [`EngineError::WithheldUnknown`] if neither the list nor the copy can be read.
pub(super) fn known(place: &Place, waiting: &[Withheld]) -> Result<WithheldList, EngineError> {
    let records = ListRecords::locked(place);
    let mut warnings = Vec::new();
    let (passages, trouble) = match (records.list(), &records.kept) {
        (Ok(file), kept) => {
            let (now, error) = records.merged(&file, waiting);
            warnings.extend(
                error.map(|error| format!("Some withheld passages are not on the list yet: {error}.")),
            );
            warnings.extend(kept.as_ref().err().map(|why| {
                let path = records.copy.path().display();
                format!("The copy of the list of withheld passages ({path}) could not be used: {why}.")
            }));
            let error = records.keep(&now).err();
            warnings.extend(error.map(|error| {
                format!(
                    "No copy of the list of withheld passages could be saved, in case it is ever damaged: {error}."
                )
            }));
            (now.passages(), None)
        }
        (Err(problem), Ok(Some(kept))) => {
            let mut passages = kept.passages();
            passages.extend(waiting.iter().map(|entry| entry.passage.clone()));
            (passages, Some(problem))
        }
        (Err(problem), kept) => {
            return Err(EngineError::WithheldUnknown {
                base: place.base.clone(),
                list: problem.to_string(),
                copy: records.copy.path().to_owned(),
                why: kept.as_ref().err().cloned().unwrap_or_else(|| "it does not exist".to_owned()),
            });
        }
    };
    Ok(WithheldList { passages, trouble, warnings })
}

/// Returns the entries of the list. Writes nothing.
///
/// # Errors
/// Fails if the list cannot be used; the table above says what is withheld then.
pub(super) fn listed(place: &Place) -> Result<Vec<Withheld>, Problem> {
    ListRecords::of(place).list().map(|file| file.entries)
}

/// Adds an entry to the list. If the list cannot be read, the copy withholds the passage until it can be added to the
/// list.
///
/// # Errors
/// Fails if the list cannot be written; nothing has changed then.
pub(super) fn add(place: &Place, entry: &Withheld) -> Result<Added, ListError> {
    let records = ListRecords::locked(place);
    let problem = match records.list() {
        Ok(file) => match withheld::add(&folder_of(place), entry) {
            Ok(earlier) => {
                let warning = records.kept_with(&file, entry);
                return Ok(Added { earlier, is_listed: true, warning });
            }
            Err(ListError::Unreadable(problem)) => problem,
            Err(ListError::Write(error)) if error.is_done() => {
                let warning = Some(format!("{}.", capitalised(&error.to_string())));
                return Ok(Added { earlier: None, is_listed: true, warning });
            }
            Err(error) => return Err(error),
        },
        Err(problem) => problem,
    };
    Ok(records.added_to_copy(entry, &problem))
}

/// Adds all waiting entries to the list.
///
/// # Errors
/// Fails if the list cannot be read or written.
pub(super) fn settle(place: &Place) -> Result<(), ListError> {
    let records = ListRecords::locked(place);
    let (now, error) = records.merged(&records.list()?, &[]);
    records.keep(&now)?;
    error.map_or(Ok(()), Err)
}

/// Removes a passage from the list and from the copy.
///
/// # Errors
/// On failure the passage is still in one of them, and therefore withheld.
pub(super) fn unlist(place: &Place, passage: &str) -> Result<(), ListError> {
    let records = ListRecords::locked(place);
    withheld::remove(&folder_of(place), passage)?;
    if let Ok(Some(mut kept)) = records.kept.clone() {
        kept.listed.remove(passage);
        kept.pending.remove(passage);
        records.keep(&kept)?;
    }
    Ok(())
}

/// Puts a passage back on the list. `before` is the text of the list from before it was removed.
///
/// # Errors
/// On failure the list is unchanged.
pub(super) fn relist(place: &Place, before: &str, passage: &str) -> Result<(), ListError> {
    withheld::put_back(&folder_of(place), before, passage)?;
    if let Err(error) = settle(place) {
        tracing::warn!(%error, "no copy of the list of withheld passages can be saved");
    }
    Ok(())
}

/// The list of a base and its copy.
struct ListRecords<'a> {
    place: &'a Place,
    copy: WithheldCopy,
    kept: Result<Option<CopiedList>, String>,
    _lock: Option<File>,
}

impl<'a> ListRecords<'a> {
    /// Opens the records for reading only.
    fn of(place: &'a Place) -> Self {
        let copy = WithheldCopy::new(&place.index, &place.base);
        Self { place, kept: copy.read(), copy, _lock: None }
    }

    /// Opens the records for changes and keeps other writers out. If the lock cannot be taken, for example on a
    /// read-only file system, the list can still be read.
    fn locked(place: &'a Place) -> Self {
        let lock = WithheldCopy::new(&place.index, &place.base).lock();
        Self { _lock: lock.ok(), ..Self::of(place) }
    }

    fn list(&self) -> Result<WithheldFile, Problem> {
        let folder = folder_of(self.place);
        let (file, what) = match withheld::read(&folder)? {
            Some(file) if !file.is_blank() => return Ok(file),
            Some(file) => (file, "empty"),
            None => (WithheldFile::default(), "missing"),
        };
        let before = match &self.kept {
            Ok(Some(kept)) => match kept.passages().len() {
                0 => return Ok(file),
                count => format!(" It had {} when it was last read.", counted(count, "passage")),
            },
            Ok(None) if !was_built_with_a_list(self.place) => return Ok(file),
            _ => String::new(),
        };
        let what = format!("The list of withheld passages is {what}.{before}");
        let remedy = "Put it back, or write `withheld = []` if nothing should be withheld any more.";
        Err(Problem::new(folder.join(WITHHELD), what, remedy))
    }

    /// Adds waiting entries to the list. Returns what the copy should then hold, and the error if entries still wait.
    fn merged(&self, file: &WithheldFile, waiting: &[Withheld]) -> (CopiedList, Option<ListError>) {
        let mut now = CopiedList { listed: file.passages(), pending: BTreeSet::new() };
        let pending = self.kept.iter().flatten().flat_map(|kept| &kept.pending);
        let unexplained = pending.map(|passage| unexplained(&self.place.base, passage));
        let mut error = None;
        for entry in waiting.iter().cloned().chain(unexplained) {
            if now.listed.contains(&entry.passage) {
                continue;
            }
            match withheld::add(&folder_of(self.place), &entry) {
                Ok(_) => now.listed.insert(entry.passage),
                Err(why) => {
                    error = Some(why);
                    now.pending.insert(entry.passage)
                }
            };
        }
        (now, error)
    }

    fn keep(&self, now: &CopiedList) -> Result<(), FsError> {
        match &self.kept {
            Ok(Some(kept)) if kept == now => Ok(()),
            _ => self.copy.write(now),
        }
    }

    /// Saves a copy of the list with its new entry. Returns a warning if that fails.
    fn kept_with(&self, file: &WithheldFile, entry: &Withheld) -> Option<String> {
        let (mut now, _) = self.merged(file, &[]);
        now.listed.insert(entry.passage.clone());
        now.pending.remove(&entry.passage);
        let error = self.keep(&now).err()?;
        Some(format!("If {WITHHELD} is ever damaged, the passage may be shown again: {error}."))
    }

    fn added_to_copy(&self, entry: &Withheld, problem: &Problem) -> Added {
        let kept = match &self.kept {
            Ok(Some(kept)) => Ok(kept.clone()),
            Ok(None) => Err("it does not exist".to_owned()),
            Err(why) => Err(why.clone()),
        };
        let written = kept.and_then(|mut kept| {
            let is_earlier = kept.passages().contains(&entry.passage);
            if !is_earlier {
                kept.pending.insert(entry.passage.clone());
            }
            self.keep(&kept).map_err(|error| error.to_string())?;
            Ok(is_earlier)
        });
        let (earlier, warning) = match written {
            Ok(is_earlier) => (
                is_earlier.then(|| Withheld::of_passage(&entry.passage)),
                format!(
                    "The list cannot be used at the moment. The passage is withheld, and is added to the list once it \
                     can be used again. {problem}"
                ),
            ),
            Err(why) => (
                None,
                format!(
                    "The passage is withheld only until the program stops, unless the list is repaired first: \
                     neither the list nor its copy can be used. {problem} {}: {why}.",
                    self.copy.path().display()
                ),
            ),
        };
        Added { earlier, is_listed: false, warning: Some(warning) }
    }
}

/// Makes an entry for a passage that was withheld while the list could not be read. The copy stored with the index does
/// not record who withheld it and why.
fn unexplained(base: &str, passage: &str) -> Withheld {
    let reason =
        format!("Withheld while this list could not be read; `/{base}-admin audit` shows by whom and when.");
    Withheld { reason, ..Withheld::of_passage(passage) }
}

/// Whether any remaining generation was built with a list.
fn was_built_with_a_list(place: &Place) -> bool {
    let manifests = GenerationStore::new(&place.index, &place.base).manifests();
    manifests.into_iter().any(|manifest| manifest.inputs.contains_key(WITHHELD))
}

/// The withheld passages that are in no source although their source's file is the same as in the live generation, because
/// another version of the program read it. Their words may now belong to a passage that nobody has withheld.
pub(super) fn lost(base: &Base, generations: &GenerationStore) -> Vec<String> {
    let live = generations.current().ok().map(|live| generations.generation(&live));
    let Some(inputs) = live.and_then(|folder| Manifest::inputs_of_another_schema(&folder)) else {
        return Vec::new();
    };
    let is_lost = |passage: &&str| {
        let Some((source, _)) = passage.rsplit_once(':') else { return false };
        let document = base.documents.iter().find(|document| document.id == source);
        document.is_some_and(|document| {
            let is_same = base.digests.get(&document.file) == inputs.get(&document.file);
            is_same && document.passages().iter().all(|found| found.id != **passage)
        })
    };
    let withheld = base.withheld.iter().map(|entry| entry.passage.as_str());
    withheld.filter(is_lost).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;

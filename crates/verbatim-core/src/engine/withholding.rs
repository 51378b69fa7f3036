//! What is withheld, whatever has become of the list that says so.
//!
//! | `withheld.toml` | the copy kept with the index | withheld is |
//! | --- | --- | --- |
//! | can be read | | what it names, and what waits to be put on it |
//! | is missing or blank | names nothing, or was never made | nothing |
//! | is missing or blank | names passages | what the copy names, and the operator is told |
//! | cannot be read | can be read | what the copy names, and the operator is told |
//! | cannot be read, or is missing or blank | cannot be read | not known: nothing is served |
//!
//! That there is no list, or nothing in it, is no proof that nothing is withheld: it may be lost, or not mounted, or
//! cut off by a full disk. `withheld = []` says so. Whoever restores the last passage takes it off both.

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::Arc;

use super::curation::recovery::folder_of;
use super::{EngineError, Place};
use crate::index::generation::GenerationStore;
use crate::index::kept::{KeptCopy, KeptList};
use crate::index::snapshot::Snapshot;
use crate::knowledge::base::{WITHHELD, Withheld};
use crate::knowledge::problem::Problem;
use crate::knowledge::withheld::{self, ListError, WithheldFile};
use crate::knowledge::write::WriteError;
use crate::text::count::counted;

/// The passages that are withheld now, from a list that could be read. Only [`known`] makes one.
pub struct WithheldList {
    passages: BTreeSet<String>,
    trouble: Option<Problem>,
    warnings: Vec<String>,
}

/// A generation without what is withheld: the only thing that an engine answers from.
#[derive(Clone)]
pub struct ServedSnapshot {
    snapshot: Arc<Snapshot>,
    withheld: Arc<BTreeSet<String>>,
}

/// How a passage was put on the list.
pub(super) struct Added {
    /// Its entry, where it was withheld before.
    pub earlier: Option<Withheld>,
    /// Whether it is on the list now; it waits for that otherwise.
    pub is_listed: bool,
    /// What the moderator should know: it is withheld, but not as safely as it should be.
    pub warning: Option<String>,
}

impl WithheldList {
    /// Why the list in the base's folder cannot be used, where that is so.
    pub fn trouble(&self) -> Option<&Problem> {
        self.trouble.as_ref()
    }

    /// The passages.
    pub fn passages(&self) -> &BTreeSet<String> {
        &self.passages
    }

    /// What the one who runs the program should know of the list and its copy, in whole sentences.
    pub fn remarks(&self) -> Vec<String> {
        let trouble = self.trouble.iter().map(|problem| format!("{problem} What was withheld stays so."));
        trouble.chain(self.warnings.iter().cloned()).collect()
    }
}

impl ServedSnapshot {
    /// The generation, with what is withheld taken out.
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

    /// The passages that are withheld, also those that this generation does not have.
    pub fn withheld(&self) -> &BTreeSet<String> {
        &self.withheld
    }

    /// The same generation with more passages taken out; `None` where they all are out already.
    pub fn without(&self, passages: &BTreeSet<String>) -> Option<Self> {
        if passages.is_subset(&self.withheld) {
            return None;
        }
        let all = self.withheld.union(passages).cloned().collect();
        Some(Self::made(Snapshot::clone(&self.snapshot), all))
    }
}

/// What is withheld now. The copy is brought in line with the list, and the list gets what waits for it:
/// `waiting` are entries that this process knows, of others the copy knows the passage.
///
/// # Errors
/// [`EngineError::WithheldUnknown`] where neither the list nor the copy can be read.
pub(super) fn known(place: &Place, waiting: &[Withheld]) -> Result<WithheldList, EngineError> {
    let records = Records::locked(place);
    let mut warnings = Vec::new();
    let (passages, trouble) = match (records.list(), &records.kept) {
        (Ok(file), kept) => {
            let (now, error) = records.merged(&file, waiting);
            warnings
                .extend(error.map(|error| format!("Not all that is withheld is on the list yet: {error}.")));
            warnings.extend(kept.as_ref().err().map(|why| {
                let path = records.copy.path().display();
                format!("The copy of the list of withheld passages, {path}, could not be used: {why}.")
            }));
            let error = records.keep(&now).err();
            warnings.extend(error.map(|error| {
                format!(
                    "No copy of the list of withheld passages is kept, should it ever be damaged: {error}."
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
                why: kept.as_ref().err().cloned().unwrap_or_else(|| "it is not there".to_owned()),
            });
        }
    };
    Ok(WithheldList { passages, trouble, warnings })
}

/// The entries of the list. Nothing is written.
///
/// # Errors
/// Where the list cannot be used; see the table above for what is withheld then.
pub(super) fn listed(place: &Place) -> Result<Vec<Withheld>, Problem> {
    Records::of(place).list().map(|file| file.entries)
}

/// Puts an entry on the list. Where the list cannot be read, the passage is withheld by the copy, and waits there
/// to be put on the list.
///
/// # Errors
/// Where the list cannot be written: nothing has changed then.
pub(super) fn add(place: &Place, entry: &Withheld) -> Result<Added, ListError> {
    let records = Records::locked(place);
    let problem = match records.list() {
        Ok(file) => match withheld::add(&folder_of(place), entry) {
            Ok(earlier) => {
                let warning = records.kept_with(&file, entry);
                return Ok(Added { earlier, is_listed: true, warning });
            }
            Err(ListError::Unreadable(problem)) => problem,
            Err(error) => return Err(error),
        },
        Err(problem) => problem,
    };
    Ok(records.added_to_copy(entry, &problem))
}

/// Puts on the list what waits for it.
///
/// # Errors
/// Where the list cannot be read or written.
pub(super) fn settle(place: &Place) -> Result<(), ListError> {
    let records = Records::locked(place);
    let (now, error) = records.merged(&records.list()?, &[]);
    records.keep(&now)?;
    error.map_or(Ok(()), Err)
}

/// Takes a passage off the list and out of the copy.
///
/// # Errors
/// The passage is then still in one of them, and so withheld.
pub(super) fn unlist(place: &Place, passage: &str) -> Result<(), ListError> {
    let records = Records::locked(place);
    withheld::remove(&folder_of(place), passage)?;
    if let Ok(Some(mut kept)) = records.kept.clone() {
        kept.listed.remove(passage);
        kept.pending.remove(passage);
        records.keep(&kept)?;
    }
    Ok(())
}

/// Puts a passage back on the list that was `before`.
///
/// # Errors
/// The list is then as it was.
pub(super) fn relist(place: &Place, before: &str, passage: &str) -> Result<(), ListError> {
    withheld::put_back(&folder_of(place), before, passage)?;
    if let Err(error) = settle(place) {
        tracing::warn!(%error, "no copy of the list of withheld passages can be kept");
    }
    Ok(())
}

/// The list of a base and its copy.
struct Records<'a> {
    place: &'a Place,
    copy: KeptCopy,
    kept: Result<Option<KeptList>, String>,
    _lock: Option<File>,
}

impl<'a> Records<'a> {
    /// To look at only.
    fn of(place: &'a Place) -> Self {
        let copy = KeptCopy::new(&place.index, &place.base);
        Self { place, kept: copy.read(), copy, _lock: None }
    }

    /// To change: nobody else does so meanwhile. Where no lock is to be had, as where nothing can be written, the
    /// list can be read all the same.
    fn locked(place: &'a Place) -> Self {
        let lock = KeptCopy::new(&place.index, &place.base).lock();
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
                count => format!(" When it could last be read, it had {}.", counted(count, "passage")),
            },
            Ok(None) if !was_built_with_a_list(self.place) => return Ok(file),
            _ => String::new(),
        };
        let what = format!("The list of withheld passages is {what}.{before}");
        let remedy = "Put it back; if nothing is withheld any more, write `withheld = []`.";
        Err(Problem::new(folder.join(WITHHELD), what, remedy))
    }

    /// What the copy should hold beside this list, after what waits was put on the list; and why it still waits,
    /// where it does.
    fn merged(&self, file: &WithheldFile, waiting: &[Withheld]) -> (KeptList, Option<ListError>) {
        let mut now = KeptList { listed: file.passages(), pending: BTreeSet::new() };
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

    fn keep(&self, now: &KeptList) -> Result<(), WriteError> {
        match &self.kept {
            Ok(Some(kept)) if kept == now => Ok(()),
            _ => self.copy.write(now),
        }
    }

    /// Keeps a list that has got an entry; what there is to say where that fails.
    fn kept_with(&self, file: &WithheldFile, entry: &Withheld) -> Option<String> {
        let (mut now, _) = self.merged(file, &[]);
        now.listed.insert(entry.passage.clone());
        now.pending.remove(&entry.passage);
        let error = self.keep(&now).err()?;
        Some(format!("Should {WITHHELD} ever be damaged, the passage may come back: {error}."))
    }

    fn added_to_copy(&self, entry: &Withheld, problem: &Problem) -> Added {
        let kept = match &self.kept {
            Ok(Some(kept)) => Ok(kept.clone()),
            Ok(None) => Err("it is not there".to_owned()),
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
                    "The list cannot be used, so the passage is put on it once it can, and stays withheld \
                     meanwhile. {problem}"
                ),
            ),
            Err(why) => (
                None,
                format!(
                    "This holds only until the program ends, unless the list is mended before: neither the list nor \
                     its copy can be used. {problem} {}: {why}.",
                    self.copy.path().display()
                ),
            ),
        };
        Added { earlier, is_listed: false, warning: Some(warning) }
    }
}

/// An entry for a passage that was withheld while the list could not be read: who did it and why is not kept
/// with the index.
fn unexplained(base: &str, passage: &str) -> Withheld {
    let reason =
        format!("Withheld while this list could not be read; `/{base}-admin audit` tells by whom and when.");
    Withheld { reason, ..Withheld::of_passage(passage) }
}

/// Whether a generation that is left says that there was a list.
fn was_built_with_a_list(place: &Place) -> bool {
    let manifests = GenerationStore::new(&place.index, &place.base).manifests();
    manifests.into_iter().any(|manifest| manifest.inputs.contains_key(WITHHELD))
}

#[cfg(test)]
mod tests;

//! Opening, rebuilding and rolling back: which generation an engine serves. If anything here fails, a sound older
//! generation keeps answering.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::curation::{ChangeOptions, recovery};
use super::difference::Difference;
use super::doubtful::unconfirmed_in;
use super::rebuild::Rebuild;
use super::regression::{self, RegressionOutcome};
use super::{Engine, EngineError, Place, Resources, withholding};
use crate::index::build::Progress;
use crate::index::error::IndexError;
use crate::index::generation::{GenerationStore, WriteLock};
use crate::index::manifest::Manifest;
use crate::index::snapshot::Snapshot;
use crate::knowledge::base;
use crate::knowledge::problem::Problem;
use crate::text::nearest::nearest;

/// The result of a rebuild.
#[derive(Debug)]
pub struct Reindexed {
    /// The generation that is live now.
    pub manifest: Manifest,
    /// Whether and how the live generation changed.
    pub change: Change,
    /// Problems for the author to fix.
    pub problems: Vec<Problem>,
    /// The files whose doubtful reading the person who asked for the rebuild confirmed with it.
    pub confirmed: Vec<String>,
    /// The outcomes of the base's regression questions; empty if nothing was built.
    pub regression_questions: Vec<RegressionOutcome>,
    /// The differences from the generation that was live before; `None` if it is the same one, or none can be read.
    pub difference: Option<Difference>,
}

/// What a rebuild changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The live generation already has exactly this knowledge.
    Nothing,
    /// An earlier generation with exactly this knowledge went live again.
    Returned,
    /// A new generation went live.
    Published {
        /// Files that are new or changed.
        changed: Vec<String>,
        /// Files that were removed.
        removed: Vec<String>,
    },
}

/// A base, opened for answering.
pub struct OpenedEngine {
    /// The engine.
    pub engine: Engine,
    /// Remarks for the operator: a repair, a fallback, files that have changed since.
    pub remarks: Vec<String>,
}

impl OpenedEngine {
    /// Makes an engine that answers from this generation, without withheld passages.
    pub(super) fn new(
        resources: Arc<Resources>,
        place: Place,
        snapshot: Snapshot,
        mut remarks: Vec<String>,
    ) -> Result<Self, EngineError> {
        let list = withholding::known(&place, &[])?;
        remarks.extend(list.remarks());
        remarks.extend(unconfirmed_in(&place, &snapshot).iter().map(Problem::to_string));
        Ok(Self { engine: Engine::new(resources, place, snapshot, &list), remarks })
    }
}

impl Engine {
    /// Opens a base for answering. Uses the live generation; if it is missing or broken, builds a new one; if that
    /// fails, uses the newest sound generation that is left.
    ///
    /// # Errors
    /// Fails if none of these works: [`EngineError::UnknownBase`] for a wrong name, [`EngineError::WithheldUnknown`] if
    /// it is not known which passages are withheld.
    pub fn open(
        resources: Arc<Resources>,
        place: Place,
        made: &str,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<OpenedEngine, EngineError> {
        if !is_name(&place.base) {
            check_name(&place)?;
        }
        let generations = GenerationStore::new(&place.index, &place.base);
        let mut remarks = Vec::new();
        remarks.extend(recovery::on_opening(&place));
        let broken = match live(&resources, &generations) {
            Ok(snapshot) => return OpenedEngine::new(resources, place, snapshot, remarks),
            Err(error) => error,
        };
        if !matches!(broken, IndexError::Missing(_)) {
            remarks.push(sentence(&broken));
        }
        let rebuilt = check_name(&place)
            .and_then(|()| Ok(generations.lock_waiting()?))
            .and_then(|lock| settled(&place, lock))
            .and_then(|lock| {
                Rebuild::of(&resources, &place, made, true).whatever_list().run(&lock, progress)
            });
        let error = match rebuilt {
            Ok((reindexed, snapshot)) => {
                remarks.extend(reindexed.problems.iter().map(Problem::to_string));
                remarks.extend(regression::remark(&reindexed.regression_questions));
                if !matches!(broken, IndexError::Missing(_)) {
                    remarks.push("The index has been rebuilt.".to_owned());
                }
                return OpenedEngine::new(resources, place, snapshot, remarks);
            }
            Err(error) => error,
        };
        let Some(snapshot) = newest_sound(&resources, &generations) else { return Err(error) };
        remarks.push(sentence(&error));
        remarks.push(format!("Answering from the index of {}.", snapshot.manifest.made));
        OpenedEngine::new(resources, place, snapshot, remarks)
    }

    /// Builds the index from the current knowledge folder, publishes it and answers from it.
    ///
    /// # Errors
    /// The old generation stays live and keeps answering. [`EngineError::RegressionFailed`] and
    /// [`EngineError::DoubtfulReading`] unless `force`.
    pub fn reindex(
        &self,
        made: &str,
        force: bool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Reindexed, EngineError> {
        let lock = self.generations().lock()?;
        let lock = settled(&self.place, lock)?;
        self.run_and_serve(Rebuild::asked_for(&self.resources, &self.place, made, force), &lock, progress)
    }

    /// Like [`Engine::reindex`], for a caller that already holds the write lock. `seen` are the digests of sources whose
    /// reading the user has seen, by file.
    pub(super) fn rebuild_and_serve(
        &self,
        seen: &BTreeMap<String, String>,
        lock: &WriteLock,
        act: ChangeOptions<'_>,
    ) -> Result<Reindexed, EngineError> {
        let rebuild = Rebuild::of(&self.resources, &self.place, act.made, act.force);
        self.run_and_serve(rebuild.asking(act.confirm).after_seeing(seen), lock, act.progress)
    }

    fn run_and_serve(
        &self,
        rebuild: Rebuild<'_>,
        lock: &WriteLock,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Reindexed, EngineError> {
        let served = self.snapshot();
        let rebuild = rebuild.comparing_with(&served);
        // Waiting entries of this process are added to the list before it is read. The rebuild itself checks whether
        // the list can be used.
        self.withhold_as_listed();
        let (reindexed, snapshot) = rebuild.run(lock, progress)?;
        self.serve(snapshot)?;
        Ok(reindexed)
    }

    /// Returns the name of the generation that is live on disk if it is not the one being served, because another
    /// process published it or rolled back to it. Reads only one small file.
    pub fn newer_generation(&self) -> Option<String> {
        self.generations().current().ok().filter(|live| *live != self.snapshot().manifest.id)
    }

    /// Opens the generation that is live on disk now.
    ///
    /// # Errors
    /// The old generation keeps answering.
    pub fn reload(&self) -> Result<(), EngineError> {
        let _serving = self.serving();
        self.swap_generation(live(&self.resources, &self.generations())?)
    }

    /// Makes an earlier generation the live one and answers from it. It is opened, and so verified, first.
    ///
    /// # Errors
    /// The old generation stays live and keeps answering.
    pub fn rollback(&self, wanted: Option<&str>) -> Result<Manifest, EngineError> {
        let generations = self.generations();
        let lock = generations.lock()?;
        let manifest = generations.earlier(wanted)?;
        let snapshot = self.resources.snapshot(&generations, manifest.clone())?;
        self.known()?;
        generations.make_current(&manifest.id, &lock)?;
        self.serve(snapshot)?;
        Ok(manifest)
    }
}

/// Builds the index of a base. The base need not be open.
///
/// # Errors
/// The same as for [`Engine::reindex`]; [`EngineError::UnknownBase`] for a wrong name.
pub fn reindex_base(
    resources: &Resources,
    place: &Place,
    made: &str,
    force: bool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Reindexed, EngineError> {
    check_name(place)?;
    let lock = settled(place, GenerationStore::new(&place.index, &place.base).lock()?)?;
    let rebuild = Rebuild::asked_for(resources, place, made, force);
    rebuild.run(&lock, progress).map(|(reindexed, _)| reindexed)
}

/// Formats an error as a remark. Problems are whole sentences already; other errors are not.
fn sentence(error: &dyn std::error::Error) -> String {
    let message = error.to_string();
    if message.ends_with(['.', '?', '!']) { message } else { message + "." }
}

/// Whether a base's name is a plain folder name and not a path to another place.
fn is_name(base: &str) -> bool {
    let mut parts = std::path::Path::new(base).components();
    matches!((parts.next(), parts.next()), (Some(std::path::Component::Normal(name)), None) if name == base)
}

/// Checks that the knowledge folder has the base.
///
/// # Errors
/// [`EngineError::UnknownBase`] names the nearest base.
pub fn check_name(place: &Place) -> Result<(), EngineError> {
    let names = base::names(&place.knowledge).map_err(|problem| EngineError::Unreadable(vec![problem]))?;
    match names.contains(&place.base) {
        true => Ok(()),
        false => {
            let nearest = nearest(&place.base, names.iter().map(String::as_str)).map(str::to_owned);
            Err(EngineError::UnknownBase { wanted: place.base.clone(), nearest })
        }
    }
}

/// Completes or undoes a change that was interrupted: a half-finished change must not be indexed.
fn settled(place: &Place, lock: WriteLock) -> Result<WriteLock, EngineError> {
    recovery::recover(place, &lock).map_err(|problem| EngineError::Unreadable(vec![problem]))?;
    Ok(lock)
}

fn live(resources: &Resources, generations: &GenerationStore) -> Result<Snapshot, IndexError> {
    let current = generations.current()?;
    let manifest = Manifest::read(&generations.generation(&current))?;
    resources.snapshot(generations, manifest)
}

fn newest_sound(resources: &Resources, generations: &GenerationStore) -> Option<Snapshot> {
    generations.manifests().into_iter().find_map(|manifest| resources.snapshot(generations, manifest).ok())
}

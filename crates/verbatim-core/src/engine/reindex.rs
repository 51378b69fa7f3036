//! Opening, rebuilding and rolling back: which generation an engine serves. If anything here fails, a sound older
//! generation keeps answering.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::curation::{ChangeOptions, recovery};
use super::difference::{Difference, difference};
use super::doubtful::{DoubtfulSources, OnDoubt, doubtful_sources, unconfirmed_in};
use super::regression::{self, RegressionOutcome, ask_regression_questions};
use super::{Engine, EngineError, Place, Resources, withholding};
use crate::fs;
use crate::index::build::{self, Earlier, Progress, build};
use crate::index::earlier;
use crate::index::error::IndexError;
use crate::index::generation::{GenerationStore, WriteLock};
use crate::index::manifest::{Manifest, RegressionResult};
use crate::index::snapshot::Snapshot;
use crate::knowledge::base::{self, Base};
use crate::knowledge::document::Document;
use crate::knowledge::problem::Problem;
use crate::knowledge::withheld::WithheldFile;
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
        let rebuild = Rebuild {
            on_doubt: if act.confirm { OnDoubt::Confirm } else { OnDoubt::Refuse },
            seen: Some(seen),
            ..Rebuild::of(&self.resources, &self.place, act.made, act.force)
        };
        self.run_and_serve(rebuild, lock, act.progress)
    }

    fn run_and_serve(
        &self,
        rebuild: Rebuild<'_>,
        lock: &WriteLock,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Reindexed, EngineError> {
        let served = self.snapshot();
        let rebuild = Rebuild { served: Some(&served), ..rebuild };
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

/// A rebuild of one base.
pub(super) struct Rebuild<'a> {
    resources: &'a Resources,
    place: &'a Place,
    made: &'a str,
    force: bool,
    /// Another place whose vectors can be reused.
    beside: Option<&'a Place>,
    /// The generation that is open, if one is. It saves reading the old generation to find the differences.
    served: Option<&'a Snapshot>,
    /// Whether to use the stored copy of the list of withheld passages if the list itself cannot be used.
    whatever_list: bool,
    /// Whether to publish even if this version of the program cannot find some withheld passages. Only a person who asks
    /// for a rebuild may decide that; a start of the bot rebuilds by force, too.
    loses_withheld: bool,
    /// What to do about sources that read doubtfully.
    on_doubt: OnDoubt,
    /// The digests of sources whose reading the user has seen and so confirms, by file.
    seen: Option<&'a BTreeMap<String, String>>,
}

impl<'a> Rebuild<'a> {
    /// A rebuild that publishes doubtful sources unconfirmed.
    pub(super) fn of(resources: &'a Resources, place: &'a Place, made: &'a str, force: bool) -> Self {
        Self {
            resources,
            place,
            made,
            force,
            beside: None,
            served: None,
            whatever_list: false,
            loses_withheld: false,
            on_doubt: OnDoubt::Publish,
            seen: None,
        }
    }

    /// A rebuild that a person asked for. What the person has not confirmed is published only by force.
    fn asked_for(resources: &'a Resources, place: &'a Place, made: &'a str, force: bool) -> Self {
        let on_doubt = if force { OnDoubt::Confirm } else { OnDoubt::Refuse };
        Self { loses_withheld: force, on_doubt, ..Self::of(resources, place, made, force) }
    }

    /// Allows the stored copy of the list of withheld passages if the list itself cannot be used: a base without an
    /// index must be built before it can answer at all.
    fn whatever_list(self) -> Self {
        Self { whatever_list: true, ..self }
    }

    /// Also reuses the vectors of another place.
    pub(super) fn beside(self, place: &'a Place) -> Self {
        Self { beside: Some(place), ..self }
    }

    pub(super) fn run(
        &self,
        lock: &WriteLock,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Reindexed, Snapshot), EngineError> {
        let base::LoadedBase { base, problems } = self.load()?;
        let Some(base) = base else { return Err(EngineError::Unreadable(problems)) };
        self.run_with(&base, problems, lock, progress)
    }

    fn load(&self) -> Result<base::LoadedBase, EngineError> {
        let Place { knowledge, base, .. } = self.place;
        let sandbox = &self.resources.sandbox;
        let listed_at = self.beside.unwrap_or(self.place);
        if !self.whatever_list {
            withholding::listed(listed_at).map_err(|problem| EngineError::Unreadable(vec![problem]))?;
        }
        let known = withholding::known(listed_at, &[])?;
        if known.trouble().is_none() || !self.whatever_list {
            return Ok(base::load(sandbox, knowledge, base));
        }
        let list = WithheldFile::of_passages(known.passages());
        Ok(base::load_withholding(sandbox, knowledge, base, Ok(list)))
    }

    /// Like [`Rebuild::run`], for a base that is already read.
    pub(super) fn run_with(
        &self,
        base: &Base,
        mut problems: Vec<Problem>,
        lock: &WriteLock,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Reindexed, Snapshot), EngineError> {
        let Self { resources, place, .. } = *self;
        let generations = GenerationStore::new(&place.index, &place.base);
        let before =
            generations.current().ok().and_then(|live| Manifest::read(&generations.generation(&live)).ok());
        let id = build::id_of(base, &resources.encoder);
        let DoubtfulSources { files, confirmed, unconfirmed } = self.doubtful(&generations, base);
        let is_news = !confirmed.is_empty();
        let same = before.as_ref().filter(|before| before.id == id);
        let unchanged = same.and_then(|before| resources.snapshot(&generations, before.clone()).ok());
        if self.on_doubt == OnDoubt::Refuse && !unconfirmed.is_empty() {
            match unchanged {
                Some(_) => problems.extend(unconfirmed),
                None => return Err(EngineError::DoubtfulReading(unconfirmed)),
            }
        }
        let done = |snapshot: Snapshot, change, regression_questions, difference| {
            let manifest = snapshot.manifest.clone();
            let reindexed =
                Reindexed { manifest, change, problems, confirmed, regression_questions, difference };
            (reindexed, snapshot)
        };
        if let Some(mut snapshot) = unchanged {
            if is_news {
                confirm(&generations, &mut snapshot, files)?;
            }
            return Ok(done(snapshot, Change::Nothing, Vec::new(), None));
        }
        // Compared before anything is published, because publishing may delete the old generation.
        let difference =
            before.as_ref().and_then(|before| self.difference(&generations, before, &base.documents));
        if let Some(mut snapshot) = returning(resources, &generations, &id) {
            if is_news {
                confirm(&generations, &mut snapshot, files)?;
            }
            generations.make_current(&id, lock)?;
            return Ok(done(snapshot, Change::Returned, Vec::new(), difference));
        }
        let lost = withholding::lost(base, &generations);
        if !lost.is_empty() && !self.loses_withheld {
            return Err(EngineError::WithheldNotFound(lost));
        }
        let folder = generations.workplace(lock)?;
        let new = Build { rebuild: self, generations: &generations, base, doubtful: files, folder: &folder };
        let built = new.run(lock, progress);
        if built.is_err() {
            let _ = fs::remove_folder(&folder); // the next build deletes anything left over
        }
        built.map(|(regression_questions, snapshot)| {
            let change = published(before.as_ref(), &snapshot.manifest);
            done(snapshot, change, regression_questions, difference)
        })
    }

    fn doubtful(&self, generations: &GenerationStore, base: &Base) -> DoubtfulSources {
        let mut before = generations.confirmed();
        if let Some(place) = self.beside {
            before.extend(GenerationStore::new(&place.index, &place.base).confirmed());
        }
        let is_seen = |document: &Document| {
            self.seen.is_some_and(|seen| seen.get(&document.file) == Some(&document.digest))
        };
        doubtful_sources(&base.documents, &before, |document| {
            self.on_doubt == OnDoubt::Confirm || is_seen(document)
        })
    }

    fn difference(
        &self,
        generations: &GenerationStore,
        before: &Manifest,
        now: &[Document],
    ) -> Option<Difference> {
        let Manifest { id, regression_questions, .. } = before;
        let old = match self.served.filter(|served| served.manifest.id == *id) {
            Some(served) => Cow::Borrowed(served.corpus.documents.as_slice()),
            None => Cow::Owned(earlier::documents(&generations.generation(id))?),
        };
        let found = difference(&old, now);
        Some(Difference { before: id.clone(), regression_before: *regression_questions, ..found })
    }
}

/// Reads the vectors of the live generation, even if another version of the program wrote it, because encoding is what
/// takes long. Files whose digest does not match are not used.
fn earlier_vectors(generations: &GenerationStore) -> Option<Earlier> {
    let folder = generations.generation(&generations.current().ok()?);
    let is_sound = |file: &str| {
        let digest = Manifest::digest_of(&folder, file);
        digest.is_some_and(|digest| fs::digest(&folder.join(file)).is_ok_and(|found| found == digest))
    };
    [build::VECTORS, build::TOKENS].into_iter().all(is_sound).then(|| Earlier::read(&folder)).flatten()
}

/// Records in a published generation that a person has confirmed its doubtful sources.
fn confirm(
    generations: &GenerationStore,
    snapshot: &mut Snapshot,
    doubtful: BTreeMap<String, bool>,
) -> Result<(), IndexError> {
    snapshot.manifest.doubtful = Some(doubtful);
    snapshot.manifest.write(&generations.generation(&snapshot.manifest.id))
}

/// Opens an earlier generation of the same knowledge, if it is sound.
fn returning(resources: &Resources, generations: &GenerationStore, id: &str) -> Option<Snapshot> {
    let manifest = Manifest::read(&generations.generation(id)).ok()?;
    resources.snapshot(generations, manifest).ok()
}

fn published(before: Option<&Manifest>, now: &Manifest) -> Change {
    let old = before.map(|manifest| manifest.inputs.clone()).unwrap_or_default();
    let changed = now.inputs.iter().filter(|(file, digest)| old.get(*file) != Some(digest));
    let removed = old.keys().filter(|file| !now.inputs.contains_key(*file));
    Change::Published {
        changed: changed.map(|(file, _)| file.clone()).collect(),
        removed: removed.cloned().collect(),
    }
}

struct Build<'a> {
    rebuild: &'a Rebuild<'a>,
    generations: &'a GenerationStore,
    base: &'a Base,
    doubtful: BTreeMap<String, bool>,
    folder: &'a std::path::Path,
}

impl Build<'_> {
    fn run(
        &self,
        lock: &WriteLock,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Vec<RegressionOutcome>, Snapshot), EngineError> {
        let Rebuild { resources, place, made, force, .. } = *self.rebuild;
        let beside = self.rebuild.beside.map(|place| GenerationStore::new(&place.index, &place.base));
        let shelves = [Some(self.generations), beside.as_ref()].into_iter().flatten();
        let earlier: Vec<Earlier> = shelves.filter_map(earlier_vectors).collect();
        let mut manifest = build(self.base, &resources.encoder, &earlier, self.folder, made, progress)?;
        progress(Progress::Testing);
        let snapshot = Arc::new(Snapshot::open(self.folder, manifest.clone(), &resources.english)?);
        let outcomes = match &self.base.regression_questions {
            Ok(regression_questions) => ask_regression_questions(resources, &snapshot, regression_questions),
            Err(problem) if !force => return Err(EngineError::Unreadable(vec![problem.clone()])),
            Err(_) => Vec::new(),
        };
        let failed = outcomes.iter().filter(|outcome| outcome.missed.is_some()).count();
        if failed > 0 && !force {
            return Err(EngineError::RegressionFailed { failed, asked: outcomes.len(), outcomes });
        }
        manifest.regression_questions =
            RegressionResult { asked: outcomes.len(), passed: outcomes.len() - failed };
        manifest.doubtful = Some(self.doubtful.clone());
        progress(Progress::Publishing);
        manifest.write(self.folder)?;
        self.generations.publish(self.folder, &manifest.id, lock)?;
        if let Err(error) = self.generations.clean_up(place.keep, lock) {
            // The new generation is live; leftover old ones do no harm.
            tracing::warn!(%error, "earlier generations could not be cleaned up");
        }
        // The files were verified where they were built; renaming the folder does not change them.
        let snapshot = match Arc::into_inner(snapshot) {
            Some(mut snapshot) => {
                snapshot.manifest = manifest;
                snapshot
            }
            None => resources.snapshot(self.generations, manifest)?,
        };
        Ok((outcomes, snapshot))
    }
}

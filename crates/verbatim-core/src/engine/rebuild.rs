//! A rebuild of one base: reads its sources, builds a generation, asks the regression questions and publishes it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::difference::{Difference, difference};
use super::doubtful::{DoubtfulSources, OnDoubt, doubtful_sources};
use super::regression::{RegressionOutcome, ask_regression_questions};
use super::reindex::{Change, Reindexed};
use super::{EngineError, Place, Resources, withholding};
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
    pub(super) fn asked_for(resources: &'a Resources, place: &'a Place, made: &'a str, force: bool) -> Self {
        Self { loses_withheld: force, ..Self::of(resources, place, made, force) }.asking(force)
    }

    /// Asks about sources that read doubtfully, unless the person confirms them.
    pub(super) fn asking(self, confirm: bool) -> Self {
        let on_doubt = if confirm { OnDoubt::Confirm } else { OnDoubt::Refuse };
        Self { on_doubt, ..self }
    }

    /// Takes sources with these digests, by file, as confirmed: the person has seen how they read.
    pub(super) fn after_seeing(self, seen: &'a BTreeMap<String, String>) -> Self {
        Self { seen: Some(seen), ..self }
    }

    /// Finds the differences from an open generation.
    pub(super) fn comparing_with(self, served: &'a Snapshot) -> Self {
        Self { served: Some(served), ..self }
    }

    /// Allows the stored copy of the list of withheld passages if the list itself cannot be used: a base without an
    /// index must be built before it can answer at all.
    pub(super) fn whatever_list(self) -> Self {
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
            record(&generations, &mut snapshot, files)?;
            return Ok(done(snapshot, Change::Nothing, Vec::new(), None));
        }
        // Compared before anything is published, because publishing may delete the old generation.
        let difference =
            before.as_ref().and_then(|before| self.difference(&generations, before, &base.documents));
        if let Some(mut snapshot) = returning(resources, &generations, &id) {
            record(&generations, &mut snapshot, files)?;
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

/// Records in a published generation which of its doubtful sources are confirmed by now. Generations that an earlier
/// version of the program made count as confirmed and stay as they are.
fn record(
    generations: &GenerationStore,
    snapshot: &mut Snapshot,
    doubtful: BTreeMap<String, bool>,
) -> Result<(), IndexError> {
    if snapshot.manifest.doubtful.as_ref().is_none_or(|recorded| *recorded == doubtful) {
        return Ok(());
    }
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

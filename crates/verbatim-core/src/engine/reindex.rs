//! Opening, rebuilding and rolling back: which generation an engine serves. Whatever fails here, a sound
//! older generation goes on answering.

use std::borrow::Cow;
use std::sync::Arc;

use super::curation::recovery;
use super::difference::{Difference, difference};
use super::{Engine, EngineError, Place, Resources, withholding};
use crate::answer::reply::{Body, Kind};
use crate::index::build::Earlier;
use crate::index::build::{self, Progress, build};
use crate::index::earlier;
use crate::index::error::IndexError;
use crate::index::files;
use crate::index::generation::{GenerationStore, WriteLock};
use crate::index::manifest::{Manifest, RegressionResult};
use crate::index::snapshot::Snapshot;
use crate::knowledge::base::{self, Base, RegressionQuestion};
use crate::knowledge::document::Document;
use crate::knowledge::problem::Problem;
use crate::knowledge::withheld::WithheldFile;
use crate::text::nearest::nearest;

/// What a rebuild did.
#[derive(Debug)]
pub struct Reindexed {
    /// The live generation now.
    pub manifest: Manifest,
    /// Whether it is another than before.
    pub change: Change,
    /// What the author should mend.
    pub problems: Vec<Problem>,
    /// How the base's own questions were answered; empty where nothing was built.
    pub regression_questions: Vec<RegressionOutcome>,
    /// What is other than in the generation that was live before; `None` where that is the same one, or there
    /// was none that can be read.
    pub difference: Option<Difference>,
}

/// What a rebuild changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The live generation is of this very knowledge already.
    Nothing,
    /// An earlier generation of this very knowledge went live again.
    Returned,
    /// A new generation went live.
    Published {
        /// Files that are new, or whose words changed.
        changed: Vec<String>,
        /// Files that are gone.
        removed: Vec<String>,
    },
}

/// How one of the base's own questions was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegressionOutcome {
    /// The question.
    pub ask: String,
    /// What was expected and did not come; `None` where all is right.
    pub missed: Option<String>,
}

/// A base that was opened to answer from.
pub struct Opened {
    /// The engine.
    pub engine: Engine,
    /// What the one who runs the program should know: a repair, a fallback, files that have changed since.
    pub remarks: Vec<String>,
}

impl Opened {
    /// An engine that answers from this generation, less what is withheld.
    pub(super) fn new(
        resources: Arc<Resources>,
        place: Place,
        snapshot: Snapshot,
        mut remarks: Vec<String>,
    ) -> Result<Self, EngineError> {
        let list = withholding::known(&place, &[])?;
        remarks.extend(list.remarks());
        Ok(Self { engine: Engine::new(resources, place, snapshot, &list), remarks })
    }
}

impl Engine {
    /// Opens a base to answer from: the live generation; or, where there is none or it is broken, a new
    /// one; or, where that cannot be built, the newest sound one that is left.
    ///
    /// # Errors
    /// Where none of these can be had; [`EngineError::UnknownBase`] for a wrong name,
    /// [`EngineError::WithheldUnknown`] where nobody knows what is withheld.
    pub fn open(
        resources: Arc<Resources>,
        place: Place,
        made: &str,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Opened, EngineError> {
        if !is_name(&place.base) {
            check_name(&place)?;
        }
        let generations = GenerationStore::new(&place.index, &place.base);
        let mut remarks = Vec::new();
        remarks.extend(recovery::on_opening(&place));
        let broken = match live(&resources, &generations) {
            Ok(snapshot) => return Opened::new(resources, place, snapshot, remarks),
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
                remarks.extend(regression_remark(&reindexed.regression_questions));
                if !matches!(broken, IndexError::Missing(_)) {
                    remarks.push("The index was built anew.".to_owned());
                }
                return Opened::new(resources, place, snapshot, remarks);
            }
            Err(error) => error,
        };
        let Some(snapshot) = newest_sound(&resources, &generations) else { return Err(error) };
        remarks.push(sentence(&error));
        remarks.push(format!("Answering from the index of {}.", snapshot.manifest.made));
        Opened::new(resources, place, snapshot, remarks)
    }

    /// Builds the index from the knowledge folder as it is now, publishes it and answers from it.
    ///
    /// # Errors
    /// The old generation stays live and goes on answering. [`EngineError::RegressionFailed`] unless `force`.
    pub fn reindex(
        &self,
        made: &str,
        force: bool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Reindexed, EngineError> {
        let lock = self.generations().lock()?;
        let lock = settled(&self.place, lock)?;
        self.rebuild_and_serve(made, force, &lock, progress)
    }

    /// As [`Engine::reindex`], for one who is the one writer already.
    pub(super) fn rebuild_and_serve(
        &self,
        made: &str,
        force: bool,
        lock: &WriteLock,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Reindexed, EngineError> {
        let served = self.snapshot();
        let rebuild =
            Rebuild { served: Some(&served), ..Rebuild::of(&self.resources, &self.place, made, force) };
        // Entries of this process that wait for the list are put on it before it is read; whether it can be used
        // is for the rebuild to say.
        self.withhold_as_listed();
        let (reindexed, snapshot) = rebuild.run(lock, progress)?;
        self.serve(snapshot)?;
        Ok(reindexed)
    }

    /// The generation that is live on disk where it is another than the one that answers, since another process
    /// published it or went back to it. Only one small file is read.
    pub fn newer_generation(&self) -> Option<String> {
        self.generations().current().ok().filter(|live| *live != self.snapshot().manifest.id)
    }

    /// Opens whatever generation is live on disk now.
    ///
    /// # Errors
    /// The old generation goes on answering.
    pub fn reload(&self) -> Result<(), EngineError> {
        let _serving = self.serving();
        self.swap_generation(live(&self.resources, &self.generations())?)
    }

    /// Makes an earlier generation the live one and answers from it. It is opened, and so verified, first.
    ///
    /// # Errors
    /// The old generation stays live and goes on answering.
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

/// A first build is published whatever the base's own questions give, and says so.
fn regression_remark(regression_questions: &[RegressionOutcome]) -> Option<String> {
    let failed = regression_questions.iter().filter(|outcome| outcome.missed.is_some()).count();
    (failed > 0).then(|| {
        format!(
            "{failed} of the base's {} own questions fail; `verbatim eval` lists them.",
            regression_questions.len()
        )
    })
}

/// Builds the index of a base that need not be open.
///
/// # Errors
/// As [`Engine::reindex`]; [`EngineError::UnknownBase`] for a wrong name.
pub fn reindex_base(
    resources: &Resources,
    place: &Place,
    made: &str,
    force: bool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Reindexed, EngineError> {
    check_name(place)?;
    let lock = settled(place, GenerationStore::new(&place.index, &place.base).lock()?)?;
    Rebuild::of(resources, place, made, force).run(&lock, progress).map(|(reindexed, _)| reindexed)
}

/// Asks a base's own questions of a snapshot.
pub fn ask_regression_questions(
    resources: &Resources,
    snapshot: &Arc<Snapshot>,
    regression_questions: &[RegressionQuestion],
) -> Vec<RegressionOutcome> {
    let outcome = |regression_questions: &RegressionQuestion| {
        let (body, _) = resources.answer(snapshot, &regression_questions.ask, 0);
        RegressionOutcome {
            ask: regression_questions.ask.clone(),
            missed: missed(regression_questions, &body),
        }
    };
    let questions: Vec<&str> =
        regression_questions.iter().map(|regression_questions| regression_questions.ask.as_str()).collect();
    resources.encoder.read_ahead(&questions);
    regression_questions.iter().map(outcome).collect()
}

fn missed(regression_questions: &RegressionQuestion, body: &Body) -> Option<String> {
    let shown = |start: &String| body.quotes.iter().any(|cited| cited.quote.text().contains(start.as_str()));
    match (regression_questions.not_covered, body.kind) {
        (true, Kind::NotCovered) => None,
        (true, _) => Some("it should not be covered, and was answered".to_owned()),
        (false, Kind::Answer) if regression_questions.expect.iter().any(shown) => None,
        (false, Kind::Answer) => {
            Some(format!("no quote has \"{}\"", regression_questions.expect.join("\" or \"")))
        }
        (false, _) => Some("it should be answered, and was not".to_owned()),
    }
}

/// An error as a remark: problems are whole sentences already, errors are not.
fn sentence(error: &dyn std::error::Error) -> String {
    let told = error.to_string();
    if told.ends_with(['.', '?', '!']) { told } else { told + "." }
}

/// Whether a base's name is the name of a folder, and not a way to another place.
fn is_name(base: &str) -> bool {
    let mut parts = std::path::Path::new(base).components();
    matches!((parts.next(), parts.next()), (Some(std::path::Component::Normal(name)), None) if name == base)
}

/// Whether the knowledge folder has the base.
///
/// # Errors
/// [`EngineError::UnknownBase`] names the nearest one.
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

/// Sets right what a killed change left half done: half a change must not be indexed.
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
    /// Another place whose vectors may be taken over.
    beside: Option<&'a Place>,
    /// The generation that is open, if one is: what changed is then told without reading the old one.
    served: Option<&'a Snapshot>,
    /// Whether a list of withheld passages that cannot be used may be replaced by the copy that is kept of it.
    whatever_list: bool,
}

impl<'a> Rebuild<'a> {
    pub(super) fn of(resources: &'a Resources, place: &'a Place, made: &'a str, force: bool) -> Self {
        Self { resources, place, made, force, beside: None, served: None, whatever_list: false }
    }

    /// The same, also where the list of withheld passages cannot be used: a copy of it is kept, and a base that has
    /// no index must be built to answer at all.
    fn whatever_list(self) -> Self {
        Self { whatever_list: true, ..self }
    }

    /// The same, taking over the vectors of another place too.
    pub(super) fn beside(self, place: &'a Place) -> Self {
        Self { beside: Some(place), ..self }
    }

    pub(super) fn run(
        &self,
        lock: &WriteLock,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Reindexed, Snapshot), EngineError> {
        let base::Loaded { base, problems } = self.load()?;
        let Some(base) = base else { return Err(EngineError::Unreadable(problems)) };
        self.run_with(&base, problems, lock, progress)
    }

    fn load(&self) -> Result<base::Loaded, EngineError> {
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

    /// As [`Rebuild::run`], of a base that was read.
    pub(super) fn run_with(
        &self,
        base: &Base,
        problems: Vec<Problem>,
        lock: &WriteLock,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Reindexed, Snapshot), EngineError> {
        let Self { resources, place, .. } = *self;
        let generations = GenerationStore::new(&place.index, &place.base);
        let before =
            generations.current().ok().and_then(|live| Manifest::read(&generations.generation(&live)).ok());
        let id = build::id_of(base, &resources.encoder);
        let same = before.as_ref().filter(|before| before.id == id);
        let unchanged = same.and_then(|before| resources.snapshot(&generations, before.clone()).ok());
        let done = |snapshot: Snapshot, change, regression_questions, difference| {
            let manifest = snapshot.manifest.clone();
            (Reindexed { manifest, change, problems, regression_questions, difference }, snapshot)
        };
        if let Some(snapshot) = unchanged {
            return Ok(done(snapshot, Change::Nothing, Vec::new(), None));
        }
        // Told before anything is published: what is published may sweep the old generation away.
        let difference =
            before.as_ref().and_then(|before| self.difference(&generations, before, &base.documents));
        if let Some(snapshot) = returning(resources, &generations, &id) {
            generations.make_current(&id, lock)?;
            return Ok(done(snapshot, Change::Returned, Vec::new(), difference));
        }
        let folder = generations.workplace(lock)?;
        let new = Build { rebuild: self, generations: &generations, base, folder: &folder };
        let built = new.run(lock, progress);
        if built.is_err() {
            let _ = std::fs::remove_dir_all(&folder); // what stays is swept by the next build
        }
        built.map(|(regression_questions, snapshot)| {
            let change = published(before.as_ref(), &snapshot.manifest);
            done(snapshot, change, regression_questions, difference)
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

/// The vectors of the live generation, also of one that another version of the program wrote: encoding is what
/// takes long. What is not as it was written is left out, not trusted.
fn earlier_vectors(generations: &GenerationStore) -> Option<Earlier> {
    let folder = generations.generation(&generations.current().ok()?);
    let is_sound = |file: &str| {
        let digest = Manifest::digest_of(&folder, file);
        digest.is_some_and(|digest| files::digest(&folder.join(file)).is_ok_and(|found| found == digest))
    };
    [build::VECTORS, build::TOKENS].into_iter().all(is_sound).then(|| Earlier::read(&folder)).flatten()
}

/// An earlier generation of the same knowledge, if it is sound.
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
        progress(Progress::Publishing);
        manifest.write(self.folder)?;
        self.generations.publish(self.folder, &manifest.id, lock)?;
        if let Err(error) = self.generations.clean_up(place.keep, lock) {
            // The new generation is live; old ones that stay do no harm.
            tracing::warn!(%error, "earlier generations could not be cleaned up");
        }
        // The files were verified where they were built, and keep their bytes under their new name.
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

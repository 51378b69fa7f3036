//! The entry point for every question: the terminal, Discord and the evaluation all ask here. An engine serves one base
//! from one open generation at a time. A rebuild swaps the generation; a failed rebuild leaves it as it is.
//!
//! There is deliberately no clock: the caller of a build passes the time.

pub mod collection;
pub mod curation;
pub mod difference;
mod doubtful;
mod draft;
pub mod followup;
mod proposals;
mod quoting;
mod rebuild;
mod regression;
mod reindex;
mod status;
pub mod triage;
mod withholding;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::{Mutex, MutexGuard};
use thiserror::Error;

pub use self::doubtful::unconfirmed_readings;
pub use self::quoting::SourceCard;
pub use self::regression::{RegressionOutcome, ask_regression_questions};
pub use self::reindex::{Change, OpenedEngine, Reindexed, check_name, reindex_base};
pub use self::status::{Status, list_problem};
use self::withholding::{ServedSnapshot, WithheldList};
use crate::answer::pipeline::{Explained, Tools, explain};
use crate::answer::reply::{Body, Cited, Kind, Reply};
use crate::answer::{quote_by_id, topics};
use crate::fs;
use crate::index::error::IndexError;
use crate::index::generation::GenerationStore;
use crate::index::manifest::Manifest;
use crate::index::snapshot::Snapshot;
use crate::knowledge::base::Withheld;
use crate::knowledge::problem::Problem;
use crate::knowledge::sandbox::Sandbox;
use crate::model::coefficients::Coefficients;
use crate::model::encoder::Encoder;
use crate::model::error::EncoderError;
use crate::question::triage::Triage;
use crate::render::source_page;
use crate::text::count::counted;
use crate::text::nearest::nearest;

/// Common English words, which are never spell-corrected. From the vocabulary of all-MiniLM-L6-v2 (Apache-2.0).
const ENGLISH: &str = include_str!("question/english.txt");
/// The built-in safety cards, used if the knowledge folder has none.
const SAFETY: &str = include_str!("../../../knowledge/safety.toml");
/// The file of safety cards in the knowledge folder.
pub const SAFETY_FILE: &str = "safety.toml";

/// Resources shared by all bases.
pub struct Resources {
    /// The learned reader.
    pub encoder: Encoder,
    /// The coefficients fitted to the encoder's output.
    pub coefficients: Coefficients,
    /// The safety cards and the rules that trigger them.
    pub cards: Triage,
    /// The sandbox in which source files are parsed.
    pub sandbox: Sandbox,
    /// The minimum confidence for an answer, 0 to 1.
    pub threshold: f32,
    /// The address at which the pages of the sources are served, without a slash at its end; `None` if they are not.
    pub viewer: Option<String>,
    english: Vec<&'static str>,
}

/// Where a base is stored.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder of all knowledge bases.
    pub knowledge: PathBuf,
    /// The folder of all indexes.
    pub index: PathBuf,
    /// The base's name.
    pub base: String,
    /// The number of earlier generations to keep.
    pub keep: usize,
}

/// Why an engine cannot work. The caller branches on the variant: a wrong name is the user's mistake; everything else
/// is for the operator.
#[derive(Debug, Error)]
pub enum EngineError {
    /// There is no such base.
    #[error("there is no knowledge base `{wanted}`{}", meant(.nearest.as_deref()))]
    UnknownBase {
        /// The requested name.
        wanted: String,
        /// The nearest existing name.
        nearest: Option<String>,
    },
    /// There is no such topic.
    #[error("`{base}` has no topic `{wanted}`{}", meant(.nearest.as_deref()))]
    UnknownTopic {
        /// The base.
        base: String,
        /// The requested name.
        wanted: String,
        /// The nearest existing name.
        nearest: Option<String>,
    },
    /// The base, or the file of safety cards, cannot be read.
    #[error("{}", .0.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
    Unreadable(Vec<Problem>),
    /// Some of the base's regression questions failed, so nothing was published.
    #[error(
        "{failed} of {asked} regression questions failed, so the old index stays live; use `--force` to \
         publish anyway"
    )]
    RegressionFailed {
        /// How many failed.
        failed: usize,
        /// How many were asked.
        asked: usize,
        /// The outcome of every question.
        outcomes: Vec<RegressionOutcome>,
    },
    /// This version of the program reads the sources differently, so it cannot find passages that are withheld.
    #[error(
        "this version of the program divides the sources differently, and cannot find {} that {}: {}. Nothing is \
         published, so that none is shown again by mistake. Find the same text with `verbatim read`, put its passage on the \
         list withheld.toml, and remove the old entry; or use `verbatim index --force` to publish without these passages \
         withheld",
        counted(.0.len(), "passage"),
        if .0.len() == 1 { "is withheld" } else { "are withheld" },
        .0.join(", ")
    )]
    WithheldNotFound(Vec<String>),
    /// Sources that nobody has confirmed may have been read incorrectly, so nothing was published.
    #[error(
        "{}\nThe old index stays live; use `--force` to publish anyway",
        .0.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
    )]
    DoubtfulReading(Vec<Problem>),
    /// It is not known which passages are withheld, so nothing can be served.
    #[error(
        "cannot tell which passages of `{base}` are withheld, so its index is not opened. {list} The copy stored with \
         the index, {}, cannot be used either: {why}. Repair the list (`withheld = []` means that nothing is \
         withheld), then try again", .copy.display()
    )]
    WithheldUnknown {
        /// The base.
        base: String,
        /// The problem with its list.
        list: String,
        /// The copy of the last list that could be read.
        copy: PathBuf,
        /// The problem with the copy.
        why: String,
    },
    /// The encoder cannot be loaded.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The index cannot be read or written.
    #[error(transparent)]
    Index(#[from] IndexError),
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || "; run `verbatim sources` for a list".to_owned(),
        |near| format!("; did you mean `{near}`?"),
    )
}

impl Resources {
    /// Loads the shared resources. `model` is the name of the model's folder in `models`.
    ///
    /// # Errors
    /// Fails if the encoder or the safety cards cannot be read.
    pub fn open(knowledge: &Path, models: &Path, model: &str, sandbox: Sandbox) -> Result<Self, EngineError> {
        let path = knowledge.join(SAFETY_FILE);
        let cards = match fs::read_to_string(&path) {
            Err(error) if error.is_not_found() => Triage::parse(&path, SAFETY),
            read => read.map_err(Problem::from).and_then(|text| Triage::parse(&path, &text)),
        };
        let cards = cards.map_err(|problem| EngineError::Unreadable(vec![problem]))?;
        let folder = models.join(model);
        let coefficients = Coefficients::open(&folder)?;
        Ok(Self {
            encoder: Encoder::open(&folder)?,
            coefficients,
            cards,
            sandbox,
            threshold: coefficients.answer.threshold,
            viewer: None,
            english: ENGLISH.lines().collect(),
        })
    }

    /// Drops the cached readings of questions that were not asked since the last call.
    pub fn forget_unused(&self) {
        self.encoder.forget_unused();
    }

    /// The tools that answer every question.
    pub fn tools(&self) -> Tools<'_> {
        Tools { encoder: &self.encoder, coefficients: &self.coefficients, threshold: self.threshold }
    }

    /// Explains how a question is read, scored and decided on a snapshot.
    ///
    /// # Errors
    /// Fails if the model cannot be run.
    pub fn explain(&self, snapshot: &Arc<Snapshot>, question: &str) -> Result<Explained, EncoderError> {
        explain(self.tools(), snapshot, question)
    }

    /// Opens a generation. Withheld passages must be removed before anything is answered from it: see
    /// [`ServedSnapshot`].
    ///
    /// # Errors
    /// [`IndexError::Broken`].
    fn snapshot(&self, generations: &GenerationStore, manifest: Manifest) -> Result<Snapshot, IndexError> {
        let folder = generations.generation(&manifest.id);
        let snapshot = Snapshot::open(&folder, manifest, &self.english)?;
        // Vectors of a different encoder cannot be compared with the question's.
        match snapshot.manifest.encoder == self.encoder.id() {
            true => Ok(snapshot),
            false => {
                let what = "its vectors come from a different encoder".to_owned();
                Err(IndexError::Broken { path: folder, what })
            }
        }
    }
}

/// Serves one base.
pub struct Engine {
    resources: Arc<Resources>,
    place: Place,
    served: ArcSwap<ServedSnapshot>,
    serving: Mutex<()>,
    /// Entries that this process withheld and that are not on the list yet. They do not say who withheld them.
    waiting: Mutex<Vec<Withheld>>,
    /// The last remarks logged about the list of withheld passages.
    told: Mutex<Vec<String>>,
}

impl Engine {
    /// Makes an engine that serves an open generation.
    fn new(resources: Arc<Resources>, place: Place, snapshot: Snapshot, list: &WithheldList) -> Self {
        Self {
            resources,
            place,
            served: ArcSwap::from_pointee(ServedSnapshot::new(snapshot, list)),
            serving: Mutex::default(),
            waiting: Mutex::default(),
            told: Mutex::new(list.remarks()),
        }
    }

    /// Answers from `snapshot` from now on. Questions in progress finish on the snapshot they started with.
    ///
    /// # Errors
    /// [`EngineError::WithheldUnknown`]; the previous generation keeps answering.
    fn serve(&self, snapshot: Snapshot) -> Result<(), EngineError> {
        let _serving = self.serving();
        self.swap_generation(snapshot)
    }

    /// Lets one thread at a time change the served generation. Otherwise a thread that opens the generation live on
    /// disk could replace one published in the meantime.
    fn serving(&self) -> MutexGuard<'_, ()> {
        self.serving.lock()
    }

    fn swap_generation(&self, snapshot: Snapshot) -> Result<(), EngineError> {
        let list = self.known()?;
        let next = ServedSnapshot::new(snapshot, &list);
        self.served.rcu(|before| {
            // If the list cannot be read, the passages that this process knows to be withheld stay withheld.
            let more = list.trouble().and_then(|_| next.without(before.withheld()));
            Arc::new(more.unwrap_or_else(|| next.clone()))
        });
        self.withhold_as_listed();
        Ok(())
    }

    /// Returns the passages that are withheld now. Each problem with the list is logged once.
    fn known(&self) -> Result<WithheldList, EngineError> {
        let mut waiting = self.waiting.lock();
        let known = withholding::known(&self.place, &waiting);
        if !waiting.is_empty() && known.as_ref().is_ok_and(|list| list.trouble().is_none()) {
            let listed = self.withheld().unwrap_or_default();
            waiting.retain(|entry| listed.iter().all(|listed| listed.passage != entry.passage));
        }
        drop(waiting);
        self.tell(known.as_ref().map_or_else(|error| vec![format!("{error}.")], WithheldList::remarks));
        known
    }

    fn tell(&self, remarks: Vec<String>) {
        let base = self.place.base.as_str();
        let mut told = self.told.lock();
        if !told.is_empty() && remarks.is_empty() {
            tracing::info!(base, "the list of withheld passages can be used again");
        }
        for remark in remarks.iter().filter(|remark| !told.contains(remark)) {
            tracing::error!(base, "{remark}");
        }
        *told = remarks;
    }

    /// Removes all passages that are withheld by now from the served snapshot. Returns whether any of them was still in
    /// it.
    ///
    /// Publishing calls this *after* the new generation is served; withholding calls it after the list is written.
    /// Whichever comes last sees the work of the other, so no withheld passage can slip through between them.
    pub fn withhold_as_listed(&self) -> bool {
        // On an error, passages that are already withheld stay withheld.
        self.known().is_ok_and(|list| self.take_out(list.passages()))
    }

    /// Withholds a passage now, and remembers its entry until the list can be used again and the entry is on it. The
    /// entry does not say who withheld the passage: the audit log does, and here the name could not be deleted on
    /// request.
    fn await_list(&self, entry: &Withheld) {
        let mut waiting = self.waiting.lock();
        if waiting.iter().all(|earlier| earlier.passage != entry.passage) {
            waiting.push(Withheld { by: "a moderator".to_owned(), ..entry.clone() });
        }
        drop(waiting);
        self.take_out(&BTreeSet::from([entry.passage.clone()]));
    }

    /// Removes passages from the served snapshot. Returns whether any of them was still in it.
    fn take_out(&self, passages: &BTreeSet<String>) -> bool {
        let before =
            self.served.rcu(|served| served.without(passages).map_or_else(|| served.clone(), Arc::new));
        !passages.is_subset(before.withheld())
    }

    /// Returns the passages withheld from the served snapshot, even if the list cannot be used.
    pub fn withheld_passages(&self) -> BTreeSet<String> {
        self.served.load().withheld().clone()
    }

    /// Returns the generation that is served at the time of the call.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.served.load().snapshot().clone()
    }

    /// Resources shared by all bases.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// Where the base is stored.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The folder of its generations.
    pub fn generations(&self) -> GenerationStore {
        GenerationStore::new(&self.place.index, &self.place.base)
    }

    /// Answers a question: triage, then the answer. There is always a reply, and it always carries the disclaimer.
    pub fn ask(&self, question: &str) -> Reply {
        self.ask_page(question, 0)
    }

    /// Returns a page of quotes. Page 0 is the answer itself; later pages hold the further quotes.
    pub fn ask_page(&self, question: &str, page: usize) -> Reply {
        self.answer_page(&self.triage(question), page)
    }

    /// Explains how a question is read, scored and decided.
    ///
    /// # Errors
    /// Fails if the model cannot be run.
    pub fn explain(&self, question: &str) -> Result<Explained, EncoderError> {
        self.resources.explain(&self.snapshot(), question)
    }

    /// Returns what the sources say about a topic, in the topic's order.
    ///
    /// # Errors
    /// [`EngineError::UnknownTopic`] names the nearest topic.
    pub fn topic(&self, name: &str) -> Result<Reply, EngineError> {
        let snapshot = self.snapshot();
        let topics = &snapshot.corpus.topics;
        let Some(topic) = topics.iter().find(|topic| topic.name == name) else {
            return Err(self.unknown_topic(name, topics.iter().map(|topic| topic.name.as_str())));
        };
        if let Some(query) = &topic.query {
            return Ok(self.ask(query));
        }
        let quotes = topics::quotes(&snapshot.corpus, topic);
        let topics = vec![topic.name.clone()];
        let body = match quotes.is_empty() {
            true => Body { topics, looked_in: snapshot.corpus.titles(), ..Body::default() },
            false => Body { kind: Kind::Answer, quotes, topics, confidence: 1.0, ..Body::default() },
        };
        Ok(self.reply(&snapshot, None, body))
    }

    /// Returns the whole passage that contains a quote; `None` if the live generation does not have it or it is
    /// withheld by now.
    pub fn context(&self, cited: &Cited) -> Option<Cited> {
        let snapshot = self.snapshot();
        let corpus = &snapshot.corpus;
        quote_by_id::whole(corpus, quote_by_id::shown(corpus, &cited.passage)?)
    }

    fn unknown_topic<'a>(&self, wanted: &str, topics: impl Iterator<Item = &'a str>) -> EngineError {
        let base = self.place.base.clone();
        let nearest = nearest(wanted, topics).map(str::to_owned);
        EngineError::UnknownTopic { base, wanted: wanted.to_owned(), nearest }
    }

    /// Opens an earlier generation, without the passages that are withheld now. `None` if it is no longer on disk or cannot
    /// be read.
    pub fn earlier(&self, id: &str) -> Option<Arc<Snapshot>> {
        let generations = self.generations();
        let manifest = generations.manifests().into_iter().find(|manifest| manifest.id == id)?;
        let snapshot = self.resources.snapshot(&generations, manifest).ok()?;
        Some(ServedSnapshot::new(snapshot, &self.known().ok()?).snapshot().clone())
    }

    /// Makes a reply to a message that is not a question.
    pub fn invalid(&self, why: String) -> Reply {
        let body = Body { kind: Kind::Invalid, why: Some(why), ..Body::default() };
        self.reply(&self.snapshot(), None, body)
    }

    fn reply(&self, snapshot: &Snapshot, question: Option<String>, mut body: Body) -> Reply {
        if body.fixed.is_some() {
            body.looked_in = snapshot.corpus.titles();
            body.topics = snapshot.corpus.topics.iter().map(|topic| topic.name.clone()).collect();
        }
        if let Some(viewer) = &self.resources.viewer {
            let address = |passage: &str| {
                source_page::address(viewer, &self.place.base, &snapshot.manifest.id, passage)
            };
            let shown = body.quotes.iter_mut().chain(&mut body.too_long).chain(&mut body.related);
            shown.for_each(|cited| cited.viewer = address(&cited.passage));
        }
        // Every reply logs the same line: the log must not show who got a safety card.
        tracing::debug!(generation = snapshot.manifest.id, "replied");
        Reply::new(question, &self.place.base, &snapshot.manifest.id, &snapshot.corpus.about.disclaimer, body)
    }
}

//! Withheld passages stay withheld in every order of actions and accidents. A base can get into only a few states, so
//! the tests visit all of them: from each state they do everything that can be done, until no new state appears. Any
//! sequence, however long, is then a path through states that were checked.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::*;
use crate::answer::quote_by_id;
use crate::answer::reply::{Cited, QuoteId};
use crate::engine::curation::{ChangeOptions, CurationError};
use crate::engine::{Engine, Resources, SAFETY, SAFETY_FILE};
use crate::knowledge::sandbox::Sandbox;
use crate::model::coefficients::Coefficients;
use crate::model::encoder::Encoder;
use crate::question::triage::Triage;

const NOW: &str = "2026-01-02T03:04:05.678Z";
const ABOUT: &str = "title = \"Tea\"\ndescription = \"d\"\ndisclaimer = \"No advice.\"\n\n[[topic]]\nname = \"tea\"\n\
    title = \"Tea\"\ndescription = \"d\"\nshow = [{ source = \"tea\", section = \"Brewing\" }]\n";
const TEA: &str = "+++\ntitle = \"Tea\"\npublisher = \"P\"\n+++\n# Brewing\n\nBlack tea is brewed for five minutes.\n\n\
    Green tea is brewed for two minutes.\n";

/// The passages that are withheld and restored, identified by their words.
const WORDS: [&str; 2] = ["Black tea is brewed", "Green tea is brewed"];

/// An action on a base, or an accident.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {
    Withhold(usize),
    Restore(usize),
    Reindex,
    Rollback,
    Reload,
    Restart,
    /// The list is damaged: by a bad edit, replaced by something else, or lost.
    Break(Way),
    /// The list is put back as it was before it was damaged, or as an explicit empty list if there was none.
    Mend,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Garbage,
    Folder,
    Lost,
    Blank,
}

/// Actions other than withholding, restoring and damaging the list.
const OTHERS: [Op; 5] = [Op::Reindex, Op::Rollback, Op::Reload, Op::Restart, Op::Mend];

/// The content of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Nothing,
    File(Vec<u8>),
    Folder,
}

impl Found {
    fn at(path: &PathBuf) -> Self {
        match fs::read(path) {
            Ok(bytes) => Self::File(bytes),
            Err(_) if path.is_dir() => Self::Folder,
            Err(_) => Self::Nothing,
        }
    }

    /// Reduces a readable list to its passages.
    fn shape(&self) -> (Self, Option<BTreeSet<String>>) {
        let folder = tempfile::tempdir().expect("a folder");
        self.put(&folder.path().join(WITHHELD));
        match withheld::read(folder.path()) {
            Ok(Some(list)) if !list.is_blank() => (Self::Nothing, Some(list.passages())),
            Err(_) if matches!(self, Self::File(_)) => (Self::File(Vec::new()), None),
            _ => (self.clone(), None),
        }
    }

    fn put(&self, path: &PathBuf) {
        let _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
        match self {
            Self::Nothing => {}
            Self::File(bytes) => fs::write(path, bytes).expect("a file"),
            Self::Folder => fs::create_dir(path).expect("a folder"),
        }
    }
}

/// Everything that the next step can depend on: what is on disk, what is in memory, and what moderators decided.
#[derive(Clone)]
struct State {
    list: Found,
    /// The list before it was damaged, if it is damaged.
    before: Option<Found>,
    copy: Found,
    live: Found,
    served: Arc<ServedSnapshot>,
    waiting: Vec<Withheld>,
    /// The passages that moderators withheld and did not restore, as indices into [`WORDS`].
    decided: BTreeSet<usize>,
    /// The steps that led here.
    way: Vec<Op>,
}

impl State {
    /// Identifies the state. The path to it does not matter, nor do the order and text of the entries.
    fn key(&self) -> impl Ord + use<> {
        let manifest = &self.served.snapshot().manifest;
        let is_live = self.live == Found::File(format!("{}\n", manifest.id).into_bytes());
        let notes = self.served.snapshot().corpus.passages.iter().map(|note| note.withheld);
        let generation = (is_live, manifest.inputs.contains_key(WITHHELD), notes.collect::<Vec<bool>>());
        let waiting: BTreeSet<String> = self.waiting.iter().map(|entry| entry.passage.clone()).collect();
        (
            (self.list.shape(), self.before.as_ref().map(Found::shape), self.copy.clone()),
            (generation, self.served.withheld().clone(), waiting),
            self.decided.clone(),
        )
    }
}

/// A base in its own temporary folder.
struct Base {
    _folder: tempfile::TempDir,
    resources: Arc<Resources>,
    place: Place,
    /// The generation in which nothing is withheld.
    first: String,
    ids: Vec<String>,
}

impl Base {
    fn new() -> (Self, Engine) {
        let folder = tempfile::tempdir().expect("a folder");
        let (knowledge, index) = (folder.path().join("knowledge"), folder.path().join("index"));
        fs::create_dir_all(knowledge.join("mel/sources")).expect("folders");
        fs::write(knowledge.join("mel/base.toml"), ABOUT).expect("a file");
        fs::write(knowledge.join("mel/sources/tea.md"), TEA).expect("a file");
        let place = Place { knowledge, index, base: "mel".to_owned(), keep: 1_000 };
        let triage = Triage::parse(Path::new(SAFETY_FILE), SAFETY).expect("the safety cards");
        let model = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/reader");
        let coefficients = Coefficients::open(&model).expect("the checkout holds the model");
        let resources = Arc::new(Resources {
            encoder: Encoder::open(&model).expect("the checkout holds the model"),
            coefficients,
            cards: triage,
            sandbox: Sandbox::in_process(),
            viewer: None,
            threshold: coefficients.answer.threshold,
            english: Vec::new(),
        });
        let engine = opened(&resources, &place).expect("nothing is withheld yet");
        let snapshot = engine.snapshot();
        let first = snapshot.manifest.id.clone();
        let ids = WORDS.map(|words| cited(&snapshot, words).passage);
        (Self { _folder: folder, resources, place, first, ids: ids.to_vec() }, engine)
    }

    fn list(&self) -> PathBuf {
        folder_of(&self.place).join(WITHHELD)
    }

    fn copy(&self) -> PathBuf {
        WithheldCopy::new(&self.place.index, &self.place.base).path().to_owned()
    }

    fn live(&self) -> PathBuf {
        GenerationStore::new(&self.place.index, &self.place.base).folder().join("CURRENT")
    }

    /// An engine in exactly the state in which it was left.
    fn resume(&self, state: &State) -> Engine {
        state.list.put(&self.list());
        state.copy.put(&self.copy());
        state.live.put(&self.live());
        Engine {
            resources: self.resources.clone(),
            place: self.place.clone(),
            served: ArcSwap::new(state.served.clone()),
            serving: Mutex::default(),
            waiting: Mutex::new(state.waiting.clone()),
            told: Mutex::default(),
        }
    }

    fn left(&self, engine: &Engine, before: &State, op: Op) -> State {
        let waiting = engine.waiting.lock().clone();
        State {
            list: Found::at(&self.list()),
            before: before.before.clone(),
            copy: Found::at(&self.copy()),
            live: Found::at(&self.live()),
            served: engine.served.load_full(),
            waiting,
            decided: before.decided.clone(),
            way: [before.way.as_slice(), &[op]].concat(),
        }
    }

    /// The state after a step; `None` if the step is not possible.
    fn step(&self, state: &State, op: Op) -> Option<State> {
        let mut engine = self.resume(state);
        let is_broken = state.before.is_some();
        let mut decided = state.decided.clone();
        let mut before = state.before.clone();
        match op {
            Op::Withhold(at) => {
                let done = engine.withhold(&self.ids[at], "m", NOW, "r").expect("it can always be withheld");
                assert_eq!(done.warning.is_some(), is_broken, "{:?}", done.warning);
                decided.insert(at);
            }
            Op::Restore(at) => {
                let act = ChangeOptions { made: NOW, force: false, confirm: false, progress: &mut |_| {} };
                match engine.restore(&self.ids[at], act) {
                    Ok(_) => assert!(decided.remove(&at) && !is_broken, "it was restored"),
                    Err(CurationError::NotWithheld { .. }) => assert!(!decided.contains(&at)),
                    Err(error) => assert!(is_broken && error.to_string().contains(WITHHELD), "{error}"),
                }
            }
            Op::Reindex => {
                let reindexed = engine.reindex(NOW, false, &mut |_| {});
                assert_eq!(reindexed.is_err(), is_broken, "{:?}", reindexed.map(|done| done.manifest.id));
            }
            Op::Rollback => drop(engine.rollback(Some(&self.first)).expect("the copy can be read")),
            Op::Reload => engine.reload().expect("the copy can be read"),
            Op::Restart => engine = opened(&self.resources, &self.place).expect("the copy can be read"),
            Op::Break(_) if is_broken => return None,
            Op::Break(way) => {
                before = Some(state.list.clone());
                damaged(&state.list, way)?.put(&self.list());
            }
            Op::Mend => match before.take()? {
                Found::Nothing => Found::File(b"withheld = []\n".to_vec()).put(&self.list()),
                was => was.put(&self.list()),
            },
        }
        Some(State { decided, before, ..self.left(&engine, state, op) })
    }

    /// Checks that users get all passages that are not withheld and no others, whichever way they ask.
    fn check(&self, state: &State) {
        let engine = self.resume(state);
        let snapshot = engine.snapshot();
        for (at, (words, id)) in WORDS.iter().zip(&self.ids).enumerate() {
            let is_shown = !state.decided.contains(&at);
            let whole = cited(&snapshot, words);
            let shows = |cited: &[Cited]| cited.iter().any(|cited| cited.quote.text().contains(words));
            let digits = quote_by_id::digits(id).expect("an id");
            let named = QuoteId { passage: digits, first: 0, count: 1 };
            let asked = engine.ask(&format!("{words} for how long?"));
            let replies = [
                shows(&asked.body().quotes) || shows(&asked.body().related),
                shows(&engine.topic("tea").expect("a topic").body().quotes),
                shows(&engine.requote(&[named]).body().quotes),
                shows(&engine.in_context(&[digits]).body().quotes),
                engine.context(&whole).is_some(),
                snapshot.shows_any_of(&[id]),
            ];
            assert_eq!(replies, [is_shown; 6], "“{words}” after {:?}", state.way);
            assert_eq!(engine.withheld_passages().contains(id), !is_shown, "{words} after {:?}", state.way);
        }
        // The next check adds waiting entries to the list, if it can be used.
        engine.withhold_as_listed();
        let decided: BTreeSet<&str> = state.decided.iter().map(|at| self.ids[*at].as_str()).collect();
        match engine.withheld() {
            Ok(listed) => {
                assert!(state.before.is_none());
                let listed: BTreeSet<&str> = listed.iter().map(|entry| entry.passage.as_str()).collect();
                assert_eq!(listed, decided, "after {:?}", state.way);
            }
            Err(problem) => assert!(state.before.is_some(), "{problem} after {:?}", state.way),
        }
    }
}

fn opened(resources: &Arc<Resources>, place: &Place) -> Result<Engine, EngineError> {
    Engine::open(resources.clone(), place.clone(), NOW, &mut |_| {}).map(|opened| opened.engine)
}

/// A whole passage, as if it had been quoted before it was withheld.
fn cited(snapshot: &Snapshot, words: &str) -> Cited {
    let corpus = &snapshot.corpus;
    let is_it = |number: &u32| {
        let (document, passage) = corpus.passage(*number);
        passage.span.of(document.text()).contains(words)
    };
    let number = (0..corpus.passages.len() as u32).find(is_it).expect("a passage has these words");
    quote_by_id::whole(corpus, number).expect("it can be quoted")
}

/// What remains of a damaged list; `None` if there is nothing to lose.
fn damaged(list: &Found, way: Way) -> Option<Found> {
    match (way, list) {
        (Way::Garbage, Found::File(bytes)) => {
            Some(Found::File([bytes.as_slice(), b"\n[[withheld]\n"].concat()))
        }
        (Way::Garbage, _) => Some(Found::File(b"[[withheld]\n".to_vec())),
        (Way::Folder, _) => Some(Found::Folder),
        // A list that names nothing is as good as none.
        (Way::Lost | Way::Blank, Found::File(bytes)) if !bytes.starts_with(b"[[") => None,
        (Way::Lost, Found::File(_)) => Some(Found::Nothing),
        (Way::Blank, Found::File(_)) => Some(Found::File(b"\n".to_vec())),
        (Way::Lost | Way::Blank, _) => None,
    }
}

/// Every order of withholding and restoring one passage, with everything that can happen in between.
#[test]
fn in_every_order_what_is_withheld_stays_so_until_it_is_restored() {
    let broken = [Way::Garbage, Way::Folder, Way::Lost, Way::Blank].map(Op::Break);
    explore(&[&[Op::Withhold(0), Op::Restore(0)], &OTHERS[..], &broken].concat());
}

/// The same with two passages, one of which can be on the list already when it is damaged.
#[test]
fn in_every_order_two_passages_stay_withheld() {
    explore(
        &[&[Op::Withhold(0), Op::Withhold(1), Op::Break(Way::Garbage), Op::Break(Way::Lost)], &OTHERS[..]]
            .concat(),
    );
}

fn explore(ops: &[Op]) {
    let (base, engine) = Base::new();
    let start = State {
        list: Found::Nothing,
        before: None,
        copy: Found::at(&base.copy()),
        live: Found::at(&base.live()),
        served: engine.served.load_full(),
        waiting: Vec::new(),
        decided: BTreeSet::new(),
        way: Vec::new(),
    };
    let mut seen = BTreeSet::from([start.key()]);
    let mut open = std::collections::VecDeque::from([start]);
    while let Some(state) = open.pop_front() {
        for &op in ops {
            let Some(next) = base.step(&state, op) else { continue };
            if seen.insert(next.key()) {
                base.check(&next);
                open.push_back(next);
            }
        }
    }
    assert!(seen.len() >= 40, "only {} states were visited", seen.len());
}

/// Nothing is opened in this case. The served snapshot keeps the withheld passages that it knows, including those
/// withheld meanwhile.
#[test]
fn where_neither_list_nor_copy_can_be_read_nothing_is_opened() {
    let (base, engine) = Base::new();
    engine.withhold(&base.ids[0], "m", NOW, "r").expect("it can be withheld");
    engine.reindex(NOW, false, &mut |_| {}).expect("it can be built");
    let (list, live) = (Found::at(&base.list()), Found::at(&base.live()));
    fs::write(base.list(), "[[withheld]\n").expect("a file");
    fs::remove_file(base.copy()).expect("a file");
    let is_unknown =
        |error: EngineError| assert!(matches!(error, EngineError::WithheldUnknown { .. }), "{error}");
    is_unknown(engine.reload().expect_err("it is not known"));
    is_unknown(engine.rollback(Some(&base.first)).expect_err("it is not known"));
    is_unknown(opened(&base.resources, &base.place).map(drop).expect_err("it is not known"));
    engine.reindex(NOW, false, &mut |_| {}).expect_err("the list is broken");
    assert_eq!(Found::at(&base.live()), live);
    let done = engine.withhold(&base.ids[1], "mia", NOW, "outdated").expect("it is hidden");
    let warning = done.warning.expect("it is not kept");
    assert!(warning.starts_with("The passage is withheld only until the program stops"), "{warning}");
    let ids: Vec<&str> = base.ids.iter().map(String::as_str).collect();
    assert!(!engine.snapshot().shows_any_of(&ids));
    list.put(&base.list());
    engine.withhold_as_listed();
    let listed = engine.withheld().expect("it is mended");
    assert_eq!(listed.iter().map(|entry| entry.passage.as_str()).collect::<Vec<_>>(), ids);
    assert_eq!((listed[1].by.as_str(), listed[1].reason.as_str()), ("a moderator", "outdated"));
    let engine = opened(&base.resources, &base.place).expect("it is mended");
    assert!(!engine.snapshot().shows_any_of(&ids));
}

/// The copy is stored with the index, where nobody looks for personal data.
#[test]
fn the_copy_names_passages_and_nobody() {
    let (base, engine) = Base::new();
    engine.withhold(&base.ids[0], "mia", NOW, "said by jo").expect("it can be withheld");
    fs::write(base.list(), "[[withheld]\n").expect("a file");
    engine.withhold(&base.ids[1], "mia", NOW, "said by jo").expect("it can be withheld");
    let copy = fs::read_to_string(base.copy()).expect("the copy");
    assert!(base.ids.iter().all(|id| copy.contains(id)), "{copy}");
    assert!(["mia", "jo", NOW].iter().all(|word| !copy.contains(word)), "{copy}");
}

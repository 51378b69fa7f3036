//! A change that is interrupted after any of its steps is afterwards completely done or not done at all. How the engine
//! handles this is tested from outside, in `tests/it/curation.rs`.

use std::collections::BTreeMap;
use std::path::Path;

use super::journal::{Aside, ChangeKind, JOURNAL, Journal, Put, STAGED, free_place, stamp};
use super::recovery::{left_over, recover};
use crate::engine::Place;
use crate::index::generation::GenerationStore;
use crate::index::manifest::{Counts, Manifest, RegressionResult, SCHEMA, generation_id};
use crate::text::digest::sha256;

const LIST: &str = "[[withheld]]\npassage = \"a:1\"\nby = \"m\"\nat = \"\"\nreason = \"r\"\n";

/// A base on disk whose sources are plain words and whose generations are only a manifest.
struct Base {
    folder: tempfile::TempDir,
}

impl Base {
    fn new() -> Self {
        let base = Self { folder: tempfile::tempdir().expect("a folder") };
        for (file, words) in
            [("sources/a.md", "old"), ("sources/b.pdf", "b"), ("sources/b.pdf.toml", "about b")]
        {
            base.write(file, words);
        }
        base.write("withheld.toml", LIST);
        base.publish("before", &base.inputs());
        base
    }

    fn place(&self) -> Place {
        let (knowledge, index) = (self.folder.path().join("knowledge"), self.folder.path().join("index"));
        Place { knowledge, index, base: "mel".to_owned(), keep: 1 }
    }

    fn base(&self) -> std::path::PathBuf {
        self.place().knowledge.join("mel")
    }

    fn generations(&self) -> GenerationStore {
        GenerationStore::new(&self.place().index, "mel")
    }

    fn write(&self, file: &str, words: &str) {
        let path = self.base().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders can be made");
        std::fs::write(path, words).expect("a file can be written");
    }

    /// All files in the base's folder except those in `removed/`, with their contents.
    fn files(&self) -> BTreeMap<String, String> {
        let mut found = self.all_files();
        found.retain(|file, _| !file.starts_with("removed/"));
        found
    }

    fn all_files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        collect(&self.base(), &self.base(), &mut found);
        found
    }

    /// Digests of the sources and the list, similar to those in an index.
    fn inputs(&self) -> BTreeMap<String, String> {
        let is_input = |file: &str| {
            file.starts_with("sources/") && !file.ends_with(".pdf.toml") || file == "withheld.toml"
        };
        let files = self.files().into_iter().filter(|(file, _)| is_input(file));
        files.map(|(file, words)| (file, sha256(words.as_bytes()))).collect()
    }

    fn publish(&self, encoder: &str, inputs: &BTreeMap<String, String>) {
        let lock = self.generations().lock().expect("nobody else writes");
        let id = generation_id(inputs, encoder);
        let folder = self.generations().generation(&id);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let manifest = Manifest {
            schema: SCHEMA,
            id: id.clone(),
            made: "2026-01-02T03:04:05Z".to_owned(),
            encoder: encoder.to_owned(),
            counts: Counts::default(),
            regression_questions: RegressionResult::default(),
            doubtful: None,
            inputs: inputs.clone(),
            files: BTreeMap::new(),
        };
        manifest.write(&folder).expect("a manifest can be written");
        self.generations().make_current(&id, &lock).expect("it can be published");
    }

    fn recover(&self) -> Option<String> {
        let lock = self.generations().lock().expect("nobody else writes");
        let recovered = recover(&self.place(), &lock).expect("it can be set right");
        recovered.map(|recovered| recovered.to_string())
    }

    fn live(&self) -> String {
        self.generations().current().expect("a live generation")
    }
}

fn collect(folder: &Path, here: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(here).expect("a folder can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(folder, &path, found);
        } else {
            let inside = path.strip_prefix(folder).expect("it is inside").display().to_string();
            found.insert(inside, std::fs::read_to_string(&path).expect("a text"));
        }
    }
}

/// A change, the contents of its new files, and the files expected afterwards.
type Case = (Journal, Vec<&'static str>, BTreeMap<String, String>);

fn journal(base: &Base, what: ChangeKind, aside: &[&str], put: &[(&str, &str)]) -> Journal {
    let mut taken = Vec::new();
    let mut kept = |file: &str| free_place(&base.base(), "2026", file, &mut taken);
    let aside: Vec<Aside> =
        aside.iter().map(|file| Aside { from: (*file).to_owned(), to: kept(file) }).collect();
    let put = put.iter().enumerate().map(|(at, (to, words))| Put {
        from: format!("{STAGED}/{at}"),
        to: (*to).to_owned(),
        sha256: sha256(words.as_bytes()),
    });
    Journal {
        what,
        subject: "x".to_owned(),
        at: "2026".to_owned(),
        live: base.live(),
        gone: Vec::new(),
        list: None,
        inputs: BTreeMap::new(),
        aside,
        put: put.collect(),
    }
}

/// Each kind of change, each on a new base.
fn cases(base: &Base) -> Vec<Case> {
    let after = |gone: &[&str], new: &[(&str, &str)]| {
        let mut files = base.files();
        gone.iter().for_each(|file| drop(files.remove(*file)));
        files.extend(new.iter().map(|(file, words)| ((*file).to_owned(), (*words).to_owned())));
        files
    };
    let digests = |new: &[(&str, &str)]| {
        new.iter().map(|(file, words)| ((*file).to_owned(), sha256(words.as_bytes()))).collect()
    };
    let add = [("sources/c.md", "c")];
    let replace = [("sources/a.md", "new")];
    let swap = [("sources/b.html", "page"), ("sources/b.html.toml", "about")];
    let b = ["sources/b.pdf", "sources/b.pdf.toml"];
    let gone = |files: &[&str]| files.iter().map(|file| (*file).to_owned()).collect::<Vec<_>>();
    vec![
        (
            Journal { inputs: digests(&add), ..journal(base, ChangeKind::Add, &[], &add) },
            vec!["c"],
            after(&[], &add),
        ),
        (
            Journal {
                inputs: digests(&replace),
                ..journal(base, ChangeKind::Replace, &["sources/a.md"], &replace)
            },
            vec!["new"],
            after(&[], &replace),
        ),
        (
            Journal {
                inputs: digests(&swap[..1]),
                gone: gone(&b),
                ..journal(base, ChangeKind::Replace, &b, &swap)
            },
            vec!["page", "about"],
            after(&b, &swap),
        ),
        (
            Journal { gone: gone(&b), ..journal(base, ChangeKind::Remove, &b, &[]) },
            Vec::new(),
            after(&b, &[]),
        ),
        (
            Journal {
                subject: "a:1".to_owned(),
                list: Some(LIST.to_owned()),
                gone: gone(&["withheld.toml"]),
                ..journal(base, ChangeKind::Restore, &[], &[])
            },
            Vec::new(),
            after(&["withheld.toml"], &[]),
        ),
    ]
}

/// Begins a change and does its first `count` steps.
fn cut_off(base: &Base, journal: &Journal, files: &[&str], count: usize) {
    let files: Vec<&[u8]> = files.iter().map(|words| words.as_bytes()).collect();
    journal.begin(&base.base(), &files).expect("it can begin");
    for step in journal.steps().into_iter().take(count) {
        journal.take(step, &base.place()).expect("a step can be taken");
    }
}

/// Calls `check` for each kind of change, interrupted after each of its steps, each on its own base.
fn at_each_step(check: impl Fn(&Base, &Case, usize)) {
    for kind in 0..cases(&Base::new()).len() {
        for count in 0..=cases(&Base::new())[kind].0.steps().len() {
            let base = Base::new();
            let case = cases(&base).swap_remove(kind);
            cut_off(&base, &case.0, &case.1, count);
            check(&base, &case, count);
        }
    }
}

#[test]
fn what_was_not_published_is_taken_back() {
    at_each_step(|base, (journal, ..), count| {
        let told = base.recover().unwrap_or_default();
        assert!(told.ends_with("the change was undone."), "{told}");
        assert_eq!(
            base.all_files(),
            Base::new().all_files(),
            "{:?} interrupted after step {count}",
            journal.what
        );
        assert_eq!(base.recover(), None);
    });
}

#[test]
fn what_was_published_is_completed() {
    at_each_step(|base, (journal, _, after), count| {
        // Only a change with all its steps done is published; a smaller count simulates a completion that was
        // interrupted.
        let mut inputs: BTreeMap<String, String> =
            after.iter().map(|(file, words)| (file.clone(), sha256(words.as_bytes()))).collect();
        inputs.retain(|file, _| !file.ends_with("l.toml") || file == "withheld.toml");
        base.publish("after", &inputs);
        let told = base.recover().unwrap_or_default();
        assert!(told.ends_with("the change was completed."), "{told}");
        assert_eq!(base.files(), *after, "{:?} interrupted after step {count}", journal.what);
        let kept = base.all_files().into_keys().filter(|file| file.starts_with("removed/")).count();
        assert_eq!(kept, journal.aside.len());
    });
}

/// Undoing can be interrupted as well.
#[test]
fn taking_back_twice_is_as_good_as_once() {
    at_each_step(|base, (journal, files, _), count| {
        journal.undo(&base.place()).expect("it can be taken back");
        let note = std::fs::read_to_string(base.base().join(JOURNAL)).expect("it is still under way");
        base.recover();
        base.write(JOURNAL, &note);
        base.recover();
        assert_eq!(
            base.all_files(),
            Base::new().all_files(),
            "{:?} interrupted after step {count}",
            journal.what
        );
        assert!(files.len() <= 2);
    });
}

/// A new generation without the change does not complete it, and neither does the earlier generation that has it.
#[test]
fn only_a_new_generation_with_the_change_completes_it() {
    at_each_step(|base, (_, _, after), _| {
        base.publish("other", &Base::new().inputs());
        assert!(base.recover().is_some_and(|told| told.ends_with("undone.")));
        assert_eq!(base.files(), Base::new().files());
        assert_ne!(base.files(), *after);
    });
    let base = Base::new();
    let inputs = BTreeMap::from([("sources/c.md".to_owned(), sha256(b"c"))]);
    base.publish("before", &inputs);
    let (journal, files, _) = cases(&base).swap_remove(0);
    cut_off(&base, &journal, &files, 1);
    assert!(base.recover().is_some_and(|told| told.ends_with("undone.")));
    assert!(!base.base().join("sources/c.md").exists());
}

#[test]
fn nothing_that_somebody_wrote_meanwhile_is_lost() {
    let base = Base::new();
    let (journal, files, _) = cases(&base).swap_remove(1);
    cut_off(&base, &journal, &files, 2);
    base.write("sources/a.md", "edited");
    base.recover();
    let words: Vec<String> = base.all_files().into_values().collect();
    assert!(words.contains(&"edited".to_owned()) && base.files()["sources/a.md"] == "old", "{words:?}");
}

#[test]
fn an_edited_note_stops_everything_and_says_so() {
    let base = Base::new();
    let lock = base.generations().lock().expect("nobody else writes");
    for (text, expected) in [
        ("what = \"add\"\n", "Missing field `subject`."),
        (
            "what = \"remove\"\nsubject = \"a\"\nat = \"\"\nlive = \"\"\n[[aside]]\nfrom = \"../../x\"\nto = \"y\"\n",
            "`../../x` is not a file of the base.",
        ),
    ] {
        base.write(JOURNAL, text);
        let told = recover(&base.place(), &lock).expect_err(text).to_string();
        assert!(told.contains(expected) && told.contains("Compare sources/, removed/"), "{told}");
        assert_eq!(left_over(&base.place()).map(|problem| problem.to_string()), Some(told));
        assert!(base.base().join(JOURNAL).exists());
    }
}

#[test]
fn files_are_kept_under_names_that_are_free() {
    let base = Base::new();
    base.write("removed/2026-a.md", "older");
    let mut taken = Vec::new();
    let mut place = |file| free_place(&base.base(), "2026", file, &mut taken);
    assert_eq!(place("sources/a.md"), "removed/2026-2-a.md");
    assert_eq!(place("sources/more/a.md"), "removed/2026-3-a.md");
    assert_eq!(stamp("2026-01-02T03:04:05.678Z"), "20260102T030405678Z");
    assert_eq!(stamp("../"), "undated");
}

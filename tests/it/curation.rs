//! Moderators' changes to a base, made through the engine in-process: each change shows in the next answer, or leaves
//! every file as it was. `interrupted_changes` interrupts the changes.

use std::fs;

use verbatim_core::engine::curation::passages::Restored;
use verbatim_core::engine::curation::{ChangeOptions, CurationError};
use verbatim_core::engine::{Engine, EngineError, Reindexed};
use verbatim_core::index::error::IndexError;
use verbatim_core::knowledge::draft::SourceDraft;
use verbatim_core::knowledge::metadata::SourceMetadata;
use verbatim_core::knowledge::preview::PreviewLimits;

use crate::fixture::{DOUBTFUL, LEAFLET, changed_leaflet, page_of, pdf};
use crate::world::{Files, World, open};

const NOW: &str = "2026-02-03T04:05:06.789Z";
const MELATONIN_TEA: &str = "# Tea\n\nMelatonin tea is brewed for eleven minutes. It tastes of valerian.\n";
const TEA: &str = "How long is melatonin tea brewed?";
const DREAMS: &str = "Do some people report vivid dreams in the first week?";

/// The fixture base, indexed and opened.
pub fn opened(world: &World) -> Engine {
    open(world).engine
}

/// A submitted source.
pub fn draft(file_name: &str, bytes: impl AsRef<[u8]>) -> SourceDraft {
    let metadata = SourceMetadata {
        title: "The new source".to_owned(),
        publisher: Some("The Sleep Clinic".to_owned()),
        ..SourceMetadata::default()
    };
    SourceDraft { file_name: file_name.to_owned(), bytes: bytes.as_ref().to_vec(), metadata }
}

fn add(engine: &Engine, draft: &SourceDraft, force: bool) -> Result<Reindexed, CurationError> {
    engine.add_source(draft, ChangeOptions { made: NOW, force, confirm: force, progress: &mut |_| {} })
}

fn remove(engine: &Engine, id: &str, force: bool) -> Result<Reindexed, CurationError> {
    engine.remove_source(id, ChangeOptions { made: NOW, force, confirm: force, progress: &mut |_| {} })
}

fn restore(engine: &Engine, passage: &str) -> Result<Restored, CurationError> {
    engine.restore(passage, ChangeOptions { made: NOW, force: false, confirm: false, progress: &mut |_| {} })
}

fn withhold(engine: &Engine, passage: &str) -> bool {
    !engine.withhold(passage, "a moderator", NOW, "outdated").expect("it can be withheld").is_earlier
}

/// The quotes in the reply to a question.
pub fn quoted(engine: &Engine, question: &str) -> String {
    let reply = engine.ask(question);
    let quotes = reply.body().quotes.iter().chain(&reply.body().related);
    quotes.map(|cited| cited.quote.text()).collect::<Vec<_>>().join("\n")
}

/// The passage that contains these words.
fn passage_of(engine: &Engine, words: &str) -> String {
    let snapshot = engine.snapshot();
    let documents = &snapshot.corpus.documents;
    let passages =
        documents.iter().flat_map(|document| document.passages().iter().map(move |p| (document, p)));
    let mut found = passages.filter(|(document, passage)| passage.span.of(document.text()).contains(words));
    found.next().unwrap_or_else(|| panic!("no passage has {words}")).1.id.clone()
}

/// All files of the knowledge folder.
pub fn files(world: &World) -> Files {
    world.files("knowledge")
}

fn names(world: &World) -> Vec<String> {
    let inside = files(world).into_keys().filter_map(|file| file.strip_prefix("mel/").map(str::to_owned));
    inside.filter(|file| *file != "base.toml").collect()
}

#[test]
fn a_source_that_is_added_answers_at_once() {
    let world = World::new();
    let engine = opened(&world);
    assert!(!quoted(&engine, TEA).contains("eleven minutes"));
    let added = add(&engine, &draft("../../Melatonin Tea!.MD", MELATONIN_TEA), false).expect("it is sound");
    assert!(quoted(&engine, TEA).contains("Melatonin tea is brewed for eleven minutes."));
    assert_eq!(names(&world), ["sources/leaflet.md", "sources/melatonin-tea.md", "sources/review.md"]);
    let difference = added.difference.expect("there was a generation before");
    assert_eq!(difference.sources_added[0].id, "melatonin-tea");
    assert_eq!(
        (difference.passages_added, difference.passages_changed, difference.passages_removed),
        (1, 0, 0)
    );
    world
        .run(["ask", TEA])
        .succeeds()
        .says("eleven minutes")
        .says("The new source")
        .never_says("has changed");
    world.run(["check"]).succeeds().says("No problems.");
    world.run(["index"]).succeeds().says("Nothing has changed");
}

#[test]
fn a_source_of_the_same_id_is_replaced_and_the_older_one_kept() {
    let world = World::new();
    let engine = opened(&world);
    let new = draft("leaflet.pdf", pdf(&page_of("The usual dose of melatonin is 7 mg, taken at night.")));
    let replaced = add(&engine, &new, false).expect("it is sound");
    assert!(quoted(&engine, "What is the usual dose of melatonin?").contains("7 mg"));
    let difference = replaced.difference.expect("there was a generation before");
    assert_eq!(difference.sources_changed[0].id, "leaflet");
    let older = "removed/20260203T040506789Z-leaflet.md";
    assert_eq!(
        names(&world),
        [older, "sources/leaflet.pdf", "sources/leaflet.pdf.toml", "sources/review.md"]
    );
    assert_eq!(fs::read_to_string(world.path("knowledge/mel").join(older)).expect("it is there"), LEAFLET);
    // And back again: the page is removed together with the file that describes it.
    add(&engine, &draft("LEAFLET.txt", "The usual dose of melatonin is 8 mg."), false).expect("it is sound");
    assert!(quoted(&engine, "What is the usual dose of melatonin?").contains("8 mg"));
    assert_eq!(names(&world).iter().filter(|file| file.starts_with("removed/")).count(), 3);
    world.run(["check"]).exits(1).says("`leaflet` has no section").never_says("removed/");
}

#[test]
fn a_source_that_is_removed_is_kept_aside() {
    let world = World::new();
    let engine = opened(&world);
    let removed = remove(&engine, "review", false).expect("it can be removed");
    let difference = removed.difference.expect("there was a generation before");
    assert_eq!(difference.sources_removed[0].title, "Melatonin: a review");
    assert!(!quoted(&engine, "Does it shorten the time to fall asleep?").contains("seven minutes"));
    assert_eq!(names(&world), ["removed/20260203T040506789Z-review.md", "sources/leaflet.md"]);
    let told = remove(&engine, "leaflet", true).expect_err("it is the last").to_string();
    assert_eq!(told, "`leaflet` is the base's last source, and a base needs one; add another first");
    let told = remove(&engine, "laeflet", true).expect_err("there is none").to_string();
    assert_eq!(told, "there is no source `laeflet` in this base; did you mean `leaflet`?");
    let told = remove(&engine, "../leaflet", true).expect_err("there is none").to_string();
    assert!(told.starts_with("there is no source `../leaflet`"), "{told}");
}

fn names_doses(error: &CurationError) -> bool {
    let CurationError::Engine(EngineError::DoubtfulReading(problems)) = error else { return false };
    problems.len() == 1 && problems[0].path.ends_with("sources/doses.md")
}

#[test]
fn a_change_asks_about_another_source_that_reads_doubtfully() {
    let world = World::new();
    let engine = opened(&world);
    let passage = passage_of(&engine, "vivid dreams");
    withhold(&engine, &passage);
    world.write("knowledge/mel/sources/doses.md", DOUBTFUL);
    let (before, live) = (files(&world), world.current());
    let tea = draft("tea.md", MELATONIN_TEA);
    for error in [
        add(&engine, &tea, false).expect_err("nobody has confirmed the other source"),
        remove(&engine, "review", false).expect_err("nobody has confirmed the other source"),
        restore(&engine, &passage).expect_err("nobody has confirmed the other source"),
    ] {
        assert!(names_doses(&error), "{error}");
    }
    assert_eq!((files(&world), world.current()), (before, live));
    let confirming = ChangeOptions { made: NOW, force: false, confirm: true, progress: &mut |_| {} };
    let added = engine.add_source(&tea, confirming).expect("both are confirmed");
    assert_eq!(added.confirmed, ["sources/doses.md"]);
    remove(&engine, "review", false).expect("nobody is asked twice");
    // The digest counts, not the generation.
    let of_doses = world.path("knowledge/mel/sources/doses.md");
    fs::remove_file(&of_doses).expect("it is there");
    engine.reindex(NOW, false, &mut |_| {}).expect("it can be built");
    fs::write(&of_doses, DOUBTFUL).expect("it can be written");
    engine.reindex(NOW, false, &mut |_| {}).expect("nobody is asked twice");
    fs::write(&of_doses, DOUBTFUL.replace("2mg3", "3mg3")).expect("it can be written");
    let error = restore(&engine, &passage).expect_err("it is another text");
    assert!(names_doses(&error), "{error}");
}

/// Whoever adds a source has seen how it was read.
#[test]
fn a_source_that_reads_doubtfully_is_confirmed_by_adding_it() {
    let world = World::new();
    let engine = opened(&world);
    let added = add(&engine, &draft("doses.md", DOUBTFUL), false).expect("its reading was seen");
    assert_eq!(added.confirmed, ["sources/doses.md"]);
    assert!(engine.unconfirmed_readings().is_empty());
    add(&engine, &draft("tea.md", MELATONIN_TEA), false).expect("nobody is asked twice");
}

#[test]
fn a_first_start_says_which_sources_read_doubtfully() {
    let world = World::new().source("doses.md", DOUBTFUL);
    let remarks = open(&world).remarks.join("\n");
    assert!(remarks.contains("doses.md") && remarks.contains("read incorrectly"), "{remarks}");
    let ran = world.run(["check"]).succeeds();
    ran.warns("doses.md").warns("may have been read incorrectly");
    let live = world.current();
    let engine = opened(&world);
    assert_eq!(engine.unconfirmed_readings().len(), 1);
    let error = remove(&engine, "review", false).expect_err("nobody has confirmed the other source");
    assert!(names_doses(&error), "{error}");
    world.run(["index"]).succeeds().says("Nothing has changed").warns("may have been read incorrectly");
    let ran = world.run(["index", "--force"]).succeeds();
    ran.says("confirmed that sources/doses.md was read correctly").says("Nothing has changed");
    assert_eq!((world.current(), engine.unconfirmed_readings()), (live, Vec::new()));
    assert_eq!(open(&world).remarks, [""; 0]);
    world.run(["check"]).succeeds().never_says("read incorrectly");
    world.run(["verify"]).succeeds();
    remove(&engine, "review", false).expect("nobody is asked twice");
}

const QUESTION: &str =
    "[[question]]\nask = \"What is the usual dose?\"\nexpect = [\"The usual dose of melatonin is 2 mg\"]\n";

/// Calls `act`, which makes a regression question fail, and checks that everything stays as it was.
fn is_refused(act: impl Fn(&Engine, bool) -> Result<(), CurationError>) {
    let world = World::new().file("knowledge/mel/questions.toml", QUESTION);
    let engine = opened(&world);
    let (before, live) = (files(&world), world.current());
    let error = act(&engine, false).expect_err("the question fails");
    let told = error.to_string();
    assert!(told.starts_with("1 of 1 regression questions fails with this change, so nothing was changed:\n- What is the usual dose?: "), "{told}");
    assert!(
        matches!(error, CurationError::RegressionQuestions { asked: 1, ref failed } if failed.len() == 1)
    );
    assert_eq!((files(&world), world.current()), (before.clone(), live));
    assert!(quoted(&engine, "What is the usual dose?").contains("2 mg"));
    act(&engine, true).expect("it is forced");
    assert!(!quoted(&engine, "What is the usual dose?").contains("2 mg"));
    assert_ne!(files(&world), before);
}

#[test]
fn what_the_regression_questions_refuse_is_taken_back() {
    let other = changed_leaflet();
    is_refused(|engine, force| add(engine, &draft("leaflet.md", &other), force).map(drop));
    is_refused(|engine, force| remove(engine, "leaflet", force).map(drop));
}

/// Withholding waits for nothing; the moderator learns which questions will block the next index.
#[test]
fn questions_that_expect_a_withheld_passage_are_named() {
    let world = World::new().file("knowledge/mel/questions.toml", QUESTION);
    let engine = opened(&world);
    let passage = passage_of(&engine, "The usual dose");
    let done = engine.withhold(&passage, "m", NOW, "wrong").expect("it can be withheld");
    assert_eq!(done.questions, ["What is the usual dose?"]);
    assert!(done.words.starts_with("The usual dose of melatonin is 2 mg"));
    let refused = engine.reindex(NOW, false, &mut |_| {}).expect_err("the question fails");
    let told = CurationError::from(refused).to_string();
    assert!(told.contains("- What is the usual dose?: "), "{told}");
    engine.reindex(NOW, true, &mut |_| {}).expect("it is forced");
    assert!(!quoted(&engine, "What is the usual dose?").contains("2 mg"));
    restore(&engine, &passage).expect("the question passes again");
    assert!(quoted(&engine, "What is the usual dose?").contains("2 mg"));
}

#[test]
fn a_withheld_passage_is_gone_at_once_and_stays_gone() {
    let world = World::new();
    let engine = opened(&world);
    let passage = passage_of(&engine, "vivid dreams");
    let served = engine.snapshot();
    assert!(quoted(&engine, DREAMS).contains("vivid dreams"));
    assert!(withhold(&engine, &passage));
    assert!(!quoted(&engine, DREAMS).contains("vivid dreams"));
    assert!(served.shows_any_of(&[&passage]), "a question keeps the snapshot it began with");
    let shows = |engine: &Engine| quoted(engine, DREAMS).contains("vivid dreams");
    engine.reload().expect("it can be opened");
    assert!(!shows(&engine));
    let first = world.current();
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    engine.reindex("2026-02-04T00:00:00Z", false, &mut |_| {}).expect("it can be built");
    assert!(!shows(&engine));
    engine.rollback(Some(&first)).expect("it is there");
    assert!(!shows(&engine));
    assert!(!shows(&opened(&world)));
    world.run(["topic", "sideeffects"]).succeeds().never_says("vivid dreams");
}

#[test]
fn withholding_names_who_was_first_and_what_was_meant() {
    let world = World::new().file("knowledge/mel/withheld.toml", "# Nothing yet.\n");
    let engine = opened(&world);
    let passage = passage_of(&engine, "vivid dreams");
    engine.withhold(&passage, "the first", NOW, "two\nlines").expect("it can be withheld");
    let list = files(&world)["mel/withheld.toml"].clone();
    let text = String::from_utf8(list.clone()).expect("a text");
    assert!(
        text.starts_with("# Nothing yet.\n\n[[withheld]]\n") && text.contains("reason = \"two lines\""),
        "{text}"
    );
    let again = engine.withhold(&passage, "the second", NOW, "r").expect("it is withheld");
    assert!(again.is_earlier && again.entry.by == "the first");
    assert_eq!(files(&world)["mel/withheld.toml"], list);
    let mut wrong = passage.clone();
    wrong.pop();
    let told = engine.withhold(&wrong, "m", NOW, "r").expect_err("there is none").to_string();
    assert_eq!(told, format!("there is no passage `{wrong}` in this base; did you mean `{passage}`?"));
    let told = engine.withhold(&passage, "m", NOW, " \n").expect_err("no reason").to_string();
    assert_eq!(told, "no reason was given; people who read the list later need one");
    let told = restore(&engine, &wrong).expect_err("it is not withheld").to_string();
    assert_eq!(told, format!("the passage `{wrong}` is not withheld; did you mean `{passage}`?"));
    world.write("knowledge/mel/withheld.toml", "[[withhold]]\n");
    let again = engine.withhold(&passage, "the third", NOW, "r").expect("it is withheld");
    let warning = again.warning.expect("the list is broken");
    assert!(
        again.is_earlier && warning.contains("mel/withheld.toml:1: There is no key `withhold`"),
        "{warning}"
    );
    let refused = restore(&engine, &passage).expect_err("the list is broken").to_string();
    assert!(refused.contains("mel/withheld.toml:1: There is no key `withhold`"), "{refused}");
    assert_eq!(files(&world)["mel/withheld.toml"], b"[[withhold]]\n");
}

/// The same words may occur twice, and the folder may be newer than the index.
#[test]
fn a_passage_is_known_by_its_twins_and_before_it_is_indexed() {
    let world = World::new();
    let engine = opened(&world);
    world.write("knowledge/mel/sources/twin.md", LEAFLET);
    let passage = passage_of(&engine, "vivid dreams");
    let twin = passage.replace("leaflet:", "twin:");
    assert_eq!(engine.withhold(&passage, "m", NOW, "r").expect("it is there").same_words, [""; 0]);
    engine.reindex(NOW, false, &mut |_| {}).expect("it can be built");
    let twin = passage_of(&engine, "vivid dreams").replace("leaflet:", "twin:").max(twin);
    assert!(quoted(&engine, DREAMS).contains("vivid dreams"), "the twin still shows them: {twin}");
    let done = engine.withhold(&passage, "m", NOW, "r").expect("it is there");
    assert_eq!(done.same_words.len(), 1, "{done:?}");
    engine.withhold(&done.same_words[0], "m", NOW, "r").expect("it is there");
    assert!(!quoted(&engine, DREAMS).contains("vivid dreams"));
    world.write("knowledge/mel/sources/tea.md", format!("+++\ntitle = \"Tea\"\n+++\n{MELATONIN_TEA}"));
    let fresh = opened(&World::new().source("tea.md", format!("+++\ntitle = \"Tea\"\n+++\n{MELATONIN_TEA}")));
    assert!(withhold(&engine, &passage_of(&fresh, "eleven minutes")));
    engine.reindex(NOW, false, &mut |_| {}).expect("it can be built");
    assert!(!quoted(&engine, TEA).contains("eleven minutes"));
}

#[test]
fn a_restored_passage_is_found_again() {
    let world = World::new();
    let engine = opened(&world);
    let (before, live) = (files(&world), world.current());
    let passages = ["vivid dreams", "Headache is"].map(|words| passage_of(&engine, words));
    assert!(passages.iter().all(|passage| withhold(&engine, passage)));
    engine.reindex("2026-02-04T00:00:00Z", false, &mut |_| {}).expect("it can be built");
    let restored = restore(&engine, &passages[0]).expect("it can be restored");
    assert!(restored.is_found && restored.entry.by == "a moderator");
    assert!(quoted(&engine, DREAMS).contains("vivid dreams"));
    assert!(!quoted(&engine, "Is headache the most common side effect?").contains("Headache is"));
    restore(&engine, &passages[1]).expect("it can be restored");
    assert_eq!((files(&world), world.current()), (before, live));
    assert!(quoted(&engine, "Is headache the most common side effect?").contains("Headache is"));
}

#[test]
fn what_is_withheld_while_an_index_is_built_is_not_served_after_it() {
    let world = World::new();
    let engine = opened(&world);
    let passages =
        ["vivid dreams", "Headache is", "Drowsiness", "warfarin"].map(|words| passage_of(&engine, words));
    for (round, passage) in passages.iter().enumerate() {
        world
            .write("knowledge/mel/sources/leaflet.md", LEAFLET.replace("is 2 mg", &format!("is {round} mg")));
        std::thread::scope(|scope| {
            let building = scope.spawn(|| engine.reindex(NOW, false, &mut |_| {}).map(drop));
            assert!(withhold(&engine, passage));
            assert!(!engine.snapshot().shows_any_of(&[passage]));
            building.join().expect("it ends").expect("it can be built");
        });
        assert!(!engine.snapshot().shows_any_of(&[passage]), "after round {round}");
    }
}

#[test]
fn only_one_changes_a_base_at_a_time() {
    let world = World::new();
    let engine = opened(&world);
    let passage = passage_of(&engine, "vivid dreams");
    let lock = engine.generations().lock().expect("nobody else writes");
    let before = files(&world);
    let is_locked = |error: CurationError| {
        assert!(
            matches!(error, CurationError::Engine(EngineError::Index(IndexError::Locked { .. }))),
            "{error}"
        );
    };
    is_locked(add(&engine, &draft("tea.md", MELATONIN_TEA), false).expect_err("it is locked"));
    is_locked(remove(&engine, "review", false).expect_err("it is locked"));
    assert_eq!(files(&world), before);
    assert!(withhold(&engine, &passage), "withholding waits for no lock");
    is_locked(restore(&engine, &passage).expect_err("it is locked"));
    drop(lock);
    restore(&engine, &passage).expect("it can be restored");
}

#[test]
fn what_is_no_source_changes_nothing() {
    let world = World::new();
    let engine = opened(&world);
    let before = files(&world);
    let long = format!("{}.md", "🙂".repeat(300));
    for (name, bytes, expected) in [
        ("a.exe", &b"MZ"[..], "This file type is not supported."),
        (&long, b"Words.", "has no letter or digit"),
        ("a.md", b"", "The file is empty."),
        ("a.pdf", b"%PDF-1.7 nothing", "The PDF is damaged"),
        ("a.md", b"%PDF-1.7", "The file is a PDF"),
        ("a.txt", b"a\0b", "The file is not text"),
        ("a.md", b"# Only a heading", "The file contains no passage of text."),
        ("a.txt", &vec![b'a'; (16 << 20) + 1], "16 MiB"),
    ] {
        let told = add(&engine, &draft(name, bytes), true).expect_err(name).to_string();
        assert!(told.contains(expected), "{name}: {told}");
        let limits = PreviewLimits { bytes: u64::MAX, sections: 9, sentences: 9, characters: 999 };
        let preview = engine.preview(name, bytes, limits);
        assert!(!preview.is_readable() && !preview.problems.is_empty(), "{preview:?}");
    }
    assert_eq!(files(&world), before);
}

#[test]
fn odd_names_stay_in_the_folder_of_sources() {
    let world = World::new();
    let engine = opened(&world);
    let before = files(&world).len();
    let long = format!("{}.md", "long".repeat(75));
    let names = ["../../etc/passwd.md", "CON.md", "🙂 a.md", "/etc/shadow.txt", "C:\\boot.md", &long];
    for (at, name) in names.iter().enumerate() {
        add(&engine, &draft(name, format!("Sentence number {at}.")), false).expect(name);
    }
    let ids: Vec<String> =
        engine.snapshot().corpus.documents.iter().map(|document| document.id.clone()).collect();
    let expected = ["a", "boot", "con-source", "leaflet", &"long".repeat(16), "passwd", "review", "shadow"];
    assert_eq!(ids, expected);
    assert_eq!(files(&world).len(), before + names.len());
}

#[test]
fn a_preview_tells_what_would_be_replaced() {
    let world = World::new().source("more/broken.txt", "");
    let engine = opened(&world);
    let before = files(&world);
    let limits = PreviewLimits { bytes: 1 << 20, sections: 9, sentences: 3, characters: 500 };
    let preview = engine.preview("Leaflet.md", changed_leaflet().as_bytes(), limits);
    assert_eq!(preview.replaces.as_deref(), Some("Melatonin: the leaflet"));
    assert_eq!((preview.unchanged, preview.report.unit_count(), preview.elsewhere.len()), (4, 8, 0));
    assert!(
        preview.is_described && preview.first_sentences[0].starts_with("The usual dose of melatonin is 3 mg")
    );
    let preview = engine.preview("other.md", LEAFLET.as_bytes(), limits);
    assert_eq!((preview.replaces, preview.elsewhere.len()), (None, 5));
    let preview = engine.preview("broken.md", b"Words.", limits);
    assert_eq!(preview.replaces.as_deref(), Some("broken"), "the folder has a file of that id");
    assert_eq!(files(&world), before);
}

/// A file in the way has the same effect as a folder without write permission: nothing is half done.
#[test]
fn a_folder_that_cannot_be_written_leaves_everything() {
    let world = World::new().file("knowledge/mel/removed", "a file, and no folder");
    let engine = opened(&world);
    let (before, live) = (files(&world), world.current());
    let told = remove(&engine, "review", false).expect_err("it cannot be moved aside").to_string();
    assert!(told.contains(&world.path("knowledge/mel/removed").display().to_string()), "{told}");
    add(&engine, &draft("review.md", MELATONIN_TEA), false).expect_err("it cannot be moved aside");
    assert_eq!((files(&world), world.current()), (before.clone(), live.clone()));
    fs::create_dir(world.path("knowledge/mel/.change.toml.x")).expect("a folder");
    fs::create_dir(world.path("knowledge/mel/.withheld.toml.new")).expect("a folder");
    let passage = passage_of(&engine, "vivid dreams");
    let told = engine.withhold(&passage, "m", NOW, "r").expect_err("it cannot be written").to_string();
    assert!(told.contains(".withheld.toml.new") && told.contains("try again"), "{told}");
    assert!(quoted(&engine, DREAMS).contains("vivid dreams"), "an unlisted passage is not withheld");
    fs::create_dir(world.path("knowledge/mel/..change.toml.new")).expect("a folder");
    add(&engine, &draft("tea.md", MELATONIN_TEA), false).expect_err("it cannot be recorded");
    assert_eq!((files(&world), world.current()), (before, live));
}

#[test]
fn the_status_tells_how_the_base_stands() {
    let world = World::new();
    let engine = opened(&world);
    let first = world.current();
    add(&engine, &draft("tea.md", MELATONIN_TEA), false).expect("it is sound");
    withhold(&engine, &passage_of(&engine, "vivid dreams"));
    let status = engine.status();
    assert_eq!((status.serving.id.as_str(), status.is_live), (world.current().as_str(), true));
    assert_eq!((status.serving.made.as_str(), status.serving.counts.sources), (NOW, 3));
    assert_eq!(
        status.others.iter().map(|manifest| manifest.id.clone()).collect::<Vec<_>>(),
        std::slice::from_ref(&first)
    );
    assert_eq!(status.withheld.map(|list| list.len()), Ok(1));
    assert_eq!(status.under_way, None);
    world.run(["rollback"]).succeeds();
    assert!(!engine.status().is_live, "another process has published");
}

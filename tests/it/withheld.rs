//! Withheld passages are shown nowhere.

use std::fs;

use crate::world::World;

const WORDS: &str = "vivid dreams";

/// The question whose answer is withheld, and similar ones.
const QUESTIONS: [&str; 5] = [
    "Do some people report vivid dreams in the first week?",
    "What are the side effects of melatonin?",
    "vivid dreams",
    "Does ibuprofen give vivid dreams?",
    "melatonin",
];

fn withheld() -> World {
    let world = World::new();
    let reply = world.ask_json(QUESTIONS[0]);
    let quotes = reply["quotes"].as_array().expect("quotes");
    let quote = quotes.iter().find(|quote| quote["text"].as_str().is_some_and(|text| text.contains(WORDS)));
    let passage = quote.unwrap_or_else(|| panic!("not answered before: {reply}"))["passage"].clone();
    world.run(["topic", "sideeffects"]).succeeds().says(WORDS);
    let related = world.ask_json(QUESTIONS[3]);
    assert!(related["related"].to_string().contains(WORDS), "not related before: {related}");
    world.file(
        "knowledge/mel/withheld.toml",
        format!("[[withheld]]\npassage = {passage}\nby = \"a moderator\"\nat = \"2026-01-02\"\nreason = \"outdated\"\n"),
    )
}

#[test]
fn a_withheld_passage_that_another_version_cannot_find_stops_the_build() {
    let world = World::new().indexed();
    let list = "[[withheld]]\npassage = \"leaflet:0123456789ab\"\nby = \"ada\"\nat = \"\"\nreason = \"\"\n";
    world.write("knowledge/mel/withheld.toml", list);
    let manifest = format!("index/mel/{}/manifest.toml", world.current());
    let text = std::fs::read_to_string(world.path(&manifest)).expect("a manifest");
    let schema = text.lines().find(|line| line.starts_with("schema = ")).expect("a schema");
    world.write(&manifest, text.replace(schema, "schema = 1"));
    for command in [vec!["index"], vec!["ask", "What is the usual dose?"]] {
        let ran = world.run(command).exits(1);
        ran.warns("cannot find 1 passage that is withheld: leaflet:0123456789ab").warns("verbatim read");
    }
    world.run(["index", "--force"]).succeeds().says("Published");
}

#[test]
fn it_is_neither_quoted_nor_related_nor_in_a_topic() {
    let world = withheld().indexed();
    for question in QUESTIONS {
        let reply = world.ask_json(question);
        assert!(!reply["quotes"].to_string().contains(WORDS), "{reply}");
        assert!(!reply["related"].to_string().contains(WORDS), "{reply}");
    }
    world.run(["topic", "sideeffects"]).succeeds().never_says(WORDS).says("Headache is the most common");
    let lines =
        format!("{}\n:more\n:more\n:context\n:topic sideeffects\n", QUESTIONS[0].replace(WORDS, "it"));
    world.run_with(["chat"], lines).succeeds().never_says(WORDS);
}

#[test]
fn a_withheld_passage_that_is_not_there_is_a_problem() {
    let entry =
        "[[withheld]]\npassage = \"leaflet:000000000000\"\nby = \"m\"\nat = \"2026-01-02\"\nreason = \"r\"\n";
    let world = World::new().file("knowledge/mel/withheld.toml", entry);
    world
        .run(["check"])
        .exits(1)
        .says("The passage `leaflet:000000000000` is withheld, but no source contains it.");
}

const LIST: &str = "knowledge/mel/withheld.toml";
const COPY: &str = "index/.withheld/mel.toml";

fn list(world: &World) -> String {
    fs::read_to_string(world.path(LIST)).expect("the list")
}

/// A typing error in the list is reported, and brings nothing back.
#[test]
fn an_entry_with_a_slip_withholds_its_passage() {
    let world = withheld();
    world.write(LIST, list(&world).replace("reason", "raeson"));
    let world = world.indexed();
    world.run(["topic", "sideeffects"]).succeeds().never_says(WORDS);
    world.run(["check"]).exits(1).says("There is no key `raeson` here.").says("has no `reason`");
}

/// A withheld list that cannot be read must not restore all its passages.
#[test]
fn a_broken_list_is_not_taken_for_an_empty_one() {
    let world = World::new().indexed();
    let first = world.current();
    world.write(LIST, list(&withheld()));
    world.run(["index"]).succeeds();
    let sound = list(&world);
    for broken in [sound.replace("passage", "pasage"), format!("{sound}[[withheld]"), "\u{1}".to_owned()] {
        world.write(LIST, broken);
        world.run(["check"]).exits(1).says("mel/withheld.toml:");
        world.run(["index"]).exits(1).warns("mel/withheld.toml:");
        let rolled_back = world.run(["rollback", &first]).succeeds();
        rolled_back.warns("mel/withheld.toml:").warns("Withheld passages stay withheld.");
        world
            .run(["topic", "sideeffects"])
            .succeeds()
            .never_says(WORDS)
            .warns("Withheld passages stay withheld.");
        // They stay withheld even if only a new index can answer.
        fs::remove_dir_all(world.path("index/mel")).expect("the generations");
        world
            .run(["topic", "sideeffects"])
            .succeeds()
            .never_says(WORDS)
            .warns("Withheld passages stay withheld.");
        world.write(LIST, &sound);
        world.run(["topic", "sideeffects"]).succeeds().never_says(WORDS);
        world.write(LIST, "withheld = []");
        world.run(["index"]).succeeds();
        fs::remove_file(world.path(LIST)).expect("a file");
        world.run(["index"]).succeeds();
        assert_eq!(world.current(), first);
        world.write(LIST, &sound);
        world.run(["ask", QUESTIONS[0]]).succeeds().never_says(WORDS);
    }
}

/// A missing or blank list says nothing; only `withheld = []` says that no passage is withheld.
#[test]
fn a_lost_list_is_not_taken_for_an_empty_one() {
    let world = World::new().indexed();
    world.write(LIST, list(&withheld()));
    world.run(["ask", QUESTIONS[0]]).succeeds().never_says(WORDS);
    fs::remove_file(world.path(LIST)).expect("a file");
    for (what, next) in [("missing", "\n"), ("empty", "# Kept by hand.\n"), ("empty", "")] {
        let told = format!(
            "mel/withheld.toml: The list of withheld passages is {what}. It had 1 passage when it was last read. \
             Put it back, or write `withheld = []` if nothing should be withheld any more."
        );
        world.run(["check"]).exits(1).says(&told);
        world.run(["index"]).exits(1).warns(&told);
        world.run(["ask", QUESTIONS[0]]).succeeds().never_says(WORDS).warns(&told);
        world.write(LIST, next);
    }
    fs::remove_file(world.path(LIST)).expect("a file");
    fs::rename(world.path("knowledge"), world.path("elsewhere")).expect("a folder");
    world
        .run(["ask", QUESTIONS[0]])
        .succeeds()
        .never_says(WORDS)
        .warns("The list of withheld passages is missing");
    fs::rename(world.path("elsewhere"), world.path("knowledge")).expect("a folder");
    world.write(LIST, "withheld = []");
    world.run(["ask", QUESTIONS[0]]).succeeds().says(WORDS);
    fs::remove_file(world.path(LIST)).expect("a file");
    world.run(["ask", QUESTIONS[0]]).succeeds().says(WORDS);
    world.run(["check"]).succeeds().says("No problems.");
}

/// A copy of the words has another id, which the moderator who withheld the first does not know.
#[test]
fn the_same_words_in_another_source_are_reported() {
    let world = World::new().file(LIST, list(&withheld()));
    world.run(["check"]).succeeds();
    world.write("knowledge/mel/sources/copy.md", crate::fixture::LEAFLET);
    world.run(["check"]).exits(1).says("is shown, but has the same text as").says("which is withheld.");
}

/// If neither the list nor its copy can be read, nothing is answered, and the message says what to repair.
#[test]
fn where_nobody_knows_what_is_withheld_nothing_is_answered() {
    let world = World::new().indexed();
    let first = world.current();
    world.write(LIST, list(&withheld()));
    world.run(["index"]).succeeds();
    let (live, sound) = (world.current(), list(&world));
    let kept = fs::read_to_string(world.path(COPY)).expect("the copy");
    let damages = [None, Some(kept.replace("leaflet", "leaflat")), Some(kept[..kept.len() / 2].to_owned())];
    for damaged in damages {
        match damaged {
            Some(damaged) => world.write(COPY, damaged),
            None => fs::remove_file(world.path(COPY)).expect("the copy"),
        }
        world.write(LIST, format!("{sound}[[withheld]"));
        world.run(["index"]).exits(1).warns("mel/withheld.toml:6: ");
        for command in [&["ask", QUESTIONS[0]][..], &["topic", "sideeffects"], &["rollback", &first]] {
            let refused = world.run(command).exits(1).never_says(WORDS);
            refused
                .warns("cannot tell which passages of `mel` are withheld, so its index is not opened.")
                .warns("mel/withheld.toml:6: ")
                .warns(&format!("{}, cannot be used either: ", world.path(COPY).display()))
                .warns("Repair the list (`withheld = []` means that nothing is withheld), then try again");
        }
        assert_eq!(world.current(), live);
        fs::remove_file(world.path(LIST)).expect("a file");
        world.run(["ask", QUESTIONS[0]]).exits(1).warns("The list of withheld passages is missing.");
        world.write(LIST, &sound);
        world.run(["ask", QUESTIONS[0]]).succeeds().never_says(WORDS);
        assert_eq!(fs::read_to_string(world.path(COPY)).expect("the copy"), kept);
    }
}

/// The copy is optional: with a readable list, the index folder may be read-only.
#[test]
fn a_read_only_index_is_served_with_the_list() {
    let world = World::new().bound_by_permissions().indexed();
    fs::remove_dir_all(world.path("index/.withheld")).expect("the copy");
    for folder in ["index/mel", "index"] {
        world.permit(folder, 0o555);
    }
    world.write(LIST, list(&withheld()));
    world.run(["ask", QUESTIONS[0]]).succeeds().never_says(WORDS).warns("No copy of the list");
    for folder in ["index", "index/mel"] {
        world.permit(folder, 0o755);
    }
}

/// A reference in a source is a passage too.
#[test]
fn a_withheld_entry_of_the_literature_stands_under_no_quote() {
    let world = World::new().indexed();
    let question = "How fast does melatonin shorten the time to fall asleep?";
    let cited = "Melatonin for the treatment of sleep disorders";
    let reply = world.ask_json(question);
    assert!(reply["quotes"].to_string().contains(cited), "{reply}");
    let found = world.ask_json("Oda EF, Bloch MH treatment of sleep disorders");
    let quotes = found["quotes"].as_array().expect("quotes").iter();
    let entry = quotes
        .chain(found["related"].as_array().expect("related"))
        .find(|quote| quote["text"].as_str().is_some_and(|text| text.contains(cited)));
    let passage = &entry.unwrap_or_else(|| panic!("not found: {found}"))["passage"];
    world.write(LIST, format!("[[withheld]]\npassage = {passage}\n"));
    let reply = world.ask_json(question);
    assert!(reply["quotes"].to_string().contains("seven minutes"), "{reply}");
    assert!(!reply.to_string().contains(cited), "{reply}");
}

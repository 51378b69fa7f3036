//! Passages that were taken out of circulation are shown nowhere.

use crate::world::World;

const WORDS: &str = "vivid dreams";

/// The question whose answer is withheld, and others near it.
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
    world.run(["check"]).exits(1).says("No source has the passage `leaflet:000000000000` that is withheld.");
}

/// A list of what is withheld that cannot be read must not put it all back into circulation.
#[test]
fn a_broken_list_is_not_taken_for_an_empty_one() {
    let world = withheld().indexed();
    let list = std::fs::read_to_string(world.path("knowledge/mel/withheld.toml")).expect("the list");
    world.write("knowledge/mel/withheld.toml", list.replace("reason", "raeson"));
    world.run(["check"]).exits(1).says("There is no key `raeson` here.");
    world.run(["index"]).exits(1).warns("withheld.toml");
    world.run(["topic", "sideeffects"]).succeeds().never_says(WORDS);
}

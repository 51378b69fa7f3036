//! Generations: building, rolling back and forward, clean-up, and the regression questions that run before every
//! publication.

use std::fs;

use sha2::{Digest, Sha256};

use crate::fixture::{DOUBTFUL, LEAFLET, SETTINGS, changed_leaflet};
use crate::world::{World, index_at};

const LEAFLET_PATH: &str = "knowledge/mel/sources/leaflet.md";

#[test]
fn unchanged_knowledge_is_not_built_twice() {
    let world = World::new();
    world.run(["index"]).succeeds().says("Published: g").says("with 2 sources");
    let live = world.current();
    world.run(["index"]).succeeds().says(&format!("Nothing has changed; still live: {live}"));
    assert_eq!(world.current(), live);
}

#[test]
fn changed_knowledge_makes_another_generation() {
    let world = World::new().indexed();
    let first = world.current();
    world.write(LEAFLET_PATH, changed_leaflet());
    fs::remove_file(world.path("knowledge/mel/sources/review.md")).expect("a source");
    let ran = world.run(["index"]).succeeds();
    ran.says("read sources/leaflet.md").says("removed sources/review.md").says("with 1 source,");
    let second = world.current();
    assert_ne!(first, second);
    assert_eq!(world.dose(), "3");
    let listed = world.run(["generations"]).succeeds().out;
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 2, "{listed}");
    assert!(lines[0].starts_with(&format!("live  {second}")), "{listed}");
    assert!(lines[1].starts_with(&format!("      {first}")), "{listed}");
}

#[test]
fn rollback_goes_back_and_index_forward_again() {
    let world = World::new().indexed();
    let first = world.current();
    world.write(LEAFLET_PATH, changed_leaflet());
    let world = world.indexed();
    let second = world.current();
    world.run(["rollback"]).succeeds().says(&format!("Live again: {first}"));
    assert_eq!((world.current(), world.dose()), (first.clone(), "2".to_owned()));
    world.run(["rollback"]).exits(1).warns("there is no earlier index generation to roll back to");
    assert_eq!(world.current(), first);
    let ran = world.run(["index"]).succeeds();
    ran.says("This content was indexed before; its generation is live again").says(&second);
    assert_eq!((world.current(), world.dose()), (second.clone(), "3".to_owned()));
    world.run(["rollback", &first]).succeeds();
    assert_eq!(world.dose(), "2");
    let wrong = format!("{}x", &second[..12]);
    world
        .run(["rollback", &wrong])
        .exits(1)
        .warns(&format!("there is no index generation `{wrong}`; did you mean `{second}`?"));
}

#[test]
fn rollback_does_not_go_back_to_a_damaged_generation() {
    let world = World::new().indexed();
    let first = world.current();
    world.write(LEAFLET_PATH, changed_leaflet());
    let world = world.indexed();
    let second = world.current();
    world.write(&format!("index/mel/{first}/corpus.bin"), "nothing");
    world.run(["rollback"]).exits(1).warns("corpus.bin cannot be used");
    assert_eq!((world.current(), world.dose()), (second, "3".to_owned()));
}

#[test]
fn as_many_earlier_generations_are_kept_as_the_settings_say() {
    for keep in [0, 1] {
        let world = World::new().file("verbatim.toml", format!("{SETTINGS}\n[index]\nkeep = {keep}\n"));
        for dose in [2, 4] {
            world.write(LEAFLET_PATH, LEAFLET.replace("is 2 mg", &format!("is {dose} mg")));
            index_at(&world, &format!("2026-01-0{dose}T03:04:05Z"));
        }
        world.write(LEAFLET_PATH, LEAFLET.replace("is 2 mg", "is 5 mg"));
        world.run(["index"]).succeeds();
        let generations = world.generations().into_iter().filter(|name| name.starts_with('g')).count();
        assert_eq!(generations, 1 + keep, "{:?}", world.generations());
        assert_eq!(world.run(["generations"]).succeeds().out.lines().count(), 1 + keep);
        assert_eq!(world.dose(), "5");
    }
}

const RIGHT: &str =
    "[[question]]\nask = \"What is the usual dose?\"\nexpect = [\"The usual dose of melatonin is\"]\n";

#[test]
fn a_failing_question_of_the_base_refuses_publication() {
    let world = World::new().file("knowledge/mel/questions.toml", RIGHT);
    world.run(["index"]).succeeds().says("Regression questions: 1 of 1 pass.");
    let old = world.current();
    world.write(LEAFLET_PATH, changed_leaflet());
    let wrong = "[[question]]\nask = \"What is the usual dose?\"\nexpect = [\"The usual dose of melatonin is 2 mg\"]\n";
    world.write("knowledge/mel/questions.toml", format!("{RIGHT}\n{wrong}"));
    for _ in 0..2 {
        let ran = world.run(["index"]).exits(1);
        ran.says("Regression questions: 1 of 2 pass.")
            .says("failed What is the usual dose?: no quote contains \"The usual dose of melatonin is 2 mg\"")
            .warns(
                "1 of 2 regression questions failed, so the old index stays live; use `--force` to \
                 publish anyway",
            );
        assert_eq!((world.current(), world.dose()), (old.clone(), "2".to_owned()));
        assert!(
            world.generations().iter().all(|name| !name.starts_with('.')),
            "left behind: {:?}",
            world.generations()
        );
    }
    world.run(["index", "--force"]).succeeds().says("1 of 2 pass").says("Published");
    assert_eq!(world.dose(), "3");
    world.run(["generations"]).succeeds().says("1 of 2 regression questions pass");
    world.run(["eval"]).exits(1).says("missed");
}

#[test]
fn a_source_that_reads_doubtfully_needs_force() {
    let world = World::indexed(World::new());
    let old = world.current();
    world.write("knowledge/mel/sources/doses.md", DOUBTFUL);
    let ran = world.run(["index"]).exits(1);
    ran.warns("doses.md").warns("may have been read incorrectly").warns("use `--force` to publish anyway");
    assert_eq!(world.current(), old);
    world.run(["index", "--force"]).succeeds().says("Published");
    assert_ne!(world.current(), old);
    world.run(["index"]).succeeds().says("Nothing has changed");
}

#[test]
fn a_draft_shows_what_a_change_would_do_and_publishes_nothing() {
    let question = "[[question]]\nask = \"What is the usual dose?\"\nexpect = [\"The usual dose of melatonin is 2 mg\"]\n";
    let world = World::new().file("knowledge/mel/questions.toml", question).indexed();
    let old = world.current();
    world
        .run(["eval", "--draft"])
        .succeeds()
        .says("Every question has the same result as with the published index.");
    world.write(LEAFLET_PATH, changed_leaflet());
    world
        .run(["eval", "--draft"])
        .exits(1)
        .says("Compared with the published index:")
        .says("lost hit_shown: q1 What is the usual dose?");
    assert_eq!((world.current(), world.dose()), (old, "2".to_owned()));
}

#[test]
fn changed_questions_are_asked_anew() {
    let world = World::new().file("knowledge/mel/questions.toml", RIGHT).indexed();
    let wrong = RIGHT.replace("The usual dose of melatonin is", "The usual dose is 9 mg");
    world.write("knowledge/mel/questions.toml", wrong);
    world.run(["index"]).exits(1).says("0 of 1 pass");
}

#[test]
fn a_question_that_must_not_be_covered_is_held_to_that() {
    let question = "[[question]]\nask = \"What is the usual dose?\"\nnot_covered = true\n";
    let world = World::new().file("knowledge/mel/questions.toml", question);
    world.run(["index"]).exits(1).says("expected no answer, but it was answered");
    assert!(!world.path("index/mel/CURRENT").exists());
}

#[test]
fn the_same_knowledge_gives_the_same_generation_anywhere() {
    let worlds = [World::new().indexed(), World::new().indexed()];
    let told = worlds.each_ref().map(|world| {
        let digest = |name: &str| {
            let path = world.path("index/mel").join(world.current()).join(name);
            Sha256::digest(fs::read(path).expect("a file of the generation"))
        };
        let mut reply = world.ask_json("What are the side effects of melatonin?");
        reply["took_us"] = 0.into();
        (world.current(), digest("corpus.bin"), digest("vectors.bin"), reply)
    });
    assert_eq!(told[0], told[1]);
    let passages: Vec<&str> = told[0].3["quotes"]
        .as_array()
        .expect("quotes")
        .iter()
        .filter_map(|quote| quote["passage"].as_str())
        .collect();
    assert!(!passages.is_empty(), "{}", told[0].3);
}

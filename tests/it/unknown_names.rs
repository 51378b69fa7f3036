//! Names that do not exist: of a base, topic, flag, subcommand or setting. Each error suggests the nearest existing
//! name, and the exit code is 2.

use crate::fixture::SETTINGS;
use crate::world::World;

#[test]
fn an_unknown_base() {
    let world = World::new();
    let commands: [&[&str]; 9] = [
        &["ask", "--base", "mal", "What is the usual dose?"],
        &["topic", "--base", "mal", "dosage"],
        &["sources", "--base", "mal"],
        &["verify", "--base", "mal"],
        &["check", "--base", "mal"],
        &["index", "--base", "mal"],
        &["generations", "--base", "mal"],
        &["rollback", "--base", "mal"],
        &["chat", "--base", "mal"],
    ];
    for command in commands {
        world.run(command).exits(2).warns("there is no knowledge base `mal`; did you mean `mel`?");
    }
    assert_eq!(world.generations(), Vec::<String>::new(), "a wrong name creates nothing");
    assert!(!world.path("index/mal").exists(), "a wrong name creates nothing");
}

#[test]
fn a_base_that_is_near_none_is_told_where_they_are_listed() {
    World::new()
        .run(["ask", "--base", "warfarin", "dose?"])
        .exits(2)
        .warns("there is no knowledge base `warfarin`");
}

#[test]
fn a_name_that_leads_out_of_the_folder_is_no_base() {
    let world = World::new().indexed();
    for name in ["../knowledge/mel", "/etc", ".", "..", "mel/../mel", ""] {
        world.run(["index", "--base", name]).exits(2).warns("there is no knowledge base");
        world.run(["ask", "--base", name, "dose?"]).exits(2).warns("there is no knowledge base");
    }
}

#[test]
fn an_unknown_topic() {
    let world = World::new().indexed();
    world
        .run(["topic", "side-effects"])
        .exits(2)
        .warns("`mel` has no topic `side-effects`; did you mean `sideeffects`?");
    world.run(["topic", "weather"]).exits(2).warns("`mel` has no topic `weather`");
}

#[test]
fn an_unknown_flag() {
    let world = World::new();
    world.run(["ask", "--jason", "dose?"]).exits(2).warns("--json");
    world.run(["index", "--froce"]).exits(2).warns("--force");
}

#[test]
fn an_unknown_subcommand() {
    let world = World::new();
    world.run(["idnex"]).exits(2).warns("similar subcommands exist: 'invite', 'index'");
    world.run(["rolback"]).exits(2).warns("a similar subcommand exists: 'rollback'");
}

#[test]
fn an_unknown_setting() {
    let world = World::new();
    for (settings, told) in [
        (
            "[paths]\nknowlege = \"k\"\n",
            "verbatim.toml:2: there is no setting `knowlege`. Did you mean `knowledge`?",
        ),
        ("[indx]\nkeep = 3\n", "verbatim.toml:1: there is no setting `indx`. Did you mean `index`?"),
        ("[weather]\n", "verbatim.toml:1: there is no setting `weather`. Settings here: paths, base,"),
        ("[index]\nkeep = -1\n", "verbatim.toml:2: "),
        ("[index\n", "verbatim.toml:1: "),
    ] {
        world.write("verbatim.toml", settings);
        world.run(["sources"]).exits(2).warns(told);
    }
    world.write("verbatim.toml", SETTINGS);
    world.run(["sources"]).succeeds();
}

#[test]
fn settings_that_are_not_there() {
    let world = World::new();
    world
        .run(["--config", "other.toml", "sources"])
        .exits(2)
        .warns("other.toml: the settings cannot be read");
}

#[test]
fn an_encoder_that_is_not_there() {
    let world =
        World::new().file("verbatim.toml", "[base]\ndefault = \"mel\"\n\n[model]\nname = \"minilm\"\n");
    world.run(["ask", "dose?"]).exits(1).warns("models/minilm");
}

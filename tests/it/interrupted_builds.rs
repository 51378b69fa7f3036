//! A build killed at any moment: a whole generation answers afterwards, the old or the new one, and the next build
//! removes what the killed one left behind.

use std::process::Child;

use crate::fixture::LEAFLET;
use crate::world::World;

/// When a build is killed: as soon as its folder contains this; at once for the first.
const MOMENTS: [&str; 6] = ["", "tantivy", "tantivy/meta.json", "vectors.bin", "corpus.bin", "manifest.toml"];

fn leaflet(dose: usize) -> String {
    LEAFLET
        .replace("The usual dose of melatonin is 2 mg", &format!("The usual dose of melatonin is {dose} mg"))
}

/// Builds the index and kills the program at this moment, or when it ends if it is faster.
fn kill_build(world: &World, moment: &str) {
    let mut build = world.command(["index"]).spawn().expect("the program");
    let folder = world.path(&format!("index/mel/.building-{}", build.id()));
    let is_over = |build: &mut Child| build.try_wait().expect("a child can be waited for").is_some();
    while !moment.is_empty() && !folder.join(moment).exists() && !is_over(&mut build) {
        std::thread::yield_now();
    }
    build.kill().expect("a child can be killed");
    build.wait().expect("a child can be waited for");
}

#[test]
fn a_killed_build_leaves_a_whole_generation() {
    let world = World::new().indexed();
    let mut live = "2".to_owned();
    let mut survived = 0;
    for (dose, moment) in (3..).zip(MOMENTS) {
        world.write("knowledge/mel/sources/leaflet.md", leaflet(dose));
        kill_build(&world, moment);
        let answered = world.dose();
        assert!(answered == live || answered == dose.to_string(), "at `{moment}`: {answered}, not {live}");
        survived += usize::from(answered == live);
        // Every sentence of the generation that answers is in the knowledge folder it was built from.
        world.write("knowledge/mel/sources/leaflet.md", leaflet(answered.parse().expect("a number")));
        world.run(["verify"]).succeeds().says("letter for letter, 0 not.");
        live = answered;
    }
    assert!(survived >= 3, "the builds finished before they were killed");
    world.write("knowledge/mel/sources/leaflet.md", leaflet(99));
    world.run(["index"]).succeeds();
    assert_eq!(world.dose(), "99");
    let left: Vec<String> = world.generations().into_iter().filter(|name| name.starts_with('.')).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_killed_first_build_leaves_nothing_that_answers_wrongly() {
    let world = World::new();
    for moment in MOMENTS {
        kill_build(&world, moment);
    }
    assert_eq!(world.dose(), "2");
    assert!(world.generations().iter().all(|name| !name.starts_with('.')), "{:?}", world.generations());
}

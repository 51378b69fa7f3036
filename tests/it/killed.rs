//! A build killed at any moment: a whole generation answers afterwards, the old or the new one, and the next build
//! removes what the killed one left behind.

use std::thread::sleep;
use std::time::Duration;

use crate::fixture::{LEAFLET, long_source};
use crate::world::World;

/// When a build is killed, in milliseconds.
const MOMENTS: [u64; 8] = [0, 10, 25, 50, 100, 200, 400, 800];
/// Number of paragraphs that a debug build indexes in about a second.
const PARAGRAPHS: usize = 30;

fn leaflet(dose: usize) -> String {
    LEAFLET
        .replace("The usual dose of melatonin is 2 mg", &format!("The usual dose of melatonin is {dose} mg"))
}

#[test]
fn a_killed_build_leaves_a_whole_generation() {
    let world =
        World::new().source("long.md", long_source(PARAGRAPHS, "A long text about trials.")).indexed();
    let mut live = "2".to_owned();
    let mut survived = 0;
    for (dose, moment) in (3..).zip(MOMENTS) {
        world.write("knowledge/mel/sources/leaflet.md", leaflet(dose));
        let mut build = world.command(["index"]).spawn().expect("the program");
        sleep(Duration::from_millis(moment));
        build.kill().expect("a child can be killed");
        build.wait().expect("a child can be waited for");
        let answered = world.dose();
        assert!(
            answered == live || answered == dose.to_string(),
            "after {moment} ms: {answered}, not {live}"
        );
        survived += usize::from(answered == live);
        // Every sentence of the generation that answers is in the knowledge folder it was built from.
        world.write("knowledge/mel/sources/leaflet.md", leaflet(answered.parse().expect("a number")));
        world.run(["verify"]).succeeds().says("letter for letter, 0 not.");
        live = answered;
    }
    assert!(survived >= 3, "the builds finished before they were killed: make the base larger");
    world.write("knowledge/mel/sources/leaflet.md", leaflet(99));
    world.run(["index"]).succeeds();
    assert_eq!(world.dose(), "99");
    let left: Vec<String> = world.generations().into_iter().filter(|name| name.starts_with('.')).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_killed_first_build_leaves_nothing_that_answers_wrongly() {
    let world = World::new().source("long.md", long_source(PARAGRAPHS, "A long text about trials."));
    for moment in [30, 150, 300] {
        let mut build = world.command(["index"]).spawn().expect("the program");
        sleep(Duration::from_millis(moment));
        build.kill().expect("a child can be killed");
        build.wait().expect("a child can be waited for");
    }
    assert_eq!(world.dose(), "2");
    assert!(world.generations().iter().all(|name| !name.starts_with('.')), "{:?}", world.generations());
}

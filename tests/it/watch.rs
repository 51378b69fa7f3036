//! `verbatim index --watch`: a change in the knowledge folder builds a new generation automatically.

use std::io::{BufRead, BufReader};
use std::process::Child;
use std::time::{Duration, Instant};

use crate::fixture::changed_leaflet;
use crate::world::World;

/// A process that ends with its test, however the test ends.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[track_caller]
fn wait_for(world: &World, what: &str, holds: impl Fn(&World) -> bool) {
    let begin = Instant::now();
    while !holds(world) {
        assert!(begin.elapsed() < Duration::from_secs(20), "after 20 s still not: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_changed_file_is_taken_in() {
    let world = World::new();
    let mut watching = Watching(world.command(["index", "--watch"]).spawn().expect("the program"));
    let mut lines = BufReader::new(watching.0.stdout.take().expect("a pipe")).lines();
    lines
        .find(|line| line.as_ref().is_ok_and(|line| line.starts_with("Watching ")))
        .expect("it says so")
        .expect("text");
    let first = world.current();
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    wait_for(&world, "a new generation", |world| world.current() != first);
    assert_eq!(world.dose(), "3");
    // It keeps watching after a change that cannot be built.
    let second = world.current();
    world.write("knowledge/mel/base.toml", "title = ");
    std::thread::sleep(Duration::from_millis(1_200));
    assert_eq!(world.current(), second);
    world.write("knowledge/mel/base.toml", crate::fixture::ABOUT.replace("Melatonin", "Melatonin again"));
    wait_for(&world, "a generation of the repaired file", |world| world.current() != second);
    assert!(watching.0.try_wait().expect("a child").is_none(), "it keeps watching");
}

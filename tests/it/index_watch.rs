//! `verbatim index --watch`: a change in the knowledge folder builds a new generation automatically.

use std::io::{BufRead, BufReader};
use std::process::Child;

use crate::bot::wait_until;
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

#[test]
fn a_changed_file_is_taken_in() {
    let world = World::new();
    let mut watching = Watching(world.command(["index", "--watch"]).spawn().expect("the program"));
    let mut lines = BufReader::new(watching.0.stdout.take().expect("a pipe")).lines();
    let mut errors = BufReader::new(watching.0.stderr.take().expect("a pipe")).lines();
    lines
        .find(|line| line.as_ref().is_ok_and(|line| line.starts_with("Watching ")))
        .expect("it says so")
        .expect("text");
    let first = world.current();
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    wait_until("there is a new generation", || world.current() != first);
    assert_eq!(world.dose(), "3");
    // It keeps watching after a change that cannot be built.
    let second = world.current();
    world.write("knowledge/mel/base.toml", "title = ");
    let told = errors.find(|line| line.as_ref().is_ok_and(|line| line.contains("base.toml")));
    told.expect("the problem is told").expect("text");
    assert_eq!(world.current(), second);
    world.write("knowledge/mel/base.toml", crate::fixture::ABOUT.replace("Melatonin", "Melatonin again"));
    wait_until("there is a generation of the repaired file", || world.current() != second);
    assert!(watching.0.try_wait().expect("a child").is_none(), "it keeps watching");
}

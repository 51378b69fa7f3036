//! `verbatim verify`: every indexed sentence against its source file.

use crate::fixture::{REVIEW, changed_leaflet};
use crate::world::World;

#[test]
fn every_sentence_is_proved_and_counted() {
    let world = World::new().indexed();
    let ran = world.run(["verify"]).succeeds().says("sentences proved letter for letter, 0 not.");
    let counted: usize =
        ran.out.lines().last().and_then(|line| line.split(' ').next()?.parse().ok()).expect("a number");
    let listed = world.run(["generations"]).succeeds();
    listed.says(&format!("{counted} sentences"));
    // Eight sentences and two interactions of the leaflet, three sentences and two entries of the review.
    assert_eq!(counted, 13, "{}", ran.out);
}

#[test]
fn a_changed_sentence_is_named() {
    let world = World::new().indexed();
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    let ran = world.run(["verify"]).exits(1);
    ran.says("not there: The usual dose of melatonin is 2 mg, taken one to two hours before bedtime.")
        .says("12 sentences proved letter for letter, 1 not.")
        .says("run `verbatim index`");
}

#[test]
fn a_source_that_is_gone_proves_nothing() {
    let world = World::new().indexed();
    std::fs::remove_file(world.path("knowledge/mel/sources/review.md")).expect("a source");
    let ran = world.run(["verify"]).exits(1);
    ran.says("review.md").says("not there: Melatonin shortens the time to fall asleep by seven minutes.[1]");
}

#[test]
fn a_sentence_added_elsewhere_changes_no_other_sentence() {
    let world = World::new().indexed();
    world.write(
        "knowledge/mel/sources/review.md",
        format!("{REVIEW}\nOne more sentence stands at the end.\n"),
    );
    world.run(["verify"]).succeeds();
}

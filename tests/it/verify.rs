//! `verbatim verify`: every indexed sentence against its source file, every unit against a second reading of it.

use crate::fixture::{REVIEW, changed_leaflet, page_of, pdf};
use crate::world::World;

#[test]
fn every_sentence_is_proved_and_counted() {
    let world = World::new().indexed();
    let ran = world.run(["verify"]).succeeds().says("sentences verified letter for letter, 0 not.");
    let counted: usize =
        ran.out.lines().last().and_then(|line| line.split(' ').next()?.parse().ok()).expect("a number");
    let listed = world.run(["generations"]).succeeds();
    listed.says(&format!("{counted} sentences"));
    // Eight sentences and two interactions of the leaflet, three sentences and two references of the review.
    assert_eq!(counted, 13, "{}", ran.out);
}

#[test]
fn a_changed_sentence_is_named() {
    let world = World::new().indexed();
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    let ran = world.run(["verify"]).exits(1);
    ran.says("not in the file: The usual dose of melatonin is 2 mg, taken one to two hours before bedtime.")
        .says("12 sentences verified letter for letter, 1 not.")
        .says("run `verbatim index`");
}

#[test]
fn a_source_that_is_gone_proves_nothing() {
    let world = World::new().indexed();
    std::fs::remove_file(world.path("knowledge/mel/sources/review.md")).expect("a source");
    let ran = world.run(["verify"]).exits(1);
    ran.says("review.md")
        .says("not in the file: Melatonin shortens the time to fall asleep by seven minutes.[1]");
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

/// A page with a footnote mark, struck-out words and a table.
const PAGE: &str = "<h1>Melatonin in tablets</h1><p>Take <del>three</del> two tablets<sup>1</sup> at night. Drink water.</p>\
    <table><tr><th>Age</th><th>Dose</th></tr><tr><td>adults</td><td>2 mg</td></tr></table>";

#[test]
fn every_unit_stands_in_a_second_reading() {
    let about = "title = \"Tablets\"\npublisher = \"The Sleep Clinic\"\nurl = \"https://sleep.example.org/tablets\"\n";
    let world = World::new()
        .source("tablets.html", PAGE)
        .source("tablets.html.toml", about)
        .source("line.pdf", pdf(&page_of("Melatonin is made in the pineal gland.")))
        .source("line.pdf.toml", about)
        .indexed();
    world
        .run(["verify"])
        .succeeds()
        .says("leaflet: 8 of 8 sentences match sources/leaflet.md; 8 of 8 units found in a second reading")
        .says("line: 1 of 1 sentences match sources/line.pdf; 1 of 1 unit found in a second reading")
        .says("match sources/tablets.html; 3 of 3 units found in a second reading")
        .never_says("a second reading differs");
}

#[test]
fn a_unit_that_is_not_in_the_document_is_named() {
    let world = World::new().indexed();
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    world
        .run(["verify"])
        .exits(1)
        .says("7 of 8 sentences match sources/leaflet.md; 7 of 8 units found in a second reading")
        .says("a second reading differs: The usual dose of melatonin is 2 mg, taken one to two hours before bedtime. (line 14)")
        .says("1 unit does not appear in a second reading.");
    world.run(["index"]).succeeds();
    world.run(["verify"]).succeeds().never_says("a second reading differs");
}

//! "The sources differ" is shown if two sources cannot both be right about the question, and nowhere else.

use crate::fixture;
use crate::world::{World, open};

/// Another leaflet about the same medicine.
fn other(dose: &str, published: &str) -> String {
    format!(
        "+++\ntitle = \"Melatonin: another leaflet\"\npublisher = \"The Night Clinic\"\npublished = \"{published}\"\n+++\n\n\
         # Melatonin: another leaflet\n\n## Dosage\n\n{dose}\n"
    )
}

fn world(dose: &str) -> World {
    let posology = r#"
[[facet]]
id = "posology"
title = "dose"
headings = ["dose", "dosage"]
asks = ["dose", "dosage", "how much"]
says = ["dose", "dosage", "mg"]
states = ["mass"]

[[facet]]
id = "regulation"
title = "licensing"
asks = ["approved", "licensed"]
says = ["approved", "licensed"]
claims = ["approved", "licensed"]
"#;
    World::new()
        .variable("COLUMNS", "80")
        .file("knowledge/medical.toml", format!("{}{posology}", fixture::MEDICAL))
        .source("other.md", other(dose, "2019"))
}

const QUESTION: &str = "What is the usual dose of melatonin?";

/// Whether the reply says that the sources differ; if so, it must quote both.
#[track_caller]
fn differs(dose: &str, question: &str) -> bool {
    let world = world(dose);
    let reply = open(&world).engine.ask(question);
    let sources: Vec<&str> = reply.body().quotes.iter().map(|cited| cited.quote.source()).collect();
    let both = sources.contains(&"leaflet") && sources.contains(&"other");
    assert!(both || !reply.body().differ, "{reply:?}");
    reply.body().differ
}

#[test]
fn another_dose() {
    assert!(differs("The usual dose of melatonin is 5 mg.", QUESTION));
    assert!(differs("The usual dose of melatonin is 500 micrograms.", QUESTION));
    assert!(!differs("The usual dose of melatonin is 2 mg.", QUESTION));
    assert!(!differs("The usual dose of melatonin is 1 to 5 mg.", QUESTION));
    assert!(!differs("The usual dose of warfarin with melatonin is 5 mg.", QUESTION));
    assert!(!differs("The usual starting dose of melatonin is 1 mg.", QUESTION));
    assert!(!differs("In a trial the usual dose of melatonin was 5 mg.", QUESTION));
}

#[test]
fn what_one_affirms_and_the_other_denies() {
    for (of_other, expected) in [
        ("not approved for sleep", true),
        ("approved for sleep", false),
        ("not approved for warfarin", false),
    ] {
        // Under "Dosage" it would be about a dose.
        let status = other(&format!("Melatonin is {of_other}."), "2019").replace("## Dosage", "## Status");
        let world = world("").source("other.md", status).source(
            "review.md",
            fixture::REVIEW.replace("## Evidence\n", "## Evidence\n\nMelatonin is approved for sleep.\n"),
        );
        let reply = open(&world).engine.ask("Is melatonin approved for sleep?");
        assert_eq!(reply.body().differ, expected, "{of_other}: {reply:?}");
    }
}

#[test]
fn a_reader_is_told() {
    let world = world("The usual dose of melatonin is 5 mg.").indexed();
    let ran = world.run(["ask", QUESTION]).succeeds();
    insta::assert_snapshot!(ran.out, @r"
    The sources differ on this; their dates are shown.

     1  The usual dose of melatonin is 5 mg.
        — Melatonin: another leaflet › Dosage · The Night Clinic · 2019

     2  The usual dose of melatonin is 2 mg, taken one to two hours before bedtime.
        — Melatonin: the leaflet › Dose · The Sleep Clinic · 2023-04-05
        https://sleep.example.org/leaflet

    Topics: dosage
    This is a base for tests, and no medical advice.
    ");
    assert_eq!(world.ask_json(QUESTION)["differ"], true);
    let same = self::world("The usual dose of melatonin is 2 mg.").indexed();
    same.run(["ask", QUESTION]).succeeds().never_says("differ");
    assert_eq!(same.ask_json(QUESTION).get("differ"), None);
}

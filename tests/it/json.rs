//! Replies as JSON, checked against the published schema.

use serde_json::Value;

use crate::fixture::DISCLAIMER;
use crate::world::{Ran, World};

const SCHEMA: &str = include_str!("../fixtures/reply.schema.json");

#[track_caller]
fn check_schema(ran: &Ran, kind: &str) -> Value {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let reply: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let errors: Vec<String> = validator.iter_errors(&reply).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{reply}");
    assert_eq!(reply["kind"], kind, "{reply}");
    assert_eq!(reply["disclaimer"], DISCLAIMER);
    assert_eq!(reply["base"], "mel");
    reply
}

#[test]
fn the_schema_can_tell_wrong_from_right() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    assert!(!validator.is_valid(&serde_json::json!({"kind": "answer"})));
}

#[test]
fn an_answer() {
    let world = World::new().indexed();
    let ran = world.run(["ask", "--json", "Does it shorten the time to fall asleep?"]).succeeds();
    let reply = check_schema(&ran, "answer");
    assert_eq!(reply["generation"], world.current());
    let quote = &reply["quotes"][0];
    assert_eq!(quote["source"], "review");
    assert_eq!(quote["references"][0]["marker"], "1");
    assert_eq!(quote["references"][0]["doi"], "10.1000/sleep.0063773");
    assert_eq!(quote["references"][0]["pmid"], "23691095");
    assert_eq!(quote["references"][0]["pmcid"], "3656905");
    assert!(quote["flags"].to_string().contains("undated"), "{quote}");
}

#[test]
fn not_covered() {
    let ran =
        World::new().indexed().run(["ask", "--json", "Can I take ibuprofen with melatonin?"]).succeeds();
    let reply = check_schema(&ran, "not_covered");
    assert_eq!((reply["quotes"].to_string().as_str(), &reply["why"]), ("[]", &Value::from("ibuprofen")));
}

/// The sources answer, but only in a sentence that no reply can quote.
#[test]
fn an_answer_that_is_too_long_to_quote() {
    let trials = "in one more trial of healthy adults at one more sleep clinic in one more town, ".repeat(20);
    let words = format!("Grapefruit juice raises the level of melatonin in the blood, {trials}and at home.");
    let source =
        format!("+++\ntitle = \"Grapefruit\"\n+++\n\n# Grapefruit\n\n## Juice and melatonin\n\n{words}\n");
    let world = World::new().source("grapefruit.md", source);
    world.run(["index"]).succeeds();
    let question = "Does grapefruit juice raise the level of melatonin in the blood?";
    let reply = check_schema(&world.run(["ask", "--json", question]).succeeds(), "answer");
    assert_eq!((reply["quotes"].to_string().as_str(), &reply["why"]), ("[]", &Value::Null), "{reply}");
    let place = &reply["too_long"][0];
    assert_eq!(
        (&place["title"], &place["section"]),
        (&Value::from("Grapefruit"), &serde_json::json!(["Juice and melatonin"]))
    );
    let ran = world.run(["ask", question]).succeeds();
    let ran = ran.says("The sources answer this, but no sentence is short enough to quote. Read it here:");
    let ran = ran.says("— Grapefruit › Juice and melatonin · undated");
    assert!(!ran.out.contains("do not cover") && !ran.out.contains("healthy adults"), "{}", ran.out);
}

#[test]
fn notices() {
    let world = World::new().indexed();
    for (question, category) in [
        ("I can't breathe, my throat is closing up after taking melatonin", "emergency"),
        ("I want to kill myself", "self_harm"),
        ("My NHS number is 9994580760, what is the usual dose of melatonin?", "identifiers"),
        ("I'm 45 and weigh 70kg, how much ibuprofen should I take?", "personal_advice"),
    ] {
        // A question about one person's treatment is looked up like any other, and gets its card above the answer.
        let kind = if category == "personal_advice" { "not_covered" } else { "notice" };
        let reply = check_schema(&world.run(["ask", "--json", question]).succeeds(), kind);
        assert_eq!(reply["notice"]["category"], category);
        assert_eq!(reply["quotes"].to_string(), "[]");
        assert_eq!(reply["question"].is_null(), category != "personal_advice", "{reply}");
    }
}

/// Triage reads the raw message, before anything checks whether it is a valid question.
#[test]
fn a_cry_for_help_that_is_no_question() {
    let world = World::new().indexed();
    let day = "I had toast and tea at seven, walked the dog round the reservoir and answered a few emails before the \
        plumber came. He talked about his holiday in Wales, mended the tap in the kitchen and left at eleven. After \
        lunch I sorted the photographs for my sister, rang the library about the book that I had reserved, and watered \
        the tomatoes. ";
    let long = format!("I can't breathe, my throat is closing. {}", day.repeat(7));
    for message in ["I can't breathe,\u{7} my throat is closing", &long] {
        let reply = check_schema(&world.run(["ask", "--json", message]).succeeds(), "notice");
        assert_eq!(reply["notice"]["category"], "emergency");
    }
}

#[test]
fn a_notice_beside_an_answer() {
    let question = "Should I take melatonin with warfarin?";
    let ran = World::new().indexed().run(["ask", "--json", question]).succeeds();
    let reply = check_schema(&ran, "answer");
    assert_eq!(reply["notice"]["category"], "personal_advice");
}

#[test]
fn invalid() {
    let ran = World::new().indexed().run(["ask", "--json", " "]).exits(2);
    check_schema(&ran, "invalid");
}

#[test]
fn topics() {
    let world = World::new().indexed();
    for name in ["sideeffects", "dosage", "interactions"] {
        let reply = check_schema(&world.run(["topic", "--json", name]).succeeds(), "answer");
        assert!(!reply["quotes"].as_array().expect("quotes").is_empty(), "{reply}");
        // A topic that shows chosen passages asks no question.
        assert_eq!(reply["question"].is_null(), name != "interactions", "{reply}");
    }
}

#[test]
fn a_fixed_reply_repeats_no_question() {
    let ran = World::new().indexed().run(["ask", "--json", "thanks!"]).succeeds();
    let reply = check_schema(&ran, "not_covered");
    assert_eq!((&reply["fixed"], &reply["question"]), (&Value::from("small_talk"), &Value::Null));
}

#[test]
fn a_notice_that_repeats_the_question_is_invalid() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let ran = World::new().indexed().run(["ask", "--json", "I want to kill myself"]).succeeds();
    let mut reply = check_schema(&ran, "notice");
    reply["question"] = Value::from("I want to kill myself");
    assert!(!validator.is_valid(&reply));
}

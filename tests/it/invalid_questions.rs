//! Questions that cannot be looked up: each reply says what is wrong, and in a batch the other questions are still
//! answered.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use serde_json::{Value, json};

use crate::fixture::DISCLAIMER;
use crate::world::World;

#[track_caller]
fn check_invalid(question: &[u8], why: &str) {
    let world = World::new().indexed();
    let question = OsStr::from_bytes(question);
    let ran = world.run([OsStr::new("ask"), OsStr::new("--json"), question]).exits(2);
    let reply: Value = serde_json::from_str(&ran.out).expect("a reply is JSON");
    assert_eq!(reply["kind"], "invalid");
    assert_eq!(reply["why"], why);
    assert_eq!(reply["question"], Value::Null);
    assert_eq!(reply["disclaimer"], DISCLAIMER);
    world.run([OsStr::new("ask"), question]).exits(2).says(why).says(DISCLAIMER);
}

#[test]
fn an_empty_question() {
    check_invalid(b"", "The question is empty. Ask in a few words, for example: What are the side effects?");
}

#[test]
fn a_blank_question() {
    check_invalid(
        b" \t\n ",
        "The question is empty. Ask in a few words, for example: What are the side effects?",
    );
}

#[test]
fn a_question_that_is_too_long() {
    let question = "The tablets are white and round. ".repeat(61);
    check_invalid(
        question.as_bytes(),
        "The question has 2013 characters; the limit is 2000. Make it shorter.",
    );
}

#[test]
fn a_question_with_control_characters() {
    let why = "The question contains invisible control characters. Type it again instead of pasting it.";
    check_invalid(b"What is \x1b[31mthe dose?", why);
    check_invalid("the dose\u{85}?".as_bytes(), why);
}

#[test]
fn a_question_that_is_not_utf8() {
    check_invalid(b"the dose \xff\xfe?", "The question is not valid UTF-8 text. Send it as UTF-8.");
}

#[test]
fn no_question_at_all_is_a_wrong_call() {
    World::new().run(["ask"]).exits(2).warns("required arguments were not provided");
}

/// The lines of a batch, each with its expected id, kind and part of the reason.
fn batch() -> Vec<(Vec<u8>, Value, &'static str, &'static str)> {
    let usual = "What is the usual dose of melatonin?";
    let lines: Vec<(Vec<u8>, Value, &str, &str)> = vec![
        (usual.into(), Value::Null, "answer", ""),
        (json!({"id": "q1", "question": usual}).to_string().into(), json!("q1"), "answer", ""),
        (json!({"id": 7, "question": ""}).to_string().into(), json!("7"), "invalid", "is empty"),
        (b"the dose \xff?".to_vec(), Value::Null, "invalid", "not valid UTF-8"),
        (json!({"id": "q2"}).to_string().into(), json!("q2"), "invalid", "no `question` string"),
        (json!({"id": "q3", "question": 4}).to_string().into(), json!("q3"), "invalid", "no `question`"),
        (b"{\"id\": 1, ".to_vec(), Value::Null, "invalid", "starts like a JSON object"),
        (b"".to_vec(), Value::Null, "invalid", "is empty"),
        ("x".repeat(2_001).into(), Value::Null, "invalid", "2001 characters"),
        (
            json!({"id": "q4", "question": "a\u{0}b"}).to_string().into(),
            json!("q4"),
            "invalid",
            "control characters",
        ),
        (json!({"question": usual}).to_string().into(), Value::Null, "answer", ""),
        (json!({"id": "last", "question": usual}).to_string().into(), json!("last"), "answer", ""),
    ];
    lines
}

#[test]
fn in_a_batch_only_the_bad_lines_are_invalid() {
    let world = World::new().indexed();
    let batch = batch();
    let input: Vec<u8> = batch.iter().map(|(line, ..)| line.as_slice()).collect::<Vec<_>>().join(&b'\n');
    let ran = world.run_with(["ask", "--batch", "--json"], input).succeeds();
    let replies: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(replies.len(), batch.len(), "{}", ran.out);
    for (reply, (line, id, kind, why)) in replies.iter().zip(&batch) {
        let line = String::from_utf8_lossy(line);
        assert_eq!(reply["kind"], *kind, "{line}: {reply}");
        assert_eq!(reply["id"], *id, "{line}: {reply}");
        assert_eq!(reply.get("id").is_some(), !id.is_null(), "{line}: {reply}");
        assert_eq!(reply["disclaimer"], DISCLAIMER, "{line}: {reply}");
        assert!(reply["why"].as_str().unwrap_or_default().contains(why), "{line}: {reply}");
    }
}

#[test]
fn lines_may_end_as_windows_ends_them() {
    let world = World::new().indexed();
    let input =
        "What is the usual dose of melatonin?\r\n{\"id\": \"b\", \"question\": \"Is headache common?\"}\r\n";
    let ran = world.run_with(["ask", "--batch", "--json"], input).succeeds();
    let replies: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(replies[0]["question"], "What is the usual dose of melatonin?");
    assert_eq!((&replies[1]["id"], &replies[1]["question"]), (&json!("b"), &json!("Is headache common?")));
}

#[test]
fn a_batch_as_text_answers_every_line() {
    let world = World::new().indexed();
    let ran = world
        .run_with(["ask", "--batch"], "What is the usual dose?\n\n\u{7}\nIs headache common?\n")
        .succeeds();
    ran.says("The usual dose of melatonin is 2 mg")
        .says("control characters")
        .says("Headache is the most common");
}

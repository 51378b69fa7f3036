//! `verbatim-eval` from outside, with the model of this repository.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Command::new(env!("CARGO_BIN_EXE_verbatim-eval"))
        .current_dir(folder)
        .arg("--knowledge")
        .arg(root.join("knowledge"))
        .arg("--model")
        .arg(root.join("models/reader"))
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file is written");
    }
    folder
}

#[test]
fn a_collection_is_searched_and_a_run_written() {
    let corpus = "{\"_id\": \"d1\", \"title\": \"Gout\", \"text\": \"Gout is a disease of the joints.\"}\n\
        {\"_id\": \"d2\", \"title\": \"Measles\", \"text\": \"Measles is a disease with a rash.\"}\n";
    let folder = folder(&[
        ("corpus.jsonl", corpus),
        ("queries", "{\"_id\": \"q1\", \"text\": \"What is measles?\"}\n"),
    ]);
    let call = ["retrieval", "--collection", ".", "--queries", "queries", "--run", "out.run"];
    let output = run(folder.path(), &call);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("2 documents, 1 queries"), "{said} {}", String::from_utf8_lossy(&output.stderr));
    let found = fs::read_to_string(folder.path().join("out.run")).expect("the run is written");
    assert!(found.starts_with("q1 Q0 d2 1 "), "{found}");
    fs::write(folder.path().join("corpus.jsonl"), "{\"_id\": 1}\n").expect("a file is written");
    let output = run(folder.path(), &call);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("corpus.jsonl:1: "));
}

#[test]
fn evidence_and_calibration_are_of_the_questions_of_a_set() {
    let folder = folder(&[
        (
            "answerable.jsonl",
            "{\"id\": \"a\", \"question\": \"What is the typical dosage of LDN?\", \"mode\": \"any\", \"required\": [], \
             \"gold\": [{\"quote\": \"The typical dosage of LDN in published research is 4.5mg.\"}]}\n",
        ),
        (
            "unanswerable.jsonl",
            "{\"id\": \"b\", \"question\": \"Who won the cup in 1966?\", \"kind\": \"off\"}\n",
        ),
    ]);
    let output = run(folder.path(), &["evidence", "--set", ".", "--output", "evidence.jsonl"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = fs::read_to_string(folder.path().join("evidence.jsonl")).expect("the evidence is written");
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.lines().next().is_some_and(|line| line.contains("\"gold\":true")), "{lines}");
    let output = run(folder.path(), &["calibration", "--set", "."]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("area under the curve, answerable against the rest: 1.000\n"), "{said}");
}

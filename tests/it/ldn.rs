//! The shipped knowledge base with the shipped sentence encoder.

use std::fs;
use std::path::Path;

use crate::world::{Ran, World};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, target).expect("a copy")),
        }
    }
}

/// A world with the shipped knowledge and the shipped settings, except for the path of the models.
pub fn shipped() -> World {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let models = root.join("models").display().to_string();
    let world = World::empty().file("verbatim.toml", format!("[paths]\nmodels = {models:?}\n"));
    copy(&root.join("knowledge"), &world.path("knowledge"));
    world
}

/// A word that is in no source and no dictionary, so any occurrence was written by the program.
const NONCE: &str = "xylobrantic";

#[track_caller]
fn check_silent(ran: &Ran) {
    assert!(ran.err.contains("TRACE") || ran.err.contains("DEBUG"), "the log is on: {}", ran.err);
    let log = ran.err.to_lowercase();
    for word in [NONCE, "leprechaun", "on moonlit sundays"] {
        assert!(!log.contains(word), "the log has the question's words: {}", ran.err);
    }
}

fn check_not_on_disk(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            check_not_on_disk(&path);
            continue;
        }
        let bytes = fs::read(&path).expect("a file").to_ascii_lowercase();
        assert!(!bytes.windows(NONCE.len()).any(|found| found == NONCE.as_bytes()), "{}", path.display());
    }
}

#[test]
fn a_question_is_written_nowhere() {
    let world = World::new().variable("VERBATIM_LOG", "trace");
    let question = format!("Does melatonin make a {NONCE} leprechaun drowsy on moonlit Sundays?");
    // The first run builds the index, the others read it.
    check_silent(&world.run(["ask", &question]).succeeds());
    check_silent(&world.run(["ask", "--json", &question]).succeeds());
    check_silent(&world.run_with(["ask", "--batch", "--json"], format!("{question}\n")).succeeds());
    check_silent(&world.run_with(["chat"], format!("{question}\n:more\n:context\n")).succeeds());
    check_not_on_disk(&world.path(""));
}

#[test]
fn a_question_is_answered_from_both_sources() {
    let world = shipped();
    world.run(["check"]).succeeds();
    let ran = world.run(["ask", "--json", "Does LDN help with multiple sclerosis?"]).succeeds();
    let reply: serde_json::Value = serde_json::from_str(&ran.out).expect("a reply is JSON");
    assert_eq!(reply["kind"], "answer", "{reply}");
    let shown = world.run(["ask", "Does LDN help with multiple sclerosis?"]).succeeds();
    shown.says(reply["disclaimer"].as_str().expect("text")).says("Dr Murli Krishna").says("WikiProjectMed");
    let quotes = reply["quotes"].as_array().expect("quotes");
    for source in ["pain-clinic", "wikiprojectmed"] {
        assert!(quotes.iter().any(|quote| quote["source"] == source), "{source}: {reply}");
    }
    world.run(["verify"]).succeeds().says("letter for letter, 0 not.");
}

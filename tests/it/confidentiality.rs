//! The words of a question are in no log and no file.

use std::fs;
use std::path::Path;

use crate::world::{Ran, World};

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

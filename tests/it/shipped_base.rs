//! The shipped knowledge base with the shipped sentence encoder.

use std::fs;
use std::path::Path;

use crate::world::World;

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

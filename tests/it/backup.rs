//! `verbatim backup` and `verbatim restore`: what comes back, what must not, and what is refused.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::bot::{Bot, moderator};
use crate::fixture::changed_leaflet;
use crate::world::World;

const FILE: &str = "backup.zip";

/// A backup with one file at this path, in this format.
fn archive(path: &str, format: u32) -> Vec<u8> {
    let digest = "0".repeat(64);
    let manifest =
        format!("format = {format}\nprogram = \"1\"\nmade = \"now\"\n[files]\n\"{path}\" = \"{digest}\"\n");
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [(path, "evil"), ("manifest.toml", manifest.as_str())] {
        zip.start_file(name, SimpleFileOptions::default()).expect("a file");
        zip.write_all(text.as_bytes()).expect("it can be written");
    }
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn everything_comes_back_and_the_bot_may_run_during_the_backup() {
    let mut bot = Bot::with_settings("# password: hunter2\n");
    bot.moderate("channel", &[("mode", json!("private"))]);
    let ran = bot.world.run(["backup", FILE]).succeeds();
    ran.says("written to backup.zip");
    let mode = fs::metadata(bot.world.path(FILE)).expect("the backup").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    bot.world.run(["restore", FILE, "--force"]).exits(1).warns("a bot is running");
    bot.stop();
    let world = &bot.world;
    let (knowledge, stored) = (world.files("knowledge"), world.run(["store", "export"]).succeeds().out);
    assert!(stored.contains("private"), "{stored}");
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    world.write("knowledge/new/base.toml", "title = ");
    for lost in ["verbatim.db", "knowledge/medical.toml"] {
        fs::remove_file(world.path(lost)).expect("a file");
    }
    world.run(["restore", FILE]).exits(2).warns("--force");
    world.run(["restore", FILE, "--force"]).succeeds().says("verbatim index");
    assert_eq!(world.files("knowledge"), knowledge);
    assert_eq!(world.run(["store", "export"]).succeeds().out, stored);
    let mode = fs::metadata(world.path("verbatim.db")).expect("the store").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let settings = fs::read_to_string(world.path("verbatim.toml.restored")).expect("the settings");
    assert!(settings.contains("default = \"mel\"") && !settings.contains("hunter2"), "{settings}");
    assert_eq!(world.dose(), "2");
}

#[test]
fn a_backup_can_be_restored_where_there_is_nothing() {
    let world = World::new();
    world.run(["backup", FILE]).succeeds();
    let knowledge = world.files("knowledge");
    fs::rename(world.path("knowledge"), world.path("elsewhere")).expect("a folder");
    world.run(["restore", FILE]).succeeds();
    assert_eq!(world.files("knowledge"), knowledge);
    for command in ["backup", "restore"] {
        world.run([command, "knowledge/b.zip"]).exits(2).warns("in the knowledge folder");
    }
}

#[test]
fn a_changed_byte_is_noticed_before_anything_changes() {
    let world = World::new();
    world.run(["backup", FILE]).succeeds();
    let sound = fs::read(world.path(FILE)).expect("the backup");
    let before = world.files("knowledge");
    let mut refused = 0;
    for at in (1..20).map(|part| sound.len() * part / 20) {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        world.write(FILE, &bytes);
        let ran = world.run(["restore", FILE]);
        // A byte that says nothing about a file, such as its time, may change: without --force, that exits with 2.
        assert!(
            ran.code == 1 && ran.err.contains("cannot be restored") || ran.code == 2,
            "byte {at}: {ran:?}"
        );
        refused += u32::from(ran.code == 1);
    }
    assert!(refused >= 14, "only {refused} of 19 changes were noticed");
    world.write(FILE, &sound[..sound.len() / 2]);
    world.run(["restore", FILE, "--force"]).exits(1).warns("cannot be restored");
    assert_eq!(world.files("knowledge"), before);
}

#[test]
fn paths_that_leave_the_folder_and_newer_formats_are_refused() {
    let world = World::new();
    let before = world.files("knowledge");
    for path in [
        "knowledge/../evil",
        "../evil",
        "/evil",
        "evil",
        "knowledge/.restore/journal.toml",
        "knowledge/mel/.change.toml",
    ] {
        world.write(FILE, archive(path, 1));
        world.run(["restore", FILE, "--force"]).exits(1).warns("is not allowed");
    }
    world.write(FILE, archive("knowledge/mel/base.toml", 1));
    world.run(["restore", FILE, "--force"]).exits(1).warns("digest");
    world.write(FILE, archive("knowledge/mel/base.toml", 2));
    world.run(["restore", FILE, "--force"]).exits(1).warns("a newer version");
    assert!(!world.path("evil").exists());
    assert_eq!(world.files("knowledge"), before);
}

#[test]
fn what_is_withheld_stays_withheld() {
    let world = World::new().indexed();
    world.run(["backup", FILE]).succeeds();
    let question = "What is the usual dose of melatonin?";
    let passage = world.ask_json(question)["quotes"][0]["passage"].as_str().expect("a passage").to_owned();
    let list = "knowledge/mel/withheld.toml";
    let entry =
        format!("[[withheld]]\npassage = \"{passage}\"\nby = \"m\"\nat = \"2026-01-01\"\nreason = \"r\"\n");
    world.write(list, &entry);
    world.run(["index"]).succeeds();
    let is_withheld = || {
        let reply = world.ask_json(question).to_string();
        !reply.contains(&passage)
    };
    assert!(is_withheld());
    world.run(["restore", FILE, "--force"]).succeeds().says("still withheld").says(&passage);
    assert!(is_withheld() && fs::read_to_string(world.path(list)).expect("the list").contains(&passage));
    // Only the copy with the index still knows.
    fs::remove_file(world.path(list)).expect("the list");
    world.run(["restore", FILE, "--force"]).succeeds().says(&passage);
    world.run(["index"]).succeeds();
    assert!(is_withheld());
}

#[test]
fn a_person_whose_data_was_deleted_stays_deleted() {
    let mut bot = Bot::start();
    bot.moderate("channel", &[("mode", json!("private"))]);
    let answer = bot.ask("What is the usual dose of melatonin?");
    bot.press(&answer, "Helpful");
    bot.stop();
    let world = &bot.world;
    let id = moderator().id.to_string();
    world.run(["backup", FILE]).succeeds();
    assert!(world.run(["store", "export"]).out.contains(&id));
    world.run(["store", "forget", "--user", &id]).succeeds();
    world.run(["restore", FILE, "--force"]).succeeds().says("whose data was deleted");
    let stored = world.run(["store", "export"]).succeeds().out;
    assert!(stored.contains("private") && !stored.contains(&id), "{stored}");
}

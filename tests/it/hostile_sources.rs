//! Documents that break parsers. Each is read or refused, none affects anything else, and the bot continues to answer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::bot::{Bot, admin, moderator, text};
use crate::world::{Ran, World, sandbox};

/// Maximum resident memory of the program itself, in KiB. Its children have separate limits.
const PARENT_KIB: u64 = 300 << 10;
/// In a release build each takes at most five seconds; `docs/reliability.md` has the figures. The test machine may be
/// busy, so the limit here is higher.
const LONGEST: Duration = Duration::from_secs(40);

/// The refused files, and words from the reason. The others are read.
const REFUSED: &[(&str, &[&str])] = &[
    ("bomb-20g.pdf", &["more text than can be read"]),
    ("bomb-2x.pdf", &["more text than can be read"]),
    ("divs-1999.html", &["deep"]),
    ("dl-nest.html", &["deep"]),
    ("esc.txt", &["control character"]),
    ("nested-array.pdf", &["damaged"]),
    ("nul.md", &["byte"]),
    ("tables.html", &["deep"]),
];

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hostile");
    let entries = fs::read_dir(folder).expect("the fixtures");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(files.len() >= 20, "{files:?}");
    files
}

fn name(file: &Path) -> &str {
    file.file_name().and_then(|name| name.to_str()).expect("a plain name")
}

/// The expected reason if `REFUSED` lists the file; empty for a file that is read.
fn reasons(name: &str) -> &'static [&'static str] {
    REFUSED.iter().find(|(file, _)| *file == name).map_or(&[], |(_, reasons)| reasons)
}

#[test]
fn each_file_is_read_or_refused_and_the_rest_is_published() {
    let mut world = World::new();
    for file in files() {
        world = world.source(name(&file), fs::read(&file).expect("a fixture"));
    }
    let began = Instant::now();
    let (ran, peak) = watched(world.command(["index"]));
    assert!(began.elapsed() < LONGEST, "{:?}", began.elapsed());
    assert!(peak < PARENT_KIB, "the program itself took {peak} KiB");
    let ran = ran.succeeds();
    let sources = world.run(["sources"]).out;
    for file in files() {
        let name = name(&file);
        let path = world.path(&format!("knowledge/mel/sources/{name}")).display().to_string();
        let told: Vec<&str> = ran.err.lines().filter(|line| line.contains(&path)).collect();
        let refused = told.iter().any(|line| reasons(name).iter().any(|reason| line.contains(reason)));
        assert_eq!(refused, !reasons(name).is_empty(), "{name}: {told:?}");
        let id = name.split('.').next().expect("a name");
        assert_eq!(sources.contains(&format!("{id}: ")), !refused, "{name}: {sources}");
    }
    assert_eq!(world.dose(), "2");
}

/// Runs a command to its end and monitors its resident memory.
fn watched(mut command: Command) -> (Ran, u64) {
    let child = command.spawn().expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut peak = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                peak = peak.max(peak_kib(&status).unwrap_or(0));
                std::thread::sleep(Duration::from_millis(3));
            }
            peak
        });
        let output = child.wait_with_output().expect("it ends");
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
        assert!(!err.contains("panicked"), "{err}");
        (Ran { out, err, code: output.status.code().unwrap_or(-1) }, watcher.join().expect("it watches"))
    })
}

fn peak_kib(status: &str) -> Option<u64> {
    let status = fs::read_to_string(status).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn a_moderator_may_attach_any_of_them_and_the_bot_goes_on_answering() {
    let bot = Bot::start();
    for file in files() {
        let name = name(&file);
        let attached =
            bot.double.attach(name, "application/octet-stream", &fs::read(&file).expect("a fixture"));
        let upload = bot.double.send(&admin(&moderator(), "add", &[]).with_file("file", &attached));
        let asked = Instant::now();
        assert!(text(&bot.ask("What is the usual dose of melatonin?").body).contains("2 mg"), "{name}");
        assert!(asked.elapsed() < Duration::from_secs(3), "{name}: answered after {:?}", asked.elapsed());
        let shown = bot.settled_reply_to(upload).body;
        let refused = reasons(name).iter().any(|reason| text(&shown).contains(reason));
        assert_eq!(refused, !reasons(name).is_empty(), "{name}: {}", text(&shown));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_that_parses_can_open_nothing() {
    let restrictions = sandbox().check().expect("a child can be started");
    assert!(restrictions.memory && restrictions.files && restrictions.network && restrictions.processes);
}

#[test]
fn folders_without_end_are_not_followed() {
    let deep = "a/".repeat(900);
    let world = World::new().source(&format!("{deep}deep.md"), "It is deep.");
    let began = Instant::now();
    world
        .run(["check"])
        .exits(1)
        .says("Folders more than 16 levels below the folder of sources are not read.");
    assert!(began.elapsed() < LONGEST / 4, "{:?}", began.elapsed());
    assert_eq!(world.dose(), "2");
}

#[test]
fn a_sentence_of_eight_megabytes_costs_little() {
    let endless = "the dose of it is low and ".repeat((8 << 20) / 26);
    let world = World::new().source("endless.txt", endless);
    let (ran, peak) = watched(world.command(["index"]));
    ran.succeeds();
    assert!(peak < 2 * PARENT_KIB, "{peak} KiB");
}

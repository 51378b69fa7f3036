//! Damaged indexes: truncated files, flipped bytes, missing files, another schema. The program names the file, rebuilds
//! the index and answers. If it cannot rebuild, an older intact generation answers and the operator is told what to do.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::fixture::{LEAFLET, changed_leaflet};
use crate::world::{Ran, World, index_at, open};

/// Every file of the live generation, and the file that names it, but not the empty lock files.
fn files(world: &World) -> Vec<PathBuf> {
    let mut files = vec![world.path("index/mel/CURRENT")];
    let mut open = vec![world.path("index/mel").join(world.current())];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => open.push(path),
                false if path.metadata().expect("its size").len() > 0 => files.push(path),
                false => {}
            }
        }
    }
    // Tantivy gives each segment a new name in every build, so its files are identified by their extensions.
    files.sort_by_key(|path| {
        (path.extension().map(ToOwned::to_owned), path.file_name().map(ToOwned::to_owned))
    });
    files
}

/// Damages each file of the generation in turn; the next question is answered from a new index. Runs in-process,
/// because there are many files: remarks are what the program prints on standard error.
#[track_caller]
fn check_repair(damage: impl Fn(&Path)) {
    let world = World::new().indexed();
    let count = files(&world).len();
    assert!(count >= 10, "a generation without vectors has that many files, and one names it: {count}");
    for number in 0..count {
        let path = files(&world)[number].clone();
        damage(&path);
        let opened = open(&world);
        let told = format!("the index generation {} cannot be used", path.display());
        assert!(opened.remarks[0].starts_with(&told), "not told: {told}\n{:?}", opened.remarks);
        assert_eq!(opened.remarks[1..], ["The index has been rebuilt."], "{}", path.display());
        let reply = opened.engine.ask("What is the usual dose of melatonin?");
        assert!(reply.body().quotes[0].quote.text().contains("is 2 mg"), "{reply:?}");
    }
    // The next question finds nothing to report.
    assert_eq!(open(&world).remarks, Vec::<String>::new());
    assert_eq!(world.generations().len(), 3, "{:?}", world.generations());
}

/// The tests below damage every file, in-process.
#[test]
fn the_program_names_the_file_and_answers() {
    let world = World::new().indexed();
    for name in ["", "corpus.bin", "vectors.bin"] {
        let path = match name {
            "" => world.path("index/mel/CURRENT"),
            name => world.path("index/mel").join(world.current()).join(name),
        };
        flip(&path, |length| length / 3);
        let ran = ask(&world).warns(&format!("note: the index generation {} cannot be used", path.display()));
        ran.warns("note: The index has been rebuilt.").says("The usual dose of melatonin is 2 mg");
    }
    assert_eq!(ask(&world).err, "");
}

fn ask(world: &World) -> Ran {
    world.run(["ask", "What is the usual dose of melatonin?"]).succeeds()
}

fn flip(path: &Path, at: impl Fn(usize) -> usize) {
    let mut bytes = fs::read(path).expect("a file");
    let at = at(bytes.len());
    bytes[at] ^= 0x55;
    fs::write(path, bytes).expect("a file");
}

#[test]
fn a_flipped_first_byte_is_found_in_every_file() {
    check_repair(|path| flip(path, |_| 0));
}

#[test]
fn a_flipped_byte_in_the_middle_is_found_in_every_file() {
    check_repair(|path| flip(path, |length| length / 2));
}

#[test]
fn a_flipped_last_byte_is_found_in_every_file() {
    check_repair(|path| flip(path, |length| length - 1));
}

#[test]
fn half_a_file_is_found_for_every_file() {
    check_repair(|path| {
        let bytes = fs::read(path).expect("a file");
        fs::write(path, &bytes[..bytes.len() / 2]).expect("a file");
    });
}

#[test]
fn a_missing_file_is_found_for_every_file_but_the_one_that_names_the_generation() {
    check_repair(|path| match path.ends_with("CURRENT") {
        // If it is missing, there is no index, which is not damage: see the test below.
        true => flip(path, |_| 3),
        false => fs::remove_file(path).expect("a file"),
    });
}

#[test]
fn an_index_without_its_live_name_is_built_on_first_use() {
    let world = World::new().indexed();
    fs::remove_file(world.path("index/mel/CURRENT")).expect("a file");
    let before = world.generations();
    assert_eq!(world.dose(), "2");
    assert_eq!(world.generations().len(), before.len() + 1);
}

/// Two generations; the live one is of a changed leaflet.
fn two_generations() -> World {
    let world = World::new();
    index_at(&world, "2026-01-02T03:04:05Z");
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    index_at(&world, "2026-01-03T03:04:05Z");
    world
}

const PARTS: [&str; 4] = ["manifest.toml", "corpus.bin", "tantivy/meta.json", "tantivy/.managed.json"];

#[test]
fn without_the_knowledge_folder_an_older_generation_answers() {
    for part in PARTS {
        let world = two_generations();
        let path = world.path("index/mel").join(world.current()).join(part);
        flip(&path, |length| length / 2);
        fs::rename(world.path("knowledge"), world.path("elsewhere")).expect("a folder");
        let ran =
            ask(&world).says("The usual dose of melatonin is 2 mg").warns(&format!("{part} cannot be used"));
        ran.warns("The knowledge folder cannot be read")
            .warns("paths.knowledge")
            .warns("Answering from the index of");
    }
}

#[test]
fn with_a_read_only_index_an_older_generation_answers() {
    let world = two_generations();
    let parts: Vec<PathBuf> =
        PARTS.iter().map(|part| world.path("index/mel").join(world.current()).join(part)).collect();
    let world = world.bound_by_permissions();
    world.permit("index/mel/LOCK", 0o444);
    world.permit("index/mel", 0o555);
    for path in parts {
        let sound = fs::read(&path).expect("a file");
        flip(&path, |length| length / 2);
        let ran = ask(&world).says("The usual dose of melatonin is 2 mg");
        ran.warns("cannot be used")
            .warns("Permission denied")
            .warns("give this user write permission")
            .warns("Answering from");
        fs::write(&path, sound).expect("a file");
    }
    world.permit("index/mel", 0o755);
}

#[test]
fn a_lost_live_name_in_a_read_only_index_leaves_the_newest_answering() {
    let world = two_generations();
    flip(&world.path("index/mel/CURRENT"), |_| 0);
    fs::rename(world.path("knowledge"), world.path("elsewhere")).expect("a folder");
    ask(&world).says("The usual dose of melatonin is 3 mg").warns("index/mel/CURRENT cannot be used");
}

#[test]
fn nothing_sound_and_nothing_to_build_from_is_an_error() {
    let world = World::new().indexed();
    flip(&world.path("index/mel").join(world.current()).join("corpus.bin"), |_| 0);
    fs::rename(world.path("knowledge"), world.path("elsewhere")).expect("a folder");
    world.run(["ask", "What is the usual dose?"]).exits(1).warns("The knowledge folder cannot be read");
}

#[test]
fn a_generation_of_another_schema_is_built_anew() {
    let world = World::new().indexed();
    let path = world.path("index/mel").join(world.current()).join("manifest.toml");
    let text = fs::read_to_string(&path).expect("a manifest");
    let (body, _) = text.rsplit_once("# sha256 ").expect("a seal");
    let schema = body.lines().find(|line| line.starts_with("schema = ")).expect("a schema");
    let body = body.replace(schema, "schema = 999");
    let seal: String = Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(&path, format!("{body}# sha256 {seal}\n")).expect("a manifest");
    ask(&world).warns("it has schema 999, but this program reads").warns("The index has been rebuilt.");
    assert_eq!(ask(&world).err, "");
}

#[test]
fn an_index_that_is_not_there_is_built_on_first_use() {
    let world = World::new();
    ask(&world).says("The usual dose of melatonin is 2 mg").warns("Building the index of `mel`");
    assert_eq!(ask(&world).err, "");
    fs::remove_dir_all(world.path("index")).expect("a folder");
    world.write("knowledge/mel/sources/leaflet.md", LEAFLET);
    ask(&world);
}

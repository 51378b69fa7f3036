//! Sources that cannot be read, or not exactly as they are: `check` names each one and the remedy, `index` adds the
//! rest, and nothing is half published.

use std::os::unix::fs::symlink;

use crate::fixture::{self, BASE, LEAFLET, page_of, pdf};
use crate::world::{Ran, World};

/// `check` names the path and the problem; `index` works with the rest and leaves no stray files.
#[track_caller]
fn check_bad(world: &World, path: &str, what: &str) -> Ran {
    let told = format!("{}: {what}", world.path(path).display());
    let ran = world.run(["check"]).exits(1).says(&told);
    world.run(["index"]).succeeds().warns(&told);
    assert_eq!(world.dose(), "2");
    check_tidy(world);
    ran
}

/// The live generation is whole, and nothing else exists.
#[track_caller]
fn check_tidy(world: &World) {
    let names = ["CURRENT".to_owned(), "LOCK".to_owned(), world.current()];
    assert_eq!(world.generations(), names);
    world.run(["verify"]).succeeds();
}

#[test]
fn an_empty_file() {
    let world = World::new().source("empty.md", "");
    check_bad(&world, "knowledge/mel/sources/empty.md", "The file is empty.");
}

#[test]
fn a_file_of_blanks() {
    let world = World::new().source("blank.txt", " \n\n\t\n");
    check_bad(&world, "knowledge/mel/sources/blank.txt", "The file contains no passage of text.");
}

#[test]
fn a_binary_file() {
    let world = World::new().source("program.md", b"\x7fELF\x02\x01\x01\0\0\0\0");
    check_bad(&world, "knowledge/mel/sources/program.md", "The file is not text: byte 7 is zero.");
}

#[test]
fn a_file_that_is_not_utf8() {
    let mixed = World::new().source("mixed.md", b"A na\xc3\xafve patient takes \xbd mg.\n");
    mixed.run(["check"]).exits(1).says("sources/mixed.md:1: The file is not valid UTF-8");
    mixed.run(["index"]).succeeds().warns("sources/mixed.md:1: The file is not valid UTF-8");
    check_tidy(&mixed);
    let latin = b"+++\ntitle = \"T\"\n+++\nA na\xefve patient takes 2 mg.\n";
    let latin = World::new().source("latin.md", latin);
    latin.run(["check"]).succeeds().says("The text was decoded as windows-1252.");
}

#[test]
fn a_file_of_fifty_megabytes() {
    let world = World::new().source("huge.txt", "");
    let file = std::fs::File::options().write(true).open(world.path("knowledge/mel/sources/huge.txt"));
    file.expect("the file is there").set_len(50 << 20).expect("a sparse file");
    let ran = world.run(["check"]).exits(1).says("sources/huge.txt");
    assert!(ran.out.contains("MiB") || ran.out.contains("bytes"), "{}", ran.out);
    world.run(["index"]).succeeds().warns("sources/huge.txt");
    check_tidy(&world);
}

#[test]
fn a_file_with_an_unknown_ending() {
    let world = World::new().source("leaflet.odt", "PK");
    check_bad(&world, "knowledge/mel/sources/leaflet.odt", "This file type is not supported.");
    let world = World::new().source("leaflet.docx", "PK");
    check_bad(&world, "knowledge/mel/sources/leaflet.docx", "The file is not a Word document.");
    let world = World::new().source("leaflet.doc", "");
    check_bad(&world, "knowledge/mel/sources/leaflet.doc", "The old Word format `.doc` is not supported.");
}

#[test]
fn a_pdf_without_text() {
    let world = World::new()
        .source("scan.pdf", pdf("0 0 595 842 re f"))
        .source("scan.pdf.toml", "title = \"A scan\"\n");
    check_bad(&world, "knowledge/mel/sources/scan.pdf", "The PDF contains no text; it may be scanned.");
}

#[test]
fn a_pdf_that_is_none() {
    let world = World::new()
        .source("torn.pdf", &pdf(&page_of("Torn"))[..40])
        .source("torn.pdf.toml", "title = \"T\"\n");
    check_bad(&world, "knowledge/mel/sources/torn.pdf", "The PDF is damaged.");
}

#[test]
fn a_pdf_with_text_is_a_source() {
    let world = World::new()
        .source("handout.pdf", pdf(&page_of("Grapefruit juice doubles the level of melatonin in the blood.")))
        .source("handout.pdf.toml", "title = \"Handout\"\npublisher = \"The Sleep Clinic\"\n");
    world.run(["check"]).succeeds();
    world.run(["index"]).succeeds().says("3 sources");
    let reply = world.ask_json("Does grapefruit juice change the level of melatonin?");
    assert_eq!(
        reply["quotes"][0]["text"], "Grapefruit juice doubles the level of melatonin in the blood.",
        "{reply}"
    );
    assert_eq!(reply["quotes"][0]["source"], "handout");
    world.run(["verify"]).succeeds();
}

#[test]
fn two_sources_of_one_id() {
    let world = World::new().source("more/leaflet.txt", LEAFLET);
    let what = "The source id `leaflet` is already used by sources/leaflet.md, so this file is left out.";
    check_bad(&world, "knowledge/mel/sources/more/leaflet.txt", what);
}

#[test]
fn a_link_that_leads_out_of_the_folder() {
    let world = World::new().file("secret.md", "The secret dose of melatonin is 9 mg.\n");
    symlink(world.path("secret.md"), world.path("knowledge/mel/sources/secret.md")).expect("a link");
    check_bad(&world, "knowledge/mel/sources/secret.md", "This link points outside the folder");
    world.run(["ask", "What is the secret dose?"]).never_says("9 mg");
}

#[test]
fn a_file_that_may_not_be_read() {
    let world = World::new().source("closed.md", LEAFLET).bound_by_permissions();
    world.permit("knowledge/mel/sources/closed.md", 0o000);
    check_bad(&world, "knowledge/mel/sources/closed.md", "The file cannot be read: Permission denied");
}

#[test]
fn a_folder_that_may_not_be_read() {
    let world = World::new().source("closed/a.md", LEAFLET).bound_by_permissions();
    world.permit("knowledge/mel/sources/closed", 0o000);
    check_bad(&world, "knowledge/mel/sources/closed", "It cannot be read: Permission denied");
    world.permit("knowledge/mel/sources/closed", 0o755);
}

#[test]
fn no_knowledge_folder() {
    let world = World::empty();
    let told = "The knowledge folder cannot be read: No such file or directory";
    world.run(["check"]).exits(1).says(told);
    world.run(["index"]).exits(1).warns(told).warns("paths.knowledge");
    world.run(["ask", "What is the usual dose?"]).exits(1).warns(told);
    assert!(!world.path("index").exists(), "nothing was built, so no folder exists");
}

#[test]
fn a_knowledge_folder_without_a_base() {
    let world = World::empty();
    std::fs::create_dir(world.path("knowledge")).expect("a folder");
    world.run(["check"]).exits(1).says("The knowledge folder contains no knowledge base.");
    world.run(["index"]).exits(1).warns("The knowledge folder contains no knowledge base.");
}

#[test]
fn an_empty_base() {
    let world = World::empty();
    std::fs::create_dir_all(world.path("knowledge/mel")).expect("a folder");
    world.run(["check"]).exits(1).says("knowledge/mel/base.toml: The file cannot be read");
    world.run(["index"]).exits(1).warns("knowledge/mel/base.toml");
    world.write("knowledge/mel/base.toml", fixture::ABOUT);
    world.run(["check"]).exits(1).says("mel/sources: The folder of sources is missing");
    world.run(["index"]).exits(1).warns("mel/sources: The base has no readable source.");
    world.run(["ask", "What is the usual dose?"]).exits(1).warns("The base has no readable source.");
    assert!(
        world.generations().iter().all(|name| name == "LOCK"),
        "half-published: {:?}",
        world.generations()
    );
}

#[test]
fn a_base_whose_every_source_is_bad() {
    let world = World::empty()
        .file("knowledge/mel/base.toml", fixture::ABOUT)
        .source("a.md", "")
        .source("b.md", b"\0");
    world.run(["index"]).exits(1).warns("sources/a.md: The file is empty.").warns("sources/b.md");
    assert!(
        world.generations().iter().all(|name| name == "LOCK"),
        "half-published: {:?}",
        world.generations()
    );
}

#[test]
fn a_base_file_with_an_unknown_key() {
    let world = World::new();
    world.write(&format!("knowledge/{BASE}/base.toml"), fixture::ABOUT.replace("disclaimer", "disclamer"));
    world
        .run(["check"])
        .exits(1)
        .says("base.toml:4: There is no key `disclamer` here. Did you mean `disclaimer`?");
    world.run(["index"]).exits(1).warns("There is no key `disclamer` here.");
}

#[test]
fn a_source_that_goes_bad_leaves_the_rest_answering() {
    let world = World::new().indexed();
    world.write("knowledge/mel/sources/review.md", b"\0");
    world.run(["index"]).succeeds().warns("review.md").says("with 1 source,");
    assert_eq!(world.dose(), "2");
}

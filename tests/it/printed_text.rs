//! Snapshots of all printed text, so a change of wording shows in review. Dates, generation names and the test's folder
//! are left out.

use std::fmt::Write;
use std::os::unix::fs::symlink;

use crate::fixture::{self, changed_leaflet, pdf};
use crate::terminal::subcommands;
use crate::world::{Ran, World};

/// Compares the output of a run with the snapshot of that name.
fn check(world: &World, name: &str, ran: &Ran) {
    let mut text = format!("exit code: {}\n", ran.code);
    for (title, part) in [("standard output", &ran.out), ("standard error", &ran.err)] {
        if !part.is_empty() {
            write!(text, "--- {title}\n{part}").expect("a string can be written to");
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.add_filter(&format!("{}", world.path("").display()), "[world]/");
    settings.add_filter(r"\bg[0-9a-f]{12}\b", "[generation]");
    settings.add_filter(r"\.building-\d+", ".building-[number]");
    settings.add_filter(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z", "[time]");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// At 80 columns.
fn world() -> World {
    World::new().variable("COLUMNS", "80").indexed()
}

#[test]
fn replies() {
    let world = world();
    for (name, question) in [
        ("ask_answer", "What is the usual dose of melatonin?"),
        ("ask_answer_with_references", "Does it shorten the time to fall asleep?"),
        ("ask_answer_with_flags", "Does it act through a receptor, and help jet lag?"),
        ("ask_repaired", "What is the usaul dose?"),
        ("ask_not_covered", "Can I take ibuprofen with melatonin?"),
        ("ask_not_covered_words", "How do whales navigate under ice?"),
        ("ask_emergency", "I can't breathe, my throat is closing up after taking melatonin"),
        ("ask_self_harm", "I want to kill myself"),
        ("ask_identifiers", "My NHS number is 9994580760, what is the usual dose?"),
        ("ask_personal_advice", "I'm 45 and weigh 70kg, how much ibuprofen should I take?"),
        ("ask_personal_advice_answered", "Should I take melatonin with warfarin?"),
        ("ask_invalid", " "),
    ] {
        check(&world, name, &world.run(["ask", question]));
    }
    check(&world, "ask_context", &world.run(["ask", "--context", "Does caffeine weaken it?"]));
}

#[test]
fn topics_and_sources() {
    let world = world();
    check(&world, "topic_list", &world.run(["topic"]));
    check(&world, "topic", &world.run(["topic", "sideeffects"]));
    check(&world, "topic_of_a_question", &world.run(["topic", "interactions"]));
    check(&world, "topic_unknown", &world.run(["topic", "side-effects"]));
    check(&world, "sources", &world.run(["sources"]));
    check(&world, "verify", &world.run(["verify"]));
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    check(&world, "verify_changed", &world.run(["verify"]));
}

#[test]
fn many_problems() {
    let about = fixture::ABOUT.replace("\"The usual dose\"", "\"A usual dose\"");
    let about = about.replace("subject = [\"melatonin\"]", "subject = [\"melatonim\"]");
    let world = World::new()
        .source("empty.md", "")
        .source("binary.md", b"\x7fELF\0\0")
        .source("latin.txt", b"A na\xefve patient.\n")
        .source("Big Name.md", "text\n")
        .source("notes.docx", "PK")
        .source("scan.pdf", pdf(""))
        .source("bare.md", "Only a text.\n")
        .source("more/leaflet.txt", fixture::LEAFLET)
        .source(
            "dates.md",
            "+++\ntitel = \"T\"\nurl = \"sleep\"\npublished = \"2023-02-30\"\n+++\n\nA text.\n",
        )
        .source("open.md", "+++\ntitle = \"T\"\n\nA text.\n")
        .file(
            "knowledge/mel/withheld.toml",
            "[[withheld]]\npassage = \"leaflet:0\"\nby = \"m\"\nat = \"\"\nreason = \"\"\n",
        )
        .file("knowledge/mel/questions.toml", "[[question]]\nask = \"dose?\"\nexpects = [\"2 mg\"]\n")
        .file("knowledge/mel/base.toml", about);
    symlink("/etc/hostname", world.path("knowledge/mel/sources/hostname.md")).expect("a link");
    check(&world, "check_problems", &world.run(["check"]));
    check(&world, "index_problems", &world.run(["index"]));
    check(&World::new(), "check_no_problems", &World::new().run(["check"]));
    let world = World::empty();
    check(&world, "check_no_knowledge", &world.run(["check"]));
    check(&world, "ask_no_knowledge", &world.run(["ask", "dose?"]));
}

#[test]
fn building_and_going_back() {
    let world = World::new();
    check(&world, "generations_none", &world.run(["generations"]));
    check(&world, "index_first", &world.run(["index"]));
    let world = World::new().indexed();
    check(&world, "index_unchanged", &world.run(["index"]));
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    check(&world, "ask_after_a_change", &world.run(["ask", "Does caffeine weaken it?"]));
    check(&world, "index_changed", &world.run(["index"]));
    check(&world, "generations", &world.run(["generations"]));
    check(&world, "rollback", &world.run(["rollback"]));
    check(&world, "rollback_no_further", &world.run(["rollback"]));
    check(&world, "rollback_unknown", &world.run(["rollback", "g0"]));
    check(&world, "index_returned", &world.run(["index"]));
}

#[test]
fn a_refused_publication() {
    let question = "ask = \"What is the usual dose?\"\nexpect = [\"The usual dose of melatonin is 2 mg\"]";
    let world = World::new().file("knowledge/mel/questions.toml", format!("[[question]]\n{question}\n"));
    check(&world, "index_with_questions", &world.run(["index"]));
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    check(&world, "index_refused", &world.run(["index"]));
    check(&world, "index_forced", &world.run(["index", "--force"]));
    check(&world, "eval_own", &remove_times(world.run(["eval"])));
}

/// Question times differ in every run.
fn remove_times(mut ran: Ran) -> Ran {
    let lines = ran.out.lines().map(|line| if line.starts_with("took ") { "took [time]" } else { line });
    ran.out = lines.map(|line| format!("{line}\n")).collect();
    ran
}

#[test]
fn troubles() {
    let world = world();
    let live = world.path("index/mel").join(world.current());
    std::fs::write(live.join("corpus.bin"), "nothing").expect("a file");
    check(&world, "repaired", &world.run(["ask", "What is the usual dose?"]));
    std::fs::write(live.join("corpus.bin"), "nothing").expect("a file");
    std::fs::rename(world.path("knowledge"), world.path("elsewhere")).expect("a folder");
    check(&world, "nothing_left", &world.run(["ask", "What is the usual dose?"]));
    let world = self::world();
    world.write("knowledge/mel/sources/leaflet.md", changed_leaflet());
    let world = world.indexed();
    std::fs::write(world.path("index/mel").join(world.current()).join("corpus.bin"), "nothing")
        .expect("a file");
    std::fs::rename(world.path("knowledge"), world.path("elsewhere")).expect("a folder");
    check(&world, "an_older_generation_answers", &world.run(["ask", "What is the usual dose?"]));
}

#[test]
fn a_full_disk_a_lock_and_a_closed_folder() {
    let world = World::new();
    check(&world, "full_disk", &world.run_on_full_disk(0, ["index"]));
    check(&world, "withheld_broken", &{
        world.write("knowledge/mel/withheld.toml", "[[withhold]]\n");
        let ran = world.run(["index"]);
        std::fs::remove_file(world.path("knowledge/mel/withheld.toml")).expect("a file");
        ran
    });
    let world = world.indexed();
    std::fs::write(world.path("index/mel/LOCK"), "process 4711").expect("a file");
    let lock = std::fs::File::open(world.path("index/mel/LOCK")).expect("a file");
    lock.lock().expect("the lock");
    check(&world, "locked", &world.run(["index"]));
    let world = World::new();
    std::fs::create_dir(world.path("index")).expect("a folder");
    let world = world.bound_by_permissions();
    world.permit("index", 0o555);
    check(&world, "read_only", &world.run(["index"]));
    world.permit("index", 0o755);
}

#[test]
fn wrong_calls() {
    let world = world();
    for (name, arguments) in [
        ("wrong_base", &["ask", "--base", "mal", "dose?"][..]),
        ("wrong_base_far", &["ask", "--base", "aspirin", "dose?"]),
        ("wrong_flag", &["ask", "--jason", "dose?"]),
        ("wrong_subcommand", &["idnex"]),
        ("wrong_flags_together", &["ask", "--json", "--explain", "dose?"]),
        ("no_question", &["ask"]),
        ("no_settings", &["--config", "other.toml", "sources"]),
        ("no_questions", &["eval"]),
    ] {
        check(&world, name, &world.run(arguments));
    }
    world.write("verbatim.toml", "[paths]\nknowlege = \"k\"\n");
    check(&world, "wrong_setting", &world.run(["sources"]));
    world.write("verbatim.toml", "[model]\nname = \"minilm\"\n");
    check(&world, "wrong_model", &world.run(["sources"]));
}

#[test]
fn help() {
    let world = World::empty().variable("COLUMNS", "80");
    check(&world, "help", &world.run(["--help"]));
    for name in subcommands(&world).iter().filter(|name| *name != "help") {
        check(&world, &format!("help_{name}"), &world.run([name.as_str(), "--help"]));
    }
}

#[test]
fn conversation() {
    let world = world();
    let lines = "What is the usual dose?\n:more\n:context\n:sources\n:topic dosage\n:topic dosages\n:help\n:nonsense\n:quit\n";
    check(&world, "chat", &world.run_with(["chat"], lines));
    check(&world, "chat_nothing_yet", &world.run_with(["chat"], ":more\n:context\n"));
}

//! The documentation shows what the program prints: this test runs every transcript of every page, in page order.
//!
//! A transcript is a code block with lines that begin with `$ `. `…` stands for omitted output. A comment before a
//! block sets it up: `<!-- before: append FILE`, the text and `-->`, or `<!-- before: undo -->`, which undoes the last
//! one.
//!
//! The hazard log, `docs/hazards.md`, names tests that exist, and at least one for each hazard.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

use crate::shipped_base::shipped;
use crate::world::World;

enum Step {
    Append { file: String, text: String },
    Undo,
    Run { command: String, shown: String },
}

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed =
        fs::read_dir(root.join("docs")).expect("the pages").map(|entry| entry.expect("a page").path());
    let mut pages: Vec<PathBuf> =
        listed.filter(|page| page.extension().is_some_and(|ending| ending == "md")).collect();
    pages.extend(["README.md", "CONTRIBUTING.md", "knowledge/README.md"].map(|page| root.join(page)));
    pages.sort();
    pages
}

/// The steps of a page, in order.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(file) = line.strip_prefix("<!-- before: append ") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "-->").collect();
            steps.push(Step::Append { file: file.to_owned(), text: text.join("\n") + "\n" });
        } else if line == "<!-- before: undo -->" {
            steps.push(Step::Undo);
        } else if line.starts_with("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            steps.extend(commands(&block));
        }
    }
    steps
}

fn commands(block: &[&str]) -> Vec<Step> {
    let mut found = Vec::new();
    for line in block {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push(Step::Run { command: command.to_owned(), shown: String::new() }),
            (None, Some(Step::Run { shown, .. })) => *shown += &format!("{line}\n"),
            _ => {}
        }
    }
    found
}

/// The output of a command, both streams in order.
fn printed(world: &World, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_verbatim")).parent().expect("the program's folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{{ {command}\n}} 2>&1")]).current_dir(world.path("")).env("PATH", path);
    let output = shell.env("COLUMNS", "80").env("NO_COLOR", "1").output().expect("a shell");
    String::from_utf8(output.stdout).expect("text")
}

/// The text without whitespace and without parts that differ in every run.
fn folded(text: &str) -> String {
    let changing = r#"g[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|"took_us":\d+|"confidence":[\d.]+"#;
    let text = Regex::new(changing).expect("a pattern").replace_all(text, "#");
    text.split_whitespace().collect()
}

fn is_shown(shown: &str, printed: &str) -> bool {
    let (shown, printed) = (folded(shown), folded(printed));
    let parts: Vec<&str> = shown.split('…').collect();
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    if parts.len() == 1 {
        return rest.is_empty();
    }
    for part in &parts[1..parts.len() - 1] {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn every_transcript_is_what_the_program_prints() {
    let mut ran = 0;
    let mut wrong = Vec::new();
    let world = shipped();
    world.run(["index"]).succeeds();
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page can be read");
        let mut undo = None;
        for step in steps(&text) {
            match step {
                Step::Append { file, text } => {
                    let before = fs::read_to_string(world.path(&file)).unwrap_or_default();
                    world.write(&file, format!("{before}{text}"));
                    undo = Some((file, before));
                }
                Step::Undo => {
                    let (file, before) = undo.take().expect("there is something to undo");
                    world.write(&file, before);
                }
                Step::Run { command, shown } => {
                    ran += 1;
                    let printed = printed(&world, &command);
                    if !is_shown(&shown, &printed) {
                        wrong.push(format!("{}: $ {command}\n{printed}", page.display()));
                    }
                }
            }
        }
    }
    assert!(ran >= 10, "only {ran} commands were found");
    assert!(wrong.is_empty(), "these print something else:\n{}", wrong.join("\n"));
}

#[test]
fn what_is_left_out_is_marked() {
    assert!(is_shown("One\n…\nthree g0123456789ab", "One two\nthree gba9876543210\n"));
    assert!(is_shown("One two", "One  two\n"));
    assert!(!is_shown("One", "One two"));
    assert!(!is_shown("One … four", "One two three"));
}

/// What the hazard log writes for the beginning of a path.
const SHORT_PATHS: [(&str, &str); 2] = [("it/", "tests/it/"), ("core/", "crates/verbatim-core/src/")];
/// What a hazard says that names no test.
const OPERATORS: &str = "All controls are the operator's";

fn hazard_log() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/hazards.md");
    fs::read_to_string(page).expect("the page can be read")
}

/// The sections of the hazard log, one for each hazard, beginning with its title.
fn hazards(page: &str) -> Vec<&str> {
    let (_, log) = page.split_once("\n## The log\n").expect("the page has a log");
    let log = log.split("\n## ").next().unwrap_or_default();
    log.split("\n### ").skip(1).collect()
}

/// The tests that a text names in backquotes, each with its path and its function.
fn named_tests(text: &str) -> Vec<(String, String)> {
    let named = Regex::new(r"`([^`\s]+)::(\w+)`").expect("a pattern");
    named.captures_iter(text).map(|test| (test[1].to_owned(), test[2].to_owned())).collect()
}

fn full_path(named: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (short, long) in SHORT_PATHS {
        if let Some(rest) = named.strip_prefix(short) {
            return root.join(long).join(rest);
        }
    }
    root.join(named)
}

/// Whether the function is a test. Between `#[test]` and the function there may be other attributes and comments.
fn is_test(source: &str, function: &str) -> bool {
    let attribute = r"(?m)^\s*#\[(?:tokio::)?test(?:\(.*\))?\]\n";
    let between = r"(?:\s*(?:#\[|//).*\n)*";
    let pattern = format!(r"{attribute}{between}\s*(?:async )?fn {function}\(");
    Regex::new(&pattern).expect("a pattern").is_match(source)
}

#[test]
fn every_test_that_the_hazard_log_names_exists() {
    let tests = named_tests(&hazard_log());
    assert!(tests.len() >= 60, "only {} names were found", tests.len());
    let mut missing = Vec::new();
    for (path, function) in tests {
        let source = fs::read_to_string(full_path(&path)).unwrap_or_default();
        if !is_test(&source, &function) {
            missing.push(format!("{path}::{function}"));
        }
    }
    assert!(missing.is_empty(), "docs/hazards.md names tests that do not exist:\n{}", missing.join("\n"));
}

#[test]
fn every_hazard_names_a_test_or_is_the_operators() {
    let page = hazard_log();
    let hazards = hazards(&page);
    assert!(hazards.len() >= 20, "only {} hazards were found", hazards.len());
    for hazard in hazards {
        let title = hazard.lines().next().unwrap_or_default();
        let is_proved = !named_tests(hazard).is_empty();
        assert!(is_proved || hazard.contains(OPERATORS), "{title}: no test is named, nor “{OPERATORS}”");
    }
}

#[test]
fn only_a_function_under_a_test_attribute_is_a_test() {
    assert!(is_test("#[test]\nfn one() {}\n", "one"));
    assert!(is_test("    #[tokio::test]\n    async fn one() {}\n", "one"));
    assert!(is_test("#[test]\n// Why.\n#[ignore]\nfn one(text in any()) {}\n", "one"));
    assert!(!is_test("#[test]\nfn one() {}\n\nfn two() {}\n", "two"));
    assert!(!is_test("#[test]\nfn one_more() {}\n", "one"));
    assert_eq!(named_tests("`it/a.rs::b`, `a::b c` and `d`"), [("it/a.rs".to_owned(), "b".to_owned())]);
    assert_eq!(hazards("x\n## The log\n\n### H01\n\na\n\n### H02\n\nb\n\n## Next\n\n### c\n").len(), 2);
}

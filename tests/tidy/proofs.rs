//! Each rule fails where it should, names the line, and keeps quiet where all is well.

use super::rules::*;
use super::source::{Source, blank_text, files, root, texts, words};

/// Which lines of `text`, as the file `path`, break the rule.
fn check(rule: impl Fn(&Source) -> Vec<String>, path: &str, text: &str, lines: &[usize]) {
    let found = rule(&Source::new(path, text));
    let expected: Vec<String> = lines.iter().map(|line| format!("{path}:{line}: ")).collect();
    let fits = found.len() == expected.len() && found.iter().zip(&expected).all(|(a, b)| a.starts_with(b));
    assert!(fits, "{text}\nexpected {expected:?}, found {found:?}");
}

#[test]
fn only_code_is_read() {
    let text = "let a = \"x // y\"; // crate::cli\n/* a /* b */ crate::cli */ let b = r#\"\"crate::cli\"#;\n\
        fn f<'a>(c: &'a str) -> char { '\"' } let d = ['\\'', '\\\\', '“'];\nfor\"z\";";
    let code = blank_text(text);
    assert_eq!(code.len(), text.len());
    let left: Vec<&str> = words(&code).map(|word| word.text).collect();
    let expected = ["let", "a", "let", "b", "fn", "f", "a", "c", "a", "str", "char", "let", "d", "for"];
    assert_eq!(left, expected);
}

#[test]
fn tests_are_not_live() {
    let text = "struct A {\n    #[cfg(test)]\n    pub(super) probe: u8,\n    kept: u8,\n}\nlet a = A { kept,\n #[cfg(test)]\n probe };\n#[cfg(test)]\n#[allow(dead_code)]\n\
        mod tests { fn lost() {} }\n#[cfg(test)]\nmod tests;\nfn also_kept() {}";
    let live = Source::new("src/text/a.rs", text).live;
    let left: Vec<&str> = words(&live).map(|word| word.text).collect();
    assert_eq!(left, ["struct", "A", "kept", "u8", "let", "a", "A", "kept", "fn", "also_kept"]);
    assert_eq!(words(&Source::new("src/text/a/tests.rs", text).live).count(), 0);
}

#[test]
fn arrows_can_fail() {
    check(arrows, "src/text/a.rs", "use crate::text::span;\nuse crate::knowledge::read;", &[2]);
    check(arrows, "src/index/a.rs", "use crate::{text::{a, cli}, answer::rank,\n  question};", &[1]);
    check(arrows, "src/config.rs", "fn f() -> crate::engine::Engine {}\n// crate::engine", &[1]);
    check(arrows, "src/main.rs", "fn main() {\n verbatim::engine::run(); verbatim::cli::main() }", &[2]);
    check(arrows, "src/stray/a.rs", "", &[1]);
    check(arrows, "src/text/a.rs", "use super::span;\nuse super::super::cli;", &[2]);
    check(arrows, "src/text/mod.rs", "use super::cli;\npub(super) fn f() {}", &[1]);
    check(arrows, "src/cli/ask.rs", "use crate::engine::Engine;\nuse super::Usage;", &[]);
}

#[test]
fn cycles_are_seen() {
    assert_eq!(upward(&[("a", "b"), ("b", "a"), ("c", "c d")]), ["b → a", "c → c", "c → d"]);
}

#[test]
fn fences_can_fail() {
    check(fences, "src/answer/a.rs", "use tantivy::Term;\nlet a = &candle_core::Device::Cpu;", &[1, 2]);
    check(fences, "src/discord/a.rs", "use {\n  sqlx::Row, clap as c};\nuse clap;\n#[clap(x)]", &[2, 3, 4]);
    check(fences, "src/index/a.rs", "use tantivy::Term;\nself.notify();\nlet scraper = 1; // sqlx::Row", &[]);
    check(fences, "src/engine.rs", "tokio::spawn(x)", &[1]);
}

#[test]
fn cuts_can_fail() {
    let bad = "&text[span.start as usize..]\n&t[a.span().start as usize..b.span.end as usize]\n\
        text.get(..heading.end as usize)\nt[1 + (word.span.end as usize)..]\nword.span.range()";
    check(cuts, "src/render/a.rs", bad, &[1, 2, 2, 3, 4, 5]);
    let good = "let at = span.start as usize;\n[span.start as usize, 1]\nspan.of(text)\n&list[passage.sentences.start as usize..]\n\
        Span::new(heading.end as usize, 3)\ntext.get(found.range())";
    check(cuts, "src/render/a.rs", good, &[]);
    check(cuts, "src/text/span.rs", bad, &[]);
}

#[test]
fn sealing_can_fail() {
    check(sealed, "src/answer/rank.rs", "let q = Quote { text };\nOk(document::Quote {\n text })", &[1, 2]);
    check(
        sealed,
        "src/engine.rs",
        "fn f() -> Reply { x }\nfn g() -> &'a mut reply::Reply { x }\nimpl A for Reply { }",
        &[],
    );
    check(sealed, "src/engine.rs", "match x { _ => Reply { body } }", &[1]);
    check(sealed, "src/render/json.rs", "struct Quote { a: u8 }\nfn f() { Quote { a: 1 } }", &[]);
    let home = "#[derive(Default)]\npub struct Quote {\n pub text: String }\nfn f() { Quote { text } }\nfn g() { Quote { text } }";
    check(sealed, "src/knowledge/document.rs", home, &[2, 2, 5]);
    check(
        sealed,
        "src/answer/reply.rs",
        "pub struct Reply { a: u8 }\nimpl Reply { fn new() -> Self { Self { a: 1 } } }",
        &[],
    );
    check(sealed, "src/answer/reply.rs", "", &[1]);
}

#[test]
fn lengths_can_fail() {
    check(long_files, "src/a.rs", &"\n".repeat(601), &[601]);
    check(long_files, "src/a.rs", &"\n".repeat(600), &[]);
    let function = |lines: usize| {
        format!("trait T {{ fn b(a: [u8; 2]); }}\nfn a(x: fn() -> u8) {{{}}}", "\n".repeat(lines - 1))
    };
    check(long_functions, "src/a.rs", &function(71), &[2]);
    check(long_functions, "src/a.rs", &function(70), &[]);
}

#[test]
fn the_small_rules_can_fail() {
    check(traits, "src/a.rs", "pub trait A {}\nimpl A for B {}\n#[cfg(test)]\ntrait C {}", &[1]);
    // Put together, so that a search of the repository does not find them.
    let marks =
        ["TO", "FIX", "XX"].into_iter().zip(["DO", "ME", "X"]).map(|(a, b)| format!("// {a}{b}: x\n"));
    check(leftovers, "src/a.rs", &marks.collect::<String>(), &[1, 2, 3]);
    check(
        leftovers,
        "src/a.rs",
        "todo!()\nunimplemented! ()\n#[ignore = \"x\"]\nlet todo = ignore;",
        &[1, 2, 3],
    );
    check(unsafe_code, "src/a.rs", "#![forbid(unsafe_code)] // unsafe\nunsafe { }", &[2]);
    check(printing, "src/index/a.rs", "println!(\"\");\ndbg!(x);\nwriteln!(out, \"println!\")", &[1, 2]);
    check(printing, "src/cli/a.rs", "println!(\"\");\ndbg!(x);", &[2]);
}

#[test]
fn the_rules_of_the_core_can_fail() {
    let clock =
        "use std::time::{Duration, Instant};\nOffsetDateTime::now_utc()\n#[cfg(test)]\nmod t { Instant }";
    check(clocks, "src/index/a.rs", clock, &[1, 2]);
    check(clocks, "src/cli/a.rs", clock, &[]);
    check(asynchronous, "src/engine.rs", "async fn a() {\n b.await }", &[1, 2]);
    let state = "static mut A: u8 = 1;\nstatic B: LazyLock<Vec<u8>> = x;\nlazy_static! {}\nuse std::sync::OnceLock;\n\
        static C: LazyLock<Regex> = y;\nconst D: &'static str = \"static\";";
    check(globals, "src/knowledge/a.rs", state, &[1, 2, 3, 4]);
    check(globals, "src/cli/a.rs", state, &[]);
}

#[test]
fn paths_and_strangers_are_seen() {
    let folder = |name: &str| format!("see \"/{name}/a\"");
    let text = [folder("work"), folder("tmp"), "https://a.org/tmp/b ./tmp/c".to_owned()].join("\n");
    assert_eq!(machine_paths("src/a.rs", &text).len(), 2);
    assert_eq!(machine_paths("tests/it/a.rs", &text).len(), 1);
    let names = ["src", "target", "notes.md"].map(str::to_owned);
    assert_eq!(strangers(&names, "/target/\n"), ["notes.md"]);
    assert!(
        files(&root().join("src")).len() > 20 && texts(root()).iter().any(|(path, _)| path == "Cargo.toml")
    );
}

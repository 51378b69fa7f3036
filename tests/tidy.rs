//! The architecture, held by reading the sources as text: which module may use which, which library stays
//! behind which fence, who may cut a text or make a quote, and how long things may grow.
//!
//! Each rule is one test whose failure names file and line and says what to do; the module `proofs` shows
//! that each rule can fail. What a rule forbids is mended in the code, not here. `source` knows just enough
//! Rust to tell code from comments, strings and tests; what needs types is left to the compiler.

use std::fs;

#[path = "tidy/proofs.rs"]
mod proofs;
#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/source.rs"]
mod source;

use rules::*;
use source::{Source, root, sources, texts};

/// The layers of DESIGN.md, uppermost first, each with the modules that it may use: only lower ones.
const LAYERS: &[(&str, &str)] = &[
    ("main", "cli"),
    ("cli", "discord http eval engine render answer index question knowledge store config text"),
    ("discord", "engine render answer index knowledge store config text"),
    ("http", "engine render store config"),
    ("eval", "engine answer index knowledge"),
    ("engine", "answer index question knowledge model text"),
    ("render", "answer question knowledge model text"),
    ("answer", "index question knowledge model text"),
    ("index", "question knowledge model text"),
    ("question", "knowledge model text"),
    ("knowledge", "text"),
    ("model", "text"),
    ("config", "text"),
    ("store", ""),
    ("text", ""),
    ("lib", ""),
];

/// Everything that answers a question: synchronous, without a clock and without global state.
const CORE: &str = "text knowledge model question index answer engine render";

/// Libraries, and the modules behind whose fence they stay.
const FENCES: &[(&str, &str)] = &[
    ("tantivy", "index"),
    ("candle_core candle_nn candle_transformers tokenizers", "model"),
    ("scraper pulldown_cmark html5gum roxmltree toml_edit", "knowledge"),
    ("landlock seccompiler libc", "knowledge"),
    ("rustix", "knowledge cli"),
    ("clap clap_complete rustyline indicatif notify", "cli"),
    ("serenity", "discord"),
    ("sqlx", "store"),
    ("axum", "http"),
    ("tokio", "cli discord http store"),
];

/// Types that only one file builds, and that file.
const SEALED: &[(&str, &str)] = &[
    ("Quote", "src/knowledge/document.rs"),
    ("Reply", "src/answer/reply.rs"),
    ("WithheldList", "src/engine/withholding.rs"),
    ("ServedSnapshot", "src/engine/withholding.rs"),
];

/// What may stand at the top of the repository: the code and its data, what a reader needs, what a tool
/// needs, and deployment. What .gitignore names there is not looked at.
const TOP: &[&str] = &[
    "src knowledge index models training evaluation tests benches Cargo.toml Cargo.lock verbatim.toml",
    "README.md ARCHITECTURE.md CONTRIBUTING.md PRIVACY.md LICENSE-MIT LICENSE-APACHE docs",
    ".git .gitignore .gitattributes .github .ci .cargo rustfmt.toml clippy.toml deny.toml rust-toolchain.toml",
    "Dockerfile .dockerignore compose.yaml deploy",
];

const LONGEST_FILE: usize = 600;
const LONGEST_FUNCTION: usize = 70;
const MOST_TRAITS: usize = 3;

#[test]
fn imports_point_downward() {
    hold(
        arrows,
        "Move the code to where it may be used from; an arrow is added here and in DESIGN.md together.",
    );
}

#[test]
fn the_layers_have_no_cycle() {
    let upward = upward(LAYERS);
    assert!(
        upward.is_empty(),
        "a layer uses only layers that stand below it in LAYERS:\n{}",
        upward.join("\n")
    );
}

#[test]
fn libraries_stay_behind_their_fences() {
    hold(fences, "Call a function of the module behind whose fence the library is.");
}

#[test]
fn spans_are_cut_in_one_place() {
    hold(cuts, "Use `span.of(text)` or `span.get(text)`; make another span with `Span::new`.");
}

#[test]
fn quotes_and_replies_are_made_in_one_place() {
    hold(
        sealed,
        "Get quotes from `Document::quote`, replies from `Reply::new`, and what is withheld from `withholding::known`.",
    );
}

#[test]
fn files_are_short() {
    hold(long_files, "Look whether it is two rooms, and divide it.");
}

#[test]
fn functions_are_short() {
    hold(long_functions, "Extract a helper whose name says more than its body.");
}

#[test]
fn traits_are_few() {
    let found: Vec<String> = sources().iter().flat_map(traits).collect();
    assert!(
        found.len() <= MOST_TRAITS,
        "{} traits of our own, {MOST_TRAITS} are allowed. Closed sets are enums:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn nothing_is_left_half_done() {
    hold(leftovers, "Finish it, or take it out.");
}

#[test]
fn nothing_is_unsafe() {
    hold(unsafe_code, "Find a safe way; there is always one here.");
}

#[test]
fn only_the_command_line_prints() {
    hold(printing, "Return it, or log it with `tracing`; `cli::output` prints.");
}

#[test]
fn the_core_has_no_clock() {
    hold(clocks, "Take the time as an argument.");
}

#[test]
fn the_core_is_synchronous() {
    hold(asynchronous, "Let the caller in `discord` or `http` move the call to a blocking thread.");
}

#[test]
fn the_core_has_no_global_state() {
    hold(
        globals,
        "Put it into a struct that is passed in; only compiled patterns are kept as `LazyLock<Regex>`.",
    );
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    let found: Vec<String> =
        texts(root()).iter().flat_map(|(path, text)| machine_paths(path, text)).collect();
    assert!(
        found.is_empty(),
        "Name it relative to the repository, or make it with `mktemp`.\n{}",
        found.join("\n")
    );
}

#[test]
fn the_top_holds_only_what_belongs_there() {
    let entries = fs::read_dir(root()).expect("the repository can be listed");
    let names: Vec<String> = entries
        .map(|entry| entry.expect("an entry can be read").file_name().to_string_lossy().into_owned())
        .collect();
    let ignored = fs::read_to_string(root().join(".gitignore")).unwrap_or_default();
    let strangers = strangers(&names, &ignored);
    assert!(
        strangers.is_empty(),
        "DESIGN.md has no place for these at the top; put them into a folder, or into .gitignore: {}",
        strangers.join(", ")
    );
}

fn hold(rule: impl Fn(&Source) -> Vec<String>, remedy: &str) {
    let found: Vec<String> = sources().iter().flat_map(rule).collect();
    assert!(found.is_empty(), "{remedy}\n{}", found.join("\n"));
}

/// The names in lists that are written as words.
fn listed<'a>(lists: &[&'a str]) -> Vec<&'a str> {
    lists.iter().flat_map(|list| list.split_whitespace()).collect()
}

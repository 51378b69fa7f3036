//! The architecture, held by reading the sources as text: which module may use which, which library stays
//! behind which fence, who may cut a text or make a quote, and how long things may grow.
//!
//! Each rule is one test whose failure names file and line and says what to do; the module `proofs` shows
//! that each rule can fail. What a rule forbids is mended in the code, not here. The parser below knows just
//! enough Rust to tell code from comments, strings and tests; what needs types is left to the compiler.

use std::fs;
use std::path::{Path, PathBuf};

/// The layers of DESIGN.md, uppermost first, each with the modules that it may use: only lower ones.
const LAYERS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    (
        "cli",
        &[
            "discord",
            "http",
            "eval",
            "engine",
            "render",
            "answer",
            "index",
            "question",
            "knowledge",
            "store",
            "config",
            "text",
        ],
    ),
    ("discord", &["engine", "render", "store", "config"]),
    ("http", &["engine", "render", "store", "config"]),
    ("eval", &["engine", "answer", "index", "knowledge"]),
    ("engine", &["answer", "index", "question", "knowledge", "semantic", "text"]),
    ("render", &["answer", "question", "knowledge", "text"]),
    ("answer", &["index", "question", "knowledge", "semantic", "text"]),
    ("index", &["question", "knowledge", "semantic", "text"]),
    ("question", &["knowledge", "text"]),
    ("knowledge", &["text"]),
    ("semantic", &["text"]),
    ("config", &["text"]),
    ("store", &[]),
    ("text", &[]),
    ("lib", &[]),
];

/// Everything that answers a question: synchronous, without a clock and without global state.
const CORE: &[&str] = &["text", "knowledge", "semantic", "question", "index", "answer", "engine", "render"];

/// Libraries, and the modules behind whose fence they stay.
const FENCES: &[(&str, &[&str])] = &[
    ("tantivy", &["index"]),
    ("candle_core", &["semantic"]),
    ("candle_nn", &["semantic"]),
    ("candle_transformers", &["semantic"]),
    ("tokenizers", &["semantic"]),
    ("pdf_extract", &["knowledge"]),
    ("scraper", &["knowledge"]),
    ("pulldown_cmark", &["knowledge"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("rustyline", &["cli"]),
    ("indicatif", &["cli"]),
    ("notify", &["cli"]),
    ("serenity", &["discord"]),
    ("sqlx", &["store"]),
    ("axum", &["http"]),
    ("tokio", &["cli", "discord", "http", "store"]),
];

/// Types that only one file builds, and that file.
const SEALED: &[(&str, &str)] = &[("Quote", "src/knowledge/document.rs"), ("Reply", "src/answer/reply.rs")];

/// What may stand at the top of the repository.
const TOP: &[&str] = &[
    ".ci",
    ".dockerignore",
    ".git",
    ".gitattributes",
    ".github",
    ".gitignore",
    "ARCHITECTURE.md",
    "Cargo.lock",
    "Cargo.toml",
    "Dockerfile",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "clippy.toml",
    "compose.yaml",
    "deny.toml",
    "deploy",
    "index",
    "knowledge",
    "models",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "src",
    "tests",
    "verbatim.toml",
];

const LONGEST_FILE: usize = 600;
const LONGEST_FUNCTION: usize = 70;
const MOST_TRAITS: usize = 3;
/// A larger file is data; nobody writes a path into it by hand.
const LARGEST_READ: u64 = 1 << 20;

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
    hold(sealed, "Get quotes from `Document::quote` and replies from `Reply::new`.");
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

// ------------------------------------------------------------------------------------------ the rules

fn arrows(source: &Source) -> Vec<String> {
    let module = source.module();
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
        return vec![source.at(0, &format!("the module `{module}` has no place in LAYERS"))];
    };
    let root = if module == "main" { "verbatim" } else { "crate" };
    let mut found = Vec::new();
    for word in words(&source.code).filter(|word| word.text == root) {
        for used in first_segments(&source.code[word.end()..]) {
            if used != module && !allowed.contains(&used) {
                found.push(source.at(word.at, &format!("`{module}` uses `{used}`")));
            }
        }
    }
    found.extend(climbs(source));
    found
}

/// `super::super::…` that reaches the crate's root would be an arrow that [`arrows`] cannot see.
fn climbs(source: &Source) -> Vec<String> {
    let depth = source.depth();
    let mut found = Vec::new();
    for word in words(&source.live).filter(|word| word.text == "super") {
        let before = source.live[..word.at].trim_end();
        let mut rest = &source.live[word.at..];
        let mut steps = 0;
        while let Some(after) =
            rest.strip_prefix("super").and_then(|rest| rest.trim_start().strip_prefix("::"))
        {
            steps += 1;
            rest = after.trim_start();
        }
        if !before.ends_with("::") && steps >= depth {
            found.push(source.at(word.at, "`super` leads to the crate's root: write `crate::…`"));
        }
    }
    found
}

fn upward(layers: &[(&str, &[&str])]) -> Vec<String> {
    let place = |name: &str| layers.iter().position(|(layer, _)| *layer == name);
    let mut found = Vec::new();
    for (at, (layer, used)) in layers.iter().enumerate() {
        for used in used.iter().filter(|used| place(used).is_none_or(|below| below <= at)) {
            found.push(format!("{layer} → {used}"));
        }
    }
    found
}

fn fences(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for word in words(&source.code) {
        let Some((library, homes)) = FENCES.iter().find(|(library, _)| *library == word.text) else {
            continue;
        };
        let (before, after) = source.around(word);
        let is_path = after.starts_with("::") && !before.ends_with("::");
        let is_import = before.ends_with("use") || before.ends_with("crate") || before.ends_with("#[");
        if (is_path || is_import) && !homes.contains(&source.module()) {
            found.push(source.at(word.at, &format!("`{library}` belongs in {}", homes.join(", "))));
        }
    }
    found
}

/// Spans are known by their names: `span`, `…_span`, `heading`.
fn cuts(source: &Source) -> Vec<String> {
    if source.module() == "text" {
        return Vec::new();
    }
    let mut found = Vec::new();
    for word in words(&source.code).filter(|word| word.text.ends_with("span") || word.text == "heading") {
        let (_, after) = source.around(word);
        let after = after.strip_prefix("()").unwrap_or(after);
        let is_offset = [".start as usize", ".end as usize"].iter().any(|cast| after.starts_with(cast));
        if after.starts_with(".range()") || is_offset && is_index(&source.code, word.at) {
            found.push(source.at(word.at, &format!("`{}` is cut by hand", word.text)));
        }
    }
    found
}

/// Whether `at` stands in `text[…]`, `text.get(…)` or `text.split_at(…)`.
fn is_index(code: &str, at: usize) -> bool {
    let mut open = 0;
    for (place, letter) in code[..at].char_indices().rev() {
        match letter {
            ')' | ']' => open += 1,
            '(' | '[' if open > 0 => open -= 1,
            '[' if code[..place].ends_with(|c: char| is_word(c) || c == ')' || c == ']') => return true,
            '(' if [".get", ".split_at"].iter().any(|call| code[..place].ends_with(call)) => return true,
            '{' | '}' | ';' => return false,
            _ => {}
        }
    }
    false
}

fn sealed(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (name, home) in SEALED {
        let own = definition(source, name);
        // A type of the same name that is private to its file, such as a line of JSON, is another type.
        let is_other = own.is_some_and(|at| !source.code[..at].trim_end().ends_with("pub struct"));
        if source.path == *home {
            found.extend(unsealed(source, name, own));
        } else if !is_other {
            found.extend(literals(source, name).map(|at| source.at(at, &format!("a `{name}` is made here"))));
        }
    }
    found
}

fn definition(source: &Source, name: &str) -> Option<usize> {
    let mut all = words(&source.code).filter(|word| word.text == name);
    all.find(|word| source.around(*word).0.ends_with("struct")).map(|word| word.at)
}

/// What would let others make the type that is at home here.
fn unsealed(source: &Source, name: &str, own: Option<usize>) -> Vec<String> {
    let Some(at) = own else { return vec![source.at(0, &format!("`{name}` is not defined here any more"))] };
    let before = &source.code[..at];
    let attributes = &before[before.rfind('}').unwrap_or(0)..];
    let fields = block(&source.code, at).map_or("", |block| &source.code[block]);
    let mut found = Vec::new();
    if words(fields).any(|word| word.text == "pub") {
        found.push(source.at(at, &format!("`{name}` has a field that others can set")));
    }
    for word in words(attributes).filter(|word| ["Deserialize", "Default"].contains(&word.text)) {
        found.push(source.at(at, &format!("`{name}` can be made by `{}`", word.text)));
    }
    let made: Vec<usize> = literals(source, name).collect();
    found.extend(made.iter().skip(1).map(|&at| source.at(at, &format!("a second place makes a `{name}`"))));
    found
}

/// Where `Name { … }` is an expression.
fn literals<'s>(source: &'s Source, name: &'s str) -> impl Iterator<Item = usize> + 's {
    let all = words(&source.code).filter(move |word| word.text == name);
    all.filter(|word| {
        let (before, after) = source.around(*word);
        let before =
            before.trim_end_matches(|c: char| is_word(c) && !before.ends_with(' ') || c == ':' || c == '&');
        let keyword =
            words(source.around(*word).0).last().filter(|last| source.around(*word).0.ends_with(last.text));
        let declares = ["struct", "enum", "union", "trait", "impl", "for", "mod", "let", "dyn"];
        let is_type =
            keyword.is_some_and(|last| declares.contains(&last.text)) || before.trim_end().ends_with("->");
        after.starts_with('{') && !is_type
    })
    .map(|word| word.at)
}

fn long_files(source: &Source) -> Vec<String> {
    let lines = source.raw.lines().count();
    let what = format!("{lines} lines, {LONGEST_FILE} are allowed");
    if lines > LONGEST_FILE { vec![format!("{}:{lines}: {what}", source.path)] } else { Vec::new() }
}

fn long_functions(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for word in words(&source.code).filter(|word| word.text == "fn") {
        let Some(name) = source.around(word).1.split(|c| !is_word(c)).next().filter(|name| !name.is_empty())
        else {
            continue;
        };
        let Some(body) = block(&source.code, word.end()) else { continue };
        let lines = source.code[word.at..body.end].lines().count();
        if lines > LONGEST_FUNCTION {
            let what = format!("`{name}` has {lines} lines, {LONGEST_FUNCTION} are allowed");
            found.push(source.at(word.at, &what));
        }
    }
    found
}

fn traits(source: &Source) -> Vec<String> {
    let all = words(&source.live).filter(|word| word.text == "trait");
    all.map(|word| source.at(word.at, "a trait")).collect()
}

fn leftovers(source: &Source) -> Vec<String> {
    let marks = ["TODO", "FIXME", "XXX"];
    let noted = words(&source.raw).filter(|word| marks.contains(&word.text));
    let stubs = words(&source.code).filter(|word| match word.text {
        "todo" | "unimplemented" => source.around(*word).1.starts_with('!'),
        "ignore" => source.around(*word).0.ends_with("#["),
        _ => false,
    });
    noted.chain(stubs).map(|word| source.at(word.at, &format!("`{}`", word.text))).collect()
}

fn unsafe_code(source: &Source) -> Vec<String> {
    words(&source.code)
        .filter(|word| word.text == "unsafe")
        .map(|word| source.at(word.at, "`unsafe`"))
        .collect()
}

fn printing(source: &Source) -> Vec<String> {
    let printers = ["print", "println", "eprint", "eprintln", "dbg"];
    let calls = words(&source.code)
        .filter(|word| printers.contains(&word.text) && source.around(*word).1.starts_with('!'))
        .filter(|word| source.module() != "cli" || word.text == "dbg");
    calls.map(|word| source.at(word.at, &format!("`{}!`", word.text))).collect()
}

fn clocks(source: &Source) -> Vec<String> {
    let clocks = ["Instant", "SystemTime", "UtcDateTime", "now_utc", "now_local"];
    core_words(source, |word| clocks.contains(&word.text))
}

fn asynchronous(source: &Source) -> Vec<String> {
    core_words(source, |word| ["async", "await"].contains(&word.text))
}

fn globals(source: &Source) -> Vec<String> {
    core_words(source, |word| match word.text {
        "lazy_static" | "thread_local" | "OnceLock" | "OnceCell" => true,
        "static" => {
            let (before, after) = source.around(word);
            let pattern =
                after.split_once(':').is_some_and(|(_, kind)| kind.trim().starts_with("LazyLock<Regex>"));
            !before.ends_with('\'') && !pattern
        }
        _ => false,
    })
}

fn core_words(source: &Source, is_wrong: impl Fn(Word<'_>) -> bool) -> Vec<String> {
    if !CORE.contains(&source.module()) {
        return Vec::new();
    }
    words(&source.live)
        .filter(|word| is_wrong(*word))
        .map(|word| source.at(word.at, &format!("`{}`", word.text)))
        .collect()
}

fn machine_paths(path: &str, text: &str) -> Vec<String> {
    // Put together here, so that this file may be searched too.
    let folders = ["work", "root", "tmp"].map(|name| format!("/{name}/"));
    let in_tests = path.starts_with("tests/");
    let folders = &folders[..if in_tests { 2 } else { 3 }];
    let hits = (1..).zip(text.lines()).flat_map(|(number, line)| {
        folders.iter().filter(|folder| is_path_in(line, folder)).map(move |folder| (number, folder))
    });
    hits.map(|(number, folder)| format!("{path}:{number}: {folder}")).collect()
}

/// Whether a path in `line` begins with `folder`; `a/work/b` is another matter.
fn is_path_in(line: &str, folder: &str) -> bool {
    line.match_indices(folder)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-}~".contains(c)))
}

fn strangers<'n>(names: &'n [String], ignored: &str) -> Vec<&'n str> {
    let ignored: Vec<&str> = ignored.lines().map(|line| line.trim().trim_matches('/')).collect();
    names.iter().map(String::as_str).filter(|name| !TOP.contains(name) && !ignored.contains(name)).collect()
}

// ----------------------------------------------------------------------------------------- the reading

/// A file of `src/`, as it is and with what is no code blanked; offsets are the same in all three.
struct Source {
    /// From the repository's top, with `/`.
    path: String,
    raw: String,
    /// Without comments and the contents of strings.
    code: String,
    /// `code` without what only tests compile.
    live: String,
}

impl Source {
    fn new(path: &str, raw: &str) -> Self {
        let code = blank_text(raw);
        let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
        let live =
            if is_test { blanked(&code, &[0..code.len()]) } else { blanked(&code, &test_items(&code)) };
        Self { path: path.to_owned(), raw: raw.to_owned(), code, live }
    }

    /// The module of the crate's root that the file belongs to.
    fn module(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inside.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// How deep its module lies under the crate's root.
    fn depth(&self) -> usize {
        let inside = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inside.split('/').filter(|part| !["mod", "lib", "main"].contains(part)).count()
    }

    fn at(&self, offset: usize, what: &str) -> String {
        let line = self.raw[..offset].matches('\n').count() + 1;
        format!("{}:{line}: {what}", self.path)
    }

    /// The code before and after a word, without the white space beside it.
    fn around(&self, word: Word<'_>) -> (&str, &str) {
        (self.code[..word.at].trim_end(), self.code[word.end()..].trim_start())
    }
}

#[derive(Clone, Copy)]
struct Word<'a> {
    at: usize,
    text: &'a str,
}

impl Word<'_> {
    fn end(self) -> usize {
        self.at + self.text.len()
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn words(code: &str) -> impl Iterator<Item = Word<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + code[from..].find(is_word)?;
        let length = code[at..].find(|c| !is_word(c)).unwrap_or(code.len() - at);
        from = at + length;
        Some(Word { at, text: &code[at..from] })
    })
}

/// The names right below the root in what follows `crate`: one, or those of a `{…}` group.
fn first_segments(after: &str) -> Vec<&str> {
    let Some(path) = after.trim_start().strip_prefix("::").map(str::trim_start) else { return Vec::new() };
    if !path.starts_with('{') {
        return words(path).take(1).map(|word| word.text).collect();
    }
    let group = block(path, 0).map_or(path, |group| &path[group]);
    let mut depth = 0;
    let mut begins = true;
    let mut found = Vec::new();
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if is_word(letter) && begins && depth == 1 => {
                found.extend(words(&group[at..]).next().map(|w| w.text))
            }
            _ => {}
        }
        begins = letter == '{' || letter == ',' || begins && letter.is_whitespace();
    }
    found
}

/// The first `{…}` after `from`, unless a `;` ends the item before it.
fn block(code: &str, from: usize) -> Option<std::ops::Range<usize>> {
    let mut brackets = 0;
    let mut braces = 0;
    let mut start = None;
    for (at, letter) in code.char_indices().skip_while(|(at, _)| *at < from) {
        match letter {
            '(' | '[' if start.is_none() => brackets += 1,
            ')' | ']' if start.is_none() => brackets -= 1,
            ';' if start.is_none() && brackets == 0 => return None,
            '{' => {
                start.get_or_insert(at);
                braces += 1;
            }
            '}' if start.is_none() => return None,
            '}' => {
                braces -= 1;
                if braces == 0 {
                    return start.map(|start| start..at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The items, fields and arms under `#[cfg(test)]`.
fn test_items(code: &str) -> Vec<std::ops::Range<usize>> {
    let items = ["pub", "mod", "fn", "use", "struct", "enum", "impl", "const", "static", "type", "trait"];
    let attribute = "#[cfg(test)]";
    let ends = |at: usize| {
        let mut rest = code[at..].trim_start();
        while rest.starts_with("#[") {
            rest = rest.split_once(']').map_or("", |(_, rest)| rest.trim_start());
        }
        let from = code.len() - rest.len();
        let is_item =
            words(rest).next().is_some_and(|word| items.contains(&word.text) && rest.starts_with(word.text));
        let end = if is_item { block(code, from).map(|block| block.end) } else { None };
        let stop = if is_item { ';' } else { ',' };
        end.unwrap_or_else(|| code[from..].find(stop).map_or(code.len(), |length| from + length + 1))
    };
    code.match_indices(attribute).map(|(at, _)| at..ends(at + attribute.len())).collect()
}

fn blanked(code: &str, ranges: &[std::ops::Range<usize>]) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for range in ranges {
        bytes[range.clone()].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    }
    String::from_utf8(bytes).expect("whole characters are blanked")
}

/// Blanks comments and what stands in strings and characters.
fn blank_text(raw: &str) -> String {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(letter) = raw[at..].chars().next() {
        let rest = &raw[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment(rest)
        } else if let Some(length) = raw_string(rest).or_else(|| quoted(rest)) {
            length
        } else {
            // A whole word at once, so that the `r` of `for` begins no raw string.
            at += rest.find(|c| !is_word(c)).filter(|length| *length > 0).unwrap_or(letter.len_utf8());
            continue;
        };
        ranges.push(at..at + length);
        at += length;
    }
    blanked(raw, &ranges)
}

fn comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(letter) = rest[at..].chars().next() {
        let mark = rest.get(at..at + 2).unwrap_or_default();
        match mark {
            "/*" => depth += 1,
            "*/" => depth -= 1,
            _ => {}
        }
        at += if mark == "/*" || mark == "*/" { 2 } else { letter.len_utf8() };
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r"].into_iter().find(|prefix| rest.starts_with(prefix))?;
    let hashes: String = rest[prefix.len()..].chars().take_while(|c| *c == '#').collect();
    let start = prefix.len() + hashes.len();
    let end = format!("\"{hashes}");
    let inside = rest[start..].strip_prefix('"')?;
    Some(start + 1 + inside.find(&end).map_or(inside.len(), |length| length + end.len()))
}

/// A string or a character, but not a lifetime.
fn quoted(rest: &str) -> Option<usize> {
    let mark = rest.chars().next().filter(|c| *c == '"' || *c == '\'')?;
    let mut letters = rest.char_indices().skip(1);
    if mark == '\'' && !rest.starts_with("'\\") {
        let (_, _) = letters.next()?;
        return letters.next().filter(|(_, letter)| *letter == mark).map(|(at, _)| at + 1);
    }
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            _ if letter == mark => return Some(at + 1),
            _ => {}
        }
    }
    Some(rest.len())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn hold(rule: impl Fn(&Source) -> Vec<String>, remedy: &str) {
    let found: Vec<String> = sources().iter().flat_map(rule).collect();
    assert!(found.is_empty(), "{remedy}\n{}", found.join("\n"));
}

fn sources() -> Vec<Source> {
    let files = files(&root().join("src"));
    let rust = files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs"));
    let sources: Vec<Source> = rust
        .map(|file| Source::new(&name(file), &fs::read_to_string(file).expect("a source file can be read")))
        .collect();
    assert!(sources.len() > 20, "only {} source files were found", sources.len());
    sources
}

/// The text files of the repository, with their paths.
fn texts(root: &Path) -> Vec<(String, String)> {
    let tops = TOP.iter().filter(|name| ![".git", "index"].contains(name)).map(|name| root.join(name));
    let small = |file: &PathBuf| fs::metadata(file).is_ok_and(|data| data.len() <= LARGEST_READ);
    let files = tops.filter(|top| top.exists()).flat_map(|top| files(&top)).filter(small);
    files.filter_map(|file| Some((name(&file), fs::read_to_string(&file).ok()?))).collect()
}

fn name(file: &Path) -> String {
    let inside = file.strip_prefix(root()).expect("the file is the repository's");
    inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn files(top: &Path) -> Vec<PathBuf> {
    let mut open = vec![top.to_owned()];
    let mut found = Vec::new();
    while let Some(here) = open.pop() {
        if here.is_dir() {
            let entries = fs::read_dir(&here).expect("a folder can be listed");
            open.extend(entries.map(|entry| entry.expect("an entry can be read").path()));
        } else {
            found.push(here);
        }
    }
    found.sort();
    found
}

// ------------------------------------------------------------------------------------------ the proofs

/// Each rule fails where it should, names the line, and keeps quiet where all is well.
mod proofs {
    use super::*;

    /// Which lines of `text`, as the file `path`, break the rule.
    fn check(rule: impl Fn(&Source) -> Vec<String>, path: &str, text: &str, lines: &[usize]) {
        let found = rule(&Source::new(path, text));
        let expected: Vec<String> = lines.iter().map(|line| format!("{path}:{line}: ")).collect();
        let fits =
            found.len() == expected.len() && found.iter().zip(&expected).all(|(a, b)| a.starts_with(b));
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
        let text = "struct A {\n    #[cfg(test)]\n    probe: u8,\n    kept: u8,\n}\n#[cfg(test)]\n#[allow(dead_code)]\n\
            mod tests { fn lost() {} }\n#[cfg(test)]\nmod tests;\nfn also_kept() {}";
        let live = Source::new("src/text/a.rs", text).live;
        let left: Vec<&str> = words(&live).map(|word| word.text).collect();
        assert_eq!(left, ["struct", "A", "kept", "u8", "fn", "also_kept"]);
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
        assert_eq!(upward(&[("a", &["b"]), ("b", &["a"]), ("c", &["c", "d"])]), ["b → a", "c → c", "c → d"]);
    }

    #[test]
    fn fences_can_fail() {
        check(fences, "src/answer/a.rs", "use tantivy::Term;\nlet a = &candle_core::Device::Cpu;", &[1, 2]);
        check(
            fences,
            "src/discord/a.rs",
            "use {\n  sqlx::Row, clap as c};\nuse clap;\n#[clap(x)]",
            &[2, 3, 4],
        );
        check(
            fences,
            "src/index/a.rs",
            "use tantivy::Term;\nself.notify();\nlet scraper = 1; // sqlx::Row",
            &[],
        );
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
        check(
            sealed,
            "src/answer/rank.rs",
            "let q = Quote { text };\nOk(document::Quote {\n text })",
            &[1, 2],
        );
        check(
            sealed,
            "src/engine.rs",
            "fn f() -> Reply { x }\nfn g() -> &reply::Reply { x }\nimpl A for Reply { }",
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
            files(&root().join("src")).len() > 20
                && texts(root()).iter().any(|(path, _)| path == "Cargo.toml")
        );
    }
}

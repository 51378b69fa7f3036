//! What may not stand in a file. A finding is `path:line: what`.

use super::source::{Source, Word, block, first_segments, is_word, words};
use super::{CORE, FENCES, LAYERS, LONGEST_FILE, LONGEST_FUNCTION, SEALED, TOP, listed};

pub fn arrows(source: &Source) -> Vec<String> {
    let module = source.module();
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
        return vec![source.at(0, &format!("the module `{module}` has no place in LAYERS"))];
    };
    let allowed = listed(&[allowed]);
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

pub fn upward(layers: &[(&str, &str)]) -> Vec<String> {
    let place = |name: &str| layers.iter().position(|(layer, _)| *layer == name);
    let mut found = Vec::new();
    for (at, (layer, used)) in layers.iter().enumerate() {
        for used in used.split_whitespace().filter(|used| place(used).is_none_or(|below| below <= at)) {
            found.push(format!("{layer} → {used}"));
        }
    }
    found
}

pub fn fences(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for word in words(&source.code) {
        let fence = FENCES.iter().find(|(libraries, _)| listed(&[libraries]).contains(&word.text));
        let Some((_, homes)) = fence.filter(|(_, homes)| !listed(&[homes]).contains(&source.module())) else {
            continue;
        };
        let (before, after) = source.around(word);
        let is_path = after.starts_with("::") && !before.ends_with("::");
        let is_import = ["use", "crate", "#["].iter().any(|mark| before.ends_with(mark));
        if is_path || is_import {
            found.push(source.at(word.at, &format!("`{}` belongs in {homes}", word.text)));
        }
    }
    found
}

/// Spans are known by their names: `span`, `…_span`, `heading`.
pub fn cuts(source: &Source) -> Vec<String> {
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

pub fn sealed(source: &Source) -> Vec<String> {
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
    let made =
        all.filter(|word| source.around(*word).1.starts_with('{') && !is_type(&source.code[..word.at]));
    made.map(|word| word.at)
}

/// Whether what follows `before` is a type, a block's head or a pattern.
fn is_type(before: &str) -> bool {
    let before = before.trim_end_matches(|c| is_word(c) || c == ':').trim_end();
    let before = before.strip_suffix("mut").unwrap_or(before).trim_end();
    let before = match before.rsplit_once('\'') {
        Some((before, lifetime)) if lifetime.chars().all(is_word) => before,
        _ => before,
    };
    let before = before.trim_end_matches('&').trim_end();
    let heads = ["struct", "enum", "union", "trait", "impl", "for", "mod", "let", "dyn"];
    before.ends_with("->")
        || words(before).last().is_some_and(|last| heads.contains(&last.text) && before.ends_with(last.text))
}

pub fn long_files(source: &Source) -> Vec<String> {
    let lines = source.raw.lines().count();
    let what = format!("{lines} lines, {LONGEST_FILE} are allowed");
    if lines > LONGEST_FILE { vec![format!("{}:{lines}: {what}", source.path)] } else { Vec::new() }
}

pub fn long_functions(source: &Source) -> Vec<String> {
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

pub fn traits(source: &Source) -> Vec<String> {
    let all = words(&source.live).filter(|word| word.text == "trait");
    all.map(|word| source.at(word.at, "a trait")).collect()
}

pub fn leftovers(source: &Source) -> Vec<String> {
    let marks = ["TODO", "FIXME", "XXX"];
    let noted = words(&source.raw).filter(|word| marks.contains(&word.text));
    let stubs = words(&source.code).filter(|word| match word.text {
        "todo" | "unimplemented" => source.around(*word).1.starts_with('!'),
        "ignore" => source.around(*word).0.ends_with("#["),
        _ => false,
    });
    noted.chain(stubs).map(|word| source.at(word.at, &format!("`{}`", word.text))).collect()
}

pub fn unsafe_code(source: &Source) -> Vec<String> {
    words(&source.code)
        .filter(|word| word.text == "unsafe")
        .map(|word| source.at(word.at, "`unsafe`"))
        .collect()
}

pub fn printing(source: &Source) -> Vec<String> {
    let printers = ["print", "println", "eprint", "eprintln", "dbg"];
    let calls = words(&source.code)
        .filter(|word| printers.contains(&word.text) && source.around(*word).1.starts_with('!'))
        .filter(|word| source.module() != "cli" || word.text == "dbg");
    calls.map(|word| source.at(word.at, &format!("`{}!`", word.text))).collect()
}

pub fn clocks(source: &Source) -> Vec<String> {
    let clocks = ["Instant", "SystemTime", "UtcDateTime", "now_utc", "now_local"];
    core_words(source, |word| clocks.contains(&word.text))
}

pub fn asynchronous(source: &Source) -> Vec<String> {
    core_words(source, |word| ["async", "await"].contains(&word.text))
}

pub fn globals(source: &Source) -> Vec<String> {
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
    if !listed(&[CORE]).contains(&source.module()) {
        return Vec::new();
    }
    words(&source.live)
        .filter(|word| is_wrong(*word))
        .map(|word| source.at(word.at, &format!("`{}`", word.text)))
        .collect()
}

pub fn machine_paths(path: &str, text: &str) -> Vec<String> {
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

pub fn strangers<'n>(names: &'n [String], ignored: &str) -> Vec<&'n str> {
    let ignored: Vec<&str> = ignored.lines().map(|line| line.trim().trim_matches('/')).collect();
    names
        .iter()
        .map(String::as_str)
        .filter(|name| !listed(TOP).contains(name) && !ignored.contains(name))
        .collect()
}

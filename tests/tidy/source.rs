//! The sources, and just enough Rust to tell code from comments, strings and tests.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::{TOP, listed};

/// A larger file is data; nobody writes a path into it by hand.
const LARGEST_READ: u64 = 1 << 20;

/// A file of `src/`, as it is and with what is no code blanked; offsets are the same in all three.
pub struct Source {
    /// From the repository's top, with `/`.
    pub path: String,
    pub raw: String,
    /// Without comments and the contents of strings.
    pub code: String,
    /// `code` without what only tests compile.
    pub live: String,
}

impl Source {
    pub fn new(path: &str, raw: &str) -> Self {
        let code = blank_text(raw);
        let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
        let live = if is_test { String::new() } else { blanked(&code, &test_items(&code)) };
        Self { path: path.to_owned(), raw: raw.to_owned(), code, live }
    }

    /// The module of the crate's root that the file belongs to.
    pub fn module(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inside.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// How deep its module lies under the crate's root.
    pub fn depth(&self) -> usize {
        let inside = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inside.split('/').filter(|part| !["mod", "lib", "main"].contains(part)).count()
    }

    pub fn at(&self, offset: usize, what: &str) -> String {
        let line = self.raw[..offset].matches('\n').count() + 1;
        format!("{}:{line}: {what}", self.path)
    }

    /// The code before and after a word, without the white space beside it.
    pub fn around(&self, word: Word<'_>) -> (&str, &str) {
        (self.code[..word.at].trim_end(), self.code[word.end()..].trim_start())
    }
}

#[derive(Clone, Copy)]
pub struct Word<'a> {
    pub at: usize,
    pub text: &'a str,
}

impl Word<'_> {
    pub fn end(self) -> usize {
        self.at + self.text.len()
    }
}

pub fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

pub fn words(code: &str) -> impl Iterator<Item = Word<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + code[from..].find(is_word)?;
        let length = code[at..].find(|c| !is_word(c)).unwrap_or(code.len() - at);
        from = at + length;
        Some(Word { at, text: &code[at..from] })
    })
}

/// The names right below the root in what follows `crate`: one, or those of a `{…}` group.
pub fn first_segments(after: &str) -> Vec<&str> {
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
pub fn block(code: &str, from: usize) -> Option<Range<usize>> {
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
fn test_items(code: &str) -> Vec<Range<usize>> {
    let attribute = "#[cfg(test)]";
    let end = |at: usize| {
        let from = code.len() - without_head(&code[at..]).len();
        let item = ["mod", "fn", "use", "struct", "enum", "impl", "const", "static", "type", "trait"];
        let is_item = words(&code[from..]).next().is_some_and(|word| item.contains(&word.text));
        let block = if is_item { block(code, from) } else { None };
        let stop = |c| if is_item { c == ';' } else { c == ',' || c == '}' };
        block.map_or_else(|| code[from..].find(stop).map_or(code.len(), |length| from + length), |b| b.end)
    };
    code.match_indices(attribute).map(|(at, _)| at..end(at + attribute.len())).collect()
}

/// An item without further attributes and its visibility.
fn without_head(item: &str) -> &str {
    let mut rest = item.trim_start();
    while rest.starts_with("#[") {
        rest = rest.split_once(']').map_or("", |(_, rest)| rest.trim_start());
    }
    let Some(public) = rest.strip_prefix("pub").filter(|rest| !rest.starts_with(is_word)) else {
        return rest;
    };
    let public = public.trim_start();
    match public.strip_prefix('(').and_then(|inside| inside.split_once(')')) {
        Some((_, rest)) => rest.trim_start(),
        None => public,
    }
}

fn blanked(code: &str, ranges: &[Range<usize>]) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for range in ranges {
        bytes[range.clone()].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    }
    String::from_utf8(bytes).expect("whole characters are blanked")
}

/// Blanks comments and what stands in strings and characters.
pub fn blank_text(raw: &str) -> String {
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

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn sources() -> Vec<Source> {
    let files = files(&root().join("src"));
    let rust = files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs"));
    let sources: Vec<Source> = rust
        .map(|file| Source::new(&name(file), &fs::read_to_string(file).expect("a source file can be read")))
        .collect();
    assert!(sources.len() > 20, "only {} source files were found", sources.len());
    sources
}

/// The text files of the repository, with their paths.
pub fn texts(root: &Path) -> Vec<(String, String)> {
    let tops =
        listed(TOP).into_iter().filter(|name| ![".git", "index"].contains(name)).map(|name| root.join(name));
    let small = |file: &PathBuf| fs::metadata(file).is_ok_and(|data| data.len() <= LARGEST_READ);
    let files = tops.filter(|top| top.exists()).flat_map(|top| files(&top)).filter(small);
    files.filter_map(|file| Some((name(&file), fs::read_to_string(&file).ok()?))).collect()
}

fn name(file: &Path) -> String {
    let inside = file.strip_prefix(root()).expect("the file is the repository's");
    inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The files in `top`, at any depth, but not what npm installed there.
pub fn files(top: &Path) -> Vec<PathBuf> {
    let mut open = vec![top.to_owned()];
    let mut found = Vec::new();
    while let Some(here) = open.pop() {
        if here.ends_with("node_modules") {
            continue;
        }
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

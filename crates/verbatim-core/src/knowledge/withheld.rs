//! Reads and changes the list of withheld passages, `withheld.toml`.
//!
//! People edit the list by hand. An entry that names its passage withholds it, even if the rest of the entry is wrong;
//! the error is reported to the author. The list is unreadable only if it is unclear which passages it means. An
//! unreadable list must not be treated as empty.

pub mod anonymise;
mod edit;

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::Path;

use toml_edit::{Document, Item, TableLike, Value};

use super::base::{WITHHELD, Withheld};
use super::problem::Problem;
use super::{refused, toml_file};
use crate::fs::{self, FsError};
use crate::text::digest::sha256;
use crate::text::line::line_at;
use crate::text::nearest::{key_remedy, nearest};

/// The only key of the file.
const LIST: &str = "withheld";
/// The keys of an entry.
const KEYS: [&str; 4] = ["passage", "by", "at", "reason"];
/// The size limit of the list, in bytes.
const MOST_BYTES: u64 = 4 << 20;

/// A list that was read successfully.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WithheldFile {
    /// Its entries, in file order.
    pub entries: Vec<Withheld>,
    /// What the author should fix in entries that withhold their passage nonetheless.
    pub warnings: Vec<Problem>,
    /// SHA-256 of the file; `None` if there is no file.
    pub digest: Option<String>,
    text: String,
}

/// Why the list was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// It cannot be read, so a change could lose an entry.
    #[error("{0}")]
    Unreadable(Problem),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] FsError),
}

impl From<Problem> for ListError {
    fn from(problem: Problem) -> Self {
        Self::Unreadable(problem)
    }
}

impl WithheldFile {
    /// Makes a list from passage ids that do not come from the file. Its entries have nothing but the passage.
    pub fn of_passages(passages: &BTreeSet<String>) -> Self {
        let entries: Vec<Withheld> = passages.iter().map(|passage| Withheld::of_passage(passage)).collect();
        let text: String = passages.iter().flat_map(|passage| [passage, "\n"]).collect();
        Self { entries, warnings: Vec::new(), digest: Some(sha256(&text)), text }
    }

    /// Whether the file contains nothing, not even an explicit empty list. Comments do not count: a truncated file may
    /// still have its first line.
    pub fn is_blank(&self) -> bool {
        let mut lines = self.text.trim_start_matches('\u{feff}').lines().map(str::trim);
        lines.all(|line| line.is_empty() || line.starts_with('#'))
    }

    /// The ids of the passages on the list.
    pub fn passages(&self) -> BTreeSet<String> {
        self.entries.iter().map(|entry| entry.passage.clone()).collect()
    }

    fn parse(path: &Path, text: String) -> Result<Self, Problem> {
        let (entries, mut warnings) = entries(path, &text)?;
        // A control character is never shown unescaped, and its entry withholds the passage nonetheless.
        warnings.extend(refused::in_toml(&text).err().map(|found| refused::toml_problem(path, &text, found)));
        let digest = Some(sha256(&text));
        Ok(Self { entries, warnings, digest, text })
    }
}

impl Withheld {
    /// Makes an entry of which only the passage is known.
    pub fn of_passage(passage: &str) -> Self {
        Self { passage: passage.to_owned(), by: String::new(), at: String::new(), reason: String::new() }
    }
}

/// Reads the list in the folder of a base; `None` if there is no such file.
///
/// # Errors
/// If it is unclear which passages are on it.
pub fn read(folder: &Path) -> Result<Option<WithheldFile>, Problem> {
    let path = folder.join(WITHHELD);
    match text_of(&path)? {
        Some(text) => WithheldFile::parse(&path, text).map(Some),
        None => Ok(None),
    }
}

fn text_of(path: &Path) -> Result<Option<String>, Problem> {
    let unreadable = |what: &str| {
        let what = format!("The list of withheld passages cannot be read: {what}.");
        Problem::new(path, what, "Put it back, or fix it.")
    };
    let is_file = match std::fs::metadata(path) {
        Ok(data) => data.is_file(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&error.to_string())),
    };
    if !is_file {
        return Err(unreadable("it is not a file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(&error.to_string()))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(unreadable(&format!("it is longer than {} MiB", MOST_BYTES >> 20)));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| unreadable("it is not UTF-8"))
}

/// Adds an entry to the list in the folder of a base. If the passage is already on the list, returns the existing entry
/// and writes nothing.
///
/// # Errors
/// If the list cannot be read or written. It is then unchanged, unless the error [`FsError::is_done`].
pub fn add(folder: &Path, entry: &Withheld) -> Result<Option<Withheld>, ListError> {
    let _lock = fs::lock_folder(folder)?;
    let list = read(folder)?.unwrap_or_default();
    if let Some(first) = list.entries.iter().find(|listed| listed.passage == entry.passage) {
        return Ok(Some(first.clone()));
    }
    write(folder, &with(folder, &list, entry)?)?;
    Ok(None)
}

/// Removes a passage from the list in the folder of a base and returns its entry; `None` if it was not on the list. If
/// the file is then empty, it is deleted.
///
/// # Errors
/// If the list cannot be read or written. It is then unchanged, unless the error [`FsError::is_done`].
pub fn remove(folder: &Path, passage: &str) -> Result<Option<Withheld>, ListError> {
    let _lock = fs::lock_folder(folder)?;
    let list = read(folder)?.unwrap_or_default();
    let Some(entry) = list.entries.iter().find(|listed| listed.passage == passage) else { return Ok(None) };
    write(folder, &without(folder, &list, passage)?)?;
    Ok(Some(entry.clone()))
}

/// The text of the list in the folder of a base, now and without a passage.
///
/// # Errors
/// A problem if the list cannot be read.
pub fn before_and_after(folder: &Path, passage: &str) -> Result<(String, String), Problem> {
    let list = read(folder)?.unwrap_or_default();
    let after = without(folder, &list, passage)?;
    Ok((list.text, after))
}

/// Puts a passage back on the list whose text was `before`. If nothing else has changed since, the list gets its exact
/// text back; otherwise the passage's entry is added.
///
/// # Errors
/// If the list cannot be read or written. It is then unchanged, unless the error [`FsError::is_done`].
pub fn put_back(folder: &Path, before: &str, passage: &str) -> Result<(), ListError> {
    let before = WithheldFile::parse(&folder.join(WITHHELD), before.to_owned())?;
    let Some(entry) = before.entries.iter().find(|entry| entry.passage == passage) else { return Ok(()) };
    let lock = fs::lock_folder(folder)?;
    let now = read(folder)?.unwrap_or_default();
    if now.text.trim() == without(folder, &before, passage)?.trim() {
        return Ok(fs::replace(&folder.join(WITHHELD), before.text.as_bytes())?);
    }
    drop(lock);
    add(folder, entry).map(drop)
}

fn write(folder: &Path, text: &str) -> Result<(), FsError> {
    let path = folder.join(WITHHELD);
    if text.trim().is_empty() { fs::remove(&path) } else { fs::replace(&path, text.as_bytes()) }
}

/// The text with an entry added at its end.
fn with(folder: &Path, list: &WithheldFile, entry: &Withheld) -> Result<String, Problem> {
    let expected = [list.entries.as_slice(), std::slice::from_ref(entry)].concat();
    edited(folder, &edit::with(&list.text, entry), &expected)
}

/// The text without the entries for a passage; comments stay.
fn without(folder: &Path, list: &WithheldFile, passage: &str) -> Result<String, Problem> {
    let left: Vec<Withheld> = list.entries.iter().filter(|entry| entry.passage != passage).cloned().collect();
    edited(folder, &edit::without(&list.text, passage), &left)
}

/// The first of these texts that has the expected entries. The result of an edit is read back before it is written.
fn edited(folder: &Path, texts: &[String], expected: &[Withheld]) -> Result<String, Problem> {
    let path = folder.join(WITHHELD);
    let holds = |text: &&String| entries(&path, text).is_ok_and(|(found, _)| found == expected);
    texts.iter().find(holds).cloned().ok_or_else(|| {
        let what = "The program cannot change this entry without changing others.";
        Problem::new(&path, what, "Write each entry as a separate [[withheld]] table.")
    })
}

/// The entries of a list, and the problems of those that withhold their passage nonetheless.
fn entries(path: &Path, text: &str) -> Result<(Vec<Withheld>, Vec<Problem>), Problem> {
    // A byte order mark is not part of the list.
    let text = text.trim_start_matches('\u{feff}');
    let document = Document::parse(text)
        .map_err(|error| toml_file::problem(path, text, error.message(), error.span()))?;
    let table = document.as_table();
    if let Some((key, _)) = table.iter().find(|(key, _)| *key != LIST) {
        let span = table.key(key).and_then(|key| key.span());
        let what = format!("There is no key `{key}` here.");
        let remedy = match nearest(key, [LIST]) {
            Some(near) => format!("Did you mean `{near}`?"),
            None => "Write each entry as [[withheld]].".to_owned(),
        };
        let problem = Problem::new(path, what, remedy);
        return Err(Problem { line: line(text, span), ..problem });
    }
    let Some(item) = document.get(LIST) else { return Ok(Default::default()) };
    let tables = tables(item).ok_or_else(|| {
        let problem =
            Problem::new(path, "`withheld` is not a list of entries.", "Write each entry as [[withheld]].");
        Problem { line: line(text, item.span()), ..problem }
    })?;
    let mut warnings = Vec::new();
    let reader = EntryReader { path, text };
    let read =
        tables.into_iter().map(|table| reader.entry(table, &mut warnings)).collect::<Result<_, _>>()?;
    Ok((read, warnings))
}

/// The entries as tables, in any notation.
fn tables(item: &Item) -> Option<Vec<&dyn TableLike>> {
    match item {
        Item::ArrayOfTables(tables) => Some(tables.iter().map(|table| table as &dyn TableLike).collect()),
        Item::Table(table) => Some(vec![table]),
        Item::Value(Value::InlineTable(table)) => Some(vec![table]),
        Item::Value(Value::Array(array)) => {
            array.iter().map(|value| value.as_inline_table().map(|table| table as &dyn TableLike)).collect()
        }
        _ => None,
    }
}

struct EntryReader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl EntryReader<'_> {
    fn entry(&self, table: &dyn TableLike, warnings: &mut Vec<Problem>) -> Result<Withheld, Problem> {
        let first = table.iter().next().and_then(|(key, _)| table.key(key)?.span());
        let problem = |span: Option<Range<usize>>, what: String, remedy: String| Problem {
            line: line(self.text, span.or(first.clone())),
            ..Problem::new(self.path, what, remedy)
        };
        let unknown = table.iter().filter(|(key, _)| !KEYS.contains(key)).map(|(key, _)| {
            problem(
                table.key(key).and_then(|key| key.span()),
                format!("There is no key `{key}` here."),
                key_remedy(key, KEYS),
            )
        });
        let unknown: Vec<Problem> = unknown.collect();
        let passage = table.get("passage").and_then(Item::as_str).map(str::trim);
        let Some(passage) = passage.filter(|passage| !passage.is_empty()) else {
            return Err(unknown.into_iter().next().unwrap_or_else(|| {
                let what = "This entry has no `passage`.".to_owned();
                problem(None, what, "Add the passage's id, or remove the entry.".to_owned())
            }));
        };
        warnings.extend(unknown);
        let mut other = |key: &'static str, remedy: &str| {
            let value = table.get(key).and_then(string_value);
            if value.is_none() {
                let what = format!("The entry for `{passage}` has no `{key}`.");
                warnings.push(problem(None, what, format!("The passage is withheld nonetheless. {remedy}")));
            }
            value.unwrap_or_default()
        };
        let by = other("by", "Add who withheld it.");
        let at = other("at", "Add when it was withheld.");
        let reason = other("reason", "Add why it was withheld, for people who read the list later.");
        Ok(Withheld { passage: passage.to_owned(), by, at, reason })
    }
}

/// The value of a string, or of a date without quotes.
fn string_value(item: &Item) -> Option<String> {
    item.as_str().map(str::to_owned).or_else(|| item.as_datetime().map(ToString::to_string))
}

fn line(text: &str, span: Option<Range<usize>>) -> Option<usize> {
    span.map(|span| line_at(text, span.start))
}

#[cfg(test)]
mod tests;

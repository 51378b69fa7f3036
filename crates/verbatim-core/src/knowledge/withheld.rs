//! The list of passages that are out of circulation, `withheld.toml`: how it is read and changed.
//!
//! People edit the list by hand. An entry that names its passage withholds it, whatever else is wrong with
//! the entry: that is a problem for the author. Only where it cannot be told which passages are meant is the
//! list unreadable, and then nothing in it may be taken for settled: not even that it is empty.

pub mod anonymise;
mod edit;

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::Path;

use sha2::{Digest, Sha256};
use toml_edit::{Document, Item, TableLike, Value};

use super::base::{WITHHELD, Withheld};
use super::problem::Problem;
use super::write::{self, WriteError};
use super::{refused, toml_file};
use crate::text::hex::hex;
use crate::text::nearest::nearest;

/// The one key of the file.
const LIST: &str = "withheld";
/// The keys of an entry.
const KEYS: [&str; 4] = ["passage", "by", "at", "reason"];
/// A list that is longer than this is not read.
const MOST_BYTES: u64 = 4 << 20;

/// A list that could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WithheldFile {
    /// Its entries, in the order of the file.
    pub entries: Vec<Withheld>,
    /// What the author should mend in entries that withhold their passage all the same.
    pub slips: Vec<Problem>,
    /// SHA-256 of the file; `None` where there is none.
    pub digest: Option<String>,
    text: String,
}

/// Why the list was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// It cannot be read, so that an entry could be lost.
    #[error("{0}")]
    Unreadable(Problem),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<Problem> for ListError {
    fn from(problem: Problem) -> Self {
        Self::Unreadable(problem)
    }
}

impl WithheldFile {
    /// A list that is known from elsewhere than the file: it says which passages, and no more.
    pub fn of_passages(passages: &BTreeSet<String>) -> Self {
        let entries: Vec<Withheld> = passages.iter().map(|passage| Withheld::of_passage(passage)).collect();
        let text: String = passages.iter().flat_map(|passage| [passage, "\n"]).collect();
        Self { entries, slips: Vec::new(), digest: Some(hex(&Sha256::digest(&text))), text }
    }

    /// Whether it says nothing, not even that nothing is withheld. A comment is not enough: a file that was cut off may
    /// have kept its first line.
    pub fn is_blank(&self) -> bool {
        let mut lines = self.text.trim_start_matches('\u{feff}').lines().map(str::trim);
        lines.all(|line| line.is_empty() || line.starts_with('#'))
    }

    /// The passages on it.
    pub fn passages(&self) -> BTreeSet<String> {
        self.entries.iter().map(|entry| entry.passage.clone()).collect()
    }

    fn parse(path: &Path, text: String) -> Result<Self, Problem> {
        let (entries, mut slips) = entries(path, &text)?;
        // It is never shown as it is, and an entry that has one withholds its passage all the same.
        slips.extend(refused::in_toml(&text).err().map(|found| refused::toml_problem(path, &text, found)));
        let digest = Some(hex(&Sha256::digest(&text)));
        Ok(Self { entries, slips, digest, text })
    }
}

impl Withheld {
    /// An entry of which nothing but the passage is known.
    pub fn of_passage(passage: &str) -> Self {
        Self { passage: passage.to_owned(), by: String::new(), at: String::new(), reason: String::new() }
    }
}

/// Reads the list in the folder of a base; `None` where there is no such file.
///
/// # Errors
/// Where it cannot be told which passages are on it.
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
        Problem::new(path, what, "Put it back, or mend it.")
    };
    let is_file = match std::fs::metadata(path) {
        Ok(data) => data.is_file(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&error.to_string())),
    };
    if !is_file {
        return Err(unreadable("it is no file"));
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

/// Puts an entry on the list in the folder of a base. If the passage is on it already, that entry comes back
/// and nothing is written.
///
/// # Errors
/// The list is then as it was.
pub fn add(folder: &Path, entry: &Withheld) -> Result<Option<Withheld>, ListError> {
    let _lock = write::lock_folder(folder)?;
    let list = read(folder)?.unwrap_or_default();
    if let Some(first) = list.entries.iter().find(|listed| listed.passage == entry.passage) {
        return Ok(Some(first.clone()));
    }
    write(folder, &with(folder, &list, entry)?)?;
    Ok(None)
}

/// Takes a passage off the list in the folder of a base and gives back its entry; `None` where it was not on
/// it. A list that is empty then goes.
///
/// # Errors
/// The list is then as it was.
pub fn remove(folder: &Path, passage: &str) -> Result<Option<Withheld>, ListError> {
    let _lock = write::lock_folder(folder)?;
    let list = read(folder)?.unwrap_or_default();
    let Some(entry) = list.entries.iter().find(|listed| listed.passage == passage) else { return Ok(None) };
    write(folder, &without(folder, &list, passage)?)?;
    Ok(Some(entry.clone()))
}

/// The list in the folder of a base as text, and what it will be without a passage.
///
/// # Errors
/// A problem where it cannot be read.
pub fn before_and_after(folder: &Path, passage: &str) -> Result<(String, String), Problem> {
    let list = read(folder)?.unwrap_or_default();
    let after = without(folder, &list, passage)?;
    Ok((list.text, after))
}

/// Puts a passage back on the list that was `before`. Where nothing else was changed meanwhile, the list gets
/// its very text back; otherwise the passage's entry is added.
///
/// # Errors
/// The list is then as it was.
pub fn put_back(folder: &Path, before: &str, passage: &str) -> Result<(), ListError> {
    let before = WithheldFile::parse(&folder.join(WITHHELD), before.to_owned())?;
    let Some(entry) = before.entries.iter().find(|entry| entry.passage == passage) else { return Ok(()) };
    let lock = write::lock_folder(folder)?;
    let now = read(folder)?.unwrap_or_default();
    if now.text.trim() == without(folder, &before, passage)?.trim() {
        return Ok(write::replace(&folder.join(WITHHELD), before.text.as_bytes())?);
    }
    drop(lock);
    add(folder, entry).map(drop)
}

fn write(folder: &Path, text: &str) -> Result<(), WriteError> {
    let path = folder.join(WITHHELD);
    if text.trim().is_empty() { write::remove(&path) } else { write::replace(&path, text.as_bytes()) }
}

/// The text with one entry more, at its end.
fn with(folder: &Path, list: &WithheldFile, entry: &Withheld) -> Result<String, Problem> {
    let expected = [list.entries.as_slice(), std::slice::from_ref(entry)].concat();
    edited(folder, &edit::with(&list.text, entry), &expected)
}

/// The text without the entries of a passage; comments stay.
fn without(folder: &Path, list: &WithheldFile, passage: &str) -> Result<String, Problem> {
    let left: Vec<Withheld> = list.entries.iter().filter(|entry| entry.passage != passage).cloned().collect();
    edited(folder, &edit::without(&list.text, passage), &left)
}

/// The first of these texts that holds what is expected: what an edit gives is read back before it is written.
fn edited(folder: &Path, texts: &[String], expected: &[Withheld]) -> Result<String, Problem> {
    let path = folder.join(WITHHELD);
    let holds = |text: &&String| entries(&path, text).is_ok_and(|(found, _)| found == expected);
    texts.iter().find(holds).cloned().ok_or_else(|| {
        let what = "The program cannot change this entry without changing others.";
        Problem::new(&path, what, "Write each entry as a [[withheld]] of its own.")
    })
}

/// The entries of a list, and what is wrong with those that withhold their passage all the same.
fn entries(path: &Path, text: &str) -> Result<(Vec<Withheld>, Vec<Problem>), Problem> {
    // An editor's mark of the encoding is no part of the list.
    let text = text.trim_start_matches('\u{feff}');
    let document = Document::parse(text)
        .map_err(|error| toml_file::problem(path, text, error.message(), error.span()))?;
    let table = document.as_table();
    if let Some((key, _)) = table.iter().find(|(key, _)| *key != LIST) {
        let span = table.key(key).and_then(|key| key.span());
        let what = format!("There is no key `{key}` here.");
        let remedy = match nearest(key, [LIST]) {
            Some(near) => format!("Write `{near}`, if that is meant."),
            None => "Write each entry as [[withheld]].".to_owned(),
        };
        let problem = Problem::new(path, what, remedy);
        return Err(Problem { line: line(text, span), ..problem });
    }
    let Some(item) = document.get(LIST) else { return Ok(Default::default()) };
    let tables = tables(item).ok_or_else(|| {
        let problem =
            Problem::new(path, "`withheld` is no list of entries.", "Write each entry as [[withheld]].");
        Problem { line: line(text, item.span()), ..problem }
    })?;
    let mut slips = Vec::new();
    let reader = Reader { path, text };
    let read = tables.into_iter().map(|table| reader.entry(table, &mut slips)).collect::<Result<_, _>>()?;
    Ok((read, slips))
}

/// The entries as tables, in whatever notation they stand.
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

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn entry(&self, table: &dyn TableLike, slips: &mut Vec<Problem>) -> Result<Withheld, Problem> {
        let first = table.iter().next().and_then(|(key, _)| table.key(key)?.span());
        let problem = |span: Option<Range<usize>>, what: String, remedy: String| Problem {
            line: line(self.text, span.or(first.clone())),
            ..Problem::new(self.path, what, remedy)
        };
        let unknown = table.iter().filter(|(key, _)| !KEYS.contains(key)).map(|(key, _)| {
            let near = nearest(key, KEYS);
            let remedy = near.map(|near| format!("Write `{near}`, if that is meant."));
            let remedy = remedy.unwrap_or_else(|| format!("Known here: {}.", KEYS.join(", ")));
            problem(
                table.key(key).and_then(|key| key.span()),
                format!("There is no key `{key}` here."),
                remedy,
            )
        });
        let unknown: Vec<Problem> = unknown.collect();
        let passage = table.get("passage").and_then(Item::as_str).map(str::trim);
        let Some(passage) = passage.filter(|passage| !passage.is_empty()) else {
            return Err(unknown.into_iter().next().unwrap_or_else(|| {
                let what = "This entry names no `passage`.".to_owned();
                problem(None, what, "Write the passage's id, or take the entry out.".to_owned())
            }));
        };
        slips.extend(unknown);
        let mut other = |key: &'static str, remedy: &str| {
            let value = table.get(key).and_then(said);
            if value.is_none() {
                let what = format!("The entry of `{passage}` does not say `{key}`.");
                slips.push(problem(None, what, format!("It withholds the passage all the same. {remedy}")));
            }
            value.unwrap_or_default()
        };
        let by = other("by", "Write who withheld it.");
        let at = other("at", "Write when.");
        let reason = other("reason", "Write why: whoever reads the list later needs it.");
        Ok(Withheld { passage: passage.to_owned(), by, at, reason })
    }
}

/// A text, or a date that stands without quotes.
fn said(item: &Item) -> Option<String> {
    item.as_str().map(str::to_owned).or_else(|| item.as_datetime().map(ToString::to_string))
}

fn line(text: &str, span: Option<Range<usize>>) -> Option<usize> {
    span.map(|span| toml_file::line(text, span.start))
}

#[cfg(test)]
mod tests;

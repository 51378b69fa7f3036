//! An author's description of a source: TOML between two `+++` lines at the start of a Markdown or text file, or in
//! a sidecar file for formats that have no place for it. Files of other tools can have YAML between two `---` lines, or
//! JSON; keys in those that are not known here belong to the other tool and are ignored.
//!
//! An invalid value is left out and reported; it never prevents the source from being read.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use time::{Date, Month};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use crate::text::nearest::nearest;

/// The longest value of a key, in characters.
const LONGEST_VALUE: usize = 200;
/// The longest address, in characters.
const LONGEST_URL: usize = 2_000;
/// How many unknown keys are reported one by one, and how much of each name is shown, in characters.
const MOST_UNKNOWN_KEYS: usize = 20;
const LONGEST_KEY: usize = 60;
/// The line above and below the front matter.
const FENCE: &str = "+++";

const KEYS: [&str; 7] = ["title", "publisher", "url", "licence", "published", "retrieved", "kind"];

/// The values of the front matter; `None` if a value is missing or invalid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrontMatter {
    /// The document's title.
    pub title: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// Its address, http or https.
    pub url: Option<String>,
    /// Its licence or rights holder.
    pub licence: Option<String>,
    /// Date of publication, ISO 8601.
    pub published: Option<String>,
    /// Date on which the text was retrieved from that address, ISO 8601.
    pub retrieved: Option<String>,
    /// The kind of document.
    pub kind: Option<String>,
}

/// A text file divided into front matter and text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The front matter without the lines around it, and its notation; `None` if there is none.
    pub front_matter: Option<(Notation, &'a str)>,
    /// Whether the second `+++` line is missing.
    pub unclosed: bool,
    /// The text.
    pub body: &'a str,
    /// The line of the file on which the text begins, counted from 1.
    pub body_line: usize,
}

/// The notation of front matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// TOML between `+++` lines.
    Toml,
    /// YAML between `---` lines.
    Yaml,
    /// A JSON object.
    Json,
}

/// Separates the front matter from the text.
pub fn split(file: &str) -> Parts<'_> {
    let first = file.lines().next().unwrap_or_default().trim_end();
    match first {
        FENCE => fenced(file, Notation::Toml, &[FENCE]).unwrap_or(Parts { unclosed: true, ..whole(file) }),
        "---" => fenced(file, Notation::Yaml, &["---", "..."])
            .filter(|parts| parts.front_matter.is_some_and(|(_, text)| looks_like_yaml(text)))
            .unwrap_or(whole(file)),
        _ if first.starts_with('{') => json(file).unwrap_or(whole(file)),
        _ => whole(file),
    }
}

fn whole(file: &str) -> Parts<'_> {
    Parts { front_matter: None, unclosed: false, body: file, body_line: 1 }
}

fn fenced<'a>(file: &'a str, notation: Notation, ends: &[&str]) -> Option<Parts<'a>> {
    let mut lines = file.split_inclusive('\n');
    let start = lines.next()?.len();
    let mut end = start;
    for (number, line) in (2..).zip(lines) {
        if ends.contains(&line.trim_end()) {
            let front_matter = Some((notation, file.get(start..end)?));
            let body = file.get(end + line.len()..)?;
            return Some(Parts { front_matter, unclosed: false, body, body_line: number + 1 });
        }
        end += line.len();
    }
    None
}

/// Whether text below a `---` line looks like YAML. If not, the line is only a horizontal rule.
fn looks_like_yaml(text: &str) -> bool {
    let is_key = |key: &str| {
        !key.is_empty() && key.split_whitespace().count() <= 3 && !key.starts_with(['#', '-', '*'])
    };
    let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    lines.next().is_none_or(|line| {
        line.starts_with("# ") || line.split_once(':').is_some_and(|(key, _)| is_key(key.trim()))
    })
}

fn json(file: &str) -> Option<Parts<'_>> {
    let mut values = serde_json::Deserializer::from_str(file).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    let (object, rest) = file.split_at_checked(values.byte_offset())?;
    let (line, body) = rest.split_once('\n').unwrap_or((rest, ""));
    let is_front_matter = line.trim().is_empty() && object.contains(':');
    let front_matter = Some((Notation::Json, object));
    is_front_matter.then(|| Parts {
        front_matter,
        unclosed: false,
        body,
        body_line: object.lines().count() + 1,
    })
}

/// Reads the front matter of the file `path`.
pub fn read(path: &str, notation: Notation, text: &str) -> (FrontMatter, Vec<Problem>) {
    match notation {
        Notation::Toml => parse(path, text, 2),
        _ => of_other_tools(path, notation, text),
    }
}

/// Reads the known keys from the front matter of another tool.
fn of_other_tools(path: &str, notation: Notation, text: &str) -> (FrontMatter, Vec<Problem>) {
    let values: Result<BTreeMap<String, serde_json::Value>, String> = match notation {
        Notation::Json => serde_json::from_str(text).map_err(|error| error.to_string()),
        _ => serde_saphyr::from_str(text).map_err(|error| error.to_string()),
    };
    let values = match values {
        Ok(values) => values,
        Err(error) => {
            let error = error.lines().next().unwrap_or_default();
            let what = format!("The front matter cannot be read: {}.", error.trim_end_matches('.'));
            let problem =
                Problem::new(path, what, "Fix it, or write `key = \"value\"` lines between two `+++` lines.");
            return (FrontMatter::default(), vec![problem.at(1)]);
        }
    };
    let mut known = toml::Table::new();
    for (key, value) in values {
        let key = key.to_lowercase();
        if let Some(words) = plain_value(&value).filter(|_| KEYS.contains(&key.as_str())) {
            known.insert(key, toml::Value::String(words));
        }
    }
    let (found, problems) = parse(path, &known.to_string(), 1);
    (found, problems.into_iter().map(|problem| problem.at(1)).collect())
}

fn plain_value(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(words) => Some(words.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Reads TOML that begins on line `first_line` of the file `path`.
pub fn parse(path: &str, toml: &str, first_line: usize) -> (FrontMatter, Vec<Problem>) {
    let mut reader = Reader { path, toml, first_line, problems: Vec::new() };
    let found = match DeTable::parse(toml) {
        Ok(table) => reader.read(table.get_ref()),
        Err(error) => {
            let what =
                format!("The front matter is not valid TOML: {}.", error.message().trim_end_matches('.'));
            let at = error.span().unwrap_or(0..0);
            reader.tell(at, what, "Write one `key = \"value\"` per line.");
            FrontMatter::default()
        }
    };
    (found, reader.problems)
}

struct Reader<'a> {
    path: &'a str,
    toml: &'a str,
    first_line: usize,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn tell(&mut self, at: Range<usize>, what: impl Into<String>, remedy: impl Into<String>) {
        let before = self.toml.as_bytes().iter().take(at.start);
        let line = self.first_line + before.filter(|byte| **byte == b'\n').count();
        self.problems.push(Problem::new(self.path, what, remedy).at(line));
    }

    fn read(&mut self, table: &DeTable<'_>) -> FrontMatter {
        let mut unknown: Vec<_> =
            table.keys().filter(|key| !KEYS.contains(&key.get_ref().as_ref())).collect();
        unknown.sort_by_key(|key| key.span().start);
        let mut unknown = unknown.into_iter();
        for key in unknown.by_ref().take(MOST_UNKNOWN_KEYS) {
            let remedy = match nearest(key.get_ref(), KEYS) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("Known keys: {}.", KEYS.join(", ")),
            };
            let name: String = key.get_ref().chars().take(LONGEST_KEY).collect();
            self.tell(key.span(), format!("There is no front matter key `{name}`."), remedy);
        }
        if let Some(key) = unknown.next() {
            let what = format!("The front matter has {} more unknown keys.", 1 + unknown.len());
            self.tell(key.span(), what, format!("Known keys: {}.", KEYS.join(", ")));
        }
        let mut found = FrontMatter {
            title: self.title(table),
            publisher: self.words(table, "publisher"),
            url: self.url(table),
            licence: self.words(table, "licence"),
            published: self.date(table, "published"),
            retrieved: self.date(table, "retrieved"),
            kind: self.words(table, "kind"),
        };
        self.compare_dates(table, &mut found);
        found
    }

    fn title(&mut self, table: &DeTable<'_>) -> Option<String> {
        let title = self.words(table, "title");
        let empty = table
            .get("title")
            .is_none_or(|value| value.get_ref().as_str().is_some_and(|t| t.trim().is_empty()));
        if empty {
            let at = table.get("title").map_or(0..0, Spanned::span);
            self.tell(at, "The source has no title.", "Add `title = \"…\"` with the document's title.");
        }
        title
    }

    /// The value of a key with its place; `None` if it is missing, empty or not a string.
    fn string<'t>(&mut self, table: &'t DeTable<'_>, key: &str) -> Option<(&'t str, Range<usize>)> {
        let value = table.get(key)?;
        let Some(words) = value.get_ref().as_str() else {
            let kind = value.get_ref().type_str();
            let remedy = format!("Put it in quotation marks: `{key} = \"…\"`.");
            self.tell(value.span(), format!("`{key}` is of type {kind}, but must be a string."), remedy);
            return None;
        };
        Some((words.trim(), value.span())).filter(|(words, _)| !words.is_empty())
    }

    fn words(&mut self, table: &DeTable<'_>, key: &str) -> Option<String> {
        let (words, at) = self.string(table, key)?;
        let length = words.chars().count();
        if length > LONGEST_VALUE {
            let what = format!("`{key}` has {length} characters; at most {LONGEST_VALUE} are allowed.");
            self.tell(at, what, "Shorten it.");
            return None;
        }
        if words.contains(char::is_control) {
            self.tell(
                at,
                format!("`{key}` contains a line break or another control character."),
                "Write it on one line.",
            );
            return None;
        }
        Some(words.to_owned())
    }

    fn url(&mut self, table: &DeTable<'_>) -> Option<String> {
        let (url, at) = self.string(table, "url")?;
        if is_url(url) {
            return Some(url.to_owned());
        }
        let remedy = "Write the full address, beginning with https:// or http://, or leave it empty.";
        self.tell(at, "`url` is not a web address.", remedy);
        None
    }

    fn date(&mut self, table: &DeTable<'_>, key: &str) -> Option<String> {
        let (date, at) = match table.get(key).map(|value| (value.get_ref(), value.span())) {
            Some((DeValue::Datetime(date), at)) => (date.to_string(), at),
            _ => self.string(table, key).map(|(date, at)| (date.to_owned(), at))?,
        };
        if days(&date).is_some() {
            return Some(date);
        }
        let remedy = "Write it as \"2023-04-05\", \"2023-04\" or \"2023\", or leave it empty.";
        self.tell(at, format!("`{key}` is not a valid date."), remedy);
        None
    }

    fn compare_dates(&mut self, table: &DeTable<'_>, found: &mut FrontMatter) {
        let first = found.published.as_deref().and_then(days);
        let last = found.retrieved.as_deref().and_then(days);
        if first.zip(last).is_some_and(|((published, _), (_, retrieved))| published > retrieved) {
            let at = table.get("retrieved").map_or(0..0, Spanned::span);
            self.tell(
                at,
                "The publication date is later than the date on which the source was retrieved.",
                "Correct one of the two dates.",
            );
            found.retrieved = None;
        }
    }
}

/// The first and last day that an ISO 8601 date can mean; `None` if it is not a date.
fn days(date: &str) -> Option<(Date, Date)> {
    let parts: Vec<&str> = date.split('-').collect();
    let (year, month, day) = match parts[..] {
        [year] => (year, None, None),
        [year, month] => (year, Some(digits(month, 2)?), None),
        [year, month, day] => (year, Some(digits(month, 2)?), Some(digits(day, 2)?)),
        _ => return None,
    };
    let year = i32::from(digits(year, 4)?);
    let [month, day] = [month, day].map(|part| part.and_then(|number| u8::try_from(number).ok()));
    let first_month = Month::try_from(month.unwrap_or(1)).ok()?;
    let last_month = Month::try_from(month.unwrap_or(12)).ok()?;
    let first = Date::from_calendar_date(year, first_month, day.unwrap_or(1)).ok()?;
    let last = Date::from_calendar_date(year, last_month, day.unwrap_or(last_month.length(year))).ok()?;
    Some((first, last))
}

fn digits(part: &str, count: usize) -> Option<u16> {
    (part.len() == count && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok()).flatten()
}

fn is_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '\\');
    host.is_some_and(|host| host.contains('.') && !host.starts_with('.') && !host.contains('@'))
        && url.chars().count() <= LONGEST_URL
        && !url.contains(odd)
}

#[cfg(test)]
mod tests;

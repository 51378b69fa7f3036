//! An author's description of a source: TOML between two `+++` lines at the start of a Markdown or text file, or in
//! a sidecar file for formats that have no place for it. Files of other tools can have YAML between two `---` lines, or
//! JSON; keys in those that are not known here belong to the other tool and are ignored.
//!
//! An invalid value is left out and reported; it never prevents the source from being read.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::IgnoredAny;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::metadata::{InvalidField, MetadataField, SourceMetadata};
use super::problem::Problem;
use crate::text::line::line_at;
use crate::text::nearest::key_remedy;

/// How many unknown keys are reported one by one, and how much of each name is shown, in characters.
const MOST_UNKNOWN_KEYS: usize = 20;
const LONGEST_KEY: usize = 60;
/// The line above and below the front matter.
const FENCE: &str = "+++";

/// The known keys.
fn keys() -> [&'static str; MetadataField::ALL.len()] {
    MetadataField::ALL.map(MetadataField::key)
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
pub fn read(path: &str, notation: Notation, text: &str) -> (SourceMetadata, Vec<Problem>) {
    match notation {
        Notation::Toml => parse(path, text, 2),
        _ => of_other_tools(path, notation, text),
    }
}

/// Reads the known keys from the front matter of another tool.
fn of_other_tools(path: &str, notation: Notation, text: &str) -> (SourceMetadata, Vec<Problem>) {
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
            return (SourceMetadata::default(), vec![problem.at(1)]);
        }
    };
    let mut found = SourceMetadata::default();
    for (key, value) in values {
        let field = MetadataField::ALL.into_iter().find(|field| field.key() == key.to_lowercase());
        let text = match &value {
            serde_json::Value::String(text) => text.trim().to_owned(),
            serde_json::Value::Number(number) => number.to_string(),
            _ => continue,
        };
        if let Some(field) = field.filter(|_| !text.is_empty()) {
            found.set(field, Some(text));
        }
    }
    let invalid = found.remove_invalid();
    let problem = |field: InvalidField| Problem::new(path, field.what, field.remedy).at(1);
    (found, invalid.into_iter().map(problem).collect())
}

/// Reads TOML that begins on line `first_line` of the file `path`.
pub fn parse(path: &str, toml: &str, first_line: usize) -> (SourceMetadata, Vec<Problem>) {
    let mut reader = FrontMatterReader { path, toml, first_line, problems: Vec::new() };
    let found = match DeTable::parse(toml) {
        Ok(table) => reader.read(table.get_ref()),
        Err(error) => {
            let what =
                format!("The front matter is not valid TOML: {}.", error.message().trim_end_matches('.'));
            let at = error.span().unwrap_or(0..0);
            reader.report(at, what, "Write one `key = \"value\"` per line.");
            SourceMetadata::default()
        }
    };
    (found, reader.problems)
}

struct FrontMatterReader<'a> {
    path: &'a str,
    toml: &'a str,
    first_line: usize,
    problems: Vec<Problem>,
}

impl FrontMatterReader<'_> {
    fn report(&mut self, at: Range<usize>, what: impl Into<String>, remedy: impl Into<String>) {
        let line = self.first_line + line_at(self.toml, at.start) - 1;
        self.problems.push(Problem::new(self.path, what, remedy).at(line));
    }

    fn read(&mut self, table: &DeTable<'_>) -> SourceMetadata {
        self.report_unknown_keys(table);
        let mut found = SourceMetadata::default();
        let mut mistyped = Vec::new();
        for field in MetadataField::ALL {
            match table.get(field.key()).map(|value| text_of(field, value)) {
                None => {}
                Some(Ok(text)) => found.set(field, Some(text).filter(|text| !text.is_empty())),
                Some(Err(kind)) => {
                    let key = field.key();
                    let what = format!("`{key}` is of type {kind}, but must be a string.");
                    let remedy = format!("Put it in quotation marks: `{key} = \"…\"`.");
                    self.report(place(table, field), what, remedy);
                    mistyped.push(field);
                }
            }
        }
        for invalid in found.remove_invalid() {
            if !mistyped.contains(&invalid.field) {
                self.report(place(table, invalid.field), invalid.what, invalid.remedy);
            }
        }
        found
    }

    fn report_unknown_keys(&mut self, table: &DeTable<'_>) {
        let known = keys();
        let mut unknown: Vec<_> =
            table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())).collect();
        unknown.sort_by_key(|key| key.span().start);
        let mut unknown = unknown.into_iter();
        for key in unknown.by_ref().take(MOST_UNKNOWN_KEYS) {
            let name: String = key.get_ref().chars().take(LONGEST_KEY).collect();
            self.report(
                key.span(),
                format!("There is no front matter key `{name}`."),
                key_remedy(key.get_ref(), known),
            );
        }
        if let Some(key) = unknown.next() {
            let what = format!("The front matter has {} more unknown keys.", 1 + unknown.len());
            self.report(key.span(), what, format!("Known keys: {}.", known.join(", ")));
        }
    }
}

/// The text of a value. A date can also be written without quotation marks. The error is the type of any other value.
fn text_of(field: MetadataField, value: &Spanned<DeValue<'_>>) -> Result<String, &'static str> {
    match value.get_ref() {
        DeValue::Datetime(date) if field.is_date() => Ok(date.to_string()),
        value => value.as_str().map(|text| text.trim().to_owned()).ok_or(value.type_str()),
    }
}

/// The place of a field's value; the beginning if it is missing.
fn place(table: &DeTable<'_>, field: MetadataField) -> Range<usize> {
    table.get(field.key()).map_or(0..0, Spanned::span)
}

/// Formats metadata as front matter in TOML, one key per line. Unknown values are written as empty strings, so that an
/// author sees what to fill in.
pub fn to_toml(metadata: &SourceMetadata) -> String {
    let mut toml = String::new();
    for field in MetadataField::ALL {
        let value = toml::Value::from(metadata.get(field).unwrap_or_default());
        toml.push_str(&format!("{} = {value}\n", field.key()));
    }
    toml
}

#[cfg(test)]
mod tests;

//! Reads the base's own TOML files. An error becomes a [`Problem`] with its line; for an unknown key, the problem
//! suggests the most similar known key.

use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::refused;
use crate::fs;
use crate::text::case::capitalised;
use crate::text::line::line_at;
use crate::text::nearest::{key_remedy, unknown_key};

/// Reads and parses a file of the knowledge base.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Problem> {
    parse(path, &fs::read_to_string(path)?)
}

/// Parses the text of a file of the knowledge base.
pub fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Problem> {
    refused::in_toml(text).map_err(|found| refused::toml_problem(path, text, found))?;
    toml::from_str(text).map_err(|error| problem(path, text, error.message(), error.span()))
}

/// Makes a problem from the parser's message and the place of the error.
pub(super) fn problem(path: &Path, text: &str, message: &str, span: Option<Range<usize>>) -> Problem {
    let line = span.map(|span| line_at(text, span.start));
    let problem = match unknown_key(message) {
        Some((key, known)) => {
            let remedy = key_remedy(&key, known.iter().map(String::as_str));
            Problem::new(path, format!("There is no key `{key}` here."), remedy)
        }
        None => Problem::new(
            path,
            format!("{}.", capitalised(message.trim_end_matches('.'))),
            "Correct the TOML on this line.",
        ),
    };
    Problem { line, ..problem }
}

/// The line of the value of a key such as `phrases.swelling[3]`, counted from 1; `None` if there is no such key.
pub fn line_of(text: &str, key: &str) -> Option<usize> {
    let file = DeTable::parse(text).ok()?;
    let mut parts = key.split(['.', '[']).map(|part| part.trim_end_matches(']'));
    let mut value = file.get_ref().get(parts.next()?)?;
    for part in parts {
        value = match value.get_ref() {
            DeValue::Table(table) => table.get(part)?,
            DeValue::Array(array) => array.get(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(line_at(text, value.span().start))
}

/// The `id` of each table of the array `array`, with its line counted from 1. Empty if the text is not valid TOML.
pub(super) fn lines_of_ids(text: &str, array: &str) -> Vec<(String, usize)> {
    let Ok(file) = DeTable::parse(text) else { return Vec::new() };
    let Some(DeValue::Array(tables)) = file.get_ref().get(array).map(|value| value.get_ref()) else {
        return Vec::new();
    };
    let ids = tables.iter().filter_map(|table| table.get_ref().as_table()?.get("id"));
    let (mut found, mut line, mut counted) = (Vec::new(), 1, 0);
    for id in ids {
        let start = id.span().start;
        line += text.get(counted..start).map_or(0, |between| between.matches('\n').count());
        counted = start;
        found.extend(id.get_ref().as_str().map(|id| (id.to_owned(), line)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::lexicon::Vocabulary;

    #[test]
    fn an_unknown_key_is_told_the_nearest() {
        let text = "stop_words = []\nstop_wrods = []\n";
        let problem = parse::<Vocabulary>(Path::new("medical.toml"), text).unwrap_err();
        assert_eq!(
            problem.to_string(),
            "medical.toml:2: There is no key `stop_wrods` here. Did you mean `stop_words`?"
        );
    }

    #[test]
    fn a_value_is_found_by_its_key() {
        let text = "[a]\nb = [\n  \"one\",\n  \"two\",\n]\n\n[[a.c]]\nd = 1\n\n[[a.c]]\nd = 2\n";
        let line = |key| line_of(text, key);
        assert_eq!([line("a.b"), line("a.b[1]"), line("a.c[1]"), line("a.c[1].d")], [2, 4, 10, 11].map(Some));
        assert_eq!([line("a.x"), line("a.b[2]"), line("a.b.c"), line("")], [None; 4]);
    }

    #[test]
    fn broken_toml_names_its_line() {
        let problem = parse::<Vocabulary>(Path::new("medical.toml"), "\nstop_words = [").unwrap_err();
        assert_eq!(problem.line, Some(2), "{problem}");
    }
}

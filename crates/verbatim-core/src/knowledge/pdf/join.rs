//! Lines to one text.

use crate::text::hyphen::Vocabulary;

/// Adds a line to a text. What goes on behind a slash, and the dash of a range of numbers, gets no blank.
pub fn append(text: &mut String, line: &str, vocabulary: &Vocabulary) {
    let line = line.trim();
    let is_fraction = text.ends_with('/') && line.starts_with(char::is_alphanumeric);
    let is_range =
        text.ends_with('–') && text.chars().rev().nth(1).is_some_and(|before| before.is_ascii_digit());
    vocabulary.append(text, line, if is_fraction || is_range { "" } else { " " });
}

/// Joins the lines of a text.
pub fn joined<'a>(lines: impl Iterator<Item = &'a str>, vocabulary: &Vocabulary) -> String {
    let mut text = String::new();
    lines.for_each(|line| append(&mut text, line, vocabulary));
    text
}

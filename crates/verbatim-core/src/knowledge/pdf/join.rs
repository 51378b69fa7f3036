//! Joins lines into one text.

use crate::text::hyphen::DocumentWords;

/// Appends a line to a text, without a space after a slash or after the dash of a number range.
pub fn append(text: &mut String, line: &str, vocabulary: &DocumentWords) {
    let line = line.trim();
    let is_fraction = text.ends_with('/') && line.starts_with(char::is_alphanumeric);
    let is_range =
        text.ends_with('–') && text.chars().rev().nth(1).is_some_and(|before| before.is_ascii_digit());
    vocabulary.append(text, line, if is_fraction || is_range { "" } else { " " });
}

/// Joins lines into one text.
pub fn joined<'a>(lines: impl Iterator<Item = &'a str>, vocabulary: &DocumentWords) -> String {
    let mut text = String::new();
    lines.for_each(|line| append(&mut text, line, vocabulary));
    text
}

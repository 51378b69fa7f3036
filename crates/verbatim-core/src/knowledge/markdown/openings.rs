//! Classifies a paragraph by its first words: a callout title, an answer, a bibliography entry.

use super::words::MarkdownWords;
use crate::knowledge::plain::marks;
use crate::text::case::capitalised;

/// Splits a line into the mark of a bibliography entry and the rest.
pub fn entry_mark(line: &str) -> Option<(&str, &str)> {
    let marked = marks::note_mark(line).filter(|(mark, _)| !mark.starts_with('*'));
    marked.or_else(|| {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = line.split_at_checked(digits).filter(|_| (1..=3).contains(&digits))?;
        let rest = rest.strip_prefix(['.', ')'])?.strip_prefix([' ', '\t', '\u{a0}'])?;
        Some((number, rest.trim()))
    })
}

/// The title of a callout (`[!note]- Title`) and the text under it.
pub fn callout(text: &str) -> Option<(Option<String>, String)> {
    let (kind, rest) = text.strip_prefix("[!")?.split_once(']')?;
    let kind = kind.split('|').next().unwrap_or_default().trim();
    if !kind.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ')) {
        return None;
    }
    let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    let (title, text) = rest.split_once('\n').unwrap_or((rest, ""));
    let title =
        if title.trim().is_empty() { capitalised(&kind.to_lowercase()) } else { title.trim().to_owned() };
    Some((Some(title).filter(|title| !title.is_empty()), text.trim().to_owned()))
}

/// The bold text alone in the first line of a block quotation, as a title, and the rest of the quotation.
pub fn bold_title(words: &MarkdownWords, alone: bool) -> Option<(Option<String>, String)> {
    let (title, rest) = words.text.split_at_checked(words.bold_end?)?;
    let rest = rest.trim_start_matches([' ', ':']);
    let title = title.trim();
    let is_title = !title.is_empty() && title.chars().count() <= 60 && !title.ends_with(['.', '?', ',']);
    let under = rest.starts_with('\n') || rest.is_empty() && !alone;
    (is_title && under).then(|| (Some(title.to_owned()), rest.trim().to_owned()))
}

//! Detects tables of contents, whose entries are the headings of the same document, and a page's skip links.

use std::collections::HashSet;

use super::controls::one_line;

/// The headings of a document, without their numbers.
#[derive(Debug, Default)]
pub struct Headings(HashSet<String>);

impl Headings {
    /// Creates a set of headings from their texts.
    pub fn of(headings: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(headings.into_iter().map(|heading| folded(heading.as_ref())).collect())
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether an entry has the same words as a heading.
    pub fn has(&self, entry: &str) -> bool {
        self.0.contains(&folded(entry))
    }

    /// Returns whether a list of `entries` is a table of contents if `headings` of them are headings. A section may be
    /// missing from the document.
    pub fn are_contents(entries: usize, headings: usize) -> bool {
        entries > 2 && headings > 1 && headings * 3 >= entries * 2
    }
}

/// Returns whether a line is a link that skips a page's menus ("Jump to navigation", "Skip to content").
pub fn is_skip_link(line: &str) -> bool {
    let lower = line.trim().to_lowercase();
    ["skip to ", "jump to "].iter().any(|begin| lower.starts_with(begin)) && !lower.ends_with(['.', ':'])
}

fn folded(text: &str) -> String {
    let words = text.trim().trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' '));
    one_line(words).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_past_the_menus_is_no_sentence() {
        assert!(is_skip_link("Jump to navigation Jump to search") && is_skip_link(" Skip to content"));
        assert!(
            !is_skip_link("Skip to the next dose if it is almost due.") && !is_skip_link("Jumping helps")
        );
    }

    #[test]
    fn numbers_do_not_count() {
        let headings = Headings::of(["1. How to take it", "2.1  Dose"]);
        assert!(headings.has("how to  take it") && headings.has("3) Dose") && !headings.has("Doses"));
        assert!(
            Headings::are_contents(4, 3) && !Headings::are_contents(4, 2) && !Headings::are_contents(2, 2)
        );
    }
}

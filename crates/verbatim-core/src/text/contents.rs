//! Contents lists, whose entries are the headings of the same document, and links of a page that lead past its menus.

use std::collections::HashSet;

use super::controls::one_line;

/// The headings of a document, without their numbers.
#[derive(Debug, Default)]
pub struct Headings(HashSet<String>);

impl Headings {
    /// The headings with these words.
    pub fn of(headings: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(headings.into_iter().map(|heading| folded(heading.as_ref())).collect())
    }

    /// Whether an entry has the words of a heading.
    pub fn has(&self, entry: &str) -> bool {
        self.0.contains(&folded(entry))
    }

    /// Whether so many entries are contents when so many of them are headings. A section may be missing from the document.
    pub fn are_contents(entries: usize, headings: usize) -> bool {
        entries > 2 && headings > 1 && headings * 3 >= entries * 2
    }
}

/// Whether a line is a link past a page's menus ("Jump to navigation", "Skip to content").
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

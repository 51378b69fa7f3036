//! Contents lists: lists whose entries are the headings of the same document.

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

fn folded(text: &str) -> String {
    let words = text.trim().trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' '));
    one_line(words).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_do_not_count() {
        let headings = Headings::of(["1. How to take it", "2.1  Dose"]);
        assert!(headings.has("how to  take it") && headings.has("3) Dose") && !headings.has("Doses"));
        assert!(
            Headings::are_contents(4, 3) && !Headings::are_contents(4, 2) && !Headings::are_contents(2, 2)
        );
    }
}

//! Detects the parts of a page that do not belong to the document: navigation, tables of contents, edit links.

use super::pieces::MarkdownPiece;
use super::words::{MarkdownWords, edits};
use crate::text::contents::{Headings, is_skip_link};

/// The separators in a line of navigation.
const SEPARATORS: [char; 13] = ['|', '·', '•', '»', '«', '›', '‹', '→', '←', '>', '/', '–', '—'];

/// Whether a paragraph is navigation. `top`: whether no heading precedes it.
pub fn is_navigation(words: &MarkdownWords, top: bool) -> bool {
    let is_sentence = |line: &str| line.trim_end().ends_with(['.', ':', '!', '?']);
    if top && words.text.lines().any(is_skip_link) && !words.text.lines().any(is_sentence) {
        return true;
    }
    let is_tag = |word: &str| word.strip_prefix('#').is_some_and(|tag| tag.starts_with(char::is_alphabetic));
    if words.text.split_whitespace().all(is_tag) {
        return true;
    }
    if words.links.is_empty() || words.text.trim_end().ends_with(['.', ':']) {
        return false;
    }
    // "Related: Valproate · Lithium"
    let label =
        words.unlinked.trim_end_matches(|c: char| c.is_whitespace() || SEPARATORS.contains(&c) || c == ',');
    if label.ends_with(':') && !label.trim().contains(' ') {
        return true;
    }
    if words.only_links() {
        let arrow = words.unlinked.contains(['←', '→', '«', '»', '↑', '‹', '›']);
        return words.links.len() > 1
            || arrow
            || words.links.iter().any(|link| link.starts_with('#') || edits(link));
    }
    // A breadcrumb trail, whose last part is not a link.
    let parts = words.text.split(SEPARATORS).count();
    let short = words.text.chars().count() <= 120 && words.unlinked.split_whitespace().count() <= 10;
    top && parts > 1 && short && words.unlinked.contains(SEPARATORS)
}

/// Finds the lists that are tables of contents or navigation. For the `OpenList` of each such list, the result holds
/// the index of the piece that closes it.
pub fn lists(pieces: &[MarkdownPiece]) -> Vec<Option<usize>> {
    let headings = Headings::of(pieces.iter().filter_map(heading_text));
    let mut found = vec![None; pieces.len()];
    let mut open: Vec<ListCounts> = Vec::new();
    let mut top = true;
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            MarkdownPiece::OpenList => open.push(ListCounts::at(at, top)),
            MarkdownPiece::CloseList => {
                let Some(list) = open.pop() else { continue };
                if let Some(slot) = found.get_mut(list.start).filter(|_| list.is_furniture()) {
                    *slot = Some(at);
                }
                if let Some(outer) = open.last_mut() {
                    outer.add(&list);
                }
            }
            MarkdownPiece::Text(words) => {
                if let Some(list) = open.last_mut() {
                    list.take(words, &headings);
                }
            }
            MarkdownPiece::Heading(..) => {
                top = false;
                if let Some(list) = open.last_mut() {
                    list.other += 1;
                }
            }
            MarkdownPiece::Table(..) | MarkdownPiece::Html(..) | MarkdownPiece::Code(_) => {
                if let Some(list) = open.last_mut() {
                    list.other += 1;
                }
            }
            _ => {}
        }
    }
    found
}

fn heading_text(piece: &MarkdownPiece) -> Option<&str> {
    match piece {
        MarkdownPiece::Heading(_, words) => Some(&words.text),
        _ => None,
    }
}

/// Counts of what the entries of a list are.
struct ListCounts {
    start: usize,
    top: bool,
    /// Entries that are links within the page, links within the site, text of a heading, other text, anything else.
    in_page: usize,
    in_site: usize,
    headings: usize,
    words: usize,
    other: usize,
}

impl ListCounts {
    fn at(start: usize, top: bool) -> Self {
        Self { start, top, in_page: 0, in_site: 0, headings: 0, words: 0, other: 0 }
    }

    fn add(&mut self, inner: &Self) {
        self.in_page += inner.in_page;
        self.in_site += inner.in_site;
        self.headings += inner.headings;
        self.words += inner.words;
        self.other += inner.other;
    }

    fn take(&mut self, words: &MarkdownWords, headings: &Headings) {
        let relative = |link: &String| !link.contains(':');
        if words.only_links() && words.links.iter().all(|link| link.starts_with('#')) {
            self.in_page += 1;
        } else if words.only_links() && words.links.iter().all(relative) {
            self.in_site += 1;
        } else if headings.has(&words.text) {
            self.headings += 1;
        } else {
            self.words += 1;
        }
    }

    fn is_furniture(&self) -> bool {
        let contents = self.words == 0 && (self.in_page > 0 || self.headings > 2)
            || self.in_page == 0 && Headings::are_contents(self.headings + self.words, self.headings);
        let navigation = self.words == 0 && self.top && self.in_site > 1;
        self.other == 0 && (self.in_site == 0 && contents || navigation)
    }
}

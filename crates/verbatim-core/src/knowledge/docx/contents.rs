//! Closes a table of contents whose field has no end, so that it does not swallow the rest of the document.

use std::sync::LazyLock;

use regex::Regex;

use super::model::{Content, Paragraph};
use super::role::StyleRole;

/// The page number at the end of an entry, after a tab or dots.
static PAGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\t|\.{3,}|…)[\s.…]*(?:[0-9]{1,4}|[ivxl]{1,7})\s*$").expect("the pattern is a constant")
});

/// Ends a table of contents that would run to the end of the document after its last entry.
pub fn close(content: &mut [Content]) {
    // Headings are never part of a table of contents.
    let outside = |one: &Content| matches!(one, Content::Paragraph(one) if !one.contents && !one.role.is_heading() && !one.is_empty());
    let from = content.iter().rposition(outside).map_or(0, |at| at.saturating_add(1));
    let inside = |one: &Content| match one {
        Content::Paragraph(one) => one.is_empty() || is_entry(one),
        _ => false,
    };
    let rest =
        content.iter_mut().skip(from).skip_while(|one| !is_contents(one)).skip_while(|one| inside(one));
    rest.for_each(release);
}

fn is_contents(one: &Content) -> bool {
    matches!(one, Content::Paragraph(one) if one.contents)
}

fn is_entry(paragraph: &Paragraph) -> bool {
    paragraph.role == StyleRole::Contents || PAGE.is_match(&paragraph.text())
}

// The nesting of tables and text boxes is bounded by that of the XML, so this recursion is bounded, too.
fn release(one: &mut Content) {
    match one {
        Content::Paragraph(paragraph) => paragraph.contents = paragraph.role == StyleRole::Contents,
        Content::Table(table) => {
            table
                .rows
                .iter_mut()
                .flat_map(|row| &mut row.cells)
                .flat_map(|cell| &mut cell.content)
                .for_each(release);
        }
        Content::TextBox(content) => content.iter_mut().for_each(release),
    }
}

//! Tracks the font style of the current text, and derives heading levels from font sizes on pages without heading
//! elements.

use ego_tree::NodeId;
use scraper::Html;

use super::style::{CssProperties, ElementStyles};

/// The default font size in pixels.
const USUAL: i32 = 16;

/// The font styles of the open elements, innermost last.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Letters(Vec<(NodeId, Face)>);

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Face {
    size: Option<i32>,
    bold: bool,
    raised: Option<bool>,
}

impl Letters {
    /// Starts an element.
    pub fn begin(&mut self, id: NodeId, look: &CssProperties) {
        if look.size.is_none() && look.bold.is_none() && look.raised.is_none() {
            return;
        }
        let around = self.face();
        let face = Face {
            // Superscripts and subscripts are small, which says nothing about the size of their line.
            size: look.size.filter(|_| look.raised.is_none()).or(around.size),
            bold: look.bold.unwrap_or(around.bold),
            raised: look.raised.or(around.raised),
        };
        self.0.push((id, face));
    }

    /// Ends an element.
    pub fn end(&mut self, id: NodeId) {
        if self.0.last().is_some_and(|(last, _)| *last == id) {
            self.0.pop();
        }
    }

    fn face(&self) -> Face {
        self.0.last().map(|(_, face)| *face).unwrap_or_default()
    }

    /// The current font size in pixels.
    pub fn size(&self) -> Option<i32> {
        self.face().size
    }

    /// Whether a style makes the text bold.
    pub fn are_bold(&self) -> bool {
        self.face().bold
    }

    /// Whether a style makes the text superscript (`true`) or subscript (`false`).
    pub fn raised(&self) -> Option<bool> {
        self.face().raised
    }
}

/// The font sizes larger than the body text, largest first.
#[derive(Debug, Default)]
pub struct Sizes(Vec<i32>);

impl Sizes {
    /// Collects the sizes of a page.
    pub fn of(html: &Html, styles: &ElementStyles) -> Self {
        let looks =
            || html.root_element().descendent_elements().map(|element| (element, styles.look(element)));
        let body = looks().find(|(element, _)| element.value().name() == "body");
        let usual = body.and_then(|(_, look)| look.size).unwrap_or(USUAL);
        let mut sizes: Vec<i32> = looks()
            .filter(|(element, look)| element.value().name() != "body" && look.placed != Some(true))
            .filter_map(|(_, look)| look.size)
            .filter(|size| size.saturating_mul(10) > usual.saturating_mul(11))
            .collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes.dedup();
        Self(sizes)
    }

    /// Whether no size is larger than the body text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The level of a heading of this size, from 1, or `None` if the size is no larger than the body text.
    pub fn level(&self, size: Option<i32>) -> Option<u8> {
        let at = self.0.iter().position(|known| Some(*known) == size)?;
        u8::try_from(at + 1).ok().map(|level| level.min(6))
    }

    /// The level of a bold heading in the size of the body text.
    pub fn level_of_bold(&self) -> u8 {
        u8::try_from(self.0.len() + 1).unwrap_or(6).min(6)
    }
}

#[cfg(test)]
mod tests {
    use crate::knowledge::blocks::BlockKind;
    use crate::knowledge::html::read;

    fn found(page: &str) -> Vec<(BlockKind, String)> {
        read(page).unwrap_or_default().blocks.into_iter().map(|block| (block.kind, block.text)).collect()
    }

    #[test]
    fn large_letters_are_headings() {
        let page = "<body style='font-size:11pt'><div style='font-size:22pt'>Title</div>
            <div style='font-size:16pt;font-weight:bold'><span>Part</span></div>
            <div><span style='font-size:11pt'>Words.</span> More<span style='vertical-align:super'>2</span>.</div>";
        let kinds: Vec<_> = found(page);
        assert_eq!(kinds.first().map(|(kind, _)| kind.clone()), Some(BlockKind::Heading { level: 1 }));
        assert_eq!(kinds.get(1).map(|(kind, _)| kind.clone()), Some(BlockKind::Heading { level: 2 }));
        assert_eq!(kinds.get(2), Some(&(BlockKind::Paragraph, "Words. More².".to_owned())));
    }

    #[test]
    fn hanging_lines_with_marks_are_items() {
        let line = |margin: usize, words: &str| {
            format!("<div style='margin-left:{margin}pt;text-indent:-18pt'>{words}</div>")
        };
        let page =
            line(36, "1.&nbsp;&nbsp;One.") + &line(72, "o&nbsp;&nbsp;Inner.") + &line(36, "2.&nbsp; Two.");
        let words: Vec<String> =
            found(&format!("<h1>T</h1>{page}")).into_iter().map(|(_, text)| text).collect();
        assert_eq!(words, ["T", "One.", "Inner.", "Two."]);
    }

    #[test]
    fn boxes_shown_as_a_table_are_rows() {
        let cell = |words: &str| format!("<div style='display:table-cell'>{words}</div>");
        let row = |bold: &str, a: &str, b: &str| {
            format!("<div style='display:table-row;{bold}'>{}{}</div>", cell(a), cell(b))
        };
        let rows = row("font-weight:bold", "A", "B") + &row("", "a", "b") + &row("", "c", "d");
        let found = found(&format!("<h1>T</h1><div style='display:table'>{rows}</div>"));
        assert_eq!(found.get(1), Some(&(BlockKind::TableHead, "A | B".to_owned())));
        assert_eq!(found.get(2), Some(&(BlockKind::TableRow, "a | b".to_owned())));
    }
}

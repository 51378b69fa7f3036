//! Writes tables and boxes. Text boxes and single-cell tables are boxes.

use super::lines::FlowLines;
use super::model::{Content, Paragraph, WordCell, WordTable};
use super::outline::FlowKind;
use super::role::StyleRole;
use super::write::DocxWriter;
use crate::text::controls::one_line;

/// The longest title of a box, in characters.
const LONGEST_TITLE: usize = 100;
/// The most paragraphs in a box that is formed only by borders or a background.
const LONGEST_BOX: usize = 16;

/// Groups adjacent paragraphs with borders or a background into a box. A single bold one is a decorated heading, and a
/// very long run is a document on a coloured page.
pub fn gathered(content: Vec<Content>) -> Vec<Content> {
    let mut gathered = Vec::new();
    let mut boxed = Vec::new();
    for one in content {
        if matches!(&one, Content::Paragraph(one) if one.boxed && !one.contents) {
            boxed.push(one);
        } else {
            end_box(&mut boxed, &mut gathered);
            gathered.push(one);
        }
    }
    end_box(&mut boxed, &mut gathered);
    gathered
}

fn end_box(boxed: &mut Vec<Content>, into: &mut Vec<Content>) {
    let boxed = std::mem::take(boxed);
    let is_plain =
        |one: &Content| matches!(one, Content::Paragraph(one) if !one.is_empty() && !one.is_bold());
    if boxed.iter().any(is_plain) && boxed.len() <= LONGEST_BOX {
        into.push(Content::TextBox(boxed));
    } else {
        into.extend(boxed);
    }
}

impl DocxWriter {
    /// Writes a table and returns the index to continue at, because its caption can be below it.
    pub fn table(&mut self, lines: &FlowLines, at: usize, table: WordTable) -> usize {
        let mut next = at.saturating_add(1);
        let mut caption = self.caption.take();
        self.close_lists();
        if is_box(&table) || table.is_layout() {
            // The caption does not belong to a data table.
            self.assembler.paragraph(&caption.unwrap_or_default());
            self.frame(table);
            return next;
        }
        let below = lines.paragraph(next).filter(|below| below.role == StyleRole::Caption);
        let over_next = matches!(lines.content.get(next.saturating_add(1)), Some(Content::Table(_)));
        if let (None, Some(below), false) = (&caption, below, over_next) {
            caption = Some(one_line(&below.text()));
            self.due.extend(below.notes.iter().cloned());
            next = next.saturating_add(1);
        }
        let mut resolved = table.resolved(&mut self.repeatable);
        let captions: Vec<String> = caption.into_iter().chain(resolved.caption.take()).collect();
        resolved.caption = Some(captions.join(" "));
        self.assembler.table(&resolved);
        self.due.extend(Content::Table(table).notes());
        next
    }

    /// Writes the content of a table that is only a frame or a layout.
    fn frame(&mut self, table: WordTable) {
        let is_box = is_box(&table);
        let cells = table.rows.into_iter().flat_map(|row| row.cells).map(|cell| cell.content);
        if is_box {
            return self.boxed(Content::TextBox(cells.flatten().collect()));
        }
        for content in cells {
            self.flow(FlowLines::of(content), FlowKind::Cell);
        }
    }

    /// Writes a box: a warning or note. Its first line can be its title.
    pub fn boxed(&mut self, content: Content) {
        let Content::TextBox(content) = content else { return };
        let mut lines = FlowLines::of(content);
        if lines.content.is_empty() {
            return;
        }
        self.close_lists();
        let over_text = lines.content.len() > 1;
        let first = lines.paragraph(0).filter(|_| over_text);
        if has_title(first, lines.paragraph(1), lines.is_item(0)) {
            self.due.extend(first.into_iter().flat_map(|first| first.notes.clone()));
            self.assembler.open_admonition(first.map(|first| one_line(&first.text())).as_deref());
            lines.remove_first();
        } else {
            self.assembler.open_admonition(None);
        }
        let asked = std::mem::take(&mut self.asked);
        self.flow(lines, FlowKind::Box);
        self.close_question();
        self.asked = asked;
        self.assembler.close_admonition();
        if std::mem::take(&mut self.headed_box) {
            self.assembler.end_section(self.level.saturating_add(1));
        }
    }
}

/// Whether a table is only a frame: a single cell with text, or two cells one above the other, the first of them a
/// title.
fn is_box(table: &WordTable) -> bool {
    let has_content = |cell: &&WordCell| !cell.content.iter().all(Content::is_empty);
    let mut cells = table.cells().filter(has_content);
    match (table.rows.len(), cells.next(), cells.next(), cells.next()) {
        (1, Some(_), None, None) => true,
        (2, Some(first), Some(second), None) if table.columns() == 1 => {
            let lines = FlowLines::of(first.content.clone());
            let rest = FlowLines::of(second.content.iter().take(1).cloned().collect());
            lines.content.len() == 1 && has_title(lines.paragraph(0), rest.paragraph(0), lines.is_item(0))
        }
        _ => false,
    }
}

/// Whether the first line of a box is its title: a heading, or a short bold line above other text.
fn has_title(first: Option<&Paragraph>, second: Option<&Paragraph>, is_item: bool) -> bool {
    let Some(first) = first else { return false };
    let text = one_line(&first.text());
    let bold = first.is_bold() && !is_item && !text.ends_with(['.', '。']);
    let over = second.is_none_or(|next| !next.is_bold() || next.size() < first.size());
    let fits = !text.is_empty() && text.chars().count() <= LONGEST_TITLE;
    fits && (first.role.is_heading() || bold && over)
}

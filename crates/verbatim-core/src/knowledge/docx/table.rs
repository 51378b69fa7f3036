//! Tables: their cells, merged cells, and header rows.

use std::collections::HashMap;

use super::body::BodyReader;
use super::model::{Content, WordCell, WordRow, WordTable, text_of};
use super::role::StyleRole;
use super::style::is_coloured;
use super::xml::Element;
use crate::knowledge::blocks;

/// The most columns that a cell can span.
const MOST_COLUMNS: usize = 200;
/// The overhead of a cell besides its text, in bytes.
const CELL_COST: usize = 64;
/// The most bytes that spanning cells in a document can repeat.
pub const MOST_REPEATED: usize = 16 << 20;
/// The longest text of a header cell that only bold type marks, in characters.
const LONGEST_HEAD: usize = 120;

impl BodyReader<'_> {
    /// Reads a table.
    pub fn table(&mut self, table: &Element) -> WordTable {
        let apart = table.down(&["tblPr", "tblLook"]).is_none_or(first_row_looked_at);
        let style = table.value_at(&["tblPr", "tblStyle"]);
        let first_row_apart = apart && self.styles.first_row_apart(style);
        let rows = table.all("tr").filter_map(|row| self.row(row)).collect();
        WordTable { rows: merged(rows), first_row_apart }
    }

    fn row(&mut self, row: &Element) -> Option<WordRow> {
        if row.down(&["trPr", "del"]).is_some() || row.is_on_at(&["trPr", "hidden"]) {
            return None;
        }
        let mut cells = Vec::new();
        if let Some(columns @ 1..) = columns(row.number_at(&["trPr", "gridBefore"])) {
            cells.push(WordCell { columns, rows: 1, ..WordCell::default() });
        }
        cells.extend(row.all("tc").filter_map(|cell| self.cell(cell)));
        let mut column = 0_usize;
        for cell in &mut cells {
            cell.column = column;
            column = column.saturating_add(cell.columns);
        }
        Some(WordRow { cells, repeated: row.is_on_at(&["trPr", "tblHeader"]) })
    }

    fn cell(&mut self, cell: &Element) -> Option<WordCell> {
        if cell.down(&["tcPr", "cellDel"]).is_some() {
            return None;
        }
        let merge = cell.down(&["tcPr", "vMerge"]);
        let fill = cell.down(&["tcPr", "shd"]).and_then(|shade| shade.attribute("fill"));
        Some(WordCell {
            content: self.content(cell),
            column: 0,
            columns: columns(cell.number_at(&["tcPr", "gridSpan"])).unwrap_or(1).max(1),
            rows: 1,
            continues: merge.is_some_and(|merge| merge.value() != Some("restart")),
            shaded: fill.is_some_and(is_coloured),
        })
    }
}

fn columns(number: Option<i64>) -> Option<usize> {
    number.and_then(|number| usize::try_from(number).ok()).map(|columns| columns.min(MOST_COLUMNS))
}

/// Whether the table look applies the style of the first row.
fn first_row_looked_at(look: &Element) -> bool {
    let bits = look.value().and_then(|value| u32::from_str_radix(value, 16).ok());
    match look.attribute("firstRow") {
        Some(value) => matches!(value, "1" | "true" | "on"),
        None => bits.is_none_or(|bits| bits & 0x20 != 0),
    }
}

/// Merges the cells that continue the cell above.
fn merged(rows: Vec<WordRow>) -> Vec<WordRow> {
    // By column: the row and the position of the cell that can be continued.
    let mut above: HashMap<usize, (usize, usize)> = HashMap::new();
    let mut done: Vec<WordRow> = Vec::with_capacity(rows.len());
    for row in rows {
        let mut kept = Vec::new();
        let mut here = HashMap::new();
        for cell in row.cells {
            let origin = above.get(&cell.column).copied().filter(|_| cell.continues);
            let first = origin.and_then(|(row, at)| done.get_mut(row)?.cells.get_mut(at));
            if let (Some(first), Some(origin)) = (first, origin) {
                // The content of a continuation cell is not displayed.
                first.rows = first.rows.saturating_add(1);
                here.insert(cell.column, origin);
                continue;
            }
            here.insert(cell.column, (done.len(), kept.len()));
            kept.push(cell);
        }
        above = here;
        done.push(WordRow { cells: kept, repeated: row.repeated });
    }
    done
}

impl WordCell {
    /// Its text in one line. If the cell contains only the number of an item, this is the number.
    pub fn text(&self) -> String {
        self.or_number(text_of(&self.content))
    }

    /// Its text without that of nested tables.
    fn outer_text(&self) -> String {
        self.or_number(text_of(self.content.iter().filter(|one| one.inner_table().is_none())))
    }

    fn or_number(&self, text: String) -> String {
        let number = self.content.iter().find_map(|one| match one {
            Content::Paragraph(paragraph) => paragraph.label.as_ref()?.number.clone(),
            _ => None,
        });
        if text.is_empty() { number.unwrap_or_default() } else { text }
    }

    /// The nested tables whose rows can be quoted separately. A single-column table only formats its lines.
    fn inner(&self) -> impl Iterator<Item = &WordTable> {
        self.content.iter().filter_map(Content::inner_table)
    }

    fn seen(&self) -> impl Iterator<Item = &Content> {
        self.content.iter().filter(|one| !one.is_empty())
    }

    /// Whether its content shows that the table is a layout: a nested table, or text under a heading.
    fn is_layout(&self) -> bool {
        let is_heading = |one: &Content| matches!(one, Content::Paragraph(paragraph) if matches!(paragraph.role, StyleRole::Heading(_)));
        let is_table = |one: &Content| matches!(one, Content::Table(_));
        self.content.iter().any(is_table) || self.seen().any(is_heading) && self.seen().nth(1).is_some()
    }

    /// Whether it starts with a bold line above other lines.
    fn is_titled(&self) -> bool {
        let mut lines = self.seen().map(|one| matches!(one, Content::Paragraph(line) if line.is_bold()));
        lines.next() == Some(true) && lines.next() == Some(false)
    }

    /// The cell with its spans, if the repeated text stays within the limit.
    fn spanning(&self, text: String, left: &mut usize) -> blocks::Cell {
        let again = self.columns.saturating_mul(self.rows).saturating_sub(1);
        let repeated = text.len().saturating_add(CELL_COST).saturating_mul(again);
        match left.checked_sub(repeated) {
            Some(rest) => {
                *left = rest;
                blocks::Cell { text, columns: self.columns, rows: self.rows }
            }
            None => blocks::Cell::single(text),
        }
    }
}

impl WordRow {
    /// Whether each cell with text is bold and short.
    fn is_bold(&self) -> bool {
        let is_bold = |one: &Content| matches!(one, Content::Paragraph(paragraph) if paragraph.is_bold());
        let mut seen = self.cells.iter().flat_map(WordCell::seen).peekable();
        seen.peek().is_some() && seen.all(is_bold) && self.is_brief()
    }

    fn is_brief(&self) -> bool {
        self.cells.iter().all(|cell| cell.text().chars().count() <= LONGEST_HEAD)
    }

    fn is_shaded(&self) -> bool {
        !self.cells.is_empty() && self.cells.iter().all(|cell| cell.shaded)
    }

    fn width(&self) -> usize {
        self.cells.iter().fold(0, |width, cell| width.saturating_add(cell.columns))
    }
}

impl WordTable {
    /// All of its cells.
    pub fn cells(&self) -> impl Iterator<Item = &WordCell> {
        self.rows.iter().flat_map(|row| &row.cells)
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.rows.iter().map(WordRow::width).max().unwrap_or_default()
    }

    /// The number of header rows: the rows that are repeated on each page, or the first row if it is set apart.
    fn heads(&self) -> usize {
        heads(&self.rows, self.first_row_apart)
    }

    /// Whether it is only a layout, so that its cells are read one after the other: a single row with several
    /// paragraphs in a cell, or no header rows and either some cells with headings or nested tables, or titles in all
    /// cells.
    pub fn is_layout(&self) -> bool {
        let single = self.rows.len() == 1 && self.cells().any(|cell| cell.seen().nth(1).is_some());
        let mut filled = self.cells().filter(|cell| cell.seen().next().is_some()).peekable();
        let mut titled = || filled.peek().is_some() && filled.all(WordCell::is_titled);
        single || self.heads() == 0 && (self.cells().any(WordCell::is_layout) || titled())
    }

    /// Converts the table to text cells. Its first row can be its caption. `left` is how many bytes its cells can still
    /// repeat.
    // The nesting of tables is bounded by that of the XML, so this recursion is bounded, too.
    pub fn resolved(&self, left: &mut usize) -> blocks::Table {
        let (caption, rows, heads) = self.parts();
        let mut resolved = blocks::Table { caption, heads, ..blocks::Table::default() };
        for (at, row) in rows.iter().enumerate() {
            // A header cell is one line.
            let below = at.checked_sub(heads);
            let text = |cell: &WordCell| if below.is_some() { cell.outer_text() } else { cell.text() };
            resolved.rows.push(row.cells.iter().map(|cell| cell.spanning(text(cell), left)).collect());
            if let Some(below) = below {
                let inner = row.cells.iter().flat_map(WordCell::inner);
                resolved.inner.extend(inner.map(|inner| (below, inner.resolved(left))));
            }
        }
        resolved
    }

    /// The caption, if the first row is one, the other rows, and the number of header rows among them.
    fn parts(&self) -> (Option<String>, &[WordRow], usize) {
        let heads = self.heads();
        if let Some((first, others)) = self.rows.split_first()
            && let [only] = first.cells.as_slice()
            && only.columns > 1
            && only.columns >= self.columns()
            && heads > 0
        {
            // A single cell across all columns describes the whole table.
            let below = self::heads(others, false);
            if heads > 1 || below > 0 {
                return (Some(only.text()), others, heads.saturating_sub(1).max(below));
            }
        }
        (None, &self.rows, heads)
    }
}

fn heads(rows: &[WordRow], first_row_apart: bool) -> usize {
    let most = rows.len().saturating_sub(1);
    let repeated = rows.iter().take_while(|row| row.repeated).count();
    if repeated > 0 {
        // A table cannot consist only of header rows.
        return if repeated <= most { repeated } else { most.min(1) };
    }
    let [first, second, ..] = rows else { return 0 };
    let bold = || first.is_bold() && !rows.iter().all(WordRow::is_bold);
    let shaded = || first.is_shaded() && !second.is_shaded() && first.is_brief();
    if !(first_row_apart || bold() || shaded()) {
        return 0;
    }
    // A header cell that spans several rows makes all of them header rows.
    first.cells.iter().map(|cell| cell.rows).max().unwrap_or(1).clamp(1, most.max(1))
}

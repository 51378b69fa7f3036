//! Tells data tables from layout tables, and reads the cells of data tables.

use ego_tree::NodeRef;
use scraper::{ElementRef, Node};

use super::marks::{is_mark, is_marked};
use super::style::{ElementStyles, TablePart};
use super::words::HtmlWords;
use crate::knowledge::blocks::{Cell, Table};
use crate::text::bullet::is_bullet;

/// Elements that, inside a cell, show that the table is only a layout.
const ARRANGED: &[&str] =
    &["table", "h1", "h2", "h3", "h4", "h5", "h6", "form", "ul", "ol", "dl", "blockquote"];
/// A cell with more words than this holds text, not a value.
const LONG_CELL: usize = 60;
/// The most elements of a figure that are searched.
const FIGURE: usize = 1_000;
/// The most cells that are read.
const MOST_CELLS: usize = 50_000;

/// The data of a table, or `None` if the table is only a layout.
pub fn data(table: ElementRef<'_>, styles: &ElementStyles) -> Option<Table> {
    if matches!(table.attr("role"), Some("presentation" | "none")) {
        return None;
    }
    let rows = rows(table, styles);
    let caption = caption(table, styles);
    let has_heads = rows.iter().flatten().any(|cell| cell.is_head);
    let declared = caption.is_some() || has_heads || rows.iter().any(|row| row.is_head());
    let columns = rows.iter().map(HtmlRow::columns).max().unwrap_or_default();
    let arranges =
        rows.iter().flatten().any(|cell| cell.arranges || cell.text.split_whitespace().count() > LONG_CELL);
    if columns < 2 && !has_heads
        || rows.len() < 2 && !declared
        || arranges && (!declared || holds_table(table))
    {
        return None;
    }
    let (heads, rest): (Vec<HtmlRow>, Vec<HtmlRow>) = divided(rows, columns);
    let (mut title, mut caption) = (None, caption);
    let count = heads.len();
    let rows = heads.into_iter().chain(rest).filter_map(|row| match row.cells.as_slice() {
        // A header cell that spans the whole table is its title.
        [only]
            if title.is_none()
                && caption.is_none()
                && only.is_head
                && only.columns >= columns
                && columns > 1 =>
        {
            title = Some(only.text.clone());
            None
        }
        _ => Some(row.cells.into_iter().map(CellFound::into_cell).collect()),
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    let titled = usize::from(title.is_some());
    caption = caption.or(title);
    Some(Table { caption, rows, heads: count.saturating_sub(titled), ..Table::default() })
}

/// The items of a table that is a list: two columns, of which the first holds only bullets, boxes to tick or pictures.
pub fn items(table: ElementRef<'_>, styles: &ElementStyles) -> Option<Vec<String>> {
    let rows = rows(table, styles);
    let item = |row: &HtmlRow| match row.cells.as_slice() {
        [mark, text] if !mark.is_head && mark.text.chars().all(is_bullet) && !text.text.is_empty() => {
            Some(text.text.clone())
        }
        _ => None,
    };
    let items: Vec<String> = rows.iter().filter_map(item).collect();
    (items.len() > 1 && items.len() == rows.len()).then_some(items)
}

/// Splits the rows into header rows and data rows.
fn divided(rows: Vec<HtmlRow>, columns: usize) -> (Vec<HtmlRow>, Vec<HtmlRow>) {
    let declared = rows.iter().take_while(|row| row.is_head()).count();
    let first_is_bold = rows
        .first()
        .is_some_and(|row| row.cells.len() == columns && row.cells.iter().all(|cell| cell.is_bold));
    let any_row_head = rows.iter().skip(declared).flatten().any(|cell| cell.is_head);
    let heads = match declared {
        0 if first_is_bold && !any_row_head && rows.len() > 1 => 1,
        all if all == rows.len() => usize::from(all > 1),
        some => some,
    };
    // Rows that a header cell spans are header rows, too.
    let reach = rows
        .iter()
        .take(heads)
        .enumerate()
        .flat_map(|(at, row)| row.cells.iter().map(move |cell| at + cell.rows));
    let heads = reach.max().unwrap_or(heads).clamp(heads, rows.len().saturating_sub(1).max(heads));
    let mut rows = rows;
    let rest = rows.split_off(heads.min(rows.len()));
    (rows, rest)
}

struct HtmlRow {
    cells: Vec<CellFound>,
    in_head: bool,
}

struct CellFound {
    text: String,
    columns: usize,
    rows: usize,
    is_head: bool,
    is_bold: bool,
    arranges: bool,
}

impl HtmlRow {
    fn is_head(&self) -> bool {
        let scoped = |cell: &CellFound| cell.is_head;
        self.in_head
            || self.cells.len() > 1 && self.cells.iter().all(scoped)
            || matches!(self.cells.as_slice(), [only] if only.is_head)
    }

    fn columns(&self) -> usize {
        self.cells.iter().map(|cell| cell.columns).sum()
    }
}

impl<'a> IntoIterator for &'a HtmlRow {
    type Item = &'a CellFound;
    type IntoIter = std::slice::Iter<'a, CellFound>;

    fn into_iter(self) -> Self::IntoIter {
        self.cells.iter()
    }
}

impl CellFound {
    fn into_cell(self) -> Cell {
        Cell { text: self.text, columns: self.columns, rows: self.rows }
    }
}

/// The rows of a table, without those of nested tables.
fn rows(table: ElementRef<'_>, styles: &ElementStyles) -> Vec<HtmlRow> {
    let mut rows = Vec::new();
    let mut count = 0;
    for part in table.child_elements().filter(|part| !styles.is_unseen(*part)) {
        match part_of_table(part, styles) {
            "tr" => rows.push(row(part, false, styles)),
            "tfoot" if !foot_notes(part, styles).is_empty() => {}
            name @ ("thead" | "tbody" | "tfoot") => {
                let inside = part
                    .child_elements()
                    .filter(|row| part_of_table(*row, styles) == "tr" && !styles.is_unseen(*row));
                rows.extend(inside.map(|tr| row(tr, name == "thead", styles)));
            }
            // Rows of a grid that is made of other elements can stand in wrappers.
            "div" | "span" if !holds_table(part) => {
                let inside = part
                    .descendent_elements()
                    .filter(|row| part_of_table(*row, styles) == "tr" && !styles.is_unseen(*row));
                rows.extend(inside.map(|tr| row(tr, false, styles)));
            }
            _ => {}
        }
        count += rows.last().map_or(0, |row| row.cells.len());
        if count > MOST_CELLS {
            break;
        }
    }
    rows.retain(|row| row.cells.iter().any(|cell| !cell.text.is_empty()));
    rows
}

/// The notes in the footer of a table, with their marks.
pub fn notes(table: ElementRef<'_>, styles: &ElementStyles) -> Vec<String> {
    let feet = table.child_elements().filter(|part| part.value().name() == "tfoot");
    feet.filter(|foot| !styles.is_unseen(*foot)).flat_map(|foot| foot_notes(foot, styles)).collect()
}

/// The notes in a table's footer, each starting with its mark. Empty if the footer has data cells.
fn foot_notes(foot: ElementRef<'_>, styles: &ElementStyles) -> Vec<String> {
    let is_wide = |tr: ElementRef<'_>| tr.child_elements().count() == 1;
    let words = text(foot, styles).one_line();
    if !foot.child_elements().all(is_wide) || !is_marked(&words) {
        return Vec::new();
    }
    let mut notes: Vec<String> = Vec::new();
    for word in words.split(' ') {
        match notes.last_mut().filter(|_| !word.chars().all(is_mark)) {
            Some(note) => {
                note.push(' ');
                note.push_str(word);
            }
            None => notes.push(word.to_owned()),
        }
    }
    notes
}

/// The name of the table element that an element is displayed as, or its own name.
fn part_of_table<'a>(element: ElementRef<'a>, styles: &ElementStyles) -> &'a str {
    let name = element.value().name();
    if !matches!(name, "div" | "span") {
        return name;
    }
    match styles.look(element).part {
        Some(TablePart::Table) => "table",
        Some(TablePart::Rows) => "tbody",
        Some(TablePart::Row) => "tr",
        Some(TablePart::Cell) => "td",
        None => name,
    }
}

/// Whether an element other than `table` is displayed as a table whose first row is a header.
pub fn is_shown_as_table(element: ElementRef<'_>, styles: &ElementStyles) -> bool {
    element.value().name() == "div"
        && styles.look(element).part == Some(TablePart::Table)
        && data(element, styles).is_some_and(|table| table.heads > 0 && table.rows.len() > table.heads)
}

fn row(row: ElementRef<'_>, in_head: bool, styles: &ElementStyles) -> HtmlRow {
    let cells = row
        .child_elements()
        .filter(|cell| matches!(part_of_table(*cell, styles), "td" | "th") && !styles.is_unseen(*cell));
    let mut cells: Vec<CellFound> = cells.map(|found| cell(found, styles)).collect();
    if styles.look(row).bold == Some(true) {
        cells.iter_mut().for_each(|cell| cell.is_bold = true);
    }
    HtmlRow { cells, in_head }
}

fn cell(cell: ElementRef<'_>, styles: &ElementStyles) -> CellFound {
    let span = |name: &str| {
        cell.attr(name).and_then(|count| count.trim().parse().ok()).unwrap_or(1_usize).clamp(1, 1_000)
    };
    let words = text(cell, styles);
    let arranges = cell.descendent_elements().any(|inside| ARRANGED.contains(&inside.value().name()));
    CellFound {
        is_bold: words.is_all_bold(),
        text: words.one_line(),
        columns: span("colspan"),
        rows: span("rowspan"),
        is_head: cell.value().name() == "th",
        arranges,
    }
}

fn caption(table: ElementRef<'_>, styles: &ElementStyles) -> Option<String> {
    let caption =
        table.child_elements().find(|part| part.value().name() == "caption" && !styles.is_unseen(*part))?;
    let words = text(caption, styles).one_line();
    (!words.is_empty()).then_some(words)
}

fn holds_table(table: ElementRef<'_>) -> bool {
    table.descendent_elements().skip(1).any(|inside| inside.value().name() == "table")
}

/// Whether a figure's caption belongs to a table in the figure. The table then shows the caption.
pub fn captions_table(caption: ElementRef<'_>, styles: &ElementStyles) -> bool {
    let figure =
        caption.parent().and_then(ElementRef::wrap).filter(|figure| figure.value().name() == "figure");
    let at_end = |figure: &ElementRef<'_>| {
        let ends = [figure.child_elements().next(), figure.children().rev().find_map(ElementRef::wrap)];
        ends.into_iter().flatten().any(|end| end.id() == caption.id())
    };
    // Only the first or last child of a figure can be its caption.
    let table = figure.filter(at_end).and_then(|figure| {
        figure.descendent_elements().take(FIGURE).find(|inside| inside.value().name() == "table")
    });
    table.is_some_and(|table| data(table, styles).is_some())
}

/// The caption of the figure around a table.
pub fn figure_caption(table: ElementRef<'_>, styles: &ElementStyles) -> Option<String> {
    let figure =
        table.ancestors().filter_map(ElementRef::wrap).find(|above| above.value().name() == "figure")?;
    let ends = [figure.child_elements().next(), figure.children().rev().find_map(ElementRef::wrap)];
    let caption = ends.into_iter().flatten().find(|part| part.value().name() == "figcaption")?;
    Some(text(caption, styles).one_line())
}

/// The visible text of an element.
pub fn text(element: ElementRef<'_>, styles: &ElementStyles) -> HtmlWords {
    let mut words = HtmlWords::default();
    let mut node = *element;
    'walk: loop {
        if enter(node, styles, &mut words)
            && let Some(child) = node.first_child()
        {
            node = child;
            continue;
        }
        loop {
            words.leave(node.value());
            words.unstyle(node.id());
            if node.id() == element.id() {
                break 'walk;
            }
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            let Some(parent) = node.parent() else { break 'walk };
            node = parent;
        }
    }
    words.finish()
}

fn enter(node: NodeRef<'_, Node>, styles: &ElementStyles, words: &mut HtmlWords) -> bool {
    if let Some(element) = ElementRef::wrap(node) {
        let name = element.value().name();
        if super::is_never_shown(name)
            || super::is_struck(name)
            || styles.is_unseen(element)
            || super::is_edit_link(element)
        {
            return false;
        }
        if super::is_block(name) || name == "br" {
            words.say(" ");
        }
        words.style(node.id(), &styles.look(element));
    }
    words.enter(node.value());
    true
}

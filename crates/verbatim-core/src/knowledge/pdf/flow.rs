//! Arranges the pages into one flow of lines and tables in reading order, and sets footnotes and marginal text aside.

use std::collections::HashMap;

use super::columns::{Atom, Bounds, Region, regions};
use super::furniture::{PageWords, take_running};
use super::grid::{Grid, RuledFrame, frames};
use super::ink::{Area, Ink};
use super::loose::{LooseItem, find};
use super::runin::{Lead, divided};
use super::seen::median;
use super::words::{PdfLine, PdfWord, lines, words};

/// A line with its surroundings.
#[derive(Debug, Clone, Default)]
pub struct FlowLine {
    /// The line.
    pub line: PdfLine,
    /// Distance of its start from the left of its column.
    pub indent: f32,
    /// Space left in the column after it.
    pub slack: f32,
    /// The distance from the previous line; `None` for the first line of a column.
    pub gap: Option<f32>,
    /// The box that contains it.
    pub boxed: Option<usize>,
    /// Its relation to the text after it on the same line.
    pub lead: Lead,
}

/// A part of the flow.
#[derive(Debug, Clone)]
pub enum FlowPart {
    /// A line.
    Line(FlowLine),
    /// A table, and whether it comes first in its column.
    Table(Grid, bool),
    /// Text that is not part of the document's content.
    Furniture(String),
}

/// A footnote or a note in the margin, which is read at the place it refers to.
#[derive(Debug, Clone)]
pub struct MarginNote {
    /// Its lines.
    pub lines: Vec<String>,
    /// Whether it is a footnote.
    pub note: bool,
    /// The index of the part it belongs to.
    pub anchor: usize,
    /// Its page number.
    pub page: u32,
}

/// A document in reading order.
#[derive(Debug, Default)]
pub struct ReadingOrder {
    /// Its parts, with their pages.
    pub parts: Vec<(FlowPart, u32)>,
    /// Notes that are read elsewhere than they are printed.
    pub asides: Vec<MarginNote>,
    /// The most common font size.
    pub body: f32,
    /// The usual line spacing, as a multiple of the font size.
    pub leading: f32,
}

/// A region with its lines and position.
struct Column {
    page: usize,
    items: Vec<LooseItem>,
    margin: bool,
    left: f32,
    right: f32,
    boxes: Vec<(f32, f32, f32, f32)>,
}

/// Arranges the pages in reading order.
pub fn flow(pages: &[Ink]) -> ReadingOrder {
    let mut sheets = Vec::new();
    let mut framed = Vec::new();
    for page in pages {
        let mut found = words(page);
        framed.push(frames(&page.rules, &mut found));
        sheets.push(PageWords { height: page.height, words: found });
    }
    let body = body_size(sheets.iter());
    let running = take_running(&mut sheets, body);
    let mut flow = ReadingOrder { body, ..ReadingOrder::default() };
    let mut columns: Vec<Column> = Vec::new();
    for (at, (sheet, frames)) in sheets.into_iter().zip(framed).enumerate() {
        let tints = pages.get(at).map(|page| tinted(page, &sheet.words, &frames, body)).unwrap_or_default();
        columns.extend(columns_of(at, sheet.words, frames, tints, body));
    }
    align(&mut columns);
    flow.leading = leading(&columns);
    for (at, (page, texts)) in pages.iter().zip(running).enumerate() {
        let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let turned: String =
            page.glyphs.iter().filter(|glyph| glyph.turned).map(|glyph| glyph.text.as_str()).collect();
        for text in texts.into_iter().chain((!turned.trim().is_empty()).then_some(turned)) {
            flow.parts.push((FlowPart::Furniture(text), number));
        }
        let from = flow.parts.len();
        for column in columns.iter().filter(|column| column.page == at) {
            flow.add_column(column, number, from);
        }
    }
    flow
}

fn columns_of(
    page: usize,
    words: Vec<PdfWord>,
    frames: Vec<RuledFrame>,
    tints: Vec<Bounds>,
    body: f32,
) -> Vec<Column> {
    let mut atoms: Vec<Atom> = words.into_iter().map(Atom::Word).collect();
    let mut boxes = tints;
    for frame in frames {
        match frame {
            RuledFrame::Table(grid) => atoms.push(Atom::Table(Box::new(grid))),
            RuledFrame::Box(bounds) => boxes.push(bounds),
        }
    }
    let made = regions(atoms, body, &boxes).into_iter().filter_map(|region| column(page, region, &boxes));
    made.collect()
}

/// Coloured areas that contain a few lines of text and stand alone: boxes without a frame. Areas directly below each
/// other are the rows of a table.
fn tinted(page: &Ink, words: &[PdfWord], frames: &[RuledFrame], body: f32) -> Vec<Bounds> {
    let bounds = |area: &Area| (area.at.x0, area.at.y0, area.at.x1, area.at.y1);
    let meets =
        |one: Bounds, other: Bounds| one.0 < other.2 && other.0 < one.2 && one.1 < other.3 && other.1 < one.3;
    let framed = |at: Bounds| {
        frames.iter().any(|frame| match frame {
            RuledFrame::Table(grid) => meets(at, grid.bounds),
            RuledFrame::Box(other) => meets(at, *other),
        })
    };
    let mut found: Vec<Bounds> = Vec::new();
    let areas: Vec<&Area> =
        page.areas.iter().filter(|area| area.colour.iter().any(|part| *part < 250)).take(200).collect();
    for area in &areas {
        let at = bounds(area);
        let (wide, high) =
            (at.2 - at.0 > 8.0 * body, (2.5 * body..0.5 * page.height).contains(&(at.3 - at.1)));
        let stacked = areas.iter().any(|other| {
            let other = bounds(other);
            (other.0 - at.0).abs() < 1.0 && (other.2 - at.2).abs() < 1.0 && (other.1 - at.1).abs() > 1.0
        });
        if !wide
            || !high
            || stacked
            || at.1 < 0.1 * page.height
            || framed(at)
            || found.iter().any(|other| meets(at, *other))
        {
            continue;
        }
        let inside: Vec<PdfWord> =
            words.iter().filter(|word| word.is_in(at.0, at.1, at.2, at.3)).cloned().collect();
        let small = inside.iter().all(|word| word.size < 1.3 * body);
        if small && lines(inside).len() > 1 {
            found.push(at);
        }
    }
    found
}

fn column(page: usize, region: Region, boxes: &[(f32, f32, f32, f32)]) -> Option<Column> {
    let (mut words, mut tables) = (Vec::new(), Vec::new());
    for atom in region.atoms {
        match atom {
            Atom::Word(word) => words.push(word),
            Atom::Table(grid) => tables.push(*grid),
        }
    }
    let found = lines(words);
    let free = |line: &&PdfLine| boxed(line, boxes).is_none();
    let left = found.iter().filter(free).map(|line| line.x0).chain(tables.iter().map(|table| table.bounds.0));
    let right =
        found.iter().filter(free).map(|line| line.x1).chain(tables.iter().map(|table| table.bounds.2));
    let (left, right) = (left.fold(f32::MAX, f32::min), right.fold(f32::MIN, f32::max));
    let mut items = find(found);
    items.extend(tables.into_iter().map(LooseItem::Table));
    items.sort_by(|a, b| top(a).total_cmp(&top(b)));
    (!items.is_empty()).then(|| Column {
        page,
        items,
        margin: region.margin,
        left,
        right,
        boxes: boxes.to_vec(),
    })
}

fn top(item: &LooseItem) -> f32 {
    match item {
        LooseItem::Line(line) => line.y,
        LooseItem::Table(grid) => grid.bounds.1,
        LooseItem::Unclear(lines) => lines.first().map_or(0.0, |line| line.y),
    }
}

/// The innermost box that contains a line.
fn boxed(line: &PdfLine, boxes: &[(f32, f32, f32, f32)]) -> Option<usize> {
    let inside = |(x0, y0, x1, y1): &(f32, f32, f32, f32)| {
        let y = line.y - 0.3 * line.size;
        *x0 <= line.x0 && line.x1 <= *x1 + 1.0 && *y0 <= y && y <= *y1
    };
    let area = |(x0, y0, x1, y1): &(f32, f32, f32, f32)| (x1 - x0) * (y1 - y0);
    let within = boxes.iter().enumerate().filter(|(_, bounds)| inside(bounds));
    within.min_by(|a, b| area(a.1).total_cmp(&area(b.1))).map(|(at, _)| at)
}

/// Gives columns at the same place on several pages the same left and right ends.
fn align(columns: &mut [Column]) {
    let ends: Vec<(f32, f32)> = columns.iter().map(|column| (column.left, column.right)).collect();
    for column in columns {
        let alike = |(left, right): &&(f32, f32)| {
            (left - column.left).abs() < 28.0 && (right - column.right).abs() < 40.0
        };
        let (mut low, mut high) = (column.left, column.right);
        for (left, right) in ends.iter().filter(alike).take(1_000) {
            (low, high) = (low.min(*left), high.max(*right));
        }
        (column.left, column.right) = (low, high);
    }
}

/// The most common font size of long lines; tables and notes may use a smaller one.
fn body_size<'a>(pages: impl Iterator<Item = &'a PageWords>) -> f32 {
    let (mut running, mut all): (HashMap<i32, usize>, HashMap<i32, usize>) = Default::default();
    for line in pages.flat_map(|page| lines(page.words.clone())) {
        for part in line.words.chunk_by(|one, next| next.x0 - one.x1 < one.size) {
            for word in part {
                let size = (word.size * 5.0).round() as i32;
                *all.entry(size).or_default() += word.text.len();
                *running.entry(size).or_default() += if part.len() > 5 { word.text.len() } else { 0 };
            }
        }
    }
    let most = |sizes: HashMap<i32, usize>| {
        sizes.into_iter().filter(|(_, count)| *count > 0).max_by_key(|(size, count)| (*count, *size))
    };
    most(running).or_else(|| most(all)).map_or(10.0, |(size, _)| size as f32 / 5.0)
}

fn leading(columns: &[Column]) -> f32 {
    let mut steps = Vec::new();
    for column in columns {
        for pair in column.items.windows(2) {
            if let [LooseItem::Line(a), LooseItem::Line(b)] = pair
                && (a.size - b.size).abs() < 0.3
                && a.size > 0.0
            {
                steps.push((b.y - a.y) / b.size);
            }
        }
    }
    steps.retain(|step| (0.9..1.9).contains(step));
    if steps.is_empty() { 1.2 } else { median(steps) }
}

impl ReadingOrder {
    fn add_column(&mut self, column: &Column, page: u32, from: usize) {
        let texts = |lines: &[PdfLine]| lines.iter().map(PdfLine::text).collect::<Vec<_>>();
        if column.margin {
            let lines: Vec<PdfLine> = column
                .items
                .iter()
                .filter_map(|item| if let LooseItem::Line(line) = item { Some(line.clone()) } else { None })
                .collect();
            let y = lines.first().map_or(0.0, |line| line.y);
            let anchor = self.beside(y, from);
            self.asides.push(MarginNote { lines: texts(&lines), note: false, anchor, page });
            return;
        }
        let notes = self.note_lines(column);
        let mut before: Option<f32> = None;
        let mut open: Option<MarginNote> = None;
        for (at, item) in column.items.iter().enumerate() {
            let first = before.is_none();
            match item {
                LooseItem::Line(line) if notes.contains(&at) => {
                    let (mark, text) = split_mark(line);
                    match open.as_mut().filter(|_| mark.is_none()) {
                        Some(note) => note.lines.push(text),
                        None => {
                            self.asides.extend(open.take());
                            let anchor = self.parts.len().saturating_sub(1);
                            open = Some(MarginNote { lines: vec![text], note: true, anchor, page });
                        }
                    }
                    before = Some(line.y);
                }
                LooseItem::Line(line) => {
                    self.asides.extend(open.take());
                    self.add_line(line, at, column, before, page);
                    before = Some(line.y);
                }
                LooseItem::Table(grid) => {
                    self.asides.extend(open.take());
                    self.parts.push((FlowPart::Table(grid.clone(), first), page));
                    before = Some(grid.bounds.3);
                }
                LooseItem::Unclear(lines) => {
                    self.parts.extend(lines.iter().map(|line| (FlowPart::Furniture(line.text()), page)));
                    before = lines.last().map(|line| line.y);
                }
            }
        }
        self.asides.extend(open.take());
    }

    /// Adds a line; if its bold start is set off, that becomes a separate piece.
    fn add_line(&mut self, line: &PdfLine, at: usize, column: &Column, before: Option<f32>, page: u32) {
        let next = column
            .items
            .get(at + 1)
            .and_then(|item| if let LooseItem::Line(line) = item { Some(line) } else { None });
        let mut line = line.clone();
        if let Some((lead, head, text)) = divided(&line, next) {
            let head = FlowLine { lead, ..piece(&head, column, before) };
            self.parts.push((FlowPart::Line(head), page));
            line = text;
        }
        self.parts.push((FlowPart::Line(piece(&line, column, before)), page));
    }

    /// The part beside a position in the margin.
    fn beside(&self, y: f32, from: usize) -> usize {
        let parts = self.parts.iter().enumerate().skip(from);
        let near = parts.filter_map(|(at, (part, _))| match part {
            FlowPart::Line(piece) => Some((at, (piece.line.y - y).abs())),
            _ => None,
        });
        // Prefer the first column with a line at this height.
        let near: Vec<(usize, f32)> = near.collect();
        let first = near.iter().find(|(_, apart)| *apart < self.body);
        first
            .or_else(|| near.iter().min_by(|a, b| a.1.total_cmp(&b.1)))
            .map_or(self.parts.len(), |(at, _)| *at)
    }

    /// The indices of a column's items that are footnote lines.
    fn note_lines(&self, column: &Column) -> Vec<usize> {
        let small = |line: &PdfLine| line.size < 0.96 * self.body;
        let mut found: Vec<usize> = Vec::new();
        let tail = column
            .items
            .iter()
            .rev()
            .take_while(|item| matches!(item, LooseItem::Line(line) if small(line)))
            .count();
        let tail = column.items.len() - tail;
        let mut last: Option<&PdfLine> = None;
        for (at, item) in column.items.iter().enumerate() {
            let LooseItem::Line(line) = item else {
                last = None;
                continue;
            };
            let raised = line.words.first().is_some_and(|word| word.script > 0);
            let plain = at >= tail && split_mark(line).0.is_some();
            let goes_on = last.is_some_and(|last| line.y - last.y < 1.6 * line.size);
            let signed =
                split_mark(line).0.is_some_and(|mark| !mark.starts_with(|c: char| c.is_alphanumeric()));
            let plain = plain || signed && last.is_some();
            let is_note = small(line) && line.words.len() > 1 && (raised || plain) || small(line) && goes_on;
            last = is_note.then_some(line);
            found.extend(is_note.then_some(at));
        }
        found
    }
}

/// The mark of a footnote, and its text without the mark.
fn split_mark(line: &PdfLine) -> (Option<String>, String) {
    let Some((first, rest)) = line.words.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return (None, line.text());
    };
    let is_mark = first.text.chars().count() <= 2
        && first.text.chars().all(|c| c.is_ascii_digit() || "*∗†‡§¶#".contains(c));
    if is_mark || first.script > 0 {
        (Some(first.text.clone()), super::words::text_of(rest))
    } else {
        (None, line.text())
    }
}

fn piece(line: &PdfLine, column: &Column, before: Option<f32>) -> FlowLine {
    let at = boxed(line, &column.boxes);
    let inside = |other: &&PdfLine| at.is_some() && boxed(other, &column.boxes) == at;
    let (mut left, mut right) = (column.left, column.right);
    if at.is_some() {
        let lines = column
            .items
            .iter()
            .filter_map(|item| if let LooseItem::Line(line) = item { Some(line) } else { None });
        let ends = lines.filter(inside).map(|line| (line.x0, line.x1));
        (left, right) = ends.fold((f32::MAX, f32::MIN), |(x0, x1), (from, to)| (x0.min(from), x1.max(to)));
    }
    let boxed = at.map(|at| at + 1_000 * column.page);
    FlowLine {
        indent: line.x0 - left,
        slack: right - line.x1,
        gap: before.map(|y| line.y - y),
        boxed,
        lead: Lead::None,
        line: line.clone(),
    }
}

//! Tables and boxes drawn with lines.

use super::ink::RuledLine;
use super::words::{PdfLine, PdfWord, lines};
use crate::text::bullet::is_bullet;

/// Maximum distance, in points, between the ends of lines that still meet.
const NEAR: f32 = 2.5;
/// Maximum number of cells in a table.
const MOST_CELLS: usize = 20_000;

/// Minimum number of rows in a table that has lines only between its rows.
const LEAST_BANDS: usize = 3;

/// Maximum distance of such a table's head row above its first line, as a multiple of the font size.
const HEADS: f32 = 2.2;

/// The longest number of an item, in bytes: `2.10.11.`
const LONGEST_NUMBER: usize = 8;

/// A cell: its lines, and how many columns and rows it spans.
#[derive(Debug, Clone, Default)]
pub struct GridCell {
    /// Its lines.
    pub lines: Vec<PdfLine>,
    /// The number of columns it spans.
    pub columns: usize,
    /// The number of rows it spans.
    pub rows: usize,
    /// Whether no line is drawn below it, so that it continues in the next part of the table.
    pub open: bool,
}

/// A table on one page.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    /// Its rows.
    pub rows: Vec<Vec<GridCell>>,
    /// The left, upper, right and lower end.
    pub bounds: (f32, f32, f32, f32),
}

impl Grid {
    /// The number of head rows: leading rows that are all bold, or else a first row of names above several rows.
    pub fn heads(&self) -> usize {
        let is_head = |row: &&Vec<GridCell>| {
            let mut lines = row.iter().flat_map(|cell| &cell.lines).peekable();
            lines.peek().is_some()
                && lines.all(|line| line.is_bold() || !line.text().contains(char::is_alphabetic))
        };
        let heads = self.rows.iter().take_while(is_head).count();
        match heads {
            0 => usize::from(self.has_names()),
            heads if heads < self.rows.len() => heads,
            _ => heads.min(1),
        }
    }

    /// The items of a table that is a list: two columns without heads, of which the first holds only bullets or numbers.
    pub fn items(&self) -> Option<Vec<(Option<String>, &GridCell)>> {
        let item = |row: &'_ Vec<GridCell>| {
            let [mark, text] = row.as_slice() else { return None };
            let mark = mark.lines.iter().map(PdfLine::text).collect::<Vec<_>>().join(" ");
            let is_bullet = !mark.is_empty() && mark.chars().all(is_bullet);
            let is_number = mark.len() <= LONGEST_NUMBER
                && mark.contains(|c: char| c.is_ascii_digit())
                && mark.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '(' | ')'));
            let words = text.lines.iter().map(|line| line.words.len()).sum::<usize>();
            (words > 1 && (is_bullet || is_number)).then_some(is_number.then_some(mark))
        };
        let marks: Option<Vec<Option<String>>> = self.rows.iter().map(item).collect();
        let marks = marks.filter(|_| !self.rows.is_empty())?;
        Some(marks.into_iter().zip(self.rows.iter().filter_map(|row| row.get(1))).collect())
    }

    /// The terms of a table without heads, and their descriptions: two columns, of which only the first is bold.
    pub fn terms(&self) -> Option<Vec<(&GridCell, &GridCell)>> {
        let is_bold = |cell: &GridCell| !cell.lines.is_empty() && cell.lines.iter().all(PdfLine::is_bold);
        let term = |row: &'_ Vec<GridCell>| match row.as_slice() {
            [term, description] => is_bold(term) && !is_bold(description) && !description.lines.is_empty(),
            _ => false,
        };
        let is_list = self.rows.len() > 1 && self.rows.iter().all(term);
        is_list.then(|| self.rows.iter().filter_map(|row| Some((row.first()?, row.get(1)?))).collect())
    }

    /// Whether the first row names the columns without being bold: each cell has a few words and no number, and the
    /// table has three columns, or longer cells further down, so the row is unlikely to be an ordinary one.
    fn has_names(&self) -> bool {
        let Some((first, rest)) = self.rows.split_first() else { return false };
        let text = |cell: &GridCell| cell.lines.iter().map(PdfLine::text).collect::<Vec<_>>().join(" ");
        let is_name = |text: &String| {
            let begins = text.starts_with(|c: char| c.is_uppercase());
            begins
                && text.split_whitespace().count() < 5
                && !text.contains(|c: char| c.is_ascii_digit() || ".;".contains(c))
        };
        let mean = |rows: &[Vec<GridCell>]| {
            let letters: usize = rows.iter().flatten().map(|cell| text(cell).len()).sum();
            letters / rows.iter().map(Vec::len).sum::<usize>().max(1)
        };
        let names = first.iter().map(text).all(|text| is_name(&text));
        names && rest.len() > 1 && (first.len() > 2 || mean(rest) > 2 * mean(std::slice::from_ref(first)))
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.rows.iter().map(|row| row.iter().map(|cell| cell.columns).sum()).max().unwrap_or_default()
    }
}

/// What a frame of lines encloses.
pub enum RuledFrame {
    /// Several cells.
    Table(Grid),
    /// One cell: its left, upper, right and lower end.
    Box((f32, f32, f32, f32)),
}

/// Finds the tables and boxes of a page, and removes the words of tables from `words`.
pub fn frames(rules: &[RuledLine], words: &mut Vec<PdfWord>) -> Vec<RuledFrame> {
    let lying =
        merged(rules.iter().filter(|rule| rule.is_horizontal()).map(|rule| (rule.y0, rule.x0, rule.x1)));
    let standing =
        merged(rules.iter().filter(|rule| !rule.is_horizontal()).map(|rule| (rule.x0, rule.y0, rule.y1)));
    let mut found = Vec::new();
    let (groups, alone) = groups(&lying, &standing);
    found.extend(ruled(alone, words).into_iter().map(RuledFrame::Table));
    for (lying, standing) in groups {
        let (xs, ys) = (edges(&standing, &lying), edges(&lying, &standing));
        let (Some(x0), Some(x1), Some(y0), Some(y1)) = (xs.first(), xs.last(), ys.first(), ys.last()) else {
            continue;
        };
        let bounds = (*x0, *y0, *x1, *y1);
        if xs.len() < 2 || ys.len() < 2 || xs.len() * ys.len() > MOST_CELLS {
            continue;
        }
        if xs.len() == 2 {
            found.push(RuledFrame::Box(bounds));
            continue;
        }
        let inside = words.extract_if(.., |word| word.is_in(*x0, *y0, *x1, *y1)).collect();
        let rows = cells(&xs, &ys, &lying, &standing, &PlacedWords::of(inside));
        found.push(RuledFrame::Table(Grid { rows, bounds }));
    }
    found
}

/// Appends the part of a table on the next page or column, without its repeated head rows.
pub fn extend(table: &mut Grid, more: &Grid) {
    let texts = |row: &Vec<GridCell>| -> Vec<String> {
        row.iter()
            .flat_map(|cell| cell.lines.iter().map(PdfLine::text))
            .flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    };
    let heads = table.heads();
    let repeated =
        table.rows.iter().take(heads).zip(&more.rows).take_while(|(a, b)| texts(a) == texts(b)).count();
    let mut rows: Vec<Vec<GridCell>> = more.rows.iter().skip(repeated).cloned().collect();
    let above: Vec<GridCell> = open_cells(table);
    if let Some(row) = rows.first_mut() {
        for (cell, above) in row.iter_mut().zip(above) {
            if cell.lines.is_empty() && above.open {
                cell.lines = above.lines;
            }
        }
    }
    table.rows.extend(rows);
}

/// The cells at the bottom of a table, one per column.
fn open_cells(table: &Grid) -> Vec<GridCell> {
    let last = table.rows.last().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for cell in last {
        for _ in 0..cell.columns.max(1) {
            found.push(cell.clone());
        }
    }
    found
}

type Stroke = (f32, f32, f32);

/// Joins lines that continue each other.
fn merged(strokes: impl Iterator<Item = Stroke>) -> Vec<Stroke> {
    let mut all: Vec<Stroke> = strokes.collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut level = f32::MIN;
    // Lines at almost the same position count as aligned.
    for stroke in &mut all {
        if stroke.0 - level < 1.3 {
            stroke.0 = level;
        } else {
            level = stroke.0;
        }
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut joined: Vec<Stroke> = Vec::new();
    for stroke in all {
        match joined.last_mut() {
            Some(last) if last.0 == stroke.0 && stroke.1 - last.2 < NEAR => last.2 = last.2.max(stroke.2),
            _ => joined.push(stroke),
        }
    }
    joined
}

fn meet(lying: &Stroke, standing: &Stroke) -> bool {
    lying.1 - NEAR <= standing.0
        && standing.0 <= lying.2 + NEAR
        && standing.1 - NEAR <= lying.0
        && lying.0 <= standing.2 + NEAR
}

/// Horizontal and vertical lines that cross each other.
type Strokes = (Vec<Stroke>, Vec<Stroke>);

/// Groups of connected lines, and the horizontal lines that meet no other.
fn groups(lying: &[Stroke], standing: &[Stroke]) -> (Vec<Strokes>, Vec<Stroke>) {
    let (mut left, mut right) = (lying.to_vec(), standing.to_vec());
    let (mut found, mut alone) = (Vec::new(), Vec::new());
    while let Some(first) = left.pop() {
        let (mut lies, mut stands, mut next, mut next_standing) = (vec![first], Vec::new(), 0, 0);
        while next < lies.len() || next_standing < stands.len() {
            if let Some(line) = lies.get(next).copied() {
                next += 1;
                stands.extend(right.extract_if(.., |other| meet(&line, other)));
            } else if let Some(line) = stands.get(next_standing).copied() {
                next_standing += 1;
                lies.extend(left.extract_if(.., |other| meet(other, &line)));
            }
        }
        if stands.is_empty() {
            alone.extend(lies);
        } else {
            found.push((lies, stands));
        }
    }
    (found, alone)
}

/// Tables with a line between all rows and none between columns. Removes their words from `words`.
fn ruled(mut lying: Vec<Stroke>, words: &mut Vec<PdfWord>) -> Vec<Grid> {
    lying.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.2.total_cmp(&b.2)));
    let mut found = Vec::new();
    for strokes in lying.chunk_by_mut(|a, b| (a.1 - b.1).abs() < NEAR && (a.2 - b.2).abs() < NEAR) {
        strokes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (Some(first), Some(last)) = (strokes.first(), strokes.last()) else { continue };
        let mut bounds = (first.1, first.0, first.2, last.0);
        if strokes.len() <= LEAST_BANDS {
            continue;
        }
        let bands =
            strokes.windows(2).filter_map(|pair| if let [a, b] = pair { Some((a.0, b.0)) } else { None });
        let placed = PlacedWords::of(words.clone());
        let inside = |(top, foot): (f32, f32)| lines(placed.inside(bounds.0, top, bounds.2, foot));
        let mut bands: Vec<Vec<PdfLine>> = bands.map(inside).collect();
        // The head row may be above the first line.
        let size = bands.iter().flatten().next().map_or(0.0, |line| line.size);
        let over = inside((bounds.1 - HEADS * size, bounds.1));
        if let [heads] = over.as_slice()
            && heads.is_bold()
            && heads.words.len() > 1
        {
            bounds.1 = heads.y - size;
            bands.insert(0, over);
        }
        if let Some(rows) = super::loose::banded(&bands) {
            words.retain(|word| !word.is_in(bounds.0, bounds.1, bounds.2, bounds.3));
            found.push(Grid { rows, bounds });
        }
    }
    found
}

/// Words that can be found by their places: their indexes from the left and from the top.
struct PlacedWords {
    words: Vec<PdfWord>,
    by_x: Vec<(f32, usize)>,
    by_y: Vec<(f32, usize)>,
}

impl PlacedWords {
    fn of(words: Vec<PdfWord>) -> Self {
        let sorted = |place: fn(&PdfWord) -> f32| {
            let mut places: Vec<(f32, usize)> =
                words.iter().enumerate().map(|(at, word)| (place(word), at)).collect();
            places.sort_by(|a, b| a.0.total_cmp(&b.0));
            places
        };
        let (by_x, by_y) = (sorted(|word| word.middle().0), sorted(|word| word.middle().1));
        Self { words, by_x, by_y }
    }

    /// The words inside a rectangle, in drawing order.
    fn inside(&self, x0: f32, y0: f32, x1: f32, y1: f32) -> Vec<PdfWord> {
        let between = |places: &'_ [(f32, usize)], from: f32, to: f32| -> std::ops::Range<usize> {
            places.partition_point(|(at, _)| *at < from)..places.partition_point(|(at, _)| *at <= to)
        };
        let (across, down) = (between(&self.by_x, x0, x1), between(&self.by_y, y0, y1));
        let fewer = if across.len() < down.len() { self.by_x.get(across) } else { self.by_y.get(down) };
        let mut found: Vec<usize> = fewer.unwrap_or_default().iter().map(|(_, at)| *at).collect();
        found.sort_unstable();
        let words = found.into_iter().filter_map(|at| self.words.get(at));
        words.filter(|word| word.is_in(x0, y0, x1, y1)).cloned().collect()
    }
}

/// Where cells begin: at the lines across, and at the ends of the lines along if they protrude.
fn edges(across: &[Stroke], along: &[Stroke]) -> Vec<f32> {
    let mut at: Vec<f32> = across.iter().map(|stroke| stroke.0).collect();
    let (low, high) = at.iter().fold((f32::MAX, f32::MIN), |(low, high), x| (low.min(*x), high.max(*x)));
    let start = along.iter().map(|stroke| stroke.1).fold(f32::MAX, f32::min);
    let end = along.iter().map(|stroke| stroke.2).fold(f32::MIN, f32::max);
    at.extend((start < low - 8.0).then_some(start));
    at.extend((end > high + 8.0).then_some(end));
    at.sort_by(f32::total_cmp);
    at.dedup_by(|next, before| *next - *before < NEAR);
    at
}

fn cells(
    xs: &[f32],
    ys: &[f32],
    lying: &[Stroke],
    standing: &[Stroke],
    words: &PlacedWords,
) -> Vec<Vec<GridCell>> {
    let columns: Vec<(f32, f32)> = xs.iter().copied().zip(xs.iter().copied().skip(1)).collect();
    let bands: Vec<(f32, f32)> = ys.iter().copied().zip(ys.iter().copied().skip(1)).collect();
    let covers = |strokes: &[Stroke], at: f32, along: f32| {
        strokes.iter().any(|stroke| {
            (stroke.0 - at).abs() < NEAR && stroke.1 - NEAR <= along && along <= stroke.2 + NEAR
        })
    };
    let middle = |(from, to): (f32, f32)| (from + to) / 2.0;
    let mut taken = vec![false; columns.len() * bands.len()];
    let mut rows = Vec::new();
    for (row, band) in bands.iter().enumerate() {
        let mut line = Vec::new();
        for (column, wide) in columns.iter().enumerate() {
            if taken.get(row * columns.len() + column).copied().unwrap_or(true) {
                continue;
            }
            let more =
                columns.iter().skip(column + 1).take_while(|next| !covers(standing, next.0, middle(*band)));
            let across = 1 + more.count();
            let more = bands.iter().skip(row + 1).take_while(|next| !covers(lying, next.0, middle(*wide)));
            let down = 1 + more.count();
            for at in
                (row..row + down).flat_map(|row| (column..column + across).map(move |column| (row, column)))
            {
                if let Some(cell) = taken.get_mut(at.0 * columns.len() + at.1) {
                    *cell = true;
                }
            }
            let right = columns.get(column + across - 1).map_or(wide.1, |last| last.1);
            let foot = bands.get(row + down - 1).map_or(band.1, |last| last.1);
            let open = !covers(lying, foot, middle(*wide));
            line.push(GridCell {
                lines: lines(words.inside(wide.0, band.0, right, foot)),
                columns: across,
                rows: down,
                open,
            });
        }
        rows.push(line);
    }
    rows
}

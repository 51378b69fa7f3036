//! Tables without ruling lines: columns of text aligned below each other.

use super::grid::{Grid, GridCell};
use super::list::mark;
use super::seen::median;
use super::words::{PdfLine, PdfWord};

/// What lines turn into.
#[derive(Debug, Clone)]
pub enum LooseItem {
    /// A line of text.
    Line(PdfLine),
    /// A table.
    Table(Grid),
    /// A table whose rows and columns cannot be told apart.
    Unclear(Vec<PdfLine>),
}

/// Maximum number of lines in a table.
const MOST_LINES: usize = 400;

/// Maximum number of lines in a cell of a table without lines between its columns.
const MOST_CELL_LINES: usize = 12;

/// Finds the tables among the lines of a region.
pub fn find(lines: Vec<PdfLine>) -> Vec<LooseItem> {
    let mut items = Vec::new();
    let mut rest: &[PdfLine] = &lines;
    while let Some((line, others)) = rest.split_first() {
        let length = table_length(rest);
        let (part, after) = rest.split_at(length.min(rest.len()));
        if part.is_empty() {
            items.push(LooseItem::Line(line.clone()));
            rest = others;
            continue;
        }
        items.push(table(part));
        rest = after;
    }
    items
}

/// Whether the spaces of a line are wide and all alike, as in a narrow justified column.
fn is_justified(line: &PdfLine) -> bool {
    let gaps =
        line.words.windows(2).filter_map(|pair| if let [a, b] = pair { Some(b.x0 - a.x1) } else { None });
    let (least, most) =
        gaps.fold((f32::MAX, 0.0), |(least, most), gap| (f32::min(least, gap), f32::max(most, gap)));
    line.words.len() > 2 && most < 1.8 * line.size && most < 1.4 * least
}

/// The parts of a line separated by wide gaps.
fn parts(line: &PdfLine) -> Vec<(f32, f32)> {
    if is_justified(line) {
        return vec![(line.x0, line.x1)];
    }
    let mut parts: Vec<(f32, f32)> = Vec::new();
    for word in &line.words {
        match parts.last_mut() {
            Some(part) if word.x0 - part.1 < 0.95 * line.size => part.1 = part.1.max(word.x1),
            _ => parts.push((word.x0, word.x1)),
        }
    }
    parts
}

/// Joins intervals that touch or are closer than `gap`.
fn union(mut all: Vec<(f32, f32)>, gap: f32) -> Vec<(f32, f32)> {
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut joined: Vec<(f32, f32)> = Vec::new();
    for part in all {
        match joined.last_mut() {
            Some(last) if part.0 - last.1 < gap => last.1 = last.1.max(part.1),
            _ => joined.push(part),
        }
    }
    joined
}

fn begins_table(line: &PdfLine) -> bool {
    let parts = parts(line);
    let text = line.text();
    let leaders = text.contains("....") || text.contains(". . . .") || text.contains("……");
    let marked = mark(line).is_some() || line.is_bold() && is_section(line);
    parts.len() >= 2 + usize::from(marked) && !leaders
}

/// Whether a line begins with the number of a section, such as `4.2`.
fn is_section(line: &PdfLine) -> bool {
    let first = line.words.first().map_or("", |word| word.text.as_str());
    first.starts_with(|c: char| c.is_ascii_digit()) && first.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// The number of lines from the first one on that form a table, or 0.
fn table_length(lines: &[PdfLine]) -> usize {
    let Some(first) = lines.first().filter(|line| begins_table(line)) else { return 0 };
    let (mut columns, mut last, mut full) = (parts(first), first, 0);
    let (mut length, mut steps, mut apart) = (0, Vec::new(), Vec::new());
    for (at, line) in lines.iter().enumerate().take(MOST_LINES) {
        let parts = parts(line);
        let several = parts.len() > 1;
        let mut wider = columns.clone();
        wider.extend(parts.iter().copied());
        let wider = union(wider, 0.6 * line.size);
        if wider.len() < 2 || wider.len() < columns.len() && full > 2 || line.size > 1.2 * first.size {
            break;
        }
        let step = line.y - last.y;
        let starts_left = columns.first().is_some_and(|column| line.x0 < column.1);
        let usual = steps.iter().copied().fold(1.3 * line.size, f32::max);
        if at > 0
            && !several
            && (step > 1.15 * usual
                || starts_left && step > 1.3 * line.size && full > 1 && !wraps(line, step, &apart, &columns))
            && !joins(lines, at, &columns)
        {
            break;
        }
        let heads_section = line.is_bold() && is_section(line) && !first.is_bold();
        if at > 0 && (mark(line).is_some() && parts.len() == 1 || heads_section) {
            break;
        }
        apart.extend((at > 0 && several).then_some(step));
        steps.extend((at > 0 && step < 4.0 * line.size).then_some(step));
        if at > 0 && step > 4.5 * line.size {
            break;
        }
        (columns, last, length) = (wider, line, at + 1);
        full += usize::from(several);
    }
    let is_table = full >= 2 && full * 5 >= length * 2;
    if is_table { length } else { 0 }
}

/// Whether a line continues the first cell of the row above: it is no wider than that column, and the rows are further
/// apart.
fn wraps(line: &PdfLine, step: f32, rows: &[f32], columns: &[(f32, f32)]) -> bool {
    let narrow = columns.first().is_some_and(|column| line.x1 < column.1 + 0.5 * line.size);
    narrow && !rows.is_empty() && rows.iter().all(|apart| *apart > 1.2 * step)
}

/// Whether a line with one part belongs to the cell or row of the next line, which has several parts.
fn joins(lines: &[PdfLine], at: usize, columns: &[(f32, f32)]) -> bool {
    let (Some(line), Some(next)) = (lines.get(at), lines.get(at + 1)) else { return false };
    let fits = parts(next)
        .iter()
        .all(|part| columns.iter().filter(|column| column.0 < part.1 && part.0 < column.1).count() < 2);
    parts(next).len() > 1 && fits && next.y - line.y < 1.4 * line.size
}

/// Lines in one column of a table that belong together.
#[derive(Clone)]
struct LooseCell {
    column: usize,
    lines: Vec<PdfLine>,
}

impl LooseCell {
    fn span(&self) -> (f32, f32) {
        let top = self.lines.first().map_or(0.0, |line| line.y - 0.7 * line.size);
        (top, self.lines.last().map_or(0.0, |line| line.y + 0.15 * line.size))
    }
}

fn table(lines: &[PdfLine]) -> LooseItem {
    let size = median(lines.iter().map(|line| line.size).collect());
    let columns = union(lines.iter().flat_map(parts).collect(), 0.6 * size);
    let pieces: Vec<Vec<PdfLine>> = columns.iter().map(|column| in_column(lines, *column)).collect();
    let heights = || pieces.iter().flat_map(|lines| lines.windows(2));
    let steps = heights().filter_map(|pair| if let [a, b] = pair { Some(b.y - a.y) } else { None });
    let mut steps: Vec<f32> = steps.filter(|step| (0.9 * size..1.6 * size).contains(step)).collect();
    steps.sort_by(f32::total_cmp);
    let closest = steps.first().copied().unwrap_or_default();
    steps.retain(|step| *step < 1.25 * closest);
    steps.dedup_by(|next, before| *next - *before < 0.1);
    // The line spacing within a cell is unknown, so several are tried. The right one gives rows that all have a first
    // cell.
    let tried = std::iter::once(1.12 * closest).chain(steps.into_iter().map(|step| step + 0.1).take(8));
    let spaced =
        tried.filter_map(|most| rows(&cells(&pieces, most), columns.len())).filter(|rows| rows.len() > 1);
    let spaced = spaced.min_by_key(|rows| {
        rows.iter().filter(|row| row.first().is_some_and(|cell| cell.lines.is_empty())).count()
    });
    let rows = spaced.or_else(|| by_first_column(lines, &columns));
    let rows = rows.map(|rows| rows.into_iter().flat_map(unstacked).collect::<Vec<_>>());
    let Some(rows) = rows else { return LooseItem::Unclear(lines.to_vec()) };
    let bounds = (
        columns.first().map_or(0.0, |column| column.0),
        lines.first().map_or(0.0, |line| line.y - line.size),
        columns.last().map_or(0.0, |column| column.1),
        lines.last().map_or(0.0, |line| line.y),
    );
    LooseItem::Table(Grid { rows, bounds })
}

/// Turns bands of lines into rows. Returns `None` if the bands are not table rows: one has no first cell, a cell is
/// long, or most have a single cell.
pub fn banded(bands: &[Vec<PdfLine>]) -> Option<Vec<Vec<GridCell>>> {
    let size = median(bands.iter().flatten().map(|line| line.size).collect());
    let columns = union(bands.iter().flatten().flat_map(parts).collect(), 0.6 * size);
    let cell = |lines: &Vec<PdfLine>, column: &(f32, f32)| GridCell {
        lines: in_column(lines, *column),
        columns: 1,
        rows: 1,
        open: false,
    };
    let rows: Vec<Vec<GridCell>> =
        bands.iter().map(|lines| columns.iter().map(|column| cell(lines, column)).collect()).collect();
    let filled = |row: &[GridCell]| row.iter().filter(|cell| !cell.lines.is_empty()).count();
    let begins = rows.iter().all(|row| row.first().is_some_and(|cell| !cell.lines.is_empty()));
    let short = rows.iter().flatten().all(|cell| cell.lines.len() < MOST_CELL_LINES);
    let several = rows.iter().filter(|row| filled(row) > 1).count();
    (begins && short && several * 2 > rows.len()).then_some(rows)
}

/// Splits rows that are so close that they were read as one: all cells have the same number of lines, and each line
/// begins like a new cell, not like the rest of one.
fn unstacked(row: Vec<GridCell>) -> Vec<Vec<GridCell>> {
    let count = row.first().map_or(0, |cell| cell.lines.len());
    let begins = |line: &PdfLine| !line.text().starts_with(|c: char| c.is_lowercase() || "(–-".contains(c));
    // Cells of several lines rarely all have the same length.
    let all = if count > 2 && row.len() > 2 { row.get(..1) } else { None }.unwrap_or(&row);
    let begin = all.iter().flat_map(|cell| &cell.lines).all(begins);
    if count < 2 || !begin || !row.iter().all(|cell| cell.lines.len() == count) {
        return vec![row];
    }
    let line = |at: usize| {
        row.iter().map(move |cell| GridCell {
            lines: cell.lines.get(at).cloned().into_iter().collect(),
            ..cell.clone()
        })
    };
    (0..count).map(|at| line(at).collect()).collect()
}

fn in_column(lines: &[PdfLine], (x0, x1): (f32, f32)) -> Vec<PdfLine> {
    let within = |line: &PdfLine| {
        let inside = |word: &&PdfWord| x0 - 0.5 <= word.x0 && word.x1 <= x1 + 0.5;
        let words: Vec<PdfWord> = line.words.iter().filter(inside).cloned().collect();
        (!words.is_empty()).then(|| PdfLine::measured(words))
    };
    lines.iter().filter_map(within).collect()
}

/// Groups the lines of each column into cells: lines closer than `most` belong together.
fn cells(columns: &[Vec<PdfLine>], most: f32) -> Vec<LooseCell> {
    let mut found: Vec<LooseCell> = Vec::new();
    for (column, lines) in columns.iter().enumerate() {
        for line in lines {
            match found.last_mut().filter(|cell| cell.column == column) {
                Some(cell)
                    if cell
                        .lines
                        .last()
                        .is_some_and(|last| line.y - last.y < most && last.is_bold() == line.is_bold()) =>
                {
                    cell.lines.push(line.clone());
                }
                _ => found.push(LooseCell { column, lines: vec![line.clone()] }),
            }
        }
    }
    found
}

/// Groups cells beside each other into rows. Returns `None` if a row would hold two cells of a column.
fn rows(cells: &[LooseCell], columns: usize) -> Option<Vec<Vec<GridCell>>> {
    let mut sorted: Vec<&LooseCell> = cells.iter().collect();
    sorted.sort_by(|a, b| a.span().0.total_cmp(&b.span().0));
    let mut rows: Vec<(f32, Vec<GridCell>)> = Vec::new();
    for cell in sorted {
        let (top, bottom) = cell.span();
        let size = cell.lines.first().map_or(1.0, |line| line.size);
        if rows.last().is_none_or(|(end, _)| top > *end - 0.2 * size) {
            rows.push((bottom, vec![GridCell { columns: 1, rows: 1, ..GridCell::default() }; columns]));
        }
        let (end, row) = rows.last_mut()?;
        *end = end.max(bottom);
        let place = row.get_mut(cell.column)?;
        if !place.lines.is_empty() {
            return None;
        }
        place.lines.clone_from(&cell.lines);
    }
    Some(rows.into_iter().map(|(_, row)| row).collect())
}

/// Begins a row wherever the first column has text. Returns `None` if a line has text in the first column only.
fn by_first_column(lines: &[PdfLine], columns: &[(f32, f32)]) -> Option<Vec<Vec<GridCell>>> {
    let mut rows: Vec<Vec<GridCell>> = Vec::new();
    for line in lines {
        let cells: Vec<Vec<PdfLine>> =
            columns.iter().map(|column| in_column(std::slice::from_ref(line), *column)).collect();
        let filled: Vec<bool> = cells.iter().map(|lines| !lines.is_empty()).collect();
        if filled.first() == Some(&true) {
            if filled.iter().filter(|filled| **filled).count() < 2 {
                return None;
            }
            rows.push(vec![GridCell { columns: 1, rows: 1, ..GridCell::default() }; columns.len()]);
        }
        for (cell, lines) in rows.last_mut()?.iter_mut().zip(cells) {
            cell.lines.extend(lines);
        }
    }
    Some(rows)
}

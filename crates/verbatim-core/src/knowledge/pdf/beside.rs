//! Detects whether the two sides of a gutter hold cells of one table.

use super::list::mark;
use super::words::PdfLine;

/// Detects two columns of one table: at least three times in a row, the groups after a gap start, or are centred, at
/// the same height on both sides. Returns the table's upper and lower end.
pub fn table_at(left: &[PdfLine], right: &[PdfLine]) -> Option<(f32, f32)> {
    let all = || [left, right].into_iter().flat_map(|lines| lines.windows(2));
    let steps: Vec<(f32, f32)> =
        all().filter_map(|pair| if let [a, b] = pair { step(a, b) } else { None }).collect();
    let closest = steps.iter().map(|(_, step)| *step).fold(f32::MAX, f32::min);
    let found = beside(&groups(left, &|_| closest), &groups(right, &|_| closest))?;
    // Small print may be set closer than the text; its spacing would then make every line of the text a group.
    let closest = |size: f32| {
        let alike = steps.iter().filter(|(other, _)| (other - size).abs() < 0.05 * size);
        alike.map(|(_, step)| *step).fold(f32::MAX, f32::min)
    };
    beside(&groups(left, &closest), &groups(right, &closest)).map(|_| found)
}

/// Detects rows without space between them: a few lines that each have a counterpart on the other side, none ending a
/// sentence. Returns the upper and lower end.
pub fn paired(left: &[PdfLine], right: &[PdfLine]) -> Option<(f32, f32)> {
    let level = |(one, other): (&PdfLine, &PdfLine)| (one.y - other.y).abs() < 0.1 * one.size;
    let (first, last) = (left.first()?, left.last()?);
    let few = (3..=MOST_PAIRED).contains(&left.len()) && left.len() == right.len();
    let all = || left.iter().chain(right);
    let plain = all().all(|line| mark(line).is_none() && !line.text().ends_with(['.', '-']));
    (few && plain && left.iter().zip(right).all(level)).then_some((first.y, last.y))
}

/// Detects at least three successive groups with a counterpart beside them. Returns the upper and lower end.
fn beside(left: &[LineGroup], right: &[LineGroup]) -> Option<(f32, f32)> {
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    let (mut aligned, mut table, mut gap) = (0, (f32::MAX, f32::MIN), 0.0);
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let apart = one.top.min(other.top) - table.1;
        if aligned >= 3 && apart > gap * FURTHER {
            break;
        }
        if one.is_beside(other) {
            aligned += 1;
            gap = if aligned > 1 { apart.max(gap) } else { 0.0 };
            table = (table.0.min(one.top.min(other.top)), table.1.max(one.foot.max(other.foot)));
        } else if one.foot < other.top - 0.5 * one.size {
            // A cell without a counterpart.
            left.next();
            continue;
        } else if other.foot < one.top - 0.5 * one.size {
            right.next();
            continue;
        } else if aligned >= 3 {
            break;
        } else {
            (aligned, table) = (0, (f32::MAX, f32::MIN));
        }
        let (one, other) = (one.foot, other.foot);
        left.next_if(|group| group.foot <= one.max(other) || group.top <= one.max(other));
        right.next_if(|group| group.foot <= one.max(other) || group.top <= one.max(other));
    }
    (aligned >= 3).then_some(table)
}

/// Lines that are no further apart than lines of running text.
struct LineGroup {
    top: f32,
    foot: f32,
    lines: usize,
    size: f32,
    marked: bool,
}

/// How much further from a table the text after it is than the table's rows are from each other, as a factor.
pub const FURTHER: f32 = 1.2;
/// Maximum number of rows in a table without space between its rows.
const MOST_PAIRED: usize = 15;
/// Maximum number of lines in a cell that is compared with its neighbour.
const MOST_CELL_LINES: usize = 6;

impl LineGroup {
    /// Whether another group starts, or is centred, at the same height, and both may be cells.
    fn is_beside(&self, other: &Self) -> bool {
        let near = |by: f32| by.abs() < 0.35 * self.size;
        let middle = (self.top + self.foot - other.top - other.foot) / 2.0;
        let short = self.lines.min(other.lines) < MOST_CELL_LINES;
        short && !(self.marked && other.marked) && (near(self.top - other.top) || near(middle))
    }
}

/// The font size of two lines and the distance between them.
fn step(one: &PdfLine, next: &PdfLine) -> Option<(f32, f32)> {
    let (size, step) = (one.size.min(next.size), next.y - one.y);
    (step > 0.9 * next.size).then_some((size, step))
}

/// Groups lines that are only slightly further apart than the closest lines of their size.
fn groups(lines: &[PdfLine], closest: &dyn Fn(f32) -> f32) -> Vec<LineGroup> {
    let near = |one: &PdfLine, next: &PdfLine| next.y - one.y < 1.25 * closest(one.size.min(next.size));
    let made = lines.chunk_by(near).filter_map(|group| {
        let (first, last) = (group.first()?, group.last()?);
        let marked = mark(first).is_some();
        Some(LineGroup { top: first.y, foot: last.y, lines: group.len(), size: first.size, marked })
    });
    made.collect()
}

//! Turns lines on pages into a sequence of letters. A line continues in the line below it, or at the end of a column in
//! another column or on the next page. No choice is made: reading may continue in any of these.

use std::ops::Range;

use super::letters::{Layout, LetterRow};

/// How far above and below a line other lines are examined, as a multiple of its font size.
const REACH: f64 = 2.2;
/// Minimum distance between lines below each other, as a multiple of the font size.
const LEAST_DROP: f64 = 0.5;
/// A line with another line closer below it than this does not end a column, as a multiple of the font size.
const WITHIN_COLUMN: f64 = 1.6;
/// Maximum gap in a line that its text continues after, and maximum gap that is certainly not a gutter.
const WIDEST_GAP: f64 = 2.5;
const WIDEST_BLANK: f64 = 1.3;
/// How far the pieces of a line may overlap.
const OVERLAP: f64 = -0.3;
/// Maximum number of lines examined around a line, and maximum number of column starts on a page, at the top of the
/// next page, and to the right of a line.
const MOST_NEAR: usize = 400;
const MOST_TOPS: usize = 200;
const MOST_TOPS_OF_NEXT_PAGE: usize = 12;
const MOST_TOPS_BESIDE: usize = 8;
/// How many of a page's last lines may continue on the next page.
const LAST_LINES: usize = 60;

/// A line, or a part of one between wide gaps.
#[derive(Debug, Clone)]
pub struct LinePiece {
    /// Its words.
    pub text: String,
    /// Its left end.
    pub left: f64,
    /// Its right end.
    pub right: f64,
    /// Its baseline, measured down from the top of the page.
    pub y: f64,
    /// Its font size.
    pub size: f64,
}

impl LinePiece {
    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right
    }
}

/// Over which gaps a line continues in its next piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceGaps {
    /// Over gaps that are narrow compared with the letters.
    Narrow,
    /// Over any gap: in plain text, gaps can be meaningless.
    Any,
}

/// Turns pages into a sequence of letters.
pub fn lay_out(pages: Vec<Vec<LinePiece>>, gaps: PieceGaps) -> LetterRow {
    let mut row = LetterRow::new(Layout::Lines);
    let mut last_ends: Vec<usize> = Vec::new();
    for pieces in pages {
        let page = SecondPage::new(pieces, &mut row);
        for end in last_ends {
            for top in page.tops.iter().take(MOST_TOPS_OF_NEXT_PAGE) {
                row.add_jump(end, page.lines[*top].letters.start, 1);
            }
        }
        for index in 0..page.lines.len() {
            page.add_jumps(index, gaps, &mut row);
        }
        last_ends = page.lines.iter().rev().take(LAST_LINES).map(|line| line.letters.end).collect();
        row.end_page();
    }
    row
}

/// A line and its letters.
struct PlacedLine {
    piece: LinePiece,
    letters: Range<usize>,
}

struct SecondPage {
    /// From top to bottom, and from left to right at each height.
    lines: Vec<PlacedLine>,
    /// The lines that begin a column or paragraph: no text is close above them.
    tops: Vec<usize>,
}

impl SecondPage {
    fn new(mut pieces: Vec<LinePiece>, row: &mut LetterRow) -> Self {
        pieces.sort_by(|one, other| one.y.total_cmp(&other.y).then(one.left.total_cmp(&other.left)));
        let mut lines = Vec::new();
        for piece in pieces {
            let start = row.len();
            row.begin_block();
            row.add_text(&piece.text);
            if row.len() > start {
                row.add_line_level(start, piece.y / piece.size);
                lines.push(PlacedLine { piece, letters: start..row.len() });
            }
        }
        let mut page = Self { lines, tops: Vec::new() };
        page.tops = (0..page.lines.len()).filter(|index| page.is_top(*index)).take(MOST_TOPS).collect();
        page
    }

    /// The lines close above and below a line.
    fn near(&self, index: usize) -> Range<usize> {
        let LinePiece { y, size, .. } = self.lines[index].piece;
        let first = self.lines.partition_point(|line| line.piece.y < y - REACH * size);
        let behind = self.lines.partition_point(|line| line.piece.y <= y + REACH * size);
        first.max(index.saturating_sub(MOST_NEAR))..behind.min(index + MOST_NEAR)
    }

    fn is_top(&self, index: usize) -> bool {
        let piece = &self.lines[index].piece;
        let mut above = self.lines[self.near(index).start..index].iter();
        !above.any(|line| line.piece.y < piece.y - LEAST_DROP * piece.size && line.piece.overlaps(piece))
    }

    /// Adds the places where reading may continue at the end of a line.
    fn add_jumps(&self, index: usize, gaps: PieceGaps, row: &mut LetterRow) {
        let PlacedLine { piece, letters } = &self.lines[index];
        let mut nearest_below: Option<f64> = None;
        let others = |line: &&PlacedLine| line.letters != *letters;
        for line in self.lines[self.near(index)].iter().filter(others) {
            let drop = (line.piece.y - piece.y) / piece.size;
            if drop < LEAST_DROP {
                let gap = (line.piece.left - piece.right) / piece.size;
                if drop > -LEAST_DROP && gap > OVERLAP && (gap < WIDEST_GAP || gaps == PieceGaps::Any) {
                    let is_blank = gap <= WIDEST_BLANK && gaps == PieceGaps::Narrow;
                    row.add_jump(letters.end, line.letters.start, u8::from(!is_blank));
                }
            } else if line.piece.overlaps(piece) {
                if nearest_below.is_none_or(|nearest| drop < nearest + LEAST_DROP) {
                    nearest_below = nearest_below.or(Some(drop));
                    row.add_jump(letters.end, line.letters.start, 0);
                }
            } else if line.piece.left < piece.left {
                // The next line of a paragraph whose previous line ends with a short piece.
                row.add_jump(letters.end, line.letters.start, 1);
            }
        }
        if nearest_below.is_some_and(|drop| drop < WITHIN_COLUMN) {
            return;
        }
        let beside = self.tops.iter().map(|top| &self.lines[*top]);
        for top in beside.filter(|top| top.piece.left > piece.right).take(MOST_TOPS_BESIDE) {
            row.add_jump(letters.end, top.letters.start, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::SecondReading;
    use super::*;

    fn line(left: f64, y: f64, text: &str) -> LinePiece {
        LinePiece { text: text.to_owned(), left, right: left + 5.0 * text.len() as f64, y, size: 10.0 }
    }

    #[test]
    fn a_line_goes_on_below_in_another_column_and_on_the_next_page() {
        let first = vec![
            line(50.0, 100.0, "The left column has"),
            line(250.0, 100.0, "the right column"),
            line(50.0, 112.0, "these words and"),
            line(250.0, 112.0, "ends on page"),
            line(150.0, 780.0, "3"),
        ];
        let second = vec![line(50.0, 100.0, "two with this."), line(50.0, 112.0, "Then more.")];
        let document = SecondReading::new(lay_out(vec![first, second], PieceGaps::Narrow)).unwrap();
        for text in [
            "The left column has these words and the right column",
            "right column ends on page two with this.",
        ] {
            assert!(document.holds(text, Some(1)), "{text}");
        }
        for text in [
            "The left column has the right column ends",
            "ends on page 3 two with this",
            "left column these",
            "Then more.",
        ] {
            assert!(!document.holds(text, Some(1)), "{text}");
        }
        assert!(document.holds("Then more.", Some(2)) && !document.holds("Then more.", Some(9)));
    }
}

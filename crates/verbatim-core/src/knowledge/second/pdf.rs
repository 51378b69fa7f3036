//! Turns the pages of a PDF into a sequence of letters: glyphs drawn one after the other form a piece, and pieces side
//! by side form a line. It shares with the PDF reader only the drawing of glyphs and the choice of visible ones, not
//! the interpretation of their positions.

use super::letters::LetterRow;
use super::pages::{LinePiece, PieceGaps, lay_out};
use crate::knowledge::pdf::{self, Glyph};

/// All these values are multiples of the font size. This one is the maximum difference in baseline and size of the
/// glyphs of a piece.
const SAME: f64 = 0.1;
/// How far a glyph may overlap the previous one, and the maximum gap between them.
const GLYPH_OVERLAP: f64 = 0.5;
const GLYPH_GAP: f64 = 0.8;
/// Minimum width of a space.
const BLANK: f64 = 0.15;
/// How far a piece may overlap the one to its left, and the maximum gap between them.
const PIECE_OVERLAP: f64 = 0.4;
const PIECE_GAP: f64 = 0.9;
/// Maximum difference in baseline of the pieces of a line: for letters of one size, and for raised or lowered letters,
/// which are smaller.
const LINE_SHIFT: f64 = 0.2;
const RAISED_SHIFT: f64 = 0.6;
const RAISED_SIZE: f64 = 0.85;
/// Minimum size of letters that share a line with others, relative to those.
const SMALLEST: f64 = 0.4;
/// How far above and below a piece its line is searched for, and the maximum number of pieces examined on each side.
const REACH: f64 = 1.5;
const MOST_NEAR: usize = 300;

/// Reads a PDF. Returns `None` if it cannot be drawn.
pub fn read(bytes: &[u8]) -> Option<LetterRow> {
    let pages = pdf::draw_seen(bytes).ok()?;
    let lines = pages.iter().map(|page| join_lines(pieces(&page.glyphs))).collect();
    Some(lay_out(lines, PieceGaps::Narrow))
}

/// Joins glyphs drawn one after the other. Rotated glyphs are left out, as the PDF reader leaves them out.
fn pieces(glyphs: &[Glyph]) -> Vec<LinePiece> {
    let mut pieces: Vec<LinePiece> = Vec::new();
    for glyph in glyphs.iter().filter(|glyph| !glyph.turned) {
        let [left, right, y, size] = [glyph.x0, glyph.x1, glyph.y, glyph.size].map(f64::from);
        let is_blank = glyph.text.trim().is_empty();
        match pieces.last_mut() {
            Some(last) if goes_on(last, left, y, size) => {
                if left > last.right + BLANK * size {
                    last.text.push(' ');
                }
                last.text.push_str(&glyph.text);
                if !is_blank {
                    last.right = right;
                }
            }
            _ if is_blank => {}
            _ => pieces.push(LinePiece { text: glyph.text.clone(), left, right, y, size }),
        }
    }
    pieces
}

fn goes_on(last: &LinePiece, left: f64, y: f64, size: f64) -> bool {
    (last.y - y).abs() < SAME * size
        && (last.size - size).abs() < SAME * size
        && left > last.right - GLYPH_OVERLAP * size
        && left < last.right + GLYPH_GAP * size
}

/// Joins pieces into lines, with raised and lowered letters in their positions.
fn join_lines(mut pieces: Vec<LinePiece>) -> Vec<LinePiece> {
    pieces.sort_by(|one, other| one.y.total_cmp(&other.y).then(one.left.total_cmp(&other.left)));
    let mut next: Vec<Option<usize>> = vec![None; pieces.len()];
    for index in 0..pieces.len() {
        if let Some(left) = left_neighbour(&pieces, index, &next) {
            next[left] = Some(index);
        }
    }
    let mut is_first = vec![true; pieces.len()];
    for following in next.iter().flatten() {
        is_first[*following] = false;
    }
    let firsts = (0..pieces.len()).filter(|index| is_first[*index]);
    firsts.map(|first| line_from(&pieces, first, &next)).collect()
}

/// The piece that precedes a piece: of those that end where it begins and are not yet continued, the one that ends
/// last.
fn left_neighbour(pieces: &[LinePiece], index: usize, next: &[Option<usize>]) -> Option<usize> {
    let piece = &pieces[index];
    let is_near = |other: &usize| {
        let other = &pieces[*other];
        (other.y - piece.y).abs() < REACH * other.size.max(piece.size)
    };
    let above = (0..index).rev().take(MOST_NEAR).take_while(is_near);
    let below = (index + 1..pieces.len()).take(MOST_NEAR).take_while(is_near);
    above
        .chain(below)
        .filter(|left| next[*left].is_none() && stands_behind(&pieces[*left], piece))
        .max_by(|one, other| pieces[*one].right.total_cmp(&pieces[*other].right))
}

/// Whether a piece is directly to the right of another.
fn stands_behind(left: &LinePiece, piece: &LinePiece) -> bool {
    let (smaller, size) = (left.size.min(piece.size), left.size.max(piece.size));
    let shift = if smaller < RAISED_SIZE * size { RAISED_SHIFT } else { LINE_SHIFT };
    let gap = piece.left - left.right;
    smaller > SMALLEST * size
        && piece.left > left.left
        && (left.y - piece.y).abs() < shift * size
        && gap > -PIECE_OVERLAP * size
        && gap < PIECE_GAP * size
}

/// The line that begins with a piece. It takes its baseline and size from its longest piece of large letters.
fn line_from(pieces: &[LinePiece], first: usize, next: &[Option<usize>]) -> LinePiece {
    let mut line = LinePiece { text: String::new(), ..pieces[first].clone() };
    let mut longest = 0.0;
    let mut following = Some(first);
    while let Some(index) = following {
        let piece = &pieces[index];
        if piece.left > line.right + BLANK * piece.size {
            line.text.push(' ');
        }
        line.text.push_str(&piece.text);
        let length = piece.right - piece.left;
        let is_larger = piece.size > line.size / RAISED_SIZE;
        if is_larger || length > longest && piece.size > RAISED_SIZE * line.size {
            (line.y, line.size, longest) = (piece.y, piece.size, length);
        }
        line.right = line.right.max(piece.right);
        following = next[index];
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(left: f64, y: f64, size: f64, text: &str) -> LinePiece {
        let right = left + 0.5 * size * text.len() as f64;
        LinePiece { text: text.to_owned(), left, right, y, size }
    }

    #[test]
    fn raised_letters_stand_in_their_line() {
        let pieces = vec![
            piece(50.0, 100.0, 10.0, "Take 5 mg"),
            piece(95.5, 96.0, 6.0, "1"),
            piece(101.0, 100.0, 10.0, "at night."),
            piece(300.0, 100.0, 10.0, "Beside"),
            piece(50.0, 112.0, 10.0, "Below"),
        ];
        let mut lines: Vec<String> = join_lines(pieces).into_iter().map(|line| line.text).collect();
        lines.sort();
        assert_eq!(lines, ["Below", "Beside", "Take 5 mg1 at night."]);
    }
}

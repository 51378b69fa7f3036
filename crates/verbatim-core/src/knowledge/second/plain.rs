//! Treats plain text as lines on a page: wide gaps and drawn lines separate columns.

use super::letters::LetterRow;
use super::pages::{LinePiece, PieceGaps, lay_out};

/// Separates the columns of a line.
const GAP: &str = "   ";
/// The font size, in lines.
const LETTER_SIZE: f64 = 0.7;

/// Reads a text.
pub fn read(text: &str) -> LetterRow {
    let mut pages = Vec::new();
    let mut line_number = 0;
    for page in text.split('\u{c}') {
        let mut pieces = Vec::new();
        for line in page.lines() {
            line_number += 1;
            add_pieces(line, f64::from(line_number), &mut pieces);
        }
        pages.push(pieces);
    }
    lay_out(pages, PieceGaps::Any)
}

fn add_pieces(line: &str, y: f64, pieces: &mut Vec<LinePiece>) {
    let line = line.replace(['\t', '|', '│', '║'], GAP);
    let mut column = 0;
    for part in line.split(GAP) {
        let (width, text) = (part.chars().count(), part.trim());
        if !text.is_empty() {
            let left = column + width - part.trim_start().chars().count();
            pieces.push(LinePiece {
                text: text.to_owned(),
                left: left as f64,
                right: (column + width) as f64,
                y,
                size: LETTER_SIZE,
            });
        }
        column += width + GAP.len();
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_differ, assert_hold};
    use crate::knowledge::format::Format;

    #[test]
    fn a_unit_goes_on_in_the_line_below() {
        let text = "Left words are     Right words\nhere divi-         go on.\nded.\n\nFar away text.\n";
        assert_hold(Format::Plain, text, &["Left words are here divided.", "Right words go on."]);
        assert_differ(Format::Plain, text, &["Left words are go on", "divided Far away", "words 3 are"]);
    }
}

//! Tables that are set with tab stops instead of cells.

use super::lines::is_heading_text;
use super::model::{Content, Paragraph, TextRun, WordCell, WordRow, WordTable};
use super::role::StyleRole;
use super::typed::mark_of;

/// The least rows of such a table.
const LEAST_ROWS: usize = 3;

/// Turns consecutive paragraphs with equally many cells between tabs into tables.
pub fn grouped(content: Vec<Content>) -> Vec<Content> {
    let mut found = Vec::new();
    let mut open: Vec<Vec<TextRun>> = Vec::new();
    let mut lines: Vec<Content> = Vec::new();
    for one in content {
        let cells = cells(&one);
        if cells.len() < 2 {
            end(&mut open, &mut lines, &mut found);
            found.push(one);
        } else {
            open.push(cells);
            lines.push(one);
        }
    }
    end(&mut open, &mut lines, &mut found);
    found
}

/// Adds the open rows as a table, or as the lines that they were.
fn end(rows: &mut Vec<Vec<TextRun>>, lines: &mut Vec<Content>, found: &mut Vec<Content>) {
    let (mut rows, lines) = (std::mem::take(rows), std::mem::take(lines));
    let are_even = |rows: &[Vec<TextRun>]| rows.windows(2).all(|pair| pair[0].len() == pair[1].len());
    if !are_even(&rows) {
        // Several tabs in a row may only reach the next column; without them, no value may stand under another head.
        rows.iter_mut().for_each(|row| row.retain(|cell| !cell.text.is_empty()));
    }
    if rows.len() < LEAST_ROWS || !are_even(&rows) {
        return found.extend(lines);
    }
    let rows = rows
        .into_iter()
        .map(|cells| WordRow { cells: cells.into_iter().enumerate().map(cell).collect(), repeated: false });
    found.push(Content::Table(WordTable { rows: rows.collect(), first_row_apart: false }));
}

fn cell((column, run): (usize, TextRun)) -> WordCell {
    let line = Paragraph { runs: vec![run], ..Paragraph::default() };
    WordCell { content: vec![Content::Paragraph(line)], column, columns: 1, rows: 1, ..WordCell::default() }
}

/// The parts of a line between its tabs; empty if it is not a row.
fn cells(content: &Content) -> Vec<TextRun> {
    let Content::Paragraph(line) = content else { return Vec::new() };
    let text = line.text();
    let is_plain =
        line.role == StyleRole::Body && line.label.is_none() && !line.contents && line.notes.is_empty();
    if !is_plain || !text.trim().contains('\t') || mark_of(&text).is_some() || text.contains('\n') {
        return Vec::new();
    }
    let Some(format) = line.runs.iter().find(|run| !run.text.trim().is_empty()).map(|run| run.format) else {
        return Vec::new();
    };
    let parts: Vec<&str> = text.trim_end().split('\t').map(str::trim).collect();
    let is_cell = |part: &&str| is_heading_text(part) || !part.contains(char::is_alphabetic);
    let filled = parts.iter().filter(|part| !part.is_empty()).count();
    if !parts.iter().all(is_cell) || filled < 2 {
        return Vec::new();
    }
    parts.into_iter().map(|part| TextRun { text: part.to_owned(), format }).collect()
}

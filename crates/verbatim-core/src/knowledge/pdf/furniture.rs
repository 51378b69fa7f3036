//! Running headers, footers and page numbers: lines at the edge of several pages, at the same height.

use std::collections::HashMap;

use super::words::{PdfLine, PdfWord, lines};
use crate::knowledge::plain::marks::is_roman;

/// Maximum distance of a running line from the edge, as a fraction of the page height.
const EDGE: f32 = 0.2;
/// Maximum number of running lines at either edge.
const MOST_LINES: usize = 5;

/// A page's words and height.
pub struct PageWords {
    /// The height of the page.
    pub height: f32,
    /// Its words.
    pub words: Vec<PdfWord>,
}

/// Removes running lines from the pages and returns their texts, by page.
pub fn take_running(pages: &mut [PageWords], body: f32) -> Vec<Vec<String>> {
    let rows: Vec<Vec<PdfLine>> = pages.iter().map(|page| lines(page.words.clone())).collect();
    let mut seen: HashMap<(String, i32), usize> = HashMap::new();
    for row in rows.iter().flatten() {
        *seen.entry((signature(&row.text()), height_of(row))).or_default() += 1;
    }
    let repeats = |row: &PdfLine| {
        let text = signature(&row.text());
        (-1..=1).filter_map(|by| seen.get(&(text.clone(), height_of(row) + by))).sum::<usize>() > 1
    };
    let mut taken = Vec::new();
    for (at, (page, rows)) in pages.iter_mut().zip(&rows).enumerate() {
        let top = |row: &PdfLine| row.y < EDGE * page.height;
        let foot = |row: &PdfLine| row.y > (1.0 - EDGE) * page.height;
        let numbers = |row: &PdfLine, edge: f32| {
            is_page_number(&row.text()) && (row.y / page.height - edge).abs() < 0.12
        };
        let head =
            rows.iter().take(MOST_LINES).take_while(|row| top(row) && (repeats(row) || numbers(row, 0.0)));
        let tail = rows.iter().rev().take(MOST_LINES);
        let tail = tail.take_while(|row| foot(row) && (repeats(row) || numbers(row, 1.0)));
        let mut running: Vec<&PdfLine> = head.chain(tail).collect();
        if running.iter().all(|row| top(row)) {
            running.extend(footer(rows, page.height, body));
        }
        match at {
            0 => running.extend(letterhead(rows, page.height, body)),
            _ if running.iter().all(|row| foot(row)) => running.extend(header(rows, page.height, body)),
            _ => {}
        }
        let texts = running.iter().map(|row| row.text()).collect();
        page.words.retain(|word| !running.iter().any(|row| row.words.iter().any(|other| same(word, other))));
        taken.push(texts);
    }
    taken
}

/// The header of a single page: a line at the top, set off from the text, that is small or in two parts.
fn header(rows: &[PdfLine], height: f32, body: f32) -> Option<&PdfLine> {
    let [first, next, ..] = rows else { return None };
    let after = rows.get(2).map_or(body, |third| third.y - next.y).min(2.0 * body);
    let apart = next.y - first.y > (1.5 * after).max(1.8 * body);
    let blanks =
        first.words.windows(2).filter_map(|pair| if let [a, b] = pair { Some(b.x0 - a.x1) } else { None });
    let parted = blanks.fold(0.0, f32::max) > 0.3 * (first.x1 - first.x0);
    let plain = first.size < 1.1 * body && !first.is_bold();
    (first.y < 0.12 * height && apart && plain && (parted || first.size < 0.95 * body)).then_some(first)
}

/// The footer of a single page: a small line at the very bottom, set off from the text, that ends in a number.
fn footer(rows: &[PdfLine], height: f32, body: f32) -> Option<&PdfLine> {
    let [.., before, last] = rows else { return None };
    let text = last.text();
    let number =
        text.split_whitespace().next_back().is_some_and(|word| word.len() < 4 && is_page_number(word));
    let apart = last.y - before.y > 1.4 * body;
    let marked = last.words.first().is_some_and(|word| word.script > 0);
    let small = last.size < 0.92 * body && last.y > 0.92 * height;
    (small && apart && number && !marked && text.split_whitespace().count() < 15).then_some(last)
}

fn same(one: &PdfWord, other: &PdfWord) -> bool {
    one.x0 == other.x0 && one.y == other.y && one.text == other.text
}

fn height_of(row: &PdfLine) -> i32 {
    (row.y / 2.5) as i32
}

/// A text with its numbers replaced, so that running lines can be compared.
fn signature(text: &str) -> String {
    let mut made = String::new();
    for letter in text.chars() {
        match letter {
            '0'..='9' if made.ends_with('#') => {}
            '0'..='9' => made.push('#'),
            _ => made.push(letter),
        }
    }
    made
}

/// Whether a line is only a page number.
fn is_page_number(text: &str) -> bool {
    let mut parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).peekable();
    let is_number =
        |part: &str| part.len() < 5 && (part.bytes().all(|b| b.is_ascii_digit()) || is_roman(part));
    let is_word =
        |part: &str| ["page", "of", "p", "pg", "seite", "von"].contains(&part.to_lowercase().as_str());
    // "7.4" is a value.
    let is_decimal =
        text.trim().split_once('.').is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()));
    parts.peek().is_some()
        && !is_decimal
        && text.len() < 24
        && parts.all(|part| is_number(part) || is_word(part))
}

/// The small lines above the title at the top of the first page, unless they begin a column beside it.
fn letterhead(rows: &[PdfLine], height: f32, body: f32) -> impl Iterator<Item = &PdfLine> {
    let largest = rows.iter().map(|row| row.size).fold(0.0, f32::max);
    let title = rows.iter().position(|row| row.size > 0.97 * largest).unwrap_or_default();
    let has_title = largest > 1.25 * body;
    let end = rows.get(title).map_or(0.0, |row| row.y);
    let goes_on = move |row: &PdfLine| {
        let beside = |other: &PdfLine| {
            other.y > end && other.y - end < 2.0 * row.size && other.x0 < row.x1 && row.x0 < other.x1
        };
        rows.iter().any(|other| beside(other) && (other.size / row.size.max(0.1) - 1.0).abs() < 0.05)
    };
    let small = move |row: &&PdfLine| has_title && row.size < 0.95 * body && row.y < 0.15 * height;
    rows.iter().take(title).take_while(move |row| small(row) && !goes_on(row))
}

#[cfg(test)]
mod tests {
    use super::is_page_number;

    #[test]
    fn values_and_words_are_no_page_numbers() {
        for text in ["12", "- 3 -", "Page 1 of 2", "xiv", "2-5", "3."] {
            assert!(is_page_number(text), "{text}");
        }
        for text in ["7.4", "ill", "of them", "12 mg"] {
            assert!(!is_page_number(text), "{text}");
        }
    }
}

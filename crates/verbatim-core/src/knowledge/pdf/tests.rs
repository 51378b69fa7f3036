//! Small pages, written here, one for each kind of problem.

use super::ink::{Glyph, Ink, RuledLine, Weight};
use super::join::joined;
use super::seen::keep_seen;
use super::words::{lines, words};
use super::{PdfError, read};
use crate::knowledge::blocks::{Block, BlockKind};
use crate::text::hyphen::DocumentWords;

/// Letters half as wide as their size, starting at `x`.
fn write(ink: &mut Ink, text: &str, x: f32, y: f32, size: f32, bold: bool) -> f32 {
    let mut x0 = x;
    for letter in text.chars() {
        let x1 = x0 + size / 2.0;
        let weight = if bold { Weight::Bold } else { Weight::Regular };
        let text = letter.to_string();
        let order = ink.glyphs.len();
        let colour = [0; 3];
        let (turned, italic, painted) = (false, false, true);
        ink.glyphs.push(Glyph { text, x0, x1, y, size, turned, weight, italic, painted, colour, order });
        x0 = x1;
    }
    x0
}

fn page() -> Ink {
    Ink { width: 420.0, height: 600.0, ..Ink::default() }
}

fn texts(ink: &Ink) -> Vec<String> {
    lines(words(ink)).iter().map(super::words::PdfLine::text).collect()
}

/// The blocks of pages.
fn blocks(mut pages: Vec<Ink>) -> Vec<Block> {
    keep_seen(&mut pages);
    super::write::write(&super::flow::flow(&pages))
}

#[test]
fn raised_and_lowered_type() {
    let mut ink = page();
    let end = write(&mut ink, "30 kg/m", 20.0, 100.0, 10.0, false);
    write(&mut ink, "2", end, 96.0, 6.0, false);
    let end = write(&mut ink, "CO", 20.0, 120.0, 10.0, false);
    let end = write(&mut ink, "2", end, 122.0, 6.0, false);
    write(&mut ink, " is", end, 120.0, 10.0, false);
    assert_eq!(texts(&ink), ["30 kg/m²", "CO₂ is"]);
}

#[test]
fn what_is_not_seen_is_left_out() {
    let mut ink = page();
    write(&mut ink, "seen", 20.0, 100.0, 10.0, false);
    write(&mut ink, "struck", 20.0, 120.0, 10.0, false);
    ink.rules.push(RuledLine { x0: 20.0, y0: 117.0, x1: 60.0, y1: 117.5 });
    write(&mut ink, "white", 20.0, 140.0, 10.0, false);
    ink.glyphs.iter_mut().filter(|glyph| glyph.y == 140.0).for_each(|glyph| glyph.colour = [255; 3]);
    let mut pages = vec![ink];
    keep_seen(&mut pages);
    assert_eq!(pages.iter().flat_map(texts).collect::<Vec<_>>(), ["seen"]);
}

#[test]
fn hyphens_of_lines_go_and_those_of_words_stay() {
    let mut vocabulary = DocumentWords::default();
    vocabulary.add("a long-lasting effect of inflammation");
    let check = |lines: &[&str], expected: &str| {
        assert_eq!(joined(lines.iter().copied(), &vocabulary), expected);
    };
    check(&["inflam-", "mation"], "inflammation");
    check(&["long-", "lasting"], "long-lasting");
    check(&["treat-", "ment"], "treatment");
    check(&["e-", "mail"], "e-mail");
    check(&["soft\u{ad}", "ened"], "softened");
    check(&["an ex-", "tra dose"], "an extra dose");
    check(&["vitam-", "in"], "vitamin");
    check(&["low-", "weight"], "low-weight");
    check(&["anti-", "inflammatory"], "anti-inflammatory");
    check(&["an INR-", "based dose"], "an INR-based dose");
}

#[test]
fn items_go_on_under_their_text() {
    let mut ink = page();
    write(&mut ink, "You need:", 20.0, 100.0, 10.0, false);
    write(&mut ink, "• a long item that", 20.0, 112.0, 10.0, false);
    write(&mut ink, "goes on", 30.0, 124.0, 10.0, false);
    write(&mut ink, "• another", 20.0, 136.0, 10.0, false);
    let found = blocks(vec![ink]);
    let items: Vec<&str> = found
        .iter()
        .filter(|block| matches!(block.kind, BlockKind::ListItem { .. }))
        .map(|block| block.text.as_str())
        .collect();
    assert_eq!(items, ["a long item that goes on", "another"]);
}

#[test]
fn running_lines_are_furniture() {
    let pages = ["First text.", "Second text."].map(|text| {
        let mut ink = page();
        write(&mut ink, "Clinic leaflet", 20.0, 20.0, 8.0, false);
        write(&mut ink, text, 20.0, 100.0, 10.0, false);
        ink
    });
    let found = blocks(pages.to_vec());
    let read =
        found.iter().filter(|block| block.kind != BlockKind::Furniture).map(|block| block.text.as_str());
    assert_eq!(read.collect::<Vec<_>>(), ["First text.", "Second text."]);
}

#[test]
fn broken_files_are_refused() {
    assert_eq!(read(b"%PDF-1.4 nothing"), Err(PdfError::Broken));
    assert_eq!(read(b""), Err(PdfError::Broken));
}

fn paragraph(ink: &mut Ink, lines: &[&str], x: f32, y: f32) {
    for (line, at) in lines.iter().zip(0u8..) {
        write(ink, line, x, y + 8.0 * f32::from(at), 6.0, false);
    }
}

fn kinds(found: &[Block], row: fn(&BlockKind) -> bool) -> Vec<&str> {
    found.iter().filter(|block| row(&block.kind)).map(|block| block.text.as_str()).collect()
}

#[test]
fn a_drawn_soft_hyphen_is_a_hyphen() {
    let mut ink = page();
    write(&mut ink, "a long\u{ad}term plan", 20.0, 100.0, 10.0, false);
    assert_eq!(texts(&ink), ["a long-term plan"]);
}

#[test]
fn three_columns_are_read_one_after_the_other() {
    let mut ink = page();
    let first = [
        "The first column has several full lines",
        "of text, and each of them is about as",
        "long as the column is wide, so that it",
        "ends here after a while.",
    ];
    let second = [
        "In the second column there is another",
        "text, which has nothing to do with the",
        "first one, and which is just as wide as",
        "that, with an end.",
    ];
    let third = [
        "At last the third column stands at the",
        "right edge of the page, where it begins",
        "at the same height as the other two and",
        "goes on to here.",
    ];
    for (lines, x) in [(first, 20.0), (second, 150.0), (third, 280.0)] {
        paragraph(&mut ink, &lines, x, 100.0);
    }
    let found = blocks(vec![ink]);
    assert_eq!(
        kinds(&found, |kind| *kind == BlockKind::Paragraph),
        [first.join(" "), second.join(" "), third.join(" ")]
    );
}

#[test]
fn cells_of_several_lines_without_rules_are_rows() {
    let mut ink = page();
    let rows: [[&[&str]; 3]; 3] = [
        [
            &["Amlodipine tablets"],
            &["five milligrams once", "a day in the morning"],
            &["swollen ankles and", "flushing at first"],
        ],
        [
            &["Losartan tablets"],
            &["fifty milligrams once", "a day"],
            &["dizziness when you", "stand up quickly"],
        ],
        [&["Doxazosin tablets"], &["one milligram at", "bedtime"], &["low pressure after", "the first dose"]],
    ];
    for (row, y) in rows.iter().zip([100.0, 124.0, 148.0]) {
        for (cell, x) in row.iter().zip([20.0, 120.0, 230.0]) {
            paragraph(&mut ink, cell, x, y);
        }
    }
    let found = blocks(vec![ink]);
    let expected = rows.map(|row| row.map(|cell| cell.join(" ")).join(" | "));
    assert_eq!(kinds(&found, |kind| *kind == BlockKind::TableRow), expected);
}

#[test]
fn drawn_dots_are_bullets() {
    let mut ink = page();
    write(&mut ink, "You need:", 20.0, 100.0, 10.0, false);
    for (text, y) in [("water", 114.0), ("salt", 128.0)] {
        write(&mut ink, text, 34.0, y, 10.0, false);
        ink.dots.push(RuledLine { x0: 22.0, y0: y - 5.0, x1: 25.0, y1: y - 2.0 });
    }
    let found = blocks(vec![ink]);
    assert_eq!(kinds(&found, |kind| matches!(kind, BlockKind::ListItem { .. })), ["water", "salt"]);
}

#[test]
fn text_with_unknown_letters_is_not_quoted() {
    let mut ink = page();
    write(&mut ink, "Take \u{fffd} tablets a day.", 20.0, 100.0, 10.0, false);
    let found = blocks(vec![ink]);
    assert!(found.iter().all(|block| block.kind == BlockKind::Furniture));
}

#[test]
fn the_first_of_the_headings_may_be_larger() {
    let mut ink = page();
    write(&mut ink, "The title", 20.0, 40.0, 24.0, true);
    write(&mut ink, "First", 20.0, 70.0, 16.0, true);
    write(&mut ink, "Some words of the text.", 20.0, 90.0, 10.0, false);
    write(&mut ink, "Second", 20.0, 120.0, 13.0, true);
    write(&mut ink, "More words of the text.", 20.0, 140.0, 10.0, false);
    let found = blocks(vec![ink]);
    assert_eq!(kinds(&found, |kind| *kind == BlockKind::Heading { level: 2 }), ["First", "Second"]);
}

#[test]
fn a_bold_paragraph_is_no_heading() {
    let mut ink = page();
    write(&mut ink, "The title", 20.0, 40.0, 20.0, true);
    write(&mut ink, "Read all of this with care", 20.0, 70.0, 10.0, true);
    write(&mut ink, "before you begin.", 20.0, 82.0, 10.0, true);
    write(&mut ink, "First", 20.0, 110.0, 12.0, true);
    write(&mut ink, "Some words of the text.", 20.0, 124.0, 10.0, false);
    write(&mut ink, "Second", 20.0, 150.0, 12.0, true);
    write(&mut ink, "More words of the text.", 20.0, 164.0, 10.0, false);
    let found = blocks(vec![ink]);
    assert_eq!(kinds(&found, |kind| *kind == BlockKind::Heading { level: 2 }), ["First", "Second"]);
    assert_eq!(
        kinds(&found, |kind| *kind == BlockKind::Paragraph).first(),
        Some(&"Read all of this with care before you begin.")
    );
}

#[test]
fn a_list_that_repeats_the_headings_is_a_list_of_contents() {
    let mut ink = page();
    write(&mut ink, "The title", 20.0, 40.0, 20.0, true);
    let headings = ["1. One thing", "2. Other thing", "3. Third thing"];
    write(&mut ink, "In this text", 20.0, 70.0, 12.0, true);
    for (heading, y) in headings.iter().zip([84.0, 98.0, 112.0]) {
        write(&mut ink, heading, 20.0, y, 10.0, false);
    }
    for (heading, y) in headings.iter().zip([150.0, 200.0, 250.0]) {
        write(&mut ink, heading, 20.0, y, 12.0, true);
        write(&mut ink, "Some words of the text.", 20.0, y + 16.0, 10.0, false);
    }
    let found = blocks(vec![ink]);
    assert_eq!(kinds(&found, |kind| *kind == BlockKind::Heading { level: 2 }), headings);
    assert!(kinds(&found, |kind| matches!(kind, BlockKind::ListItem { .. })).is_empty());
}

#[test]
fn wide_blanks_of_justified_lines_make_no_table() {
    let mut ink = page();
    for y in [100.0, 112.0, 124.0] {
        for (word, x) in ["some", "words", "apart"].iter().zip([20.0, 52.0, 89.0]) {
            write(&mut ink, word, x, y, 10.0, false);
        }
    }
    let found = blocks(vec![ink]);
    assert!(kinds(&found, |kind| *kind == BlockKind::TableRow).is_empty());
}

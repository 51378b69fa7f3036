//! Tests of documents whose structure shows only in their formatting.

use super::tests::{blocks, bold, check, document, plain, row, run, styled};
use super::*;

/// A paragraph that starts with bold text.
fn run_in(properties: &str, first: &str, rest: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr>{}{}</w:p>", run("<w:b/>", first), run("", rest))
}

#[test]
fn a_bold_question_stands_before_its_answer_in_one_paragraph() {
    let body =
        [run_in("", "May I drive?", " Yes."), run_in("", "Why?", " It is safe."), run_in("", "Dose?", "")];
    let wanted = [
        ("Question", "May I drive?"),
        ("Paragraph", "Yes."),
        ("Question", "Why?"),
        ("Paragraph", "It is safe."),
        ("Paragraph", "Dose?"),
    ];
    check(&body.concat(), &[], &wanted);
}

#[test]
fn numbered_questions_and_lettered_answers_are_told() {
    let style = "<w:pStyle w:val='ListNumber'/>";
    let body = [run_in(style, "May I drive?", " Yes."), plain("Q. Why?"), plain("A. It is safe.")].concat();
    let wanted = [
        ("Question", "May I drive?"),
        ("Paragraph", "Yes."),
        ("Question", "Why?"),
        ("Paragraph", "It is safe."),
    ];
    check(&body, &[], &wanted);
}

#[test]
fn contents_without_an_end_hide_nothing() {
    let open = "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>TOC</w:instrText></w:r><w:r>\
        <w:fldChar w:fldCharType='separate'/></w:r>";
    let first = format!("<w:p>{open}{}</w:p>", run("", "Doses ... 2"));
    let body = [
        plain("Before."),
        first,
        plain("Risks .... 3"),
        plain("First."),
        styled("<w:pStyle w:val='Heading1'/>", "Doses"),
        plain("Take 2"),
        format!("<w:tbl>{}{}</w:tbl>", row("", &[("", "a"), ("", "b")]), row("", &[("", "c"), ("", "d")])),
    ];
    let wanted = [
        ("Paragraph", "Before."),
        ("Furniture", "Doses ... 2"),
        ("Furniture", "Risks .... 3"),
        ("Paragraph", "First."),
        ("Title", "Doses"),
        ("Paragraph", "Take 2"),
        ("TableRow", "a | b"),
        ("TableRow", "c | d"),
    ];
    check(&body.concat(), &[], &wanted);
}

#[test]
fn borders_or_a_background_make_a_box() {
    let sides = ["top", "left", "bottom", "right"].map(|side| format!("<w:{side} w:val='single'/>")).concat();
    let border = format!("<w:pBdr>{sides}</w:pBdr>");
    let shade = "<w:shd w:fill='FFEEAA'/>";
    let heading = run_in(shade, "Doses", "");
    let body = [
        run_in(&border, "Warning", ""),
        styled(&border, "Stop it."),
        styled("<w:pBdr><w:top w:val='single'/></w:pBdr>", "Between."),
        styled(shade, "Take care."),
        plain("Text."),
        heading,
        plain("More."),
    ];
    let read = read(&document(&body.concat(), &[])).unwrap();
    let leads: Vec<_> = read.iter().map(|block| (block.text.as_str(), block.lead_in)).collect();
    let wanted =
        [("Warning", None), ("Stop it.", Some(0)), ("Between.", None), ("Take care.", None), ("Text.", None)];
    assert_eq!(leads.get(..5), Some(wanted.as_slice()));
    assert!(matches!(read.get(5).map(|block| &block.kind), Some(BlockKind::Heading { .. })));
}

#[test]
fn a_line_in_capitals_over_a_table_is_a_heading() {
    let cells = row("", &[("", "a"), ("", "b")]).repeat(2);
    let body = |line: &str| format!("{}{}<w:tbl>{cells}</w:tbl>", plain("Text."), bold(20, line));
    let kind = |line: &str| blocks(&body(line), &[]).swap_remove(1).0;
    assert_eq!([kind("DOSES"), kind("Doses"), kind("TABLE 1")], ["h2", "Caption", "Caption"]);
}

#[test]
fn cells_that_all_have_titles_are_read_one_after_the_other() {
    let cell = |title: &str, text: &str| format!("<w:tc>{}{}</w:tc>", bold(20, title), plain(text));
    let row = |one: String, two: String| format!("<w:tr>{one}{two}</w:tr>");
    let body = [
        row(cell("A", "One."), cell("B", "Two.")),
        row(cell("C", "Three."), "<w:tc><w:p/></w:tc>".to_owned()),
    ];
    let found = blocks(&format!("{}<w:tbl>{}</w:tbl>", plain("Text."), body.concat()), &[]);
    let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["Text.", "A", "One.", "B", "Two.", "C", "Three."]);
}

#[test]
fn a_subtitle_introduces_no_list() {
    let names = [("Title", "T"), ("Subtitle", "Module 3"), ("ListBullet", "one")];
    let body: String =
        names.iter().map(|(style, text)| styled(&format!("<w:pStyle w:val='{style}'/>"), text)).collect();
    let read = read(&document(&body, &[])).unwrap();
    assert_eq!(read.last().map(|block| (block.text.as_str(), block.lead_in)), Some(("one", None)));
}

#[test]
fn numbers_and_underlines_mark_subsections() {
    let body = [
        bold(40, "Title"),
        bold(20, "2. Particulars"),
        bold(20, "2.1 Doses"),
        plain("Text."),
        format!("<w:p>{}</w:p>", run("<w:u w:val='single'/>", "Adults")),
        plain("More text."),
    ];
    let found = blocks(&body.concat(), &[]);
    let kinds: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["Title", "h1", "h2", "Paragraph", "h2", "Paragraph"]);
}

#[test]
fn tab_stops_make_a_table() {
    let row = |cells: [&str; 2]| {
        format!(
            "<w:p><w:r><w:t>{}</w:t></w:r><w:r><w:tab/></w:r><w:r><w:t>{}</w:t></w:r></w:p>",
            cells[0], cells[1]
        )
    };
    let body = [
        plain("Doses:"),
        row(["Weight", "Dose"]),
        row(["50 kg", "5 mg"]),
        row(["70 kg", "7 mg"]),
        plain("End."),
    ];
    let found = blocks(&body.concat(), &[]);
    let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["Doses:", "Weight | Dose", "50 kg | 5 mg", "70 kg | 7 mg", "End."]);
}

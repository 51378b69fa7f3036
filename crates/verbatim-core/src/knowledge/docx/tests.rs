//! Tests of complete documents, created in memory.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

const WORD: &str = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main' \
    xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006' xmlns:wps='wps' xmlns:v='v'";

/// A document with a body and other parts, each with the kind of its relationship.
pub fn document(body: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    add("word/document.xml", &format!("<w:document {WORD}><w:body>{body}</w:body></w:document>"));
    let mut relations = String::new();
    for (kind, text) in parts {
        add(&format!("word/{kind}.xml"), &format!("<w:{kind} {WORD}>{text}</w:{kind}>"));
        relations.push_str(&format!("<Relationship Id='{kind}' Type='x/{kind}' Target='{kind}.xml'/>"));
    }
    add("word/_rels/document.xml.rels", &format!("<Relationships>{relations}</Relationships>"));
    zip.finish().unwrap().into_inner()
}

/// The kinds and texts of the blocks.
pub fn blocks(body: &str, parts: &[(&str, &str)]) -> Vec<(String, String)> {
    let name = |kind: &BlockKind| match kind {
        BlockKind::Heading { level } => format!("h{level}"),
        BlockKind::ListItem { number, .. } => format!("item {}", number.as_deref().unwrap_or_default()),
        BlockKind::Reference { number } => format!("reference {}", number.as_deref().unwrap_or_default()),
        other => format!("{other:?}"),
    };
    let read = read(&document(body, parts)).unwrap();
    read.iter().map(|block| (name(&block.kind), block.text.clone())).collect()
}

pub fn check(body: &str, parts: &[(&str, &str)], wanted: &[(&str, &str)]) {
    let found = blocks(body, parts);
    let found: Vec<_> = found.iter().map(|(kind, text)| (kind.as_str(), text.as_str())).collect();
    assert_eq!(found, wanted);
}

pub fn run(look: &str, text: &str) -> String {
    format!("<w:r><w:rPr>{look}</w:rPr><w:t>{text}</w:t></w:r>")
}

pub fn plain(text: &str) -> String {
    styled("", text)
}

pub fn styled(properties: &str, text: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr>{}</w:p>", run("", text))
}

pub fn bold(size: u32, text: &str) -> String {
    format!("<w:p>{}</w:p>", run(&format!("<w:b/><w:sz w:val='{size}'/>"), text))
}

pub fn row(properties: &str, cells: &[(&str, &str)]) -> String {
    let cells: String = cells
        .iter()
        .map(|(cell, text)| format!("<w:tc><w:tcPr>{cell}</w:tcPr>{}</w:tc>", plain(text)))
        .collect();
    format!("<w:tr><w:trPr>{properties}</w:trPr>{cells}</w:tr>")
}

#[test]
fn headings_are_told_by_base_styles_and_names() {
    let styles = "<w:style w:type='paragraph' w:styleId='Own'><w:name w:val='Clinic'/><w:basedOn w:val='berschrift2'/>\
        </w:style><w:style w:type='paragraph' w:styleId='berschrift2'><w:name w:val='heading 2'/></w:style>";
    let body =
        [styled("<w:pStyle w:val='Titre'/>", "T"), styled("<w:pStyle w:val='Own'/>", "H"), plain("Text.")]
            .concat();
    check(&body, &[("styles", styles)], &[("Title", "T"), ("h2", "H"), ("Paragraph", "Text.")]);
}

#[test]
fn big_bold_lines_are_headings_where_no_style_tells_any() {
    let body = [
        bold(40, "Title"),
        plain("Text."),
        bold(28, "First"),
        plain("Text."),
        bold(20, "Inner"),
        plain("Text."),
        bold(20, "A bold sentence."),
        bold(28, "Second"),
        plain("Text."),
    ]
    .concat();
    let kinds: Vec<String> = blocks(&body, &[]).into_iter().map(|(kind, _)| kind).collect();
    let text = "Paragraph";
    assert_eq!(kinds, ["Title", text, "h1", text, "h2", text, text, "h1", text]);
}

#[test]
fn tracked_changes_are_accepted() {
    let body = format!(
        "<w:p>{}<w:del>{}</w:del><w:ins>{}<w:del>{}</w:del></w:ins></w:p>\
         <w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{}</w:p><w:p>{}</w:p>\
         <w:p><w:moveFrom>{}</w:moveFrom></w:p><w:p><w:moveTo>{}</w:moveTo></w:p>",
        run("", "One "),
        run("", "old"),
        run("", "new."),
        run("", "gone"),
        run("", "Joined,"),
        run("", " here."),
        run("", "Moved."),
        run("", "Moved."),
    );
    check(&body, &[], &[("Paragraph", "One new."), ("Paragraph", "Joined, here."), ("Paragraph", "Moved.")]);
}

#[test]
fn what_is_not_seen_is_left_out() {
    let styles = "<w:style w:type='character' w:styleId='Inner'><w:name w:val='Inner'/><w:rPr><w:vanish/></w:rPr></w:style>";
    let looks =
        ["<w:vanish/>", "<w:strike/>", "<w:dstrike/>", "<w:rStyle w:val='Inner'/>", "<w:strike w:val='0'/>"];
    let runs: String =
        looks.iter().zip(["a", "b", "c", "d", "Seen."]).map(|(look, text)| run(look, text)).collect();
    check(&format!("<w:p>{runs}</w:p>"), &[("styles", styles)], &[("Paragraph", "Seen.")]);
}

#[test]
fn raised_characters_and_hyphens_are_written_as_seen() {
    let body = format!(
        "<w:p>{}{}{}<w:r><w:softHyphen/><w:t>lar</w:t><w:noBreakHyphen/><w:t>x</w:t><w:tab/><w:t>y.</w:t>\
         <w:sym w:font='Symbol' w:char='F0B3'/></w:r></w:p>",
        run("", "cm"),
        run("<w:vertAlign w:val='superscript'/>", "2"),
        run("", " mo"),
    );
    check(&body, &[], &[("Paragraph", "cm² molar-x y.≥")]);
}

#[test]
fn notes_stand_under_the_heading_of_their_mark() {
    let notes = "<w:footnote w:id='5'><w:p><w:r><w:footnoteRef/><w:t> Note.</w:t></w:r></w:p></w:footnote>";
    let mark = "<w:r><w:footnoteReference w:id='5'/></w:r>";
    let head = |text| styled("<w:pStyle w:val='Heading1'/>", text);
    let body = format!("{}<w:p>{}{mark}</w:p>{}{}", head("A"), run("", "Text."), head("B"), plain("More."));
    let wanted =
        [("h1", "A"), ("Paragraph", "Text.¹"), ("Note", "Note."), ("h1", "B"), ("Paragraph", "More.")];
    check(&body, &[("footnotes", notes)], &wanted);
}

#[test]
fn fields_show_their_results_and_contents_are_furniture() {
    let field = |instruction: &str, result: &str| {
        format!(
            "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>{instruction}</w:instrText></w:r>\
             <w:r><w:fldChar w:fldCharType='separate'/></w:r>{}<w:r><w:fldChar w:fldCharType='end'/></w:r>",
            run("", result)
        )
    };
    let body = format!("<w:p>{}</w:p><w:p>{}</w:p>", field("TOC \\o", "Doses 1"), field("REF x", "5 mg."));
    check(&body, &[], &[("Furniture", "Doses 1"), ("Paragraph", "5 mg.")]);
}

#[test]
fn a_field_without_an_end_hides_nothing() {
    let body = format!("<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r></w:p>{}", plain("Text."));
    check(&body, &[], &[("Paragraph", "Text.")]);
}

#[test]
fn cells_over_rows_are_repeated_and_deleted_rows_left_out() {
    let table = [
        row("<w:tblHeader/>", &[("", "A"), ("", "B")]),
        row("", &[("<w:vMerge w:val='restart'/>", "x"), ("", "1")]),
        row("<w:del/>", &[("<w:vMerge/>", ""), ("", "2")]),
        row("", &[("<w:vMerge/>", ""), ("", "3")]),
        row("", &[("<w:gridSpan w:val='2'/>", "all")]),
    ];
    let rows = [("TableHead", "A | B"), ("TableRow", "x | 1"), ("TableRow", "x | 3"), ("TableRow", "all")];
    check(&format!("<w:tbl>{}</w:tbl>", table.concat()), &[], &rows);
}

#[test]
fn a_table_of_one_cell_is_a_box_with_a_title() {
    let body = format!("<w:tbl><w:tr><w:tc>{}{}</w:tc></w:tr></w:tbl>", bold(20, "Warning"), plain("Stop."));
    check(&body, &[], &[("AdmonitionTitle", "Warning"), ("Paragraph", "Stop.")]);
}

#[test]
fn a_text_box_is_read_once() {
    let inner = format!("<w:txbxContent>{}</w:txbxContent>", plain("Boxed."));
    let body = format!(
        "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{inner}</wps:txbx></w:drawing>\
         </mc:Choice><mc:Fallback><w:pict><v:textbox>{inner}</v:textbox></w:pict></mc:Fallback>\
         </mc:AlternateContent></w:r></w:p>"
    );
    check(&body, &[], &[("Paragraph", "Boxed.")]);
}

#[test]
fn literature_is_told_by_its_heading() {
    let body = [
        styled("<w:pStyle w:val='Heading1'/>", "Literatur"),
        plain("[1] One. 2020."),
        plain("[2] Two. 2021."),
    ];
    let wanted = [("Title", "Literatur"), ("reference 1", "One. 2020."), ("reference 2", "Two. 2021.")];
    check(&body.concat(), &[], &wanted);
}

#[test]
fn bold_questions_have_answers() {
    let body = [bold(20, "May I drive?"), plain("Yes."), bold(20, "For how long?"), plain("A day.")].concat();
    let read = read(&document(&body, &[])).unwrap();
    let leads: Vec<_> = read.iter().map(|block| block.lead_in).collect();
    assert_eq!(leads, [None, Some(0), None, Some(2)]);
}

#[test]
fn typed_bullets_nest_by_indent() {
    let item = |left: u32, text: &str| styled(&format!("<w:ind w:left='{left}' w:hanging='360'/>"), text);
    let body =
        [plain("Tell us:"), item(720, "• if you:"), item(1440, "– smoke"), item(720, "• your age")].concat();
    let read = read(&document(&body, &[])).unwrap();
    let leads: Vec<_> = read.iter().map(|block| (block.text.as_str(), block.lead_in)).collect();
    assert_eq!(leads, [("Tell us:", None), ("if you:", Some(0)), ("smoke", Some(1)), ("your age", Some(0))]);
}

#[test]
fn nothing_to_read_is_an_error_that_names_a_remedy() {
    assert_eq!(read(&document("<w:p/>", &[])), Err(DocxError::NoText));
    assert!(DocxError::NoText.problem("a.docx").remedy.contains("OCR"));
    assert!(matches!(read(b"PK\x03\x04 broken"), Err(DocxError::Damaged(_))));
}

#[test]
fn deep_nesting_is_refused() {
    let body = format!("{}{}", "<w:tbl><w:tr><w:tc>".repeat(500), "</w:tc></w:tr></w:tbl>".repeat(500));
    assert_eq!(read(&document(&body, &[])), Err(DocxError::TooDeep));
}

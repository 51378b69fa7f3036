//! Tests of documents as various programs export them and people make them, and of malformed and hostile files.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::tests::{blocks, check, document, plain, row, run, styled};
use super::*;

const LISTS: &str = "<w:abstractNum w:abstractNumId='7'><w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='decimal'/>\
    <w:lvlText w:val='%1.'/></w:lvl><w:lvl w:ilvl='1'><w:start w:val='1'/><w:numFmt w:val='decimal'/>\
    <w:lvlText w:val='%1.%2'/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId='8'><w:lvl w:ilvl='0'>\
    <w:numFmt w:val='bullet'/><w:lvlText w:val=''/><w:lvlPicBulletId w:val='0'/></w:lvl></w:abstractNum>\
    <w:num w:numId='1'><w:abstractNumId w:val='7'/></w:num><w:num w:numId='2'><w:abstractNumId w:val='8'/></w:num>\
    <w:num w:numId='3'><w:abstractNumId w:val='7'/><w:lvlOverride w:ilvl='0'><w:startOverride w:val='1'/>\
    </w:lvlOverride></w:num>";

fn item(list: u8, level: u8, text: &str) -> String {
    let place = format!("<w:ilvl w:val='{level}'/><w:numId w:val='{list}'/>");
    styled(&format!("<w:numPr>{place}</w:numPr>"), text)
}

fn heading(level: u8, text: &str) -> String {
    styled(&format!("<w:pStyle w:val='Heading{level}'/>"), text)
}

fn table(rows: &[String]) -> String {
    format!("<w:tbl>{}</w:tbl>", rows.concat())
}

/// The blocks of a document, each as its kind and text.
fn lines(body: &str, parts: &[(&str, &str)]) -> Vec<String> {
    blocks(body, parts).into_iter().map(|(kind, text)| format!("{}: {text}", kind.trim_end())).collect()
}

/// A zip file of parts.
fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn lists_count_on_after_a_paragraph_and_begin_anew() {
    let body = [
        item(1, 0, "a"),
        plain("Between."),
        item(1, 0, "b"),
        item(1, 1, "c"),
        plain("Anew:"),
        item(3, 0, "d"),
    ];
    let wanted =
        ["item 1.: a", "Paragraph: Between.", "item 2.: b", "item 2.1: c", "Paragraph: Anew:", "item 1.: d"];
    assert_eq!(lines(&body.concat(), &[("numbering", LISTS)]), wanted);
}

#[test]
fn bullets_that_are_pictures_are_bullets() {
    assert_eq!(lines(&item(2, 0, "a"), &[("numbering", LISTS)]), ["item: a"]);
}

#[test]
fn lists_in_cells_are_words_of_the_cell_and_tables_have_rows() {
    let head = row("<w:tblHeader/>", &[("", "A"), ("", "B")]);
    let list = format!(
        "<w:tr><w:tc>{}</w:tc><w:tc>{}{}</w:tc></w:tr>",
        plain("x"),
        item(1, 0, "one"),
        item(1, 0, "two")
    );
    let inner = table(&[row("", &[("", "am"), ("", "75 mg")])]);
    let nested = format!("<w:tr><w:tc>{}</w:tc><w:tc>{inner}<w:p/></w:tc></w:tr>", plain("y"));
    let wanted = ["TableHead: A | B", "TableRow: x | one two", "TableRow: y |", "TableRow: am | 75 mg"];
    let body = table(&[head, list, nested]);
    assert_eq!(lines(&body, &[("numbering", LISTS)]), wanted);
    let read = read(&document(&body, &[])).unwrap();
    assert_eq!(read.last().and_then(|row| row.lead_in), Some(2));
}

#[test]
fn headings_in_cells_begin_sections() {
    let cell = |text: &str| format!("<w:tc>{}{}</w:tc>", heading(2, text), plain("Text."));
    let body = format!(
        "{}{}<w:tbl><w:tr>{}{}</w:tr></w:tbl>",
        heading(1, "T"),
        heading(2, "A"),
        cell("B"),
        cell("C")
    );
    assert_eq!(
        lines(&body, &[]),
        ["Title: T", "h2: A", "h2: B", "Paragraph: Text.", "h2: C", "Paragraph: Text."]
    );
}

#[test]
fn outline_levels_alone_make_headings() {
    let level = |level: u8, text: &str| styled(&format!("<w:outlineLvl w:val='{level}'/>"), text);
    let body = [level(0, "T"), plain("Text."), level(1, "A"), plain("More.")].concat();
    assert_eq!(lines(&body, &[]), ["Title: T", "Paragraph: Text.", "h2: A", "Paragraph: More."]);
}

#[test]
fn the_title_is_told_from_headings() {
    let title = |text: &str| styled("<w:pStyle w:val='Title'/>", text);
    let titled = [title("T,"), title("on two lines"), heading(1, "A"), plain("Text.")].concat();
    assert_eq!(lines(&titled, &[]), ["Title: T, on two lines", "h1: A", "Paragraph: Text."]);
    let sections = [title("A"), plain("Text."), title("B"), heading(1, "C"), plain("More.")].concat();
    assert_eq!(lines(&sections, &[]), ["h1: A", "Paragraph: Text.", "h1: B", "h2: C", "Paragraph: More."]);
    let late = [plain("Text.").repeat(6), heading(1, "A"), plain("More.")].concat();
    assert_eq!(lines(&late, &[]).get(6).map(String::as_str), Some("h2: A"));
}

#[test]
fn a_sentence_goes_on_over_a_page_and_a_drop_cap() {
    let page =
        format!("<w:p>{}<w:r><w:br w:type='page'/></w:r>{}</w:p>", run("", "Take it"), run("", "daily."));
    let cap = styled("<w:framePr w:dropCap='drop'/>", "T");
    let body = [page, cap, plain("ake it.")].concat();
    assert_eq!(lines(&body, &[]), ["Paragraph: Take it daily.", "Paragraph: Take it."]);
}

#[test]
fn capitals_and_other_directions_change_no_letters() {
    let caps = format!(
        "<w:p>{}<w:bdo w:val='rtl'>{}</w:bdo></w:p>",
        run("<w:caps/>", "5 µg "),
        run("<w:rtl/>", "حبة.")
    );
    assert_eq!(lines(&caps, &[]), ["Paragraph: 5 µg حبة."]);
}

#[test]
fn formulas_are_words_of_their_sentence() {
    let fraction = "<m:oMath xmlns:m='m'><m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r>\
        </m:den></m:f></m:oMath>";
    let body = format!("<w:p>{}{fraction}{}</w:p>", run("", "It is "), run("", "."));
    assert_eq!(lines(&body, &[]), ["Paragraph: It is (a+b)/2."]);
}

#[test]
fn shapes_and_diagrams_are_read() {
    let shape = format!(
        "<w:r><w:pict><v:textbox><w:txbxContent>{}</w:txbxContent></v:textbox></w:pict></w:r>",
        plain("A.")
    );
    let diagram = "<w:r><mc:AlternateContent><mc:Choice Requires='new'/><mc:Fallback><w:drawing><w:relIds \
        w:dm='diagramData'/></w:drawing></mc:Fallback></mc:AlternateContent></w:r>";
    let points = "<w:ptLst><w:pt/><w:pt><w:t><w:p><w:r><w:t>B.</w:t></w:r></w:p></w:t></w:pt></w:ptLst>";
    let body = format!("<w:p>{shape}{diagram}</w:p>{}", plain("C."));
    let wanted = ["Paragraph: A.", "Paragraph: B.", "Paragraph: C."];
    assert_eq!(lines(&body, &[("diagramData", points)]), wanted);
}

#[test]
fn libreoffice_writes_terms_and_lowered_digits_in_its_way() {
    let names = ["List Heading", "List Contents"];
    let style = |(at, name)| {
        format!("<w:style w:type='paragraph' w:styleId='s{at}'><w:name w:val='{name}'/></w:style>")
    };
    let styles: String = names.iter().enumerate().map(style).collect();
    let lowered =
        format!("<w:p>{}{}{}</w:p>", run("", "H"), run("<w:position w:val='-2'/>", "2"), run("", "O."));
    let body =
        [styled("<w:pStyle w:val='s0'/>", "Spacer"), styled("<w:pStyle w:val='s1'/>", "A tube."), lowered];
    let found = blocks(&body.concat(), &[("styles", &styles)]);
    let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["Spacer: A tube.", "H₂O."]);
}

#[test]
fn pages_and_google_docs_name_styles_and_lists_in_their_way() {
    let styles = "<w:style w:type='paragraph' w:styleId='Heading'><w:name w:val='Heading'/></w:style>";
    let lists = "<w:abstractNum w:abstractNumId='0'><w:styleLink w:val='Bullet'/><w:lvl w:ilvl='0'><w:numFmt \
        w:val='bullet'/><w:lvlText w:val='•'/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId='1'>\
        <w:numStyleLink w:val='Bullet'/></w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='1'/></w:num>";
    let pages = |text: &str| styled("<w:pStyle w:val='Heading'/>", text);
    let body = [
        pages("A"),
        item(1, 0, "x"),
        pages("B"),
        format!("<w:p>{}</w:p>", run("<w:rtl w:val='0'/>", "Text.")),
    ];
    let wanted = ["h1: A", "item: x", "h1: B", "Paragraph: Text."];
    assert_eq!(lines(&body.concat(), &[("styles", styles), ("numbering", lists)]), wanted);
}

#[test]
fn strict_documents_and_those_with_missing_parts_are_read() {
    let space = "http://purl.oclc.org/ooxml/wordprocessingml/main";
    let text = format!("<w:document xmlns:w='{space}'><w:body>{}</w:body></w:document>", plain("Text."));
    let main = "<Relationships><Relationship Id='a' Target='/x/a.xml' \
        Type='http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument'/></Relationships>";
    let missing = "<Relationships><Relationship Id='a' Target='styles.xml' Type='x/styles'/></Relationships>";
    let file = zipped(&[("_rels/.rels", main), ("x/a.xml", &text), ("x/_rels/a.xml.rels", missing)]);
    assert_eq!(read(&file).unwrap().first().map(|block| block.text.as_str()), Some("Text."));
}

#[test]
fn building_blocks_for_new_text_are_not_read() {
    let glossary = format!(
        "<w:docParts><w:docPart><w:docPartBody>{}</w:docPartBody></w:docPart></w:docParts>",
        plain("No.")
    );
    check(&plain("Text."), &[("glossaryDocument", &glossary)], &[("Paragraph", "Text.")]);
}

#[test]
fn embedded_documents_are_told_and_not_passed_over() {
    let body = format!("{}<w:altChunk/>", plain("Text."));
    assert_eq!(read(&document(&body, &[])), Err(DocxError::Unmerged));
}

#[test]
fn files_that_are_no_document_are_told_apart() {
    assert_eq!(read(b""), Err(DocxError::NotWord));
    assert_eq!(read(b"{\\rtf1 text}"), Err(DocxError::NotWord));
    assert_eq!(
        read(&zipped(&[("mimetype", "application/vnd.oasis.opendocument.text")])),
        Err(DocxError::NotWord)
    );
    let whole = document(&plain("Text."), &[]);
    for length in 4..whole.len() {
        assert!(matches!(read(&whole[..length]), Err(DocxError::Damaged(_))), "{length}");
    }
}

#[test]
fn zip_bombs_are_refused() {
    let bomb = format!(
        "<w:document><w:body><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:body></w:document>",
        "a".repeat(9 << 20)
    );
    assert_eq!(read(&zipped(&[("word/document.xml", &bomb)])), Err(DocxError::TooLarge));
}

#[test]
fn hostile_documents_take_little_time() {
    let spans = "<w:gridSpan w:val='999999999'/><w:vMerge w:val='restart'/>";
    let wide = table(&[row("", &[(spans, "x")]), row("", &[(spans, "y")]).repeat(500)]);
    let ring = "<w:style w:type='paragraph' w:styleId='A'><w:basedOn w:val='B'/></w:style>\
        <w:style w:type='paragraph' w:styleId='B'><w:basedOn w:val='A'/></w:style>";
    let ringed = styled("<w:pStyle w:val='A'/>", "Text.").repeat(500);
    let deeper = |at: u32| styled(&format!("<w:ind w:left='{}'/>", at * 100), "• item");
    let fields =
        "<w:p><w:r><w:fldChar w:fldCharType='begin'/><w:fldChar w:fldCharType='separate'/></w:r></w:p>"
            .repeat(5000);
    let body = [wide, ringed, (0..5000).map(deeper).collect(), fields, plain("End.")].concat();
    let found = blocks(&body, &[("styles", ring)]);
    assert_eq!(found.last().map(|(_, text)| text.as_str()), Some("End."));
}

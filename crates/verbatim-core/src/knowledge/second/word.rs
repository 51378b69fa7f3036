//! Turns a Word document into a sequence of letters: roxmltree reads the parts that contain text.

use std::io::{Cursor, Read};

use roxmltree::{Document, Node, ParsingOptions};
use zip::ZipArchive;

use super::letters::{Layout, LetterRow};

/// Maximum number of bytes unpacked from a part, and maximum number of nodes in it.
const MOST_BYTES: u64 = 64 << 20;
const MOST_NODES: u32 = 8_000_000;

/// Reads a document. Returns `None` if it is not one.
pub fn read(bytes: &[u8]) -> Option<LetterRow> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let is_main = |name: &str| name.starts_with("word/document") && name.ends_with(".xml");
    let main = archive.file_names().flatten().find(|name| is_main(name))?.into_owned();
    let mut reader = SecondWordReader { row: LetterRow::new(Layout::Blocks), footnotes: 0, endnotes: 0 };
    reader.read_part(&mut archive, &main)?;
    for notes in ["word/footnotes.xml", "word/endnotes.xml"] {
        if archive.index_for_name(notes).is_some() {
            reader.read_part(&mut archive, notes)?;
        }
    }
    Some(reader.row)
}

struct SecondWordReader {
    row: LetterRow,
    /// How many footnote and endnote marks have occurred.
    footnotes: usize,
    endnotes: usize,
}

/// A step in the traversal of the elements.
enum Visit<'a, 'input> {
    Enter(Node<'a, 'input>),
    /// The element and the index of its first letter.
    Leave(Node<'a, 'input>, usize),
}

impl SecondWordReader {
    fn read_part(&mut self, archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Option<()> {
        let mut bytes = Vec::new();
        archive.by_name(name).ok()?.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
        // A byte order mark identifies UTF-16.
        let text = encoding_rs::UTF_8.decode(&bytes).0;
        let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(&text, options).ok()?;
        let mut visits = vec![Visit::Enter(document.root())];
        while let Some(visit) = visits.pop() {
            match visit {
                Visit::Enter(node) => {
                    visits.push(Visit::Leave(node, self.row.len()));
                    self.enter(node);
                    if !has_no_text(node) {
                        visits.extend(node.children().rev().map(Visit::Enter));
                    }
                }
                Visit::Leave(node, start) => self.leave(node, start),
            }
        }
        Some(())
    }

    fn enter(&mut self, node: Node<'_, '_>) {
        match node.tag_name().name() {
            "p" | "tc" | "tr" => self.row.begin_block(),
            "tab" | "br" | "cr" | "ptab" => self.row.begin_word(),
            "t" => self.row.add_text(node.text().unwrap_or_default()),
            "footnoteReference" => {
                self.footnotes += 1;
                self.add_mark(&self.footnotes.to_string());
            }
            "endnoteReference" => {
                self.endnotes += 1;
                self.add_mark(&roman(self.endnotes));
            }
            _ => {}
        }
    }

    fn add_mark(&mut self, mark: &str) {
        self.row.begin_word();
        self.row.add_text(mark);
        self.row.begin_word();
    }

    fn leave(&mut self, node: Node<'_, '_>, start: usize) {
        match node.tag_name().name() {
            "p" | "tr" => self.row.begin_block(),
            "tc" => {
                self.row.begin_block();
                if child(node, "tcPr").is_some_and(|properties| child(properties, "vMerge").is_some()) {
                    self.row.add_spanning_cell(start);
                }
            }
            "footnoteReference" | "endnoteReference" => self.row.leave_out_unseen(start),
            // Text that floats beside the paragraph that anchors it, is duplicated, or was moved away.
            "moveFrom" | "txbxContent" | "Choice" | "Fallback" | "AlternateContent" => {
                self.row.leave_out_inset(start);
            }
            "r" if is_unseen(node) => self.row.leave_out_unseen(start),
            _ => {}
        }
    }
}

/// Whether an element's content is not document text.
fn has_no_text(node: Node<'_, '_>) -> bool {
    matches!(node.tag_name().name(), "t" | "delText" | "instrText" | "rPr" | "pPr" | "sectPr" | "tcPr")
}

/// Whether a run is hidden or struck out.
fn is_unseen(run: Node<'_, '_>) -> bool {
    let is_on = |property: Node<'_, '_>| {
        let value = property.attributes().find(|attribute| attribute.name() == "val");
        !value.is_some_and(|value| matches!(value.value(), "0" | "false" | "off"))
    };
    let properties = child(run, "rPr");
    ["vanish", "strike", "dstrike"]
        .iter()
        .any(|name| properties.and_then(|of| child(of, name)).is_some_and(is_on))
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.tag_name().name() == name)
}

/// The number of an endnote as Word writes it, without the hundreds.
fn roman(number: usize) -> String {
    let tens = ["", "x", "xx", "xxx", "xl", "l", "lx", "lxx", "lxxx", "xc"];
    let ones = ["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"];
    format!("{}{}", tens[number / 10 % 10], ones[number % 10])
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::super::SecondReading;
    use crate::knowledge::format::Format;

    fn paragraph(inner: &str) -> String {
        format!("<w:p>{inner}</w:p>")
    }

    fn run(text: &str) -> String {
        format!("<w:r><w:t>{text}</w:t></w:r>")
    }

    fn document(body: &str) -> SecondReading {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
        write!(zip, "<w:document xmlns:w=\"x\"><w:body>{body}</w:body></w:document>").unwrap();
        SecondReading::of(Format::Docx, &zip.finish().unwrap().into_inner()).unwrap()
    }

    #[test]
    fn a_unit_stands_in_one_paragraph_without_what_is_deleted() {
        let first = [
            &run("Take tw"),
            &format!("<w:ins>{}</w:ins>", run("o a")),
            "<w:del><w:r><w:delText>three</w:delText></w:r></w:del><w:r><w:footnoteReference w:id=\"1\"/></w:r>",
            &format!("<w:r><w:txbxContent>{}</w:txbxContent></w:r>", paragraph(&run("Boxed"))),
            &run(" day."),
        ];
        let document = document(&(paragraph(&first.concat()) + &paragraph(&run("Second part"))));
        for text in ["Take two a day.", "Take two a¹ day.", "Boxed"] {
            assert!(document.holds(text, None), "{text}");
        }
        for text in ["Take two a three day", "a day. Second part", "Take 2 two"] {
            assert!(!document.holds(text, None), "{text}");
        }
    }

    #[test]
    fn what_is_no_document_is_not_read() {
        assert!(SecondReading::of(Format::Docx, b"PK nothing").is_none());
    }
}

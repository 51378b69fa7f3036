//! PDF into blocks. A PDF knows no paragraphs, only letters at places; what the library makes of them is
//! joined into paragraphs again. Words divided at the end of a line lose their hyphen unless the document
//! also writes them with one.

use std::io;
use std::panic::{self, AssertUnwindSafe};

use rustc_hash::FxHashSet;

use super::outline::{Block, BlockKind};
use super::plain;

/// The most text that is taken from a file, in bytes; a PDF is compressed.
const LARGEST_TEXT: usize = 64 << 20;

/// Why a PDF gives no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// The library did not understand it, in its own words.
    Broken(String),
    /// It holds no text: scanned pages, most often.
    NoText,
}

/// Reads a PDF.
///
/// # Errors
/// When the file is not one, is encrypted, or holds no text.
pub fn blocks(bytes: &[u8]) -> Result<Vec<Block>, Unreadable> {
    let text = text(bytes, LARGEST_TEXT)?;
    if text.trim().is_empty() { Err(Unreadable::NoText) } else { Ok(paragraphs(&text)) }
}

/// The library panics on files that it does not understand, recurses without end into some, and takes any time and
/// memory for others. Only the text is bounded here; the sandbox bounds the rest.
fn text(bytes: &[u8], largest: usize) -> Result<String, Unreadable> {
    let mut page = Bounded { bytes: Vec::new(), largest, is_full: false };
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| extract(bytes, &mut page)));
    if page.is_full {
        return Err(Unreadable::Broken(format!("it unfolds to more than {largest} bytes of text")));
    }
    match outcome {
        Ok(Ok(())) => Ok(String::from_utf8_lossy(&page.bytes).into_owned()),
        Ok(Err(error)) => Err(Unreadable::Broken(error.to_string())),
        Err(_panic) => Err(Unreadable::Broken("it is not built as the PDF reader expects".to_owned())),
    }
}

/// As the library's own `extract_text_from_mem`, into a text that cannot grow without end.
fn extract(bytes: &[u8], text: &mut Bounded) -> Result<(), pdf_extract::OutputError> {
    let mut document = pdf_extract::Document::load_mem(bytes)?;
    if document.is_encrypted() {
        document.decrypt("")?; // many a leaflet is locked against changes only, with an empty password
    }
    let mut writer: &mut dyn io::Write = text;
    let mut output = pdf_extract::PlainTextOutput::new(&mut writer as &mut dyn io::Write);
    pdf_extract::output_doc(&document, &mut output)
}

/// Text that refuses to grow beyond a limit.
struct Bounded {
    bytes: Vec<u8>,
    largest: usize,
    is_full: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.largest {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Joins lines to paragraphs. A paragraph that does not end as a sentence does, followed by one that begins
/// in lower case, was divided by the end of a page.
fn paragraphs(text: &str) -> Vec<Block> {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{c}'], "\n");
    let words: FxHashSet<&str> = text.split(|c: char| !is_word(c)).collect();
    let mut blocks: Vec<Block> = Vec::new();
    for block in plain::blocks(&text, 1) {
        let joined = join_lines(&block.text, &words);
        match blocks.last_mut() {
            Some(before) if goes_on(before, block.kind, &joined) => {
                append_line(&mut before.text, &joined, &words)
            }
            _ => blocks.push(Block { kind: block.kind, text: joined, line: None }),
        }
    }
    blocks
}

fn goes_on(before: &Block, kind: BlockKind, words: &str) -> bool {
    !matches!(before.kind, BlockKind::Heading { .. })
        && kind == BlockKind::Paragraph
        && words.starts_with(char::is_lowercase)
        && !before.text.ends_with(['.', '!', '?', ':', ';', '"', '”', ')', ']'])
}

fn join_lines(text: &str, words: &FxHashSet<&str>) -> String {
    let mut joined = String::with_capacity(text.len());
    for line in text.lines().map(str::trim) {
        append_line(&mut joined, line, words);
    }
    joined
}

fn append_line(joined: &mut String, line: &str, words: &FxHashSet<&str>) {
    if joined.ends_with('\u{ad}') || loses_hyphen(joined, line, words) {
        joined.pop();
    } else if !joined.is_empty() && !ends_in_hyphen(joined) {
        joined.push(' ');
    }
    joined.push_str(line);
}

fn ends_in_hyphen(text: &str) -> bool {
    let mut last = text.chars().rev();
    matches!(last.next(), Some('-' | '‐')) && last.next().is_some_and(char::is_alphabetic)
}

/// Whether the hyphen at the end of a line only divides a word. It stays where the document writes the
/// word with a hyphen elsewhere and never without.
fn loses_hyphen(before: &str, line: &str, words: &FxHashSet<&str>) -> bool {
    if !ends_in_hyphen(before) || !line.starts_with(char::is_lowercase) {
        return false;
    }
    let first = before.rsplit(|c| !is_word(c)).next().unwrap_or_default();
    let rest = line.split(|c| !is_word(c)).next().unwrap_or_default();
    let whole = format!("{}{rest}", first.trim_end_matches(['-', '‐']));
    words.contains(whole.as_str()) || !words.contains(format!("{first}{rest}").as_str())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '‐')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PDF of one page with these lines.
    fn pdf(lines: &[&str]) -> Vec<u8> {
        let shown: String = lines.iter().map(|line| format!("({line}) Tj 0 -14 Td ")).collect();
        let content = format!("BT /F1 12 Tf 72 720 Td {shown}ET");
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
             /Resources << /Font << /F1 5 0 R >> >> >>"
                .to_owned(),
            format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        ];
        let mut file = "%PDF-1.4\n".to_owned();
        let mut table = "0000000000 65535 f \n".to_owned();
        for (number, object) in (1..).zip(objects) {
            table.push_str(&format!("{:010} 00000 n \n", file.len()));
            file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
        }
        let start = file.len();
        file.push_str(&format!(
            "xref\n0 6\n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
        ));
        file.into_bytes()
    }

    #[test]
    fn lines_become_a_paragraph() {
        let blocks = blocks(&pdf(&["The typical dos-", "age is 4.5 mg", "at night."])).expect("it is a PDF");
        let words: Vec<_> = blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(words, ["The typical dosage is 4.5 mg at night."]);
    }

    #[test]
    fn wide_gaps_part_paragraphs() {
        let blocks =
            blocks(&pdf(&["One line", "and another.", "", "", "Next paragraph."])).expect("it is a PDF");
        let words: Vec<_> = blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(words, ["One line and another.", "Next paragraph."]);
    }

    #[test]
    fn a_pdf_without_text_and_a_broken_one_are_told_apart() {
        assert_eq!(blocks(&pdf(&[])), Err(Unreadable::NoText));
        assert!(matches!(blocks(b"%PDF-1.4 nothing"), Err(Unreadable::Broken(_))));
    }

    #[test]
    fn text_without_end_is_refused() {
        let bytes = pdf(&["A line.", "Another line."]);
        let refused = Err(Unreadable::Broken("it unfolds to more than 8 bytes of text".to_owned()));
        assert_eq!(text(&bytes, 8), refused);
        assert!(text(&bytes, 100).is_ok());
    }

    #[test]
    fn hyphens_that_belong_to_the_word_stay() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<_> = paragraphs(text).into_iter().map(|block| block.text).collect();
            assert_eq!(found, expected, "{text}");
        };
        check(
            "An anti-\ninflammatory. It is anti-inflammatory.",
            &["An anti-inflammatory. It is anti-inflammatory."],
        );
        check(
            "It is naltrex-\none and T-\nCells and so\u{ad}\nft.",
            &["It is naltrexone and T-Cells and soft."],
        );
        check("It is given\n\nat night.\n\nNot by day.", &["It is given at night.", "Not by day."]);
        check("10 -\n20 mg.", &["10 - 20 mg."]);
    }
}

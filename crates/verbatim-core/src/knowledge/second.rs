//! A second reading of a source file, made by different parsers, that units are checked against.
//!
//! A unit is a reader's result: the reader may have joined two blocks, mixed two columns or included a footnote mark.
//! The second reading knows no sentences, headings or lists. It turns the file into a sequence of letters plus the
//! places where reading may jump; a unit holds if some path through the letters spells it. So it detects text that is
//! put together wrongly, but not text that is missing.
//!
//! | format | read by | a unit |
//! | --- | --- | --- |
//! | HTML | html5gum | lies in one block; short inline elements may be left out |
//! | Markdown | the crate `markdown`, converted to HTML | the same |
//! | Word | roxmltree | the same |
//! | plain text | columns of lines | continues from line to line |
//! | PDF | the drawn glyphs | the same, on the page that its reader reports or the next one |

mod decode;
mod fold;
mod html;
mod letters;
mod markdown;
mod pages;
mod pdf;
mod plain;
mod search;
mod table;
mod word;

use self::letters::LetterRow;
use self::search::SearchableRow;
use super::format::Format;

/// A source file as read the second time.
pub struct SecondReading {
    document: SearchableRow,
}

impl SecondReading {
    /// Reads a file. Returns `None` if the parser cannot read it, or if it has no letters or too many.
    pub fn of(format: Format, bytes: &[u8]) -> Option<Self> {
        let row = match format {
            Format::Html => html::read(&decode::decode(bytes)),
            Format::Markdown => markdown::read(&decode::decode(bytes))?,
            Format::Plain => plain::read(&decode::decode(bytes)),
            Format::Docx => word::read(bytes)?,
            Format::Pdf => pdf::read(bytes)?,
        };
        Self::new(row)
    }

    fn new(row: LetterRow) -> Option<Self> {
        row.is_usable().then(|| Self { document: SearchableRow::new(row) })
    }

    /// Whether the words of a unit occur together in the file; in a file with pages, on this page, counted from 1.
    pub fn holds(&self, unit: &str, page: Option<u32>) -> bool {
        let Some(page) = self.document.row().page(page) else { return false };
        match table::cells(unit) {
            Some(cells) => table::holds_row(&self.document, &cells, &page),
            None => {
                let letters = fold::sought_letters(unit, false);
                letters.is_empty() || self.document.contains(&letters, &page)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(format: Format, text: &str) -> SecondReading {
        SecondReading::of(format, text.as_bytes()).expect("it is read")
    }

    /// Checks that the units occur in a text.
    pub fn assert_hold(format: Format, text: &str, units: &[&str]) {
        let reading = reading(format, text);
        units.iter().for_each(|unit| assert!(reading.holds(unit, None), "{unit}"));
    }

    /// Checks that the units do not occur in a text.
    pub fn assert_differ(format: Format, text: &str, units: &[&str]) {
        let reading = reading(format, text);
        units.iter().for_each(|unit| assert!(!reading.holds(unit, None), "{unit}"));
    }

    #[test]
    fn no_bytes_end_the_program() {
        for format in Format::ALL {
            for bytes in [&b""[..], b"\xff\xfe\0", b"<", b"aaaa aaaa", b"%PDF-1.7\n1 0 obj<</W[1]>>"] {
                if let Some(reading) = SecondReading::of(format, bytes) {
                    reading.holds("aa | a |  | \u{301}", Some(0));
                }
            }
        }
    }

    #[test]
    fn a_text_without_letters_holds_everywhere() {
        assert_hold(Format::Plain, "a", &["", "…", " | "]);
    }
}

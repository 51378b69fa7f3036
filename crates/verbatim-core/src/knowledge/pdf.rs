//! PDF into blocks. A PDF knows no paragraphs, only letters at places: here the letters become words, the words lines,
//! the lines columns in reading order, and these paragraphs, lists and tables.

mod beside;
mod bomb;
mod columns;
mod contents;
mod flow;
mod furniture;
mod grid;
mod ink;
mod join;
mod level;
mod list;
mod loose;
mod runin;
mod seen;
mod style;
mod words;
mod write;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

pub(super) use self::ink::{Glyph, Ink};
use super::blocks::Block;
use super::problem::Problem;

/// What every PDF begins with.
pub(super) const PDF_START: &[u8] = b"%PDF-";

/// Why a PDF gives no blocks, with what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not built as a PDF is.
    Broken,
    /// It opens only with a password.
    Locked,
    /// It holds more letters than are read.
    TooLong,
    /// It holds no text that is seen.
    NoText,
    /// Its fonts do not tell which letters they draw.
    NoLetters,
}

impl Unreadable {
    /// The same for the author of the file `name`.
    pub fn problem(self, name: &str) -> Problem {
        let recognise = "Have its text recognised (OCR) first, or save that as Markdown or plain text.";
        let (what, remedy) = match self {
            Self::Broken => {
                ("The PDF is damaged.", "Open it in a viewer and save it again, or fetch it anew.")
            }
            Self::Locked => ("The PDF opens only with a password.", "Save a copy without one."),
            Self::TooLong => ("The PDF holds more text than is read.", "Divide it into several documents."),
            Self::NoText => ("The PDF holds no text; it may be scanned.", recognise),
            Self::NoLetters => ("The fonts of the PDF do not tell which letters they draw.", recognise),
        };
        Problem::new(name, what, remedy)
    }
}

/// Reads a PDF.
///
/// # Errors
/// When the file is not a PDF, is locked, or holds no text or too much. The time and memory that the drawing takes are
/// to be bounded from outside.
pub fn read(bytes: &[u8]) -> Result<Vec<Block>, Unreadable> {
    // The library understands many broken files, and a panic in it must not end the program.
    catch_unwind(AssertUnwindSafe(|| blocks(bytes))).unwrap_or(Err(Unreadable::Broken))
}

/// What the pages of a PDF draw, with those letters only that are seen.
///
/// # Errors
/// When the file is not a PDF, is locked or holds too much. A panic of the library is to be caught outside.
pub(super) fn draw_seen(bytes: &[u8]) -> Result<Vec<Ink>, Unreadable> {
    if !bomb::is_bounded(bytes) {
        return Err(Unreadable::TooLong);
    }
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Unreadable::Locked,
        _ => Unreadable::Broken,
    })?;
    let mut pages = ink::draw(&pdf).ok_or(Unreadable::TooLong)?;
    seen::keep_seen(&mut pages);
    Ok(pages)
}

fn blocks(bytes: &[u8]) -> Result<Vec<Block>, Unreadable> {
    let pages = draw_seen(bytes)?;
    if pages.iter().all(|page| page.glyphs.iter().all(|glyph| glyph.text.trim().is_empty())) {
        return Err(Unreadable::NoText);
    }
    let glyphs = || pages.iter().flat_map(|page| &page.glyphs);
    if glyphs().filter(|glyph| glyph.text == "\u{fffd}").count() * 2 > glyphs().count() {
        return Err(Unreadable::NoLetters);
    }
    Ok(write::write(&flow::flow(&pages)))
}

#[cfg(test)]
mod tests;

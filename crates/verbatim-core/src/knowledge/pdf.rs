//! Converts PDF into blocks. A PDF has no paragraphs, only letters at positions: this module joins letters into words,
//! words into lines, and lines into columns in reading order, then finds the paragraphs, lists and tables.

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

/// The first bytes of every PDF.
pub(super) const PDF_START: &[u8] = b"%PDF-";

/// Why a PDF cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PdfError {
    /// It is not a valid PDF.
    Broken,
    /// It is protected by a password.
    Locked,
    /// It has more letters than [`read`] accepts.
    TooLong,
    /// It has no visible text.
    NoText,
    /// Its fonts do not say which letters they draw.
    NoLetters,
}

impl PdfError {
    /// Describes the problem and its remedy, for the author of the file `name`.
    pub fn problem(self, name: &str) -> Problem {
        let recognise = "Run text recognition (OCR) first, or save the text as Markdown or plain text.";
        let (what, remedy) = match self {
            Self::Broken => {
                ("The PDF is damaged.", "Open it in a viewer and save it again, or download it again.")
            }
            Self::Locked => ("The PDF is protected by a password.", "Save a copy without one."),
            Self::TooLong => ("The PDF has more text than can be read.", "Split it into several documents."),
            Self::NoText => ("The PDF contains no text; it may be scanned.", recognise),
            Self::NoLetters => ("The PDF's fonts do not say which letters they draw.", recognise),
        };
        Problem::new(name, what, remedy)
    }
}

/// Reads a PDF.
///
/// # Errors
/// If the file is not a PDF, is locked, has no text or has too much. The caller must limit the time and memory that
/// drawing takes.
pub fn read(bytes: &[u8]) -> Result<Vec<Block>, PdfError> {
    // The library accepts many broken files, and a panic in it must not end the program.
    catch_unwind(AssertUnwindSafe(|| blocks(bytes))).unwrap_or(Err(PdfError::Broken))
}

/// Draws the pages of a PDF, keeping only the visible letters.
///
/// # Errors
/// If the file is not a PDF, is locked or has too much text. The library can panic; the caller must catch that.
pub(super) fn draw_seen(bytes: &[u8]) -> Result<Vec<Ink>, PdfError> {
    if !bomb::is_bounded(bytes) {
        return Err(PdfError::TooLong);
    }
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => PdfError::Locked,
        _ => PdfError::Broken,
    })?;
    let mut pages = ink::draw(&pdf).ok_or(PdfError::TooLong)?;
    seen::keep_seen(&mut pages);
    Ok(pages)
}

fn blocks(bytes: &[u8]) -> Result<Vec<Block>, PdfError> {
    let pages = draw_seen(bytes)?;
    if pages.iter().all(|page| page.glyphs.iter().all(|glyph| glyph.text.trim().is_empty())) {
        return Err(PdfError::NoText);
    }
    let glyphs = || pages.iter().flat_map(|page| &page.glyphs);
    if glyphs().filter(|glyph| glyph.text == "\u{fffd}").count() * 2 > glyphs().count() {
        return Err(PdfError::NoLetters);
    }
    Ok(write::write(&flow::flow(&pages)))
}

#[cfg(test)]
mod tests;

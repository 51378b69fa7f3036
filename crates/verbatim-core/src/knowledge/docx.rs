//! Reads Word documents (`.docx`): the text with all tracked changes accepted, without hidden, deleted and
//! struck-out text.
//!
//! A document passes through these modules: `package` opens the zip, `xml` parses its parts, `style` and `number` hold
//! the looks of styles and lists, `body`, `paragraph`, `field` and `table` build its content (`model`), `lines` and
//! `outline` detect headings and typed lists, and `write`, `list` and `boxes` produce the blocks.

mod body;
mod boxes;
mod character;
mod contents;
mod field;
#[cfg(test)]
mod kinds;
mod lines;
mod list;
#[cfg(test)]
mod looks;
mod math;
mod model;
mod number;
mod outline;
mod package;
mod paragraph;
mod role;
mod style;
mod tab_table;
mod table;
#[cfg(test)]
mod tests;
mod typed;
mod write;
mod xml;

use package::Package;

use super::blocks::{Block, BlockKind};
use super::problem::Problem;

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocxError {
    /// It is not a Word document.
    NotWord,
    /// It is in the format of Word before 2007.
    OldFormat,
    /// It is locked with a password.
    Locked,
    /// It embeds other documents (`altChunk`), which Word merges when it saves the file.
    Unmerged,
    /// It cannot be unpacked or parsed.
    Damaged(String),
    /// It exceeds the size limits.
    TooLarge,
    /// Its tables or boxes are nested too deeply.
    TooDeep,
    /// It contains no text.
    NoText,
}

impl DocxError {
    /// Describes the problem for the author of the file `name`.
    pub fn problem(&self, name: &str) -> Problem {
        let (what, remedy) = match self {
            Self::NotWord => ("is not a Word document", "Save it as `.docx` with Word or LibreOffice."),
            Self::OldFormat => {
                ("is in the old `.doc` format", "Open it with Word or LibreOffice and save it as `.docx`.")
            }
            Self::Locked => {
                ("is locked with a password", "Open it, remove the password, and save it as `.docx`.")
            }
            Self::Unmerged => {
                ("embeds other documents that only Word can merge", "Open it with Word and save it again.")
            }
            Self::Damaged(what) => {
                let what = format!("The file is damaged: {what}.");
                return Problem::new(name, what, "Open it with Word or LibreOffice and save it again.");
            }
            Self::TooLarge => ("is too large", "Divide it into several documents."),
            Self::TooDeep => ("has tables or boxes that are nested too deeply", "Save its text as Markdown."),
            Self::NoText => {
                ("contains no text", "If its pages are scanned, run text recognition (OCR) first.")
            }
        };
        Problem::new(name, format!("The file {what}."), remedy)
    }
}

/// Converts a document to blocks.
///
/// # Errors
/// Fails if the file is not a Word document, or is locked, damaged, too large, too deeply nested or empty, or embeds
/// other documents.
pub fn read(bytes: &[u8]) -> Result<Vec<Block>, DocxError> {
    let document = body::read(&mut Package::open(bytes)?)?;
    let blocks = write::write(document);
    let seen = blocks.iter().any(|block| block.kind != BlockKind::Furniture);
    if seen { Ok(blocks) } else { Err(DocxError::NoText) }
}

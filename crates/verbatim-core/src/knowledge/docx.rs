//! Reads Word documents (`.docx`, `.docm`): the text as it stands once all tracked changes are accepted, with the hidden,
//! deleted and struck-out words left out.
//!
//! The way of a document: `package` opens the zip, `xml` parses its parts, `style` and `number` hold what styles
//! and lists look like, `body`, `paragraph`, `field` and `table` make content (`model`) of it, `lines` and
//! `outline` tell headings and typed lists, and `write`, `list` and `boxes` feed the blocks.

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
pub enum Unreadable {
    /// It is no Word document.
    NotWord,
    /// It is in the format of Word before 2007.
    OldFormat,
    /// It opens only with a password.
    Locked,
    /// It embeds other documents (`altChunk`), which Word puts in for good when it saves it.
    Unmerged,
    /// It cannot be unpacked or parsed.
    Damaged(String),
    /// It holds more than is read.
    TooLarge,
    /// Its tables or boxes stand too deep in each other.
    TooDeep,
    /// It holds no text.
    NoText,
}

impl Unreadable {
    /// The same for the author of the file `name`.
    pub fn problem(&self, name: &str) -> Problem {
        let (what, remedy) = match self {
            Self::NotWord => ("is no Word document", "Save it as `.docx` with Word or LibreOffice."),
            Self::OldFormat => {
                ("is in the old `.doc` format", "Open it with Word or LibreOffice and save it as `.docx`.")
            }
            Self::Locked => {
                ("is locked with a password", "Open it, take the password away, and save it as `.docx`.")
            }
            Self::Unmerged => {
                ("embeds other documents that only Word puts in", "Open it with Word and save it anew.")
            }
            Self::Damaged(what) => {
                let what = format!("The file is damaged: {what}.");
                return Problem::new(name, what, "Open it with Word or LibreOffice and save it anew.");
            }
            Self::TooLarge => ("is too large", "Divide it into several documents."),
            Self::TooDeep => ("has tables or boxes too deep in each other", "Save its text as Markdown."),
            Self::NoText => ("holds no text", "If it holds scanned pages, recognise their text first."),
        };
        Problem::new(name, format!("The file {what}."), remedy)
    }
}

/// Reads a document into blocks.
///
/// # Errors
/// Where it is no Word document, locked, damaged, too large, or empty.
pub fn read(bytes: &[u8]) -> Result<Vec<Block>, Unreadable> {
    let document = body::read(&mut Package::open(bytes)?)?;
    let blocks = write::write(document);
    let seen = blocks.iter().any(|block| block.kind != BlockKind::Furniture);
    if seen { Ok(blocks) } else { Err(Unreadable::NoText) }
}

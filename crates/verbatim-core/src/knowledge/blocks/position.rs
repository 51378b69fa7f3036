//! Where a block stands in its file.

use serde::{Deserialize, Serialize};

/// Where a block begins in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FilePosition {
    /// The format does not say.
    #[default]
    Unknown,
    /// A line of a text file, counted from 1.
    Line(usize),
    /// A page of a PDF, counted from 1.
    Page(u32),
}

impl FilePosition {
    /// The line, if the place is a line.
    pub fn line(self) -> Option<usize> {
        if let Self::Line(line) = self { Some(line) } else { None }
    }

    /// The page, if the place is a page.
    pub fn page(self) -> Option<u32> {
        if let Self::Page(page) = self { Some(page) } else { None }
    }
}

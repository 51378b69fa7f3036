//! A problem in a knowledge base, reported to its author: where it is, what is wrong, and what to do.
//! Reading never stops at a problem; it returns everything that it could read, plus the problems.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::fs::{FsError, Operation};
use crate::text::case::capitalised;
use crate::text::controls::{visible, visible_line};

/// Something that the author should fix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// The affected file or folder.
    pub path: PathBuf,
    /// The line in that file, counted from 1, if known.
    pub line: Option<usize>,
    /// What is wrong, as a whole sentence.
    pub what: String,
    /// What to do about it, as a whole sentence.
    pub remedy: String,
}

impl Problem {
    /// Makes a problem with a whole file or folder.
    pub fn new(path: impl AsRef<Path>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.as_ref().to_owned(), line: None, what: what.into(), remedy: remedy.into() }
    }

    /// Sets the line, counted from 1.
    pub fn at(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }
}

impl From<FsError> for Problem {
    fn from(error: FsError) -> Self {
        let FsError { operation, path, source } = &error;
        match operation {
            Operation::Read => {
                let what = format!("The file cannot be read: {source}.");
                let remedy = match source.kind() {
                    ErrorKind::InvalidData => "Save it as UTF-8.",
                    _ => "Put it back, or fix its permissions.",
                };
                Self::new(path, what, remedy)
            }
            _ => {
                let what = format!("The program cannot {operation} it: {source}.");
                Self::new(path, what, format!("{}.", capitalised(error.remedy())))
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // File names and quoted text can contain control characters that a terminal acts on.
        write!(out, "{}", visible_line(&self.path.to_string_lossy()))?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
        }
        write!(out, ": {} {}", visible(&self.what), visible(&self.remedy))
    }
}

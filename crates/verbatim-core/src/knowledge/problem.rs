//! What is wrong with a knowledge base, told to the person who writes it: where, what, and what to do.
//! Reading never stops at a problem; it returns what it could read and the problems beside it.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::text::controls::{visible, visible_line};

/// One thing an author should mend.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// The file or folder that it is about.
    pub path: PathBuf,
    /// The line in that file, from 1, where there is one.
    pub line: Option<usize>,
    /// What is wrong, a whole sentence.
    pub what: String,
    /// What to do about it, a whole sentence.
    pub remedy: String,
}

impl Problem {
    /// A problem of a whole file or folder.
    pub fn new(path: impl AsRef<Path>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.as_ref().to_owned(), line: None, what: what.into(), remedy: remedy.into() }
    }

    /// The same problem, at a line counted from 1.
    pub fn at(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A file's name and what is repeated of its text may hold what a terminal acts on.
        write!(out, "{}", visible_line(&self.path.to_string_lossy()))?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
        }
        write!(out, ": {} {}", visible(&self.what), visible(&self.remedy))
    }
}

//! Errors of the store, classified by what to do about them.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why the store cannot be read or written. Each message names the file and the remedy.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process has kept it locked for too long.
    #[error("{}: the store is locked by another process; end it, or name another file in `store.path`", .0.display())]
    Locked(PathBuf),
    /// The disk is full.
    #[error("{}: the store cannot grow, because the disk is full; make room", .0.display())]
    Full(PathBuf),
    /// The file or its folder cannot be written.
    #[error("{}: the store cannot be written: {what}; check the permissions of the file and its folder", .path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// The system's error message.
        what: String,
    },
    /// The system could not read or write the file, although its permissions allow it.
    #[error("{}: the store cannot be read or written: {what}; check whether its disk is full or failing", .path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// The system's error message.
        what: String,
    },
    /// The file is not a database, or is a broken one. It must be set aside before anything is written.
    #[error("{}: the store is broken: {what}", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A newer version of the program wrote it.
    #[error("{}: the store was written by a newer version of this program; use that version, or name another file in `store.path`", .0.display())]
    Newer(PathBuf),
    /// Its write-ahead log could not be emptied.
    #[error(
        "{}-wal: it may still contain copies of deleted data, because another process is reading the store; run the \
         same command again, or end that process first", .0.display()
    )]
    NotEmptied(PathBuf),
    /// Anything else.
    #[error("{}: the store failed: {what}", .path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// SQLite's primary result codes (sqlite.org/rescode.html).
const BUSY: i32 = 5;
const TABLE_LOCKED: i32 = 6;
const READ_ONLY: i32 = 8;
const IO: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANNOT_OPEN: i32 = 14;
const NO_DATABASE: i32 = 26;

impl StoreError {
    /// Converts an error of the SQLite library for the store at `path`.
    pub(super) fn of(path: &Path, error: &sqlx::Error) -> Self {
        let (path, what) = (path.to_owned(), error.to_string());
        let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
        match code.map(|code| code & 0xff) {
            Some(BUSY | TABLE_LOCKED) => Self::Locked(path),
            Some(FULL) => Self::Full(path),
            Some(READ_ONLY | CANNOT_OPEN) => Self::NotWritable { path, what },
            Some(IO) => Self::Disk { path, what },
            Some(CORRUPT | NO_DATABASE) => Self::Broken { path, what },
            // The pool has one connection, so a timeout means that it is locked.
            None if matches!(error, sqlx::Error::PoolTimedOut) => Self::Locked(path),
            _ => Self::Other { path, what },
        }
    }

    /// Whether the file must be set aside.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Broken { .. })
    }
}

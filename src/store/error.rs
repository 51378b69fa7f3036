//! What a failure of the store means, for whoever has to decide what to do about it.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why the store cannot be read or written. Each says which file and what to do.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process holds it, for longer than is waited for.
    #[error("{}: the store is locked by another process; end it, or name another file in `store.path`", .0.display())]
    Locked(PathBuf),
    /// The disk is full.
    #[error("{}: the store cannot grow, because the disk is full; make room", .0.display())]
    Full(PathBuf),
    /// The file or its folder cannot be written.
    #[error("{}: the store cannot be written: {what}; see the permissions of the file and its folder", .path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        what: String,
    },
    /// The system could not read or write the file, though it may.
    #[error("{}: the store cannot be read or written: {what}; see whether its disk is full, or failing", .path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the system says.
        what: String,
    },
    /// It is no database, or a broken one. It must be set aside before anything is written.
    #[error("{}: the store is broken: {what}", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A newer program made it.
    #[error("{}: the store is of a newer version of this program; use that, or name another file in `store.path`", .0.display())]
    Newer(PathBuf),
    /// Its write-ahead log could not be emptied.
    #[error(
        "{}-wal: it may still hold older copies of what was deleted, because another process is reading the store; run \
         the same command again, or end that process first", .0.display()
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
    /// What an error of the library means for the store at `path`.
    pub(super) fn of(path: &Path, error: &sqlx::Error) -> Self {
        let (path, what) = (path.to_owned(), error.to_string());
        let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
        match code.map(|code| code & 0xff) {
            Some(BUSY | TABLE_LOCKED) => Self::Locked(path),
            Some(FULL) => Self::Full(path),
            Some(READ_ONLY | CANNOT_OPEN) => Self::NotWritable { path, what },
            Some(IO) => Self::Disk { path, what },
            Some(CORRUPT | NO_DATABASE) => Self::Broken { path, what },
            // The pool has one connection: whoever waits for it in vain waits for a lock.
            None if matches!(error, sqlx::Error::PoolTimedOut) => Self::Locked(path),
            _ => Self::Other { path, what },
        }
    }

    /// Whether the file must be set aside.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Broken { .. })
    }
}

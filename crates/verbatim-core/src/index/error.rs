//! What can go wrong with an index, told to the one who runs the program: where, what, what to do.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why an index could not be read or written. The caller branches on it: a broken generation is rebuilt,
/// a lock is waited for, a full disk is not tried again.
#[derive(Debug, Error)]
pub enum IndexError {
    /// There is no generation yet.
    #[error("{} holds no index yet; `verbatim index` builds it", .0.display())]
    Missing(PathBuf),
    /// A generation is not what was written: another schema, a flipped byte, half a file.
    #[error("the index generation {} cannot be used: {what}; `verbatim index` builds it anew", .path.display())]
    Broken {
        /// The file or folder.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// Another process is building.
    #[error("{} is locked: {by} is writing the index; wait until it has finished", .path.display())]
    Locked {
        /// The lock's file.
        path: PathBuf,
        /// The process that holds it.
        by: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}; {}", .path.display(), remedy(.source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Tantivy refused.
    #[error("the search index in {} failed: {source}", .path.display())]
    Tantivy {
        /// Its folder.
        path: PathBuf,
        /// What Tantivy said.
        source: tantivy::TantivyError,
    },
    /// The encoder refused.
    #[error(transparent)]
    Encoder(#[from] crate::model::error::EncoderError),
    /// There is no generation before the live one.
    #[error("there is no earlier index generation to go back to; `verbatim generations` lists what there is")]
    NoEarlierGeneration,
    /// There is no generation of that name.
    #[error("there is no index generation `{wanted}`; {}", meant(.nearest.as_deref()))]
    NoSuchGeneration {
        /// The name that was asked for.
        wanted: String,
        /// The nearest one that exists.
        nearest: Option<String>,
    },
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || "`verbatim generations` lists what there is".to_owned(),
        |near| format!("did you mean `{near}`?"),
    )
}

fn remedy(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind::{
        FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
    };
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => "make room there, then run `verbatim index`",
        PermissionDenied | ReadOnlyFilesystem => {
            "let this user write there, or name another folder with `paths.index` in verbatim.toml"
        }
        _ => "look at the path, or name another folder with `paths.index` in verbatim.toml",
    }
}

/// Names the path and the act in an error of the operating system.
pub(super) trait Naming<T> {
    fn naming(self, action: &'static str, path: &Path) -> Result<T, IndexError>;
}

impl<T> Naming<T> for std::io::Result<T> {
    fn naming(self, action: &'static str, path: &Path) -> Result<T, IndexError> {
        self.map_err(|source| IndexError::Io { action, path: path.to_owned(), source })
    }
}

impl<T> Naming<T> for tantivy::Result<T> {
    fn naming(self, action: &'static str, path: &Path) -> Result<T, IndexError> {
        self.map_err(|source| match io_cause(&source) {
            Some(source) => IndexError::Io { action, path: path.to_owned(), source },
            None => IndexError::Tantivy { path: path.to_owned(), source },
        })
    }
}

/// The system's own error inside one of Tantivy's, where there is one. Tantivy keeps it in its variants, not
/// among the causes.
fn io_cause(error: &tantivy::TantivyError) -> Option<std::io::Error> {
    use tantivy::TantivyError;
    use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError};
    let io = match error {
        TantivyError::IoError(io)
        | TantivyError::LockFailure(LockError::IoError(io), _)
        | TantivyError::OpenDirectoryError(
            OpenDirectoryError::IoError { io_error: io, .. } | OpenDirectoryError::FailedToCreateTempDir(io),
        )
        | TantivyError::OpenReadError(OpenReadError::IoError { io_error: io, .. })
        | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: io, .. }) => io,
        _ => return None,
    };
    Some(std::io::Error::new(io.kind(), io.to_string()))
}

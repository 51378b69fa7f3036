//! Errors of the index, as reported to the operator: where, what, and how to fix it.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::fs::{FsError, Operation};

/// Why an index could not be read or written. The caller branches on the variant: a broken generation is rebuilt, a
/// lock is waited for, a full disk is not retried.
#[derive(Debug, Error)]
pub enum IndexError {
    /// There is no generation yet.
    #[error("{} holds no index yet; run `verbatim index` to build it", .0.display())]
    Missing(PathBuf),
    /// A generation is not what was written: another schema, a flipped byte, a truncated file.
    #[error("the index generation {} cannot be used: {what}; run `verbatim index` to rebuild it", .path.display())]
    Broken {
        /// The file or folder.
        path: PathBuf,
        /// What does not match.
        what: String,
    },
    /// Another process is building.
    #[error("{} is locked: {by} is writing the index; wait until it has finished", .path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The process that holds it.
        by: String,
    },
    /// The operating system reported an error.
    #[error("cannot {} {}: {}; {}", .0.operation, .0.path.display(), .0.source, remedy(.0))]
    Io(FsError),
    /// Tantivy reported an error.
    #[error("the search index in {} failed: {source}", .path.display())]
    Tantivy {
        /// Its folder.
        path: PathBuf,
        /// Tantivy's error.
        source: tantivy::TantivyError,
    },
    /// The encoder reported an error.
    #[error(transparent)]
    Encoder(#[from] crate::model::error::EncoderError),
    /// There is no generation before the live one.
    #[error("there is no earlier index generation to roll back to; run `verbatim generations` for a list")]
    NoEarlierGeneration,
    /// There is no generation with this name.
    #[error("there is no index generation `{wanted}`; {}", meant(.nearest.as_deref()))]
    NoSuchGeneration {
        /// The requested name.
        wanted: String,
        /// The nearest existing name.
        nearest: Option<String>,
    },
}

// `From` is written out because `#[from]` would make the error its own cause, and the cause would be printed again.
impl From<FsError> for IndexError {
    fn from(error: FsError) -> Self {
        Self::Io(error)
    }
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || "run `verbatim generations` for a list".to_owned(),
        |near| format!("did you mean `{near}`?"),
    )
}

fn remedy(error: &FsError) -> &'static str {
    use std::io::ErrorKind::{
        FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
    };
    match error.source.kind() {
        _ if error.is_done() => error.remedy(),
        StorageFull | QuotaExceeded | FileTooLarge => "free some disk space, then run `verbatim index`",
        PermissionDenied | ReadOnlyFilesystem => {
            "give this user write permission, or set `paths.index` in verbatim.toml to another folder"
        }
        _ => "check the path, or set `paths.index` in verbatim.toml to another folder",
    }
}

/// Adds the operation and the folder of the search index to an error of Tantivy.
pub(super) fn tantivy_error(
    operation: Operation,
    folder: &Path,
) -> impl Fn(tantivy::TantivyError) -> IndexError {
    let path = folder.to_owned();
    move |source| match io_cause(&source) {
        Some(source) => FsError { operation, path: path.clone(), source }.into(),
        None => IndexError::Tantivy { path: path.clone(), source },
    }
}

/// Returns the system's error inside a Tantivy error, if there is one. Tantivy keeps it in its variants, not among the
/// causes.
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

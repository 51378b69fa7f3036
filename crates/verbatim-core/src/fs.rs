//! Files and folders. Every error names the path, the attempted operation and a remedy.
//!
//! Files of a knowledge base are replaced atomically: afterwards a file is either complete and on disk, or unchanged.
//! Such a change ends in a rename, because no other operation is atomic. After the rename, the folder is synced. If that
//! fails, the change is made, but not durable: [`FsError::is_done`].

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thiserror::Error;

/// The operating system refused an operation. Reported to the operator of the program.
#[derive(Debug, Error)]
#[error("cannot {operation} {}: {source}; {}", .path.display(), self.remedy())]
pub struct FsError {
    /// The attempted operation.
    pub operation: Operation,
    /// The affected path.
    pub path: PathBuf,
    /// The operating system's error.
    pub source: io::Error,
}

/// What was done with a path; displayed as a verb that the path follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Read a file or list a folder.
    Read,
    /// Open an index.
    Open,
    /// Create a folder.
    Create,
    /// Write a file, or sync it or a folder.
    Write,
    /// Sync the folder of a path after its entry was changed.
    SyncFolder,
    /// Replace a file with a new one.
    Replace,
    /// Lock a file or folder.
    Lock,
    /// Move a file.
    Move,
    /// Move something out of the way.
    MoveAside,
    /// Move a file back to its place.
    MoveBack,
    /// Make a generation, or its name, visible.
    Publish,
    /// Remove a file or folder.
    Remove,
}

impl fmt::Display for Operation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Read => "read",
            Self::Open => "open",
            Self::Create => "create",
            Self::Write => "write",
            Self::SyncFolder => "sync the folder of",
            Self::Replace => "replace",
            Self::Lock => "lock",
            Self::Move => "move",
            Self::MoveAside => "move aside",
            Self::MoveBack => "move the older file back to",
            Self::Publish => "publish",
            Self::Remove => "remove",
        })
    }
}

impl FsError {
    /// What the operator should do, as the end of a sentence.
    pub fn remedy(&self) -> &'static str {
        use io::ErrorKind::{
            FileTooLarge, NotFound, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
        };
        match (self.operation, self.source.kind()) {
            (Operation::SyncFolder, _) => "the change is made, but a power failure could undo it",
            (_, StorageFull | QuotaExceeded | FileTooLarge) => "free some space there, then try again",
            (Operation::Read, NotFound) => "put it back",
            (Operation::Read, PermissionDenied) => {
                "give the user that runs the program read permission there"
            }
            (_, PermissionDenied | ReadOnlyFilesystem) => {
                "give the user that runs the program write permission there"
            }
            _ => "check the path, then try again",
        }
    }

    /// Whether the operation was carried out nonetheless, and only is not durable yet.
    pub fn is_done(&self) -> bool {
        self.operation == Operation::SyncFolder
    }

    /// Whether there is nothing at the path.
    pub fn is_not_found(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }
}

/// Adds the operation and the path to an error of the operating system.
pub trait Naming<T> {
    /// The same result, with the operation and the path in the error.
    ///
    /// # Errors
    /// The same error, named.
    fn naming(self, operation: Operation, path: &Path) -> Result<T, FsError>;
}

impl<T> Naming<T> for io::Result<T> {
    fn naming(self, operation: Operation, path: &Path) -> Result<T, FsError> {
        self.map_err(|source| FsError { operation, path: path.to_owned(), source })
    }
}

/// Reads a whole file.
///
/// # Errors
/// If it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, FsError> {
    fs::read(path).naming(Operation::Read, path)
}

/// Reads a whole file as UTF-8.
///
/// # Errors
/// If it cannot be read or is not UTF-8.
pub fn read_to_string(path: &Path) -> Result<String, FsError> {
    fs::read_to_string(path).naming(Operation::Read, path)
}

/// Lists the paths in a folder, sorted.
///
/// # Errors
/// If the folder cannot be listed completely.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, FsError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).naming(Operation::Read, folder)? {
        paths.push(entry.naming(Operation::Read, folder)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// The name of a file or folder; characters that are not UTF-8 are replaced.
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The SHA-256 of a file, in hex.
///
/// # Errors
/// If it cannot be read.
pub fn digest(path: &Path) -> Result<String, FsError> {
    let mut file = File::open(path).naming(Operation::Read, path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).naming(Operation::Read, path)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// Creates a file, or empties the one that exists.
///
/// # Errors
/// If it cannot be written.
pub fn create(path: &Path) -> Result<File, FsError> {
    File::create(path).naming(Operation::Write, path)
}

/// Writes a whole file and syncs it to disk. A file that exists is overwritten in place; see [`replace`].
///
/// # Errors
/// If writing fails. The file may then be incomplete.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    let mut file = create(path)?;
    file.write_all(bytes).naming(Operation::Write, path)?;
    file.sync_all().naming(Operation::Write, path)
}

/// Syncs the bytes of a file, or the entries of a folder, to disk.
///
/// # Errors
/// If that fails.
pub fn sync(path: &Path) -> Result<(), FsError> {
    File::open(path).and_then(|file| file.sync_all()).naming(Operation::Write, path)
}

/// Replaces the contents of the file `path`: writes and syncs a new file beside it, then renames that over it. The new
/// file has the permissions of the old one.
///
/// # Errors
/// If writing fails. The file is then unchanged, unless the error [`FsError::is_done`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    let draft = draft_of(path);
    let written = write_draft(&draft, path, bytes)
        .and_then(|()| fs::rename(&draft, path).naming(Operation::Replace, path));
    if written.is_err() {
        let _ = fs::remove_file(&draft); // hidden, never read, and overwritten next time
    }
    written?;
    sync_parent(path)
}

/// The hidden file beside `path` to which its new contents are written. Hidden files are not sources. If the program is
/// killed, this file stays behind.
pub fn draft_of(path: &Path) -> PathBuf {
    path.with_file_name(format!(".{}.new", name_of(path)))
}

fn write_draft(draft: &Path, path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    let mut file = create(draft)?;
    file.write_all(bytes).naming(Operation::Write, draft)?;
    if let Ok(old) = fs::metadata(path) {
        file.set_permissions(old.permissions()).naming(Operation::Write, draft)?;
    }
    file.sync_all().naming(Operation::Write, draft)
}

/// Moves a file, and creates missing parent folders of its new place.
///
/// # Errors
/// If the move fails. The file is then where it was, unless the error [`FsError::is_done`].
pub fn move_file(from: &Path, to: &Path) -> Result<(), FsError> {
    if let Some(parent) = to.parent() {
        create_folder(parent)?;
    }
    fs::rename(from, to).naming(Operation::Move, from)?;
    sync_parent(to)?;
    sync_parent(from)
}

/// Removes a file. A missing file is not an error.
///
/// # Errors
/// If it cannot be removed. It is gone nonetheless if the error [`FsError::is_done`].
pub fn remove(path: &Path) -> Result<(), FsError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.naming(Operation::Remove, path).and_then(|()| sync_parent(path)),
    }
}

/// Creates a folder and its parents.
///
/// # Errors
/// If it cannot be created. It exists nonetheless if the error [`FsError::is_done`].
pub fn create_folder(path: &Path) -> Result<(), FsError> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).naming(Operation::Create, path)?;
    sync_parent(path)
}

/// Removes a folder and its contents. A missing folder is not an error.
///
/// # Errors
/// If some of it cannot be removed. All of it is gone nonetheless if the error [`FsError::is_done`].
pub fn remove_folder(path: &Path) -> Result<(), FsError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.naming(Operation::Remove, path).and_then(|()| sync_parent(path)),
    }
}

/// Locks a folder against other writers of this program, in this and other processes, until the returned file is
/// dropped. The lock is held only for the duration of a write, never while an index is built.
///
/// # Errors
/// If the folder cannot be opened, or the system does not support locks there.
pub fn lock_folder(path: &Path) -> Result<File, FsError> {
    let folder = File::open(path).naming(Operation::Lock, path)?;
    folder.lock().naming(Operation::Lock, path)?;
    Ok(folder)
}

/// Syncs the folder of `path` to disk, so that the folder's entry for `path` is durable.
///
/// # Errors
/// If that fails. The entry is changed nonetheless: [`FsError::is_done`].
pub fn sync_parent(path: &Path) -> Result<(), FsError> {
    let Some(parent) = path.parent() else { return Ok(()) };
    let folder = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    File::open(folder).and_then(|folder| folder.sync_all()).naming(Operation::SyncFolder, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("withheld.toml");
        replace(&path, b"one").expect("it can be written");
        replace(&path, b"two").expect("it can be written");
        assert_eq!(fs::read(&path).expect("it is there"), b"two");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn an_error_names_the_path_and_leaves_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("taken");
        fs::create_dir(&path).expect("a folder");
        let error = replace(&path, b"one").expect_err("a folder stands there").to_string();
        assert!(error.starts_with("cannot replace "), "{error}");
        assert!(error.contains("taken"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "no draft stays");
    }

    /// A folder that may be written but not read cannot be opened, and so not synced. A thread that gives up root's
    /// rights is bound by permissions.
    #[cfg(target_os = "linux")]
    #[test]
    fn an_error_after_the_change_says_that_the_change_is_made() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("a folder");
        let closed = folder.path().join("closed");
        fs::create_dir(&closed).expect("a folder");
        for (path, mode) in [(folder.path(), 0o777), (&closed, 0o333)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions can be set");
        }
        let (file, from, to) = (closed.join("a"), folder.path().join("b"), closed.join("b"));
        let act = || {
            if rustix::process::geteuid().is_root() {
                let nobody = rustix::process::Uid::from_raw(65_534);
                rustix::thread::set_thread_res_uid(nobody, nobody, nobody).expect("root may");
            }
            write(&from, b"words").expect("the folder is open");
            [replace(&file, b"words"), move_file(&from, &to), remove(&to)].map(Result::unwrap_err)
        };
        let errors = std::thread::scope(|scope| scope.spawn(act).join().expect("it ends"));
        for error in errors {
            let told = error.to_string();
            assert!(error.is_done() && told.starts_with("cannot sync the folder of "), "{told}");
            assert!(told.ends_with("; the change is made, but a power failure could undo it"), "{told}");
        }
        assert!(file.exists() && !from.exists() && !to.exists());
    }

    #[test]
    fn a_move_makes_folders_and_taking_away_twice_is_no_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("a.md"), folder.path().join("removed/b.md"));
        replace(&from, b"words").expect("it can be written");
        move_file(&from, &to).expect("it can be moved");
        assert!(!from.exists() && to.exists());
        remove(&to).expect("it can be taken away");
        remove(&to).expect("it is gone already");
        remove_folder(&folder.path().join("removed")).expect("it can be taken away");
        remove_folder(&folder.path().join("removed")).expect("it is gone already");
    }
}

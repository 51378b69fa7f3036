//! Writes to a base's folder atomically: afterwards a file is either complete and on disk, or unchanged. Every write
//! ends in a rename, because no other operation is atomic.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::problem::Problem;

/// The operating system refused a change to the knowledge folder. Reported to the operator of the program.
#[derive(Debug, Error)]
#[error("cannot {action} {}: {source}; {}", .path.display(), remedy(.source))]
pub struct WriteError {
    /// The attempted action.
    pub action: &'static str,
    /// The affected path.
    pub path: PathBuf,
    /// The operating system's error.
    pub source: io::Error,
}

impl WriteError {
    /// The same error as a problem for the author of the base.
    pub fn problem(&self) -> Problem {
        let what = format!("The program cannot {} it: {}.", self.action, self.source);
        let mut remedy = remedy(&self.source).to_owned();
        remedy.get_mut(..1).iter_mut().for_each(|first| first.make_ascii_uppercase());
        Problem::new(&self.path, what, remedy + ".")
    }
}

fn remedy(error: &io::Error) -> &'static str {
    use io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => "free some space there, then try again",
        PermissionDenied | ReadOnlyFilesystem => "give the user that runs the program write permission there",
        _ => "check the path, then try again",
    }
}

/// Adds the path and the action to an error of the operating system.
fn naming<T>(result: io::Result<T>, action: &'static str, path: &Path) -> Result<T, WriteError> {
    result.map_err(|source| WriteError { action, path: path.to_owned(), source })
}

/// Replaces the contents of the file `path`: writes and syncs a new file beside it, then renames that over it. The new
/// file has the permissions of the old one.
///
/// # Errors
/// If writing fails. The file is then unchanged.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let draft = draft_of(path);
    let written = write_draft(&draft, path, bytes).and_then(|()| rename(&draft, path));
    if written.is_err() {
        let _ = fs::remove_file(&draft); // hidden, never read, and overwritten next time
    }
    written?;
    sync_parent(path)
}

/// The hidden file beside `path` to which its new contents are written. Hidden files are not sources. If the program is
/// killed, this file stays behind.
pub fn draft_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.new"))
}

fn write_draft(draft: &Path, path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let mut file = naming(File::create(draft), "write", draft)?;
    naming(file.write_all(bytes), "write", draft)?;
    if let Ok(old) = fs::metadata(path) {
        naming(file.set_permissions(old.permissions()), "write", draft)?;
    }
    naming(file.sync_all(), "write", draft)
}

fn rename(from: &Path, to: &Path) -> Result<(), WriteError> {
    naming(fs::rename(from, to), "replace", to)
}

/// Moves a file, and creates missing parent folders of its new place.
///
/// # Errors
/// If the move fails. The file is then where it was.
pub fn move_file(from: &Path, to: &Path) -> Result<(), WriteError> {
    if let Some(parent) = to.parent() {
        make_folder(parent)?;
    }
    naming(fs::rename(from, to), "move", from)?;
    sync_parent(to)?;
    sync_parent(from)
}

/// Removes a file. A missing file is not an error.
///
/// # Errors
/// If it cannot be removed.
pub fn remove(path: &Path) -> Result<(), WriteError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => naming(result, "remove", path).and_then(|()| sync_parent(path)),
    }
}

/// Creates a folder and its parents.
///
/// # Errors
/// If it cannot be created.
pub fn make_folder(path: &Path) -> Result<(), WriteError> {
    if path.is_dir() {
        return Ok(());
    }
    naming(fs::create_dir_all(path), "create", path)?;
    sync_parent(path)
}

/// Removes a folder and its contents. A missing folder is not an error.
///
/// # Errors
/// If some of it cannot be removed.
pub fn remove_folder(path: &Path) -> Result<(), WriteError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => naming(result, "remove", path).and_then(|()| sync_parent(path)),
    }
}

/// Locks a folder against other writers of this program, in this and other processes, until the returned file is
/// dropped. The lock is held only for the duration of a write, never while an index is built.
///
/// # Errors
/// If the folder cannot be opened, or the system does not support locks there.
pub fn lock_folder(path: &Path) -> Result<File, WriteError> {
    let folder = naming(File::open(path), "lock", path)?;
    naming(folder.lock(), "lock", path)?;
    Ok(folder)
}

/// Syncs the folder of `path` to disk, so that the folder's entry for `path` is durable.
fn sync_parent(path: &Path) -> Result<(), WriteError> {
    let Some(parent) = path.parent() else { return Ok(()) };
    naming(File::open(parent).and_then(|folder| folder.sync_all()), "write", parent)
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

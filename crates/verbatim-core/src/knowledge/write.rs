//! Writing into a base's folder: a file is there whole and on the disk, or it is as it was. Every way of
//! writing ends in a rename, because nothing else is done wholly or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::problem::Problem;

/// The operating system refused a change of the knowledge folder; told to the one who runs the program.
#[derive(Debug, Error)]
#[error("cannot {action} {}: {source}; {}", .path.display(), remedy(.source))]
pub struct WriteError {
    /// What was tried.
    pub action: &'static str,
    /// On what.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl WriteError {
    /// The same, told to the author of the base.
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
        StorageFull | QuotaExceeded | FileTooLarge => "make room there, then try again",
        PermissionDenied | ReadOnlyFilesystem => "let the user that runs the program write there",
        _ => "look at the path, then try again",
    }
}

/// Names the path and the act in an error of the operating system.
fn naming<T>(result: io::Result<T>, action: &'static str, path: &Path) -> Result<T, WriteError> {
    result.map_err(|source| WriteError { action, path: path.to_owned(), source })
}

/// Gives the file `path` these bytes: written beside it, through to the disk, then renamed over it. Who may
/// read the old file may read the new one.
///
/// # Errors
/// The file is then as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let draft = draft_of(path);
    let written = write_draft(&draft, path, bytes).and_then(|()| rename(&draft, path));
    if written.is_err() {
        let _ = fs::remove_file(&draft); // hidden, read by nobody, and written over next time
    }
    written?;
    sync_parent(path)
}

/// A hidden name beside `path`, where its next words wait: hidden files are no sources. A program that is killed leaves
/// it behind.
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

/// Moves a file, with the folders over its new place made where they are missing.
///
/// # Errors
/// The file is then where it was.
pub fn move_file(from: &Path, to: &Path) -> Result<(), WriteError> {
    if let Some(parent) = to.parent() {
        make_folder(parent)?;
    }
    naming(fs::rename(from, to), "move", from)?;
    sync_parent(to)?;
    sync_parent(from)
}

/// Takes a file away; one that is not there is no error.
///
/// # Errors
/// Where it stays.
pub fn remove(path: &Path) -> Result<(), WriteError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => naming(result, "remove", path).and_then(|()| sync_parent(path)),
    }
}

/// Makes a folder and those over it.
///
/// # Errors
/// Where it cannot be made.
pub fn make_folder(path: &Path) -> Result<(), WriteError> {
    if path.is_dir() {
        return Ok(());
    }
    naming(fs::create_dir_all(path), "make", path)?;
    sync_parent(path)
}

/// Takes a folder away with all in it; one that is not there is no error.
///
/// # Errors
/// Where some of it stays.
pub fn remove_folder(path: &Path) -> Result<(), WriteError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => naming(result, "remove", path).and_then(|()| sync_parent(path)),
    }
}

/// Locks a folder against other writers of this program, here and in other processes, until the file that is
/// returned is dropped. It is held for the moment of a write, never while an index is built.
///
/// # Errors
/// Where the folder cannot be opened, or the system has no locks there.
pub fn lock_folder(path: &Path) -> Result<File, WriteError> {
    let folder = naming(File::open(path), "lock", path)?;
    naming(folder.lock(), "lock", path)?;
    Ok(folder)
}

/// Waits until the disk has the entry of `path` in its folder.
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

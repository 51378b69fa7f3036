//! The files of the store and their permissions: the database, SQLite's companion files, and broken databases that were
//! set aside. Only the user who runs the program can read them (mode 0600), because they contain the keys of votes.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

/// Suffixes of SQLite's companion files. SQLite would replay a leftover `-journal` into the next database of that name,
/// so it moves together with its database.
pub const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];
/// Suffix of a database that was set aside; a time follows it.
const SET_ASIDE: &str = ".broken-";

/// A file that other users of the machine could read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tightened {
    /// The file.
    pub path: PathBuf,
    /// Why others still can; `None` if they no longer can.
    pub failed: Option<String>,
}

impl std::fmt::Display for Tightened {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.path.display();
        match &self.failed {
            None => write!(out, "{path}: other users of this machine could read it; its mode is 0600 now"),
            Some(why) => write!(
                out,
                "{path}: other users of this machine can read it, and its mode cannot be changed: {why}; run \
                 `chmod 600` on it as its owner"
            ),
        }
    }
}

/// `path` with `end` appended to its name.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// The broken databases that were set aside, with their companion files, sorted.
pub fn set_aside(path: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut begins: OsString = path.file_name().unwrap_or_default().to_owned();
    begins.push(SET_ASIDE);
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        if name.as_encoded_bytes().starts_with(begins.as_encoded_bytes()) {
            found.push(folder.join(name));
        }
    }
    found.sort();
    Ok(found)
}

/// Moves the database and its companion files, and returns the new path.
pub fn move_aside(path: &Path, stamp: &str) -> io::Result<PathBuf> {
    let mut aside = beside(path, &format!("{SET_ASIDE}{stamp}"));
    // Two databases set aside in the same second must not overwrite each other.
    for number in 2.. {
        if !aside.exists() {
            break;
        }
        aside = beside(path, &format!("{SET_ASIDE}{stamp}-{number}"));
    }
    std::fs::rename(path, &aside)?;
    for end in COMPANIONS {
        match std::fs::rename(beside(path, end), beside(&aside, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

/// Creates an empty file that only this user can read, if there is none. SQLite gives companion files the same mode.
pub fn create(path: &Path) -> io::Result<()> {
    match private(OpenOptions::new().write(true).create_new(true)).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// Creates a file that only this user can read, or empties an existing one.
///
/// # Errors
/// If it cannot be written, or its mode cannot be changed.
pub fn create_export(path: &Path) -> io::Result<std::fs::File> {
    let file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(path)?;
    // Opening an existing file keeps its mode. A terminal or a pipe stores no copy, so its mode is left alone.
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Makes the store's files unreadable for other users of the machine, and returns the files that they could read.
pub fn tighten(path: &Path) -> Vec<Tightened> {
    let own = std::iter::once(path.to_owned()).chain(COMPANIONS.map(|end| beside(path, end)));
    own.chain(set_aside(path).unwrap_or_default()).filter_map(|path| tightened(&path)).collect()
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

/// Whether other users of the machine can read a file.
#[cfg(unix)]
pub fn is_open_to_others(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o077 != 0
}

#[cfg(unix)]
fn tightened(path: &Path) -> Option<Tightened> {
    use std::os::unix::fs::PermissionsExt;
    let found = std::fs::metadata(path).ok().filter(|found| found.is_file())?;
    if !is_open_to_others(&found) {
        return None;
    }
    let changed = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600));
    Some(Tightened { path: path.to_owned(), failed: changed.err().map(|error| error.to_string()) })
}

// On other systems, a file has the permissions of its folder.
#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &OpenOptions {
    options
}

#[cfg(not(unix))]
pub fn is_open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn tightened(_: &Path) -> Option<Tightened> {
    None
}

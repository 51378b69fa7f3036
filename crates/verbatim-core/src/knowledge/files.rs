//! Finds and opens the source files of a folder. Symbolic links that point outside the folder are not followed, neither
//! for a source nor for its sidecar file: no other file of the machine must end up in an answer. The base's own files
//! (`base.toml`, `questions.toml`, `withheld.toml`, `medical.toml`) and those in `vocabulary/` can be links to
//! anywhere: an operator makes those on purpose, and nothing in them is quoted.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::problem::Problem;
use super::read::is_sidecar;
use crate::fs;

/// The maximum depth of nested folders.
const DEEPEST: usize = 16;

/// Lists the source files of a folder and its subfolders, sorted. Hidden files and sidecar files are left out.
pub fn source_files(folder: &Path, problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(root) = folder.canonicalize() else {
        problems.push(Problem::new(
            folder,
            "The folder of sources is missing or cannot be read.",
            "Create it and put the source documents there.",
        ));
        return files;
    };
    let mut open = vec![folder.to_owned()];
    while let Some(here) = open.pop() {
        if here.components().count() > folder.components().count() + DEEPEST {
            let what =
                format!("Folders more than {DEEPEST} levels below the folder of sources are not read.");
            problems.push(Problem::new(&here, what, "Move its files to a higher folder."));
            continue;
        }
        let paths = match fs::list(&here) {
            Ok(paths) => paths,
            Err(error) => {
                problems.push(unreadable(&here, &error.source));
                continue;
            }
        };
        for path in paths {
            sort_path(path, &root, &mut open, &mut files, problems);
        }
    }
    files.sort();
    files
}

fn sort_path(
    path: PathBuf,
    root: &Path,
    open: &mut Vec<PathBuf>,
    files: &mut Vec<PathBuf>,
    problems: &mut Vec<Problem>,
) {
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    if hidden || is_sidecar(&path) {
        return;
    }
    let is_link = path.symlink_metadata().is_ok_and(|data| data.is_symlink());
    match inside(root, &path) {
        // A link to a folder inside could be circular, and its target is read anyway.
        Ok(target) if target.is_dir() && is_link => {}
        Ok(target) if target.is_dir() => open.push(path),
        Ok(_) => files.push(path),
        Err(problem) => problems.push(problem),
    }
}

/// Opens a file that lies in `folder` after links are resolved.
///
/// # Errors
/// If `path` is not a file, cannot be read, or is a link that points outside the folder, even one that was put there
/// after the folder was listed.
pub fn open(folder: &Path, path: &Path) -> Result<File, Problem> {
    let unread = |error: std::io::Error| {
        let what = format!("The file cannot be read: {error}.");
        Problem::new(path, what, "Fix its permissions, or remove it.")
    };
    let root = folder.canonicalize().map_err(unread)?;
    path.canonicalize().map_err(unread)?;
    let target = inside(&root, path)?;
    // Opening a pipe would block until its other end is open.
    if !target.metadata().map_err(unread)?.is_file() {
        return Err(Problem::new(path, "This is not a file.", "Put a source document here, or remove it."));
    }
    let file = File::open(&target).map_err(unread)?;
    // The opened file must be the one that is in the folder now: a link may have been put there in between.
    let there = inside(&root, path)?.symlink_metadata().map_err(unread)?;
    let number = |data: Metadata| (data.dev(), data.ino());
    match number(file.metadata().map_err(unread)?) == number(there) {
        true => Ok(file),
        false => Err(Problem::new(path, "The file was replaced while it was being read.", "Try again.")),
    }
}

/// Resolves `path`, which must lie in `root`, a folder path without links.
fn inside(root: &Path, path: &Path) -> Result<PathBuf, Problem> {
    let target = path.canonicalize().map_err(|error| unreadable(path, &error))?;
    if target.starts_with(root) {
        return Ok(target);
    }
    let what =
        format!("This link points outside the folder, to {}, so it is not followed.", target.display());
    Err(Problem::new(path, what, "Copy the document into the folder."))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(path, format!("It cannot be read: {error}."), "Fix its permissions, or remove it.")
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_what_lies_in_the_folder_is_opened() {
        let world = tempfile::tempdir().expect("a folder");
        let folder = world.path().join("sources");
        std::fs::create_dir_all(folder.join("deep")).expect("folders");
        std::fs::write(world.path().join("secret"), "secret").expect("a file");
        std::fs::write(folder.join("deep/fine"), "fine").expect("a file");
        symlink("../secret", folder.join("out")).expect("a link");
        symlink("out", folder.join("chain")).expect("a link");
        symlink("..", folder.join("up")).expect("a link");
        symlink("deep/fine", folder.join("in")).expect("a link");
        let read = |name: &str| {
            let mut text = String::new();
            open(&folder, &folder.join(name))?.read_to_string(&mut text).expect("text");
            Ok::<_, Problem>(text)
        };
        for fine in ["deep/fine", "in", "deep/../in"] {
            assert_eq!(read(fine).as_deref(), Ok("fine"), "{fine}");
        }
        for out in ["out", "chain", "up/secret", "../secret"] {
            let told = read(out).expect_err(out).what;
            assert!(told.starts_with("This link points outside the folder"), "{out}: {told}");
        }
        assert_eq!(read("deep").expect_err("a folder").what, "This is not a file.");
        assert!(read("none").expect_err("nothing").what.starts_with("The file cannot be read: "));
    }
}

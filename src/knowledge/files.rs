//! Which files of a folder are sources. A link that leads out of the folder is not followed: a base is what
//! stands in its folder, and nothing else of the machine must end up in an answer.

use std::path::{Path, PathBuf};

use super::problem::Problem;
use super::read::is_sidecar;

/// How many folders may stand in each other.
const DEEPEST: usize = 16;

/// The source files of a folder and the folders in it, sorted. Hidden files and the files that describe a
/// source are left out.
pub fn source_files(folder: &Path, problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(root) = folder.canonicalize() else {
        problems.push(Problem::new(
            folder,
            "The folder of sources is missing or cannot be read.",
            "Make it, and put the source documents there.",
        ));
        return files;
    };
    let mut open = vec![folder.to_owned()];
    while let Some(here) = open.pop() {
        if here.components().count() > folder.components().count() + DEEPEST {
            let what = format!("Folders more than {DEEPEST} deep in the folder of sources are not read.");
            problems.push(Problem::new(&here, what, "Move its files up."));
            continue;
        }
        let entries = match std::fs::read_dir(&here) {
            Ok(entries) => entries,
            Err(error) => {
                problems.push(unreadable(&here, &error));
                continue;
            }
        };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            sort_in(path, &root, &mut open, &mut files, problems);
        }
    }
    files.sort();
    files
}

fn sort_in(
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
    match path.canonicalize() {
        Ok(target) if !target.starts_with(root) => problems.push(Problem::new(
            &path,
            format!("This link leads out of the folder, to {}, and is not followed.", target.display()),
            "Copy the document into the folder.",
        )),
        // A link to a folder inside could lead in a circle; what it leads to is read where it stands.
        Ok(target) if target.is_dir() && is_link => {}
        Ok(target) if target.is_dir() => open.push(path),
        Ok(_) => files.push(path),
        Err(error) => problems.push(unreadable(&path, &error)),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(path, format!("This cannot be read: {error}."), "Mend its permissions, or take it away.")
}

//! Which files of a folder are sources. A link that leads out of the folder is not followed, neither for a source
//! nor for the file that describes it: a base is what stands in its folder, and nothing else of the machine must
//! end up in an answer. The base's own files (`base.toml`, `questions.toml`, `withheld.toml`, `medical.toml`) and
//! those of `vocabulary/` may be links to anywhere: an operator makes those on purpose, and nothing of them is quoted.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
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
    match inside(root, &path) {
        // A link to a folder inside could lead in a circle; what it leads to is read where it stands.
        Ok(target) if target.is_dir() && is_link => {}
        Ok(target) if target.is_dir() => open.push(path),
        Ok(_) => files.push(path),
        Err(problem) => problems.push(problem),
    }
}

/// Opens a file that lies in `folder`, links resolved.
///
/// # Errors
/// What is no file, cannot be read, or is a link that leads out of the folder, also one that was put there after
/// the folder was listed.
pub fn open(folder: &Path, path: &Path) -> Result<File, Problem> {
    let unread = |error: std::io::Error| {
        let what = format!("The file cannot be read: {error}.");
        Problem::new(path, what, "Mend its permissions, or take it away.")
    };
    let root = folder.canonicalize().map_err(unread)?;
    path.canonicalize().map_err(unread)?;
    let target = inside(&root, path)?;
    // Whoever opens a pipe waits for its other end.
    if !target.metadata().map_err(unread)?.is_file() {
        return Err(Problem::new(
            path,
            "This is not a file.",
            "Put a source document here, or take it away.",
        ));
    }
    let file = File::open(&target).map_err(unread)?;
    // What was opened must be what lies in the folder now: a link may have been put there in between.
    let there = inside(&root, path)?.symlink_metadata().map_err(unread)?;
    let number = |data: Metadata| (data.dev(), data.ino());
    match number(file.metadata().map_err(unread)?) == number(there) {
        true => Ok(file),
        false => Err(Problem::new(path, "The file was replaced while it was being read.", "Read it again.")),
    }
}

/// Where `path` leads, which must be in `root`, a folder without links.
fn inside(root: &Path, path: &Path) -> Result<PathBuf, Problem> {
    let target = path.canonicalize().map_err(|error| unreadable(path, &error))?;
    if target.starts_with(root) {
        return Ok(target);
    }
    let what = format!("This link leads out of the folder, to {}, and is not followed.", target.display());
    Err(Problem::new(path, what, "Copy the document into the folder."))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(path, format!("This cannot be read: {error}."), "Mend its permissions, or take it away.")
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
            assert!(told.starts_with("This link leads out of the folder"), "{out}: {told}");
        }
        assert_eq!(read("deep").expect_err("a folder").what, "This is not a file.");
        assert!(read("none").expect_err("nothing").what.starts_with("The file cannot be read: "));
    }
}

//! Shared by the benchmarks: the two bases that they ask, the rivals that they compare with, and the table of results.

#![allow(dead_code)] // each benchmark uses only a part

pub mod medquad;
pub mod rivals;
pub mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use verbatim_core::answer::reply::Kind;
use verbatim_core::engine::{Engine, Place, Resources, reindex_base};
use verbatim_core::index::build::Progress;
use verbatim_core::knowledge::base::RegressionQuestion;
use verbatim_core::knowledge::sandbox::Sandbox;

/// The model's folder in `models`.
const MODEL: &str = "reader";
/// The build time of every index here. The engine has no clock, and measuring needs none. It is later than every change
/// of a source, so the program does not print a note about changed sources.
pub const MADE: &str = "2100-01-01T00:00:00Z";

/// The bases, as `VERBATIM_BENCH` names them.
const BASES: [&str; 2] = ["ldn", "medquad"];

/// Whether `VERBATIM_BENCH` names this base, or no base at all.
pub fn wanted(base: &str) -> bool {
    let named = std::env::var("VERBATIM_BENCH").unwrap_or_default();
    let mut named = named.split(',').filter(|part| BASES.contains(part)).peekable();
    named.peek().is_none() || named.any(|part| part == base)
}

/// Opens the resources of an engine.
pub fn resources(knowledge: &Path) -> Result<Arc<Resources>> {
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_verbatim"));
    Ok(Arc::new(Resources::open(knowledge, &root().join("models"), MODEL, sandbox)?))
}

/// The root of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder for the benchmarks' files: `target/bench`.
pub fn workshop() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench")
}

/// The place of the base that comes with the program. Every benchmark rebuilds its index.
pub fn ldn() -> Place {
    let index = workshop().join("ldn");
    Place { knowledge: root().join("knowledge"), index, base: "ldn".to_owned(), keep: 3 }
}

/// Opens a place, after bringing its index up to date with its sources.
pub fn open(place: &Place) -> Result<Engine> {
    let resources = resources(&place.knowledge)?;
    reindex_base(&resources, place, MADE, true, &mut tell)?;
    let opened = Engine::open(resources, place.clone(), MADE, &mut |_| {})?;
    Ok(opened.engine)
}

/// Opens the base that comes with the program, built from nothing: an index from an earlier version would not measure
/// this one.
pub fn open_ldn() -> Result<Engine> {
    let place = ldn();
    empty(&place.index)?;
    open(&place)
}

/// Deletes a folder if it exists.
pub fn empty(folder: &Path) -> Result<()> {
    match folder.exists() {
        true => std::fs::remove_dir_all(folder).with_context(|| folder.display().to_string()),
        false => Ok(()),
    }
}

/// Prints the progress of a long build.
pub fn tell(progress: Progress) {
    if let Progress::Encoding { done, of } = progress
        && of > 5_000
        && (done % 2_560 < 16 || done == of)
    {
        eprintln!("  {done} of {of} sentences encoded");
    }
}

/// The questions of the base that comes with the program.
pub fn ldn_questions() -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct File {
        question: Vec<RegressionQuestion>,
    }
    let path = root().join("knowledge/ldn/questions.toml");
    let file: File = toml::from_str(&read(&path)?)?;
    Ok(file.question.into_iter().map(|regression_questions| regression_questions.ask).collect())
}

/// The questions that run a search. A safety card alone or a fixed reply needs no search and would flatter the result.
pub fn looked_up(engine: &Engine, questions: Vec<String>) -> Vec<String> {
    let searched = |question: &String| {
        let reply = engine.ask(question);
        let body = reply.body();
        matches!(body.kind, Kind::Answer | Kind::NotCovered) && body.fixed.is_none()
    };
    questions.into_iter().filter(searched).collect()
}

/// Reads a text file; the error names it.
pub fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// Writes a text file, unless it already contains that text. The error names the file.
pub fn write(path: &Path, text: &str) -> Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

/// The first 12 digits of a SHA-256.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A digest of the program's source code. An index is rebuilt when it changes, even if the index format does not.
pub fn program() -> Result<String> {
    let mut hash = Sha256::new();
    let mut open = vec![root().join("src"), root().join("crates/verbatim-core/src")];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    for file in files {
        hash.update(std::fs::read(&file).with_context(|| file.display().to_string())?);
    }
    Ok(digest(&hash.finalize()))
}

pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            std::fs::copy(&path, &target).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// The peak and current memory of a process: VmHWM and VmRSS, in kibibytes.
pub fn memory_of(process: u32) -> Result<(u64, u64)> {
    let status = read(&PathBuf::from(format!("/proc/{process}/status")))?;
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    field("VmHWM:").zip(field("VmRSS:")).context("/proc does not report the memory")
}

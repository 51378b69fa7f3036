//! The cost of documents that break parsers: the time until each is read or rejected, and the peak memory of the
//! program and of the process that parses. It checks a base that contains one sound source and the document.
//!
//! ```text
//! cargo bench --bench hostile                             the documents of tests/fixtures/hostile
//! VERBATIM_HOSTILE=FOLDER cargo bench --bench hostile     the files of another folder
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints what it measures")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use support::{empty, memory_of, root, workshop};

/// The bounds for each document.
const LONGEST: Duration = Duration::from_secs(5);
const PARENT_MB: f64 = 300.0;

const BASE: &str = "title = \"T\"\ndescription = \"D\"\ndisclaimer = \"No advice.\"\n";
const SOUND: &str = "+++\ntitle = \"Sound\"\n+++\nThe dose is 2 mg.\n";

fn main() -> Result<()> {
    let folder = std::env::var_os("VERBATIM_HOSTILE")
        .map_or_else(|| root().join("tests/fixtures/hostile"), PathBuf::from);
    let entries = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    println!("| document | s | program, MB | parser, MB | outcome |\n| --- | --- | --- | --- | --- |");
    for file in files.iter().filter(|file| file.is_file()) {
        let checked = check(file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let Checked { took, program, parser, outcome } = checked;
        println!("| {name} | {:.2} | {program:.0} | {parser:.0} | {outcome} |", took.as_secs_f64());
        ensure!(took <= LONGEST, "{name} takes longer than {LONGEST:?}");
        ensure!(program <= PARENT_MB, "{name} takes more than {PARENT_MB} MB");
    }
    Ok(())
}

struct Checked {
    took: Duration,
    /// Peak resident memory of the program, in MB.
    program: f64,
    /// Peak resident memory of its largest child process, in MB.
    parser: f64,
    outcome: String,
}

fn check(file: &Path) -> Result<Checked> {
    let place = workshop().join("hostile");
    empty(&place)?;
    let sources = place.join("knowledge/b/sources");
    std::fs::create_dir_all(&sources)?;
    std::fs::write(place.join("verbatim.toml"), "[base]\ndefault = \"b\"\n")?;
    std::fs::write(place.join("knowledge/b/base.toml"), BASE)?;
    std::fs::write(sources.join("sound.md"), SOUND)?;
    std::fs::copy(file, sources.join(file.file_name().context("a file has a name")?))?;
    let began = Instant::now();
    let child = Command::new(env!("CARGO_BIN_EXE_verbatim"))
        .arg("check")
        .current_dir(&place)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let id = child.id();
    let ended = std::thread::spawn(move || child.wait_with_output());
    let (mut program, mut parser) = (0.0_f64, 0.0_f64);
    while !ended.is_finished() {
        program = program.max(peak(id));
        parser = children(id).into_iter().map(peak).fold(parser, f64::max);
        std::thread::sleep(Duration::from_millis(2));
    }
    let took = began.elapsed();
    let output = ended.join().ok().context("the waiting thread has panicked")??;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let path = sources.join(file.file_name().unwrap_or_default()).display().to_string();
    // A problem names its path, then its line if it has one.
    let told = said.lines().find_map(|line| line.strip_prefix(&path)?.split_once(": ").map(|(_, what)| what));
    let outcome = told.filter(|_| said.contains("b: 1 source,")).unwrap_or("read").to_owned();
    Ok(Checked { took, program, parser, outcome })
}

/// Peak memory of a process, in MB; 0 if it has ended.
fn peak(process: u32) -> f64 {
    memory_of(process).map_or(0.0, |(most, _)| most as f64 * 1024.0 / 1e6)
}

/// The child processes of all threads of a process.
fn children(process: u32) -> Vec<u32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return Vec::new() };
    let lists =
        threads.flatten().filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}

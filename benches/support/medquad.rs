//! MedQuAD as a knowledge base: 16,407 documents of the National Institutes of Health, one Markdown section each, and
//! two sets of questions about them. The base is kept in `target/bench/medquad`, under the digest of the corpus,
//! because encoding its sentences takes minutes.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use verbatim_core::engine::{Engine, Place};

use super::{copy_folder, digest, empty, open, program, read, root, workshop, write};

/// Documents per source file.
const DOCUMENTS_A_FILE: usize = 100;
/// Every how many source files one is used, if all of them would take too long.
const ONE_FILE_IN: usize = 10;
/// The base file. The program's digest is appended to the last line, so that a new program rebuilds the index.
const BASE: &str = r#"title = "MedQuAD"
description = "Answers of the National Institutes of Health, for measuring."
disclaimer = "For measuring only."
# "#;

#[derive(Deserialize)]
struct Document {
    title: String,
    text: String,
}

#[derive(Deserialize)]
struct Query {
    text: String,
}

/// Consumers' letters, or short summaries of their questions.
#[derive(Clone, Copy)]
pub enum Questions {
    /// The letters as they were written.
    Letters,
    /// Summaries written by a librarian.
    Summaries,
}

/// The questions of a set.
pub fn questions(set: Questions) -> Result<Vec<String>> {
    let name = match set {
        Questions::Letters => "queries.jsonl",
        Questions::Summaries => "queries_summary.jsonl",
    };
    Ok(lines::<Query>(name)?.into_iter().map(|query| query.text).collect())
}

/// Opens the base, and creates what is missing.
pub fn open_medquad() -> Result<Engine> {
    let place = place()?;
    eprintln!("opening {}", place.index.display());
    open(&place)
}

/// Writes the sources of the base and returns its place.
pub fn place() -> Result<Place> {
    let corpus = folder()?.join("corpus.jsonl");
    let home = workshop().join("medquad").join(digest(read(&corpus)?.as_bytes()));
    Ok(write_base(&home, 1)?.0)
}

/// Writes a tenth of the base, without an index. Returns its place and how many documents it has.
pub fn part() -> Result<(Place, usize)> {
    let home = workshop().join("medquad-part");
    empty(&home)?;
    write_base(&home, ONE_FILE_IN)
}

/// Writes one in every `one_in` source files. Returns the place and how many documents were written.
fn write_base(home: &Path, one_in: usize) -> Result<(Place, usize)> {
    let knowledge = home.join("knowledge");
    let base = knowledge.join("medquad");
    std::fs::create_dir_all(base.join("sources")).with_context(|| base.display().to_string())?;
    for shared in ["medical.toml", "safety.toml"] {
        write(&knowledge.join(shared), &read(&root().join("knowledge").join(shared))?)?;
    }
    copy_folder(&root().join("knowledge/vocabulary"), &knowledge.join("vocabulary"))?;
    write(&base.join("base.toml"), &format!("{BASE}{}\n", program()?))?;
    let (corpus, mut written) = (lines::<Document>("corpus.jsonl")?, 0);
    for (number, documents) in corpus.chunks(DOCUMENTS_A_FILE).enumerate().step_by(one_in) {
        let path = base.join("sources").join(format!("part-{number:03}.md"));
        write(&path, &source(number, documents))?;
        written += documents.len();
    }
    let place = Place { knowledge, index: home.join("index"), base: "medquad".to_owned(), keep: 1 };
    Ok((place, written))
}

fn source(number: usize, documents: &[Document]) -> String {
    let mut text = format!(
        "+++\ntitle = \"MedQuAD, part {number}\"\npublisher = \"National Institutes of Health\"\n+++\n"
    );
    for document in documents {
        text.push_str(&format!("\n## {}\n\n{}\n", document.title, document.text));
    }
    text
}

/// The folder of the corpus.
fn folder() -> Result<PathBuf> {
    let folder = root().join("../shared/eval/retrieval/medquad");
    ensure!(
        folder.is_dir(),
        "{} does not exist: these benchmarks need MedQuAD there, as corpus.jsonl, queries.jsonl and \
         queries_summary.jsonl",
        folder.display()
    );
    Ok(folder)
}

fn lines<T: DeserializeOwned>(name: &str) -> Result<Vec<T>> {
    let path = folder()?.join(name);
    let text = read(&path)?;
    let parsed: serde_json::Result<Vec<T>> = text.lines().map(serde_json::from_str).collect();
    parsed.with_context(|| path.display().to_string())
}

//! MedQuAD as a knowledge base: 16,407 documents of the National Institutes of Health, as many Markdown
//! sections, and two sets of questions about them. What is made is kept in `target/bench/medquad`, by the
//! digest of the corpus, because encoding its sentences takes minutes.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use verbatim::engine::{Engine, Place};

use super::{Mode, digest, open, program, read, root, workshop, write};

/// How many documents stand in one source file.
const DOCUMENTS_A_FILE: usize = 100;
/// Its base file; the last line makes the index new when the program is.
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

/// Consumers' letters, or the short questions that they come down to.
#[derive(Clone, Copy)]
pub enum Questions {
    /// Letters as they were written.
    Letters,
    /// Summaries by a librarian.
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

/// The base, open; what is not made yet is made.
pub fn open_medquad(mode: Mode) -> Result<Engine> {
    let place = place(mode)?;
    eprintln!("opening {} ({})", place.index.display(), mode.name());
    open(&place, mode)
}

/// The place of the base, with its sources written.
pub fn place(mode: Mode) -> Result<Place> {
    let corpus = folder()?.join("corpus.jsonl");
    let home = workshop().join("medquad").join(digest(read(&corpus)?.as_bytes()));
    let knowledge = home.join("knowledge");
    let base = knowledge.join("medquad");
    std::fs::create_dir_all(base.join("sources")).with_context(|| base.display().to_string())?;
    for shared in ["medical.toml", "safety.toml"] {
        write(&knowledge.join(shared), &read(&root().join("knowledge").join(shared))?)?;
    }
    write(&base.join("base.toml"), &format!("{BASE}{}\n", program()?))?;
    for (number, documents) in lines::<Document>("corpus.jsonl")?.chunks(DOCUMENTS_A_FILE).enumerate() {
        let path = base.join("sources").join(format!("part-{number:03}.md"));
        write(&path, &source(number, documents))?;
    }
    Ok(Place { knowledge, index: home.join(mode.name()), base: "medquad".to_owned(), keep: 1 })
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
        "{} is not there: these benchmarks measure on MedQuAD, as corpus.jsonl, queries.jsonl and \
         queries_summary.jsonl, and say nothing without it",
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

//! A test collection as a knowledge base, in the `corpus.jsonl` format of public collections (BEIR, Thakur et al.
//! 2021, arXiv:2104.08663): each line is a document with `_id`, `title` and `text`. It uses the medical vocabulary
//! and has no words, topics or regression questions of its own.

use std::path::Path;

use serde::Deserialize;

use super::base::{self, Base, BaseMetadata};
use super::blocks::Assembler;
use super::document::Document;
use super::metadata::SourceMetadata;
use super::outline::outline;
use super::problem::Problem;
use crate::fs;
use crate::text::digest::sha256;

/// File name of the documents, in the collection's folder.
pub const CORPUS: &str = "corpus.jsonl";

#[derive(Deserialize)]
struct CorpusLine {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

/// Reads the collection in `folder`, with the shared vocabulary of the folder `knowledge`.
///
/// # Errors
/// Names the file and the line that cannot be read.
pub fn read(folder: &Path, knowledge: &Path) -> Result<Base, Problem> {
    let path = folder.join(CORPUS);
    let text = fs::read_to_string(&path).map_err(|error| Problem {
        remedy: "A collection is a folder that contains this file, with one line of JSON for each document."
            .to_owned(),
        ..error.into()
    })?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let documents = lines.map(|(at, line)| {
        let wrong = |why: String| {
            Problem::new(&path, why, "Each line must be an object with `_id`, `title` and `text`.").at(at + 1)
        };
        let line: CorpusLine = serde_json::from_str(line).map_err(|error| wrong(format!("{error}.")))?;
        document(line).map_err(wrong)
    });
    let mut documents = documents.collect::<Result<Vec<_>, _>>()?;
    documents.sort_by(|one, other| one.id.cmp(&other.id));
    if let Some(twice) = documents.windows(2).find(|pair| pair[0].id == pair[1].id) {
        let what = format!("Two documents have the `_id` {}.", twice[0].id);
        return Err(Problem::new(&path, what, "Give each document its own `_id`."));
    }
    let vocabulary = base::medical(knowledge)?;
    let mut digests = base::digests_of_vocabulary(knowledge);
    digests.insert(CORPUS.to_owned(), sha256(&text));
    let title = fs::name_of(folder);
    Ok(Base {
        name: title.clone(),
        about: BaseMetadata { title, ..BaseMetadata::default() },
        topics: Vec::new(),
        vocabulary,
        documents,
        regression_questions: Ok(Vec::new()),
        withheld: Vec::new(),
        digests,
    })
}

fn document(line: CorpusLine) -> Result<Document, String> {
    let mut assembler = Assembler::default();
    assembler.heading(1, &line.title);
    line.text.split("\n\n").for_each(|text| assembler.paragraph(text));
    let (text, outline) = outline(&line.id, &assembler.finish());
    let metadata = SourceMetadata { title: line.title, ..SourceMetadata::default() };
    Document::new(line.id, metadata, CORPUS.to_owned(), String::new(), text, outline)
}

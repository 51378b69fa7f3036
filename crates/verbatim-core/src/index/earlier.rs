//! Reads the documents of a generation that is not open, to compare it with a newer one. They are at the beginning of
//! `corpus.bin`, so the notes after them, which are most of the file, are not read.

use std::path::Path;

use serde::Deserialize;

use super::build::CORPUS;
use super::corpus::SuggestedQuestion;
use crate::fs;
use crate::knowledge::base::BaseMetadata;
use crate::knowledge::document::Document;
use crate::knowledge::lexicon::Vocabulary;
use crate::knowledge::topic::Topic;

/// The first fields of [`super::corpus::Corpus`], in the same order.
#[derive(Deserialize)]
struct Beginning {
    _about: BaseMetadata,
    _topics: Vec<Topic>,
    _questions: Vec<SuggestedQuestion>,
    _vocabulary: Vocabulary,
    documents: Vec<Document>,
}

/// Returns the documents of the generation in `folder`; `None` if they cannot be read. Use them only for comparison:
/// digests are not checked, so no answer can be made from them.
pub fn documents(folder: &Path) -> Option<Vec<Document>> {
    decode(&fs::read(&folder.join(CORPUS)).ok()?)
}

fn decode(bytes: &[u8]) -> Option<Vec<Document>> {
    let (beginning, _) = postcard::take_from_bytes::<Beginning>(bytes).ok()?;
    let documents = beginning.documents;
    documents.iter().all(|document| document.validate().is_ok()).then_some(documents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::corpus::{Corpus, PassageNote, SentenceNote};
    use crate::knowledge::read::read_bytes;

    #[test]
    fn the_documents_of_a_library_are_found_without_the_rest() {
        let text =
            "+++\ntitle = \"T\"\n+++\n# Sleep\n\nIt is dark. Night is long.[1]\n\n# References\n\n1. A.\n";
        let document = read_bytes("sources/a.md", text.as_bytes(), None).document.expect("a document");
        let corpus = Corpus {
            about: BaseMetadata {
                title: "T".to_owned(),
                subject: vec!["sleep".to_owned()],
                ..BaseMetadata::default()
            },
            topics: vec![Topic {
                name: "night".to_owned(),
                title: "Night".to_owned(),
                description: "d".to_owned(),
                show: vec![("a".to_owned(), document.sentences()[0].span)],
                query: Some("q".to_owned()),
                condition: Some("{condition}?".to_owned()),
            }],
            vocabulary: Vocabulary { stop_words: vec!["the".to_owned()], ..Vocabulary::default() },
            documents: vec![document.clone()],
            passages: vec![PassageNote {
                document: 0,
                passage: 0,
                first_sentence: 0,
                headings: [1, 2].into(),
                withheld: true,
            }],
            sentences: vec![SentenceNote { passage: 0, concepts: [3].into() }],
            words: vec![("dark".to_owned(), 1)],
            questions: Vec::new(),
        };
        let bytes = corpus.encode();
        assert_eq!(decode(&bytes), Some(vec![document]));
        assert_eq!(decode(&bytes[..bytes.len() / 3]), None);
        assert_eq!(decode(b""), None);
    }
}

//! A generation, open: verified, warmed and immutable. A question is answered from one snapshot from
//! beginning to end, whatever is published meanwhile.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use tantivy::directory::MmapDirectory;
use tantivy::{Index, ReloadPolicy, Searcher};

use super::build::{HEADINGS, LIBRARY, TANTIVY, VECTORS};
use super::error::{IndexError, Naming};
use super::library::Library;
use super::manifest::Manifest;
use super::schema::{Fields, NUMBER, schema};
use crate::knowledge::lexicon::Lexicon;
use crate::question::spelling::Speller;
use crate::question::understand::{Question, understand};
use crate::semantic::vectors::Vectors;
use crate::text::words::Analyser;

/// An open generation. A copy shares what is large and never changes.
#[derive(Clone)]
pub struct Snapshot {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its documents. The vocabulary has been moved out of it, into the lexicon.
    pub library: Library,
    /// Its vocabulary.
    pub lexicon: Arc<Lexicon>,
    /// Its words, for the repair of spelling.
    pub speller: Arc<Speller>,
    /// Words a sentence, on average.
    pub average_length: f32,
    /// The concepts that the base is about.
    pub subject: Vec<u32>,
    /// Its sentence vectors, one a sentence; `None` without an encoder.
    pub vectors: Option<Arc<Vectors>>,
    /// The vectors of its headings, in the order of [`Library::headings`]; `None` without an encoder.
    pub headings: Option<Arc<Vectors>>,
    /// The number of the first heading of every document.
    pub first_headings: Vec<u32>,
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
    /// The passage of every document of every segment.
    pub(super) numbers: Vec<Vec<u32>>,
}

impl Snapshot {
    /// Opens the generation in `folder`, whose `manifest` was read. `english` are the words of general
    /// English that are not repaired.
    ///
    /// # Errors
    /// [`IndexError::Broken`] where a file is not what was written.
    pub fn open(folder: &Path, manifest: Manifest, english: &[&str]) -> Result<Self, IndexError> {
        manifest.verify(folder)?;
        let mut library = read(&folder.join(LIBRARY), Library::decode)?;
        let table = |file: &str, rows: usize| match manifest.encoder.is_empty() {
            true => Ok(None),
            false => read(&folder.join(file), |bytes| vectors_of(bytes, rows)).map(Some),
        };
        let vectors = table(VECTORS, library.sentences.len())?;
        let headings = table(HEADINGS, library.headings().count())?;
        let first_headings = first_headings(&library);
        let (searcher, fields) = open_tantivy(&folder.join(TANTIVY))?;
        let numbers = numbers(&searcher, library.passages.len())
            .map_err(|what| IndexError::Broken { path: folder.join(TANTIVY), what })?;
        let speller = Arc::new(speller(&library, english));
        // The lexicon owns the vocabulary from here on; a second copy would only take room.
        let lexicon = Arc::new(Lexicon::new(std::mem::take(&mut library.vocabulary)));
        let average_length = library.average_length();
        let subject = library.about.subject.iter().filter_map(|id| lexicon.concept(id)).collect();
        Ok(Self {
            manifest,
            library,
            lexicon,
            speller,
            average_length,
            subject,
            vectors,
            headings,
            first_headings,
            searcher,
            fields,
            numbers,
        })
    }

    /// Understands a question with the words of this generation; `repairs` says whether unknown ones are respelt.
    pub fn understand(&self, question: &str, repairs: bool) -> Question {
        understand(question, &self.lexicon, &self.subject, &self.speller, repairs)
    }

    /// Takes passages out of circulation that were not when the generation was built.
    pub fn withhold(&mut self, withheld: &BTreeSet<String>) {
        if withheld.is_empty() {
            return;
        }
        let Library { documents, passages: notes, .. } = &mut self.library;
        for note in notes {
            let id = &documents[note.document as usize].passages()[note.passage as usize].id;
            note.withheld |= withheld.contains(id);
        }
    }

    /// Whether one of `passages` is here and can still be shown.
    pub fn shows_any_of(&self, passages: &[&str]) -> bool {
        self.has_any_of(passages, false)
    }

    /// Whether one of `passages` is here and out of circulation.
    pub fn withholds_any_of(&self, passages: &[&str]) -> bool {
        self.has_any_of(passages, true)
    }

    fn has_any_of(&self, passages: &[&str], withheld: bool) -> bool {
        let listed: FxHashSet<&str> = passages.iter().copied().collect();
        let notes = self.library.passages.iter().filter(|note| note.withheld == withheld);
        let mut ids = notes.map(|note| &self.library.document_of(note).passages()[note.passage as usize].id);
        ids.any(|id| listed.contains(id.as_str()))
    }

    /// The same generation, asked by words alone.
    pub fn without_vectors(self) -> Self {
        Self { vectors: None, headings: None, ..self }
    }
}

fn read<T>(path: &Path, decode: impl FnOnce(&[u8]) -> Result<T, String>) -> Result<T, IndexError> {
    let broken = |what: String| IndexError::Broken { path: path.to_owned(), what };
    let bytes = std::fs::read(path).map_err(|error| broken(error.to_string()))?;
    decode(&bytes).map_err(broken)
}

/// A table of as many vectors as the library has texts.
fn vectors_of(bytes: &[u8], rows: usize) -> Result<Arc<Vectors>, String> {
    let vectors = Vectors::read(bytes).map_err(|error| error.to_string())?;
    match vectors.len() == rows {
        true => Ok(Arc::new(vectors)),
        false => Err("it has another number of texts than the library".to_owned()),
    }
}

fn first_headings(library: &Library) -> Vec<u32> {
    let mut first = 0;
    let counted = library.documents.iter().map(|document| {
        let of_document = first;
        first += document.sections().len() as u32;
        of_document
    });
    counted.collect()
}

fn open_tantivy(folder: &Path) -> Result<(Searcher, Fields), IndexError> {
    let directory =
        MmapDirectory::open(folder).map_err(tantivy::TantivyError::from).naming("open", folder)?;
    let index = Index::open(directory).naming("open", folder)?;
    let (expected, fields) = schema();
    if index.schema() != expected {
        return Err(IndexError::Broken { path: folder.to_owned(), what: "it has other fields".to_owned() });
    }
    let reader =
        index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().naming("open", folder)?;
    Ok((tantivy::IndexReader::searcher(&reader), fields))
}

/// Which passage each document of each segment is.
fn numbers(searcher: &Searcher, passages: usize) -> Result<Vec<Vec<u32>>, String> {
    let of_segment = |segment: &tantivy::SegmentReader| {
        let column =
            segment.fast_fields().u64(NUMBER).map_err(|error| error.to_string())?.first_or_default_col(0);
        let numbers = (0..segment.max_doc()).map(|document| column.get_val(document) as u32);
        let numbers: Vec<u32> = numbers.collect();
        match numbers.iter().all(|&number| (number as usize) < passages) {
            true => Ok(numbers),
            false => Err("it has passages that the library lacks".to_owned()),
        }
    };
    searcher.segment_readers().iter().map(of_segment).collect()
}

/// Repairs lead to the words of the sources and of the vocabulary's names.
fn speller(library: &Library, english: &[&str]) -> Speller {
    let vocabulary = &library.vocabulary;
    let mut analyser = Analyser::default();
    let names = vocabulary.concepts.iter().flat_map(|concept| &concept.names);
    let asked = vocabulary.facets.iter().flat_map(|facet| &facet.asks);
    let groups = vocabulary.synonyms.iter().flat_map(|group| &group.words);
    let named: Vec<std::sync::Arc<str>> = names
        .chain(asked)
        .chain(groups)
        .chain(&vocabulary.stop_words)
        .flat_map(|name| analyser.words(name))
        .map(|word| word.form)
        .collect();
    let sources = library.words.iter().map(|(word, count)| (word.as_str(), *count));
    Speller::new(sources.chain(named.iter().map(|word| (&**word, 0))), english.iter().copied())
}

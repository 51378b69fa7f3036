//! An open generation: verified, loaded and immutable. A question is answered from one snapshot from beginning to end,
//! whatever is published in the meantime.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tantivy::directory::{MmapDirectory, OwnedBytes};
use tantivy::{Index, ReloadPolicy, Searcher};

use super::build::{CORPUS, TANTIVY, TOKENS, VECTORS, map_tokens};
use super::corpus::Corpus;
use super::error::{IndexError, tantivy_error};
use super::manifest::Manifest;
use super::schema::{Fields, NUMBER, schema};
use super::tokenizer::{self, StemTokenizer};
use crate::fs::{self, Operation};
use crate::knowledge::lexicon::Lexicon;
use crate::model::token_table::TokenTable;
use crate::model::vectors::Vectors;
use crate::question::spelling::Speller;
use crate::question::understand::{Question, understand};
use crate::text::words::Analyser;

const ROWS: &str = "its number of units differs from the corpus";

/// An open generation. Copies share the large parts, which never change.
#[derive(Clone)]
pub struct Snapshot {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its documents. The vocabulary has been moved into the lexicon.
    pub corpus: Corpus,
    /// Its vocabulary.
    pub lexicon: Arc<Lexicon>,
    /// Its words, for spelling correction.
    pub speller: Arc<Speller>,
    /// The concepts that the base is about.
    pub subject: Vec<u32>,
    /// The vectors of its units, one per sentence.
    pub vectors: Arc<Vectors>,
    /// The vectors of their word pieces, memory-mapped from disk.
    pub tokens: Arc<TokenTable<OwnedBytes>>,
    /// Facts about the passages that can be shown.
    shown: Arc<ShownPassages>,
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
    /// The sentence number of every document of every segment.
    pub(super) numbers: Vec<Vec<u32>>,
}

impl Snapshot {
    /// Opens the generation in `folder`, whose `manifest` is already read. `english` lists common English words that
    /// are not corrected.
    ///
    /// # Errors
    /// [`IndexError::Broken`] if a file is not what was written.
    pub fn open(folder: &Path, manifest: Manifest, english: &[&str]) -> Result<Self, IndexError> {
        manifest.verify(folder)?;
        let mut corpus = read(&folder.join(CORPUS), Corpus::decode)?;
        let rows = corpus.sentences.len();
        let vectors = read(&folder.join(VECTORS), |bytes| vectors_of(bytes, rows))?;
        let tokens = map_tokens(folder).and_then(|tokens| match tokens.len() == rows {
            true => Ok(Arc::new(tokens)),
            false => Err(ROWS.to_owned()),
        });
        let tokens = tokens.map_err(|what| IndexError::Broken { path: folder.join(TOKENS), what })?;
        let (searcher, fields) = open_tantivy(&folder.join(TANTIVY))?;
        let numbers = numbers(&searcher, rows)
            .map_err(|what| IndexError::Broken { path: folder.join(TANTIVY), what })?;
        let speller = Arc::new(speller(&corpus, english));
        let shown = Arc::new(ShownPassages::of(&corpus));
        // The lexicon owns the vocabulary from here on; a second copy would waste memory.
        let lexicon = Arc::new(Lexicon::new(std::mem::take(&mut corpus.vocabulary)));
        let subject = corpus.about.subject.iter().filter_map(|id| lexicon.concept(id)).collect();
        Ok(Self {
            manifest,
            corpus,
            lexicon,
            speller,
            subject,
            vectors,
            tokens,
            shown,
            searcher,
            fields,
            numbers,
        })
    }

    /// Interprets a question with the words of this generation.
    pub fn understand(&self, question: &str) -> Question {
        understand(question, &self.lexicon, &self.subject, &self.speller)
    }

    /// Whether a source contains a number with these digits, such as a clinic's telephone number.
    pub fn states_number(&self, digits: &str) -> bool {
        self.shown.numbers.contains(digits)
    }

    /// Returns how many passages that can be shown name a concept, in their text or in a heading over them.
    pub fn naming(&self, concept: u32) -> usize {
        self.shown.naming.get(&concept).copied().unwrap_or_default()
    }

    /// Withholds passages that were not withheld when the generation was built.
    pub fn withhold(&mut self, withheld: &BTreeSet<String>) {
        if withheld.is_empty() {
            return;
        }
        let Corpus { documents, passages: notes, .. } = &mut self.corpus;
        for note in notes {
            let id = &documents[note.document as usize].passages()[note.passage as usize].id;
            note.withheld |= withheld.contains(id);
        }
        self.shown = Arc::new(ShownPassages::of(&self.corpus));
    }

    /// Whether this generation has any of `passages` and can show it.
    pub fn shows_any_of(&self, passages: &[&str]) -> bool {
        self.has_any_of(passages, false)
    }

    /// Whether this generation has any of `passages` and withholds it.
    pub fn withholds_any_of(&self, passages: &[&str]) -> bool {
        self.has_any_of(passages, true)
    }

    fn has_any_of(&self, passages: &[&str], withheld: bool) -> bool {
        let listed: FxHashSet<&str> = passages.iter().copied().collect();
        let notes = self.corpus.passages.iter().filter(|note| note.withheld == withheld);
        let mut ids = notes.map(|note| &self.corpus.document_of(note).passages()[note.passage as usize].id);
        ids.any(|id| listed.contains(id.as_str()))
    }
}

fn read<T>(path: &Path, decode: impl FnOnce(&[u8]) -> Result<T, String>) -> Result<T, IndexError> {
    let broken = |what: String| IndexError::Broken { path: path.to_owned(), what };
    let bytes = fs::read(path).map_err(|error| broken(error.source.to_string()))?;
    decode(&bytes).map_err(broken)
}

/// Decodes a table with as many vectors as the corpus has sentences.
fn vectors_of(bytes: &[u8], rows: usize) -> Result<Arc<Vectors>, String> {
    let vectors = Vectors::read(bytes).map_err(|error| error.to_string())?;
    match vectors.len() == rows {
        true => Ok(Arc::new(vectors)),
        false => Err(ROWS.to_owned()),
    }
}

fn open_tantivy(folder: &Path) -> Result<(Searcher, Fields), IndexError> {
    let open_error = tantivy_error(Operation::Open, folder);
    let directory = MmapDirectory::open(folder).map_err(|error| open_error(error.into()))?;
    let index = Index::open(directory).map_err(&open_error)?;
    index.tokenizers().register(tokenizer::NAME, StemTokenizer::default());
    let (expected, fields) = schema();
    if index.schema() != expected {
        return Err(IndexError::Broken {
            path: folder.to_owned(),
            what: "its fields do not match this program".to_owned(),
        });
    }
    let reader =
        index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(&open_error)?;
    Ok((tantivy::IndexReader::searcher(&reader), fields))
}

/// Returns the sentence number of each document of each segment.
fn numbers(searcher: &Searcher, sentences: usize) -> Result<Vec<Vec<u32>>, String> {
    let of_segment = |segment: &tantivy::SegmentReader| {
        let column =
            segment.fast_fields().u64(NUMBER).map_err(|error| error.to_string())?.first_or_default_col(0);
        let numbers = (0..segment.max_doc()).map(|document| column.get_val(document) as u32);
        let numbers: Vec<u32> = numbers.collect();
        match numbers.iter().all(|&number| (number as usize) < sentences) {
            true => Ok(numbers),
            false => Err("it has units that are not in the corpus".to_owned()),
        }
    };
    searcher.segment_readers().iter().map(of_segment).collect()
}

/// The minimum length of a telephone number, in digits.
const LONG: usize = 7;

/// Lookup tables over the passages that can be shown.
struct ShownPassages {
    /// The digits of every long number, without single-character gaps.
    numbers: FxHashSet<Box<str>>,
    /// How many passages name each concept.
    naming: FxHashMap<u32, usize>,
}

impl ShownPassages {
    fn of(corpus: &Corpus) -> Self {
        let mut shown = Self { numbers: FxHashSet::default(), naming: FxHashMap::default() };
        for (at, note) in (0..).zip(&corpus.passages).filter(|(_, note)| !note.withheld) {
            let (document, passage) = corpus.passage(at);
            add_numbers(passage.span.of(document.text()), &mut shown.numbers);
            let own = corpus.sentences_of(at).flat_map(|at| &corpus.sentences[at as usize].concepts);
            let named: FxHashSet<u32> = own.chain(&note.headings).copied().collect();
            named.into_iter().for_each(|concept| *shown.naming.entry(concept).or_default() += 1);
        }
        shown
    }
}

fn add_numbers(text: &str, numbers: &mut FxHashSet<Box<str>>) {
    let mut run = String::new();
    let mut gap = 0;
    for letter in text.chars().chain(['\n', '\n']) {
        if letter.is_ascii_digit() {
            run.push(letter);
            gap = 0;
        } else if gap == 0 && matches!(letter, ' ' | '-' | '.' | '(' | ')' | '\u{a0}') {
            gap = 1;
        } else {
            if run.len() >= LONG {
                numbers.insert(run.as_str().into());
            }
            run.clear();
            gap = 0;
        }
    }
}

/// Spelling is corrected to words of the sources and of everyday vocabulary, never to a medicine that the sources do
/// not name.
fn speller(corpus: &Corpus, english: &[&str]) -> Speller {
    let vocabulary = &corpus.vocabulary;
    let mut analyser = Analyser::default();
    let (medicines, others): (Vec<_>, Vec<_>) =
        vocabulary.concepts.iter().partition(|concept| concept.kind.inherits());
    let asked = vocabulary.facets.iter().flat_map(|facet| &facet.asks);
    let groups = vocabulary.synonyms.iter().flat_map(|group| &group.words);
    let everyday = others.iter().flat_map(|concept| &concept.names).chain(asked).chain(groups);
    let mut forms =
        |name: &String| -> Vec<Arc<str>> { analyser.words(name).into_iter().map(|word| word.form).collect() };
    let named: Vec<_> = everyday.chain(&vocabulary.stop_words).flat_map(&mut forms).collect();
    let medicines: Vec<_> =
        medicines.iter().flat_map(|concept| &concept.names).flat_map(&mut forms).collect();
    let sources = corpus.words.iter().map(|(word, count)| (word.as_str(), *count));
    let known = sources.chain(named.iter().map(|word| (&**word, 0)));
    Speller::new(known, medicines.iter().map(|word| &**word), english.iter().copied())
}

//! The alternatives that a user would otherwise choose: a minimal program around Tantivy, and SQLite's FTS5. Both index
//! exactly the passages of the base, and get the question's words joined by OR.

use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;
use rust_stemmers::{Algorithm, Stemmer};
use tantivy::collector::TopDocs;
use tantivy::query::QueryParser;
use tantivy::schema::{Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{LowerCaser, RemoveLongFilter, SimpleTokenizer, TextAnalyzer};
use tantivy::tokenizer::{Token, TokenFilter, TokenStream, Tokenizer};
use tantivy::{Index, Searcher, TantivyDocument, doc};
use verbatim_core::index::snapshot::Snapshot;

/// How many hits to ask for.
const HITS: usize = 10;
/// Memory budget of Tantivy's index writer, in bytes.
const WRITER_MEMORY: usize = 128 << 20;
/// Tantivy's name for this chain of filters. We do not build the feature with Tantivy's own stemmer.
const EN_STEM: &str = "en_stem";

/// The passages of a base, exactly as in its documents.
pub fn passages(snapshot: &Snapshot) -> Vec<String> {
    let corpus = &snapshot.corpus;
    let text = |number: u32| {
        let (document, passage) = corpus.passage(number);
        let sentences = document.sentences_of(passage);
        let (first, last) = (sentences.first()?.span, sentences.last()?.span);
        Some(first.cover(last).of(document.text()).to_owned())
    };
    (0..corpus.passages.len() as u32).filter_map(text).collect()
}

/// The words of a question, without characters that have a meaning in a query language.
fn words(question: &str) -> impl Iterator<Item = String> + '_ {
    let words = question.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// A minimal program around Tantivy: one stored text field, a parsed query, ten hits.
pub struct Bare {
    searcher: Searcher,
    parser: QueryParser,
    text: Field,
}

impl Bare {
    /// Indexes the passages in a folder, merged into one segment, as a careful user would do.
    pub fn new(folder: &Path, passages: &[String]) -> Result<Self> {
        super::empty(folder)?;
        std::fs::create_dir_all(folder)?;
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(EN_STEM)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let mut schema = Schema::builder();
        let text = schema.add_text_field("text", TextOptions::from(STORED).set_indexing_options(indexing));
        let index = Index::create_in_dir(folder, schema.build())?;
        index.tokenizers().register(EN_STEM, en_stem());
        let mut writer = index.writer_with_num_threads(1, WRITER_MEMORY)?;
        for passage in passages {
            writer.add_document(doc!(text => passage.as_str()))?;
        }
        writer.commit()?;
        let segments = index.searchable_segment_ids()?;
        if segments.len() > 1 {
            writer.merge(&segments).wait()?;
        }
        writer.wait_merging_threads()?;
        let searcher = index.reader()?.searcher();
        Ok(Self { searcher, parser: QueryParser::for_index(&index, vec![text]), text })
    }

    /// Returns the ten best passages.
    pub fn ask(&self, question: &str) -> Result<Vec<TantivyDocument>> {
        let query = self.parser.parse_query(&words(question).collect::<Vec<_>>().join(" "))?;
        let hits = self.searcher.search(&query, &TopDocs::with_limit(HITS).order_by_score())?;
        let stored = hits.into_iter().map(|(_, at)| self.searcher.doc::<TantivyDocument>(at));
        let documents = stored.collect::<tantivy::Result<Vec<_>>>()?;
        debug_assert!(documents.iter().all(|document| document.get_first(self.text).is_some()));
        Ok(documents)
    }
}

fn en_stem() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(40))
        .filter(LowerCaser)
        .filter(Stems)
        .build()
}

/// Tantivy's `en_stem` in a few lines.
#[derive(Clone)]
struct Stems;

#[derive(Clone)]
struct Stemmed<T>(T);

struct StemStream<T> {
    tail: T,
    stemmer: Stemmer,
}

impl TokenFilter for Stems {
    type Tokenizer<T: Tokenizer> = Stemmed<T>;

    fn transform<T: Tokenizer>(self, tokenizer: T) -> Stemmed<T> {
        Stemmed(tokenizer)
    }
}

impl<T: Tokenizer> Tokenizer for Stemmed<T> {
    type TokenStream<'a> = StemStream<T::TokenStream<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        StemStream { tail: self.0.token_stream(text), stemmer: Stemmer::create(Algorithm::English) }
    }
}

impl<T: TokenStream> TokenStream for StemStream<T> {
    fn advance(&mut self) -> bool {
        let more = self.tail.advance();
        if more {
            let stem = self.stemmer.stem(&self.tail.token().text).into_owned();
            self.tail.token_mut().text = stem;
        }
        more
    }

    fn token(&self) -> &Token {
        self.tail.token()
    }

    fn token_mut(&mut self) -> &mut Token {
        self.tail.token_mut()
    }
}

/// SQLite's full-text search, in memory.
pub struct Fts5 {
    connection: Connection,
}

impl Fts5 {
    /// Indexes the passages.
    pub fn new(passages: &[String]) -> Result<Self> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE VIRTUAL TABLE passages USING fts5(text, tokenize = 'porter unicode61'); BEGIN",
        )?;
        for passage in passages {
            connection
                .prepare_cached("INSERT INTO passages (text) VALUES (?1)")?
                .execute([passage.as_str()])?;
        }
        connection.execute_batch("INSERT INTO passages (passages) VALUES ('optimize'); COMMIT")?;
        Ok(Self { connection })
    }

    /// Returns the texts of the ten best passages.
    pub fn ask(&self, question: &str) -> Result<Vec<String>> {
        let any: Vec<String> = words(question).map(|word| format!("\"{word}\"")).collect();
        let mut statement = self.connection.prepare_cached(
            "SELECT text FROM passages WHERE passages MATCH ?1 ORDER BY bm25(passages) LIMIT 10",
        )?;
        let texts = statement.query_map([any.join(" OR ")], |row| row.get(0))?;
        Ok(texts.collect::<rusqlite::Result<_>>()?)
    }
}

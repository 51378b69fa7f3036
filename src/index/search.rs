//! Looking a question up: the passages that Tantivy finds by words, and the sentences that the vectors
//! find by meaning. One function behind one type, so that another backend can take its place.

use tantivy::Term;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::library::key;
use super::snapshot::Snapshot;
use crate::question::understand::{Question, term};

/// A passage that was found by words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Its number in the library.
    pub passage: u32,
    /// BM25 over its fields.
    pub score: f32,
}

/// How much a facet that is asked for counts beside a word.
const FACET: f32 = 0.2;
/// How much a term in a title or heading counts beside one in the body.
const HEADING: f32 = 0.6;

/// The `limit` passages that fit `question` best by words, best first; equals in the order of the library.
pub fn by_words(snapshot: &Snapshot, question: &Question, limit: usize) -> Vec<Hit> {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    let keys = question.units.iter().flat_map(|unit| &unit.keys);
    for &facet in &question.facets {
        let named = term::facet(&snapshot.lexicon.facets()[facet as usize].id);
        if snapshot.library.passage_count(key(&named)) > 0 {
            add(snapshot, &named, FACET, &mut clauses);
        }
    }
    for found in keys.filter(|found| snapshot.library.passage_count(key(&found.term)) > 0) {
        add(snapshot, &found.term, found.weight, &mut clauses);
    }
    if clauses.is_empty() {
        return Vec::new();
    }
    let top = TopDocs::with_limit(limit).order_by_score();
    let found = snapshot.searcher.search(&BooleanQuery::new(clauses), &top);
    // The files were verified when the snapshot was opened; what fails now is the disk, and is logged.
    let found = found.unwrap_or_else(|error| {
        tracing::error!(%error, generation = snapshot.manifest.id, "the search index cannot be read");
        Vec::new()
    });
    found
        .into_iter()
        .map(|(score, at)| Hit {
            passage: snapshot.numbers[at.segment_ord as usize][at.doc_id as usize],
            score,
        })
        .collect()
}

fn add(snapshot: &Snapshot, term: &str, worth: f32, clauses: &mut Vec<(Occur, Box<dyn Query>)>) {
    let mut clause = |field: Field, record: IndexRecordOption, weight: f32| {
        let query: Box<dyn Query> = Box::new(TermQuery::new(Term::from_field_text(field, term), record));
        clauses.push((Occur::Should, Box::new(BoostQuery::new(query, weight * worth))));
    };
    if term.contains(':') {
        clause(snapshot.fields.meanings, IndexRecordOption::Basic, 1.0);
    } else {
        clause(snapshot.fields.body, IndexRecordOption::WithFreqs, 1.0);
        clause(snapshot.fields.headings, IndexRecordOption::WithFreqs, HEADING);
    }
}

//! Looking a question up by words: the units that Tantivy finds. One function behind one type, so that another backend
//! can take its place.

use tantivy::Term;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, DisjunctionMaxQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::snapshot::Snapshot;
use crate::question::understand::{Expansion, ExpansionSource, QueryTerm, Question, term};

/// A unit that was found by words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Its number in the library.
    pub sentence: u32,
    /// Tantivy's BM25: the sum over the question's terms of the best expansion of each.
    pub score: f32,
}

/// How much a term in the context counts beside one in the unit itself.
const CONTEXT: f32 = 0.6;
/// How much a facet that is asked for counts beside a word.
const FACET: f32 = 0.2;
/// What a term that the whole base is about counts beside another.
const SUBJECT: f32 = 0.2;

/// The `limit` units that fit `question` best by words, best first; equals in the order of the library.
pub fn by_words(snapshot: &Snapshot, question: &Question, limit: usize) -> Vec<Hit> {
    let terms = question.terms.iter().map(|term| query(snapshot, term));
    let facets = question.facets.iter().map(|&facet| {
        let named = term::facet(&snapshot.lexicon.facets()[facet as usize].id);
        vec![clause(snapshot.fields.meanings, &named, FACET)]
    });
    let clauses: Vec<(Occur, Box<dyn Query>)> = terms
        .chain(facets)
        .filter(|alternatives| !alternatives.is_empty())
        .map(|alternatives| {
            let best: Box<dyn Query> = Box::new(DisjunctionMaxQuery::new(alternatives));
            (Occur::Should, best)
        })
        .collect();
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
            sentence: snapshot.numbers[at.segment_ord as usize][at.doc_id as usize],
            score,
        })
        .collect()
}

/// Every way in which the sources may say a term.
fn query(snapshot: &Snapshot, term: &QueryTerm) -> Vec<Box<dyn Query>> {
    let worth = if term.subject { SUBJECT } else { 1.0 };
    let fields = snapshot.fields;
    let mut clauses = Vec::new();
    for expansion in &term.expansions {
        let weight = worth * expansion.weight;
        if expansion.is_meaning() {
            clauses.push(clause(fields.meanings, &expansion.term, weight));
        } else {
            clauses.push(clause(fields.text, &expansion.term, weight));
            clauses.push(clause(fields.context, &expansion.term, CONTEXT * weight));
        }
    }
    clauses
}

fn clause(field: Field, term: &str, weight: f32) -> Box<dyn Query> {
    let term = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
    Box::new(BoostQuery::new(Box::new(term), weight))
}

/// How rare a term of a question is in the base, as BM25 weighs it: `ln(1 + (N − n + ½) / (n + ½))`, where `n` of `N`
/// units have its most frequent expansion.
pub fn rarity(snapshot: &Snapshot, term: &QueryTerm) -> f32 {
    let units = snapshot.searcher.num_docs() as f32;
    let count = term.expansions.iter().map(|expansion| frequency(snapshot, expansion)).max();
    let count = count.unwrap_or_default() as f32;
    let worth = if term.subject { SUBJECT } else { 1.0 };
    worth * (1.0 + (units - count + 0.5).max(0.0) / (count + 0.5)).ln()
}

/// Whether some unit or context says a term, in whatever way.
pub fn is_said(snapshot: &Snapshot, term: &QueryTerm) -> bool {
    term.expansions.iter().any(|expansion| frequency(snapshot, expansion) > 0)
}

/// Whether a term names a decisive concept that no unit names: neither it, nor a narrower one, nor, for a medicine, its
/// class.
pub fn names_unknown_concept(snapshot: &Snapshot, term: &QueryTerm) -> bool {
    let Some(concept) = term.concept.filter(|_| !term.subject) else { return false };
    let kind = snapshot.lexicon.concepts()[concept as usize].kind;
    let speaks_for = |expansion: &&Expansion| match expansion.source {
        ExpansionSource::Concept | ExpansionSource::Narrower => true,
        ExpansionSource::Broader => kind.inherits(),
        _ => false,
    };
    kind.is_decisive()
        && term.expansions.iter().filter(speaks_for).all(|expansion| frequency(snapshot, expansion) == 0)
}

/// In how many units an expansion stands.
fn frequency(snapshot: &Snapshot, expansion: &Expansion) -> u64 {
    let fields = snapshot.fields;
    let among: &[Field] =
        if expansion.is_meaning() { &[fields.meanings] } else { &[fields.text, fields.context] };
    let count = |field: &Field| snapshot.searcher.doc_freq(&Term::from_field_text(*field, &expansion.term));
    among.iter().filter_map(|field| count(field).ok()).max().unwrap_or_default()
}

//! Searches by words: the units that Tantivy finds. It is one function over one type, so that another backend can
//! replace it.

use tantivy::Term;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, DisjunctionMaxQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::snapshot::Snapshot;
use crate::question::understand::{Expansion, ExpansionSource, QueryTerm, Question, term};
use crate::text::words::Analyser;

/// A unit found by words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Its number in the corpus.
    pub sentence: u32,
    /// Tantivy's BM25: the sum of the best expansion of each of the question's terms.
    pub score: f32,
}

/// The weight of a term in the context, relative to one in the unit itself.
const CONTEXT: f32 = 0.6;
/// The weight of a facet that is asked about, relative to a word.
const FACET: f32 = 0.2;
/// The maximum BM25 weight of a term, `k1 + 1` in Tantivy.
const BM25_CEILING: f32 = 2.2;
/// The weight of a term that the whole base is about, relative to other terms.
const SUBJECT: f32 = 0.2;

/// Returns the `limit` units that fit `question` best by words, best first; equal scores in the order of the corpus.
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
    // The files were verified when the snapshot was opened, so a failure here comes from the disk. It is logged.
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

/// Returns every way in which the sources can express a term.
fn query(snapshot: &Snapshot, term: &QueryTerm) -> Vec<Box<dyn Query>> {
    let places = term.expansions.iter().flat_map(|expansion| places(snapshot, expansion));
    places.map(|place| clause(place.field, place.term, worth(term) * place.weight)).collect()
}

/// A field in which an expansion of a term is searched, and its weight.
struct SearchedField<'a> {
    field: Field,
    term: &'a str,
    weight: f32,
}

fn places<'a>(
    snapshot: &Snapshot,
    expansion: &'a Expansion,
) -> impl Iterator<Item = SearchedField<'a>> + use<'a> {
    let fields = snapshot.fields;
    let places = if expansion.is_meaning() {
        [Some((fields.meanings, 1.0)), None]
    } else {
        [Some((fields.text, 1.0)), Some((fields.context, CONTEXT))]
    };
    let place =
        |(field, weight)| SearchedField { field, term: &expansion.term, weight: weight * expansion.weight };
    places.into_iter().flatten().map(place)
}

fn worth(term: &QueryTerm) -> f32 {
    if term.subject { SUBJECT } else { 1.0 }
}

fn clause(field: Field, term: &str, weight: f32) -> Box<dyn Query> {
    let term = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
    Box::new(BoostQuery::new(Box::new(term), weight))
}

/// Returns how rare a term of a question is in the base, by its most frequent expansion.
pub fn rarity(snapshot: &Snapshot, term: &QueryTerm) -> f32 {
    let count = term.expansions.iter().map(|expansion| frequency(snapshot, expansion)).max();
    worth(term) * inverse_frequency(snapshot, count.unwrap_or_default())
}

/// Returns the maximum of [`Hit::score`]: for each term, the heaviest expansion that some unit has. A term that no unit
/// has counts as the rarest of all.
pub fn ceiling(snapshot: &Snapshot, question: &Question) -> f32 {
    let most = |term: &QueryTerm| {
        let places = term.expansions.iter().flat_map(|expansion| places(snapshot, expansion));
        let found = places
            .map(|place| (occurrences(snapshot, place.field, place.term), place.weight))
            .filter(|(count, _)| *count > 0);
        let weighed = found.map(|(count, weight)| weight * inverse_frequency(snapshot, count));
        worth(term) * weighed.max_by(f32::total_cmp).unwrap_or_else(|| inverse_frequency(snapshot, 0))
    };
    BM25_CEILING * question.terms.iter().map(most).sum::<f32>()
}

/// The BM25 weight of a term that `count` of the `N` units have: `ln(1 + (N − count + ½) / (count + ½))`.
fn inverse_frequency(snapshot: &Snapshot, count: u64) -> f32 {
    let (units, count) = (snapshot.searcher.num_docs() as f32, count as f32);
    (1.0 + (units - count + 0.5).max(0.0) / (count + 0.5)).ln()
}

/// Whether any unit or context contains a term in any form.
pub fn is_said(snapshot: &Snapshot, term: &QueryTerm) -> bool {
    term.expansions.iter().any(|expansion| frequency(snapshot, expansion) > 0)
}

/// Whether units contain every word of a text, though not necessarily in one place.
pub fn is_written(snapshot: &Snapshot, text: &str, analyser: &mut Analyser) -> bool {
    let stands = |stem: &str| {
        let fields = [snapshot.fields.text, snapshot.fields.context];
        fields.into_iter().any(|field| occurrences(snapshot, field, stem) > 0)
    };
    let words = analyser.words(text);
    words.iter().filter(|word| !word.compound).all(|word| stands(&word.stem))
}

/// Whether any unit names a concept.
pub fn is_named(snapshot: &Snapshot, concept: u32) -> bool {
    let named = term::concept(&snapshot.lexicon.concepts()[concept as usize].id);
    occurrences(snapshot, snapshot.fields.meanings, &named) > 0
}

/// Whether any unit addresses a facet.
pub fn is_addressed(snapshot: &Snapshot, facet: u32) -> bool {
    let named = term::facet(&snapshot.lexicon.facets()[facet as usize].id);
    occurrences(snapshot, snapshot.fields.meanings, &named) > 0
}

/// Whether a term names a decisive concept that no unit names: neither the concept, nor a narrower one, nor, for a
/// medicine, its class.
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

/// Returns the number of units that contain an expansion.
fn frequency(snapshot: &Snapshot, expansion: &Expansion) -> u64 {
    places(snapshot, expansion)
        .map(|place| occurrences(snapshot, place.field, place.term))
        .max()
        .unwrap_or_default()
}

fn occurrences(snapshot: &Snapshot, field: Field, term: &str) -> u64 {
    let term = Term::from_field_text(field, term);
    snapshot.searcher.doc_freq(&term).unwrap_or_default()
}

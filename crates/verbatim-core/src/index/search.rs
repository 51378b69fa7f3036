//! Looking a question up by words: the units that Tantivy finds. One function behind one type, so that another backend
//! can take its place.

use tantivy::Term;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, DisjunctionMaxQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::snapshot::Snapshot;
use crate::question::understand::{Expansion, ExpansionSource, QueryTerm, Question, term};
use crate::text::words::Analyser;

/// A unit that was found by words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Its number in the corpus.
    pub sentence: u32,
    /// Tantivy's BM25: the sum over the question's terms of the best expansion of each.
    pub score: f32,
}

/// How much a term in the context counts beside one in the unit itself.
const CONTEXT: f32 = 0.6;
/// How much a facet that is asked for counts beside a word.
const FACET: f32 = 0.2;
/// A term's share of BM25 at most, `k1 + 1` of Tantivy's.
const BM25_CEILING: f32 = 2.2;
/// What a term that the whole base is about counts beside another.
const SUBJECT: f32 = 0.2;

/// The `limit` units that fit `question` best by words, best first; equals in the order of the corpus.
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
    let places = term.expansions.iter().flat_map(|expansion| places(snapshot, expansion));
    places.map(|place| clause(place.field, place.term, worth(term) * place.weight)).collect()
}

/// Where an expansion of a term is looked for, and what finding it there counts.
struct Place<'a> {
    field: Field,
    term: &'a str,
    weight: f32,
}

fn places<'a>(snapshot: &Snapshot, expansion: &'a Expansion) -> impl Iterator<Item = Place<'a>> + use<'a> {
    let fields = snapshot.fields;
    let places = if expansion.is_meaning() {
        [Some((fields.meanings, 1.0)), None]
    } else {
        [Some((fields.text, 1.0)), Some((fields.context, CONTEXT))]
    };
    let place = |(field, weight)| Place { field, term: &expansion.term, weight: weight * expansion.weight };
    places.into_iter().flatten().map(place)
}

fn worth(term: &QueryTerm) -> f32 {
    if term.subject { SUBJECT } else { 1.0 }
}

fn clause(field: Field, term: &str, weight: f32) -> Box<dyn Query> {
    let term = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
    Box::new(BoostQuery::new(Box::new(term), weight))
}

/// How rare a term of a question is in the base, by its most frequent expansion.
pub fn rarity(snapshot: &Snapshot, term: &QueryTerm) -> f32 {
    let count = term.expansions.iter().map(|expansion| frequency(snapshot, expansion)).max();
    worth(term) * inverse_frequency(snapshot, count.unwrap_or_default())
}

/// What [`Hit::score`] could be at most: of each term, the expansion that counts most among those that some unit has. A
/// term that no unit has counts as the rarest of all.
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

/// How BM25 weighs a term that `count` of the `N` units have: `ln(1 + (N − count + ½) / (count + ½))`.
fn inverse_frequency(snapshot: &Snapshot, count: u64) -> f32 {
    let (units, count) = (snapshot.searcher.num_docs() as f32, count as f32);
    (1.0 + (units - count + 0.5).max(0.0) / (count + 0.5)).ln()
}

/// Whether some unit or context says a term, in whatever way.
pub fn is_said(snapshot: &Snapshot, term: &QueryTerm) -> bool {
    term.expansions.iter().any(|expansion| frequency(snapshot, expansion) > 0)
}

/// Whether units have every word of a text, though not in one place.
pub fn is_written(snapshot: &Snapshot, text: &str, analyser: &mut Analyser) -> bool {
    let stands = |stem: &str| {
        let fields = [snapshot.fields.text, snapshot.fields.context];
        fields.into_iter().any(|field| occurrences(snapshot, field, stem) > 0)
    };
    let words = analyser.words(text);
    words.iter().filter(|word| !word.compound).all(|word| stands(&word.stem))
}

/// Whether some unit names a concept.
pub fn is_named(snapshot: &Snapshot, concept: u32) -> bool {
    let named = term::concept(&snapshot.lexicon.concepts()[concept as usize].id);
    occurrences(snapshot, snapshot.fields.meanings, &named) > 0
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
    places(snapshot, expansion)
        .map(|place| occurrences(snapshot, place.field, place.term))
        .max()
        .unwrap_or_default()
}

fn occurrences(snapshot: &Snapshot, field: Field, term: &str) -> u64 {
    let term = Term::from_field_text(field, term);
    snapshot.searcher.doc_freq(&term).unwrap_or_default()
}

//! Names what the sources lack when they do not answer: concepts of the vocabulary, and the words that carry the clause
//! that asks. What a person tells about themselves, such as their age and weight, is not something that sources lack.

use super::quantity;
use crate::index::search;
use crate::index::snapshot::Snapshot;
use crate::model::encoder::Reading;
use crate::question::understand::{QueryTerm, Question};

/// The minimum weight of a word, relative to the heaviest word of the clause that asks. Chosen by a look at ten questions
/// and not measured: it decides only which words are named, not whether there is an answer.
const CARRYING: f32 = 0.5;

/// The model's reading of a question.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The reading of the question as written.
    pub reading: &'a Reading,
    /// The minimum probability that a word piece is part of the clause that asks.
    pub threshold: f32,
}

/// Returns what the sources lack, in the user's own words. If every word appears somewhere, returns the facets that no
/// unit addresses, by their titles; otherwise the concepts of the question, or its words if it names no concept.
pub fn lacking(snapshot: &Snapshot, question: &Question, asked: Asked<'_>) -> Vec<String> {
    let terms = carrying(snapshot, question, asked);
    let is_unsaid =
        |term: &QueryTerm| !search::is_said(snapshot, term) || search::names_unknown_concept(snapshot, term);
    let unsaid = written(terms.iter().filter(|term| is_unsaid(term)));
    if !unsaid.is_empty() {
        return unsaid;
    }
    let facets = question.facets.iter().filter(|&&facet| !search::is_addressed(snapshot, facet));
    let facets: Vec<String> =
        facets.map(|&facet| snapshot.lexicon.facets()[facet as usize].title.clone()).collect();
    if !facets.is_empty() {
        return facets;
    }
    let concepts = written(terms.iter().filter(|term| term.concept.is_some()));
    if concepts.is_empty() { written(terms.iter()) } else { concepts }
}

fn written<'a, 'b: 'a>(terms: impl Iterator<Item = &'a &'b QueryTerm>) -> Vec<String> {
    terms.map(|term| term.written.clone()).collect()
}

/// Returns the terms that the sources can lack: the concepts and the heavy words of the clause that asks, and decisive
/// concepts elsewhere that no unit names. A question without such a clause counts as a whole.
fn carrying<'a>(snapshot: &Snapshot, question: &'a Question, asked: Asked<'_>) -> Vec<&'a QueryTerm> {
    let own: Vec<&QueryTerm> = without_figures(&question.terms).filter(|term| !term.subject).collect();
    let is_asked = |term: &QueryTerm| asked.probability(term) >= asked.threshold;
    let asks_somewhere = own.iter().any(|term| is_asked(term));
    let in_clause = |term: &QueryTerm| !asks_somewhere || is_asked(term);
    let heaviest =
        own.iter().filter(|term| in_clause(term)).map(|term| asked.weight(term)).fold(0.0, f32::max);
    let carries = |term: &&QueryTerm| match in_clause(term) {
        true => term.concept.is_some() || asked.weight(term) >= CARRYING * heaviest,
        false => search::names_unknown_concept(snapshot, term),
    };
    own.into_iter().filter(carries).collect()
}

impl Asked<'_> {
    /// The mean probability that the word pieces of a term are part of the clause that asks.
    fn probability(&self, term: &QueryTerm) -> f32 {
        let pieces: Vec<usize> = self.pieces(term).collect();
        let sum: f32 = pieces.iter().map(|&at| self.reading.asking[at]).sum();
        sum / pieces.len().max(1) as f32
    }

    /// How much it counts against a unit that the term is missing from it.
    fn weight(&self, term: &QueryTerm) -> f32 {
        self.pieces(term).filter_map(|at| self.reading.tokens.get(at)).map(|token| token.loss).sum()
    }

    fn pieces(&self, term: &QueryTerm) -> impl Iterator<Item = usize> {
        let (start, end) = (term.span.start as usize, term.span.end as usize);
        let spans = self.reading.spans.iter().enumerate();
        spans.filter(move |(_, piece)| piece.start.max(start) < piece.end.min(end)).map(|(at, _)| at)
    }
}

/// Returns the terms that are neither numbers, nor units after a number, nor contractions.
fn without_figures(terms: &[QueryTerm]) -> impl Iterator<Item = &QueryTerm> {
    let before = std::iter::once(None).chain(terms.iter().map(Some));
    let kept = terms.iter().zip(before).filter(|(term, before)| {
        let is_word = !is_number(term) && !is_contraction(&term.written);
        term.concept.is_some() || is_word && !before.is_some_and(|before| is_unit_of(term, before))
    });
    kept.map(|(term, _)| term)
}

fn is_number(term: &QueryTerm) -> bool {
    term.concept.is_none() && term.written.starts_with(char::is_numeric)
}

/// The maximum number of letters in the abbreviation of a unit: `kg`, `lbs`.
const UNIT_LETTERS: usize = 3;

fn is_unit_of(term: &QueryTerm, before: &QueryTerm) -> bool {
    let is_unit = term.written.chars().count() <= UNIT_LETTERS || quantity::is_unit(&term.written);
    is_number(before) && term.span.start <= before.span.end + 1 && is_unit
}

/// Whether a word contains an apostrophe, except in a possessive: `I'm`, but not `Crohn's`.
fn is_contraction(word: &str) -> bool {
    let parts = word.split_once(['\'', '’']);
    parts.is_some_and(|(_, ending)| !ending.is_empty() && !ending.eq_ignore_ascii_case("s"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::span::Span;

    /// The words of `text` that are left.
    fn left(text: &str) -> Vec<String> {
        let mut analyser = crate::text::words::Analyser::default();
        let words = analyser.words(text).into_iter().filter(|word| !word.compound);
        let term = |span: Span| QueryTerm {
            written: span.of(text).to_owned(),
            span,
            expansions: Vec::new(),
            subject: false,
            concept: None,
        };
        let terms: Vec<QueryTerm> = words.map(|word| term(word.span)).collect();
        without_figures(&terms).map(|term| term.written.clone()).collect()
    }

    #[test]
    fn figures_and_contractions_are_left_out() {
        assert_eq!(left("I'm 45, 70kg, 140 lbs"), [""; 0]);
        assert_eq!(left("I’ve gained 12 kg, aged 30 years"), ["gained", "aged"]);
        assert_eq!(
            left("2 whales, Crohn's, tea at 45 and 3 surgeries"),
            ["whales", "Crohn's", "tea", "at", "surgeries"]
        );
    }
}

//! Which documents answer best: the best sentence of each, and what speaks for the whole of it. A base is asked
//! for sentences; a collection, on which search is measured, for documents.

use rustc_hash::FxHashSet;

use super::rank::{Candidate, Weighed, Weights, best, passages, rarity, score_passage};
use crate::index::library::{Library, key};
use crate::index::search;
use crate::index::snapshot::Snapshot;
use crate::question::understand::Question;
use crate::semantic::vectors::Query;
use crate::text::words::Analyser;

/// How many passages are fetched by words, and how many sentences and headings by meaning.
const PASSAGES: usize = 400;
const SENTENCES: usize = 300;
const HEADINGS: usize = 100;
/// BM25's `k1` and `b`, for a document as a whole.
const SATURATION: f32 = 1.2;
const LENGTH: f32 = 0.75;
/// So many times a word counts that stands in a heading.
const IN_HEADING: f32 = 3.0;

/// What speaks for a document.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DocumentEvidence {
    /// The score of its best sentence.
    pub sentence: f32,
    /// BM25 of all its words, those of headings counted three times, as a share of the question's weight.
    pub words: f32,
    /// The share of the question's weight that its headings cover.
    pub heading: f32,
    /// The share of its headings' weight that the question covers: near 1, it is about nothing else.
    pub about: f32,
    /// The mean cosine of its sentences.
    pub mean: f32,
    /// The best cosine of a heading.
    pub heading_meaning: f32,
}

/// What each kind of evidence counts beside the best sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DocumentWeights {
    /// For [`DocumentEvidence::words`].
    pub words: f32,
    /// For [`DocumentEvidence::heading`].
    pub heading: f32,
    /// For [`DocumentEvidence::about`].
    pub about: f32,
    /// For [`DocumentEvidence::mean`].
    pub mean: f32,
    /// For [`DocumentEvidence::heading_meaning`].
    pub heading_meaning: f32,
}

/// The weights in use; one set for every collection. `docs/MEASURED.md` says how they were found.
pub const DOCUMENT_WEIGHTS: DocumentWeights =
    DocumentWeights { words: 0.45, heading: 0.5, about: 0.95, mean: 0.35, heading_meaning: 0.65 };

/// The `limit` documents that fit a question best, best first, with their scores.
pub fn documents(
    snapshot: &Snapshot,
    question: &Question,
    vector: Option<&Query>,
    weights: (&Weights, &DocumentWeights),
    limit: usize,
) -> Vec<(u32, f32)> {
    let mut reader = Reader {
        snapshot,
        vector,
        weights: weights.0,
        weighed: Weighed::new(question, snapshot),
        average: average_length(&snapshot.library),
        analyser: Analyser::default(),
    };
    let candidates = candidates(snapshot, question, vector).into_iter();
    let mut found: Vec<(u32, f32)> =
        candidates.map(|document| (document, reader.evidence(document).score(weights.1))).collect();
    found.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    found.truncate(limit);
    found
}

impl DocumentEvidence {
    /// The score of the best sentence, and the weighted sum of the rest.
    fn score(&self, weights: &DocumentWeights) -> f32 {
        self.sentence
            + weights.words * self.words
            + weights.heading * self.heading
            + weights.about * self.about
            + weights.mean * self.mean
            + weights.heading_meaning * self.heading_meaning
    }
}

fn candidates(snapshot: &Snapshot, question: &Question, vector: Option<&Query>) -> FxHashSet<u32> {
    let library = &snapshot.library;
    let hits = search::by_words(snapshot, question, PASSAGES);
    let near = vector.zip(snapshot.vectors.as_ref()).map(|(query, vectors)| vectors.top(query, SENTENCES));
    let near: Vec<u32> = near.unwrap_or_default().into_iter().map(|(at, _)| at as u32).collect();
    let heads = vector.zip(snapshot.headings.as_ref()).map(|(query, vectors)| vectors.top(query, HEADINGS));
    let heads = heads.unwrap_or_default().into_iter().map(|(at, _)| at as u32);
    let of_heading = |at: u32| snapshot.first_headings.partition_point(|&first| first <= at) as u32 - 1;
    passages(library, &hits, &near)
        .into_iter()
        .map(|passage| library.passages[passage as usize].document)
        .chain(heads.map(of_heading))
        .collect()
}

fn average_length(library: &Library) -> f32 {
    let words: u32 = library.sentences.iter().map(|note| note.length).sum();
    (words as f32 / library.documents.len().max(1) as f32).max(1.0)
}

/// Reads documents with a question in mind.
struct Reader<'a> {
    snapshot: &'a Snapshot,
    vector: Option<&'a Query>,
    weights: &'a Weights,
    weighed: Weighed,
    /// Words a document, on average.
    average: f32,
    analyser: Analyser,
}

impl Reader<'_> {
    fn evidence(&mut self, document: u32) -> DocumentEvidence {
        let library = &self.snapshot.library;
        let first = library.passages.partition_point(|note| note.document < document) as u32;
        let end = library.passages.partition_point(|note| note.document <= document) as u32;
        let mut sentences: Vec<Candidate> = Vec::new();
        for passage in first..end {
            let Self { snapshot, vector, weights, weighed, .. } = self;
            score_passage(snapshot, passage, weighed, *vector, weights, &mut sentences);
        }
        let mut evidence = DocumentEvidence {
            sentence: sentences.iter().map(|found| found.score).fold(0.0, f32::max),
            mean: sentences.iter().map(|found| found.evidence.semantic).sum::<f32>()
                / sentences.len().max(1) as f32,
            about: self.about(document),
            heading_meaning: self.heading_meaning(document),
            ..DocumentEvidence::default()
        };
        let notes = || sentences.iter().map(|found| &library.sentences[found.sentence as usize]);
        let length = notes().map(|note| note.length).sum::<u32>() as f32;
        let norm = SATURATION * (1.0 - LENGTH + LENGTH * length / self.average);
        for unit in &self.weighed.units {
            let headings = (first..end).map(|at| best(&unit.matter, &library.passages[at as usize].headings));
            let heading = headings.fold(0.0, f32::max);
            let said = notes().map(|note| best(&unit.matter, &note.terms)).sum::<f32>();
            let count = said + IN_HEADING * heading;
            evidence.words += unit.weight * count * (SATURATION + 1.0) / (count + norm) / self.weighed.total;
            evidence.heading += unit.weight * heading / self.weighed.total;
        }
        evidence
    }

    /// The share of the weight of a document's title that the question covers.
    fn about(&mut self, document: u32) -> f32 {
        let library = &self.snapshot.library;
        let title = &library.documents[document as usize].origin.title;
        let mut terms: Vec<u32> = self.analyser.stems(title).iter().map(|stem| key(stem)).collect();
        terms.sort_unstable();
        terms.dedup();
        let asked =
            |term: u32| self.weighed.units.iter().any(|unit| unit.keys.iter().any(|(key, _)| *key == term));
        let weight = |term: &u32| rarity(library, library.passage_count(*term));
        let covered: f32 = terms.iter().filter(|term| asked(**term)).map(weight).sum();
        covered / terms.iter().map(weight).sum::<f32>().max(f32::MIN_POSITIVE)
    }

    fn heading_meaning(&self, document: u32) -> f32 {
        let Some((query, headings)) = self.vector.zip(self.snapshot.headings.as_ref()) else { return 0.0 };
        let first = self.snapshot.first_headings[document as usize] as usize;
        let count = self.snapshot.library.documents[document as usize].sections().len();
        (first..first + count).map(|at| headings.cosine(query, at)).fold(0.0, f32::max)
    }
}

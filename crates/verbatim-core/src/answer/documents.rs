//! Ranks whole documents, for collections on which search is measured. For a base, units are ranked.

use rustc_hash::FxHashMap;

use super::pipeline::Tools;
use super::score::{self, Candidate};
use crate::index::search::{self, Hit};
use crate::index::snapshot::Snapshot;
use crate::model::error::EncoderError;

/// The number of units fetched by words, and the number fetched by meaning.
const BY_WORDS: usize = 400;
const BY_MEANING: usize = 300;
/// The number of a document's best units that count, each half as much as the one before.
const BEST_UNITS: usize = 4;

/// The weight of each kind of evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DocumentWeights {
    /// For the score of the best unit.
    pub unit: f32,
    /// For the share of BM25, summed over the best units.
    pub lexical: f32,
    /// For the mean cosine of its units.
    pub mean: f32,
    /// For the cosine of its first unit, which says what the document is about.
    pub first: f32,
}

/// The weights in use, the same for every collection. `docs/quality.md` says how they were found.
pub const DOCUMENT_WEIGHTS: DocumentWeights =
    DocumentWeights { unit: 0.1, lexical: 8.0, mean: 4.0, first: 1.0 };

/// Returns the `limit` documents that fit a question best, best first, with their scores.
///
/// # Errors
/// Fails if the model cannot be run.
pub fn documents(
    tools: Tools<'_>,
    snapshot: &Snapshot,
    question: &str,
    weights: &DocumentWeights,
    limit: usize,
) -> Result<Vec<(u32, f32)>, EncoderError> {
    let reading = tools.encoder.read(question)?;
    let question = snapshot.understand(question);
    let by_words = search::by_words(snapshot, &question, BY_WORDS);
    let mut hits: FxHashMap<u32, f32> = snapshot
        .vectors
        .top(&reading.pooled, BY_MEANING)
        .into_iter()
        .map(|(sentence, _)| (sentence as u32, 0.0))
        .collect();
    hits.extend(by_words.into_iter().map(|hit| (hit.sentence, hit.score)));
    let hits: Vec<Hit> = hits.into_iter().map(|(sentence, score)| Hit { sentence, score }).collect();
    let (scoring, by) = (tools.encoder.scoring(), &tools.coefficients.unit);
    let candidates = score::score(snapshot, &question, &reading, &hits, scoring, by).candidates;
    let corpus = &snapshot.corpus;
    let mut of_document: FxHashMap<u32, Vec<Candidate>> = FxHashMap::default();
    for candidate in candidates {
        let passage = corpus.sentences[candidate.sentence as usize].passage;
        of_document.entry(corpus.passages[passage as usize].document).or_default().push(candidate);
    }
    let first = first_sentences(snapshot);
    let mut found: Vec<(u32, f32)> = of_document
        .into_iter()
        .map(|(document, best)| {
            let units = first[document as usize]..first[document as usize + 1];
            let cosine = |at: u32| snapshot.vectors.cosine(&reading.pooled, at as usize);
            let mean = units.clone().map(cosine).sum::<f32>() / units.len().max(1) as f32;
            let halved = |part: fn(&Candidate) -> f32| {
                let worth = std::iter::successors(Some(1.0f32), |worth| Some(worth / 2.0));
                best.iter().take(BEST_UNITS).zip(worth).map(|(unit, worth)| worth * part(unit)).sum::<f32>()
            };
            let score = weights.unit * best.first().map_or(0.0, |unit| unit.score)
                + weights.lexical * halved(|unit| unit.evidence.lexical)
                + weights.mean * mean
                + weights.first * cosine(units.start);
            (document, score)
        })
        .collect();
    found.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    found.truncate(limit);
    Ok(found)
}

/// Returns the first sentence of each document, and the end.
fn first_sentences(snapshot: &Snapshot) -> Vec<u32> {
    let mut first = vec![0];
    for document in &snapshot.corpus.documents {
        first.push(first.last().copied().unwrap_or_default() + document.sentences().len() as u32);
    }
    first
}

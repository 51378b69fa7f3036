//! Which sentences answer best. Words, headings, neighbours and meaning each give evidence between
//! 0 and 1; the score is their weighted sum. Every part is kept, so that `--explain` can show it.

use std::collections::BTreeSet;

use crate::index::library::{Library, key};
use crate::index::search::{self, Hit};
use crate::index::snapshot::Snapshot;
use crate::knowledge::document::PassageKind;
use crate::question::expected::Expected;
use crate::question::understand::{Asks, Origin, Question, Unit};
use crate::semantic::vectors::Query;
use crate::text::contact;

/// How many passages are fetched by words.
const PASSAGES: usize = 32;
/// How many sentences are fetched by meaning.
const BY_MEANING: usize = 32;
/// What a unit that the whole base is about counts beside another.
const SUBJECT: f32 = 0.2;
/// How far sentences longer than the average are marked down, as BM25's `b`.
const LENGTH: f32 = 0.25;
/// BM25's `k1`, for words that stand once.
const SATURATION: f32 = 1.2;

/// What a sentence that states nothing keeps of its score: a question, or a scrap of a page's furniture.
const NO_STATEMENT: f32 = 0.5;
/// What a telephone number is put before everything else by, where one is asked for.
const CONTACT: f32 = 1.0;
/// So many statements from the beginning of a document, nothing is its opening any more.
const FAR: usize = 8;
/// A paragraph of fewer words than this that ends without a full stop is a scrap.
const SCRAP: u32 = 8;

/// What each kind of evidence counts. One set for every base; `ARCHITECTURE.md` says how it was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// For [`Evidence::lexical`].
    pub lexical: f32,
    /// For [`Evidence::heading`].
    pub heading: f32,
    /// For [`Evidence::context`].
    pub context: f32,
    /// For [`Evidence::semantic`].
    pub semantic: f32,
    /// For [`Evidence::opening`].
    pub opening: f32,
}

/// The weights in use.
pub const WEIGHTS: Weights =
    Weights { lexical: 1.0, heading: 0.35, context: 0.2, semantic: 1.0, opening: 0.5 };

/// What speaks for a sentence, each part 0 to 1 (`semantic` −1 to 1).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Evidence {
    /// The share of the question's weight that the sentence's own words cover, marked down for length.
    pub lexical: f32,
    /// The share that only the headings over it cover.
    pub heading: f32,
    /// The share that only its neighbours in the passage cover.
    pub context: f32,
    /// Cosine of the question's vector with its own; 0 without an encoder.
    pub semantic: f32,
    /// How near to the beginning of its document it stands, where the question names nothing but the base's
    /// subject: what a thing is stands there.
    pub opening: f32,
    /// Whether it tells how to reach somebody, and that is asked for: nothing else is an answer then.
    pub contact: bool,
    /// Whether it states something; a question or a scrap keeps half of its score.
    pub states: bool,
    /// The share of the question's own weight, its subject left out, that the sentence, its headings and its
    /// neighbours cover.
    pub coverage: f32,
    /// The share of that weight, but for the words that say what sort of answer is wanted, that the sentence itself
    /// and its headings cover.
    pub own: f32,
}

impl Evidence {
    /// The weighted sum, less for what states nothing.
    pub fn score(&self, weights: &Weights) -> f32 {
        let sum = weights.lexical * self.lexical
            + weights.heading * self.heading
            + weights.context * self.context
            + weights.semantic * self.semantic
            + weights.opening * self.opening;
        match (self.contact, self.states) {
            (true, _) => sum + CONTACT,
            (false, true) => sum,
            (false, false) => NO_STATEMENT * sum,
        }
    }
}

/// A sentence that may answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Its number in the library.
    pub sentence: u32,
    /// Its score.
    pub score: f32,
    /// What speaks for it.
    pub evidence: Evidence,
}

/// The question's units as the ranking uses them.
pub struct Weighed {
    pub(super) units: Vec<WeighedUnit>,
    pub(super) total: f32,
    own: f32,
    /// The weight of the units that are neither the base's subject nor say what sort of answer is wanted.
    asked: f32,
    /// Whether it is asked how to reach somebody.
    contact: bool,
}

pub(super) struct WeighedUnit {
    pub(super) weight: f32,
    subject: bool,
    asks: Asks,
    pub(super) keys: Vec<(u32, f32)>,
    /// Those of them that are no facet: a facet is not the matter itself.
    pub(super) matter: Vec<(u32, f32)>,
}

impl Weighed {
    /// Weighs every unit by how rare it is in the base: `ln(1 + (N − n + ½) / (n + ½))`, as BM25 does. What
    /// no passage says weighs most.
    pub fn new(question: &Question, snapshot: &Snapshot) -> Self {
        let library = &snapshot.library;
        let units: Vec<WeighedUnit> = question
            .units
            .iter()
            .map(|unit| {
                let keys = said(unit, library, |_| true);
                let matter = said(unit, library, |origin| origin != Origin::Facet);
                let count = keys.first().map_or(0, |(key, _)| library.passage_count(*key));
                WeighedUnit {
                    weight: rarity(library, count) * share(unit, keys.is_empty()),
                    subject: unit.subject,
                    asks: unit.asks,
                    keys,
                    matter,
                }
            })
            .collect();
        // A word that no passage says tells no passage from another, so it takes no part in the ranking.
        let known = units.iter().filter(|unit| !unit.keys.is_empty()).map(|unit| unit.weight);
        let total = known.sum::<f32>().max(f32::MIN_POSITIVE);
        let own = units.iter().filter(|unit| !unit.subject).map(|unit| unit.weight).sum();
        let asked = units
            .iter()
            .filter(|unit| !unit.subject && unit.asks != Asks::Sort)
            .map(|unit| unit.weight)
            .sum();
        Self { units, total, own, asked, contact: question.wants == Some(Expected::Contact) }
    }
}

/// How much of its rarity a unit counts. A number that no passage says is the reader's own, an age or a weight: the
/// sources need not speak of it.
fn share(unit: &Unit, unsaid: bool) -> f32 {
    match (unit.subject, unsaid && unit.written.starts_with(|first: char| first.is_ascii_digit())) {
        (_, true) => 0.0,
        (true, false) => SUBJECT,
        (false, false) => 1.0,
    }
}

/// The keys of a unit that some passage says, best first.
fn said(unit: &Unit, library: &Library, wanted: impl Fn(Origin) -> bool) -> Vec<(u32, f32)> {
    let counted = unit.keys.iter().filter(|found| wanted(found.origin));
    let counted = counted.map(|found| (key(&found.term), found.weight));
    let mut keys: Vec<(u32, f32)> = counted.filter(|(key, _)| library.passage_count(*key) > 0).collect();
    keys.sort_by(|one, other| other.1.total_cmp(&one.1));
    keys
}

/// How rare a term is that stands in `count` passages: `ln(1 + (N − n + ½) / (n + ½))`, as in BM25.
pub(super) fn rarity(library: &Library, count: u32) -> f32 {
    let (passages, count) = (library.passages.len() as f32, count as f32);
    (1.0 + (passages - count + 0.5).max(0.0) / (count + 0.5)).ln()
}

/// The candidates, best first; equals in the order of the library.
pub fn rank(
    snapshot: &Snapshot,
    question: &Question,
    vector: Option<&Query>,
    weights: &Weights,
) -> Vec<Candidate> {
    let hits = search::by_words(snapshot, question, PASSAGES);
    let near = vector.zip(snapshot.vectors.as_ref()).map(|(query, vectors)| vectors.top(query, BY_MEANING));
    let near: Vec<u32> = near.unwrap_or_default().into_iter().map(|(sentence, _)| sentence as u32).collect();
    let weighed = Weighed::new(question, snapshot);
    let mut candidates = Vec::new();
    for passage in passages(&snapshot.library, &hits, &near) {
        score_passage(snapshot, passage, &weighed, vector, weights, &mut candidates);
    }
    candidates
        .sort_by(|one, other| other.score.total_cmp(&one.score).then(one.sentence.cmp(&other.sentence)));
    candidates
}

pub(super) fn passages(library: &Library, hits: &[Hit], near: &[u32]) -> BTreeSet<u32> {
    let by_meaning = near.iter().map(|&sentence| library.sentences[sentence as usize].passage);
    let all = hits.iter().map(|hit| hit.passage).chain(by_meaning);
    all.filter(|&passage| !library.passages[passage as usize].withheld).collect()
}

pub(super) fn score_passage(
    snapshot: &Snapshot,
    passage: u32,
    weighed: &Weighed,
    vector: Option<&Query>,
    weights: &Weights,
    candidates: &mut Vec<Candidate>,
) {
    let library = &snapshot.library;
    let headings = &library.passages[passage as usize].headings;
    let numbers = library.sentences_of(passage);
    let average = snapshot.average_length;
    let mut evidence = vec![Evidence::default(); numbers.len()];
    for unit in &weighed.units {
        let in_headings = best(&unit.keys, headings);
        let in_sentence: Vec<f32> =
            numbers.clone().map(|at| best(&unit.keys, &library.sentences[at as usize].terms)).collect();
        let in_passage = in_sentence.iter().copied().fold(0.0, f32::max);
        for (part, &own) in evidence.iter_mut().zip(&in_sentence) {
            part.lexical += unit.weight * own;
            part.heading += unit.weight * (in_headings - own).max(0.0);
            part.context += unit.weight * (in_passage - own.max(in_headings)).max(0.0);
            part.coverage += if unit.subject { 0.0 } else { unit.weight * in_passage.max(in_headings) };
        }
        if unit.subject || unit.asks == Asks::Sort {
            continue;
        }
        let in_headings = best(&unit.matter, headings);
        for (part, at) in evidence.iter_mut().zip(numbers.clone()) {
            let own = best(&unit.matter, &library.sentences[at as usize].terms);
            part.own += unit.weight * own.max(in_headings);
        }
    }
    for (mut part, sentence) in evidence.into_iter().zip(numbers) {
        let note = &library.sentences[sentence as usize];
        let length = 1.0 - LENGTH + LENGTH * note.length as f32 / average;
        part.lexical *= (SATURATION + 1.0) / (1.0 + SATURATION * length) / weighed.total;
        part.heading /= weighed.total;
        part.context /= weighed.total;
        part.coverage = if weighed.own > 0.0 { part.coverage / weighed.own } else { 1.0 };
        part.own = if weighed.asked > 0.0 { part.own / weighed.asked } else { 1.0 };
        part.opening = if weighed.own > 0.0 { 0.0 } else { opening(library, sentence) };
        if let (Some(query), Some(vectors)) = (vector, &snapshot.vectors) {
            part.semantic = vectors.cosine(query, sentence as usize);
        }
        part.contact = weighed.contact && contact::is_in(library.sentence_text(sentence));
        part.states = part.contact || states(library, sentence);
        candidates.push(Candidate { sentence, score: part.score(weights), evidence: part });
    }
}

/// 1 for the first sentence that states something in its document, ½ for the second, and so on; 0 far from
/// the beginning.
fn opening(library: &Library, sentence: u32) -> f32 {
    let document = library.passages[library.sentences[sentence as usize].passage as usize].document;
    let of_document =
        |at: &u32| library.passages[library.sentences[*at as usize].passage as usize].document == document;
    let earlier = (0..sentence).rev().take_while(of_document).filter(|&at| states(library, at));
    match earlier.take(FAR).count() {
        FAR => 0.0,
        near => 1.0 / (1 + near) as f32,
    }
}

/// Whether a sentence says something, rather than asks or labels.
fn states(library: &Library, sentence: u32) -> bool {
    let note = &library.sentences[sentence as usize];
    let ending =
        library.sentence_text(sentence).trim_end_matches(|c: char| "\"'”’»)]".contains(c)).chars().last();
    let scrap = note.length < SCRAP && ending.is_some_and(char::is_alphanumeric);
    match library.passage(note.passage).1.kind {
        PassageKind::Paragraph => ending != Some('?') && !scrap,
        PassageKind::ListItem | PassageKind::Reference => true,
    }
}

/// The weight of the best key that `terms` hold.
pub(super) fn best(keys: &[(u32, f32)], terms: &[u32]) -> f32 {
    keys.iter().find(|(key, _)| holds(terms, *key)).map_or(0.0, |(_, weight)| *weight)
}

pub(super) fn holds(terms: &[u32], key: u32) -> bool {
    terms.binary_search(&key).is_ok()
}

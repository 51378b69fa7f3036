//! Ranks the units that may answer. Tantivy finds candidates by words, the vectors find others by meaning; each is
//! scored by late interaction and by its word evidence. All parts of the score are kept, so that `--explain` can show
//! them.

use std::collections::BTreeMap;

use crate::index::corpus::Corpus;
use crate::index::search::{self, Hit};
use crate::index::snapshot::Snapshot;
use crate::knowledge::document::PassageKind;
use crate::model::coefficients::UnitCoefficients;
use crate::model::encoder::Reading;
use crate::model::late_interaction::{QuestionToken, Scoring};
use crate::question::understand::Question;
use crate::text::words::Analyser;

/// The number of units fetched by words, and the number fetched by meaning.
const BY_WORDS: usize = 48;
const BY_MEANING: usize = 48;
/// The maximum number of word pieces of a question that are compared: the model was not trained on more.
const MOST_PIECES: usize = 64;
/// A paragraph with fewer words than this and no full stop at the end is a fragment of the page.
const SCRAP: usize = 8;

/// The evidence for a unit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Evidence {
    /// The learned score: above 0 if the unit is more likely to answer than no unit at all.
    pub late: f32,
    /// The part of the score gained by matching word pieces.
    pub matched: f32,
    /// The part lost to missing matches.
    pub unmet: f32,
    /// The largest loss to a single missing match.
    pub worst: f32,
    /// Tantivy's BM25 as a share of its maximum, 0 to 1.
    pub lexical: f32,
    /// The cosine of the pooled vectors, −1 to 1.
    pub cosine: f32,
    /// The share of the question's numbers that are in neither the unit nor its context, 0 to 1; 0 if it has no
    /// numbers.
    pub numbers_missing: f32,
    /// The share of the diseases, medicines, groups of people and similar concepts in the question that neither the
    /// unit nor a heading over it names, 0 to 1; 0 if the question names none.
    pub concepts_missing: f32,
    /// Whether it is an entry in a reference list.
    pub reference: bool,
    /// Whether it states nothing, because it is a question or a fragment of a page.
    pub states_nothing: bool,
}

/// The candidates of a question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scored {
    /// Best first; equal scores in the order of the corpus.
    pub candidates: Vec<Candidate>,
    /// The loss from word pieces that match in no candidate at all: what the sources never mention.
    pub unmet_anywhere: f32,
}

/// A unit that may answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The sentence's number in the corpus.
    pub sentence: u32,
    /// The log-odds that it answers, judged on its own.
    pub score: f32,
    /// The evidence for it.
    pub evidence: Evidence,
}

impl Evidence {
    /// Returns the weighted sum.
    pub fn score(&self, by: &UnitCoefficients) -> f32 {
        let flag = |holds: bool, weight: f32| if holds { weight } else { 0.0 };
        by.bias
            + by.late * self.late
            + by.matched * self.matched
            + by.unmet * self.unmet
            + by.worst * self.worst
            + by.lexical * self.lexical
            + by.numbers_missing * self.numbers_missing
            + by.concepts_missing * self.concepts_missing
            + flag(self.reference, by.reference)
            + flag(self.states_nothing, by.states_nothing)
    }
}

/// Returns the units that may answer, in the order of the corpus, with Tantivy's score of each.
pub fn retrieve(snapshot: &Snapshot, question: &Question, reading: &Reading) -> Vec<Hit> {
    let by_words = search::by_words(snapshot, question, BY_WORDS);
    let by_meaning = snapshot.vectors.top(&reading.pooled, BY_MEANING);
    let mut found: BTreeMap<u32, f32> =
        by_meaning.into_iter().map(|(sentence, _)| (sentence as u32, 0.0)).collect();
    found.extend(by_words.into_iter().map(|hit| (hit.sentence, hit.score)));
    found
        .into_iter()
        .filter(|&(sentence, _)| snapshot.corpus.is_searched(sentence))
        .map(|(sentence, score)| Hit { sentence, score })
        .collect()
}

/// Scores `hits`.
pub fn score(
    snapshot: &Snapshot,
    question: &Question,
    reading: &Reading,
    hits: &[Hit],
    scoring: &Scoring,
    by: &UnitCoefficients,
) -> Scored {
    let ceiling = search::ceiling(snapshot, question);
    let mut analyser = Analyser::default();
    let numbers = numbers(&mut analyser, question);
    let concepts = concepts(snapshot, question);
    let tokens = asking_most(reading);
    let mut best_anywhere = vec![-1.0f32; tokens.len()];
    let mut candidates: Vec<Candidate> = hits
        .iter()
        .filter_map(|hit| {
            let at = hit.sentence as usize;
            let cosine = snapshot.vectors.cosine(&reading.pooled, at);
            let found = scoring.compare(tokens, snapshot.tokens.unit(at)?, cosine);
            best_anywhere.iter_mut().zip(&found.best).for_each(|(best, here)| *best = best.max(*here));
            let evidence = Evidence {
                late: found.score,
                matched: found.matched,
                unmet: found.unmet,
                worst: found.worst,
                lexical: if ceiling > 0.0 { (hit.score / ceiling).min(1.0) } else { 0.0 },
                cosine,
                numbers_missing: share_missing(&snapshot.corpus, hit.sentence, &numbers, &mut analyser),
                concepts_missing: share_unnamed(&snapshot.corpus, hit.sentence, &concepts),
                ..what_it_is(&snapshot.corpus, hit.sentence)
            };
            Some(Candidate { sentence: hit.sentence, score: evidence.score(by), evidence })
        })
        .collect();
    candidates
        .sort_by(|one, other| other.score.total_cmp(&one.score).then(one.sentence.cmp(&other.sentence)));
    Scored { candidates, unmet_anywhere: scoring.unmet(tokens, &best_anywhere) }
}

/// Returns the stretch of at most [`MOST_PIECES`] word pieces with the highest asking score; a short question is
/// returned whole.
fn asking_most(reading: &Reading) -> &[QuestionToken] {
    let asking = |start: usize| reading.asking.iter().skip(start).take(MOST_PIECES).sum::<f32>();
    let starts = 0..=reading.tokens.len().saturating_sub(MOST_PIECES);
    let start = starts.rev().max_by(|&one, &other| asking(one).total_cmp(&asking(other))).unwrap_or_default();
    &reading.tokens[start..reading.tokens.len().min(start + MOST_PIECES)]
}

/// Returns the numbers in a question, in normal form.
fn numbers(analyser: &mut Analyser, question: &Question) -> Vec<String> {
    let written = question.terms.iter().filter(|term| term.concept.is_none());
    let words = written.flat_map(|term| analyser.words(&term.written)).map(|word| word.form.to_string());
    words.filter(|form| form.starts_with(|letter: char| letter.is_ascii_digit())).collect()
}

fn share_missing(corpus: &Corpus, sentence: u32, numbers: &[String], analyser: &mut Analyser) -> f32 {
    if numbers.is_empty() {
        return 0.0;
    }
    let mut words = analyser.words(corpus.sentence_text(sentence));
    words.extend(analyser.words(&corpus.context(sentence)));
    let missing = numbers.iter().filter(|number| words.iter().all(|word| &*word.form != number.as_str()));
    missing.count() as f32 / numbers.len() as f32
}

/// Returns the decisive concepts of a question, each with all concepts that count for it: narrower ones and, for a
/// medicine, its class.
fn concepts(snapshot: &Snapshot, question: &Question) -> Vec<Vec<u32>> {
    let lexicon = &snapshot.lexicon;
    let kind = |at: u32| lexicon.concepts()[at as usize].kind;
    let asked = question.concepts.iter().copied();
    let decisive = asked.filter(|&at| kind(at).is_decisive() && !snapshot.subject.contains(&at));
    let with_others = decisive.map(|at| {
        let mut speaking = lexicon.with_narrower(at);
        if kind(at).inherits() {
            speaking.extend(lexicon.broader(at));
        }
        speaking
    });
    with_others.collect()
}

fn share_unnamed(corpus: &Corpus, sentence: u32, concepts: &[Vec<u32>]) -> f32 {
    if concepts.is_empty() {
        return 0.0;
    }
    let note = &corpus.sentences[sentence as usize];
    let headings = &corpus.passages[note.passage as usize].headings;
    let is_named = |at: &u32| note.concepts.binary_search(at).is_ok() || headings.binary_search(at).is_ok();
    let unnamed = concepts.iter().filter(|speaking| !speaking.iter().any(is_named));
    unnamed.count() as f32 / concepts.len() as f32
}

fn what_it_is(corpus: &Corpus, sentence: u32) -> Evidence {
    let (_, passage) = corpus.passage(corpus.sentences[sentence as usize].passage);
    let text = corpus.sentence_text(sentence);
    let ending = text.trim_end_matches(|c: char| "\"'”’»)]".contains(c)).chars().last();
    let scrap =
        text.split_whitespace().count() < SCRAP && ending.is_some_and(|letter| letter.is_alphanumeric());
    Evidence {
        reference: passage.kind == PassageKind::Reference,
        states_nothing: passage.kind == PassageKind::Paragraph && (ending == Some('?') || scrap),
        ..Evidence::default()
    }
}

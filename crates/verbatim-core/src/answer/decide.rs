//! Whether the sources answer at all: one probability, from the scores of the best units and from what the sources
//! never mention. What is missing is named where they do not.

use super::score::{Candidate, Scored};
use crate::index::search;
use crate::index::snapshot::Snapshot;
use crate::model::coefficients::{AnswerCoefficients, probability};
use crate::question::understand::{QueryTerm, Question};

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// How likely it is that the best unit answers, 0 to 1.
    pub confidence: f32,
    /// Whether that is enough.
    pub answers: bool,
    /// What the sources lack, in the reader's own words; empty with an answer.
    pub lacking: Vec<String>,
    /// Ids of the concepts and facets that they lack, for the gap report; empty with an answer.
    pub missing: Vec<String>,
}

/// Decides from the understood question and its candidates. `threshold` is the confidence that is needed.
pub fn decide(
    snapshot: &Snapshot,
    question: &Question,
    scored: &Scored,
    by: &AnswerCoefficients,
    threshold: f32,
) -> Decision {
    let confidence = confidence(snapshot, question, scored, by);
    if confidence < threshold {
        return refuse(snapshot, question, confidence);
    }
    Decision { confidence, answers: true, lacking: Vec::new(), missing: Vec::new() }
}

/// The decision that the sources do not answer.
pub fn refuse(snapshot: &Snapshot, question: &Question, confidence: f32) -> Decision {
    Decision {
        confidence,
        answers: false,
        lacking: lacking(snapshot, question),
        missing: missing(snapshot, question),
    }
}

fn confidence(snapshot: &Snapshot, question: &Question, scored: &Scored, by: &AnswerCoefficients) -> f32 {
    let Some(best) = scored.candidates.first() else { return 0.0 };
    let sum = by.bias
        + by.best * best.score
        + by.next * next_score(&scored.candidates)
        + by.unmet_anywhere * scored.unmet_anywhere
        + if names_unknown_concept(snapshot, question) { by.unknown_concept } else { 0.0 }
        + by.unsaid * unsaid_share(snapshot, question);
    probability(sum)
}

/// The mean score of the second and third candidate; the best's where there is no other.
pub fn next_score(candidates: &[Candidate]) -> f32 {
    let next: Vec<f32> = candidates.iter().skip(1).take(2).map(|candidate| candidate.score).collect();
    match next.len() {
        0 => candidates.first().map_or(0.0, |best| best.score),
        count => next.iter().sum::<f32>() / count as f32,
    }
}

/// Whether a question names a disease, medicine, symptom or the like that no unit names.
pub fn names_unknown_concept(snapshot: &Snapshot, question: &Question) -> bool {
    question.terms.iter().any(|term| search::names_unknown_concept(snapshot, term))
}

/// The share of a question's weight that is in terms which no unit has in any form, 0 to 1.
pub fn unsaid_share(snapshot: &Snapshot, question: &Question) -> f32 {
    let weight = |term: &QueryTerm| search::rarity(snapshot, term);
    let all: f32 = question.terms.iter().map(weight).sum();
    let unsaid = question.terms.iter().filter(|term| !search::is_said(snapshot, term));
    unsaid.map(weight).sum::<f32>() / all.max(f32::MIN_POSITIVE)
}

/// What the reader asked about and no unit says; all of it where every word is said somewhere.
fn lacking(snapshot: &Snapshot, question: &Question) -> Vec<String> {
    let own = || question.terms.iter().filter(|term| !term.subject);
    let written = |term: &QueryTerm| term.written.clone();
    let unsaid: Vec<String> = own().filter(|term| !search::is_said(snapshot, term)).map(written).collect();
    if unsaid.is_empty() { own().map(written).collect() } else { unsaid }
}

/// Ids of what the question asks about, concepts before facets: those that no unit speaks of, or all of them.
fn missing(snapshot: &Snapshot, question: &Question) -> Vec<String> {
    let lexicon = &snapshot.lexicon;
    let own = || question.terms.iter().filter(|term| !term.subject && term.concept.is_some());
    let unsaid: Vec<u32> =
        own().filter(|term| !search::is_said(snapshot, term)).filter_map(|term| term.concept).collect();
    let concepts = if unsaid.is_empty() { own().filter_map(|term| term.concept).collect() } else { unsaid };
    let concepts = concepts.iter().map(|&at| &lexicon.concepts()[at as usize].id);
    let facets = question.facets.iter().map(|&at| &lexicon.facets()[at as usize].id);
    let mut ids: Vec<String> = Vec::new();
    for id in concepts.chain(facets) {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    ids
}

//! Decides whether the sources answer at all: one probability, from the scores of the best units and from what the
//! sources never mention. If they do not answer, it names what is missing.

use super::lacking::{Asked, lacking};
use super::score::{Candidate, Scored};
use crate::index::search;
use crate::index::snapshot::Snapshot;
use crate::model::coefficients::{AnswerCoefficients, probability};
use crate::question::understand::{QueryTerm, Question};

/// A decision and its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The probability that the best unit answers, 0 to 1.
    pub confidence: f32,
    /// Whether that is enough to answer.
    pub answers: bool,
    /// What the sources do not cover, in the user's own words or as the title of a facet; empty for an answer.
    pub lacking: Vec<String>,
    /// The ids of the concepts and facets that they do not cover, for the gap report; empty for an answer.
    pub missing: Vec<String>,
}

/// Decides from the interpreted question and its candidates. `threshold` is the required confidence.
pub fn decide(
    snapshot: &Snapshot,
    question: &Question,
    asked: Asked<'_>,
    scored: &Scored,
    by: &AnswerCoefficients,
    threshold: f32,
) -> Decision {
    let confidence = confidence(snapshot, question, scored, by);
    if confidence < threshold {
        return refuse(snapshot, question, asked, confidence);
    }
    Decision { confidence, answers: true, lacking: Vec::new(), missing: Vec::new() }
}

/// Returns the decision that the sources do not answer.
pub fn refuse(snapshot: &Snapshot, question: &Question, asked: Asked<'_>, confidence: f32) -> Decision {
    Decision {
        confidence,
        answers: false,
        lacking: lacking(snapshot, question, asked),
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

/// Returns the mean score of the second and third candidates; the best score if there is no other candidate.
pub fn next_score(candidates: &[Candidate]) -> f32 {
    let next: Vec<f32> = candidates.iter().skip(1).take(2).map(|candidate| candidate.score).collect();
    match next.len() {
        0 => candidates.first().map_or(0.0, |best| best.score),
        count => next.iter().sum::<f32>() / count as f32,
    }
}

/// Whether a question names a disease, medicine, symptom or similar concept that no unit names.
pub fn names_unknown_concept(snapshot: &Snapshot, question: &Question) -> bool {
    question.terms.iter().any(|term| search::names_unknown_concept(snapshot, term))
}

/// Returns the share of a question's weight that is in terms that no unit has in any form, 0 to 1.
pub fn unsaid_share(snapshot: &Snapshot, question: &Question) -> f32 {
    let weight = |term: &QueryTerm| search::rarity(snapshot, term);
    let all: f32 = question.terms.iter().map(weight).sum();
    let unsaid = question.terms.iter().filter(|term| !search::is_said(snapshot, term));
    unsaid.map(weight).sum::<f32>() / all.max(f32::MIN_POSITIVE)
}

/// Returns the ids of the concepts in the question, then of its facets. If the sources do not mention some of the
/// concepts, only those are included.
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

//! Whether the sources answer at all. A question about a drug, a disease or a group of people that no
//! passage speaks of is not covered, however well the rest of it matches; otherwise the evidence of the
//! best sentence decides.

use super::rank::Candidate;
use crate::index::library::key;
use crate::index::snapshot::Snapshot;
use crate::question::understand::{Question, term};

/// The evidence must reach this probability.
pub const THRESHOLD: f32 = 0.5;

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// The sources answer.
    Answer {
        /// How likely it is, 0 to 1.
        confidence: f32,
    },
    /// They do not.
    NotCovered {
        /// What they lack, for the reader.
        lacking: String,
        /// Which of the gates it did not pass.
        gate: Gate,
        /// How likely it would have been, 0 to 1.
        confidence: f32,
    },
}

/// The gates that a question must pass to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// A strict facet that is asked for is spoken of.
    Facet,
    /// A decisive concept that is named is spoken of.
    Concept,
    /// The evidence reaches the [`THRESHOLD`].
    Evidence,
}

/// Decides from the understood question and its candidates, best first.
pub fn decide(snapshot: &Snapshot, question: &Question, candidates: &[Candidate]) -> Decision {
    let confidence = confidence(snapshot, candidates);
    let refuse =
        |gate, lacking| Decision::NotCovered { lacking, gate, confidence: confidence.min(1.0 - THRESHOLD) };
    if let Some(lacking) = missing_facet(snapshot, question) {
        return refuse(Gate::Facet, lacking);
    }
    if let Some(lacking) = missing_concept(snapshot, question) {
        return refuse(Gate::Concept, lacking);
    }
    match confidence >= THRESHOLD {
        true => Decision::Answer { confidence },
        false => refuse(Gate::Evidence, missing_words(snapshot, question)),
    }
}

/// A logistic function of the best evidence.
fn confidence(snapshot: &Snapshot, candidates: &[Candidate]) -> f32 {
    let Some(best) = candidates.first() else { return 0.0 };
    let coverage = candidates.iter().take(5).map(|c| c.evidence.coverage).fold(0.0, f32::max);
    let meaning = candidates.iter().map(|c| c.evidence.semantic).fold(0.0, f32::max);
    let sum = match snapshot.vectors {
        Some(_) => 3.0 * coverage + 9.0 * meaning - 3.7,
        None => 6.0 * coverage + 2.0 * best.evidence.lexical - 2.5,
    };
    1.0 / (1.0 + (-sum).exp())
}

/// A facet that is asked for, and that must be spoken of to be answered, but is not.
fn missing_facet(snapshot: &Snapshot, question: &Question) -> Option<String> {
    let facets = question
        .facets
        .iter()
        .map(|&at| &snapshot.lexicon.facets()[at as usize])
        .filter(|facet| facet.strict);
    let said = |id: &str| snapshot.library.passage_count(key(&term::facet(id))) > 0;
    facets.into_iter().find(|facet| !said(&facet.id)).map(|facet| facet.title.clone())
}

/// A concept that is asked about and that no passage speaks of. A narrower one will do, and for a medicine
/// its class: what is said of opioids is said of codeine. What is said of autoimmune diseases is not an
/// answer about lupus.
fn missing_concept(snapshot: &Snapshot, question: &Question) -> Option<String> {
    let lexicon = &snapshot.lexicon;
    let named = question.units.iter().filter(|unit| !unit.subject).filter_map(|unit| unit.concept);
    let decisive = named.filter(|&at| lexicon.concepts()[at as usize].kind.is_decisive());
    let said = |at: u32| {
        let inherits = lexicon.concepts()[at as usize].kind.inherits();
        let wider = lexicon.broader(at).iter().copied().filter(|_| inherits);
        lexicon.with_narrower(at).into_iter().chain(wider).any(|at| {
            let id = &lexicon.concepts()[at as usize].id;
            !unsaid_term(snapshot, &term::concept(id))
        })
    };
    let missing = decisive.into_iter().find(|&at| !said(at))?;
    Some(lexicon.concepts()[missing as usize].title.clone())
}

fn unsaid_term(snapshot: &Snapshot, term: &str) -> bool {
    snapshot.library.passage_count(key(term)) == 0
}

/// The words of the question that no passage says, or all of them.
fn missing_words(snapshot: &Snapshot, question: &Question) -> String {
    let own = question.units.iter().filter(|unit| !unit.subject);
    let unsaid = own.clone().filter(|unit| unit.keys.iter().all(|found| unsaid_term(snapshot, &found.term)));
    let written: Vec<&str> = unsaid.map(|unit| unit.written.as_str()).collect();
    match written.is_empty() {
        false => written.join(", "),
        true => own.map(|unit| unit.written.as_str()).collect::<Vec<_>>().join(", "),
    }
}

//! What is on the condition that a question names. "The evidence is not as robust" answers a question on one
//! disease and misleads on another, however well its words match.

use rustc_hash::FxHashSet;

use super::rank::Candidate;
use crate::index::library::key;
use crate::index::snapshot::Snapshot;
use crate::knowledge::lexicon::ConceptKind;
use crate::question::understand::{Question, term};

/// What a sentence keeps of its score that does not name the condition, where only others of its passage do.
const UNNAMED: f32 = 0.5;

/// The candidates whose passage is on a condition that the question names, or on a narrower one, best first:
/// the passage names it, or a heading over it does and the passage names no other. A sentence that does not
/// name it itself is marked down.
pub fn on_it(snapshot: &Snapshot, question: &Question, candidates: &[Candidate]) -> Vec<Candidate> {
    let lexicon = &snapshot.lexicon;
    let is_condition = |at: u32| lexicon.concepts()[at as usize].kind == ConceptKind::Condition;
    let term_of = |at: u32| key(&term::concept(&lexicon.concepts()[at as usize].id));
    let all = (0..lexicon.concepts().len() as u32).filter(|&at| is_condition(at));
    let asked = question.concepts.iter().filter(|&&at| is_condition(at) && !snapshot.subject.contains(&at));
    let sought = Sought {
        snapshot,
        asked: asked.flat_map(|&at| lexicon.with_narrower(at)).map(term_of).collect(),
        conditions: all.map(term_of).collect(),
    };
    let marked = |candidate: &Candidate| {
        Some(Candidate { score: candidate.score * sought.share(candidate.sentence)?, ..*candidate })
    };
    let mut on_it: Vec<Candidate> = candidates.iter().filter_map(marked).collect();
    on_it.sort_by(|one, other| other.score.total_cmp(&one.score));
    on_it
}

struct Sought<'a> {
    snapshot: &'a Snapshot,
    /// Terms of what was asked about, and of all that is narrower.
    asked: FxHashSet<u32>,
    /// Terms of all conditions.
    conditions: FxHashSet<u32>,
}

impl Sought<'_> {
    /// The share of its score that a sentence keeps; `None` where its passage is on something else.
    fn share(&self, sentence: u32) -> Option<f32> {
        let library = &self.snapshot.library;
        let terms_of = |at: u32| library.sentences[at as usize].terms.iter();
        let passage = library.sentences[sentence as usize].passage;
        let mut named =
            library.sentences_of(passage).flat_map(terms_of).filter(|t| self.conditions.contains(t));
        let asked = |term: &u32| self.asked.contains(term);
        match named.next() {
            None => library.passages[passage as usize].headings.iter().any(asked).then_some(1.0),
            Some(_) if terms_of(sentence).any(asked) => Some(1.0),
            Some(first) => (asked(first) || named.any(asked)).then_some(UNNAMED),
        }
    }
}
